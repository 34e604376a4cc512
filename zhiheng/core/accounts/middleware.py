"""What stands between every request and the rooms: the rate, the second factor, problems made readable."""

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _

from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.problems import Problem, response

API = ("/epcis", "/api/")
# Own pages for signing in, the password and the second factor stay open to somebody who has none yet.
GUARDED = ("/desk/", "/accounts/people/", "/accounts/keys/", "/accounts/looks/")
OPEN = ("/accounts/", "/i18n/")
DEMO_SESSION = "demo_sign_in"


def is_api(request: HttpRequest) -> bool:
    """Whether this is an address for programs, where views ask for the principal themselves."""
    return request.path.startswith(API)


def wants_document(request: HttpRequest) -> bool:
    """Whether a problem is answered as problem+json: on the API, and to who accepts JSON but no page."""
    accept = request.headers.get("Accept", "")
    return is_api(request) or ("json" in accept and "text/html" not in accept)


def problem_page(request: HttpRequest, problem: Problem) -> HttpResponseBase:
    """A problem as the caller can use it: problem+json, the sign-in page, or a designed page."""
    if wants_document(request):
        return response(problem, request)
    if problem.status == 401:
        return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': request.get_full_path()})}")
    context = {
        "problem": problem,
        "title": problem.message,
        "code": problem.code,
        "message": problem.message,
        "remedy": problem.remedy,
        "status": problem.status,
    }
    page = render(request, "ui/error.html", context, status=problem.status)
    if (retry := problem.extra.get("retry_after")) is not None:
        page["Retry-After"] = str(retry)
    return page


class AccessMiddleware:
    """See the module."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Check, then hand on."""
        user = request.user
        if isinstance(user, User) and not settings.DEMO and request.session.get(DEMO_SESSION):
            # The flag was taken away while somebody was signed in without a password.
            logout(request)
            user = request.user
        try:
            if isinstance(user, User):
                auth.limit(f"user:{user.pk}")
            elif auth.bearer(request) is None or not is_api(request):
                auth.limit(f"ip:{auth.client_ip(request)}")
        except Problem as problem:
            return problem_page(request, problem)
        if isinstance(user, User) and not is_api(request):
            guarded = request.path.startswith(GUARDED)
            if (guarded or not request.path.startswith(OPEN)) and auth.needs_second_factor(user):
                if guarded:
                    messages.warning(
                        request,
                        _(
                            "监管人员的账号须先设置两步验证，才能进入工作台：请用手机上的验证器应用扫描二维码。"
                        ),
                    )
                    return redirect(reverse("mfa_activate_totp"))
                # On public pages a half signed-in officer sees what the public sees.
                request.user = AnonymousUser()
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """A Problem raised in a view is an answer, not a crash."""
        return problem_page(request, error) if isinstance(error, Problem) else None
