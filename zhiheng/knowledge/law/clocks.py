"""How a period is counted: the day it begins is not counted, days that do not count are named with the reason.

Source of the counting rules: SAMR-2 Art. 80 (periods by hour, day and month; a last day on a statutory holiday moves
to the first day after it), SAMR-121 Art. 45 (the same for complaints). An ordinary weekend is not a statutory holiday
in that text, so a period of calendar days that ends on one is not moved; which holds is data (``Counting.last_day``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from zhiheng.knowledge.law.calendar import ONE, Calendar
from zhiheng.knowledge.law.model import Clock, Counting, Unit

SHANGHAI = ZoneInfo("Asia/Shanghai")
KINDS: dict[Unit, str] = {
    "wd": "working_days",
    "d": "calendar_days",
    "h": "hours",
    "m": "months",
    "y": "years",
}
SOON = 3
"""Working days before its end from which a clock is soon due."""
LONGEST = 20_000  # days looked at: more than fifty years is no period of any procedure

Why = Literal["counted", "make_up", "start", "weekend", "holiday", "paused", "moved"]


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which a clock does not run: from a moment to another (open while it lasts), on a ground.

    The day it begins does not count; the day it ends does.
    """

    start: datetime
    end: datetime | None = None
    ground: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a period: its number when it counts, else why it does not. ``name``: the holiday or the ground."""

    date: date
    number: int | None
    why: Why
    name: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """A period worked out. ``due`` is its last day (none while it is paused); ``due_at`` the moment it is over.

    ``provisional``: the answer rests on a year whose holidays nobody has published.
    """

    start: datetime
    value: int
    unit: Unit
    due: date | None
    due_at: datetime | None
    provisional: bool
    days: tuple[Day, ...]
    note: str = ""

    @property
    def kind(self) -> str:
        """``working_days``, ``calendar_days``, ``hours``, ``months`` or ``years``."""
        return KINDS[self.unit]

    @property
    def skipped(self) -> tuple[Day, ...]:
        """The days that were passed over."""
        return tuple(day for day in self.days if day.number is None)


def local(moment: datetime) -> datetime:
    """The moment in China; one without a zone is taken to be there already."""
    return moment.replace(tzinfo=SHANGHAI) if moment.tzinfo is None else moment.astimezone(SHANGHAI)


def end_of(day: date) -> datetime:
    """The moment a day is over, in China."""
    return datetime.combine(day + ONE, time(), SHANGHAI)


def period(
    clock: Clock,
    start: datetime,
    calendar: Calendar,
    counting: Counting,
    *,
    pauses: Sequence[Pause] = (),
    extended: int = 0,
) -> Period:
    """Work out a clock from its start. ``extended`` is what was granted on top, in the clock's own unit."""
    start, value = local(start), clock.value + extended
    if clock.unit == "h":
        return _hours(start, value, pauses)
    if clock.unit in ("m", "y"):
        return _months(start, value, clock.unit, calendar, counting, pauses)
    first = Day(start.date(), None, "start")
    days, day, number, known = [first], start.date(), 0, True
    while number < value:
        day += ONE
        if len(days) > LONGEST:
            raise ValueError("the period does not end within fifty years")
        if pause := _paused(day, pauses):
            days.append(Day(day, None, "paused", pause.ground))
            if pause.end is None:
                return Period(start, value, clock.unit, None, None, False, tuple(days))
            continue
        if clock.unit == "wd":
            known &= calendar.known(day)
            if not calendar.is_working(day):
                holiday = calendar.holiday(day)
                days.append(Day(day, None, "holiday" if holiday else "weekend", holiday))
                continue
        number += 1
        make_up = calendar.make_up(day) if clock.unit == "wd" else ""
        days.append(Day(day, number, "make_up" if make_up else "counted", make_up))
    moved = _moved(day, calendar, counting) if clock.unit == "d" else []
    for later in moved:
        days.append(Day(later, None, "moved", calendar.holiday(days[-1].date)))
        day = later
    if clock.unit == "d":
        known = calendar.known(day)
    return Period(start, value, clock.unit, day, end_of(day), not known, tuple(days))


def _paused(day: date, pauses: Sequence[Pause]) -> Pause | None:
    for pause in pauses:
        if local(pause.start).date() <= day and (pause.end is None or day < local(pause.end).date()):
            return pause
    return None


def _moved(day: date, calendar: Calendar, counting: Counting) -> list[date]:
    """The days a last day is moved over, the new last day at the end; empty when it stays."""
    moved = []
    while (counting.last_day == "statutory_holiday" and calendar.holiday(day)) or (
        counting.last_day == "rest_day" and not calendar.is_working(day)
    ):
        day += ONE
        moved.append(day)
    return moved


def _merged(pauses: Sequence[Pause]) -> list[tuple[datetime, datetime | None]]:
    """Pauses in order, those that overlap or meet made one; nothing comes after one that is still open."""
    merged: list[tuple[datetime, datetime | None]] = []
    for pause in sorted(pauses, key=lambda one: local(one.start)):
        begin, end = local(pause.start), local(pause.end) if pause.end else None
        if merged and (merged[-1][1] is None or begin <= merged[-1][1]):
            last = merged[-1][1]
            merged[-1] = (merged[-1][0], None if last is None or end is None else max(last, end))
        else:
            merged.append((begin, end))
    return merged


def _hours(start: datetime, value: int, pauses: Sequence[Pause]) -> Period:
    due = start + timedelta(hours=value)
    for begin, end in _merged(pauses):
        if begin >= due:
            break
        if end is None:
            return Period(start, value, "h", None, None, False, ())
        due += max(end - max(begin, start), timedelta())
    return Period(start, value, "h", due.date(), due, False, ())


def _months(
    start: datetime, value: int, unit: Unit, calendar: Calendar, counting: Counting, pauses: Sequence[Pause]
) -> Period:
    first = start.date()
    day = add_months(first, value * (12 if unit == "y" else 1))
    for begin, end in _merged(pauses):
        if begin.date() > day:
            break
        if end is None:
            return Period(start, value, unit, None, None, False, ())
        day += max(end.date() - max(begin.date(), first), timedelta())
    days = [Day(day, None, "counted")]
    for later in _moved(day, calendar, counting):
        days.append(Day(later, None, "moved", calendar.holiday(days[-1].date)))
        day = later
    return Period(start, value, unit, day, end_of(day), not calendar.known(day), tuple(days[1:]))


def add_months(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    following = date(year + (month == 11), month % 12 + 2 if month < 11 else 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - ONE)


Urgency = Literal["late", "today", "soon", "later", "paused", "reminder"]


def urgency(due_at: datetime | None, now: datetime, calendar: Calendar, *, binding: bool = True) -> Urgency:
    """How a running clock stands at a moment.

    ``binding`` false (not verified, or it lapses by itself): nobody is ever late by it; past its end it is a reminder.
    """
    if due_at is None:
        return "paused"
    now = local(now)
    if due_at <= now:
        return "late" if binding else "reminder"
    last = (local(due_at) - timedelta(microseconds=1)).date()
    if last <= now.date():
        return "today"
    return "soon" if calendar.working_days(now.date(), last) <= SOON else "later"
