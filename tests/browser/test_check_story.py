"""One story from a plan of spot checks to the day a repaired entry is gone, with everybody who has a part in it.

Plan, draw, sampling on a telephone without a network, a failing result, objection, re-test, an order that is not
obeyed in time, the list for key supervision, publication, repair; the chain says who else holds the batch.
"""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.desk import Desk, minute, opened_by, today
from tests.browser.test_field_offline import Telephone
from tests.cases.people import GUANGZHOU, PROVINCE, TIANHE, officer, organisation
from tests.trace.build import amount, capture, gln, gtin, lot, made, receive, ship
from zhiheng.core.accounts.models import User
from zhiheng.core.cases.models import Case
from zhiheng.core.facts.models import Standing
from zhiheng.core.registry.models import Product, Site
from zhiheng.systems.inspection.models import Draw, Inspector, Plan, PlanItem, Report, Sample, Task

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
GTIN, LOT = gtin(2).zfill(14), "L7"
CODE = f"(01){GTIN}(10){LOT}"
RANDOM = "03 08 15 22 27 31 06"


@pytest.fixture(autouse=True)
def people(settings):
    """A maker, two shops that hold its lot, two laboratories, the city's office, the province's."""
    settings.DEMO = True
    firms = {
        "maker": organisation("佛山测试电器有限公司", "440604", 21), "shop": organisation("广州测试百货有限公司", TIANHE, 22),
        "other": organisation("广州白云测试商行", "440111", 23), "lab": organisation("广东测试检验有限公司", GUANGZHOU, 24),
        "again": organisation("省第二测试检验有限公司", GUANGZHOU, 25),
    }  # fmt: skip
    for key, kinds in (
        ("maker", "producer"),
        ("shop", "retailer"),
        ("other", "seller"),
        ("lab", "laboratory"),
        ("again", "laboratory"),
    ):
        firms[key].kinds = f" {kinds} "
        firms[key].save()
    for n in range(30, 33):
        one = organisation(f"广州备选百货{n}有限公司", TIANHE, n)
        one.kinds = " retailer "
        one.save()
    for key, n in (("maker", 1), ("shop", 2), ("other", 3)):
        Site.objects.create(gln=gln(n), organisation=firms[key], name="门店", region=firms[key].region)
    Product.objects.create(
        gtin=GTIN,
        organisation=firms["maker"],
        name="电热水壶",
        brand="小象",
        spec="1.7 L",
        standard="GB 4706.19-2008",
    )
    for name, region, role, *duties in (
        ("li", GUANGZHOU, "city"), ("wu", GUANGZHOU, "city"), ("head", GUANGZHOU, "city", "head"),
        ("province", PROVINCE, "province"), ("phead", PROVINCE, "province", "head"),
    ):  # fmt: skip
        officer(name, region, role, *duties)
    for name, key, role in (
        ("maker", "maker", "enterprise"),
        ("shop", "shop", "enterprise"),
        ("lab", "lab", "laboratory"),
        ("again", "again", "laboratory"),
    ):
        User.objects.create_user(name, role=role, organisation=firms[key])
    for n, user in enumerate(User.objects.filter(username__in=["li", "wu"]).order_by("username"), 1):
        Inspector.objects.create(number=f"10{n}", user=user, name=f"抽样员{n}", region=GUANGZHOU)
    User.objects.update(is_demo=True)
    for user in User.objects.all():
        user.display_name = f"演示{user.username}"
        user.save()
    some = {"quantityList": [amount(lot(2, LOT), 40)]}
    capture(
        made(1, 1, quantity=(lot(2, LOT), 100)),
        *(one for n in (2, 3) for one in (ship(n, 1, n, **some), receive(n + 1, 1, n, **some))),
    )
    yield firms
    # What Django empties after a test are its models' tables; the events' are no models.
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM trace_event")
        cursor.execute("DELETE FROM trace_link")


@pytest.fixture
def when(monkeypatch):
    """Moves the platform's clock on, from where it stands."""
    real, ahead = timezone.now, [timedelta()]

    def move(**by: int) -> None:
        ahead[0] += timedelta(**by)

    monkeypatch.setattr(timezone, "now", lambda: real() + ahead[0])
    return move


