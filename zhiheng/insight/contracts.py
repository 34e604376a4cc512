"""The yearly list of makers of essential drugs as a batch."""
# ruff: noqa: E501  (a field of a contract is one line of a table)

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.core.exchange.contracts import (
    Contract,
    Field,
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
from zhiheng.core.registry.rules import reaches, require_uscc
from zhiheng.insight.models import DrugMaker


def _year(value: int) -> int:
    if not 2000 <= value <= 2100:
        raise Problem("year_wrong", _("年度应为四位数字。"), remedy=_("例如 2026。"))
    return value


def apply(rows: list[Row], actor: Any, job: Job) -> list[Result]:
    """Keep the list, or bring it up to date."""
    organisations = registry.by_uscc({row["uscc"] for row in rows})
    known = {
        (one.year, one.organisation_id): one
        for one in DrugMaker.objects.filter(organisation__in=[one.pk for one in organisations.values()])
    }
    new, created, updated, results = [], [], [], []
    for row in rows:
        reference, organisation = f"{row['year']} {row['uscc']}", organisations.get(row["uscc"])
        if organisation is None or not reaches(actor, organisation.region, None):
            problem = Problem(
                "not_yours_or_unknown",
                _("%(code)s 没有登记，或者不在你的辖区内。") % {"code": row["uscc"]},
                status=403,
                remedy=_("先提交“主体”,再重放这一行。"),
            )
            results.append(rejected(problem, "uscc", reference))
            continue
        key = (row["year"], organisation.pk)
        values = {"in_production": row["in_production"], "source": row["source"]}
        existing = known.get(key)
        if existing is None:
            known[key] = one = DrugMaker(year=row["year"], organisation=organisation, **values)
            new.append(one)
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
    DrugMaker.objects.bulk_create(new)
    if created or updated:
        record(actor, "insight.makers_import", f"job:{job.pk}", {"created": created, "updated": updated})
    return results


ESSENTIAL_DRUG_MAKERS = register(
    Contract(
        key="essential_drug_makers",
        title=gettext_lazy("国家基本药物生产企业名录"),
        edition="1",
        source="本平台格式",
        description=gettext_lazy("每年一份名录，计算抽验覆盖率时以它为准；没有名录的年度以有效的药品生产许可证为准。"),
        fields=(
            Field("year", "年度", "Year", type="int", required=True, check=_year, example="2026"),
            Field("uscc", "统一社会信用代码", "Unified social credit code", required=True, max_length=40, check=require_uscc, source_of_field="GB 32100-2015", example="91440101MA00EXAM02"),
            Field("in_production", "在产", "In production", type="bool", required=True, example="是"),
            Field("source", "名录文件", "Document", required=True, max_length=200, example="示例药监函〔2026〕1号"),
        ),
        key_fields=("year", "uscc"),
        apply=apply,
        may="cases.work",
    )
)  # fmt: skip
