"""The serious-offender list: proposed from facts, judged, told, consented to, decided, public, and gone again."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests.cases.people import HAIZHU, PROVINCE, at, officer, organisation
from tests.enforcement.test_course import refused
from tests.listing.scenes import (
    JUDGED,
    World,
    assessed,
    consented,
    decided,
    listed,
    notified,
    penalty_fact,
    proposed,
    take,
)
from zhiheng.core.cases.models import Case, Notice
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.facts import actions as facts
from zhiheng.core.facts.models import Fact, Standing
from zhiheng.core.ledger.models import Entry as Line
from zhiheng.knowledge.law.clocks import end_of
from zhiheng.systems.listing import rules, tasks
from zhiheng.systems.listing.models import Basis, Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


@pytest.mark.parametrize(
    ("kinds", "discretion", "verdict", "says", "proposed"),
    [
        (["warning"], "", "not_met", ("warning",), False),
        (["criticism"], "normal", "not_met", ("criticism",), False),
        (["fine"], "normal", "not_met", ("fine",), False),
        (["fine"], "", "judge", ("fine",), False),
        (["fine", "gains"], "heavy", "met", ("fine",), True),
        (["stop"], "", "met", ("stop",), True),
        (["fine", "revoke"], "normal", "met", ("revoke",), True),
        (["downgrade"], "", "met", ("downgrade",), True),
        (["restrict"], "", "met", ("restrict",), True),
        (["close"], "", "met", ("close",), True),
        (["bar"], "", "met", ("bar",), True),
        (["other"], "", "judge", ("other",), False),
        ([], "", "judge", (), False),
    ],
)
def test_what_a_record_says_of_the_conditions(kinds, discretion, verdict, says, proposed):
    conduct, heavier, consideration = rules.conditions({"kinds": kinds}, "销售不合格插座", discretion)
    assert (heavier.verdict, heavier.says) == (verdict, says)
    assert (conduct.verdict, conduct.says) == ("judge", ("substandard",))
    assert consideration.verdict == "judge"  # the machine never says that conduct is vile and grave
    assert rules.proposes_serious({"kinds": kinds}, "", discretion) is proposed


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("经营超过保质期的食品", "food"), ("生产假药", ""), ("使用未注册的医疗器械", "drugs"), ("电梯未经检验", "special_equipment"),
        ("出具虚假检验报告", "false_testing"), ("未经强制性产品认证出厂", "compulsory"), ("以不合格产品冒充合格", "substandard"),
        ("责令召回后拒不召回", "recall_refused"), ("虚假宣传", "competition"), ("无证生产", "unlicensed"),
        ("提交虚假材料取得许可", "false_licence"), ("阻碍监督检查", "obstruction"),
    ],
)  # fmt: skip
def test_words_of_a_violation_hint_at_its_kind(text, ground):
    assert rules.conduct_hint(text) == ground


def test_a_fact_that_fits_proposes_once_with_its_clause_and_lists_nobody(world):
    fact = penalty_fact(world.firm)
    case = world.proposal()
    assert (case.state, case.region, case.handler) == ("proposed", HAIZHU, None)
    assert case.values["heavier"] == ["stop"]
    assert case.values["penalty_no"] == "穗海市监罚〔2026〕1号"
    basis = Basis.objects.get()
    assert (basis.fact, basis.clause) == (fact, "SAMR-44 第二条第二款")
    assert not case.parties.get().told_at  # nobody is told of a mere proposal
    facts.effects.run([fact])
    penalty_fact(world.firm, "penalty:2")  # another one goes with the same open proposal
    assert Case.objects.filter(procedure="serious_list").count() == 1
    assert Basis.objects.count() == 2
    assert not Entry.objects.exists()
    assert not Standing.objects.exists()


def test_a_penalty_that_does_not_fit_or_is_too_old_proposes_nothing(world):
    penalty_fact(world.firm, "penalty:1", kinds=["fine"])
    long_ago = date.today() - timedelta(days=3 * 366)
    penalty_fact(world.firm, "penalty:2", on=str(long_ago))
    assert not Case.objects.filter(procedure="serious_list").exists()


def test_a_heavy_fine_of_our_own_case_fits_by_its_level_of_discretion(world):
    world.penalised(kinds=["fine"], fine="90000")
    assert not Case.objects.filter(procedure="serious_list").exists()
    world.penalised(kinds=["fine"], fine="90000", discretion="heavy")
    assert world.proposal().values["heavier"] == ["fine"]


def test_the_conditions_are_each_stated(world):
    case = proposed(world)
    problem = refused("no_intent", assessed, world, case, no_intent="true")
    assert problem.status == 422
    refused("heavier_missing", assessed, world, case, heavier=[])
    refused("values_wrong", assessed, world, case, consideration="")
    refused("ground_missing", assessed, world, case, ground="")
    assessed(world, case, ground="not_performed", heavier=[], penalty_no="")  # Art. 11 stands alone
    assessed(world, case)
    assert case.steps.filter(key="assess").count() == 2


def test_a_county_and_a_city_need_the_consent_of_the_level_above(world):
    case = proposed(world)
    notified(world, case)
    refused("consent_missing", decided, world, case)
    take(world.chen, case, "ask_consent", "2026-07-16T10:00", opinion="建议列入")
    superior = case.parties.get(key="superior")
    assert (superior.region, bool(superior.told_at)) == ("440100", True)
    refused("step_unavailable", take, officer("gz2", "440300", "city"), case, "consent", consent_no="x")
    take(world.city, case, "refuse_consent", "2026-07-17T10:00", opinion="情节不够严重")
    case.refresh_from_db()
    assert case.state == "not_consented"
    refused("step_unavailable", decided, world, case)
    take(world.head, case, "dismiss", "2026-07-18T10:00", reason="上级不同意")
    assert not Entry.objects.exists()


def test_the_province_needs_nobodys_consent(world):
    fact = penalty_fact(world.firm)
    Fact.objects.filter(pk=fact.pk).update(region=PROVINCE)
    case = world.proposal()
    Case.objects.filter(pk=case.pk).update(region=PROVINCE)
    case.refresh_from_db()
    li = officer("gd-li", PROVINCE, "province")
    take(
        li,
        case,
        "assess",
        "2026-07-06T10:00",
        ground="substandard",
        heavier=["stop"],
        penalty_no="1",
        **JUDGED,
    )
    take(li, case, "notify", "2026-07-07T10:00", violation="x", consideration="x")
    refused("no_consent_needed", take, li, case, "ask_consent", "2026-07-16T10:00", opinion="x")
    take(
        world.province, case, "decide", "2026-07-20T10:00", ground="substandard", violation="x", consideration="x",
        listed_on="2026-07-20", remedies="x",
    )  # fmt: skip
    assert Entry.objects.get().region == PROVINCE


def test_nobody_is_listed_while_the_party_may_still_be_heard(world, monkeypatch):
    case = consented(world, proposed(world))
    case.clocks.filter(key="be_heard").update(due_at=timezone.now() + timedelta(days=1))
    refused("may_be_heard", decided, world, case)


def test_a_hearing_is_held_where_it_is_asked_for(world):
    case = notified(world, proposed(world))
    take(world.boss, case, "ask_hearing", "2026-07-08T10:00")
    case.refresh_from_db()
    assert (case.state, case.clocks.get(key="be_heard").state) == ("hearing", "stopped")
    take(world.chen, case, "hold_hearing", "2026-07-20T10:00", result="当事人陈述意见")
    take(world.chen, case, "ask_consent", "2026-07-21T10:00", opinion="x")
    take(world.city, case, "consent", "2026-07-22T10:00", consent_no="x")
    decided(world, case, "2026-07-23")
    assert Entry.objects.get().listed_on == date(2026, 7, 23)


def test_only_the_head_decides_and_the_record_keeps_what_the_law_wants(world):
    case = consented(world, proposed(world))
    refused("step_unavailable", take, world.chen, case, "decide", "2026-07-20T16:00", ground="substandard")
    decided(world, case)
    entry = Entry.objects.get()
    assert (entry.conduct, entry.listed_on) == ("substandard", date(2026, 7, 20))
    assert (entry.early_on, entry.removal_on) == (date(2027, 7, 20), date(2029, 7, 20))
    standing = Standing.objects.get(scheme="serious")
    assert (standing.reference, standing.until) == (case.key, date(2029, 7, 20))
    fact = Fact.objects.get(kind="serious")
    assert (fact.reference, fact.public_from) == (case.key, None)
    assert "第十三条" in fact.basis
    text = case.documents.get(kind="decision").text
    for wanted in ("惩戒提示", "移出条件和程序", "救济途径和期限", "穗" if "穗" in text else "罚1号"):
        assert wanted in text
    assert Notice.objects.filter(party__key="party", document__kind="decision").exists()
    assert case.clocks.get(key="publish").due_at == at(
        "2026-08-18T00:00"
    )  # 20 working days: 21–24=4 … Aug 17=20
    assert Line.objects.filter(action="facts.standing_set").exists()


def test_a_restriction_that_lasts_longer_keeps_it_on_the_list_and_bars_early_removal(world):
    case = consented(world, proposed(world))
    decided(world, case, restriction_ends="2031-01-01")
    entry = Entry.objects.get()
    assert entry.removal_on == entry.early_on == date(2031, 1, 1)


def test_it_is_public_with_the_listed_fields_and_no_others(world, client):
    case = listed(world)
    shown = Disclosure.objects.get(kind="list")
    fields = {one["zh"]: one["value"] for one in shown.body["fields"]}
    assert list(fields) == [
        "当事人", "统一社会信用代码", "违法行为类别", "行政处罚决定书文号", "行政处罚决定日期", "较重行政处罚", "列入日期", "期满移出日",
        "列入机关",
    ]  # fmt: skip
    assert "责令停产停业后" not in str(shown.body)  # the facts in words are not published
    assert shown.published_until == end_of(date(2029, 7, 20))
    assert shown.about == f"organisation:{world.firm.uscc}"
    page = client.get("/lists/serious_list/").content.decode()
    assert world.firm.name in page
    [item] = client.get("/api/v1/listing/serious_list").json()["items"]
    assert (item["uscc"], item["conduct"], item["number"]) == (world.firm.uscc, "substandard", case.number)
    assert Fact.objects.get(kind="serious").public_until == date(2029, 7, 20)
    assert (
        Case.objects.get(procedure="key_supervision").state == "proposed"
    )  # and key supervision is proposed


def test_another_province_is_told_and_publishes(world):
    case = consented(world, proposed(world))
    decided(world, case)
    take(world.chen, case, "registered_elsewhere", "2026-07-21T10:00", registered_at="福建省市场监督管理局")
    assert case.clocks.get(key="push").due_at == at("2026-08-04T00:00")
    take(world.chen, case, "push", "2026-07-22T10:00")
    assert case.clocks.get(key="publish_there").due_at == at("2026-08-06T00:00")
    take(world.chen, case, "publish_there", "2026-07-30T10:00")
    assert Disclosure.objects.filter(kind="list").exists()


def test_it_ends_by_itself_after_three_years_and_is_gone(world, client):
    today = timezone.localdate()
    case = listed(world)
    entry = case.listing_entry
    Entry.objects.update(removal_on=today)
    assert tasks.remove_expired(timezone.now()) == 0  # the last day belongs to it
    refused("not_over", take, world.chen, case, "expire")
    assert (
        Fact.objects.get(kind="serious").counts_until == entry.removal_on
    )  # the file says until when it counts
    Entry.objects.update(removal_on=today - timedelta(days=1))
    assert tasks.remove_expired(timezone.now()) == 1
    case.refresh_from_db()
    entry.refresh_from_db()
    assert (case.state, entry.removed_how, entry.removed_on) == ("expired", "expired", today)
    assert not Standing.objects.filter(scheme="serious").exists()
    assert Fact.objects.get(kind="serious").counts_until == today - timedelta(days=1)
    assert world.firm.name not in client.get("/lists/serious_list/").content.decode()
    assert client.get("/api/v1/listing/serious_list").json()["items"] == []


def test_a_penalty_that_fell_takes_the_listing_with_it_within_three_working_days(world, client):
    case = listed(world)
    facts.withdraw(None, Fact.objects.get(kind="penalty"), "复议撤销处罚决定")
    case.refresh_from_db()
    assert case.state == "overturned"
    assert case.clocks.get(key="stop").state == "running"
    take(world.chen, case, "withdraw")
    assert Entry.objects.get().removed_how == "withdrawn"
    assert Disclosure.objects.get(kind="list").withdrawn_why == "复议撤销处罚决定"
    assert Fact.objects.get(kind="serious").withdrawn_at is not None
    assert not Standing.objects.filter(scheme="serious").exists()
    assert world.firm.name not in client.get("/lists/serious_list/").content.decode()


def test_a_proposal_whose_facts_were_withdrawn_is_not_decided_for_listing(world):
    case = consented(world, proposed(world))
    facts.withdraw(None, Fact.objects.get(kind="penalty"), "处罚撤销")
    case.refresh_from_db()
    assert case.state == "consented"  # people decide, also this
    refused("facts_withdrawn", decided, world, case)
    take(world.head, case, "dismiss", reason="处罚已撤销")


def test_two_decisions_hold_a_firm_until_the_last_is_over(world):
    case = listed(world)
    penalty_fact(world.firm, "penalty:9", on="2026-08-01")
    other = Case.objects.get(procedure="serious_list", state="proposed")
    consented(world, other)
    decided(world, other, "2026-08-20")
    facts.withdraw(None, Fact.objects.get(kind="penalty", reference="penalty:1"), "撤销")
    take(world.chen, case, "withdraw")
    assert Standing.objects.get(scheme="serious").reference == other.key


def test_an_officer_proposes_by_hand_within_his_jurisdiction(world):
    from zhiheng.systems.listing.proposals import propose

    elsewhere = organisation("深圳某公司", "440305", 77)
    refused("outside_jurisdiction", propose, world.chen, "serious_list", elsewhere, "x")
    refused("reason_missing", propose, world.chen, "serious_list", world.firm, " ")
    refused("forbidden", propose, officer("aud", PROVINCE, "auditor"), "serious_list", world.firm, "x")
    made = propose(world.chen, "serious_list", world.firm, "拒不履行行政决定")
    assert made.state == "proposed"
    refused("proposed_already", propose, world.chen, "serious_list", world.firm, "x")
