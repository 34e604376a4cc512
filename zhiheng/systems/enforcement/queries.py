"""Reading enforcement: what belongs to a case, who sees which campaigns and penalties, how offices stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Prefetch, Q, QuerySet, Sum
from django.utils import timezone

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases import running
from zhiheng.core.cases.models import Case, Clock, Document, File, Link, Party, Step
from zhiheng.core.disclosure import queries as disclosing
from zhiheng.core.ui import dates
from zhiheng.knowledge.codes import regions
from zhiheng.knowledge.law.load import Course
from zhiheng.knowledge.law.model import Publication, Term
from zhiheng.systems.enforcement import rules
from zhiheng.systems.enforcement.models import (
    Campaign,
    Custody,
    Evidence,
    Factor,
    Instalment,
    Limitation,
    PenaltyRecord,
    SealedItem,
)

OFFICE = ("penalty", "simple_penalty", "measure", "publicity", "assistance", "competence", "supervision")
NOTICES = ("notify", "notify_hearing")


def office_cases(user: User) -> QuerySet[Case]:
    """The enforcement cases a person sees."""
    return cases.visible_to(user).filter(procedure__in=OFFICE)


def evidence_of(case: Case) -> QuerySet[Evidence]:
    """The register of a case, struck items included, each with its chain and files."""
    chain = Prefetch("chain", Custody.objects.select_related("by"))
    return case.evidence.select_related("step__actor", "step__second", "struck_by").prefetch_related(
        chain, "files__file"
    )


def evidence_visible_to(user: User) -> QuerySet[Evidence]:
    """The evidence a person may read: that of the cases he reads whole."""
    return Evidence.objects.filter(case__in=whole(user)).select_related(
        "case", "struck_by", "step__actor", "step__second"
    )


def whole(user: User) -> QuerySet[Case]:
    """The cases somebody reads as their office does, not as a party."""
    if not user.may("cases.read") or user.prefix is None:
        return Case.objects.none()
    first, last = regions.span(user.prefix)
    return cases.visible_to(user).filter(region__gte=first, region__lte=last)


def origin(case: Case) -> Case | None:
    """The case that opened this one."""
    link = case.linked.filter(kind=Link.Kind.OPENED).select_related("first__subject").order_by("id").first()
    return link.first if link else None


def opened(case: Case, *procedures: str) -> list[Case]:
    """The cases that this one opened."""
    links = case.links.filter(kind=Link.Kind.OPENED, then__procedure__in=procedures).select_related("then")
    return [link.then for link in links.order_by("id")]


def party(case: Case) -> Party | None:
    """The party that a penalty would be imposed on."""
    return case.parties.filter(key="party").select_related("organisation").first()


def is_person(case: Case) -> bool:
    """Whether the party is a natural person as far as is known: no organisation is registered or named."""
    one = party(case)
    return case.subject_id is None and not case.subject_name and one is not None and one.is_person


def takes_lower_threshold(case: Case) -> bool:
    """Whether the threshold of natural persons holds.

    Also for individual businesses (个体工商户), of which the text says nothing, and for whom nobody registered,
    so that we do not know what it is: a hearing too many harms nobody.
    """
    return case.subject is None or "个体" in case.subject.org_type


def last_step(case: Case, *keys: str) -> Step | None:
    """The last time one of some steps was taken."""
    return case.steps.filter(key__in=keys).order_by("-seq").first()


def told(case: Case) -> tuple[Step, rules.Penalty] | None:
    """The last notice of the intended penalty, and the penalty it told of."""
    step = last_step(case, *NOTICES)
    return (step, rules.penalty(step.values)) if step else None


def decided(case: Case) -> Step | None:
    """The step that imposed the penalty."""
    return last_step(case, "decide")


def found_on(case: Case) -> date:
    """The day the violation was found: when the case was received, or the one that led to it."""
    first = origin(case)
    return dates.local((first or case).received_at).date()


def limitation(
    case: Case, ended_on: str | None = None
) -> tuple[rules.Limitation, date | None, Limitation | None]:
    """How the case stands to the limitation of penalties, the day that counts, and the answer that was given."""
    day = ended_on or case.values.get("ended_on")
    answer = case.limitation_answers.last()
    ended = date.fromisoformat(day) if day else None
    state = rules.limitation(
        ended, found_on(case), answer.answer if answer else "", answer.day if answer else None,
        running.course_of(case).edition.values,
    )  # fmt: skip
    return state, ended, answer


def factors(case: Case) -> QuerySet[Factor]:
    """The factors of discretion on record, struck ones included."""
    return case.factors.select_related("by", "struck_by")


def investigators(case: Case) -> set[int]:
    """Those who investigated: the handlers, and whoever took a step of the investigation."""
    found = {case.handler_id, case.second_id}
    steps = ("register_filing", "inspect", "question", "collect", "submit")
    for actor, second in case.steps.filter(key__in=steps).values_list("actor_id", "second_id"):
        found |= {actor, second}
    return {pk for pk in found if pk is not None}


def paid(case: Case) -> list[tuple[Step, Decimal]]:
    """The payments on record: the steps and what was paid."""
    steps = case.steps.filter(key__in=("record_payment", "perform")).order_by("seq")
    return [(step, Decimal(step.values["paid"])) for step in steps if step.values.get("paid")]


def account(case: Case, today: date | None = None) -> rules.Account | None:
    """The account of a decided penalty."""
    step = decided(case)
    if step is None:
        return None
    plan_step = Step.objects.filter(case=case, instalments__isnull=False).order_by("-seq").first()
    rows = Instalment.objects.filter(step=plan_step) if plan_step else []
    plan = [(one.due_on, one.amount) for one in rows]
    return rules.account(
        rules.penalty(step.values).money,
        [amount for _step, amount in paid(case)],
        plan,
        today or dates.today(),
    )


COURT_PACK = ("decision", "service_receipt", "public_service", "urging_notice", "court_application")


def court_pack(case: Case) -> list[tuple[str, Document | None]]:
    """The documents of the file that an application to the court rests on, and which are missing."""
    made = {d.kind: d for d in case.documents.select_related("signed").order_by("id")}
    served = "public_service" if "public_service" in made else "service_receipt"
    wanted = [k for k in COURT_PACK if k not in {"service_receipt", "public_service"} or k == served]
    return [(kind, made.get(kind)) for kind in wanted]


def sealed_items(case: Case) -> QuerySet[SealedItem]:
    """The goods of a measure, struck ones included."""
    return case.sealed_items.select_related("by", "struck_by")


# -- publication ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Terms:
    """What holds for the publication of a decision."""

    publication: Publication
    key: str
    term: Term
    minor: bool


def penalty_of(publicity: Case) -> tuple[Case, Step] | None:
    """The case and the step that imposed the penalty which a publicity case is about."""
    first = origin(publicity)
    step = decided(first) if first else None
    return (first, step) if first and step else None


def terms(publicity: Case, course: Course, domain: str, said: bool) -> Terms | None:
    """Which term of publication holds, of the edition of the decision's day; none when no decision is known."""
    found = penalty_of(publicity)
    if found is None:
        return None
    case, step = found
    one, publication = rules.penalty(step.values), course.publication("penalty")
    small = rules.minor(
        one,
        step.values.get("discretion", ""),
        person=is_person(case),
        said=said,
        values=course.edition.values,
    )
    key = rules.term_key(one, minor=small, domain=domain, terms=publication.terms.keys())
    return Terms(publication, key, publication.terms[key], small)


