"""The desk's pages of figures: what is known, how sure, by what, and the rows behind it."""
# ruff: noqa: E501  (a column of a table is one line)

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.cases.views import refuse
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates, forest
from zhiheng.core.ui.charts import city_map
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.insight import actions, rules, words
from zhiheng.insight.forms import PublishForm, ScopeForm
from zhiheng.insight.indicators import drug_makers, farm, pass_rates, works
from zhiheng.insight.methods import METHODS
from zhiheng.insight.rules import Row
from zhiheng.insight.scope import DIMENSIONS, YEARS, Scope, label
from zhiheng.knowledge.law.targets import targets
from zhiheng.knowledge.methods.differences import difference
from zhiheng.systems.construction.models import WorkAcceptance

PRODUCTS = 300
"""Names of products that the field proposes."""
MANUFACTURING = {"domain": "product", "section": "C"}
"""What the policy's target of 93 % is about."""
FARM_DIMENSIONS = {
    "commodity": gettext_lazy("品种"),
    "city": gettext_lazy("地市"),
    "quarter": gettext_lazy("季度"),
    "year": gettext_lazy("年度"),
}
WORK_DIMENSIONS = {
    "size": gettext_lazy("规模"), "city": gettext_lazy("地市"), "kind": gettext_lazy("工程类别"),
    "year": gettext_lazy("年度"),
}  # fmt: skip
COVERED = Filter(
    "covered", gettext_lazy("当年已抽验"), [("yes", gettext_lazy("是")), ("no", gettext_lazy("否"))],
    lambda source, value: source.filter(covered=value == "yes"),
)  # fmt: skip


def reader(request: HttpRequest) -> User:
    """Whoever may read figures."""
    user = auth.me(request)
    auth.require(user, "insight.read")
    return user


def _county(user: User) -> bool:
    """Whether somebody reads for a county: plans of the province draw by city, and nothing of them is a county's."""
    return user.prefix is not None and len(user.prefix) > 4


def last_year(user: User) -> str:
    """The last year with routine plans; this one where there is none."""
    return max(pass_rates.values("year", Scope()), default=str(dates.today().year))


