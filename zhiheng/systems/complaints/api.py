"""Figures of complaints and reports as typed JSON. Filing is for people: it has pages only."""

from datetime import date, timedelta

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from zhiheng.core.accounts.auth import principal, require
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.systems.complaints import queries

router = Router(tags=["complaints"])


class Period(Schema):
    """From one day to another, both in it."""

    since: date | None = Field(None, description="default: 90 days with the last")
    until: date | None = Field(None, description="default: yesterday")


class Mediation(Schema):
    """Complaints in which mediation ended, and with an agreement."""

    ended: int
    agreed: int


class Satisfaction(Schema):
    """Ratings of 1 to 5 given by complainants."""

    rated: int
    mean: float | None


class Statistics(Schema):
    """Counts of complaints and reports received in the caller's jurisdiction in a period; no person is in them."""

    region: str = Field(description="GB/T 2260")
    since: date
    until: date
    received: dict[str, int]
    by_city: dict[str, int] = Field(description="complaints, by GB/T 2260 of the city")
    by_category: dict[str, int]
    by_problem: dict[str, int]
    outcome_complaint: dict[str, int]
    outcome_report: dict[str, int]
    mediation: Mediation
    satisfaction: Satisfaction


@router.get("/statistics", response=Statistics, summary="Figures of complaints and reports")
def statistics(
    request: HttpRequest,
    period: Query[Period],
) -> dict[str, object]:
    """Whole counts, for offices: what is published leaves small cells out. Scope ``cases:read``."""
    user = principal(request, "cases:read")
    require(user, "cases.figures")
    until = period.until or dates.today() - timedelta(days=1)
    since = period.since or (until - timedelta(days=89) if until > date(1991, 1, 1) else until)
    if since > until or since.year < 1990 or until.year > 2200:
        raise Problem("period_wrong", _("起止日期不对。"), status=422, remedy="since <= until")
    return {"region": user.region, "since": since, "until": until} | queries.figures(
        user.prefix or "-", since, until
    )