def published_term(publicity: Case, course: Course) -> tuple[Step, Terms] | None:
    """The step by which a decision was published, and the term that held then."""
    step = last_step(publicity, "publish", "publish_there")
    if step is None:
        return None
    found = terms(publicity, course, step.ground, bool(step.values.get("minor")))
    return (step, found) if found else None


def restriction_ends(values: dict[str, Any]) -> date | None:
    """The last day of a restriction, when the case names one."""
    return date.fromisoformat(values["restriction_ends"]) if values.get("restriction_ends") else None


def penalties_visible_to(user: User) -> QuerySet[PenaltyRecord]:
    """The penalties on record that an officer reads: his jurisdiction's."""
    if not user.may("cases.read") or user.prefix is None:
        return PenaltyRecord.objects.none()
    first, last = regions.span(user.prefix)
    return PenaltyRecord.objects.filter(region__gte=first, region__lte=last).select_related(
        "organisation", "case"
    )


def public_penalties(now: datetime) -> QuerySet[PenaltyRecord]:
    """The penalties that the public sees at a moment."""
    shown = PenaltyRecord.objects.filter(disclosing.in_force(now, "disclosure__"))
    return shown.select_related("disclosure", "organisation")


# -- supervised cases ----------------------------------------------------------------------------------------


def next_report(case: Case) -> date | None:
    """When the next report on a listed case is due, as the listing itself set it; nobody is late by law."""
    every = case.values.get("report_every")
    if case.state != "listed" or not every:
        return None
    last = last_step(case, "report", "list")
    return dates.local(last.at).date() + timedelta(days=int(every)) if last else None


