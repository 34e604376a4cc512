"""The desk of police and procurators, choosing what goes along, the package, the figures, the public key."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhiheng.core import package, signing
from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import calendars, offices, running, showing, words
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.lists import open_filter
from zhiheng.core.cases.models import Case, Clock
from zhiheng.core.cases.views import refuse
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.knowledge.law.load import law
from zhiheng.systems.justice import actions, forms, queries, rules, sealing
from zhiheng.systems.justice.models import Enclosure

DAYS = 365


@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponseBase:
    """Police and procurators: what waits for them, with clocks and the next steps. Others: the transfers they see."""
    user = auth.me(request)
    if user.role not in rules.JUSTICE:
        auth.require(user, "cases.read")
    table = _table(request, user)
    if (download := table.export()) is not None:
        return download
    now = timezone.now()
    found = queries.desk_of(user) if user.role in rules.JUSTICE else {"mine": [], "others": []}
    everything = queries.visible_to(user)
    late = everything.filter(
        closed_at=None, clocks__state=Clock.State.RUNNING, clocks__due_at__lt=now, clocks__binding=True
    )
    context = {
        "table": table,
        "outside": user.role in rules.JUSTICE,
        "office": offices.name(user.region, user.role) if user.role in rules.JUSTICE else offices.name(user.region),
        "mine": [_row(user, case) for case in found["mine"]],
        "others": [_row(user, case) for case in found["others"]],
        "counts": {
            "waiting": len(found["mine"]), "open": everything.filter(closed_at=None).count(),
            "late": late.distinct().count(),
            "ended": everything.filter(closed_at__gte=now - timedelta(days=DAYS)).count(),
        },
        "notices": cases.notices_for(user).filter(read_at=None, case__procedure="transfer")[:20],
        "days": DAYS,
        "figures": user.may("cases.figures"),
    }  # fmt: skip
    return render(request, "justice/desk.html", context)


def _row(user: User, case: Case) -> dict[str, Any]:
    course, now, calendar = running.course_of(case), timezone.now(), calendars.current()
    return {
        "case": case,
        "state": words.state(course, case.state),
        "clocks": [
            showing.clock_view(c, course, now, calendar)
            for c in case.clocks.all()
            if c.state != Clock.State.STOPPED
        ],
        "steps": [c for c in showing.choices(case, course, engine.Actor(user), now) if not c.why],
    }


def _table(request: HttpRequest, user: User) -> Table:
    states = law().procedures["transfer"].states
    return Table(
        request, "transfers", queries.visible_to(user),
        [
            Column("number", _("案号"), sort="number", link=lambda c: reverse("cases:case", args=[c.pk])),
            Column("title", _("事由")),
            Column("subject", _("当事人"), lambda c: c.subject.name if c.subject else c.subject_name),
            Column("state", _("状态"), lambda c: words.state(running.course_of(c), c.state)),
            Column("region", _("移送机关"), lambda c: offices.name(c.region)),
            Column("due_at", _("最近到期"), lambda c: dates.until(c.due_at) if c.due_at else None, sort="due_at"),
            Column("received_at", _("开始时间"), sort="received_at"),
            Column("closed_at", _("办结时间"), sort="closed_at", hidden=True),
        ],
        search=cases.matching,
        filters=[
            Filter("state", _("状态"), [(k, words.of(s)) for k, s in states.items()], lambda s, v: s.filter(state=v)),
            open_filter(),
        ],
        empty=_("移送的案件会列在这里。"),
    )  # fmt: skip


@login_required
def enclose(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose what of the penalty case goes along."""
    user = auth.me(request)
    auth.require(user, "cases.work")
    transfer = get_object_or_404(queries.visible_to(user), pk=pk)
    form = forms.EncloseForm(request.POST or None, transfer=transfer)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = actions.enclose(
                user, transfer, given.get("documents", []), [*given.get("files", []), *given.get("own", [])]
            )
        except Problem as problem:
            refuse(form, problem)
        else:
            if made:
                messages.success(request, _("已列入 %(n)d 项随案材料。") % {"n": len(made)})
                return redirect("cases:case", transfer.pk)
            form.add_error(None, _("没有选择材料。"))
    context = {"case": transfer, "form": form, "back": reverse("cases:case", args=[transfer.pk])}
    return render(request, "justice/enclose.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def take_out(request: HttpRequest, pk: int) -> HttpResponse:
    """Take something out again before it is handed over."""
    user = auth.me(request)
    auth.require(user, "cases.work")
    one = get_object_or_404(
        Enclosure.objects.select_related("transfer"), pk=pk, transfer__in=queries.visible_to(user)
    )
    try:
        actions.take_out(user, one)
        messages.success(request, _("已撤出。"))
    except Problem as problem:
        messages.error(request, f"{problem.message} {problem.remedy}")
    return redirect("cases:case", one.transfer_id)


@login_required
@require_safe
def sealed(request: HttpRequest, pk: int) -> HttpResponse:
    """The sealed package: police and procurators get their own, the office either of them."""
    user = auth.me(request)
    transfer = get_object_or_404(queries.visible_to(user), pk=pk)
    body = user.role if user.role in rules.JUSTICE else request.GET.get("for", "police")
    if body not in rules.JUSTICE:
        raise Http404
    if not transfer.parties.filter(key=body).exists():
        raise Problem(
            "not_handed_over",
            _("案件尚未移送，没有可以封装的材料。"),
            status=409,
            remedy=_("请在移送后下载。"),
        )
    data = sealing.build(transfer, body)
    record(user, "justice.package", transfer.key, {"for": body, "sha256": package.sha256(data)}, look=True)
    response = HttpResponse(data, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="transfer-{transfer.pk}-{body}.zip"'
    return response


@login_required
@require_safe
def figures(request: HttpRequest) -> HttpResponseBase:
    """How the link works: transfers, accepted, refused, returned, on time."""
    user = auth.me(request)
    auth.require(user, "cases.figures")
    level = cases.level_below(user)
    rows = queries.figures(user, timezone.now() - timedelta(days=DAYS), level)

    def rate(done: str, of: str) -> Any:
        return lambda r: round(100 * r[done] / r[of], 1) if r[of] else None

    table = Table(
        request, "link", rows,
        [
            Column("region", _("机关"), lambda r: offices.name(r["region"]), sort="region"),
            Column("handed", _("移送"), sort="handed", numeric=True),
            Column("accepted", _("公安立案"), sort="accepted", numeric=True),
            Column("refused", _("不予立案"), sort="refused", numeric=True),
            Column("upheld", _("复议维持"), sort="upheld", numeric=True),
            Column("supervised", _("建议立案监督"), sort="supervised", numeric=True),
            Column("demanded", _("通知立案"), sort="demanded", numeric=True),
            Column("returned", _("退回行政处理"), sort="returned", numeric=True),
            Column("forwarded", _("转送"), sort="forwarded", numeric=True),
            Column("open", _("在办"), sort="open", numeric=True),
            Column("rate", _("行政机关按期率 %"), rate("on_time", "stopped"), numeric=True),
            Column("police_rate", _("公安机关按期率 %"), rate("police_on_time", "police_stopped"), numeric=True),
        ],
        empty=_("有移送后才有数字。"),
    )  # fmt: skip
    return table.export() or render(
        request, "justice/figures.html", {"table": table, "total": queries.total(rows), "days": DAYS}
    )


@require_safe
def public_key(request: HttpRequest) -> HttpResponse:
    """The key with which packages are signed, for everybody to check them with."""
    return HttpResponse(signing.public_pem(), content_type="application/x-pem-file")
