"""The law as typed JSON: procedures with their editions, instruments, and time limits worked out. Open to all."""

from datetime import date, datetime
from typing import Any

import msgspec
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from zhiheng.core.cases import calendars
from zhiheng.core.problems import Problem
from zhiheng.knowledge.law.answers import work_out
from zhiheng.knowledge.law.clocks import Pause
from zhiheng.knowledge.law.load import Course, law
from zhiheng.knowledge.law.model import Clock, LastDay

router = Router(tags=["law"])


class WordsOut(Schema):
    """A name in both languages."""

    zh: str
    en: str


class EditionOut(Schema):
    """One text of a procedure in force for a time."""

    key: str
    from_: date = Field(alias="from", serialization_alias="from")
    to: date | None


class ProcedureOut(WordsOut):
    """A kind of case with its editions."""

    key: str
    editions: list[EditionOut]


class LimitOut(WordsOut):
    """A time limit. ``verified``: in how many independent sources it was seen; at 0 nobody is late by it."""

    key: str
    value: int
    unit: str = Field(description="wd working days, d days, h hours, m months, y years")
    cite: str
    citation: str
    verified: int
    lapses: bool
    since: str
    note: str
    note_en: str


class StepOut(WordsOut):
    """A step with who may take it and its article."""

    key: str
    from_: list[str] = Field(alias="from", serialization_alias="from")
    to: str | None
    by: list[str]
    officers: int
    cite: str
    citation: str
    opens: str


class ProcedureDetail(WordsOut):
    """A procedure under one edition."""

    key: str
    edition: EditionOut
    states: dict[str, WordsOut]
    parties: dict[str, WordsOut]
    steps: list[StepOut]
    clocks: list[LimitOut]
    grounds: dict[str, Any]
    publications: dict[str, Any]
    values: dict[str, Any]
    facts: dict[str, Any]


class StatuteOut(WordsOut):
    """An instrument and the times of its texts."""

    key: str
    number: str
    status: str
    verified: int
    editions: list[dict[str, Any]]
    replaced_by: str
    note: str
    note_en: str


class DayOut(Schema):
    """A day that counts."""

    date: date
    n: int
    reason: str


class SkippedOut(Schema):
    """A day that does not count, and why."""

    date: date
    reason: str
    name: str


class ReadingOut(Schema):
    """What another text says of the same limit."""

    value: int
    unit: str
    kind: str
    verified: int
    due: str | None
    citation: str
    note: str


class AnswerOut(Schema):
    """A time limit worked out. ``due`` is a day, or for hours a moment; none while it is paused."""

    procedure: str
    clock: str
    edition: str
    title: str
    title_en: str
    from_: datetime = Field(alias="from", serialization_alias="from")
    due: str | None
    due_at: datetime | None
    kind: str
    value: int
    unit: str
    extended: int
    provisional: bool
    verified: int
    lapses: bool
    last_day: str
    counted: list[DayOut]
    skipped: list[SkippedOut]
    cite: str
    citation: str
    citation_en: str
    readings: list[ReadingOut]
    explanation: str
    explanation_en: str
    note: str
    note_en: str


@router.get("/procedures", response={200: list[ProcedureOut]}, by_alias=True)
def procedures(request: HttpRequest) -> Any:
    """All procedures with their editions."""
    return [
        {"key": one.key, "zh": one.zh, "en": one.en, "editions": [_edition(e) for e in one.editions]}
        for one in law().procedures.values()
    ]


