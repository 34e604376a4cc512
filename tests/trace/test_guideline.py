"""Worked examples of the EPCIS and CBV implementation guideline, told again as chains.

Steps and places are those of the guideline's tables, where a firm keeps at one gate and sends from another.
"""

from typing import Any

import pytest

from tests.trace.build import amount, at, capture
from zhiheng.knowledge.codes.checkdigit import check_digit
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
