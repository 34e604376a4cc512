"""Licences, certificates and honours in daily packages: out by their layouts, in at another office the same."""

import json
from datetime import date, datetime, timedelta

import pytest

from tests.cases.people import HAIZHU, TIANHE, officer
from tests.credit.test_matching import send
from tests.credit.test_packages import YESTERDAY, partner, theirs  # noqa: F401  (a fixture)
from tests.credit.world import account, fact, firm
from zhiheng.core import package as sealed
from zhiheng.core.jobs.runner import work
from zhiheng.core.registry import actions
from zhiheng.core.registry.models import Designation
from zhiheng.core.ui.dates import SHANGHAI
from zhiheng.systems.credit import packages
from zhiheng.systems.credit.models import Partner

pytestmark = pytest.mark.django_db
OTHER_DAY = YESTERDAY - timedelta(days=1)
KEPT = (
    "kind",
    "number",
    "title",
    "holder",
    "issuer",
    "issued_on",
    "valid_from",
    "valid_until",
    "status",
    "details",
)


def licence(uscc: str, **more: str) -> dict[str, str]:
    return {
        "XK_XDR_MC": "广州海珠档案食品有限公司", "XK_XDR_LB": "法人及非法人组织", "XK_XDR_SHXYM": uscc, "XK_FRDB": "张三",
        "XK_XKWS": "食品生产许可决定书", "XK_WSH": "SC10144010500001", "XK_XKLB": "普通", "XK_XKZS": "食品生产许可证",
        "XK_NR": "调味品生产", "XK_JDRQ": "2026-01-05", "XK_YXQZ": "2026-01-05", "XK_YXQZI": "2031-01-04",
        "XK_XKJG": "某市市场监督管理局", "XK_XKJGDM": "11440100MB2C0EXAM2", **more,
    }  # fmt: skip


def product(uscc: str) -> dict[str, str]:
    return {
        "uscc": uscc, "applicant": "广州海珠档案食品有限公司", "product_model": "电热水壶 K1 " + "长" * 400, "brand": "示例",
        "manufacturer": "甲", "factory": "甲厂", "scheme": "型式试验", "standards": "GB 4706.1", "cert_no": "P1",
        "issuer": "示例认证中心", "issued_on": "2026-01-05", "valid_to": "2029-01-04",
    }  # fmt: skip


def system(uscc: str) -> dict[str, str]:
    return {
        "uscc": uscc, "organization": "广州海珠档案食品有限公司", "scope": "酱油的生产", "standards": "GB/T 19001-2016",
        "cert_no": "Q1", "issuer": "示例认证中心", "issued_on": "2026-01-05", "valid_to": "2029-01-04",
    }  # fmt: skip


def recognition(uscc: str) -> dict[str, str]:
    return {
        "uscc": uscc, "body": "laboratory", "lab": "广州海珠档案食品有限公司", "scope": "食品", "cert_no": "CMA1",
        "issuer": "某省市场监督管理局", "issued_on": "2026-01-05", "valid_to": "2032-01-04", "status": "suspended",
    }  # fmt: skip


def honour(uscc: str) -> dict[str, str]:
    return {
        "name": "广州海珠档案食品有限公司", "uscc": uscc, "number": "H1", "title": "示例质量奖", "on": "2026-06-10",
        "source": "某市人民政府", "basis": "某办法", "published_on": "2026-06-11",
    }  # fmt: skip


def sent_by_an_office(one, *contracts) -> None:
    rows = {
        "licences": licence, "product-certificates": product, "system-certificates": system,
        "recognitions": recognition, "honours": honour,
    }  # fmt: skip
    for key in contracts or rows:
        assert send(key, rows[key](one.uscc)).accepted == 1, key
    yesterday()


def yesterday() -> None:
    noon = datetime.combine(YESTERDAY, datetime.min.time(), SHANGHAI) + timedelta(hours=12)
    Designation.objects.update(changed_at=noon)


def files(made) -> dict[str, list[dict]]:
    return {
        name.removesuffix(".jsonl"): [json.loads(line) for line in data.splitlines()]
        for name, data in sealed.files_of(packages.data_of(made)).items()
    }


def everything() -> list[tuple]:
    return sorted(
        (tuple(str(getattr(one, name)) for name in KEPT) for one in Designation.objects.all()), key=str
    )


def test_what_one_office_sends_another_has_the_same(partner):  # noqa: F811
    one = firm()
    sent_by_an_office(one)
    [made] = packages.make(None, partner, YESTERDAY)
    assert made.counts == {
        "honours": 1, "licences": 1, "product-certificates": 1, "recognitions": 1, "system-certificates": 1
    }  # fmt: skip
    rows, before = files(made), everything()
    [told] = rows["licences"]
    assert (told["XK_WSH"], told["XK_XKZS"], told["XK_XDR_SHXYM"]) == (
        "SC10144010500001", "食品生产许可证", one.uscc
    )  # fmt: skip
    assert "XK_FRDB" not in told  # the register keeps no name of a person with a licence
    Designation.objects.all().delete()
    received = packages.receive(None, theirs(rows))
    work(until_idle=True)
    said = packages.settle(received).receipt["files"]
    assert {name: told["accepted"] for name, told in said.items()} == made.counts
    assert everything() == before
    assert set(Designation.objects.values_list("source", flat=True)) == {"partner:credit-gd"}


