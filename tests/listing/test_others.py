"""Key supervision and the list of abnormal operations."""

from datetime import date

import pytest
from django.utils import timezone

from tests.cases.people import HAIZHU, at
from tests.enforcement.test_course import refused
from tests.listing.scenes import World, fact, take
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases.actions import Actor, NewParty, Opening
from zhiheng.core.cases.models import Case
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.facts.models import Fact, Standing
from zhiheng.systems.listing.models import Basis, Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


# -- key supervision -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["check_refused", "not_rectified", "serious"])
def test_what_the_policy_names_is_proposed(world, kind):
    fact(world.firm, kind)
    case = world.proposal("key_supervision")
    assert (case.state, case.region) == ("proposed", HAIZHU)
    assert Basis.objects.get().clause == "SEED 四（十二）"
    assert not Entry.objects.exists()


def test_nothing_else_is(world):
    for n, kind in enumerate(("check_failed", "complaint_upheld", "penalty", "recall")):
        fact(world.firm, kind, f"x:{n}")
    assert not Case.objects.filter(procedure="key_supervision").exists()


def supervised(world, ground="refused") -> Case:
    fact(world.firm, "check_refused")
    case = world.proposal("key_supervision")
    refused(
        "step_unavailable", take, world.chen, case, "list", ground=ground, reason="x", listed_on="2026-07-06"
    )
    take(
        world.head, case, "list", "2026-07-06T10:00", ground=ground, reason="拒绝抽样", listed_on="2026-07-06"
    )
    case.refresh_from_db()
    return case


def test_a_head_lists_and_the_standing_raises_the_next_plan(world):
    case = supervised(world)
    standing = Standing.objects.get(scheme="key_supervision")
    assert (standing.organisation, standing.reference, standing.until) == (world.firm, case.key, None)
    assert not case.clocks.exists()  # no text sets a time
    fact(world.firm, "not_rectified", "case:2")  # goes with the entry; no second proposal
    assert Case.objects.filter(procedure="key_supervision").count() == 1
    assert Basis.objects.filter(case=case).count() == 2
    take(world.chen, case, "review", reason="整改中", review_on="2026-12-31")
    assert Entry.objects.get().review_on == date(2026, 12, 31)


def test_it_is_public_only_when_the_head_says_on_what_basis_until_it_ends(world, client):
    case = supervised(world)
    assert not Disclosure.objects.filter(kind="list").exists()
    refused("values_wrong", take, world.head, case, "publish")
    take(world.head, case, "publish", publish_basis="本机关公开决定第1号（模拟）")
    assert Disclosure.objects.get(kind="list").basis == "本机关公开决定第1号（模拟）"
    assert world.firm.name in client.get("/lists/key_supervision/").content.decode()
    take(world.boss, case, "ask_removal", improvement="已接受抽样，整改完成")
    take(world.head, case, "remove", reason="整改到位")
    assert world.firm.name not in client.get("/lists/key_supervision/").content.decode()
    assert Entry.objects.get().removed_how == "decided"
    assert not Standing.objects.exists()
    fact(world.firm, "check_refused", "task:9")  # once off the list, a new refusal proposes anew
    assert Case.objects.filter(procedure="key_supervision", state="proposed").count() == 1


def test_a_proposal_is_dismissed_with_a_reason(world):
    fact(world.firm, "check_refused")
    case = world.proposal("key_supervision")
    refused("values_wrong", take, world.head, case, "dismiss", reason=" ")
    take(world.head, case, "dismiss", reason="查明系停电，并非拒检")
    assert not Standing.objects.exists()


# -- abnormal operations -------------------------------------------------------------------------------------------


def abnormal(world, received: str = "2026-07-01T09:00") -> Case:
    opening = Opening(
        "abnormal_list", HAIZHU, "未公示2025年度报告", at(received), "officer", subject=world.firm, handler=world.chen,
        parties=[NewParty("party", organisation=world.firm)],
    )  # fmt: skip
    return engine.open_case(Actor(world.chen), opening, now=at(received))


def abnormally_listed(world) -> Case:
    case = abnormal(world)
    take(
        world.chen,
        case,
        "report_missed",
        "2026-07-02T10:00",
        report_year="2025",
        period_ended_on="2026-06-30",
    )
    assert case.clocks.get(key="decide_report").due_at == at("2026-07-15T00:00")
    refused(
        "ground_differs", take, world.head, case, "list", "2026-07-06T10:00", ground="unreachable", listed_on="2026-07-06"
    )  # fmt: skip
    take(world.head, case, "list", "2026-07-06T10:00", ground="report", listed_on="2026-07-06")
    case.refresh_from_db()
    return case


