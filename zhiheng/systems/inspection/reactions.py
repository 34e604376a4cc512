"""What follows from the steps of a check, an objection, an order: other cases, facts of firms, what the public sees."""

import secrets
from dataclasses import replace
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import documents, effects, offices, running
from zhiheng.core.cases.actions import Actor, NewParty, Opening
from zhiheng.core.cases.models import Case, Party, Step
from zhiheng.core.disclosure import actions as disclosing
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.facts import actions as facts
from zhiheng.core.facts.models import Fact
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.knowledge.law.clocks import end_of
from zhiheng.knowledge.law.load import law
from zhiheng.knowledge.law.model import Publication
from zhiheng.systems.inspection import queries_after as queries
from zhiheng.systems.inspection import rules_after as rules
from zhiheng.systems.inspection.aftercare import record
from zhiheng.systems.inspection.models import CheckResult, Retest, Sample
from zhiheng.systems.inspection.models.plan import Domain

CHECKS = tuple(rules.CHECKS.values())
OBJECTIONS = tuple(key for keys in rules.OBJECTIONS.values() for key in keys)


def _on(procedures: tuple[str, ...], *steps: str) -> Any:
    """Register one effect for steps of several procedures; those that a procedure does not have are left out."""

    def register(function: effects.Effect) -> effects.Effect:
        for procedure in procedures:
            for step in steps:
                if step in law().procedures[procedure].steps:
                    effects.on(procedure, step)(function)
        return function

    return register


# -- told ----------------------------------------------------------------------------------------------------


@_on(CHECKS, "pass_on")
def pass_on(case: Case, step: Step) -> None:
    """The office of the producer's place is a party of the case from now on, and has the letter."""
    region = step.values["pass_to"]
    party, _new = Party.objects.get_or_create(case=case, key="producer_office", region=region)
    engine.tell(case, step, party, step.at, step.documents.all())


@_on(("rectification",), "report_up")
def report_up(case: Case, step: Step) -> None:
    """The provincial office is asked to announce, with the letter."""
    party, _new = Party.objects.get_or_create(case=case, key="province", region=case.region[:2] + "0000")
    engine.tell(case, step, party, step.at, step.documents.all())


@_on(CHECKS, "report_withdrawn", "report_withdrawn_told")
def report_withdrawn(case: Case, step: Step) -> None:
    """Nothing rests any more on a report that was taken back; the corrected one moves the case as the first did."""
    sample = queries.sample_of(case)
    if sample is not None and sample.reports.filter(withdrawn_at=None, retest=False).exists():
        raise Problem(
            "report_stands", _("检验报告没有撤回。"), status=409, remedy=_("请由出具报告的检验机构先撤回。")
        )  # fmt: skip
    _take_back(case, step, step.values["reason"])
    of_report = {"report_no", "conclusion", "failing", "high_risk"}
    case.values = {key: value for key, value in case.values.items() if key not in of_report}
    case.save(update_fields=["values"])


# -- objections ----------------------------------------------------------------------------------------------


def _object(case: Case, step: Step, opening: Opening) -> Opening:
    """The objection is the case of whoever objects."""
    if step.key == "object_process":
        opening = replace(opening, values={**opening.values, "about": "process"})
    elif step.values.get("about") == "process" and not queries.within(case, "object_process", step.at):
        raise Problem(
            "objection_late", _("对抽样过程提出异议的期限已经届满。"), status=409,
            remedy=_("期限自抽样完成起算。"),
        )  # fmt: skip
    party, said = step.party, "sampled" if step.key == "object_process" else step.values.get("objector")
    if party is None and not said:
        raise Problem(
            "objector_missing", _("请写明由谁提出。"), status=422, remedy=_("书面提出的，由机关登记提出人。"),
            errors={"objector": _("必填")},
        )  # fmt: skip
    if party is None:
        party = case.parties.filter(key=said).select_related("organisation").first()
    who = party.organisation if party is not None else None
    name = (
        who.name if who else case.values.get("producer_name", "") if said == "producer" else case.subject_name
    )
    theirs = Q(subject=who) if who else Q(subject=None, subject_name=name)
    for other in queries.objections(case).filter(theirs, procedure=opening.procedure, closed_at=None):
        if other.values.get("about") == opening.values.get("about"):
            raise Problem(
                "objected_already", _("已经提出过，正在办理：%(case)s。") % {"case": other.number}, status=409,
                remedy=_("补充的理由和材料请在该案中提交。"),
            )  # fmt: skip
    return replace(
        opening, parties=[NewParty("applicant", organisation=who, name="" if who else name)], subject=who,
        subject_name="" if who else name,
    )  # fmt: skip


