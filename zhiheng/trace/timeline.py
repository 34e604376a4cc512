"""What happened to things, container moves included, and who holds them.

Things with the same history (the serials of a case, the cases of a pallet) are worked through once: that is
what makes the scope of a hundred thousand objects a matter of a second.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from zhiheng.trace.store import Ev, Role
from zhiheng.trace.walk import MADE_INTO, Moment, Walk, apply_children, is_class

END: Moment = (1 << 62, 0)
# CBV 2.0 section 7.1: shipping stands for staging, loading and departing together, consigning for those and
# accepting; receiving for arriving and accepting.
SHIPS = {"shipping", "departing", "consigning"}
RECEIVES = {"receiving", "arriving", "accepting"}
UNDER_WAY = {"transporting", "loading", "unloading", "sensor_reporting", "staging_outbound", "entering_exiting"}
GONE = {"retail_selling", "dispensing", "destroying", "decommissioning"}


class Step(NamedTuple):
    """One event in the life of a thing: ``via`` is the container it happened to, None when directly."""

    moment: Moment
    event: Ev
    role: str
    via: str | None


class Stay(NamedTuple):
    """A thing is inside a container (kind A) or part of an assembly (S) from one moment to another."""

    parent: str
    kind: str
    since: Moment
    until: Moment
    quantity: float


@dataclass(slots=True)
class Life:
    """The rows of things with one history. ``things`` share every event in the same role."""

    things: list[str]
    rows: list[tuple[Moment, str]]
    stays: list[Stay] = field(default_factory=list)


class Holding(NamedTuple):
    """Who has a thing. ``state``: held, in_transit, gone (sold, used up, destroyed) or unknown."""

    state: str
    party: str | None
    place: str | None
    towards: str | None
    moment: Moment | None


NOBODY = Holding("unknown", None, None, None, None)


def party(event: Ev, *, receives: bool = False) -> str | None:
    """Who has the goods by this event: the possessing party, the owning one, else where it happened."""
    listed = event.parts.destinations if receives else event.parts.sources
    parties = dict(listed)
    return (
        parties.get("possessing_party")
        or parties.get("owning_party")
        or event.location
        or event.read_point
        or parties.get("location")
        or None
    )


def towards(event: Ev) -> str | None:
    """Who a shipment is for."""
    parties = dict(event.parts.destinations)
    return parties.get("possessing_party") or parties.get("owning_party") or parties.get("location")


def place(event: Ev) -> str | None:
    """Where an event happened."""
    return event.location or event.read_point or None


class Timeline:
    """Lives of things up to the walk's time. ``load`` first, then ask."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.lives: dict[str, Life] = {}
        self._steps: dict[int, list[Step]] = {}
        self._empties: dict[tuple[str, str], list[Moment]] = {}
        self.loaded: list[Life] = []

    def load(self, things: Iterable[str]) -> list[Life]:
        """Read the lives of the things and, level by level, of the containers they were in."""
        first: list[Life] | None = None
        frontier = set(things)
        while frontier:
            lives = self._read(frontier)
            parents = {
                parent
                for life in lives
                for (_, id), role in life.rows
                if role in "cCbB" and (parent := self._event(id).parts.parent)
            }
            first = lives if first is None else first
            frontier = parents - self.lives.keys()
        for life in self.loaded:
            if not life.stays:
                life.stays = self._stays(life)
        return first or []

    def _event(self, id: int) -> Ev:
        event = self.walk._events[id]
        assert event is not None
        return event

    def _read(self, things: set[str]) -> list[Life]:
        groups: dict[object, Life] = {}
        known = self.walk.rows(things)
        void = {id for id, event in self.walk._events.items() if event is None}
        for thing in things:
            # What an event says of a thing as the lot of others, a place or a document is no move of it.
            mine = tuple(
                [((row[1], row[2]), row[3]) for row in known[thing] if row[3] not in "lgtx" and row[2] not in void]
            )
            signature: object = (thing, mine) if is_class(thing) else mine
            life = groups.get(signature)
            if life is None:
                life = groups[signature] = Life([], list(mine))
                self.loaded.append(life)
            life.things.append(thing)
            self.lives[thing] = life
            for moment, role in mine:
                if role in "zZyY":
                    self._empties.setdefault((thing, MADE_INTO[role.lower()]), []).append(moment)
        return list(groups.values())

    def _stays(self, life: Life) -> list[Stay]:
        """From packing to unpacking, or to the moment the container is emptied."""
        thing = life.things[0]
        held: dict[tuple[str, str], dict[str, float]] = {}
        since: dict[tuple[str, str], Moment] = {}
        stays: list[Stay] = []

        def close(place: tuple[str, str], until: Moment, quantity: float) -> None:
            stays.append(Stay(*place, since.pop(place), until, quantity))
            held.pop(place, None)

        for moment, role in life.rows:
            if role not in "cCbB":
                continue
            event = self._event(moment[1])
            if event.parts.parent is None or event.type not in "AS":
                continue
            where = (event.parts.parent, MADE_INTO[role.lower()])
            self._close_emptied(where, since, held, moment, close)
            hold = held.setdefault(where, {})
            # For a life shared by several serials the first one stands for all: they are in the same events.
            before = hold.get(thing, 0.0)
            apply_children(hold, event, only=thing)
            if thing in hold:
                since.setdefault(where, moment)
            elif where in since:
                close(where, moment, before)
        for where in list(since):
            self._close_emptied(where, since, held, END, close)
        for where in list(since):
            close(where, END, held[where].get(thing, 0.0))
        stays.sort(key=lambda stay: stay.since)
        return stays

    def _close_emptied(
        self,
        where: tuple[str, str],
        since: dict[tuple[str, str], Moment],
        held: dict[tuple[str, str], dict[str, float]],
        before: Moment,
        close: Callable[[tuple[str, str], Moment, float], None],
    ) -> None:
        if where in since:
            empties = self._empties.get(where, [])
            i = bisect_right(empties, since[where])
            if i < len(empties) and empties[i] < before:
                close(where, empties[i], sum(held[where].values()))

    # -- answers ------------------------------------------------------------------------------------------

    def steps(self, thing: str) -> list[Step]:
        """Everything that was done to the thing, and to what it was inside of, in order."""
        return self._steps_of(self.lives[thing], ())

    def _steps_of(self, life: Life, below: tuple[int, ...]) -> list[Step]:
        found = self._steps.get(id(life))
        if found is not None:
            return found
        steps: dict[int, Step] = {}
        for stay in life.stays:
            outer = self.lives.get(stay.parent)
            if outer is None or id(outer) in below or outer is life:  # a box inside itself: the data says so
                continue
            theirs = self._steps_of(outer, (*below, id(life)))
            begin = bisect_left(theirs, stay.since, key=lambda step: step.moment)
            end = bisect_right(theirs, stay.until, key=lambda step: step.moment)
            for step in theirs[begin:end]:
                role = step.role.lower()
                # Packing a neighbour, or unpacking one, is nothing that is done to this thing.
                if step.via is None and role in "pa" and step.event.action != "O":
                    continue
                if step.via is None and role in "zy" and step.moment != stay.until:
                    continue
                steps.setdefault(step.event.id, step._replace(via=step.via or stay.parent))
        for moment, role in life.rows:
            steps[moment[1]] = Step(moment, self._event(moment[1]), role, None)
        ordered = sorted(steps.values(), key=lambda step: step.moment)
        if not below:
            self._steps[id(life)] = ordered
        return ordered

    def holding(self, thing: str) -> Holding:
        """The last receiver, or the last party seen with it; in transit between a shipping and its receiving."""
        return holding(self.steps(thing))


