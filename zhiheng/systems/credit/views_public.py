"""For purchasers, banks and whoever holds a certificate: verification by code, and the check of a certificate."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from zhiheng.core import package
from zhiheng.core.accounts import auth
from zhiheng.core.cases.views import refuse
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.systems.credit import forms, verification, words
from zhiheng.systems.credit.models import Certificate
from zhiheng.systems.credit.views_file import items_table


@never_cache
def verify(request: HttpRequest) -> HttpResponse:
    """Look at a file with the code the organisation gave; the look is recorded and the organisation sees it."""
    form = forms.VerifyForm(request.POST or None)
    seen = None
    if request.method == "POST" and form.is_valid():
        auth.limit(f"verify:{auth.client_ip(request)}")
        try:
            seen = verification.look(
                form.cleaned_data["code"], form.cleaned_data["who"], "page", dates.today()
            )
        except Problem as problem:
            refuse(form, problem)
    context: dict[str, Any] = {"form": form, "seen": seen}
    if seen is not None:
        context["table"], context["now"] = items_table(request, seen.items, public=True), timezone.now()
        context["groups"] = [words.group(one) for one in seen.consent.kinds]
    return render(request, "credit/verify.html", context, status=422 if form.errors else 200)


@never_cache
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """What a certificate said when it was made; a file handed in is compared with it, byte for byte."""
    one = (
        Certificate.objects.filter(code=code.upper().replace("\x00", ""))
        .select_related("organisation")
        .first()
    )
    if one is None:
        raise Http404
    same = None
    form = forms.CompareForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        same = package.sha256(form.cleaned_data["file"].read()) == one.sha256
    context = {"one": one, "form": form, "same": same, "kinds": [words.kind(kind) for kind in one.kinds]}
    return render(request, "credit/certificate.html", context, status=422 if form.errors else 200)
