"""The official layout of published penalties (双公示, SGS-CF): its thirty columns, rows of ours, and the files.

The layout is known from implementations only; before going live it is compared with the annex that the local platform
hands out. Amounts are in 万元. What we do not know stays empty and is named by ``missing``, never made up.
"""
# ruff: noqa: E501  (a column is one line of a table)

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter

from zhiheng.core.ui.tables import _safe
from zhiheng.systems.enforcement.models import PenaltyRecord

EDITION = "SGS-CF"
PLACEHOLDER = f"{'0' * 17}X"
CATEGORIES = ("法人及非法人组织", "自然人", "个体工商户")


@dataclass(frozen=True, slots=True)
class Column:
    """One official column: its code, its Chinese name, our English one, and whether it must be filled (M) or may have to (C)."""

    code: str
    zh: str
    en: str
    required: str = "O"
    value: Callable[[PenaltyRecord], Any] = lambda row: ""


def _wan(amount: Decimal) -> str:
    """Yuan in 万元, with the six places of the layout."""
    return f"{amount / 10000:.6f}" if amount else ""


COLUMNS = (
    Column("CF_XDR_MC", "行政相对人名称", "Party", "M", lambda r: r.party_name),
    Column("CF_XDR_LB", "行政相对人类别", "Category of the party", "M", lambda r: r.category),
    Column(
        "CF_XDR_SHXYM",
        "行政相对人代码_1(统一社会信用代码)",
        "Unified social credit code",
        "C",
        lambda r: r.code,
    ),
    Column(
        "CF_XDR_GSZC",
        "行政相对人代码_2(工商注册号)",
        "Business registration number",
        "C",
        lambda r: r.registration_no,
    ),
    Column("CF_XDR_ZZJG", "行政相对人代码_3(组织机构代码)", "Organisation code"),
    Column("CF_XDR_SWDJ", "行政相对人代码_4(税务登记号)", "Tax number"),
    Column("CF_XDR_SYDW", "行政相对人代码_5(事业单位证书号)", "Public institution certificate"),
    Column("CF_XDR_SHZZ", "行政相对人代码_6(社会组织登记证号)", "Social organisation certificate"),
    Column("CF_FRDB", "法定代表人", "Legal representative"),
    Column("CF_FR_ZJLX", "法定代表人证件类型", "Legal representative: kind of document"),
    Column("CF_FR_ZJHM", "法定代表人证件号码", "Legal representative: number"),
    Column(
        "CF_XDR_ZJLX",
        "自然人证件类型",
        "Person: kind of document",
        "C",
        lambda r: "身份证" if r.identity else "",
    ),
    Column("CF_XDR_ZJHM", "自然人证件号码", "Person: number", "C", lambda r: r.identity),
    Column("CF_WSH", "行政处罚决定书文号", "Number of the decision", "M", lambda r: r.decision_no),
    Column("CF_WFXW", "违法行为类型", "Kind of violation", "M", lambda r: r.violation_type),
    Column("CF_SY", "违法事实", "Facts of the violation", "M", lambda r: r.violation),
    Column("CF_YJ", "处罚依据", "Legal basis", "M", lambda r: r.basis),
    Column("CF_CFLB", "处罚类别", "Kinds of penalty", "M", lambda r: r.kinds),
    Column("CF_NR", "处罚内容", "The penalty", "M", lambda r: r.content),
    Column("CF_NR_FK", "罚款金额(万元)", "Fine (10,000 yuan)", "C", lambda r: _wan(r.fine)),
    Column(
        "CF_NR_WFFF",
        "没收违法所得、没收非法财物的金额(万元)",
        "Confiscated (10,000 yuan)",
        "C",
        lambda r: _wan(r.confiscated),
    ),
    Column(
        "CF_NR_ZKDX", "暂扣或吊销证照名称及编号", "Licence suspended or revoked", "C", lambda r: r.licence
    ),
    Column("CF_JDRQ", "处罚决定日期", "Decided on", "M", lambda r: r.decided_on),
    Column("CF_YXQ", "处罚有效期", "Valid until", "M", lambda r: r.valid_until),
    Column("CF_GSJZQ", "公示截止期", "Public until", "O", lambda r: r.published_until),
    Column("CF_CFJG", "处罚机关", "Authority", "M", lambda r: r.authority),
    Column(
        "CF_CFJGDM", "处罚机关统一社会信用代码", "Authority: credit code", "M", lambda r: r.authority_code
    ),
    Column("CF_SJLY", "数据来源单位", "Source", "M", lambda r: r.authority),
    Column(
        "CF_SJLYDM", "数据来源单位统一社会信用代码", "Source: credit code", "M", lambda r: r.authority_code
    ),
    Column("BZ", "备注", "Remark", "O", lambda r: r.remark),
)


def cells(row: PenaltyRecord) -> list[str]:
    """A penalty in the official columns, dates as yyyy-MM-dd."""
    values = (column.value(row) for column in COLUMNS)
    return [value.isoformat() if isinstance(value, date) else str(value or "") for value in values]


def missing(row: PenaltyRecord) -> list[str]:
    """The columns that have to be filled and are not (rules R3 and R5)."""
    given = dict(zip((c.code for c in COLUMNS), cells(row), strict=True))
    wanted = {column.code for column in COLUMNS if column.required == "M"}
    if row.category == "自然人":
        wanted |= {"CF_XDR_ZJHM"}
    elif row.code == PLACEHOLDER:
        wanted |= {"CF_XDR_GSZC"}
    else:
        wanted |= {"CF_XDR_SHXYM"}
    return [column.zh for column in COLUMNS if column.code in wanted and not given[column.code]]


def as_csv(rows: Iterable[PenaltyRecord]) -> bytes:
    """The rows as CSV with the official column names; the mark makes spreadsheets read the Chinese."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.zh for column in COLUMNS])
    for row in rows:
        writer.writerow([_safe(cell) for cell in cells(row)])
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Iterable[PenaltyRecord]) -> IO[bytes]:
    """The rows as a workbook; every cell is text, so that no code is rounded."""
    file = TemporaryFile()  # noqa: SIM115 (the response closes it)
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        sheet, head, text = (
            book.add_worksheet("行政处罚"),
            book.add_format({"bold": True}),
            book.add_format({"num_format": "@"}),
        )
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(COLUMNS) - 1, 22, text)
        for place, column in enumerate(COLUMNS):
            sheet.write_string(0, place, column.zh, head)
        for line, row in enumerate(rows, 1):
            for place, cell in enumerate(cells(row)):
                sheet.write_string(line, place, cell[:32_767], text)
    file.seek(0)
    return file
