"""What follows when redress or a claim begins, and what its steps have to keep to."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from zhiheng.core.cases import actions as engine
from zhiheng.core.cases.effects import before, on
from zhiheng.core.cases.models import Case, Party, Step
from zhiheng.core.problems import Problem, values_wrong
from zhiheng.core.ui import dates
from zhiheng.systems.redress import actions, queries, rules
from zhiheng.systems.redress.models import Policy


@on("redress", "_opened")
def from_complaint(case: Case, step: Step) -> None:
    """Redress that follows a complaint is between the same two; the consumer keeps his receipt."""
    complaint = queries.origin_of(case, "complaint")
    complainant = complaint.parties.filter(key="complainant").first() if complaint else None
    if complaint is None or complainant is None:
        return
    _join(case, step, "consumer", complainant)
    case.values = {k: complaint.values[k] for k in ("product",) if complaint.values.get(k)} | (
        {"price": complaint.values["amount"]} if complaint.values.get("amount") else {}
    )
    case.save(update_fields=["values"])
    _tell_all(case, step)


@on("claim", "_opened")
def from_redress(case: Case, step: Step) -> None:
    """A claim out of redress is for its consumer; if just one policy is in force, its insurer has the claim."""
    redress = queries.origin_of(case, "redress")
    consumer = redress.parties.filter(key="consumer").first() if redress else None
    if consumer is not None:
        _join(case, step, "injured", consumer)
    if redress is not None and case.subject is not None:
        held = list(queries.policies_of(case.subject, dates.local(step.at).date())[:2])
        if len(held) == 1:
            _with_policy(case, held[0])
    _tell_all(case, step)


def _join(case: Case, step: Step, key: str, person: Party) -> None:
    Party.objects.create(
        case=case, key=key, user=person.user, name=person.name, phone=person.phone, address=person.address,
        anonymous=person.anonymous, language=person.language, receipt=person.receipt,
    )  # fmt: skip


def _tell_all(case: Case, step: Step) -> None:
    for party in case.parties.filter(told_at=None):
        engine.tell(case, step, party, step.at)


def _with_policy(case: Case, policy: Policy) -> None:
    case.values = {**case.values, **actions.policy_values(policy)}
    case.save(update_fields=["values"])
    if not case.parties.filter(key="insurer").exists():
        Party.objects.create(case=case, key="insurer", organisation=policy.insurer)


@before("claim", "register")
def known_policy(case: Case, values: dict[str, Any], ground: str) -> None:
    """A claim rests on a policy that is recorded here for the insured."""
    held = (
        queries.policies_of(case.subject).filter(number=values["policy_no"])
        if case.subject
        else Policy.objects.none()
    )
    insurer = case.parties.filter(key="insurer").first()
    if insurer is not None:
        held = held.filter(insurer=insurer.organisation_id)
    if held.count() != 1:
        text = _("没有登记被保险人的这份保单：%(number)s。") % {"number": values["policy_no"]}
        raise Problem(
            "unknown_policy",
            text,
            status=422,
            remedy=_("请先登记保单，或核对保单号。"),
            errors={"policy_no": text},
        )


@on("claim", "register")
def registered(case: Case, step: Step) -> None:
    """The insurer of the policy has the claim."""
    policy = queries.policy_of(case)
    assert policy is not None  # known_policy
    _with_policy(case, policy)
    for party in case.parties.filter(key="insurer", told_at=None):
        engine.tell(case, step, party, step.at)


@before("claim", "settle")
def within_limits(case: Case, values: dict[str, Any], ground: str) -> None:
    """A settlement keeps to the limits of the policy."""
    if values["policy_no"] != case.values.get("policy_no"):
        raise _wrong("policy_no", _("保单号与登记的不同。"))
    policy = queries.policy_of(case)
    if policy is None:
        raise _wrong("policy_no", _("没有登记这份保单。"))
    fault = rules.settlement_fault(
        Decimal(values["amount"]), queries.cover(policy), queries.settled_on(policy, case)
    )
    if fault is not None:
        text = {
            "nothing": _("赔付金额须大于零。"),
            "each": _("超过每次事故限额 %(limit)s 元。") % {"limit": policy.limit_each},
            "total": _("与已核定的合计超过累计限额 %(limit)s 元。") % {"limit": policy.limit_total},
        }[fault]
        raise _wrong("amount", text)


@before("claim", "pay")
def as_settled(case: Case, values: dict[str, Any], ground: str) -> None:
    """What is paid is what was settled."""
    settled = queries.last_amount(case, "settle")
    if settled is not None and Decimal(values["amount"]) != settled:
        raise _wrong("amount", _("赔付金额与核定的 %(amount)s 元不同。") % {"amount": settled})


@before("claim", "recourse")
def recourse_within(case: Case, values: dict[str, Any], ground: str) -> None:
    """Recourse is not for more than was paid."""
    _at_most(values, queries.last_amount(case, "pay"))


@before("redress", "recover")
def recovered_within(case: Case, values: dict[str, Any], ground: str) -> None:
    """Recourse is not for more than was paid in advance."""
    _at_most(values, queries.last_amount(case, "advance"))


@before("redress", "advance")
def something(case: Case, values: dict[str, Any], ground: str) -> None:
    """An advance payment is a payment."""
    if Decimal(values["amount"]) <= 0:
        raise _wrong("amount", _("先行赔付的金额须大于零。"))


def _at_most(values: dict[str, Any], most: Decimal | None) -> None:
    if values.get("amount") and most is not None and Decimal(values["amount"]) > most:
        raise _wrong("amount", _("追偿金额不能超过已赔付的 %(amount)s 元。") % {"amount": most})


def _wrong(field: str, text: str) -> Problem:
    return values_wrong({field: text})
