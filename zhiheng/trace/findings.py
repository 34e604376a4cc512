"""Breaks found as events come in: a sweep over new events, in the background."""

from datetime import UTC, datetime

from django.db import connection, transaction
from django.utils import timezone

from zhiheng.core.jobs.runner import when_idle
from zhiheng.trace.answers import find_breaks
from zhiheng.trace.breaks import Break
from zhiheng.trace.models import Finding, Unswept
from zhiheng.trace.parties import Directory
from zhiheng.trace.store import Ev, store
from zhiheng.trace.timeline import party, place

EVENTS = 500  # looked at in one go, so that a capture never waits long
THINGS = 5_000


@when_idle
def sweep() -> bool:
    """Judge the things that the next new events name. True when there may be more to do."""
    if not Unswept.objects.exists():
        return False
    with transaction.atomic():
        todo = Unswept.objects.order_by("first")
        if connection.features.has_select_for_update_skip_locked:
            todo = todo.select_for_update(skip_locked=True)
        new = todo.first()
        if new is None:
            return False
        events = store().between(new.first, new.last, EVENTS)
        things: set[str] = set()
        for event in events:
            mine = named(event)
            if things and len(things) + len(mine) > THINGS:
                break
            things |= mine
            new.first = event.id + 1
        judge(things)
        if not events or new.first > new.last:
            new.delete()
        else:
            new.save()
    return True


def named(event: Ev) -> set[str]:
    """The goods and containers that an event names."""
    parts = event.parts
    found = {*parts.epcs, *parts.children, *parts.inputs, *parts.outputs, *(c[1] for c in parts.classes)}
    if parts.parent:
        found.add(parts.parent)
    return found


def judge(things: set[str]) -> None:
    """Bring the findings of these things up to date: new ones in, those that were made whole closed.

    A finding is kept for the thing that the event names, not for all that was inside it.
    """
    directory = Directory()
    found = [b for b in find_breaks(things, directory) if b.item in named(b.event)]
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