def year_of(request: HttpRequest, default: int) -> int:
    given = request.GET.get("year", "")
    return int(given) if given in YEARS else default


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The four figures, each with the way to its rows and to its method."""
    user = reader(request)
    scope = Scope(year=last_year(user), **MANUFACTURING)
    goods = pass_rates.answer(user, scope)
    this_year = dates.today().year
    farm_year = next(iter(farm.years(user)), this_year)
    products = farm.answer(user, farm_year)
    coverage, _cities = drug_makers.coverage(user, this_year)
    sizes = works.shares(user, "size", None)
    context = {
        "goods": goods, "scope": scope, "estimate": words.estimate(goods.overall),
        "against": words.against(goods.overall, targets()["pass_rate"]), "farm": products, "farm_year": farm_year,
        "farm_estimate": words.estimate(products.overall), "farm_against": words.against(products.overall, targets()["farm"]),
        "coverage": coverage, "share": forest.percent(coverage.share), "listed": drug_makers.has_list(this_year), "year": this_year,
        "works": [(WorkAcceptance.Size(key).label, one) for key, one in sizes.items()],
        "targets": {key: words.of_target(one) for key, one in targets().items()},
        "unheard": words.unheard(goods.overall), "county": _county(user),
    }  # fmt: skip
    return render(request, "insight/index.html", context)


@login_required
@require_safe
def method(request: HttpRequest, key: str) -> HttpResponse:
    """How a figure is counted and what it does not say."""
    reader(request)
    if key not in METHODS:
        raise Http404
    return render(request, "insight/method.html", {"method": METHODS[key], "methods": METHODS, "key": key})


# -- Y01 -----------------------------------------------------------------------------------------------------


def _chosen(request: HttpRequest) -> tuple[Scope, str]:
    by = request.GET.get("by", "")
    return Scope.for_(auth.me(request), request.GET.dict()), by if by in DIMENSIONS else "city"


def _columns(scope: Scope, by: str, target: Any) -> list[Column]:
    def rows(row: Row) -> str:
        return f"{reverse('insight:rows')}?{scope.with_(**{by: row.key}).query}"

    def rate(name: str) -> Any:
        return lambda row: getattr(row.figure.rate, name) if row.figure.rate else None

    def count(outcome: str) -> Any:
        return lambda row: row.figure.counts[outcome]

    columns = [
        Column("group", DIMENSIONS[by], lambda row: row.label, sort="label", link=rows),
        Column("estimate", gettext_lazy("合格率和 95% 区间"), lambda row: words.estimate(row.figure), sort="figure__rate__rate"),
        Column("checked", gettext_lazy("已检"), lambda row: row.figure.checked, numeric=True),
        Column("failed", gettext_lazy("不合格"), lambda row: row.figure.failed, numeric=True),
        Column(
            "effective", gettext_lazy("有效样本量"),
            lambda row: round(row.figure.rate.effective, 1) if row.figure.rate else None, numeric=True,
        ),
        Column("drawn", gettext_lazy("抽取"), lambda row: row.figure.drawn, numeric=True),
        Column(
            "nonresponse", gettext_lazy("未答复比例"), lambda row: forest.percent(row.figure.nonresponse), numeric=True
        ),
        *(
            [Column("against", gettext_lazy("与目标"), lambda row: words.against(row.figure, target))]
            if target else []
        ),
        Column("value", gettext_lazy("点估计（与区间同用）"), rate("rate"), numeric=True, hidden=True),
        Column("low", gettext_lazy("区间下限"), rate("low"), numeric=True, hidden=True),
        Column("high", gettext_lazy("区间上限"), rate("high"), numeric=True, hidden=True),
        *(
            Column(key, word, count(key), numeric=True, hidden=True)
            for key, word in words.OUTCOMES.items()
            if key not in ("passed", "failed")
        ),
        Column(
            "worst", gettext_lazy("拒绝抽样的都算不合格时"),
            lambda row: words.interval(row.figure.worst.rate, row.figure.worst.low, row.figure.worst.high)
            if row.figure.worst else None, hidden=True,
        ),
        Column("strata", gettext_lazy("层数"), lambda row: row.figure.strata, numeric=True, hidden=True),
        Column("unheard", gettext_lazy("没有检到的层占总体"), lambda row: round(row.figure.unheard, 4), numeric=True, hidden=True),
        Column("why", gettext_lazy("不给出比率的原因"), lambda row: words.why(row.figure), hidden=True),
    ]  # fmt: skip
    if by == "city":
        columns.insert(
            2, Column("model", gettext_lazy("模型估计（小地区）"), words.model, sort="model__rate")
        )
    return columns


@login_required
@require_safe
def rates(request: HttpRequest) -> HttpResponseBase:
    """Pass rates by a dimension: table, plot, map of cities; what was targeted stands apart."""
    user = reader(request)
    scope, by = _chosen(request)
    if not request.GET:
        scope = Scope(year=last_year(user))
    found = pass_rates.answer(user, scope, by)
    target = targets()["pass_rate"] if scope.manufacturing else None
    table = Table(
        request, "rates", found.rows, _columns(scope, by, target), empty=_("有抽查结果后才有数字。")
    )
    if (download := table.export()) is not None:
        return download
    lines = [words.line(row) for row in found.rows]
    title = _("合格率和 95%% 区间：%(what)s") % {"what": scope.words}
    context: dict[str, Any] = {
        "table": table, "scope": scope, "by": by, "by_words": DIMENSIONS[by], "found": found,
        "estimate": words.estimate(found.overall), "form": ScopeForm(user.prefix, scope, by),
        "target": words.of_target(target) if target else "", "targeted": [(words.APART[row["kind"]], row) for row in pass_rates.targeted(user, scope)],
        "outcomes": [(word, found.overall.counts[key]) for key, word in words.OUTCOMES.items()],
        "may_publish": user.may("disclosure.decide") and not found.overall.why, "modelled": any(r.model for r in found.rows),
        "plot": (forest.trend if by == "year" else forest.forest)(lines[:40], title=title, target=target and target.value) if lines else "",
        "unheard": words.unheard(found.overall), "nonresponse": forest.percent(found.overall.nonresponse),
        "county": _county(user), "products": pass_rates.values("product", scope)[:PRODUCTS],
        "left": max(0, len(lines) - 40),
    }  # fmt: skip
    if found.overall.worst:
        worst = found.overall.worst
        context["worst"] = words.interval(worst.rate or 0, worst.low, worst.high)
    if by == "city" and user.prefix is not None and len(user.prefix) <= 2:
        context["map"] = _map(found.rows, scope, title)
    return render(request, "insight/rates.html", context)


def _map(rows: list[Row], scope: Scope, title: str) -> Any:
    """Cities with their direct estimate; where there is none, that of the model, hatched."""
    lines = {row.key: words.line(row) for row in rows}
    shown = {key: one for key, one in lines.items() if one.value is not None}
    values = {key: round((one.value or 0) * 100, 1) for key, one in shown.items()}
    counted = {row.key for row in rows if row.figure.census}
    notes = {
        key: _("全检") if key in counted else f"{(one.low or 0) * 100:.0f}–{(one.high or 0) * 100:.0f}"
        for key, one in shown.items()
    }
    low = min(values.values(), default=0)
    return city_map(
        values, unit="%", title=title, span=(min(low, 99), 100.0), notes=notes,
        modelled={key for key, one in shown.items() if one.model},
        link=lambda code: f"{reverse('insight:rows')}?{scope.with_(city=code).query}",
    )  # fmt: skip


@login_required
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Two groups and the interval of their difference."""
    user = reader(request)
    scope, by = _chosen(request)
    found = pass_rates.answer(user, scope.with_(**{by: ""}), by)
    by_key = {row.key: row for row in found.rows}
    a, b = by_key.get(request.GET.get("a", "")), by_key.get(request.GET.get("b", ""))
    context: dict[str, Any] = {
        "rows": found.rows, "scope": scope.with_(**{by: ""}), "by": by, "by_words": DIMENSIONS[by], "a": a, "b": b,
        "dimensions": DIMENSIONS, "same": a is not None and a is b,
    }  # fmt: skip
    if a and b and a is not b:
        lines = [words.line(Row(one.key, one.label, one.figure)) for one in (a, b)]
        context["pair"] = [(row, words.estimate(row.figure)) for row in (a, b)]
        context["plot"] = forest.forest(lines, title=_("两组各自的合格率"))
        if a.figure.rate and b.figure.rate:
            apart = difference(a.figure.rate, b.figure.rate)
            value, low, high = map(forest.points, (apart.value, apart.low, apart.high))
            context |= {
                "difference": f"{value} ({low} … {high})",
                "says": "open" if apart.low <= 0 <= apart.high else "more" if apart.low > 0 else "less",
                "gap": forest.forest(
                    [forest.Line(_("差"), apart.value, apart.low, apart.high)],
                    title=_("差值和 95% 区间（百分点）"),
                    zero=True,
                ),
            }
    return render(request, "insight/compare.html", context)