for _check in CHECKS:
    for _step in ("object", "object_process", "ask_retest", "ask_retest_fast"):
        if _step in law().procedures[_check].steps:
            effects.opening(_check, _step)(_object)


@_on(OBJECTIONS, "uphold")
def upheld(case: Case, step: Step) -> None:
    """An objection that holds takes the ground from the result, or only clears who is said to be the producer."""
    check = queries.check_of(case)
    if check is None:
        return
    given = {"reason": step.values["reason"]}
    if step.values["whose"] == "producer":
        engine.take(Actor(), check, "clear_producer", values=given, now=step.at)
        _over(check, step)
    else:
        engine.take(Actor(), check, "annul", values=given, now=step.at)


@_on(OBJECTIONS, "refuse", "refuse_retest", "reject", "waive", "terminate", "withdraw")
def over(case: Case, step: Step) -> None:
    """An objection that came to nothing leaves the result as it was."""
    check = queries.check_of(case)
    if check is not None:
        _over(check, step)


def _over(check: Case, step: Step) -> None:
    """The check is under objection no more, unless another one is still open."""
    check.refresh_from_db()
    if check.state != "objected" or queries.objections(check).filter(closed_at=None).exists():
        return
    key = "objection_over_fail" if check.values.get("conclusion") == "fail" else "objection_over_pass"
    engine.take(Actor(), check, key, now=step.at)


@_on(OBJECTIONS, "agree", "uphold")
def about(case: Case, step: Step) -> None:
    """A re-test answers an objection to the result; how it was sampled and what it is are looked into."""
    wants = case.values.get("about", "result") == "result"
    if wants is not (step.key == "agree"):
        raise Problem(
            "wrong_way",
            _("对检验结论的异议以复检处理，对抽样过程和样品真实性的异议以核实处理。"),
            status=409,
            remedy=_("请查看异议的内容。"),
        )


RETESTED = frozenset(
    {
        "agreed", "formal", "fixed", "retesting", "retested_pass", "retested_fail", "confirmed", "overturned",
        "terminated",
    }
)  # fmt: skip
"""States of an objection that has the spare sample for itself, or for which it is used up or gone."""


def _spare_there(case: Case, _given: dict[str, Any], _ground: str) -> None:
    """A re-test tests the spare sample: there is one, and it is tested once, whoever else asks for it."""
    sample, check = queries.sample_of(case), queries.check_of(case)
    if sample is None or check is None:
        return
    if not sample.spare_quantity or sample.disposed_at is not None:
        raise Problem(
            "no_spare", _("这份样品没有备用样品，不能复检。"), status=409, remedy=_("请不予复检，并写明理由。")
        )  # fmt: skip
    going = Q(state__in=RETESTED) | Q(state="accepted", procedure__endswith="_retest")
    other = queries.objections(check).exclude(pk=case.pk).filter(going).first()
    if other is not None:
        raise Problem(
            "spare_used", _("备用样品已经用于另一复检（%(case)s）。") % {"case": other.number}, status=409,
            remedy=_("复检结论是最终结论：请等其结论，告知本申请人。"),
        )  # fmt: skip


effects.before("product_objection", "agree")(_spare_there)
for _procedure in ("food_retest", "agri_retest"):
    effects.before(_procedure, "accept")(_spare_there)


@_on(OBJECTIONS, "fix_laboratory")
def draw_laboratory(case: Case, step: Step) -> None:
    """Another laboratory than the first is drawn at random from those that may; how is kept, so it can be repeated."""
    sample = queries.sample_of(case)
    if sample is None:
        raise Problem("no_sample", _("此案没有关联的样品。"), status=409, remedy=_("请核对案件。"))
    before = Retest.objects.filter(case=case).first()
    left_out = [one["code"] for one in before.declined] if before else []
    candidates = list(queries.laboratories(sample, dates.local(step.at).date()).exclude(uscc__in=left_out))
    only = step.values.get("only_one", False)
    if only and candidates:
        raise Problem(
            "others_there",
            _("还有%(n)d家有资质的检验机构，不能由初检机构复检。") % {"n": len(candidates)},
            status=409,
            remedy=_("请取消“仅一家有资质”。"),
        )
    if only and sample.laboratory is not None:
        candidates = [sample.laboratory]
    if not candidates:
        raise Problem(
            "no_laboratory",
            _("名册中没有可以承担复检的其他检验机构。"),
            status=409,
            remedy=_("请先登记有资质的检验机构。"),
        )
    codes, seed = [one.uscc for one in candidates], secrets.token_hex(16)
    chosen = candidates[rules.drawn(seed, codes)]
    _fix(case, step, sample, chosen, [[one.uscc, one.name] for one in candidates], seed)


