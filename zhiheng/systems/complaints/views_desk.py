"""The desks: a firm's complaints about it; an officer's repeats, counter, figures and rewards."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhiheng.core import files as filing
from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import offices, running, showing
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases import words as case_words
from zhiheng.core.cases.models import Case
from zhiheng.core.cases.views import look, refuse
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.knowledge.law.load import law
from zhiheng.systems.complaints import actions, forms, queries, rules, views_public, words
from zhiheng.systems.complaints.models import Matter
from zhiheng.systems.complaints.rules import Filing


@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponseBase:
    """For a firm: the complaints about it. For officers: their complaints and reports, possible repeats marked."""
    user = auth.me(request)
    if not user.may("cases.read"):
        auth.require(user, "cases.party")
        if user.organisation_id is None:  # police and procurators: what was handed to them is under "cases"
            raise Problem("forbidden", _("此页供企业和监管人员使用。"), status=403)
        return _firm(request, user)
    table = Table(
        request,
        "complaints",
        queries.visible_to(user),
        [
            Column("number", _("案号"), sort="number", link=lambda c: reverse("cases:case", args=[c.pk])),
            Column("procedure", _("类别"), lambda c: str(rules.KINDS[c.procedure])),
            Column("title", _("事由")),
            Column(
                "subject", _("被投诉（举报）人"), lambda c: c.subject.name if c.subject else c.subject_name
            ),
            Column("state", _("状态"), lambda c: case_words.state(running.course_of(c), c.state)),
            Column("repeats", _("可能重复"), _repeats),
            Column(
                "due_at", _("最近到期"), lambda c: dates.until(c.due_at) if c.due_at else None, sort="due_at"
            ),
            Column("handler", _("承办人"), lambda c: c.handler.get_full_name() if c.handler else _("待指派")),
            Column(
                "problem",
                _("问题类别"),
                lambda c: c.matter.get_problem_display() if _has(c) else "",
                hidden=True,
            ),
            Column(
                "category",
                _("商品服务类别"),
                lambda c: c.matter.get_category_display() if _has(c) else "",
                hidden=True,
            ),
            Column("source", _("来源"), hidden=True),
            Column("reference", _("来源编号"), hidden=True),
            Column("received_at", _("收到时间"), sort="received_at"),
        ],
        search=cases.matching,
        filters=[
            Filter(
                "kind",
                _("类别"),
                [(k, rules.KINDS[k]) for k in queries.PROCEDURES],
                lambda s, v: s.filter(procedure=v),
            ),
            Filter(
                "open",
                _("办理"),
                [("open", _("未办结")), ("free", _("待指派")), ("again", _("可能重复"))],
                _narrow,
            ),
            Filter(
                "problem", _("问题类别"), rules.PROBLEMS.items(), lambda s, v: s.filter(matter__problem=v)
            ),
        ],
        empty=_("没有投诉举报。"),
    )
    context = {"table": table, "works": user.may("cases.work"), "figures": user.may("cases.figures")}
    return table.export() or render(request, "complaints/desk.html", context)


def _has(case: Case) -> bool:
    return hasattr(case, "matter")


def _repeats(case: Case) -> Any:
    count = case.matter.repeats if _has(case) and case.closed_at is None else 0
    return badge(_("%(n)d 件") % {"n": count}, "warn") if count else ""


def _narrow(found: QuerySet[Case], value: str) -> QuerySet[Case]:
    found = found.filter(closed_at=None)
    if value == "free":
        return found.filter(handler=None)
    return found.filter(matter__repeats__gt=0) if value == "again" else found


def _firm(request: HttpRequest, user: User) -> HttpResponseBase:
    table = Table(
        request, "about-us", queries.about_us(user),
        [
            Column("number", _("编号"), sort="number", link=lambda c: reverse("cases:case", args=[c.pk])),
            Column("title", _("事由")),
            Column("state", _("状态"), lambda c: case_words.state(running.course_of(c), c.state)),
            Column("answered", _("我方答复"), _answered),
            Column("amount", _("争议金额（元）"), lambda c: c.values.get("amount", ""), numeric=True),
            Column("office", _("办理机关"), lambda c: offices.name(c.region)),
            Column("received_at", _("收到时间"), sort="received_at"),
        ],
        search=cases.matching,
        filters=[
            Filter("todo", _("办理"), [("todo", _("待答复")), ("open", _("未办结"))],
                   _waiting),
        ],
        empty=_("没有关于您单位的投诉。"),
    )  # fmt: skip
    todo = _waiting(queries.about_us(user), "todo").count()
    return table.export() or render(request, "complaints/firm.html", {"table": table, "todo": todo})


def _waiting(found: Any, value: str) -> Any:
    found = found.filter(closed_at=None)
    return found.filter(answered=0) if value == "todo" else found


def _answered(case: Any) -> Any:
    if case.answered:
        return badge(_("已答复"), "ok")
    return badge(_("待答复"), "warn") if case.closed_at is None else badge(_("未答复"), "muted")


@login_required
def respond(request: HttpRequest, pk: int) -> HttpResponse:
    """A firm answers, offers, and sends files with it."""
    user = auth.me(request)
    auth.require(user, "cases.party")
    case = get_object_or_404(queries.about_us(user), pk=pk)
    form = forms.Respond(*views_public.sent(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            sent = [filing.accept(one.name, one.read(), strip=True) for one in given["files"]]
            actions.respond(user, case, given["answer"], given["offer"], sent, share=given["share"])
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已发出。"))
            return redirect("cases:case", case.pk)
    context = _do(case, form, _("答复或提出解决方案"), _("发出")) | {
        "say": _("投诉人的姓名、电话和地址不会给您；方案由办理机关转告。"),
    }  # fmt: skip
    return render(request, "complaints/do.html", context, status=422 if form.errors else 200)


def _do(case: Case, form: Any, name: str, submit: str) -> dict[str, Any]:
    return {
        "case": case,
        "form": form,
        "name": name,
        "submit": submit,
        "back": reverse("cases:case", args=[case.pk]),
    }


# -- officers ---------------------------------------------------------------------------------------------------


def _officer(request: HttpRequest, permission: str = "cases.work") -> User:
    user = auth.me(request)
    auth.require(user, permission)
    return user


@login_required
def compare(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Two that may be the same, side by side; the officer decides, and "not the same" is remembered."""
    user = _officer(request)
    case = get_object_or_404(queries.visible_to(user), pk=pk)
    second = get_object_or_404(queries.visible_to(user).filter(procedure=case.procedure), pk=other)
    if case.pk == second.pk:
        raise Http404
    form = forms.Why(views_public.sent(request)[0])
    report = case.procedure == rules.REPORT
    if request.method == "POST" and form.is_valid():
        what, why = request.POST.get("what"), form.cleaned_data["why"]
        try:
            if what == "different":
                actions.judge_different(user, case, second, why)
                messages.success(request, _("已记住：不是同一件，不再提示。"))
                return redirect("cases:case", case.pk)
            if what not in {"same", "new_facts"}:
                raise Problem("not_a_choice", _("请选择一种处理。"), status=422)
            kept = actions.judge_same(user, case, second, why, new_facts=what == "new_facts")
            messages.success(request, _("已按同一件处理。"))
            return redirect("cases:case", kept.pk)
        except Problem as problem:
            refuse(form, problem)
    for one in (case, second):
        look(user, one)
    traits = queries.traits([case, second])
    alike = rules.alike(traits[case.pk], traits[second.pk])
    earlier, later = sorted((case, second), key=lambda c: (c.received_at, c.pk))
    context = {
        "case": case, "earlier": earlier, "later": later, "form": form, "report": report,
        "alike": _("、").join(str(rules.ALIKE[code]) for code in alike.codes if code != "text"),
        "text": round(100 * alike.text),
        "rows": _side_by_side(earlier, later, alike), "same_person": alike.same_person,
        "mergeable": earlier.region == later.region and not earlier.closed_at and not later.closed_at,
        "not_again": report and later.edition != "SAMR-20" and later.closed_at is None,
        "back": reverse("cases:case", args=[case.pk]),
    }  # fmt: skip
    return render(request, "complaints/compare.html", context, status=422 if form.errors else 200)


