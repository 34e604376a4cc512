"""The whole course of a penalty case, the checks before its steps, and who may what."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from tests.cases.people import GUANGZHOU, TIANHE, at, officer
from tests.enforcement.scenes import (
    BASIS,
    VIOLATION,
    Office,
    decided,
    imposed,
    opened,
    photo,
    reviewed,
    take,
    told,
)
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases import running, tasks
from zhiheng.core.cases.actions import Actor
from zhiheng.core.cases.models import Case, Document, Notice
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem
from zhiheng.systems.enforcement import actions, queries
from zhiheng.systems.enforcement.models import PenaltyRecord

pytestmark = pytest.mark.django_db


@pytest.fixture
def office():
    return Office()


def refused(code, act, *args, **more):
    with pytest.raises(Problem) as error:
        act(*args, **more)
    assert error.value.code == code, error.value.message
    return error.value


def state(case):
    case.refresh_from_db()
    return case.state


def test_a_penalty_case_from_filing_to_closing_with_its_documents_and_clocks(office):
    case = opened(office, "2026-06-01T09:00")
    decide = case.clocks.get(key="decide")
    assert decide.due_at == at("2026-08-31T00:00")  # 90 days from 1 June: 30 August is the last
    take(office.chen, case, "register_filing", "2026-06-01T10:00", second=office.wang, ended_on="2026-05-20")
    take(
        office.chen, case, "inspect", "2026-06-02T09:00", second=office.wang, inspected_at="2026-06-02T08:30",
        place="新港东路1号", findings="货架上有标签不符的饼干",
    )  # fmt: skip
    take(
        office.chen,
        case,
        "question",
        "2026-06-02T11:00",
        second=office.wang,
        interviewee="李大明",
        testimony="问：……",
    )
    take(
        office.chen, case, "collect", "2026-06-02T12:00", second=office.wang, evidence="饼干照片", evidence_kind="document",
        files=[photo()],
    )  # fmt: skip
    # Testing for eight days does not count.
    take(office.chen, case, "begin_appraisal", "2026-06-03T09:00", institution="省质检院")
    take(office.chen, case, "end_appraisal", "2026-06-11T09:00", result="标签不符合规定")
    decide.refresh_from_db()
    assert decide.due_at == at("2026-09-08T00:00")
    reviewed(office, case, "2026-06-15")
    told(office, case, "2026-06-16")
    heard = case.clocks.get(key="be_heard")
    # 17, 18 June; 19 to 21 is the Dragon Boat Festival; 22, 23, 24.
    assert heard.due_at == at("2026-06-25T00:00")
    refused("step_unavailable", decided, office, case, "2026-06-24")
    decided(office, case, "2026-06-25")
    assert state(case) == "decided"
    assert case.clocks.get(key="decide").late is False
    serve = case.clocks.get(key="serve")
    assert serve.due_at == at("2026-07-07T00:00")  # seven working days: 26, 29, 30 June, 1, 2, 3, 6 July
    take(office.chen, case, "serve", "2026-06-26T10:00", service_way="direct", served_on="2026-06-26")
    pay = case.clocks.get(key="pay")
    assert pay.due_at == at("2026-07-12T00:00")  # fifteen days from the day of service
    refused("not_paid", take, office.chen, case, "perform", "2026-07-01T10:00")
    refused("too_much", take, office.chen, case, "record_payment", "2026-07-01T10:00", paid="8000.01")
    take(office.chen, case, "record_payment", "2026-07-01T10:00", paid="3000")
    take(office.chen, case, "perform", "2026-07-08T10:00", paid="5000")
    assert queries.account(case).remainder == 0
    take(office.head, case, "close", "2026-07-10T10:00", result="履行完毕")
    assert state(case) == "closed"
    assert case.closed_at == at("2026-07-10T10:00")
    assert not case.clocks.filter(late=True).exists()
    made = list(case.documents.values_list("kind", flat=True))
    assert made == [
        "filing_form", "inspection_record", "interview_record", "evidence_list", "appraisal_notice",
        "investigation_report", "review_opinion", "penalty_notice", "decision", "service_receipt", "closing_form",
    ]  # fmt: skip
    decision = "".join(json.loads(Document.objects.get(case=case, kind="decision").text))
    assert "罚款8000元" in decision
    assert "{" not in decision
    told_of = {
        n.step.key for n in Notice.objects.filter(case=case, party__key="party").select_related("step")
    }
    assert {"notify", "decide", "serve"} <= told_of
    facts = cases.replay(case, running.course_of(case))
    assert facts.state == "closed"
    assert Entry.objects.filter(subject=case.key, action__startswith="case.").count() == case.version


@pytest.mark.parametrize(
    ("person", "penalty", "code"),
    [
        ("", {"kinds": ["fine"], "fine": "99999.99"}, ""),
        ("", {"kinds": ["fine"], "fine": "100000"}, "hearing_due"),
        ("", {"kinds": ["gains", "goods"], "gains": "60000", "goods_value": "40000"}, "hearing_due"),
        ("", {"kinds": ["stop"]}, "hearing_due"),
        ("王小二", {"kinds": ["fine"], "fine": "9999.99"}, ""),
        ("王小二", {"kinds": ["fine"], "fine": "10000"}, "hearing_due"),
    ],
)
def test_a_notice_without_hearing_rights_is_refused_from_the_threshold_on(office, person, penalty, code):
    case = reviewed(office, opened(office, person=person))
    if not code:
        told(office, case, **penalty)
        assert state(case) == "notified"
        return
    problem = refused(code, told, office, case, **penalty)
    assert "第五条" in problem.message or "第六十三条" in problem.message
    assert "听证权利" in problem.remedy
    told(office, case, hearing="fine", **penalty)
    assert state(case) == "notified"


def test_an_individual_business_has_the_lower_threshold(office):
    from tests.cases.people import organisation

    shop = organisation("海珠小店", office.region, 3)
    shop.org_type = "个体工商户"
    shop.save()
    case = reviewed(office, opened(office, firm=shop))
    refused("hearing_due", told, office, case, kinds=["fine"], fine="10000")


def test_a_hearing_runs_its_course_and_its_time_does_not_count(office):
    case = reviewed(office, opened(office))
    told(office, case, "2026-06-11", hearing="stop", kinds=["stop"])
    firm = officer("boss", "", "enterprise")
    firm.organisation = case.subject
    firm.save()
    take(firm, case, "request_hearing", "2026-06-12T09:00")
    assert case.clocks.get(key="decide").state == "paused"
    take(
        office.legal, case, "call_hearing", "2026-06-15T09:00", hearing_time="2026-06-26T09:00", hearing_place="二楼",
        hearing_chair="周主任", hearing_open="true",
    )  # fmt: skip
    refused("step_unavailable", take, office.legal, case, "hold_hearing", "2026-06-24T09:00", result="如实")
    take(office.legal, case, "hold_hearing", "2026-06-26T09:00", result="如实")
    assert case.clocks.get(key="decide").state == "running"
    decided(office, case, "2026-06-30", kinds=["stop"], restriction_ends="2026-12-31", fine="")
    assert state(case) == "decided"


def test_while_the_time_to_ask_for_a_hearing_runs_nothing_is_decided_unless_it_is_waived(office):
    case = reviewed(office, opened(office))
    told(office, case, "2026-06-11", hearing="fine", kinds=["fine"], fine="100000")
    refused("step_unavailable", decided, office, case, "2026-06-12", fine="100000")
    firm = officer("boss", "", "enterprise")
    firm.organisation = case.subject
    firm.save()
    take(firm, case, "waive", "2026-06-12T09:00")
    decided(office, case, "2026-06-12", fine="100000")
    assert state(case) == "decided"


def test_a_decision_beyond_the_notice_needs_a_new_notice(office):
    case = reviewed(office, opened(office))
    told(office, case, "2026-06-11", kinds=["fine"], fine="8000")
    refused("beyond_notice", decided, office, case, "2026-07-01", fine="8000.01")
    refused("beyond_notice", decided, office, case, "2026-07-01", kinds=["fine", "warning"], fine="8000")
    take(office.head, case, "investigate_again", "2026-07-01T09:00", reason="金额有误")
    reviewed(office, case, "2026-07-02")
    told(office, case, "2026-07-03", kinds=["fine"], fine="9000")
    decided(office, case, "2026-07-20", fine="9000")
    assert state(case) == "decided"


def test_who_reviews_is_not_who_investigated(office):
    case = opened(office)
    both = officer("both", office.region, "county", "legal")
    take(
        office.chen, case, "submit", "2026-06-10T10:00", second=both, violation=VIOLATION, ended_on="2026-05-20", basis=BASIS,
        discretion_reasons="x", proposal="x",
    )  # fmt: skip
    refused("reviewer_investigated", take, both, case, "pass_review", "2026-06-10T11:00", opinion="同意")
    assert state(case) == "reviewing"
    take(office.legal, case, "pass_review", "2026-06-10T11:00", opinion="同意")


def test_two_officers_investigate_and_a_stranger_is_refused(office):
    case = opened(office)
    given = {"inspected_at": "2026-06-02T08:30", "place": "x", "findings": "x"}
    refused("second_officer", take, office.chen, case, "inspect", **given)
    refused("second_officer", take, office.chen, case, "inspect", second=office.chen, **given)
    refused("second_officer", take, office.chen, case, "inspect", second=officer("far", TIANHE), **given)
    refused("step_unavailable", take, office.wang, case, "inspect", second=office.chen, **given)
    refused("step_unavailable", take, officer("gz", GUANGZHOU, "city", "head"), case, "inspect", **given)
    refused("step_unavailable", take, office.chen, case, "act_jointly", joint_office=TIANHE)


def test_a_level_of_discretion_needs_its_factor_and_a_collective_decision_its_record(office):
    case = reviewed(office, opened(office))
    told(office, case)
    refused("factor_missing", decided, office, case, discretion="light")
    refused("no_penalty_chosen", decided, office, case, discretion="none")
    one = actions.add_factor(office.chen, case, "mitigating", "及时改正", "裁量基准", "当日下架")
    refused("not_handler", actions.add_factor, office.legal, case, "mitigating", "x", "x", "x")
    actions.strike(office.chen, one, "登记有误")
    refused("factor_missing", decided, office, case, discretion="light")
    actions.add_factor(office.chen, case, "mitigating", "及时改正", "裁量基准", "当日下架")
    refused("discussion_missing", decided, office, case, discretion="light", collective="true")
    actions.add_discussion(office.head, case, date(2026, 6, 30), "三位负责人", "处罚", "同意")
    decided(office, case, discretion="light", collective="true")
    assert state(case) == "decided"


def test_no_penalty_rests_on_an_exempting_factor(office):
    case = reviewed(office, opened(office))
    given = {"violation": VIOLATION, "reason": "首违不罚", "remedies": "x"}
    refused("factor_missing", take, office.head, case, "no_penalty", **given)
    actions.add_factor(office.chen, case, "exempting", "初次违法且危害后果轻微", "行政处罚法", "已改正")
    take(office.head, case, "no_penalty", **given)
    assert state(case) == "finished"


def test_limitation_is_a_warning_that_must_be_answered(office):
    case = opened(office, "2026-06-01T09:00")
    given = {"violation": VIOLATION, "basis": BASIS, "discretion_reasons": "x", "proposal": "x"}
    submit = {"second": office.wang, **given}
    refused("limitation_unknown", take, office.chen, case, "submit", **submit)
    refused("limitation_ask", take, office.chen, case, "submit", ended_on="2023-01-01", **submit)
    refused("not_handler", actions.answer_limitation, office.wang, case, "grave", None, "x")
    refused("day_missing", actions.answer_limitation, office.chen, case, "found_earlier", None, "x")
    actions.answer_limitation(office.chen, case, "grave", None, "食品安全，已致人腹泻")
    take(office.chen, case, "submit", ended_on="2023-01-01", **submit)
    case.refresh_from_db()
    assert queries.limitation(case)[0] == "answered"
    actions.answer_limitation(office.chen, case, "found_earlier", date(2026, 5, 1), "x")
    take(office.legal, case, "pass_review", opinion="x")
    refused("limitation_expired", told, office, case, "2026-07-01")


def test_instalments_move_the_clock_and_payments_cover_them(office):
    case = imposed(office, day=str(timezone.localdate() - timedelta(days=3)))
    today = timezone.localdate()
    take(office.chen, case, "serve", service_way="direct", served_on=str(today))
    plan = [(today + timedelta(days=10), Decimal(3000)), (today + timedelta(days=60), Decimal(5000))]
    refused("step_unavailable", actions.agree_instalments, office.chen, case, plan, "资金困难")
    refused("plan_sum", actions.agree_instalments, office.head, case, plan[:1], "资金困难")
    actions.agree_instalments(office.head, case, plan, "资金困难")
    clock = case.clocks.get(key="pay")
    assert clock.due_at.astimezone(at("2026-01-01").tzinfo).date() >= plan[-1][0]
    assert [line.state for line in queries.account(case).lines] == ["open", "open"]
    take(office.chen, case, "record_payment", paid="4000")
    assert [(line.covered, line.state) for line in queries.account(case).lines] == [
        (3000, "paid"),
        (1000, "part"),
    ]
    late = queries.account(case, today + timedelta(days=61))
    assert [line.state for line in late.lines] == ["paid", "late"]
    assert Document.objects.filter(case=case, kind="deferral").exists()


def test_who_does_not_pay_is_urged_and_the_court_is_applied_to(office):
    case = imposed(office, day="2026-05-06")
    take(office.chen, case, "serve", "2026-05-07T09:00", service_way="direct", served_on="2026-05-07")
    refused("step_unavailable", take, office.chen, case, "urge", "2026-05-22T09:00", urged_on="2026-05-22")
    take(office.chen, case, "urge", "2026-05-25T09:00", urged_on="2026-05-25")
    assert case.clocks.get(key="urge").due_at == at("2026-06-09T00:00")  # ten working days
    refused("step_unavailable", take, office.chen, case, "not_performed", "2026-06-08T09:00")
    assert tasks.lapse() == 1  # the platform itself takes the step when the ten days are over
    assert state(case) == "unperformed"
    take(office.head, case, "apply_court", court="海珠区人民法院")
    pack = dict(queries.court_pack(case))
    assert all(pack[k] for k in ("decision", "service_receipt", "urging_notice", "court_application"))
    take(office.head, case, "end_enforcement", result="执行到位")
    assert state(case) == "finished"


def test_a_decision_without_money_is_performed_without_payment(office):
    case = imposed(office, day="2026-05-06", kinds=["warning"])
    take(office.chen, case, "serve", "2026-05-07T09:00", service_way="direct", served_on="2026-05-07")
    take(office.chen, case, "perform", "2026-05-08T09:00")
    assert state(case) == "finished"


def test_the_record_of_a_decision_is_kept_once_with_its_amounts(office):
    case = imposed(office, day="2026-05-06", kinds=["fine", "gains"], fine="5000", gains="300")
    row = PenaltyRecord.objects.get(case=case)
    assert (row.fine, row.confiscated, row.category) == (5000, 300, "法人及非法人组织")
    assert row.organisation == case.subject
    assert Case.objects.filter(procedure="publicity").count() == 1
    assert engine.who_is(Actor(office.chen), case).roles == {"officer"}


def test_a_stricter_text_reminds_and_makes_nobody_late(office):
    from zhiheng.core.cases import calendars, showing

    case = imposed(office, day="2026-09-25")
    clock, course = case.clocks.get(key="serve"), running.course_of(case)
    # 28, 29, 30 September, 8, 9, 10 (worked for National Day), 12 October.
    assert clock.due_at == at("2026-10-13T00:00")
    view = showing.clock_view(clock, course, at("2026-10-09T09:00"), calendars.current())
    assert view.urgency != "late"
    # Seven days end on 2 October, a holiday: the first day after it is the 8th.
    assert any("2026年10月8日" in note and "第六十一条" in note for note in view.notes)
