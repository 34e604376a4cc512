"""What each audience comes for, from the first page to the answer, in both languages."""

import csv
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone, translation
from playwright.sync_api import Page, expect

from tests.accounts.people import person
from tests.trace.build import document, gln, gtin, lot, made, serial
from tests.trace.province import cans, firms
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.jobs.runner import work
from zhiheng.trace.findings import sweep

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AUDIT = (Path(__file__).parent / "audit.js").read_text()
LANGUAGES = ("zh-hans", "en")


@pytest.fixture(autouse=True)
def chain(settings) -> Iterator[None]:
    """Litchis become cans; the first case of them is shipped and never received."""
    settings.DEMO = True
    _grower, factory, *_others = firms()
    officer = person("province", is_demo=True, display_name="演示province")
    person("enterprise", org=factory, is_demo=True, display_name="演示enterprise")
    Disclosure.objects.create(
        kind="trace", subject=f"trace:{gtin(2).zfill(14)}", title="荔枝罐头的流通环节", region="440113",
        basis="《中华人民共和国政府信息公开条例》第二十条", decided_by=officer,
        published_from=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    try:
        cans(2, 3)
        while sweep():
            pass
        yield
    finally:
        # What Django empties after a test are its models' tables; the events' are no models.
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM trace_event")
            cursor.execute("DELETE FROM trace_link")


class Visitor:
    """A page with the words of its language; every page it comes to must be sound."""

    def __init__(self, page: Page, language: str) -> None:
        self.page, self.language = page, language

    def word(self, text: str) -> str:
        with translation.override(self.language):
            return translation.gettext(text)

    def sound(self) -> None:
        """No fault of access, nothing refused or broken, the right language."""
        wrong = self.page.evaluate(AUDIT) + self.page.complaints
        assert not wrong, (self.page.url, wrong)
        assert self.page.evaluate("document.documentElement.lang") == self.language

    def press(self, text: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=self.word(text), exact=True).click()

    def sign_in(self, role: str) -> None:
        self.page.goto("/accounts/demo/?next=/desk/")
        self.page.get_by_role("listitem").filter(has_text=f"演示{role}").get_by_role("button").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.word("工作台"))
        self.sound()


@pytest.fixture(params=LANGUAGES)
def language(request) -> str:
    return request.param


