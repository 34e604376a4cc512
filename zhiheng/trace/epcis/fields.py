"""What the trace needs of an event: canonical identifiers by role, and who belongs to which lot.

Identifiers are canonical Digital Links at the finest level (``codes.epc``), so that the same thing has the
same key whoever wrote it and however. ``items`` expects an event that ``validate`` found without fault; a
broken identifier raises ``CodeError``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

from zhiheng.knowledge.codes.epc import canonical, canonical_list, lot_of
from zhiheng.knowledge.codes.errors import CodeError

from . import jsonld, vocab
from .model import (
    AggregationEvent,
    AssociationEvent,
    Destination,
    Event,
    ObjectEvent,
    QuantityElement,
    Source,
    TransactionEvent,
    TransformationEvent,
)
from .times import microseconds

short = vocab.short

__all__ = ["Items", "Quantity", "Where", "event_time_us", "items", "lot_number", "short"]


class Quantity(NamedTuple):
    """``role``: "epc", "child", "input" or "output". ``item``: the canonical class or lot."""

    role: str
    item: str
    quantity: int | float | None
    uom: str | None


class Where:
    """The place of an event and the parties it is between, canonical, and as they were ``said``.

    A sender has many events but few places and customers. So this is one object for all events that say it
    alike, and what is made of it (its part of the hash, its keys) can be kept by it. It is not changed.
    """

    __slots__ = ("biz_location", "destinations", "read_point", "said", "sources")

    def __init__(
        self,
        read_point: str | None,
        biz_location: str | None,
        sources: tuple[Source, ...],
        destinations: tuple[Destination, ...],
    ) -> None:
        self.said = read_point, biz_location, sources, destinations
        self.read_point = None if read_point is None else canonical(read_point)
        self.biz_location = None if biz_location is None else canonical(biz_location)
        self.sources = [(short(s.type), canonical(s.source)) for s in sources]
        self.destinations = [(short(d.type), canonical(d.destination)) for d in destinations]


_where = lru_cache(maxsize=1 << 12)(Where)


class Items(NamedTuple):
    """The identifiers of one event. ``lots``: (lot, its serials), as far as the event itself says so."""

    epcs: list[str]
    parent: str | None
    children: list[str]
    inputs: list[str]
    outputs: list[str]
    quantities: list[Quantity]
    where: Where
    biz_transactions: list[tuple[str | None, str]]
    transformation_id: str | None
    lots: list[tuple[str, list[str]]]

    @property
    def read_point(self) -> str | None:
        return self.where.read_point

    @property
    def biz_location(self) -> str | None:
        return self.where.biz_location

    @property
    def sources(self) -> list[tuple[str, str]]:
        return self.where.sources

    @property
    def destinations(self) -> list[tuple[str, str]]:
        return self.where.destinations


_NONE: list[str] = []
_Lots = dict[str, dict[str, None]]  # lot -> its serials in order; an event may name a hundred thousand


def items(event: Event, context: Any = None) -> Items:
    """The event's identifiers in canonical form.

    ``context`` (the document's @context) is needed only to understand a lot number that is written under a
    prefix other than ``cbvmda``.
    """
    epcs = parent_children = inputs = outputs = _NONE
    parent: str | None = None
    transformation: str | None = None
    quantities: list[Quantity] = []
    lots: _Lots = {}

    if isinstance(event, (ObjectEvent, TransactionEvent)):
        epcs = _canonical(event.epc_list, lots)
        _quantities("epc", event.quantity_list, quantities)
        if isinstance(event, TransactionEvent):
            parent = canonical(event.parent_id) if event.parent_id else None
        elif event.action == "ADD":
            _lots_made(event, epcs, quantities, "epc", lots, context)
    elif isinstance(event, (AggregationEvent, AssociationEvent)):
        parent = canonical(event.parent_id) if event.parent_id else None
        parent_children = _canonical(event.child_epcs, lots)
        _quantities("child", event.child_quantity_list, quantities)
    else:
        inputs = _canonical(event.input_epc_list, lots)
        outputs = _canonical(event.output_epc_list, lots)
        _quantities("input", event.input_quantity_list, quantities)
        _quantities("output", event.output_quantity_list, quantities)
        transformation = canonical(event.transformation_id) if event.transformation_id else None
        _lots_made(event, outputs, quantities, "output", lots, context)

    return Items(
        epcs,
        parent,
        parent_children,
        inputs,
        outputs,
        quantities,
        _where(
            None if event.read_point is None else event.read_point.id,
            None if event.biz_location is None else event.biz_location.id,
            tuple(event.source_list or ()),
            tuple(event.destination_list or ()),
        ),
        [
            (short(b.type) if b.type else None, canonical(b.biz_transaction))
            for b in event.biz_transaction_list
        ]
        if event.biz_transaction_list
        else [],
        transformation,
        [(lot, list(serials)) for lot, serials in lots.items()] if lots else [],
    )


def _canonical(uris: list[str] | None, lots: _Lots) -> list[str]:
    if not uris:
        return []
    made = canonical_list(uris)
    if _LOT in "\n".join(uris):
        for uri, known in zip(uris, made, strict=True):
            if _LOT in uri and "/21/" in uri and (lot := lot_of(uri)) is not None:
                _join(lots, lot, [known])
    return made


def _quantities(role: str, elements: list[QuantityElement] | None, into: list[Quantity]) -> None:
    for element in elements or ():
        into.append(Quantity(role, canonical(element.epc_class), element.quantity, element.uom))


def _join(lots: _Lots, lot: str, serials: list[str]) -> None:
    lots.setdefault(lot, {}).update(dict.fromkeys(serials))


_GTIN = "https://id.gs1.org/01/"
_LOT = "/10/"


def _lots_made(
    event: ObjectEvent | TransformationEvent,
    made: list[str],
    quantities: list[Quantity],
    role: str,
    lots: _Lots,
    context: Any,
) -> None:
    """Serials that come into being together with their lot: commissioning, and a transformation's output."""
    if not made:
        return
    by_gtin: dict[str, list[str]] | None = None
    number = lot_number(event, context)
    if number is not None:
        by_gtin = _serials_by_gtin(made)
        for head, serials in by_gtin.items():
            _join(lots, _lot_key(head, number), serials)
    if quantities:
        classes = [
            q.item for q in quantities if q.role == role and _LOT in q.item and q.item.startswith(_GTIN)
        ]
        if classes:
            if by_gtin is None:
                by_gtin = _serials_by_gtin(made)
            for head, serials in by_gtin.items():
                same = {c for c in classes if c[: len(head)] == head and c.startswith(_LOT, len(head))}
                if len(same) == 1:  # with two lots of one product nobody can say which serial is of which
                    lot = same.pop()
                    free = [s for s in serials if not any(s in held for held in lots.values())]
                    if free:
                        _join(lots, lot, free)


def _serials_by_gtin(made: list[str]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for item in made:
        if item.startswith(_GTIN) and item.startswith("/21/", len(_GTIN) + 14):
            grouped.setdefault(item[: len(_GTIN) + 14], []).append(item)
    return grouped


def _lot_key(head: str, number: str) -> str:
    """The lot as Digital Link. A lot number that AI (10) has no room for (Chinese, long) still makes a key."""
    link = head + _LOT + quote(number, safe="-._~")
    try:
        return canonical(link)
    except CodeError:
        return link


_LOT_NAMESPACES = frozenset(
    (
        "urn:epcglobal:cbv:mda",
        "https://ref.gs1.org/cbv/mda",
        "http://ref.gs1.org/cbv/mda",
        "https://ns.gs1.org/cbv/mda",
        "http://ns.gs1.org/cbv/mda",
    )
)


def lot_number(event: Event, context: Any = None) -> str | None:
    """The lot number among the event's instance/lot master data."""
    ilmd = getattr(event, "ilmd", None)
    if not ilmd:
        return None
    for name, value in ilmd.items():
        if not name.endswith("lotNumber"):
            continue
        if name != "cbvmda:lotNumber":
            if event.context is not None:
                found = jsonld.as_context(context).with_local(event.context).resolve(name)
            else:
                found = jsonld.as_context(context).resolve(name)
            if found is None or found[1] != "lotNumber" or found[0].rstrip(":/#") not in _LOT_NAMESPACES:
                continue
        if isinstance(value, dict):
            value = value.get("#text", value.get("@value"))
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def event_time_us(event: Event) -> int:
    """The moment of the event in microseconds since 1970 UTC."""
    return microseconds(event.event_time)
