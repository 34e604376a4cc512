"""EPC pure identity, class and pattern URNs (GS1 EPC Tag Data Standard 1.13, sections 6 to 8).

A URN shows where the GS1 company prefix ends, and has no check digit; a Digital Link is the other way round.
So URN -> keys is always possible, and keys -> URN only for who knows the length of the company prefix.
"""

from __future__ import annotations

from dataclasses import dataclass

from zhiheng.knowledge.codes import keys
from zhiheng.knowledge.codes.charset import (
    DIGITS,
    OF_SERIAL,
    SET39,
    SET82,
    is_digits,
    percent_decode,
    percent_encode,
    refuse_foreign,
)
from zhiheng.knowledge.codes.checkdigit import check_digit
from zhiheng.knowledge.codes.errors import CodeError, quoted

URN = "urn:epc:"
SHORTEST_PREFIX, LONGEST_PREFIX = 6, 12


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a URN scheme is made: company prefix, a reference that fills up ``body`` digits, a serial."""

    name: str
    ai: str
    body: int  # digits of company prefix and reference together; 0: the reference is free text
    indicator: bool = False  # the first digit of the reference stands before the company prefix in the key
    serial_ai: str = ""  # the key qualifier that the serial is; "" while it is part of the key itself
    serial: int = 0  # its greatest length
    serial_set: frozenset[str] = SET82
    zero: str = ""  # what fills the key before the company prefix
    pieces: bool = False
    reference_set: frozenset[str] = SET82
    reference: int = 0  # greatest length of company prefix and free-text reference together


_SCHEMES = (
    Scheme("sgtin", "01", 13, indicator=True, serial_ai="21", serial=20),
    Scheme("lgtin", "01", 13, indicator=True, serial_ai="10", serial=20),
    Scheme("upui", "01", 13, indicator=True, serial_ai="235", serial=28),
    Scheme("itip", "8006", 13, indicator=True, serial_ai="21", serial=20, pieces=True),
    Scheme("sscc", "00", 17, indicator=True),
    Scheme("sgln", "414", 12, serial_ai="254", serial=20),
    Scheme("pgln", "417", 12),
    Scheme("grai", "8003", 12, serial=16, zero="0"),
    Scheme("gdti", "253", 12, serial=17),
    Scheme("sgcn", "255", 12, serial=12, serial_set=DIGITS),
    Scheme("gsrn", "8018", 17),
    Scheme("gsrnp", "8017", 17),
    Scheme("gsin", "402", 16),
    Scheme("giai", "8004", 0, reference=30),
    Scheme("ginc", "401", 0, reference=30),
    Scheme(
        "cpi", "8010", 0, reference=30, reference_set=SET39, serial_ai="8011", serial=12, serial_set=DIGITS
    ),
)
SCHEME = {scheme.name: scheme for scheme in _SCHEMES}
#: EPC schemes that carry no GS1 key: legal, and without a Digital Link.
OTHER_SCHEMES = frozenset({"gid", "usdod", "adi", "bic", "imovn"})

#: Characters of set 82 that a URN must escape (TDS table "characters that must be escaped").
_MUST_ESCAPE = frozenset('"%&/<>?#')
_ESCAPES = {c: f"%{ord(c):02X}" for c in _MUST_ESCAPE}


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a URN says: application identifiers with values, and how long the company prefix is."""

    scheme: Scheme
    namespace: str  # id, class or idpat
    ais: tuple[tuple[str, str], ...]
    prefix_length: int


