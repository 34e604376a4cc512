"""What must hold before a step of enforcement is taken: refusals that name what is missing, the article, the remedy."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.cases import offices, running, words
from zhiheng.core.cases.effects import before
from zhiheng.core.cases.models import Case, Clock, Step
from zhiheng.core.problems import refused
from zhiheng.core.ui import dates
from zhiheng.knowledge.law import terms
from zhiheng.systems.enforcement import queries, rules

Values = dict[str, Any]


# -- evidence ------------------------------------------------------------------------------------------------


@before("penalty", "collect")
def taken_by_now(case: Case, values: Values, ground: str) -> None:
    """Evidence was taken before it is registered."""
    taken = values.get("evidence_taken_at")
    if taken and dates.local(datetime.fromisoformat(taken)) > timezone.now():
        raise refused("in_future", _("取证时间晚于现在。"), _("请更正时间。"), "evidence_taken_at")


# -- limitation ----------------------------------------------------------------------------------------------


@before("penalty", "submit", "notify", "notify_hearing", "decide")
def limitation(case: Case, values: Values, ground: str) -> None:
    """The day the violation ended is known, and a case past the limitation has its answer."""
    state, ended, _answer = queries.limitation(case, values.get("ended_on"))
    rule = running.course_of(case).value("limitation")
    cite = words.article(rule.cite)
    if state == "unknown":
        raise refused(
            "limitation_unknown",
            _("未写明违法行为发生或者终了之日，无法核对追责时效（%(article)s）。") % {"article": cite},
            _("请在“制作立案审批表”或“送交审核”中填写，或在“处罚前核对”中答复。"),
            "ended_on",
        )
    if state == "ask":
        raise refused(
            "limitation_ask",
            _("违法行为终了于 %(day)s，被发现时已过 %(years)d 年（%(article)s）。")
            % {"day": ended, "years": rule.value, "article": cite},
            _("请先在“处罚前核对”中答复追责时效。"),
        )
    if state == "expired":
        raise refused(
            "limitation_expired",
            _("依答复仍已过追责时效，不得处罚（%(article)s）。") % {"article": cite},
            _("请撤销立案，或重新答复。"),
        )


# -- notice and hearing --------------------------------------------------------------------------------------


@before("penalty", "notify", "notify_hearing", "decide")
def amounts(case: Case, values: Values, ground: str) -> None:
    """Each amount has its kind of penalty, and a fine and gains have their amounts."""
    if field := rules.amounts_fault(rules.penalty(values)):
        raise refused("amount_and_kind", _("处罚种类与金额不一致。"), _("请勾选相应种类并填写金额。"), field)


@before("penalty", "notify")
def hearing(case: Case, values: Values, ground: str) -> None:
    """Who is entitled to a hearing is told so."""
    course = running.course_of(case)
    lower = queries.takes_lower_threshold(case)
    due = rules.hearing_due(rules.penalty(values), lower=lower, values=course.edition.values)
    if due is None:
        return
    listed = course.grounds("hearing")
    ground_words = words.of(listed.of[due.ground])
    if due.threshold is not None:
        why = _("%(what)s %(amount)s 元，达到“%(threshold)s”%(limit)s 元（%(article)s），须告知听证权利。") % {
            "what": ground_words, "amount": due.amount, "threshold": words.of(due.threshold),
            "limit": f"{due.threshold.value:.0f}", "article": words.article(due.threshold.cite),
        }  # fmt: skip
    else:
        why = _("拟作出“%(what)s”（%(article)s），须告知听证权利。") % {
            "what": ground_words, "article": words.article(listed.cite)
        }  # fmt: skip
    raise refused("hearing_due", why, _("请办理“行政处罚告知（含听证权利）”。"), ground=due.ground)


# -- the decision --------------------------------------------------------------------------------------------


@before("penalty", "decide")
def heard(case: Case, values: Values, ground: str) -> None:
    """The time to ask for a hearing is over or was waived."""
    step = queries.last_step(case, *queries.NOTICES)
    if step is None or step.key != "notify_hearing" or case.state != "notified":
        return
    clock = case.clocks.filter(key="request_hearing").last()
    over = clock is None or clock.state == Clock.State.STOPPED
    if not over and clock is not None and (clock.due_at is None or clock.due_at > timezone.now()):
        raise refused(
            "hearing_open",
            _("当事人要求听证的期限未满（%(until)s）。")
            % {"until": dates.words(dates.until(clock.due_at)) if clock.due_at else "—"},
            _("请待期满，或由当事人书面放弃。"),
        )


@before("penalty", "decide")
def not_beyond_notice(case: Case, values: Values, ground: str) -> None:
    """Nothing is imposed that the party was not told of."""
    told = queries.told(case)
    beyond = rules.more_severe(rules.penalty(values), told[1]) if told else ["kinds"]
    if beyond:
        fields = running.course_of(case).procedure.fields
        raise refused(
            "beyond_notice",
            _("决定重于已告知的内容：%(what)s。")
            % {"what": "、".join(words.of(fields[name]) for name in beyond)},
            _("请负责人“补充调查”后重新审核、告知。"),
            beyond[0],
        )


@before("penalty", "decide")
def discretion(case: Case, values: Values, ground: str) -> None:
    """The level of discretion rests on factors on record."""
    kinds = set(case.factors.filter(struck_at=None).values_list("kind", flat=True))
    fault = rules.discretion_fault(values.get("discretion", ""), kinds)
    if fault == "no_penalty":
        raise refused(
            "no_penalty_chosen",
            _("裁量为“不予处罚”，不能作出处罚决定。"),
            _("请办理“不予行政处罚”。"),
            "discretion",
        )
    if fault:
        what = {"aggravating": _("从重"), "mitigating": _("从轻或者减轻")}[fault]
        raise refused(
            "factor_missing",
            _("裁量阶次没有相应的“%(what)s”因素。") % {"what": what},
            _("请先在“处罚前核对”中登记裁量因素及其依据、理由。"),
            "discretion",
        )


@before("penalty", "no_penalty")
def exempting(case: Case, values: Values, ground: str) -> None:
    """That no penalty is imposed rests on a factor on record."""
    if not case.factors.filter(struck_at=None, kind="exempting").exists():
        raise refused(
            "factor_missing",
            _("没有登记“不予处罚”的因素。"),
            _("请先在“处罚前核对”中登记裁量因素及其依据、理由。"),
        )


@before("penalty", "decide")
def discussed(case: Case, values: Values, ground: str) -> None:
    """A decision said to be collective, or a second extension of the time to decide, has its discussion on record."""
    clock = case.clocks.filter(key="decide").last()
    twice = clock is not None and clock.extensions > 1
    if not values.get("collective") and not twice:
        return
    if not case.discussions.exists():
        cite = running.course_of(case).clocks["decide"].extensions[-1].cite
        why = (
            _("办案期限再次延长须经负责人集体讨论（%(article)s），没有讨论记录。")
            % {"article": words.article(cite)}
            if twice
            else _("决定写明经负责人集体讨论，没有讨论记录。")
        )
        raise refused("discussion_missing", why, _("请先在“处罚前核对”中登记集体讨论。"), "collective")


# -- performance ---------------------------------------------------------------------------------------------


@before("penalty", "record_payment", "perform")
def payment(case: Case, values: Values, ground: str) -> None:
    """Nobody pays more than is due."""
    account = queries.account(case)
    paid = Decimal(values.get("paid") or 0)
    if account is not None and paid > account.remainder:
        raise refused(
            "too_much",
            _("本次缴纳超过尚欠的 %(amount)s 元。") % {"amount": account.remainder},
            _("请核对金额；多缴的另行退还。"),
            "paid",
        )


@before("penalty", "record_payment")
def some_payment(case: Case, values: Values, ground: str) -> None:
    """A payment is more than nothing."""
    if not Decimal(values.get("paid") or 0):
        raise refused("no_amount", _("缴纳金额须大于零。"), _("请更正金额。"), "paid")


@before("penalty", "perform")
def performed(case: Case, values: Values, ground: str) -> None:
    """What is performed in full is paid in full."""
    account = queries.account(case)
    if account is not None and account.remainder > Decimal(values.get("paid") or 0):
        raise refused(
            "not_paid",
            _("尚欠 %(amount)s 元，不能办理履行完毕。") % {"amount": account.remainder},
            _("请先登记缴纳，或走催告、强制执行。"),
            "paid",
        )


# -- joint action --------------------------------------------------------------------------------------------


@before("penalty", "ask_assistance", "dispute_competence", "act_jointly")
def another_office(case: Case, values: Values, ground: str) -> None:
    """Another office is asked, not one's own."""
    for field in ("assist_office", "counterpart", "joint_office"):
        if values.get(field) == case.region:
            raise refused("own_office", _("不能选择本机关。"), _("请选择另一机关。"), field)


