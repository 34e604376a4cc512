from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "zhiheng.core.ledger"
    label = "ledger"
