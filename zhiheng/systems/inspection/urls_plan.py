"""Addresses of planning and drawing."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
