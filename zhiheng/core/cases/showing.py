"""A case as pages show it: clocks in words, the next lawful steps with why not, the story."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from zhiheng.core.cases import actions, calendars, documents, queries, readings, rules, running, words
from zhiheng.core.cases.models import Case, Clock, Party, Step
from zhiheng.core.crypto import mask_name
from zhiheng.core.ui import dates
from zhiheng.core.ui.series import listed
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.knowledge.law.calendar import Calendar
from zhiheng.knowledge.law.clocks import Period, period, urgency
from zhiheng.knowledge.law.load import Course, law

URGENCY = {
    "late": ("bad", 0), "today": ("warn", 1), "soon": ("warn", 2), "reminder": ("info", 3), "later": ("muted", 4),
    "paused": ("muted", 5),
}  # fmt: skip


TOLD = frozenset({"_opened", "_transferred", "_extended", "_paused"})
"""Steps of the engine whose values the parties are told."""


@dataclass(frozen=True)
class ClockView:
    """A running or ended clock in words."""

    clock: Clock
    name: str
    urgency: str
    kind: str
    words: str
    notes: list[str]
    due: date | datetime | None
    article: str
    gone: float
    whole: float
    extend: bool = False
    pause: bool = False
    resume: bool = False


def urgency_words(key: str) -> str:
    """How a clock stands, in a word: colour is never the only sign."""
    return {
        "late": _("已超期"), "today": _("今天到期"), "soon": _("即将到期"), "later": _("未到期"), "paused": _("已中止"),
        "reminder": _("只作提醒"),
    }[key]  # fmt: skip


def how(clock: Clock, course: Course, now: datetime, calendar: Calendar) -> str:
    """How a running clock stands: late, today, soon, later, paused, reminder."""
    binding = clock.binding and not course.clocks[clock.key].lapses
    return urgency(clock.due_at, now, calendar, binding=binding)


def clock_view(
    clock: Clock, course: Course, now: datetime, calendar: Calendar, me: rules.Who | None = None
) -> ClockView:
    """A clock as the page shows it."""
    rule = readings.of(clock, course)
    stopped = clock.state == Clock.State.STOPPED
    state = how(clock, course, now, calendar)
    if stopped:
        text = _("超期办结") if clock.late else _("按期办结")
        kind = "bad" if clock.late else "ok"
    else:
        text, kind = _left(clock, state, now, calendar), URGENCY[state][0]
    notes = [
        note
        for note, holds in (
            (_("暂定：当年放假安排未公布"), clock.provisional and clock.due_at is not None and not stopped),
            (_("期限未经核实，只作提醒"), not clock.binding),
            (_("届满自动失效"), rule.lapses and not stopped),
        )
        if holds
    ]
    if not stopped:
        notes += _stricter(clock, course, calendar)
    due = dates.until(clock.due_at) if clock.due_at else None
    whole = (clock.due_at - clock.started_at).total_seconds() if clock.due_at else 0
    gone = ((clock.stopped_at or now) - clock.started_at).total_seconds()
    roles = me.roles if me else frozenset()
    works = bool(me and "officer" in roles and me.blocked is None)
    return ClockView(
        clock, words.of(rule), "done" if stopped else state, kind, text, notes, due,
        law().title(rule.cite, get_language() or "zh"), max(0.0, min(gone, whole)), whole,
        extend=not stopped and isinstance(
            rules.extension(rule, rules.ClockFact(clock.state, clock.due_at, clock.extensions),
                            me or rules.Who(frozenset()), 1), int
        ),
        pause=works and clock.state == Clock.State.RUNNING and bool(rule.pauses),
        resume=works and clock.state == Clock.State.PAUSED,
    )  # fmt: skip


def _stricter(clock: Clock, course: Course, calendar: Calendar) -> list[str]:
    """What other texts say of the same limit, where they end it sooner: a reminder, by which nobody is late."""
    mine, said = readings.of(clock, course).cite, []
    for cite, read in readings.texts(course.clocks[clock.key]).items():
        if cite == mine:
            continue
        worked = period(read, clock.started_at, calendar, course.counting, pauses=running.pauses_of(clock))
        if worked.due_at is not None and clock.due_at is not None and worked.due_at < clock.due_at:
            said.append(
                _("按%(text)s，%(day)s到期，只作提醒")
                % {
                    "text": law().title(cite, get_language() or "zh"),
                    "day": dates.words(dates.until(worked.due_at)),
                }
            )
    return said


def _left(clock: Clock, state: str, now: datetime, calendar: Calendar) -> str:
    if clock.due_at is None:
        return _("已中止，不计算时间")
    today = dates.local(now).date()
    last = dates.local(clock.due_at - timedelta(microseconds=1)).date()
    if clock.due_at - now < timedelta(hours=36) and clock.due_at > now:
        hours = int((clock.due_at - now).total_seconds() // 3600)
        return ngettext("还剩 %(n)d 小时", "还剩 %(n)d 小时", hours) % {"n": hours}
    days = calendar.working_days(today, last)
    if clock.due_at <= now:
        late = calendar.working_days(last, today)
        if state == "reminder":
            return _("已到提醒日")
        return ngettext("超期 %(n)d 个工作日", "超期 %(n)d 个工作日", late) % {"n": late}
    return ngettext("还剩 %(n)d 个工作日", "还剩 %(n)d 个工作日", days) % {"n": days}


def explain(clock: Clock, course: Course) -> Period:
    """The period behind a clock, day by day."""
    return period(
        readings.of(clock, course), clock.started_at, calendars.current(), course.counting,
        pauses=running.pauses_of(clock), extended=clock.extended,
    )  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """A step of the procedure as somebody may or may not take it now."""

    key: str
    name: str
    article: str
    why: str
    danger: bool
    who: str


def choices(case: Case, course: Course, actor: actions.Actor, now: datetime) -> list[Choice]:
    """The steps of this state: first those that can be taken, then the others with why not."""
    facts, me = actions.facts_of(case), actions.who_is(actor, case)
    found = []
    for key in course.at(case.state):
        why = rules.reason(course, facts, key, me, now)
        step = course.steps[key]
        found.append(
            Choice(
                key, words.of(step), law().title(course.article(key), get_language() or "zh"),
                words.why(course, why) if why else "", step.danger,
                listed(words.role(course, one) for one in step.by),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: bool(one.why))


@dataclass(frozen=True)
class Told:
    """A step in the story."""

    step: Step
    name: str
    who: str
    article: str
    ground: str
    values: list[tuple[str, str]]
    state: str
    documents: list[Any] = field(default_factory=list)
    files: list[Any] = field(default_factory=list)


def story(case: Case, course: Course, keys: list[str] | None) -> list[Told]:
    """What happened, newest first; ``keys`` are the parties that read it (None: the office)."""
    made: dict[int, list[Any]] = {}
    for document in queries.documents_for(case, keys):
        made.setdefault(document.step_id, []).append(document)
    kept: dict[int, list[Any]] = {}
    for file in queries.files_for(case, keys):
        if file.step_id is not None:
            kept.setdefault(file.step_id, []).append(file)
    language = get_language() or "zh"
    told = []
    for step in queries.steps_for(case, keys):
        law_step = course.steps.get(step.key)
        outside = keys is not None and step.party is None and law_step is None
        told.append(
            Told(
                step, words.step(course, step.key), _who(step, course, keys),
                law().title(course.article(step.key), language) if law_step else "",
                actions.ground_words(course, law_step.grounds, step.ground) if law_step and step.ground else "",
                _values(step, course) if not outside or step.key in TOLD else [],
                words.state(course, step.to_state) if step.to_state != step.from_state else "",
                made.get(step.pk, []), kept.get(step.pk, []),
            )
        )  # fmt: skip
    return told[::-1]


def _who(step: Step, course: Course, keys: list[str] | None) -> str:
    if step.party is not None:
        return words.role(course, step.party.key)
    if step.actor is None:
        return _("系统")
    if keys is not None:  # parties deal with the office, not with its people's names
        return _("办理机关")
    names = [one.get_full_name() for one in (step.actor, step.second) if one is not None]
    return listed(names)


def _values(step: Step, course: Course) -> list[tuple[str, str]]:
    values = {**step.values, **(json.loads(step.personal) if step.personal else {})}
    engine = {
        "reason": _("理由"), "handler": _("承办人"), "second": _("协办人"), "from": _("自"), "to": _("至"),
        "into": _("并入"), "new": _("新案号"), "clock": _("期限"), "value": _("延长"), "ground": _("事由"),
        "officer": _("人员"), "note": _("记录"),
    }  # fmt: skip
    shown = []
    for key, value in values.items():
        law_field = course.procedure.fields.get(key)
        if step.key == "_transferred" and key in {"from", "to"}:
            value = actions.offices.name(value)
        elif key == "clock" and value in course.clocks:
            value = words.of(course.clocks[value])
        elif key == "ground" and value in course.procedure.pauses:
            value = words.of(course.procedure.pauses[value])
        elif law_field is not None:
            value = documents.in_words(law_field, value, get_language() or "zh")
        label = words.of(law_field) if law_field else engine.get(key, key)
        if value not in ("", None):
            shown.append((str(label), str(value)))
    return shown


def party_shown(party: Party) -> str:
    """The name of a party on a page: a person's masked, an organisation's in full."""
    if party.is_person:
        return _("匿名") if party.anonymous else mask_name(party.name) or "—"
    return actions.party_name(party)


def urgency_badge(state: str) -> Any:
    """How a clock stands as a badge."""
    return badge(urgency_words(state), URGENCY[state][0])
