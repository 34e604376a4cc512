"""Filing by a citizen: one thing a page, no account, no JavaScript needed. Deciding is in rules, drafts and actions."""

import csv
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from zhiheng.core import files as filing
from zhiheng.core.cases import offices
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates, regions
from zhiheng.knowledge.codes.identify import identify
from zhiheng.knowledge.law.load import law
from zhiheng.systems.complaints import actions, drafts, forms, limits, queries, rules, words
from zhiheng.systems.complaints.models import Draft
from zhiheng.trace import labels, reading, resolver

COOKIE = "complaint"
TITLES = {
    "want": gettext_lazy("您要做什么"), "who": gettext_lazy("商家是谁"), "write": gettext_lazy("商家是谁"),
    "where": gettext_lazy("在哪里买的"), "place": gettext_lazy("商家在哪里"), "platform": gettext_lazy("哪个平台"),
    "purchase": gettext_lazy("买了什么"), "what": gettext_lazy("发生了什么"), "evidence": gettext_lazy("证据"),
    "you": gettext_lazy("您是谁"), "check": gettext_lazy("提交前看一遍"),
}  # fmt: skip


@require_safe
@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """What can be done here and what not; the way in."""
    context = {
        "draft": _draft(request),
        "q": request.GET.get("q", "")[:300],
        "digests": queries.digests()[:3],
    }
    return render(request, "complaints/start.html", context)


def _draft(request: HttpRequest) -> Draft | None:
    return drafts.find(request.COOKIES.get(COOKIE, ""))


def _open(request: HttpRequest) -> tuple[Draft, drafts.Answers] | None:
    """The draft of this browser, not sent yet."""
    draft = _draft(request)
    kept = drafts.answers(draft) if draft else {}
    return (draft, kept) if draft and "receipt" not in kept else None


def _remember(response: HttpResponse, secret: str) -> HttpResponse:
    """The draft's secret in a cookie that ends with the browser: a shared computer keeps nothing."""
    response.set_cookie(
        COOKIE, secret, path="/complaints/", httponly=True, samesite="Lax", secure=settings.TLS
    )  # fmt: skip
    return response


def _to(page: str, **query: str) -> HttpResponse:
    name = page if page in {"who", "check"} else "page"
    where = reverse(f"complaints:{name}", args=[] if name != "page" else [page])
    return redirect(f"{where}?{urlencode(query)}" if query else where)


def _frame(kept: drafts.Answers, page: str) -> dict[str, Any]:
    """What all pages of a filing show: where one is, and the way back."""
    order = [*rules.pages(kept), "check"]
    at = order.index(page) if page in order else 0
    before = order[at - 1] if at else ""
    return {
        "page": page, "title": TITLES[page], "number": at + 1, "count": len(order), "kept": kept,
        "back": _address(before) if before else reverse("complaints:start"),
    }  # fmt: skip


def _address(page: str) -> str:
    return (
        reverse(f"complaints:{page}") if page in {"who", "check"} else reverse("complaints:page", args=[page])
    )


@never_cache
def page(request: HttpRequest, key: str) -> HttpResponse:
    """One page of questions."""
    if key not in forms.FORMS:
        raise Http404
    opened = _open(request)
    kept = opened[1] if opened else {}
    if opened is None and key != "want":
        return redirect("complaints:start")
    if key not in rules.pages(kept):
        return _to(rules.next_page(kept))
    form = forms.FORMS[key](*sent(request), kept=kept)
    draft = opened[0] if opened else None
    if request.method == "POST" and form.is_valid():
        if key == "evidence" and draft is not None:
            return _evidence(request, draft, form)
        secret = ""
        if draft is None:
            limits.count(request, "draft", limits.DRAFTS)
            draft, secret = drafts.start()
        answers = drafts.save(draft, key, form.answers())
        after = rules.next_page(answers)
        q = request.POST.get("q", "").strip()[:300]
        response = _to(after, q=q) if after == "who" and q else _to(after)
        return _remember(response, secret) if secret else response
    context = _frame(kept, key) | {"form": form, "q": request.GET.get("q", "")[:300]}
    if key == "evidence" and draft is not None:
        context["files"] = draft.files.defer("data")
    return render(request, "complaints/page.html", context, status=422 if form.errors else 200)


