"""How long something stays public by a term of the law's data: its last day, and from when it may end early."""

from datetime import date

from zhiheng.knowledge.law.clocks import add_months
from zhiheng.knowledge.law.model import Term


def last_day(term: Term, published_on: date, restriction_ends: date | None) -> date:
    """The last day of publication: the term's months, and not before a restriction ends that the term outlasts."""
    assert term.months is not None
    day = add_months(published_on, term.months)
    return max(day, restriction_ends) if term.until and restriction_ends else day


def early_from(term: Term, published_on: date, restriction_ends: date | None) -> date | None:
    """From which day an early end may be asked for; none: never."""
    if term.early is None:
        return None
    day = add_months(published_on, term.early)
    return max(day, restriction_ends) if term.until and restriction_ends else day