def _fix(
    case: Case, step: Step, sample: Sample, chosen: Organisation, candidates: list[list[str]], seed: str
) -> None:
    """The laboratory that tests again is a party of the objection; whoever asked for it is told which it is."""
    Retest.objects.update_or_create(
        case=case,
        defaults={
            "sample": sample, "laboratory": chosen, "seed": seed, "drawn_at": step.at, "drawn_by": step.actor,
            "candidates": candidates,
        },
    )  # fmt: skip
    party, _new = Party.objects.update_or_create(
        case=case, key="laboratory", defaults={"organisation": chosen, "name": ""}
    )
    case.values = {**case.values, "laboratory_name": chosen.name}
    case.save(update_fields=["values"])
    for one in (party, *case.parties.filter(key="applicant")):
        engine.tell(case, step, one, step.at)


@_on(OBJECTIONS, "decline")
def declined(case: Case, step: Step) -> None:
    """A laboratory that cannot do it is not drawn again."""
    one = Retest.objects.filter(case=case).select_related("laboratory").first()
    if one is not None:
        one.declined = [*one.declined, {"code": one.laboratory.uscc, "why": step.values["reason"]}]
        one.save(update_fields=["declined"])


@_on(OBJECTIONS, "name_laboratory")
def name_laboratory(case: Case, step: Step) -> None:
    """For drugs the applicant chooses: the first institute, one named by the office above, or the national one."""
    sample = queries.sample_of(case)
    first = step.values["institute"] == "first"
    code = step.values.get("institute_code", "").upper()
    chosen = sample.laboratory if sample and first else Organisation.objects.filter(uscc=code).first()
    if code and chosen is None and not first:
        raise Problem(
            "unknown_laboratory", _("没有登记此代码的机构。"), status=422,
            remedy=_("请先登记，或者留空并在收到复验报告后填写编号。"), errors={"institute_code": _("没有登记")},
        )  # fmt: skip
    if sample is not None and chosen is not None:
        _fix(case, step, sample, chosen, [], "")


@_on(OBJECTIONS, "conclude_pass", "conclude_fail")
def retested(case: Case, step: Step) -> None:
    """The conclusion of the re-test is final for the check."""
    check = queries.check_of(case)
    if check is None:
        return
    key = "retest_pass" if step.key == "conclude_pass" else "retest_fail"
    engine.take(Actor(), check, key, now=step.at)


# -- what is final -------------------------------------------------------------------------------------------


@_on(CHECKS, "final_pass", "final_fail", "final_fast", "retest_pass", "retest_fail")
def conclude(case: Case, step: Step) -> None:
    """A final conclusion is a fact of whoever was sampled and of who made it, unless the producer was cleared."""
    if step.key.startswith("final") and queries.objections(case).filter(closed_at=None).exists():
        raise Problem(
            "objection_open", _("还有异议没有处理完毕，结论不能生效。"), status=409, remedy=_("请先处理异议。")
        )  # fmt: skip
    sample = queries.sample_of(case)
    if step.key == "retest_pass":
        _take_back(case, step, _("复检合格"))
    if sample is None:
        return
    passed = step.key in {"final_pass", "retest_pass"}
    report = sample.reports.filter(withdrawn_at=None, retest=step.key.startswith("retest")).first()
    course = running.course_of(case)
    details = {
        "plan": sample.item.plan.title, "item": sample.item.product, "stage": sample.stage,
        "domain": sample.item.plan.domain, "drawn": bool(sample.task and sample.task.candidate_id),
        "high_risk": bool(report and report.high_risk and not passed),
    }  # fmt: skip
    for role, organisation in queries.answerable(case, sample):
        record(
            step.actor, case, organisation, Fact.Kind.CHECK_PASSED if passed else Fact.Kind.CHECK_FAILED,
            f"sample:{sample.number}", course.article(step.key), on=dates.local(step.at).date(),
            title=f"{sample.product} {sample.number}", details=details | {"role": role},
        )  # fmt: skip


@_on(CHECKS, "annul")
def annul(case: Case, step: Step) -> None:
    """A result that is no ground leaves nothing behind."""
    _take_back(case, step, step.values["reason"])


