"""The chain, walked a level at a time: one statement per level with the whole frontier as its argument.

What the words mean (docs/architecture.md, "The chain"):

* a serial belongs to its lot; a transformation's outputs come from its inputs, also when several events share
  a transformation ID; *origin* of a good is its lot and every good that it or its lot was made from, and so on
  back; *destination* is the converse;
* a box is not an origin, and neighbours in a box are not each other's origin;
* an item is in a container, a component part of its assembly, from ADD to DELETE; a DELETE without children
  empties the container.

A walk sees only the events up to its time, that are not declared in error, and that its asker may see.
"""

from collections.abc import Callable, Iterable
from itertools import groupby
from operator import itemgetter

from zhiheng.trace.store import Ev, Link, Role, Store

Moment = tuple[int, int]  # time and event: the order of what happened
Sees = Callable[[list[Ev]], set[int]]  # which of these events the asker may see
Aliases = Callable[[Iterable[str]], dict[str, set[str]]]

_item = itemgetter(0)
ORIGIN_ROLES = "oOECBIPAZY"
DESTINATION_ROLES = "iIl"
PARENT_ROLES = "pPaAzZyY"
CHILD_ROLES = "cCbB"
MADE_INTO = {"p": "A", "a": "S", "z": "A", "y": "S", "c": "A", "b": "S"}


def is_class(item: str) -> bool:
    """A product or a lot, which is counted; not a single thing."""
    parts = item.split("/")
    if parts[0] == "01":
        return len(parts) == 2 or (len(parts) == 4 and parts[2] in {"10", "22"})
    return item.startswith("urn:epc:idpat:") or (parts[0] in {"8006", "8010"} and len(parts) == 2)


def is_logistic(item: str) -> bool:
    """A logistic unit or returnable asset: a container, never a good."""
    return item.startswith(("00/", "8003/"))


def is_trade_item(item: str) -> bool:
    """A good by its identifier, even when things are packed into it."""
    return item.startswith(("01/", "8006/", "8010/"))


