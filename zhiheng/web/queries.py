"""What the pages of an audience ask of the rooms below."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from zhiheng.core.accounts.models import User
from zhiheng.core.disclosure import queries as disclosures
from zhiheng.core.jobs.models import Job
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry.models import Organisation, Product
from zhiheng.core.registry.search import matching

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
    return public if subject is None else public.filter(subject=subject)


def jobs_visible_to(user: User) -> QuerySet[Job]:
    """A party's submissions are its own; an officer also sees those of the jurisdiction."""
    mine = Q(owner=user)
    if user.organisation_id:
        mine |= Q(organisation_id=user.organisation_id)
    elif user.prefix is not None:
        mine |= Q(organisation__region__startswith=user.prefix)
    return Job.objects.filter(mine).select_related("owner", "organisation")


def organisations_by_city(user: User) -> dict[str, int]:
    """How many organisations a user sees in each city, by the city's code."""
    rows = (
        registry.organisations_visible_to(user).order_by().values_list("region").annotate(count=Count("pk"))
    )  # fmt: skip
    cities: dict[str, int] = {}
    for region, count in rows:
        city = f"{region[:4]}00"
        cities[city] = cities.get(city, 0) + count
    return cities


def submissions_by_organisation(user: User) -> QuerySet[Any]:
    """Per organisation a user sees: when it last handed something in, and how much of it was refused."""
    return (
        jobs_visible_to(user)
        .exclude(organisation=None)
        .order_by()
        .values("organisation__name", "organisation__uscc")
        .annotate(last=Max("created_at"), submissions=Count("pk"))
    )