@login_required
@require_safe
def rows(request: HttpRequest) -> HttpResponseBase:
    """The rows that a figure is counted from: everybody drawn, with chance, weight and what came of it."""
    user = reader(request)
    scope = Scope.for_(user, request.GET.dict())
    source = pass_rates.rows_visible_to(user, scope).select_related(
        "organisation", "draw__item__plan", "task", "task__sample"
    )
    factors: dict[tuple[int, str], float] = {}

    def factor(row: Any) -> float | None:
        if not factors:
            factors.update(rules.raised(pass_rates.cells(user, scope)[0]))
        return factors.get((row.draw.item_id, row.region))

    def came(row: Any) -> str:
        task = getattr(row, "task", None)
        sample = getattr(task, "sample", None)
        return pass_rates.outcome(task and task.state, sample and sample.state, row.final)

    def whose(row: Any) -> str:
        """Who is still to be visited is for those who plan and check; everybody else reads it afterwards."""
        return row.organisation.name if user.may("inspection.read") or came(row) != "pending" else ""

    def weight(row: Any) -> float | None:
        if not row.probability or came(row) not in ("passed", "failed"):
            return None
        return round((factor(row) or 0) / row.probability, 4)

    def sampled(name: str) -> Any:
        return lambda row: getattr(getattr(getattr(row, "task", None), "sample", None), name, None)

    table = Table(
        request, "rows", source,
        [
            Column("sample", gettext_lazy("抽样单号"), sampled("number"), sort="task__sample__number"),
            Column("product", gettext_lazy("产品"), lambda row: row.draw.item.product, sort="draw__item__product"),
            Column("organisation", gettext_lazy("主体"), whose),
            Column("region", gettext_lazy("层（地区）"), lambda row: label("city", row.region), sort="region"),
            Column("outcome", gettext_lazy("结果"), lambda row: str(words.OUTCOMES[came(row)]), sort="final"),
            Column("probability", gettext_lazy("抽取概率"), lambda row: row.probability and round(row.probability, 6), sort="probability", numeric=True),
            Column("base", gettext_lazy("设计权重"), lambda row: row.probability and round(1 / row.probability, 4), numeric=True, hidden=True),
            Column("weight", gettext_lazy("权重（含未答复调整）"), weight, numeric=True),
            Column("taken", gettext_lazy("抽样时间"), sampled("taken_at"), sort="task__sample__taken_at"),
            Column("plan", gettext_lazy("计划"), lambda row: row.draw.item.plan.title, hidden=True),
            Column("year", gettext_lazy("年度"), lambda row: row.draw.item.plan.starts_on.year, numeric=True, hidden=True),
            Column("domain", gettext_lazy("领域"), lambda row: label("domain", row.draw.item.plan.domain), hidden=True),
            Column("stage", gettext_lazy("抽样环节"), lambda row: label("stage", row.draw.item.stage), hidden=True),
            Column("industry", gettext_lazy("行业代码"), lambda row: row.draw.item.industry, hidden=True),
            Column("item", gettext_lazy("层（抽查产品编号）"), lambda row: row.draw.item_id, hidden=True),
            Column("size", gettext_lazy("抽取时的规模"), lambda row: row.size, numeric=True, hidden=True),
        ],
        empty=_("没有抽到的对象。"),
    )  # fmt: skip
    return table.export() or render(request, "insight/rows.html", {"table": table, "scope": scope})


