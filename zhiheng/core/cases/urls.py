"""Addresses of the workbench, under /desk/cases/."""

from django.urls import path

from zhiheng.core.cases import views, views_lists, views_readings

app_name = "cases"
urlpatterns = [
    path("", views_lists.day, name="day"),
    path("all/", views_lists.cases, name="list"),
    path("all/save/", views_lists.save_filter, name="save_filter"),
    path("all/drop/<int:pk>/", views_lists.drop_filter, name="drop_filter"),
    path("all/assign/", views_lists.assign_many, name="assign_many"),
    path("month/", views_lists.month, name="month"),
    path("readings/", views_readings.page, name="readings"),
    path("figures/", views_lists.figures, name="figures"),
    path("<int:pk>/", views.case, name="case"),
    path("<int:pk>/step/<slug:key>/", views.step, name="step"),
    path("<int:pk>/do/<str:what>/", views.do, name="do"),
    path("clocks/<int:pk>/", views.clock, name="clock"),
    path("parties/<int:pk>/", views.reveal, name="reveal"),
    path("documents/<int:pk>/sign/", views.sign, name="sign"),
    path("documents/<int:pk>.<str:form>", views.document, name="document"),
    path("files/<int:pk>/", views.file, name="file"),
    path("notices/<int:pk>/serve/", views.serve, name="serve"),
]
