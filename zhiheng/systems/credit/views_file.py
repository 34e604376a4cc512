"""The file of an organisation: officers', its own, the public's; and the lists that lead to them."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.facts import queries as facts
from zhiheng.core.facts.models import Fact, Standing
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry.models import Organisation
from zhiheng.core.registry.search import matching
from zhiheng.core.ui import dates
from zhiheng.core.ui.kept import kept
from zhiheng.core.ui.regions import name as region_name
from zhiheng.core.ui.series import listed
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.knowledge.codes.regions import GUANGDONG_CITIES
from zhiheng.systems.credit import commitments, objections, queries, rules, words
from zhiheng.systems.credit.rules import Item

FOUND = 20
"""Organisations that a public search names."""
PUBLIC_KINDS = [(k, text) for k, text in Fact.Kind.choices if k not in rules.CONFIDENTIAL | rules.FOREIGN]


def reader(request: HttpRequest) -> User:
    """Somebody who reads files: an officer, or one of an organisation."""
    user = auth.me(request)
    if not user.may("credit.own"):
        auth.require(user, "credit.read")
    return user


def standing_as(rows: QuerySet[Organisation], **standing: str) -> QuerySet[Organisation]:
    """Those with such a standing, in the order of the index of standings, so that a page costs a page."""
    return rows.filter(**standing).order_by("standings__organisation_id")


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The organisations of the jurisdiction with how they stand; a party's own file at once."""
    user = reader(request)
    if not user.may("credit.read"):
        if user.organisation is None:
            raise Http404
        return redirect("credit:file", registry.current(user.organisation).uscc)
    holds = Q(until=None) | Q(until__gte=dates.today())
    standing = Prefetch("standings", Standing.objects.filter(holds).order_by("scheme"), to_attr="stands")

    def of(one: Any, scheme: str) -> Any:
        return next((s for s in one.stands if s.scheme == scheme), None)

    def risk(one: Any) -> Any:
        found = of(one, "risk_class")
        return words.risk_class(found.value) if found else None

    def lists(one: Any) -> Any:
        return listed(s.get_scheme_display() for s in one.stands if s.scheme != "risk_class")

    own_cities = [c for c in GUANGDONG_CITIES if c.code.startswith((user.prefix or "")[:4])]
    table = Table(
        request, "files",
        queries.organisations_visible_to(user).order_by("region", "name", "pk").prefetch_related(standing),
        [
            Column("name", _("名称"), sort="name", link=lambda o: reverse("credit:file", args=[o.uscc])),
            Column("uscc", _("统一社会信用代码"), sort="uscc"),
            Column("region", _("所在地"), lambda o: region_name(o.region), sort="region"),
            Column("status", _("状态"), lambda o: o.get_status_display()),
            Column("class", _("信用风险分类（监管内部）"), risk),
            Column("lists", _("名单"), lists),
        ],
        search=matching,
        filters=[
            Filter(
                "region", _("地市"), [(c.code[:4], region_name(c.code)) for c in own_cities],
                lambda s, v: s.filter(registry.within(v)),
            ),
            Filter(
                "class", _("信用风险分类（监管内部）"), [(k, t) for k, (t, _look) in words.CLASSES.items()],
                lambda s, v: standing_as(s, standings__scheme="risk_class", standings__value=v),
            ),
            Filter(
                "list", _("名单"), [(k, t) for k, t in Standing.Scheme.choices if k != "risk_class"],
                lambda s, v: standing_as(s, standings__scheme=v),
            ),
        ],
        empty=_("没有符合条件的主体。"),
    )  # fmt: skip
    return table.export() or render(
        request,
        "credit/index.html",
        {
            "table": table,
            "exchange": len(user.prefix or "") <= 2,
            "waiting": facts.unmatched_visible_to(user).filter(state="waiting").count(),
        },
    )


# -- one file ---------------------------------------------------------------------------------------------------


def items_table(request: HttpRequest, items: list[Item], *, public: bool = False, uscc: str = "") -> Table:
    """A file as a table: every column in the export, whatever is shown."""

    def title(one: Item) -> str | None:
        return reverse("credit:object", args=[uscc, *one.pk.split(":")]) if uscc else None

    def stands(one: Item) -> Any:
        text = words.state(one.state)
        return text + badge(_("异议处理中"), "warn") if one.objection else text

    columns = [
        Column("on", _("日期"), sort="on"),
        Column("label", _("类别"), sort="label"),
        Column("title", _("事由")),
        Column("number", _("文号或者编号")),
        Column("source", _("提供单位"), sort="source"),
        Column("basis", _("依据"), hidden=not public),
        Column("counts_until", _("计入至"), lambda one: one.counts_until or _("未设期限"), sort="counts_until"),
        Column("public_from", _("公示自"), sort="public_from", hidden=True),
        Column(
            "public_until", _("公示至"),
            lambda one: (one.public_until or _("未设期限")) if one.public_from else _("不公示"), sort="public_until",
        ),
        Column("state", _("状态"), stands, sort="state"),
        Column("why", _("说明"), hidden=True),
    ]  # fmt: skip
    if uscc:
        columns.append(
            Column(
                "object", _("异议"), lambda one: _("提出异议") if _open_to_objection(one) else "",
                link=lambda one: title(one) if _open_to_objection(one) else None,
            )
        )  # fmt: skip
    present = {one.group for one in items}

    def find(rows: Iterable[Item], q: str) -> list[Item]:
        q = q.casefold()
        return [one for one in rows if q in f"{one.title} {one.number} {one.source} {one.basis}".casefold()]

    return Table(
        request, "items", items, columns, search=find,
        filters=[
            Filter(
                "group", _("类别"), [(k, t) for k, t in words.GROUPS.items() if k in present],
                lambda rows, v: [one for one in rows if one.group == v],
            ),
            Filter(
                "state", _("状态"), [(k, t) for k, (t, _look) in words.STATES.items()],
                lambda rows, v: [one for one in rows if one.state == v],
            ),
        ],
        empty=_("今天没有依法公示的信息。") if public else _("档案里还没有记录。"),
    )  # fmt: skip


