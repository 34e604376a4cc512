"""The room as JSON: packages for partners (scope ``credit:exchange``), verification with an organisation's consent."""

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from zhiheng.core.accounts.auth import principal
from zhiheng.core.problems import Problem
from zhiheng.systems.credit import packages, queries
from zhiheng.systems.credit.models import Package

router = Router(tags=["credit"])
SCOPE = "credit:exchange"
MOST = 256 * 1024 * 1024  # bytes of a package taken in over HTTP


class PackageOut(Schema):
    """One package."""

    id: int
    partner: str
    direction: str
    day: date
    part: int
    of: int
    sha256: str
    size: int
    counts: dict[str, int]
    state: str
    receipt: dict[str, Any]


class ReceiptIn(Schema):
    """A signed receipt for a package; the signature covers the canonical JSON of all other members."""

    format: str = Field(max_length=60)
    package: str = Field(max_length=64, description="SHA-256 of the package")
    state: Literal["accepted", "refused"]
    files: dict[str, Any] = {}
    at: str = Field("", max_length=60)
    key: str = Field("", max_length=64)
    signature: str = Field(max_length=200)

    model_config = {"extra": "allow"}


def _package(one: Package) -> dict[str, Any]:
    return {
        "id": one.pk, "partner": one.partner.key, "direction": one.direction, "day": one.day, "part": one.part,
        "of": one.of, "sha256": one.sha256, "size": one.size, "counts": one.counts, "state": one.state,
        "receipt": one.receipt,
    }  # fmt: skip


def _found(request: HttpRequest, pk: int) -> tuple[Any, Package]:
    user = principal(request, SCOPE)
    one = queries.packages_visible_to(user).filter(pk=pk).first() if pk < 2**63 else None
    if one is None:
        raise Problem("not_found", "There is no such package.", status=404)
    return user, one


@router.get("/packages", response={200: list[PackageOut]})
def list_packages(
    request: HttpRequest,
    partner: str = Query("", max_length=40),
    direction: Literal["out", "in"] = "out",
    state: str = Query("", max_length=12, description="made, sent, acknowledged, refused, received or done"),
    limit: int = Query(50, ge=1, le=200),
) -> Any:
    """Packages, the newest day first."""
    rows = queries.packages_visible_to(principal(request, SCOPE)).filter(direction=direction)
    if partner:
        rows = rows.filter(partner__key=partner.replace("\x00", ""))
    if state:
        rows = rows.filter(state=state.replace("\x00", ""))
    return [_package(one) for one in rows[:limit]]


@router.get(
    "/packages/{pk}",
    response={200: None},
    openapi_extra={
        "responses": {200: {"description": "the sealed package", "content": {"application/zip": {}}}}
    },
)
def one_package(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes of a package; from now on a receipt is awaited."""
    user, one = _found(request, pk)
    data = packages.fetched(user, one) if one.direction == "out" else packages.data_of(one)
    response = HttpResponse(data, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{one.name}"'
    return response


@router.post(
    "/packages",
    response={202: PackageOut},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def send_package(request: HttpRequest) -> Any:
    """Send a sealed package: 202 when it is durably taken in; its receipt follows when its rows are worked through."""
    user = principal(request, SCOPE)
    data = request.read(MOST + 1)
    if len(data) > MOST:
        raise Problem("too_large", "The package is too large.", status=413, remedy="Send it in parts.")
    return Status(202, _package(packages.receive(user, data)))


@router.get("/packages/{pk}/receipt", response={200: dict[str, Any]})
def our_receipt(request: HttpRequest, pk: int) -> Any:
    """Our signed receipt for a package that was sent to us; 409 while its rows are being worked through."""
    _user, one = _found(request, pk)
    one = packages.settle(one)
    if not one.receipt:
        raise Problem(
            "no_receipt_yet", "There is no receipt yet.", status=409, remedy="Ask again in a minute."
        )
    return one.receipt


@router.post("/receipts", response={200: PackageOut})
def send_receipt(request: HttpRequest, receipt: ReceiptIn) -> Any:
    """Send the signed receipt for a package of ours."""
    user = principal(request, SCOPE)
    return _package(packages.acknowledge(user, receipt.model_dump(exclude_unset=True)))
