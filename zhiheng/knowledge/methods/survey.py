"""Estimating from a sample as it was drawn: weights, strata, clusters, finite populations, domains.

Totals by Horvitz and Thompson, means and ratios by Hájek, variances by Taylor linearisation over ultimate clusters
(Särndal, Swensson and Wretman 1992, ch. 5; Lumley, Complex Surveys, 2010). Agreement with R's survey: docs/methods.md.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Rows = NDArray[np.bool_]


class Estimate(NamedTuple):
    """A number with its standard error; ``df`` degrees of freedom; ``deff`` its variance over that of a simple
    random sample of as many (NaN where that has none); ``n`` rows that it rests on."""

    value: float
    se: float
    df: int
    deff: float
    n: int


@dataclass(frozen=True, eq=False)
class Design:
    """How the rows of a sample were drawn. Make it with ``design``; every array has one entry a row.

    ``weights``: how many of the population a row stands for. ``strata`` and ``clusters``: numbers from 0 (clusters
    are numbered within the whole sample). ``rest``: the share of variance that finite populations leave, by row:
    1 with replacement, 1 - n/N or 1 - π without.
    """

    weights: Array
    strata: NDArray[np.intp]
    clusters: NDArray[np.intp]
    rest: Array

    @property
    def n(self) -> int:
        return len(self.weights)

    @property
    def df(self) -> int:
        """Clusters minus strata, of what was drawn by chance."""
        chance = self.rest > 0
        return max(0, distinct(self.clusters[chance]) - distinct(self.strata[chance]))

    def variance(self, z: Array, base: Array | None = None) -> float:
        """The variance of the weighted total of ``z``, shape (n,).

        Per stratum n/(n-1) Σ (rest) (cluster total - mean)²; certainty units have none. A stratum with one cluster
        drawn by chance is measured from the mean of all clusters, which overstates its variance ("adjust").
        With ``base`` (shape (n,), its weighted total 1) it is the jackknife's variance of a ratio whose linearised
        values are ``z`` and whose denominator is made of ``base``: what leaving out a cluster really changes.
        """
        count = int(self.clusters.max()) + 1 if self.n else 0
        first = np.zeros(count, dtype=np.intp)
        first[self.clusters[::-1]] = np.arange(self.n)[::-1]
        chance = self.rest[first] > 0
        rest, strata = self.rest[first][chance], self.strata[first][chance]
        if not len(strata):
            return 0.0
        sizes = np.bincount(strata)[strata]
        scale = np.where(sizes == 1, 1.0, sizes / np.maximum(sizes - 1, 1))

        def apart(values: Array) -> Array:
            totals = np.bincount(self.clusters, self.weights * values, count)[chance]
            centre = np.where(sizes == 1, totals.mean(), np.bincount(strata, totals)[strata] / sizes)
            return np.asarray(totals - centre, dtype=np.float64)

        moved = apart(z)
        if base is not None:
            left = 1 - scale * apart(base)
            moved = np.divide(moved, left, out=np.zeros_like(moved), where=left > 0)
        return float(np.sum(scale * rest * moved**2))


def distinct(numbers: NDArray[np.intp]) -> int:
    """How many different numbers there are, all from 0 (by counting: ``np.unique`` takes long for a million)."""
    return int(np.count_nonzero(np.bincount(numbers)))


def _numbered(labels: Sequence[Hashable] | ArrayLike | None, n: int, name: str) -> NDArray[np.intp]:
    if labels is None:
        return np.zeros(n, dtype=np.intp)
    values: Any = np.asarray(labels)
    if values.shape != (n,):
        raise ValueError(f"{name} has the shape {values.shape}; {n} rows were given")
    return np.unique(values, return_inverse=True)[1].astype(np.intp)


def design(
    weights: ArrayLike,
    *,
    strata: Sequence[Hashable] | ArrayLike | None = None,
    clusters: Sequence[Hashable] | ArrayLike | None = None,
    population: ArrayLike | None = None,
    probabilities: ArrayLike | None = None,
) -> Design:
    """How a sample was drawn, from one entry a row.

    - ``weights``: 1 over the inclusion probability of the row, all above 0.
    - ``clusters``: what was drawn first (a firm, when rows are its batches), named within its stratum; without it each
      row is its own.
    - ``population``: how many clusters the row's stratum has, for equal chances without replacement.
    - ``probabilities``: of the row's cluster, for unequal chances without replacement; the variance is Brewer's
      approximation as R's survey has it (``pps="brewer"``), units with probability 1 apart.

    With neither of the last two the variance is that with replacement, which is on the safe side, and the right choice
    where clusters were only looked into by part. ValueError when shapes or values do not fit.
    """
    w = np.asarray(weights, dtype=np.float64)
    if w.ndim != 1 or not np.all(np.isfinite(w) & (w > 0)):
        raise ValueError("weights are positive numbers, one a row")
    n = len(w)
    h = _numbered(strata, n, "strata")
    c = np.arange(n) if clusters is None else _numbered(clusters, n, "clusters")
    if clusters is not None and n:
        c = np.unique(h * (int(c.max()) + 1) + c, return_inverse=True)[1].astype(np.intp)
    rest = np.ones(n)
    if population is not None and probabilities is not None:
        raise ValueError("population or probabilities, not both")
    if population is not None:
        drawn = np.bincount(np.unique(np.stack([h, c]), axis=1)[0], minlength=1)[h] if n else np.zeros(0)
        whole = np.broadcast_to(np.asarray(population, dtype=np.float64), (n,))
        if np.any(whole < drawn):
            raise ValueError("a stratum has fewer clusters than were drawn from it")
        rest = 1 - drawn / whole
    elif probabilities is not None:
        chance = np.asarray(probabilities, dtype=np.float64)
        if chance.shape != (n,) or not np.all((chance > 0) & (chance <= 1)):
            raise ValueError("probabilities lie above 0 and up to 1, one a row")
        rest = 1 - chance
    return Design(w, h, c, rest)


def rows_of(where: ArrayLike | None, n: int) -> Rows:
    if where is None:
        return np.ones(n, dtype=bool)
    rows = np.asarray(where, dtype=bool)
    if rows.shape != (n,):
        raise ValueError(f"where has the shape {rows.shape}; {n} rows were given")
    return rows


def values_of(y: ArrayLike, n: int) -> Array:
    values = np.asarray(y, dtype=np.float64)
    if values.shape != (n,) or not np.all(np.isfinite(values)):
        raise ValueError(f"{n} finite numbers are wanted")
    return values


def total(sample: Design, y: ArrayLike, where: ArrayLike | None = None) -> Estimate:
    """The population's total of ``y`` (Horvitz–Thompson), of the domain ``where`` (true or false by row)."""
    rows = rows_of(where, sample.n)
    z = np.where(rows, values_of(y, sample.n), 0.0)
    variance = sample.variance(z)
    simple = _simple_variance(sample.weights, z) * float(sample.weights.sum()) ** 2
    return Estimate(
        float(np.sum(sample.weights * z)), variance**0.5, sample.df, _deff(variance, simple), int(rows.sum())
    )


