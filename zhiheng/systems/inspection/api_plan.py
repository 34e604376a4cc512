"""Plans for offices' programs; draws and their files for everybody."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from zhiheng.core.accounts import auth
from zhiheng.knowledge.methods import draw as method
from zhiheng.systems.inspection import official, rules_allot
from zhiheng.systems.inspection import queries_plan as queries
from zhiheng.systems.inspection.models import Draw, Plan
from zhiheng.systems.inspection.queries import plans_visible_to
from zhiheng.systems.inspection.views_draw import file_is_public, public_draws
from zhiheng.systems.inspection.views_plan import shares_of

router = Router(tags=["inspection"])
MAX_OFFSET = 10_000


class StratumOut(Schema):
    """A city's or county's part."""

    region: str
    population: int
    size: int
    assumed_rate: float
    half_width: float = Field(description="expected, of the 95 % interval")


class PlanItemOut(Schema):
    """A product of a plan."""

    id: int
    product: str
    stage: str
    standards: str
    rules: str
    rules_public_on: date | None
    tests: list[dict[str, Any]]
    max_failing: int
    size: int
    unit_cost: Decimal
    strata: list[StratumOut]
    half_width: float | None = Field(description="expected overall, of the 95 % interval")


class PlanOut(Schema):
    """A plan without its items."""

    id: int
    title: str
    region: str
    domain: str
    kind: str
    state: str
    starts_on: date
    ends_on: date
    budget: Decimal
    filed_on: date | None


class PlanWhole(PlanOut):
    """A plan with its items."""

    weights: dict[str, Any]
    regions: list[str]
    items: list[PlanItemOut]


class PlanPage(Schema):
    """A part of the list; ``next`` is the offset of the part after it."""

    items: list[PlanOut]
    next: int | None = None


class CheckPublicity(Schema):
    """A final result in the fields of 双随机抽查结果公示 (SSJ-RESULT), with who was checked."""

    name: str = Field(description="who was checked; a column of ours, as the layout is one enterprise's page")
    uscc: str = Field(description="a column of ours")
    plan_no: str = Field(
        serialization_alias="raninsPlanId", description="our number; how official ones are made is not known"
    )
    plan_name: str = Field(
        serialization_alias="raninsPlaneName", description="spelt so in the publicity system"
    )
    task_no: str = Field(serialization_alias="raninsTaskId", description="our number")
    task_name: str = Field(serialization_alias="raninsTaskName")
    inspection_type: str = Field(
        serialization_alias="raninsTypeName",
        description="empty: which of 不定向 and 定向 applies is not known",
    )
    authority: str = Field(serialization_alias="insAuth")
    completed_on: date = Field(serialization_alias="insDate", description="when the conclusion became final")
    item_name: str = Field(serialization_alias="raninsItemName")
    check_result: str = Field(
        serialization_alias="raninsCheckResName", description="in words: provinces number them differently"
    )


class CheckPublicityPage(Schema):
    """A part of the list; ``next`` is the offset of the part after it."""

    items: list[CheckPublicity]
    next: int | None = None


class DrawOut(Schema):
    """A draw as it is public."""

    id: int
    plan: str
    product: str
    region: str = Field(description="GB/T 2260 of the office")
    state: str
    list_hash: str
    committed_at: datetime
    random_source: str
    random_after: datetime
    random_value: str = Field(description="empty before the draw")
    known_at: datetime | None
    drawn_at: datetime | None
    void_why: str
    file_public: bool = Field(description="the file is public once the visits are made, or the plan is over")


class DrawPage(Schema):
    """A part of the list; ``next`` is the offset of the part after it."""

    items: list[DrawOut]
    next: int | None = None


def _plan(plan: Plan) -> dict[str, Any]:
    return {
        key: getattr(plan, key)
        for key in (
            "id",
            "title",
            "region",
            "domain",
            "kind",
            "state",
            "starts_on",
            "ends_on",
            "budget",
            "filed_on",
        )
    }


@router.get("/plans", response={200: PlanPage}, auth=None, summary="The plans one may see")
def plans(
    request: HttpRequest,
    state: str = Query("", max_length=10),
    limit: int = Query(50, ge=1, le=200),
    offset: int = Query(0, ge=0, le=MAX_OFFSET),
) -> Any:
    """The newest first."""
    rows = plans_visible_to(auth.principal(request, "inspection:read"))
    if state:
        rows = rows.filter(state=state.replace("\x00", ""))
    page = list(rows[offset : offset + limit + 1])
    return {
        "items": [_plan(one) for one in page[:limit]],
        "next": offset + limit if len(page) > limit else None,
    }


@router.get(
    "/plans/{pk}", response={200: PlanWhole}, auth=None, summary="A plan with products and allocation"
)
def one_plan(request: HttpRequest, pk: int) -> Any:
    """With the precision that was expected when it was approved."""
    user = auth.principal(request, "inspection:read")
    plan = plans_visible_to(user).filter(pk=pk).first() if pk < 2**63 else None
    if plan is None:
        raise Http404
    items = []
    for item in plan.items.prefetch_related("strata"):
        shares = shares_of(item)
        same = (
            "id", "product", "stage", "standards", "rules", "rules_public_on", "tests", "max_failing", "size",
            "unit_cost",
        )  # fmt: skip
        items.append(
            {key: getattr(item, key) for key in same}
            | {
                "half_width": rules_allot.precision(shares)[1].half_width if shares else None,
                "strata": [
                    {
                        "region": one.region, "population": one.population, "size": one.size, "assumed_rate": one.rate,
                        "half_width": one.half_width,
                    }
                    for one in item.strata.all()
                ],
            }
        )  # fmt: skip
    return _plan(plan) | {"weights": plan.weights, "regions": plan.regions, "items": items}


@router.get(
    "/plans/{pk}/results",
    response={200: CheckPublicityPage},
    auth=None,
    by_alias=True,
    summary="Final results of a plan in the official layout (SSJ-RESULT)",
)
def plan_results(
    request: HttpRequest,
    pk: int,
    limit: int = Query(50, ge=1, le=200),
    offset: int = Query(0, ge=0, le=MAX_OFFSET),
) -> Any:
    """Of the samples one may see; refusals and tests under way are not among them."""
    user = auth.principal(request, "inspection:read")
    plan = plans_visible_to(user).filter(pk=pk).first() if pk < 2**63 else None
    if plan is None:
        raise Http404
    page = list(official.concluded(user, plan)[offset : offset + limit + 1])
    return {
        "items": [official.row(one) for one in page[:limit]],
        "next": offset + limit if len(page) > limit else None,
    }


def _draw(draw: Draw) -> dict[str, Any]:
    same = (
        "id", "state", "list_hash", "committed_at", "random_source", "random_after", "known_at", "drawn_at", "void_why",
    )  # fmt: skip
    shown = draw.state != Draw.State.COMMITTED
    return {key: getattr(draw, key) for key in same} | {
        "plan": draw.item.plan.title, "product": draw.item.product, "region": draw.item.plan.region,
        "random_value": draw.random_value if shown else "", "file_public": file_is_public(draw),
    }  # fmt: skip


@router.get("/draws", response={200: DrawPage}, auth=None, summary="Every draw, void ones included")
def draws(
    request: HttpRequest,
    limit: int = Query(50, ge=1, le=200),
    offset: int = Query(0, ge=0, le=MAX_OFFSET),
) -> Any:
    """The newest first. For everybody."""
    auth.limit(f"ip:{auth.client_ip(request)}")
    page = list(public_draws()[offset : offset + limit + 1])
    return {
        "items": [_draw(one) for one in page[:limit]],
        "next": offset + limit if len(page) > limit else None,
    }


@router.get("/draws/{pk}", response={200: DrawOut}, auth=None, summary="A draw")
def one_draw(request: HttpRequest, pk: int) -> Any:
    """What was published of it. For everybody."""
    auth.limit(f"ip:{auth.client_ip(request)}")
    draw = public_draws().filter(pk=pk).first() if pk < 2**63 else None
    if draw is None:
        raise Http404
    return _draw(draw)


@router.get(
    "/draws/{pk}/file", response={200: dict[str, Any]}, auth=None, summary="The draw file (docs/draw.md)"
)
def one_file(request: HttpRequest, pk: int) -> Any:
    """For everybody once the visits are made; for the office, with a key, at any time."""
    auth.limit(f"ip:{auth.client_ip(request)}")
    draw = Draw.objects.filter(pk=pk).select_related("item__plan").first() if pk < 2**63 else None
    if draw is not None and not file_is_public(draw):
        named = auth.bearer(request) is not None or request.user.is_authenticated
        user = auth.principal(request, "inspection:read") if named else None
        if user is None or not queries.draws_visible_to(user).filter(pk=pk).exists():
            draw = None
    if draw is None:
        raise Http404
    return HttpResponse(method.dump(method.load(draw.record)), content_type="application/json")
