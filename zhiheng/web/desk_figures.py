"""The desk of each role: figures, lists, the doors to the rows behind them. Every number is a query."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from zhiheng.core.accounts.models import ApiKey, User
from zhiheng.core.exchange import queries as exchange
from zhiheng.core.jobs.models import Job
from zhiheng.core.ledger import queries as ledger
from zhiheng.core.ledger.words import action
from zhiheng.core.registry import queries as registry
from zhiheng.core.ui import regions
from zhiheng.core.ui.context import address
from zhiheng.core.ui.templatetags.ui import badge, when
from zhiheng.trace.explorer import hri
from zhiheng.trace.queries import findings_visible_to
from zhiheng.trace.store import uri
from zhiheng.trace.words import BREAKS
from zhiheng.web import queries

SHOWN = 8
DAYS = 30
Text = str | Promise


@dataclass(frozen=True)
class Cell:
    """One cell: what it says and where it leads."""

    text: Any
    url: str | None = None


@dataclass(frozen=True)
class Head:
    """The head of one column."""

    label: Text
    numeric: bool = False


@dataclass(frozen=True)
class Part:
    """One block of the desk: a map or a short list; when empty it says ``none``, ``what``, ``label``."""

    title: Text
    map: dict[str, int] | None = None
    unit: Text = ""
    link: str = ""
    heads: tuple[Head, ...] = ()
    rows: list[list[Cell]] | None = None
    url: str | None = None
    none: Text = ""
    what: Text = ""
    label: Text = ""
    links: tuple[Cell, ...] = ()  # where all rows are, when they are in more lists than one

    @property
    def lines(self) -> list[list[tuple[Head, Cell]]]:
        """Each row with the head of each cell: telephones show them side by side."""
        return [list(zip(self.heads, row, strict=True)) for row in self.rows or []]


@dataclass(frozen=True)
class Figure:
    """One number with its unit, its period and the door to its rows."""

    value: int
    label: Text
    unit: Text = ""
    url: str = ""
    period: Text = ""


@dataclass
class Desk:
    """What a desk shows."""

    place: Text
    figures: list[Figure] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)


def for_user(user: User) -> dict[str, Any]:
    """The desk of a person, as the template wants it."""
    desk = _party(user) if user.role in {User.Role.ENTERPRISE, User.Role.LABORATORY} else _office(user)
    return {"place": desk.place, "figures": desk.figures, "parts": desk.parts}


def _office(user: User) -> Desk:
    """Officers, the leading group, the auditor and the operator: a jurisdiction."""
    prefix = user.prefix or ""
    since = timezone.now() - timedelta(days=DAYS)
    period = _("最近 %(days)d 天") % {"days": DAYS}
    organisations = registry.organisations_visible_to(user)
    jobs = exchange.jobs_visible_to(user)
    recent = jobs.filter(created_at__gte=since).aggregate(
        n=Count("pk"), accepted=Sum("accepted"), rejected=Sum("rejected")
    )
    desk = Desk(regions.name(user.region) if user.region else _("全部辖区"))
    desk.figures = [
        Figure(organisations.count(), _("主体"), _("家"), address("registry:organisations") or ""),
        Figure(
            registry.products_visible_to(user).count(), _("产品"), _("种"), address("registry:products") or ""
        ),
        Figure(recent["n"], _("收到的报送"), _("批"), address("exchange:index") or "", period),
        Figure(recent["accepted"] or 0, _("接收的记录"), _("条"), period=period),
        Figure(recent["rejected"] or 0, _("退回的记录"), _("条"), period=period),
    ]
    findings = findings_visible_to(user).filter(gone_at=None)
    if user.may("trace.explore"):
        desk.figures.append(
            Figure(findings.count(), _("未消除的断链"), _("处"), address("trace:findings") or "")
        )
    lists = [_breaks(findings)] if user.may("trace.explore") else []
    if user.role != User.Role.LEADING:
        lists.append(_jobs(jobs, user))
    where = address("registry:organisations")
    if len(prefix) <= 2:
        maps = [
            Part(_("各市未消除的断链"), map=queries.breaks_by_city(user), unit=_("处")),
            Part(
                _("各市主体数"),
                map=queries.organisations_by_city(user),
                unit=_("家"),
                link=f"{where}?organisations-region=PREFIX" if where else "",
            ),
        ]
    else:
        counted = organisations.order_by().values("region").annotate(n=Count("pk")).order_by("-n", "region")
        maps = [
            Part(
                _("各区划主体数"),
                heads=(Head(_("行政区划")), Head(_("主体"), True)),
                rows=[[Cell(regions.name(row["region"])), Cell(row["n"])] for row in counted[:30]],
                none=_("辖区内还没有主体"),
                what=_("从登记机关的名单导入，或逐家新增。"),
                url=where,
            )
        ]
    # Who leads looks at the whole first; who works at what is to be done.
    desk.parts = maps + lists if user.role == User.Role.LEADING else lists + maps
    if user.role == User.Role.AUDITOR:
        desk.parts.append(_ledger(ledger.visible_to(user), _("最近的台账记录"), address("ledger:index")))
    return desk


def _party(user: User) -> Desk:
    """Enterprises and laboratories: an organisation."""
    if user.organisation is None:
        return Desk(
            _("您的账号还没有关联主体"),
            parts=[Part(_("下一步"), rows=[], none=_("还不能报送"), what=_("请联系本单位管理员关联主体。"))],
        )
    jobs = exchange.jobs_visible_to(user)
    products = registry.products_visible_to(user)
    keys = ApiKey.objects.filter(user=user)
    looks = ledger.looks_at(user.organisation.uscc)
    refused = jobs.filter(rejected__gt=0)
    desk = Desk(user.organisation.name)
    desk.figures = [
        Figure(products.count(), _("我的产品"), _("种"), address("registry:products") or ""),
        Figure(jobs.count(), _("报送"), _("批")),
        Figure(refused.count(), _("有退回记录的报送"), _("批")),
        Figure(looks.count(), _("查看本单位个人信息"), _("次"), address("accounts:looks") or ""),
    ]
    findings = findings_visible_to(user).filter(gone_at=None)
    desk.parts = [
        *([_breaks(findings)] if findings.exists() else []),
        _jobs(jobs, user),
        Part(
            _("我的产品"),
            heads=(Head(_("产品名称")), Head("GTIN"), Head(_("规格型号")), Head(_("标签"))),
            rows=[
                [
                    Cell(product.name, f"/01/{product.gtin}"),
                    Cell(product.gtin),
                    Cell(product.spec),
                    Cell(_("印标签"), f"{labels}?gtin={product.gtin}")
                    if (labels := address("trace:labels"))
                    else Cell("—"),
                ]
                for product in products[:SHOWN]
            ],
            url=address("registry:products"),
            none=_("还没有产品"),
            what=_("登记产品后才能报送追溯事件、印标签。"),
            label=_("登记产品"),
        ),
        Part(
            _("接口密钥"),
            heads=(Head(_("名称")), Head(_("密钥")), Head(_("权限")), Head(_("上次使用"))),
            rows=[
                [
                    Cell(key.name),
                    Cell(f"{key.visible}…"),
                    Cell(", ".join(key.scopes)),
                    Cell(when(key.last_used_at)),
                ]
                for key in keys.filter(revoked_at=None)[:SHOWN]
            ],
            url=address("accounts:keys"),
            none=_("没有接口密钥"),
            what=_("系统自动报送需要密钥；网页上传不需要。"),
            label=_("新建密钥"),
        ),
        _ledger(looks, _("谁查看了本单位的个人信息"), address("accounts:looks")),
    ]
    return desk


STATES = {
    Job.State.QUEUED: ("muted", lambda: _("排队中")),
    Job.State.RUNNING: ("info", lambda: _("处理中")),
    Job.State.DONE: ("ok", lambda: _("已完成")),
    Job.State.FAILED: ("bad", lambda: _("失败")),
}


def state_badge(job: Job) -> Any:
    """The state of a job in words; done with refusals is not simply done."""
    if job.state == Job.State.DONE and job.rejected:
        return badge(_("完成，有退回"), "warn")
    kind, words = STATES[Job.State(job.state)]
    return badge(words(), kind)


def job_page(job: Job, user: User) -> str | None:
    """Where the results of a job are shown to this person."""
    if job.kind.startswith("epcis"):
        return address("trace:job", job.pk) if user.may("epcis.capture") else None
    return address("exchange:job", job.pk)


def _jobs(jobs: Any, user: User) -> Part:
    captures = address("trace:jobs") if user.may("epcis.capture") else None
    batches = address("exchange:index") if user.may("exchange.submit") else None
    return Part(
        _("最近的报送"),
        heads=(
            Head(_("时间")),
            Head(_("文件")),
            Head(_("主体")),
            Head(_("状态")),
            Head(_("接收"), True),
            Head(_("重复"), True),
            Head(_("退回"), True),
        ),
        rows=[
            [
                Cell(when(job.created_at), job_page(job, user)),
                Cell(job.filename or _("接口报送")),
                Cell(job.organisation.name if job.organisation else "—"),
                Cell(state_badge(job)),
                Cell(f"{job.accepted:,}"),
                Cell(f"{job.duplicates:,}"),
                Cell(f"{job.rejected:,}"),
            ]
            for job in jobs.order_by("-created_at")[:SHOWN]
        ],
        url=captures or batches,
        links=tuple(
            Cell(text, url)
            for text, url in ((_("全部追溯数据"), captures), (_("全部批量数据"), batches))
            if url
        ),
        none=_("还没有报送"),
        what=_("上传文件或用接口报送后，每一行的结果都在这里。"),
        label=_("去报送"),
    )


def _breaks(findings: Any) -> Part:
    explore = address("trace:explore")
    return Part(
        _("最近的断链"),
        heads=(Head(_("发生时间")), Head(_("断链")), Head(_("对象")), Head(_("主体")), Head(_("行政区划"))),
        rows=[
            [
                Cell(when(finding.time)),
                Cell(badge(BREAKS[finding.kind].name, "warn")),
                Cell(
                    hri(finding.item),
                    f"{explore}?{urlencode({'code': uri(finding.item), 'tab': 'breaks'})}"
                    if explore
                    else None,
                ),
                Cell(finding.organisation.name if finding.organisation else "—"),
                Cell(regions.name(finding.region) if finding.region else "—"),
            ]
            for finding in findings[:SHOWN]
        ],
        url=address("trace:findings"),
        none=_("没有未消除的断链"),
        what=_("追溯链上对不起来的地方会列在这里。"),
    )


def _ledger(entries: Any, title: Text, url: str | None) -> Part:
    return Part(
        title,
        heads=(Head(_("时间")), Head(_("操作人")), Head(_("事项")), Head(_("对象"))),
        rows=[
            [
                Cell(when(entry.at)),
                Cell(entry.actor_name or _("系统")),
                Cell(action(entry.action)),
                Cell(entry.subject),
            ]
            for entry in entries.order_by("-seq")[:SHOWN]
        ],
        url=url,
        none=_("没有记录"),
        what=_("每次查看和更改都会记在台账里。"),
        label=_("看台账"),
    )
