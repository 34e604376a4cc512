"""Lists: sort, search, filter, pages, choice of columns, export of every filtered row with every column.

    table = Table(request, "products", products_visible_to(request.user), [Column("gtin", _("商品条码"), …)])
    return table.export() or render(request, "registry/products.html", {"table": table})

The state is in the address, so a view of a table can be kept as a bookmark, sent to a colleague and printed.
"""

import csv
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import xlsxwriter
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.functional import Promise
from django.utils.html import conditional_escape, format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from zhiheng.core.ui import dates

Text = str | Promise
Source = Any  # QuerySet or list: what a search and a filter take and give back
SHEET_ROWS = 1_048_576
CELL_CHARACTERS = 32_767
COUNTED = 100_000
"""Rows of a list up to which they are counted and paged."""
FORMATS = {"csv": "CSV", "xlsx": "XLSX", "json": "JSON"}


@dataclass(frozen=True)
class Column:
    """One column: ``value`` takes it from a row, ``sort`` names the field to order by, ``link`` leads on."""

    key: str
    label: Text
    value: Callable[[Any], Any] | None = None
    sort: str | None = None
    link: Callable[[Any], str | None] | None = None
    numeric: bool = False
    hidden: bool = False

    def of(self, row: Any) -> Any:
        """The plain value of this column in a row."""
        return self.value(row) if self.value else _get(row, self.key)


@dataclass(frozen=True)
class Filter:
    """One choice above the table; ``choices`` are (value, label) pairs."""

    key: str
    label: Text
    choices: Iterable[tuple[Any, Any]]
    apply: Callable[[Source, str], Source]


class _Echo:
    """A file for the csv writer that hands each line straight on."""

    def write(self, line: str) -> str:
        return line


class Bounded(Paginator):
    """Pages of a list that may be endless: rows are counted up to ``COUNTED``, and pages end there.

    Counting a million rows costs more than all else on a page; who wants the rest searches, filters or exports.
    """

    @cached_property
    def found(self) -> int:
        """How many rows there are, or ``COUNTED`` + 1 for more than ``COUNTED``."""
        rows = self.object_list
        return rows.order_by()[: COUNTED + 1].count() if isinstance(rows, QuerySet) else len(rows)

    @cached_property
    def count(self) -> int:
        """How many rows are paged."""
        return min(self.found, COUNTED)

    @property
    def more(self) -> bool:
        """Whether there are rows beyond the last page."""
        return self.found > COUNTED


