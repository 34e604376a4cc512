"""Reading acceptances of works."""

from django.db.models import Exists, OuterRef, QuerySet

from zhiheng.core.accounts.models import User
from zhiheng.systems.construction.models import WorkAcceptance


def visible_to(user: User) -> QuerySet[WorkAcceptance]:
    """Acceptances in one's jurisdiction."""
    if not user.may("insight.read") or user.prefix is None:
        return WorkAcceptance.objects.none()
    return WorkAcceptance.objects.filter(region__startswith=user.prefix)


def first_known(rows: QuerySet[WorkAcceptance]) -> QuerySet[WorkAcceptance]:
    """One row for each work: its earliest attempt that was reported. If that is not attempt 1, the first one failed."""
    earlier = WorkAcceptance.objects.filter(
        project_code=OuterRef("project_code"), section=OuterRef("section"), attempt__lt=OuterRef("attempt")
    )
    return rows.filter(~Exists(earlier))
