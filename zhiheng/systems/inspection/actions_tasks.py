"""What an office does with tasks, and with its inspectors: given, handed on, replaced; absent, in conflict."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext as _

from zhiheng.core.accounts.models import User
from zhiheng.core.cases.models import Case
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem, values_wrong
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.knowledge.methods import draw as method
from zhiheng.systems.inspection import queries_plan as queries
from zhiheng.systems.inspection import rules_draw, rules_plan
from zhiheng.systems.inspection.actions_plan import locked, must_plan
from zhiheng.systems.inspection.models import (
    Absence,
    Candidate,
    Conflict,
    Draw,
    Inspector,
    Plan,
    PlanItem,
    Task,
)


def reason(text: str) -> str:
    if not text.strip():
        raise values_wrong({"why": _("请写明理由。")})
    return text.strip()[:300]


def _open(actor: User, task: Task, *states: str) -> Task:
    must_plan(actor, task.office)
    kept = (
        Task.objects.select_for_update(of=("self",))
        .select_related("item__plan", "candidate", "organisation", "rectification")
        .get(pk=task.pk)
    )
    if kept.state not in (states or (Task.State.OPEN,)):
        said = {"state": kept.get_state_display()}
        raise Problem("task_state", _("任务处于“%(state)s”，不能这样办理。") % said, status=409)
    return kept


def able(
    office: str, domain: str, organisation: Organisation, today: date, case: Case | None = None
) -> dict[str, int]:
    """Who of an office may be sent there, by number, with how many tasks each has open; who keeps out of the case that
    a re-check belongs to does not go either."""
    barred = Conflict.objects.filter(organisation=organisation).values("inspector")
    people = (
        queries.pool(office, domain)
        .exclude(pk__in=barred)
        .exclude(pk__in=queries.away(office, domain, today))
        .exclude(
            pk__in=Inspector.objects.filter(user__in=case.recused if case is not None else []).values("pk")
        )
        .annotate(load=models.Count("tasks", filter=models.Q(tasks__state=Task.State.OPEN)))
    )
    return dict(people.values_list("number", "load"))


def able_for(task: Task, organisation: Organisation | None = None) -> dict[str, int]:
    """Who may be sent to a task today, or to another organisation in its place."""
    who = organisation or task.organisation
    return able(task.office, task.item.plan.domain, who, dates.today(), task.rectification)


def _sent(numbers: Sequence[str], may: Collection[str]) -> list[Inspector]:
    """The inspectors of these numbers, who all may go there."""
    if len(set(numbers)) != rules_draw.PER_SUBJECT:
        raise values_wrong({"inspectors": _("须为两名抽样人员。")})
    if any(number not in may for number in numbers):
        raise values_wrong({"inspectors": _("有人不在本机关名册、不在岗，或者须回避。")})
    return list(Inspector.objects.filter(number__in=numbers))


def made(actor: User, task: Task, numbers: Sequence[str]) -> Task:
    """Keep a task that somebody decided on: a firm in business, a day to come, two inspectors who may go there.

    Call it in a transaction, with ``task`` not yet saved.
    """
    if task.organisation.status != Organisation.Status.ACTIVE:
        raise values_wrong({"uscc": _("该主体已注销或者吊销。")})
    if task.due_on < dates.today():
        raise values_wrong({"due_on": _("不能早于今天。")})
    people = _sent(numbers, able_for(task))
    task.region = task.organisation.region
    task.save()
    task.inspectors.set(people)
    told = {"organisation": task.organisation.uscc, "why": task.why}
    if task.rectification is not None:
        told |= {"case": task.rectification.key}
    record(actor, "inspection.task_given", f"task:{task.key}", told)
    return task


def give(
    actor: User, item: PlanItem, organisation: Organisation, numbers: Sequence[str], due_on: date, why: str
) -> Task:
    """A task without a draw, for following up a failure or in an emergency: somebody decided, and says why."""
    why = reason(why)
    with transaction.atomic():
        plan = locked(actor, item.plan, Plan.State.APPROVED)
        if plan.kind not in rules_plan.EXEMPT:
            raise Problem(
                "needs_draw", _("计划抽查的对象须随机抽取。"), status=409,
                remedy=_("跟踪抽查或者突发事件抽查另立计划。"),
            )  # fmt: skip
        if not organisation.region.startswith(plan.region.rstrip("0")):
            raise values_wrong({"uscc": _("该主体不在本机关辖区内。")})
        return made(actor, Task(item=item, organisation=organisation, due_on=due_on, why=why), numbers)


def reassign(actor: User, task: Task, numbers: Sequence[str], why: str) -> Task:
    """Other inspectors for a task, with a reason."""
    why = reason(why)
    with transaction.atomic():
        kept = _open(actor, task)
        people = _sent(numbers, able_for(kept))
        before = sorted(kept.inspectors.values_list("number", flat=True), key=int)
        kept.inspectors.set(people)
        record(
            actor,
            "inspection.task_reassigned",
            f"task:{kept.key}",
            {"from": before, "to": sorted(numbers, key=int), "why": why},
        )
    return kept


def cancel_task(actor: User, task: Task, why: str) -> Task:
    """A task falls away, with a reason."""
    why = reason(why)
    with transaction.atomic():
        kept = _open(actor, task)
        kept.state, kept.why = Task.State.CANCELLED, why
        kept.save(update_fields=["state", "why"])
        record(actor, "inspection.task_cancelled", f"task:{kept.key}", {"why": why})
    return kept


def replace(actor: User, task: Task, why: str) -> Task:
    """Whoever was drawn cannot be checked: the next of the stratum's reserve is, by the draw's own seed."""
    why = reason(why)
    with transaction.atomic():
        kept = _open(actor, task, Task.State.OPEN, Task.State.NOTHING)
        if kept.candidate is None:
            raise Problem("not_drawn", _("这个任务不是抽取产生的，没有递补。"), status=409)
        draw = Draw.objects.select_for_update().get(pk=kept.candidate.draw_id)
        if draw.state != Draw.State.DRAWN:
            raise Problem("draw_state", _("这次抽取已作废。"), status=409)
        following = _next(draw, kept.candidate.region)
        if following is None:
            raise Problem(
                "nobody_left", _("该地已没有可递补的对象。"), status=409, remedy=_("请取消任务并写明理由。")
            )
        kept.state, kept.why = Task.State.CANCELLED, why
        kept.save(update_fields=["state", "why"])
        may = able_for(kept, following.organisation)
        keep = list(kept.inspectors.values_list("number", flat=True))
        numbers = rules_draw.replacements(keep, may)
        if len(numbers) < rules_draw.PER_SUBJECT:
            raise Problem(
                "too_few_inspectors", _("没有两名可派的抽样人员。"), status=409, remedy=_("请先补充名册。")
            )
        instead = Task.objects.create(
            item=kept.item, candidate=following, organisation=following.organisation,
            region=following.organisation.region, due_on=kept.due_on,
        )  # fmt: skip
        instead.inspectors.set(Inspector.objects.filter(number__in=numbers))
        record(
            actor, "inspection.task_replaced", f"task:{kept.key}",
            {"by": str(instead.key), "why": why, "stratum": following.region, "reserve": following.reserve},
        )  # fmt: skip
    return instead


def _next(draw: Draw, stratum: str) -> Candidate | None:
    """The next of a stratum's reserve; who took part already cannot be taken again."""
    used = draw.candidates.filter(region=stratum, reserve__isnull=False).count()
    left = dict(
        draw.candidates.filter(region=stratum, drawn=False, excluded="", reserve=None).values_list(
            "number", "size"
        )
    )
    number = rules_draw.reserve(stratum, left, method.seed_of(draw.list_hash, draw.random_value), used + 1)
    if number is None:
        return None
    found = Candidate.objects.select_related("organisation").get(draw=draw, number=number)
    found.reserve = used + 1
    found.save(update_fields=["reserve"])
    return found


