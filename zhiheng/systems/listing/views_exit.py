"""Pages of firms that left the market, and of those that look like them."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiheng.core.accounts import auth
from zhiheng.core.cases.views import refuse
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Designation
from zhiheng.core.ui import regions
from zhiheng.core.ui.series import listed
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.systems.listing import actions, forms, queries
from zhiheng.systems.listing.models import Exit, ExitCheck, Hint, Mark
from zhiheng.systems.listing.views_desk import page, reader, works

OUTCOMES = {"open": "warn", "same": "bad", "unrelated": "muted"}


def seen_to(one: Exit) -> list[tuple[str, str, ExitCheck | None]]:
    """Each item of the checklist with the last look at it."""
    last: dict[str, ExitCheck] = {}
    for check in one.checks.select_related("by"):
        last.setdefault(check.item, check)
    return [(key, str(label), last.get(key)) for key, label in ExitCheck.Item.choices]


@login_required
@require_safe
def exits(request: HttpRequest) -> HttpResponseBase:
    """The firms of one's jurisdiction that left."""
    user = reader(request)
    table = Table(
        request, "exits", queries.exits_visible_to(user),
        [
            Column("name", _("主体"), lambda e: e.organisation.name, sort="organisation__name",
                   link=lambda e: reverse("listing:exit", args=[e.pk])),
            Column("uscc", _("统一社会信用代码"), lambda e: e.organisation.uscc),
            Column("why", _("情形"), lambda e: e.get_why_display(), sort="why"),
            Column("since", _("自"), sort="since"),
            Column("region", _("所在地"), lambda e: regions.name(e.organisation.region)),
            Column("ended_on", _("结束跟踪"), sort="ended_on"),
            Column("ended_why", _("理由"), hidden=True),
        ],
        search=lambda s, q: s.filter(organisation__name__icontains=q) | s.filter(organisation__uscc=q.upper()),
        filters=[
            Filter("why", _("情形"), Exit.Why.choices, lambda s, v: s.filter(why=v)),
            Filter(
                "open", _("跟踪"), [("open", _("跟踪中")), ("ended", _("已结束"))],
                lambda s, v: s.filter(ended_on__isnull=v == "open"),
            ),
        ],
        empty=_("吊销、注销、责令关闭或者停产停业的主体会列在这里。"),
    )  # fmt: skip
    return table.export() or render(request, "listing/exits.html", {"table": table})


@login_required
@require_safe
def exit_(request: HttpRequest, pk: int) -> HttpResponse:
    """One firm that left: what was seen to, its licences and products, who looks like it."""
    user = reader(request)
    one = get_object_or_404(queries.exits_visible_to(user), pk=pk)
    licences = one.organisation.designations.filter(kind=Designation.Kind.LICENCE)
    context = {
        "exit": one, "items": seen_to(one), "history": one.checks.select_related("by"),
        "licences": licences.filter(status=Designation.Status.VALID)[:50],
        "products": one.organisation.products.all()[:50], "works": works(user) and one.ended_on is None,
        "hints": queries.hints_visible_to(user).filter(exit=one), "may_trace": user.may("trace.explore"),
    }  # fmt: skip
    return render(request, "listing/exit.html", context)


@login_required
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Register what was found of one item."""
    user = reader(request)
    auth.require(user, "listing.work")
    one = get_object_or_404(queries.exits_visible_to(user), pk=pk)
    form = forms.CheckForm(request.POST or None, initial={"item": request.GET.get("item", "")})
    back = reverse("listing:exit", args=[one.pk])
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.check_exit(user, one, given["item"], given["done"], given["note"])
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已登记。"))
            return redirect(back)
    return page(request, form, _("登记核查情况"), back, one.organisation.name)


@login_required
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop following a firm."""
    user = reader(request)
    auth.require(user, "listing.work")
    one = get_object_or_404(queries.exits_visible_to(user), pk=pk)
    form = forms.EndForm(request.POST or None)
    back = reverse("listing:exit", args=[one.pk])
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_exit(user, one, form.cleaned_data["reason"])
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已结束跟踪。"))
            return redirect(back)
    return page(request, form, _("结束跟踪"), back, one.organisation.name)


def _outcome(one: Hint) -> Any:
    return badge(one.get_outcome_display(), OUTCOMES[one.outcome])


@login_required
@require_safe
def hints(request: HttpRequest) -> HttpResponseBase:
    """Organisations that came after a firm left, and share something with it."""
    user = reader(request)
    table = Table(
        request, "hints", queries.hints_visible_to(user),
        [
            Column("organisation", _("后来登记或变更的主体"), lambda h: h.organisation.name,
                   link=lambda h: reverse("listing:hint", args=[h.pk])),
            Column("marks", _("相同之处"), lambda h: listed(h.mark_labels)),
            Column("exit", _("已退出的主体"), lambda h: h.exit.organisation.name,
                   link=lambda h: reverse("listing:exit", args=[h.exit_id])),
            Column("found_at", _("发现时间"), sort="found_at"),
            Column("outcome", _("结论"), _outcome),
            Column("reason", _("理由"), hidden=True),
        ],
        filters=[
            Filter("outcome", _("结论"), Hint.Outcome.choices, lambda s, v: s.filter(outcome=v)),
            Filter("mark", _("相同之处"), Mark.Kind.choices, lambda s, v: s.filter(marks__contains=v)),
        ],
        empty=_("退出市场的主体之后，有同名法定代表人、相同地址或者电话的主体登记时，会列在这里。"),
    )  # fmt: skip
    return table.export() or render(request, "listing/hints.html", {"table": table})


@login_required
def hint(request: HttpRequest, pk: int) -> HttpResponse:
    """One hint with its evidence: the two organisations side by side; an officer says what it is."""
    user = reader(request)
    one = get_object_or_404(queries.hints_visible_to(user), pk=pk)
    form = forms.HintForm(request.POST or None) if works(user) else None
    if request.method == "POST" and form is None:
        auth.require(user, "listing.work")
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            actions.resolve_hint(user, one, form.cleaned_data["outcome"], form.cleaned_data["reason"])
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已记录结论。"))
            return redirect("listing:hint", one.pk)
    old, new = one.exit.organisation, one.organisation
    context = {
        "hint": one, "form": form, "outcome": _outcome(one), "back": reverse("listing:hints"),
        "sides": [(firm, firm.people.filter(duty="legal_representative")) for firm in (old, new)],
    }  # fmt: skip
    return render(
        request, "listing/hint.html", context, status=422 if form is not None and form.errors else 200
    )