def _open_to_objection(one: Item) -> bool:
    return one.objection is None and one.state != "withdrawn"


def found_or_404(user: User, uscc: str) -> Organisation:
    """The organisation whose file somebody reads."""
    found = queries.organisation_for(user, uscc.upper())
    if found is None:
        raise Http404
    return found


@login_required
@require_safe
def file(request: HttpRequest, uscc: str) -> HttpResponseBase:
    """One organisation's file: how it stands, the time line, the table."""
    user, today = reader(request), dates.today()
    found = found_or_404(user, uscc)
    if found.uscc != uscc:
        return redirect("credit:file", found.uscc)
    officer = user.may("credit.read")
    items = queries.file_of(found, today, officer=officer)
    own = user.organisation_id == found.pk
    table = items_table(request, items, uscc=found.uscc if own and objections.possible() else "")
    if (download := table.export()) is not None:
        return download
    context = {
        "organisation": found, "table": table, "years": queries.years(items), "officer": officer, "own": own,
        "standings": queries.standings_of(found, today, officer=officer), "today": today,
        "figures": summary(items), "first": commitments.standing(found, today),
        "works": user.may("cases.work"),
    }  # fmt: skip
    return render(request, "credit/file.html", context)


def summary(items: list[Item]) -> list[tuple[str, int]]:
    """How many items that stand there are of each group."""
    counts: dict[str, int] = {}
    for one in items:
        if one.state in ("counts", "valid"):
            counts[one.group] = counts.get(one.group, 0) + 1
    return [(str(words.GROUPS[group]), counts[group]) for group in rules.GROUPS if group in counts]


# -- the public side --------------------------------------------------------------------------------------------


@require_safe
def public_file(request: HttpRequest, uscc: str) -> HttpResponseBase:
    """What the public sees of an organisation's file today."""
    found = registry.by_uscc([uscc.upper()]).get(uscc.upper())
    if found is None:
        raise Http404(_("没有这个统一社会信用代码的主体"))
    if found.uscc != uscc:
        return redirect("credit:public", found.uscc)
    today = dates.today()

    def make() -> HttpResponseBase:
        items = queries.public_file(found, today)
        table = items_table(request, items, public=True)
        context = {"organisation": found, "table": table, "years": queries.years(items), "today": today}
        return table.export() or render(request, "credit/public_file.html", context)

    return kept(request, queries.made_of(found, today), make)


@require_safe
def public_index(request: HttpRequest) -> HttpResponseBase:
    """What was made public lately about anybody, and a search for an organisation."""
    today = dates.today()

    def find(rows: Any, q: str) -> Any:
        return rows.filter(organisation__in=matching(Organisation.objects.filter(merged_into=None), q))

    def make() -> HttpResponseBase:
        table = Table(
            request, "public", queries.public_facts(today),
            [
                Column("on", _("日期"), sort="on"),
                Column(
                    "organisation", _("主体"), lambda f: f.organisation.name,
                    link=lambda f: reverse("credit:public", args=[f.organisation.uscc]),
                ),
                Column("kind", _("类别"), lambda f: f.get_kind_display()),
                Column("title", _("事由")),
                Column("source", _("提供单位")),
                Column("public_until", _("公示至"), lambda f: f.public_until or _("未设期限")),
                Column("uscc", _("统一社会信用代码"), lambda f: f.organisation.uscc, hidden=True),
                Column("basis", _("依据"), hidden=True),
            ],
            search=find,
            filters=[
                Filter("kind", _("类别"), PUBLIC_KINDS, lambda s, v: s.filter(kind=v)),
            ],
            empty=_("依法公示的内容会列在这里。"),
        )  # fmt: skip
        files = queries.exactly(table.q)[:FOUND] if table.q else ()
        return table.export() or render(request, "credit/public_index.html", {"table": table, "files": files})

    if request.GET.get("public-q"):  # what a search finds depends on the registry too
        return make()
    return kept(request, queries.list_made_of(today), make)
