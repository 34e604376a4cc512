"""What spot checks show on the engine's case pages: the sample and its results, the chain, earlier checks."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language

from zhiheng.core.accounts.auth import me
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases import running, words
from zhiheng.core.cases.models import Case
from zhiheng.core.cases.views import panel
from zhiheng.core.disclosure import rules as disclosing
from zhiheng.knowledge.law.load import law
from zhiheng.systems.inspection import queries_after as queries
from zhiheng.systems.inspection.models import CheckResult, Retest
from zhiheng.systems.inspection.queries import samples_visible_to
from zhiheng.systems.inspection.rules_stage import SHOWN_BEFORE_TOLD

EARLIER = 8
FACTS = {
    "product_check": ("stop", "told", "return"), "food_check": ("duties", "high_risk"),
    "rectification": ("resume", "announce"), "check_refusal": ("refusal", "reported"), "food_retest": ("fee",),
}  # fmt: skip
"""The sentences of the law that whoever works on a case has to have before him."""


def _show(request: HttpRequest, name: str, **context: Any) -> str:
    return render_to_string(f"inspection/{name}.html", context, request=request)


def sample(request: HttpRequest, case: Case) -> Any:
    """The sheet in short and the reports; for parties only once the result was told."""
    user, one = me(request), queries.sample_of(case)
    if one is None:
        return ""
    office = cases.reads_whole(user, case)
    check = queries.check_of(case)
    told = check is not None and check.state not in SHOWN_BEFORE_TOLD
    laboratory = user.organisation_id in {
        one.laboratory_id,
        *one.retests.values_list("laboratory", flat=True),
    }
    reports = one.reports.filter(withdrawn_at=None).select_related("laboratory").prefetch_related("results")
    if not office and laboratory:
        reports = reports.filter(laboratory=user.organisation_id)
    shown = list(reports.order_by("retest", "issued_at")) if office or told or laboratory else []
    return _show(
        request, "_sample_panel", case=case, one=one, reports=shown, told=told, office=office,
        sheet=samples_visible_to(user).filter(pk=one.pk).exists(), high_risk=case.values.get("high_risk"),
        check=check if office and check != case else None,
    )  # fmt: skip


def retest(request: HttpRequest, case: Case) -> Any:
    """Which laboratory tests again, and how it was drawn."""
    one = Retest.objects.filter(case=case).select_related("laboratory", "drawn_by").first()
    if one is None:
        return ""
    return _show(request, "_retest_panel", one=one, office=cases.reads_whole(me(request), case))


def chain(request: HttpRequest, case: Case) -> Any:
    """The door to what the chain says of the batch; it is asked on its own page, since a large batch takes a while."""
    user, one = me(request), queries.sample_of(case)
    if one is None or not user.may("trace.explore") or not cases.reads_whole(user, case):
        return ""
    return _show(
        request, "_chain_panel", case=case, one=one, earlier=queries.earlier(one, user)[:EARLIER],
        denied=case.values.get("about") == "authenticity",
    )  # fmt: skip


def law_says(request: HttpRequest, case: Case) -> Any:
    """Who has to do what by law, in the text's words."""
    course, language = running.course_of(case), get_language() or "zh"
    facts = [
        course.edition.facts[key] for key in FACTS.get(case.procedure, ()) if key in course.edition.facts
    ]
    said = [(words.of(one), law().title(one.cite, language)) for one in facts]
    return _show(request, "_law_panel", said=said) if said else ""


def public(request: HttpRequest, case: Case) -> Any:
    """What the public sees of it, and until when."""
    rows = [
        (one, disclosing.state(one.disclosure, timezone.now()))
        for one in CheckResult.objects.filter(case=case).select_related("disclosure")
    ]
    return _show(request, "_result_panel", rows=rows) if rows else ""


for _procedure in queries.AFTER:
    if _procedure != "check_refusal":
        panel(_procedure)(sample)
        panel(_procedure)(chain)
    if _procedure in queries.OBJECTIONS:
        panel(_procedure)(retest)
    panel(_procedure)(public)
    panel(_procedure)(law_says)
