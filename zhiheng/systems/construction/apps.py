"""The room's place in Django."""

from django.apps import AppConfig


class ConstructionConfig(AppConfig):
    """See the package."""

    name = "zhiheng.systems.construction"
    label = "construction"