def _side_by_side(first: Case, second: Case, alike: rules.Alike) -> list[tuple[str, str, str, bool]]:
    """Rows of label, one, the other, whether they are equal. People are masked: equal or not says the digest."""

    def cells(case: Case) -> list[str]:
        matter = Matter.objects.filter(case=case).first()
        person = case.parties.filter(key=queries.PERSON[case.procedure]).first()
        course = running.course_of(case)
        return [
            dates.words(case.received_at), case_words.state(course, case.state), offices.name(case.region),
            showing.party_shown(person) if person else "—",
            case.subject.name if case.subject else case.subject_name,
            matter.product if matter else str(case.values.get("product", "")),
            f"{matter.amount:,.2f}" if matter and matter.amount is not None else "",
            dates.words(matter.purchased_on) if matter and matter.purchased_on else "",
            str(matter.get_problem_display()) if matter else "",
            str(case.values.get("claim", "")), queries.facts_text(case),
        ]  # fmt: skip

    labels = [
        _("收到时间"), _("状态"), _("办理机关"), _("投诉（举报）人"), _("被投诉（举报）人"), _("商品或者服务"),
        _("金额（元）"), _("购买日期"), _("问题类别"), _("投诉请求"), _("事实和理由"),
    ]  # fmt: skip
    rows = []
    for n, (label, a, b) in enumerate(zip(labels, cells(first), cells(second), strict=True)):
        equal = alike.same_person if n == 3 else bool(a) and rules.plain(a) == rules.plain(b)
        if a or b:
            rows.append((label, a, b, equal))
    return rows


