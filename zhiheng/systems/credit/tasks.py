"""What happens by itself: records whose organisation was registered since are matched by their code."""

import time

from zhiheng.core.facts import matching
from zhiheng.core.jobs.runner import when_idle

EVERY = 3600  # seconds between two looks
_last = 0.0


@when_idle
def match_by_code() -> bool:
    """Look once an hour."""
    global _last
    if _last and time.monotonic() - _last < EVERY:
        return False
    _last = time.monotonic()
    return matching.retry() > 0
