"""From a document to rows that only have to be written: decode, check, hash, canonical keys. No database.

That is more than half of the work of a capture, so for a large document it is done in processes beside the one
that writes (docs/adr/0010-preparing-beside.md); a small one is prepared where it is.
"""

import atexit
import gc
import hashlib
import operator
import os
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from datetime import datetime
from functools import lru_cache
from itertools import chain
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from zhiheng.knowledge.codes.errors import CodeError
from zhiheng.trace.epcis.documents import Incoming, MasterData, read
from zhiheng.trace.epcis.errors import DocumentError, Fault, of_code
from zhiheng.trace.epcis.fields import Items, Where, event_time_us, items, short
from zhiheng.trace.epcis.hash import event_hash
from zhiheng.trace.epcis.validate import validate, validate_rest
from zhiheng.trace.store.base import FlatLinks, Link, Parts, Role, encode_parts, key, keys

PIECE = 500  # events handed over at a time; not more than store.base.BLOCK
PIECE_BYTES = 2 * 1024 * 1024
AHEAD = 8  # pieces that each process beside may have ready
LARGE = 256 * 1024  # bytes: below this a second process costs more than it saves
TYPES = {
    "ObjectEvent": "O",
    "AggregationEvent": "A",
    "TransactionEvent": "T",
    "TransformationEvent": "X",
    "AssociationEvent": "S",
}
ROLES = {"epc": Role.OBJECT, "child": Role.CHILD, "input": Role.INPUT, "output": Role.OUTPUT}


class Row(msgspec.Struct, array_like=True):
    """One good event. ``named``: its sender gave the ID; ``declares``: it says that an event was an error."""

    index: int
    ident: bytes
    time: int
    type: str
    action: str
    step: str
    disposition: str
    read_point: str
    location: str
    event_id: str
    named: bool
    declares: bool
    parts: bytes
    raw: bytes


class Piece(msgspec.Struct, array_like=True):
    """Some events of a document. The event of a link is the number of its row in this piece; the links are in
    the order of the index, each once.

    The last piece has ``end``, the header's master data, and ``broken`` when the document ended in the middle.
    """

    count: int
    rows: list[Row]
    links: FlatLinks
    faults: list[tuple[int, Fault]]
    context: Any = None
    end: bool = False
    broken: list[Fault] = []
    master_data: list[MasterData] = []


def pieces(
    path: str,
    content_type: str | None,
    now: datetime,
    *,
    skip: int = 0,
    sender: str = "",
    turn: int = 0,
    turns: int = 1,
) -> Generator[Piece, None, None]:
    """The events of a document, checked and ready; the first ``skip`` are passed over. ``sender`` is the place
    key of the organisation that sent it: whoever sent an event is part of it. Of several that share the work
    each makes every ``turns``-th piece, beginning with number ``turn``."""
    try:
        document = read(path, content_type)
    except DocumentError as error:
        if turn == 0:
            yield Piece(0, [], [], [], end=True, broken=error.faults)
        return
    broken: list[Fault] = []
    piece, size, number = Piece(0, [], [], [], document.context), 0, 0
    links: list[Link] = []
    if turns > 1:
        document.wanted = lambda: number % turns == turn
    events = document.events()
    while True:
        try:
            incoming = next(events, None)
        except DocumentError as error:  # the events before the place where it breaks are whole
            broken, incoming = error.faults, None
        if incoming is None:
            break
        if skip:
            skip -= 1
            continue
        mine = number % turns == turn
        piece.count += 1
        if mine:
            _add(piece, links, incoming, document.context, now, sender)
        size += len(incoming.raw)
        if piece.count >= PIECE or size >= PIECE_BYTES:
            if mine:
                piece.links = _flat(links)
                yield piece
                links.clear()
            piece, size, number = Piece(0, [], [], [], document.context), 0, number + 1
    if number % turns == turn:
        piece.links, piece.end, piece.broken = _flat(links), True, broken
        piece.master_data = document.master_data
        yield piece


