"""Pages of the draw: the officer's, with who and why, and the public's, with what anybody needs to repeat it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.ui import dates, regions
from zhiheng.core.ui.series import listed
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.knowledge.methods import draw as method
from zhiheng.systems.inspection import actions_draw as actions
from zhiheng.systems.inspection import forms_plan, rules_draw, words_plan
from zhiheng.systems.inspection import queries_plan as queries
from zhiheng.systems.inspection.actions_plan import must_plan
from zhiheng.systems.inspection.models import Candidate, Draw, Inspector, Task
from zhiheng.systems.inspection.views_plan import form_page, reader

STATES = {"committed": "info", "drawn": "ok", "void": "warn"}


def _state(draw: Draw) -> Any:
    return badge(draw.get_state_display(), STATES[draw.state])


def _why(one: Candidate) -> Any:
    """Why somebody was drawn, not drawn, or not on the list."""
    if one.excluded:
        return words_plan.reason(one.excluded)
    if one.drawn:
        return badge(_("抽中（必然）") if one.probability == 1 else _("抽中"), "ok")
    if one.reserve:
        return badge(_("递补第 %(turn)d") % {"turn": one.reserve}, "info")
    if one.draw.state == Draw.State.DRAWN:
        return _("未抽中")
    return _("名单已固定，待随机值") if one.draw.state == Draw.State.COMMITTED else "—"


def _sent(one: Candidate) -> str:
    task = getattr(one, "task", None)
    return listed(f"{i.number} {i.masked}" for i in task.inspectors.all()) if task else ""


def _in(source: QuerySet[Candidate], value: str) -> QuerySet[Candidate]:
    if value == "drawn":
        return source.filter(drawn=True)
    if value == "reserve":
        return source.filter(reserve__isnull=False)
    return source.exclude(excluded="") if value == "out" else source.filter(excluded="", drawn=False)


@login_required
@require_safe
def draw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A draw as its office sees it: everybody on the list with size, chance and what came of it."""
    user = reader(request)
    one: Draw = get_object_or_404(queries.draws_visible_to(user), pk=pk)
    plan = one.item.plan
    people = Prefetch("task__inspectors", Inspector.objects.only("number", "name"))
    source = one.candidates.select_related("organisation", "task", "draw").defer(
        "draw__record", "draw__secret"
    )
    table = Table(
        request,
        "candidates",
        source.order_by("-drawn", "id").prefetch_related(people),
        [
            Column(
                "organisation",
                _("名称"),
                lambda c: c.organisation.name,
                sort="organisation__name",
                link=lambda c: reverse("registry:organisation", args=[c.organisation.uscc]),
            ),
            Column("region", _("地区"), lambda c: regions.name(c.region), sort="region"),
            Column("size", _("大小"), sort="size", numeric=True),
            Column(
                "probability",
                _("抽中概率"),
                lambda c: None if c.probability is None else round(c.probability, 6),
                sort="probability",
                numeric=True,
            ),
            Column("why", _("结果"), _why),
            Column("note", _("说明")),
            Column("inspectors", _("抽样人员"), _sent),
            Column(
                "task",
                _("任务"),
                lambda c: c.task.get_state_display() if hasattr(c, "task") else None,
                link=lambda c: reverse("inspection:task", args=[c.task.pk]) if hasattr(c, "task") else None,
            ),
            Column("uscc", _("统一社会信用代码"), lambda c: c.organisation.uscc, hidden=True),
            Column("number", _("抽取文件中的编号"), hidden=True),
        ],
        search=lambda s, q: (
            s.filter(organisation__name__icontains=q)
            | s.filter(number=q)
            | s.filter(organisation__uscc=q.upper())
        ),
        filters=[
            Filter(
                "in",
                _("结果"),
                [("drawn", _("抽中")), ("reserve", _("递补")), ("not", _("未抽中")), ("out", _("排除"))],
                _in,
            ),
            Filter(
                "region",
                _("地区"),
                [(r, regions.name(r)) for r in one.item.strata.values_list("region", flat=True)],
                lambda s, v: s.filter(region=v),
            ),
        ],
        empty=_("名单上没有对象。"),
    )
    own = user.may("inspection.plan") and user.region == plan.region
    context = {
        "draw": one,
        "item": one.item,
        "plan": plan,
        "table": table,
        "state": _state(one),
        "own": own,
        "committed": one.state == Draw.State.COMMITTED,
        "drawn": one.state == Draw.State.DRAWN,
        "may_confirm": own and one.state == Draw.State.COMMITTED and one.entered_by_id not in (None, user.pk),
        "able": one.candidates.filter(excluded="").count(),
        "out": one.candidates.exclude(excluded="").count(),
        "taken": one.candidates.filter(drawn=True).count(),
        "public_file": file_is_public(one),
    }
    return table.export() or render(request, "inspection/draw.html", context)


