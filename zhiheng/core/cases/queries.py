"""Reading cases: who sees which, what is on whose desk, how offices stand."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Substr

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import rules
from zhiheng.core.cases.models import INDEX, Case, Clock, Document, File, Notice, Party, Step
from zhiheng.core.ledger.models import Entry
from zhiheng.knowledge.codes import regions
from zhiheng.knowledge.law.load import Course, law

BY_PERSON = ("handler", "second", "subject")


def _within(prefix: str, field: str = "region") -> Q:
    first, last = regions.span(prefix)
    return Q(**{f"{field}__gte": first, f"{field}__lte": last})


def visible_to(user: User) -> QuerySet[Case]:
    """The cases a person may open.

    Regulators and the auditor: their jurisdiction's, a secret one (a report) only in its own office; and those another
    office has with theirs (assistance, a dispute over jurisdiction, a listing). Police and procurators: what was handed
    over to their office. Enterprises, laboratories and watchers: those they were told of.
    """
    cases = Case.objects.select_related(*BY_PERSON)
    if not user.is_active:
        return cases.none()
    if user.may("cases.read"):
        if user.prefix is None:
            return cases.none()
        # Nobody reads a secret case from above or from the side: its office does, and those who handle it.
        mine = Q(region=user.region) if user.may("cases.work") else Q(pk__in=[])
        within = _within(user.prefix) & (Q(secret=False) | mine)
        # Few or none, so they are asked for first: an OR with a subquery would cost every list its index.
        elsewhere = list(_of_office(user).exclude(told_at=None).values_list("case_id", flat=True))
        return cases.filter(within | Q(pk__in=elsewhere) if elsewhere else within)
    return cases.filter(pk__in=_stands_for(user).exclude(told_at=None).values("case_id"))


def _stands_for(user: User) -> QuerySet[Party]:
    """The parties of all cases that a person is, or acts for: himself, his organisation, his office."""
    if user.role in rules.JUSTICE:
        return Party.objects.filter(key=user.role, region=user.region)
    if user.role in rules.REGULATORS:
        return Party.objects.filter(key__in=authorities(), region=user.region)
    mine = Q(user=user)
    if user.organisation_id:
        mine |= Q(organisation_id=user.organisation_id)
    return Party.objects.filter(mine)


@lru_cache(maxsize=1)
def authorities() -> frozenset[str]:
    """The keys of parties that other regulators can be: who asks for assistance, the other side of a dispute …"""
    parties = (item for one in law().procedures.values() for item in one.parties.items())
    return frozenset(key for key, party in parties if party.kind == "authority") - rules.JUSTICE


def _of_office(user: User) -> QuerySet[Party]:
    """The parties that an office of regulators is in cases outside its jurisdiction."""
    if user.role not in rules.REGULATORS:
        return Party.objects.none()
    return _stands_for(user).exclude(_within(user.prefix or "", "case__region"))


def reads_whole(user: User, case: Case) -> bool:
    """Whether somebody reads a case as its office does; another office that is a party reads what parties may."""
    if not user.may("cases.read") or user.prefix is None:
        return False
    first, last = regions.span(user.prefix)
    return first <= case.region <= last and (not case.secret or case.region == user.region)


def on_desk(user: User) -> QuerySet[Case]:
    """The open cases in an officer's own hands."""
    # Two walks along an index each; one condition with "or" would walk the whole office.
    hands = [Case.objects.filter(closed_at=None, **{hand: user}) for hand in ("handler", "second")]
    keys = {pk for found in hands for pk in found.order_by().values_list("pk", flat=True)}
    return visible_to(user).filter(pk__in=keys)


def open_in_office(user: User) -> QuerySet[Case]:
    """The open cases of an officer's office."""
    return visible_to(user).filter(region=user.region, closed_at=None)


def matching(cases: QuerySet[Case], text: str) -> QuerySet[Case]:
    """Cases with a text in their number, title, subject or outside number; a whole number finds its case alone."""
    exact = cases.filter(number=text.strip())
    return exact if exact.exists() else INDEX.matching(cases, text)


def colleagues(region: str) -> QuerySet[User]:
    """Those who may be given cases of an office."""
    return User.objects.filter(role__in=rules.REGULATORS, region=region, is_active=True).order_by("username")


def parties_of(case: Case, user: User) -> list[str]:
    """The keys of the parties that a person stands for in a case."""
    return [
        p.key
        for p in case.parties.all()
        if p.told_at is not None
        and (
            p.user_id == user.pk
            or (p.organisation_id is not None and p.organisation_id == user.organisation_id)
            or rules.stands_for_office(user.role, user.region, p.key, p.region)
        )
    ]


def documents_for(case: Case, keys: Iterable[str] | None) -> list[Document]:
    """The documents of a case that parties may have; ``None`` is the office, which has them all."""
    made = case.documents.select_related("step", "signed").order_by("id")
    return [d for d in made if keys is None or set(keys) & set(d.sees)]


def files_for(case: Case, keys: Iterable[str] | None) -> list[File]:
    """The files of a case that parties may have: their own and those that were given to them."""
    kept = case.files.select_related("party", "user").order_by("id")
    if keys is None:
        return list(kept)
    wanted = set(keys)
    return [f for f in kept if wanted & set(f.sees) or (f.party is not None and f.party.key in wanted)]


