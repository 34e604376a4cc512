"""Addresses below /accounts/; those of allauth come after them, so ours win where both have one."""

from django.urls import path

from zhiheng.core.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.me, name="me"),
    path("keys/", views.keys, name="keys"),
    path("keys/<int:pk>/", views.key, name="key"),
    path("people/", views.people, name="people"),
    path("people/new/", views.person_new, name="person_new"),
    path("people/<int:pk>/", views.person, name="person"),
    path("looks/", views.looks, name="looks"),
    path("demo/", views.demo, name="demo"),
    # No mail addresses are kept, so there is no reset by mail, no confirming and no list of addresses.
    path("password/reset/", views.forgotten, name="forgotten"),
    path("password/reset/<path:rest>", views.absent),
    path("email/", views.absent),
    path("confirm-email/", views.absent),
    path("confirm-email/<path:rest>", views.absent),
    path("login/code/confirm/", views.absent),
]
