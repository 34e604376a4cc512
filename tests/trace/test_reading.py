"""Photographs as people take them: turned, soft, grainy, small, dark; and what is sent instead of photographs."""

import io
import random
import struct
import time
import zlib
from typing import Any

import pytest
import segno
import zxingcpp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image, ImageFilter, ImageOps

from tests.trace.build import gtin
from zhiheng.core.problems import Problem
from zhiheng.knowledge.codes.identify import identify
from zhiheng.trace import labels, reading

G = gtin(1)
URL = f"https://id.gs1.org/01/{G}/10/L1/21/7"


def qr(text: str = URL, scale: int = 8) -> Image.Image:
    """Made by another library than the one that reads."""
    out = io.BytesIO()
    segno.make_qr(text, error="m").save(out, kind="png", scale=scale, border=4)
    return Image.open(out).convert("L")


def datamatrix() -> Image.Image:
    one = labels.of_product(G, "L1", ["7"], "")[0]
    return Image.open(io.BytesIO(labels.png(one.symbol("datamatrix")))).convert("L")


def ean() -> Image.Image:
    made: Any = zxingcpp.create_barcode(G[1:], zxingcpp.BarcodeFormat.EAN13).to_image(scale=3)
    return Image.fromarray(made).convert("L")


def photo(*codes: Image.Image, size: tuple[int, int] = (1600, 1200), ground: int = 200) -> Image.Image:
    """Codes on a larger ground, side by side."""
    picture = Image.new("L", size, ground)
    x = 80
    for code in codes:
        picture.paste(code, (x, 150))
        x += code.width + 80
    return picture


