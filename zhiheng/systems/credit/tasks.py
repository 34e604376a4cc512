"""What happens by itself: records matched by codes registered since, classes once a night, packages and receipts."""

import time
from datetime import datetime

from zhiheng.core.facts import matching
from zhiheng.core.jobs.runner import when_idle
from zhiheng.core.ui import dates
from zhiheng.systems.credit import classes, packages
from zhiheng.systems.credit.models import Package, Run

EVERY = 3600  # seconds between two looks
NIGHT = range(2, 6)  # hours in which the classes are computed
_last = 0.0
_asked = 0.0
_packed = 0.0


@when_idle
def match_by_code() -> bool:
    """Look once an hour."""
    global _last
    if _last and time.monotonic() - _last < EVERY:
        return False
    _last = time.monotonic()
    return matching.retry() > 0


@when_idle
def compute_classes() -> bool:
    """A chunk at a time, so that work that comes in does not wait; asked once a minute whether there is any."""
    global _asked
    if time.monotonic() - _asked < 60:
        return False
    more = nightly(datetime.now(dates.SHANGHAI))
    if not more:
        _asked = time.monotonic()
    return more


def nightly(now: datetime) -> bool:
    """Do a chunk of the day's run when it is night and the run is not finished; whether there may be more."""
    if now.hour not in NIGHT or Run.objects.filter(day=now.date(), finished_at__isnull=False).exists():
        return False
    return classes.chunk(classes.begin(None, now.date()))


@when_idle
def exchange_packages() -> bool:
    """Once a minute: receipts for packages whose batches are done; from one o'clock on, yesterday's packages."""
    global _packed
    if _packed and time.monotonic() - _packed < 60:
        return False
    _packed = time.monotonic()
    waiting = Package.objects.filter(direction=Package.Direction.IN, state=Package.State.RECEIVED)
    for one in waiting.select_related("partner")[:100]:
        packages.settle(one)
    now = datetime.now(dates.SHANGHAI)
    if now.hour >= 1:  # whatever was begun before midnight is committed by then
        packages.make_yesterday(now)
    return False
