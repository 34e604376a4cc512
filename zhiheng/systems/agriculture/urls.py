"""Addresses of farm monitoring, under /desk/agriculture/."""

from django.urls import path

from zhiheng.systems.agriculture import views

app_name = "agriculture"
urlpatterns = [
    path("", views.index, name="index"),
    path("<int:pk>/", views.disposal, name="disposal"),
    path("<int:pk>/holder/", views.holder, name="holder"),
]
