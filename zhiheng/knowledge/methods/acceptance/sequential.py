"""Sequential plans: item by item, until the count crosses a line (Wald 1947).

ISO 8422 (GB/T 8051) rests on the same lines. Its tabulated constants are not in the handbook and are not given here:
the lines are Wald's own, and the risks stated are those that the truncated plan really has, worked out item by item.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log
from typing import Literal

from zhiheng.knowledge.methods.acceptance.plans import Plan, Stage
from zhiheng.knowledge.methods.acceptance.search import TwoPoints, find_single

_SLIP = 1e-9


@dataclass(frozen=True)
class Sequential:
    """After n items: accept at ``slope * n - h_accept`` or below, reject at ``slope * n + h_reject`` or above.

    At ``last`` items: accept up to ``last_accept``, reject otherwise.
    """

    h_accept: float
    h_reject: float
    slope: float
    last: int
    last_accept: int

    def acceptance(self, n: int) -> int:
        """The largest count that is accepted after ``n`` items; -1 while none is."""
        return self.last_accept if n >= self.last else max(-1, floor(self.slope * n - self.h_accept + _SLIP))

    def rejection(self, n: int) -> int:
        """The smallest count that is rejected after ``n`` items; above what ``last_accept`` + 1 rejects, never."""
        if n >= self.last:
            return self.last_accept + 1
        return min(ceil(self.slope * n + self.h_reject - _SLIP), self.last_accept + 1)

    def plan(self) -> Plan:
        """The same as a plan of many stages, for ``plans.curve``: a stage ends where a line moves."""
        stages: list[Stage] = []
        waiting = 0
        for n in range(1, self.last + 1):
            waiting += 1
            here = (self.acceptance(n), self.rejection(n))
            if n == self.last or here[0] >= 0 or here[1] <= n:
                stages.append(Stage(waiting, *here))
                waiting = 0
        return Plan(tuple(stages))


def sequential(points: TwoPoints, kind: Literal["binomial", "poisson"] = "binomial") -> Sequential:
    """Wald's plan for two points; cut off at one and a half times the single plan for them, as ISO 8422 does.

    ``points.good`` and ``points.bad`` are shares (``binomial``) or nonconformities per item (``poisson``).
    """
    good, bad = points.good, points.bad
    if kind == "binomial":
        scale = log(bad * (1 - good) / (good * (1 - bad)))
        slope = log((1 - good) / (1 - bad)) / scale
    else:
        scale = log(bad / good)
        slope = (bad - good) / scale
    h_accept = log((1 - points.alpha) / points.beta) / scale
    h_reject = log((1 - points.beta) / points.alpha) / scale
    last = ceil(1.5 * find_single(points, kind).n)
    return Sequential(h_accept, h_reject, slope, last, floor(slope * last))
