"""What follows when a clue begins, and what its reward has to keep to."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from zhiheng.core.cases import actions as engine
from zhiheng.core.cases.effects import before, on
from zhiheng.core.cases.models import Case, Step
from zhiheng.core.problems import Problem, values_wrong


@on("clue", "_opened")
def watcher_follows(case: Case, step: Step) -> None:
    """The watcher follows his clue; the business concerned is told nothing of it."""
    for party in case.parties.filter(key="watcher"):
        engine.tell(case, step, party, step.at)


@before("clue", "reward")
def once(case: Case, values: dict[str, Any], ground: str) -> None:
    """A reward is an amount above nothing, given once, on a document that the office names."""
    if Decimal(values["amount"]) <= 0:
        text = _("奖励金额须大于零。")
        raise values_wrong({"amount": text})
    if case.steps.filter(key="reward").exists():
        raise Problem("rewarded", _("已经给予过奖励。"), status=409, remedy=_("请核对案件经过。"))
