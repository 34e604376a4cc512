"""Cases as typed JSON, cut to what the caller may see, and the steps of the law for programs."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from zhiheng.core.accounts.auth import principal
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions, offices, queries, running, showing
from zhiheng.core.cases.models import Case
from zhiheng.core.problems import Problem

router = Router(tags=["cases"])
MAX_OFFSET = 10_000


class CaseOut(Schema):
    """A case without personal data."""

    number: str
    procedure: str
    edition: str
    state: str
    title: str
    region: str = Field(description="GB/T 2260 of the office")
    office: str
    subject: str | None = Field(description="USCC")
    subject_name: str
    source: str
    reference: str
    received_at: datetime
    closed_at: datetime | None
    due_at: datetime | None
    version: int


class ClockOut(Schema):
    """A time limit of a case."""

    key: str
    title: str
    started_at: datetime
    due_at: datetime | None
    state: str
    urgency: str
    late: bool | None
    binding: bool
    provisional: bool


class ChoiceOut(Schema):
    """A step of the present state, and why it is not available."""

    step: str
    title: str
    article: str
    available: bool
    why: str


class TakenOut(Schema):
    """A step that was taken."""

    seq: int
    step: str
    at: datetime
    from_state: str
    to_state: str
    by: str = Field(description="a party's key, or office, or system")


class CaseDetail(CaseOut):
    """A case with its clocks, the next steps and the story."""

    clocks: list[ClockOut]
    choices: list[ChoiceOut]
    steps: list[TakenOut]
    documents: list[str]


class CasePage(Schema):
    """A part of a list; ``next`` is the offset of the part after it."""

    items: list[CaseOut]
    next: int | None = None


class StepIn(Schema):
    """A step to take: its values by field, its ground, the second officer's user name, what was last seen."""

    step: str = Field(max_length=40)
    values: dict[str, Any] = {}
    ground: str = Field("", max_length=40)
    second: str = Field("", max_length=150)
    version: int | None = Field(None, ge=0, le=2**31 - 1)


def _out(case: Case) -> dict[str, Any]:
    return {
        "number": case.number, "procedure": case.procedure, "edition": case.edition, "state": case.state,
        "title": case.title, "region": case.region, "office": offices.name(case.region),
        "subject": case.subject.uscc if case.subject else None, "subject_name": case.subject_name,
        "source": case.source, "reference": case.reference, "received_at": case.received_at,
        "closed_at": case.closed_at, "due_at": case.due_at, "version": case.version,
    }  # fmt: skip


def _find(user: User, number: str) -> Case:
    case = queries.visible_to(user).filter(number=number.replace("\x00", "")).first()
    if case is None:
        raise Problem(
            "not_found",
            _("没有这个案件。"),
            status=404,
            remedy=_("核对案号；只能看到辖区内或与您有关的案件。"),
        )
    return case


def _detail(user: User, case: Case) -> dict[str, Any]:
    course, now, calendar = running.course_of(case), timezone.now(), showing.calendars.current()
    keys = None if queries.reads_whole(user, case) else queries.parties_of(case, user)
    return _out(case) | {
        "clocks": [
            {
                "key": c.key, "title": course.clocks[c.key].zh, "started_at": c.started_at, "due_at": c.due_at,
                "state": c.state, "urgency": "done" if c.state == "stopped" else showing.how(c, course, now, calendar),
                "late": c.late, "binding": c.binding, "provisional": c.provisional,
            }
            for c in case.clocks.all()
        ],
        "choices": [
            {"step": c.key, "title": c.name, "article": c.article, "available": not c.why, "why": c.why}
            for c in showing.choices(case, course, actions.Actor(user), now)
        ],
        "steps": [
            {
                "seq": s.seq, "step": s.key, "at": s.at, "from_state": s.from_state, "to_state": s.to_state,
                "by": s.party.key if s.party else "office" if s.actor_id else "system",
            }
            for s in queries.steps_for(case, keys)
        ],
        "documents": [d.number for d in queries.documents_for(case, keys)],
    }  # fmt: skip


@router.get("", response={200: CasePage})
def cases(
    request: HttpRequest,
    q: str = Query("", max_length=100, description="part of number, title or subject"),
    procedure: str = Query("", max_length=24),
    state: str = Query("", max_length=32),
    open: bool | None = Query(None, description="open (true) or ended (false) cases only"),
    limit: int = Query(50, ge=1, le=200),
    offset: int = Query(0, ge=0, le=MAX_OFFSET),
) -> Any:
    """The cases the caller sees, newest first."""
    rows = queries.visible_to(principal(request, "cases:read"))
    if q.replace("\x00", ""):
        rows = queries.matching(rows, q.replace("\x00", ""))
    for name, value in (("procedure", procedure), ("state", state)):
        if value.replace("\x00", ""):
            rows = rows.filter(**{name: value.replace("\x00", "")})
    if open is not None:
        rows = rows.filter(closed_at__isnull=open)
    page = list(rows[offset : offset + limit + 1])
    return {"items": [_out(r) for r in page[:limit]], "next": offset + limit if len(page) > limit else None}


@router.get("/{number}", response={200: CaseDetail})
def case(request: HttpRequest, number: str) -> Any:
    """One case with its clocks, next lawful steps (with why not) and story."""
    user = principal(request, "cases:read")
    return _detail(user, _find(user, number))


@router.post("/{number}/steps", response={200: CaseDetail})
def take_step(request: HttpRequest, number: str, step: StepIn) -> Any:
    """Take a step of the case's procedure."""
    user = principal(request, "cases:work")
    found = _find(user, number)
    second = None
    if step.second:
        second = queries.colleagues(found.region).filter(username=step.second.replace("\x00", "")).first()
    actions.take(
        actions.Actor(user), found, step.step, values=step.values, ground=step.ground, second=second,
        version=step.version,
    )  # fmt: skip
    return _detail(user, _find(user, number))
