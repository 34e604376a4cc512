"""Files that go out over HTTP: templates and rejected rows, the same for pages and the API."""

from typing import Any

from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from zhiheng.core.exchange import queries, writing
from zhiheng.core.exchange.contracts import Contract
from zhiheng.core.jobs.models import Job
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem


def template(contract: Contract, format: str) -> HttpResponseBase:
    """The file to fill in."""
    filename = f"{contract.key}.{format}"
    if format == "xlsx":
        return FileResponse(
            writing.template_xlsx(contract), as_attachment=True, filename=filename,
            content_type=writing.CONTENT_TYPES["xlsx"],
        )  # fmt: skip
    if format == "csv":
        return HttpResponse(
            writing.template_csv(contract), content_type=writing.CONTENT_TYPES["csv"],
            headers={"Content-Disposition": content_disposition_header(True, filename) or ""},
        )  # fmt: skip
    raise Problem("no_such_template", _("模板只有 xlsx 和 csv。"), status=404)


def rejected(actor: Any, job: Job) -> HttpResponseBase:
    """The rejected rows in the format they came in. Where they hold personal data, the look is in the ledger."""
    if not job.rejected or job.state not in (Job.State.DONE, Job.State.FAILED):
        raise Problem(
            "nothing_rejected",
            _("这一批没有被拒的行,或还没有处理完。"),
            status=409,
            remedy=_("等处理完再下载。"),
        )
    if queries.has_sealed(job):
        if job.owner_id != actor.pk and not actor.may("personal_data.read"):
            raise Problem(
                "not_permitted",
                _("被拒的行里有个人信息,你的角色不能查看。"),
                status=403,
                remedy=_("请提交人自己下载。"),
            )
        record(actor, "exchange.rejected.look", f"job:{job.pk}", {"rows": job.rejected}, look=True)
    format = job.options.get("format", "jsonl")
    return StreamingHttpResponse(
        writing.rejected(
            format,
            job.options.get("names"),
            queries.rejected_rows(job),
            delimiter=job.options.get("delimiter", ","),
        ),
        content_type=writing.CONTENT_TYPES[format],
        headers={
            "Content-Disposition": content_disposition_header(True, writing.suffix(job.filename, format))
            or "",
            "Cache-Control": "no-store",
        },
    )
