"""The room's place in Django."""

from django.apps import AppConfig


class RedressConfig(AppConfig):
    """See the package."""

    name = "zhiheng.systems.redress"
    label = "redress"

    def ready(self) -> None:
        from zhiheng.systems.redress import panels, reactions, tasks  # noqa: F401  they register themselves
