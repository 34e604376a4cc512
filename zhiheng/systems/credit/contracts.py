"""What other offices send to the files: recalls, honours, commitments, complaints found true.

Penalties (SGS-CF) and licences (SGS-XK) have the official layouts and are taken by their own rooms. Results of
double-random checks (SSJ-RESULT) have one too; for all else here none was seen: the columns are our own. A row is matched by its unified social credit code; without a valid
one it waits for a person (``core/facts/matching``), whatever its name.
"""
# ruff: noqa: E501  (a field of a contract is one line of a table)

import hashlib
from collections.abc import Callable
from dataclasses import replace
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
from zhiheng.core.facts import matching
from zhiheng.core.facts.actions import AMENDABLE, amend, record_facts, withdraw
from zhiheng.core.facts.models import Fact, Unmatched
from zhiheng.core.jobs.models import Job
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry import rules as registering
from zhiheng.core.registry.actions import amend_designation
from zhiheng.core.registry.designating import is_foreign, origin, own_record, save
from zhiheng.core.registry.models import Designation, Organisation
from zhiheng.knowledge.codes import random_checks, regions
from zhiheng.systems.credit import rules
from zhiheng.systems.credit.designations import CONTRACTS

OWN = "own"
EDITION = "1"


def check_row(row: Row, today: date) -> list[FieldProblem]:
    """Days in order, nothing of the future."""
    wrong = []
    if row.get("on") and row["on"] > today:
        wrong.append(FieldProblem(Problem("in_future", _("日期晚于今天。"), remedy=_("请更正日期。")), "on"))
    if row.get("published_until") and not row.get("published_on"):
        wrong.append(
            FieldProblem(
                Problem("published_on_missing", _("有公示截止须有公示日期。"), remedy=_("请补填公示日期。")),
                "published_on",
            )
        )
    for first, last in (("on", "valid_until"), ("published_on", "published_until")):
        if row.get(first) and row.get(last) and row[last] < row[first]:
            wrong.append(
                FieldProblem(
                    Problem("period_reversed", _("止期早于起期。"), remedy=_("对调或改正两个日期。")), last
                )
            )
    return wrong


def reference(contract: str, source: str, number: str) -> str:
    """By what a row is known: its source and number in it, whatever their length."""
    return f"{contract}:{hashlib.sha256(f'{source}|{number}'.encode()).hexdigest()[:32]}"


def _region(row: Row, actor: Any) -> str:
    return row.get("region") or (actor.region if actor else "") or regions.GUANGDONG


def _out_of_reach() -> Problem:
    return Problem(
        "outside_jurisdiction",
        _("这个主体不在你的辖区内。"),
        status=403,
        remedy=_("请由其所在地或者上级机关报送。"),
    )


def _facts(
    contract: str, kind: str, details: tuple[str, ...] = (), keys: tuple[str, ...] = ("number",)
) -> Callable[[list[Row], Any, Job], list[Result]]:
    """The apply of rows that become facts of a kind; without one, each row says its own.

    A row is known by its source and what ``keys`` names in it.
    """

    def key_of(row: Row) -> str:
        named = keys if kind else ("kind", *keys)
        return reference(contract, row["source"], "|".join(row[name] for name in named))

    def fact(row: Row, actor: Any, firm: Organisation | None) -> Fact:
        about = {name: row[name] for name in details if row.get(name)}
        return Fact(
            organisation=firm, kind=kind or row["kind"], on=row["on"], title=row["title"], reference=key_of(row),
            source=row["source"], basis=row["basis"], region=_region(row, actor),
            details={"decision_no": row["number"], **about}, counts_until=row.get("valid_until"),
            public_from=row.get("published_on"), public_until=row.get("published_until"),
        )  # fmt: skip

    def apply(rows: list[Row], actor: Any, job: Job) -> list[Result]:
        firms = registry.by_uscc(code for row in rows if (code := matching.codes(row.get("uscc") or "")))
        keys = [key_of(row) for row in rows]
        known = {one.reference: one for one in Fact.objects.filter(reference__in=keys)}
        waiting = {one.reference: one for one in Unmatched.objects.filter(reference__in=keys)}
        new: list[Fact] = []
        hold: list[Unmatched] = []
        results = []
        for row, key in zip(rows, keys, strict=True):
            number, firm = row["number"], firms.get(matching.codes(row.get("uscc") or ""))
            if firm is not None and not registering.reaches(actor, firm.region, firm.pk):
                results.append(rejected(_out_of_reach(), "uscc", number))
                continue
            made, was, kept = fact(row, actor, firm), known.get(key), waiting.get(key)
            if was is not None and firm is not None and was.organisation_id != firm.pk:
                problem = Problem(
                    "registered_to_another",
                    _("这一编号已记在另一主体名下。"),
                    status=409,
                    remedy=_("请核对代码；原记录有误的，先撤回。"),
                )
                results.append(rejected(problem, "uscc", number))
            elif was is not None:
                values = {name: getattr(made, name) for name in AMENDABLE}
                if all(getattr(was, name) == value for name, value in values.items()):
                    results.append(duplicate(number))
                else:
                    amend(actor, was, _("提供单位更正（%(job)s）") % {"job": job.pk}, **values)
                    results.append(accepted(number))
            elif firm is None:
                results.append(_keep(row, made, kept, hold))
            elif kept is not None and kept.state == Unmatched.State.WAITING:
                matching.settle(actor, kept, firm, _("提供单位补报统一社会信用代码"))
                results.append(accepted(number))
            else:
                new.append(made)
                results.append(accepted(number))
        matching.hold(hold)
        record_facts(actor, new, told_by=f"job:{job.pk}")
        return results

    return apply


