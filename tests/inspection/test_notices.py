"""Published notices: what the parser reads of real ones, what it is unsure of, and what a person makes of it."""

import csv
import io
import json
import re
import unicodedata

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.cases.people import HAIZHU, officer, organisation
from tests.shared import shared
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Organisation
from zhiheng.systems.inspection import actions_notices as actions
from zhiheng.systems.inspection import notices_table, notices_text, words_notices
from zhiheng.systems.inspection import queries_notices as queries
from zhiheng.systems.inspection.actions_notices import About
from zhiheng.systems.inspection.forms_notices import ImportForm
from zhiheng.systems.inspection.models import PublishedNotice, PublishedRow

ABOUT = About("某省市场监督管理局", "关于2批次食品不合格情况的通告", "2026-01-20")
TEXT = """甲市乙超市有限公司销售的标称丙市丁食品厂生产的芝麻糖，大肠菌群不符合食品安全国家标准规定。检验机构为戊检验所。
己市庚商行销售的黄豆酱，防腐剂混合使用时各自用量占其最大使用量的比例之和和铅(以Pb计)不符合食品安全国家标准规定。"""


# -- sentences ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        (
            "甲店销售的标称乙厂生产的饼干，菌落总数、霉菌不符合食品安全国家标准规定。",
            {"sampled_name": "甲店", "producer_name": "乙厂", "product": "饼干", "items": ["菌落总数", "霉菌"]},
        ),
        (
            "1.标称乙厂生产的水，铜绿假单胞菌不符合食品安全国家标准规定。检验机构为丙所(分所)。",
            {"producer_name": "乙厂", "product": "水", "items": ["铜绿假单胞菌"], "laboratory": "丙所（分所）"},
        ),
        (
            "标称供应商为乙公司、甲店销售的鱼不合格，不合格项目为孔雀石绿，检出值为1.6μg/kg，标准值为不得检出。",
            {"supplier_name": "乙公司", "producer_name": "", "sampled_name": "甲店", "product": "鱼", "items": ["孔雀石绿"]},
        ),
        (
            "乙公司生产的商标A、型号B-1批号7的浴缸，结构和装配质量不合格。",
            {"producer_name": "乙公司", "product": "浴缸", "brand": "A", "spec": "B-1", "batch": "7", "items": ["结构和装配质量"]},
        ),
        (
            "标示为乙公司2016年10月3日生产、由甲店销售的规格为散装的鱼干，镉(以Cd计)超标。",
            {"producer_name": "乙公司", "batch": "2016-10-03", "spec": "散装", "product": "鱼干", "items": ["镉（以Cd计）"]},
        ),
        (
            "甲饭店使用的碗，大肠菌群和阴离子合成洗涤剂(以十二烷基苯磺酸钠计)不符合食品安全国家标准规定。",
            {"sampled_name": "甲饭店", "items": ["大肠菌群", "阴离子合成洗涤剂（以十二烷基苯磺酸钠计）"]},
        ),
        (
            "此外，丙网店(经营者为丁商行)在某网(网站)销售的、标称乙公司委托戊厂生产的花蜜,氯霉素不符合食品安全国家标准规定。",
            {"sampled_name": "丙网店（经营者为丁商行）", "platform": "某网", "producer_name": "乙公司", "product": "花蜜", "items": ["氯霉素"], "remark": "委托戊厂生产"},
        ),
        (
            "甲店销售的、来自乙公司的猪肉，检测出恩诺沙星不符合食品安全国家标准规定。",
            {"sampled_name": "甲店", "supplier_name": "乙公司", "product": "猪肉", "items": ["恩诺沙星"], "doubts": ["is_source"]},
        ),
        (
            "甲酒楼由乙公司供货的筷子,大肠菌群检出值为检出/50cm²,标准规定为不得检出;铅检出值0.3mg/kg。标准规定为≤0.2mg/kg。检验机构为丙所。",
            {"sampled_name": "甲酒楼", "supplier_name": "乙公司", "product": "筷子", "items": ["大肠菌群", "铅"], "laboratory": "丙所"},
        ),
        (
            "甲店销售的1批次鱼，镉(以Cd计)含量为2.8mg/kg，超过食品安全国家标准(≤0.5mg/kg)。",
            {"product": "鱼", "items": ["镉（以Cd计）"]},
        ),
        (
            "（三）1号店在1号店（网站）销售的标称乙厂生产的米线，菌落总数5次检出值分别为10CFU/g、20CFU/g，不符合国家标准规定的5次均不得超过15CFU/g。",
            {"sampled_name": "1号店", "platform": "1号店", "producer_name": "乙厂", "product": "米线", "items": ["菌落总数"]},
        ),
        ("甲市乙区丙面馆的大碗（消毒日期为2024年1月1日），大肠菌群不符合食品安全国家标准规定。", {"sampled_name": "甲市乙区丙面馆", "items": ["大肠菌群"]}),
    ],
)  # fmt: skip
def test_the_sentences_of_notices_are_read(sentence, found):
    (line,) = notices_text.lines(sentence)
    for name, value in found.items():
        got = [one["item"] for one in line.items] if name == "items" else getattr(line, name)
        assert got == value, name


