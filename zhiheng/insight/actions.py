"""Publishing a figure: a named person decides that it is public, with its interval, its method and its day."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from zhiheng.core.accounts.models import User
from zhiheng.core.disclosure import actions as disclosure
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates, forest, regions
from zhiheng.insight import words
from zhiheng.insight.indicators import drug_makers, farm, pass_rates, works
from zhiheng.insight.methods import METHODS
from zhiheng.insight.scope import YEARS, Scope
from zhiheng.knowledge.law.targets import targets
from zhiheng.systems.construction.models import WorkAcceptance

INDICATORS = ("pass-rates", "farm", "drug-makers", "works")


@dataclass(frozen=True)
class Statement:
    """A figure as it would be published: a key for the notice, a title, and lines of (label, value)."""

    key: str
    title: str
    lines: list[tuple[str, str]]


def statement(user: User, indicator: str, given: dict[str, str]) -> Statement:
    """The figure in the reader's language. Problem 409 where there is no number to publish, 404 for no indicator."""
    if indicator not in INDICATORS:
        raise Problem("not_found", _("没有这个指标。"), status=404)
    if not user.may("insight.read"):
        raise Problem("forbidden", _("您的角色不能查看质量分析。"), status=403)
    area = (_("地区"), regions.name(user.region) if user.region else "")
    lines = {"pass-rates": _pass_rates, "farm": _farm, "drug-makers": _makers, "works": _works}[indicator](
        user, given
    )
    method = METHODS[indicator]
    lines = [area, *lines, (_("怎么算的"), str(method.steps[0])), (_("方法"), method.source)]
    lines += [(_("局限"), " ".join(str(limit) for limit in method.limits))]
    what = lines[1][1]
    return Statement(
        f"{indicator}:{user.region}:{what}"[:150], f"{method.title} · {area[1]} · {what}"[:200], lines
    )


def _number(figure: Any) -> None:
    if figure.why:
        raise Problem(
            "no_figure",
            _("没有可以公开的比率：%(why)s。") % {"why": words.why(figure)},
            status=409,
            remedy=_("扩大范围，或者等更多检验结果。"),
        )


def _target(key: str) -> tuple[str, str]:
    return (_("目标"), words.of_target(targets()[key]))


def _day(value: Any) -> str:
    return str(dates.words(value)) if value else "—"


def _pass_rates(user: User, given: dict[str, str]) -> list[tuple[str, str]]:
    scope = Scope.for_(user, given)
    found = pass_rates.answer(user, scope)
    figure = found.overall
    _number(figure)
    assert figure.rate is not None
    lines = [
        (_("范围"), scope.words),
        (_("合格率和 95% 区间"), words.estimate(figure)),
        (_("已检"), str(figure.checked)),
        (_("不合格"), str(figure.failed)),
        (_("有效样本量"), f"{figure.rate.effective:.1f}"),
        (_("未答复比例"), forest.percent(figure.nonresponse)),
    ]
    if figure.worst and figure.worst.rate is not None:
        worst = words.interval(figure.worst.rate, figure.worst.low, figure.worst.high)
        lines.append((_("拒绝抽样的都算不合格时"), worst))
    if unheard := words.unheard(figure):
        lines.append((_("比率不涵盖的"), unheard))
    if scope.manufacturing:
        lines.append(_target("pass_rate"))
    return [*lines, (_("数据截至"), _day(found.as_of))]


def _farm(user: User, given: dict[str, str]) -> list[tuple[str, str]]:
    year = _year(given)
    commodity = str(given.get("commodity") or "")[:100]
    found = farm.answer(user, year, commodity=commodity)
    _number(found.overall)
    return [
        (_("范围"), " · ".join(filter(None, (str(year), commodity)))),
        (_("合格率和 95% 区间"), words.estimate(found.overall)),
        (_("样品"), str(found.overall.checked)),
        (_("不合格"), str(found.overall.failed)),
        _target("farm"),
        (_("数据截至"), _day(found.as_of)),
    ]


def _makers(user: User, given: dict[str, str]) -> list[tuple[str, str]]:
    year = _year(given)
    found, _cities = drug_makers.coverage(user, year)
    if not found.makers:
        raise Problem("no_figure", _("没有登记在产的生产企业。"), status=409)
    listed = drug_makers.has_list(year)
    return [
        (_("范围"), str(year)),
        (
            _("覆盖率（逐个计数，没有抽样误差）"),
            f"{forest.percent(found.share)} ({found.checked} / {found.makers})",
        ),
        (_("分母"), _("当年名录上在产的企业") if listed else _("当年持有有效药品生产许可证的企业")),
        _target("drug_makers"),
        (_("数据截至"), _day(dates.today())),
    ]


def _works(user: User, given: dict[str, str]) -> list[tuple[str, str]]:
    year = int(given["year"]) if given.get("year") in YEARS else None
    lines = [(_("范围"), str(year) if year else _("全部年度"))]
    found = works.shares(user, "size", year)
    if not found:
        raise Problem("no_figure", _("没有报送的工程。"), status=409)
    lines += [_target("works_large"), _target("works_other")]
    for size, one in found.items():
        label = str(WorkAcceptance.Size(size).label)
        lines.append((label, f"{forest.percent(one.share)} ({one.first} / {one.works})"))
        if one.process is not None:
            low, high = one.process
            lines.append(
                (
                    _("%(size)s：过程的 95%% 区间") % {"size": label},
                    f"{forest.percent(low)} – {forest.percent(high)}",
                )
            )
    return [*lines, (_("数据截至"), _day(dates.today()))]


def _year(given: dict[str, str]) -> int:
    if given.get("year") not in YEARS:
        raise Problem("bad_filter", _("请写明年度。"), status=422, remedy=_("例如 2026。"), parameter="year")
    return int(given["year"])


def publish(actor: User, indicator: str, given: dict[str, str], title: str, basis: str) -> Disclosure:
    """Make a figure public as it is now. It stays as it was published; a later one is another notice.

    Who may is decided where everything public is (``disclosure.decide``); the ledger is written there too.
    """
    with override("zh-hans"):
        zh = statement(actor, indicator, given)
    with override("en"):
        en = statement(actor, indicator, given)
    fields = [
        {"zh": label_zh, "en": label_en, "value": value if value == value_en else f"{value}\n{value_en}"}
        for (label_zh, value), (label_en, value_en) in zip(zh.lines, en.lines, strict=True)
    ]
    there = Disclosure.objects.filter(
        kind=Disclosure.Kind.NOTICE, subject=f"notice:{zh.key}", withdrawn_at=None
    )
    if any(one.body.get("fields") == fields for one in there):  # sent twice: one notice is enough
        raise Problem(
            "already_published", _("同一数据已经公开，没有变化。"), status=409,
            remedy=_("数据变了再另行公开。"),
        )  # fmt: skip
    return disclosure.publish(
        actor, Disclosure.Kind.NOTICE, f"notice:{zh.key}", title, {"fields": fields}, basis, timezone.now()
    )
