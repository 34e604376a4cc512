"""What officers do beside the law's steps: measures that go with an entry, the follow-up of firms that left, hints."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.accounts.auth import require
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import offices
from zhiheng.core.cases import rules as engine_rules
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem, values_wrong
from zhiheng.core.ui import dates
from zhiheng.systems.listing import queries
from zhiheng.systems.listing.models import Entry, Exit, ExitCheck, Hint, Measure, Scheme


def _officer(actor: User) -> None:
    require(actor, "listing.work")
    if actor.role not in engine_rules.REGULATORS:
        raise Problem("forbidden", _("只有监管机关可以办理。"), status=403)


def _sees(found: bool) -> None:
    if not found:
        raise Problem("not_found", _("没有这一条，或者不在您的辖区。"), status=404)


# -- measures ------------------------------------------------------------------------------------------------------


def apply_measure(
    actor: User, entry: Entry, kind: str, on: date, *, office: str = "", note: str = ""
) -> Measure:
    """Say that an office applies a measure to somebody who is on the list (SAMR-44 Art. 15).

    ``office`` is another authority that told us so (a procurement office, a bank); empty is the actor's own.
    """
    _officer(actor)
    _sees(queries.entries_visible_to(actor).filter(pk=entry.pk).exists())
    wrong = {}
    if kind not in Measure.Kind.values:
        wrong["kind"] = _("请选择。")
    if on > dates.today() or on < entry.listed_on:
        wrong["on"] = _("须在列入日期以后、今天以前。")
    if wrong:
        raise values_wrong(wrong)
    if entry.scheme != Scheme.SERIOUS or entry.removed_on is not None:
        raise Problem("not_listed", _("不在严重违法失信名单上，不能实施管理措施。"), status=409)
    try:
        with transaction.atomic():
            made = Measure.objects.create(
                entry=entry, kind=kind, office=(office.strip() or offices.name(actor.region))[:120],
                note=note.strip()[:300], applied_on=on, applied_by=actor,
            )  # fmt: skip
            record(
                actor, "listing.measure_applied", entry.case.key,
                {"kind": kind, "office": made.office, "on": on.isoformat()},
            )  # fmt: skip
    except IntegrityError:
        raise Problem("applied_already", _("这个机关已登记过这项措施。"), status=409) from None
    return made


def lift_measure(actor: User, measure: Measure, on: date, reason: str) -> Measure:
    """Say that an office no longer applies a measure, and why."""
    _officer(actor)
    _sees(queries.entries_visible_to(actor).filter(pk=measure.entry_id).exists())
    if not reason.strip():
        raise values_wrong({"reason": _("须写明理由。")})
    if on > dates.today() or on < measure.applied_on:
        raise values_wrong({"on": _("须在实施日期以后、今天以前。")})
    with transaction.atomic():
        kept = Measure.objects.select_for_update().get(pk=measure.pk)
        if kept.lifted_on is not None:
            raise Problem("lifted_already", _("已解除。"), status=409)
        kept.lifted_on, kept.lifted_by = on, actor
        kept.save(update_fields=["lifted_on", "lifted_by"])
        record(
            actor, "listing.measure_lifted", kept.entry.case.key,
            {"kind": kept.kind, "office": kept.office, "on": on.isoformat(), "reason": reason.strip()[:300]},
        )  # fmt: skip
    return kept


# -- exit ----------------------------------------------------------------------------------------------------------


def check_exit(actor: User, exit_: Exit, item: str, done: bool, note: str) -> ExitCheck:
    """What an officer found of one item when following a firm that left."""
    _officer(actor)
    _sees(queries.exits_visible_to(actor).filter(pk=exit_.pk).exists())
    wrong = {}
    if item not in ExitCheck.Item.values:
        wrong["item"] = _("请选择。")
    if not note.strip():
        wrong["note"] = _("须写明核查情况。")
    if wrong:
        raise values_wrong(wrong)
    if exit_.ended_on is not None:
        raise Problem("ended", _("已结束跟踪。"), status=409)
    with transaction.atomic():
        made = ExitCheck.objects.create(exit=exit_, item=item, done=done, note=note.strip()[:500], by=actor)
        record(
            actor, "listing.exit_checked", f"organisation:{exit_.organisation.uscc}",
            {"item": item, "done": done, "note": made.note},
        )  # fmt: skip
    return made


def end_exit(actor: User, exit_: Exit, reason: str) -> Exit:
    """Stop following a firm: every item was seen to, or a reason says why it need not be."""
    _officer(actor)
    _sees(queries.exits_visible_to(actor).filter(pk=exit_.pk).exists())
    if not reason.strip():
        raise values_wrong({"reason": _("须写明理由。")})
    with transaction.atomic():
        kept = Exit.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=exit_.pk)
        if kept.ended_on is not None:
            raise Problem("ended", _("已结束跟踪。"), status=409)
        kept.ended_on, kept.ended_by, kept.ended_why = dates.today(), actor, reason.strip()[:300]
        kept.save(update_fields=["ended_on", "ended_by", "ended_why"])
        record(
            actor, "listing.exit_ended", f"organisation:{kept.organisation.uscc}", {"reason": kept.ended_why}
        )
    return kept


def resolve_hint(actor: User, hint: Hint, outcome: str, reason: str) -> Hint:
    """Say what a hint is: the same people or business again, or nothing. Nothing follows by itself."""
    _officer(actor)
    _sees(queries.hints_visible_to(actor).filter(pk=hint.pk).exists())
    wrong = {}
    if outcome not in {Hint.Outcome.SAME, Hint.Outcome.UNRELATED}:
        wrong["outcome"] = _("请选择。")
    if not reason.strip():
        wrong["reason"] = _("须写明理由。")
    if wrong:
        raise values_wrong(wrong)
    with transaction.atomic():
        kept = (
            Hint.objects.select_for_update(of=("self",))
            .select_related("organisation", "exit")
            .get(pk=hint.pk)
        )
        kept.outcome, kept.reason = outcome, reason.strip()[:500]
        kept.resolved_by, kept.resolved_at = actor, timezone.now()
        kept.save(update_fields=["outcome", "reason", "resolved_by", "resolved_at"])
        record(
            actor, "listing.hint_resolved", f"organisation:{kept.organisation.uscc}",
            {"exit": kept.exit.organisation.uscc, "outcome": outcome, "reason": kept.reason},
        )  # fmt: skip
    return kept
