"""What can happen at the gateway: a batch comes in, and what it rejected is tried again."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhiheng.core.exchange import contracts, queries
from zhiheng.core.exchange.tasks import KIND, clean
from zhiheng.core.jobs import submissions
from zhiheng.core.jobs.models import Job
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem


def require_submit(actor: Any, contract: contracts.Contract) -> None:
    """Stop unless somebody may submit under a contract; no actor is the operator at the command line."""
    if actor is not None and not actor.may(contract.may):
        raise Problem(
            "not_permitted",
            _("你的角色不能提交“%(title)s”。") % {"title": contract.title},
            status=403,
            remedy=_("请有提交权限的人办理,或向系统管理员申请。"),
        )


def submit(
    actor: Any,
    contract_key: str,
    chunks: Iterable[bytes],
    filename: str,
    content_type: str,
    all_or_nothing: bool,
    today: date,
    *,
    again: bool = False,
    replay_of: Job | None = None,
    sender: str = "",
) -> Job:
    """Take a batch in: keep it durably, then queue it.

    The same bytes under the same contract from the same person are one submission: the job there is comes back,
    with ``repeated`` set on it, unless the sender says ``again`` or the earlier one failed. ``sender`` names another
    platform (``partner:<key>``) that made the rows.
    """
    contract = contracts.get(contract_key)
    require_submit(actor, contract)
    kept = submissions.keep(chunks, today=today)
    if not kept.size:
        submissions.discard(kept.path)
        raise Problem("empty", _("没有收到任何内容。"), remedy=_("选择一个文件,或在请求体里放上数据。"))
    with transaction.atomic():
        if (
            not again
            and (earlier := queries.earlier(actor, contract_key, kept.sha256, all_or_nothing)) is not None
        ):
            submissions.discard(kept.path)
            earlier.repeated = True  # type: ignore[attr-defined]
            return earlier
        job = Job.objects.create(
            kind=KIND,
            owner=actor,
            organisation_id=actor.organisation_id if actor else None,
            filename=clean(filename).replace("/", "_").replace("\\", "_")[-255:],
            content_type=clean(content_type)[:100],
            path=kept.path,
            size=kept.size,
            sha256=kept.sha256,
            options={
                "contract": contract_key,
                "edition": contract.edition,
                "all_or_nothing": all_or_nothing,
                "language": get_language() or "zh-hans",
                **({"replay_of": str(replay_of.pk)} if replay_of else {}),
                **({"from": sender} if sender else {}),
            },
        )
        record(
            actor,
            "exchange.submit",
            f"job:{job.pk}",
            {
                "contract": contract_key,
                "sha256": kept.sha256,
                "bytes": kept.size,
                "replay_of": str(replay_of.pk) if replay_of else None,
            },
        )
    job.repeated = False  # type: ignore[attr-defined]
    return job


def replay(actor: Any, job: Job, *, today: date) -> Job:
    """Try a job's rejected rows again as they are, after what was missing has come."""
    if job.state not in (Job.State.DONE, Job.State.FAILED):
        raise Problem("not_finished", _("这一批还没有处理完。"), status=409, remedy=_("等处理完再重放。"))
    if not job.rejected:
        raise Problem("nothing_rejected", _("这一批没有被拒的行。"), status=409)

    def lines() -> Iterator[bytes]:
        for raw, _mend in queries.rejected_rows(job):
            yield (json.dumps(raw, ensure_ascii=False) + "\n").encode()

    names = job.options.get("names")

    def objects() -> Iterator[bytes]:
        for raw, _mend in queries.rejected_rows(job):
            row = dict(zip(names, raw, strict=False)) if isinstance(raw, list) else raw
            yield (json.dumps(row, ensure_ascii=False) + "\n").encode()

    stem = job.filename.rsplit(".", 1)[0][:200] or "rows"
    return submit(
        actor, job.options["contract"], objects() if names else lines(), f"{stem}-replay.jsonl",
        "application/x-ndjson", False, today, again=True, replay_of=job, sender=job.options.get("from", ""),
    )  # fmt: skip


def run_again(actor: Any, job: Job) -> Job:
    """Put a job that stopped on an error of ours back into the queue; it goes on where it stopped."""
    from zhiheng.core.jobs import runner

    require_submit(actor, contracts.get(job.options["contract"]))
    with transaction.atomic():
        runner.run_again(job)
        record(actor, "exchange.run_again", f"job:{job.pk}", {})
    job.refresh_from_db()
    return job
