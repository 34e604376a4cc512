"""Pure decisions: whether somebody is a watcher on a day, and whether what he states can be."""

from datetime import date
from decimal import Decimal, InvalidOperation


def serves(state: str, since: date | None, until: date | None, day: date) -> bool:
    """Whether a watcher serves on a day: appointed, and within the term."""
    return state == "appointed" and since is not None and until is not None and since <= day <= until


def term_fault(since: date, until: date, today: date) -> str | None:
    """What is wrong with a term: ``reversed`` or ``over`` (it has ended already). No text sets how long one may be."""
    if until < since:
        return "reversed"
    return "over" if until < today else None


def coordinates(latitude: str, longitude: str) -> str | None:
    """Coordinates in their normal form, empty when none were given, None when they are none on earth."""
    if not latitude.strip() and not longitude.strip():
        return ""
    try:
        north, east = Decimal(latitude.strip()), Decimal(longitude.strip())
    except InvalidOperation:
        return None
    if not (north.is_finite() and east.is_finite() and abs(north) <= 90 and abs(east) <= 180):
        return None
    return f"{north.quantize(Decimal('0.00001'))},{east.quantize(Decimal('0.00001'))}"


def place(name: str, address: str) -> str:
    """The place of a clue in one line."""
    return "，".join(part for part in (name.strip(), address.strip()) if part)
