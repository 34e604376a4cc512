"""From the bytes of one event to a typed event, or to what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from zhiheng.knowledge.codes.errors import quoted

from . import jsonld
from .errors import Fault
from .jsonld import Context
from .model import (
    EVENT_TYPES,
    BizTransaction,
    Destination,
    ErrorDeclaration,
    Event,
    Extensions,
    ObjectEvent,
    PersistentDisposition,
    Place,
    QuantityElement,
    SensorElement,
    Source,
    TransformationEvent,
    known_names,
)
from .vocab import nearest

MAX_DEPTH = 64

_decode = msgspec.json.Decoder(Event).decode
_plain = msgspec.json.Decoder().decode
_AT = re.compile(r"(.*?)(?: - at `(?:key in )?\$\.?(.*)`)?", re.S)
_BYTE = re.compile(r"\(byte (\d+)\)")
_TOKENS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.S)

_EVENT_NAMES = {name: known_names(struct) for name, struct in EVENT_TYPES.items()}
_REQUIRED = {
    name: tuple(f.encode_name for f in msgspec.structs.fields(struct) if f.required)
    for name, struct in EVENT_TYPES.items()
}
# member -> (struct, is it a list, may it be extended)
_PARTS: dict[str, tuple[type[msgspec.Struct], bool, bool]] = {
    "readPoint": (Place, False, True),
    "bizLocation": (Place, False, True),
    "errorDeclaration": (ErrorDeclaration, False, True),
    "persistentDisposition": (PersistentDisposition, False, False),
    "sensorElementList": (SensorElement, True, True),
    "bizTransactionList": (BizTransaction, True, False),
    "sourceList": (Source, True, False),
    "destinationList": (Destination, True, False),
    "quantityList": (QuantityElement, True, False),
    "childQuantityList": (QuantityElement, True, False),
    "inputQuantityList": (QuantityElement, True, False),
    "outputQuantityList": (QuantityElement, True, False),
}
_PART_NAMES = {struct: known_names(struct) for struct, _, _ in _PARTS.values()}


def decode(
    raw: bytes,
    index: int = 0,
    context: Any = None,
    place: str | None = None,
    unique: bool = True,
) -> tuple[Event | None, list[Fault]]:
    """The typed event, with every fault of form.

    ``context`` is the document's @context (raw or ``Context``). ``place`` is where the event stands in
    its document; without it places begin with ``eventList[index]``. ``unique``: an EPC may stand only once in
    epcList and its like, which JSON demands and XML does not.
    """
    where = f"eventList[{index}]" if place is None else place
    try:
        event: Event = _decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _decode_general(raw, context, where, unique)
    if b"null" in raw or event.context is not None:
        return _decode_general(raw, context, where, unique)
    faults: list[Fault] = []
    if unique:
        _repeated(event, faults)
    ilmd = getattr(event, "ilmd", None)
    if ilmd or event.sensor_element_list:  # all else has a depth of its own
        if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and depth_of(raw) > MAX_DEPTH:
            return None, [too_deep(where)]
        names = jsonld.as_context(context)
        if ilmd:
            _ilmd(ilmd, names, faults)
        if event.sensor_element_list:
            for i, element in enumerate(event.sensor_element_list):
                _sensor(
                    element.sensor_metadata, element.sensor_report, f"sensorElementList[{i}]", names, faults
                )
    return event, [f.under(where) for f in faults] if faults else faults


def _decode_general(raw: bytes, context: Any, where: str, unique: bool) -> tuple[Event | None, list[Fault]]:
    """The thorough way: for events with extensions, and for finding all that is wrong."""
    try:
        if depth_of(raw) > MAX_DEPTH:
            return None, [too_deep(where)]
        plain = _plain(raw)
    except UnicodeDecodeError as error:
        return None, [
            Fault(
                "not-utf-8",
                where,
                "the event has bytes that are not UTF-8 ({why})",
                "send the document in UTF-8",
                {"why": error.reason},
            )
        ]
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return None, [
            Fault(
                "json-syntax",
                where,
                "the event is not JSON: {why}",
                "mend the JSON at this place",
                {"why": str(error)},
            )
        ]
    event, faults = from_plain(plain, context)
    if event is not None and unique:
        _repeated(event, faults)
    return event, [f.under(where) for f in faults]


def draft(raw: bytes, context: Any = None) -> tuple[Event | None, frozenset[str]]:
    """As much of an event as can be judged though its form is wrong: the event with stand-ins, and the members that
    these stand for. None when nothing can be said of it."""
    try:
        if depth_of(raw) > MAX_DEPTH:
            return None, frozenset()
        plain = _plain(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None, frozenset()
    event, _, stood_in = _from_plain(plain, context)
    return event, frozenset(stood_in)


def from_plain(plain: Any, context: Any = None) -> tuple[Event | None, list[Fault]]:
    """A typed event from a decoded JSON value; the value's objects are changed on the way."""
    event, faults, stood_in = _from_plain(plain, context)
    return (None if stood_in else event), faults


