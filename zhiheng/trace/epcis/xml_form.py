"""EPCIS XML, 1.0 to 2.0: from the element of an event to the EPCIS 2.0 JSON form of the same event.

Nothing is fetched and nothing is expanded: a document type that declares anything is refused, the network is
off, and libxml2's own limits on size and depth stay on. What EPCIS 1.x wraps in ``extension`` and
``baseExtension`` is unwrapped. The URNs of standard words become bare words, as JSON has them; times,
identifiers and extensions stay as they are. Elements and attributes from other namespaces get the prefix that
the document gives them; a prefix that the document's root does not declare is declared in the event.
"""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from lxml import etree

from zhiheng.knowledge.codes.errors import quoted

from . import jsonld, vocab
from .decode import MAX_DEPTH, METADATA, NUMBERS, REPORT, decode, too_deep
from .documents import Document, Incoming, MasterData, Opener
from .errors import DocumentError, Fault
from .jsonld import Context
from .model import EVENT_TYPES
from .vocab import Vocabulary, nearest

MAX_ELEMENTS = 2_000_000  # in one event
_PROLOGUE = 1 << 16
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XSD = "http://www.w3.org/2001/XMLSchema"
_SBDH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
_EPCIS = re.compile(r"urn:epcglobal:epcis(?:-query|-masterdata)?:xsd:[0-9.]+")
_ROOTS = frozenset(("EPCISDocument", "EPCISQueryDocument", "EPCISMasterDataDocument", "VocabularyList"))
_EVENTS = frozenset((*EVENT_TYPES, "QuantityEvent"))
_WRAPPERS = frozenset(("extension", "baseExtension"))
_encode = msgspec.json.encode


def read_xml(opener: Opener, size: int) -> Document:
    """Open an XML document: check its beginning, read its header."""
    with opener() as file:
        _refuse_declarations(file.read(_PROLOGUE))
    head = _Head()
    broken: DocumentError | None = None
    try:
        for _ in head.run(opener):
            break  # the first event, or the end
    except DocumentError as error:
        if not head.kind or (head.kind != "event" and not head.in_list):
            raise
        broken = error
    faults = head.faults()
    if faults:
        raise DocumentError(faults)
    if broken and not head.kind:
        raise broken
    context = [jsonld.STANDARD_CONTEXT, head.spaces] if head.spaces else [jsonld.STANDARD_CONTEXT]
    names = Context(context, curies=False)
    names.ignore(head.ignored)

    def events(document: Document) -> Iterator[Incoming]:
        again = _Head()
        for item in again.run(opener):
            if item is not None:
                yield item
        document.master_data = again.master_data

    kind = head.kind
    return Document(head.format, kind, head.header, names, events, head.master_data)


def _refuse_declarations(head: bytes) -> None:
    text = _text(head)
    at = 0
    while True:
        match = _MISC.match(text, at)
        if match is None:
            break
        at = match.end()
    if not text.startswith("<!DOCTYPE", at):
        if text.startswith("<!", at) and not text.startswith("<!--", at):
            raise _dtd(text, at)
        if at >= len(text) - 9 and len(head) >= _PROLOGUE:
            raise DocumentError(
                Fault(
                    "xml-prologue",
                    "line 1",
                    "64 KB pass before the first element",
                    "shorten the opening comments",
                )
            )
        return
    # A bare <!DOCTYPE name> declares nothing and stands in examples of the standard.
    if re.compile(r"<!DOCTYPE\s+[\w:.\-]+\s*>").match(text, at) is None:
        raise _dtd(text, at)


_MISC = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.S)


def _dtd(text: str, at: int) -> DocumentError:
    return DocumentError(
        Fault(
            "xml-dtd",
            f"line {text.count(chr(10), 0, at) + 1}",
            "the document declares a document type (DTD), which EPCIS has no use for and attackers do",
            "take <!DOCTYPE …> out",
        )
    )


def _text(head: bytes) -> str:
    for bom, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(bom):
            return head.decode(encoding, "replace").removeprefix("\ufeff")
    if head.startswith(b"<\x00"):
        return head.decode("utf-16-le", "replace")
    if head.startswith(b"\x00<"):
        return head.decode("utf-16-be", "replace")
    return head.decode("latin-1")  # the mark-up is ASCII in every other encoding that XML may have


