"""What a measured value says against its limit: pure decisions on text as laboratories write it.

Decision rules: ILAC-G8:09/2019 and JCGM 106:2012. ``simple``: simple acceptance, the value against the limit, the guard
band is zero. ``guard_band``: guarded acceptance and guarded rejection with a guard band w = U, the expanded uncertainty
(k = 2, about 95 %): inside the limit by U passes, outside by U fails, between the two nothing is stated and a person
decides. A result that nobody can state is not a pass.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from zhiheng.knowledge.law.clocks import add_months
from zhiheng.systems.inspection.models import ItemResult, Report
from zhiheng.systems.inspection.rules_plan import NONE_ALLOWED

Verdict, Conclusion = ItemResult.Verdict, Report.Conclusion
SIMPLE, GUARDED = "simple", "guard_band"
NOT_FOUND = frozenset({"未检出", "nd", "n.d.", "notdetected", "阴性"})
FOUND = frozenset({"检出", "阳性", "detected"})
GOOD = frozenset({"符合", "符合要求", "合格", "pass"})
BAD = frozenset({"不符合", "不符合要求", "不合格", "fail"})
UNTESTED = frozenset({"", "/", "-", "—", "未检", "未检验"})
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_POWER = re.compile(r"(.+?)[×x*]10\^?(-?\d+)")


@dataclass(frozen=True)
class Stated:
    """A verdict and the code of why: ``within``, ``outside``, ``guard``, ``no_uncertainty``, ``no_limit`` …"""

    verdict: str
    why: str


def plain(text: str) -> str:
    """Half-width, without spaces, lower case."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", str(text))).lower()


def number(text: str) -> Decimal | None:
    """A number as laboratories write it: 0.94, 1,200, 2.06×10^4; nothing for what is none. A comma that does not
    part thousands makes none: 0,94 is not 94."""
    given = plain(text)
    if _GROUPED.fullmatch(given):
        given = given.replace(",", "")
    power = _POWER.fullmatch(given)
    try:
        value = Decimal(power[1]).scaleb(int(power[2])) if power else Decimal(given)
    except (InvalidOperation, ValueError):
        return None
    return value if value.is_finite() and abs(value.adjusted()) < 40 else None


def state(value: str, uncertainty: str, low: str, high: str, rule: str) -> Stated:
    """What a value says against its limits; ``uncertainty`` is the expanded one, in the value's unit."""
    given = plain(value)
    if given in UNTESTED:
        return Stated(Verdict.NOT_TESTED, "untested")
    lower, upper = number(low), number(high)
    if given in BAD:
        return Stated(Verdict.FAIL, "said")
    if plain(high) in NONE_ALLOWED:
        return _none_allowed(given)
    if given in GOOD and lower is None and upper is None:  # where there is a limit, a word is no value
        return Stated(Verdict.PASS, "said")
    if lower is None and upper is None:
        return Stated(Verdict.INCONCLUSIVE, "no_limit")
    if given in NOT_FOUND:
        return (
            Stated(Verdict.PASS, "not_found") if lower is None else Stated(Verdict.INCONCLUSIVE, "not_found")
        )
    if given[0] in "<≤>≥":
        return _bound(given, lower, upper)
    measured = number(given)
    if measured is None:
        return Stated(Verdict.INCONCLUSIVE, "not_a_number")
    if rule != GUARDED:
        inside = (lower is None or lower <= measured) and (upper is None or measured <= upper)
        return Stated(Verdict.PASS, "within") if inside else Stated(Verdict.FAIL, "outside")
    width = number(uncertainty)
    if width is None or width < 0:
        return Stated(Verdict.INCONCLUSIVE, "no_uncertainty")
    if (lower is None or lower + width <= measured) and (upper is None or measured <= upper - width):
        return Stated(Verdict.PASS, "within")
    if (lower is not None and measured < lower - width) or (upper is not None and measured > upper + width):
        return Stated(Verdict.FAIL, "outside")
    return Stated(Verdict.INCONCLUSIVE, "guard")


