"""Reading files: one organisation's items, who sees which, what the public sees, and the lists of organisations."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from zhiheng.core.accounts.models import User
from zhiheng.core.facts import queries as facts
from zhiheng.core.facts.models import Fact, Standing
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry import rules as registering
from zhiheng.core.registry.models import Designation, Organisation
from zhiheng.systems.credit import rules
from zhiheng.systems.credit.models import (
    Certificate,
    Change,
    Commitment,
    Consent,
    Look,
    Objection,
    Package,
    Partner,
)
from zhiheng.systems.credit.rules import Item

BASIS_LICENCE = "发改办财金〔2018〕424号（双公示）"
BASIS_CERTIFICATE = "认证证书和认证标志管理办法"


def organisations_visible_to(user: User) -> QuerySet[Organisation]:
    """The organisations whose files a person reads: of the jurisdiction (credit.read), or one's own (credit.own)."""
    if not (user.may("credit.read") or user.may("credit.own")):
        return Organisation.objects.none()
    return registry.organisations_visible_to(user)


def organisation_for(user: User, uscc: str) -> Organisation | None:
    """The organisation of a code when its file is the person's to read; a merged one leads to the one that was kept."""
    found = registry.by_uscc([uscc]).get(uscc)
    if found is None or not (user.may("credit.read") or user.may("credit.own")):
        return None
    return found if registering.reaches(user, found.region, found.pk) else None


def exactly(text: str) -> QuerySet[Organisation]:
    """The organisations of just this code or full name: what the public may ask for without leafing the registry."""
    same = Q(uscc=text.strip().upper()) | Q(name_key=registering.name_key(text)[:200])
    return Organisation.objects.filter(same, merged_into=None).order_by("pk")


# -- one file ---------------------------------------------------------------------------------------------------


def file_of(organisation: Organisation, today: date, *, officer: bool) -> list[Item]:
    """Every item of an organisation's file, the newest first, in three statements.

    What stays with the offices (``rules.CONFIDENTIAL``) is there for officers only.
    """
    rows = Fact.objects.filter(organisation=organisation)
    if not officer:
        rows = rows.exclude(kind__in=rules.CONFIDENTIAL)
    under = {
        (one.fact_id, one.designation_id): one.case
        for one in Objection.objects.filter(
            Q(fact__organisation=organisation) | Q(designation__organisation=organisation),
            case__closed_at=None,
        ).select_related("case")
    }
    items = [_of_fact(one, today, under) for one in rows]
    items += [
        _of_designation(one, today, under) for one in Designation.objects.filter(organisation=organisation)
    ]
    return sorted(items, key=lambda one: (one.on or date.min, one.pk), reverse=True)


def _of_fact(one: Fact, today: date, under: dict[Any, Any]) -> Item:
    return Item(
        pk=f"fact:{one.pk}", group=rules.GROUP_OF[one.kind], kind=one.kind, label=str(one.get_kind_display()),
        title=one.title, number=rules.number_of(one),
        source=one.source, basis=one.basis, on=one.on, counts_until=one.counts_until,
        public_from=None if one.hidden else one.public_from,
        public_until=one.public_until,
        state=rules.fact_state(today, one.on, one.counts_until, one.withdrawn_at is not None),
        why=one.withdrawn_why or one.statement, objection=under.get((one.pk, None)),
    )  # fmt: skip


def _of_designation(one: Designation, today: date, under: dict[Any, Any]) -> Item:
    first = one.issued_on or one.valid_from
    shown = one.kind in rules.PUBLIC_DESIGNATIONS or bool(one.details.get("published"))
    certificate = BASIS_CERTIFICATE if one.kind != Designation.Kind.LICENCE else BASIS_LICENCE
    return Item(
        pk=f"designation:{one.pk}", group=rules.GROUP_OF[one.kind], kind=one.kind, label=str(one.get_kind_display()),
        title=one.title, number=one.number, source=one.issuer, basis=str(one.details.get("basis") or certificate),
        on=first, counts_until=one.valid_until, public_from=(first or date.min) if shown else None,
        public_until=one.valid_until, state=rules.designation_state(today, one.status, one.valid_until),
        objection=under.get((None, one.pk)),
    )  # fmt: skip


def public_file(organisation: Organisation, today: date) -> list[Item]:
    """What the public sees of a file today."""
    return [one for one in file_of(organisation, today, officer=False) if rules.is_public(one, today)]


def standings_of(organisation: Organisation, today: date, *, officer: bool) -> list[Standing]:
    """How an organisation stands today; the risk class is the offices' own (国市监信发〔2022〕6号: internal)."""
    rows = Standing.objects.filter(Q(until=None) | Q(until__gte=today), organisation=organisation)
    if not officer:
        rows = rows.exclude(scheme=Standing.Scheme.RISK_CLASS)
    return list(rows)


