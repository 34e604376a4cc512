"""The event hash of CBV 2.0 (section 8.9): one ID for one event, in XML or JSON, whoever computes it.

The event is written out as one string (the pre-hash) with canonical values in a canonical order, then hashed
with SHA-256. Where the prose of the standard and its published test vectors part, the vectors are followed,
since they are what other implementations agree with:

- the lists of transactions, destinations and sources, the ILMD and the extensions come after the sensor data,
  in the order of their own text; within a transaction the type comes first;
- numbers are rewritten wherever they stand, in extensions too;
- bizRules of a sensor report, which the canonical order forgets, come among the rest.

There are two ways to the same string: ``_typed`` for a decoded event, which is the quick one, and ``_plain``
for a JSON object. The tests hold them against each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec

from zhiheng.knowledge.codes.epc import canonical
from zhiheng.knowledge.codes.errors import CodeError

from . import jsonld, vocab
from .decode import NUMBERS
from .fields import Items, Where, items
from .jsonld import Context
from .model import (
    AggregationEvent,
    AssociationEvent,
    Event,
    ObjectEvent,
    QuantityElement,
    TransactionEvent,
    TransformationEvent,
)
from .times import milliseconds, since, since_epoch
from .vocab import Vocabulary

VERSION = "CBV2.0"


def event_hash(event: bytes | dict[str, Any] | Event, context: Any = None, known: Items | None = None) -> str:
    """``ni:///sha-256;…?ver=CBV2.0``."""
    return f"ni:///sha-256;{sha256(prehash(event, context, known).encode()).hexdigest()}?ver={VERSION}"


def prehash(event: bytes | dict[str, Any] | Event, context: Any = None, known: Items | None = None) -> str:
    """The canonical text of the event: from its JSON bytes, its JSON object or its typed form.

    ``context`` is the document's @context; prefixes of extensions are written out with it. ``known``: the
    typed event's ``fields.items``, if the caller has them, which saves making its identifiers canonical again.
    Raises ValueError for bytes or an object that are no event.
    """
    if isinstance(event, (bytes, dict)):
        try:
            plain = msgspec.json.decode(event) if isinstance(event, bytes) else event
            if not isinstance(plain, dict):
                raise ValueError("an event is a JSON object")
            return _plain(plain, jsonld.as_context(context).with_local(plain.get("@context")))
        except (msgspec.MsgspecError, AttributeError, TypeError, RecursionError) as error:
            raise ValueError(f"the event is not formed so that it has a hash: {error}") from None
    if event.context is not None:
        context = jsonld.as_context(context).with_local(event.context)
    return _typed(event, context, known)


# --- values -------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_URNS = (
    ("urn:epcglobal:cbv:bizstep:", vocab.BIZ_STEP.web),
    ("urn:epcglobal:cbv:disp:", vocab.DISPOSITION.web),
    ("urn:epcglobal:cbv:btt:", vocab.BIZ_TRANSACTION.web),
    ("urn:epcglobal:cbv:sdt:", vocab.SOURCE_DEST.web),
    ("urn:epcglobal:cbv:er:", vocab.ERROR_REASON.web),
)


def _web(words: Vocabulary) -> dict[str, str]:
    return {notation: words.web + word for notation, word in words.notations.items()}


_BIZ_STEP = _web(vocab.BIZ_STEP)
_DISPOSITION = _web(vocab.DISPOSITION)
_BIZ_TRANSACTION = _web(vocab.BIZ_TRANSACTION)
_SOURCE_DEST = _web(vocab.SOURCE_DEST)


def _moment(text: str) -> str:
    """UTC, milliseconds, rounded half up."""
    try:
        moment = since(text)
        if moment is None:  # without an offset, or otherwise not as the standard wants it
            moment = since_epoch(datetime.fromisoformat(text.strip()).astimezone(UTC))
        return milliseconds(moment)
    except (ValueError, OverflowError):
        return text


def _identifier(text: str) -> str:
    try:
        return canonical(text)
    except CodeError:
        return text


_COMMON = frozenset(("https://", "urn:epc:"))  # no context changes these, and most values begin so