def parse(uri: str) -> Parsed | None:
    """The keys in an EPC URN; ``None`` when it is legal and names no GS1 key; CodeError when it is broken."""
    words = uri.split(":", 4)
    if len(words) < 4 or words[0].lower() != "urn" or words[1].lower() != "epc":
        raise CodeError(
            "epc_urn",
            "{uri} is not an EPC URN.",
            "Write urn:epc:id:<scheme>:<company prefix>.<…>.",
            values={"uri": quoted(uri)},
        )
    namespace, name = words[2], words[3]
    if namespace in ("tag", "raw", "pat"):
        return None
    if namespace not in ("id", "idpat", "class") or (namespace == "class") != (name == "lgtin"):
        raise CodeError(
            "epc_namespace",
            "urn:epc:{namespace}:{name} is not a kind of EPC URN.",
            "Use urn:epc:id:… for one thing, urn:epc:class:lgtin:… for a lot, urn:epc:idpat:… for a class.",
            values={"namespace": namespace, "name": name},
        )
    if name in OTHER_SCHEMES:
        return None
    scheme = SCHEME.get(name)
    if scheme is None or len(words) < 5 or not words[4]:
        raise CodeError(
            "epc_scheme",
            "{name} in {uri} is not an EPC scheme, or nothing follows it.",
            "Use one of {known}.",
            values={"name": quoted(name), "uri": quoted(uri), "known": ", ".join(sorted(SCHEME))},
        )
    pattern = namespace == "idpat"
    prefix, reference, *rest = _fields(scheme, words[4], uri)
    if pattern and (prefix == "*" or reference == "*"):
        return None
    if not (is_digits(prefix) and SHORTEST_PREFIX <= len(prefix) <= LONGEST_PREFIX):
        raise CodeError(
            "epc_company_prefix",
            "The GS1 company prefix {prefix} in {uri} is not 6 to 12 digits.",
            "The dot stands after the company prefix, which GS1 gave to the firm.",
            values={"prefix": quoted(prefix), "uri": quoted(uri)},
        )
    value = _key(scheme, prefix, reference, uri)
    serial = rest[-1] if rest else ""
    if scheme.pieces:
        piece, total = rest[0], rest[1]
        if pattern and (piece == "*" or total == "*"):
            return None
        if len(piece) != 2 or len(total) != 2:
            raise CodeError(
                "itip_pieces",
                "Piece and total in {uri} must have two digits each.",
                "Write 01.02.",
                values={"uri": quoted(uri)},
            )
        keys.pieces(piece, total)
        value += piece + total
    if not scheme.serial or (pattern and serial == "*"):
        return Parsed(scheme, namespace, ((scheme.ai, value),), len(prefix))
    serial = serial_value(scheme, serial, uri)
    if not scheme.serial_ai:
        return Parsed(scheme, namespace, ((scheme.ai, value + serial),), len(prefix))
    if name == "sgln" and serial == "0":  # TDS 6.3.3: the extension 0 says that there is none
        return Parsed(scheme, namespace, ((scheme.ai, value),), len(prefix))
    return Parsed(scheme, namespace, ((scheme.ai, value), (scheme.serial_ai, serial)), len(prefix))


def serial_value(scheme: Scheme, text: str, uri: str) -> str:
    """The serial of a URN with its escapes resolved, checked for length and characters."""
    for place, character in enumerate(text, 1):
        if character in _MUST_ESCAPE and character != "%":
            raise CodeError(
                "epc_escape",
                "{character} at place {at} of the serial in {uri} must be escaped in an EPC URN.",
                "Write {escape} instead.",
                values={
                    "character": quoted(character),
                    "at": str(place),
                    "uri": quoted(uri),
                    "escape": f"%{ord(character):02X}",
                },
            )
    serial = percent_decode(text)
    if not 1 <= len(serial) <= scheme.serial:
        raise CodeError(
            "serial_length",
            "The serial {serial} in {uri} has {count} characters; {scheme} takes 1 to {limit}.",
            "Copy the serial again; it may have been joined to something else.",
            values={
                "serial": quoted(serial),
                "uri": quoted(uri),
                "count": str(len(serial)),
                "scheme": scheme.name,
                "limit": str(scheme.serial),
            },
        )
    refuse_foreign(serial, scheme.serial_set, scheme.name, OF_SERIAL)
    if scheme.name == "cpi" and serial[0] == "0":
        raise CodeError(
            "leading_zero",
            "The serial {serial} in {uri} begins with 0.",
            "Leave out the zero.",
            values={"serial": quoted(serial), "uri": quoted(uri)},
        )
    return serial


def build(ais: tuple[tuple[str, str], ...], prefix_length: int) -> str | None:
    """The EPC URN of a primary key and its finest qualifier, or ``None`` when there is no such URN."""
    if not SHORTEST_PREFIX <= prefix_length <= LONGEST_PREFIX:
        return None
    (ai, value), rest = ais[0], dict(ais[1:])
    scheme, namespace = _scheme_for(ai, value, rest)
    if scheme is None:
        return None
    if not scheme.body:
        prefix, reference = value[:prefix_length], value[prefix_length:]
        if not is_digits(prefix) or not reference:
            return None
        text = f"{prefix}.{_escape(reference)}"
    else:
        body = value[len(scheme.zero) :]
        if scheme.indicator:
            prefix = body[1 : 1 + prefix_length]
            reference = body[0] + body[1 + prefix_length : scheme.body]
        else:
            prefix, reference = body[:prefix_length], body[prefix_length : scheme.body]
        text = f"{prefix}.{reference}"
        if scheme.pieces:
            text += f".{value[14:16]}.{value[16:18]}"
    if scheme.serial:
        if scheme.serial_ai:
            serial = rest.get(scheme.serial_ai, "0" if scheme.name == "sgln" else "*")
        else:
            serial = value[len(scheme.zero) + scheme.body + 1 :] or "*"
        text += "." + (serial if serial == "*" else _escape(serial))
    return f"{URN}{namespace}:{scheme.name}:{text}"


