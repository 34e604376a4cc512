"""Reading codes from a photograph. The photograph is never kept.

What is sent may be anything, so its size in bytes and in pixels is judged before a pixel is decoded.
"""

import io
import warnings
from typing import NamedTuple

import zxingcpp
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from zhiheng.core.problems import Problem
from zhiheng.knowledge.codes.element_string import GS

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
QUICK = 2400  # longest side of the first try; a whole photograph is looked at only when that found nothing
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"}


class Found(NamedTuple):
    """One code in a picture. ``code`` is what ``identify`` understands: with FNC1 where the symbol has it."""

    text: str
    format: str
    symbology_identifier: str
    position: tuple[tuple[int, int], ...]
    code: str


def refuse_size(size: int) -> None:
    """Raise Problem 413 for more bytes than a photograph needs."""
    if size > MAX_BYTES:
        raise Problem(
            "image_too_large",
            _("照片太大：%(size)d MB，最多 %(most)d MB。")
            % {"size": -(-size // 2**20), "most": MAX_BYTES // 2**20},
            status=413,
            remedy=_("请用手机相机的普通画质重拍，或截取有码的部分。"),
        )


def read_image(data: bytes) -> list[Found]:
    """Every code in a picture, from top to bottom. Raises Problem for what is no picture that we read."""
    refuse_size(len(data))
    image = _open(data)
    scale = max(image.size) / QUICK
    if scale > 1.5:
        small = image.resize(
            (round(image.width / scale), round(image.height / scale)), Image.Resampling.BILINEAR
        )
        if found := _read(small, scale):
            return found
    elif max(image.size) < 400:  # a thumbnail: modules of a pixel or two read better when they are larger
        return _read(image, 1.0) or _read(_enlarged(image), 1 / 4)
    return _read(image, 1.0)


def _enlarged(image: Image.Image) -> Image.Image:
    return ImageOps.expand(
        image.resize((image.width * 4, image.height * 4), Image.Resampling.NEAREST), 40, 255
    )


def _open(data: bytes) -> Image.Image:
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF:
        raise Problem(
            "image_format",
            _("暂不支持 HEIC 或 AVIF 格式的照片。"),
            status=415,
            remedy=_("请截屏后上传截图，或在相机设置里改用“兼容性最佳”（JPEG）。"),
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of many pixels; we judge them ourselves
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > MAX_PIXELS:
            raise _too_many_pixels()
        image.load()
        upright = ImageOps.exif_transpose(image)
        if "A" in upright.getbands() or "transparency" in upright.info:
            upright = upright.convert("RGBA")
            white = Image.new("RGBA", upright.size, "white")
            upright = Image.alpha_composite(white, upright)
        return upright.convert("L")
    except UnidentifiedImageError:
        raise Problem(
            "image_format",
            _("这个文件不是能读的图片。"),
            status=415,
            remedy=_("请上传 JPEG、PNG 或 WebP 照片。"),
        ) from None
    except Image.DecompressionBombError:  # Pillow's own limit, far above ours
        raise _too_many_pixels() from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise Problem(
            "image_broken",
            _("图片已损坏，读不出来。"),
            remedy=_("请重新拍摄或重新保存后再传。"),
        ) from None


def _too_many_pixels() -> Problem:
    return Problem(
        "image_too_many_pixels",
        _("照片的像素太多，最多 %(most)d 万。") % {"most": MAX_PIXELS // 10_000},
        status=413,
        remedy=_("请降低照片的分辨率，或截取有码的部分。"),
    )


def _read(image: Image.Image, scale: float) -> list[Found]:
    found: dict[tuple[str, str], Found] = {}
    for one in zxingcpp.read_barcodes(image, text_mode=zxingcpp.TextMode.HRI):
        if not one.valid or not one.text:
            continue
        corners = tuple(
            (round(corner.x * scale), round(corner.y * scale))
            for corner in (
                one.position.top_left,
                one.position.top_right,
                one.position.bottom_right,
                one.position.bottom_left,
            )
        )
        read = Found(one.text, str(one.format), one.symbology_identifier, corners, _code(one))
        found.setdefault((read.format, read.text), read)
    return sorted(found.values(), key=lambda one: (one.position[0][1], one.position[0][0]))


def _code(one: zxingcpp.Barcode) -> str:
    """What a reader would send: element strings with their symbology identifier, other symbols as text."""
    if one.content_type == zxingcpp.ContentType.GS1:
        try:
            return one.symbology_identifier + one.bytes.decode("ascii").replace("\x1d", GS)
        except UnicodeDecodeError:
            return str(one.text)
    return str(one.text)
