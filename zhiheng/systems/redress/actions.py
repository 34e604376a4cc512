"""What can happen: a consumer demands redress, a policy is recorded, a claim is reported, somebody is reminded."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases.actions import Actor, NewParty, Opening, Sent
from zhiheng.core.cases.models import Case, Notice
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem, values_wrong
from zhiheng.core.registry import rules as registry
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.systems.redress import queries, rules
from zhiheng.systems.redress.models import Policy, Reminder


def demand(
    seller: Organisation,
    *,
    name: str,
    phone: str,
    values: Mapping[str, Any],
    what: str,
    files: Sequence[Sent] = (),
    language: str = "zh-hans",
) -> tuple[Case, str]:
    """A consumer demands redress of a seller, who is told at once. Gives the case and the receipt's secret, once.

    Raises Problem ``values_wrong`` by field.
    """
    missing = {
        field: _("必填")
        for field, text in (("name", name), ("phone", phone), ("what", what))
        if not text.strip()
    }
    if not values.get("demand"):
        missing["demand"] = _("请至少选择一项。")
    if missing:
        raise values_wrong(missing)
    secret = engine.new_secret()
    case = engine.open_case(
        Actor(),
        Opening(
            "redress", seller.region, _title(values), timezone.now(), "web", subject=seller,
            parties=[
                NewParty("consumer", name=name.strip(), phone=phone.strip(), receipt=secret, language=language),
                NewParty("seller", organisation=seller),
            ],
            values={k: v for k, v in values.items() if v not in (None, "", [])}, personal={"reason": what.strip()},
            files=files,
        ),
    )  # fmt: skip
    return case, secret


def _title(values: Mapping[str, Any]) -> str:
    return _("%(product)s的退换修赔") % {"product": values.get("product") or _("商品或者服务")}


def record_policy(actor: User | None, insurer: Organisation, insured: Organisation, **about: Any) -> Policy:
    """Record a policy. The insurer and the insured record their own, offices those of their jurisdiction.

    Raises Problem ``forbidden``, ``policy_wrong`` (by field), ``policy_known`` (409).
    """
    if not registry.may(actor, "exchange.submit") or not may_record(actor, insurer, insured):
        raise Problem(
            "forbidden",
            _("只能登记本单位的或者辖区内企业的保单。"),
            status=403,
            remedy=_("请由投保企业或者保险机构登记。"),
        )
    faults = policy_faults(
        **{k: about[k] for k in ("valid_from", "valid_until", "limit_each", "limit_total")}
    )
    if faults:
        raise Problem(
            "policy_wrong",
            "；".join(faults.values()),
            status=422,
            remedy=_("请对照保单更正。"),
            errors=faults,
        )
    try:
        with transaction.atomic():
            policy = Policy.objects.create(insurer=insurer, insured=insured, recorded_by=actor, **about)
            record(
                actor, "redress.policy_recorded", f"policy:{insurer.uscc}:{policy.number}",
                {"insured": insured.uscc, "from": str(policy.valid_from), "until": str(policy.valid_until)},
            )  # fmt: skip
    except IntegrityError:
        raise Problem(
            "policy_known", _("这份保单已登记：%(number)s。") % {"number": about["number"]}, status=409,
            remedy=_("请核对保险机构和保单号。"),
        ) from None  # fmt: skip
    return policy


def may_record(actor: User | None, insurer: Organisation, insured: Organisation) -> bool:
    """Whether somebody may record a policy between two organisations."""
    return any(registry.reaches(actor, one.region, one.pk) for one in (insurer, insured))


def policy_faults(valid_from: date, valid_until: date, limit_each: Any, limit_total: Any) -> dict[str, str]:
    """What is wrong with a policy, by field in words."""
    fault = rules.cover_fault(rules.Cover(valid_from, valid_until, limit_each, limit_total))
    return {
        "period": {"valid_until": _("保险期间止早于起。")},
        "limit": {"limit_each": _("限额须大于零。")},
        "total": {"limit_total": _("累计限额不能低于每次事故限额。")},
    }.get(fault or "", {})


def report_claim(actor: User, policy: Policy, event: str, loss: str = "", files: Sequence[Sent] = ()) -> Case:
    """Report an event under a policy: a claim begins, and insured and insurer are told.

    Raises Problem ``forbidden``, ``not_in_force``, ``values_wrong``.
    """
    mine = actor.organisation_id is not None and actor.organisation_id in (
        policy.insured_id,
        policy.insurer_id,
    )
    officer = actor.may("cases.work") and actor.region == policy.insured.region
    if not (mine or officer):
        raise Problem(
            "forbidden",
            _("须由被保险人、保险机构或者当地监管部门报案。"),
            status=403,
            remedy=_("请联系被保险人。"),
        )
    now = timezone.now()
    if not rules.in_force(queries.cover(policy), dates.local(now).date()):
        raise Problem(
            "not_in_force",
            _("保单不在保险期间内。"),
            status=409,
            remedy=_("保险期间内的事故，请直接联系保险机构。"),
        )
    with transaction.atomic():
        case = engine.open_case(
            Actor(actor),
            Opening(
                "claim", policy.insured.region, _("%(product)s的保险理赔") % {"product": policy.product}, now, "desk",
                subject=policy.insured,
                parties=[
                    NewParty("insured", organisation=policy.insured), NewParty("insurer", organisation=policy.insurer)
                ],
                values=policy_values(policy), files=files,
            ),
        )  # fmt: skip
        values = {"policy_no": policy.number, "event": event, "loss": loss}
        engine.take(Actor(actor), case, "register", values={k: v for k, v in values.items() if v})
        case.refresh_from_db()
    return case


def policy_values(policy: Policy) -> dict[str, str]:
    """What a claim says of its policy."""
    return {
        "policy_no": policy.number, "limit": str(policy.limit_each), "policy_to": policy.valid_until.isoformat()
    }  # fmt: skip


def remind(case: Case, due_on: date, now: datetime) -> bool:
    """Tell who promised, and the office, that the promised day is over: once. Says whether it was done."""
    with transaction.atomic():
        case = engine.lock(case)
        today = dates.local(now).date()
        one = queries.next_of(case, today)
        if one.by != due_on or not one.late:
            return False
        _row, made = Reminder.objects.get_or_create(case=case, due_on=due_on, defaults={"at": now})
        if not made:
            return False
        step = case.steps.exclude(key__startswith="_").order_by("-seq").first() or case.steps.get(seq=1)
        for party in case.parties.filter(key__in=one.parties).exclude(told_at=None):
            Notice.objects.create(case=case, step=step, party=party, at=now)
        if case.handler is not None:
            Notice.objects.create(case=case, step=step, user=case.handler, at=now)
        record(
            None, "redress.reminded", case.key, {"due_on": due_on.isoformat(), "parties": list(one.parties)}
        )
    return True
