"""Pages of the re-check of an order: two inspectors are sent, a sample that is no good falls away."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from zhiheng.core.accounts import auth
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.models import Case, Clock
from zhiheng.core.ui import dates
from zhiheng.systems.inspection import actions_recheck as actions
from zhiheng.systems.inspection import actions_tasks, forms_plan, queries_after, words_lab
from zhiheng.systems.inspection import queries_recheck as queries
from zhiheng.systems.inspection.models import Sample
from zhiheng.systems.inspection.queries import samples_visible_to
from zhiheng.systems.inspection.views_plan import form_page

MICROSECOND = timedelta(microseconds=1)


def _last_day(case: Case) -> date | None:
    """The last day of the law's limit for the re-check that the case waits for, unless it is over."""
    clock = case.clocks.filter(key__in=("recheck", "again_by"), state=Clock.State.RUNNING).last()
    if clock is None or clock.due_at is None:
        return None
    last = dates.local(clock.due_at - MICROSECOND).date()
    return last if last >= dates.today() else None


@login_required
def give(request: HttpRequest, pk: int) -> HttpResponse:
    """Send two inspectors for a re-check; what is to be sampled and tested is what failed."""
    user = auth.me(request)
    auth.require(user, "inspection.plan")
    case: Case = get_object_or_404(cases.visible_to(user), pk=pk, procedure="rectification")
    actions.must_recheck(user, case)
    failed = queries_after.sample_of(case)
    if failed is None or case.subject is None:
        raise Http404
    back = reverse("cases:case", args=[case.pk])
    today = dates.today()
    initial: dict[str, Any] = {
        "laboratory": failed.laboratory.uscc if failed.laboratory else "", "due_on": _last_day(case),
        "why": _("责令改正后的复查"),
    }  # fmt: skip
    able = actions_tasks.able(case.region, failed.item.plan.domain, case.subject, today, case)
    form = forms_plan.RecheckForm(request.POST or None, able=able, initial=initial)

    def act() -> str:
        given = form.cleaned_data
        actions.give(user, case, given["inspectors"], given["laboratory"], given["due_on"], given["why"])
        messages.success(request, _("已安排复查。"))
        return back

    tests = [(test, words_lab.limit(test)) for test in failed.item.tests]
    return form_page(
        request, form, _("安排复查"), back, act, lead=f"{case.number} · {case.subject_name}",
        template="inspection/recheck_form.html", case=case, failed=failed, tests=tests,
        earliest=queries.earliest(case),
    )  # fmt: skip


@login_required
def void(request: HttpRequest, pk: int) -> HttpResponse:
    """A re-check's sample that cannot be tested falls away."""
    user = auth.me(request)
    auth.require(user, "inspection.plan")
    one: Sample = get_object_or_404(samples_visible_to(user), pk=pk, task__rectification__isnull=False)
    case = one.rectification
    assert case is not None
    actions.must_recheck(user, case)
    form = forms_plan.WhyForm(request.POST or None)

    def act() -> str:
        actions.void_sample(user, one, form.cleaned_data["why"])
        messages.success(request, _("已登记。"))
        return reverse("cases:case", args=[case.pk])

    back = reverse("inspection:sheet", args=[one.pk])
    return form_page(
        request, form, _("样品作废"), back, act, lead=f"{one.number} · {one.product}", danger=True
    )
