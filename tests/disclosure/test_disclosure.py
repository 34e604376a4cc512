from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from tests.accounts.people import organisation, person, with_second_factor
from zhiheng.core.disclosure import actions, queries
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Product

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]
USCC = "91440101MA5CKXTM2G"
SUBJECT = f"organisation:{USCC}"
BASIS = "政府信息公开条例 第二十条"
DAY = timedelta(days=1)


@pytest.fixture
def firm():
    return organisation(USCC, "440105")


@pytest.fixture
def city(firm):
    return person("city")


def publish(actor, kind="organisation", subject=SUBJECT, **fields):
    values = {"title": "主体信息", "body": {}, "basis": BASIS, "published_from": timezone.now(), **fields}
    return actions.publish(actor, kind, subject, **values)


def test_nothing_is_public_before_after_or_when_withdrawn(city):
    now = timezone.now()
    disclosure = publish(city, published_from=now + DAY, published_until=now + 2 * DAY)

    def public(at):
        return queries.public(at).filter(kind="organisation", subject=SUBJECT).exists()

    assert not public(now)
    assert not public(now + DAY - timedelta(microseconds=1))
    assert public(now + DAY)
    assert public(now + 2 * DAY - timedelta(microseconds=1))
    assert not public(now + 2 * DAY)
    actions.withdraw(city, disclosure, "登记有误")
    assert not public(now + DAY)
    assert not queries.public(now + DAY).exists()


def test_a_decision_and_its_withdrawal_are_in_the_ledger(city):
    disclosure = publish(city)
    actions.withdraw(city, disclosure, "登记有误")
    published, withdrawn = Entry.objects.filter(subject=SUBJECT).order_by("seq")
    assert published.action == "disclosure.published"
    assert published.detail["basis"] == BASIS
    assert withdrawn.action == "disclosure.withdrawn"
    assert withdrawn.detail["why"] == "登记有误"
    with pytest.raises(Problem, match="已经撤回"):
        actions.withdraw(city, disclosure, "再来一次")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"basis": "  "}, "basis_missing"),
        ({"title": ""}, "title_missing"),
        ({"kind": "secret"}, "unknown_kind"),
        ({"subject": "organisation:"}, "invalid_subject"),
        ({"subject": "product:06901234567892"}, "invalid_subject"),
        ({"kind": "product", "subject": "product:abc"}, "invalid_subject"),
        ({"kind": "product", "subject": "product:06901234567892"}, "unknown_subject"),
        ({"subject": "organisation:91440300MA5DXXXX1A"}, "unknown_subject"),
        ({"published_until": timezone.now() - DAY}, "until_before_from"),
        ({"kind": "notice", "subject": "anything"}, "invalid_subject"),
    ],
)
def test_what_is_wrong_is_said(city, fields, code):
    with pytest.raises(Problem) as caught:
        publish(city, **fields)
    assert caught.value.code == code
    assert not Disclosure.objects.exists()


def test_the_database_holds_the_rules_too(city):
    now = timezone.now()
    with pytest.raises(IntegrityError):
        Disclosure.objects.create(
            kind="notice", subject="notice:x", title="x", basis="", published_from=now, decided_by=city
        )


@pytest.mark.parametrize(
    ("role", "region"),
    [
        ("county", None),
        ("enterprise", None),
        ("leading", None),
        ("auditor", None),
        ("system", None),
        ("city", "440300"),
    ],
)
def test_only_city_and_province_decide_and_only_at_home(firm, role, region):
    actor = person(role, region=region)
    with pytest.raises(Problem) as caught:
        publish(actor)
    assert caught.value.status == 403
    disclosure = publish(person("province"))
    with pytest.raises(Problem):
        actions.withdraw(actor, disclosure, "不行")


def test_products_and_chains_are_keyed_by_fourteen_digits(city, firm):
    Product.objects.create(gtin="06901234567892", organisation=firm, name="酱油")
    assert publish(city, "product", "product:6901234567892").subject == "product:06901234567892"
    assert publish(city, "trace", "trace:06901234567892").region == "440105"
    assert publish(city, "notice", "notice:2026-1").region == "440100"


def test_two_decisions_do_not_overlap(city):
    now = timezone.now()
    first = publish(city, published_from=now, published_until=now + DAY)
    with pytest.raises(Problem, match="已经公开"):
        publish(city, published_from=now + DAY / 2)
    publish(city, published_from=now + DAY)
    with pytest.raises(Problem, match="已经公开"):
        publish(city, published_from=now - DAY, published_until=now + DAY / 2)
    publish(city, published_from=now - 2 * DAY, published_until=now)
    actions.withdraw(city, first, "登记有误")
    publish(city, published_from=now, published_until=now + DAY)


def test_officers_read_their_jurisdictions_decisions(city, firm):
    publish(city)
    assert queries.visible_to(city).count() == 1
    assert queries.visible_to(person("province")).count() == 1
    assert queries.visible_to(person("county")).count() == 1
    assert queries.visible_to(person("city", username="sz", region="440300")).count() == 0
    assert queries.visible_to(person("enterprise", org=firm)).count() == 0


def test_pages_publish_and_withdraw(city):
    with_second_factor(city)
    client = Client()
    client.force_login(city)
    assert "还没有公开任何内容" in client.get("/desk/disclosure/").content.decode()
    assert (
        SUBJECT in client.get(f"/desk/disclosure/new/?kind=organisation&subject={SUBJECT}").content.decode()
    )
    form = {
        "kind": "organisation",
        "subject": SUBJECT,
        "title": "白云食品",
        "text": "正文",
        "published_from": "2026-01-01T00:00",
    }
    refused = client.post("/desk/disclosure/new/", {**form, "basis": ""}).content.decode()
    assert "请更正以下各处" in refused
    unknown = client.post("/desk/disclosure/new/", {**form, "basis": BASIS, "subject": "organisation:9"})
    assert "没有登记" in unknown.content.decode()
    page = client.post("/desk/disclosure/new/", {**form, "basis": BASIS}, follow=True).content.decode()
    for text in ("已公开", "公开中", "白云食品", BASIS, "正文", "确认撤回"):
        assert text in page
    disclosure = Disclosure.objects.get()
    address = f"/desk/disclosure/{disclosure.pk}/"
    assert "请更正" in client.post(address, {"why": "登记有误"}).content.decode()
    assert queries.public(timezone.now()).filter(subject=SUBJECT).exists()
    page = client.post(address, {"why": "登记有误", "sure": "on"}, follow=True).content.decode()
    assert "已撤回" in page
    assert "登记有误" in page
    assert not queries.public(timezone.now()).filter(subject=SUBJECT).exists()
    for state, shown in (("withdrawn", True), ("public", False), ("before", False), ("after", False)):
        listed = client.get(f"/desk/disclosure/?disclosures-state={state}").content.decode()
        assert ("白云食品" in listed) is shown


def test_others_are_turned_away(firm):
    client = Client()
    client.force_login(person("enterprise", org=firm))
    assert client.get("/desk/disclosure/").status_code == 403
    county = person("county")
    with_second_factor(county)
    client.force_login(county)
    assert client.get("/desk/disclosure/new/").status_code == 403
