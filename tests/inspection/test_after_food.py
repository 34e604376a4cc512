"""What follows a check of food, farm products and drugs: each with the clocks of its own law."""

from datetime import date

import pytest

from tests.inspection.after_scene import Scene, scene
from tests.inspection.test_after_product import due, facts, refused
from zhiheng.core.cases.models import Case
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.facts.models import Fact
from zhiheng.knowledge.law.load import law
from zhiheng.systems.inspection import aftercare, rules_after
from zhiheng.systems.inspection.models import Retest

pytestmark = pytest.mark.django_db


@pytest.fixture
def s() -> Scene:
    return scene(domain="food")


def test_the_steps_of_a_food_check_have_their_working_days(s: Scene) -> None:
    assert s.case.procedure == "food_check"
    assert due(s.case, "deliver") == date(2026, 3, 9)
    s.later(days=2)  # Wednesday 4 March
    s.tested()
    assert due(s.case, "report") == date(2026, 4, 1)
    assert due(s.case, "tell") == date(2026, 3, 11)
    assert due(s.case, "ask_retest") == due(s.case, "object") == date(2026, 3, 13)
    assert due(s.case, "dispose") == date(2026, 6, 2)
    assert [step.key for step in s.case.steps.all()][2:5] == ["report_fail", "hand_in_fail", "tell_fail"]


def food_retest(s: Scene) -> Case:
    s.take(s.maker_user, "ask_retest", claim="菌落总数以外的项目，请求复检")
    case = s.opened("food_retest")
    s.take(s.chen, "accept", case)
    s.take(s.chen, "fix_laboratory", case)
    return case


def test_a_food_retest_goes_its_way_to_the_last_notice(s: Scene) -> None:
    s.tested()
    case = food_retest(s)
    assert due(case, "hand_spare") == date(2026, 3, 5) and due(case, "decline") == date(2026, 3, 4)
    s.take(s.other_lab_user, "hand_spare", case)
    assert due(case, "retest") == date(2026, 3, 16)
    s.report("pass", retest=True, by=s.other_lab_user)
    assert due(case, "tell") == date(2026, 3, 9)
    s.take(s.chen, "conclude_pass", case, payer="office")
    assert s.case.state == "overturned" and facts("check_passed") == {s.seller.name, s.maker.name}


def test_a_laboratory_that_declines_is_not_drawn_again(s: Scene) -> None:
    from tests.inspection.after_scene import laboratory

    third = laboratory("丙检测有限公司", 9)
    s.tested()
    case = food_retest(s)
    first = Retest.objects.get(case=case).laboratory
    s.take(s.chen, "decline", case, reason="设备检修")
    s.take(s.chen, "fix_laboratory", case)
    second = Retest.objects.get(case=case).laboratory
    assert {first, second} == {s.other_lab, third}


def test_seller_and_producer_do_not_test_the_same_spare_twice(s: Scene) -> None:
    s.tested()
    food_retest(s)
    s.take(s.seller_user, "ask_retest", claim="请求复检")
    second = s.opened("food_retest")
    assert refused(s.take, s.chen, "accept", second).code == "spare_used"
    s.take(s.chen, "refuse", second, ground="useless")


def test_who_asked_already_does_not_ask_again(s: Scene) -> None:
    s.tested()
    s.take(s.seller_user, "ask_retest", claim="请求复检")
    first = s.opened("food_retest")
    again = refused(s.take, s.seller_user, "ask_retest", claim="再来一次")
    assert again.code == "objected_already" and first.number in again.message
    s.take(s.seller_user, "object", about="authenticity", claim="不是本店所售")  # another matter
    s.take(s.maker_user, "ask_retest", claim="请求复检")  # another party


def test_microbes_are_not_tested_again(s: Scene) -> None:
    s.tested()
    s.take(s.seller_user, "ask_retest", claim="请求复检")
    case = s.opened("food_retest")
    assert refused(s.take, s.chen, "refuse", case).code == "ground_missing"
    s.take(s.chen, "refuse", case, ground="microbes")
    assert s.case.state == "told_fail"
    grounds = law().course("food_retest", "SAMR-15").grounds("no_retest")
    assert len(grounds.of) == 5


def test_the_eighth_working_day_is_too_late_for_food(s: Scene) -> None:
    s.tested()
    assert due(s.case, "ask_retest") == date(2026, 3, 11)
    s.now = s.now.replace(day=12, hour=0, minute=0)
    assert refused(s.take, s.seller_user, "ask_retest", claim="x").code == "step_unavailable"
    assert refused(s.take, s.seller_user, "object", about="method", claim="x").code == "step_unavailable"
    s.take(None, "final_fail")
    assert s.case.state == "final"


