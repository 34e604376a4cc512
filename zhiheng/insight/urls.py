"""Addresses of the figures, under /desk/insight/."""

from django.urls import path

from zhiheng.insight import views

app_name = "insight"
urlpatterns = [
    path("", views.index, name="index"),
    path("pass-rates/", views.rates, name="rates"),
    path("pass-rates/compare/", views.compare, name="compare"),
    path("pass-rates/rows/", views.rows, name="rows"),
    path("farm/", views.farm_rates, name="farm"),
    path("farm/rows/", views.farm_rows, name="farm_rows"),
    path("drug-makers/", views.makers, name="makers"),
    path("works/", views.acceptances, name="works"),
    path("method/<slug:key>/", views.method, name="method"),
    path("publish/<slug:indicator>/", views.publish, name="publish"),
]
