"""What pages say of lists, in the reader's language."""

from typing import Any

from django.utils.translation import gettext as _

from zhiheng.core.cases import running, words
from zhiheng.core.cases.models import Case
from zhiheng.core.ui.series import listed
from zhiheng.systems.listing.models import Entry
from zhiheng.systems.listing.rules import Condition

KINDS = {"met": "ok", "not_met": "muted", "judge": "warn"}


def verdict(one: Condition) -> str:
    """How a condition stands by the record."""
    return {"met": _("记录已载明"), "not_met": _("记录不符"), "judge": _("由承办人判断")}[one.verdict]


def condition(one: Condition, case: Case) -> dict[str, Any]:
    """A condition as the page shows it: what it is, how it stands, what the record says."""
    course = running.course_of(case)
    name, key = {
        "conduct": (_("属第五条至第十条的违法行为"), "conduct"),
        "heavier": (_("受到较重行政处罚"), "heavier"),
        "consideration": (_("综合考量：性质恶劣、情节严重、社会危害较大"), ""),
    }[one.key]
    if key == "conduct":
        choices: Any = course.grounds("conduct").of
    else:
        choices = course.procedure.fields[key].choices if key else {}
    says = [words.of(choices[k]) if k in choices else k for k in one.says]
    if key == "conduct" and says:
        says = [_("文字提示：%(what)s") % {"what": listed(says)}]
    return {"name": name, "verdict": verdict(one), "kind": KINDS[one.verdict], "says": listed(says)}


def conduct(entry: Entry) -> str:
    """Why somebody is listed."""
    course = running.course_of(entry.case)
    name = {"serious_list": "conduct", "key_supervision": "why", "abnormal_list": "listed"}[entry.scheme]
    known = course.grounds(name).of
    return words.of(known[entry.conduct]) if entry.conduct in known else ""


def party(entry: Entry) -> str:
    """Who is listed."""
    return entry.organisation.name if entry.organisation else entry.case.subject_name
