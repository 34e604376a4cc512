"""How often the interval of the pass rate covers the truth, in worlds that are harder than one would like.

Run as a program it prints the table of docs/methods.md: ``python -m tests.knowledge.methods.test_coverage 4000``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import sqrt

import numpy as np
import pytest
from numpy.typing import NDArray

from zhiheng.knowledge.methods.rates import pass_rate, rate_interval
from zhiheng.knowledge.methods.survey import Design, design, mean

Array = NDArray[np.float64]
Draw = Callable[[], tuple[Design, Array]]
World = Callable[[np.random.Generator, float], tuple[float, Draw]]
FIRMS = 3000
RATES = (0.01, 0.03, 0.08, 0.2, 0.4)


def _sizes(rng: np.random.Generator, count: int) -> Array:
    """Sizes of firms: a coefficient of variation about 1."""
    return np.minimum(np.exp(rng.normal(0, 0.83, count)), 8)


def _failing(
    rng: np.random.Generator, sizes: Array, rate: float, relate: float, alike: float, batches: int
) -> Array:
    """Which batches fail, shape (firms, batches): small firms more often (``relate`` > 0), batches of a firm alike."""
    chance = sizes**-relate
    chance = np.minimum(rate * chance / chance.mean(), 0.95)
    if alike:
        k = (1 - alike) / alike
        chance = rng.beta(np.maximum(chance * k, 1e-9), (1 - chance) * k)
    return (rng.random((len(sizes), batches)) < chance[:, None]).astype(float)


def _systematic(rng: np.random.Generator, sizes: Array, n: int) -> tuple[NDArray[np.intp], Array]:
    order = rng.permutation(len(sizes))
    chances = n * sizes[order] / sizes.sum()
    places = np.searchsorted(np.cumsum(chances), rng.random() + np.arange(n), side="right")
    places = np.minimum(places, len(sizes) - 1)
    return order[places], chances[places]


def simple(rng: np.random.Generator, rate: float) -> tuple[float, Draw]:
    y = (rng.random(FIRMS) < rate).astype(float)

    def draw() -> tuple[Design, Array]:
        rows = rng.choice(FIRMS, 60, replace=False)
        return design(np.full(60, FIRMS / 60), population=FIRMS), y[rows]

    return y.mean(), draw


def unequal(relate: float) -> World:
    def world(rng: np.random.Generator, rate: float) -> tuple[float, Draw]:
        sizes = _sizes(rng, FIRMS)
        y = _failing(rng, sizes, rate, relate, 0, 1)[:, 0]

        def draw() -> tuple[Design, Array]:
            rows, chances = _systematic(rng, sizes, 80)
            return design(1 / chances, probabilities=chances), y[rows]

        return y.mean(), draw

    return world


def stratified(shares: tuple[float, float, float, float]) -> World:
    counts, taken = np.array([1500, 900, 400, 200]), np.array([20, 20, 30, 30])

    def world(rng: np.random.Generator, rate: float) -> tuple[float, Draw]:
        stratum = np.repeat(np.arange(4), counts)
        y = (rng.random(FIRMS) < np.minimum(rate * np.array(shares)[stratum], 0.9)).astype(float)

        def draw() -> tuple[Design, Array]:
            rows = np.concatenate(
                [rng.choice(np.flatnonzero(stratum == h), taken[h], replace=False) for h in range(4)]
            )
            h = stratum[rows]
            return design((counts / taken)[h], strata=h, population=counts[h]), y[rows]

        return y.mean(), draw

    return world


def clustered(alike: float) -> World:
    def world(rng: np.random.Generator, rate: float) -> tuple[float, Draw]:
        y = _failing(rng, np.ones(FIRMS), rate, 0, alike, 5)

        def draw() -> tuple[Design, Array]:
            rows = rng.choice(FIRMS, 30, replace=False)
            firms = np.repeat(np.arange(30), 5)
            return design(np.full(150, FIRMS / 30), clusters=firms, population=FIRMS), y[rows].ravel()

        return y.mean(), draw

    return world


def everything(rng: np.random.Generator, rate: float) -> tuple[float, Draw]:
    """Three strata, unequal chances within, small firms worse, four batches a firm that are alike."""
    stratum = np.repeat([0, 1, 2], [1800, 900, 300])
    sizes = _sizes(rng, FIRMS)
    y = np.concatenate(
        [
            _failing(rng, sizes[stratum == h], min(rate * more, 0.9), 0.4, 0.2, 4)
            for h, more in enumerate((0.6, 1.2, 2.0))
        ]
    )

    def draw() -> tuple[Design, Array]:
        rows, chances = [], []
        for h in range(3):
            inside = np.flatnonzero(stratum == h)
            taken, chance = _systematic(rng, sizes[inside], 20)
            rows.append(inside[taken])
            chances.append(chance)
        firms, chance = np.concatenate(rows), np.repeat(np.concatenate(chances), 4)
        sample = design(
            1 / chance,
            strata=np.repeat(stratum[firms], 4),
            clusters=np.repeat(np.arange(60), 4),
            probabilities=chance,
        )
        return sample, y[firms].ravel()

    return y.mean(), draw


WORLDS: dict[str, World] = {
    "60 firms, equal chances": simple,
    "80 firms by size, failing unrelated": unequal(0),
    "80 firms by size, small ones fail more": unequal(0.7),
    "80 firms by size, big ones fail more": unequal(-0.7),
    "4 strata, the rare ones fail more": stratified((0.5, 1, 2, 3)),
    "4 strata, only the thinly sampled one fails": stratified((1.9, 0.1, 0.1, 0.1)),
    "30 firms of 5 batches, alike 0.1": clustered(0.1),
    "30 firms of 5 batches, alike 0.3": clustered(0.3),
    "30 firms of 5 batches, alike 0.7": clustered(0.7),
    "strata, sizes and batches at once": everything,
}


def plain(sample: Design, y: Array) -> tuple[float, float]:
    """Korn and Graubard's interval as it is commonly used: the effective number up to n; n where nothing failed."""
    estimate = mean(sample, y)
    if estimate.se > 0 and 0 < estimate.value < 1:
        low, high = rate_interval(estimate)
        return low, high
    edge = 0.025 ** (1 / sample.n)
    return (edge, 1.0) if estimate.value > 0.5 else (0.0, 1 - edge)


