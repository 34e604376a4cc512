"""Lists: what a person asks for in the address is what is shown, and all of it is what is exported."""

import csv
import io
import json
from datetime import UTC, date, datetime
from types import SimpleNamespace
from zipfile import ZipFile

import pytest
from django.test import RequestFactory
from django.utils.safestring import SafeString
from python_calamine import CalamineWorkbook

from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import table as render_table

COLUMNS = [
    Column("name", "名称", sort="name", link=lambda row: f"/p/{row.pk}"),
    Column("n", "数量", sort="n", numeric=True),
    Column("at", "时间", value=lambda row: row.at),
    Column("note", "备注", hidden=True),
]


def row(pk: int, name: str = "", n: float | None = 0, note: object = "") -> SimpleNamespace:
    return SimpleNamespace(
        pk=pk, name=name or f"第{pk:03}家", n=n, at=datetime(2026, 6, 10, 6, 5, tzinfo=UTC), note=note
    )


def make(address: str = "", rows: list | None = None, **options) -> Table:
    request = RequestFactory().get(f"/?{address}")
    rows = rows if rows is not None else [row(i, n=100 - i) for i in range(1, 121)]
    return Table(
        request,
        "t",
        rows,
        COLUMNS,
        search=lambda source, q: [r for r in source if q in r.name],
        filters=[
            Filter("big", "大", [("1", "是")], lambda source, value: [r for r in source if r.n > 50]),
        ],
        empty="先上传",
        **options,
    )


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def test_a_page_shows_fifty_rows_and_says_how_many_there_are():
    html = render_table(make())
    assert html.count("data-row") == 50
    assert "第 1–50 行，共 120 行" in html


def test_an_endless_list_is_counted_and_paged_so_far_and_says_so(monkeypatch):
    monkeypatch.setattr("zhiheng.core.ui.tables.COUNTED", 100)
    last = make("t-page=999")
    html = render_table(last)
    assert "第 51–100 行，共 100 行以上" in html and not last.page.has_next()
    assert len(body(make("t-export=csv").export()).decode("utf-8-sig").splitlines()) == 121


def test_search_filter_and_order_come_from_the_address():
    table = make("t-q=1&t-big=1&t-sort=-n")
    assert [r.pk for r in table.rows][:3] == [1, 10, 11]
    assert all(r.n > 50 and "1" in r.name for r in table.rows)


@pytest.mark.parametrize(
    "address", ["t-sort=nope", "t-big=7", "t-page=zzz", "t-page=-4", "t-page=99", "t-col=x", "t-q=%00"]
)
def test_what_the_address_says_wrongly_is_passed_over(address):
    assert "data-row" in render_table(make(address))


def test_rows_without_a_value_stand_last_in_either_order():
    rows = [row(1, n=None), row(2, n=5), row(3, n=7)]
    assert [r.pk for r in make("t-sort=n", rows).rows] == [2, 3, 1]
    assert [r.pk for r in make("t-sort=-n", rows).rows] == [3, 2, 1]


def test_a_link_that_turns_the_order_keeps_the_rest_of_the_address():
    head = make("t-q=1&other=x&t-page=2").headers[1]
    assert "t-q=1" in head["url"]
    assert "other=x" in head["url"]
    assert "t-page" not in head["url"]
    assert "t-sort=n" in head["url"]


def test_columns_can_be_chosen():
    assert [c.key for c in make("t-col=note&t-col=n").shown] == ["n", "note"]
    assert "备注" not in [str(c.label) for c in make().shown]


def test_an_empty_list_says_what_to_do_and_an_empty_search_says_something_else():
    assert "先上传" in render_table(make(rows=[]))
    assert "没有符合条件的记录" in render_table(make("t-q=zzz"))


def test_markup_in_values_is_text():
    html = render_table(make(rows=[row(1, name="<script>alert(1)</script>")]))
    assert "<script>alert" not in html


def test_nothing_is_exported_unless_asked():
    assert make().export() is None
    assert make("t-export=exe").export() is None


def test_csv_has_all_filtered_rows_every_column_and_a_mark_for_spreadsheets():
    text = body(make("t-big=1&t-export=csv").export()).decode()
    assert text.startswith("\ufeff")
    lines = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    assert lines[0] == ["名称", "数量", "时间", "备注"]
    assert len(lines) == 1 + 49
    assert lines[1][2] == "2026-06-10T14:05:00+08:00"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\uff1d1"])
def test_csv_text_is_never_a_formula(text):
    lines = list(
        csv.reader(
            io.StringIO(body(make("t-export=csv", [row(1, note=text, n=-5)]).export()).decode(), newline="")
        )
    )
    assert not lines[1][3].lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert lines[1][1] == "-5"


def test_xlsx_keeps_numbers_dates_and_text():
    rows = [
        row(1, note="=1+1", n=-5),
        row(2, note=date(2026, 6, 10), n=2.5),
        row(3, note="06901234567892" + "\x01", n=10**16),
    ]
    response = make("t-export=xlsx", rows).export()
    data = body(response)
    with ZipFile(io.BytesIO(data)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert sheet[0] == ["名称", "数量", "时间", "备注"]
    assert sheet[1][1] == -5
    assert sheet[1][2] == datetime(2026, 6, 10, 14, 5)
    assert sheet[1][3] == "=1+1"
    assert sheet[2][3] == date(2026, 6, 10)
    assert sheet[3][1] == str(10**16)
    assert sheet[3][3].startswith("06901234567892")
    assert "t.xlsx" in response["Content-Disposition"]


def test_an_export_of_nothing_still_has_its_heads():
    for kind in ("csv", "xlsx", "json"):
        assert body(make(f"t-export={kind}", []).export())


def test_json_is_by_column_and_without_markup():
    rows = [row(1, note=SafeString("<b>好</b>")), row(2, note=True)]
    found = json.loads(body(make("t-export=json", rows).export()))
    assert found[0] == {"name": "第001家", "n": 0, "at": "2026-06-10T14:05:00+08:00", "note": "好"}
    assert found[1]["note"] is True


def test_ticked_rows_only_when_some_are_ticked():
    assert len(json.loads(body(make("t-export=json&t-row=3&t-row=5").export()))) == 2
    assert json.loads(body(make("t-export=json&t-row=nonsense").export())) == []


@pytest.mark.django_db
def test_a_query_is_searched_ordered_and_exported_without_loading_it_whole():
    from zhiheng.core.accounts.models import User

    for name in ("b", "a", "c"):
        User.objects.create_user(name, role="province", region="440000")
    columns = [Column("username", "名", sort="username"), Column("role", "角色")]

    def table(address):
        return Table(RequestFactory().get(f"/?{address}"), "u", User.objects.all(), columns)

    assert [u.username for u in table("u-sort=-username").page] == ["c", "b", "a"]
    first = User.objects.get(username="a").pk
    assert len(json.loads(body(table(f"u-export=json&u-row={first}").export()))) == 1
    assert json.loads(body(table("u-export=json&u-row=x").export())) == []
