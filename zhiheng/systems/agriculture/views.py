"""The desk of failing monitoring samples."""
# ruff: noqa: E501  (a column of a table is one line)

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.accounts.rules import covers
from zhiheng.core.problems import Problem
from zhiheng.core.ui import regions
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.systems.agriculture import actions, queries
from zhiheng.systems.agriculture.models import Disposal
from zhiheng.trace import answers
from zhiheng.trace.words import HOLDING

KINDS = {"open": "warn", "done": "ok", "void": "muted"}
SHOWN = 50


class FinishForm(forms.Form):
    """What came of the task."""

    traced = forms.CharField(
        label=gettext_lazy("溯源情况"), max_length=4000, widget=forms.Textarea,
        help_text=gettext_lazy("货从哪里来、去了哪里；查不清的写明查到哪里。"),
    )  # fmt: skip
    measures = forms.CharField(
        label=gettext_lazy("处置情况"), max_length=4000, widget=forms.Textarea,
        help_text=gettext_lazy("例如：责令停止销售、无害化处理、跟踪抽检、移交执法及案号。"),
    )  # fmt: skip


def _reader(request: HttpRequest) -> User:
    user = auth.me(request)
    if not (user.may("cases.work") or user.may("cases.read")):
        auth.require(user, "cases.read")
    return user


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Failing samples of one's jurisdiction: what is to be done, and what was."""
    user = _reader(request)
    table = Table(
        request, "disposals", queries.disposals_visible_to(user),
        [
            Column("number", gettext_lazy("样品编号"), lambda row: row.sample.number, sort="sample__number",
                   link=lambda row: reverse("agriculture:disposal", args=[row.pk])),
            Column("commodity", gettext_lazy("品种"), lambda row: row.sample.commodity, sort="sample__commodity"),
            Column("failing", gettext_lazy("不合格参数"), lambda row: row.sample.failing),
            Column("region", gettext_lazy("抽样地"), lambda row: regions.name(row.sample.region), sort="sample__region"),
            Column("site", gettext_lazy("抽样场所"), lambda row: row.sample.site, sort="sample__site"),
            Column("holder", gettext_lazy("主体"), lambda row: row.sample.holder),
            Column("taken_on", gettext_lazy("抽样日期"), lambda row: row.sample.taken_on, sort="sample__taken_on"),
            Column("state", gettext_lazy("状态"), lambda row: badge(row.get_state_display(), KINDS[row.state]), sort="state"),
            Column("owner", gettext_lazy("承办人"), lambda row: row.owner.get_full_name() if row.owner else None),
            Column("done_at", gettext_lazy("办结时间"), sort="done_at", hidden=True),
            Column("measures", gettext_lazy("处置情况"), hidden=True),
        ],
        search=lambda s, q: s.filter(
            Q(sample__number__icontains=q) | Q(sample__commodity__icontains=q) | Q(sample__site__icontains=q)
        ),
        filters=[
            Filter("state", gettext_lazy("状态"), Disposal.State.choices, lambda s, v: s.filter(state=v)),
            Filter("whose", gettext_lazy("承办"), [("mine", gettext_lazy("我承办的")), ("nobody", gettext_lazy("无人承办"))],
                   lambda s, v: s.filter(owner=user if v == "mine" else None)),
        ],
        empty=_("监测到不合格样品后，这里会有溯源和处置任务。"),
    )  # fmt: skip
    return table.export() or render(request, "agriculture/index.html", {"table": table})


def _traced(user: User, code: str) -> dict[str, Any]:
    """Where the goods came from and who has them, by the chain, as far as this person may see it."""
    if not code or not user.may("trace.explore"):
        return {}
    try:
        came = answers.trace(code, user=user)
        went = answers.scope(code, user=user)
    except Problem as problem:
        return {"problem": problem}
    return {
        "origin": came["origin"][:SHOWN], "holders": [one | {"words": HOLDING[one["state"]][0]} for one in went["holders"][:SHOWN]], "breaks": len(came["breaks"]), "code": code,
    }  # fmt: skip


@login_required
def disposal(request: HttpRequest, pk: int) -> HttpResponse:
    """One task: the sample, its chain, and what was done. A POST takes it on or finishes it."""
    user = _reader(request)
    found: Disposal = get_object_or_404(queries.disposals_visible_to(user), pk=pk)
    finishing = request.method == "POST" and request.POST.get("what") == "finish"
    form = FinishForm(request.POST if finishing else None)
    if request.method == "POST" and not finishing:
        actions.take(user, found)
        messages.success(request, _("由你承办。"))
        return redirect("agriculture:disposal", pk)
    if finishing and form.is_valid():
        actions.finish(user, found, form.cleaned_data["traced"], form.cleaned_data["measures"])
        messages.success(request, _("已办结。"))
        return redirect("agriculture:disposal", pk)
    works = (
        user.may("cases.work") and covers(user, found.sample.region) and found.state == Disposal.State.OPEN
    )
    context = {
        "disposal": found, "sample": found.sample, "form": form, "chain": _traced(user, found.sample.code),
        "may_take": works and found.owner_id != user.pk, "may_finish": works and found.owner_id == user.pk,
        "kind": KINDS[found.state],
        "may_reveal": bool(found.sample.stall) and found.sample.organisation is None
        and user.may("personal_data.read") and covers(user, found.sample.region),
    }  # fmt: skip
    return render(request, "agriculture/disposal.html", context)


@login_required
@require_POST
def holder(request: HttpRequest, pk: int) -> HttpResponse:
    """The name of a stall's holder, shown once; the look is recorded."""
    user = _reader(request)
    found: Disposal = get_object_or_404(queries.disposals_visible_to(user), pk=pk)
    name = actions.reveal(user, found)
    return render(request, "agriculture/holder.html", {"disposal": found, "name": name})
