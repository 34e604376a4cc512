"""Pure decisions: what the consumer and food laws give for a purchase, who answers next, what a policy covers.

The calculator is arithmetic on the law's values (``redress.yaml``). Whether the facts are as somebody states them,
and whether claims stand beside one another, is decided by whoever decides, never here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from zhiheng.knowledge.law.calendar import Calendar
from zhiheng.knowledge.law.clocks import SHANGHAI, Period, add_months, period
from zhiheng.knowledge.law.load import Course

CENT = Decimal("0.01")
MOST = Decimal(10) ** 12
Status = Literal["applies", "at_most", "excluded", "incomplete", "until", "over", "duty"]


@dataclass(frozen=True, slots=True)
class Purchase:
    """What somebody states of a purchase. ``against`` is whom the claim for food is made against."""

    price: Decimal | None = None
    loss: Decimal | None = None
    fraud: bool = False
    food: bool = False
    against: Literal["producer", "seller"] = "producer"
    knew: bool = False
    label_only: bool = False
    serious_harm: bool = False
    unfit: bool = False
    otherwise_agreed: bool = False
    found_substandard: bool = False
    distance: bool = False
    excepted: bool = False
    received_on: date | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A multiplication as the law has it: so many times a base."""

    times: Decimal
    base: Literal["price", "loss"]
    of: Decimal
    result: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """One result: its key, how it stands, how much or until when, and by which article.

    ``why`` says what excludes it or what is missing; ``floor`` the least amount where the law has one.
    """

    key: str
    status: Status
    cite: str
    rule: str
    amount: Decimal | None = None
    products: tuple[Product, ...] = ()
    floor: Decimal | None = None
    why: str = ""
    until: date | None = None
    period: Period | None = None


