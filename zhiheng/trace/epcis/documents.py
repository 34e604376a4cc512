"""Reading EPCIS documents: what kind one is, its header, and its events one after another.

``read`` looks at the beginning only; ``Document.events`` then yields the events in document order with
their bytes as they came. Documents of any length pass in bounded memory: a small one is split by msgspec in
one go, a large one (or a damaged one) is scanned in pieces. A document that breaks off in the middle gives
its events up to there, then ``DocumentError``.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from zhiheng.knowledge.codes.errors import quoted

from . import jsonld
from .decode import MAX_DEPTH, decode
from .errors import DocumentError, Fault
from .jsonld import Context
from .model import EVENT_TYPES, Event
from .times import TIME
from .vocab import nearest

SMALL = 16 * 1024 * 1024  # decoded in one go
MAX_PIECE = 64 * 1024 * 1024  # one event, or one member of the header
_BOM = b"\xef\xbb\xbf"


class Incoming(msgspec.Struct):
    """One event of a document. ``place`` is where it stands; the faults' places include it."""

    index: int
    raw: bytes
    event: Event | None
    faults: list[Fault]
    place: str = ""


class MasterData(msgspec.Struct):
    """One element of a vocabulary in the header: a location, a product class, a party …"""

    type: str
    id: str
    attributes: list[tuple[str, Any]]
    children: list[str]


class Document:
    """An EPCIS document that has been opened.

    ``format``: "json", "xml20" or "xml12". ``kind``: "EPCISDocument", "EPCISQueryDocument", "event" (one
    event by itself) or "list" (a bare JSON list of events). ``header``: the members beside the body.
    ``context``: the JSON-LD @context; for XML the namespaces as one. For a large JSON document whose header
    stands behind the body, ``header`` and ``master_data`` are complete when the events have been read.
    """

    def __init__(
        self,
        format: str,
        kind: str,
        header: dict[str, Any],
        names: Context,
        events: Callable[[Document], Iterator[Incoming]],
        master_data: list[MasterData] | None = None,
    ) -> None:
        self.format = format
        self.kind = kind
        self.header = header
        self.names = names
        self.master_data: list[MasterData] = master_data if master_data is not None else []
        self._events = events
        # Asked before each event by a reader that does not want all: it may come undecoded then.
        self.wanted: Callable[[], bool] | None = None
        jsonld.remember(names)

    @property
    def context(self) -> Any:
        return self.names.value

    @property
    def schema_version(self) -> str | None:
        value = self.header.get("schemaVersion")
        return value if isinstance(value, str) else None

    def events(self) -> Iterator[Incoming]:
        """The events in document order. May be called once for each pass wanted."""
        return self._events(self)


def read(
    source: str | os.PathLike[str] | bytes | bytearray | memoryview, content_type: str | None = None
) -> Document:
    """Open a document: a path, or the bytes of one. Raises ``DocumentError`` and nothing else."""
    opener, size = _opener(source)
    try:
        with opener() as file:
            head = file.read(4096)
    except OSError as error:
        raise DocumentError(
            Fault(
                "unreadable",
                "",
                "the file cannot be read: {why}",
                "check the path and its rights",
                {"why": str(error.strerror)},
            )
        ) from None
    form = _sniff(head, size)
    if content_type:
        _agree(form, content_type)
    if form == "xml":
        from . import xml_form

        return xml_form.read_xml(opener, size)
    return _read_json(opener, size)


Opener = Callable[[], BinaryIO]


def _opener(source: str | os.PathLike[str] | bytes | bytearray | memoryview) -> tuple[Opener, int]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
        return (lambda: io.BytesIO(data)), len(data)
    path = Path(source)
    try:
        size = path.stat().st_size
    except (OSError, ValueError) as error:
        raise DocumentError(
            Fault(
                "unreadable",
                "",
                "the file cannot be read: {why}",
                "check the path and its rights",
                {"why": str(error)},
            )
        ) from None
    return (lambda: path.open("rb")), size


