"""Every page, walked as people walk it: telephone to wide screen, both languages, light and dark, keys only."""

import io
import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pypdf import PdfReader

from tests.accounts.people import person
from zhiheng.core.accounts.models import User
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.jobs.models import Job
from zhiheng.core.registry.models import Organisation, Product
from zhiheng.trace.capture import KIND

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AUDIT = (Path(__file__).parent / "audit.js").read_text()
WIDTHS = (360, 768, 1280, 1920)
USCC = "91440101MA5CKXTM2P"
GTIN = "06901234567892"
# Each door below is walked at its width, language and scheme; together they meet all widths in both languages,
# light and dark.
LOOKS = [
    (360, "zh-hans", "light"), (360, "en", "dark"), (768, "en", "light"), (768, "zh-hans", "dark"),
    (1280, "zh-hans", "light"), (1280, "en", "dark"), (1920, "en", "light"), (1920, "zh-hans", "dark"),
]  # fmt: skip
ROLES = ("province", "city", "county", "enterprise", "laboratory", "leading", "auditor", "system")


@pytest.fixture(autouse=True)
def province(settings):
    """A little of everything, so that no page is only its empty state."""
    settings.DEMO = True
    settings.RATE = 100_000
    maker = Organisation.objects.create(
        uscc=USCC, name="广州白云食品有限公司", region="440111", kinds=" producer "
    )
    Organisation.objects.create(
        uscc="91440300708461136T",
        name="深圳市一家名字特别长的进出口贸易与供应链管理服务有限责任公司",
        region="440305",
    )
    Product.objects.create(
        gtin=GTIN, organisation=maker, name="鲜牛奶", spec="950 mL", category="food", standard="GB 19645"
    )
    for role in ROLES:
        organisation = maker if role in {"enterprise", "laboratory"} else None
        owner = person(role, org=organisation, is_demo=True, display_name=f"演示{role}")
        if organisation:
            Job.objects.create(
                kind=KIND, options={"behaviour": "proceed"}, owner=owner, organisation=maker, filename="events.json", state="done", total=12,
                done=12, accepted=10, duplicates=1, rejected=1,
            )  # fmt: skip
    now = timezone.now()
    for kind, subject, title in (
        ("organisation", f"organisation:{USCC}", "食品生产许可"),
        ("trace", f"trace:{GTIN}", "鲜牛奶的追溯环节"),
        ("notice", "notice:2026-1", "关于开展重要产品追溯工作的公告"),
    ):
        Disclosure.objects.create(
            kind=kind, subject=subject, title=title, body={"编号": "SC10144011100001"}, region="440111",
            basis="《中华人民共和国政府信息公开条例》第二十条", published_from=now - timedelta(days=1),
            decided_by=User.objects.get(username="province"),
        )  # fmt: skip


PUBLIC = (
    "/", "/scan/", "/search/?q=白云", "/search/?q=没有这个", "/search/?q=6901234567893", "/published/", f"/o/{USCC}/", f"/01/{GTIN}",
    "/unification/", "/about/", "/help/", "/accessibility/", "/privacy/", "/nowhere", "/accounts/login/",
    "/law/", "/law/complaint/", "/law/penalty/", "/law/complaint/compare/", "/law/statutes/",
    "/methods/acceptance/?lot=1000&level=II&aql=1.0&count=binomial&severity=normal&results=0+3+4",
    "/methods/acceptance/?plan=sequential", "/methods/acceptance/?plan=audit", "/methods/acceptance/?plan=points&good=x",
    "/law/clock/?clock=complaint.accept&start=2026-09-28", "/law/clock/?clock=penalty.serve&start=soon",
    "/redress/", "/redress/new/", "/redress/status/", "/redress/calculator/", "/redress/calculator/?price=-1", "/watchers/apply/",
    "/redress/calculator/?price=100&loss=400&fraud=on&food=on&serious_harm=on&unfit=on&distance=on&received_on=2025-09-26",
)  # fmt: skip


def sign_in(page, role: str) -> None:
    """As a person does in the demo: choose who to be."""
    page.goto("/accounts/demo/?next=/desk/")
    page.locator("li", has_text=f"演示{role}").get_by_role("button").click()
    page.wait_for_url("**/desk/")


def faults(page, address: str, language: str) -> list[str]:
    """Open a page and hold it against everything that must be true of every page."""
    response = page.goto(address)
    wrong = page.evaluate(AUDIT)
    if response.status >= 500:
        wrong.append(f"status {response.status}")
    if page.evaluate("document.documentElement.lang") != language:
        wrong.append("another language")
    # The browser also complains of a 404; that one is not ours.
    wrong += [said for said in page.complaints if "Failed to load resource" not in said]
    page.complaints.clear()
    return [f"{address}: {fault}" for fault in wrong]


def check(page, addresses: Iterable[str], language: str) -> None:
    """No page may have any fault; all faults of all pages are told together."""
    wrong = [fault for address in addresses for fault in faults(page, address, language)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("width", "language", "scheme"), LOOKS)
def test_public_pages(open_page, width, language, scheme):
    page = open_page(width=width, language=language, scheme=scheme)
    check(page, PUBLIC, language)


