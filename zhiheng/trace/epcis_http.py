"""The EPCIS 2.0 REST interface: capture, capture jobs, events. Plain views: this is the hot path."""

import json
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt

from zhiheng.core.accounts.auth import principal
from zhiheng.core.jobs.models import Job, Outcome
from zhiheng.core.jobs.runner import run_now
from zhiheng.core.problems import Problem, response
from zhiheng.trace import query, said
from zhiheng.trace.capture import submit
from zhiheng.trace.queries import captures_visible_to

VERSIONS = {
    "GS1-EPCIS-Version": "2.0.0",
    "GS1-CBV-Version": "2.0.0",
    "GS1-EPCIS-Min": "1.0.0",
    "GS1-EPCIS-Max": "2.0.0",
    "GS1-CBV-Min": "1.0.0",
    "GS1-CBV-Max": "2.0.0",
}
DOCUMENTS = ("application/json", "application/ld+json", "application/xml", "text/xml", "")
ONE_EVENT = 16 * 1024 * 1024


def endpoint(**methods: str) -> Callable[..., Any]:
    """Answer these methods (each with the scope it needs); problems as RFC 9457."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @csrf_exempt  # principal() checks CSRF itself when a session, not a key, is used
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            language = said.asked(request)
            with translation.override(language):
                reply = tried(request, *args, **kwargs)
            for name, value in VERSIONS.items():
                reply[name] = value
            reply["Content-Language"] = language
            return reply

        def tried(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                if request.method == "OPTIONS":
                    reply = HttpResponse(status=204, headers={"Allow": ", ".join([*methods, "OPTIONS"])})
                elif request.method not in methods:
                    raise Problem(
                        "method_not_allowed",
                        f"{request.method} is not possible here.",
                        status=405,
                        remedy=f"Use {', '.join(methods)}.",
                    )
                else:
                    _negotiate(request)
                    user = principal(request, methods[request.method])
                    reply = view(request, user, *args, **kwargs)
            except Problem as error:
                reply = response(error, request)
                if error.status == 405:
                    reply["Allow"] = ", ".join([*methods, "OPTIONS"])
            return reply

        return answer

    return decorate


def _negotiate(request: HttpRequest) -> None:
    """EPCIS version and format that the caller insists on."""
    for header in ("GS1-EPCIS-Min", "GS1-EPCIS-Version"):
        wanted = request.headers.get(header)
        if wanted and not wanted.startswith(("1.", "2.0")):
            raise Problem(
                "not_acceptable",
                f"{header} {wanted}: we speak up to 2.0.0.",
                status=406,
                remedy="Ask for 2.0.0.",
            )
    accept = request.headers.get("Accept", "*/*")
    if not any(kind in accept for kind in ("*/*", "application/*", "json")):
        raise Problem(
            "not_acceptable",
            f"We answer in JSON, not {accept}.",
            status=406,
            remedy="Accept application/json or application/ld+json.",
        )


def _chunks(request: HttpRequest) -> Iterator[bytes]:
    # Django reads no further than Content-Length says; a chunked body has none and ends by itself.
    chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    read = request.META["wsgi.input"].read if chunked else request.read
    try:
        while chunk := read(1 << 20):
            yield chunk
    except OSError as error:  # the sender went away: nothing is acknowledged, nothing kept
        raise Problem("incomplete", f"The document broke off: {error}.", remedy="Send it again.") from None


def _check_type(request: HttpRequest) -> str:
    kind = (request.content_type or "").lower()
    if kind not in DOCUMENTS:
        raise Problem(
            "unsupported_media_type",
            f"Content-Type is {kind}.",
            status=415,
            remedy="Send application/ld+json, application/json or application/xml.",
        )
    return kind


@endpoint(POST="epcis:capture", GET="epcis:capture")
def capture(request: HttpRequest, user: Any) -> HttpResponse:
    """Queue a document (202), or list one's capture jobs."""
    if request.method == "GET":
        jobs = captures_visible_to(user).order_by("-created_at", "id")
        try:
            per_page = min(max(int(request.GET.get("perPage", 30)), 1), 200)
            start = max(int(request.GET.get("nextPageToken", 0)), 0)
            if start >= 1 << 31:
                raise ValueError(start)
        except ValueError:
            raise Problem(
                "bad_parameter",
                "perPage and nextPageToken are whole numbers.",
                remedy="Send the token unchanged.",
            ) from None
        page = list(jobs[start : start + per_page + 1])
        reply = JsonResponse([_job(job) for job in page[:per_page]], safe=False)
        if len(page) > per_page:
            reply["Link"] = (
                f'<{request.path}?perPage={per_page}&nextPageToken={start + per_page}>; rel="next"'
            )
        return reply
    job = submit(
        user,
        _chunks(request),
        content_type=_check_type(request),
        filename=request.headers.get("X-Filename", ""),
        behaviour=request.headers.get("GS1-Capture-Error-Behaviour", "rollback"),
    )
    return HttpResponse(status=202, headers={"Location": reverse("trace:capture-job", args=[job.pk])})


