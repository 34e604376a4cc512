"""The draw: a list is fixed, its hash published, a public value entered and confirmed, lots cast. Or it is void.

Everything else about a draw follows from list and value (docs/draw.md); nothing here can be tried out beforehand.
"""

import secrets
from datetime import datetime
from typing import Any

import msgspec
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.accounts.models import User
from zhiheng.core.disclosure.actions import publish_by_law
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem, values_wrong
from zhiheng.core.ui import dates
from zhiheng.knowledge.methods import draw as method
from zhiheng.knowledge.methods.faults import MethodError
from zhiheng.systems.inspection import queries_plan as queries
from zhiheng.systems.inspection import rules_draw, words_plan
from zhiheng.systems.inspection.actions_plan import locked, must_be_head, must_plan
from zhiheng.systems.inspection.models import Candidate, Conflict, Draw, Plan, PlanItem, Task

BASIS = "GD-MR 第二十六条"
"""Double random; no article at hand orders the publication of a draw, the office decides on it."""
BATCH = 2000


def commit(
    actor: User, item: PlanItem, source: str, random_after: datetime, *, now: datetime | None = None
) -> Draw:
    """Fix the list of an item and publish its hash, with the public value that will decide, and when it is known."""
    must_plan(actor, item.plan.region)
    now = now or timezone.now()
    if random_after <= now:
        raise values_wrong({"random_after": _("须晚于现在：随机值在名单固定时应当没有人能知道。")})
    if not source.strip():
        raise values_wrong({"source": _("请写明用哪个公开的随机值，以及怎样书写。")})
    with transaction.atomic():
        plan = locked(actor, item.plan, Plan.State.APPROVED)
        if dates.local(random_after).date() > plan.ends_on:
            raise values_wrong({"random_after": _("不能晚于计划的结束日期。")})
        if item.draws.exclude(state=Draw.State.VOID).exists():
            raise Problem(
                "draw_there", _("这个产品已经有抽取。"), status=409, remedy=_("如需重抽，请先写明理由作废。")
            )
        if not item.strata.exists():
            raise Problem(
                "no_list", _("这个产品没有分配到各地，不用抽取。"), status=409, remedy=_("请直接指派任务。")
            )
        secret = secrets.token_hex(32)
        rows = queries.entries(item, dates.local(now).date())
        numbers = {
            one.organisation: rules_draw.number_of(one.uscc, rules_draw.nonce_of(secret, one.uscc))
            for one in rows
        }
        draw_list = _list(item, rows, numbers, source, random_after)
        try:
            file = method.commit(draw_list, now)
        except MethodError as error:
            raise words_plan.method_problem(error) from None
        chance = method.probabilities(file.list)
        assert file.commitment is not None
        try:
            draw = Draw.objects.create(
                item=item, list_hash=file.commitment.hash, random_source=file.list.source, random_after=random_after,
                committed_at=now, committed_by=actor, record=msgspec.to_builtins(file), secret=secret,
            )  # fmt: skip
        except IntegrityError:
            raise Problem("draw_there", _("这个产品已经有抽取。"), status=409) from None
        Candidate.objects.bulk_create(
            (
                Candidate(
                    draw_id=draw.pk, organisation_id=one.organisation, number=numbers[one.organisation],
                    region=one.region,
                    size=0 if one.excluded else one.size, excluded=one.excluded, note=one.note,
                    probability=None if one.excluded else float(chance[numbers[one.organisation]]),
                )
                for one in rows
            ),
            batch_size=BATCH,
        )  # fmt: skip
        able = sum(not one.excluded for one in rows)
        record(
            actor, "inspection.draw_committed", f"draw:{draw.pk}",
            {
                "item": item.pk, "hash": draw.list_hash, "source": draw.random_source, "candidates": able,
                "excluded": len(rows) - able,
            },
        )  # fmt: skip
        _publish(
            actor, draw, "committed", now,
            [
                ("产品", "Product", item.product),
                ("名单的 SHA-256", "SHA-256 of the list", draw.list_hash),
                ("候选对象", "Candidates", str(able)),
                ("排除", "Left out", str(len(rows) - able)),
                ("拟抽取", "To be drawn", str(sum(one.n for one in file.list.strata))),
                ("随机值来源", "Source of the random value", draw.random_source),
                ("最早可知时间", "Not known before", file.list.due),
                ("规则", "Rules", "zhiheng-draw-1"),
            ],
        )  # fmt: skip
    return draw


