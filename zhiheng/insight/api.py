"""The figures as JSON."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from zhiheng.core.accounts.auth import principal, require
from zhiheng.insight.indicators import pass_rates
from zhiheng.insight.rules import LEVEL, Figure, Row
from zhiheng.insight.scope import Scope

router = Router(tags=["insight"])
By = Literal["city", "year", "domain", "stage", "section", "division", "product"]


class ModelOut(Schema):
    """An estimate of a model (Fay and Herriot), to be marked as such; ``share`` of it is the city's own."""

    rate: float
    low: float
    high: float
    share: float


class FigureOut(Schema):
    """A pass rate with its interval, or why there is none. Rates are shares of 1."""

    key: str
    label: str
    rate: float | None
    low: float | None
    high: float | None
    why: str = Field(description="empty, nothing, no_probabilities or too_few")
    drawn: int
    checked: int
    failed: int
    refused: int
    nothing_to_sample: int
    cancelled: int
    pending: int
    nonresponse: float | None
    effective: float | None
    strata: int
    unheard: float = Field(description="share of the population in strata where nobody was checked")
    census: bool
    if_refused_failed: float | None
    model: ModelOut | None


class TargetedOut(Schema):
    """Checks that speak for nobody but themselves: counts."""

    kind: str
    passed: int
    failed: int
    pending: int


class PassRatesOut(Schema):
    """Pass rates of what was drawn from a population by routine plans; the targeted checks apart."""

    level: float
    as_of: datetime | None
    overall: FigureOut
    rows: list[FigureOut]
    targeted: list[TargetedOut]


def _figure(key: str, label: str, figure: Figure, row: Row | None = None) -> dict[str, Any]:
    rate = figure.rate
    model = row.model if row else None
    return {
        "key": key, "label": label, "rate": rate.rate if rate else None, "low": rate.low if rate else None,
        "high": rate.high if rate else None, "why": figure.why, "drawn": figure.drawn, "checked": figure.checked,
        "failed": figure.failed, "refused": figure.counts["refused"], "nothing_to_sample": figure.counts["nothing"],
        "cancelled": figure.counts["cancelled"], "pending": figure.counts["pending"],
        "nonresponse": figure.nonresponse, "effective": rate.effective if rate else None, "strata": figure.strata,
        "unheard": figure.unheard, "census": figure.census,
        "if_refused_failed": figure.worst.rate if figure.worst else None,
        "model": {"rate": model.rate, "low": model.low, "high": model.high, "share": model.share} if model else None,
    }  # fmt: skip


@router.get(
    "/pass-rates", response={200: PassRatesOut}, auth=None, summary="Pass rates of products with intervals"
)
def rates(
    request: HttpRequest,
    by: By = "city",
    city: str = "",
    year: str = "",
    domain: str = "",
    stage: str = "",
    section: str = "",
    division: str = "",
    product: str = "",
) -> Any:
    """By city, year, domain, stage, section or division of industry, or product, of one's jurisdiction. Scope
    ``insight:read``."""
    user = principal(request, "insight:read")
    require(user, "insight.read")
    scope = Scope.for_(
        user,
        {"city": city, "year": year, "domain": domain, "stage": stage, "section": section, "division": division,
         "product": product},
    )  # fmt: skip
    found = pass_rates.answer(user, scope, by)
    return {
        "level": LEVEL,
        "as_of": found.as_of,
        "overall": _figure("", scope.words, found.overall),
        "rows": [_figure(row.key, row.label, row.figure, row) for row in found.rows],
        "targeted": pass_rates.targeted(user, scope),
    }
