"""The rules for one event, each by what breaks it; and the words in all their notations."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from zhiheng.trace.epcis.errors import Fault, join
from zhiheng.trace.epcis.validate import decode, is_uri, validate, validate_rest

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SGTIN = "https://id.gs1.org/01/09521141012345/21/2017"
LGTIN = "urn:epc:class:lgtin:4012345.012345.998877"
BASE: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2026-07-22T06:45:00+08:00",
    "eventTimeZoneOffset": "+08:00",
    "action": "OBSERVE",
    "epcList": [SGTIN],
}
AGGREGATION = {
    **{k: v for k, v in BASE.items() if k != "epcList"},
    "type": "AggregationEvent",
    "parentID": "urn:epc:id:sscc:0614141.1234567890",
    "childEPCs": [SGTIN],
}
TRANSFORMATION = {
    **{k: v for k, v in BASE.items() if k not in ("epcList", "action")},
    "type": "TransformationEvent",
    "inputEPCList": [SGTIN],
    "outputEPCList": ["urn:x:made"],
}
CONTEXT = [{"ex": "https://ns.example.com/"}]
GONE = object()


def faults(base: dict[str, Any], **changes: Any) -> list[tuple[str, str]]:
    made = {k: v for k, v in {**base, **changes}.items() if v is not GONE}
    raw = json.dumps(made).encode()
    event, found = decode(raw, 0, CONTEXT, "")
    if event is not None:
        found += validate(event, raw, NOW)
    assert all(f.message and f.remedy for f in found)
    return [(f.code, f.place) for f in found]


@pytest.mark.parametrize("base", [BASE, AGGREGATION, TRANSFORMATION])
def test_the_events_we_start_from_are_right(base: dict[str, Any]) -> None:
    assert faults(base) == []


@pytest.mark.parametrize(
    ("base", "changes", "code", "place"),
    [
        (BASE, {"eventTime": "2026-11-22T12:11:00Z"}, "future-time", "eventTime"),
        (BASE, {"eventTime": "2026-02-30T06:45:00Z"}, "time", "eventTime"),
        (BASE, {"eventTime": "2026-07-22T06:45:00"}, "time", "eventTime"),
        (BASE, {"eventTimeZoneOffset": "+14:30"}, "time-zone-offset", "eventTimeZoneOffset"),
        (BASE, {"eventTimeZoneOffset": GONE}, "missing-field", "eventTimeZoneOffset"),
        (BASE, {"action": "CREATE"}, "action", "action"),
        (BASE, {"epcList": None}, "null-value", "epcList"),
        (BASE, {"epcList": SGTIN}, "wrong-type", "epcList"),
        (BASE, {"epcList": [SGTIN, 5]}, "wrong-type", "epcList[1]"),
        (BASE, {"epcList": [SGTIN, SGTIN]}, "duplicate", "epcList[1]"),
        (BASE, {"epcList": []}, "no-items", "epcList"),
        (BASE, {"epcList": GONE}, "no-items", "epcList"),
        (BASE, {"epcList": ["https://id.gs1.org/01/09521141012346/21/2017"]}, "check-digit", "epcList[0]"),
        (BASE, {"epcList": ["no uri"]}, "not-a-uri", "epcList[0]"),
        (BASE, {"ilmd": {"cbvmda:lotNumber": "1"}}, "ilmd", "ilmd"),
        (BASE, {"action": "ADD", "ilmd": {"lotNumber": "1"}}, "unknown-field", "ilmd.lotNumber"),
        (
            BASE,
            {"quantityList": [{"epcClass": LGTIN, "quantity": -1}]},
            "quantity",
            "quantityList[0].quantity",
        ),
        (
            BASE,
            {"quantityList": [{"epcClass": LGTIN, "quantity": 1.5}]},
            "quantity",
            "quantityList[0].quantity",
        ),
        (BASE, {"quantityList": [{"epcClass": LGTIN, "uom": "KGM"}]}, "uom", "quantityList[0].uom"),
        (
            BASE,
            {"quantityList": [{"epcClass": LGTIN, "quantity": 1, "uom": "kg"}]},
            "uom",
            "quantityList[0].uom",
        ),
        (BASE, {"quantityList": [{"quantity": 1}]}, "missing-field", "quantityList[0].epcClass"),
        (BASE, {"bizStep": "shiping"}, "unknown-word", "bizStep"),
        (BASE, {"disposition": "urn:epcglobal:cbv:bizstep:shipping"}, "unknown-word", "disposition"),
        (BASE, {"weight": 5}, "unknown-field", "weight"),
        (BASE, {"own:weight": 5}, "undeclared-prefix", "own:weight"),
        (BASE, {"extensions": {"ex:a": 1}}, "unknown-field", "extensions"),
        (BASE, {"readPoint": {"ex:a": 1}}, "missing-field", "readPoint.id"),
        (BASE, {"readPoint": {"id": "urn:x:y", "name": "a"}}, "unknown-field", "readPoint.name"),
        (
            BASE,
            {"sourceList": [{"type": "place", "source": "urn:x:y"}]},
            "unknown-word",
            "sourceList[0].type",
        ),
        (BASE, {"sourceList": [{"source": "urn:x:y"}]}, "missing-field", "sourceList[0].type"),
        (
            BASE,
            {"bizTransactionList": [{"type": "po"}]},
            "missing-field",
            "bizTransactionList[0].bizTransaction",
        ),
        (BASE, {"persistentDisposition": {}}, "missing-field", "persistentDisposition"),
        (BASE, {"persistentDisposition": {"set": []}}, "empty-list", "persistentDisposition.set"),
        (BASE, {"certificationInfo": ["urn:x:a", "urn:x:b"]}, "too-many", "certificationInfo"),
        (BASE, {"certificationInfo": "test"}, "not-a-uri", "certificationInfo"),
        (BASE, {"errorDeclaration": {}}, "missing-field", "errorDeclaration.declarationTime"),
        (
            BASE,
            {"errorDeclaration": {"declarationTime": "2026-01-01T00:00:00Z", "reason": "oops"}},
            "unknown-word",
            "errorDeclaration.reason",
        ),
        (
            BASE,
            {"sensorElementList": [{"sensorReport": []}]},
            "empty-list",
            "sensorElementList[0].sensorReport",
        ),
        (
            BASE,
            {"sensorElementList": [{"sensorReport": [{"value": 1}]}]},
            "missing-field",
            "sensorElementList[0].sensorReport[0].type",
        ),
        (
            BASE,
            {"sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": "1"}]}]},
            "wrong-type",
            "sensorElementList[0].sensorReport[0].value",
        ),
        (
            BASE,
            {"sensorElementList": [{"sensorReport": [{"type": "Temprature"}]}]},
            "unknown-word",
            "sensorElementList[0].sensorReport[0].type",
        ),
        (AGGREGATION, {"action": "ADD", "parentID": GONE}, "missing-field", "parentID"),
        (AGGREGATION, {"childEPCs": GONE}, "no-items", "childEPCs"),
        ({**AGGREGATION, "type": "AssociationEvent"}, {"parentID": GONE}, "missing-field", "parentID"),
        ({**BASE, "type": "TransactionEvent"}, {}, "missing-field", "bizTransactionList"),
        (TRANSFORMATION, {"outputEPCList": GONE}, "no-items", "outputEPCList"),
        (TRANSFORMATION, {"action": "ADD"}, "unknown-field", "action"),
        (BASE, {"type": "ObjectEvents"}, "unknown-event-type", "type"),
    ],
)
def test_what_breaks_a_rule_is_named_with_its_place(
    base: dict[str, Any], changes: dict[str, Any], code: str, place: str
) -> None:
    assert (code, place) in faults(base, **changes)


@pytest.mark.parametrize(
    ("base", "changes"),
    [
        (BASE, {"eventTime": "2026-11-22T12:09:00Z"}),
        (BASE, {"eventTime": "2022-04-13T12:35:29.017069617Z"}),
        (BASE, {"epcList": [], "quantityList": [{"epcClass": LGTIN, "quantity": 0}]}),
        (BASE, {"epcList": ["https://例子.example/东西/1"]}),
        (BASE, {"bizStep": "urn:epcglobal:cbv:bizstep:shipping"}),
        (BASE, {"bizStep": "https://ref.gs1.org/cbv/BizStep-shipping"}),
        (BASE, {"bizStep": "cbv:BizStep-shipping"}),
        (BASE, {"bizStep": "https://example.com/steps/roasting"}),
        (BASE, {"ex:a": None, "ex:b": {"c": None}}),
        (BASE, {"@context": {"own": "urn:own:"}, "own:a": 1}),
        (BASE, {"action": "ADD", "ilmd": {"cbvmda:lotNumber": "1", "https://example.com/x": {"y": 1}}}),
        (BASE, {"readPoint": {"id": "urn:x:y", "ex:a": 1}}),
        (AGGREGATION, {"parentID": GONE}),
        (AGGREGATION, {"action": "DELETE", "childEPCs": GONE}),
        (TRANSFORMATION, {"outputEPCList": GONE, "transformationID": "urn:x:t"}),
        (
            BASE,
            {
                "epcList": GONE,
                "readPoint": {"id": "urn:x:y"},
                "sensorElementList": [{"sensorReport": [{"exception": "ALARM_CONDITION"}]}],
            },
        ),
    ],
)
def test_what_the_standard_allows_is_accepted(base: dict[str, Any], changes: dict[str, Any]) -> None:
    assert faults(base, **changes) == []


def test_all_that_is_wrong_is_said_at_once() -> None:
    found = faults(BASE, eventTime=GONE, action="CREATE", bizStep="shiping", weight=5, quantityList="many")
    assert {code for code, _ in found} >= {"missing-field", "action", "unknown-field", "wrong-type"}


def test_a_wrong_word_is_answered_with_the_nearest_right_one() -> None:
    raw = json.dumps({**BASE, "bizStep": "shiping"}).encode()
    event, _ = decode(raw)
    assert event is not None
    (fault,) = validate(event, raw, NOW, "epcisBody.eventList[7]")
    assert fault.place == "epcisBody.eventList[7].bizStep"
    assert "shipping" in fault.remedy


def test_the_same_event_and_clock_have_the_same_verdict() -> None:
    assert faults(BASE, eventTime="2026-11-22T12:11:00Z") == faults(BASE, eventTime="2026-11-22T12:11:00Z")


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("urn:a:b", True),
        ("https://example.com/a%20b", True),
        ("https://example.com/a b", False),
        ("https://example.com/a%zz", False),
        ("a", False),
        ("//example.com", False),
        ("", False),
        ("urn:", False),
    ],
)
def test_what_a_uri_is(text: str, yes: bool) -> None:
    assert is_uri(text) is yes


def test_places_join_with_the_line_last() -> None:
    assert join("eventList[3] (line 7)", "action") == "eventList[3].action (line 7)"
    assert join("", "action") == "action"
    assert join(" (line 7)", "action") == "action (line 7)"
    assert Fault("a", "b", "c", "d").under("").place == "b"


BROKEN = "https://id.gs1.org/01/09521141012346/21/2017"


def both(base: dict[str, Any], **changes: Any) -> list[tuple[str, str]]:
    """What is wrong with the form, and with the rest as far as it can be judged."""
    raw = json.dumps({k: v for k, v in {**base, **changes}.items() if v is not GONE}).encode()
    _, found = decode(raw, 0, CONTEXT, "")
    assert found, "the form must be wrong"
    return [(f.code, f.place) for f in found + validate_rest(raw, CONTEXT, NOW, "", found)]


@pytest.mark.parametrize(
    ("base", "changes", "expected"),
    [
        (BASE, {"action": "OBSERV", "epcList": [BROKEN]}, [("action", "action"), ("check-digit", "epcList[0]")]),
        (BASE, {"action": GONE, "epcList": [BROKEN]}, [("missing-field", "action"), ("check-digit", "epcList[0]")]),
        (BASE, {"eventTime": 5, "bizStep": "shiping"}, [("wrong-type", "eventTime"), ("unknown-word", "bizStep")]),
        (BASE, {"weight": 1, "epcList": [SGTIN, BROKEN]}, [("unknown-field", "weight"), ("check-digit", "epcList[1]")]),
        (BASE, {"recordTime": None, "epcList": []}, [("null-value", "recordTime"), ("no-items", "epcList")]),
        (AGGREGATION, {"eventTimeZoneOffset": 8, "action": "ADD", "parentID": GONE},
         [("wrong-type", "eventTimeZoneOffset"), ("missing-field", "parentID")]),
        (TRANSFORMATION, {"eventTime": GONE, "outputEPCList": GONE},
         [("missing-field", "eventTime"), ("no-items", "outputEPCList")]),
    ],
)  # fmt: skip
def test_faults_of_form_and_of_content_are_told_at_once(
    base: dict[str, Any], changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert both(base, **changes) == expected


@pytest.mark.parametrize(
    ("base", "changes", "expected"),
    [
        # The list is there under a wrong name, or of a wrong type: that nothing is named follows from it.
        (BASE, {"epcList": GONE, "epclist": [SGTIN]}, [("unknown-field", "epclist")]),
        (BASE, {"epcList": "one"}, [("wrong-type", "epcList")]),
        # Whether master data may stand there, a parent be left out, depends on the action.
        (BASE, {"action": "CREATE", "ilmd": {"ex:a": "b"}}, [("action", "action")]),
        (AGGREGATION, {"action": "CREATE", "parentID": GONE}, [("action", "action")]),
        (BASE, {"epcList": GONE, "quantityList": [{"epcClass": LGTIN, "quantity": 1.5, "UOM": "KGM"}]},
         [("unknown-field", "quantityList[0].UOM")]),
        (BASE, {"persistentDisposition": {"sets": ["active"]}}, [("unknown-field", "persistentDisposition.sets")]),
        (BASE, {"eventTime": GONE}, [("missing-field", "eventTime")]),
    ],
)  # fmt: skip
def test_what_only_follows_from_a_fault_is_not_told_beside_it(
    base: dict[str, Any], changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert both(base, **changes) == expected
