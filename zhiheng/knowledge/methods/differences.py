"""How far two rates that were estimated independently are apart."""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

from zhiheng.knowledge.methods.rates import Rate


class Difference(NamedTuple):
    """``value`` = a - b with its interval."""

    value: float
    low: float
    high: float


def difference(a: Rate, b: Rate) -> Difference:
    """The difference of two independent rates of the same level, by their own intervals (MOVER).

    Newcombe (1998), method 10, with any intervals instead of Wilson's: Zou and Donner (2008). Each side adds only the
    distance that lies towards the other. ValueError where one of them has no rate or the levels differ.
    """
    if a.rate is None or b.rate is None or a.level != b.level:
        raise ValueError("two rates of the same level are wanted")
    d = a.rate - b.rate
    return Difference(
        d,
        max(-1.0, d - sqrt((a.rate - a.low) ** 2 + (b.high - b.rate) ** 2)),
        min(1.0, d + sqrt((a.high - a.rate) ** 2 + (b.rate - b.low) ** 2)),
    )
