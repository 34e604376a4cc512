"""Third-party bodies (Y15): laboratories, certifiers, trade associations, and what they issued here."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.models import Step
from zhiheng.core.disclosure import queries as disclosures
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry import rules
from zhiheng.core.registry.models import Designation, Organisation
from zhiheng.core.registry.words import qualification_badge
from zhiheng.systems.inspection.models import Report, Retest
from zhiheng.systems.inspection.queries import samples_visible_to

SHOWN = 200


@dataclass(frozen=True)
class Certificate:
    """A recognition as pages show it."""

    row: Designation
    scope: str
    state: rules.Qualification

    @property
    def badge(self) -> Any:
        """Its state, to be shown."""
        return qualification_badge(self.state)


def public_bodies() -> QuerySet[Organisation]:
    """The bodies the public may know of: the register's public facts, like any organisation's."""
    return registry.bodies(Organisation.objects.filter(merged_into=None))


def bodies_visible_to(user: User) -> QuerySet[Organisation]:
    """The bodies of an officer's jurisdiction."""
    if not user.may("inspection.read"):
        return Organisation.objects.none()
    return registry.bodies(registry.organisations_visible_to(user))


def body_for(user: User, uscc: str) -> Organisation | None:
    """A body that an officer may look at: of the jurisdiction, or one that reported on a sample taken there."""
    found = registry.by_uscc([uscc]).get(uscc)
    if found is None or not found.is_body or not user.may("inspection.read"):
        return None
    reaches = rules.reaches(user, found.region, found.pk)
    return found if reaches or reports_visible_to(user, found).exists() else None


def certificates(rows: list[Designation], today: date, *, public: bool) -> list[Certificate]:
    """The recognitions of a body. The public sees what the organisation's credit page shows: laboratories' valid ones,
    because certificates have a public query; others only once they were published."""
    found = [
        Certificate(
            row, str(row.details.get("scope") or ""),
            rules.qualification_of(row.status, row.valid_from or row.issued_on, row.valid_until, today),
        )
        for row in rows
    ]  # fmt: skip
    if public:
        shown = Designation.Kind.LABORATORY
        found = [
            one
            for one in found
            if one.state in ("valid", "expiring")
            and (one.row.kind == shown or one.row.details.get("published"))
        ]
    return found


# -- what a body issued here ------------------------------------------------------------------------------------


def public_results(body: Organisation, now: datetime) -> list[tuple[Report, Disclosure]]:
    """Its reports on samples whose check is public now, with the disclosure; never a report that was taken back."""
    about = Concat(Value("check:"), OuterRef("sample__number"), output_field=CharField())
    public = disclosures.public(now).filter(kind="check")
    rows = list(
        Report.objects.filter(Exists(public.filter(subject=about)), laboratory=body, withdrawn_at=None)
        .select_related("sample")
        .order_by("-issued_at", "-pk")[:SHOWN]
    )
    shown = {
        one.subject: one for one in public.filter(subject__in=[f"check:{r.sample.number}" for r in rows])
    }
    return [(row, shown[f"check:{row.sample.number}"]) for row in rows]


def reports_visible_to(user: User, body: Organisation) -> QuerySet[Report]:
    """Its reports on samples that an officer sees."""
    seen = samples_visible_to(user).order_by().values("pk")
    return Report.objects.filter(laboratory=body, sample__in=seen).select_related("sample", "laboratory")


def retests_visible_to(user: User, body: Organisation) -> QuerySet[Retest]:
    """The re-tests that were given to it, of samples that an officer sees."""
    seen = samples_visible_to(user).order_by().values("pk")
    return Retest.objects.filter(laboratory=body, sample__in=seen).select_related("sample", "case")


def mediations(user: User, body: Organisation) -> QuerySet[Step]:
    """Steps in which an office entrusted a mediation to a body of exactly this name; nobody checked that it is the
    same."""
    rows = Step.objects.filter(key="delegate", case__procedure="complaint", values__delegate=body.name)
    seen = cases.visible_to(user).order_by().values("pk")
    return rows.filter(case__in=seen).select_related("case").order_by("-at")


def of_page(user: User, body: Organisation, today: date) -> dict[str, Any]:
    """What an officer's page of a body shows."""
    found = registry.bodies(Organisation.objects.filter(pk=body.pk)).get()
    return {
        "body": found,
        "state": qualification_badge(rules.qualification(found.certificates, today)),  # type: ignore[attr-defined]
        "certificates": certificates(found.certificates, today, public=False),  # type: ignore[attr-defined]
        "retests": retests_visible_to(user, body)[:SHOWN],
        "mediations": mediations(user, body)[:SHOWN],
    }
