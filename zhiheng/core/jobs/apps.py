from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "zhiheng.core.jobs"
    label = "jobs"
