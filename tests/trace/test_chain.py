"""What the words of the chain mean, one test a sentence."""

from datetime import datetime
from typing import Any

import pytest

from tests.trace.build import (
    amount,
    at,
    box,
    capture,
    document,
    event,
    gln,
    install,
    lot,
    made,
    pack,
    party,
    place,
    receive,
    seen,
    serial,
    ship,
    transform,
    unpack,
)  # fmt: skip
from zhiheng.core.accounts.actions import create_user
from zhiheng.core.jobs.runner import run_now
from zhiheng.core.registry.models import Alias, Organisation, Site
from zhiheng.knowledge.codes.uscc import make
from zhiheng.trace.answers import scope, trace
from zhiheng.trace.capture import submit

pytestmark = pytest.mark.django_db


def when(hour: float) -> datetime:
    return datetime.fromisoformat(at(hour))


def kinds(code: str, **more: Any) -> list[tuple[str, str]]:
    return [(b["kind"], b["item"]) for b in trace(code, **more)["breaks"]]


def holders(found: dict[str, Any]) -> set[tuple[str, str | None, int]]:
    return {(h["state"], h["party"], h["count"]) for h in found["holders"]}


# -- belonging and making ---------------------------------------------------------------------------------


def test_a_serial_belongs_to_the_lot_named_at_its_commissioning() -> None:
    capture(made(1, 1, serial(1, "a"), serial(1, "b"), number="L1"))
    assert trace(serial(1, "a"))["origin"] == [lot(1, "L1")]
    assert trace(lot(1, "L1"))["destination"] == [serial(1, "a"), serial(1, "b")]


def test_a_serial_belongs_to_the_lot_its_class_identifier_names() -> None:
    capture(made(1, 1, serial(1, "a"), quantity=(lot(1, "L2"), 1)))
    capture(made(1, 1, f"{lot(1, 'L3')}/21/z"))
    assert trace(serial(1, "a"))["origin"] == [lot(1, "L2")]
    assert trace(serial(1, "z"))["origin"] == [lot(1, "L3")]


def test_origin_goes_back_through_lots_and_transformations() -> None:
    capture(
        made(1, 1, serial(1, "in"), number="RAW"),
        transform(2, 1, [serial(1, "in")], [(lot(2, "MID"), 5, "KGM")]),
        transform(
            3,
            1,
            [(lot(2, "MID"), 5, "KGM")],
            [serial(3, "x"), serial(3, "y")],
            ilmd={"cbvmda:lotNumber": "END"},
        ),
    )
    assert set(trace(serial(3, "x"))["origin"]) == {
        lot(3, "END"),
        lot(2, "MID"),
        serial(1, "in"),
        lot(1, "RAW"),
    }
    assert set(trace(lot(1, "RAW"))["destination"]) == {
        serial(1, "in"), lot(2, "MID"), serial(3, "x"), serial(3, "y"),
    }  # fmt: skip


def test_events_that_share_a_transformation_id_are_one_transformation() -> None:
    capture(
        made(1, 1, serial(1, "a"), serial(1, "b")),
        transform(2, 1, [serial(1, "a")], [], together="urn:epc:id:gdti:6901234.00001.T1"),
        transform(3, 1, [serial(1, "b")], [], together="urn:epc:id:gdti:6901234.00001.T1"),
        transform(4, 1, [], [serial(2, "x")], together="urn:epc:id:gdti:6901234.00001.T1"),
    )
    assert trace(serial(2, "x"))["origin"] == [serial(1, "a"), serial(1, "b")]
    assert trace(serial(1, "b"))["destination"] == [serial(2, "x")]


def test_neighbours_and_boxes_are_no_origin() -> None:
    capture(
        made(1, 1, serial(1, "a"), serial(1, "b")),
        pack(2, 1, box(1), serial(1, "a"), serial(1, "b")),
        transform(3, 1, [serial(1, "a")], [serial(2, "x")]),
    )
    assert trace(serial(2, "x"))["origin"] == [serial(1, "a")]
    assert trace(serial(1, "b"))["destination"] == []


def test_a_walk_in_the_past_sees_only_what_had_happened() -> None:
    capture(made(1, 1, serial(1, "a")), transform(5, 1, [serial(1, "a")], [serial(2, "x")]))
    assert trace(serial(1, "a"), at=when(4))["destination"] == []
    assert trace(serial(1, "a"), at=when(5))["destination"] == [serial(2, "x")]


