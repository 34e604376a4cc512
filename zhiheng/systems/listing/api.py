"""The lists that are public now, for programs: what the pages show, and nothing else."""

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from zhiheng.core.accounts import auth
from zhiheng.core.cases import offices
from zhiheng.core.disclosure.schema import LineOut
from zhiheng.core.ui import dates
from zhiheng.systems.listing import queries
from zhiheng.systems.listing.models import Entry

router = Router(tags=["listing"])
MAX_OFFSET = 10_000


class EntryOut(Schema):
    """Somebody on a list, as it is published."""

    number: str
    scheme: str
    uscc: str | None = Field(description="of a registered organisation")
    region: str = Field(description="GB/T 2260 of the office")
    office: str
    conduct: str = Field(description="the ground's key in the law's data")
    listed_on: date
    removal_on: date | None = Field(description="the last day, where the law sets one")
    fields: list[LineOut]
    basis: str
    published_from: date


class EntryPage(Schema):
    """A part of a list; ``next`` is the offset of the part after it."""

    items: list[EntryOut]
    next: int | None = None


@router.get(
    "/{scheme}", response={200: EntryPage}, auth=None, url_name="public_list", summary="Who is on a list, publicly, now"
)  # fmt: skip
def public_list(
    request: HttpRequest,
    scheme: Literal["serious_list", "key_supervision", "abnormal_list"],
    uscc: str = Query("", max_length=18, description="of one organisation"),
    region: str = Query("", max_length=6, description="beginning of the office's region code"),
    limit: int = Query(50, ge=1, le=200),
    offset: int = Query(0, ge=0, le=MAX_OFFSET),
) -> Any:
    """The newest listing first."""
    auth.limit(f"ip:{auth.client_ip(request)}")
    rows = queries.public_entries(timezone.now()).filter(scheme=scheme)
    if code := uscc.replace("\x00", ""):
        rows = rows.filter(organisation__uscc=code.upper())
    if place := region.replace("\x00", ""):
        rows = rows.filter(region__startswith=place)
    page = list(rows[offset : offset + limit + 1])
    return {
        "items": [_out(one) for one in page[:limit]],
        "next": offset + limit if len(page) > limit else None,
    }


def _out(one: Entry) -> dict[str, Any]:
    shown = one.disclosure
    assert shown is not None  # public_entries has seen to it
    return {
        "number": one.case.number, "scheme": one.scheme, "uscc": one.organisation.uscc if one.organisation else None,
        "region": one.region, "office": offices.name(one.region), "conduct": one.conduct, "listed_on": one.listed_on,
        "removal_on": one.removal_on, "fields": shown.body["fields"], "basis": shown.basis,
        "published_from": dates.local(shown.published_from).date(),
    }  # fmt: skip