class Table:
    """A list on a page. Parameters in the address begin with the table's name, so a page can hold several."""

    def __init__(
        self,
        request: HttpRequest,
        name: str,
        source: "QuerySet[Any] | Sequence[Any]",
        columns: Sequence[Column],
        search: Callable[[Source, str], Source | None] | None = None,
        filters: Sequence[Filter] = (),
        empty: Text = "",
        page_size: int = 50,
    ) -> None:
        self.request, self.name, self.columns, self.filters = request, name, list(columns), list(filters)
        self.source, self.searchable, self.empty, self.page_size = (
            source,
            search is not None,
            empty,
            page_size,
        )
        self._search = search

    def parameter(self, key: str) -> str:
        """The name of a parameter of this table in the address."""
        return f"{self.name}-{key}"

    def given(self, key: str) -> str:
        """What the address says for one of our parameters; NUL would be refused by PostgreSQL."""
        return self.request.GET.get(self.parameter(key), "").replace("\x00", "").strip()[:200]

    # what is asked for

    @property
    def q(self) -> str:
        """The search text."""
        return self.given("q")

    @cached_property
    def chosen_filters(self) -> list[dict[str, Any]]:
        """Each filter with its choices and the one taken; a value that is no choice is not taken."""
        shown = []
        for filter_ in self.filters:
            choices = [(str(value), label) for value, label in filter_.choices]
            given = self.given(filter_.key)
            shown.append(
                {
                    "filter": filter_,
                    "parameter": self.parameter(filter_.key),
                    "choices": choices,
                    "value": given if given in {value for value, _label in choices} else "",
                }
            )
        return shown

    @cached_property
    def order(self) -> tuple[Column, bool] | None:
        """The column ordered by and whether backwards."""
        given = self.given("sort")
        for column in self.columns:
            if column.sort and given.lstrip("-") == column.key:
                return column, given.startswith("-")
        return None

    @cached_property
    def shown(self) -> list[Column]:
        """The columns on the page: those chosen, else those not hidden."""
        wanted = set(self.request.GET.getlist(self.parameter("col")))
        return [column for column in self.columns if column.key in wanted] or [
            column for column in self.columns if not column.hidden
        ]

    @property
    def narrowed(self) -> bool:
        """Whether a search or a filter is on, which is when 'nothing here' means 'nothing found'."""
        return bool(self.q) or any(chosen["value"] for chosen in self.chosen_filters)

    # rows

    @cached_property
    def rows(self) -> Any:
        """All filtered rows in order, lazily where the source is a query."""
        source: Any = self.source
        if self.q and self._search:
            found = self._search(source, self.q)
            source = source if found is None else found
        for chosen in self.chosen_filters:
            if chosen["value"]:
                source = chosen["filter"].apply(source, chosen["value"])
        if self.order:
            column, backwards = self.order
            field = str(column.sort)
            if isinstance(source, QuerySet):
                # The key last, so that pages do not overlap where values are equal.
                source = source.order_by(f"-{field}" if backwards else field, "pk")
            else:
                known = [row for row in source if _get(row, field) is not None]
                unknown = [row for row in source if _get(row, field) is None]
                source = sorted(known, key=lambda row: _get(row, field), reverse=backwards) + unknown
        elif isinstance(source, QuerySet) and not source.ordered:
            source = source.order_by("pk")
        return source

    @cached_property
    def page(self) -> Any:
        """The page asked for; a number out of range gives the nearest page."""
        return Bounded(self.rows, self.page_size).get_page(self.given("page"))

    @cached_property
    def cells(self) -> list[dict[str, Any]]:
        """The rows of this page with what each cell shows."""
        return self._cells(self.page.object_list)

    @property
    def every(self) -> list[dict[str, Any]]:
        """All rows, for a page that cannot be turned (the answer to a form)."""
        return self._cells(self.rows)

    def _cells(self, rows: Iterable[Any]) -> list[dict[str, Any]]:
        return [
            {
                "key": _get(row, "pk"),
                "cells": [(column, _shown(column, row)) for column in self.shown],
            }
            for row in rows
        ]

    # addresses

    def with_(self, **changes: str | None) -> str:
        """This page's address with some of our parameters changed (None takes one away)."""
        query = self.request.GET.copy()
        query.pop(self.parameter("export"), None)
        for key, value in changes.items():
            query.pop(self.parameter(key), None)
            if value is not None:
                query[self.parameter(key)] = value
        return f"?{query.urlencode()}"

    @property
    def headers(self) -> list[dict[str, Any]]:
        """Each shown column with its state of order and the address that turns it."""
        heads = []
        for column in self.shown:
            mine = self.order is not None and self.order[0] is column
            backwards = mine and self.order is not None and self.order[1]
            heads.append(
                {
                    "column": column,
                    "sorted": ("descending" if backwards else "ascending") if mine else None,
                    "url": self.with_(
                        sort=column.key if backwards or not mine else f"-{column.key}", page=None
                    )
                    if column.sort
                    else None,
                }
            )
        return heads

    @property
    def previous_url(self) -> str:
        return self.with_(page=str(self.page.previous_page_number()))

    @property
    def next_url(self) -> str:
        return self.with_(page=str(self.page.next_page_number()))

    @property
    def clear_url(self) -> str:
        return self.with_(q=None, page=None, **{filter_.key: None for filter_ in self.filters})

    @property
    def others(self) -> list[tuple[str, str]]:
        """Parameters of the page that are not this form's, to be carried along."""
        mine = {
            self.parameter(key)
            for key in ("q", "page", "export", "col", "row", *(f.key for f in self.filters))
        }
        return [
            (key, value) for key, values in self.request.GET.lists() if key not in mine for value in values
        ]

    @property
    def export_formats(self) -> dict[str, str]:
        return FORMATS

    # export

    def export(self) -> HttpResponseBase | None:
        """The download, when the address asks for one: all filtered rows (or those ticked), every column."""
        wanted = self.given("export")
        if wanted not in FORMATS:
            return None
        rows = self.rows
        if ticked := self.request.GET.getlist(self.parameter("row")):
            ticked_set = set(ticked)
            if not isinstance(rows, QuerySet):
                rows = [row for row in rows if str(_get(row, "pk")) in ticked_set]
            else:
                pk = rows.model._meta.pk
                try:
                    rows = rows.filter(pk__in=[pk.to_python(value) for value in ticked_set])
                except Exception:  # a tick that is no key of ours ticks nothing
                    rows = rows.none()
        stream = rows.iterator(chunk_size=2000) if isinstance(rows, QuerySet) else iter(rows)
        filename = f"{self.name}.{wanted}"
        if wanted == "xlsx":
            return FileResponse(self._xlsx(stream), as_attachment=True, filename=filename)
        body, kind = {
            "csv": (self._csv, "text/csv; charset=utf-8"),
            "json": (self._json, "application/json"),
        }[wanted]
        return StreamingHttpResponse(
            body(stream),
            content_type=kind,
            headers={"Content-Disposition": f'attachment; filename="{filename}"'},
        )

    def _csv(self, rows: Iterator[Any]) -> Iterator[str]:
        writer = csv.writer(_Echo())
        # The mark at the beginning makes spreadsheets read the Chinese as UTF-8.
        yield "\ufeff" + writer.writerow([_safe(str(column.label)) for column in self.columns])
        for row in rows:
            yield writer.writerow([_safe(plain(column.of(row))) for column in self.columns])

    def _json(self, rows: Iterator[Any]) -> Iterator[str]:
        yield "["
        for index, row in enumerate(rows):
            document = {column.key: plain(column.of(row)) for column in self.columns}
            yield (",\n" if index else "\n") + json.dumps(document, ensure_ascii=False, default=str)
        yield "\n]\n"

    def _xlsx(self, rows: Iterator[Any]) -> Any:
        file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 (the response closes it)
        book = xlsxwriter.Workbook(
            file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        bold = book.add_format({"bold": True, "bottom": 1})
        moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet, line = None, 0
        for row in rows:
            if sheet is None or line == SHEET_ROWS:
                sheet, line = self._sheet(book, bold), 1
            for index, column in enumerate(self.columns):
                value = column.of(row)
                if isinstance(value, datetime):
                    sheet.write_datetime(line, index, dates.local(value).replace(tzinfo=None), moment)
                elif isinstance(value, date):
                    sheet.write_datetime(line, index, datetime(value.year, value.month, value.day), day)
                else:
                    value = plain(value)
                    # Digits beyond 15 are not kept by spreadsheets: such numbers go as text.
                    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**15:
                        sheet.write_number(line, index, value)
                    elif value is not None:
                        sheet.write_string(line, index, str(value)[:CELL_CHARACTERS])
            line += 1
        if sheet is None:
            self._sheet(book, bold)
        book.close()
        file.seek(0)
        return file

    def _sheet(self, book: Any, bold: Any) -> Any:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(self.columns) - 1, 0), 20)
        for index, column in enumerate(self.columns):
            sheet.write_string(0, index, str(column.label), bold)
        return sheet


