"""Files: judged by content, stripped for the public, kept encrypted, never given out altered."""

import io

import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from zhiheng.core import files
from zhiheng.core.problems import Problem


def picture(kind: str = "JPEG", **more) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (80, 60), (200, 30, 30)).save(out, kind, **more)
    return out.getvalue()


def located() -> bytes:
    """A photograph that says where it was taken."""
    exif = Image.Exif()
    exif[0x0110] = "Phone 9"
    exif.get_ifd(0x8825)[2] = (23.0, 7.0, 30.0)
    return picture(exif=exif)


def document(script: bool = False) -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    if script:
        action = {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("app.alert(1)"),
        }
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)
    writer.write(out)
    return out.getvalue()


def test_the_type_is_what_the_content_is():
    assert files.accept("a.pdf", picture(), strip=False).content_type == "image/jpeg"
    assert files.accept("a.jpg", document(), strip=False).content_type == "application/pdf"
    assert files.accept("../../etc/a b.png", picture("PNG"), strip=False).name == "a b.png"


def test_place_and_device_are_taken_from_the_public_s_photographs_and_left_in_evidence():
    sent = located()
    assert Image.open(io.BytesIO(sent)).getexif().get_ifd(0x8825)
    public = files.accept("p.jpg", sent, strip=True)
    assert not dict(Image.open(io.BytesIO(public.data)).getexif())
    assert b"Phone 9" not in public.data
    assert files.accept("p.jpg", sent, strip=False).data == sent


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"), (b"MZ\x90\x00" * 100, "file_type"), (b"<svg onload=alert(1)>", "file_type"),
        (picture()[:200], "file_type"), (b"%PDF-1.7 nothing", "file_broken"), (document()[:80], "file_broken"),
        (document(script=True), "file_active"), (b"\x00" * (files.MAX_BYTES + 1), "file_too_large"),
    ],
    ids=["empty", "program", "svg", "cut-photo", "no-pdf", "cut-pdf", "script", "huge"],
)  # fmt: skip
def test_what_is_no_sound_photograph_or_pdf_is_refused_by_name(data, code):
    with pytest.raises(Problem) as refused:
        files.accept("x.jpg", data, strip=True)
    assert refused.value.code == code
    assert "x.jpg" in refused.value.message
    assert refused.value.remedy


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked():
    with pytest.raises(Problem) as refused:
        files.accept("bomb.png", _bomb(), strip=True)
    assert refused.value.code == "image_too_many_pixels"


def _bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    return out.getvalue()


def test_a_file_is_kept_encrypted_once_and_comes_back(settings):
    from pathlib import Path

    data = picture()
    digest = files.keep(data)
    assert files.keep(data) == digest
    assert files.load(digest) == data
    kept = [p for p in Path(settings.FILES).rglob("*") if p.is_file()]
    assert len(kept) == 1
    assert data[:20] not in kept[0].read_bytes()


def test_an_altered_or_missing_file_is_not_given_out(settings):
    from pathlib import Path

    from zhiheng.core import crypto

    digest = files.keep(picture())
    path = next(p for p in Path(settings.FILES).rglob("*") if p.is_file())
    path.write_bytes(crypto.encrypt_bytes(b"something else"))
    with pytest.raises(Problem) as refused:
        files.load(digest)
    assert refused.value.code == "file_altered"
    path.unlink()
    with pytest.raises(Problem) as refused:
        files.load(digest)
    assert (refused.value.code, refused.value.status) == ("file_gone", 410)