# -- Y02 -----------------------------------------------------------------------------------------------------


@login_required
@require_safe
def farm_rates(request: HttpRequest) -> HttpResponseBase:
    """Farm products by commodity, city or quarter of a year, or by year."""
    user = reader(request)
    years = farm.years(user)
    year = year_of(request, next(iter(years), dates.today().year))
    by = request.GET.get("by", "")
    by = by if by in farm.DIMENSIONS else "commodity"
    commodity = request.GET.get("commodity", "").replace("\x00", "")[:100]
    every = by == "year"
    found = farm.answer(user, None if every else year, by, commodity=commodity)
    target = targets()["farm"]

    def behind(row: Row) -> str:
        if every:
            return f"{reverse('insight:farm_rows')}?year={row.key}&commodity={commodity}"
        part = f"&{by}={row.key[-1] if by == 'quarter' else row.key}" if by != "commodity" else ""
        name = row.key if by == "commodity" else commodity
        return f"{reverse('insight:farm_rows')}?year={year}&commodity={name}{part}"

    columns = [
        Column("group", FARM_DIMENSIONS[by], lambda row: row.label, sort="label", link=behind),
        Column("estimate", gettext_lazy("合格率和 95% 区间"), lambda row: words.estimate(row.figure), sort="figure__rate__rate"),
        Column("checked", gettext_lazy("样品"), lambda row: row.figure.checked, numeric=True),
        Column("failed", gettext_lazy("不合格"), lambda row: row.figure.failed, numeric=True),
        Column("sites", gettext_lazy("场所"), lambda row: row.figure.rate.clusters if row.figure.rate else None, numeric=True),
        Column("effective", gettext_lazy("有效样本量"), lambda row: round(row.figure.rate.effective, 1) if row.figure.rate else None, numeric=True),
        Column("against", gettext_lazy("与目标"), lambda row: words.against(row.figure, target)),
        Column("low", gettext_lazy("区间下限"), lambda row: row.figure.rate.low if row.figure.rate else None, numeric=True, hidden=True),
        Column("high", gettext_lazy("区间上限"), lambda row: row.figure.rate.high if row.figure.rate else None, numeric=True, hidden=True),
    ]  # fmt: skip
    table = Table(request, "farm", found.rows, columns, empty=_("按数据合约报送监测样品后才有数字。"))
    if (download := table.export()) is not None:
        return download
    lines = [words.line(row) for row in found.rows]
    what = " · ".join(filter(None, (_("全部年度") if every else str(year), commodity)))
    title = _("合格率和 95%% 区间：%(what)s") % {"what": what}
    context = {
        "table": table, "years": years or [year], "year": year, "what": what, "every": every, "by": by,
        "dimensions": FARM_DIMENSIONS,
        "commodity": commodity, "commodities": farm.commodities(user, year), "found": found,
        "estimate": words.estimate(found.overall), "target": words.of_target(target),
        "plot": (forest.trend if every else forest.forest)(lines[:40], title=title, target=target.value) if lines else "",
        "may_publish": user.may("disclosure.decide") and not found.overall.why and not every,
        "tasks": user.may("cases.work") or user.may("cases.read"),
    }  # fmt: skip
    return render(request, "insight/farm.html", context)


