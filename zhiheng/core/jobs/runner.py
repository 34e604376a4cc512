"""The worker: leases jobs one at a time and hands each to the handler of its kind."""

import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db import close_old_connections, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from zhiheng.core.jobs.models import Job
from zhiheng.core.problems import Problem

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=30)
MAX_ATTEMPTS = 5
CALM = 1.0  # seconds without a job before idle tasks begin
CHECKPOINTS = 5.0  # seconds between two
Handler = Callable[[Job], None]
_handlers: dict[str, Handler] = {}
_idle: list[Callable[[], bool]] = []


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that works through jobs of one kind (called in the app's ``ready``).

    A handler commits its rows together with ``job.done`` so that it can go on after a crash, and raises
    Problem when the whole job cannot be done.
    """

    def register(function: Handler) -> Handler:
        _handlers[kind] = function
        return function

    return register


def when_idle(task: Callable[[], bool]) -> Callable[[], bool]:
    """Register a small task to run when no job waits; it says whether there may be more to do."""
    _idle.append(task)
    return task


def lease() -> Job | None:
    """Take the oldest job that is queued or whose worker has gone away."""
    now = timezone.now()
    free = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, leased_until__lt=now)
    # A plain look first: an idle worker must not take the write lock of SQLite twenty times a second.
    if not Job.objects.filter(free).exists():
        return None
    with transaction.atomic():
        jobs = Job.objects.filter(free).order_by("created_at")
        if connection.features.has_select_for_update_skip_locked:
            jobs = jobs.select_for_update(skip_locked=True)
        job = jobs.first()
        if job is None:
            return None
        job.state = Job.State.RUNNING
        job.started_at = job.started_at or now
        job.leased_until = now + LEASE
        job.attempts += 1
        job.save(update_fields=["state", "started_at", "leased_until", "attempts"])
        return job


def run(job: Job) -> None:
    """Work through one leased job and record how it ended."""
    stop = threading.Event()
    renewer = threading.Thread(target=_renew, args=(job.pk, stop), daemon=True)
    renewer.start()
    try:
        if job.attempts > MAX_ATTEMPTS:
            raise Problem(
                "gave_up",
                f"The job was begun {MAX_ATTEMPTS} times and its worker died each time.",
                status=500,
                remedy="Send the document in smaller parts, or ask the operator to look at the log.",
            )
        handler = _handlers.get(job.kind)
        if handler is None:
            raise Problem("unknown_job", f"Nothing handles jobs of kind {job.kind!r}.", status=500)
        handler(job)
    except Problem as problem:
        finish(job, Job.State.FAILED, problem.document())
    except Exception:
        log.exception("job %s (%s) failed", job.pk, job.kind)
        job.refresh_from_db()  # what was counted in a transaction that was taken back does not count
        ours = Problem(
            "internal_error",
            f"The job stopped on an error of ours after {job.done} rows.",
            status=500,
            remedy="What was sent is kept. Tell the operator the job's number; it can be run again.",
        )
        finish(job, Job.State.FAILED, ours.document())
    else:
        finish(job, Job.State.DONE)
    finally:
        stop.set()
        renewer.join()


def finish(job: Job, state: str, error: dict | None = None) -> None:
    """Write a job's end, unless another worker has taken it over: then its end is not ours to write."""
    job.state, job.error, job.finished_at, job.leased_until = state, error, timezone.now(), None
    names = ["state", "error", "finished_at", "leased_until", "accepted", "duplicates", "rejected", "total"]
    Job.objects.filter(pk=job.pk, attempts=job.attempts).update(
        **{name: getattr(job, name) for name in names}
    )


def work(*, until_idle: bool = False, stop: threading.Event | None = None) -> int:
    """Run jobs until told to stop (or until none is left); returns how many were run.

    Jobs often come one after another, so idle tasks wait for a second without one; a worker that was busy a
    moment ago looks for the next job fifty times a second, a bored one ten times.
    """
    count = 0
    busy = 0.0 if until_idle else time.monotonic()
    while not (stop and stop.is_set()):
        if not connection.in_atomic_block:  # called inside somebody's transaction (tests), it would end that
            close_old_connections()
        job = lease()
        calm = time.monotonic() - busy
        if job is not None:
            run(job)
            count += 1
            busy = 0.0 if until_idle else time.monotonic()
        elif calm > CALM and _run_idle():
            continue
        elif until_idle:
            break
        else:
            time.sleep(0.02 if calm < 5 else 0.1)
    return count


def _run_idle() -> bool:
    """One round of the idle tasks; a task that fails is logged and does not stop the worker."""
    more = False
    for task in _idle:
        try:
            more = task() or more
        except Exception:
            log.exception("idle task %s failed", task.__name__)
            time.sleep(1)
    return more


_checkpointed = 0.0


@when_idle
def checkpoint() -> bool:
    """Bring SQLite's log over to the database while nobody waits: the next captures then need not."""
    global _checkpointed
    late = time.monotonic() - _checkpointed > CHECKPOINTS
    if late and connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        _checkpointed = time.monotonic()
    return False


def run_now(job: Job) -> Job:
    """Run one queued job here and now (the command line); when a worker was quicker, wait for its end."""
    now = timezone.now()
    taken = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(
        state=Job.State.RUNNING, started_at=now, leased_until=now + LEASE, attempts=F("attempts") + 1
    )
    job.refresh_from_db()
    if taken:
        run(job)
    while job.state in (Job.State.QUEUED, Job.State.RUNNING):
        time.sleep(0.1)
        job.refresh_from_db()
    return job


def run_again(job: Job) -> None:
    """Put a failed job back into the queue; it goes on after the rows already committed."""
    Job.objects.filter(pk=job.pk, state=Job.State.FAILED).update(
        state=Job.State.QUEUED, error=None, attempts=0, finished_at=None, leased_until=None
    )


def _renew(pk: UUID, stop: threading.Event) -> None:
    """Keep the lease while the handler works; its own connection, closed at the end."""
    while not stop.wait(LEASE.total_seconds() / 3):
        try:
            Job.objects.filter(pk=pk, state=Job.State.RUNNING).update(leased_until=timezone.now() + LEASE)
        except Exception:
            log.exception("could not renew the lease of job %s (pid %s)", pk, os.getpid())
    connection.close()
