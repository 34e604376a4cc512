"""Intervals for a proportion from counts. For a sample with weights, strata or clusters: ``survey.pass_rate``."""

from __future__ import annotations

from math import inf, sqrt
from typing import NamedTuple

from scipy.special import betaincinv, ndtri


class Interval(NamedTuple):
    """Both ends belong to it."""

    low: float
    high: float


def upper_tail(level: float) -> float:
    """The upper point of a two-sided interval: 0.975 for 0.95. ValueError when the level is none."""
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not {level}")
    return 0.5 + level / 2


def _z(level: float) -> float:
    return float(ndtri(upper_tail(level)))


def _counts(x: float, n: float) -> None:
    if not 0 <= x <= n:
        raise ValueError(f"{x} of {n} is no count")


def wilson(x: float, n: float, level: float = 0.95) -> Interval:
    """Wilson's score interval for ``x`` of ``n`` independent trials (Wilson 1927); (0, 1) without any."""
    _counts(x, n)
    z = _z(level)
    if n == 0:
        return Interval(0.0, 1.0)
    p, h = x / n, z * z / n
    middle, half = p + h / 2, sqrt(h * (p * (1 - p) + h / 4))
    low = 0.0 if x == 0 else max(0.0, (middle - half) / (1 + h))
    return Interval(low, 1.0 if x == n else min(1.0, (middle + half) / (1 + h)))


def wilson_corrected(x: float, n: float, level: float = 0.95) -> Interval:
    """Wilson's interval with continuity correction, as R's ``prop.test`` gives it (Newcombe 1998, method 4)."""
    _counts(x, n)
    z = _z(level)
    if n == 0:
        return Interval(0.0, 1.0)
    shift = min(0.5, abs(x - n / 2)) / n
    h = z * z / (2 * n)

    def end(p: float, sign: int) -> float:
        return (p + h + sign * z * sqrt(max(0.0, p * (1 - p) / n + h / (2 * n)))) / (1 + 2 * h)

    low = 0.0 if x == 0 else max(0.0, end(x / n - shift, -1))
    return Interval(low, 1.0 if x == n else min(1.0, end(x / n + shift, 1)))


def beta_interval(x: float, n: float, level: float = 0.95) -> Interval:
    """Clopper and Pearson's interval; ``x`` and ``n`` need not be whole (Korn and Graubard put effective counts in).

    Quantiles of Beta(x, n - x + 1) and Beta(x + 1, n - x); 0 where nothing, 1 where everything was found; (0, 1)
    without any trial.
    """
    _counts(x, n)
    tail = 1 - upper_tail(level)
    if n == inf:
        raise ValueError("n is not finite")
    if n == 0:
        return Interval(0.0, 1.0)
    low = 0.0 if x == 0 else float(betaincinv(x, n - x + 1, tail))
    return Interval(low, 1.0 if x == n else float(betaincinv(x + 1, n - x, 1 - tail)))