@login_required
def draw_do(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Enter the value, confirm it, give the draw up."""
    user = reader(request)
    one: Draw = get_object_or_404(queries.draws_visible_to(user), pk=pk)
    must_plan(user, one.item.plan.region)
    back = reverse("inspection:draw", args=[one.pk])
    data = request.POST or None

    def page(form: Any, title: str, act: Callable[[], Any], done: str, **more: Any) -> HttpResponse:
        def then() -> str:
            act()
            messages.success(request, done)
            return back

        return form_page(request, form, title, back, then, lead=f"{one.item.plan} · {one.item}", **more)

    if what == "value":
        form = forms_plan.ValueForm(data)
        return page(
            form,
            _("填写随机值"),
            lambda: actions.enter_value(user, one, form.cleaned_data["value"], form.cleaned_data["known_at"]),
            _("已填写，须由另一人核对。"),
            source=one.random_source,
            after=one.random_after,
        )
    if what == "confirm":
        again = forms_plan.ConfirmForm(data)
        return page(
            again,
            _("核对随机值并抽取"),
            lambda: actions.confirm(user, one, again.cleaned_data["value"]),
            _("已抽取，任务已生成。"),
            source=one.random_source,
            after=one.random_after,
        )
    if what == "void":
        why = forms_plan.WhyForm(data)
        return page(
            why,
            _("作废"),
            lambda: actions.void(user, one, why.cleaned_data["why"]),
            _("已作废并公布。"),
            danger=True,
        )
    raise Http404


def _lay(one: Candidate) -> method.Placed:
    """Where a candidate lay when its stratum was drawn."""
    draw = one.draw
    sizes = dict(draw.candidates.filter(region=one.region, excluded="").values_list("number", "size"))
    strata = {stratum.id: stratum.n for stratum in method.load(draw.record).list.strata}
    seed = method.seed_of(draw.list_hash, draw.random_value)
    return next(p for p in method.placed(one.region, strata[one.region], sizes, seed) if p.id == one.number)


@login_required
@require_safe
def proof(request: HttpRequest, pk: int) -> HttpResponse:
    """What a firm is given so that it can find itself in the draw file: code, nonce, number."""
    user = reader(request)
    one: Candidate = get_object_or_404(
        Candidate.objects.filter(draw__in=queries.draws_visible_to(user)).select_related(
            "organisation", "draw"
        ),
        pk=pk,
    )
    nonce = rules_draw.nonce_of(one.draw.secret, one.organisation.uscc)
    lay = _lay(one) if one.draw.state == Draw.State.DRAWN and not one.excluded else None
    return render(
        request, "inspection/draw_proof.html", {"one": one, "nonce": nonce, "why": _why(one), "lay": lay}
    )


# -- the public's ------------------------------------------------------------------------------------------------


def file_is_public(draw: Draw) -> bool:
    """Whether the whole file may be read by everybody now."""
    waiting = (
        draw.state == Draw.State.DRAWN
        and Task.objects.filter(candidate__draw=draw, state=Task.State.OPEN).exists()
    )
    return rules_draw.file_is_public(
        draw.state == Draw.State.DRAWN, waiting, draw.item.plan.ends_on, dates.today()
    )


def public_draws() -> QuerySet[Draw]:
    """Every draw: its commitment was published when it was made, and stays so."""
    return Draw.objects.defer("record", "secret").select_related("item__plan")


@require_safe
def draws(request: HttpRequest) -> HttpResponseBase:
    """Every draw there was, void ones included."""
    table = Table(
        request,
        "draws",
        public_draws(),
        [
            Column(
                "title",
                _("计划"),
                lambda d: d.item.plan.title,
                link=lambda d: reverse("inspection:public_draw", args=[d.pk]),
            ),
            Column("product", _("产品"), lambda d: d.item.product, sort="item__product"),
            Column(
                "office", _("组织机关"), lambda d: regions.name(d.item.plan.region), sort="item__plan__region"
            ),
            Column("state", _("状态"), _state, sort="state"),
            Column("committed_at", _("名单公布时间"), sort="committed_at"),
            Column("drawn_at", _("抽取时间"), sort="drawn_at"),
            Column("list_hash", _("名单的 SHA-256"), hidden=True),
        ],
        search=lambda s, q: (
            s.filter(item__product__icontains=q)
            | s.filter(item__plan__title__icontains=q)
            | s.filter(list_hash=q.lower())
        ),
        filters=[Filter("state", _("状态"), Draw.State.choices, lambda s, v: s.filter(state=v))],
        empty=_("固定了的抽取名单会列在这里。"),
    )
    return table.export() or render(request, "inspection/draws.html", {"table": table})


@require_safe
def public_draw(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A draw for everybody: what was published when, the list under numbers, and how to repeat it."""
    one: Draw = get_object_or_404(public_draws(), pk=pk)
    told = Disclosure.objects.filter(
        kind="draw",
        subject__in=[f"draw:{pk}:{what}" for what in ("committed", "drawn", "void")],
        withdrawn_at=None,
    ).order_by("published_from", "pk")
    public = file_is_public(one)
    table = None
    if public:
        people = Prefetch("task__inspectors", Inspector.objects.only("number"))
        table = Table(
            request,
            "list",
            one.candidates.select_related("task").prefetch_related(people).order_by("-drawn", "number"),
            [
                Column("number", _("编号"), sort="number"),
                Column("region", _("地区"), lambda c: regions.name(c.region), sort="region"),
                Column("size", _("大小"), sort="size", numeric=True),
                Column(
                    "probability",
                    _("抽中概率"),
                    lambda c: None if c.probability is None else round(c.probability, 6),
                    sort="probability",
                    numeric=True,
                ),
                Column(
                    "drawn",
                    _("结果"),
                    lambda c: (
                        words_plan.reason(c.excluded)
                        if c.excluded
                        else _("抽中")
                        if c.drawn
                        else _("递补")
                        if c.reserve
                        else _("未抽中")
                    ),
                    sort="drawn",
                ),
                Column(
                    "inspectors",
                    _("抽样人员"),
                    lambda c: (
                        " ".join(i.number for i in c.task.inspectors.all()) if hasattr(c, "task") else None
                    ),
                ),
            ],
            search=lambda s, q: s.filter(number__startswith=q.lower()),
            filters=[
                Filter("in", _("结果"), [("drawn", _("抽中")), ("not", _("未抽中")), ("out", _("排除"))], _in)
            ],
        )
        if (export := table.export()) is not None:
            return export
    context = {
        "draw": one,
        "item": one.item,
        "plan": one.item.plan,
        "office": regions.name(one.item.plan.region),
        "state": _state(one),
        "told": told,
        "public_file": public,
        "table": table,
        "void": one.state == Draw.State.VOID,
        "drawn": one.state == Draw.State.DRAWN,
    }
    return render(request, "inspection/draw_public.html", context)


@require_safe
def draw_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The draw file. The office reads it at any time; everybody once the visits are made."""
    one: Draw = get_object_or_404(Draw.objects.select_related("item__plan").defer("secret"), pk=pk)
    if not file_is_public(one):
        user = request.user
        if not user.is_authenticated or not queries.draws_visible_to(user).filter(pk=pk).exists():
            raise Http404
    response = HttpResponse(method.dump(method.load(one.record)), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="draw-{pk}.json"'
    return response
