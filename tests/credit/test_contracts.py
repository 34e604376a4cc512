"""What other offices send: recalls, honours, commitments, complaints found true; nothing twice and nothing lost."""

from datetime import date

import pytest

from tests.cases.people import HAIZHU, TIANHE, officer, organisation
from tests.credit.test_matching import PLACEHOLDER, send
from tests.credit.world import firm
from zhiheng.core.facts import matching
from zhiheng.core.facts.models import Fact, Unmatched
from zhiheng.core.registry.models import Designation
from zhiheng.systems.credit import queries

pytestmark = pytest.mark.django_db


def row(**values):
    return {
        "name": "广州海珠档案食品有限公司", "uscc": "", "number": "召〔2026〕1号", "title": "电热水壶漏电", "on": "2026-06-10",
        "source": "某市市场监督管理局", "basis": "某规章第一条", **values,
    }  # fmt: skip


def test_a_recall_of_elsewhere_stands_in_the_file_once_and_is_put_right():
    one = firm()
    assert send("recalls", row(uscc=one.uscc, level="一级")).accepted == 1
    found = Fact.objects.get()
    assert (found.kind, found.details) == ("recall", {"decision_no": "召〔2026〕1号", "level": "一级"})
    assert send("recalls", row(uscc=one.uscc, level="一级")).duplicates == 1
    assert send("recalls", row(uscc=one.uscc, title="电热水壶起火")).accepted == 1
    assert Fact.objects.get().title == "电热水壶起火"


def test_a_number_of_one_source_is_not_that_of_another():
    one = firm()
    send("recalls", row(uscc=one.uscc), row(uscc=one.uscc, source="另一局"))
    assert Fact.objects.count() == 2


@pytest.mark.parametrize("code", ["", PLACEHOLDER, "91440105MA5000001X", "抄错了"])
def test_without_a_valid_code_the_row_waits_whatever_its_name(code):
    firm()
    job = send("recalls", row(uscc=code))
    assert job.accepted == 1
    assert job.outcomes.get(kind="warning").code == "waits_for_matching"
    assert not Fact.objects.exists()
    assert Unmatched.objects.get().state == "waiting"
    assert send("recalls", row(uscc=code)).duplicates == 1
    assert send("recalls", row(uscc=code, title="改了")).accepted == 1
    assert Unmatched.objects.get().fact["title"] == "改了"


def test_a_row_that_waited_is_settled_by_the_code_that_comes_later():
    one = firm()
    send("recalls", row())
    send("recalls", row(uscc=one.uscc))
    assert Fact.objects.get().organisation == one
    assert Unmatched.objects.get().state == "matched"


def test_a_person_matches_a_row_that_waited():
    one = firm()
    send("commitments", row(published_on="2026-06-10", published_until="2027-06-10"))
    matching.decide(officer("o", HAIZHU), Unmatched.objects.get(), one, "名称地址一致")
    fact = Fact.objects.get()
    assert (fact.kind, fact.public_until) == ("commitment", date(2027, 6, 10))


def test_complaints_found_true_are_never_public():
    one = firm()
    send("complaints_upheld", row(uscc=one.uscc))
    assert Fact.objects.get().public_from is None
    assert queries.public_file(one, date(2026, 11, 26)) == []


def test_honours_are_designations_and_public_when_published():
    one = firm()
    send("honours", row(uscc=one.uscc, number="H1", title="示例质量奖"))
    assert queries.public_file(one, date(2026, 11, 26)) == []
    assert (
        send(
            "honours", row(uscc=one.uscc, number="H1", title="示例质量奖", published_on="2026-06-11")
        ).accepted
        == 1
    )
    [item] = queries.public_file(one, date(2026, 11, 26))
    assert (item.group, item.title) == ("honour", "示例质量奖")
    assert send("honours", row(name="无码小店", number="H2")).accepted == 1
    other = organisation("无码小店", HAIZHU, 9)
    matching.decide(officer("o", HAIZHU), Unmatched.objects.get(), other, "名称地址一致")
    assert Designation.objects.get(number="H2").organisation == other
    assert send("honours", row(name="无码小店", number="H2")).duplicates == 1


def test_an_office_sends_about_organisations_of_its_jurisdiction():
    one = firm()
    job = send("recalls", row(uscc=one.uscc), actor=officer("o", TIANHE))
    assert (job.accepted, job.rejected) == (0, 1)
    assert job.outcomes.get().code == "outside_jurisdiction"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"on": "2199-01-01"}, "in_future"), ({"published_until": "2027-01-01"}, "published_on_missing"),
        ({"valid_until": "2026-01-01"}, "period_reversed"), ({"basis": ""}, "required"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_row_is_said(values, code):
    job = send("recalls", row(uscc=firm().uscc, **values))
    assert job.rejected == 1
    assert job.outcomes.get(kind="rejected").code == code
