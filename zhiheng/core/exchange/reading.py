"""Reading a submission as it came: CSV, XLSX, JSON or JSON Lines, told apart by what is in the file.

Rows are streamed with the number a person sees in front of them; memory does not grow with the file (a
workbook is bounded instead). A file that cannot be read at all is one Problem; a row that cannot be read
(a broken line of JSON Lines) is a row with its problem, and the others go on.
"""

import codecs
import csv
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import python_calamine
from django.utils.translation import gettext as _

from zhiheng.core.problems import Problem

MAX_ROW = 1024 * 1024
MAX_CELLS = 20_000_000
MAX_UNZIPPED = 2 * 1024**3
_BLOCK = 1024 * 1024
_CELL = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,3})(\d{1,7})["']""")


@dataclass(frozen=True)
class Row:
    """A row as it came: cells under the document's names, or names and values of its own."""

    number: int
    cells: list[Any] | dict[str, Any]
    problem: Problem | None = None


@dataclass
class Document:
    """A submission that can be read: its format, its column names (none in JSON), its rows."""

    format: str
    names: list[str] | None
    rows: Callable[[], Iterator[Row]]
    detail: dict[str, str] = field(default_factory=dict)


def open_document(path: Path, filename: str = "") -> Document:
    """The document in a file; Problem when it is none of ours or broken."""
    with path.open("rb") as file:
        head = file.read(8192)
    if not head.strip(b"\xef\xbb\xbf \t\r\n\x00"):
        raise Problem("empty", _("文件是空的。"), remedy=_("下载模板,填好至少一行再提交。"))
    if head.startswith(b"PK"):
        return _xlsx(path)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Problem(
            "old_or_locked_workbook",
            _("这是旧式 .xls 或加密的工作簿。"),
            remedy=_("去掉密码,另存为 .xlsx 或 CSV 再提交。"),
        )
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as text:
        start = text.read(65536).lstrip("\ufeff \t\r\n")
    if start.startswith("["):
        return Document("json", None, lambda: _json_rows(path, encoding), {"encoding": encoding})
    if start.startswith("{"):
        if _is_json_lines(start, filename):
            return Document("jsonl", None, lambda: _json_lines(path, encoding), {"encoding": encoding})
        return Document("json", None, lambda: _json_rows(path, encoding), {"encoding": encoding})
    return _csv(path, encoding, start)


# ---- text


def _encoding(path: Path) -> str:
    """UTF-8, UTF-16 by its mark, else GB 18030; the whole file must be what its beginning promises."""
    with path.open("rb") as file:
        head = file.read(4)
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        candidates = ["utf-16"]
    else:
        candidates = ["utf-8-sig", "gb18030"]
    places = {}
    for encoding in candidates:
        decoder = codecs.getincrementaldecoder(encoding)()
        read = 0
        try:
            with path.open("rb") as file:
                for block in iter(lambda: file.read(_BLOCK), b""):
                    if encoding != "utf-16" and (nul := block.find(b"\0")) >= 0:
                        raise Problem(
                            "binary",
                            _("第 %(place)s 个字节是 0:这不是文本文件。") % {"place": read + nul + 1},
                            remedy=_("提交 CSV、XLSX、JSON 或 JSON Lines。"),
                        )
                    decoder.decode(block)
                    read += len(block)
            decoder.decode(b"", final=True)
            return encoding
        except UnicodeDecodeError as error:
            places[encoding] = read + error.start + 1
    raise Problem(
        "encoding",
        _("文件既不是 UTF-8,也不是 GB 18030:约在第 %(place)s 个字节。") % {"place": max(places.values())},
        remedy=_("用 UTF-8 编码另存一次再提交。"),
    )


def _csv(path: Path, encoding: str, start: str) -> Document:
    first = start.split("\n", 1)[0]
    bare = re.sub(r'"[^"]*"', "", first)
    delimiter = max(",;\t", key=bare.count)
    rows = _csv_rows(path, encoding, delimiter)
    header = next((row for row in rows if any(str(c).strip() for c in row.cells)), None)
    if header is None:
        raise Problem("empty", _("文件里没有列名。"), remedy=_("第一行写列名;下载模板对照。"))
    if len(header.cells) > 1000:
        raise Problem("too_many_columns", _("第一行有 1000 多列。"), remedy=_("第一行写列名,每列一个。"))
    after = header.number
    names = [str(c).strip() for c in header.cells]

    def data() -> Iterator[Row]:
        for row in _csv_rows(path, encoding, delimiter):
            if row.number > after and any(c.strip() for c in row.cells):
                yield row

    return Document("csv", names, data, {"encoding": encoding, "delimiter": delimiter})


