"""The typed JSON API, put together from the rooms' routers."""

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from zhiheng.core.exchange.api import router as exchange
from zhiheng.core.problems import Problem, response
from zhiheng.core.registry.api import router as registry
from zhiheng.trace.api import router as trace

api = NinjaAPI(title="Zhiheng 质衡", version="1", urls_namespace="api", docs_url=None)
api.add_router("/registry", registry)
api.add_router("/exchange", exchange)
api.add_router("/trace", trace)


@api.exception_handler(Problem)
def problem(request: HttpRequest, error: Problem) -> HttpResponse:
    return response(error, request)
