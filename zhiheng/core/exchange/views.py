"""The exchange's pages: contracts, upload, jobs with their rows, downloads."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest as AnyRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zhiheng.core.accounts.models import User
from zhiheng.core.exchange import actions, contracts, downloads, queries, writing
from zhiheng.core.jobs.models import Job, Outcome
from zhiheng.core.problems import Problem
from zhiheng.core.ui.tables import Column, Filter, Table


class HttpRequest(AnyRequest):
    """A request of somebody who is signed in: every view here asks for that."""

    user: User


STATES = {
    Job.State.QUEUED: (gettext_lazy("排队"), "info"),
    Job.State.RUNNING: (gettext_lazy("处理中"), "info"),
    Job.State.DONE: (gettext_lazy("完成"), "ok"),
    Job.State.FAILED: (gettext_lazy("失败"), "bad"),
}
KINDS = {
    Outcome.Kind.REJECTED: gettext_lazy("被拒"),
    Outcome.Kind.DUPLICATE: gettext_lazy("重复"),
    Outcome.Kind.WARNING: gettext_lazy("提醒"),
}


def _title(key: str) -> str:
    try:
        return str(contracts.get(key).title)
    except Problem:  # a contract of an edition that is gone
        return key


@login_required
def index(request: HttpRequest) -> HttpResponseBase:
    """The contracts, and the batches so far."""
    every = contracts.every()
    table = Table(
        request,
        "jobs",
        queries.batches_visible_to(request.user),
        [
            Column(
                "created_at",
                _("提交时间"),
                sort="created_at",
                link=lambda j: reverse("exchange:job", args=[j.pk]),
            ),
            Column("contract", _("契约"), lambda j: _title(j.options["contract"])),
            Column("filename", _("文件"), sort="filename"),
            Column("state", _("状态"), lambda j: STATES[Job.State(j.state)][0], sort="state"),
            Column("accepted", _("收下"), sort="accepted", numeric=True),
            Column("duplicates", _("重复"), sort="duplicates", numeric=True),
            Column("rejected", _("被拒"), sort="rejected", numeric=True),
            Column("owner", _("提交人"), lambda j: j.owner.username if j.owner else _("命令行")),
            Column(
                "organisation",
                _("单位"),
                lambda j: j.organisation.name if j.organisation else "",
                hidden=True,
            ),
            Column("sha256", "SHA-256", hidden=True),
        ],
        search=lambda source, q: source.filter(Q(filename__icontains=q) | Q(sha256__startswith=q)),
        filters=[
            Filter(
                "contract",
                _("契约"),
                [(c.key, c.title) for c in every],
                lambda s, v: s.filter(options__contract=v),
            ),
            Filter(
                "state",
                _("状态"),
                [(k.value, v[0]) for k, v in STATES.items()],
                lambda s, v: s.filter(state=v),
            ),
        ],
        empty=_("还没有提交过。选一个契约,下载模板,填好上传。"),
    )
    return table.export() or render(request, "exchange/index.html", {"contracts": every, "table": table})


@login_required
def contract(request: HttpRequest, key: str) -> HttpResponseBase:
    """A contract's data dictionary, and the upload."""
    try:
        found = contracts.get(key)
    except Problem:
        return render(request, "404.html", status=404)
    problem: Problem | None = None
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None:
                raise Problem("no_file", _("没有选择文件。"), remedy=_("选择或拖入一个文件。"))
            job = actions.submit(
                request.user, key, file.chunks(), file.name or "", file.content_type or "",
                request.POST.get("mode") == "all", timezone.localdate(), again="again" in request.POST,
            )  # fmt: skip
        except Problem as error:
            problem = error
        else:
            if job.repeated:  # type: ignore[attr-defined]
                messages.info(request, _("这份内容以前提交过,这是当时的结果;要再处理一次,勾选“再处理一次”。"))
            return redirect("exchange:job", job.pk)
    fields = [
        (field, writing.type_label(field), list((field.codes or {}).values())) for field in found.fields
    ]
    return render(
        request,
        "exchange/contract.html",
        {"contract": found, "fields": fields, "problem": problem, "may_submit": request.user.may(found.may)},
        status=problem.status if problem else 200,
    )


@login_required
def template(request: HttpRequest, key: str, format: str) -> HttpResponseBase:
    """The file to fill in."""
    try:
        return downloads.template(contracts.get(key), format)
    except Problem:
        return render(request, "404.html", status=404)


def _context(request: HttpRequest, found: Job) -> dict[str, Any]:
    label, kind = STATES[Job.State(found.state)]
    if found.state == Job.State.DONE and found.rejected:
        kind = "warn"
    return {
        "job": found,
        "title": _title(found.options["contract"]),
        "state": label,
        "kind": kind,
        "running": found.state in (Job.State.QUEUED, Job.State.RUNNING),
        "finished": found.state in (Job.State.DONE, Job.State.FAILED),
    }


@login_required
def job(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """One batch: progress, result, rows that were not simply accepted."""
    found = get_object_or_404(queries.batches_visible_to(request.user), pk=pk)
    table = Table(
        request,
        "rows",
        found.outcomes.order_by("index", "id"),
        [
            Column("place", _("位置")),
            Column("kind", _("结果"), lambda o: KINDS[Outcome.Kind(o.kind)], sort="kind"),
            Column("message", _("问题")),
            Column("remedy", _("要改什么")),
            Column("reference", _("编号"), sort="reference"),
            Column("code", _("代码"), sort="code", hidden=True),
        ],
        search=lambda source, q: source.filter(
            Q(message__icontains=q) | Q(place__icontains=q) | Q(reference__icontains=q) | Q(code=q)
        ),
        filters=[
            Filter("kind", _("结果"), [(k.value, v) for k, v in KINDS.items()], lambda s, v: s.filter(kind=v))
        ],
        empty=_("没有要说明的行:全部收下了。") if found.state == Job.State.DONE else _("还没有结果。"),
    )
    return table.export() or render(
        request,
        "exchange/job.html",
        {
            **_context(request, found),
            "table": table,
            "replays": queries.replays_of(found),
            "mine": found.owner_id == request.user.pk,
        },
    )


@login_required
def progress(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The part of the page that is fetched again while a job runs; at its end the page is loaded once more."""
    found = get_object_or_404(queries.batches_visible_to(request.user), pk=pk)
    if found.state in (Job.State.DONE, Job.State.FAILED):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "exchange/_progress.html", _context(request, found))


@login_required
def rejected(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The rejected rows, with what to mend."""
    found = get_object_or_404(queries.batches_visible_to(request.user), pk=pk)
    try:
        return downloads.rejected(request.user, found)
    except Problem as problem:
        messages.error(request, f"{problem.message}{problem.remedy}")
        return redirect("exchange:job", pk)


@login_required
@require_POST
def replay(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Try the rejected rows again as they are."""
    found = get_object_or_404(queries.batches_visible_to(request.user), pk=pk)
    try:
        return redirect("exchange:job", actions.replay(request.user, found, today=timezone.localdate()).pk)
    except Problem as problem:
        messages.error(request, f"{problem.message}{problem.remedy}")
        return redirect("exchange:job", pk)


@login_required
@require_POST
def run_again(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """Go on with a job that stopped on an error of ours."""
    found = get_object_or_404(queries.batches_visible_to(request.user), pk=pk)
    try:
        actions.run_again(request.user, found)
    except Problem as problem:
        messages.error(request, f"{problem.message}{problem.remedy}")
    return redirect("exchange:job", pk)
