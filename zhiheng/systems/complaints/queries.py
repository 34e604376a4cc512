"""Reading complaints and reports: by receipt, what looks repeated, facts about a case, figures.

Nothing here walks all cases: what looks alike is found by indexed digests, a bounded number for each.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Substr
from django.utils import timezone

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import forms as case_forms
from zhiheng.core.cases import offices
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.models import Case, Link, Party, Step
from zhiheng.core.crypto import fingerprint
from zhiheng.core.disclosure import queries as disclosures
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry.models import Organisation
from zhiheng.core.registry.search import matching
from zhiheng.core.search import bigrams
from zhiheng.core.ui import dates
from zhiheng.knowledge.codes import regions
from zhiheng.systems.complaints import rules
from zhiheng.systems.complaints.models import Digest, Mark, Matter

PROCEDURES = (rules.COMPLAINT, rules.REPORT)
PERSON = {rules.COMPLAINT: "complainant", rules.REPORT: "reporter"}
OTHER = {rules.COMPLAINT: "respondent", rules.REPORT: "reported"}
SOME = 100  # cases taken of each sign that two have in common, the newest
SHOWN = 20
DECISIVE = {
    "refuse": "refused", "settle": "settled", "withdraw": "withdrawn", "agree": "agreed", "perform_at_once": "agreed",
    "terminate": "terminated", "give_back": "given_back", "file": "filed", "not_file": "not_filed",
    "not_competent": "not_competent", "not_again": "repeated",
}  # fmt: skip
WARNING = "notice:consumer-warning-"


# -- lists ----------------------------------------------------------------------------------------------------------


def visible_to(user: User) -> QuerySet[Case]:
    """The complaints and reports a person may open."""
    return cases.visible_to(user).filter(procedure__in=PROCEDURES).select_related("matter")


def about_us(user: User) -> QuerySet[Case]:
    """The complaints about the firm somebody stands for, those without an answer first known by ``answered``."""
    firm = user.organisation_id or 0
    mine = Party.objects.filter(key="respondent", organisation_id=firm).exclude(told_at=None)
    return (
        cases.visible_to(user)
        .filter(procedure=rules.COMPLAINT, pk__in=mine.values("case_id"))
        .annotate(answered=Count("steps", filter=Q(steps__key__in=["answer", "offer"])))
    )


def by_receipt(secret: str) -> list[Party]:
    """The parties that a receipt's secret belongs to: a complaint's, a report's, or both."""
    if not secret.strip():
        return []
    return by_digest(engine.receipt_digest(secret))


def by_digest(digest: str) -> list[Party]:
    """The same by the digest that is kept."""
    found = Party.objects.filter(receipt=digest).exclude(receipt="")
    return list(found.select_related("case", "case__subject", "case__merged_into").order_by("pk")[:10])


def organisations(text: str, most: int = 10) -> list[Organisation]:
    """Organisations with a text in their name: the register's public facts."""
    return list(matching(Organisation.objects.filter(merged_into=None), text)[:most])


def organisation(uscc: str) -> Organisation | None:
    """An organisation by its code, or the one it was merged into."""
    return registry.by_uscc([uscc]).get(uscc) if uscc else None


# -- what looks repeated --------------------------------------------------------------------------------------------


def facts_text(case: Case) -> str:
    """What was told when the case was filed."""
    opened = case.steps.filter(key="_opened").order_by("seq").first()
    return _facts(opened)


def _facts(step: Step | None) -> str:
    return str(json.loads(step.personal).get("facts", "")) if step and step.personal else ""


def traits(cases_: Iterable[Case]) -> dict[int, rules.Traits]:
    """What cases are compared by: three statements whatever their number."""
    known = {case.pk: case for case in cases_}
    people = {p.case_id: p for p in Party.objects.filter(case__in=known, key__in=PERSON.values())}
    opened = {s.case_id: s for s in Step.objects.filter(case__in=known, key="_opened")}
    matters = {m.case_id: m for m in Matter.objects.filter(case__in=known)}
    addresses = dict(Mark.objects.filter(case__in=known, kind="address").values_list("case_id", "digest"))
    made = {}
    for pk, case in known.items():
        person, matter = people.get(pk), matters.get(pk)
        made[pk] = rules.Traits(
            phone=person.phone_digest if person else "", name=person.name_digest if person else "",
            address=addresses.get(pk, ""), respondent=respondent_key(case),
            code=matter.code if matter and "/21/" in matter.code else "",
            product=(matter.gtin or rules.plain(matter.product)) if matter else "",
            amount=matter.amount if matter else None, purchased_on=matter.purchased_on if matter else None,
            text=bigrams(_facts(opened.get(pk))),
        )  # fmt: skip
    return made


def respondent_key(case: Case) -> str:
    """Who is complained of, in a form that can be compared."""
    return f"org:{case.subject_id}" if case.subject_id else rules.plain(case.subject_name)


@dataclass(frozen=True)
class Repeat:
    """A case that may be the same matter, and in what."""

    case: Case
    alike: rules.Alike