def years(items: Iterable[Item]) -> list[tuple[int | None, list[Item]]]:
    """The items by year, as a time line shows them."""
    found: dict[int | None, list[Item]] = {}
    for one in items:
        found.setdefault(one.on.year if one.on else None, []).append(one)
    return list(found.items())


def made_of(organisation: Organisation, today: date) -> tuple[object, ...]:
    """What the public page of an organisation depends on: while it is the same, so is the page."""
    changed = Fact.objects.filter(organisation=organisation).aggregate(at=Max("changed_at"), n=Count("pk"))
    rows = Designation.objects.filter(organisation=organisation).values_list(
        "pk", "status", "valid_until", "number", "title", "issuer", "issued_on", "valid_from", "details"
    )
    objections = Objection.objects.filter(
        Q(fact__organisation=organisation) | Q(designation__organisation=organisation)
    ).values_list("pk", "case__closed_at")
    return (organisation.updated_at, today, changed, sorted(map(str, rows)), sorted(map(str, objections)))


# -- lists ------------------------------------------------------------------------------------------------------


def public_facts(today: date) -> QuerySet[Fact]:
    """Everything that is public today about anybody, the newest first."""
    return (
        facts.public(Fact.objects.all(), today)
        .exclude(kind__in=rules.CONFIDENTIAL)
        .select_related("organisation")
        .order_by("-on", "-id")
    )


def list_made_of(today: date) -> tuple[object, ...]:
    """What the public list depends on: the newest change of any fact (an index has it), and the day."""
    changed = Fact.objects.order_by("-changed_at").values_list("changed_at", flat=True).first()
    return (today, changed)


# -- risk classes -----------------------------------------------------------------------------------------------


def class_counts(user: User) -> dict[str, int]:
    """How many organisations of an officer's jurisdiction are of each class."""
    if not user.may("credit.read") or user.prefix is None:
        return {}
    rows = Standing.objects.filter(scheme=Standing.Scheme.RISK_CLASS).order_by().values_list("value")
    counted = rows.annotate(n=Count("pk"))
    if len(user.prefix) > 2:
        here = registry.within(user.prefix, "organisation__region")
        return dict(counted.filter(here, organisation__merged_into=None))
    # The whole province: all less the few that were merged away, so that no organisation is looked up.
    merged = counted.filter(organisation__in=Organisation.objects.exclude(merged_into=None))
    return Counter(dict(counted)) - Counter(dict(merged))


def class_changes(user: User) -> QuerySet[Change]:
    """Organisations of the jurisdiction whose class changed, the newest first."""
    if not user.may("credit.read"):
        return Change.objects.none()
    return Change.objects.filter(organisation__in=organisations_visible_to(user)).select_related(
        "organisation", "run"
    )


# -- packages ---------------------------------------------------------------------------------------------------


def partners_visible_to(user: User) -> QuerySet[Partner]:
    """The platforms exchanged with: the province's business. An account that is a platform's own sees that one only."""
    if not user.may("credit.read") or user.prefix is None or len(user.prefix) > 2:
        return Partner.objects.none()
    own = Partner.objects.filter(account=user)
    return own if own.exists() else Partner.objects.all()


def packages_visible_to(user: User) -> QuerySet[Package]:
    """The packages to and from them."""
    return Package.objects.filter(partner__in=partners_visible_to(user)).select_related("partner")


# -- what an organisation gave and got --------------------------------------------------------------------------


def consents_visible_to(user: User) -> QuerySet[Consent]:
    """The consents of one's own organisation and those merged into it; ``seen``: how often each was used."""
    if not user.may("credit.own") or not user.organisation_id:
        return Consent.objects.none()
    own = Q(organisation=user.organisation_id) | Q(organisation__merged_into=user.organisation_id)
    return Consent.objects.filter(own).annotate(seen=Count("looks"))


def looks_visible_to(user: User) -> QuerySet[Look]:
    """The looks taken with them."""
    return Look.objects.filter(consent__in=consents_visible_to(user)).select_related("consent")


def certificates_visible_to(user: User) -> QuerySet[Certificate]:
    """The certificates of organisations whose files a person reads."""
    return Certificate.objects.filter(organisation__in=organisations_visible_to(user)).select_related(
        "organisation"
    )


def commitments_of(organisation: Organisation) -> QuerySet[Commitment]:
    """What an organisation's representatives signed, the newest first."""
    return Commitment.objects.filter(organisation=organisation).select_related("person", "signed_by")
