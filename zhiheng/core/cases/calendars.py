"""The working-day calendar in force: the package's years and those the operator loaded."""

from functools import lru_cache

from zhiheng.core.cases.models import CalendarYear
from zhiheng.knowledge.law.calendar import Calendar
from zhiheng.knowledge.law.load import read_year


def current() -> Calendar:
    """The calendar with every loaded year. Asked of the database each time: a year loaded elsewhere counts at once."""
    loaded = tuple(CalendarYear.objects.order_by("number").values_list("number", "loaded_at"))
    return _with(loaded) if loaded else Calendar.published()


@lru_cache(maxsize=2)
def _with(loaded: tuple[tuple[int, object], ...]) -> Calendar:
    rows = CalendarYear.objects.filter(number__in=[number for number, _at in loaded])
    return Calendar.published().with_years([read_year(row.text) for row in rows])
