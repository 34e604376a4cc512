"""Penalties that were decided elsewhere, in the official layout (双公示, SGS-CF), matched to organisations by their code.

Columns of the layout that nothing here uses (other registration codes, the legal representative's document) are not
read and not kept.
"""
# ruff: noqa: E501  (a field of a contract is one line of a table)

from datetime import date
from decimal import Decimal
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
from zhiheng.core.facts.actions import record_facts
from zhiheng.core.jobs.models import Job
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry import rules as registering
from zhiheng.knowledge.codes import regions
from zhiheng.systems.enforcement import official
from zhiheng.systems.enforcement.facts import facts_of
from zhiheng.systems.enforcement.models import PenaltyRecord

SOURCE = "SGS-CF"


def _code(value: str) -> str:
    value = value.strip().upper()
    return value if value == official.PLACEHOLDER else registering.require_uscc(value)


def _amount(value: Decimal) -> Decimal:
    if value < 0 or value >= Decimal(10) ** 9:
        raise Problem(
            "amount_wrong",
            _("金额不合理：%(value)s 万元。") % {"value": value},
            remedy=_("以万元为单位填写。"),
        )
    return value


def check_row(row: Row, today: date) -> list[FieldProblem]:
    """What the layout asks of a row as a whole (rules R3 and R5)."""
    faults = []
    category, code = row.get("category"), row.get("code")
    if category != "自然人" and not code:
        faults.append(
            FieldProblem(
                Problem(
                    "code_missing",
                    _("法人、其他组织和个体工商户须填统一社会信用代码。"),
                    remedy=_("没有代码的个体工商户填 17 个 0 加 X。"),
                ),
                "code",
            )
        )
    if code == official.PLACEHOLDER and (category != "个体工商户" or not row.get("registration_no")):
        faults.append(
            FieldProblem(
                Problem(
                    "registration_missing",
                    _("填 17 个 0 加 X 的须是个体工商户，并填工商注册号。"),
                    remedy=_("补填工商注册号。"),
                ),
                "registration_no",
            )
        )
    if row.get("decided_on") and row["decided_on"] > today:
        faults.append(
            FieldProblem(
                Problem("decided_in_future", _("处罚决定日期晚于今天。"), remedy=_("请更正日期。")),
                "decided_on",
            )
        )
    return faults


def apply(rows: list[Row], actor: Any, job: Job) -> list[Result]:
    """Keep penalties of elsewhere, or bring them up to date; a decision made here is not changed from outside."""
    firms = registry.by_uscc({row["code"] for row in rows if row.get("code")} - {official.PLACEHOLDER})
    known = {
        (one.authority, one.decision_no): one
        for one in PenaltyRecord.objects.filter(decision_no__in=[row["decision_no"] for row in rows])
    }
    created, updated, results = [], [], []
    touched: list[PenaltyRecord] = []
    for row in rows:
        values: dict[str, Any] = {k: v if v is not None else "" for k, v in row.items() if k in _TEXTS}
        values |= {k: row[k] for k in ("decided_on", "valid_until", "published_until") if k in row}
        values |= {k: (row[k] or 0) * 10000 for k in ("fine", "confiscated") if k in row}
        firm = firms.get(row.get("code") or "")
        if firm is not None:  # a row that a person has tied to an organisation stays with it
            values["organisation"] = firm
        existing = known.get((row["authority"], row["decision_no"]))
        if existing is not None and existing.case_id is not None:
            problem = Problem(
                "own_decision",
                _("%(number)s 是本平台作出的决定。") % {"number": row["decision_no"]},
                status=409,
                remedy=_("请在案件中更正。"),
            )
            results.append(rejected(problem, "decision_no", row["decision_no"]))
            continue
        if existing is None:
            existing = PenaltyRecord.objects.create(
                region=(actor.region if actor else "") or regions.GUANGDONG,
                sent_by=actor.username if actor else "",
                **values,
            )
            created.append(row["decision_no"])
        elif changed := [name for name, value in values.items() if getattr(existing, name) != value]:
            for name in changed:
                setattr(existing, name, values[name])
            existing.save(update_fields=changed)
            updated.append(row["decision_no"])
        else:
            results.append(duplicate(row["decision_no"]))
            continue
        touched.append(existing)
        warnings = []
        if firm is None and row.get("category") == "法人及非法人组织":
            warnings.append(
                FieldProblem(
                    Problem(
                        "unknown_organisation",
                        _("还没有登记 %(code)s 这个主体。") % {"code": row.get("code", "")},
                        remedy=_("先提交“主体”；登记后按代码自动归到主体。"),
                    ),
                    "code",
                )
            )
        results.append(accepted(row["decision_no"], *warnings))
    record_facts(actor, facts_of(touched), told_by=f"job:{job.pk}")
    if created or updated:
        record(
            actor, "enforcement.penalties_import", f"job:{job.pk}", {"created": created, "updated": updated}
        )
    return results


def _field(name: str, code: str, example: str = "", **more: Any) -> Field:
    column = next(c for c in official.COLUMNS if c.code == code)
    more = {"required": column.required == "M"} | more
    return Field(name, column.zh, column.en, code=code, source_of_field=SOURCE, example=example, **more)


FIELDS = (
    _field("party_name", "CF_XDR_MC", "广州示例食品有限公司", personal=True, max_length=200),
    _field(
        "category", "CF_XDR_LB", "法人及非法人组织", type="code", codes={c: c for c in official.CATEGORIES}
    ),
    _field("code", "CF_XDR_SHXYM", "91440101MA00EXAM02", max_length=32, check=_code),
    _field("registration_no", "CF_XDR_GSZC", max_length=50),
    _field("identity", "CF_XDR_ZJHM", personal=True, max_length=64),
    _field("decision_no", "CF_WSH", "穗示例市监处罚〔2026〕1号", max_length=128),
    _field("violation_type", "CF_WFXW", "销售不合格食品", max_length=2000),
    _field("violation", "CF_SY", "销售的饼干标签不符合规定", max_length=2000, personal=True),
    _field("basis", "CF_YJ", "《中华人民共和国食品安全法》", max_length=2048),
    _field("kinds", "CF_CFLB", "罚款", max_length=255),
    _field("content", "CF_NR", "罚款2000元", max_length=4000, personal=True),
    _field("fine", "CF_NR_FK", "0.2", type="decimal", check=_amount),
    _field("confiscated", "CF_NR_WFFF", type="decimal", check=_amount),
    _field("licence", "CF_NR_ZKDX", max_length=200),
    _field("decided_on", "CF_JDRQ", "2026-06-10", type="date"),
    _field("valid_until", "CF_YXQ", type="date", required=False),
    _field("published_until", "CF_GSJZQ", type="date"),
    _field("authority", "CF_CFJG", "示例市市场监督管理局", max_length=200),
    _field("authority_code", "CF_CFJGDM", max_length=18, required=False),
    _field("remark", "BZ", max_length=512),
)
_TEXTS = frozenset(f.name for f in FIELDS if f.type not in ("date", "decimal"))

PENALTIES = register(
    Contract(
        key="penalties",
        title=gettext_lazy("行政处罚（双公示）"),
        edition=official.EDITION,
        source=SOURCE,
        description=gettext_lazy(
            "其他机关作出的行政处罚，以处罚机关和决定书文号为键，按统一社会信用代码归到主体；只供监管人员查阅，不因此公示。"
        ),
        fields=FIELDS,
        key_fields=("authority", "decision_no"),
        apply=apply,
        may="cases.work",
        check=check_row,
    )
)
