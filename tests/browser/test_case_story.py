"""One story from a citizen's telephone to the day a published penalty is gone, with everybody who has a part in it.

Runs on both databases: ``tests/run.py`` gives it to PostgreSQL too.
"""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.desk import Desk, minute, opened_by, today
from tests.cases.people import HAIZHU, officer, organisation
from zhiheng.core.accounts.models import User
from zhiheng.core.cases.models import Case
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.registry.models import Product
from zhiheng.trace import labels

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
GTIN = "06901234567892"
CITIZEN, TELEPHONE = "张三丰", "13800138000"


@pytest.fixture(autouse=True)
def people(settings):
    settings.DEMO = True
    maker = organisation("广州海珠模拟食品有限公司", HAIZHU)
    Product.objects.create(gtin=GTIN, organisation=maker, name="模拟鲜牛奶", spec="950 mL", category="food")
    for name, role, *duties in (
        ("chen", "county"), ("wang", "county"), ("head", "county", "head"), ("legal", "county", "legal"),
        ("police", "police"), ("procurator", "procurator"),
    ):  # fmt: skip
        officer(name, HAIZHU, role, *duties)
    User.objects.create_user("firm", role="enterprise", organisation=maker)
    User.objects.update(is_demo=True)
    for user in User.objects.all():
        user.display_name = f"演示{user.username}"
        user.save()
    return maker


def complain(page) -> tuple[Case, str]:
    """On a telephone: scan, say what happened, send; the receipt's secret comes back."""

    def go_on(button: str = "继续") -> None:
        page.get_by_role("main").get_by_role("button", name=button, exact=True).click()

    page.goto("/complaints/")
    go_on("开始")
    page.locator("input[name=want][value=complaint]").check()
    go_on()
    code = labels.png(labels.qr(f"https://id.gs1.org/01/{GTIN}/21/S7"))
    page.locator("input[name=photo]").set_input_files(
        {"name": "p.png", "mimeType": "image/png", "buffer": code}
    )
    expect(page.get_by_role("heading", name="模拟鲜牛奶")).to_be_visible()
    page.get_by_label("广州海珠模拟食品有限公司").check()
    go_on()
    page.locator("input[value=shop]").check()
    go_on()
    go_on()
    page.locator("[name=amount]").fill("12.5")
    page.locator("[name=purchased_on]").fill(today(10))
    go_on()
    page.locator("[name=problem]").select_option("safety")
    page.locator("[name=facts]").fill("牛奶没有过期，打开却已经结块发酸，喝了一口就吐了。")
    page.locator("[name=claim_kinds][value=refund]").check()
    page.locator("[name=claim]").fill("退款 12.50 元")
    go_on()
    go_on()
    page.locator("[name=name]").fill(CITIZEN)
    page.locator("[name=phone]").fill(TELEPHONE)
    page.locator("[name=address]").fill("广州市海珠区某某路1号")
    go_on()
    go_on("提交")
    expect(page.get_by_role("heading", level=1)).to_have_text("已收到")
    return Case.objects.get(procedure="complaint"), page.locator("#secret").inner_text()


