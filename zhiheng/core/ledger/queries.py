"""Reading the ledger, and proving that nobody rewrote it."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from zhiheng.core.accounts.models import User
from zhiheng.core.ledger import rules
from zhiheng.core.ledger.models import Entry, LedgerHead


@dataclass(frozen=True)
class Break:
    """Where the chain is broken, and how.

    ``why``: ``altered`` (the row is not what was hashed), ``missing`` (the row is gone), ``unlinked`` (not
    after the row before it), ``head`` (the head does not belong to the rows).
    """

    seq: int
    why: str

    @property
    def message(self) -> str:
        """The break in words."""
        return {
            "altered": _("第 %(seq)d 条的内容与其哈希不符：已被改动。"),
            "missing": _("第 %(seq)d 条不见了：已被删除。"),
            "unlinked": _("第 %(seq)d 条与前一条不相连：前后有记录被替换。"),
            "head": _("第 %(seq)d 条与链头不符：链头或末尾的记录被改动。"),
        }[self.why] % {"seq": self.seq}


def verify() -> Break | None:
    """Walk the whole chain and return the first break, or None. Streams; may run while others append."""
    head = LedgerHead.objects.filter(pk=1).first()
    # Read before the rows: every entry up to this head is committed by now.
    known, known_hash = (head.seq, head.hash) if head else (0, rules.GENESIS)
    seq, previous = 0, rules.GENESIS
    for row in Entry.objects.order_by("seq").iterator(chunk_size=2000):
        seq += 1
        if row.seq != seq:
            return Break(seq, "missing") if row.seq > seq else Break(row.seq, "unlinked")
        recomputed = rules.entry_hash(
            seq=row.seq,
            at=row.at,
            actor_id=row.actor_id,
            actor_name=row.actor_name,
            action=row.action,
            subject=row.subject,
            detail_json=row.detail_json,
            look=row.look,
            previous_hash=row.previous_hash,
        )
        if recomputed != row.hash:
            return Break(seq, "altered")
        if row.previous_hash != previous:
            return Break(seq, "unlinked")
        if seq == known and row.hash != known_hash:
            return Break(seq, "head")
        previous = row.hash
    if seq < known:
        return Break(seq + 1, "missing")
    if seq > known:
        # Either appended while we read, or put there behind the head's back.
        now = LedgerHead.objects.filter(pk=1).first()
        if now is None or now.seq < seq:
            return Break(known + 1, "head")
    return None


def head() -> LedgerHead:
    """The last number and hash: written down elsewhere, it proves later that the past was not rewritten."""
    return LedgerHead.objects.filter(pk=1).first() or LedgerHead()


def sees_all(user: User) -> bool:
    """Whether a person reads the whole ledger: auditors and the province."""
    return user.may("ledger.read") and user.role in {User.Role.AUDITOR, User.Role.PROVINCE}


def visible_to(user: User) -> QuerySet[Entry]:
    """The entries a person may read: auditors and the province all, others their own and their firm's."""
    entries = Entry.objects.all()
    if not user.is_authenticated or not user.may("ledger.read"):
        return entries.none()
    if sees_all(user):
        return entries
    mine = Q(actor_id=user.pk)
    if user.organisation_id:
        mine |= Q(actor__organisation_id=user.organisation_id)
    return entries.filter(mine)


def looks_at(uscc: str) -> QuerySet[Entry]:
    """Who looked at the personal data of an organisation's people."""
    return Entry.objects.filter(look=True, subject=f"organisation:{uscc}")
