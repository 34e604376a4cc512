"""How the samples of an item are spread over its strata, and how precise the answer will be: plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from zhiheng.knowledge.methods.allocation import (
    Precision,
    Rule,
    StratumPlan,
    allocate,
    expected,
    weight_effect,
)
from zhiheng.knowledge.methods.selection import inclusion_probabilities

MOST_RATE = 0.5
"""No stratum is assumed to fail more often than not: beyond, variance falls again and allocation would turn round."""


@dataclass(frozen=True, slots=True)
class Share:
    """A stratum's part: how many there are, the sum of their sizes, how many are drawn, what is assumed of it."""

    region: str
    population: int
    weight: int
    rate: float
    size: int = 0
    effect: float = 1.0

    def plan(self, minimum: int) -> StratumPlan:
        """It as the method takes it."""
        return StratumPlan(self.region, self.population, self.rate, 1, minimum)


def rates(sizes: Mapping[str, Sequence[int]], rate: float) -> dict[str, float]:
    """The failing rate assumed in each stratum: the item's, scaled by how large its candidates are on average.

    An assumption, and only as good as the office's factors: candidates twice as large are taken to fail twice as often.
    """
    count = sum(len(some) for some in sizes.values())
    mean = sum(sum(some) for some in sizes.values()) / count if count else 1.0
    return {
        region: min(MOST_RATE, rate * (sum(some) / len(some)) / mean) if some else rate
        for region, some in sizes.items()
    }


def allot(sizes: Mapping[str, Sequence[int]], size: int, rate: float, rule: str, minimum: int) -> list[Share]:
    """Spread ``size`` samples over strata of candidates with these sizes. ValueError when the minima exceed it."""
    assumed = rates(sizes, rate)
    shares = [Share(region, len(some), sum(some), assumed[region]) for region, some in sizes.items()]
    n = allocate([one.plan(minimum) for one in shares], size, cast(Rule, rule)).n
    return [
        Share(
            one.region, one.population, one.weight, one.rate, n[one.region],
            weight_effect(inclusion_probabilities(sizes[one.region], n[one.region])) if n[one.region] else 1.0,
        )
        for one in shares
    ]  # fmt: skip


def precision(shares: Sequence[Share]) -> tuple[dict[str, Precision], Precision]:
    """The 95 % interval to be expected in each stratum and overall, if what is assumed is true."""
    return expected(
        [one.plan(0) for one in shares],
        {one.region: one.size for one in shares},
        {one.region: one.effect for one in shares},
    )


def by_size(
    shares: Sequence[Share], rule: str, minimum: int, sizes: Sequence[int]
) -> list[tuple[int, float]]:
    """The half width overall for several numbers of samples; those that the minima forbid are left out."""
    plans = [one.plan(minimum) for one in shares]
    effects = {one.region: one.effect for one in shares}
    found = []
    for size in sizes:
        try:
            n = allocate(plans, size, cast(Rule, rule)).n
        except ValueError:
            continue
        found.append((size, expected(plans, n, effects)[1].half_width))
    return found


def grid(size: int, population: int) -> list[int]:
    """Numbers of samples to look at around the one that is planned."""
    steps = (0.25, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4)
    return sorted({min(population, max(1, round(size * step))) for step in steps})
