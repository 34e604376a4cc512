"""What happens by itself: drafts whose week is over are deleted."""

import time

from zhiheng.core.jobs.runner import when_idle
from zhiheng.systems.complaints import drafts

EVERY = 60  # seconds between two looks
SOME = 100
_last = 0.0


@when_idle
def forget_drafts() -> bool:
    """Look once a minute; go on at once while there were more than one look takes."""
    global _last
    if time.monotonic() - _last < EVERY:
        return False
    done = drafts.forget(SOME)
    if done < SOME:
        _last = time.monotonic()
    return done == SOME
