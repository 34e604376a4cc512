"""The officer's and the enterprise's pages of the trace: explorer, findings, completeness."""

from collections import Counter
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.core.accounts import auth
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Organisation, Product
from zhiheng.core.registry.queries import organisations_visible_to, products_visible_to
from zhiheng.core.ui import dates, regions
from zhiheng.core.ui.charts import TILES, city_name
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.knowledge.codes.identify import identify
from zhiheng.trace import answers, completeness, words
from zhiheng.trace.breaks import KINDS
from zhiheng.trace.desk_page import Page
from zhiheng.trace.explorer import Explorer, hri
from zhiheng.trace.models import Finding
from zhiheng.trace.queries import findings_visible_to
from zhiheng.trace.store import key, store, uri

STARTS = 4
EXAMPLES = (
    ("(01)06901234567892(21)1001", gettext_lazy("一件商品：商品条码加序列号")),
    ("(01)06901234567892(10)L20260601", gettext_lazy("一个批次：商品条码加批号")),
    ("(00)069012345000000011", gettext_lazy("一个物流单元：箱或托盘上的 SSCC")),
    ("https://id.gs1.org/01/06901234567892/21/1001", gettext_lazy("二维码里的 GS1 数字链接")),
)


# -- explorer ---------------------------------------------------------------------------------------------------


def explore(request: HttpRequest) -> HttpResponseBase:
    """The chain of a code: picture, map, story, holders, scope, breaks, completeness."""
    user = auth.me(request)
    auth.require(user, "trace.explore")
    code = request.GET.get("code", "").replace("\x00", "").strip()
    context: dict[str, Any] = {"code": code, "examples": EXAMPLES}
    if not code:
        context["starts"] = _starts(user)
        return render(request, "trace/desk/explore.html", context)
    try:
        at = moment_given(request.GET.get("at", ""))
        chain = answers.chain(code, at=at, user=user)
    except Problem as problem:
        context["problem"] = in_words(problem, code)
        return render(request, "trace/desk/explore.html", context, status=problem.status)
    page = Page(request, user, code, at, Explorer(chain))
    if page.table is not None and (download := page.table.export()) is not None:
        return download
    return render(request, "trace/desk/explore.html", context | {"page": page})


def _starts(user: Any) -> list[dict[str, str]]:
    """Things of this person's own records to begin with: an open break of each kind, then products."""
    kinds: dict[str, Finding] = {}
    for one in findings_visible_to(user).filter(gone_at=None)[:200]:
        kinds.setdefault(one.kind, one)
    starts = [
        {"url": _to_break(one), "name": hri(one.item), "what": str(words.break_name(one.kind))}
        for one in list(kinds.values())[:STARTS]
    ]
    recorded = (p for p in products_visible_to(user)[:20] if store().under(f"01/{p.gtin}", 1))
    for product in islice(recorded, STARTS):
        query = urlencode({"code": f"(01){product.gtin}"})
        url = f"{reverse('trace:explore')}?{query}"
        starts.append({"url": url, "name": f"(01){product.gtin}", "what": product.name})
    return starts


def in_words(problem: Problem, code: str) -> dict[str, Any]:
    """A problem as the page says it: what, what to do, and the exact words for whoever needs them."""
    if problem.code == "not_found":
        title = _("没有您可以查看的记录提到这个编码")
        remedy = _(
            "请核对编码和查询时间。记录可能还没有报送，也可能不在您的管辖范围内；没有商品条码的序列号、批号请连同商品条码一起输入。"
        )
    elif problem.code == "bad_code":
        title = _("认不出这个编码")
        remedy = _("请对照包装重新扫码或输入；校验码不符时，多半是抄错了一位。")
    elif problem.code == "bad_time":
        title = str(problem)
        remedy = problem.remedy
        return {"title": title, "remedy": remedy, "code": problem.code, "exact": "", "given": code}
    else:
        title, remedy = str(problem), problem.remedy
    return {
        "title": title,
        "remedy": remedy,
        "code": problem.code,
        "exact": f"{problem} {problem.remedy}",
        "given": code,
    }


