import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from tests.accounts.people import organisation, person, with_second_factor
from zhiheng.core.accounts import rules
from zhiheng.core.ledger.models import Entry

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]
PASSWORD = "correct horse battery"


def code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def sign_in(client: Client, username: str, password: str = PASSWORD):
    return client.post("/accounts/login/", {"login": username, "password": password})


def test_signing_in_by_user_name():
    person("enterprise", org=organisation(), password=PASSWORD)
    client = Client()
    page = client.get("/accounts/login/").content.decode()
    assert "登录" in page
    assert "不接受自行注册" in page
    assert sign_in(client, "enterprise").headers["Location"] == "/desk/"
    assert "desk of enterprise" in client.get("/desk/").content.decode()
    assert "确定要退出吗" in client.get("/accounts/logout/").content.decode()
    client.post("/accounts/logout/")
    assert "AnonymousUser" in client.get("/desk/").content.decode()


def test_a_wrong_password_says_so():
    person("enterprise", org=organisation(), password=PASSWORD)
    answer = sign_in(Client(), "enterprise", "wrong")
    assert answer.status_code == 200
    assert "请更正以下各处" in answer.content.decode()


def test_five_failures_lock_the_account_even_for_the_right_password():
    person("enterprise", org=organisation(), password=PASSWORD)
    client = Client()
    answers = [sign_in(client, "enterprise", "wrong") for _ in range(5)]
    assert [answer.status_code for answer in answers[:4]] == [200] * 4
    assert answers[4].status_code == 429
    assert "暂时锁定" in answers[4].content.decode()
    locked = sign_in(client, "enterprise")
    assert locked.status_code == 429
    assert "暂时锁定" in locked.content.decode()
    assert "AnonymousUser" in client.get("/desk/").content.decode()


def test_the_lock_is_for_that_name_from_that_address():
    person("enterprise", org=organisation(), password=PASSWORD)
    for _ in range(6):
        sign_in(Client(REMOTE_ADDR="10.0.0.1"), "enterprise", "wrong")
    assert sign_in(Client(REMOTE_ADDR="10.0.0.1"), "enterprise").status_code == 429
    assert sign_in(Client(REMOTE_ADDR="10.0.0.2"), "enterprise").status_code == 302


def test_nobody_gives_himself_an_account():
    assert "不接受自行注册" in Client().get("/accounts/signup/").content.decode()
    Client().post("/accounts/signup/", {"username": "x", "password1": PASSWORD, "password2": PASSWORD})
    assert sign_in(Client(), "x").status_code == 200
    assert "不发送重置链接" in Client().get("/accounts/password/reset/").content.decode()
    for path in ("email/", "confirm-email/", "password/reset/key/1-x/", "password/reset/done/"):
        assert Client().get(f"/accounts/{path}").status_code == 404


