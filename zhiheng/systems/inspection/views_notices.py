"""Pages of published notices: import, the rows, and what a person makes of each."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.cases.views import refuse
from zhiheng.core.problems import Problem
from zhiheng.core.ui.series import listed
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.systems.inspection import actions_notices as actions
from zhiheng.systems.inspection import forms_notices as forms
from zhiheng.systems.inspection import queries_notices as queries
from zhiheng.systems.inspection import words_notices as words
from zhiheng.systems.inspection.models import PublishedNotice, PublishedRow

KINDS = {"proposed": "warn", "confirmed": "ok", "dropped": "muted"}


def _officer(request: HttpRequest) -> User:
    user = auth.me(request)
    auth.require(user, "inspection.read")
    return user


def _items(row: PublishedRow) -> str:
    items = (
        " ".join(part for part in (one["item"], one.get("measured", ""), one.get("limit", "")) if part)
        for one in row.items
    )
    return listed(items, apart=True)


def _columns() -> list[Column]:
    return [
        Column(
            "product", _("产品"), lambda r: r.product or r.text[:40], sort="product",
            link=lambda r: reverse("inspection:notice_row", args=[r.pk]),
        ),
        Column("items", _("不合格项目"), _items),
        Column("producer", _("标称生产者"), lambda r: r.producer_name or r.supplier_name, sort="producer_name"),
        Column("sampled", _("被抽样单位"), lambda r: r.sampled_name, sort="sampled_name"),
        Column("state", _("状态"), lambda r: badge(r.get_state_display(), KINDS[r.state])),
        Column("confidence", _("把握"), lambda r: f"{r.confidence:.0%}", sort="confidence"),
        Column("doubts", _("请核对"), lambda r: listed((words.DOUBTS[one] for one in r.doubts), apart=True)),
        Column("registered", _("已对应登记主体"), lambda r: listed(o.name for o in (r.sampled, r.producer) if o)),
        Column("batches", _("抽检批次"), numeric=True, hidden=True),
        Column("nonconforming", _("不合格批次"), numeric=True, hidden=True),
        Column("agency", _("发布机关"), lambda r: r.notice.agency, hidden=True),
        Column("published", _("发布日期"), lambda r: r.notice.published, sort="notice__published_on"),
        Column("url", _("来源"), lambda r: r.notice.url, hidden=True),
        Column("spec", _("规格型号"), hidden=True),
        Column("brand", _("商标"), hidden=True),
        Column("batch", _("生产日期或者批号"), hidden=True),
        Column("laboratory", _("检验机构"), hidden=True),
        Column("line", _("行"), numeric=True, hidden=True),
    ]  # fmt: skip


def _table(request: HttpRequest, source: Any, name: str) -> Table:
    return Table(
        request,
        name,
        source,
        _columns(),
        search=lambda s, q: (
            s.filter(product__icontains=q) | s.filter(producer_name__icontains=q) | s.filter(sampled_name__icontains=q)
        ),
        filters=[
            Filter("state", _("状态"), PublishedRow.State.choices, lambda s, v: s.filter(state=v)),
            Filter(
                "sure", _("把握"), [("no", _("有疑点")), ("yes", _("没有疑点"))],
                lambda s, v: s.filter(confidence__lt=1) if v == "no" else s.filter(confidence__gte=1),
            ),
        ],
        empty=_("导入公告后，读出的不合格样品会列在这里，由人逐行确认。"),
    )  # fmt: skip


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The rows of all notices."""
    user = _officer(request)
    table = _table(request, queries.rows_visible_to(user), "published")
    context = {
        "table": table, "may": user.may("inspection.plan"), "notices": queries.notices_visible_to(user)[:10],
    }  # fmt: skip
    return table.export() or render(request, "inspection/notices.html", context)


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Import a notice."""
    user = _officer(request)
    auth.require(user, "inspection.plan")
    form = forms.ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            notice, made = actions.import_notice(
                user, form.about(), text="" if sent else form.cleaned_data["text"], name=sent.name if sent else "",
                data=sent.read(actions.MAX_BYTES + 1) if sent else b"",
            )  # fmt: skip
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已导入。") if made else _("这份公告以前导入过，没有重复导入。"))
            return redirect("inspection:notice", notice.pk)
    return render(request, "inspection/notice_new.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_safe
def notice(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One notice and its rows."""
    user = _officer(request)
    one: PublishedNotice = get_object_or_404(queries.notices_visible_to(user), pk=pk)
    table = _table(request, queries.rows_visible_to(user).filter(notice=one), "rows")
    rows = one.rows
    context = {
        "one": one, "table": table, "decides": user.may("inspection.plan") and user.region == one.region,
        "open": rows.filter(state="proposed").count(),
        "sure": rows.filter(state="proposed", confidence__gte=1).count(), "found": rows.count(),
    }  # fmt: skip
    return table.export() or render(request, "inspection/notice.html", context)


@login_required
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """A person who has compared the rows without doubts confirms them together, as they are."""
    user = _officer(request)
    one = get_object_or_404(queries.notices_visible_to(user), pk=pk)
    n = 0
    for row in one.rows.select_related("notice", "sampled", "producer").filter(
        state="proposed", confidence__gte=1
    ):
        actions.decide(user, row, keep=True, sampled=row.sampled, producer=row.producer)
        n += 1
    messages.success(request, _("已确认 %(n)d 行。") % {"n": n})
    return redirect("inspection:notice", one.pk)


@login_required
def row(request: HttpRequest, pk: int) -> HttpResponse:
    """One row: what was read, what was unsure; confirm, correct or drop."""
    user = _officer(request)
    one: PublishedRow = get_object_or_404(queries.rows_visible_to(user), pk=pk)
    form = forms.RowForm(request.POST or None, row=one)
    if request.method == "POST":
        try:
            if "drop" in request.POST:
                actions.decide(user, one, keep=False)
            elif form.is_valid():
                actions.decide(
                    user, one, keep=True, values=form.cleaned_data, items=form.parsed(),
                    sampled=form.cleaned_data["sampled_found"], producer=form.cleaned_data["producer_found"],
                )  # fmt: skip
        except Problem as problem:
            refuse(form, problem)
        if not form.errors:
            messages.success(request, _("已登记。"))
            after = one.notice.rows.filter(state="proposed").order_by("line").first()
            return (
                redirect("inspection:notice_row", after.pk)
                if after
                else redirect("inspection:notice", one.notice_id)
            )
    context = {
        "one": one, "form": form, "doubts": [words.DOUBTS[d] for d in one.doubts],
        "decides": user.may("inspection.plan") and user.region == one.notice.region,
        "state": badge(one.get_state_display(), KINDS[one.state]), "items": _items(one),
    }  # fmt: skip
    return render(request, "inspection/notice_row.html", context, status=422 if form.errors else 200)
