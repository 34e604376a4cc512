"""Data contracts: what a batch of records must look like, declared by the room that takes them in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import get_language

from zhiheng.core.jobs.models import Job
from zhiheng.core.problems import Problem

Type = Literal["text", "int", "decimal", "date", "datetime", "bool", "code"]


@dataclass(frozen=True)
class Field:
    """One column: how it is called, what it holds, and where it comes from.

    ``code`` is the field's name in the official format. ``check`` takes the parsed value and returns it in its
    normal form, or raises Problem. ``personal`` values are kept encrypted in the quarantine.
    """

    name: str
    label_zh: str
    label_en: str
    type: Type = "text"
    required: bool = False
    code: str = ""
    codes: Mapping[str, str] | None = None
    max_length: int | None = None
    check: Callable[[Any], Any] | None = None
    source_of_field: str = ""
    example: str = ""
    personal: bool = False

    @property
    def label(self) -> str:
        """The column's name in the reader's language."""
        return self.label_zh if (get_language() or "zh").startswith("zh") else self.label_en


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with a row: the problem, and the field it is about (none: the row as a whole)."""

    problem: Problem
    field: str = ""


@dataclass(frozen=True)
class Result:
    """What applying one row came to."""

    status: Literal["accepted", "duplicate", "rejected"]
    reference: str = ""
    problems: tuple[FieldProblem, ...] = ()
    warnings: tuple[FieldProblem, ...] = ()


def accepted(reference: str = "", *warnings: FieldProblem) -> Result:
    """The row was stored, or changed what was stored."""
    return Result("accepted", reference, warnings=warnings)


def duplicate(reference: str = "") -> Result:
    """The same was stored already."""
    return Result("duplicate", reference)


def rejected(problem: Problem, field: str = "", reference: str = "") -> Result:
    """The row was not stored; the problem says why and what to do."""
    return Result("rejected", reference, (FieldProblem(problem, field),))


Row = dict[str, Any]
Apply = Callable[[list[Row], Any, Job], Sequence[Result]]


@dataclass(frozen=True)
class Contract:
    """What a batch must look like and what is done with it.

    ``apply`` gets rows of parsed values (only the columns that were sent), no two with the same key, inside the
    transaction that counts them; it gives one Result a row, in order. ``check`` judges a row as a whole.
    ``may`` is the permission it takes to submit.
    """

    key: str
    title: str | Promise
    edition: str
    source: str
    fields: tuple[Field, ...]
    key_fields: tuple[str, ...]
    apply: Apply
    may: str
    description: str | Promise = ""
    check: Callable[[Row, date], list[FieldProblem]] | None = None
    by_name: dict[str, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {f.name: f for f in self.fields})
        if missing := set(self.key_fields) - set(self.by_name):
            raise ValueError(f"contract {self.key}: key fields {missing} are not fields")


_contracts: dict[str, Contract] = {}


def register(contract: Contract) -> Contract:
    """Make a contract known; called when the room's ``contracts`` module is loaded."""
    if _contracts.get(contract.key, contract) is not contract:
        raise ValueError(f"contract {contract.key!r} is declared twice")
    _contracts[contract.key] = contract
    return contract


def get(key: str) -> Contract:
    """A contract by its key; Problem 404 lists those there are."""
    try:
        return _contracts[key]
    except KeyError:
        raise Problem(
            "unknown_contract",
            f"There is no data contract {key!r}.",
            status=404,
            remedy=f"Use one of: {', '.join(sorted(_contracts))}.",
        ) from None


def every() -> list[Contract]:
    """All contracts, by key."""
    return [_contracts[key] for key in sorted(_contracts)]