def moment_given(text: str) -> datetime | None:
    """The time asked for; without a zone it is Beijing time, a day alone means its end."""
    text = text.replace("\x00", "").strip()
    if not text:
        return None
    try:
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time(23, 59, 59, 999999), dates.SHANGHAI)
        found = datetime.fromisoformat(text.replace(" ", "+"))
        return (found if found.tzinfo else found.replace(tzinfo=dates.SHANGHAI)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Problem(
            "bad_time",
            _("看不懂这个时间：%(text)s") % {"text": text[:60]},
            status=422,
            remedy=_("请写成 2026-06-10T15:00，或只写日期 2026-06-10（指当天结束时）。"),
        ) from None


# -- findings ---------------------------------------------------------------------------------------------------


def findings(request: HttpRequest) -> HttpResponseBase:
    """Breaks that were found as events came in."""
    user = auth.me(request)
    auth.require(user, "trace.explore")
    visible = findings_visible_to(user)
    by_kind = dict(visible.filter(gone_at=None).order_by().values_list("kind").annotate(Count("pk")))
    # Who watches a region counts there: a city without breaks has none, not "no data".
    by_city = Counter(dict.fromkeys((c for c in TILES if c.startswith((user.prefix or "")[:4])), 0))
    for region, number in visible.filter(gone_at=None).order_by().values_list("region").annotate(Count("pk")):
        if (city := f"{region[:4]}00") in TILES:
            by_city[city] += number
    kinds = [(kind, words.BREAKS[kind].name) for kind in KINDS]
    firms = Organisation.objects.filter(pk__in=visible.order_by().values("organisation")).order_by("name")[
        :300
    ]
    table = Table(
        request,
        "findings",
        visible,
        [
            Column(
                "kind", gettext_lazy("断链"), lambda f: badge(words.break_name(f.kind), "bad"), sort="kind"
            ),
            Column("item", gettext_lazy("编码"), lambda f: hri(f.item), sort="item", link=_to_break),
            Column("time", gettext_lazy("发生时间"), sort="time"),
            Column(
                "organisation",
                gettext_lazy("主体"),
                lambda f: f.organisation.name if f.organisation else None,
                sort="organisation__name",
            ),
            Column(
                "region",
                gettext_lazy("地区"),
                lambda f: regions.name(f.region) if f.region else "",
                sort="region",
            ),
            Column("found_at", gettext_lazy("发现时间"), sort="found_at"),
            Column(
                "state",
                gettext_lazy("状态"),
                lambda f: badge(_("已消除"), "ok") if f.gone_at else badge(_("未消除"), "warn"),
                sort="gone_at",
            ),
            Column("gone_at", gettext_lazy("消除时间"), sort="gone_at", hidden=True),
            Column("place", gettext_lazy("地点"), lambda f: hri(f.place), hidden=True),
            Column("event_id", gettext_lazy("事件号"), hidden=True),
        ],
        search=_search_findings,
        filters=[
            Filter("kind", gettext_lazy("断链"), kinds, lambda s, v: s.filter(kind=v)),
            Filter(
                "city",
                gettext_lazy("城市"),
                [
                    (code, city_name(code))
                    for code in TILES
                    if code.startswith(user.prefix[:4] if user.prefix else "")
                ],
                lambda s, v: s.filter(region__startswith=v[:4]),
            ),
            Filter(
                "organisation",
                gettext_lazy("主体"),
                [(firm.pk, firm.name) for firm in firms],
                lambda s, v: s.filter(organisation=v),
            ),
            Filter(
                "state",
                gettext_lazy("状态"),
                [("open", gettext_lazy("未消除")), ("gone", gettext_lazy("已消除"))],
                lambda s, v: s.filter(gone_at__isnull=v == "open"),
            ),
        ],
        empty=gettext_lazy("事件进来以后会自动查找断链；发现了就列在这里。"),
    )
    context = {
        "table": table,
        "kinds": [
            {"kind": kind, "words": words.BREAKS[kind], "count": by_kind.get(kind, 0)} for kind in KINDS
        ],
        "cities": dict(by_city),
        "map": user.is_officer and len(by_city) > 1,
    }
    return table.export() or render(request, "trace/desk/findings.html", context)


def _to_break(finding: Finding) -> str:
    query = QueryDict(mutable=True)
    query.update({"code": uri(finding.item), "tab": "breaks"})
    return f"{reverse('trace:explore')}?{query.urlencode()}"


def _search_findings(source: QuerySet[Finding], q: str) -> QuerySet[Finding]:
    """A code in any of its forms finds the thing and what is below it; other text a part of the code."""
    found = identify(q)
    wanted = Q(item__contains=q) | Q(organisation__name__contains=q) | Q(event_id=q)
    if found.canonical and not found.errors:
        wanted |= Q(item=key(found.canonical)) | Q(item__startswith=f"{key(found.canonical)}/")
    return source.filter(wanted)


# -- completeness -----------------------------------------------------------------------------------------------


def complete(request: HttpRequest) -> HttpResponse:
    """How complete the records of a product, an organisation or a category are."""
    user = auth.me(request)
    auth.require(user, "trace.explore")
    gtin, uscc, category = (
        request.GET.get(n, "").replace("\x00", "").strip() for n in ("gtin", "uscc", "category")
    )
    context: dict[str, Any] = {
        "gtin": gtin, "uscc": uscc, "category": category,
        "categories": Product.Category.choices, "profiles": completeness.profiles(), "sample": completeness.SAMPLE,
    }  # fmt: skip
    status = 200
    if gtin:
        number = gtin.zfill(14) if gtin.isdigit() else gtin
        product = products_visible_to(user).filter(gtin=number).first()
        if product is None and not identify(f"(01){number}").valid:
            context["problem"], status = _("商品条码不对：%(code)s") % {"code": gtin[:40]}, 422
        else:
            context |= {"score": completeness.of_product(number, user), "subject": product or number}
    elif uscc:
        firm = organisations_visible_to(user).filter(uscc=uscc.upper()).first()
        if firm is None:
            context["problem"], status = _("没有您可以查看的主体用这个统一社会信用代码。"), 404
        else:
            context |= {"score": completeness.of_organisation(firm.uscc, user), "subject": firm}
    elif category:
        if category not in Product.Category.values:
            context["problem"], status = _("没有这个产品类别。"), 422
        else:
            label = dict(Product.Category.choices)[category]
            context |= {"score": completeness.of_category(category, user), "subject": label}
    return render(request, "trace/desk/completeness.html", context, status=status)
