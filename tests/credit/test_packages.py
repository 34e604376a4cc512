"""Packages to and from other credit platforms: sealed, idempotent, acknowledged both ways; what is missing shows."""

import json
from datetime import date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.urls import reverse
from django.utils import timezone

from tests.cases.people import HAIZHU, officer
from tests.credit.test_contracts import row
from tests.credit.world import fact, firm, public
from tests.enforcement.scenes import Office, imposed
from zhiheng.core import package as sealed
from zhiheng.core import signing
from zhiheng.core.accounts.actions import create_key
from zhiheng.core.accounts.models import User
from zhiheng.core.facts import actions
from zhiheng.core.facts.models import Fact
from zhiheng.core.jobs.models import Job
from zhiheng.core.jobs.runner import work
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.core.ui.dates import SHANGHAI
from zhiheng.systems.credit import packages
from zhiheng.systems.credit.models import Package, Partner

pytestmark = pytest.mark.django_db
THEIRS = Ed25519PrivateKey.from_private_bytes(b"1" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"2" * 32)
YESTERDAY = dates.today() - timedelta(days=1)


@pytest.fixture
def partner():
    return packages.set_partner(
        None,
        Partner(
            key="credit-gd", name="省公共信用信息平台", region="440000", since=date(2020, 1, 1), kinds=list(packages.SENDS),
            takes=list(packages.TAKES), public_key=sealed.public_pem(THEIRS.public_key()).decode(),
        ),
    )  # fmt: skip


def of_yesterday(*facts):
    noon = datetime.combine(YESTERDAY, datetime.min.time(), SHANGHAI) + timedelta(hours=12)
    Fact.objects.filter(pk__in=[one.pk for one in facts] or Fact.objects.values("pk")).update(changed_at=noon)


def theirs(files, key=THEIRS, day=YESTERDAY, part=1, of=1):
    about = {
        "from": "https://credit.example", "for": "zhiheng", "day": day.isoformat(), "part": part, "of": of,
        "counts": {name: len(rows) for name, rows in files.items()},
    }  # fmt: skip
    content = {
        f"{k}.jsonl": "".join(json.dumps(r) + "\n" for r in rows).encode() for k, rows in files.items()
    }
    return sealed.seal(about, content, key, sealed.CREDIT)


def receipt(one, state="accepted", key=THEIRS):
    return sealed.sign({"format": packages.RECEIPT, "package": one.sha256, "state": state, "files": {}}, key)


# -- out ---------------------------------------------------------------------------------------------------------


def test_a_day_is_sealed_with_what_changed_on_it(partner):
    one = firm()
    sent = fact(one, "check_failed", **public())
    fact(one, "check_passed", 3)  # today: not in yesterday's package
    fact(one, "complaint_upheld", 4)
    outside = fact(one, "recall", 5, reference="recalls:abc")  # another office reports it itself
    of_yesterday(sent, outside)
    [made] = packages.make(None, partner, YESTERDAY)
    assert made.counts == {"credit_facts": 1}
    verdict = sealed.verify(packages.data_of(made), signing.key().public_key())
    assert verdict.ok
    assert verdict.manifest["counts"] == {"credit_facts": 1}
    [line] = sealed.files_of(packages.data_of(made))["credit_facts.jsonl"].decode().splitlines()
    told = json.loads(line)
    assert told["uscc"] == one.uscc
    assert told["published_until"] == sent.public_until.isoformat()


def test_penalties_go_in_the_official_layout():
    office = Office()
    case = imposed(office)
    partner = Partner.objects.create(
        key="x", name="x", region="440000", since=date(2020, 1, 1), kinds=["penalty"]
    )
    of_yesterday()
    [made] = packages.make(None, partner, YESTERDAY)
    [line] = sealed.files_of(packages.data_of(made))["penalties.jsonl"].decode().splitlines()
    assert json.loads(line)["CF_WSH"] == case.number


def test_a_package_is_made_once_and_an_empty_day_too(partner):
    first = packages.make(None, partner, YESTERDAY)
    again = packages.make(None, partner, YESTERDAY)
    assert [one.sha256 for one in first] == [one.sha256 for one in again]
    assert first[0].counts == {}
    with pytest.raises(Problem) as refused:
        packages.make(None, partner, dates.today())
    assert refused.value.code == "day_not_over"


def test_many_facts_make_several_parts(partner, monkeypatch):
    monkeypatch.setattr(packages, "PART", 2)
    one = firm()
    of_yesterday(*[fact(one, "check_passed", n) for n in range(1, 6)])
    made = packages.make(None, partner, YESTERDAY)
    assert [(p.part, p.of, p.rows) for p in made] == [(1, 3, 2), (2, 3, 2), (3, 3, 1)]


