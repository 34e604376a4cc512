"""Methods as JSON, for everybody: sampling plans with their curves, and draws verified. Nothing of it is kept."""

from typing import Any, Literal

import numpy as np
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Body, Query, Router, Schema
from pydantic import Field

from zhiheng.core.problems import Problem, said
from zhiheng.knowledge.methods import draw
from zhiheng.web.acceptance import Answer
from zhiheng.web.acceptance_forms import work_out

router = Router(tags=["methods"])
LARGEST_DRAW = 5 * 1024 * 1024


class PlanIn(Schema):
    """What a kind of plan asks for; what it does not ask for is passed over. Shares are in per cent."""

    plan: Literal["lots", "stages", "points", "sequential", "audit", "small"] = Field(
        ..., description="lots: GB/T 2828.1; audit: GB/T 2828.4; small: GB/T 2828.11"
    )
    lot: str = Field("", max_length=20)
    level: str = Field("", max_length=5)
    aql: str = Field("", max_length=10)
    severity: str = Field("normal", max_length=10)
    count: str = Field("binomial", max_length=10, description="binomial: items; poisson: nonconformities")
    results: str = Field(
        "", max_length=4000, description="lots one after the other: numbers found, or + and -"
    )
    approved: bool = Field(
        False, description="production is steady and the authority approves reduced inspection"
    )
    n: str = Field("", max_length=100, description="sizes of the samples, for example 50,50")
    accept: str = Field("", max_length=100)
    reject: str = Field("", max_length=100)
    model: str = Field("binomial", max_length=20, description="binomial, poisson or hypergeometric")
    good: str = Field("", max_length=20)
    bad: str = Field("", max_length=20)
    alpha: str = Field("5", max_length=20)
    beta: str = Field("10", max_length=20)
    declared: str = Field("", max_length=20)
    population: str = Field("", max_length=20)


class StageOut(Schema):
    """One sample; counts are from the beginning. ``accept`` -1: no acceptance here."""

    n: int
    accept: int
    reject: int


class PointOut(Schema):
    """How the plan behaves at a quality (per cent, per 100 items, or items of the lot)."""

    quality: float
    accept: float
    asn: float
    aoq: float = Field(description="share or per item that passes when rejected lots are inspected whole")
    ati: float | None


class HighestAoqOut(Schema):
    """The largest AOQ and the quality where it is reached, as shares."""

    value: float
    at: float


class LinesOut(Schema):
    """The lines of a sequential plan."""

    h_accept: float
    h_reject: float
    slope: float
    last: int
    last_accept: int


class SwitchOut(Schema):
    """A lot's result, and the inspection before and after it."""

    number: int
    found: int | None
    accepted: bool | None
    state: str
    next: str
    score: int


class AcceptancePlanOut(Schema):
    """A plan and how it behaves. ``verified`` false: numbers of a standard that nobody compared with its text."""

    plan: str
    kind: str
    unit: str
    verified: bool
    stages: list[StageOut]
    curve: list[PointOut]
    aoql: HighestAoqOut | None
    lines: LinesOut | None
    switching: list[SwitchOut]
    detail: dict[str, Any]
    notes: list[str]


class CheckOut(Schema):
    """One thing that was looked at; it did not run when an earlier fault made it impossible."""

    key: str
    title: str
    ran: bool
    ok: bool


class FaultOut(Schema):
    """What is wrong, where, and what to do."""

    code: str
    place: str
    message: str
    remedy: str


class VerifiedOut(Schema):
    """Whether a draw follows from its list and its value; whether these are the published ones no file can show."""

    ok: bool
    hash: str
    checks: list[CheckOut]
    faults: list[FaultOut]


@router.get(
    "/acceptance", response={200: AcceptancePlanOut}, auth=None, summary="A sampling plan and its curve"
)
def acceptance(request: HttpRequest, given: Query[PlanIn]) -> Any:
    """A plan by a standard, by its numbers or for two points: stages, operating characteristic, ASN, AOQ, switching."""
    data = {name: value for name, value in given.dict().items() if value != ""}
    answer = work_out(given.plan, data)
    lines = answer.lines
    return {
        "plan": given.plan, "kind": answer.kind, "unit": answer.axis, "verified": answer.verified,
        "stages": [one._asdict() for one in answer.plan.stages], "curve": points(answer),
        "aoql": {"value": answer.aoql[0], "at": answer.aoql[1]} if answer.aoql else None,
        "lines": lines and {name: getattr(lines, name) for name in LinesOut.model_fields},
        "switching": answer.switching, "detail": answer.detail, "notes": answer.notes,
    }  # fmt: skip


def points(answer: Answer) -> list[dict[str, Any]]:
    """The curve row by row, quality as on the axis."""
    curve = answer.curve
    return [
        {
            "quality": round(float(quality) * answer.share, 10), "accept": float(accept), "asn": float(asn),
            "aoq": float(aoq), "ati": None if np.isnan(ati) else float(ati),
        }
        for quality, accept, asn, aoq, ati in zip(
            curve.quality, curve.accept, curve.asn, curve.aoq, curve.ati, strict=True
        )
    ]  # fmt: skip


@router.post(
    "/draw-verify", response={200: VerifiedOut}, auth=None, summary="Verify a draw file (docs/draw.md)"
)
def draw_verify(request: HttpRequest, file: Body[dict[str, Any]]) -> Any:
    """Repeat a draw from its file: list, hash, times, result. A file that is none is a fault, not an error."""
    if len(request.body) > LARGEST_DRAW:
        raise Problem(
            "too_large", _("文件太大。"), status=413, remedy=_("请用命令行核验：zhiheng draw verify。")
        )
    try:
        loaded = draw.load(request.body)  # not what was parsed of it: that has lost members that stand twice
    except draw.MethodError as error:
        return {"ok": False, "hash": "", "checks": [], "faults": [_fault(one) for one in error.faults]}
    found = draw.checks(loaded)
    return {
        "ok": all(one.ok for one in found),
        "hash": draw.list_hash(loaded.list),
        "checks": [
            {"key": one.key, "title": said(one.title, {}), "ran": one.ran, "ok": one.ok} for one in found
        ],
        "faults": [_fault(fault) for one in found for fault in one.faults],
    }


def _fault(one: draw.Fault) -> dict[str, str]:
    return {
        "code": one.code, "place": one.place, "message": said(one.says, one.values),
        "remedy": said(one.mend, one.values),
    }  # fmt: skip
