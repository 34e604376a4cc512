"""Addresses of planning and drawing."""

from django.urls import URLPattern, path

from zhiheng.systems.inspection import views_draw, views_plan, views_tasks

DESK = "desk/inspection/"
urlpatterns: list[URLPattern] = [
    path(DESK, views_plan.index, name="index"),
    path(f"{DESK}plans/new/", views_plan.plan_new, name="plan_new"),
    path(f"{DESK}plans/<int:pk>/", views_plan.plan, name="plan"),
    path(f"{DESK}plans/<int:pk>/<slug:what>/", views_plan.plan_do, name="plan_do"),
    path(f"{DESK}items/<int:pk>/", views_plan.item, name="item"),
    path(f"{DESK}items/<int:pk>/task/", views_tasks.task_new, name="task_new"),
    path(f"{DESK}items/<int:pk>/<slug:what>/", views_plan.item_do, name="item_do"),
    path(f"{DESK}exclusions/<int:pk>/drop/", views_plan.exclusion_drop, name="exclusion_drop"),
    path(f"{DESK}draws/<int:pk>/", views_draw.draw, name="draw"),
    path(f"{DESK}draws/<int:pk>/<slug:what>/", views_draw.draw_do, name="draw_do"),
    path(f"{DESK}candidates/<int:pk>/", views_draw.proof, name="draw_proof"),
    path(f"{DESK}tasks/", views_tasks.tasks, name="tasks"),
    path(f"{DESK}tasks/<int:pk>/", views_tasks.task, name="task"),
    path(f"{DESK}tasks/<int:pk>/<slug:what>/", views_tasks.task_do, name="task_do"),
    path(f"{DESK}inspectors/", views_tasks.inspectors, name="inspectors"),
    path(f"{DESK}inspectors/new/", views_tasks.inspector_new, name="inspector_new"),
    path(f"{DESK}inspectors/<int:pk>/", views_tasks.inspector, name="inspector"),
    path(f"{DESK}inspectors/<int:pk>/reveal/", views_tasks.inspector_reveal, name="inspector_reveal"),
    path(f"{DESK}inspectors/<int:pk>/<slug:what>/", views_tasks.inspector_do, name="inspector_do"),
    path(f"{DESK}roll/<slug:what>/<int:pk>/strike/", views_tasks.roll_strike, name="roll_strike"),
    path("inspection/draws/", views_draw.draws, name="draws"),
    path("inspection/draws/<int:pk>/", views_draw.public_draw, name="public_draw"),
    path("inspection/draws/<int:pk>/draw.json", views_draw.draw_file, name="draw_file"),
]
