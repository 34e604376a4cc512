"""Words of the registry that several rooms show."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.core.registry.rules import Qualification
from zhiheng.core.ui.templatetags.ui import badge

QUALIFICATIONS: dict[Qualification, tuple[str | Promise, str]] = {
    "valid": (gettext_lazy("资质有效"), "ok"),
    "expiring": (gettext_lazy("资质三个月内到期"), "warn"),
    "suspended": (gettext_lazy("资质暂停、撤销或者注销"), "bad"),
    "expired": (gettext_lazy("不在资质有效期内"), "bad"),
    "none": (gettext_lazy("资质未登记"), "muted"),
}
"""How the recognition of a body stands, and the colour of its badge."""


def qualification_badge(state: Qualification) -> Any:
    """The state of a recognition, to be shown in a list."""
    words, look = QUALIFICATIONS[state]
    return badge(words, look)


def warning(state: Qualification) -> str:
    """What is wrong with a laboratory's recognition, in a sentence; nothing when it is in order."""
    return {
        "none": _("资质未登记：登记库里没有这家机构的检验检测机构资质。"),
        "expired": _("不在资质有效期内：登记的检验检测机构资质不含这一天。"),
        "suspended": _("资质现已暂停、撤销或者注销；自哪天起没有登记。"),
    }.get(state, "")
