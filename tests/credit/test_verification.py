"""Verification with consent, certificates of no record, and the commitment of who answers first."""

import io
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfReader

from tests.cases.people import HAIZHU, TIANHE, complaint, officer
from tests.credit.test_contracts import row
from tests.credit.test_matching import send
from tests.credit.world import account, fact, firm, licence, public, representative
from zhiheng.core import files as filing
from zhiheng.core.cases import actions as engine
from zhiheng.core.facts import actions
from zhiheng.core.facts.models import Fact
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Person
from zhiheng.core.ui import dates
from zhiheng.systems.credit import commitments, rules, verification
from zhiheng.systems.credit.models import Certificate, Commitment, Look

pytestmark = pytest.mark.django_db
TODAY = dates.today()
LATER = TODAY + timedelta(days=30)
EVERYTHING = list(rules.GROUPS)


@pytest.fixture
def world(settings):
    settings.DEMO = True
    one = firm()
    return one, account(one)


def given(one, user, groups=EVERYTHING, until=LATER):
    return verification.give(user, one, recipient="某银行", purpose="贷款审查", groups=groups, until=until)


# -- consent -----------------------------------------------------------------------------------------------------


def test_a_code_opens_what_was_agreed_and_the_look_is_shown(world):
    one, user = world
    licence(one)
    fact(one, "check_passed", 3)
    _consent, code = given(one, user, ["licence"])
    seen = verification.look(code, "某银行 张经理", "page", TODAY)
    assert [item.kind for item in seen.items] == ["licence"]
    assert Look.objects.get().who == "某银行 张经理"
    assert Entry.objects.get(action="credit.verified").look


def test_consent_opens_nothing_that_the_law_closed(world):
    one, user = world
    fact(one, "penalty", 10, **public())
    fact(one, "penalty", 400, public_from=TODAY - timedelta(days=400), public_until=TODAY - timedelta(days=1))
    fact(one, "check_failed", 20)  # never public
    fact(one, "complaint_upheld", 5)
    fact(one, "check_passed", 3)
    _consent, code = given(one, user)
    seen = verification.look(code, "某银行", "page", TODAY)
    assert sorted((item.kind, (TODAY - item.on).days) for item in seen.items) == [
        ("check_passed", 3),
        ("penalty", 10),
    ]