def _from_plain(plain: Any, context: Any) -> tuple[Event | None, list[Fault], list[str]]:
    """The event with stand-ins for what is missing or wrong, the faults, and which members these are."""
    if not isinstance(plain, dict):
        return (
            None,
            [
                Fault(
                    "not-an-event",
                    "",
                    "an event is a JSON object, not {got}",
                    "send an object with a type",
                    {"got": _kind(plain)},
                )
            ],
            [],
        )
    kind = plain.get("type")
    if not isinstance(kind, str):
        return (
            None,
            [
                Fault(
                    "missing-field",
                    "type",
                    "the event has no type",
                    "add one of {known}",
                    {"known": ", ".join(EVENT_TYPES)},
                )
            ],
            [],
        )
    struct = EVENT_TYPES.get(kind)
    if struct is None:
        near = nearest(kind, frozenset(EVENT_TYPES))
        return (
            None,
            [
                Fault(
                    "unknown-event-type",
                    "type",
                    "{kind} is not an event type of EPCIS 2.0 that this repository takes",
                    "use {near}" if near else "use one of {known}",
                    {"kind": quoted(kind), "near": near or "", "known": ", ".join(EVENT_TYPES)},
                )
            ],
            [],
        )
    faults: list[Fault] = []
    local = plain.get("@context")
    names = jsonld.as_context(context)
    if local is not None:
        wrong = jsonld.problem(local)
        if wrong:
            says, values = wrong
            mend = "give the URL of a context or prefix: namespace pairs"
            faults.append(Fault("context", "@context", says, mend, values))
        else:
            names = names.with_local(local)

    for place in _nulls(plain):
        faults.append(
            Fault(
                "null-value",
                place,
                "null is not a value of this field",
                "leave the field out, or give a value",
            )
        )
        if "." not in place and "[" not in place:
            del plain[place]
    extensions = _split(plain, _EVENT_NAMES[kind], True, "", names, faults)
    for member, (part, many, extensible) in _PARTS.items():
        value = plain.get(member)
        known = _PART_NAMES[part]
        for i, item in enumerate(value if many and isinstance(value, list) else () if many else (value,)):
            if isinstance(item, dict):
                at = f"{member}[{i}]" if many else member
                extra = _split(item, known, extensible, at, names, faults)
                if part is SensorElement:
                    _sensor(item.get("sensorMetadata"), item.get("sensorReport"), at, names, faults)
                if extra:
                    item["extensions"] = extra
    if isinstance(plain.get("ilmd"), dict):
        _ilmd(plain["ilmd"], names, faults)
    missing = [name for name in _REQUIRED[kind] if name not in plain]
    for name in missing:
        faults.append(
            Fault(
                "missing-field",
                name,
                "{kind} must have {name}",
                _HOW_TO_GIVE.get(name, "add {name}"),
                {"kind": kind, "name": name},
            )
        )
    if extensions:
        plain["extensions"] = extensions
    if missing:
        for name in missing:  # stand-ins, so that what else is wrong is found as well
            plain[name] = "OBSERVE" if name == "action" else ""
    event: Event | None = None
    while True:
        try:
            event = msgspec.convert(plain, struct)
            break
        except msgspec.ValidationError as error:
            fault = _type_fault(str(error))
            faults.append(fault)
            member = re.split(r"[.\[]", fault.place, maxsplit=1)[0]
            if member in plain and member not in _REQUIRED[kind]:
                del plain[member]
            elif member == "action" and plain["action"] != "OBSERVE":
                plain["action"] = "OBSERVE"
            elif member in plain and plain[member] != "":
                plain[member] = ""
            else:
                break
            missing.append(member)
    return event, faults, missing


