"""The pages that join the rooms: public home and search, organisations, the desk, the five unifications."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from zhiheng.core.accounts.models import User
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.registry import queries as registry
from zhiheng.core.ui import dates
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.web import codes, desk_figures, queries, unification_sources

LATEST = 6
PRODUCTS_SHOWN = 200
OWN_DESKS = {"police": "justice:desk", "procurator": "justice:desk", "watcher": "watchers:mine"}
"""Roles whose desk is one room's; the others begin at the general one."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The public home: one large box, what was published lately, and what this is."""
    return render(request, "web/home.html", {"latest": queries.published()[:LATEST]})


@require_safe
def scan(request: HttpRequest) -> HttpResponse:
    """Read a code from a photograph, or type it."""
    return render(request, "web/scan.html")


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """A code leads to its page; a word to the organisations and products that have it in their names."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:500]
    if not text:
        return redirect("web:home")
    reading = codes.read(text)
    if reading.path:
        return redirect(reading.path)
    # A text that is a mistyped code is no name: say what is wrong with it, and search no further.
    found = queries.public_search(text[:100]) if not reading.fault else None
    return render(request, "web/search.html", {"q": text, "found": found, "fault": reading.fault})


def _published_table(request: HttpRequest) -> Table:
    return Table(
        request,
        "published",
        queries.published(),
        [
            Column("title", _("标题"), link=lambda row: codes.page_of(row)),
            Column("kind", _("类别"), value=lambda row: row.get_kind_display()),
            Column("published_from", _("公开日期"), sort="published_from"),
            Column(
                "published_until",
                _("公开至"),
                lambda row: dates.until(row.published_until) if row.published_until else None,
            ),
            Column("basis", _("依据")),
            Column("subject", _("对象"), hidden=True),
        ],
        search=lambda source, q: source.filter(title__icontains=q),
        filters=[
            Filter(
                "kind", _("类别"), Disclosure.Kind.choices, lambda source, value: source.filter(kind=value)
            )
        ],
        empty=_("作出公开决定的内容会列在这里。"),
    )


@require_safe
def published(request: HttpRequest) -> HttpResponseBase:
    """Everything that is public now."""
    table = _published_table(request)
    return table.export() or render(request, "web/published.html", {"table": table})


@require_safe
def disclosure(request: HttpRequest, pk: int) -> HttpResponse:
    """One thing that is public now; what is not, or no longer, is not found."""
    return render(request, "web/disclosure.html", {"item": get_object_or_404(queries.published(), pk=pk)})


@require_safe
def organisation(request: HttpRequest, uscc: str) -> HttpResponse:
    """An organisation as the public knows it: the register's public facts and what was disclosed."""
    found = registry.by_uscc([uscc.upper()]).get(uscc.upper())
    if found is None:
        raise Http404(_("没有这个统一社会信用代码的主体"))
    if found.uscc != uscc:  # typed in small letters, or merged into another
        return redirect("web:organisation", found.uscc)
    products = list(found.products.all()[: PRODUCTS_SHOWN + 1])
    context: dict[str, Any] = {
        "organisation": found,
        "names": found.names.all(),
        "products": products[:PRODUCTS_SHOWN],
        "more": len(products) > PRODUCTS_SHOWN,
        "published": queries.published(f"organisation:{found.uscc}"),
    }
    return render(request, "web/organisation.html", context)


@login_required
@require_safe
@never_cache
def desk(request: HttpRequest) -> HttpResponse:
    """Where a signed-in person begins: what concerns this role, and the doors to it."""
    assert isinstance(request.user, User)  # login_required
    if (own := OWN_DESKS.get(request.user.role)) is not None:
        return redirect(own)
    return render(request, "web/desk.html", desk_figures.for_user(request.user))


@require_safe
def unification(request: HttpRequest) -> HttpResponse:
    """The policy's five unifications (五统一), read from what the platform really runs on."""
    return render(request, "web/unification.html", {"parts": unification_sources.parts()})


@require_safe
def text(request: HttpRequest, page: str) -> HttpResponse:
    """One of the short standing pages."""
    return render(request, f"web/{page}.html")


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """Whether this process can serve: it answers, and its database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "database": "unreachable"}, status=503)
    return JsonResponse({"status": "ok", "database": "ok"})


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may read what is public; desks and interfaces are not for them."""
    lines = [
        "User-agent: *",
        "Disallow: /desk/",
        "Disallow: /accounts/",
        "Disallow: /api/",
        "Disallow: /epcis/",
        "Disallow: /complaints/new/",
        "Disallow: /complaints/draft/",
        "Disallow: /complaints/status/",
    ]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")
