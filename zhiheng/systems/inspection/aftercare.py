"""The case of a sample: begun when it is taken, moved on by the laboratory. What follows is in ``reactions``.

The caller has checked that its actor may do this; here the step is taken as what the actor is at the case (laboratory,
officer), or as the platform's where the actor is neither. Call it in the transaction of what happened.
"""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import offices, running
from zhiheng.core.cases.actions import Actor, NewParty, Opening
from zhiheng.core.cases.models import Case, Notice, Party, Step
from zhiheng.core.facts import actions as facts
from zhiheng.core.facts.models import Fact
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.knowledge.law.load import law
from zhiheng.systems.inspection import rules_after as rules
from zhiheng.systems.inspection import rules_recheck as recheck
from zhiheng.systems.inspection.models import Refusal, Report, Retest, Sample

SOURCE = "inspection"


def begin(actor: User, sample: Sample, *, now: datetime | None = None) -> Case | None:
    """Open the case of a sample under the procedure of its plan's domain; the sample is linked to it.

    The office is the plan's. The sampled party sees the case once it is told the result, so nothing is known before.
    A re-check's sample opens none: it belongs to the case of the order, whose story gets it.
    """
    if sample.rectification is not None:
        _note(sample.rectification, "recheck_sampled", {"recheck_sample": sample.number}, now)
        return sample.rectification
    if sample.case is not None:
        return sample.case
    now = now or timezone.now()
    plan = sample.item.plan
    parties = [NewParty("sampled", organisation=sample.organisation)]
    if sample.producer is not None and sample.producer != sample.organisation:
        parties.append(NewParty("producer", organisation=sample.producer))
    if sample.platform and "platform" in law().procedures[rules.CHECKS[plan.domain]].parties:
        known = Organisation.objects.filter(name=sample.platform, status=Organisation.Status.ACTIVE).first()
        parties.append(NewParty("platform", organisation=known, name="" if known else sample.platform))
    if sample.laboratory is not None:
        parties.append(NewParty("laboratory", organisation=sample.laboratory))
    producer = sample.producer.name if sample.producer else sample.producer_name
    opening = Opening(
        rules.CHECKS[plan.domain], plan.region, f"{sample.product} {sample.number}", min(sample.taken_at, now), SOURCE,
        subject=sample.organisation, parties=parties, reference=f"sample:{sample.number}",
        values={
            "sample_no": sample.number, "plan": plan.title, "product": sample.product, "brand": sample.brand,
            "spec": sample.spec, "batch": sample.batch, "producer_name": producer,
            "producer_address": sample.producer_address or (sample.producer.address if sample.producer else ""),
            "sampled_name": sample.organisation.name, "sampled_address": sample.organisation.address,
        },
    )  # fmt: skip
    case = engine.open_case(Actor(actor), opening, now=now)
    sample.case = case
    sample.save(update_fields=["case"])
    return case


def received(actor: User, sample: Sample, *, now: datetime | None = None) -> None:
    """The laboratory took the sample in."""
    case = _case(sample)
    _laboratory(case, sample, now or timezone.now())
    given = {"intact": bool(sample.seals_intact)}
    engine.take(as_what(actor, case, "receive"), case, "receive", values=given, now=now)


def reported(actor: User, report: Report, *, now: datetime | None = None) -> None:
    """A report was issued: the first one moves the sample's case, a re-test's that of the objection.

    That of a re-check moves nothing: two officers decide by it (SAMR-18 Art. 47), and it is laid before them.
    """
    passed = report.conclusion in rules.PASSED
    if report.sample.rectification is not None:
        _rechecked(report, report.sample.rectification, passed, now)
        return
    key = "report_pass" if passed else "report_fail"
    if report.retest:
        again = (
            Retest.objects.filter(sample=report.sample, case__state="retesting")
            .select_related("case")
            .first()
        )
        if again is None:
            raise Problem(
                "no_retest",
                _("此样品没有正在进行的复检。"),
                status=409,
                remedy=_("请先在异议案件中确定复检机构并登记收到备用样品。"),
            )
        engine.take(
            as_what(actor, again.case, key), again.case, key, values={"retest_no": report.number}, now=now
        )
        return
    case = _case(report.sample)
    results = list(report.results.values("item", "value", "unit", "limit", "verdict"))
    given: dict[str, Any] = {"report_no": report.number, "conclusion": "pass" if passed else "fail"}
    if not passed:
        given |= {"failing": rules.failing(results) or _("见检验报告"), "high_risk": report.high_risk}
    step = engine.take(as_what(actor, case, key), case, key, values=given, now=now)
    handed_in = "hand_in_pass" if passed else "hand_in_fail"
    if (
        handed_in in running.course_of(case).steps
    ):  # on the platform the office has it as soon as it is issued
        engine.take(as_what(actor, case, handed_in), case, handed_in, now=now)
    case.refresh_from_db()
    if report.high_risk:
        for officer in _who_must_know(case):
            Notice.objects.get_or_create(case=case, step=step, user=officer, defaults={"at": step.at})


