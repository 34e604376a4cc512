"""Digital Links on this host, and what they tell the public: what a disclosure lets out, and nothing else."""

import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tests.shared import shared
from tests.trace.build import (
    amount,
    box,
    capture,
    event,
    gln,
    gtin,
    lot,
    made,
    pack,
    place,
    receive,
    seen,
    serial,
    ship,
    transform,
    unpack,
)  # fmt: skip
from zhiheng.core.accounts.models import User
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.registry.models import Organisation, Product, Site
from zhiheng.knowledge.codes.errors import CodeError
from zhiheng.trace import linkset, resolver

pytestmark = pytest.mark.django_db
G = gtin(1)
HTML = {"HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8"}
LINKSET = {"HTTP_ACCEPT": "application/linkset+json"}


def path(item: str) -> str:
    return item.removeprefix("https://id.gs1.org")


def organisation(n: int, region: str = "440106") -> Organisation:
    made = Organisation.objects.create(
        uscc=f"91440101MA5000{n:04d}", name=f"第{n}食品有限公司", region=region
    )
    Site.objects.create(gln=gln(n), organisation=made, name=f"{n}号厂", region=region)
    return made


@pytest.fixture
def world(db: None) -> dict[int, Organisation]:
    """Three organisations; the first makes the first product."""
    found = {1: organisation(1), 2: organisation(2, "440305"), 3: organisation(3, "440606")}
    Product.objects.create(
        gtin=G,
        organisation=found[1],
        name="荔枝汁",
        brand="岭南",
        spec="1 L",
        category="food",
        standard="GB/T 31121",
    )
    return found


def publish(kind: str, key: str, **more: Any) -> Disclosure:
    officer, _ = User.objects.get_or_create(username="officer", role="province", region="440000")
    fields = {
        "title": "t",
        "basis": "《食品安全法》第四十二条",
        "published_from": timezone.now() - timedelta(days=1),
    }
    return Disclosure.objects.create(
        kind=kind, subject=f"{kind}:{key}", region="440000", decided_by=officer, **fields | more
    )


def story(item: str) -> resolver.PublicStory:
    return resolver.public_story(item, timezone.now())


def cities(item: str) -> list[tuple[str, str | None, str | None]]:
    return [(s.step, s.region, s.organisation.name if s.organisation else None) for s in story(item).steps]


# -- paths ------------------------------------------------------------------------------------------------------


def test_every_primary_key_has_an_address(client: Client, world: Any) -> None:
    examples = [
        "/00/069012345678901230", "/253/4602443000331XYZ", "/255/9520123456788", "/401/690123412345",
        "/402/95201234567891235", "/415/9520123456788/8020/A1", "/8003/09520123456788A", "/8004/9520614141234567",
        "/8006/095201234567880102", "/8010/95201234A", "/8010/95201234A/8011/12", "/8013/1987654Ad4X4bL5ttr2310c2K",
        "/8017/952012345678912345", "/8018/952012345678912345",
    ]  # fmt: skip
    for example in examples:
        answer = client.get(example, **HTML)
        # One with a check digit that I made up is a 400; none is an address that nobody knows.
        assert answer.status_code in {200, 400, 404}, example
        assert answer["Vary"].startswith("Accept"), example
        assert "Access-Control-Allow-Origin" in answer, example
    assert client.get(f"/414/{gln(1)}/254/A", **HTML).status_code == 200
    assert client.get(f"/417/{gln(2)}", **HTML).status_code == 200
    assert client.get(f"/01/{G}/235/TPX1", **HTML).status_code == 200


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        (f"/01/{G[1:]}", f"/01/{G}"),
        (f"/gtin/{G}/lot/L1", f"/01/{G}/10/L1"),
        (f"/01/{G}/10/L1/", f"/01/{G}/10/L1"),
        (f"/01/{G[1:]}/21/7?17=270101&x=y", f"/01/{G}/21/7?17=270101&x=y"),
        (f"/gln/{gln(1)}", f"/414/{gln(1)}"),
    ],
)
def test_convenient_forms_lead_to_the_one_address(
    client: Client, world: Any, typed: str, canonical: str
) -> None:
    answer = client.get(typed)
    assert answer.status_code == 307
    assert answer["Location"] == canonical


