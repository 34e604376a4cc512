"""The rules of EPCIS 2.0 and CBV 2.0 for one event: those that a schema can hold and those that none can.

``decode`` (here again for convenience) finds what is wrong with the form; ``validate`` what is wrong with the
content of an event that has been decoded. Both say where and what to do. ``now`` is an argument, so that the
same event with the same clock always has the same verdict.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from zhiheng.knowledge.codes.epc import canonical
from zhiheng.knowledge.codes.errors import CodeError, quoted

from . import vocab
from .decode import NUMBERS, decode, draft
from .errors import Fault, of_code, within
from .fields import Items, Where
from .model import (
    AggregationEvent,
    AssociationEvent,
    Event,
    ObjectEvent,
    QuantityElement,
    SensorElement,
    TransactionEvent,
    tag_of,
)
from .times import since, since_epoch
from .vocab import Vocabulary

__all__ = ["SKEW", "decode", "is_uri", "validate", "validate_rest"]

SKEW = timedelta(minutes=10)  # clocks differ

# RFC 3986 with the characters beyond ASCII of RFC 3987: XML's anyURI has them, and so have our senders.
_URI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*:"
    r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef\U00010000-\U000effff]++"
    r"|%[0-9A-Fa-f]{2})+"
)
_UOM = re.compile(r"[A-Z0-9]{2,3}")
_HEX = re.compile(r"[0-9A-Fa-f]+")
_OFFSETS = frozenset(
    f"{sign}{h:02d}:{m:02d}" for sign in "+-" for h in range(15) for m in (range(60) if h < 14 else (0,))
)
_HOST = "https://id.gs1.org/"


def is_uri(text: str) -> bool:
    """An absolute URI (or IRI)."""
    return _URI.fullmatch(text) is not None and text.count("#") < 2


def validate(
    event: Event, raw: bytes, now: datetime, place: str = "", known: Items | None = None
) -> list[Fault]:
    """Everything wrong with the content of the event. ``place``: where it stands in its document. ``known``:
    its ``fields.items``, if the caller could make them, which says that no identifier in it is broken."""
    faults: list[Fault] = []
    _times(event, now, faults)
    _words(event, faults)
    _what(event, known, faults)
    _where_and_why(event, known, faults)
    if event.event_id is not None:
        _uri(event.event_id, "eventID", faults)
    if event.certification_info is not None:
        _certification(event.certification_info, faults)
    if event.error_declaration is not None:
        _error_declaration(event, now, faults)
    if event.sensor_element_list is not None:
        for i, element in enumerate(event.sensor_element_list):
            _sensor(element, f"sensorElementList[{i}]", faults)
    return [f.under(place) for f in faults] if place and faults else faults


# Members on which nothing else in an event depends: wrong, they make no other rule doubtful.
_ALONE = frozenset(
    """eventTime eventTimeZoneOffset recordTime eventID bizStep disposition persistentDisposition bizLocation
    bizTransactionList sourceList destinationList certificationInfo errorDeclaration""".split()  # noqa: SIM905
)
# Rules between members: they may break only because another member has a fault already.
_BETWEEN = frozenset(("no-items", "missing-field", "empty-list", "ilmd", "quantity", "uom"))


def validate_rest(raw: bytes, context: Any, now: datetime, place: str, faults: list[Fault]) -> list[Fault]:
    """What is wrong with the content of an event whose form has ``faults``, where that can be judged: so that both
    are told at once. Nothing is said of a member whose form is wrong, nor of what may only follow from it."""
    event, stood_in = draft(raw, context)
    if event is None:
        return []
    known = [within(place, fault.place) for fault in faults]
    nothing_said = stood_in | {
        _member(at) for at, fault in zip(known, faults, strict=True) if fault.code == "null-value"
    }
    spoilt = {_holder(at) for at in known if _holder(at) or _member(at) not in _ALONE}
    if not stood_in <= _ALONE:
        spoilt.add("")
    return [
        fault.under(place)
        for fault in validate(event, raw, now)
        if _member(fault.place) not in nothing_said
        and not (fault.code in _BETWEEN and spoilt & {fault.place, _holder(fault.place)})
    ]


def _member(place: str) -> str:
    """The event's own member in which a place lies."""
    return re.split(r"[.\[]", place, maxsplit=1)[0]