@login_required
def counter(request: HttpRequest) -> HttpResponse:
    """Write down a complaint or report that came by counter, telephone or post; gives the receipt to hand over."""
    user = _officer(request)
    form = forms.Counter(*views_public.sent(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            sent = [filing.accept(one.name, one.read(), strip=False) for one in given["files"]]
            receipt = actions.file(
                _filing(given), sent, source=given["source"], actor=user, received_at=given["received_at"],
                office=user.region, strict=given["source"] == "counter",
            )  # fmt: skip
        except Problem as problem:
            refuse(form, problem)
        else:
            secret = receipt.secret
            shown = "-".join(secret[i : i + 4] for i in range(0, 12, 4))
            return render(request, "complaints/counter_done.html", {"cases": receipt.cases, "secret": shown})
    context = {
        "form": form,
        "submit": _("登记"),
        "back": reverse("complaints:desk"),
        "office": offices.name(user.region),
    }
    return render(request, "complaints/counter.html", context, status=422 if form.errors else 200)


def _filing(given: dict[str, Any]) -> Filing:
    names = (
        "kind", "facts", "respondent", "respondent_address", "name", "phone", "address", "identity", "anonymous",
        "problem", "category", "product", "quantity", "amount", "purchased_on", "known_on", "claim", "channel",
    )  # fmt: skip
    return Filing(
        **{name: given[name] for name in names}, uscc=given["uscc"].strip().upper(),
        claim_kinds=tuple(given["claim_kinds"]),
    )  # fmt: skip


def _case(request: HttpRequest, pk: int) -> tuple[User, Case]:
    user = _officer(request)
    return user, get_object_or_404(queries.visible_to(user), pk=pk)


@login_required
@require_POST
def classify(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct the kinds for the figures."""
    user, case = _case(request, pk)
    form = forms.Classify(request.POST)
    if form.is_valid():
        actions.classify(user, case, form.cleaned_data["problem"], form.cleaned_data["category"])
        messages.success(request, _("已更正类别。"))
    return redirect("cases:case", case.pk)


@login_required
@require_POST
def unreachable(request: HttpRequest, pk: int) -> HttpResponse:
    """Note whether the shop can be reached at the address it shows."""
    user, case = _case(request, pk)
    actions.mark_unreachable(user, case, request.POST.get("unreachable") == "1")
    messages.success(request, _("已记录。"))
    return redirect("cases:case", case.pk)


# -- figures ----------------------------------------------------------------------------------------------------


@login_required
def statistics(request: HttpRequest) -> HttpResponse:
    """The figures of a period in one's jurisdiction, and what of them would be public; publishing is a decision."""
    user = _officer(request, "cases.figures")
    until = dates.today() - timedelta(days=1)
    period = forms.Period(request.GET if "since" in request.GET else None)
    since = until - timedelta(days=89)
    if period.is_bound and period.is_valid():
        since, until = period.cleaned_data["since"], period.cleaned_data["until"]
    decides = user.may("disclosure.decide")
    initial = {
        "since": since, "until": until, "basis": law().title("SAMR-121 第三十八条"),
        "title": _("消费投诉举报数据（%(since)s 至 %(until)s）") % {"since": since, "until": until},
    }  # fmt: skip
    what = request.POST.get("what", "")
    publish = forms.Publish(request.POST if what == "digest" else None, initial=initial, prefix="digest")
    warn = forms.Warn(
        request.POST if what == "warning" else None, initial={"basis": initial["basis"]}, prefix="warning"
    )
    if request.method == "POST":
        auth.require(user, "disclosure.decide")
        form: Any = publish if what == "digest" else warn
        if form.is_valid():
            given = form.cleaned_data
            try:
                if what == "digest":
                    actions.publish_digest(user, **given)
                else:
                    actions.warn(user, given["title"], given["text"], given["basis"])
            except Problem as problem:
                refuse(form, problem)
            else:
                messages.success(request, _("已公开。"))
                return redirect("complaints:published")
    found = queries.figures(user.prefix or "-", since, until)
    shown = queries.published_form(found)
    context = {
        "period": period if period.is_bound else forms.Period(initial={"since": since, "until": until}),
        "tables": list(zip(words.tables(found), words.tables(shown), strict=True)),
        "mediation": (words.mediation(found), words.mediation(shown)),
        "satisfaction": (words.satisfaction(found), words.satisfaction(shown)),
        "publish": publish if decides else None, "warn": warn if decides else None, "since": since, "until": until,
    }  # fmt: skip
    wrong = publish.errors or warn.errors
    return render(request, "complaints/statistics.html", context, status=422 if wrong else 200)


# -- rewards ----------------------------------------------------------------------------------------------------


@login_required
@require_safe
def reward(request: HttpRequest, pk: int) -> HttpResponse:
    """What the measures come to for a grade and an amount, and the exclusions as questions. Nothing is decided here."""
    user = _officer(request)
    case = get_object_or_404(cases.visible_to(user).filter(procedure="reward"), pk=pk)
    course = running.course_of(case)
    form = forms.RewardSum(request.GET if "grade" in request.GET else None, initial=case.values)
    worked, ticked = None, set(request.GET.getlist("excluded"))
    language = get_language() or "zh"
    if form.is_bound and form.is_valid():
        worked = rules.reward(
            form.cleaned_data["grade"], Decimal(form.cleaned_data["confiscated"]), course.edition.values
        )
    names = {"share": _("按比例"), "floor": _("不足最低数，按"), "cap": _("超过每案上限，按")}
    context = {
        "case": case,
        "form": form,
        "worked": worked,
        "back": reverse("cases:case", args=[case.pk]),
        "steps": [(names[key], f"{n:,.2f}") for key, n in worked.steps] if worked else [],
        "amount": f"{worked.amount:,.2f}" if worked else "",
        "excluded": [(k, g.of(language), k in ticked) for k, g in course.grounds("excluded").of.items()],
        "hit": bool(ticked & set(course.grounds("excluded").of)),
        "values": [
            (v.of(language), f"{v.value:g} {v.unit}", law().title(v.cite, language), v.note)
            for v in course.edition.values.values()
        ],
        "can_refuse": "refuse"
        in {c.key for c in showing.choices(case, course, engine.Actor(user), timezone.now()) if not c.why},
        "can_assess": case.state == "proposed",
    }
    return render(request, "complaints/reward.html", context)
