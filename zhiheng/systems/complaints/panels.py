"""What this room shows on the case pages of complaints, reports and rewards: before acting, not after."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhiheng.core.accounts import auth
from zhiheng.core.cases import offices, running
from zhiheng.core.cases.models import Case
from zhiheng.core.cases.views import panel
from zhiheng.knowledge.law.load import law
from zhiheng.systems.complaints import forms, queries, rules
from zhiheng.systems.complaints.models import Matter


def _render(request: HttpRequest, name: str, context: dict[str, Any]) -> SafeString:
    return SafeString(render_to_string(f"complaints/{name}", context, request=request))


def _works(request: HttpRequest, case: Case) -> bool:
    user = auth.me(request)
    return user.may("cases.work") and user.region == case.region and user.pk not in case.recused


@panel("complaint")
def answer(request: HttpRequest, case: Case) -> Any:
    """For the firm complained of: answer, offer, files."""
    user = auth.me(request)
    if user.may("cases.read") or not user.may("cases.party") or case.closed_at is not None:
        return ""
    if not queries.about_us(user).filter(pk=case.pk).exists():
        return ""
    return _render(request, "_answer.html", {"case": case})


@panel("complaint")
@panel("report")
def repeats(request: HttpRequest, case: Case) -> Any:
    """Possible repeats, before anybody acts; the facts of 第十七条; who is competent. For the office only."""
    if not _works(request, case):
        return ""
    found = queries.repeats(case)
    shown, elsewhere = queries.shown_to(auth.me(request), found)
    course = running.course_of(case)
    language = get_language() or "zh"
    rule, there = queries.competence(case)
    matter = Matter.objects.filter(case=case).first()
    fact = course.edition.facts.get(rule)
    consumer = course.edition.facts.get("consumer")
    context = {
        "case": case,
        "open": case.closed_at is None,
        "repeats": [
            (
                r.case,
                _("、").join(str(rules.ALIKE[c]) for c in r.alike.codes if c != "text"),
                round(100 * r.alike.text),
            )
            for r in shown
        ],
        "elsewhere": elsewhere,
        "factors": queries.factors(case, found),
        "consumer": consumer.of(language) if consumer else "",
        "consumer_cite": law().title(consumer.cite, language) if consumer else "",
        "rule": fact.of(language) if fact else "",
        "cite": law().title(fact.cite, language) if fact else "",
        "competent": _("、").join(offices.name(code) for code in there),
        "ours": not there or case.region in there,
        "matter": matter,
        "classify": forms.Classify(
            initial={"problem": matter.problem, "category": matter.category} if matter else None,
            auto_id="kind_%s",
        ),
    }
    return _render(request, "_officer.html", context)


@panel("reward")
def reward(request: HttpRequest, case: Case) -> Any:
    """The way to the sum."""
    return _render(request, "_reward.html", {"case": case}) if _works(request, case) else ""
