"""Capture: from a submission on disk to events in the chain.

The submission is durable before it is acknowledged. The worker reads it event by event; each event is
accepted, a duplicate, or rejected with code, place and remedy. ``proceed`` commits as it goes, with the job's
progress in the same transaction; ``rollback`` (the standard's default) stores all or nothing.
"""

import hashlib
import json
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from zhiheng.core.accounts.models import User
from zhiheng.core.jobs import submissions
from zhiheng.core.jobs.models import Job, Outcome
from zhiheng.core.jobs.runner import handles
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.knowledge.codes.errors import filled
from zhiheng.trace import said
from zhiheng.trace.epcis.documents import MasterData as Element
from zhiheng.trace.epcis.errors import Fault
from zhiheng.trace.epcis.hash import event_hash
from zhiheng.trace.models import Context, MasterData, Unswept
from zhiheng.trace.prepare import LARGE, HelperDied, Piece, Row, identity, pieces, pieces_beside
from zhiheng.trace.store import Ev, Store, key, store
from zhiheng.trace.store.base import EventRow
from zhiheng.trace.walk import uncollected

KIND = "epcis.capture"
CHUNK = 5_000  # events in a transaction: a page of an index that many of them touch is then written once
KEPT_OUTCOMES = 10_000  # per job; the counts are always whole
BEHAVIOURS = ("rollback", "proceed")
TAKEN = "An event with this ID is stored, and it says something else; this one was not stored."


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


class _Stop(Exception):
    """Leave the transaction of a rollback job."""


