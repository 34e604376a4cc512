"""The desk of the lists: proposals, entries, what is due, measures; a firm's own page."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.accounts.rules import covers
from zhiheng.core.cases import documents, offices, running
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases import rules as case_rules
from zhiheng.core.cases import words as said
from zhiheng.core.cases.lists import columns
from zhiheng.core.cases.views import refuse
from zhiheng.core.disclosure import rules as disclosing
from zhiheng.core.facts import queries as facts
from zhiheng.core.facts.models import Fact
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.systems.listing import actions, forms, proposals, queries, repair, repair_elsewhere, words
from zhiheng.systems.listing.models import Entry, Hint, Measure, Scheme

SHOWN = 8


def reader(request: HttpRequest) -> User:
    """Somebody who reads the lists of a jurisdiction."""
    user = auth.me(request)
    if not user.may("credit.read"):
        auth.require(user, "listing.work")
    return user


def works(user: User) -> bool:
    """Whether somebody may enter things here."""
    return user.may("listing.work") and user.role in case_rules.REGULATORS


def public_badge(entry: Entry) -> Any:
    """Whether an entry is public now."""
    state = disclosing.state(entry.disclosure, timezone.now()) if entry.disclosure else ""
    if state == "public":
        return badge(_("公示中"), "ok")
    return (
        badge(_("未公示"), "muted")
        if not state or entry.removed_on is None
        else badge(_("已停止公示"), "muted")
    )


def _columns() -> list[Column]:
    return [
        Column("party", _("当事人"), words.party, link=lambda e: reverse("listing:entry", args=[e.pk])),
        Column("scheme", _("名单"), lambda e: e.get_scheme_display()),
        Column("conduct", _("列入事由"), words.conduct),
        Column("listed_on", _("列入日期"), sort="listed_on"),
        Column("removal_on", _("期满移出日"), sort="removal_on"),
        Column("review_on", _("复核日期"), sort="review_on", hidden=True),
        Column("public", _("公示"), public_badge),
        Column("removed_on", _("移出日期"), sort="removed_on"),
        Column("removed_how", _("移出方式"), lambda e: e.get_removed_how_display(), hidden=True),
        Column("region", _("列入机关"), lambda e: offices.name(e.region)),
        Column("number", _("案号"), lambda e: e.case.number, link=lambda e: reverse("cases:case", args=[e.case_id])),
    ]  # fmt: skip


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """What waits for a decision, and the doors to the rest. A firm is shown its own page."""
    user = auth.me(request)
    if user.may("credit.own"):
        return redirect("listing:mine")
    user = reader(request)
    table = Table(
        request, "proposals", queries.proposals_visible_to(user).select_related("subject", "handler"),
        columns(office=False), search=cases.matching,
        filters=[Filter("scheme", _("名单"), Scheme.choices, lambda s, v: s.filter(procedure=v))],
        empty=_("拒检、逾期不整改、受到较重处罚等记录符合条件的，会作为建议列在这里；是否列入由人决定。"),
    )  # fmt: skip
    if (download := table.export()) is not None:
        return download
    entries_now, today = queries.entries_visible_to(user).filter(removed_on=None), dates.today()
    context = {
        "table": table, "works": works(user),
        "counts": {
            "proposals": queries.proposals_visible_to(user).count(),
            "serious": entries_now.filter(scheme=Scheme.SERIOUS).count(),
            "key": entries_now.filter(scheme=Scheme.KEY).count(),
            "abnormal": entries_now.filter(scheme=Scheme.ABNORMAL).count(),
            "due": queries.due(user, today).count(),
            "exits": queries.exits_visible_to(user).filter(ended_on=None).count(),
            "hints": queries.hints_visible_to(user).filter(outcome=Hint.Outcome.OPEN).count(),
        },
    }  # fmt: skip
    return render(request, "listing/index.html", context)


@login_required
@require_safe
def entries(request: HttpRequest) -> HttpResponseBase:
    """Everybody who is or was on a list, in one's jurisdiction."""
    user = reader(request)
    table = Table(
        request, "entries", queries.entries_visible_to(user), _columns(),
        search=lambda s, q: s.filter(organisation__name__icontains=q) | s.filter(case__number__icontains=q)
        | s.filter(organisation__uscc=q.upper()),
        filters=[
            Filter("scheme", _("名单"), Scheme.choices, lambda s, v: s.filter(scheme=v)),
            Filter(
                "now", _("现状"), [("on", _("在名单上")), ("off", _("已移出"))],
                lambda s, v: s.filter(removed_on__isnull=v == "on"),
            ),
        ],
        empty=_("列入名单的主体会列在这里。"),
    )  # fmt: skip
    return table.export() or render(request, "listing/entries.html", {"table": table})


