"""From counts to a figure: weights, nonresponse, when a number can be given at all. Plain values, no database."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from scipy.special import ndtri

from zhiheng.knowledge.methods.intervals import upper_tail
from zhiheng.knowledge.methods.rates import Rate, pass_rate
from zhiheng.knowledge.methods.small_area import fay_herriot
from zhiheng.knowledge.methods.survey import design

Outcome = Literal["passed", "failed", "refused", "nothing", "cancelled", "pending"]
OUTCOMES: tuple[Outcome, ...] = ("passed", "failed", "refused", "nothing", "cancelled", "pending")
LEVEL = 0.95
LEAST = 10.0
"""Independent checks that a rate must be worth to be shown; our own choice, docs/insight.md."""
AREAS = 8
"""Areas with checks that a model needs; our own choice."""


@dataclass(frozen=True, slots=True)
class Cell:
    """``n`` that were drawn in one stratum with one chance and came to the same."""

    stratum: tuple[int, str]
    probability: float | None
    outcome: Outcome
    n: int


@dataclass(frozen=True)
class Figure:
    """A pass rate, or why there is none.

    ``why``: empty, ``nothing`` (nothing checked), ``no_probabilities``, ``too_few``. ``counts`` by outcome of those
    drawn. ``worst``: as if all who refused had failed. ``unheard``: the share of the population in strata where
    nobody was checked; the rate does not speak of them. ``census``: everybody was drawn and checked.
    """

    counts: Mapping[str, int]
    rate: Rate | None = None
    why: str = ""
    worst: Rate | None = None
    strata: int = 0
    unheard: float = 0.0
    census: bool = False

    @property
    def drawn(self) -> int:
        return sum(self.counts.values())

    @property
    def checked(self) -> int:
        return self.counts["passed"] + self.counts["failed"]

    @property
    def failed(self) -> int:
        return self.counts["failed"]

    @property
    def nonresponse(self) -> float | None:
        """The share of those drawn who were not checked."""
        return 1 - self.checked / self.drawn if self.drawn else None


def no_counts() -> dict[str, int]:
    """A count of 0 for every outcome."""
    return dict.fromkeys(OUTCOMES, 0)


def figure(cells: Sequence[Cell], level: float = LEVEL) -> Figure:
    """The pass rate of the population that the cells were drawn from.

    The weight of somebody checked is one over the chance of being drawn, raised by one over the share of those drawn
    in the stratum that was checked: who was not checked is taken to be like those of the same stratum who were. Drawn
    without replacement with unequal chances, one sample each, strata by item and region.
    """
    counts = no_counts()
    for cell in cells:
        counts[cell.outcome] += cell.n
    if not counts["passed"] + counts["failed"]:
        return Figure(counts, why="nothing")
    if any(not cell.probability or not 0 < cell.probability <= 1 for cell in cells):
        return Figure(counts, why="no_probabilities")
    found = _estimate(cells, ("passed",), ("failed",), level)
    rate, strata, unheard, census = found
    if not census and rate.effective < LEAST:
        return Figure(counts, why="too_few", strata=strata, unheard=unheard)
    worst = _estimate(cells, ("passed",), ("failed", "refused"), level)[0] if counts["refused"] else None
    return Figure(counts, rate, "", worst, strata, unheard, census)


def direct(cells: Sequence[Cell], level: float = LEVEL) -> Rate | None:
    """The rate that the cells give by themselves, however weak; None where their chances are not known or nothing was
    checked."""
    if any(not cell.probability or not 0 < cell.probability <= 1 for cell in cells):
        return None
    if not any(cell.outcome in ("passed", "failed") for cell in cells):
        return None
    return _estimate(cells, ("passed",), ("failed",), level)[0]


def _counted(
    cells: Sequence[Cell], outcomes: tuple[str, ...]
) -> tuple[dict[tuple[int, str], int], dict[tuple[int, str], int]]:
    """How many were drawn in each stratum, and how many of them came to one of these outcomes."""
    drawn: dict[tuple[int, str], int] = defaultdict(int)
    heard: dict[tuple[int, str], int] = defaultdict(int)
    for cell in cells:
        drawn[cell.stratum] += cell.n
        if cell.outcome in outcomes:
            heard[cell.stratum] += cell.n
    return drawn, heard


def raised(cells: Sequence[Cell]) -> dict[tuple[int, str], float]:
    """By how much the weights of a stratum's checked are raised for those who were not; 0 where nobody was."""
    drawn, heard = _counted(cells, ("passed", "failed"))
    return {stratum: n / heard[stratum] if heard.get(stratum) else 0.0 for stratum, n in drawn.items()}


