"""The engine: opening, steps, who may, clocks, documents, and what an office does besides."""

import json

import pytest
from django.utils import timezone

from tests.cases.people import GUANGZHOU, HAIZHU, TIANHE, at, complaint, officer, organisation
from zhiheng.core.cases import actions, forms, handling, queries, running
from zhiheng.core.cases.actions import Actor
from zhiheng.core.cases.models import Case, Clock, Document, Link, Notice, Party, Step
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem

pytestmark = pytest.mark.django_db


def take(user, case, key, **more):
    return actions.take(Actor(user), case, key, **more)


@pytest.fixture
def firm():
    return organisation()


@pytest.fixture
def chen():
    return officer("chen")


@pytest.fixture
def head():
    return officer("head", TIANHE, "county", "head")


def test_a_case_is_numbered_by_office_kind_and_year_and_its_first_clock_runs_from_receipt(firm):
    case, other = complaint(firm), complaint(firm)
    year = timezone.localdate().year
    assert case.number == f"广州天河市监投〔{year}〕1号"
    assert other.number == f"广州天河市监投〔{year}〕2号"
    assert (case.edition, case.state) == ("SAMR-121", "received")
    clock = case.clocks.get()
    assert (clock.key, clock.started_at) == ("accept", at("2026-09-28T15:00"))
    # 29, 30 Sept, 8, 9, 10 (a Saturday worked for National Day), 12, 13 October: over when the 13th is.
    assert clock.due_at == at("2026-10-14T00:00")
    assert case.due_at == clock.due_at


def test_the_edition_is_that_of_the_day_of_receipt_on_both_sides_of_15_april_2026(firm):
    assert complaint(firm, "2026-04-14T23:59").edition == "SAMR-20"
    assert complaint(firm, "2026-04-15T00:00").edition == "SAMR-121"


def test_a_case_received_in_the_future_or_before_any_edition_is_refused(firm):
    with pytest.raises(Problem) as refused:
        complaint(firm, "2099-01-01T00:00")
    assert refused.value.code == "received_in_future"
    with pytest.raises(Problem) as refused:
        complaint(firm, "2019-12-31T00:00")
    assert refused.value.code == "no_edition" and "2019-12-31 没有“" in refused.value.message


def test_the_same_outside_number_is_one_case(firm):
    case = complaint(firm, reference="12315-1")
    with pytest.raises(Problem) as refused:
        complaint(firm, reference="12315-1")
    assert refused.value.code == "reference_taken"
    assert refused.value.extra["number"] == case.number


def test_accepting_makes_the_decision_tells_both_and_starts_mediation(firm, chen):
    case = complaint(firm)
    step = take(chen, case, "accept")
    case.refresh_from_db()
    assert (case.state, case.handler) == ("mediating", chen)
    document = Document.objects.get(case=case)
    text = "".join(json.loads(document.text))
    assert document.title == "投诉受理决定书"
    assert "张三丰" in text
    assert case.number in text
    assert "{" not in text
    assert {n.party.key for n in Notice.objects.filter(step=step)} == {"complainant", "respondent"}
    accept, mediate = case.clocks.order_by("id")
    assert (accept.state, mediate.state) == ("stopped", "running")
    assert accept.late is (timezone.now() >= at("2026-10-14T00:00"))


def test_what_is_written_of_people_is_ciphertext_in_the_database(firm, chen):
    from django.db import connection

    case = complaint(firm)
    take(chen, case, "accept")
    with connection.cursor() as cursor:
        for table in ("cases_party", "cases_step", "cases_document", "ledger_entry"):
            cursor.execute(f"SELECT * FROM {table}")
            assert "张三丰" not in str(cursor.fetchall())
            assert "饼干，打开" not in str(cursor.fetchall())


def test_a_step_of_another_state_another_office_or_a_party_is_refused_with_the_reason(firm, chen):
    case = complaint(firm)
    for user, key, why in (
        (chen, "agree", "state"), (officer("li", HAIZHU), "accept", "not_you"), (chen, "withdraw", "not_you"),
        (officer("gz", GUANGZHOU, "city"), "accept", "not_you"), (chen, "nonsense", "unknown_step"),
    ):  # fmt: skip
        with pytest.raises(Problem) as refused:
            take(user, case, key)
        assert refused.value.extra["why"] == why
    assert case.steps.count() == 1


