"""Addresses of the link with criminal justice."""

from django.urls import path

from zhiheng.systems.justice import views

app_name = "justice"
urlpatterns = [
    path("desk/justice/", views.desk, name="desk"),
    path("desk/justice/figures/", views.figures, name="figures"),
    path("desk/justice/<int:pk>/enclose/", views.enclose, name="enclose"),
    path("desk/justice/<int:pk>/package.zip", views.sealed, name="package"),
    path("desk/justice/enclosures/<int:pk>/out/", views.take_out, name="take_out"),
    path(".well-known/zhiheng-signing-key.pem", views.public_key, name="key"),
]
