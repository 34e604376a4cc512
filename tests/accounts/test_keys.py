from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from tests.accounts.people import organisation, person, with_second_factor
from zhiheng.core.accounts import actions
from zhiheng.core.accounts.models import ApiKey
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]


@pytest.fixture
def firm():
    return person("enterprise", org=organisation())


def call(secret: str | None, scope: str = "epcis:capture", method: str = "post"):
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return getattr(Client(enforce_csrf_checks=True), method)(f"/api/probe/{scope}", headers=headers)


def test_a_key_is_shown_once_and_only_its_hash_is_kept(firm):
    key, secret = actions.create_key(firm, "进货系统", ["epcis:capture"])
    assert secret.startswith("zh_")
    assert len(secret) > 40
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_apikey")
        row = str(cursor.fetchall())
    assert secret not in row
    assert key.visible in row
    assert key.digest in row
    assert not Entry.objects.filter(detail_json__contains=secret).exists()


def test_a_key_opens_its_scope_and_no_other(firm):
    _key, secret = actions.create_key(firm, "进货系统", ["epcis:capture"])
    assert call(secret).json() == {"user": "enterprise"}
    refused = call(secret, "epcis:query")
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "scope_missing"


def test_without_a_key_or_with_a_wrong_one_nothing_opens(firm):
    for secret, code in ((None, "unauthenticated"), ("zh_guess", "key_unknown"), ("", "unauthenticated")):
        answer = call(secret)
        assert answer.status_code == 401
        assert answer.json()["code"] == code
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_revoked_expired_and_ownerless_keys_are_refused(firm):
    key, secret = actions.create_key(firm, "甲", ["epcis:capture"])
    actions.revoke_key(firm, key)
    assert call(secret).json()["code"] == "key_revoked"
    late, secret = actions.create_key(
        firm, "乙", ["epcis:capture"], expires_at=timezone.now() + timedelta(hours=1)
    )
    assert call(secret).status_code == 200
    ApiKey.objects.filter(pk=late.pk).update(expires_at=timezone.now())
    assert call(secret).json()["code"] == "key_expired"
    _key, secret = actions.create_key(firm, "丙", ["epcis:capture"])
    actions.set_active(None, firm, False)
    assert call(secret).json()["code"] == "key_inactive"


def test_a_key_loses_what_its_owner_loses(firm):
    _key, secret = actions.create_key(firm, "甲", ["epcis:capture"])
    firm.role, firm.region = "leading", "440000"
    firm.save()
    assert call(secret).json()["code"] == "forbidden"


def test_last_use_is_noted_but_not_at_every_request(firm, django_assert_num_queries):
    key, secret = actions.create_key(firm, "甲", ["epcis:capture"])
    call(secret)
    key.refresh_from_db()
    assert key.last_used_at is not None
    with django_assert_num_queries(1):
        call(secret)


def test_scopes_beyond_the_role_are_refused(firm):
    laboratory = person("laboratory", org=organisation("91440300MA5DXXXX1A", "440300", "深圳检测中心"))
    for user, scopes in ((laboratory, ["trace:read"]), (firm, ["nonsense"]), (firm, [])):
        with pytest.raises(Problem):
            actions.create_key(user, "甲", scopes)
    with pytest.raises(Problem, match="名称"):
        actions.create_key(firm, " ", ["epcis:capture"])
    with pytest.raises(Problem, match="有效期"):
        actions.create_key(firm, "甲", ["epcis:capture"], expires_at=timezone.now())


def test_colleagues_may_revoke_strangers_may_not(firm):
    key, _secret = actions.create_key(firm, "甲", ["epcis:capture"])
    stranger = person(
        "enterprise", username="stranger", org=organisation("91440300MA5DXXXX1A", "440300", "深圳公司")
    )
    with pytest.raises(Problem):
        actions.revoke_key(stranger, key)
    colleague = person("enterprise", username="colleague", org=firm.organisation)
    actions.revoke_key(colleague, key)
    assert Entry.objects.filter(action="accounts.key_revoked", actor=colleague).count() == 1


def test_a_session_needs_the_csrf_token_to_change_something(firm):
    client = Client(enforce_csrf_checks=True)
    client.force_login(firm)
    assert client.get("/api/probe/epcis:capture").status_code == 200
    refused = client.post("/api/probe/epcis:capture")
    assert refused.status_code == 403
    assert refused.json()["code"] == "csrf_failed"
    client.get("/accounts/keys/")
    token = client.cookies["csrftoken"].value
    assert client.post("/api/probe/epcis:capture", headers={"X-CSRFToken": token}).status_code == 200


def test_a_session_of_an_officer_without_second_factor_is_refused():
    officer = person("city")
    client = Client()
    client.force_login(officer)
    assert client.get("/api/probe/epcis:query").json()["code"] == "second_factor_required"
    with_second_factor(officer)
    assert client.get("/api/probe/epcis:query").status_code == 200


def test_pages_create_show_once_and_revoke(firm):
    client = Client()
    client.force_login(firm)
    page = client.post("/accounts/keys/", {"name": "进货系统", "scopes": ["epcis:capture"]}).content.decode()
    key = ApiKey.objects.get()
    assert f"{key.visible}" in page
    secret = page.split('id="secret">')[1].split("<")[0]
    assert call(secret).status_code == 200
    assert secret not in client.get("/accounts/keys/").content.decode()
    assert "进货系统" in client.get(f"/accounts/keys/{key.pk}/").content.decode()
    client.post(f"/accounts/keys/{key.pk}/")
    assert call(secret).json()["code"] == "key_revoked"
    wrong = client.post("/accounts/keys/", {"name": "", "scopes": ["epcis:capture"]})
    assert "请更正以下各处" in wrong.content.decode()
