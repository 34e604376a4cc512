"""One page per case: its steps, what offices do with it besides, documents and files; the same page for a party."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhiheng.core import files as filing
from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import (
    actions,
    calendars,
    documents,
    forms,
    handling,
    offices,
    queries,
    readings,
    rules,
    running,
    showing,
    words,
)
from zhiheng.core.cases.models import Case, Clock, Document, File, Link, Notice, Party
from zhiheng.core.ledger.actions import record
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.core.ui.series import listed
from zhiheng.knowledge.law.load import law


def _case(request: HttpRequest, pk: int) -> tuple[User, Case]:
    user = auth.me(request)
    case: Case = get_object_or_404(queries.visible_to(user), pk=pk)
    return user, case


def _of_office(user: User, found: Case) -> None:
    """Only people of the case's own office are shown forms for it; the action asks again."""
    auth.require(user, "cases.work")
    if user.region != found.region:
        office = offices.name(found.region)
        raise Problem("not_of_office", _("此案由%(office)s办理。") % {"office": office}, status=403)


def officer(request: HttpRequest) -> User:
    user = auth.me(request)
    auth.require(user, "cases.read")
    return user


def integer(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None


# -- one case ---------------------------------------------------------------------------------------------------


@login_required
@require_safe
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One case at a glance: where it stands, what presses, what can be done next and why not, what happened."""
    user, found = _case(request, pk)
    now, calendar, course = timezone.now(), calendars.current(), running.course_of(found)
    office = queries.reads_whole(user, found)
    keys = None if office else queries.parties_of(found, user)
    actor = actions.Actor(user)
    me = actions.who_is(actor, found)
    clocks = [showing.clock_view(c, course, now, calendar, me) for c in found.clocks.all()]
    parties = [
        (p, words.role(course, p.key), showing.party_shown(p), _may_reveal(user, found, p))
        for p in found.parties.select_related("organisation")
        if keys is None
        or p.key in keys
        or not (course.procedure.parties.get(p.key) and course.procedure.parties[p.key].secret)
    ]
    if keys is None and _holds_personal(found):
        look(user, found)
    Notice.objects.filter(case=found, read_at=None).filter(queries.told(user)).update(read_at=now)
    works = office and user.may("cases.work") and user.region == found.region
    choices = [] if found.merged_into_id else showing.choices(found, course, actor, now)
    context = {
        "case": found,
        "course": course,
        "procedure": words.of(course.procedure),
        "state": words.state(course, found.state),
        "office": offices.name(found.region, course.procedure.body),
        "clocks": [c for c in clocks if c.urgency != "done"],
        "ended": [c for c in clocks if c.urgency == "done"],
        "choices": [
            c
            for c in choices
            if office or not c.why or (c.why and set(course.steps[c.key].by) & set(keys or ()))
        ],
        "story": showing.story(found, course, keys),
        "parties": parties,
        "documents": queries.documents_for(found, keys),
        "files": queries.files_for(found, keys),
        "links": _links(user, found),
        "works": works,
        "office_view": office,
        "head": works and user.has_duty("head"),
        "edition": course.edition,
        "notices": _notices(found) if office else [],
        "reference": found.reference,
        "panels": [
            panel(request, found) for panel in (*PANELS.get(found.procedure, ()), *PANELS.get("*", ()))
        ],
    }
    return render(request, "cases/case.html", context)


Panel = Callable[[HttpRequest, Case], Any]
PANELS: dict[str, list[Panel]] = {}
"""What rooms show on the pages of their procedures: functions that give safe HTML, or nothing."""


def panel(procedure: str) -> Callable[[Panel], Panel]:
    """Register a panel on the case page of a procedure; ``*`` is every procedure."""

    def register(function: Panel) -> Panel:
        PANELS.setdefault(procedure, []).append(function)
        return function

    return register


def _notices(found: Case) -> list[Any]:
    course = running.course_of(found)
    rows = found.notices.select_related("party__organisation", "document", "step").filter(user=None)
    return [
        (n, words.role(course, n.party.key) if n.party else "", words.step(course, n.step.key))
        for n in rows[:50]
    ]


def _links(user: User, found: Case) -> list[tuple[str, Case]]:
    visible = queries.visible_to(user)
    shown = []
    for link in found.links.select_related("then").exclude(kind=Link.Kind.DIFFERENT):
        if visible.filter(pk=link.then_id).exists():
            shown.append((link.get_kind_display(), link.then))
    for link in found.linked.select_related("first").exclude(kind=Link.Kind.DIFFERENT):
        if visible.filter(pk=link.first_id).exists():
            label = _("来自") if link.kind == Link.Kind.OPENED else link.get_kind_display()
            shown.append((label, link.first))
    return shown


def _holds_personal(found: Case) -> bool:
    return any(step.personal for step in found.steps.exclude(key="_noted"))


def look(user: User, found: Case) -> None:
    """Whoever opens a case reads personal texts: recorded, once a day and person."""
    start = datetime.combine(dates.today(), datetime.min.time(), dates.SHANGHAI)
    seen = Entry.objects.filter(subject=found.key, actor=user, action="case.look", at__gte=start)
    if not seen.exists():
        record(user, "case.look", found.key, look=True)


def _may_reveal(user: User, found: Case, party: Party) -> bool:
    return (
        party.is_person
        and not party.anonymous
        and user.may("personal_data.read")
        and user.region == found.region
    )


@login_required
@require_POST
def reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a person's name and telephone, once, and write down who looked."""
    user = officer(request)
    party = get_object_or_404(Party.objects.select_related("case"), pk=pk, case__in=queries.visible_to(user))
    if not _may_reveal(user, party.case, party):
        raise Problem("forbidden", _("您无权查看此人信息。"), status=403)
    record(user, "case.party_look", party.case.key, {"party": party.key}, look=True)
    course = running.course_of(party.case)
    return render(
        request,
        "cases/party.html",
        {"party": party, "case": party.case, "role": words.role(course, party.key)},
    )


@login_required
@require_safe
def clock(request: HttpRequest, pk: int) -> HttpResponse:
    """How a clock was counted: the day it began, the days that count and those that do not, the article."""
    user = auth.me(request)
    one = get_object_or_404(Clock.objects.select_related("case"), pk=pk, case__in=queries.visible_to(user))
    course = running.course_of(one.case)
    rule = readings.of(one, course)
    context = {
        "clock": one,
        "case": one.case,
        "rule": rule,
        "name": words.of(rule),
        "period": showing.explain(one, course),
        "article": law().title(rule.cite, get_language() or "zh"),
        "counting": law().title(course.counting.cite, get_language() or "zh"),
        "pauses": {k: words.of(v) for k, v in course.procedure.pauses.items()},
        "view": showing.clock_view(one, course, timezone.now(), calendars.current()),
    }
    return render(request, "cases/clock.html", context)


# -- taking a step -----------------------------------------------------------------------------------------------


@login_required
def step(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """The form of a step, and taking it."""
    user, found = _case(request, pk)
    course, actor = running.course_of(found), actions.Actor(user)
    if key not in course.steps:
        raise Http404
    why = rules.reason(course, actions.facts_of(found), key, actions.who_is(actor, found), timezone.now())
    if why is not None:
        raise actions.unavailable(course, key, why)
    form = forms.StepForm(
        request.POST or None, request.FILES or None, course=course, key=key, case=found, user=user
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.take(
                actor,
                found,
                key,
                values=form.cleaned_data,
                ground=form.cleaned_data.get("ground", ""),
                second=form.cleaned_data.get("second"),
                files=sent_files(form, course, key),
                version=integer(request.POST.get("version")),
            )
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已办理：%(step)s。") % {"step": words.step(course, made.key)})
            return redirect("cases:case", found.pk)
    context = {
        "case": found,
        "form": form,
        "step": course.steps[key],
        "name": words.step(course, key),
        "article": law().title(course.article(key), get_language() or "zh"),
        "version": found.version,
        "makes": [words.of(course.documents[d]) for d in course.steps[key].makes],
        "tells": listed(words.role(course, one) for one in course.steps[key].tells),
        "leads": words.state(course, course.steps[key].to) if course.steps[key].to else "",  # type: ignore[arg-type]
        "back": reverse("cases:case", args=[found.pk]),
    }
    return render(request, "cases/step.html", context, status=422 if form.errors else 200)


def sent_files(form: Any, course: Any, key: str, *, strip: bool = False) -> list[actions.Sent]:
    """The files of a form, checked by their content; a received document is seen by whom the law lets see it."""
    kind = form.cleaned_data.get("file_kind") or "evidence"
    sees = tuple(course.documents[kind].sees) if kind in course.documents else ()
    return [
        actions.Sent(filing.accept(one.name, one.read(), strip=strip), kind, sees)
        for one in form.cleaned_data.get("files", [])
    ]


def refuse(form: Any, problem: Problem) -> None:
    """Put a Problem where the form shows it: at its fields, else above them."""
    errors = problem.extra.get("errors") or {}
    for name, text in errors.items():
        form.add_error(name if name in form.fields else None, text)
    if not errors:
        form.add_error(None, f"{problem.message} {problem.remedy}".strip())


# -- the engine's own steps --------------------------------------------------------------------------------------


@login_required
def do(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Assign, transfer, merge, split, reopen, extend, pause, resume, recuse, note: each with its form."""
    user, found = _case(request, pk)
    _of_office(user, found)
    course = running.course_of(found)
    what, _colon, about = what.partition(":")
    data, version = request.POST or None, integer(request.POST.get("version"))
    titles = {
        "assign": _("指派"),
        "transfer": _("移送有权机关"),
        "merge": _("并案"),
        "split": _("拆分"),
        "reopen": _("重新办理"),
        "extend": _("延长期限"),
        "pause": _("中止期限"),
        "resume": _("恢复期限"),
        "recuse": _("回避"),
        "note": _("内部记录"),
    }
    if what not in titles or (what in {"extend", "pause", "resume"} and about not in course.clocks):
        raise Http404
    form: Any = {
        "assign": lambda: forms.AssignForm(
            data, region=found.region, recused=found.recused, initial={"handler": user.pk}
        ),
        "transfer": lambda: forms.TransferForm(data, case=found),
        "merge": lambda: forms.MergeForm(data),
        "split": lambda: forms.SplitForm(data),
        "reopen": lambda: forms.WhyForm(data),
        "extend": lambda: forms.ExtendForm(data),
        "pause": lambda: forms.PauseForm(data, course=course, clock=about),
        "resume": lambda: forms.forms.Form(data),
        "recuse": lambda: forms.RecuseForm(data, region=found.region, initial={"officer": user.pk}),
        "note": lambda: forms.NoteForm(data, request.FILES or None),
    }[what]()
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            if what == "assign":
                handling.assign(user, found, given["handler"], second=given["second"], version=version)
            elif what == "transfer":
                handling.transfer(user, found, given["region"], given["why"], version=version)
            elif what == "merge":
                into = queries.visible_to(user).filter(number=given["number"].strip()).first()
                if into is None:
                    raise Problem("no_case", _("没有这个案号。"), errors={"number": _("没有这个案号。")})
                handling.merge(user, found, into, given["why"])
            elif what == "split":
                handling.split(user, found, given["title"], given["why"])
            elif what == "reopen":
                handling.reopen(user, found, given["why"], version=version)
            elif what == "extend":
                handling.extend(user, found, about, given["why"], given["value"])
            elif what == "pause":
                handling.pause(user, found, about, given["ground"], given["why"])
            elif what == "resume":
                handling.resume(user, found, about)
            elif what == "recuse":
                handling.recuse(user, found, given["officer"], given["why"])
            else:
                handling.note(user, found, given["text"], sent_files(form, course, ""))
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已办理：%(step)s。") % {"step": titles[what]})
            still = queries.visible_to(user).filter(pk=found.pk).exists()
            return redirect("cases:case", found.pk) if still else redirect("cases:day")
    context = {
        "case": found,
        "form": form,
        "name": titles[what],
        "version": found.version,
        "about": words.of(course.clocks[about]) if about else "",
        "back": reverse("cases:case", args=[found.pk]),
    }
    return render(request, "cases/do.html", context, status=422 if form.errors else 200)


# -- documents and files -------------------------------------------------------------------------------------------


def _document(request: HttpRequest, pk: int) -> tuple[User, Document]:
    user = auth.me(request)
    found = get_object_or_404(
        Document.objects.select_related("case", "case__subject", "signed"),
        pk=pk,
        case__in=queries.visible_to(user),
    )
    whole = queries.reads_whole(user, found.case)
    if not whole and not set(queries.parties_of(found.case, user)) & set(found.sees):
        raise Http404
    return user, found


@login_required
@require_safe
def document(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """A document as PDF (with its receipt of service on request), as DOCX, or its signed scan."""
    _user, found = _document(request, pk)
    return deliver(found, form, receipt="receipt" in request.GET)


def deliver(found: Document, form: str, *, receipt: bool = False) -> HttpResponse:
    """The bytes of a document in a form: pdf, docx or signed."""
    if form == "signed":
        if found.signed is None:
            raise Http404
        return download(found.signed)
    if form == "pdf":
        body, kind = documents.pdf(found, found.case, receipt=receipt), "application/pdf"
    else:
        body = documents.docx(found, found.case)
        kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'inline; filename="document-{found.pk}.{form}"'
    return response


@login_required
@require_safe
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """A file of a case, for whoever may have it."""
    user = auth.me(request)
    found = get_object_or_404(File.objects.select_related("case"), pk=pk, case__in=queries.visible_to(user))
    keys = None if queries.reads_whole(user, found.case) else queries.parties_of(found.case, user)
    if found.pk not in {one.pk for one in queries.files_for(found.case, keys)}:
        raise Http404
    if keys is None and found.party is not None:
        record(user, "case.file_look", found.case.key, {"file": found.sha256}, look=True)
    return download(found)


def download(found: File) -> HttpResponse:
    """A kept file as it came; shown, never run."""
    response = HttpResponse(filing.load(found.sha256), content_type=found.content_type)
    response["Content-Disposition"] = f'inline; filename="file-{found.pk}"'
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


@login_required
@require_POST
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a signed scan in a document's place."""
    user, found = _document(request, pk)
    sent = request.FILES.get("file")
    if sent is None:
        messages.error(request, _("请选择签字或盖章后的扫描件。"))
    else:
        try:
            handling.sign(user, found, filing.accept(sent.name or "", sent.read(), strip=False))
            messages.success(request, _("已存入签章扫描件。"))
        except Problem as problem:
            messages.error(request, f"{problem.message} {problem.remedy}")
    return redirect("cases:case", found.case_id)


@login_required
def serve(request: HttpRequest, pk: int) -> HttpResponse:
    """Note the service of a notice."""
    user = officer(request)
    notice = get_object_or_404(
        Notice.objects.select_related("case", "document"), pk=pk, case__in=queries.visible_to(user)
    )
    _of_office(user, notice.case)
    form = forms.ServeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            handling.serve(user, notice, form.cleaned_data["how"], form.cleaned_data["at"])
        except Problem as problem:
            refuse(form, problem)
        else:
            return redirect("cases:case", notice.case_id)
    context = {
        "case": notice.case,
        "form": form,
        "name": _("登记送达"),
        "back": reverse("cases:case", args=[notice.case_id]),
        "about": notice.document.title if notice.document else "",
    }
    return render(request, "cases/do.html", context, status=422 if form.errors else 200)
