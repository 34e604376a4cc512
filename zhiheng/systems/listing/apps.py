"""The room's place in Django."""

from django.apps import AppConfig


class ListingConfig(AppConfig):
    """See the package."""

    name = "zhiheng.systems.listing"
    label = "listing"
