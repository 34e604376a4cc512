"""Pages of the five rings (Y14) and of third-party bodies (Y15)."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from zhiheng.core.accounts import auth
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry import rules
from zhiheng.core.registry.models import BODIES, Organisation
from zhiheng.core.registry.search import matching
from zhiheng.core.registry.words import qualification_badge
from zhiheng.core.ui import dates, regions
from zhiheng.core.ui.series import listed
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.web import bodies, rings


@login_required
@require_safe
@never_cache
def rings_page(request: HttpRequest) -> HttpResponse:
    """The responsibility matrix of the five rings, with the figures of the reader's jurisdiction."""
    user = auth.me(request)
    auth.require(user, "cases.figures")
    now = timezone.now()
    context = {
        "matrix": rings.matrix(user, now), "today": dates.local(now),
        "place": regions.name(user.region) if user.region else _("全部辖区"),
    }  # fmt: skip
    return render(request, "web/rings.html", context)


def _kinds(one: Organisation) -> str:
    labels = dict(Organisation.Kind.choices)
    return listed(labels[kind] for kind in one.kind_list if kind in BODIES)


def _table(request: HttpRequest, source: Any, to: str, *, public: bool) -> Table:
    today = dates.today()

    def shown(one: Any) -> list[bodies.Certificate]:
        return bodies.certificates(one.certificates, today, public=public)

    def state(one: Any) -> Any:
        rows = [c.row for c in shown(one)]
        if public and not rows:
            return _("没有公开的有效资质")
        return qualification_badge(rules.qualification(rows, today))

    columns = [
        Column("name", _("名称"), sort="name", link=lambda o: reverse(to, args=[o.uscc])),
        Column("kind", _("类别"), _kinds),
        Column("region", _("所在地"), lambda o: regions.name(o.region), sort="region"),
        Column("state", _("资质"), state),
        Column("scope", _("业务范围"), lambda o: listed((c.scope for c in shown(o) if c.scope), apart=True)),
        Column(
            "valid_until", _("有效期至"),
            lambda o: max((c.row.valid_until for c in shown(o) if c.row.valid_until), default=None),
        ),
        Column("number", _("证书编号"), lambda o: listed(c.row.number for c in shown(o)), hidden=True),
        Column("uscc", _("统一社会信用代码"), sort="uscc", hidden=True),
    ]  # fmt: skip
    return Table(
        request, "bodies", source, columns,
        search=matching,
        filters=[
            Filter(
                "kind", _("类别"), [(k, label) for k, label in Organisation.Kind.choices if k in BODIES],
                lambda s, v: s.filter(kinds__contains=f" {v} "),
            )
        ],
        empty=_("登记的检验检测机构、认证机构和行业协会会列在这里。"),
    )  # fmt: skip


@require_safe
def bodies_public(request: HttpRequest) -> HttpResponseBase:
    """Third-party bodies as everybody may know them."""
    table = _table(request, bodies.public_bodies(), "web:body", public=True)
    return table.export() or render(request, "web/bodies.html", {"table": table})


@require_safe
def body_public(request: HttpRequest, uscc: str) -> HttpResponse:
    """One body: its public recognitions, and its reports on checks that are public."""
    found = registry.by_uscc([uscc.upper()]).get(uscc.upper())
    if found is None or not found.is_body:
        raise Http404(_("没有这个统一社会信用代码的第三方机构"))
    if found.uscc != uscc:
        return redirect("web:body", found.uscc)
    body: Any = bodies.public_bodies().get(pk=found.pk)
    context = {
        "body": body, "kinds": _kinds(body), "place": regions.name(body.region),
        "certificates": bodies.certificates(body.certificates, dates.today(), public=True),
        "results": bodies.public_results(body, timezone.now()),
    }  # fmt: skip
    return render(request, "web/body.html", context)


@login_required
@require_safe
def bodies_desk(request: HttpRequest) -> HttpResponseBase:
    """The bodies of a jurisdiction, with how their recognition stands."""
    user = auth.me(request)
    auth.require(user, "inspection.read")
    table = _table(request, bodies.bodies_visible_to(user), "web:body-desk", public=False)
    return table.export() or render(
        request, "web/bodies_desk.html", {"table": table, "may": user.may("registry.edit")}
    )


@login_required
@require_safe
def body_desk(request: HttpRequest, uscc: str) -> HttpResponseBase:
    """One body for the office: recognitions, and what it issued on samples of the jurisdiction."""
    user = auth.me(request)
    auth.require(user, "inspection.read")
    found = bodies.body_for(user, uscc)
    if found is None:
        raise Http404
    if found.uscc != uscc:
        return redirect("web:body-desk", found.uscc)
    reports = Table(
        request, "reports", bodies.reports_visible_to(user, found),
        [
            Column("issued_at", _("报告日期"), lambda r: dates.local(r.issued_at).date(), sort="issued_at"),
            Column("number", _("报告编号"), sort="number",
                   link=lambda r: reverse("inspection:report_public", args=[r.code])),
            Column("laboratory", _("出具方"), lambda r: r.laboratory.name),
            Column("kind", _("类别"), lambda r: _("复检") if r.retest else _("初检")),
            Column("product", _("样品"), lambda r: r.sample.product,
                   link=lambda r: reverse("inspection:lab_sample", args=[r.sample_id])),
            Column("conclusion", _("结论"), lambda r: r.get_conclusion_display()),
            Column("withdrawn_at", _("撤回时间"), sort="withdrawn_at"),
        ],
        search=lambda s, q: s.filter(number__icontains=q),
        empty=_("这家机构在本辖区的检验报告会列在这里。"),
    )  # fmt: skip
    return reports.export() or render(
        request,
        "web/body_desk.html",
        {"table": reports, "kinds": _kinds(found), "place": regions.name(found.region),
         **bodies.of_page(user, found, dates.today())},
    )  # fmt: skip