@before("penalty", "dispute_competence")
def has_superior(case: Case, values: Values, ground: str) -> None:
    """There is an office above both that can designate."""
    if not rules.common_superior(case.region, values["counterpart"]):
        raise refused(
            "no_superior", _("两机关在本平台没有共同的上一级机关。"), _("请在平台外报请指定。"), "counterpart"
        )


@before("penalty", "list_supervised")
def listed_from_above(case: Case, values: Values, ground: str) -> None:
    """A case is listed by an office above its own."""
    if values.get("listing_office") not in rules.superiors(case.region):
        names = "、".join(offices.name(code) for code in rules.superiors(case.region))
        raise refused("not_above", _("挂牌机关须是上级机关。"), names, "listing_office")


# -- publication ---------------------------------------------------------------------------------------------


@before("publicity", "publish", "publish_there")
def published_by_law(case: Case, values: Values, ground: str) -> None:
    """What the law keeps from the public is not published, and the term is known."""
    found = queries.penalty_of(case)
    if found is None:
        raise refused(
            "no_decision", _("没有关联的处罚决定，无法确定公示期。"), _("请从处罚案件作出决定时开启公示。")
        )
    if rules.exempt(rules.penalty(found[1].values).kinds):
        fact = running.course_of(case).edition.facts["warning"]
        raise refused("exempt", words.of(fact), f"{_('请办理“不予公示”。')}（{words.article(fact.cite)}）")