def money(amount: Decimal) -> Decimal:
    """An amount in yuan and fen, half a fen rounded up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def purchase_faults(given: Purchase, today: date) -> dict[str, str]:
    """What is wrong with what was stated, by field: ``negative``, ``too_large``, ``in_future``."""
    wrong = {}
    for name in ("price", "loss"):
        amount = getattr(given, name)
        if amount is not None and (not amount.is_finite() or amount >= MOST):
            wrong[name] = "too_large"
        elif amount is not None and amount < 0:
            wrong[name] = "negative"
    if given.received_on is not None and given.received_on > today:
        wrong["received_on"] = "in_future"
    return wrong


def calculate(given: Purchase, course: Course, calendar: Calendar, today: date) -> list[Line]:
    """What the laws give for a purchase as it is stated: amounts, then returns, then duties and ends of rights."""
    return [
        *_fraud(given, course),
        *_food(given, course),
        *_defect(given, course),
        *_returns(given, course, calendar, today),
        *_duties(given, course, today),
    ]


def _times(course: Course, key: str, base: Literal["price", "loss"], of: Decimal | None) -> Product | None:
    if of is None:
        return None
    times = Decimal(str(course.value(key).value))
    return Product(times, base, of, money(times * of))


def _floor(course: Course, key: str) -> Decimal:
    return money(Decimal(str(course.value(key).value)))


def _fraud(given: Purchase, course: Course) -> list[Line]:
    """Three times the price, and at least so much (L-CPL Art. 55 para. 1)."""
    if not given.fraud:
        return []
    value, floor = course.value("fraud"), _floor(course, "fraud_floor")
    product = _times(course, "fraud", "price", given.price)
    if product is None:
        return [Line("fraud", "incomplete", value.cite, value.rule, floor=floor, why="price")]
    return [Line("fraud", "applies", value.cite, value.rule, max(product.result, floor), (product,), floor)]


def _food(given: Purchase, course: Course) -> list[Line]:
    """Ten times the price or three times the loss, and at least so much (L-FSL Art. 148)."""
    if not given.food:
        return []
    value, floor = course.value("food_price"), _floor(course, "food_floor")

    def line(status: Status, **more: Any) -> list[Line]:
        return [Line("food", status, value.cite, value.rule, floor=floor, **more)]

    if given.label_only:
        return line("excluded", why="label")
    if given.against == "seller" and not given.knew:
        return line("excluded", why="seller")
    found = (
        _times(course, "food_price", "price", given.price),
        _times(course, "food_loss", "loss", given.loss),
    )
    products = tuple(one for one in found if one is not None)
    if not products:
        return line("incomplete", why="price_or_loss")
    return line("applies", amount=max([floor, *(one.result for one in products)]), products=products)


def _defect(given: Purchase, course: Course) -> list[Line]:
    """At most twice the loss for a defect that was known and killed or gravely harmed (L-CPL Art. 55 para. 2)."""
    if not given.serious_harm:
        return []
    value = course.value("defect")
    product = _times(course, "defect", "loss", given.loss)
    if product is None:
        return [Line("defect", "incomplete", value.cite, value.rule, why="loss")]
    return [Line("defect", "at_most", value.cite, value.rule, product.result, (product,))]


def _returns(given: Purchase, course: Course, calendar: Calendar, today: date) -> list[Line]:
    lines = []
    if given.found_substandard:
        fact = course.edition.facts["unfit"]
        lines.append(Line("unfit", "duty", fact.cite, fact.rule))
    if given.unfit:
        lines.append(
            _return("return", given, "agreed" if given.otherwise_agreed else "", course, calendar, today)
        )
    if given.distance:
        why = "excepted" if given.excepted else ""
        lines.append(_return("return_distance", given, why, course, calendar, today))
    return lines


def _return(
    key: str, given: Purchase, excluded: str, course: Course, calendar: Calendar, today: date
) -> Line:
    clock = course.clocks[key]
    if excluded:
        return Line(key, "excluded", clock.cite, clock.rule, why=excluded)
    if given.received_on is None:
        return Line(key, "incomplete", clock.cite, clock.rule, why="received_on")
    start = datetime.combine(given.received_on, time(), SHANGHAI)
    worked = period(clock, start, calendar, course.counting)
    over = worked.due is not None and worked.due < today
    return Line(
        key,
        "over" if over else "until",
        clock.cite,
        clock.rule,
        amount=given.price,
        until=worked.due,
        period=worked,
    )


def _duties(given: Purchase, course: Course, today: date) -> list[Line]:
    lines = []
    if given.food and not given.label_only:
        fact = course.edition.facts["first"]
        lines.append(Line("first", "duty", fact.cite, fact.rule))
    if given.serious_harm and given.received_on is not None:
        value = course.value("defect_claim")
        until = add_months(given.received_on, int(value.value) * 12)
        lines.append(
            Line("defect_claim", "over" if until < today else "until", value.cite, value.rule, until=until)
        )
    return lines


# -- who answers next -----------------------------------------------------------------------------------------------

NEXT: dict[tuple[str, str], tuple[tuple[str, ...], str]] = {
    ("redress", "demanded"): (("seller", "maker"), ""),
    ("redress", "agreed"): (("seller", "maker"), "promised_by"),
    ("redress", "advanced"): (("seller", "maker"), ""),
    ("redress", "performed"): (("consumer",), ""),
    ("claim", "reported"): (("insurer",), ""),
    ("claim", "assessing"): (("insurer",), "answer_by"),
    ("claim", "agreed"): (("insurer",), ""),
    ("claim", "paid"): (("insurer",), ""),
}
"""Who has to act in a state, and the date of the case by which he promised to. No statute sets one."""


@dataclass(frozen=True, slots=True)
class Next:
    """Who answers next, and by when as he promised; ``late``: the promised day is over."""

    parties: tuple[str, ...] = ()
    by: date | None = None
    late: bool = False


def next_to_act(procedure: str, state: str, values: Mapping[str, Any], today: date) -> Next:
    """Who answers next in a case of redress or insurance."""
    parties, name = NEXT.get((procedure, state), ((), ""))
    stated = values.get(name) if name else None
    by = date.fromisoformat(stated) if stated else None
    return Next(parties, by, by is not None and by < today)


# -- policies ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cover:
    """What a policy covers: the least and the most for decisions."""

    valid_from: date
    valid_until: date
    limit_each: Decimal
    limit_total: Decimal


def in_force(cover: Cover, day: date) -> bool:
    """Whether a policy runs on a day; its first and last day belong to it."""
    return cover.valid_from <= day <= cover.valid_until


def cover_fault(cover: Cover) -> str | None:
    """What is wrong with a policy: ``period``, ``limit`` (not above zero), ``total`` (below that of one event)."""
    if cover.valid_until < cover.valid_from:
        return "period"
    if cover.limit_each <= 0 or cover.limit_total <= 0:
        return "limit"
    return "total" if cover.limit_total < cover.limit_each else None


def settlement_fault(amount: Decimal, cover: Cover, settled: Sequence[Decimal]) -> str | None:
    """Why a policy does not bear an amount: ``nothing``, ``each`` or ``total`` (with what was settled before)."""
    if amount <= 0:
        return "nothing"
    if amount > cover.limit_each:
        return "each"
    return "total" if sum(settled, Decimal()) + amount > cover.limit_total else None