def _estimate(
    cells: Sequence[Cell], passing: tuple[str, ...], failing: tuple[str, ...], level: float
) -> tuple[Rate, int, float, bool]:
    """The rate, the strata it speaks of, the share of the population in the others, and whether all were checked."""
    drawn, heard = _counted(cells, passing + failing)
    number = {stratum: index for index, stratum in enumerate(heard)}
    used = [cell for cell in cells if cell.outcome in passing or cell.outcome in failing]
    n = np.array([cell.n for cell in used])
    # Who was checked is a second draw among those drawn, with the stratum's share of answers as its chance. The share
    # is that of counts: weighted ones would bias the rate in small strata (Little and Vartivarian 2003).
    chance = np.array(
        [(cell.probability or 0) * heard[cell.stratum] / drawn[cell.stratum] for cell in used], dtype=float
    )
    chance = np.repeat(np.minimum(chance, 1.0), n)
    sample = design(
        1 / chance, strata=np.repeat([number[cell.stratum] for cell in used], n), probabilities=chance
    )
    rate = pass_rate(sample, np.repeat([cell.outcome in passing for cell in used], n), level=level)
    whole = sum(cell.n / (cell.probability or 1) for cell in cells)
    unheard = 1 - sum(cell.n / (cell.probability or 1) for cell in cells if cell.stratum in heard) / whole
    return rate, len(heard), max(0.0, unheard), bool(np.all(sample.rest == 0)) and unheard < 1e-9


@dataclass(frozen=True)
class Modelled:
    """A city's rate from the model: ``share`` of it that is the city's own estimate, the rest is the province's."""

    rate: float
    low: float
    high: float
    share: float


def small_areas(direct: Mapping[str, Rate | None], level: float = LEVEL) -> dict[str, Modelled]:
    """Rates of areas by the model of Fay and Herriot, with one mean for all.

    ``direct`` by area, None where nothing was checked; such an area gets nothing. The sampling variance of an area is
    p(1-p)/effective with p that of all areas together, since an area where nothing failed shows none. Nothing where
    fewer than ``AREAS`` have checks, or where none or all of them failed.
    """
    known = {
        code: one
        for code, one in direct.items()
        if one is not None and one.rate is not None and one.effective > 0
    }
    if len(known) < AREAS:
        return {}
    effective = np.array([one.effective for one in known.values()])
    y = np.array([one.rate for one in known.values()], dtype=float)
    p = float(np.sum(y * effective) / effective.sum())
    if not 0 < p < 1:
        return {}
    fitted = fay_herriot(y, p * (1 - p) / effective, np.ones((len(y), 1)))
    z = float(ndtri(upper_tail(level)))
    found = {}
    for code, eblup, mse, gamma in zip(known, fitted.eblup, fitted.mse, fitted.gamma, strict=True):
        value, half = min(1.0, max(0.0, float(eblup))), z * sqrt(max(float(mse), 0.0))
        found[code] = Modelled(value, max(0.0, value - half), min(1.0, value + half), float(gamma))
    return found


def against(low: float, high: float, target: float) -> str:
    """``met`` or ``missed`` where the whole interval says so, else ``open``."""
    if low >= target:
        return "met"
    return "missed" if high < target else "open"


@dataclass(frozen=True)
class Row:
    """A figure of one group: ``key`` its code, ``label`` its words."""

    key: str
    label: str
    figure: Figure
    model: Modelled | None = None
