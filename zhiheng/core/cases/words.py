"""What the law's codes and ours mean, in the reader's language."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhiheng.core.cases import rules
from zhiheng.core.ui import dates
from zhiheng.core.ui.series import listed
from zhiheng.knowledge.law.load import Course, law
from zhiheng.knowledge.law.model import Words


def of(text: Words) -> str:
    """A name of the law in the reader's language."""
    return text.of(get_language() or "zh")


def article(cite: str) -> str:
    """A citation in the reader's language."""
    return law().title(cite, get_language() or "zh")


def step(course: Course, key: str) -> str:
    """A step in words, the engine's own included."""
    engine = {
        "_opened": _("登记"), "_assigned": _("指派"), "_transferred": _("移送有权机关"), "_merged": _("并案"),
        "_joined": _("收入并案"), "_split": _("拆分"), "_reopened": _("重新办理"), "_paused": _("中止期限"),
        "_resumed": _("恢复期限"), "_extended": _("延长期限"), "_recused": _("回避"), "_noted": _("内部记录"),
    }  # fmt: skip
    return of(course.steps[key]) if key in course.steps else engine.get(key, key)


def state(course: Course, key: str) -> str:
    """A state in words."""
    return of(course.procedure.states[key]) if key in course.procedure.states else key


def role(course: Course, key: str) -> str:
    """Who takes a step, in words."""
    offices = {
        "officer": _("执法人员"), "head": _("负责人"), "legal": _("审核人员"), "police": _("公安机关"),
        "procurator": _("人民检察院"), "system": _("系统"),
    }  # fmt: skip
    return of(course.procedure.parties[key]) if key in course.procedure.parties else offices.get(key, key)


def fault(code: str) -> str:
    """What is wrong with a value."""
    return {
        "missing": _("必填"), "too_long": _("太长"), "not_a_number": _("须填数字"), "negative": _("不能是负数"),
        "not_a_date": _("须写作 2026-11-26"), "not_a_time": _("须写作 2026-11-26T14:30"),
        "in_future": _("不能晚于现在"), "not_a_choice": _("不在可选范围内"),
        "not_an_office": _("没有这个机关"),
    }.get(code, code)  # fmt: skip


def why(course: Course, reason: rules.Why) -> str:
    """Why a step is not available."""
    about = reason.about
    if reason.code == "not_you":
        who = listed(role(course, one) for one in about.split(","))
        return _("须由%(who)s办理") % {"who": who}
    if reason.code == "before":
        return _("须先办理“%(step)s”") % {"step": step(course, about)}
    if reason.code == "document":
        return _("缺少“%(document)s”") % {"document": of(course.documents[about])}
    if reason.code in {"clock", "clock_over", "clock_not_started", "not_running", "not_paused"}:
        clock = of(course.clocks[about]) if about in course.clocks else about
        if reason.code == "clock":
            until = dates.words(reason.until) if reason.until else _("恢复计算后")
            return _("“%(clock)s”尚未届满（%(until)s）") % {"clock": clock, "until": until}
        return {
            "clock_over": _("“%(clock)s”已经届满"),
            "clock_not_started": _("“%(clock)s”尚未开始"), "not_running": _("“%(clock)s”没有在计算"),
            "not_paused": _("“%(clock)s”没有中止"),
        }[reason.code] % {"clock": clock}  # fmt: skip
    return {
        "state": _("现在的状态下不能办理"), "merged": _("已并入另一案"),
        "other_handler": _("由他人承办，请其本人或负责人办理"),
        "recused": _("您须回避"), "unknown_step": _("没有这个步骤"), "no_more_extensions": _("法律没有再延长的规定"),
        "value": _("延长的时间超出规定"),
    }.get(reason.code, reason.code)  # fmt: skip
