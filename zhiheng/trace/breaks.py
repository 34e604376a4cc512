"""Where a chain does not hold: pure rules over the steps of one thing.

The kinds, in the words of the policy's tracing task: shipped never received, received never shipped, in two
places at once, consumed before made, more out than in, party unknown, container unpacked twice. Each rule says
only what the records say; how grave it is, an officer decides.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from zhiheng.trace.store import Ev, Role
from zhiheng.trace.timeline import (
    GONE,
    RECEIVES,
    SHIPS,
    UNDER_WAY,
    Step,
    consumes,
    gln,
    party,
    place,
)
from zhiheng.trace.walk import Stay, is_class

KINDS = (
    "shipped_never_received",
    "received_never_shipped",
    "in_two_places_at_once",
    "consumed_before_made",
    "more_out_than_in",
    "party_unknown",
    "container_unpacked_twice",
)
# Recommendation 20 codes of mass and volume, in kilograms and litres: what can be weighed against each other.
MASS = {"KGM": 1.0, "GRM": 1e-3, "MGM": 1e-6, "TNE": 1e3, "LBR": 0.45359237, "ONZ": 0.028349523125}
TOLERANCE = 1e-6

Owner = Callable[[str], str]


class Break(NamedTuple):
    """``event`` is where it shows; ``other`` the event it does not agree with."""

    kind: str
    item: str
    event: Ev
    other: Ev | None = None


def of_steps(
    item: str, steps: Sequence[Step], stays: Sequence[Stay] = (), owner: Owner | None = None
) -> list[Break]:
    """Breaks in the life of one thing. ``owner`` says whose place a GLN is, so that a firm's own sites are one."""
    found = [
        Break("party_unknown", item, s.event)
        for s in steps
        if all(place.startswith("org:") for place in s.event.parts.places)
    ]
    found += _made(item, steps)
    found += _unpacked(item, steps)
    found += _transformed(item, steps)
    if is_class(item):
        found += _shipments(item, steps)
        found += _balance(item, steps, stays)
    else:
        found += _journey(item, steps, owner or (lambda place: place))
        found += _boxes(item, steps, stays)
        found += _ended_twice(item, steps)
    unique = {(b.kind, b.item, b.event.id): b for b in found}
    return sorted(unique.values(), key=lambda b: (b.event.time, b.event.id))


def _journey(item: str, steps: Sequence[Step], owner: Owner) -> list[Break]:
    """Ship, receive, and where it is meanwhile: one thing, so one place."""
    found: list[Break] = []
    sent: Ev | None = None
    received: Ev | None = None
    here: tuple[str, Ev] | None = None  # where the records say it is
    sold = False

    whose = _places_of_one(steps, owner)
    for step in steps:
        event = step.event
        where = whose(place(event))
        if event.step in SHIPS:
            where = where or whose(party(event))
            if sent is not None and whose(party(sent)) != whose(party(event)) and whose(place(sent)) != where:
                found.append(Break("shipped_never_received", item, sent, event))
                here = None
            elif sent is None and here and where and where != here[0] and _strangers(here[1], event, whose):
                found.append(Break("in_two_places_at_once", item, event, here[1]))
            sent = event if sent is None or whose(place(sent)) != where else sent
            here = None
        elif event.step in RECEIVES:
            where = where or whose(party(event, receives=True))
            again = received is not None and here is not None and here[0] == where
            back = sold or event.disposition == "returned"
            if sent is None and not again and not back:
                found.append(Break("received_never_shipped", item, event, here[1] if here else None))
            sent, received, sold = None, event, False
            here = (where, event) if where else None
        elif event.step == "void_shipping":
            here = (whose(place(sent)) or "", sent) if sent else here
            sent = None
        elif where is None or event.step in UNDER_WAY or event.disposition == "in_transit":
            continue
        else:
            if sent is not None:
                if where == whose(place(sent)):
                    found.append(Break("in_two_places_at_once", item, event, sent))
                    continue
                found.append(Break("shipped_never_received", item, sent, event))
                sent = None
            elif here is not None and where != here[0]:
                found.append(Break("in_two_places_at_once", item, event, here[1]))
            here = (where, event)
            sold = sold or event.step in GONE
    if sent is not None:
        found.append(Break("shipped_never_received", item, sent))
    return found


