"""What enforcement decides by plain values: thresholds, severity, limitation, discretion, accounts, publication terms.

The numbers come in from the law's data (``Value``, ``Term``); none of them stands here.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

from zhiheng.core.crypto import mask_name
from zhiheng.knowledge.law.clocks import add_months
from zhiheng.knowledge.law.model import Value

ZERO = Decimal(0)

# -- the penalty ---------------------------------------------------------------------------------------------

LICENCE = frozenset({"downgrade", "revoke"})
STOP = frozenset({"stop", "close", "bar"})
RESTRICTION = frozenset({"restrict", "stop", "bar"})
REVOCATION = LICENCE | {"close"}
MONEY: Mapping[str, str] = {"fine": "fine", "gains": "gains", "goods": "goods_value"}
"""The kinds of penalty that have an amount, and the field it stands in."""


@dataclass(frozen=True, slots=True)
class Penalty:
    """A penalty as far as thresholds go: its kinds, and its amounts in yuan."""

    kinds: frozenset[str]
    fine: Decimal = ZERO
    gains: Decimal = ZERO
    goods: Decimal = ZERO

    @property
    def confiscated(self) -> Decimal:
        """Unlawful gains and the value of unlawful goods together."""
        return self.gains + self.goods

    @property
    def money(self) -> Decimal:
        """What is to be paid: fine and gains; goods are handed over."""
        return self.fine + self.gains


def penalty(values: Mapping[str, Any]) -> Penalty:
    """The penalty that a step's values say."""

    def amount(name: str) -> Decimal:
        return Decimal(values.get(name) or 0)

    return Penalty(
        frozenset(values.get("kinds") or ()), amount("fine"), amount("gains"), amount("goods_value")
    )


def amounts_fault(one: Penalty) -> str:
    """The field whose amount and kind do not go together, or nothing: a fine needs its amount, an amount its kind."""
    if ("fine" in one.kinds) != (one.fine > 0):
        return "fine"
    if ("gains" in one.kinds) != (one.gains > 0):
        return "gains"
    return "goods_value" if one.goods > 0 and "goods" not in one.kinds else ""


@dataclass(frozen=True, slots=True)
class Due:
    """Why a hearing is due: the ground of the law's list, and the threshold that was reached (for amounts)."""

    ground: str
    amount: Decimal = ZERO
    threshold: Value | None = None


def hearing_due(one: Penalty, *, lower: bool, values: Mapping[str, Value]) -> Due | None:
    """Whether the party must be told of its right to a hearing (L-APL-PEN Art. 63, SAMR-3 Art. 5).

    ``lower``: the threshold of natural persons. An amount that just reaches the threshold is over it.
    """
    threshold = values["hearing_person" if lower else "hearing_organisation"]
    if one.kinds & LICENCE:
        return Due("licence")
    if one.kinds & STOP:
        return Due("stop")
    if one.fine >= Decimal(str(threshold.value)):
        return Due("fine", one.fine, threshold)
    if one.confiscated >= Decimal(str(threshold.value)):
        return Due("confiscation", one.confiscated, threshold)
    return None


def more_severe(decided: Penalty, told: Penalty) -> list[str]:
    """In what a decision goes beyond what the party was told: field names, empty when in nothing."""
    beyond = ["kinds"] if decided.kinds - told.kinds else []
    pairs = (
        ("fine", decided.fine, told.fine), ("gains", decided.gains, told.gains),
        ("goods_value", decided.goods, told.goods),
    )  # fmt: skip
    return beyond + [name for name, now, before in pairs if now > before]


# -- limitation (追责时效) ---------------------------------------------------------------------------------------

Answer = Literal["", "continuing", "grave", "found_earlier"]
Limitation = Literal["unknown", "within", "ask", "answered", "expired"]


def limitation(
    ended_on: date | None,
    found_on: date,
    answer: str,
    answered_day: date | None,
    values: Mapping[str, Value],
) -> Limitation:
    """How a violation stands to L-APL-PEN Art. 36: ``ask`` wants an officer's answer, ``expired`` forbids a penalty.

    ``answer``: continuing (``answered_day`` is when it ended, or none while it goes on), grave (life, health or
    financial safety harmed: the longer period), found_earlier (it was found on ``answered_day``, before this case).
    """
    if answer == "continuing":
        if answered_day is None:
            return "answered"
        ended_on = answered_day
    if ended_on is None:
        return "unknown"
    years = values["limitation_grave" if answer == "grave" else "limitation"].value
    found = min(found_on, answered_day) if answer == "found_earlier" and answered_day else found_on
    if found <= add_months(ended_on, int(years * 12)):
        return "answered" if answer else "within"
    return "expired" if answer else "ask"


# -- discretion (裁量) -----------------------------------------------------------------------------------------

NEEDS: Mapping[str, str] = {"heavy": "aggravating", "light": "mitigating", "mitigated": "mitigating"}


def discretion_fault(level: str, factors: Collection[str]) -> str:
    """What a level of discretion lacks: the kind of factor that has to be on record, or ``no_penalty`` for none."""
    if level == "none":
        return "no_penalty"
    needed = NEEDS.get(level, "")
    return needed if needed and needed not in factors else ""


# -- evidence ------------------------------------------------------------------------------------------------


