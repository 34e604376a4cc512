"""The EPCIS interface as its clients meet it."""

import json
from typing import Any

import pytest
from django.test import Client

from tests.trace.build import (
    CONTEXT,
    at,
    capture,
    document,
    event,
    gln,
    lot,
    made,
    party,
    place,
    receive,
    seen,
    serial,
    ship,
)  # fmt: skip
from zhiheng.core.accounts.actions import create_key, create_user
from zhiheng.core.jobs.models import Job
from zhiheng.core.jobs.runner import work
from zhiheng.core.registry.models import Organisation, Site
from zhiheng.knowledge.codes.uscc import make

pytestmark = pytest.mark.django_db
ALL = ["epcis:capture", "epcis:query", "trace:read"]


class Caller:
    """A machine with an API key."""

    def __init__(self, user: Any, scopes: list[str] = ALL) -> None:
        self.user = user
        self.headers = {"Authorization": f"Bearer {create_key(None, 'test', scopes, user=user)[1]}"}
        self.client = Client(headers=self.headers)

    def get(self, url: str, **params: str) -> Any:
        return self.client.get(url, params)

    def post(self, url: str, body: bytes, kind: str = "application/ld+json", **headers: str) -> Any:
        return self.client.post(url, body, content_type=kind, headers=headers)

    def events(self, **params: str) -> list[dict[str, Any]]:
        reply = self.get("/epcis/events", **params)
        assert reply.status_code == 200, reply.content
        return json.loads(reply.content)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]


def firm(number: int, region: str = "440100") -> Organisation:
    organisation = Organisation.objects.create(
        uscc=make(f"91{region}MA{number:07d}"), name=f"测试企业{number}", region=region
    )
    Site.objects.create(gln=gln(number), organisation=organisation, name="仓库", region=region)
    return organisation


@pytest.fixture
def operator() -> Caller:
    return Caller(create_user(None, "operator", "system"))


def test_a_document_is_acknowledged_then_captured_by_the_worker(operator: Caller) -> None:
    body = document([made(1, 1, serial(1, "a")), ship(2, 1, 2, serial(1, "a"))])
    reply = operator.post("/epcis/capture", body)
    assert (reply.status_code, reply["GS1-EPCIS-Version"]) == (202, "2.0.0")
    waiting = operator.get(reply["Location"]).json()
    assert waiting["running"] is True
    work(until_idle=True)
    job = operator.get(reply["Location"]).json()
    assert (job["running"], job["success"], job["captured"], job["captureErrorBehaviour"]) == (
        False,
        True,
        2,
        "rollback",
    )
    again = operator.post("/epcis/capture", body)
    work(until_idle=True)
    job = operator.get(again["Location"]).json()
    assert (job["captured"], job["duplicates"], len(job["duplicateEvents"])) == (0, 2, 2)


@pytest.mark.parametrize(("behaviour", "stored"), [("rollback", 0), ("proceed", 1)])
def test_the_sender_chooses_what_a_wrong_event_does(operator: Caller, behaviour: str, stored: int) -> None:
    body = document([made(1, 1, serial(1, "a")), made(1, 1, "urn:epc:id:sgtin:broken")])
    reply = operator.post("/epcis/capture", body, **{"GS1-Capture-Error-Behaviour": behaviour})
    work(until_idle=True)
    job = operator.get(reply["Location"]).json()
    assert (job["success"], job["captured"], job["rejected"]) == (False, stored, 1)
    wrong = job["errors"][0]
    assert wrong["place"] == "epcisBody.eventList[1].epcList[0]"
    assert wrong["code"] and wrong["title"] and wrong["remedy"]
    assert len(operator.events()) == stored


def test_the_good_events_before_a_break_in_the_document_are_kept_when_proceeding(operator: Caller) -> None:
    body = document([seen(n, 1, serial(1, n)) for n in range(1, 9)])[:-400]
    reply = operator.post("/epcis/capture", body, **{"GS1-Capture-Error-Behaviour": "proceed"})
    work(until_idle=True)
    job = operator.get(reply["Location"]).json()
    assert job["success"] is False
    assert job["captured"] == len(operator.events()) > 0


