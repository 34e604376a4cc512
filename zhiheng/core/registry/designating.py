"""Keeping licences, certificates and honours as they come in: who brought each, and what a later row may change."""

from typing import Any, Literal

from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.jobs.models import Job
from zhiheng.core.problems import Problem
from zhiheng.core.registry import rules
from zhiheng.core.registry.models import Designation, Organisation

Did = Literal["created", "updated", "duplicate"]


def origin(actor: Any, job: Job) -> str:
    """Who brings the rows of a job: a partner platform (``partner:<key>``), the organisation itself, or an office."""
    if sent := job.options.get("from"):
        return str(sent)
    return Designation.PARTY if rules.is_party(actor) else Designation.OFFICE


def is_foreign(source: str) -> bool:
    """Whether another platform brought it."""
    return source.startswith(Designation.PARTNER)


def save(
    existing: Designation | None,
    owner: Organisation | None,
    key: dict[str, Any],
    values: dict[str, Any],
    source: str,
) -> Did | Problem:
    """Store one, or bring it up to date. What an office here recorded is not changed by another platform.

    A platform that sends again what it had taken back says that it is valid after all. An office that sends what the
    organisation itself had said, or what was kept before its origin was, vouches for it from then on.
    """
    if existing is None:
        Designation.objects.create(organisation=owner, source=source, **key, **values)
        return "created"
    if source == existing.source and is_foreign(source) and existing.status == Designation.Status.WITHDRAWN:
        values = {"status": Designation.Status.VALID, **values}
    if source == Designation.OFFICE and not is_foreign(existing.source):
        values = {**values, "source": source}
    changed = [name for name, value in values.items() if getattr(existing, name) != value]
    if not changed:
        return "duplicate"
    if is_foreign(source) and existing.source == Designation.OFFICE:
        return own_record(existing.number)
    for name in changed:
        setattr(existing, name, values[name])
    existing.changed_at = timezone.now()
    existing.save(update_fields=[*changed, "changed_at"])
    return "updated"


def own_record(number: str) -> Problem:
    """Why another platform does not change a record."""
    return Problem(
        "own_record", _("%(number)s 是本平台的机关登记的。") % {"number": number}, status=409,
        remedy=_("请向登记机关提出更正。"),
    )  # fmt: skip
