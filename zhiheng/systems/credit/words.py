"""The room's codes in words, and how they look."""

from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from zhiheng.core.facts.models import Fact
from zhiheng.core.registry.models import Designation
from zhiheng.core.ui.series import listed
from zhiheng.core.ui.templatetags.ui import badge

GROUPS = {
    "licence": gettext_lazy("行政许可"),
    "certificate": gettext_lazy("认证和资质"),
    "honour": gettext_lazy("质量荣誉"),
    "check": gettext_lazy("监督抽查"),
    "penalty": gettext_lazy("行政处罚"),
    "complaint": gettext_lazy("投诉举报查证属实"),
    "recall": gettext_lazy("召回和事故"),
    "commitment": gettext_lazy("承诺"),
    "list": gettext_lazy("名单"),
    "repair": gettext_lazy("信用修复"),
}
STATES = {
    "counts": (gettext_lazy("计入"), "info"),
    "over": (gettext_lazy("不再计入"), "muted"),
    "future": (gettext_lazy("尚未生效"), "muted"),
    "withdrawn": (gettext_lazy("已撤回"), "muted"),
    "valid": (gettext_lazy("有效"), "ok"),
    "expired": (gettext_lazy("已过期"), "warn"),
    "suspended": (gettext_lazy("暂停"), "warn"),
    "cancelled": (gettext_lazy("注销"), "muted"),
}
CLASSES = {
    "A": (gettext_lazy("A 风险低"), "ok"),
    "B": (gettext_lazy("B 风险一般"), "info"),
    "C": (gettext_lazy("C 风险较高"), "warn"),
    "D": (gettext_lazy("D 风险高"), "bad"),
}


def kind(code: str) -> str:
    """A kind of fact or designation in words."""
    return str(dict([*Fact.Kind.choices, *Designation.Kind.choices]).get(code, code))


def kinds(codes: list[str]) -> str:
    """Several kinds, one after another."""
    return listed(kind(code) for code in codes)


def group(code: str) -> str:
    """A group of the file in words."""
    return str(GROUPS.get(code, code))


def state(code: str) -> SafeString:
    """How an item stands."""
    text, look = STATES.get(code, (code, "muted"))
    return badge(text, look)


def risk_class(value: str) -> SafeString:
    """A class with its look; for officers only."""
    text, look = CLASSES.get(value, (value, "muted"))
    return badge(text, look)