def test_a_slash_and_signs_in_a_serial_survive(client: Client, world: Any) -> None:
    code = resolver.read(f"01/{G}/21/A/B%&")
    assert code.get("21") == "A/B%&"
    assert code.path == f"/01/{G}/21/A%2FB%25%26"
    answer = client.get(code.path, **HTML)
    assert answer.status_code == 200
    assert "A/B%&amp;" in answer.content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        f"/01/{G[:-1]}{(int(G[-1]) + 1) % 10}", "/01/123", "/01/", "/01/abc", f"/01/{G}/21/7/10/L", f"/01/{G}/17/270101",
        f"/01/{G}/99/x", f"/01/{G}/21/{'x' * 21}", f"/01/{G}?17=999999", f"/01/{G}?10=L", "/00/12", f"/01/{G}/21/é", "/414/1",
    ],
)  # fmt: skip
def test_a_malformed_code_is_a_designed_400(client: Client, world: Any, wrong: str) -> None:
    page = client.get(wrong, **HTML)
    assert page.status_code == 400
    assert "这个代码不对" in page.content.decode()
    machine = client.get(wrong, HTTP_ACCEPT="application/json")
    assert machine.status_code == 400
    assert machine["Content-Type"] == "application/problem+json"
    assert machine.json()["code"] == "bad_code"
    assert machine.json()["remedy"]


@given(
    st.sampled_from(resolver.FIRST_WORDS),
    st.lists(st.one_of(st.sampled_from(["10", "21", "22", "lot", "A1", G]), st.text(max_size=6)), max_size=6),
    st.text(max_size=12),
)
def test_whatever_is_asked_is_a_code_or_an_error_in_words(first: str, rest: list[str], query: str) -> None:
    try:
        code = resolver.read("/".join([first, *rest]), query)
    except CodeError:
        return
    assert code.path.isascii()
    assert resolver.read(unquote(code.path)) == code


def test_a_right_code_of_nothing_registered_is_a_404(client: Client) -> None:
    page = client.get(f"/01/{gtin(77)}", **HTML)
    assert page.status_code == 404
    assert "没有登记" in page.content.decode()
    assert client.get(f"/01/{gtin(77)}", **LINKSET).json()["code"] == "not_known"


def test_methods(client: Client, world: Any) -> None:
    assert client.head(f"/01/{G}").status_code == 200
    assert client.options(f"/01/{G}").status_code == 204
    assert client.post(f"/01/{G}").status_code == 405


# -- links ------------------------------------------------------------------------------------------------------


@pytest.mark.oracle
def test_linksets_are_valid_by_the_official_schemas(client: Client, world: Any) -> None:
    from jsonschema import Draft7Validator

    schemas = {
        name: Draft7Validator(json.loads(shared(f"data/epcis/standard/{name}.json").read_text()))
        for name in ("linkset-schema", "gs1-linkset-schema")
    }
    # The schemas are the oracle: they tell their own examples apart.
    examples = shared("data/epcis/linkset")
    assert schemas["gs1-linkset-schema"].is_valid(
        json.loads((examples / "valid-gs1-example.json").read_text())
    )
    assert not schemas["gs1-linkset-schema"].is_valid(
        json.loads((examples / "invalid-gs1-example.json").read_text())
    )
    publish("trace", G)
    publish("organisation", world[1].uscc)
    capture(seen(1, 1, serial(1, "r"), disposition="recalled"))
    for where in (f"/01/{G}", f"/01/{G}/21/r", path(box(1)), f"/414/{gln(1)}"):
        found = client.get(where, **LINKSET)
        assert found["Content-Type"] == "application/linkset+json"
        document = found.json()
        schemas["gs1-linkset-schema"].validate(document)
        # RFC 9264 itself has no itemDescription.
        for one in document["linkset"]:
            del one["itemDescription"]
        schemas["linkset-schema"].validate(document)
        assert len(document["linkset"][0][linkset.VOCABULARY + "defaultLink"]) == 1


