"""The workbench's lists: my day, all cases, the month, how offices stand."""

import calendar as month_calendar
from collections import Counter as Count_
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import (
    calendars,
    handling,
    lists,
    offices,
    queries,
    running,
    showing,
    words,
)
from zhiheng.core.cases.models import Case, SavedFilter
from zhiheng.core.cases.views import integer, officer
from zhiheng.core.ui import dates
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.knowledge.law.load import law

DAY_SHOWN = 200  # clocks on "my day"; the list has the rest
FIGURE_DAYS = 365


# -- my day ---------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def day(request: HttpRequest) -> HttpResponse:
    """What is due today, soon and late on one's own desk, by procedure; for parties: their cases."""
    user = auth.me(request)
    if not user.may("cases.read"):
        return _party_list(request, user)
    now, calendar = timezone.now(), calendars.current()
    mine = queries.on_desk(user)
    groups: dict[str, dict[str, list[Any]]] = {}
    counts: Count_[str] = Count_()
    clocks = list(queries.running_clocks(mine)[: DAY_SHOWN + 1])
    for clock in clocks[:DAY_SHOWN]:
        course = running.course_of(clock.case)
        view = showing.clock_view(clock, course, now, calendar)
        counts[view.urgency] += 1
        groups.setdefault(course.key, {}).setdefault(view.urgency, []).append((clock.case, view))
    shown = [
        {
            "name": words.of(law().procedures[key]),
            "urgencies": [
                (urgency, showing.urgency_badge(urgency), by_urgency[urgency])
                for urgency in showing.URGENCY
                if urgency in by_urgency
            ],
        }
        for key, by_urgency in groups.items()
    ]
    office = queries.open_in_office(user)
    soon = now + timedelta(days=3)
    whole = office.aggregate(
        open=Count("pk"),
        late=Count("pk", filter=Q(due_at__lt=now)),
        free=Count("pk", filter=Q(handler=None)),
        soon=Count("pk", filter=Q(due_at__gte=now, due_at__lt=soon)),
    )
    context = {
        "groups": shown,
        "counts": counts,
        "office": offices.name(user.region) if user.region else "",
        "whole": whole,
        "more": len(clocks) > DAY_SHOWN,
        "notices": queries.notices_for(user).filter(read_at=None)[:20],
        "free": office.filter(handler=None).order_by("due_at")[:20] if user.may("cases.work") else [],
        "without": mine.filter(due_at=None).order_by("-received_at")[:20],
        "works": user.may("cases.work"),
    }
    return render(request, "cases/day.html", context)


def _party_list(request: HttpRequest, user: User) -> HttpResponse:
    auth.require(user, "cases.party") if not user.may("clues.give") else None
    table = _table(request, user, queries.visible_to(user), office=False)
    return render(
        request,
        "cases/party_list.html",
        {"table": table, "notices": queries.notices_for(user).filter(read_at=None)[:20]},
    )


# -- the list ------------------------------------------------------------------------------------------------------


def _due_filter(cases: QuerySet[Case], value: str) -> QuerySet[Case]:
    now = timezone.now()
    tonight = datetime.combine(
        dates.local(now).date() + timedelta(days=1), datetime.min.time(), dates.SHANGHAI
    )
    return {
        "late": cases.filter(closed_at=None, due_at__lte=now),
        "today": cases.filter(closed_at=None, due_at__gt=now, due_at__lte=tonight),
        "week": cases.filter(closed_at=None, due_at__gt=now, due_at__lte=now + timedelta(days=7)),
    }[value]


def _table(request: HttpRequest, user: User, cases: QuerySet[Case], *, office: bool) -> Table:
    procedures = [(key, words.of(one)) for key, one in law().procedures.items()]
    columns = [
        *lists.columns(office=office),
        Column("closed_at", _("办结时间"), sort="closed_at", hidden=True),
        Column("edition", _("适用版本"), hidden=True),
        Column("source", _("来源"), hidden=True),
        Column("reference", _("来源编号"), hidden=True),
    ]
    if not office:
        columns = [c for c in columns if c.key not in {"handler", "source"}]
    return Table(
        request,
        "cases",
        cases,
        columns,
        search=queries.matching,
        filters=[
            Filter("procedure", _("程序"), procedures, lambda s, v: s.filter(procedure=v)),
            lists.open_filter(),
            Filter(
                "due",
                _("期限"),
                [("late", _("已超期")), ("today", _("今天到期")), ("week", _("七天内到期"))],
                _due_filter,
            ),
            *(
                [
                    Filter(
                        "mine",
                        _("承办"),
                        [("mine", _("我的")), ("free", _("待指派")), ("office", _("本机关"))],
                        lambda s, v: s.filter(
                            {
                                "mine": Q(handler=user) | Q(second=user),
                                "free": Q(handler=None),
                                "office": Q(region=user.region),
                            }[v]
                        ),
                    )
                ]
                if office
                else []
            ),
        ],
        empty=_("收到的案件会列在这里。"),
    )


@login_required
@require_safe
def cases(request: HttpRequest) -> HttpResponseBase:
    """All cases a person sees: search, filters, saved views, bulk assignment, export."""
    user = officer(request)
    table = _table(request, user, queries.visible_to(user), office=True)
    context = {
        "table": table,
        "saved": SavedFilter.objects.filter(user=user),
        "works": user.may("cases.work"),
        "people": queries.colleagues(user.region) if user.may("cases.work") else [],
        "query": request.GET.urlencode(),
    }
    return table.export() or render(request, "cases/list.html", context)


