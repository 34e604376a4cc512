"""Times as EPCIS writes them: a date, a time and an offset from UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

TIME = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
    r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)


def parse(text: str) -> datetime | None:
    """The moment, to the microsecond (further digits are cut off); None if the text is not a time."""
    if TIME.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:  # 30 February, year 0
        return None


def microseconds(text: str) -> int:
    """Microseconds since 1970 UTC. Raises ValueError on what is not a time."""
    return since_epoch(datetime.fromisoformat(text))


def since_epoch(moment: datetime) -> int:
    """Microseconds since 1970 UTC."""
    delta = moment - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds
