"""The pages of enforcement. The case itself is on the engine's page; here is what it has no place for."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from zhiheng.core import files as filing
from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import documents, offices, running, words
from zhiheng.core.cases import queries as cases
from zhiheng.core.cases.lists import columns, open_filter
from zhiheng.core.cases.models import Case
from zhiheng.core.cases.views import officer, refuse
from zhiheng.core.crypto import mask_name
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.core.ui.series import listed
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.knowledge.law.load import law
from zhiheng.systems.enforcement import actions, forms, official, queries
from zhiheng.systems.enforcement.models import Evidence, Factor, PenaltyRecord, SealedItem
from zhiheng.systems.enforcement.panels import money, works

SHOWN = 8


def _whole(request: HttpRequest, pk: int) -> tuple[User, Case]:
    """A case that the reader reads as its office does."""
    user = officer(request)
    found: Case = get_object_or_404(queries.whole(user), pk=pk)
    return user, found


# -- the desk ------------------------------------------------------------------------------------------------


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The enforcement cases of one's jurisdiction by stage, and the doors to the rest."""
    user = officer(request)
    procedures = [(key, words.of(law().procedures[key])) for key in queries.OFFICE]
    states = law().procedures["penalty"].states
    counts = queries.stages(user)
    table = Table(
        request,
        "enforcement",
        queries.office_cases(user),
        columns(),
        search=cases.matching,
        filters=[
            Filter("procedure", _("程序"), procedures, lambda s, v: s.filter(procedure=v)),
            Filter(
                "state", _("处罚案件状态"), [(k, words.of(s)) for k, s in states.items()],
                lambda s, v: s.filter(procedure="penalty", state=v),
            ),
            open_filter(),
        ],
        empty=_("立案的处罚案件会列在这里。"),
    )  # fmt: skip
    context = {
        "table": table,
        "stages": [
            (key, words.of(state), counts.get(key, 0)) for key, state in states.items() if counts.get(key)
        ],
        "campaigns": queries.campaigns_visible_to(user)[:SHOWN],
        "listed": queries.supervised(user).filter(closed_at=None)[:SHOWN],
        "lapsing": queries.lapsing(timezone.now())
        .filter(case__in=queries.whole(user))
        .select_related("case")[:SHOWN],
        "head": user.may("cases.work") and user.has_duty("head"),
    }
    return table.export() or render(request, "enforcement/index.html", context)


def _undertakers(case: Case) -> str:
    return listed(offices.name(p.region) for p in case.parties.filter(key="undertaker"))


@login_required
@require_safe
def supervised(request: HttpRequest) -> HttpResponseBase:
    """Major cases listed for supervision: what the listing demands, and how it stands."""
    user = officer(request)

    def behind(case: Case) -> Any:
        due = queries.next_report(case)
        if due is None:
            return None
        return badge(_("已到报告日"), "warn") if due < dates.today() else due

    def demanded(case: Case) -> date | None:
        return date.fromisoformat(case.values["deadline"]) if case.values.get("deadline") else None

    table = Table(
        request,
        "supervised",
        queries.supervised(user),
        [
            Column("number", _("督办编号"), sort="number", link=lambda c: reverse("cases:case", args=[c.pk])),
            Column("matter", _("督办事项"), lambda c: c.values.get("matter") or c.title),
            Column("state", _("状态"), lambda c: words.state(running.course_of(c), c.state)),
            Column("office", _("挂牌机关"), lambda c: offices.name(c.region)),
            Column("undertaker", _("承办机关"), _undertakers),
            Column("deadline", _("办结期限（挂牌机关自定）"), demanded),
            Column("next", _("下次报告"), behind),
            Column("basis", _("依据文件"), lambda c: c.values.get("basis")),
        ],
        filters=[open_filter()],
        empty=_("挂牌督办的重大案件会列在这里。"),
    )  # fmt: skip
    return table.export() or render(request, "enforcement/supervised.html", {"table": table})


# -- campaigns -----------------------------------------------------------------------------------------------


def _figures_reader(request: HttpRequest) -> User:
    user = auth.me(request)
    if not user.may("cases.read"):
        auth.require(user, "cases.figures")
    return user


