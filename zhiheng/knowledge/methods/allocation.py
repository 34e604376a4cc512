"""How many to draw from each stratum, and how precise the answer will be: for the page where a plan is made.

Sources: Wright, T. (2017), Exact optimal sample allocation: More efficient than Neyman, Statistics & Probability
Letters 129 (whole numbers one by one, with minimum and maximum); Bankier, M. D. (1988), Power allocations, The American
Statistician 42; Cochran, Sampling Techniques, ch. 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import heapify, heappop, heappush
from math import inf, sqrt
from typing import Literal

from zhiheng.knowledge.methods.intervals import Interval, beta_interval

Rule = Literal["proportional", "neyman", "power"]


@dataclass(frozen=True)
class StratumPlan:
    """What is assumed of a stratum: ``count`` candidates, a failing share ``rate`` (0 to 1), ``cost`` of checking one.

    ``minimum`` are drawn at least (all of them when there are fewer).
    """

    id: str
    count: int
    rate: float = 0.1
    cost: int = 1
    minimum: int = 0


@dataclass(frozen=True)
class Allocation:
    """How many are drawn by stratum, and what that costs."""

    n: dict[str, int]
    cost: int


@dataclass(frozen=True)
class Precision:
    """The interval that is to be expected when ``n`` are drawn and the assumed rate is true."""

    n: int
    rate: float
    interval: Interval

    @property
    def half_width(self) -> float:
        return (self.interval.high - self.interval.low) / 2


def _importance(stratum: StratumPlan, rule: Rule, power: float) -> float:
    """The a of the sum of a²/n that the rule makes small."""
    spread = sqrt(stratum.rate * (1 - stratum.rate))
    if rule == "proportional":
        return float(stratum.count)
    if rule == "neyman":
        return stratum.count * spread
    return float(stratum.count**power) * (spread / stratum.rate if stratum.rate else 0.0)


def allocate(
    strata: Sequence[StratumPlan], budget: int, rule: Rule = "neyman", power: float = 0.5
) -> Allocation:
    """Whole numbers by stratum that cost at most ``budget`` (with costs of 1: that add up to it).

    One after the other is given where it lowers the variance most for its cost (Wright). With equal costs no other
    whole numbers within minimum and count make the rule's variance smaller.

    - ``neyman``: the variance of the overall rate;
    - ``power``: the squares of the strata's own coefficients of variation, weighted by count to twice ``power``: 0
      makes every stratum about as precise;
    - ``proportional``: every one drawn represents about as many.

    A stratum with a rate of 0 or 1 has no variance and gets its minimum only: do not assume it. ValueError when the
    minima cost more than the budget, or a rate, cost or count makes no sense.
    """
    for one in strata:
        if one.count < 0 or one.cost < 1 or one.minimum < 0 or not 0 <= one.rate <= 1:
            raise ValueError(f"stratum {one.id}: count, minimum >= 0, cost >= 1, rate from 0 to 1")
    n = {one.id: min(one.minimum, one.count) for one in strata}
    left = budget - sum(n[one.id] * one.cost for one in strata)
    if left < 0:
        raise ValueError(f"the minima cost {budget - left}, the budget is {budget}")
    a = {one.id: _importance(one, rule, power) for one in strata}

    def gain(one: StratumPlan) -> float:
        """By how much the next one drawn lowers a²/n for its cost; the first in a stratum comes before any second."""
        k = n[one.id]
        first = inf if a[one.id] else 0.0
        return -(a[one.id] ** 2 / (k * (k + 1)) / one.cost if k else first)

    queue = [(gain(one), -a[one.id], row) for row, one in enumerate(strata) if n[one.id] < one.count]
    heapify(queue)
    while queue:
        _gain, _a, row = heappop(queue)
        one = strata[row]
        if one.cost > left:
            continue  # what is left may still do for a cheaper stratum
        n[one.id] += 1
        left -= one.cost
        if n[one.id] < one.count:
            heappush(queue, (gain(one), -a[one.id], row))
    return Allocation(n, budget - left)


def weight_effect(probabilities: Sequence[Fraction]) -> float:
    """Kish's 1 + cv² of the weights that a draw with these probabilities will have; 1 when all are equal.

    What unequal chances cost in precision when the rate has nothing to do with size. Expected over the draw: the sum
    of weights is the number of candidates, the sum of squared weights the sum of 1/probability.
    """
    if not probabilities:
        return 1.0
    n = sum(probabilities)
    return float(n * sum(1 / p for p in probabilities) / len(probabilities) ** 2)


def expected(
    strata: Sequence[StratumPlan], n: dict[str, int], effects: dict[str, float] | None = None
) -> tuple[dict[str, Precision], Precision]:
    """The 95 % interval of the failing rate to be expected in each stratum and overall, if the assumptions are true.

    ``effects`` by stratum (``weight_effect`` of its probabilities) for draws with unequal chances. The interval is
    that of Korn and Graubard with the effective number drawn: n · (1/effect) · (N - 1)/(N - n), nothing to be
    expected from a stratum of which nobody is drawn (0 to 1). Overall: the strata's rates weighted by their counts.
    """
    effects = effects or {}
    each: dict[str, Precision] = {}
    whole = sum(one.count for one in strata)
    mean = variance = 0.0
    blind = False
    for one in strata:
        taken = n[one.id]
        worth = _worth(taken, one.count, effects.get(one.id, 1.0))
        each[one.id] = Precision(taken, one.rate, _interval(one.rate, worth))
        share = one.count / whole if whole else 0.0
        mean += share * one.rate
        blind |= one.count > 0 and taken == 0
        variance += share**2 * one.rate * (1 - one.rate) / worth if worth else 0.0
    total = sum(n.values())
    if blind or not whole:
        worth = 0.0
    elif variance:
        worth = mean * (1 - mean) / variance
    else:
        worth = inf if total == whole else float(total)
    return each, Precision(total, mean, _interval(mean, worth))


def _worth(n: int, count: int, effect: float) -> float:
    """How many independent draws with equal chances ``n`` of ``count`` are worth; infinite when all were drawn."""
    if n == 0:
        return 0.0
    return inf if n >= count else n / max(effect, 1.0) * (count - 1) / (count - n)


def _interval(rate: float, worth: float) -> Interval:
    return Interval(rate, rate) if worth == inf else beta_interval(rate * worth, worth)
