"""What can happen to a plan of spot checks: drafted, filled, spread, approved, ended. Each writes the ledger."""

import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.accounts.auth import require
from zhiheng.core.accounts.models import User
from zhiheng.core.exchange.reading import open_document
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem, values_wrong
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.systems.inspection import queries_plan as queries
from zhiheng.systems.inspection import rules_allot, words_plan
from zhiheng.systems.inspection import rules_plan as rules
from zhiheng.systems.inspection.models import Exclusion, Plan, PlanItem, Stratum, Task

MOST_TESTS = 500
PLAN_FIELDS = ("title", "domain", "kind", "starts_on", "ends_on", "budget", "weights", "regions")
ITEM_FIELDS = (
    "product", "industry", "stage", "kinds", "standards", "rules", "rules_public_on", "max_failing", "size",
    "unit_cost", "assumed_rate", "laboratory",
)  # fmt: skip


def must_plan(actor: User, region: str) -> None:
    """Only people of the plan's own office who plan."""
    require(actor, "inspection.plan")
    if actor.region != region:
        raise Problem(
            "not_of_office", _("只有组织抽查的机关可以办理。"), status=403, remedy=_("请联系该机关。")
        )


def must_be_head(actor: User, region: str) -> None:
    """What the head of the office decides."""
    must_plan(actor, region)
    if not actor.has_duty("head"):
        raise Problem("not_head", _("由本机关负责人决定。"), status=403, remedy=_("请由负责人办理。"))


def locked(actor: User, plan: Plan, *states: str, version: int | None = None) -> Plan:
    """The plan with its row locked, in one of these states, as it was when the form was shown."""
    must_plan(actor, plan.region)
    kept = Plan.objects.select_for_update().get(pk=plan.pk)
    if kept.state not in states:
        said = {"state": kept.get_state_display()}
        raise Problem("plan_state", _("计划%(state)s，不能这样办理。") % said, status=409)
    if version is not None and version != kept.version:
        raise Problem("changed", _("其他人刚刚改动过这份计划。"), status=409, remedy=_("请核对后再提交。"))
    return kept


def _told(plan: Plan) -> str:
    return f"plan:{plan.pk}"


def _touch(plan: Plan) -> None:
    plan.version += 1
    plan.save(update_fields=["version"])


# -- drafting ------------------------------------------------------------------------------------------------


def draft(actor: User, **fields: Any) -> Plan:
    """A new plan of the actor's office."""
    must_plan(actor, actor.region)
    plan = Plan(region=actor.region, made_by=actor)
    with transaction.atomic():
        _fill(plan, fields)
        plan.save()
        record(actor, "inspection.plan_drafted", _told(plan), {"title": plan.title})
    return plan


def _fill(plan: Plan, fields: Mapping[str, Any]) -> None:
    for key in PLAN_FIELDS:
        if key in fields:
            setattr(plan, key, fields[key])
    errors = {}
    if plan.ends_on < plan.starts_on:
        errors["ends_on"] = _("结束日期不能早于开始日期。")
    for key, code in rules.weight_faults(plan.weights).items():
        errors[f"weight_{key}"] = words_plan.fault(code)
    if any(not code.startswith(plan.region.rstrip("0") or "0") for code in plan.regions):
        errors["regions"] = _("有的地区不在本机关辖区内。")
    if errors:
        raise values_wrong(errors)


def edit(actor: User, plan: Plan, version: int | None = None, **fields: Any) -> Plan:
    """Change a draft. Where or how sizes are counted has changed, so the samples have to be spread again."""
    with transaction.atomic():
        kept = locked(actor, plan, Plan.State.DRAFT, version=version)
        before = (kept.regions, kept.weights)
        _fill(kept, fields)
        kept.version += 1
        kept.save()
        if before != (kept.regions, kept.weights):
            Stratum.objects.filter(item__plan=kept).delete()
        record(actor, "inspection.plan_changed", _told(kept), {"fields": sorted(fields)})
    return kept


def copy(actor: User, plan: Plan) -> Plan:
    """A new draft of one's own office with the items of another plan, a year later."""
    must_plan(actor, actor.region)
    with transaction.atomic():
        new = Plan(
            title=_("%(title)s（复制）") % {"title": plan.title}, region=actor.region, domain=plan.domain,
            kind=plan.kind,
            starts_on=plan.starts_on, ends_on=plan.ends_on, budget=plan.budget, weights=plan.weights, made_by=actor,
            regions=plan.regions if plan.region == actor.region else [],
        )  # fmt: skip
        new.title = new.title[:200]
        new.save()
        for item in plan.items.all():
            item.pk, item.plan = None, new
            item._state.adding = True
            item.save()
        record(actor, "inspection.plan_copied", _told(new), {"from": _told(plan)})
    return new


def delete(actor: User, plan: Plan) -> None:
    """A draft that nobody wants."""
    with transaction.atomic():
        kept = locked(actor, plan, Plan.State.DRAFT)
        subject, title = _told(kept), kept.title
        kept.delete()
        record(actor, "inspection.plan_deleted", subject, {"title": title})


