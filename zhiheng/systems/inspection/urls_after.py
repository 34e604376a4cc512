"""Addresses of what follows a check."""

from django.urls import path

from zhiheng.systems.inspection import views_after as views
from zhiheng.systems.inspection import views_recheck

DESK = "desk/inspection"
urlpatterns = [
    path(f"{DESK}/after/", views.after, name="after"),
    path(f"{DESK}/after/<int:pk>/chain/", views.chain, name="after_chain"),
    path(f"{DESK}/after/<int:pk>/recheck/", views_recheck.give, name="recheck"),
    path(f"{DESK}/sheets/<int:pk>/void/", views_recheck.void, name="recheck_void"),
    path(f"{DESK}/mine/", views.mine, name="mine"),
    path("inspection/results/", views.results, name="results"),
]