@login_required
@require_safe
def farm_rows(request: HttpRequest) -> HttpResponseBase:
    """The monitoring samples behind a figure; stalls by their masked name."""
    user = reader(request)
    year = year_of(request, dates.today().year)
    quarter = request.GET.get("quarter", "")
    city = Scope.of({"city": request.GET.get("city", "")}).city
    commodity = request.GET.get("commodity", "").replace("\x00", "")[:100]
    source = farm.rows_visible_to(
        user, year, commodity=commodity, city=city, quarter=quarter if quarter in ("1", "2", "3", "4") else ""
    )
    table = Table(
        request, "samples", source,
        [
            Column("number", gettext_lazy("样品编号"), sort="number"),
            Column("commodity", gettext_lazy("品种"), sort="commodity"),
            Column("region", gettext_lazy("抽样地"), lambda row: label("city", row.region), sort="region"),
            Column("site", gettext_lazy("抽样场所"), sort="site"),
            Column("stage", gettext_lazy("抽样环节"), lambda row: row.get_stage_display(), sort="stage"),
            Column("taken_on", gettext_lazy("抽样日期"), sort="taken_on"),
            Column("conclusion", gettext_lazy("结论"), lambda row: row.get_conclusion_display(), sort="conclusion"),
            Column("failing", gettext_lazy("不合格参数"), sort="failing"),
            Column("holder", gettext_lazy("主体"), lambda row: row.holder),
            Column("scheme", gettext_lazy("监测计划"), sort="scheme", hidden=True),
            Column("laboratory", gettext_lazy("检测机构"), sort="laboratory", hidden=True),
            Column("tested", gettext_lazy("检测参数"), hidden=True),
            Column("code", gettext_lazy("追溯码"), hidden=True),
        ],
        empty=_("按数据合约报送监测样品后才有数字。"),
    )  # fmt: skip
    return table.export() or render(
        request, "insight/farm_rows.html", {"table": table, "year": year, "commodity": commodity}
    )


# -- Y03 -----------------------------------------------------------------------------------------------------


@login_required
@require_safe
def makers(request: HttpRequest) -> HttpResponseBase:
    """Makers in production and whether they were sampled; those who were not come first."""
    user = reader(request)
    year = year_of(request, dates.today().year)
    whole, cities = drug_makers.coverage(user, year)
    source = drug_makers.checked(drug_makers.makers(user, year), year)

    def last(row: Any) -> Any:
        found = [dates.local(x).date() for x in (row.last_made, row.last_taken) if x]
        return max([*found, *([row.last_fact] if row.last_fact else [])], default=None)

    table = Table(
        request, "makers", source,
        [
            Column("name", gettext_lazy("企业"), sort="name", link=lambda row: reverse("registry:organisation", args=[row.uscc])),
            Column("uscc", gettext_lazy("统一社会信用代码"), sort="uscc", hidden=True),
            Column("region", gettext_lazy("地区"), lambda row: label("city", row.region), sort="region"),
            Column("covered", gettext_lazy("当年已抽验"), lambda row: bool(row.covered), sort="covered"),
            Column("last", gettext_lazy("最近一次抽验"), last),
        ],
        search=lambda s, q: s.filter(name__icontains=q),
        filters=[COVERED],
        empty=_("没有登记在产的生产企业。"),
    )  # fmt: skip
    context = {
        "table": table, "year": year, "years": range(dates.today().year, dates.today().year - 5, -1), "whole": whole,
        "cities": [(label("city", key), one) for key, one in cities.items()], "listed": drug_makers.has_list(year),
        "share": forest.percent(whole.share),
        "target": words.of_target(targets()["drug_makers"]),
        "may_publish": user.may("disclosure.decide") and whole.makers > 0,
    }  # fmt: skip
    return table.export() or render(request, "insight/makers.html", context)


