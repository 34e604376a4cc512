"""The room's place in Django."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """See the package."""

    name = "zhiheng.core.cases"
    label = "cases"

    def ready(self) -> None:
        from zhiheng.core.cases import tasks  # noqa: F401  what happens by itself
