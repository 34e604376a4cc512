"""Exchange with other credit platforms: partners, packages day by day, receipts, what is missing."""

import json
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhiheng.core import signing
from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.cases.views import refuse
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.core.ui.series import listed
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.systems.credit import forms, packages, queries
from zhiheng.systems.credit.models import Package, Partner
from zhiheng.systems.credit.views_work import form_page

LOOKS = {
    "made": "info",
    "sent": "warn",
    "acknowledged": "ok",
    "refused": "bad",
    "received": "warn",
    "done": "ok",
}
OVERDUE = timedelta(days=2)  # without a receipt: shown as missing one


def _reader(request: HttpRequest) -> User:
    user = auth.me(request)
    auth.require(user, "credit.read")
    if user.prefix is None or len(user.prefix) > 2:
        raise Problem("forbidden", _("与信用平台的交换由省级办理。"), status=403)
    return user


@login_required
@require_safe
def exchange(request: HttpRequest) -> HttpResponseBase:
    """Partners and their packages: what was sent, received, acknowledged, and what is missing, by day."""
    user, today = _reader(request), dates.today()

    def told(one: Package) -> Any:
        files = one.receipt.get("files", {})
        said_of = [
            _("%(name)s：收下 %(a)s，重复 %(d)s，退回 %(r)s")
            % {"name": name, "a": said.get("accepted", 0), "d": said.get("duplicates", 0), "r": said.get("rejected", 0)}
            for name, said in files.items() if isinstance(said, dict)
        ]  # fmt: skip
        return listed(said_of, apart=True)

    def state(one: Package) -> Any:
        late = (
            one.state == "sent"
            and one.sent_at is not None
            and dates.local(one.sent_at).date() < today - OVERDUE
        )
        shown = badge(one.get_state_display(), LOOKS[one.state])
        return shown + badge(_("逾两日无回执"), "bad") if late else shown

    table = Table(
        request, "packages", queries.packages_visible_to(user),
        [
            Column("day", _("数据日期"), sort="day", link=lambda p: reverse("credit:package", args=[p.pk])),
            Column("partner", _("对方"), lambda p: p.partner.name),
            Column("direction", _("方向"), lambda p: p.get_direction_display(), sort="direction"),
            Column("part", _("分卷"), lambda p: f"{p.part}/{p.of}"),
            Column("rows", _("条数"), numeric=True),
            Column("state", _("状态"), state, sort="state"),
            Column("told", _("回执"), told),
            Column("made_at", _("时间"), sort="made_at", hidden=True),
            Column("settled_at", _("回执时间"), hidden=True),
            Column("sha256", "SHA-256", hidden=True),
        ],
        filters=[
            Filter("direction", _("方向"), Package.Direction.choices, lambda s, v: s.filter(direction=v)),
            Filter("state", _("状态"), Package.State.choices, lambda s, v: s.filter(state=v)),
            Filter(
                "partner", _("对方"), [(p.pk, p.name) for p in queries.partners_visible_to(user)],
                lambda s, v: s.filter(partner=v),
            ),
        ],
        empty=_("登记交换对象以后，每天的数据包会列在这里。"),
    )  # fmt: skip
    partners = [
        (one, packages.missing_days(one, today) if one.kinds and one.active else [])
        for one in queries.partners_visible_to(user)
    ]
    context = {
        "table": table,
        "partners": partners,
        "may": _may_set(user),
        "works": user.may("cases.work"),
        "fingerprint": signing.fingerprint(),
    }
    return table.export() or render(request, "credit/exchange.html", context)


def _may_set(user: User) -> bool:
    return user.role == "province" and user.may("accounts.manage")


@login_required
def partner(request: HttpRequest, pk: int = 0) -> HttpResponseBase:
    """Register a platform, or change what it subscribed to."""
    user = _reader(request)
    if not _may_set(user):
        raise Problem("forbidden", _("交换对象由省级登记。"), status=403)
    one = get_object_or_404(queries.partners_visible_to(user), pk=pk) if pk else Partner(region="440000")
    form = forms.PartnerForm(request.POST or None, instance=one)
    if request.method == "POST" and form.is_valid():
        try:
            packages.set_partner(user, form.save(commit=False))
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已保存。"))
            return redirect("credit:exchange")
    return form_page(request, form, _("交换对象"), reverse("credit:exchange"), one.name, submit=_("保存"))


@login_required
@require_safe
def package(request: HttpRequest, pk: int) -> HttpResponse:
    """One package with what it holds and its receipt."""
    user = _reader(request)
    one = packages.settle(get_object_or_404(queries.packages_visible_to(user), pk=pk))
    receipt = json.dumps(one.receipt, ensure_ascii=False, indent=2) if one.receipt else ""
    again = one.direction == "out" and one.state != "acknowledged" and user.may("cases.work")
    context = {"one": one, "receipt": receipt, "again": again, "may": user.may("cases.work")}
    return render(request, "credit/package.html", context)


@login_required
@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """The bytes of a package, to be handed over by other means; recorded."""
    user = _reader(request)
    auth.require(user, "cases.work")
    one = get_object_or_404(queries.packages_visible_to(user), pk=pk)
    data = packages.fetched(user, one) if one.direction == "out" else packages.data_of(one)
    response = HttpResponse(data, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{one.name}"'
    return response


@login_required
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Put a package back among those to be fetched."""
    user = _reader(request)
    auth.require(user, "cases.work")
    one = get_object_or_404(queries.packages_visible_to(user), pk=pk)
    packages.send_again(user, one)
    messages.success(request, _("已放回待取，内容不变。"))
    return redirect("credit:package", one.pk)


@login_required
def take_in(request: HttpRequest) -> HttpResponseBase:
    """Take in a package or a receipt that came as a file."""
    user = _reader(request)
    auth.require(user, "cases.work")
    form = forms.PackageForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data["file"].read()
        try:
            if data.lstrip().startswith(b"{"):
                one = packages.acknowledge(user, packages.read_receipt(data))
            else:
                one = packages.receive(user, data)
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已收下。"))
            return redirect("credit:package", one.pk)
    return form_page(request, form, _("收取数据包或者回执"), reverse("credit:exchange"))
