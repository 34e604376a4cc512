"""Capture: from a submission on disk to events in the chain.

The submission is durable before it is acknowledged. The worker reads it event by event; each event is
accepted, a duplicate, or rejected with code, place and remedy. ``proceed`` commits as it goes, with the job's
progress in the same transaction; ``rollback`` (the standard's default) stores all or nothing.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import msgspec
from django.db import IntegrityError, transaction
from django.utils import timezone

from zhiheng.core.accounts.models import User
from zhiheng.core.jobs import submissions
from zhiheng.core.jobs.models import Job, Outcome
from zhiheng.core.jobs.runner import handles
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.trace.epcis.documents import Document, Incoming, read
from zhiheng.trace.epcis.errors import DocumentError, Fault
from zhiheng.trace.epcis.fields import Items, event_time_us, items, short
from zhiheng.trace.epcis.hash import event_hash
from zhiheng.trace.epcis.model import Event
from zhiheng.trace.epcis.validate import validate
from zhiheng.trace.models import Context, MasterData, Unswept
from zhiheng.trace.store import Parts, Role, Store, key, keys, store
from zhiheng.trace.store.base import EventRow, Link, encode_parts

KIND = "epcis.capture"
CHUNK = 10_000  # events a transaction: large enough for sorted writing, small enough to wait for
CHUNK_BYTES = 16 * 1024 * 1024
KEPT_OUTCOMES = 10_000  # per job; the counts are always whole
BEHAVIOURS = ("rollback", "proceed")
TYPES = {
    "ObjectEvent": "O",
    "AggregationEvent": "A",
    "TransactionEvent": "T",
    "TransformationEvent": "X",
    "AssociationEvent": "S",
}
TAKEN = "An event with this ID is stored, and it says something else; this one was not stored."
ROLES = {"epc": Role.OBJECT, "child": Role.CHILD, "input": Role.INPUT, "output": Role.OUTPUT}


def submit(
    actor: User | None,
    chunks: Iterable[bytes],
    *,
    content_type: str = "",
    filename: str = "",
    behaviour: str = "rollback",
) -> Job:
    """Keep a document and queue its capture. When this returns, the document is on disk and will be captured.

    Raises Problem ``too_large``, ``empty``, or ``bad_behaviour`` for an unknown error behaviour.
    """
    if behaviour not in BEHAVIOURS:
        raise Problem(
            "bad_behaviour",
            f"GS1-Capture-Error-Behaviour is {behaviour!r}.",
            remedy=f"Send one of: {', '.join(BEHAVIOURS)}.",
        )
    kept = submissions.keep(chunks, today=timezone.localdate())
    if not kept.size:
        submissions.locate(kept.path).unlink()
        raise Problem("empty", "There is nothing in the document.", remedy="Send an EPCIS document.")
    with transaction.atomic():
        job = Job.objects.create(
            kind=KIND,
            owner=actor,
            organisation=actor.organisation if actor else None,
            filename=filename[:255],
            content_type=content_type[:100],
            path=kept.path,
            size=kept.size,
            sha256=kept.sha256,
            options={"behaviour": behaviour},
        )
        record(
            actor,
            "epcis.submitted",
            f"job:{job.pk}",
            {"sha256": kept.sha256, "bytes": kept.size, "name": filename},
        )
    return job


@handles(KIND)
def run(job: Job) -> None:
    """Work through one submission; goes on after ``job.done`` events when a worker died before."""
    Run(job).run()


class Good(NamedTuple):
    """An event that passed: with the identity by which it is known, and its identifiers."""

    incoming: Incoming
    event: Event
    ident: bytes
    event_id: str
    items: Items


class _Stop(Exception):
    """Leave the transaction of a rollback job."""


class Run:
    """One pass over one submission."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.store: Store = store()
        self.now = timezone.now()
        self.attempt = job.attempts
        self.kept = job.outcomes.count()
        self.seen: set[bytes] = set()
        self.contexts: dict[str, int] = {}

    def run(self) -> None:
        try:
            document = read(submissions.locate(self.job.path), self.job.content_type or None)
        except DocumentError as error:
            raise refusal(error) from None
        if self.job.options.get("behaviour") == "proceed":
            self._proceed(document)
        else:
            self._rollback(document)

    def _proceed(self, document: Document) -> None:
        job, broken = self.job, None
        events = document.events()
        skipped = sum(1 for _ in islice(events, job.done))
        assert skipped == job.done, "a kept submission does not change"
        chunks = _chunks(events)
        while True:
            try:
                chunk = next(chunks, None)
            except DocumentError as error:
                broken = error
                break
            if chunk is None:
                break
            self._commit(document, chunk)
        self._master_data(document)
        if broken is not None:
            self._outcomes([(job.done, fault) for fault in broken.faults])
            raise refusal(broken, kept=job.accepted)
        job.total = job.done
        if not job.total and not document.master_data:
            raise nothing()

    def _rollback(self, document: Document) -> None:
        job = self.job
        if job.options.get("stored"):
            return
        faults: list[tuple[int, Fault]] = []
        broken: DocumentError | None = None
        try:
            with transaction.atomic():
                chunks = _chunks(document.events())
                while True:
                    try:
                        chunk = next(chunks, None)
                    except DocumentError as error:
                        broken = error
                        raise _Stop from None
                    if chunk is None:
                        break
                    faults += self._store(document, chunk, dry=bool(faults))
                if faults:
                    raise _Stop
                self._master_data(document)
                job.total = job.done
                if not job.total and not document.master_data:
                    raise nothing()
                job.options["stored"] = True  # should we die now, the next worker has nothing left to do
                self._summary()
        except _Stop:
            job.total = job.done if broken is None else None
            job.rejected = len({index for index, _ in faults})
            job.accepted = job.duplicates = job.done = 0
            job.outcomes.all().delete()
            self.kept = 0
            self._outcomes(faults)
            if broken is not None:
                raise refusal(broken) from None
            raise Problem(
                "rolled_back",
                f"{job.rejected} events are wrong, so none was stored (GS1-Capture-Error-Behaviour: rollback).",
                status=422,
                remedy="Mend the events listed and send the document again, or send it with 'proceed'.",
            ) from None

    def _commit(self, document: Document, chunk: list[Incoming]) -> None:
        """One chunk of a ``proceed`` job: its rows, its outcomes and the job's progress in one transaction."""
        for attempt in (1, 2, 3):
            before = (
                self.job.done,
                self.job.accepted,
                self.job.duplicates,
                self.job.rejected,
                set(self.seen),
            )
            try:
                with transaction.atomic():
                    self._outcomes(self._store(document, chunk))
                    self._summary()
                return
            except IntegrityError:
                # Another worker stored one of these events meanwhile; next time it is a duplicate.
                if attempt == 3:
                    raise
                self.job.done, self.job.accepted, self.job.duplicates, self.job.rejected, self.seen = before

    def _summary(self) -> None:
        """Write how far we are, in the transaction of the rows it stands for; a job is ours while we hold it."""
        job = self.job
        names = ("done", "accepted", "duplicates", "rejected", "total", "options")
        mine = Job.objects.filter(pk=job.pk, attempts=self.attempt)
        if not mine.update(**{name: getattr(job, name) for name in names}):
            raise Problem("taken_over", "Another worker has taken this job over.", status=409)

    # -- one chunk ----------------------------------------------------------------------------------------

    def _store(self, document: Document, chunk: list[Incoming], dry: bool = False) -> list[tuple[int, Fault]]:
        """Validate a chunk and write the good part. Returns the faults by event index."""
        job, context = self.job, document.context
        faults: list[tuple[int, Fault]] = []
        good: list[Good] = []
        for incoming in chunk:
            event = incoming.event
            wrong = incoming.faults
            if event is not None and not wrong:
                wrong = [fault.under(incoming.place) for fault in validate(event, incoming.raw, self.now)]
            if event is None or wrong:
                faults += [(incoming.index, fault) for fault in wrong]
                job.rejected += 1
                continue
            found = items(event, context)
            event_id = event.event_id or event_hash(event, context, found)
            ident = identity(event_id, event.error_declaration is not None)
            good.append(Good(incoming, event, ident, event_id, found))
        job.done += len(chunk)
        if dry or not good:
            return faults
        fresh, repeated = self._fresh(document, good)
        job.duplicates += len(repeated)
        self._duplicates(repeated)
        if fresh:
            self._write(document, fresh)
            job.accepted += len(fresh)
        return faults

    def _fresh(
        self, document: Document, good: list[Good]
    ) -> tuple[list[Good], list[tuple[int, str, str]]]:
        """Split into new events and repeated ones (index, event ID, what to say of it)."""
        known = self.store.known([one.ident for one in good])
        fresh, repeated = [], []
        first: dict[bytes, Event] = {}
        for one in good:
            incoming, event, ident, event_id, _ = one
            if ident in known or ident in self.seen:
                says = ""
                if event.event_id and not self._same(document, event, ident, known, first):
                    says = TAKEN
                repeated.append((incoming.index, event_id, says))
                continue
            self.seen.add(ident)
            first[ident] = event
            fresh.append(one)
        return fresh, repeated

    def _same(
        self,
        document: Document,
        event: Event,
        ident: bytes,
        known: dict[bytes, int],
        first: dict[bytes, Event],
    ) -> bool:
        """Does the event with this ID that we have say the same?"""
        mine = event_hash(event, document.context)
        if ident in known:
            raw, context, _, _ = self.store.bodies([known[ident]])[known[ident]]
            body = Context.objects.get(pk=context).body if context else None
            return event_hash(raw, body) == mine
        if ident in first:
            return event_hash(first[ident], document.context) == mine
        return True

    def _write(self, document: Document, fresh: list[Good]) -> None:
        ids = self.store.new_ids(len(fresh))
        recorded = time.time_ns() // 1000
        context = self._context(document.context)
        job = self.job.pk.bytes
        # Whoever sent an event is part of it, so it stays visible to them even when it names no party.
        sender = f"org:{self.job.organisation_id}" if self.job.organisation_id else ""
        rows: list[EventRow] = []
        links: list[Link] = []
        voids: list[bytes] = []
        declared = self._declared([one for one in fresh if one.event.error_declaration is None])
        for id, (incoming, event, ident, event_id, found) in zip(ids, fresh, strict=True):
            at = event_time_us(event)
            voided = 0
            if event.error_declaration is not None:
                voided = 2
                voids.append(identity(event_id, False))
            elif declared and ident in declared:
                voided = 1
            parts = parts_of(found)
            if sender:
                parts.places.append(sender)
            step = short(event.biz_step) if event.biz_step else ""
            rows.append(
                (
                    id, ident, at, recorded, TYPES[type(event).__name__], getattr(event, "action", "")[:1], step,
                    short(event.disposition) if event.disposition else "",
                    key(found.read_point) if found.read_point else "",
                    key(found.biz_location) if found.biz_location else "",
                    event_id, voided, job, incoming.index, context, encode_parts(parts), bytes(incoming.raw),
                )
            )  # fmt: skip
            links_of(links, id, at, parts, type(event).__name__, getattr(event, "action", ""))
        self.store.insert(rows, links)
        Unswept.objects.create(first=ids[0], last=ids[-1])
        self.job.options["event"] = rows[-1][10]  # for who sends one event and asks for its ID
        if voids:
            self.store.void(self.store.known(voids).values())

    def _declared(self, fresh: list[Good]) -> set[bytes]:
        """Events whose error declaration came before them."""
        if not self.store.any_declarations():
            return set()
        marks = {identity(event_id, True): ident for _, _, ident, event_id, _ in fresh}
        return {marks[mark] for mark in self.store.known(list(marks))}

    def _context(self, body: Any) -> int:
        if not body:
            return 0
        text = json.dumps(body, sort_keys=True, ensure_ascii=False)
        if text not in self.contexts:
            digest = hashlib.sha256(text.encode()).hexdigest()
            self.contexts[text] = Context.objects.get_or_create(digest=digest, defaults={"body": body})[0].pk
        return self.contexts[text]

    def _master_data(self, document: Document) -> None:
        rows = [
            MasterData(
                item=key(_canonical(element.id))[:400],
                vocabulary=element.type[:200],
                attributes=dict(element.attributes),
                job=self.job,
                updated_at=self.now,
            )
            for element in document.master_data
        ]
        unique = {row.item: row for row in rows}
        MasterData.objects.bulk_create(
            unique.values(),
            batch_size=500,
            update_conflicts=True,
            unique_fields=["item"],
            update_fields=["vocabulary", "attributes", "job", "updated_at"],
        )

    # -- outcomes -----------------------------------------------------------------------------------------

    def _outcomes(self, faults: list[tuple[int, Fault]]) -> None:
        room = max(KEPT_OUTCOMES - self.kept, 0)
        rows = [
            Outcome(
                job=self.job,
                index=index,
                kind=Outcome.Kind.REJECTED,
                code=fault.code[:60],
                place=fault.place[:300],
                message=fault.message,
                remedy=fault.remedy,
            )
            for index, fault in faults[:room]
        ]
        Outcome.objects.bulk_create(rows, batch_size=500)
        self.kept += len(rows)

    def _duplicates(self, repeated: list[tuple[int, str, str]]) -> None:
        room = max(KEPT_OUTCOMES - self.kept, 0)
        rows = [
            Outcome(
                job=self.job,
                index=index,
                kind=Outcome.Kind.DUPLICATE,
                code="event-id-taken" if says else "duplicate",
                message=says,
                remedy="Give the event an ID of its own; to correct the stored one, send an error declaration."
                if says
                else "",
                reference=event_id[:300],
            )
            for index, event_id, says in repeated[:room]
        ]
        Outcome.objects.bulk_create(rows, batch_size=500)
        self.kept += len(rows)