def _flat(links: list[Link]) -> FlatLinks:
    """In the order of the index, which is written faster so, and each once: an event may name a thing twice."""
    links.sort()
    if any(map(operator.eq, links, links[1:])):
        links = list(dict.fromkeys(links))
    return list(chain.from_iterable(links))


def _add(
    piece: Piece, links: list[Link], incoming: Incoming, context: Any, now: datetime, sender: str
) -> None:
    event, faults = incoming.event, incoming.faults
    found: Items | None = None
    if event is not None and not faults:
        try:
            found = items(event, context)
            faults = validate(event, incoming.raw, now, incoming.place, found)
        except CodeError as error:
            faults = validate(event, incoming.raw, now, incoming.place) or [of_code(error, incoming.place)]
    elif faults:
        faults = faults + validate_rest(incoming.raw, context, now, incoming.place, faults)
    if event is None or found is None or faults:
        piece.faults += [(incoming.index, fault) for fault in faults]
        return
    event_id = event.event_id or event_hash(event, context, found)
    declares = event.error_declaration is not None
    parts = parts_of(found)
    if sender:
        parts.places.append(sender)
    at, where = event_time_us(event), found.where
    name, action = type(event).__name__, getattr(event, "action", "")
    links_of(links, len(piece.rows), at, parts, name, action)
    piece.rows.append(
        Row(
            incoming.index,
            identity(event_id, declares),
            at,
            TYPES[name],
            action[:1],
            short(event.biz_step) if event.biz_step else "",
            short(event.disposition) if event.disposition else "",
            key(where.read_point) if where.read_point else "",
            key(where.biz_location) if where.biz_location else "",
            event_id,
            event.event_id is not None,
            declares,
            encode_parts(parts),
            bytes(incoming.raw),
        )
    )


def identity(event_id: str, declares_error: bool) -> bytes:
    """Sixteen bytes by which an event is known: its event ID (the CBV hash when it has none).

    A declaration that an event was an error has the ID of that event, and is another record.
    """
    text = f"{event_id}#error" if declares_error else event_id
    return hashlib.sha256(text.encode()).digest()[:16]


def parts_of(found: Items) -> Parts:
    """The identifiers of an event as keys, by role."""
    epcs, parent, children, inputs, outputs, quantities, where, transactions, transformation, lots = found
    sources, destinations, places = parties_of(where)
    return Parts(
        keys(epcs) if epcs else [],
        key(parent) if parent else None,
        keys(children) if children else [],
        keys(inputs) if inputs else [],
        keys(outputs) if outputs else [],
        [(ROLES[q.role], key(q.item), q.quantity, q.uom) for q in quantities] if quantities else [],
        sources,
        destinations,
        [(kind or "", key(one)) for kind, one in transactions],
        f"transformation:{transformation}" if transformation else None,
        [(key(lot), keys(serials)) for lot, serials in lots] if lots else [],
        places.copy(),
    )


@lru_cache(maxsize=1 << 12)
def parties_of(where: Where) -> tuple[list[tuple[str, str]], list[tuple[str, str]], list[str]]:
    """Sources, destinations, and the keys of all places and parties."""
    sources = [(kind, key(one)) for kind, one in where.sources]
    destinations = [(kind, key(one)) for kind, one in where.destinations]
    stored = [key(place) for place in (where.read_point, where.biz_location) if place]
    stored += [one for _, one in sources + destinations]
    return sources, destinations, list(dict.fromkeys([place_key(one) for one in stored]))


def place_key(stored: str) -> str:
    """The key under which a place or party is found: its GLN, whatever the extension and whichever the role."""
    return f"gln:{stored[4:17]}" if stored[:4] in {"414/", "417/"} else stored