def _none_allowed(given: str) -> Stated:
    if given in NOT_FOUND:
        return Stated(Verdict.PASS, "not_found")
    measured = number(given)
    if given in FOUND or (measured is not None and measured > 0):
        return Stated(Verdict.FAIL, "found")
    return Stated(Verdict.INCONCLUSIVE, "not_a_number" if given[0] not in "<≤" else "below")


def _bound(given: str, lower: Decimal | None, upper: Decimal | None) -> Stated:
    """A result that is only known to be below or above something."""
    bound = number(given[1:])
    if bound is None:
        return Stated(Verdict.INCONCLUSIVE, "not_a_number")
    if given[0] in "<≤":
        if lower is None and upper is not None and bound <= upper:
            return Stated(Verdict.PASS, "within")
        fails = lower is not None and (bound < lower or (bound == lower and given[0] == "<"))
    else:
        if upper is None and lower is not None and bound >= lower:
            return Stated(Verdict.PASS, "within")
        fails = upper is not None and (bound > upper or (bound == upper and given[0] == ">"))
    return Stated(Verdict.FAIL, "outside") if fails else Stated(Verdict.INCONCLUSIVE, "below")


def limit_words(low: str, high: str) -> str:
    """The limit as a report says it: ≤0.5, ≥3, 3～6, 不得检出."""
    if low and high:
        return f"{low}～{high}"
    if high:
        return high if number(high) is None else f"≤{high}"
    return f"≥{low}" if low else ""


def conclusion(verdicts: Sequence[str], allowed: int = 0, units: int | None = None) -> str | None:
    """The conclusion of a sample from the verdicts of its items; None while it cannot be drawn.

    Without an allowance one failing item makes the sample fail. With one (``allowed``, L > 0) it is an audit in the
    sense of GB/T 2828.4: ``units`` (d) is how many of the units tested failed, and the report says "not rejected",
    or fails when d > L.
    """
    failing = Verdict.FAIL in verdicts
    if failing and not allowed:
        return Conclusion.FAIL
    if not verdicts or any(one not in (Verdict.PASS, Verdict.FAIL) for one in verdicts):
        return None
    if not allowed:
        return Conclusion.PASS
    if units is None or (units > 0) != failing:
        return None
    return Conclusion.FAIL if units > allowed else Conclusion.NOT_REJECTED


def judged(test: Mapping[str, Any], entered: Mapping[str, str]) -> dict[str, Any]:
    """A line of the worksheet: what the plan asks, what was entered, the verdict by the rule, and a person's own."""
    low, high = str(test.get("limit_low") or ""), str(test.get("limit_high") or "")
    rule = str(test.get("decision_rule") or SIMPLE)
    found = state(entered.get("value", ""), entered.get("uncertainty", ""), low, high, rule)
    chosen = entered.get("verdict", "")
    own = chosen if chosen in Verdict.values and chosen != found.verdict else ""
    return {
        "item": str(test.get("item", "")), "method": str(test.get("method") or ""), "unit": str(test.get("unit") or ""),
        "limit": limit_words(low, high), "rule": rule, "value": entered.get("value", ""),
        "uncertainty": entered.get("uncertainty", ""), "coverage": entered.get("coverage", ""),
        "computed": found.verdict, "why": found.why, "verdict": own or found.verdict,
        "override_why": entered.get("override_why", "") if own else "", "high_risk": bool(test.get("high_risk")),
    }  # fmt: skip


SPARE_MONTHS = {Conclusion.PASS: 3, Conclusion.NOT_REJECTED: 3, Conclusion.FAIL: 6}
"""Months that a spare food sample is kept from the conclusion: SAMR-15 Art. 25 (FSI-004, FSI-005)."""


def spare_until(concluded: str, on: date, best_before: date | None) -> date:
    """The last day a spare food sample is kept: 3 or 6 months, or the end of its shelf life when that is sooner."""
    kept = add_months(on, SPARE_MONTHS[Conclusion(concluded)])
    return min(kept, best_before) if best_before else kept
