"""Audits of a declared quality: GB/T 2828.4 (long series) and GB/T 2828.11 (small populations).

Found more nonconforming items than the limit L: the declared quality is rejected (否定). Otherwise it is *not rejected*
(不否定), which is no proof of conformity, and neither may be used to accept lots. Title, scope and risks of the
standards are verified in one source; their tables are from memory, unverified, and stand beside what is computed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scipy.optimize import brentq
from scipy.special import bdtr, bdtrc

from zhiheng.knowledge.methods.acceptance.plans import accept, single

ALPHA, BETA = 0.05, 0.10
LEVELS = ("0", "I", "II", "III")
#: Declared quality level in per cent -> sample size, by level; L is the level's place. From memory, unverified.
TABLE: dict[str, dict[float, int]] = {
    "0": {1.0: 5, 1.5: 3, 2.5: 2},
    "I": {0.65: 50, 1.0: 32, 1.5: 20, 2.5: 13, 4.0: 8, 6.5: 5, 10: 3},
    "II": {1.0: 80, 1.5: 50, 2.5: 32, 4.0: 20, 6.5: 13, 10: 8},
    "III": {1.0: 125, 1.5: 80, 2.5: 50, 4.0: 32, 6.5: 20, 10: 13},
}
TABLE_VERIFIED = False
SMALL_VERIFIED = False
SMALL_LEVELS = ("0", "I")
SMALL_USUAL = 250
_MOST = 100_000


@dataclass(frozen=True)
class Audit:
    """An audit plan: ``n`` items, rejected when more than ``limit`` are nonconforming.

    ``alpha``: risk of rejecting when the declared quality is just met. ``worst``: the quality (share; for small
    populations the number of nonconforming items) that is not rejected with at most 10 %; None when there is none.
    ``ratio``: ``worst`` over the declared quality (the LQR that the plan really has). ``source`` is ``computed`` (the
    largest n that keeps the risk) or ``table``; ``verified``: whether the text that it follows was seen.
    """

    n: int
    limit: int
    alpha: float
    worst: float | None
    ratio: float | None
    source: str
    verified: bool


@dataclass(frozen=True)
class Audits:
    """What is computed, and what the table has (None where it has nothing)."""

    computed: Audit
    table: Audit | None


def rejected(found: int, limit: int) -> bool:
    """The rule of both standards: more than the limit."""
    return found > limit


def audit(declared: float, level: str) -> Audits:
    """GB/T 2828.4: plans for a declared quality level ``declared`` (per cent nonconforming) at a level.

    Computed: the largest n with P(d > L) <= 5 % (binomial). ValueError for a quality outside 0 to 100, or where not
    even L + 1 items keep the risk, or more than 100,000 would.
    """
    if level not in LEVELS or not 0 < declared < 100:
        raise ValueError("levels are 0, I, II, III; a declared quality lies between 0 and 100 per cent")
    limit, share = LEVELS.index(level), declared / 100
    n = _largest(limit, lambda size: float(bdtrc(limit, size, share)), _MOST)
    tabled = TABLE[level].get(declared)
    return Audits(
        _audit(n, limit, share, "computed", True),
        None if tabled is None else _audit(tabled, limit, share, "table", TABLE_VERIFIED),
    )


def _audit(n: int, limit: int, share: float, source: str, verified: bool) -> Audit:
    alpha = float(bdtrc(limit, n, share)) if n > limit else 0.0
    worst = float(brentq(lambda p: float(bdtr(limit, n, p)) - BETA, share, 1 - 1e-12)) if n > limit else None
    return Audit(n, limit, alpha, worst, None if worst is None else worst / share, source, verified)


def small_audit(population: int, declared: int, level: str = "0") -> Audit:
    """GB/T 2828.11: the plan for a small population of which at most ``declared`` items are declared nonconforming.

    The largest n with P(d > L) <= 5 % (hypergeometric), L = 0 at level 0, 1 at level I. The standard is meant for
    populations up to about 250; its algorithm is from memory, unverified. ValueError when no n above L keeps the risk
    (a plan that could never reject), or the numbers make no sense.
    """
    if level not in SMALL_LEVELS or not 0 <= declared < population:
        raise ValueError("levels are 0 and I; fewer items are declared nonconforming than there are")
    limit = SMALL_LEVELS.index(level)

    def risk(n: int, bad: int) -> float:
        return 1 - float(accept(single(n, limit), [bad], "hypergeometric", population)[0])

    n = _largest(limit, lambda size: risk(size, declared), population)
    worst = next((bad for bad in range(declared + 1, population + 1) if 1 - risk(n, bad) <= BETA), None)
    ratio = worst / declared if worst is not None and declared else None
    return Audit(n, limit, max(0.0, risk(n, declared)), worst, ratio, "computed", SMALL_VERIFIED)


def _largest(limit: int, risk: Callable[[int], float], most: int) -> int:
    """The largest n up to ``most`` whose risk is at most ALPHA; the risk grows with n."""
    low, high = limit, limit + 1
    if high > most or risk(high) > ALPHA + 1e-12:
        raise ValueError("no sample keeps the risk of 5 % and can reject at all")
    while high < most and risk(high) <= ALPHA + 1e-12:
        low, high = high, min(2 * high, most)
    if risk(high) <= ALPHA + 1e-12:
        if most == _MOST:
            raise ValueError(f"more than {_MOST} items would keep the risk")
        return high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if risk(middle) <= ALPHA + 1e-12 else (low, middle)
    return low