def test_what_accept_and_link_type_ask_for(client: Client, world: Any) -> None:
    page = client.get(f"/01/{G}", **HTML)
    assert page["Content-Type"].startswith("text/html")
    assert 'rel="linkset"' in page["Link"]
    assert f'<http://127.0.0.1:8000/01/{G}>; rel="https://gs1.org/voc/pip"' in page["Link"]
    assert client.get(f"/01/{G}")["Content-Type"].startswith("text/html")
    for ask in ("all", "linkset"):
        assert (
            client.get(f"/01/{G}?linkType={ask}", **HTML).json()["linkset"][0]["anchor"].endswith(f"/01/{G}")
        )
    assert "linkset" in client.get(f"/01/{G}", HTTP_ACCEPT="application/json").json()
    for ask in ("gs1:pip", "https://gs1.org/voc/pip", "https://ref.gs1.org/voc/pip", "gs1:defaultLink"):
        sent = client.get(f"/01/{G}", {"linkType": ask, "17": "270101"}, **HTML)
        assert sent.status_code == 307
        assert sent["Location"] == f"http://127.0.0.1:8000/01/{G}?17=270101"


def test_a_link_type_that_is_not_there_is_a_404_that_lists_the_others(client: Client, world: Any) -> None:
    answer = client.get(f"/01/{G}?linkType=gs1:recipeInfo", HTTP_ACCEPT="application/json")
    assert answer.status_code == 404
    assert answer.json()["links"] == ["gs1:defaultLink", "gs1:pip", "gs1:epcis"]
    assert client.get(f"/01/{G}?linkType=gs1:recipeInfo", **HTML).status_code == 404
    assert client.get(f"/01/{G}?linkType=nonsense", **HTML).status_code == 404


def test_traceability_is_linked_when_it_is_public_as_page_and_as_data(client: Client, world: Any) -> None:
    ask = {"linkType": "gs1:traceability"}
    assert client.get(f"/01/{G}", ask, **HTML).status_code == 404
    publish("trace", G)
    assert client.get(f"/01/{G}", ask, **HTML)["Location"].endswith(f"/01/{G}#journey")
    data = client.get(f"/01/{G}", ask, HTTP_ACCEPT="application/json")["Location"]
    assert "/api/v1/trace/public?code=" in data


def test_the_resolver_describes_itself(client: Client) -> None:
    found = client.get("/.well-known/gs1resolver").json()
    assert found["resolverRoot"] == "http://127.0.0.1:8000"
    assert found["supportedPrimaryKeys"] == ["all"]


# -- the story --------------------------------------------------------------------------------------------------


def chain_of(n: object) -> None:
    """Made at 1, packed, shipped to 2 in its box, unpacked, sold."""
    capture(
        made(1, 1, serial(1, n), number="L1"),
        pack(2, 1, box(1), serial(1, n)),
        ship(3, 1, 2, box(1)),
        receive(5, 1, 2, box(1)),
        unpack(6, 2, box(1), serial(1, n)),
        seen(20, 2, serial(1, n), step="retail_selling", disposition="retail_sold"),
    )


def test_without_a_disclosure_nothing_tells_that_events_exist(client: Client, world: Any) -> None:
    chain_of("a")
    capture(seen(30, 2, serial(1, "a"), step="inspecting", disposition="recalled"))
    pages = [
        client.get(path(serial(1, n)), **HTML).content.decode().replace(f"/21/{n}", "/21/?")
        for n in ("a", "b")
    ]
    bare = [
        page.replace("(21)a", "(21)?")
        .replace("(21)b", "(21)?")
        .replace("%2821%29a", "(21)?")  # in the link by which one complains about it
        .replace("%2821%29b", "(21)?")
        .replace('mono">a<', 'mono">?<')
        .replace('mono">b<', 'mono">?<')
        for page in pages
    ]
    assert [line for line in bare[0].splitlines() if "nonce" not in line and "csrf" not in line.lower()] == [
        line for line in bare[1].splitlines() if "nonce" not in line and "csrf" not in line.lower()
    ]
    assert "尚未公开" in pages[0]
    known, unknown = (client.get(path(serial(1, n)), **LINKSET).content.decode() for n in ("a", "b"))
    assert known.replace("21/a", "21/b").replace("(21)a", "(21)b").replace("21%2Fa", "21%2Fb") == unknown
    told = story(serial(1, "a"))
    assert (told.published, told.steps, told.warnings, told.dates, told.lot) == (False, [], [], [], None)
    assert told.product is not None
    assert told.producer is not None


