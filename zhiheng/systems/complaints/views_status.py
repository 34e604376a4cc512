"""The status of a complaint or report for whoever holds its receipt. The secret comes by POST and is not kept: the
session knows its digest for half an hour."""

import time
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from zhiheng.core import files as filing
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import calendars, offices, running, showing
from zhiheng.core.cases import forms as case_forms
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases import words as case_words
from zhiheng.core.cases.models import File, Party
from zhiheng.core.cases.views import deliver, integer, refuse
from zhiheng.core.cases.views import download as give
from zhiheng.core.problems import Problem
from zhiheng.knowledge.law.load import law
from zhiheng.systems.complaints import actions, forms, limits, queries, rules, views_public, words

OPEN = 30 * 60  # seconds without a page
KEY = "complaint_receipt"


@never_cache
def status(request: HttpRequest) -> HttpResponse:
    """Ask for number and secret; with them, the cases of the receipt."""
    form = forms.Receipt(views_public.sent(request)[0])
    if request.method == "POST":
        limits.refuse_over(request, "receipt", limits.WRONG)
        if form.is_valid():
            party = _party(form.cleaned_data["number"], form.cleaned_data["secret"])
            if party is not None:
                request.session.cycle_key()
                request.session[KEY] = {"digest": party.receipt, "at": int(time.time())}
                return redirect("complaints:status_case", party.case_id)
            limits.count(request, "receipt", limits.WRONG)
            form.add_error(None, _("编号或密码不对。请对照回执再输一次。"))
    parties = _parties(request)
    if parties and request.method != "POST":
        return redirect("complaints:status_case", parties[0].case_id)
    return render(request, "complaints/status.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@never_cache
def by_code(request: HttpRequest) -> HttpResponse:
    """From the QR code: the secret alone, which a script took from behind the #."""
    limits.refuse_over(request, "receipt", limits.WRONG)
    parties = queries.by_receipt(request.POST.get("secret", "")[:40])
    if not parties:
        limits.count(request, "receipt", limits.WRONG)
        messages.error(request, _("编号或密码不对。请对照回执再输一次。"))
        return redirect("complaints:status")
    request.session.cycle_key()
    request.session[KEY] = {"digest": parties[0].receipt, "at": int(time.time())}
    return redirect("complaints:status_case", parties[0].case_id)


def _party(number: str, secret: str) -> Party | None:
    """The party of a receipt; wrong numbers and wrong secrets are told alike, and take the same one look."""
    wanted = rules.without_brackets(number)
    return next(
        (p for p in queries.by_receipt(secret) if rules.without_brackets(p.case.number) == wanted), None
    )


def _parties(request: HttpRequest) -> list[Party]:
    """The parties whose receipt was shown in this session, within the last half hour."""
    kept = request.session.get(KEY)
    if not isinstance(kept, dict) or int(time.time()) - int(kept.get("at", 0)) > OPEN:
        request.session.pop(KEY, None)
        return []
    request.session[KEY] = kept | {"at": int(time.time())}
    return queries.by_digest(str(kept.get("digest", "")))


def _mine(request: HttpRequest, pk: int) -> tuple[Party, list[Party]]:
    parties = _parties(request)
    party = next((p for p in parties if p.case_id == pk), None)
    if party is None:
        raise _Locked
    return party, parties


class _Locked(Exception):
    """No receipt was shown for this case in this session."""


def _unlocked(view: Any) -> Any:
    def inner(request: HttpRequest, pk: int, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            party, parties = _mine(request, pk)
        except _Locked:
            return redirect("complaints:status")
        return view(request, party, parties, *args, **kwargs)

    return never_cache(inner)


@_unlocked
@require_safe
def status_case(request: HttpRequest, party: Party, parties: list[Party]) -> HttpResponse:
    """Where a case stands in plain words, the clocks explained, documents, what one can do."""
    case = party.case
    course, now, calendar = running.course_of(case), timezone.now(), calendars.current()
    actor = engine.Actor(party=party)
    stands = case.merged_into or case
    clocks = []
    for clock in stands.clocks.all():
        view = showing.clock_view(clock, running.course_of(stands), now, calendar)
        if view.urgency != "done":
            clocks.append((view, showing.explain(clock, running.course_of(stands))))
    choices = (
        [] if case.merged_into_id else [c for c in showing.choices(case, course, actor, now) if not c.why]
    )
    offers = list(case.steps.filter(key="offer").order_by("-seq"))
    shared = (
        set(File.objects.filter(case=case, step__in=offers).values_list("pk", flat=True)) if offers else set()
    )
    context = {
        "case": case, "party": party, "others": [p for p in parties if p.pk != party.pk],
        "procedure": case_words.of(course.procedure), "state": case_words.state(course, stands.state),
        "plain": words.plain_state(stands.procedure, stands.state),
        "office": offices.name(stands.region), "clocks": clocks, "choices": choices,
        "story": showing.story(case, course, [party.key]), "counting": law().title(course.counting.cite),
        "documents": cases.documents_for(case, [party.key]), "files": cases.files_for(case, [party.key]),
        "offer": offers[0].values.get("offer", "") if offers and any(c.key == "settle" for c in choices) else "",
        "offer_files": [f for f in cases.files_for(case, [party.key]) if f.pk in shared],
    }  # fmt: skip
    return render(request, "complaints/status_case.html", context)


@_unlocked
def step(request: HttpRequest, party: Party, parties: list[Party], key: str) -> HttpResponse:
    """Add, withdraw, take the offer, rate, ask to have it taken up again: the law's steps for whoever filed."""
    case = party.case
    course = running.course_of(case)
    if key not in course.steps or party.key not in course.steps[key].by:
        raise Http404
    form = case_forms.StepForm(*views_public.sent(request), course=course, key=key, case=case, user=None)
    form.fields.pop("file_kind", None)
    if "statement" not in form.fields:
        form.fields.pop("files")
    if request.method == "POST" and form.is_valid():
        try:
            sent = []
            for one in form.cleaned_data.get("files", []):
                limits.count(request, "upload", limits.UPLOADS)
                sent.append(filing.accept(one.name, one.read(), strip=True))
            actions.act(party, key, form.cleaned_data, sent, integer(request.POST.get("version")))
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已提交：%(step)s。") % {"step": case_words.step(course, key)})
            return redirect("complaints:status_case", case.pk)
    offer = case.steps.filter(key="offer").order_by("-seq").first() if key == "settle" else None
    context = {
        "case": case, "form": form, "step": course.steps[key], "name": case_words.step(course, key),
        "version": case.version, "back": reverse("complaints:status_case", args=[case.pk]),
        "article": law().title(course.article(key)), "offer": offer.values.get("offer", "") if offer else "",
        "key": key,
    }  # fmt: skip
    return render(request, "complaints/status_step.html", context, status=422 if form.errors else 200)


@_unlocked
@require_safe
def document(
    request: HttpRequest, party: Party, parties: list[Party], document: int, form: str
) -> HttpResponse:
    """A document that whoever filed may have."""
    found = next((d for d in cases.documents_for(party.case, [party.key]) if d.pk == document), None)
    if found is None or form not in {"pdf", "docx", "signed"}:
        raise Http404
    return deliver(found, form)


@_unlocked
@require_safe
def file(request: HttpRequest, party: Party, parties: list[Party], file: int) -> HttpResponse:
    """A file that whoever filed sent, or was given."""
    found = next((f for f in cases.files_for(party.case, [party.key]) if f.pk == file), None)
    if found is None:
        raise Http404
    return give(found)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Close the status: on a shared computer nobody sees it after."""
    request.session.pop(KEY, None)
    messages.success(request, _("已关闭。"))
    return redirect("complaints:status")
