"""A telephone in a cellar: the sheet is filled, signed and photographed without a network, and arrives once."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.inspection.field_people import World
from zhiheng.core import files
from zhiheng.core.accounts.models import User
from zhiheng.core.registry.models import Product
from zhiheng.systems.inspection.models import Photo, Refusal, Sample, Task

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AUDIT = (Path(__file__).parent / "audit.js").read_text()
PICTURE = """() => new Promise((resolve) => {
  const canvas = new OffscreenCanvas(3000, 2000);
  const pen = canvas.getContext("2d"); pen.fillStyle = "#3a6"; pen.fillRect(0, 0, 3000, 2000);
  canvas.convertToBlob({ type: "image/jpeg" }).then((blob) => blob.arrayBuffer()).then((b) => resolve([...new Uint8Array(b)]));
})"""


@pytest.fixture
def world(settings):
    settings.DEMO = True
    world = World()
    Product.objects.create(gtin="06901234567892", organisation=world.maker, name="测试苏打饼干", spec="400 g")
    User.objects.update(is_demo=True)
    for user in User.objects.all():
        user.display_name = f"演示{user.username}"
        user.save()
    return world


class Telephone:
    """Somebody's telephone, 360 px wide."""

    def __init__(self, open_page, who="first") -> None:
        self.page = open_page(width=360, height=740, has_touch=True)
        self.context = self.page.context
        self.sign_in(who)

    def sign_in(self, who: str) -> None:
        self.page.goto("/accounts/demo/?next=/desk/inspection/field/")
        self.page.get_by_role("listitem").filter(has_text=f"演示{who}").get_by_role("button").click()
        expect(self.page).to_have_url(re.compile("/desk/inspection/field/$"))

    def ready(self, pages: int = 4) -> None:
        """Until the pages of the tasks are on the telephone."""
        expect(self.page.locator("html")).to_have_attribute("data-field-ready", str(pages))

    def open(self, task: Task, what: str = "") -> None:
        self.page.goto(f"/desk/inspection/field/{task.key}/{what}")
        self.sheet()

    def sheet(self) -> None:
        expect(self.page.locator("html")).to_have_attribute("data-field-sheet", "ready")

    def fill(self, **more: str) -> None:
        page = self.page
        given = {
            "product": "苏打饼干", "base_quantity": "40 袋", "quantity": "4 袋", "spare_quantity": "2 袋", "price": "36.50",
            "seal_sample": "F0001", "seal_spare": "F0002", "signer": "陈店长", **more,
        }  # fmt: skip
        for name, value in given.items():
            page.fill(f"[name={name}]", value)
        page.check("[name=may_sample]")

    def sign(self) -> None:
        pad = self.page.locator("canvas")
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        self.page.mouse.move(box["x"] + 30, box["y"] + 40)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + 150, box["y"] + 80, steps=6)
        self.page.mouse.up()

    def photograph(self, kind: str = "goods") -> None:
        data = bytes(self.page.evaluate(PICTURE))
        self.page.set_input_files(
            f"[name=photo_{kind}]", [{"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": data}]
        )
        expect(self.page.locator(f"[name=photo_{kind}] + .thumbs img")).to_have_count(1)

    def saved(self) -> None:
        expect(self.page.locator("[data-field-saved]")).to_have_text("已保存在本机")

    def submit(self) -> None:
        self.page.get_by_role("button", name="提交").click()
        expect(self.page).to_have_url(re.compile("/desk/inspection/field/$"))

    def shows(self, state: str) -> None:
        """The test's database is in memory and refuses whom it would make wait elsewhere: then it is sent again."""
        row = self.page.locator(f"[data-field-queue] li[data-state={state}]")
        for _time in range(5):
            try:
                expect(row).to_have_count(1, timeout=3_000)
                return
            except AssertionError:
                self.page.evaluate("dispatchEvent(new Event('online'))")
        expect(row).to_have_count(1)

    def session_ends(self) -> None:
        """Nobody signed out."""
        self.context.clear_cookies(name="sessionid")

    def come_back(self) -> None:
        self.context.set_offline(False)
        self.page.evaluate("dispatchEvent(new Event('online'))")


