"""What an office does to have an order re-checked: two inspectors are sent, a sample that is no good falls away."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases.models import Case
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem, values_wrong
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.systems.inspection import queries_after
from zhiheng.systems.inspection import queries_recheck as queries
from zhiheng.systems.inspection.actions_plan import must_plan
from zhiheng.systems.inspection.actions_tasks import made, reason
from zhiheng.systems.inspection.models import Sample, Task
from zhiheng.systems.inspection.rules_recheck import ROUNDS


def must_recheck(actor: User, case: Case) -> None:
    """Who handles the order, or the head: somebody of its office who may plan and need not keep out."""
    must_plan(actor, case.region)
    me = engine.who_is(engine.Actor(actor), case)
    if "officer" not in me.roles or me.blocked is not None:
        raise Problem(
            "other_handler", _("由此案承办人或者负责人安排复查；须回避的不能办理。"), status=403,
            remedy=_("请由承办人办理，或者由负责人改派。"),
        )  # fmt: skip


def give(
    actor: User, case: Case, numbers: Sequence[str], laboratory: Organisation, due_on: date, why: str
) -> Task:
    """Send two inspectors to the firm of an order for a sample of the product that failed, tested for the same items.

    One re-check at a time: Problem ``recheck_open`` (409). ``no_recheck`` (409) where the case waits for none.
    """
    why = reason(why)
    with transaction.atomic():
        case = engine.lock(case)
        must_recheck(actor, case)
        failed = queries_after.sample_of(case)
        if case.state not in ROUNDS or case.merged_into_id is not None or failed is None:
            raise Problem(
                "no_recheck", _("此案现在不能安排复查。"), status=409, remedy=_("请查看案件的状态。")
            )
        if case.subject is None:
            raise Problem("no_party", _("被责令的单位没有登记。"), status=409, remedy=_("请先登记该主体。"))
        if not queries.may_be_given(case):
            raise Problem(
                "recheck_open", _("已经有一次复查没有办完：任务、样品或者报告还在等待。"), status=409,
                remedy=_("请先办完，或者取消任务、作废样品。"),
            )  # fmt: skip
        earliest = dates.local(queries.since(case)).date()
        if due_on < earliest:
            said = {"day": dates.words(earliest)}
            raise values_wrong({"due_on": _("%(day)s以前不能复查。") % said})
        if " laboratory " not in laboratory.kinds or laboratory == case.subject:
            raise values_wrong({"laboratory": _("须为登记的检验机构，且不是被复查的单位。")})
        task = Task(
            item=failed.item, organisation=case.subject, due_on=due_on, why=why, rectification=case,
            laboratory=laboratory,
        )  # fmt: skip
        return made(actor, task, numbers)


def void_sample(actor: User, sample: Sample, why: str) -> Sample:
    """A re-check's sample that cannot be tested falls away, with a reason; another visit may be made."""
    why = reason(why)
    with transaction.atomic():
        kept = (
            Sample.objects.select_for_update(of=("self",))
            .select_related("task__rectification")
            .get(pk=sample.pk)
        )
        case = kept.rectification
        if case is None:
            raise Problem("not_a_recheck", _("不是复查的样品。"), status=404)
        must_recheck(actor, case)
        if kept.state not in queries.WAITING:
            raise Problem(
                "wrong_state", _("样品的状态是“%(state)s”，现在不能这样办理。") % {"state": kept.get_state_display()},
                status=409, remedy=_("请刷新页面。"),
            )  # fmt: skip
        kept.state = Sample.State.VOID
        kept.save(update_fields=["state"])
        record(actor, "inspection.recheck_void", f"sample:{kept.number}", {"case": case.key, "why": why})
    return kept
