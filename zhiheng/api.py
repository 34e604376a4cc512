"""The typed JSON API, put together from the rooms' routers; its OpenAPI document tells of EPCIS too."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from zhiheng import __version__
from zhiheng.core.cases.api import router as cases
from zhiheng.core.exchange.api import router as exchange
from zhiheng.core.problems import Problem, response
from zhiheng.core.registry.api import router as registry
from zhiheng.insight.api import router as insight
from zhiheng.systems.complaints.api import router as complaints
from zhiheng.systems.credit.api import router as credit
from zhiheng.systems.enforcement.api import router as enforcement
from zhiheng.systems.inspection.api_after import router as inspection_after
from zhiheng.systems.inspection.api_field import router as inspection_field
from zhiheng.systems.inspection.api_plan import router as inspection
from zhiheng.systems.listing.api import router as listing
from zhiheng.systems.redress.api import router as redress
from zhiheng.trace.api import router as trace
from zhiheng.trace.openapi import PATHS
from zhiheng.web.law_api import router as law
from zhiheng.web.methods_api import router as methods

PROBLEM = {
    "description": "What is wrong and how to mend it (RFC 9457)",
    "content": {
        "application/problem+json": {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "code", "remedy"],
                "properties": {
                    "type": {"type": "string"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "code": {"type": "string"},
                    "remedy": {"type": "string"},
                    "instance": {"type": "string"},
                },
            }
        }
    },
}
# What any operation may answer besides its own: bad request, not signed in, not allowed, not there, wrong
# method, not now, too large, no kind of file that we read, a body that is not understood, too many requests,
# no room to keep it.
COMMON = ("400", "401", "403", "404", "405", "409", "413", "415", "422", "429", "507")


class Api(NinjaAPI):
    """NinjaAPI whose OpenAPI document also has the EPCIS paths and every problem an operation may answer."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        schema["paths"].update(PATHS)
        schema["components"].setdefault("securitySchemes", {})["key"] = {"type": "http", "scheme": "bearer"}
        for path in schema["paths"].values():
            for name, operation in path.items():
                if name in {"get", "post", "put", "patch", "delete"}:
                    operation.setdefault("security", [{"key": []}])
                    for status in COMMON:
                        operation["responses"][status] = PROBLEM
        return schema


api = Api(title="Zhiheng 质衡", version=__version__, urls_namespace="api", docs_url=None)
api.add_router("/registry", registry)
api.add_router("/exchange", exchange)
api.add_router("/trace", trace)
api.add_router("/cases", cases)
api.add_router("/law", law)
api.add_router("/methods", methods)
api.add_router("/complaints", complaints)
api.add_router("/enforcement", enforcement)
api.add_router("/inspection", inspection)
api.add_router("/redress", redress)
api.add_router("/insight", insight)
api.add_router("/credit", credit)
api.add_router("/listing", listing)
api.add_router("/inspection", inspection_field)
api.add_router("/inspection", inspection_after)


@api.exception_handler(Problem)
def problem(request: HttpRequest, error: Problem) -> HttpResponse:
    return response(error, request)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0]
    place = ".".join(str(part) for part in first.get("loc", ()))
    return response(
        Problem(
            "bad_parameter",
            f"{place}: {first.get('msg', 'is wrong')}.",
            status=422,
            remedy="See the parameter in the API's documentation.",
            parameter=place,
        ),
        request,
    )


@api.exception_handler(HttpError)
def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return response(Problem("bad_request", str(error), status=error.status_code), request)


@api.exception_handler(Http404)
def missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return response(Problem("not_found", "There is nothing here.", status=404), request)
