"""统一社会信用代码: the Unified Social Credit Code of organisations, GB 32100-2015.

Eighteen characters: 1 registering authority, 1 kind of organisation, 6 region of registration (GB/T 2260),
9 subject identifier (the organisation code of GB 11714-1997), 1 check character. The alphabet has 31
characters: digits and capitals without I, O, S, V and Z.

A letter's value is its place in that alphabet. Two mistakes circulate: taking ``ord(c) - 55`` as the value,
and taking the sum modulo 31 itself as the check character. Both go wrong for ``91350100M000100Y43``.
"""

from __future__ import annotations

from zhiheng.knowledge.codes.errors import CodeError

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18
#: Rows of official exports carry this where the code is unknown or kept back. It fails the check on purpose.
PLACEHOLDER = "0" * 17 + "X"

_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, place, 31) for place in range(LENGTH - 1))


def normalise(text: str) -> str:
    """Without spaces and hyphens, in half-width capitals: how people write it down does not make it wrong."""
    halfwidth = "".join(chr(ord(c) - 0xFEE0) if "\uff01" <= c <= "\uff5e" else c for c in text)
    return "".join(c for c in halfwidth if not c.isspace() and c != "-").upper()


def check_character(first17: str) -> str:
    """The 18th character that belongs to the first seventeen (GB 32100-2015, 5.3)."""
    body = normalise(first17)
    if len(body) != LENGTH - 1:
        raise CodeError(
            "uscc_length",
            f"The part before the check character has {len(body)} characters; it must have 17.",
            "Give the first 17 characters of the unified social credit code.",
        )
    _refuse_foreign_characters(body)
    return _check_character(body)


def is_placeholder(text: str) -> bool:
    """Seventeen zeros and an X: not a code but the statement that there is none."""
    return normalise(text) == PLACEHOLDER


def validate(uscc: str) -> str:
    """The code in its normal form; raises :class:`CodeError` when it is not one."""
    code = normalise(uscc)
    if code == PLACEHOLDER:
        raise CodeError(
            "uscc_placeholder",
            "Seventeen zeros and X is a placeholder for an unknown unified social credit code.",
            "Enter the code from the business licence, or leave the field empty.",
        )
    if len(code) != LENGTH:
        raise CodeError(
            "uscc_length",
            f"A unified social credit code has 18 characters; this one has {len(code)}.",
            "Copy the code from the business licence. An old 15-digit registration number is not one.",
        )
    _refuse_foreign_characters(code)
    expected = _check_character(code[:17])
    if code[17] != expected:
        raise CodeError(
            "uscc_check_character",
            f"The check character at place 18 is {code[17]}; the first seventeen call for {expected}.",
            "Compare every character with the business licence; one of them was mistyped.",
        )
    return code


def is_valid(uscc: str) -> bool:
    try:
        validate(uscc)
    except CodeError:
        return False
    return True


def make(first17: str) -> str:
    """A whole code from its first seventeen characters."""
    body = normalise(first17)
    return body + check_character(body)


def region_of(uscc: str) -> str:
    """The GB/T 2260 code of the place of registration (places 3 to 8)."""
    return uscc[2:8]


def _check_character(body: str) -> str:
    total = sum(_VALUE[character] * weight for character, weight in zip(body, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def _refuse_foreign_characters(code: str) -> None:
    for place, character in enumerate(code, 1):
        if character not in _VALUE:
            likely = {"I": "1", "O": "0", "S": "5", "V": "U or Y", "Z": "2"}.get(character)
            raise CodeError(
                "uscc_character",
                f"{character!r} at place {place} is not in the alphabet of GB 32100 (no I, O, S, V, Z).",
                f"It may be a misread {likely}." if likely else "Use digits and capital letters only.",
            )
