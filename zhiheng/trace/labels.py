"""Labels: QR code with a GS1 Digital Link, GS1 DataMatrix, GS1-128 for logistic units; SVG, PNG and PDF sheets.

One writer makes every symbol (zxing-cpp, the library that also reads them back), one matrix of modules is drawn
three ways, so what is tested is what is printed.
"""

import io
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import zxingcpp
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from zhiheng.core.problems import Problem
from zhiheng.knowledge.codes import keys
from zhiheng.knowledge.codes.checkdigit import check_digit
from zhiheng.knowledge.codes.element_string import Element, to_hri
from zhiheng.knowledge.codes.errors import CodeError
from zhiheng.trace.resolver import Code

MOST = 2_000  # labels in one file
QUIET = {"qr": 4, "datamatrix": 2, "gs1-128": 10}  # modules of white on each side (General Specifications 5)
SYMBOLOGIES: dict[str, Promise] = {
    "qr": gettext_lazy("二维码（QR 码，网址形式）"),
    "datamatrix": gettext_lazy("GS1 DataMatrix"),
    "gs1-128": gettext_lazy("GS1-128 条码（物流标签）"),
}


class Layout(NamedTuple):
    """A sheet of A4: labels across and down, their size, the first one's place and the pitch, all in mm."""

    name: Promise
    across: int
    down: int
    width: float
    height: float
    left: float
    top: float
    pitch_x: float
    pitch_y: float

    @property
    def on_page(self) -> int:
        return self.across * self.down


LAYOUTS: dict[str, Layout] = {
    "4": Layout(gettext_lazy("每页 4 张（105 × 148 mm，物流标签）"), 2, 2, 105, 148.5, 0, 0, 105, 148.5),
    "24": Layout(gettext_lazy("每页 24 张（70 × 37 mm）"), 3, 8, 70, 37, 0, 0.5, 70, 37),
    "40": Layout(gettext_lazy("每页 40 张（52.5 × 29.7 mm）"), 4, 10, 52.5, 29.7, 0, 0, 52.5, 29.7),
    "65": Layout(gettext_lazy("每页 65 张（38.1 × 21.2 mm）"), 5, 13, 38.1, 21.2, 4.75, 10.7, 40.6, 21.2),
}


class Symbol(NamedTuple):
    """A symbol as modules: rows from the top, a set byte is dark; a linear one has one row."""

    rows: tuple[bytes, ...]
    quiet: int
    linear: bool

    @property
    def width(self) -> int:
        return len(self.rows[0]) + 2 * self.quiet

    @property
    def height(self) -> int:
        """In modules; bars are drawn a fifth as high as the symbol is wide."""
        return self.width // 5 if self.linear else len(self.rows) + 2 * self.quiet

    def bars(self) -> Iterable[tuple[int, int, int, int]]:
        """Dark rectangles: x, y, width, height in modules from the top left, quiet zone included."""
        if self.linear:
            yield from ((x + self.quiet, 0, w, self.height) for x, w in _runs(self.rows[0]))
            return
        # Runs that go on unchanged in the next row are one rectangle: half the size of a sheet.
        open_: dict[tuple[int, int], int] = {}
        for y, row in enumerate([*self.rows, b""]):
            runs = set(_runs(row))
            for x, w in [run for run in open_ if run not in runs]:
                since = open_.pop((x, w))
                yield x + self.quiet, since + self.quiet, w, y - since
            for run in runs:
                open_.setdefault(run, y)


def _runs(row: bytes) -> list[tuple[int, int]]:
    return [(found.start(), found.end() - found.start()) for found in re.finditer(b"\x01+", row)]


class Label(NamedTuple):
    """What one label says: the code, and a name above it."""

    code: Code
    name: str = ""

    def symbol(self, symbology: str) -> Symbol:
        """The symbol of this label."""
        return symbol(self.code, symbology)


# -- symbols --------------------------------------------------------------------------------------------------


def symbol(code: Code, symbology: str) -> Symbol:
    """The symbol of a code. A QR code holds its address on this host, the others its element string."""
    options: dict[str, Any]
    if symbology == "qr":
        content, kind, options = code.uri, zxingcpp.BarcodeFormat.QRCode, {"ec_level": "M"}
    else:
        content = to_hri([Element(*pair) for pair in code.pairs])
        kind, options = zxingcpp.BarcodeFormat.Code128, {"gs1": True}
        if symbology == "datamatrix":
            kind, options = zxingcpp.BarcodeFormat.DataMatrix, {"gs1": True, "force_square": True}
    return _drawn(content, kind, options, symbology)


def qr(text: str) -> Symbol:
    """A QR code with any text: a receipt's address."""
    return _drawn(text, zxingcpp.BarcodeFormat.QRCode, {"ec_level": "M"}, "qr")


def _drawn(content: str, kind: Any, options: dict[str, Any], symbology: str) -> Symbol:
    image: Any = zxingcpp.create_barcode(content, kind, **options).to_image(add_quiet_zones=False)
    made: Any = memoryview(image)
    height, width = made.shape[:2]
    dark = bytes(made).translate(_DARK)
    linear = symbology == "gs1-128"
    rows = tuple(dark[y * width : (y + 1) * width] for y in range(1 if linear else height))
    return Symbol(rows, QUIET[symbology], linear)


_DARK = bytes(1 if grey < 128 else 0 for grey in range(256))


def svg(made: Symbol, title: str) -> str:
    """The symbol alone, in modules, to be scaled as the page likes."""
    from django.utils.html import escape

    path = "".join(f"M{x} {y}h{w}v{h}h-{w}z" for x, y, w, h in made.bars())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {made.width} {made.height}" role="img" '
        f'width="{made.width * 4}" height="{made.height * 4}" aria-label="{escape(title)}" '
        f'shape-rendering="crispEdges"><path fill="#fff" '
        f'd="M0 0h{made.width}v{made.height}H0z"/><path d="{path}"/></svg>'
    )


def png(made: Symbol, module: int = 8) -> bytes:
    """The symbol alone, with so many pixels a module."""
    image = Image.new("1", (made.width, made.height), 1)
    for x, y, w, h in made.bars():
        image.paste(0, (x, y, x + w, y + h))
    large = image.resize((made.width * module, made.height * module), Image.Resampling.NEAREST)
    out = io.BytesIO()
    large.save(out, "PNG")
    return out.getvalue()


# -- sheets ---------------------------------------------------------------------------------------------------


def sheet(labels: Sequence[Label], symbology: str, layout: str) -> bytes:
    """A PDF of A4 sheets. Raises Problem for too many labels, or a layout too small for the symbol."""
    refuse_count(len(labels))
    grid = LAYOUTS[layout]
    if symbology == "gs1-128" and grid.width < 70:
        raise Problem(
            "layout_too_small",
            _("GS1-128 条码在这种标签上太窄，扫描枪读不出来。"),
            remedy=_("请用每页 4 张或 24 张的版式，或改用 DataMatrix。"),
        )
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(210 * mm, 297 * mm), pageCompression=1)
    canvas.setTitle(_("质衡 标签"))
    canvas.setCreator("Zhiheng")
    for number, label in enumerate(labels):
        place = number % grid.on_page
        if number and not place:
            canvas.showPage()
        row, column = divmod(place, grid.across)
        x = grid.left + column * grid.pitch_x
        y = 297 - grid.top - row * grid.pitch_y - grid.height
        _draw(canvas, label, label.symbol(symbology), x, y, grid)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def refuse_count(count: int) -> None:
    """Raise Problem when a file would have too many labels, or none."""
    if count > MOST:
        raise Problem(
            "too_many_labels",
            _("一份文件最多 %(most)d 张标签，这里有 %(count)d 张。") % {"most": MOST, "count": count},
            status=413,
            remedy=_("请分几次下载。"),
        )
    if not count:
        raise Problem("no_labels", _("没有要印的标签。"), remedy=_("请填写序列号或数量。"))


def _draw(canvas: Canvas, label: Label, made: Symbol, x: float, y: float, grid: Layout) -> None:
    """One label: the symbol left and the words right of it; on large and linear ones the words below."""
    margin = 2.0
    size = 4.6 if grid.height < 25 else 6.0 if grid.height < 60 else 10.0
    lines = _lines(label)
    step = size * 1.25 / mm
    below = made.linear or grid.height > 60
    wide = grid.width - 2 * margin
    high = grid.height - 2 * margin - (step * (len(lines) + 1) if below else 0)
    module = min(wide / made.width, high / made.height, 1.0 if grid.height > 60 else 0.6)
    if made.linear:
        module = min(wide / made.width, 0.5)  # at most the least width that logistic labels need, 0.495 mm
    left, top = x + margin, y + grid.height - margin
    if below:
        left = x + (grid.width - module * made.width) / 2
    else:
        top -= (grid.height - 2 * margin - module * made.height) / 2
    stretch = min(high, 32.0) / made.height if made.linear else module
    # Whole modules under one transformation: a sheet has half a million bars, and formatting is what costs.
    bars = [f"{bx} {-by - bh} {bw} {bh} re" for bx, by, bw, bh in made.bars()]
    canvas.saveState()
    canvas.transform(module * mm, 0, 0, stretch * mm, left * mm, top * mm)
    canvas.drawPath(PDFPathObject(bars), stroke=0, fill=1)
    canvas.restoreState()
    if below:
        at_x, room = x + margin, wide
        at_y = top - stretch * made.height - step
    else:
        at_x = left + module * made.width + 0.5
        room = x + grid.width - margin - at_x
        at_y = top - step
    lowest = y + 0.5
    for line in lines:
        for part in _wrapped(line, size, room * mm):
            if at_y < lowest:
                return
            canvas.setFont(_font(part), size)
            canvas.drawString(at_x * mm, at_y * mm, part)
            at_y -= step


