"""What a penalty says about an organisation, for whoever gathers and weighs facts (core/facts).

Penalties of natural persons are no facts: the register holds organisations.
"""

from collections.abc import Iterable, Iterator, Sequence

from zhiheng.core.facts import matching
from zhiheng.core.facts.gathering import source
from zhiheng.core.facts.layouts import layout
from zhiheng.core.facts.models import Fact, Unmatched
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.knowledge.law.load import law
from zhiheng.systems.enforcement import official
from zhiheng.systems.enforcement.models import PenaltyRecord

NATURAL_PERSON = "自然人"


def reference(row: PenaltyRecord) -> str:
    """By what the fact of a penalty is known: the case here, or the row that was sent in."""
    return f"case:{row.decision_no}" if row.case_id else f"penalty:{row.pk}"


def kinds_of(words: str) -> list[str]:
    """The kinds of the law's list (L-APL-PEN Art. 9) that an official text names; what it does not know is left out."""
    choices = law().procedures["penalty"].fields["kinds"].choices
    return [key for key, one in choices.items() if key != "other" and one.zh in words]


def fact_of(row: PenaltyRecord, organisation: Organisation) -> Fact:
    """The fact of one penalty. It is public while its disclosure is; one that was sent in never makes itself public."""
    shown = row.disclosure
    ended = shown is None or shown.withdrawn_at is not None
    return Fact(
        organisation=organisation, kind=Fact.Kind.PENALTY, on=row.decided_on, title=row.violation_type[:300],
        reference=reference(row), source=row.authority, basis=row.basis[:300] or row.decision_no, region=row.region,
        details={
            "decision_no": row.decision_no, "kinds": kinds_of(row.kinds), "fine": str(row.fine),
            "confiscated": str(row.confiscated), "violation_type": row.violation_type[:300],
        },
        public_from=None if ended or shown is None else dates.local(shown.published_from).date(),
        public_until=None if ended else row.published_until, disclosure=shown,
    )  # fmt: skip


def held(row: PenaltyRecord) -> Unmatched:
    """A penalty whose organisation nobody could tell by its code: it waits for a person."""
    return Unmatched(
        kind=Fact.Kind.PENALTY, reference=reference(row), title=row.violation_type[:300], name=row.party_name,
        code=row.code, registration_no=row.registration_no, on=row.decided_on, source=row.authority, region=row.region,
        fact=matching.payload(fact_of(row, Organisation())),
    )  # fmt: skip


def facts_of(rows: Iterable[PenaltyRecord]) -> list[Fact]:
    """The facts of rows with an organisation; those without one are kept for matching."""
    rows = [one for one in rows if one.category != NATURAL_PERSON]
    matching.hold([held(one) for one in rows if one.organisation is None])
    return [fact_of(one, one.organisation) for one in rows if one.organisation is not None]


@source("penalties")
def everything() -> Iterator[Fact]:
    """The facts of all penalties on record that still stand."""
    rows = PenaltyRecord.objects.select_related("organisation", "disclosure", "case").order_by("pk")
    for row in rows.iterator(chunk_size=1000):
        if row.case is not None and row.case.steps.filter(key="overturned").exists():
            continue
        yield from facts_of([row])


@matching.tie("penalty")
def tie(key: str, organisation: Organisation | None) -> None:
    """A penalty that was sent in belongs to the organisation that a person found."""
    PenaltyRecord.objects.filter(pk=key, case=None).update(organisation=organisation)


@layout("penalty", "penalties")
def rows(facts: Sequence[Fact]) -> list[dict[str, str]]:
    """Penalties of ours by the official field codes (SGS-CF); what is empty is left out."""
    numbers = [one.reference.removeprefix("case:") for one in facts]
    found = PenaltyRecord.objects.filter(case__isnull=False, decision_no__in=numbers).order_by("pk")
    codes = [column.code for column in official.COLUMNS]
    return [
        {code: cell for code, cell in zip(codes, official.cells(row), strict=True) if cell} for row in found
    ]
