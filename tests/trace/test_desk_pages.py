"""The desk of the trace: who sees which page, and what stands on it."""

import csv
import io
import json
import re
import time
from typing import Any
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from tests.accounts.people import person, with_second_factor
from tests.trace.build import at, box, capture, document, gtin, lot, made, seen, serial
from tests.trace.province import cans, firms
from zhiheng.core.jobs.models import Job
from zhiheng.core.jobs.runner import run_now
from zhiheng.core.registry.models import Organisation
from zhiheng.trace.capture import submit
from zhiheng.trace.findings import sweep
from zhiheng.trace.models import Finding
from zhiheng.trace.queries import findings_visible_to

pytestmark = pytest.mark.django_db


def client(user: Any) -> Client:
    if user.is_officer:
        with_second_factor(user)
    signed_in = Client()
    signed_in.force_login(user)
    return signed_in


@pytest.fixture
def province() -> Client:
    return client(person("province"))


def explore(code: str, **more: str) -> str:
    return "/desk/trace/?" + "&".join(f"{k}={quote(v)}" for k, v in {"code": code, **more}.items())


def text(response: Any) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return str(body.decode())


# -- explorer -----------------------------------------------------------------------------------------------------


def test_without_a_code_the_page_says_what_to_type_and_how_to_scan(province: Client) -> None:
    page = text(province.get("/desk/trace/"))
    assert "怎样扫码" in page
    assert "(00)069012345000000011" in page


@pytest.mark.parametrize(
    ("code", "status", "says"),
    [
        ("zzz", 422, "认不出这个编码"),
        ("06901234567899", 422, "认不出这个编码"),
        ("(01)0690123456", 422, "认不出这个编码"),
        ("\x00", 200, "怎样扫码"),
        ("x" * 5000, 422, "认不出这个编码"),
        (serial(88, "nobody"), 404, "没有您可以查看的记录"),
    ],
)
def test_a_code_that_leads_nowhere_gets_a_page_with_the_remedy(
    province: Client, code: str, status: int, says: str
) -> None:
    response = province.get(explore(code))
    assert response.status_code == status
    assert says in text(response)


def test_a_time_that_is_none_gets_a_page_with_the_remedy(province: Client) -> None:
    capture(made(1, 1, serial(1, "a")))
    for bad in ("yesterday", "2026-13-01", "9999999", "0001-01-01T00:00:00+23:59"):
        response = province.get(explore(serial(1, "a"), at=bad))
        assert response.status_code in {404, 422}, bad
    assert "2026-06-10T15:00" in text(province.get(explore(serial(1, "a"), at="yesterday")))


def test_every_section_of_the_explorer_stands_on_one_page(province: Client) -> None:
    firms()
    cans(4, 5)
    page = text(province.get(explore(lot(1, "F1"))))
    for word in (
        "增城荔枝",
        "供应链图",
        "图中的框",
        "图中的连线",
        "tile-map",
        "首席质量官 张**",
        "发货通知",
        "时间轴",
    ):
        assert word in page, word
    assert "张三丰" not in page
    holders = text(province.get(explore(lot(1, "F1"), tab="holders")))
    assert "佛山批发市场有限公司" in holders
    assert "在途" in holders
    breaks = text(province.get(explore(lot(1, "F1"), tab="breaks")))
    assert "该要什么" in breaks
    score = text(province.get(explore(lot(1, "F1"), tab="completeness")))
    assert "平台口径，非官方考核口径" in score


def test_the_page_shows_the_chain_as_it_was_at_a_time(province: Client) -> None:
    firms()
    capture(made(1, 1, serial(1, "a")), seen(5, 4, serial(1, "a")))
    now = text(province.get(explore(serial(1, "a"))))
    then = text(province.get(explore(serial(1, "a"), at="2026-06-01T02:00")))
    assert "佛山批发市场有限公司" in now
    assert "佛山批发市场有限公司" not in then
    assert "回到现在" in then
    # The slider still offers what comes later.
    assert 'data-at="2026-06-01T05:00:00"' in then
    assert province.get(explore(serial(1, "a"), at="2026-05-01")).status_code == 404
    assert province.get(explore(serial(1, "a"), at=at(6))).status_code == 200


def test_who_sees_what(province: Client) -> None:
    ours = firms()
    cans(2, 2)
    code = explore(lot(1, "F1"))
    assert "佛山批发市场有限公司" in text(province.get(code))
    city = client(person("city"))  # 广州
    page = text(city.get(code))
    assert "番禺食品厂有限公司" in page
    grower = client(person("enterprise", org=ours[0], username="grower"))
    page = text(grower.get(code))
    assert "白云果园有限公司" in page
    assert "佛山批发市场有限公司" not in page
    stranger = client(person("enterprise", org=ours[2], username="stranger"))
    assert stranger.get(code).status_code == 404
    assert client(person("enterprise", username="nobody")).get(code).status_code == 404
    assert client(person("laboratory")).get(code).status_code == 403
    assert Client().get(code).status_code == 302