def _csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(MAX_ROW)
    with path.open(encoding=encoding, newline="") as text:
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        number = 0
        while True:
            number += 1
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise Problem(
                    "csv",
                    _("第 %(number)s 行(文本第 %(line)s 行起)的引号或长度不对:%(error)s。")
                    % {"number": number, "line": line, "error": error},
                    remedy=_("检查这一行的英文双引号是否成对;单元格里的双引号要写成两个。"),
                ) from None
            yield Row(number, cells)


# ---- workbooks


def _xlsx(path: Path) -> Document:
    broken = Problem(
        "workbook_broken",
        _("工作簿打不开:文件不完整,或者不是 .xlsx。"),
        remedy=_("用表格软件打开,另存为 .xlsx 或 CSV 再提交。"),
    )
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if "xl/workbook.xml" not in {m.filename for m in members}:
                raise broken
            if sum(m.file_size for m in members) > MAX_UNZIPPED:
                raise _too_large()
            for member in members:
                if member.filename.endswith(".xml") and "sheet" in member.filename:
                    _bound(archive, member)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise broken from error
    except Exception as error:
        if isinstance(error, Problem):
            raise
        raise broken from error  # zlib.error and whatever else a damaged archive comes up with
    names: list[str] | None = None
    rows = _sheet_rows(path, broken)
    after = 0
    for row in rows:
        if any(c != "" for c in row.cells):
            names, after = [str(c).strip() for c in row.cells], row.number
            break
    if names is None:
        raise Problem("empty", _("工作簿的第一张表是空的。"), remedy=_("把数据放在第一张表,第一行写列名。"))

    def data() -> Iterator[Row]:
        for row in _sheet_rows(path, broken):
            if row.number > after and any(
                c != "" and not (isinstance(c, str) and not c.strip()) for c in row.cells
            ):
                yield row

    return Document("xlsx", names, data)


def _sheet_rows(path: Path, broken: Problem) -> Iterator[Row]:
    try:
        with python_calamine.load_workbook(str(path)) as book:
            shown = [
                i
                for i, sheet in enumerate(book.sheets_metadata)
                if sheet.visible == python_calamine.SheetVisibleEnum.Visible
            ]
            sheet = book.get_sheet_by_index(shown[0] if shown else 0)
            rows = sheet.iter_rows()
    except BaseException as error:
        # The reader is written in Rust: what it cannot take, it reports as one of its own or as a panic.
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise broken from error
    for number, cells in enumerate(rows, 1):
        yield Row(number, list(cells))


