"""What happened to things, container moves included, and who holds them.

Things with the same history (the serials of a case, the cases of a pallet) are worked through once: that is
what makes the scope of a hundred thousand objects a matter of a second.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from zhiheng.trace.store import Ev, Role
from zhiheng.trace.walk import Life, Moment, Walk

# CBV 2.0 section 7.1: shipping stands for staging, loading and departing together, consigning for those and
# accepting; receiving for arriving and accepting.
SHIPS = {"shipping", "departing", "consigning"}
RECEIVES = {"receiving", "arriving", "accepting"}
UNDER_WAY = {
    "transporting",
    "loading",
    "unloading",
    "sensor_reporting",
    "staging_outbound",
    "entering_exiting",
}
GONE = {"retail_selling", "dispensing", "destroying", "decommissioning"}


class Step(NamedTuple):
    """One event in the life of a thing: ``via`` is the container it happened to, None when directly."""

    moment: Moment
    event: Ev
    role: str
    via: str | None
    through: tuple[str, ...] = ()  # the containers it was directly in to which this happened


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
    """Steps of things up to the walk's time. ``load`` first, then ask."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self._steps: dict[int, list[Step]] = {}

    def load(self, things: Iterable[str]) -> list[tuple[Life, list[str]]]:
        """Read the lives of the things and, level by level, of the containers they were in."""
        first = lives = self.walk.lives(set(things))
        seen: set[int] = set()
        while lives:
            self.walk.settle([life for life, _ in lives])
            seen |= {id(life) for life, _ in lives}
            parents = {stay.parent for life, _ in lives for stay in life.stays or ()}
            lives = [pair for pair in self.walk.lives(parents) if id(pair[0]) not in seen]
        return first

    def steps(self, thing: str) -> list[Step]:
        """Everything that was done to the thing, and to what it was inside of, in order."""
        return self.steps_of(self.walk.life(thing))

    def steps_of(self, life: Life, below: tuple[int, ...] = ()) -> list[Step]:
        """The steps of all things that share a life."""
        found = self._steps.get(id(life))
        if found is not None:
            return found
        steps: dict[int, Step] = {}
        for stay in life.stays or ():
            outer = self.walk.life(stay.parent)
            if id(outer) in below or outer is life:  # a box inside itself: the data says so
                continue
            theirs = self.steps_of(outer, (*below, id(life)))
            begin = bisect_left(theirs, stay.since, key=lambda step: step.moment)
            end = bisect_right(theirs, stay.until, key=lambda step: step.moment)
            for step in theirs[begin:end]:
                role = step.role.lower()
                # Packing a neighbour, or unpacking one, is nothing that is done to this thing.
                if step.via is None and role in "pa" and step.event.action != "O":
                    continue
                if step.via is None and role in "zy" and step.moment != stay.until:
                    continue
                known = steps.get(step.event.id)
                steps[step.event.id] = Step(
                    step.moment,
                    step.event,
                    known.role if known else step.role,
                    known.via if known else step.via or stay.parent,
                    (*(known.through if known else ()), stay.parent),
                )
        for moment, role in life.rows:
            # What an event says of a thing as the lot of others, a place or a document is no step of it.
            if role not in "lgtx":
                steps[moment[1]] = Step(moment, self.walk.event(moment[1]), role, None)
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
            now = Holding(
                "in_transit",
                party(event) or now.party,
                place(event) or now.place,
                towards(event),
                step.moment,
            )
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
    return (
        role == Role.INPUT
        or event.step in GONE
        or (role == Role.OBJECT and event.type == "O" and event.action == "D")
    )


def gln(key: str | None) -> str | None:
    """The GLN in the key of a place or party; any other identifier as it is."""
    if key and key[:4] in {"414/", "417/"}:
        return key[4:17]
    return key


def same_place(one: str | None, other: str | None) -> bool:
    """Same GLN, whatever the extension."""
    return one is not None and gln(one) == gln(other)