def custody_fault(last: str | None, last_at: datetime | None, at: datetime, now: datetime) -> str:
    """Why a link cannot be added to a chain of custody: ``future``, ``before_last``, ``destroyed``; or nothing."""
    if at > now:
        return "future"
    if last == "destroyed":
        return "destroyed"
    # People write times in minutes: what happened in the same minute is not before.
    return "before_last" if last_at is not None and at < last_at.replace(second=0, microsecond=0) else ""


# -- performance ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One instalment: what of it is covered by the payments so far, and how it stands."""

    due_on: date
    amount: Decimal
    covered: Decimal
    state: Literal["paid", "part", "open", "late"]


@dataclass(frozen=True, slots=True)
class Account:
    """What is owed and what was paid."""

    due: Decimal
    paid: Decimal
    lines: tuple[Line, ...] = ()

    @property
    def remainder(self) -> Decimal:
        """What is still owed."""
        return self.due - self.paid


def account(
    due: Decimal, payments: Iterable[Decimal], plan: Sequence[tuple[date, Decimal]], today: date
) -> Account:
    """The account of a penalty: payments cover the plan's instalments in their order."""
    paid = sum(payments, ZERO)
    left, lines = paid - (due - sum((amount for _day, amount in plan), ZERO)), []
    for day, amount in plan:
        covered = max(ZERO, min(left, amount))
        left -= covered
        if covered >= amount:
            state: Literal["paid", "part", "open", "late"] = "paid"
        elif day < today:
            state = "late"
        else:
            state = "part" if covered else "open"
        lines.append(Line(day, amount, covered, state))
    return Account(due, paid, tuple(lines))


def plan_fault(plan: Sequence[tuple[date, Decimal]], remainder: Decimal, today: date) -> str:
    """What is wrong with a plan of instalments: ``empty``, ``past``, ``order``, ``amount``, ``sum``; or nothing."""
    if not plan:
        return "empty"
    days = [day for day, _amount in plan]
    if days[0] < today:
        return "past"
    if any(after <= before for before, after in pairwise(days)):
        return "order"
    if any(amount <= 0 for _day, amount in plan):
        return "amount"
    return "" if sum((amount for _day, amount in plan), ZERO) == remainder else "sum"


# -- publication ---------------------------------------------------------------------------------------------


def exempt(kinds: Collection[str]) -> bool:
    """Whether nothing is published: a mere warning (SAMR-45 Art. 2)."""
    return set(kinds) == {"warning"}


def minor(one: Penalty, discretion: str, *, person: bool, said: bool, values: Mapping[str, Value]) -> bool:
    """Whether it is mere criticism or a small fine.

    Where the edition has a number, a fine within it that was light or mitigated is small; where it has none, the
    publishing office says so (``said``).
    """
    kinds = one.kinds - {"warning"}
    if kinds == {"criticism"}:
        return True
    if not kinds <= {"criticism", "fine"}:
        return False
    limit = values.get("small_fine_person" if person else "small_fine")
    if limit is None:
        return said
    return one.fine <= Decimal(str(limit.value)) and discretion in {"light", "mitigated"}


def term_key(one: Penalty, *, minor: bool, domain: str, terms: Collection[str]) -> str:
    """Which of an edition's terms of publication holds; the gravest first."""
    if "heavy" in terms and one.kinds & (RESTRICTION | REVOCATION):
        return "heavy"
    if "revocation" in terms and one.kinds & REVOCATION:
        return "revocation"
    if "restriction" in terms and one.kinds & RESTRICTION:
        return "restriction"
    if minor:
        return "minor"
    return "field" if domain and domain != "none" else "other"


CONDITIONS: Mapping[str, frozenset[str]] = {
    "SAMR-45-2021": frozenset({"performed", "corrected", "no_repeat", "not_listed"}),  # PUB-007
    "SAMR-45-2025": frozenset({"performed", "corrected", "no_repeat"}),  # PUB-012
}
"""What must have been verified before a publication ends early, by edition."""

_IDENTITY = re.compile(r"(?<!\d)(\d{4})\d{10}(\d{3}[\dXx])(?!\d)")
_MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")


def masked(text: str, names: Iterable[str]) -> str:
    """A text for the public: people's names masked except the surname, identity and telephone numbers cut."""
    for name in sorted({n for n in names if len(n) > 1}, key=len, reverse=True):
        text = text.replace(name, mask_name(name))
    text = _IDENTITY.sub(lambda m: f"{m[1]}{'*' * 10}{m[2]}", text)
    return _MOBILE.sub(lambda m: f"{m[1]}****{m[2]}", text)


# -- offices -------------------------------------------------------------------------------------------------


def common_superior(first: str, second: str) -> str:
    """The office above both (GB/T 2260): their city's or province's; empty when neither is."""
    if first == second or first[:2] != second[:2]:
        return ""
    if first[:4] == second[:4] and not first.endswith("00") and not second.endswith("00"):
        return f"{first[:4]}00"
    province = f"{first[:2]}0000"
    return "" if province in (first, second) else province


def superiors(region: str) -> list[str]:
    """The offices above one: its city's and its province's."""
    above = [f"{region[:4]}00", f"{region[:2]}0000"]
    return [code for code in dict.fromkeys(above) if code != region]