def _list(
    item: PlanItem,
    rows: list[queries.Entry],
    numbers: dict[int, str],
    source: str,
    due: datetime,
) -> method.DrawList:
    """The list as the draw file has it. Of a stratum where too few are left, all are taken."""
    left: dict[str, int] = {}
    for one in rows:
        left[one.region] = left.get(one.region, 0) + (not one.excluded)
    wanted = dict(item.strata.values_list("region", "size"))
    strata = tuple(
        method.Stratum(region, min(wanted.get(region, 0), left.get(region, 0)))
        for region in sorted(left.keys() | wanted.keys())
    )
    people = {one.pk: one.number for one in queries.pool(item.plan.region, item.plan.domain)}
    away = queries.away(item.plan.region, item.plan.domain, dates.local(due).date())
    listed = {one.organisation for one in rows if not one.excluded}
    conflicts = tuple(
        method.Conflict(people[inspector], numbers[organisation], "conflict_of_interest")
        for inspector, organisation in Conflict.objects.filter(inspector__in=people).values_list(
            "inspector_id", "organisation_id"
        )
        if organisation in listed
    )
    return method.DrawList(
        title=f"{item.plan.title} {item.product} {item.plan_id}-{item.pk}-{item.draws.count() + 1}",
        source=source,
        due=dates.local(due).isoformat(timespec="seconds"),
        strata=strata,
        candidates=tuple(
            method.Candidate(numbers[one.organisation], one.region, one.size) for one in rows if not one.excluded
        ),
        excluded=tuple(
            method.Excluded(numbers[one.organisation], one.region, one.excluded) for one in rows if one.excluded
        ),
        inspectors=method.Inspectors(
            rules_draw.PER_SUBJECT, tuple(people.values()),
            tuple(method.Absent(people[pk], "absent") for pk in sorted(away)), conflicts,
        ),
    )  # fmt: skip


def _publish(actor: User, draw: Draw, what: str, now: datetime, lines: list[tuple[str, str, str]]) -> None:
    title = {"committed": "抽取名单已固定", "drawn": "抽取结果", "void": "抽取作废"}[what]
    publish_by_law(
        actor, "draw", f"draw:{draw.pk}:{what}", draw.item.plan.region,
        f"{title}：{draw.item.plan.title} {draw.item.product}"[:200],
        {"fields": [{"zh": zh, "en": en, "value": value} for zh, en, value in lines]},
        words_plan.article(BASIS), now, None,
    )  # fmt: skip


def _locked(actor: User, draw: Draw, *states: str) -> Draw:
    must_plan(actor, draw.item.plan.region)
    kept = Draw.objects.select_for_update(of=("self",)).select_related("item__plan").get(pk=draw.pk)
    if kept.state not in states:
        said = {"state": kept.get_state_display()}
        raise Problem("draw_state", _("抽取处于“%(state)s”，不能这样办理。") % said, status=409)
    return kept


def enter_value(
    actor: User, draw: Draw, value: str, known_at: datetime, *, now: datetime | None = None
) -> Draw:
    """The public value as it was published, and when. It decides nothing until another officer writes it again."""
    now = now or timezone.now()
    text = method.clean(value)
    if not text or len(text) > 300:
        raise values_wrong({"value": _("请按来源写明的格式填写随机值。")})
    if known_at < draw.random_after:
        raise values_wrong({"known_at": _("不能早于名单公布的最早可知时间。")})
    if known_at > now:
        raise values_wrong({"known_at": _("不能晚于现在。")})
    with transaction.atomic():
        kept = _locked(actor, draw, Draw.State.COMMITTED)
        kept.random_value, kept.known_at, kept.entered_at, kept.entered_by = text, known_at, now, actor
        kept.save(update_fields=["random_value", "known_at", "entered_at", "entered_by"])
        record(
            actor,
            "inspection.value_entered",
            f"draw:{kept.pk}",
            {"value": text, "known_at": known_at.isoformat()},
        )
    return kept


def confirm(actor: User, draw: Draw, value: str, *, now: datetime | None = None) -> Draw:
    """A second officer writes the public value again; the same one draws, there and then."""
    now = now or timezone.now()
    with transaction.atomic():
        kept = _locked(actor, draw, Draw.State.COMMITTED)
        if not kept.random_value or kept.known_at is None:
            raise Problem("no_value", _("还没有人填写随机值。"), status=409, remedy=_("请先填写随机值。"))
        if kept.entered_by_id == actor.pk:
            raise Problem(
                "same_officer", _("须由另一人核对随机值。"), status=403, remedy=_("请由另一位工作人员核对。")
            )
        if method.clean(value) != kept.random_value:
            raise values_wrong({"value": _("与已填写的随机值不同：请对照公布的原文；确有错误的，重新填写。")})
        try:
            file = method.draw(method.load(kept.record), kept.random_value, kept.known_at)
        except MethodError as error:
            raise words_plan.method_problem(error) from None
        kept.record, kept.state = msgspec.to_builtins(file), Draw.State.DRAWN
        kept.drawn_at, kept.drawn_by = now, actor
        kept.save()
        tasks = _tasks(kept, file)
        assert kept.entered_by is not None
        record(
            actor, "inspection.drawn", f"draw:{kept.pk}",
            {"value": kept.random_value, "entered_by": kept.entered_by.username, "tasks": tasks},
        )  # fmt: skip
        _publish(
            actor, kept, "drawn", now,
            [
                ("产品", "Product", kept.item.product),
                ("名单的 SHA-256", "SHA-256 of the list", kept.list_hash),
                ("随机值来源", "Source of the random value", kept.random_source),
                ("随机值", "Random value", kept.random_value),
                ("随机值公布时间", "Random value known at", dates.local(kept.known_at).isoformat(timespec="seconds")),
                ("抽中", "Drawn", str(tasks)),
            ],
        )  # fmt: skip
    return kept