def _lines(label: Label) -> list[str]:
    """Name, then each element as printed under a symbol: (01)…"""
    return [*([label.name] if label.name else []), *(f"({ai}){value}" for ai, value in label.code.pairs)]


@cache
def _chinese() -> str:
    """A font that every PDF reader brings along, so that none has to be installed here."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    return "STSong-Light"


def _font(text: str) -> str:
    return "Helvetica" if text.isascii() else _chinese()


def _wrapped(text: str, size: float, room: float) -> list[str]:
    parts, line = [], ""
    for character in text:
        if line and pdfmetrics.stringWidth(line + character, _font(line + character), size) > room:
            parts.append(line)
            line = ""
        line += character
    return [*parts, line]


# -- serials --------------------------------------------------------------------------------------------------


def serials(text: str) -> list[str]:
    """Serials as pasted: one a line or parted by blanks and commas; ``A001-A120`` or ``A001..A120`` is a range.

    A hyphen makes a range only between two serials of one pattern and length; else it belongs to the serial.
    """
    found: dict[str, None] = {}
    for word in re.split(r"[\s,，、;；]+", text.strip()):
        if word:
            found.update(dict.fromkeys(_range(word) or [word]))
        if len(found) > MOST:
            refuse_count(len(found))
    return list(found)


_RANGE = re.compile(r"(?P<a>.*?)(?P<from>\d{1,18})(?:\.\.|-|–|~|～)(?P<b>.*?)(?P<to>\d{1,18})")


def _range(word: str) -> list[str]:
    parts = _RANGE.fullmatch(word)
    if not parts or parts["a"] != parts["b"] or len(parts["from"]) != len(parts["to"]):
        return []
    first, last = int(parts["from"]), int(parts["to"])
    if last < first:
        return []
    refuse_count(last - first + 1)
    return [f"{parts['a']}{number:0{len(parts['from'])}d}" for number in range(first, last + 1)]


def of_product(gtin: str, lot: str, pieces: Sequence[str], name: str, copies: int = 1) -> list[Label]:
    """Labels of a product: one for each serial, or so many copies for a lot. Raises CodeError."""
    head = [("01", keys.primary_value("01", gtin))]
    if lot:
        head.append(("10", keys.qualifier_value("10", lot)))
    if not pieces:
        refuse_count(copies)
        return [Label(_code(head), name)] * copies
    return [Label(_code([*head, ("21", keys.qualifier_value("21", piece))]), name) for piece in pieces]


def of_units(first: str, count: int, name: str) -> list[Label]:
    """Labels of logistic units: so many SSCCs from the first on, each with its check digit. Raises CodeError."""
    number = re.sub(r"\s", "", first).removeprefix("(00)")
    if len(number) == 20 and number.startswith("00"):  # with its application identifier
        number = number[2:]
    if len(number) == 18:
        keys.primary_value("00", number)
        number = number[:17]
    if not (len(number) == 17 and number.isascii() and number.isdigit()):
        raise CodeError(
            "sscc_length", f"SSCC {first!r} has neither 17 nor 18 digits.", "Give 17 digits or 18."
        )
    refuse_count(count)
    bodies = [f"{int(number) + i:017d}" for i in range(count)]
    if len(bodies[-1]) > 17 or bodies[-1][:8] != number[:8]:
        # The first eight digits hold the extension digit and at least the beginning of the company's prefix.
        raise CodeError(
            "sscc_range", "The numbers run out of the company's range.", "Begin with a lower one."
        )
    return [Label(_code([("00", body + check_digit(body))]), name) for body in bodies]


def _code(pairs: list[tuple[str, str]]) -> Code:
    from zhiheng.knowledge.codes.charset import percent_encode

    path = "/" + "/".join(f"{ai}/{percent_encode(value)}" for ai, value in pairs)
    return Code(tuple(pairs), path)
