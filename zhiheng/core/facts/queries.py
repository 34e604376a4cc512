"""Reading facts and standings."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from zhiheng.core.facts.models import Fact, Standing, Unmatched
from zhiheng.core.registry.queries import organisations_visible_to
from zhiheng.core.registry.rules import is_party

CHUNK = 5000


def visible_to(user: Any) -> QuerySet[Fact]:
    """Facts about the organisations a person sees: those of the jurisdiction, or one's own.

    That somebody's report was found true is not shown to whom it was about: reports are confidential.
    """
    facts = Fact.objects.filter(organisation__in=organisations_visible_to(user))
    if is_party(user):
        facts = facts.exclude(kind=Fact.Kind.COMPLAINT_UPHELD)
    return facts.select_related("organisation")


def unmatched_visible_to(user: Any) -> QuerySet[Unmatched]:
    """Records that wait for somebody to say who they are about: those that offices of the jurisdiction sent."""
    if not user.is_authenticated or user.prefix is None or not user.may("credit.read"):
        return Unmatched.objects.none()
    return Unmatched.objects.filter(region__startswith=user.prefix).select_related(
        "organisation", "decided_by"
    )


def counting(facts: QuerySet[Fact], today: date) -> QuerySet[Fact]:
    """Those that count today: not withdrawn, and not past the last day they count."""
    return facts.filter(Q(counts_until=None) | Q(counts_until__gte=today), withdrawn_at=None, on__lte=today)


def public(facts: QuerySet[Fact], today: date) -> QuerySet[Fact]:
    """Those that the law lets the public see today."""
    return facts.filter(
        Q(public_until=None) | Q(public_until__gte=today), Q(shielded_by="") | ~Q(statement=""),
        withdrawn_at=None, public_from__lte=today,
    )  # fmt: skip


def standings(organisations: Iterable[int], scheme: str, today: date) -> dict[int, Standing]:
    """How organisations (primary keys) stand under a scheme today; those without a standing are not there."""
    keys = list(dict.fromkeys(organisations))
    return {
        one.organisation_id: one
        for start in range(0, len(keys), CHUNK)
        for one in Standing.objects.filter(
            scheme=scheme, organisation__in=keys[start : start + CHUNK]
        ).filter(Q(until=None) | Q(until__gte=today))
    }
