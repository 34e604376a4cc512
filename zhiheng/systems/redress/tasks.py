"""What happens by itself: whoever lets a day pass that he promised is reminded."""

import time
from datetime import datetime

from django.utils import timezone

from zhiheng.core.cases.models import Case
from zhiheng.core.jobs.runner import when_idle
from zhiheng.core.ui import dates
from zhiheng.systems.redress import actions, queries, rules

EVERY = 3600  # seconds between two looks
_last = 0.0


@when_idle
def remind_late() -> bool:
    """Look once an hour."""
    global _last
    if _last and time.monotonic() - _last < EVERY:
        return False
    _last = time.monotonic()
    return remind_all(timezone.now()) > 0


def remind_all(now: datetime) -> int:
    """Remind of every promised day that is over; how many were reminded."""
    today, done = dates.local(now).date(), 0
    promised = {(procedure, state) for (procedure, state), (_who, name) in rules.NEXT.items() if name}
    for procedure, state in sorted(promised):
        rows = Case.objects.filter(
            procedure=procedure, state=state, closed_at=None, merged_into=None
        ).order_by("pk")
        for case in rows.iterator(chunk_size=500):
            one = queries.next_of(case, today)
            if one.late and one.by is not None and not case.reminders.filter(due_on=one.by).exists():
                done += actions.remind(case, one.by, now)
    return done
