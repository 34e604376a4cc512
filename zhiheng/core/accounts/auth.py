"""Who is calling: a session (with CSRF for what changes something) or an API key, within the rate."""

import hashlib
import time
from datetime import timedelta

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.core.cache import cache
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.accounts import rules
from zhiheng.core.accounts.models import ApiKey, User
from zhiheng.core.problems import Problem

KEY_FACTOR = 10
"""A machine may do ten times what a person may: 600 a minute for people is 100 a second for keys."""
USED_GRAIN = timedelta(minutes=1)


def client_ip(request: HttpRequest) -> str:
    """The caller's address. Behind our TLS front end it is the last one that the front end wrote down."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.TLS else ""
    return forwarded.rsplit(",", 1)[-1].strip() or request.META.get("REMOTE_ADDR", "")


def limit(who: str, factor: int = 1) -> None:
    """Count one request in a window of a minute; raises Problem 429 past the rate.

    The windows are in Django's cache: in the memory of each process, so N processes allow up to N times the
    rate. It is there to stop a runaway loop, not an attack from many machines; that is the front end's work.
    """
    if not settings.RATE:
        return
    now = time.time()
    window = int(now // 60)
    key = f"rate:{who}:{window}"
    cache.add(key, 0, timeout=120)
    try:
        count = cache.incr(key)
    except ValueError:  # culled between the two calls
        return
    if count > settings.RATE * factor:
        raise Problem(
            "too_many_requests",
            _("请求过于频繁：每分钟最多 %(rate)d 次。") % {"rate": settings.RATE * factor},
            status=429,
            remedy=_("请稍候再试；批量数据请合并在一份文件里上传。"),
            retry_after=max(1, 60 - int(now % 60)),
        )


def digest(secret: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(secret.encode()).hexdigest()


def needs_second_factor(user: User) -> bool:
    """Whether the person must still set up a second factor before touching anything."""
    return user.role in rules.SECOND_FACTOR and not settings.DEMO and not is_mfa_enabled(user)


def bearer(request: HttpRequest) -> str | None:
    """The token of ``Authorization: Bearer …``, or None when there is no such header."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def principal(request: HttpRequest, scope: str) -> User:
    """The person behind a machine's or a page's request, who has this scope; raises Problem 401, 403 or 429.

    A view that calls this is ``csrf_exempt``: the check is made here, for sessions only.
    """
    if scope not in rules.SCOPES:
        raise ValueError(f"unknown scope {scope!r}")
    token = bearer(request)
    user = _by_key(request, token, scope) if token is not None else _by_session(request)
    permission = rules.SCOPES[scope]
    if permission is not None:
        require(user, permission)
    return user


def _by_key(request: HttpRequest, token: str, scope: str) -> User:
    key = ApiKey.objects.select_related("user").filter(digest=digest(token)).first()
    now = timezone.now()
    fault = "unknown" if key is None else rules.key_fault(key, now)
    if key is None or fault is not None:
        limit(f"ip:{client_ip(request)}")
        raise Problem(
            f"key_{fault}",
            {
                "unknown": _("接口密钥无效。"),
                "revoked": _("接口密钥已撤销。"),
                "expired": _("接口密钥已过期。"),
                "inactive": _("接口密钥所属的账号已停用。"),
            }[str(fault)],
            status=401,
            remedy=_("请在“接口密钥”页面新建一个密钥，并以 Authorization: Bearer zh_… 发送。"),
        )
    limit(f"key:{key.pk}", KEY_FACTOR)
    if scope not in key.scopes:
        raise Problem(
            "scope_missing",
            _("此密钥没有 %(scope)s 的授权范围。") % {"scope": scope},
            status=403,
            remedy=_("请新建一个含此范围的密钥。"),
        )
    # Written at most once a minute: a busy key must not cost a write a request.
    if key.last_used_at is None or now - key.last_used_at > USED_GRAIN:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USED_GRAIN)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)
    return key.user


def _by_session(request: HttpRequest) -> User:
    user = request.user
    if not isinstance(user, User):
        raise Problem(
            "unauthenticated",
            _("需要登录或接口密钥。"),
            status=401,
            remedy=_("请登录，或以 Authorization: Bearer zh_… 发送接口密钥。"),
        )
    if reason := _csrf_fault(request):
        raise Problem(
            "csrf_failed",
            _("请求未通过跨站检查：%(reason)s") % {"reason": reason},
            status=403,
            remedy=_("请刷新页面后重试；程序调用请用接口密钥。"),
        )
    if needs_second_factor(user):
        raise Problem(
            "second_factor_required",
            _("监管人员须先设置两步验证。"),
            status=403,
            remedy=_("请登录网页并按提示设置两步验证。"),
        )
    return user


class _Csrf(CsrfViewMiddleware):
    """Django's own check, called by hand; it gives the reason instead of a page."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def _csrf_fault(request: HttpRequest) -> str | None:
    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    check = _Csrf(view)
    # The middleware marked the request as done when it saw that the view is exempt.
    request.csrf_processing_done = False  # type: ignore[attr-defined]
    check.process_request(request)
    return check.process_view(request, view, (), {})  # type: ignore[return-value]


def me(request: HttpRequest) -> User:
    """The signed-in person of a page's request; raises Problem 401, answered with the sign-in page."""
    if not isinstance(request.user, User):
        raise Problem("unauthenticated", _("需要登录。"), status=401, remedy=_("请登录。"))
    return request.user


def require(user: User, permission: str) -> None:
    """Raise Problem 403 unless the person's role has the permission."""
    if not user.may(permission):
        raise Problem(
            "forbidden",
            _("您的角色（%(role)s）没有此权限：%(permission)s。")
            % {"role": user.get_role_display(), "permission": permission},
            status=403,
            remedy=_("请用有此权限的账号，或联系管理员。"),
        )
