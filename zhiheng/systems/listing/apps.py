"""The room's place in Django."""

from django.apps import AppConfig


class ListingConfig(AppConfig):
    """See the package."""

    name = "zhiheng.systems.listing"
    label = "listing"

    def ready(self) -> None:
        from zhiheng.systems.listing import (  # noqa: F401  they register themselves
            checks,
            panels,
            proposals,
            reactions,
            repair,
            repair_elsewhere,
            tasks,
        )
