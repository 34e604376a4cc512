"""A test report as PDF, with a QR code that leads to the page on which anybody verifies it."""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from django.conf import settings
from django.urls import reverse
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.enums import TA_CENTER
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from zhiheng.core.cases.documents import FONT, day_words
from zhiheng.core.ui import dates
from zhiheng.systems.inspection.models import ItemResult, Report, Sample

RULES = {
    "simple": "简单接受：测得值与标准值直接比较，保护带 w = 0（ILAC-G8:09/2019，JCGM 106:2012）",
    "guard_band": "保护带接受和拒绝：w = U（扩展不确定度），落在保护带内不作判定（ILAC-G8:09/2019，JCGM 106:2012）",
}
VERDICTS = {"pass": "合格", "fail": "不合格", "inconclusive": "不能判定", "not_tested": "未检"}
CONCLUSIONS = {
    "pass": "经检验，所检项目符合要求，合格。",
    "fail": "经检验，所检项目不符合要求，不合格。",
    "not_rejected": "不否定核查总体。本结论不是对总体合格率的证明。",
}


def address(code: str) -> str:
    """Where a report is verified."""
    return settings.BASE_URL + reverse("inspection:report_public", args=[code])


def render(report: Report, results: Sequence[ItemResult], replaces: str = "") -> bytes:
    """The report; the same facts always give the same bytes. ``replaces`` is the number of one that was withdrawn."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    text = ParagraphStyle("text", fontName=FONT, fontSize=10, leading=15, wordWrap="CJK")
    small = ParagraphStyle("small", parent=text, fontSize=8, leading=11)
    title = ParagraphStyle("title", parent=text, fontSize=20, leading=30, alignment=TA_CENTER)

    def cells(row: Sequence[Any], style: ParagraphStyle = small) -> list[Any]:
        return [Paragraph(escape(str(cell)), style) for cell in row]

    sample = report.sample
    flow: list[Any] = [
        Paragraph(escape(report.laboratory.name), title),
        Paragraph(_heading(report), title),
        Spacer(1, 8),
    ]
    flow.append(
        _grid([cells(row, text) for row in _facts(report, sample)], [3.2 * cm, 5.3 * cm, 3.2 * cm, 5.3 * cm])
    )
    flow.append(Spacer(1, 10))
    heads = ("序号", "检验项目", "检验方法", "单位", "标准值", "检验结果", "扩展不确定度 (k)", "判定")
    lines = [
        (
            n, one.item, one.method, one.unit, one.limit, one.value,
            f"{one.uncertainty} (k={one.coverage:g})" if one.uncertainty and one.coverage else one.uncertainty or "—",
            VERDICTS[one.verdict] + ("*" if one.override_why else ""),
        )
        for n, one in enumerate(results, 1)
    ]  # fmt: skip
    widths = [1.1 * cm, 3.2 * cm, 2.8 * cm, 1.5 * cm, 2.1 * cm, 2.2 * cm, 2.4 * cm, 1.7 * cm]
    flow.append(_grid([cells(heads), *(cells(line) for line in lines)], widths, head=True))
    flow += [Spacer(1, 8), Paragraph(f"检验结论：{CONCLUSIONS[report.conclusion]}", text)]
    if report.failing_units is not None:
        said = f"不合格品数 d = {report.failing_units}，限定数 L = {sample.item.max_failing}。"
        flow.append(Paragraph(said, small))
    for rule in sorted({one.decision_rule for one in results}):
        flow.append(Paragraph(f"判定规则：{escape(RULES.get(rule, rule))}", small))
    for one in results:
        if one.override_why:
            said = f"* {one.item}：未按规则所得“{VERDICTS[one.computed]}”，理由：{one.override_why}"
            flow.append(Paragraph(escape(said), small))
    if replaces:
        flow.append(Paragraph(escape(f"更正：本报告代替已撤回的 {replaces}。"), small))
    flow.append(Paragraph("样品由抽样人员现场封样或者网络购买后封样送检；结果仅对所检样品负责。", small))
    flow.append(Spacer(1, 18))
    flow.append(_signed(report, text, small))
    out = io.BytesIO()
    SimpleDocTemplate(
        out, pagesize=A4, title=f"检验报告 {report.number}", author=report.laboratory.name, subject=sample.number,
        invariant=1, topMargin=2 * cm, bottomMargin=2 * cm, leftMargin=2 * cm, rightMargin=2 * cm,
    ).build(flow)  # fmt: skip
    return out.getvalue()


def _heading(report: Report) -> str:
    if report.sample.rectification is not None:
        return "复查检验报告"
    return "复检检验报告" if report.retest else "检验报告"


def _facts(report: Report, sample: Sample) -> list[tuple[str, str, str, str]]:
    def day(moment: datetime | None) -> str:
        return day_words(dates.local(moment).date()) if moment else "—"

    return [
        ("报告编号", report.number, "抽样单号", sample.number),
        ("样品名称", sample.product, "商标", sample.brand or "—"),
        ("规格型号", sample.spec or "—", "批号/生产日期", sample.batch or "—"),
        ("被抽样单位", sample.organisation.name, "标称生产者", sample.producer_name or "—"),
        ("抽样日期", day(sample.taken_at), "收样日期", day(sample.received_at)),
        ("封样状况", sample.condition or "完好", "报告日期", day(report.issued_at)),
        ("检验依据", sample.item.standards, "实施细则", sample.item.rules or "—"),
    ]


def _grid(rows: list[list[Any]], widths: list[float], *, head: bool = False) -> Table:
    table = Table(rows, colWidths=widths, repeatRows=1 if head else 0)
    lines = [("GRID", (0, 0), (-1, -1), 0.5, "black"), ("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
    table.setStyle(TableStyle(lines))
    return table


def _signed(report: Report, text: ParagraphStyle, small: ParagraphStyle) -> Table:
    code = QrCodeWidget(address(report.code), barLevel="M")
    side = 3 * cm
    x0, y0, x1, y1 = code.getBounds()
    picture = Drawing(side, side, transform=[side / (x1 - x0), 0, 0, side / (y1 - y0), 0, 0])
    picture.add(code)
    words = [
        Paragraph(escape(f"授权签字人：{report.signatory}"), text),
        Paragraph("检验检测专用章：", text),
        Spacer(1, 6),
        Paragraph(escape(f"核验：{address(report.code)}"), small),
        Paragraph("扫码可核对报告编号、检验机构和文件的哈希值。", small),
    ]
    table = Table([[words, picture]], colWidths=[13.5 * cm, 3.5 * cm])
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP")]))
    return table
