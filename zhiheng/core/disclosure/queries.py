"""What the public may see. Every public page and answer goes through here."""

from datetime import datetime

from django.db.models import Q, QuerySet

from zhiheng.core.accounts.models import User
from zhiheng.core.disclosure.models import Disclosure


def in_force(now: datetime, path: str = "") -> Q:
    """What is public at a moment: begun, not ended, not withdrawn, not hidden for a time; ``path`` leads to the
    disclosure (``disclosure__``).
    """
    ended = Q(**{f"{path}published_until": None}) | Q(**{f"{path}published_until__gt": now})
    seen = Q(**{f"{path}shielded_by": ""}) | ~Q(**{f"{path}statement": ""})
    return ended & seen & Q(**{f"{path}published_from__lte": now, f"{path}withdrawn_at": None})


def public(now: datetime) -> QuerySet[Disclosure]:
    """The disclosures that are public at a moment."""
    return Disclosure.objects.filter(in_force(now))


def visible_to(user: User) -> QuerySet[Disclosure]:
    """The decisions an officer may read, also those not public (yet): his jurisdiction's."""
    prefix = user.prefix if user.is_active else None
    if prefix is None:
        return Disclosure.objects.none()
    return Disclosure.objects.select_related("decided_by").filter(region__startswith=prefix)
