"""Putting facts on record, withdrawing them, and changing standings. Call them in the transaction of what happened."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.accounts.models import User
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.facts import effects, queries
from zhiheng.core.facts.models import Fact, Standing
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates


def record_facts(actor: User | None, facts: Sequence[Fact], *, told_by: str = "") -> list[Fact]:
    """Put unsaved facts on record, many at once; those already there (organisation, kind, reference) are left as is.

    ``told_by`` names the batch in the ledger (``job:7``); a single fact is named by its own reference.
    Gives those that are new.
    """
    with transaction.atomic():
        wanted = {(one.organisation_id, one.kind, one.reference): one for one in facts}
        there = set(
            Fact.objects.filter(reference__in={one.reference for one in facts}).values_list(
                "organisation_id", "kind", "reference"
            )
        )
        fresh = [one for key, one in wanted.items() if key not in there]
        if not fresh:
            return []
        by = actor if actor is not None and actor.pk else None
        for one in fresh:
            one.recorded_by = by
        Fact.objects.bulk_create(fresh, batch_size=1000)
        if told_by:
            record(
                actor, "facts.recorded", told_by, {"facts": [f"{one.kind} {one.reference}" for one in fresh]}
            )
        else:
            for one in fresh:
                record(actor, "facts.recorded", _subject(one.organisation), _told(one))
        effects.run(fresh)
        return fresh


def withdraw(actor: User | None, fact: Fact, why: str) -> None:
    """A fact counts no more, and is public no more: what it rests on fell, or it was wrong. Says why."""
    if not why.strip():
        raise Problem("reason_missing", _("请写明撤回原因。"), status=422)
    with transaction.atomic():
        kept = Fact.objects.select_for_update().get(pk=fact.pk)
        if kept.withdrawn_at is not None:
            return
        kept.withdrawn_at = kept.changed_at = timezone.now()
        kept.withdrawn_why = why[:300]
        kept.save(update_fields=["withdrawn_at", "withdrawn_why", "changed_at"])
        record(actor, "facts.withdrawn", _subject(kept.organisation), _told(kept) | {"why": why})
        effects.run_withdrawn(kept)


def restore(actor: User | None, fact: Fact, why: str) -> None:
    """A fact that was withdrawn counts again: the withdrawal was wrong. Rooms hear of it as of a new one."""
    if not why.strip():
        raise Problem("reason_missing", _("请写明恢复原因。"), status=422)
    with transaction.atomic():
        kept = Fact.objects.select_for_update().get(pk=fact.pk)
        if kept.withdrawn_at is None:
            return
        kept.withdrawn_at, kept.withdrawn_why, kept.changed_at = None, "", timezone.now()
        kept.save(update_fields=["withdrawn_at", "withdrawn_why", "changed_at"])
        record(actor, "facts.restored", _subject(kept.organisation), _told(kept) | {"why": why})
        effects.run([kept])


def publish(
    actor: User | None,
    fact: Fact,
    disclosure: Disclosure,
    *,
    details: dict[str, Any] | None = None,
) -> None:
    """A fact becomes public with a disclosure, as long as that is; ``details`` adds to its own."""
    until = disclosure.published_until
    first = dates.local(disclosure.published_from).date()
    last = dates.local(until - timedelta(microseconds=1)).date() if until else None
    with transaction.atomic():
        kept = Fact.objects.select_for_update().get(pk=fact.pk)
        kept.public_from, kept.public_until, kept.changed_at = first, last, timezone.now()
        kept.disclosure = disclosure
        kept.details = kept.details | (details or {})
        kept.save(update_fields=["public_from", "public_until", "disclosure", "changed_at", "details"])
        record(
            actor, "facts.published", _subject(fact.organisation),
            _told(fact)
            | {"from": first.isoformat(), "until": last.isoformat() if last else None, "why": disclosure.basis},
        )  # fmt: skip


AMENDABLE = frozenset(("title", "on", "basis", "counts_until", "public_from", "public_until"))


def amend(actor: User | None, fact: Fact, why: str, **values: Any) -> Fact:
    """Put right what a fact says; the ledger keeps what it said before, and why."""
    if not why.strip():
        raise Problem("reason_missing", _("请写明更正原因。"), status=422)
    with transaction.atomic():
        kept = Fact.objects.select_for_update().get(pk=fact.pk)
        changed = {k: v for k, v in values.items() if k in AMENDABLE and getattr(kept, k) != v}
        if not changed:
            return kept
        before = {k: str(getattr(kept, k)) for k in changed}
        for name, value in changed.items():
            setattr(kept, name, value)
        kept.changed_at = timezone.now()
        kept.save(update_fields=[*changed, "changed_at"])
        record(
            actor, "facts.amended", _subject(kept.organisation),
            _told(kept) | {"changed": {k: [before[k], str(v)] for k, v in changed.items()}, "why": why},
        )  # fmt: skip
    return kept


def end_publication(actor: User | None, fact: Fact, last_day: date, why: str) -> None:
    """A fact is public until an earlier day than was set; it may go on counting."""
    with transaction.atomic():
        Fact.objects.filter(pk=fact.pk).update(public_until=last_day, changed_at=timezone.now())
        record(actor, "facts.publication_ended", _subject(fact.organisation), _told(fact) | {"why": why})


DISHONESTY = frozenset(
    ("check_failed", "check_refused", "not_rectified", "penalty", "commitment_broken", "abnormal", "serious",
     "key_supervision", "revoked")
)  # fmt: skip
"""Kinds that say that somebody did not keep the rules (失信信息): what is hidden while a court has it reorganised."""


def shield(actor: User | None, organisation: Organisation, case: str, why: str, statement: str = "") -> int:
    """Hide what is public against an organisation, or put a statement on it, until ``unshield``; how many facts.

    It goes on counting inside. The publications that showed it are hidden or carry the statement as well.
    """
    with transaction.atomic():
        shown = queries.public(Fact.objects.filter(organisation=organisation), dates.today())
        rows = shown.filter(kind__in=DISHONESTY, shielded_by="")
        keys, pages = list(rows.values_list("pk", flat=True)), list(rows.values_list("disclosure", flat=True))
        Disclosure.objects.filter(pk__in=[one for one in pages if one], about=_subject(organisation)).update(
            shielded_by=case, statement=statement[:300]
        )
        Fact.objects.filter(pk__in=keys).update(
            shielded_by=case, statement=statement[:300], changed_at=timezone.now()
        )
        record(
            actor, "facts.shielded", _subject(organisation),
            {"case": case, "facts": keys, "statement": statement, "why": why},
        )  # fmt: skip
    return len(keys)


def hide_stated(actor: User | None, organisation: Organisation, case: str, why: str) -> None:
    """What carries the statement of a case is public no more."""
    with transaction.atomic():
        Disclosure.objects.filter(shielded_by=case).update(statement="")
        Fact.objects.filter(shielded_by=case).update(statement="", changed_at=timezone.now())
        record(actor, "facts.shielded", _subject(organisation), {"case": case, "why": why})


def unshield(actor: User | None, organisation: Organisation, case: str, why: str) -> int:
    """What a case hid is public again for what is left of its term, without the statement; how many facts."""
    with transaction.atomic():
        Disclosure.objects.filter(shielded_by=case).update(shielded_by="", statement="")
        rows = Fact.objects.filter(shielded_by=case)
        found = rows.update(shielded_by="", statement="", changed_at=timezone.now())
        record(actor, "facts.unshielded", _subject(organisation), {"case": case, "facts": found, "why": why})
    return found


def stand(
    actor: User | None,
    organisation: Organisation,
    scheme: str,
    value: str,
    since: date,
    *,
    until: date | None = None,
    reference: str = "",
    details: dict[str, Any] | None = None,
) -> Standing:
    """Say how an organisation stands under a scheme from now on."""
    with transaction.atomic():
        standing, _new = Standing.objects.update_or_create(
            organisation=organisation,
            scheme=scheme,
            defaults={
                "value": value, "since": since, "until": until, "reference": reference, "details": details or {},
            },
        )  # fmt: skip
        record(
            actor,
            "facts.standing_set",
            _subject(organisation),
            {"scheme": scheme, "value": value, "since": since.isoformat(), "reference": reference},
        )
        return standing


def leave(actor: User | None, organisation: Organisation, scheme: str, why: str) -> None:
    """An organisation stands under a scheme no more: off the list."""
    with transaction.atomic():
        gone, _rows = Standing.objects.filter(organisation=organisation, scheme=scheme).delete()
        if gone:
            record(actor, "facts.standing_left", _subject(organisation), {"scheme": scheme, "why": why})


def _subject(organisation: Organisation) -> str:
    return f"organisation:{organisation.uscc}"


def _told(fact: Fact) -> dict[str, Any]:
    return {"kind": fact.kind, "reference": fact.reference, "on": fact.on.isoformat(), "title": fact.title}
