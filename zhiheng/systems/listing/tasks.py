"""What happens by itself: terms end, firms that left are followed, newcomers are compared with them."""

import logging
import time
from datetime import datetime

from django.utils import timezone

from zhiheng.core.cases import actions as engine
from zhiheng.core.cases.actions import Actor
from zhiheng.core.jobs.runner import when_idle
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.systems.listing import exits
from zhiheng.systems.listing.models import Entry, Scheme

EVERY = 600  # seconds between two looks
SOME = 100
_last = 0.0
log = logging.getLogger(__name__)


@when_idle
def look() -> bool:
    """Look every ten minutes."""
    global _last
    if _last and time.monotonic() - _last < EVERY:
        return False
    _last = time.monotonic()
    return bool(remove_expired(timezone.now()) + exits.follow_registry() + exits.look_again())


def remove_expired(now: datetime, some: int = SOME) -> int:
    """Take those off the list whose three years are over; the public stopped seeing them at that moment."""
    done = 0
    over = Entry.objects.filter(
        scheme=Scheme.SERIOUS, removed_on=None, removal_on__lt=dates.local(now).date(),
        case__state__in=("decided", "pushed", "published"), case__merged_into=None,
    ).select_related("case").order_by("removal_on", "pk")[:some]  # fmt: skip
    for entry in over:
        try:
            engine.take(Actor(), entry.case, "expire", now=now)
            done += 1
        except Problem as problem:  # an officer was faster; the next look sees what is left
            log.info("%s not removed: %s", entry.case, problem.message)
    return done
