"""The law for everybody: instruments, procedures with their editions, and a calculator of time limits."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiheng.core.cases import calendars
from zhiheng.core.ui import dates
from zhiheng.knowledge.law import compare as side_by_side
from zhiheng.knowledge.law.answers import LAST_DAYS, REASONS, Answer, amount_of, work_out
from zhiheng.knowledge.law.clocks import Pause
from zhiheng.knowledge.law.diagram import svg
from zhiheng.knowledge.law.load import Course, law
from zhiheng.knowledge.law.model import Edition, Procedure, note_of

FIRST = ("complaint", "report", "redress", "penalty", "simple_penalty", "publicity", "transfer", "reward")
"""The procedures that people look for first; the others follow."""
STATUS = {
    "in_force": (gettext_lazy("现行"), "ok"),
    "pending": (gettext_lazy("已公布，尚未施行"), "info"),
    "repealed": (gettext_lazy("已废止"), "muted"),
    "unknown": (gettext_lazy("效力待核"), "warn"),
}


def _language() -> str:
    return get_language() or "zh-hans"


def _procedure(key: str) -> Procedure:
    found = law().procedures.get(key)
    if found is None:
        raise Http404(_("没有这个程序"))
    return found


def _course(procedure: Procedure, edition: str | None) -> Course:
    """The edition that was asked for; otherwise the one in force, or the newest."""
    if edition and procedure.edition(edition) is None:
        raise Http404(_("没有这个版本"))
    newest = max(procedure.editions, key=lambda one: one.from_)
    return law().course(procedure.key, edition or (procedure.edition_on(dates.today()) or newest).key)


def editions(procedure: Procedure, today: date) -> Iterator[dict[str, Any]]:
    """The editions with whether each holds now, held once, or is to come."""
    for one in procedure.editions:
        state = _("现行") if one.covers(today) else _("尚未施行") if one.from_ > today else _("已失效")
        kind = "ok" if one.covers(today) else "info" if one.from_ > today else "muted"
        yield {"edition": one, "title": edition_title(one), "state": state, "kind": kind}


def edition_title(edition: Edition) -> str:
    """An edition as people call it: the instrument it is named after, and its days."""
    begin = edition.from_.isoformat()
    if edition.to:
        return _("%(begin)s 至 %(end)s") % {"begin": begin, "end": edition.to.isoformat()}
    return _("%(begin)s 起") % {"begin": begin}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All procedures, for citizens and officers alike."""
    language, today = _language(), dates.today()
    rows = [
        {
            "procedure": procedure, "name": procedure.of(language), "editions": list(editions(procedure, today)),
            "clocks": [
                f"{clock.of(language)} {amount_of(clock.value, clock.unit, language)}"
                for clock in _course(procedure, None).clocks.values()
            ],
        }
        for procedure in sorted(
            law().procedures.values(), key=lambda one: FIRST.index(one.key) if one.key in FIRST else len(FIRST)
        )
    ]  # fmt: skip
    return render(request, "web/law.html", {"rows": rows, "statutes": len(law().statutes)})


@require_safe
def procedure(request: HttpRequest, key: str) -> HttpResponse:
    """One procedure under one edition: its picture, steps, clocks, grounds, terms, numbers, documents."""
    found = _procedure(key)
    course, language = _course(found, request.GET.get("edition")), _language()
    return render(
        request,
        "web/law_procedure.html",
        {
            "procedure": found, "name": found.of(language), "edition": course.edition,
            "title": edition_title(course.edition), "note": note_of(course.edition, language),
            "editions": list(editions(found, dates.today())),
            "picture": SafeString(svg(course, language)),  # made by us, every text in it escaped
            "counting": _counting(course, language),
            "parties": [party.of(language) for party in found.parties.values()],
            "steps": list(_steps(course, language)), "clocks": list(_clocks(course, language)),
            "grounds": list(_grounds(course, language)), "terms": list(_terms(course, language)),
            "values": list(_values(course, language)), "facts": list(_facts(course, language)),
            "documents": [(one.of(language), one.form) for one in course.documents.values()],
        },
    )  # fmt: skip


