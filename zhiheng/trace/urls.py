"""Addresses of the trace."""

from django.urls import path

from zhiheng.trace import epcis_http

app_name = "trace"
urlpatterns = [
    path("epcis/capture", epcis_http.capture, name="capture"),
    path("epcis/capture/<uuid:id>", epcis_http.capture_job, name="capture-job"),
    path("epcis/events", epcis_http.events, name="events"),
    path("epcis/events/<path:id>", epcis_http.event, name="event"),
]