@router.get("/procedures/{key}", response={200: ProcedureDetail}, by_alias=True)
def procedure(
    request: HttpRequest,
    key: str,
    edition: str = Query("", max_length=40, description="otherwise the newest"),
) -> Any:
    """Everything a procedure's edition says."""
    course = _course(key, edition)
    said = msgspec.to_builtins(course.edition)
    return {
        "key": course.key, "zh": course.procedure.zh, "en": course.procedure.en, "edition": _edition(course.edition),
        "states": {
            k: {"zh": s.zh, "en": s.en} for k, s in course.procedure.states.items() if k not in course.edition.without
        },
        "parties": {k: {"zh": p.zh, "en": p.en} for k, p in course.procedure.parties.items()},
        "steps": [
            {
                "key": k, "zh": s.zh, "en": s.en, "from": list(s.from_), "to": s.to, "by": list(s.by),
                "officers": s.officers, "cite": course.article(k), "citation": law().title(course.article(k)),
                "opens": s.opens,
            }
            for k, s in course.steps.items()
        ],
        "clocks": [_limit(k, c) for k, c in course.clocks.items()],
        **{part: said[part] for part in ("grounds", "publications", "values", "facts")},
    }  # fmt: skip


@router.get("/statutes", response={200: list[StatuteOut]})
def statutes(request: HttpRequest) -> Any:
    """Every instrument with the times of its texts."""
    return [
        {
            "key": key, "zh": one.zh, "en": one.en, "number": one.number, "status": one.status,
            "verified": one.verified, "editions": msgspec.to_builtins(one.editions), "replaced_by": one.replaced_by,
            "note": one.note, "note_en": one.note_en,
        }
        for key, one in law().statutes.items()
    ]  # fmt: skip


@router.get("/clock", response={200: AnswerOut}, by_alias=True)
def clock(
    request: HttpRequest,
    procedure: str = Query(..., max_length=40),
    clock: str = Query(..., max_length=40),
    start: str = Query(
        ..., alias="from", max_length=40, description="ISO 8601; without a zone: Asia/Shanghai"
    ),
    suspend: str = Query(
        "", max_length=90, description="A/B: does not run from A until B; A/ while it lasts"
    ),
    extend: int = Query(0, ge=0, le=1000),
    edition: str = Query("", max_length=40, description="otherwise the one in force when it begins"),
    last_day: LastDay | None = None,
) -> Any:
    """A time limit worked out, with the reason for every day."""
    pauses = []
    if suspend:
        begin, slash, end = suspend.partition("/")
        pause = Pause(_moment(begin, "suspend"), _moment(end, "suspend") if end.strip() else None)
        if not slash or (pause.end and pause.end < pause.start):
            raise _bad("suspend")
        pauses.append(pause)
    try:
        answer = work_out(
            law(), procedure, clock, _moment(start, "from"), calendars.current(),
            edition=edition or None, pauses=pauses, extended=extend, last_day=last_day,
        )  # fmt: skip
    except KeyError as error:
        raise Problem("not_found", str(error.args[0]), status=404) from None
    except (ValueError, OverflowError):
        raise _bad("from") from None
    return answer.document()


def _course(key: str, edition: str) -> Course:
    found = law().procedures.get(key)
    if found is None or (edition and found.edition(edition) is None):
        raise Problem("not_found", _("找不到 %(what)s。") % {"what": f"{key} {edition}".strip()}, status=404)
    newest = max(found.editions, key=lambda one: one.from_)
    return law().course(key, edition or newest.key)


def _edition(one: Any) -> dict[str, Any]:
    return {"key": one.key, "from": one.from_, "to": one.to}


def _limit(key: str, one: Clock) -> dict[str, Any]:
    return {
        "key": key, "zh": one.zh, "en": one.en, "value": one.value, "unit": one.unit, "cite": one.cite,
        "citation": law().title(one.cite), "verified": one.verified, "lapses": one.lapses, "since": one.since,
        "note": one.note, "note_en": one.note_en,
    }  # fmt: skip


def _moment(text: str, name: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise _bad(name) from None


def _bad(name: str) -> Problem:
    return Problem(
        "bad_parameter", _("时间写得不对。"), status=422,
        remedy=_("例如 2026-09-28、2026-09-28T15:00；停止计算写成 开始/恢复。"), parameter=name,
    )  # fmt: skip
