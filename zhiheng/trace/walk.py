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

import gc
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass

from zhiheng.trace.store import Ev, Role, Store

Moment = tuple[int, int]  # time and event: the order of what happened
Sees = Callable[[list[Ev]], set[int]]  # which of these events the asker may see
Aliases = Callable[[Iterable[str]], dict[str, set[str]]]

LOGISTIC = ("00/", "8003/")
TRADE_ITEM = ("01/", "8006/", "8010/")
MADE_INTO = {"p": "A", "a": "S", "z": "A", "y": "S", "c": "A", "b": "S"}  # aggregation or association


@dataclass(slots=True, eq=False)
class Life:
    """The rows of things with one history. ``things`` share every event in the same role, so whatever is
    asked of one is answered for all: a hundred thousand serials in boxes of twenty are five thousand lives."""

    things: list[str]
    rows: list[tuple[Moment, str]]
    stays: list["Stay"] | None = None
    one: bool = False  # the things are names of a single thing


@dataclass(slots=True, frozen=True)
class Stay:
    """A thing is inside a container (kind A) or part of an assembly (S) from one moment to another."""

    parent: str
    kind: str
    since: Moment
    until: Moment
    quantity: float


def is_class(item: str) -> bool:
    """A product or a lot, which is counted; not a single thing."""
    if "/21/" in item or item.startswith("00/"):
        return False
    parts = item.split("/")
    if parts[0] == "01":
        return len(parts) == 2 or (len(parts) == 4 and parts[2] in {"10", "22"})
    return item.startswith("urn:epc:idpat:") or (parts[0] in {"8006", "8010"} and len(parts) == 2)


def is_logistic(item: str) -> bool:
    """A logistic unit or returnable asset: a container, never a good."""
    return item.startswith(LOGISTIC)


def is_trade_item(item: str) -> bool:
    """A good by its identifier, even when things are packed into it."""
    return item.startswith(TRADE_ITEM)


@contextmanager
def uncollected() -> Iterator[None]:
    """Let the garbage collector rest: a walk makes a great many things, none of which refers to itself, and the
    collector would go through all of them again and again."""
    resting = not gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not resting:
            gc.enable()