def test_a_disclosed_journey_has_steps_and_cities_and_only_public_names(world: Any) -> None:
    chain_of("a")
    publish("trace", G)
    guangzhou, shenzhen = "440100", "440300"
    maker = world[1].name
    assert cities(serial(1, "a")) == [
        ("commissioning", guangzhou, maker), ("packing", guangzhou, maker), ("shipping", guangzhou, maker),
        ("receiving", shenzhen, None), ("unpacking", shenzhen, None), ("retail_selling", shenzhen, None),
    ]  # fmt: skip
    publish("organisation", world[2].uscc)
    assert cities(serial(1, "a"))[3] == ("receiving", shenzhen, world[2].name)
    assert story(serial(1, "a")).lot == "L1"


def test_the_page_never_has_quantities_documents_or_partners(client: Client, world: Any) -> None:
    publish("trace", G)
    capture(
        made(1, 1, quantity=(lot(1, "L9"), 98765)),
        ship(
            2, 1, 2, quantityList=[amount(lot(1, "L9"), 43210)],
            bizTransactionList=[{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:6901230000016:PO-SECRET"}],
        ),
    )  # fmt: skip
    for where in (path(lot(1, "L9")), "/api/v1/trace/public?code=" + lot(1, "L9")):
        body = client.get(where, **HTML).content.decode()
        assert "98765" not in body
        assert "43210" not in body
        assert "PO-SECRET" not in body
        assert world[2].name not in body
        assert gln(2) not in body
        assert "shipping" in body or "发货" in body


def test_disclosure_ends_when_it_is_withdrawn_or_over(world: Any) -> None:
    chain_of("a")
    decision = publish("trace", G)
    assert story(serial(1, "a")).steps
    later = timezone.now() - timedelta(hours=1)
    decision.published_until = later
    decision.save()
    assert not story(serial(1, "a")).published
    decision.published_until, decision.withdrawn_at, decision.withdrawn_why = None, later, "w"
    decision.save()
    assert not story(serial(1, "a")).published


def warnings(item: str) -> list[str]:
    return [warning.code for warning in story(item).warnings]


def test_warnings_of_a_disclosed_product(world: Any) -> None:
    publish("trace", G)
    chain_of("a")
    capture(made(1, 1, serial(1, "n"), serial(1, "m"), number="L2"))
    assert warnings(serial(1, "a")) == ["sold"]
    assert warnings(serial(1, "n")) == []
    assert warnings(serial(1, "x")) == ["never_named"]
    assert warnings(lot(1, "X")) == ["never_named"]
    assert warnings(lot(1, "L2")) == []
    assert warnings(f"https://example.com/01/{G}/10/L2/21/n") == []
    assert warnings(f"https://example.com/01/{G}/10/L7/21/n") == ["lot_differs"]
    capture(seen(9, 1, serial(1, "n"), step="holding", disposition="recalled"))
    assert warnings(serial(1, "n")) == ["recalled"]
    capture(seen(10, 1, serial(1, "n"), step="storing", disposition="available"))
    assert warnings(serial(1, "n")) == []
    capture(
        event(
            "Object",
            11,
            1,
            action="DELETE",
            bizStep="destroying",
            disposition="destroyed",
            epcList=[serial(1, "m")],
        )
    )
    assert warnings(serial(1, "m")) == ["ended"]
    capture(seen(12, 1, step="inspecting", disposition="recalled", quantityList=[{"epcClass": lot(1, "L2")}]))
    assert warnings(serial(1, "n")) == ["recalled"]
    assert warnings(lot(1, "L2")) == ["recalled"]


def test_dates_and_materials_of_a_lot(client: Client, world: Any) -> None:
    publish("trace", G)
    Product.objects.create(gtin=gtin(2), organisation=world[3], name="荔枝", category="agri")
    Product.objects.create(gtin=gtin(3), organisation=world[3], name="秘方", category="food")
    publish("trace", gtin(2))
    ilmd = {
        "cbvmda:itemExpirationDate": "2027-06-01",
        "ex:productionDate": "2026-06-01T08:00:00+08:00",
        "ex:secret": "S3CRET",
    }
    capture(
        transform(
            1,
            1,
            [(lot(2, "R"), 5, "KGM"), (lot(3, "Q"), 1, "KGM")],
            [serial(1, "a")],
            ilmd={"cbvmda:lotNumber": "L1", **ilmd},
        ),
        receive(5, 1, 2, serial(1, "a")),
    )
    for item in (serial(1, "a"), lot(1, "L1")):
        told = story(item)
        assert [(d.kind, d.value) for d in told.dates] == [
            ("productionDate", "2026-06-01"),
            ("itemExpirationDate", "2027-06-01"),
        ]
        assert [m.name for m in told.materials] == ["荔枝"]
        assert told.steps[0].step == "transforming"
        body = client.get(path(item), **HTML).content.decode()
        assert "荔枝汁" in body
        assert "秘方" not in body
        assert "S3CRET" not in body


def test_a_step_declared_in_error_is_not_told(world: Any) -> None:
    publish("trace", G)
    wrong = receive(5, 1, 2, serial(1, "a")) | {"eventID": "urn:uuid:00000000-0000-4000-8000-000000000001"}
    capture(made(1, 1, serial(1, "a")), wrong)
    assert len(story(serial(1, "a")).steps) == 2
    capture(
        wrong | {"errorDeclaration": {"declarationTime": "2026-06-09T00:00:00Z", "reason": "did_not_occur"}}
    )
    assert len(story(serial(1, "a")).steps) == 1


def test_a_lot_of_very_many_serials_is_not_walked(world: Any, django_assert_max_num_queries: Any) -> None:
    publish("trace", G)
    capture(*(made(i / 60, 1, *(serial(1, f"{i}-{j}") for j in range(20)), number="BIG") for i in range(60)))
    with django_assert_max_num_queries(14):
        told = story(lot(1, "BIG"))
    assert told.steps
    assert len(told.steps) <= 2


def test_the_page_of_a_serial_is_quick(
    client: Client, world: Any, django_assert_max_num_queries: Any
) -> None:
    publish("trace", G)
    chain_of("a")
    client.get(path(serial(1, "a")), **HTML)  # templates are read once
    began = time.perf_counter()
    with django_assert_max_num_queries(25):
        client.get(path(serial(1, "a")), **HTML)
    assert time.perf_counter() - began < 0.5  # 0.1 on a machine that does nothing else


def test_the_story_over_the_api_needs_no_account(client: Client, world: Any) -> None:
    publish("trace", G)
    chain_of("a")
    found = client.get("/api/v1/trace/public", {"code": f"(01){G}(21)a"}).json()
    assert found["product"]["name"] == "荔枝汁"
    assert found["steps"][0]["city"]
    assert client.get("/api/v1/trace/public", {"code": "hello"}).status_code == 422
    assert (
        client.get("/api/v1/trace/public", {"code": path(box(1)).replace("/00/", "")}).json()["code"]
        == "not_a_product"
    )
    assert client.get("/api/v1/trace/public", {"code": gtin(55)}).status_code == 404


def test_a_place_shows_its_registered_organisation_and_a_box_shows_nothing(
    client: Client, world: Any
) -> None:
    chain_of("a")
    assert world[1].name in client.get(path(place(1)), **HTML).content.decode()
    assert client.get(f"/414/{gln(9)}", **HTML).status_code == 404
    known, unknown = (client.get(path(box(n)), **HTML) for n in (1, 2))
    assert known.status_code == unknown.status_code == 200
    assert "不对公众公开" in known.content.decode()


def test_the_page_in_english(client: Client, world: Any) -> None:
    answer = client.get(f"/01/{G}", HTTP_ACCEPT_LANGUAGE="en", **HTML)
    assert answer.status_code == 200
    assert '<html lang="en"' in answer.content.decode()
