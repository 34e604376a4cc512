"""Worked examples of the EPCIS and CBV implementation guideline, told again as chains.

Steps and places are those of the guideline's tables, where a firm keeps at one gate and sends from another.
"""

import json
from datetime import datetime
from typing import Any

import pytest

from tests.trace.build import amount, at, capture
from zhiheng.knowledge.codes.checkdigit import check_digit
from zhiheng.trace import query
from zhiheng.trace.answers import scope, trace

pytestmark = pytest.mark.django_db


def checked(digits: str) -> str:
    """With its last digit made right: some GLNs of the guideline's design files have a wrong one."""
    return digits[:-1] + check_digit(digits[:-1])


PALLET = f"https://id.gs1.org/00/{checked('095215680000002003')}"
GRAI = f"https://id.gs1.org/8003/0{checked('9521565500122')}200"


def things(gtin: str, *serials: object) -> list[str]:
    return [f"https://id.gs1.org/01/{checked(gtin)}/21/{s}" for s in serials]


def spot(gln: str) -> str:
    return f"https://id.gs1.org/414/{checked(gln)}"


def party(gln: str) -> str:
    return f"https://id.gs1.org/417/{checked(gln)}"


def lot(gtin: str, number: object) -> str:
    return f"https://id.gs1.org/01/{gtin}/10/{number}"


def event(kind: str, hour: float, read: str, biz: str | None = None, **fields: Any) -> dict[str, Any]:
    made = {"type": f"{kind}Event", "eventTime": at(hour), "eventTimeZoneOffset": "+08:00"}
    made["readPoint"] = {"id": spot(read)}
    if biz:
        made["bizLocation"] = {"id": spot(biz)}
    return made | fields


def test_aggregation_table_5_3() -> None:
    """Five cases packed on a pallet, shipped, received, two taken out, then the rest."""
    cases = things("09521568256452", *range(200, 205))
    capture(
        event("Aggregation", 1, "9521141123454", "9521141000109", parentID=PALLET, childEPCs=cases, action="ADD",
              bizStep="packing"),
        event("Object", 2, "9521141456120", action="OBSERVE", bizStep="shipping", epcList=[PALLET]),
        event("Aggregation", 3, "9521345678958", "9521345678903", parentID=PALLET, childEPCs=cases, action="OBSERVE",
              bizStep="receiving"),
        event("Aggregation", 4, "9521345678965", "9521345678903", parentID=PALLET, childEPCs=cases[:2],
              action="DELETE", bizStep="unpacking"),
    )  # fmt: skip
    assert scope(PALLET)["items"] == cases[2:]
    assert trace(cases[0])["holder"]["place"] == spot("9521345678903")
    capture(
        event(
            "Aggregation",
            5,
            "9521345678965",
            "9521345678903",
            parentID=PALLET,
            action="DELETE",
            bizStep="unpacking",
        )
    )
    assert scope(PALLET)["items"] == []
    assert trace(cases[4])["breaks"] == []
    assert [s["step"] for s in trace(cases[4])["steps"]] == ["packing", "shipping", "receiving", "unpacking"]


def test_children_by_class_table_5_8() -> None:
    """Ten of one lot and twenty of another on a pallet, shipped and received as the pallet."""
    one, two = lot("09521568251204", 12), lot("09521568251211", 52)
    capture(
        event("Aggregation", 1, "9521141123454", parentID=PALLET, action="ADD", bizStep="packing",
              childQuantityList=[amount(one, 10), amount(two, 20)]),
        event("Object", 2, "9521141123690", action="OBSERVE", bizStep="shipping", epcList=[PALLET]),
        event("Object", 3, "9521141321902", action="OBSERVE", bizStep="receiving", epcList=[PALLET]),
    )  # fmt: skip
    assert scope(PALLET)["items"] == sorted([one, two])
    held = {
        q["class"]: (h["state"], q["quantity"]) for h in scope(PALLET)["holders"] for q in h["quantities"]
    }
    assert held == {one: ("held", 10.0), two: ("held", 20.0)}
    assert trace(one)["holder"]["place"] == spot("9521141321902")


def test_commissioning_with_master_data_table_5_10() -> None:
    thing = things("09521568251228", 100)[0]
    capture(
        event("Object", 1, "9521141123454", "9521141000109", action="ADD", bizStep="commissioning", epcList=[thing],
              ilmd={"cbvmda:lotNumber": "A1", "cbvmda:itemExpirationDate": "2027-01-01"}),
        event("Object", 2, "9521141456120", action="OBSERVE", bizStep="shipping", epcList=[thing]),
        event("Object", 3, "9522565856414", action="OBSERVE", bizStep="receiving", epcList=[thing]),
    )  # fmt: skip
    found = trace(thing)
    assert found["origin"] == [lot("09521568251228", "A1")]
    assert (found["holder"]["place"], found["breaks"]) == (spot("9522565856414"), [])


