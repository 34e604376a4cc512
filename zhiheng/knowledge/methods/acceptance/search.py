"""A plan for two points: good quality mostly accepted, bad quality mostly not."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import bdtr, pdtr

from zhiheng.knowledge.methods.acceptance.plans import Kind, Plan, accept, single

LARGEST = 100_000


@dataclass(frozen=True)
class TwoPoints:
    """Quality ``good`` is rejected with at most ``alpha``, quality ``bad`` accepted with at most ``beta``.

    As shares or per item (not in per cent). ValueError unless 0 < good < bad and both risks lie between 0 and 1 and
    together below 1.
    """

    good: float
    bad: float
    alpha: float = 0.05
    beta: float = 0.10

    def __post_init__(self) -> None:
        if not (0 < self.good < self.bad):
            raise ValueError("the good quality lies above 0 and below the bad one")
        if not (0 < self.alpha < 1 and 0 < self.beta < 1 and self.alpha + self.beta < 1):
            raise ValueError("the risks lie between 0 and 1, together below 1")


def find_single(points: TwoPoints, kind: Kind = "binomial", lot: int | None = None) -> Plan:
    """The single plan with the smallest sample that keeps both risks.

    For every acceptance number from 0 on: the smallest sample with which the bad quality is accepted with at most
    ``beta``; the first that also keeps ``alpha`` is the answer. For ``hypergeometric`` the points are whole numbers of
    nonconforming items in the lot. ValueError when there is no such plan (of up to 100,000 items, or within the lot).
    """
    if kind == "binomial" and points.bad >= 1:
        raise ValueError("a share lies below 1")
    most = lot if lot is not None else LARGEST
    number, n = 0, 1
    while True:
        n = _smallest(max(n, number + 1), most, number, points, kind, lot)
        if _accepted(n, number, points.good, kind, lot) >= 1 - points.alpha:
            return single(n, number)
        number += 1


def _accepted(n: int, number: int, quality: float, kind: Kind, lot: int | None) -> float:
    if kind == "binomial":
        return float(bdtr(number, n, quality))
    if kind == "poisson":
        return float(pdtr(number, n * quality))
    return float(accept(single(n, number), [quality], kind, lot)[0])


def _smallest(start: int, most: int, number: int, points: TwoPoints, kind: Kind, lot: int | None) -> int:
    """Doubling, then halving: acceptance of the bad quality falls with the sample."""

    def keeps(n: int) -> bool:
        return _accepted(n, number, points.bad, kind, lot) <= points.beta

    low, high = start - 1, start
    while high < most and not keeps(high):
        low, high = high, min(2 * high, most)
    if high > most or not keeps(high):
        raise ValueError("no plan keeps both risks")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if keeps(middle) else (middle, high)
    return high
