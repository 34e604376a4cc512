"""Reading what follows a check: whose case it is, what came of it, which laboratories may test again."""

from collections.abc import Iterator
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.models import Case, Link
from zhiheng.core.disclosure import queries as disclosing
from zhiheng.core.registry.models import Designation, Organisation
from zhiheng.systems.inspection import rules_after as rules
from zhiheng.systems.inspection.models import CheckResult, Sample
from zhiheng.systems.inspection.models.result import INDEX
from zhiheng.systems.inspection.queries import samples_visible_to
from zhiheng.systems.inspection.rules_stage import STAGES

CHECKS = tuple(rules.CHECKS.values())
OBJECTIONS = tuple(key for keys in rules.OBJECTIONS.values() for key in keys)
AFTER = (*CHECKS, *OBJECTIONS, "rectification", "check_refusal")
"""The procedures of what follows a check."""


def check_of(case: Case) -> Case | None:
    """The case of the sample that an objection or an order came from; the case itself when it is one."""
    if case.procedure in CHECKS:
        return case
    link = (
        Link.objects.filter(then=case, kind=Link.Kind.OPENED, first__procedure__in=CHECKS)
        .select_related("first")
        .first()
    )
    return link.first if link else None


def sample_of(case: Case) -> Sample | None:
    """The sample that a case is about."""
    check = check_of(case)
    if check is None:
        return None
    return (
        Sample.objects.filter(case=check)
        .select_related("item", "item__plan", "organisation", "producer", "laboratory", "task")
        .first()
    )


def opened(case: Case, *procedures: str) -> QuerySet[Case]:
    """The cases of some procedures that a case led to."""
    then = Link.objects.filter(first=case, kind=Link.Kind.OPENED).values("then")
    return Case.objects.filter(pk__in=then, procedure__in=procedures)


def objections(check: Case) -> QuerySet[Case]:
    """The objections to a check's result."""
    return opened(check, *OBJECTIONS)


def within(case: Case, key: str, now: datetime) -> bool:
    """Whether a clock of a case still runs; true for a case that has no such clock."""
    clock = case.clocks.filter(key=key).last()
    return clock is None or (clock.due_at is not None and now < clock.due_at)


def answerable(case: Case, sample: Sample) -> Iterator[tuple[str, Organisation]]:
    """Whom a result is on record of: the sampled party and, unless it was cleared, the nominal producer."""
    yield "sampled", sample.organisation
    other = sample.producer if sample.producer != sample.organisation else None
    if other is not None and not case.steps.filter(key="clear_producer").exists():
        yield "producer", other


def shown_with(case: Case) -> Organisation | None:
    """The organisation whose page shows a publication: the producer, unless it is unknown or was cleared."""
    sample = sample_of(case) if case.procedure in CHECKS else None
    if sample is None:
        return case.subject
    return dict(answerable(case, sample)).get("producer", sample.organisation)


def laboratories(sample: Sample, today: date) -> QuerySet[Organisation]:
    """Laboratories that may test a sample again: not the first one, none that closed or whose recognitions ended."""
    recognised = Designation.objects.filter(organisation=OuterRef("pk"), kind=Designation.Kind.LABORATORY)
    valid = recognised.filter(
        Q(valid_until=None) | Q(valid_until__gte=today), status=Designation.Status.VALID
    )
    found = Organisation.objects.filter(
        Exists(valid) | ~Exists(recognised), kinds__contains=" laboratory ", status=Organisation.Status.ACTIVE
    )
    if sample.laboratory_id is not None:
        found = found.exclude(pk=sample.laboratory_id)
    return found.order_by("uscc")


def earlier(sample: Sample, user: User) -> QuerySet[Sample]:
    """Other samples that one may see of the same producer, or of the sampled party where no producer is registered."""
    whose = Q(producer=sample.producer_id) if sample.producer_id else Q(organisation=sample.organisation_id)
    found = samples_visible_to(user).filter(whose, taken_at__lte=sample.taken_at).exclude(pk=sample.pk)
    return found.select_related("case").order_by("-taken_at", "-pk")


def stages(user: User, now: datetime) -> dict[str, tuple[int, int]]:
    """How many open cases of one's jurisdiction stand at each stage, and how many of these are late."""
    rows = (
        cases.visible_to(user)
        .filter(procedure__in=AFTER, closed_at=None)
        .order_by()
        .values("state")
        .annotate(n=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now)))
    )
    by_state = {row["state"]: (row["n"], row["late"]) for row in rows}
    return {
        key: (
            sum(by_state.get(state, (0, 0))[0] for state in states),
            sum(by_state.get(state, (0, 0))[1] for state in states),
        )
        for key, (_words, states) in STAGES.items()
    }


def public_results(now: datetime) -> QuerySet[CheckResult]:
    """The results that are public at a moment, the newest first."""
    shown = disclosing.public(now).filter(kind="check")
    return CheckResult.objects.filter(disclosure__in=shown).select_related("disclosure")


def matching(results: QuerySet[CheckResult], text: str) -> QuerySet[CheckResult]:
    """Results with a text in product, firm, brand or failing item."""
    return INDEX.matching(results, text)
