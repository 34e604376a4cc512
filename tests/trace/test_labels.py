"""Labels are read back with the same kind of reader that a shop has: what is printed is what was meant."""

import io
import shutil
import subprocess
import time
from typing import Any

import pytest
import zxingcpp
from django.test import Client
from PIL import Image
from pypdf import PdfReader

from tests.trace.build import gtin
from zhiheng.core.accounts.models import User
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Organisation, Product
from zhiheng.knowledge.codes.charset import SET82
from zhiheng.knowledge.codes.errors import CodeError
from zhiheng.trace import labels, resolver

G = gtin(1)
GS1 = b"01" + G.encode() + b"10L1\x1d21A/1(2)"


def piece() -> labels.Label:
    return labels.of_product(G, "L1", ["A/1(2)"], "荔枝汁 1 L")[0]


def read(image: Any) -> Any:
    found = zxingcpp.read_barcodes(image)
    assert len(found) == 1
    return found[0]


# -- symbols ----------------------------------------------------------------------------------------------------


def test_a_qr_code_holds_the_address_on_this_host() -> None:
    found = read(Image.open(io.BytesIO(labels.png(piece().symbol("qr")))))
    assert found.text == f"http://127.0.0.1:8000/01/{G}/10/L1/21/A%2F1%282%29"
    assert resolver.of_identity(found.text).get("21") == "A/1(2)"


def test_a_datamatrix_is_a_gs1_datamatrix() -> None:
    made = piece().symbol("datamatrix")
    assert len(made.rows) == len(made.rows[0])
    found = read(Image.open(io.BytesIO(labels.png(made))))
    assert found.symbology_identifier == "]d2"
    assert found.bytes == GS1


def test_a_logistic_unit_has_a_gs1_128() -> None:
    one = labels.of_units("06901230000000001", 1, "")[0]
    found = read(Image.open(io.BytesIO(labels.png(one.symbol("gs1-128"), module=3))))
    assert found.symbology_identifier == "]C1"
    assert found.bytes == b"00" + one.code.key.encode()


def test_svg_has_one_square_box_and_no_style(tmp_path: Any) -> None:
    from lxml import etree

    made = piece().symbol("qr")
    root = etree.fromstring(labels.svg(made, '<"&>').encode())
    assert root.get("viewBox") == f"0 0 {made.width} {made.width}"
    assert root.get("aria-label") == '<"&>'
    assert "style" not in labels.svg(made, "x")


@pytest.mark.parametrize("symbology", ["qr", "datamatrix"])
def test_every_character_that_a_serial_may_have_is_printed(symbology: str) -> None:
    allowed = "".join(sorted(SET82))
    for start in range(0, len(allowed), 20):
        one = labels.of_product(G, "", [allowed[start : start + 20]], "")[0]
        found = read(Image.open(io.BytesIO(labels.png(one.symbol(symbology)))))
        if symbology == "qr":
            assert resolver.of_identity(found.text) == one.code
        else:
            assert found.bytes.decode() == f"01{G}21{one.code.get('21')}"


# -- sheets -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", list(labels.LAYOUTS))
@pytest.mark.parametrize("symbology", ["qr", "datamatrix"])
def test_a_sheet_reads_back_as_text_and_as_codes(layout: str, symbology: str, tmp_path: Any) -> None:
    count = labels.LAYOUTS[layout].on_page + 1
    made = labels.of_product(G, "L20260601", labels.serials(f"A0001-A{count:04d}"), "岭南牌荔枝汁 1 L")
    file = labels.sheet(made, symbology, layout)
    pages = PdfReader(io.BytesIO(file)).pages
    assert len(pages) == 2
    text = pages[0].extract_text()
    assert f"(01){G}" in text.replace("\n", "")
    assert "荔枝汁" in text.replace("\n", "")
    assert "(21)A0001" in text.replace("\n", "")
    assert [round(float(x) / 72 * 25.4) for x in pages[0].mediabox[2:]] == [210, 297]
    if not shutil.which("pdftoppm"):
        pytest.skip("pdftoppm is not installed")
    (tmp_path / "s.pdf").write_bytes(file)
    subprocess.run(
        ["pdftoppm", "-r", "300", "-gray", "-f", "1", "-l", "1", tmp_path / "s.pdf", tmp_path / "p"],
        check=True,
    )
    found = zxingcpp.read_barcodes(Image.open(next(tmp_path.glob("p*.pgm"))))
    wanted = {f"(01){G}(10)L20260601(21)A{n:04d}" for n in range(1, count)}
    if symbology == "qr":
        wanted = {f"http://127.0.0.1:8000/01/{G}/10/L20260601/21/A{n:04d}" for n in range(1, count)}
    assert {one.text for one in found} == wanted


def test_a_sheet_of_logistic_labels_reads_back(tmp_path: Any) -> None:
    made = labels.of_units("06901230000000001", 4, "第1食品有限公司")
    file = labels.sheet(made, "gs1-128", "4")
    if not shutil.which("pdftoppm"):
        pytest.skip("pdftoppm is not installed")
    (tmp_path / "s.pdf").write_bytes(file)
    subprocess.run(["pdftoppm", "-r", "200", "-gray", tmp_path / "s.pdf", tmp_path / "p"], check=True)
    found = zxingcpp.read_barcodes(Image.open(next(tmp_path.glob("p*.pgm"))))
    assert {one.text for one in found} == {one.code.hri for one in made}
    with pytest.raises(Problem) as wrong:
        labels.sheet(made, "gs1-128", "65")
    assert wrong.value.code == "layout_too_small"


