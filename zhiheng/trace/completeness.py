"""Are the records there that the law asks for? Named profiles, a check of one event, and a score.

The fields are the statutes' (``profiles.yaml``); where they stand in EPCIS and the score are this platform's own
and are called so on every page (平台口径, 非官方考核口径). No events means "does not apply", never complete.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec
import yaml
from django.utils.translation import get_language

from zhiheng.core.accounts.models import User
from zhiheng.core.registry.models import Organisation, Product, Site
from zhiheng.knowledge.codes.epc import canonical
from zhiheng.knowledge.codes.errors import CodeError
from zhiheng.trace import query
from zhiheng.trace.epcis.fields import short
from zhiheng.trace.models import MasterData
from zhiheng.trace.parties import Directory
from zhiheng.trace.prepare import identity
from zhiheng.trace.store import Ev, Parts, key, store
from zhiheng.trace.timeline import RECEIVES, SHIPS, Timeline, gln
from zhiheng.trace.visibility import sees
from zhiheng.trace.walk import Walk, is_class, is_logistic

SAMPLE = 500  # events looked at for one answer, the most recent ones
ENOUGH = 20  # goods of one event that are looked at
UNDER = 5_000  # lots and serials of a product that are looked up for it
EVIDENCE = frozenset(
    {"event", "product", "party", "quantity", "lot", "ilmd", "document", "certificate", "field"}
)
GOODS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
QUANTITIES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
# Members of the standard, which are no extension fields.
STANDARD = frozenset(
    {"ilmd", "sensorElementList", "sourceList", "destinationList", "bizTransactionList", *GOODS, *QUANTITIES}
)


class Words(msgspec.Struct, frozen=True):
    """A text in both languages."""

    zh: str
    en: str
    edition: str = ""

    def __str__(self) -> str:
        return self.zh if (get_language() or "zh").startswith("zh") else self.en


class Field(msgspec.Struct, frozen=True):
    """One thing that has to be recorded, and what shows that it is."""

    id: str
    zh: str
    en: str
    found: tuple[str, ...]

    def __str__(self) -> str:
        return self.zh if (get_language() or "zh").startswith("zh") else self.en


class Applies(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a profile applies: all conditions that are given."""

    categories: frozenset[str]
    steps: frozenset[str]
    kinds: frozenset[str] = frozenset()
    product: str = ""  # part of the product's name


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The records that one article asks of one kind of firm."""

    id: str
    statute: Words
    who: Words
    applies: Applies
    fields: tuple[Field, ...]


@cache
def profiles() -> tuple[Profile, ...]:
    """All profiles. Raises ValueError for a file that does not say what it means."""
    text = files("zhiheng.trace").joinpath("profiles.yaml").read_text(encoding="utf-8")
    found = msgspec.convert(yaml.safe_load(text), tuple[Profile, ...])
    for profile in found:
        for one in profile.fields:
            if wrong := [e for e in one.found if e.partition(".")[0] not in EVIDENCE]:
                raise ValueError(f"{profile.id}.{one.id}: unknown evidence {wrong[0]!r}")
        if strange := profile.applies.categories - set(Product.Category.values):
            raise ValueError(f"{profile.id}: unknown categories {sorted(strange)}")
        if strange := profile.applies.kinds - set(Organisation.Kind.values):
            raise ValueError(f"{profile.id}: unknown kinds {sorted(strange)}")
    if len({p.id for p in found}) != len(found):
        raise ValueError("two profiles have one name")
    return found


# -- one event ------------------------------------------------------------------------------------------------

Known = Mapping[str, frozenset[str]]  # GTIN or GLN -> what is known of it: name, spec, address, contact


@dataclass(frozen=True)
class Linked:
    """What an event says by naming a thing: the goods inside a container, their lots, their ILMD from when they
    were made (the standard lets ILMD stand nowhere else)."""

    goods: tuple[str, ...] = ()
    ilmd: Mapping[str, Any] = field(default_factory=dict)


NOTHING = Linked()


def check(
    event: Mapping[str, Any], profile: Profile, known: Known | None = None, linked: Linked = NOTHING
) -> list[Field]:
    """The fields of a profile that an event does not show.

    ``known`` says what master data there is for GTINs and GLNs; without it an identifier counts for its data.
    """
    return [
        one
        for one in profile.fields
        if not any(_shows(event, evidence, known, linked) for evidence in one.found)
    ]


def _shows(event: Mapping[str, Any], evidence: str, known: Known | None, linked: Linked) -> bool:
    kind, _dot, name = evidence.partition(".")
    own = event.get("ilmd")
    ilmd = {**linked.ilmd, **(own if isinstance(own, dict) else {})}
    named = [*goods(event), *linked.goods]
    match kind:
        case "event":
            return _filled(event.get(name))
        case "product":
            return any(_says(known, one, name) for one in gtins(named))
        case "party":
            return any(_says(known, one, name) for one in others(event))
        case "quantity":
            # A serial counts itself; a box whose content is not known counts nothing.
            return any(not is_logistic(one) and not is_class(one) for one in named) or any(
                isinstance(q, dict) and q.get("quantity") for n in QUANTITIES for q in _list(event.get(n))
            )
        case "lot":
            return any("/10/" in one for one in named) or _local(ilmd, "lotNumber")
        case "ilmd":
            return _local(ilmd, name)
        case "document":
            listed = _list(event.get("bizTransactionList"))
            return any(isinstance(t, dict) and short(str(t.get("type", ""))) == name for t in listed)
        case "certificate":
            return _filled(event.get("certificationInfo")) or _local(ilmd, "certificationInfo")
        case _:
            extensions = {n: v for n, v in event.items() if n not in STANDARD}
            return _local(extensions, name) or _local(ilmd, name)


def _says(known: Known | None, code: str, name: str) -> bool:
    return known is None or name in known.get(code, frozenset())


def _filled(value: Any) -> bool:
    return value not in (None, "", [], {})


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _local(members: Any, name: str) -> bool:
    """A member of this name, whatever its namespace, with something in it."""
    if not isinstance(members, dict):
        return False
    return any(_filled(value) and _bare(member) == name for member, value in members.items())


def _bare(member: str) -> str:
    """A member's name without its namespace."""
    return member.rpartition("#")[2].rpartition("/")[2].rpartition(":")[2]


