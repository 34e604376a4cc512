"""What spot checks show on the engine's case pages: the sample and its results, the chain, earlier checks."""

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language

from zhiheng.core.accounts.auth import me
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases import running, words
from zhiheng.core.cases.models import Case
from zhiheng.core.cases.views import panel
from zhiheng.core.disclosure import rules as disclosing
from zhiheng.core.problems import Problem
from zhiheng.knowledge.law.load import law
from zhiheng.systems.inspection import queries_after as queries
from zhiheng.systems.inspection import queries_plan as plans
from zhiheng.systems.inspection import queries_recheck as rechecks
from zhiheng.systems.inspection import rules_recheck
from zhiheng.systems.inspection.actions_recheck import must_recheck
from zhiheng.systems.inspection.models import CheckResult, Retest
from zhiheng.systems.inspection.queries import samples_visible_to
from zhiheng.systems.inspection.rules_after import PASSED
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
        repeats=plans.repeats(one) if office and check == case else [],
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


def recheck(request: HttpRequest, case: Case) -> Any:
    """The re-checks of an order: who goes, what was taken, what the laboratory found, which step it leads to.

    The firm sees a visit once it took place, and a report once officers decided by it.
    """
    user = me(request)
    office = cases.reads_whole(user, case)
    tasks = rechecks.tasks_of(case).select_related("sample__producer", "sample__laboratory")
    if not office:
        tasks = tasks.filter(sample__isnull=False)
    failed = queries.sample_of(case)
    rows = []
    for task in tasks.prefetch_related("inspectors", "sample__reports__decided_in"):
        taken = getattr(task, "sample", None)
        reports = [one for one in taken.reports.all() if office or one.decided_in_id] if taken else []
        other = bool(office and taken and failed and not rules_recheck.same_product(failed, taken))
        rows.append((task, taken, reports, other))
    outside = [
        one for one in case.steps.filter(key__in=(*rules_recheck.PASS, *rules_recheck.FAIL))
        if one.values.get("recheck_no") and one.values.get("recheck_lab") and not hasattr(one, "recheck_report")
    ]  # fmt: skip
    undecided = rechecks.undecided(case) if office and case.state in rules_recheck.ROUNDS else None
    leads = ""
    if undecided is not None:
        passes, fails = rules_recheck.ROUNDS[case.state]
        leads = passes if undecided.conclusion in PASSED else fails
    gives = office and rechecks.may_be_given(case) and case.subject_id is not None and failed is not None
    if not (rows or outside or gives):
        return ""
    return _show(
        request, "_recheck_panel", case=case, rows=rows, outside=outside, office=office, undecided=undecided,
        leads=leads, step=words.step(running.course_of(case), leads) if leads else "",
        gives=gives and _may_give(user, case), earliest=rechecks.earliest(case),
    )  # fmt: skip


def _may_give(user: User, case: Case) -> bool:
    try:
        must_recheck(user, case)
    except Problem:
        return False
    return True


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
    if _procedure == "rectification":
        panel(_procedure)(recheck)
    if _procedure in queries.OBJECTIONS:
        panel(_procedure)(retest)
    panel(_procedure)(public)
    panel(_procedure)(law_says)
