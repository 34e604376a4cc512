"""Pages of what follows a check: the office's list, the chain of a batch, a firm's own results, the public's."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiheng.core.accounts import auth
from zhiheng.core.cases import offices, running, words
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.lists import columns
from zhiheng.core.cases.models import Case
from zhiheng.core.ui import dates
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.knowledge.law.load import law
from zhiheng.systems.inspection import queries_after as queries
from zhiheng.systems.inspection import queries_chain, rules_after, rules_stage
from zhiheng.systems.inspection.models import CheckResult, Sample
from zhiheng.systems.inspection.models.plan import Domain
from zhiheng.systems.inspection.queries import samples_visible_to


@login_required
@require_safe
def after(request: HttpRequest) -> HttpResponseBase:
    """What follows the checks of one's jurisdiction: what presses most before the others."""
    user = auth.me(request)
    auth.require(user, "cases.read")
    now = timezone.now()
    closed = request.GET.get("after-open") == "closed"
    source = cases.visible_to(user).filter(procedure__in=queries.AFTER, closed_at__isnull=not closed)
    stages = [(key, stage) for key, (stage, _states) in rules_stage.STAGES.items()]

    def risk(case: Case) -> Any:
        return badge(_("可能严重危害"), "bad") if case.values.get("high_risk") else None

    table = Table(
        request,
        "after",
        source.order_by(F("due_at").asc(nulls_last=True), "pk"),
        [
            Column("high_risk", _("风险"), risk),
            *columns(),
            Column("sample_no", _("抽样单号"), lambda c: c.values.get("sample_no", ""), hidden=True),
            Column("plan", _("抽查计划"), lambda c: c.values.get("plan", ""), hidden=True),
            Column("producer", _("标称生产者"), lambda c: c.values.get("producer_name", ""), hidden=True),
            Column("failing", _("不合格项目"), lambda c: c.values.get("failing", ""), hidden=True),
        ],
        search=cases.matching,
        filters=[
            Filter(
                "stage", _("阶段"), stages,
                lambda s, v: s.filter(state__in=rules_stage.STAGES[v][1]),
            ),
            Filter(
                "procedure", _("程序"), [(key, words.of(law().procedures[key])) for key in queries.AFTER],
                lambda s, v: s.filter(procedure=v),
            ),
            Filter("late", _("期限"), [("late", _("已超期"))], lambda s, v: s.filter(due_at__lt=now)),
            Filter("open", _("办理"), [("closed", _("办结"))], lambda s, v: s),
        ],
        empty=_("抽样以后的检验、告知、异议、改正、复查会列在这里。"),
    )  # fmt: skip
    counts = queries.stages(user, now)
    context = {
        "table": table,
        "stages": [(key, stage, *counts[key]) for key, stage in stages if counts[key][0]],
    }
    return table.export() or render(request, "inspection/after.html", context)


