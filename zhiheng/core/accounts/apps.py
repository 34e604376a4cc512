from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "zhiheng.core.accounts"
    label = "accounts"