def _title(cite: str, language: str) -> str:
    return law().title(cite, language)


def _counting(course: Course, language: str) -> dict[str, str]:
    counting = course.counting
    return {"text": LAST_DAYS[counting.last_day].of(language), "cite": _title(counting.cite, language)}


def _steps(course: Course, language: str) -> Iterator[dict[str, Any]]:
    states = course.procedure.states
    for key, step in course.steps.items():
        yield {
            "name": step.of(language),
            "from": [states[s].of(language) for s in step.from_ if s in states],
            "to": states[step.to].of(language) if step.to else "",
            "who": side_by_side.who(course, step, language),
            "cite": _title(course.article(key), language),
            "makes": [course.documents[one].of(language) for one in step.makes],
            "opens": step.opens and law().procedures[step.opens].of(language),
            "opens_key": step.opens,
        }


def _clocks(course: Course, language: str) -> Iterator[dict[str, Any]]:
    for key, clock in course.clocks.items():
        starting = [step.of(language) for step in course.steps.values() if key in step.starts]
        since = _("案件开始") if key in course.procedure.starts or clock.since == "opening" else ""
        if clock.since and clock.since != "opening":
            since = course.procedure.fields[clock.since].of(language)
        yield {
            "key": key, "name": clock.of(language), "limit": side_by_side.limit(course, clock, language),
            "since": since or ("、" if language.startswith("zh") else ", ").join(starting),
            "cite": _title(clock.cite, language), "note": note_of(clock, language), "verified": clock.verified,
            "lapses": clock.lapses,
            "readings": [
                (amount_of(one.value, one.unit, language), _title(one.cite, language), note_of(one, language))
                for one in clock.readings
            ],
        }  # fmt: skip


def _grounds(course: Course, language: str) -> Iterator[dict[str, Any]]:
    for key, grounds in course.edition.grounds.items():
        step = next(step for step in course.steps.values() if step.grounds == key)
        yield {
            "name": step.of(language), "cite": _title(grounds.cite, language), "note": note_of(grounds, language),
            "of": [one.of(language) for one in grounds.of.values()],
        }  # fmt: skip


def _terms(course: Course, language: str) -> Iterator[dict[str, Any]]:
    for publication in course.edition.publications.values():
        for term in publication.terms.values():
            yield {
                "name": publication.of(language), "text": term.of(language),
                "cite": _title(term.cite, language), "note": note_of(term, language),
            }  # fmt: skip


def _values(course: Course, language: str) -> Iterator[dict[str, Any]]:
    for value in course.edition.values.values():
        yield {
            "name": value.of(language), "text": side_by_side.number(value.value, value.unit, language),
            "cite": _title(value.cite, language), "note": note_of(value, language),
        }  # fmt: skip


def _facts(course: Course, language: str) -> Iterator[dict[str, Any]]:
    for fact in course.edition.facts.values():
        yield {
            "text": fact.of(language),
            "cite": _title(fact.cite, language),
            "note": note_of(fact, language),
        }


@require_safe
def compare(request: HttpRequest, key: str) -> HttpResponse:
    """Two editions side by side."""
    found, language = _procedure(key), _language()
    ours = _course(found, request.GET.get("left") or found.editions[0].key)
    theirs = _course(found, request.GET.get("right") or found.editions[-1].key)
    everything = request.GET.get("all") == "1"
    parts: dict[str, list[dict[str, Any]]] = {}
    for row in side_by_side.compare(law(), ours, theirs):
        if everything or not row.same:
            parts.setdefault(side_by_side.PARTS[row.part].of(language), []).append(
                {
                    "name": row.name.of(language) if row.part != "fact" else "",
                    "left": row.left.of(language) if row.left else "",
                    "right": row.right.of(language) if row.right else "",
                }
            )
    return render(
        request,
        "web/law_compare.html",
        {
            "procedure": found, "name": found.of(language), "editions": list(editions(found, dates.today())),
            "left": ours.edition, "right": theirs.edition, "left_title": edition_title(ours.edition),
            "right_title": edition_title(theirs.edition), "parts": parts, "everything": everything,
        },
    )  # fmt: skip