def test_what_is_unsure_is_said_and_lowers_the_confidence():
    cut, products, strange = notices_text.lines(
        "甲店销售的酱，铅和镉不符合标准规定。\n甲店销售的肉松棒和无糖糕，霉菌不符合标准规定。\n近日发现某饼干霉菌超标严重，请注意"
    )
    assert cut.doubts == ["items_joined"] and cut.confidence == 0.8
    assert products.doubts == ["two_products"]
    assert strange.doubts == ["no_grammar"] and strange.confidence == 0
    assert set(words_notices.DOUBTS) == set(notices_text.DOUBTS)


def test_a_sentence_that_lists_samples_with_the_items_they_share_is_a_line_for_each():
    found = notices_text.lines(
        "3批次食品检出微生物问题,分别为甲店销售的、标称乙厂生产的土豆丝,丙店销售的、标称丁厂生产的土豆片(香辣),戊店使用的碟,"
        "大肠菌群、霉菌不符合食品安全国家标准规定;己店销售的糕,霉菌不符合产品明示标准要求、氯霉素不符合国家有关规定。"
    )
    assert [(one.sampled_name, one.producer_name, one.product) for one in found] == [
        ("甲店", "乙厂", "土豆丝"), ("丙店", "丁厂", "土豆片（香辣）"), ("戊店", "", "碟"), ("己店", "", "糕"),
    ]  # fmt: skip
    assert all([i["item"] for i in one.items] == ["大肠菌群", "霉菌"] for one in found[:3])
    assert [one.doubts for one in found] == [["shared_items"]] * 3 + [[]]
    assert [i["item"] for i in found[3].items] == ["霉菌", "氯霉素"]


def test_values_and_limits_go_with_their_items():
    (one,) = notices_text.lines(
        "甲店销售的芹菜，氧乐果检出值为0.035 mg/kg，标准规定为≤0.02 mg/kg；敌敌畏检出值为0.4 mg/kg。标准规定为≤0.2 mg/kg。"
    )
    assert one.items == [
        {"item": "氧乐果", "measured": "0.035 mg/kg", "limit": "≤0.02 mg/kg"},
        {"item": "敌敌畏", "measured": "0.4 mg/kg", "limit": "≤0.2 mg/kg"},
    ]  # fmt: skip
    (two,) = notices_text.lines("甲店销售的1批次鱼，恩诺沙星130μg/kg，超出国家标准值100μg/kg。")
    assert two.items == [{"item": "恩诺沙星", "measured": "130μg/kg", "limit": "≤100μg/kg"}]


def test_what_sums_up_is_no_line():
    assert notices_text.lines("二、食品添加剂超标\n菌落总数超标的原因，可能是卫生条件差。") == []
    text = "近期，我局组织抽检食品960批次，其中不合格样品13批次。对不合格食品已责令下架。"
    assert notices_text.lines(text) == []
    assert notices_text.lines("") == []


@pytest.mark.parametrize("text", ["标称" * 5000 + "不合格", "的" * 20000 + "超标", "(" * 5000 + "检出", "销售的标称" * 2000 + "，不合格"])  # fmt: skip
def test_a_malicious_text_is_read_in_reasonable_time(text):
    import time

    start = time.monotonic()
    notices_text.lines(text)
    assert time.monotonic() - start < 5


