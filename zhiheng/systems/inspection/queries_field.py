"""Reading what the field and the laboratory brought: own tasks, refusals, what offices are told."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from zhiheng.core.accounts.models import User
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.knowledge.codes.identify import identify
from zhiheng.systems.inspection.models import Alert, Draw, Inspector, Photo, Refusal, Sample, Task
from zhiheng.systems.inspection.queries import samples_visible_to, tasks_visible_to

REMIND = timedelta(hours=24)
"""How long a grave result may stay unseen before the desk reminds. No statute has this number: SAMR-15 Art. 28 says
at once (立即)."""


def own_tasks(user: User) -> QuerySet[Task]:
    """The tasks that somebody may record: he is one of the inspectors, or they are of his sampling body."""
    tasks = Task.objects.select_related("organisation", "item", "item__plan", "rectification", "laboratory")
    if not user.may("inspection.sample"):
        return tasks.none()
    own = Q(inspectors__user=user)
    if user.organisation_id:
        own |= Q(inspectors__body=user.organisation_id)
    return tasks.filter(pk__in=Task.objects.filter(own).values("pk"))


def given_at(task: Task) -> datetime:
    """From when a task can have been carried out: its draw, the order it re-checks, else the first day of its plan."""
    if task.rectification is not None:
        return task.rectification.received_at
    drawn = Draw.objects.filter(candidates=task.candidate_id).values_list("drawn_at", flat=True).first()
    if task.candidate_id is not None and drawn is not None:
        return drawn
    return datetime.combine(task.item.plan.starts_on, time(), dates.SHANGHAI)


def may_stand_in(task: Task) -> QuerySet[Inspector]:
    """Who may go in the place of an inspector of a task: active people of the same office or sampling
    body, who have no conflict with the organisation."""
    going = task.inspectors.all()
    offices = Q(body=None, region__in=going.filter(body=None).values("region"))
    able = offices | Q(body__in=going.exclude(body=None).values("body"))
    return Inspector.objects.filter(able, active=True).exclude(conflicts__organisation=task.organisation_id)


def _alert_scope(user: User) -> Q:
    if not user.may("inspection.read") or user.prefix is None:
        return Q(pk__in=[])
    return Q(region__startswith=user.prefix)


def alerts_visible_to(user: User) -> QuerySet[Alert]:
    """What the offices of a jurisdiction were told."""
    rows = Alert.objects.select_related(
        "sample__organisation",
        "sample__item__plan",
        "refusal__organisation",
        "refusal__task__item",
        "seen_by",
    )
    return rows.filter(_alert_scope(user))


def reminded(alert: Alert, now: datetime) -> bool:
    """Whether a grave result was told a day ago and nobody of the office has said that it was seen."""
    return alert.kind == Alert.Kind.HIGH_RISK and alert.seen_at is None and now - alert.at >= REMIND


def refusals_visible_to(user: User) -> QuerySet[Refusal]:
    """Refusals in a jurisdiction, those of its own plans, and those one recorded."""
    rows = Refusal.objects.select_related(
        "organisation", "task__item__plan", "task__rectification", "recorded_by", "confirmed_by"
    ).distinct()
    if not user.is_active:
        return rows.none()
    mine = Q(task__in=own_tasks(user).values("pk"))
    if user.may("inspection.read") and user.prefix is not None:
        mine |= Q(task__region__startswith=user.prefix) | Q(task__item__plan__region__startswith=user.prefix)
        mine |= Q(task__rectification__region__startswith=user.prefix)
    return rows.filter(mine)


def photos_visible_to(user: User) -> QuerySet[Photo]:
    """The pictures of samples and refusals that somebody reads whole: not the sampled enterprise, nor the tester."""
    scope = Q(sample__task__in=own_tasks(user).values("pk"))
    if user.is_officer:
        scope |= Q(sample__in=samples_visible_to(user).values("pk"))
    scope |= Q(refusal__in=refusals_visible_to(user).values("pk"))
    return Photo.objects.filter(scope)


def lab_samples(user: User) -> QuerySet[Sample]:
    """What a laboratory has to test or has tested; an office reads the same of its jurisdiction."""
    if not user.may("inspection.test"):
        return samples_visible_to(user) if user.is_officer else Sample.objects.none()
    if not user.organisation_id:
        return Sample.objects.none()
    mine = Q(laboratory=user.organisation_id) | Q(retests__laboratory=user.organisation_id)
    return (
        Sample.objects.select_related(
            "organisation", "producer", "item", "item__plan", "laboratory", "task__rectification"
        )
        .filter(mine)
        .distinct()
    )


def code_told(text: str) -> dict[str, Any]:
    """What a scanned or typed code says: GTIN, lot, serial, the registered product and its organisation."""
    found = identify(text)
    parts = {ai: one["value"] for ai, one in found.parts.items()}
    gtin = found.forms.get("gtin14") or (parts.get("01") or "")
    told: dict[str, Any] = {
        "code": found.forms.get("digital_link") or text.strip()[:300],
        "kind": found.kind,
        "gtin": gtin.zfill(14) if gtin else "",
        "lot": parts.get("10", ""),
        "serial": parts.get("21", ""),
        "fault": found.errors[0]["code"] if found.errors else "",
        "product": None,
    }
    if told["gtin"] and not found.errors:
        product = registry.products([told["gtin"]]).get(told["gtin"])
        if product is not None:
            maker = registry.current(product.organisation)
            told["product"] = {
                "name": product.name, "spec": product.spec, "producer_name": maker.name,
                "producer_uscc": maker.uscc, "producer_address": maker.address,
            }  # fmt: skip
    return told


def maker_of(code: str) -> Organisation | None:
    """The organisation whose registered product a code is of; nothing when the code says nothing."""
    product = code_told(code)["product"] if code else None
    return organisation_of(product["producer_uscc"]) if product else None


def organisation_of(uscc: str) -> Organisation | None:
    """The registered organisation of a code, as it is called today."""
    return registry.by_uscc([uscc]).get(uscc) if uscc else None


__all__ = [
    "REMIND", "alerts_visible_to", "code_told", "lab_samples", "maker_of", "may_stand_in", "organisation_of",
    "own_tasks", "photos_visible_to", "refusals_visible_to", "reminded", "samples_visible_to", "tasks_visible_to",
]  # fmt: skip