@login_required
@require_safe
def chain(request: HttpRequest, pk: int) -> HttpResponse:
    """What the chain says of the sampled batch: who made it, whether that is the nominal producer, who else has it."""
    user = auth.me(request)
    auth.require(user, "trace.explore")
    case: Case = get_object_or_404(cases.visible_to(user), pk=pk, procedure__in=queries.AFTER)
    one = queries.sample_of(case)
    if one is None or not cases.reads_whole(user, case):
        raise Http404
    context = {
        "case": case,
        "one": one,
        "answer": queries_chain.ask(one.code, one.producer, user) if one.code else None,
        "producer": one.producer.name if one.producer else one.producer_name,
    }
    return render(request, "inspection/after_chain.html", context)


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponseBase:
    """A firm's own samples: those taken from it and those that name it as producer, once it was told."""
    user = auth.me(request)
    auth.require(user, "cases.party")
    if user.organisation_id is None or user.may("inspection.test"):  # a laboratory's samples are at its desk
        raise Http404

    def conclusion(sample: Sample) -> Any:
        if sample.rectification is not None:  # known once officers decided by the report
            found = next((one for one in sample.reports.all() if one.decided_in_id is not None), None)
            return _result_of(found.conclusion in rules_after.PASSED) if found is not None else None
        said = (sample.case.values if sample.case else {}).get("conclusion")
        if said is None or (sample.case and sample.case.state in rules_stage.SHOWN_BEFORE_TOLD):
            return None
        overturned = sample.case is not None and sample.case.state in {"overturned", "annulled"}
        if overturned:
            return badge(_("原结论已改变"), "info")
        return _result_of(said == "pass")

    table = Table(
        request,
        "mine",
        samples_visible_to(user).select_related("case").prefetch_related("reports").order_by("-taken_at", "-pk"),
        [
            Column(
                "number", _("抽样单号"), sort="number", link=lambda s: reverse("cases:case", args=[s.belongs_to.pk])
            ),
            Column("product", _("产品"), sort="product"),
            Column("batch", _("生产日期或者批号")),
            Column("taken_at", _("抽样时间"), sort="taken_at"),
            Column("sampled", _("被抽样单位"), lambda s: s.organisation.name),
            Column("conclusion", _("结论"), conclusion),
            Column("state", _("状态"), lambda s: words.state(running.course_of(s.belongs_to), s.belongs_to.state)),
            Column("how", _("来源"), lambda s: _("复查") if s.rectification else _("监督抽查")),
            Column("plan", _("抽查计划"), lambda s: s.item.plan.title, hidden=True),
        ],
        search=lambda s, q: s.filter(product__icontains=q) | s.filter(number__icontains=q),
        empty=_("告知本单位的抽查结果会列在这里。"),
    )  # fmt: skip
    return table.export() or render(request, "inspection/mine.html", {"table": table})


@require_safe
def results(request: HttpRequest) -> HttpResponseBase:
    """The results that are public today, with the columns that notices have."""
    table = Table(
        request,
        "results",
        queries.public_results(timezone.now()),
        [
            Column("product", _("产品名称"), link=lambda r: reverse("web:disclosure", args=[r.disclosure_id])),
            Column("result", _("结论"), _result),
            Column("producer_name", _("标称生产企业名称")),
            Column("producer_address", _("标称生产企业地址"), hidden=True),
            Column("sampled_name", _("被抽样单位名称")),
            Column("spec", _("规格型号"), hidden=True),
            Column("brand", _("商标"), hidden=True),
            Column("batch", _("生产日期/批号")),
            Column("failing", _("不合格项目║检验结果║标准值")),
            Column("domain", _("领域"), lambda r: r.get_domain_display(), hidden=True),
            Column("plan", _("任务来源"), hidden=True),
            Column("laboratory", _("检验机构"), hidden=True),
            Column("platform", _("电商平台"), hidden=True),
            Column("office", _("组织机关"), lambda r: offices.name(r.region)),
            Column("published_on", _("公开日期"), sort="published_on"),
            Column("until", _("公开至"), _until),
            Column("basis", _("依据"), lambda r: r.disclosure.basis, hidden=True),
        ],
        search=queries.matching,
        filters=[
            Filter("result", _("结论"), CheckResult.Result.choices, lambda s, v: s.filter(result=v)),
            Filter("domain", _("领域"), Domain.choices, lambda s, v: s.filter(domain=v)),
        ],
        empty=_("依法公开的抽查结果会列在这里。"),
    )  # fmt: skip
    return table.export() or render(request, "inspection/results.html", {"table": table})


def _result_of(passed: bool) -> Any:
    return badge(_("合格"), "ok") if passed else badge(_("不合格"), "bad")


def _result(row: CheckResult) -> Any:
    return badge(row.get_result_display(), "ok" if row.result == "pass" else "bad")


def _until(row: CheckResult) -> Any:
    end = row.disclosure.published_until
    return dates.until(end) if end else None
