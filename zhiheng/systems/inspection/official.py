"""A plan in the official layouts of double-random checks: its items (SSJ-ITEM) and its results (SSJ-RESULT).

Numbers of plan and task are ours and say so (``ZHIHENG-…``): how the official ones are made is not known. What a spot
check of a product is called in the field *kind of check* is not known either, so that stays empty.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.http import HttpRequest

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import offices
from zhiheng.core.cases.models import Link
from zhiheng.core.facts.models import Fact
from zhiheng.core.ui.tables import Column, Table
from zhiheng.knowledge.codes import random_checks
from zhiheng.systems.inspection import forms_plan
from zhiheng.systems.inspection.models import Plan, PlanItem, Sample
from zhiheng.systems.inspection.queries import samples_visible_to


def item_name(item: PlanItem) -> str:
    """How an item of a plan is called in both layouts."""
    return f"{item.product}监督抽查"


def items(request: HttpRequest, one: Plan) -> Table:
    """The products in the layout of 随机抽查事项清单, the list of random inspection items."""

    def ratio(item: PlanItem) -> str:
        population = sum(stratum.population for stratum in item.strata.all())
        return f"{item.size}/{population}" if population else ""

    def what(item: PlanItem) -> str:
        return "；".join(test["item"] for test in item.tests)

    rows = list(one.items.prefetch_related("strata"))
    for number, item in enumerate(rows, 1):
        item.seq = number  # type: ignore[attr-defined]
    columns = [
        Column("seq", "序号"),
        Column("item_name", "抽查事项名称", item_name),
        Column("sub_item", "抽查子项", lambda i: str(i.get_stage_display())),
        Column("legal_basis", "抽查依据", lambda i: i.standards + (f"；{i.rules}" if i.rules else "")),
        Column("inspecting_body", "抽查主体", lambda i: offices.name(one.region)),
        Column("inspected_object", "抽查对象", lambda i: " ".join(forms_plan.kind_labels(i.kinds))),
        Column("content", "抽查内容", what),
        Column("ratio", "抽查比例", ratio),
        Column("frequency", "抽查频次", lambda i: f"{one.starts_on}至{one.ends_on}一次"),
        Column("method", "抽查方式", lambda i: "抽样检验"),
        Column("inspector_requirement", "检查人员要求", lambda i: "不少于两名，随机选派"),
        Column("remark", "备注", lambda i: str(one.get_kind_display())),
    ]
    return Table(request, "official", rows, columns)


def concluded(user: User, plan: Plan) -> QuerySet[Sample]:
    """The samples of a plan that one may see and whose conclusion is final and stands, with ``final`` (the kind of
    fact), ``final_on`` and ``put_right``. A refusal, a visit without a sample and a test under way are not among them.
    """
    fact = Fact.objects.filter(
        reference=Concat(Value("sample:"), OuterRef("number")), organisation=OuterRef("organisation"),
        kind__in=(Fact.Kind.CHECK_PASSED, Fact.Kind.CHECK_FAILED), withdrawn_at=None,
    ).order_by("-id")  # fmt: skip
    order = Link.objects.filter(
        first=OuterRef("case"), kind=Link.Kind.OPENED, then__procedure="rectification", then__state="passed",
        then__subject=OuterRef("organisation"),
    )  # fmt: skip
    return (
        samples_visible_to(user)
        .filter(item__plan=plan, task__rectification=None)
        .annotate(
            final=Subquery(fact.values("kind")[:1]), final_on=Subquery(fact.values("on")[:1]), put_right=Exists(order)
        )
        .exclude(final=None)
        .order_by("number")
    )  # fmt: skip


VALUES: Mapping[str, Callable[[Any], Any]] = {
    "plan_no": lambda s: f"ZHIHENG-PLAN-{s.item.plan_id}",
    "plan_name": lambda s: s.item.plan.title,
    "task_no": lambda s: f"ZHIHENG-{s.number}",
    "task_name": lambda s: f"{s.item.plan.title}：{s.item.product}",
    "inspection_type": lambda s: "",
    "authority": lambda s: offices.name(s.item.plan.region),
    "completed_on": lambda s: s.final_on,
    "item_name": lambda s: item_name(s.item),
    "check_result": lambda s: random_checks.result_of(s.final == Fact.Kind.CHECK_PASSED, s.put_right),
    "name": lambda s: s.organisation.name,
    "uscc": lambda s: s.organisation.uscc,
}


def results(request: HttpRequest, user: User, plan: Plan) -> Table:
    """Who was sampled and what came of it, in the layout of 双随机抽查结果公示."""
    columns = [
        Column(one.name, one.zh, VALUES[one.name]) for one in (*random_checks.SUBJECT, *random_checks.COLUMNS)
    ]
    return Table(request, "results", concluded(user, plan), columns)


def row(sample: Any) -> dict[str, Any]:
    """One result, by our names of the layout's fields."""
    return {name: value(sample) for name, value in VALUES.items()}
