"""What the explorer shows, one test a sentence."""

import re
import time

import pytest

from tests.trace.build import amount, box, capture, gtin, lot, made, seen, serial, ship, transform, unpack
from tests.trace.province import cans, firms
from zhiheng.trace import completeness, drawing
from zhiheng.trace.answers import chain
from zhiheng.trace.explorer import DRAWN, GROUPS, OPENED, Explorer, Graph, identifier
from zhiheng.trace.store import key

pytestmark = pytest.mark.django_db


def look(code: str, group: str = "", opened: list[str] | None = None) -> Graph:
    return Explorer(chain(code)).graph(group, opened or [])


def boxes(graph: Graph) -> dict[str, int]:
    """Label and level, and how many goods."""
    return {f"{node.label} {node.column}": node.count for node in graph.nodes}


def test_sources_stand_left_and_destinations_right() -> None:
    capture(
        made(1, 1, quantity=(lot(1, "A"), 5, "KGM")),
        transform(2, 1, [(lot(1, "A"), 5, "KGM")], [(lot(2, "B"), 5, "KGM")]),
        transform(3, 1, [(lot(2, "B"), 5, "KGM")], [(lot(3, "C"), 5, "KGM")]),
    )
    graph = look(lot(2, "B"), "item")
    column = {node.items[0]: node.column for node in graph.nodes}
    assert column == {key(lot(1, "A")): 0, key(lot(2, "B")): 1, key(lot(3, "C")): 2}
    assert [node.focus for node in graph.nodes] == [False, True, False]
    assert {(e.kind, e.count) for e in graph.edges} == {("made", 1)}


def test_parts_of_one_transformation_in_several_events_are_joined() -> None:
    capture(
        made(1, 1, quantity=(lot(1, "A"), 5, "KGM")),
        transform(2, 1, [(lot(1, "A"), 5, "KGM")], [], together="urn:epc:id:gdti:6901234.00001.T1"),
        transform(3, 1, [], [serial(2, n) for n in range(3)], together="urn:epc:id:gdti:6901234.00001.T1"),
    )
    assert [(e.kind, e.count) for e in look(lot(1, "A"), "product").edges] == [("made", 3)]


def test_five_thousand_goods_are_drawn_in_two_seconds_with_under_400_elements() -> None:
    firms()
    cans(50, 100)
    start = time.perf_counter()
    explorer = Explorer(chain(lot(1, "F1")))
    assert len(explorer.goods) > 5_000
    for group in ("", *GROUPS):
        picture = drawing.svg(explorer.graph(group), lambda node: "?x", "t")
        assert len(re.findall(r"<[a-z]", picture)) < 400, group
    assert time.perf_counter() - start < 2


def test_a_group_shows_its_count_and_opens_into_its_parts() -> None:
    firms()
    cans(8, 10)
    closed = look(lot(1, "F1"), "organisation")
    factory = next(node for node in closed.nodes if node.label.startswith("番禺"))
    assert factory.count == 81
    assert factory.opens
    opened = look(lot(1, "F1"), "organisation", [factory.id])
    assert factory.id not in opened.by_id
    parts = [node for node in opened.nodes if node.label == "荔枝罐头" and "批号" in node.sub]
    assert sorted(node.count for node in parts) == [20, 20, 20, 20]
    serials = look(lot(1, "F1"), "organisation", [factory.id, parts[0].id])
    assert sum(node.count == 1 for node in serials.nodes) >= 20
    assert len(serials.nodes) <= DRAWN + OPENED


def test_the_small_ones_together_are_still_counted() -> None:
    capture(made(1, 1, *[serial(1, n) for n in range(300)], number="L"))
    graph = look(lot(1, "L"), "item")
    assert sum(node.count for node in graph.nodes) == 301
    assert next(node for node in graph.nodes if node.rest).count > 200
    assert next(node for node in graph.nodes if node.focus).items == [key(lot(1, "L"))]


def test_between_organisations_the_edges_say_what_moved_and_what_never_arrived() -> None:
    firms()
    cans(4, 5)
    graph = look(lot(1, "F1"), "organisation")
    names = {node.id: node.label[:2] for node in graph.nodes}
    edges = {(names[e.source], names[e.target], e.kind): e.count for e in graph.edges}
    assert edges == {("白云", "番禺", "moved"): 1, ("番禺", "佛山", "moved"): 15, ("番禺", "佛山", "sent"): 5}
    assert [node.column for node in graph.nodes] == [0, 1, 2]
    assert next(n for n in graph.nodes if n.label.startswith("番禺")).breaks["shipped_never_received"] == 5
    assert graph.bands == {"440100": "广州", "440600": "佛山"}


def test_open_ends_carry_the_word_for_what_is_broken() -> None:
    firms()
    cans(2, 2)
    picture = drawing.svg(look(lot(1, "F1"), "organisation"), lambda node: None, "t")
    assert 'class="open-end"' in picture
    assert "发出未收到 2" in picture


def test_the_map_knows_where_goods_are_and_where_they_were() -> None:
    firms()
    cans(4, 5)
    explorer = Explorer(chain(lot(1, "F1")))
    assert explorer.cities_now["440600"] == 15
    assert explorer.cities_passed["440600"] == 15
    assert explorer.cities_passed["440100"] == 21


def test_a_shipment_from_nobody_is_drawn_too() -> None:
    firms()
    nowhere = ship(2, 1, 4, serial(1, "x"))
    del nowhere["readPoint"], nowhere["sourceList"]
    capture(nowhere)
    graph = look(serial(1, "x"), "organisation")
    assert [(node.label, node.expected) for node in graph.nodes] == [("佛山批发市场有限公司", True)]


