"""The GS1 identification keys: what a primary key in a Digital Link path looks like, and what may qualify it.

GS1 Digital Link URI Syntax 1.4, section 4 (primary keys, key qualifiers and their order, and the short names
of edition 1.1, which publishers still print), GS1 General Specifications section 3 (formats).
"""

from __future__ import annotations

from dataclasses import dataclass

from zhiheng.knowledge.codes.charset import DIGITS, OF_QUALIFIER, SET39, SET82, is_digits, refuse_foreign
from zhiheng.knowledge.codes.checkdigit import require_check_digit
from zhiheng.knowledge.codes.errors import CodeError, quoted


@dataclass(frozen=True, slots=True)
class PrimaryKey:
    """One primary key: ``digits`` leading digits ending in a check digit, then up to ``more`` characters."""

    ai: str
    kind: str
    name: str
    alpha: str
    digits: int
    more: int = 0
    allowed: frozenset[str] = SET82
    leading_zero: bool = False  # GRAI: a zero that is no part of the check sum
    pieces: bool = False  # ITIP: the check digit is followed by piece and total, two digits each
    qualifiers: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Qualifier:
    ai: str
    name: str
    alpha: str
    length: int
    allowed: frozenset[str] = SET82


_KEYS = (
    PrimaryKey("00", "sscc", "SSCC", "sscc", 18),
    PrimaryKey("01", "gtin", "GTIN", "gtin", 14, qualifiers=(("22", "10", "21"), ("235",))),
    PrimaryKey("253", "gdti", "GDTI", "gdti", 13, 17),
    PrimaryKey("255", "gcn", "GCN", "gcn", 13, 12, DIGITS),
    PrimaryKey("401", "ginc", "GINC", "ginc", 0, 30),
    PrimaryKey("402", "gsin", "GSIN", "gsin", 17),
    PrimaryKey("414", "gln", "GLN", "gln", 13, qualifiers=(("254",), ("7040",))),
    PrimaryKey("415", "payto", "GLN of the invoicing party", "payTo", 13, qualifiers=(("8020",),)),
    PrimaryKey("417", "pgln", "Party GLN", "party", 13, qualifiers=(("7040",),)),
    PrimaryKey("8003", "grai", "GRAI", "grai", 13, 16, leading_zero=True),
    PrimaryKey("8004", "giai", "GIAI", "giai", 0, 30, qualifiers=(("7040",),)),
    PrimaryKey("8006", "itip", "ITIP", "itip", 14, 4, DIGITS, pieces=True, qualifiers=(("22", "10", "21"),)),
    PrimaryKey("8010", "cpi", "CPID", "cpid", 0, 30, SET39, qualifiers=(("8011",),)),
    PrimaryKey("8013", "gmn", "GMN", "gmn", 0, 25),
    PrimaryKey("8017", "gsrnp", "GSRN of a provider", "gsrnp", 18, qualifiers=(("8019",),)),
    PrimaryKey("8018", "gsrn", "GSRN of a recipient", "gsrn", 18, qualifiers=(("8019",),)),
)
_QUALIFIERS = (
    Qualifier("10", "batch or lot", "lot", 20),
    Qualifier("21", "serial number", "ser", 20),
    Qualifier("22", "consumer product variant", "cpv", 20),
    Qualifier("235", "third-party serial extension", "tpx", 28),
    Qualifier("254", "GLN extension", "glnx", 20),
    Qualifier("7040", "UIC with extension and importer index", "uic", 4),
    Qualifier("8011", "component/part serial number", "cpsn", 12, DIGITS),
    Qualifier("8019", "service relation instance", "srin", 10, DIGITS),
    Qualifier("8020", "payment slip reference", "refno", 25),
)

PRIMARY: dict[str, PrimaryKey] = {key.ai: key for key in _KEYS}
QUALIFIER: dict[str, Qualifier] = {q.ai: q for q in _QUALIFIERS}
#: Short names of GS1 Digital Link 1.1 (withdrawn in 1.2, still found in the field) -> application identifier.
ALPHAS: dict[str, str] = {**{k.alpha: k.ai for k in _KEYS}, **{q.alpha: q.ai for q in _QUALIFIERS}}


