"""The clocks of cases as rows: started, paused, stopped, extended, and worked out anew when a calendar is published."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import calendars, readings, rules
from zhiheng.core.cases.models import CalendarYear, Case, Clock
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.knowledge.law.calendar import Calendar, CalendarError
from zhiheng.knowledge.law.clocks import Pause, period
from zhiheng.knowledge.law.load import Course, law, read_year


def course_of(case: Case) -> Course:
    """The procedure of a case under its edition."""
    return law().course(case.procedure, case.edition)


def move(case: Case, course: Course, done: rules.Change, now: datetime) -> None:
    calendar = calendars.current()
    open_clocks = {c.key: c for c in case.clocks.exclude(state=Clock.State.STOPPED)}
    for key in done.stop:
        stop(open_clocks[key], now)
    for key, ground in done.pause:
        pause(open_clocks[key], ground, now)
    for key in done.resume:
        resume(case, course, open_clocks[key], now, calendar)
    for key in done.start:
        start(case, course, key, now, calendar)
    settle(case)


def start(case: Case, course: Course, key: str, at: datetime, calendar: Calendar) -> Clock:
    rule = course.clocks[key]
    begun = rules.since(rule, case.values, case.received_at, at)
    clock = Clock(case=case, key=key, started_at=begun, reading=readings.applicable(case.region, course, key))
    clock.binding = readings.of(clock, course).verified > 0
    return work_out(clock, course, calendar)


def stop(clock: Clock, now: datetime) -> None:
    """End a run; whether it was late is settled by what it was due at.

    A limit that nobody verified, or at whose end something lapses by itself, makes nobody late.
    """
    if clock.state == Clock.State.PAUSED and clock.pauses and clock.pauses[-1][1] is None:
        clock.pauses[-1][1] = now.isoformat()
    clock.state, clock.stopped_at = Clock.State.STOPPED, now
    binding = clock.binding and not course_of(clock.case).clocks[clock.key].lapses
    clock.late = bool(binding and clock.due_at is not None and clock.due_at < now)
    clock.save()


def pause(clock: Clock, ground: str, now: datetime) -> None:
    clock.pauses.append([now.isoformat(), None, ground])
    clock.state, clock.due_at = Clock.State.PAUSED, None
    clock.save()


def resume(case: Case, course: Course, clock: Clock, now: datetime, calendar: Calendar) -> None:
    clock.pauses[-1][1] = now.isoformat()
    clock.state = Clock.State.RUNNING
    work_out(clock, course, calendar)


def pauses_of(clock: Clock) -> list[Pause]:
    """The times in which a clock did not run."""
    return [
        Pause(datetime.fromisoformat(begin), datetime.fromisoformat(end) if end else None, ground)
        for begin, end, ground in clock.pauses
    ]


def work_out(clock: Clock, course: Course, calendar: Calendar) -> Clock:
    """Work out when a clock is over, as the law counts it, and keep it."""
    worked = period(
        readings.of(clock, course), clock.started_at, calendar, course.counting,
        pauses=pauses_of(clock), extended=clock.extended,
    )  # fmt: skip
    clock.due_at, clock.provisional = worked.due_at, worked.provisional
    clock.save()
    return clock


def settle(case: Case) -> None:
    """The case's next end of a binding clock; a limit that lapses by itself or that nobody verified presses nobody."""
    course = course_of(case)
    running = case.clocks.filter(state=Clock.State.RUNNING, binding=True).values_list("key", "due_at")
    case.due_at = min((due for key, due in running if not course.clocks[key].lapses and due), default=None)


def load_calendar(actor: User | None, text: str) -> dict[str, int]:
    """Take a published year in, and work out anew every clock that rested on a guess. Raises ``calendar_wrong``."""
    try:
        year = read_year(text)
    except CalendarError as error:
        raise Problem("calendar_wrong", str(error), status=422, remedy=_("请更正后重新装载。")) from None
    with transaction.atomic():
        CalendarYear.objects.update_or_create(number=year.number, defaults={"text": text, "loaded_by": actor})
        record(
            actor,
            "case.calendar_loaded",
            f"calendar:{year.number}",
            {"off": len(year.off), "worked": len(year.worked)},
        )
    return {"year": year.number} | recompute()


def recompute() -> dict[str, int]:
    """Work out anew the running clocks that were provisional; a case at a time, so nobody waits long."""
    calendar, changed, still = calendars.current(), 0, 0
    waiting = Clock.objects.filter(provisional=True, state=Clock.State.RUNNING).values_list(
        "case_id", flat=True
    )
    for pk in sorted(set(waiting)):
        with transaction.atomic():
            case = Case.objects.select_for_update().get(pk=pk)
            course, moved = course_of(case), {}
            for clock in case.clocks.filter(provisional=True, state=Clock.State.RUNNING):
                before = clock.due_at
                work_out(clock, course, calendar)
                still += clock.provisional
                if clock.due_at != before:
                    changed += 1
                    moved[clock.key] = str(clock.due_at)
            settle(case)
            case.save(update_fields=["due_at"])
            if moved:
                record(None, "case.recomputed", case.key, moved)
    return {"changed": changed, "still_provisional": still}
