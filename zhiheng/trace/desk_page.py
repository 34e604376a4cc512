"""What the chain explorer's page shows; only what the chosen section needs is worked out."""

from collections import Counter
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.core.accounts.models import User
from zhiheng.core.registry.models import Person, Product
from zhiheng.core.ui import dates, regions
from zhiheng.core.ui.charts import city_name
from zhiheng.core.ui.context import address
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.trace import answers, completeness, drawing, words
from zhiheng.trace.breaks import KINDS, Break
from zhiheng.trace.explorer import GROUPS, Explorer, Graph, Node, hri
from zhiheng.trace.parties import Directory
from zhiheng.trace.store import key, uri
from zhiheng.trace.timeline import Step, holding, party, place
from zhiheng.trace.visibility import sees_everything
from zhiheng.trace.walk import is_class, is_logistic

TABS = {
    "story": gettext_lazy("经过"),
    "holders": gettext_lazy("在谁手里"),
    "scope": gettext_lazy("召回范围"),
    "breaks": gettext_lazy("断链"),
    "completeness": gettext_lazy("记录完整度"),
}
MAPS = {"now": gettext_lazy("现在在哪里"), "passed": gettext_lazy("到过哪里")}


class Page:
    """What the explorer's page shows. Only what the chosen tab needs is worked out."""

    def __init__(
        self, request: HttpRequest, user: User, code: str, at: datetime | None, explorer: Explorer
    ) -> None:
        self.request, self.user, self.code, self.at, self.explorer = request, user, code, at, explorer
        self.chain = explorer.chain
        self.item = self.chain.item
        self.tab = request.GET.get("tab", "") if request.GET.get("tab") in TABS else "story"
        given = request.GET.get("map", "")
        self.map = given if given in MAPS else "now" if explorer.cities_now else "passed"
        self.opened = request.GET.getlist("open")

    # addresses

    def url(self, **changes: Any) -> str:
        """This page with something changed; a list gives a parameter several times, None takes it away."""
        query = QueryDict(mutable=True)
        for name in ("code", "at", "group", "tab", "map", "open"):
            values = changes[name] if name in changes else self.request.GET.getlist(name)
            if values is not None:
                query.setlist(name, values if isinstance(values, list) else [values])
        return f"?{query.urlencode()}"

    @property
    def tabs(self) -> list[dict[str, Any]]:
        counts = {"breaks": len(self.chain.breaks)}
        return [
            {
                "url": f"{self.url(tab=name)}#detail",
                "label": label,
                "here": name == self.tab,
                "count": counts.get(name),
            }
            for name, label in TABS.items()
        ]

    @property
    def groups(self) -> list[dict[str, Any]]:
        """Ways to collapse, each with its address."""
        return [
            {
                "key": name,
                "label": label,
                "here": name == self.graph.group,
                "url": self.url(group=name, open=None),
            }
            for name, label in GROUPS.items()
        ]

    @property
    def maps(self) -> list[dict[str, Any]]:
        return [
            {"label": label, "here": name == self.map, "url": self.url(map=name)}
            for name, label in MAPS.items()
        ]

    # what it is

    @property
    def name(self) -> str:
        """The code as people read it."""
        return hri(self.item)

    @cached_property
    def product(self) -> Product | None:
        """The registered product."""
        return Product.objects.filter(gtin=self.item[3:17]).first() if self.item.startswith("01/") else None

    @property
    def partial(self) -> bool:
        """Whether others may have records of this chain that this person does not see."""
        return not sees_everything(self.user)

    @property
    def truncated(self) -> bool:
        return self.chain.truncated or len(self.explorer.goods) > len(
            {g for _l, t in self.explorer.lives for g in t}
        )

    @cached_property
    def now(self) -> list[dict[str, Any]]:
        """Who has it now, in words; a lot can be in several places."""
        life = self.explorer.walk.life(self.item)
        steps = self.chain.timeline.steps_of(life) or [step for _thing, step in self.steps]
        found = []
        if is_class(self.item):
            for (state, who, where, to, unit), amount in answers.stock_of(self.item, steps, life).items():
                found.append(self._holding(state, who or where, to, f"{amount:,g} {unit or _('件')}"))
        if not found:
            held = holding(steps)
            found = [self._holding(held.state, held.party or held.place, held.towards, "")]
        return found

    def _holding(self, state: str, who: str | None, to: str | None, amount: str) -> dict[str, Any]:
        name, kind = words.HOLDING[state]
        return {
            "words": name,
            "kind": kind,
            "who": self._name(who and uri(who)),
            "to": self._name(to and uri(to)),
            "amount": amount,
        }

    # picture

    @cached_property
    def graph(self) -> Graph:
        return self.explorer.graph(self.request.GET.get("group", ""), self.opened)

    @property
    def svg(self) -> Any:
        title = _("供应链图：左边是来源，右边是去向。下面有同样内容的表格。")
        return drawing.svg(self.graph, self.link, title)

    def link(self, node: Node) -> str | None:
        """A group opens; a single good leads to its own chain."""
        if node.opens:
            return self.url(open=[*self.opened, node.id], group=self.graph.group) + "#chain"
        if len(node.items) == 1 and node.items[0] != self.item:
            return self.url(code=uri(node.items[0]), open=None, group=None, tab=None)
        return None

    @property
    def closed_url(self) -> str | None:
        return self.url(open=None) if self.opened else None

    @property
    def node_rows(self) -> list[dict[str, Any]]:
        """The picture's boxes as rows."""
        return [
            {
                "node": node,
                "url": self.link(node),
                "band": self.graph.bands.get(node.band, ""),
                "breaks": drawing.breaks_words(node) if node.breaks else "",
            }
            for node in self.graph.nodes
        ]

    @property
    def edge_rows(self) -> list[dict[str, Any]]:
        """The picture's lines as rows."""
        found = self.graph.by_id
        return [
            {
                "source": found[e.source],
                "target": found[e.target],
                "kind": words.EDGES[e.kind],
                "count": e.count,
            }
            for e in self.graph.edges
        ]

    @property
    def cities(self) -> dict[str, int]:
        """Values of the tile map."""
        return self.explorer.cities_now if self.map == "now" else self.explorer.cities_passed

    # time

    @cached_property
    def ticks(self) -> list[dict[str, str]]:
        """Stops of the slider: the value for the field, and the words."""
        stops = []
        for one in dict.fromkeys(-(-tick // 1_000_000) for tick in self.explorer.ticks):  # whole seconds, up
            at = dates.local(datetime.fromtimestamp(one, UTC))
            stops.append({"at": f"{at:%Y-%m-%dT%H:%M:%S}", "words": dates.words(at)})
        return stops

    @property
    def position(self) -> int:
        """Which stop the page stands at."""
        if self.at is None:
            return max(len(self.ticks) - 1, 0)
        return max(sum(stop["at"] <= self.at_value for stop in self.ticks) - 1, 0)

    @property
    def at_value(self) -> str:
        """The time asked for as the field takes it."""
        return f"{dates.local(self.at):%Y-%m-%dT%H:%M:%S}" if self.at else ""

    # tabs

    @cached_property
    def steps(self) -> list[tuple[str, Step]]:
        return self.chain.steps()

    @cached_property
    def scope(self) -> dict[str, Any]:
        return answers.scope(self.code, at=self.at, user=self.user)

    @cached_property
    def table(self) -> Table | None:
        """The chosen tab's list."""
        match self.tab:
            case "story":
                return self._story()
            case "holders":
                return self._holders()
            case "scope":
                return self._scope()
            case "breaks":
                return self._breaks()
        return None

    @cached_property
    def containers(self) -> list[str]:
        """What the thing itself is in, outermost last."""
        found, todo = [], [self.item]
        while todo:
            for parent in sorted(self.chain.containers.get(todo.pop(), set())):
                if parent not in found:
                    found.append(parent)
                    todo.append(parent)
        return found

    @property
    def container_links(self) -> list[dict[str, str]]:
        return [
            {"name": hri(one), "url": self.url(code=uri(one), open=None, group=None)}
            for one in self.containers
        ]

    @cached_property
    def contents(self) -> Table | None:
        """What is inside, for a container."""
        if not self.chain.contents and not is_logistic(self.item):
            return None
        rows = [
            {"pk": uri(child), "key": child, "inside": ", ".join(hri(one) for one in sorted(parents))}
            for child, parents in sorted(self.chain.contents.items())
        ]
        return Table(
            self.request,
            "contents",
            rows,
            [
                Column(
                    "item", gettext_lazy("编码"), lambda r: hri(r["key"]), link=lambda r: self._to(r["key"])
                ),
                Column("inside", gettext_lazy("直接装在"), sort="inside"),
            ],
            search=lambda rows, q: [r for r in rows if q in r["pk"] or q in hri(r["key"])],
            empty=gettext_lazy("这个容器在所查的时间是空的，或内容没有报送。"),
        )

    def _to(self, item: str) -> str:
        return self.url(code=uri(item), open=None, group=None, tab=None)

    def _story(self) -> Table:
        directory = self.chain.directory
        rows = [StoryRow(thing, step, directory) for thing, step in self.steps]
        return Table(
            self.request,
            "story",
            rows,
            [
                Column("time", gettext_lazy("时间"), lambda r: r.time),
                Column("step", gettext_lazy("环节"), lambda r: str(r.title)),
                Column("organisation", gettext_lazy("主体"), lambda r: r.organisation),
                Column(
                    "uscc",
                    gettext_lazy("统一社会信用代码"),
                    lambda r: (r.data["organisation"] or {}).get("uscc"),
                ),
                Column("site", gettext_lazy("场所"), lambda r: (r.data["organisation"] or {}).get("site")),
                Column("place", "GLN", lambda r: r.data["place"]),
                Column("responsible", gettext_lazy("负责人"), lambda r: "，".join(r.people)),
                Column("item", gettext_lazy("编码"), lambda r: r.data["item"]),
                Column("via", gettext_lazy("随容器"), lambda r: r.data["via"]),
                Column("quantity", gettext_lazy("数量"), lambda r: r.quantity),
                Column(
                    "documents", gettext_lazy("单据"), lambda r: "，".join(f"{n} {i}" for n, i in r.documents)
                ),
                Column("disposition", gettext_lazy("状态"), lambda r: r.data["disposition"]),
                Column("event", gettext_lazy("事件号"), lambda r: r.data["event"]),
            ],
            empty=gettext_lazy("所查的时间之前没有它的记录。"),
            page_size=30,
        )

    def _holders(self) -> Table:
        rows = []
        for number, held in enumerate(self.scope["holders"]):
            firm = held["organisation"] or {}
            quantities: Counter[str] = Counter()
            for one in held["quantities"]:
                quantities[one["uom"] or _("件")] += one["quantity"]
            rows.append(
                held
                | {
                    "pk": number,
                    "words": words.HOLDING[held["state"]],
                    "name": firm.get("name") or held["party"] or held["place"],
                    "firm": firm,
                    "amount": "，".join(f"{value:,g} {unit}" for unit, value in quantities.items()),
                    "city": city_name(f"{firm['region'][:4]}00") if firm.get("region") else "",
                    "to": self._name(held["towards"]),
                }
            )
        states = [(state, name) for state, (name, _kind) in words.HOLDING.items()]
        return Table(
            self.request,
            "holders",
            rows,
            [
                Column("state", gettext_lazy("状态"), lambda r: badge(*r["words"]), sort="state"),
                Column(
                    "name", gettext_lazy("持有人"), sort="name", link=lambda r: organisation_url(r["firm"])
                ),
                Column(
                    "uscc", gettext_lazy("统一社会信用代码"), lambda r: r["firm"].get("uscc"), hidden=True
                ),
                Column("site", gettext_lazy("场所"), lambda r: r["firm"].get("site")),
                Column("city", gettext_lazy("城市"), sort="city"),
                Column("to", gettext_lazy("发往")),
                Column("count", gettext_lazy("单品数"), sort="count", numeric=True),
                Column("amount", gettext_lazy("按批次计的数量")),
                Column("place", gettext_lazy("地点编码"), hidden=True),
                Column("items", gettext_lazy("编码清单"), lambda r: "\n".join(r["items"]), hidden=True),
            ],
            search=lambda rows, q: [
                r for r in rows if q in str(r["name"]) or q in str(r["firm"].get("uscc"))
            ],
            filters=[
                Filter(
                    "state",
                    gettext_lazy("状态"),
                    states,
                    lambda rows, v: [r for r in rows if r["state"] == v],
                )
            ],
            empty=gettext_lazy("没有查到持有人。"),
        )

    def _name(self, where: str | None) -> str:
        if not where:
            return ""
        found = self.chain.directory.organisation(key(where))
        return (found or {}).get("name") or where

    def _scope(self) -> Table:
        kinds = {"item": _("货物"), "container": _("容器")}
        rows = [("item", one) for one in self.scope["items"]] + [
            ("container", one) for one in self.scope["containers"]
        ]
        return Table(
            self.request,
            "scope",
            rows,
            [
                Column("kind", gettext_lazy("类别"), lambda r: kinds[r[0]]),
                Column(
                    "code", gettext_lazy("编码"), lambda r: hri(key(r[1])), link=lambda r: self._to(key(r[1]))
                ),
                Column("uri", gettext_lazy("规范编码"), lambda r: r[1]),
            ],
            search=lambda rows, q: [r for r in rows if q in r[1] or q in hri(key(r[1]))],
            filters=[
                Filter(
                    "kind",
                    gettext_lazy("类别"),
                    kinds.items(),
                    lambda rows, v: [r for r in rows if r[0] == v],
                )
            ],
            empty=gettext_lazy("召回范围是空的。"),
        )

    def _breaks(self) -> Table:
        directory = self.chain.directory
        rows = [BreakRow(found, directory) for found in self.chain.breaks]
        present = Counter(found.kind for found in self.chain.breaks)
        kinds = [(kind, f"{words.break_name(kind)}（{number:,}）") for kind, number in present.items()]
        return Table(
            self.request,
            "breaks",
            rows,
            [
                Column("kind", gettext_lazy("断链"), lambda r: badge(words.break_name(r.found.kind), "bad")),
                Column(
                    "item",
                    gettext_lazy("编码"),
                    lambda r: hri(r.found.item),
                    link=lambda r: self._to(r.found.item),
                ),
                Column("time", gettext_lazy("时间"), lambda r: r.time),
                Column("step", gettext_lazy("环节"), lambda r: str(words.step(r.found.event.step))),
                Column("organisation", gettext_lazy("主体"), lambda r: r.organisation),
                Column("place", gettext_lazy("地点"), lambda r: r.place),
                Column("event", gettext_lazy("事件号"), lambda r: r.found.event.event_id, hidden=True),
                Column(
                    "other",
                    gettext_lazy("与之矛盾的事件"),
                    lambda r: r.found.other.event_id if r.found.other else "",
                    hidden=True,
                ),
            ],
            search=lambda rows, q: [r for r in rows if q in hri(r.found.item) or q in uri(r.found.item)],
            filters=[
                Filter(
                    "kind",
                    gettext_lazy("断链"),
                    kinds,
                    lambda rows, v: [r for r in rows if r.found.kind == v],
                )
            ],
            empty=gettext_lazy("所查的范围内没有发现断链。"),
        )

    @property
    def break_kinds(self) -> list[dict[str, Any]]:
        """Each kind of break that there is: how many, what it means, what to ask for."""
        counts = Counter(found.kind for found in self.chain.breaks)
        return [{"words": words.BREAKS[kind], "count": counts[kind]} for kind in KINDS if counts[kind]]

    @cached_property
    def score(self) -> completeness.Score:
        """Completeness of the records of this chain."""
        ids = {
            step.event.id
            for life, _t in self.explorer.lives
            for step in self.explorer.timeline.steps_of(life)
        }
        return completeness.of_events(ids, self.explorer.walk)

    @property
    def sample(self) -> int:
        return completeness.SAMPLE


class StoryRow:
    """One step; its data are looked up when it is shown."""

    pk = None

    def __init__(self, thing: str, step: Step, directory: Directory) -> None:
        self.thing, self.step, self.directory = thing, step, directory

    @cached_property
    def data(self) -> dict[str, Any]:
        return answers.step_of(self.thing, self.step, self.directory)

    @property
    def time(self) -> datetime:
        return datetime.fromtimestamp(self.step.event.time / 1e6, UTC)

    @property
    def title(self) -> Any:
        return words.step(self.data["step"]) if self.data["step"] else words.TYPES[self.data["type"]]

    @property
    def organisation(self) -> str:
        return (
            (self.data["organisation"] or {}).get("name")
            or self.data["party"]
            or self.data["place"]
            or _("主体不明")
        )

    @property
    def organisation_url(self) -> str | None:
        return organisation_url(self.data["organisation"] or {})

    @property
    def region(self) -> str:
        found = (self.data["organisation"] or {}).get("region")
        return regions.name(found) if found else ""

    @property
    def people(self) -> list[str]:
        """Who is in charge: duty and masked name."""
        duties = dict(Person.Duty.choices)
        return [f"{duties.get(p['duty'], p['duty'])} {p['name']}" for p in self.data["responsible"]]

    @property
    def documents(self) -> list[tuple[str, str]]:
        return [
            (str(words.DOCUMENTS.get(d["type"] or "", d["type"] or _("单据"))), d["id"])
            for d in self.data["documents"]
        ]

    @property
    def quantity(self) -> str:
        return "，".join(f"{q['quantity']:,g} {q['uom'] or _('件')}" for q in self.data["quantities"])

    @property
    def name(self) -> str:
        return hri(self.thing)

    @property
    def via(self) -> str:
        return hri(self.step.via) if self.step.via else ""


class BreakRow:
    """One break with where it shows."""

    pk = None

    def __init__(self, found: Break, directory: Directory) -> None:
        self.found, self.directory = found, directory
        self.where = party(found.event) or place(found.event)

    @property
    def time(self) -> datetime:
        return datetime.fromtimestamp(self.found.event.time / 1e6, UTC)

    @property
    def organisation(self) -> str:
        firm = self.directory.organisation(self.where)
        return (firm or {}).get("name") or ""

    @property
    def place(self) -> str:
        return hri(place(self.found.event) or "")


def organisation_url(firm: dict[str, Any]) -> str | None:
    """The page of an organisation, when it is registered."""
    return address("web:organisation", firm["uscc"]) if firm.get("uscc") else None
