"""Risk classes: for officers with ``credit.read``; never for the public or the organisation (CRD-040: internal)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.facts.models import Standing
from zhiheng.core.ui import dates
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.systems.credit import classes, queries, scoring, words
from zhiheng.systems.credit.models import Change, Run
from zhiheng.systems.credit.scoring import Line, Rule
from zhiheng.systems.credit.views_file import found_or_404

SHOWN = 20
STABLE, SHIFTED = 0.1, 0.25


def _reader(request: HttpRequest) -> User:
    user = auth.me(request)
    auth.require(user, "credit.read")
    return user


def reason(rule: Rule) -> str:
    """A rule in the reader's language."""
    return rule.zh if (get_language() or "zh").startswith("zh") else rule.en


def reading(psi: float | None) -> Any:
    """What a stability index says, by custom."""
    if psi is None:
        return None
    text, look = (_("稳定"), "ok")
    if psi >= SHIFTED:
        text, look = (_("分布已变，须查明原因"), "bad")
    elif psi >= STABLE:
        text, look = (_("有变化，须留意"), "warn")
    return {"value": f"{psi:.3f}", "text": text, "look": look}


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponseBase:
    """How many organisations of the jurisdiction are of each class, the runs with their drift, and the rules."""
    user = _reader(request)
    counts = queries.class_counts(user)
    total = sum(counts.values())
    runs = list(Run.objects.filter(finished_at__isnull=False).select_related("by")[:SHOWN])
    table = scoring.table()
    named = [(key, text) for key, (text, _look) in words.CLASSES.items()]
    changes = Table(
        request, "changes", queries.class_changes(user),
        [
            Column("day", _("计算日"), lambda c: c.run.day),
            Column(
                "organisation", _("主体"), lambda c: c.organisation.name,
                link=lambda c: reverse("credit:class", args=[c.organisation.uscc]),
            ),
            Column("was", _("原类别"), lambda c: words.risk_class(c.was)),
            Column("value", _("现类别"), lambda c: words.risk_class(c.value)),
            Column("points", _("分值"), numeric=True),
        ],
        filters=[
            Filter("value", _("现类别"), named, lambda s, v: s.filter(value=v))
        ],
        empty=_("类别有变动的主体会列在这里。"),
    )  # fmt: skip
    context = {
        "table": changes, "total": total, "runs": [(one, reading(one.psi)) for one in runs], "edition": table.edition,
        "counts": [(words.risk_class(value), counts.get(value, 0), value) for value, _least in table.classes],
        "base": table.base, "classes": table.classes, "may_run": user.role == "province",
        "rules": [(reason(one), one) for one in table.rules],
    }  # fmt: skip
    return changes.export() or render(request, "credit/classes.html", context)


@login_required
@require_POST
def compute(request: HttpRequest) -> HttpResponseBase:
    """Compute all classes now (the province); a large register is left to the night."""
    user = _reader(request)
    auth.require(user, "accounts.manage")
    run = classes.begin(user, dates.today())
    more = classes.chunk(run)
    messages.success(request, _("已开始计算；夜间或者用命令行算完。") if more else _("已算完。"))
    return redirect("credit:classes")


@login_required
@require_safe
def explain(request: HttpRequest, uscc: str) -> HttpResponseBase:
    """Why an organisation is of its class: a line for each fact, and what would change it."""
    user, today = _reader(request), dates.today()
    found = found_or_404(user, uscc)
    facts = classes.said(found)
    points, value, lines = scoring.score(facts, today)
    seen = scoring.outlook(facts, today)
    table = Table(
        request, "lines", lines,
        [
            Column("rule", _("规则"), lambda line: reason(line.rule)),
            Column("on", _("日期"), lambda line: line.fact.on),
            Column("title", _("事由"), lambda line: line.fact.title),
            Column("number", _("文号或者编号"), lambda line: line.fact.number),
            Column("full", _("起始分值"), lambda line: line.rule.points, numeric=True),
            Column("points", _("今天的分值"), lambda line: round(line.points, 2), numeric=True),
            Column("until", _("减至零的日期"), lambda line: line.until or _("一直计入")),
        ],
        empty=_("没有影响分值的事实，按基础分值分类。"),
    )  # fmt: skip
    context = {
        "organisation": found, "table": table, "points": points, "value": value, "base": scoring.table().base,
        "standing": Standing.objects.filter(organisation=found, scheme=classes.SCHEME).first(),
        "changes": Change.objects.filter(organisation=found).select_related("run")[:SHOWN],
        "by_itself": seen.by_itself, "without": [(_named(line), then) for line, then in seen.without],
        "one_more": [(reason(rule), then) for rule, then in seen.one_more],
    }  # fmt: skip
    return table.export() or render(request, "credit/class.html", context)


def _named(line: Line) -> str:
    return f"{reason(line.rule)} · {line.fact.on} · {line.fact.number or line.fact.title}"
