"""The account pages with a probe of each kind of view behind them, without the other rooms."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from zhiheng.core.accounts import auth
from zhiheng.core.problems import Problem


@csrf_exempt
def probe(request: HttpRequest, scope: str) -> HttpResponse:
    return JsonResponse({"user": auth.principal(request, scope).username})


def desk(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"desk of {request.user}")


def fails(request: HttpRequest) -> HttpResponse:
    raise Problem("no_such_thing", "没有这个东西", status=404, remedy="换一个")


urlpatterns = [
    path("", desk),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("zhiheng.core.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("desk/disclosure/", include("zhiheng.core.disclosure.urls")),
    path("desk/ledger/", include("zhiheng.core.ledger.urls")),
    path("desk/", include(([path("", desk, name="desk")], "web"))),
    path("api/probe/<str:scope>", probe),
    path("api/fails", fails),
    path("fails", fails),
]
