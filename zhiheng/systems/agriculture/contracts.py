"""Samples of routine monitoring as a batch: what agricultural offices send."""
# ruff: noqa: E501  (a field of a contract is one line of a table)

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.core.exchange.contracts import (
    Contract,
    Field,
    FieldProblem,
    Result,
    Row,
    accepted,
    duplicate,
    register,
    rejected,
)
from zhiheng.core.jobs.models import Job
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry.rules import reaches, require_region, require_uscc
from zhiheng.knowledge.codes.identify import identify
from zhiheng.systems.agriculture.models import Disposal, MonitoringSample

SOURCE = "本平台格式"


def _code(value: str) -> str:
    found = identify(value)
    if not found.canonical or found.errors:
        raise Problem(
            "bad_code",
            _("“%(code)s”不是能追溯的代码。") % {"code": value},
            remedy=_("填标签上的商品条码（带批号）、物流码或者追溯码；没有的留空。"),
        )
    return value


def check(row: Row, today: date) -> list[FieldProblem]:
    """A sample is not taken tomorrow; one that fails says in what, one that passes does not; somebody had it."""
    faults = []

    def wrong(code: str, message: str, remedy: str, field: str) -> None:
        faults.append(FieldProblem(Problem(code, message, remedy=remedy), field))

    if row.get("taken_on") and row["taken_on"] > today:
        wrong("taken_in_future", _("抽样日期晚于今天。"), _("请更正日期。"), "taken_on")
    if row.get("conclusion") == "fail" and not row.get("failing"):
        wrong("failing_missing", _("不合格的样品须写明不合格参数。"), _("补填不合格参数。"), "failing")
    if row.get("conclusion") == "pass" and row.get("failing"):
        wrong(
            "failing_contradicts", _("结论合格，却填了不合格参数。"), _("核对结论或者删去参数。"), "failing"
        )
    if not row.get("uscc") and not row.get("stall"):
        wrong(
            "holder_missing",
            _("须填主体的统一社会信用代码，没有的填摊主或者农户。"),
            _("补填其中一项。"),
            "uscc",
        )
    return faults


def _refused(row: Row, actor: Any, organisation: Any) -> tuple[Problem, str] | None:
    if not reaches(actor, row["region"], None):
        problem = Problem(
            "outside_jurisdiction",
            _("%(code)s 不在你的辖区内。") % {"code": row["region"]},
            status=403,
            remedy=_("由抽样地或者上级的农业农村部门报送。"),
        )
        return problem, "region"
    if row.get("uscc") and organisation is None:
        problem = Problem(
            "unknown_organisation",
            _("还没有登记 %(code)s 这个主体。") % {"code": row["uscc"]},
            remedy=_("先提交“主体”,再重放这一行。"),
        )
        return problem, "uscc"
    return None


def apply(rows: list[Row], actor: Any, job: Job) -> list[Result]:
    """Keep samples, or bring them up to date; what fails gets a task, a conclusion that is mended ends it."""
    organisations = registry.by_uscc({row["uscc"] for row in rows if row.get("uscc")})
    known = {
        (one.scheme, one.number): one
        for one in MonitoringSample.objects.filter(number__in=[row["number"] for row in rows])
    }
    created, updated, results = [], [], []
    new: list[MonitoringSample] = []
    changed_samples: list[MonitoringSample] = []
    for row in rows:
        reference = f"{row['scheme']} {row['number']}"
        organisation = organisations.get(row.get("uscc") or "")
        if refused := _refused(row, actor, organisation):
            results.append(rejected(*refused, reference))
            continue
        values = {name: value for name, value in row.items() if name != "uscc"} | {
            "organisation": organisation
        }
        existing = known.get((row["scheme"], row["number"]))
        if existing is None:
            new.append(MonitoringSample(**values, sent_by=actor.username if actor else ""))
            created.append(reference)
        elif not reaches(actor, existing.region, None):
            problem = Problem(
                "registered_to_another",
                _("%(number)s 由别处报送。") % {"number": reference},
                status=403,
                remedy=_("核对监测计划和样品编号。"),
            )
            results.append(rejected(problem, "number", reference))
            continue
        elif changed := [name for name, value in values.items() if getattr(existing, name) != value]:
            for name in changed:
                setattr(existing, name, values[name])
            existing.save(update_fields=changed)
            changed_samples.append(existing)
            updated.append(reference)
        else:
            results.append(duplicate(reference))
            continue
        results.append(accepted(reference))
    MonitoringSample.objects.bulk_create(new)
    _tasks([*new, *changed_samples])
    if created or updated:
        record(
            actor, "agriculture.monitoring_import", f"job:{job.pk}", {"created": created, "updated": updated}
        )
    return results


def _tasks(samples: list[MonitoringSample]) -> None:
    """A task for each that fails; a task whose sample passes now is void. What was done stays done."""
    failing = [one for one in samples if one.conclusion == MonitoringSample.Conclusion.FAIL]
    passing = [one.pk for one in samples if one.conclusion == MonitoringSample.Conclusion.PASS]
    there = Disposal.objects.filter(sample__in=[one.pk for one in failing])
    there.filter(state=Disposal.State.VOID).update(state=Disposal.State.OPEN)
    have = set(there.values_list("sample_id", flat=True))
    Disposal.objects.bulk_create(Disposal(sample=one) for one in failing if one.pk not in have)
    Disposal.objects.filter(sample__in=passing, state=Disposal.State.OPEN).update(state=Disposal.State.VOID)


FARM_MONITORING = register(
    Contract(
        key="farm_monitoring",
        title=gettext_lazy("农产品例行监测样品"),
        edition="1",
        source=SOURCE,
        description=gettext_lazy(
            "农业农村部门的例行监测结果，以监测计划和样品编号为键；不合格的样品自动生成溯源和处置任务。"
        ),
        fields=(
            Field("scheme", "监测计划", "Scheme", required=True, max_length=120, example="2026年第三季度例行监测"),
            Field("number", "样品编号", "Sample number", required=True, max_length=60, example="NJ2026Q3-0001"),
            Field("commodity", "品种", "Commodity", required=True, max_length=100, example="菜心"),
            Field("region", "抽样地", "Region", required=True, max_length=12, check=require_region, source_of_field="GB/T 2260", example="440105"),
            Field("stage", "环节", "Stage", type="code", required=True, codes={value: str(label) for value, label in MonitoringSample.Stage.choices}, example="base"),
            Field("site", "抽样场所", "Site", required=True, max_length=200, example="示例蔬菜基地"),
            Field("taken_on", "抽样日期", "Taken on", type="date", required=True, example="2026-08-12"),
            Field("laboratory", "检测机构", "Laboratory", required=True, max_length=200, example="示例农产品质检站"),
            Field("tested", "检测参数", "Tested for", required=True, max_length=1000, example="毒死蜱、氟虫腈、克百威"),
            Field("failing", "不合格参数", "Failing in", max_length=1000, example="毒死蜱"),
            Field("conclusion", "结论", "Conclusion", type="code", required=True, codes={value: str(label) for value, label in MonitoringSample.Conclusion.choices}, example="fail"),
            Field("uscc", "统一社会信用代码", "Unified social credit code", max_length=40, check=require_uscc, source_of_field="GB 32100-2015", example="91440101MA00EXAM02"),
            Field("stall", "摊主或者农户", "Stall holder or farmer", max_length=100, personal=True),
            Field("code", "追溯码", "Trace code", max_length=300, check=_code),
        ),
        key_fields=("scheme", "number"),
        apply=apply,
        may="cases.work",
        check=check,
    )
)  # fmt: skip
