"""The risk classes of all organisations in one run: read by ranges, scored, written only where a class changed.

A chunk is one transaction that moves the run's mark, so a stopped run goes on and nothing is done twice. One ledger
entry tells of the run.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from zhiheng.core.accounts.models import User
from zhiheng.core.facts.models import Fact, Standing
from zhiheng.core.ledger.actions import record
from zhiheng.core.registry.models import Organisation
from zhiheng.systems.credit import scoring
from zhiheng.systems.credit.models import Change, Run
from zhiheng.systems.credit.rules import number_of
from zhiheng.systems.credit.scoring import Said

CHUNK = 5000
SCHEME = Standing.Scheme.RISK_CLASS


def said(organisation: Organisation) -> list[Said]:
    """The facts of one organisation as the rules see them."""
    rows = Fact.objects.filter(organisation=organisation, withdrawn_at=None)
    return [
        Said(one.kind, one.on, one.details, one.counts_until, one.pk, one.title, number_of(one))
        for one in rows
    ]


def begin(actor: User | None, today: date) -> Run:
    """The run of a day that is under way, or a new one."""
    run, _new = Run.objects.get_or_create(
        finished_at=None, day=today, defaults={"edition": scoring.table().edition, "by": actor}
    )
    return run


def run_all(actor: User | None, today: date) -> Run:
    """Compute all classes; goes on where a run of the day was stopped."""
    run = begin(actor, today)
    while chunk(run):
        pass
    return run


def chunk(run: Run) -> bool:
    """Do the next organisations of a run; whether there may be more."""
    with transaction.atomic():
        locked = Run.objects.select_for_update().get(pk=run.pk)
        if locked.finished_at is not None:
            return False
        keys = list(
            Organisation.objects.filter(pk__gt=locked.last, merged_into=None)
            .order_by("pk")
            .values_list("pk", flat=True)[:CHUNK]
        )
        if not keys:
            _finish(locked)
            more = False
        else:
            _score(locked, keys)
            locked.last = keys[-1]
            locked.save()
            more = True
    run.refresh_from_db()
    return more


def _score(run: Run, keys: list[int]) -> None:
    first, last = keys[0], keys[-1]
    facts: dict[int, list[Said]] = defaultdict(list)
    rows = Fact.objects.filter(
        organisation__gte=first, organisation__lte=last, withdrawn_at=None, on__lte=run.day
    )
    for key, kind, on, until, details in rows.order_by("organisation").values_list(
        "organisation_id", "kind", "on", "counts_until", "details"
    ):
        facts[key].append(Said(kind, on, details, until))
    known = dict(
        Standing.objects.filter(scheme=SCHEME, organisation__gte=first, organisation__lte=last).values_list(
            "organisation_id", "value"
        )
    )
    table, counts, bins = scoring.table(), Counter(run.counts), Counter(run.points)
    written: list[Standing] = []
    changes: list[Change] = []
    now = timezone.now()
    for key in keys:
        points, value, _lines = scoring.score(facts.get(key, ()), run.day, table)
        counts[value] += 1
        bins[str(scoring.bin_of(points))] += 1
        was = known.get(key)
        if was == value:
            continue
        details = {"points": points, "edition": run.edition}
        written.append(
            Standing(
                organisation_id=key, scheme=SCHEME, value=value, since=run.day, reference=f"run:{run.pk}",
                details=details, updated_at=now,
            )
        )  # fmt: skip
        if was is not None:
            changes.append(Change(run=run, organisation_id=key, was=was, value=value, points=points))
    Standing.objects.bulk_create(
        written, batch_size=2000, update_conflicts=True, unique_fields=["organisation", "scheme"],
        update_fields=["value", "since", "until", "reference", "details", "updated_at"],
    )  # fmt: skip
    Change.objects.bulk_create(changes, batch_size=2000)
    run.organisations += len(keys)
    run.changed += len(changes)
    run.counts, run.points = dict(counts), dict(bins)


def _finish(run: Run) -> None:
    before = Run.objects.filter(edition=run.edition, finished_at__isnull=False).order_by("-pk").first()
    run.psi = scoring.stability(before.points, run.points) if before is not None else None
    run.finished_at = timezone.now()
    run.save()
    record(
        run.by, "credit.classes_run", f"run:{run.pk}",
        {
            "day": run.day.isoformat(), "edition": run.edition, "organisations": run.organisations,
            "changed": run.changed, "counts": run.counts, "moves": _moves(run), "psi": run.psi,
        },
    )  # fmt: skip


def _moves(run: Run) -> dict[str, int]:
    pairs: Iterable[tuple[Any, ...]] = run.changes.order_by().values_list("was", "value")
    return dict(Counter(f"{was}>{value}" for was, value in pairs))
