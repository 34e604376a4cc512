"""Several things one after another, as the reader's language writes them."""

from collections.abc import Iterable

from django.utils.translation import get_language


def listed(parts: Iterable[object], *, apart: bool = False) -> str:
    """``甲、乙`` or ``one, two``; ``apart`` where the parts have commas themselves: ``甲；乙`` or ``one; two``."""
    chinese = (get_language() or "zh").startswith("zh")
    mark = ("；" if chinese else "; ") if apart else ("、" if chinese else ", ")
    return mark.join(str(part) for part in parts)
