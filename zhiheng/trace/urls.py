"""Addresses of the trace."""

from django.urls import path, re_path

from zhiheng.trace import epcis_http, resolver, views_captures, views_desk, views_labels, views_public

app_name = "trace"
urlpatterns = [
    path("epcis/capture", epcis_http.capture, name="capture"),
    path("epcis/capture/<uuid:id>", epcis_http.capture_job, name="capture-job"),
    path("epcis/events", epcis_http.events, name="events"),
    path("epcis/events/<path:id>", epcis_http.event, name="event"),
    path("desk/trace/", views_desk.explore, name="explore"),
    path("desk/trace/findings/", views_desk.findings, name="findings"),
    path("desk/trace/completeness/", views_desk.complete, name="completeness"),
    path("desk/captures/", views_captures.jobs, name="jobs"),
    path("desk/captures/", views_captures.jobs, name="upload"),
    path("desk/captures/<uuid:pk>/", views_captures.job, name="job"),
    path("desk/captures/<uuid:pk>/again/", views_captures.job_again, name="job-again"),
    path("desk/captures/<uuid:pk>/rejected.json", views_captures.job_rejected, name="job-rejected"),
    path("desk/labels/", views_labels.index, name="labels"),
    path("scan/photo", views_public.scan, name="scan"),
    path(".well-known/gs1resolver", views_public.description, name="resolver"),
    path("01/<str:gtin>", views_public.product, name="product"),
    re_path(
        rf"^(?P<path>(?:{'|'.join(resolver.FIRST_WORDS)})/[\s\S]*)$",
        views_public.resolve,
        name="digital-link",
    ),
]
