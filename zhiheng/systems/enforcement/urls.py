"""Addresses of the room, under /desk/enforcement/."""

from django.urls import path

from zhiheng.systems.enforcement import views

app_name = "enforcement"
urlpatterns = [
    path("", views.index, name="index"),
    path("supervised/", views.supervised, name="supervised"),
    path("campaigns/", views.campaigns, name="campaigns"),
    path("campaigns/new/", views.new_campaign, name="new_campaign"),
    path("campaigns/<int:pk>/", views.campaign, name="campaign"),
    path("penalties/", views.penalties, name="penalties"),
    path("penalties/official.<str:form>", views.official_file, name="official"),
    path("cases/<int:pk>/evidence/", views.register, name="register"),
    path("cases/<int:pk>/evidence/verify/", views.verify, name="verify"),
    path("cases/<int:pk>/<slug:what>/", views.enter, name="enter"),
    path("cases/<int:pk>/court/pack.zip", views.court_zip, name="court_zip"),
    path("evidence/<int:pk>/", views.evidence, name="evidence"),
    path("evidence/<int:pk>/<slug:what>/", views.evidence_enter, name="evidence_enter"),
    path("strike/<slug:what>/<int:pk>/", views.strike, name="strike"),
]
