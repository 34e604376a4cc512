"""The chain as an officer looks at it: nodes and edges, collapsed until one page can hold them.

Two ways to look: by goods (what was made from what: item, lot, product, level) and by where they went
(organisation, city). Either way a node stands for a set of *units*, and can be opened into finer ones: a unit is
a good, or a good at one organisation. What is drawn is bounded whatever the size of the chain.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2s
from itertools import pairwise
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.core.registry.queries import products
from zhiheng.core.ui.charts import city_name
from zhiheng.trace import words
from zhiheng.trace.answers import Chain, stock_of
from zhiheng.trace.store import Ev, Role, uri
from zhiheng.trace.timeline import RECEIVES, SHIPS, Life, holding, party, place, towards
from zhiheng.trace.walk import Walk, is_class, is_logistic

GROUPS: dict[str, Promise] = {
    "item": gettext_lazy("逐件"),
    "lot": gettext_lazy("批次"),
    "product": gettext_lazy("产品"),
    "level": gettext_lazy("层级"),
    "organisation": gettext_lazy("主体"),
    "city": gettext_lazy("城市"),
}
PLACES = ("organisation", "city")
LOOSE = 60  # goods that are still drawn one by one
TALL = 12  # boxes above one another
FEW = 3  # groups that say too little
WANTED = 24  # groups that a choice made by us stays below
DRAWN = 36  # nodes drawn at most, opened ones included
OPENED = 24  # parts of an opened group
EDGES = 60
BANDS = 9
FOLLOWED = 20_000  # goods whose journeys are followed
TICKS = 120  # stops of the time slider

Unit = tuple[str, str]  # a good, and the organisation it is at ("" where that is not asked)


class Visit(NamedTuple):
    """A good is seen at an organisation. ``expected``: sent there, and not yet received."""

    owner: str
    city: str
    time: int
    expected: bool


@dataclass(frozen=True)
class Edge:
    """Between two drawn nodes. ``kind``: made, belongs, inside, moved or sent; ``count``: how many goods."""

    source: str
    target: str
    kind: str
    count: int


@dataclass
class Node:
    """What is drawn as one box."""

    id: str
    label: str
    sub: str
    count: int  # goods
    column: int
    band: str
    items: list[str]
    opens: bool = False  # it stands for several, and can be opened
    rest: bool = False  # the small ones together
    focus: bool = False
    expected: bool = False
    breaks: Counter[str] = field(default_factory=Counter)
    units: list[Unit] = field(default_factory=list, repr=False)
    x: int = 0
    y: int = 0


@dataclass
class Graph:
    """What is drawn, and how it was collapsed."""

    group: str
    nodes: list[Node]
    edges: list[Edge]
    bands: dict[str, str]  # key -> name, from top to bottom
    goods: int
    hidden_edges: int
    automatic: bool

    @cached_property
    def by_id(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}


class Flow(NamedTuple):
    """One event (or several of one transformation): what went in, what came out."""

    kind: str
    sources: list[str]
    targets: list[str]
    where: str  # who did it


class Explorer:
    """A chain made ready to be looked at: levels, journeys, cities, times."""

    def __init__(self, chain: Chain) -> None:
        self.chain, self.walk, self.directory = chain, chain.walk, chain.directory
        self.goods = list(dict.fromkeys([chain.item, *chain.members, *chain.origin, *chain.destination]))
        if len(self.goods) > 1 and _is_product(chain.item) and not self.walk.knows(chain.item):
            self.goods.remove(chain.item)  # a product is not itself a good: its lots and serials are
        self.timeline = chain.timeline
        # One pair for all goods that share a life: (life, those of it that belong to this chain).
        self.lives = self.timeline.load(self.goods[:FOLLOWED])
        self.directory.load({p for event in self.walk.seen_events() for p in event.parts.places})
        self.names: dict[str, str] = {}
        self.lots: dict[str, str] = {}
        self.flows = self._flows()
        self.level = self._levels()

    # -- what was made from what ------------------------------------------------------------------------------

    def _flows(self) -> list[Flow]:
        known = set(self.goods)
        ids = {
            id
            for links in (self.chain.origin, self.chain.destination)
            for found in links.values()
            for id in found
        }
        flows: list[Flow] = []
        together: dict[str, tuple[list[str], list[str], Ev]] = {}
        shared = {t for id in ids if (t := self.walk.event(id).parts.transformation)}
        # What went in may stand in another event of the same transformation.
        ids |= {moment[1] for life, _same in self.walk.lives(shared) for moment, _role in life.rows}
        for id in sorted(ids):
            event = self.walk.event(id)
            parts = event.parts
            for lot, serials in parts.lots:
                mine = [one for one in serials if one in known]
                for one in mine:
                    self.lots.setdefault(one, lot)
                if lot in known and mine:
                    flows.append(Flow("belongs", [lot], mine, self._owner(event)))
            if event.type == "X":
                ins = [
                    i
                    for i in [*parts.inputs, *(c[1] for c in parts.classes if c[0] == Role.INPUT)]
                    if i in known
                ]
                outs = [
                    o
                    for o in [*parts.outputs, *(c[1] for c in parts.classes if c[0] == Role.OUTPUT)]
                    if o in known
                ]
                if parts.transformation:
                    both = together.setdefault(parts.transformation, ([], [], event))
                    both[0].extend(ins)
                    both[1].extend(outs)
                elif ins and outs:
                    flows.append(Flow("made", ins, outs, self._owner(event)))
        flows += [
            Flow("made", ins, outs, self._owner(e)) for ins, outs, e in together.values() if ins and outs
        ]
        holds = is_logistic(self.chain.item) or self.chain.contents
        # What a container held has no event that made it from the container.
        if holds and (inside := [one for one, found in self.chain.origin.items() if not found]):
            flows.append(Flow("inside", inside, [self.chain.item], ""))
        aliases = self.walk.aliases(self.goods) if self.walk.aliases is not None else {}
        for one, others in aliases.items():
            if same := [other for other in others if other in known and one < other]:
                flows.append(Flow("same", [one], same, ""))
        return flows

    def _levels(self) -> dict[str, int]:
        """Steps from the thing asked for: sources below zero, what came of it above."""
        into: dict[str, list[int]] = defaultdict(list)
        out: dict[str, list[int]] = defaultdict(list)
        same: dict[str, list[str]] = defaultdict(list)
        for number, flow in enumerate(self.flows):
            if flow.kind == "same":
                for target in flow.targets:
                    same[flow.sources[0]].append(target)
                    same[target].append(flow.sources[0])
                continue
            for one in flow.targets:
                into[one].append(number)
            for one in flow.sources:
                out[one].append(number)
        chain = self.chain
        start = [one for one in self.goods if one not in chain.origin and one not in chain.destination]
        start = start or [chain.item]
        level = dict.fromkeys(start, 0)
        for sign, index in ((-1, into), (1, out)):
            frontier, done, distance = list(start), set(), 0
            while frontier:
                for one in frontier:  # grows while it is walked: other codes of the same thing
                    for other in same[one]:
                        if other not in level:
                            level[other] = level[one]
                            frontier.append(other)
                distance += sign
                reached: list[str] = []
                for number in dict.fromkeys(number for one in frontier for number in index[one]):
                    if number in done:
                        continue
                    done.add(number)
                    flow = self.flows[number]
                    for other in flow.sources if sign < 0 else flow.targets:
                        if other not in level:
                            level[other] = distance
                            reached.append(other)
                frontier = reached
        for one in self.goods:
            level.setdefault(one, -1 if one in chain.origin else 1 if one in chain.destination else 0)
        return level

    # -- where they went ----------------------------------------------------------------------------------------

    def _owner(self, event: Ev) -> str:
        return self._who(party(event, receives=event.step in RECEIVES) or place(event))

    def _who(self, where: str | None) -> str:
        """The organisation of a place, by a key that all of its places share; its name is remembered."""
        if not where:
            return ""
        owner = self.directory.owner(where)
        if owner not in self.names:
            found = self.directory.organisation(where)
            self.names[owner] = (found or {}).get("name") or (
                f"GLN {owner}" if owner.isdigit() else uri(owner)
            )
        return owner

    def _city(self, *places: str | None) -> str:
        for where in places:
            found = self.directory.place(where) if where else None
            if found and found.region:
                return f"{found.region[:4]}00"
        return ""

    @cached_property
    def journeys(self) -> dict[int, list[Visit]]:
        """By life: the organisations it was at, in order, each once for a stay."""
        return {id(life): self._journey(life) for life, _things in self.lives}

    def _journey(self, life: Life) -> list[Visit]:
        visits: list[Visit] = []
        pending: Ev | None = None
        for step in self.timeline.steps_of(life):
            event = step.event
            where = party(event, receives=event.step in RECEIVES) or place(event)
            owner = self._who(where)
            if owner and (not visits or visits[-1].owner != owner):
                visits.append(Visit(owner, self._city(place(event), where), event.time, False))
                pending = None
            elif event.step in RECEIVES:
                pending = None
            if event.step in SHIPS:
                pending = event
            elif event.step == "void_shipping":
                pending = None
        if pending is not None and (to := towards(pending)):
            owner = self._who(to)
            if owner and (not visits or owner != visits[-1].owner):
                visits.append(Visit(owner, self._city(to), pending.time, True))
        return visits

    @cached_property
    def cities_now(self) -> dict[str, int]:
        """How many of the goods asked for, and of what came of them, are in each city now (held, not gone)."""
        counts: Counter[str] = Counter()
        for life, things in self.lives:
            mine = [one for one in things if self.level[one] >= 0 or is_logistic(self.chain.item)]
            if not mine:
                continue
            steps = self.timeline.steps_of(life)
            if is_class(mine[0]) and (stock := stock_of(mine[0], steps, life)):
                counts.update({self._city(where, who) for state, who, where, *_ in stock if state == "held"})
                continue
            now = holding(steps)
            if now.state == "held":
                counts[self._city(now.place, now.party)] += len(mine)
        counts.pop("", None)
        return dict(counts)

    @cached_property
    def cities_passed(self) -> dict[str, int]:
        """How many of the goods of the chain were ever in each city."""
        counts: Counter[str] = Counter()
        for life, things in self.lives:
            for city in {v.city for v in self.journeys[id(life)] if v.city and not v.expected}:
                counts[city] += len(things)
        return dict(counts)

    @cached_property
    def hands(self) -> list[str]:
        """The organisations that had any of the goods, in the order in which they first did."""
        first: dict[str, int] = {}
        for visits in self.journeys.values():
            for visit in visits:
                if not visit.expected:
                    first[visit.owner] = min(visit.time, first.get(visit.owner, visit.time))
        return [self.names[owner] for owner in sorted(first, key=lambda one: (first[one], one))]

    @cached_property
    def ticks(self) -> list[int]:
        """The moments at which something happened to the goods, later ones than the time asked for included."""
        lives = self.lives
        if self.walk.at is not None:
            lives = Walk(self.walk.store, sees=self.walk.sees).lives(self.goods[:FOLLOWED])
        times = sorted({moment[0] for life, _things in lives for moment, _role in life.rows})
        if len(times) <= TICKS:
            return times
        return [times[round(i * (len(times) - 1) / (TICKS - 1))] for i in range(TICKS)]

    # -- collapsing ---------------------------------------------------------------------------------------------

    def graph(self, group: str = "", opened: Iterable[str] = ()) -> Graph:
        """Collapse by what was chosen, or by the finest way that stays readable; open what was asked for."""
        chosen = group if group in GROUPS else self.automatic()
        return _Collapse(self, chosen, set(opened), automatic=group not in GROUPS).graph()

    def automatic(self) -> str:
        """The finest grouping that a page can hold and that shows something; for a lone item, its way."""
        travelled = any(len(visits) > 1 for visits in self.journeys.values())
        if len(self.goods) <= 2:
            return "organisation" if travelled else "item"
        tallest = max(Counter(self.level.values()).values())
        if len(self.goods) <= LOOSE and tallest <= TALL:
            return "item"
        sizes: dict[str, int] = {}
        for group in ("lot", "product", "organisation", "city", "level"):
            top = _Collapse(self, group, set()).top()
            sizes[group] = len(top)
            tallest = max(Counter(self.level[units[0][0]] for units in top.values()).values(), default=0)
            if FEW < len(top) <= WANTED and (group in PLACES or tallest <= TALL):
                return group
        return max((size, group) for group, size in sizes.items() if size <= WANTED or group == "level")[1]

    @cached_property
    def makers(self) -> dict[str, str]:
        """Who made each good, or was the first to record it."""
        found: dict[str, str] = {}
        for life, things in self.lives:
            visits = self.journeys[id(life)]
            found.update(dict.fromkeys(things, visits[0].owner if visits else ""))
        # A lot that is only named as the lot of serials was made where they were.
        for flow in self.flows:
            for one in (*flow.sources, *flow.targets) if flow.kind == "belongs" else flow.targets:
                if not found.get(one):
                    found[one] = flow.where
        return found

    def lot_of(self, item: str) -> str:
        """The lot of a serial; a lot is its own; else the product."""
        if item in self.lots:
            return self.lots[item]
        return item if is_class(item) else product_of(item)


class _Collapse:
    """One way of putting the units of an explorer into boxes."""

    def __init__(self, explorer: Explorer, group: str, opened: set[str], automatic: bool = True) -> None:
        self.explorer, self.group, self.opened, self.automatic = explorer, group, opened, automatic
        self.places = group in PLACES
        self.visits: dict[Unit, Visit] = {}
        if self.places:
            for life, things in explorer.lives:
                for visit in explorer.journeys[id(life)]:
                    for thing in things:
                        self.visits.setdefault((thing, visit.owner), visit)
            self.units = list(self.visits)
        else:
            self.units = [(one, "") for one in explorer.goods]

    def path(self, unit: Unit) -> tuple[tuple[Any, ...], ...]:
        """Where a unit belongs, from coarse to fine. Each part is (kind, value, …)."""
        item, owner = unit
        e = self.explorer
        lot = ("lot", e.lot_of(item))
        one = ("item", item)
        if self.group == "city":
            return ("city", self.visits[unit].city), ("organisation", owner), lot, one
        if self.group == "organisation":
            return ("organisation", owner), lot, one
        level = e.level[item]
        if self.group == "level":
            return ("level", level), (*lot, level), one
        if self.group == "product":
            maker = e.makers.get(item, "")
            return ("product", product_of(item), level, maker), (*lot, level, maker), one
        if self.group == "lot":
            return (*lot, level, e.makers.get(item, "")), one
        return (one,)

    def top(self) -> dict[tuple[Any, ...], list[Unit]]:
        """The groups when nothing is opened."""
        found: dict[tuple[Any, ...], list[Unit]] = defaultdict(list)
        for unit in self.units:
            found[self.path(unit)[:1]].append(unit)
        return found

    def boxes(self) -> dict[tuple[Any, ...], list[Unit]]:
        """The groups to draw: opened ones replaced by their parts, the smallest put together."""
        boxes = self._few(self.top(), DRAWN)
        while again := [
            key for key, units in boxes.items() if identifier(key) in self.opened and len(units) > 1
        ]:
            for key in again:
                self.opened.discard(identifier(key))
                parts = self._parts(key, boxes[key])
                room = DRAWN + OPENED - len(boxes)
                if len(parts) > 1 and room > 1:
                    del boxes[key]
                    boxes.update(self._few(parts, min(OPENED, room)))
        return boxes

    def _parts(self, key: tuple[Any, ...], units: list[Unit]) -> dict[tuple[Any, ...], list[Unit]]:
        if key[-1][0] == "rest":
            depth, start = len(key), 1
        else:
            depth, start = len(self.path(units[0])), len(key) + 1
        for length in range(start, depth + 1):
            parts: dict[tuple[Any, ...], list[Unit]] = defaultdict(list)
            for unit in units:
                parts[self.path(unit)[:length]].append(unit)
            if len(parts) > 1:
                return parts
        return {key: units}

    def _few(self, groups: dict[tuple[Any, ...], list[Unit]], most: int) -> dict[tuple[Any, ...], list[Unit]]:
        if len(groups) <= most:
            return dict(groups)
        focus = self.explorer.chain.item
        ordered = sorted(
            groups, key=lambda k: (all(u[0] != focus for u in groups[k]), -len(groups[k]), str(k))
        )
        kept = {key: groups[key] for key in ordered[: most - 6]}
        rest: dict[tuple[Any, ...], list[Unit]] = defaultdict(list)
        columns = sorted({self._column_of(groups[key][0]) for key in ordered[most - 6 :]})
        for key in ordered[most - 6 :]:
            # At most six boxes for the rest: one a level, the far levels together.
            column = self._column_of(groups[key][0])
            rest[(*key[:-1], ("rest", min(columns.index(column), 5)))] += groups[key]
        return kept | rest

    def _column_of(self, unit: Unit) -> int:
        return 0 if self.places else self.explorer.level[unit[0]]

    def graph(self) -> Graph:
        """Draw: nodes with their columns, edges between them, bands."""
        boxes = self.boxes()
        node_of = {unit: identifier(key) for key, units in boxes.items() for unit in units}
        labels = Labels(self.explorer, {units[0][0] for units in boxes.values()})
        nodes = {identifier(key): self._node(key, units, labels) for key, units in boxes.items()}
        edges = self._edges(node_of)
        self._breaks(nodes, node_of)
        if self.places:
            self._columns(nodes, edges)
        else:
            lowest = min((n.column for n in nodes.values()), default=0)
            for node in nodes.values():
                node.column -= lowest
        strongest = sorted(edges, key=lambda e: (-e.count, e.source, e.target))
        ordered = sorted(nodes.values(), key=lambda n: (n.column, n.band, -n.count, n.label))
        return Graph(
            self.group, ordered, strongest[:EDGES], self._bands(ordered), len(self.explorer.goods),
            max(len(edges) - EDGES, 0), self.automatic,
        )  # fmt: skip

    def _node(self, key: tuple[Any, ...], units: list[Unit], labels: "Labels") -> Node:
        items = list(dict.fromkeys(unit[0] for unit in units))
        label, sub = labels.of(key, items)
        explorer = self.explorer
        if self.places:
            cities = {self.visits[unit].city for unit in units}
            band = "" if self.group == "city" else next(iter(cities)) if len(cities) == 1 else ""
        else:
            makers = {explorer.makers.get(one, "") for one in items}
            band = next(iter(makers)) if len(makers) == 1 and self.group != "level" else ""
        return Node(
            id=identifier(key),
            label=label,
            sub=sub,
            count=len(items),
            column=self._column_of(units[0]),
            band=band,
            items=items,
            opens=len(units) > 1,
            rest=key[-1][0] == "rest",
            focus=explorer.chain.item in items and not self.places,
            expected=self.places and all(self.visits[unit].expected for unit in units),
            units=units,
        )

    def _edges(self, node_of: dict[Unit, str]) -> list[Edge]:
        counts: dict[tuple[str, str, str], int] = Counter()
        for flow in self.explorer.flows:
            sources = {node_of.get((one, flow.where if self.places else "")) for one in flow.sources} - {None}
            targets = Counter(node_of.get((one, flow.where if self.places else "")) for one in flow.targets)
            for target, number in targets.items():
                for source in sources:
                    if source and target and source != target:
                        if flow.kind == "inside":
                            number = sum(node_of.get((one, "")) == source for one in flow.sources)
                        counts[source, target, flow.kind] += number
        if self.places:
            for life, things in self.explorer.lives:
                visits = self.explorer.journeys[id(life)]
                for before, after in pairwise(visits):
                    kind = "sent" if after.expected else "moved"
                    for thing in things:
                        source, target = node_of[thing, before.owner], node_of[thing, after.owner]
                        if source != target:
                            counts[source, target, kind] += 1
        return [Edge(*ends, number) for ends, number in counts.items()]

    def _breaks(self, nodes: dict[str, Node], node_of: dict[Unit, str]) -> None:
        for found in self.explorer.chain.breaks:
            unit = (found.item, self.explorer._owner(found.event) if self.places else "")
            node = nodes.get(node_of.get(unit, ""))
            if node is not None:
                node.breaks[found.kind] += 1

    def _columns(self, nodes: dict[str, Node], edges: list[Edge]) -> None:
        """Left to right by who had the goods first: along the edges that go forward in time."""
        first = {id: min(self.visits[u].time for u in node.units) for id, node in nodes.items()}
        into: dict[str, list[str]] = defaultdict(list)
        for edge in edges:
            if (first[edge.source], edge.source) < (first[edge.target], edge.target):
                into[edge.target].append(edge.source)
        for id in sorted(nodes, key=lambda n: (first[n], n)):
            nodes[id].column = max((nodes[source].column + 1 for source in into[id]), default=0)

    def _bands(self, nodes: list[Node]) -> dict[str, str]:
        if self.group in {"city", "level"}:
            for node in nodes:
                node.band = ""
            return {"": ""}
        common = [band for band, _count in Counter(n.band for n in nodes if n.band).most_common()]
        if len(common) > BANDS:
            small = set(common[BANDS - 1 :])
            for node in nodes:
                if node.band in small:
                    node.band = ""
        bands: dict[str, str] = {}
        for node in nodes:
            if node.band:
                name = city_name(node.band) if self.places else self.explorer.names.get(node.band, node.band)
                bands.setdefault(node.band, name)
        if any(not node.band for node in nodes):
            several = _("多个或未知城市") if self.places else _("多个或未知主体")
            bands[""] = several if bands else ""
        return bands


class Labels:
    """What a box says: the product's name and the lot or serial, an organisation, a city."""

    def __init__(self, explorer: Explorer, items: Iterable[str]) -> None:
        self.explorer = explorer
        keys = {product_of(one) for one in items} | {product_of(explorer.lot_of(one)) for one in items}
        self.products = products([k[3:17] for k in keys if k.startswith("01/")])

    def of(self, key: tuple[Any, ...], items: list[str]) -> tuple[str, str]:
        """Two lines."""
        kind, value = key[-1][:2]
        number = _("%(count)s 件") % {"count": f"{len(items):,}"}
        if kind == "rest":
            return _("其余合并"), number
        if kind == "city":
            return (city_name(value) if value else _("城市未知")), number
        if kind == "organisation":
            return self.explorer.names.get(value) or _("主体未知"), number
        if kind == "level":
            return level_words(value), number
        if kind == "item" or (len(items) == 1 and items[0] == value):
            return self.name(value), _("物流单元") if is_logistic(value) else short(value)
        name = self.name(value)
        if kind == "lot" and value.count("/") > 1:
            return name, f"{short(value)} · {number}"
        return name, number

    def name(self, item: str) -> str:
        """The product's registered name, else the code itself."""
        found = self.products.get(item[3:17]) if item.startswith("01/") else None
        return found.name if found else hri(product_of(item))