def test_what_another_handles_only_he_and_the_head_go_on_with(firm, chen, head):
    case = complaint(firm)
    take(chen, case, "accept")
    with pytest.raises(Problem) as refused:
        take(officer("wang"), case, "invite")
    assert refused.value.extra["why"] == "other_handler"
    take(head, case, "perform_at_once", values={"terms": "退款一百元"})


def test_missing_and_wrong_values_are_told_by_field(firm, chen):
    case = complaint(firm)
    take(chen, case, "accept")
    with pytest.raises(Problem) as refused:
        take(chen, case, "invite", values={"mediation_time": "明天", "mediator": "王"})
    assert set(refused.value.extra["errors"]) == {"mediation_time", "mediation_place"}
    with pytest.raises(Problem) as refused:
        take(chen, complaint(firm), "refuse", values={"reason": "x"}, ground="because")
    assert refused.value.code == "ground_missing"


def test_who_acts_on_an_old_view_is_told_who_was_faster(firm, chen, head):
    case = complaint(firm)
    seen = case.version
    take(head, case, "accept", version=seen)
    with pytest.raises(Problem) as refused:
        take(chen, case, "refuse", values={"reason": "x"}, ground="other", version=seen)
    assert refused.value.code == "case_changed"
    assert "受理" in refused.value.message


def test_expert_time_does_not_count_and_the_due_day_moves_by_it(firm, chen):
    case = complaint(firm, "2026-08-01T09:00")
    take(chen, case, "accept", now=at("2026-08-03T10:00"))
    take(chen, case, "begin_appraisal", values={"institution": "省质检院"}, now=at("2026-08-10T10:00"))
    clock = case.clocks.get(key="mediate")
    assert (clock.state, clock.due_at) == ("paused", None)
    take(chen, case, "end_appraisal", values={"result": "合格"}, now=at("2026-08-20T10:00"))
    clock.refresh_from_db()
    # 60 days from 3 August are 2 October, ten more for the expert: 12 October.
    assert clock.due_at == at("2026-10-13T00:00")


def test_a_party_with_its_receipt_takes_its_own_steps_and_only_those(firm, chen):
    case = complaint(firm)
    citizen = case.parties.get(key="complainant")
    actions.take(Actor(party=citizen), case, "supplement", values={"statement": "还有发票"})
    with pytest.raises(Problem):
        actions.take(Actor(party=citizen), case, "accept")
    other = complaint(firm).parties.get(key="complainant")
    with pytest.raises(Problem):
        actions.take(Actor(party=other), case, "withdraw")
    actions.take(Actor(party=citizen), case, "withdraw")
    case.refresh_from_db()
    assert case.closed_at is not None
    assert not case.clocks.exclude(state="stopped").exists()


def test_settling_needs_an_offer(firm):
    case = complaint(firm)
    citizen, shop = case.parties.get(key="complainant"), case.parties.get(key="respondent")
    with pytest.raises(Problem) as refused:
        actions.take(Actor(party=citizen), case, "settle")
    assert refused.value.extra["why"] == "before"
    actions.take(Actor(party=shop), case, "offer", values={"offer": "退货退款"})
    actions.take(Actor(party=citizen), case, "settle")
    case.refresh_from_db()
    assert case.state == "withdrawn"


def test_a_lead_opens_a_case_of_its_own_that_names_no_complainant(firm, chen):
    case = complaint(firm)
    take(chen, case, "find_lead", values={"reason": "涉嫌无证生产"})
    report = Link.objects.get(first=case).then
    assert (report.procedure, report.subject, report.handler) == ("report", firm, chen)
    assert [p.key for p in report.parties.all()] == ["reported"]


