"""Pages of tasks as an office sees them, and of its roll of inspectors."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhiheng.core.accounts.models import User
from zhiheng.core.ui import dates, regions
from zhiheng.core.ui.series import listed
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.systems.inspection import actions_tasks as actions
from zhiheng.systems.inspection import forms_plan
from zhiheng.systems.inspection import queries_plan as queries
from zhiheng.systems.inspection.actions_plan import must_plan
from zhiheng.systems.inspection.models import Absence, Conflict, Inspector, PlanItem, Task
from zhiheng.systems.inspection.models.plan import Domain
from zhiheng.systems.inspection.queries import plans_visible_to, tasks_visible_to
from zhiheng.systems.inspection.views_plan import form_page, reader

STATES = {"open": "info", "sampled": "ok", "refused": "bad", "nothing": "warn", "cancelled": "muted"}


def _state(task: Task) -> Any:
    if task.state == Task.State.OPEN and task.due_on < dates.today():
        return badge(_("超期"), "bad")
    return badge(task.get_state_display(), STATES[task.state])


def _how(task: Task) -> str:
    """Where a task comes from."""
    if task.rectification_id is not None:
        return _("复查")
    return _("随机抽取") if task.candidate_id else _("指派")


def _mine(request: HttpRequest) -> tuple[User, QuerySet[Task]]:
    user = reader(request)
    return user, tasks_visible_to(user).prefetch_related("inspectors")


@login_required
@require_safe
def tasks(request: HttpRequest) -> HttpResponseBase:
    """The tasks of one's jurisdiction, the most pressing first."""
    _user, source = _mine(request)
    late = Q(state=Task.State.OPEN, due_on__lt=dates.today())
    table = Table(
        request,
        "tasks",
        source,
        [
            Column(
                "organisation",
                _("被抽样者"),
                lambda t: t.organisation.name,
                sort="organisation__name",
                link=lambda t: reverse("inspection:task", args=[t.pk]),
            ),
            Column("product", _("产品"), lambda t: t.item.product, sort="item__product"),
            Column(
                "plan",
                _("计划"),
                lambda t: t.item.plan.title,
                link=lambda t: reverse("inspection:plan", args=[t.item.plan_id]),
            ),
            Column("region", _("地区"), lambda t: regions.name(t.region), sort="region"),
            Column("due_on", _("完成期限"), sort="due_on"),
            Column("state", _("状态"), _state, sort="state"),
            Column("inspectors", _("抽样人员"), lambda t: " ".join(i.number for i in t.inspectors.all())),
            Column("how", _("来源"), _how),
            Column("address", _("地址"), lambda t: t.organisation.address, hidden=True),
            Column("uscc", _("统一社会信用代码"), lambda t: t.organisation.uscc, hidden=True),
            Column("stage", _("环节"), lambda t: t.item.get_stage_display(), hidden=True),
            Column("why", _("说明"), hidden=True),
        ],
        search=lambda s, q: (
            s.filter(organisation__name__icontains=q)
            | s.filter(item__product__icontains=q)
            | s.filter(inspectors__number=q)
        ),
        filters=[
            Filter("state", _("状态"), Task.State.choices, lambda s, v: s.filter(state=v)),
            Filter(
                "how",
                _("来源"),
                [("drawn", _("随机抽取")), ("given", _("指派")), ("recheck", _("复查"))],
                lambda s, v: s.filter(candidate__isnull=v != "drawn", rectification__isnull=v != "recheck"),
            ),
            Filter("late", _("期限"), [("late", _("超期"))], lambda s, v: s.filter(late)),
            Filter("domain", _("领域"), Domain.choices, lambda s, v: s.filter(item__plan__domain=v)),
        ],
        empty=_("抽取或者指派的抽样任务会列在这里。"),
    )
    return table.export() or render(request, "inspection/plan_tasks.html", {"table": table})


@login_required
@require_safe
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """One task: where, for what, who goes, by which draw."""
    user, source = _mine(request)
    one: Task = get_object_or_404(source.select_related("candidate"), pk=pk)
    own = user.may("inspection.plan") and user.region == one.office
    context = {
        "task": one,
        "item": one.item,
        "plan": one.item.plan,
        "state": _state(one),
        "place": regions.name(one.region),
        "order": one.rectification,
        "seen": plans_visible_to(user).filter(pk=one.item.plan_id).exists(),
        "own": own,
        "open": one.state == Task.State.OPEN,
        "may_replace": own and one.candidate_id and one.state in {Task.State.OPEN, Task.State.NOTHING},
    }
    return render(request, "inspection/plan_task.html", context)