def _keep(row: Row, made: Fact, kept: Unmatched | None, hold: list[Unmatched]) -> Result:
    """A row without a code that is registered: it waits, and says so."""
    payload = matching.payload(made)
    if kept is not None and (kept.state != Unmatched.State.WAITING or kept.fact == payload):
        return duplicate(row["number"])
    if kept is not None:
        kept.fact, kept.title, kept.name, kept.on = payload, row["title"], row["name"], row["on"]
        kept.save(update_fields=["fact", "title", "name", "on"])
    else:
        hold.append(
            Unmatched(
                kind=made.kind, reference=made.reference, title=row["title"], name=row["name"], code=(row.get("uscc") or "")[:32],
                registration_no=row.get("registration_no") or "", on=row["on"], source=row["source"], region=made.region,
                fact=payload,
            )
        )  # fmt: skip
    return accepted(row["number"], _waits())


def _waits() -> FieldProblem:
    return FieldProblem(
        Problem(
            "waits_for_matching", _("没有已登记的统一社会信用代码，等待人工认定。"), remedy=_("补报代码，或者由监管人员认定。")
        ),
        "uscc",
    )  # fmt: skip


def apply_withdrawals(rows: list[Row], actor: Any, job: Job) -> list[Result]:
    """What a source took back counts no more here; what was decided or recorded here is not taken back from outside."""
    firms = registry.by_uscc(code for row in rows if (code := matching.codes(row["uscc"])))
    return [_take_back(row, firms.get(matching.codes(row["uscc"])), actor, job) for row in rows]


def _take_back(row: Row, firm: Organisation | None, actor: Any, job: Job) -> Result:
    number = row["number"]
    if row["kind"] in CONTRACTS:
        given = Designation.objects.filter(organisation=firm, kind=row["kind"], issuer=row["source"])
        designation = given.filter(number=number).first() if firm is not None else None
        if designation is not None:
            foreign = is_foreign(origin(actor, job))
            if foreign and designation.source == Designation.OFFICE:
                return rejected(own_record(number), "number", number)
            if not foreign and not registering.reaches(actor, firm.region, firm.pk):  # type: ignore[union-attr]
                return rejected(_out_of_reach(), "uscc", number)
            if designation.status == Designation.Status.WITHDRAWN:
                return duplicate(number)
            amend_designation(actor, designation, reason=row["why"], status=Designation.Status.WITHDRAWN)
            return accepted(number)
        return rejected(_unknown(number), "number", number)
    facts = Fact.objects.filter(kind=row["kind"], source=row["source"], details__decision_no=number)
    found = facts.filter(organisation=firm).first() if firm is not None else None
    if found is None:
        return rejected(_unknown(number), "number", number)
    if found.reference.startswith(rules.OWN):
        problem = Problem(
            "own_decision", _("%(number)s 是本平台作出的。") % {"number": number}, status=409,
            remedy=_("请向作出机关提出。"),
        )  # fmt: skip
        return rejected(problem, "number", number)
    if found.withdrawn_at is not None:
        return duplicate(number)
    withdraw(actor, found, row["why"])
    return accepted(number)