def holding(steps: Iterable[Step]) -> Holding:
    """Who has a thing after these steps."""
    now = NOBODY
    for step in steps:
        event = step.event
        if event.step in SHIPS:
            now = Holding("in_transit", party(event) or now.party, place(event) or now.place, towards(event), step.moment)
        elif event.step in RECEIVES:
            now = Holding("held", party(event, receives=True), place(event), None, step.moment)
        elif event.step == "void_shipping":
            now = Holding("held", party(event) or now.party, place(event) or now.place, None, step.moment)
        elif consumes(step):
            now = Holding("gone", party(event) or now.party, place(event) or now.place, None, step.moment)
        elif now.state == "in_transit" and (event.step in UNDER_WAY or event.disposition == "in_transit"):
            continue
        elif seen := party(event):
            if now.state == "in_transit" and same_place(seen, now.party):
                continue  # a later note of the sender about what it has already sent
            now = Holding("held", seen, place(event), None, step.moment)
    return now


def consumes(step: Step) -> bool:
    """The thing is used up, sold to a consumer or ended by this step."""
    role, event = step.role.lower(), step.event
    return role == Role.INPUT or event.step in GONE or (role == Role.OBJECT and event.type == "O" and event.action == "D")


def gln(key: str | None) -> str | None:
    """The GLN in the key of a place or party; any other identifier as it is."""
    if key and key[:4] in {"414/", "417/"}:
        return key[4:17]
    return key


def same_place(one: str | None, other: str | None) -> bool:
    """Same GLN, whatever the extension."""
    return one is not None and gln(one) == gln(other)