def test_a_correction_and_a_withdrawal_follow(partner):  # noqa: F811
    one = firm()
    sent_by_an_office(one, "licences", "honours")
    first = files(packages.make(None, partner, YESTERDAY)[0])
    there = Designation.objects.get(kind="licence")
    actions.amend_designation(None, there, reason="异议成立", title="食品生产许可证（副本）")
    award = Designation.objects.get(kind="honour")
    actions.amend_designation(None, award, reason="撤销授奖", status="withdrawn")
    yesterday()
    partner.packages.all().delete()
    second = files(packages.make(None, partner, YESTERDAY)[0])
    assert set(second) == {"licences", "credit_withdrawals"}
    Designation.objects.all().delete()
    packages.receive(None, theirs(first, day=OTHER_DAY))
    work(until_idle=True)
    packages.receive(None, theirs(second))
    work(until_idle=True)
    assert Designation.objects.get(kind="licence").title == "食品生产许可证（副本）"
    assert Designation.objects.get(kind="honour").status == "withdrawn"
    packages.receive(None, theirs({"honours": first["honours"]}, day=OTHER_DAY - timedelta(days=1)))
    work(until_idle=True)
    assert (
        Designation.objects.get(kind="honour").status == "valid"
    )  # whoever took it back says it stands after all


def test_what_came_from_a_partner_or_the_firm_itself_is_not_sent_on(partner):  # noqa: F811
    one = firm()
    packages.receive(None, theirs({"honours": [honour(one.uscc)]}))
    work(until_idle=True)
    assert send("system-certificates", system(one.uscc), actor=account(one)).accepted == 1
    yesterday()
    assert packages.make(None, partner, YESTERDAY)[0].counts == {}
    # an office that sends the same vouches for it
    assert send("system-certificates", system(one.uscc), actor=officer("o", HAIZHU)).accepted == 1
    assert Designation.objects.get(kind="system_certificate").source == "office"


def test_a_partner_changes_nothing_that_an_office_here_recorded(partner):  # noqa: F811
    one = firm()
    sent_by_an_office(one, "licences", "honours")
    back = {"kind": "honour", "uscc": one.uscc, "number": "H1", "source": "某市人民政府", "why": "不认"}
    rows = {
        "licences": [licence(one.uscc, XK_XKZS="另一名称")], "honours": [honour(one.uscc) | {"title": "改了"}],
        "credit_withdrawals": [back],
    }  # fmt: skip
    before = everything()
    received = packages.receive(None, theirs(rows))
    work(until_idle=True)
    said = packages.settle(received).receipt["files"]
    assert [one["rejected"] for one in said.values()] == [1, 1, 1]
    assert everything() == before
    # the same as here is no conflict
    received = packages.receive(None, theirs({"honours": [honour(one.uscc)]}, day=OTHER_DAY))
    work(until_idle=True)
    assert packages.settle(received).receipt["files"]["honours"]["duplicates"] == 1


def test_an_office_takes_back_in_its_jurisdiction_and_nobody_takes_back_what_is_not_there():
    one = firm()
    sent_by_an_office(one, "honours")
    back = {"kind": "honour", "uscc": one.uscc, "number": "H1", "source": "某市人民政府", "why": "撤销授奖"}
    outside = send("credit_withdrawals", back, actor=officer("t", TIANHE))
    assert outside.outcomes.get().code == "outside_jurisdiction"
    assert send("credit_withdrawals", back | {"number": "H2"}).outcomes.get().code == "unknown_fact"
    assert send("credit_withdrawals", back, actor=officer("o", HAIZHU)).accepted == 1
    assert Designation.objects.get().status == "withdrawn"
    assert send("credit_withdrawals", back).duplicates == 1


def test_a_licence_that_is_over_is_not_sent_and_only_what_was_subscribed_to(partner):  # noqa: F811
    one = firm()
    sent_by_an_office(one, "licences", "honours")
    Designation.objects.filter(kind="licence").update(valid_until=date(2026, 1, 6))
    assert packages.make(None, partner, YESTERDAY)[0].counts == {"honours": 1}
    other = Partner.objects.create(
        key="y", name="y", region="440000", since=date(2020, 1, 1), kinds=["penalty"]
    )
    assert packages.make(None, other, YESTERDAY)[0].counts == {}
    away = Partner.objects.create(
        key="z", name="z", region="440300", since=date(2020, 1, 1), kinds=["honour"]
    )
    assert packages.make(None, away, YESTERDAY)[0].counts == {}


def test_facts_and_designations_share_the_parts(partner, monkeypatch):  # noqa: F811
    one = firm()
    noon = datetime.combine(YESTERDAY, datetime.min.time(), SHANGHAI) + timedelta(hours=12)
    for n in range(3):
        made = fact(one, "check_passed", n + 1)
        type(made).objects.filter(pk=made.pk).update(changed_at=noon)
    sent_by_an_office(one)
    monkeypatch.setattr(packages, "PART", 2)
    parts = packages.make(None, partner, YESTERDAY)
    assert [p.rows for p in parts] == [2, 2, 2, 2]
    assert sum(p.counts.get("credit_facts", 0) for p in parts) == 3