def _holder(place: str) -> str:
    """The object in which a place lies; empty for the event itself."""
    return place.rpartition(".")[0]


# --- when ---------------------------------------------------------------------------------------------

_TIME_REMEDY = "write date, time and offset from UTC: 2026-11-22T08:00:00+08:00"


def _times(event: Event, now: datetime, faults: list[Fault]) -> None:
    moment = _time(event.event_time, "eventTime", faults)
    if moment is not None and moment > _latest(now):
        faults.append(
            Fault(
                "future-time",
                "eventTime",
                "{time} has not come yet (it is {now})",
                "an event tells what has happened: check the clock and the offset from UTC of the sender",
                {"time": event.event_time, "now": f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"},
            )
        )
    if event.event_time_zone_offset not in _OFFSETS:
        faults.append(
            Fault(
                "time-zone-offset",
                "eventTimeZoneOffset",
                "{offset} is not an offset between -14:00 and +14:00",
                "write sign, two digits, colon, two digits: +08:00",
                {"offset": quoted(event.event_time_zone_offset)},
            )
        )
    if event.record_time is not None:
        _time(event.record_time, "recordTime", faults)


@lru_cache(maxsize=4)
def _latest(now: datetime) -> int:
    return since_epoch(now + SKEW)


def _time(text: Any, place: str, faults: list[Fault]) -> int | None:
    moment = since(text) if isinstance(text, str) else None
    if moment is None:
        faults.append(
            Fault(
                "time",
                place,
                "{text} is not a date and time with an offset from UTC",
                _TIME_REMEDY,
                {"text": quoted(text)},
            )
        )
    return moment


# --- words --------------------------------------------------------------------------------------------


def _words(event: Event, faults: list[Fault]) -> None:
    word = event.biz_step
    if word is not None and word not in vocab.BIZ_STEP.notations:
        _word(word, vocab.BIZ_STEP, "bizStep", faults)
    word = event.disposition
    if word is not None and word not in vocab.DISPOSITION.notations:
        _word(word, vocab.DISPOSITION, "disposition", faults)
    persistent = event.persistent_disposition
    if persistent is not None:
        if persistent.set is None and persistent.unset is None:
            faults.append(
                Fault(
                    "missing-field",
                    "persistentDisposition",
                    "neither set nor unset is given",
                    "give the dispositions to set or to unset",
                )
            )
        for name, words in (("set", persistent.set), ("unset", persistent.unset)):
            if words is None:
                continue
            at = f"persistentDisposition.{name}"
            if not words:
                faults.append(
                    Fault(
                        "empty-list",
                        at,
                        "{name} is empty",
                        "leave it out or name a disposition",
                        {"name": name},
                    )
                )
            for i, each in enumerate(words):
                if each not in vocab.DISPOSITION.notations:
                    _word(each, vocab.DISPOSITION, f"{at}[{i}]", faults)
            if len(set(words)) != len(words):
                faults.append(Fault("duplicate", at, "a disposition stands twice", "keep one"))


def _word(word: Any, vocabulary: Vocabulary, place: str, faults: list[Fault]) -> None:
    """A word is a standard one in any notation, or a URI in a namespace that is not GS1's."""
    if not isinstance(word, str):
        faults.append(Fault("wrong-type", place, "text is wanted here", "give a word or URI"))
        return
    if word in vocabulary.notations:
        return
    reserved = word.startswith(vocab.RESERVED)
    if not reserved and is_uri(word):
        return
    near = vocab.nearest(word, vocabulary.words)
    standard = "CBV 2.0" if vocabulary not in (vocab.MEASUREMENT, vocab.SENSOR_ALERT) else "EPCIS 2.0"
    faults.append(
        Fault(
            "unknown-word",
            place,
            "{word} is not a {vocabulary} of {standard} although it claims GS1's namespace"
            if reserved
            else "{word} is not a {vocabulary} of {standard} and has no namespace",
            "did you mean {near}? Otherwise a word of your own is a URI in a namespace of your own"
            if near
            else "a word of your own is a URI in a namespace of your own",
            {
                "word": quoted(word),
                "vocabulary": vocabulary.name,
                "standard": standard,
                "near": near or "",
            },
        )
    )


# --- what ---------------------------------------------------------------------------------------------


def _what(event: Event, known: Items | None, faults: list[Fault]) -> None:
    if isinstance(event, ObjectEvent):
        if event.epc_list:
            _epcs(event.epc_list, "epcList", faults, known and known.epcs)
        if event.quantity_list:
            _quantities(event.quantity_list, "quantityList", faults)
        if not event.epc_list and not event.quantity_list and not event.sensor_element_list:
            faults.append(
                Fault(
                    "no-items",
                    "epcList",
                    "the event names nothing: neither epcList nor quantityList nor sensorElementList",
                    "name the things in epcList, or their class and quantity in quantityList",
                )
            )
        elif (
            not event.epc_list
            and not event.quantity_list
            and event.epc_list is None
            and event.read_point is None
        ):
            faults.append(
                Fault(
                    "missing-field",
                    "readPoint",
                    "an event with sensor data only must say where",
                    "add readPoint, or the things that were measured",
                )
            )
        if event.ilmd is not None and event.action != "ADD":
            faults.append(
                Fault(
                    "ilmd",
                    "ilmd",
                    "instance/lot master data belongs to the beginning of a thing, not to {action}",
                    "send it with the commissioning event, or use action ADD",
                    {"action": event.action},
                )
            )
    elif isinstance(event, (AggregationEvent, AssociationEvent)):
        if event.parent_id is not None:
            _identifier(event.parent_id, "parentID", faults)
        elif isinstance(event, AssociationEvent) or event.action != "OBSERVE":
            faults.append(
                Fault(
                    "missing-field",
                    "parentID",
                    "{kind} with action {action} must have parentID",
                    "name the container or assembly in parentID",
                    {"kind": tag_of(event), "action": event.action},
                )
            )
        if event.child_epcs:
            _epcs(event.child_epcs, "childEPCs", faults, known and known.children)
        if event.child_quantity_list:
            _quantities(event.child_quantity_list, "childQuantityList", faults)
        if not event.child_epcs and not event.child_quantity_list and event.action != "DELETE":
            faults.append(
                Fault(
                    "no-items",
                    "childEPCs",
                    "no child is named; only DELETE may leave the children out, not {action}",
                    "name the children in childEPCs or childQuantityList",
                    {"action": event.action},
                )
            )
    elif isinstance(event, TransactionEvent):
        if event.parent_id is not None:
            _identifier(event.parent_id, "parentID", faults)
        if event.epc_list:
            _epcs(event.epc_list, "epcList", faults, known and known.epcs)
        if event.quantity_list:
            _quantities(event.quantity_list, "quantityList", faults)
        if not event.epc_list and not event.quantity_list and event.action != "DELETE":
            faults.append(
                Fault(
                    "no-items",
                    "epcList",
                    "the event names nothing; only DELETE may leave the things out, not {action}",
                    "name the things in epcList or quantityList",
                    {"action": event.action},
                )
            )
        if not event.biz_transaction_list:
            faults.append(
                Fault(
                    "missing-field",
                    "bizTransactionList",
                    "TransactionEvent must have at least one business transaction",
                    "add bizTransactionList",
                )
            )
    else:
        if event.input_epc_list:
            _epcs(event.input_epc_list, "inputEPCList", faults, known and known.inputs)
        if event.output_epc_list:
            _epcs(event.output_epc_list, "outputEPCList", faults, known and known.outputs)
        for name, elements in (
            ("inputQuantityList", event.input_quantity_list),
            ("outputQuantityList", event.output_quantity_list),
        ):
            if elements:
                _quantities(elements, name, faults)
        inputs = event.input_epc_list or event.input_quantity_list
        outputs = event.output_epc_list or event.output_quantity_list
        if event.transformation_id is not None:
            _identifier(event.transformation_id, "transformationID", faults)
            if not inputs and not outputs:
                faults.append(
                    Fault(
                        "no-items",
                        "inputEPCList",
                        "the transformation names neither inputs nor outputs",
                        "name at least one of them",
                    )
                )
        elif not inputs or not outputs:
            missing = "outputs" if inputs else "inputs"
            faults.append(
                Fault(
                    "no-items",
                    "outputEPCList" if inputs else "inputEPCList",
                    "the transformation names no {missing} and no transformationID",
                    "name the {missing}, or give the transformationID that joins this event with the others",
                    {"missing": missing},
                )
            )


def _epcs(uris: list[str], name: str, faults: list[Fault], known: list[str] | None) -> None:
    if known is None:
        for i, uri in enumerate(uris):
            _identifier(uri, f"{name}[{i}]", faults)
        return
    if min(known).startswith(_HOST) and max(known).startswith(_HOST):  # then all between them do
        return
    for i, link in enumerate(known):
        if link[:19] != _HOST and not is_uri(uris[i]):
            faults.append(_not_uri(uris[i], f"{name}[{i}]"))


def _identifier(uri: str, place: str, faults: list[Fault]) -> None:
    try:
        known = canonical(uri)
    except CodeError as error:
        faults.append(of_code(error, place))
        return
    if not known.startswith(_HOST) and not is_uri(uri):
        faults.append(_not_uri(uri, place))


def _not_uri(text: Any, place: str) -> Fault:
    return Fault(
        "not-a-uri",
        place,
        "{text} is not a URI",
        "write an EPC URN, a GS1 Digital Link or another absolute URI",
        {"text": quoted(text)},
    )


def _uri(text: Any, place: str, faults: list[Fault]) -> None:
    if not isinstance(text, str) or not is_uri(text):
        faults.append(_not_uri(text, place))


def _quantities(elements: list[QuantityElement], name: str, faults: list[Fault]) -> None:
    for i, element in enumerate(elements):
        _identifier(element.epc_class, f"{name}[{i}].epcClass", faults)
        amount, uom = element.quantity, element.uom
        place = f"{name}[{i}].quantity"
        if amount is None:
            if uom is not None:
                faults.append(
                    Fault(
                        "uom",
                        f"{name}[{i}].uom",
                        "a unit without a quantity",
                        "give the quantity, or leave uom out",
                    )
                )
        elif amount < 0 or not math.isfinite(amount):
            faults.append(
                Fault(
                    "quantity",
                    place,
                    "{amount} is not a quantity",
                    "give a number from 0 up",
                    {"amount": str(amount)},
                )
            )
        elif uom is None and amount != int(amount):
            faults.append(
                Fault(
                    "quantity",
                    place,
                    "{amount} without a unit would be a count, which is a whole number",
                    "give the unit in uom (UN/ECE Recommendation 20, such as KGM), or a whole number",
                    {"amount": str(amount)},
                )
            )
        if uom is not None and _UOM.fullmatch(uom) is None:
            faults.append(
                Fault(
                    "uom",
                    f"{name}[{i}].uom",
                    "{uom} is not a unit code of UN/ECE Recommendation 20",
                    "write two or three capitals or digits, such as KGM; leave uom out for counts",
                    {"uom": quoted(uom)},
                )
            )


# --- where and why ------------------------------------------------------------------------------------


def _where_and_why(event: Event, known: Items | None, faults: list[Fault]) -> None:
    if known is None or not _right(known.where):
        _where(event, faults)
    for i, transaction in enumerate(event.biz_transaction_list or ()):
        if transaction.type is not None and transaction.type not in vocab.BIZ_TRANSACTION.notations:
            _word(transaction.type, vocab.BIZ_TRANSACTION, f"bizTransactionList[{i}].type", faults)
        _identifier(transaction.biz_transaction, f"bizTransactionList[{i}].bizTransaction", faults)


@lru_cache(maxsize=1 << 12)
def _right(where: Where) -> bool:
    """Nothing can be wrong with identifiers of GS1, for they are canonical, and with the standard's words."""
    _, _, sources, destinations = where.said
    known = [where.read_point or _HOST, where.biz_location or _HOST]
    known += [uri for _, uri in (*where.sources, *where.destinations)]
    words = [s.type for s in sources] + [d.type for d in destinations]
    return all(k.startswith(_HOST) for k in known) and all(w in vocab.SOURCE_DEST.notations for w in words)


def _where(event: Event, faults: list[Fault]) -> None:
    if event.read_point is not None:
        _identifier(event.read_point.id, "readPoint.id", faults)
    if event.biz_location is not None:
        _identifier(event.biz_location.id, "bizLocation.id", faults)
    for i, source in enumerate(event.source_list or ()):
        if source.type not in vocab.SOURCE_DEST.notations:
            _word(source.type, vocab.SOURCE_DEST, f"sourceList[{i}].type", faults)
        _identifier(source.source, f"sourceList[{i}].source", faults)
    for i, destination in enumerate(event.destination_list or ()):
        if destination.type not in vocab.SOURCE_DEST.notations:
            _word(destination.type, vocab.SOURCE_DEST, f"destinationList[{i}].type", faults)
        _identifier(destination.destination, f"destinationList[{i}].destination", faults)


def _certification(info: str | list[str], faults: list[Fault]) -> None:
    if isinstance(info, str):
        _uri(info, "certificationInfo", faults)
    else:
        for i, each in enumerate(info):
            _uri(each, f"certificationInfo[{i}]", faults)
        if len(info) > 1:
            # The JSON schema would let them pass, but the XML schema has one and both bind one model.
            faults.append(
                Fault(
                    "too-many",
                    "certificationInfo",
                    "{count} references stand where an event has one",
                    "keep one: a page that lists the certificates, or a reference for each in an extension",
                    {"count": str(len(info))},
                )
            )


def _error_declaration(event: Event, now: datetime, faults: list[Fault]) -> None:
    declaration = event.error_declaration
    assert declaration is not None
    moment = _time(declaration.declaration_time, "errorDeclaration.declarationTime", faults)
    if moment is not None and moment > _latest(now):
        faults.append(
            Fault(
                "future-time",
                "errorDeclaration.declarationTime",
                "{time} has not come yet",
                "check the clock and the offset from UTC of the sender",
                {"time": declaration.declaration_time},
            )
        )
    if declaration.reason is not None:
        _word(declaration.reason, vocab.ERROR_REASON, "errorDeclaration.reason", faults)
    for i, identifier in enumerate(declaration.corrective_event_ids or ()):
        _uri(identifier, f"errorDeclaration.correctiveEventIDs[{i}]", faults)


# --- sensors ------------------------------------------------------------------------------------------

_SENSOR_TIMES = frozenset(("time", "startTime", "endTime"))
_SENSOR_URIS = frozenset(
    """deviceID deviceMetadata rawData dataProcessingMethod bizRules microorganism chemicalSubstance
    coordinateReferenceSystem uriValue""".split()  # noqa: SIM905
)
_SENSOR_WORDS = {
    "type": vocab.MEASUREMENT,
    "exception": vocab.SENSOR_ALERT,
    "component": vocab.COMPONENT,
}


def _sensor(element: SensorElement, at: str, faults: list[Fault]) -> None:
    if element.sensor_metadata is not None:
        _readings(element.sensor_metadata, f"{at}.sensorMetadata", faults)
    if not element.sensor_report:
        faults.append(
            Fault("empty-list", f"{at}.sensorReport", "there is no report", "give at least one report")
        )
    for i, report in enumerate(element.sensor_report):
        place = f"{at}.sensorReport[{i}]"
        _readings(report, place, faults)
        if "type" not in report and "exception" not in report:
            faults.append(
                Fault(
                    "missing-field",
                    f"{place}.type",
                    "the report says neither what was measured (type) nor what is amiss (exception)",
                    "add type, for example Temperature",
                )
            )


def _readings(values: dict[str, Any], at: str, faults: list[Fault]) -> None:
    for name, value in values.items():
        if name in NUMBERS:
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                faults.append(_wrong_type(f"{at}.{name}", "a number"))
        elif name in _SENSOR_WORDS:
            _word(value, _SENSOR_WORDS[name], f"{at}.{name}", faults)
        elif name in _SENSOR_TIMES:
            _time(value, f"{at}.{name}", faults)
        elif name in _SENSOR_URIS:
            if isinstance(value, str):
                _identifier(value, f"{at}.{name}", faults)
            else:
                _uri(value, f"{at}.{name}", faults)
        elif name == "booleanValue":
            if not isinstance(value, bool):
                faults.append(_wrong_type(f"{at}.{name}", "true or false"))
        elif name == "hexBinaryValue":
            if not isinstance(value, str) or _HEX.fullmatch(value) is None:
                faults.append(_wrong_type(f"{at}.{name}", "text of hexadecimal digits"))
        elif name in ("stringValue", "uom") and not isinstance(value, str):
            faults.append(_wrong_type(f"{at}.{name}", "text"))


def _wrong_type(place: str, want: str) -> Fault:
    return Fault("wrong-type", place, "{want} is wanted here", "give {want}", {"want": want})
