"""Character sets of GS1 data and the percent-encoding of GS1 identifiers.

GS1 General Specifications 7.11 (figures 7.11-1 to 7.11-3): set 82 (the invariant part of ISO/IEC 646),
set 39 (component/part identifiers) and base64url (digital signatures). GS1 Digital Link URI Syntax and
RFC 3986: everything but unreserved characters is percent-encoded, with capitals.
"""

from __future__ import annotations

import re

from zhiheng.knowledge.codes.errors import CodeError, quoted

DIGITS = frozenset("0123456789")
LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
SET82 = DIGITS | LETTERS | frozenset("!\"%&'()*+,-./:;<=>?_")
SET39 = DIGITS | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ#-/")
SET64 = DIGITS | LETTERS | frozenset("-_")

_UNRESERVED = DIGITS | LETTERS | frozenset("-._~")
_ENCODED = {c: c if c in _UNRESERVED else f"%{ord(c):02X}" for c in map(chr, range(128))}
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")


def is_digits(text: str) -> bool:
    """ASCII digits only, at least one: ``str.isdigit`` alone also takes other scripts' digits."""
    return text.isascii() and text.isdigit()


def percent_encode(text: str) -> str:
    """RFC 3986: unreserved characters as they are, all others as %XX with capitals."""
    if text.isalnum() and text.isascii():
        return text
    try:
        return "".join([_ENCODED[c] for c in text])
    except KeyError:
        return "".join(
            _ENCODED.get(c) or "".join(f"%{b:02X}" for b in c.encode("utf-8", "replace")) for c in text
        )


def percent_sequences_complete(text: str) -> bool:
    """Whether every percent sign is followed by two hexadecimal digits."""
    return text.count("%") == len(_ESCAPE.findall(text))


def percent_decode(text: str) -> str:
    """The text with every %XX resolved; a lone or unfinished ``%`` and %00 are refused."""
    if "%" not in text:
        return text
    if not percent_sequences_complete(text):
        at = next(i for i, c in enumerate(text) if c == "%" and not _ESCAPE.match(text, i))
        raise CodeError(
            "percent_encoding",
            "The percent sign at place {at} of {text} is not followed by two hexadecimal digits.",
            "Write a percent sign that is part of the data as %25.",
            values={"at": str(at + 1), "text": quoted(text)},
        )
    octets = re.sub(
        b"%([0-9A-Fa-f]{2})",
        lambda m: bytes([int(m[1], 16)]),
        text.encode("utf-8", "surrogatepass"),
    )
    if 0 in octets:
        raise CodeError(
            "percent_encoding",
            "{text} has a NUL character (%00).",
            "Remove the %00.",
            values={"text": quoted(text)},
        )
    return octets.decode("latin-1")


#: What a message calls the value in which a character is wrong.
OF_KEY = "{character} at place {at} of {what} {value} is not allowed there."
OF_SERIAL = "{character} at place {at} of the serial of {what} {value} is not allowed there."
OF_QUALIFIER = "{character} at place {at} of the {what} ({ai}) {value} is not allowed there."


def refuse_foreign(value: str, allowed: frozenset[str], what: str, says: str = OF_KEY, ai: str = "") -> None:
    """Raise for the first character of ``value`` outside ``allowed``, saying its place."""
    for place, character in enumerate(value, 1):
        if character not in allowed:
            raise CodeError(
                "character",
                says,
                "Use digits only."
                if allowed is DIGITS
                else "Use the characters of the GS1 AI encodable character set 82"
                if allowed is SET82
                else "Use digits, capital letters, #, - and /."
                if allowed is SET39
                else "Use letters, digits, - and _.",
                {
                    "character": quoted(character),
                    "at": str(place),
                    "what": what,
                    "value": quoted(value),
                    "ai": ai,
                },
            )
