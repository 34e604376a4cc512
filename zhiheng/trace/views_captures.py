"""Pages of capture: send a document, follow its job, take back what needs mending."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.jobs import submissions
from zhiheng.core.jobs.models import Job, Outcome
from zhiheng.core.jobs.runner import run_again
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.trace import said, words
from zhiheng.trace.capture import BEHAVIOURS, submit
from zhiheng.trace.epcis.documents import Document, read
from zhiheng.trace.epcis.errors import DocumentError
from zhiheng.trace.queries import captures_visible_to

STATES = {
    Job.State.QUEUED: (gettext_lazy("排队中"), "muted"),
    Job.State.RUNNING: (gettext_lazy("处理中"), "info"),
    Job.State.DONE: (gettext_lazy("已完成"), "ok"),
    Job.State.FAILED: (gettext_lazy("未完成"), "bad"),
}
OUTCOMES = {
    Outcome.Kind.REJECTED: (gettext_lazy("退回"), "bad"),
    Outcome.Kind.DUPLICATE: (gettext_lazy("重复"), "muted"),
    Outcome.Kind.WARNING: (gettext_lazy("提示"), "warn"),
}
FAILURES = {
    "rolled_back": (
        gettext_lazy("有事件不合格，按您的选择，整份都没有收。"),
        gettext_lazy("按下面的说明改好再传；或者重传时选“收下合格的，退回不合格的”。"),
    ),
    "no_events": (
        gettext_lazy("文件里没有事件。"),
        gettext_lazy("请在 epcisBody.eventList 里至少放一个事件。"),
    ),
    "internal_error": (
        gettext_lazy("平台出错，处理中断了。"),
        gettext_lazy("原件已存好。可以重新处理；再不行，请把编号告诉管理员。"),
    ),
    "gave_up": (
        gettext_lazy("处理了几次都中断了。"),
        gettext_lazy("请把文件拆小再传，或把编号告诉管理员。"),
    ),
}


def _state(job: Job) -> tuple[Any, str]:
    """The state in words; done with events sent back is not simply done."""
    if job.state == Job.State.DONE and job.rejected:
        return gettext_lazy("完成，有退回"), "warn"
    return STATES[Job.State(job.state)]


CONTENT_TYPES = {".json": "application/json", ".jsonld": "application/ld+json", ".xml": "application/xml"}


def jobs(request: HttpRequest) -> HttpResponseBase:
    """Send a document, and the list of what was sent."""
    user = auth.me(request)
    auth.require(user, "epcis.capture")
    if request.method == "POST":
        file, behaviour = request.FILES.get("file"), request.POST.get("behaviour", "rollback")
        if file is None or not file.size:
            fault = _("没有选文件，或文件是空的。请选一个 EPCIS 文件（.json、.jsonld 或 .xml）。")
            return _jobs_page(request, user, fault)
        if behaviour not in BEHAVIOURS:
            return _jobs_page(request, user, _("请选择遇到错误时怎么办。"))
        name = str(file.name)
        kind = next((kind for end, kind in CONTENT_TYPES.items() if name.lower().endswith(end)), "")
        job = submit(user, file.chunks(), content_type=kind, filename=name, behaviour=behaviour)
        return redirect("trace:job", job.pk)
    return _jobs_page(request, user)


def _jobs_page(request: HttpRequest, user: User, fault: str = "") -> HttpResponseBase:
    table = Table(
        request,
        "captures",
        captures_visible_to(user),
        [
            Column("created_at", gettext_lazy("提交时间"), sort="created_at"),
            Column(
                "filename",
                gettext_lazy("文件"),
                lambda j: j.filename or _("（接口提交）"),
                sort="filename",
                link=lambda j: reverse("trace:job", args=[j.pk]),
            ),
            Column(
                "owner",
                gettext_lazy("提交人"),
                lambda j: j.owner.username if j.owner else "",
                sort="owner__username",
            ),
            Column(
                "organisation",
                gettext_lazy("主体"),
                lambda j: j.organisation.name if j.organisation else "",
                sort="organisation__name",
            ),
            Column("state", gettext_lazy("状态"), lambda j: badge(*_state(j)), sort="state"),
            Column("accepted", gettext_lazy("接收"), sort="accepted", numeric=True),
            Column("duplicates", gettext_lazy("重复"), sort="duplicates", numeric=True),
            Column("rejected", gettext_lazy("退回"), sort="rejected", numeric=True),
            Column("size", gettext_lazy("字节"), sort="size", numeric=True, hidden=True),
            Column("id", gettext_lazy("编号"), lambda j: str(j.pk), hidden=True),
            Column("sha256", "SHA-256", hidden=True),
        ],
        search=lambda s, q: s.filter(
            Q(filename__icontains=q) | Q(organisation__name__contains=q) | Q(sha256=q.lower())
        ),
        filters=[
            Filter(
                "state",
                gettext_lazy("状态"),
                [(state, label) for state, (label, _kind) in STATES.items()],
                lambda s, v: s.filter(state=v),
            )
        ],
        empty=gettext_lazy("还没有报送过。在上面选一个文件。"),
    )
    return table.export() or render(
        request, "trace/desk/jobs.html", {"table": table, "fault": fault}, status=422 if fault else 200
    )


def job(request: HttpRequest, pk: Any) -> HttpResponseBase:
    """One capture: progress, counts, what came of each event."""
    user = auth.me(request)
    auth.require(user, "epcis.capture")
    job: Job = get_object_or_404(captures_visible_to(user), pk=pk)
    running = job.state in {Job.State.QUEUED, Job.State.RUNNING}
    if getattr(request, "htmx", False) and not running:
        return HttpResponse(headers={"HX-Refresh": "true"})
    table = Table(
        request,
        "outcomes",
        job.outcomes.all(),
        [
            Column("index", gettext_lazy("第几个事件"), lambda o: o.index + 1, sort="index", numeric=True),
            Column("kind", gettext_lazy("结果"), lambda o: badge(*OUTCOMES[o.kind]), sort="kind"),
            Column("what", gettext_lazy("问题"), lambda o: str(words.fault(o.code)), sort="code"),
            Column("place", gettext_lazy("位置"), lambda o: said.of_place(o.place)),
            Column("message", gettext_lazy("说明"), lambda o: said.of_outcome(o)[0]),
            Column("remedy", gettext_lazy("怎么改"), lambda o: said.of_outcome(o)[1]),
            Column("code", gettext_lazy("代码"), sort="code"),
            Column("reference", gettext_lazy("事件号"), hidden=True),
        ],
        search=lambda s, q: s.filter(
            Q(message__icontains=q)
            | Q(place__icontains=q)
            | Q(code=q)
            | Q(code__in=[code for code, name in words.FAULTS.items() if q in str(name)])
            | Q(reference=q)
        ),
        filters=[
            Filter(
                "kind",
                gettext_lazy("结果"),
                [(kind, label) for kind, (label, _kind) in OUTCOMES.items()],
                lambda s, v: s.filter(kind=v),
            )
        ],
        empty=gettext_lazy("没有要改的：每个事件都接收了。")
        if not job.error
        else gettext_lazy("没有逐个事件的结果。"),
    )
    error = said.of_error(job.error or {})
    title, remedy = FAILURES.get(error.get("code", "")) or (error.get("title"), error.get("remedy"))
    context = {
        "job": job,
        "failure": {"title": title, "remedy": remedy, "code": error.get("code")} if error else None,
        "state": _state(job),
        "running": running,
        "table": table,
        "rejected": job.outcomes.filter(kind=Outcome.Kind.REJECTED).exists(),
        "again": job.state == Job.State.FAILED and error.get("code") in {"internal_error", "gave_up"},
        "behaviour": job.options.get("behaviour"),
    }
    return table.export() or render(request, "trace/desk/job.html", context)


@require_POST
def job_again(request: HttpRequest, pk: Any) -> HttpResponse:
    """Put a failed capture back into the queue."""
    user = auth.me(request)
    auth.require(user, "epcis.capture")
    job: Job = get_object_or_404(captures_visible_to(user), pk=pk)
    if job.state != Job.State.FAILED:
        messages.info(request, _("这份文件没有失败，不用重新处理。"))
    else:
        run_again(job)
        record(user, "epcis.run_again", f"job:{job.pk}")
        messages.success(request, _("已重新排队；已经接收的事件不会重复。"))
    return redirect("trace:job", job.pk)


def job_rejected(request: HttpRequest, pk: Any) -> HttpResponseBase:
    """The rejected events as a document of their own, to be mended and sent again."""
    user = auth.me(request)
    auth.require(user, "epcis.capture")
    job: Job = get_object_or_404(captures_visible_to(user), pk=pk)
    wanted = set(job.outcomes.filter(kind=Outcome.Kind.REJECTED).values_list("index", flat=True))
    if not wanted:
        raise Problem("nothing_rejected", _("没有退回的事件。"), status=404, remedy=_("这份文件不用改。"))
    try:
        document = read(submissions.locate(job.path), job.content_type or None)
    except DocumentError:
        raise Problem(
            "gone", _("原文件读不出来了。"), status=410, remedy=_("请从自己的系统里重新导出。")
        ) from None
    name = f"rejected-{str(job.pk)[:8]}.json"
    return StreamingHttpResponse(
        rejected_document(document, wanted, job.created_at),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def rejected_document(document: Document, wanted: set[int], created: datetime) -> Iterator[bytes]:
    """An EPCIS document of some events of another, as they came (XML in the JSON form)."""
    head = {
        "@context": document.context,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": f"{created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
    yield json.dumps(head, ensure_ascii=False).encode()[:-1] + b', "epcisBody": {"eventList": ['
    first, last = True, max(wanted)
    try:
        for incoming in document.events():
            if incoming.index in wanted:
                yield (b"\n" if first else b",\n") + incoming.raw
                first = False
            if incoming.index >= last:
                break
    except DocumentError:  # it breaks off there: what came before is all there is
        pass
    yield b"\n]}}\n"