def repeats(case: Case) -> list[Repeat]:
    """The cases of the same kind that may be the same matter, most alike first; those judged different are left out.

    For the whole province: who may see which, the caller says (``shown_to``).
    """
    found: set[int] = set()
    same = Case.objects.filter(procedure=case.procedure, merged_into=None).exclude(pk=case.pk)
    person = case.parties.filter(key=PERSON[case.procedure]).first()
    if person is not None and person.phone_digest:
        found |= _newest(same.filter(parties__phone_digest=person.phone_digest))
    if person is not None and person.name_digest:
        named = same.filter(parties__name_digest=person.name_digest)
        about = (
            named.filter(subject_id=case.subject_id)
            if case.subject_id
            else named.filter(subject_name=case.subject_name)
        )
        found |= _newest(about)
    for kind in ("purchase", "code", "address", "text"):
        digests = list(case.marks.filter(kind=kind).values_list("digest", flat=True))
        if digests:
            marked = Mark.objects.filter(digest__in=digests, kind=kind).order_by("-case")
            found |= set(marked.values_list("case_id", flat=True)[:SOME])
    judged = Link.objects.filter(Q(first=case) | Q(then=case), kind=Link.Kind.DIFFERENT)
    found -= {pk for pair in judged.values_list("first_id", "then_id") for pk in pair}
    others = list(same.filter(pk__in=found).select_related("subject", "handler")[: 4 * SOME])
    by_case = traits([case, *others])
    alike = ((other, rules.alike(by_case[case.pk], by_case[other.pk])) for other in others)
    likely = [Repeat(other, how) for other, how in alike if how.likely]
    return sorted(likely, key=lambda one: -one.alike.weight)


def _newest(found: QuerySet[Case]) -> set[int]:
    return set(found.order_by("-pk").values_list("pk", flat=True)[:SOME])


def shown_to(user: User, found: list[Repeat]) -> tuple[list[Repeat], dict[str, int]]:
    """Those of the repeats that an officer may open, and how many are in other offices (of complaints only: that a
    report exists is not told)."""
    visible = set(visible_to(user).filter(pk__in=[r.case.pk for r in found]).values_list("pk", flat=True))
    elsewhere = Counter(
        offices.name(r.case.region)
        for r in found
        if r.case.pk not in visible and r.case.procedure == rules.COMPLAINT
    )
    return [r for r in found if r.case.pk in visible][:SHOWN], dict(elsewhere)


# -- facts for the handler (SAMR-121 第十七条) ----------------------------------------------------------------------


@dataclass(frozen=True)
class Factors:
    """Counts and nothing else. Cases of the last year; ``people`` are different names with one telephone or address."""

    since: date
    by_phone: int
    by_phone_same_respondent: int
    by_phone_same_problem: int
    in_thirty_days: int
    alike_by_others: int
    people_by_phone: int
    people_by_address: int
    quantity: int | None
    evidence: int
    purchase_known: bool
    bounded: bool


def factors(case: Case, found: list[Repeat]) -> Factors:
    """The facts that 第十七条 lets an officer consider."""
    since = case.received_at - timedelta(days=365)
    person = case.parties.filter(key=PERSON[case.procedure]).first()
    matter = Matter.objects.filter(case=case).first()
    rows: list[tuple[Any, ...]] = []
    if person is not None and person.phone_digest:
        rows = list(
            Party.objects.filter(
                phone_digest=person.phone_digest,
                key=person.key,
                case__procedure=case.procedure,
                case__received_at__gte=since,
            )
            .exclude(case=case)
            .order_by("-case_id")
            .values_list(
                "case__subject_id",
                "case__subject_name",
                "case__matter__problem",
                "case__received_at",
                "name_digest",
            )[: 5 * SOME]
        )
    same = [r for r in rows if (r[0] == case.subject_id if case.subject_id else r[1] == case.subject_name)]
    names = {r[4] for r in rows if r[4]} | ({person.name_digest} if person and person.name_digest else set())
    return Factors(
        since=dates.local(since).date(), by_phone=len(rows), by_phone_same_respondent=len(same),
        by_phone_same_problem=sum(1 for r in same if matter and r[2] == matter.problem),
        in_thirty_days=sum(1 for r in same if r[3] >= case.received_at - timedelta(days=30)),
        alike_by_others=sum(1 for r in found if "text" in r.alike.codes and not r.alike.same_person),
        people_by_phone=len(names) if rows else min(len(names), 1), people_by_address=_people_at(case),
        quantity=matter.quantity if matter else None, evidence=matter.evidence if matter else 0,
        purchase_known=bool(matter and (matter.purchased_on or matter.amount)), bounded=len(rows) == 5 * SOME,
    )  # fmt: skip


def _people_at(case: Case) -> int:
    digests = list(case.marks.filter(kind="address").values_list("digest", flat=True))
    near = (
        Mark.objects.filter(kind="address", digest__in=digests)
        .order_by("-case")
        .values("case_id")[: 5 * SOME]
    )
    people = Party.objects.filter(case__in=[row["case_id"] for row in near], key=PERSON[case.procedure])
    return len({digest for digest in people.values_list("name_digest", flat=True) if digest})


