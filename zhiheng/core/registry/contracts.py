"""The registry's data contracts: what organisations, sites, products, people and certificates come as.

Field codes and value lists of official formats are the handbook's (SGS-XK, CERT-PROD, CERT-SYS). Where a format is
known only from implementations, its lengths are not official; ours are what the columns hold.
"""
# ruff: noqa: E501  (a field of a contract is one line of a table)

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import models
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
from zhiheng.core.problems import Problem, said
from zhiheng.core.registry import actions, queries, rules
from zhiheng.core.registry.designating import origin, save
from zhiheng.core.registry.models import Alias, Designation, Organisation, Person, Product, Site
from zhiheng.knowledge.codes import epc, regions
from zhiheng.knowledge.codes import uscc as uscc_codes
from zhiheng.knowledge.codes.errors import CodeError

OWN = "own"
LICENCE = "登记机关营业执照"
SUBMIT = "exchange.submit"


def _labels(choices: Any) -> dict[str, str]:
    return dict(choices.choices)


def _clean_name(value: str) -> str:
    if found := rules.special_character(value):
        raise Problem(
            "name_special_character",
            _("名称里有特殊字符“%(character)s”。") % {"character": found},
            remedy=_("按登记的名称填写。"),
        )
    return " ".join(value.split())


def _kinds(value: str) -> str:
    known = {str(label): code for code, label in Organisation.Kind.choices} | {
        c: c for c in Organisation.Kind.values
    }
    words = [word for word in re.split(r"[\s、,,;;|]+", value) if word]
    if strange := [word for word in words if word not in known]:
        raise Problem(
            "not_in_code_list",
            _("“%(word)s”不是已知的经营环节。") % {"word": strange[0]},
            remedy=_("可填:%(codes)s;几项用顿号隔开。")
            % {"codes": "、".join(str(x) for x in Organisation.Kind.labels)},
        )
    return rules.kinds_text([known[word] for word in words])


def _industry(value: str) -> str:
    if not re.fullmatch(r"[A-T]?\d{0,4}", value, re.ASCII):
        raise Problem(
            "industry_format",
            _("“%(value)s”不是行业代码。") % {"value": value},
            remedy=_("填 GB/T 4754 代码:门类字母加数字,例如 C1495;不填名称。"),
        )
    return value


USCC = Field(
    "uscc", "统一社会信用代码", "Unified social credit code", required=True, check=rules.require_uscc,
    max_length=40, source_of_field="GB 32100-2015;" + LICENCE, example="91440101MA00EXAM02",
)  # fmt: skip
REGION = Field(
    "region", "行政区划", "Region", required=True, check=rules.require_region, max_length=12,
    source_of_field="GB/T 2260", example="440105",
)  # fmt: skip


# ---- applying


def _owners(rows: list[Row], actor: Any) -> dict[str, Organisation | Problem]:
    """For each code in the rows: its organisation, or why rows about it are not taken."""
    found = queries.by_uscc(row["uscc"] for row in rows)
    answers: dict[str, Organisation | Problem] = {}
    for code in {row["uscc"] for row in rows}:
        organisation = found.get(code)
        if organisation is None or not rules.reaches(actor, organisation.region, organisation.pk):
            answers[code] = _out_of_reach(actor, code, organisation)
        else:
            answers[code] = organisation
    return answers


def _out_of_reach(actor: Any, code: str, organisation: Organisation | None) -> Problem:
    if rules.is_party(actor):  # whether another organisation is registered is not this sender's to know
        return Problem(
            "not_your_organisation",
            _("%(code)s 不是你的单位。") % {"code": code},
            status=403,
            remedy=_("单位只能提交自己的记录。"),
        )
    if organisation is None:
        return Problem(
            "unknown_organisation",
            _("还没有登记 %(code)s 这个主体。") % {"code": code},
            remedy=_("先提交“主体”,再重放这一行。"),
        )
    return Problem(
        "outside_jurisdiction",
        _("%(code)s 不在你的辖区内。") % {"code": code},
        status=403,
        remedy=_("请主体所在地的登记人员提交。"),
    )


def _ledger(actor: Any, job: Job, action: str, created: list[str], updated: list[str]) -> None:
    """One entry for the chunk: the keys say what changed, the job says from which submission."""
    if created or updated:
        record(actor, action, f"job:{job.pk}", {"created": created, "updated": updated})


def _changed(existing: models.Model, values: dict[str, Any]) -> list[str]:
    return [name for name, value in values.items() if getattr(existing, name) != value]


