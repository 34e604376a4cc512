"""The ledger's page."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zhiheng.core.accounts import auth
from zhiheng.core.ledger import queries, words
from zhiheng.core.ledger.models import Entry
from zhiheng.core.problems import Problem
from zhiheng.core.ui.tables import Column, Filter, Table

ROOMS = [
    ("accounts", gettext_lazy("账号")),
    ("registry", gettext_lazy("主体与产品")),
    ("exchange", gettext_lazy("数据交换")),
    ("disclosure", gettext_lazy("信息公开")),
    ("epcis", gettext_lazy("追溯事件")),
]


def _search(source: QuerySet[Entry], q: str) -> QuerySet[Entry]:
    return source.filter(
        Q(subject__icontains=q)
        | Q(action__icontains=q)
        | Q(actor_name__icontains=q)
        | Q(detail_json__icontains=q)
    )


def _details(entry: Entry) -> str:
    return "；".join(f"{key}: {value}" for key, value in entry.detail.items() if value not in (None, "", []))


def _since(source: QuerySet[Entry], days: str) -> QuerySet[Entry]:
    return source.filter(at__gte=timezone.now() - timedelta(days=int(days)))


def index(request: HttpRequest) -> HttpResponseBase:
    """Search, filter and export of the entries one may read."""
    user = auth.me(request)
    auth.require(user, "ledger.read")
    table = Table(
        request,
        "ledger",
        queries.visible_to(user),
        [
            Column("seq", gettext_lazy("编号"), sort="seq", numeric=True),
            Column("at", gettext_lazy("时间"), sort="at"),
            Column(
                "actor_name",
                gettext_lazy("操作人"),
                value=lambda e: e.actor_name or _("系统"),
                sort="actor_name",
            ),
            Column("what", gettext_lazy("事项"), value=lambda e: words.action(e.action), sort="action"),
            Column("subject", gettext_lazy("对象"), sort="subject"),
            Column("look", gettext_lazy("查看个人信息"), sort="look"),
            Column("details", gettext_lazy("详情"), value=_details),
            # With these an export can be verified by anybody, without us.
            Column("action", gettext_lazy("事项代码"), hidden=True),
            Column("detail_json", gettext_lazy("详情原文"), hidden=True),
            Column("actor", gettext_lazy("操作人编号"), value=lambda e: e.actor_id, hidden=True),
            Column("previous_hash", gettext_lazy("前一条哈希"), hidden=True),
            Column("hash", gettext_lazy("哈希"), hidden=True),
        ],
        search=_search,
        filters=[
            Filter(
                "room", gettext_lazy("范围"), ROOMS, lambda s, value: s.filter(action__startswith=f"{value}.")
            ),
            Filter(
                "look",
                gettext_lazy("类别"),
                [("1", gettext_lazy("查看个人信息")), ("0", gettext_lazy("变更"))],
                lambda s, value: s.filter(look=value == "1"),
            ),
            Filter(
                "since",
                gettext_lazy("时间"),
                [
                    ("1", gettext_lazy("24 小时内")),
                    ("7", gettext_lazy("7 天内")),
                    ("30", gettext_lazy("30 天内")),
                ],
                _since,
            ),
        ],
        empty=gettext_lazy("有了操作，就会出现在这里。"),
    )
    context: dict[str, Any] = {"table": table, "all": queries.sees_all(user), "head": queries.head()}
    return table.export() or render(request, "ledger/index.html", context)


@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Walk the chain and say what was found."""
    user = auth.me(request)
    if not queries.sees_all(user):
        raise Problem("forbidden", _("只有审计人员和省级监管人员可以校验整条链。"), status=403)
    found = queries.verify()
    if found is None:
        messages.success(
            request, _("链条完整：共 %(seq)d 条，没有改动或缺失。") % {"seq": queries.head().seq}
        )
    else:
        messages.error(request, found.message)
    return redirect("ledger:index")