# -- Y04 -----------------------------------------------------------------------------------------------------


@login_required
@require_safe
def acceptances(request: HttpRequest) -> HttpResponseBase:
    """Works by size, city, kind or year: counts, the share, and what it says of the process."""
    user = reader(request)
    by = request.GET.get("by", "")
    by = by if by in works.DIMENSIONS else "size"
    year = int(request.GET["year"]) if request.GET.get("year") in YEARS else None
    found = works.shares(user, by, year)
    named: dict[str, Callable[[str], str]] = {
        "size": lambda key: str(WorkAcceptance.Size(key).label),
        "kind": lambda key: str(WorkAcceptance.Kind(key).label),
        "city": lambda key: label("city", key),
        "year": str,
    }
    table = Table(
        request, "works", [{"label": named[by](key), "one": one} for key, one in found.items()],
        [
            Column("group", WORK_DIMENSIONS[by], lambda row: row["label"], sort="label"),
            Column("works", gettext_lazy("工程"), lambda row: row["one"].works, numeric=True),
            Column("first", gettext_lazy("首次验收合格"), lambda row: row["one"].first, numeric=True),
            Column("share", gettext_lazy("一次合格率（全部报送工程）"), lambda row: forest.percent(row["one"].share), numeric=True),
            Column("process", gettext_lazy("过程的 95% 区间"), lambda row: "{} – {}".format(*map(forest.percent, row["one"].process))),
            Column("unknown", gettext_lazy("没有报送首次验收"), lambda row: row["one"].unknown, numeric=True),
        ],
        empty=_("按数据合约报送竣工验收后才有数字。"),
    )  # fmt: skip
    every = Table(
        request, "rows", works.rows_visible_to(user, year),
        [
            Column("project", gettext_lazy("项目名称"), sort="project"),
            Column("section", gettext_lazy("标段"), sort="section"),
            Column("size", gettext_lazy("规模"), lambda row: row.get_size_display(), sort="size"),
            Column("kind", gettext_lazy("工程类别"), lambda row: row.get_kind_display(), sort="kind"),
            Column("region", gettext_lazy("所在地"), lambda row: label("city", row.region), sort="region"),
            Column("accepted_on", gettext_lazy("验收日期"), sort="accepted_on"),
            Column("attempt", gettext_lazy("第几次验收"), sort="attempt", numeric=True),
            Column("conclusion", gettext_lazy("结论"), lambda row: row.get_conclusion_display(), sort="conclusion"),
            Column("project_code", gettext_lazy("项目代码"), sort="project_code", hidden=True),
            Column("source", gettext_lazy("报送部门"), hidden=True),
        ],
        search=lambda s, q: s.filter(project__icontains=q),
        empty=_("按数据合约报送竣工验收后才有数字。"),
    )  # fmt: skip
    lines = [
        forest.Line(named[by](key), one.share, *one.process)
        for key, one in found.items()
        if one.process is not None
    ]
    what = str(year) if year else _("全部年度")
    title = _("一次合格率和过程的 95%% 区间：%(what)s") % {"what": what}
    context = {
        "table": table, "every": every, "by": by, "year": year, "what": what, "dimensions": WORK_DIMENSIONS,
        "plot": (forest.trend if by == "year" else forest.forest)(lines, title=title) if lines else "",
        "years": sorted(works.shares(user, "year"), reverse=True), "target_large": words.of_target(targets()["works_large"]),
        "target_other": words.of_target(targets()["works_other"]),
        "may_publish": user.may("disclosure.decide") and bool(found),
    }  # fmt: skip
    return table.export() or every.export() or render(request, "insight/works.html", context)


# -- publishing ----------------------------------------------------------------------------------------------


@login_required
def publish(request: HttpRequest, indicator: str) -> HttpResponse:
    """Look at a figure as the public would see it, and decide to publish it."""
    user = reader(request)
    auth.require(user, "disclosure.decide")
    given = {key: request.GET[key] for key in request.GET}
    said = actions.statement(user, indicator, given)
    form = PublishForm(request.POST or None, initial={"title": said.title})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            disclosure = actions.publish(user, indicator, given, data["title"], data["basis"])
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已公开。"))
            return redirect("disclosure:detail", disclosure.pk)
    return render(
        request, "insight/publish.html", {"said": said, "form": form}, status=422 if form.errors else 200
    )
