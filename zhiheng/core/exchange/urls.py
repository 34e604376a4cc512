"""Addresses of the exchange's pages, under /desk/exchange/."""

from django.urls import path

from zhiheng.core.exchange import views

app_name = "exchange"
urlpatterns = [
    path("", views.index, name="index"),
    path("contracts/<slug:key>/", views.contract, name="contract"),
    path("contracts/<slug:key>/template.<slug:format>", views.template, name="template"),
    path("jobs/<uuid:pk>/", views.job, name="job"),
    path("jobs/<uuid:pk>/progress/", views.progress, name="progress"),
    path("jobs/<uuid:pk>/rejected/", views.rejected, name="rejected"),
    path("jobs/<uuid:pk>/replay/", views.replay, name="replay"),
    path("jobs/<uuid:pk>/again/", views.run_again, name="again"),
]
