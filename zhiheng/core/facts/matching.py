"""Who a record is about: by its code; else it waits until a person says so, and that can be taken back.

A valid code that is registered decides. The placeholder of those without a code (17 zeros and X, rule R3) never does,
and a name never does by itself: it only makes a proposal.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.accounts.models import User
from zhiheng.core.facts.actions import record_facts, restore, withdraw
from zhiheng.core.facts.models import Fact, Unmatched
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry import rules as registering
from zhiheng.core.registry.models import Designation, Name, Organisation
from zhiheng.knowledge.codes import uscc
from zhiheng.knowledge.codes.errors import CodeError

log = logging.getLogger(__name__)
MOST = 5  # proposals shown for one record
SOME = 500
Tie = Callable[[str, Organisation | None], None]
_ties: dict[str, Tie] = {}


def tie(prefix: str) -> Callable[[Tie], Tie]:
    """Register how a room ties its own row (``<prefix>:<id>``) to the organisation that was found; None unties it."""

    def register(function: Tie) -> Tie:
        _ties[prefix] = function
        return function

    return register


@tie("designation")
def _designation(key: str, organisation: Organisation | None) -> None:
    row = Designation.objects.get(pk=key)
    clash = Designation.objects.filter(organisation=organisation, kind=row.kind, number=row.number).exclude(
        pk=row.pk
    )
    if organisation is not None and clash.exists():
        raise Problem(
            "already_there", _("这个主体已经有同一编号的记录。"), status=409, remedy=_("请核对两条记录。")
        )
    row.organisation, row.changed_at = organisation, timezone.now()
    row.save(update_fields=["organisation", "changed_at"])


def hold(rows: Sequence[Unmatched]) -> int:
    """Keep records whose organisation is not known; those already kept stay as they are. How many are new."""
    there = set(
        Unmatched.objects.filter(reference__in=[one.reference for one in rows]).values_list(
            "reference", flat=True
        )
    )
    fresh = {one.reference: one for one in rows if one.reference not in there}
    Unmatched.objects.bulk_create(fresh.values())
    return len(fresh)


def hold_designations(rows: Iterable[Designation], region: str) -> int:
    """Keep licences, certificates or honours that belong to no organisation by their code; ``region`` sent them."""
    return hold(
        [
            Unmatched(
                kind=one.kind, reference=f"designation:{one.pk}", title=one.title[:300], name=one.holder,
                code=str(one.details.get("code") or ""), registration_no=one.registration_no, on=one.issued_on,
                source=one.issuer, region=region,
            )
            for one in rows
        ]
    )  # fmt: skip


def payload(fact: Fact) -> dict[str, Any]:
    """The fields of a fact as they are kept until its organisation is known."""
    names = ("kind", "on", "title", "reference", "source", "basis", "region", "details", "counts_until", "public_from",
             "public_until")  # fmt: skip
    values = {name: getattr(fact, name) for name in names}
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in values.items()}


def codes(text: str) -> str:
    """A code in its normal form when it is a real one; empty for the placeholder, a wrong one, or none."""
    if not text or uscc.is_placeholder(text):
        return ""
    try:
        return uscc.validate(text)
    except CodeError:
        return ""


def proposals(rows: Iterable[Unmatched]) -> dict[int, list[Organisation]]:
    """For each record the organisations of exactly its name (width, brackets and spaces apart), former names too."""
    keys = {one.pk: registering.name_key(one.name)[:200] for one in rows}
    wanted = [key for key in set(keys.values()) if key]
    found: dict[str, dict[int, Organisation]] = defaultdict(dict)
    for one in Organisation.objects.filter(name_key__in=wanted, merged_into=None):
        found[one.name_key][one.pk] = one
    named = Name.objects.filter(name_key__in=wanted, kind=Name.Kind.FORMER)
    for name in named.select_related("organisation__merged_into"):
        one = registry.current(name.organisation)
        found[name.name_key][one.pk] = one
    return {pk: list(found[key].values())[:MOST] for pk, key in keys.items()}


def decide(actor: User, row: Unmatched, organisation: Organisation | None, why: str) -> Unmatched:
    """A person says who a record is about, or (None) that it is nobody registered here; with the reason."""
    if not why.strip():
        raise Problem("reason_missing", _("请写明根据什么认定。"), status=422, errors={"why": _("必填")})
    return settle(actor, row, organisation, why)


def settle(actor: User | None, row: Unmatched, organisation: Organisation | None, why: str) -> Unmatched:
    """Tie a waiting record to its organisation: by a person (``decide``), or by a code that came or was registered."""
    with transaction.atomic():
        row = Unmatched.objects.select_for_update().get(pk=row.pk)
        if row.state != Unmatched.State.WAITING:
            raise Problem(
                "already_decided", _("这一条已经确认过。"), status=409, remedy=_("需要时先撤销原来的确认。")
            )
        row.state = Unmatched.State.MATCHED if organisation else Unmatched.State.NOBODY
        row.organisation, row.why = organisation, why.strip()[:300]
        row.decided_by, row.decided_at = actor, timezone.now()
        row.save()
        record(
            actor, "facts.matched" if organisation else "facts.matched_nobody", f"record:{row.reference}",
            {"organisation": organisation.uscc if organisation else "", "why": row.why},
        )  # fmt: skip
        if organisation is not None:
            _apply(actor, row, organisation)
    return row


def _apply(actor: User | None, row: Unmatched, organisation: Organisation) -> None:
    _tie(row, organisation)
    if row.fact:
        fact = Fact(organisation=organisation, **row.made)
        if not record_facts(actor, [fact]):
            was = Fact.objects.get(organisation=organisation, kind=fact.kind, reference=fact.reference)
            if was.withdrawn_at is not None:
                restore(actor, was, row.why)


def undo(actor: User, row: Unmatched, why: str) -> Unmatched:
    """Take a decision back: the fact is withdrawn, the row untied, and the record waits again."""
    if not why.strip():
        raise Problem("reason_missing", _("请写明撤销的理由。"), status=422, errors={"why": _("必填")})
    with transaction.atomic():
        row = Unmatched.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=row.pk)
        if row.state == Unmatched.State.WAITING:
            raise Problem("not_decided", _("这一条还没有确认。"), status=409)
        was = row.organisation
        row.state, row.organisation, row.decided_by, row.decided_at = (
            Unmatched.State.WAITING,
            None,
            None,
            None,
        )
        row.why = ""
        row.save()
        if was is not None:
            _tie(row, None)
            for fact in Fact.objects.filter(
                organisation=was, reference=(row.fact or {}).get("reference", ""), withdrawn_at=None
            ):
                withdraw(actor, fact, why)
        record(
            actor, "facts.match_undone", f"record:{row.reference}",
            {"organisation": was.uscc if was else "", "why": why.strip()[:300]},
        )  # fmt: skip
    return row


def _tie(row: Unmatched, organisation: Organisation | None) -> None:
    prefix, _colon, key = row.reference.partition(":")
    if prefix in _ties:
        _ties[prefix](key, organisation)


def retry() -> int:
    """Records with a valid code that was not registered when they came: once it is, the code decides. How many."""
    done, last = 0, 0
    waiting = Unmatched.objects.filter(state=Unmatched.State.WAITING).exclude(code="").order_by("pk")
    while rows := list(waiting.filter(pk__gt=last)[:SOME]):
        last = rows[-1].pk
        coded = {one.pk: codes(one.code) for one in rows}
        firms = registry.by_uscc({code for code in coded.values() if code})
        for one in rows:
            if (firm := firms.get(coded[one.pk])) is None:
                continue
            try:
                settle(None, one, firm, _("统一社会信用代码已登记"))
                done += 1
            except Problem as problem:  # somebody was faster, or it is there already: a person looks at it
                log.info("%s not matched: %s", one, problem.message)
    return done