def _unknown(number: str) -> Problem:
    return Problem(
        "unknown_fact", _("没有这一条记录：%(number)s。") % {"number": number}, status=404,
        remedy=_("请核对代码、提供单位和编号。"),
    )  # fmt: skip


def apply_honours(rows: list[Row], actor: Any, job: Job) -> list[Result]:
    """Honours are designations; those without a code that is registered wait for a person."""
    firms = registry.by_uscc(code for row in rows if (code := matching.codes(row.get("uscc") or "")))
    known = {
        (one.number, one.issuer): one
        for one in Designation.objects.filter(kind=Designation.Kind.HONOUR, number__in=[row["number"] for row in rows])
    }  # fmt: skip
    created: list[str] = []
    updated: list[str] = []
    alone: list[str] = []
    results, source = [], origin(actor, job)
    for row in rows:
        number, firm = row["number"], firms.get(matching.codes(row.get("uscc") or ""))
        if firm is not None and not registering.reaches(actor, firm.region, firm.pk):
            results.append(rejected(_out_of_reach(), "uscc", number))
            continue
        published = row["published_on"].isoformat() if row.get("published_on") else ""
        values: dict[str, Any] = {
            "holder": row["name"], "title": row["title"], "issued_on": row["on"], "valid_until": row.get("valid_until"),
            "details": {"basis": row["basis"], "published": published, "code": (row.get("uscc") or "")[:32]},
        }  # fmt: skip
        was = known.get((number, row["source"]))
        if was is not None and firm is not None:
            values["organisation"] = firm
        key = {
            "kind": Designation.Kind.HONOUR, "number": number, "issuer": row["source"],
            "registration_no": "" if firm else row.get("registration_no") or "",
        }  # fmt: skip
        did = save(was, firm, key, values, source)
        if isinstance(did, Problem):
            results.append(rejected(did, "number", number))
            continue
        if did == "duplicate":
            results.append(duplicate(number))
            continue
        (created if did == "created" else updated).append(number)
        if firm is None and was is None:
            alone.append(number)
        results.append(accepted(number, *([] if firm or was else [_waits()])))
    waiting = Designation.objects.filter(kind=Designation.Kind.HONOUR, number__in=alone, organisation=None)
    matching.hold_designations(waiting, (actor.region if actor else "") or regions.GUANGDONG)
    if created or updated:
        record(
            actor, "registry.designation.import", f"job:{job.pk}", {"created": created, "updated": updated}
        )
    return results


def _fields(title: str, title_en: str, on: str, on_en: str, example: str, *more: Field) -> tuple[Field, ...]:
    return (
        Field("name", "主体名称", "Organisation", required=True, max_length=200, source_of_field=OWN, example="广州示例食品有限公司"),
        Field("uscc", "统一社会信用代码", "Unified social credit code", max_length=40, source_of_field="GB 32100-2015", example="91440101MA00EXAM02"),
        Field("registration_no", "工商注册号", "Business registration number", max_length=50, source_of_field=OWN),
        Field("number", "编号", "Number", required=True, max_length=128, source_of_field=OWN, example="示例〔2026〕1号"),
        Field("title", title, title_en, required=True, max_length=300, source_of_field=OWN, example=example),
        Field("on", on, on_en, type="date", required=True, source_of_field=OWN, example="2026-06-10"),
        Field("source", "提供单位", "Source", required=True, max_length=200, source_of_field=OWN, example="示例市市场监督管理局"),
        Field("basis", "依据", "Basis", required=True, max_length=300, source_of_field=OWN, example="示例文件第一条"),
        Field("region", "行政区划", "Region", max_length=12, check=registering.require_region, source_of_field="GB/T 2260", example="440100"),
        Field("valid_until", "计入或者有效至", "Counts or valid until", type="date", source_of_field=OWN),
        Field("published_on", "公示日期", "Published on", type="date", source_of_field=OWN),
        Field("published_until", "公示截止", "Published until", type="date", source_of_field=OWN),
        *more,
    )  # fmt: skip


