"""Repeats found before acting, judged side by side, and remembered; competence, factors and rewards."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.cases.people import HAIZHU, TIANHE, at, officer, organisation
from tests.complaints.build import FACTS, file
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import handling, running
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.actions import Actor
from zhiheng.core.cases.models import Case, Link
from zhiheng.core.problems import Problem
from zhiheng.knowledge.law.load import law
from zhiheng.systems.complaints import actions, queries, rules
from zhiheng.systems.complaints.models import Matter

pytestmark = pytest.mark.django_db
OTHER = "网上买的电视机屏幕有一条亮线，商家说是运输问题，推来推去不处理，已经三个星期了。"
NEAR = FACTS.replace("两盒", "三盒").replace("店员", "老板")
STRANGER = {"name": "李四", "phone": "13900139000", "address": "别处", "amount": Decimal("8.00")}


@pytest.fixture
def firm():
    return organisation(n=1)


@pytest.fixture
def chen():
    return officer("chen", TIANHE, "county", "head")


def found(case) -> list[int]:
    return [one.case.pk for one in queries.repeats(case)]


@pytest.mark.parametrize(
    ("more", "again"),
    [
        ({}, True),  # the same person, business and text
        (
            {"facts": OTHER, "amount": Decimal("9.00")},
            True,
        ),  # the same person and business, another purchase: look
        (
            {"phone": "13900139000", "address": "别处", "facts": OTHER},
            True,
        ),  # another telephone, same name, business
        (STRANGER | {"facts": NEAR}, True),  # somebody else, nearly the same words about the same business
        (STRANGER | {"facts": OTHER}, False),
        (
            STRANGER | {"facts": OTHER, "amount": Decimal("56.80")},
            True,
        ),  # the same price on the same day there
    ],
)
def test_what_looks_repeated_is_found_and_what_does_not_is_left_alone(firm, more, again):
    first = file(firm).cases[0]
    second = file(firm, **more).cases[0]
    assert (found(second) == [first.pk]) is again
    assert (found(first) == [second.pk]) is again
    assert Matter.objects.get(case=second).repeats == int(again)


def test_the_same_words_about_another_business_are_found_other_words_are_not(firm):
    first = file(firm).cases[0]
    there = organisation("深圳某某公司", "440305", 2)
    assert found(file(there, **STRANGER).cases[0]) == [first.pk]
    assert (
        found(
            file(
                there,
                **STRANGER
                | {"phone": "13700137000", "name": "王五", "facts": OTHER, "amount": Decimal("3.00")},
            ).cases[0]
        )
        == []
    )


def test_one_single_item_is_one_matter(firm):
    code = {"code": "/01/06901234567892/21/S7", "gtin": "06901234567892"}
    first = file(firm, **code).cases[0]
    assert found(file(firm, **STRANGER, facts=OTHER, **code).cases[0]) == [first.pk]


def test_reports_and_complaints_are_not_repeats_of_each_other(firm):
    file(firm, kind="both")
    assert [found(case) for case in Case.objects.all()] == [[], []]


def test_the_look_for_repeats_costs_the_same_however_many_cases_there_are(firm):
    first = file(firm).cases[0]

    def cost() -> int:
        with CaptureQueriesContext(connection) as counted:
            queries.repeats(first)
        return len(counted)

    before = cost()
    for n in range(12):
        file(
            firm,
            name=f"某{n}",
            phone=f"1370000{n:04d}",
            address=f"{n}路",
            facts=f"{OTHER}{n}",
            amount=Decimal(n + 1),
        )
    assert cost() == before


def test_different_is_remembered_on_both_sides_and_not_shown_again(client, firm, chen):
    first, second = file(firm).cases[0], file(firm).cases[0]
    client.force_login(chen)
    where = reverse("complaints:compare", args=[second.pk, first.pk])
    page = client.get(where).content.decode()
    assert FACTS in page
    assert "张三丰" not in page
    assert "100%" in page
    assert client.post(where, {"what": "different", "why": ""}).status_code == 422
    assert client.post(where, {"what": "different", "why": "一次买的饼干，一次买的牛奶"}).status_code == 302
    assert found(first) == found(second) == []
    assert Link.objects.get().kind == Link.Kind.DIFFERENT
    assert Matter.objects.filter(repeats__gt=0).count() == 0


def test_the_same_complaint_is_merged_into_the_earlier_one(client, firm, chen):
    first, second = file(firm).cases[0], file(firm).cases[0]
    client.force_login(chen)
    page = client.post(
        reverse("complaints:compare", args=[first.pk, second.pk]), {"what": "same", "why": "同一张小票"}
    )
    assert page.headers["Location"] == reverse("cases:case", args=[first.pk])
    second.refresh_from_db()
    assert second.merged_into == first


def test_the_same_report_is_not_handled_again(client, firm, chen):
    first, second = file(firm, kind="report").cases[0], file(firm, kind="report").cases[0]
    client.force_login(chen)
    client.post(
        reverse("complaints:compare", args=[second.pk, first.pk]), {"what": "same", "why": "同一事实"}
    )
    second.refresh_from_db()
    assert second.state == "repeated"
    assert second.values["earlier"] == first.number


def test_new_facts_are_merged_and_time_runs_from_the_last_report(client, firm, chen):
    first = file(firm, kind="report", how={"received_at": at("2026-11-02T09:00")}).cases[0]
    second = file(firm, kind="report", how={"received_at": at("2026-11-20T09:00")}).cases[0]
    before = first.clocks.get(key="verify").due_at
    client.force_login(chen)
    page = client.post(
        reverse("complaints:compare", args=[second.pk, first.pk]), {"what": "new_facts", "why": "补了照片"}
    )
    assert page.status_code == 302
    first.refresh_from_db()
    second.refresh_from_db()
    assert second.merged_into == first
    stopped, clock = first.clocks.filter(key="verify").order_by("pk")
    assert (stopped.state, clock.state) == ("stopped", "running")
    assert clock.started_at == second.received_at
    assert clock.due_at > before
    assert first.due_at == clock.due_at
    facts = cases.replay(first, running.course_of(first))
    assert facts.clocks["verify"].state == "running"


def test_under_order_20_a_repeated_report_is_merged_since_it_knows_no_other_way(firm, chen):
    how = {"received_at": at("2026-04-10T09:00")}
    first = file(firm, kind="report", purchased_on=None, how=how).cases[0]
    second = file(firm, kind="report", purchased_on=None, how=how).cases[0]
    assert actions.judge_same(chen, second, first, "同一事实") == first
    second.refresh_from_db()
    assert second.merged_into == first


def test_a_report_of_somebody_else_is_no_repeat_that_may_be_dropped(firm, chen):
    first = file(firm, kind="report").cases[0]
    second = file(firm, kind="report", **STRANGER).cases[0]
    kept = actions.judge_same(chen, second, first, "同一事实")
    second.refresh_from_db()
    assert kept == first
    assert second.state != "repeated"
    assert second.merged_into == first


@pytest.mark.parametrize("step", ["not_again", "merge"])
def test_the_steps_of_article_35_name_a_report_there_is(firm, chen, step):
    case = file(firm, kind="report").cases[0]
    for number in ("乱写", case.number, file(firm).cases[0].number):
        with pytest.raises(Problem) as refused:
            engine.take(Actor(chen), case, step, values={"earlier": number})
        assert "earlier" in refused.value.extra["errors"]


def test_two_offices_or_an_ended_one_are_not_merged_and_another_office_s_reports_are_not_told(
    client, firm, chen
):
    first = file(firm, where=HAIZHU).cases[0]
    second = file(firm).cases[0]
    report = file(firm, kind="report", where=HAIZHU).cases[0]
    own = file(firm, kind="report").cases[0]
    client.force_login(chen)
    assert client.get(reverse("complaints:compare", args=[second.pk, first.pk])).status_code == 404
    page = client.get(reverse("cases:case", args=[second.pk])).content.decode()
    assert "海珠区" in page
    assert first.number not in page
    page = client.get(reverse("cases:case", args=[own.pk])).content.decode()
    assert "海珠区" not in page
    assert report.number not in page


def test_officers_of_other_offices_cannot_judge(firm):
    first, second = file(firm).cases[0], file(firm).cases[0]
    with pytest.raises(Problem):
        actions.judge_different(officer("li", HAIZHU), first, second, "不是")
    with pytest.raises(Problem):
        actions.judge_same(officer("li2", HAIZHU), first, second, "是")


# -- facts, competence, classes -------------------------------------------------------------------------------------


def test_factors_are_counts_and_say_who_shares_a_telephone(firm):
    file(firm)
    file(firm, name="李四", facts=OTHER)
    case = file(firm, name="王五", quantity=200).cases[0]
    facts = queries.factors(case, queries.repeats(case))
    assert (facts.by_phone, facts.by_phone_same_respondent, facts.by_phone_same_problem) == (2, 2, 2)
    assert (facts.people_by_phone, facts.people_by_address, facts.quantity) == (3, 3, 200)
    assert facts.purchase_known


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("kind", ["complaint", "report"])
def test_the_panel_shows_repeats_competence_and_facts_before_acting(client, firm, chen, kind, language):
    file(firm, kind=kind)
    case = file(firm, kind=kind, where=HAIZHU, how={"office": TIANHE}).cases[0]
    client.cookies["django_language"] = language
    client.force_login(chen)
    page = client.get(reverse("cases:case", args=[case.pk])).content.decode()
    assert "/compare/" in page
    assert "海珠区" in page
    assert reverse("cases:do", args=[case.pk, "transfer"]) in page


def test_an_address_nobody_answers_at_leaves_only_the_platform_s_office(client, firm, chen):
    case = file(firm, channel="platform", shown=TIANHE, platform_region="440305", platform_name="某购").cases[
        0
    ]
    assert queries.competence(case) == ("platform", [TIANHE, "440305"])
    client.force_login(chen)
    client.post(reverse("complaints:unreachable", args=[case.pk]), {"unreachable": "1"})
    assert queries.competence(case) == ("platform", ["440305"])
    handling.transfer(chen, Case.objects.get(pk=case.pk), "440305", "公示地址联系不上")
    assert Case.objects.get(pk=case.pk).region == "440305"


def test_classes_are_corrected_by_the_office_only(client, firm, chen):
    case = file(firm).cases[0]
    client.force_login(officer("li", HAIZHU))
    assert (
        client.post(
            reverse("complaints:classify", args=[case.pk]), {"problem": "price", "category": "drug"}
        ).status_code
        == 404
    )
    client.force_login(chen)
    client.post(reverse("complaints:classify", args=[case.pk]), {"problem": "price", "category": "drug"})
    assert Matter.objects.get(case=case).problem == "price"
    client.post(reverse("complaints:classify", args=[case.pk]), {"problem": "x", "category": "drug"})
    with pytest.raises(Problem):
        actions.classify(officer("wang2", HAIZHU), case, "price", "drug")


def test_a_case_that_came_another_way_has_its_panel_too(client, firm, chen):
    from tests.cases.people import complaint

    case = complaint(firm)
    client.force_login(chen)
    assert client.get(reverse("cases:case", args=[case.pk])).status_code == 200
    assert client.get(reverse("complaints:desk")).status_code == 200


# -- the counter ----------------------------------------------------------------------------------------------------


def test_an_officer_writes_down_what_somebody_brings(client, firm, chen):
    client.force_login(chen)
    assert client.get(reverse("complaints:counter")).status_code == 200
    now = timezone.localtime() - timedelta(hours=2)
    given = {
        "kind": "both", "source": "counter", "received_at": now.strftime("%Y-%m-%dT%H:%M"), "uscc": firm.uscc.lower(),
        "channel": "shop", "name": "赵六", "phone": "13600136000", "address": "某路2号", "product": "饼干", "category": "food",
        "problem": "quality", "facts": OTHER, "claim": "退款", "claim_kinds": ["refund"], "anonymous": "on",
    }  # fmt: skip
    page = client.post(reverse("complaints:counter"), given).content.decode()
    complaint, report = Case.objects.order_by("pk")
    assert complaint.number in page
    assert report.number in page
    assert (complaint.source, complaint.region) == ("counter", TIANHE)
    assert complaint.steps.get(key="_opened").actor == chen
    assert client.post(reverse("complaints:counter"), given | {"phone": ""}).status_code == 422
    assert (
        client.post(reverse("complaints:counter"), given | {"received_at": "2099-01-01T00:00"}).status_code
        == 422
    )
    assert client.post(reverse("complaints:counter"), {}).status_code == 422


# -- rewards --------------------------------------------------------------------------------------------------------

VALUES = law().course("reward", "REWARD-2021").edition.values


@pytest.mark.parametrize(
    ("grade", "confiscated", "amount", "finance"),
    [
        ("1", "200000", "10000.00", False), ("1", "0", "5000.00", False), ("2", "100000", "3000.00", False),
        ("2", "50000", "3000.00", False), ("3", "99999", "1000.00", False), ("3", "123456.78", "1234.57", False),
        ("1", "10000000", "500000.00", True), ("1", "99000000", "1000000.00", True),
    ],
)  # fmt: skip
def test_a_reward_is_rate_floor_and_cap(grade, confiscated, amount, finance):
    worked = rules.reward(grade, Decimal(confiscated), VALUES)
    assert (worked.amount, worked.with_finance) == (Decimal(amount), finance)


@pytest.fixture
def reward(firm, chen):
    report = file(firm, kind="report").cases[0]
    engine.take(Actor(chen), report, "file", values={"findings": "属实"})
    engine.take(Actor(chen), report, "reward")
    return Case.objects.get(procedure="reward")


def test_the_sum_of_a_reward_is_shown_with_its_way_and_the_exclusions(client, reward, chen):
    client.force_login(chen)
    where = reverse("complaints:reward", args=[reward.pk])
    assert (
        reverse("complaints:reward", args=[reward.pk])
        in client.get(reverse("cases:case", args=[reward.pk])).content.decode()
    )
    page = client.get(where, {"grade": "1", "confiscated": "0", "excluded": "official"}).content.decode()
    assert "5,000.00" in page
    assert reverse("cases:step", args=[reward.pk, "refuse"]) in page
    assert client.get(where, {"grade": "9", "confiscated": "x"}).status_code == 200
    client.force_login(officer("li", HAIZHU))
    assert client.get(where).status_code == 404


def test_a_reward_outside_the_measures_is_not_assessed_or_decided(reward, chen):
    def take(key, **values):
        return engine.take(Actor(chen), Case.objects.get(pk=reward.pk), key, values=values)

    given = {"grade": "1", "confiscated": "0", "reason": "查证属实"}
    for amount in ("4999", "1000001"):
        with pytest.raises(Problem) as refused:
            take("assess", **given, amount=amount)
        assert refused.value.code == "amount_wrong"
    take("assess", **given, amount="600000")
    with pytest.raises(Problem):
        take("decide", amount="600000")
    take("agree_finance", finance_agreed="同意")
    take("decide", amount="600000")
    assert Case.objects.get(pk=reward.pk).state == "decided"


# -- publication ------------------------------------------------------------------------------------------------------


def test_a_complaint_is_published_with_consent_only_and_names_no_complainant(client, firm, chen):
    from zhiheng.core.disclosure.models import Disclosure

    def ended(**more) -> Case:
        case = file(firm, **more).cases[0]
        for key, values in (
            ("accept", {}),
            ("perform_at_once", {"terms": "退款"}),
            ("close", {"result": "已退款"}),
        ):
            engine.take(Actor(chen), case, key, values=values)
        return case

    with pytest.raises(Problem) as refused:
        engine.take(Actor(chen), ended(), "publish")
    assert refused.value.code == "no_consent"
    engine.take(Actor(chen), ended(publish_consent=True), "publish")
    shown = Disclosure.objects.get()
    assert "饼干" in str(shown.body)
    assert "张三丰" not in str(shown.body)
    assert FACTS not in str(shown.body)
    assert client.get(reverse("web:disclosure", args=[shown.pk])).status_code == 200
    assert shown.title in client.get(reverse("web:organisation", args=[firm.uscc])).content.decode()
