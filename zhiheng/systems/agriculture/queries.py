"""Reading farm monitoring: who sees which samples and tasks."""

from django.db.models import QuerySet

from zhiheng.core.accounts.models import User
from zhiheng.systems.agriculture.models import Disposal, MonitoringSample


def samples_visible_to(user: User) -> QuerySet[MonitoringSample]:
    """Samples taken in one's jurisdiction. A stall's name is shown masked."""
    if not user.may("insight.read") or user.prefix is None:
        return MonitoringSample.objects.none()
    samples = MonitoringSample.objects.select_related("organisation")
    return samples.filter(region__startswith=user.prefix) if user.prefix else samples


def disposals_visible_to(user: User) -> QuerySet[Disposal]:
    """Tasks of one's jurisdiction, for those who work there and those who watch them work."""
    if not (user.may("cases.work") or user.may("cases.read")) or user.prefix is None:
        return Disposal.objects.none()
    tasks = Disposal.objects.select_related("sample", "sample__organisation", "owner", "done_by")
    return tasks.filter(sample__region__startswith=user.prefix)
