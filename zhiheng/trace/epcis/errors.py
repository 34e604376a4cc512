"""What is wrong with a document or an event, said so that a person can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from zhiheng.knowledge.codes.errors import CodeError, filled


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong.

    ``place`` is a path in the EPCIS 2.0 JSON form of the document, for example
    ``epcisBody.eventList[3].quantityList[0].quantity``. A document that came as XML has the same
    path followed by the line the event starts on: ``epcisBody.eventList[3].action (line 57)``.
    A document that cannot be read at all has ``line 3, column 17`` or ``byte 1042``.

    What is wrong (``says``) and what to do (``mend``) are English sentences with ``{names}`` for the
    ``values``: so they are the msgids of other languages (``locale/zh_Hans``), wherever they are read later.
    """

    code: str
    place: str
    says: str
    mend: str
    values: dict[str, str] = {}

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return filled(self.says, self.values)

    @property
    def remedy(self) -> str:
        """What to do, in English."""
        return filled(self.mend, self.values)

    def under(self, prefix: str) -> Fault:
        """The same fault with its place counted from the document instead of the event."""
        if not prefix:
            return self
        return msgspec.structs.replace(self, place=join(prefix, self.place))

    def to_dict(self) -> dict[str, Any]:
        """For JSON: the English, and what another language is made of."""
        return {
            "code": self.code,
            "place": self.place,
            "message": self.message,
            "remedy": self.remedy,
            "words": self.words,
        }

    @property
    def words(self) -> dict[str, Any]:
        """The sentences with their values, to be kept and said in the language of whoever reads them."""
        return {"message": self.says, "remedy": self.mend, "values": self.values}


def of_code(error: CodeError, place: str) -> Fault:
    """The fault of an identifier that cannot be right."""
    return Fault(error.code.replace("_", "-"), place, error.says, error.mend, dict(error.values))


class DocumentError(Exception):
    """The document as a whole, or its rest from some point on, cannot be read."""

    def __init__(self, faults: Iterable[Fault] | Fault) -> None:
        self.faults: list[Fault] = [faults] if isinstance(faults, Fault) else list(faults)
        super().__init__(
            "; ".join(f"{f.code} at {f.place or 'the document'}: {f.message}" for f in self.faults)
        )


def within(prefix: str, place: str) -> str:
    """The part of a place below a prefix that ``join`` put before it, without the line of an XML document."""
    return place.partition(" (line ")[0].removeprefix(prefix.partition(" (line ")[0]).lstrip(".")


def join(prefix: str, place: str) -> str:
    """``eventList[3]`` and ``action`` make ``eventList[3].action``; a trailing ``(line N)`` stays last."""
    head, mark, line = prefix.partition(" (line ")
    if not place:
        return prefix
    if not head:
        return f"{place}{mark}{line}"
    glue = "" if place.startswith("[") else "."
    return f"{head}{glue}{place}{mark}{line}"
