"""What a sampling plan does, as page and API tell it: its curve over the qualities that matter, and its points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.utils.translation import gettext as _

from zhiheng.knowledge.methods.acceptance import plans
from zhiheng.knowledge.methods.acceptance.plans import Curve, Kind, Plan
from zhiheng.knowledge.methods.acceptance.sequential import Sequential

MOST_STAGES = 10
POINTS = 40
LEVELS_OF_ACCEPTANCE = (0.95, 0.50, 0.10)


@dataclass
class Answer:
    """A plan with its curve, and what else there is to say of it.

    ``share``: what a quality of ``kind`` is multiplied with to stand on the axis (per cent, per 100 items, items).
    """

    kind: Kind
    plan: Plan
    curve: Curve
    axis: str
    accepts: str
    verified: bool = True
    notes: list[str] = field(default_factory=list)
    facts: list[tuple[str, str]] = field(default_factory=list)
    marks: list[tuple[str, float]] = field(default_factory=list)
    aoql: tuple[float, float] | None = None
    other: tuple[str, Curve, Plan] | None = None
    lines: Sequential | None = None
    switching: list[dict[str, Any]] = field(default_factory=list)
    lot: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def share(self) -> float:
        return 1.0 if self.kind == "hypergeometric" else 100.0

    def at(self, qualities: Sequence[float]) -> Curve:
        """The behaviour at some qualities, in the unit of ``kind``."""
        return plans.curve(self.plan, qualities, self.kind, self.lot)

    def qualities(self) -> list[tuple[float, float]]:
        """(probability of acceptance, quality on the axis): where the curve passes 95, 50 and 10 per cent; of whole
        numbers of items the first that is not above."""
        found = []
        for level in LEVELS_OF_ACCEPTANCE:
            above = np.flatnonzero(self.curve.accept > level + 1e-12)
            if not len(above) or above[-1] + 1 == len(self.curve.quality):
                continue
            low, high = (float(self.curve.quality[above[-1] + more]) for more in (0, 1))
            whole = self.kind == "hypergeometric"
            while high - low > (1 if whole else 1e-7):
                # Twelve qualities at once cost hardly more than one.
                between = np.unique(
                    np.linspace(low, high, 12).round() if whole else np.linspace(low, high, 12)
                )
                last = int(np.flatnonzero(self.at(list(between)).accept > level + 1e-12)[-1])
                low, high = float(between[last]), float(between[last + 1])
            found.append((level, high * self.share))
        return found


def _grid(plan: Plan, kind: Kind, lot: int | None) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Qualities from 0 to where hardly anything is accepted."""
    if kind == "hypergeometric":
        assert lot is not None
        bad = np.unique(np.linspace(0, lot, 400).round())
        accepted = plans.accept(plan, bad, kind, lot)
        last = bad[np.flatnonzero(accepted > 0.005)[-1]]
        return np.unique(np.linspace(0, min(lot, max(last * 1.1, 5)), 5 * POINTS).round())
    high = 2.0 * (plan.stages[-1].accept + 2) / plan.n
    while high < 1 and float(plans.accept(plan, [high], kind)[0]) > 0.005:
        high *= 1.5
    # Round steps, so that the points are round numbers too.
    percent = high * 100
    power = 10.0 ** np.floor(np.log10(percent / POINTS))
    step = max(power * times for times in (1, 2, 2.5, 5) if power * times * POINTS <= percent)
    grid = np.arange(np.ceil(percent / step) + 1) * step / 100
    return grid[grid <= 1] if kind == "binomial" else grid


def answer_of(plan: Plan, kind: Kind, lot: int | None, accepts: str = "") -> Answer:
    axes: dict[Kind, Callable[[], str]] = {
        "binomial": lambda: _("不合格品率（%）"),
        "poisson": lambda: _("每百单位产品不合格数"),
        "hypergeometric": lambda: _("批（总体）中不合格品数"),
    }
    curve = plans.curve(plan, _grid(plan, kind, lot), kind, lot)
    answer = Answer(kind, plan, curve, axes[kind](), accepts or _("接收概率"), lot=lot)
    if kind != "hypergeometric" and len(plan.stages) <= MOST_STAGES:
        answer.aoql = plans.aoql(plan, lot, kind)
    return answer
