from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    name = "zhiheng.core.disclosure"
    label = "disclosure"