def test_assigning_transferring_merging_splitting_reopening_and_recusing(firm, chen, head):
    wang, case = officer("wang"), complaint(firm)
    handling.assign(chen, case, chen)
    with pytest.raises(Problem):
        handling.assign(wang, case, wang)
    handling.assign(head, case, wang)
    handling.recuse(wang, case, wang, "与投诉人是亲属")
    case.refresh_from_db()
    assert case.handler is None
    with pytest.raises(Problem):
        handling.assign(head, case, wang)
    with pytest.raises(Problem) as refused:
        take(wang, case, "accept")
    assert refused.value.extra["why"] == "recused"
    second = handling.split(chen, case, "另一件商品", "两个争议")
    assert second.received_at == case.received_at
    assert second.clocks.get(key="accept").due_at == case.clocks.get(key="accept").due_at
    kept = handling.merge(chen, second, case, "同一件事")
    second.refresh_from_db()
    assert second.merged_into == kept
    assert second.closed_at is not None
    with pytest.raises(Problem) as refused:
        take(chen, second, "accept")
    assert refused.value.extra["why"] == "merged"
    handling.transfer(chen, case, HAIZHU, "经营地在海珠区")
    case.refresh_from_db()
    assert (case.region, case.handler) == (HAIZHU, None)
    with pytest.raises(Problem):
        take(chen, case, "accept")
    li = officer("li", HAIZHU, "county", "head")
    take(li, case, "refuse", values={"reason": "不是消费者"}, ground="no_consumer")
    handling.reopen(li, case, "新证据")
    case.refresh_from_db()
    assert (case.state, case.closed_at) == ("received", None)
    assert case.clocks.filter(key="accept", state="running").count() == 1


def test_only_the_head_reopens_and_only_what_is_closed(firm, chen, head):
    case = complaint(firm)
    with pytest.raises(Problem):
        handling.reopen(head, case, "x")
    take(chen, case, "refuse", values={"reason": "x"}, ground="other")
    with pytest.raises(Problem):
        handling.reopen(chen, case, "x")


def test_time_is_extended_once_by_whom_the_law_gives_it_to(firm, chen, head):
    case = complaint(firm)
    take(chen, case, "find_lead", values={"reason": "x"}, now=timezone.now())
    report = Case.objects.get(procedure="report")
    with pytest.raises(Problem) as refused:
        handling.extend(chen, report, "verify", "复杂")
    assert refused.value.status == 403
    before = report.clocks.get().due_at
    handling.extend(head, report, "verify", "复杂")
    clock = report.clocks.get()
    assert (clock.extended, clock.extensions) == (15, 1)
    assert clock.due_at > before
    with pytest.raises(Problem):
        handling.extend(head, report, "verify", "还是复杂")


def test_a_provisional_clock_is_worked_out_anew_when_the_year_is_published(firm, chen):
    case = complaint(firm, "2026-11-20T10:00")
    clock = case.clocks.get()
    Clock.objects.filter(pk=clock.pk).update(started_at=at("2026-12-28T10:00"), provisional=True)
    running.recompute()
    clock.refresh_from_db()
    assert (clock.provisional, clock.due_at) == (True, at("2027-01-07T00:00"))  # 29, 30, 31, 1, 4, 5, 6
    year = "{year: 2027, source: 测试用安排, off: {元旦: [2027-01-01/2027-01-03]}, worked: {}}"
    told = running.load_calendar(None, year)
    clock.refresh_from_db()
    case.refresh_from_db()
    assert (clock.provisional, clock.due_at) == (False, at("2027-01-08T00:00"))
    assert case.due_at == clock.due_at
    assert told["changed"] == 1


def test_a_wrong_calendar_is_refused_with_the_place():
    with pytest.raises(Problem) as refused:
        running.load_calendar(None, "{year: 2027, source: x, off: {元旦: [2026-01-01]}, worked: {}}")
    assert "off.元旦" in refused.value.message


def test_steps_cannot_be_changed_or_removed(firm):
    step = complaint(firm).steps.get()
    for deed in (step.save, step.delete, Step.objects.all().delete, lambda: Step.objects.update(key="x")):
        with pytest.raises(TypeError):
            deed()