def test_an_event_declared_in_error_is_no_link_whichever_came_first() -> None:
    wrong = transform(2, 1, [serial(1, "a")], [serial(2, "x")])
    declared = wrong | {"errorDeclaration": {"declarationTime": at(3), "reason": "did_not_occur"}}
    capture(made(1, 1, serial(1, "a")), made(1, 1, serial(2, "x")), wrong)
    assert trace(serial(2, "x"))["origin"] == [serial(1, "a")]
    capture(declared)
    assert trace(serial(2, "x"))["origin"] == []
    late = transform(2, 1, [serial(1, "b")], [serial(2, "y")])
    capture(made(1, 1, serial(1, "b")), made(1, 1, serial(2, "y")))
    capture(late | {"errorDeclaration": {"declarationTime": at(3)}})
    capture(late)
    assert trace(serial(2, "y"))["origin"] == []


# -- inside -------------------------------------------------------------------------------------------------


def test_what_is_done_to_a_container_is_done_to_its_content_at_any_depth() -> None:
    capture(
        made(1, 1, serial(1, "a")),
        pack(2, 1, box(1), serial(1, "a")),
        pack(3, 1, box(2), box(1)),
        ship(4, 1, 2, box(2)),
        receive(6, 1, 2, box(2)),
    )
    found = trace(serial(1, "a"))
    assert [(s["step"], s["via"]) for s in found["steps"]] == [
        ("commissioning", None), ("packing", None), ("packing", box(1)), ("shipping", box(2)), ("receiving", box(2)),
    ]  # fmt: skip
    assert found["holder"]["party"] == party(2)
    assert found["holder"]["state"] == "held"
    assert found["breaks"] == []
    assert trace(serial(1, "a"), at=when(5))["holder"]["state"] == "in_transit"
    assert trace(serial(1, "a"), at=when(5))["holder"]["towards"] == party(2)


def test_links_hold_only_from_packing_to_unpacking() -> None:
    capture(
        made(1, 1, serial(1, "a"), serial(1, "b")),
        pack(2, 1, box(1), serial(1, "a"), serial(1, "b")),
        unpack(4, 1, box(1), serial(1, "a")),
        ship(5, 1, 2, box(1)),
        receive(6, 1, 2, box(1)),
    )
    assert scope(box(1), at=when(3))["items"] == [serial(1, "a"), serial(1, "b")]
    assert scope(box(1))["items"] == [serial(1, "b")]
    assert trace(serial(1, "a"))["holder"]["place"] == place(1)
    assert trace(serial(1, "b"))["holder"]["party"] == party(2)


def test_delete_without_children_empties_the_container() -> None:
    capture(
        made(1, 1, serial(1, "a")),
        pack(2, 1, box(1), serial(1, "a")),
        pack(3, 1, box(2), box(1)),
        unpack(4, 1, box(2)),
        ship(5, 1, 2, box(2)),
    )
    assert scope(box(2))["items"] == []
    assert scope(serial(1, "a"))["containers"] == [box(1)]
    assert trace(serial(1, "a"))["holder"]["state"] == "held"
    assert [s["step"] for s in trace(serial(1, "a"))["steps"]][-1] == "unpacking"


def test_a_component_is_part_of_its_assembly_while_associated() -> None:
    capture(
        made(1, 1, serial(1, "engine")), made(1, 1, serial(2, "car")),
        install(2, 1, serial(2, "car"), serial(1, "engine")),
        ship(3, 1, 2, serial(2, "car")), receive(4, 1, 2, serial(2, "car")),
        install(5, 2, serial(2, "car"), serial(1, "engine"), action="DELETE"),
        ship(6, 2, 3, serial(2, "car")), receive(7, 2, 3, serial(2, "car")),
    )  # fmt: skip
    assert set(scope(serial(2, "car"), at=when(4))["items"]) == {serial(1, "engine"), serial(2, "car")}
    assert scope(serial(1, "engine"), at=when(4))["containers"] == [serial(2, "car")]
    assert scope(serial(2, "car"))["items"] == [serial(2, "car")]
    assert trace(serial(1, "engine"))["holder"]["place"] == place(2)


def test_scope_is_the_goods_what_holds_them_and_who_has_how_many() -> None:
    capture(
        made(1, 1, *[serial(1, n) for n in range(6)], number="L"),
        pack(2, 1, box(1), *[serial(1, n) for n in range(3)], serial(9, "neighbour")),
        ship(3, 1, 2, box(1)), receive(4, 1, 2, box(1)),
        transform(5, 1, [serial(1, 3)], [serial(2, "x")]),
        ship(6, 1, 3, serial(2, "x")),
    )  # fmt: skip
    found = scope(lot(1, "L"))
    assert found["items"] == sorted([lot(1, "L"), serial(2, "x"), *[serial(1, n) for n in range(6)]])
    assert found["containers"] == [box(1)]
    assert ("held", party(2), 3) in holders(found)
    assert ("in_transit", party(1), 1) in holders(found)
    assert serial(9, "neighbour") not in found["items"]


