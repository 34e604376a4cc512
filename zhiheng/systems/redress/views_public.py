"""What everybody may use: the calculator, a demand without an account, and following it with the receipt."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from zhiheng.core import files as filing
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import calendars, offices, queries, rules, running, showing, words
from zhiheng.core.cases.actions import Actor, Sent
from zhiheng.core.cases.forms import StepForm
from zhiheng.core.cases.models import Clock, Notice, Party
from zhiheng.core.cases.views import deliver, download, refuse, sent_files
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.knowledge.law.load import law
from zhiheng.systems.redress import actions, forms
from zhiheng.systems.redress import queries as redress
from zhiheng.systems.redress import rules as arithmetic
from zhiheng.systems.redress import words as said

SESSION = "redress"
REMEMBERED = 20  # receipts that a session keeps open


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The three doors: demand redress, follow a demand, calculate."""
    return render(request, "redress/start.html")


@require_safe
def calculator(request: HttpRequest) -> HttpResponse:
    """What the consumer and food laws give for a purchase as it is stated. Nothing of it is kept."""
    asked = bool(request.GET)
    form = forms.CalculatorForm(request.GET if asked else None)
    today = dates.today()
    course = law().course("redress", on=today)
    shown = None
    if asked and form.is_valid():
        purchase = form.purchase()
        for field, text in said.faults(arithmetic.purchase_faults(purchase, today)).items():
            form.add_error(field, text)
        if not form.errors:
            shown = said.lines(arithmetic.calculate(purchase, course, calendars.current(), today), course)
    context = {"form": form, "lines": shown, "edition": course.edition}
    return render(request, "redress/calculator.html", context, status=422 if form.errors else 200)


@never_cache
def new(request: HttpRequest) -> HttpResponse:
    """Demand redress of a seller."""
    form = forms.DemandForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and form.found is not None:
        given = form.cleaned_data
        values = {
            "product": given["product"], "demand": given["demand"],
            "price": _amount(given["price"]),
            "loss": _amount(given["loss"]),
            "received_on": given["received_on"].isoformat() if given["received_on"] else "",
        }  # fmt: skip
        try:
            files = [
                Sent(filing.accept(one.name, one.read(), strip=True), "evidence", ("consumer", "seller"))
                for one in given["files"]
            ]
            case, secret = actions.demand(
                form.found, name=given["name"], phone=given["phone"], values=values, what=given["what"], files=files,
                language=get_language() or settings.LANGUAGE_CODE,
            )  # fmt: skip
        except Problem as problem:
            refuse(form, problem)
        else:
            party = case.parties.get(key="consumer")
            _remember(request, party)
            request.session["redress_sent"] = {"number": case.number, "secret": secret, "party": party.pk}
            return redirect("redress:sent")
    return render(request, "redress/new.html", {"form": form}, status=422 if form.errors else 200)


def _amount(amount: Decimal | None) -> str:
    return "" if amount is None else str(arithmetic.money(amount))


@never_cache
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """The receipt: number and secret, shown in this session only."""
    receipt = request.session.get("redress_sent")
    if not receipt:
        return redirect("redress:status")
    return render(request, "redress/sent.html", {"receipt": receipt})


def _remember(request: HttpRequest, party: Party) -> None:
    known = [pk for pk in request.session.get(SESSION, []) if pk != party.pk]
    request.session[SESSION] = [*known, party.pk][-REMEMBERED:]


@never_cache
def status(request: HttpRequest) -> HttpResponse:
    """Open a demand by its receipt."""
    form = forms.ReceiptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        digest = engine.receipt_digest(given["secret"].replace("\x00", "").replace(" ", ""))
        party = redress.by_receipt(given["number"].replace("\x00", "").strip(), digest)
        if party is not None:
            _remember(request, party)
            return redirect("redress:show", party.pk)
        form.add_error(None, _("编号和查询码不符。请对照回执，字母不分大小写。"))
    return render(request, "redress/status.html", {"form": form}, status=422 if form.errors else 200)


def _party(request: HttpRequest, pk: int) -> Party:
    if pk not in request.session.get(SESSION, []):
        raise Http404
    return get_object_or_404(Party.objects.select_related("case", "case__subject"), pk=pk)


@never_cache
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """How a demand stands: who answers next and by when, what one can do, what happened."""
    party = _party(request, pk)
    case, keys, now = party.case, [party.key], timezone.now()
    course, calendar = running.course_of(case), calendars.current()
    Notice.objects.filter(case=case, party=party, read_at=None).update(read_at=now)
    choices = showing.choices(case, course, Actor(party=party), now)
    context = {
        "party": party,
        "case": case,
        "procedure": words.of(course.procedure),
        "state": words.state(course, case.state),
        "office": offices.name(case.region),
        "next": said.next_words(redress.next_of(case, dates.today()), course),
        "late": redress.next_of(case, dates.today()).late,
        "choices": [c for c in choices if not c.why],
        "clocks": [
            showing.clock_view(c, course, now, calendar)
            for c in case.clocks.exclude(state=Clock.State.STOPPED)
        ],
        "story": showing.story(case, course, keys),
        "documents": queries.documents_for(case, keys),
        "files": queries.files_for(case, keys),
    }
    return render(request, "redress/show.html", context)


@never_cache
def step(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """A consumer's step: confirm, dispute, give up, register the receipt of goods, claim on the insurance."""
    party = _party(request, pk)
    case, actor = party.case, Actor(party=party)
    course = running.course_of(case)
    if key not in course.steps:
        raise Http404
    why = rules.reason(course, engine.facts_of(case), key, engine.who_is(actor, case), timezone.now())
    if why is not None:
        raise engine.unavailable(course, key, why)
    form = StepForm(request.POST or None, request.FILES or None, course=course, key=key, case=case, user=None)
    form.fields.pop("file_kind", None)
    if request.method == "POST" and form.is_valid():
        try:
            engine.take(
                actor, case, key, values=form.cleaned_data, ground=form.cleaned_data.get("ground", ""),
                files=sent_files(form, course, key, strip=True),
            )  # fmt: skip
        except Problem as problem:
            refuse(form, problem)
        else:
            return redirect("redress:show", party.pk)
    context: dict[str, Any] = {
        "case": case, "form": form, "name": words.step(course, key), "back": reverse("redress:show", args=[party.pk])
    }  # fmt: skip
    return render(request, "redress/step.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
def document(request: HttpRequest, pk: int, document: int) -> HttpResponse:
    """A document of one's own case as PDF."""
    party = _party(request, pk)
    for one in queries.documents_for(party.case, [party.key]):
        if one.pk == document:
            return deliver(one, "pdf")
    raise Http404


@never_cache
@require_safe
def file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """A file of one's own case."""
    party = _party(request, pk)
    for one in queries.files_for(party.case, [party.key]):
        if one.pk == file:
            return download(one)
    raise Http404
