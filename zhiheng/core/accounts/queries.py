"""Lists of people and keys, each cut to what a person may see."""

from django.db.models import Case, Q, QuerySet, When

from zhiheng.core.accounts import rules
from zhiheng.core.accounts.models import ApiKey, User


def visible_to(user: User) -> QuerySet[User]:
    """The people whose accounts a person may manage."""
    if not user.may("accounts.manage"):
        return User.objects.none()
    people = User.objects.select_related("organisation").filter(role__in=rules.APPOINTS.get(user.role, ()))
    prefix = user.prefix
    if prefix is None:
        return people.none()
    return people.filter(
        Q(organisation=None, region__startswith=prefix) | Q(organisation__region__startswith=prefix)
    )


def keys_visible_to(user: User) -> QuerySet[ApiKey]:
    """One's own keys and those of one's organisation."""
    mine = Q(user=user)
    if user.organisation_id:
        mine |= Q(user__organisation_id=user.organisation_id)
    return ApiKey.objects.select_related("user").filter(mine)


def demo_people() -> QuerySet[User]:
    """Those who may be signed in without a password under the demo flag."""
    rank = Case(*(When(role=role, then=place) for place, role in enumerate(User.Role.values)))
    people = User.objects.select_related("organisation").filter(is_demo=True, is_active=True)
    return people.order_by(rank, "region", "username")