@login_required
@require_safe
def campaigns(request: HttpRequest) -> HttpResponseBase:
    """The campaigns of the offices above and below."""
    user = _figures_reader(request)
    table = Table(
        request,
        "campaigns",
        queries.campaigns_visible_to(user),
        [
            Column(
                "name", _("名称"), sort="name", link=lambda c: reverse("enforcement:campaign", args=[c.pk])
            ),
            Column("region", _("组织机关"), lambda c: offices.name(c.region)),
            Column("starts_on", _("开始"), sort="starts_on"),
            Column("ends_on", _("结束"), sort="ends_on"),
            Column("basis", _("依据文件")),
            Column("scope", _("范围和重点"), hidden=True),
        ],
        search=lambda s, q: s.filter(name__icontains=q),
        empty=_("部署的专项行动会列在这里。"),
    )
    context = {"table": table, "head": user.may("cases.work") and user.has_duty("head")}
    return table.export() or render(request, "enforcement/campaigns.html", context)


@login_required
def new_campaign(request: HttpRequest) -> HttpResponse:
    """Begin a campaign."""
    user = officer(request)
    form = forms.CampaignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.begin_campaign(user, **form.cleaned_data)
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已登记。"))
            return redirect("enforcement:campaign", made.pk)
    return _form(request, form, _("部署专项行动"), reverse("enforcement:campaigns"))


