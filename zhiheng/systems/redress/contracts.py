"""Policies as a batch: what insurers and insured send."""

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
from zhiheng.core.registry.rules import require_gtin, require_uscc
from zhiheng.systems.redress import actions
from zhiheng.systems.redress.models import Policy

# ruff: noqa: E501  (a field of a contract is one line of a table)

VALUES = ("product", "gtin", "valid_from", "valid_until", "limit_each", "limit_total")


def check(row: Row, today: date) -> list[FieldProblem]:
    """A policy does not end before it begins, and its limits are sums of money."""
    if any(row.get(name) is None for name in ("valid_from", "valid_until", "limit_each", "limit_total")):
        return []  # said by field already
    faults = actions.policy_faults(
        row["valid_from"], row["valid_until"], row["limit_each"], row["limit_total"]
    )
    return [
        FieldProblem(Problem("policy_wrong", text, remedy=_("请对照保单更正。")), field)
        for field, text in faults.items()
    ]


def apply(rows: list[Row], actor: Any, job: Job) -> list[Result]:
    """Record policies, or bring what is recorded up to date."""
    organisations = registry.by_uscc({code for row in rows for code in (row["insurer"], row["insured"])})
    results, created, updated = [], [], []
    for row in rows:
        insurer, insured = organisations.get(row["insurer"]), organisations.get(row["insured"])
        reference = f"{row['insurer']} {row['policy_no']}"
        if insurer is None or insured is None or not actions.may_record(actor, insurer, insured):
            missing = "insurer" if insurer is None else "insured"
            problem = Problem(
                "not_yours_or_unknown",
                _("%(code)s 没有登记，或者这份保单不是你的单位、不在你的辖区。") % {"code": row[missing]},
                status=403,
                remedy=_("先登记主体；保单由投保企业、保险机构或者当地监管部门报送。"),
            )
            results.append(rejected(problem, missing, reference))
            continue
        values = {name: row[name] for name in VALUES if row.get(name) is not None}
        existing = Policy.objects.filter(insurer=insurer, number=row["policy_no"]).first()
        if existing is None:
            user = actor if getattr(actor, "pk", None) else None
            Policy.objects.create(
                insurer=insurer,
                insured=insured,
                number=row["policy_no"],
                source=f"job:{job.pk}",
                recorded_by=user,
                **values,
            )
            created.append(reference)
        elif existing.insured_id != insured.pk:
            problem = Problem(
                "other_insured", _("%(number)s 登记在另一被保险人名下。") % {"number": row["policy_no"]},
                remedy=_("请核对保单号和被保险人。"),
            )  # fmt: skip
            results.append(rejected(problem, "insured", reference))
            continue
        else:
            changed = [name for name, value in values.items() if getattr(existing, name) != value]
            if not changed:
                results.append(duplicate(reference))
                continue
            for name in changed:
                setattr(existing, name, values[name])
            existing.save(update_fields=changed)
            updated.append(reference)
        results.append(accepted(reference))
    if created or updated:
        record(actor, "redress.policy_import", f"job:{job.pk}", {"created": created, "updated": updated})
    return results


POLICIES = register(
    Contract(
        key="liability_policies",
        title=gettext_lazy("产品质量安全责任保险保单"),
        edition="1",
        source="own",
        may="exchange.submit",
        description=gettext_lazy("保险机构和投保企业各报自己的保单；监管部门可以报辖区内的。"),
        key_fields=("insurer", "policy_no"),
        check=check,
        apply=apply,
        fields=(
            Field("policy_no", "保单号", "Policy number", required=True, max_length=60, source_of_field="保单", example="PL20260001"),
            Field("insurer", "保险机构统一社会信用代码", "Insurer (USCC)", required=True, check=require_uscc, max_length=40, source_of_field="GB 32100-2015", example="91440101MA00EXAM02"),
            Field("insured", "被保险人统一社会信用代码", "Insured (USCC)", required=True, check=require_uscc, max_length=40, source_of_field="GB 32100-2015", example="91440101MA00EXAM02"),
            Field("product", "承保产品", "Product covered", required=True, max_length=200, source_of_field="保单", example="婴幼儿用品"),
            Field("gtin", "商品条码", "GTIN", check=require_gtin, max_length=20, source_of_field="GB 12904"),
            Field("valid_from", "保险期间起", "Valid from", "date", required=True, source_of_field="保单", example="2026-01-01"),
            Field("valid_until", "保险期间止", "Valid until", "date", required=True, source_of_field="保单", example="2026-12-31"),
            Field("limit_each", "每次事故限额（元）", "Limit for one event (yuan)", "decimal", required=True, source_of_field="保单", example="500000"),
            Field("limit_total", "累计限额（元）", "Limit in total (yuan)", "decimal", required=True, source_of_field="保单", example="2000000"),
        ),
    )
)  # fmt: skip
