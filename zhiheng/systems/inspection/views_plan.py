"""Pages of planning: plans, their items, what is wrong with them, how the samples are spread."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.cases.views import integer, refuse
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates, forest, plots, regions
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.systems.inspection import actions_draw, forms_plan, official, rules_allot, words_plan
from zhiheng.systems.inspection import actions_plan as actions
from zhiheng.systems.inspection import queries_plan as queries
from zhiheng.systems.inspection import rules_plan as rules
from zhiheng.systems.inspection.models import Draw, Exclusion, Plan, PlanItem, Task
from zhiheng.systems.inspection.models.plan import Domain
from zhiheng.systems.inspection.queries import plans_visible_to, tasks_visible_to

STATES = {"draft": "muted", "approved": "ok", "closed": "info", "cancelled": "warn"}
LEVELS = {"fault": "bad", "conflict": "warn", "note": "info"}


def reader(request: HttpRequest) -> User:
    """Whoever reads spot checks as an office does."""
    user = auth.me(request)
    auth.require(user, "inspection.read")
    return user


def form_page(
    request: HttpRequest,
    form: Any,
    title: str,
    back: str,
    act: Callable[[], str],
    *,
    version: int | None = None,
    danger: bool = False,
    lead: str = "",
    template: str = "inspection/plan_form.html",
    **more: Any,
) -> HttpResponse:
    """Show a form; when it is sent and right, act and go where that leads."""
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(act())
        except Problem as problem:
            if problem.status == 403:
                raise
            refuse(form, problem)
            more |= {"rows": problem.extra.get("rows"), "found": problem.extra.get("findings")}
    context = {
        "form": form, "title": title, "back": back, "version": version, "lead": lead, "step": {"danger": danger}, **more
    }  # fmt: skip
    return render(request, template, context, status=422 if form.errors else 200)


# -- plans -------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The plans of one's office, of those below, and what the offices above have approved."""
    user = reader(request)

    def live(source: QuerySet[Plan], value: str) -> QuerySet[Plan]:
        return source.filter(state=value)

    table = Table(
        request, "plans", queries.listed(user),
        [
            Column("title", _("名称"), sort="title", link=lambda p: reverse("inspection:plan", args=[p.pk])),
            Column("office", _("组织机关"), lambda p: regions.name(p.region), sort="region"),
            Column("domain", _("领域"), lambda p: p.get_domain_display(), sort="domain"),
            Column("kind", _("类型"), lambda p: p.get_kind_display()),
            Column("state", _("状态"), lambda p: badge(p.get_state_display(), STATES[p.state]), sort="state"),
            Column("starts_on", _("开始日期"), sort="starts_on"),
            Column("ends_on", _("结束日期"), sort="ends_on"),
            Column("products", _("产品"), sort="products", numeric=True),
            Column("samples", _("样品数"), sort="samples", numeric=True),
            Column("cost", _("费用（元）"), sort="cost", numeric=True),
            Column("budget", _("预算（元）"), sort="budget", numeric=True, hidden=True),
            Column("filed_on", _("报上一级备案日期"), hidden=True),
        ],
        search=lambda s, q: s.filter(title__icontains=q) | s.filter(items__product__icontains=q),
        filters=[
            Filter("state", _("状态"), Plan.State.choices, live),
            Filter("domain", _("领域"), Domain.choices, lambda s, v: s.filter(domain=v)),
            Filter(
                "own", _("机关"), [("own", _("本机关"))], lambda s, v: s.filter(region=user.region)
            ),
        ],
        empty=_("起草的抽查计划会列在这里。"),
    )  # fmt: skip
    tasks = tasks_visible_to(user)
    context = {
        "table": table,
        "may_plan": user.may("inspection.plan"),
        "drafts": plans_visible_to(user).filter(state=Plan.State.DRAFT).count(),
        "waiting": queries.draws_visible_to(user).filter(state=Draw.State.COMMITTED).count(),
        "open": tasks.filter(state=Task.State.OPEN).count(),
        "late": tasks.filter(state=Task.State.OPEN, due_on__lt=dates.today()).count(),
    }
    return table.export() or render(request, "inspection/plans.html", context)