def identity(event_id: str, declares_error: bool) -> bytes:
    """Sixteen bytes by which an event is known: its event ID (the CBV hash when it has none).

    A declaration that an event was an error has the ID of that event, and is another record.
    """
    text = f"{event_id}#error" if declares_error else event_id
    return hashlib.sha256(text.encode()).digest()[:16]


def parts_of(found: Items) -> Parts:
    """The identifiers of an event as keys, by role."""
    places = []
    for place in (found.read_point, found.biz_location):
        if place:
            places.append(place_key(key(place)))
    sources = [(kind, key(one)) for kind, one in found.sources]
    destinations = [(kind, key(one)) for kind, one in found.destinations]
    places += [place_key(one) for _, one in sources] + [place_key(one) for _, one in destinations]
    return Parts(
        epcs=keys(found.epcs),
        parent=key(found.parent) if found.parent else None,
        children=keys(found.children),
        inputs=keys(found.inputs),
        outputs=keys(found.outputs),
        classes=[(ROLES[q.role], key(q.item), q.quantity, q.uom) for q in found.quantities],
        sources=sources,
        destinations=destinations,
        transactions=[(kind or "", key(one)) for kind, one in found.biz_transactions],
        transformation=f"transformation:{found.transformation_id}" if found.transformation_id else None,
        lots=[(key(lot), keys(serials)) for lot, serials in found.lots],
        places=list(dict.fromkeys(places)),
    )