def _keyed(
    model: type[models.Model], key: str, what: str, action: str, columns: tuple[str, ...]
) -> Callable[[list[Row], Any, Job], list[Result]]:
    """The apply of things that belong to an organisation and have a code of their own (sites, products)."""

    def apply(rows: list[Row], actor: Any, job: Job) -> list[Result]:
        owners = _owners(rows, actor)
        known = {
            getattr(o, key): o
            for o in model._default_manager.filter(**{f"{key}__in": [r[key] for r in rows]})
        }
        new: list[Any] = []
        created, updated = [], []
        results = []
        for row in rows:
            owner, code = owners[row["uscc"]], row[key]
            if isinstance(owner, Problem):
                results.append(rejected(owner, "uscc", code))
                continue
            values = {name: row[name] for name in columns if name in row}
            existing = known.get(code)
            if existing is None:
                new.append(model(**{key: code}, organisation=owner, **values))
                created.append(code)
            elif existing.organisation_id != owner.pk:  # type: ignore[attr-defined]
                problem = Problem(
                    "registered_to_another",
                    _("%(what)s %(code)s 已登记在别的主体名下。") % {"what": what, "code": code},
                    remedy=_("核对代码;确实换了主体的,请登记机关先办理转移。"),
                )
                results.append(rejected(problem, key, code))
                continue
            elif changed := _changed(existing, values):
                for name in changed:
                    setattr(existing, name, values[name])
                existing.save(update_fields=changed)
                updated.append(code)
            else:
                results.append(duplicate(code))
                continue
            results.append(accepted(code))
        model._default_manager.bulk_create(new)
        _ledger(actor, job, action, created, updated)
        return results

    return apply


def apply_organisations(rows: list[Row], actor: Any, job: Job) -> list[Result]:
    """Register organisations, or bring what is registered up to date."""
    known = queries.by_uscc(row["uscc"] for row in rows)
    new, created, updated, results = [], [], [], []
    for row in rows:
        code = row["uscc"]
        values = {k: v for k, v in row.items() if k != "uscc"}
        if not values.get("status"):
            values.pop("status", None)
        existing = known.get(code)
        reach = existing or Organisation(region=values["region"])
        if not rules.reaches(actor, reach.region, reach.pk) or not (
            rules.is_party(actor) or rules.reaches(actor, values["region"], reach.pk)
        ):
            results.append(rejected(_out_of_reach(actor, code, reach), "region", code))
            continue
        if existing is None:
            if not rules.may(actor, "registry.edit"):
                results.append(rejected(_out_of_reach(actor, code, None), "uscc", code))
                continue
            new.append(Organisation(uscc=code, source=f"job:{job.pk}", **values))
            created.append(code)
            results.append(accepted(code))
            continue
        if existing.uscc != code:
            problem = Problem(
                "merged_away",
                _("%(code)s 已并入 %(kept)s。") % {"code": code, "kept": existing.uscc},
                remedy=_("用保留的代码提交,或先撤销合并。"),
            )
            results.append(rejected(problem, "uscc", code))
            continue
        if not _changed(existing, values):
            results.append(duplicate(code))
            continue
        try:
            actions.update_organisation(actor, existing, **values)
        except Problem as problem:
            results.append(rejected(problem, "", code))
            continue
        updated.append(code)
        results.append(accepted(code))
    Organisation.objects.bulk_create(new)
    _ledger(actor, job, "registry.organisation.import", created, updated)
    return results


def check_period(row: Row, today: date) -> list[FieldProblem]:
    """A duty does not end before it begins."""
    try:
        rules.require_period(row.get("since"), row.get("until"))
    except Problem as problem:
        return [FieldProblem(problem, "until")]
    return []


def apply_people(rows: list[Row], actor: Any, job: Job) -> list[Result]:
    """Name people in charge. The same person in the same duty from the same day is one row."""
    owners = _owners(rows, actor)
    ids = [o.pk for o in owners.values() if isinstance(o, Organisation)]
    known: dict[tuple[int, str, str, Any], Person] = {
        (p.organisation_id, p.duty, rules.name_key(p.name), p.since): p
        for p in Person.objects.filter(organisation_id__in=ids)
    }
    new, created, updated, results = [], [], [], []
    for row in rows:
        owner = owners[row["uscc"]]
        if isinstance(owner, Problem):
            results.append(rejected(owner, "uscc"))
            continue
        values: dict[str, Any] = {k: row[k] for k in ("phone", "until", "appointed_by") if k in row}
        # The reference names the duty, not the person: job pages are read by more people than names are.
        reference = f"{owner.uscc} {row['duty']}"
        existing = known.get((owner.pk, row["duty"], rules.name_key(row["name"]), row.get("since")))
        if existing is None:
            new.append(
                Person(
                    organisation=owner, duty=row["duty"], name=row["name"], since=row.get("since"), **values
                )
            )
            created.append(reference)
        elif changed := _changed(existing, values):
            for name in changed:
                setattr(existing, name, values[name])
            existing.save(update_fields=changed)
            updated.append(reference)
        else:
            results.append(duplicate(reference))
            continue
        results.append(accepted(reference))
    Person.objects.bulk_create(new)
    _ledger(actor, job, "registry.person.import", created, updated)
    return results


# ---- licences: SGS-XK


SGS_SUBJECT = {v: v for v in ("法人及非法人组织", "自然人", "个体工商户")}
SGS_ID = {
    v: v
    for v in (
        "身份证",
        "护照号",
        "港澳居民来往内地通行证",
        "台湾居民来往大陆通行证",
        "外国人永久居留身份证",
        "其他",
    )
}
XK_CATEGORY = {v: v for v in ("普通", "特许", "认可", "核准", "登记", "其他")}


def _authority(value: str) -> str:
    return rules.require_uscc(value)