def _local(element: etree._Element) -> tuple[str, str]:
    tag = element.tag
    if isinstance(tag, str) and tag[:1] == "{":
        space, _, name = tag[1:].partition("}")
        return space, name
    return "", str(tag)


def _is_epcis(space: str) -> bool:
    return not space or _EPCIS.fullmatch(space) is not None


class _Head:
    """One pass over an XML document."""

    def __init__(self) -> None:
        self.kind = ""
        self.format = "xml20"
        self.header: dict[str, Any] = {}
        self.spaces: dict[str, str] = {}
        self.master_data: list[MasterData] = []
        self.in_list = False
        self.bodies: list[str] = []
        self.ignored: list[str] = []
        self.prefix = "epcisBody.eventList"

    def run(self, opener: Opener) -> Iterator[Incoming | None]:
        """Each event, or None when the root has been read and there was none."""
        with opener() as file:
            try:
                parse = etree.iterparse(
                    file,
                    events=("start", "end"),
                    resolve_entities=False,
                    no_network=True,
                    load_dtd=False,
                    huge_tree=False,
                    remove_comments=True,
                    remove_pis=True,
                )
                yield from self._walk(parse)
            except etree.XMLSyntaxError as error:
                raise _syntax(error) from None
            except (etree.LxmlError, LookupError, UnicodeError, ValueError, OSError) as error:
                if isinstance(error, DocumentError):
                    raise
                raise DocumentError(
                    Fault(
                        "xml-syntax",
                        "",
                        "the XML cannot be read: {why}",
                        "send well-formed XML in UTF-8",
                        {"why": str(error)},
                    )
                ) from None

    def _walk(self, parse: Any) -> Iterator[Incoming | None]:
        path: list[tuple[str, etree._Element]] = []
        event_depth = 0  # of the event being read; 0 outside of events
        elements = 0
        index = 0
        for action, element in parse:
            if action == "start":
                space, name = _local(element)
                path.append((name if _is_epcis(space) else f"{{{space}}}{name}", element))
                depth = len(path)
                if depth > MAX_DEPTH + 16:
                    raise DocumentError(too_deep(f"line {element.sourceline}"))
                if depth == 1:
                    self._root(element, space, name)
                    if self.kind == "event":
                        event_depth = 1
                elif not event_depth and self._starts_event(path):
                    event_depth = depth
                    elements = 0
                elements += 1
                if elements > MAX_ELEMENTS:
                    raise DocumentError(
                        Fault(
                            "too-large",
                            f"line {element.sourceline}",
                            "more than {limit} elements in one event",
                            "split the event",
                            {"limit": str(MAX_ELEMENTS)},
                        )
                    )
                continue
            depth = len(path)
            name = path[-1][0]
            path.pop()
            if depth == event_depth:
                event_depth = 0
                place = "" if self.kind == "event" else f"{self.prefix}[{index}]"
                yield self._incoming(element, index, f"{place} (line {element.sourceline})")
                index += 1
                _forget(element)
            elif not event_depth:
                self._outside(name, element, path)
        yield None

    def _root(self, element: etree._Element, space: str, name: str) -> None:
        if not _is_epcis(space) or (name not in _ROOTS and name not in _EVENTS):
            near = nearest(name, _ROOTS | _EVENTS) if _is_epcis(space) else None
            raise DocumentError(
                Fault(
                    "unknown-document-type",
                    f"line {element.sourceline}",
                    "<{name}> is not the root of an EPCIS document",
                    "did you mean {near}?" if near else "send an EPCISDocument",
                    {"name": name, "near": near or ""},
                )
            )
        if name in _EVENTS:
            self.kind = "event"
        elif name == "VocabularyList":
            self.kind = "EPCISMasterDataDocument"
        else:
            self.kind = name
        self.spaces = {
            prefix: uri
            for prefix, uri in element.nsmap.items()
            if prefix and isinstance(uri, str) and uri not in (_XSI, _XSD) and not _is_epcis(uri)
        }
        for wanted in ("schemaVersion", "creationDate"):
            value = element.get(wanted)
            if value is not None:
                self.header[wanted] = value.strip()
        version = str(self.header.get("schemaVersion", ""))
        old = space.endswith(":1") or (not space and not version.startswith("2") and name in _EVENTS)
        self.format = "xml12" if old and not version.startswith("2") else "xml20"
        if name == "EPCISQueryDocument":
            self.prefix = "epcisBody.queryResults.resultsBody.eventList"

    def _starts_event(self, path: list[tuple[str, etree._Element]]) -> bool:
        names = [name for name, _ in path]
        if names[-2] == "EventList":
            self.in_list = True
            return names[-1] != "extension"
        return (
            len(names) > 2
            and names[-2] == "extension"
            and "EventList" in names[-4:-2]
            and names[-1] not in _WRAPPERS
        )

    def _outside(self, name: str, element: etree._Element, path: list[tuple[str, etree._Element]]) -> None:
        """The end of an element that belongs to no event."""
        above = path[-1][0] if path else ""
        if name == "EventList":
            self.in_list = True
        if above == "EPCISBody":
            self.bodies.append(name)
        if name == "Vocabulary":
            self._vocabulary(element)
            element.clear()
        elif name == f"{{{_SBDH}}}StandardBusinessDocumentHeader":
            self.header["sbdh"] = _plain(element)
        elif name == "{{{}}}{}".format(*jsonld.IGNORE):
            self.ignored.extend(str(child.tag) for child in element)
        elif above == "QueryResults" and name in ("queryName", "subscriptionID"):
            self.header.setdefault("queryResults", {})[name] = (element.text or "").strip()

    def _vocabulary(self, element: etree._Element) -> None:
        kind = (element.get("type") or "").strip()
        for item in element.iter():
            space, name = _local(item)
            if name != "VocabularyElement" or not _is_epcis(space):
                continue
            identifier = (item.get("id") or "").strip()
            attributes: list[tuple[str, Any]] = []
            children: list[str] = []
            for child in item:
                _, what = _local(child)
                if what == "attribute":
                    attributes.append(((child.get("id") or "").strip(), _plain(child)))
                elif what == "children":
                    children.extend((c.text or "").strip() for c in child)
            if not kind or not identifier:
                raise DocumentError(
                    Fault(
                        "master-data",
                        f"line {item.sourceline}",
                        "a vocabulary needs a type and its elements need an id",
                        "add the attribute",
                    )
                )
            self.master_data.append(MasterData(kind, identifier, attributes, children))

    def faults(self) -> list[Fault]:
        """What is wrong with the document around its events."""
        found: list[Fault] = []
        if self.kind == "event" or (self.kind == "EPCISMasterDataDocument" and not self.header):
            return found
        version, made = self.header.get("schemaVersion"), self.header.get("creationDate")
        if version is None or not re.fullmatch(r"[0-9]+(\.[0-9]+)*", version):
            found.append(
                Fault(
                    "missing-field" if version is None else "schema-version",
                    "schemaVersion",
                    "the document has no schemaVersion"
                    if version is None
                    else "{version} is no version number",
                    'write schemaVersion="2.0"',
                    {"version": quoted(version)},
                )
            )
        if (made is None and self.kind == "EPCISDocument") or (
            made is not None and not _XML_TIME.fullmatch(made)
        ):
            found.append(
                Fault(
                    "missing-field" if made is None else "time",
                    "creationDate",
                    "the document has no creationDate" if made is None else "{made} is not a date and time",
                    "write it as 2026-11-22T08:00:00+08:00",
                    {"made": quoted(made)},
                )
            )
        if not self.in_list and self.kind != "EPCISMasterDataDocument" and not self.master_data:
            asked = [b for b in self.bodies if b not in ("QueryResults", "extension")]
            if self.kind == "EPCISQueryDocument" and asked:
                found.append(
                    Fault(
                        "not-events",
                        "EPCISBody",
                        "the document holds {message}, a message of the query interface, and no events",
                        "send it to the query interface; capture takes EPCISDocument and query results",
                        {"message": asked[0]},
                    )
                )
            elif self.kind == "EPCISQueryDocument" or not self.bodies:
                found.append(
                    Fault("missing-field", "EPCISBody", "the document has no list of events", "add EventList")
                )
        return found

    def _incoming(self, element: etree._Element, index: int, place: str) -> Incoming:
        made = Converter(self.spaces)
        plain = made.event(element)
        if isinstance(plain, Fault):
            return Incoming(index, _encode({"type": _local(element)[1]}), None, [plain.under(place)], place)
        raw = _encode(plain)
        context = [jsonld.STANDARD_CONTEXT, self.spaces] if self.spaces else [jsonld.STANDARD_CONTEXT]
        event, faults = decode(raw, index, self._names(context), place, unique=False)
        own = [f.under(place) for f in made.faults]
        return Incoming(index, raw, None if own and event is None else event, own + faults, place)

    def _names(self, context: list[Any]) -> Context:
        known: Context | None = getattr(self, "_known", None)
        if known is None:
            known = self._known = Context(context)
        return known