@login_required
def plan_new(request: HttpRequest) -> HttpResponse:
    """Draft a plan."""
    user = reader(request)
    auth.require(user, "inspection.plan")
    form = forms_plan.PlanForm(request.POST or None, region=user.region)

    def act() -> str:
        made = actions.draft(user, **form.values())
        messages.success(request, _("已起草，请添加产品。"))
        return reverse("inspection:plan", args=[made.pk])

    return form_page(request, form, _("新的抽查计划"), reverse("inspection:index"), act)


def found(one: rules.Finding) -> dict[str, Any]:
    """A finding as the page shows it, with the way to what it is about."""
    kind, key = one.about or ("", 0)
    url = reverse(f"inspection:{kind}", args=[key]) if kind else ""
    words = {"fault": _("须改正"), "conflict": _("须说明"), "note": _("提示")}[one.level]
    return {
        "text": words_plan.finding(one), "cite": words_plan.article(one.cite), "url": url, "level": one.level,
        "badge": badge(words, LEVELS[one.level]),
    }  # fmt: skip


def plan_page(request: HttpRequest, user: User, plan: Plan) -> dict[str, Any]:
    """What the page of a plan knows."""
    items = list(plan.items.prefetch_related("draws"))
    own = user.may("inspection.plan") and user.region == plan.region
    cost = sum((item.cost for item in items), start=plan.budget * 0)
    rows = []
    for item in items:
        shares = shares_of(item)
        overall = rules_allot.precision(shares)[1] if shares else None
        draw = next((one for one in item.draws.all() if one.state != Draw.State.VOID), None)
        rows.append((item, overall, draw))
    return {
        "plan": plan, "office": regions.name(plan.region), "rows": rows, "cost": cost, "left": plan.budget - cost,
        "state": badge(plan.get_state_display(), STATES[plan.state]), "own": own,
        "head": own and user.has_duty("head"), "may_plan": user.may("inspection.plan"),
        "draft": plan.state == Plan.State.DRAFT, "approved": plan.state == Plan.State.APPROVED,
        "concluded": official.concluded(user, plan).count(),
        "weights": [(words_plan.weight(key), plan.weights.get(key, "1")) for key in rules.WEIGHTS],
        "areas": [regions.name(code) for code in plan.regions],
        "findings": [found(one) for one in queries.findings(plan, dates.today())] if plan.state == "draft" else [],
    }  # fmt: skip