_HOW_TO_GIVE = {
    "eventTime": "add the moment the event happened, with its offset from UTC: 2026-11-22T08:00:00+08:00",
    "eventTimeZoneOffset": "add the offset from UTC at the place of the event, for example +08:00",
    "action": "add ADD, OBSERVE or DELETE",
}


def _split(
    holder: dict[str, Any],
    known: frozenset[str],
    extensible: bool,
    at: str,
    names: Context,
    faults: list[Fault],
) -> Extensions | None:
    """Take the members that the standard does not define out of an object."""
    extra: Extensions | None = None
    for name in [n for n in holder if n not in known]:
        value = holder.pop(name)
        place = f"{at}.{name}" if at else name
        if extensible and names.resolve(name) is not None:
            if extra is None:
                extra = Extensions()
            extra[name] = value
        else:
            faults.append(_unknown(name, place, known, extensible))
    return extra


def _unknown(name: str, place: str, known: frozenset[str], extensible: bool) -> Fault:
    prefix, colon, _ = name.partition(":")
    if extensible and colon and "//" not in name:
        return Fault(
            "undeclared-prefix",
            place,
            "the prefix {prefix} of {name} is not declared",
            'declare it in @context: {{"{bare}": "https://your.domain/namespace/"}}',
            {"prefix": quoted(prefix), "name": quoted(name), "bare": prefix},
        )
    near = nearest(name, known)
    if extensible:
        return Fault(
            "unknown-field",
            place,
            "{name} is not a field of the standard and has no namespace",
            "did you mean {near}? a field of your own needs a prefix declared in @context, as in example:{own}"
            if near
            else "a field of your own needs a prefix declared in @context, as in example:{own}",
            {"name": quoted(name), "near": near or "", "own": name.strip("@")},
        )
    return Fault(
        "unknown-field",
        place,
        "{name} is not a field of this object, which cannot be extended",
        "did you mean {near}? take the field out, or put it at event level under a prefix of your own"
        if near
        else "take the field out, or put it at event level under a prefix of your own",
        {"name": quoted(name), "near": near or ""},
    )


def _ilmd(ilmd: dict[str, Any], names: Context, faults: list[Fault]) -> None:
    for name in ilmd:
        if names.resolve(name) is None:
            _, colon, _ = name.partition(":")
            if colon and name[0] != "@":
                faults.append(_unknown(name, f"ilmd.{name}", frozenset(), True))
            else:
                faults.append(
                    Fault(
                        "unknown-field",
                        f"ilmd.{name}",
                        "{name} has no namespace: instance/lot master data is always from a namespace",
                        "write cbvmda:{bare} if CBV 2.0 defines it, otherwise use a prefix of your own",
                        {"name": quoted(name), "bare": name},
                    )
                )


def _repeated(event: Event, faults: list[Fault]) -> None:
    if isinstance(event, ObjectEvent):
        if event.epc_list:
            _once(event.epc_list, "epcList", faults)
    elif isinstance(event, TransformationEvent):
        if event.input_epc_list:
            _once(event.input_epc_list, "inputEPCList", faults)
        if event.output_epc_list:
            _once(event.output_epc_list, "outputEPCList", faults)


def _once(uris: list[str], name: str, faults: list[Fault]) -> None:
    if len(set(uris)) != len(uris):
        seen: set[str] = set()
        for i, uri in enumerate(uris):
            if uri in seen:
                faults.append(
                    Fault(
                        "duplicate",
                        f"{name}[{i}]",
                        "{uri} stands twice in {name}",
                        "keep one",
                        {"uri": uri, "name": name},
                    )
                )
            seen.add(uri)


