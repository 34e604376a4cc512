"""What can happen to the task of a failing sample."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.accounts.models import User
from zhiheng.core.accounts.rules import covers
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem, values_wrong
from zhiheng.systems.agriculture.models import Disposal


def _open(actor: User, disposal: Disposal) -> Disposal:
    """The task, locked, when the actor may work on it and it is not over."""
    if not actor.may("cases.work") or not covers(actor, disposal.sample.region):
        raise Problem(
            "forbidden", _("此任务由样品所在地的监管人员办理。"), status=403, remedy=_("请联系当地机关。")
        )
    kept = Disposal.objects.select_for_update().select_related("sample").get(pk=disposal.pk)
    if kept.state != Disposal.State.OPEN:
        raise Problem(
            "not_open",
            _("此任务已经结束：%(state)s。") % {"state": kept.get_state_display()},
            status=409,
            remedy=_("请刷新页面查看。"),
        )
    return kept


def take(actor: User, disposal: Disposal) -> None:
    """The actor takes the task on, whoever had it before."""
    with transaction.atomic():
        kept = _open(actor, disposal)
        if kept.owner_id == actor.pk:
            return
        before = kept.owner.username if kept.owner else ""
        kept.owner = actor
        kept.save(update_fields=["owner"])
        record(actor, "agriculture.disposal_taken", f"monitoring:{kept.sample}", {"before": before})


def finish(actor: User, disposal: Disposal, traced: str, measures: str) -> None:
    """The owner says where the goods came from and went, and what was done about them."""
    wrong = {}
    if not traced.strip():
        wrong["traced"] = _("请写明来源和去向；查不清的写明查到哪里。")
    if not measures.strip():
        wrong["measures"] = _("请写明处置情况。")
    if wrong:
        raise values_wrong(wrong)
    with transaction.atomic():
        kept = _open(actor, disposal)
        if kept.owner_id != actor.pk:
            raise Problem(
                "not_owner", _("此任务不由你承办。"), status=403, remedy=_("请先承办，再登记结果。")
            )
        kept.state, kept.traced, kept.measures = Disposal.State.DONE, traced.strip(), measures.strip()
        kept.done_at, kept.done_by = timezone.now(), actor
        kept.save(update_fields=["state", "traced", "measures", "done_at", "done_by"])
        record(actor, "agriculture.disposal_done", f"monitoring:{kept.sample}", {"measures": kept.measures})


def reveal(actor: User, disposal: Disposal) -> str:
    """The name of the stall's holder; the look is recorded."""
    if not actor.may("personal_data.read") or not covers(actor, disposal.sample.region):
        raise Problem(
            "forbidden", _("您的角色不能查看姓名。"), status=403, remedy=_("请由当地监管人员查看。")
        )
    record(actor, "agriculture.stall.look", f"monitoring:{disposal.sample}", {}, look=True)
    return disposal.sample.stall
