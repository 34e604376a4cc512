"""Repair that others decide on: a court that has a firm reorganised, another authority that repaired its own record.

Both are asked for by the firm, or by an officer who has it on paper, at the office where the firm is registered, with
the ruling or the decision. In a reorganisation or settlement the head may hide what is public against the firm or have
a statement put on it (SAMR-107 Art. 22); when the plan fails it is public again. What another authority repaired is
taken from the public here within three working days (Art. 25). A named officer takes every step.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import effects, offices, running
from zhiheng.core.cases import rules as engine_rules
from zhiheng.core.cases.actions import Actor, NewParty, Opening, Sent
from zhiheng.core.cases.models import Case, Step
from zhiheng.core.facts import actions as facts
from zhiheng.core.facts import queries as reading
from zhiheng.core.facts.models import Fact
from zhiheng.core.problems import Problem, refused, values_wrong
from zhiheng.core.registry import rules as registering
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.knowledge.law.load import law
from zhiheng.systems.listing import repair
from zhiheng.systems.listing.models import Asked, Entry

SINCE = date(2025, 12, 25)
"""SAMR-107 came into force; before it neither way is in the law's data."""


def may(actor: User, organisation: Organisation) -> bool:
    """Whether somebody applies for an organisation: itself, or an officer of its jurisdiction for it."""
    if registering.is_party(actor):
        return actor.may("credit.own") and actor.organisation_id == organisation.pk
    works = actor.may("listing.work") and actor.role in engine_rules.REGULATORS
    return works and registering.reaches(actor, organisation.region, organisation.pk)


def of_others(organisation: Organisation) -> QuerySet[Fact]:
    """What is public here against an organisation because another office made it public."""
    rows = Fact.objects.filter(organisation=organisation, kind__in=facts.DISHONESTY, disclosure=None)
    return reading.public(rows, dates.today())


def apply(
    actor: User,
    organisation: Organisation,
    kind: str,
    values: Mapping[str, str],
    files: Sequence[Sent],
    *,
    received_on: date | None = None,
    about: Sequence[Fact] = (),
) -> Case:
    """Open the case at the office where the firm is registered; its clock runs from the day the application came.

    ``kind`` is ``bankruptcy`` or ``other_body``; ``about`` are the facts the other authority repaired. Raises Problem
    ``forbidden``, ``values_wrong``, ``asked_already``, ``barred``.
    """
    if not may(actor, organisation):
        raise Problem("forbidden", _("由本单位或者其登记地的监管机关办理。"), status=403)
    today = dates.today()
    day = received_on or today
    wrong = {}
    if not files:
        wrong["files"] = _("须附法院裁定书。") if kind == "bankruptcy" else _("须附修复决定书。")
    if not SINCE <= day <= today:
        wrong["received_on"] = _("须在 2025 年 12 月 25 日以后、今天以前。")
    if kind == "other_body" and not about:
        wrong["facts"] = _("请选择已修复的信息。")
    if wrong:
        raise values_wrong(wrong)
    if kind == "bankruptcy":
        repair.bar(organisation)
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        running_now = Case.objects.filter(
            procedure="credit_repair", subject=organisation, closed_at=None, values__kind=kind
        )
        if running_now.exists():
            raise refused("asked_already", _("已有修复申请在办理。"), _("请在该案中补充。"))
        choices = law().procedures["credit_repair"].fields["kind"].choices
        case = engine.open_case(
            Actor(actor),
            Opening(
                "credit_repair", organisation.region, f"{organisation.name} {choices[kind].zh}"[:200],
                timezone.now() if day == today else datetime.combine(day, time(12), dates.SHANGHAI), "web",
                subject=organisation, parties=[NewParty("applicant", organisation=organisation)],
                values={"kind": kind, **{k: v for k, v in values.items() if v}}
                | ({"received_on": day.isoformat()} if kind == "other_body" else {}),
                files=files,
            ),
        )  # fmt: skip
        Asked.objects.bulk_create(Asked(case=case, fact=one) for one in about)
    return case


# -- what follows --------------------------------------------------------------------------------------------------


@effects.on("credit_repair", "shield")
def shielded(case: Case, step: Step) -> None:
    """Hidden for a time, or with a statement that says which ruling: as the head decided."""
    if case.subject is None:
        return
    ruling, reason = case.values.get("ruling", ""), step.values["reason"]
    states = step.values["shield"] == "statement"
    statement = f"该主体破产重整、和解中（{ruling}）：{reason}"[:300] if states else ""
    facts.shield(step.actor, case.subject, case.key, reason, statement)
    _lists_changed(case.subject)


@effects.on("credit_repair", "restore")
@effects.on("credit_repair", "revoke")
def restored(case: Case, step: Step) -> None:
    """The plan failed, or it was a fraud: what was hidden is public again for what is left of its term."""
    if case.subject is not None:
        facts.unshield(step.actor, case.subject, case.key, step.values["reason"])
        _lists_changed(case.subject)


def _lists_changed(organisation: Organisation) -> None:
    Entry.objects.filter(organisation=organisation).exclude(disclosure=None).update(changed_at=timezone.now())


@effects.on("credit_repair", "process")
def ended(case: Case, step: Step) -> None:
    """What is repaired is public here no more, and the repair goes on record with whoever stands behind it."""
    kind = case.values.get("kind")
    if kind not in ("bankruptcy", "other_body") or case.subject is None:
        return
    day = dates.local(step.at).date()
    if kind == "other_body":
        by, cite = case.values["repaired_by"], "other_body"
        why = f"{by}已修复（{case.values['decision_no']}）"
        for one in Asked.objects.filter(case=case).select_related("fact__organisation"):
            facts.end_publication(step.actor, one.fact, day - timedelta(days=1), why)
    else:
        by, cite, why = offices.name(case.region), "plan_performed", "重整计划、和解协议执行完毕"
        facts.hide_stated(step.actor, case.subject, case.key, why)
        _lists_changed(case.subject)
    repaired = Fact(
        organisation=case.subject, kind=Fact.Kind.REPAIRED, on=day, title=why[:300], reference=case.key,
        source=by[:200], region=case.region, details={"case": case.number},
        basis=law().title(running.course_of(case).article(cite))[:300],
    )  # fmt: skip
    facts.record_facts(step.actor, [repaired])


def shown(case: Case) -> list[dict[str, Any]]:
    """What a case is about: the facts asked for, or those it hid, as its page lists them."""
    rows = [one.fact for one in Asked.objects.filter(case=case).select_related("fact")]
    rows = rows or list(Fact.objects.filter(shielded_by=case.key)[:50])
    if not rows and case.subject is not None and case.values.get("kind") == "bankruptcy":
        against = Fact.objects.filter(organisation=case.subject, kind__in=facts.DISHONESTY, shielded_by="")
        rows = list(reading.public(against, dates.today())[:50])
    return [{"fact": one, "hidden": one.hidden, "statement": one.statement} for one in rows]
