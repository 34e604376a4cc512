"""What is wrong with a document or an event, said so that a person can mend it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong.

    ``place`` is a path in the EPCIS 2.0 JSON form of the document, for example
    ``epcisBody.eventList[3].quantityList[0].quantity``. A document that came as XML has the same
    path followed by the line the event starts on: ``epcisBody.eventList[3].action (line 57)``.
    A document that cannot be read at all has ``line 3, column 17`` or ``byte 1042``.
    """

    code: str
    place: str
    message: str
    remedy: str

    def under(self, prefix: str) -> Fault:
        """The same fault with its place counted from the document instead of the event."""
        if not prefix:
            return self
        return Fault(self.code, join(prefix, self.place), self.message, self.remedy)


class DocumentError(Exception):
    """The document as a whole, or its rest from some point on, cannot be read."""

    def __init__(self, faults: Iterable[Fault] | Fault) -> None:
        self.faults: list[Fault] = [faults] if isinstance(faults, Fault) else list(faults)
        super().__init__(
            "; ".join(f"{f.code} at {f.place or 'the document'}: {f.message}" for f in self.faults)
        )


def join(prefix: str, place: str) -> str:
    """``eventList[3]`` and ``action`` make ``eventList[3].action``; a trailing ``(line N)`` stays last."""
    head, mark, line = prefix.partition(" (line ")
    if not place:
        return prefix
    if not head:
        return f"{place}{mark}{line}"
    glue = "" if place.startswith("[") else "."
    return f"{head}{glue}{place}{mark}{line}"
