"""A transfer as a sealed package: what one authority was handed over, nothing else."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from zhiheng.core import files as filing
from zhiheng.core import package, signing
from zhiheng.core.cases import documents, offices, queries, running
from zhiheng.core.cases.models import Case, Document, File, Step
from zhiheng.core.ui import dates
from zhiheng.systems.justice import queries as justice
from zhiheng.systems.justice.models import Enclosure

MOVES = ("hand_over", "sign", "sign_other", "forward", "not_file", "hand_goods", "give_back")
"""Steps by which the things change hands."""
ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


def build(transfer: Case, body: str) -> bytes:
    """The package for an authority that has the case. While nothing happens in the case its bytes stay the same."""
    course = running.course_of(transfer)
    enclosures = {e.file_id: e for e in justice.enclosed_in(transfer)}
    moves = _moves(transfer)
    content: dict[str, bytes] = {}
    items: list[dict[str, Any]] = []

    def add(path: str, data: bytes, **about: Any) -> None:
        content[path] = data
        items.append({"path": path, "sha256": package.sha256(data), "size": len(data), **about})

    signed = set()
    for n, document in enumerate(queries.documents_for(transfer, [body]), 1):
        origin = {"case": transfer.number, "document": document.number}
        made = [_event(document.at, f"制作：{document.title}", offices.name(transfer.region))]
        stem = f"documents/{n:03d}-{document.kind.replace('_', '-')}"
        named: dict[str, Any] = {"name": document.title, "kind": document.kind, "origin": origin}
        custody = [*made, *_after(moves, document.at)]
        add(
            f"{stem}.pdf",
            documents.pdf(document, transfer),
            media_type="application/pdf",
            custody=custody,
            **named,
        )
        if document.signed is not None:
            scan = document.signed
            signed.add(scan.pk)
            add(
                f"{stem}-signed.{_ending(scan)}", filing.load(scan.sha256), media_type=scan.content_type,
                **{**named, "name": f"{document.title}（签章扫描件）"},
                custody=[_event(scan.at, "存入签章扫描件", offices.name(transfer.region)), *_after(moves, scan.at)],
            )  # fmt: skip
    kept = [f for f in queries.files_for(transfer, [body]) if f.pk not in signed]
    for n, file in enumerate(kept, 1):
        enclosure = enclosures.get(file.pk)
        add(
            f"files/{n:03d}.{_ending(file)}", filing.load(file.sha256), name=file.name, kind=file.kind,
            media_type=file.content_type, origin=_origin(transfer, enclosure),
            custody=[*_taken_in(transfer, file, enclosure), *_after(moves, enclosure.at if enclosure else file.at)],
        )  # fmt: skip
    content["evidence.csv"] = _table(
        ("序号", "文件", "名称", "来源案号", "来源文书号", "大小（字节）", "SHA-256"),
        [
            (
                n,
                i["path"],
                i["name"],
                i["origin"]["case"],
                i["origin"].get("document", ""),
                i["size"],
                i["sha256"],
            )
            for n, i in enumerate(items, 1)
        ],
    )
    content["custody.csv"] = _table(
        ("文件", "时间", "事项", "机关"),
        [(i["path"], e["at"], e["what"], e["who"]) for i in items for e in i["custody"]],
    )
    told = [s for s in queries.steps_for(transfer, [body]) if s.key in course.steps]
    last = max([transfer.received_at, *(s.at for s in told), *(e.at for e in enclosures.values())])
    about: dict[str, Any] = {
        "case": {
            "number": transfer.number, "title": transfer.title, "procedure": transfer.procedure,
            "edition": transfer.edition, "office": offices.name(transfer.region), "region": transfer.region,
        },
        "for": body,
        "as_of": _time(last),
        "items": items,
        "steps": [
            {"seq": s.seq, "step": s.key, "name": course.steps[s.key].zh, "at": _time(s.at), "who": _who(transfer, s)}
            for s in told
        ],
    }  # fmt: skip
    return package.seal(about, content, signing.key())


def _time(moment: datetime) -> str:
    return dates.local(moment).isoformat(timespec="seconds")


def _event(moment: datetime, what: str, who: str) -> dict[str, str]:
    return {"at": _time(moment), "what": what, "who": who}


def _who(case: Case, step: Step) -> str:
    if step.party is not None and step.party.region:
        return offices.name(step.party.region, step.party.key.removeprefix("former_"))
    return offices.name(case.region)


def _moves(transfer: Case) -> list[tuple[datetime, dict[str, str]]]:
    course = running.course_of(transfer)
    taken = transfer.steps.filter(key__in=MOVES).select_related("party").order_by("seq")
    return [(s.at, _event(s.at, course.steps[s.key].zh, _who(transfer, s))) for s in taken]


def _after(moves: Sequence[tuple[datetime, dict[str, str]]], moment: datetime) -> list[dict[str, str]]:
    return [event for at, event in moves if at >= moment]


def _origin(transfer: Case, enclosure: Enclosure | None) -> dict[str, str]:
    if enclosure is not None and enclosure.from_document is not None:
        return {"case": enclosure.from_document.case.number, "document": enclosure.from_document.number}
    if enclosure is not None and enclosure.from_file is not None:
        return {"case": enclosure.from_file.case.number}
    return {"case": transfer.number}


def _taken_in(transfer: Case, file: File, enclosure: Enclosure | None) -> list[dict[str, str]]:
    office = offices.name(transfer.region)
    source: File | Document | None = (enclosure.from_file or enclosure.from_document) if enclosure else None
    came = source or file
    by = file.party
    who = offices.name(by.region, by.key.removeprefix("former_")) if by is not None and by.region else office
    events = [_event(came.at, "制作文书" if isinstance(came, Document) else "收存", who)]
    if enclosure is not None:
        events.append(_event(enclosure.at, "列入随案移送材料", office))
    return events


def _ending(file: File) -> str:
    return ENDINGS.get(file.content_type) or PurePosixPath(file.name).suffix.lstrip(".") or "bin"


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([[_plain(cell) for cell in row] for row in rows])
    return f"\ufeff{out.getvalue()}".encode()


def _plain(cell: Any) -> Any:
    """A name that a spreadsheet would run as a formula stays text (CWE-1236)."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip().startswith(("=", "+", "-", "@")) else cell
