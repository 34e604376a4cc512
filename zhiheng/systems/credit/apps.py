"""The room's place in Django."""

from django.apps import AppConfig


class CreditConfig(AppConfig):
    """See the package."""

    name = "zhiheng.systems.credit"
    label = "credit"
