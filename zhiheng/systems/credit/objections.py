"""Objections of an organisation to an item of its file: the case, and what becomes of the item.

While the case is open, the item shows that it is under objection. What is found wrong is withdrawn or amended by an
officer, in the same transaction in which the law's step of correction is taken.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import effects
from zhiheng.core.cases.actions import Actor, NewParty, Opening
from zhiheng.core.cases.models import Case, Step
from zhiheng.core.disclosure import actions as disclosing
from zhiheng.core.facts import actions as facts
from zhiheng.core.facts.models import Fact, Standing
from zhiheng.core.problems import Problem, values_wrong
from zhiheng.core.registry import actions as registering
from zhiheng.core.registry.models import Designation, Organisation
from zhiheng.knowledge.law.load import law
from zhiheng.systems.credit import rules
from zhiheng.systems.credit.models import Objection

PROCEDURE = "credit_objection"


def possible() -> bool:
    """Whether the law's data have the procedure."""
    return PROCEDURE in law().procedures


def item(organisation: Organisation, what: str, pk: int) -> Fact | Designation | None:
    """An item of an organisation's file that it may object to."""
    if what == "fact":
        rows = Fact.objects.filter(organisation=organisation, pk=pk, withdrawn_at=None)
        return rows.exclude(kind__in=rules.CONFIDENTIAL).first()
    if what == "designation":
        return Designation.objects.filter(organisation=organisation, pk=pk).first()
    return None


def raise_objection(actor: User, organisation: Organisation, one: Fact | Designation, why: str) -> Case:
    """An organisation objects to an item of its own file; the office that the item comes from looks into it.

    Raises Problem ``forbidden``, ``values_wrong``, ``under_objection``.
    """
    if not actor.may("credit.own") or actor.organisation_id != organisation.pk:
        raise Problem("forbidden", _("异议由本单位提出。"), status=403, remedy=_("请用本单位账号登录。"))
    if not why.strip():
        raise values_wrong({"why": _("必填")})
    is_fact = isinstance(one, Fact)
    about: dict[str, Any] = {"fact": one} if is_fact else {"designation": one}
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        if Objection.objects.filter(case__closed_at=None, **about).exists():
            raise Problem("under_objection", _("这一项已有异议在处理。"), status=409)
        office = one.region if isinstance(one, Fact) and one.region else organisation.region
        title = f"{one.get_kind_display()}：{one.title}"[:200]
        case = engine.open_case(
            Actor(actor),
            Opening(
                PROCEDURE, office, title, timezone.now(), "web", subject=organisation,
                parties=[NewParty("applicant", organisation=organisation)],
                values={"item": title, "objection": why.strip()},
            ),
        )  # fmt: skip
        Objection.objects.create(case=case, **about)
    return case


def correct(actor: User, case: Case, how: str, why: str, values: dict[str, Any]) -> Step:
    """An officer withdraws or amends the item that was found wrong, and takes the step of correction.

    ``how`` is ``withdraw`` or ``amend``; ``values`` are what the item says from now on.
    """
    if how not in ("withdraw", "amend"):
        raise values_wrong({"how": _("请选择。")})
    if not why.strip():
        raise values_wrong({"why": _("必填")})
    with transaction.atomic():
        case = engine.lock(case)
        one = Objection.objects.select_related("fact", "designation").get(case=case)
        one.outcome = "withdrawn" if how == "withdraw" else "amended"
        one.save(update_fields=["outcome"])
        step = engine.take(Actor(actor), case, "correct", values={"reason": why.strip()})
        if one.fact is not None:
            if how == "withdraw":
                _withdraw(actor, one.fact, why)
            else:
                facts.amend(actor, one.fact, why, **values)
        elif one.designation is not None:
            changed = (
                {"status": Designation.Status.WITHDRAWN} if how == "withdraw" else _of_designation(values)
            )
            registering.amend_designation(actor, one.designation, reason=why, **changed)
    return step


def _withdraw(actor: User, fact: Fact, why: str) -> None:
    """Withdraw a fact with the notice that made it public here; what still holds a firm on a list ends in its case."""
    if Standing.objects.filter(organisation=fact.organisation, scheme=fact.kind).exists():
        raise Problem(
            "still_listed", _("主体还在这个名单上，不能只撤回记录。"), status=409,
            remedy=_("请在列入的案件里移出或者撤销，记录随之撤回。"),
        )  # fmt: skip
    facts.withdraw(actor, fact, why)
    notice = fact.disclosure
    if notice is not None and notice.withdrawn_at is None:
        disclosing.end_by_law(actor, notice, why)


def _of_designation(values: dict[str, Any]) -> dict[str, Any]:
    names = {"title": "title", "on": "issued_on", "counts_until": "valid_until"}
    return {names[k]: v for k, v in values.items() if k in names}


@effects.on(PROCEDURE, "_opened")
def told(case: Case, step: Step) -> None:
    """Whoever objects sees its case from the first day."""
    for party in case.parties.filter(key="applicant"):
        engine.tell(case, step, party, step.at)


@effects.before(PROCEDURE, "correct")
def item_first(case: Case, values: dict[str, Any], ground: str) -> None:
    """The step of correction goes with the correction of the item."""
    one = Objection.objects.filter(case=case).first()
    if one is not None and not one.outcome:
        raise Problem(
            "item_not_corrected",
            _("须先撤回或者更正这一项。"),
            status=409,
            remedy=_("请在本页“异议的信息”处办理。"),
        )
