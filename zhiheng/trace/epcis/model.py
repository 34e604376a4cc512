"""The EPCIS 2.0 event types as typed structs.

Fields have Python names; in JSON they have the standard's names (``epc_list`` is ``epcList``,
``parent_id`` is ``parentID``): see ``rename`` on each struct. Everything is kept as it came: times are
text, words of the vocabulary are in the notation the sender chose, identifiers are not canonical.
``fields`` gives the normalised view.

Decoding is strict (an unknown member is an error), which makes the common event, one without
extensions, cost two microseconds. Members from another namespace go to ``extensions``; ``decode`` in
``validate`` separates them when there are any. No JSON text can set ``extensions`` directly, because
its type cannot be decoded from JSON.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import msgspec

Action: TypeAlias = Literal["ADD", "OBSERVE", "DELETE"]
Number: TypeAlias = int | float


class Extensions(dict[str, Any]):
    """Members that the standard does not define, by the name they came with."""


class QuantityElement(
    msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False, rename={"epc_class": "epcClass"}
):
    epc_class: str
    quantity: Number | None = None
    uom: str | None = None


class Place(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """readPoint and bizLocation."""

    id: str
    extensions: Extensions | None = None


class BizTransaction(
    msgspec.Struct,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
    rename={"biz_transaction": "bizTransaction"},
):
    biz_transaction: str
    type: str | None = None


class Source(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    type: str
    source: str


class Destination(msgspec.Struct, forbid_unknown_fields=True, frozen=True, gc=False):
    type: str
    destination: str


class PersistentDisposition(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    set: list[str] | None = None
    unset: list[str] | None = None


class SensorElement(
    msgspec.Struct,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"sensor_metadata": "sensorMetadata", "sensor_report": "sensorReport"},
):
    """Metadata and reports stay mappings: two dozen optional members, any of them extended."""

    sensor_report: list[dict[str, Any]]
    sensor_metadata: dict[str, Any] | None = None
    extensions: Extensions | None = None


class ErrorDeclaration(
    msgspec.Struct,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"declaration_time": "declarationTime", "corrective_event_ids": "correctiveEventIDs"},
):
    declaration_time: str
    reason: str | None = None
    corrective_event_ids: list[str] | None = None
    extensions: Extensions | None = None


RENAME = {
    "context": "@context",
    "event_time": "eventTime",
    "event_time_zone_offset": "eventTimeZoneOffset",
    "record_time": "recordTime",
    "event_id": "eventID",
    "certification_info": "certificationInfo",
    "error_declaration": "errorDeclaration",
    "biz_step": "bizStep",
    "persistent_disposition": "persistentDisposition",
    "read_point": "readPoint",
    "biz_location": "bizLocation",
    "biz_transaction_list": "bizTransactionList",
    "source_list": "sourceList",
    "destination_list": "destinationList",
    "sensor_element_list": "sensorElementList",
    "epc_list": "epcList",
    "quantity_list": "quantityList",
    "parent_id": "parentID",
    "child_epcs": "childEPCs",
    "child_quantity_list": "childQuantityList",
    "input_epc_list": "inputEPCList",
    "input_quantity_list": "inputQuantityList",
    "output_epc_list": "outputEPCList",
    "output_quantity_list": "outputQuantityList",
    "transformation_id": "transformationID",
}


class Common(
    msgspec.Struct,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="type",
    rename=RENAME,
):
    """What every event has. Never met itself: a document holds one of the five types below."""

    event_time: str
    event_time_zone_offset: str
    record_time: str | None = None
    event_id: str | None = None
    biz_step: str | None = None
    disposition: str | None = None
    read_point: Place | None = None
    biz_location: Place | None = None
    biz_transaction_list: list[BizTransaction] | None = None
    source_list: list[Source] | None = None
    destination_list: list[Destination] | None = None
    sensor_element_list: list[SensorElement] | None = None
    persistent_disposition: PersistentDisposition | None = None
    certification_info: str | list[str] | None = None
    error_declaration: ErrorDeclaration | None = None
    context: Any = None
    extensions: Extensions | None = None


class ObjectEvent(Common, kw_only=True, tag="ObjectEvent", rename=RENAME):
    action: Action
    epc_list: list[str] | None = None
    quantity_list: list[QuantityElement] | None = None
    ilmd: dict[str, Any] | None = None


class AggregationEvent(Common, kw_only=True, tag="AggregationEvent", rename=RENAME):
    action: Action
    parent_id: str | None = None
    child_epcs: list[str] | None = None
    child_quantity_list: list[QuantityElement] | None = None


class TransactionEvent(Common, kw_only=True, tag="TransactionEvent", rename=RENAME):
    action: Action
    parent_id: str | None = None
    epc_list: list[str] | None = None
    quantity_list: list[QuantityElement] | None = None


class TransformationEvent(Common, kw_only=True, tag="TransformationEvent", rename=RENAME):
    input_epc_list: list[str] | None = None
    input_quantity_list: list[QuantityElement] | None = None
    output_epc_list: list[str] | None = None
    output_quantity_list: list[QuantityElement] | None = None
    transformation_id: str | None = None
    ilmd: dict[str, Any] | None = None


class AssociationEvent(Common, kw_only=True, tag="AssociationEvent", rename=RENAME):
    action: Action
    parent_id: str | None = None
    child_epcs: list[str] | None = None
    child_quantity_list: list[QuantityElement] | None = None


Event: TypeAlias = ObjectEvent | AggregationEvent | TransactionEvent | TransformationEvent | AssociationEvent

EVENT_TYPES: dict[str, type[Event]] = {
    "ObjectEvent": ObjectEvent,
    "AggregationEvent": AggregationEvent,
    "TransactionEvent": TransactionEvent,
    "TransformationEvent": TransformationEvent,
    "AssociationEvent": AssociationEvent,
}


def known_names(struct: type[msgspec.Struct]) -> frozenset[str]:
    """The JSON names that the standard gives to the members of a struct."""
    names = {n for n in struct.__struct_encode_fields__ if n != "extensions"}
    tag = struct.__struct_config__.tag_field
    return frozenset(names | {tag}) if tag else frozenset(names)


def tag_of(event: Event) -> str:
    """The event type as the standard writes it."""
    return type(event).__name__
