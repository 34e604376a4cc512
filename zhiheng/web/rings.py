"""The five rings of modern quality governance (现代质量监管体系, Y14): who is responsible for what, with live figures.

The table is the policy's list of systems as far as they run here. Figures are counts of the reader's jurisdiction and
name nobody; each leads to its rows, if the reader may open that list.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import queries as cases
from zhiheng.core.disclosure import queries as disclosures
from zhiheng.core.facts.models import Standing
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry.models import Designation, Person
from zhiheng.core.ui import dates
from zhiheng.core.ui.context import address
from zhiheng.systems.agriculture import queries as farm
from zhiheng.systems.construction import queries as works
from zhiheng.systems.credit.commitments import text_on
from zhiheng.systems.credit.models import Commitment
from zhiheng.systems.inspection.models import Draw, Report, Sample
from zhiheng.systems.redress.models import Policy
from zhiheng.systems.watchers.models import Watcher
from zhiheng.trace.queries import findings_visible_to

Text = str | Promise
YEAR = timedelta(days=365)


class Door(NamedTuple):
    """A page, and the permission it asks for; nothing when everybody may read it."""

    to: str
    permission: str = ""


class Number(NamedTuple):
    """One figure: its key in ``figures``, its words and unit; ``late`` marks what should be nil."""

    key: str
    label: Text
    unit: Text
    late: bool = False


@dataclass(frozen=True)
class System:
    """One system of the policy: its id and name in the list, who is responsible, who takes part, its figures, and the
    pages on which they are worked on, the first that the reader may open is linked."""

    id: str
    name: Text
    responsible: Text
    partners: Text
    figures: tuple[Number, ...]
    doors: tuple[Door, ...]


@dataclass(frozen=True)
class Ring:
    """One of the five, with its place in the whole in the policy's words."""

    key: str
    name: Text
    place: Text
    systems: tuple[System, ...]


def _open(*procedures: str) -> tuple[Number, ...]:
    kinds = "+".join(procedures)
    return (
        Number(f"open:{kinds}", _("在办"), _("件")),
        Number(f"late:{kinds}", _("超期"), _("件"), True),
    )


ORGANISATIONS, FIGURES = Door("registry:organisations"), Door("cases:figures", "cases.figures")
INSIGHT, PUBLISHED = Door("insight:index", "insight.read"), Door("disclosure:index", "cases.figures")
CREDIT, LISTS = Door("credit:index", "credit.read"), Door("listing:entries", "credit.read")
AFTER = ("product_check", "product_objection", "food_check", "food_objection", "food_retest", "agri_check",
         "agri_retest", "drug_check", "drug_retest", "rectification", "check_refusal")  # fmt: skip

