"""The addresses that join the rooms for an audience."""

from django.urls import path

from zhiheng.web import acceptance_views, governance_views, law_views, views

app_name = "web"
urlpatterns = [
    path("", views.home, name="home"),
    path("scan/", views.scan, name="scan"),
    path("search/", views.search, name="search"),
    path("published/", views.published, name="published"),
    path("published/<int:pk>/", views.disclosure, name="disclosure"),
    path("o/<str:uscc>/", views.organisation, name="organisation"),
    path("desk/", views.desk, name="desk"),
    path("desk/rings/", governance_views.rings_page, name="rings"),
    path("desk/bodies/", governance_views.bodies_desk, name="bodies-desk"),
    path("desk/bodies/<str:uscc>/", governance_views.body_desk, name="body-desk"),
    path("bodies/", governance_views.bodies_public, name="bodies"),
    path("bodies/<str:uscc>/", governance_views.body_public, name="body"),
    path("unification/", views.unification, name="unification"),
    path("law/", law_views.index, name="law"),
    path("law/statutes/", law_views.statutes, name="law-statutes"),
    path("law/clock/", law_views.clock, name="law-clock"),
    path("law/<slug:key>/", law_views.procedure, name="law-procedure"),
    path("law/<slug:key>/compare/", law_views.compare, name="law-compare"),
    path("methods/acceptance/", acceptance_views.acceptance, name="acceptance"),
    path("about/", views.text, {"page": "about"}, name="about"),
    path("help/", views.text, {"page": "help"}, name="help"),
    path("accessibility/", views.text, {"page": "accessibility"}, name="accessibility"),
    path("privacy/", views.text, {"page": "privacy"}, name="privacy"),
    path("healthz", views.healthz, name="healthz"),
    path("robots.txt", views.robots, name="robots"),
]