def test_from_a_plan_to_the_day_the_entry_is_gone(open_page, people, when):
    # The city plans, its head approves
    li = Desk(open_page, "li")
    li.send(
        "/desk/inspection/plans/new/", r"/desk/inspection/plans/\d+/$", title="2026年电热水壶监督抽查", domain="product",
        kind="routine", starts_on=today(), ends_on=today(-60), budget="20000",
    )  # fmt: skip
    plan = Plan.objects.get()
    li.send(
        f"/desk/inspection/plans/{plan.pk}/item/", r"/desk/inspection/items/\d+/$", product="电热水壶", stage="sale",
        kinds=["retailer"], standards="GB 4706.19-2008", rules="电热水壶实施细则", rules_public_on=today(3), size="4",
        unit_cost="1200", rate="10", laboratory=people["lab"].uscc,
    )  # fmt: skip
    item = PlanItem.objects.get()
    li.send(
        f"/desk/inspection/items/{item.pk}/tests/", rf"items/{item.pk}/$",
        **{"test-0-item": "泄漏电流", "test-0-method": "GB 4706.1", "test-0-unit": "mA", "test-0-limit_high": "0.75"},
    )  # fmt: skip
    li.send(
        f"/desk/inspection/items/{item.pk}/allot/",
        rf"items/{item.pk}/$",
        size="4",
        rule="proportional",
        minimum="1",
    )
    expect(li.page.get_by_text("95% 区间").first).to_be_visible()
    head = Desk(open_page, "head")
    head.send(f"/desk/inspection/plans/{plan.pk}/approve/", rf"plans/{plan.pk}/$", sure=True)

    # The list is fixed and published; a value that nobody knew; a second officer; anybody repeats it
    soon = timezone.localtime() + timedelta(minutes=2)  # a full minute off on a slow machine too
    li.send(
        f"/desk/inspection/items/{item.pk}/commit/", r"/desk/inspection/draws/\d+/$",
        source="中国福利彩票双色球下一期：红球六个号码由小到大各两位，再写蓝球，以一个空格分隔",
        random_after=soon.strftime("%Y-%m-%dT%H:%M"), sure=True,
    )  # fmt: skip
    draw = Draw.objects.get()
    page = open_page()
    page.goto(f"/inspection/draws/{draw.pk}/")
    expect(page.get_by_text(draw.list_hash).first).to_be_visible()
    assert page.goto(f"/inspection/draws/{draw.pk}/draw.json").status == 404  # nobody is told in advance
    page.complaints.clear()
    when(minutes=3)
    li.send(
        f"/desk/inspection/draws/{draw.pk}/value/", rf"draws/{draw.pk}/$", value=RANDOM, known_at=minute()
    )
    wu = Desk(open_page, "wu")
    wu.send(f"/desk/inspection/draws/{draw.pk}/confirm/", rf"draws/{draw.pk}/$", value=RANDOM, sure=True)
    assert Task.objects.count() == 4
    task = Task.objects.get(organisation=people["shop"])

    # On a telephone without a network; sent once when there is one
    phone = Telephone(open_page, "li")
    phone.ready(13)
    phone.context.set_offline(True)
    phone.open(task)
    phone.fill(
        product="电热水壶",
        brand="小象",
        spec="1.7 L",
        standard="GB 4706.19-2008",
        base_quantity="20 台",
        quantity="2 台",
        spare_quantity="2 台",
        price="99.00",
    )
    phone.page.fill("[name=code]", CODE)
    phone.page.locator("[name=code]").blur()
    phone.photograph()
    phone.sign()
    phone.saved()
    phone.submit()
    phone.shows("waiting")
    phone.come_back()
    phone.shows("sent")
    phone.context.close()  # it would go on asking
    sample = Sample.objects.get()
    assert sample.producer == people["maker"] and sample.batch == LOT
    check = sample.case
    assert check is not None and check.procedure == "product_check"

    # The laboratory: seals, result with uncertainty, a report that anybody verifies
    lab = Desk(open_page, "lab")

    def in_lab(desk: Desk, what: str, **values: str | bool) -> None:
        desk.page.goto(f"/desk/inspection/lab/{sample.pk}/")
        desk.sound()
        form = desk.page.locator(f"form[action$='/{what}/']")
        for name, value in values.items():
            if value is True:
                form.locator(f"[name='{name}']").check()
            elif name == "intact":
                form.locator(f"[name=intact][value={value}]").check()
            else:
                form.locator(f"[name='{name}']").fill(str(value))
        form.locator("button").last.click()
        expect(desk.page).to_have_url(re.compile(rf"/lab/{sample.pk}/$"))
        desk.sound()

    in_lab(lab, "receive", at=minute(), intact="yes")
    in_lab(lab, "results", **{"value-0": "1.20", "uncertainty-0": "0.08"})
    in_lab(lab, "issue", number="GD2026-001", signatory="赵签字")
    report = Report.objects.get()
    assert report.conclusion == "fail"
    page.goto(f"/inspection/reports/{report.code}/")
    assert "GD2026-001" in page.content() and "1.20" not in page.content()  # not public yet

    # Told to the shop and to the maker; the chain says who else holds the batch
    li.take(check, "tell_fail")
    li.see(check)
    li.page.get_by_role("link", name=re.compile("链|追溯|流向")).first.wait_for()
    li.page.goto(f"/desk/inspection/after/{check.pk}/chain/")
    li.sound()
    expect(li.page.get_by_text(people["other"].name).first).to_be_visible()

    # The maker objects; the re-test is by another laboratory, drawn, and confirms
    maker = Desk(open_page, "maker")
    maker.take(check, "object", about="result", claim="本厂出厂检验合格，申请复检")
    objection = opened_by(check, "product_objection")
    li.take(objection, "accept")
    li.take(objection, "agree")
    maker.take(objection, "formalities", fee="800")
    li.take(objection, "fix_laboratory")
    li.take(objection, "tell_laboratory")
    again = Desk(open_page, "again")
    again.take(objection, "hand_spare")
    in_lab(again, "results", **{"value-0": "1.18", "uncertainty-0": "0.08"})
    in_lab(again, "issue", number="SE2026-009", signatory="孙签字")
    objection.refresh_from_db()
    li.take(objection, "conclude_fail", payer="applicant")
    check.refresh_from_db()
    assert (check.state, Report.objects.get(retest=True).conclusion) == ("final", "fail")

    # Ordered to put it right, published, and nothing was done in sixty days
    li.take(check, "order", demand="停止销售同批产品，下架并退货")
    order = opened_by(check, "rectification")
    li.take(check, "publish")
    page.goto("/inspection/results/")
    expect(page.get_by_text("电热水壶").first).to_be_visible()
    page.goto(f"/inspection/reports/{report.code}/")
    assert "不合格" in page.content()
    when(days=61)
    li = Desk(open_page, "li")
    li.take(order, "not_rectified", findings="仍在销售，未报告改正情况")

    # That speaks for key supervision: the platform proposes, the head decides, the public sees it
    proposal = Case.objects.get(procedure="key_supervision")
    assert proposal.state == "proposed" and proposal.subject == people["shop"]
    head = Desk(open_page, "head")
    head.page.goto("/desk/listing/")
    head.sound()
    expect(head.page.get_by_text(people["shop"].name).first).to_be_visible()
    head.take(proposal, "list", ground="not_rectified", reason="责令期满未改正", listed_on=today())
    head.take(proposal, "publish", publish_basis="广东省质量强省政策四（十二）")
    page.goto("/lists/key_supervision/")
    expect(page.get_by_text(people["shop"].name).first).to_be_visible()
    assert Standing.objects.filter(organisation=people["shop"], scheme="key_supervision").exists()

    # The firm puts it right and asks to be taken off; then it is gone
    shop = Desk(open_page, "shop")
    shop.page.goto("/desk/listing/mine/")
    shop.sound()
    shop.take(proposal, "ask_removal", improvement="已全部下架退货，建立进货查验制度")
    head.take(proposal, "remove", reason="复核属实")
    page.goto("/lists/key_supervision/")
    assert people["shop"].name not in page.content()
    assert not Standing.objects.filter(scheme="key_supervision").exists()
    page.goto("/inspection/results/")
    expect(page.get_by_text("电热水壶").first).to_be_visible()

    # A grave penalty besides: judged, told, consented to by the province, decided, public
    li.send(
        "/desk/listing/propose/", "/desk/listing/propose/", scheme="serious_list", uscc=people["shop"].uscc,
        reason="隐瞒来源，逾期不改，被责令停产停业",
    )  # fmt: skip
    li.page.get_by_role("button", name="提出建议").click()
    expect(li.page).to_have_url(re.compile(r"/desk/cases/\d+/$"))
    serious = Case.objects.get(procedure="serious_list")
    violation = {
        "violation": "销售不符合强制性标准的电热水壶",
        "penalty_no": "穗市监罚〔2027〕5号",
        "consideration": "性质恶劣",
    }
    li.take(
        serious, "assess", ground="substandard", penalised_on=today(9), heavier=["stop"], factors=["intent", "health"],
        **violation,
    )  # fmt: skip
    li.take(serious, "notify")
    shop.take(serious, "waive")
    li.take(serious, "ask_consent", opinion="建议列入")
    province = Desk(open_page, "province")
    province.take(serious, "consent", consent_no="粤市监信函〔2027〕3号")
    head.take(
        serious,
        "decide",
        ground="substandard",
        listed_on=today(),
        remedies="可以申请行政复议或者提起行政诉讼",
    )
    li.take(serious, "publish")
    page.goto("/lists/serious_list/")
    expect(page.get_by_text(people["shop"].name).first).to_be_visible()
    page.goto(f"/credit/{people['shop'].uscc}/")
    expect(page.get_by_text("严重违法失信名单").first).to_be_visible()

    # Three months after the result it is gone; a year after the listing the firm asks for repair, and is off
    when(days=32)
    page.goto("/inspection/results/")
    assert people["shop"].name not in page.content()
    when(days=340)
    li, head, shop = Desk(open_page, "li"), Desk(open_page, "head"), Desk(open_page, "shop")
    shop.take(serious, "ask_early", reason="已履行义务并整改")
    repair = opened_by(serious, "credit_repair")
    li.take(repair, "accept_list")
    head.take(
        repair, "grant", decision_no="穗市监修〔2028〕1号", conditions=["performed", "corrected", "no_repeat"]
    )
    li.take(serious, "remove_early", reason="准予修复")
    li.take(repair, "process")
    page.goto("/lists/serious_list/")
    assert people["shop"].name not in page.content()
    assert not Standing.objects.filter(scheme="serious").exists()