def test_filled_signed_and_photographed_offline_sent_once_when_back(open_page, world):
    phone = Telephone(open_page)
    phone.ready()
    wrong = phone.page.evaluate(AUDIT) + phone.page.complaints
    assert not wrong, wrong
    phone.context.set_offline(True)
    phone.open(world.task)
    assert world.shop.name in phone.page.locator("main").inner_text()
    phone.fill()
    phone.page.fill("[name=code]", "(01)06901234567892(10)L7")
    phone.page.locator("[name=code]").blur()
    expect(phone.page.locator("[name=batch]")).to_have_value("L7")  # read without the server
    phone.photograph()
    phone.sign()
    phone.saved()
    # The tab is closed and opened again, still without a network.
    phone.page.reload()
    phone.sheet()
    expect(phone.page.locator("[name=quantity]")).to_have_value("4 袋")
    expect(phone.page.locator("[name=photo_goods] + .thumbs img")).to_have_count(1)
    phone.submit()
    phone.shows("waiting")
    assert not Sample.objects.exists()
    phone.page.reload()
    phone.shows("waiting")
    phone.come_back()
    phone.shows("sent")
    one = Sample.objects.get()
    assert one.product == "苏打饼干" and one.batch == "L7" and one.signer == "陈店长" and one.signature
    photos = list(Photo.objects.filter(sample=one))
    assert {p.kind for p in photos} == {"goods", "signature"} and all(p.received_at for p in photos)
    assert all(len(files.load(p.sha256)) > 200 for p in photos)
    assert one.number in phone.page.locator("[data-field-queue]").inner_text()
    phone.page.reload()
    phone.shows("sent")
    assert Sample.objects.count() == 1
    left = phone.page.evaluate(
        "() => new Promise((r) => { const q = indexedDB.open('field'); q.onsuccess = () => { "
        "const t = q.result.transaction(['sheets', 'photos']); const s = t.objectStore('sheets').getAll(), p = t.objectStore('photos').count(); "
        "t.oncomplete = () => { q.result.close(); r([JSON.stringify(s.result), p.result]); }; }; })"
    )
    assert "陈店长" not in left[0] and left[1] == 0