def _counterparty(value: str) -> str:
    """A code, or the placeholder of those who have none (rule R3)."""
    return uscc_codes.PLACEHOLDER if uscc_codes.is_placeholder(value) else rules.require_uscc(value)


def _licence_category(value: str) -> str:
    word = re.split(r"[-—::]", value, maxsplit=1)[0].strip()
    if word not in XK_CATEGORY:
        raise Problem(
            "not_in_code_list",
            _("“%(value)s”不是许可类别。") % {"value": value},
            remedy=_("可填:%(codes)s;选“其他”须注明,如“其他-备案”。") % {"codes": "、".join(XK_CATEGORY)},
        )
    if value == "其他":
        raise Problem(
            "category_unspecified", _("选“其他”须注明具体类别。"), remedy=_("写成“其他-”加类别名称。")
        )
    return value


def check_licence(row: Row, today: date) -> list[FieldProblem]:
    """Rules R3 and R5 of the official gateway, and the conditions of single fields."""
    problems = []

    def wrong(field: str, code: str, message: str, remedy: str) -> None:
        problems.append(FieldProblem(Problem(code, message, remedy=remedy), field))

    kind, code = row["counterparty_category"], row.get("uscc", "")
    if kind == "自然人":
        wrong(
            "counterparty_category",
            "not_an_organisation",
            _("登记库不存自然人的许可。"),
            _("从这份文件里去掉这一行。"),
        )
        return problems
    if kind == "个体工商户" and code == uscc_codes.PLACEHOLDER:
        if not row.get("registration_no"):
            wrong(
                "registration_no", "registration_no_missing", _("代码填 17 个 0 加 X 时必须填工商注册号(R3)。"),
                _("填营业执照上的注册号。"),
            )  # fmt: skip
    elif code in ("", uscc_codes.PLACEHOLDER):
        wrong(
            "uscc", "uscc_missing", _("没有统一社会信用代码。"),
            _("填 18 位代码;只有没有代码的个体工商户才填 17 个 0 加 X。"),
        )  # fmt: skip
    if kind == "法人及非法人组织" and "legal_rep" in row and not row["legal_rep"]:
        wrong(
            "legal_rep", "required", _("法人和非法人组织必须填法定代表人。"), _("填法定代表人或负责人姓名。")
        )
    decided, valid_from, valid_to = row.get("decision_date"), row.get("valid_from"), row.get("valid_to")
    if decided and decided > today:
        wrong("decision_date", "decided_in_future", _("许可决定日期晚于当天(R5)。"), _("核对日期。"))
    if valid_to and valid_to < today:
        wrong("valid_to", "expired", _("有效期至早于当天(R5)。"), _("已过期的许可不再报送;日期有误的改正。"))
    if valid_from and valid_to and valid_to < valid_from:
        wrong("valid_to", "period_reversed", _("有效期至早于有效期自。"), _("对调或改正两个日期。"))
    return problems


def apply_licences(rows: list[Row], actor: Any, job: Job) -> list[Result]:
    """Licences as designations. A row with the placeholder code stands alone: it joins no organisation."""
    coded = [row for row in rows if row["uscc"] != uscc_codes.PLACEHOLDER]
    owners, source = _owners(coded, actor), origin(actor, job)
    numbers = [row["decision_no"] for row in rows]
    known = {
        (d.organisation_id, d.number, d.registration_no if d.organisation_id is None else ""): d
        for d in Designation.objects.filter(kind=Designation.Kind.LICENCE, number__in=numbers)
    }
    created: list[str] = []
    updated: list[str] = []
    alone: list[str] = []
    results = []
    columns = ("counterparty_category", "licence_category", "licence_no", "licence_content", "licence_authority_uscc",
               "status", "data_source_unit", "data_source_uscc", "decision_title", "remark")  # fmt: skip
    for row in rows:
        number = row["decision_no"]
        owner: Organisation | None = None
        if row["uscc"] == uscc_codes.PLACEHOLDER:
            region = uscc_codes.region_of(row["licence_authority_uscc"])
            if rules.is_party(actor) or not rules.reaches(actor, region, None):
                results.append(
                    rejected(
                        _out_of_reach(actor, row["licence_authority_uscc"], Organisation()),
                        "licence_authority_uscc",
                        number,
                    )
                )
                continue
        else:
            found = owners[row["uscc"]]
            if isinstance(found, Problem):
                results.append(rejected(found, "uscc", number))
                continue
            owner = found
        registration = "" if owner else row["registration_no"]
        values: dict[str, Any] = {
            "holder": row["counterparty_name"],
            "title": row.get("licence_name") or row["decision_title"],
            "issuer": row["licence_authority"],
            "issued_on": row.get("decision_date"),
            "valid_from": row.get("valid_from"),
            "valid_until": row.get("valid_to"),
            "details": {name: row[name] for name in columns if row.get(name)},
        }
        key = {"kind": Designation.Kind.LICENCE, "number": number, "registration_no": registration}
        did = save(known.get((owner.pk if owner else None, number, registration)), owner, key, values, source)
        if isinstance(did, Problem):
            results.append(rejected(did, "decision_no", number))
            continue
        if owner is None and did == "created":
            alone.append(number)
        warnings = []
        if owner and rules.name_key(owner.name) != rules.name_key(row["counterparty_name"]):
            problem = Problem(
                "name_differs",
                _("名称与登记的“%(name)s”不同。") % {"name": owner.name},
                remedy=_("核对;主体已更名的,先更新“主体”。"),
            )
            warnings.append(FieldProblem(problem, "counterparty_name"))
        if odd := rules.licence_number_warning(row.get("licence_no", "")):
            warnings.append(FieldProblem(odd, "licence_no"))
        if did == "duplicate":
            results.append(duplicate(number))
            continue
        (created if did == "created" else updated).append(number)
        results.append(accepted(number, *warnings))
    _ledger(actor, job, "registry.designation.import", created, updated)
    if alone:
        # Here, not above: facts stand on the registry's tables.
        from zhiheng.core.facts.matching import hold_designations

        rows_alone = Designation.objects.filter(
            kind=Designation.Kind.LICENCE, number__in=alone, organisation=None
        )
        hold_designations(rows_alone, (actor.region if actor else "") or regions.GUANGDONG)
    return results


