"""Tables of published notices: the layouts FOOD-NOTICE (national and Jiangsu) and PROD-NOTICE, old and new.

The national annex has item, measured value and limit in three columns; Jiangsu joins them with ║ in one. A batch with
several failing items goes on in rows that leave the other columns empty; those are one line again here.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from zhiheng.systems.inspection.notices_text import Line, split_items

#: The names of columns by field, without spaces and width; longer names first where one begins with another.
COLUMNS: dict[str, tuple[str, ...]] = {
    "combined": ("不合格项目║检验结果║标准值", "不合格项目||检验结果||标准值", "不合格项目检验结果标准值"),
    "seq": ("序号", "编号", "line"),
    "producer_name": ("标称生产企业名称", "标称生产单位", "标称生产者", "标称生产者名称", "标称生产企业",
        "企业名称", "生产企业名称", "生产单位", "labelled_producer"),
    "producer_address": ("标称生产企业地址", "标称生产单位所在地", "标称生产者地址", "所在地", "生产企业地址",
        "producer_address"),
    "sampled_name": ("被抽样单位名称", "被抽样单位", "受检单位", "被抽检单位", "经销单位", "sampled_unit"),
    "sampled_address": ("被抽样单位地址", "被抽样单位所在地", "受检单位地址", "sampled_address"),
    "product": ("食品名称", "样品名称", "产品名称", "product"),
    "group": ("产品种类", "分类", "食品分类", "product_group"),
    "spec": ("规格型号", "规格", "型号规格", "型号", "spec_model"),
    "brand": ("商标", "brand"),
    "batch": ("生产日期/批号", "生产日期", "生产日期或批号", "批号", "生产/购进日期/批号", "production_date_batch"),
    "item": ("不合格项目", "主要不合格项目", "不合格项目名称", "failing_items", "failing_item"),
    "measured": ("检验结果", "检验值", "实测值", "检出值", "measured"),
    "limit": ("标准值", "标准要求", "标准限值", "limit"),
    "laboratory": ("检验机构", "承检机构", "检测机构", "lab"),
    "platform": ("电商平台", "网络平台", "平台名称"),
    "remark": ("备注", "remark"),
    "batches": ("抽查批次", "抽检批次", "抽样批次", "批次", "batches"),
    "nonconforming": ("不合格批次", "不合格批次数", "nonconforming"),
    "agency": ("发布机关", "agency"),
    "published": ("发布日期", "published"),
    "source": ("来源", "source"),
    "result": ("抽查结果", "检验结论", "result"),
}  # fmt: skip
PLAIN = ("producer_address", "sampled_address", "spec", "brand", "batch", "laboratory", "platform", "remark")
NOTHING = frozenset({"", "/", "//", "—", "-", "--", "无", "／"})
_BAR = re.compile(r"║|‖|\|\|")
_INDEX = {name: field for field, names in COLUMNS.items() for name in names}
LEAST = 3  # columns that make a row the head of a table


def plain(text: object) -> str:
    """A head without width, spaces and brackets' content: 标称生产企业名称（全称） is 标称生产企业名称."""
    folded = unicodedata.normalize("NFKC", str(text)).replace("\x00", "")
    return re.sub(r"\(.*?\)|[\s*]", "", folded)


def head(cells: Sequence[object]) -> dict[str, int]:
    """Which field stands in which column; empty for a row that is no head."""
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        name = plain(cell)
        field = _INDEX.get(name) or ("combined" if _BAR.search(name) and "不合格项目" in name else None)
        if field:
            found.setdefault(field, at)
    known = set(found) & {"item", "combined"}
    return found if len(found) >= LEAST and known else {}


def lines(rows: Iterable[Sequence[object]]) -> list[Line] | None:
    """The lines of a table; None when no head is found. Rows above the head are its title."""
    columns: dict[str, int] = {}
    found: list[Line] = []
    for cells in rows:
        texts = [_cell(cell) for cell in cells]
        if again := head(cells):
            columns = again  # a new sheet, or the head repeated on a new page
            continue
        if not columns or not any(texts):
            continue
        _row(found, columns, texts)
    return found if columns else None


def _cell(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    text = str("" if cell is None else cell).replace("\x00", "").strip()
    return "" if text in NOTHING else text


def _row(found: list[Line], columns: dict[str, int], texts: list[str]) -> None:
    def of(field: str) -> str:
        at = columns.get(field)
        return texts[at] if at is not None and at < len(texts) else ""

    items, doubts = _items(of("combined"), of("item"), of("measured"), of("limit"))
    named = [of(name) for name in ("product", "producer_name", "sampled_name", "batch")]
    named += [of("group")] if "batches" in columns else []
    if not any(named):
        if not found or not items:
            return  # a note under the table
        found[-1].items += items
        found[-1].text += "\n" + " | ".join(texts)
        found[-1].doubts += [one for one in doubts if one not in found[-1].doubts]
        return
    line = Line(" | ".join(texts), items=items, doubts=doubts)
    for field in PLAIN:
        setattr(line, field, of(field))
    # A table put together from several notices says on each row where it stands.
    line.remark = "；".join(
        part for part in (line.remark, of("agency"), of("published"), of("source")) if part
    )
    line.sampled_name, line.product = of("sampled_name"), of("product") or of("group")
    line.producer_name = of("producer_name")
    supplier = re.search(r"[（(](?:供应商|供货商|经销商)[)）]$", line.producer_name)
    if supplier:
        line.supplier_name, line.producer_name = line.producer_name[: supplier.start()], ""
        line.doubts.append("producer_is_supplier")
    line.batches, line.nonconforming = _count(of("batches")), _count(of("nonconforming"))
    group = line.batches is not None
    lost = line.nonconforming is None or line.nonconforming > (line.batches or 0)
    for doubt, wrong in (
        ("no_product", not line.product),
        ("no_item", not line.items and not (group and not lost)),
        ("no_count", group and lost),
        (
            "no_organisation",
            not group and not (line.sampled_name or line.producer_name or line.supplier_name),
        ),
    ):
        if wrong:
            line.doubts.append(doubt)
    found.append(line)


def _items(combined: str, item: str, measured: str, limit: str) -> tuple[list[dict[str, str]], list[str]]:
    """The failing items of a row, each with its value and limit; and what is doubtful about them."""
    if combined:
        found = []
        for part in re.split(r"[\n；;]+", combined):
            cells = [one.strip() for one in _BAR.split(part)] + ["", ""]
            if cells[0]:
                found.append({"item": cells[0], "measured": cells[1], "limit": cells[2]})
        return found, [] if all(one["measured"] for one in found) else ["no_value"]
    if not item:
        return [], []
    names = [one for one in re.split(r"\n+", item) if one.strip()]
    joined = False
    if len(names) == 1:
        names, joined = split_items(names[0])
    values, limits = _parts(measured, len(names)), _parts(limit, len(names))
    doubts = ["items_joined"] if joined else []
    if (measured and not values) or (limit and not limits):
        doubts.append("no_value")
    return [
        {"item": name, "measured": values[n] if values else "", "limit": limits[n] if limits else ""}
        for n, name in enumerate(names)
    ], doubts


def _count(text: str) -> int | None:
    """A number of batches; none for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


def _parts(text: str, count: int) -> list[str]:
    """The values of so many items; none where it is not plain which is whose."""
    if not text:
        return []
    if count == 1:
        return [text]
    parts = [one.strip() for one in re.split(r"[\n；;]+", text) if one.strip()]
    return parts if len(parts) == count else []
