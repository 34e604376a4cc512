"""Reading: watchers of one's office, a watcher's own tasks and clues, figures."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Substr

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.models import Case, Step
from zhiheng.knowledge.codes import regions
from zhiheng.systems.watchers.models import Given, Task, Watcher


def visible_to(user: User) -> QuerySet[Watcher]:
    """The watchers whose records a person may open: those of his own office. Nobody reads them from above."""
    if not user.may("cases.work"):
        return Watcher.objects.none()
    return Watcher.objects.filter(region=user.region).select_related("user", "decided_by")


def tasks_visible_to(user: User) -> QuerySet[Task]:
    """The tasks that one's office has given."""
    return Task.objects.filter(region=user.region) if user.may("cases.work") else Task.objects.none()


def clues_visible_to(user: User) -> QuerySet[Case]:
    """The clues a person may open: his office's, or the watcher's own."""
    return cases.visible_to(user).filter(procedure="clue")


def own(user: User) -> Watcher | None:
    """The watcher that a person is."""
    return Watcher.objects.filter(user=user).first() if user.may("clues.give") else None


def given_to(user: User) -> QuerySet[Given]:
    """A watcher's own tasks, the open ones first."""
    rows = Given.objects.select_related("task", "watcher")
    return rows.filter(watcher__user=user) if user.may("clues.give") else rows.none()


def serving(region: str, day: date) -> QuerySet[Watcher]:
    """The watchers who serve an office on a day."""
    return Watcher.objects.filter(
        region=region, state=Watcher.State.APPOINTED, since__lte=day, until__gte=day
    )


STEPS = {
    "verify": "verified",
    "reject": "unfounded",
    "to_report": "passed",
    "to_case": "passed",
    "reward": "rewards",
}


def figures(user: User, since: datetime, today: date, level: int = 6) -> list[dict[str, Any]]:
    """Watchers by office: how many serve; clues and what became of them; rewards; tasks and how many are done.

    Numbers only.
    """
    if not user.may("cases.figures") or user.prefix is None:
        return []
    first, last = regions.span(user.prefix)
    rows: dict[str, dict[str, Any]] = {}

    def row(place: str) -> dict[str, Any]:
        empty = dict.fromkeys(
            (
                "serving",
                "clues",
                "verified",
                "unfounded",
                "passed",
                "rewards",
                "rewarded",
                "tasks",
                "finished",
            ),
            0,
        )
        return rows.setdefault(place, {"region": place.ljust(6, "0"), **empty})

    def grouped(rows_: QuerySet[Any], field: str, **counts: Any) -> QuerySet[Any]:
        within = {f"{field}__gte": first, f"{field}__lte": last}
        return (
            rows_.filter(**within)
            .order_by()
            .annotate(place=Substr(field, 1, level))
            .values("place")
            .annotate(**counts)
        )

    appointed = Watcher.objects.filter(state=Watcher.State.APPOINTED, since__lte=today, until__gte=today)
    for one in grouped(appointed, "region", n=Count("pk")):
        row(one["place"])["serving"] = one["n"]
    for one in grouped(
        Case.objects.filter(procedure="clue", received_at__gte=since), "region", n=Count("pk")
    ):
        row(one["place"])["clues"] = one["n"]
    tasks = Given.objects.filter(task__at__gte=since)
    for one in grouped(
        tasks, "task__region", n=Count("pk"), done=Count("pk", filter=Q(done_at__isnull=False))
    ):
        row(one["place"]).update(tasks=one["n"], finished=one["done"])
    taken = Step.objects.filter(
        case__procedure="clue", key__in=STEPS, at__gte=since, case__region__gte=first, case__region__lte=last
    ).select_related("case")
    for step in taken.order_by("pk").iterator(chunk_size=1000):
        counted = row(step.case.region[:level])
        counted[STEPS[step.key]] += 1
        counted["rewarded"] += Decimal(step.values["amount"]) if step.key == "reward" else 0
    return [rows[key] for key in sorted(rows)]