def goods(event: Mapping[str, Any]) -> list[str]:
    """Keys of the goods that an event names."""
    names = [one for n in GOODS for one in _list(event.get(n))]
    names += [q.get("epcClass") for n in QUANTITIES for q in _list(event.get(n)) if isinstance(q, dict)]
    return [k for one in names if isinstance(one, str) and (k := _key(one))]


def gtins(named: Iterable[str]) -> set[str]:
    """The GTINs among the keys of goods."""
    return {k[3:17] for k in named if k.startswith("01/")}


def others(event: Mapping[str, Any]) -> list[str]:
    """The GLNs (or other keys) of the other party: who sent what was received, who gets what was shipped."""
    receives = short(str(event.get("bizStep", ""))) in RECEIVES
    return _parties(event, "source" if receives else "destination")


def _parties(event: Mapping[str, Any], side: str) -> list[str]:
    listed = [one[side] for one in _list(event.get(f"{side}List")) if isinstance(one, dict) and side in one]
    return [code for one in listed if isinstance(one, str) and (code := gln(_key(one)))]


def holder(event: Mapping[str, Any]) -> list[str]:
    """The GLNs of the firm whose record this is: receiver of a receipt, sender of a shipment, else the place."""
    step = short(str(event.get("bizStep", "")))
    found = (
        _parties(event, "destination" if step in RECEIVES else "source") if step in RECEIVES | SHIPS else []
    )
    for name in ("bizLocation", "readPoint"):
        where = event.get(name)
        if isinstance(where, dict) and isinstance(where.get("id"), str) and (code := gln(_key(where["id"]))):
            found.append(code)
    return found


@cache
def _key(uri: str) -> str:
    try:
        return key(canonical(uri))
    except CodeError:
        return uri


# -- many events ----------------------------------------------------------------------------------------------


@dataclass
class Score:
    """How complete a set of events is. ``events`` is how many a profile applied to, of ``looked``."""

    looked: int = 0
    events: int = 0
    required: int = 0
    present: int = 0
    missing: Counter[tuple[str, str]] = field(
        default_factory=Counter
    )  # (profile, field) -> events without it
    asked: Counter[str] = field(default_factory=Counter)  # profile -> events
    filled: Counter[str] = field(default_factory=Counter)  # profile -> fields present

    @property
    def share(self) -> float | None:
        """Present required fields ÷ required fields; None where no profile applied to any event."""
        return self.present / self.required if self.required else None

    @property
    def per_cent(self) -> float | None:
        """The share, rounded down: only what is complete is 100."""
        return int(self.share * 1000) / 10 if self.share is not None else None

    @property
    def lacks(self) -> list[dict[str, Any]]:
        """What is missing most, with its profile."""
        by_id = {p.id: p for p in profiles()}
        rows = []
        for (profile_id, field_id), count in self.missing.items():
            profile = by_id[profile_id]
            rows.append(
                {
                    "profile": profile,
                    "field": next(f for f in profile.fields if f.id == field_id),
                    "missing": count,
                    "events": self.asked[profile_id],
                    "share": round(100 * count / self.asked[profile_id], 1),
                }
            )
        return sorted(rows, key=lambda r: (-r["missing"], r["profile"].id, r["field"].id))

    @property
    def by_profile(self) -> list[dict[str, Any]]:
        """Each profile that applied: events, score."""
        return [
            {
                "profile": p,
                "events": self.asked[p.id],
                "per_cent": int(1000 * self.filled[p.id] / (self.asked[p.id] * len(p.fields))) / 10,
            }
            for p in profiles()
            if self.asked[p.id]
        ]


