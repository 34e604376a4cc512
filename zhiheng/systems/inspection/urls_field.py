"""Addresses of sampling and testing."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