# -- tables ---------------------------------------------------------------------------------------------------

JIANGSU = [
    ["2026年第1期不合格食品"],
    ["序号", "标称生产企业名称", "标称生产企业地址", "被抽样单位名称", "被抽样单位地址", "食品名称", "规格型号", "商标", "生产日期/批号", "不合格项目║检验结果║标准值", "分类", "检验机构"],
    ["1", "甲厂", "甲路", "乙店", "乙路", "酱", "500g", "/", "2025-11-01", "铅(以Pb计)║0.9mg/kg║≤0.5mg/kg", "调味品", "丙所"],
    ["", "", "", "", "", "", "", "", "", "霉菌║800CFU/g║≤150CFU/g", "", ""],
    ["2", "/", "/", "丁店", "丁路", "鱼", "/", "/", "2025-11-02（购进日期）", "孔雀石绿║1.6μg/kg║不得检出", "食用农产品", "丙所"],
    ["注：产品抽样检验为本批次。"],
]  # fmt: skip


def test_the_joined_column_and_rows_that_go_on_are_one_line():
    first, second = notices_table.lines(JIANGSU)
    assert first.items == [
        {"item": "铅(以Pb计)", "measured": "0.9mg/kg", "limit": "≤0.5mg/kg"},
        {"item": "霉菌", "measured": "800CFU/g", "limit": "≤150CFU/g"},
    ]  # fmt: skip
    assert (first.brand, first.spec, first.laboratory, first.confidence) == ("", "500g", "丙所", 1)
    assert second.producer_name == "" and second.sampled_name == "丁店" and second.doubts == []


def test_three_columns_and_the_old_layout_of_products():
    national = [
        ["序号", "标称生产企业名称", "被抽样单位名称", "食品名称", "不合格项目", "检验结果", "标准值"],
        [1.0, "甲厂", "乙店", "酱", "铅\n镉", "0.9\n0.3", "≤0.5\n≤0.1"],
        [2.0, "甲厂", "乙店", "糖", "铅、镉", "0.9", "≤0.5"],
    ]
    one, two = notices_table.lines(national)
    assert [i["measured"] for i in one.items] == ["0.9", "0.3"]
    assert [i["measured"] for i in two.items] == ["", ""] and two.doubts == ["no_value"]
    old = [["企业名称", "所在地", "产品名称", "商标", "规格型号", "抽查结果", "主要不合格项目", "承检机构"],
           ["甲公司", "广东省", "灯", "A", "5W", "不合格", "标志、结构", "丙所"]]  # fmt: skip
    (lamp,) = notices_table.lines(old)
    assert (lamp.producer_name, lamp.producer_address, lamp.brand) == ("甲公司", "广东省", "A")
    online = [["序号", "产品种类", "受检单位", "标称生产单位", "标称生产单位所在地", "产品名称", "主要不合格项目", "电商平台"],
              ["1", "灯具", "某网店", "甲公司", "广东省", "台灯", "结构", "某平台"]]  # fmt: skip
    assert notices_table.lines(online)[0].platform == "某平台"
    assert notices_table.lines([["甲", "乙"], ["1", "2"]]) is None


def test_a_comma_in_brackets_parts_nothing_and_a_value_with_its_limit_is_a_sample():
    first, second, third = notices_text.lines(
        "一、甲超市销售的标称乙公司生产的饼干（生产日期：2026年5月1日，规格：200克/袋），过氧化值不符合标准规定。"
        "二、丙超市销售的标称丁公司生产的糕点，过氧化值（以脂肪计）检测值为0.40g/100g，标准规定不大于0.25g/100g。"
        "三、戊超市销售的饼干（规格：200克，过氧化值不符合标准规定。"
    )
    assert (first.product, first.spec, first.batch) == ("饼干", "200克/袋", "2026-05-01")
    assert [one["item"] for one in first.items] == ["过氧化值"] and first.doubts == ["inline_details"]
    assert (second.product, second.items) == (
        "糕点", [{"item": "过氧化值（以脂肪计）", "measured": "0.40g/100g", "limit": "不大于0.25g/100g"}],
    )  # fmt: skip
    assert third.doubts  # a bracket that does not close is looked at by a person