_SOURCE_OF_DATA = {"deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules", "time"}
METADATA = frozenset(_SOURCE_OF_DATA | {"startTime", "endTime"})
NUMBERS = frozenset(("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"))
_VALUES = {"component", "stringValue", "booleanValue", "hexBinaryValue", "uriValue", "uom"}
_ABOUT = {"type", "exception", "microorganism", "chemicalSubstance", "coordinateReferenceSystem"}
REPORT = frozenset(_SOURCE_OF_DATA | NUMBERS | _VALUES | _ABOUT)


def _sensor(metadata: Any, reports: Any, at: str, names: Context, faults: list[Fault]) -> None:
    if isinstance(metadata, dict):
        for name in metadata:
            if name not in METADATA and names.resolve(name) is None:
                faults.append(_unknown(name, f"{at}.sensorMetadata.{name}", METADATA, True))
    if isinstance(reports, list):
        for i, report in enumerate(reports):
            if isinstance(report, dict):
                for name in report:
                    if name not in REPORT and names.resolve(name) is None:
                        faults.append(_unknown(name, f"{at}.sensorReport[{i}].{name}", REPORT, True))


def _nulls(plain: dict[str, Any]) -> list[str]:
    """Where null stands in a place that the standard defines (extensions may hold null)."""
    found: list[str] = []
    for name, value in plain.items():
        if value is None:
            if ":" not in name:
                found.append(name)
        elif ":" not in name and (
            name.endswith(("List", "EPCs")) or name in _PARTS or name == "certificationInfo"
        ):
            found.extend(_nulls_in(value, name))
    return found


def _nulls_in(value: Any, at: str) -> Iterator[str]:
    if value is None:
        yield at
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _nulls_in(item, f"{at}[{i}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            if ":" not in name:
                yield from _nulls_in(item, f"{at}.{name}")


def _type_fault(message: str) -> Fault:
    match = _AT.fullmatch(message)
    text, place = (match.group(1), match.group(2) or "") if match else (message, "")
    place = place.replace("[...]", "[]")
    missing = re.search(r"missing required field `(\w+)`", text)
    if missing:
        name = missing.group(1)
        return Fault(
            "missing-field",
            f"{place}.{name}" if place else name,
            "{name} is missing",
            "add {name}",
            {"name": name},
        )
    enum = re.search(r"Invalid enum value '?(.*?)'?$", text)
    if enum and place.endswith("action"):
        near = nearest(enum.group(1), frozenset(("ADD", "OBSERVE", "DELETE")))
        return Fault(
            "action",
            place,
            "{action} is not an action",
            "use {near}" if near else "use ADD, OBSERVE or DELETE",
            {"action": quoted(enum.group(1)), "near": near or ""},
        )
    wanted = re.search(r"Expected `(.+?)`(?:, got `(.+?)`)?", text)
    if wanted:
        want, got = (
            _WORDS_FOR.get(wanted.group(1), wanted.group(1)),
            _WORDS_FOR.get(wanted.group(2) or "", wanted.group(2)),
        )
        return Fault(
            "wrong-type",
            place,
            "{want} is wanted here, not {got}" if got else "{want} is wanted here",
            "give {want}",
            {"want": want, "got": got or ""},
        )
    return Fault(
        "wrong-value",
        place,
        "the value does not fit: {why}",
        "give a value of the kind the standard defines for this field",
        {"why": text},
    )


_WORDS_FOR = {
    "str": "text",
    "int": "a number",
    "float": "a number",
    "int | float": "a number",
    "int | float | null": "a number",
    "str | null": "text",
    "array": "a list",
    "array | null": "a list",
    "object": "an object",
    "object | null": "an object",
    "bool": "true/false",
    "str | array | null": "text or a list of texts",
    "null": "null",
}


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return {str: "text", bool: "true/false", int: "a number", float: "a number", list: "a list"}.get(
        type(value), "this"
    )


def depth_of(raw: bytes) -> int:
    """How deep the brackets of a JSON text are nested."""
    depth = deepest = 0
    for match in _TOKENS.finditer(raw):
        c = match.group()[0]
        if c in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif c in b"}]":
            depth -= 1
    return deepest


def too_deep(where: str) -> Fault:
    return Fault(
        "too-deep",
        where,
        "the event is nested more than {limit} levels deep",
        "flatten the extension data of the event",
        {"limit": str(MAX_DEPTH)},
    )
