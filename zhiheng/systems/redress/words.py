"""The calculator's answers in the reader's language: formula, reasons, what is only arithmetic."""

from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhiheng.core.cases import words
from zhiheng.core.ui import dates
from zhiheng.core.ui.series import listed
from zhiheng.knowledge.law.load import Course
from zhiheng.systems.redress import rules


def yuan(amount: Decimal) -> str:
    """An amount as people write it."""
    return f"{amount:,.2f}"


def title(line: rules.Line) -> str:
    """What a line is about."""
    return {
        "fraud": _("欺诈：增加的赔偿"), "food": _("不符合食品安全标准的食品：赔偿金"),
        "defect": _("明知缺陷致人死亡或者健康严重损害：惩罚性赔偿"), "unfit": _("经行政部门认定不合格：退货"),
        "return": _("质量不符合要求：退货"), "return_distance": _("网购、电视、电话、邮购：七日无理由退货"),
        "first": _("首负责任：先行赔付"), "defect_claim": _("缺陷产品损害赔偿请求权"),
    }[line.key]  # fmt: skip


def base(name: str) -> str:
    """What is multiplied."""
    return {"price": _("价款"), "loss": _("损失")}[name]


def formula(line: rules.Line) -> str:
    """How the amount came about, step by step."""
    parts = [
        _("%(base)s %(of)s 元 × %(times)s = %(result)s 元")
        % {
            "base": base(p.base),
            "of": yuan(p.of),
            "times": f"{p.times.normalize():f}",
            "result": yuan(p.result),
        }
        for p in line.products
    ]
    if len(parts) > 1:
        parts.append(_("消费者可以择一主张，这里取较高的"))
    if (
        line.floor is not None
        and line.products
        and line.amount == line.floor > max(p.result for p in line.products)
    ):
        parts.append(_("不足 %(floor)s 元，按 %(floor)s 元") % {"floor": yuan(line.floor)})
    return listed(parts, apart=True)


def result(line: rules.Line) -> str:
    """What comes out, in a few words."""
    if line.status == "applies" and line.amount is not None:
        return _("%(amount)s 元") % {"amount": yuan(line.amount)}
    if line.status == "at_most" and line.amount is not None:
        return _("最多 %(amount)s 元") % {"amount": yuan(line.amount)}
    if line.status == "until" and line.until is not None:
        return _("到 %(day)s 为止") % {"day": dates.words(line.until)}
    if line.status == "over" and line.until is not None:
        return _("已于 %(day)s 届满") % {"day": dates.words(line.until)}
    return {"excluded": _("不适用"), "incomplete": _("还缺一项"), "duty": _("适用这一条")}.get(
        line.status, ""
    )


def why(line: rules.Line) -> str:
    """What excludes a line, or what is missing."""
    return {
        "label": _("标签、说明书的瑕疵不影响食品安全、也不会误导消费者的，不适用。"),
        "seller": _("向经营者主张的，以其明知不符合食品安全标准仍然经营为条件；生产者不需要这个条件。"),
        "price": _("请填价款。"), "loss": _("请填损失。"), "price_or_loss": _("请填价款或者损失。"),
        "received_on": _("请填收到商品的日期。"),
        "agreed": _("有国家规定或者当事人约定的，按规定或者约定，不按七日。"),
        "excepted": _("法律列举的四类商品不适用无理由退货。"),
    }.get(line.why, "")  # fmt: skip


def note(line: rules.Line, course: Course) -> str:
    """What the law says besides."""
    language = get_language() or "zh"
    if line.key in {"unfit", "first"}:
        return course.edition.facts[line.key].of(language)
    return {
        "defect": _("法律写的是“所受损失二倍以下”，具体多少由法院或者当事人确定。"),
        "return": _("七日后符合法定解除合同条件的，仍可以退货。"),
        "defect_claim": _("自交付最初消费者满十年丧失；尚未超过明示的安全使用期的除外。诉讼时效另行计算。"),
    }.get(line.key, "")  # fmt: skip


def counting(line: rules.Line, course: Course) -> str:
    """How a period was counted, in a sentence."""
    if line.period is None or line.until is None:
        return ""
    moved = [d for d in line.period.days if d.why == "moved"]
    counted = [d for d in line.period.days if d.number is not None]
    text = _("收到当日 %(start)s 不算，自 %(first)s 起算 %(n)d 日") % {
        "start": dates.words(line.period.start.date()), "first": dates.words(counted[0].date), "n": len(counted)
    }  # fmt: skip
    if moved:
        text += _("；第 %(n)d 日 %(day)s 是法定节假日，顺延到 %(until)s") % {
            "n": len(counted), "day": dates.words(counted[-1].date), "until": dates.words(line.until)
        }  # fmt: skip
    if line.period.provisional:
        text += _("；当年放假安排尚未公布，日期是暂定的")
    return text + (_("（计数参照：%(cite)s）") % {"cite": words.article(course.counting.cite)})


_KINDS = {
    "applies": "ok", "at_most": "ok", "until": "ok", "duty": "info", "over": "muted", "excluded": "muted",
    "incomplete": "warn",
}  # fmt: skip


def lines(found: list[rules.Line], course: Course) -> list[dict[str, Any]]:
    """The lines as a page shows them."""
    return [
        {
            "key": one.key, "title": title(one), "result": result(one), "kind": _KINDS[one.status],
            "formula": formula(one), "why": why(one), "note": note(one, course) if one.status != "excluded" else "",
            "counting": counting(one, course), "article": words.article(one.cite), "rule": one.rule,
        }
        for one in found
    ]  # fmt: skip


def faults(wrong: dict[str, str]) -> dict[str, str]:
    """What is wrong with what was typed."""
    said = {"negative": _("不能是负数"), "too_large": _("金额太大"), "in_future": _("不能晚于今天")}
    return {field: said[code] for field, code in wrong.items()}


def next_words(one: rules.Next, course: Course) -> str:
    """Who answers next, and by when as promised."""
    if not one.parties:
        return ""
    who = words.role(course, one.parties[0])  # the seller, who was asked first
    if one.by is None:
        return _("等%(who)s办理") % {"who": who}
    if one.late:
        return _("%(who)s承诺 %(day)s 前办理，已过") % {"who": who, "day": dates.words(one.by)}
    return _("%(who)s承诺 %(day)s 前办理") % {"who": who, "day": dates.words(one.by)}


def statement() -> str:
    """What the calculator is and is not."""
    return _(
        "这是按您填写的情况和法律条文作的算术，不是决定，也不是法律意见。事实是否如此、几项能否同时主张、"
        "具体数额多少，由经营者、消费者协商，或者由有关机关、仲裁机构、法院确定。"
    )
