"""On the page of redress or a claim: who answers next, by when as promised, and the policies of the business."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from zhiheng.core.accounts import auth
from zhiheng.core.cases import running
from zhiheng.core.cases.models import Case
from zhiheng.core.cases.views import panel
from zhiheng.core.ui import dates
from zhiheng.systems.redress import queries, words


@panel("redress")
@panel("claim")
def answer(request: HttpRequest, case: Case) -> Any:
    """Who answers next, and what covers it."""
    user, today = auth.me(request), dates.today()
    one = queries.next_of(case, today)
    held = queries.policies_visible_to(user).filter(valid_from__lte=today, valid_until__gte=today)
    context = {
        "next": words.next_words(one, running.course_of(case)),
        "late": one.late,
        "policies": held.filter(insured=case.subject)[:5] if case.subject else [],
        "reminders": case.reminders.order_by("due_on"),
    }
    return render_to_string("redress/panel.html", context, request=request)
