"""Addresses of the registry's pages, under /desk/registry/."""

from django.urls import path

from zhiheng.core.registry import views

app_name = "registry"
urlpatterns = [
    path("", views.organisations, name="organisations"),
    path("new/", views.new_organisation, name="new"),
    path("products/", views.products, name="products"),
    path("duplicates/", views.duplicates, name="duplicates"),
    path("duplicates/<int:first>/<int:second>/", views.compare, name="compare"),
    path("merges/<int:pk>/undo/", views.undo_merge, name="undo_merge"),
    path("people/<int:pk>/reveal/", views.reveal_person, name="reveal_person"),
    path("people/<int:pk>/end/", views.end_duty, name="end_duty"),
    path("o/<str:uscc>/", views.organisation, name="organisation"),
    path("o/<str:uscc>/edit/", views.edit_organisation, name="edit"),
    path("o/<str:uscc>/phone/", views.reveal_phone, name="reveal_phone"),
    path("o/<str:uscc>/add/<str:what>/", views.add, name="add"),
]
