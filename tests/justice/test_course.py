"""The course of a transfer: both sides' steps, and what they do to the penalty case."""

import pytest

from tests.cases.people import HAIZHU, TIANHE, officer
from tests.justice.world import world
from zhiheng.core.cases import handling, queries
from zhiheng.core.cases.models import Clock
from zhiheng.core.problems import Problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def w():
    return world()


def refused(code, call, *args, **more):
    with pytest.raises(Problem) as problem:
        call(*args, **more)
    assert problem.value.code == code
    assert problem.value.message
    return problem.value


def test_a_transfer_pauses_the_penalty_case_and_begins_with_none_of_its_words(w):
    assert w.penalty_state() == "transferred"
    assert w.penalty.clocks.get(key="decide").state == "paused"
    assert w.transfer.values == {"police_office": HAIZHU, "procuratorate": HAIZHU}
    assert [p.key for p in w.transfer.parties.all()] == ["suspect"]


def test_a_team_of_one_is_no_team(w):
    problem = refused("team_too_small", w.take, w.head, "form_team", team_members="陈所长、陈所长")
    assert "team_members" in problem.extra["errors"]
    w.take(w.head, "form_team", team_members="陈所长，王科员")


def test_the_whole_way_to_a_criminal_case(w):
    w.hand_over()
    assert w.state() == "handed"
    w.take(w.police, "sign", signed_at=w.now())
    w.take(w.police, "file", filing_no="穗公海立〔2026〕8号")
    assert w.state() == "filed"
    w.take(w.chen, "hand_goods", goods="洗衣液 400 瓶")
    w.take(w.head, "end_transferred", w.penalty, result="公安机关已立案")
    assert w.penalty_state() == "finished"
    w.take(w.police, "conclude", result="移送审查起诉")
    assert w.state() == "concluded"
    kinds = [d.kind for d in w.transfer.documents.all()]
    assert kinds == [
        "report",
        "investigation_report",
        "transfer_letter",
        "goods_list",
        "receipt",
        "filing_notice",
        "goods_list",
    ]


@pytest.mark.parametrize(
    ("clock", "unit", "value"),
    [("approve", "d", 3), ("hand_over", "h", 24), ("forward", "h", 24), ("review", "d", 3),
     ("ask_reconsideration", "d", 3), ("reconsider", "d", 3), ("suggest", "d", 3), ("hand_goods", "d", 3)],
)  # fmt: skip
def test_every_short_limit_is_the_law_s(clock, unit, value):
    from zhiheng.knowledge.law.load import law

    rule = law().course("transfer", "SC-310").clocks[clock]
    assert (rule.unit, rule.value) == (unit, value)
    assert rule.rule.startswith("CRM-")


def test_each_limit_starts_with_its_event_and_stops_with_the_answer(w):
    def running():
        return set(w.transfer.clocks.exclude(state=Clock.State.STOPPED).values_list("key", flat=True))

    assert running() == set()
    w.take(w.head, "form_team", team_members="陈、王")
    w.take(w.chen, "report", facts="x", offence="y")
    assert running() == {"approve"}
    w.take(w.head, "approve", approved_at=w.now())
    assert running() == {"hand_over"}
    w.take(w.chen, "hand_over", police_office=HAIZHU, goods="无")
    assert running() == set()
    w.take(w.police, "sign_other", signed_at=w.now())
    assert running() == {"forward"}
    w.take(w.police, "forward", other_police=TIANHE)
    w.take(w.other_police, "sign", signed_at=w.now())
    assert running() == {"review"}
    w.take(w.other_police, "not_file", filing_no="1", reason="x")
    assert running() == {"ask_reconsideration"}
    w.take(w.chen, "ask_reconsideration", reason="y")
    assert running() == {"reconsider"}
    w.take(w.other_police, "uphold", result="维持", reason="z")
    assert running() == {"suggest"}
    w.take(w.chen, "suggest_supervision", procuratorate=TIANHE, reason="应当立案")
    assert running() == set()
    w.take(w.other_procurator, "demand", opinion="应当立案")
    w.take(w.other_police, "file", filing_no="2")
    assert running() == {"hand_goods"}


def test_a_refusal_by_the_head_takes_the_penalty_case_back(w):
    w.take(w.head, "form_team", team_members="陈、王")
    w.take(w.chen, "report", facts="x", offence="y")
    w.take(w.head, "refuse", reason="不构成犯罪")
    assert (w.state(), w.penalty_state()) == ("refused", "investigating")
    assert w.penalty.clocks.get(key="decide").state == "running"
    step = w.penalty.steps.get(key="take_back")
    assert step.actor is None
    assert w.transfer.number in step.values["reason"]


