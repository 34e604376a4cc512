"""The room's place in Django."""

from django.apps import AppConfig


class EnforcementConfig(AppConfig):
    """See the package."""

    name = "zhiheng.systems.enforcement"
    label = "enforcement"

    def ready(self) -> None:
        from zhiheng.systems.enforcement import checks, panels, reactions, tasks  # noqa: F401  they register themselves
