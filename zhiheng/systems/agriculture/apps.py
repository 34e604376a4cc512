"""The room's place in Django."""

from django.apps import AppConfig


class AgricultureConfig(AppConfig):
    """See the package."""

    name = "zhiheng.systems.agriculture"
    label = "agriculture"