def _strangers(here: Ev, sent: Ev, whose: Callable[[str | None], str | None]) -> bool:
    """Does somebody else send a thing than has it? A firm sends from another gate than it keeps or makes at, so
    two places are not enough: two organisations, by the register or named as parties, are."""
    has, sends = whose(place(here)), whose(place(sent))
    if has and sends and has.startswith("org:") and sends.startswith("org:"):
        return has != sends
    named = dict(here.parts.destinations) if here.step in RECEIVES else dict(here.parts.sources)
    sender = dict(sent.parts.sources)
    has = whose(named.get("possessing_party") or named.get("owning_party"))
    sends = whose(sender.get("possessing_party") or sender.get("owning_party"))
    return bool(has and sends and has != sends)


def _places_of_one(steps: Sequence[Step], owner: Owner) -> Callable[[str | None], str | None]:
    """What counts as one place in this life: what an owner has; and what the events themselves put together,
    a read point with its location, the sender's place with the sender, the receiver's with the receiver."""
    same: dict[str, str] = {}

    def root(name: str) -> str:
        while name in same:
            name = same[name]
        return name

    def whose(where: str | None) -> str | None:
        return root(owner(gln(where) or "")) if where else None

    for step in steps:
        event = step.event
        who = party(event, receives=True) if event.step in RECEIVES else None
        who = party(event) if event.step in SHIPS else who
        names = [name for name in map(whose, (place(event), event.read_point or None, who)) if name]
        for name in names[1:]:
            if root(name) != root(names[0]):
                same[root(name)] = root(names[0])
    return whose


def _boxes(item: str, steps: Sequence[Step], stays: Sequence[Stay]) -> list[Break]:
    """Packed into a second container while still in the first."""
    events = {step.event.id: step.event for step in steps}
    found = []
    boxes = [stay for stay in stays if stay.kind == "A"]
    for i, later in enumerate(boxes):
        for earlier in boxes[:i]:
            if earlier.parent != later.parent and earlier.until > later.since and later.since[1] in events:
                nested = any(
                    s.via in {earlier.parent, later.parent} and s.role.lower() == Role.CHILD for s in steps
                )
                if not nested:
                    found.append(
                        Break(
                            "in_two_places_at_once",
                            item,
                            events[later.since[1]],
                            events.get(earlier.since[1]),
                        )
                    )
    return found


def _made(item: str, steps: Sequence[Step]) -> list[Break]:
    """Used up, sold or destroyed before it came into being."""
    made = [s for s in steps if makes(s)]
    if not made:
        return []
    first = made[0].moment
    return [
        Break("consumed_before_made", item, s.event, made[0].event)
        for s in steps
        if consumes(s) and s.moment < first
    ]


def makes(step: Step) -> bool:
    """The thing comes into being by this step."""
    role, event = step.role.lower(), step.event
    return step.via is None and (
        role == Role.OUTPUT or (role == Role.OBJECT and event.type == "O" and event.action == "A")
    )


def _ended_twice(item: str, steps: Sequence[Step]) -> list[Break]:
    """A single thing sold, dispensed or used up again without having come back."""
    found = []
    ended: Ev | None = None
    for step in steps:
        event = step.event
        if event.step in RECEIVES or makes(step):
            ended = None
        elif step.role.lower() == Role.INPUT or event.step in {"retail_selling", "dispensing"}:
            if ended is not None and event.disposition != "partially_dispensed":
                found.append(Break("more_out_than_in", item, event, ended))
            ended = event
    return found


def _unpacked(item: str, steps: Sequence[Step]) -> list[Break]:
    """Taken out of a container that it was already taken out of, or more taken out than was put in."""
    found = []
    out: dict[tuple[str, str], Ev] = {}  # (container, child) -> the event that took it out
    inside: dict[str, set[str]] = {}
    packed: set[str] = set()
    emptied: dict[str, Ev] = {}
    for step in steps:
        event, role = step.event, step.role.lower()
        parent = event.parts.parent
        if step.via is not None or event.type != "A" or parent is None or role not in "cpz":
            continue
        mine = event.parts.children if role == Role.PARENT else [item]
        mine = [child for child in mine if not is_class(child)]
        hold = inside.setdefault(parent, set())
        if role == Role.EMPTIED:
            if not hold and parent in emptied:
                found.append(Break("container_unpacked_twice", parent, event, emptied[parent]))
            out |= {(parent, child): event for child in hold}
            hold.clear()
            emptied[parent] = event
        elif event.action == "D":
            for child in mine:
                if (parent, child) in out:
                    found.append(Break("container_unpacked_twice", parent, event, out[parent, child]))
                elif role == Role.PARENT and child not in hold and parent in packed:
                    found.append(Break("more_out_than_in", parent, event))
                hold.discard(child)
                out[parent, child] = event
            if not hold and role == Role.PARENT and parent in packed:
                emptied[parent] = event
        else:
            hold.update(mine)
            if event.action == "A":
                packed.add(parent)
            emptied.pop(parent, None)
            for child in mine:
                out.pop((parent, child), None)
    return found


