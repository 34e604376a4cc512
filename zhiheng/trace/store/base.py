"""What the two sides have in common: the rows, the roles, and the interface."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec

GS1 = "https://id.gs1.org/"


def key(canonical: str) -> str:
    """The key of a canonical identifier: a Digital Link without its host, any other URI as it is."""
    return canonical.removeprefix(GS1)


def keys(canonical: list[str]) -> list[str]:
    """The keys of canonical identifiers."""
    return [one.removeprefix(GS1) for one in canonical]


def uri(stored: str) -> str:
    """The canonical identifier of a key. Only Digital Link keys begin with a digit."""
    return GS1 + stored if stored[:1].isdigit() else stored


class Role:
    """How an event names an item. One letter; a capital says that the event also states the item's lot."""

    OBJECT = "e"
    CHILD = "c"
    PART = "b"  # child of an association
    INPUT = "i"
    OUTPUT = "o"
    PARENT = "p"
    ASSEMBLY = "a"  # parent of an association
    EMPTIED = "z"  # parent of an aggregation DELETE without children
    DISMANTLED = "y"  # parent of an association DELETE without children
    LOT = "l"  # lot of a serial that the event names
    PLACE = "g"  # a GLN (or other URI) that is read point, location, source or destination
    TRANSACTION = "t"
    TRANSFORMATION = "x"


class Parts(msgspec.Struct, array_like=True, omit_defaults=True):
    """Who plays which role in an event, as keys. Kept with the event, so a walk needs no second index."""

    epcs: list[str] = []
    parent: str | None = None
    children: list[str] = []
    inputs: list[str] = []
    outputs: list[str] = []
    classes: list[tuple[str, str, float | None, str | None]] = []  # role, class, quantity, unit of measure
    sources: list[tuple[str, str]] = []  # type, party or place
    destinations: list[tuple[str, str]] = []
    transactions: list[tuple[str, str]] = []
    transformation: str | None = None
    lots: list[tuple[str, list[str]]] = []  # lot, its serials named here
    places: list[str] = []


class Ev(NamedTuple):
    """An event as the chain sees it. ``type``: O, A, T, X (transformation) or S (association); ``action``:
    A(DD), O(BSERVE), D(ELETE) or empty; ``voided``: 1 declared in error, 2 is such a declaration."""

    id: int
    time: int  # microseconds since 1970 UTC
    type: str
    action: str
    step: str
    disposition: str
    read_point: str
    location: str
    event_id: str
    voided: int
    parts: Parts


BLOCK = 1000  # event keys reserved at once

# One row of the inverted index: item, time, event, role.
Link = tuple[str, int, int, str]
# Many of them in one list, item, time, event, role, item, time …: as a database takes them, and nobody has to
# look at each on its way there.
FlatLinks = list[Any]
EventRow = tuple[
    int, bytes, int, int, str, str, str, str, str, str, str, int, bytes | None, int, int, bytes, bytes
]
EVENT_COLUMNS = (
    "id, ident, time, recorded, type, action, step, disposition, read_point, location, event_id, voided, "
    "job, job_index, context, parts, raw"
)
EV_COLUMNS = "id, time, type, action, step, disposition, read_point, location, event_id, voided, parts"

encode_parts = msgspec.msgpack.Encoder().encode
decode_parts = msgspec.msgpack.Decoder(Parts).decode


class Store(Protocol):
    """What capture, the chain and the queries need of a database. Runs on Django's connection, in the
    caller's transaction."""

    def create(self) -> list[str]:
        """The statements that make the tables."""

    def new_ids(self, count: int) -> int:
        """Reserve ``count`` event keys, at most ``BLOCK``, that follow one another; returns the first."""

    def known(self, idents: Sequence[bytes]) -> dict[bytes, int]:
        """Which of these event identities are stored, and as which event."""

    def insert(self, events: list[EventRow], links: FlatLinks, first: int) -> None:
        """Write rows in bulk; the events of the links are counted from ``first``. Raises IntegrityError when
        another worker stored one of them meanwhile."""

    def any_declarations(self) -> bool:
        """Is any error declaration stored?"""

    def void(self, ids: Iterable[int]) -> None:
        """Mark events as declared in error."""

    def histories(self, items: Iterable[str], until: int | None = None) -> list[tuple[str, list[str]]]:
        """What names the items, in order of time: ("event-and-role event-and-role …", the items so named), for
        example ``("812e 955c", ["01/…/21/7", "01/…/21/8"])``. One statement however many items."""

    def under(self, prefix: str, limit: int) -> list[str]:
        """Distinct items whose key begins with ``prefix``."""

    def events(self, ids: Iterable[int]) -> dict[int, Ev]:
        """Events by key."""

    def between(self, first: int, last: int, count: int) -> list[Ev]:
        """The first ``count`` events of a range of keys, in order."""

    def bodies(self, ids: Sequence[int]) -> dict[int, tuple[bytes, int, int, str]]:
        """Bytes as they came, context, record time and event ID."""
