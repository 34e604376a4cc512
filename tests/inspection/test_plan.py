"""Plans: what the law and the money forbid is said before approval; a head approves; approval locks."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
import xlsxwriter
from django.test import Client

from tests.cases.people import TIANHE, officer
from tests.inspection.office import TODAY, Office, firms
from zhiheng.core.facts import actions as facts
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem
from zhiheng.systems.inspection import actions_draw, actions_plan, rules_allot
from zhiheng.systems.inspection import rules_plan as rules
from zhiheng.systems.inspection.models import Plan, PlanItem
from zhiheng.systems.inspection.queries import plans_visible_to

DAY = date(2026, 11, 26)


def code(call, *given, **more) -> str:
    with pytest.raises(Problem) as refused:
        call(*given, **more)
    return refused.value.code


def item(**more) -> rules.ItemFacts:
    fields = {
        "key": 1, "product": "电热水壶", "standards": "GB 4706.1-2005", "rules": "CCGF 201.5", "rules_public_on": DAY,
        "size": 10, "cost": Decimal(8000), "tests": 3, "population": 40, "allotted": 10,
    }  # fmt: skip
    return rules.ItemFacts(**fields | more)


def facts_of(*items, **more) -> rules.PlanFacts:
    fields = {
        "region": "440100", "domain": "product", "kind": "routine", "starts_on": DAY, "ends_on": date(2027, 1, 31),
        "budget": Decimal(10_000), "filed_on": DAY, "items": items or (item(),),
    }  # fmt: skip
    return rules.PlanFacts(**fields | more)


def found(plan, *others, day=DAY) -> dict[str, str]:
    return {one.code: one.level for one in rules.findings(plan, others, day)}


def other(**more) -> rules.Other:
    fields = {
        "plan": 9, "title": "省计划", "region": "440000", "product": "电热水壶", "standards": "GB 4706.19",
        "starts_on": DAY, "ends_on": date(2026, 12, 31),
    }  # fmt: skip
    return rules.Other(**fields | more)


# -- the rules -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (facts_of(), {}),
        (facts_of(budget=Decimal(7999)), {"budget": "fault"}),
        (facts_of(filed_on=None), {"not_filed": "note"}),
        (facts_of(filed_on=None, kind="special"), {}),
        (
            facts_of(ends_on=date(2026, 11, 1), starts_on=date(2026, 10, 1)),
            {"over": "fault", "rules_late": "fault"},
        ),
        (facts_of(item(size=41, allotted=40)), {"too_many": "fault"}),
        (facts_of(item(size=12)), {"allot_again": "fault"}),
        (facts_of(item(population=0, allotted=0)), {"not_allotted": "fault"}),
        (
            facts_of(item(population=0, allotted=0), kind="emergency"),
            {"not_allotted": "note", "exempt": "note"},
        ),
        (facts_of(item(rules_public_on=None)), {"rules_not_public": "fault"}),
        (facts_of(item(rules_public_on=date(2026, 11, 27))), {"rules_late": "fault"}),
        (facts_of(item(rules_public_on=None, rules=""), domain="food"), {}),
        (facts_of(item(tests=0)), {"no_tests": "fault"}),
    ],
)
def test_what_stops_a_plan(plan, expected):
    assert found(plan) == expected
    assert found(facts_of(items=())) == {"no_items": "fault"}


@pytest.mark.parametrize(
    ("plan", "there", "expected"),
    [
        (facts_of(), other(), {"higher_office": "conflict"}),
        (facts_of(), other(product=" 电热 水壶"), {"higher_office": "conflict"}),
        (facts_of(), other(product="电水壶", standards="gb4706.1-2024"), {"higher_standard": "note"}),
        (facts_of(), other(product="玩具"), {}),
        (facts_of(), other(region="440300"), {}),
        (facts_of(), other(region="440100"), {"six_months": "note"}),
        (facts_of(region="440000"), other(region="440100"), {}),
        (facts_of(region="440106"), other(region="440100"), {"higher_office": "conflict"}),
        (facts_of(kind="follow_up"), other(), {"exempt": "note"}),
        (facts_of(kind="emergency"), other(region="440100"), {"exempt": "note"}),
        (facts_of(domain="food"), other(), {"overlap": "note"}),
        (facts_of(), other(starts_on=date(2026, 1, 1), ends_on=date(2026, 5, 25)), {}),
        (
            facts_of(),
            other(starts_on=date(2026, 1, 1), ends_on=date(2026, 5, 26)),
            {"higher_office": "conflict"},
        ),
        (facts_of(), other(starts_on=date(2027, 2, 1), ends_on=date(2027, 3, 1)), {}),
    ],
)
def test_lower_levels_do_not_repeat_and_six_months_count(plan, there, expected):
    assert found(plan, there) == expected


def test_the_same_product_is_producer_standard_brand_and_specification():
    one = rules.Product("91440101MA00EXAM02", "GB 4706.19-2008", "云山", "1.8L")
    assert rules.same_product(one, rules.Product("91440101MA00EXAM02", "GB４706.19", "云 山", "1.8l"))
    for other_one in (
        rules.Product("91440101MA00EXAM03", "GB 4706.19", "云山", "1.8L"),
        rules.Product("91440101MA00EXAM02", "GB 4706.1", "云山", "1.8L"),
        rules.Product("91440101MA00EXAM02", "GB 4706.19", "白云", "1.8L"),
        rules.Product("91440101MA00EXAM02", "GB 4706.19", "云山", "1.5L"),
    ):
        assert not rules.same_product(one, other_one)
    assert rules.since(date(2026, 8, 31)) == date(2026, 2, 28)


def test_factors_are_exact_and_bounded():
    assert rules.weight_faults(rules.DEFAULT_WEIGHTS) == {}
    bad = {"A": "0", "B": "-1", "C": "x", "D": "1.005", "key": "1001", "serious": "NaN"}
    assert set(rules.weight_faults(bad)) == set(rules.WEIGHTS)
    assert rules.factors({"D": "1.5", "key": "2"}, "D", True, True) == ["1.5", "2", "1"]


# -- spreading -------------------------------------------------------------------------------------------------


def test_samples_are_spread_by_three_rules():
    sizes = {"a": [100] * 400, "b": [100] * 80 + [400] * 20, "c": [100] * 20}
    by = {
        rule: {s.region: s.size for s in rules_allot.allot(sizes, 52, 0.1, rule, 2)}
        for rule in ("proportional", "neyman", "power")
    }
    assert all(sum(n.values()) == 52 for n in by.values())
    assert by["proportional"] == {"a": 40, "b": 10, "c": 2}
    assert by["neyman"]["b"] > by["proportional"]["b"]
    assert by["power"]["c"] > by["proportional"]["c"]
    shares = rules_allot.allot(sizes, 52, 0.1, "neyman", 2)
    assert (
        next(s for s in shares if s.region == "b").effect
        > 1
        == next(s for s in shares if s.region == "a").effect
    )
    half = [h for _n, h in rules_allot.by_size(shares, "neyman", 2, [26, 52, 104])]
    assert half == sorted(half, reverse=True)
    with pytest.raises(ValueError, match="minima"):
        rules_allot.allot(sizes, 5, 0.1, "power", 3)


def test_the_strata_are_those_of_the_registry(office):
    firms(30)
    firms(10, kinds=" seller ", begin=50)
    firms(10, "4403")
    rows = firms(3, begin=80, status="closed")
    facts.stand(None, rows[0], "risk_class", "D", TODAY)
    one = office.item(office.plan())
    actions_plan.allot(office.li, one, 10, "proportional", 1, TODAY)
    assert {s.region: (s.population, s.size) for s in one.strata.all()} == {
        "440105": (15, 5),
        "440106": (15, 5),
    }
    assert all(0 < s.half_width < 0.5 for s in one.strata.all())
    actions_plan.edit(office.li, one.plan, regions=["440106"])
    assert not one.strata.exists()
    one.refresh_from_db()
    assert code(actions_plan.allot, office.li, one, 1, "power", 2, TODAY) == "values_wrong"
    assert [s.population for s in actions_plan.allot(office.li, one, 8, "power", 1, TODAY)] == [15]


# -- a plan's life ---------------------------------------------------------------------------------------------


def test_a_head_who_did_not_draft_approves_and_that_locks(office):
    firms(20)
    plan = office.plan()
    one = office.item(plan)
    assert code(actions_plan.approve, office.head, plan, "", TODAY) == "plan_not_ready"
    actions_plan.allot(office.li, one, 10, "proportional", 1, TODAY)
    assert code(actions_plan.approve, office.wu, plan, "", TODAY) == "not_head"
    assert code(actions_plan.approve, Office("440300", name="sz").head, plan, "", TODAY) == "not_of_office"
    Plan.objects.filter(pk=plan.pk).update(made_by=office.head)
    assert code(actions_plan.approve, office.head, plan, "", TODAY) == "own_draft"
    Plan.objects.filter(pk=plan.pk).update(made_by=office.li)
    plan = actions_plan.approve(office.head, plan, "", TODAY)
    assert (plan.state, plan.approved_by) == ("approved", office.head)
    for call in (
        lambda: actions_plan.edit(office.li, plan, title="x"),
        lambda: actions_plan.save_item(office.li, plan, one, size=3),
        lambda: actions_plan.set_tests(office.li, one, []),
        lambda: actions_plan.allot(office.li, one, 3, "power", 1, TODAY),
        lambda: actions_plan.delete(office.li, plan),
        lambda: actions_plan.drop_item(office.li, one),
    ):
        assert code(call) == "plan_state"
    assert Entry.objects.filter(action="inspection.plan_approved", subject=f"plan:{plan.pk}").exists()


def test_what_the_province_checks_wants_the_heads_reason(office):
    province = Office("440000", "province", "gd")
    firms(20)
    above = province.ready(5).plan
    plan = office.plan()
    one = office.item(plan)
    actions_plan.allot(office.li, one, 10, "proportional", 1, TODAY)
    client = Client()
    client.force_login(office.li)
    page = client.get(f"/desk/inspection/plans/{plan.pk}/").content.decode()
    assert (
        "不得另行重复抽查" in page
        and f"/desk/inspection/plans/{above.pk}/" in page
        and "《中华人民共和国产品质量法》第十五条第二款" in page
    )
    assert code(actions_plan.approve, office.head, plan, " ", TODAY) == "values_wrong"
    plan = actions_plan.approve(office.head, plan, "本级只抽快热式，不属同一产品", TODAY)
    assert (
        plan.despite
        and Entry.objects.get(action="inspection.plan_approved", subject=f"plan:{plan.pk}").detail[
            "conflicts"
        ]
    )


def test_a_draft_is_copied_changed_by_one_at_a_time_and_deleted(office):
    plan = office.plan()
    office.item(plan)
    new = actions_plan.copy(office.wu, plan)
    assert new.state == "draft" and new.items.get().tests and not new.items.get().strata.exists()
    assert code(actions_plan.edit, office.li, new, version=7, title="x") == "changed"
    actions_plan.edit(office.li, new, version=new.version, title="新名称")
    client = Client()
    client.force_login(office.li)
    client.post(f"/desk/inspection/plans/{new.pk}/delete/", {})
    assert Plan.objects.filter(pk=new.pk).exists()
    client.post(f"/desk/inspection/plans/{new.pk}/delete/", {"sure": "on"})
    assert not Plan.objects.filter(pk=new.pk).exists() and PlanItem.objects.count() == 1


def test_a_plan_is_cancelled_by_its_head_with_a_reason(office):
    firms(20)
    draw = office.drawn(office.ready(5))
    plan = draw.item.plan
    assert code(actions_draw.cancel_plan, office.li, plan, "x") == "not_head"
    assert code(actions_draw.cancel_plan, office.head, plan, "") == "values_wrong"
    assert code(actions_plan.close, office.li, plan) == "tasks_open"
    plan = actions_draw.cancel_plan(office.head, plan, "经费调整")
    draw.refresh_from_db()
    assert (plan.state, draw.state) == ("cancelled", "void")
    assert set(draw.item.tasks.values_list("state", flat=True)) == {"cancelled"}


def test_filing_is_noted_also_after_approval(office):
    firms(20)
    plan = office.ready(5).plan
    assert code(actions_plan.file_plan, office.li, plan, TODAY + timedelta(days=1)) == "values_wrong"
    assert actions_plan.file_plan(office.li, plan, TODAY).filed_on == TODAY


# -- test items from a sheet -----------------------------------------------------------------------------------


def test_test_items_come_from_a_sheet():
    text = "检验项目,检验方法,单位,下限,上限,判定规则,可能严重危害\n接地电阻,GB 4706.1,Ω,,0.1,保护带,是\n标志,,,,,,\n"
    tests = actions_plan.read_tests(text.encode("gb18030"), "t.csv")
    assert [t["item"] for t in tests] == ["接地电阻", "标志"]
    assert (
        tests[0]["decision_rule"] == "guard_band"
        and tests[0]["high_risk"] is True
        and tests[0]["limit_high"] == "0.1"
    )
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["检验项目", "上限"])
    sheet.write_row(1, 0, ["甲醛", 20])
    book.close()
    assert actions_plan.read_tests(out.getvalue(), "t.xlsx")[0]["limit_high"] in {"20", "20.0"}


def test_every_wrong_cell_is_named_and_nothing_is_taken(office):
    one = office.item(office.plan())
    text = "检验项目,下限,上限,判定规则,可能严重危害\n,1,2,,\n铅,9,3,,\n镉,x,,随便,也许\n"
    with pytest.raises(Problem) as refused:
        actions_plan.read_tests(text.encode(), "t.csv")
    rows = [(r["row"], r["field"]) for r in refused.value.extra["rows"]]
    assert rows == [(2, "检验项目"), (3, "上限"), (4, "下限"), (4, "判定规则"), (4, "可能严重危害")]
    client = Client()
    client.force_login(office.li)
    url = f"/desk/inspection/items/{one.pk}/import/"
    page = client.post(url, {"sheet": io.BytesIO(text.encode())})
    assert page.status_code == 422 and "上限不能小于下限" in page.content.decode()
    one.refresh_from_db()
    assert len(one.tests) == 1
    assert code(actions_plan.read_tests, b"a,b\n1,2\n", "t.csv") == "no_item_column"
    assert code(actions_plan.read_tests, "检验项目\n".encode(), "t.csv") == "empty"


# -- who sees and does what ------------------------------------------------------------------------------------


def test_offices_below_see_only_what_is_approved_above(office):
    county = officer("county", TIANHE)
    firms(20)
    draft = office.plan(title="草稿")
    approved = office.ready(5).plan
    assert set(plans_visible_to(county)) == {approved}
    assert set(plans_visible_to(office.wu)) == {draft, approved}
    assert set(plans_visible_to(officer("province", "440000", "province"))) == {draft, approved}
    assert not plans_visible_to(officer("sz", "440300", "city")).exists()
    assert code(actions_plan.edit, county, approved, title="x") == "not_of_office"
    assert code(actions_plan.draft, officer("auditor", "440000", "auditor"), title="x") == "forbidden"


def test_pages_of_a_plan_in_both_languages(office):
    firms(20)
    item = office.ready(5)
    client = Client()
    client.force_login(office.head)
    for language in ("zh-hans", "en"):
        client.cookies["django_language"] = language
        for url in (
            "/desk/inspection/", f"/desk/inspection/plans/{item.plan_id}/", f"/desk/inspection/items/{item.pk}/",
            "/desk/inspection/plans/new/", f"/desk/inspection/items/{item.pk}/exclude/",
            f"/desk/inspection/items/{item.pk}/commit/", "/desk/inspection/tasks/", "/desk/inspection/inspectors/",
            "/desk/inspection/?plans-export=csv",
        ):  # fmt: skip
            assert client.get(url).status_code == 200, url


def test_a_plan_from_draft_to_approval_on_its_pages(office):
    firms(20)
    client = Client()
    client.force_login(office.li)
    plan = {
        "title": "2026年童车监督抽查", "domain": "product", "kind": "special", "starts_on": TODAY.isoformat(),
        "ends_on": (TODAY + timedelta(days=30)).isoformat(), "budget": "9000",
        **{f"weight_{key}": "1.5" for key in rules.WEIGHTS},
    }  # fmt: skip
    assert client.post("/desk/inspection/plans/new/", plan | {"weight_D": "0"}).status_code == 422
    assert client.post("/desk/inspection/plans/new/", plan).status_code == 302
    made = Plan.objects.get()
    product = {
        "product": "童车", "stage": "production", "kinds": ["producer"], "standards": "GB 14746", "rules": "CCGF 1",
        "rules_public_on": TODAY.isoformat(), "max_failing": "0", "size": "6", "unit_cost": "900", "rate": "12.5",
    }  # fmt: skip
    assert client.post(f"/desk/inspection/plans/{made.pk}/item/", product).status_code == 302
    item = made.items.get()
    assert item.assumed_rate == Decimal("0.125") and made.weights == {} | made.weights
    tests = {
        "test-TOTAL_FORMS": "2", "test-INITIAL_FORMS": "0", "test-0-item": "小零件", "test-0-decision_rule": "simple",
        "test-1-decision_rule": "simple",
    }  # fmt: skip
    assert client.post(f"/desk/inspection/items/{item.pk}/tests/", tests).status_code == 302
    allot = {"size": "6", "rule": "neyman", "minimum": "1"}
    assert client.post(f"/desk/inspection/items/{item.pk}/allot/", allot).status_code == 302
    assert "95%" in client.get(f"/desk/inspection/items/{item.pk}/").content.decode()
    assert client.post(f"/desk/inspection/plans/{made.pk}/approve/", {"sure": "on"}).status_code == 403
    client.force_login(office.head)
    assert client.post(f"/desk/inspection/plans/{made.pk}/approve/", {"sure": "on"}).status_code == 302
    made.refresh_from_db()
    item.refresh_from_db()
    assert made.state == "approved" and len(item.tests) == 1


def test_the_products_go_out_in_the_official_layout(office):
    firms(20)
    item = office.ready(5)
    client = Client()
    client.force_login(office.li)
    sent = client.get(f"/desk/inspection/plans/{item.plan_id}/?official-export=csv")
    rows = list(csv.reader(io.StringIO(sent.getvalue().decode("utf-8-sig"))))
    assert rows[0] == [
        "序号", "抽查事项名称", "抽查子项", "抽查依据", "抽查主体", "抽查对象", "抽查内容", "抽查比例", "抽查频次", "抽查方式",
        "检查人员要求", "备注",
    ]  # fmt: skip
    assert rows[1][4] == "广州市市场监督管理局" and rows[1][7] == "5/20"


# -- what a careful planner tries ---------------------------------------------------------------------------------


@pytest.mark.parametrize("written", ["不得检出", " ND ", "未检出"])
def test_an_upper_limit_may_be_that_nothing_is_found(written):
    test, faults = rules.sheet_item({"item": "克伦特罗", "unit": "μg/kg", "limit_high": written})
    assert (test["limit_high"], faults) == ("不得检出", {})
    assert rules.sheet_item({"item": "铅", "limit_low": "1", "limit_high": written})[1] == {
        "limit_high": "below_low"
    }
    assert rules.sheet_item({"item": "铅", "limit_high": "适量"})[1] == {"limit_high": "not_a_number"}


@pytest.mark.django_db
def test_a_test_item_stands_once(office):
    item = office.item(office.plan())
    twice = [{"item": "铅", "limit_high": "0.5"}, {"item": " 铅", "limit_high": "1"}]
    assert code(actions_plan.set_tests, office.li, item, twice) == "test_twice"
    client = Client()
    client.force_login(office.li)
    rows = {"test-TOTAL_FORMS": "2", "test-INITIAL_FORMS": "0"}
    for n in (0, 1):
        rows |= {
            f"test-{n}-item": "铅",
            f"test-{n}-limit_high": f"0.{n}7",
            f"test-{n}-decision_rule": "simple",
        }
    answer = client.post(f"/desk/inspection/items/{item.pk}/tests/", rows)
    shown = answer.content.decode()
    assert answer.status_code == 422 and "写了两次" in shown and "0.17" in shown


@pytest.mark.django_db
@pytest.mark.parametrize(("first", "last"), [("0001-01-01", "2026-12-31"), ("2026-11-26", "9999-12-31")])
def test_days_of_other_centuries_make_no_plan(office, first, last):
    client = Client()
    client.force_login(office.li)
    given = {f"weight_{key}": value for key, value in rules.DEFAULT_WEIGHTS.items()} | {
        "title": "某", "domain": "product", "kind": "routine", "starts_on": first, "ends_on": last, "budget": "1",
    }  # fmt: skip
    answer = client.post("/desk/inspection/plans/new/", given)
    assert answer.status_code == 422 and "请核对年份" in answer.content.decode()
    assert not Plan.objects.exists()


def test_a_plan_without_laboratory_says_what_becomes_of_its_samples():
    assert found(facts_of(item(laboratory=False)))["no_laboratory"] == "note"
    assert "no_laboratory" not in found(facts_of(item()))
