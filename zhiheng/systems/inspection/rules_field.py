"""What a sheet of the field must say: pure decisions on what was entered, with the article for each.

A value is text as the device kept it; what comes out is typed, or a fault by field in words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.core.ui import dates
from zhiheng.core.ui.dates import SHANGHAI
from zhiheng.systems.inspection.models import NoSample, Refusal
from zhiheng.systems.inspection.models.plan import Domain, Stage

TWO = 2
"""Who samples on the spot is at least two people: SAMR-18 Art. 16, SAMR-15 Art. 14."""
AHEAD = timedelta(minutes=15)  # a telephone's clock may be fast, or slow
MOST_PHOTOS = 40
PHOTO_KINDS: dict[str, Promise] = {
    "place": gettext_lazy("现场"),
    "goods": gettext_lazy("样品和标签"),
    "seal": gettext_lazy("封样"),
    "page": gettext_lazy("网页、订单、支付截图"),
    "unpacking": gettext_lazy("拆封过程"),
    "signature": gettext_lazy("签字"),
    "other": gettext_lazy("其他"),
}


@dataclass(frozen=True)
class Ask:
    """A field: its words, how long it may be, and what it is (text, long, date, time, money, bool, choice)."""

    name: str
    label: Promise
    most: int = 300
    kind: str = "text"
    help: Promise | str = ""
    personal: bool = False
    group: str = ""


def _a(name: str, label: Promise, most: int = 300, kind: str = "text", **more: Any) -> Ask:
    return Ask(name, label, most, kind, **more)


SAMPLE: tuple[Ask, ...] = (
    _a("uscc", gettext_lazy("被抽样单位统一社会信用代码"), 18, group="who"),
    _a("organisation_why", gettext_lazy("与任务不一致的原因"), 300, group="who"),
    _a("code", gettext_lazy("商品上的码"), 300, group="what"),
    _a("product", gettext_lazy("样品名称"), 200, group="what"),
    _a("brand", gettext_lazy("商标"), 100, group="what"),
    _a("spec", gettext_lazy("规格型号"), 100, group="what"),
    _a("batch", gettext_lazy("批号或者生产日期"), 100, group="what"),
    _a("best_before", gettext_lazy("保质期至"), 10, "date", group="what"),
    _a("standard", gettext_lazy("执行标准"), 200, group="what"),
    _a("stage", gettext_lazy("抽样环节"), 10, "choice", group="what"),
    _a("producer_name", gettext_lazy("标称生产者"), 200, group="maker"),
    _a("producer_uscc", gettext_lazy("标称生产者统一社会信用代码"), 18, group="maker"),
    _a("producer_address", gettext_lazy("标称生产者地址"), 300, group="maker"),
    _a("may_sample", gettext_lazy("已核对：没有不得抽样的情形"), 0, "bool", group="how"),
    _a("base_quantity", gettext_lazy("抽样基数（含单位）"), 60, group="how"),
    _a("quantity", gettext_lazy("检验样品数量（含单位）"), 60, group="how"),
    _a("spare_quantity", gettext_lazy("备用样品数量（含单位）"), 60, group="how"),
    _a("no_spare_why", gettext_lazy("没有备用样品的原因"), 300, group="how"),
    _a("price", gettext_lazy("购样价格（元）"), 14, "money", group="how"),
    _a("free_why", gettext_lazy("没有购买的原因"), 300, group="how"),
    _a("seal_sample", gettext_lazy("检验样品封条号"), 60, group="how"),
    _a("seal_spare", gettext_lazy("备用样品封条号"), 60, group="how"),
    _a("platform", gettext_lazy("电商平台"), 200, group="online"),
    _a("page", gettext_lazy("商品网页地址"), 500, group="online"),
    _a("order_no", gettext_lazy("订单编号"), 100, group="online"),
    _a("buyer", gettext_lazy("购买人员"), 60, personal=True, group="online"),
    _a("account", gettext_lazy("购买账号"), 100, personal=True, group="online"),
    _a("payment", gettext_lazy("付款方式和账号"), 200, personal=True, group="online"),
    _a("delivery", gettext_lazy("收货地址、联系方式"), 300, personal=True, group="online"),
    _a("taken_at", gettext_lazy("抽样时间"), 40, "time", group="sign"),
    _a("another", gettext_lazy("代替到场的抽样人员编号"), 20, group="sign"),
    _a("signer", gettext_lazy("被抽样者签字人"), 60, personal=True, group="sign"),
    _a("signature_refused", gettext_lazy("被抽样者拒绝签字"), 0, "bool", group="sign"),
    _a("refused_why", gettext_lazy("拒绝签字的情况"), 300, group="sign"),
    _a("remark", gettext_lazy("备注"), 1000, "long", group="sign"),
)
"""The sheet of a sample: from FOOD-SAMPLE and the provincial model PROD-SAMPLE; no official layout is known."""
REFUSAL: tuple[Ask, ...] = (
    _a("kind", gettext_lazy("情形"), 8, "choice"),
    _a("how", gettext_lazy("经过（谁、在哪里、怎样拒绝或者阻碍）"), 300, "long"),
    _a("happened_at", gettext_lazy("时间"), 40, "time"),
    _a("asked_price", gettext_lazy("对方要求的样品价格（元）"), 14, "money"),
    _a("marked_price", gettext_lazy("标价或者同类产品市场价（元）"), 14, "money"),
    _a("witness", gettext_lazy("在场人姓名、身份"), 200, personal=True),
)
NO_SAMPLE: tuple[Ask, ...] = (
    _a("ground", gettext_lazy("原因"), 14, "choice"),
    _a("what", gettext_lazy("情况和证据"), 300, "long"),
    _a("happened_at", gettext_lazy("时间"), 40, "time"),
)
CHOICES: dict[str, Sequence[tuple[str, Any]]] = {
    "stage": Stage.choices, "kind": Refusal.Kind.choices, "ground": NoSample.Ground.choices,
}  # fmt: skip


@dataclass(frozen=True)
class Visit:
    """What a task says that the sheet is judged by; numbers of the inspectors who are to go; ``since`` when there is
    such a task. ``recheck``: whether it is taken to see that a failure was put right."""

    uscc: str
    domain: str
    numbers: frozenset[str]
    since: datetime
    now: datetime
    recheck: bool = False


@dataclass
class Read:
    """What a sheet says: ``kept`` in clear (as text, comparable), ``private`` about people, ``typed``; or faults."""

    kept: dict[str, Any] = field(default_factory=dict)
    private: dict[str, str] = field(default_factory=dict)
    typed: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Picture:
    """A picture that belongs to a sheet: sent apart, known by its hash."""

    key: UUID
    kind: str
    sha256: str
    name: str
    taken_at: datetime | None = None


def clean(text: Any) -> str:
    """Text as a database takes it: without NUL and halves of surrogate pairs, which JSON may hold."""
    return str(text).encode("utf-8", "replace").decode().replace("\x00", "").strip()


def read(asks: Sequence[Ask], values: Mapping[str, Any]) -> Read:
    """Every field as text of bounded length, and its type where it has one."""
    got = Read()
    for ask in asks:
        given = values.get(ask.name)
        if ask.kind == "bool":
            got.kept[ask.name] = given is True or str(given).lower() in {"true", "on", "1"}
            continue
        text = "" if given is None else clean(given)
        if len(text) > ask.most:
            got.faults[ask.name] = _("最多 %(most)d 个字，这里有 %(count)d 个。") % {
                "most": ask.most, "count": len(text)
            }  # fmt: skip
            text = text[: ask.most]
        (got.private if ask.personal else got.kept)[ask.name] = text
        if text and ask.name not in got.faults:
            _typed(got, ask, text)
    return got


def _typed(got: Read, ask: Ask, text: str) -> None:
    if ask.kind == "date":
        try:
            got.typed[ask.name] = date.fromisoformat(text)
        except ValueError:
            got.faults[ask.name] = _("日期要写成 2026-11-26。")
    elif ask.kind == "time":
        moment = moment_of(text)
        if moment is None:
            got.faults[ask.name] = _("时间要写成 2026-11-26T09:30。")
        else:
            got.typed[ask.name] = moment
    elif ask.kind == "money":
        try:
            amount = Decimal(text)
            if not amount.is_finite() or not 0 <= amount < 10**9 or amount != round(amount, 2):
                raise InvalidOperation
            got.typed[ask.name] = round(amount, 2)
        except InvalidOperation:
            got.faults[ask.name] = _("金额要写成不带单位的数字，最多两位小数。")
    elif ask.kind == "choice" and text not in dict(CHOICES[ask.name]):
        got.faults[ask.name] = _("没有这个选项。")


def moment_of(text: str) -> datetime | None:
    """A moment of ISO 8601; one without offset is Beijing time. Nothing for what is none."""
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)
        return moment if 2000 <= moment.astimezone(SHANGHAI).year < 2200 else None
    except (ValueError, OverflowError):
        return None


def sample(
    values: Mapping[str, Any], numbers: Sequence[str], pictures: Sequence[Picture], visit: Visit
) -> Read:
    """The sheet of a sample. ``numbers`` are the inspectors who took it."""
    got = read(SAMPLE, values)
    said = {**got.kept, **got.private}
    must = _("必填")

    def need(*names: str, why: str = "") -> None:
        for name in names:
            if not said[name]:
                got.faults.setdefault(name, why or must)

    need("uscc", "product", "stage", "base_quantity", "quantity", "seal_sample", "taken_at")
    if said["uscc"].upper() != visit.uscc:
        need("organisation_why", why=_("被抽样单位与任务不同，请写明原因。"))
    if visit.domain == Domain.PRODUCT:
        need("may_sample", why=_("请核对三种不得抽样的情形（《产品质量监督抽查管理暂行办法》第十八条）。"))
        if visit.recheck and said["price"]:
            got.faults["price"] = _(
                "复查样品无偿提供，不付价款（《产品质量监督抽查管理暂行办法》第四十九条）。"
            )
        elif not visit.recheck and not said["price"]:
            need(
                "free_why",
                why=_(
                    "检验样品应当购买；没有购买的，请写明原因（《产品质量监督抽查管理暂行办法》第二十二条）。"
                ),
            )
    if said["spare_quantity"]:
        need("seal_spare", why=_("备用样品须另行封样。"))
    else:
        need("no_spare_why", why=_("样品分检验样品和备用样品；没有备用样品的，请写明原因。"))
    if said["seal_spare"] and said["seal_spare"] == said["seal_sample"]:
        got.faults["seal_spare"] = _("检验样品和备用样品须分别封样，封条号不能相同。")
    kinds = {one.kind for one in pictures}
    online = said["stage"] == Stage.ONLINE
    if online:
        where = _("网络抽样须记录（《产品质量监督抽查管理暂行办法》第二十六条）。")
        need("platform", "page", "order_no", "buyer", "account", "payment", "delivery", why=where)
        for kind, why in (
            ("page", _("请附网页、订单、支付的截图。")),
            ("unpacking", _("请附拆封过程的照片。")),
        ):
            if kind not in kinds:
                got.faults.setdefault(f"photo_{kind}", why)
    elif len(set(numbers)) < TWO:
        got.faults["inspectors"] = _(
            "现场抽样人员不得少于两人（《产品质量监督抽查管理暂行办法》第十六条，《食品安全抽样检验管理办法》第十四条）。"
        )
    if said["signature_refused"]:
        need("refused_why", why=_("请注明拒绝签字的情况。"))
    elif not online:
        need("signer", why=_("请写明签字人，或者勾选拒绝签字。"))
        if "signature" not in kinds:
            got.faults.setdefault("signature", _("请在签字框签字、上传签字照片，或者勾选拒绝签字。"))
    if len(pictures) > MOST_PHOTOS:
        got.faults["photos"] = _("照片最多 %(most)d 张。") % {"most": MOST_PHOTOS}
    _when(got, "taken_at", visit.since, visit.now)
    return got


def refusal(values: Mapping[str, Any], since: datetime, now: datetime) -> Read:
    """The record of a refusal (SAMR-18 Art. 21): as it was, with the prices where the price was the means."""
    got = read(REFUSAL, values)
    for name in ("kind", "how", "happened_at"):
        if not got.kept[name]:
            got.faults.setdefault(name, _("必填"))
    if got.kept["kind"] == Refusal.Kind.PRICE:
        for name in ("asked_price", "marked_price"):
            if not got.kept[name]:
                got.faults.setdefault(name, _("以价格阻碍的，请写明两个价格。"))
    _when(got, "happened_at", since, now)
    return got


def no_sample(values: Mapping[str, Any], since: datetime, now: datetime) -> Read:
    """Why a visit brought no sample."""
    got = read(NO_SAMPLE, values)
    for name in ("ground", "what", "happened_at"):
        if not got.kept[name]:
            got.faults.setdefault(name, _("必填"))
    _when(got, "happened_at", since, now)
    return got


def _when(got: Read, name: str, since: datetime, now: datetime) -> None:
    """A visit is made after the task is given, and not after now."""
    moment = got.typed.get(name)
    if moment is not None and moment > now + AHEAD:
        got.faults[name] = _("时间不能晚于现在，请检查手机的时间。")
    elif moment is not None and moment < since - AHEAD:
        got.faults[name] = _("时间早于这个任务（%(since)s），请核对。") % {"since": dates.words(since)}


def differs(kept: Mapping[str, Any], sent: Mapping[str, Any]) -> list[str]:
    """The names whose values are not the same in two sheets, in order."""
    return sorted(name for name in {*kept, *sent} if (kept.get(name) or "") != (sent.get(name) or ""))
