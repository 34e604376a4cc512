"""What follows a spot check of a product: each way, with the days of the law on both sides."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests.inspection.after_scene import Scene, scene
from zhiheng.core.cases import tasks
from zhiheng.core.cases.models import Case, Clock, Notice
from zhiheng.core.disclosure import queries as disclosing
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.facts.models import Fact
from zhiheng.core.facts.queries import public
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.systems.inspection import aftercare
from zhiheng.systems.inspection.models import Refusal, Report, Retest

pytestmark = pytest.mark.django_db


@pytest.fixture
def s() -> Scene:
    return scene()


def facts(kind: str) -> set[str]:
    return {f.organisation.name for f in Fact.objects.filter(kind=kind, withdrawn_at=None)}


def due(case: Case, key: str) -> date:
    moment = case.clocks.filter(key=key).latest("pk").due_at
    assert moment is not None
    last = dates.until(moment)
    return last if not hasattr(last, "date") else last.date()  # type: ignore[return-value]


def refused(call, *args, **more) -> Problem:
    with pytest.raises(Problem) as caught:
        call(*args, **more)
    return caught.value


def object_to(s: Scene, about: str, who=None) -> Case:
    s.take(who or s.seller_user, "object", about=about, claim="与事实不符")
    return s.opened("product_objection")


def to_retest(s: Scene) -> Case:
    case = object_to(s, "result")
    for who, key, values in (
        (s.chen, "accept", {}), (s.chen, "agree", {}), (s.seller_user, "formalities", {"fee": "800"}),
        (s.chen, "fix_laboratory", {}), (s.chen, "tell_laboratory", {}), (s.other_lab_user, "hand_spare", {}),
    ):  # fmt: skip
        s.take(who, key, case, **values)
    return case


def test_a_sample_that_passes_is_told_waited_for_returned_and_on_record(s: Scene) -> None:
    s.tested("pass")
    assert s.case.state == "told_pass"
    assert due(s.case, "object") == date(2026, 3, 17)
    s.now = s.now.replace(day=18, hour=0, minute=0)
    s.take(None, "final_pass")
    assert facts("check_passed") == {s.seller.name, s.maker.name}
    s.take(s.chen, "return_sample", returned="returned")
    s.sample.refresh_from_db()
    assert (s.case.state, s.sample.state) == ("closed", "returned")


def test_nobody_is_final_before_the_fifteenth_day_is_over(s: Scene) -> None:
    s.tested("fail")
    s.now = s.now.replace(day=17, hour=23, minute=59)
    assert refused(s.take, s.chen, "final_fail").code == "step_unavailable"
    assert Fact.objects.count() == 0
    s.later(minutes=1)
    s.take(None, "final_fail")
    assert facts("check_failed") == {s.seller.name, s.maker.name}
    fact = Fact.objects.get(organisation=s.seller)
    assert fact.reference == f"sample:{s.sample.number}"
    assert fact.details["drawn"] is False and fact.details["domain"] == "product"


def test_the_platform_makes_it_final_by_itself(s: Scene) -> None:
    s.tested("fail")
    Clock.objects.filter(case=s.case).update(due_at=dates.datetime.now(dates.SHANGHAI) - timedelta(days=1))
    tasks.lapse()
    assert s.case.state == "final"


def test_whoever_was_told_may_object_and_nobody_else(s: Scene) -> None:
    aftercare.received(s.lab_user, s.sample, now=s.now)
    s.report()
    assert refused(s.take, s.seller_user, "object", about="process", claim="x").code == "step_unavailable"
    s.take(s.chen, "tell_fail")
    assert refused(s.take, s.lab_user, "object", about="process", claim="x").status == 403
    s.take(s.maker_user, "object", about="authenticity", claim="不是我公司生产")
    assert s.case.state == "objected"
    assert s.opened("product_objection").subject == s.maker


def test_an_objection_on_paper_is_recorded_for_who_made_it(s: Scene) -> None:
    s.sample.producer = None
    s.sample.save()
    s.case.parties.filter(key="producer").delete()
    s.tested()
    problem = refused(s.take, s.chen, "object", about="authenticity", claim="非我厂生产")
    assert problem.code == "objector_missing"
    s.take(s.chen, "object", about="authenticity", claim="非我厂生产", objector="producer")
    case = s.opened("product_objection")
    assert case.subject is None and case.subject_name == s.maker.name
    s.take(s.chen, "accept", case)
    s.take(s.chen, "uphold", case, whose="producer", findings="防伪不符", reason="非其生产")
    assert s.case.state == "told_fail"


def test_what_an_objection_leads_to_is_not_taken_by_hand(s: Scene) -> None:
    s.tested()
    object_to(s, "result")
    for key in ("retest_pass", "retest_fail", "annul", "clear_producer", "objection_over_fail"):
        assert refused(s.take, s.chen, key, reason="x").code == "step_unavailable"


def test_an_objection_after_the_last_day_is_not_taken(s: Scene) -> None:
    s.tested()
    s.now = s.now.replace(day=18, hour=0, minute=0)
    problem = refused(object_to, s, "process")
    assert "已经届满" in problem.message


def test_a_high_risk_failure_is_told_at_once_to_the_heads(s: Scene) -> None:
    aftercare.received(s.lab_user, s.sample, now=s.now)
    s.report(high_risk=True)
    assert Notice.objects.filter(user=s.head, case=s.case).count() == 1


def test_the_retest_goes_to_another_laboratory_drawn_so_that_it_can_be_repeated(s: Scene) -> None:
    from zhiheng.systems.inspection.rules_after import drawn

    s.tested()
    case = to_retest(s)
    one = Retest.objects.get(case=case)
    codes = [code for code, _name in one.candidates]
    assert s.lab.uscc not in codes
    assert codes[drawn(one.seed, codes)] == one.laboratory.uscc
    assert case.parties.get(key="laboratory").organisation == s.other_lab


def test_a_retest_that_passes_overturns_and_takes_the_order_back(s: Scene) -> None:
    s.tested()
    case = to_retest(s)
    s.take(s.chen, "order", demand="停止销售，改正标签")  # an objection does not stop it
    order = s.opened("rectification")
    assert order.subject == s.seller and order.state == "ordered"
    s.report("pass", retest=True, by=s.other_lab_user)
    s.take(s.chen, "conclude_pass", case, payer="office")
    order.refresh_from_db()
    assert (s.case.state, order.state) == ("overturned", "withdrawn")
    assert facts("check_passed") == {s.seller.name, s.maker.name}
    assert facts("check_failed") == set()
    s.take(s.chen, "close_overturned", returned="used_up")


def test_a_retest_that_fails_is_final_at_once(s: Scene) -> None:
    s.tested()
    case = to_retest(s)
    s.report("fail", retest=True, by=s.other_lab_user)
    s.take(s.chen, "conclude_fail", case, payer="applicant")
    assert s.case.state == "final"
    assert facts("check_failed") == {s.seller.name, s.maker.name}


def test_formalities_not_done_in_seven_days_waive_the_retest(s: Scene) -> None:
    s.tested()
    case = object_to(s, "result")
    s.take(s.chen, "accept", case)
    s.take(s.chen, "agree", case)
    assert due(case, "formalities") == date(2026, 3, 9)
    s.now = s.now.replace(day=9, hour=23)
    assert refused(s.take, None, "waive", case).code == "step_unavailable"
    s.later(hours=1)
    assert refused(s.take, s.seller_user, "formalities", case, fee="800").code == "step_unavailable"
    s.take(None, "waive", case)
    case.refresh_from_db()
    assert (case.state, s.case.state) == ("waived", "told_fail")


def test_the_laboratory_is_fixed_within_ten_days(s: Scene) -> None:
    s.tested()
    case = object_to(s, "result")
    s.take(s.chen, "accept", case)
    s.take(s.chen, "agree", case)
    s.take(s.seller_user, "formalities", case, fee="800")
    assert due(case, "fix_laboratory") == date(2026, 3, 12)
    assert refused(s.take, s.chen, "fix_laboratory", case, only_one="true").code == "others_there"
    s.other_lab.kinds = ""
    s.other_lab.save()
    assert refused(s.take, s.chen, "fix_laboratory", case).code == "no_laboratory"
    s.now = s.now.replace(day=13, hour=9)
    s.take(s.chen, "fix_laboratory", case, only_one="true")
    assert case.clocks.get(key="fix_laboratory").late is True
    assert Retest.objects.get(case=case).laboratory == s.lab


def test_a_hidden_spare_sample_ends_the_retest(s: Scene) -> None:
    s.tested()
    case = object_to(s, "result")
    s.take(s.chen, "accept", case)
    s.take(s.chen, "agree", case)
    s.take(s.chen, "terminate", case, ground="hidden")
    case.refresh_from_db()
    assert (case.state, s.case.state) == ("terminated", "told_fail")


def test_a_producer_that_did_not_make_it_is_cleared_and_the_seller_answers(s: Scene) -> None:
    s.tested()
    s.take(s.chen, "order_producer", demand="停止生产")
    case = object_to(s, "authenticity", s.maker_user)
    s.take(s.chen, "accept", case)
    assert refused(s.take, s.chen, "agree", case).code == "wrong_way"
    s.take(s.chen, "uphold", case, whose="producer", findings="防伪不符，链上无此批号", reason="非其生产")
    assert s.case.state == "told_fail"
    assert s.opened("rectification").state == "withdrawn"
    s.now = s.now.replace(day=20)
    s.take(None, "final_fail")
    assert facts("check_failed") == {s.seller.name}


def test_a_denial_that_does_not_hold_changes_nothing(s: Scene) -> None:
    s.tested()
    case = object_to(s, "authenticity", s.maker_user)
    s.take(s.chen, "accept", case)
    s.take(s.chen, "reject", case, findings="链上有其发货记录", reason="异议不成立")
    s.now = s.now.replace(day=20)
    s.take(None, "final_fail")
    assert facts("check_failed") == {s.seller.name, s.maker.name}


def test_sampling_that_was_wrong_annuls_the_result(s: Scene) -> None:
    s.tested()
    case = object_to(s, "process")
    s.take(s.chen, "accept", case)
    s.take(s.chen, "uphold", case, whose="sample", findings="只有一人抽样", reason="程序不合法")
    assert s.case.state == "annulled"
    assert Fact.objects.count() == 0


def test_two_objections_keep_it_open_until_both_are_dealt_with(s: Scene) -> None:
    s.tested()
    first, second = object_to(s, "process"), object_to(s, "authenticity", s.maker_user)
    s.take(s.seller_user, "withdraw", first)
    assert s.case.state == "objected"
    s.take(s.chen, "refuse", second, reason="材料不足")
    assert s.case.state == "told_fail"


def test_a_spare_sample_is_tested_again_once(s: Scene) -> None:
    s.tested()
    first = to_retest(s)
    second = object_to(s, "result", s.maker_user)
    s.take(s.chen, "accept", second)
    with pytest.raises(Problem) as found:
        s.take(s.chen, "agree", second)
    assert found.value.code == "spare_used" and first.number in found.value.message
    s.report("fail", retest=True, by=s.other_lab_user)
    s.take(s.chen, "conclude_fail", first, payer="applicant")
    with pytest.raises(Problem) as found:
        s.take(s.chen, "agree", second)
    assert found.value.code == "spare_used"
    s.take(s.chen, "refuse_retest", second, reason="备用样品已经复检")


def test_without_a_spare_sample_there_is_no_retest(s: Scene) -> None:
    type(s.sample).objects.filter(pk=s.sample.pk).update(spare_quantity="")
    s.tested()
    case = object_to(s, "result")
    s.take(s.chen, "accept", case)
    with pytest.raises(Problem) as found:
        s.take(s.chen, "agree", case)
    assert found.value.code == "no_spare"


# -- the order -------------------------------------------------------------------------------------------------


def ordered(s: Scene) -> Case:
    s.tested()
    s.take(s.chen, "order", demand="改正")
    return s.opened("rectification")


def test_rectified_and_rechecked_in_time(s: Scene) -> None:
    case = ordered(s)
    assert (due(case, "rectify"), due(case, "recheck")) == (
        date(2026, 5, 6),
        date(2026, 5, 16),
    )  # May 1–5 is off
    s.take(s.seller_user, "report_done", case, measures="换货")
    s.take(s.chen, "recheck_pass", case, findings="合格")
    case.refresh_from_db()
    assert case.state == "passed" and not Fact.objects.filter(kind="not_rectified").exists()


def test_overdue_is_found_by_an_officer_only_after_sixty_days(s: Scene) -> None:
    case = ordered(s)
    s.now = s.now.replace(month=5, day=6, hour=23)
    assert refused(s.take, s.chen, "not_rectified", case, findings="未改").code == "step_unavailable"
    s.later(hours=1)
    s.take(s.chen, "not_rectified", case, findings="未改")
    fact = Fact.objects.get(kind="not_rectified")
    assert (fact.reference, fact.organisation) == (case.key, s.seller)


def test_the_second_recheck_is_between_sixty_and_ninety_days_after_the_announcement(s: Scene) -> None:
    case = ordered(s)
    s.later(days=70)  # 11 May
    s.take(s.chen, "recheck_fail", case, findings="仍不合格")
    s.take(s.chen, "report_up", case, reason="复查不合格")
    assert case.parties.get(key="province").told_at
    s.take(s.chen, "announce", case, announced_on="2026-05-11", announcement_no="粤市监公告2026年第9号")
    assert (due(case, "again_from"), due(case, "again_by")) == (date(2026, 7, 10), date(2026, 8, 9))
    s.now = s.now.replace(month=7, day=10, hour=20)
    assert refused(s.take, s.chen, "again_fail", case, findings="x").code == "step_unavailable"
    s.later(hours=4)
    s.take(s.chen, "again_fail", case, findings="仍不合格")
    s.take(s.head, "suspend", case, facts="公告后复查仍不合格")
    assert s.opened("penalty", case).subject == s.seller
    s.take(s.chen, "suspended_fail", case, findings="仍不合格")
    s.take(s.head, "revoke", case, facts="整顿后复查仍不合格")
    case.refresh_from_db()
    assert case.state == "referred"
    assert case.clocks.get(key="again_by").late is False


def test_a_second_recheck_after_ninety_days_is_late(s: Scene) -> None:
    case = ordered(s)
    s.take(s.chen, "recheck_fail", case, findings="不合格")
    s.take(s.chen, "announce", case, announced_on="2026-03-02", announcement_no="9号")
    s.later(days=91)
    s.take(s.chen, "again_pass", case, findings="合格")
    assert case.clocks.get(key="again_by").late is True


# -- the public ------------------------------------------------------------------------------------------------


def test_a_failure_is_public_for_three_months_and_gone_on_its_day(s: Scene) -> None:
    s.tested()
    s.now = s.now.replace(day=20)
    s.take(None, "final_fail")
    s.take(s.chen, "publish")
    row = Disclosure.objects.get(kind="check")
    shown = {one["key"]: one["value"] for one in row.body["fields"]}
    assert shown["failing"] == "甲醛含量║95 mg/kg║≤75" and shown["producer_name"] == s.maker.name
    end = dates.datetime(2026, 6, 21, tzinfo=dates.SHANGHAI)  # the twentieth is its last day
    assert row.published_until == end
    assert disclosing.public(end - timedelta(seconds=1)).filter(pk=row.pk).exists()
    assert not disclosing.public(end).filter(pk=row.pk).exists()
    assert Fact.objects.filter(public_until=date(2026, 6, 20)).count() == 2


def test_a_failure_that_was_punished_is_public_as_long_as_the_penalty(s: Scene) -> None:
    s.tested()
    s.now = s.now.replace(day=20)
    s.take(None, "final_fail")
    s.take(s.chen, "publish", penalty_public_until="2027-03-20")
    assert Fact.objects.filter(public_until=date(2027, 3, 20)).count() == 2


def test_what_is_published_too_long_is_stopped(s: Scene) -> None:
    s.tested("pass")
    s.now = s.now.replace(day=20)
    s.take(None, "final_pass")
    s.take(s.chen, "publish_pass")
    row = Disclosure.objects.get(kind="check")
    assert row.published_until is None and row.check_result.result == "pass"
    s.take(s.chen, "stop_publication", reason="登记有误")
    row.refresh_from_db()
    assert row.withdrawn_at is not None
    assert not public(Fact.objects.all(), timezone.localdate()).exists()  # gone from the credit file too
    assert refused(s.take, s.chen, "stop_publication", reason="再来").code == "not_public"


def test_the_producers_office_gets_the_letter(s: Scene) -> None:
    s.tested()
    s.take(s.chen, "pass_on", pass_to="440604")
    party = s.case.parties.get(key="producer_office")
    assert party.region == "440604" and party.told_at
    assert [d.kind for d in s.case.documents.all() if "producer_office" in d.sees] == ["pass_on_letter"]


# -- refusals --------------------------------------------------------------------------------------------------


@pytest.fixture
def refusal(s: Scene) -> Refusal:
    assert s.sample.task is not None
    return Refusal.objects.create(
        key="00000000-0000-4000-8000-000000000001", task=s.sample.task, organisation=s.seller, how="锁门拒绝进入",
        happened_at=s.now, recorded_by=s.chen,
    )  # fmt: skip


def test_a_refusal_is_on_record_and_warned_of(s: Scene, refusal: Refusal) -> None:
    aftercare.refused(s.chen, refusal, now=s.now)
    fact = Fact.objects.get(kind="check_refused")
    assert (fact.organisation, fact.reference) == (s.seller, f"task:{refusal.task.key}")
    case = Case.objects.get(procedure="check_refusal")
    s.take(s.chen, "warn", case, comply_by="2026-03-10")
    s.take(s.head, "suspend", case, facts="仍拒绝抽样")
    assert s.opened("penalty", case).subject == s.seller


def test_a_refusal_that_was_none_is_taken_off_the_record(s: Scene, refusal: Refusal) -> None:
    aftercare.refused(s.chen, refusal, now=s.now)
    s.take(s.head, "dismiss", Case.objects.get(procedure="check_refusal"), reason="企业当日停业")
    assert facts("check_refused") == set()


def take_back(s: Scene, report: Report) -> None:
    report.withdrawn_at, report.withdrawn_why = s.now, "样品编号写错"
    report.save()
    aftercare.withdrawn(s.lab_user, report, now=s.now)


def test_a_report_that_is_withdrawn_after_it_was_told_takes_what_rested_on_it_and_the_next_one_is_told_anew(
    s: Scene,
) -> None:
    s.tested("fail", high_risk=True)
    s.take(s.chen, "order", demand="停止销售")
    order = s.opened("rectification")
    first = s.sample.reports.get()
    take_back(s, first)
    assert s.case.state == "testing" and not {"conclusion", "failing", "high_risk"} & set(s.case.values)
    order.refresh_from_db()
    assert order.state == "withdrawn"
    assert not s.case.clocks.exclude(state="stopped").exists()
    letter = s.case.documents.get(kind="withdrawn_notice")
    assert first.number in letter.text
    assert Notice.objects.filter(case=s.case, party__key="sampled", document=letter).exists()
    assert refused(s.take, s.seller_user, "object", about="result", claim="不服").code == "step_unavailable"
    s.later(days=3)
    s.report("pass")
    assert s.case.state == "passed"
    s.take(s.chen, "tell_pass")
    assert due(s.case, "object") == date(2026, 3, 20)


def test_a_report_withdrawn_before_it_was_told_stays_between_office_and_laboratory(s: Scene) -> None:
    aftercare.received(s.lab_user, s.sample, now=s.now)
    report = s.report("fail")
    assert refused(s.take, s.chen, "report_withdrawn", reason="有误").code == "report_stands"
    take_back(s, report)
    assert s.case.state == "testing" and not s.case.documents.exists()
    assert not Notice.objects.filter(case=s.case, party__key__in=("sampled", "producer")).exists()


def test_a_report_withdrawn_when_the_conclusion_is_final_or_objected_to_leaves_the_case_to_the_office(
    s: Scene,
) -> None:
    s.tested("fail")
    object_to(s, "process")
    take_back(s, s.sample.reports.get())
    assert s.case.state == "objected"