def test_a_lot_by_quantity_is_counted_place_by_place() -> None:
    rice = lot(1, "R")
    capture(
        event("Object", 1, 1, action="ADD", bizStep="commissioning", quantityList=[amount(rice, 100, "KGM")]),
        ship(2, 1, 2, quantityList=[amount(rice, 40, "KGM")]),
        receive(3, 1, 2, quantityList=[amount(rice, 40, "KGM")]),
        pack(4, 1, box(1), childQuantityList=[amount(rice, 25, "KGM")]),
        ship(5, 1, 3, box(1)),
    )
    found = scope(rice)
    amounts = {(h["state"], h["place"], q["quantity"]) for h in found["holders"] for q in h["quantities"]}
    assert amounts == {("held", place(1), 35.0), ("held", place(2), 40.0), ("in_transit", place(1), 25.0)}
    assert found["containers"] == [box(1)]
    assert trace(rice)["breaks"] == [
        b for b in trace(rice)["breaks"] if b["kind"] == "shipped_never_received" and b["item"] == rice
    ]


# -- breaks -------------------------------------------------------------------------------------------------


def test_a_whole_chain_has_no_breaks() -> None:
    capture(
        made(1, 1, serial(1, "a"), serial(1, "b"), number="L"), pack(2, 1, box(1), serial(1, "a"), serial(1, "b")),
        ship(3, 1, 2, box(1)), receive(4, 1, 2, box(1)), unpack(5, 2, box(1), serial(1, "a")),
        seen(6, 2, serial(1, "a"), step="stocking"), ship(7, 2, 3, serial(1, "a")),
        receive(8, 2, 3, serial(1, "a")), seen(9, 3, serial(1, "a"), step="retail_selling", disposition="retail_sold"),
    )  # fmt: skip
    assert kinds(serial(1, "a")) == []
    assert kinds(box(1)) == []


@pytest.mark.parametrize(
    ("kind", "events"),
    [
        ("shipped_never_received", [ship(3, 1, 2, serial(1, "a"))]),
        ("shipped_never_received", [ship(3, 1, 2, serial(1, "a")), seen(5, 2, serial(1, "a"), step="retail_selling")]),
        ("received_never_shipped", [receive(3, 1, 2, serial(1, "a"))]),
        ("in_two_places_at_once", [seen(3, 1, serial(1, "a")), seen(3.5, 7, serial(1, "a"))]),
        ("in_two_places_at_once", [pack(3, 1, box(1), serial(1, "a")), pack(4, 1, box(2), serial(1, "a"))]),
        ("party_unknown", [seen(3, None, serial(1, "a"))]),
        ("more_out_than_in", [
            seen(3, 1, serial(1, "a"), step="retail_selling"), seen(4, 1, serial(1, "a"), step="retail_selling"),
        ]),
    ],
)  # fmt: skip
def test_breaks_of_a_single_thing(kind: str, events: list[Any]) -> None:
    capture(made(1, 1, serial(1, "a")), *events)
    assert (kind, serial(1, "a")) in kinds(serial(1, "a"))
    assert {k for k, _ in kinds(serial(1, "a"))} == {kind}


def test_a_dock_that_was_named_with_its_shop_is_no_second_place() -> None:
    dock = {"readPoint": {"id": place(77)}}
    capture(
        made(1, 1, serial(1, "a")), ship(2, 1, 2, serial(1, "a")), receive(3, 1, 2, serial(1, "a"), **dock),
        seen(4, 2, serial(1, "a")), ship(5, 2, 3, serial(1, "a"), **dock), receive(6, 2, 3, serial(1, "a")),
    )  # fmt: skip
    assert kinds(serial(1, "a")) == []


def test_an_unknown_party_at_the_container_is_unknown_for_its_content() -> None:
    capture(made(1, 1, serial(1, "a")), pack(2, 1, box(1), serial(1, "a")), seen(3, None, box(1)))
    assert kinds(serial(1, "a")) == [("party_unknown", serial(1, "a"))]


def test_consumed_before_made() -> None:
    capture(transform(1, 1, [serial(1, "a")], [serial(2, "x")]), made(5, 1, serial(1, "a")))
    assert ("consumed_before_made", serial(1, "a")) in kinds(serial(1, "a"))


