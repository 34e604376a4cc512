"""What a person may list: breaks found in the chain, and captures."""

from typing import Any

from django.db.models import QuerySet

from zhiheng.core.exchange.queries import jobs_visible_to
from zhiheng.core.jobs.models import Job
from zhiheng.trace.capture import KIND
from zhiheng.trace.models import Finding
from zhiheng.trace.visibility import sees_everything


def findings_visible_to(user: Any) -> QuerySet[Finding]:
    """Breaks: all for the offices of the province, those of the jurisdiction for other officers, one's own for
    a firm. A break at an unknown place is for the province, since nobody below can be told."""
    found = Finding.objects.select_related("organisation")
    if user is None or not user.is_authenticated or not user.may("trace.explore"):
        return found.none()
    if sees_everything(user):
        return found
    if user.is_officer:
        return found.filter(region__startswith=user.prefix) if user.prefix else found.none()
    return found.filter(organisation=user.organisation_id) if user.organisation_id else found.none()


def captures_visible_to(user: Any) -> QuerySet[Job]:
    """Capture jobs: one's own, one's organisation's, those sent in one's jurisdiction."""
    return jobs_visible_to(user).filter(kind=KIND)