def links_of(links: list[Link], event: int, at: int, parts: Parts, type: str, action: str) -> None:
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
                add((item, at, event, role.upper() if item in stated else role))
        elif found:
            links.extend([(item, at, event, role) for item in found])
    for role, item, _, _ in parts.classes:
        add((item, at, event, child if role == "c" else role))
    if parts.parent:
        if action == "DELETE" and not parts.children and not any(c[0] == "c" for c in parts.classes):
            parent = "y" if parent == "a" else "z"
        add((parts.parent, at, event, parent if type != "TransactionEvent" else "e"))
    for lot, _ in parts.lots:
        add((lot, at, event, Role.LOT))
    for place in parts.places:
        add((place, at, event, Role.PLACE))
    for _, one in parts.transactions:
        add((one, at, event, Role.TRANSACTION))
    if parts.transformation:
        add((parts.transformation, at, event, Role.TRANSFORMATION))


# -- in processes beside ----------------------------------------------------------------------------------------

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Piece).decode
HELPERS = 2
_Helper = tuple[subprocess.Popen[bytes], Connection]
_lock = threading.Lock()
_helpers: list[_Helper] = []


class HelperDied(RuntimeError):
    """A process beside has gone away."""


def pieces_beside(
    path: str, content_type: str | None, now: datetime, *, skip: int = 0, sender: str = ""
) -> Generator[Piece, None, None]:
    """The same as ``pieces``, prepared in processes beside, in turns, while the caller writes.

    They are started once and kept. One document at a time: a second caller meanwhile prepares its own.
    Raises HelperDied when one of them dies half-way.
    """
    if not _lock.acquire(blocking=False):
        yield from pieces(path, content_type, now, skip=skip, sender=sender)
        return
    whole, turn = False, 0
    try:
        _start()
        for which, (_, pipe) in enumerate(_helpers):
            pipe.send((path, content_type, now, skip, sender, which, len(_helpers)))
        while not whole:
            piece = _decode(_helpers[turn % len(_helpers)][1].recv_bytes())
            turn += 1
            whole = piece.end
            yield piece
    except (EOFError, OSError) as error:
        if turn:
            raise HelperDied("a process that prepares events died") from error
        # They cannot be started here (a limit on processes, no memory).
        yield from pieces(path, content_type, now, skip=skip, sender=sender)
        whole = True
    finally:
        if not whole:  # the caller stopped, or something broke: what is still on its way is of no use
            _stop()
        _lock.release()


def _start() -> None:
    if _helpers and all(process.poll() is None for process, _ in _helpers):
        return
    _stop()
    for _ in range(HELPERS):
        ours, theirs = socket.socketpair()
        # A plain new interpreter: multiprocessing would run the caller's main module a second time.
        command = [sys.executable, "-m", "zhiheng.trace.prepare", str(theirs.fileno())]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)  # noqa: S603
        theirs.close()
        _helpers.append((process, Connection(ours.detach())))


@atexit.register
def _stop() -> None:
    while _helpers:
        process, pipe = _helpers.pop()
        pipe.close()
        process.kill()
        process.wait()


def _serve(pipe: Connection) -> None:
    """A process beside: prepares its next piece while the last one is being taken."""
    os.nice(3)  # where three want two cores, the writer goes first: what it waits for is prepared meanwhile
    gc.disable()  # pieces come and go whole; nothing in them refers to itself
    sys.setswitchinterval(0.0002)  # a pipe takes 64 KB at a time: do not let each wait 5 ms for its turn
    ready: queue.Queue[bytes] = queue.Queue(maxsize=AHEAD)

    def hand_over() -> None:
        try:
            while True:
                pipe.send_bytes(ready.get())
        except OSError:
            os._exit(0)  # the writer is gone, and we go with it

    threading.Thread(target=hand_over, daemon=True).start()
    while True:
        try:
            path, content_type, now, skip, sender, turn, turns = pipe.recv()
        except (EOFError, OSError):
            return
        for piece in pieces(path, content_type, now, skip=skip, sender=sender, turn=turn, turns=turns):
            ready.put(_encode(piece))
        gc.collect()


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[1])))