@login_required
@require_safe
def plan(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A plan at a glance: what it checks, what it costs, what stands against it, what can be done."""
    user = reader(request)
    one: Plan = get_object_or_404(plans_visible_to(user).select_related("made_by", "approved_by"), pk=pk)
    sheet = official.items(request, one).export() or official.results(request, user, one).export()
    return sheet or render(request, "inspection/plan.html", plan_page(request, user, one))


@login_required
def plan_do(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Edit, add a product, copy, delete, approve, file, cancel, close."""
    user = reader(request)
    one: Plan = get_object_or_404(plans_visible_to(user), pk=pk)
    if what == "copy":
        auth.require(user, "inspection.plan")
    else:
        actions.must_plan(user, one.region)
    back = reverse("inspection:plan", args=[one.pk])
    data = request.POST or None

    def page(form: Any, title: str, act: Callable[[], str | None], done: str, **more: Any) -> HttpResponse:
        def then() -> str:
            to = act() or back
            messages.success(request, done)
            return to

        return form_page(request, form, title, back, then, lead=one.title, **more)

    def to_plan(made: Plan) -> str:
        return reverse("inspection:plan", args=[made.pk])

    if what == "edit":
        form = forms_plan.PlanForm(data, region=one.region, initial=forms_plan.plan_initial(one))
        version = integer(request.POST.get("version"))
        return page(
            form, _("修改计划"), lambda: to_plan(actions.edit(user, one, version, **form.values())), _("已修改。"),
            version=one.version,
        )  # fmt: skip
    if what == "item":
        item = forms_plan.ItemForm(data)

        def add() -> str:
            return reverse("inspection:item", args=[actions.save_item(user, one, **item.values()).pk])

        return page(item, _("添加产品"), add, _("已添加，请填写检验项目并分配样品。"))
    if what == "copy":
        return page(
            forms_plan.SureForm(data), _("复制为新的草稿"), lambda: to_plan(actions.copy(user, one)), _("已复制。")
        )  # fmt: skip
    if what == "delete":

        def delete() -> str:
            actions.delete(user, one)
            return reverse("inspection:index")

        return page(forms_plan.SureForm(data), _("删除草稿"), delete, _("已删除。"), danger=True)
    if what == "approve":
        approval = forms_plan.ApproveForm(data)
        return page(
            approval, _("批准计划"),
            lambda: to_plan(actions.approve(user, one, approval.cleaned_data["despite"], dates.today())), _("已批准。"),
            findings=[found(f) for f in queries.findings(one, dates.today())],
        )  # fmt: skip
    if what == "file":
        day = forms_plan.DayForm(data)
        return page(
            day, _("登记备案"), lambda: to_plan(actions.file_plan(user, one, day.cleaned_data["day"])), _("已登记。")
        )  # fmt: skip
    if what == "cancel":
        why = forms_plan.WhyForm(data)
        return page(
            why, _("取消计划"), lambda: to_plan(actions_draw.cancel_plan(user, one, why.cleaned_data["why"])),
            _("已取消。"), danger=True,
        )  # fmt: skip
    if what == "close":
        return page(
            forms_plan.SureForm(data), _("结束计划"), lambda: to_plan(actions.close(user, one)), _("已结束。")
        )  # fmt: skip
    raise Http404


# -- items -------------------------------------------------------------------------------------------------------


def shares_of(item: PlanItem) -> list[rules_allot.Share]:
    """The strata of an item as plain values."""
    return [
        rules_allot.Share(one.region, one.population, one.weight, one.rate, one.size, one.effect)
        for one in item.strata.all()
    ]


def precision_of(item: PlanItem) -> dict[str, Any]:
    """The expected precision of an item: rows by stratum, overall, and how it changes with the number of samples."""
    shares = shares_of(item)
    if not shares:
        return {}
    each, overall = rules_allot.precision(shares)
    population = sum(one.population for one in shares)
    points = rules_allot.by_size(
        shares,
        item.allocation,
        item.minimum,
        rules_allot.grid(item.size, population),
    )
    rows = [(one, regions.name(one.region), each[one.region]) for one in shares]
    drawn = [
        forest.Line(name, one.rate, one.interval.low, one.interval.high)
        for share, name, one in rows
        if share.size
    ]
    drawn.append(forest.Line(_("总体"), overall.rate, overall.interval.low, overall.interval.high))
    return {
        "strata": rows, "overall": overall, 
        "blind": any(one.population and not one.size for one in shares), "population": population,
        "chart": forest.forest(drawn, title=_("预计的不合格率 95% 区间")),
        "curve": plots.curve(
            points, title=_("样品数与总体区间半宽"), x_label=_("样品数"), here=item.size
        ),
        "points": [(size, half, size * item.unit_cost) for size, half in points],
    }  # fmt: skip


@login_required
@require_safe
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """A product of a plan: its tests, how its samples are spread, how precise that is, who is left out, its draws."""
    user = reader(request)
    one: PlanItem = get_object_or_404(queries.items_visible_to(user), pk=pk)
    own = user.may("inspection.plan") and user.region == one.plan.region
    draws = list(one.draws.defer("record", "secret"))
    live = next((draw for draw in draws if draw.state != Draw.State.VOID), None)
    context = {
        "item": one, "plan": one.plan, "own": own, "draft": own and one.plan.state == Plan.State.DRAFT,
        "kinds": forms_plan.kind_labels(one.kinds),
        "tests": [(test, words_plan.decision_rule(test["decision_rule"])) for test in one.tests],
        "exclusions": one.exclusions.select_related("organisation", "by"), "draws": draws, "live": live,
        "may_draw": own and one.plan.state == Plan.State.APPROVED and live is None and one.strata.exists(),
        "may_give": own and one.plan.state == Plan.State.APPROVED and one.plan.kind in rules.EXEMPT,
        "base": rules.BASE_SIZE, **precision_of(one),
    }  # fmt: skip
    return render(request, "inspection/plan_item.html", context)


@login_required
def item_do(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Edit, drop, tests, import, allot, exclude, fix the list."""
    user = reader(request)
    one: PlanItem = get_object_or_404(queries.items_visible_to(user), pk=pk)
    actions.must_plan(user, one.plan.region)
    back = reverse("inspection:item", args=[one.pk])
    data = request.POST or None

    def page(
        form: Any, title: str, act: Callable[[], Any], done: str, to: str = back, **more: Any
    ) -> HttpResponse:
        def then() -> str:
            made = act()
            messages.success(request, done)
            return made if isinstance(made, str) else to

        return form_page(request, form, title, back, then, lead=f"{one.plan} · {one}", **more)

    if what == "edit":
        form = forms_plan.ItemForm(data, initial=forms_plan.item_initial(one))
        return page(
            form, _("修改产品"), lambda: actions.save_item(user, one.plan, one, **form.values()), _("已修改。")
        )  # fmt: skip
    if what == "drop":
        to = reverse("inspection:plan", args=[one.plan_id])
        return page(
            forms_plan.SureForm(data), _("删除产品"), lambda: actions.drop_item(user, one), _("已删除。"), to,
            danger=True,
        )  # fmt: skip
    if what == "tests":
        return tests(request, user, one, back)
    if what == "import":
        sheet = forms_plan.SheetForm(data, request.FILES or None)

        def take() -> None:
            file = sheet.cleaned_data["sheet"]
            actions.set_tests(user, one, actions.read_tests(file.read(), file.name))

        return page(
            sheet, _("导入检验项目"), take, _("已导入，原有项目被替换。"), template="inspection/plan_import.html",
            columns=[words_plan.column(key) for key in rules.COLUMNS],
        )  # fmt: skip
    if what == "allot":
        initial = {"size": one.size, "rule": one.allocation, "minimum": one.minimum}
        allot = forms_plan.AllotForm(data, initial=initial)

        def spread() -> None:
            given = allot.cleaned_data
            actions.allot(user, one, given["size"], given["rule"], given["minimum"], dates.today())

        return page(
            allot, _("分配样品"), spread, _("已分配，请看预计精度。"), template="inspection/plan_allot.html",
        )  # fmt: skip
    if what == "exclude":
        out = forms_plan.ExcludeForm(data)

        def leave_out() -> None:
            given = out.cleaned_data
            actions.exclude(user, one, given["uscc"], given["code"], given["why"])

        return page(out, _("排除对象"), leave_out, _("已排除。"))
    if what == "commit":
        fix = forms_plan.CommitForm(data)

        def commit() -> str:
            made = actions_draw.commit(
                user, one, fix.cleaned_data["source"], fix.cleaned_data["random_after"]
            )
            return reverse("inspection:draw", args=[made.pk])

        return page(fix, _("固定名单并公布"), commit, _("名单已固定，SHA-256 已公布。"))
    raise Http404


def tests(request: HttpRequest, user: User, one: PlanItem, back: str) -> HttpResponse:
    """The test items of an item, in rows."""
    if one.plan.state != Plan.State.DRAFT:
        raise Problem("plan_state", _("计划已批准，检验项目不能再改。"), status=409)
    rows = forms_plan.Tests(request.POST or None, initial=one.tests, prefix="test")
    problem = None
    if request.method == "POST" and rows.is_valid():
        try:
            actions.set_tests(user, one, [row for row in rows.cleaned_data if row])
            messages.success(request, _("已保存。"))
            return redirect(back)
        except Problem as found:  # what was written stays on the page
            problem = found
    context = {"rows": rows, "item": one, "back": back, "problem": problem}
    status = problem.status if problem else 422 if rows.is_bound and not rows.is_valid() else 200
    return render(request, "inspection/plan_tests.html", context, status=status)


@login_required
def exclusion_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an exclusion back."""
    user = reader(request)
    one = get_object_or_404(
        Exclusion.objects.filter(item__in=queries.items_visible_to(user)).select_related(
            "item__plan", "organisation"
        ),
        pk=pk,
    )
    back = reverse("inspection:item", args=[one.item_id])

    def act() -> str:
        actions.include_again(user, one)
        messages.success(request, _("已撤销排除。"))
        return back

    form = forms_plan.SureForm(request.POST or None)
    return form_page(request, form, _("撤销排除"), back, act, lead=one.organisation.name)
