"""A clock worked out, with its explanation: what the command line, the API and the pages say of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from zhiheng.knowledge.law.calendar import NAMES, Calendar
from zhiheng.knowledge.law.clocks import KINDS, Day, Pause, Period, local, period
from zhiheng.knowledge.law.load import Course, Law
from zhiheng.knowledge.law.model import Clock, Counting, LastDay, Unit, Words, note_of

UNITS: dict[Unit, Words] = {
    "wd": Words("个工作日", "working days"),
    "d": Words("日", "days"),
    "h": Words("小时", "hours"),
    "m": Words("个月", "months"),
    "y": Words("年", "years"),
}
LAST_DAYS: dict[LastDay, Words] = {
    "statutory_holiday": Words(
        "最后一日是法定节假日的，顺延至节后第一日",
        "a last day on a statutory holiday moves to the first day after",
    ),
    "rest_day": Words("最后一日不上班的，顺延至下一个工作日", "a last day off moves to the next working day"),
    "as_is": Words("最后一日不顺延", "the last day never moves"),
}
REASONS = {
    "start": Words("开始当日，不计入", "the day it begins, not counted"),
    "weekend": Words("周末", "weekend"),
    "holiday": Words("放假", "holiday"),
    "paused": Words("期间停止计算", "the clock does not run"),
    "moved": Words("最后一日遇法定节假日，顺延", "the last day is a statutory holiday, moved on"),
    "working_day": Words("工作日", "working day"),
    "make_up": Words("调休上班", "worked in place of a holiday"),
    "calendar_day": Words("计入", "counted"),
}
HOLIDAYS = {zh: en for en, zh in NAMES.items()}
WEEKEND = Words(
    "最后一日是普通周末。条文只写法定节假日顺延，普通周末不顺延。",
    "The last day is an ordinary weekend. By the text only a statutory holiday moves it; an ordinary weekend does not.",
)
PROVISIONAL = Words(
    "结果为暂定：所涉年份的放假安排尚未公布，公布并装载后重新计算。",
    "Provisional: the holidays of a year it rests on are not published yet; worked out anew once they are loaded.",
)
UNVERIFIED = Words(
    "该期限未经核实，只提醒，不判超期。",
    "This limit could not be verified: it reminds, and nobody is late by it.",
)
LAPSES = Words("期满自行发生效果，不是逾期。", "At its end it lapses by itself; nobody is late.")
NO_PAUSE = Words(
    "条文没有使该期限停止计算的事由；以上按所给的停止时间试算。",
    "The text knows no ground on which this clock stops; this is a trial with the stop that was given.",
)
NO_EXTENSION = Words(
    "超出条文允许的延长；以上只是试算。",
    "Longer than the text allows to extend; this is only a trial.",
)


@dataclass(frozen=True)
class Answer:
    """A clock of a procedure under an edition, worked out from a start."""

    law: Law
    course: Course
    key: str
    clock: Clock
    counting: Counting
    calendar: Calendar
    period: Period
    pauses: Sequence[Pause] = ()
    extended: int = 0

    @property
    def due(self) -> date | datetime | None:
        """The last day; for hours the moment."""
        return self.period.due_at if self.clock.unit == "h" else self.period.due

    @property
    def counted(self) -> list[Day]:
        return [day for day in self.period.days if day.number is not None]

    @property
    def skipped(self) -> list[Day]:
        """The days passed over; the day that a last day was moved to is not one of them."""
        return [day for day in self.period.skipped if day.date != self.period.due or day.why != "moved"]

    def reason(self, day: Day) -> str:
        """Why a day counts or not, as a key of ``REASONS``."""
        if day.why == "counted":
            return "working_day" if self.clock.unit == "wd" else "calendar_day"
        return day.why

    def name(self, day: Day, language: str) -> str:
        """The holiday or the ground of a pause that a day's reason names."""
        if day.why == "paused":
            ground = self.course.procedure.pauses.get(day.name)
            return ground.of(language) if ground else day.name
        return day.name if language.startswith("zh") else HOLIDAYS.get(day.name, day.name)

    def remarks(self, language: str) -> list[str]:
        """What is to be known besides the date."""
        found = [note_of(self.clock, language)]
        due = self.period.due
        if due and self.clock.unit in ("d", "m", "y") and self.counting.last_day == "statutory_holiday":
            free = due.weekday() >= 5 and not self.calendar.is_working(due) and not self.calendar.holiday(due)
            found.append(WEEKEND.of(language) if free else "")
        found.append(PROVISIONAL.of(language) if self.period.provisional else "")
        found.append(UNVERIFIED.of(language) if not self.clock.verified else "")
        found.append(LAPSES.of(language) if self.clock.lapses else "")
        found.append(NO_PAUSE.of(language) if self.pauses and not self.clock.pauses else "")
        found.append(NO_EXTENSION.of(language) if not self._may_extend() else "")
        return [text for text in found if text]

    def _may_extend(self) -> bool:
        open_ended = any(one.value is None for one in self.clock.extensions)
        return open_ended or self.extended <= sum((e.value or 0) * e.times for e in self.clock.extensions)

    def sentence(self, language: str, show: Callable[[date | datetime], str] = str) -> str:
        """The answer in a sentence; ``show`` writes a date."""
        zh = language.startswith("zh")
        amount = amount_of(self.period.value, self.clock.unit, language)
        start = self.period.start if self.clock.unit == "h" else self.period.start.date()
        if self.due is None:
            return (
                f"自{show(start)}起{amount}：期间正停止计算，恢复后才有截止日。"
                if zh
                else f"{amount} from {show(start)}: the clock does not run now; it has an end once it runs again."
            )
        first = "" if self.clock.unit == "h" else "（当日不计入）" if zh else " (not counted)"
        skipped = len([day for day in self.skipped if day.why != "start"])
        passed = (
            (f"，其间{skipped}天不计入" if zh else f"; {skipped} days between do not count")
            if skipped
            else ""
        )
        if zh:
            return f"自{show(start)}起{first}{amount}，至{show(self.due)}止{passed}。"
        return f"{amount} from {show(start)}{first} end on {show(self.due)}{passed}."

    def readings(self, language: str) -> list[dict[str, Any]]:
        """What other texts say of the same limit, worked out."""
        answers = []
        for one in self.clock.readings:
            other = msgspec.structs.replace(self.clock, value=one.value, unit=one.unit)
            worked = period(other, self.period.start, self.calendar, self.counting, pauses=self.pauses)
            answers.append(
                {
                    "value": one.value, "unit": one.unit, "kind": KINDS[one.unit], "verified": one.verified,
                    "due": _iso(worked.due_at if one.unit == "h" else worked.due),
                    "citation": self.law.title(one.cite, language), "note": note_of(one, language),
                }
            )  # fmt: skip
        return answers

    def document(self) -> dict[str, Any]:
        """Everything as plain data, texts in Chinese and (``…_en``) English."""
        period = self.period
        return {
            "procedure": self.course.key, "clock": self.key, "edition": self.course.edition.key,
            "title": self.clock.zh, "title_en": self.clock.en,
            "from": period.start.isoformat(), "due": _iso(self.due),
            "due_at": period.due_at.isoformat() if period.due_at else None,
            "kind": period.kind, "value": period.value, "unit": period.unit, "extended": self.extended,
            "provisional": period.provisional, "verified": self.clock.verified, "lapses": self.clock.lapses,
            "last_day": self.counting.last_day,
            "counted": [
                {"date": day.date.isoformat(), "n": day.number, "reason": self.reason(day)} for day in self.counted
            ],
            "skipped": [
                {"date": day.date.isoformat(), "reason": self.reason(day), "name": self.name(day, "zh")}
                for day in self.skipped
            ],
            "cite": self.clock.cite,
            "citation": self.law.title(self.clock.cite),
            "citation_en": self.law.title(self.clock.cite, "en"),
            "readings": self.readings("zh"),
            "explanation": self.sentence("zh"), "explanation_en": self.sentence("en"),
            "note": "".join(self.remarks("zh")), "note_en": " ".join(self.remarks("en")),
        }  # fmt: skip


