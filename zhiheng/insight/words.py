"""What the pages of figures say."""

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from zhiheng.core.ui.forest import Line, percent
from zhiheng.insight import rules
from zhiheng.insight.rules import Figure, Row
from zhiheng.knowledge.law.targets import Target
from zhiheng.systems.inspection.models import Plan

WHY = {
    "nothing": gettext_lazy("没有检验结果"),
    "no_probabilities": gettext_lazy("抽取概率不明，不能推算总体"),
    "too_few": gettext_lazy("样本太少，不给出比率"),
}
OUTCOMES = {
    "passed": gettext_lazy("合格"),
    "failed": gettext_lazy("不合格"),
    "refused": gettext_lazy("拒绝抽样"),
    "nothing": gettext_lazy("无样可抽"),
    "cancelled": gettext_lazy("任务取消"),
    "pending": gettext_lazy("尚未完成"),
}
APART = {
    **dict(Plan.Kind.choices),
    "reserve": gettext_lazy("年度计划中递补的（替代抽到而无法检查的）"),
    "recheck": gettext_lazy("责令改正后的复查"),
    "undrawn": gettext_lazy("年度计划中没有经过抽取的"),
}
"""Checks that are no part of a rate."""
AGAINST = {
    "met": gettext_lazy("整个区间达到目标"),
    "missed": gettext_lazy("整个区间低于目标"),
    "open": gettext_lazy("区间含目标值，不能判断"),
}


def english() -> bool:
    return not (get_language() or "zh").startswith("zh")


def why(figure: Figure) -> str:
    """Why there is no number; empty where there is one."""
    return str(WHY[figure.why]) if figure.why else ""


def estimate(figure: Figure) -> str:
    """The rate with its interval, or why there is none: never the rate alone."""
    if figure.rate is None or figure.rate.rate is None:
        return why(figure)
    if figure.census:
        return _("%(rate)s（全部检查，无抽样误差）") % {"rate": percent(figure.rate.rate)}
    return interval(figure.rate.rate, figure.rate.low, figure.rate.high)


def interval(value: float, low: float, high: float) -> str:
    """A share with its interval."""
    return f"{percent(value)} ({percent(low)} – {percent(high)})"


def unheard(figure: Figure) -> str:
    """Of how much of the population the rate says nothing; empty where it speaks of everybody."""
    if figure.unheard < 0.0005:
        return ""
    return _("有的层里谁也没有检到，占总体的 %(share)s，比率不涵盖它们。") % {
        "share": percent(figure.unheard)
    }


def model(row: Row) -> str | None:
    """The model's estimate with its interval."""
    return interval(row.model.rate, row.model.low, row.model.high) if row.model else None


def line(row: Row) -> Line:
    """A row for a plot of intervals: the direct estimate, else the model's, else why there is none."""
    rate = row.figure.rate
    if rate is not None and rate.rate is not None:
        return Line(
            row.label, rate.rate, rate.low, rate.high, note=estimate(row.figure) if row.figure.census else ""
        )
    if row.model is not None:
        return Line(row.label, row.model.rate, row.model.low, row.model.high, model=True)
    return Line(row.label, note=why(row.figure))


def against(figure: Figure, target: Target | None) -> str | None:
    """How the interval lies to the target."""
    if target is None or figure.rate is None:
        return None
    says = rules.against(figure.rate.low, figure.rate.high, target.value)
    if figure.census:
        return _("达到目标") if says == "met" else _("低于目标")
    return str(AGAINST[says])


def of_target(target: Target) -> str:
    """The target with its citation."""
    if english():
        return f"{target.en} ({target.id}; {target.citation_en}; set for {target.due})"
    return f"{target.zh}（{target.id}；{target.citation}；目标年 {target.due}）"
