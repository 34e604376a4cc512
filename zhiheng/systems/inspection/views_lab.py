"""Pages of the laboratory desk, and the public page on which anybody checks a report."""

import hashlib
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from zhiheng.core import files as filing
from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import offices, running
from zhiheng.core.cases import words as cases_words
from zhiheng.core.cases.views import refuse
from zhiheng.core.disclosure.queries import public
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem, values_wrong
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry import words as registered
from zhiheng.core.ui import dates
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.systems.inspection import actions_lab as actions
from zhiheng.systems.inspection import forms_lab as forms
from zhiheng.systems.inspection import queries_field as queries
from zhiheng.systems.inspection import results_file, rules_field, words_lab
from zhiheng.systems.inspection.models import ItemResult, Report, Sample
from zhiheng.systems.inspection.models.plan import Domain
from zhiheng.systems.inspection.rules_stage import SHOWN_BEFORE_TOLD

COMPARE_WEIGHT = 5  # comparing a file costs as much as this many requests
MAX_COMPARED = 20 * 1024 * 1024


def _reader(request: HttpRequest) -> User:
    user = auth.me(request)
    if not user.may("inspection.test"):
        auth.require(user, "inspection.read")
    return user


def _sample(request: HttpRequest, pk: int) -> tuple[User, Sample]:
    user = _reader(request)
    found: Sample = get_object_or_404(queries.lab_samples(user), pk=pk)
    return user, found


CLOCKS = {Sample.State.TAKEN: "deliver", Sample.State.RECEIVED: "report"}
"""The clock of the case that presses the laboratory, by the state of its sample; other clocks are other people's."""


