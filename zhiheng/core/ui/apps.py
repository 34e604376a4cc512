from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "zhiheng.core.ui"
    label = "ui"
