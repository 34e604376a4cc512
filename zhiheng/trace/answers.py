"""What the platform answers about a product: its trace and its scope, as plain data with canonical identifiers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from zhiheng.core.accounts.models import User
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Alias
from zhiheng.core.registry.queries import aliases_of
from zhiheng.knowledge.codes.identify import identify
from zhiheng.trace import breaks as rules
from zhiheng.trace.breaks import Break
from zhiheng.trace.epcis.times import since_epoch
from zhiheng.trace.parties import Directory
from zhiheng.trace.store import Role, key, store, uri
from zhiheng.trace.store.base import GS1
from zhiheng.trace.timeline import (
    RECEIVES,
    SHIPS,
    Holding,
    Step,
    Timeline,
    consumes,
    gln,
    holding,
    party,
    place,
    towards,
)
from zhiheng.trace.visibility import sees
from zhiheng.trace.walk import (
    LOGISTIC,
    TRADE_ITEM,
    Aliases,
    Life,
    Sees,
    Walk,
    is_class,
    is_logistic,
    is_trade_item,
    uncollected,
)

MEMBERS = 5_000  # serials of a lot whose steps are listed one by one
JUDGED = 20_000  # things of a chain that are searched for breaks
FEW_ALIASES = 20_000
PRODUCT = 200_000  # lots and serials of one product
UNKNOWN = {
    "message": "This is no identifier that we know.",
    "remedy": "Scan the code, or type a GTIN with lot or serial, an SSCC, an EPC or a Digital Link.",
}
TYPE_NAMES = {
    "O": "ObjectEvent",
    "A": "AggregationEvent",
    "T": "TransactionEvent",
    "X": "TransformationEvent",
    "S": "AssociationEvent",
}
ACTION_NAMES = {"A": "ADD", "O": "OBSERVE", "D": "DELETE", "": None}


def resolve(code: str) -> str:
    """The canonical identifier of whatever a person scanned or typed.

    Raises Problem ``bad_code`` when it is not an identifier that a trace can start from.
    """
    found = identify(code)
    if not found.canonical or found.errors:
        first = found.errors[0] if found.errors else UNKNOWN
        raise Problem("bad_code", f"{code!r}: {first['message']}", status=422, remedy=first["remedy"])
    return found.canonical


def moment(at: datetime | None) -> int | None:
    """Microseconds since 1970 UTC."""
    return None if at is None else since_epoch(at)


def written(microseconds: int) -> str:
    """A moment as ISO 8601 in UTC."""
    return (
        datetime.fromtimestamp(microseconds / 1e6, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )


@dataclass
class Chain:
    """A trace before it is written down; the pages draw it, ``trace`` writes it."""

    item: str
    walk: Walk
    timeline: Timeline
    members: list[str]
    contents: dict[str, set[str]]
    containers: dict[str, set[str]]
    origin: dict[str, set[int]]
    destination: dict[str, set[int]]
    breaks: list[Break]
    directory: Directory
    truncated: bool

    def steps(self) -> list[tuple[str, Step]]:
        """Steps of the thing and, for a lot, of its serials, in order; each event once."""
        first: dict[int, tuple[str, Step]] = {}
        for thing in [self.item, *self.members]:
            for step in self.timeline.steps(thing):
                first.setdefault(step.event.id, (thing, step))
        return sorted(first.values(), key=lambda pair: pair[1].moment)


@uncollected()
def chain(code: str, *, at: datetime | None = None, user: User | None = None) -> Chain:
    """Walk the whole chain of a code. Raises Problem ``bad_code`` or ``not_found``."""
    item = key(resolve(code))
    directory = Directory()
    may_see = sees(user, directory)
    walk = Walk(store(), at=moment(at), sees=may_see, aliases=alias_keys())
    known = {item, *walk.with_aliases([item])}
    product: list[str] = []
    if not any(walk.knows(one) for one in known):
        product = _product_class(walk, item)
        if not product:
            raise Problem(
                "not_found",
                f"No event that you may see names {uri(item)}.",
                status=404,
                remedy="Check the code; or the events of this product have not been captured yet.",
            )
        members = product
    else:
        members = [r for r in _members(walk, known) if r != item]
    contents = walk.contents([item], ever=at is None)
    start = {item} if is_good(walk, item) else {g for g in contents if is_good(walk, g)}
    if product:
        start = set(product)
    origin = walk.origin(start)
    destination = walk.destination(start)
    truncated = len(members) > MEMBERS
    timeline = Timeline(walk)
    timeline.load({item, *members[:MEMBERS]})
    if not is_good(walk, item):
        origin = {**{g: set() for g in start}, **origin}
    things = list(dict.fromkeys([item, *members, *sorted(contents), *sorted(origin), *sorted(destination)]))
    found = visible_breaks(find_breaks(things[:JUDGED], directory), may_see)
    limit = moment(at)
    return Chain(
        item=item,
        walk=walk,
        timeline=timeline,
        members=members[:MEMBERS],
        contents=contents if at is not None else walk.contents([item]),
        containers=walk.containers([item]),
        origin=origin,
        destination=destination,
        breaks=[b for b in found if limit is None or b.event.time <= limit],
        directory=directory,
        truncated=truncated or len(things) > JUDGED,
    )


def trace(code: str, *, at: datetime | None = None, user: User | None = None) -> dict[str, Any]:
    """Where a thing came from, where it went, who has it, who answers for each step, and where the chain breaks."""
    found = chain(code, at=at, user=user)
    steps = found.steps()
    found.directory.load({p for _, s in steps for p in s.event.parts.places})
    last = [s for _, s in steps] if is_class(found.item) else found.timeline.steps(found.item)
    return {
        "item": uri(found.item),
        "at": written(moment(at) or 0) if at else None,
        "kind": "class"
        if is_class(found.item)
        else "container"
        if not is_good(found.walk, found.item)
        else "instance",
        "origin": sorted(uri(i) for i in found.origin),
        "destination": sorted(uri(i) for i in found.destination),
        "contents": sorted(uri(i) for i in found.contents),
        "containers": sorted({uri(p) for parents in found.containers.values() for p in parents}),
        "steps": [step_of(thing, step, found.directory) for thing, step in steps],
        "holder": holder_of(holding(last), found.directory),
        "breaks": [break_of(b) for b in found.breaks],
        "truncated": found.truncated,
    }


@uncollected()
def scope(code: str, *, at: datetime | None = None, user: User | None = None) -> dict[str, Any]:
    """Everything that a recall of the code has to reach at a time: goods, what they are in, and who has them."""
    item = key(resolve(code))
    directory = Directory()
    walk = Walk(store(), at=moment(at), sees=sees(user, directory), aliases=alias_keys())
    base = walk.with_aliases([item])
    named = [*_members(walk, base), *_product_class(walk, item)]
    base = walk.with_aliases(base.union(named))
    # Things with one life hold the same, became the same and are in the same: one of each is asked for all.
    if not walk.knows(item):
        base.discard(item)
    # Sorted here, while most are nearly in order: then so is all that is sorted below.
    lives = walk.lives(sorted(dict.fromkeys([*named, *base])))
    some = [mine[0] for _, mine in lives]
    inside = walk.contents([*some, item])
    derived = walk.destination({*some, *inside}, known=base)
    lives += walk.lives({*inside, *derived} - base)
    groups = []
    for life, mine in lives:
        packed = any(role in "pPzZ" for _, role in life.rows)
        # The tests of is_logistic and is_trade_item: a hundred thousand calls are a tenth of the answer.
        goods = [m for m in mine if m.startswith(TRADE_ITEM) or not (packed or m.startswith(LOGISTIC))]
        if goods:
            groups.append((life, goods))
    if not groups and not walk.knows(item):
        raise Problem(
            "not_found",
            f"No event that you may see names {uri(item)}.",
            status=404,
            remedy="Check the code, or the time asked for.",
        )
    some = [mine[0] for _, mine in groups]
    containers = {parent for parents in walk.containers(some).values() for parent in parents}
    timeline = Timeline(walk)
    timeline.load(some)
    return {
        "item": uri(item),
        "at": written(moment(at) or 0) if at else None,
        "items": uris([one for _, mine in groups for one in mine]),
        "containers": uris(containers),
        "holders": _holders(groups, timeline, directory),
    }


def _holders(
    lives: list[tuple[Life, list[str]]], timeline: Timeline, directory: Directory
) -> list[dict[str, Any]]:
    """Who has how much where; things with one life are asked once."""
    groups: dict[tuple[str, str | None, str | None, str | None], dict[str, Any]] = {}

    def group(state: str, who: str | None, where: str | None, to: str | None) -> dict[str, Any]:
        return groups.setdefault((state, who, where, to), {"count": 0, "quantities": [], "items": []})

    for life, mine in lives:
        steps = timeline.steps_of(life)
        if is_class(mine[0]) and (stock := stock_of(mine[0], steps, life)):
            for (state, who, where, to, unit), amount in stock.items():
                held = group(state, who, where, to)
                held["quantities"].append({"class": uri(mine[0]), "quantity": amount, "uom": unit})
                held["items"].append(mine[0])
            continue
        now = holding(steps)
        held = group(now.state, now.party, now.place, now.towards)
        held["count"] += 1 if life.one else len(mine)
        held["items"] += mine
    directory.load({k for state, who, where, to in groups for k in (who, where, to) if k})
    answer = []
    for (state, who, where, to), held in groups.items():
        answer.append(
            {
                "state": state,
                "party": uri(who) if who else None,
                "place": uri(where) if where else None,
                "towards": uri(to) if to else None,
                "organisation": directory.organisation(who or where),
                "count": held["count"],
                "quantities": held["quantities"],
                "items": uris(held["items"]),
            }
        )
    return sorted(answer, key=lambda h: (-h["count"], h["party"] or "", h["state"]))


Stock = dict[tuple[str, str | None, str | None, str | None, str | None], float]


def stock_of(item: str, steps: list[Step], life: Life) -> Stock:
    """How much of a counted class is where: (state, party, place, towards, unit) -> quantity. Empty when no
    event states a quantity."""
    stock: Stock = {}
    units = {c[3] for s in steps for c in s.event.parts.classes if c[1] == item and c[2] is not None}
    for unit in units:
        at: dict[str, tuple[float, str | None, str | None]] = {}  # place -> amount, party, place key
        way: list[tuple[float, Step]] = []
        for step in steps:
            amount = rules.amount_of(item, step, life.stays or (), unit)
            if not amount:
                continue
            event = step.event
            receives = event.step in RECEIVES
            who, where = party(event, receives=receives), place(event)
            spot = gln(where or who) or ""
            if event.step in SHIPS:
                have = at.get(spot, (0.0, who, where))[0]
                at[spot] = (max(have - amount, 0.0), who, where)
                way.append((amount, step))
            elif receives:
                left = amount
                for i, (on_way, sent) in enumerate(way):
                    target = towards(sent.event)
                    if target is None or gln(target) in {gln(who), gln(where)}:
                        taken = min(on_way, left)
                        way[i] = (on_way - taken, sent)
                        left -= taken
                at[spot] = (at.get(spot, (0.0, None, None))[0] + amount, who, where)
            elif rules.makes(step):
                at[spot] = (at.get(spot, (0.0, None, None))[0] + amount, who, where)
            elif consumes(step):
                at[spot] = (max(at.get(spot, (0.0, None, None))[0] - amount, 0.0), who, where)
            elif (
                spot and spot not in at and not any(v[0] for v in at.values()) and not any(a for a, _ in way)
            ):
                at[spot] = (amount, who, where)  # seen there for the first time, and nowhere before
        for amount, who, where in at.values():
            if amount > 1e-9:
                stock["held", who, where, None, unit] = (
                    stock.get(("held", who, where, None, unit), 0.0) + amount
                )
        for amount, sent in way:
            if amount > 1e-9:
                k = ("in_transit", party(sent.event), place(sent.event), towards(sent.event), unit)
                stock[k] = stock.get(k, 0.0) + amount
    return stock


def find_breaks(things: Iterable[str], directory: Directory) -> list[Break]:
    """Breaks in the lives of things, judged by all that is known: also by what happened later, and by what not
    everybody may see, for a receipt that somebody else told of is a receipt."""
    walk = Walk(store(), aliases=alias_keys())
    timeline = Timeline(walk)
    lives = timeline.load(things)
    directory.load({p for event in walk.seen_events() for p in event.parts.places})
    found: dict[tuple[str, str, int], Break] = {}
    for life, mine in lives:
        for one in rules.of_steps(mine[0], timeline.steps_of(life), life.stays or (), directory.owner):
            for thing in mine[:1] if life.one else mine:
                b = one._replace(item=thing) if one.item == mine[0] else one
                found[b.kind, b.item, b.event.id] = b
    return sorted(found.values(), key=lambda b: (b.event.time, b.event.id, b.item))


def visible_breaks(found: list[Break], may_see: Sees | None) -> list[Break]:
    """Those that show at an event that the asker may see; another event is named only when it may be seen too."""
    if may_see is None:
        return found
    allowed = may_see([event for b in found for event in (b.event, b.other) if event is not None])
    return [
        b if b.other is None or b.other.id in allowed else b._replace(other=None)
        for b in found
        if b.event.id in allowed
    ]


def is_good(walk: Walk, item: str) -> bool:
    """A good; not a logistic unit, nor a thing of another scheme that others are packed into."""
    if is_logistic(item):
        return False
    if is_trade_item(item):
        return True
    return not any(role in "pPzZ" for _, role in walk.life(item).rows)


def alias_keys() -> Aliases | None:
    """Other keys of the same things, from the registry's alias table; None when nothing has an alias."""
    if not Alias.objects.exists():
        return None
    if Alias.objects.count() > FEW_ALIASES:

        def ask(items: Iterable[str]) -> dict[str, set[str]]:
            by_uri = {uri(item): item for item in items}
            return {by_uri[u]: {key(other) for other in others} for u, others in aliases_of(by_uri).items()}

        return ask
    # A short table is read once; a walk over a hundred thousand things then asks a dictionary.
    same = {key(u): {key(o) for o in others} for u, others in aliases_of(_aliased()).items()}
    return lambda items: {item: same[item] for item in same.keys() & set(items)}


