"""Digital Links and photographs of codes before the public: thin, the deciding is in resolver and reading."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from zhiheng.core.accounts import auth
from zhiheng.core.problems import Problem, response
from zhiheng.core.registry.queries import resolve_glns
from zhiheng.core.ui import context
from zhiheng.knowledge.codes import epc, keys
from zhiheng.knowledge.codes.errors import CodeError
from zhiheng.knowledge.codes.identify import identify
from zhiheng.trace import linkset, reading, resolver
from zhiheng.trace.resolver import Code, PublicStory

OFFERED = [linkset.HTML, linkset.MEDIA_TYPE, linkset.JSON, linkset.JSON_LD]
OURS = {"linkType", "linktype", "context"}  # for the resolver itself, not for who is linked to
PHOTO_WEIGHT = 10  # a photograph counts as so many requests: reading one is work


@csrf_exempt  # nothing is changed here, and OPTIONS must be answered to other sites
def product(request: HttpRequest, gtin: str) -> HttpResponseBase:
    """A product: the Digital Link of its GTIN."""
    return resolve(request, f"01/{gtin}")


@csrf_exempt
def resolve(request: HttpRequest, path: str) -> HttpResponseBase:
    """Any GS1 Digital Link on this host."""
    if request.method == "OPTIONS":
        answer = HttpResponse(status=204)
        answer["Allow"] = answer["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        answer["Access-Control-Allow-Headers"] = "Accept, Accept-Language"
    elif request.method in {"GET", "HEAD"}:
        answer = _resolve(request, path)
    else:
        answer = HttpResponse(status=405)
        answer["Allow"] = "GET, HEAD, OPTIONS"
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Access-Control-Expose-Headers"] = "Link, Location"
    patch_vary_headers(answer, ["Accept", "Accept-Language"])
    return answer


def _resolve(request: HttpRequest, path: str) -> HttpResponse:
    try:
        code = resolver.read(path, request.META.get("QUERY_STRING", ""))
    except CodeError as error:
        return _bad(request, path, error)
    if request.path_info != epc_path(code):
        return _to(code.path + _query(request))
    story = resolver.public_story(code, timezone.now()) if code.gtin else None
    place = resolve_glns([code.key[:13]]).get(code.key[:13]) if code.ai in {"414", "417"} else None
    if (story is not None and story.product is None) or (code.ai in {"414", "417"} and place is None):
        return _not_known(request, code)
    links = linkset.links(code, story)
    wanted = request.GET.get("linkType") or request.GET.get("linktype") or ""
    if wanted in linkset.LINKSET or (not wanted and _preferred(request) != linkset.HTML):
        return _linkset(code, story, links)
    if wanted:
        link = linkset.choose(links, wanted, request.get_preferred_type)
        if link is None:
            return _no_such_link(request, code, wanted, links)
        return _to(_with_query(link.href, request))
    answer = render(request, "trace/public/code.html", _page(request, code, story, place))
    answer["Link"] = linkset.header(code, links)
    answer["Cache-Control"] = "private, no-cache"  # a recall must be seen at once
    return answer


def epc_path(code: Code) -> str:
    """The path as Django sees it when the address is written the one right way."""
    return "/" + "/".join(part for pair in code.pairs for part in pair)


def _query(request: HttpRequest) -> str:
    query = request.META.get("QUERY_STRING", "")
    return f"?{query}" if query else ""


def _with_query(href: str, request: HttpRequest) -> str:
    """The target with the attributes of the code; what was meant for the resolver stays here."""
    kept = [(name, value) for name, values in request.GET.lists() if name not in OURS for value in values]
    if not kept:
        return href
    base, hash_, fragment = href.partition("#")
    return f"{base}{'&' if '?' in base else '?'}{urlencode(kept)}{hash_}{fragment}"


def _to(where: str) -> HttpResponse:
    answer = HttpResponse(status=307)
    answer["Location"] = where
    return answer


def _preferred(request: HttpRequest) -> str:
    return request.get_preferred_type(OFFERED) or linkset.HTML


def _linkset(code: Code, story: PublicStory | None, links: list[linkset.Link]) -> HttpResponse:
    answer = JsonResponse(
        linkset.linkset(code, story, links),
        content_type=linkset.MEDIA_TYPE,
        json_dumps_params={"ensure_ascii": False},
    )
    answer["Link"] = (
        f'<{linkset.CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
    )
    return answer


def _page(request: HttpRequest, code: Code, story: PublicStory | None, place: Any) -> dict[str, Any]:
    return {
        "code": code,
        "story": story,
        "stops": _stops(story) if story else [],
        "place": place,
        "kind": keys.PRIMARY[code.ai].name,
        "explore": _explore(request, code),
    }


def _stops(story: PublicStory) -> list[dict[str, Any]]:
    """The journey by stops. One thing's stops are told as often as it came there; a lot is at many places at the
    same time, so each of them is told once."""
    stops: list[dict[str, Any]] = []
    for step in story.steps:
        city, organisation = step.stop
        candidates = stops[-1:] if story.serial else stops
        stop = next((s for s in candidates if (s["city"], s["organisation"]) == step.stop), None)
        if stop is None:
            stop = {"city": city, "organisation": organisation, "days": []}
            stops.append(stop)
        days = stop["days"]
        if not days or days[-1][0] != step.on:
            days.append((step.on, []))
        if step.words not in days[-1][1]:
            days[-1][1].append(step.words)
    return stops


def _explore(request: HttpRequest, code: Code) -> str:
    """Where a signed-in person sees everything that this person may see of the code."""
    user: Any = request.user
    where = context.address("trace:explore")
    if not (where and user.is_authenticated and user.may("trace.explore")):
        return ""
    return f"{where}?{urlencode({'code': epc.canonical(epc.HOST.rstrip('/') + code.path)})}"


def _problem(request: HttpRequest, problem: Problem, page: dict[str, Any]) -> HttpResponse:
    """A designed page for people, problem+json for machines."""
    if _preferred(request) != linkset.HTML:
        return response(problem, request)
    page = {"message": problem.message, "remedy": problem.remedy, **page}
    return render(request, "trace/public/problem.html", page, status=problem.status)


def _bad(request: HttpRequest, path: str, error: CodeError) -> HttpResponse:
    problem = Problem("bad_code", error.message, status=400, remedy=error.remedy, fault=error.code)
    return _problem(
        request,
        problem,
        {
            "heading": _("这个代码不对"),
            "message": resolver.fault(error),
            "remedy": _("请与包装上的码核对，或重新扫码。"),
            "shown": f"/{path}",
            "detail": error.message,
        },
    )


def _not_known(request: HttpRequest, code: Code) -> HttpResponse:
    problem = resolver.not_known(code)
    heading = _("没有登记的商品") if code.gtin else _("没有登记的场所")
    return _problem(
        request, problem, {"heading": heading, "shown": code.hri, "explore": _explore(request, code)}
    )


def _no_such_link(request: HttpRequest, code: Code, wanted: str, links: list[linkset.Link]) -> HttpResponse:
    """Resolver standard 2.6.2: a link type that is not there is a 404, never a silent default."""
    there = list(dict.fromkeys(f"gs1:{link.rel}" for link in links))
    problem = Problem(
        "no_such_link",
        _("%(code)s 没有这种链接：%(type)s。") % {"code": code.hri, "type": wanted[:100]},
        status=404,
        remedy=_("可用的链接：%(types)s；或用 linkType=linkset 取全部。") % {"types": ", ".join(there)},
        links=there,
    )
    return _problem(request, problem, {"heading": _("没有这种链接"), "shown": code.hri, "back": code.path})


@require_safe
def description(request: HttpRequest) -> HttpResponse:
    """``/.well-known/gs1resolver``"""
    answer = JsonResponse(linkset.description(), json_dumps_params={"ensure_ascii": False})
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


# -- photographs ----------------------------------------------------------------------------------------------


@require_POST
def scan(request: HttpRequest) -> HttpResponseBase:
    """Read the codes in a photograph and go to the page of the one that is there."""
    for _count in range(PHOTO_WEIGHT):
        auth.limit(f"photo:{auth.client_ip(request)}")
    upload: Any = next(
        (request.FILES[name] for name in ("image", "photo", "file") if name in request.FILES), None
    )
    try:
        if upload is None:
            raise Problem("no_image", _("没有收到照片。"), remedy=_("请先选择或拍一张照片。"))
        reading.refuse_size(upload.size or 0)
        found = reading.read_image(upload.read())
    except Problem as problem:
        page = {"problem": problem, "found": []}
        return render(request, "trace/public/scan.html", page, status=problem.status)
    targets = [_target(one) for one in found]
    paths = _most_precise([target["path"] for target in targets if target["path"]])
    if len(paths) == 1:
        return redirect(paths[0])
    shown = [target for target in targets if not target["path"] or target["path"] in paths]
    return render(request, "trace/public/scan.html", {"found": shown})


def _target(one: reading.Found) -> dict[str, Any]:
    """Where a code leads, or why nowhere."""
    identity = identify(one.code)
    path = ""
    if not identity.errors:
        if identity.kind == "uscc":
            path = context.address("web:organisation", identity.forms["uscc"]) or ""
        elif link := identity.forms.get("digital_link"):
            path = f"/{link.removeprefix(epc.HOST)}"
    return {"text": one.text, "format": one.format, "path": path, "broken": bool(identity.errors)}


def _most_precise(paths: list[str]) -> list[str]:
    """A label has often two codes for one thing, one with only the GTIN: keep those that say the most."""
    unique = list(dict.fromkeys(paths))
    bare = {path: path.partition("?")[0] for path in unique}
    return [
        path
        for path in unique
        if not any(bare[other].startswith(bare[path] + "/") for other in unique if other != path)
    ]
