"""Words of the laboratory desk: limits, why a verdict is what it is, what the worksheet comes to."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhiheng.systems.inspection import rules_lab
from zhiheng.systems.inspection.models import Report, Sample

WHY: dict[str, Promise] = {
    "within": _("在限值以内"),
    "outside": _("超出限值"),
    "guard": _("落在保护带内（w = U），不作判定"),
    "no_uncertainty": _("保护带规则需要扩展不确定度"),
    "no_limit": _("计划没有给出限值"),
    "not_a_number": _("结果不是数字"),
    "not_found": _("未检出"),
    "found": _("检出，标准为不得检出"),
    "below": _("只知道低于或者高于某值，与限值不能比较"),
    "said": _("由检验人员直接判定"),
    "untested": _("没有结果"),
}
RULES: dict[str, Promise] = {
    "simple": _("简单接受（w = 0）"),
    "guard_band": _("保护带（w = U）"),
}


def limit(test: Mapping[str, Any]) -> tuple[str, Any]:
    """The limit of an item, and its decision rule in words."""
    words = rules_lab.limit_words(str(test.get("limit_low") or ""), str(test.get("limit_high") or ""))
    rule = str(test.get("decision_rule") or "simple")
    return words, RULES.get(rule, rule)


def concluded(sample: Sample) -> str:
    """What the worksheet comes to so far, in words; empty while it is open."""
    if not sample.draft:
        return ""
    found = rules_lab.conclusion([row["verdict"] for row in sample.draft])
    if found and sample.item.max_failing:  # an audit: how many units failed is said when the report is issued
        return str(
            _("有不合格项目") if found == Report.Conclusion.FAIL else Report.Conclusion.NOT_REJECTED.label
        )
    return str(Report.Conclusion(found).label) if found else ""
