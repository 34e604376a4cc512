"""Pages of the field: the tasks on the telephone, the sheets, refusals, and what offices are told at once."""

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhiheng.core import files as filing
from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import offices
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.views import refuse
from zhiheng.core.crypto import mask_name
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.systems.inspection import actions_field as actions
from zhiheng.systems.inspection import actions_recheck, queries_plan, queries_recheck
from zhiheng.systems.inspection import forms_field as forms
from zhiheng.systems.inspection import queries_field as queries
from zhiheng.systems.inspection import rules_field as rules
from zhiheng.systems.inspection import words_field as words
from zhiheng.systems.inspection.models import Alert, Refusal, Sample, Task

SHOWN = 200
STATIC = (
    "ui/zhiheng.css", "ui/zhiheng.js", "ui/mark.svg", "django_htmx/htmx-2.min.js", "inspection/store.js",
    "inspection/send.js", "inspection/sheet.js", "inspection/queue.js", "inspection/gs1.js",
)  # fmt: skip


def _goes(request: HttpRequest) -> User:
    user = auth.me(request)
    auth.require(user, "inspection.sample")
    return user


def _config(user: User, **more: Any) -> dict[str, Any]:
    """What the scripts of a page know. ``owner`` tells people apart on one telephone."""
    return {
        "owner": user.pk,
        "words": words.field_words(),
        "list": reverse("inspection:field"),
        "worker": reverse("inspection:field_worker"),
        "signIn": f"{reverse('account_login')}?next={reverse('inspection:field')}",
        "api": "/api/v1/inspection/",
        **more,
    }


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The tasks that one is to do, and what waits on this telephone to be sent."""
    user = _goes(request)
    tasks = list(queries.own_tasks(user).filter(state=Task.State.OPEN).prefetch_related("inspectors")[:SHOWN])
    pages = [
        reverse(f"inspection:{name}", args=[task.key])
        for task in tasks
        for name in ("field_sample", "field_refusal", "field_none")
    ]
    done = (
        queries.own_tasks(user).exclude(state=Task.State.OPEN).select_related("sample").order_by("-id")[:20]
    )
    context = {
        "tasks": tasks, "done": done, "config": _config(user, pages=pages, page="list"), "officer": user.is_officer,
    }  # fmt: skip
    return render(request, "inspection/field.html", context)


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker of the field's pages. It holds nothing about anybody, and is the same for everybody."""
    source = Path(str(finders.find("inspection/worker.js"))).read_text(encoding="utf-8")
    config = {"name": f"field-{_version()}", "statics": [static(name) for name in STATIC]}
    body = f"const CONFIG = {json.dumps(config)};\n{source}"
    response = HttpResponse(body, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@cache
def _version() -> str:
    """Another version when any of the kept files changes, so that telephones take the new ones."""
    found = hashlib.sha256()
    for name in (*STATIC, "inspection/worker.js"):
        found.update(Path(str(finders.find(name))).read_bytes())
    return found.hexdigest()[:12]


# -- the three sheets -----------------------------------------------------------------------------------------


def _task(request: HttpRequest, key: UUID) -> tuple[User, Task]:
    user = _goes(request)
    task: Task = get_object_or_404(queries.own_tasks(user), key=key)
    return user, task


def _sheet(
    request: HttpRequest, key: UUID, kind: str, form_class: Any, template: str, send: Any
) -> HttpResponse:
    user, task = _task(request, key)
    form = form_class(request.POST or None, request.FILES or None, task=task)
    if request.method == "POST" and form.is_valid():
        try:
            send(user, task, form)
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已收到。"))
            return redirect("inspection:field")
    context = {
        "task": task, "form": form, "office": offices.name(task.office), "kind": kind,
        "earliest": queries_recheck.earliest(task.rectification) if task.rectification is not None else None,
        "known": queries_plan.known_products(task.item, dates.today())
        if kind == "sample" and task.rectification is None else [],
        "config": _config(
            user, page="sheet", kind=kind, task=str(task.key), title=f"{task.organisation.name} · {task.item.product}"
        ),
    }  # fmt: skip
    return render(request, template, context, status=422 if form.errors else 200)


@login_required
def sample(request: HttpRequest, key: UUID) -> HttpResponse:
    """The sheet of a sample."""

    def send(user: User, task: Task, form: Any) -> None:
        pictures = form.pictures()
        actions.take_sample(
            user, task.key, form.cleaned_data["key"], form.values(), form.cleaned_data["inspectors"],
            [picture for picture, _data in pictures],
        )  # fmt: skip
        for picture, data in pictures:
            actions.receive_photo(user, picture.key, picture.name, data)

    return _sheet(request, key, "sample", forms.SampleForm, "inspection/field_sample.html", send)


@login_required
def refusal(request: HttpRequest, key: UUID) -> HttpResponse:
    """The record of a refusal."""

    def send(user: User, task: Task, form: Any) -> None:
        pictures = form.pictures()
        actions.record_refusal(
            user, task.key, form.cleaned_data["key"], form.values(), [picture for picture, _data in pictures]
        )
        for picture, data in pictures:
            actions.receive_photo(user, picture.key, picture.name, data)

    return _sheet(request, key, "refusal", forms.RefusalForm, "inspection/field_short.html", send)


@login_required
def no_sample(request: HttpRequest, key: UUID) -> HttpResponse:
    """A visit without a sample."""

    def send(user: User, task: Task, form: Any) -> None:
        actions.record_no_sample(user, task.key, form.cleaned_data["key"], form.values())

    return _sheet(request, key, "none", forms.NoSampleForm, "inspection/field_short.html", send)


# -- reading it at the desk -----------------------------------------------------------------------------------


@login_required
@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet of a sample as it was sent, with its pictures for those who read it whole."""
    user = auth.me(request)
    return _whole_sheet(request, user, get_object_or_404(queries.samples_visible_to(user), pk=pk))


@login_required
@require_POST
def sheet_people(request: HttpRequest, pk: int) -> HttpResponse:
    """The same with who signed and who bought, after the look is in the ledger."""
    user = auth.me(request)
    one: Sample = get_object_or_404(queries.samples_visible_to(user), pk=pk)
    said = actions.people_of(user, one)
    labels = {ask.name: ask.label for ask in rules.SAMPLE}
    response = _whole_sheet(request, user, one, [(labels[name], text) for name, text in said.items()])
    response["Cache-Control"] = "no-store"
    return response


def _whole_sheet(
    request: HttpRequest, user: User, one: Sample, people: Sequence[tuple[Any, str]] = ()
) -> HttpResponse:
    photos = queries.photos_visible_to(user).filter(sample=one)
    whole = user.is_officer or queries.own_tasks(user).filter(sample=one).exists()
    lines = [
        (ask.label, words.sheet_value(ask, one.form.get(ask.name)))
        for ask in rules.SAMPLE
        if not ask.personal and one.form.get(ask.name) not in (None, "", False)
    ]
    context = {
        "one": one, "lines": lines, "photos": [(p, rules.PHOTO_KINDS.get(p.kind, p.kind)) for p in photos],
        "signer": mask_name(one.signer) if one.signer else "", "whole": whole,
        "inspectors": one.inspectors.all(), "repeats": queries_plan.repeats(one) if user.is_officer else [],
        "office": offices.name(one.office), "people": people,
        "may_look": not people and bool(one.signer or one.purchase) and actions.may_look(user), **_about(user, one),
    }  # fmt: skip
    return render(request, "inspection/sheet.html", context)


def _about(user: User, one: Sample) -> dict[str, Any]:
    """The case that a sample belongs to, for who sees it; and whether its office may declare it void."""
    case = one.belongs_to
    seen = case is not None and cases.visible_to(user).filter(pk=case.pk).exists()
    voidable = False
    if one.rectification is not None and one.state in queries_recheck.WAITING:
        try:
            actions_recheck.must_recheck(user, one.rectification)
            voidable = True
        except Problem:
            pass
    return {"case": case if seen else None, "voidable": voidable}


@login_required
@require_safe
def photo(request: HttpRequest, pk: int) -> HttpResponse:
    """One picture; the look is in the ledger, since people may be on it."""
    user = auth.me(request)
    one = get_object_or_404(
        queries.photos_visible_to(user).select_related("sample", "refusal"), pk=pk, received_at__isnull=False
    )
    data = filing.load(one.sha256)
    about = f"sample:{one.sample.number}" if one.sample else f"refusal:{one.refusal_id}"
    record(user, "inspection.photo_look", about, {"photo": one.pk, "kind": one.kind}, look=True)
    checked = filing.accept(one.name, data, strip=False)
    response = HttpResponse(data, content_type=checked.content_type)
    response["Content-Disposition"] = f'inline; filename="photo-{one.pk}"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "no-store"
    return response


def _officer(request: HttpRequest) -> User:
    user = auth.me(request)
    auth.require(user, "inspection.read")
    return user


def _state(row: Refusal) -> Any:
    return {
        "waiting": badge(_("待认定"), "warn"),
        "confirmed": badge(_("已认定"), "bad"),
        "dismissed": badge(_("不予认定"), "muted"),
    }[row.state]


@login_required
@require_safe
def refusals(request: HttpRequest) -> HttpResponseBase:
    """The refusals of a jurisdiction."""
    user = _officer(request)
    table = Table(
        request,
        "refusals",
        queries.refusals_visible_to(user),
        [
            Column(
                "organisation", _("被抽样单位"), lambda r: r.organisation.name, sort="organisation__name",
                link=lambda r: reverse("inspection:refusal", args=[r.pk]),
            ),
            Column("product", _("产品"), lambda r: r.task.item.product),
            Column("kind", _("情形"), lambda r: r.get_kind_display()),
            Column("happened_at", _("时间"), sort="happened_at"),
            Column("state", _("状态"), _state),
            Column("office", _("组织机关"), lambda r: offices.name(r.task.office)),
        ],
        search=lambda s, q: s.filter(organisation__name__icontains=q),
        filters=[
            Filter(
                "state", _("状态"), [("waiting", _("待认定")), ("decided", _("已处理"))],
                lambda s, v: s.filter(confirmed_at__isnull=v == "waiting"),
            )
        ],
        empty=_("抽样人员报来的拒绝抽样会列在这里。"),
    )  # fmt: skip
    return table.export() or render(request, "inspection/refusals.html", {"table": table})


def _case_of(user: User, one: Refusal) -> Any:
    """The case of a confirmed refusal, for who sees it."""
    return cases.visible_to(user).filter(procedure="check_refusal", reference=f"task:{one.task.key}").first()


@login_required
def one_refusal(request: HttpRequest, pk: int) -> HttpResponse:
    """A refusal as it was recorded; the organising office confirms or dismisses."""
    user = auth.me(request)
    one = get_object_or_404(queries.refusals_visible_to(user), pk=pk)
    form = forms.DismissForm(request.POST if "dismiss" in request.POST else None)
    witness = actions.witness_of(user, one) if "look" in request.POST else ""
    if request.method == "POST" and not witness:
        confirmed = "confirm" in request.POST
        if confirmed or form.is_valid():
            actions.decide_refusal(
                user, one, confirmed=confirmed, why="" if confirmed else form.cleaned_data["why"]
            )
            messages.success(request, _("已登记。"))
            return redirect("inspection:refusal", one.pk)
    decides = (
        user.may("inspection.plan")
        and user.region == one.task.office
        and user.pk != one.recorded_by_id
        and one.confirmed_at is None
    )
    prices = [
        (ask.label, one.form.get(ask.name)) for ask in rules.REFUSAL if ask.name in {"asked_price", "marked_price"}
    ]  # fmt: skip
    context = {
        "one": one, "form": form, "decides": decides, "state": _state(one), "witness": witness,
        "may_look": bool(one.witness) and not witness and actions.may_look(user), "case": _case_of(user, one),
        "office": offices.name(one.task.office),
        "photos": [(p, rules.PHOTO_KINDS.get(p.kind, p.kind)) for p in one.photos.all()],
        "prices": prices if one.kind == Refusal.Kind.PRICE else [],
    }  # fmt: skip
    return render(request, "inspection/refusal.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def alerts(request: HttpRequest) -> HttpResponseBase:
    """What the offices of a jurisdiction were told at once."""
    user = _officer(request)
    now = timezone.now()

    def state(row: Alert) -> Any:
        if row.seen_at is not None:
            return badge(_("已阅"), "ok")
        return (
            badge(_("已过一天无人确认"), "bad") if queries.reminded(row, now) else badge(_("待确认"), "warn")
        )

    def about(row: Alert) -> str:
        return row.sample.number if row.sample else row.refusal.organisation.name  # type: ignore[union-attr]

    table = Table(
        request,
        "alerts",
        queries.alerts_visible_to(user),
        [
            Column("kind", _("事项"), lambda r: r.get_kind_display()),
            Column(
                "about", _("关于"), about,
                link=lambda r: reverse("inspection:sheet", args=[r.sample_id]) if r.sample_id
                else reverse("inspection:refusal", args=[r.refusal_id]),
            ),
            Column("at", _("时间"), sort="at"),
            Column("office", _("收到通知的机关"), lambda r: offices.name(r.region)),
            Column("state", _("状态"), state),
            Column("seen_by", _("确认人"), lambda r: r.seen_by.get_full_name() if r.seen_by else ""),
        ],
        filters=[
            Filter("seen", _("状态"), [("no", _("待确认"))], lambda s, v: s.filter(seen_at=None)),
            Filter("kind", _("事项"), Alert.Kind.choices, lambda s, v: s.filter(kind=v)),
        ],
        empty=_("拒绝抽样、封样破损、可能严重危害的结果会列在这里。"),
    )  # fmt: skip
    mine = queries.alerts_visible_to(user).filter(region=user.region, seen_at=None)[:20]
    context = {
        "table": table,
        "mine": [(row, about(row), queries.reminded(row, now)) for row in mine] if user.may("inspection.plan") else [],
    }  # fmt: skip
    return table.export() or render(request, "inspection/alerts.html", context)


@login_required
@require_POST
def see(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody of the office has seen it."""
    user = _officer(request)
    actions.see_alert(user, get_object_or_404(queries.alerts_visible_to(user), pk=pk))
    return redirect("inspection:alerts")
