"""On pages of cases: who answers first for the organisation, and what an objection is about."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from zhiheng.core.accounts import auth
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.models import Case
from zhiheng.core.cases.views import panel
from zhiheng.core.ui import dates
from zhiheng.systems.credit import commitments, objections
from zhiheng.systems.credit.models import Objection


@panel("*")
def first_responsibility(request: HttpRequest, case: Case) -> Any:
    """For those who read the case as their office does."""
    if case.subject is None or not cases.reads_whole(auth.me(request), case):
        return ""
    context = {"case": case, "first": commitments.standing(case.subject, dates.today())}
    return render_to_string("credit/panel.html", context, request=request)


@panel(objections.PROCEDURE)
def objected(request: HttpRequest, case: Case) -> Any:
    """What an objection is about, and the door to its correction."""
    one = Objection.objects.filter(case=case).select_related("fact", "designation").first()
    if one is None:
        return ""
    user = auth.me(request)
    works = user.may("cases.work") and cases.reads_whole(user, case)
    context = {"case": case, "one": one, "item": one.fact or one.designation, "works": works}
    return render_to_string("credit/objection_panel.html", context, request=request)
