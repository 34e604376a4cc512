"""What the public may see. Every public page and answer goes through here."""

from datetime import datetime

from django.db.models import Q, QuerySet

from zhiheng.core.accounts.models import User
from zhiheng.core.disclosure.models import Disclosure


def public(now: datetime) -> QuerySet[Disclosure]:
    """The disclosures in force at a moment: begun, not ended, not withdrawn."""
    return Disclosure.objects.filter(
        Q(published_until=None) | Q(published_until__gt=now), published_from__lte=now, withdrawn_at=None
    )


def visible_to(user: User) -> QuerySet[Disclosure]:
    """The decisions an officer may read, also those not public (yet): his jurisdiction's."""
    prefix = user.prefix if user.is_active else None
    if prefix is None:
        return Disclosure.objects.none()
    return Disclosure.objects.select_related("decided_by").filter(region__startswith=prefix)
