"""The event hash: the published vectors, the two ways to the same text, and what must not change it."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.epcis import mutate
from tests.shared import shared
from zhiheng.trace.epcis.decode import decode
from zhiheng.trace.epcis.documents import read
from zhiheng.trace.epcis.fields import items
from zhiheng.trace.epcis.hash import event_hash, prehash
from zhiheng.trace.epcis.jsonld import Context
from zhiheng.trace.epcis.validate import validate

# Their text does not hash to their own published hash (a line cut short, a value garbled): the hash counts.
STALE = {"epcisDocWithAllGS1Keys", "epcisDocWithDefaultSchemaInContext"}


def hashes(path: Path) -> list[str]:
    document = read(path)
    return [event_hash(i.raw, document.names) for i in document.events()]


@pytest.mark.oracle
def test_every_published_vector_agrees_in_both_notations() -> None:
    tried = 0
    for path in sorted(shared("data/epcis/hash/reference").iterdir()):
        if path.suffix not in (".xml", ".jsonld") or not path.with_suffix(".hashes").exists():
            continue
        tried += 1
        assert hashes(path) == path.with_suffix(".hashes").read_text().split(), path.name
        document = read(path)
        texts = [prehash(i.raw, document.names) for i in document.events()]
        wanted = path.with_suffix(".prehashes").read_text("utf-8").splitlines()
        stale = [
            f"ni:///sha-256;{hashlib.sha256(w.encode()).hexdigest()}?ver=CBV2.0" for w in wanted
        ] != hashes(path)
        assert stale == (path.stem in STALE), path.name
        if not stale:
            assert texts == wanted, path.name
    assert tried >= 17


@pytest.mark.oracle
def test_different_notations_of_one_event_have_one_hash() -> None:
    for path in sorted(shared("data/epcis/hash/expected_equal").iterdir()):
        assert len(set(hashes(path))) == 1, path.name
    assert len({h for p in shared("data/epcis/hash/gs1-identical").iterdir() for h in hashes(p)}) == 1


@pytest.mark.oracle
def test_both_ways_give_the_same_text_over_the_corpus_and_its_mutations() -> None:
    rng = random.Random(7)
    compared = 0
    for folder in ("json", "xml20", "xml12", "hash/reference", "query", "conformance10/events"):
        for path in sorted(shared(f"data/epcis/{folder}").iterdir()):
            if path.suffix not in (".xml", ".json", ".jsonld"):
                continue
            try:
                document = read(path)
                incoming = list(document.events())
            except Exception:
                continue
            for each in incoming:
                plain = msgspec.json.decode(each.raw)
                for made in [plain, *(mutate.json_event(plain, rng) for _ in range(5))]:
                    raw = msgspec.json.encode(made)
                    event, faults = decode(raw, 0, document.names)
                    if event is not None and not faults and not validate(event, raw, LATER):
                        compared += 1
                        assert prehash(event, document.names) == prehash(raw, document.names)
    assert compared > 300


EPC = st.one_of(
    st.integers(1, 10**9).map(lambda n: f"urn:epc:id:sgtin:0614141.107346.{n}"),
    st.integers(1, 10**9).map(lambda n: f"https://id.gs1.org/01/09521141012345/10/L{n % 7}/21/S{n}"),
    st.integers(0, 10**9).map(lambda n: f"https://example.com/things/{n}"),
    st.from_regex(r"urn:own:[A-Za-z0-9:._-]{1,12}", fullmatch=True),
    st.from_regex(r"[0-9]{1,6}(\.[0-9]{1,3})?", fullmatch=True),
)
EXTENSION: Any = st.recursive(
    st.one_of(st.text(max_size=8), st.integers(-(10**6), 10**6), st.floats(-1e6, 1e6), st.booleans(), EPC),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(("ex:a", "ex:b", "ex:cList")), inner, max_size=3),
    ),
    max_leaves=6,
)


@st.composite
def events(draw: Any) -> dict[str, Any]:
    kind = draw(
        st.sampled_from(("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent"))
    )
    epcs = st.lists(EPC, max_size=5, unique=True)
    quantities = st.lists(
        st.fixed_dictionaries(
            {"epcClass": EPC},
            optional={"quantity": st.one_of(st.integers(0, 10**6), st.floats(0, 1e6)), "uom": st.just("KGM")},
        ),
        max_size=3,
    )
    steps = st.sampled_from(
        (
            "shipping",
            "urn:epcglobal:cbv:bizstep:shipping",
            "https://ref.gs1.org/cbv/BizStep-packing",
            "ex:own",
        )
    )
    parties = [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00225"}]
    made: dict[str, Any] = {
        "type": kind,
        "eventTime": draw(
            st.datetimes().map(
                lambda d: d.replace(year=1990 + d.year % 40).isoformat(timespec="microseconds") + "+08:00"
            )
        ),
        "eventTimeZoneOffset": "+08:00",
    }
    if kind != "TransformationEvent":
        made["action"] = draw(st.sampled_from(("ADD", "OBSERVE", "DELETE")))
    lists = {
        "ObjectEvent": ("epcList", "quantityList"),
        "AggregationEvent": ("childEPCs", "childQuantityList"),
        "TransactionEvent": ("epcList", "quantityList"),
        "TransformationEvent": ("inputEPCList", "inputQuantityList"),
    }[kind]
    made |= draw(st.fixed_dictionaries({}, optional={lists[0]: epcs, lists[1]: quantities, "bizStep": steps}))
    made |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "disposition": st.sampled_from(("active", "urn:epcglobal:cbv:disp:active")),
                "readPoint": st.fixed_dictionaries({"id": EPC}, optional={"ex:a": EXTENSION}),
                "bizLocation": st.fixed_dictionaries({"id": EPC}),
                "sourceList": st.just(parties),
                "destinationList": st.just(
                    [{"type": "location", "destination": "urn:epc:id:sgln:4012345.00225.0"}]
                ),
                "bizTransactionList": st.lists(
                    st.fixed_dictionaries(
                        {"bizTransaction": EPC}, optional={"type": st.sampled_from(("po", "inv"))}
                    ),
                    max_size=3,
                ),
                "persistentDisposition": st.just({"set": ["damaged"], "unset": ["active", "encoded"]}),
                "certificationInfo": EPC,
                "eventID": st.just("urn:uuid:bf602366-6657-49fb-a729-9610ccef086e"),
                "ex:a": EXTENSION,
                "ex:b": EXTENSION,
                "sensorElementList": st.just(
                    [
                        {
                            "sensorMetadata": {"time": "2026-01-01T00:00:00.0005Z", "ex:m": "1"},
                            "sensorReport": [
                                {"type": "Temperature", "value": 26.0, "bizRules": "https://example.com/r"}
                            ],
                        }
                    ]
                ),
            },
        )
    )
    if kind in ("ObjectEvent", "TransformationEvent"):
        made |= draw(st.fixed_dictionaries({}, optional={"ilmd": st.fixed_dictionaries({"ex:a": EXTENSION})}))
    return made


LATER = datetime(2100, 1, 1, tzinfo=UTC)
CONTEXT = Context([{"ex": "https://ns.example.com/epcis/"}])


@settings(max_examples=400, deadline=None)
@given(events())
def test_the_quick_way_and_the_general_way_are_equal(made: dict[str, Any]) -> None:
    raw = msgspec.json.encode(made)
    event, faults = decode(raw, 0, CONTEXT)
    assert event is not None, faults
    assert prehash(event, CONTEXT) == prehash(raw, CONTEXT)
    assert prehash(event, CONTEXT, items(event, CONTEXT)) == prehash(raw, CONTEXT)


@settings(max_examples=50, deadline=None)
@given(events(), st.randoms())
def test_order_does_not_change_the_hash_and_content_does(made: dict[str, Any], rng: random.Random) -> None:
    names = list(made)
    rng.shuffle(names)
    turned = {n: list(reversed(made[n])) if isinstance(made[n], list) else made[n] for n in names}
    assert event_hash(turned, CONTEXT) == event_hash(made, CONTEXT)
    assert event_hash({**made, "ex:z": "new"}, CONTEXT) != event_hash(made, CONTEXT)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2023-01-18T11:04:03.1415Z", "2023-01-18T11:04:03.142Z"),
        ("2023-01-18T11:04:03Z", "2023-01-18T11:04:03.000Z"),
        ("2023-12-31T23:59:59.9996Z", "2024-01-01T00:00:00.000Z"),
        ("2023-01-18T11:04:03.14149999+08:00", "2023-01-18T03:04:03.141Z"),
    ],
)
def test_times_are_utc_with_milliseconds_rounded(text: str, wanted: str) -> None:
    assert f"eventTime={wanted}" in prehash({"type": "ObjectEvent", "eventTime": text})


def test_an_error_declaration_does_not_change_the_hash() -> None:
    made = {"type": "ObjectEvent", "eventTime": "2026-01-01T00:00:00Z", "eventTimeZoneOffset": "+08:00"}
    wrong = {
        **made,
        "errorDeclaration": {"declarationTime": "2026-01-02T00:00:00Z"},
        "recordTime": "2026-01-02T00:00:00Z",
    }
    assert event_hash(made) == event_hash(wrong)


def test_members_that_a_repository_wants_ignored_do_not_change_the_hash() -> None:
    context = Context([{"r": "https://repository-x.example.com/", "ex": "https://ns.example.com/epcis/"}])
    context.ignore(["r:hash"])
    made = {"type": "ObjectEvent", "eventTime": "2026-01-01T00:00:00Z", "ex:a": "1"}
    assert event_hash({**made, "r:hash": "x"}, context) == event_hash(made, context)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"5", b'{"readPoint": "x"}', b'{"epcList": 5}', b'{"quantityList": ["x"]}']
)
def test_what_is_no_event_has_no_hash(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"event"):
        event_hash(data)
