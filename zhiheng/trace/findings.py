"""Breaks found as events come in: a sweep over new events, in the background."""

from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from zhiheng.core.jobs.runner import when_idle
from zhiheng.trace.answers import find_breaks
from zhiheng.trace.breaks import Break
from zhiheng.trace.models import Finding, Unswept
from zhiheng.trace.parties import Directory
from zhiheng.trace.store import Ev, store
from zhiheng.trace.timeline import party, place

EVENTS = 500  # looked at in one go, so that a job that comes in meanwhile waits a moment only
THINGS = 1_000


@when_idle
def sweep() -> bool:
    """Judge the things that the next new events name. True when there may be more to do.

    The judging reads only; what it found and how far it came are then written together, so that no capture
    waits for it. When two workers look at the same range, they find the same.
    """
    new = Unswept.objects.order_by("first").first()
    if new is None:
        return False
    events = store().between(new.first, new.last, EVENTS)
    things: set[str] = set()
    upto = new.last
    for event in events:
        mine = named(event)
        if things and len(things) + len(mine) > THINGS:
            upto = event.id - 1
            break
        things |= mine
    else:
        if len(events) == EVENTS:
            upto = events[-1].id
    directory = Directory()
    found = [one for one in find_breaks(things, directory) if one.item in named(one.event)]
    with transaction.atomic():
        keep(things, found, directory)
        if upto >= new.last:
            new.delete()
        else:
            Unswept.objects.filter(pk=new.pk).update(first=upto + 1)
    return True


def named(event: Ev) -> set[str]:
    """The goods and containers that an event names."""
    parts = event.parts
    found = {*parts.epcs, *parts.children, *parts.inputs, *parts.outputs, *(c[1] for c in parts.classes)}
    if parts.parent:
        found.add(parts.parent)
    return found


def keep(things: set[str], found: list[Break], directory: Directory) -> None:
    """Bring the findings of these things up to date: new ones in, those that were made whole closed.

    A finding is kept for the thing that the event names, not for all that was inside it.
    """
    keys = {(b.kind, b.item, b.event.id) for b in found}
    now = timezone.now()
    ordered = sorted(things)
    for start in range(0, len(ordered), 1000):
        for old in Finding.objects.filter(item__in=ordered[start : start + 1000], gone_at=None):
            if (old.kind, old.item, old.event) not in keys:
                old.gone_at = now
                old.save(update_fields=["gone_at"])
    directory.load({p for b in found for p in b.event.parts.places})
    Finding.objects.bulk_create(
        [_row(one, directory) for one in found],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["kind", "item", "event"],
        update_fields=["gone_at", "organisation", "region"],
    )


def _row(found: Break, directory: Directory) -> Finding:
    where = place(found.event) or party(found.event) or next(iter(found.event.parts.places), "")
    known = directory.place(where) if where else None
    return Finding(
        kind=found.kind,
        item=found.item,
        event=found.event.id,
        event_id=found.event.event_id[:400],
        time=datetime.fromtimestamp(found.event.time / 1e6, UTC),
        place=where[:400],
        region=known.region if known else "",
        organisation_id=known.organisation_id if known else None,
        gone_at=None,
    )