def steps_for(case: Case, keys: Iterable[str] | None) -> list[Step]:
    """The story of a case as parties may know it: what they did and what they were told of."""
    taken = case.steps.select_related("actor", "second", "party").order_by("seq")
    if keys is None:
        return list(taken)
    wanted = set(keys)
    told = set(Notice.objects.filter(case=case, party__key__in=wanted).values_list("step_id", flat=True))
    return [s for s in taken if s.pk in told or (s.party is not None and s.party.key in wanted)]


def running_clocks(cases: QuerySet[Case]) -> QuerySet[Clock]:
    """The clocks that run in open cases, those that end first before the others."""
    return (
        Clock.objects.filter(case__in=cases, state__in=[Clock.State.RUNNING, Clock.State.PAUSED])
        .select_related("case", "case__handler")
        .order_by(F("due_at").asc(nulls_last=True), "case_id")
    )


def told(user: User) -> Q:
    """Which notices are somebody's: his own, his organisation's, his office's."""
    return Q(user=user) | Q(party__in=_stands_for(user).order_by().values("pk"))


def notices_for(user: User) -> QuerySet[Notice]:
    """What an officer, or the organisation or office somebody stands for, was told."""
    return Notice.objects.filter(told(user)).select_related("case", "step", "document", "party")


# -- figures: the same for every procedure -------------------------------------------------------------------------


def level_below(user: User) -> int:
    """How many characters of a region code tell the offices below somebody apart: cities, or counties."""
    return {2: 4, 4: 6}.get(len(user.prefix or ""), 6)


def figures(user: User, since: datetime, now: datetime, level: int = 6) -> list[dict[str, Any]]:
    """How offices stand, by region (``level`` characters of its code) and procedure.

    Each row: received since, closed since, open, late (open past a binding end), clocks stopped since, of these on
    time, mean days from receipt to end. Offices of the reader's jurisdiction; numbers only, no case is named.
    """
    if not user.may("cases.figures") or user.prefix is None:
        return []
    place = Substr("region", 1, level)
    within = Case.objects.filter(_within(user.prefix))
    age = ExpressionWrapper(F("closed_at") - F("received_at"), output_field=DurationField())
    rows: dict[tuple[str, str], dict[str, Any]] = {}

    def row(place: str, procedure: str) -> dict[str, Any]:
        return rows.setdefault(
            (place, procedure),
            {"region": place.ljust(6, "0"), "procedure": procedure, "received": 0, "closed": 0, "open": 0, "late": 0,
             "stopped": 0, "on_time": 0, "days": None},
        )  # fmt: skip

    grouped = within.order_by().annotate(place=place).values("place", "procedure")
    for one in grouped.filter(received_at__gte=since).annotate(n=Count("pk")):
        row(one["place"], one["procedure"])["received"] = one["n"]
    for one in grouped.filter(closed_at__gte=since).annotate(n=Count("pk"), mean=Avg(age)):
        row(one["place"], one["procedure"]).update(closed=one["n"], days=one["mean"].total_seconds() / 86400)
    for one in grouped.filter(closed_at=None).annotate(
        n=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now))
    ):
        row(one["place"], one["procedure"]).update(open=one["n"], late=one["late"])
    stopped = (
        Clock.objects.filter(_within(user.prefix, "case__region"), stopped_at__gte=since, binding=True)
        .order_by()
        .annotate(place=Substr("case__region", 1, level), procedure=F("case__procedure"))
        .values("place", "procedure")
        .annotate(n=Count("pk"), in_time=Count("pk", filter=Q(late=False)))
    )
    for one in stopped:
        row(one["place"], one["procedure"]).update(stopped=one["n"], on_time=one["in_time"])
    return [rows[key] for key in sorted(rows)]


AGES = (7, 15, 30, 60, 90)


def ages(user: User, now: datetime) -> list[tuple[str, int]]:
    """How old the open cases of a jurisdiction are: days since receipt, in bands."""
    if not user.may("cases.figures") or user.prefix is None:
        return []
    bounds = [now - timedelta(days=days) for days in AGES]
    counts = {}
    newest = None
    for days, bound in zip((*AGES, None), (*bounds, None), strict=True):
        band = Q()
        if newest is not None:
            band &= Q(received_at__lt=newest)
        if bound is not None:
            band &= Q(received_at__gte=bound)
        counts[f"≤ {days}" if days else f"> {AGES[-1]}"] = Count("pk", filter=band)
        newest = bound
    found = Case.objects.filter(_within(user.prefix), closed_at=None).aggregate(
        **{f"n{i}": c for i, c in enumerate(counts.values())}
    )
    return [(label, found[f"n{i}"]) for i, label in enumerate(counts)]


# -- the ledger tells the same story ---------------------------------------------------------------------------


def replay(case: Case, course: Course) -> rules.Facts:
    """The case as the ledger's entries alone say it is: state, steps taken, documents made, clocks.

    Compared with ``actions.facts_of`` this shows whether anything was changed behind the engine's back.
    """
    facts = rules.Facts("")
    for entry in Entry.objects.filter(subject=case.key, action__startswith="case.").order_by("seq"):
        detail = entry.detail
        if "step" not in detail:
            continue
        if detail["step"] == "_opened":
            done = rules.Change(detail["to"], start=course.procedure.starts)
        else:
            done = rules.Change(
                detail["to"],
                stop=tuple(detail.get("stop", ())),
                pause=tuple((key, ground) for key, ground in detail.get("pause", ())),
                resume=tuple(detail.get("resume", ())),
                start=tuple(detail.get("start", ())),
            )
        facts = rules.apply(facts, detail["step"], done, detail.get("documents", ()))
        if detail["step"] == "_merged":
            facts = rules.merged(facts)
    return facts