@pytest.mark.parametrize(
    ("day", "right"), [("2026-01-20", True), ("2026", True), ("2026-13-45", False), ("昨天", False)]
)
def test_a_notice_has_a_day_that_there_is(day, right):
    form = ImportForm({"agency": "甲局", "title": "公告", "published": day})
    assert form.is_valid() is right and ("published" in form.errors) is not right


# -- against the real notices ---------------------------------------------------------------------------------


def _key(text):
    return re.sub(r"[\s，,、；;（）()和]", "", unicodedata.normalize("NFKC", text))


def test_real_notices_against_their_transcription(capsys):
    """The figures that docs/inspection.md states. The grammar was written with these notices at hand."""
    folder = shared("data/real/spotcheck")
    wanted = {}
    for row in csv.DictReader((folder / "nonconforming_samples.csv").open(encoding="utf-8")):
        wanted.setdefault(row["notice_id"], []).append(row)
    right, found, want = {}, 0, 0
    for text in (folder / "notices.jsonl").read_text(encoding="utf-8").splitlines():
        notice = json.loads(text)
        got, rows = notices_text.lines(notice["text"]), wanted[notice["id"]]
        found, want = found + len(got), want + len(rows)
        for line, row in zip(got, rows, strict=False):
            for name, mine, theirs in (
                ("sampled", line.sampled_name, row["sampled_unit"]),
                ("producer", line.producer_name, row["labelled_producer"]),
                ("items", "".join(i["item"] for i in line.items), row["failing_item"]),
                ("measured", line.items[0]["measured"] if line.items else "", row["measured"]),
                ("limit", line.items[0]["limit"] if line.items else "", row["limit"]),
                ("laboratory", line.laboratory, row["lab"]),
            ):
                right[name] = right.get(name, 0) + (_key(mine) == _key(theirs))
            # A transcription keeps what stands before the name; the parser takes it apart and says so.
            same = _key(line.product) == _key(row["product"])
            apart = "inline_details" in line.doubts and _key(row["product"]).endswith(_key(line.product))
            right["product"] = right.get("product", 0) + (same or apart)
    assert found == want == 58
    assert right == dict.fromkeys(right, 58), right


def test_real_tables_are_read():
    folder = shared("data/real/spotcheck")
    lines = actions.read_file("t.csv", (folder / "official_table_rows.csv").read_bytes())
    rows = list(csv.DictReader((folder / "official_table_rows.csv").open(encoding="utf-8")))
    assert len(lines) == len(rows) == 7
    for line, row in zip(lines, rows, strict=True):
        assert line.sampled_name == row["sampled_unit"] and line.product == row["product"]
        assert _key("".join(i["item"] for i in line.items)) == _key(row["failing_items"])
        assert (
            line.producer_name == row["labelled_producer"] or line.supplier_name in row["labelled_producer"]
        )
        assert line.items[0]["limit"] == row["limit"]
    groups = actions.read_file("g.csv", (folder / "product_group_results.csv").read_bytes())
    rows = list(csv.DictReader((folder / "product_group_results.csv").open(encoding="utf-8")))
    assert len(groups) == len(rows) == 48
    stated = [r for r in rows if r["batches"] and r["nonconforming"]]
    assert sum(g.batches or 0 for g in groups) == sum(int(r["batches"]) for r in rows if r["batches"])
    assert sum(g.confidence == 1 for g in groups) <= len(stated)


# -- a person decides -----------------------------------------------------------------------------------------


@pytest.fixture
def chen(db):
    return officer("chen")


@pytest.fixture
def notice(chen):
    return actions.import_notice(chen, ABOUT, text=TEXT)[0]


def test_a_notice_is_imported_once(chen, notice):
    again, made = actions.import_notice(chen, ABOUT, text=TEXT)
    assert again == notice and not made
    assert PublishedRow.objects.count() == 2 and str(notice.published_on) == "2026-01-20"
    first, second = notice.rows.all()
    assert first.laboratory == "戊检验所" and first.confidence == 1
    assert second.doubts == ["items_joined"] and len(second.items) == 2