def test_a_code_that_is_revoked_over_or_guessed_opens_nothing(world):
    one, user = world
    consent, code = given(one, user)
    for bad, day in (("WRONG", TODAY), (code, LATER + timedelta(days=1))):
        with pytest.raises(Problem) as refused:
            verification.look(bad, "某银行", "page", day)
        assert refused.value.code == "no_consent"
    verification.revoke(user, consent)
    with pytest.raises(Problem):
        verification.look(code, "某银行", "page", TODAY)
    assert not Look.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"recipient": " "}, "recipient"), ({"groups": []}, "groups"), ({"groups": ["x"]}, "groups"),
        ({"until": TODAY - timedelta(days=1)}, "until"), ({"until": TODAY + timedelta(days=400)}, "until"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_consent_is_said_by_field(world, values, field):
    one, user = world
    about = {"recipient": "某银行", "purpose": "贷款", "groups": ["licence"], "until": LATER} | values
    with pytest.raises(Problem) as refused:
        verification.give(user, one, **about)
    assert field in refused.value.extra["errors"]


def test_only_the_organisation_itself_consents(world):
    one, _user = world
    with pytest.raises(Problem) as refused:
        given(one, officer("o", HAIZHU))
    assert refused.value.code == "forbidden"


def test_on_the_pages_and_over_the_api(world, client):
    one, user = world
    licence(one)
    client.force_login(user)
    form = {"recipient": "某银行", "purpose": "贷款", "groups": ["licence"], "until": LATER.isoformat()}
    page = client.post(reverse("credit:consent"), form)
    assert page["Cache-Control"] == "no-store"
    code = page.content.decode().split('class="receipt-code">')[1].split("<")[0]
    client.logout()
    shown = client.post(reverse("credit:verify"), {"code": code, "who": "某银行 张经理"}).content.decode()
    assert "食品生产许可证" in shown
    assert client.post(reverse("credit:verify"), {"code": code, "who": ""}).status_code == 422
    assert client.post(reverse("credit:verify"), {"code": "X", "who": "某银行"}).status_code == 422
    answer = client.post(
        "/api/v1/credit/verify", {"code": code, "who": "某银行"}, content_type="application/json"
    )
    assert [item["kind"] for item in answer.json()["items"]] == ["licence"]
    wrong = client.post(
        "/api/v1/credit/verify", {"code": "X", "who": "某银行"}, content_type="application/json"
    )
    assert (wrong.status_code, wrong.json()["code"]) == (404, "no_consent")
    client.force_login(user)
    assert "某银行 张经理" in client.get(reverse("credit:consents")).content.decode()
    consent = Look.objects.first().consent
    assert client.post(reverse("credit:revoke", args=[consent.pk])).status_code == 302
    client.force_login(account(firm(2, name="广州另一家有限公司"), "other"))
    assert client.get(reverse("credit:revoke", args=[consent.pk])).status_code == 404


# -- certificates ------------------------------------------------------------------------------------------------

SINCE = TODAY - timedelta(days=1000)


def test_a_certificate_says_exactly_what_was_looked_at(world):
    one, user = world
    fact(firm(2, name="广州另一家有限公司"), "penalty", 700)
    made = verification.certify(user, one, "投标", SINCE)
    data = filing.load(made.sha256)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    assert made.code in text
    assert one.uscc in text
    assert SINCE.isoformat() in text
    assert set(made.kinds) == set(rules.VIOLATIONS)
    assert made.sources == {"penalty": (TODAY - timedelta(days=700)).isoformat()}


def test_it_is_refused_when_there_is_a_record_and_names_it(world):
    one, user = world
    ended = fact(
        one, "penalty", 300, public_from=SINCE, public_until=TODAY - timedelta(days=1)
    )  # public no more
    with pytest.raises(Problem) as refused:
        verification.certify(user, one, "投标", SINCE)
    assert refused.value.code == "on_record"
    assert refused.value.extra["facts"] == [ended.reference]
    assert verification.certify(user, one, "投标", TODAY - timedelta(days=200)).code
    actions.withdraw(None, ended, "撤销")
    assert verification.certify(user, one, "投标", SINCE).code


def test_it_waits_while_a_record_of_the_same_name_is_undecided(world):
    one, user = world
    send("recalls", row(name="广州海珠 档案食品有限公司"))
    with pytest.raises(Problem) as refused:
        verification.certify(user, one, "投标", SINCE)
    assert refused.value.code == "undecided"


def test_passing_a_check_or_a_recall_is_no_record_against_anybody(world):
    one, user = world
    fact(one, "check_passed", 3)
    fact(one, "recall", 9)
    assert verification.certify(user, one, "投标", SINCE)


def test_anybody_checks_it_by_its_code_and_file(world, client):
    one, user = world
    client.force_login(user)
    url = reverse("credit:certificate", args=[one.uscc])
    assert client.post(url, {"purpose": "投标", "since": TODAY.isoformat()}).status_code == 422
    done = client.post(url, {"purpose": "投标", "since": SINCE.isoformat()})
    pdf = client.get(done.url)
    assert pdf["Content-Type"] == "application/pdf"
    made = Certificate.objects.get()
    client.logout()
    check = reverse("credit:certificate_check", args=[made.code])
    assert made.sha256 in client.get(check).content.decode()
    assert (
        "完全一致" in client.post(check, {"file": SimpleUploadedFile("a.pdf", pdf.content)}).content.decode()
    )
    assert (
        "不一致"
        in client.post(check, {"file": SimpleUploadedFile("a.pdf", pdf.content + b" ")}).content.decode()
    )
    assert client.get(reverse("credit:certificate_check", args=["NONE"])).status_code == 404
    told = client.get(f"/api/v1/credit/certificates/{made.code}").json()
    assert (told["sha256"], told["uscc"]) == (made.sha256, one.uscc)


def test_an_office_elsewhere_issues_none(world):
    one, _user = world
    with pytest.raises(Problem) as refused:
        verification.certify(officer("t", TIANHE), one, "投标", SINCE)
    assert refused.value.code == "forbidden"


# -- first responsibility ----------------------------------------------------------------------------------------


def test_a_commitment_is_signed_archived_and_on_record(world):
    one, user = world
    person = representative(one)
    assert commitments.standing(one, TODAY).state == "missing"
    made = commitments.sign(user, one)
    assert commitments.standing(one, TODAY).state == "held"
    assert made.text_sha256 == commitments.text_on(TODAY).sha256
    assert filing.load(made.sha256).startswith(b"%PDF")
    assert Fact.objects.get(kind="commitment").reference == f"commitment:{made.pk}"
    with pytest.raises(Problem) as refused:
        commitments.sign(user, one)
    assert refused.value.code == "signed_already"
    assert person.commitments.get() == made


def test_it_is_due_anew_when_the_person_changes(world):
    one, user = world
    person = representative(one)
    commitments.sign(user, one)
    Person.objects.filter(pk=person.pk).update(until=TODAY - timedelta(days=1))
    assert commitments.standing(one, TODAY).state == "nobody"
    representative(one, "李新法", TODAY)
    assert commitments.standing(one, TODAY).state == "changed"
    commitments.sign(user, one)
    assert commitments.standing(one, TODAY).state == "held"
    assert Commitment.objects.count() == 2


def test_a_new_edition_of_the_text_is_signed_again(world, monkeypatch):
    one, user = world
    representative(one)
    commitments.sign(user, one)
    new = commitments.Text("2099-1", date(2020, 1, 1), ("新",), ("new",))
    monkeypatch.setattr(commitments, "texts", lambda: (new,))
    assert commitments.standing(one, TODAY).state == "outdated"


def test_nobody_signs_for_another_or_without_a_representative(world):
    one, user = world
    with pytest.raises(Problem) as refused:
        commitments.sign(user, one)
    assert refused.value.code == "nobody"
    representative(one)
    with pytest.raises(Problem) as refused:
        commitments.sign(officer("o", HAIZHU), one)
    assert refused.value.code == "forbidden"


def test_it_is_found_on_the_case_when_something_happens(world, client):
    one, user = world
    representative(one)
    case = complaint(one)
    client.force_login(officer("o", HAIZHU))
    url = reverse("cases:case", args=[case.pk])
    assert "没有签署" in client.get(url).content.decode()
    commitments.sign(user, one)
    page = client.get(url).content.decode()
    assert "已签署" in page
    assert "王法人" not in page
    engine.tell(case, case.steps.get(), case.parties.get(key="respondent"), case.received_at)
    client.force_login(user)
    assert "首负责任" not in client.get(url).content.decode()


def test_the_pages_of_the_commitment(world, client):
    one, user = world
    representative(one)
    client.force_login(user)
    url = reverse("credit:commitment", args=[one.uscc])
    assert "签署" in client.get(url).content.decode()
    assert client.post(url).status_code == 302
    paper = reverse("credit:commitment_pdf", args=[one.uscc, Commitment.objects.get().pk])
    assert client.get(paper).content.startswith(b"%PDF")
    client.force_login(officer("o", HAIZHU))
    assert client.get(paper).status_code == 200
    assert Entry.objects.filter(action="credit.commitment_look").count() == 1
    client.force_login(officer("a", "440000", "auditor"))
    assert client.get(paper).status_code == 403
