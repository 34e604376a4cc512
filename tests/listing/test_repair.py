"""Repair: tier and earliest day, conditions, grant and what it ends, fraud and what it bars; older editions."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests.cases.people import HAIZHU, at
from tests.enforcement.test_course import refused
from tests.listing.scenes import World, listed, penalty_fact, take
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases.actions import Actor, NewParty, Opening
from zhiheng.core.cases.models import Case
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.facts.models import Fact, Standing
from zhiheng.systems.listing import actions, repair
from zhiheng.systems.listing.models import Entry, Measure

pytestmark = pytest.mark.django_db
MET = ["performed", "corrected", "no_repeat"]


@pytest.fixture
def world():
    return World()


def ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def long_listed(world) -> Case:
    """On the list and public for over a year."""
    case = listed(world)
    Entry.objects.update(listed_on=ago(400), early_on=ago(35), removal_on=ago(-700))
    return case


def asked(world, case: Case) -> Case:
    take(world.boss, case, "ask_early", reason="已缴清罚款，整改完成")
    return Case.objects.get(procedure="credit_repair")


def granted(world, case: Case) -> Case:
    one = asked(world, case)
    take(world.chen, one, "accept_list")
    take(world.head, one, "grant", decision_no="修2号", conditions=MET)
    return one


def test_nobody_asks_within_the_first_year(world):
    case = listed(world)
    problem = refused("too_early", take, world.boss, case, "ask_early")
    assert "第十六条" in problem.message
    tier = repair.tier_of(case)
    assert (tier.early_on, tier.until) == (date(2027, 7, 20), date(2029, 7, 20))


def test_a_granted_repair_takes_it_off_the_list_with_its_publication_and_measures(world, client):
    case = long_listed(world)
    entry = case.listing_entry
    measure = actions.apply_measure(world.chen, Entry.objects.get(), "no_honours", ago(1))
    actions.apply_measure(world.city, Entry.objects.get(), "weighed", ago(1), office="广州市财政局")
    one = asked(world, case)
    assert (one.values["kind"], one.region) == ("list", HAIZHU)
    refused("asked_already", take, world.boss, case, "ask_early")
    refused("other_door", take, world.chen, one, "accept", kind="list")
    take(world.chen, one, "accept_list")
    refused(
        "conditions_missing", take, world.head, one, "grant", decision_no="修2号", conditions=["performed"]
    )
    take(world.head, one, "grant", decision_no="修2号", conditions=MET)
    assert case.listing_entry.removed_on is None
    take(world.chen, one, "process")
    case.refresh_from_db()
    entry = Entry.objects.get(pk=entry.pk)
    assert (case.state, entry.removed_how, entry.removed_on) == (
        "removed_early",
        "early",
        timezone.localdate(),
    )
    assert not Standing.objects.filter(scheme="serious").exists()
    measure.refresh_from_db()
    assert measure.lifted_on == timezone.localdate()
    assert not Measure.objects.filter(lifted_on=None).exists()
    assert Fact.objects.filter(kind="repaired").count() == 1
    gone = Fact.objects.get(kind="serious")
    assert (
        max(gone.public_until, gone.counts_until) < timezone.localdate()
    )  # nor does it weigh on the risk class
    assert world.firm.name not in client.get("/lists/serious_list/").content.decode()


def test_a_refusal_has_its_reasons_and_leaves_the_listing(world):
    case = long_listed(world)
    one = asked(world, case)
    take(world.chen, one, "accept_list")
    refused("values_wrong", take, world.head, one, "refuse", decision_no="x", reason="")
    take(world.head, one, "refuse", decision_no="修3号", reason="罚款未缴清")
    assert Entry.objects.get().removed_on is None


def test_fraud_is_public_for_three_years_bars_a_new_application_and_lists_again(world):
    case = long_listed(world)
    one = granted(world, case)
    take(world.chen, one, "process")
    take(world.head, one, "revoke", decision_no="撤1号", reason="缴款凭证系伪造")
    shown = Disclosure.objects.get(subject=f"repair:{one.number}")
    assert shown.published_until.date().year == timezone.localdate().year + 3
    case.refresh_from_db()
    assert case.closed_at is not None
    today = str(timezone.localdate())
    take(world.chen, case, "relist", listed_on=today, reason="修复被撤销")
    case.refresh_from_db()
    assert (case.state, case.closed_at) == ("decided", None)
    assert Standing.objects.get(scheme="serious").since == timezone.localdate()
    take(world.chen, case, "publish")
    assert Disclosure.objects.filter(subject=f"list:{case.number}", withdrawn_at=None).count() == 1
    Entry.objects.update(early_on=ago(1))
    problem = refused("barred", take, world.boss, case, "ask_early")
    assert "第二十三条" in problem.message
    assert Entry.objects.get().removal_on.year == timezone.localdate().year + 3  # the term begins anew


def test_nobody_is_listed_again_without_a_revoked_repair(world):
    case = long_listed(world)
    take(world.chen, granted(world, case), "process")
    refused("not_revoked", take, world.chen, case, "relist", listed_on=str(timezone.localdate()), reason="x")


def application(world, received: str, kind: str) -> Case:
    opening = Opening(
        "credit_repair", HAIZHU, "信用修复", at(received), "test", subject=world.firm, values={"kind": kind},
        parties=[NewParty("applicant", organisation=world.firm)], handler=world.chen,
    )  # fmt: skip
    return engine.open_case(Actor(world.chen), opening, now=at(received))


def test_bankruptcy_hides_for_a_time_and_a_failed_plan_shows_again(world):
    one = application(world, "2026-02-11T09:00", "bankruptcy")
    take(world.chen, one, "bankruptcy", "2026-02-12T10:00", ruling="（2026）粤01破1号")
    assert one.clocks.get(key="bankruptcy").due_at == at("2026-02-28T00:00")  # from the application
    take(world.head, one, "shield", "2026-02-13T10:00", shield="statement", reason="法院裁定受理重整")
    take(world.head, one, "restore", "2026-06-01T10:00", reason="重整计划执行失败")
    one.refresh_from_db()
    assert one.state == "restored"


def test_another_authoritys_repair_is_ended_here_within_three_working_days(world):
    one = application(world, "2026-04-02T09:00", "other_body")
    take(
        world.chen, one, "other_body", "2026-04-03T10:00", repaired_by="发展改革部门", received_on="2026-04-02", decision_no="1"
    )  # fmt: skip
    assert one.clocks.get(key="assist").due_at == at("2026-04-09T00:00")
    take(world.chen, one, "process", "2026-04-07T10:00")
    assert one.clocks.get(key="assist").late is False


def test_a_decision_for_another_province_is_sent_there_within_three_working_days(world):
    one = application(world, "2026-07-01T09:00", "check")
    take(world.chen, one, "accept", "2026-07-02T10:00", kind="check")
    take(world.head, one, "grant", "2026-07-03T10:00", decision_no="修4号")
    take(world.chen, one, "registered_elsewhere", "2026-07-03T11:00", registered_at="福建省市场监督管理局")
    assert one.clocks.get(key="push").due_at == at("2026-07-09T00:00")
    take(world.chen, one, "push", "2026-07-06T10:00")
    take(world.chen, one, "process", "2026-07-06T11:00")


def test_before_25_december_2025_the_older_measures_hold(world):
    one = application(world, "2025-12-24T09:00", "list")
    assert one.edition == "SAMR-CR-2021"
    take(world.chen, one, "accept", "2025-12-25T10:00", kind="list")
    assert one.clocks.get(key="decide").due_at == at("2026-01-17T00:00")  # fifteen working days


def test_what_came_after_is_shown_to_whoever_judges(world, client, settings):
    settings.DEMO = True
    case = long_listed(world)
    penalty_fact(world.firm, "penalty:7", on=str(ago(10)), kinds=["fine"])
    one = asked(world, case)
    client.force_login(world.chen)
    page = client.get(f"/desk/cases/{one.pk}/").content.decode()
    assert "其后又受处罚" in page
    client.force_login(world.boss)
    page = client.get(f"/desk/cases/{one.pk}/").content.decode()
    assert "最早可申请" in page
    assert "其后又受处罚" not in page


def test_a_granted_repair_ends_the_publication_of_a_penalty(world, client, settings):
    settings.DEMO = True
    day = timezone.localdate() - timedelta(days=200)
    penalty = world.penalised(str(day), kinds=["fine"], fine="8000")
    public = Case.objects.get(procedure="publicity", linked__first=penalty)
    given = {k: public.values[k] for k in ("decision_no", "decided_on", "violation", "basis", "content")}
    take(world.chen, public, "publish", f"{day + timedelta(days=2)}T10:00", ground="none", **given)
    tier = repair.tier_of(public)
    assert (tier.term.early, tier.term.months) == (3, 12)
    client.force_login(world.boss)
    assert f"/desk/cases/{public.pk}/step/ask_early/" in client.get("/desk/listing/mine/").content.decode()
    take(world.boss, public, "ask_early", reason="罚款已缴")
    one = Case.objects.get(procedure="credit_repair")
    assert (one.values["kind"], one.values["decision_no"]) == ("penalty", penalty.number)
    refused("other_door", take, world.chen, one, "accept_list")
    take(world.chen, one, "accept", kind="penalty")
    take(world.head, one, "grant", decision_no="修5号", conditions=MET)
    take(world.chen, one, "process")
    public.refresh_from_db()
    assert public.state == "stopped"
    assert Disclosure.objects.get(kind="penalty").withdrawn_at is not None
    assert Fact.objects.get(kind="penalty").public_until < timezone.localdate()
    assert Fact.objects.get(kind="repaired").reference == one.key


def test_what_cannot_end_early_says_so(world, client, settings):
    settings.DEMO = True
    day = timezone.localdate() - timedelta(days=200)
    penalty = world.penalised(str(day), kinds=["close"])
    public = Case.objects.get(procedure="publicity", linked__first=penalty)
    given = {k: public.values[k] for k in ("decision_no", "decided_on", "violation", "basis", "content")}
    take(world.chen, public, "publish", f"{day + timedelta(days=2)}T10:00", ground="none", **given)
    assert repair.tier_of(public).early_on is None
    client.force_login(world.boss)
    assert "不能提前，期满由机关停止公示" in client.get("/desk/listing/mine/").content.decode()
