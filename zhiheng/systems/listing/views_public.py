"""The public lists: who is on them now, with the fields the law lists. Kept by whoever asks again."""

from collections.abc import Callable
from datetime import datetime, time

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiheng.core.cases import offices
from zhiheng.core.cases import words as said
from zhiheng.core.ui import dates
from zhiheng.core.ui.kept import kept
from zhiheng.core.ui.tables import Column, Table
from zhiheng.systems.listing import queries, words
from zhiheng.systems.listing.models import Entry, Scheme


def _kept(request: HttpRequest, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """A page of the lists. Terms end at midnight, so it is never older than the last one."""
    midnight = datetime.combine(dates.today(), time(), dates.SHANGHAI)
    changed = max(queries.public_changed() or midnight, midnight)
    return kept(request, changed, make, changed=changed)


@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The lists and how many are on each now."""

    def make() -> HttpResponseBase:
        now = timezone.now()
        rows = [
            (scheme, label, queries.public_entries(now).filter(scheme=scheme).count())
            for scheme, label in Scheme.choices
        ]
        return render(request, "listing/lists.html", {"rows": rows})

    return _kept(request, make)


@require_safe
def show(request: HttpRequest, scheme: str) -> HttpResponseBase:
    """One list, as it is public now: searched by name or code, paged, exported."""
    if scheme not in Scheme.values:
        raise Http404
    shape = queries.shape(scheme)

    def shown(entry: Entry) -> str:
        return next((f["value"] for f in entry.disclosure.body["fields"] if f["zh"] == "当事人"), "")  # type: ignore[union-attr]

    def make() -> HttpResponseBase:
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
            "law": said.article(shape.cite),
            "scheme": scheme,
        }
        return table.export() or render(request, "listing/list.html", context)

    return _kept(request, make)
