"""The room's place in Django."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """See the package."""

    name = "zhiheng.core.cases"
    label = "cases"