def sent(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def texts(data: bytes) -> list[str]:
    return [one.text for one in reading.read_image(data)]


# -- photographs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("angle", [0, 7, 45, 90, 133, 180, 270])
def test_turned(angle: int) -> None:
    assert texts(sent(photo(qr()).rotate(angle, expand=True, fillcolor=200))) == [URL]


@pytest.mark.parametrize("code", [qr(), datamatrix(), ean()])
def test_a_little_soft(code: Image.Image) -> None:
    assert len(texts(sent(photo(code).filter(ImageFilter.GaussianBlur(2))))) == 1


def test_grainy_dim_and_uneven() -> None:
    random.seed(1)
    picture = photo(qr(), ground=160).point(lambda grey: grey * 0.5 + 10)
    noise = Image.effect_noise(picture.size, 30)
    shade = Image.linear_gradient("L").resize(picture.size).point(lambda grey: grey // 3)
    grainy = Image.blend(picture, noise, 0.15)
    from PIL import ImageChops

    assert texts(sent(ImageChops.add(grainy, shade), "JPEG", quality=60)) == [URL]


def test_tiny_and_huge() -> None:
    assert texts(sent(qr(scale=1))) == [URL]
    assert texts(sent(qr(scale=2))) == [URL]
    assert texts(sent(photo(qr(scale=4), size=(7000, 6000)), "JPEG", quality=80)) == [URL]


def test_seen_from_the_side() -> None:
    code = photo(qr(), size=(600, 700), ground=255)
    tilted = code.transform(
        code.size, Image.Transform.QUAD, (-60, -40, 20, 720, 640, 780, 560, 20), fillcolor=255
    )
    assert texts(sent(tilted)) == [URL]


def test_white_on_black_transparent_and_palette() -> None:
    assert texts(sent(ImageOps.invert(photo(qr(), ground=255)))) == [URL]
    ink = Image.new("RGBA", (600, 600), (0, 0, 0, 0))
    ink.paste((0, 0, 0, 255), (50, 50), ImageOps.invert(qr()))
    assert texts(sent(ink)) == [URL]
    assert texts(sent(photo(qr()).convert("P"), "GIF")) == [URL]


def test_the_cameras_orientation_is_followed() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    [one] = reading.read_image(sent(photo(qr()).rotate(90, expand=True), "JPEG", exif=exif.tobytes()))
    assert one.text == URL
    (x, y), *_rest = one.position
    assert (x, y) == pytest.approx((80 + 32, 150 + 32), abs=12)


def test_several_codes_and_their_symbologies() -> None:
    found = reading.read_image(sent(photo(qr(), datamatrix(), ean())))
    assert {one.symbology_identifier for one in found} == {"]Q1", "]d2", "]E0"}
    matrix = next(one for one in found if one.symbology_identifier == "]d2")
    assert identify(matrix.code).canonical == f"https://id.gs1.org/01/{G}/21/7"
    assert all(identify(one.code).valid for one in found)


def test_nothing_to_read() -> None:
    assert texts(sent(Image.new("RGB", (800, 600), "green"))) == []
    assert texts(sent(photo(qr().filter(ImageFilter.GaussianBlur(14))))) == []


# -- not photographs --------------------------------------------------------------------------------------------


def code_of(data: bytes) -> str:
    with pytest.raises(Problem) as wrong:
        reading.read_image(data)
    assert wrong.value.remedy
    return wrong.value.code


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_claiming(width: int, height: int, data: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_a_decompression_bomb_is_refused_before_it_is_opened() -> None:
    began = time.perf_counter()
    bomb = png_claiming(50_000, 50_000, zlib.compress(b"\0" * 1_000_000))
    assert code_of(bomb) == "image_too_many_pixels"
    assert code_of(png_claiming(2**31 - 1, 2**31 - 1)) in {"image_too_many_pixels", "image_broken"}
    assert time.perf_counter() - began < 1


def test_other_things_than_images_are_refused_in_words() -> None:
    assert code_of(b"") == "image_format"
    assert code_of(b"%PDF-1.7 ...") == "image_format"
    assert code_of(b"<svg xmlns='http://www.w3.org/2000/svg'/>") == "image_format"
    assert code_of(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic") == "image_format"
    assert code_of(sent(photo(qr()))[:2000]) == "image_broken"
    assert code_of(sent(photo(qr()), "JPEG")[:900]) == "image_broken"
    assert code_of(png_claiming(100, 100, b"not zlib")) == "image_broken"
    assert code_of(b"\0" * (reading.MAX_BYTES + 1)) == "image_too_large"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_damaged_files_never_crash(kind: str) -> None:
    random.seed(kind)
    whole = bytearray(sent(photo(qr(scale=3), size=(300, 300)).convert("RGB"), kind))
    for _ in range(60):
        broken = bytearray(whole)
        for _bit in range(8):
            broken[random.randrange(len(broken))] = random.randrange(256)
        try:
            reading.read_image(bytes(broken[: random.randrange(8, len(broken) + 1)]))
        except Problem:
            pass


# -- the page ---------------------------------------------------------------------------------------------------


def post(client: Client, data: bytes, field: str = "image") -> Any:
    return client.post("/scan/photo", {field: SimpleUploadedFile("p.png", data, "image/png")})


@pytest.mark.django_db
def test_one_code_leads_to_its_page(client: Client) -> None:
    for field in ("image", "photo", "file"):
        answer = post(client, sent(photo(qr())), field)
        assert (answer.status_code, answer["Location"]) == (302, f"/01/{G}/10/L1/21/7")
    assert post(client, sent(photo(datamatrix())))["Location"] == f"/01/{G}/10/L1/21/7"
    assert post(client, sent(photo(ean())))["Location"] == f"/01/{G}"
    uscc = sent(photo(qr("91440101MA5000001W")))
    assert post(client, uscc).status_code in {200, 302}


@pytest.mark.django_db
def test_of_two_codes_for_one_thing_the_more_precise_counts(client: Client) -> None:
    assert post(client, sent(photo(qr(), ean())))["Location"] == f"/01/{G}/10/L1/21/7"


@pytest.mark.django_db
def test_several_things_are_listed_and_foreign_codes_lead_nowhere(client: Client) -> None:
    page = post(client, sent(photo(qr(), qr(URL.replace("/21/7", "/21/8"))))).content.decode()
    assert f'href="/01/{G}/10/L1/21/7"' in page
    assert f'href="/01/{G}/10/L1/21/8"' in page
    foreign = post(client, sent(photo(qr("javascript:alert(1)<b>")))).content.decode()
    assert "javascript:alert(1)&lt;b&gt;" in foreign
    assert 'href="javascript' not in foreign
    assert post(client, sent(photo(qr("https://evil.example/x")))).status_code == 200


@pytest.mark.django_db
def test_what_to_try_when_nothing_was_read(client: Client) -> None:
    page = post(client, sent(Image.new("L", (400, 400), 128)))
    assert page.status_code == 200
    assert "光线亮一些" in page.content.decode()
    assert client.post("/scan/photo").status_code == 400
    assert client.get("/scan/photo").status_code == 405
    assert post(client, png_claiming(50_000, 50_000)).status_code == 413
    assert post(client, b"no image").status_code == 415


@pytest.mark.django_db
def test_the_form_is_guarded_against_other_sites() -> None:
    assert Client(enforce_csrf_checks=True).post("/scan/photo").status_code == 403
