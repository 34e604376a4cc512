"""A citizen scans a product, complains on a telephone, and follows it; the firm offers, the officer sees repeats."""

import re
from pathlib import Path

import pytest
from django.utils import translation
from playwright.sync_api import expect

from tests.accounts.people import person
from tests.cases.people import organisation
from tests.complaints.build import file
from zhiheng.core.cases.models import Case
from zhiheng.core.registry.models import Product
from zhiheng.trace import labels

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AUDIT = (Path(__file__).parent / "audit.js").read_text()
GTIN = "06901234567892"


@pytest.fixture(autouse=True)
def firm(settings):
    settings.DEMO = True
    maker = organisation("广州海珠模拟食品有限公司", "440105")
    Product.objects.create(gtin=GTIN, organisation=maker, name="模拟鲜牛奶", spec="950 mL", category="food")
    person("county", is_demo=True, display_name="演示county")
    person("enterprise", org=maker, is_demo=True, display_name="演示enterprise")
    return maker


class Visitor:
    """A page with the words of its language; every page it comes to must be sound."""

    def __init__(self, page, language: str) -> None:
        self.page, self.language = page, language

    def word(self, text: str) -> str:
        with translation.override(self.language):
            return translation.gettext(text)

    def sound(self) -> None:
        wrong = self.page.evaluate(AUDIT) + self.page.complaints
        assert not wrong, (self.page.url, wrong)
        assert self.page.evaluate("document.documentElement.lang") == self.language

    def press(self, text: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=self.word(text), exact=True).click()

    def heading(self, text: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.word(text))
        self.sound()

    def sign_in(self, role: str) -> None:
        self.page.goto("/accounts/demo/?next=/desk/complaints/")
        self.page.get_by_role("listitem").filter(has_text=f"演示{role}").get_by_role("button").click()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "plain"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_citizen_scans_a_product_complains_and_follows_it_on_a_telephone(open_page, language, javascript):
    visitor = Visitor(
        open_page(width=360, height=780, language=language, java_script_enabled=javascript), language
    )
    if not javascript:
        visitor.sound = lambda: None  # the audit itself is a script
    page = visitor.page
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name=visitor.word("投诉举报")).first.click()
    visitor.heading("投诉举报")
    visitor.press("开始")
    visitor.heading("您要做什么")
    page.locator("input[name=want][value=both]").check()
    visitor.press("继续")
    visitor.heading("商家是谁")
    photo = {
        "name": "p.png",
        "mimeType": "image/png",
        "buffer": labels.png(labels.qr(f"https://id.gs1.org/01/{GTIN}/21/S7")),
    }
    page.locator("input[name=photo]").set_input_files(photo)
    if not javascript:
        visitor.press("读码")
    expect(page.get_by_role("heading", name="模拟鲜牛奶")).to_be_visible()
    visitor.sound()
    page.get_by_label("广州海珠模拟食品有限公司").check()
    visitor.press("继续")
    visitor.heading("在哪里买的")
    page.locator("input[value=shop]").check()
    visitor.press("继续")
    visitor.heading("商家在哪里")
    visitor.press("继续")  # the district of the maker stands there already
    visitor.heading("买了什么")
    expect(page.locator("[name=product]")).to_have_value("模拟鲜牛奶 950 mL")
    page.locator("[name=amount]").fill("12.5")
    page.locator("[name=purchased_on]").fill("2026-09-20")
    visitor.press("继续")
    visitor.heading("发生了什么")
    visitor.press("继续")
    expect(page.get_by_role("alert")).to_be_visible()
    page.complaints.clear()  # the browser notes the 422 of a form that comes back
    visitor.sound()
    page.locator("[name=problem]").select_option("safety")
    page.locator("[name=facts]").fill("牛奶没有过期，打开却已经结块发酸，喝了一口就吐了。")
    page.locator("[name=claim_kinds][value=refund]").check()
    page.locator("[name=claim]").fill("退款 12.50 元")
    visitor.press("继续")
    visitor.heading("证据")
    page.locator("[name=files]").set_input_files(photo)
    visitor.press("上传所选文件")
    expect(page.get_by_text("p.png")).to_be_visible()
    visitor.sound()
    visitor.press("继续")
    visitor.heading("您是谁")
    page.locator("[name=name]").fill("张三丰")
    page.locator("[name=phone]").fill("13800138000")
    page.locator("[name=address]").fill("广州市海珠区某某路1号")
    page.locator("[name=anonymous]").check()
    visitor.press("继续")
    visitor.heading("提交前看一遍")
    expect(page.get_by_text("广州市海珠区市场监督管理局")).to_have_count(2)
    visitor.press("提交")
    visitor.heading("已收到")
    complaint, report = Case.objects.order_by("pk")
    expect(page.locator(".number-large").nth(0)).to_have_text(complaint.number)
    expect(page.locator(".number-large").nth(1)).to_have_text(report.number)
    secret = page.locator("#secret").inner_text()
    if javascript:  # the code's address opens it; the secret leaves the address bar
        page.get_by_role("main").get_by_role("link", name=visitor.word("查看进度")).click()
        expect(page).to_have_url(re.compile(r"/complaints/status/\d+/$"))
    else:
        page.goto("/complaints/status/")
        page.locator("[name=number]").fill(complaint.number)
        page.locator("#id_secret").fill(secret)
        visitor.press("查看")
    expect(page.get_by_role("heading", level=1)).to_have_text(complaint.number)
    visitor.sound()
    expect(page.get_by_role("link", name=report.number)).to_be_visible()


def test_the_firm_offers_and_the_officer_sees_a_repeat_before_acting(open_page, firm):
    first, second = file(firm).cases[0], file(firm).cases[0]
    visitor = Visitor(open_page(width=1280), "zh-hans")
    page = visitor.page
    visitor.sign_in("enterprise")
    visitor.heading("关于我们的投诉")
    page.get_by_role("link", name=first.number).click()
    visitor.sound()
    page.get_by_role("link", name="答复或提出解决方案").click()
    page.locator("[name=offer]").fill("全额退款")
    visitor.press("发出")
    expect(page.get_by_text("全额退款")).to_be_visible()
    officer = Visitor(open_page(width=1280), "zh-hans")
    page = officer.page
    officer.sign_in("county")
    officer.heading("投诉举报")
    expect(page.get_by_text("1 件").first).to_be_visible()
    page.get_by_role("link", name=second.number).click()
    officer.sound()
    page.get_by_role("link", name="并排比较").click()
    officer.heading("是不是同一件")
    page.locator("[name=why]").fill("同一张小票")
    officer.press("是同一件，并入先收到的")
    expect(page.get_by_role("heading", level=1)).to_have_text(first.title)
    officer.sound()


@pytest.mark.parametrize(("width", "language", "scheme"), [(360, "en", "dark"), (1280, "zh-hans", "light")])
def test_the_desk_s_and_the_public_s_pages_are_sound(open_page, firm, width, language, scheme):
    visitor = Visitor(open_page(width=width, language=language, scheme=scheme), language)
    file(firm)
    for address in (
        "/complaints/",
        "/complaints/status/",
        "/complaints/published/",
        "/complaints/draft/none/",
    ):
        visitor.page.goto(address)
        visitor.page.complaints.clear()  # a missing draft is a 404, which the browser notes
        visitor.sound()
    visitor.sign_in("county")
    for address in ("/desk/complaints/", "/desk/complaints/new/", "/desk/complaints/statistics/"):
        visitor.page.goto(address)
        visitor.sound()