def test_a_make_that_dies_half_way_leaves_nothing_and_is_made_whole(partner, monkeypatch):
    monkeypatch.setattr(packages, "PART", 1)
    one = firm()
    of_yesterday(fact(one, "check_passed", 1), fact(one, "check_passed", 2))
    seal, calls = packages._seal, []

    def dying(*args):
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return seal(*args)

    monkeypatch.setattr(packages, "_seal", dying)
    with pytest.raises(RuntimeError):
        packages.make(None, partner, YESTERDAY)
    assert not Package.objects.exists()
    monkeypatch.setattr(packages, "_seal", seal)
    assert len(packages.make(None, partner, YESTERDAY)) == 2


def test_what_is_withdrawn_is_told(partner):
    one = firm()
    item = fact(one, "check_failed")
    actions.withdraw(None, item, "复检合格")
    of_yesterday(item)
    [made] = packages.make(None, partner, YESTERDAY)
    assert made.counts == {"credit_withdrawals": 1}


def test_a_receipt_settles_a_package_and_only_the_partners_own(partner):
    [made] = packages.make(None, partner, YESTERDAY)
    packages.fetched(None, made)
    with pytest.raises(Problem) as refused:
        packages.acknowledge(None, receipt(made, key=OTHER))
    assert refused.value.code == "receipt_signature"
    assert packages.acknowledge(None, receipt(made)).state == "acknowledged"
    assert packages.acknowledge(None, receipt(made)).state == "acknowledged"


def test_what_was_refused_is_sent_again_as_it_was(partner):
    [made] = packages.make(None, partner, YESTERDAY)
    packages.acknowledge(None, receipt(made, "refused"))
    again = packages.send_again(officer("o", "440000", "province"), made)
    assert (again.state, again.sha256) == ("made", made.sha256)


def test_missing_days_are_made_up_for(partner):
    Partner.objects.filter(pk=partner.pk).update(created_at=timezone.now() - timedelta(days=4))
    partner.refresh_from_db()
    assert len(packages.missing_days(partner, dates.today())) == 4
    assert packages.make_yesterday(timezone.now()) == 4
    assert packages.missing_days(partner, dates.today()) == []


# -- in ----------------------------------------------------------------------------------------------------------


def test_a_package_is_taken_in_once_and_acknowledged(partner):
    one = firm()
    data = theirs({"recalls": [row(uscc=one.uscc), row(number="2")], "honours": []})
    received = packages.receive(None, data)
    assert packages.receive(None, data).pk == received.pk
    assert packages.settle(received).state == "received"  # its rows wait for a worker
    work(until_idle=True)
    done = packages.settle(received)
    assert done.state == "done"
    assert sealed.signed_by(done.receipt, signing.key().public_key())
    assert done.receipt["files"]["recalls"]["accepted"] == 2
    assert Fact.objects.get().organisation == one
    assert Job.objects.count() == 1


def test_what_a_partner_may_not_send_is_said_in_the_receipt(partner):
    Partner.objects.filter(pk=partner.pk).update(takes=["honours"])
    received = packages.receive(None, theirs({"recalls": [row(uscc=firm().uscc)]}))
    done = packages.settle(received)
    assert done.receipt["files"]["recalls"] == {
        "rows": 1, "taken": False, "accepted": 0, "duplicates": 0, "rejected": 0
    }  # fmt: skip
    assert not Fact.objects.exists()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (lambda: b"no zip", "package_faulty"),
        (lambda: theirs({"recalls": []})[:-10], "package_faulty"),
        (lambda: theirs({"recalls": []}, key=OTHER), "unknown_partner"),
        (lambda: sealed.seal({"case": {}}, {}, THEIRS), "package_faulty"),
        (lambda: sealed.seal({"day": "x"}, {}, THEIRS, sealed.CREDIT), "package_faulty"),
        (lambda: sealed.seal({"day": "2026-01-01", "part": 2, "of": 1, "counts": {}}, {}, THEIRS, sealed.CREDIT), "package_faulty"),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_refused_and_nothing_is_stored(partner, data, code):
    with pytest.raises(Problem) as refused:
        packages.receive(None, data())
    assert refused.value.code == code
    assert not Package.objects.exists()
    assert not Job.objects.exists()


def test_another_content_for_the_same_day_is_refused(partner):
    packages.receive(None, theirs({"recalls": []}))
    with pytest.raises(Problem) as refused:
        packages.receive(None, theirs({"recalls": [row()]}))
    assert refused.value.code == "other_content"