# -- items -----------------------------------------------------------------------------------------------------


def save_item(actor: User, plan: Plan, item: PlanItem | None = None, **fields: Any) -> PlanItem:
    """A new item of a draft, or a change of one; whatever counts candidates or samples makes it be spread again."""
    with transaction.atomic():
        kept = locked(actor, plan, Plan.State.DRAFT)
        one = item or PlanItem(plan=kept)
        counted = ("size", "kinds", "industry", "stage", "assumed_rate", "laboratory_id", "standards")
        before = [getattr(one, key) for key in counted]
        for key in ITEM_FIELDS:
            if key in fields:
                setattr(one, key, fields[key])
        one.save()
        if before != [getattr(one, key) for key in counted]:
            one.strata.all().delete()
        _touch(kept)
        record(actor, "inspection.item_saved", _told(kept), {"item": one.pk, "product": one.product})
    return one


def drop_item(actor: User, item: PlanItem) -> None:
    """An item out of a draft."""
    with transaction.atomic():
        kept = locked(actor, item.plan, Plan.State.DRAFT)
        record(actor, "inspection.item_dropped", _told(kept), {"item": item.pk, "product": item.product})
        item.delete()
        _touch(kept)


def set_tests(actor: User, item: PlanItem, tests: list[dict[str, Any]]) -> None:
    """The test items of an item, all of them."""
    if len(tests) > MOST_TESTS:
        raise Problem(
            "too_many_tests", _("检验项目太多：最多 %(most)d 项。") % {"most": MOST_TESTS}, status=422
        )
    if twice := rules.written_twice(tests):
        raise Problem(
            "test_twice", _("检验项目“%(item)s”写了两次。") % {"item": twice}, status=422,
            remedy=_("结果按项目名称录入：请合并，或者在名称里写明区别。"),
        )  # fmt: skip
    with transaction.atomic():
        kept = locked(actor, item.plan, Plan.State.DRAFT)
        item.tests = tests
        item.save(update_fields=["tests"])
        _touch(kept)
        record(actor, "inspection.tests_set", _told(kept), {"item": item.pk, "tests": len(tests)})


def read_tests(data: bytes, filename: str) -> list[dict[str, Any]]:
    """Test items from a sheet (CSV, XLSX, JSON); a Problem that lists every wrong cell, and nothing is taken then."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet"
        path.write_bytes(data)
        document = open_document(path, filename)
        if document.names is not None and "item" not in map(rules.column_of, document.names):
            raise Problem(
                "no_item_column", _("第一行里没有“检验项目”这一列。"), status=422,
                remedy=_("列名写作：检验项目、检验方法、单位、下限、上限、判定规则、可能严重危害。"),
            )  # fmt: skip
        tests, wrong = [], []
        for row in document.rows():
            if row.problem is not None:
                raise row.problem
            pairs = (
                row.cells.items()
                if isinstance(row.cells, dict)
                else zip(document.names or [], row.cells, strict=False)
            )
            cells = {key: value for name, value in pairs if (key := rules.column_of(str(name))) is not None}
            test, faults = rules.sheet_item(cells)
            wrong += [
                {"row": row.number, "field": words_plan.column(key), "message": words_plan.fault(code)}
                for key, code in faults.items()
            ]
            tests.append(test)
            if len(tests) > MOST_TESTS:
                raise Problem(
                    "too_many_tests", _("检验项目太多：最多 %(most)d 项。") % {"most": MOST_TESTS}, status=422
                )
    if wrong:
        raise Problem(
            "rows_wrong", _("表中有 %(count)d 处需要改正，没有导入任何一行。") % {"count": len(wrong)}, status=422,
            remedy=_("改正后整表再传一次。"), rows=wrong,
        )  # fmt: skip
    if not tests:
        raise Problem(
            "empty", _("表里没有检验项目。"), status=422, remedy=_("第一行写列名，从第二行起每行一个项目。")
        )
    return tests


def allot(actor: User, item: PlanItem, size: int, rule: str, minimum: int, today: date) -> list[Stratum]:
    """Spread an item's samples over its strata by a rule, and say how precise the answer is expected to be."""
    with transaction.atomic():
        kept = locked(actor, item.plan, Plan.State.DRAFT)
        sizes = queries.by_stratum(queries.entries(item, today))
        if not sizes:
            raise Problem(
                "nobody", _("按这些条件，登记的主体中没有可抽取的对象。"), status=422,
                remedy=_("请核对主体类别、行业代码和抽查地区。"),
            )  # fmt: skip
        try:
            shares = rules_allot.allot(sizes, size, float(item.assumed_rate), rule, minimum)
        except ValueError:
            least = sum(min(minimum, len(some)) for some in sizes.values())
            raise values_wrong(
                {"size": _("按每地最少数，至少需要 %(least)d 个样品。") % {"least": least}}
            ) from None
        each, _overall = rules_allot.precision(shares)
        item.size, item.allocation, item.minimum = size, rule, minimum
        item.save(update_fields=["size", "allocation", "minimum"])
        item.strata.all().delete()
        strata = Stratum.objects.bulk_create(
            Stratum(
                item=item, region=one.region, population=one.population, size=one.size, weight=one.weight,
                rate=one.rate, effect=one.effect, half_width=each[one.region].half_width,
            )
            for one in shares
        )  # fmt: skip
        _touch(kept)
        record(
            actor, "inspection.allotted", _told(kept),
            {"item": item.pk, "size": size, "rule": rule, "n": {one.region: one.size for one in strata}},
        )  # fmt: skip
    return strata


