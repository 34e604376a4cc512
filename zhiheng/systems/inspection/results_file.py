"""Results from a spreadsheet: the columns of the national report upload (FOOD-REPORT), matched to the plan's items."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from zhiheng.core.exchange import reading
from zhiheng.core.problems import Problem
from zhiheng.core.registry.rules import name_key

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 2000
COLUMNS: dict[str, tuple[str, ...]] = {
    "item": ("检验项目", "item", "item_name", "spdata_0"),
    "value": ("检验结果", "检测结果", "结果", "value", "item_result", "spdata_1"),
    "uncertainty": ("扩展不确定度", "不确定度", "u", "uncertainty"),
    "coverage": ("包含因子", "k", "coverage"),
    "unit": ("结果单位", "单位", "unit", "result_unit"),
    "said": ("结果判定", "单项判定", "判定", "item_judgement", "spdata_2"),
}


def read(name: str, data: bytes, tests: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """What was entered for each item of the plan. Raises Problem ``results_wrong`` with every fault by row and field.

    A verdict in the file is not taken over: the platform states it by the rule, and a person may say otherwise.
    """
    if len(data) > MAX_BYTES:
        raise Problem(
            "file_too_large", _("文件超过 %(most)d MB。") % {"most": MAX_BYTES // 2**20}, status=413
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "results"
        path.write_bytes(data)
        document = reading.open_document(path, name)
        names = document.names or []
        places = {field: _place(names, known) for field, known in COLUMNS.items()}
        if places["item"] is None or places["value"] is None:
            raise Problem(
                "no_columns",
                _("没有“检验项目”或者“检验结果”这一列。"),
                status=422,
                remedy=_("用 CSV 或者 XLSX，列名：检验项目、检验结果、扩展不确定度、包含因子、结果单位。"),
            )
        rows = list(document.rows())
    known = {name_key(str(test["item"])): test for test in tests}
    found: dict[str, dict[str, str]] = {}
    errors: list[dict[str, Any]] = []

    def wrong(row: int, field: str, why: str) -> None:
        errors.append({"row": row, "field": COLUMNS[field][0], "message": why})

    for row in rows[:MAX_ROWS]:
        cells = row.cells if isinstance(row.cells, list) else []

        def of(field: str, cells: list[Any] = cells) -> str:
            at = places[field]
            return _text(cells[at]) if at is not None and at < len(cells) else ""

        test = known.get(name_key(of("item")))
        if test is None:
            wrong(row.number, "item", _("“%(item)s”不在计划的检验项目中。") % {"item": of("item")[:60]})
            continue
        item = str(test["item"])
        if item in found:
            wrong(row.number, "item", _("“%(item)s”写了两次。") % {"item": item})
        if of("unit") and test.get("unit") and name_key(of("unit")) != name_key(str(test["unit"])):
            wrong(
                row.number,
                "unit",
                _("单位应为 %(want)s，这里是 %(is)s。") % {"want": test["unit"], "is": of("unit")[:20]},
            )
        found[item] = {key: of(key)[:60] for key in ("value", "uncertainty", "coverage")}
        found[item]["value"] = of("value")[:100]
    if errors:
        raise Problem(
            "results_wrong",
            "；".join(f"{e['row']} {e['field']}：{e['message']}" for e in errors[:20]),
            status=422,
            remedy=_("请更正文件后再导入；已录入的结果没有改动。"),
            rows=errors,
        )
    if not found:
        raise Problem(
            "empty", _("文件里没有结果。"), status=422, remedy=_("第一行写列名，以下每行一个检验项目。")
        )
    return found


def _place(names: Sequence[str], known: Sequence[str]) -> int | None:
    """Which column has one of the known names."""
    keys = {name_key(one) for one in known}
    return next((at for at, name in enumerate(names) if name_key(name) in keys), None)


def _text(cell: Any) -> str:
    """A cell as text: a spreadsheet's 5.0 was written 5."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace("\x00", "").strip()
