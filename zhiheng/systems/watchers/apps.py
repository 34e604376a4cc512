"""The room's place in Django."""

from django.apps import AppConfig


class WatchersConfig(AppConfig):
    """See the package."""

    name = "zhiheng.systems.watchers"
    label = "watchers"

    def ready(self) -> None:
        from zhiheng.systems.watchers import panels, reactions  # noqa: F401  they register themselves
