"""Addresses of redress: public under /redress/, the desk under /desk/redress/."""

from django.urls import path

from zhiheng.systems.redress import views_desk, views_public

app_name = "redress"
urlpatterns = [
    path("redress/", views_public.start, name="start"),
    path("redress/calculator/", views_public.calculator, name="calculator"),
    path("redress/new/", views_public.new, name="new"),
    path("redress/sent/", views_public.sent, name="sent"),
    path("redress/status/", views_public.status, name="status"),
    path("redress/status/<int:pk>/", views_public.show, name="show"),
    path("redress/status/<int:pk>/do/<slug:key>/", views_public.step, name="step"),
    path("redress/status/<int:pk>/documents/<int:document>.pdf", views_public.document, name="document"),
    path("redress/status/<int:pk>/files/<int:file>/", views_public.file, name="file"),
    path("desk/redress/", views_desk.desk, name="desk"),
    path("desk/redress/policies/", views_desk.policies, name="policies"),
    path("desk/redress/policies/new/", views_desk.new_policy, name="new_policy"),
    path("desk/redress/policies/<int:pk>/claim/", views_desk.claim, name="claim"),
    path("desk/redress/figures/", views_desk.figures, name="figures"),
]
