"""The room's place in Django."""

from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    """Complaints and reports (投诉举报): filing, status, repeats, intake, figures."""

    name = "zhiheng.systems.complaints"
    label = "complaints"

    def ready(self) -> None:
        from zhiheng.systems.complaints import panels, reactions, tasks  # noqa: F401  they register themselves