class Walk:
    """One question to the chain. Events and lives are fetched once and kept for its length."""

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
        self._lives: dict[str, Life] = {}
        self._by_history: dict[str, Life] = {}
        self._serial_lots: dict[int, dict[str, list[str]]] = {}

    # -- events and lives -----------------------------------------------------------------------------------

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

    def event(self, id: int) -> Ev:
        """An event of a life already read."""
        event = self._events[id]
        assert event is not None
        return event

    def seen_events(self) -> list[Ev]:
        """Every event read so far."""
        return [event for event in self._events.values() if event is not None]

    def lives(self, items: Iterable[str]) -> list[tuple[Life, list[str]]]:
        """The items grouped by life; rows of void and invisible events are left out."""
        items = list(items)
        lives = self._lives
        missing = [item for item in items if item not in lives]
        if missing:
            self._read(missing)
        grouped: defaultdict[Life, list[str]] = defaultdict(list)
        for item in items:
            grouped[lives[item]].append(item)
        return list(grouped.items())

    def _read(self, items: list[str]) -> None:
        found = [
            ([(int(row[:-1]), row[-1]) for row in history.split()], history, things)
            for history, things in self.store.histories(items, self.at)
        ]
        known = self.events({id for named, _, _ in found for id, _ in named})
        for named, history, things in found:
            rows = [((event.time, id), role) for id, role in named if (event := known[id]) is not None]
            single = [thing for thing in things if "/21/" in thing or not is_class(thing)]
            if single:
                life = self._by_history.setdefault(history, Life([], rows))
                life.things += single
                self._lives.update(dict.fromkeys(single, life))
            if len(single) < len(things):  # the quantities of a class are its own
                self._lives.update({thing: Life([thing], rows) for thing in set(things).difference(single)})
        for item in set(items).difference(self._lives):
            self._lives[item] = Life([item], [])
        if self.aliases is not None:
            self._join(items)

    def _join(self, items: list[str]) -> None:
        """Codes that name one thing have one life: what was told under either."""
        assert self.aliases is not None
        for item, others in self.aliases(items).items():
            if self._lives[item].one:
                continue
            if missing := [other for other in others if other not in self._lives]:
                self._read(missing)
                if self._lives[item].one:
                    continue
            names = sorted({item, *others})
            rows = sorted({row for name in names for row in self._lives[name].rows})
            joint = Life(names, rows, one=True)
            for name in names:
                self._lives[name] = joint

    def life(self, item: str) -> Life:
        """The life of one thing."""
        if item not in self._lives:
            self._read([item])
        return self._lives[item]

    def knows(self, item: str) -> bool:
        """Does any event that counts here name the thing?"""
        return bool(self.life(item).rows)

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
        return self._follow(items, self._sources)

    def destination(self, items: Iterable[str], known: Set[str] = frozenset()) -> dict[str, set[int]]:
        """Every good whose origin one of the items is part of, with the events that say so; what is ``known``
        already is neither followed nor named."""
        return self._follow(items, self._products, known)

    def _follow(
        self,
        items: Iterable[str],
        step: Callable[[set[str]], Iterable[tuple[int, list[str]]]],
        known: Set[str] = frozenset(),
    ) -> dict[str, set[int]]:
        start = self.with_aliases(items)
        seen = {*start, *known}
        found: dict[str, set[int]] = {}
        frontier = start
        while frontier:
            reached: set[str] = set()
            for event, others in step(frontier):
                for other in others:
                    if other not in start and other not in known:
                        found.setdefault(other, set()).add(event)
                        reached.add(other)
            frontier = self.with_aliases(reached - seen)
            for alias in frontier - reached - start:
                found.setdefault(alias, set())
            seen |= frontier
        return found

    def _sources(self, frontier: set[str]) -> Iterable[tuple[int, list[str]]]:
        """One level back: lots of serials, inputs of transformations."""
        made: set[int] = set()
        for life, mine in self.lives(frontier):
            for (_, id), role in life.rows:
                if role.isupper():
                    event = self.event(id)
                    for item in mine:
                        yield id, self.lots_of(event, item)
                if role in "oO":
                    made.add(id)
        for event in self._transformations(made):
            yield event.id, event.parts.inputs + [c[1] for c in event.parts.classes if c[0] == Role.INPUT]

    def _products(self, frontier: set[str]) -> Iterable[tuple[int, list[str]]]:
        """One level on: serials of lots, outputs of transformations."""
        used: set[int] = set()
        for life, mine in self.lives(frontier):
            for (_, id), role in life.rows:
                if role == Role.LOT:
                    for lot, serials in self.event(id).parts.lots:
                        if lot in mine:
                            yield id, serials
                elif role in "iI":
                    used.add(id)
        for event in self._transformations(used):
            yield event.id, event.parts.outputs + [c[1] for c in event.parts.classes if c[0] == Role.OUTPUT]

    def _transformations(self, ids: set[int]) -> list[Ev]:
        """The transformation events, and those that share a transformation ID with one of them."""
        together = {t for id in ids if (t := self.event(id).parts.transformation)}
        if together:
            ids = ids | {id for life, _ in self.lives(together) for (_, id), _ in life.rows}
        return [self.event(id) for id in sorted(ids)]

    # -- inside -----------------------------------------------------------------------------------------

    def contents(self, containers: Iterable[str], *, ever: bool = False) -> dict[str, set[str]]:
        """What is inside at the walk's time, at any depth: child -> its direct parents. ``ever``: was inside."""
        inside: dict[str, set[str]] = {}
        seen = self.with_aliases(containers)
        frontier = set(seen)
        while frontier:
            reached: set[str] = set()
            for life, parents in self.lives(frontier):
                children = self._children(life, ever)
                for child in children:
                    inside.setdefault(child, set()).update(parents)
                reached |= children
            frontier = self.with_aliases(reached - seen)
            seen |= frontier
        return inside

    def _children(self, life: Life, ever: bool) -> set[str]:
        """What a parent holds in the end (or ever held); aggregation and association apart."""
        held: dict[str, dict[str, float]] = {"A": {}, "S": {}}
        all_time: set[str] = set()
        for (_, id), role in life.rows:
            if role not in "pPaAzZyY":
                continue
            hold = held[MADE_INTO[role.lower()]]
            if role in "zZyY":
                hold.clear()
                continue
            apply_children(hold, self.event(id))
            all_time.update(hold)
        return all_time if ever else {*held["A"], *held["S"]}

    def containers(self, items: Iterable[str]) -> dict[str, set[str]]:
        """What holds the items at the walk's time, at any height: child -> its direct parents."""
        holds: dict[str, set[str]] = {}
        seen = self.with_aliases(items)
        frontier = set(seen)
        while frontier:
            lives = self.lives(frontier)
            self.settle([life for life, _ in lives])
            reached: set[str] = set()
            for life, mine in lives:
                parents = {stay.parent for stay in life.stays or () if stay.until == END}
                if parents:
                    for item in mine:
                        holds[item] = parents
                    reached |= parents
            frontier = self.with_aliases(reached - seen)
            seen |= frontier
        return holds

    def settle(self, lives: Iterable[Life]) -> None:
        """Find the stays of these lives: from packing to unpacking, or until the container is emptied."""
        todo = [life for life in lives if life.stays is None]
        parents = {
            parent
            for life in todo
            for (_, id), role in life.rows
            if role in "cCbB" and (parent := self.event(id).parts.parent)
        }
        self.lives(parents)
        for life in todo:
            life.stays = self._stays(life)

    def _stays(self, life: Life) -> list[Stay]:
        # The first stands for all that share the life: they are in the same events. Names of one thing do not.
        names = frozenset(life.things if life.one else life.things[:1])
        held: dict[tuple[str, str], dict[str, float]] = {}
        since: dict[tuple[str, str], Moment] = {}
        stays: list[Stay] = []

        def close(where: tuple[str, str], until: Moment, quantity: float) -> None:
            stays.append(Stay(*where, since.pop(where), until, quantity))
            held.pop(where, None)

        def close_emptied(where: tuple[str, str], before: Moment) -> None:
            if where in since:
                mark = "zZ" if where[1] == "A" else "yY"
                for moment, role in self._lives[where[0]].rows:
                    if role in mark and since[where] < moment < before:
                        close(where, moment, sum(held[where].values()))
                        return

        for moment, role in life.rows:
            if role not in "cCbB":
                continue
            event = self.event(moment[1])
            if event.parts.parent is None:
                continue
            where = (event.parts.parent, MADE_INTO[role.lower()])
            close_emptied(where, moment)
            hold = held.setdefault(where, {})
            before = sum(hold.values())
            apply_children(hold, event, only=names)
            if hold:
                since.setdefault(where, moment)
            elif where in since:
                close(where, moment, before)
        for where in list(since):
            close_emptied(where, END)
        for where in list(since):
            close(where, END, sum(held[where].values()))
        stays.sort(key=lambda stay: stay.since)
        return stays


END: Moment = (1 << 62, 0)


def apply_children(hold: dict[str, float], event: Ev, only: Set[str] | None = None) -> None:
    """Let one aggregation or association event change what a parent holds.

    OBSERVE says that the children are there, so it adds those not yet known. A class is held by quantity:
    taking out less than is there leaves the rest.
    """
    children = event.parts.children
    if only is not None:  # one thing, or the few names of one
        children = [c for c in only if c in children]
    classes = [c for c in event.parts.classes if c[0] == Role.CHILD and (only is None or c[1] in only)]
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
