"""How often somebody without an account may do something: counted by address, in each process (see auth.limit)."""

import time

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import gettext as _

from zhiheng.core.accounts.auth import client_ip
from zhiheng.core.problems import Problem

HOUR = 3600
FILINGS, UPLOADS, DRAFTS, WRONG = 30, 200, 60, 20
"""An hour. A whole estate can stand behind one telephone operator's address, so these are not low."""


def count(request: HttpRequest, what: str, most: int) -> None:
    """Count one; raises Problem 429 past the most."""
    key, left = _key(request, what)
    cache.add(key, 0, timeout=HOUR)
    try:
        number = cache.incr(key)
    except ValueError:  # culled between the two calls
        return
    if number > most:
        raise _too_many(left)


def refuse_over(request: HttpRequest, what: str, most: int) -> None:
    """Raise Problem 429 when the most was reached already, without counting."""
    key, left = _key(request, what)
    if (cache.get(key) or 0) >= most:
        raise _too_many(left)


def _key(request: HttpRequest, what: str) -> tuple[str, int]:
    now = time.time()
    return f"complaints:{what}:{client_ip(request)}:{int(now // HOUR)}", max(1, HOUR - int(now % HOUR))


def _too_many(left: int) -> Problem:
    return Problem(
        "too_many_requests", _("次数太多，请稍后再试。"), status=429,
        remedy=_("也可以拨打 12315，或到市场监督管理部门的窗口办理。"), retry_after=left,
    )  # fmt: skip