_XML_TIME = re.compile(
    r"-?[0-9]{4,}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})?"
)


def _forget(element: etree._Element) -> None:
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]


def _syntax(error: etree.XMLSyntaxError) -> DocumentError:
    line, column = error.position if error.position else (None, None)
    text = (error.msg or str(error)).strip()
    where = f"line {line}, column {column}" if line else ""
    low = text.lower()
    if "document is empty" in low or "start tag expected" in low:
        code, remedy = "not-xml", "send an XML document"
    elif "premature end" in low or ("extra content" not in low and "eof" in low):
        code, remedy = "truncated", "send the whole document"
    elif "encoding" in low or "utf-8" in low or "invalid char" in low or "bytes:" in low:
        code, remedy = "xml-encoding", "save the document as UTF-8 and take control characters out"
    elif "depth" in low:
        code, remedy = "too-deep", "flatten the extension data"
    elif "huge" in low or "too long" in low or "limit" in low or "maximum" in low:
        code, remedy = "too-large", "shorten the value at this place"
    elif "entity" in low:
        code, remedy = "xml-entity", "write the character itself: EPCIS documents declare no entities"
    else:
        code, remedy = "xml-syntax", "mend the XML at this place"
    return DocumentError(Fault(code, where, "the XML is not well-formed: {why}", remedy, {"why": text}))