def test_who_sees_which_cases(firm, chen):
    case = complaint(firm)
    take(chen, case, "find_lead", values={"reason": "x"})
    report = Case.objects.get(procedure="report")
    city, far = officer("gz", GUANGZHOU, "city"), officer("sz", "440300", "city")
    auditor = officer("au", "440000", "auditor")
    assert set(queries.visible_to(chen)) == {case, report}
    assert set(queries.visible_to(city)) == {case}  # a report is secret: its own office's
    assert set(queries.visible_to(auditor)) == {case}
    assert not queries.visible_to(far).exists()
    for role in ("leading", "police", "procurator", "watcher"):
        assert not queries.visible_to(
            officer(role, "440106" if role != "leading" else "440000", role)
        ).exists()
    boss = officer("boss", "", "enterprise")
    boss.organisation = firm
    boss.save()
    assert set(queries.visible_to(boss)) == {case}


def test_the_ledger_replays_to_the_same_case(firm, chen, head):
    case = complaint(firm, "2026-08-01T09:00")
    take(chen, case, "accept")
    take(chen, case, "begin_appraisal", values={"institution": "x"})
    take(chen, case, "end_appraisal", values={"result": "x"})
    handling.pause(chen, case, "mediate", "force_majeure", "台风")
    handling.resume(chen, case, "mediate")
    take(chen, case, "terminate", ground="absent")
    take(chen, case, "tell_termination")
    take(chen, case, "close_terminated")
    handling.reopen(head, case, "新证据")
    case.refresh_from_db()
    same(case)
    assert Entry.objects.filter(subject=case.key).count() == case.version


def same(case):
    """The ledger alone tells the case's state, steps, documents, and how its clocks stand."""
    told, kept = queries.replay(case, running.course_of(case)), actions.facts_of(case)
    assert (told.state, told.taken, told.documents, told.merged) == (
        kept.state, kept.taken, kept.documents, kept.merged
    )  # fmt: skip
    assert {k: c.state for k, c in told.clocks.items()} == {k: c.state for k, c in kept.clocks.items()}


def assistance(by=TIANHE, at_=HAIZHU):
    """A request for assistance of one office in the hands of another."""
    parties = [actions.NewParty("requester", region=by)]
    opening = actions.Opening("assistance", at_, "协查一批货物", timezone.now(), "case", parties=parties)
    case = actions.open_case(Actor(), opening)
    actions.tell(case, case.steps.get(), case.parties.get(), timezone.now())
    return case


def test_an_office_that_is_party_to_anothers_case_reads_what_parties_may_and_takes_its_steps(chen):
    case, stranger = assistance(), officer("li", "440111")
    assert set(queries.visible_to(chen)) == {case}
    assert not queries.visible_to(stranger).exists()
    assert not queries.reads_whole(chen, case)
    assert queries.reads_whole(officer("gz", GUANGZHOU, "city"), case)
    there = officer("hz", HAIZHU)
    take(there, case, "postpone", values={"reason": "货已运走", "postponed_to": "2027-01-10"})
    handling.note(there, case, "内部意见")
    assert [d.kind for d in queries.documents_for(case, queries.parties_of(case, chen))] == ["postponement"]
    assert "_noted" not in {s.key for s in queries.steps_for(case, queries.parties_of(case, chen))}
    assert queries.notices_for(chen).exists()
    with pytest.raises(Problem):
        take(stranger, case, "recall")
    step = take(chen, case, "recall")
    assert step.party is not None
    assert step.party.key == "requester"


def test_who_only_decides_does_not_become_the_handler(firm, head):
    opening = actions.Opening("measure", TIANHE, "x", timezone.now(), "case", subject=firm)
    case = actions.open_case(Actor(), opening)
    take(head, case, "refuse", values={"reason": "没有必要"})
    case.refresh_from_db()
    assert case.handler is None


