"""The room's place in Django."""

from django.apps import AppConfig


class InspectionConfig(AppConfig):
    """See the package."""

    name = "zhiheng.systems.inspection"
    label = "inspection"

    def ready(self) -> None:
        from zhiheng.systems.inspection import reactions  # noqa: F401  it registers itself
