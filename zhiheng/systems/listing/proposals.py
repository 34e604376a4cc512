"""Facts that speak for a listing become proposals: a case in its first state, with the facts and the clause.

Each fact proposes once for each list. Facts of one organisation at one office come together in the proposal that is
still open. Nobody is listed by any of this: an officer judges, the head decides.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.accounts.auth import require
from zhiheng.core.accounts.models import User
from zhiheng.core.accounts.rules import covers
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import rules as engine_rules
from zhiheng.core.cases.actions import Actor, NewParty, Opening
from zhiheng.core.cases.models import Case
from zhiheng.core.facts import effects
from zhiheng.core.facts.models import Fact, Standing
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.knowledge.codes import regions
from zhiheng.knowledge.law.load import law
from zhiheng.knowledge.law.terms import last_day
from zhiheng.systems.listing import queries, rules
from zhiheng.systems.listing.models import Basis, Scheme

SOURCE = "facts"
CONDITIONS_CITE = "SAMR-44 第二条第二款"


@effects.on("penalty")
def serious(facts: list[Fact]) -> None:
    """A penalty whose record fits the conditions of the serious-offender list is proposed for it.

    Not when a listing from its day would be over by now: what the list would not hold any more it is not proposed for.
    """
    today = dates.today()
    course = law().course(Scheme.SERIOUS, on=today)
    term = course.publication("list").terms["listed"]
    since = course.edition.from_
    levels = queries.discretion(facts)
    fit = [
        one for one in facts
        if one.on >= since and last_day(term, one.on, None) > today
        and rules.proposes_serious(one.details, one.title, levels.get(one.pk, ""))
    ]  # fmt: skip
    _propose(Scheme.SERIOUS, fit, {one.pk: CONDITIONS_CITE for one in fit}, levels)


@effects.on("check_refused", "not_rectified", "serious")
def key_supervision(facts: list[Fact]) -> None:
    """Who refused a check, did not put a failure right, or is seriously dishonest is proposed for key supervision."""
    cite = law().course(Scheme.KEY, on=dates.today()).grounds("why").cite
    _propose(Scheme.KEY, facts, {one.pk: cite for one in facts}, {})


def _propose(
    scheme: Scheme, facts: Sequence[Fact], clauses: dict[int, str], levels: dict[int, str]
) -> list[Case]:
    known = set(Basis.objects.filter(scheme=scheme, fact__in=facts).values_list("fact_id", flat=True))
    facts = [one for one in facts if one.pk not in known]
    if not facts:
        return []
    held = set()
    if (
        scheme == Scheme.KEY
    ):  # whoever stands there already gets no second proposal; the fact goes with the entry
        standing = Standing.objects.filter(
            scheme="key_supervision", organisation__in={f.organisation_id for f in facts}
        )
        held = set(standing.values_list("organisation_id", flat=True))
    open_cases = {
        (one.subject_id, one.region): one
        for one in Case.objects.filter(
            procedure=scheme, state__in=("proposed", "listed"), subject__in={f.organisation_id for f in facts},
            merged_into=None,
        ).order_by("-pk")
    }  # fmt: skip
    listed = {one.subject_id: one for one in open_cases.values() if one.state == "listed"}
    cases = []
    with transaction.atomic():
        for fact in facts:
            region = office_of(fact)
            case = listed.get(fact.organisation_id) if fact.organisation_id in held else None
            case = case or open_cases.get((fact.organisation_id, region))
            if case is None:
                case = _open(Actor(), scheme, fact.organisation, region, _title(fact), _values(fact, levels))
                open_cases[fact.organisation_id, region] = case
                cases.append(case)
            Basis.objects.create(case=case, scheme=scheme, fact=fact, clause=clauses[fact.pk])
    return cases


def office_of(fact: Fact) -> str:
    """The office that has to judge: the one whose act the fact is, else that of the organisation's place."""
    return fact.region if regions.is_known(fact.region) else fact.organisation.region


