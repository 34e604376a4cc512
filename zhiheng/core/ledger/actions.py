"""The one thing that can happen to the ledger: it grows by one entry."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from zhiheng.core.accounts.models import User
from zhiheng.core.ledger import rules
from zhiheng.core.ledger.models import Entry, LedgerHead
from zhiheng.core.problems import Problem


def record(
    actor: User | None, action: str, subject: str, detail: dict[str, Any] | None = None, *, look: bool = False
) -> Entry:
    """Append an entry in the caller's transaction: the change and its entry commit together or not at all.

    The head's row is locked until the caller commits, so appends queue on PostgreSQL too. That is the
    price of an unbroken chain; call this last in a transaction, and once for a batch rather than once a row.
    ``detail`` holds no personal data in clear: keys, counts and field names, not names and numbers of people.
    """
    subject = rules.clean(subject)
    if len(subject) > 300:
        subject = subject[:299] + "…"
    with transaction.atomic():
        head = LedgerHead.objects.select_for_update().filter(pk=1).first()
        if head is None:
            # The very first entry; somebody else's first entry may be under way, so lock what is there then.
            LedgerHead.objects.get_or_create(pk=1)
            head = LedgerHead.objects.select_for_update().get(pk=1)
        if head.seq == 0 and Entry.objects.exists():
            raise Problem(
                "ledger_broken",
                "The head of the ledger is gone though entries exist; a damaged ledger takes none.",
                status=500,
                remedy="Run `zhiheng doctor`, and restore the ledger from a backup.",
            )
        entry = Entry(
            seq=head.seq + 1,
            at=timezone.now(),
            actor=actor,
            actor_name=actor.username if actor else "",
            action=action,
            subject=subject,
            detail_json=rules.canonical(detail or {}),
            look=look,
            previous_hash=head.hash,
        )
        entry.hash = rules.entry_hash(
            seq=entry.seq,
            at=entry.at,
            actor_id=actor.pk if actor else None,
            actor_name=entry.actor_name,
            action=action,
            subject=subject,
            detail_json=entry.detail_json,
            look=look,
            previous_hash=entry.previous_hash,
        )
        entry.save()
        head.seq, head.hash = entry.seq, entry.hash
        head.save(update_fields=["seq", "hash"])
    return entry
