"""Preparing beside the writer gives the same as preparing here; odd lots are lots."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.trace.build import capture, document, lot, made, seen, serial
from zhiheng.knowledge.codes.epc import canonical, canonical_list
from zhiheng.trace import prepare
from zhiheng.trace.answers import trace

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_beside_and_here_are_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    events = [seen(n % 600, 1, serial(1, n), serial(2, n)) for n in range(4500)]
    events[7] = seen(1, 1, "urn:epc:id:sgtin:broken")
    path.write_bytes(document(events))
    here = list(prepare.pieces(str(path), None, NOW, skip=3, sender="org:1"))
    beside = list(prepare.pieces_beside(str(path), None, NOW, skip=3, sender="org:1"))
    assert sum(piece.count for piece in here) == 4497
    assert prepare._encode(here) == prepare._encode(beside)
    assert [index for piece in here for index, _ in piece.faults] == [7]
    path.write_bytes(path.read_bytes()[:-50])
    assert list(prepare.pieces_beside(str(path), None, NOW))[-1].broken


XML = """<?xml version="1.0"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0" creationDate="2026-06-01T00:00:00Z">
<EPCISBody><EventList>
<ObjectEvent><eventTime>2026-06-01T08:00:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>
<epcList><epc>https://id.gs1.org/01/06901234567890/21/1</epc></epcList><action>OBSERV</action></ObjectEvent>
</EventList></EPCISBody></epcis:EPCISDocument>"""


def test_a_wrong_action_and_a_broken_code_are_told_at_once_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(XML)
    (piece,) = prepare.pieces(str(path), None, NOW)
    at = "epcisBody.eventList[0]"
    assert [(index, fault.code, fault.place) for index, fault in piece.faults] == [
        (0, "action", f"{at}.action (line 4)"),
        (0, "check-digit", f"{at}.epcList[0] (line 4)"),
    ]


def test_a_caller_who_stops_early_leaves_the_next_a_clean_process(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(document([seen(n % 600, 1, serial(1, n)) for n in range(9000)]))
    stopped = prepare.pieces_beside(str(path), None, NOW)
    next(stopped)
    stopped.close()
    assert sum(piece.count for piece in prepare.pieces_beside(str(path), None, NOW)) == 9000


@pytest.mark.django_db
def test_a_lot_number_that_gs1_would_not_print_is_a_lot() -> None:
    capture(made(1, 1, serial(1, "a"), number="2026年3号"))
    assert trace(serial(1, "a"))["origin"] == [lot(1, "2026%E5%B9%B43%E5%8F%B7")]


def test_a_list_is_canonical_like_each_of_it() -> None:
    codes = [
        "urn:epc:id:sgtin:4012345.011111.98", "urn:epc:id:sgtin:4012345.011111.99", "urn:epc:id:sgtin:4012345.011111.9%22",
        "urn:epc:id:sgtin:4012345.011111.a.b", "https://id.gs1.org/01/09780345418913/21/1",
        "https://id.gs1.org/01/09780345418913/21/2", "https://example.com/x/1", "urn:epc:id:sscc:4012345.0000000333",
        "urn:epc:id:sscc:4012345.0000000111", "https://id.gs1.org/01/09780345418913/10/L/21/3",
    ]  # fmt: skip
    assert canonical_list(codes * 2) == [canonical(code) for code in codes * 2]
