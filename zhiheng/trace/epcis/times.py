"""Times as EPCIS writes them: a date, a time and an offset from UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

TIME = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
    r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LONG = 40  # characters: what is longer is not kept


def parse(text: str) -> datetime | None:
    """The moment, to the microsecond (further digits are cut off); None if the text is not a time."""
    if TIME.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:  # 30 February, year 0
        return None


def since(text: str) -> int | None:
    """Microseconds since 1970 UTC; None if the text is not a time.

    Each event has a time, and a time is asked for when it is checked, hashed and stored. Whole ones seldom
    repeat, but their parts do: so those are kept.
    """
    if len(text) > _LONG:
        return _whole(text)
    day, clock, rest = _day(text[:10]), _clock(text[10:19]), _rest(text[19:])
    return None if day is None or clock is None or rest is None else day + clock + rest


def _whole(text: str) -> int | None:
    moment = parse(text)
    return None if moment is None else since_epoch(moment)


@lru_cache(maxsize=1 << 12)
def _day(text: str) -> int | None:
    return _whole(f"{text}T00:00:00Z")


@lru_cache(maxsize=1 << 14)
def _clock(text: str) -> int | None:
    return _whole(f"1970-01-01{text}Z")


@lru_cache(maxsize=1 << 12)
def _rest(text: str) -> int | None:
    return _whole(f"1970-01-01T00:00:00{text}")


def microseconds(text: str) -> int:
    """Microseconds since 1970 UTC. Raises ValueError on what is not a time."""
    found = since(text)
    if found is None:
        raise ValueError(f"{text[:_LONG]!r} is not a time")
    return found


def since_epoch(moment: datetime) -> int:
    """Microseconds since 1970 UTC."""
    delta = moment - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def milliseconds(since: int) -> str:
    """``2026-11-22T00:00:00.000Z`` of microseconds since 1970, rounded half up. Raises OverflowError."""
    day, left = divmod((since + 500) // 1000, 86_400_000)
    return f"{_date(day)}{_second(left // 1000)}.{left % 1000:03}Z"


@lru_cache(maxsize=1 << 12)
def _date(day: int) -> str:
    return (EPOCH + timedelta(days=day)).date().isoformat()


@lru_cache(maxsize=1 << 14)
def _second(number: int) -> str:
    minute, second = divmod(number, 60)
    return f"T{minute // 60:02}:{minute % 60:02}:{second:02}"
