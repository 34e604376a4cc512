"""Addresses: filing and status are the public's, under /complaints/; the desks are under /desk/complaints/."""

from django.urls import path

from zhiheng.systems.complaints import views_desk, views_public, views_status

app_name = "complaints"
urlpatterns = [
    path("complaints/", views_public.start, name="start"),
    path("complaints/new/who/", views_public.who, name="who"),
    path("complaints/new/check/", views_public.check, name="check"),
    path("complaints/new/files/<int:pk>/drop/", views_public.drop, name="drop"),
    path("complaints/new/<slug:key>/", views_public.page, name="page"),
    path("complaints/later/", views_public.later, name="later"),
    path("complaints/draft/<str:secret>/", views_public.resume, name="resume"),
    path("complaints/discard/", views_public.discard, name="discard"),
    path("complaints/done/", views_public.done, name="done"),
    path("complaints/published/", views_public.published, name="published"),
    path("complaints/published/<int:pk>.csv", views_public.download, name="download"),
    path("complaints/status/", views_status.status, name="status"),
    path("complaints/status/code/", views_status.by_code, name="by_code"),
    path("complaints/status/leave/", views_status.leave, name="leave"),
    path("complaints/status/<int:pk>/", views_status.status_case, name="status_case"),
    path("complaints/status/<int:pk>/<slug:key>/", views_status.step, name="status_step"),
    path(
        "complaints/status/<int:pk>/documents/<int:document>.<str:form>", views_status.document,
        name="status_document",
    ),
    path("complaints/status/<int:pk>/files/<int:file>/", views_status.file, name="status_file"),
    path("desk/complaints/", views_desk.desk, name="desk"),
    path("desk/complaints/new/", views_desk.counter, name="counter"),
    path("desk/complaints/statistics/", views_desk.statistics, name="statistics"),
    path("desk/complaints/<int:pk>/respond/", views_desk.respond, name="respond"),
    path("desk/complaints/<int:pk>/compare/<int:other>/", views_desk.compare, name="compare"),
    path("desk/complaints/<int:pk>/classify/", views_desk.classify, name="classify"),
    path("desk/complaints/<int:pk>/unreachable/", views_desk.unreachable, name="unreachable"),
    path("desk/complaints/<int:pk>/reward/", views_desk.reward, name="reward"),
]  # fmt: skip