def _plain(element: etree._Element) -> Any:
    """Text, or a mapping by local names: for headers, which are kept to be read by people."""
    children = list(element)
    if not children:
        return (element.text or "").strip()
    found: dict[str, Any] = {}
    for child in children:
        _, name = _local(child)
        value = _plain(child)
        if name in found:
            kept = found[name]
            found[name] = [*kept, value] if isinstance(kept, list) else [kept, value]
        else:
            found[name] = value
    return found


# --- one event ----------------------------------------------------------------------------------------

_TEXTS = frozenset(
    ["eventTime", "eventTimeZoneOffset", "recordTime", "eventID", "action", "parentID", "transformationID"]
)
_EPC_LISTS = frozenset(["epcList", "childEPCs", "inputEPCList", "outputEPCList"])
_QUANTITY_LISTS = frozenset(["quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"])
_WORDS = {"bizStep": vocab.BIZ_STEP, "disposition": vocab.DISPOSITION}
_TYPED = {
    "bizTransactionList": ("bizTransaction", vocab.BIZ_TRANSACTION),
    "sourceList": ("source", vocab.SOURCE_DEST),
    "destinationList": ("destination", vocab.SOURCE_DEST),
}
_SENSOR_WORDS = {"type": vocab.MEASUREMENT, "exception": vocab.SENSOR_ALERT, "component": vocab.COMPONENT}