def _bound(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Refuse a sheet whose corners are so far apart that holding it would take all memory."""
    height, tail, read = 0, b"", 0
    columns: set[bytes] = set()
    with archive.open(member) as file:
        for block in iter(lambda: file.read(_BLOCK), b""):
            read += len(block)
            if read > MAX_UNZIPPED:
                raise _too_large()
            found = _CELL.findall(tail + block)
            columns.update(column for column, _row in found)
            height = max([height, *map(int, {row for _column, row in found})])
            tail = block[-64:]
    width = max(
        (sum((c - 64) * 26**i for i, c in enumerate(reversed(column))) for column in columns), default=0
    )
    if height * width > MAX_CELLS:
        raise _too_large()


def _too_large() -> Problem:
    return Problem(
        "workbook_too_large",
        _("工作簿太大:按四角算超过 %(cells)s 格。") % {"cells": f"{MAX_CELLS:,}"},
        status=413,
        remedy=_("删去空白的行和列,或另存为 CSV 再提交。"),
    )


# ---- JSON


def _is_json_lines(start: str, filename: str) -> bool:
    if filename.lower().endswith((".jsonl", ".ndjson")):
        return True
    line = start.split("\n", 1)[0].strip()
    try:
        first = json.loads(line)
    except (ValueError, RecursionError):
        # A line broken right at the start still is JSON Lines when the next line is an object again.
        return bool(re.match(r'[^\n]*\n\s*\{\s*"', start)) and not re.match(r'\{\s*"rows"\s*:', start)
    return isinstance(first, dict) and not isinstance(first.get("rows"), list)


def _json_lines(path: Path, encoding: str) -> Iterator[Row]:
    with path.open(encoding=encoding, newline="\n") as text:
        number = 0
        while line := text.readline(MAX_ROW + 1):
            number += 1
            if len(line) > MAX_ROW:
                yield Row(number, {}, _too_long())
                while line and not line.endswith("\n"):
                    line = text.readline(MAX_ROW)
                continue
            if not line.strip():
                continue
            try:
                value = _loads(line)
            except (ValueError, RecursionError) as error:
                yield Row(number, {"": line.strip()}, _bad_json(error))
                continue
            yield _object(number, value)


def _json_rows(path: Path, encoding: str) -> Iterator[Row]:
    """The objects of ``[…]`` or of ``{"rows": […]}``, one at a time."""
    with path.open(encoding=encoding) as text:
        source = _Source(text)
        if source.peek() == "{":
            source.take("{")
            while True:
                name = source.value()
                source.take(":")
                if name == "rows":
                    break
                source.value()
                if source.peek() != ",":
                    raise Problem(
                        "no_rows",
                        _("JSON 对象里没有“rows”。"),
                        remedy=_('写成 {"rows": [ … ]},或直接写一个数组。'),
                    )
                source.take(",")
        source.take("[")
        number = 0
        if source.peek() == "]":
            return
        while True:
            number += 1
            yield _object(number, source.value())
            if source.peek() != ",":
                source.take("]")
                return
            source.take(",")


class _Source:
    """A JSON text read block by block: values are taken off its front."""

    def __init__(self, text: IO[str]) -> None:
        self.text, self.buffer, self.at, self.base = text, "", 0, 0
        self.decoder = json.JSONDecoder(parse_constant=_constant, parse_float=str)

    def more(self) -> bool:
        block = self.text.read(_BLOCK)
        self.base += self.at
        self.buffer, self.at = self.buffer[self.at :] + block, 0
        return bool(block)

    def peek(self) -> str:
        while True:
            while self.at < len(self.buffer):
                if not self.buffer[self.at].isspace() and self.buffer[self.at] != "\ufeff":
                    return self.buffer[self.at]
                self.at += 1
            if not self.more():
                return ""

    def take(self, sign: str) -> None:
        found = self.peek()
        if found != sign:
            what = f"“{found}”" if found else _("文件结尾")
            raise Problem(
                "json",
                _("JSON 在第 %(place)s 个字符处应为“%(sign)s”,却是%(found)s。")
                % {"place": self.base + self.at + 1, "sign": sign, "found": what},
                remedy=_("多半是文件没有传完整,或少了逗号、括号;重新导出一次。"),
            )
        self.at += 1

    def value(self) -> Any:
        self.peek()
        while True:
            try:
                value, end = self.decoder.raw_decode(self.buffer, self.at)
                if end < len(self.buffer) or isinstance(value, dict | list | str):
                    self.at = end
                    return value
                if not self.more():  # a number at the end of a block may go on in the next one
                    value, self.at = self.decoder.raw_decode(self.buffer, self.at)
                    return value
            except (ValueError, RecursionError) as error:
                if (
                    isinstance(error, RecursionError)
                    or len(self.buffer) - self.at > MAX_ROW
                    or not self.more()
                ):
                    problem = _bad_json(error)
                    place = (
                        self.base + (error.pos if isinstance(error, json.JSONDecodeError) else self.at) + 1
                    )
                    problem.message += _(" 在第 %(place)s 个字符处。") % {"place": place}
                    raise problem from None


def _loads(line: str) -> Any:
    return json.loads(line, parse_constant=_constant, parse_float=str)


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _bad_json(error: Exception) -> Problem:
    if isinstance(error, RecursionError):
        return Problem("json_too_deep", _("JSON 嵌套太深。"), remedy=_("每行是一个平的对象,值是文字或数字。"))
    said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    return Problem(
        "json",
        _("不是有效的 JSON:%(said)s。") % {"said": said},
        remedy=_("检查引号、逗号和括号;字符串用英文双引号。"),
    )


def _too_long() -> Problem:
    return Problem("row_too_long", _("这一行超过 1 MiB。"), remedy=_("每行只放一条记录。"))


def _object(number: int, value: Any) -> Row:
    if not isinstance(value, dict):
        return Row(
            number,
            {"": value},
            Problem("not_an_object", _("这一行不是 JSON 对象。"), remedy=_('写成 {"字段": "值", …}。')),
        )
    return Row(number, value)
