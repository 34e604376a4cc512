"""Legal documents: composed from the law's texts when a step is taken, rendered as DOCX and PDF when wanted.

What is kept is the text as it was that day; the same text always gives the same page.
"""

import io
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape

from docx import Document as Docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from zhiheng.core.cases import offices
from zhiheng.core.cases.models import Case, Document
from zhiheng.core.ui import dates
from zhiheng.knowledge.law.load import Course
from zhiheng.knowledge.law.model import Field

FONT = "STSong-Light"  # every PDF reader with Asian fonts brings it; nothing has to be installed
RECEIPT = "送达回证"
BLANK = "　　　　"


def day_words(day: date) -> str:
    """A day as documents write it: 2026年11月26日."""
    return f"{day.year}年{day.month}月{day.day}日"


def compose(
    course: Course, case: Case, kind: str, values: Mapping[str, Any], names: Mapping[str, str], now: datetime
) -> list[str]:
    """The paragraphs of a document. ``names`` are the parties' names by key; what nobody gave is left blank."""
    today = dates.local(now).date()
    known: dict[str, str] = {
        "number": case.number, "office": offices.name(case.region, course.procedure.body),
        "today": day_words(today), "year": str(today.year),
        "received_at": day_words(dates.local(case.received_at).date()),
        "subject": case.subject.name if case.subject else case.subject_name, "case_title": case.title,
        "handler": case.handler.get_full_name() if case.handler else "",
    }  # fmt: skip
    for key, field in course.procedure.fields.items():
        known.setdefault(key, in_words(field, {**case.values, **values}.get(key)))
    known |= {key: names.get(key, "") for key in course.procedure.parties}
    known |= {key: str(values[key]) for key in ("reason", "ground") if values.get(key)}
    return [paragraph.format_map(_Known(known)) for paragraph in course.documents[kind].body]


class _Known(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return BLANK

    def __getitem__(self, key: str) -> str:
        return super().get(key) or BLANK


def in_words(field: Field, value: Any, language: str = "zh") -> str:
    """A value as people write it."""
    if value is None or value == "":
        return ""
    if field.many:
        mark = "、" if language.startswith("zh") else ", "
        return mark.join(field.choices[v].of(language) if v in field.choices else str(v) for v in value)
    if field.type == "office":
        return offices.name(value, field.body)
    if field.type == "choice":
        return field.choices[value].of(language) if value in field.choices else str(value)
    chinese = language.startswith("zh")
    if field.type == "date":
        day = date.fromisoformat(value)
        return day_words(day) if chinese else dates.words(day)
    if field.type == "time":
        moment = dates.local(datetime.fromisoformat(value))
        if not chinese:
            return dates.words(moment)
        return f"{day_words(moment.date())}{moment.hour}时{moment.minute:02d}分"
    if field.type == "money":
        return f"{float(value):,.2f}"
    if field.type == "bool":
        return ("是" if value else "否") if chinese else ("yes" if value else "no")
    return str(value)


def paragraphs(document: Document) -> list[str]:
    """The text of a document."""
    return list(json.loads(document.text))


def docx(document: Document, case: Case) -> bytes:
    """The document as DOCX: title centred, text in 仿宋 with two characters' indent, office and day at the right."""
    file = Docx()
    section = file.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.top_margin, section.bottom_margin = Cm(3.7), Cm(3.5)
    section.left_margin, section.right_margin = Cm(2.8), Cm(2.6)
    style = file.styles["Normal"]
    style.font.name, style.font.size = "FangSong", Pt(16)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "仿宋")
    office = offices.name(case.region)
    for text, size, align in (
        (office, 22, WD_ALIGN_PARAGRAPH.CENTER),
        (document.title, 22, WD_ALIGN_PARAGRAPH.CENTER),
        (document.number, 14, WD_ALIGN_PARAGRAPH.RIGHT),
    ):
        line = file.add_paragraph()
        line.alignment = align
        run = line.add_run(text)
        run.font.size, run.font.bold = Pt(size), size > 16
    for text in paragraphs(document):
        line = file.add_paragraph(text)
        line.paragraph_format.line_spacing = Pt(28)
        if not text.endswith("："):
            line.paragraph_format.first_line_indent = Pt(32)
    for text in ("", office, day_words(dates.local(document.at).date())):
        line = file.add_paragraph(text)
        line.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    properties = file.core_properties
    properties.title, properties.author, properties.created = (
        document.title,
        office,
        document.at.replace(tzinfo=None),
    )
    out = io.BytesIO()
    file.save(out)
    return out.getvalue()


def pdf(document: Document, case: Case, *, receipt: bool = False) -> bytes:
    """The document as PDF; with ``receipt`` a page 送达回证 to be signed on service."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    plain = ParagraphStyle("text", fontName=FONT, fontSize=15, leading=27, firstLineIndent=30, wordWrap="CJK")
    lead = ParagraphStyle("lead", parent=plain, firstLineIndent=0)
    title = ParagraphStyle("title", parent=lead, fontSize=21, leading=32, alignment=TA_CENTER)
    right = ParagraphStyle("right", parent=lead, alignment=TA_RIGHT)
    small = ParagraphStyle("small", parent=right, fontSize=12, leading=20)
    office, day = offices.name(case.region), day_words(dates.local(document.at).date())
    flow: list[Any] = [Paragraph(escape(office), title), Paragraph(escape(document.title), title)]
    flow += [Paragraph(escape(document.number), small), Spacer(1, 14)]
    flow += [Paragraph(escape(text), lead if text.endswith("：") else plain) for text in paragraphs(document)]
    flow += [Spacer(1, 40), Paragraph(escape(office), right), Paragraph(day, right)]
    if receipt:
        flow += [PageBreak(), Paragraph(escape(office), title), Paragraph(RECEIPT, title), Spacer(1, 14)]
        cell = ParagraphStyle("cell", parent=lead, fontSize=12, leading=18)
        rows = [
            ("送达文书", f"{document.title}　{document.number}"), ("受送达人", ""), ("送达地点", ""), ("送达方式", ""),
            ("收件人签名或者盖章", "年　　月　　日　　时"), ("送达人签名", ""), ("见证人签名", ""), ("备注", ""),
        ]  # fmt: skip
        table = Table(
            [[Paragraph(a, cell), Paragraph(escape(b), cell)] for a, b in rows],
            colWidths=[4.5 * cm, 11 * cm], rowHeights=[1.6 * cm] * len(rows),
        )  # fmt: skip
        table.setStyle(
            TableStyle([("GRID", (0, 0), (-1, -1), 0.6, "black"), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")])
        )
        flow.append(table)
    out = io.BytesIO()
    SimpleDocTemplate(
        out, pagesize=A4, title=document.title, author=office, subject=document.number, invariant=1,
        topMargin=3.5 * cm, bottomMargin=3 * cm, leftMargin=2.8 * cm, rightMargin=2.6 * cm,
    ).build(flow)  # fmt: skip
    return out.getvalue()
