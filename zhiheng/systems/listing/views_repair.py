"""Applications for a repair that a court's ruling or another authority's decision stands behind."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from zhiheng.core import files as filing
from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.cases.actions import Sent
from zhiheng.core.cases.views import refuse
from zhiheng.core.problems import Problem
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry import rules as registering
from zhiheng.core.registry.models import Organisation
from zhiheng.systems.listing import forms, repair_elsewhere
from zhiheng.systems.listing.views_desk import page


def _whom(request: HttpRequest, uscc: str) -> tuple[User, Organisation]:
    user = auth.me(request)
    if not (user.may("credit.own") or user.may("listing.work")):
        auth.require(user, "listing.work")
    found = registry.by_uscc([uscc]).get(uscc)
    if found is None or not repair_elsewhere.may(user, found):
        raise Http404
    return user, found


def _apply(
    request: HttpRequest, user: User, one: Organisation, kind: str, form: Any, name: str
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        try:
            files = [
                Sent(filing.accept(sent.name, sent.read(), strip=False), "evidence", ("applicant",))
                for sent in given.pop("files")
            ]
            case = repair_elsewhere.apply(
                user, one, kind, {k: v for k, v in given.items() if isinstance(v, str)}, files,
                received_on=given.get("received_on"), about=list(given.get("facts") or ()),
            )  # fmt: skip
        except Problem as problem:
            refuse(form, problem)
        else:
            messages.success(request, _("已申请：%(number)s。") % {"number": case.number})
            return redirect("cases:case", case.pk)
    back = reverse("listing:mine" if registering.is_party(user) else "listing:index")
    return page(request, form, name, back, one.name)


@login_required
def bankruptcy(request: HttpRequest, uscc: str) -> HttpResponse:
    """Ask that what is public be hidden, or carry a statement, during a reorganisation or settlement."""
    user, one = _whom(request, uscc)
    office = not registering.is_party(user)
    form = forms.BankruptcyForm(request.POST or None, request.FILES or None, office=office)
    return _apply(request, user, one, "bankruptcy", form, _("申请破产重整、和解的临时修复"))


@login_required
def other_body(request: HttpRequest, uscc: str) -> HttpResponse:
    """Ask that what another authority has repaired be public here no more."""
    user, one = _whom(request, uscc)
    form = forms.OtherBodyForm(
        request.POST or None, request.FILES or None, office=not registering.is_party(user),
        facts=repair_elsewhere.of_others(one),
    )  # fmt: skip
    return _apply(request, user, one, "other_body", form, _("申请停止公示其他部门已修复的信息"))