def test_two_thousand_labels_are_a_matter_of_seconds_and_one_more_is_refused() -> None:
    made = labels.of_product(G, "L1", labels.serials("A0001-A2000"), "荔枝汁")
    began = time.perf_counter()
    assert labels.sheet(made, "qr", "65").startswith(b"%PDF")
    assert time.perf_counter() - began < 30
    with pytest.raises(Problem) as wrong:
        labels.sheet([*made, made[0]], "qr", "65")
    assert wrong.value.code == "too_many_labels"


# -- serials ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a b,c，d\ne;a", ["a", "b", "c", "d", "e"]),
        ("A098-A101", ["A098", "A099", "A100", "A101"]),
        ("01..03", ["01", "02", "03"]),
        ("SN-1", ["SN-1"]),
        ("2026-06", ["2026-06"]),
        ("A9-A10", ["A9-A10"]),
        ("A3-A1", ["A3-A1"]),
        ("", []),
    ],
)
def test_serials_as_pasted(text: str, made: list[str]) -> None:
    assert labels.serials(text) == made


@pytest.mark.parametrize(
    "text", ["00000-99999", " ".join(str(n) for n in range(2001)), "1" * 18 + "-" + "9" * 18]
)
def test_too_many_serials_are_refused_before_they_are_made(text: str) -> None:
    with pytest.raises(Problem) as wrong:
        labels.serials(text)
    assert wrong.value.code == "too_many_labels"


def test_units_count_on_with_their_check_digits() -> None:
    made = [one.code.key for one in labels.of_units("(00)06901230000000009", 3, "")]
    assert [key[:17] for key in made] == ["06901230000000009", "06901230000000010", "06901230000000011"]
    for wrong in ("123", "x" * 17, "069012300000000099"):
        with pytest.raises(CodeError):
            labels.of_units(wrong, 1, "")
    with pytest.raises(CodeError):
        labels.of_units("06901239999999999", 2, "")


# -- the page ---------------------------------------------------------------------------------------------------


@pytest.fixture
def enterprise(db: None, client: Client) -> User:
    ours = Organisation.objects.create(uscc="91440101MA50000001", name="第1食品有限公司", region="440106")
    other = Organisation.objects.create(uscc="91440101MA50000002", name="别家", region="440106")
    Product.objects.create(gtin=G, organisation=ours, name="荔枝汁", spec="1 L")
    Product.objects.create(gtin=gtin(2), organisation=other, name="别家的")
    user = User.objects.create(username="e", role="enterprise", organisation=ours)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return user


FORM = {
    "kind": "product",
    "gtin": G,
    "lot": "L1",
    "serials": "A001-A030",
    "symbology": "qr",
    "layout": "24",
    "count": "1",
}


def test_an_enterprise_previews_and_downloads_its_own_labels(client: Client, enterprise: User) -> None:
    page = client.get("/desk/labels/")
    assert page.status_code == 200
    assert "别家的" not in page.content.decode()
    preview = client.post("/desk/labels/", {**FORM, "do": "preview"}).content.decode()
    assert "共 30 张，2 页" in preview
    assert preview.count("<svg xmlns") == 6
    file = client.post("/desk/labels/", {**FORM, "do": "pdf"})
    assert file["Content-Type"] == "application/pdf"
    assert len(PdfReader(io.BytesIO(file.content)).pages) == 2
    assert client.post("/desk/labels/", {**FORM, "do": "svg"})["Content-Type"] == "image/svg+xml"
    assert client.post("/desk/labels/", {**FORM, "do": "png"}).content.startswith(b"\x89PNG")
    units = {"kind": "sscc", "sscc": "06901230000000001", "count": "3", "symbology": "gs1-128", "layout": "4"}
    assert "共 3 张，1 页" in client.post("/desk/labels/", {**units, "do": "preview"}).content.decode()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"gtin": gtin(2)}, "不是您登记的产品"),
        ({"gtin": "123"}, "位数不对"),
        ({"gtin": ""}, "请填写商品条码"),
        ({"lot": "批"}, "不该出现的字符"),
        ({"serials": "序号"}, "不该出现的字符"),
        ({"serials": "00000-99999"}, "最多 2000 张"),
        ({"serials": "", "count": "9999"}, "最多 2000 张"),
        ({"symbology": "gs1-128"}, "用于物流单元"),
        ({"kind": "sscc", "sscc": "", "symbology": "gs1-128"}, "请填写首个 SSCC"),
        ({"kind": "sscc", "sscc": "09990000000000001"}, "厂商识别代码"),
        ({"kind": "sscc", "sscc": "06901230000000001", "symbology": "gs1-128", "layout": "65"}, "太窄"),
        ({"layout": "7"}, ""),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_at_its_field(
    client: Client, enterprise: User, change: dict[str, str], says: str
) -> None:
    answer = client.post("/desk/labels/", {**FORM, **change, "do": "pdf"})
    assert answer.status_code == 400
    assert says in answer.content.decode()


def test_labels_need_an_account(client: Client, db: None) -> None:
    assert client.get("/desk/labels/").status_code == 302
