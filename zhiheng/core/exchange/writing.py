"""Files that go out: templates, and rejected rows in the format they came in, with what to mend."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext as _

from zhiheng.core.exchange.contracts import Contract, Field
from zhiheng.core.exchange.rules import MEND

CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
}
_LONGEST_CELL = 32767


def type_label(field: Field) -> str:
    """A field's type in words."""
    return {
        "text": _("文字"),
        "int": _("整数"),
        "decimal": _("数"),
        "date": _("日期,如 2026-06-10"),
        "datetime": _("时间,如 2026-06-10 09:30"),
        "bool": _("是/否"),
        "code": _("取值表"),
    }[field.type]


def explanation(field: Field) -> str:
    """What a column wants, for the comment on its heading."""
    lines = [_("必填") if field.required else _("选填"), type_label(field)]
    if field.codes:
        lines.append("、".join(dict.fromkeys(str(label) for label in field.codes.values())))
    if field.max_length:
        lines.append(_("最多 %(count)s 字") % {"count": field.max_length})
    if field.code:
        lines.append(_("官方代码 %(code)s") % {"code": field.code})
    if field.source_of_field:
        lines.append(_("出处:%(source)s") % {"source": field.source_of_field})
    return "\n".join(lines)


def template_csv(contract: Contract) -> bytes:
    """A file to fill in: headings and one example row, which is not taken for data."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_heading(field) for field in contract.fields])
    writer.writerow([field.example for field in contract.fields])
    return text.getvalue().encode("utf-8-sig")


def template_xlsx(contract: Contract) -> IO[bytes]:
    """A workbook to fill in: headings with comments, code lists to choose from, and one example row."""
    file = TemporaryFile()  # noqa: SIM115 (the response closes it)
    with xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        head = book.add_format(
            {"bold": True, "bg_color": "#DDEFF2", "border": 1, "text_wrap": True, "valign": "top"}
        )
        text, example = (
            book.add_format({"num_format": "@"}),
            book.add_format({"num_format": "@", "font_color": "#707070"}),
        )
        sheet = book.add_worksheet(_("数据"))
        sheet.freeze_panes(1, 0)
        for column, field in enumerate(contract.fields):
            # Every column is text: a spreadsheet must not turn codes into rounded numbers.
            sheet.set_column(column, column, max(12, min(40, len(field.label_zh) * 2 + 4)), text)
            sheet.write_string(0, column, _heading(field), head)
            sheet.write_comment(0, column, explanation(field), {"x_scale": 2, "y_scale": 1.6})
            sheet.write_string(1, column, field.example, example)
            labels = list(dict.fromkeys(str(label) for label in (field.codes or {}).values()))
            if labels and len(",".join(labels)) <= 255:
                sheet.data_validation(
                    1, column, 5000, column, {"validate": "list", "source": labels, "error_type": "warning"}
                )
        notes = book.add_worksheet(_("填写说明"))
        for column, (title, width) in enumerate(
            [
                (_("列名"), 30), (_("英文名"), 24), (_("官方代码"), 16), (_("必填"), 8),
                (_("类型"), 26), (_("取值"), 50), (_("出处"), 40), (_("示例"), 30),
            ]
        ):  # fmt: skip
            notes.write_string(0, column, title, head)
            notes.set_column(column, column, width)
        for line, field in enumerate(contract.fields, 1):
            cells = [
                field.label_zh, field.label_en, field.code, _("是") if field.required else "", type_label(field),
                "、".join(dict.fromkeys(str(label) for label in (field.codes or {}).values())),
                field.source_of_field, field.example,
            ]  # fmt: skip
            for column, cell in enumerate(cells):
                notes.write_string(line, column, cell)
        notes.write_string(
            len(contract.fields) + 2, 0,
            _("灰色的示例行不会当作数据。依据:%(source)s %(edition)s。")
            % {"source": contract.source, "edition": contract.edition},
        )  # fmt: skip
    file.seek(0)
    return file


def is_example(contract: Contract, values: Iterable[tuple[Field, Any]]) -> bool:
    """Whether a row is the template's example, left where it was."""
    filled = [(field, str(value).strip()) for field, value in values if str(value or "").strip()]
    return len(filled) == sum(1 for f in contract.fields if f.example) and all(
        v == f.example for f, v in filled
    )


def rejected(
    format: str, names: list[str] | None, rows: Iterable[tuple[Any, str]], *, delimiter: str = ","
) -> Iterator[bytes]:
    """The rejected rows as they came, each with what to mend, as a file of the given format."""
    if format == "csv":
        yield from _csv(names or [], rows, delimiter)
    elif format == "xlsx":
        yield from _xlsx(names or [], rows)
    elif format == "jsonl":
        for raw, mend in rows:
            yield (json.dumps(_object(raw, mend), ensure_ascii=False) + "\n").encode()
    else:
        yield b"["
        for index, (raw, mend) in enumerate(rows):
            yield ((",\n" if index else "\n") + json.dumps(_object(raw, mend), ensure_ascii=False)).encode()
        yield b"\n]\n"


def suffix(filename: str, format: str) -> str:
    """The name of the file that goes back."""
    return f"{Path(filename or 'rows').stem[:80]}-rejected.{format}"


def _heading(field: Field) -> str:
    return f"{field.label}*" if field.required else field.label


def _object(raw: Any, mend: str) -> dict[str, Any]:
    return {**(raw if isinstance(raw, dict) else {"": raw}), MEND: mend}


def _line(names: list[str], raw: Any, mend: str) -> list[Any]:
    cells = list(raw) if isinstance(raw, list) else [str(raw)]
    kept = [i for i, name in enumerate(names) if name != MEND]
    return [cells[i] if i < len(cells) else "" for i in kept] + [mend]


def _csv(names: list[str], rows: Iterable[tuple[Any, str]], delimiter: str) -> Iterator[bytes]:
    # The mark makes spreadsheets read the Chinese as UTF-8.
    text = io.StringIO("\ufeff")
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow([name for name in names if name != MEND] + [MEND])
    for raw, mend in rows:
        writer.writerow(_line(names, raw, mend))
        if text.tell() > 65536:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _xlsx(names: list[str], rows: Iterable[tuple[Any, str]]) -> Iterator[bytes]:
    with TemporaryFile() as file:
        with xlsxwriter.Workbook(
            file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        ) as book:
            head, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
            mark = book.add_format({"font_color": "#B00020", "text_wrap": True})
            sheet = book.add_worksheet()
            sheet.set_column(0, max(len(names), 1), 18, text)
            for column, name in enumerate([name for name in names if name != MEND] + [MEND]):
                sheet.write_string(0, column, name, head)
            for line, (raw, mend) in enumerate(rows, 1):
                cells = _line(names, raw, mend)
                for column, cell in enumerate(cells):
                    if isinstance(cell, int | float) and not isinstance(cell, bool):
                        sheet.write_number(line, column, cell)
                    elif cell not in (None, ""):
                        sheet.write_string(
                            line,
                            column,
                            str(cell)[:_LONGEST_CELL],
                            mark if column == len(cells) - 1 else text,
                        )
        file.seek(0)
        yield from iter(lambda: file.read(65536), b"")