def _value(value: Any, names: Context | None) -> str:
    """The canonical text of any value."""
    if type(value) is str and value[:8] in _COMMON:
        return _identifier(value.strip())
    if value is True or value is False:
        return "true" if value else "false"
    text = (value if isinstance(value, str) else str(value)).strip()
    if not text:
        return text
    first = text[0]
    if (first.isdigit() or first in "+-.") and _NUMBER.fullmatch(text):
        return _number(text)
    if ":" not in text:
        return text
    if text.startswith("urn:epcglobal:cbv:"):
        for urn, web in _URNS:
            if text.startswith(urn):
                return web + text[len(urn) :]
    elif names is not None:
        prefix, _, local = text.partition(":")
        if not local.startswith("//") and (names.curies or prefix in ("gs1", "cbv")):
            space = names.prefixes.get(prefix)
            if space is not None and prefix != "urn":
                text = space + local
    return _identifier(text)


def _number(text: str) -> str:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        return text
    whole = int(number)
    return str(whole) if whole == number else str(number)


def _word(word: Any, web: dict[str, str], names: Context | None) -> str:
    found = web.get(word) if isinstance(word, str) else None
    return found if found is not None else _value(word, names)


# --- members that the standard does not define --------------------------------------------------------

_COMMENTS = frozenset(("rdfs:comment", "comment", "@context"))


def _key(name: str, names: Context) -> str:
    found = names.resolve(name)
    return name if found is None else f"{{{found[0]}}}{found[1]}"


def _members(values: dict[str, Any], names: Context) -> list[str]:
    """Each member of an extension object as text, sorted."""
    out: list[str] = []
    for name, value in values.items():
        if name in _COMMENTS or name == "#text":
            continue
        key = _key(name, names)
        for each in value if isinstance(value, list) else (value,):
            out.append(_member(key, each, names))
    out.sort()
    return out


def _counted(values: dict[str, Any], names: Context) -> dict[str, Any]:
    """Without the members that the document wants ignored."""
    if not names.ignored:
        return values
    return {n: v for n, v in values.items() if _key(n, names) not in names.ignored}


def _member(key: str, value: Any, names: Context) -> str:
    if isinstance(value, dict):
        text = value.get("#text")
        own = f"={_value(text, names)}" if isinstance(text, str) and text.strip() else ""
        return key + own + "".join(_members(value, names))
    if isinstance(value, list):
        return key + "".join(sorted(_member("", v, names) for v in value))
    if value is None:
        return key
    text = _value(value, names)
    return f"{key}={text}" if text else key


# --- sensors ------------------------------------------------------------------------------------------

