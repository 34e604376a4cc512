"""Reading the registry: what a person may list, and what other rooms ask."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from zhiheng.core.registry import rules
from zhiheng.core.registry.models import (
    BODIES,
    Alias,
    Designation,
    Merge,
    Name,
    Organisation,
    Person,
    Product,
    Site,
)
from zhiheng.core.registry.search import matching
from zhiheng.knowledge.codes import regions

#: How many parameters one statement takes; SQLite's limit is far higher, and a plan stays a plan.
CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Place:
    """A GLN, and who answers there."""

    gln: str
    organisation_id: int
    uscc: str
    organisation: str
    site: str
    region: str


def _scope(user: Any, organisation: str = "") -> Q:
    """The condition under which a user sees rows: own organisation, or own jurisdiction."""
    if user is None or not user.is_authenticated:
        return Q(pk__in=[])
    if user.role in rules.PARTIES:
        return Q(**{organisation or "pk": user.organisation_id}) if user.organisation_id else Q(pk__in=[])
    if user.prefix is None:
        return Q(pk__in=[])
    return within(user.prefix, f"{organisation}__region" if organisation else "region")


def within(prefix: str, field: str = "region") -> Q:
    """The condition that a region lies in a jurisdiction, given by 2, 4 or 6 digits.

    A range for a city or county, which an index answers on every database. A province is nearly every row, so there the
    index is kept out: SQLite would walk it whole in place of the one that the list is ordered or filtered by.
    """
    if len(prefix) <= 2:
        return Q(**{f"{field}__startswith": prefix})
    first, last = regions.span(prefix)
    return Q(**{f"{field}__gte": first, f"{field}__lte": last})


def organisations_visible_to(user: Any) -> QuerySet[Organisation]:
    """Organisations in a user's jurisdiction, or the user's own; those merged away are not listed."""
    return Organisation.objects.filter(_scope(user), merged_into=None)


def bodies(rows: QuerySet[Organisation]) -> QuerySet[Organisation]:
    """The third-party bodies among organisations, each with its ``certificates``: what it is recognised for."""
    wanted = Q()
    for kind in sorted(BODIES):
        wanted |= Q(kinds__contains=f" {kind} ")
    named = Q(kind=Designation.Kind.OTHER, details__has_key="body")
    kept = Designation.objects.filter(Q(kind=Designation.Kind.LABORATORY) | named)
    return rows.filter(wanted).prefetch_related(Prefetch("designations", kept, to_attr="certificates"))


def laboratories(prefix: str) -> QuerySet[Organisation]:
    """The laboratories of a jurisdiction that were not closed."""
    return Organisation.objects.filter(
        within(prefix), kinds__contains=" laboratory ", merged_into=None,
        status=Organisation.Status.ACTIVE,
    ).order_by()  # fmt: skip


def laboratory_qualification(organisation_id: int, day: datetime.date) -> rules.Qualification:
    """How a laboratory's recognition (检验检测机构资质认定) stands on a day, by what is registered."""
    rows = Designation.objects.filter(organisation=organisation_id, kind=Designation.Kind.LABORATORY)
    return rules.qualification(rows, day)


def sites_visible_to(user: Any) -> QuerySet[Site]:
    """Sites of the organisations a user sees, and sites in the user's jurisdiction."""
    own = _scope(user, "organisation")
    if user is not None and user.is_authenticated and user.prefix is not None:
        own |= within(user.prefix)
    return Site.objects.filter(own).select_related("organisation")


def products_visible_to(user: Any) -> QuerySet[Product]:
    """Products of the organisations a user sees."""
    return Product.objects.filter(_scope(user, "organisation")).select_related("organisation")


def people_visible_to(user: Any) -> QuerySet[Person]:
    """People of the organisations a user sees. That somebody is listed does not mean the name may be read."""
    return Person.objects.filter(_scope(user, "organisation")).select_related("organisation")


def merges_visible_to(user: Any) -> QuerySet[Merge]:
    """Merges of which a user sees the organisation that was kept."""
    return Merge.objects.filter(_scope(user, "kept")).select_related(
        "kept", "duplicate", "done_by", "undone_by"
    )


def search(text: str, user: Any) -> QuerySet[Organisation]:
    """The organisations a user sees whose names or code have ``text`` in them."""
    return matching(organisations_visible_to(user), text)


def current(organisation: Organisation) -> Organisation:
    """The organisation itself, or the one it was merged into in the end."""
    seen = set()
    while organisation.merged_into_id is not None and organisation.pk not in seen:
        seen.add(organisation.pk)
        organisation = organisation.merged_into  # type: ignore[assignment]
    return organisation


def by_uscc(codes: Iterable[str]) -> dict[str, Organisation]:
    """Organisations by code; a code that was merged away leads to the organisation that was kept."""
    wanted = dict.fromkeys(codes)
    return {
        organisation.uscc: current(organisation)
        for chunk in _chunks(wanted)
        for organisation in Organisation.objects.filter(uscc__in=chunk).select_related(
            "merged_into__merged_into"
        )
    }