def level_words(level: int) -> str:
    """A distance from the thing asked for, in words."""
    if level == 0:
        return _("本次查询")
    if level < 0:
        return _("上游第 %(n)d 层") % {"n": -level}
    return _("下游第 %(n)d 层") % {"n": level}


def identifier(key: tuple[Any, ...]) -> str:
    """A short name for a group that is the same in every request."""
    return blake2s(repr(key).encode(), digest_size=5).hexdigest()


def product_of(item: str) -> str:
    """The product (or other class) of a good; a code of another scheme is its own."""
    parts = item.split("/")
    if parts[0] in {"01", "8006", "8010", "00", "8003", "8004"} and len(parts) > 1:
        return "/".join(parts[:2])
    return item


def _is_product(item: str) -> bool:
    return item.startswith("01/") and item.count("/") == 1


def hri(item: str) -> str:
    """A key as people read it: (01)06901234567892(10)L1."""
    if not item[:1].isdigit():
        return item
    parts = item.split("/")
    return "".join(f"({ai}){value}" for ai, value in zip(parts[::2], parts[1::2], strict=False))


def short(item: str) -> str:
    """The last part of a code in words: 批 L1, 序列 a."""
    parts = item.split("/")
    if item[:1].isdigit() and len(parts) >= 4:
        label = words.QUALIFIERS.get(parts[-2], f"({parts[-2]})")
        return f"{label} {parts[-1]}"
    return hri(item)
