"""The trace over the typed API."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from msgspec import json as fast
from ninja import Query, Router

from zhiheng.core.accounts.auth import principal
from zhiheng.trace import answers, resolver

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


@router.get("/public", summary="What the public is told about a product, lot or serial", auth=None)
def public(request: HttpRequest, code: str = Query(..., max_length=4096)) -> HttpResponse:
    return HttpResponse(
        fast.encode(resolver.public_story(resolver.product_code(code), timezone.now())),
        content_type="application/json",
    )


def aware(at: datetime | None) -> datetime | None:
    """A time without a zone is Asia/Shanghai."""
    return timezone.make_aware(at) if at is not None and at.tzinfo is None else at
