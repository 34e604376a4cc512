"""Industries by GB/T 4754: sections (a letter) and divisions (a letter and two digits).

Names are those of the 2011 edition; the letters and the numbers of divisions are the same in that of 2017.
"""

import csv
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple


class Industry(NamedTuple):
    """A section (``C``) or a division (``C14``)."""

    code: str
    zh: str
    en: str


@lru_cache(maxsize=1)
def table() -> dict[str, Industry]:
    """Every section and division by its code."""
    text = files("zhiheng.knowledge.codes").joinpath("industries.csv").read_text(encoding="utf-8")
    return {row["code"]: Industry(**row) for row in csv.DictReader(text.splitlines())}


@lru_cache(maxsize=1)
def _letters() -> dict[str, str]:
    return {code[1:]: code[0] for code in table() if len(code) == 3}


def section(code: str) -> str:
    """The letter of the section that a code of any length belongs to (``C1495`` or ``1495`` is ``C``); empty when
    none."""
    if code[:1].isalpha():
        return code[0] if code[0] in table() else ""
    return _letters().get(code[:2], "")


def division(code: str) -> str:
    """The division (``C14``) of a code with at least two digits, with or without its letter; empty when none."""
    digits = code[1:3] if code[:1].isalpha() else code[:2]
    letter = _letters().get(digits, "")
    return f"{letter}{digits}" if letter else ""


def starts(code: str) -> tuple[str, ...]:
    """With what the codes of a section or division begin, as they are written with or without the letter."""
    if len(code) == 1:
        return (code, *(digits for digits, letter in _letters().items() if letter == code))
    return (code, code[1:])