# ---- certificates: CERT-PROD and CERT-SYS


def check_certificate(row: Row, today: date) -> list[FieldProblem]:
    """A certificate, or a recognition, does not expire before it is issued."""
    issued = row.get("issued_on")
    if issued and row["valid_to"] < issued:
        problem = Problem("period_reversed", _("有效期早于发证日期。"), remedy=_("对调或改正两个日期。"))
        return [FieldProblem(problem, "valid_to")]
    return []


def _designate(
    rows: list[Row], actor: Any, job: Job, read: Callable[[Row], tuple[str, dict[str, Any]]]
) -> list[Result]:
    """Rows with ``uscc`` and ``cert_no`` as designations; ``read`` gives the kind and the values of a row."""
    owners, source = _owners(rows, actor), origin(actor, job)
    said = [read(row) for row in rows]
    known = {
        (d.organisation_id, d.kind, d.number): d
        for d in Designation.objects.filter(
            kind__in={kind for kind, _values in said}, number__in=[row["cert_no"] for row in rows]
        )
    }
    created: list[str] = []
    updated: list[str] = []
    results = []
    for row, (kind, values) in zip(rows, said, strict=True):
        owner, number = owners[row["uscc"]], row["cert_no"]
        if isinstance(owner, Problem):
            results.append(rejected(owner, "uscc", number))
            continue
        did = save(
            known.get((owner.pk, kind, number)), owner, {"kind": kind, "number": number}, values, source
        )
        if isinstance(did, Problem):
            results.append(rejected(did, "cert_no", number))
        elif did == "duplicate":
            results.append(duplicate(number))
        else:
            (created if did == "created" else updated).append(number)
            results.append(accepted(number))
    _ledger(actor, job, "registry.designation.import", created, updated)
    return results


def _certificates(
    kind: str, holder: str, title: str, columns: tuple[str, ...]
) -> Callable[..., list[Result]]:
    def read(row: Row) -> tuple[str, dict[str, Any]]:
        return kind, {
            "holder": row[holder][:200],
            "title": row[title][:300],
            "issuer": row["issuer"],
            "issued_on": row["issued_on"],
            "valid_until": row["valid_to"],
            "details": {name: row[name] for name in columns if row.get(name)},
        }

    def apply(rows: list[Row], actor: Any, job: Job) -> list[Result]:
        return _designate(rows, actor, job, read)

    return apply


# ---- recognitions of third-party bodies: CMA, and the like of certifiers and associations


BODY_KINDS: dict[str, Any] = {
    "laboratory": gettext_lazy("检验检测机构资质认定"),
    "certifier": gettext_lazy("认证机构资质"),
    "association": gettext_lazy("行业协会、调解组织登记"),
}


BODY_TITLES = {
    "laboratory": "检验检测机构资质认定证书",
    "certifier": "认证机构资质",
    "association": "社会组织登记证书",
}
"""What a recognition is called in the register (data: in the language of the certificate)."""


def apply_recognitions(rows: list[Row], actor: Any, job: Job) -> list[Result]:
    """Recognitions as designations; an organisation that has one is a body of that kind from then on."""

    def read(row: Row) -> tuple[str, dict[str, Any]]:
        lab = row["body"] == "laboratory"
        values: dict[str, Any] = {
            "holder": row["lab"][:200],
            "title": BODY_TITLES[row["body"]],
            "issuer": row["issuer"],
            "issued_on": row.get("issued_on"),
            "valid_until": row["valid_to"],
            "details": {name: row[name] for name in ("body", "lab", "scope", "mark") if row.get(name)},
        }
        if lab:
            values["details"]["basis"] = "检验检测机构资质认定管理办法"
        if row.get("status"):
            values["status"] = row["status"]
        return (Designation.Kind.LABORATORY if lab else Designation.Kind.OTHER), values

    results = _designate(rows, actor, job, read)
    found = queries.by_uscc(row["uscc"] for row in rows)
    wanted: dict[int, set[str]] = defaultdict(set)
    for row, result in zip(rows, results, strict=True):
        if result.status != "rejected":
            wanted[found[row["uscc"]].pk].add(row["body"])
    for owner in {one.pk: one for one in found.values() if one.pk in wanted}.values():
        if missing := wanted[owner.pk] - set(owner.kind_list):
            owner.kinds = rules.kinds_text([*owner.kind_list, *missing])
            owner.save(update_fields=["kinds", "updated_at"])
    return results


