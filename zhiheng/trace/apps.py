from django.apps import AppConfig


class TraceConfig(AppConfig):
    name = "zhiheng.trace"
    label = "trace"

    def ready(self) -> None:
        from zhiheng.trace import capture, findings  # noqa: F401  what the worker runs