class Converter:
    """Makes the JSON form of one event. ``spaces``: the prefixes that the document's root declares."""

    def __init__(self, spaces: dict[str, str]) -> None:
        self.spaces = spaces
        self.by_space = {uri: prefix for prefix, uri in reversed(list(spaces.items()))}
        self.local: dict[str, str] = {}
        self.faults: list[Fault] = []

    def event(self, element: etree._Element) -> dict[str, Any] | Fault:
        space, name = _local(element)
        if not _is_epcis(space) or name not in _EVENTS:
            near = nearest(name, frozenset(EVENT_TYPES))
            return Fault(
                "unknown-event-type",
                "type",
                "<{name}> is not an event type of EPCIS that this repository takes",
                "use {near}" if near else "use one of {known}",
                {"name": name, "near": near or "", "known": ", ".join(EVENT_TYPES)},
            )
        if _too_deep(element):
            return too_deep("")
        made: dict[str, Any] = {"type": name}
        if name == "QuantityEvent":
            self._quantity_event(element, made)
        else:
            self._members(element, made)
        for key, value in element.attrib.items():
            self._foreign_attribute(element, str(key), str(value), made, "")
        if self.local:
            made["@context"] = dict(self.local)
        return made

    def _members(self, element: etree._Element, made: dict[str, Any], wrapped: bool = False) -> None:
        self._no_text(element, "")
        for child in element:
            space, name = _local(child)
            if not _is_epcis(space):
                self._extend(made, self._name(child), self._value(child))
                continue
            if name in _WRAPPERS:
                self._members(child, made, True)
                continue
            if name in made and name != "certificationInfo":
                self.faults.append(
                    Fault(
                        "duplicate-field",
                        name,
                        "<{name}> stands twice in the event",
                        "keep one of the two",
                        {"name": name},
                    )
                )
                continue
            if name in _TEXTS:
                made[name] = self._simple(child, name)
            elif name in _WORDS:
                made[name] = _word(self._simple(child, name), _WORDS[name])
            elif name in _EPC_LISTS:
                made[name] = [self._simple(c, at) for at, c in self._only(child, "epc", name)]
            elif name in _QUANTITY_LISTS:
                made[name] = [self._quantity(c, at) for at, c in self._only(child, "quantityElement", name)]
            elif name in ("readPoint", "bizLocation"):
                made[name] = self._part(child, name, ("id",))
            elif name in _TYPED:
                inner, words = _TYPED[name]
                made[name] = [self._typed(c, at, inner, words) for at, c in self._only(child, inner, name)]
            elif name == "persistentDisposition":
                made[name] = self._persistent(child, name)
            elif name == "errorDeclaration":
                made[name] = self._error_declaration(child, name)
            elif name == "certificationInfo":
                text = self._simple(child, name)
                kept = made.get(name)
                if kept is None:
                    made[name] = text
                else:
                    made[name] = [*(kept if isinstance(kept, list) else [kept]), text]
            elif name == "sensorElementList":
                made[name] = [self._sensor(c, at) for at, c in self._only(child, "sensorElement", name)]
            elif name == "ilmd":
                made[name] = self._ilmd(child)
            elif wrapped:
                # What a later version of EPCIS may bring stands without namespace in <extension>.
                self._extend(made, f"epcis:{name}", self._value(child))
            else:
                self._extend(made, name, self._value(child))  # decode says that it has no namespace

    def _quantity_event(self, element: etree._Element, made: dict[str, Any]) -> None:
        """Deprecated since EPCIS 1.1, which says what it is equal to: an observation of one quantity."""
        self._members(element, made)
        quantity: dict[str, Any] = {}
        for name in ("epcClass", "quantity"):
            if name in made:
                quantity[name] = made.pop(name)
        if isinstance(quantity.get("quantity"), str):
            quantity["quantity"] = _number(quantity["quantity"])
        made.update(type="ObjectEvent", action="OBSERVE", epcList=[], quantityList=[quantity])

    # Whatever stands where the standard has no place for it is a fault: dropping it would lose data unseen.

    def _fault(self, code: str, place: str, says: str, mend: str, values: dict[str, str]) -> None:
        self.faults.append(Fault(code, place, says, mend, values))

    def _simple(self, element: etree._Element, at: str, attributes: tuple[str, ...] = ()) -> str:
        """The text of an element that has text only."""
        for child in element:
            name = _local(child)[1]
            self._fault(
                "unknown-field",
                f"{at}.{name}",
                "<{name}> cannot stand in {at}",
                "give text only",
                {"name": name, "at": at},
            )
        self._bare(element, at, attributes)
        return _content(element)

    def _bare(self, element: etree._Element, at: str, attributes: tuple[str, ...] = ()) -> None:
        for key in element.attrib:
            name = str(key)
            if name not in attributes and not name.startswith(f"{{{_XSI}}}"):
                self._fault(
                    "unknown-field",
                    f"{at}.{name.rpartition('}')[2]}",
                    "the attribute {name} cannot stand in {at}",
                    "take it out, or put data of your own in an element at event level",
                    {"name": name, "at": at},
                )

    def _no_text(self, element: etree._Element, at: str) -> None:
        if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
            self._fault(
                "stray-text",
                at,
                "text stands between the elements of {at}"
                if at
                else "text stands between the elements of the event",
                "take it out",
                {"at": at},
            )

    def _only(self, element: etree._Element, wanted: str, at: str) -> list[tuple[str, etree._Element]]:
        """The items of a list, each with its place."""
        self._bare(element, at)
        self._no_text(element, at)
        found: list[tuple[str, etree._Element]] = []
        for child in element:
            space, name = _local(child)
            if name == wanted and _is_epcis(space):
                found.append((f"{at}[{len(found)}]", child))
            else:
                self._fault(
                    "unknown-field",
                    f"{at}.{name}",
                    "<{name}> cannot stand in {at}",
                    "only <{wanted}> can; put data of your own at event level",
                    {"name": name, "at": at, "wanted": wanted},
                )
        return found

    def _known(self, element: etree._Element, at: str, names: tuple[str, ...]) -> dict[str, str]:
        """The text of children of these names, each once."""
        self._bare(element, at)
        self._no_text(element, at)
        made: dict[str, str] = {}
        for child in element:
            space, name = _local(child)
            if not _is_epcis(space) or name not in names:
                self._fault(
                    "unknown-field",
                    f"{at}.{name}",
                    "<{name}> cannot stand in {at}",
                    "only {names} can; put data of your own at event level",
                    {"name": name, "at": at, "names": ", ".join(names)},
                )
            elif name in made:
                self._fault(
                    "duplicate-field",
                    f"{at}.{name}",
                    "<{name}> stands twice",
                    "keep one of the two",
                    {"name": name},
                )
            elif child.get(f"{{{_XSI}}}nil") not in ("true", "1"):
                made[name] = self._simple(child, f"{at}.{name}")
        return made

    def _quantity(self, element: etree._Element, at: str) -> dict[str, Any]:
        made: dict[str, Any] = dict(self._known(element, at, ("epcClass", "quantity", "uom")))
        if "quantity" in made:
            made["quantity"] = _number(made["quantity"])
        return made

    def _typed(self, element: etree._Element, at: str, member: str, words: Vocabulary) -> dict[str, str]:
        made = {member: self._simple(element, at, ("type",))}
        kind = element.get("type")
        return {"type": _word(kind.strip(), words), **made} if kind is not None else made

    def _persistent(self, element: etree._Element, at: str) -> dict[str, Any]:
        self._bare(element, at)
        self._no_text(element, at)
        made: dict[str, Any] = {}
        for child in element:
            space, name = _local(child)
            if not _is_epcis(space) or name not in ("set", "unset"):
                self._fault(
                    "unknown-field",
                    f"{at}.{name}",
                    "<{name}> cannot stand in {at}",
                    "use set and unset",
                    {"name": name, "at": at},
                )
                continue
            made.setdefault(name, []).append(_word(self._simple(child, f"{at}.{name}"), vocab.DISPOSITION))
        return made

    def _error_declaration(self, element: etree._Element, at: str) -> dict[str, Any]:
        made = self._part(element, at, ("declarationTime", "reason"), "correctiveEventIDs")
        if "reason" in made:
            made["reason"] = _word(made["reason"], vocab.ERROR_REASON)
        return made

    def _part(
        self, element: etree._Element, at: str, texts: tuple[str, ...], ids: str | None = None
    ) -> dict[str, Any]:
        """An object with members of the standard and, among them, extensions."""
        self._no_text(element, at)
        made: dict[str, Any] = {}
        for child in element:
            space, name = _local(child)
            if not _is_epcis(space):
                self._extend(made, self._name(child), self._value(child))
            elif name in _WRAPPERS:
                self._no_text(child, at)
                for inner in child:
                    self._extend(made, self._later(inner), self._value(inner))
            elif name in made:
                self._fault(
                    "duplicate-field",
                    f"{at}.{name}",
                    "<{name}> stands twice",
                    "keep one of the two",
                    {"name": name},
                )
            elif name in texts:
                made[name] = self._simple(child, f"{at}.{name}")
            elif name == ids:
                made[name] = [
                    self._simple(c, place) for place, c in self._only(child, name[:-1], f"{at}.{name}")
                ]
            else:
                made[name] = self._value(child)  # decode says that it has no namespace
        for key, value in element.attrib.items():
            if str(key)[:1] == "{":
                self._foreign_attribute(element, str(key), str(value), made, "")
            else:
                self._bare(element, at)
        return made

    def _sensor(self, element: etree._Element, at: str) -> dict[str, Any]:
        self._bare(element, at)
        self._no_text(element, at)
        made: dict[str, Any] = {}
        reports: list[dict[str, Any]] = []
        for child in element:
            space, name = _local(child)
            if not _is_epcis(space):
                self._extend(made, self._name(child), self._value(child))
            elif name == "sensorMetadata":
                if name in made:
                    self._fault(
                        "duplicate-field",
                        f"{at}.{name}",
                        "<{name}> stands twice",
                        "keep one of the two",
                        {"name": name},
                    )
                made[name] = self._attributes(child, f"{at}.{name}", METADATA)
            elif name == "sensorReport":
                reports.append(self._attributes(child, f"{at}.{name}[{len(reports)}]", REPORT))
            elif name in _WRAPPERS:
                self._no_text(child, at)
                for inner in child:
                    self._extend(made, self._later(inner), self._value(inner))
            else:
                self._extend(made, name, self._value(child))
        if reports:
            made["sensorReport"] = reports
        return made

    def _attributes(self, element: etree._Element, at: str, known: frozenset[str]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in element.attrib.items():
            name, text = str(key), str(value).strip()
            if name in _SENSOR_WORDS:
                made[name] = _word(text, _SENSOR_WORDS[name])
            elif name in NUMBERS:
                made[name] = _number(text)
            elif name == "booleanValue":
                made[name] = {"true": True, "1": True, "false": False, "0": False}.get(text, text)
            elif name in known or name[:1] != "{":
                made[name] = text
            else:
                self._foreign_attribute(element, name, str(value), made, "")
        for child in element:
            name = _local(child)[1]
            self._fault(
                "unknown-field",
                f"{at}.{name}",
                "<{name}> cannot stand here",
                "use an attribute",
                {"name": name},
            )
        if (element.text or "").strip():
            made["#text"] = element.text  # decode says that it has no namespace
        return made

    def _ilmd(self, element: etree._Element) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for child in element:
            space, name = _local(child)
            if not space and name == "extension":
                self._no_text(child, "ilmd")
                for inner in child:
                    self._extend(made, self._later(inner), self._value(inner))
            else:
                self._extend(made, self._name(child), self._value(child))
        return made

    def _value(self, element: etree._Element) -> Any:
        """An extension element: its text, or a mapping of its children and attributes."""
        made: dict[str, Any] = {}
        for key, value in element.attrib.items():
            name = str(key)
            if name[:1] == "{":
                self._foreign_attribute(element, name, str(value), made, "", keep_xsi=True)
            else:
                made[name] = str(value)
        for child in element:
            self._extend(made, self._name(child), self._value(child))
        text = element.text or ""
        if not made:
            return text
        if text.strip():
            made["#text"] = text
        return made

    def _foreign_attribute(
        self,
        element: etree._Element,
        name: str,
        value: str,
        made: dict[str, Any],
        default: str,
        keep_xsi: bool = False,
    ) -> None:
        if name[:1] != "{":
            return  # on an event that stands alone: schemaVersion and the like
        space, _, local = name[1:].partition("}")
        if space == _XSI and not keep_xsi:
            return
        prefix = next((p for p, uri in element.nsmap.items() if p and uri == space), default)
        self._extend(made, f"{self._prefix(space, prefix)}:{local}", value)

    def _name(self, element: etree._Element) -> str:
        space, name = _local(element)
        if not space:
            return name
        return f"{self._prefix(space, element.prefix or '')}:{name}"

    def _later(self, element: etree._Element) -> str:
        name = self._name(element)
        return name if ":" in name else f"epcis:{name}"

    def _prefix(self, space: str, wanted: str) -> str:
        known = self.by_space.get(space)
        if known is not None and known not in self.local:
            return known
        for prefix, uri in self.local.items():
            if uri == space:
                return prefix
        prefix = wanted or "ns1"
        count = 1
        while self.local.get(prefix, self.spaces.get(prefix, space)) != space or prefix in (
            "urn",
            "http",
            "https",
        ):
            count += 1
            prefix = f"{wanted or 'ns'}{count}"
        self.local[prefix] = space
        return prefix

    @staticmethod
    def _extend(made: dict[str, Any], name: str, value: Any) -> None:
        if name in made:
            kept = made[name]
            made[name] = [*kept, value] if isinstance(kept, list) else [kept, value]
        else:
            made[name] = value


def _content(element: etree._Element) -> str:
    return (element.text or "").strip()


def _word(text: str, words: Vocabulary) -> str:
    return words.notations.get(text, text)


_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def _number(text: str) -> int | float | str:
    """The number in a text; the text itself if there is none, for decode to complain about."""
    if _INTEGER.fullmatch(text) and len(text) <= 18:
        return int(text)
    if _DECIMAL.fullmatch(text):
        value = float(text)
        return value if math.isfinite(value) else text
    return text


def _too_deep(element: etree._Element) -> bool:
    level: list[etree._Element] = [element]
    for _ in range(MAX_DEPTH):
        level = [child for parent in level for child in parent]
        if not level:
            return False
    return True