# ---- aliases


def _identifier(value: str) -> str:
    """The one spelling of a code by which the trace knows it."""
    try:
        return epc.canonical(value)
    except CodeError as error:
        message, remedy = said(error.says, error.values), said(error.mend, error.values)
        raise Problem(error.code, message, remedy=remedy) from error


_GTIN_IN_CODE = re.compile(r"/01/(\d{14})(?:/|$)")


def apply_aliases(rows: list[Row], actor: Any, job: Job) -> list[Result]:
    """Say that two codes name one thing; a party says so of its own products only."""
    pairs = [tuple(sorted((row["code_a"], row["code_b"]))) for row in rows]
    known = set(Alias.objects.filter(code_a__in=[a for a, _b in pairs]).values_list("code_a", "code_b"))
    gtins = {gtin for pair in pairs for code in pair for gtin in _GTIN_IN_CODE.findall(code)}
    own = set()
    if rules.is_party(actor):
        own = set(
            Product.objects.filter(gtin__in=gtins, organisation_id=actor.organisation_id).values_list(
                "gtin", flat=True
            )
        )
    new, created, results = [], [], []
    for row, (a, b) in zip(rows, pairs, strict=True):
        reference = f"{a} = {b}"
        if a == b:
            problem = Problem(
                "alias_of_itself", _("两个码是同一个码的两种写法。"), remedy=_("填指同一物的两个不同的码。")
            )
            results.append(rejected(problem, "code_b", reference))
        elif rules.is_party(actor) and not own.intersection(
            _GTIN_IN_CODE.findall(f"{a}\n{b}".replace("\n", "/\n"))
        ):
            problem = Problem(
                "not_your_product",
                _("两个码里都没有你单位的产品。"),
                status=403,
                remedy=_("先登记产品(GTIN),或请对方、主管部门登记。"),
            )
            results.append(rejected(problem, "code_a", reference))
        elif not rules.is_party(actor) and not rules.may(actor, "registry.edit"):
            results.append(
                rejected(Problem("not_permitted", _("你的角色不能登记同物异码。"), status=403), "", reference)
            )
        elif (a, b) in known:
            results.append(duplicate(reference))
        else:
            known.add((a, b))
            new.append(
                Alias(code_a=a, code_b=b, source=row.get("source") or f"job:{job.pk}", decided_by=actor)
            )
            created.append(reference)
            results.append(accepted(reference))
    Alias.objects.bulk_create(new)
    _ledger(actor, job, "registry.alias.import", created, [])
    return results


# ---- the contracts

ORGANISATIONS = register(
    Contract(
        key="organisations",
        title=gettext_lazy("主体"),
        edition="1",
        source=OWN,
        description=gettext_lazy("企业和其他组织,以统一社会信用代码为键;已登记的更新,改名自动留下曾用名。"),
        key_fields=("uscc",),
        may=SUBMIT,
        apply=apply_organisations,
        fields=(
            USCC,
            Field(
                "name",
                "名称",
                "Name",
                required=True,
                max_length=200,
                check=_clean_name,
                source_of_field=LICENCE,
                example="广州示例食品有限公司",
            ),
            REGION,
            Field(
                "org_type", "主体类型", "Type", max_length=60, source_of_field=LICENCE, example="有限责任公司"
            ),
            Field(
                "industry",
                "行业代码",
                "Industry code",
                max_length=5,
                check=_industry,
                source_of_field="GB/T 4754",
                example="C1495",
            ),
            Field(
                "address",
                "地址",
                "Address",
                max_length=300,
                source_of_field=LICENCE,
                example="广州市海珠区示例路1号",
            ),
            Field(
                "phone",
                "联系电话",
                "Telephone",
                max_length=40,
                personal=True,
                source_of_field="主体自报",
                example="020-00000000",
            ),
            Field(
                "kinds",
                "经营环节",
                "Kinds",
                max_length=120,
                check=_kinds,
                source_of_field="主体自报",
                example="生产、批发销售",
            ),
            Field(
                "status",
                "状态",
                "Status",
                type="code",
                codes=_labels(Organisation.Status),
                source_of_field="登记机关",
                example="存续",
            ),
        ),
    )
)

SITES = register(
    Contract(
        key="sites",
        title=gettext_lazy("场所"),
        edition="1",
        source=OWN,
        description=gettext_lazy("工厂、仓库、门店等,以全球位置码(GLN)为键。"),
        key_fields=("gln",),
        may=SUBMIT,
        apply=_keyed(Site, "gln", "GLN", "registry.site.import", ("name", "region", "address")),
        fields=(
            Field(
                "gln",
                "全球位置码",
                "GLN",
                required=True,
                max_length=40,
                check=rules.require_gln,
                source_of_field="GB/T 16828",
                example="6900000000007",
            ),
            USCC,
            Field(
                "name",
                "场所名称",
                "Site name",
                required=True,
                max_length=200,
                check=_clean_name,
                source_of_field="主体自报",
                example="示例食品一厂",
            ),
            REGION,
            Field(
                "address",
                "地址",
                "Address",
                max_length=300,
                source_of_field="主体自报",
                example="广州市海珠区示例路1号",
            ),
        ),
    )
)