def _aliased() -> set[str]:
    return {code for pair in Alias.objects.values_list("code_a", "code_b") for code in pair}


def _members(walk: Walk, lots: Iterable[str]) -> list[str]:
    """The serials of lots."""
    found: dict[str, None] = {}
    for life, mine in walk.lives(lots):
        for (_, id), role in life.rows:
            if role == Role.LOT:
                for lot, serials in walk.event(id).parts.lots:
                    if lot in mine:
                        found.update(dict.fromkeys(serials))
    return list(found)


def _product_class(walk: Walk, item: str) -> list[str]:
    """For a bare GTIN: its lots and serials that the asker may see."""
    if not item.startswith("01/") or item.count("/") != 1:
        return []
    return [one for one in walk.store.under(item + "/", PRODUCT) if walk.knows(one)]


def uris(items: Iterable[str]) -> list[str]:
    """Canonical identifiers, sorted."""
    return [GS1 + item if item[0].isdigit() else item for item in sorted(items)]


# -- as plain data ----------------------------------------------------------------------------------------


def step_of(thing: str, step: Step, directory: Directory) -> dict[str, Any]:
    """One step with the organisation and the person who answer for it."""
    event = step.event
    receives = event.step in RECEIVES
    who = party(event, receives=receives)
    amount = [
        {"class": uri(c[1]), "quantity": c[2], "uom": c[3]}
        for c in event.parts.classes
        if c[2] is not None and c[1] == thing
    ]
    return {
        "time": written(event.time),
        "event": event.event_id,
        "type": TYPE_NAMES[event.type],
        "action": ACTION_NAMES[event.action],
        "step": event.step or None,
        "disposition": event.disposition or None,
        "item": uri(thing),
        "via": uri(step.via) if step.via else None,
        "place": uri(place(event) or "") or None,
        "party": uri(who) if who else None,
        "sources": [{"type": kind, "id": uri(one)} for kind, one in event.parts.sources],
        "destinations": [{"type": kind, "id": uri(one)} for kind, one in event.parts.destinations],
        "documents": [{"type": kind or None, "id": uri(one)} for kind, one in event.parts.transactions],
        "quantities": amount,
        "organisation": directory.organisation(who or place(event)),
        "responsible": directory.responsible(who or place(event), event.time),
    }


def holder_of(now: Holding, directory: Directory) -> dict[str, Any]:
    """Who has it."""
    return {
        "state": now.state,
        "party": uri(now.party) if now.party else None,
        "place": uri(now.place) if now.place else None,
        "towards": uri(now.towards) if now.towards else None,
        "since": written(now.moment[0]) if now.moment else None,
        "organisation": directory.organisation(now.party or now.place),
    }


def break_of(found: Break) -> dict[str, Any]:
    """One break: what, of which thing, and the event where it shows."""
    return {
        "kind": found.kind,
        "item": uri(found.item),
        "event": found.event.event_id,
        "time": written(found.event.time),
        "place": uri(place(found.event) or "") or None,
        "other": found.other.event_id if found.other else None,
    }