@login_required
@require_POST
def save_filter(request: HttpRequest) -> HttpResponse:
    """Keep the view of the list that is in the address, under a name; the same name keeps the newest."""
    user = officer(request)
    name, query = request.POST.get("name", "").strip()[:60], request.POST.get("query", "")[:600]
    if name:
        SavedFilter.objects.update_or_create(user=user, name=name, defaults={"query": query})
        messages.success(request, _("已保存为“%(name)s”。") % {"name": name})
    return redirect(f"{reverse('cases:list')}?{query}")


@login_required
@require_POST
def drop_filter(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a kept view."""
    get_object_or_404(SavedFilter, pk=pk, user=officer(request)).delete()
    return redirect("cases:list")


@login_required
@require_POST
def assign_many(request: HttpRequest) -> HttpResponse:
    """Give the ticked cases to somebody; each that cannot be given is named with the reason."""
    user = officer(request)
    handler = queries.colleagues(user.region).filter(pk=integer(request.POST.get("handler")) or 0).first()
    ticked = [n for n in map(integer, request.POST.getlist("cases-row")) if n is not None]
    chosen = list(queries.visible_to(user).filter(pk__in=ticked)[:500])
    if handler is None or not chosen:
        messages.error(request, _("请勾选案件并选择承办人。"))
        return redirect("cases:list")
    done, refused = handling.assign_many(user, chosen, handler)
    if done:
        messages.success(
            request, _("%(n)d 件已指派给%(who)s。") % {"n": len(done), "who": handler.get_full_name()}
        )
    for case, problem in refused[:20]:
        messages.error(request, f"{case.number}：{problem.message}")
    return redirect(f"{reverse('cases:list')}?{request.POST.get('query', '')}")


# -- the calendar --------------------------------------------------------------------------------------------------


@login_required
@require_safe
def month(request: HttpRequest) -> HttpResponse:
    """The ends of one's own clocks in a month, and which days offices work."""
    user = officer(request)
    first = _month(request.GET.get("month"))
    after = (first + timedelta(days=32)).replace(day=1)
    begin = datetime.combine(first, datetime.min.time(), dates.SHANGHAI)
    end = datetime.combine(after, datetime.min.time(), dates.SHANGHAI)
    # A period that ends with a day is over at the midnight after it.
    moment = timedelta(seconds=1)
    clocks = queries.running_clocks(queries.on_desk(user)).filter(due_at__gt=begin, due_at__lte=end + moment)[
        :1000
    ]
    by_day: dict[date, list[Any]] = {}
    for clock in clocks:
        assert clock.due_at is not None
        by_day.setdefault(dates.local(clock.due_at - moment).date(), []).append(
            (clock.case, words.of(running.course_of(clock.case).clocks[clock.key]))
        )
    calendar, today = calendars.current(), dates.today()
    weeks = [
        [
            {
                "date": one,
                "here": one.month == first.month,
                "today": one == today,
                "due": by_day.get(one, []),
                "works": calendar.is_working(one),
                "holiday": calendar.holiday(one),
                "make_up": calendar.make_up(one),
            }
            for one in week
        ]
        for week in month_calendar.Calendar().monthdatescalendar(first.year, first.month)
    ]
    context = {
        "weeks": weeks,
        "first": first,
        "previous": (first - timedelta(days=1)).replace(day=1),
        "next": after,
        "published": calendar.known(first),
    }
    return render(request, "cases/month.html", context)


def _month(text: str | None) -> date:
    try:
        return date.fromisoformat(f"{text}-01") if text else dates.today().replace(day=1)
    except ValueError:
        raise Http404 from None


# -- figures ------------------------------------------------------------------------------------------------------


@login_required
@require_safe
def figures(request: HttpRequest) -> HttpResponseBase:
    """On-time rate, backlog and ageing of every office, for all procedures alike."""
    user = auth.me(request)
    auth.require(user, "cases.figures")
    now = timezone.now()
    level = queries.level_below(user)
    rows = queries.figures(user, now - timedelta(days=FIGURE_DAYS), now, level)
    table = Table(
        request,
        "figures",
        rows,
        [
            Column("region", _("机关"), lambda r: offices.name(r["region"]), sort="region"),
            Column(
                "procedure", _("程序"), lambda r: words.of(law().procedures[r["procedure"]]), sort="procedure"
            ),
            Column("received", _("收到"), sort="received", numeric=True),
            Column("closed", _("办结"), sort="closed", numeric=True),
            Column("open", _("在办"), sort="open", numeric=True),
            Column("late", _("在办超期"), sort="late", numeric=True),
            Column(
                "on_time",
                _("按期率 %"),
                lambda r: round(100 * r["on_time"] / r["stopped"], 1) if r["stopped"] else None,
                numeric=True,
            ),
            Column("stopped", _("已停止的期限"), sort="stopped", numeric=True),
            Column(
                "days",
                _("平均办理天数"),
                lambda r: round(r["days"], 1) if r["days"] is not None else None,
                numeric=True,
            ),
        ],
        filters=[
            Filter(
                "procedure",
                _("程序"),
                [(k, words.of(p)) for k, p in law().procedures.items()],
                lambda s, v: [r for r in s if r["procedure"] == v],
            )
        ],
        empty=_("有案件办理后才有数字。"),
    )
    by_city: dict[str, int] = {}
    for row in rows:
        by_city[row["region"]] = by_city.get(row["region"], 0) + row["late"]
    context = {
        "table": table,
        "ages": queries.ages(user, now),
        "days": FIGURE_DAYS,
        "map": by_city if level == 4 else None,
    }
    return table.export() or render(request, "cases/figures.html", context)