PRODUCTS = register(
    Contract(
        key="products",
        title=gettext_lazy("产品"),
        edition="1",
        source=OWN,
        description=gettext_lazy("产品以商品条码(GTIN,存为 14 位)为键。"),
        key_fields=("gtin",),
        may=SUBMIT,
        apply=_keyed(
            Product,
            "gtin",
            "GTIN",
            "registry.product.import",
            ("name", "brand", "spec", "category", "standard", "unit"),
        ),
        fields=(
            Field(
                "gtin",
                "商品条码",
                "GTIN",
                required=True,
                max_length=40,
                check=rules.require_gtin,
                source_of_field="GB 12904",
                example="6900000000014",
            ),
            USCC,
            Field(
                "name",
                "产品名称",
                "Product name",
                required=True,
                max_length=200,
                check=_clean_name,
                source_of_field="产品标签",
                example="示例酱油",
            ),
            Field("brand", "商标", "Brand", max_length=100, source_of_field="产品标签", example="示例"),
            Field(
                "spec",
                "规格型号",
                "Specification",
                max_length=100,
                source_of_field="产品标签",
                example="500mL",
            ),
            Field(
                "category",
                "重要产品类别",
                "Category",
                type="code",
                required=True,
                codes=_labels(Product.Category),
                source_of_field="国办发〔2015〕95号;GB/T 38158-2019",
                example="食品",
            ),
            Field(
                "standard",
                "执行标准",
                "Standard",
                max_length=200,
                source_of_field="产品标签",
                example="GB/T 18186",
            ),
            Field("unit", "计量单位", "Unit", max_length=20, source_of_field="主体自报", example="瓶"),
        ),
    )
)

PEOPLE = register(
    Contract(
        key="people",
        title=gettext_lazy("负责人"),
        edition="1",
        source=OWN,
        description=gettext_lazy("法定代表人、首席质量官等责任人;姓名和电话加密保存,查看留痕。"),
        key_fields=("uscc", "duty", "name", "since"),
        may=SUBMIT,
        apply=apply_people,
        check=check_period,
        fields=(
            USCC,
            Field(
                "duty",
                "职务",
                "Duty",
                type="code",
                required=True,
                codes=_labels(Person.Duty),
                source_of_field="任命文件",
                example="首席质量官",
            ),
            Field(
                "name",
                "姓名",
                "Name",
                required=True,
                max_length=100,
                check=_clean_name,
                personal=True,
                source_of_field="任命文件",
                example="示例人",
            ),
            Field(
                "phone",
                "联系电话",
                "Telephone",
                max_length=40,
                personal=True,
                source_of_field="主体自报",
                example="13800000000",
            ),
            Field("since", "任职自", "Since", type="date", source_of_field="任命文件", example="2026-01-01"),
            Field("until", "任职至", "Until", type="date", source_of_field="任命文件"),
            Field(
                "appointed_by",
                "任命文件",
                "Appointed by",
                max_length=200,
                source_of_field="主体自报",
                example="质字〔2026〕1号",
            ),
        ),
    )
)

