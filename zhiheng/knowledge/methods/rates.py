"""Shares with their interval from a sample as it was drawn: the house's pass rate, and what R's survey offers.

Use ``pass_rate`` wherever a rate is shown. Why it is as it is, and how often it covers the truth: docs/methods.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import expit, logit, stdtrit

from zhiheng.knowledge.methods.intervals import Interval, beta_interval, upper_tail
from zhiheng.knowledge.methods.survey import Array, Design, Estimate, Rows, distinct, mean, rows_of, values_of

Method = Literal["beta", "likelihood", "logit", "mean"]

#: From as many clusters on that hold a failure (and as many that hold none), the sample itself says how alike the
#: rows of a cluster are. Chosen by the simulation of docs/methods.md.
ENOUGH = 8


@dataclass(frozen=True)
class Rate:
    """A pass rate with its interval. ``rate`` is None where nothing was checked, and the interval then 0 to 1.

    ``n`` rows checked, ``failed`` of them failed, in ``clusters`` clusters; ``effective``: how many independent checks
    with equal chances say as much; ``deff``: the design effect (NaN where it has none).
    """

    rate: float | None
    low: float
    high: float
    n: int
    failed: int
    clusters: int
    effective: float
    deff: float
    level: float


def _kish(weights: Array) -> float:
    """As how many equal weights these count: (Σw)²/Σw²."""
    return float(weights.sum() ** 2 / (weights**2).sum()) if len(weights) else 0.0


def pass_rate(sample: Design, passed: ArrayLike, where: ArrayLike | None = None, level: float = 0.95) -> Rate:
    """The share that passes in the population, or in the domain ``where``, with an interval that keeps its level.

    Korn and Graubard's interval (1998): Clopper–Pearson with the effective number of checks. Three things are ours,
    because with few failures, unequal weights or clusters the plain one covers too rarely:

    - the variance is that of the jackknife, which sees what a heavy cluster does to the denominator;
    - degrees of freedom count clusters by Kish's formula, so a few heavy ones count as few;
    - the effective number is at most Kish's within strata, and with fewer than ``ENOUGH`` failing or passing clusters
      shrinks towards Kish's number of clusters: where nothing failed a firm counts once, however many of its batches
      were checked, for nobody can tell how alike they are.

    ``passed``: true or false by row. Everybody checked (nothing left to chance): no interval but the rate itself.
    """
    upper_tail(level)
    rows = rows_of(where, sample.n)
    y = values_of(passed, sample.n)
    if not np.all((y == 0) | (y == 1)):
        raise ValueError("passed is true or false by row")
    n = int(rows.sum())
    if n == 0:
        return Rate(None, 0.0, 1.0, 0, 0, 0, 0.0, float("nan"), level)
    estimate = mean(sample, y, rows)
    failed = int(np.sum(y[rows] == 0))
    clusters = distinct(sample.clusters[rows])
    p = min(1.0, max(0.0, estimate.value))
    if not np.any(sample.rest[rows] > 0):
        return Rate(p, p, p, n, failed, clusters, float(n), estimate.deff, level)
    effective = _effective(sample, y, rows, p, level)
    low, high = beta_interval(p * effective, effective, level)
    return Rate(p, low, high, n, failed, clusters, effective, estimate.deff, level)


def _effective(sample: Design, y: Array, rows: Rows, p: float, level: float) -> float:
    """How many independent checks with equal chances the rows are worth."""
    w, strata, clusters = sample.weights[rows], sample.strata[rows], sample.clusters[rows]
    found = distinct(strata)
    within = _kish_within(strata, w)
    first = np.unique(clusters, return_index=True)[1]
    heavy = _kish_within(strata[first], _totals(clusters, w))
    by_cluster = _kish(_totals(clusters, w))
    few = min(distinct(clusters[y[rows] == value]) for value in (0, 1))
    known = min(1.0, few / ENOUGH)
    cap = 1 / ((1 - known) / by_cluster + known / within)
    base = np.where(rows, 1 / w.sum(), 0.0)
    variance = sample.variance((y - p) * base, base)
    if variance <= 0 or not 0 < p < 1:
        return cap
    tail = upper_tail(level)
    df = max(1.0, min(sample.df, heavy - found, by_cluster - found))
    adjusted = (stdtrit(max(1, len(w) - 1), tail) / stdtrit(df, tail)) ** 2
    return float(min(cap, p * (1 - p) / variance * adjusted))


def _kish_within(strata: NDArray[np.intp], weights: Array) -> float:
    """Kish's number in every stratum, added up; over all strata at once, since there may be thousands."""
    whole, squares = np.bincount(strata, weights), np.bincount(strata, weights**2)
    return float(np.sum(whole[squares > 0] ** 2 / squares[squares > 0]))


def _totals(clusters: NDArray[np.intp], weights: Array) -> Array:
    """The clusters' total weights, of those that have any."""
    totals = np.bincount(clusters, weights)
    return np.asarray(totals[totals > 0], dtype=np.float64)


def rate_interval(estimate: Estimate, method: Method = "beta", level: float = 0.95) -> Interval:
    """An interval for an estimated share as R's ``svyciprop`` gives it, for comparison; ``pass_rate`` is the house's.

    ``beta``: Korn and Graubard; ``logit``: t on the log odds; ``likelihood``: binomial likelihood scaled by the design
    effect; ``mean``: t, may leave 0 to 1. ValueError for a share without variance (0 or 1, or everybody checked), where
    these have nothing to say.
    """
    p, se, df, _deff, n = estimate
    if not (0 < p < 1 and se > 0 and isfinite(se) and df > 0):
        raise ValueError("the share has no variance to make an interval of")
    tail = upper_tail(level)
    t = float(stdtrit(df, tail))
    if method == "mean":
        return Interval(p - t * se, p + t * se)
    if method == "logit":
        middle, half = logit(p), t * se / (p * (1 - p))
        return Interval(float(expit(middle - half)), float(expit(middle + half)))
    effective = p * (1 - p) / se**2
    if method == "beta":
        effective *= (float(stdtrit(n - 1, tail)) / t) ** 2
        return beta_interval(p * effective, effective, level)

    effective *= (n - 1) / n  # R divides by the dispersion of 0 and 1, which is n/(n-1)

    def beyond(q: float) -> float:
        return 2 * effective * (p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))) - t**2

    edge = 1e-12
    low = brentq(beyond, edge, p, xtol=1e-14) if beyond(edge) > 0 else 0.0
    high = brentq(beyond, p, 1 - edge, xtol=1e-14) if beyond(1 - edge) > 0 else 1.0
    return Interval(float(low), float(high))