def _evidence(request: HttpRequest, draft: Draft, form: Any) -> HttpResponse:
    """Keep the files sent; stay on the page when there were any, so that one sees what was taken."""
    sent = form.cleaned_data["files"]
    refused: list[Problem] = []
    for one in sent:
        limits.count(request, "upload", limits.UPLOADS)
        try:
            if one.size > filing.MAX_BYTES:
                raise Problem(
                    "file_too_large",
                    _("“%(name)s”超过 %(most)d MB。")
                    % {"name": one.name[-60:], "most": filing.MAX_BYTES // 2**20},
                    status=413,
                    remedy=_("请压缩或拆分后再传。"),
                )
            drafts.add_file(draft, filing.accept(one.name, one.read(), strip=True))
        except Problem as problem:
            refused.append(problem)
    answers = drafts.save(draft, "" if sent else "evidence", {"share": bool(form.cleaned_data.get("share"))})
    if not sent:
        return _to(rules.next_page(answers))
    for one in refused:
        form.add_error("files", f"{one.message} {one.remedy}")
    if refused:
        context = _frame(answers, "evidence") | {"form": form, "files": draft.files.defer("data")}
        return render(request, "complaints/page.html", context, status=422)
    return _to("evidence")


@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file out of the draft."""
    opened = _open(request)
    if opened:
        drafts.drop_file(opened[0], pk)
    return _to("evidence")


# -- who --------------------------------------------------------------------------------------------------------


@never_cache
def who(request: HttpRequest) -> HttpResponse:
    """Find the business: by name, or by the code of a product, typed or photographed; or write it oneself."""
    opened = _open(request)
    if opened is None:
        return redirect("complaints:start")
    draft, kept = opened
    if request.FILES.get("photo"):
        return _photo(request, kept)
    q = (request.POST.get("q") or request.GET.get("q") or "").replace("\x00", "").strip()[:300]
    found = _found(q)
    choice = request.POST.get("choice", "")
    if request.method == "POST" and choice:
        answers = _chosen(choice, found)
        if answers is not None:
            return _to(rules.next_page(drafts.save(draft, "who", answers)))
        found["problem"] = _("请选择一个。")
    elif request.method == "POST":
        return _to("who", q=q) if q else _to("who")
    context = _frame(kept, "who") | found | {"q": q}
    return render(request, "complaints/who.html", context, status=422 if request.method == "POST" else 200)


def _photo(request: HttpRequest, kept: drafts.Answers) -> HttpResponse:
    limits.count(request, "upload", limits.UPLOADS)
    upload: Any = request.FILES["photo"]
    try:
        reading.refuse_size(upload.size or 0)
        texts = [one.code for one in reading.read_image(upload.read())]
        links = [link for text in texts if (link := identify(text).forms.get("digital_link"))]
        if not links:
            raise Problem(
                "no_code", _("照片里没有读出商品的码。"),
                remedy=_("靠近一些、避开反光再拍，或输入码下面的数字，或按名称找商家。"),
            )  # fmt: skip
    except Problem as problem:
        context = _frame(kept, "who") | {"problem": f"{problem.message} {problem.remedy}"}
        return render(request, "complaints/who.html", context, status=422)
    return _to("who", q=max(links, key=len))  # a label has often two codes: the longer one says more


def _found(q: str) -> dict[str, Any]:
    """What a text leads to: a product with its maker and public chain, or organisations."""
    if not q:
        return {}
    known = identify(q)
    if not known.errors and known.kind == "uscc":
        one = queries.organisation(known.forms["uscc"])
        return {"organisations": [one] if one else [], "nothing": one is None}
    if known.forms.get("digital_link") and not known.errors:
        try:
            code = resolver.product_code(q)
            story = resolver.public_story(code, timezone.now())
        except Problem as problem:
            return {"problem": f"{problem.message} {problem.remedy}"}
        named = {s.organisation.uscc: s.organisation for s in story.steps if s.organisation}
        if story.producer:
            named.pop(story.producer.uscc, None)
        return {"story": story, "code": code, "named": list(named.values())}
    found = queries.organisations(q)
    return {"organisations": found, "nothing": not found}


def _chosen(choice: str, found: dict[str, Any]) -> drafts.Answers | None:
    """The answers that a choice makes: who, and what product where a code brought it."""
    story = found.get("story")
    answers: drafts.Answers = {"q": "", "code": "", "gtin": ""}
    if story is not None and story.product is not None:
        tail = f"/21/{story.serial}" if story.serial else f"/10/{story.lot}" if story.lot else ""
        answers |= {
            "code": f"/01/{story.gtin}{tail}"[:300], "gtin": story.gtin,
            "product": f"{story.product.name} {story.product.spec}".strip()[:200],
            "category": rules.OF_PRODUCT.get(story.product.category, "other"),
        }  # fmt: skip
    if choice == "write":
        return answers | {"who": "write", "uscc": "", "domicile": ""}
    organisation = queries.organisation(choice[:18])
    if organisation is None:
        return None
    return answers | {
        "who": "found", "uscc": organisation.uscc, "respondent": organisation.name, "respondent_address": "",
        "domicile": organisation.region,
    }  # fmt: skip


# -- later ------------------------------------------------------------------------------------------------------


@require_safe
@never_cache
def later(request: HttpRequest) -> HttpResponse:
    """The secret link by which one goes on later."""
    opened = _open(request)
    if opened is None:
        return redirect("complaints:start")
    link = settings.BASE_URL + reverse("complaints:resume", args=[request.COOKIES[COOKIE]])
    context = {
        "link": link,
        "until": opened[0].expires_at,
        "qr": _qr(link),
        "back": _address(rules.next_page(opened[1])),
    }
    return render(request, "complaints/later.html", context)


@require_safe
@never_cache
def resume(request: HttpRequest, secret: str) -> HttpResponse:
    """Go on with a draft from its link."""
    limits.refuse_over(request, "resume", limits.WRONG)
    draft = drafts.find(secret)
    if draft is None:
        limits.count(request, "resume", limits.WRONG)
        return render(request, "complaints/gone.html", status=404)
    kept = drafts.answers(draft)
    response = redirect("complaints:done") if "receipt" in kept else _to(rules.next_page(kept))
    return _remember(response, secret)


@require_POST
def discard(request: HttpRequest) -> HttpResponse:
    """Throw the draft away; also how one leaves the receipt's page on a shared computer."""
    draft = _draft(request)
    if draft is not None:
        drafts.discard(draft)
    response = redirect("complaints:start")
    response.delete_cookie(COOKIE, path="/complaints/")
    messages.success(request, _("已删除。"))
    return response


# -- send -------------------------------------------------------------------------------------------------------


@never_cache
def check(request: HttpRequest) -> HttpResponse:
    """Everything once more, with a way to change it; then send."""
    opened = _open(request)
    if opened is None:
        return redirect("complaints:done" if _draft(request) else "complaints:start")
    draft, kept = opened
    if (missing := rules.next_page(kept)) != "check":
        return _to(missing)
    refused: Problem | None = None
    if request.method == "POST":
        if request.POST.get("website"):  # a field nobody sees: only programs fill it in
            raise PermissionDenied(_("提交的内容像是程序自动填写的。"))
        limits.count(request, "filing", limits.FILINGS)
        try:
            drafts.send(draft, get_language() or "zh-hans")
        except Problem as problem:
            if problem.code != "already_sent":
                refused = problem
        if refused is None:
            return redirect("complaints:done")
    context = _frame(kept, "check") | _summary(draft, kept) | {"problem": refused}
    return render(request, "complaints/check.html", context, status=422 if refused else 200)


def _summary(draft: Draft, kept: drafts.Answers) -> dict[str, Any]:
    """The answers in words, by page, and the offices they go to."""
    written = drafts.filing(kept, get_language() or "zh-hans")
    subject = queries.organisation(written.uscc)
    goes: list[tuple[str, str]] = []
    outside = ""
    for kind in rules.kinds(written):
        try:
            office = actions.competent_office(written, kind, subject, timezone.now())
            goes.append((str(rules.KINDS[kind]), offices.name(office)))
        except Problem as problem:
            outside = f"{problem.message} {problem.remedy}"
    claim_words = law().procedures["complaint"].fields["claim_kind"].choices
    language = get_language() or "zh"
    claims = "、".join(claim_words[k].of(language) for k in written.claim_kinds if k in claim_words)

    def day(value: Any) -> str:
        return dates.words(value) if value else ""

    channel = str(rules.CHANNELS[written.channel])
    if written.platform_name:
        channel += f" · {written.platform_name}"
    place = "place" if written.channel != "platform" else "platform"
    where = written.where or written.shown or written.platform_region
    amount = _("%(n)s 元") % {"n": f"{written.amount:,.2f}"} if written.amount is not None else ""
    you = _("匿名") if written.anonymous and written.kind == rules.REPORT else written.name
    rows = [
        (_("您要做什么"), str(rules.KINDS.get(written.kind, "")), "want"),
        (_("商家"), "\n".join(x for x in (written.respondent, written.respondent_address) if x), "who"),
        (_("在哪里买的"), channel, "where"),
        (_("商家在哪里"), regions.name(where) if where else "", place),
        (_("买了什么"), written.product, "purchase"),
        (
            _("金额、数量、日期"),
            " · ".join(
                x
                for x in (
                    amount,
                    f"× {written.quantity}" if written.quantity else "",
                    day(written.purchased_on),
                )
                if x
            ),
            "purchase",
        ),
        (_("哪一类问题"), str(rules.PROBLEMS.get(written.problem, "")), "what"),
        (_("发生了什么"), written.facts, "what"),
        (_("发现问题的日期"), day(written.known_on), "what"),
        (_("您要求什么"), "\n".join(x for x in (claims, written.claim) if x), "what"),
        (
            _("证据"),
            _("%(n)d 个文件") % {"n": draft.files.count()}
            + (f" · {_('可以给商家看')}" if written.share else ""),
            "evidence",
        ),
        (_("您是谁"), "\n".join(x for x in (you, written.phone, written.address) if x), "you"),
    ]
    return {
        "rows": [(a, b, _address(c)) for a, b, c in rows if b],
        "goes": goes,
        "outside": outside,
        "written": written,
    }


@require_safe
@never_cache
def done(request: HttpRequest) -> HttpResponse:
    """The receipt: numbers in large type, the secret, and a code that leads to the status page."""
    draft = _draft(request)
    receipt = drafts.answers(draft).get("receipt") if draft else None
    if not draft or not receipt:
        return redirect("complaints:start")
    # The secret stands behind the #, which browsers keep to themselves: it reaches no server's log.
    link = f"{reverse('complaints:status')}#{receipt['secret']}"
    secret = receipt["secret"]
    context = {
        "numbers": receipt["numbers"],
        "secret": "-".join(secret[i : i + 4] for i in range(0, 12, 4)),
        "qr": _qr(settings.BASE_URL + link),
        "link": link,
        "until": draft.expires_at,
    }
    return render(request, "complaints/done.html", context)


def _qr(link: str) -> Any:
    return mark_safe(labels.svg(labels.qr(link), _("二维码")))  # noqa: S308  drawn by us from modules


# -- what was published --------------------------------------------------------------------------------------------


@require_safe
def published(request: HttpRequest) -> HttpResponse:
    """Digests and consumer warnings that are public now."""
    shown = [
        (one, words.tables(one.figures), words.mediation(one.figures), words.satisfaction(one.figures))
        for one in queries.digests()[:12]
    ]
    return render(
        request, "complaints/published.html", {"digests": shown, "warnings": queries.warnings()[:50]}
    )


@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponse:
    """A published digest as CSV."""
    one = queries.digests().filter(pk=pk).first()
    if one is None:
        raise Http404
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = (
        f'attachment; filename="complaints-{one.region}-{one.since}-{one.until}.csv"'
    )
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow([_("表"), _("项目"), _("件数")])
    for name, rows in words.tables(one.figures):
        writer.writerows([name, label, n] for label, n in rows)
    writer.writerow([_("调解成功率"), "", words.mediation(one.figures)])
    writer.writerow([_("满意度"), "", words.satisfaction(one.figures)])
    writer.writerow([_("说明"), "", _("少于 5 的数不公布；能由其他数推算出来的也不公布。不含个人信息。")])
    return response


def sent(request: HttpRequest) -> tuple[Any, Any]:
    """What a form is bound to: nothing unless something was sent (an empty form can be sent, too)."""
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)