def test_goods_made_from_each_other_in_a_circle_end() -> None:
    a, b = lot(1, "A"), lot(2, "B")
    capture(
        transform(1, 1, [(a, 1, "KGM")], [(b, 1, "KGM")]),
        transform(2, 1, [(b, 1, "KGM")], [(a, 1, "KGM")]),
    )
    for group in GROUPS:
        assert look(a, group).nodes


def test_a_lone_thing_is_shown_by_its_way() -> None:
    firms()
    capture(made(1, 1, serial(1, "x")), seen(2, 4, serial(1, "x")))
    assert look(serial(1, "x")).group == "organisation"


def test_a_box_stands_right_of_what_it_holds() -> None:
    firms()
    goods = cans(2, 3)
    graph = look(box(1), "item")
    inside = [node for node in graph.nodes if node.items[0] == key(goods[3])]
    focus = next(node for node in graph.nodes if node.focus)
    assert focus.items == [key(box(1))]
    assert inside[0].column < focus.column
    assert any(e.kind == "inside" for e in graph.edges)


def test_an_emptied_box_still_stands_right_of_what_it_held_and_that_of_its_sources() -> None:
    firms()
    goods = cans(2, 3)
    capture(unpack(30, 4, box(1)))
    graph = look(box(1), "item")
    column = {node.items[0]: node.column for node in graph.nodes}
    assert column[key(lot(1, "F1"))] < column[key(goods[3])] < column[key(box(1))]


def test_an_unknown_group_or_opening_changes_nothing() -> None:
    capture(made(1, 1, serial(1, "a"), number="L"))
    assert look(lot(1, "L"), "<script>", ["x", identifier((("lot", "y"),))]).nodes


def test_text_is_cut_by_its_width() -> None:
    assert drawing.clip("荔枝罐头", 8) == "荔枝罐头"
    assert drawing.clip("荔枝罐头四百", 8) == "荔枝罐…"
    assert drawing.clip("abc", 8) == "abc"


# -- completeness -------------------------------------------------------------------------------------------------


def profile(name: str) -> completeness.Profile:
    return next(p for p in completeness.profiles() if p.id == name)


def test_profiles_name_their_articles() -> None:
    named = {p.id: p.statute.zh for p in completeness.profiles()}
    assert set(named) == {"F50", "F51", "F53", "F53-sale", "F65", "F98", "A27", "D57", "V46"}
    assert named["A27"] == "农产品质量安全法第二十七条"


def test_a_receipt_with_everything_lacks_nothing() -> None:
    event = {
        "type": "ObjectEvent",
        "eventTime": "2026-06-01T00:00:00+08:00",
        "bizStep": "receiving",
        "quantityList": [amount(lot(1, "L"), 5, "KGM")],
        "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:6901234.00001"}],
        "bizTransactionList": [{"type": "inv", "bizTransaction": "urn:x:1"}],
    }
    linked = completeness.Linked(ilmd={"cbvmda:itemExpirationDate": "2027-01-01"})
    assert completeness.check(event, profile("F50"), linked=linked) == []
    assert [f.id for f in completeness.check(event, profile("F50"))] == ["shelf_life"]
    assert [f.id for f in completeness.check(event, profile("F50"), {}, linked)] == [
        "name", "spec", "supplier", "supplier_address", "supplier_contact",
    ]  # fmt: skip


def test_a_lot_in_the_identifier_or_the_ilmd_is_a_batch_number() -> None:
    asked = profile("F51")
    lacks = [f.id for f in completeness.check({"epcList": [serial(1, "a")]}, asked)]
    assert "batch" in lacks
    for event in (
        {"quantityList": [amount(lot(1, "L"), 5)]},
        {"epcList": [serial(1, "a")], "ilmd": {"cbvmda:lotNumber": "L"}},
    ):
        assert "batch" not in [f.id for f in completeness.check(event, asked)]


def test_extension_fields_count_whatever_their_namespace() -> None:
    lacks = completeness.check({"https://ns.example.com/price": "3.50"}, profile("D57"))
    assert "price" not in [f.id for f in lacks]


def test_the_score_follows_the_goods_into_their_boxes_and_back_to_their_making() -> None:
    firms()
    cans(3, 2)
    score = completeness.of_product(gtin(2), None)
    # F51 for what the factory ships, F53 for what the wholesaler receives: in boxes, without a GTIN.
    assert {row["profile"].id: row["events"] for row in score.by_profile} == {"F51": 3, "F53": 2}
    lacks = {(row["profile"].id, row["field"].id) for row in score.lacks}
    assert lacks == {("F51", "certificate"), ("F51", "voucher"), ("F53", "voucher")}
    assert score.required == 3 * 11 + 2 * 10
    assert score.present == score.required - 3 - 3 - 2


def test_no_event_that_a_profile_applies_to_is_no_score() -> None:
    firms()
    capture(made(1, 1, serial(2, "a")))
    assert completeness.of_product(gtin(2), None).share is None
    assert completeness.of_product(gtin(7), None).per_cent is None
    assert completeness.of_organisation("91440101MA5CKXTM2G", None).per_cent is None


def test_organisations_are_scored_by_their_own_records_only() -> None:
    ours = firms()
    cans(3, 2)
    assert set(completeness.of_organisation(ours[1].uscc, None).asked) == {"F50", "F51"}
    assert set(completeness.of_organisation(ours[3].uscc, None).asked) == {"F53"}
    assert set(completeness.of_category("food", None).asked) == {"F51", "F53"}


def test_what_is_not_complete_is_never_rounded_up_to_100() -> None:
    score = completeness.Score(required=100_000, present=99_999)
    assert score.per_cent == 99.9
