"""Records of other offices: the code decides, a name only proposes, a person decides and can take it back."""

import json
from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from tests.cases.people import HAIZHU, TIANHE, officer, organisation
from tests.credit.world import firm
from zhiheng.core.exchange.actions import submit
from zhiheng.core.facts import matching
from zhiheng.core.facts.models import Fact, Unmatched
from zhiheng.core.jobs.models import Job
from zhiheng.core.jobs.runner import run_now
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Designation, Name
from zhiheng.knowledge.codes import uscc

pytestmark = pytest.mark.django_db
PLACEHOLDER = "0" * 17 + "X"
TODAY = date(2026, 11, 26)


def send(contract: str, *rows: dict[str, Any], actor: Any = None) -> Job:
    body = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    return run_now(
        submit(actor, contract, [body], "rows.jsonl", "application/x-ndjson", False, TODAY, again=True)
    )


def penalty(**values: Any) -> dict[str, Any]:
    return {
        "party_name": "广州海珠档案食品有限公司", "category": "法人及非法人组织", "code": "", "decision_no": "穗处罚〔2026〕1号",
        "violation_type": "销售不合格食品", "violation": "销售不合格饼干", "basis": "食品安全法", "kinds": "罚款、没收违法所得",
        "content": "罚款2000元", "fine": "0.2", "decided_on": "2026-06-10", "authority": "某市市场监督管理局", **values,
    }  # fmt: skip


def individual(**values: Any) -> dict[str, Any]:
    return penalty(
        party_name="海珠区老王饼店",
        category="个体工商户",
        code=PLACEHOLDER,
        registration_no="440105600000001",
        **values,
    )


def test_a_penalty_of_elsewhere_is_matched_by_its_code():
    one = firm()
    assert send("penalties", penalty(code=one.uscc)).accepted == 1
    found = Fact.objects.get()
    assert found.organisation == one
    assert found.details["kinds"] == ["fine", "gains"]
    assert found.public_from is None  # it was not sent in to be published
    assert not Unmatched.objects.exists()
    send("penalties", penalty(code=one.uscc))
    assert Fact.objects.count() == 1


def test_the_placeholder_never_joins_and_a_name_only_proposes():
    one = organisation("海珠区老王饼店（个体工商户）", HAIZHU, 3)
    Name.objects.create(organisation=one, kind="former", name="海珠区 老王饼店")
    assert send("penalties", individual()).accepted == 1
    assert not Fact.objects.exists()
    row = Unmatched.objects.get()
    assert row.state == "waiting"
    assert matching.proposals([row])[row.pk] == [one]


def test_similar_is_not_the_same():
    organisation("海珠区老王饼店分店", HAIZHU, 3)
    send("penalties", individual())
    row = Unmatched.objects.get()
    assert matching.proposals([row])[row.pk] == []


def test_a_natural_person_is_never_matched():
    send("penalties", penalty(category="自然人", party_name="王五", identity="440105199001011234"))
    assert not Fact.objects.exists()
    assert not Unmatched.objects.exists()


def test_a_person_decides_and_takes_it_back_and_decides_again():
    one = organisation("海珠区老王饼店", HAIZHU, 3)
    send("penalties", individual())
    row, me = Unmatched.objects.get(), officer("o", HAIZHU)
    with pytest.raises(Problem) as refused:
        matching.decide(me, row, one, " ")
    assert refused.value.code == "reason_missing"
    matching.decide(me, row, one, "注册号一致")
    fact = Fact.objects.get()
    assert (fact.organisation, fact.on, fact.title) == (one, date(2026, 6, 10), "销售不合格食品")
    assert one.penalties.count() == 1
    with pytest.raises(Problem):
        matching.decide(me, row, None, "不对")
    matching.undo(me, row, "认错了")
    fact.refresh_from_db()
    assert fact.withdrawn_at is not None
    assert one.penalties.count() == 0
    matching.decide(me, Unmatched.objects.get(), one, "又核对了一遍")
    fact.refresh_from_db()
    assert fact.withdrawn_at is None
    send("penalties", individual(content="罚款3000元"))  # a later change leaves it where a person put it
    assert one.penalties.get().content == "罚款3000元"


def test_a_code_that_is_registered_later_decides_by_itself():
    code = uscc.make(f"91{HAIZHU}MA5000042")
    send("penalties", penalty(code=code))
    assert not Fact.objects.exists()
    assert matching.retry() == 0
    one = organisation("广州迟登记有限公司", HAIZHU, 42)
    assert one.uscc == code
    assert matching.retry() == 1
    assert Fact.objects.get().organisation == one
    assert matching.retry() == 0


def test_nobody_is_an_answer_too():
    send("penalties", individual())
    matching.decide(officer("o", HAIZHU), Unmatched.objects.get(), None, "外省主体")
    assert Unmatched.objects.get().state == "nobody"
    assert not Fact.objects.exists()


# -- the page ----------------------------------------------------------------------------------------------------


@pytest.fixture
def queue(settings):
    settings.DEMO = True
    one = organisation("海珠区老王饼店", HAIZHU, 3)
    send("penalties", individual(), actor=officer("sender", HAIZHU))
    return one, Unmatched.objects.get()


def test_the_queue_shows_what_waits_to_the_office_it_came_from(queue, client):
    client.force_login(officer("o", HAIZHU))
    assert "海珠区老王饼店" in client.get(reverse("credit:doubtful")).content.decode()
    client.force_login(officer("other", TIANHE))
    assert "海珠区老王饼店" not in client.get(reverse("credit:doubtful")).content.decode()
    assert client.get(reverse("credit:match", args=[queue[1].pk])).status_code == 404


def test_an_officer_decides_on_the_page(queue, client):
    one, row = queue
    client.force_login(officer("o", HAIZHU))
    url = reverse("credit:match", args=[row.pk])
    assert one.uscc in client.get(url).content.decode()
    assert client.post(url, {"who": str(one.pk)}).status_code == 422  # without a reason
    assert client.post(url, {"who": "other", "uscc": "123", "why": "x"}).status_code == 422
    assert client.post(url, {"who": str(one.pk), "why": "注册号一致"}).status_code == 302
    assert Fact.objects.get().organisation == one
    assert client.post(url, {"why": "认错了"}).status_code == 302
    assert Unmatched.objects.get().state == "waiting"


def test_a_licence_with_the_placeholder_waits_too():
    one = organisation("海珠区老王饼店", HAIZHU, 3)
    authority = uscc.make("11440100MB2C0EXAM")
    send(
        "licences",
        {
            "counterparty_name": "海珠区老王饼店", "counterparty_category": "个体工商户", "uscc": PLACEHOLDER,
            "registration_no": "440105600000001", "decision_title": "准予许可决定书", "decision_no": "穗许〔2026〕1号",
            "licence_category": "普通", "licence_content": "食品经营", "licence_authority": "某局",
            "licence_authority_uscc": authority,
        },
    )  # fmt: skip
    row = Unmatched.objects.get()
    assert row.reference == f"designation:{Designation.objects.get().pk}"
    matching.decide(officer("o", HAIZHU), row, one, "注册号一致")
    assert one.designations.count() == 1
    matching.undo(officer("o2", HAIZHU), row, "认错了")
    assert one.designations.count() == 0
