"""The room's place in Django."""

from django.apps import AppConfig


class InspectionConfig(AppConfig):
    """See the package."""

    name = "zhiheng.systems.inspection"
    label = "inspection"

    def ready(self) -> None:
        from zhiheng.systems.inspection import panels, reactions, reactions_recheck  # noqa: F401  they register themselves