def work_out(
    law: Law,
    procedure: str,
    key: str,
    start: datetime,
    calendar: Calendar,
    *,
    edition: str | None = None,
    pauses: Sequence[Pause] = (),
    extended: int = 0,
    last_day: LastDay | None = None,
) -> Answer:
    """Work out a clock from its start. Raises KeyError naming the procedures, editions or clocks there are."""
    start = local(start)
    course = law.course(procedure, edition, on=start.date())
    if key not in course.clocks:
        there = ", ".join(course.clocks) or "none: nothing is timed in it"
        raise KeyError(f"{procedure} ({course.edition.key}) has no clock {key!r}; there are: {there}")
    clock, counting = course.clocks[key], course.counting
    if last_day:
        counting = msgspec.structs.replace(counting, last_day=last_day)
    worked = period(clock, start, calendar, counting, pauses=pauses, extended=extended)
    return Answer(law, course, key, clock, counting, calendar, worked, pauses, extended)


def amount_of(value: int, unit: Unit, language: str) -> str:
    """A period in words: 7个工作日, 7 working days, 1 day."""
    words = UNITS[unit].of(language)
    if language.startswith("zh"):
        return f"{value}{words}"
    return f"{value} {words if value != 1 else words.removesuffix('s')}"


def _iso(moment: date | datetime | None) -> str | None:
    return moment.isoformat() if moment else None
