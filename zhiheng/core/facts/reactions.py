"""A fact is public through its disclosure: when that ends, so does the fact's publication."""

from datetime import timedelta

from zhiheng.core.accounts.models import User
from zhiheng.core.disclosure.effects import on_ended
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.facts.actions import end_publication
from zhiheng.core.facts.models import Fact
from zhiheng.core.ui import dates


@on_ended
def end_with(actor: User | None, disclosure: Disclosure, why: str) -> None:
    """From this moment on: the day before is its last whole day."""
    for fact in Fact.objects.filter(disclosure=disclosure, public_from__isnull=False):
        end_publication(actor, fact, dates.today() - timedelta(days=1), why)
