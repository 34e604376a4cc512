"""China's working days: weekends, statutory holidays, and the days worked in their place.

The State Council publishes each year's arrangement (部分节假日安排的通知) some weeks before the year begins. Years
up to the newest that the ``chinesecalendar`` package carries come from there; later ones are loaded by an operator.
A year that nobody has published yet is taken as plain weeks, and whatever depends on it is provisional.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from chinese_calendar import constants

ONE = timedelta(days=1)
NAMES = {  # the package names holidays in English; the Chinese is the notice's
    "New Year's Day": "元旦", "Spring Festival": "春节", "Tomb-sweeping Day": "清明节", "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节", "Mid-autumn Festival": "中秋节", "National Day": "国庆节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}  # fmt: skip


class CalendarError(ValueError):
    """A year's arrangement that contradicts itself; the message names the entry and what to do."""


@dataclass(frozen=True, slots=True)
class Year:
    """One published year: days off by name, and weekend days that are worked, each for which holiday."""

    number: int
    off: Mapping[date, str] = field(default_factory=dict)
    worked: Mapping[date, str] = field(default_factory=dict)
    source: str = ""


class Calendar:
    """The years that are known. ``Calendar.published()`` has those of the package."""

    def __init__(self, years: Iterable[Year]) -> None:
        self._years = {year.number: year for year in years}

    @classmethod
    @lru_cache(maxsize=1)
    def published(cls) -> "Calendar":
        """The years the package carries."""
        off: dict[int, dict[date, str]] = {}
        worked: dict[int, dict[date, str]] = {}
        for day, name in constants.holidays.items():
            off.setdefault(day.year, {})[day] = NAMES.get(name, name)
        for day, name in constants.workdays.items():
            worked.setdefault(day.year, {})[day] = NAMES.get(name, name)
        return cls(Year(n, off[n], worked.get(n, {}), "chinesecalendar") for n in sorted(off))

    def with_years(self, years: Iterable[Year]) -> "Calendar":
        """This calendar and further years; a year given here stands above the package's."""
        return Calendar([*self._years.values(), *years])

    @property
    def years(self) -> Mapping[int, Year]:
        """The published years by number."""
        return MappingProxyType(self._years)

    def known(self, day: date) -> bool:
        """Whether the day's year is published."""
        return day.year in self._years

    def holiday(self, day: date) -> str:
        """The holiday a day is off for, in Chinese; empty for any other day."""
        year = self._years.get(day.year)
        return year.off.get(day, "") if year else ""

    def make_up(self, day: date) -> str:
        """The holiday for which a weekend day is worked; empty for any other day."""
        year = self._years.get(day.year)
        return year.worked.get(day, "") if year else ""

    def is_working(self, day: date) -> bool:
        """Whether offices work on a day."""
        if year := self._years.get(day.year):
            if day in year.off:
                return False
            if day in year.worked:
                return True
        return day.weekday() < 5

    def working_days(self, after: date, until: date) -> int:
        """How many working days lie after a day, up to and with another; negative when it is past."""
        if until < after:
            return -self.working_days(until, after)
        count, day = 0, after
        while day < until:
            day += ONE
            count += self.is_working(day)
        return count


def parse_year(document: Any) -> Year:
    """A year from a document ``{year, source, off: {name: [from/to | day]}, worked: {name: [day]}}``.

    Raises CalendarError naming the entry that is wrong.
    """
    if not isinstance(document, dict) or not isinstance(document.get("year"), int):
        raise CalendarError("year: is missing; write the year as a number, e.g. year: 2027")
    number, source = document["year"], str(document.get("source") or "")
    if not source:
        raise CalendarError("source: is missing; name the State Council notice that this is from")
    if not 2000 <= number <= 2100:
        raise CalendarError(f"year: {number} is no year we can plan for")
    off: dict[date, str] = {}
    worked: dict[date, str] = {}
    for part, days in (("off", off), ("worked", worked)):
        entries = document.get(part)
        if not isinstance(entries, dict):
            raise CalendarError(f"{part}: is missing; write the name of each holiday and its days")
        for name, listed in entries.items():
            for text in listed if isinstance(listed, list) else [listed]:
                for day in _span(f"{part}.{name}", str(text)):
                    if day.year != number:
                        raise CalendarError(f"{part}.{name}: {day} is not in {number}")
                    if part == "worked" and day.weekday() < 5:
                        raise CalendarError(
                            f"{part}.{name}: {day} is no weekend, so nobody works in its place"
                        )
                    if part == "worked" and day in off:
                        raise CalendarError(
                            f"{part}.{name}: {day} is listed as off too; remove one of the two"
                        )
                    days[day] = str(name)
    if not off:
        raise CalendarError("off: is empty; a year without a holiday is no arrangement")
    return Year(number, off, worked, source)


def _span(place: str, text: str) -> list[date]:
    first, _slash, last = text.partition("/")
    try:
        begin = date.fromisoformat(first.strip())
        end = date.fromisoformat(last.strip()) if last else begin
    except ValueError:
        raise CalendarError(
            f"{place}: {text!r} is no day; write 2027-10-01 or 2027-10-01/2027-10-07"
        ) from None
    if not begin <= end <= begin + timedelta(days=31):
        raise CalendarError(f"{place}: {text!r} ends before it begins, or lasts longer than a month")
    return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
