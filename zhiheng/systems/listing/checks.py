"""What must hold before a step of a list is taken: refusals that name what is missing, the article, the remedy."""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.cases import running, words
from zhiheng.core.cases.effects import before
from zhiheng.core.cases.models import Case, Clock
from zhiheng.core.problems import refused
from zhiheng.core.ui import dates
from zhiheng.systems.listing import queries, rules

Values = dict[str, Any]


def _fact(case: Case, key: str) -> str:
    fact = running.course_of(case).edition.facts[key]
    return f"{words.of(fact)}（{words.article(fact.cite)}）"


# -- the serious-offender list -------------------------------------------------------------------------------------


@before("serious_list", "assess")
def conditions(case: Case, values: Values, ground: str) -> None:
    """All three conditions are stated, and no evidence that there was no intent."""
    if values.get("no_intent"):
        raise refused(
            "no_intent",
            _("有证据足以证明没有主观故意的，不列入。"),
            _("请由负责人办理“不予列入”。"),
            "no_intent",
        )
    _three(case, values, ground)


def _three(case: Case, values: Values, ground: str) -> None:
    if ground in rules.ALONE:
        return
    if not values.get("heavier"):
        raise refused(
            "heavier_missing", _("没有较重行政处罚，不能列入。"), _fact(case, "conditions"), "heavier"
        )
    if not values.get("penalty_no"):
        raise refused(
            "penalty_missing", _("须有行政处罚决定书文号。"), _fact(case, "conditions"), "penalty_no"
        )


@before("serious_list", "decide")
def lawful(case: Case, values: Values, ground: str) -> None:
    """The conditions still stand, the party was heard, the level above consents where the law asks for it."""
    _three(case, case.values | values, ground)
    facts = queries.bases(case)
    if facts and all(one.fact.withdrawn_at is not None for one in facts):
        raise refused(
            "facts_withdrawn", _("所依据的事实已全部撤回。"), _("请办理“不予列入”，或补充依据后再决定。")
        )
    if case.state != "consented" and rules.needs_consent(case.region):
        raise refused("consent_missing", _("尚未取得上一级同意。"), _fact(case, "consent"))
    clock = case.clocks.filter(key="be_heard").last()
    if (
        clock is not None
        and clock.state != Clock.State.STOPPED
        and clock.due_at
        and clock.due_at > timezone.now()
    ):
        raise refused(
            "may_be_heard",
            _("当事人陈述、申辩和要求听证的期限未满（%(until)s）。")
            % {"until": dates.words(dates.until(clock.due_at))},
            _("请待期满，或由当事人书面放弃。"),
        )
    _on_or_before_today(values, "listed_on")


def _on_or_before_today(values: Values, field: str) -> None:
    if values.get(field) and date.fromisoformat(values[field]) > dates.today():
        raise refused("in_future", _("日期晚于今天。"), _("请更正。"), field)


@before("serious_list", "ask_consent")
def consent(case: Case, values: Values, ground: str) -> None:
    """The province's own listing needs nobody's consent; others ask once the party's time is over."""
    if not rules.needs_consent(case.region):
        raise refused("no_consent_needed", _("省级机关列入无须报上一级同意。"), _("请由负责人决定。"))


@before("serious_list", "ask_early")
def may_ask_early(case: Case, values: Values, ground: str) -> None:
    """Early removal is not asked for within the first year, nor while a measure set by law runs."""
    entry = case.listing_entry
    early(entry.early_on, words.article("SAMR-44 第十六条"))


def early(day: date | None, cite: str) -> None:
    """Refuse what is asked for too soon, or never possible."""
    if day is None:
        raise refused(
            "no_early_end", _("不能提前（%(article)s）。") % {"article": cite}, _("期满后由机关办理。")
        )
    if day > dates.today():
        raise refused(
            "too_early",
            _("自 %(day)s 起才可以申请（%(article)s）。") % {"day": dates.words(day), "article": cite},
            _("请届时再申请。"),
        )


@before("serious_list", "remove_early")
@before("abnormal_list", "remove")
def granted(case: Case, values: Values, ground: str) -> None:
    """Nobody is removed before the repair is granted."""
    if not any(one.state in {"granted", "to_push", "done"} for one in queries.repairs_of(case)):
        raise refused("not_granted", _("信用修复申请尚未准予。"), _("请先办结关联的信用修复案件。"))


@before("serious_list", "expire")
def over(case: Case, values: Values, ground: str) -> None:
    """Nobody is removed before the term is over."""
    day = case.listing_entry.removal_on
    if day is None or day >= dates.today():
        raise refused(
            "not_over",
            _("列入期未满（%(day)s）。") % {"day": dates.words(day) if day else "—"},
            _("期满后由系统移出。"),
        )


@before("serious_list", "relist")
def fraudulent(case: Case, values: Values, ground: str) -> None:
    """Somebody is listed again only after his repair was revoked."""
    if not any(one.state == "revoked" for one in queries.repairs_of(case)):
        raise refused(
            "not_revoked", _("信用修复没有被撤销。"), _("请先在信用修复案件中办理“弄虚作假，撤销修复”。")
        )
    _on_or_before_today(values, "listed_on")


# -- the others ----------------------------------------------------------------------------------------------------


@before("key_supervision", "list")
@before("abnormal_list", "list")
def listed_by_today(case: Case, values: Values, ground: str) -> None:
    """Nobody is listed from a day to come."""
    _on_or_before_today(values, "listed_on")


@before("abnormal_list", "unreachable")
def letters(case: Case, values: Values, ground: str) -> None:
    """Two letters that nobody signed for, fifteen to thirty days apart, show that a firm cannot be reached."""
    first, second = values.get("first_letter_on"), values.get("second_letter_on")
    if not first and not second:
        return
    given = running.course_of(case).edition.values
    least, most = given["letters_least"], given["letters_most"]
    apart = (date.fromisoformat(second) - date.fromisoformat(first)).days if first and second else -1
    if not least.value <= apart <= most.value:
        raise refused(
            "letters",
            _("两次邮寄须间隔 %(least)d 至 %(most)d 日（%(article)s）。")
            % {"least": least.value, "most": most.value, "article": words.article(least.cite)},
            _("请核对两次邮寄的日期。"), "second_letter_on",
        )  # fmt: skip


@before("abnormal_list", "list")
def ground_fits(case: Case, values: Values, ground: str) -> None:
    """The ground is the one that was registered."""
    came = case.steps.filter(
        key__in=("report_missed", "not_disclosed", "name_unchanged", "unreachable")
    ).last()
    wanted = {
        "report_missed": "report", "not_disclosed": "order", "name_unchanged": "name", "unreachable": "unreachable"
    }.get(came.key if came else "")  # fmt: skip
    if wanted and ground != wanted:
        raise refused("ground_differs", _("与查实的情形不符。"), _("请选择已登记的情形。"), "ground")
