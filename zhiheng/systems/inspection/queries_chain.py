"""What the chain says of a sampled batch: who made it, where it does not hold, who else has it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from zhiheng.core.accounts.models import User
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Organisation
from zhiheng.trace import answers, words
from zhiheng.trace.breaks import makes
from zhiheng.trace.store import uri

BATCH = "/10/"
STATES = {"held": _("持有"), "in_transit": _("在途"), "gone": _("已售出、用掉或者销毁"), "unknown": _("不明")}


@dataclass
class ChainAnswer:
    """Of one code: makers (steps that make it or its lot), holder, breaks, and of the whole batch its holders.

    ``verdict``: ``same`` (the nominal producer made it), ``other`` (somebody else did), ``unknown`` (no event says who
    made it), ``none`` (no event that one may see names it), ``bad_code`` (it is no identifier).
    """

    code: str
    verdict: str
    batch: str = ""
    makers: list[dict[str, Any]] = field(default_factory=list)
    steps: int = 0
    holder: dict[str, Any] | None = None
    breaks: list[dict[str, Any]] = field(default_factory=list)
    holders: list[dict[str, Any]] = field(default_factory=list)


def ask(code: str, nominal: Organisation | None, user: User) -> ChainAnswer:
    """What events say of a code, as far as the asker may see; never a Problem: that nothing is known is an answer."""
    try:
        chain = answers.chain(code, user=user)
    except Problem as problem:
        return ChainAnswer(code, "bad_code" if problem.code == "bad_code" else "none")
    product = chain.item.split("/21/")[0].split(BATCH)[0]
    lots = [one for one in chain.origin if one.startswith(product + BATCH)]
    chain.timeline.load(set(lots))
    things = [chain.item, *chain.members, *lots]
    making = {
        step.event.id: (thing, step)
        for thing in things
        for step in chain.timeline.steps(thing)
        if makes(step)
    }
    chain.directory.load({place for _t, step in making.values() for place in step.event.parts.places})
    makers = [answers.step_of(thing, step, chain.directory) for thing, step in making.values()]
    known = {one["organisation"]["uscc"] for one in makers if one["organisation"]}
    said = "unknown" if not known else "same" if nominal and nominal.uscc in known else "other"
    whole = answers.trace(code, user=user)
    batch = uri(lots[0] if lots else chain.item)

    def timed(one: dict[str, Any], **more: Any) -> dict[str, Any]:
        return one | {"at": datetime.fromisoformat(one["time"])} | more

    return ChainAnswer(
        code,
        said,
        batch,
        [timed(one) for one in makers[:20]],
        len(whole["steps"]),
        whole["holder"],
        [timed(one, words=words.break_name(one["kind"])) for one in whole["breaks"]],
        [
            one | {"words": STATES[one["state"]]}
            for one in answers.scope(batch, user=user)["holders"]
            if one["state"] != "unknown" or one["party"] or one["place"]
        ],
    )