@login_required
@require_safe
def campaign(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A campaign: basis, scope, how its offices stand; and its cases that one may read."""
    user = _figures_reader(request)
    one = get_object_or_404(queries.campaigns_visible_to(user), pk=pk)
    table = Table(
        request,
        "progress",
        queries.progress(one, user),
        [
            Column("region", _("机关"), lambda r: offices.name(r["region"]), sort="region"),
            Column("n", _("案件"), sort="n", numeric=True),
            Column("decided", _("已作出处罚决定"), sort="decided", numeric=True),
            Column("closed", _("已结案"), sort="closed", numeric=True),
            Column("late", _("在办超期"), sort="late", numeric=True),
            Column("fine", _("罚款（元）"), lambda r: r["fine"] or 0, numeric=True),
            Column("confiscated", _("没收（元）"), lambda r: r["confiscated"] or 0, numeric=True),
        ],
        empty=_("各机关把案件计入后才有进度。"),
    )
    visible = cases.visible_to(user).filter(campaign__campaign=one)[:100] if user.may("cases.read") else []
    context = {"campaign": one, "office": offices.name(one.region), "table": table, "cases": visible}
    return table.export() or render(request, "enforcement/campaign.html", context)


# -- penalties: ours, and those sent in ----------------------------------------------------------------------


def _shown_name(row: PenaltyRecord) -> str:
    return mask_name(row.party_name) if row.category == "自然人" else row.party_name


@login_required
@require_safe
def penalties(request: HttpRequest) -> HttpResponseBase:
    """The penalties on record in one's jurisdiction; the official file is beside the list."""
    user = officer(request)
    now = timezone.now()

    def public(row: PenaltyRecord) -> Any:
        one = row.disclosure
        if one is None:
            return badge(_("未公示"), "muted")
        if one.withdrawn_at is not None:
            return badge(_("已停止公示"), "warn")
        over = one.published_until is not None and one.published_until <= now
        return badge(_("公示期满"), "muted") if over else badge(_("公示中"), "ok")

    def found(source: QuerySet[PenaltyRecord], q: str) -> QuerySet[PenaltyRecord]:
        return source.filter(decision_no__icontains=q) | source.filter(organisation__name__icontains=q)

    table = Table(
        request,
        "penalties",
        queries.penalties_visible_to(user),
        [
            Column(
                "decision_no", _("决定书文号"), sort="decision_no",
                link=lambda r: reverse("cases:case", args=[r.case_id]) if r.case_id else None,
            ),
            Column("party", _("行政相对人名称"), _shown_name),
            Column("kinds", _("处罚种类")),
            Column("fine", _("罚款（元）"), sort="fine", numeric=True),
            Column("decided_on", _("决定日期"), sort="decided_on"),
            Column("public", _("公示"), public),
            Column("published_until", _("公示至"), sort="published_until"),
            Column("authority", _("处罚机关"), hidden=True),
            Column("missing", _("双公示缺少的必填项"), lambda r: listed(official.missing(r))),
        ],
        search=found,
        filters=[
            Filter(
                "from", _("来源"), [("own", _("本平台作出")), ("sent", _("外部报入"))],
                lambda s, v: s.filter(case__isnull=v != "own"),
            )
        ],
        empty=_("作出的处罚决定会列在这里。"),
    )  # fmt: skip
    context = {"table": table, "may_export": user.may("personal_data.read")}
    return table.export() or render(request, "enforcement/penalties.html", context)


@login_required
@require_safe
def official_file(request: HttpRequest, form: str) -> HttpResponseBase:
    """One's office's own decisions in the official layout; it holds personal data, so it is a look in the ledger."""
    user = officer(request)
    auth.require(user, "personal_data.read")
    if form not in {"csv", "xlsx"}:
        raise Http404
    rows = list(queries.penalties_visible_to(user).filter(case__isnull=False, region=user.region))
    record(
        user,
        "enforcement.official_file",
        f"office:{user.region}",
        {"rows": len(rows), "form": form},
        look=True,
    )
    name = f"CF-{user.region}-{dates.today():%Y%m%d}.{form}"
    if form == "xlsx":
        return FileResponse(official.as_xlsx(rows), as_attachment=True, filename=name)
    response = HttpResponse(official.as_csv(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# -- evidence ------------------------------------------------------------------------------------------------


def _look(user: User, case: Case) -> None:
    record(user, "enforcement.evidence_look", case.key, look=True)


@login_required
@require_safe
def register(request: HttpRequest, pk: int) -> HttpResponse:
    """The register of evidence, to read and to print."""
    user, case = _whole(request, pk)
    _look(user, case)
    return render(request, "enforcement/register.html", _register(user, case))


def _register(user: User, case: Case) -> dict[str, Any]:
    kinds = running.course_of(case).procedure.fields["evidence_kind"].choices
    rows = [(one, words.of(kinds[one.kind])) for one in queries.evidence_of(case)]
    return {
        "case": case, "rows": rows, "works": works(user, case), "office": offices.name(case.region),
        "may_collect": works(user, case) and case.state == "investigating",
    }  # fmt: skip


@login_required
@require_POST
def verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Check every file of the register against its hash."""
    user, case = _whole(request, pk)
    told = actions.verify_files(user, case)
    context = _register(user, case) | {
        "verified": told, "wrong": sum(bool(fault) for _file, fault in told), "at": timezone.now()
    }  # fmt: skip
    return render(request, "enforcement/register.html", context)


@login_required
@require_safe
def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """One item: what it is, its files, and the chain of custody."""
    user = officer(request)
    one = get_object_or_404(queries.evidence_visible_to(user), pk=pk)
    _look(user, one.case)
    kinds = running.course_of(one.case).procedure.fields["evidence_kind"].choices
    context = {
        "one": one, "case": one.case, "kind": words.of(kinds[one.kind]), "works": works(user, one.case),
        "chain": one.chain.select_related("by"), "files": one.files.select_related("file"),
    }  # fmt: skip
    return render(request, "enforcement/evidence.html", context)


@login_required
def evidence_enter(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Add a link of custody, or files."""
    user = officer(request)
    one = get_object_or_404(queries.evidence_visible_to(user), pk=pk)
    actions.must_work(user, one.case, open_only=False)
    data, sent = request.POST or None, request.FILES or None
    if what == "custody":
        form: Any = forms.CustodyForm(data)
        title = _("登记保管环节")
    elif what == "files":
        form, title = forms.MoreFilesForm(data, sent), _("补充文件")
    else:
        raise Http404
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            if what == "custody":
                event, at = given.pop("event"), given.pop("at")
                actions.hand_on(user, one, event, at, **given)
            else:
                actions.add_files(
                    user, one, [filing.accept(f.name, f.read(), strip=False) for f in given["files"]]
                )
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已登记。"))
            return redirect("enforcement:evidence", one.pk)
    return _form(request, form, title, reverse("enforcement:evidence", args=[one.pk]), one.case)


@login_required
def strike(request: HttpRequest, what: str, pk: int) -> HttpResponse:
    """Strike an entry with a reason; nothing is removed."""
    user = officer(request)
    kinds: dict[str, Any] = {"evidence": Evidence, "item": SealedItem, "factor": Factor}
    if what not in kinds:
        raise Http404
    one = get_object_or_404(kinds[what].objects.select_related("case"), pk=pk, case__in=queries.whole(user))
    actions.must_work(user, one.case)
    back = reverse("cases:case", args=[one.case_id])
    form = forms.StrikeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.strike(user, one, form.cleaned_data["why"])
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已划去，原记录仍可查阅。"))
            return redirect(back)
    return _form(request, form, _("划去"), back, one.case)


# -- entering things into a case -----------------------------------------------------------------------------


@login_required
def enter(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """The room's small forms of a case: answers, factors, discussions, goods, instalments, campaign, listing, court."""
    user, case = _whole(request, pk)
    if what == "court":
        return court(request, case)
    if what == "instalments":
        return instalments(request, user, case)
    if what == "listing":
        return listing(request, user, case)
    actions.must_work(user, case)  # nobody fills in a form that would be refused
    data = request.POST or None
    doors: dict[str, tuple[str, Callable[[], Any], Callable[[dict[str, Any]], Any]]] = {
        "limitation": (
            _("答复追责时效"), lambda: forms.LimitationForm(data),
            lambda given: actions.answer_limitation(user, case, given["answer"], given["day"], given["reason"]),
        ),
        "factor": (
            _("登记裁量因素"), lambda: forms.FactorForm(data), lambda given: actions.add_factor(user, case, **given)
        ),
        "discussion": (
            _("登记集体讨论"), lambda: forms.DiscussionForm(data),
            lambda given: actions.add_discussion(user, case, **given),
        ),
        "item": (_("登记物品"), lambda: forms.ItemForm(data), lambda given: actions.add_item(user, case, **given)),
        "campaign": (
            _("计入专项行动"), lambda: forms.AttachForm(data, campaigns=queries.campaigns_visible_to(user)),
            lambda given: actions.attach(user, case, given["campaign"]),
        ),
    }  # fmt: skip
    if what not in doors:
        raise Http404
    title, make, act = doors[what]
    form = make()
    back = reverse("cases:case", args=[case.pk])
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已登记。"))
            return redirect(back)
    return _form(request, form, title, back, case)


def _form(
    request: HttpRequest, form: Any, title: str, back: str, case: Case | None = None, **more: Any
) -> HttpResponse:
    context = {"form": form, "title": title, "back": back, "case": case, **more}
    return render(request, "enforcement/form.html", context, status=422 if form.errors else 200)


def listing(request: HttpRequest, user: User, case: Case) -> HttpResponse:
    """List a case from above: the listing's own page goes on from here."""
    if request.method != "POST":
        raise Http404
    made = actions.list_case(user, case)
    messages.success(request, _("已提出挂牌，请负责人决定。"))
    return redirect("cases:case", made.pk)


def instalments(request: HttpRequest, user: User, case: Case) -> HttpResponse:
    """The head agrees to payment in parts."""
    account = queries.account(case)
    if account is None:
        raise Http404
    actions.must_work(user, case)
    form, parts = forms.PlanForm(request.POST or None), forms.Parts(request.POST or None, prefix="part")
    if request.method == "POST" and form.is_valid() and parts.is_valid():
        plan = [(p["due_on"], p["amount"]) for p in parts.cleaned_data if p and p["due_on"] and p["amount"]]
        try:
            actions.agree_instalments(user, case, plan, form.cleaned_data["reason"])
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已同意分期缴纳。"))
            return redirect("cases:case", case.pk)
    back = reverse("cases:case", args=[case.pk])
    context = {"form": form, "parts": parts, "owed": money(account.remainder), "case": case, "back": back}
    status = 422 if form.errors or (parts.is_bound and not parts.is_valid()) else 200
    return render(request, "enforcement/instalments.html", context, status=status)


def court(request: HttpRequest, case: Case) -> HttpResponse:
    """The documents of the file that an application to the court rests on."""
    shapes = running.course_of(case).documents
    rows = [(words.of(shapes[kind]), made) for kind, made in queries.court_pack(case)]
    account = queries.account(case)
    context = {
        "case": case,
        "rows": rows,
        "account": account,
        "owed": money(account.remainder) if account else "",
    }
    return render(request, "enforcement/court.html", context)


@login_required
@require_safe
def court_zip(request: HttpRequest, pk: int) -> HttpResponse:
    """The same documents in one file, with a list of their hashes."""
    _user, case = _whole(request, pk)
    out, lines = io.BytesIO(), []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for place, (_kind, made) in enumerate(queries.court_pack(case), 1):
            if made is None:
                continue
            if made.signed is not None:
                data = filing.load(made.signed.sha256)
                suffix = made.signed.content_type.rsplit("/", 1)[-1].replace("jpeg", "jpg")
            else:
                data, suffix = documents.pdf(made, case), "pdf"
            name = f"{place:02d} {made.title}.{suffix}"
            pack.writestr(name, data)
            lines.append(f"{hashlib.sha256(data).hexdigest()}  {name}")
        pack.writestr("SHA256SUMS.txt", "\n".join([*lines, ""]))
    response = HttpResponse(out.getvalue(), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="court-{case.pk}.zip"'
    return response