def test_transformations_linked_by_an_id_table_5_13() -> None:
    """Inputs at two times and an output in between, all one transformation."""
    singles, water = things("09521568251204", 10, 45, 97), lot("09521568251211", 12)
    sugar, made = "https://id.gs1.org/01/09521568251228", lot("09521568251235", 999)
    together = {"transformationID": "urn:epc:id:gdti:9521141.00001.1", "bizStep": "creating_class_instance"}
    capture(
        event("Transformation", 1, "9521141123454", inputEPCList=singles[:2],
              inputQuantityList=[amount(water, 5, "LTR"), amount(sugar, 40)], **together),
        event("Transformation", 2, "9521141123454", outputQuantityList=[amount(made, 30)], **together),
        event("Object", 3, "9521141123454", action="OBSERVE", bizStep="shipping", quantityList=[amount(made, 30)]),
        event("Transformation", 4, "9521141123454", inputEPCList=singles[2:],
              inputQuantityList=[amount(water, 5, "LTR"), amount(sugar, 60)],
              outputQuantityList=[amount(made, 70)], **together),
    )  # fmt: skip
    assert trace(made)["origin"] == sorted([*singles, water, sugar])
    assert trace(singles[2])["destination"] == [made]
    assert trace(water)["destination"] == [made]


def test_a_shipment_made_void_table_5_20() -> None:
    cases = things("09521141174736", 101, 102, 103)
    capture(
        event("Object", 1, "9521141111116", action="OBSERVE", bizStep="shipping", epcList=cases),
        event("Object", 20, "9521141111116", "9521141111116", action="OBSERVE", bizStep="void_shipping",
              epcList=cases[2:]),
    )  # fmt: skip
    assert trace(cases[0])["holder"]["state"] == "in_transit"
    assert (trace(cases[2])["holder"]["state"], trace(cases[2])["breaks"]) == ("held", [])


def test_a_shipment_declared_in_error_table_5_22() -> None:
    cases = things("09526784378435", 101, 102, 103)
    wrong = event("Object", 1, "9521141111116", action="OBSERVE", bizStep="shipping", epcList=cases)
    right = event("Object", 1, "9521568256452", action="OBSERVE", bizStep="shipping", epcList=cases)
    capture(
        wrong, wrong | {"errorDeclaration": {"declarationTime": at(3), "reason": "incorrect_data"}}, right
    )
    assert [s["place"] for s in trace(cases[0])["steps"]] == [spot("9521568256452")]


def test_a_component_installed_section_5_10_2() -> None:
    part = "https://id.gs1.org/8004/9521141100"
    capture(
        event(
            "Association",
            1,
            "9521141111116",
            parentID=GRAI,
            childEPCs=[part],
            action="ADD",
            bizStep="installing",
        ),
        event("Object", 2, "9521141111116", action="OBSERVE", bizStep="departing", epcList=[GRAI]),
    )
    assert scope(part)["containers"] == [GRAI]
    assert trace(part)["holder"]["state"] == "in_transit"


def test_a_drop_shipment_table_5_6() -> None:
    """A manufacturer ships to a hospital what a distributor sold: owner and possessor are not one."""
    between = {
        "sourceList": [
            {"type": "owning_party", "source": party("9521141100000")},
            {"type": "possessing_party", "source": party("9521141100000")},
            {"type": "location", "source": spot("9521141456123")},
        ],
        "destinationList": [
            {"type": "owning_party", "destination": party("9522920200199")},
            {"type": "possessing_party", "destination": party("9522920200100")},
            {"type": "location", "destination": spot("9522999100300")},
        ],
        "action": "OBSERVE",
        "disposition": "in_progress",
        "epcList": [PALLET],
    }
    capture(event("Object", 1, "9521141456123", bizStep="shipping", **between))
    holder = trace(PALLET)["holder"]
    assert (holder["state"], holder["party"]) == ("in_transit", party("9521141100000"))
    assert holder["towards"] == party("9522920200100")
    capture(event("Object", 2, "9522999100300", bizStep="arriving", **between))
    found = trace(PALLET)
    assert (found["holder"]["state"], found["holder"]["party"]) == ("held", party("9522920200100"))
    assert [end["type"] for end in found["steps"][1]["destinations"]] == [
        "owning_party",
        "possessing_party",
        "location",
    ]
    assert found["breaks"] == []


