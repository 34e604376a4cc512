"""The officers' pages of disclosure; the web room draws what the public sees from ``queries.public``."""

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.accounts.rules import covers
from zhiheng.core.disclosure import actions, queries, rules
from zhiheng.core.disclosure.forms import PublishForm, WithdrawForm
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.problems import Problem
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge

STATES = {
    "public": (gettext_lazy("公开中"), "ok"),
    "before": (gettext_lazy("未到公开时间"), "info"),
    "after": (gettext_lazy("已到期"), "muted"),
    "withdrawn": (gettext_lazy("已撤回"), "warn"),
    "hidden": (gettext_lazy("暂时屏蔽"), "warn"),
}


def _officer(request: HttpRequest) -> User:
    user = auth.me(request)
    if not user.is_officer:
        raise Problem(
            "forbidden", _("此页供监管人员使用。"), status=403, remedy=_("公开的内容请在公众页面查看。")
        )
    return user


def _search(source: QuerySet[Disclosure], q: str) -> QuerySet[Disclosure]:
    return source.filter(Q(title__icontains=q) | Q(subject__icontains=q) | Q(basis__icontains=q))


def _in_state(source: QuerySet[Disclosure], value: str) -> QuerySet[Disclosure]:
    now = timezone.now()
    if value == "withdrawn":
        return source.exclude(withdrawn_at=None)
    source = source.filter(withdrawn_at=None)
    if value == "before":
        return source.filter(published_from__gt=now)
    if value == "after":
        return source.filter(published_until__lte=now)
    return source.filter(pk__in=queries.public(now).values("pk"))


def index(request: HttpRequest) -> HttpResponseBase:
    """What is, was and will be public in one's jurisdiction."""
    user = _officer(request)
    now = timezone.now()
    table = Table(
        request,
        "disclosures",
        queries.visible_to(user),
        [
            Column(
                "title",
                gettext_lazy("标题"),
                sort="title",
                link=lambda row: reverse("disclosure:detail", args=[row.pk]),
            ),
            Column("kind", gettext_lazy("类别"), value=lambda row: row.get_kind_display(), sort="kind"),
            Column("subject", gettext_lazy("对象"), sort="subject"),
            Column("state", gettext_lazy("状态"), value=lambda row: badge(*STATES[rules.state(row, now)])),
            Column("published_from", gettext_lazy("公开起始"), sort="published_from"),
            Column("published_until", gettext_lazy("公开截止"), sort="published_until"),
            Column("basis", gettext_lazy("公开依据"), hidden=True),
            Column(
                "decided_by", gettext_lazy("决定人"), value=lambda row: row.decided_by.username, hidden=True
            ),
            Column("withdrawn_why", gettext_lazy("撤回原因"), hidden=True),
        ],
        search=_search,
        filters=[
            Filter(
                "kind", gettext_lazy("类别"), Disclosure.Kind.choices, lambda s, value: s.filter(kind=value)
            ),
            Filter(
                "state", gettext_lazy("状态"), [(key, words[0]) for key, words in STATES.items()], _in_state
            ),
        ],
        empty=gettext_lazy("本辖区还没有公开任何内容。"),
    )
    context = {"table": table, "may_decide": user.may("disclosure.decide")}
    return table.export() or render(request, "disclosure/index.html", context)


def new(request: HttpRequest) -> HttpResponse:
    """Publish something."""
    user = _officer(request)
    auth.require(user, "disclosure.decide")
    given = {key: request.GET[key] for key in ("kind", "subject", "title") if key in request.GET}
    form = PublishForm(request.POST or None, initial=given)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            disclosure = actions.publish(
                user,
                data["kind"],
                data["subject"],
                data["title"],
                {"text": data["text"]} if data["text"] else {},
                data["basis"],
                data["published_from"],
                data["published_until"],
            )
        except Problem as problem:
            form.add_error(None, f"{problem.message} {problem.remedy}")
        else:
            messages.success(request, _("已公开。"))
            return redirect("disclosure:detail", disclosure.pk)
    return render(request, "disclosure/new.html", {"form": form})


def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One disclosure; a POST withdraws it."""
    user = _officer(request)
    disclosure: Disclosure = get_object_or_404(queries.visible_to(user), pk=pk)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST":
        auth.require(user, "disclosure.decide")
        if form.is_valid():
            actions.withdraw(user, disclosure, form.cleaned_data["why"])
            messages.success(request, _("已撤回，公众不再看到。"))
            return redirect("disclosure:detail", disclosure.pk)
    label, kind = STATES[rules.state(disclosure, timezone.now())]
    may = (
        user.may("disclosure.decide") and covers(user, disclosure.region) and disclosure.withdrawn_at is None
    )
    context = {
        "disclosure": disclosure,
        "form": form,
        "may_withdraw": may,
        "state": {"label": label, "kind": kind},
    }
    return render(request, "disclosure/detail.html", context)
