"""What every page knows: whose page it is, in which language, and which doors that person may open."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

OFFICERS = frozenset({"province", "city", "county"})
PARTIES = frozenset({"enterprise", "laboratory"})
JUSTICE = frozenset({"police", "procurator"})
WATCHERS = frozenset({"watcher"})
OVERSIGHT = frozenset({"leading", "auditor"})
EVERYBODY = OFFICERS | PARTIES | OVERSIGHT | {"system"}
CASES = OFFICERS | PARTIES | JUSTICE | WATCHERS | {"auditor"}
TRACERS = EVERYBODY - {"laboratory"}


@dataclass(frozen=True)
class Entry:
    """A door in the navigation: the name of its address, its words, its picture, and who is shown it."""

    to: str
    label: Promise | str
    icon: str
    roles: frozenset[str] = EVERYBODY


@dataclass(frozen=True)
class Group:
    """Doors that belong together, under one word ("" for those that stand first)."""

    label: Promise | str
    entries: tuple[Entry, ...]


DESK = (
    Group("", (Entry("web:desk", _("工作台"), "home"),)),
    Group(
        _("案件"),
        (
            Entry("cases:day", _("案件"), "list", CASES),
            Entry("complaints:desk", _("投诉举报"), "edit", OFFICERS | {"enterprise", "auditor"}),
            Entry("redress:desk", _("消费救济"), "check", OFFICERS | PARTIES | {"auditor"}),
            Entry("watchers:mine", _("我的任务和线索"), "eye", WATCHERS),
            Entry("watchers:desk", _("质量监督员"), "eye", OFFICERS),
            Entry("enforcement:index", _("行政执法"), "file", OFFICERS | {"auditor"}),
            Entry("justice:desk", _("两法衔接"), "exchange", JUSTICE | OFFICERS | {"auditor"}),
            Entry("justice:figures", _("衔接统计"), "chart", frozenset({"leading"})),
            Entry("cases:figures", _("办理情况"), "chart", OFFICERS | OVERSIGHT),
        ),
    ),
    Group(
        _("抽查与监测"),
        (
            Entry("inspection:index", _("监督抽查"), "scan", OFFICERS | {"auditor"}),
            Entry("inspection:field", _("抽样任务"), "camera", OFFICERS | {"laboratory"}),
            Entry("inspection:lab", _("检验"), "table", OFFICERS | {"laboratory", "auditor"}),
            Entry("inspection:after", _("抽查后处理"), "clock", OFFICERS | {"auditor"}),
            Entry("inspection:mine", _("抽查结果"), "table", frozenset({"enterprise"})),
            Entry("agriculture:index", _("农产品监测处置"), "check", OFFICERS | {"auditor"}),
            Entry("web:acceptance", _("抽样方案"), "chart", OFFICERS | PARTIES),
            Entry("insight:index", _("质量分析"), "chart", OFFICERS | OVERSIGHT),
            Entry("web:rings", _("五环监管"), "shield", OFFICERS | OVERSIGHT),
        ),
    ),
    Group(
        _("信用"),
        (
            Entry("credit:index", _("质量信用"), "shield", OFFICERS | PARTIES | {"auditor"}),
            Entry("listing:index", _("名单"), "warning", OFFICERS | PARTIES | {"auditor"}),
        ),
    ),
    Group(
        _("追溯"),
        (
            Entry("trace:explore", _("追溯"), "chain", TRACERS),
            Entry("trace:findings", _("断链"), "warning", TRACERS),
            Entry("trace:jobs", _("报送追溯数据"), "upload", PARTIES | OFFICERS | {"system"}),
            Entry("trace:labels", _("标签"), "label", PARTIES | OFFICERS | {"system"}),
        ),
    ),
    Group(
        _("主体与数据"),
        (
            Entry("registry:organisations", _("主体"), "organisation"),
            Entry("web:bodies-desk", _("第三方机构"), "organisation", OFFICERS | {"auditor"}),
            Entry("registry:products", _("产品"), "box"),
            Entry("exchange:index", _("数据交换"), "exchange", PARTIES | OFFICERS | {"system"}),
            Entry("accounts:keys", _("接口密钥"), "key", PARTIES | OFFICERS | {"system"}),
        ),
    ),
    Group(
        _("公开与法规"),
        (
            Entry("disclosure:index", _("信息公开"), "globe", OFFICERS | {"leading", "auditor", "system"}),
            Entry("ledger:index", _("台账"), "shield", EVERYBODY - {"leading"}),
            Entry("web:law", _("法规与期限"), "clock"),
            Entry("web:unification", _("五统一"), "table"),
            Entry("accounts:me", _("我的账号"), "user", JUSTICE | WATCHERS),
        ),
    ),
)
PUBLIC = (
    Group(
        "",
        (
            Entry("web:home", _("首页"), "home"),
            Entry("web:scan", _("扫码"), "scan"),
            Entry("complaints:start", _("投诉举报"), "edit"),
            Entry("redress:start", _("退换赔"), "check"),
            Entry("web:published", _("公开信息"), "list"),
            Entry("listing:lists", _("名单公示"), "warning"),
            Entry("inspection:results", _("抽查结果公布"), "table"),
            Entry("credit:public_index", _("信用公示"), "shield"),
            Entry("web:bodies", _("第三方机构"), "organisation"),
            Entry("web:law", _("法规与期限"), "clock"),
            Entry("web:unification", _("五统一"), "table"),
        ),
    ),
)


def address(name: str, *args: Any) -> str | None:
    """The path of a named page, or nothing while no room offers it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return None


def doors(request: HttpRequest, groups: tuple[Group, ...], role: str | None) -> list[dict[str, Any]]:
    """The doors this role is shown, by group, each with whether we stand in it; the longest matching path wins."""
    shown: list[dict[str, Any]] = []
    for group in groups:
        found = [
            {"url": url, "label": door.label, "icon": door.icon, "here": False}
            for door in group.entries
            if (role is None or role in door.roles) and (url := address(door.to))
        ]
        if found:
            shown.append({"label": group.label, "doors": found})
    matching = [
        door for group in shown for door in group["doors"] if request.path.startswith(str(door["url"]))
    ]
    if matching:
        here = max(matching, key=lambda door: len(str(door["url"])))
        # "/" is the beginning of every path; it is only itself.
        here["here"] = here["url"] != "/" or request.path == "/"
    return shown


def ui(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``ui.demo``, ``.language``, ``.theme``, ``.nav`` (desk), ``.public`` (citizens)."""
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    theme = request.COOKIES.get("theme", "")
    return {
        "ui": {
            "demo": settings.DEMO,
            "language": get_language() or settings.LANGUAGE_CODE,
            "languages": settings.LANGUAGES,
            "theme": theme if theme in {"light", "dark"} else "",
            "nav": doors(request, DESK, getattr(user, "role", "")) if signed_in else [],
            "public": doors(request, PUBLIC, None),
        }
    }
