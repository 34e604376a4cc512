import pytest
from django.db import IntegrityError
from django.test import Client

from tests.accounts.people import organisation, person, with_second_factor
from zhiheng.core.accounts import actions, queries
from zhiheng.core.accounts.models import User
from zhiheng.core.ledger.actions import record
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]
PASSWORD = "correct horse battery"


def test_an_account_is_given_checked_and_written_down():
    province = person("province")
    firm = organisation()
    user = actions.create_user(province, "baiyun", "enterprise", organisation=firm, display_name="李四")
    assert user.display_name == "李四"
    assert not user.has_usable_password()
    entry = Entry.objects.get(action="accounts.user_created")
    assert entry.actor == province
    assert "李四" not in entry.detail_json
    operator = actions.create_user(None, "root", "system", password=PASSWORD)
    assert operator.check_password(PASSWORD)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"role": "king"}, "unknown_role"),
        ({"role": "enterprise"}, "organisation_missing"),
        ({"role": "city"}, "region_missing"),
        ({"role": "city", "region": "440105"}, "region_level"),
        ({"role": "city", "region": "x"}, "region_malformed"),
        ({"role": "auditor", "region": "440000"}, "forbidden"),
        ({"role": "city", "region": "450100"}, "forbidden"),
        ({"role": "city", "region": "440100", "username": "a b"}, "invalid_user"),
        ({"role": "city", "region": "440100", "username": ""}, "invalid_user"),
        ({"role": "city", "region": "440100", "username": "x" * 151}, "invalid_user"),
        ({"role": "city", "region": "440100", "password": "123"}, "weak_password"),
    ],
)
def test_what_is_wrong_is_said(fields, code):
    with pytest.raises(Problem) as caught:
        actions.create_user(person("province"), fields.pop("username", "new"), fields.pop("role"), **fields)
    assert caught.value.code == code
    assert not User.objects.filter(username="new").exists()
    assert not Entry.objects.exists()


def test_a_taken_name_is_refused_in_words():
    actions.create_user(None, "new", "system")
    with pytest.raises(Problem):
        actions.create_user(None, "new", "system")


def test_people_are_managed_within_the_jurisdiction_only():
    province = person("province")
    ours, theirs = person("city"), person("city", username="guangxi", region="450100")
    firm = person("enterprise", org=organisation())
    auditor = person("auditor")
    assert set(queries.visible_to(province)) == {province, ours, firm}
    assert not queries.visible_to(ours).exists()
    assert queries.visible_to(person("system")).count() == 6
    for user in (theirs, auditor):
        with pytest.raises(Problem):
            actions.set_active(province, user, False)
        with pytest.raises(Problem):
            actions.reset_password(province, user)
    with pytest.raises(Problem):
        actions.set_active(province, province, False)
    with pytest.raises(Problem):
        actions.reset_password(firm, ours)


def test_pages_of_people():
    province = person("province")
    with_second_factor(province)
    organisation()
    client = Client()
    client.force_login(province)
    assert "新建账号" in client.get("/accounts/people/").content.decode()
    assert "system" not in client.get("/accounts/people/new/").content.decode()
    wrong = client.post("/accounts/people/new/", {"username": "x", "role": "city", "region": "440105"})
    assert "层级与角色不符" in wrong.content.decode()
    page = client.post(
        "/accounts/people/new/",
        {"username": "baiyun", "role": "enterprise", "display_name": "李四", "uscc": "91440101MA5CKXTM2G"},
    ).content.decode()
    password = page.split('id="secret">')[1].split("<")[0]
    user = User.objects.get(username="baiyun")
    assert user.check_password(password)
    address = f"/accounts/people/{user.pk}/"
    assert password not in client.get(address).content.decode()
    client.post(address, {"do": "deactivate"})
    user.refresh_from_db()
    assert not user.is_active
    assert "停用" in client.get(address).content.decode()
    client.post(address, {"do": "activate"})
    with_second_factor(user)
    client.post(address, {"do": "second_factor"})
    assert not user.authenticator_set.exists()
    assert "只显示这一次" in client.post(address, {"do": "password"}).content.decode()
    assert client.post(address, {"do": "explode"}).status_code == 400
    assert client.get(f"/accounts/people/{person('auditor').pk}/").status_code == 404


def test_others_do_not_see_people():
    client = Client()
    client.force_login(person("enterprise", org=organisation()))
    assert client.get("/accounts/people/").status_code == 403


def test_an_enterprise_sees_who_looked_at_its_peoples_data():
    firm = person("enterprise", org=organisation())
    officer = person("county")
    record(officer, "registry.person.look", f"organisation:{firm.organisation.uscc}", look=True)
    record(officer, "registry.person.look", "organisation:91440300MA5DXXXX1A", look=True)
    record(officer, "registry.organisation.update", f"organisation:{firm.organisation.uscc}")
    client = Client()
    client.force_login(firm)
    page = client.get("/accounts/looks/").content.decode()
    assert page.count("查看负责人姓名和电话") == 1
    assert "县（区）级监管人员" in page
    assert "变更主体" not in page
    auditor = person("auditor")
    with_second_factor(auditor)
    client.force_login(auditor)
    assert client.get("/accounts/looks/").status_code == 403


@pytest.mark.parametrize("role", ["province", "city", "county", "leading", "auditor"])
def test_the_database_takes_no_officer_without_a_region(role):
    with pytest.raises(IntegrityError):
        person(role, region="")
