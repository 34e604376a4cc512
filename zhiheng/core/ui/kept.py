"""Public pages that readers and proxies keep, and ask about again each time: what was taken off is gone at once."""

import hashlib
from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date
from django.utils.translation import get_language

from zhiheng import __version__


def kept(
    request: HttpRequest,
    made_of: object,
    make: Callable[[], HttpResponseBase],
    *,
    changed: datetime | None = None,
) -> HttpResponseBase:
    """A public page; 304, without making it, to an anonymous reader who has it as it still is.

    ``made_of``: what the page says depends on nothing else (its ``repr`` counts); what it looks like (language,
    theme, address, version) is added. ``changed``: when that last changed, where it is known.
    """
    if request.user.is_authenticated:
        response = make()
        response["Cache-Control"] = "private, no-cache"
        return response
    look = (__version__, get_language(), request.COOKIES.get("theme"), request.get_full_path())
    etag = f'W/"{hashlib.sha256(repr((made_of, look)).encode()).hexdigest()[:32]}"'
    modified = int(changed.timestamp()) if changed else None
    response = get_conditional_response(request, etag=etag, last_modified=modified) or make()
    if response.status_code in (200, 304):
        response["ETag"] = etag
        if modified is not None:
            response["Last-Modified"] = http_date(modified)
        response["Cache-Control"] = "public, no-cache"
        patch_vary_headers(response, ("Cookie", "Accept-Language"))
    return response