def primary_value(ai: str, value: str) -> str:
    """The decoded value of primary key ``ai``, checked; a GTIN is padded to fourteen digits."""
    key = PRIMARY[ai]
    if ai == "01":
        if is_digits(value) and len(value) in (8, 12, 13):
            value = value.zfill(14)
        elif len(value) != 14:
            raise CodeError(
                "gtin_length",
                "A GTIN has 8, 12, 13 or 14 digits; {value} has {count} characters.",
                "Copy all digits printed under the bar code, the check digit included.",
                values={"value": quoted(value), "count": str(len(value))},
            )
    head = (1 if key.leading_zero else 0) + key.digits
    shortest, longest = head + (key.more if key.pieces else 0), head + key.more
    if not shortest <= len(value) <= longest or not value:
        limits = str(longest) if shortest == longest else f"{max(shortest, 1)} to {longest}"
        raise CodeError(
            f"{key.kind}_length",
            "{key} {value} has {count} characters; ({ai}) takes {limits}.",
            "Copy the whole code, without anything that follows it.",
            values={
                "key": key.name,
                "value": quoted(value),
                "count": str(len(value)),
                "ai": ai,
                "limits": limits,
            },
        )
    refuse_foreign(value[:head], DIGITS, key.name)
    if key.leading_zero and value[0] != "0":
        raise CodeError(
            f"{key.kind}_zero",
            "The first digit of {key} {value} is {digit}; (8003) begins with a filling zero.",
            "Put a 0 before the 13 digits of the asset type.",
            values={"key": key.name, "value": quoted(value), "digit": value[0]},
        )
    if key.digits:
        require_check_digit(value[1:head] if key.leading_zero else value[:head], key.name)
    else:
        _company_prefix(key, value)
    refuse_foreign(value[head:], key.allowed, key.name)
    if key.pieces:
        pieces(value[14:16], value[16:18])
    if ai == "8013":
        _check_pair(value)
    return value


def qualifier_value(ai: str, value: str) -> str:
    """The decoded value of key qualifier ``ai``, checked."""
    qualifier = QUALIFIER[ai]
    if not 1 <= len(value) <= qualifier.length:
        raise CodeError(
            "qualifier_length",
            "The {qualifier} ({ai}) {value} has {count} characters; 1 to {limit} are allowed.",
            "Shorten the value, or copy it again from the label.",
            values={
                "qualifier": qualifier.name,
                "ai": ai,
                "value": quoted(value),
                "count": str(len(value)),
                "limit": str(qualifier.length),
            },
        )
    refuse_foreign(value, qualifier.allowed, qualifier.name, OF_QUALIFIER, ai)
    if ai == "8011" and value[0] == "0":
        raise CodeError(
            "leading_zero",
            "The component serial number {value} begins with 0.",
            "Leave out the zero.",
            values={"value": quoted(value)},
        )
    return value


def pieces(piece: str, total: str) -> None:
    """Piece and total of an ITIP: both at least 1, the piece not above the total."""
    if not (is_digits(piece) and is_digits(total) and 0 < int(piece) <= int(total)):
        raise CodeError(
            "itip_pieces",
            "Piece {piece} of {total} cannot be: both count from 01 and the piece is at most the total.",
            "Compare the four digits after the GTIN with the label.",
            values={"piece": piece, "total": total},
        )


def _company_prefix(key: PrimaryKey, value: str) -> None:
    """A GS1 company prefix has at least four digits (General Specifications 1.4.4)."""
    if not is_digits(value[:4]) or len(value) < 4:
        raise CodeError(
            f"{key.kind}_prefix",
            "{key} {value} does not begin with the digits of a GS1 company prefix.",
            "Copy the code from its first digit.",
            values={"key": key.name, "value": quoted(value)},
        )


def _check_pair(value: str) -> None:
    from zhiheng.knowledge.codes.checkdigit import check_pair

    refuse_foreign(value, SET82, "GMN")
    if len(value) < 3 or check_pair(value[:-2]) != value[-2:]:
        raise CodeError(
            "check_pair",
            "The check characters at the end of GMN {value} do not fit the rest.",
            "Compare the code with the label.",
            values={"value": quoted(value)},
        )