def mean(sample: Design, y: ArrayLike, where: ArrayLike | None = None) -> Estimate:
    """The population's mean of ``y`` (Hájek), of the domain ``where``; a share when ``y`` is 0 or 1."""
    rows = rows_of(where, sample.n)
    values = values_of(y, sample.n)
    found = ratio(sample, values, np.ones(sample.n), rows)
    simple = _simple_variance(sample.weights[rows], values[rows])
    return found._replace(deff=_deff(found.se**2, simple))


def ratio(sample: Design, y: ArrayLike, x: ArrayLike, where: ArrayLike | None = None) -> Estimate:
    """The total of ``y`` over the total of ``x``, of the domain ``where``. ValueError when that of ``x`` is 0."""
    rows = rows_of(where, sample.n)
    over = np.where(rows, values_of(y, sample.n), 0.0)
    under = np.where(rows, values_of(x, sample.n), 0.0)
    base = float(np.sum(sample.weights * under))
    if base == 0:
        raise ValueError("nothing to divide by: the domain is empty, or x adds up to 0")
    value = float(np.sum(sample.weights * over)) / base
    variance = sample.variance((over - value * under) / base)
    return Estimate(value, variance**0.5, sample.df, float("nan"), int(rows.sum()))


def by(
    sample: Design, groups: Sequence[Hashable] | ArrayLike, y: ArrayLike, x: ArrayLike | None = None
) -> dict[Any, Estimate]:
    """The mean of ``y`` (with ``x``: the ratio) in every group, each as a domain of the whole sample."""
    labels: Any = np.asarray(groups)
    if labels.shape != (sample.n,):
        raise ValueError(f"groups has the shape {labels.shape}; {sample.n} rows were given")
    found = {}
    for label in np.unique(labels):
        where = labels == label
        found[label.item()] = mean(sample, y, where) if x is None else ratio(sample, y, x, where)
    return found


def _simple_variance(weights: Array, values: Array) -> float:
    """The variance of a mean, had as many been drawn at random without replacement from the same population."""
    n, whole = len(values), float(weights.sum())
    if n < 2:
        return float("nan")
    centre = float(np.sum(weights * values)) / whole
    spread = float(np.sum(weights * (values - centre) ** 2)) / whole * n / (n - 1)
    return spread / n * max(0.0, 1 - n / whole)


def _deff(variance: float, simple: float) -> float:
    return variance / simple if simple > 0 else float("nan")