@endpoint(GET="epcis:capture")
def capture_job(request: HttpRequest, user: Any, id: Any) -> HttpResponse:
    """The state of one capture job with the result of each event that was not simply accepted."""
    job = captures_visible_to(user).filter(pk=id).first()
    if job is None:
        raise _missing("capture job", str(id))
    return JsonResponse(_job(job, errors=True), json_dumps_params={"ensure_ascii": False})


def _job(job: Job, errors: bool = False) -> dict[str, Any]:
    """A job as the standard names its members; what is wrong, in the active language."""
    running = job.state in {Job.State.QUEUED, Job.State.RUNNING}
    answer: dict[str, Any] = {
        "captureID": str(job.pk),
        "createdAt": job.created_at.isoformat(),
        "running": running,
        "success": job.state != Job.State.FAILED and not job.rejected,
        "captureErrorBehaviour": job.options.get("behaviour", "rollback"),
        "captured": job.accepted,
        "duplicates": job.duplicates,
        "rejected": job.rejected,
        "done": job.done,
    }
    if job.finished_at:
        answer["finishedAt"] = job.finished_at.isoformat()
    answer["errors"] = [said.of_error(job.error)] if job.error else []
    if errors:
        # Who waits for a job asks often, and most jobs have none: then one question is enough.
        outcomes = job.outcomes.all() if job.outcomes.exists() else job.outcomes.none()
        answer["errors"] = [_error(o) for o in outcomes.filter(kind="rejected")[:1000]] + answer["errors"]
        answer["duplicateEvents"] = [_note(o) for o in outcomes.filter(kind="duplicate")[:1000]]
        answer["warnings"] = [_note(o) for o in outcomes.filter(kind="warning")[:1000]]
    return answer


def _error(outcome: Outcome) -> dict[str, Any]:
    message, remedy = said.of_outcome(outcome)
    return {
        "type": f"urn:zhiheng:problem:{outcome.code}",
        "title": message,
        "code": outcome.code,
        "event": outcome.index,
        "place": outcome.place,
        "remedy": remedy,
    }


def _note(outcome: Outcome) -> dict[str, Any]:
    message, remedy = said.of_outcome(outcome)
    return {
        "event": outcome.index,
        "eventID": outcome.reference,
        "code": outcome.code,
        "message": message,
        "remedy": remedy,
    }


@endpoint(POST="epcis:capture", GET="epcis:query")
def events(request: HttpRequest, user: Any) -> HttpResponse:
    """Capture one event and wait for it (201), or query."""
    if request.method == "POST":
        return _capture_one(request, user)
    params: dict[str, str] = {}
    for name, values in request.GET.lists():
        params[name] = "|".join(values)
    parsed = query.parse(params)
    page = query.run(parsed, user)
    reply = _document(page)
    if page.token:
        again = request.GET.copy()
        again["nextPageToken"] = page.token
        reply["Link"] = f'<{request.path}?{again.urlencode()}>; rel="next"'
    return reply


def _capture_one(request: HttpRequest, user: Any) -> HttpResponse:
    kind = _check_type(request)

    def limited() -> Iterator[bytes]:
        size = 0
        for chunk in _chunks(request):
            size += len(chunk)
            if size > ONE_EVENT:
                raise Problem(
                    "too_large", "One event is larger than 16 MiB.", status=413, remedy="Use /epcis/capture."
                )
            yield chunk

    job = run_now(submit(user, limited(), content_type=kind, behaviour="rollback"))
    if job.state == Job.State.FAILED:
        raise _refused(job)
    repeated = job.outcomes.filter(kind="duplicate").first()
    event_id = repeated.reference if repeated else job.options["event"]
    return HttpResponse(
        status=200 if repeated else 201, headers={"Location": reverse("trace:event", args=[event_id])}
    )


def _refused(job: Job) -> Problem:
    """Why one event was not taken, in the active language."""
    error = said.of_error(job.error or {})
    status = 422 if error.get("code") == "rolled_back" else int(error.get("status", 400))
    if first := job.outcomes.filter(kind="rejected").first():
        message, remedy = said.of_outcome(first)
        return Problem(
            first.code, f"{first.place}: {message}", status=status, remedy=remedy, place=first.place
        )
    return Problem(
        error.get("code", "failed"), error.get("title", ""), status=status, remedy=error.get("remedy", "")
    )


@endpoint(GET="epcis:query")
def event(request: HttpRequest, user: Any, id: str) -> HttpResponse:
    """One event by its ID."""
    page = query.one(id, user)
    if not page.events:
        raise _missing("event", id)
    return _document(page) if len(page.events) > 1 else _single(page)


def _single(page: query.Page) -> HttpResponse:
    context = page.contexts[0] or [query.CONTEXT]
    body = page.events[0]
    if b'"@context"' not in body:
        body = b'{"@context":' + json.dumps(context, ensure_ascii=False).encode() + b"," + body.lstrip()[1:]
    return HttpResponse(body, content_type="application/ld+json")


def _document(page: query.Page) -> HttpResponse:
    created = timezone.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return HttpResponse(query.document(page, created=created), content_type="application/ld+json")


def _missing(what: str, id: str) -> Problem:
    return Problem(
        "not_found", f"There is no {what} {id} that you may see.", status=404, remedy="Check the ID."
    )