def test_how_it_was_sampled_is_objected_to_within_seven_days_of_the_sampling(s: Scene) -> None:
    s.take(s.chen, "object_process", claim="未出示证件")
    early = s.opened("food_objection")
    assert early.values["about"] == "process"
    s.take(s.chen, "accept_process", early)
    assert due(early, "examine_process") == date(2026, 3, 30)
    s.later(days=8)  # the tenth: day 6 of the sampling's seven
    s.tested()
    s.later(days=2)
    problem = refused(s.take, s.seller_user, "object", about="process", claim="x")
    assert problem.code == "objection_late"
    s.now = s.now.replace(day=25)
    assert refused(s.take, None, "final_fail").code == "objection_open"
    s.take(s.chen, "reject", early, findings="有录像", reason="不成立")
    s.take(None, "final_fail")
    assert s.case.state == "final"


def test_consulting_another_authority_does_not_count(s: Scene) -> None:
    s.tested()
    s.take(s.seller_user, "object", about="standard", claim="应当适用旧标准")
    case = s.opened("food_objection")
    s.take(s.chen, "accept", case)
    before = due(case, "examine")
    s.later(days=1)
    s.take(s.chen, "consult", case, consulted="卫生健康委员会")
    s.later(days=7)
    s.take(s.chen, "consulted", case, findings="适用新标准")
    assert (before, due(case, "examine")) == (date(2026, 4, 14), date(2026, 4, 21))  # five working days more


def test_a_food_failure_is_dealt_with_published_and_closed(s: Scene) -> None:
    s.tested()
    s.take(s.seller_user, "report_measures", measures="封存12件，通知厂家")
    s.now = s.now.replace(day=20)
    s.take(None, "final_fail")
    s.take(s.chen, "dispose", cause="储存不当", disposal="召回并销毁")
    s.take(s.chen, "publish")
    shown = {one["key"]: one["value"] for one in Disclosure.objects.get(kind="check").body["fields"]}
    assert shown["disposal"] == "召回并销毁" and shown["sampled_name"] == s.seller.name
    s.take(s.chen, "close")
    assert facts("check_failed") == {s.seller.name, s.maker.name}


def test_after_a_fast_test_there_are_four_hours() -> None:
    s = scene(domain="agri")
    aftercare.received(s.lab_user, s.sample, now=s.now)
    s.report()
    s.take(s.chen, "tell_fast")
    s.later(hours=3, minutes=59)
    s.take(s.seller_user, "ask_retest_fast", claim="请求复检")
    case = s.opened("agri_retest")
    s.take(s.chen, "accept", case)
    s.take(s.chen, "fix_laboratory", case)
    s.take(s.other_lab_user, "hand_spare", case)
    assert due(case, "retest") == date(2026, 3, 11)
    s.report("fail", retest=True, by=s.other_lab_user)
    s.take(s.chen, "conclude_fail", case)
    assert s.case.state == "final" and facts("check_failed") == {s.seller.name, s.maker.name}


def test_after_four_hours_the_fast_test_stands() -> None:
    s = scene(domain="agri")
    aftercare.received(s.lab_user, s.sample, now=s.now)
    s.report()
    s.take(s.chen, "tell_fast")
    s.later(hours=4)
    assert refused(s.take, s.seller_user, "ask_retest_fast", claim="x").code == "step_unavailable"
    s.take(None, "final_fast")
    assert s.case.state == "final"


def test_a_drug_may_be_tested_again_where_it_was_tested_first() -> None:
    s = scene(domain="drug")
    s.tested()
    assert due(s.case, "ask_retest") == date(2026, 3, 9)
    s.take(s.maker_user, "ask_retest", claim="请求复验")
    case = s.opened("drug_retest")
    s.take(s.chen, "accept", case)
    assert (
        refused(s.take, s.chen, "name_laboratory", case, institute="national", institute_code="X").code
        == "unknown_laboratory"
    )
    s.take(s.chen, "name_laboratory", case, institute="first")
    s.take(s.lab_user, "hand_spare", case)
    s.report("pass", retest=True)
    s.take(s.chen, "conclude_pass", case)
    assert s.case.state == "overturned" and Fact.objects.filter(kind="check_passed").count() == 2


def test_every_domain_has_its_procedure_and_every_check_its_objections() -> None:
    assert set(rules_after.OBJECTIONS) == set(rules_after.CHECKS.values()) <= set(law().procedures)