@pytest.mark.parametrize("how", ["give_back", "resume_penalty", "accept_refusal"])
def test_what_comes_back_is_handled_again(w, how):
    if how == "give_back":
        w.hand_over()
        w.take(w.police, "sign", signed_at=w.now())
        w.take(w.police, "file", filing_no="1")
        w.take(w.police, "give_back", reason="情节显著轻微")
    else:
        w.refused()
        if how == "resume_penalty":
            w.take(w.chen, "resume_penalty")
        else:
            w.take(w.chen, "suggest_supervision", procuratorate=HAIZHU, reason="应当立案")
            w.take(w.procurator, "accept_refusal", opinion="不立案理由成立")
    assert (w.state(), w.penalty_state()) == ("returned", "investigating")
    assert w.penalty.clocks.get(key="decide").state == "running"


def test_while_the_police_have_it_the_case_is_not_fined_instead(w):
    w.hand_over()
    problem = refused("transfer_open", w.take, w.chen, "take_back", w.penalty, reason="想罚款")
    assert "行政处罚" in problem.remedy
    refused("not_filed", w.take, w.head, "end_transferred", w.penalty, result="x")
    refused("step_unavailable", w.take, w.head, "decide", w.penalty)
    w.take(w.police, "sign", signed_at=w.now())
    w.take(w.police, "file", filing_no="1")
    refused("transfer_open", w.take, w.chen, "take_back", w.penalty, reason="想罚款")


def test_a_reopened_transfer_bars_a_decision_as_well(w):
    w.refused()
    w.take(w.chen, "resume_penalty")
    handling.reopen(w.head, w.transfer, "新证据")
    w.penalty.refresh_from_db()
    refused("transfer_open", w.take, w.head, "withdraw", w.penalty, reason="x")
    refused("transfer_open", w.take, w.chen, "transfer", w.penalty, reason="x")


def test_reconsideration_may_reverse(w):
    w.refused()
    w.take(w.chen, "ask_reconsideration", reason="货值已达起点")
    w.take(w.police, "reverse", filing_no="2", result="立案")
    assert w.state() == "filed"


def test_the_procuratorate_may_demand_a_case(w):
    w.refused()
    w.take(w.chen, "suggest_supervision", procuratorate=HAIZHU, reason="应当立案")
    refused("step_unavailable", w.take, w.police, "demand", opinion="x")
    w.take(w.procurator, "demand", opinion="应当立案")
    assert w.state() == "demanded"
    w.take(w.police, "file", filing_no="3")
    assert w.state() == "filed"


def test_only_the_police_of_that_region_sign_and_nobody_signs_twice(w):
    w.hand_over()
    for who in (w.other_police, w.procurator, w.chen, officer("gz-police", "440100", "police")):
        refused("step_unavailable", w.take, who, "sign", signed_at=w.now())
    w.take(w.police, "sign", signed_at=w.now())
    refused("step_unavailable", w.take, w.police, "sign", signed_at=w.now())


def test_forwarding_moves_the_case_and_the_old_office_can_do_nothing_more(w):
    w.hand_over()
    w.take(w.police, "sign_other", signed_at=w.now())
    refused("values_wrong", w.take, w.police, "forward", other_police="999999")
    refused("same_office", w.take, w.police, "forward", other_police=HAIZHU)
    w.take(w.police, "forward", other_police=TIANHE)
    assert not queries.visible_to(w.police).exists()
    assert not queries.visible_to(w.procurator).exists()
    assert not queries.notices_for(w.police).exists()
    for who in (w.other_police, w.other_procurator):
        assert list(queries.visible_to(who)) == [w.transfer]
    refused("step_unavailable", w.take, w.police, "sign", signed_at=w.now())
    w.take(w.other_police, "sign", signed_at=w.now())
    text = w.transfer.documents.filter(kind="receipt").last().text
    assert "天河" in text


def test_a_case_forwarded_back_is_there_again(w):
    w.hand_over()
    w.take(w.police, "sign_other", signed_at=w.now())
    w.take(w.police, "forward", other_police=TIANHE)
    w.take(w.other_police, "sign_other", signed_at=w.now())
    w.take(w.other_police, "forward", other_police=HAIZHU)
    assert list(queries.visible_to(w.police)) == [w.transfer]
    assert not queries.visible_to(w.other_police).exists()
    w.take(w.police, "sign", signed_at=w.now())