def test_no_annual_report_leads_onto_the_list_and_repair_off_it(world, client):
    case = abnormally_listed(world)
    assert Standing.objects.get(scheme="abnormal").value == "listed"
    assert Fact.objects.get(kind="abnormal").public_from == date(2026, 7, 6)
    assert world.firm.name in client.get("/lists/abnormal_list/").content.decode()
    take(world.boss, case, "ask_removal", "2026-07-10T10:00", reason="已补报")
    repair = Case.objects.get(procedure="credit_repair")
    assert (repair.values["kind"], repair.handler) == ("abnormal", None)
    assert repair.parties.get().told_at is not None
    refused("not_granted", take, world.chen, case, "remove", "2026-07-10T11:00", reason="x")
    refused("other_door", take, world.chen, repair, "accept", "2026-07-13T10:00", kind="abnormal")
    take(world.chen, repair, "accept_abnormal", "2026-07-13T10:00")
    assert repair.clocks.get(key="decide_abnormal").due_at == at("2026-07-16T00:00")
    take(world.head, repair, "grant", "2026-07-14T10:00", decision_no="修1号")
    take(world.chen, repair, "process", "2026-07-14T11:00")
    case.refresh_from_db()
    assert case.state == "removed"
    assert not Standing.objects.exists()
    assert Fact.objects.filter(kind="repaired").count() == 1
    assert world.firm.name not in client.get("/lists/abnormal_list/").content.decode()


def test_an_objection_has_its_clocks_and_a_wrong_listing_is_corrected(world):
    case = abnormally_listed(world)
    assert case.clocks.get(key="object").due_at == at("2026-08-06T00:00")
    take(world.boss, case, "object", "2026-07-20T10:00", objection="年报已于6月29日公示")
    assert case.clocks.get(key="accept_objection").due_at == at("2026-07-28T00:00")
    take(world.chen, case, "accept_objection", "2026-07-21T10:00")
    assert case.clocks.get(key="verify").due_at == at("2026-08-19T00:00")
    take(world.chen, case, "uphold", "2026-07-22T10:00", finding="系统延迟，年报确已公示")
    assert case.clocks.get(key="correct").due_at == at("2026-07-30T00:00")
    take(world.chen, case, "correct", "2026-07-23T10:00", reason="更正")
    assert Entry.objects.get().removed_how == "withdrawn"
    assert Fact.objects.get(kind="abnormal").withdrawn_at is not None


def test_instant_information_is_first_ordered_to_be_disclosed(world):
    case = abnormal(world)
    take(world.chen, case, "order", "2026-07-02T10:00", what="行政许可变更")
    assert case.clocks.get(key="order").due_at == at("2026-07-13T00:00")
    refused(
        "step_unavailable", take, world.chen, case, "not_disclosed", "2026-07-10T10:00", found_on="2026-07-10"
    )
    take(world.chen, case, "not_disclosed", "2026-07-13T10:00", found_on="2026-07-13")
    assert case.clocks.get(key="decide").due_at == at("2026-07-28T00:00")


@pytest.mark.parametrize(
    ("first", "second", "right"),
    [("2026-06-01", "2026-06-15", False), ("2026-06-01", "2026-06-16", True), ("2026-06-01", "2026-07-01", True),
     ("2026-05-31", "2026-07-01", False), ("", "2026-06-16", False), ("", "", True)],
)  # fmt: skip
def test_two_letters_are_fifteen_to_thirty_days_apart(world, first, second, right):
    case = abnormal(world)
    given = {"found_on": "2026-07-01", "first_letter_on": first, "second_letter_on": second}

    def step():
        return take(world.chen, case, "unreachable", "2026-07-02T10:00", second=world.office.wang, **given)

    if right:
        step()
    else:
        refused("letters", step)


def test_older_cases_have_the_older_edition(world):
    assert abnormal(world, "2025-12-24T09:00").edition == "SAIC-68-2014"
    assert abnormal(world, "2025-12-25T09:00").edition == "SAIC-68-2025"
    assert timezone.now().year >= 2026
