"""Intake from elsewhere: complaints and reports that 12315 or 12345 took in, by the same path as the platform's own.

Field names are ours; the national platform's exchange format is not public. Source and reference make a record the same.
"""
# ruff: noqa: E501  (a field of a contract is one line of a table)

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.core.accounts.rules import covers
from zhiheng.core.cases.models import Case
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
from zhiheng.core.problems import Problem
from zhiheng.core.registry import rules as registry_rules
from zhiheng.systems.complaints import actions, queries, rules
from zhiheng.systems.complaints.rules import Filing

SOURCES = {"12315": "全国12315平台", "12345": "12345热线", "letter": "来信", "transfer": "其他部门转来"}
with translation.override("zh-hans"):  # code lists are read in the language of the official formats
    PROBLEMS = {key: str(label) for key, label in rules.PROBLEMS.items()}
    CATEGORIES = {key: str(label) for key, label in rules.CATEGORIES.items()}
SAME = {"respondent": "respondent_name", "kind": "kind", "where": "region"}
"""Fields of a filing that are called otherwise here."""


def apply(rows: list[Row], actor: Any, job: Job) -> Sequence[Result]:
    """File each row; what came before is a duplicate, what looks like a repeat is filed with a warning."""
    return [_one(row, actor) for row in rows]


def _one(row: Row, actor: Any) -> Result:
    source, reference = row["source"], row["reference"]
    known = Case.objects.filter(source=source, reference__in=[reference, f"{reference}#complaint"]).first()
    if known is not None:
        return duplicate(known.number)
    warnings: list[FieldProblem] = []
    if row.get("uscc") and queries.organisation(row["uscc"]) is None:
        warnings.append(
            FieldProblem(
                Problem("unknown_organisation", _("没有登记 %(code)s，按名称收下。") % {"code": row["uscc"]},
                        remedy=_("登记该主体后可以在案件中核对。")),
                "uscc",
            )
        )  # fmt: skip
    received = row["received_at"]
    try:
        if received > timezone.now():
            raise Problem("received_in_future", _("收到时间晚于现在。"), remedy=_("请更正收到时间。"))
        filing = _filing(row)
        office = _office(filing, row, actor, received)
        receipt = actions.file(
            filing, source=source, actor=actor, received_at=received, office=office, reference=reference,
            strict=False,
        )  # fmt: skip
    except Problem as problem:
        wrong = next(iter(problem.extra.get("errors") or ()), "")
        name = SAME.get(wrong, wrong)
        return rejected(problem, name if name in CONTRACT.by_name else "", reference)
    for case in receipt.cases:
        found = queries.repeats(case)
        visible = found if actor is None else queries.shown_to(actor, found)[0]
        if found:
            warnings.append(FieldProblem(_possible(case, [one.case.number for one in visible[:3]])))
    return accepted("、".join(receipt.numbers), *warnings)


def _possible(case: Case, numbers: list[str]) -> Problem:
    which = "、".join(numbers) or _("其他机关办理的一件")
    return Problem(
        "possible_repeat",
        _("%(number)s 可能与 %(others)s 重复。") % {"number": case.number, "others": which},
        remedy=_("请在案件页上并排比较后决定。"),
    )


def _office(filing: Filing, row: Row, actor: Any, received: datetime) -> str:
    """The office that the sender names, else the competent one; a sender files within its own jurisdiction."""
    there = queries.office_codes()
    named = row.get("office") or ""
    if named and named not in there:
        raise Problem("no_such_office", _("没有这个机关：%(code)s。") % {"code": named},
                      remedy=_("填机关所在地的行政区划代码。"), errors={"office": ""})  # fmt: skip
    kind = rules.COMPLAINT if filing.kind == rules.BOTH else filing.kind
    office = named or actions.competent_office(filing, kind, queries.organisation(filing.uscc), received)
    if actor is not None and not covers(actor, office):
        raise Problem(
            "outside_jurisdiction", _("办理机关不在您的辖区内。"), status=403,
            remedy=_("请由上一级机关报送，或更正办理机关。"), errors={"office": ""},
        )  # fmt: skip
    return office


def _filing(row: Row) -> Filing:
    def text(name: str) -> str:
        return str(row.get(name) or "")

    return Filing(
        kind=row["kind"], facts=text("facts"), respondent=text("respondent_name"),
        respondent_address=text("respondent_address"), uscc=text("uscc"), name=text("name"), phone=text("phone"),
        address=text("address"), anonymous=bool(row.get("anonymous")) or not (text("name") or text("phone")),
        problem=text("problem") or "other", category=text("category") or "other", product=text("product"),
        gtin=text("gtin"), quantity=row.get("quantity"), amount=row.get("amount"),
        purchased_on=row.get("purchased_on"), claim=text("claim"), channel=text("channel") or "shop",
        where=text("region"),
    )  # fmt: skip


