"""Addresses of sampling, testing, and published results."""

from django.urls import path

from zhiheng.systems.inspection import views_field, views_lab, views_notices

FIELD, DESK = "desk/inspection/field", "desk/inspection"

urlpatterns = [
    path(f"{FIELD}/", views_field.index, name="field"),
    path(f"{FIELD}/worker.js", views_field.worker, name="field_worker"),
    path(f"{FIELD}/<uuid:key>/", views_field.sample, name="field_sample"),
    path(f"{FIELD}/<uuid:key>/refusal/", views_field.refusal, name="field_refusal"),
    path(f"{FIELD}/<uuid:key>/none/", views_field.no_sample, name="field_none"),
    path(f"{DESK}/sheets/<int:pk>/", views_field.sheet, name="sheet"),
    path(f"{DESK}/sheets/<int:pk>/people/", views_field.sheet_people, name="sheet_people"),
    path(f"{DESK}/photos/<int:pk>/", views_field.photo, name="photo"),
    path(f"{DESK}/refusals/", views_field.refusals, name="refusals"),
    path(f"{DESK}/refusals/<int:pk>/", views_field.one_refusal, name="refusal"),
    path(f"{DESK}/alerts/", views_field.alerts, name="alerts"),
    path(f"{DESK}/alerts/<int:pk>/seen/", views_field.see, name="alert_seen"),
    path(f"{DESK}/lab/", views_lab.index, name="lab"),
    path(f"{DESK}/lab/<int:pk>/", views_lab.sample, name="lab_sample"),
    path(f"{DESK}/lab/<int:pk>/<slug:what>/", views_lab.do, name="lab_do"),
    path(f"{DESK}/lab/reports/<int:pk>.pdf", views_lab.report, name="report_file"),
    path(f"{DESK}/lab/reports/<int:pk>/withdraw/", views_lab.withdraw, name="report_withdraw"),
    path(f"{DESK}/notices/", views_notices.index, name="notices"),
    path(f"{DESK}/notices/new/", views_notices.new, name="notice_new"),
    path(f"{DESK}/notices/<int:pk>/", views_notices.notice, name="notice"),
    path(f"{DESK}/notices/<int:pk>/confirm/", views_notices.confirm, name="notice_confirm"),
    path(f"{DESK}/notices/rows/<int:pk>/", views_notices.row, name="notice_row"),
    path("inspection/reports/<slug:code>/", views_lab.report_public, name="report_public"),
]
