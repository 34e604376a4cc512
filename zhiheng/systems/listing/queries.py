"""Reading the lists: who sees which entries, proposals, hints; what is public; where a repair comes from."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Max, Q, QuerySet

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.models import Case, Link, Step
from zhiheng.core.disclosure import queries as disclosing
from zhiheng.core.facts.models import Fact
from zhiheng.core.registry.models import Organisation
from zhiheng.core.registry.rules import is_party
from zhiheng.core.ui import dates
from zhiheng.knowledge.codes import regions
from zhiheng.knowledge.law.load import law
from zhiheng.knowledge.law.model import Publication
from zhiheng.systems.listing.models import Basis, Entry, Exit, Hint, Scheme

PROCEDURES = tuple(Scheme.values)
UNDECIDED = {
    Scheme.SERIOUS: (
        "proposed", "assessed", "notified", "hearing", "heard", "consent_asked", "consented", "not_consented",
    ),
    Scheme.KEY: ("proposed",),
    Scheme.ABNORMAL: ("found", "ordered", "to_list"),
}  # fmt: skip
"""The states in which nobody is on the list yet."""


def _office(user: User, region: str = "region") -> Q:
    first, last = regions.span(user.prefix or "")
    return Q(**{f"{region}__gte": first, f"{region}__lte": last})


def reads(user: User) -> bool:
    """Whether somebody reads the lists of a jurisdiction."""
    return (user.may("listing.work") or user.may("credit.read")) and user.prefix is not None


def entries_visible_to(user: User) -> QuerySet[Entry]:
    """Entries that an office of the jurisdiction decided, or of an organisation there; a firm's own."""
    rows = Entry.objects.select_related("case", "organisation", "disclosure")
    if is_party(user) and user.organisation_id:
        return rows.filter(organisation_id=user.organisation_id)
    if not reads(user):
        return rows.none()
    return rows.filter(_office(user) | _office(user, "organisation__region"))


def proposals_visible_to(user: User) -> QuerySet[Case]:
    """The cases of a jurisdiction in which nobody has decided yet whether somebody is listed."""
    if not reads(user):
        return Case.objects.none()
    undecided = Q()
    for scheme, states in UNDECIDED.items():
        undecided |= Q(procedure=scheme, state__in=states)
    return cases.visible_to(user).filter(undecided, merged_into=None)


def public_entries(now: datetime) -> QuerySet[Entry]:
    """The entries that the public sees at a moment."""
    shown = Entry.objects.filter(disclosing.in_force(now, "disclosure__"))
    return shown.select_related("disclosure", "organisation", "case")


def public_changed() -> datetime | None:
    """When anything of the lists last changed: what the public pages are as old as."""
    found: datetime | None = Entry.objects.aggregate(last=Max("changed_at"))["last"]
    return found


def due(user: User, today: date) -> QuerySet[Entry]:
    """Entries of the jurisdiction whose term ends within a month, or whose day of review is near or past."""
    soon = today.toordinal() + 31
    until = date.fromordinal(soon)
    rows = entries_visible_to(user).filter(removed_on=None)
    return rows.filter(Q(removal_on__lte=until) | Q(review_on__lte=until)).order_by(
        "removal_on", "review_on", "pk"
    )


def bases(case: Case) -> list[Basis]:
    """The facts that speak for a listing, withdrawn ones included."""
    return list(case.listing_bases.select_related("fact", "fact__organisation"))


def discretion(facts: Iterable[Fact]) -> dict[int, str]:
    """The level of discretion of penalties that were decided here, by fact; those of elsewhere do not say it."""
    by_number = {
        one.reference.removeprefix("case:"): one.pk for one in facts if one.reference.startswith("case:")
    }
    rows = Case.objects.filter(number__in=by_number, procedure__in=("penalty", "simple_penalty")).values_list(
        "number", "values"
    )
    return {by_number[number]: values.get("discretion", "") for number, values in rows}


# -- repair ------------------------------------------------------------------------------------------------------


def repaired(case: Case) -> Case | None:
    """The case whose entry or publication a repair is about: the one that opened it."""
    link = (
        case.linked.filter(kind=Link.Kind.OPENED)
        .select_related("first", "first__subject")
        .order_by("id")
        .first()
    )
    return link.first if link else None


def repairs_of(case: Case) -> list[Case]:
    """The repairs that were asked for of an entry or a publication."""
    links = case.links.filter(kind=Link.Kind.OPENED, then__procedure="credit_repair").select_related("then")
    return [link.then for link in links.order_by("id")]


def frauds(organisation: Organisation) -> list[Step]:
    """The decisions that an organisation got, or asked for, a repair by fraud."""
    steps = Step.objects.filter(
        case__procedure="credit_repair", case__subject=organisation, key__in=("refuse_fraud", "revoke")
    )
    return list(steps.order_by("at"))


def penalties_since(organisation: Organisation, day: date) -> list[Fact]:
    """Penalties after a day that still count: whether they are of the like, or heavier, a person judges."""
    rows = Fact.objects.filter(
        organisation=organisation, kind=Fact.Kind.PENALTY, on__gt=day, withdrawn_at=None
    )
    return list(rows[:20])


# -- exit --------------------------------------------------------------------------------------------------------


def exits_visible_to(user: User) -> QuerySet[Exit]:
    """The firms of a jurisdiction that left the market."""
    if not reads(user):
        return Exit.objects.none()
    rows = Exit.objects.select_related("organisation", "ended_by")
    return rows.filter(_office(user, "organisation__region"))


def hints_visible_to(user: User) -> QuerySet[Hint]:
    """Hints about organisations of a jurisdiction, or about the firms of it that left."""
    if not reads(user):
        return Hint.objects.none()
    rows = Hint.objects.select_related("exit", "exit__organisation", "organisation", "resolved_by")
    return rows.filter(_office(user, "organisation__region") | _office(user, "exit__organisation__region"))


def own_publications(user: User) -> list[dict[str, Any]]:
    """What is public about a firm's own penalties, checks and lists: for the page on which it asks for a repair."""
    if user.organisation_id is None:
        return []
    rows = (
        Case.objects.filter(procedure="publicity", state="published", subject_id=user.organisation_id)
        .exclude(parties__told_at=None)
        .order_by("-received_at")
    )
    return [{"case": one} for one in rows[:100]]


def shape(scheme: str) -> Publication:
    """What the law says of a list's publication today."""
    return law().course(scheme, on=dates.today()).publication("list")
