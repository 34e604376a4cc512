"""Codes whose structure we know only from usage: their form is looked at, and never a reason to refuse.

The handbook marks these structures unverified. A :class:`Finding` says what is unusual; the record is taken.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from zhiheng.knowledge.codes import regions


class Finding(NamedTuple):
    """Something unusual about a code. It warns and never refuses."""

    code: str
    message: str
    remedy: str

    def to_dict(self) -> dict[str, str]:
        return self._asdict()


class _Form(NamedTuple):
    title: str
    pattern: str
    says: str


_FORMS = {
    "cma": _Form("资质认定 CMA number", r"[0-9]{12}", "12 digits"),
    "cnas": _Form(
        "CNAS number",
        r"CNAS ?(L[0-9]{4,5}|IB[0-9]{4}|PT[0-9]{4}|RM[0-9]{4}|C[0-9]{3}-[A-Z])",
        "CNAS L1234, CNAS IB1234, CNAS PT1234, CNAS RM1234 or CNAS C123-M",
    ),
    "ccc": _Form("CCC certificate number", r"[0-9]{16}", "16 digits"),
    "food_licence": _Form("food production licence number", r"SC[0-9]{14}", "SC and 14 digits"),
    "industrial_licence": _Form(
        "production licence number", r"XK[0-9]{2}-[0-9]{3}-[0-9]{5}", "XK12-345-67890"
    ),
}
KINDS = tuple(_FORMS)


def check(kind: str, text: str) -> list[Finding]:
    """What is unusual about a certificate or licence number of this kind; an empty list when nothing is."""
    form = _FORMS[kind]
    value = text.strip().upper()
    if not re.fullmatch(form.pattern, value):
        return [
            Finding(
                f"{kind}_form",
                f"{form.title} {text!r} has an unusual form; most are {form.says}.",
                "Compare with the certificate. The number is kept as it is.",
            )
        ]
    if kind == "food_licence" and not regions.is_known(value[5:11]):
        return [
            Finding(
                "food_licence_region",
                f"Places 6 to 11 of {value} are {value[5:11]}, which is no division code of GB/T 2260.",
                "Compare with the licence. The number is kept as it is.",
            )
        ]
    return []


def kind_of(text: str) -> str | None:
    """The kind a number announces by its letters (CNAS, SC, XK); digits alone announce nothing."""
    value = text.strip().upper()
    for kind in ("cnas", "food_licence", "industrial_licence"):
        if re.fullmatch(_FORMS[kind].pattern, value):
            return kind
    return None
