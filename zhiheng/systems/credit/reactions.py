"""What follows from steps of the law in this room."""

from collections.abc import Iterator
from datetime import date

from zhiheng.core.cases import effects, offices, running
from zhiheng.core.cases.models import Case, Step
from zhiheng.core.facts.actions import record_facts
from zhiheng.core.facts.gathering import source
from zhiheng.core.facts.matching import hold_designations
from zhiheng.core.facts.models import Fact
from zhiheng.core.registry.models import Designation
from zhiheng.core.ui import dates
from zhiheng.knowledge.codes.regions import GUANGDONG
from zhiheng.knowledge.law.load import law

# -- recalls ----------------------------------------------------------------------------------------------------

STARTS = ("start_1", "start_2", "start_3")


@effects.on("food_recall", "start_1")
@effects.on("food_recall", "start_2")
@effects.on("food_recall", "start_3")
def recall_started(case: Case, step: Step) -> None:
    """A recall that was started stands in the file, with its class."""
    fact = recall(case, step.key, dates.local(step.at).date())
    record_facts(step.actor, [fact] if fact else [])


def recall(case: Case, key: str, day: date) -> Fact | None:
    """The fact of a recall; none while the firm is not registered."""
    if case.subject is None:
        return None
    return Fact(
        organisation=case.subject, kind=Fact.Kind.RECALL, on=day,
        title=str(case.values.get("product") or case.title)[:300],
        reference=f"case:{case.number}", source=offices.name(case.region),
        basis=law().title(running.course_of(case).article(key))[:300], region=case.region,
        details={"class": key[-1]},
    )  # fmt: skip


@source("recalls")
def every_recall() -> Iterator[Fact]:
    """Recalls of before facts were recorded."""
    steps = Step.objects.filter(case__procedure="food_recall", key__in=STARTS).select_related("case__subject")
    for step in steps.order_by("pk").iterator(chunk_size=1000):
        if (fact := recall(step.case, step.key, dates.local(step.at).date())) is not None:
            yield fact


@source("licences without a code")
def licences_without_a_code() -> Iterator[Fact]:
    """Licences of individual businesses that were there before: they wait to be matched, and are no facts yet."""
    rows = Designation.objects.filter(organisation=None, kind=Designation.Kind.LICENCE).order_by("pk")
    for one in rows.iterator(chunk_size=1000):
        hold_designations([one], GUANGDONG)
    yield from ()
