"""The pages that join the rooms: what the public finds, and what each role begins with."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone

from tests.accounts.people import organisation, person
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.jobs.models import Job
from zhiheng.core.registry.models import Product
from zhiheng.core.ui import context
from zhiheng.web import codes, desk_figures

pytestmark = pytest.mark.django_db
USCC = "91440101MA5CKXTM2P"
GTIN = "06901234567892"


@pytest.fixture
def maker():
    return organisation(uscc=USCC)


def publish(subject: str, **more) -> Disclosure:
    now = timezone.now()
    return Disclosure.objects.create(
        **{
            "kind": subject.partition(":")[0], "subject": subject, "title": f"公开 {subject}", "region": "440105",
            "basis": "条例第二十条", "published_from": now - timedelta(days=1),
            "decided_by": person("province", username=f"p{Disclosure.objects.count()}"), **more,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (USCC, f"/o/{USCC}/"),
        (f" {USCC.lower()} ", f"/o/{USCC}/"),
        ("6901234567892", f"/01/{GTIN}"),
        (f"https://id.gs1.org/01/{GTIN}/10/L1/21/5", f"/01/{GTIN}/10/L1/21/5"),
        (f"https://shop.example/01/{GTIN}/21/5", f"/01/{GTIN}/21/5"),
        (f"(01){GTIN}(10)A1", f"/01/{GTIN}/10/A1"),
        ("urn:epc:id:sgtin:6901234.012345.7", "/01/06901234123456/21/7"),
    ],
)
def test_a_code_leads_to_its_page_whatever_way_it_is_written(client, text, path):
    assert client.get("/search/", {"q": text}).headers["Location"] == path


@pytest.mark.parametrize("text", ["6901234567893", f"{USCC[:-1]}X", f"(01){GTIN[:-1]}3"])
def test_a_mistyped_code_says_so(client, text):
    assert codes.read(text).fault
    assert "这像是一个码，但不对" in client.get("/search/", {"q": text}).content.decode()


@pytest.mark.parametrize(
    "text", ["\x00", "a" * 5000, "%", "'; DROP TABLE", "(((", "]", "440100", "http://", "🥛", "../../etc"]
)
def test_any_text_may_be_searched_for(client, text):
    assert client.get("/search/", {"q": text}).status_code in (200, 302)


def test_a_word_finds_organisations_and_products(client, maker):
    Product.objects.create(gtin=GTIN, organisation=maker, name="白云鲜牛奶")
    page = client.get("/search/?q=白云").content.decode()
    assert f"/o/{USCC}/" in page
    assert f"/01/{GTIN}" in page


def test_the_public_page_of_an_organisation_shows_only_what_is_disclosed(client, maker):
    publish(f"organisation:{USCC}", title="食品生产许可")
    publish(f"organisation:{USCC}", title="已撤回的", withdrawn_at=timezone.now(), withdrawn_why="有误")
    publish(f"organisation:{USCC}", title="到期的", published_until=timezone.now() - timedelta(hours=1))
    publish(f"organisation:{USCC}", title="还没到的", published_from=timezone.now() + timedelta(hours=1))
    page = client.get(f"/o/{USCC}/").content.decode()
    assert "食品生产许可" in page
    assert not any(hidden in page for hidden in ("已撤回的", "到期的", "还没到的"))


def test_what_is_no_longer_public_is_not_found(client):
    gone = publish("notice:1", withdrawn_at=timezone.now(), withdrawn_why="有误")
    assert client.get(f"/published/{gone.pk}/").status_code == 404
    assert gone.title not in client.get("/published/?published-export=json").getvalue().decode()


def test_small_letters_lead_to_the_one_address_and_strangers_are_not_found(client, maker):
    assert client.get(f"/o/{USCC.lower()}/").headers["Location"] == f"/o/{USCC}/"
    assert client.get("/o/91440300708461136T/").status_code == 404


@pytest.mark.parametrize(
    "name", ["home", "scan", "published", "unification", "about", "help", "accessibility", "privacy"]
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_public_pages_stand_on_an_empty_platform(client, name, language):
    response = client.get(reverse(f"web:{name}"), headers={"accept-language": language})
    assert response.status_code == 200
    assert response.content.count(b"<h1>") == 1


def test_the_five_unifications_are_what_runs(client):
    page = client.get("/unification/").content.decode()
    for sign in (
        "ObjectEvent",
        "epcList",
        "GB 32100-2015",
        "commissioning",
        "/epcis/capture",
        "more_out_than_in",
        "(01)",
    ):
        assert sign in page, sign


def test_the_desk_is_for_those_who_signed_in(client):
    assert "/accounts/login/" in client.get("/desk/").headers["Location"]


@pytest.mark.parametrize("role", ["province", "city", "county", "leading", "auditor", "system"])
def test_an_office_begins_with_its_jurisdiction(role, maker):
    organisation(uscc="91440300708461136T", region="440305", name="深圳市的一家")
    found = desk_figures.for_user(person(role))
    counted = found["figures"][0].value
    assert counted == (1 if role in {"city", "county"} else 2)


def test_a_firm_begins_with_what_is_its_own(maker):
    user = person("enterprise", org=maker)
    other = person("enterprise", org=organisation(uscc="91440300708461136T", name="别家"), username="other")
    Job.objects.create(kind="epcis", owner=other, organisation=other.organisation, filename="别家.json")
    Job.objects.create(
        kind="epcis", owner=user, organisation=maker, filename="我的.json", state="done", rejected=2
    )
    text = str(desk_figures.for_user(user)["parts"])
    assert "我的.json" in text
    assert "别家.json" not in text


def test_a_firm_without_an_organisation_is_told_what_to_do(client):
    client.force_login(person("enterprise"))
    assert "请联系本单位管理员关联主体" in client.get("/desk/").content.decode()


def test_health_says_whether_the_database_answers(client):
    assert client.get("/healthz").json() == {"status": "ok", "database": "ok"}
    with patch("zhiheng.web.views.connection.cursor", side_effect=DatabaseError):
        assert client.get("/healthz").status_code == 503


def test_robots_stay_out_of_desks(client):
    assert "Disallow: /desk/" in client.get("/robots.txt").content.decode()


def test_no_door_stands_twice_in_the_navigation():
    for groups in (context.DESK, context.PUBLIC):
        names = [door.to for group in groups for door in group.entries]
        assert len(names) == len(set(names))
