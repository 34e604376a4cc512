"""What makes a plan of spot checks fit to be approved, by plain values: repetition, publication, money, numbers.

What the law says of it comes from the handbook's facts SPC-002, SPC-003 and SPC-032; they are about products under the
Product Quality Law. For food, farm products and drugs no such rule is at hand: an overlap is a note, without article.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from zhiheng.knowledge.law.clocks import add_months

NO_REPEAT_MONTHS = 6
"""SAMR-18 Art. 8."""
EXEMPT = frozenset({"follow_up", "emergency"})
"""Kinds of check that may repeat (SAMR-18 Art. 8, last sentence)."""
WEIGHTS = ("A", "B", "C", "D", "key", "serious")
DEFAULT_WEIGHTS: Mapping[str, str] = {"A": "1", "B": "1", "C": "2", "D": "4", "key": "4", "serious": "4"}
MOST_WEIGHT = Decimal(1000)
BASE_SIZE = 100
"""Everybody's size before weights, so that a factor of two decimals is exact."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a plan: a ``fault`` stops it, a ``conflict`` wants the head's reason, a ``note`` is told."""

    code: str
    level: str
    cite: str = ""
    about: tuple[str, int] | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What the rules look at in an item; ``allotted`` is the sum over its strata, ``population`` likewise."""

    key: int
    product: str
    standards: str
    rules: str
    rules_public_on: date | None
    size: int
    cost: Decimal
    tests: int
    population: int
    allotted: int
    beyond: bool = False
    laboratory: bool = True


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What the rules look at in a plan."""

    region: str
    domain: str
    kind: str
    starts_on: date
    ends_on: date
    budget: Decimal
    filed_on: date | None
    items: Sequence[ItemFacts] = ()


@dataclass(frozen=True, slots=True)
class Other:
    """An item of another plan: ``region`` of its office, and its time."""

    plan: int
    title: str
    region: str
    product: str
    standards: str
    starts_on: date
    ends_on: date


def normal(text: str) -> str:
    """A name or a number as two of them are compared: one width, one case, no spaces."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def standard_numbers(text: str) -> frozenset[str]:
    """The standards named in a text, without their years: an edition does not make another product."""
    numbers = (normal(part) for part in re.split(r"[;；、,，\n]+", text))
    return frozenset(re.sub(r"[-—–](19|20)\d\d$", "", one) for one in numbers if one)


@dataclass(frozen=True, slots=True)
class Product:
    """What makes a product the same one (SAMR-18 Art. 8): who makes it, by which standard, brand and specification."""

    producer: str
    standard: str
    brand: str
    spec: str


def same_product(one: Product, other: Product) -> bool:
    """Whether two are the same product. Brand and specification that nobody wrote are not the same as one written."""
    return (
        normal(one.producer) == normal(other.producer)
        and bool(standard_numbers(one.standard) & standard_numbers(other.standard))
        and normal(one.brand) == normal(other.brand)
        and normal(one.spec) == normal(other.spec)
    )


def since(day: date) -> date:
    """The first day of the six months before a day within which a product is not checked again."""
    return add_months(day, -NO_REPEAT_MONTHS)


def above(region: str) -> tuple[str, ...]:
    """The offices above one's own, by region: of a county its city's and the province's."""
    chain = (region[:2] + "0000", region[:4] + "00")
    return tuple(one for one in dict.fromkeys(chain) if one != region)


def findings(plan: PlanFacts, others: Iterable[Other], today: date) -> list[Finding]:
    """Everything about a plan that its head must know before approving."""
    found = [*_own(plan, today)]
    for item in plan.items:
        found += _item(plan, item)
    found += _repetitions(plan, others)
    return found


def _own(plan: PlanFacts, today: date) -> Iterable[Finding]:
    if not plan.items:
        yield Finding("no_items", "fault")
    if plan.ends_on < plan.starts_on:
        yield Finding("dates", "fault")
    if plan.ends_on < today:
        yield Finding("over", "fault", values={"day": plan.ends_on})
    cost = sum((item.cost for item in plan.items), Decimal(0))
    if cost > plan.budget:
        yield Finding(
            "budget", "fault", values={"cost": cost, "budget": plan.budget, "more": cost - plan.budget}
        )
    if plan.domain == "product" and plan.kind == "routine" and plan.filed_on is None:
        yield Finding("not_filed", "note", "SAMR-18 第十条")
    if plan.kind in EXEMPT and plan.domain == "product":
        yield Finding("exempt", "note", "SAMR-18 第八条")


def _item(plan: PlanFacts, item: ItemFacts) -> Iterable[Finding]:
    about = ("item", item.key)
    said: dict[str, Any] = {"product": item.product}
    if not item.tests:
        yield Finding("no_tests", "fault", "", about, said)
    if item.size < 1:
        yield Finding("no_size", "fault", "", about, said)
    if not item.population:
        # A check without a draw is sent where somebody decides; it has no list.
        yield Finding("not_allotted", "note" if plan.kind in EXEMPT else "fault", "", about, said)
    elif item.size > item.population:
        said = said | {"size": item.size, "population": item.population}
        yield Finding("too_many", "fault", "", about, said)
    elif item.allotted != item.size or item.beyond:
        yield Finding(
            "allot_again", "fault", "", about, said | {"size": item.size, "allotted": item.allotted}
        )
    if not item.laboratory:
        yield Finding("no_laboratory", "note", "", about, said)
    if plan.domain != "product":
        return
    cite = "SAMR-18 第十一条"
    if not item.rules or item.rules_public_on is None:
        yield Finding("rules_not_public", "fault", cite, about, said)
    elif item.rules_public_on > plan.starts_on:
        day = {"day": item.rules_public_on, "starts": plan.starts_on}
        yield Finding("rules_late", "fault", cite, about, said | day)


