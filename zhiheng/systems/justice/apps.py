"""The room's place in Django."""

from django.apps import AppConfig


class JusticeConfig(AppConfig):
    """See the package."""

    name = "zhiheng.systems.justice"
    label = "justice"

    def ready(self) -> None:
        from zhiheng.systems.justice import panels, reactions  # noqa: F401  they register themselves
