"""The gateway as a typed API: submit a batch, follow its job, fetch what was rejected."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from zhiheng.core.accounts.auth import principal
from zhiheng.core.exchange import actions, contracts, downloads, queries, writing
from zhiheng.core.jobs.models import Job
from zhiheng.core.problems import Problem

router = Router(tags=["exchange"])
SCOPE = "exchange:submit"


class FieldOut(Schema):
    """One column of a contract."""

    name: str
    label_zh: str
    label_en: str
    code: str = Field(description="the field's code in the official format")
    type: str
    required: bool
    codes: dict[str, str] | None
    max_length: int | None
    source: str
    example: str
    personal: bool


class ContractOut(Schema):
    """A data contract."""

    key: str
    title: str
    edition: str
    source: str
    description: str
    key_fields: list[str]
    fields: list[FieldOut]


class ErrorOut(Schema):
    """What is wrong with one row."""

    index: int = Field(description="row counted from 0; -1 is the document as a whole")
    kind: str
    code: str
    place: str
    message: str
    remedy: str
    reference: str


class JobOut(Schema):
    """A batch and how far it has come."""

    id: UUID
    contract: str
    state: str
    filename: str
    size: int
    sha256: str
    all_or_nothing: bool
    created_at: datetime
    finished_at: datetime | None
    done: int
    total: int | None
    accepted: int
    duplicates: int
    rejected: int
    error: dict[str, Any] | None
    replay_of: UUID | None = None
    repeated: bool = Field(False, description="the same content was submitted before; this is its job")


class JobDetail(JobOut):
    """A batch with its rows that were not simply accepted."""

    outcomes: list[ErrorOut]
    next: int | None = Field(None, description="offset of the next part of the outcomes")


class JobPage(Schema):
    """A part of a list of batches."""

    items: list[JobOut]
    next: int | None = None


def _contract(contract: contracts.Contract) -> dict[str, Any]:
    return {
        "key": contract.key,
        "title": str(contract.title),
        "edition": contract.edition,
        "source": contract.source,
        "description": str(contract.description),
        "key_fields": list(contract.key_fields),
        "fields": [
            {
                "name": f.name, "label_zh": f.label_zh, "label_en": f.label_en, "code": f.code, "type": f.type,
                "required": f.required, "codes": {k: str(v) for k, v in f.codes.items()} if f.codes else None,
                "max_length": f.max_length, "source": f.source_of_field, "example": f.example, "personal": f.personal,
            }
            for f in contract.fields
        ],
    }  # fmt: skip


def _job(job: Job) -> dict[str, Any]:
    return {
        "id": job.pk, "contract": job.options["contract"], "state": job.state, "filename": job.filename,
        "size": job.size, "sha256": job.sha256, "all_or_nothing": job.options.get("all_or_nothing", False),
        "created_at": job.created_at, "finished_at": job.finished_at, "done": job.done, "total": job.total,
        "accepted": job.accepted, "duplicates": job.duplicates, "rejected": job.rejected, "error": job.error,
        "replay_of": job.options.get("replay_of"), "repeated": getattr(job, "repeated", False),
    }  # fmt: skip


def _visible(user: Any, id: UUID) -> Job:
    job = queries.batches_visible_to(user).filter(pk=id).first()
    if job is None:
        raise Problem(
            "not_found", _("找不到这一批。"), status=404, remedy=_("核对编号;只能看到自己和辖区内的。")
        )
    return job


@router.get("/contracts", response={200: list[ContractOut]})
def list_contracts(request: HttpRequest) -> Any:
    """All data contracts with their fields."""
    principal(request, SCOPE)
    return [_contract(contract) for contract in contracts.every()]


@router.get("/contracts/{key}", response={200: ContractOut})
def one_contract(request: HttpRequest, key: str) -> Any:
    """One data contract."""
    principal(request, SCOPE)
    return _contract(contracts.get(key))


_XLSX = writing.CONTENT_TYPES["xlsx"]


@router.get(
    "/contracts/{key}/template.{format}",
    response={200: None},
    openapi_extra={
        "responses": {200: {"description": "the file to fill in", "content": {_XLSX: {}, "text/csv": {}}}}
    },
)
def template(request: HttpRequest, key: str, format: str) -> HttpResponseBase:
    """A file to fill in: ``xlsx`` or ``csv``."""
    principal(request, SCOPE)
    return downloads.template(contracts.get(key), format)


@router.get("/jobs", response={200: JobPage})
def jobs(
    request: HttpRequest, limit: int = Query(50, ge=1, le=200), offset: int = Query(0, ge=0, le=100_000)
) -> Any:
    """The batches the caller sees, newest first."""
    rows = list(queries.batches_visible_to(principal(request, SCOPE))[offset : offset + limit + 1])
    return {
        "items": [_job(job) for job in rows[:limit]],
        "next": offset + limit if len(rows) > limit else None,
    }


@router.get("/jobs/{id}", response={200: JobDetail})
def job(
    request: HttpRequest,
    id: UUID,
    limit: int = Query(200, ge=1, le=1000),
    offset: int = Query(0, ge=0, le=100_000_000),
) -> Any:
    """One batch with what became of its rows."""
    found = _visible(principal(request, SCOPE), id)
    rows = list(found.outcomes.order_by("index", "id")[offset : offset + limit + 1])
    return {
        **_job(found),
        "outcomes": [
            {
                "index": o.index, "kind": o.kind, "code": o.code, "place": o.place, "message": o.message,
                "remedy": o.remedy, "reference": o.reference,
            }
            for o in rows[:limit]
        ],
        "next": offset + limit if len(rows) > limit else None,
    }  # fmt: skip


@router.get(
    "/jobs/{id}/rejected",
    response={200: None},
    openapi_extra={
        "responses": {
            200: {
                "description": "the rejected rows in the format they came in, with what to mend",
                "content": {"text/csv": {}, _XLSX: {}, "application/json": {}, "application/x-ndjson": {}},
            }
        }
    },
)
def rejected(request: HttpRequest, id: UUID) -> HttpResponseBase:
    """The rejected rows as a file, in the uploaded format, with a column that says what to mend."""
    user = principal(request, SCOPE)
    return downloads.rejected(user, _visible(user, id))


@router.post("/jobs/{id}/replay", response={202: JobOut})
def replay(request: HttpRequest, id: UUID) -> Any:
    """Try the rejected rows again as they are."""
    user = principal(request, SCOPE)
    return Status(202, _job(actions.replay(user, _visible(user, id), today=timezone.localdate())))


def _chunks(request: HttpRequest) -> tuple[Iterable[bytes], str, str]:
    """The body's bytes, the file's name and its type: a multipart file, or the body as it is."""
    if request.content_type == "multipart/form-data":
        file = request.FILES.get("file")
        if file is None:
            raise Problem(
                "no_file",
                _("表单里没有文件。"),
                remedy=_("把文件放在名为 file 的部分里,或直接放在请求体里。"),
            )
        return file.chunks(), file.name or "", file.content_type or ""
    return (
        iter(lambda: request.read(1 << 20), b""),
        request.headers.get("X-Filename", ""),
        request.content_type or "",
    )


@router.post(
    "/{contract}",
    response={202: JobOut, 200: JobOut},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {"schema": {"type": "string"}},
                _XLSX: {"schema": {"type": "string", "format": "binary"}},
                "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
                "application/x-ndjson": {"schema": {"type": "string"}},
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {"file": {"type": "string", "format": "binary"}},
                    }
                },
            },
        }
    },
)
def submit(
    request: HttpRequest,
    contract: str,
    all_or_nothing: bool = Query(False, description="store nothing when a row is rejected"),
    again: bool = Query(False, description="take the same content in once more"),
) -> Any:
    """Submit a batch: 202 when it is durably kept and queued, 200 when the same content came before."""
    user = principal(request, SCOPE)
    contracts.get(contract)
    chunks, filename, content_type = _chunks(request)
    found = actions.submit(
        user, contract, chunks, filename, content_type, all_or_nothing, timezone.localdate(), again=again
    )
    return Status(200 if found.repeated else 202, _job(found))  # type: ignore[attr-defined]
