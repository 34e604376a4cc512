"""What a cell says: column names and typed values, each error with its remedy. No database, no clock."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from zhiheng.core.exchange.contracts import Contract, Field, FieldProblem, Row
from zhiheng.core.problems import Problem

#: The column that says what to mend, in files we give back; ignored when it comes in again.
MEND = "错误/要改什么"
SHANGHAI = ZoneInfo("Asia/Shanghai")
_FULL = {0xFF01 + i: 0x21 + i for i in range(94)} | {0x3000: 0x20}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\u200b\ud800-\udfff]")
_DATE = re.compile(
    r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))", re.ASCII
)
_TIME = re.compile(r"(.+?)[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,6})?)?\s*(Z|[+-]\d{2}:?\d{2})?", re.ASCII)
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{2}", re.ASCII)
_YES = {"是", "有", "true", "1", "y", "yes", "t", "√"}
_NO = {"否", "无", "false", "0", "n", "no", "f", "×"}
#: Above this, a number that passed through a spreadsheet has lost digits.
_EXACT = 10**15


def halfwidth(text: str) -> str:
    """Full-width letters, digits and signs as their half-width forms."""
    return text.translate(_FULL)


def heading(text: Any) -> str:
    """A column's name without what people and templates add to it."""
    return re.sub(r"[\s*:]+", "", unicodedata.normalize("NFKC", str(text or ""))).casefold().strip("\ufeff")


def headings(contract: Contract) -> dict[str, Field]:
    """Every name by which a column of the contract may come."""
    return {
        heading(name): field
        for field in contract.fields
        for name in (field.name, field.label_en, field.label_zh, field.code)
        if name
    }


def columns(contract: Contract, names: list[str]) -> tuple[list[Field | None], list[str]]:
    """The field of each column, and the names of columns the contract does not know.

    Problem when a column comes twice or a required one is missing: then no row can be right.
    """
    known, mend = headings(contract), heading(MEND)
    fields = [known.get(heading(name)) for name in names]
    seen: dict[str, str] = {}
    for name, field in zip(names, fields, strict=True):
        if field is None:
            continue
        if field.name in seen:
            raise Problem(
                "duplicate_column",
                _("“%(one)s”和“%(two)s”是同一列。") % {"one": seen[field.name], "two": name},
                remedy=_("只留一列。"),
            )
        seen[field.name] = name
    if missing := [f.label for f in contract.fields if f.required and f.name not in seen]:
        raise Problem(
            "missing_column",
            _("缺少必填的列:%(columns)s。") % {"columns": "、".join(missing)},
            remedy=_("第一行写列名;下载模板对照。文件里的列是:%(columns)s。")
            % {"columns": "、".join(str(n) for n in names[:30])},
        )
    return fields, [
        str(name)
        for name, field in zip(names, fields, strict=True)
        if field is None and heading(name) not in {"", mend}
    ]


def blank(raw: Any) -> bool:
    """Whether a cell says nothing."""
    return raw is None or (isinstance(raw, str) and not raw.strip())


def parse_row(
    contract: Contract, cells: list[tuple[Field, Any]], today: date
) -> tuple[Row, list[FieldProblem]]:
    """The typed values of a row's cells, and everything that is wrong with them."""
    row: Row = {}
    problems: list[FieldProblem] = []
    sent = set()
    for field, raw in cells:
        sent.add(field.name)
        try:
            row[field.name] = parse(field, raw)
        except Problem as problem:
            problems.append(FieldProblem(problem, field.name))
    for field in contract.fields:
        if field.required and field.name not in sent:
            problems.append(FieldProblem(_missing(field), field.name))
    if not problems and contract.check is not None:
        problems += contract.check(row, today)
    return row, problems


def parse(field: Field, raw: Any) -> Any:
    """One cell's value in its type; Problem says what is wrong and what to write instead."""
    if blank(raw):
        if field.required:
            raise _missing(field)
        return "" if field.type in {"text", "code"} else None
    if isinstance(raw, list | dict):
        raise Problem("not_a_value", _("这里是一组数据,不是一个值。"), remedy=_("一格只写一个值。"))
    value = _PARSERS[field.type](field, raw)
    if field.check is not None and value not in ("", None):
        value = field.check(value)
    return value


def _missing(field: Field) -> Problem:
    remedy = _("填写%(label)s") % {"label": field.label} + (
        _(",例如 %(example)s。") % {"example": field.example} if field.example else "。"
    )
    return Problem("required", _("必填的“%(label)s”是空的。") % {"label": field.label}, remedy=remedy)


def _string(raw: Any) -> str:
    """A cell as text: a whole number loses the point a spreadsheet gave it."""
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int | float):
        if abs(raw) >= _EXACT and isinstance(raw, float):
            raise Problem(
                "number_rounded",
                _("这一格是数值格式,表格软件已经把 15 位以后的数字改成了 0。"),
                remedy=_("把这一列设为“文本”格式,再从原件重新填写。"),
            )
        if isinstance(raw, float) and raw.is_integer():
            return str(int(raw))
        return repr(raw)
    if isinstance(raw, datetime):
        return raw.date().isoformat() if raw.time() == datetime.min.time() else raw.isoformat(sep=" ")
    return _CONTROL.sub("", str(raw)).strip()


