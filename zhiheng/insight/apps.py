"""The room's place in Django."""

from django.apps import AppConfig


class InsightConfig(AppConfig):
    """See the package."""

    name = "zhiheng.insight"
    label = "insight"
