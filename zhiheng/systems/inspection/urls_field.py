"""Addresses of sampling, testing, and published results."""

from django.urls import path

from zhiheng.systems.inspection import views_field

FIELD, DESK = "desk/inspection/field", "desk/inspection"

urlpatterns = [
    path(f"{FIELD}/", views_field.index, name="field"),
    path(f"{FIELD}/worker.js", views_field.worker, name="field_worker"),
    path(f"{FIELD}/<uuid:key>/", views_field.sample, name="field_sample"),
    path(f"{FIELD}/<uuid:key>/refusal/", views_field.refusal, name="field_refusal"),
    path(f"{FIELD}/<uuid:key>/none/", views_field.no_sample, name="field_none"),
    path(f"{DESK}/sheets/<int:pk>/", views_field.sheet, name="sheet"),
    path(f"{DESK}/photos/<int:pk>/", views_field.photo, name="photo"),
    path(f"{DESK}/refusals/", views_field.refusals, name="refusals"),
    path(f"{DESK}/refusals/<int:pk>/", views_field.one_refusal, name="refusal"),
    path(f"{DESK}/alerts/", views_field.alerts, name="alerts"),
    path(f"{DESK}/alerts/<int:pk>/seen/", views_field.see, name="alert_seen"),
]