def mark_digests(texts: Mapping[str, Iterable[str]]) -> list[tuple[str, str]]:
    """The keyed digests of marks, by kind: equal ones are found, and nobody reads one."""
    return [
        (kind, fingerprint(f"{kind}:{text}")[:32])
        for kind, ones in texts.items()
        for text in dict.fromkeys(ones)
        if text
    ]


# -- competence ---------------------------------------------------------------------------------------------------


def office_codes() -> list[str]:
    """The offices there are."""
    return case_forms.office_codes()


def competence(case: Case) -> tuple[str, list[str]]:
    """The law's rule for this case and the competent offices of the province, the first in front."""
    matter = Matter.objects.filter(case=case).first()
    places = rules.Places(
        channel=matter.channel if matter else "shop", domicile=case.subject.region if case.subject else "",
        where=matter.where if matter else "", platform=matter.platform_region if matter else "",
        shown=matter.shown if matter else "", unreachable=matter.unreachable if matter else False,
    )  # fmt: skip
    rule, regions = rules.competent(case.procedure, places, before_121=case.edition == "SAMR-20")
    there = office_codes()
    found = [rules.office_of(region, there) for region in regions]
    return rule, [office for office in dict.fromkeys(found) if office]


# -- figures ------------------------------------------------------------------------------------------------------


def figures(prefix: str, since: date, until: date) -> dict[str, Any]:
    """Complaints and reports received in a jurisdiction in a period (both days in it), and what became of them.

    ``mediation``: of the complaints in which mediation ended, how many with an agreement (reached in mediation, or
    settled by the parties themselves). Plain counts; what is published goes through ``published_form``.
    """
    first, last = regions.span(prefix)
    start = datetime.combine(since, datetime.min.time(), dates.SHANGHAI)
    end = datetime.combine(until + timedelta(days=1), datetime.min.time(), dates.SHANGHAI)
    received = Case.objects.filter(
        region__gte=first, region__lte=last, received_at__gte=start, received_at__lt=end,
        procedure__in=PROCEDURES, merged_into=None,
    ).order_by()  # fmt: skip
    complaints = received.filter(procedure=rules.COMPLAINT)
    kinds = dict(received.values_list("procedure").annotate(n=Count("pk")))

    def by(rows: QuerySet[Case], name: str) -> dict[str, int]:
        return {row[name] or "other": row["n"] for row in rows.values(name).annotate(n=Count("pk"))}

    cities = by(complaints.annotate(city=Substr("region", 1, 4)), "city")
    outcome: dict[str, Counter[str]] = {kind: Counter() for kind in PROCEDURES}
    last_word: dict[int, tuple[str, str]] = {}
    taken = Step.objects.filter(case__in=received, key__in=DECISIVE).order_by("seq")
    for case_id, procedure, key in taken.values_list("case_id", "case__procedure", "key"):
        last_word[case_id] = (procedure, DECISIVE[key])
    for procedure, key in last_word.values():
        outcome[procedure][key] += 1
    for kind in PROCEDURES:
        outcome[kind]["open"] = kinds.get(kind, 0) - sum(outcome[kind].values())
    done = outcome[rules.COMPLAINT]
    agreed = done["agreed"] + done["settled"]
    ended = agreed + done["terminated"]
    rated = Step.objects.filter(case__in=complaints, key="rate").values_list("values__rating", flat=True)
    ratings = [int(value) for value in rated if str(value) in "12345"]
    return {
        "received": {kind: kinds.get(kind, 0) for kind in PROCEDURES},
        "by_city": {f"{code}00": n for code, n in sorted(cities.items())},
        "by_category": by(complaints, "matter__category"),
        "by_problem": by(complaints, "matter__problem"),
        "outcome_complaint": dict(done), "outcome_report": dict(outcome[rules.REPORT]),
        "mediation": {"ended": ended, "agreed": agreed},
        "satisfaction": {"rated": len(ratings), "mean": round(sum(ratings) / len(ratings), 1) if ratings else None},
    }  # fmt: skip


TABLES = ("received", "by_city", "by_category", "by_problem", "outcome_complaint", "outcome_report")


def published_form(found: dict[str, Any]) -> dict[str, Any]:
    """Figures as the public may have them: no cell under five, nor one that could be worked out from the others."""
    shown: dict[str, Any] = {name: rules.suppress(found[name]) for name in TABLES}
    share, whole = rules.rate(found["mediation"]["agreed"], found["mediation"]["ended"])
    shown["mediation"] = {"rate": share, "ended": whole}
    rated = found["satisfaction"]
    shown["satisfaction"] = rated if rated["rated"] >= rules.LEAST else {"rated": None, "mean": None}
    return shown


def digests() -> QuerySet[Digest]:
    """The digests that are public now."""
    return Digest.objects.filter(disclosure__in=disclosures.public(timezone.now())).select_related(
        "disclosure"
    )


def warnings() -> QuerySet[Disclosure]:
    """The consumer warnings that are public now."""
    return disclosures.public(timezone.now()).filter(kind="notice", subject__startswith=WARNING)