def test_organisations_are_matched_by_their_whole_name_or_code_only(chen):
    organisation("甲市乙超市有限公司", n=1)
    organisation("丙市丁食品厂（普通合伙）", n=2)  # alike, not the same
    notice, _made = actions.import_notice(chen, ABOUT, text=TEXT)
    row = notice.rows.first()
    assert row.sampled.name == "甲市乙超市有限公司" and row.producer is None
    assert [o.name for o in queries.proposals("丙市丁食品厂")] == ["丙市丁食品厂（普通合伙）"]
    organisation("甲市乙超市有限公司", HAIZHU, n=3)  # now two have the name
    assert queries.exact({"甲市乙超市有限公司"}) == {}
    one = Organisation.objects.first()
    assert queries.exact({one.uscc}) == {one.uscc: one}


def test_a_person_confirms_corrects_or_drops(chen, notice, client):
    maker = organisation("丙市丁食品厂有限公司", n=5)
    client.force_login(chen)
    first, second = notice.rows.all()
    page = reverse("inspection:notice_row", args=[first.pk])
    assert "丙市丁食品厂有限公司" in client.get(page).content.decode()
    values = {name: getattr(first, name) for name in actions.NAMES}
    answer = client.post(
        page, {**values, "product": "黑芝麻糖", "items": "大肠菌群║║", "sampled": "", "producer": maker.uscc}
    )
    assert answer.status_code == 302 and answer["Location"] == reverse(
        "inspection:notice_row", args=[second.pk]
    )
    first.refresh_from_db()
    assert first.state == "confirmed" and first.corrected and first.product == "黑芝麻糖"
    assert first.producer == maker and first.seen["product"] == "芝麻糖" and first.decided_by == chen
    wrong = client.post(reverse("inspection:notice_row", args=[second.pk]), {"product": "", "items": ""})
    assert wrong.status_code == 422
    client.post(reverse("inspection:notice_row", args=[second.pk]), {"drop": "1"})
    second.refresh_from_db()
    assert second.state == "dropped"
    with pytest.raises(Problem):
        actions.decide(officer("other", HAIZHU), first, keep=True)


def test_rows_without_doubts_are_confirmed_together(chen, notice, client):
    client.force_login(chen)
    client.post(reverse("inspection:notice_confirm", args=[notice.pk]))
    assert [row.state for row in notice.rows.all()] == ["confirmed", "proposed"]
    assert "芝麻糖" in client.get(reverse("inspection:notices")).content.decode()
    assert b"\xe8\x8a\x9d" in b"".join(client.get(reverse("inspection:notices") + "?published-export=csv"))


def test_the_page_takes_text_csv_and_workbooks(chen, client):
    import xlsxwriter

    client.force_login(chen)
    url = reverse("inspection:notice_new")
    about = {"agency": "某局", "title": "某通告"}
    assert client.post(url, {**about, "text": TEXT}).status_code == 302
    tabs = "\n".join("\t".join(row) for row in JIANGSU)
    assert client.post(url, {**about, "text": tabs}).status_code == 302
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for n, row in enumerate(JIANGSU):
        sheet.write_row(n, 0, row)
    book.close()
    sent = SimpleUploadedFile("n.xlsx", out.getvalue())
    assert client.post(url, {**about, "file": sent}).status_code == 302
    assert [n.rows.count() for n in PublishedNotice.objects.order_by("pk")] == [2, 2, 2]
    for bad in (b"", b"\x00\x01\x02", b"a,b\n1,2\n", b"PK\x03\x04broken", b"{}", "没有内容".encode()):
        answer = client.post(url, {**about, "file": SimpleUploadedFile("n.csv", bad)})
        assert answer.status_code == 422, bad
    assert client.post(url, {**about, "text": "今天天气好"}).status_code == 422
    assert client.post(url, {"text": TEXT}).status_code == 422
    assert PublishedNotice.objects.count() == 3


def test_only_officers_see_and_only_planners_import(chen, notice, client):
    for role, status in (("auditor", 200), ("leading", 403)):
        client.force_login(officer(role, "440000", role))
        assert client.get(reverse("inspection:notices")).status_code == status
        assert client.get(reverse("inspection:notice_new")).status_code == 403