_METADATA = ("time", "startTime", "endTime", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod")
_METADATA_ORDER = (*_METADATA, "bizRules")
_REPORT_ORDER = (
    *("type", "exception", "deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "time"),
    *("microorganism", "chemicalSubstance", "value", "component", "stringValue", "booleanValue"),
    *("hexBinaryValue", "uriValue", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"),
    *("uom", "coordinateReferenceSystem"),
)
_SENSOR_WORDS = {
    "type": (_web(vocab.MEASUREMENT)),
    "exception": (_web(vocab.SENSOR_ALERT)),
    "component": (_web(vocab.COMPONENT)),
}
_TIMES = frozenset(("time", "startTime", "endTime"))


def _readings(values: dict[str, Any], order: tuple[str, ...], names: Context) -> str:
    out: list[str] = []
    for name in order:
        value = values.get(name)
        if value is None:
            continue
        if name in _SENSOR_WORDS:
            text = _word(value, _SENSOR_WORDS[name], names)
        elif name in _TIMES and isinstance(value, str):
            text = _moment(value)
        elif name in NUMBERS and isinstance(value, (int, float)):
            text = _number(str(value))
        else:
            text = _value(value, names)
        if text:
            out.append(f"{name}={text}")
    rest = {n: v for n, v in values.items() if n not in order and n != "bizRules"}
    if rest:
        out.extend(_members(rest, names))
    return "".join(out)


def _sensor(metadata: Any, reports: Any, extensions: dict[str, Any] | None, names: Context) -> str:
    out = ["sensorElement"]
    if isinstance(metadata, dict):
        text = _readings(metadata, _METADATA_ORDER, names)
        if text:
            out.append(f"sensorMetadata{text}")
    if isinstance(reports, list):
        out.extend(
            sorted(
                f"sensorReport{_readings(r, _REPORT_ORDER, names)}" for r in reports if isinstance(r, dict)
            )
        )
    if extensions:
        out.extend(_members(extensions, names))
    return "".join(out)


def _rules_of_reports(elements: Iterable[Any], names: Context) -> str:
    """bizRules of sensor reports: they have no place in the canonical order, so they come among the rest."""
    out: list[str] = []
    for reports in elements:
        if isinstance(reports, list):
            rules = [r["bizRules"] for r in reports if isinstance(r, dict) and r.get("bizRules")]
            if rules:
                texts = sorted(f"sensorReportbizRules={_value(rule, names)}" for rule in rules)
                out.append("sensorElement" + "".join(texts))
    return "sensorElementList" + "".join(sorted(out)) if out else ""


# --- from a JSON object -------------------------------------------------------------------------------

_ORDER = (
    "certificationInfo",
    "parentID",
    "epcList",
    "inputEPCList",
    "childEPCs",
    "quantityList",
    "childQuantityList",
    "inputQuantityList",
    "outputEPCList",
    "outputQuantityList",
    "action",
    "transformationID",
    "bizStep",
    "disposition",
    "persistentDisposition",
    "readPoint",
    "bizLocation",
    "sensorElementList",
)
_LATER = {
    "bizTransactionList": ("bizTransaction", _BIZ_TRANSACTION),
    "sourceList": ("source", _SOURCE_DEST),
    "destinationList": ("destination", _SOURCE_DEST),
}
_LEFT_OUT = frozenset(("type", "@context", "eventID", "recordTime", "errorDeclaration", "extensions"))
_STANDARD = frozenset((*_ORDER, *_LATER, "eventTime", "eventTimeZoneOffset", "ilmd")) | _LEFT_OUT


def _plain(event: dict[str, Any], names: Context) -> str:
    out = [f"eventType={event.get('type', '')}"]
    if "eventTime" in event:
        out.append(f"eventTime={_moment(str(event['eventTime']))}")
    if "eventTimeZoneOffset" in event:
        out.append(f"eventTimeZoneOffset={_value(event['eventTimeZoneOffset'], None)}")
    for name in _ORDER:
        value = event.get(name)
        if value is None:
            continue
        if name in ("certificationInfo", "parentID", "action", "transformationID"):
            texts = [_value(v, names) for v in (value if isinstance(value, list) else [value])]
            out.extend(sorted(f"{name}={t}" for t in texts if t))
        elif name == "bizStep":
            out.append(f"bizStep={_word(value, _BIZ_STEP, names)}")
        elif name == "disposition":
            out.append(f"disposition={_word(value, _DISPOSITION, names)}")
        elif name == "persistentDisposition":
            texts = []
            for part in ("set", "unset"):
                words = value.get(part) or []
                texts.extend(sorted(f"{part}={_word(w, _DISPOSITION, names)}" for w in words))
            if texts:
                out.append("persistentDisposition" + "".join(texts))
        elif name in ("readPoint", "bizLocation"):
            rest = {n: v for n, v in value.items() if n != "id"}
            out.append(f"{name}id={_value(value.get('id', ''), names)}" + "".join(_members(rest, names)))
        elif name == "sensorElementList":
            texts = sorted(
                _sensor(
                    element.get("sensorMetadata"),
                    element.get("sensorReport"),
                    {n: v for n, v in element.items() if n not in ("sensorMetadata", "sensorReport")},
                    names,
                )
                for element in value
            )
            if texts:
                out.append("sensorElementList" + "".join(texts))
        elif name.endswith("QuantityList") or name == "quantityList":
            texts = sorted(_plain_quantity(element, names) for element in value)
            if texts:
                out.append(name + "".join(texts))
        else:
            texts = sorted(f"epc={_value(epc, names)}" for epc in value)
            if texts:
                out.append(name + "".join(texts))
    later: list[str] = []
    for name, (member, words) in _LATER.items():
        texts = sorted(
            (f"type={_word(each['type'], words, names)}" if each.get("type") is not None else "")
            + f"{member}={_value(each.get(member, ''), names)}"
            for each in event.get(name) or ()
        )
        if texts:
            later.append(name + "".join(texts))
    if isinstance(event.get("ilmd"), dict):
        later.append("ilmd" + "".join(_members(event["ilmd"], names)))
    rules = _rules_of_reports((e.get("sensorReport") for e in event.get("sensorElementList") or ()), names)
    if rules:
        later.append(rules)
    rest = {n: v for n, v in event.items() if n not in _STANDARD}
    if isinstance(event.get("extensions"), dict):
        rest.update(event["extensions"])
    later.extend(_members(_counted(rest, names), names))
    later.sort()
    return "".join(out) + "".join(later)


def _plain_quantity(element: dict[str, Any], names: Context) -> str:
    out = "quantityElement"
    for name in ("epcClass", "quantity", "uom"):
        value = element.get(name)
        if value is not None:
            out += f"{name}={_value(value, names)}"
    return out


# --- from a typed event -------------------------------------------------------------------------------


def _epcs(name: str, uris: list[str], known: list[str]) -> str:
    known = sorted(known)
    # Texts between two that begin alike begin so too.
    if not known[0].startswith("https://") or not known[-1].startswith("https://"):
        known = sorted([_value(uri, None) for uri in uris])
    return f"{name}epc={'epc='.join(known)}"


def _quantities(name: str, elements: list[QuantityElement]) -> str:
    texts: list[str] = []
    for element in elements:
        text = f"quantityElementepcClass={_value(element.epc_class, None)}"
        if element.quantity is not None:
            text += f"quantity={_number(str(element.quantity))}"
        if element.uom is not None:
            text += f"uom={_value(element.uom, None)}"
        texts.append(text)
    texts.sort()
    return name + "".join(texts)


_WORDS = tuple(urn for urn, _ in _URNS)


def _known(text: str, known: str, names: Context) -> str:
    """``_value`` of an identifier whose canonical form is known."""
    if known.startswith("https://") or (known.startswith("urn:") and not known.startswith(_WORDS)):
        return known
    return _value(text, names)


def _pairs(
    name: str, member: str, pairs: Iterable[tuple[str | None, str]], web: dict[str, str], names: Context
) -> str:
    """A list of types and identifiers, of which the latter are in canonical text already."""
    texts = [
        f"{member}={uri}" if kind is None else f"type={_word(kind, web, names)}{member}={uri}"
        for kind, uri in pairs
    ]
    texts.sort()
    return name + "".join(texts) if texts else ""


@lru_cache(maxsize=1 << 12)
def _where(where: Where, names: Context) -> tuple[str, str, str, str]:
    """Read point, location, destinations and sources."""
    read_point, biz_location, sources, destinations = where.said
    to = [
        (d.type, _known(d.destination, uri, names))
        for d, (_, uri) in zip(destinations, where.destinations, strict=True)
    ]
    from_ = [
        (s.type, _known(s.source, uri, names)) for s, (_, uri) in zip(sources, where.sources, strict=True)
    ]
    return (
        f"readPointid={_known(read_point or '', where.read_point or '', names)}",
        f"bizLocationid={_known(biz_location or '', where.biz_location or '', names)}",
        _pairs("destinationList", "destination", to, _SOURCE_DEST, names),
        _pairs("sourceList", "source", from_, _SOURCE_DEST, names),
    )


def _typed(event: Event, context: Any, known: Items | None) -> str:
    names = jsonld.as_context(context)
    if known is None:
        try:
            known = items(event, names)
        except CodeError:
            return _plain(_as_json(event), names)
    read_point, biz_location, destinations, sources = _where(known.where, names)
    out = [
        "eventType=",
        type(event).__name__,
        "eventTime=",
        _moment(event.event_time),
        "eventTimeZoneOffset=",
        event.event_time_zone_offset,
    ]
    add = out.append
    if event.certification_info is not None:
        info = event.certification_info
        texts = [_value(i, names) for i in (info if isinstance(info, list) else [info])]
        out.extend(sorted(f"certificationInfo={t}" for t in texts if t))
    ilmd: dict[str, Any] | None = None
    if isinstance(event, ObjectEvent):
        ilmd = event.ilmd
        if event.epc_list:
            add(_epcs("epcList", event.epc_list, known.epcs))
        if event.quantity_list:
            add(_quantities("quantityList", event.quantity_list))
        add(f"action={event.action}")
    elif isinstance(event, (AggregationEvent, AssociationEvent)):
        if event.parent_id:
            add(f"parentID={_value(event.parent_id, names)}")
        if event.child_epcs:
            add(_epcs("childEPCs", event.child_epcs, known.children))
        if event.child_quantity_list:
            add(_quantities("childQuantityList", event.child_quantity_list))
        add(f"action={event.action}")
    elif isinstance(event, TransactionEvent):
        if event.parent_id:
            add(f"parentID={_value(event.parent_id, names)}")
        if event.epc_list:
            add(_epcs("epcList", event.epc_list, known.epcs))
        if event.quantity_list:
            add(_quantities("quantityList", event.quantity_list))
        add(f"action={event.action}")
    elif isinstance(event, TransformationEvent):
        ilmd = event.ilmd
        if event.input_epc_list:
            add(_epcs("inputEPCList", event.input_epc_list, known.inputs))
        if event.input_quantity_list:
            add(_quantities("inputQuantityList", event.input_quantity_list))
        if event.output_epc_list:
            add(_epcs("outputEPCList", event.output_epc_list, known.outputs))
        if event.output_quantity_list:
            add(_quantities("outputQuantityList", event.output_quantity_list))
        if event.transformation_id:
            add(f"transformationID={_value(event.transformation_id, names)}")
    if event.biz_step is not None:
        add(f"bizStep={_word(event.biz_step, _BIZ_STEP, names)}")
    if event.disposition is not None:
        add(f"disposition={_word(event.disposition, _DISPOSITION, names)}")
    persistent = event.persistent_disposition
    if persistent is not None and (persistent.set or persistent.unset):
        add("persistentDisposition")
        out.extend(sorted(f"set={_word(w, _DISPOSITION, names)}" for w in persistent.set or ()))
        out.extend(sorted(f"unset={_word(w, _DISPOSITION, names)}" for w in persistent.unset or ()))
    if event.read_point is not None:
        add(read_point)
        if event.read_point.extensions:
            out.extend(_members(event.read_point.extensions, names))
    if event.biz_location is not None:
        add(biz_location)
        if event.biz_location.extensions:
            out.extend(_members(event.biz_location.extensions, names))
    if event.sensor_element_list:
        add("sensorElementList")
        out.extend(
            sorted(
                _sensor(s.sensor_metadata, s.sensor_report, s.extensions, names)
                for s in event.sensor_element_list
            )
        )
    if event.biz_transaction_list:
        pairs = [
            (b.type, _known(b.biz_transaction, uri, names))
            for b, (_, uri) in zip(event.biz_transaction_list, known.biz_transactions, strict=True)
        ]
        add(_pairs("bizTransactionList", "bizTransaction", pairs, _BIZ_TRANSACTION, names))
    add(destinations)
    if ilmd is not None:
        add("ilmd" + "".join(_members(ilmd, names)))
    if event.sensor_element_list:
        add(_rules_of_reports((s.sensor_report for s in event.sensor_element_list), names))
    add(sources)
    if event.extensions:
        # They begin with a brace, which sorts behind the names of the standard; undeclared ones may not.
        extra = _members(_counted(event.extensions, names), names)
        if all(text[:1] == "{" for text in extra):
            out.extend(extra)
        else:
            return _plain(_as_json(event), names)
    return "".join(out)


def _as_json(event: Event) -> dict[str, Any]:
    made = msgspec.to_builtins(event)
    assert isinstance(made, dict)

    def join(holder: Any) -> None:
        if isinstance(holder, dict) and isinstance(holder.get("extensions"), dict):
            holder.update(holder.pop("extensions"))

    join(made)
    for name in ("readPoint", "bizLocation"):
        join(made.get(name))
    for element in made.get("sensorElementList") or ():
        join(element)
    return made
