"""Organisations, their names, sites, products and people: what is stored, refused, seen."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem
from zhiheng.core.registry import actions, queries, rules
from zhiheng.core.registry.models import Alias, Name, Organisation, Person
from zhiheng.knowledge.codes import uscc

pytestmark = pytest.mark.django_db
NEW = uscc.make("91440101MA00NEW01")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("91350100M000100Y4Z", "uscc_character"),
        ("91350100M000100Y44", "uscc_check_character"),
        ("9135010", "uscc_length"),
        ("0" * 17 + "X", "uscc_placeholder"),
    ],
)
def test_a_wrong_credit_code_is_refused_with_what_is_wrong_and_what_to_do(text, code):
    with pytest.raises(Problem) as caught:
        rules.require_uscc(text)
    assert caught.value.code == code
    assert caught.value.message
    assert caught.value.remedy


def test_full_width_codes_are_read():
    assert rules.require_uscc("91350100M000100Y43") == "91350100M000100Y43"
    assert rules.require_gtin("6901234567892") == "06901234567892"
    assert rules.require_region("440105") == "440105"


@pytest.mark.parametrize("code", ["441000", "443000", "999999", "4401"])
def test_regions_that_are_none_are_refused(code):
    with pytest.raises(Problem):
        rules.require_region(code)


def test_creating_writes_the_ledger_and_a_second_time_is_refused(people):
    made = actions.create_organisation(
        people["city"], uscc=NEW, name="广州 新厂", region="440105", kinds=["producer"]
    )
    assert made.name == "广州 新厂"
    assert made.kind_list == ["producer"]
    assert Entry.objects.filter(action="registry.organisation.create", subject=f"organisation:{NEW}").exists()
    with pytest.raises(Problem, match="已经登记"):
        actions.create_organisation(people["city"], uscc=NEW, name="另一个", region="440105")


def test_an_officer_writes_only_in_the_jurisdiction(people, shenzhen):
    with pytest.raises(Problem) as caught:
        actions.update_organisation(people["city"], shenzhen, address="别处")
    assert caught.value.status == 403
    actions.update_organisation(people["province"], shenzhen, address="别处")
    with pytest.raises(Problem):  # and cannot move one out of it
        actions.create_organisation(people["county"], uscc=NEW, name="新", region="440300")
    for role in ("leading", "auditor"):
        with pytest.raises(Problem):
            actions.update_organisation(people[role], shenzhen, address="不行")


def test_an_enterprise_changes_its_address_but_not_its_name(people, firm, shenzhen):
    changed = actions.update_organisation(people["enterprise"], firm, address="新地址", phone="020-1")
    assert changed.address == "新地址"
    assert "020-1" not in Entry.objects.get(action="registry.organisation.update").detail_json
    with pytest.raises(Problem, match="不能改"):
        actions.update_organisation(people["enterprise"], firm, name="别的名字")
    with pytest.raises(Problem):
        actions.update_organisation(people["enterprise"], shenzhen, address="别人的")


def test_a_new_name_keeps_the_former_one_and_both_are_found(people, firm):
    actions.update_organisation(people["city"], firm, name="广州珠江食品有限公司")
    assert Name.objects.get(organisation=firm).name == "广州白云食品有限公司"
    for text in ("珠江食品", "白云食品"):
        assert queries.search(text, people["city"]).get() == firm


def test_special_characters_and_empty_names_are_refused(people):
    for name in ("<b>厂</b>", "   ", "厂" * 201):
        with pytest.raises(Problem):
            actions.create_organisation(people["city"], uscc=NEW, name=name, region="440105")


def test_names_of_people_are_encrypted_masked_and_each_look_is_recorded(people, firm):
    person = actions.add_person(
        people["enterprise"], firm, duty="chief_quality_officer", name="欧阳修", phone="13800000000"
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, phone FROM registry_person")
        assert "欧阳" not in str(cursor.fetchall())
    assert Person.objects.get().masked == "欧阳*"
    assert actions.reveal_person(people["county"], person) == ("欧阳修", "13800000000")
    assert Entry.objects.get(look=True).subject == f"organisation:{firm.uscc}"
    assert "欧阳" not in "".join(Entry.objects.values_list("detail_json", flat=True))
    for role in ("enterprise", "leading", "auditor", "system"):
        with pytest.raises(Problem):
            actions.reveal_person(people[role], person)
    assert Entry.objects.filter(look=True).count() == 1


def test_a_page_shows_a_masked_telephone_until_the_look_is_recorded(people, firm, client):
    actions.update_organisation(people["enterprise"], firm, phone="13812345678")
    client.force_login(people["county"])
    address = f"/desk/registry/o/{firm.uscc}/"
    page = client.get(address).content.decode()
    assert "138****5678" in page
    assert "13812345678" not in page
    assert "13812345678" in client.post(f"{address}phone/").content.decode()
    assert Entry.objects.get(look=True).action == "registry.phone.look"


def test_people_in_charge_on_a_day(firm):
    day = datetime.date
    first = Person.objects.create(
        organisation=firm, duty="legal_representative", name="甲", until=day(2025, 12, 31)
    )
    second = Person.objects.create(
        organisation=firm, duty="legal_representative", name="乙", since=day(2026, 1, 1)
    )
    assert queries.people_in_charge([firm.pk], day(2025, 12, 31)) == {firm.pk: [first]}
    assert queries.people_in_charge([firm.pk], day(2026, 1, 1)) == {firm.pk: [second]}


def test_glns_are_resolved_in_one_statement(people, firm, shenzhen):
    actions.save_site(people["enterprise"], firm, gln="6900000000007", name="一厂", region="440105")
    with CaptureQueriesContext(
        connection,
    ) as seen:
        places = queries.resolve_glns(["6900000000007", "6900000000014", "6900000000007"])
    assert len(seen) == 1
    assert places.keys() == {"6900000000007"}
    place = places["6900000000007"]
    assert (place.uscc, place.site, place.region) == (firm.uscc, "一厂", "440105")
    with pytest.raises(Problem, match="别的主体"):
        actions.save_site(people["province"], shenzhen, gln="6900000000007", name="抢", region="440305")


def test_aliases_are_followed_through_a_third_code():
    for pair in ("ab", "bc"):
        Alias.objects.create(code_a=pair[0], code_b=pair[1])
    assert queries.aliases_of(["a", "x"]) == {"a": {"b", "c"}}


SEES = {
    "province": {"firm", "shenzhen"}, "city": {"firm"}, "county": {"firm"}, "leading": {"firm", "shenzhen"},
    "auditor": {"firm", "shenzhen"}, "system": {"firm", "shenzhen"}, "enterprise": {"firm"}, "laboratory": {"firm"},
}  # fmt: skip


@pytest.mark.parametrize("role", SEES)
def test_who_sees_which_organisations_and_their_things(role, people, firm, shenzhen, client):
    for gtin, owner in (("6901234567892", firm), ("6900000000014", shenzhen)):
        actions.save_product(people["province"], owner, gtin=gtin, name=f"产品{owner.region}")
    user, names = people[role], {"firm": firm, "shenzhen": shenzhen}
    expected = {names[name] for name in SEES[role]}
    assert set(queries.organisations_visible_to(user)) == expected
    assert {p.organisation for p in queries.products_visible_to(user)} == expected
    client.force_login(user)
    page = client.get("/desk/registry/").content.decode()
    goods = client.get("/desk/registry/products/").content.decode()
    for name, row in names.items():
        seen = name in SEES[role]
        assert (row.name in page) is seen
        assert (row.name in goods) is seen
        assert client.get(f"/desk/registry/o/{row.uscc}/").status_code == (200 if seen else 404)
        assert client.get(f"/api/v1/registry/organisations/{row.uscc}").status_code == (200 if seen else 404)
    for gtin, name in (("06901234567892", "firm"), ("06900000000014", "shenzhen")):
        assert client.get(f"/api/v1/registry/products/{gtin}").status_code == (
            200 if name in SEES[role] else 404
        )


def test_nobody_signed_in_sees_nothing(client, firm):
    assert client.get("/desk/registry/").status_code == 302
    assert client.get("/api/v1/registry/organisations").status_code == 401
    assert not queries.organisations_visible_to(None).exists()


def test_pages_for_editing(people, firm, client):
    client.force_login(people["city"])
    assert client.get("/desk/registry/new/").status_code == 200
    wrong = client.post("/desk/registry/new/", {"uscc": "1", "name": "厂", "region": "440105"})
    assert wrong.status_code == 422
    assert "18 位" in wrong.content.decode()
    assert (
        client.post("/desk/registry/new/", {"uscc": NEW, "name": "厂", "region": "440105"}).status_code == 302
    )
    made = Organisation.objects.get(uscc=NEW)
    assert made.status == "active"
    base = f"/desk/registry/o/{NEW}"
    edited = client.post(
        f"{base}/edit/",
        {"name": "新厂", "region": "440105", "kinds": ["seller", "producer"], "status": "revoked"},
    )
    assert edited.status_code == 302
    made.refresh_from_db()
    assert (made.name, made.kinds, made.status) == ("新厂", " producer seller ", "revoked")
    for what, data in {
        "name": {"name": "New Works", "kind": "english"},
        "site": {"gln": "6900000000007", "name": "一厂", "region": "440105"},
        "product": {"gtin": "6901234567892", "name": "酱油", "category": "food"},
        "person": {"duty": "production_head", "name": "张三"},
    }.items():
        assert client.get(f"{base}/add/{what}/").status_code == 200
        assert client.post(f"{base}/add/{what}/", {}).status_code == 422
        assert client.post(f"{base}/add/{what}/", data).status_code == 302
    page = client.get(f"{base}/").content.decode()
    assert "张*" in page
    assert "张三" not in page
    person = made.people.get()
    assert "张三" in client.post(f"/desk/registry/people/{person.pk}/reveal/").content.decode()
    assert Entry.objects.filter(look=True).count() == 1
    assert client.post(f"/desk/registry/people/{person.pk}/end/").status_code == 302
    client.force_login(people["enterprise"])
    assert client.get("/desk/registry/new/").status_code == 403
    own = client.get(f"/desk/registry/o/{firm.uscc}/edit/").content.decode()
    assert 'name="address"' in own
    assert 'name="name"' not in own


def test_the_api_searches_and_pages(people, firm, shenzhen, client):
    client.force_login(people["province"])
    answer = client.get("/api/v1/registry/organisations", {"q": "有限公司", "limit": 1}).json()
    assert len(answer["items"]) == 1
    assert answer["next"] == 1
    assert (
        client.get("/api/v1/registry/organisations", {"q": "前海"}).json()["items"][0]["uscc"]
        == shenzhen.uscc
    )
    assert client.get("/api/v1/registry/organisations", {"q": "%'\"*\x00"}).status_code == 200
    assert client.get("/api/v1/registry/organisations/x").status_code == 400
    assert client.get("/api/v1/registry/sites/6900000000007").status_code == 404
