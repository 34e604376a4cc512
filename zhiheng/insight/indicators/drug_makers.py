"""Y03: which makers of essential drugs in production were sampled in a year. A census: counts, and who is left."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery, Value

from zhiheng.core.accounts.models import User
from zhiheng.core.cases.models import Step
from zhiheng.core.facts.models import Fact
from zhiheng.core.registry.models import Designation, Organisation
from zhiheng.core.registry.queries import organisations_visible_to
from zhiheng.insight.models import DrugMaker
from zhiheng.systems.inspection.models import Report, Sample

LICENCE = "药品生产许可证"
CHECKS = (Fact.Kind.CHECK_PASSED, Fact.Kind.CHECK_FAILED)


def has_list(year: int) -> bool:
    """Whether a list of makers was loaded for the year."""
    return DrugMaker.objects.filter(year=year).exists()


def makers(user: User, year: int) -> QuerySet[Organisation]:
    """Makers in production in the year, in one's jurisdiction: those the year's list says are; without a list, who
    has a drug production licence valid on some day of the year and is neither closed nor revoked."""
    if not user.may("insight.read"):
        return Organisation.objects.none()
    mine = organisations_visible_to(user)
    if has_list(year):
        listed = DrugMaker.objects.filter(year=year, in_production=True)
        return mine.filter(_of("organisation", listed))
    licence = Designation.objects.filter(
        Q(valid_from=None) | Q(valid_from__lte=date(year, 12, 31)),
        Q(valid_until=None) | Q(valid_until__gte=date(year, 1, 1)),
        organisation=OuterRef("pk"), kind=Designation.Kind.LICENCE, title__contains=LICENCE,
        status=Designation.Status.VALID,
    )  # fmt: skip
    return mine.filter(Exists(licence), status=Organisation.Status.ACTIVE)


def _of(path: str, rows: QuerySet[Any]) -> Q:
    """Whether there are rows of an organisation, or of one that was merged into it."""
    return Q(Exists(rows.filter(**{path: OuterRef("pk")}))) | Q(
        Exists(rows.filter(**{f"{path}__merged_into": OuterRef("pk")}))
    )


def _samples(path: str) -> QuerySet[Sample]:
    """Tested drug samples, those with a report that stands; as its maker's, unless the maker was found not to have
    made it."""
    tested = Report.objects.filter(sample=OuterRef("pk"), withdrawn_at=None)
    rows = Sample.objects.filter(Exists(tested), item__plan__domain="drug").exclude(state=Sample.State.VOID)
    if path == "producer":
        rows = rows.exclude(Exists(Step.objects.filter(case=OuterRef("case"), key="clear_producer")))
    return rows.order_by()


def _facts() -> QuerySet[Fact]:
    """Checks of drugs that others reported."""
    return Fact.objects.filter(
        organisation=OuterRef("pk"), kind__in=CHECKS, withdrawn_at=None, details__domain="drug"
    ).order_by()


def checked(makers_: QuerySet[Organisation], year: int) -> QuerySet[Organisation]:
    """The makers, each with ``covered`` (sampled and tested in the year, as maker or where the sample was taken) and
    ``last_sample``, ``last_fact``: when it last was, in any year."""

    def last(path: str) -> Subquery:
        own = Q(**{path: OuterRef("pk")}) | Q(**{f"{path}__merged_into": OuterRef("pk")})
        return Subquery(
            _samples(path)
            .filter(own)
            .annotate(one=Value(1))
            .values("one")
            .annotate(last=Max("taken_at"))
            .values("last")
        )

    in_year = {"taken_at__year": year}
    return makers_.annotate(
        covered=Q(
            _of("producer", _samples("producer").filter(**in_year))
            | _of("organisation", _samples("organisation").filter(**in_year))
            | Exists(_facts().filter(on__year=year))
        ),
        last_made=last("producer"),
        last_taken=last("organisation"),
        last_fact=Subquery(_facts().values("organisation").annotate(last=Max("on")).values("last")),
    ).order_by("covered", "region", "name")


@dataclass(frozen=True)
class Coverage:
    """How many of those in production were checked."""

    makers: int
    checked: int

    @property
    def share(self) -> float | None:
        return self.checked / self.makers if self.makers else None


def coverage(user: User, year: int) -> tuple[Coverage, dict[str, Coverage]]:
    """Of the jurisdiction, and by city."""
    by_city: dict[str, list[int]] = {}
    rows: Any = checked(makers(user, year), year).order_by()
    for region, covered in rows.values_list("region", "covered"):
        one = by_city.setdefault(f"{region[:4]}00", [0, 0])
        one[0] += 1
        one[1] += bool(covered)
    cities = {city: Coverage(*one) for city, one in sorted(by_city.items())}
    return Coverage(sum(c.makers for c in cities.values()), sum(c.checked for c in cities.values())), cities
