"""What the pages of an audience ask of the rooms below."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from zhiheng.core.accounts.models import User
from zhiheng.core.disclosure import queries as disclosures
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry.models import Organisation, Product
from zhiheng.core.registry.search import matching
from zhiheng.knowledge.codes.regions import GUANGDONG_CITIES
from zhiheng.trace.queries import findings_visible_to

FOUND = 20


@dataclass(frozen=True)
class Found:
    """What a word of a citizen leads to; ``more_*`` when there is more than is shown."""

    organisations: list[Organisation]
    products: list[Product]
    more_organisations: bool = False
    more_products: bool = False


def public_organisations() -> QuerySet[Organisation]:
    """The public facts of the register: every organisation that was not merged into another."""
    return Organisation.objects.filter(merged_into=None)


def public_search(text: str) -> Found:
    """Organisations and products with ``text`` in their names, the first of each."""
    organisations = list(matching(public_organisations(), text)[: FOUND + 1])
    products = list(
        Product.objects.filter(Q(name__icontains=text) | Q(brand__icontains=text))
        .select_related("organisation")
        .order_by("name", "pk")[: FOUND + 1]
    )
    return Found(
        organisations[:FOUND], products[:FOUND], len(organisations) > FOUND, len(products) > FOUND
    )  # fmt: skip


def published(subject: str | None = None) -> QuerySet[Any]:
    """What is public now, about one subject or at all."""
    public = disclosures.public(timezone.now())
    return public if subject is None else public.filter(Q(subject=subject) | Q(about=subject))


def organisations_by_city(user: User) -> dict[str, int]:
    """How many organisations a user sees in each city, by the city's code."""
    return _by_city(registry.organisations_visible_to(user))


def breaks_by_city(user: User) -> dict[str, int]:
    """How many breaks in chains stand open in each city, by the city's code; those at no known place are left out."""
    return _by_city(findings_visible_to(user).filter(gone_at=None).exclude(region=""))


def _by_city(rows: QuerySet[Any]) -> dict[str, int]:
    # Counting nothing is a count: a city without rows has 0, not "no data".
    cities = {city.code: 0 for city in GUANGDONG_CITIES}
    for region, count in rows.order_by().values_list("region").annotate(count=Count("pk")):
        city = f"{region[:4]}00"
        cities[city] = cities.get(city, 0) + count
    return cities
