"""The desk: redress and claims with who answers next, policies, a claim, figures."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiheng.core import files as filing
from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import offices, running, words
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.actions import Sent
from zhiheng.core.cases.lists import open_filter
from zhiheng.core.cases.views import refuse
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.knowledge.law.load import law
from zhiheng.systems.redress import actions, forms, queries
from zhiheng.systems.redress import words as said

DAYS = 365
SHOWN = 30


def _reader(request: HttpRequest) -> User:
    user = auth.me(request)
    if not user.may("cases.party"):
        auth.require(user, "cases.read")
    return user


@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponseBase:
    """Redress and claims: first what waits for an answer, by the day that was promised; then all of them."""
    user, today = _reader(request), dates.today()
    rows = queries.visible_to(user)
    table = _table(request, rows)
    if (download := table.export()) is not None:
        return download
    open_rows = rows.filter(closed_at=None)
    waiting = queries.waiting_for(user, open_rows.order_by("due_at", "pk")[:500], today)
    context = {
        "table": table,
        "waiting": [
            (case, said.next_words(one, running.course_of(case)), one.late) for case, one in waiting[:SHOWN]
        ],
        "counts": {
            "open": open_rows.count(), "waiting": len(waiting), "late": sum(one.late for _case, one in waiting),
            "advanced": open_rows.filter(state="advanced").count(),
            "policies": queries.policies_visible_to(user).filter(valid_from__lte=today, valid_until__gte=today).count(),
        },
        "figures": user.may("cases.figures"),
        "party": not user.may("cases.read"),
    }  # fmt: skip
    return render(request, "redress/desk.html", context)


def _table(request: HttpRequest, rows: Any) -> Table:
    today = dates.today()

    def state(case: Any) -> str:
        return words.state(running.course_of(case), case.state)

    def waits(case: Any) -> Any:
        one = queries.next_of(case, today)
        text = said.next_words(one, running.course_of(case))
        return badge(text, "bad") if one.late else text

    return Table(
        request, "redress", rows,
        [
            Column("number", _("编号"), sort="number", link=lambda c: reverse("cases:case", args=[c.pk])),
            Column("procedure", _("程序"), lambda c: words.of(law().procedures[c.procedure])),
            Column("title", _("事由")),
            Column("subject", _("经营者"), lambda c: c.subject.name if c.subject else c.subject_name),
            Column("state", _("状态"), state),
            Column("next", _("下一步"), waits),
            Column("received_at", _("收到时间"), sort="received_at"),
            Column("region", _("办理机关"), lambda c: offices.name(c.region), hidden=True),
        ],
        search=cases.matching,
        filters=[
            Filter(
                "procedure", _("程序"), [(k, words.of(law().procedures[k])) for k in queries.PROCEDURES],
                lambda s, v: s.filter(procedure=v),
            ),
            open_filter(),
        ],
        empty=_("消费者提出的请求和理赔会列在这里。"),
    )  # fmt: skip


@login_required
@require_safe
def policies(request: HttpRequest) -> HttpResponseBase:
    """The policies one may see."""
    user, today = _reader(request), dates.today()

    def reports(policy: Any) -> str | None:
        inside = policy.valid_from <= today <= policy.valid_until
        mine = (
            user.organisation_id in (policy.insured_id, policy.insurer_id) if user.organisation_id else False
        )
        works = user.may("cases.work") and user.region == policy.insured.region
        return reverse("redress:claim", args=[policy.pk]) if inside and (mine or works) else None

    table = Table(
        request, "policies", queries.policies_visible_to(user),
        [
            Column("number", _("保单号"), sort="number"),
            Column("insured", _("被保险人"), lambda p: p.insured.name, sort="insured__name"),
            Column("insurer", _("保险机构"), lambda p: p.insurer.name, sort="insurer__name"),
            Column("product", _("承保产品")),
            Column("valid_from", _("起"), sort="valid_from"),
            Column("valid_until", _("止"), sort="valid_until"),
            Column("limit_each", _("每次事故限额（元）"), numeric=True, sort="limit_each"),
            Column("limit_total", _("累计限额（元）"), numeric=True, sort="limit_total"),
            Column("claim", _("报案"), lambda p: _("报案") if reports(p) else "", link=reports),
        ],
        search=lambda rows, text: rows.filter(number__icontains=text) | rows.filter(insured__name__icontains=text),
        filters=[
            Filter(
                "in_force", _("保险期间"), [("yes", _("在保险期间内")), ("no", _("不在保险期间内"))],
                lambda s, v: (s.filter if v == "yes" else s.exclude)(valid_from__lte=today, valid_until__gte=today),
            )
        ],
        empty=_("登记或者报送的保单会列在这里。"),
    )  # fmt: skip
    return table.export() or render(
        request, "redress/policies.html", {"table": table, "may": user.may("exchange.submit")}
    )


@login_required
def new_policy(request: HttpRequest) -> HttpResponse:
    """Record a policy."""
    user = _reader(request)
    auth.require(user, "exchange.submit")
    initial = {"insured": user.organisation.uscc} if user.organisation else {}
    form = forms.PolicyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        try:
            policy = actions.record_policy(user, given.pop("insurer"), given.pop("insured"), **given)
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已登记保单 %(number)s。") % {"number": policy.number})
            return redirect("redress:policies")
    context = {"form": form, "name": _("登记保单"), "back": reverse("redress:policies")}
    return render(request, "redress/form.html", context, status=422 if form.errors else 200)


@login_required
def claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Report an event under a policy."""
    user = _reader(request)
    policy = get_object_or_404(queries.policies_visible_to(user), pk=pk)
    form = forms.ClaimForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            files = [
                Sent(filing.accept(one.name, one.read(), strip=False), "evidence", ("insured", "insurer"))
                for one in given["files"]
            ]
            loss = str(given["loss"]) if given["loss"] is not None else ""
            case = actions.report_claim(user, policy, given["event"], loss, files)
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已报案：%(number)s。") % {"number": case.number})
            return redirect("cases:case", case.pk)
    context = {
        "form": form, "name": _("报案"), "about": f"{policy.number} · {policy.insured.name} · {policy.product}",
        "back": reverse("redress:policies"),
    }  # fmt: skip
    return render(request, "redress/form.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def figures(request: HttpRequest) -> HttpResponseBase:
    """Redress by office."""
    user = auth.me(request)
    auth.require(user, "cases.figures")
    level = cases.level_below(user)
    rows = queries.figures(user, timezone.now() - timedelta(days=DAYS), level)
    table = Table(
        request, "figures", rows,
        [
            Column("region", _("机关"), lambda r: offices.name(r["region"]), sort="region"),
            Column("opened", _("提出"), sort="opened", numeric=True),
            Column("done", _("完成"), sort="done", numeric=True),
            Column("refused", _("经营者拒绝"), sort="refused", numeric=True),
            Column("advances", _("先行赔付（件）"), sort="advances", numeric=True),
            Column("advanced", _("先行赔付（元）"), sort="advanced", numeric=True),
            Column("recovered", _("已追偿（元）"), sort="recovered", numeric=True),
            Column(
                "kept", _("按承诺日期履行率 %"),
                lambda r: round(100 * r["kept"] / r["promises"], 1) if r["promises"] else None, numeric=True,
            ),
            Column("claims", _("理赔（件）"), sort="claims", numeric=True),
            Column("insured", _("保险赔付（元）"), sort="insured", numeric=True),
        ],
        empty=_("有消费者提出请求后才有数字。"),
    )  # fmt: skip
    return table.export() or render(request, "redress/figures.html", {"table": table, "days": DAYS})
