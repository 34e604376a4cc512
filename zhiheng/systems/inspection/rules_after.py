"""What follows a check, decided by plain values: which laboratory tests again, until when it is public."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from zhiheng.knowledge.law.clocks import add_months
from zhiheng.knowledge.law.model import Term

CHECKS: Mapping[str, str] = {
    "product": "product_check", "food": "food_check", "agri": "agri_check", "drug": "drug_check",
}  # fmt: skip
"""The procedure of a sample, by the domain of its plan."""
OBJECTIONS: Mapping[str, tuple[str, ...]] = {
    "product_check": ("product_objection",), "food_check": ("food_objection", "food_retest"),
    "agri_check": ("agri_retest",), "drug_check": ("drug_retest",),
}  # fmt: skip
"""The procedures by which a result is objected to, by that of the check."""
PASSED = frozenset({"pass", "not_rejected"})


def drawn(seed: str, codes: Sequence[str]) -> int:
    """Which of the candidates the seed draws: their codes in order, joined by commas, after the seed, by SHA-256."""
    digest = hashlib.sha256((seed + ",".join(codes)).encode()).hexdigest()
    return int(digest, 16) % len(codes)


def failing(results: Iterable[Mapping[str, Any]]) -> str:
    """The failing items as notices write them: item║result unit║limit, one after another."""
    return "；".join(
        f"{one['item']}║{one['value']}{one['unit'] and ' ' + one['unit']}║{one['limit'] or '—'}"
        for one in results
        if one["verdict"] == "fail"
    )


def last_public_day(term: Term, published: date, values: Mapping[str, Any]) -> date | None:
    """The last day a result is public: so many months on, or as long as the penalty is; none where no term is set."""
    if term.months is None:
        return None
    last = add_months(published, term.months)
    stated = values.get(term.until) if term.until else None
    return max(last, date.fromisoformat(stated)) if stated else last