@pytest.mark.parametrize(("role", "look"), [(role, LOOKS[index]) for index, role in enumerate(ROLES)])
def test_every_door_of_every_role(open_page, role, look):
    width, language, scheme = look
    page = open_page(width=width, language=language, scheme=scheme)
    sign_in(page, role)
    doors = page.locator("nav a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert "/desk/" in doors
    # Nobody is shown a door that does not open for them; the desk's own links neither.
    page.goto("/desk/")
    links = page.locator("main a[href^='/']").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    for address in dict.fromkeys([*doors, *links]):
        assert page.request.get(address).status == 200, address
    check(page, doors, language)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_desk_at_every_width(open_page, width):
    page = open_page(width=width)
    sign_in(page, "province")
    check(page, ["/desk/"], "zh-hans")


def test_text_at_twice_its_size_loses_nothing(open_page):
    # A window of 1280 at 200 % has 640 pixels; then once more with the text alone enlarged.
    page = open_page(width=640, height=450, device_scale_factor=2)
    check(page, PUBLIC, "zh-hans")
    page = open_page(width=1280)
    for address in PUBLIC:
        page.goto(address)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        ), address


FOCUS = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  const drawn = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const shape = e.closest("svg") && e.querySelector("rect") && getComputedStyle(e.querySelector("rect")).strokeWidth;
  const all = [...document.querySelectorAll("*")];
  return {at: all.indexOf(e), html: e.outerHTML.slice(0, 120), seen: drawn || parseFloat(shape || 0) >= 3,
          inside: box.bottom > 0 && box.top < innerHeight && box.width > 0};
}"""


def walk(page, address: str) -> list[dict]:
    """Tab through the page until the focus leaves it."""
    page.goto(address)
    stops: list[dict] = []
    for _ in range(400):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None or (stops and stop["at"] == stops[0]["at"]):
            return stops
        stops.append(stop)
    raise AssertionError(f"{address}: the focus does not come out again")


@pytest.mark.parametrize(
    "address", ["/", "/scan/", "/search/?q=白云", "/published/", f"/o/{USCC}/", "/accounts/login/"]
)
def test_keys_alone_reach_everything_in_order_and_the_focus_is_seen(page, address):
    stops = walk(page, address)
    assert "skip" in stops[0]["html"]
    assert [s["at"] for s in stops] == sorted(s["at"] for s in stops)
    assert not [s["html"] for s in stops if not s["seen"]]
    assert not [s["html"] for s in stops if not s["inside"]]


def test_the_skip_link_skips(page):
    page.goto("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('main')")


def test_a_citizen_finds_an_organisation_with_keys_alone(page):
    page.goto("/")
    page.get_by_label("追溯码、商品条码、企业或产品名称").focus()
    page.keyboard.type("白云")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="广州白云食品有限公司").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/o/{USCC}/")
    assert page.locator("h1").inner_text() == "广州白云食品有限公司"


def test_a_typed_code_leads_to_its_organisation_and_a_mistyped_one_says_so(page):
    page.goto("/")
    page.locator("#find-q").fill(USCC.lower())
    page.get_by_role("button", name="查询").click()
    page.wait_for_url(f"**/o/{USCC}/")
    page.goto(f"/search/?q={USCC[:-1]}X")
    assert "校验码不符" in page.get_by_role("alert").inner_text()


def test_a_table_is_worked_with_keys(page):
    page.goto("/published/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    rows = page.locator("[data-row]")
    assert rows.nth(1).locator("input").is_checked()
    assert not rows.nth(0).locator("input").is_checked()
    page.keyboard.press("/")
    page.keyboard.type("许可")
    page.keyboard.press("Enter")
    page.wait_for_url("**published-q=*")
    assert rows.count() == 1
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/published/*/")


def test_a_download_has_what_is_shown(page):
    page.goto("/published/")
    page.get_by_text("导出", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert "关于开展重要产品追溯工作的公告" in text


def test_the_language_is_switched_and_stays(open_page):
    page = open_page()
    page.goto("/help/")
    page.get_by_role("button", name="English").click()
    page.wait_for_load_state()
    assert page.url.endswith("/help/")
    assert page.evaluate("document.documentElement.lang") == "en"
    page.goto("/")
    assert page.evaluate("document.documentElement.lang") == "en"


def test_an_english_page_is_english(open_page):
    """Apart from names in the data and the button that leads back to Chinese."""
    page = open_page(language="en")
    for address in (
        "/scan/",
        "/about/",
        "/help/",
        "/accessibility/",
        "/privacy/",
        "/accounts/login/",
        "/nowhere",
    ):
        page.goto(address)
        left = page.evaluate("""() => {
            document.querySelectorAll("[lang|=zh]").forEach((element) => element.remove());
            return document.body.innerText.match(/[\u4e00-\u9fff]+/g) || [];
        }""")
        assert not left, (address, left)


def test_dark_is_chosen_and_stays(open_page):
    page = open_page(scheme="light")
    page.goto("/")
    before = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.get_by_role("button", name="深色").click()
    page.goto("/help/")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != before


def test_everything_works_without_scripts(open_page):
    page = open_page(java_script_enabled=False)
    page.goto("/published/?published-q=许可")
    assert page.locator("[data-row]").count() == 1
    page.goto("/")
    page.locator("#find-q").fill("白云")
    page.get_by_role("button", name="查询").click()
    page.wait_for_url("**/search/**")
    assert page.get_by_role("link", name="广州白云食品有限公司").is_visible()


@pytest.mark.parametrize("address", ["/", "/published/", f"/o/{USCC}/", "/unification/"])
def test_a_page_prints_without_its_frame(page, address):
    page.goto(address)
    heading = page.locator("h1").inner_text()
    text = "".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf(format="A4"))).pages)
    # Some glyphs of Chinese fonts come out of a PDF as their look-alikes among the radicals.
    assert heading[:2] in unicodedata.normalize("NFKC", text)
    assert "跳到正文" not in text
    assert "登录" not in text.split("质量治理与追溯平台")[-1][:20]