def test_a_citizen_finds_a_product_by_name_and_sees_the_way_of_one_can(open_page, language):
    visitor = Visitor(open_page(width=360, height=780, language=language), language)
    page = visitor.page
    page.goto("/")
    visitor.sound()
    page.locator("#find-q").fill("罐头")
    visitor.press("查询")
    page.get_by_role("link", name="荔枝罐头").click()
    expect(page).to_have_url(re.compile(f"/01/{gtin(2).zfill(14)}$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("荔枝罐头")
    expect(page.get_by_text(visitor.word("要看哪一批、哪一件？"))).to_be_visible()
    visitor.sound()
    page.goto("/")
    page.locator("#find-q").fill(f"(01){gtin(2).zfill(14)}(21)1-0")
    visitor.press("查询")
    expect(page).to_have_url(re.compile("/21/1-0$"))
    journey = page.get_by_role("region", name=visitor.word("从哪里来，经过哪里"))
    stops = journey.get_by_role("list").first.get_by_role("listitem")
    expect(stops).to_have_count(2)
    expect(stops.nth(0)).to_contain_text(visitor.word("加工"))
    expect(stops.nth(0)).to_contain_text("番禺食品厂有限公司")
    # Who bought it is not public; where it came to is.
    expect(stops.nth(1)).to_contain_text(visitor.word("主体未公开"))
    expect(page.get_by_text("佛山批发市场有限公司")).to_have_count(0)
    visitor.sound()


def test_a_firm_sends_a_document_and_sees_what_came_of_each_event(open_page, language):
    visitor = Visitor(open_page(language=language), language)
    page = visitor.page
    visitor.sign_in("enterprise")
    page.get_by_role("navigation").get_by_role("link", name=visitor.word("报送追溯数据")).click()
    broken = made(31, 2, serial(2, "new-2")) | {"action": "MAKE"}
    events = document([made(30, 2, serial(2, "new-1")), broken])
    page.locator("#file").set_input_files(
        {"name": "june.json", "mimeType": "application/json", "buffer": events}
    )
    visitor.press("报送")
    expect(page.get_by_role("heading", level=1)).to_have_text("june.json")
    expect(page.get_by_text(visitor.word("排队中"))).to_be_visible()
    work(until_idle=True)
    # The page asks by itself how far the job is.
    expect(page.get_by_role("heading", name=visitor.word("逐个事件的结果"))).to_be_visible()
    expect(page.get_by_text(visitor.word("完成，有退回"))).to_be_visible()
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(visitor.word("动作（action）不对"))
    expect(rows).to_contain_text("epcisBody.eventList[1].action")
    visitor.sound()
    with page.expect_download() as download:
        page.get_by_role("link", name=visitor.word("下载退回的事件（改好再传）")).click()
    mended = Path(download.value.path()).read_text().replace('"MAKE"', '"ADD"')
    page.get_by_role("navigation").get_by_role("link", name=visitor.word("报送追溯数据")).click()
    page.locator("#file").set_input_files(
        {"name": "mended.json", "mimeType": "application/json", "buffer": mended.encode()}
    )
    visitor.press("报送")
    work(until_idle=True)
    expect(page.get_by_text(visitor.word("没有要改的：每个事件都接收了。"))).to_be_visible()
    visitor.sound()


def test_an_officer_follows_a_lot_finds_the_break_and_exports_what_to_recall(open_page, language):
    visitor = Visitor(open_page(language=language, width=1920), language)
    page = visitor.page
    visitor.sign_in("province")
    page.get_by_role("navigation").get_by_role("link", name=visitor.word("追溯"), exact=True).click()
    page.locator("#code").fill(lot(1, "F1"))
    visitor.press("追溯")
    expect(page.get_by_role("heading", name="增城荔枝")).to_be_visible()
    expect(page.locator("svg.chain")).to_be_visible()
    visitor.sound()
    # Another way to look at the picture comes without a new page.
    page.get_by_role("link", name=visitor.word("主体"), exact=True).and_(page.locator("[data-swap]")).click()
    expect(page).to_have_url(re.compile("group=organisation"))
    expect(page.locator("svg.chain")).to_contain_text("番禺食品厂")
    visitor.sound()
    page.get_by_role("navigation").get_by_role("link", name=visitor.word("断链"), exact=True).first.click()
    finding = page.locator("[data-row]").filter(has_text=visitor.word("发出未收到")).first
    expect(finding).to_be_visible()
    visitor.sound()
    finding.get_by_role("link").first.click()
    expect(page.get_by_role("heading", name=visitor.word("发出未收到"))).to_be_visible()
    expect(page.get_by_text(visitor.word("该要什么："))).to_be_visible()
    visitor.sound()
    page.goto(f"/desk/trace/?code={lot(1, 'F1')}")
    page.get_by_role("link", name=visitor.word("召回范围")).click()
    expect(page.get_by_role("heading", name=visitor.word("召回范围"))).to_be_visible()
    page.get_by_role("search").last.get_by_text(visitor.word("导出"), exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        said = "\n".join(" ".join(row) for row in csv.reader(file))
    for case in range(2):
        for can in range(3):
            assert serial(2, f"{case}-{can}") in said
    visitor.sound()


def test_who_answers_for_a_place_is_told_to_the_public(open_page, language):
    visitor = Visitor(open_page(language=language), language)
    visitor.page.goto(f"/414/{gln(2)}")
    visitor.page.get_by_role("main").get_by_role("link", name="番禺食品厂有限公司").click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text("番禺食品厂有限公司")
    visitor.sound()
