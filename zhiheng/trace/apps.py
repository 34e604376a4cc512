from django.apps import AppConfig


class TraceConfig(AppConfig):
    name = "zhiheng.trace"
    label = "trace"

    def ready(self) -> None:
        from zhiheng.trace import capture  # noqa: F401  registers the handler of capture jobs