def covered(world: World, rate: float, turns: int, seed: int) -> tuple[float, float, float, float]:
    """Share covered, mean width, share covered where nothing failed or everything did, share covered by ``plain``."""
    rng = np.random.default_rng(seed)
    hits = width = others = 0.0
    truth, draw = world(rng, rate)
    edge: list[bool] = []
    for turn in range(turns):
        if turn % 10 == 0:
            truth, draw = world(rng, rate)
        sample, failing = draw()
        found = pass_rate(sample, 1 - failing)
        hit = found.low <= 1 - truth <= found.high
        hits += hit
        width += found.high - found.low
        if found.failed in (0, found.n):
            edge.append(hit)
        low, high = plain(sample, 1 - failing)
        others += low <= 1 - truth <= high
    return hits / turns, width / turns, sum(edge) / len(edge) if edge else float("nan"), others / turns


@pytest.mark.parametrize("name", WORLDS)
def test_the_interval_covers_at_its_level(name: str) -> None:
    """Not below 95 % by more than simulation error; 300 turns a rate, so one that covers 90 % would be found out."""
    turns = 300
    allowed = 0.95 - 3 * sqrt(0.95 * 0.05 / turns)
    found = {rate: covered(WORLDS[name], rate, turns, seed=20260301) for rate in RATES}
    assert all(one[0] >= allowed for one in found.values()), found
    together = sum(one[0] for one in found.values()) / len(found)
    assert together >= 0.95 - 3 * sqrt(0.95 * 0.05 / turns / len(found)), found


@pytest.mark.parametrize("name", WORLDS)
def test_it_covers_where_nothing_failed_and_where_everything_did(name: str) -> None:
    for rate in (0.01, 0.99):
        hits, _width, at_the_edge, _plain = covered(WORLDS[name], rate, 100, seed=11)
        assert hits >= 0.9 and (at_the_edge != at_the_edge or at_the_edge >= 0.9)


def _table(turns: int) -> None:
    print("| world | " + " | ".join(f"{rate:.0%} failing" for rate in RATES) + " |")
    print("|---|" + "---|" * len(RATES))
    for name, world in WORLDS.items():
        cells = [covered(world, rate, turns, seed=1) for rate in RATES]
        print(f"| {name} | " + " | ".join(f"{c[0]:.3f} ({c[3]:.3f})" for c in cells) + " |", flush=True)


if __name__ == "__main__":
    _table(int(sys.argv[1]))
