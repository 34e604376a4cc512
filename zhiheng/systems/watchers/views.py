"""Pages of watchers and of the offices that appoint them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from zhiheng.core import files as filing
from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import offices, running, words
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.actions import Sent
from zhiheng.core.cases.views import refuse as show_refusal
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.systems.watchers import actions, forms, queries, rules
from zhiheng.systems.watchers.models import Task, Watcher

DAYS = 365
SHOWN = 50


# -- watchers ------------------------------------------------------------------------------------------------------


def _watcher(request: HttpRequest) -> tuple[User, Watcher | None]:
    user = auth.me(request)
    auth.require(user, "clues.give")
    return user, queries.own(user)


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """A watcher's own tasks and clues."""
    user, watcher = _watcher(request)
    today = dates.today()
    given = queries.given_to(user)
    context = {
        "watcher": watcher,
        "serves": watcher is not None and rules.serves(watcher.state, watcher.since, watcher.until, today),
        "office": offices.name(watcher.region) if watcher else "",
        "open": [(g, g.task.due_on < today) for g in given.filter(done_at=None).order_by("task__due_on")],
        "done": given.exclude(done_at=None).order_by("-done_at")[:SHOWN],
        "clues": [
            (c, words.state(running.course_of(c), c.state)) for c in queries.clues_visible_to(user)[:SHOWN]
        ],
        # One line a clue, however often it moved.
        "notices": {n.case_id: n for n in cases.notices_for(user).filter(read_at=None)[:SHOWN]}.values(),
    }
    return render(request, "watchers/mine.html", context)


