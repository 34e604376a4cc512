"""Published notices come in: read, proposed row by row, and confirmed, corrected or dropped by a person."""

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.exchange import reading
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem, values_wrong
from zhiheng.core.registry.models import Organisation
from zhiheng.systems.inspection import notices_table, notices_text
from zhiheng.systems.inspection import queries_notices as queries
from zhiheng.systems.inspection.models import PublishedNotice, PublishedRow
from zhiheng.systems.inspection.notices_text import Line

MAX_BYTES = 10 * 1024 * 1024
MAX_TEXT = 500_000
MAX_ROWS = 5000
NAMES = (
    "sampled_name", "sampled_address", "producer_name", "producer_address", "supplier_name", "product", "brand",
    "spec", "batch", "laboratory", "platform", "remark",
)  # fmt: skip
"""What a person may correct in a row."""


@dataclass(frozen=True)
class About:
    """Where a notice stands."""

    agency: str
    title: str
    published: str = ""
    url: str = ""
    batches: int | None = None
    nonconforming: int | None = None


def import_notice(
    actor: User, about: About, *, text: str = "", name: str = "", data: bytes = b""
) -> tuple[PublishedNotice, bool]:
    """Read a notice and propose its rows. The same content of the same notice is imported once; gives it, and whether
    it is new. Raises Problem ``nothing_found`` when it tells of no failing sample."""
    auth.require(actor, "inspection.plan")
    faults = {n: _("必填") for n in ("agency", "title") if not getattr(about, n).replace("\x00", "").strip()}
    if not text.strip() and not data:
        faults["text"] = _("请粘贴公告正文，或者选择文件。")
    if len(text) > MAX_TEXT or len(data) > MAX_BYTES:
        faults["text"] = _("内容太长，请分几次导入。")
    if faults:
        raise values_wrong(faults)
    content = data or text.encode("utf-8", "replace")
    where = f"{about.agency.strip()}\n{about.title.strip()}\n".encode("utf-8", "replace")
    digest = hashlib.sha256(where + content).hexdigest()
    known = PublishedNotice.objects.filter(sha256=digest).first()
    if known is not None:
        return known, False
    found = read_file(name, data) if data else read_text(text)
    if not found:
        raise Problem(
            "nothing_found",
            _("没有读出不合格样品。"),
            status=422,
            remedy=_("正文须有“标称…生产的…，…不符合…”这样的句子；表格须有带“不合格项目”的列名。"),
        )
    if len(found) > MAX_ROWS:
        raise Problem("too_many_rows", _("超过 %(most)d 行，请分几次导入。") % {"most": MAX_ROWS}, status=413)
    try:
        with transaction.atomic():
            notice = PublishedNotice.objects.create(
                agency=_cut(about.agency, 200), title=_cut(about.title, 300), published=_cut(about.published, 30),
                published_on=day_of(about.published), url=_cut(about.url, 500), batches=about.batches,
                nonconforming=about.nonconforming, sha256=digest, region=actor.region, imported_by=actor,
            )  # fmt: skip
            PublishedRow.objects.bulk_create(_rows(notice, found), batch_size=500)
            record(
                actor,
                "inspection.notice_imported",
                f"notice:{notice.pk}",
                {"rows": len(found), "sha256": digest},
            )
            return notice, True
    except IntegrityError:  # somebody imported it at the same moment
        return PublishedNotice.objects.get(sha256=digest), False


def _cut(text: str, most: int) -> str:
    return text.replace("\x00", "").strip()[:most]


def day_of(text: str) -> date | None:
    """The day of publication where one is stated in full."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def read_text(text: str) -> list[Line]:
    """Pasted text: a table where it has tabs and a head, else sentences."""
    rows = [line.split("\t") for line in text.splitlines()]
    if any("\t" in line for line in text.splitlines()):
        found = notices_table.lines(rows)
        if found:
            return found
    return notices_text.lines(text)


def read_file(name: str, data: bytes) -> list[Line]:
    """A CSV or a workbook; a text file is read as pasted text."""
    if name.lower().endswith((".txt", ".md")):
        return read_text(data.decode("utf-8-sig", "replace"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "notice"
        path.write_bytes(data)
        document = reading.open_document(path, name)
        if document.names is None:
            raise Problem(
                "not_a_table", _("请用 CSV、XLSX 或者文本文件。"), status=422, remedy=_("第一行写列名。")
            )
        rows: list[Sequence[object]] = [document.names]
        rows += [row.cells for row in document.rows() if isinstance(row.cells, list)]
    return notices_table.lines(rows) or []


def _rows(notice: PublishedNotice, found: Sequence[Line]) -> list[PublishedRow]:
    rows = []
    for number, line in enumerate(found, 1):
        values = {name: _cut(getattr(line, name), _most(name)) for name in NAMES}
        rows.append(
            PublishedRow(
                notice=notice, line=number, text=line.text.replace("\x00", ""), items=line.items,
                confidence=line.confidence, doubts=line.doubts, batches=line.batches, nonconforming=line.nonconforming,
                seen={**values, "items": line.items}, **values,
            )
        )  # fmt: skip
    matches = queries.exact(
        {row.sampled_name for row in rows} | {row.producer_name for row in rows}
    )  # by the whole name only
    for row in rows:
        row.sampled, row.producer = matches.get(row.sampled_name), matches.get(row.producer_name)
    return rows


def _most(name: str) -> int:
    field: Any = PublishedRow._meta.get_field(name)
    return int(field.max_length)


def decide(
    actor: User,
    row: PublishedRow,
    *,
    keep: bool,
    values: Mapping[str, str] | None = None,
    items: Sequence[Mapping[str, str]] | None = None,
    sampled: Organisation | None = None,
    producer: Organisation | None = None,
) -> PublishedRow:
    """A person confirms a row as it is or as corrected, or drops it; it may be decided anew."""
    must_decide(actor, row)
    with transaction.atomic():
        kept = PublishedRow.objects.select_for_update().get(pk=row.pk)
        if keep:
            for name in NAMES:
                if values is not None and name in values:
                    setattr(kept, name, _cut(values[name], _most(name)))
            if items is not None:
                kept.items = [
                    {key: _cut(one.get(key, ""), 300) for key in ("item", "measured", "limit")}
                    for one in items
                    if one.get("item", "").strip()
                ]
            faults = {}
            if not kept.product:
                faults["product"] = _("必填")
            if not kept.items and kept.batches is None:
                faults["items"] = _("至少有一个不合格项目。")
            if kept.batches is None and not (kept.sampled_name or kept.producer_name or kept.supplier_name):
                faults["producer_name"] = _("生产者、供应商和被抽样单位至少写一个。")
            if faults:
                raise values_wrong(faults)
            kept.sampled, kept.producer = sampled, producer
        now = {name: getattr(kept, name) for name in NAMES} | {"items": kept.items}
        kept.corrected = now != kept.seen
        kept.state = PublishedRow.State.CONFIRMED if keep else PublishedRow.State.DROPPED
        kept.decided_by, kept.decided_at = actor, timezone.now()
        kept.save()
        record(
            actor,
            "inspection.notice_row_decided",
            f"notice:{kept.notice_id}",
            {"line": kept.line, "state": kept.state, "corrected": kept.corrected},
        )
        return kept


def must_decide(actor: User, row: PublishedRow) -> None:
    """People of the office that imported the notice decide on its rows."""
    auth.require(actor, "inspection.plan")
    if actor.region != row.notice.region:
        raise Problem("forbidden", _("由导入公告的机关确认。"), status=403)