def _text(field: Field, raw: Any) -> str:
    text = _string(raw)
    if field.check is not None and _SCIENTIFIC.fullmatch(text):
        raise Problem(
            "number_rounded",
            _("“%(text)s”是表格软件改写的数字,原来的代码已经看不出来。") % {"text": text},
            remedy=_("把这一列设为“文本”格式,再从原件重新填写。"),
        )
    if field.max_length is not None and len(text) > field.max_length:
        raise Problem(
            "too_long",
            _("有 %(count)s 个字,最多 %(limit)s 个。") % {"count": len(text), "limit": field.max_length},
            remedy=_("缩短,或核对是不是填错了列。"),
        )
    return text


def _int(field: Field, raw: Any) -> int:
    text = halfwidth(_string(raw)).replace(",", "")
    if not re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
        raise Problem(
            "not_a_whole_number",
            _("“%(text)s”不是整数。") % {"text": _short(raw)},
            remedy=_("只写数字,不带单位,例如 12。"),
        )
    return int(text)


def _decimal(field: Field, raw: Any) -> Decimal:
    text = halfwidth(repr(raw) if isinstance(raw, float) else _string(raw)).replace(",", "").rstrip("%")
    try:
        if not re.fullmatch(r"[+-]?\d{1,20}(\.\d{1,20})?([eE][+-]?\d{1,2})?", text, re.ASCII):
            raise InvalidOperation
        return Decimal(text)
    except InvalidOperation:
        raise Problem(
            "not_a_number",
            _("“%(text)s”不是数。") % {"text": _short(raw)},
            remedy=_("只写数字和小数点,不带单位,例如 0.25。"),
        ) from None


def _date(field: Field, raw: Any) -> date:
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    if (
        isinstance(raw, float) and 20000 < raw < 80000
    ):  # a spreadsheet's day count, in a cell that lost its format
        return date(1899, 12, 30) + timedelta(days=int(raw))
    text = (
        halfwidth(_string(raw)).replace(" ", "T", 1)
        if ":" in str(raw)
        else halfwidth(_string(raw)).replace(" ", "")
    )
    found = _DATE.fullmatch(text.split("T")[0])
    if found is None:
        raise Problem(
            "not_a_date",
            _("“%(text)s”不是日期。") % {"text": _short(raw)},
            remedy=_("写成 2026-06-10 这样的年-月-日。"),
        )
    year, *parts = found.groups()
    month, day = (int(part) for part in parts if part is not None)
    try:
        return date(int(year), month, day)
    except ValueError:
        raise Problem(
            "no_such_date", _("没有“%(text)s”这一天。") % {"text": _short(raw)}, remedy=_("核对月和日。")
        ) from None


def _datetime(field: Field, raw: Any) -> datetime:
    if isinstance(raw, datetime):
        return raw if raw.tzinfo else raw.replace(tzinfo=SHANGHAI)
    if isinstance(raw, date) or not (found := _TIME.fullmatch(halfwidth(_string(raw)))):
        day = _date(field, raw)
        return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    day = _date(field, found[1])
    zone = found[6]
    try:
        moment = datetime(
            day.year, day.month, day.day, int(found[2]), int(found[3]), int(found[4] or 0),
            int(float(found[5] or 0) * 1_000_000),
        )  # fmt: skip
        return (
            datetime.fromisoformat(moment.isoformat() + zone.replace("Z", "+00:00"))
            if zone
            else moment.replace(tzinfo=SHANGHAI)
        )
    except ValueError:
        raise Problem(
            "no_such_time",
            _("没有“%(text)s”这个时刻。") % {"text": _short(raw)},
            remedy=_("写成 2026-06-10 09:30。"),
        ) from None


def _bool(field: Field, raw: Any) -> bool:
    word = halfwidth(_string(raw)).casefold()
    if word not in _YES | _NO:
        raise Problem(
            "not_yes_or_no",
            _("“%(text)s”不是“是”或“否”。") % {"text": _short(raw)},
            remedy=_("填“是”或“否”。"),
        )
    return word in _YES


def _code(field: Field, raw: Any) -> str:
    codes = field.codes or {}
    text = _string(raw)
    if text in codes:
        return text
    plain = halfwidth(text).casefold()
    for code, label in codes.items():
        if plain in (code.casefold(), halfwidth(str(label)).casefold()):
            return code
    some = "、".join(dict.fromkeys(str(label) for label in codes.values()))
    raise Problem(
        "not_in_code_list",
        _("“%(text)s”不在取值表里。") % {"text": _short(raw)},
        remedy=_("可填:%(codes)s。") % {"codes": some},
    )


def _short(raw: Any) -> str:
    text = str(raw)
    return text if len(text) <= 60 else text[:60] + "…"


_PARSERS = {
    "text": _text,
    "int": _int,
    "decimal": _decimal,
    "date": _date,
    "datetime": _datetime,
    "bool": _bool,
    "code": _code,
}