@_on(CHECKS, "clear_producer")
def clear_producer(case: Case, step: Step) -> None:
    """Who did not make it has nothing on record for it, and nothing to put right."""
    sample = queries.sample_of(case)
    if sample is not None and sample.producer_id == sample.organisation_id:
        raise Problem(
            "no_producer", _("此案没有另外的标称生产者。"), status=409, remedy=_("请核对异议由谁提出。")
        )
    party = case.parties.filter(key="producer").first()
    if party is None:  # not registered: nothing is on record of it
        return
    for fact in _facts(case).filter(organisation=party.organisation):
        facts.withdraw(step.actor, fact, step.values["reason"])
    _withdraw_orders(case, step, step.values["reason"], party.organisation)


def _facts(case: Case) -> Any:
    reference = f"sample:{case.values.get('sample_no')}"
    kinds = (Fact.Kind.CHECK_FAILED, Fact.Kind.CHECK_PASSED)
    return Fact.objects.filter(reference=reference, kind__in=kinds, withdrawn_at=None)


def _take_back(case: Case, step: Step, why: str) -> None:
    """What rested on a result that fell is withdrawn: facts, orders, publication."""
    for fact in _facts(case):
        facts.withdraw(step.actor, fact, why)
    _withdraw_orders(case, step, why)
    _end_publication(case, step, why)


def _withdraw_orders(case: Case, step: Step, why: str, whose: Organisation | None = None) -> None:
    orders = queries.opened(case, "rectification").filter(closed_at=None)
    for one in orders.filter(subject=whose) if whose else orders:
        engine.take(Actor(), one, "withdraw_order", values={"reason": why}, now=step.at)
    for one in queries.opened(case, "rectification").exclude(closed_at=None):
        for fact in Fact.objects.filter(reference=one.key, withdrawn_at=None):
            if whose is None or fact.organisation_id == whose.pk:
                facts.withdraw(step.actor, fact, why)


# -- orders and what comes of them ---------------------------------------------------------------------------


def _order(role: str) -> effects.Beginning:
    def begin(case: Case, step: Step, opening: Opening) -> Opening:
        """The order is about one firm, at the office that handles what follows."""
        party = case.parties.filter(key=role).select_related("organisation").first()
        firm = party.organisation if party else None
        if firm is None:
            raise Problem(
                "no_party", _("此案没有这一当事人。"), status=409, remedy=_("生产者未登记的，请通报其所在地机关。")
            )  # fmt: skip
        region = step.values.get("handling_office") or case.region
        return replace(
            opening, region=region, handler=opening.handler if region == case.region else None, subject=firm,
            subject_name="", parties=[NewParty("firm", organisation=firm)],
        )  # fmt: skip

    return begin


effects.opening("product_check", "order")(_order("sampled"))
effects.opening("product_check", "order_producer")(_order("producer"))


@_on(("rectification",), "recheck_fail", "not_rectified")
def not_rectified(case: Case, step: Step) -> None:
    """Not put right, or failed again: a fact of the firm, which others may propose a list by."""
    if case.subject is None:
        return
    cite = running.course_of(case).article(step.key)
    record(
        step.actor, case, case.subject, Fact.Kind.NOT_RECTIFIED, case.key, cite, on=dates.local(step.at).date(),
        title=f"{case.values.get('product', case.title)}：{step.values['findings']}",
        details={"how": step.key, "sample": case.values.get("sample_no", "")},
    )  # fmt: skip


@_on(("rectification",), "withdraw_order")
def order_withdrawn(case: Case, step: Step) -> None:
    """An order that is taken back leaves no fact and no announcement."""
    for fact in Fact.objects.filter(reference=case.key, withdrawn_at=None):
        facts.withdraw(step.actor, fact, step.values["reason"])
    _end_publication(case, step, step.values["reason"])


@_on(("check_refusal",), "dismiss")
def no_refusal(case: Case, step: Step) -> None:
    """What was no refusal is none on record either."""
    for fact in Fact.objects.filter(
        reference=case.reference, kind=Fact.Kind.CHECK_REFUSED, withdrawn_at=None
    ):
        facts.withdraw(step.actor, fact, step.values["reason"])


def _publish_announcement(case: Case, step: Step) -> None:
    _publish(case, step, case.number, "announcement")


effects.on("rectification", "announce")(_publish_announcement)


# -- the public ----------------------------------------------------------------------------------------------


