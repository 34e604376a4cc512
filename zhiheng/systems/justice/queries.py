"""Reading transfers: who has them, what goes along, how the link works."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Substr

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases import running
from zhiheng.core.cases.models import Case, Clock, Document, File, Link, Step
from zhiheng.knowledge.codes import regions
from zhiheng.systems.justice import rules
from zhiheng.systems.justice.models import Enclosure


def visible_to(user: User) -> QuerySet[Case]:
    """The transfers a person may open."""
    return cases.visible_to(user).filter(procedure="transfer")


def penalty_of(transfer: Case) -> Case | None:
    """The penalty case that led to a transfer."""
    link = (
        transfer.linked.filter(kind=Link.Kind.OPENED, first__procedure="penalty")
        .select_related("first", "first__handler", "first__subject")
        .first()
    )
    return link.first if link else None


def transfers_of(penalty: Case) -> QuerySet[Case]:
    """The transfers that a penalty case led to, newest first."""
    return Case.objects.filter(
        linked__first=penalty, linked__kind=Link.Kind.OPENED, procedure="transfer"
    ).order_by("-id")


def documents_that_may_go(penalty: Case) -> list[Document]:
    """The documents of the penalty case that may be handed over."""
    secret = _secret(penalty)
    return [
        d
        for d in penalty.documents.select_related("step", "signed", "case").order_by("id")
        if rules.may_enclose(d.sees, "", secret, d.step.key)
    ]


def files_that_may_go(penalty: Case) -> list[File]:
    """The files of the penalty case that may be handed over."""
    secret = _secret(penalty)
    return [
        f
        for f in penalty.files.select_related("step", "party", "case").order_by("id")
        if rules.may_enclose(f.sees, f.party.key if f.party else "", secret, f.step.key if f.step else "")
    ]


def own_files_that_may_go(transfer: Case) -> list[File]:
    """The office's own files in the transfer case that nobody outside has yet."""
    enclosed = enclosed_in(transfer).values_list("file_id", flat=True)
    return [
        f
        for f in transfer.files.select_related("step").filter(party=None).exclude(pk__in=list(enclosed))
        if not f.sees and (f.step is None or f.step.key != "_noted") and not _is_scan(f)
    ]


def _is_scan(file: File) -> bool:
    return Document.objects.filter(signed=file).exists()


def _secret(case: Case) -> frozenset[str]:
    return frozenset(k for k, p in running.course_of(case).procedure.parties.items() if p.secret)


def enclosed_in(transfer: Case) -> QuerySet[Enclosure]:
    """What goes along with a transfer."""
    return transfer.enclosures.filter(withdrawn_at=None).select_related(
        "file", "from_file__case", "from_document__case", "from_document__step"
    )


def desk_of(user: User) -> dict[str, list[Case]]:
    """The open transfers of a police office or procuratorate: those it has to act in, and the others."""
    found: dict[str, list[Case]] = {"mine": [], "others": []}
    waiting = rules.awaited(user.role)
    rows = visible_to(user).filter(closed_at=None).prefetch_related("clocks").order_by("due_at", "pk")
    for case in rows[:200]:
        found["mine" if case.state in waiting else "others"].append(case)
    return found


COUNTED = {
    "handed": ("hand_over",), "accepted": ("file", "reverse"), "refused": ("not_file",), "upheld": ("uphold",),
    "forwarded": ("forward",), "supervised": ("suggest_supervision",), "demanded": ("demand",),
    "returned": ("give_back", "resume_penalty", "accept_refusal"),
}  # fmt: skip
"""What is counted, and by which steps."""


def figures(user: User, since: datetime, level: int = 6) -> list[dict[str, Any]]:
    """How the link works, by the office that hands over: what happened since, what is open, clocks on time.

    Numbers only; no case is named. Each row also has the clocks of the police and procuratorate apart.
    """
    if not user.may("cases.figures") or user.prefix is None:
        return []
    first, last = regions.span(user.prefix)
    within = Q(case__region__gte=first, case__region__lte=last, case__procedure="transfer")
    rows: dict[str, dict[str, Any]] = {}

    def row(place: str) -> dict[str, Any]:
        empty = dict.fromkeys((*COUNTED, "open", "stopped", "on_time", "police_stopped", "police_on_time"), 0)
        return rows.setdefault(place, {"region": place.ljust(6, "0"), **empty})

    for one in (
        Case.objects.filter(region__gte=first, region__lte=last, procedure="transfer", closed_at=None)
        .order_by()
        .annotate(place=Substr("region", 1, level))
        .values("place")
        .annotate(n=Count("pk"))
    ):
        row(one["place"])["open"] = one["n"]
    kinds = {step: name for name, steps in COUNTED.items() for step in steps}
    for one in (
        Step.objects.filter(within, key__in=kinds, at__gte=since)
        .order_by()
        .annotate(place=Substr("case__region", 1, level))
        .values("place", "key")
        .annotate(n=Count("pk"))
    ):
        row(one["place"])[kinds[one["key"]]] += one["n"]
    for one in (
        Clock.objects.filter(within, stopped_at__gte=since, binding=True)
        .order_by()
        .annotate(place=Substr("case__region", 1, level))
        .values("place", "key")
        .annotate(n=Count("pk"), in_time=Count("pk", filter=Q(late=False)))
    ):
        of = "police_" if one["key"] in rules.CLOCKS_OF_POLICE else ""
        row(one["place"])[f"{of}stopped"] += one["n"]
        row(one["place"])[f"{of}on_time"] += one["in_time"]
    return [rows[key] for key in sorted(rows)]


def total(rows: Iterable[dict[str, Any]]) -> dict[str, int]:
    """The rows of ``figures`` added up."""
    added: dict[str, int] = {}
    for one in rows:
        for key, value in one.items():
            if key != "region":
                added[key] = added.get(key, 0) + value
    return added
