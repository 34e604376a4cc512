"""What follows when a step of a transfer, or of the penalty case it came from, is taken."""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import running, words
from zhiheng.core.cases.actions import Actor, Opening
from zhiheng.core.cases.effects import before, on, opening
from zhiheng.core.cases.models import Case, Step
from zhiheng.core.problems import Problem
from zhiheng.systems.justice import actions, queries, rules


@opening("penalty", "transfer")
def begin(case: Case, step: Step, opening: Opening) -> Opening:
    """A transfer begins with nothing of the penalty case's own words; its own region's offices are proposed."""
    return replace(opening, values={"police_office": case.region, "procuratorate": case.region})


@before("penalty", "transfer")
def one_at_a_time(case: Case, values: dict[str, Any], ground: str) -> None:
    """A case that is being transferred is not transferred a second time."""
    open_one = queries.transfers_of(case).filter(closed_at=None).first()
    if open_one is not None:
        raise Problem(
            "transfer_open", _("本案的移送 %(number)s 尚未办结。") % {"number": open_one.number}, status=409,
            remedy=_("请在该移送案件中办理。"),
        )  # fmt: skip


@before("transfer", "form_team")
def two_members(case: Case, values: dict[str, Any], ground: str) -> None:
    """The special team has as many members as the law wants (CRM-001)."""
    least = running.course_of(case).value("team")
    if len(rules.names(values["team_members"])) < least.value:
        text = _("专案组须有 %(n)d 名以上执法人员。") % {"n": int(least.value)}
        raise Problem(
            "team_too_small",
            text,
            status=422,
            remedy=_("请写明每名成员，用顿号隔开。"),
            errors={"team_members": text},
        )


@on("transfer", "hand_over")
def hand_over(case: Case, step: Step) -> None:
    """The police of the region chosen have the case, and the procuratorate of the same region with them."""
    _give(case, step, step.values["police_office"])


@before("transfer", "forward")
def to_another(case: Case, values: dict[str, Any], ground: str) -> None:
    """A case is forwarded to another office than one's own."""
    if case.parties.filter(key="police", region=values["other_police"]).exists():
        text = _("请选择另一公安机关。")
        raise Problem("same_office", text, status=422, errors={"other_police": text})


@on("transfer", "forward")
def forward(case: Case, step: Step) -> None:
    """Another police organ has the case from now on; the one that forwarded it no longer sees it."""
    _give(case, step, step.values["other_police"])


def _give(case: Case, step: Step, region: str) -> None:
    for body in actions.OUTSIDE:
        actions.give_to(case, step, body, region)
    case.values = {**case.values, "police_office": region, "procuratorate": region}
    case.save(update_fields=["values"])


@on("transfer", "suggest_supervision")
def suggest(case: Case, step: Step) -> None:
    """The procuratorate that was asked has the case."""
    region = step.values["procuratorate"]
    if not case.parties.filter(key="procurator", region=region).exists():
        actions.give_to(case, step, "procurator", region)


@on("transfer", "refuse")
@on("transfer", "give_back")
@on("transfer", "accept_refusal")
@on("transfer", "resume_penalty")
def resume(case: Case, step: Step) -> None:
    """The penalty case goes on where the transfer came to nothing (CRM-009)."""
    penalty = queries.penalty_of(case)
    if penalty is None or penalty.state != "transferred":
        return
    why = _("%(number)s：%(step)s") % {
        "number": case.number, "step": words.step(running.course_of(case), step.key)
    }  # fmt: skip
    engine.take(Actor(), penalty, "take_back", values={"reason": why}, now=step.at)


@before("penalty", "take_back")
def only_when_back(case: Case, values: dict[str, Any], ground: str) -> None:
    """While the police have a case it is not taken back to be fined instead (CRM-009)."""
    last = queries.transfers_of(case).first()
    if last is not None and last.state not in rules.BACK:
        raise _instead(last)


@before("penalty", "end_transferred")
def only_when_filed(case: Case, values: dict[str, Any], ground: str) -> None:
    """The administrative case ends as transferred only when the police have opened theirs."""
    last = queries.transfers_of(case).first()
    if last is None or last.state not in rules.WITH_POLICE:
        raise Problem(
            "not_filed", _("公安机关尚未立案，行政案件不能以移送终结。"), status=409,
            remedy=_("请待公安机关决定；不予立案或者退回的，依法作出行政处理。"),
        )  # fmt: skip


@before("penalty", "decide")
@before("penalty", "no_penalty")
@before("penalty", "not_established")
@before("penalty", "withdraw")
def not_meanwhile(case: Case, values: dict[str, Any], ground: str) -> None:
    """No decision is taken while a transfer is open: a fine is no substitute for a transfer (CRM-009)."""
    last = queries.transfers_of(case).filter(closed_at=None).first()
    if last is not None:
        raise _instead(last)


def _instead(transfer: Case) -> Problem:
    fact = running.course_of(transfer).edition.facts["back"]
    return Problem(
        "transfer_open",
        _("移送 %(number)s 现为“%(state)s”，不得以行政处罚代替移送。")
        % {"number": transfer.number, "state": words.state(running.course_of(transfer), transfer.state)},
        status=409,
        remedy=words.of(fact),
    )
