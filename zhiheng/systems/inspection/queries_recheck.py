"""Reading the re-check of an order: its tasks, samples and reports, and from when one counts."""

from datetime import datetime

from django.db.models import QuerySet

from zhiheng.core.cases.models import Case
from zhiheng.systems.inspection.models import Report, Sample, Task
from zhiheng.systems.inspection.rules_recheck import ROUNDS

WAITING = (Sample.State.TAKEN, Sample.State.RECEIVED)


def tasks_of(case: Case) -> QuerySet[Task]:
    """The visits of all re-checks of an order, the newest first."""
    return Task.objects.filter(rectification=case).order_by("-pk")


def since(case: Case) -> datetime:
    """From when a sample is one of the re-check that the case waits for: the order, the earliest day after the
    announcement (the law's clock), the suspension. To the minute, as sheets are."""
    return _since(case).replace(second=0, microsecond=0)


def _since(case: Case) -> datetime:
    if case.state == "announced":
        clock = case.clocks.filter(key="again_from").last()
        if clock is not None and clock.due_at is not None:
            return clock.due_at
    if case.state in {"announced", "suspended"}:
        begun = case.steps.filter(to_state=case.state).exclude(from_state=case.state).order_by("-seq").first()
        if begun is not None:
            return begun.at
    return case.received_at


def earliest(case: Case) -> datetime | None:
    """The moment before which nobody goes again, where the law sets one: the sixtieth day after an announcement."""
    return since(case) if case.state == "announced" else None


def samples_of(case: Case) -> QuerySet[Sample]:
    """The samples of the re-check that the case waits for."""
    return Sample.objects.filter(task__rectification=case, taken_at__gte=since(case))


def untested(case: Case) -> Sample | None:
    """A sample of this re-check that has no report yet."""
    return samples_of(case).filter(state__in=WAITING).first()


def undecided(case: Case) -> Report | None:
    """A report of this re-check that stands and that nobody has decided by; one that fails before others."""
    return (
        Report.objects.filter(sample__in=samples_of(case), withdrawn_at=None, decided_in=None)
        .exclude(sample__state=Sample.State.VOID)
        .select_related("sample", "laboratory")
        .order_by("conclusion", "-pk")  # "fail" is the first of the words
        .first()
    )


def may_be_given(case: Case) -> bool:
    """Whether the case waits for a re-check that is not under way."""
    return (
        case.state in ROUNDS
        and case.merged_into_id is None
        and not tasks_of(case).filter(state=Task.State.OPEN).exists()
        and untested(case) is None
        and undecided(case) is None
    )
