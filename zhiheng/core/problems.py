"""Errors as a code and a message; over HTTP they are problem+json (RFC 9457)."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from zhiheng.knowledge.codes.errors import filled

#: Values of these names are words of ours, and are said in the reader's language too; all others are the sender's.
TERMS = frozenset(("got", "key", "missing", "qualifier", "vocabulary", "want", "wanted", "what"))


def said(sentence: str, values: Mapping[str, str]) -> str:
    """A sentence of ``knowledge`` or of a fault in the active language. Its English is the msgid: they are made
    where there is no Django."""
    if not sentence:
        return ""
    known = {name: gettext(v) if v and name in TERMS else v for name, v in values.items()}
    return filled(gettext(sentence), known)


class Problem(Exception):
    """Something a caller can mend.

    ``code`` is stable and snake_case, ``message`` says what and where, ``remedy`` what to do next;
    ``extra`` members go into the problem document as they are.
    """

    def __init__(self, code: str, message: str, *, status: int = 400, remedy: str = "", **extra: Any) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.remedy, self.extra = code, message, status, remedy, extra

    def document(self) -> dict[str, Any]:
        """The RFC 9457 members, plus code and remedy."""
        return {
            "type": f"urn:zhiheng:problem:{self.code}",
            "title": self.message,
            "status": self.status,
            "code": self.code,
            "remedy": self.remedy,
            **self.extra,
        }


def values_wrong(errors: dict[str, str]) -> Problem:
    """422 for a form: what is wrong by field, all at once."""
    return Problem(
        "values_wrong", "；".join(errors.values()), status=422, remedy=_("请补正后再提交。"), errors=errors
    )


def refused(code: str, why: str, remedy: str, field: str = "", **extra: Any) -> Problem:
    """422 for what may not be done as things stand; shown beside its field where it has one."""
    errors = {"errors": {field: f"{why} {remedy}"}} if field else {}
    return Problem(code, why, status=422, remedy=remedy, **errors, **extra)


def response(problem: Problem, request: HttpRequest | None = None) -> JsonResponse:
    """The problem as application/problem+json."""
    document = problem.document()
    if request is not None:
        document["instance"] = request.path
    headers = {}
    if problem.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="zhiheng"'
    if (retry := problem.extra.get("retry_after")) is not None:
        headers["Retry-After"] = str(retry)
    return JsonResponse(
        document,
        status=problem.status,
        content_type="application/problem+json",
        headers=headers,
        json_dumps_params={"ensure_ascii": False},
    )