@require_safe
def statutes(request: HttpRequest) -> HttpResponse:
    """Every instrument with the times of its texts."""
    language = _language()
    rows = [
        {
            "key": key, "title": one.of(language), "number": one.number, "verified": one.verified,
            "note": note_of(one, language), "status": STATUS[one.status],
            "texts": [
                {"from": e.from_, "to": e.to, "by": e.by if language.startswith("zh") else e.by_en}
                for e in one.editions
            ],
            "replaced_by": law().statutes[one.replaced_by].of(language) if one.replaced_by else "",
        }
        for key, one in law().statutes.items()
    ]  # fmt: skip
    return render(request, "web/law_statutes.html", {"rows": rows})


class ClockForm(forms.Form):
    """What the calculator asks."""

    clock = forms.ChoiceField(label=gettext_lazy("期限"))
    start = forms.DateTimeField(
        label=gettext_lazy("开始时间"),
        help_text=gettext_lazy("例如 2026-09-28 或 2026-09-28 15:00，北京时间。"),
        input_formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    edition = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    suspend_from = forms.DateField(
        label=gettext_lazy("停止计算自"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    suspend_to = forms.DateField(
        label=gettext_lazy("恢复计算日"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    extend = forms.IntegerField(
        label=gettext_lazy("批准延长"), required=False, min_value=0, max_value=1000,
        help_text=gettext_lazy("按该期限自己的单位：工作日、日、小时、月。"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = _language()
        choices = []
        for one in law().procedures.values():
            clocks = {key: clock for e in one.editions for key, clock in e.clocks.items()}
            if clocks:
                listed = [(f"{one.key}.{key}", clock.of(language)) for key, clock in clocks.items()]
                choices.append((one.of(language), listed))
        self.fields["clock"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        begin, end = data.get("suspend_from"), data.get("suspend_to")
        if end and not begin:
            self.add_error("suspend_from", _("请填写自哪一天停止计算。"))
        elif begin and end and end < begin:
            self.add_error("suspend_to", _("恢复的日期不能早于停止的日期。"))
        return data


def _worked_out(data: dict[str, Any]) -> Answer:
    procedure_key, _dot, key = data["clock"].partition(".")
    pauses = []
    if data["suspend_from"]:
        end = data["suspend_to"]
        pauses.append(Pause(_midnight(data["suspend_from"]), _midnight(end) if end else None))
    return work_out(
        law(), procedure_key, key, data["start"], calendars.current(),
        edition=data["edition"] or None, pauses=pauses, extended=data["extend"] or 0,
    )  # fmt: skip


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), dates.SHANGHAI)


@require_safe
def clock(request: HttpRequest) -> HttpResponse:
    """A time limit worked out, with the reason for every day."""
    language = _language()
    asked = "start" in request.GET
    chosen = request.GET.get("clock") or "complaint.accept"
    form = ClockForm(request.GET if asked else None, initial={"clock": chosen, "start": dates.today()})
    context: dict[str, Any] = {"form": form}
    if asked and form.is_valid():
        try:
            answer = _worked_out(form.cleaned_data)
        except KeyError:
            form.add_error("start", _("那一天没有施行中的版本，或者该版本没有这个期限。"))
        except (ValueError, OverflowError):
            form.add_error("start", _("这样算不出日期。"))
        else:
            course = answer.course
            context |= {
                "answer": answer, "name": course.procedure.of(language), "title": answer.clock.of(language),
                "sentence": answer.sentence(language, dates.words), "cite": _title(answer.clock.cite, language),
                "remarks": answer.remarks(language), "procedure": course.procedure, "edition": course.edition,
                "readings": [
                    {**one, "amount": amount_of(one["value"], one["unit"], language), "due": _due(one["due"])}
                    for one in answer.readings(language)
                ],
                "days": [
                    {
                        "date": day.date, "n": day.number, "why": REASONS[answer.reason(day)].of(language),
                        "name": answer.name(day, language),
                    }
                    for day in answer.period.days
                ],
            }  # fmt: skip
    return render(request, "web/law_clock.html", context)


def _due(text: str | None) -> date | datetime | None:
    if text is None:
        return None
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
