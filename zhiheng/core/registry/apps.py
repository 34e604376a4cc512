from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "zhiheng.core.registry"
    label = "registry"