LICENCES = register(
    Contract(
        key="licences",
        title=gettext_lazy("行政许可(双公示)"),
        edition="2026-11",
        source="SGS-XK",
        description=gettext_lazy("双公示行政许可的字段和代码(见于多套实现,官方附件上线前比对);执行规则 R3、R5。自然人的许可不存。"),
        key_fields=("uscc", "registration_no", "decision_no"),
        may=SUBMIT,
        apply=apply_licences,
        check=check_licence,
        fields=tuple(
            Field(source_of_field="SGS-XK", **field)
            for field in (
                {"name": "counterparty_name", "label_zh": "行政相对人名称", "label_en": "Counterparty name", "code": "XK_XDR_MC", "required": True, "max_length": 200, "check": _clean_name, "example": "广州示例食品有限公司"},
                {"name": "counterparty_category", "label_zh": "行政相对人类别", "label_en": "Counterparty category", "code": "XK_XDR_LB", "type": "code", "codes": SGS_SUBJECT, "required": True, "example": "法人及非法人组织"},
                {"name": "uscc", "label_zh": "行政相对人代码_1(统一社会信用代码)", "label_en": "USCC", "code": "XK_XDR_SHXYM", "required": True, "max_length": 40, "check": _counterparty, "example": "91440101MA00EXAM02"},
                {"name": "registration_no", "label_zh": "行政相对人代码_2(工商注册号)", "label_en": "Registration number", "code": "XK_XDR_GSZC", "max_length": 50},
                {"name": "org_code", "label_zh": "行政相对人代码_3(组织机构代码)", "label_en": "Organisation code", "code": "XK_XDR_ZZJG", "max_length": 20},
                {"name": "tax_no", "label_zh": "行政相对人代码_4(税务登记号)", "label_en": "Tax number", "code": "XK_XDR_SWDJ", "max_length": 50},
                {"name": "institution_cert_no", "label_zh": "行政相对人代码_5(事业单位证书号)", "label_en": "Institution certificate number", "code": "XK_XDR_SYDW", "max_length": 120},
                {"name": "social_org_cert_no", "label_zh": "行政相对人代码_6(社会组织登记证号)", "label_en": "Social organisation certificate number", "code": "XK_XDR_SHZZ", "max_length": 50},
                {"name": "legal_rep", "label_zh": "法定代表人", "label_en": "Legal representative", "code": "XK_FRDB", "max_length": 50, "personal": True, "example": "示例人"},
                {"name": "legal_rep_id_type", "label_zh": "法定代表人证件类型", "label_en": "Legal representative's document type", "code": "XK_FR_ZJLX", "max_length": 64},
                {"name": "legal_rep_id_no", "label_zh": "法定代表人证件号码", "label_en": "Legal representative's document number", "code": "XK_FR_ZJHM", "max_length": 64, "personal": True},
                {"name": "person_id_type", "label_zh": "自然人证件类型", "label_en": "Person's document type", "code": "XK_XDR_ZJLX", "max_length": 64},
                {"name": "person_id_no", "label_zh": "自然人证件号码", "label_en": "Person's document number", "code": "XK_XDR_ZJHM", "max_length": 64, "personal": True},
                {"name": "decision_title", "label_zh": "行政许可决定文书名称", "label_en": "Decision title", "code": "XK_XKWS", "required": True, "max_length": 200, "example": "准予行政许可决定书"},
                {"name": "decision_no", "label_zh": "行政许可决定文书号", "label_en": "Decision number", "code": "XK_WSH", "required": True, "max_length": 128, "example": "穗市监许〔2026〕1号"},
                {"name": "licence_category", "label_zh": "许可类别", "label_en": "Licence category", "code": "XK_XKLB", "required": True, "max_length": 100, "check": _licence_category, "example": "普通"},
                {"name": "licence_name", "label_zh": "许可证书名称", "label_en": "Licence name", "code": "XK_XKZS", "max_length": 200, "example": "食品生产许可证"},
                {"name": "licence_no", "label_zh": "许可编号", "label_en": "Licence number", "code": "XK_XKBH", "max_length": 128, "example": "SC10344010500001"},
                {"name": "licence_content", "label_zh": "许可内容", "label_en": "Licence content", "code": "XK_NR", "required": True, "max_length": 4000, "example": "调味品生产"},
                {"name": "decision_date", "label_zh": "许可决定日期", "label_en": "Decision date", "code": "XK_JDRQ", "type": "date", "example": "2026-01-05"},
                {"name": "valid_from", "label_zh": "有效期自", "label_en": "Valid from", "code": "XK_YXQZ", "type": "date", "example": "2026-01-05"},
                {"name": "valid_to", "label_zh": "有效期至", "label_en": "Valid to", "code": "XK_YXQZI", "type": "date", "example": "2031-01-04"},
                {"name": "licence_authority", "label_zh": "许可机关", "label_en": "Licence authority", "code": "XK_XKJG", "required": True, "max_length": 200, "example": "示例市场监督管理局"},
                {"name": "licence_authority_uscc", "label_zh": "许可机关统一社会信用代码", "label_en": "Licence authority's USCC", "code": "XK_XKJGDM", "required": True, "max_length": 40, "check": _authority, "example": "11440100MB2C0EXAM2"},
                {"name": "status", "label_zh": "当前状态", "label_en": "Status", "code": "XK_ZT", "max_length": 20},
                {"name": "data_source_unit", "label_zh": "数据来源单位", "label_en": "Data source", "code": "XK_LYDW", "max_length": 200},
                {"name": "data_source_uscc", "label_zh": "数据来源单位统一社会信用代码", "label_en": "Data source's USCC", "code": "XK_LYDWDM", "max_length": 40, "check": _authority},
                {"name": "remark", "label_zh": "备注", "label_en": "Remark", "code": "BZ", "max_length": 512},
            )
        ),
    )
)  # fmt: skip

_CERTIFICATE_TAIL = (
    Field("standards", "认证依据的标准、技术要求", "Standards", required=True, max_length=2000, source_of_field="认证证书和认证标志管理办法", example="GB/T 19001-2016"),
    Field("cert_no", "证书编号", "Certificate number", required=True, max_length=128, source_of_field="认证证书和认证标志管理办法", example="00126Q00001R0S"),
    Field("issuer", "发证机构", "Issuer", required=True, max_length=200, source_of_field="认证证书和认证标志管理办法", example="示例认证中心"),
    Field("issued_on", "发证日期", "Issued on", type="date", required=True, source_of_field="认证证书和认证标志管理办法", example="2026-01-05"),
    Field("valid_to", "有效期", "Valid to", type="date", required=True, source_of_field="认证证书和认证标志管理办法", example="2029-01-04"),
    Field("other", "其他需要说明的内容", "Other", max_length=2000, source_of_field="认证证书和认证标志管理办法"),
)  # fmt: skip

