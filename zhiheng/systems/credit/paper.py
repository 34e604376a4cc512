"""Papers of the room as PDF: a title, paragraphs, a table, a code that leads to their check. Same input, same bytes."""

import io
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from zhiheng.core.cases.documents import FONT

SIDE = 3.2 * cm  # of the code on the page


def pdf(
    title: str,
    number: str,
    paragraphs: Sequence[str],
    *,
    rows: Sequence[tuple[str, str]] = (),
    foot: Sequence[str] = (),
    link: str = "",
) -> bytes:
    """A page: ``rows`` are label and text, ``foot`` stands at the right, ``link`` is drawn as a QR code."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    plain = ParagraphStyle("text", fontName=FONT, fontSize=12, leading=20, firstLineIndent=24, wordWrap="CJK")
    head = ParagraphStyle(
        "title", parent=plain, fontSize=20, leading=30, firstLineIndent=0, alignment=TA_CENTER
    )
    small = ParagraphStyle("small", parent=plain, fontSize=10, leading=16, firstLineIndent=0)
    right = ParagraphStyle("right", parent=plain, firstLineIndent=0, alignment=TA_RIGHT)
    at_right = ParagraphStyle("number", parent=small, alignment=TA_RIGHT)
    flow: list[Any] = [Paragraph(escape(title), head), Paragraph(escape(number), at_right), Spacer(1, 10)]
    flow += [Paragraph(escape(text), plain) for text in paragraphs]
    if rows:
        table = Table(
            [[Paragraph(escape(a), small), Paragraph(escape(b), small)] for a, b in rows],
            colWidths=[4 * cm, 12 * cm],
        )
        table.setStyle(
            TableStyle([("GRID", (0, 0), (-1, -1), 0.5, "black"), ("VALIGN", (0, 0), (-1, -1), "TOP")])
        )
        flow += [Spacer(1, 10), table]
    flow.append(Spacer(1, 24))
    flow += [Paragraph(escape(text), right) for text in foot]
    if link:
        flow += [Spacer(1, 18), _code(link), Paragraph(escape(link), small)]
    out = io.BytesIO()
    SimpleDocTemplate(
        out, pagesize=A4, title=title, subject=number, invariant=1,
        topMargin=2.5 * cm, bottomMargin=2 * cm, leftMargin=2.5 * cm, rightMargin=2.5 * cm,
    ).build(flow)  # fmt: skip
    return out.getvalue()


def _code(link: str) -> Drawing:
    code = QrCodeWidget(link, barLevel="M")
    x1, y1, x2, y2 = code.getBounds()
    drawing = Drawing(SIDE, SIDE, transform=[SIDE / (x2 - x1), 0, 0, SIDE / (y2 - y1), 0, 0])
    drawing.add(code)
    return drawing