@dataclass
class MasterFacts:
    """What the registry and the documents' master data say of the codes in some events."""

    products: dict[str, Product]
    sites: dict[str, Site]
    known: dict[str, frozenset[str]]

    @classmethod
    def of(cls, records: Iterable["Record"]) -> "MasterFacts":
        """Read in bulk."""
        wanted_gtins: set[str] = set()
        wanted_glns: set[str] = set()
        for event, linked in records:
            wanted_gtins |= gtins(goods(event)) | gtins(linked.goods)
            wanted_glns.update(others(event), holder(event))
        known: dict[str, frozenset[str]] = {}
        items = {f"{ai}/{g}": g for g in wanted_glns if g.isdigit() for ai in ("414", "417")}
        items |= {g: g for g in wanted_glns if not g.isdigit()} | {f"01/{g}": g for g in wanted_gtins}
        for some in _some(items):
            for row in MasterData.objects.filter(item__in=some):
                code = items[row.item]
                known[code] = known.get(code, frozenset()) | _described(row.attributes)
        products = {p.gtin: p for some in _some(wanted_gtins) for p in Product.objects.filter(gtin__in=some)}
        for gtin, product in products.items():
            said = {n for n, v in (("name", product.name), ("spec", product.spec)) if v}
            known[gtin] = known.get(gtin, frozenset()) | said
        sites = {
            s.gln: s
            for some in _some(wanted_glns)
            for s in Site.objects.filter(gln__in=some).select_related("organisation")
        }
        for code, site in sites.items():
            firm = site.organisation
            pairs = (("name", firm.name), ("address", site.address or firm.address), ("contact", firm.phone))
            known[code] = known.get(code, frozenset()) | {n for n, v in pairs if v}
        return cls(products, sites, known)

    def profiles_of(self, event: Mapping[str, Any], linked: Linked) -> list[Profile]:
        """The profiles that apply to an event, by step, product category and the kinds of the firm."""
        step = short(str(event.get("bizStep", "")))
        candidates = [p for p in profiles() if step in p.applies.steps]
        if not candidates:
            return []
        sold = [self.products[g] for g in gtins([*goods(event), *linked.goods]) if g in self.products]
        site = next((self.sites[g] for g in holder(event) if g in self.sites), None)
        kinds = set(site.organisation.kind_list) if site else set()
        return [p for p in candidates if _fits(p.applies, sold, kinds)]


def _fits(applies: Applies, sold: list[Product], kinds: set[str]) -> bool:
    if applies.kinds and not applies.kinds & kinds:
        return False
    return any(p.category in applies.categories and applies.product in p.name for p in sold)


def _some(values: Iterable[str]) -> Iterable[list[str]]:
    ordered = sorted(values)
    return (ordered[i : i + 5000] for i in range(0, len(ordered), 5000))


def _described(attributes: Mapping[str, Any]) -> frozenset[str]:
    """What master data of a document's header tells, by the last part of the attribute's name."""
    words = {_bare(name).lower() for name, value in attributes.items() if value}
    return frozenset(told for told, names in DESCRIBED.items() if words & names)


DESCRIBED = {
    "name": {
        "name",
        "partyname",
        "descriptionshort",
        "tradeitemdescription",
        "regulatedproductname",
        "drugname",
    },
    "spec": {"netcontent", "netcontentdescription", "strength", "specification"},
    "address": {"streetaddressone", "address", "city"},
    "contact": {"telephone", "phone", "contact", "contactnumber", "email"},
}


class Record(NamedTuple):
    """An event as JSON, with what it says by naming things."""

    event: Mapping[str, Any]
    linked: Linked = NOTHING


def score(records: Iterable[Record]) -> Score:
    """Check events against every profile that applies to them."""
    records = list(records)
    facts = MasterFacts.of(records)
    result = Score(looked=len(records))
    for event, linked in records:
        found = facts.profiles_of(event, linked)
        result.events += bool(found)
        for profile in found:
            lacking = check(event, profile, facts.known, linked)
            there = len(profile.fields) - len(lacking)
            result.required += len(profile.fields)
            result.present += there
            result.asked[profile.id] += 1
            result.filled[profile.id] += there
            result.missing.update((profile.id, one.id) for one in lacking)
    return result


# -- queries --------------------------------------------------------------------------------------------------


def of_events(ids: Iterable[int], walk: Walk) -> Score:
    """The score of the most recent of these events."""
    return score(_records(ids, walk))