def _repetitions(plan: PlanFacts, others: Iterable[Other]) -> Iterable[Finding]:
    if plan.kind in EXEMPT and plan.domain == "product":
        return
    upper = above(plan.region)
    for other in others:
        if other.region != plan.region and other.region not in upper:
            continue
        higher = other.region in upper
        # An earlier check counts for six months; one that is planned, while both go on.
        if other.starts_on > plan.ends_on or other.ends_on < since(plan.starts_on):
            continue
        for item in plan.items:
            named = normal(item.product) == normal(other.product)
            shared = standard_numbers(item.standards) & standard_numbers(other.standards)
            if not named and not shared:
                continue
            values = {
                "product": item.product, "plan": other.title, "other": other.product, "office": other.region,
                "starts": other.starts_on, "ends": other.ends_on,
            }  # fmt: skip
            about = ("plan", other.plan)
            if plan.domain != "product":
                yield Finding("overlap", "note", "", about, values)
            elif higher and named:
                yield Finding("higher_office", "conflict", "L-PQL 第十五条第二款", about, values)
            elif higher:
                yield Finding("higher_standard", "note", "L-PQL 第十五条第二款", about, values)
            else:
                yield Finding("six_months", "note", "SAMR-18 第八条", about, values)


# -- who is left out of a draw ---------------------------------------------------------------------------------


def weight_faults(given: Mapping[str, Any]) -> dict[str, str]:
    """Which of the office's factors cannot be used: ``not_a_number`` or ``out_of_range`` (above 0, at most 1000)."""
    faults = {}
    for key in WEIGHTS:
        try:
            value = Decimal(str(given.get(key, "")))
        except InvalidOperation:
            faults[key] = "not_a_number"
            continue
        if not value.is_finite() or not 0 < value <= MOST_WEIGHT or value.as_tuple().exponent < -2:  # type: ignore[operator]
            faults[key] = "out_of_range"
    return faults


def factors(weights: Mapping[str, str], risk_class: str, key: bool, serious: bool) -> list[str]:
    """The factors that a candidate's size is multiplied by; a class the office has no factor for counts as 1."""
    found = [weights.get(risk_class, "1")] if risk_class else []
    if key:
        found.append(weights.get("key", "1"))
    if serious:
        found.append(weights.get("serious", "1"))
    return [str(one) for one in found]


# -- test items from a sheet -----------------------------------------------------------------------------------

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "item": ("检验项目", "项目", "item"),
    "method": ("检验方法", "方法", "method"),
    "unit": ("单位", "unit"),
    "limit_low": ("下限", "标准值下限", "limit_low", "low"),
    "limit_high": ("上限", "标准值上限", "limit_high", "high"),
    "decision_rule": ("判定规则", "decision_rule"),
    "high_risk": ("可能严重危害", "高风险", "high_risk"),
}
_RULE_WORDS = {
    "": "simple", "simple": "simple", "简单判定": "simple", "简单": "simple",
    "guard_band": "guard_band", "保护带": "guard_band", "保护带判定": "guard_band",
}  # fmt: skip
_YES = {"是", "yes", "true", "1", "y", "√"}
_NO = {"", "否", "no", "false", "0", "n", "×"}
LONGEST = {"item": 200, "method": 200, "unit": 40}
NONE_ALLOWED = frozenset({"不得检出", "未检出", "nd", "n.d.", "notdetected"})
"""An upper limit in words: nothing of it may be found."""


def column_of(name: str) -> str | None:
    """Which of our fields a column is."""
    bare = normal(name)
    return next((key for key, names in COLUMNS.items() if bare in map(normal, names)), None)


def written_twice(tests: Iterable[Mapping[str, Any]]) -> str:
    """An item that stands twice among the test items, or nothing: results are entered by its name, so one is lost."""
    seen: set[str] = set()
    for test in tests:
        name = normal(str(test["item"]))
        if name in seen:
            return str(test["item"])
        seen.add(name)
    return ""


def sheet_item(cells: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """A test item from the cells of a row, and what is wrong by field."""
    text = {key: str(cells.get(key) if cells.get(key) is not None else "").strip() for key in COLUMNS}
    faults: dict[str, str] = {}
    if not text["item"]:
        faults["item"] = "missing"
    for key, most in LONGEST.items():
        if len(text[key]) > most:
            faults[key] = "too_long"
    limits: dict[str, Decimal] = {}
    for key in ("limit_low", "limit_high"):
        if not text[key]:
            continue
        if key == "limit_high" and normal(text[key]) in NONE_ALLOWED:
            if text["limit_low"]:
                faults[key] = "below_low"
            text[key] = "不得检出"
            continue
        try:
            value = Decimal(unicodedata.normalize("NFKC", text[key]))
        except InvalidOperation:
            faults[key] = "not_a_number"
            continue
        if not value.is_finite() or len(text[key]) > 30:
            faults[key] = "not_a_number"
            continue
        limits[key], text[key] = value, str(value)
    if len(limits) == 2 and limits["limit_low"] > limits["limit_high"]:
        faults["limit_high"] = "below_low"
    rule = _RULE_WORDS.get(text["decision_rule"].lower())
    if rule is None:
        faults["decision_rule"] = "not_a_choice"
    risk = text["high_risk"].lower()
    if risk not in _YES | _NO:
        faults["high_risk"] = "not_a_choice"
    return {**text, "decision_rule": rule or "", "high_risk": risk in _YES}, faults