# -- inspectors ------------------------------------------------------------------------------------------------


def save_inspector(actor: User, inspector: Inspector | None = None, **fields: Any) -> Inspector:
    """Put somebody on the office's roll, or change what it says. A name that is left empty stays as it is."""
    must_plan(actor, inspector.region if inspector else actor.region)
    with transaction.atomic():
        one = inspector or Inspector(region=actor.region)
        changed = sorted(key for key, value in fields.items() if key != "name" or value)
        for key in changed:
            setattr(one, key, fields[key])
        if one.user is not None and not (one.user.may("inspection.sample") and one.user.is_active):
            raise values_wrong({"user": _("这个账号不能抽样。")})
        if not one.number:
            last = Inspector.objects.select_for_update().order_by("-id").first()
            one.number = str(1001 + (last.pk if last else 0))
            while Inspector.objects.filter(number=one.number).exists():
                one.number = str(int(one.number) + 1)
        one.save()
        record(actor, "inspection.inspector_saved", f"inspector:{one.number}", {"fields": changed})
    return one


def reveal(actor: User, inspector: Inspector) -> str:
    """An inspector's name, after the look is in the ledger."""
    if not actor.may("personal_data.read"):
        raise Problem("forbidden", _("您的角色不能查看姓名。"), status=403)
    record(actor, "inspection.inspector_look", f"inspector:{inspector.number}", look=True)
    return inspector.name


def add_absence(actor: User, inspector: Inspector, since: date, until: date, why: str) -> Absence:
    """Days on which somebody cannot be drawn."""
    must_plan(actor, inspector.region)
    if until < since:
        raise values_wrong({"until": _("结束日期不能早于开始日期。")})
    with transaction.atomic():
        one = Absence.objects.create(inspector=inspector, since=since, until=until, why=reason(why)[:200])
        record(
            actor, "inspection.absence_added", f"inspector:{inspector.number}",
            {"since": since.isoformat(), "until": until.isoformat()},
        )  # fmt: skip
    return one


def add_conflict(actor: User, inspector: Inspector, organisation: Organisation, why: str) -> Conflict:
    """Somebody must not be sent to an organisation."""
    must_plan(actor, inspector.region)
    with transaction.atomic():
        one, _new = Conflict.objects.get_or_create(
            inspector=inspector, organisation=organisation, defaults={"why": reason(why)[:200]}
        )
        record(
            actor,
            "inspection.conflict_added",
            f"inspector:{inspector.number}",
            {"organisation": organisation.uscc},
        )
    return one


def strike(actor: User, one: Absence | Conflict) -> None:
    """An absence or a conflict that is no more."""
    must_plan(actor, one.inspector.region)
    with transaction.atomic():
        what = "absence" if isinstance(one, Absence) else "conflict"
        record(
            actor,
            "inspection.roll_struck",
            f"inspector:{one.inspector.number}",
            {"what": what, "why": one.why},
        )
        one.delete()