def test_five_thousand_goods_on_one_page_in_two_seconds(province: Client) -> None:
    firms()
    cans(50, 100)
    province.get("/desk/trace/")  # templates are read
    start = time.perf_counter()
    page = text(province.get(explore(lot(1, "F1"))))
    assert time.perf_counter() - start < 2
    picture = page[page.index('<svg class="chain"') :]
    picture = picture[: picture.index("</svg>")]
    assert len(re.findall(r"<[a-z]", picture)) < 400
    assert len(page) < 200_000


def test_a_big_scope_is_paged_on_the_page_and_whole_in_the_export(province: Client) -> None:
    firms()
    goods = cans(10, 30)
    page = text(province.get(explore(lot(1, "F1"), tab="scope")))
    assert page.count("data-row") == 50
    body = text(province.get(explore(lot(1, "F1"), tab="scope", **{"scope-export": "csv"})))
    rows = list(csv.reader(io.StringIO(body.removeprefix("\ufeff"))))
    codes = {row[2] for row in rows[1:]}
    assert set(goods) <= codes
    assert box(3) in codes


def test_holders_are_exported_with_every_code(province: Client) -> None:
    firms()
    goods = cans(3, 2)
    url = explore(lot(1, "F1"), tab="holders", **{"holders-export": "json"})
    found = json.loads(text(province.get(url)))
    seller = next(row for row in found if row["name"] == "佛山批发市场有限公司")
    assert seller["count"] == 4
    assert set(seller["items"].split("\n")) == set(goods[2:])
    sheet = province.get(explore(lot(1, "F1"), tab="holders", **{"holders-export": "xlsx"}))
    book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(sheet.streaming_content)))
    assert len(book.get_sheet_by_index(0).to_python()) == len(found) + 1


def test_the_story_is_exported_by_the_link_on_its_page(province: Client) -> None:
    firms()
    cans(2, 2)
    page = text(province.get(explore(lot(1, "F1"))))
    link = re.search(r'href="([^"]*story-export=csv)"', page)
    assert link
    body = text(province.get("/desk/trace/" + link[1].replace("&amp;", "&")))
    rows = list(csv.DictReader(io.StringIO(body.removeprefix("\ufeff"))))
    assert [row["环节"] for row in rows[:3]] == ["赋码", "发货", "收货"]
    assert rows[1]["负责人"] == "首席质量官 张**"
    assert rows[1]["单据"].startswith("发货通知 ")


def test_a_container_shows_its_contents_and_a_good_what_it_is_in(province: Client) -> None:
    firms()
    goods = cans(2, 3)
    page = text(province.get(explore(box(1))))
    assert "容器里的东西" in page
    assert goods[3].split("/")[-1] in page
    assert box(1).split("/")[-1] in text(province.get(explore(goods[3])))


# -- findings -----------------------------------------------------------------------------------------------------


def swept() -> None:
    while sweep():
        pass


def test_findings_are_cut_by_jurisdiction_and_by_firm() -> None:
    ours = firms()
    cans(3, 2)
    swept()
    assert Finding.objects.exists()
    assert findings_visible_to(person("province")).count() == Finding.objects.count()
    guangzhou = findings_visible_to(person("city"))
    assert guangzhou.count() == Finding.objects.filter(region__startswith="4401").count() > 0
    assert findings_visible_to(person("city", username="sz", region="440300")).count() == 0
    factory = findings_visible_to(person("enterprise", org=ours[1]))
    assert factory.count() == Finding.objects.filter(organisation=ours[1]).count() > 0
    assert findings_visible_to(person("enterprise", username="stranger", org=ours[4])).count() == 0
    assert findings_visible_to(person("laboratory")).count() == 0
    assert findings_visible_to(None).count() == 0


def test_the_list_of_findings_filters_searches_and_leads_to_the_explorer(province: Client) -> None:
    firms()
    cans(3, 2)
    swept()
    page = text(province.get("/desk/trace/findings/"))
    assert "发出未收到" in page
    assert "tab=breaks" in page
    hit = text(province.get(f"/desk/trace/findings/?findings-q={quote(box(0))}"))
    assert box(0).split("/")[-1] in hit
    miss = text(province.get(f"/desk/trace/findings/?findings-q={quote(box(2))}&findings-state=open"))
    assert "没有符合条件的记录" in miss
    body = json.loads(text(province.get("/desk/trace/findings/?findings-export=json")))
    assert {row["kind"] for row in body} == {"发出未收到"}
    assert body[0]["state"] == "未消除"


# -- completeness -------------------------------------------------------------------------------------------------


