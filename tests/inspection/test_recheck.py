"""The re-check of what was ordered to be put right: a sample of its own, from the order to the officers' decision."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from tests.cases.people import TIANHE, officer, organisation
from tests.cases.test_together import together
from tests.inspection.after_scene import Scene, scene
from tests.inspection.field_people import TESTS
from zhiheng.core.accounts.models import User
from zhiheng.core.cases.models import Case, Notice
from zhiheng.core.facts.models import Fact
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.insight.indicators import pass_rates
from zhiheng.insight.scope import Scope
from zhiheng.systems.inspection import (
    actions_field,
    actions_lab,
    actions_tasks,
    queries_plan,
    queries_recheck,
)
from zhiheng.systems.inspection import actions_plan as planning
from zhiheng.systems.inspection import actions_recheck as actions
from zhiheng.systems.inspection.models import Alert, Inspector, Plan, Report, Sample, Task
from zhiheng.systems.inspection.queries import samples_visible_to, tasks_visible_to

pytestmark = pytest.mark.django_db


@dataclass
class Again:
    """An order in Tianhe after a failing result, two inspectors of its office, everybody of the scene."""

    s: Scene
    case: Case
    inspectors: list[Inspector]

    def give(self, who: User | None = None, **more: Any) -> Task:
        given: dict[str, Any] = {
            "numbers": ["2001", "2002"], "laboratory": self.s.other_lab, "due_on": dates.today() + timedelta(days=5),
            "why": "责令改正后的复查",
        }  # fmt: skip
        return actions.give(who or self.s.chen, self.case, **given | more)

    def sheet(self, **more: Any) -> dict[str, Any]:
        return {
            "uscc": self.s.seller.uscc, "product": "儿童连衣裙", "brand": "小象", "spec": "110/56", "stage": "sale",
            "standard": "GB 31701", "batch": "20261101", "producer_uscc": self.s.maker.uscc, "base_quantity": "40 件",
            "quantity": "3 件", "spare_quantity": "3 件", "seal_sample": "F1", "seal_spare": "F2", "may_sample": True,
            "taken_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"), "signature_refused": True,
            "refused_why": "店长离店", **more,
        }  # fmt: skip

    def sample(self, task: Task, **more: Any) -> Sample:
        who = self.inspectors[0].user
        made, _new = actions_field.take_sample(
            who, task.key, uuid.uuid4(), self.sheet(**more), ["2001", "2002"], []
        )
        return made

    def test(self, sample: Sample, lead: str, number: str, lab: User | None = None) -> Report:
        lab = lab or self.s.other_lab_user
        sample.refresh_from_db()
        if sample.state == Sample.State.TAKEN:
            actions_lab.receive(lab, sample, intact=True, condition="")
        values = {"铅": {"value": lead}, "水分": {"value": "4.5", "uncertainty": "0.1"}}
        actions_lab.enter(lab, sample, values)
        return actions_lab.issue(lab, sample, number=number, signatory="签字人", high_risk=False)

    def take(self, key: str, **values: Any) -> None:
        self.s.now = timezone.now()
        self.s.take(self.s.chen, key, self.case, **values)
        self.case.refresh_from_db()

    def code(self, call: Any, *args: Any, **more: Any) -> str:
        with pytest.raises(Problem) as caught, transaction.atomic():
            call(*args, **more)
        return caught.value.code


@pytest.fixture
def again() -> Again:
    s = scene()
    item = s.sample.item
    item.tests = TESTS
    item.save()
    Sample.objects.filter(pk=s.sample.pk).update(standard="GB 31701")
    people = [
        Inspector.objects.create(number=f"200{n}", user=officer(f"goes{n}"), name=f"张抽样{n}", region=TIANHE)
        for n in (1, 2)
    ]
    s.tested()
    s.take(s.chen, "order", demand="停止销售，改正")
    return Again(s, s.opened("rectification"), people)


def page(client: Client, who: User, path: str, status: int = 200, language: str = "zh") -> str:
    client.force_login(who)
    found = client.get(path, headers={"accept-language": language})
    assert found.status_code == status, path
    return found.content.decode(errors="replace")


# -- the story ---------------------------------------------------------------------------------------------------


def test_from_the_order_to_a_pass_each_at_his_own_pages(again: Again, client: Client) -> None:
    s, case = again.s, f"/desk/cases/{again.case.pk}/"
    give = f"/desk/inspection/after/{again.case.pk}/recheck/"
    assert give in page(client, s.chen, case)
    form = page(client, s.chen, give)
    assert all(text in form for text in (s.seller.name, "小象", "GB 31701", "水分", s.lab.uscc, "无偿提供"))
    sent = {
        "inspectors": ["2001", "2002"],
        "due_on": f"{dates.today()}",
        "laboratory": s.other_lab.uscc,
        "why": "复查",
    }
    assert client.post(give, sent).status_code == 302
    task = Task.objects.get(rectification=again.case)
    assert (task.item, task.organisation, task.laboratory, task.candidate) == (
        s.sample.item, s.seller, s.other_lab, None,
    )  # fmt: skip
    assert give not in page(client, s.chen, case)  # one at a time
    assert "复查任务" not in page(client, s.seller_user, case)  # a visit is not announced

    inspector = again.inspectors[0].user
    assert inspector is not None
    assert "复查" in page(client, inspector, "/desk/inspection/field/")
    sheet = page(client, inspector, f"/desk/inspection/field/{task.key}/")
    assert 'value="小象"' in sheet and "第四十九条" in sheet and 'name="price"' not in sheet
    sent = again.sheet(
        key=str(uuid.uuid4()), inspectors=["2001", "2002"], may_sample="on", signature_refused="on"
    )
    assert client.post(f"/desk/inspection/field/{task.key}/", sent).status_code == 302
    sample = Sample.objects.get(task=task)
    assert (sample.case, sample.rectification, sample.laboratory) == (None, again.case, s.other_lab)
    assert Case.objects.filter(procedure="product_check").count() == 1  # no new one
    assert case in page(client, s.chen, f"/desk/inspection/sheets/{sample.pk}/")

    report = again.test(sample, "0.1", "FC-1")
    again.case.refresh_from_db()
    assert again.case.state == "ordered"  # nobody has decided
    assert Notice.objects.filter(user=s.chen, case=again.case, step__key="recheck_reported").count() == 1
    offered = page(client, s.chen, case)
    step = f"{case}step/recheck_pass/"
    assert step in offered and "FC-1" in offered
    form = page(client, s.chen, step)
    assert 'value="FC-1"' in form and "所检项目合格" in form
    assert "FC-1" not in page(client, s.seller_user, case)
    page(client, s.seller_user, f"/desk/inspection/lab/reports/{report.pk}.pdf", 404)
    mine = page(client, s.seller_user, "/desk/inspection/mine/")
    assert sample.number in mine

    again.take("recheck_pass", findings="合格", recheck_no="FC-1")
    report.refresh_from_db()
    assert again.case.state == "passed" and report.decided_in is not None
    told = page(client, s.seller_user, case)
    assert "FC-1" in told and sample.number in told
    page(client, s.seller_user, f"/desk/inspection/lab/reports/{report.pk}.pdf", 200)
    page(client, s.maker_user, f"/desk/inspection/sheets/{sample.pk}/", 404)  # ordered was the seller alone
    for language in ("zh", "en"):
        page(client, s.chen, case, language=language)


def test_a_failing_recheck_leads_on_and_the_next_round_wants_a_sample_of_its_own(again: Again) -> None:
    s = again.s
    s.take(s.seller_user, "report_done", again.case, measures="换货")
    again.case.refresh_from_db()
    sample = again.sample(again.give())
    again.test(sample, "0.9", "FC-1")
    again.case.refresh_from_db()
    assert (
        again.case.values["findings"].startswith("复查样品")
        and "铅║0.9 mg/kg║≤0.5" in again.case.values["findings"]
    )
    assert again.code(again.take, "recheck_pass", findings="合格", recheck_no="FC-1") == "report_fails"
    assert again.code(again.take, "recheck_pass", findings="合格") == "report_fails"  # nor without naming it
    outside = {"recheck_no": "外-1", "recheck_lab": "丙检测有限公司"}
    assert again.code(again.take, "recheck_pass", findings="合格", **outside) == "report_fails"
    assert again.code(again.give) == "recheck_open"  # not tested until it passes
    assert again.code(again.take, "recheck_fail", findings="铅超标") == "report_missing"
    again.take("recheck_fail", findings="铅超标", recheck_no="FC-1")
    assert again.case.state == "to_announce" and again.code(again.give) == "no_recheck"
    assert Fact.objects.get(kind="not_rectified").organisation == s.seller
    announced = dates.today() - timedelta(days=75)
    again.take("announce", announced_on=announced.isoformat(), announcement_no="9号")
    assert again.code(again.take, "again_pass", findings="合格", recheck_no="FC-1") == "not_this_recheck"
    second = again.sample(again.give())
    again.test(second, "0.2", "FC-2")
    assert again.code(again.take, "again_fail", findings="x", recheck_no="FC-2") == "report_passes"
    again.take("again_pass", findings="合格", recheck_no="FC-2")
    assert again.case.state == "passed"


def test_after_an_announcement_nobody_goes_before_sixty_days_are_over(again: Again) -> None:
    again.take("recheck_fail", findings="不合格")
    again.take("announce", announced_on=dates.today().isoformat(), announcement_no="9号")
    assert again.code(again.give) == "values_wrong"
    task = again.give(due_on=dates.local(queries_recheck.since(again.case)).date() + timedelta(days=10))
    again.sample(task)  # too early: kept, and no sample of this re-check
    assert queries_recheck.untested(again.case) is None


# -- what is refused ---------------------------------------------------------------------------------------------


def test_who_may_send_somebody_and_whom(again: Again) -> None:
    s = again.s
    assert again.code(again.give, officer("elsewhere", "440104")) == "not_of_office"
    assert again.code(again.give, s.wang) == "other_handler"
    assert again.code(again.give, s.lab_user) == "forbidden"
    assert again.code(again.give, numbers=["2001"]) == "values_wrong"
    assert again.code(again.give, why=" ") == "values_wrong"
    assert again.code(again.give, due_on=dates.today() - timedelta(days=1)) == "values_wrong"
    assert again.code(again.give, laboratory=s.maker) == "values_wrong"
    actions_tasks.add_absence(s.chen, again.inspectors[1], dates.today(), dates.today(), "病假")
    assert again.code(again.give) == "values_wrong"
    again.inspectors[1].absences.all().delete()
    actions_tasks.add_conflict(s.chen, again.inspectors[0], s.seller, "亲属")
    assert again.code(again.give) == "values_wrong"
    third = Inspector.objects.create(number="2003", user=officer("goes3"), name="张抽样3", region=TIANHE)
    Case.objects.filter(pk=again.case.pk).update(recused=[third.user_id])
    assert again.code(again.give, numbers=["2002", "2003"]) == "values_wrong"
    Case.objects.filter(pk=again.case.pk).update(recused=[])
    task = again.give(s.head, numbers=["2002", "2003"])
    assert Entry.objects.get(action="inspection.task_given").detail["case"] == again.case.key
    with pytest.raises(IntegrityError), transaction.atomic():  # two at once: the database keeps one
        Task.objects.create(
            item=task.item, organisation=s.seller, region=TIANHE, due_on=task.due_on, rectification=again.case
        )


def test_a_sample_of_a_recheck_is_free(again: Again) -> None:
    with pytest.raises(Problem) as caught:
        again.sample(again.give(), price="36.50")
    assert set(caught.value.extra["errors"]) == {"price"} and "第四十九条" in caught.value.message


def test_a_pass_rests_on_no_report_that_is_another_s_withdrawn_or_still_to_come(again: Again) -> None:
    sample = again.sample(again.give())
    failed = again.s.sample.reports.get()
    assert again.code(again.take, "recheck_pass", findings="合格", recheck_no=failed.number) == "other_sample"
    assert again.code(again.take, "recheck_pass", findings="合格", recheck_no="没有的") == "unknown_report"
    assert again.code(again.take, "recheck_pass", findings="合格") == "recheck_running"
    report = again.test(sample, "0.1", "FC-1")
    assert again.code(again.take, "recheck_pass", findings="合格") == "report_missing"
    actions_lab.withdraw(again.s.other_lab_user, report, "算错")
    assert Alert.objects.filter(kind="withdrawn", sample=sample, region=TIANHE).exists()
    assert again.code(again.take, "recheck_pass", findings="合格", recheck_no="FC-1") == "report_withdrawn"
    again.test(sample, "0.9", "FC-2")  # the corrected one
    again.case.refresh_from_db()
    assert again.case.values["recheck_no"] == "FC-2"
    assert again.code(again.take, "recheck_pass", findings="合格", recheck_no="FC-2") == "report_fails"


def test_a_report_from_outside_is_taken_with_who_issued_it_and_marked(again: Again, client: Client) -> None:
    assert again.code(again.take, "recheck_pass", findings="合格", recheck_no="外-1") == "unknown_report"
    task = again.give()
    again.take("recheck_pass", findings="合格", recheck_no="外-1", recheck_lab="丙检测有限公司")
    assert again.case.state == "passed"
    task.refresh_from_db()
    assert task.state == "cancelled" and task.why  # nobody goes any more
    shown = page(client, again.s.chen, f"/desk/cases/{again.case.pk}/")
    assert "平台外报告" in shown and "丙检测有限公司" in shown


def test_a_sample_that_cannot_be_tested_falls_away_and_another_is_taken(again: Again, client: Client) -> None:
    s = again.s
    sample = again.sample(again.give())
    assert again.code(again.give) == "recheck_open"
    assert again.code(actions.void_sample, s.wang, sample, "x") == "other_handler"
    assert again.code(actions.void_sample, s.chen, s.sample, "x") == "not_a_recheck"
    client.force_login(s.chen)
    sent = client.post(f"/desk/inspection/sheets/{sample.pk}/void/", {"why": "途中丢失", "sure": "on"})
    assert sent.status_code == 302
    assert again.code(actions.void_sample, s.chen, sample, "x") == "wrong_state"
    second = again.sample(again.give())
    actions_lab.receive(s.other_lab_user, second, intact=False, condition="封条破损")
    assert Alert.objects.filter(kind="seal", sample=second, region=TIANHE).exists()
    again.give()


def test_who_refuses_the_recheck_refuses_a_check_and_a_dismissal_sends_somebody_again(again: Again) -> None:
    task = again.give()
    said = {"kind": "refused", "how": "锁门", "happened_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M")}
    refusal, _new = actions_field.record_refusal(again.inspectors[0].user, task.key, uuid.uuid4(), said, [])
    actions_field.decide_refusal(again.s.chen, refusal, confirmed=False, why="当日停业")
    new = Task.objects.get(rectification=again.case, state="open")
    assert new.laboratory == again.s.other_lab and new.inspectors.count() == 2
    again.take("recheck_fail", findings="现场核查未改正")
    assert Task.objects.filter(rectification=again.case, state="open").count() == 0


def test_an_order_that_another_office_handles_is_rechecked_by_that_office(again: Again) -> None:
    """The firm's own office has the task, the number of the sheet, the alerts; the plan's office has not given it."""
    s = again.s
    s.take(s.chen, "order_producer", demand="停止生产", handling_office="440604")
    case = s.opened("rectification")
    foshan = officer("foshan", "440604")
    people = [
        Inspector.objects.create(
            number=f"F{n}", user=officer(f"f{n}", "440604"), name=f"李抽样{n}", region="440604"
        )
        for n in (1, 2)
    ]
    assert (
        again.code(actions.give, s.chen, case, ["2001", "2002"], s.lab, dates.today(), "x") == "not_of_office"
    )
    assert (
        again.code(actions.give, foshan, case, ["2001", "2002"], s.lab, dates.today(), "x") == "values_wrong"
    )
    task = actions.give(foshan, case, ["F1", "F2"], s.lab, dates.today(), "复查")
    assert tasks_visible_to(foshan).filter(pk=task.pk).exists()
    assert not tasks_visible_to(s.chen).filter(pk=task.pk).exists()
    sheet = again.sheet(uscc=s.maker.uscc, stage="production")
    sample, _new = actions_field.take_sample(people[0].user, task.key, uuid.uuid4(), sheet, ["F1", "F2"], [])
    assert sample.number.startswith("CY440604") and sample.office == "440604"
    assert samples_visible_to(s.maker_user).filter(pk=sample.pk).exists()
    assert not samples_visible_to(s.seller_user).filter(pk=sample.pk).exists()


# -- what it is no part of ---------------------------------------------------------------------------------------


def test_no_plan_and_no_rate_counts_it(again: Again) -> None:
    item = again.s.sample.item
    everybody = officer("everybody", "440000", "province")
    drawn = list(pass_rates.cells(everybody, Scope())[0])
    sample = again.sample(again.give())
    again.test(sample, "0.9", "FC-1")
    assert pass_rates.cells(everybody, Scope())[0] == drawn
    apart = {row["kind"]: row for row in pass_rates.targeted(everybody, Scope())}
    assert apart["recheck"] == {"kind": "recheck", "passed": 0, "failed": 1, "pending": 0}
    assert apart["undrawn"]["failed"] == 1  # the failed sample itself, which an officer had taken
    before = queries_plan.samples_before(TIANHE, dates.today())
    assert not before.filter(pk=sample.pk).exists()
    again.take("recheck_fail", findings="铅超标", recheck_no="FC-1")
    assert set(Fact.objects.values_list("kind", flat=True)) == {
        "not_rectified"
    }  # no check of its own is on record
    Task.objects.filter(item=item, rectification=None).update(state="sampled")
    assert Plan.objects.get(pk=item.plan_id).items.get().size == 10


def test_a_plan_ends_without_waiting_for_a_recheck(again: Again) -> None:
    task = again.give()
    Task.objects.filter(rectification=None).update(state="sampled")
    plan = planning.close(again.s.chen, again.s.sample.item.plan)
    task.refresh_from_db()
    assert (plan.state, task.state) == ("closed", "open")
    other = organisation("广州另一商场有限公司", TIANHE, 77)
    assert not samples_visible_to(
        User.objects.create_user("o", role="enterprise", organisation=other)
    ).exists()


@pytest.mark.xdist_group("crowd")
@pytest.mark.django_db(transaction=True)
def test_of_those_who_send_somebody_at_once_one_does(again: Again) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite one writes at a time; the PostgreSQL half of the suite runs this")
    came = together([again.s.chen, again.s.head] * 4, lambda user: str(bool(again.give(user))))
    assert came == {"True": 1, "recheck_open": 7}
    assert Task.objects.filter(rectification=again.case).count() == 1


@pytest.mark.xdist_group("crowd")
@pytest.mark.django_db(transaction=True)
def test_a_report_taken_back_while_officers_decide_is_either_decided_by_or_gone(again: Again) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite one writes at a time; the PostgreSQL half of the suite runs this")
    report = again.test(again.sample(again.give()), "0.1", "FC-1")

    def deed(user: User) -> str:
        if user == again.s.other_lab_user:
            actions_lab.withdraw(user, report, "算错")
            return "withdrawn"
        again.s.take(user, "recheck_pass", again.case, findings="合格", recheck_no="FC-1")
        return "passed"

    again.s.now = timezone.now()
    came = together([again.s.chen, again.s.other_lab_user], deed)
    report.refresh_from_db()
    again.case.refresh_from_db()
    assert came["withdrawn"] == 1 and came["passed"] + came["report_withdrawn"] == 1
    assert (again.case.state == "passed") is (report.decided_in is not None)