@login_required
@require_safe
def due(request: HttpRequest) -> HttpResponseBase:
    """Whose term ends within a month, or whose day of review is near or past."""
    user = reader(request)
    table = Table(
        request, "due", queries.due(user, dates.today()), _columns(), empty=_("一个月内没有期满移出或者到复核日期的。")
    )  # fmt: skip
    return table.export() or render(request, "listing/due.html", {"table": table})


@login_required
@require_safe
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry: the fewest fields the law keeps, the measures and who applied them, the facts, the repairs."""
    user = reader(request)
    one = get_object_or_404(queries.entries_visible_to(user), pk=pk)
    course, values, language = running.course_of(one.case), one.case.values, get_language() or "zh"
    fields = course.procedure.fields
    keys = [
        k
        for k in ("penalty_no", "penalised_on", "heavier", "factors", "consideration", "consent_no")
        if values.get(k)
    ]
    told = {
        step.key: step.at for step in one.case.steps.filter(key__in=("notify", "hold_hearing", "publish"))
    }
    context = {
        "entry": one, "conduct": words.conduct(one), "party": words.party(one), "office": offices.name(one.region),
        "fields": [
            (said.of(fields[k]), documents.in_words(fields[k], values[k], language)) for k in keys if k in fields
        ],
        "told": [(said.step(course, key), at) for key, at in told.items()],
        "state": disclosing.state(one.disclosure, timezone.now()) if one.disclosure else "",
        "bases": [(b, said.article(b.clause)) for b in queries.bases(one.case)],
        "repairs": [(c, said.state(running.course_of(c), c.state)) for c in queries.repairs_of(one.case)],
        "measures": one.measures.select_related("applied_by", "lifted_by"), "today": dates.today(),
        "serious": one.scheme == Scheme.SERIOUS, "works": works(user),
        "asks": one.organisation is not None and repair_elsewhere.may(user, one.organisation),
        "law": said.of(course.edition.facts["measures"]) if "measures" in course.edition.facts else "",
    }  # fmt: skip
    return render(request, "listing/entry.html", context)


def page(request: HttpRequest, form: Any, name: str, back: str, about: str = "", **more: Any) -> HttpResponse:
    """A form of the room."""
    context = {"form": form, "name": name, "about": about, "back": back, **more}
    return render(request, "listing/form.html", context, status=422 if form.errors else 200)


@login_required
def measure(request: HttpRequest, pk: int) -> HttpResponse:
    """Register that an office applies a measure."""
    user = reader(request)
    auth.require(user, "listing.work")
    one = get_object_or_404(queries.entries_visible_to(user), pk=pk)
    form = forms.MeasureForm(request.POST or None)
    back = reverse("listing:entry", args=[one.pk])
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.apply_measure(
                user, one, given["kind"], given["on"], office=given["office"], note=given["note"]
            )
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已登记。"))
            return redirect(back)
    return page(request, form, _("登记管理措施"), back, words.party(one))


@login_required
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Register that an office lifted a measure."""
    user = reader(request)
    auth.require(user, "listing.work")
    rows = Measure.objects.filter(entry__in=queries.entries_visible_to(user)).select_related(
        "entry", "entry__case"
    )
    one = get_object_or_404(rows, pk=pk)
    form = forms.LiftForm(request.POST or None)
    back = reverse("listing:entry", args=[one.entry_id])
    if request.method == "POST" and form.is_valid():
        try:
            actions.lift_measure(user, one, form.cleaned_data["on"], form.cleaned_data["reason"])
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已登记。"))
            return redirect(back)
    return page(request, form, _("解除管理措施"), back, f"{one.get_kind_display()} · {one.office}")


