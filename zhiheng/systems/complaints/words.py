"""The room's codes in the reader's language."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.core.cases import words as case_words
from zhiheng.core.ui import regions
from zhiheng.systems.complaints import rules


def field(key: str) -> str:
    """What a field of a filing is called."""
    return {
        "kind": _("投诉还是举报"),
        "facts": _("发生了什么"),
        "respondent": _("商家名称"),
        "respondent_address": _("商家地址"),
        "name": _("姓名"),
        "phone": _("电话"),
        "address": _("通讯地址"),
        "problem": _("问题类别"),
        "category": _("商品服务类别"),
        "product": _("商品或者服务"),
        "amount": _("金额（元）"),
        "purchased_on": _("购买日期"),
        "known_on": _("发现问题的日期"),
        "claim": _("您要求什么"),
        "channel": _("在哪里买的"),
        "where": _("经营地"),
        "platform_name": _("平台名称"),
    }.get(key, key)


def fault(code: str) -> str:
    """What is wrong with a value."""
    return _("不像电话号码") if code == "not_a_phone" else str(case_words.fault(code))


def outcome(key: str) -> str:
    """What became of a case."""
    return {
        "refused": _("不予受理"),
        "settled": _("双方自行和解"),
        "withdrawn": _("撤回"),
        "agreed": _("调解达成协议"),
        "terminated": _("终止调解"),
        "given_back": _("反馈统一接收机构"),
        "filed": _("立案"),
        "not_filed": _("不予立案"),
        "not_competent": _("无权处理，已告知"),
        "repeated": _("重复举报，不再另行处理"),
        "open": _("办理中"),
    }.get(key, key)


def table(key: str) -> str:
    """What a table of figures is called."""
    return {
        "received": _("收到"),
        "by_city": _("投诉：各市"),
        "by_category": _("投诉：商品服务类别"),
        "by_problem": _("投诉：问题类别"),
        "outcome_complaint": _("投诉：处理结果"),
        "outcome_report": _("举报：处理结果"),
    }[key]


def cell(name: str, key: str) -> str:
    """What a row of a table of figures is called."""
    if name == "by_city":
        return regions.name(key)
    if name == "by_category":
        return str(rules.CATEGORIES.get(key, key))
    if name == "by_problem":
        return str(rules.PROBLEMS.get(key, key))
    if name == "received":
        return str(rules.KINDS.get(key, key))
    return outcome(key)


def count(value: int | None) -> str:
    """A count, or that it was left out."""
    return _("少于 5 或略去") if value is None else str(value)


def tables(figures: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Figures as tables in words, the largest row first; what was left out stands last."""
    shown = []
    for name in ("received", "by_city", "by_category", "by_problem", "outcome_complaint", "outcome_report"):
        rows = sorted(figures[name].items(), key=lambda kv: (kv[1] is None, -(kv[1] or 0), kv[0]))
        shown.append((table(name), [(cell(name, key), count(n)) for key, n in rows]))
    return shown


def mediation(figures: dict[str, Any]) -> str:
    """How often mediation led to an agreement, with the counts it rests on."""
    found = figures["mediation"]
    if "rate" in found:
        share, ended = found["rate"], found["ended"]
    else:
        ended = found["ended"]
        share = round(100 * found["agreed"] / ended) if ended else None
    if ended == 0:
        return _("没有结束的调解")
    if share is None or ended is None:
        return _("数目太少，不公布")
    return _("%(share)d%%（%(ended)d 件已结束的调解）") % {"share": share, "ended": ended}


def satisfaction(figures: dict[str, Any]) -> str:
    """The mean rating and how many gave one."""
    found = figures["satisfaction"]
    if found["rated"] is None:
        return _("数目太少，不公布")
    if not found["rated"]:
        return _("还没有评价")
    return _("%(mean)s 分（满分 5 分，%(rated)d 人评价）") % {"mean": found["mean"], "rated": found["rated"]}


def in_lines(figures: dict[str, Any]) -> dict[str, str]:
    """Published figures as lines of text, for the notice."""
    lines = {name: "；".join(f"{label} {n}" for label, n in rows) or "—" for name, rows in tables(figures)}
    return lines | {
        _("调解成功率"): mediation(figures), _("满意度"): satisfaction(figures),
        _("略去的数"): _("少于 5 的数不公布；能由其他数推算出来的也不公布。不含个人信息。"),
    }  # fmt: skip


PLAIN_STATES = {
    ("complaint", "received"): gettext_lazy("机关已收到，正在决定是否受理。受理或者不受理都会告知您。"),
    ("complaint", "mediating"): gettext_lazy("已受理，正在调解。机关可能联系您和商家。"),
    ("complaint", "recusing"): gettext_lazy("有人申请调解人员回避，等机关决定后继续调解。"),
    ("complaint", "agreed"): gettext_lazy("双方达成了协议，请按协议履行。"),
    ("complaint", "terminated"): gettext_lazy("调解结束，没有达成协议。您还可以申请仲裁或者向人民法院起诉。"),
    ("complaint", "returned"): gettext_lazy("收到的机关无权处理，已退回统一接收机构另行分送。"),
    ("complaint", "refused"): gettext_lazy(
        "不予受理，理由见决定书。您还可以协商、申请仲裁或者向人民法院起诉。"
    ),
    ("complaint", "withdrawn"): gettext_lazy("投诉已撤回，或者您已接受商家的方案。"),
    ("complaint", "closed"): gettext_lazy("已办结。"),
    ("report", "received"): gettext_lazy("机关正在核查您反映的情况，核查后决定是否立案。"),
    ("report", "filed"): gettext_lazy("已决定立案调查。"),
    ("report", "not_filed"): gettext_lazy("核查后决定不立案。"),
    ("report", "not_competent"): gettext_lazy("收到的机关无权处理，应向哪个机关提出见告知书。"),
    ("report", "repeated"): gettext_lazy("同一事实已有举报在办理，不再另行处理。"),
    ("report", "closed"): gettext_lazy("已办结。"),
    ("reward", "proposed"): gettext_lazy("机关正在认定是否奖励和奖励多少。"),
    ("reward", "assessed"): gettext_lazy("已认定等级，等待负责人决定。"),
    ("reward", "decided"): gettext_lazy("已决定奖励，请确认领取方式。"),
    ("reward", "claimed"): gettext_lazy("已确认领取，等待发放。"),
    ("reward", "refused"): gettext_lazy("不予奖励，理由见告知书。"),
    ("reward", "paid"): gettext_lazy("奖励已发放。"),
}


def plain_state(procedure: str, state: str) -> str:
    """Where a case stands, in a citizen's words."""
    said = PLAIN_STATES.get((procedure, state))
    return str(said) if said else ""
