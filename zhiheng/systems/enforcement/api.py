"""Penalties that are public now, for programs: what the pages show, and nothing else."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from zhiheng.core.accounts import auth
from zhiheng.core.disclosure.schema import LineOut
from zhiheng.core.ui import dates
from zhiheng.systems.enforcement import queries

router = Router(tags=["enforcement"])
MAX_OFFSET = 10_000


class PenaltyOut(Schema):
    """A penalty as it is published; a natural person's name is masked."""

    decision_no: str
    decided_on: date
    region: str = Field(description="GB/T 2260 of the office")
    office: str
    party: str | None = Field(description="USCC, when the party is a registered organisation")
    fields: list[LineOut]
    basis: str = Field(description="by which articles it is published, and for how long")
    published_from: date
    published_until: date | None = Field(description="the last day")


class PenaltyPage(Schema):
    """A part of the list; ``next`` is the offset of the part after it."""

    items: list[PenaltyOut]
    next: int | None = None


@router.get("/penalties", response={200: PenaltyPage}, auth=None, summary="Penalties that are public now")
def penalties(
    request: HttpRequest,
    uscc: str = Query("", max_length=18, description="of one organisation"),
    region: str = Query("", max_length=6, description="beginning of the office's region code"),
    limit: int = Query(50, ge=1, le=200),
    offset: int = Query(0, ge=0, le=MAX_OFFSET),
) -> Any:
    """The newest decision first."""
    auth.limit(f"ip:{auth.client_ip(request)}")
    rows = queries.public_penalties(timezone.now())
    if uscc.replace("\x00", ""):
        rows = rows.filter(organisation__uscc=uscc.replace("\x00", "").upper())
    if region.replace("\x00", ""):
        rows = rows.filter(region__startswith=region.replace("\x00", ""))
    page = list(rows[offset : offset + limit + 1])
    items = [_out(row) for row in page[:limit]]
    return {"items": items, "next": offset + limit if len(page) > limit else None}


def _out(row: Any) -> dict[str, Any]:
    shown = row.disclosure
    until = (
        dates.local(shown.published_until - timedelta(microseconds=1)).date()
        if shown.published_until
        else None
    )
    return {
        "decision_no": row.decision_no, "decided_on": row.decided_on, "region": row.region, "office": row.authority,
        "party": row.organisation.uscc if row.organisation else None, "fields": shown.body["fields"],
        "basis": shown.basis, "published_from": dates.local(shown.published_from).date(), "published_until": until,
    }  # fmt: skip
