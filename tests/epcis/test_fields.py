"""What the trace takes from an event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from zhiheng.knowledge.codes.epc import canonical
from zhiheng.trace.epcis.decode import decode
from zhiheng.trace.epcis.fields import Items, event_time_us, items, short

GTIN = "https://id.gs1.org/01/09521141012345"
BASE: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "1970-01-01T08:00:01.5+08:00",
    "eventTimeZoneOffset": "+08:00",
    "action": "ADD",
}


def of(event: dict[str, Any], context: Any = None) -> Items:
    made, faults = decode(json.dumps(event).encode(), 0, context)
    assert made is not None, faults
    return items(made, context)


def test_identifiers_are_canonical_by_role() -> None:
    found = of(
        {
            **BASE,
            "type": "AggregationEvent",
            "parentID": "urn:epc:id:sscc:0614141.1234567890",
            "childEPCs": ["urn:epc:id:sgtin:0614141.107346.2017", "urn:own:thing"],
            "childQuantityList": [
                {"epcClass": "urn:epc:class:lgtin:4012345.012345.998877", "quantity": 2.5, "uom": "KGM"}
            ],
            "readPoint": {"id": "urn:epc:id:sgln:0614141.07346.1234"},
            "sourceList": [
                {"type": "urn:epcglobal:cbv:sdt:owning_party", "source": "urn:epc:id:pgln:4012345.00225"}
            ],
            "bizTransactionList": [{"bizTransaction": "urn:epcglobal:cbv:bt:0614141073467:1152"}],
        }
    )
    assert found.parent == "https://id.gs1.org/00/106141412345678908"
    assert found.children == ["https://id.gs1.org/01/10614141073464/21/2017", "urn:own:thing"]
    assert found.quantities == [("child", "https://id.gs1.org/01/04012345123456/10/998877", 2.5, "KGM")]
    assert found.read_point == "https://id.gs1.org/414/0614141073467/254/1234"
    assert found.sources == [("owning_party", canonical("urn:epc:id:pgln:4012345.00225"))]
    assert found.biz_transactions == [(None, "urn:epcglobal:cbv:bt:0614141073467:1152")]


@pytest.mark.parametrize(
    ("name", "context"),
    [
        ("cbvmda:lotNumber", None),
        ("urn:epcglobal:cbv:mda:lotNumber", None),
        ("https://ref.gs1.org/cbv/mda/lotNumber", None),
        ("m:lotNumber", [{"m": "urn:epcglobal:cbv:mda:"}]),
        ("m:lotNumber", [{"m": "https://ref.gs1.org/cbv/mda/"}]),
    ],
)
def test_a_lot_number_at_commissioning_makes_the_serials_members_of_the_lot(name: str, context: Any) -> None:
    found = of({**BASE, "epcList": [f"{GTIN}/21/1", f"{GTIN}/21/2"], "ilmd": {name: "L/1"}}, context)
    assert found.lots == [(f"{GTIN}/10/L%2F1", [f"{GTIN}/21/1", f"{GTIN}/21/2"])]


def test_a_lot_number_that_gs1_has_no_room_for_still_joins_its_serials() -> None:
    found = of({**BASE, "epcList": [f"{GTIN}/21/1"], "ilmd": {"cbvmda:lotNumber": "批次 7"}})
    assert found.lots == [(f"{GTIN}/10/%E6%89%B9%E6%AC%A1%207", [f"{GTIN}/21/1"])]


def test_a_lot_number_of_another_namespace_is_not_ours_to_read() -> None:
    assert (
        of({**BASE, "epcList": [f"{GTIN}/21/1"], "ilmd": {"ex:lotNumber": "L"}}, [{"ex": "urn:ex:"}]).lots
        == []
    )


def test_a_digital_link_with_lot_and_serial_says_so_in_any_event() -> None:
    found = of({**BASE, "action": "OBSERVE", "epcList": [f"{GTIN}/10/L1/21/1", f"{GTIN}/10/L1/21/2"]})
    assert found.epcs == [f"{GTIN}/21/1", f"{GTIN}/21/2"]
    assert found.lots == [(f"{GTIN}/10/L1", [f"{GTIN}/21/1", f"{GTIN}/21/2"])]


def test_one_lot_of_the_same_product_made_together_with_serials_is_theirs_and_two_are_nobodys() -> None:
    serials = [f"{GTIN}/21/1"]
    one = [{"epcClass": f"{GTIN}/10/L1"}]
    assert of({**BASE, "epcList": serials, "quantityList": one}).lots == [(f"{GTIN}/10/L1", serials)]
    two = [*one, {"epcClass": f"{GTIN}/10/L2"}]
    assert of({**BASE, "epcList": serials, "quantityList": two}).lots == []
    assert of({**BASE, "action": "OBSERVE", "epcList": serials, "quantityList": one}).lots == []


def test_a_transformation_gives_its_lot_to_its_outputs_only() -> None:
    found = of(
        {
            "type": "TransformationEvent",
            "eventTime": BASE["eventTime"],
            "eventTimeZoneOffset": "+08:00",
            "inputEPCList": [f"{GTIN}/21/0"],
            "outputEPCList": [f"{GTIN}/21/1"],
            "ilmd": {"cbvmda:lotNumber": "L1"},
            "transformationID": "urn:x:t",
        }
    )
    assert found.lots == [(f"{GTIN}/10/L1", [f"{GTIN}/21/1"])]
    assert (found.inputs, found.outputs) == ([f"{GTIN}/21/0"], [f"{GTIN}/21/1"])
    assert found.transformation_id == "urn:x:t"


def test_times_are_microseconds_and_words_are_short() -> None:
    event, _ = decode(json.dumps({**BASE, "epcList": ["urn:x:y"]}).encode())
    assert event is not None
    assert event_time_us(event) == 1_500_000
    for word in (
        "shipping",
        "urn:epcglobal:cbv:bizstep:shipping",
        "https://ref.gs1.org/cbv/BizStep-shipping",
    ):
        assert short(word) == "shipping"
    assert short("https://example.com/own") == "https://example.com/own"
