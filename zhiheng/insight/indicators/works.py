"""Y04: works that were accepted at the first attempt. A census of what was reported."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import ExtractYear

from zhiheng.core.accounts.models import User
from zhiheng.insight.rules import LEVEL
from zhiheng.knowledge.methods.intervals import Interval, beta_interval
from zhiheng.systems.construction.models import WorkAcceptance
from zhiheng.systems.construction.queries import first_known, visible_to

DIMENSIONS = ("size", "city", "kind", "year")


def rows_visible_to(user: User, year: int | None = None, size: str = "") -> QuerySet[WorkAcceptance]:
    """A row for each work: its earliest known attempt, in whose year it counts."""
    rows = first_known(visible_to(user))
    if year:
        rows = rows.filter(accepted_on__year=year)
    return rows.filter(size=size) if size else rows


@dataclass(frozen=True)
class Share:
    """``first`` of ``works`` passed at the first attempt; ``unknown`` of them have no first attempt on record.

    ``process``: the interval for the chance that such a work passes, had these been independent trials of one process.
    It is no sampling error: all works that were reported are counted.
    """

    works: int
    first: int
    unknown: int

    @property
    def share(self) -> float | None:
        return self.first / self.works if self.works else None

    @property
    def process(self) -> Interval | None:
        return beta_interval(self.first, self.works, LEVEL) if self.works else None


def shares(user: User, dimension: str, year: int | None = None, size: str = "") -> dict[str, Share]:
    """By size, city, kind or year. A work whose first attempt was not reported did not pass at the first."""
    first = Q(attempt=1, conclusion=WorkAcceptance.Conclusion.PASS)
    counts = {
        "n": Count("pk"),
        "passed": Count("pk", filter=first),
        "unknown": Count("pk", filter=~Q(attempt=1)),
    }
    rows = rows_visible_to(user, year, size).order_by()
    field = {"size": "size", "kind": "kind", "city": "region", "year": "y"}[dimension]
    found: dict[str, list[int]] = {}
    for key, n, passed, unknown in (
        rows.annotate(y=ExtractYear("accepted_on"))
        .values(field)
        .annotate(**counts)
        .values_list(field, *counts)
    ):
        one = found.setdefault(f"{key[:4]}00" if dimension == "city" else str(key), [0, 0, 0])
        for index, value in enumerate((n, passed, unknown)):
            one[index] += value
    return {key: Share(*one) for key, one in sorted(found.items())}
