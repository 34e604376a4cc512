"""Y01: pass rates of products from routine spot checks, as they were drawn. The method: docs/insight.md."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, FilteredRelation, Max, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from zhiheng.core.accounts.models import User
from zhiheng.insight import rules
from zhiheng.insight.rules import Cell, Figure, Outcome, Row
from zhiheng.insight.scope import Scope, label
from zhiheng.knowledge.codes import industries
from zhiheng.knowledge.codes.regions import GUANGDONG_CITY
from zhiheng.systems.inspection.models import Candidate, Draw, Plan, PlanItem, Report, Sample, Task

DONE = (Plan.State.APPROVED, Plan.State.CLOSED)
_ITEM = "draw__item__"
_REPORTS = "task__sample__reports"


def _final(path: str = _REPORTS) -> dict[str, Any]:
    """What the last word on a sample is: the report of the re-test, else the first one; withdrawn ones say nothing."""
    standing = Q(**{f"{path}__withdrawn_at": None})
    return {
        "first": FilteredRelation(path, condition=standing & Q(**{f"{path}__retest": False})),
        "again": FilteredRelation(path, condition=standing & Q(**{f"{path}__retest": True})),
        "final": Coalesce("again__conclusion", "first__conclusion"),
    }


def rows_visible_to(user: User, scope: Scope) -> QuerySet[Candidate]:
    """Everybody who was drawn for routine plans in one's jurisdiction, with what came of it (``final``).

    These rows are what the figures are counted from. They hold no personal data.
    """
    mine = Q(region__startswith=user.prefix or "")
    if not user.may("insight.read") or user.prefix is None:
        mine = Q(pk__in=[])
    return (
        Candidate.objects.filter(
            mine, scope.q(_ITEM, "region"), drawn=True, draw__state=Draw.State.DRAWN,
            draw__item__plan__kind=Plan.Kind.ROUTINE, draw__item__plan__state__in=DONE,
        )
        .annotate(**_final())
        .order_by("draw__item_id", "region", "pk")
    )  # fmt: skip


def outcome(state: str | None, sample: str | None, final: str | None) -> Outcome:
    """What came of somebody drawn. A batch that was not rejected (GB/T 2828.4) was not found failing."""
    if final and sample != Sample.State.VOID:
        return "failed" if final == Report.Conclusion.FAIL else "passed"
    if state == Task.State.REFUSED:
        return "refused"
    if state == Task.State.NOTHING:
        return "nothing"
    return "cancelled" if state == Task.State.CANCELLED else "pending"


def cells(user: User, scope: Scope) -> tuple[list[Cell], datetime | None]:
    """The rows, counted in the database by stratum, chance and outcome; and when the last report was issued."""
    found: dict[tuple[int, str, float | None, Outcome], int] = defaultdict(int)
    rows: Any = rows_visible_to(user, scope).order_by()
    counted = rows.values_list(
        "draw__item_id", "region", "probability", "task__state", "task__sample__state", "final"
    ).annotate(n=Count("pk"), last=Max(Coalesce("again__issued_at", "first__issued_at")))
    as_of = None
    for item, region, probability, state, sample, final, n, last in counted:
        found[item, region, probability, outcome(state, sample, final)] += n
        as_of = max(filter(None, (as_of, last)), default=None)
    return [Cell((item, region), p, what, n) for (item, region, p, what), n in found.items()], as_of


def items(scope: Scope) -> dict[int, dict[str, str]]:
    """What the items of routine plans are about, by dimension."""
    found = PlanItem.objects.filter(
        scope.with_(city="").q("", ""), plan__kind=Plan.Kind.ROUTINE, plan__state__in=DONE
    ).values_list("pk", "product", "industry", "stage", "plan__domain", "plan__starts_on")
    return {
        pk: {
            "product": product, "stage": stage, "domain": domain, "year": str(starts_on.year),
            "section": industries.section(industry), "division": industries.division(industry),
        }
        for pk, product, industry, stage, domain, starts_on in found
    }  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """What is known of a scope: the figure of all of it and of each value of a dimension; ``as_of`` the last report."""

    overall: Figure
    rows: list[Row]
    as_of: datetime | None


def answer(user: User, scope: Scope, dimension: str = "") -> Answer:
    """The figures; cities also by the model, where it can be fitted."""
    found, as_of = cells(user, scope)
    about = items(scope) if dimension not in ("", "city") else {}
    groups: dict[str, list[Cell]] = defaultdict(list)
    for cell in found if dimension else ():
        item, region = cell.stratum
        groups[f"{region[:4]}00" if dimension == "city" else about[item][dimension]].append(cell)
    models = {}
    if dimension == "city":
        models = rules.small_areas(
            {key: rules.direct(some) for key, some in groups.items() if key in GUANGDONG_CITY}
        )
    rows = [
        Row(key, label(dimension, key), rules.figure(some), models.get(key))
        for key, some in sorted(groups.items())
    ]
    return Answer(rules.figure(found), rows, as_of)


def targeted(user: User, scope: Scope) -> list[dict[str, Any]]:
    """Samples that were not drawn from a population: counts by kind. No rate of them speaks of anybody but themselves.

    Kinds are those of plans (special, follow-up, emergency), ``recheck`` (of what was ordered to be put right, whatever
    plan found it), ``reserve`` (taken in place of somebody who was drawn and
    could not be checked: whoever was drawn counts as not checked) and ``undrawn`` (an officer's decision).
    """
    if not user.may("insight.read") or user.prefix is None:
        return []
    mine = Q(region__startswith=user.prefix) if user.prefix else Q()
    routine = Q(item__plan__kind=Plan.Kind.ROUTINE)
    kind = Case(
        When(task__rectification__isnull=False, then=Value("recheck")),
        When(~routine, then="item__plan__kind"),
        When(task__candidate=None, then=Value("undrawn")),
        default=Value("reserve"),
    )
    rows: Any = (
        Sample.objects.filter(mine, scope.q("item__", "region"))
        .exclude(routine & Q(task__candidate__drawn=True))
        .exclude(state=Sample.State.VOID)
        .annotate(**_final("reports"), apart=kind)
        .order_by()
    )
    counted = rows.values_list("apart", "final").annotate(n=Count("pk"))
    found: dict[str, dict[str, Any]] = {}
    for kind, final, n in counted:
        row = found.setdefault(kind, {"kind": kind, "passed": 0, "failed": 0, "pending": 0})
        row[outcome(None, None, final)] += n
    return [found[kind] for kind in sorted(found)]


def values(dimension: str, scope: Scope) -> list[str]:
    """The values of a dimension of items that there are, for choosing one."""
    return sorted({one[dimension] for one in items(scope.with_(**{dimension: ""})).values()} - {""})