def plain(value: Any) -> Any:
    """A value as an export gives it: text without markup, moments with their offset, numbers as numbers."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return dates.local(value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, SafeString):
        return " ".join(strip_tags(value).split())
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _safe(value: Any) -> Any:
    """Text that a spreadsheet would run as a formula is made text again (CWE-1236); numbers stay."""
    if isinstance(value, str) and value.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        return f"'{value}"
    return "" if value is None else value


def _get(row: Any, path: str) -> Any:
    """A key of a mapping or an attribute, through ``__`` as in a query."""
    for part in path.split("__"):
        row = row.get(part) if isinstance(row, dict) else getattr(row, part, None)
        if row is None:
            return None
    return row


def _shown(column: Column, row: Any) -> SafeString:
    """The cell as the page shows it."""
    from zhiheng.core.ui.templatetags.ui import when

    value = column.of(row)
    if value is None or value == "":
        return SafeString('<span class="muted">—</span>')
    if isinstance(value, bool):
        text: Any = _("是") if value else _("否")
    elif isinstance(value, date):
        text = when(value)
    elif column.numeric and isinstance(value, int | float | Decimal):
        text = f"{value:,}"
    else:
        text = conditional_escape(value)
    url = column.link(row) if column.link else None
    return format_html('<a href="{}">{}</a>', url, text) if url else format_html("{}", text)
