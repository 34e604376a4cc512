"""The page on which an office chooses between two rules that disagree on a limit."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhiheng.core.cases import offices, readings, words
from zhiheng.core.cases import rules as case_rules
from zhiheng.core.cases.views import officer
from zhiheng.core.problems import Problem
from zhiheng.knowledge.law.load import law
from zhiheng.knowledge.law.model import note_of

GIVEN = ("procedure", "edition", "clock", "cite", "reason")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The disputed limits, what each text says, what the office chose; the legal staff choose."""
    user = officer(request)
    error = ""
    if request.method == "POST":
        given = {key: request.POST.get(key, "").replace("\x00", "") for key in GIVEN}
        try:
            readings.choose(
                user, given["procedure"], given["edition"], given["clock"], given["cite"], given["reason"]
            )
        except Problem as problem:
            if problem.status == 403:
                raise
            error = f"{problem.message}{problem.remedy}"
        else:
            messages.success(request, _("已选定，从以后开始计算的期限起适用。"))
            return redirect("cases:readings")
    may = user.may("cases.work") and user.role in case_rules.REGULATORS and user.has_duty("legal")
    context = {
        "rows": [_row(one) for one in readings.disputed(user.region)], "may": may, "error": error,
        "office": offices.name(user.region) if user.region else "",
    }  # fmt: skip
    return render(request, "cases/readings.html", context, status=422 if error else 200)


def _row(one: readings.Open) -> dict[str, Any]:
    language = get_language() or "zh"
    return {
        "one": one, "name": words.of(one.rule), "procedure": words.of(one.course.procedure),
        "note": "；".join(note_of(r, language) for r in one.rule.readings if note_of(r, language)),
        "texts": [(cite, law().title(cite, language), rule) for cite, rule in one.texts.items()],
        "chosen": law().title(one.choice.cite, language) if one.choice else "",
    }  # fmt: skip