def test_completeness_by_product_firm_and_category(province: Client) -> None:
    ours = firms()
    cans(3, 2)
    for query in (f"gtin={gtin(2)}", f"uscc={ours[1].uscc}", "category=food"):
        page = text(province.get(f"/desk/trace/completeness/?{query}"))
        assert "缺得最多的" in page, query
        assert "检验合格证号" in page
    page = text(province.get("/desk/trace/completeness/?category=rare_earth"))
    assert "不适用" in page
    assert province.get("/desk/trace/completeness/?category=zzz").status_code == 422
    assert province.get("/desk/trace/completeness/?gtin=12").status_code == 422
    assert province.get("/desk/trace/completeness/?uscc=%00x").status_code == 404
    stranger = client(person("enterprise", org=ours[4]))
    assert stranger.get(f"/desk/trace/completeness/?uscc={ours[1].uscc}").status_code == 404


# -- captures -----------------------------------------------------------------------------------------------------

GOOD = made(1, 1, serial(5, "good"))
BAD = {**made(2, 1, serial(5, "bad")), "bizStep": "shiping", "ex:note": "改我"}


def upload(signed_in: Client, body: bytes, behaviour: str = "proceed", name: str = "六月.json") -> Any:
    file = SimpleUploadedFile(name, body, content_type="application/json")
    return signed_in.post("/desk/captures/", {"file": file, "behaviour": behaviour})


def test_an_upload_is_kept_and_leads_to_its_job(province: Client) -> None:
    response = upload(province, document([GOOD]))
    job = Job.objects.get()
    assert response.headers["Location"] == f"/desk/captures/{job.pk}/"
    assert job.filename == "六月.json"
    page = text(province.get(response.headers["Location"]))
    assert "排队中" in page
    assert 'hx-trigger="load delay:1s"' in page
    run_now(job)
    page = text(province.get(response.headers["Location"]))
    assert "已完成" in page
    assert "hx-trigger" not in page
    poll = province.get(response.headers["Location"], headers={"HX-Request": "true"})
    assert poll.headers["HX-Refresh"] == "true"
    assert "六月.json" in text(province.get("/desk/captures/"))


def test_an_upload_of_nothing_is_answered_with_what_to_do(province: Client) -> None:
    for response in (upload(province, b""), province.post("/desk/captures/", {"behaviour": "proceed"})):
        assert response.status_code == 422
        assert "请选一个 EPCIS 文件" in text(response)
    assert upload(province, document([GOOD]), behaviour="maybe").status_code == 422
    assert not Job.objects.exists()


def test_rejected_events_are_listed_and_come_back_as_a_document_that_can_be_mended(province: Client) -> None:
    upload(province, document([GOOD, BAD]))
    job = run_now(Job.objects.get())
    page = text(province.get(f"/desk/captures/{job.pk}/"))
    assert "unknown-word" in page
    assert "bizStep" in page
    back = json.loads(text(province.get(f"/desk/captures/{job.pk}/rejected.json")))
    assert back["epcisBody"]["eventList"] == [BAD]
    mended = json.dumps(back).replace("shiping", "shipping").encode()
    again = run_now(submit(None, [mended], behaviour="rollback"))
    assert (again.accepted, again.rejected) == (1, 0)
    good = run_now(submit(None, [document([GOOD])], behaviour="proceed"))
    assert province.get(f"/desk/captures/{good.pk}/rejected.json").status_code == 404


def test_a_rolled_back_upload_says_so_in_plain_words(province: Client) -> None:
    upload(province, document([GOOD, BAD]), behaviour="rollback")
    job = run_now(Job.objects.get())
    assert "整份都没有收" in text(province.get(f"/desk/captures/{job.pk}/"))
    assert json.loads(text(province.get(f"/desk/captures/{job.pk}/rejected.json")))["epcisBody"][
        "eventList"
    ] == [BAD]


def test_a_failed_job_can_be_run_again(province: Client) -> None:
    upload(province, document([GOOD]))
    job = Job.objects.get()
    Job.objects.update(state="failed", error={"code": "internal_error", "title": "x", "remedy": "y"})
    assert "重新处理" in text(province.get(f"/desk/captures/{job.pk}/"))
    assert province.get(f"/desk/captures/{job.pk}/again/").status_code == 405
    province.post(f"/desk/captures/{job.pk}/again/")
    job.refresh_from_db()
    assert job.state == "queued"
    assert run_now(job).accepted == 1


def test_captures_are_seen_by_the_firm_its_officers_and_nobody_else(province: Client) -> None:
    ours = firms()
    owner = person("enterprise", org=ours[1])
    job = run_now(submit(owner, [document([GOOD])], filename="a.json"))
    url = f"/desk/captures/{job.pk}/"
    assert client(owner).get(url).status_code == 200
    assert province.get(url).status_code == 200
    assert client(person("city")).get(url).status_code == 200
    assert client(person("city", username="sz", region="440300")).get(url).status_code == 404
    assert (
        client(person("enterprise", username="other", org=Organisation.objects.get(pk=ours[4].pk)))
        .get(url)
        .status_code
        == 404
    )
    assert client(person("auditor")).get(url).status_code == 403