CONTRACT = register(
    Contract(
        key="complaints_intake",
        title=gettext_lazy("投诉举报（外部渠道）"),
        edition="1",
        source="own",
        description=gettext_lazy(
            "12315、12345 等渠道收到的投诉举报，以来源和来源编号为键；个人信息加密保存，同时做重复检查。"
        ),
        key_fields=("source", "reference"),
        may="cases.work",
        apply=apply,
        fields=(
            Field(
                "source",
                "来源",
                "Source",
                type="code",
                codes=SOURCES,
                required=True,
                source_of_field="SAMR-121 第八条",
                example="12315",
            ),
            Field(
                "reference",
                "来源编号",
                "Reference",
                required=True,
                max_length=50,
                source_of_field="来源渠道",
                example="1440000002026112600001",
            ),
            Field(
                "kind",
                "类别",
                "Kind",
                type="code",
                codes={"complaint": "投诉", "report": "举报", "both": "投诉和举报"},
                required=True,
                source_of_field="SAMR-121 第三条、第九条",
                example="投诉",
            ),
            Field(
                "received_at",
                "收到时间",
                "Received at",
                type="datetime",
                required=True,
                source_of_field="SAMR-121 第十五条",
                example="2026-11-25 09:30",
            ),
            Field(
                "office", "办理机关", "Office", max_length=6, source_of_field="GB/T 2260", example="440105"
            ),
            Field(
                "respondent_name",
                "被投诉（举报）人名称",
                "Respondent",
                required=True,
                max_length=200,
                source_of_field="SAMR-121 第十条",
                example="广州示例食品有限公司",
            ),
            Field(
                "uscc",
                "统一社会信用代码",
                "Unified social credit code",
                max_length=40,
                check=registry_rules.require_uscc,
                source_of_field="GB 32100-2015",
                example="91440101MA00EXAM02",
            ),
            Field(
                "respondent_address",
                "被投诉（举报）人地址",
                "Respondent's address",
                max_length=300,
                source_of_field="SAMR-121 第十条",
                example="广州市海珠区示例路1号",
            ),
            Field(
                "region",
                "经营地区划",
                "Region of the place of business",
                check=registry_rules.require_region,
                max_length=12,
                source_of_field="GB/T 2260",
                example="440105",
            ),
            Field(
                "channel",
                "购买渠道",
                "Where bought",
                type="code",
                codes={"shop": "实体店", "platform": "网络平台", "own": "自建网站", "other": "其他"},
                source_of_field="SAMR-121 第十三条",
                example="实体店",
            ),
            Field(
                "name",
                "姓名",
                "Name",
                max_length=60,
                personal=True,
                source_of_field="SAMR-121 第十条",
                example="张示例",
            ),
            Field(
                "phone",
                "电话",
                "Telephone",
                max_length=24,
                personal=True,
                source_of_field="SAMR-121 第十条",
                example="13800000000",
            ),
            Field(
                "address",
                "通讯地址",
                "Postal address",
                max_length=300,
                personal=True,
                source_of_field="SAMR-121 第十条",
                example="广州市海珠区示例路2号",
            ),
            Field(
                "anonymous",
                "匿名举报",
                "Anonymous report",
                type="bool",
                source_of_field="SAMR-121 第三十六条",
                example="否",
            ),
            Field(
                "facts",
                "事实和理由",
                "Facts",
                required=True,
                max_length=5000,
                personal=True,
                source_of_field="SAMR-121 第十条",
                example="购买的饼干有异味",
            ),
            Field(
                "claim",
                "投诉请求",
                "What is asked",
                max_length=5000,
                source_of_field="SAMR-121 第十条",
                example="退货退款",
            ),
            Field(
                "problem",
                "问题类别",
                "Kind of problem",
                type="code",
                codes=PROBLEMS,
                source_of_field="本平台",
                example="quality",
            ),
            Field(
                "category",
                "商品服务类别",
                "Kind of goods",
                type="code",
                codes=CATEGORIES,
                source_of_field="本平台",
                example="food",
            ),
            Field(
                "product",
                "商品或者服务",
                "Product or service",
                max_length=200,
                source_of_field="来源渠道",
                example="示例饼干",
            ),
            Field(
                "gtin",
                "商品条码",
                "GTIN",
                max_length=40,
                check=registry_rules.require_gtin,
                source_of_field="GB 12904",
                example="6900000000014",
            ),
            Field("quantity", "数量", "Quantity", type="int", source_of_field="来源渠道", example="2"),
            Field(
                "amount",
                "争议金额",
                "Amount in dispute",
                type="decimal",
                source_of_field="来源渠道",
                example="56.80",
            ),
            Field(
                "purchased_on",
                "购买日期",
                "Bought on",
                type="date",
                source_of_field="来源渠道",
                example="2026-11-20",
            ),
        ),
    )
)
