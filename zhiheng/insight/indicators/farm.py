"""Y02: pass rates of farm products in routine monitoring."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db.models import Count, Max, QuerySet
from django.db.models.functions import ExtractQuarter, ExtractYear

from zhiheng.core.accounts.models import User
from zhiheng.core.ui import regions
from zhiheng.insight import rules
from zhiheng.insight.rules import Figure, Row
from zhiheng.knowledge.methods.rates import pass_rate
from zhiheng.knowledge.methods.survey import design
from zhiheng.systems.agriculture.models import MonitoringSample
from zhiheng.systems.agriculture.queries import samples_visible_to

DIMENSIONS = ("commodity", "city", "quarter", "year")
Key = tuple[str, str, str]
"""City, county, site: the samples from one site are one cluster, whatever they are of."""


def rows_visible_to(
    user: User, year: int | None, commodity: str = "", city: str = "", quarter: str = ""
) -> QuerySet[MonitoringSample]:
    """The samples that the figures of a year (None: of all years) are counted from."""
    rows = samples_visible_to(user)
    if year:
        rows = rows.filter(taken_on__year=year)
    if commodity:
        rows = rows.filter(commodity=commodity)
    if city:
        rows = rows.filter(region__startswith=city[:4])
    if quarter:
        rows = rows.filter(taken_on__quarter=int(quarter))
    return rows


@dataclass(frozen=True)
class Answer:
    """The figure of everything, and of each value of a dimension; ``as_of`` the last day of sampling."""

    overall: Figure
    rows: list[Row]
    as_of: date | None


def answer(user: User, year: int | None, dimension: str = "commodity", **narrowed: str) -> Answer:
    """Rates with intervals, each sample counting the same, those of one site as a cluster."""
    counted = (
        rows_visible_to(user, year, **narrowed)
        .order_by()
        .select_related(None)
        .annotate(y=ExtractYear("taken_on"), quarter=ExtractQuarter("taken_on"))
        .values_list("region", "commodity", "site", "y", "quarter", "conclusion")
        .annotate(n=Count("pk"), last=Max("taken_on"))
    )
    groups: dict[str, dict[Key, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    everything: dict[Key, list[int]] = defaultdict(lambda: [0, 0])
    as_of = None
    for region, commodity, site, y, quarter, conclusion, n, last in counted:
        city = f"{region[:4]}00"
        group = {"commodity": commodity, "city": city, "quarter": f"{y}Q{quarter}", "year": str(y)}[dimension]
        failed = conclusion == MonitoringSample.Conclusion.FAIL
        for where in (groups[group], everything):
            where[city, region, site][failed] += n
        as_of = max(as_of, last) if as_of else last
    rows = [
        Row(key, regions.name(key) if dimension == "city" else key, figure(some))
        for key, some in sorted(groups.items())
    ]
    return Answer(figure(everything), rows, as_of)


def figure(clusters: dict[Key, list[int]], level: float = rules.LEVEL) -> Figure:
    """The rate of samples in clusters, (passed, failed) by site; strata are cities."""
    counts = rules.no_counts()
    counts["passed"] = sum(passed for passed, _failed in clusters.values())
    counts["failed"] = sum(failed for _passed, failed in clusters.values())
    if not clusters:
        return Figure(counts, why="nothing")
    cities = {city: index for index, city in enumerate(sorted({city for city, _r, _s in clusters}))}
    sizes = [passed + failed for passed, failed in clusters.values()]
    sample = design(
        np.ones(sum(sizes)),
        strata=np.repeat([cities[city] for city, _r, _s in clusters], sizes),
        clusters=np.repeat(np.arange(len(sizes)), sizes),
    )
    passed = np.concatenate([np.repeat([True, False], pair) for pair in clusters.values()])
    rate = pass_rate(sample, passed, level=level)
    if rate.effective < rules.LEAST:
        return Figure(counts, why="too_few", strata=len(cities))
    return Figure(counts, rate, strata=len(cities))


def years(user: User) -> list[int]:
    """The years with samples, the last first."""
    found = (
        samples_visible_to(user).order_by().annotate(y=ExtractYear("taken_on")).values_list("y", flat=True)
    )
    return sorted(set(found.distinct()), reverse=True)


def commodities(user: User, year: int) -> list[str]:
    return sorted(rows_visible_to(user, year).order_by().values_list("commodity", flat=True).distinct())