@pytest.mark.parametrize(
    "body", [b" ", b"{", b"\x00\xff\xfe", b"<a", b"[]", b'{"type":"EPCISDocument"}', b"[" * 100_000]
)
def test_nonsense_is_kept_and_refused_with_a_reason(operator: Caller, body: bytes) -> None:
    reply = operator.post("/epcis/capture", body)
    assert reply.status_code == 202
    work(until_idle=True)
    job = operator.get(reply["Location"]).json()
    assert job["success"] is False
    assert job["errors"][-1]["code"] != "internal_error"
    assert job["errors"][-1]["title"] and job["errors"][-1]["remedy"]


def test_an_empty_body_is_refused_at_once(operator: Caller) -> None:
    reply = operator.post("/epcis/capture", b"")
    assert (reply.status_code, reply.json()["code"]) == (400, "empty")
    assert not Job.objects.exists()


def test_too_large_a_body_leaves_nothing(operator: Caller, settings: Any) -> None:
    settings.MAX_BODY = 1000
    reply = operator.post("/epcis/capture", document([seen(1, 1, serial(1, n)) for n in range(50)]))
    assert (reply.status_code, reply.json()["code"]) == (413, "too_large")
    assert not Job.objects.exists()
    assert [p for p in settings.SUBMISSIONS.rglob("*") if p.is_file()] == []


def test_one_event_is_captured_at_once(operator: Caller) -> None:
    alone = {"@context": CONTEXT}
    one = json.dumps(alone | seen(1, 1, serial(1, "a"))).encode()
    reply = operator.post("/epcis/events", one)
    assert reply.status_code == 201, reply.content
    found = operator.get(reply["Location"])
    assert json.loads(found.content)["epcList"] == [serial(1, "a")]
    assert operator.post("/epcis/events", one).status_code == 200
    bad = operator.post(
        "/epcis/events", json.dumps(alone | seen(1, 1, serial(1, "b")) | {"action": "ADDD"}).encode()
    )
    assert (bad.status_code, bad["Content-Type"]) == (422, "application/problem+json")
    assert "action" in bad.json()["place"]


def test_what_came_in_comes_out(operator: Caller) -> None:
    odd = seen(1, 1, serial(1, "a")) | {
        "eventTime": "2026-06-01T09:30:00.5-03:30",
        "eventTimeZoneOffset": "-03:30",
        "ex:note": {"ex:deep": ["字", 1.50]},
    }
    capture(odd)
    found = operator.events(MATCH_epc=serial(1, "a"))[0]
    assert {name: found[name] for name in odd} == odd
    assert found["eventID"].startswith("ni:///sha-256;")
    reply = json.loads(operator.get("/epcis/events", MATCH_epc=serial(1, "a")).content)
    assert {"ex": "https://ns.example.com/"} in reply["@context"]


