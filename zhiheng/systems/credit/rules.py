"""Pure decisions of the room: how an item of a file stands today, and what of it who sees."""

from dataclasses import dataclass
from datetime import date
from typing import Any

GROUPS: dict[str, tuple[str, ...]] = {
    "licence": ("licence",),
    "certificate": ("product_certificate", "system_certificate", "laboratory", "other"),
    "honour": ("honour",),
    "check": ("check_passed", "check_failed", "check_refused", "random_check", "not_rectified"),
    "penalty": ("penalty", "revoked"),
    "complaint": ("complaint_upheld",),
    "recall": ("recall", "accident"),
    "commitment": ("commitment", "commitment_broken"),
    "list": ("abnormal", "serious", "key_supervision"),
    "repair": ("repaired",),
}
"""The groups of a file, and the kinds of facts and designations in each."""
GROUP_OF = {kind: group for group, kinds in GROUPS.items() for kind in kinds}
PUBLIC_DESIGNATIONS = frozenset(("licence", "product_certificate", "system_certificate", "laboratory"))
"""Licences are published within seven working days (发改办财金〔2018〕424号); certificates have a public query."""
CONFIDENTIAL = frozenset(("complaint_upheld",))
"""Kinds that stay with the offices: reports are confidential."""
FOREIGN = frozenset(("random_check",))
"""Kinds that others alone make: a check of theirs in words of theirs, which gives no points and proposes nothing."""
OWN = ("case:", "sample:", "task:", "commitment:", "draw:")
"""How references of facts begin that arose on this platform; others were sent in."""
RECORDS = frozenset(
    ("check_failed", "check_refused", "not_rectified", "penalty", "recall", "accident", "commitment_broken", "abnormal",
     "serious", "key_supervision", "revoked")
)  # fmt: skip
"""Kinds that speak against an organisation."""
VIOLATIONS = RECORDS - {"recall"}
"""Kinds that a certificate of no record looks at: a recall is a duty done, no violation."""


@dataclass(slots=True)
class Item:
    """One item of a file, whichever table it comes from. ``pk`` names it: ``fact:12``, ``designation:7``."""

    pk: str
    group: str
    kind: str
    label: str
    title: str
    number: str
    source: str
    basis: str
    on: date | None
    counts_until: date | None
    public_from: date | None
    public_until: date | None
    state: str
    why: str = ""
    objection: Any = None
    """The case of an objection that is being looked into."""


def number_of(fact: Any) -> str:
    """The number a fact is known by outside: of the decision, else of the case, sample or paper it came from."""
    return str(fact.details.get("decision_no") or fact.reference.partition(":")[2])[:128]


def fact_state(today: date, on: date, counts_until: date | None, withdrawn: bool) -> str:
    """How a fact stands: ``withdrawn``, ``future``, ``over`` (it counts no more) or ``counts``."""
    if withdrawn:
        return "withdrawn"
    if on > today:
        return "future"
    return "over" if counts_until is not None and counts_until < today else "counts"


def designation_state(today: date, status: str, valid_until: date | None) -> str:
    """How a licence, certificate or honour stands: its status, or ``expired``."""
    if status == "valid" and valid_until is not None and valid_until < today:
        return "expired"
    return status


def is_public(item: Item, today: date) -> bool:
    """Whether the public sees an item today: nothing that is withdrawn, confidential, or not made public."""
    if item.kind in CONFIDENTIAL or item.state in (
        "withdrawn",
        "cancelled",
        "suspended",
        "expired",
        "future",
    ):
        return False
    if item.public_from is None or item.public_from > today:
        return False
    return item.public_until is None or item.public_until >= today