@login_required
def propose(request: HttpRequest) -> HttpResponse:
    """Propose somebody by hand: first whom and why, then which records speak for it."""
    user = reader(request)
    auth.require(user, "listing.work")
    form = forms.ProposeForm(request.POST or None, initial={"uscc": request.GET.get("uscc", "")[:18]})
    picking = None
    if request.method == "POST" and form.is_valid() and not covers(user, form.cleaned_data["uscc"].region):
        form.add_error("uscc", _("此对象不在您的辖区内。"))
    elif request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        held = facts.visible_to(user).filter(organisation=given["uscc"], withdrawn_at=None)
        rows = held.exclude(kind=Fact.Kind.CHECK_PASSED)
        picking = forms.FactsForm(request.POST if "picked" in request.POST else None, facts=rows)
        if picking.is_bound and picking.is_valid():
            try:
                made = proposals.propose(
                    user, given["scheme"], given["uscc"], given["reason"], list(picking.cleaned_data["facts"])
                )
            except Problem as problem:
                refuse(form, problem)
            else:
                messages.success(request, _("已建议：%(number)s。") % {"number": made.number})
                return redirect("cases:case", made.pk)
    context = {"form": form, "picking": picking, "back": reverse("listing:index")}
    return render(request, "listing/propose.html", context, status=422 if form.errors else 200)


# -- a firm's own page -----------------------------------------------------------------------------------------------


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """A firm's own entries and published penalties and checks: since when, until when, and from when it may ask."""
    user = auth.me(request)
    auth.require(user, "credit.own")
    today, rows = dates.today(), []
    for one in queries.entries_visible_to(user)[:100]:
        asks = {
            "serious_list": "ask_early",
            "key_supervision": "ask_removal",
            "abnormal_list": "ask_removal",
        }[one.scheme]
        state = {"serious_list": "published", "key_supervision": "listed", "abnormal_list": "listed"}[
            one.scheme
        ]
        rows.append(
            _own(one.case, asks, state, f"{one.get_scheme_display()} · {words.conduct(one)}", one.listed_on,
                 one.early_on, one.removal_on, one.removed_on, today)
        )  # fmt: skip
    for found in queries.own_publications(user):
        case = found["case"]
        tier = repair.tier_of(case)
        title = f"{_('行政处罚公示')} · {case.values.get('decision_no', case.number)}"
        since, early, until = (tier.since, tier.early_on, tier.until) if tier else (None, None, None)
        shown = _own(case, "ask_early", "published", title, since, early, until, None, today)
        rows.append(shown | {"tier": said.of(tier.term) if tier else ""})
    checks = (
        facts.public(facts.visible_to(user), today).filter(kind=Fact.Kind.CHECK_FAILED).order_by("-on")[:100]
    )
    repairs = cases.visible_to(user).filter(procedure="credit_repair").order_by("-received_at")[:100]
    context = {
        "rows": rows, "checks": checks, "today": today, "uscc": user.organisation.uscc if user.organisation else "",
        "repairs": [(one, said.state(running.course_of(one), one.state)) for one in repairs],
    }  # fmt: skip
    return render(request, "listing/mine.html", context)


def _own(
    case: Any, asks: str, state: str, title: str, since: Any, early_on: Any, until: Any, removed: Any, today: Any
) -> dict[str, Any]:  # fmt: skip
    """One line of a firm's page: what it is, its days, and the step by which it may ask now."""
    running_now = any(one.closed_at is None for one in queries.repairs_of(case))
    never = early_on is None and case.procedure in ("serious_list", "publicity") and since is not None
    may = case.state == state and not running_now and not never and (early_on is None or early_on <= today)
    return {
        "case": case, "title": title, "since": since, "early_on": early_on, "until": until, "removed": removed,
        "asks": asks if may else "", "running": running_now, "never": never,
        "early_open": early_on is not None and early_on > today,
    }  # fmt: skip
