"""Results of spot checks that are public now, for programs: what the pages show, and nothing else."""

from datetime import date, timedelta
from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from zhiheng.core.accounts import auth
from zhiheng.core.cases import offices
from zhiheng.core.ui import dates
from zhiheng.systems.inspection import queries_after as queries
from zhiheng.systems.inspection.models import CheckResult

router = Router(tags=["inspection"])
MAX_OFFSET = 10_000


class ResultOut(Schema):
    """A result as it is published."""

    sample: str = Field(description="number of the sampling sheet, or of the case that was announced")
    result: Literal["pass", "fail"]
    domain: str
    product: str
    spec: str
    brand: str
    batch: str
    producer: str
    producer_address: str
    sampled: str
    failing: str = Field(description="item║result║limit, one after another parted by ；")
    plan: str
    laboratory: str
    office: str
    region: str = Field(description="GB/T 2260 of the office")
    basis: str
    published_on: date
    published_until: date | None = Field(description="the last day; none where the law sets no term")


class ResultPage(Schema):
    """A part of the list; ``next`` is the offset of the part after it."""

    items: list[ResultOut]
    next: int | None = None


@router.get(
    "/results", response={200: ResultPage}, auth=None, summary="Results of spot checks that are public now"
)
def results(
    request: HttpRequest,
    q: str = Query("", max_length=100, description="in product, firm, brand or failing item"),
    result: Literal["", "pass", "fail"] = "",
    domain: Literal["", "product", "food", "agri", "drug"] = "",
    region: str = Query("", max_length=6, description="beginning of the office's region code"),
    limit: int = Query(50, ge=1, le=200),
    offset: int = Query(0, ge=0, le=MAX_OFFSET),
) -> Any:
    """The newest first."""
    auth.limit(f"ip:{auth.client_ip(request)}")
    rows = queries.public_results(timezone.now())
    if text := q.replace("\x00", "").strip():
        rows = queries.matching(rows, text)
    if result:
        rows = rows.filter(result=result)
    if domain:
        rows = rows.filter(domain=domain)
    if place := region.replace("\x00", ""):
        rows = rows.filter(region__startswith=place)
    page = list(rows[offset : offset + limit + 1])
    return {
        "items": [_out(one) for one in page[:limit]],
        "next": offset + limit if len(page) > limit else None,
    }


def _out(row: CheckResult) -> dict[str, Any]:
    end = row.disclosure.published_until
    return {
        "sample": row.disclosure.subject.partition(":")[2], "result": row.result, "domain": row.domain,
        "product": row.product, "spec": row.spec, "brand": row.brand, "batch": row.batch,
        "producer": row.producer_name, "producer_address": row.producer_address, "sampled": row.sampled_name,
        "failing": row.failing, "plan": row.plan, "laboratory": row.laboratory, "office": offices.name(row.region),
        "region": row.region, "basis": row.disclosure.basis, "published_on": row.published_on,
        "published_until": dates.local(end - timedelta(microseconds=1)).date() if end else None,
    }  # fmt: skip