class Run:
    """One pass over one submission."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.store: Store = store()
        self.attempt = job.attempts
        # Whoever sent an event is part of it, so it stays visible to them even when it names no party.
        self.sender = f"org:{job.organisation_id}" if job.organisation_id else ""
        self.contexts: dict[str, int] = {}
        self.unswept: list[
            int
        ] = []  # keys of new events of this transaction, the first and the last of each piece

    def run(self) -> None:
        job = self.job
        prepare = pieces_beside if job.size > LARGE else pieces
        for attempt in (1, 2, 3):
            if job.options.get("stored"):  # all was written, and the worker died before it could say so
                return
            try:
                return self._pass(prepare)
            except HelperDied:  # we go on from the last commit, and do all of it ourselves
                prepare = pieces
            except IntegrityError:
                # Another worker stored one of these events meanwhile; next time it is a duplicate.
                if attempt == 3:
                    raise
            job.refresh_from_db()
            # A context first seen in what was taken back is not there, and neither are the events.
            self.contexts.clear()
            self.unswept.clear()

    def _pass(self, prepare: Callable[..., Generator[Piece, None, None]]) -> None:
        job = self.job
        path = str(submissions.locate(job.path))
        found = prepare(path, job.content_type or None, timezone.now(), skip=job.done, sender=self.sender)
        with closing(found), uncollected():
            if job.options.get("behaviour") == "proceed":
                self._proceed(found)
            else:
                self._rollback(found)

    def _proceed(self, found: Iterator[Piece]) -> None:
        job = self.job
        while not (last := self._commit(found)).end:
            pass
        if last.broken:
            raise refusal(last.broken, stored=job.accepted)
        job.total = job.done
        if not job.total and not last.master_data:
            raise nothing()

    def _commit(self, found: Iterator[Piece]) -> Piece:
        """A chunk of a ``proceed`` job: rows, outcomes and the job's progress in one transaction. Pieces are
        written as they come, for the writer is to be busy while the next are prepared."""
        piece, enough = next(found), self.job.done + CHUNK
        with transaction.atomic():
            self._outcomes(self._store(piece))
            while not piece.end and self.job.done < enough:
                piece = next(found)
                self._outcomes(self._store(piece))
            if piece.end:
                self._master_data(piece.master_data)
            self._summary()
        return piece

    def _rollback(self, found: Iterator[Piece]) -> None:
        job = self.job
        faults: list[tuple[int, Fault]] = []
        broken: list[Fault] = []
        try:
            with transaction.atomic():
                while True:
                    piece = next(found)
                    faults += self._store(piece, dry=bool(faults))
                    if piece.end:
                        break
                broken = piece.broken
                if faults or broken:
                    raise _Stop
                self._master_data(piece.master_data)
                if not job.done and not piece.master_data:
                    raise nothing()
                job.total = job.done
                job.options["stored"] = True
                self._summary()
        except _Stop:
            job.total = None if broken else job.done
            job.rejected = len({index for index, _ in faults})
            job.accepted = job.duplicates = job.done = 0
            job.outcomes.all().delete()
            self._outcomes(faults)
            if broken:
                raise refusal(broken) from None
            raise _problem(
                "rolled_back",
                "{count} events are wrong, so none was stored (GS1-Capture-Error-Behaviour: rollback).",
                "Mend the events listed and send the document again, or send it with 'proceed'.",
                {"count": str(job.rejected)},
                status=422,
            ) from None

    def _summary(self) -> None:
        """Write how far we are, in the transaction of the rows it stands for; a job is ours while we hold it."""
        job = self.job
        if self.unswept:
            Unswept.objects.create(first=self.unswept[0], last=self.unswept[-1])
            self.unswept = []
        names = ("done", "accepted", "duplicates", "rejected", "total", "options")
        mine = Job.objects.filter(pk=job.pk, attempts=self.attempt)
        if not mine.update(**{name: getattr(job, name) for name in names}):
            raise Problem("taken_over", "Another worker has taken this job over.", status=409)

    # -- one piece ----------------------------------------------------------------------------------------

    def _store(self, piece: Piece, dry: bool = False) -> list[tuple[int, Fault]]:
        """Write the good part of a piece. Returns the faults by event index."""
        job = self.job
        idents = [row.ident for row in piece.rows]
        job.done += piece.count
        job.rejected += piece.count - len(idents)
        if idents and not dry:
            known = self.store.known(idents)
            repeats = known or len(set(idents)) < len(idents)
            self._write(self._fresh(piece, known) if repeats else piece)
        return piece.faults

    def _fresh(self, piece: Piece, known: dict[bytes, int]) -> Piece:
        """The new events of a piece; the repeated ones become outcomes."""
        here: dict[bytes, Row] = {}
        fresh: dict[int, int] = {}  # number in the piece -> number among the new
        repeated: list[tuple[int, str, str]] = []
        for number, row in enumerate(piece.rows):
            if row.ident in known or row.ident in here:
                says = "" if not row.named or self._same(piece, row, known, here) else TAKEN
                repeated.append((row.index, row.event_id, says))
            else:
                here[row.ident] = row
                fresh[number] = len(fresh)
        self.job.duplicates += len(repeated)
        self._duplicates(repeated)
        each = iter(piece.links)
        links = [
            value
            for item, at, number, role in zip(each, each, each, each, strict=False)
            if number in fresh
            for value in (item, at, fresh[number], role)
        ]
        return Piece(len(fresh), [piece.rows[number] for number in fresh], links, [], piece.context)

    def _same(self, piece: Piece, row: Row, known: dict[bytes, int], here: dict[bytes, Row]) -> bool:
        """Does the event with this ID that we have say the same?"""
        mine = event_hash(row.raw, piece.context)
        if row.ident in here:
            return event_hash(here[row.ident].raw, piece.context) == mine
        raw, context, _, _ = self.store.bodies([known[row.ident]])[known[row.ident]]
        body = Context.objects.get(pk=context).body if context else None
        return event_hash(raw, body) == mine

    def _write(self, piece: Piece) -> None:
        rows = piece.rows
        if not rows:
            return
        first = self.store.new_ids(len(rows))
        recorded = time.time_ns() // 1000
        job = self.job.pk.bytes
        erroneous = self._declared(rows)
        context = self._context(piece.context)
        events: list[EventRow] = [
            (
                id, row.ident, row.time, recorded, row.type, row.action, row.step, row.disposition,
                row.read_point, row.location, row.event_id,
                2 if row.declares else int(row.ident in erroneous), job, row.index, context, row.parts, row.raw,
            )
            for id, row in enumerate(rows, first)
        ]  # fmt: skip
        self.store.insert(events, piece.links, first)
        self.job.accepted += len(rows)
        self.unswept += first, first + len(rows) - 1
        self.job.options["event"] = rows[-1].event_id  # for who sends one event and asks for its ID
        self._void([row for row in rows if row.declares])

    def _void(self, declarations: list[Row]) -> None:
        """Take events out of the chain that are declared in error by who may say so."""
        if not declarations:
            return
        found = self.store.known([identity(row.event_id, False) for row in declarations])
        events = self.store.events(found.values())
        mine = {id for id, event in events.items() if may_void(event.parts.places, self.sender)}
        self.store.void(mine)
        for row in declarations:
            if (id := found.get(identity(row.event_id, False))) is not None and id not in mine:
                Outcome.objects.create(
                    job=self.job,
                    index=row.index,
                    kind=Outcome.Kind.WARNING,
                    code="not-your-event",
                    message="Another party sent the event that this declares an error; it stays in the chain.",
                    remedy="Ask the party that sent it, or the regulator, to declare the error.",
                    reference=row.event_id[:300],
                )

    def _declared(self, rows: list[Row]) -> set[bytes]:
        """Events whose error declaration came before them, from who may say so."""
        if not self.store.any_declarations():
            return set()
        marks = {identity(row.event_id, True): row.ident for row in rows if not row.declares}
        found = self.store.known(list(marks))
        events = self.store.events(found.values())
        return {marks[mark] for mark, id in found.items() if may_void([self.sender], _sender_of(events[id]))}

    def _context(self, body: Any) -> int:
        if not body:
            return 0
        text = json.dumps(body, sort_keys=True, ensure_ascii=False)
        if text not in self.contexts:
            digest = hashlib.sha256(text.encode()).hexdigest()
            self.contexts[text] = Context.objects.get_or_create(digest=digest, defaults={"body": body})[0].pk
        return self.contexts[text]

    def _master_data(self, elements: list[Element]) -> None:
        rows = [
            MasterData(
                item=key(_canonical(element.id))[:400],
                vocabulary=element.type[:200],
                attributes=dict(element.attributes),
                job=self.job,
                updated_at=timezone.now(),
            )
            for element in elements
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
        room = self._room(Outcome.Kind.REJECTED) if faults else 0
        rows = [
            Outcome(
                job=self.job,
                index=index,
                kind=Outcome.Kind.REJECTED,
                code=fault.code[:60],
                place=fault.place[:300],
                message=fault.message,
                remedy=fault.remedy,
                words=fault.words,
            )
            for index, fault in faults[:room]
        ]
        Outcome.objects.bulk_create(rows, batch_size=500)

    def _duplicates(self, repeated: list[tuple[int, str, str]]) -> None:
        room = self._room(Outcome.Kind.DUPLICATE) if repeated else 0
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

    def _room(self, kind: str) -> int:
        """How many more outcomes of a kind are kept one by one."""
        return max(KEPT_OUTCOMES - self.job.outcomes.filter(kind=kind).count(), 0)


def may_void(places: list[str], sender: str) -> bool:
    """May a sender declare an event an error? Its own sender may, and the operator and the offices, who send
    for no organisation; so may anybody when nobody is known to have sent it."""
    senders = [place for place in places if place.startswith("org:")]
    return not sender or not senders or sender in senders


def _sender_of(event: Ev) -> str:
    return next((place for place in event.parts.places if place.startswith("org:")), "")


def refusal(faults: list[Fault], stored: int = 0) -> Problem:
    """A document that cannot be read, or not to its end: then some events may be stored."""
    told = [fault.to_dict() for fault in faults[:100]]
    with translation.override(said.ENGLISH):
        title, remedy = said.of_refusal(told[0], stored)
    more = {"stored": stored} if stored else {}
    return Problem(faults[0].code, title, remedy=remedy, place=faults[0].place, faults=told, **more)


def nothing() -> Problem:
    """A document without events and without master data."""
    return _problem(
        "no_events", "The document has no events.", "Put at least one event into epcisBody.eventList."
    )


def _problem(code: str, says: str, mend: str, values: dict[str, str] | None = None, **more: Any) -> Problem:
    """A Problem that can be said in another language later."""
    words = {"message": says, "remedy": mend, "values": values or {}}
    return Problem(code, filled(says, values or {}), remedy=filled(mend, values or {}), words=words, **more)


def _canonical(uri: str) -> str:
    from zhiheng.knowledge.codes.epc import canonical
    from zhiheng.knowledge.codes.errors import CodeError

    try:
        return canonical(uri)
    except CodeError:
        return uri