def _contract(key: str, title: Any, description: Any, apply: Any, fields: tuple[Field, ...]) -> Contract:
    return register(
        Contract(
            key=key, title=title, edition=EDITION, source=OWN, description=description, fields=fields,
            key_fields=tuple(f.name for f in fields if f.name in ("kind", "source", "number")), apply=apply,
            may="cases.work", check=check_row,
        )
    )  # fmt: skip


RECALLS = _contract(
    "recalls", gettext_lazy("召回（其他机关）"),
    gettext_lazy("其他机关登记或者责令的召回，记入主体的信用档案；按统一社会信用代码归到主体，没有代码的等待人工认定。"),
    _facts("recalls", Fact.Kind.RECALL, ("level",)),
    _fields("召回的产品和原因", "Product and reason", "开始日期", "Begun on", "示例电热水壶，漏电", Field("level", "召回级别", "Class", max_length=20, source_of_field=OWN)),
)  # fmt: skip
COMPLAINTS = _contract(
    "complaints_upheld", gettext_lazy("投诉举报查证属实（其他机关）"),
    gettext_lazy("其他机关查证属实的投诉举报；只供监管人员查阅，不公示，也不向被举报人展示。不得含投诉人、举报人的信息。"),
    _facts("complaints_upheld", Fact.Kind.COMPLAINT_UPHELD, ("channel",)),
    tuple(
        f for f in _fields("查实的问题", "What was found true", "查实日期", "Found true on", "销售超过保质期的食品", Field("channel", "渠道", "Channel", max_length=40, source_of_field=OWN))
        if not f.name.startswith("published")
    ),
)  # fmt: skip
COMMITMENTS = _contract(
    "commitments", gettext_lazy("信用承诺（其他机关）"),
    gettext_lazy("主体向其他机关作出的信用承诺，例如告知承诺、信用修复承诺。"),
    _facts("commitments", Fact.Kind.COMMITMENT, ("type",)),
    _fields("承诺事项", "What is committed to", "承诺日期", "Committed on", "依法诚信经营", Field("type", "承诺类型", "Type", max_length=60, source_of_field=OWN)),
)  # fmt: skip
HONOURS = _contract(
    "honours", gettext_lazy("质量荣誉"),
    gettext_lazy("政府质量奖、名特优新等荣誉。填了公示日期的才在信用公示页显示。"),
    apply_honours,
    _fields("荣誉名称", "Honour", "授予日期", "Given on", "示例质量奖"),
)  # fmt: skip


# -- results of double-random checks: SSJ-RESULT


SSJ = "SSJ-RESULT"
NO_BASIS = "双随机抽查结果公示（表中没有依据一栏）"


def check_random(row: Row, today: date) -> list[FieldProblem]:
    """Nothing of the future; a result in words, since provinces number the same words differently."""
    wrong = []
    if row["completed_on"] > today:
        wrong.append(
            FieldProblem(Problem("in_future", _("日期晚于今天。"), remedy=_("请更正日期。")), "completed_on")
        )
    if len(row["check_result"]) < 2 or row["check_result"].isascii():
        wrong.append(
            FieldProblem(
                Problem(
                    "result_is_code", _("检查结果写的是编号。"),
                    remedy=_("各省编号不同，请写文字，例如“未发现问题”。"),
                ),
                "check_result",
            )
        )  # fmt: skip
    return wrong


def apply_random(rows: list[Row], actor: Any, job: Job) -> list[Result]:
    """Each row is on record in its own words: no points, no proposal; what follows from it an officer decides."""
    told = [
        row
        | {
            "item": row.get("item_name") or "",
            "number": "/".join(part for part in (row["task_no"], row.get("item_name")) if part)[:128],
            "title": f"{row.get('item_name') or row.get('task_name') or row['task_no']}：{row['check_result']}"[:300],
            "on": row["completed_on"], "source": row["authority"], "basis": NO_BASIS, "plan": row.get("plan_name"),
            "type": row.get("inspection_type"),
        }
        for row in rows
    ]  # fmt: skip
    results = _RANDOM(told, actor, job)
    return [
        replace(one, warnings=(*one.warnings, _unknown_words(row["check_result"])))
        if one.status == "accepted" and row["check_result"] not in random_checks.RESULTS
        else one
        for row, one in zip(rows, results, strict=True)
    ]