RINGS: tuple[Ring, ...] = (
    Ring(
        "enterprise", _("企业主体责任"), _("核心"),
        (
            System(
                "Y68", _("质量安全首负责任制"), _("企业法定代表人"), _("市场监管部门查看承诺"),
                (
                    Number("commitments", _("承诺有效"), _("家")),
                    Number("uncommitted", _("有法定代表人而没有有效承诺"), _("家")),
                ),
                (CREDIT,),
            ),
            System(
                "Y76", _("首席质量官"), _("企业"), _("市场监管部门"),
                (Number("quality_officers", _("在任"), _("人")),), (ORGANISATIONS,),
            ),
            System(
                "Y23", _("来源可查、去向可追、责任可究"), _("生产、流通、销售企业"), _("消费者查询，监管部门追溯"),
                (Number("breaks", _("未消除的断链"), _("处"), True),), (Door("trace:findings", "trace.explore"),),
            ),
            System(
                "Y24", _("综合管理体系"), _("企业"), _("认证机构"),
                (Number("system_certificates", _("有效证书"), _("张")),), (ORGANISATIONS,),
            ),
            System(
                "Y55", _("缺陷产品召回制度"), _("生产者"), _("市、县市场监管部门监督"), _open("food_recall"),
                (FIGURES,),
            ),
        ),
    ),
    Ring(
        "consumer", _("消费者维权"), _("基础"),
        (
            System(
                "Y64", _("质量投诉处理机构与投诉信息平台"), _("县级市场监管部门受理"),
                _("消费者，被投诉企业，消费者协会和调解组织"),
                _open("complaint", "report"),
                (Door("complaints:desk", "cases.read"), Door("complaints:statistics", "cases.figures")),
            ),
            System(
                "Y71", _("首问和首负责任制度"), _("首先接到消费者要求的经营者"), _("消费者，市场监管部门"),
                _open("redress"),
                (Door("redress:desk", "cases.read"), Door("redress:figures", "cases.figures")),
            ),
            System(
                "Y65", _("社会质量监督员制度"), _("聘任的市场监管部门"), _("社会质量监督员"),
                (Number("watchers", _("在聘"), _("人")), *_open("clue")),
                (Door("watchers:desk", "cases.work"), Door("watchers:figures", "cases.figures")),
            ),
        ),
    ),
    Ring(
        "insurance", _("保险救济"), _("保障"),
        (
            System(
                "Y66", _("质量安全责任保险与多元救济机制"), _("保险机构和投保企业"), _("消费者，市场监管部门"),
                (Number("policies", _("在保保单"), _("份")), *_open("claim")),
                (Door("redress:policies", "cases.read"), Door("redress:figures", "cases.figures")),
            ),
        ),
    ),
    Ring(
        "technical", _("技术基础"), _("支撑"),
        (
            System(
                "Y15", _("第三方质量公正组织、行业协会"), _("检验检测机构、认证机构、行业协会"),
                _("市场监管部门登记资质"),
                (
                    Number("laboratories", _("检验检测机构"), _("家")),
                    Number("recognised", _("其中资质有效"), _("家")),
                ),
                (Door("web:bodies-desk", "inspection.read"), Door("web:bodies")),
            ),
            System(
                "Y56", _("抽样检测结果整理分析"), _("检验检测机构"), _("市场监管部门"),
                (Number("reports", _("一年内出具报告"), _("份")),),
                (Door("inspection:lab", "inspection.read"), INSIGHT),
            ),
            System(
                "Y02", _("农产品质量安全监测"), _("农业农村部门"), _("农产品检测机构"),
                (Number("farm", _("监测样品"), _("批")),), (INSIGHT,),
            ),
            System(
                "Y04", _("工程一次验收合格率"), _("住建、交通、水利部门"), _("建设、施工、监理单位"),
                (Number("works", _("验收记录"), _("项")),), (INSIGHT,),
            ),
        ),
    ),
    Ring(
        "government", _("政府监管"), _("依法"),
        (
            System(
                "Y16", _("事中事后监管（双随机、一公开）"), _("组织检查的监管部门"),
                _("检查人员，抽样机构，被检查企业"),
                (Number("draws", _("一年内抽取"), _("次")),), (Door("inspection:index", "inspection.read"), INSIGHT),
            ),
            System(
                "Y51", _("质量监督抽查"), _("组织抽查的市场监管部门"), _("检验检测机构，被抽查企业"),
                (Number("samples", _("一年内抽样"), _("批")),), (Door("inspection:index", "inspection.read"), INSIGHT),
            ),
            System(
                "Y52", _("不合格企业曝光与后续处理"), _("组织抽查的市场监管部门"), _("不合格企业，公众"), _open(*AFTER),
                (Door("inspection:after", "inspection.read"), FIGURES),
            ),
            System(
                "Y53", _("重点监管名单"), _("市场监管部门负责人"), _("列入的企业"),
                (Number("standing:key_supervision", _("在列"), _("家")),), (LISTS, Door("listing:lists")),
            ),
            System(
                "Y20", _("质量失信黑名单"), _("市场监管部门负责人，上一级同意"), _("列入的企业，联合惩戒部门"),
                (Number("standing:serious", _("在列"), _("家")),), (LISTS, Door("listing:lists")),
            ),
            System(
                "Y21", _("严重违法企业退出监管"), _("市场监管部门"), _("许可部门"),
                (Number("standing:exit", _("跟踪中"), _("家")),), (Door("listing:exits", "credit.read"),),
            ),
            System(
                "Y17", _("企业信用信息公示发布制度"), _("作出决定的机关"), _("企业可以提出异议，公众查询"),
                (Number("public", _("公示中"), _("条")),), (PUBLISHED,),
            ),
            System(
                "Y79", _("普法与执法责任制、专项整治"), _("执法机关负责人"), _("执法人员，法制审核人员"),
                _open("penalty", "simple_penalty", "measure"), (Door("enforcement:index", "cases.read"), FIGURES),
            ),
            System(
                "Y62", _("行政执法与刑事司法衔接"), _("移送的机关"), _("公安机关，人民检察院"), _open("transfer"),
                (Door("justice:desk", "cases.read"), Door("justice:figures", "cases.figures")),
            ),
            System(
                "Y63", _("联合挂牌督办"), _("上级机关"), _("承办机关"), _open("supervision"), (FIGURES,),
            ),
        ),
    ),
)  # fmt: skip