def test_a_partner_takes_back_what_it_sent_and_not_what_was_decided_here(partner):
    one = firm()
    packages.receive(None, theirs({"credit_facts": [row(uscc=one.uscc, kind="abnormal", number="A1")]}))
    own = fact(one, "check_failed", details={"decision_no": "A2"}, source="省局")
    back = {
        "kind": "abnormal",
        "uscc": one.uscc,
        "number": "A1",
        "source": "某市市场监督管理局",
        "why": "列错",
    }
    mine = {"kind": "check_failed", "uscc": one.uscc, "number": "A2", "source": "省局", "why": "不认"}
    work(until_idle=True)
    received = packages.receive(
        None, theirs({"credit_withdrawals": [back, mine]}, day=YESTERDAY - timedelta(days=1))
    )
    work(until_idle=True)
    assert packages.settle(received).receipt["files"]["credit_withdrawals"]["rejected"] == 1
    assert Fact.objects.get(kind="abnormal").withdrawn_why == "列错"
    own.refresh_from_db()
    assert own.withdrawn_at is None


def test_what_we_send_comes_in_at_another_platform_like_ours(partner):
    """The files of our packages are what the contracts of the same names take."""
    one = firm()
    of_yesterday(
        fact(one, "check_failed", **public()),
        fact(one, "recall", 3, details={"class": "1"}),
        fact(one, "abnormal", 9),
    )
    [made] = packages.make(None, partner, YESTERDAY)
    files = sealed.files_of(packages.data_of(made))
    Fact.objects.all().delete()
    rows = {
        name.removesuffix(".jsonl"): [json.loads(line) for line in data.splitlines()]
        for name, data in files.items()
    }
    packages.receive(None, theirs(rows))
    work(until_idle=True)
    assert sorted(Fact.objects.values_list("kind", flat=True)) == ["abnormal", "check_failed", "recall"]


# -- pages and API -------------------------------------------------------------------------------------------------


@pytest.fixture
def api(client, settings):
    settings.DEMO = True
    user = officer("machine", "440000", "province")
    _key, secret = create_key(user, "partner", ["credit:exchange"])
    return lambda method, path, **more: getattr(client, method)(
        f"/api/v1/credit{path}", headers={"authorization": f"Bearer {secret}"}, **more
    )


def test_over_the_api(partner, api):
    [made] = packages.make(None, partner, YESTERDAY)
    [listed] = api("get", "/packages").json()
    data = b"".join(api("get", f"/packages/{listed['id']}"))
    assert sealed.sha256(data) == made.sha256
    assert (
        api("post", "/receipts", data=receipt(made), content_type="application/json").json()["state"]
        == "acknowledged"
    )
    sent = api(
        "post", "/packages", data=theirs({"recalls": [row(uscc=firm().uscc)]}), content_type="application/zip"
    )
    assert sent.status_code == 202
    path = f"/packages/{sent.json()['id']}/receipt"
    assert api("get", path).status_code == 409
    work(until_idle=True)
    assert api("get", path).json()["state"] == "accepted"


def test_an_account_of_a_partner_sees_its_own_packages_only(partner, api):
    [made] = packages.make(None, partner, YESTERDAY)
    machine = User.objects.get(username="machine")
    Partner.objects.create(key="other", name="另一平台", region="440000", since=YESTERDAY, account=machine)
    assert api("get", "/packages").json() == []
    assert api("get", f"/packages/{made.pk}").status_code == 404
    sent = api("post", "/packages", data=theirs({"recalls": []}), content_type="application/zip")
    assert sent.json()["code"] == "not_yours"
    assert (
        api("post", "/receipts", data=receipt(made), content_type="application/json").json()["code"]
        == "not_yours"
    )


def test_the_pages_are_the_provinces(partner, client, settings):
    settings.DEMO = True
    [made] = packages.make(None, partner, YESTERDAY)
    client.force_login(officer("p", "440000", "province"))
    assert partner.name in client.get(reverse("credit:exchange")).content.decode()
    assert client.get(reverse("credit:package", args=[made.pk])).status_code == 200
    assert sealed.sha256(client.get(reverse("credit:download", args=[made.pk])).content) == made.sha256
    assert client.post(reverse("credit:again", args=[made.pk])).status_code == 302
    form = {
        "key": "new",
        "name": "新平台",
        "public_key": "不是密钥",
        "region": "440000",
        "since": "2026-01-01",
    }
    assert client.post(reverse("credit:partner_new"), form).status_code == 422
    assert (
        client.post(reverse("credit:partner_new"), form | {"public_key": "", "region": "990000"}).status_code
        == 422
    )
    assert client.post(reverse("credit:partner_new"), form | {"public_key": ""}).status_code == 302
    door = reverse("credit:take_in")
    assert door in client.get(reverse("credit:exchange")).content.decode()
    client.force_login(officer("a", "440000", "auditor"))  # reads, takes nothing in
    assert door not in client.get(reverse("credit:exchange")).content.decode()
    client.force_login(officer("c", HAIZHU))
    assert client.get(reverse("credit:exchange")).status_code == 403
