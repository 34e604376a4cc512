"""GS1 element strings: with brackets as people read them, with FNC1 as scanners send them; and scanner data.

GS1 General Specifications 4.14 (human readable interpretation), 7.8 (processing of FNC1), 4.10 and 4.13 (data
relationships), ISO/IEC 15424 (symbology identifiers). FNC1 is written ``^``; scanners send it as GS (0x1D).
"""

from __future__ import annotations

from typing import NamedTuple

from zhiheng.knowledge.codes import ai_table
from zhiheng.knowledge.codes.charset import is_digits
from zhiheng.knowledge.codes.checkdigit import require_check_digit
from zhiheng.knowledge.codes.errors import CodeError

FNC1 = "^"
GS = "\x1d"


class Element(NamedTuple):
    ai: str
    value: str


def parse_hri(text: str, unknown_ais: bool = False) -> list[Element]:
    """``(01)09520123456788(10)ABC``; a bracket that is part of a value is written ``\\(``."""
    elements: list[Element] = []
    at = 0
    while at < len(text):
        close = text.find(")", at)
        ai = text[at + 1 : close] if text[at] == "(" and close > 0 else ""
        if not (is_digits(ai) and 2 <= len(ai) <= 4):
            raise CodeError(
                "hri_form",
                f"At place {at + 1} of {text!r} an application identifier in brackets is due, such as (01).",
                "Write a bracket that is part of a value as \\(.",
            )
        value, at = _value(text, close + 1)
        if not value:
            raise CodeError("hri_empty", f"({ai}) at place {close - len(ai)} of {text!r} has no value.")
        if unknown_ais and ai_table.find(ai) is None:
            elements.append(Element(ai, value))
            continue
        ai_table.require(ai).check(value)
        elements.append(Element(ai, value))
    if not elements:
        raise CodeError("hri_form", "An empty text is no element string.", "Write it as (01)09520123456788.")
    return elements


def _value(text: str, at: int) -> tuple[str, int]:
    characters: list[str] = []
    while at < len(text) and text[at] != "(":
        if text.startswith("\\(", at):
            at += 1
        characters.append(text[at])
        at += 1
    return "".join(characters), at


def parse_fnc1(text: str) -> list[Element]:
    """``^010952012345678810ABC^99X``: the length of each identifier's value says where it ends."""
    text = text.replace(GS, FNC1)
    if not text.startswith(FNC1) or len(text) < 2:
        raise CodeError("fnc1_form", f"{text!r} does not begin with FNC1 and data.", "Write FNC1 as ^.")
    elements: list[Element] = []
    at = 1
    while at < len(text):
        known = next((k for n in (2, 3, 4) if (k := ai_table.find(text[at : at + n]))), None)
        if known is None:
            raise CodeError(
                "unknown_ai",
                f"{text[at : at + 4]!r} at place {at + 1} of {text!r} begins no application identifier.",
                "The value before it may be too long or short, or a separator (FNC1) may be missing.",
            )
        at += len(known.ai)
        end = text.find(FNC1, at)
        if end < 0:
            end = len(text)
        if known.fixed:
            end = min(end, at + known.length)
        known.check(text[at:end])
        elements.append(Element(known.ai, text[at:end]))
        at = end + 1 if text[end : end + 1] == FNC1 else end
    return elements


def to_fnc1(elements: list[Element]) -> str:
    """With FNC1 in front, and after each value that is not of pre-defined length, save the last."""
    words = [FNC1]
    for element in elements:
        words.append(element.ai + element.value)
        known = ai_table.find(element.ai)
        if known is None or not known.fixed:
            words.append(FNC1)
    if len(words) > 1 and words[-1] == FNC1:
        words.pop()
    return "".join(words)


def to_hri(elements: list[Element]) -> str:
    return "".join(f"({ai}){value.replace('(', chr(92) + '(')}" for ai, value in elements)


def check_repeats(elements: list[Element]) -> None:
    """An application identifier may come twice only with the same value (4.13)."""
    seen: dict[str, str] = {}
    for ai, value in elements:
        if seen.setdefault(ai, value) != value:
            raise CodeError(
                "ai_repeated",
                f"({ai}) comes with {seen[ai]!r} and with {value!r}; one item has one value.",
                "Two labels were mixed, or one was misread.",
            )


