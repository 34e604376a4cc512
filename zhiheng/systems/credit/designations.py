"""Licences, certificates and honours as rows of daily packages, in the layouts by which they are taken in elsewhere.

Licences have the official layout (SGS-XK) under its codes; certificates and recognitions the contents that the rules of
certification list; honours have columns of our own. What is not kept here (a legal representative, other registration
codes) is not sent. What another platform or the organisation itself said is not sent on: whoever gave it reports it.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from zhiheng.core.registry.contracts import LICENCES
from zhiheng.core.registry.models import Designation
from zhiheng.knowledge.codes import regions

Kind = Designation.Kind
CONTRACTS = {
    Kind.LICENCE.value: "licences",
    Kind.PRODUCT_CERTIFICATE.value: "product-certificates",
    Kind.SYSTEM_CERTIFICATE.value: "system-certificates",
    Kind.LABORATORY.value: "recognitions",
    Kind.HONOUR.value: "honours",
}
"""The kinds that are sent, and the contract of each."""
_ROWS = {
    Kind.PRODUCT_CERTIFICATE: ("applicant", "product_model"),
    Kind.SYSTEM_CERTIFICATE: ("organization", "scope"),
}  # fmt: skip
"""Which fields of a certificate are its holder and its title."""


def changed(kinds: Iterable[str], place: str, first: datetime, end: datetime) -> QuerySet[Designation]:
    """What offices here recorded, corrected or withdrew in a time, of organisations of a place (a region's prefix).

    A licence that is valid on paper and over by the end of the time is left out: the official rule (R5) refuses it.
    """
    lowest, highest = regions.span(place)
    over = Q(kind=Kind.LICENCE, status=Designation.Status.VALID, valid_until__lt=end.date())
    return (
        Designation.objects.filter(
            kind__in=set(kinds) & set(CONTRACTS), source=Designation.OFFICE, changed_at__gte=first, changed_at__lt=end,
            organisation__region__gte=lowest, organisation__region__lte=highest,
        )
        .exclude(over)
        .select_related("organisation")
        .order_by("pk")
    )  # fmt: skip


def row(one: Designation) -> tuple[str, dict[str, Any]]:
    """The contract and the row of one; of a recognition also when it is suspended, since its layout has a status."""
    if one.status != Designation.Status.VALID and one.kind != Kind.LABORATORY:
        return "credit_withdrawals", _withdrawal(one)
    write = {Kind.LICENCE: _licence, Kind.HONOUR: _honour, Kind.LABORATORY: _recognition}
    values = write.get(Kind(one.kind), _certificate)(one)
    said = {k: v.isoformat() if isinstance(v, date) else v for k, v in values.items() if v not in (None, "")}
    return CONTRACTS[one.kind], said


def _uscc(one: Designation) -> str:
    assert one.organisation is not None  # ``changed`` gives no others
    return one.organisation.uscc


def _withdrawal(one: Designation) -> dict[str, Any]:
    return {
        "kind": one.kind, "uscc": _uscc(one), "number": one.number, "source": one.issuer,
        "why": str(Designation.Status(one.status).label),
    }  # fmt: skip


def _licence(one: Designation) -> dict[str, Any]:
    """SGS-XK, by the codes of the layout."""
    named = one.title if one.title != one.details.get("decision_title") else ""
    values = one.details | {
        "counterparty_name": one.holder, "uscc": _uscc(one), "decision_no": one.number, "licence_name": named,
        "licence_authority": one.issuer, "decision_date": one.issued_on, "valid_from": one.valid_from,
        "valid_to": one.valid_until,
    }  # fmt: skip
    return {field.code: values.get(field.name) for field in LICENCES.fields}


def _certificate(one: Designation) -> dict[str, Any]:
    """CERT-PROD and CERT-SYS; the register cuts long titles, the other fields keep them whole."""
    holder, title = _ROWS[Kind(one.kind)]
    whole = str(one.details.get(title, ""))
    return one.details | {
        "uscc": _uscc(one), holder: one.holder, title: whole if whole[:300] == one.title else one.title,
        "cert_no": one.number, "issuer": one.issuer, "issued_on": one.issued_on, "valid_to": one.valid_until,
    }  # fmt: skip


def _recognition(one: Designation) -> dict[str, Any]:
    return {key: one.details.get(key) for key in ("scope", "mark")} | {
        "uscc": _uscc(one), "body": one.details.get("body", "laboratory"), "lab": one.details.get("lab") or one.holder,
        "cert_no": one.number, "issuer": one.issuer, "issued_on": one.issued_on, "valid_to": one.valid_until,
        "status": one.status,
    }  # fmt: skip


def _honour(one: Designation) -> dict[str, Any]:
    return {
        "name": one.holder, "uscc": _uscc(one), "number": one.number, "title": one.title, "on": one.issued_on,
        "source": one.issuer, "basis": one.details.get("basis"), "valid_until": one.valid_until,
        "published_on": one.details.get("published"),
    }  # fmt: skip