# -- figures ------------------------------------------------------------------------------------------------------


def figures(user: User, now: datetime) -> dict[str, int]:
    """Every figure of the table by its key: a fixed number of statements, whatever the number of rows."""
    today, since = dates.local(now).date(), now - YEAR
    prefix = user.prefix or ""
    found: dict[str, int] = {}
    for one in cases.figures(user, since, now, level=2):
        for what in ("open", "late"):
            key = f"{what}:{one['procedure']}"
            found[key] = found.get(key, 0) + one[what]
    found |= _registered(prefix, today)
    standing = Standing.objects.filter(
        Q(until=None) | Q(until__gte=today), organisation__region__startswith=prefix
    )
    for scheme, n in standing.order_by().values_list("scheme").annotate(n=Count("pk")):
        found[f"standing:{scheme}"] = n
    plan = {"item__plan__region__startswith": prefix}
    return found | {
        "breaks": findings_visible_to(user).filter(gone_at=None).count(),
        "policies": Policy.objects.filter(
            insured__region__startswith=prefix, valid_from__lte=today, valid_until__gte=today
        ).count(),
        "watchers": Watcher.objects.filter(
            region__startswith=prefix, state=Watcher.State.APPOINTED, since__lte=today, until__gte=today
        ).count(),
        "reports": Report.objects.filter(
            sample__item__plan__region__startswith=prefix, issued_at__gte=since, withdrawn_at=None
        ).count(),
        "samples": Sample.objects.filter(**plan, task__rectification=None, taken_at__gte=since).count(),
        "draws": Draw.objects.filter(**plan, state=Draw.State.DRAWN, drawn_at__gte=since).count(),
        "farm": farm.samples_visible_to(user).count(),
        "works": works.visible_to(user).count(),
        "public": disclosures.public(now).filter(region__startswith=prefix).count(),
    }


def _registered(prefix: str, today: date) -> dict[str, int]:
    """What the registry says of a jurisdiction: people, commitments, recognitions."""
    there = {"organisation__region__startswith": prefix, "organisation__merged_into": None}
    held = Q(since=None) | Q(since__lte=today)
    held &= Q(until=None) | Q(until__gte=today)
    people = Person.objects.filter(held, **there)
    heads = people.filter(duty=Person.Duty.LEGAL_REPRESENTATIVE)
    signed = Commitment.objects.filter(person__in=heads.values("pk"), edition=text_on(today).key)
    committed = signed.aggregate(n=Count("organisation", distinct=True))["n"]
    in_force = (Q(valid_until=None) | Q(valid_until__gte=today)) & Q(status=Designation.Status.VALID)
    certified = Designation.objects.filter(in_force, **there)
    recognised = certified.filter(
        Q(issued_on=None) | Q(issued_on__lte=today), kind=Designation.Kind.LABORATORY
    )
    return {
        "commitments": committed,
        "uncommitted": heads.aggregate(n=Count("organisation", distinct=True))["n"] - committed,
        "quality_officers": people.filter(duty=Person.Duty.CHIEF_QUALITY_OFFICER).count(),
        "system_certificates": certified.filter(kind=Designation.Kind.SYSTEM_CERTIFICATE).count(),
        "laboratories": registry.laboratories(prefix).count(),
        "recognised": recognised.filter(organisation__in=registry.laboratories(prefix).values("pk")).aggregate(
            n=Count("organisation", distinct=True)
        )["n"],
    }  # fmt: skip


def _sum(key: str, found: dict[str, int]) -> int:
    what, _colon, kinds = key.partition(":")
    if what not in ("open", "late"):
        return found.get(key, 0)
    return sum(found.get(f"{what}:{kind}", 0) for kind in kinds.split("+"))


def door_of(doors: Iterable[Door], may: Callable[[str], bool]) -> str:
    """The first page that a reader may open, or nothing."""
    open_ = (address(one.to) for one in doors if not one.permission or may(one.permission))
    return next((url for url in open_ if url), "")


def matrix(user: User, now: datetime) -> list[tuple[Ring, list[dict[str, Any]]]]:
    """The five rings, each with its systems, their figures and the door that the reader may open."""
    found = figures(user, now)
    return [
        (
            ring,
            [
                {
                    "system": one,
                    "url": door_of(one.doors, user.may),
                    "figures": [(count, _sum(count.key, found)) for count in one.figures],
                }
                for one in ring.systems
            ],
        )
        for ring in RINGS
    ]
