"""What a GS1 Digital Link on this host stands for, and what the public may be told about it.

Product and producer are the register's public facts. Everything that events say stays behind the one door of
``disclosure``: without a disclosure ``trace:<gtin>`` the story has no steps, no dates and no warnings, so nobody
can tell from it whether an event exists. With one it has steps in plain words, cities and days; never partners,
quantities, documents, persons or prices.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.disclosure.queries import public
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Product
from zhiheng.core.registry.queries import products
from zhiheng.core.ui import dates, regions
from zhiheng.knowledge.codes import digital_link, keys
from zhiheng.knowledge.codes.charset import is_digits, percent_decode, percent_encode
from zhiheng.knowledge.codes.errors import CodeError
from zhiheng.trace.answers import alias_keys, moment
from zhiheng.trace.parties import Directory
from zhiheng.trace.store import Ev, Store, store
from zhiheng.trace.timeline import RECEIVES, Step, Timeline, party, place
from zhiheng.trace.walk import Walk
from zhiheng.trace.words import STEPS

MATERIALS = 12  # kinds of material that are named
SOLD = {"retail_selling", "dispensing"}
SOLD_STATES = {"retail_sold", "dispensed"}
ENDED = {"destroying", "decommissioning"}
ENDED_STATES = {"destroyed", "disposed", "inactive"}

#: Dates among the instance/lot master data (CBV 2.0 section 9.3): local name -> words.
DATES: dict[str, Promise | str] = {
    "productionDate": gettext_lazy("生产日期"),
    "harvestStartDate": gettext_lazy("采收开始"),
    "harvestEndDate": gettext_lazy("采收结束"),
    "packagingDate": gettext_lazy("包装日期"),
    "firstFreezeDate": gettext_lazy("首次冷冻"),
    "bestBeforeDate": gettext_lazy("最佳食用期至"),
    "sellByDate": gettext_lazy("最晚销售日"),
    "itemExpirationDate": gettext_lazy("有效期至"),
}


# -- the code -------------------------------------------------------------------------------------------------

#: The first words of a path that is a Digital Link: keys, and their short names of edition 1.1.
FIRST_WORDS = tuple(sorted([*keys.PRIMARY, *(key.alpha for key in keys.PRIMARY.values())]))


@dataclass(frozen=True, slots=True)
class Code:
    """A Digital Link on this host: key and qualifiers in order, and the one way to write its path."""

    pairs: tuple[tuple[str, str], ...]
    path: str

    @property
    def ai(self) -> str:
        return self.pairs[0][0]

    @property
    def key(self) -> str:
        return self.pairs[0][1]

    def get(self, ai: str) -> str | None:
        """The value of a qualifier."""
        return dict(self.pairs[1:]).get(ai)

    @property
    def gtin(self) -> str | None:
        return self.key[:14] if self.ai in {"01", "8006"} else None

    @property
    def uri(self) -> str:
        """The address under which this host resolves the code."""
        return settings.BASE_URL + self.path

    @property
    def hri(self) -> str:
        """As printed under a code: (01)…(10)…"""
        return "".join(f"({ai}){value}" for ai, value in self.pairs)


def read(path: str, query: str = "") -> Code:
    """The code of a decoded path such as ``01/06901234500016/21/7``; raises CodeError.

    Servers hand over the path decoded, so a ``/`` that is part of a lot or serial has become a separator. A word
    that stands where a qualifier is due, but does not look like one, is taken for the rest of the value before it.
    """
    words: list[str] = []
    for word in path.strip("/").split("/"):
        due = len(words) >= 4 and len(words) % 2 == 0
        if due and word not in keys.ALPHAS and not (is_digits(word) and 2 <= len(word) <= 4):
            words[-1] += "/" + word
        else:
            words.append(word)
    where = f"{digital_link.HOST}/{'/'.join(percent_encode(word) for word in words)}"
    link = digital_link.parse(f"{where}?{query}" if query else where, digital_link.LENIENT)
    pairs = tuple((element.ai, element.value) for element in link.elements[: link.in_path])
    return Code(pairs, "/" + "/".join(f"{ai}/{percent_encode(value)}" for ai, value in pairs))


def of_identity(digital_link_uri: str) -> Code:
    """The code of a Digital Link on id.gs1.org, as ``identify`` gives it; its attributes are left out."""
    link = digital_link.parse(digital_link_uri, digital_link.LENIENT)
    pairs = tuple((element.ai, element.value) for element in link.elements[: link.in_path])
    return Code(pairs, "/" + "/".join(f"{ai}/{percent_encode(value)}" for ai, value in pairs))


def fault(error: CodeError) -> str:
    """What is wrong with a code, in words for a citizen; machines get the precise ones."""
    code = error.code
    if "check" in code:
        return _("校验码不符，可能抄错或印错了一位。")
    if "length" in code or code == "digital_link_empty":
        return _("位数不对，可能少抄或多抄了几位。")
    if code in {"digital_link_qualifiers", "digital_link_path"}:
        return _("代码后面的部分顺序不对，或不属于这种代码。")
    if code == "digital_link_key":
        return _("地址里没有代码，或缺少代码的值。")
    if code in {"digital_link_attribute", "ai_repeated", "unknown_ai"}:
        return _("地址问号后面的内容不合规则。")
    return _("其中有不该出现的字符或成分。")


# -- the story ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PublicOrganisation:
    uscc: str
    name: str


@dataclass(frozen=True, slots=True)
class PublicProduct:
    """What the register says of a product; the label says the same."""

    gtin: str
    name: str
    brand: str
    spec: str
    category: str
    category_words: str
    standard: str
    unit: str


@dataclass(frozen=True, slots=True)
class PublicStep:
    """One step: what, in which city, on which day, and by whom where that organisation is public."""

    step: str
    words: str
    on: date
    region: str | None
    city: str | None
    organisation: PublicOrganisation | None

    @property
    def stop(self) -> tuple[str | None, PublicOrganisation | None]:
        """Where and at whose: steps at one stop are told together."""
        return self.city, self.organisation


@dataclass(frozen=True, slots=True)
class PublicMaterial:
    """A product that this one was made from, where its own trace is public."""

    gtin: str
    name: str
    city: str | None


@dataclass(frozen=True, slots=True)
class PublicDate:
    kind: str
    words: str
    value: str


@dataclass(frozen=True, slots=True)
class Warning:
    """Something a buyer should know. ``code``: recalled, sold, ended, never_named, lot_differs."""

    code: str
    kind: str
    title: str
    text: str


@dataclass(slots=True)
class PublicStory:
    """What the public is told about a code. ``published``: whether the journey is public at this time;
    ``producer_public``: whether something of the producer was disclosed."""

    code: str
    path: str
    gtin: str
    lot: str | None
    serial: str | None
    product: PublicProduct | None
    producer: PublicOrganisation | None
    producer_public: bool = False
    published: bool = False
    basis: str | None = None
    published_from: datetime | None = None
    warnings: list[Warning] = field(default_factory=list)
    dates: list[PublicDate] = field(default_factory=list)
    steps: list[PublicStep] = field(default_factory=list)
    materials: list[PublicMaterial] = field(default_factory=list)


def public_story(code: Code | str, now: datetime) -> PublicStory:
    """The story of a product, lot or serial at a time; a text may be any form of its code.

    Raises Problem ``bad_code`` for what is no code, ``not_a_product`` for a code of something else.
    """
    known = code if isinstance(code, Code) else _code(code)
    gtin = known.gtin
    if gtin is None:
        raise Problem(
            "not_a_product",
            _("%(code)s 不是商品的代码。") % {"code": known.hri},
            status=422,
            remedy=_("请使用商品条码，可带批号或序列号。"),
        )
    found = products([gtin]).get(gtin)
    story = PublicStory(
        code=known.uri,
        path=known.path,
        gtin=gtin,
        lot=known.get("10"),
        serial=known.get("21") or known.get("235"),
        product=_product(found) if found else None,
        producer=PublicOrganisation(found.organisation.uscc, found.organisation.name) if found else None,
    )
    if found is None:
        return story
    told = public(now).filter(subject__in=[f"trace:{gtin}", f"organisation:{found.organisation.uscc}"])
    by_kind = {one.kind: one for one in told}
    story.producer_public = Disclosure.Kind.ORGANISATION in by_kind
    disclosure = by_kind.get(Disclosure.Kind.TRACE)
    if disclosure is None:
        return story
    story.published, story.basis, story.published_from = True, disclosure.basis, disclosure.published_from
    if len(known.pairs) > 1 or known.ai == "8006":
        _journey(story, known, found, now)
    return story


def product_code(text: str) -> Code:
    """The code of a registered product in any of its forms; raises Problem as ``public_story``, or ``not_known``."""
    code = _code(text)
    if code.gtin and not products([code.gtin]):
        raise not_known(code)
    return code


def not_known(code: Code) -> Problem:
    """A right code of something that nobody registered."""
    return Problem(
        "not_known",
        _("没有登记过 %(code)s。") % {"code": code.hri},
        status=404,
        remedy=_("代码的写法没有错。可能是企业还没有登记，也可能不在本省登记；请与包装核对。"),
    )


def _code(text: str) -> Code:
    from zhiheng.knowledge.codes.identify import identify

    found = identify(text)
    link = found.forms.get("digital_link")
    if found.errors or not link:
        first = found.errors[0] if found.errors else {"message": "it names no GS1 key", "remedy": ""}
        raise Problem(
            "bad_code",
            f"{text[:80]!r}: {first['message']}",
            status=422,
            remedy=first["remedy"] or "Send a GTIN with lot or serial, as element string or as Digital Link.",
        )
    return of_identity(link)


def _product(found: Product) -> PublicProduct:
    return PublicProduct(
        found.gtin,
        found.name,
        found.brand,
        found.spec,
        found.category,
        str(found.get_category_display()),
        found.standard,
        found.unit,
    )


class _Near:
    """The store as one thing sees it: of the rows that name a lot for its serials only the first and the last.

    A lot can have a hundred thousand serials; its page needs none of them.
    """

    def __init__(self, inner: Store) -> None:
        self.inner = inner

    def histories(self, items: Iterable[str], until: int | None = None) -> list[tuple[str, list[str]]]:
        """See ``Store``."""
        near = []
        for history, things in self.inner.histories(items, until):
            rows = history.split()
            serials = [row for row in rows if row[-1] == "l"]
            if len(serials) > 2:
                keep = {serials[0], serials[-1]}
                history = " ".join(row for row in rows if row[-1] != "l" or row in keep)
            near.append((history, things))
        return near

    def events(self, ids: Iterable[int]) -> dict[int, Ev]:
        """See ``Store``."""
        return self.inner.events(ids)


def _journey(story: PublicStory, code: Code, product: Product, now: datetime) -> None:
    """Fill in what events say: of the thing itself and its containers, and how its lot was made."""
    head = f"{code.ai}/{percent_encode(code.key)}"
    ai, value = code.pairs[-1]
    if ai in {"10", "21", "235"}:  # the trace knows a thing at its finest level
        item = f"{head}/{ai}/{percent_encode(value)}"
    elif code.ai == "8006":
        item = head
    else:  # a product, or a variant of one: nothing single to tell of
        return
    near: Any = _Near(store())
    walk = Walk(near, at=moment(now), aliases=alias_keys())
    things = sorted(walk.with_aliases([item]))
    timeline = Timeline(walk)
    timeline.load(things)
    if not any(walk.knows(thing) for thing in things):
        story.warnings.append(_never_named(story))
        return
    own = _ordered(step for thing in things for step in timeline.steps(thing))
    lots = {item} if ai == "10" else _lots(walk, things, head)
    if story.serial and story.lot and lots and f"{head}/10/{percent_encode(story.lot)}" not in lots:
        story.warnings.append(
            Warning(
                "lot_differs",
                "bad",
                _("批号与记录不符"),
                _("码上写的批号和记录里这一件的批号不同。请谨慎购买，并向销售者或监管部门反映。"),
            )
        )
    elif story.serial and not story.lot and len(lots) == 1:
        story.lot = percent_decode(next(iter(lots)).rpartition("/")[2])
    timeline.load(lots)
    of_lot = own if item in lots else _ordered(step for lot in lots for step in timeline.steps(lot))
    # Of a lot only how it was made: other parts of it may have gone other ways than this thing.
    made = [step for step in [*own, *of_lot, *_made_serial_by_serial(walk, lots)] if _makes(step)]
    story.warnings += _warnings(own, of_lot, story)
    _tell(story, _ordered([*own, *made]), [step.event for step in made], product, now)


def _ordered(steps: Iterable[Step]) -> list[Step]:
    return sorted({step.event.id: step for step in steps}.values(), key=lambda step: step.moment)


def _lots(walk: Walk, things: list[str], head: str) -> set[str]:
    """The lots that events state for a serial."""
    stated = {
        lot
        for thing in things
        for (_time, id), role in walk.life(thing).rows
        if role.isupper()
        for lot in walk.lots_of(walk.event(id), thing)
    }
    return {lot for lot in stated if lot.startswith(f"{head}/10/")}


def _made_serial_by_serial(walk: Walk, lots: set[str]) -> list[Step]:
    """A lot that was made known by its serials: the first and last of those events."""
    return [
        Step(at, walk.event(at[1]), role, None)
        for lot in lots
        for at, role in walk.life(lot).rows
        if role == "l"
    ]


def _makes(step: Step) -> bool:
    """The thing, or a serial of the lot, is made or first made known."""
    event = step.event
    return step.via is None and (
        step.role in "oO" or (event.type == "X" and step.role == "l") or _begins(step)
    )


def _begins(step: Step) -> bool:
    return step.via is None and step.event.type == "O" and step.event.action == "A"


def _never_named(story: PublicStory) -> Warning:
    if story.serial:
        return Warning(
            "never_named",
            "bad",
            _("没有这一件的记录"),
            _(
                "这种商品公开了追溯，但没有任何记录提到这个序列号。可能是企业还没有报送，也可能码是仿造的。请与包装上的码核对。"
            ),
        )
    return Warning(
        "never_named",
        "warn",
        _("没有这一批的记录"),
        _(
            "这种商品公开了追溯，但没有任何记录提到这个批号。可能是企业还没有报送，也可能抄错了。请与包装上的批号核对。"
        ),
    )


def _warnings(own: list[Step], of_lot: list[Step], story: PublicStory) -> list[Warning]:
    warnings = []
    if "recalled" in {_last_disposition(own), _last_disposition(of_lot)}:
        warnings.append(
            Warning(
                "recalled",
                "bad",
                _("已被召回"),
                _("请不要食用、使用或继续销售，并联系销售者或生产者办理退换。"),
            )
        )
    if not story.serial:  # a lot is sold piece by piece
        return warnings
    for step in reversed(own):
        event = step.event
        day = dates.words(_day(event.time))
        if event.step in SOLD or event.disposition in SOLD_STATES:
            warnings.append(
                Warning(
                    "sold",
                    "warn",
                    _("这一件已售出"),
                    _(
                        "记录显示它已在%(day)s售出。如果是您当时购买的，一切正常；如果有人现在把它当作新品卖给您，请谨慎。"
                    )
                    % {"day": day},
                )
            )
            break
        if event.step in ENDED or event.disposition in ENDED_STATES or step.role in "iI" or _deleted(step):
            if step.via is not None:  # it was the container's end, or the container's alone
                continue
            warnings.append(
                Warning(
                    "ended",
                    "bad",
                    _("这一件已不在流通"),
                    _(
                        "记录显示它已在%(day)s用掉、销毁或注销。如果有人现在把它卖给您，码可能是重复使用或仿造的。"
                    )
                    % {"day": day},
                )
            )
            break
    return warnings


def _deleted(step: Step) -> bool:
    return step.event.type == "O" and step.event.action == "D"


def _last_disposition(steps: list[Step]) -> str:
    return next((step.event.disposition for step in reversed(steps) if step.event.disposition), "")


def _tell(story: PublicStory, steps: list[Step], makers: list[Ev], product: Product, now: datetime) -> None:
    """Steps in words, with cities; names only of organisations that are public; dates; materials."""
    directory = Directory()
    where = {step.event.id: _where(step.event) for step in steps}
    directory.load({one for pair in where.values() for one in pair if one})
    open_organisations = _public_organisations(
        {found.uscc for found in directory.places.values() if found}, product, now
    )
    for step in steps:
        event = step.event
        who, spot = (directory.place(one) for one in where[event.id])
        answers = who or spot
        at = spot or who
        region = f"{at.region[:4]}00" if at and at.region else None
        # "commissioning" of a transformation is the making of the thing, not the printing of its code.
        made = event.type == "X" and event.step in {"", "commissioning", "creating_class_instance"}
        word = "transforming" if made else event.step if event.step in STEPS else "other"
        told = PublicStep(
            step=word,
            words=_("加工") if made else str(STEPS[word]),
            on=_day(event.time),
            region=region,
            city=regions.name(region) if region else None,
            organisation=PublicOrganisation(answers.uscc, answers.organisation)
            if answers and answers.uscc in open_organisations
            else None,
        )
        if not story.steps or story.steps[-1] != told:
            story.steps.append(told)
    story.dates = _dates(makers)
    story.materials = _materials(makers, product, now)


def _where(event: Ev) -> tuple[str | None, str | None]:
    """Who answers for a step, and where it was."""
    return party(event, receives=event.step in RECEIVES), place(event)


def _public_organisations(codes: set[str], product: Product, now: datetime) -> set[str]:
    """Those a disclosure names, and the producer, which the label names."""
    subjects = {f"organisation:{code}" for code in codes}
    told = public(now).filter(kind=Disclosure.Kind.ORGANISATION, subject__in=subjects)
    return {subject.partition(":")[2] for subject in told.values_list("subject", flat=True)} | {
        product.organisation.uscc
    }


class _Ilmd(msgspec.Struct):
    """Of an event only its instance/lot master data; the decoder skips the rest, however long."""

    ilmd: dict[str, Any] = {}


_ilmd = msgspec.json.Decoder(_Ilmd)


def _dates(makers: list[Ev]) -> list[PublicDate]:
    """Dates in the master data of the events that made the thing; the first statement counts."""
    found: dict[str, str] = {}
    for raw, *_rest in store().bodies(sorted({event.id for event in makers})).values():
        try:
            ilmd = _ilmd.decode(raw).ilmd
        except msgspec.DecodeError:
            continue
        for name, value in ilmd.items():
            local = name.rsplit("/", 1)[-1].rsplit(":", 1)[-1].rsplit("#", 1)[-1]
            if local in DATES and isinstance(value, str):
                try:
                    found.setdefault(local, date.fromisoformat(value[:10]).isoformat())
                except ValueError:
                    continue
    return [PublicDate(kind, str(words), found[kind]) for kind, words in DATES.items() if kind in found]


def _materials(makers: list[Ev], product: Product, now: datetime) -> list[PublicMaterial]:
    """Products that went in where it was made, one level back, whose own trace is public."""
    gtins: dict[str, None] = {}
    for event in makers:
        if event.type == "X":
            for one in [*event.parts.inputs, *(c[1] for c in event.parts.classes if c[0] in "iI")]:
                if one.startswith("01/"):
                    gtins.setdefault(one[3:17])
    gtins.pop(product.gtin, None)
    if not gtins:
        return []
    subjects = [f"trace:{gtin}" for gtin in list(gtins)[:200]]
    told = public(now).filter(kind=Disclosure.Kind.TRACE, subject__in=subjects)
    open_ = {subject.partition(":")[2] for subject in told.values_list("subject", flat=True)}
    named = products([gtin for gtin in gtins if gtin in open_][:MATERIALS])
    return [
        PublicMaterial(one.gtin, one.name, _city(one.organisation.region))
        for one in sorted(named.values(), key=lambda one: one.gtin)
    ]


def _city(region: str) -> str | None:
    return regions.name(f"{region[:4]}00") if region else None


def _day(microseconds: int) -> date:
    """The day in Shanghai."""
    return dates.local(datetime.fromtimestamp(microseconds / 1e6, UTC)).date()
