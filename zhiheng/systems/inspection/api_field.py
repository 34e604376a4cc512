"""The field for programs and for the telephone: own tasks, a sample, a refusal, pictures one by one, reading a code."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Query, Router, Schema, Status, UploadedFile
from pydantic import Field

from zhiheng.core.accounts import auth
from zhiheng.core.problems import Problem
from zhiheng.systems.inspection import actions_field, queries_field
from zhiheng.systems.inspection.models import Photo, Sample, Task
from zhiheng.systems.inspection.rules_field import Picture, clean, moment_of
from zhiheng.trace import reading

router = Router(tags=["inspection"])
SCOPE = "inspection:sample"
PHOTO_WEIGHT = 10  # reading a photograph costs as much as this many requests
Text = str | int | float | bool | None


class TaskOut(Schema):
    """A visit that somebody is to make."""

    key: UUID
    plan: str
    product: str
    stage: str
    standards: str
    domain: str
    uscc: str
    organisation: str
    address: str
    region: str
    due_on: str
    state: str
    inspectors: list[str]
    recheck_of: str = Field(
        "", description="number of the case of the order that is re-checked; a free sample"
    )


class TaskPage(Schema):
    """A part of the list; ``next`` is the offset of the part after it."""

    items: list[TaskOut]
    next: int | None = None


class PictureIn(Schema):
    """A picture that will follow, by its hash."""

    key: UUID
    kind: Literal["place", "goods", "seal", "page", "unpacking", "signature", "other"]
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    name: str = Field("", max_length=160)
    taken_at: datetime | None = None


class SampleIn(Schema):
    """A sheet. ``values`` are the form's fields by name (docs/inspection.md); with ``key`` it may be sent again."""

    key: UUID
    task: UUID
    values: dict[str, Text]
    inspectors: list[str] = Field([], max_length=20, description="numbers of those who sampled")
    photos: list[PictureIn] = Field([], max_length=60)


class RefusalIn(Schema):
    """A refusal, as it was."""

    key: UUID
    task: UUID
    values: dict[str, Text]
    photos: list[PictureIn] = Field([], max_length=60)


class NoSampleIn(Schema):
    """A visit without a sample."""

    key: UUID
    task: UUID
    values: dict[str, Text]


class KeptOut(Schema):
    """What is kept: the same whenever it is sent again. ``photos`` says which pictures have come."""

    key: UUID
    task: UUID
    number: str
    state: str
    photos: dict[str, bool]


class PhotoOut(Schema):
    """A picture that is kept."""

    key: UUID
    sha256: str


class CodeOut(Schema):
    """What a code says, and what is registered under it."""

    code: str
    kind: str
    gtin: str
    lot: str
    serial: str
    fault: str
    product: dict[str, str] | None


class CodesOut(Schema):
    """The codes of a photograph, from top to bottom. The photograph is not kept."""

    items: list[CodeOut]


def _pictures(photos: list[PictureIn]) -> list[Picture]:
    """Without the times that no calendar of ours has."""
    return [
        Picture(
            one.key, one.kind, one.sha256, clean(one.name),
            moment_of(one.taken_at.isoformat()) if one.taken_at else None,
        )
        for one in photos
    ]  # fmt: skip


def _values(given: dict[str, Text]) -> dict[str, Any]:
    return dict(list(given.items())[:200])


def _kept(row: Any) -> dict[str, Any]:
    photos = Photo.objects.filter(sample=row) if isinstance(row, Sample) else getattr(row, "photos", None)
    return {
        "key": row.key, "task": row.task.key, "number": getattr(row, "number", ""), "state": row.task.state,
        "photos": {str(p.key): p.received_at is not None for p in photos.all()} if photos is not None else {},
    }  # fmt: skip


@router.get("/tasks", response={200: TaskPage}, auth=None, summary="The tasks of the inspector")
def tasks(
    request: HttpRequest,
    state: Literal["open", "sampled", "refused", "nothing", "cancelled", ""] = "open",
    limit: int = Query(100, ge=1, le=500),
    offset: int = Query(0, ge=0, le=10_000),
) -> Any:
    """By the day they are due."""
    user = auth.principal(request, SCOPE)
    rows = queries_field.own_tasks(user).prefetch_related("inspectors")
    if state:
        rows = rows.filter(state=state)
    page = list(rows[offset : offset + limit + 1])
    return {
        "items": [_task(row) for row in page[:limit]],
        "next": offset + limit if len(page) > limit else None,
    }


