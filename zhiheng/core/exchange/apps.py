from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ExchangeConfig(AppConfig):
    name = "zhiheng.core.exchange"
    label = "exchange"

    def ready(self) -> None:
        from zhiheng.core.exchange import tasks  # noqa: F401  (registers the handler)

        autodiscover_modules("contracts")