def _scheme_for(ai: str, value: str, rest: dict[str, str]) -> tuple[Scheme | None, str]:
    if ai == "01":
        for name, qualifier, namespace in (
            ("upui", "235", "id"),
            ("sgtin", "21", "id"),
            ("lgtin", "10", "class"),
        ):
            if qualifier in rest:
                return SCHEME[name], namespace
        return SCHEME["sgtin"], "idpat"
    for scheme in _SCHEMES:
        if scheme.ai == ai:
            if ai in ("8006", "8010"):
                if ai == "8006" and "10" in rest and "21" not in rest:
                    return None, ""
                return scheme, "id" if scheme.serial_ai in rest else "idpat"
            if scheme.serial and not scheme.serial_ai:
                return scheme, "id" if len(value) > len(scheme.zero) + scheme.body + 1 else "idpat"
            return scheme, "id"
    return None, ""


def _fields(scheme: Scheme, text: str, uri: str) -> list[str]:
    """Company prefix, reference, (piece, total,) serial. Only the last field may itself have dots."""
    count = 2 + (2 if scheme.pieces else 0) + (1 if scheme.serial else 0)
    fields = text.rsplit(".", 1) if scheme.name == "cpi" else []
    if fields:  # the reference has no dots of its own, the serial is digits
        fields = fields[0].split(".", 1) + fields[1:]
    else:
        fields = text.split(".", count - 1)
    if len(fields) != count:
        raise CodeError(
            "epc_fields",
            "{uri} has {found} parts between dots after the scheme; {scheme} takes {count}.",
            "Compare with the form in the Tag Data Standard; a part is missing or one dot too many.",
            values={
                "uri": quoted(uri),
                "found": str(len(fields)),
                "scheme": scheme.name,
                "count": str(count),
            },
        )
    return fields


def _key(scheme: Scheme, prefix: str, reference: str, uri: str) -> str:
    if scheme.body:
        if len(prefix) + len(reference) != scheme.body or not (is_digits(reference) or reference == ""):
            raise CodeError(
                "epc_length",
                "Company prefix and reference {prefix}.{reference} in {uri} have {count} characters; "
                "{scheme} takes {limit} digits.",
                "A URN has no check digit, and the indicator digit stands behind the dot; convert it again.",
                values={
                    "prefix": prefix,
                    "reference": reference,
                    "uri": quoted(uri),
                    "count": str(len(prefix) + len(reference)),
                    "scheme": scheme.name,
                    "limit": str(scheme.body),
                },
            )
        body = reference[:1] + prefix + reference[1:] if scheme.indicator else prefix + reference
        return scheme.zero + body + check_digit(body)
    for place, character in enumerate(reference, 1):
        if character in _MUST_ESCAPE and character != "%":
            raise CodeError(
                "epc_escape",
                "{character} at place {at} of {reference} must be escaped in an EPC URN.",
                "Write {escape} instead.",
                values={
                    "character": quoted(character),
                    "at": str(place),
                    "reference": quoted(reference),
                    "escape": f"%{ord(character):02X}",
                },
            )
    value = prefix + percent_decode(reference)
    if len(value) == len(prefix) or len(value) > scheme.reference:
        raise CodeError(
            "epc_length",
            "Company prefix and reference in {uri} have {count} characters; {scheme} takes {least} to {limit}.",
            "Copy the code again.",
            values={
                "uri": quoted(uri),
                "count": str(len(value)),
                "scheme": scheme.name,
                "least": str(len(prefix) + 1),
                "limit": str(scheme.reference),
            },
        )
    refuse_foreign(value, scheme.reference_set, scheme.name.upper())
    return value


def _escape(text: str) -> str:
    return "".join(_ESCAPES.get(c, c) for c in text)


def encode_path(ais: tuple[tuple[str, str], ...]) -> str:
    """``01/0…/21/…`` with percent-encoded values."""
    return "/".join([f"{ai}/{percent_encode(value)}" for ai, value in ais])
