"""Reading: redress and claims with who answers next, policies, what was settled on them, figures."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.models import Case, Link, Party, Step
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.knowledge.codes import regions
from zhiheng.systems.redress import rules
from zhiheng.systems.redress.models import Policy

PROCEDURES = ("redress", "claim")


def visible_to(user: User) -> QuerySet[Case]:
    """The cases of redress and insurance that a person may open."""
    return cases.visible_to(user).filter(procedure__in=PROCEDURES)


def policies_visible_to(user: User) -> QuerySet[Policy]:
    """Policies: of one's own organisation on either side, or of those insured in one's jurisdiction."""
    rows = Policy.objects.select_related("insurer", "insured")
    if not user.is_active:
        return rows.none()
    if user.organisation_id:
        return rows.filter(Q(insurer=user.organisation_id) | Q(insured=user.organisation_id))
    if user.may("cases.read") and user.prefix is not None:
        return rows.filter(insured__region__startswith=user.prefix)
    return rows.none()


def policies_of(insured: Organisation, day: date | None = None) -> QuerySet[Policy]:
    """The policies an organisation holds; with a day, those in force on it."""
    rows = Policy.objects.filter(insured=insured).select_related("insurer", "insured")
    return rows if day is None else rows.filter(valid_from__lte=day, valid_until__gte=day)


def policy_of(claim: Case) -> Policy | None:
    """The policy of a claim: by its number, held by the insured, of the insurer that is a party if there is one."""
    number = claim.values.get("policy_no")
    if not number or claim.subject is None:
        return None
    rows = policies_of(claim.subject).filter(number=number)
    insurer = claim.parties.filter(key="insurer").first()
    if insurer is not None:
        rows = rows.filter(insurer=insurer.organisation_id)
    found = list(rows[:2])
    return found[0] if len(found) == 1 else None


def cover(policy: Policy) -> rules.Cover:
    """A policy as decisions look at it."""
    return rules.Cover(policy.valid_from, policy.valid_until, policy.limit_each, policy.limit_total)


def settled_on(policy: Policy, besides: Case) -> list[Decimal]:
    """What was settled on a policy in other claims."""
    steps = Step.objects.filter(
        key="settle", case__procedure="claim", case__subject=policy.insured, case__parties__key="insurer",
        case__parties__organisation=policy.insurer,
    ).exclude(case=besides)  # fmt: skip
    return [Decimal(s.values["amount"]) for s in steps if s.values.get("policy_no") == policy.number]


def origin_of(case: Case, procedure: str) -> Case | None:
    """The case of a procedure that opened this one."""
    link = (
        case.linked.filter(kind=Link.Kind.OPENED, first__procedure=procedure).select_related("first").first()
    )
    return link.first if link else None


def last_amount(case: Case, key: str) -> Decimal | None:
    """The amount of the last step of a kind."""
    step = case.steps.filter(key=key).order_by("-seq").first()
    return Decimal(step.values["amount"]) if step is not None and step.values.get("amount") else None


def next_of(case: Case, today: date) -> rules.Next:
    """Who answers next in a case, and by when as promised."""
    return rules.next_to_act(case.procedure, case.state, case.values, today)


def waiting_for(user: User, rows: Iterable[Case], today: date) -> list[tuple[Case, rules.Next]]:
    """Of some cases those in which somebody has to answer; parties: in which he has to."""
    found = []
    for case in rows:
        one = next_of(case, today)
        mine = set(cases.parties_of(case, user)) if not user.may("cases.read") else set(one.parties)
        if set(one.parties) & mine:
            found.append((case, one))
    return sorted(found, key=lambda pair: (pair[1].by is None, pair[1].by or today, pair[0].pk))


def by_receipt(number: str, digest: str) -> Party | None:
    """The consumer of a case by what stands on his receipt."""
    return (
        Party.objects.filter(
            case__number=number,
            case__procedure__in=PROCEDURES,
            receipt=digest,
            key__in=("consumer", "injured"),
        )
        .exclude(receipt="")
        .select_related("case", "case__subject")
        .first()
    )


# -- figures --------------------------------------------------------------------------------------------------------


def figures(user: User, since: datetime, level: int = 6) -> list[dict[str, Any]]:
    """Redress by office: opened, done, refused, paid in advance and recovered, promises kept; insurance paid.

    Numbers only, of the reader's jurisdiction.
    """
    if not user.may("cases.figures") or user.prefix is None:
        return []
    first, last = regions.span(user.prefix)
    rows: dict[str, dict[str, Any]] = {}

    def row(region: str) -> dict[str, Any]:
        place = region[:level].ljust(6, "0")
        empty = dict.fromkeys(
            ("opened", "done", "refused", "advances", "advanced", "recovered", "promises", "kept", "claims",
             "insured"), 0,
        )  # fmt: skip
        return rows.setdefault(place, {"region": place, **empty})

    within = Q(case__region__gte=first, case__region__lte=last, case__procedure__in=PROCEDURES)
    wanted = ("_opened", "confirm", "refuse", "advance", "recover", "perform", "pay")
    steps = Step.objects.filter(within, key__in=wanted, at__gte=since).select_related("case")
    for step in steps.order_by("case_id", "seq").iterator(chunk_size=1000):
        one, kind = row(step.case.region), step.case.procedure
        amount = Decimal(step.values.get("amount") or 0)
        if step.key == "_opened":
            one["opened" if kind == "redress" else "claims"] += 1
        elif kind == "claim":
            one["insured"] += amount if step.key == "pay" else 0
        elif step.key == "advance":
            one["advances"] += 1
            one["advanced"] += amount
        elif step.key == "recover":
            one["recovered"] += amount
            one["done"] += 1
        elif step.key == "perform":
            promised = step.case.values.get("promised_by")
            one["promises"] += bool(promised)
            one["kept"] += bool(promised) and dates.local(step.at).date() <= date.fromisoformat(promised)
        else:
            one["done" if step.key == "confirm" else "refused"] += 1
    return [rows[key] for key in sorted(rows)]
