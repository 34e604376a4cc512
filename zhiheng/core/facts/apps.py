"""The room's place in Django."""

from django.apps import AppConfig


class FactsConfig(AppConfig):
    """See the package."""

    name = "zhiheng.core.facts"
    label = "facts"

    def ready(self) -> None:
        from zhiheng.core.facts import reactions  # noqa: F401  it registers itself
