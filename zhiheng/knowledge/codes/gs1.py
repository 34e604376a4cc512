"""GS1 keys and data by name: one door to check digits, keys, application identifiers and value checks.

>>> gtin("6901234567892")
'06901234567892'
"""

from __future__ import annotations

from zhiheng.knowledge.codes import ai_table, keys
from zhiheng.knowledge.codes.charset import DIGITS, refuse_foreign
from zhiheng.knowledge.codes.checkdigit import (
    check_digit,
    check_pair,
    has_check_digit,
    price_check_digit,
    require_check_digit,
)
from zhiheng.knowledge.codes.linters import LINTERS, lint

__all__ = [
    "KEYS",
    "LINTERS",
    "check_ai",
    "check_digit",
    "check_pair",
    "gln",
    "gtin",
    "gtin_forms",
    "has_check_digit",
    "key",
    "lint",
    "make",
    "price_check_digit",
    "require_check_digit",
    "sscc",
    "title",
]

#: Kind of key (gtin, sscc, gln, pgln, grai, giai, gsrn …) -> its application identifier.
KEYS: dict[str, str] = {key.kind: key.ai for key in keys.PRIMARY.values()}


def key(kind: str, value: str) -> str:
    """A key of this kind, checked; a GTIN is padded to 14 digits. ``upui`` is GTIN and TPX together."""
    text = value.strip()
    if kind == "upui":
        number, extension = key("gtin", text[:14]), text[14:]
        return number + keys.qualifier_value("235", extension)
    return keys.primary_value(KEYS[kind], text)


def gtin(value: str) -> str:
    """GTIN-8, -12, -13 or -14 in fourteen digits."""
    return key("gtin", value)


def sscc(value: str) -> str:
    return key("sscc", value)


def gln(value: str) -> str:
    return key("gln", value)


def make(kind: str, body: str) -> str:
    """A numeric key from its digits without the check digit: gtin (7, 11, 12 or 13), sscc (17), gln (12) …"""
    refuse_foreign(body, DIGITS, KEYS[kind])
    return key(kind, body + check_digit(body))


def gtin_forms(gtin14: str) -> dict[str, str]:
    """The shorter forms under which the same GTIN is printed."""
    forms = {"gtin14": gtin14}
    for length in (13, 12, 8):
        if gtin14.startswith("0" * (14 - length)):
            forms[f"gtin{length}"] = gtin14[14 - length :]
    return forms


def check_ai(ai: str, value: str) -> None:
    """Raise :class:`CodeError` unless ``value`` is one for the application identifier ``ai``."""
    ai_table.require(ai).check(value)


def title(ai: str) -> str:
    """The data title of an application identifier, empty when it is not one."""
    known = ai_table.find(ai)
    return known.title if known else ""