@_on(CHECKS, "publish", "publish_pass")
def publish(case: Case, step: Step) -> None:
    """A result becomes public with the fields that notices have, for as long as the law says."""
    if step.key == "publish_pass" and case.values.get("conclusion") == "fail" and case.state == "closed":
        overturned = case.steps.filter(key="retest_pass").exists()
        if not overturned:
            raise Problem("not_passed", _("结论为不合格。"), status=409, remedy=_("请公开不合格结果。"))
    if step.key == "publish" and case.steps.filter(key="retest_pass").exists():
        raise Problem("overturned", _("原结论已被复检改变。"), status=409, remedy=_("请公开复检结果。"))
    kind = running.course_of(case).steps[step.key].publishes
    shown = _publish(case, step, str(case.values.get("sample_no", case.number)), kind)
    for fact in _facts(case):
        facts.publish(step.actor, fact, shown)


@_on(CHECKS, "stop_publication")
def stop_publication(case: Case, step: Step) -> None:
    """What was published stops to be."""
    if not _end_publication(case, step, step.values["reason"]):
        raise Problem("not_public", _("没有正在公开的结果。"), status=409, remedy=_("无需办理。"))


def _publish(case: Case, step: Step, subject: str, kind: str) -> Disclosure:
    """Publish what a publication of the law lists, until its last day where a term is set."""
    if step.actor is None:
        raise Problem("nobody", _("公开须由执法人员决定。"), status=403, remedy=_("请由承办人员办理。"))
    held = running.course_of(case).publication(kind)
    (term,) = held.terms.values()
    day = rules.last_public_day(term, dates.local(step.at).date(), case.values)
    firm, fields = queries.shown_with(case), public_fields(case, held)
    shown = disclosing.publish_by_law(
        step.actor, Disclosure.Kind.CHECK, f"check:{subject}", case.region,
        f"{case.values.get('product', case.title)}：{held.zh}"[:200], {"fields": fields},
        f"{law().title(held.cite)}；{law().title(term.cite)}", step.at, end_of(day) if day else None,
        about=f"organisation:{firm.uscc}" if firm else "",
    )  # fmt: skip
    sample, told = queries.sample_of(case), {one["key"]: one["value"] for one in fields}
    columns = ("producer_name", "producer_address", "sampled_name", "spec", "brand", "batch", "failing")
    CheckResult.objects.create(
        disclosure=shown, case=case, result="pass" if kind == "passed" else "fail", region=case.region,
        domain=sample.item.plan.domain if sample else Domain.PRODUCT, product=told.get("product") or case.title,
        plan=told.get("plan", "") or told.get("announcement_no", ""), published_on=dates.local(step.at).date(),
        laboratory=sample.laboratory.name if sample and sample.laboratory else "",
        platform=sample.platform if sample else "", **{key: told.get(key, "") for key in columns},
    )  # fmt: skip
    return shown


COMMON = {"subject": ("企业", "Firm"), "office": ("组织机关", "Office")}


def public_fields(case: Case, held: Publication) -> list[dict[str, str]]:
    """The fields that the law lists for the public, with their labels in both languages."""
    course, shown = running.course_of(case), []
    for key in held.shows:
        if key in COMMON:
            zh, en = COMMON[key]
            value = offices.name(case.region) if key == "office" else case.subject_name
        else:
            field = course.procedure.fields[key]
            zh, en, value = field.zh, field.en, documents.in_words(field, case.values.get(key))
        shown.append({"key": key, "zh": zh, "en": en, "value": value})
    if case.procedure in CHECKS and case.steps.filter(key="retest_pass").exists():
        for one in shown:
            if one["key"] == "conclusion":
                one["value"] = "合格（复检）"
    return shown


def _end_publication(case: Case, step: Step, why: str) -> bool:
    subject = f"check:{case.number if case.procedure == 'rectification' else case.values.get('sample_no', case.number)}"
    found = Disclosure.objects.filter(kind=Disclosure.Kind.CHECK, subject=subject, withdrawn_at=None)
    for one in found:
        disclosing.end_by_law(step.actor, one, why)
    return bool(found)


# -- the sample ----------------------------------------------------------------------------------------------


@_on(CHECKS, "return_sample", "close_overturned", "void")
def sample_gone(case: Case, step: Step) -> None:
    """The sample is with whoever it belongs to, or void."""
    state = Sample.State.VOID if step.key == "void" else Sample.State.RETURNED
    Sample.objects.filter(case=case).update(state=state)