def _rechecked(report: Report, case: Case, passed: bool, now: datetime | None) -> None:
    results = list(report.results.values("item", "value", "unit", "limit", "verdict"))
    number, laboratory = report.sample.number, report.laboratory.name
    given = {
        "recheck_sample": number, "recheck_no": report.number,
        "findings": recheck.findings(passed, number, laboratory, report.number, results),
    }  # fmt: skip
    step = _note(case, "recheck_reported", given, now)
    if step is not None and report.high_risk:
        for officer in _who_must_know(case):
            Notice.objects.get_or_create(case=case, step=step, user=officer, defaults={"at": step.at})


def _note(case: Case, key: str, values: dict[str, Any], now: datetime | None) -> Step | None:
    """Put something into the story of an order that still waits for its re-check."""
    case.refresh_from_db()
    if case.state not in running.course_of(case).steps[key].from_:
        return None
    return engine.take(Actor(), case, key, values=values, now=now)


def withdrawn(actor: User, report: Report, *, now: datetime | None = None) -> None:
    """The first report was taken back: a case that is not final goes back to testing. Call it after the report says so.

    While an objection runs, and once a conclusion is final, the case stays: the office was alerted and decides.
    """
    case = report.sample.case
    if case is None or report.retest:
        return
    case.refresh_from_db()
    for key in ("report_withdrawn", "report_withdrawn_told"):
        if case.state in running.course_of(case).steps[key].from_:
            engine.take(
                as_what(actor, case, key), case, key, values={"reason": report.withdrawn_why}, now=now
            )
            return


def refused(actor: User, refusal: Refusal, *, now: datetime | None = None) -> None:
    """A refusal that an officer confirmed: a fact of the firm, and a case of what follows."""
    now = now or timezone.now()
    task, plan = refusal.task, refusal.task.item.plan
    happened = dates.local(refusal.happened_at)
    case = engine.open_case(
        Actor(actor),
        Opening(
            "check_refusal", task.office, f"{task.item.product} {refusal.organisation.name}"[:200],
            min(refusal.happened_at, now), SOURCE, subject=refusal.organisation, reference=f"task:{task.key}",
            parties=[NewParty("firm", organisation=refusal.organisation)],
            values={"task": f"{plan.title} {task.item.product}"[:300], "how": refusal.how,
                    "happened_at": happened.isoformat(timespec="minutes")},
        ),
        now=now,
    )  # fmt: skip
    law_of = running.course_of(case).edition.facts["refusal" if plan.domain == "product" else "reported"]
    record(
        actor, case, refusal.organisation, Fact.Kind.CHECK_REFUSED, f"task:{task.key}", law_of.cite,
        title=refusal.how, on=happened.date(), details={"plan": plan.title, "item": task.item.product},
    )  # fmt: skip


def record(
    actor: User | None,
    case: Case,
    organisation: Any,
    kind: str,
    reference: str,
    cite: str,
    *,
    title: str,
    on: Any,
    details: dict[str, Any],
) -> None:
    """Put a fact of a case on record: its source is the case's office, its basis the citation in words."""
    one = Fact(
        organisation=organisation, kind=kind, on=on, title=title[:300], reference=reference,
        source=offices.name(case.region), basis=law().title(cite)[:300], region=case.region,
        details=details | {"case": case.number},
    )  # fmt: skip
    facts.record_facts(actor, [one])


def as_what(actor: User | None, case: Case, step: str) -> Actor:
    """The actor, where the step is its own at the case; else the platform, for what another room's rules allowed."""
    who = engine.who_is(Actor(actor), case)
    mine = who.roles & set(running.course_of(case).steps[step].by)
    return Actor(actor) if mine and who.blocked is None else Actor()


def _case(sample: Sample) -> Case:
    if sample.case is None:
        raise Problem("no_case", _("此样品没有案件。"), status=409, remedy=_("请先提交抽样单。"))
    return sample.case


def _laboratory(case: Case, sample: Sample, now: datetime) -> None:
    """The laboratory that has the sample is a party of its case."""
    if sample.laboratory is None or case.parties.filter(organisation=sample.laboratory, key="laboratory"):
        return
    party, _new = Party.objects.update_or_create(
        case=case, key="laboratory", defaults={"organisation": sample.laboratory, "told_at": now}
    )
    engine.tell(case, case.steps.order_by("seq").first(), party, now)  # type: ignore[arg-type]


def _who_must_know(case: Case) -> list[User]:
    """Whom a result that may gravely harm is told at once: the handler, the heads of the office and of those above."""
    regions = {case.region, case.region[:4] + "00", case.region[:2] + "0000"}
    heads = User.objects.filter(region__in=regions, duties__contains=" head ", is_active=True)
    found = {one.pk: one for one in heads}
    if case.handler is not None:
        found[case.handler.pk] = case.handler
    return list(found.values())
