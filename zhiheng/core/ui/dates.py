"""Dates as people read them, always in Beijing time, and numbers with separators."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import get_language

SHANGHAI = ZoneInfo("Asia/Shanghai")
_DAYS_ZH = "一二三四五六日"
_DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def local(value: datetime) -> datetime:
    """The moment in Beijing time; a naive one is taken to be Beijing time already."""
    return value.replace(tzinfo=SHANGHAI) if value.tzinfo is None else value.astimezone(SHANGHAI)


def words(value: date | datetime) -> str:
    """2026年6月10日(周三) 14:05 / Wed 10 June 2026, 14:05; a plain date without the time."""
    moment = local(value) if isinstance(value, datetime) else None
    day = moment or value
    if (get_language() or "zh").startswith("zh"):
        text = f"{day.year}年{day.month}月{day.day}日(周{_DAYS_ZH[day.weekday()]})"
        return f"{text} {moment:%H:%M}" if moment else text
    text = f"{_DAYS_EN[day.weekday()]} {day.day} {_MONTHS_EN[day.month - 1]} {day.year}"
    return f"{text}, {moment:%H:%M}" if moment else text


def until(value: datetime) -> date | datetime:
    """The end of a period as people say it: one that is over at midnight ends with the day before."""
    moment = local(value)
    return (moment - timedelta(days=1)).date() if moment.time() == time() else moment


def today() -> date:
    """The day it is in China."""
    return local(timezone.now()).date()
