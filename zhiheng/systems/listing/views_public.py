"""The public lists: who is on them now, with the fields the law lists. Kept by whoever asks again."""

import hashlib
from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_safe

from zhiheng import __version__
from zhiheng.core.cases import offices
from zhiheng.core.ui import dates
from zhiheng.core.ui.tables import Column, Table
from zhiheng.systems.listing import queries, words
from zhiheng.systems.listing.models import Entry, Scheme


def last_modified(request: HttpRequest, *args: Any, **kwargs: Any) -> datetime:
    """When the lists last changed; terms end at midnight, so never older than the last one."""
    midnight = datetime.combine(dates.today(), time(), dates.SHANGHAI)
    return max(queries.public_changed() or midnight, midnight)


def etag(request: HttpRequest, *args: Any, **kwargs: Any) -> str:
    """What a page is made of: the state of the lists, address, language, theme and reader."""
    parts = (
        __version__, last_modified(request).isoformat(), request.get_full_path(), get_language() or "",
        request.COOKIES.get("theme", ""), str(request.user.pk or ""),
    )  # fmt: skip
    return f'"{hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]}"'


def cacheable(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer 304 to who has it already. Everybody asks again: what was taken off is gone at once."""

    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = condition(etag, last_modified)(view)(request, *args, **kwargs)
        if response.status_code in (200, 304):
            signed_in = request.user.is_authenticated
            response["Cache-Control"] = "private, no-cache" if signed_in else "public, no-cache"
            patch_vary_headers(response, ("Cookie", "Accept-Language"))
        return response

    return answer


@require_safe
@cacheable
def index(request: HttpRequest) -> HttpResponse:
    """The lists and how many are on each now."""
    now = timezone.now()
    rows = [
        (scheme, label, queries.public_entries(now).filter(scheme=scheme).count())
        for scheme, label in Scheme.choices
    ]
    return render(request, "listing/lists.html", {"rows": rows})


@require_safe
@cacheable
def show(request: HttpRequest, scheme: str) -> HttpResponseBase:
    """One list, as it is public now: searched by name or code, paged, exported."""
    if scheme not in Scheme.values:
        raise Http404
    shape = queries.shape(scheme)

    def shown(entry: Entry) -> str:
        return next((f["value"] for f in entry.disclosure.body["fields"] if f["zh"] == "当事人"), "")  # type: ignore[union-attr]

    table = Table(
        request, "list", queries.public_entries(timezone.now()).filter(scheme=scheme),
        [
            Column("party", _("当事人"), shown, link=lambda e: reverse("web:disclosure", args=[e.disclosure_id])),
            Column("uscc", _("统一社会信用代码"), lambda e: e.organisation.uscc if e.organisation else ""),
            Column("conduct", _("列入事由"), words.conduct),
            *(
                [Column("penalty_no", _("行政处罚决定书文号"), lambda e: e.case.values.get("penalty_no"))]
                if scheme == Scheme.SERIOUS else []
            ),
            Column("listed_on", _("列入日期"), sort="listed_on"),
            *([Column("removal_on", _("期满移出日"), sort="removal_on")] if scheme == Scheme.SERIOUS else []),
            Column("region", _("列入机关"), lambda e: offices.name(e.region)),
        ],
        search=lambda s, q: s.filter(organisation__name__icontains=q) | s.filter(organisation__uscc=q.upper()),
        empty=_("现在没有公示的。"),
    )  # fmt: skip
    context = {
        "table": table,
        "name": dict(Scheme.choices)[scheme],
        "law": words.article(shape.cite),
        "scheme": scheme,
    }
    return table.export() or render(request, "listing/list.html", context)