def _due(row: Sample) -> Any:
    """Until when the sample is to be delivered or reported on, by which clock; nothing where the law sets no term."""
    key = CLOCKS.get(row.state)  # type: ignore[call-overload]
    running_ones = row.case.clocks.all() if row.case is not None and key else ()
    clock = next((one for one in running_ones if one.key == key and one.state == "running"), None)
    if clock is None or clock.due_at is None or row.case is None:
        return None
    rule = running.course_of(row.case).clocks[clock.key]
    named = f"{cases_words.of(rule)} {rule.rule}".strip()
    late = clock.due_at < timezone.now()
    until = badge(_("已超期"), "bad") if late else dates.words(dates.until(clock.due_at))
    return format_html('{} <span class="muted small">{}</span>', until, named)


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Samples on the way, to be tested, tested; spare samples that need not be kept any more."""
    user = _reader(request)
    today = dates.today()

    def waits(source: QuerySet[Sample], value: str) -> QuerySet[Sample]:
        if value == "spare":
            return source.filter(state=Sample.State.REPORTED, spare_until__lt=today)
        if value == "return":
            return source.filter(state=Sample.State.REPORTED, case__state="to_return")
        return source.filter(state=value)

    table = Table(
        request,
        "lab",
        queries.lab_samples(user).select_related("case").prefetch_related("case__clocks"),
        [
            Column(
                "number", _("抽样单号"), sort="number", link=lambda r: reverse("inspection:lab_sample", args=[r.pk])
            ),
            Column("product", _("样品"), sort="product"),
            Column("plan", _("计划"), lambda r: _("复查") if r.rectification else r.item.plan.title),
            Column("state", _("状态"), lambda r: r.get_state_display()),
            Column("taken_at", _("抽样时间"), sort="taken_at"),
            Column("received_at", _("收样时间"), sort="received_at"),
            Column("due", _("期限"), _due),
            Column("spare_until", _("备用样品保存至"), sort="spare_until"),
            Column("laboratory", _("检验机构"), lambda r: r.laboratory.name if r.laboratory else "", hidden=True),
        ],
        search=lambda s, q: s.filter(number__icontains=q) | s.filter(product__icontains=q),
        filters=[
            Filter(
                "state", _("状态"),
                [("taken", _("在途")), ("received", _("待检验")), ("reported", _("已出报告")), ("void", _("作废")),
                 ("spare", _("备用样品可以处置")), ("return", _("样品可以退还"))],
                waits,
            )
        ],
        empty=_("送检的样品会列在这里。"),
    )  # fmt: skip
    missing = _qualification(user.organisation_id) if user.may("inspection.test") else ""
    return table.export() or render(request, "inspection/lab.html", {"table": table, "missing": missing})


def _qualification(organisation: int | None, day: date | None = None) -> str:
    """What is missing in a laboratory's registered recognition on a day, in words; nothing when nothing is.

    A warning and no refusal: the rules at hand (检验检测机构监督管理办法, Art. 10 to 13) say what a report has, not
    that the platform's register decides whether it may be issued.
    """
    if organisation is None:
        return ""
    return registered.warning(registry.laboratory_qualification(organisation, day or dates.today()))


@login_required
@require_safe
def sample(request: HttpRequest, pk: int) -> HttpResponse:
    """One sample at the laboratory: what it is, its results so far, its reports, what can be done."""
    user, one = _sample(request, pk)
    return _page(request, user, one)


def _works(user: User, one: Sample) -> bool:
    try:
        actions.must_test(user, one)
    except Problem:
        return False
    return True


def _page(
    request: HttpRequest,
    user: User,
    one: Sample,
    status: int = 200,
    entered: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    **more: Any,
) -> HttpResponse:
    """``entered`` is what was refused: it stays in the worksheet's fields."""
    works = _works(user, one)
    again = works and actions.is_retest(user, one)
    testing = works and (again or one.state == Sample.State.RECEIVED)
    draft = {row["item"]: row for row in one.draft}
    lines = [
        (
            test,
            {**draft.get(str(test["item"]), {}), **entered.get(str(test["item"]), {})},
            words_lab.limit(test),
        )
        for test in (one.item.tests or [])
    ]
    grave = any(row["high_risk"] and row["verdict"] == ItemResult.Verdict.FAIL for row in one.draft)
    now = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    over = one.spare_until is not None and dates.today() > one.spare_until
    context = {
        "one": one, "works": works, "again": again, "testing": testing, "lines": lines, "why": words_lab.WHY,
        "verdicts": ItemResult.Verdict.choices, "own": user.organisation_id,
        "reports": one.reports.select_related("laboratory").prefetch_related("results"),
        "receive": forms.ReceiveForm(initial={"at": now, "intact": "yes"}), "file_form": forms.ImportForm(),
        "issue": forms.IssueForm(initial={"high_risk": grave}), "dispose": forms.DisposeForm(),
        "withdraw": forms.WithdrawForm(), "food": one.item.plan.domain == Domain.FOOD,
        "disposable": works and one.state == Sample.State.REPORTED and over,
        "missing": _qualification(user.organisation_id) if testing else "",
        "concluded": words_lab.concluded(one), "office": offices.name(one.office),
        "recheck": one.rectification is not None, **more,
    }  # fmt: skip
    return render(request, "inspection/lab_sample.html", context, status=status)