def _task(row: Task) -> dict[str, Any]:
    organisation, item = row.organisation, row.item
    return {
        "key": row.key, "plan": item.plan.title, "product": item.product, "stage": item.stage,
        "standards": item.standards, "domain": item.plan.domain, "uscc": organisation.uscc,
        "organisation": organisation.name, "address": organisation.address, "region": row.region,
        "due_on": row.due_on.isoformat(), "state": row.state,
        "inspectors": [one.number for one in row.inspectors.all()],
        "recheck_of": row.rectification.number if row.rectification is not None else "",
    }  # fmt: skip


@router.post(
    "/samples", response={200: KeptOut, 201: KeptOut}, auth=None, summary="Send the sheet of a sample"
)
def samples(request: HttpRequest, sheet: SampleIn) -> Any:
    """201 when it is new; 200 with the same answer when it was sent before; 409 when it differs from what was sent."""
    user = auth.principal(request, SCOPE)
    row, made = actions_field.take_sample(
        user, sheet.task, sheet.key, _values(sheet.values), sheet.inspectors, _pictures(sheet.photos)
    )
    row.task.refresh_from_db()  # type: ignore[union-attr]
    return Status(201 if made else 200, _kept(row))


@router.post("/refusals", response={200: KeptOut, 201: KeptOut}, auth=None, summary="Send a refusal")
def refusals(request: HttpRequest, sheet: RefusalIn) -> Any:
    """Told at once to the organiser and the county office. Sent again it is kept once."""
    user = auth.principal(request, SCOPE)
    row, made = actions_field.record_refusal(
        user, sheet.task, sheet.key, _values(sheet.values), _pictures(sheet.photos)
    )
    row.task.refresh_from_db()
    return Status(201 if made else 200, _kept(row))


@router.post("/no-samples", response={200: KeptOut, 201: KeptOut}, auth=None, summary="Nothing to sample")
def no_samples(request: HttpRequest, sheet: NoSampleIn) -> Any:
    """A visit that brought no sample, and why."""
    user = auth.principal(request, SCOPE)
    row, made = actions_field.record_no_sample(user, sheet.task, sheet.key, _values(sheet.values))
    row.task.refresh_from_db()
    return Status(201 if made else 200, _kept(row))


@router.post("/photos/{key}", response={200: PhotoOut}, auth=None, summary="Send a picture of a sheet")
def photo(request: HttpRequest, key: UUID, file: File[UploadedFile]) -> Any:
    """One at a time; one that has come is not needed again, and does no harm."""
    user = auth.principal(request, SCOPE)
    row = actions_field.receive_photo(user, key, file.name or "", file.read())
    return {"key": row.key, "sha256": row.sha256}


@router.get("/code", response={200: CodeOut}, auth=None, summary="What a code says")
def code(request: HttpRequest, text: str = Query(..., min_length=1, max_length=500)) -> Any:
    """Typed or scanned: GTIN, GS1 element string, Digital Link."""
    auth.principal(request, SCOPE)
    return queries_field.code_told(text.replace("\x00", ""))


@router.post("/scan", response={200: CodesOut}, auth=None, summary="Read the codes in a photograph")
def scan(request: HttpRequest, file: File[UploadedFile]) -> Any:
    """The photograph is read and forgotten."""
    user = auth.principal(request, SCOPE)
    for _count in range(PHOTO_WEIGHT):
        auth.limit(f"photo:{user.pk}")
    reading.refuse_size(file.size or 0)
    found = reading.read_image(file.read())
    if not found:
        raise Problem(
            "no_code",
            _("照片里没有读出码。"),
            status=422,
            remedy=_("靠近一些、避开反光再拍，或者输入码下的数字。"),
        )
    return {"items": [queries_field.code_told(one.code) for one in found]}
