"""Reading the gateway: whose jobs somebody sees, and the rows that were rejected."""

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from zhiheng.core.crypto import decrypt
from zhiheng.core.exchange.tasks import KIND, SEALED
from zhiheng.core.jobs.models import Job, Outcome


def jobs_visible_to(user: Any) -> QuerySet[Job]:
    """A user's own jobs of any kind, those of the user's organisation, and those sent in the jurisdiction."""
    if user is None or not user.is_authenticated:
        return Job.objects.none()
    mine = Q(owner=user)
    if user.organisation_id:
        mine |= Q(organisation_id=user.organisation_id)
    if user.prefix is not None:
        mine |= Q(organisation__region__startswith=user.prefix)
        # What officers below sent, of whom each has a region.
        mine |= Q(organisation=None, owner__region__startswith=user.prefix)
    if user.role == "system" and not user.prefix:  # the operator's own, from the command line
        mine |= Q(owner=None)
    return Job.objects.filter(mine).select_related("owner", "organisation")


def batches_visible_to(user: Any) -> QuerySet[Job]:
    """The jobs a user sees that came through this gateway."""
    return jobs_visible_to(user).filter(kind=KIND)


def earlier(owner: Any, contract: str, sha256: str, all_or_nothing: bool) -> Job | None:
    """The job of the same content, unless it failed."""
    return (
        Job.objects.filter(
            kind=KIND,
            owner=owner,
            sha256=sha256,
            options__contract=contract,
            options__all_or_nothing=all_or_nothing,
        )
        .exclude(state=Job.State.FAILED)
        .exclude(options__has_key="replay_of")
        .order_by("created_at")
        .first()
    )


def replays_of(job: Job) -> QuerySet[Job]:
    """The jobs that tried this one's rejected rows again."""
    return Job.objects.filter(kind=KIND, owner=job.owner, options__replay_of=str(job.pk))


def rejected_rows(job: Job) -> Iterator[tuple[Any, str]]:
    """Each rejected row as it came, and everything that has to be mended in it."""
    outcomes = job.outcomes.filter(kind=Outcome.Kind.REJECTED).order_by("index", "id")
    for _index, group in groupby(outcomes.iterator(chunk_size=1000), key=lambda outcome: outcome.index):
        several = list(group)
        raw = next((o.raw for o in several if o.raw is not None), None)
        yield opened(raw), "\n".join(mend(o) for o in several)


def mend(outcome: Outcome) -> str:
    """A row's error in one line: where, what, and what to do."""
    place = outcome.place.partition("“")[2].removesuffix("”") or outcome.place
    return _("%(place)s:%(message)s%(remedy)s") % {
        "place": place, "message": outcome.message, "remedy": outcome.remedy,
    }  # fmt: skip


def opened(raw: Any) -> Any:
    """A row of the quarantine with its sealed values readable."""
    return _each(raw, decrypt)


def renewed(raw: Any, renew: Callable[[str], str]) -> Any:
    """A row of the quarantine with its sealed values under another key."""
    return _each(raw, lambda token: SEALED + renew(token))


def _each(raw: Any, change: Callable[[str], str]) -> Any:
    """The row with the ciphertext of every sealed value changed into something else."""

    def changed(value: Any) -> Any:
        sealed = isinstance(value, str) and value.startswith(SEALED)
        return change(value[len(SEALED) :]) if sealed else value

    if isinstance(raw, list):
        return [changed(value) for value in raw]
    if isinstance(raw, dict):
        return {name: changed(value) for name, value in raw.items()}
    return raw


def has_sealed(job: Job) -> bool:
    """Whether the rejected rows may hold personal data."""
    from zhiheng.core.exchange import contracts

    return any(field.personal for field in contracts.get(job.options["contract"]).fields)
