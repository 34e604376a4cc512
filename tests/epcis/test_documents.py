"""Reading documents: every form, every break, every attack; and 100,000 events in bounded memory."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zhiheng.trace.epcis import documents
from zhiheng.trace.epcis.documents import Document, Incoming, read
from zhiheng.trace.epcis.errors import DocumentError, Fault
from zhiheng.trace.epcis.jsonld import as_context

EVENT: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2026-07-22T06:45:00.000+08:00",
    "eventTimeZoneOffset": "+08:00",
    "action": "OBSERVE",
    "epcList": ["urn:epc:id:sgtin:0614141.107346.2017"],
    "bizStep": "shipping",
}
CONTEXT = ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"]
HEAD = {
    "@context": CONTEXT,
    "type": "EPCISDocument",
    "schemaVersion": "2.0",
    "creationDate": "2026-07-22T06:45:00Z",
}


def document(events: list[Any], **more: Any) -> dict[str, Any]:
    return {**HEAD, **more, "epcisBody": {"eventList": events}}


def as_bytes(value: Any) -> bytes:
    return json.dumps(value).encode()


def drain(data: bytes | Path) -> tuple[list[Incoming], list[Fault]]:
    """The events read before the end or the break, and the faults of the document."""
    found: list[Incoming] = []
    try:
        for incoming in read(data).events():
            found.append(incoming)
    except DocumentError as error:
        return found, error.faults or [Fault("", "", "", "")]
    return found, []


def xml(body: str, head: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" '
        'xmlns:ex="https://ns.example.com/" schemaVersion="2.0" creationDate="2026-07-22T06:45:00Z">'
        f"<EPCISBody><EventList>{body}</EventList></EPCISBody></epcis:EPCISDocument>"
    ).encode()


XML_EVENT = (
    "<ObjectEvent><eventTime>2026-07-22T06:45:00.000+08:00</eventTime>"
    "<eventTimeZoneOffset>+08:00</eventTimeZoneOffset>"
    "<epcList><epc>urn:epc:id:sgtin:0614141.107346.2017</epc></epcList><action>OBSERVE</action>"
    "<bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep>{}</ObjectEvent>"
)


# --- forms --------------------------------------------------------------------------------------------


def test_events_keep_their_bytes() -> None:
    odd = b'{ "type":"ObjectEvent" ,"eventTime":"2026-07-22T06:45:00+08:00","eventTimeZoneOffset":"+08:00",\n"action":"ADD","epcList":[] ,"quantityList":[{"epcClass":"urn:x:y","quantity":1.50}]}'
    data = as_bytes(document(["HERE"])).replace(b'"HERE"', odd)
    for source in (data, b"\xef\xbb\xbf" + data):
        found, faults = drain(source)
        assert not faults
        assert [i.raw for i in found] == [odd]
        assert found[0].place == "epcisBody.eventList[0]"
    scanned = list(documents._read_scanned(lambda: __import__("io").BytesIO(data)).events())
    assert [i.raw for i in scanned] == [odd]


@pytest.mark.parametrize("order", [["epcisBody", "@context", "type"], ["type", "@context", "epcisBody"]])
def test_members_may_come_in_any_order(order: list[str], tmp_path: Path) -> None:
    whole = document([EVENT] * 3)
    made = {n: whole[n] for n in (*order, "schemaVersion", "creationDate")}
    found, faults = drain(as_bytes(made))
    assert (len(found), faults) == (3, [])
    scanned = documents._read_scanned(lambda: __import__("io").BytesIO(as_bytes(made)))
    assert len(list(scanned.events())) == 3
    assert scanned.header["schemaVersion"] == "2.0"


def test_a_query_document_a_bare_event_and_a_bare_list_are_documents_too() -> None:
    query = {
        **HEAD,
        "type": "EPCISQueryDocument",
        "epcisBody": {"queryResults": {"queryName": "q", "resultsBody": {"eventList": [EVENT, EVENT]}}},
    }
    found, faults = drain(as_bytes(query))
    assert (len(found), faults) == (2, [])
    assert found[1].place == "epcisBody.queryResults.resultsBody.eventList[1]"
    assert len(drain(as_bytes({**EVENT, "@context": CONTEXT}))[0]) == 1
    assert [i.place for i in drain(as_bytes([EVENT, EVENT]))[0]] == ["[0]", "[1]"]
    assert len(drain(XML_EVENT.format("").encode())[0]) == 1


def test_master_data_is_read_from_json_and_xml() -> None:
    vocabulary = {
        "type": "urn:epcglobal:epcis:vtype:BusinessLocation",
        "vocabularyElementList": [
            {
                "id": "urn:epc:id:sgln:0614141.00777.0",
                "attributes": [{"id": "cbvmda:name", "attribute": "仓库"}],
            }
        ],
    }
    made = read(
        as_bytes(document([EVENT], epcisHeader={"epcisMasterData": {"vocabularyList": [vocabulary]}}))
    )
    assert [(m.id, m.attributes) for m in made.master_data] == [
        ("urn:epc:id:sgln:0614141.00777.0", [("cbvmda:name", "仓库")])
    ]
    header = (
        "<EPCISHeader><extension><EPCISMasterData><VocabularyList>"
        '<Vocabulary type="urn:epcglobal:epcis:vtype:BusinessLocation"><VocabularyElementList>'
        '<VocabularyElement id="urn:epc:id:sgln:0614141.00777.0"><attribute id="urn:epcglobal:cbv:mda#name">仓库</attribute>'
        "</VocabularyElement></VocabularyElementList></Vocabulary></VocabularyList></EPCISMasterData></extension></EPCISHeader>"
    )
    data = xml(XML_EVENT.format("")).replace(b"<EPCISBody>", header.encode() + b"<EPCISBody>")
    assert read(data).master_data[0].attributes == [("urn:epcglobal:cbv:mda#name", "仓库")]


def test_xml_becomes_the_json_form_with_its_extensions() -> None:
    body = XML_EVENT.format(
        '<ex:a ex:kind="k">v</ex:a><ex:a>w</ex:a><o:b xmlns:o="https://other.example/"><o:c/></o:b>'
    )
    found, faults = drain(xml(body))
    assert not faults
    assert not found[0].faults
    made = json.loads(found[0].raw)
    assert made["bizStep"] == "shipping"
    assert made["eventTime"] == "2026-07-22T06:45:00.000+08:00"
    assert made["ex:a"] == [{"ex:kind": "k", "#text": "v"}, "w"]
    assert made["o:b"] == {"o:c": ""}
    assert made["@context"] == {"o": "https://other.example/"}
    assert found[0].event is not None
    assert found[0].event.extensions is not None


def test_epcis_1_wrappers_are_unwrapped_and_a_quantity_event_becomes_an_observation() -> None:
    body = (
        "<QuantityEvent><eventTime>2026-07-22T06:45:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>"
        "<epcClass>urn:epc:idpat:sgtin:0614141.107346.*</epcClass><quantity>20</quantity></QuantityEvent>"
        "<extension><TransformationEvent><eventTime>2026-07-22T06:45:00Z</eventTime>"
        "<eventTimeZoneOffset>+08:00</eventTimeZoneOffset><baseExtension><eventID>urn:uuid:1</eventID></baseExtension>"
        "<inputEPCList><epc>urn:x:a</epc></inputEPCList><outputEPCList><epc>urn:x:b</epc></outputEPCList>"
        "</TransformationEvent></extension>"
    )
    data = xml(body).replace(b"xsd:2", b"xsd:1").replace(b'"2.0"', b'"1.2"')
    assert read(data).format == "xml12"
    found, faults = drain(data)
    assert not faults
    first, second = (json.loads(i.raw) for i in found)
    assert first["type"] == "ObjectEvent"
    assert first["quantityList"] == [{"epcClass": "urn:epc:idpat:sgtin:0614141.107346.*", "quantity": 20}]
    assert second["eventID"] == "urn:uuid:1"
    assert not found[0].faults
    assert not found[1].faults


def test_a_document_type_without_content_is_let_pass_and_utf_16_xml_is_read() -> None:
    assert len(drain(xml(XML_EVENT.format(""), "<!DOCTYPE project>"))[0]) == 1
    text = xml(XML_EVENT.format("")).decode().replace("UTF-8", "UTF-16")
    assert len(drain(text.encode("utf-16"))[0]) == 1


def test_the_raw_context_of_a_document_stands_for_all_that_the_document_said_of_it() -> None:
    made = read(xml(XML_EVENT.format("")))
    assert as_context(made.context) is made.names
    assert not as_context(made.context).curies
    assert as_context(list(made.context)).curies


# --- breaks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (b"", "empty", ""),
        (b"  \n", "empty", ""),
        (b"hello", "not-epcis", "byte 0"),
        (b"[]", "empty", ""),
        (b"{}", "missing-field", "type"),
        (b'{"type": 5}', "missing-field", "type"),
        (b'{"type": "EPCISDocumnet", "epcisBody": {"eventList": []}}', "unknown-document-type", "type"),
        (b"<a/>", "unknown-document-type", "line 1"),
        (b"<", "xml-syntax", "line 1"),
        ("{}".encode("utf-16"), "not-utf-8", "byte 0"),
        (b'{"type": "EPCISDocument", "type": "EPCISDocument"}', "duplicate-field", "line 1"),
        (b'{"a": [}', "json-syntax", "line 1"),
        (as_bytes(document([EVENT], epcisHeadr={})), "unknown-field", "epcisHeadr"),
        (as_bytes({**document([EVENT]), "creationDate": "today"}), "time", "creationDate"),
        (as_bytes({**document([EVENT]), "schemaVersion": 2.0}), "schema-version", "schemaVersion"),
        (as_bytes({**HEAD, "epcisBody": {"eventList": {}}}), "wrong-type", "epcisBody.eventList"),
        (as_bytes({**HEAD, "epcisBody": {}}), "missing-field", "epcisBody.eventList"),
        (as_bytes(document([EVENT])) + b"x", "json-syntax", "line 1"),
        (as_bytes(EVENT), "missing-field", "@context"),
        (xml(XML_EVENT.format(""))[:-3], "", "line 1"),
        (xml(XML_EVENT.format("\x00")), "", "line 1"),
        (xml(XML_EVENT.format("")).replace(b"UTF-8", b"klingon"), "", ""),
    ],
)
def test_a_broken_document_says_where_and_what_to_do(data: bytes, code: str, place: str) -> None:
    _, faults = drain(data)
    assert faults
    assert code in faults[0].code
    assert faults[0].place.startswith(place)
    assert faults[0].remedy


def test_what_stands_before_a_break_is_read() -> None:
    data = as_bytes(document([EVENT] * 50))
    found, faults = drain(data[: len(data) * 3 // 4])
    assert 30 < len(found) < 50
    assert faults[0].code == "truncated"
    assert "byte" in faults[0].place
    whole = xml(XML_EVENT.format("") * 2000)
    found, faults = drain(whole[: len(whole) * 3 // 4])
    assert 1400 < len(found) < 1600
    assert faults


def test_one_event_that_is_not_json_inside_spoils_itself_only() -> None:
    data = as_bytes(document([EVENT, "BAD", EVENT])).replace(b'"BAD"', b'{"type": tru}')
    found, faults = drain(data)
    assert not faults
    assert [bool(i.faults) for i in found] == [False, True, False]
    assert found[1].faults[0].code == "json-syntax"


def test_bytes_that_are_not_utf_8_are_a_fault_of_their_event() -> None:
    data = as_bytes(document([EVENT, EVENT])).replace(b"2017", b"20\xff7", 1)
    found, _ = drain(data)
    assert found[0].faults[0].code == "not-utf-8"
    assert not found[1].faults


# --- attacks ------------------------------------------------------------------------------------------

BILLION = (
    "<!DOCTYPE x ["
    '<!ENTITY a "'
    + "ha" * 50
    + '">'
    + "".join(f'<!ENTITY {n} "{f"&{p};" * 20}">' for p, n in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


@pytest.mark.parametrize(
    "head",
    [
        BILLION,
        '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE x PUBLIC "a" "http://example.com/a.dtd">',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        "<!DOCTYPE x [<!ATTLIST x a CDATA 'b'>]>",
    ],
)
def test_a_document_type_that_declares_something_is_refused(head: str) -> None:
    _, faults = drain(xml(XML_EVENT.format("&a;"), head))
    assert faults[0].code == "xml-dtd"
    _, faults = drain(xml(XML_EVENT.format("&a;"), head).decode().replace("UTF-8", "UTF-16").encode("utf-16"))
    assert faults[0].code == "xml-dtd"


def test_an_undeclared_entity_is_refused() -> None:
    _, faults = drain(xml(XML_EVENT.format("<ex:a>&b;</ex:a>")))
    assert faults


@pytest.mark.parametrize("levels", [70, 500, 5_000, 200_000])
def test_deep_nesting_is_refused_quickly(levels: int) -> None:
    started = time.perf_counter()
    deep = b'{"ex:a":' * levels + b"1" + b"}" * levels
    made = as_bytes(document([{**EVENT, "ex:a": "DEEP"}])).replace(b'"DEEP"', deep)
    found, faults = drain(made)
    codes = [f.code for f in faults] + [f.code for i in found for f in i.faults]
    assert codes == ["too-deep"]
    found, faults = drain(b"[" * levels)
    assert faults or all(i.faults for i in found)
    body = XML_EVENT.format("<ex:a>" * levels + "</ex:a>" * levels)
    found, faults = drain(xml(body))
    codes = [f.code for f in faults] + [f.code for i in found for f in i.faults]
    assert codes == ["too-deep"]
    assert time.perf_counter() - started < 10


def test_an_endless_string_and_an_endless_attribute_end() -> None:
    _, faults = drain(as_bytes(document([EVENT])).replace(b"2017", b"7" * 20_000_000)[:-4])
    assert faults
    _, faults = drain(xml(XML_EVENT.format("<ex:a>" + "a" * 11_000_000 + "</ex:a>")))
    assert faults
    assert faults[0].code == "too-large"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_random_bytes_are_only_ever_faults(data: bytes) -> None:
    drain(data)
    drain(b"{" + data)
    drain(b"<" + data)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_damaged_documents_are_only_ever_faults(seed: int) -> None:
    rng = random.Random(seed)
    whole = rng.choice((as_bytes(document([EVENT] * 3)), xml(XML_EVENT.format("<ex:a>b</ex:a>") * 3)))
    data = bytearray(whole)
    for _ in range(rng.randrange(1, 6)):
        at = rng.randrange(len(data))
        match rng.randrange(4):
            case 0:
                data[at] = rng.randrange(256)
            case 1:
                del data[at : at + rng.randrange(1, 40)]
            case 2:
                data[at:at] = bytes(rng.randrange(256) for _ in range(3))
            case 3:
                data[at:at] = rng.choice(
                    (b"\x00", b"{", b"]", b'"', b"<", b"&x;", b"null", b"<!--", b"<![CDATA[")
                )
        if not data:
            break
    found, _ = drain(bytes(data))
    for incoming in found:
        assert incoming.event is not None or incoming.faults


def test_a_missing_file_and_a_wrong_content_type_are_faults(tmp_path: Path) -> None:
    _, faults = drain(tmp_path / "nowhere.json")
    assert faults[0].code == "unreadable"
    with pytest.raises(DocumentError) as error:
        read(as_bytes(document([EVENT])), "application/xml")
    assert error.value.faults[0].code == "content-type"
    assert isinstance(read(as_bytes(document([EVENT])), "application/ld+json; charset=utf-8"), Document)


# --- size ---------------------------------------------------------------------------------------------

EVENTS = int(os.environ.get("ZHIHENG_LARGE_EVENTS", "100000"))


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_hundred_thousand_events_pass_in_bounded_memory(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"large.{form}"
    with path.open("wb") as file:
        if form == "json":
            epcs = [f"urn:epc:id:sgtin:0614141.107346.{i}" for i in range(10)]
            one = as_bytes({**EVENT, "epcList": epcs})
            head, tail = as_bytes(document(["HERE"])).split(b'"HERE"')
            between = b","
        else:
            one, between = XML_EVENT.format("<ex:a>b</ex:a>").encode(), b"\n"
            head, tail = xml("HERE").split(b"HERE")
        file.write(head)
        for i in range(EVENTS):
            file.write(one if not i else between + one)
        file.write(tail)
    script = (
        "import resource, sys\n"
        "from zhiheng.trace.epcis.documents import read\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "count = sum(1 for i in read(sys.argv[1]).events() if not i.faults)\n"
        "print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    made = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    count, grown = map(int, made.stdout.split())
    assert count == EVENTS
    assert grown < 60_000, f"{grown} KB more for a file of {path.stat().st_size // 1024} KB"