def resolve_glns(glns: Iterable[str]) -> dict[str, Place]:
    """Where each GLN is and who answers there: one statement for every five thousand of them.

    A merge moves the sites of the organisation that was given up, so a site always names the one that was kept.
    """
    rows = (
        row
        for chunk in _chunks(dict.fromkeys(glns))
        for row in Site.objects.filter(gln__in=chunk).values_list(
            "gln", "organisation_id", "organisation__uscc", "organisation__name", "name", "region",
            "organisation__merged_into_id", "organisation__merged_into__uscc", "organisation__merged_into__name",
        )
    )  # fmt: skip
    return {
        gln: Place(gln, kept or pk, kept_uscc or uscc, kept_name or name, site, region)
        for gln, pk, uscc, name, site, region, kept, kept_uscc, kept_name in rows
    }


def products(gtins: Iterable[str]) -> dict[str, Product]:
    """Products by GTIN in fourteen digits, each with its organisation."""
    return {
        product.gtin: product
        for chunk in _chunks(dict.fromkeys(gtins))
        for product in Product.objects.filter(gtin__in=chunk).select_related("organisation")
    }


def people_in_charge(organisation_ids: Iterable[int], on: datetime.date) -> dict[int, list[Person]]:
    """Who held a duty in each organisation on a day."""
    held = Q(since=None) | Q(since__lte=on)
    held &= Q(until=None) | Q(until__gte=on)
    people: dict[int, list[Person]] = defaultdict(list)
    for chunk in _chunks(dict.fromkeys(organisation_ids)):
        for person in Person.objects.filter(held, organisation_id__in=chunk):
            people[person.organisation_id].append(person)
    return dict(people)


def aliases_of(codes: Iterable[str]) -> dict[str, set[str]]:
    """For each code that has any: all other codes that name the same thing, also by way of a third one."""
    wanted = list(dict.fromkeys(codes))
    neighbours: dict[str, set[str]] = defaultdict(set)
    known, frontier = set(wanted), wanted
    while frontier:
        found = set()
        for chunk in _chunks(frontier):
            for a, b in Alias.objects.filter(Q(code_a__in=chunk) | Q(code_b__in=chunk)).values_list(
                "code_a", "code_b"
            ):
                neighbours[a].add(b)
                neighbours[b].add(a)
                found |= {a, b}
        frontier = sorted(found - known)
        known |= found
    result = {}
    for code in wanted:
        same, todo = {code}, [code]
        while todo:
            new = neighbours.get(todo.pop(), set()) - same
            same |= new
            todo += new
        if len(same) > 1:
            result[code] = same - {code}
    return result


@dataclass(frozen=True)
class Pair:
    """Two organisations that may be one, and why anybody should think so."""

    first: Organisation
    second: Organisation
    reasons: tuple[str, ...]


def duplicates(user: Any, limit: int = 200) -> list[Pair]:
    """Pairs of organisations in a user's jurisdiction that may be one: a person decides."""
    visible = organisations_visible_to(user)
    reasons: dict[tuple[int, int], list[str]] = defaultdict(list)

    def propose(a: int, b: int, reason: str) -> None:
        pair = (min(a, b), max(a, b))
        if a != b and reason not in reasons[pair]:
            reasons[pair].append(reason)

    keys = visible.exclude(name_key="").order_by().values("name_key").annotate(n=Count("pk")).filter(n__gt=1)
    same: dict[str, list[int]] = defaultdict(list)
    for key, pk in (
        visible.filter(name_key__in=keys.values("name_key")[:limit])
        .order_by("pk")
        .values_list("name_key", "pk")
    ):
        same[key].append(pk)
    for pks in same.values():
        for other in pks[1:]:
            propose(pks[0], other, "same_name")
    # A former name of one is the name of another.
    for name in Name.objects.filter(
        organisation__in=visible, kind=Name.Kind.FORMER, name_key__in=visible.values("name_key")
    ).exclude(name_key="")[:limit]:
        for pk in (
            visible.filter(name_key=name.name_key)
            .exclude(pk=name.organisation_id)
            .values_list("pk", flat=True)
        ):
            propose(name.organisation_id, pk, "former_name")
    # The same legal representative says little alone; at the same address it says a lot.
    heads = Person.objects.filter(
        organisation__in=visible, duty=Person.Duty.LEGAL_REPRESENTATIVE, until=None
    ).exclude(organisation__address="")
    shared = (
        heads.order_by().values("name_digest", "organisation__address")
        .annotate(n=Count("organisation_id", distinct=True)).filter(n__gt=1)[:limit]
    )  # fmt: skip
    for group in shared:
        pks = sorted(
            heads.filter(name_digest=group["name_digest"], organisation__address=group["organisation__address"])
            .values_list("organisation_id", flat=True)
        )  # fmt: skip
        for other in pks[1:]:
            propose(pks[0], other, "same_head")
    pairs = [pair for pair in reasons if reasons[pair]][:limit]
    rows = visible.in_bulk({pk for pair in pairs for pk in pair})
    return [Pair(rows[a], rows[b], tuple(reasons[a, b])) for a, b in pairs if a in rows and b in rows]


def _chunks(keys: Iterable[Any]) -> Iterator[list[Any]]:
    keys = list(keys)
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]