def place_key(stored: str) -> str:
    """The key under which a place or party is found: its GLN, whatever the extension and whichever the role."""
    return f"gln:{stored[4:17]}" if stored[:4] in {"414/", "417/"} else stored


def links_of(links: list[Link], id: int, at: int, parts: Parts, type: str, action: str) -> None:
    """Add an event's rows of the inverted index."""
    add = links.append
    child, parent = ("b", "a") if type == "AssociationEvent" else ("c", "p")
    stated = {serial for _, serials in parts.lots for serial in serials} if parts.lots else ()
    for role, found in (
        ("e", parts.epcs),
        (child, parts.children),
        ("i", parts.inputs),
        ("o", parts.outputs),
    ):
        if stated:
            for item in found:
                add((item, at, id, role.upper() if item in stated else role))
        else:
            links.extend([(item, at, id, role) for item in found])
    for role, item, _, _ in parts.classes:
        add((item, at, id, child if role == "c" else role))
    if parts.parent:
        if action == "DELETE" and not parts.children and not any(c[0] == "c" for c in parts.classes):
            parent = "y" if parent == "a" else "z"
        add((parts.parent, at, id, parent if type != "TransactionEvent" else "e"))
    for lot, _ in parts.lots:
        add((lot, at, id, Role.LOT))
    for place in parts.places:
        add((place, at, id, Role.PLACE))
    for _, one in parts.transactions:
        add((one, at, id, Role.TRANSACTION))
    if parts.transformation:
        add((parts.transformation, at, id, Role.TRANSFORMATION))