def test_a_second_code_replaces_what_the_first_one_filled_in_and_bad_pictures_spare_the_others(
    open_page, world
):
    Product.objects.create(gtin="06901234567908", organisation=world.shop, name="别的饼干", spec="90 g")
    phone = Telephone(open_page)
    phone.ready()
    phone.open(world.task)
    page = phone.page

    def scan(code: str, product: str, spec: str, batch: str, producer: str) -> None:
        page.fill("[name=code]", code)
        page.locator("[name=code]").blur()
        for name, value in (
            ("batch", batch),
            ("product", product),
            ("spec", spec),
            ("producer_uscc", producer),
        ):
            expect(page.locator(f"[name={name}]")).to_have_value(value)

    task = page.input_value("[name=product]")
    scan("(01)06901234567908(10)L1", "别的饼干", "90 g", "L1", world.shop.uscc)
    scan("(01)06901234567892(10)L2", "测试苏打饼干", "400 g", "L2", world.maker.uscc)
    scan("(01)06901234567915(10)L3", task, "", "L3", "")  # not registered: as the label says
    page.fill("[name=spec]", "500 g")
    scan(
        "(01)06901234567892(10)L2", "测试苏打饼干", "500 g", "L2", world.maker.uscc
    )  # what somebody wrote stays

    good = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": bytes(page.evaluate(PICTURE))}
    bad = {"name": "b.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    page.set_input_files("[name=photo_goods]", [bad, good])
    expect(page.locator("[name=photo_goods] + .thumbs img")).to_have_count(1)
    expect(page.locator("[data-field-saved]")).to_contain_text("读不了")


def test_a_page_kept_since_yesterday_does_not_say_that_it_is_yesterday(open_page, world):
    phone = Telephone(open_page)
    phone.ready()
    phone.context.set_offline(True)
    tomorrow = timezone.localtime() + timedelta(days=1)
    phone.page.clock.set_fixed_time(tomorrow)
    phone.open(world.task)
    expect(phone.page.locator("[name=taken_at]")).to_have_value(tomorrow.strftime("%Y-%m-%dT%H:%M"))


def test_the_first_answer_was_lost_and_it_is_kept_once(open_page, world):
    phone = Telephone(open_page)
    lost = []

    def lose(route):
        """The server has it, the telephone does not know."""
        if not lost:
            lost.append(route.fetch().status)
            route.abort("connectionreset")
        else:
            route.continue_()

    phone.page.route("**/api/v1/inspection/samples", lose)
    phone.open(world.task)
    phone.fill()
    phone.sign()
    phone.saved()
    phone.submit()
    phone.page.wait_for_timeout(500)
    assert lost == [201]
    phone.come_back()
    phone.shows("sent")
    assert Sample.objects.count() == 1 and Photo.objects.get().received_at


def test_a_photo_that_was_cut_off_is_sent_again_and_the_others_are_not(open_page, world):
    phone = Telephone(open_page)
    sent = []

    def cut(route):
        sent.append(route.request.url)
        if len(sent) == 2:
            route.abort("connectionreset")
        else:
            route.continue_()

    phone.page.route("**/api/v1/inspection/photos/*", cut)
    phone.open(world.task)
    phone.fill()
    phone.photograph("place")
    phone.photograph("goods")
    phone.sign()
    phone.saved()
    phone.submit()
    phone.shows("waiting")
    phone.page.wait_for_timeout(500)
    phone.come_back()
    phone.shows("sent")
    assert len(sent) == 4 and len(set(sent)) == 3
    assert Photo.objects.exclude(received_at=None).count() == 3


def test_what_the_server_refuses_is_shown_with_its_field_and_mended(open_page, world):
    phone = Telephone(open_page)
    phone.open(world.task)
    phone.fill(uscc="91440101MA5CTEST0X", organisation_why="门头不同")
    phone.sign()
    phone.saved()
    phone.submit()
    phone.shows("refused")
    queue = phone.page.locator("[data-field-queue]")
    assert "没有登记这个主体" in queue.inner_text() and "统一社会信用代码" in queue.inner_text()
    queue.get_by_role("link", name="修改后再发").click()
    phone.sheet()
    phone.page.fill("[name=uscc]", world.shop.uscc)
    phone.submit()
    phone.shows("sent")
    assert Sample.objects.count() == 1


def test_an_expired_session_asks_to_sign_in_and_loses_nothing(open_page, world):
    phone = Telephone(open_page)
    phone.ready()
    phone.context.set_offline(True)
    phone.open(world.task)
    phone.fill()
    phone.sign()
    phone.saved()
    phone.submit()
    phone.session_ends()
    phone.come_back()
    expect(phone.page.locator("[data-field-status]")).to_contain_text("登录已过期")
    phone.shows("waiting")
    phone.sign_in("first")
    phone.shows("sent")
    assert Sample.objects.count() == 1


def test_two_telephones_the_second_is_told_the_number_of_the_first(open_page, world):
    one, two = Telephone(open_page), Telephone(open_page, "second")
    for phone in (one, two):
        phone.open(world.task)
        phone.fill()
        phone.sign()
        phone.saved()
    one.submit()
    one.shows("sent")
    two.submit()
    two.shows("refused")
    assert Sample.objects.get().number in two.page.locator("[data-field-queue]").inner_text()


def test_another_person_sees_nothing_and_signing_out_clears_the_telephone(open_page, world):
    phone = Telephone(open_page)
    phone.ready()
    phone.open(world.task)
    phone.fill(product="只有我知道的饼干")
    phone.saved()
    phone.session_ends()
    other = world.new_task(world.maker)
    other.inspectors.remove(world.inspectors[0])
    phone.sign_in("second")
    expect(phone.page.locator("[data-field-status]")).to_contain_text("另一名抽样人员")
    phone.open(world.task)
    assert phone.page.input_value("[name=product]") != "只有我知道的饼干"
    phone.page.goto("/desk/inspection/field/")
    phone.ready(7)
    phone.page.once("dialog", lambda dialog: dialog.accept())
    phone.page.get_by_role("button", name="退出").click()
    expect(phone.page).to_have_url(re.compile("/$"))
    kept = phone.page.evaluate(
        "async () => [(await caches.keys()).length, (await indexedDB.databases()).length, localStorage.length]"
    )
    assert kept == [0, 0, 0]


def test_a_refusal_is_recorded_offline_and_the_county_sees_it(open_page, world):
    phone = Telephone(open_page)
    phone.ready()
    phone.context.set_offline(True)
    phone.open(world.task, "refusal/")
    phone.page.select_option("[name=kind]", "price")
    phone.page.fill("[name=how]", "要求按标价的一百倍购样")
    phone.page.get_by_role("button", name="提交").click()
    expect(phone.page.locator("[data-field-errors]")).to_contain_text("两个价格")
    phone.page.fill("[name=asked_price]", "3650")
    phone.page.fill("[name=marked_price]", "36.50")
    phone.submit()
    phone.shows("waiting")
    phone.come_back()
    phone.shows("sent")
    assert Refusal.objects.get().form["asked_price"] == "3650"
    county = open_page()
    county.goto("/accounts/demo/?next=/desk/inspection/alerts/")
    county.get_by_role("listitem").filter(has_text="演示county").get_by_role("button").click()
    expect(county.get_by_role("main")).to_contain_text("拒绝抽样 · 广州测试超市有限公司")
