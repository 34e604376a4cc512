"""An organisation's own pages: its commitment, its consents and who looked, its certificates of no record."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiheng.core import files as filing
from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.cases.views import refuse
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.core.ui.series import listed
from zhiheng.core.ui.tables import Column, Table
from zhiheng.core.ui.templatetags.ui import badge
from zhiheng.systems.credit import commitments, forms, queries, verification, words
from zhiheng.systems.credit.models import Consent
from zhiheng.systems.credit.views_file import found_or_404, reader
from zhiheng.systems.credit.views_work import form_page


def _own(request: HttpRequest) -> tuple[User, Organisation]:
    user = auth.me(request)
    auth.require(user, "credit.own")
    if user.organisation is None:
        raise Http404
    return user, registry.current(user.organisation)


# -- consents ---------------------------------------------------------------------------------------------------


@login_required
@require_safe
def consents(request: HttpRequest) -> HttpResponseBase:
    """The consents the organisation gave, and every look that was taken with them."""
    user, own = _own(request)
    today = dates.today()

    def state(one: Consent) -> object:
        if one.revoked_at:
            return badge(_("已撤回"), "muted")
        return badge(_("有效"), "ok") if one.until >= today else badge(_("已过期"), "muted")

    table = Table(
        request, "consents", queries.consents_visible_to(user),
        [
            Column("recipient", _("提供给"), sort="recipient"),
            Column("purpose", _("用途")),
            Column("groups", _("范围"), lambda c: listed(words.group(g) for g in c.kinds)),
            Column("given_at", _("同意时间"), sort="given_at"),
            Column("until", _("有效至"), sort="until"),
            Column("state", _("状态"), state),
            Column("looks", _("查询次数"), lambda c: c.seen, numeric=True),
            Column(
                "revoke", "", lambda c: "" if c.revoked_at or c.until < today else _("撤回"),
                link=lambda c: None if c.revoked_at or c.until < today else reverse("credit:revoke", args=[c.pk]),
            ),
        ],
        empty=_("给出的授权会列在这里。"),
    )  # fmt: skip
    looks = Table(
        request, "looks", queries.looks_visible_to(user),
        [
            Column("at", _("时间"), sort="at"),
            Column("who", _("查询人")),
            Column("recipient", _("提供给"), lambda one: one.consent.recipient),
            Column("channel", _("方式"), lambda one: _("接口") if one.channel == "api" else _("网页")),
        ],
        empty=_("还没有人查询。"),
    )  # fmt: skip
    context = {"table": table, "looks": looks, "organisation": own}
    return table.export() or looks.export() or render(request, "credit/consents.html", context)


@login_required
def consent(request: HttpRequest) -> HttpResponseBase:
    """Give a consent; the code is shown once."""
    user, own = _own(request)
    form = forms.ConsentForm(request.POST or None, initial={"until": dates.today() + timedelta(days=30)})
    if request.method == "POST" and form.is_valid():
        try:
            made, code = verification.give(user, own, **form.cleaned_data)
        except Problem as problem:
            refuse(form, problem)
        else:
            where = settings.BASE_URL + reverse("credit:verify")
            context = {"consent": made, "code": code, "address": where}
            response = render(request, "credit/consent_given.html", context)
            response["Cache-Control"] = "no-store"
            return response
    return form_page(request, form, _("授权查询"), reverse("credit:consents"), own.name)


@login_required
def revoke(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take a consent back."""
    user, _own_one = _own(request)
    one = get_object_or_404(queries.consents_visible_to(user), pk=pk)
    if request.method == "POST":
        verification.revoke(user, one)
        messages.success(request, _("已撤回，授权码不再有效。"))
        return redirect("credit:consents")
    return render(request, "credit/revoke.html", {"consent": one})


# -- certificates -----------------------------------------------------------------------------------------------


@login_required
def certificate(request: HttpRequest, uscc: str) -> HttpResponseBase:
    """Ask for a certificate of no record; refused when there is one, naming it."""
    user = reader(request)
    found = found_or_404(user, uscc)
    if not (user.may("credit.own") or user.may("cases.work")):
        auth.require(user, "cases.work")
    today = dates.today()
    form = forms.CertificateForm(
        request.POST or None, initial={"since": today.replace(day=1) - timedelta(days=3 * 365)}
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = verification.certify(user, found, **form.cleaned_data)
        except Problem as problem:
            refuse(form, problem)
        else:
            return redirect("credit:certificate_pdf", found.uscc, made.code)
    issued = queries.certificates_visible_to(user).filter(organisation=found)[:20]
    return form_page(
        request,
        form,
        _("出具无违法违规记录证明"),
        reverse("credit:file", args=[found.uscc]),
        found.name,
        issued=issued,
    )


@login_required
@require_safe
def certificate_pdf(request: HttpRequest, uscc: str, code: str) -> HttpResponse:
    """The certificate as it was made."""
    user = reader(request)
    one = get_object_or_404(queries.certificates_visible_to(user), code=code, organisation__uscc=uscc)
    response = HttpResponse(filing.load(one.sha256), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="certificate-{one.code}.pdf"'
    return response


# -- first responsibility ---------------------------------------------------------------------------------------


@login_required
def commitment(request: HttpRequest, uscc: str) -> HttpResponseBase:
    """The commitment of first responsibility: its text, how it stands, and (for the organisation) its signature."""
    user = reader(request)
    found = found_or_404(user, uscc)
    today = dates.today()
    if request.method == "POST":
        try:
            commitments.sign(user, found)
        except Problem as problem:
            messages.error(request, f"{problem.message}{problem.remedy}")
        else:
            messages.success(request, _("已签署并存档。"))
        return redirect("credit:commitment", found.uscc)
    text = commitments.text_on(today)
    first = commitments.standing(found, today)
    lines = text.zh if (get_language() or "zh").startswith("zh") else text.en
    may_sign = user.organisation_id == found.pk and first.state in ("missing", "changed", "outdated")
    context = {
        "organisation": found, "first": first, "text": text, "lines": lines, "may_sign": may_sign,
        "signed": queries.commitments_of(found), "may_paper": user.may("credit.own") or user.may("personal_data.read"),
    }  # fmt: skip
    return render(request, "credit/commitment.html", context)


@login_required
@require_safe
def commitment_pdf(request: HttpRequest, uscc: str, pk: int) -> HttpResponse:
    """The archived paper. It names the person, so an officer's look is recorded."""
    user = reader(request)
    found = found_or_404(user, uscc)
    one = get_object_or_404(queries.commitments_of(found), pk=pk)
    if user.organisation_id != found.pk:
        auth.require(user, "personal_data.read")
        record(
            user, "credit.commitment_look", f"organisation:{found.uscc}", {"commitment": one.pk}, look=True
        )
    response = HttpResponse(filing.load(one.sha256), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="commitment-{one.pk}.pdf"'
    return response