def exclude(actor: User, item: PlanItem, organisation: Organisation, code: str, why: str) -> Exclusion:
    """Leave somebody out of the draws of an item that are still to come, by name and with a reason."""
    must_plan(actor, item.plan.region)
    if not queries.frame(item).filter(pk=organisation.pk).exists():
        raise values_wrong({"uscc": _("这个主体本来就不在该产品的名单里。")})
    if not why.strip():
        raise values_wrong({"why": _("请写明理由。")})
    with transaction.atomic():
        one, new = Exclusion.objects.get_or_create(
            item=item,
            organisation=organisation,
            defaults={"code": code, "why": why.strip()[:300], "by": actor},
        )
        if not new:
            raise values_wrong({"uscc": _("已经排除过了。")})
        subject = f"organisation:{organisation.uscc}"
        record(actor, "inspection.excluded", subject, {"item": item.pk, "code": code, "why": one.why})
    return one


def include_again(actor: User, exclusion: Exclusion) -> None:
    """Take an exclusion back; what a committed list says stays as it is."""
    must_plan(actor, exclusion.item.plan.region)
    with transaction.atomic():
        subject = f"organisation:{exclusion.organisation.uscc}"
        record(actor, "inspection.included_again", subject, {"item": exclusion.item_id, "why": exclusion.why})
        exclusion.delete()


# -- approval and end --------------------------------------------------------------------------------------------


def approve(actor: User, plan: Plan, despite: str, today: date) -> Plan:
    """The head approves: nothing is wrong, and what looks like a repetition has the head's reason. Locks the plan."""
    must_be_head(actor, plan.region)
    with transaction.atomic():
        kept = locked(actor, plan, Plan.State.DRAFT)
        if kept.made_by_id == actor.pk:
            raise Problem(
                "own_draft", _("起草人不能批准自己起草的计划。"), status=403, remedy=_("请由另一位负责人批准。")
            )  # fmt: skip
        found = queries.findings(kept, today)
        wrong = [one for one in found if one.level == "fault"]
        if wrong:
            raise Problem(
                "plan_not_ready", _("计划还有 %(count)d 处不符合要求。") % {"count": len(wrong)}, status=422,
                remedy=_("请先改正页面列出的各项。"), findings=[words_plan.finding(one) for one in wrong],
            )  # fmt: skip
        if any(one.level == "conflict" for one in found) and not despite.strip():
            raise values_wrong(
                {"despite": _("上级已安排同一产品的抽查：请写明为何不属于重复抽查，或者退回修改。")}
            )
        kept.state, kept.approved_by, kept.approved_at = Plan.State.APPROVED, actor, timezone.now()
        kept.despite = despite.strip()[:500]
        kept.version += 1
        kept.save()
        conflicts = [words_plan.finding(one) for one in found if one.level == "conflict"]
        record(
            actor, "inspection.plan_approved", _told(kept),
            {"title": kept.title, "despite": kept.despite, "conflicts": conflicts},
        )  # fmt: skip
    return kept


def file_plan(actor: User, plan: Plan, day: date) -> Plan:
    """The plan was filed with the office above (SAMR-18 Art. 10)."""
    if day > dates.today():
        raise values_wrong({"day": _("不能晚于今天。")})
    with transaction.atomic():
        kept = locked(actor, plan, Plan.State.DRAFT, Plan.State.APPROVED, Plan.State.CLOSED)
        kept.filed_on = day
        kept.save(update_fields=["filed_on"])
        record(actor, "inspection.plan_filed", _told(kept), {"on": day.isoformat()})
    return kept


def close(actor: User, plan: Plan) -> Plan:
    """All visits were made: the plan is over."""
    with transaction.atomic():
        kept = locked(actor, plan, Plan.State.APPROVED)
        left = Task.objects.filter(item__plan=kept, rectification=None, state=Task.State.OPEN).count()
        if left:
            raise Problem(
                "tasks_open", _("还有 %(left)d 个抽样任务没有办完。") % {"left": left}, status=409,
                remedy=_("请先办完或者取消这些任务。"),
            )  # fmt: skip
        kept.state = Plan.State.CLOSED
        kept.version += 1
        kept.save()
        record(actor, "inspection.plan_closed", _told(kept), {"title": kept.title})
    return kept