def _sniff(head: bytes, size: int) -> str:
    text = head.removeprefix(_BOM)
    first = text.lstrip()[:1]
    if not size or (not first and len(head) == size):
        raise DocumentError(Fault("empty", "", "there is nothing in the document", "send an EPCIS document"))
    if text.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00", b"<\x00", b"{\x00", b"[\x00")):
        if text.startswith((b"\xff\xfe<", b"\xfe\xff\x00<", b"<\x00", b"\x00<")):
            return "xml"  # XML may be UTF-16, and says so itself
        raise DocumentError(
            Fault(
                "not-utf-8",
                "byte 0",
                "the document is not UTF-8 (it looks like UTF-16 or UTF-32)",
                "save it as UTF-8",
            )
        )
    if first == b"<":
        return "xml"
    if first in (b"{", b"["):
        return "json"
    at = len(head) - len(head.removeprefix(_BOM).lstrip())
    raise DocumentError(
        Fault(
            "not-epcis",
            f"byte {at}",
            "the document begins with {first}: neither JSON nor XML",
            "send an EPCIS document as JSON or XML",
            {"first": quoted(first)},
        )
    )


def _agree(form: str, content_type: str) -> None:
    said = content_type.split(";")[0].strip().lower()
    other = "xml" if form == "json" else "json"
    if said.endswith((f"/{other}", f"+{other}")):
        raise DocumentError(
            Fault(
                "content-type",
                "",
                "the content type is {said} but the document is {found}",
                "send it as application/{form}",
                {"said": said, "found": form.upper(), "form": form},
            )
        )


# --- JSON ---------------------------------------------------------------------------------------------

_BODY_PATHS = {
    "EPCISDocument": "epcisBody.eventList",
    "EPCISQueryDocument": "epcisBody.queryResults.resultsBody.eventList",
}
_DESCEND = frozenset(("epcisBody", "epcisBody.queryResults", "epcisBody.queryResults.resultsBody"))
_LISTS = frozenset(_BODY_PATHS.values())
_MEMBERS = {
    "": frozenset(
        """@context id type schemaVersion creationDate instanceIdentifier sender receiver
        epcisHeader epcisBody""".split()  # noqa: SIM905
    ),
    "epcisBody": frozenset(("eventList", "queryResults")),
    "epcisBody.queryResults": frozenset(("queryName", "subscriptionID", "resultsBody")),
    "epcisBody.queryResults.resultsBody": frozenset(("eventList", "vocabularyList")),
    "epcisHeader": frozenset(("epcisMasterData",)),
}
_VERSION = re.compile(r"\d+(\.\d+)*")
_OFFSET = re.compile(r"byte (\d+)")


class _Body(msgspec.Struct, forbid_unknown_fields=True, rename={"events": "eventList"}):
    events: list[msgspec.Raw]


class _Small(
    msgspec.Struct,
    forbid_unknown_fields=True,
    rename={
        "context": "@context",
        "schema_version": "schemaVersion",
        "creation_date": "creationDate",
        "instance_identifier": "instanceIdentifier",
        "header": "epcisHeader",
        "body": "epcisBody",
    },
):
    """The plain case of an EPCISDocument, decoded in one pass."""

    type: str
    body: _Body
    context: Any = msgspec.UNSET
    schema_version: Any = msgspec.UNSET
    creation_date: Any = msgspec.UNSET
    id: Any = msgspec.UNSET
    instance_identifier: Any = msgspec.UNSET
    sender: Any = msgspec.UNSET
    receiver: Any = msgspec.UNSET
    header: Any = msgspec.UNSET


_small = msgspec.json.Decoder(_Small).decode
_raw_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_SMALL_NAMES = tuple(
    (f.name, f.encode_name) for f in msgspec.structs.fields(_Small) if f.name not in ("body",)
)


def _read_json(opener: Opener, size: int) -> Document:
    if size <= SMALL:
        with opener() as file:
            data = file.read().removeprefix(_BOM)
        found = _read_small(data)
        if found is not None:
            return found
        opener = lambda: io.BytesIO(data)  # noqa: E731
    return _read_scanned(opener)


def _read_small(data: bytes) -> Document | None:
    """None when the document is anything but plain: then it is scanned, which finds out what it is."""
    if data.lstrip()[:1] == b"[":
        try:
            raws = _raw_list(data)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return None
        return _listed(raws)
    try:
        small = _small(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    members = {
        json: value for name, json in _SMALL_NAMES if (value := getattr(small, name)) is not msgspec.UNSET
    }
    if small.type != "EPCISDocument":
        return None
    document = _document(members, {"epcisBody.eventList"})
    raws = small.body.events
    prefix = "epcisBody.eventList"

    def events(doc: Document) -> Iterator[Incoming]:
        for index, raw in enumerate(raws):
            yield _if_wanted(doc, index, bytes(raw), prefix)

    document._events = events
    return document


def incoming(index: int, raw: bytes, names: Context, place: str) -> Incoming:
    event, faults = decode(raw, index, names, place)
    return Incoming(index, raw, event, faults, place)


def _if_wanted(doc: Document, index: int, raw: bytes, prefix: str) -> Incoming:
    if doc.wanted is None or doc.wanted():
        return incoming(index, raw, doc.names, f"{prefix}[{index}]")
    return Incoming(index, raw, None, [])


def _listed(raws: list[msgspec.Raw]) -> Document:
    if not raws:
        raise DocumentError(_NO_EVENTS)

    def events(doc: Document) -> Iterator[Incoming]:
        for index, raw in enumerate(raws):
            yield _if_wanted(doc, index, bytes(raw), "")

    return Document("json", "list", {}, Context(), events)


_NO_EVENTS = Fault("empty", "", "the list holds no event", "send at least one event")


def _document(members: dict[str, Any], seen: set[str]) -> Document:
    """Check what stands beside the body, and make a Document without events yet."""
    faults: list[Fault] = []
    kind = members.get("type")
    if not isinstance(kind, str) or kind not in _BODY_PATHS:
        near = nearest(kind, frozenset((*_BODY_PATHS, *EVENT_TYPES))) if isinstance(kind, str) else None
        raise DocumentError(
            Fault(
                "unknown-document-type" if isinstance(kind, str) else "missing-field",
                "type",
                "{kind} is not a kind of document" if "type" in members else "the document has no type",
                "use {near}",
                {"kind": quoted(kind), "near": near or "EPCISDocument"},
            )
        )
    names = Context()
    if "@context" not in members:
        faults.append(
            Fault(
                "missing-field",
                "@context",
                "the document has no @context",
                'add "@context": ["{context}"]',
                {"context": jsonld.STANDARD_CONTEXT},
            )
        )
    else:
        wrong = jsonld.problem(members["@context"])
        if wrong:
            says, values = wrong
            values |= {"context": jsonld.STANDARD_CONTEXT}
            faults.append(Fault("context", "@context", says, 'use ["{context}"] and prefixes', values))
        else:
            names = Context(members["@context"])
    for name in members:
        if name not in _MEMBERS[""] and names.resolve(name) is None:
            faults.append(_stray(name, "", names))
        elif names.resolve(name) == jsonld.IGNORE:
            names.ignore(members[name])
    version = members.get("schemaVersion")
    if "schemaVersion" in members:
        if not isinstance(version, str) or not _VERSION.fullmatch(version):
            faults.append(
                Fault(
                    "schema-version",
                    "schemaVersion",
                    "{version} is not a version number in text",
                    'write "2.0"',
                    {"version": quoted(version)},
                )
            )
    elif kind == "EPCISDocument":
        faults.append(
            Fault("missing-field", "schemaVersion", "the document has no schemaVersion", 'add "2.0"')
        )
    made = members.get("creationDate")
    if "creationDate" in members:
        if not isinstance(made, str) or not TIME.fullmatch(made):
            faults.append(
                Fault(
                    "time",
                    "creationDate",
                    "{made} is not a date and time with an offset from UTC",
                    "write it as 2026-11-22T08:00:00+08:00",
                    {"made": quoted(made)},
                )
            )
    elif kind == "EPCISDocument":
        faults.append(Fault("missing-field", "creationDate", "the document has no creationDate", "add it"))
    for name in ("instanceIdentifier", "sender", "receiver", "id"):
        if name in members and not isinstance(members[name], str):
            faults.append(Fault("wrong-type", name, "{name} is not text", "give text", {"name": name}))
    if not seen:
        faults.append(
            Fault(
                "missing-field",
                _BODY_PATHS[kind],
                "the document has no list of events",
                "put the events in {path}",
                {"path": _BODY_PATHS[kind]},
            )
        )
    elif _BODY_PATHS[kind] not in seen:
        faults.append(
            Fault(
                "wrong-body",
                sorted(seen)[0],
                "a document of type {kind} has its events elsewhere",
                "put the events in {path}, or change the type",
                {"kind": kind, "path": _BODY_PATHS[kind]},
            )
        )
    master = _master_data(members.get("epcisHeader"), names, faults) if "epcisHeader" in members else []
    if faults:
        raise DocumentError(faults)
    header = {k: v for k, v in members.items() if k not in ("@context", "epcisBody")}
    return Document("json", kind, header, names, lambda _: iter(()), master)


def _stray(name: str, at: str, names: Context) -> Fault:
    known = _MEMBERS.get(at, frozenset())
    near = nearest(name, known)
    place = f"{at}.{name}" if at else name
    return Fault(
        "unknown-field",
        place,
        "{name} is not a field of the standard at this place and has no declared namespace",
        "did you mean {near}? a field of your own needs a prefix declared in @context"
        if near
        else "a field of your own needs a prefix declared in @context",
        {"name": quoted(name), "near": near or ""},
    )


def _master_data(header: Any, names: Context, faults: list[Fault]) -> list[MasterData]:
    at = "epcisHeader"
    if not isinstance(header, dict):
        faults.append(Fault("wrong-type", at, "the header is not an object", "give an object"))
        return []
    for name in header:
        if name not in _MEMBERS[at] and names.resolve(name) is None:
            faults.append(_stray(name, at, names))
    data = header.get("epcisMasterData")
    if data is None:
        if "epcisMasterData" in header:
            faults.append(
                Fault("wrong-type", f"{at}.epcisMasterData", "null is not an object", "leave it out")
            )
        return []
    if not isinstance(data, dict):
        faults.append(Fault("wrong-type", f"{at}.epcisMasterData", "it is not an object", "give an object"))
        return []
    return vocabularies(data.get("vocabularyList", []), f"{at}.epcisMasterData.vocabularyList", faults)


def vocabularies(listed: Any, at: str, faults: list[Fault]) -> list[MasterData]:
    """The elements of a vocabularyList, in document order."""
    found: list[MasterData] = []

    def wrong(place: str, says: str, mend: str) -> None:
        faults.append(Fault("master-data", place, says, mend))

    if not isinstance(listed, list):
        wrong(at, "vocabularyList is not a list", "give a list of vocabularies")
        return found
    for i, vocabulary in enumerate(listed):
        here = f"{at}[{i}]"
        if not isinstance(vocabulary, dict) or not isinstance(vocabulary.get("type"), str):
            wrong(f"{here}.type", "a vocabulary needs a type", "add urn:epcglobal:epcis:vtype:… as type")
            continue
        elements = vocabulary.get("vocabularyElementList", [])
        if not isinstance(elements, list):
            wrong(f"{here}.vocabularyElementList", "it is not a list", "give a list of elements")
            continue
        for j, element in enumerate(elements):
            spot = f"{here}.vocabularyElementList[{j}]"
            if not isinstance(element, dict) or not isinstance(element.get("id"), str) or not element["id"]:
                wrong(f"{spot}.id", "an element of a vocabulary needs an id", "add the identifier as id")
                continue
            attributes: list[tuple[str, Any]] = []
            for k, attribute in enumerate(_list(element.get("attributes", []))):
                if not isinstance(attribute, dict) or not isinstance(attribute.get("id"), str):
                    wrong(
                        f"{spot}.attributes[{k}].id",
                        "an attribute needs an id",
                        "add the attribute's name as id",
                    )
                    continue
                attributes.append((attribute["id"], attribute.get("attribute")))
            children = [c for c in _list(element.get("children", [])) if isinstance(c, str)]
            found.append(MasterData(vocabulary["type"], element["id"], attributes, children))
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# --- scanning JSON piece by piece ---------------------------------------------------------------------

_STEP = 1 << 20
_SPACE = re.compile(rb"[ \t\r\n]*")
_BRACKETS = re.compile(rb'[{}\[\]]|"[^"\\]*(?:\\.[^"\\]*)*"?|[^{}\[\]"]+', re.S)
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.S)
_SCALAR = re.compile(rb"[^,\]}\s]+")


class _Scanner:
    """Walks over the tokens of a JSON file holding no more of it than the value at hand."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.buffer = b""
        self.at = 0
        self.gone = 0  # bytes before the buffer
        self.lines = 0  # line ends before the buffer
        self.ended = False

    def fail(self, code: str, says: str, mend: str, at: int | None = None, **values: str) -> DocumentError:
        spot = self.at if at is None else at
        line = self.lines + self.buffer.count(b"\n", 0, spot) + 1
        column = spot - (self.buffer.rfind(b"\n", 0, spot) if spot else -1)
        return DocumentError(
            Fault(code, f"line {line}, column {column} (byte {self.gone + spot})", says, mend, values)
        )

    def more(self) -> bool:
        if self.ended:
            return False
        # A value longer than a piece is scanned again from its start: pieces that grow keep that linear.
        piece = self.file.read(max(_STEP, len(self.buffer) - self.at))
        if not piece:
            self.ended = True
            return False
        if self.at > _STEP:
            self.lines += self.buffer.count(b"\n", 0, self.at)
            self.gone += self.at
            self.buffer = self.buffer[self.at :]
            self.at = 0
        self.buffer += piece
        return True

    def peek(self) -> bytes:
        """The next byte that is not white space; b"" at the end."""
        while True:
            match = _SPACE.match(self.buffer, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.buffer):
                return self.buffer[self.at : self.at + 1]
            if not self.more():
                return b""

    def take(self, wanted: bytes) -> None:
        if self.peek() != wanted:
            raise self.unexpected(f"{wanted.decode()!r} is wanted")
        self.at += 1

    def unexpected(self, wanted: str) -> DocumentError:
        next_byte = self.peek()
        if not next_byte:
            return self.fail(
                "truncated", "the document ends where {wanted}", "send the whole document", wanted=wanted
            )
        return self.fail(
            "json-syntax",
            "{wanted}, not {found}",
            "mend the JSON at this place",
            wanted=wanted,
            found=quoted(next_byte),
        )

    def value(self) -> bytes:
        """The bytes of the next value, whatever it is."""
        first = self.peek()
        if first in (b"{", b"["):
            return self._nested()
        if first == b'"':
            return self._matched(_STRING, "a string ends")
        if first in (b"", b",", b"]", b"}", b":"):
            raise self.unexpected("a value is wanted")
        return self._matched(_SCALAR, "a value ends")

    def _matched(self, pattern: re.Pattern[bytes], wanted: str) -> bytes:
        while True:
            match = pattern.match(self.buffer, self.at)
            if match and (match.end() < len(self.buffer) or self.ended):
                break
            if len(self.buffer) - self.at > MAX_PIECE:
                raise self.fail("too-large", "one value is larger than 64 MB", "split the document")
            if not self.more():
                match = pattern.match(self.buffer, self.at)
                if match:
                    break
                raise self.fail(
                    "truncated", "the document ends before {wanted}", "send the whole document", wanted=wanted
                )
        text = match.group()
        self.at = match.end()
        return text

    def _nested(self) -> bytes:
        depth = 0
        spot = self.at
        while True:
            for match in _BRACKETS.finditer(self.buffer, spot):
                c = self.buffer[match.start()]
                if c == 0x7B or c == 0x5B:
                    depth += 1
                    if depth > MAX_DEPTH + 8:
                        raise self.fail(
                            "too-deep",
                            "the JSON is nested more than {limit} levels deep",
                            "flatten the extension data",
                            match.start(),
                            limit=str(MAX_DEPTH),
                        )
                elif c == 0x7D or c == 0x5D:
                    depth -= 1
                    if not depth:
                        text = self.buffer[self.at : match.end()]
                        self.at = match.end()
                        return text
                elif c == 0x22 and (match.end() - match.start() < 2 or not _STRING.fullmatch(match.group())):
                    spot = match.start()  # the string goes on in the next piece
                    break
                spot = match.end()
            if len(self.buffer) - self.at > MAX_PIECE:
                raise self.fail("too-large", "one event is larger than 64 MB", "split the event")
            before = self.at
            if not self.more():
                raise self.fail(
                    "truncated",
                    "the document ends inside an object or list",
                    "send the whole document",
                    len(self.buffer),
                )
            spot -= before - self.at

    def members(self) -> Iterator[str]:
        """The names of the object that begins here; the caller takes the value after each."""
        self.take(b"{")
        if self.peek() == b"}":
            self.at += 1
            return
        while True:
            if self.peek() != b'"':
                raise self.unexpected("the name of a member is wanted")
            raw = self._matched(_STRING, "a name ends")
            try:
                name = msgspec.json.decode(raw, type=str)
            except (msgspec.MsgspecError, ValueError) as error:
                raise self.fail(
                    "json-syntax", "this name cannot be read: {why}", "mend it", why=str(error)
                ) from None
            self.take(b":")
            yield name
            if self.peek() == b",":
                self.at += 1
                continue
            self.take(b"}")
            return

    def elements(self) -> Iterator[bytes]:
        """The values of the list that begins here."""
        self.take(b"[")
        if self.peek() == b"]":
            self.at += 1
            return
        while True:
            yield self.value()
            if self.peek() == b",":
                self.at += 1
                continue
            self.take(b"]")
            return

    def done(self) -> None:
        if self.peek():
            raise self.fail(
                "json-syntax", "something follows the end of the document", "send one document only"
            )


def _start(opener: Opener) -> tuple[_Scanner, BinaryIO]:
    file = opener()
    scanner = _Scanner(file)
    scanner.more()
    if scanner.buffer.startswith(_BOM):
        scanner.at = len(_BOM)
    return scanner, file


class _Walk:
    """One pass over a document: its members by path, stopping at each event."""

    def __init__(self, scanner: _Scanner) -> None:
        self.scanner = scanner
        self.members: dict[str, Any] = {}
        self.stray: list[tuple[str, str]] = []
        self.seen: set[str] = set()
        self.duplicate: str | None = None

    def __iter__(self) -> Iterator[bytes | None]:
        """None when the list of events is reached, then each event."""
        yield from self._walk("")
        self.scanner.done()

    def _walk(self, at: str) -> Iterator[bytes | None]:
        scanner = self.scanner
        for name in scanner.members():
            path = f"{at}.{name}" if at else name
            if path in self.seen or (not at and name in self.members):
                raise scanner.fail("duplicate-field", "{path} stands twice", "keep one of the two", path=path)
            if path in _DESCEND and scanner.peek() == b"{":
                self.seen.add(path)
                yield from self._walk(path)
            elif path in _LISTS and scanner.peek() == b"[":
                self.seen.add(path)
                yield None
                yield from scanner.elements()
            else:
                raw = scanner.value()
                if at:
                    if name not in _MEMBERS.get(at, ()):
                        self.stray.append((name, at))
                    if path in _LISTS or path.startswith("epcisBody.queryResults."):
                        self.members[path] = self._plain(raw, path)
                else:
                    self.members[name] = self._plain(raw, path)

    def _plain(self, raw: bytes, path: str) -> Any:
        try:
            return msgspec.json.decode(raw)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise self.scanner.fail(
                "json-syntax", "{path} is not JSON: {why}", "mend the JSON", path=path, why=str(error)
            ) from None

    def check(self) -> Document:
        lists = {p for p in self.seen if p in _LISTS}
        members = {k: v for k, v in self.members.items() if "." not in k}
        bad = [p for p in self.members if p in _LISTS]
        if bad:
            raise DocumentError(
                Fault("wrong-type", bad[0], "the events are not in a list", "give a list of events")
            )
        document = _document(members, lists)
        results = {
            k.rsplit(".", 1)[1]: v for k, v in self.members.items() if k.startswith("epcisBody.queryResults.")
        }
        faults: list[Fault] = [
            _stray(name, at, document.names)
            for name, at in self.stray
            if document.names.resolve(name) is None
        ]
        if document.kind == "EPCISQueryDocument":
            if not isinstance(results.get("queryName"), str):
                faults.append(
                    Fault(
                        "missing-field",
                        "epcisBody.queryResults.queryName",
                        "the results do not name their query",
                        "add queryName",
                    )
                )
            if "subscriptionID" in results and not isinstance(results["subscriptionID"], str):
                faults.append(
                    Fault(
                        "wrong-type", "epcisBody.queryResults.subscriptionID", "it is not text", "give text"
                    )
                )
            vocabulary = results.pop("vocabularyList", None)
            if vocabulary is not None:
                document.master_data.extend(
                    vocabularies(vocabulary, "epcisBody.queryResults.resultsBody.vocabularyList", faults)
                )
            for name, value in results.items():
                if document.names.resolve(name) == jsonld.IGNORE:
                    document.names.ignore(value)
            document.header["queryResults"] = results
        if faults:
            raise DocumentError(faults)
        return document


def _read_scanned(opener: Opener) -> Document:
    scanner, file = _start(opener)
    with file:
        if scanner.peek() == b"[":
            return _scanned_list(opener)
        walk = _Walk(scanner)
        single: dict[str, Any] | None = None
        broken: DocumentError | None = None
        try:
            for raw in walk:
                if raw is None and {"@context", "type"} <= walk.members.keys():
                    break  # enough is known to read the events in one pass
        except DocumentError as error:
            broken = error
        members = walk.members
        kind = members.get("type")
        if not any(p in walk.seen for p in (*_LISTS, "epcisBody")) and kind not in _BODY_PATHS:
            single = members
    if single is not None:
        if broken:
            raise broken
        if isinstance(kind, str) and ("eventTime" in members or kind in EVENT_TYPES):
            return _single(opener)
        return _document(members, set())  # raises: says what is missing
    if broken and not {"@context", "type"} <= members.keys():
        raise broken
    if broken and not any(p in walk.seen for p in _LISTS):
        raise broken
    first = _Partial(walk)
    document = first.document(final=False)
    prefix = _BODY_PATHS[document.kind]

    def events(doc: Document) -> Iterator[Incoming]:
        scanner, file = _start(opener)
        with file:
            again = _Walk(scanner)
            index = 0
            for raw in again:
                if raw is not None:
                    yield _if_wanted(doc, index, raw, prefix)
                    index += 1
            whole = _Partial(again).document(final=True)
            doc.header = whole.header
            doc.master_data = whole.master_data

    document._events = events
    return document


class _Partial:
    """Checks a walk that may not have come to its end: what is not there yet is not missing."""

    def __init__(self, walk: _Walk) -> None:
        self.walk = walk

    def document(self, final: bool) -> Document:
        if final:
            return self.walk.check()
        walk = _Walk(self.walk.scanner)
        walk.seen = self.walk.seen
        walk.stray = self.walk.stray
        walk.members = {
            "schemaVersion": "2.0",
            "creationDate": "2000-01-01T00:00:00Z",
            "epcisBody.queryResults.queryName": "",
            **self.walk.members,
        }
        document = walk.check()
        for name in ("schemaVersion", "creationDate"):
            if name not in self.walk.members:
                del document.header[name]
        return document


def _single(opener: Opener) -> Document:
    with opener() as file:
        data = file.read(MAX_PIECE + 1).removeprefix(_BOM)
    if len(data) > MAX_PIECE:
        raise DocumentError(Fault("too-large", "", "one event is larger than 64 MB", "split the event"))
    raw = data.strip()
    try:
        plain = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise DocumentError(_syntax(raw, error)) from None
    if "@context" not in plain:
        raise DocumentError(
            Fault(
                "missing-field",
                "@context",
                "an event that stands alone needs an @context",
                'add "@context": ["{context}"]',
                {"context": jsonld.STANDARD_CONTEXT},
            )
        )
    wrong = jsonld.problem(plain["@context"])
    names = Context() if wrong else Context(plain["@context"])

    def events(doc: Document) -> Iterator[Incoming]:
        yield incoming(0, raw, doc.names, "")

    return Document("json", "event", {}, names, events)


def _syntax(data: bytes, error: Exception) -> Fault:
    match = _OFFSET.search(str(error))
    if match is None:
        return Fault(
            "json-syntax",
            f"byte {len(data)}",
            "the document is not JSON: {why}",
            "mend the JSON",
            {"why": str(error)},
        )
    at = int(match.group(1))
    line = data.count(b"\n", 0, at) + 1
    column = at - data.rfind(b"\n", 0, at)
    return Fault(
        "json-syntax",
        f"line {line}, column {column} (byte {at})",
        "the document is not JSON: {why}",
        "mend the JSON at this place",
        {"why": str(error)},
    )


def _scanned_list(opener: Opener) -> Document:
    scanner, file = _start(opener)
    with file:
        for _ in scanner.elements():
            break
        else:
            raise DocumentError(_NO_EVENTS)

    def events(doc: Document) -> Iterator[Incoming]:
        scanner, file = _start(opener)
        with file:
            for index, raw in enumerate(scanner.elements()):
                yield _if_wanted(doc, index, raw, "")
            scanner.done()

    return Document("json", "list", {}, Context(), events)