def refusal(error: DocumentError, kept: int = 0) -> Problem:
    """A document that cannot be read, or not to its end."""
    first = error.faults[0]
    return Problem(
        first.code,
        f"{first.place or 'The document'}: {first.message}",
        remedy=first.remedy
        if not kept
        else f"{first.remedy}. The {kept} events before this place are stored.",
        place=first.place,
        faults=[msgspec.to_builtins(fault) for fault in error.faults[:100]],
    )


def nothing() -> Problem:
    """A document without events and without master data."""
    return Problem(
        "no_events",
        "The document has no events.",
        remedy="Put at least one event into epcisBody.eventList.",
    )


def _canonical(uri: str) -> str:
    from zhiheng.knowledge.codes.epc import canonical
    from zhiheng.knowledge.codes.errors import CodeError

    try:
        return canonical(uri)
    except CodeError:
        return uri


def _chunks(events: Iterator[Incoming]) -> Iterator[list[Incoming]]:
    chunk: list[Incoming] = []
    size = 0
    broken: DocumentError | None = None
    while True:
        try:
            incoming = next(events, None)
        except DocumentError as error:  # the events before the place where it breaks are whole
            broken, incoming = error, None
        if incoming is None:
            break
        chunk.append(incoming)
        size += len(incoming.raw)
        if len(chunk) >= CHUNK or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk
    if broken is not None:
        raise broken