def test_more_out_than_in_by_quantity() -> None:
    rice = lot(1, "R")
    capture(
        event("Object", 1, 1, action="ADD", bizStep="commissioning", quantityList=[amount(rice, 10, "KGM")]),
        transform(2, 1, [(rice, 15, "KGM")], [(lot(2, "B"), 14, "KGM")]),
    )
    assert kinds(rice) == [("more_out_than_in", rice)]


def test_a_container_unpacked_twice() -> None:
    capture(
        made(1, 1, serial(1, "a")), pack(2, 1, box(1), serial(1, "a")),
        unpack(3, 1, box(1), serial(1, "a")), unpack(4, 1, box(1), serial(1, "a")),
    )  # fmt: skip
    assert kinds(box(1)) == [("container_unpacked_twice", box(1))]
    assert kinds(serial(1, "a")) == [("container_unpacked_twice", box(1))]
    capture(pack(5, 1, box(2), serial(1, "a")), unpack(6, 1, box(2)), unpack(7, 1, box(2)))
    assert ("container_unpacked_twice", box(2)) in kinds(box(2))


def test_a_shipment_still_under_way_at_a_past_time_is_no_break_when_it_arrived_later() -> None:
    capture(made(1, 1, serial(1, "a")), ship(2, 1, 2, serial(1, "a")), receive(9, 1, 2, serial(1, "a")))
    assert kinds(serial(1, "a"), at=when(5)) == []


def test_a_box_inside_itself_does_not_hang_the_walk() -> None:
    capture(pack(1, 1, box(1), box(2)), pack(2, 1, box(2), box(1)), pack(3, 1, box(1), serial(1, "a")))
    assert scope(box(2))["items"] == [serial(1, "a")]
    assert trace(serial(1, "a"))["holder"]["state"] == "held"


def test_two_codes_that_name_one_thing_are_one_thing() -> None:
    Alias.objects.create(code_a=serial(1, "a"), code_b="urn:x-firm:box:7")
    capture(
        made(1, 1, serial(1, "a"), number="L"), ship(2, 1, 2, "urn:x-firm:box:7"),
        receive(3, 1, 2, "urn:x-firm:box:7"), transform(4, 2, ["urn:x-firm:box:7"], [serial(2, "x")]),
    )  # fmt: skip
    found = trace(serial(1, "a"))
    assert [s["step"] for s in found["steps"]] == ["commissioning", "shipping", "receiving", "commissioning"]
    assert found["holder"]["place"] == place(2)
    assert found["destination"] == [serial(2, "x")]
    assert found["breaks"] == []
    assert trace(serial(2, "x"))["origin"] == sorted([serial(1, "a"), lot(1, "L"), "urn:x-firm:box:7"])
    counted = {(h["state"], h["count"]) for h in scope(serial(1, "a"))["holders"]}
    assert counted == {("gone", 1), ("held", 1)}


def test_only_the_sender_or_an_office_takes_an_event_back() -> None:
    one, two = (
        Organisation.objects.create(uscc=make(f"91440100MA000000{n}"), name=f"企业{n}", region="440100")
        for n in (1, 2)
    )
    mine = create_user(None, "one", "enterprise", organisation=one)
    other = create_user(None, "two", "enterprise", organisation=two)
    wrong = transform(2, 1, [serial(1, "a")], [serial(2, "x")])
    declared = wrong | {"errorDeclaration": {"declarationTime": at(3), "reason": "did_not_occur"}}
    capture(wrong, owner=mine)
    job = run_now(submit(other, [document([declared])], behaviour="proceed"))
    assert job.outcomes.get().code == "not-your-event"
    assert trace(serial(2, "x"))["origin"] == [serial(1, "a")]
    late = transform(2, 1, [serial(1, "b")], [serial(2, "y")])
    office = create_user(None, "office", "province", region="440000")
    capture(made(1, 1, serial(1, "b")), late, owner=mine)
    capture(late | {"errorDeclaration": {"declarationTime": at(3)}}, owner=office)
    assert trace(serial(1, "b"), user=office)["destination"] == []


def test_a_receipt_that_one_may_not_see_still_closes_a_shipment() -> None:
    sender = Organisation.objects.create(uscc=make("91440100MA0000003"), name="发货人", region="440100")
    Site.objects.create(gln=gln(1), organisation=sender, name="仓库", region="440100")
    user = create_user(None, "sender", "enterprise", organisation=sender)
    capture(
        made(1, 1, serial(1, "a")),
        ship(2, 1, 2, serial(1, "a")),
        seen(3, 2, serial(1, "a"), step="receiving"),
    )
    found = trace(serial(1, "a"), user=user)
    assert [s["step"] for s in found["steps"]] == ["commissioning", "shipping"]
    assert found["breaks"] == []