def test_an_inspection_with_an_extension_table_5_18() -> None:
    """At a point of the map instead of a GLN, with the inspector's badge in a vocabulary of the firm."""
    cases, point = things("09521141174736", 101, 102, 103), "geo:41.6725,-86.255278"
    badge = {"customExtension:badge": {"myvoc:inspector_badge_nr": "244301128"}}
    names = {"customExtension": "https://ns.example.com/own/", "myvoc": "http://myvoc.example.org/"}
    capture(
        event("Object", 1, "9521141111116", action="OBSERVE", bizStep="inspecting", disposition="in_progress",
              epcList=cases) | {"@context": names, "readPoint": {"id": point}} | badge,
    )  # fmt: skip
    for case in cases:
        found = trace(case)
        assert [(s["step"], s["place"]) for s in found["steps"]] == [("inspecting", point)]
        assert found["breaks"] == []
    kept = json.loads(query.run(query.parse({"MATCH_epc": cases[0]}), None).events[0])
    assert kept["customExtension:badge"] == badge["customExtension:badge"]


def reading(of: str, low: float, high: float, unit: str, **when: str) -> dict[str, Any]:
    report = {"type": of, "minValue": low, "maxValue": high, "uom": unit}
    return {"sensorMetadata": when, "sensorReport": [report]}


def test_temperature_in_a_cold_store_section_5_11_1() -> None:
    """Into the cold room and out of it with what the logger measured; the room's own report is not of the pallet."""
    room = "9521141111116"
    moves = [
        event("Object", hour, room, room, action="OBSERVE", bizStep="storing", epcList=[PALLET],
              sensorElementList=[reading("Temperature", low, high, "CEL", startTime=at(begins), endTime=at(hour))])
        for hour, begins, low, high in ((8, 7.5, 12, 12.1), (8.25, 8, 12.1, 12.2), (17.75, 8.5, 9.2, 9.2))
    ]  # fmt: skip
    daily = event("Object", 24, room, action="OBSERVE", bizStep="sensor_reporting", epcList=[],
                  sensorElementList=[reading("Temperature", 9.1, 9.4, "CEL", startTime=at(0), endTime=at(24))])  # fmt: skip
    capture(*moves, daily)
    found = trace(PALLET)
    assert [s["step"] for s in found["steps"]] == ["storing"] * 3
    assert (found["holder"]["state"], found["holder"]["place"]) == ("held", spot(room))
    assert found["breaks"] == []


def test_intermodal_transport_section_5_11_3() -> None:
    """Goods on a pallet, in a sea container, on a truck, then on a ship, which reports where it is."""
    goods, truck = things("09521141174736", *range(100, 103)), "https://id.gs1.org/8004/9521565500200"
    box, ship = "urn:epc:id:bic:CSQU3054383", "urn:epc:id:imovn:9176187"
    yard, port = "9521141111116", "9521141111120"

    def load(
        hour: float, where: str, into: str, what: list[str], step: str = "loading", action: str = "ADD"
    ) -> Any:
        return event("Aggregation", hour, where, parentID=into, childEPCs=what, action=action, bizStep=step)

    def seen(hour: float, what: str, step: str, where: str | None = None, **more: Any) -> dict[str, Any]:
        made = event("Object", hour, where or port, action="OBSERVE", bizStep=step, epcList=[what]) | more
        return made if where else {k: v for k, v in made.items() if k != "readPoint"}

    position = [
        {"type": "Angle", "component": name, "stringValue": value, "time": at(38)}
        for name, value in (("latitude", "54.172892"), ("longitude", "7.094428"))
    ]
    capture(
        load(8, yard, PALLET, goods, "packing"),
        load(9.25, yard, box, [PALLET]),
        load(9.75, yard, truck, [box]),
        seen(14.25, truck, "arriving", port),
        load(14.9, port, truck, [box], "unloading", "DELETE"),
        load(17, port, ship, [box]),
        seen(23.9, ship, "departing", port, sensorElementList=[
            reading("Temperature", 8.1, 21.8, "CEL", startTime=at(12), endTime=at(23.9)),
            reading("AbsoluteHumidity", 6.1, 8.2, "A93", startTime=at(12), endTime=at(23.9))]),
        seen(38, box, "sensor_reporting", sensorElementList=[
            {"sensorMetadata": {"time": at(38), "rawData": "https://example.org/8004/401234599999"},
             "sensorReport": position}]),
    )  # fmt: skip
    assert trace(goods[0], at=datetime.fromisoformat(at(10)))["containers"] == sorted([PALLET, box, truck])
    found = trace(goods[0])
    assert found["containers"] == sorted([PALLET, box, ship])
    assert [(s["step"], s["via"]) for s in found["steps"]] == [
        ("packing", None), ("loading", PALLET), ("loading", box), ("arriving", truck), ("unloading", box),
        ("loading", box), ("departing", ship), ("sensor_reporting", box),
    ]  # fmt: skip
    assert found["holder"]["state"] == "in_transit"
    assert scope(ship)["items"] == goods
    assert scope(truck)["items"] == []
    # The example records no departure of the truck, and a report at sea names no place; the ship has not arrived.
    kinds = {"received_never_shipped", "party_unknown", "shipped_never_received"}
    assert {b["kind"] for b in found["breaks"]} == kinds