def of_product(gtin: str, user: User | None) -> Score:
    """The score of the most recent events in the lives of a product's lots and serials, boxes included."""
    walk = _walk(user)
    timeline = Timeline(walk)
    lives = timeline.load([f"01/{gtin}", *store().under(f"01/{gtin}/", UNDER)])
    return of_events({step.event.id for life, _things in lives for step in timeline.steps_of(life)}, walk)


def of_organisation(uscc: str, user: User | None) -> Score:
    """The score of the most recent events at an organisation's places."""
    mine = set(Site.objects.filter(organisation__uscc=uscc).values_list("gln", flat=True))
    if not mine:
        return Score()
    terms = query.Terms([f"gln:{one}" for one in sorted(mine)], "g")
    page = query.run(query.Query([terms], descending=True, per_page=SAMPLE), user)
    # An event in which the organisation is the other party is a record of somebody else.
    records = [one for one in _records(_ids(page), _walk(user)) if mine & set(holder(one.event))]
    return score(records)


def of_category(category: str, user: User | None) -> Score:
    """The score of a category of products, among the most recent events of all."""
    page = query.run(query.Query(descending=True, per_page=SAMPLE), user)
    records = _records(_ids(page), _walk(user))
    named = [(one, gtins([*goods(one.event), *one.linked.goods])) for one in records]
    wanted: set[str] = set()
    for some in _some({gtin for _one, found in named for gtin in found}):
        wanted.update(Product.objects.filter(gtin__in=some, category=category).values_list("gtin", flat=True))
    return score([one for one, found in named if found & wanted])


def _walk(user: User | None) -> Walk:
    return Walk(store(), sees=sees(user, Directory()))


def _ids(page: query.Page) -> list[int]:
    """The stored events of a page."""
    names = [msgspec.json.decode(raw, type=_Named).eventID for raw in page.events]
    return list(store().known([identity(name, False) for name in names]).values())


class _Named(msgspec.Struct):
    eventID: str  # noqa: N815 (the standard's name)


def _records(ids: Iterable[int], walk: Walk) -> list[Record]:
    """The most recent of these events, each with what it says of goods by naming them or the box they are in."""
    ids = set(ids)
    known = walk.events(ids)
    recent = sorted((e for id in ids if (e := known[id]) is not None), key=_order)[-SAMPLE:]
    inside: dict[str, list[str]] = {}
    boxes = {one for event in recent for one in named_by(event.parts) if is_logistic(one)}
    for child, parents in walk.contents(boxes, ever=True).items():
        for parent in parents:
            inside.setdefault(parent, []).append(child)
    by_event = {event.id: _goods_of(event.parts, inside) for event in recent}
    things = {one for some in by_event.values() for one in some}
    lives = walk.lives(things)
    made_in: dict[str, set[int]] = {one: set() for one in things}
    lots: dict[str, set[str]] = {one: set() for one in things}
    for life, mine in lives:
        for (_time, id), role in life.rows:
            event = walk.event(id)
            if role in "oO" or (role in "eE" and event.action == "A"):
                for one in mine:
                    made_in[one].add(id)
            if role.isupper():
                for one in mine:
                    lots[one].update(walk.lots_of(event, one))
    wanted = {id for some in made_in.values() for id in some} | by_event.keys()
    bodies = {id: msgspec.json.decode(row[0]) for id, row in store().bodies(sorted(wanted)).items()}
    records = []
    for event in recent:
        ilmd: dict[str, Any] = {}
        for id in {id for one in by_event[event.id] for id in made_in[one]}:
            found = bodies[id].get("ilmd")
            ilmd.update(found if isinstance(found, dict) else {})
        some = by_event[event.id]
        linked = Linked(
            tuple(dict.fromkeys([*some, *(lot for one in some for lot in sorted(lots[one]))])), ilmd
        )
        records.append(Record(bodies[event.id], linked))
    return records


def _order(event: Ev) -> tuple[int, int]:
    return event.time, event.id


def named_by(parts: Parts) -> list[str]:
    """Keys of what an event is about."""
    whole = [*parts.epcs, *parts.children, *parts.inputs, *parts.outputs, *(c[1] for c in parts.classes)]
    return [*whole, parts.parent] if parts.parent else whole


def _goods_of(parts: Parts, inside: Mapping[str, list[str]]) -> list[str]:
    """Some of the goods that an event is about: a few stand for the many of a box."""
    todo, seen = named_by(parts), set[str]()
    found: list[str] = []
    while todo and len(found) < ENOUGH:
        one = todo.pop()
        if one in seen:
            continue
        seen.add(one)
        if is_logistic(one):
            todo += inside.get(one, [])[:ENOUGH]
        else:
            found.append(one)
    return found
