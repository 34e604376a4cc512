"""What is wrong with what a method was given, said so that it can be said in another language too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from zhiheng.knowledge.codes.errors import filled

_NOTHING: Mapping[str, str] = {}


def shown(text: str, most: int = 64) -> str:
    """A text of a file nobody vouches for, as it may stand between “ and ” in a message.

    Line ends, terminal controls, direction marks and those quotes are escaped, so that no text can pass for a line
    of ours; what is longer than ``most`` characters is cut.
    """
    seen = "".join(
        one if one.isprintable() and one not in "\\“”" else one.encode("unicode_escape").decode()
        for one in text[:most]
    )
    return f"{seen}…" if len(text) > most else seen


class Fault(NamedTuple):
    """One thing that is wrong: ``code`` for machines, ``place`` in the input, and two sentences with ``{names}``."""

    code: str
    place: str
    says: str
    mend: str
    values: Mapping[str, str] = _NOTHING

    @property
    def message(self) -> str:
        return filled(self.says, self.values)

    @property
    def remedy(self) -> str:
        return filled(self.mend, self.values)

    def document(self) -> dict[str, Any]:
        return {"code": self.code, "place": self.place, "message": self.message, "remedy": self.remedy}


class MethodError(ValueError):
    """A method was asked for something it cannot do; ``faults`` says everything that is wrong at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{one.place}: {one.message}" for one in faults[:5]))
        self.faults = tuple(faults)
