"""The application identifiers: what each value looks like, what it must and must not stand with.

The facts are those of the GS1 General Specifications, section 3, in a table of our own (``ai.csv``):

- ``value`` is a list of parts: ``n`` digits, ``a`` set 82, ``c`` set 39, ``b`` base64url; a length or
  1-length; checks by name after colons; ``?`` for an optional part;
- ``length`` says whether the whole is of pre-defined length (no separator after it, section 7.8.5);
- ``attribute``, whether it may be a query attribute of a Digital Link;
- ``with_any_of``, what must stand with it (``+`` joins what must stand together, ``?`` is any digit);
- ``not_with``, what must not.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from zhiheng.knowledge.codes.errors import CodeError
from zhiheng.knowledge.codes.linters import LINTERS

_KIND_CHECK = {"n": "csetnumeric", "a": "cset82", "c": "cset39", "b": "cset64"}


@dataclass(frozen=True, slots=True)
class Part:
    check: str
    length: int
    variable: bool
    linters: tuple[str, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class ApplicationIdentifier:
    ai: str
    title: str
    zh: str
    parts: tuple[Part, ...]
    fixed: bool
    attribute: bool
    with_any_of: tuple[tuple[str, ...], ...]
    not_with: tuple[str, ...]

    @property
    def length(self) -> int:
        """The greatest length of a value; the length, where it is pre-defined."""
        return sum(part.length for part in self.parts)

    def check(self, value: str) -> None:
        """Raise :class:`CodeError` unless ``value`` is one for this application identifier."""
        rest = value
        for part in self.parts:
            if not rest and part.optional:
                return
            field = rest[: part.length]
            if len(field) < part.length and not (part.variable and field):
                raise CodeError(
                    "ai_value_too_short",
                    f"({self.ai}) {self.title}: {value!r} has {len(value)} characters; "
                    f"place {len(value) - len(rest) + 1} begins a field of {part.length}.",
                    "Copy the whole value.",
                )
            LINTERS[part.check](field)
            for name in part.linters:
                LINTERS[name](field)
            rest = rest[part.length :]
        if rest:
            raise CodeError(
                "ai_value_too_long",
                f"({self.ai}) {self.title}: {value!r} has {len(value)} characters; {self.length} at most.",
                "Copy only the value; what follows belongs to the next application identifier.",
            )


def find(ai: str) -> ApplicationIdentifier | None:
    return table().get(ai)


def require(ai: str) -> ApplicationIdentifier:
    known = table().get(ai)
    if known is None:
        raise CodeError(
            "unknown_ai",
            f"({ai}) is not a GS1 application identifier.",
            "Compare the two to four digits in brackets with the label.",
        )
    return known


def matches(pattern: str, ai: str) -> bool:
    """Whether ``ai`` is ``pattern``, in which ``?`` stands for any digit."""
    return len(pattern) == len(ai) and all(p in ("?", a) for p, a in zip(pattern, ai, strict=True))


@cache
def table() -> dict[str, ApplicationIdentifier]:
    known: dict[str, ApplicationIdentifier] = {}
    with Path(__file__).with_name("ai.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            first, _, last = row["ai"].partition("-")
            for number in range(int(first), int(last or first) + 1):
                ai = str(number).zfill(len(first))
                known[ai] = ApplicationIdentifier(
                    ai=ai,
                    title=row["title"],
                    zh=row["zh"],
                    parts=tuple(_part(text) for text in row["value"].split()),
                    fixed=row["length"] == "fixed",
                    attribute=row["attribute"] == "yes",
                    with_any_of=tuple(tuple(group.split("+")) for group in row["with_any_of"].split()),
                    not_with=tuple(row["not_with"].split()),
                )
    return known


def _part(text: str) -> Part:
    optional = text.endswith("?")
    form, *linters = text.removesuffix("?").split(":")
    low, dash, high = form[1:].partition("-")
    return Part(_KIND_CHECK[form[0]], int(high or low), bool(dash), tuple(linters), optional)
