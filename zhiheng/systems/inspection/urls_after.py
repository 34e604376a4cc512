"""Addresses of what follows a check."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
