"""Reading spot checks: who sees which plans, tasks and samples."""

from django.db.models import Q, QuerySet

from zhiheng.core.accounts.models import User
from zhiheng.core.cases.models import Party
from zhiheng.systems.inspection.models import Plan, Sample, Task


def _of_orders(user: User) -> QuerySet[Task]:
    """Visits to re-check the orders of one's jurisdiction, wherever the firm is."""
    return Task.objects.filter(_within(user, "rectification__region"), rectification__isnull=False)


def _within(user: User, field: str = "region") -> Q:
    """Rows of an officer's jurisdiction; nothing for anybody else."""
    if not user.may("inspection.read") or user.prefix is None:
        return Q(pk__in=[])
    return Q(**{f"{field}__startswith": user.prefix})


def plans_visible_to(user: User) -> QuerySet[Plan]:
    """Plans of one's own office and of those below; those of offices above only once they are approved."""
    if not user.may("inspection.read") or user.prefix is None:
        return Plan.objects.none()
    above = [user.region[:2] + "0000", user.region[:4] + "00"]
    approved = Q(region__in=above, state__in=[Plan.State.APPROVED, Plan.State.CLOSED])
    return Plan.objects.filter(_within(user) | approved)


def tasks_visible_to(user: User) -> QuerySet[Task]:
    """An office's tasks in its jurisdiction and for the orders it re-checks; an inspector's own; a sampling body's."""
    tasks = Task.objects.select_related("organisation", "item", "item__plan", "rectification")
    if not user.is_active:
        return tasks.none()
    mine = Q(pk__in=[])
    if user.may("inspection.sample"):
        own = Q(inspectors__user=user)
        if user.organisation_id:
            own |= Q(inspectors__body=user.organisation_id)
        mine = Q(pk__in=Task.objects.filter(own).values("pk"))
    return tasks.filter(_within(user) | Q(pk__in=_of_orders(user).order_by().values("pk")) | mine)


def samples_visible_to(user: User) -> QuerySet[Sample]:
    """An office's samples in its jurisdiction and of the orders it re-checks; a laboratory's own; those of a case an
    enterprise was told of, where it was ordered to put something right also those of the re-check."""
    samples = Sample.objects.select_related(
        "organisation", "producer", "item", "item__plan", "laboratory", "task__rectification"
    )
    if not user.is_active:
        return samples.none()
    mine = Q(pk__in=[])
    if user.organisation_id and user.may("inspection.test"):
        mine = Q(laboratory=user.organisation_id) | Q(retests__laboratory=user.organisation_id)
    elif user.organisation_id:
        told = Party.objects.filter(organisation=user.organisation_id, told_at__isnull=False).values("case")
        again = Task.objects.filter(rectification__in=told).order_by().values("pk")
        mine = Q(case__in=told) | Q(task__in=again)
    if user.may("inspection.sample"):
        mine |= Q(pk__in=Sample.objects.filter(inspectors__user=user).values("pk"))
    office = _within(user) | Q(task__in=_of_orders(user).order_by().values("pk"))
    return samples.filter(office | mine).distinct()