@pytest.mark.parametrize("role", sorted(rules.OFFICERS))
def test_an_officer_sets_up_a_second_factor_before_any_page_of_the_desk(role):
    user = person(role, password=PASSWORD)
    client = Client()
    sign_in(client, role)
    for path in ("/desk/", "/desk/ledger/", "/accounts/people/", "/accounts/keys/"):
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert answer.headers["Location"] == "/accounts/2fa/totp/activate/"
    # Public pages show what the public sees.
    assert "AnonymousUser" in client.get("/").content.decode()
    # The password once more, so that nobody sets up a factor of his own at an unattended desk.
    again = client.get("/accounts/2fa/totp/activate/").headers["Location"]
    assert "须先设置两步验证" in client.get(again).content.decode()
    client.post(again, {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    assert "扫描下面的二维码" in page
    secret = client.session["mfa.totp.secret"]
    done = client.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    assert done.headers["Location"] == "/accounts/2fa/recovery-codes/"
    assert "恢复码" in client.get(done.headers["Location"]).content.decode()
    assert f"desk of {role}" in client.get("/desk/").content.decode()
    kept = Authenticator.objects.get(user=user, type="totp").data["secret"]
    assert secret not in kept


@pytest.mark.parametrize("role", ["enterprise", "laboratory"])
def test_others_need_none(role):
    client = Client()
    client.force_login(person(role, org=organisation()))
    assert client.get("/desk/").status_code == 200


def test_signing_in_with_the_second_factor():
    user = person("city", password=PASSWORD)
    secret = with_second_factor(user)
    client = Client()
    assert sign_in(client, "city").headers["Location"] == "/accounts/2fa/authenticate/"
    assert "6 位数字" in client.get("/accounts/2fa/authenticate/").content.decode()
    assert "AnonymousUser" in client.get("/desk/").content.decode()
    assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    client.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert "desk of city" in client.get("/desk/").content.decode()
    assert "已启用" in client.get("/accounts/2fa/").content.decode()
    again = client.get("/accounts/2fa/totp/deactivate/").headers["Location"]
    assert again.startswith(("/accounts/2fa/reauthenticate/", "/accounts/reauthenticate/"))
    assert "再次确认身份" in client.get("/accounts/2fa/reauthenticate/").content.decode()
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    for path in ("totp/deactivate/", "recovery-codes/generate/"):
        assert client.get(f"/accounts/2fa/{path}").status_code == 200


def test_the_demo_sign_in_exists_only_under_the_flag(settings):
    user = person("city", is_demo=True)
    other = person("county")
    client = Client()
    assert client.get("/accounts/demo/").status_code == 404
    assert client.post("/accounts/demo/", {"user": user.pk}).status_code == 404
    settings.DEMO = True
    page = client.get("/accounts/demo/").content.decode()
    assert "市级监管人员" in page
    assert "county" not in page
    for bad in (other.pk, "", "x", "9" * 30, "²"):
        assert client.post("/accounts/demo/", {"user": bad}).status_code == 404
    assert (
        client.post("/accounts/demo/", {"user": user.pk, "next": "https://evil.example/"}).headers["Location"]
        == "/desk/"
    )
    assert "desk of city" in client.get("/desk/").content.decode()
    settings.DEMO = False
    assert "AnonymousUser" in client.get("/desk/").content.decode()


def test_too_many_requests_are_told_when_to_come_back(settings):
    settings.RATE = 3
    client = Client()
    assert [client.get("/").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = client.get("/")
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert "请求过于频繁" in refused.content.decode()
    api = client.get("/api/fails")
    assert api.status_code == 429
    assert api["Content-Type"] == "application/problem+json"
    assert Client(REMOTE_ADDR="10.0.0.9").get("/").status_code == 200
    # A signed-in person is counted by himself, not with everybody behind his address.
    firm = Client()
    firm.force_login(person("enterprise", org=organisation()))
    assert [firm.get("/").status_code for _ in range(4)] == [200, 200, 200, 429]
    settings.RATE = 0
    assert client.get("/").status_code == 200


def test_keys_have_their_own_larger_rate(settings):
    from zhiheng.core.accounts import actions

    settings.RATE = 1
    _key, secret = actions.create_key(person("enterprise", org=organisation()), "甲", ["epcis:query"])
    statuses = [
        Client().get("/api/probe/epcis:query", headers={"Authorization": f"Bearer {secret}"}).status_code
        for _ in range(11)
    ]
    assert statuses == [200] * 10 + [429]
    guesses = [
        Client().get("/api/probe/epcis:query", headers={"Authorization": "Bearer zh_guess"}).status_code
        for _ in range(3)
    ]
    assert guesses == [401, 429, 429]


def test_behind_the_front_end_the_last_forwarded_address_counts(settings, rf):
    from zhiheng.core.accounts.auth import client_ip

    request = rf.get("/", REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="6.6.6.6, 10.0.0.7")
    assert client_ip(request) == "127.0.0.1"
    settings.TLS = True
    assert client_ip(request) == "10.0.0.7"


def test_headers_forbid_inline_scripts_framing_and_sniffing():
    for path in ("/accounts/login/", "/accounts/signup/"):
        answer = Client().get(path)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe-inline" not in policy
        assert "unsafe-eval" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "same-origin"
        page = answer.content.decode()
        assert not re.search(r"\sstyle=|\son\w+=", page)
        assert not re.search(r"<script(?![^>]*(src|nonce)=)", page)
    assert Client().get("/accounts/login/").cookies["csrftoken"]["samesite"] == "Lax"


def test_a_problem_is_a_document_for_programs_and_a_page_for_people():
    document = Client().get("/api/fails")
    assert document.status_code == 404
    assert document.json()["code"] == "no_such_thing"
    assert Client().get("/fails", headers={"Accept": "application/linkset+json"}).json()["status"] == 404
    page = Client().get("/fails")
    assert page.status_code == 404
    assert "没有这个东西" in page.content.decode()
    assert "换一个" in page.content.decode()
    signed_out = Client().get("/accounts/keys/?x=1")
    assert signed_out.headers["Location"] == "/accounts/login/?next=%2Faccounts%2Fkeys%2F%3Fx%3D1"


def test_the_own_account_and_a_new_password():
    user = person("enterprise", org=organisation(), password=PASSWORD, display_name="张三丰")
    client = Client()
    sign_in(client, "enterprise")
    page = client.get("/accounts/").content.decode()
    for text in ("张三丰", "广州白云食品有限公司", "修改密码", "谁看过我们的个人信息", "English"):
        assert text in page
    assert "修改密码" in client.get("/accounts/password/change/").content.decode()
    new = "another long password"
    client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    user.refresh_from_db()
    assert user.check_password(new)
    assert Entry.objects.filter(action="accounts.password_changed", actor=user).count() == 1