def test_the_query_parameters_select(operator: Caller) -> None:
    capture(
        made(1, 1, serial(1, "a"), quantity=(lot(1, "L"), 1)), ship(2, 1, 2, serial(1, "a")),
        receive(3, 1, 2, serial(1, "a")),
        event("Transaction", 4, 2, action="ADD", epcList=[serial(1, "a")],
              bizTransactionList=[{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:6901234000016:7"}]),
    )  # fmt: skip
    counts = {
        ("eventType", "ObjectEvent"): 3, ("eventType", "ObjectEvent|TransactionEvent"): 4,
        ("EQ_action", "ADD"): 2, ("EQ_bizStep", "shipping"): 1, ("EQ_bizStep", "shipping|receiving"): 2,
        ("EQ_bizStep", "https://ref.gs1.org/cbv/BizStep-shipping"): 1, ("EQ_disposition", "in_transit"): 1,
        ("GE_eventTime", at(2)): 3, ("LT_eventTime", at(2)): 1, ("EQ_readPoint", place(2)): 2,
        ("EQ_bizLocation", place(1)): 1, ("WD_bizLocation", place(2)): 2, ("MATCH_epc", serial(1, "a")): 4,
        ("MATCH_epc", serial(1, "none")): 0, ("MATCH_epcClass", lot(1, "L")): 1, ("MATCH_anyEPC", serial(1, "a")): 4,
        ("MATCH_parentID", serial(1, "a")): 0, ("EQ_source_possessing_party", party(1)): 2,
        ("EQ_bizTransaction_po", "urn:epcglobal:cbv:bt:6901234000016:7"): 1, ("EXISTS_errorDeclaration", "true"): 0,
    }  # fmt: skip
    assert {k: len(operator.events(**{k[0]: k[1]})) for k in counts} == counts
    assert len(operator.events(MATCH_epc=serial(1, "a"), EQ_bizStep="shipping", EQ_readPoint=place(1))) == 1


def test_bad_parameters_are_named(operator: Caller) -> None:
    for name, value in (
        ("GE_eventTime", "yesterday"), ("EQ_action", "ADDED"), ("MATCH_epc", "urn:epc:id:sgtin:1"), ("perPage", "0"),
        ("nextPageToken", "zzz"), ("orderBy", "colour"), ("noSuch", "1"),
    ):  # fmt: skip
        reply = operator.get("/epcis/events", **{name: value})
        assert reply.status_code == 400, name
        assert reply.json()["parameter"] == name
    assert operator.get("/epcis/events", EQ_quantity="1").status_code == 501
    for token in ("zzz", "9" * 25, "9" * 5000):
        assert operator.get("/epcis/capture", nextPageToken=token).status_code == 400, token[:30]


@pytest.mark.parametrize("order", [{}, {"orderBy": "recordTime"}, {"orderDirection": "DESC"}])
def test_pages_are_whole_and_stable(operator: Caller, order: dict[str, str]) -> None:
    capture(*[seen(1 + n / 60, 1, serial(1, n)) for n in range(25)])
    found: list[str] = []
    reply = operator.get("/epcis/events", perPage="10", **order)
    while True:
        page = json.loads(reply.content)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
        found += [e["eventID"] for e in page]
        if "Link" not in reply:
            break
        capture(seen(30 + len(found), 1, serial(2, len(found))))  # what comes meanwhile disturbs nothing
        reply = operator.client.get(reply["Link"].split(";")[0].strip("<>"))
    assert len(found) == len(set(found)) >= 25


def test_a_party_sees_the_events_it_is_part_of_and_an_officer_the_jurisdiction() -> None:
    one, two, three = firm(1, "440100"), firm(2, "440300"), firm(3, "440300")
    capture(
        made(1, 1, serial(1, "a")),
        ship(2, 1, 2, serial(1, "a")),
        receive(3, 1, 2, serial(1, "a")),
        seen(4, 3, serial(3, "x")),
    )
    steps = {
        "one": Caller(create_user(None, "one", "enterprise", organisation=one)),
        "two": Caller(create_user(None, "two", "enterprise", organisation=two)),
        "three": Caller(create_user(None, "three", "enterprise", organisation=three)),
        "guangzhou": Caller(create_user(None, "gz", "city", region="440100")),
        "shenzhen": Caller(create_user(None, "sz", "city", region="440300")),
        "province": Caller(create_user(None, "gd", "province", region="440000")),
    }
    counts = {name: len(caller.events()) for name, caller in steps.items()}
    assert counts == {"one": 3, "two": 2, "three": 1, "guangzhou": 3, "shenzhen": 3, "province": 4}
    traced = steps["two"].get("/api/v1/trace/trace", code=serial(1, "a")).json()
    assert [s["step"] for s in traced["steps"]] == ["shipping", "receiving"]
    assert steps["three"].get("/api/v1/trace/trace", code=serial(1, "a")).status_code == 404
    id = steps["one"].events()[0]["eventID"]
    assert steps["three"].get(f"/epcis/events/{id}").status_code == 404


def test_a_stranger_is_turned_away_and_a_scope_is_needed(operator: Caller) -> None:
    for url in ("/epcis/events", "/epcis/capture", "/api/v1/trace/scope?code=x"):
        reply = Client().get(url)
        assert (reply.status_code, reply["Content-Type"]) == (401, "application/problem+json"), url
    reader = Caller(operator.user, ["epcis:query"])
    assert reader.post("/epcis/capture", b"{}").status_code == 403
    assert operator.client.put("/epcis/capture").status_code == 405
    assert operator.post("/epcis/capture", b"{}", "image/png").status_code == 415


def test_the_event_id_of_another_event_is_a_duplicate_that_says_so(operator: Caller) -> None:
    one = seen(1, 1, serial(1, "a")) | {"eventID": "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8"}
    capture(one)
    reply = operator.post("/epcis/capture", document([one | {"bizStep": "holding"}]))
    work(until_idle=True)
    job = operator.get(reply["Location"]).json()
    assert (job["captured"], job["duplicates"]) == (0, 1)
    assert Job.objects.latest("created_at").outcomes.get().code == "event-id-taken"