@before("publicity", "exempt")
def exempt(case: Case, values: Values, ground: str) -> None:
    """Only a mere warning is kept from the public."""
    found = queries.penalty_of(case)
    if found is not None and not rules.exempt(rules.penalty(found[1].values).kinds):
        fact = running.course_of(case).edition.facts["warning"]
        raise refused(
            "not_exempt",
            _("处罚不是仅给予警告，须公示。"),
            f"{_('请办理“公示”。')}（{words.article(fact.cite)}）",
        )


def _early(case: Case) -> tuple[Step, queries.Terms]:
    """The publication and its term, when it may end early by now; else the Problem that says from when, or never."""
    published = queries.published_term(case, running.course_of(case))
    if published is None:
        raise refused("not_published", _("没有公示记录。"), _("请先公示。"))
    step, held = published
    day = terms.early_from(held.term, dates.local(step.at).date(), queries.restriction_ends(case.values))
    if day is None:
        raise refused(
            "no_early_end",
            _("此类处罚不得提前停止公示（%(article)s）。") % {"article": words.article(held.term.cite)},
            words.of(held.term),
        )
    if day > dates.today():
        raise refused(
            "too_early",
            _("满最短公示期（%(day)s）后才可以提前停止公示（%(article)s）。")
            % {"day": dates.words(day), "article": words.article(held.term.cite)},
            words.of(held.term),
        )
    return published


@before("publicity", "ask_early")
def may_ask_early(case: Case, values: Values, ground: str) -> None:
    """An early end is not asked for before the law's least term."""
    _early(case)


@before("publicity", "stop_early")
def may_stop_early(case: Case, values: Values, ground: str) -> None:
    """An early end needs its conditions verified and the repair granted."""
    _early(case)
    course = running.course_of(case)
    fact = course.edition.facts["early"]
    missing = rules.CONDITIONS[course.edition.key] - set(values.get("conditions") or ())
    if missing:
        choices = course.procedure.fields["conditions"].choices
        raise refused(
            "conditions_missing",
            _("没有核实的条件：%(what)s。")
            % {"what": "、".join(words.of(choices[k]) for k in sorted(missing))},
            f"{words.of(fact)}（{words.article(fact.cite)}）",
            "conditions",
        )
    if not any(one.state in {"granted", "done"} for one in queries.opened(case, "credit_repair")):
        raise refused("not_granted", _("信用修复申请尚未准予。"), _("请先办结关联的信用修复案件。"))


@before("publicity", "expire")
def over(case: Case, values: Values, ground: str) -> None:
    """A publication ends with its term, not before."""
    found = queries.penalty_of(case)
    row = getattr(found[0], "penalty_record", None) if found else None
    until = row.disclosure.published_until if row is not None and row.disclosure is not None else None
    if until is None or until > timezone.now():
        raise refused(
            "not_over",
            _("公示期未满（%(day)s）。") % {"day": dates.words(dates.until(until)) if until else "—"},
            _("期满后由系统停止公示。"),
        )
