"""Addresses of watchers."""

from django.urls import path

from zhiheng.systems.watchers import views

app_name = "watchers"
urlpatterns = [
    path("watchers/apply/", views.apply, name="apply"),
    path("desk/watching/", views.mine, name="mine"),
    path("desk/watching/clue/", views.clue, name="clue"),
    path("desk/watching/tasks/<int:pk>/done/", views.finish, name="finish"),
    path("desk/watchers/", views.desk, name="desk"),
    path("desk/watchers/new/", views.propose, name="propose"),
    path("desk/watchers/task/", views.task, name="task"),
    path("desk/watchers/figures/", views.figures, name="figures"),
    path("desk/watchers/<int:pk>/", views.watcher, name="watcher"),
    path("desk/watchers/<int:pk>/look/", views.look, name="look"),
    path("desk/watchers/<int:pk>/<slug:what>/", views.decide, name="decide"),
]
