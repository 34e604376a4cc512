"""Files that belong to records: checked by what they are, encrypted on disk, found by the hash of their content.

``accept`` judges what somebody sends (a photograph, a PDF) and takes away what it should not carry; ``keep`` writes it
durably under ``settings.FILES``; ``load`` gives it back or says that it is gone or was altered.
"""

import hashlib
import io
import os
import warnings
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from zhiheng.core import crypto
from zhiheng.core.problems import Problem

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 50_000_000
LONGEST_SIDE = 4000  # of a photograph from the public: enough to read a label
IMAGES = {"JPEG": ("image/jpeg", "jpg"), "PNG": ("image/png", "png"), "WEBP": ("image/webp", "webp")}
ACTIVE = ("/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/RichMedia")


@dataclass(frozen=True)
class Checked:
    """What was sent, as it may be kept: its type is what its content is, whatever its name says."""

    name: str
    content_type: str
    data: bytes

    @property
    def sha256(self) -> str:
        """The hash by which the file is known."""
        return hashlib.sha256(self.data).hexdigest()


def accept(name: str, data: bytes, *, strip: bool) -> Checked:
    """A photograph (JPEG, PNG, WebP) or a PDF, judged by its content.

    ``strip`` writes a photograph anew without what cameras add to it (place, time, device), as for files from the
    public; evidence that officers take in stays byte for byte as it was. Raises Problem naming file and remedy.
    """
    name = Path(name.replace("\\", "/")).name.replace("\x00", "")[-150:] or "file"
    if not data:
        raise Problem("file_empty", _("“%(name)s”是空文件。") % {"name": name}, remedy=_("请重新选择文件。"))
    if len(data) > MAX_BYTES:
        raise Problem(
            "file_too_large",
            _("“%(name)s”超过 %(most)d MB。") % {"name": name, "most": MAX_BYTES // 2**20},
            status=413,
            remedy=_("请压缩或拆分后再传。"),
        )
    if data[:1024].lstrip().startswith(b"%PDF-"):
        return _pdf(name, data)
    return _image(name, data, strip)


def _pdf(name: str, data: bytes) -> Checked:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pages = len(PdfReader(io.BytesIO(data)).pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError):
        pages = 0
    if not pages:
        raise Problem(
            "file_broken",
            _("“%(name)s”不是能打开的 PDF。") % {"name": name},
            remedy=_("请重新导出或扫描后再传。"),
        )
    if any(mark.encode() in data for mark in ACTIVE):
        raise Problem(
            "file_active",
            _("“%(name)s”含有脚本或附件。") % {"name": name},
            remedy=_("请打印成新的 PDF，或截图后再传。"),
        )
    return Checked(name, "application/pdf", data)


def _image(name: str, data: bytes, strip: bool) -> Checked:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=list(IMAGES))
        if image.width * image.height > MAX_PIXELS:
            raise _too_many_pixels(name)
        kind = str(image.format)
        image.load()
    except Image.DecompressionBombError:  # Pillow's own limit, far above ours
        raise _too_many_pixels(name) from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
        raise Problem(
            "file_type",
            _("“%(name)s”不是能读的照片（JPEG、PNG、WebP）或 PDF。") % {"name": name},
            status=415,
            remedy=_("请换成照片或 PDF；只改扩展名没有用。"),
        ) from None
    if not strip:
        return Checked(name, IMAGES[kind][0], data)
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    if kind == "JPEG" and upright.mode not in ("RGB", "L"):
        upright = upright.convert("RGB")
    bare = Image.new(upright.mode, upright.size)
    bare.paste(upright)
    if upright.mode == "P":
        bare.putpalette(upright.getpalette() or [])
    out = io.BytesIO()
    bare.save(out, kind, quality=88)
    return Checked(f"{Path(name).stem}.{IMAGES[kind][1]}", IMAGES[kind][0], out.getvalue())


def _too_many_pixels(name: str) -> Problem:
    return Problem(
        "image_too_many_pixels",
        _("“%(name)s”像素太多。") % {"name": name},
        status=413,
        remedy=_("请降低照片的分辨率后再传。"),
    )


def keep(data: bytes) -> str:
    """Write a file durably and encrypted; its SHA-256 is what it is found by. The same content is kept once."""
    digest = hashlib.sha256(data).hexdigest()
    path = _path(digest)
    if path.exists():
        return digest
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, crypto.encrypt_bytes(data))
    return digest


def digests() -> list[str]:
    """Every file that is kept."""
    return sorted(path.name for path in Path(settings.FILES).glob("??/*") if path.suffix != ".part")


def renew(digest: str) -> bool:
    """Write a kept file under the newest data key; whether it was not yet."""
    path = _path(digest)
    old = path.read_bytes()
    new = crypto.renew_bytes(old)
    if new != old:
        _write(path, new)
    return new != old


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, and durably."""
    part = path.with_suffix(f".{os.getpid()}-{os.urandom(4).hex()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Problem(
            "cannot_keep",
            _("文件保存失败：%(why)s") % {"why": error.strerror or str(error)},
            status=507,
            remedy=_("没有保存任何内容，请稍后再传。"),
        ) from error
    fd = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def load(digest: str) -> bytes:
    """The content of a kept file. Raises Problem 410 when it is gone, 500 when it is not what it was."""
    try:
        data = crypto.decrypt_bytes(_path(digest).read_bytes())
    except FileNotFoundError:
        raise Problem(
            "file_gone", _("文件不在服务器上。"), status=410, remedy=_("请管理员从备份恢复 files 文件夹。")
        ) from None
    if hashlib.sha256(data).hexdigest() != digest:
        raise Problem(
            "file_altered",
            _("文件内容与登记的哈希不符。"),
            status=500,
            remedy=_("请管理员从备份恢复该文件。"),
        )
    return data


def _path(digest: str) -> Path:
    return Path(settings.FILES) / digest[:2] / digest