def _tasks(draw: Draw, file: method.DrawFile) -> int:
    """Mark who was drawn and make their tasks, with the inspectors that were drawn too."""
    sent = {one.id: one.inspectors for one in file.result or ()}
    numbers = list(sent)
    drawn: list[Candidate] = []
    for start in range(0, len(numbers), BATCH):
        some = Candidate.objects.filter(draw=draw, number__in=numbers[start : start + BATCH])
        some.update(drawn=True)
        drawn += some.select_related("organisation").only("number", "organisation__region", "draw")
    tasks = Task.objects.bulk_create(
        (
            Task(
                item=draw.item, candidate=one, organisation_id=one.organisation_id, region=one.organisation.region,
                due_on=draw.item.plan.ends_on,
            )
            for one in drawn
        ),
        batch_size=BATCH,
    )  # fmt: skip
    plan = draw.item.plan
    people = {one.number: one.pk for one in queries.pool(plan.region, plan.domain)}
    link: Any = Task.inspectors.through
    link.objects.bulk_create(
        (
            link(task_id=task.pk, inspector_id=people[number])
            for task, one in zip(tasks, drawn, strict=True)
            for number in sent[one.number]
        ),
        batch_size=BATCH,
    )
    return len(tasks)


def void(actor: User, draw: Draw, why: str) -> None:
    """Give a draw up, with a reason that is published; one that was drawn, by the head and before any sampling."""
    if not why.strip():
        raise values_wrong({"why": _("请写明理由。")})
    if draw.state == Draw.State.DRAWN:
        must_be_head(actor, draw.item.plan.region)
    now = timezone.now()
    with transaction.atomic():
        kept = _locked(actor, draw, Draw.State.COMMITTED, Draw.State.DRAWN)
        tasks = Task.objects.filter(candidate__draw=kept)
        if tasks.exclude(state__in=[Task.State.OPEN, Task.State.CANCELLED]).exists():
            raise Problem(
                "already_sampled", _("已经按这次抽取去抽样，不能作废。"), status=409, remedy=_("请办完这次抽查。")
            )  # fmt: skip
        was = kept.state
        kept.state, kept.void_why = Draw.State.VOID, why.strip()[:300]
        kept.save(update_fields=["state", "void_why"])
        tasks.update(state=Task.State.CANCELLED, why=kept.void_why)
        record(actor, "inspection.draw_void", f"draw:{kept.pk}", {"why": kept.void_why, "was": was})
        _publish(
            actor, kept, "void", now,
            [
                ("产品", "Product", kept.item.product),
                ("名单的 SHA-256", "SHA-256 of the list", kept.list_hash),
                ("作废理由", "Why it is void", kept.void_why),
                ("当时", "At that time", "已抽取 drawn" if was == Draw.State.DRAWN else "未抽取 not drawn"),
            ],
        )  # fmt: skip


def cancel_plan(actor: User, plan: Plan, why: str) -> Plan:
    """An approved plan is given up, with a reason: its draws are void, its open tasks fall away."""
    must_be_head(actor, plan.region)
    if not why.strip():
        raise values_wrong({"why": _("请写明理由。")})
    with transaction.atomic():
        kept = locked(actor, plan, Plan.State.APPROVED)
        own = Task.objects.filter(item__plan=kept, rectification=None)
        if own.filter(state__in=[Task.State.SAMPLED, Task.State.REFUSED]).exists():
            raise Problem(
                "already_sampled", _("已经有抽样结果，不能取消。"), status=409, remedy=_("请办完后结束计划。")
            )  # fmt: skip
        for draw in Draw.objects.filter(item__plan=kept).exclude(state=Draw.State.VOID):
            void(actor, draw, why)
        own.filter(state=Task.State.OPEN).update(state=Task.State.CANCELLED, why=why.strip()[:300])
        kept.state, kept.cancelled_why = Plan.State.CANCELLED, why.strip()[:300]
        kept.version += 1
        kept.save()
        record(
            actor,
            "inspection.plan_cancelled",
            f"plan:{kept.pk}",
            {"title": kept.title, "why": kept.cancelled_why},
        )
    return kept