def _unknown_words(result: str) -> FieldProblem:
    return FieldProblem(
        Problem(
            "result_words_unknown", _("“%(result)s”不在已知的结果用语里，按原文收下。") % {"result": result},
            remedy=_("请核对是否按公示系统的用语填写。"),
        ),
        "check_result",
    )  # fmt: skip


_RANDOM = _facts("random_checks", Fact.Kind.RANDOM_CHECK, ("plan", "type"), ("task_no", "item", "name"))


def _random_field(column: random_checks.Column) -> Field:
    more: dict[str, Any] = {
        "name": {
            "required": True,
            "max_length": 200,
            "source_of_field": OWN,
            "example": "广州示例食品有限公司",
        },
        "uscc": {"max_length": 40, "source_of_field": "GB 32100-2015", "example": "91440101MA00EXAM02"},
        "task_no": {"required": True, "max_length": 60, "example": "示例任务1"},
        "authority": {"required": True, "max_length": 200, "example": "示例市市场监督管理局"},
        "completed_on": {"required": True, "type": "date", "example": "2026-06-10"},
        "check_result": {"required": True, "max_length": 100, "example": random_checks.NOTHING_FOUND},
    }.get(column.name, {"max_length": 200})
    return Field(column.name, column.zh, column.en, code=column.code, **({"source_of_field": SSJ} | more))


RANDOM_CHECKS = register(
    Contract(
        key="random_checks", title=gettext_lazy("双随机抽查结果（其他机关）"), edition=EDITION, source=SSJ,
        description=gettext_lazy(
            "公示系统的九个字段（只见于公开实现），加被查主体的名称和代码；按任务编号、事项和主体为一条。结果按文字记入信用档案，不计分，不公示。"
        ),
        fields=tuple(_random_field(one) for one in (*random_checks.SUBJECT, *random_checks.COLUMNS)),
        key_fields=("authority", "task_no", "item_name", "name"), apply=apply_random, may="cases.work",
        check=check_random,
    )
)  # fmt: skip

DOMAINS: Any = {
    "product": gettext_lazy("工业产品"), "food": gettext_lazy("食品"), "agri": gettext_lazy("食用农产品"),
    "drug": gettext_lazy("药品"),
}  # fmt: skip
KINDS: Any = {kind: label for kind, label in Fact.Kind.choices if kind not in rules.FOREIGN}
# -- between platforms


TAKEN_BACK: Any = KINDS | {kind: label for kind, label in Designation.Kind.choices if kind in CONTRACTS}


_KIND = Field(
    "kind", "类别", "Kind", type="code", required=True, codes=KINDS, source_of_field=OWN, example="check_failed"
)  # fmt: skip
FACTS = _contract(
    "credit_facts", gettext_lazy("信用事实（平台之间）"),
    gettext_lazy("其他信用平台送来的抽查、名单等事实；有自己契约的类别（行政处罚、召回、承诺）用各自的契约。"),
    _facts("credit_facts", "", ("high_risk", "domain")),
    _fields(
        "事由", "Title", "日期", "Day", "电热水壶", _KIND,
        Field("high_risk", "高风险", "High risk", type="bool", source_of_field=OWN),
        Field("domain", "抽查的领域", "Field of the check", type="code", codes=DOMAINS, source_of_field=OWN),
    ),
)  # fmt: skip
WITHDRAWALS = register(
    Contract(
        key="credit_withdrawals", title=gettext_lazy("信用信息撤回（平台之间）"), edition=EDITION, source=OWN,
        description=gettext_lazy("提供单位撤回的信用信息；本平台自己作出的不因此撤回。"),
        key_fields=("kind", "source", "number"), apply=apply_withdrawals, may="cases.work",
        fields=(
            replace(_KIND, codes=TAKEN_BACK),
            Field("uscc", "统一社会信用代码", "Unified social credit code", required=True, max_length=40, source_of_field="GB 32100-2015", example="91440101MA00EXAM02"),
            Field("number", "编号", "Number", required=True, max_length=128, source_of_field=OWN, example="示例〔2026〕1号"),
            Field("source", "提供单位", "Source", required=True, max_length=200, source_of_field=OWN, example="示例市市场监督管理局"),
            Field("why", "理由", "Reason", required=True, max_length=300, source_of_field=OWN, example="复议撤销"),
        ),
    )
)  # fmt: skip
