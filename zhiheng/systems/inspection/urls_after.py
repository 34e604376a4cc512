"""Addresses of what follows a check."""

from django.urls import path

from zhiheng.systems.inspection import views_after as views

DESK = "desk/inspection"
urlpatterns = [
    path(f"{DESK}/after/", views.after, name="after"),
    path(f"{DESK}/after/<int:pk>/chain/", views.chain, name="after_chain"),
    path(f"{DESK}/mine/", views.mine, name="mine"),
    path("inspection/results/", views.results, name="results"),
]