PRODUCT_CERTIFICATES = register(
    Contract(
        key="product-certificates",
        title=gettext_lazy("产品认证证书"),
        edition="2026-11",
        source="CERT-PROD",
        description=gettext_lazy("认证证书和认证标志管理办法第七条的内容,加持有人的统一社会信用代码。"),
        key_fields=("uscc", "cert_no"),
        may=SUBMIT,
        check=check_certificate,
        apply=_certificates(
            Designation.Kind.PRODUCT_CERTIFICATE, "applicant", "product_model",
            ("product_model", "brand", "manufacturer", "factory", "standards", "scheme", "other"),
        ),
        fields=(
            USCC,
            Field("applicant", "委托人名称、地址", "Applicant", required=True, max_length=500, source_of_field="管理办法第七条", example="广州示例电器有限公司,广州市海珠区"),
            Field("product_model", "产品名称、型号、规格", "Product, model, specification", required=True, max_length=1000, source_of_field="管理办法第七条", example="电热水壶 K1 1.5L"),
            Field("brand", "产品商标", "Brand", required=True, max_length=200, source_of_field="管理办法第七条", example="示例"),
            Field("manufacturer", "制造商名称、地址", "Manufacturer", required=True, max_length=500, source_of_field="管理办法第七条", example="广州示例电器有限公司"),
            Field("factory", "生产厂名称、地址", "Factory", required=True, max_length=500, source_of_field="管理办法第七条", example="广州示例电器有限公司一厂"),
            Field("scheme", "认证模式", "Scheme", required=True, max_length=200, source_of_field="管理办法第七条", example="型式试验+获证后监督"),
            *_CERTIFICATE_TAIL,
        ),
    )
)  # fmt: skip

SYSTEM_CERTIFICATES = register(
    Contract(
        key="system-certificates",
        title=gettext_lazy("管理体系或服务认证证书"),
        edition="2026-11",
        source="CERT-SYS",
        description=gettext_lazy("认证证书和认证标志管理办法第八、九条的内容,加持有人的统一社会信用代码。"),
        key_fields=("uscc", "cert_no"),
        may=SUBMIT,
        check=check_certificate,
        apply=_certificates(
            Designation.Kind.SYSTEM_CERTIFICATE, "organization", "scope", ("scope", "standards", "other")
        ),
        fields=(
            USCC,
            Field("organization", "获得认证的组织名称、地址", "Organisation", required=True, max_length=500, source_of_field="管理办法第八、九条", example="广州示例食品有限公司,广州市海珠区"),
            Field("scope", "覆盖的业务范围", "Scope", required=True, max_length=2000, source_of_field="管理办法第八、九条", example="酱油的生产"),
            *_CERTIFICATE_TAIL,
        ),
    )
)  # fmt: skip

RECOGNITIONS = register(
    Contract(
        key="recognitions",
        title=gettext_lazy("第三方机构资质"),
        edition="2026-11",
        source="CMA",
        description=gettext_lazy("检验检测机构资质认定证书的内容(资质认定管理办法第十三、十五条);认证机构和行业协会照此登记。由机关报送。"),
        key_fields=("uscc", "body", "cert_no"),
        may="registry.edit",
        check=check_certificate,
        apply=apply_recognitions,
        fields=(
            USCC,
            Field("body", "机构类别", "Kind of body", type="code", codes=BODY_KINDS, required=True, source_of_field="登记机关", example="laboratory"),
            Field("lab", "获证机构名称和地址", "Name and address", required=True, max_length=500, source_of_field="资质认定管理办法第十三条", example="广东示例检验有限公司,广州市海珠区"),
            Field("scope", "检验检测能力范围", "Scope", required=True, max_length=2000, source_of_field="资质认定管理办法第十三条", example="食品、家用电器"),
            Field("cert_no", "证书编号", "Certificate number", required=True, max_length=128, source_of_field="资质认定管理办法第十三条", example="202619000001"),
            Field("issuer", "发证机关", "Issuer", required=True, max_length=200, source_of_field="资质认定管理办法第十三条", example="示例市场监督管理局"),
            Field("issued_on", "发证日期", "Issued on", type="date", source_of_field="证书", example="2026-01-05"),
            Field("valid_to", "有效期限", "Valid to", type="date", required=True, source_of_field="资质认定管理办法第十三条", example="2032-01-04"),
            Field("mark", "资质认定标志", "Mark", max_length=60, source_of_field="资质认定管理办法第十三条", example="CMA 202619000001"),
            Field("status", "状态", "Status", type="code", codes=_labels(Designation.Status), source_of_field="登记机关", example="valid"),
        ),
    )
)  # fmt: skip

ALIASES = register(
    Contract(
        key="aliases",
        title=gettext_lazy("同物异码"),
        edition="1",
        source=OWN,
        description=gettext_lazy("两个码指同一件东西(例如药品追溯码与 GTIN 序列号);追溯时互通。"),
        key_fields=("code_a", "code_b"),
        may=SUBMIT,
        apply=apply_aliases,
        fields=(
            Field("code_a", "码一", "Code A", required=True, max_length=300, check=_identifier, source_of_field="标签", example="https://id.gs1.org/01/06900000000014/21/1"),
            Field("code_b", "码二", "Code B", required=True, max_length=300, check=_identifier, source_of_field="标签", example="urn:example:1"),
            Field("source", "来源", "Source", max_length=100, source_of_field="提交人", example="企业声明"),
        ),
    )
)  # fmt: skip
