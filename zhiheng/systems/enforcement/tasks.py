"""What happens by itself: a publication whose term is over takes its last step."""

import time

from django.utils import timezone

from zhiheng.core.jobs.runner import when_idle
from zhiheng.systems.enforcement.reactions import stop_publications

EVERY = 300  # seconds between two looks
_last = 0.0


@when_idle
def let_end() -> bool:
    """Look every five minutes. The public does not wait for it: what is over is not shown from its last moment on."""
    global _last
    if time.monotonic() - _last < EVERY:
        return False
    _last = time.monotonic()
    return stop_publications(timezone.now()) > 0