@login_required
def task_do(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Other inspectors, a replacement, an end."""
    user, source = _mine(request)
    one: Task = get_object_or_404(source, pk=pk)
    must_plan(user, one.office)
    back = reverse("inspection:task", args=[one.pk])
    data = request.POST or None

    def page(form: Any, title: str, act: Callable[[], Task], done: str, **more: Any) -> HttpResponse:
        def then() -> str:
            made = act()
            messages.success(request, done)
            return reverse("inspection:task", args=[made.pk])

        return form_page(
            request, form, title, back, then, lead=f"{one.organisation.name} · {one.item}", **more
        )

    if what == "reassign":
        able = actions.able_for(one)
        now = [person.number for person in one.inspectors.all()]
        form = forms_plan.PeopleForm(data, able=able, initial={"inspectors": now})
        return page(
            form,
            _("更换抽样人员"),
            lambda: actions.reassign(user, one, form.cleaned_data["inspectors"], form.cleaned_data["why"]),
            _("已更换。"),
        )
    why = forms_plan.WhyForm(data)
    if what == "replace":
        return page(
            why,
            _("递补"),
            lambda: actions.replace(user, one, why.cleaned_data["why"]),
            _("已按递补顺序生成任务。"),
        )
    if what == "cancel":
        return page(
            why,
            _("取消任务"),
            lambda: actions.cancel_task(user, one, why.cleaned_data["why"]),
            _("已取消。"),
            danger=True,
        )
    raise Http404


@login_required
def task_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A task without a draw."""
    user = reader(request)
    item: PlanItem = get_object_or_404(queries.items_visible_to(user), pk=pk)
    must_plan(user, item.plan.region)
    back = reverse("inspection:item", args=[item.pk])
    office, domain = item.plan.region, item.plan.domain
    people = queries.pool(office, domain).exclude(pk__in=queries.away(office, domain, dates.today()))
    loads = people.annotate(n=Count("tasks", filter=Q(tasks__state=Task.State.OPEN)))
    form = forms_plan.GiveForm(request.POST or None, able=dict(loads.values_list("number", "n")))

    def act() -> str:
        given = form.cleaned_data
        made = actions.give(user, item, given["uscc"], given["inspectors"], given["due_on"], given["why"])
        messages.success(request, _("已指派。"))
        return reverse("inspection:task", args=[made.pk])

    return form_page(request, form, _("指派任务"), back, act, lead=f"{item.plan} · {item}")


# -- inspectors ------------------------------------------------------------------------------------------------


def _domains(one: Inspector) -> str:
    labels = dict(Domain.choices)
    return listed(str(labels[key]) for key in one.domains.split() if key in labels) or _("全部领域")


@login_required
@require_safe
def inspectors(request: HttpRequest) -> HttpResponseBase:
    """The roll: numbers, masked names, how much each has to do."""
    user = reader(request)
    today = dates.today()
    source = queries.inspectors_visible_to(user).annotate(
        load=Count("tasks", filter=Q(tasks__state=Task.State.OPEN), distinct=True),
        away=Count(
            "absences", filter=Q(absences__since__lte=today, absences__until__gte=today), distinct=True
        ),
    )
    table = Table(
        request,
        "inspectors",
        source,
        [
            Column(
                "number",
                _("编号"),
                sort="number",
                link=lambda i: reverse("inspection:inspector", args=[i.pk]),
            ),
            Column("name", _("姓名"), lambda i: i.masked),
            Column("office", _("机关"), lambda i: regions.name(i.region), sort="region"),
            Column("body", _("抽样机构"), lambda i: i.body.name if i.body else None),
            Column("domains", _("领域"), _domains),
            Column("load", _("在办任务"), sort="load", numeric=True),
            Column(
                "active",
                _("状态"),
                lambda i: (
                    badge(_("不在册"), "muted")
                    if not i.active
                    else badge(_("请假"), "warn")
                    if i.away
                    else badge(_("在岗"), "ok")
                ),
            ),
        ],
        search=lambda s, q: s.filter(number=q),
        filters=[
            Filter(
                "active",
                _("状态"),
                [("1", _("在册")), ("0", _("不在册"))],
                lambda s, v: s.filter(active=v == "1"),
            )
        ],
        empty=_("登记的抽样人员会列在这里。"),
    )
    context = {"table": table, "may_plan": user.may("inspection.plan")}
    return table.export() or render(request, "inspection/plan_inspectors.html", context)


@login_required
def inspector_new(request: HttpRequest) -> HttpResponse:
    """Put somebody on the roll."""
    user = reader(request)
    must_plan(user, user.region)
    form = forms_plan.InspectorForm(request.POST or None, region=user.region)

    def act() -> str:
        made = actions.save_inspector(user, **form.values())
        messages.success(request, _("已登记。"))
        return reverse("inspection:inspector", args=[made.pk])

    return form_page(request, form, _("登记抽样人员"), reverse("inspection:inspectors"), act)


def _inspector(user: User, one: Inspector, name: str = "") -> dict[str, Any]:
    return {
        "one": one,
        "office": regions.name(one.region),
        "domains": _domains(one),
        "name": name,
        "absences": one.absences.all(),
        "conflicts": Conflict.objects.filter(inspector=one).select_related("organisation"),
        "own": user.may("inspection.plan") and user.region == one.region,
        "may_look": user.may("personal_data.read"),
        "open": one.tasks.filter(state=Task.State.OPEN).count(),
    }


@login_required
@require_safe
def inspector(request: HttpRequest, pk: int) -> HttpResponse:
    """One inspector: absences and conflicts; the name masked."""
    user = reader(request)
    one: Inspector = get_object_or_404(queries.inspectors_visible_to(user), pk=pk)
    return render(request, "inspection/plan_inspector.html", _inspector(user, one))


@login_required
@require_POST
def inspector_reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """The name, after the look is in the ledger."""
    user = reader(request)
    one: Inspector = get_object_or_404(queries.inspectors_visible_to(user), pk=pk)
    name = actions.reveal(user, one)
    response = render(request, "inspection/plan_inspector.html", _inspector(user, one, name))
    response["Cache-Control"] = "no-store"
    return response


@login_required
def inspector_do(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Edit, add days of absence, add somebody not to be sent to."""
    user = reader(request)
    one: Inspector = get_object_or_404(queries.inspectors_visible_to(user), pk=pk)
    must_plan(user, one.region)
    back = reverse("inspection:inspector", args=[one.pk])
    data = request.POST or None

    def page(form: Any, title: str, act: Callable[[], Any]) -> HttpResponse:
        def then() -> str:
            act()
            messages.success(request, _("已登记。"))
            return back

        return form_page(request, form, title, back, then, lead=one.number)

    if what == "edit":
        initial = {
            "user": one.user_id,
            "body": one.body.uscc if one.body else "",
            "domains": one.domains.split(),
            "active": one.active,
        }
        form = forms_plan.InspectorForm(data, region=one.region, inspector=one, initial=initial)
        return page(form, _("修改抽样人员"), lambda: actions.save_inspector(user, one, **form.values()))
    if what == "absence":
        away = forms_plan.AbsenceForm(data)
        return page(away, _("登记请假"), lambda: actions.add_absence(user, one, **away.cleaned_data))
    if what == "conflict":
        barred = forms_plan.ConflictForm(data)

        def add() -> None:
            actions.add_conflict(user, one, barred.cleaned_data["uscc"], barred.cleaned_data["why"])

        return page(barred, _("登记回避"), add)
    raise Http404


@login_required
def roll_strike(request: HttpRequest, what: str, pk: int) -> HttpResponse:
    """An absence or a conflict that is no more."""
    user = reader(request)
    kinds: dict[str, type[Absence] | type[Conflict]] = {"absence": Absence, "conflict": Conflict}
    if what not in kinds:
        raise Http404
    rows = kinds[what]._default_manager.filter(inspector__in=queries.inspectors_visible_to(user))
    one: Any = get_object_or_404(rows.select_related("inspector"), pk=pk)
    must_plan(user, one.inspector.region)
    back = reverse("inspection:inspector", args=[one.inspector_id])

    def act() -> str:
        actions.strike(user, one)
        messages.success(request, _("已删去。"))
        return back

    return form_page(
        request, forms_plan.SureForm(request.POST or None), _("删去"), back, act, lead=one.why, danger=True
    )
