"""Acceptances as a batch: what the departments of housing, transport and water send."""
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
from zhiheng.core.registry.rules import reaches, require_region
from zhiheng.systems.construction.models import WorkAcceptance

MOST = 99


def _attempt(value: int) -> int:
    if not 1 <= value <= MOST:
        raise Problem(
            "attempt_wrong", _("验收次序应为 1 到 %(most)d。") % {"most": MOST}, remedy=_("首次验收填 1。")
        )
    return value


def check(row: Row, today: date) -> list[FieldProblem]:
    """What was accepted was accepted by today."""
    if row.get("accepted_on") and row["accepted_on"] > today:
        problem = Problem("accepted_in_future", _("验收日期晚于今天。"), remedy=_("请更正日期。"))
        return [FieldProblem(problem, "accepted_on")]
    return []


def apply(rows: list[Row], actor: Any, job: Job) -> list[Result]:
    """Keep acceptances, or bring them up to date. A work that passed has no later attempt."""
    known = {
        (one.project_code, one.section, one.attempt): one
        for one in WorkAcceptance.objects.filter(project_code__in={row["project_code"] for row in rows})
    }
    new, created, updated, results = [], [], [], []
    for row in rows:
        key = (row["project_code"], row.get("section") or "", row["attempt"])
        reference = f"{row['project_code']} {key[1]} {key[2]}".replace("  ", " ")
        existing = known.get(key)
        if not reaches(actor, row["region"], None) or (
            existing and not reaches(actor, existing.region, None)
        ):
            problem = Problem(
                "outside_jurisdiction",
                _("%(code)s 不在你的辖区内。") % {"code": row["region"]},
                status=403,
                remedy=_("由工程所在地或者上级的主管部门报送。"),
            )
            results.append(rejected(problem, "region", reference))
            continue
        passed = WorkAcceptance.Conclusion.PASS
        before = [
            one for (code, section, n), one in known.items() if (code, section) == key[:2] and n < key[2]
        ]
        if any(one.conclusion == passed for one in before):
            problem = Problem(
                "passed_before",
                _("%(work)s 在此前的验收中已经合格。") % {"work": reference},
                status=409,
                remedy=_("核对标段和验收次序；此前的结论有误的，先更正它。"),
            )
            results.append(rejected(problem, "attempt", reference))
            continue
        values: dict[str, Any] = {name: value for name, value in row.items() if value is not None}
        if existing is None:
            one = WorkAcceptance(**values)
            new.append(one)
            known[key] = one
            created.append(reference)
        elif changed := [name for name, value in values.items() if getattr(existing, name) != value]:
            for name in changed:
                setattr(existing, name, values[name])
            if existing.pk:
                existing.save(update_fields=changed)
            updated.append(reference)
        else:
            results.append(duplicate(reference))
            continue
        results.append(accepted(reference))
    WorkAcceptance.objects.bulk_create(new)
    if created or updated:
        record(
            actor, "construction.acceptance_import", f"job:{job.pk}", {"created": created, "updated": updated}
        )
    return results


WORK_ACCEPTANCES = register(
    Contract(
        key="work_acceptances",
        title=gettext_lazy("工程竣工验收"),
        edition="1",
        source="本平台格式",
        description=gettext_lazy(
            "住建、交通、水利部门的竣工验收结论，以项目代码、标段和验收次序为键；只有首次验收合格计入一次合格。"
        ),
        fields=(
            Field("project_code", "项目代码", "Project code", required=True, max_length=60, example="2026-440105-48-01-000001"),
            Field("project", "项目名称", "Project", required=True, max_length=200, example="示例路改造工程"),
            Field("section", "标段", "Contract section", max_length=100, example="一标段"),
            Field("kind", "工程类别", "Kind", type="code", required=True, codes={v: str(label) for v, label in WorkAcceptance.Kind.choices}, example="municipal"),
            Field("size", "规模", "Size", type="code", required=True, codes={v: str(label) for v, label in WorkAcceptance.Size.choices}, example="large_medium"),
            Field("region", "所在地", "Region", required=True, max_length=12, check=require_region, source_of_field="GB/T 2260", example="440105"),
            Field("accepted_on", "验收日期", "Accepted on", type="date", required=True, example="2026-08-12"),
            Field("attempt", "第几次验收", "Attempt", type="int", required=True, check=_attempt, example="1"),
            Field("conclusion", "结论", "Conclusion", type="code", required=True, codes={v: str(label) for v, label in WorkAcceptance.Conclusion.choices}, example="pass"),
            Field("source", "报送部门", "Reported by", required=True, max_length=200, example="示例区住房和城乡建设局"),
        ),
        key_fields=("project_code", "section", "attempt"),
        apply=apply,
        may="cases.work",
        check=check,
    )
)  # fmt: skip