def check_exclusions(elements: list[Element]) -> None:
    """Pairs that must not stand together (4.13.1)."""
    ais = {ai for ai, _ in elements}
    for ai in sorted(ais):
        known = ai_table.find(ai)
        for pattern in known.not_with if known else ():
            for other in sorted(ais - {ai}):
                if ai_table.matches(pattern, other):
                    raise CodeError(
                        "ai_excluded",
                        f"({ai}) and ({other}) must not stand on one item.",
                        "The data of two items were mixed, or one value has the wrong identifier.",
                    )


def check_requirements(elements: list[Element]) -> None:
    """Values that say something only together with others (4.13.2)."""
    ais = {ai for ai, _ in elements}
    for ai in sorted(ais):
        known = ai_table.find(ai)
        groups = known.with_any_of if known else ()
        if groups and not any(all(_present(p, ais) for p in group) for group in groups):
            wanted = " or ".join("+".join(f"({p})" for p in group) for group in groups)
            raise CodeError(
                "ai_requires",
                f"({ai}) must stand with {wanted}.",
                "Scan the other code on the item as well.",
            )


def check_signature(elements: list[Element]) -> None:
    """A digital signature (8030) signs one thing: the key beside it must have its serial (3.9.12)."""
    values = dict(elements)
    if "8030" not in values:
        return
    for ai, length in (("253", 13), ("255", 13), ("8003", 14)):
        if ai in values and len(values[ai]) <= length:
            raise CodeError(
                "signature_needs_serial",
                f"A digital signature (8030) stands with ({ai}) {values[ai]}, which has no serial.",
                "Give the key with its serial.",
            )


def _present(pattern: str, ais: set[str]) -> bool:
    return any(ai_table.matches(pattern, ai) for ai in ais)


class Scan(NamedTuple):
    """What a reader sent: the symbology and its data, FNC1 as ``^``, escaped in plain text."""

    symbology: str
    data: str
    elements: list[Element]


#: Symbology identifier -> name, and whether its data are element strings.
_SYMBOLOGIES = {
    "]C0": ("Code128", False),
    "]C1": ("GS1_128_CCA", True),
    "]e0": ("DataBarExpanded", True),
    "]d1": ("DM", False),
    "]d2": ("DM", True),
    "]Q1": ("QR", False),
    "]Q3": ("QR", True),
    "]J0": ("DotCode", False),
    "]J1": ("DotCode", True),
}
_RETAIL = {"]E0": ("EAN13", 13), "]E4": ("EAN8", 8), "]I1": ("ITF14", 14)}


def parse_scan(text: str) -> Scan:
    """Data as a reader sends them, with the symbology identifier in front (ISO/IEC 15424)."""
    sign, data = text[:3], text[3:]
    if sign in _RETAIL:
        return _parse_retail(sign, data)
    if sign not in _SYMBOLOGIES:
        raise CodeError(
            "symbology",
            f"{sign!r} is not a symbology identifier known here.",
            f"Use one of {' '.join([*_SYMBOLOGIES, *_RETAIL])}.",
        )
    name, is_gs1 = _SYMBOLOGIES[sign]
    if is_gs1:
        data = FNC1 + data.replace(GS, FNC1)
        return Scan(name, data, parse_fnc1(data))
    if data.startswith(("http://", "https://", "HTTP://", "HTTPS://")):
        from zhiheng.knowledge.codes import digital_link

        return Scan(name, data, digital_link.parse(data, digital_link.LENIENT).elements)
    escaped = "\\" + data if data.lstrip("\\").startswith(FNC1) else data
    return Scan(name, escaped, [])


def _parse_retail(sign: str, data: str) -> Scan:
    name, length = _RETAIL[sign]
    number, bar, composite = data.partition("|")
    if not is_digits(number) or len(number) != length:
        raise CodeError(
            "gtin_length",
            f"{name} {number!r} has {len(number)} characters; it must have {length} digits.",
            "Scan again.",
        )
    require_check_digit(number, name)
    elements = [Element("01", number.zfill(14))]
    if not bar:
        return Scan(name, number, elements)
    if composite[:3] != "]e0":
        raise CodeError(
            "symbology", f"{composite[:3]!r} after | is not the composite component ]e0.", "Scan again."
        )
    more = FNC1 + composite[3:].replace(GS, FNC1)
    return Scan(name, f"{number}|{more}", elements + parse_fnc1(more))
