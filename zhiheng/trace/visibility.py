"""Who sees which events: a party those it is part of, an officer those of the jurisdiction."""

from zhiheng.core.accounts.models import User
from zhiheng.core.accounts.rules import covers
from zhiheng.core.registry.models import Organisation, Site
from zhiheng.trace.parties import Directory, bare
from zhiheng.trace.store import Ev
from zhiheng.trace.walk import Sees

EVERYWHERE = {"province", "leading", "auditor", "system"}


def sees_everything(user: User | None) -> bool:
    """The command line (no user) and the offices of the whole province."""
    return user is None or (user.is_authenticated and user.role in EVERYWHERE)


def own_places(user: User) -> list[str]:
    """The keys under which a party's events are found: its sites' GLNs, and what it sent itself."""
    if not user.organisation_id:
        return []
    glns = Site.objects.filter(organisation_id=user.organisation_id).values_list("gln", flat=True)
    merged = Organisation.objects.filter(merged_into_id=user.organisation_id).values_list("pk", flat=True)
    return [f"gln:{one}" for one in glns] + [f"org:{one}" for one in (user.organisation_id, *merged)]


def sees(user: User | None, directory: Directory) -> Sees | None:
    """The filter of a walk; None when there is nothing to filter."""
    if sees_everything(user):
        return None
    assert user is not None
    if user.is_officer:

        def in_jurisdiction(events: list[Ev]) -> set[int]:
            directory.load({p for e in events for p in e.parts.places})
            return {
                e.id
                for e in events
                if any(
                    (found := directory.places.get(bare(p))) and covers(user, found.region)
                    for p in e.parts.places
                )
            }

        return in_jurisdiction
    mine = set(own_places(user))
    return lambda events: {e.id for e in events if not mine.isdisjoint(e.parts.places)}
