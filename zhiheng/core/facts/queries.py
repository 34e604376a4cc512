"""Reading facts and standings."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from zhiheng.core.facts.models import Fact, Standing
from zhiheng.core.registry.queries import organisations_visible_to

CHUNK = 5000


def visible_to(user: Any) -> QuerySet[Fact]:
    """Facts about the organisations a person sees: those of the jurisdiction, or one's own."""
    return Fact.objects.filter(organisation__in=organisations_visible_to(user)).select_related("organisation")


def counting(facts: QuerySet[Fact], today: date) -> QuerySet[Fact]:
    """Those that count today: not withdrawn, and not past the last day they count."""
    return facts.filter(Q(counts_until=None) | Q(counts_until__gte=today), withdrawn_at=None, on__lte=today)


def public(facts: QuerySet[Fact], today: date) -> QuerySet[Fact]:
    """Those that the law lets the public see today."""
    return facts.filter(
        Q(public_until=None) | Q(public_until__gte=today), withdrawn_at=None, public_from__lte=today
    )


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
