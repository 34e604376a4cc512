# ruff: noqa: E501  one sentence a line
"""What the codes of planning and drawing mean, in the reader's language."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from zhiheng.core.cases import words
from zhiheng.core.problems import Problem, said
from zhiheng.core.ui import dates, regions
from zhiheng.knowledge.methods.faults import MethodError
from zhiheng.systems.inspection.rules_plan import Finding


def article(cite: str) -> str:
    """A citation in words; none stays empty."""
    return words.article(cite) if cite else ""


def fault(code: str) -> str:
    """What is wrong with a cell or a value."""
    return {
        "missing": _("必填"), "too_long": _("太长"), "not_a_number": _("须填数字"),
        "out_of_range": _("须大于 0、不超过 1000，最多两位小数"), "below_low": _("上限不能小于下限"),
        "not_a_choice": _("不在可选范围内"),
    }.get(code, code)  # fmt: skip


def column(key: str) -> str:
    """A column of the sheet of test items."""
    return {
        "item": _("检验项目"), "method": _("检验方法"), "unit": _("单位"), "limit_low": _("下限"),
        "limit_high": _("上限"), "decision_rule": _("判定规则"), "high_risk": _("可能严重危害"),
    }.get(key, key)  # fmt: skip


def decision_rule(code: str) -> str:
    """By which rule a result is held against its limit."""
    return {"simple": _("简单判定"), "guard_band": _("保护带")}.get(code, code)


def weight(key: str) -> str:
    """What a factor belongs to."""
    if key in {"A", "B", "C", "D"}:
        return _("信用风险 %(letter)s 类") % {"letter": key}
    return {"key": _("重点监管名单"), "serious": _("严重违法失信名单")}.get(key, key)


def reason(code: str) -> str:
    """Why somebody is not on the list."""
    return {
        "not_in_business": _("已注销或者吊销"),
        "tests_the_samples": _("承担本次检验，须回避"),
        "conflict_of_office": _("与本机关有利害关系"),
        "left_out": _("其他理由"),
        "checked_within_six_months": _("六个月内已抽查同一标准的产品"),
    }.get(code, code)


def _shown(value: Any) -> Any:
    if isinstance(value, date):
        return dates.words(value)
    return f"{value:,.2f}" if isinstance(value, Decimal) else value


def finding(one: Finding) -> str:
    """A finding about a plan as a sentence."""
    values: Mapping[str, Any] = {key: _shown(value) for key, value in one.values.items()}
    if "office" in values:
        values = {**values, "office": regions.name(str(values["office"]))}
    sentence = {
        "no_items": _("计划还没有产品。"),
        "dates": _("结束日期早于开始日期。"),
        "over": _("计划在 %(day)s 已经结束。"),
        "budget": _("费用 %(cost)s 元超出预算 %(budget)s 元，多出 %(more)s 元。"),
        "not_filed": _("地方年度抽查计划须报上一级备案：还没有登记备案日期。"),
        "exempt": _("跟踪抽查和突发事件抽查不受六个月和不得重复的限制。"),
        "no_tests": _("“%(product)s”没有检验项目。"),
        "no_size": _("“%(product)s”没有样品数。"),
        "no_laboratory": _("“%(product)s”没有检验机构：样品不会出现在任何机构的检验页上，收样和报告由本机关在案件里登记。"),
        "not_allotted": _("“%(product)s”还没有分配到各地。"),
        "too_many": _("“%(product)s”要抽 %(size)s 个，可抽取的对象只有 %(population)s 个。"),
        "allot_again": _("“%(product)s”计划 %(size)s 个，分配了 %(allotted)s 个：请重新分配。"),
        "rules_not_public": _("“%(product)s”的实施细则须在抽样前向社会公开：请填写细则编号和公开日期。"),
        "rules_late": _("“%(product)s”的实施细则 %(day)s 才公开，晚于计划开始（%(starts)s）。"),
        "higher_office": _("上级（%(office)s）在“%(plan)s”（%(starts)s 至 %(ends)s）中已安排抽查“%(other)s”：本级不得另行重复抽查“%(product)s”。"),
        "higher_standard": _("上级（%(office)s）在“%(plan)s”中抽查的“%(other)s”与“%(product)s”适用同一标准：请判断是否同一产品。"),
        "six_months": _("“%(plan)s”（%(starts)s 至 %(ends)s）已抽查“%(other)s”：六个月内已抽过同一产品的生产者，抽取“%(product)s”时将被排除。"),
        "overlap": _("%(office)s的“%(plan)s”（%(starts)s 至 %(ends)s）也抽查“%(other)s”（与“%(product)s”相近）；本领域没有查到不得重复的条文，仅作提示。"),
    }[one.code]  # fmt: skip
    return sentence % values if values else sentence


def method_problem(error: MethodError, most: int = 20) -> Problem:
    """What the method found wrong with a list or a file, as a Problem."""
    lines = [f"{said(one.says, one.values)} {said(one.mend, one.values)}" for one in error.faults[:most]]
    return Problem(
        "draw_refused", " ".join(lines), status=422, faults=[one.document() for one in error.faults[:most]]
    )