def test_from_a_scan_to_a_fine_a_transfer_and_the_day_the_public_sees_it_no_more(
    open_page, people, monkeypatch
):
    # The citizen
    citizen = open_page(width=360, height=780)
    complaint, secret = complain(citizen)

    # The firm answers and offers; it never reads who complains
    firm = Desk(open_page, "firm")
    firm.see(complaint)
    assert CITIZEN not in firm.page.content()
    assert TELEPHONE not in firm.page.content()
    firm.take(complaint, "answer", answer="正在核查该批次")

    # The officer accepts and mediates; an offence shows
    chen = Desk(open_page, "chen")
    chen.take(complaint, "accept")
    chen.take(complaint, "invite", mediation_time=minute(), mediation_place="海珠区局二楼", mediator="陈所长")
    chen.take(complaint, "agree", terms="退款十二元五角并赔偿一千元")
    chen.take(complaint, "find_lead", reason="同批次多瓶酸败，涉嫌生产不符合食品安全标准的食品")
    report = opened_by(complaint, "report")
    head = Desk(open_page, "head")
    head.take(report, "file", findings="抽检不合格，现场查获同批次产品")
    penalty = opened_by(report, "penalty")

    # The citizen follows with the receipt: the agreement, nothing of the report
    citizen.goto("/complaints/status/")
    citizen.locator("[name=number]").fill(complaint.number)
    citizen.locator("#id_secret").fill(secret)
    citizen.get_by_role("main").get_by_role("button", name="查看", exact=True).click()
    expect(citizen.get_by_text("投诉调解书").first).to_be_visible()
    assert report.number not in citizen.content()
    assert penalty.number not in citizen.content()

    # Two officers investigate; the criminal part is split off and handed over
    chen.see(penalty)
    chen.take(penalty, "collect", second="演示wang", evidence="同批次鲜牛奶 20 瓶", evidence_kind="object")
    chen.page.goto(f"/desk/cases/{penalty.pk}/do/split/")
    chen.fill("title", "涉嫌生产有毒、有害食品")
    chen.fill("why", "涉嫌犯罪部分单独办理")
    chen.page.get_by_role("main").locator("form button").first.click()
    expect(chen.page).to_have_url(re.compile(rf"/desk/cases/{penalty.pk}/$"))
    criminal = Case.objects.get(procedure="penalty", title="涉嫌生产有毒、有害食品")
    chen.take(criminal, "transfer", second="演示wang", reason="检出禁用物质，涉嫌犯罪")
    transfer = opened_by(criminal, "transfer")
    police = Desk(open_page, "police")
    police.page.goto(f"/desk/cases/{transfer.pk}/")
    assert police.page.get_by_text(transfer.number).count() == 0  # not handed over yet
    police.page.complaints.clear()
    head.take(transfer, "form_team", team_members="陈所长、王科员")
    chen.take(
        transfer,
        "report",
        second="演示wang",
        facts="牛奶中检出禁用物质",
        offence="生产、销售有毒、有害食品罪",
    )
    head.take(transfer, "approve", approved_at=minute())
    chen.take(transfer, "hand_over", second="演示wang", police_office=HAIZHU, goods="鲜牛奶 20 瓶")
    police.take(transfer, "sign", signed_at=minute())
    police.take(transfer, "file", filing_no="穗公海立〔2026〕8号")
    assert transfer.state == "filed"
    police.page.goto(f"/desk/cases/{penalty.pk}/")
    assert (
        police.page.get_by_text(penalty.number).count() == 0
    )  # the police see the transfer and nothing else
    police.page.complaints.clear()

    # The fine: reviewed, told, waived, decided, served
    facts = {"violation": "生产不符合食品安全标准的鲜牛奶", "basis": "《中华人民共和国食品安全法》"}
    chen.take(
        penalty, "submit", second="演示wang", ended_on=today(9), discretion_reasons="初次违法", proposal="罚款", **facts
    )  # fmt: skip
    legal = Desk(open_page, "legal")
    legal.take(penalty, "pass_review", opinion="同意")
    chen.take(penalty, "notify", intended="罚款五万元", kinds=["fine"], fine="50000", **facts)
    firm.take(penalty, "waive")
    head.take(
        penalty, "decide", kinds=["fine"], fine="50000", discretion="normal", discretion_reasons="一般情节",
        content="罚款五万元", remedies="可以依法申请行政复议或者提起行政诉讼", **facts,
    )  # fmt: skip
    chen.take(penalty, "serve", service_way="direct", served_on=today())
    firm.see(penalty)
    expect(firm.page.get_by_text("行政处罚决定书").first).to_be_visible()

    # The public: nothing until it is published, then what the law's data lists, and nothing else
    visitor = open_page()
    visitor.goto(f"/o/{people.uscc}/")
    assert "罚款五万元" not in visitor.content()
    publicity = opened_by(penalty, "publicity")
    chen.page.goto(f"/desk/cases/{publicity.pk}/step/publish/")
    for name in ("decision_no", "decided_on", "violation", "basis", "content"):
        assert chen.page.locator(f"[name='{name}']").input_value(), name  # it stands there from the decision
    chen.take(publicity, "publish", ground="food")
    shown = Disclosure.objects.get(kind="penalty")
    visitor.goto("/published/")
    expect(visitor.get_by_text(shown.title).first).to_be_visible()
    visitor.goto(f"/published/{shown.pk}/")
    page = visitor.content()
    assert "罚款五万元" in page
    assert people.name in page
    for hidden in (
        CITIZEN,
        TELEPHONE,
        complaint.number,
        report.number,
        transfer.number,
        "禁用物质",
        "演示chen",
    ):
        assert hidden not in page, hidden
    visitor.goto(f"/o/{people.uscc}/")
    expect(visitor.get_by_text(shown.title).first).to_be_visible()

    # On the last day it is there, the moment after it is gone
    assert shown.published_until is not None
    for moment, status in ((-timedelta(minutes=1), 200), (timedelta(), 404)):
        at = shown.published_until + moment
        monkeypatch.setattr(timezone, "now", lambda at=at: at)
        assert visitor.goto(f"/published/{shown.pk}/").status == status
        visitor.goto(f"/o/{people.uscc}/")
        assert (shown.title in visitor.content()) is (status == 200)
