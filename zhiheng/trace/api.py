"""The trace over the typed API."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from msgspec import json as fast
from ninja import Query, Router

from zhiheng.core.accounts.auth import principal
from zhiheng.trace import answers

router = Router(tags=["trace"])


def _json(answer: dict[str, Any]) -> HttpResponse:
    return HttpResponse(fast.encode(answer), content_type="application/json")


@router.get("/trace", summary="Origin, destination, steps, holder and breaks of a code")
def trace(request: HttpRequest, code: str = Query(...), at: datetime | None = None) -> HttpResponse:
    user = principal(request, "trace:read")
    return _json(answers.trace(code, at=aware(at), user=user))


@router.get("/scope", summary="What a recall of a code has to reach at a time")
def scope(request: HttpRequest, code: str = Query(...), at: datetime | None = None) -> HttpResponse:
    user = principal(request, "trace:read")
    return _json(answers.scope(code, at=aware(at), user=user))


def aware(at: datetime | None) -> datetime | None:
    """A time without a zone is Asia/Shanghai."""
    from django.utils import timezone

    return timezone.make_aware(at) if at is not None and at.tzinfo is None else at
