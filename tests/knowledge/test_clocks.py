"""When a time limit ends: cases worked by hand over holidays, years and months, and what is always true."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.knowledge.clock_cases import CASES
from zhiheng.knowledge.law.answers import work_out
from zhiheng.knowledge.law.calendar import Calendar, CalendarError, Year, parse_year
from zhiheng.knowledge.law.clocks import SHANGHAI, Pause, Period, add_months, period, urgency
from zhiheng.knowledge.law.load import law
from zhiheng.knowledge.law.model import Clock, Counting

KNOWN = Calendar.published()
BY_TEXT = Counting("statutory_holiday", "SAMR-121 第四十五条")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def clock(value: int, unit: str) -> Clock:
    return Clock("期限", "Limit", value, unit, "X 第一条", 1)  # type: ignore[arg-type]


def end(value: int, unit: str, start: str, *pauses: tuple[str, str | None], **more: Any) -> str | None:
    stops = [Pause(at(a), at(b) if b else None) for a, b in pauses]
    calendar, counting = more.pop("calendar", KNOWN), more.pop("counting", BY_TEXT)
    found = period(clock(value, unit), at(start), calendar, counting, pauses=stops, **more)
    if found.due_at is None:
        return None
    return found.due_at.strftime("%Y-%m-%dT%H:%M") if unit == "h" else str(found.due)


# -- every clock of the law ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES, ids="-".join)
def test_every_clock_ends_where_it_was_worked_out_by_hand(name: tuple[str, str, str]) -> None:
    procedure, edition, key = name
    start, due, _how = CASES[name]
    answer = work_out(law(), procedure, key, at(start), KNOWN, edition=edition)
    assert answer.due is not None
    found = f"{answer.due:%Y-%m-%dT%H:%M}" if answer.clock.unit == "h" else str(answer.due)
    assert found == due
    assert answer.period.provisional is (due >= "2027")


def test_no_clock_of_the_law_is_without_a_case() -> None:
    there = {(c.key, c.edition.key, key) for c in law().courses() for key in c.clocks}
    assert there == set(CASES)


# -- editions change while cases run ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("procedure", "key", "day", "edition", "due"),
    [
        # Order 121 on 2026-04-15: 45 working days of the old text, 60 days of the new.
        # 14 Apr: 15–17=3 20–24=8 27–30=12 [1–5] May 6–8=15 9*=16 11–15=21 18–22=26 25–29=31 Jun 1–5=36 8–12=41 15–18=45
        ("complaint", "mediate", "2026-04-14", "SAMR-20", "2026-06-18"),
        # 15 Apr: 15 to Apr 30, 46 to May 31, Jun 14=60, a Sunday, which does not move it
        ("complaint", "mediate", "2026-04-15", "SAMR-121", "2026-06-14"),
        ("report", "verify", "2026-04-14", "SAMR-20", "2026-05-08"),  # 12 to Apr 30 (above), May 6=13 7=14 8=15
        ("report", "verify", "2026-04-15", "SAMR-121", "2026-05-09"),  # 16–30 Apr=11 (one less), May 6–8=14 9*=15
        # Order 107 on 2025-12-25: fifteen working days to decide, then seven.
        ("credit_repair", "decide", "2025-12-24", "SAMR-CR-2021", "2026-01-15"),
        ("credit_repair", "decide", "2025-12-25", "SAMR-107", "2026-01-06"),
        # Order 122 on 2026-12-01: 48 and then 36 hours for class II.
        ("food_recall", "start_2", "2026-11-30T23:59", "FOOD-RECALL", "2026-12-02T23:59"),
        ("food_recall", "start_2", "2026-12-01T00:00", "SAMR-122", "2026-12-02T12:00"),
    ],
)  # fmt: skip
def test_the_edition_is_the_one_of_the_day_it_begins(
    procedure: str, key: str, day: str, edition: str, due: str
) -> None:
    answer = work_out(law(), procedure, key, at(day), KNOWN)
    assert answer.course.edition.key == edition
    assert answer.due is not None
    assert (f"{answer.due:%Y-%m-%dT%H:%M}" if answer.clock.unit == "h" else str(answer.due)) == due


def test_how_long_a_penalty_is_public_follows_the_day_of_the_decision() -> None:
    """Order 108 on 2025-12-25: three years for what is neither small nor grave, then one."""
    before = law().course("publicity", on=date(2025, 12, 24)).publication("penalty").terms
    after = law().course("publicity", on=date(2025, 12, 25)).publication("penalty").terms
    assert (before["other"].months, before["other"].early) == (36, 6)
    assert (after["other"].months, after["other"].early) == (12, 3)
    assert before["minor"].months == after["minor"].months == 3
    assert (after["field"].months, after["field"].early) == (36, 12)
    assert (after["revocation"].months, after["revocation"].early) == (36, None)
    assert after["restriction"].until == "restriction_ends"


def test_another_edition_is_taken_when_it_is_named() -> None:
    answer = work_out(law(), "complaint", "mediate", at("2026-09-28"), KNOWN, edition="SAMR-20")
    assert answer.period.kind == "working_days"


# -- counting --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "start", "due"),
    [
        (1, "wd", "2026-10-09", "2026-10-10"),  # Friday; the Saturday after National Day is worked
        (1, "wd", "2026-10-10", "2026-10-12"),
        (1, "wd", "2026-09-19", "2026-09-20"),  # Saturday; the Sunday before is worked
        (1, "wd", "2026-02-14", "2026-02-24"),
        (3, "wd", "2026-02-13", "2026-02-25"),  # 14*=1 24=2 25=3
        (1, "wd", "2025-12-31", "2026-01-04"),
        (5, "d", "2026-09-26", "2026-10-08"),  # Oct 1
        (1, "d", "2026-10-08", "2026-10-09"),
        (1, "d", "2026-10-09", "2026-10-10"),  # a worked Saturday is no day of rest
        (1, "d", "2026-10-10", "2026-10-11"),  # an ordinary Sunday stays
        (1, "d", "2025-12-31", "2026-01-04"),
        (1, "m", "2026-01-31", "2026-02-28"),
        (1, "m", "2024-01-31", "2024-02-29"),
        (1, "m", "2025-12-31", "2026-01-31"),
        (2, "m", "2026-12-31", "2027-02-28"),
        (3, "m", "2025-11-15", "2026-02-24"),  # Feb 15 is Spring Festival, off until the 23rd
        (1, "y", "2024-02-29", "2025-02-28"),
        (2, "y", "2024-10-02", "2026-10-08"),
        (24, "h", "2026-12-31T18:30", "2027-01-01T18:30"),
    ],
)
def test_where_it_ends(value: int, unit: str, start: str, due: str) -> None:
    assert end(value, unit, start) == due


@pytest.mark.parametrize(
    ("last_day", "due"),
    [("statutory_holiday", "2026-10-17"), ("rest_day", "2026-10-19"), ("as_is", "2026-10-17")],
)
def test_a_last_day_on_an_ordinary_weekend_moves_only_when_every_day_of_rest_counts(
    last_day: Any, due: str
) -> None:
    assert end(3, "d", "2026-10-14", counting=Counting(last_day, "X")) == due


@pytest.mark.parametrize(
    ("last_day", "due"),
    [("statutory_holiday", "2026-10-08"), ("rest_day", "2026-10-08"), ("as_is", "2026-10-04")],
)
def test_a_last_day_on_a_holiday_moves_unless_nothing_does(last_day: Any, due: str) -> None:
    assert end(90, "d", "2026-07-06", counting=Counting(last_day, "X")) == due


def test_the_time_of_day_and_the_zone_make_no_difference_to_days() -> None:
    late = period(clock(7, "wd"), at("2026-09-28T23:59"), KNOWN, BY_TEXT)
    utc = period(clock(7, "wd"), datetime.fromisoformat("2026-09-27T16:30:00+00:00"), KNOWN, BY_TEXT)
    naive = period(clock(7, "wd"), datetime(2026, 9, 28), KNOWN, BY_TEXT)
    assert late.due == utc.due == naive.due == date(2026, 10, 13)
    assert late.due_at == at("2026-10-14T00:00")


def test_each_day_says_why_it_counts_or_not() -> None:
    days = {
        day.date.isoformat(): day for day in period(clock(7, "wd"), at("2026-09-28"), KNOWN, BY_TEXT).days
    }
    assert (days["2026-09-28"].why, days["2026-09-28"].number) == ("start", None)
    assert (days["2026-10-03"].why, days["2026-10-03"].name) == ("holiday", "国庆节")
    assert (days["2026-10-10"].why, days["2026-10-10"].number) == ("make_up", 5)
    assert days["2026-10-11"].why == "weekend"
    moved = period(clock(4, "d"), at("2026-09-28"), KNOWN, BY_TEXT).days
    assert [day.why for day in moved][-6:] == ["moved"] * 6 and moved[-1].date == date(2026, 10, 8)


# -- pauses and extensions -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "start", "pauses", "due"),
    [
        # The day a pause begins does not count, the day it ends does: 29 Sep–8 Oct are ten days off the count.
        (60, "d", "2026-09-28", [("2026-09-29", "2026-10-09")], "2026-12-07"),  # 27 Nov is day 60; ten more
        # 12 Feb: 13=1, paused 14*–24, 25=2 26=3
        (3, "wd", "2026-02-12", [("2026-02-14", "2026-02-25")], "2026-02-26"),
        # Two that overlap are one: paused 1–9 Sep; 10=1 11=2 14=3
        (3, "wd", "2026-08-31", [("2026-09-01", "2026-09-05"), ("2026-09-03", "2026-09-10")], "2026-09-14"),
        # A pause before the beginning or after the end changes nothing.
        (3, "wd", "2026-09-01", [("2026-08-01", "2026-09-01"), ("2026-09-20", "2026-09-30")], "2026-09-04"),
        (3, "wd", "2026-09-01", [("2026-09-02", "2026-09-02")], "2026-09-04"),
        # Months: the days of the pause after the beginning are added. 31 Oct + 9 days (1–9 Aug, the rest lies before)
        (3, "m", "2026-07-31", [("2026-07-20", "2026-08-09"), ("2026-08-05", "2026-08-09")], "2026-11-09"),
        # Hours: 09:00 + 24 h + the five hours of the pause
        (24, "h", "2026-09-01T09:00", [("2026-09-01T10:00", "2026-09-01T15:00")], "2026-09-02T14:00"),
        (24, "h", "2026-09-01T09:00", [("2026-09-01T08:00", "2026-09-01T10:00")], "2026-09-02T10:00"),
        (24, "h", "2026-09-01T09:00", [("2026-09-01T10:00", "2026-09-01T15:00"), ("2026-09-01T12:00", "2026-09-01T14:00")],
         "2026-09-02T14:00"),
    ],
)  # fmt: skip
def test_a_pause_does_not_count(
    value: int, unit: str, start: str, pauses: list[tuple[str, str | None]], due: str
) -> None:
    assert end(value, unit, start, *pauses) == due


@pytest.mark.parametrize("unit", ["wd", "d", "h", "m", "y"])
def test_while_it_is_paused_there_is_no_end(unit: str) -> None:
    assert end(2, unit, "2026-09-01T09:00", ("2026-09-01T10:00", None)) is None


def test_an_extension_is_counted_in_the_clocks_own_unit() -> None:
    # report verify: 15 + 15. 21 Sep: 15 to 19 Oct (above); 20–23=19 26–30=24 Nov 2–6=29 9=30
    assert end(15, "wd", "2026-09-21", extended=15) == "2026-11-09"
    assert (
        end(90, "d", "2026-07-06", extended=30) == "2026-11-03"
    )  # 27 to Oct 31 beyond day 90 on Oct 4; Nov 3=120
    assert end(24, "h", "2026-09-01T09:00", extended=12) == "2026-09-02T21:00"


# -- years that are not published ------------------------------------------------------------------------------

DOCUMENT = {
    "year": 2027, "source": "国务院办公厅通知（试验）",
    "off": {"元旦": "2027-01-01/2027-01-03", "春节": ["2027-02-05/2027-02-12", "2027-02-13"]},
    "worked": {"春节": ["2027-01-31", "2027-02-14"]},
}  # fmt: skip


def test_a_year_nobody_published_makes_it_provisional_and_loading_it_works_it_out_anew() -> None:
    start = at("2026-12-29")
    before = period(clock(5, "wd"), start, KNOWN, BY_TEXT)
    assert (before.due, before.provisional) == (date(2027, 1, 5), True)  # 30=1 31=2 Jan 1=3 4=4 5=5
    after = period(clock(5, "wd"), start, KNOWN.with_years([parse_year(DOCUMENT)]), BY_TEXT)
    assert (after.due, after.provisional) == (date(2027, 1, 6), False)  # 30=1 31=2 [1–3] 4=3 5=4 6=5
    assert (
        period(clock(2, "wd"), start, KNOWN, BY_TEXT).provisional is False
    )  # ends on the last day that is known


def test_a_loaded_year_stands_above_the_package() -> None:
    changed = KNOWN.with_years([Year(2026, {date(2026, 3, 3): "试"}, {}, "notice")])
    assert not changed.is_working(date(2026, 3, 3)) and changed.is_working(date(2026, 10, 1))


def test_a_published_year_is_read_whole() -> None:
    year = parse_year(DOCUMENT)
    assert len(year.off) == 3 + 9 and len(year.worked) == 2 and year.off[date(2027, 2, 13)] == "春节"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"year": None}, "year: is missing"),
        ({"year": "2027"}, "year: is missing"),
        ({"year": 1820}, "is no year we can plan for"),
        ({"source": ""}, "source: is missing"),
        ({"off": None}, "off: is missing"),
        ({"off": {}}, "off: is empty"),
        ({"off": {"元旦": "1 January"}}, "is no day"),
        ({"off": {"元旦": "2027-01-03/2027-01-01"}}, "ends before it begins"),
        ({"off": {"元旦": "2027-01-01/2027-03-01"}}, "longer than a month"),
        ({"off": {"元旦": "2026-12-31/2027-01-02"}}, "is not in 2027"),
        ({"worked": {"春节": "2027-02-15"}}, "is no weekend"),
        ({"worked": {"春节": "2027-02-06"}}, "is listed as off too"),
    ],
)
def test_a_year_that_contradicts_itself_is_refused_with_the_place(
    change: dict[str, Any], message: str
) -> None:
    with pytest.raises(CalendarError, match=message):
        parse_year({**DOCUMENT, **change})


@pytest.mark.parametrize("document", [None, [], "2027"])
def test_what_is_no_year_at_all_is_refused(document: Any) -> None:
    with pytest.raises(CalendarError, match="year"):
        parse_year(document)


# -- how it stands ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "binding", "stands"),
    [
        ("2026-10-13T23:59", True, "today"),
        ("2026-10-14T00:00", True, "late"),
        ("2026-10-14T00:00", False, "reminder"),
        ("2026-10-09T10:00", True, "soon"),  # 10*, 12 and 13 are three working days
        ("2026-09-30T10:00", True, "later"),
    ],
)
def test_how_a_clock_stands(now: str, binding: bool, stands: str) -> None:
    due = period(clock(7, "wd"), at("2026-09-28"), KNOWN, BY_TEXT).due_at
    assert urgency(due, at(now), KNOWN, binding=binding) == stands


def test_a_clock_without_an_end_is_paused() -> None:
    assert urgency(None, at("2026-10-14"), KNOWN) == "paused"


# -- what is always true ---------------------------------------------------------------------------------------

MOMENTS = st.datetimes(datetime(2019, 1, 1), datetime(2026, 6, 30))
UNITS = st.sampled_from(["wd", "d", "h", "m", "y"])


def worked(value: int, unit: str, start: datetime, **more: Any) -> Period:
    return period(clock(value, unit), start, KNOWN, BY_TEXT, **more)


@given(MOMENTS, st.integers(1, 90))
@settings(deadline=None)
def test_counting_agrees_with_the_number_of_working_days(start: datetime, value: int) -> None:
    found = worked(value, "wd", start)
    assert found.due is not None
    assert KNOWN.working_days(start.date(), found.due) == value
    assert KNOWN.is_working(found.due)
    assert [day.number for day in found.days if day.number] == list(range(1, value + 1))


@given(MOMENTS, st.integers(0, 400), st.integers(1, 60), UNITS)
@settings(deadline=None)
def test_what_begins_later_ends_no_earlier(start: datetime, days: int, value: int, unit: str) -> None:
    value = min(value, 3) if unit in ("m", "y") else value
    first, second = worked(value, unit, start), worked(value, unit, start + timedelta(days=days))
    assert first.due_at is not None and second.due_at is not None
    assert first.due_at <= second.due_at


@given(MOMENTS, st.integers(1, 60), UNITS)
@settings(deadline=None)
def test_more_time_ends_no_earlier_and_never_before_it_begins(start: datetime, value: int, unit: str) -> None:
    value = min(value, 3) if unit in ("m", "y") else value
    short, long = worked(value, unit, start), worked(value, unit, start, extended=1)
    assert short.due_at is not None and long.due_at is not None
    assert start.replace(tzinfo=SHANGHAI) < short.due_at <= long.due_at


@given(MOMENTS, st.integers(1, 40), UNITS, st.integers(-20, 60), st.integers(0, 40))
@settings(deadline=None)
def test_a_pause_never_shortens(start: datetime, value: int, unit: str, after: int, length: int) -> None:
    value = min(value, 3) if unit in ("m", "y") else value
    begin = (start + timedelta(days=after)).replace(tzinfo=SHANGHAI)
    with_pause = worked(value, unit, start, pauses=[Pause(begin, begin + timedelta(days=length))])
    without = worked(value, unit, start)
    assert with_pause.due_at is not None and without.due_at is not None
    assert with_pause.due_at >= without.due_at


@given(MOMENTS, st.integers(1, 40), UNITS)
@settings(deadline=None)
def test_a_pause_said_twice_counts_once(start: datetime, value: int, unit: str) -> None:
    value = min(value, 3) if unit in ("m", "y") else value
    begin = start.replace(tzinfo=SHANGHAI) + timedelta(hours=5)
    pause = Pause(begin, begin + timedelta(days=3))
    once, twice = (
        worked(value, unit, start, pauses=[pause]),
        worked(value, unit, start, pauses=[pause, pause]),
    )
    assert once.due_at == twice.due_at


@given(MOMENTS, st.integers(1, 60))
@settings(deadline=None)
def test_a_last_day_is_never_a_statutory_holiday(start: datetime, value: int) -> None:
    found = worked(value, "d", start)
    assert found.due is not None and not KNOWN.holiday(found.due)


@given(st.dates(date(1999, 1, 1), date(2100, 1, 1)), st.integers(0, 60))
def test_months_later_is_the_same_day_or_the_last_of_its_month(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(MOMENTS, st.integers(1, 30))
@settings(deadline=None)
def test_publishing_a_year_changes_nothing_that_was_not_provisional(start: datetime, value: int) -> None:
    fewer = Calendar([year for number, year in KNOWN.years.items() if number < 2026])
    before = period(clock(value, "wd"), start, fewer, BY_TEXT)
    assume(not before.provisional)
    assert replace(before) == worked(value, "wd", start)


def test_readings_of_other_texts_are_worked_out_beside_the_clock() -> None:
    answer = work_out(law(), "penalty", "serve", at("2026-10-12"), KNOWN)
    assert str(answer.due) == "2026-10-21"  # 13–16=4 19–21=7
    (law_says,) = answer.readings("zh")
    assert law_says["due"] == "2026-10-19" and "行政处罚法" in law_says["citation"]  # 12+7, a Monday
