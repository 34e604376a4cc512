"""What is on record about an organisation: once, withdrawn with a reason, seen by those whose it is."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from zhiheng.core.accounts.models import User
from zhiheng.core.disclosure import actions as disclosing
from zhiheng.core.facts import actions, effects, queries
from zhiheng.core.facts.models import Fact, Standing
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Organisation

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 26)


@pytest.fixture
def firm() -> Organisation:
    return Organisation.objects.create(uscc="91440101MA00EXAM02", name="广州样例有限公司", region="440106")


def failed(firm: Organisation, reference: str = "sample:1", **values: object) -> Fact:
    made = {
        "kind": "check_failed",
        "on": TODAY,
        "title": "电热水壶",
        "reference": reference,
        "source": "省局",
    }
    return Fact(organisation=firm, basis="SAMR-18 第四十四条", **made | values)


def test_a_fact_is_recorded_once(firm):
    assert len(actions.record_facts(None, [failed(firm), failed(firm)])) == 1
    assert actions.record_facts(None, [failed(firm), failed(firm, "sample:2")])[0].reference == "sample:2"
    assert Fact.objects.count() == 2
    assert Entry.objects.filter(action="facts.recorded", subject=f"organisation:{firm.uscc}").count() == 2


def test_rooms_hear_of_new_facts_only(firm, monkeypatch):
    heard: list[list[Fact]] = []
    monkeypatch.setitem(effects._recorded, "check_failed", [heard.append])
    actions.record_facts(None, [failed(firm)])
    actions.record_facts(None, [failed(firm)], told_by="job:1")
    assert [[f.reference for f in some] for some in heard] == [["sample:1"]]


def test_a_withdrawn_fact_counts_no_more_and_says_why(firm):
    [fact] = actions.record_facts(None, [failed(firm, public_from=TODAY)])
    with pytest.raises(Problem) as refused:
        actions.withdraw(None, fact, " ")
    assert refused.value.code == "reason_missing"
    assert queries.public(Fact.objects.all(), TODAY).exists()
    actions.withdraw(None, fact, "复检合格")
    assert not queries.counting(Fact.objects.all(), TODAY).exists()
    assert not queries.public(Fact.objects.all(), TODAY).exists()
    assert Entry.objects.get(action="facts.withdrawn").detail["why"] == "复检合格"


def test_a_fact_counts_and_is_public_until_its_last_day(firm):
    actions.record_facts(None, [failed(firm, counts_until=TODAY, public_from=TODAY, public_until=TODAY)])
    after = date(2026, 11, 27)
    assert queries.counting(Fact.objects.all(), TODAY).exists()
    assert queries.public(Fact.objects.all(), TODAY).exists()
    assert not queries.counting(Fact.objects.all(), after).exists()
    assert not queries.public(Fact.objects.all(), after).exists()


def test_nothing_is_public_that_was_not_made_so(firm):
    actions.record_facts(None, [failed(firm)])
    assert not queries.public(Fact.objects.all(), TODAY).exists()


@pytest.mark.parametrize(("region", "seen"), [("440106", 1), ("440305", 0)])
def test_officers_see_the_facts_of_their_jurisdiction(firm, region, seen):
    actions.record_facts(None, [failed(firm)])
    user = User.objects.create_user("county", role="county", region=region)
    assert queries.visible_to(user).count() == seen


def test_a_standing_is_one_value_and_its_past_is_in_the_ledger(firm):
    actions.stand(None, firm, "risk_class", "B", TODAY)
    actions.stand(None, firm, "risk_class", "D", TODAY, until=TODAY)
    assert queries.standings([firm.pk], "risk_class", TODAY)[firm.pk].value == "D"
    assert not queries.standings([firm.pk], "risk_class", date(2026, 11, 27))
    assert [e.detail["value"] for e in Entry.objects.filter(action="facts.standing_set").order_by("seq")] == [
        "B",
        "D",
    ]
    actions.leave(None, firm, "risk_class", "重新计算")
    assert not Standing.objects.exists()


def test_a_fact_is_public_as_long_as_its_disclosure_and_ends_with_it(firm):
    [fact] = actions.record_facts(None, [failed(firm)])
    officer = User.objects.create_user("province", role="province", region="440000")
    begin = timezone.now() - timedelta(days=3)
    shown = disclosing.publish_by_law(
        officer,
        "check",
        "check:1",
        "440000",
        "电热水壶",
        {},
        "SAMR-18 第四十四条",
        begin,
        begin + timedelta(days=9),
    )
    actions.publish(officer, fact, shown)
    today = timezone.localdate()
    assert queries.public(Fact.objects.all(), today).get().public_from == timezone.localdate(begin)
    disclosing.end_by_law(officer, shown, "复检合格")
    assert not queries.public(Fact.objects.all(), today).exists()
    assert queries.counting(Fact.objects.all(), today).exists()
    assert Entry.objects.get(action="facts.publication_ended").detail["why"] == "复检合格"