def _transformed(item: str, steps: Sequence[Step]) -> list[Break]:
    """A transformation that gives more, by weight, than went into it (only where every part was weighed)."""
    found = []
    for step in steps:
        parts = step.event.parts
        if step.role.lower() != Role.OUTPUT or parts.transformation or parts.inputs or parts.outputs:
            continue
        weight = {Role.INPUT: 0.0, Role.OUTPUT: 0.0}
        weighed = True
        for role, _, quantity, unit in parts.classes:
            if role in weight:
                if quantity is None or unit not in MASS:
                    weighed = False
                else:
                    weight[role] += quantity * MASS[unit]
        if weighed and 0 < weight[Role.INPUT] < weight[Role.OUTPUT] * (1 - TOLERANCE):
            found.append(Break("more_out_than_in", item, step.event))
    return found


def _shipments(item: str, steps: Sequence[Step]) -> list[Break]:
    """Shipments of a lot, each with a receipt: by destination or by a business transaction both name."""
    open_: list[Ev] = []
    found = []
    for step in steps:
        event = step.event
        if event.step in SHIPS:
            open_.append(event)
        elif event.step in RECEIVES:
            receiver = {gln(p) for p in (party(event, receives=True), place(event)) if p}
            documents = {t[1] for t in event.parts.transactions}

            def fits(sent: Ev, receiver: set[str | None] = receiver, documents: set[str] = documents) -> int:
                target = {gln(key) for _, key in sent.parts.destinations}
                if documents & {t[1] for t in sent.parts.transactions}:
                    return 3
                return 2 if target & receiver else 0 if target else 1

            best = max(open_, key=fits, default=None)
            if best is not None and fits(best):
                open_.remove(best)
            elif event.disposition != "returned":
                found.append(Break("received_never_shipped", item, event))
    return found + [Break("shipped_never_received", item, event) for event in open_]


def _balance(item: str, steps: Sequence[Step], stays: Sequence[Stay]) -> list[Break]:
    """A lot by quantity: no place gives more than it got, and no more is used up than was made."""
    found = []
    for unit in {c[3] for s in steps for c in s.event.parts.classes if c[1] == item}:
        at: dict[str, float] = {}
        got: set[str] = set()
        made = used = 0.0
        for step in steps:
            much = amount_of(item, step, stays, unit)
            if not much:
                continue
            event = step.event
            where = gln(place(event)) or gln(party(event)) or ""
            if makes(step):
                made += much
            elif consumes(step):
                used += much
                if 0 < made < used * (1 - TOLERANCE):
                    found.append(Break("more_out_than_in", item, event))
                    continue
            if event.step in SHIPS or consumes(step):
                at[where] = at.get(where, 0.0) - much
                if where in got and at[where] < -TOLERANCE * much:
                    found.append(Break("more_out_than_in", item, event))
                    at[where] = 0.0
            elif makes(step) or event.step in RECEIVES:
                if event.step in RECEIVES:
                    where = gln(party(event, receives=True)) or where
                    where = gln(place(event)) or where
                at[where] = at.get(where, 0.0) + much
                got.add(where)
    return found


def amount_of(item: str, step: Step, stays: Sequence[Stay], unit: str | None) -> float:
    """How much of a lot a step is about: stated in the event, or what its container held then."""
    if step.via is None:
        role = step.role.lower()
        return sum(
            c[2] or 0.0 for c in step.event.parts.classes if c[1] == item and c[0] == role and c[3] == unit
        )
    return sum(s.quantity for s in stays if s.parent in step.through and s.since <= step.moment < s.until)
