"""Plans of one or more stages, and exactly how they behave.

Source of the definitions: ISO 2859-1; Schilling and Neubauer, Acceptance Sampling in Quality Control, ch. 5 to 7.
Inspection is not curtailed: a sample that was begun is inspected to its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import gammaln, xlog1py, xlogy

Array = NDArray[np.float64]
#: ``binomial``: quality is the share of nonconforming items of a long series; ``poisson``: nonconformities per item;
#: ``hypergeometric``: how many of the lot's items are nonconforming (whole numbers).
Kind = Literal["binomial", "poisson", "hypergeometric"]


class Stage(NamedTuple):
    """``n`` more items; then accept up to ``accept`` (-1: never here) and reject from ``reject``.

    Both count what was found from the beginning.
    """

    n: int
    accept: int
    reject: int


@dataclass(frozen=True)
class Plan:
    """A plan of one or more stages. The last one decides: its ``reject`` is ``accept`` + 1. ValueError otherwise."""

    stages: tuple[Stage, ...]

    def __post_init__(self) -> None:
        if not self.stages or self.stages[-1].reject != self.stages[-1].accept + 1:
            raise ValueError("the last stage accepts up to Ac and rejects from Ac + 1")
        for stage in self.stages:
            if stage.n < 1 or stage.accept < -1 or stage.reject <= stage.accept:
                raise ValueError("a stage has n >= 1 and Ac < Re")
        for before, after in zip(self.stages, self.stages[1:], strict=False):
            if after.accept < before.accept or after.reject < before.reject:
                raise ValueError("Ac and Re count from the beginning and do not fall")

    @property
    def n(self) -> int:
        """Items when every stage is needed."""
        return sum(stage.n for stage in self.stages)


def single(n: int, accept: int) -> Plan:
    """One sample of ``n``, accepted up to ``accept`` nonconforming."""
    return Plan((Stage(n, accept, accept + 1),))


def double(n: tuple[int, int], accept: tuple[int, int], reject: tuple[int, int]) -> Plan:
    """Two samples; ``accept`` and ``reject`` of the second count both."""
    return multiple(n, accept, reject)


def multiple(n: Sequence[int], accept: Sequence[int], reject: Sequence[int]) -> Plan:
    """As many stages as there are numbers; all counts are from the beginning. ``accept`` -1: no acceptance there."""
    return Plan(tuple(Stage(*row) for row in zip(n, accept, reject, strict=True)))


@dataclass(frozen=True, eq=False)
class Curve:
    """How a plan behaves over qualities; arrays of the shape of ``quality``.

    ``accept``: probability of acceptance; ``asn``: items inspected on average; ``ati``: the same when rejected lots are
    inspected whole, and ``aoq``: the share nonconforming that then passes, what was found being replaced. ``ati`` needs
    a lot size (NaN without); ``aoq`` without one is quality times accept.
    """

    quality: Array
    accept: Array
    asn: Array
    aoq: Array
    ati: Array


def curve(plan: Plan, quality: ArrayLike, kind: Kind = "binomial", lot: int | None = None) -> Curve:
    """The exact behaviour of a plan over ``quality`` (its unit is that of ``kind``; a one-dimensional array).

    ValueError when a quality is outside its range, or the lot is smaller than the plan. For ``hypergeometric`` the
    lot is needed, and ``aoq`` is a share of the lot.
    """
    q = np.atleast_1d(np.asarray(quality, dtype=np.float64))
    if lot is not None and lot < plan.n:
        raise ValueError(f"a lot of {lot} is smaller than the plan's {plan.n} items")
    if kind == "hypergeometric":
        if lot is None:
            raise ValueError("the hypergeometric distribution needs the lot size")
        if np.any((q != np.round(q)) | (q > lot)):
            raise ValueError("nonconforming items of the lot are whole numbers up to its size")
    if np.any(~np.isfinite(q) | (q < 0)) or (kind == "binomial" and np.any(q > 1)):
        raise ValueError("a quality is outside its range")
    accepted, reached = _stages(plan, q, kind, lot)
    inspected = np.cumsum([stage.n for stage in plan.stages])
    sizes = np.array([stage.n for stage in plan.stages])
    accept = accepted.sum(axis=0)
    asn = sizes @ reached
    share = q / lot if kind == "hypergeometric" and lot is not None else q
    if lot is None:
        return Curve(q, accept, asn, share * accept, np.full_like(q, np.nan))
    left = (lot - inspected) @ accepted
    return Curve(q, accept, asn, share * left / lot, lot - left)


def accept(plan: Plan, quality: ArrayLike, kind: Kind = "binomial", lot: int | None = None) -> Array:
    """The probabilities of acceptance alone."""
    return curve(plan, quality, kind, lot).accept


def aoql(plan: Plan, lot: int | None = None, kind: Kind = "binomial") -> tuple[float, float]:
    """The largest AOQ and the quality where it is reached, for ``binomial`` or ``poisson``."""
    grid = np.concatenate([[0.0], np.geomspace(1e-6, 1.0, 400)])
    found = curve(plan, grid, kind, lot).aoq
    best = int(np.argmax(found))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    top = minimize_scalar(
        lambda q: -float(curve(plan, [q], kind, lot).aoq[0]),
        bounds=(low, high), method="bounded", options={"xatol": 1e-10},
    )  # fmt: skip
    return float(-top.fun), float(top.x)


def _stages(plan: Plan, q: Array, kind: Kind, lot: int | None) -> tuple[Array, Array]:
    """Probability of acceptance at each stage, and of reaching it; shapes (stages, len(q)).

    ``alive[row]`` is the probability of being undecided with ``lowest + row`` found so far.
    """
    accepted = np.zeros((len(plan.stages), len(q)))
    reached = np.zeros_like(accepted)
    alive, lowest, seen = np.ones((1, len(q))), 0, 0
    for number, stage in enumerate(plan.stages):
        reached[number] = alive.sum(axis=0)
        found = np.zeros((max(stage.reject - lowest, 0), len(q)))
        if kind == "hypergeometric":
            assert lot is not None
            for row in range(len(alive)):
                left = q - lowest - row
                more = _hypergeometric(lot - seen, left, stage.n, len(found) - 1 - row)
                found[row : row + len(more)] += alive[row] * more
        else:
            more = (_binomial if kind == "binomial" else _poisson)(stage.n, q, len(found) - 1)
            for count in range(len(more)):
                part = found[count : count + len(alive)]
                part += alive[: len(part)] * more[count]
        decided = max(stage.accept + 1 - lowest, 0)
        accepted[number] = found[:decided].sum(axis=0)
        alive, lowest = found[decided:], lowest + decided
        seen += stage.n
    return accepted, reached


def _binomial(n: int, p: Array, most: int) -> Array:
    """P(X = 0 … min(most, n)) for every p; shape (counts, len(p))."""
    x = np.arange(min(most, n) + 1)[:, None]
    return np.asarray(
        np.exp(gammaln(n + 1) - gammaln(x + 1) - gammaln(n - x + 1) + xlogy(x, p) + xlog1py(n - x, -p))
    )


def _poisson(n: int, rate: Array, most: int) -> Array:
    x = np.arange(most + 1)[:, None]
    return np.asarray(np.exp(xlogy(x, n * rate) - n * rate - gammaln(x + 1)))


def _hypergeometric(lot: int, bad: Array, n: int, most: int) -> Array:
    """``bad`` may be below what is possible by now; its probability of being reached is then 0 already."""
    x = np.arange(min(most, n) + 1)[:, None]
    bad = np.maximum(bad, 0)
    good = lot - bad
    possible = (x <= bad) & (n - x <= good)
    inside = np.where(possible, x, 0)
    rest = np.where(possible, n - x, 0)

    def choose(whole: Array, part: Array) -> Array:
        return np.asarray(gammaln(whole + 1) - gammaln(part + 1) - gammaln(np.maximum(whole - part, 0) + 1))

    chance = np.exp(
        choose(bad, inside) + choose(good, rest) - choose(np.array(float(lot)), np.array(float(n)))
    )
    return np.asarray(np.where(possible, chance, 0.0))
