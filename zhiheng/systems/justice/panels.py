"""On a transfer's page: what goes along, and its package; on the penalty case's: how its transfers stand."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from zhiheng.core import signing
from zhiheng.core.accounts import auth
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases import running, words
from zhiheng.core.cases.models import Case
from zhiheng.core.cases.views import panel
from zhiheng.systems.justice import queries, rules


@panel("transfer")
def handed_over(request: HttpRequest, case: Case) -> Any:
    """What goes along with the transfer, the sealed package of it, and how to check that."""
    user = auth.me(request)
    me = engine.who_is(engine.Actor(user), case)
    works = "officer" in me.roles and me.blocked is None and user.may("cases.work")
    keys = cases.parties_of(case, user)
    outside = user.role in rules.JUSTICE
    if not outside and not user.may("cases.read"):
        return ""
    rows = [e for e in queries.enclosed_in(case) if not outside or set(e.file.sees) & set(keys)]
    context = {
        "case": case, "enclosed": rows, "works": works and case.state in rules.OPEN_FOR_ENCLOSING,
        "removable": works and case.state in rules.BEFORE_HANDING, "outside": outside,
        "handed": case.parties.filter(key="police").exists(), "fingerprint": signing.fingerprint(),
    }  # fmt: skip
    return render_to_string("justice/panel.html", context, request=request)


@panel("penalty")
def transfers(request: HttpRequest, case: Case) -> Any:
    """How the transfers of a penalty case stand."""
    user = auth.me(request)
    if not user.may("cases.read"):
        return ""
    found = [
        (one, words.state(running.course_of(one), one.state), one.state in rules.BACK)
        for one in cases.visible_to(user)
        .filter(pk__in=queries.transfers_of(case).values("pk"))
        .order_by("-id")
    ]
    return (
        render_to_string("justice/penalty_panel.html", {"transfers": found}, request=request) if found else ""
    )
