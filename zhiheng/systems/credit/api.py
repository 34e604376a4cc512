"""The room as JSON: packages for partners (scope ``credit:exchange``), verification with an organisation's consent."""

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from zhiheng.core.accounts.auth import client_ip, limit, principal
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.systems.credit import packages, queries, verification
from zhiheng.systems.credit.models import Certificate, Package

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


# -- verification ------------------------------------------------------------------------------------------------


class VerifyIn(Schema):
    """A consent's code, and who is looking: recorded, and shown to the organisation."""

    code: str = Field(max_length=40)
    who: str = Field(max_length=200)


class OpenedOut(Schema):
    """One item that the consent opens."""

    group: str
    kind: str
    title: str
    number: str
    source: str
    basis: str
    on: date | None
    valid_until: date | None
    public_until: date | None
    state: str
    under_objection: bool


class VerifyOut(Schema):
    """What a code opens."""

    uscc: str
    name: str
    recipient: str
    purpose: str
    groups: list[str]
    until: date
    items: list[OpenedOut]


class CertificateOut(Schema):
    """What a certificate of no record said when it was made."""

    code: str
    uscc: str
    name: str
    purpose: str
    since: date
    until: date
    kinds: list[str]
    earliest: dict[str, str] = Field(description="the first day of which each kind is on record here")
    sha256: str
    made_at: datetime


@router.post("/verify", response={200: VerifyOut}, auth=None)
def verify(request: HttpRequest, given: VerifyIn) -> Any:
    """Look at an organisation's file with the code it gave. Every look is recorded and shown to it."""
    limit(f"verify:{client_ip(request)}")
    seen = verification.look(given.code, given.who, "api", dates.today())
    one = seen.consent
    return {
        "uscc": seen.organisation.uscc, "name": seen.organisation.name, "recipient": one.recipient,
        "purpose": one.purpose, "groups": one.kinds, "until": one.until,
        "items": [
            {
                "group": i.group, "kind": i.kind, "title": i.title, "number": i.number, "source": i.source,
                "basis": i.basis, "on": i.on, "valid_until": i.counts_until,
                "public_until": i.public_until if i.public_from else None, "state": i.state,
                "under_objection": i.objection is not None,
            }
            for i in seen.items
        ],
    }  # fmt: skip


@router.get("/certificates/{code}", response={200: CertificateOut}, auth=None)
def certificate(request: HttpRequest, code: str) -> Any:
    """Check a certificate of no record by its code; compare the hash with that of the file in hand."""
    limit(f"verify:{client_ip(request)}")
    one = (
        Certificate.objects.filter(code=code.upper().replace("\x00", ""))
        .select_related("organisation")
        .first()
    )
    if one is None:
        raise Problem("not_found", "There is no such certificate.", status=404)
    return {
        "code": one.code, "uscc": one.organisation.uscc, "name": one.name, "purpose": one.purpose, "since": one.since,
        "until": one.until, "kinds": one.kinds, "earliest": one.sources, "sha256": one.sha256, "made_at": one.made_at,
    }  # fmt: skip