@login_required
def clue(request: HttpRequest) -> HttpResponse:
    """Give a clue, on a telephone."""
    user, watcher = _watcher(request)
    if watcher is None:
        raise Problem(
            "not_serving", _("您还没有被聘任，不能提交线索。"), status=403, remedy=_("请联系聘任机关。")
        )
    form = forms.ClueForm(request.POST or None, request.FILES or None, watcher=watcher)
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        picked, photos = given.pop("task", ""), given.pop("files")
        try:
            files = [
                Sent(filing.accept(one.name, one.read(), strip=True), "evidence", ("watcher",))
                for one in photos
            ]
            task = Task.objects.filter(pk=picked).first() if picked else None
            case = actions.give_clue(user, task=task, files=files, **given)
        except Problem as problem:
            show_refusal(form, problem)
        else:
            messages.success(request, _("已提交线索 %(number)s。") % {"number": case.number})
            return redirect("cases:case", case.pk)
    return render(request, "watchers/clue.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_POST
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a task is done."""
    user, _mine = _watcher(request)
    given = get_object_or_404(queries.given_to(user), pk=pk)
    try:
        actions.finish(user, given, request.POST.get("note", ""))
        messages.success(request, _("已登记完成。"))
    except Problem as problem:
        messages.error(request, problem.message)
    return redirect("watchers:mine")


@never_cache
def apply(request: HttpRequest) -> HttpResponse:
    """Ask to be appointed; without an account."""
    form = forms.ApplyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.apply(**form.cleaned_data)
        except Problem as problem:
            show_refusal(form, problem)
        else:
            return redirect(f"{reverse('watchers:apply')}?sent")
    context = {"form": form, "sent": "sent" in request.GET and not form.is_bound, "back": reverse("web:home")}
    return render(request, "watchers/apply.html", context, status=422 if form.errors else 200)


# -- the office ------------------------------------------------------------------------------------------------------


def _officer(request: HttpRequest) -> User:
    user = auth.me(request)
    auth.require(user, "cases.work")
    return user


@login_required
@require_safe
def desk(request: HttpRequest) -> HttpResponseBase:
    """An office's watchers, tasks and clues."""
    user, today = _officer(request), dates.today()
    table = Table(
        request, "watchers", queries.visible_to(user),
        [
            Column("pk", _("编号"), sort="pk", link=lambda w: reverse("watchers:watcher", args=[w.pk])),
            Column("masked", _("姓名")),
            Column("state", _("状态"), lambda w: w.get_state_display()),
            Column("field", _("监督领域")),
            Column("area", _("监督区域")),
            Column("how", _("方式"), lambda w: w.get_how_display()),
            Column("since", _("聘期起"), sort="since"),
            Column("until", _("聘期止"), sort="until"),
        ],
        filters=[Filter("state", _("状态"), Watcher.State.choices, lambda s, v: s.filter(state=v))],
        empty=_("申请和推荐的人会列在这里。"),
    )  # fmt: skip
    if (download := table.export()) is not None:
        return download
    clues = queries.clues_visible_to(user)
    context = {
        "table": table,
        "office": offices.name(user.region),
        "tasks": queries.tasks_visible_to(user).prefetch_related("given")[:20],
        "clues": [
            (c, words.state(running.course_of(c), c.state)) for c in clues.filter(state="received")[:SHOWN]
        ],
        "counts": {
            "serving": queries.serving(user.region, today).count(),
            "waiting": queries.visible_to(user).filter(state=Watcher.State.APPLIED).count(),
            "received": clues.filter(state="received").count(),
        },
        "apply": request.build_absolute_uri(reverse("watchers:apply")),
    }
    return render(request, "watchers/desk.html", context)


@login_required
@require_safe
def watcher(request: HttpRequest, pk: int) -> HttpResponse:
    """One watcher, the name masked."""
    user = _officer(request)
    found = get_object_or_404(queries.visible_to(user), pk=pk)
    return render(request, "watchers/watcher.html", _about(user, found))


def _about(user: User, found: Watcher, *, open_name: bool = False) -> dict[str, Any]:
    return {
        "watcher": found,
        "open_name": open_name,
        "office": offices.name(found.region),
        "head": user.has_duty("head"),
        "given": found.given.select_related("task").order_by("-task__due_on")[:SHOWN],
        "clues": [
            (s.case, words.state(running.course_of(s.case), s.case.state))
            for s in found.sightings.select_related("case").order_by("-id")[:SHOWN]
        ],
    }


@login_required
@require_POST
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """The name and telephone, once; that one looked is written down."""
    user = _officer(request)
    found = actions.look(user, get_object_or_404(queries.visible_to(user), pk=pk))
    return render(request, "watchers/watcher.html", _about(user, found, open_name=True))


@login_required
def propose(request: HttpRequest) -> HttpResponse:
    """Enter somebody who was proposed."""
    user = _officer(request)
    return _form(
        request, forms.ProposeForm(request.POST or None), _("登记推荐"), reverse("watchers:desk"),
        lambda given: actions.propose(user, **given),
    )  # fmt: skip


@login_required
def decide(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Appoint, refuse, end: the head's decision."""
    user = _officer(request)
    found = get_object_or_404(queries.visible_to(user), pk=pk)
    back = reverse("watchers:watcher", args=[found.pk])
    data = request.POST or None
    if what == "appoint":
        initial = {
            "since": found.since or dates.today(), "until": found.until,
            "username": found.user.username if found.user else "",
        }  # fmt: skip
        form: Any = forms.AppointForm(data, initial=initial)
        return _form(request, form, _("聘任"), back, lambda given: actions.appoint(user, found, **given))
    choices: dict[str, tuple[str, Callable[..., Any]]] = {
        "refuse": (_("不聘任"), actions.refuse), "end": (_("解聘"), actions.end)
    }  # fmt: skip
    if what not in choices:
        raise Http404
    name, act = choices[what]
    return _form(request, forms.DecideForm(data), name, back, lambda given: act(user, found, given["why"]))


@login_required
def task(request: HttpRequest) -> HttpResponse:
    """Give a task."""
    user = _officer(request)

    def give(given: dict[str, Any]) -> Any:
        return actions.give_task(
            user, given["watchers"], given["title"], given["what"], given["due_on"], given["place"]
        )

    return _form(
        request,
        forms.TaskForm(request.POST or None, user=user),
        _("布置任务"),
        reverse("watchers:desk"),
        give,
    )


def _form(
    request: HttpRequest, form: Any, name: str, back: str, act: Callable[[dict[str, Any]], Any]
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except Problem as problem:
            show_refusal(form, problem)
        else:
            messages.success(request, _("已办理：%(step)s。") % {"step": name})
            return redirect(back)
    context = {"form": form, "name": name, "back": back}
    return render(request, "watchers/form.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def figures(request: HttpRequest) -> HttpResponseBase:
    """Watchers by office: numbers only."""
    user = auth.me(request)
    auth.require(user, "cases.figures")
    level = cases.level_below(user)
    rows = queries.figures(user, timezone.now() - timedelta(days=DAYS), dates.today(), level)
    table = Table(
        request, "figures", rows,
        [
            Column("region", _("机关"), lambda r: offices.name(r["region"]), sort="region"),
            Column("serving", _("在聘"), sort="serving", numeric=True),
            Column("tasks", _("任务（人次）"), sort="tasks", numeric=True),
            Column("finished", _("完成"), sort="finished", numeric=True),
            Column("clues", _("线索"), sort="clues", numeric=True),
            Column("verified", _("属实"), sort="verified", numeric=True),
            Column("unfounded", _("不属实或无法核实"), sort="unfounded", numeric=True),
            Column("passed", _("转举报或立案"), sort="passed", numeric=True),
            Column("rewards", _("奖励（件）"), sort="rewards", numeric=True),
            Column("rewarded", _("奖励（元）"), sort="rewarded", numeric=True),
        ],
        empty=_("有监督员和线索后才有数字。"),
    )  # fmt: skip
    return table.export() or render(request, "watchers/figures.html", {"table": table, "days": DAYS})