def _title(fact: Fact) -> str:
    return f"{fact.organisation.name}：{fact.title}"[:200]


def _values(fact: Fact, levels: dict[int, str]) -> dict[str, Any]:
    if fact.kind != Fact.Kind.PENALTY:
        return {}
    return {
        "violation": fact.title,
        "penalty_no": str(fact.details.get("decision_no") or fact.reference.partition(":")[2]),
        "penalised_on": fact.on.isoformat(),
        "heavier": list(rules.heavier(list(fact.details.get("kinds") or ()), levels.get(fact.pk, ""))),
    }


def _open(
    actor: Actor, scheme: str, organisation: Organisation, region: str, title: str, values: dict[str, Any]
) -> Case:
    opening = Opening(
        scheme, region, title, timezone.now(), SOURCE if actor.user is None else "officer", subject=organisation,
        parties=[NewParty("party", organisation=organisation)], values=values | {"uscc": organisation.uscc},
    )  # fmt: skip
    return engine.open_case(actor, opening)


def propose(
    actor: User, scheme: str, organisation: Organisation, reason: str, facts: Sequence[Fact] = ()
) -> Case:
    """An officer proposes somebody by hand, with the facts he picked; the way on is the same.

    Raises Problem ``forbidden``, ``outside_jurisdiction``, ``no_such_list``, ``reason_missing``, ``proposed_already``.
    """
    require(actor, "listing.work")
    if actor.role not in engine_rules.REGULATORS:
        raise Problem("forbidden", _("只有监管机关可以建议。"), status=403)
    if scheme not in Scheme.values:
        raise Problem("no_such_list", _("没有这个名单。"), status=404)
    if not covers(actor, organisation.region):
        raise Problem("outside_jurisdiction", _("此对象不在您的辖区内。"), status=403)
    if not reason.strip():
        raise Problem("reason_missing", _("须写明理由。"), status=422, errors={"reason": _("须写明理由。")})
    undecided = queries.UNDECIDED[Scheme(scheme)]
    there = Case.objects.filter(
        procedure=scheme, subject=organisation, state__in=undecided, region=actor.region
    )
    if (clash := there.first()) is not None:
        raise Problem(
            "proposed_already", _("已有未决定的建议：%(number)s。") % {"number": clash.number}, status=409,
            remedy=_("请在该案中办理。"), number=clash.number,
        )  # fmt: skip
    known = set(Basis.objects.filter(scheme=scheme, fact__in=facts).values_list("fact_id", flat=True))
    with transaction.atomic():
        title = f"{organisation.name}：{reason.strip()}"[:200]
        case = _open(Actor(actor), scheme, organisation, actor.region, title, {})
        for fact in facts:
            if fact.organisation_id == organisation.pk and fact.pk not in known:
                Basis.objects.create(case=case, scheme=scheme, fact=fact, clause=_clause(scheme))
    return case


def _clause(scheme: str) -> str:
    course = law().course(scheme, on=dates.today())
    return next(iter(course.edition.grounds.values())).cite[:120]


@effects.on_withdrawn("penalty")
def fallen(facts: list[Fact]) -> None:
    """A penalty that fell takes its listings with it: the three working days begin at once.

    A proposal that nobody has decided yet stays; its page shows that the fact was withdrawn, and people decide.
    """
    rows = Basis.objects.filter(scheme=Scheme.SERIOUS, fact__in=facts).select_related("case", "fact")
    for basis in rows:
        others = basis.case.listing_bases.exclude(pk=basis.pk).filter(fact__withdrawn_at=None)
        if basis.case.state not in {"decided", "pushed", "published"} or others.exists():
            continue
        engine.take(
            Actor(), basis.case, "overturned",
            values={"overturned_on": dates.today().isoformat(), "reason": basis.fact.withdrawn_why},
        )  # fmt: skip
