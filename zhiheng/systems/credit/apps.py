"""The room's place in Django."""

from django.apps import AppConfig


class CreditConfig(AppConfig):
    """See the package."""

    name = "zhiheng.systems.credit"
    label = "credit"

    def ready(self) -> None:
        from zhiheng.systems.credit import objections, panels, reactions, tasks  # noqa: F401  they register themselves