@login_required
@require_POST
def do(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Receive, enter results, import them, issue the report, dispose of the spare sample."""
    user, one = _sample(request, pk)
    auth.require(user, "inspection.test")
    form_class = {
        "receive": forms.ReceiveForm, "import": forms.ImportForm, "issue": forms.IssueForm,
        "dispose": forms.DisposeForm,
    }.get(what)  # fmt: skip
    form = form_class(request.POST, request.FILES) if form_class else None
    try:
        if form is not None and not form.is_valid():
            raise Problem("invalid", "")
        given = form.cleaned_data if form is not None else {}
        if what == "receive":
            at = rules_field.moment_of(given["at"])
            if at is None:
                raise values_wrong({"at": _("时间要写成 2026-11-26T09:30。")})
            actions.receive(user, one, intact=given["intact"] == "yes", condition=given["condition"], at=at)
        elif what == "results":
            actions.enter(user, one, _entered(request, one))
        elif what == "import":
            found = results_file.read(given["file"].name, given["file"].read(), one.item.tests)
            actions.enter(user, one, found)
        elif what == "issue":
            actions.issue(user, one, **given)
        elif what == "dispose":
            actions.dispose(user, one, given["how"])
        else:
            raise Problem("not_found", _("没有这项操作。"), status=404)
    except Problem as problem:
        if form is not None and problem.code != "invalid":
            refuse(form, problem)
        one.refresh_from_db()
        names = {"import": "file_form"}
        more = {names.get(what, what): form, "form": form} if form is not None else {"problem": problem}
        entered = _entered(request, one) if what == "results" else {}
        status = problem.status if problem.status != 400 else 422
        return _page(request, user, one, status, entered, **more)
    messages.success(request, _("已登记。"))
    return redirect("inspection:lab_sample", one.pk)


def _entered(request: HttpRequest, one: Sample) -> dict[str, dict[str, str]]:
    """The rows of the worksheet's form."""

    def of(name: str, n: int, most: int) -> str:
        return request.POST.get(f"{name}-{n}", "").replace("\x00", "").strip()[:most]

    return {
        str(test["item"]): {
            "value": of("value", n, 100), "uncertainty": of("uncertainty", n, 60), "coverage": of("coverage", n, 10),
            "verdict": of("verdict", n, 14), "override_why": of("why", n, 300),
        }
        for n, test in enumerate(one.item.tests)
    }  # fmt: skip


# -- reports --------------------------------------------------------------------------------------------------


def _reports(user: User) -> QuerySet[Report]:
    """Reports of samples that somebody sees; an enterprise only once its case told it the result, those of a re-check
    once officers decided by them."""
    rows = Report.objects.select_related("sample", "laboratory")
    if user.may("inspection.test"):
        return rows.filter(laboratory=user.organisation_id) if user.organisation_id else rows.none()
    seen = queries.samples_visible_to(user)
    if not user.is_officer:
        told = ("tell_pass", "tell_fail", "tell_fast")
        known = seen.filter(case__steps__key__in=told).exclude(case__state__in=SHOWN_BEFORE_TOLD)
        again = seen.filter(task__rectification__isnull=False).values("pk")
        return rows.filter(Q(sample__in=known.values("pk")) | Q(sample__in=again, decided_in__isnull=False))
    return rows.filter(sample__in=seen.values("pk"))


@login_required
@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """The PDF as it was issued; the look is in the ledger."""
    user = auth.me(request)
    one = get_object_or_404(_reports(user), pk=pk)
    record(user, "inspection.report_look", f"sample:{one.sample.number}", {"report": one.number}, look=True)
    response = HttpResponse(filing.load(one.sha256), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="report-{one.pk}.pdf"'
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """The laboratory takes its report back."""
    user = auth.me(request)
    auth.require(user, "inspection.test")
    one = get_object_or_404(_reports(user), pk=pk)
    form = forms.WithdrawForm(request.POST)
    actions.withdraw(user, one, form.cleaned_data["why"] if form.is_valid() else "")
    messages.success(request, _("报告已撤回，请更正后重新出具。"))
    return redirect("inspection:lab_sample", one.sample_id)


@never_cache
def report_public(request: HttpRequest, code: str) -> HttpResponse:
    """Whether a report is genuine: number, laboratory, day, hash; a file may be compared. What a check found is shown
    only where a disclosure of it is public."""
    found = Report.objects.select_related("laboratory", "sample").filter(code=code[:32]).first()
    form = forms.CompareForm(request.POST or None, request.FILES or None)
    same: bool | None = None
    status = 200
    if found is None:
        return render(request, "inspection/report_public.html", {"found": None}, status=404)
    if request.method == "POST":
        for _count in range(COMPARE_WEIGHT):
            auth.limit(f"report:{auth.client_ip(request)}")
        if form.is_valid() and form.cleaned_data["file"].size <= MAX_COMPARED:
            digest = hashlib.sha256()
            for piece in form.cleaned_data["file"].chunks():
                digest.update(piece)
            same = digest.hexdigest() == found.sha256
        else:
            status = 422
    published = public(timezone.now()).filter(kind="check", subject=f"check:{found.sample.number}").first()
    missing = ""
    if isinstance(request.user, User) and request.user.may("inspection.read"):  # for offices only
        missing = _qualification(found.laboratory_id, dates.local(found.issued_at).date())
    context = {"found": found, "form": form, "same": same, "published": published, "missing": missing}
    return render(request, "inspection/report_public.html", context, status=status)
