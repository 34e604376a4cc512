"""Following firms that left the market, and noticing who comes after them with the same people, address or telephone.

Both sweeps go by the registry's own order and go on where they stopped, so they read what is new and nothing twice. A
hint is for officers: namesakes are many, and nothing follows from it by itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from zhiheng.core.crypto import fingerprint
from zhiheng.core.facts import actions as facts
from zhiheng.core.facts import effects
from zhiheng.core.facts.models import Fact
from zhiheng.core.ledger.actions import record
from zhiheng.core.registry.models import Organisation, Person
from zhiheng.core.ui import dates
from zhiheng.systems.listing import rules
from zhiheng.systems.listing.models import Exit, Hint, Mark, Sweep

SOME = 1000
LEFT = (Organisation.Status.REVOKED, Organisation.Status.CLOSED)


# -- who left ------------------------------------------------------------------------------------------------------


@effects.on("penalty")
def ordered_out(found: list[Fact]) -> None:
    """A penalty that revokes, closes or stops puts that on record as a fact of its own."""
    leaving = [one for one in found if set(one.details.get("kinds") or ()) & rules.LEAVING]
    made = [
        Fact(
            organisation=one.organisation, kind=Fact.Kind.REVOKED, on=one.on, title=one.title, reference=one.reference,
            source=one.source, basis=one.basis, region=one.region,
            details={"kinds": sorted(set(one.details["kinds"]) & rules.LEAVING)},
        )
        for one in leaving
    ]  # fmt: skip
    facts.record_facts(None, made)


@effects.on("revoked")
def follow_facts(found: list[Fact]) -> None:
    """Whoever was revoked, closed or stopped by a decision is followed up."""
    begin([(one.organisation, Exit.Why.ORDERED, one.on, one.reference) for one in found])


@effects.on_withdrawn("penalty")
def fell(found: list[Fact]) -> None:
    """The decision fell: what was on record because of it counts no more. The follow-up is ended by an officer."""
    for one in found:
        for then in Fact.objects.filter(
            organisation=one.organisation, kind=Fact.Kind.REVOKED, reference=one.reference, withdrawn_at=None
        ):
            facts.withdraw(None, then, one.withdrawn_why)


def begin(rows: Sequence[tuple[Organisation, str, date, str]]) -> int:
    """Begin to follow firms (organisation, why, since, reference); those already followed stay. How many are new."""
    wanted = {firm.pk: (firm, why, since, reference) for firm, why, since, reference in rows}
    known = set(Exit.objects.filter(organisation__in=wanted).values_list("organisation_id", flat=True))
    fresh = [one for pk, one in wanted.items() if pk not in known]
    if not fresh:
        return 0
    with transaction.atomic():
        made = Exit.objects.bulk_create(
            [Exit(organisation=f, why=w, since=s, reference=r) for f, w, s, r in fresh], ignore_conflicts=True
        )
        exits = {
            e.organisation_id: e for e in Exit.objects.filter(organisation__in=[f.pk for f, *_more in fresh])
        }
        _mark(list(exits.values()))
        record(
            None, "listing.exits_followed", f"exits:{made[0].organisation_id}",
            {"organisations": [f.uscc for f, *_more in fresh]},
        )  # fmt: skip
    return len(fresh)


def _mark(exits: Sequence[Exit]) -> None:
    """Keep by what each firm can be known again, as the registry has it now."""
    marks = marks_of(Organisation.objects.filter(pk__in=[e.organisation_id for e in exits]))
    Mark.objects.bulk_create(
        [Mark(exit=e, kind=kind, digest=digest) for e in exits for kind, digest in marks[e.organisation_id]],
        ignore_conflicts=True,
    )


def marks_of(firms: Iterable[Organisation]) -> dict[int, set[tuple[str, str]]]:
    """The marks of firms, by primary key: their legal representatives (past ones too), addresses, telephones."""
    found: dict[int, set[tuple[str, str]]] = defaultdict(set)
    firms = list(firms)
    for firm in firms:
        if key := rules.address_key(firm.address):
            found[firm.pk].add((Mark.Kind.ADDRESS, fingerprint(key)))
        if key := rules.phone_key(firm.phone):
            found[firm.pk].add((Mark.Kind.PHONE, fingerprint(key)))
    people = Person.objects.filter(
        organisation__in=[firm.pk for firm in firms], duty=Person.Duty.LEGAL_REPRESENTATIVE
    ).exclude(name_digest="")
    for pk, digest in people.values_list("organisation_id", "name_digest"):
        found[pk].add((Mark.Kind.REPRESENTATIVE, digest))
    return found


def follow_registry() -> int:
    """Begin to follow the firms that the registry says are revoked or closed; how many are new."""
    waiting = Organisation.objects.filter(status__in=LEFT, merged_into=None, market_exit=None).order_by("pk")
    done = 0
    while some := list(waiting[:SOME]):
        today = dates.today()
        done += begin([(one, str(one.status), today, "") for one in some])
    return done


# -- who comes after -----------------------------------------------------------------------------------------------


def look_again(now: datetime | None = None) -> int:
    """Compare the organisations that came or changed since the last look with the firms that left; how many hints.

    An organisation counts as changed by its row or by a new legal representative. The first look only notes where it
    stands: what was there before is nobody's successor.
    """
    now = now or timezone.now()
    sweep, new = Sweep.objects.get_or_create(name="exits")
    last_person = Person.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    made, after = 0, 0
    if not new and Mark.objects.exists():
        people = Person.objects.filter(pk__gt=sweep.last_pk, duty=Person.Duty.LEGAL_REPRESENTATIVE)
        changed = Q(pk__in=people.values("organisation_id")) | Q(updated_at__gt=sweep.upto)
        rows = Organisation.objects.filter(changed, merged_into=None, status=Organisation.Status.ACTIVE)
        while some := list(rows.order_by("pk").filter(pk__gt=after)[:SOME]):
            headed = people.filter(organisation__in=some).values_list("organisation_id", flat=True)
            made += _compare(some, set(headed))
            after = some[-1].pk
    sweep.upto, sweep.last_pk = now, last_person
    sweep.save()
    return made


def _compare(firms: Sequence[Organisation], headed: Set[int]) -> int:
    marks = marks_of(firms)
    wanted: dict[str, set[str]] = defaultdict(set)
    for some in marks.values():
        for kind, digest in some:
            wanted[kind].add(digest)
    left: dict[tuple[str, str], list[Exit]] = defaultdict(list)
    for kind, digests in wanted.items():
        for mark in Mark.objects.filter(kind=kind, digest__in=digests).select_related("exit"):
            left[kind, mark.digest].append(mark.exit)
    shared: dict[tuple[int, int], set[str]] = defaultdict(set)
    for firm in firms:
        for kind, digest in marks[firm.pk]:
            for exit_ in left[kind, digest]:
                after = firm.pk in headed or firm.updated_at >= exit_.noticed_at
                if exit_.organisation_id != firm.pk and after:
                    shared[exit_.pk, firm.pk].add(kind)
    there = set(Hint.objects.filter(organisation__in=firms).values_list("exit_id", "organisation_id"))
    fresh = [
        Hint(exit_id=exit_, organisation_id=firm, marks=" ".join(sorted(kinds)))
        for (exit_, firm), kinds in shared.items()
        if (exit_, firm) not in there
    ]
    if fresh:
        with transaction.atomic():
            Hint.objects.bulk_create(fresh, ignore_conflicts=True)
            record(None, "listing.hints_found", f"exits:{fresh[0].exit_id}", {"hints": len(fresh)})
    return len(fresh)
