"""What is done with files: an objection, its correction, and who doubtful records are about."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.views import refuse
from zhiheng.core.facts import matching
from zhiheng.core.facts import queries as facts
from zhiheng.core.facts.models import Fact, Unmatched
from zhiheng.core.problems import Problem
from zhiheng.core.registry.rules import require_uscc
from zhiheng.core.ui.regions import name as region_name
from zhiheng.core.ui.series import listed
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.systems.credit import forms, objections, queries, words
from zhiheng.systems.credit.models import Objection
from zhiheng.systems.credit.views_file import found_or_404


def form_page(
    request: HttpRequest, form: Any, title: str, back: str, lead: Any = "", *, submit: str = "", **more: Any
) -> HttpResponse:
    """A form on the desk."""
    context = {"form": form, "title": title, "back": back, "about": lead, "submit": submit or title, **more}
    return render(request, "credit/form.html", context, status=422 if form.errors else 200)


# -- objections -------------------------------------------------------------------------------------------------


@login_required
def object_to(request: HttpRequest, uscc: str, what: str, pk: int) -> HttpResponseBase:
    """The organisation objects to an item of its own file."""
    user = auth.me(request)
    auth.require(user, "credit.own")
    found = found_or_404(user, uscc)
    one = objections.item(found, what, pk) if objections.possible() else None
    if one is None:
        raise Http404
    back = reverse("credit:file", args=[found.uscc])
    form = forms.ObjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            case = objections.raise_objection(user, found, one, form.cleaned_data["why"])
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已提出异议：%(number)s。") % {"number": case.number})
            return redirect("cases:case", case.pk)
    return form_page(request, form, _("提出异议"), back, f"{one.get_kind_display()} · {one.title}")


@login_required
def correct(request: HttpRequest, pk: int) -> HttpResponseBase:
    """An officer withdraws or amends the item that was found wrong."""
    user = auth.me(request)
    auth.require(user, "cases.work")
    one = get_object_or_404(
        Objection.objects.select_related("case", "fact", "designation"),
        case=pk,
        case__in=cases.visible_to(user),
    )
    item: Any = one.fact or one.designation
    if isinstance(item, Fact):
        initial = {k: getattr(item, k) for k in ("title", "on", "counts_until", "public_until")}
    else:
        initial = {"title": item.title, "on": item.issued_on, "counts_until": item.valid_until}
    form = forms.CorrectForm(request.POST or None, initial=initial)
    if one.fact is None or one.fact.disclosure is not None:
        # A licence is public while it is valid, and what a notice made public as long as the notice.
        del form.fields["public_until"]
    back = reverse("cases:case", args=[one.case_id])
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        how, why = given.pop("how"), given.pop("why")
        try:
            objections.correct(user, one.case, how, why, given)
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已更正。"))
            return redirect(back)
    return form_page(request, form, _("更正有误的信息"), back, f"{one.case.number} · {item.title}")


# -- doubtful records -------------------------------------------------------------------------------------------


def _matcher(request: HttpRequest) -> User:
    user = auth.me(request)
    auth.require(user, "credit.read")
    return user


@login_required
@require_safe
def doubtful(request: HttpRequest) -> HttpResponseBase:
    """Records whose organisation is not known: they wait until a person says who it is."""
    user = _matcher(request)
    rows = facts.unmatched_visible_to(user)
    if "doubtful-state" not in request.GET:  # what waits, and the filter says so
        given = request.GET.copy()
        given["doubtful-state"] = Unmatched.State.WAITING
        request.GET = given  # type: ignore[assignment]
    looks = {"waiting": "warn", "matched": "ok", "nobody": "muted"}
    table = Table(
        request, "doubtful", rows,
        [
            Column("name", _("名称"), link=lambda r: reverse("credit:match", args=[r.pk])),
            Column("kind", _("类别"), lambda r: words.kind(r.kind)),
            Column("title", _("事由")),
            Column("on", _("日期"), sort="on"),
            Column("source", _("提供单位"), sort="source"),
            Column("code", _("代码")),
            Column("registration_no", _("工商注册号"), hidden=True),
            Column("state", _("状态"), lambda r: badge(r.get_state_display(), looks[r.state])),
            Column("organisation", _("主体"), lambda r: r.organisation.name if r.organisation else "", hidden=True),
            Column("why", _("理由"), hidden=True),
            Column("held_at", _("收到时间"), sort="held_at"),
        ],
        search=lambda s, q: s.filter(title__icontains=q) | s.filter(source__icontains=q),
        filters=[Filter("state", _("状态"), Unmatched.State.choices, lambda s, v: s.filter(state=v))],
        empty=_("没有等待确认的记录。"),
    )  # fmt: skip
    return table.export() or render(request, "credit/doubtful.html", {"table": table})


@login_required
def match(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One record beside the organisations of its name: a person decides; what was decided can be taken back."""
    user = _matcher(request)
    row = get_object_or_404(facts.unmatched_visible_to(user), pk=pk)
    visible = queries.organisations_visible_to(user)
    proposed = [one for one in matching.proposals([row])[row.pk] if visible.filter(pk=one.pk).exists()]
    decided = row.state != Unmatched.State.WAITING
    form: Any
    if decided:
        form = forms.ReasonForm(request.POST or None)
    else:
        form = forms.DecideForm(request.POST or None)
        form.fields["who"].choices = [
            *((str(one.pk), f"{one.name} {one.uscc}") for one in proposed),
            ("other", _("另一个主体（填统一社会信用代码）")), ("nobody", _("不是已登记的主体")),
        ]  # fmt: skip
    if request.method == "POST" and form.is_valid():
        auth.require(user, "cases.work")
        given = form.cleaned_data
        try:
            if decided:
                matching.undo(user, row, given["why"])
            else:
                matching.decide(user, row, _chosen(user, given), given["why"])
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已撤销。") if decided else _("已确认。"))
            return redirect("credit:match" if decided else "credit:doubtful", *([row.pk] if decided else []))
    beside = [
        (one, region_name(one.region), listed(n.name for n in one.names.all()), one.facts.count())
        for one in proposed
    ]
    return form_page(
        request, form, _("撤销认定") if decided else _("认定"), reverse("credit:doubtful"),
        row=row, proposed=beside, decided=decided, kind=words.kind(row.kind), may=user.may("cases.work"),
    )  # fmt: skip


def _chosen(user: User, given: dict[str, Any]) -> Any:
    """The organisation that was chosen, within one's reach; None for nobody."""
    if given["who"] == "nobody":
        return None
    if given["who"] == "other":
        found = queries.organisation_for(user, require_uscc(given["uscc"]))
    else:
        found = queries.organisations_visible_to(user).filter(pk=given["who"]).first()
    if found is None:
        raise Problem(
            "unknown_organisation", _("辖区内没有登记这个主体。"), status=404, remedy=_("请核对代码，或先登记主体。"),
            errors={"uscc": _("辖区内没有登记这个主体。")},
        )  # fmt: skip
    return found