def test_a_time_that_lapses_by_itself_makes_nobody_late_when_it_is_stopped_later(firm, head):
    opening = actions.Opening("measure", TIANHE, "x", at("2026-06-01T09:00"), "case", subject=firm)
    case = actions.open_case(Actor(), opening)
    given = {"goods": "x", "place": "x", "reason": "x", "taken_at": "2026-06-01T09:00"}
    take(head, case, "preserve", values=given, now=at("2026-06-01T09:00"))
    take(head, case, "lift", now=at("2026-07-01T09:00"))
    clock = case.clocks.get(key="preserve")
    assert (clock.state, clock.late) == ("stopped", False)


def test_a_room_says_with_what_a_case_begins_that_a_step_opens(firm, chen, monkeypatch):
    from dataclasses import replace

    from zhiheng.core.cases import effects

    monkeypatch.setitem(
        effects._beginnings,
        ("complaint", "find_lead"),
        [lambda case, step, o: replace(o, region=HAIZHU, handler=None)],
    )
    case = complaint(firm)
    take(chen, case, "find_lead", values={"reason": "x"})
    report = Case.objects.get(procedure="report")
    assert (report.region, report.handler) == (HAIZHU, None)
    assert report.number.startswith("广州海珠")


def test_an_office_is_named_by_its_region():
    from zhiheng.core.cases import documents, rules
    from zhiheng.knowledge.law.model import Field

    one = Field("机关", "Office", type="office")
    assert rules.read_values([("to", one, True)], {"to": HAIZHU}) == ({"to": HAIZHU}, {})
    assert rules.read_values([("to", one, True)], {"to": "海珠"})[1] == {"to": "not_an_office"}
    assert documents.in_words(one, HAIZHU) == "广州市海珠区市场监督管理局"


def test_a_step_in_an_ended_case_leaves_the_day_it_ended(firm, chen):
    case = complaint(firm, receipt="AAAABBBBCCCC")
    take(chen, case, "refuse", ground="no_consumer", values={"reason": "为经营购买"})
    ended = Case.objects.get(pk=case.pk).closed_at
    complainant = case.parties.get(key="complainant")
    actions.take(Actor(party=complainant), case, "rate", values={"rating": "4"})
    assert Case.objects.get(pk=case.pk).closed_at == ended


def handed_over(firm, chen, head):
    """A transfer that the police of the region have on their desk."""
    wang = officer("wang")
    opening = actions.Opening(
        "transfer", TIANHE, "生产伪劣产品", timezone.now(), "case", subject=firm, handler=chen
    )
    case = actions.open_case(Actor(chen), opening)
    take(head, case, "form_team", second=chen, values={"team_members": "陈、王"})
    take(chen, case, "report", second=wang, values={"facts": "x", "offence": "y"})
    take(head, case, "approve", values={"approved_at": timezone.now().isoformat()})
    take(chen, case, "hand_over", second=wang, values={"police_office": TIANHE, "goods": "无"})
    Party.objects.create(case=case, key="police", region=TIANHE, told_at=timezone.now())
    return case


def test_what_is_asked_and_left_out_stays_blank_in_a_document_whatever_was_said_before(firm, chen, head):
    case, police = handed_over(firm, chen, head), officer("p", TIANHE, "police")
    take(police, case, "sign", values={"signed_at": timezone.now().isoformat()})
    take(police, case, "not_file", values={"filing_no": "1", "reason": "事实不清"})
    take(chen, case, "ask_reconsideration", values={"reason": "金额已超过起点"})
    take(police, case, "reverse", values={"filing_no": "2", "result": "立案"})
    text = "".join(json.loads(case.documents.get(kind="reconsideration_decision").text))
    assert "广州市天河区公安机关" in text
    assert "金额已超过起点" not in text


def test_a_party_s_form_does_not_begin_with_what_the_office_wrote(firm, chen, head):
    case, police = handed_over(firm, chen, head), officer("p", TIANHE, "police")
    take(police, case, "sign", values={"signed_at": timezone.now().isoformat()})
    case.values["reason"] = "内部意见"
    course = running.course_of(case)
    begun = [
        forms.StepForm(course=course, key="not_file", case=case, user=who).fields["reason"].initial
        for who in (police, chen)
    ]
    assert begun == [None, "内部意见"]