class Walk:
    """One question to the chain. Events are fetched once and kept for its length."""

    def __init__(
        self,
        store: Store,
        *,
        at: int | None = None,
        sees: Sees | None = None,
        aliases: Aliases | None = None,
    ) -> None:
        self.store, self.at, self.sees, self.aliases = store, at, sees, aliases
        self._events: dict[int, Ev | None] = {}
        self._rows: dict[str, list[Link]] = {}
        self._serial_lots: dict[int, dict[str, list[str]]] = {}

    # -- events -----------------------------------------------------------------------------------------

    def events(self, ids: Iterable[int]) -> dict[int, Ev | None]:
        """Events by key; None for one that is void or that the asker may not see."""
        missing = set(ids).difference(self._events)
        if missing:
            found = {id: event for id, event in self.store.events(missing).items() if not event.voided}
            if self.sees is not None:
                visible = self.sees(list(found.values()))
                found = {id: event for id, event in found.items() if id in visible}
            for id in missing:
                self._events[id] = found.get(id)
        return self._events

    def rows(self, items: Iterable[str]) -> dict[str, list[Link]]:
        """Rows of items up to the walk's time, in order; read once. Their events are fetched."""
        missing = set(items).difference(self._rows)
        if missing:
            found = self.store.links(missing, self.at)
            for item, group in groupby(found, _item):
                self._rows[item] = list(group)
            for item in missing.difference(self._rows):
                self._rows[item] = []
            self.events({row[2] for row in found})
        return self._rows

    def links(self, items: Iterable[str], roles: str) -> list[Link]:
        """The items' rows in certain roles, those of one item together and in order."""
        items = set(items)
        known = self.rows(items)
        return [row for item in items for row in known[item] if row[3] in roles]

    def with_aliases(self, items: Iterable[str]) -> set[str]:
        """The items and every other code that names the same thing."""
        items = set(items)
        if self.aliases is not None:
            for others in self.aliases(items).values():
                items |= others
        return items

    def lots_of(self, event: Ev, serial: str) -> list[str]:
        """The lots that an event states for a serial."""
        lots = self._serial_lots.get(event.id)
        if lots is None:
            lots = {}
            for lot, serials in event.parts.lots:
                for one in serials:
                    lots.setdefault(one, []).append(lot)
            self._serial_lots[event.id] = lots
        return lots.get(serial, [])

    # -- made from ----------------------------------------------------------------------------------------

    def origin(self, items: Iterable[str]) -> dict[str, set[int]]:
        """Every good that the items came from, with the events that say so. ``items`` are not included."""
        return self._follow(items, ORIGIN_ROLES, self._sources)

    def destination(self, items: Iterable[str]) -> dict[str, set[int]]:
        """Every good whose origin one of the items is part of, with the events that say so."""
        return self._follow(items, DESTINATION_ROLES, self._products)

    def _follow(
        self, items: Iterable[str], roles: str, step: Callable[[list[Link]], Iterable[tuple[int, list[str]]]]
    ) -> dict[str, set[int]]:
        start = self.with_aliases(items)
        seen = set(start)
        found: dict[str, set[int]] = {}
        frontier = start
        while frontier:
            reached: set[str] = set()
            for event, others in step(self.links(frontier, roles)):
                for other in others:
                    if other not in start:
                        found.setdefault(other, set()).add(event)
                reached.update(others)
            frontier = self.with_aliases(reached - seen)
            for alias in frontier - reached - start:
                found.setdefault(alias, set())
            seen |= frontier
        return found

    def _sources(self, rows: list[Link]) -> Iterable[tuple[int, list[str]]]:
        """One level back: lots of serials, inputs of transformations."""
        together: set[str] = set()
        transformations: set[int] = set()
        for item, _, id, role in rows:
            event = self._events[id]
            if event is None:
                continue
            if role.isupper():
                yield id, self.lots_of(event, item)
            if role in "oO":
                transformations.add(id)
                if event.parts.transformation:
                    together.add(event.parts.transformation)
        for event in self._transformations(transformations, together):
            yield event.id, event.parts.inputs + [c[1] for c in event.parts.classes if c[0] == Role.INPUT]

    def _products(self, rows: list[Link]) -> Iterable[tuple[int, list[str]]]:
        """One level on: serials of lots, outputs of transformations."""
        together: set[str] = set()
        transformations: set[int] = set()
        for item, _, id, role in rows:
            event = self._events[id]
            if event is None:
                continue
            if role == Role.LOT:
                for lot, serials in event.parts.lots:
                    if lot == item:
                        yield id, serials
            else:
                transformations.add(id)
                if event.parts.transformation:
                    together.add(event.parts.transformation)
        for event in self._transformations(transformations, together):
            yield event.id, event.parts.outputs + [c[1] for c in event.parts.classes if c[0] == Role.OUTPUT]

    def _transformations(self, ids: set[int], together: set[str]) -> list[Ev]:
        """The transformation events, and those that share a transformation ID with one of them."""
        if together:
            ids = ids | {row[2] for row in self.links(together, Role.TRANSFORMATION)}
        return [event for id in sorted(ids) if (event := self._events[id]) is not None]

    # -- inside -----------------------------------------------------------------------------------------

    def contents(self, containers: Iterable[str], *, ever: bool = False) -> dict[str, set[str]]:
        """What is inside at the walk's time, at any depth: child -> its direct parents. ``ever``: was inside."""
        inside: dict[str, set[str]] = {}
        seen = self.with_aliases(containers)
        frontier = set(seen)
        while frontier:
            reached: set[str] = set()
            for parent, rows in groupby(self.links(frontier, PARENT_ROLES), _item):
                for child in self._children(rows, ever):
                    inside.setdefault(child, set()).add(parent)
                    reached.add(child)
            frontier = self.with_aliases(reached - seen)
            seen |= frontier
        return inside

    def _children(self, rows: Iterable[Link], ever: bool) -> set[str]:
        """The children of one parent after these rows; aggregation and association apart."""
        held: dict[str, dict[str, float]] = {"A": {}, "S": {}}
        all_time: set[str] = set()
        for _, _, id, role in rows:
            event = self._events[id]
            if event is None:
                continue
            hold = held[MADE_INTO[role.lower()]]
            if role in "zZyY":
                hold.clear()
                continue
            all_time.update(event.parts.children)
            apply_children(hold, event)
            all_time.update(hold)
        return all_time if ever else {*held["A"], *held["S"]}

    def containers(self, items: Iterable[str]) -> dict[str, set[str]]:
        """What holds the items at the walk's time, at any height: child -> its direct parents."""
        holds: dict[str, set[str]] = {}
        seen = self.with_aliases(items)
        frontier = set(seen)
        while frontier:
            opened: dict[tuple[str, str, str], Moment] = {}
            for item, rows in groupby(self.links(frontier, CHILD_ROLES), _item):
                amount: dict[tuple[str, str], float] = {}
                for _, time, id, role in rows:
                    event = self._events[id]
                    if event is None or event.parts.parent is None:
                        continue
                    parent, kind = event.parts.parent, MADE_INTO[role.lower()]
                    hold = {item: amount[parent, kind]} if (parent, kind) in amount else {}
                    apply_children(hold, event, only=item)
                    if item in hold:
                        amount[parent, kind] = hold[item]
                        opened.setdefault((item, parent, kind), (time, id))
                    else:
                        amount.pop((parent, kind), None)
                        opened.pop((item, parent, kind), None)
            emptied: dict[tuple[str, str], Moment] = {}
            for parent, time, id, role in self.links({o[1] for o in opened}, "zZyY"):
                if self._events[id] is not None:
                    emptied[parent, MADE_INTO[role.lower()]] = (time, id)
            reached: set[str] = set()
            for (item, parent, kind), since in opened.items():
                if emptied.get((parent, kind), (-1, -1)) < since:
                    holds.setdefault(item, set()).add(parent)
                    reached.add(parent)
            frontier = self.with_aliases(reached - seen)
            seen |= frontier
        return holds


def apply_children(hold: dict[str, float], event: Ev, only: str | None = None) -> None:
    """Let one aggregation or association event change what a parent holds.

    OBSERVE says that the children are there, so it adds those not yet known. A class is held by quantity:
    taking out less than is there leaves the rest.
    """
    children = event.parts.children if only is None else [c for c in event.parts.children if c == only]
    classes = [c for c in event.parts.classes if c[0] == Role.CHILD and (only is None or c[1] == only)]
    if event.action == "D":
        for child in children:
            hold.pop(child, None)
        for _, child, quantity, _ in classes:
            left = hold.get(child, 0) - quantity if quantity is not None else 0
            if left > 1e-9:
                hold[child] = left
            else:
                hold.pop(child, None)
        return
    for child in children:
        hold.setdefault(child, 1)
    for _, child, quantity, _ in classes:
        if event.action == "A":
            hold[child] = hold.get(child, 0) + (quantity or 0)
        else:
            hold[child] = max(hold.get(child, 0), quantity or 0)