def supervised(user: User) -> QuerySet[Case]:
    """The supervised listings a person sees."""
    return cases.visible_to(user).filter(procedure="supervision")


# -- campaigns -----------------------------------------------------------------------------------------------


def campaigns_visible_to(user: User) -> QuerySet[Campaign]:
    """The campaigns of the offices above a person, and of those in his jurisdiction."""
    if not (user.may("cases.read") or user.may("cases.figures")) or user.prefix is None:
        return Campaign.objects.none()
    first, last = regions.span(user.prefix)
    above = rules.superiors(user.region) if user.region else []
    return Campaign.objects.filter(Q(region__gte=first, region__lte=last) | Q(region__in=above))


def progress(campaign: Campaign, user: User) -> list[dict[str, Any]]:
    """How the offices of a campaign stand: numbers only, of the reader's jurisdiction and of the whole."""
    by_office: dict[str, dict[str, Any]] = {}
    mine = Case.objects.filter(campaign__campaign=campaign)
    if user.prefix is None:
        return []
    first, last = regions.span(user.prefix)
    for row in (
        mine.filter(region__gte=first, region__lte=last).order_by().values("region")
        .annotate(
            n=Count("pk"), closed=Count("pk", filter=Q(closed_at__isnull=False)),
            late=Count("pk", filter=Q(closed_at=None, due_at__lt=timezone.now())),
            decided=Count("penalty_record"), fine=Sum("penalty_record__fine"),
            confiscated=Sum("penalty_record__confiscated"),
        )
    ):  # fmt: skip
        by_office[row["region"]] = dict(row)
    return [by_office[key] for key in sorted(by_office)]


# -- the desk ------------------------------------------------------------------------------------------------


def stages(user: User) -> dict[str, int]:
    """How many open penalty cases of a person's jurisdiction stand in each state."""
    rows = cases.visible_to(user).filter(procedure="penalty", closed_at=None).order_by()
    return dict(rows.values_list("state").annotate(n=Count("pk")))


def files_of(case: Case) -> Iterable[File]:
    """Every file of the register, struck items' too."""
    return File.objects.filter(evidence__evidence__case=case).order_by("id")


def lapsing(now: datetime) -> QuerySet[Clock]:
    """Measures whose time ends within a week."""
    return Clock.objects.filter(
        case__procedure="measure",
        key__in=("seal", "preserve"),
        state=Clock.State.RUNNING,
        due_at__gt=now,
        due_at__lte=now + timedelta(days=7),
    ).order_by(F("due_at"))
