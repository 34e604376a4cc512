"""Pages about people and keys: thin, the deciding is in actions and rules."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from zhiheng.core.accounts import actions, auth, queries
from zhiheng.core.accounts.forms import KeyForm, PersonForm
from zhiheng.core.accounts.middleware import DEMO_SESSION
from zhiheng.core.accounts.models import ApiKey, User
from zhiheng.core.ledger import words
from zhiheng.core.ledger.queries import looks_at
from zhiheng.core.problems import Problem
from zhiheng.core.ui.tables import Column, Filter, Table


def me(request: HttpRequest) -> HttpResponse:
    """One's own account."""
    user = auth.me(request)
    context = {"second_factor": is_mfa_enabled(user), "may_manage": user.may("accounts.manage")}
    return render(request, "accounts/me.html", context)


@never_cache
def keys(request: HttpRequest) -> HttpResponseBase:
    """The API keys of oneself and one's organisation, and a new one, whose secret is shown this once."""
    user = auth.me(request)
    form = KeyForm(request.POST or None, user=user)
    key = secret = None
    if request.method == "POST" and form.is_valid():
        try:
            key, secret = actions.create_key(
                user, form.cleaned_data["name"], form.cleaned_data["scopes"], expires_at=form.expires_at()
            )
            form = KeyForm(user=user)
        except Problem as problem:
            form.add_error(None, problem.message)
    table = Table(
        request,
        "keys",
        queries.keys_visible_to(user),
        [
            Column("name", _("名称"), sort="name", link=lambda key: reverse("accounts:key", args=[key.pk])),
            Column("visible", _("开头"), value=lambda key: f"{key.visible}…"),
            Column("user", _("所属"), value=lambda key: key.user.username, sort="user__username"),
            Column("scopes", _("授权范围"), value=lambda key: ", ".join(key.scopes)),
            Column("created_at", _("新建时间"), sort="created_at"),
            Column("expires_at", _("有效期至"), sort="expires_at"),
            Column("last_used_at", _("最近使用"), sort="last_used_at"),
            Column("revoked_at", _("撤销时间"), sort="revoked_at"),
        ],
        empty=_("需要让系统自动报送时，在下面新建一个。"),
    )
    return table.export() or render(
        request, "accounts/keys.html", {"table": table, "form": form, "key": key, "secret": secret}
    )


def key(request: HttpRequest, pk: int) -> HttpResponse:
    """One key; a POST revokes it."""
    user = auth.me(request)
    key: ApiKey = get_object_or_404(queries.keys_visible_to(user), pk=pk)
    if request.method == "POST":
        actions.revoke_key(user, key)
        messages.success(request, _("密钥已撤销。"))
        return redirect("accounts:keys")
    return render(request, "accounts/key.html", {"key": key})


def people(request: HttpRequest) -> HttpResponseBase:
    """The accounts that one may manage."""
    user = auth.me(request)
    auth.require(user, "accounts.manage")

    def search(source: QuerySet[User], q: str) -> QuerySet[User]:
        return source.filter(Q(username__icontains=q) | Q(organisation__name__icontains=q))

    table = Table(
        request,
        "people",
        queries.visible_to(user),
        [
            Column(
                "username",
                _("用户名"),
                sort="username",
                link=lambda person: reverse("accounts:person", args=[person.pk]),
            ),
            Column("display_name", _("姓名")),
            Column("role", _("角色"), value=lambda person: person.get_role_display(), sort="role"),
            Column("region", _("辖区"), sort="region"),
            Column(
                "organisation",
                _("所属主体"),
                value=lambda person: person.organisation.name if person.organisation else None,
                sort="organisation__name",
            ),
            Column("is_active", _("在用"), sort="is_active"),
            Column("last_login", _("上次登录"), sort="last_login"),
        ],
        search=search,
        filters=[
            Filter("role", _("角色"), User.Role.choices, lambda source, value: source.filter(role=value)),
            Filter(
                "state",
                _("状态"),
                [("1", _("在用")), ("0", _("停用"))],
                lambda source, value: source.filter(is_active=value == "1"),
            ),
        ],
        empty=_("新建第一个账号。"),
    )
    return table.export() or render(request, "accounts/people.html", {"table": table})


@never_cache
def person_new(request: HttpRequest) -> HttpResponse:
    """Give somebody an account."""
    user = auth.me(request)
    auth.require(user, "accounts.manage")
    form = PersonForm(request.POST or None, actor=user)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            person = actions.create_user(
                user,
                data["username"],
                data["role"],
                display_name=data["display_name"],
                region=data["region"],
                organisation=data["uscc"],
            )
            password = actions.reset_password(user, person)
        except Problem as problem:
            form.add_error(None, f"{problem.message} {problem.remedy}")
        else:
            return render(request, "accounts/person.html", {"person": person, "password": password})
    return render(request, "accounts/person_new.html", {"form": form})


@never_cache
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One account, and what can be done with it."""
    user = auth.me(request)
    auth.require(user, "accounts.manage")
    person: User = get_object_or_404(queries.visible_to(user), pk=pk)
    password = None
    if request.method == "POST":
        match request.POST.get("do"):
            case "activate":
                actions.set_active(user, person, True)
                messages.success(request, _("账号已恢复。"))
            case "deactivate":
                actions.set_active(user, person, False)
                messages.success(request, _("账号已停用。"))
            case "password":
                password = actions.reset_password(user, person)
            case "second_factor":
                actions.reset_second_factor(user, person)
                messages.success(request, _("两步验证已清除，本人下次登录时重新设置。"))
            case _unknown:
                raise Problem(
                    "unknown_action", str(_("没有这个操作。")), remedy=str(_("请从页面上的按钮操作。"))
                )
    context = {"person": person, "password": password, "second_factor": is_mfa_enabled(person)}
    return render(request, "accounts/person.html", context)


def looks(request: HttpRequest) -> HttpResponseBase:
    """Who looked at the personal data of the people of one's organisation."""
    user = auth.me(request)
    if user.organisation is None:
        raise Problem(
            "no_organisation",
            str(_("您的账号不属于任何主体。")),
            status=403,
            remedy=str(_("此页供企业和检验检测机构查看；监管人员请看台账。")),
        )
    table = Table(
        request,
        "looks",
        looks_at(user.organisation.uscc).select_related("actor"),
        [
            Column("at", _("时间"), sort="at"),
            # The office, not the officer's user name: whom to ask, without handing out sign-in names.
            Column(
                "role",
                _("查看人"),
                value=lambda entry: entry.actor.get_role_display() if entry.actor else _("系统"),
            ),
            Column("region", _("所在地区"), value=lambda entry: entry.actor.region if entry.actor else None),
            Column("what", _("事项"), value=lambda entry: words.action(entry.action)),
            Column("seq", _("台账编号"), numeric=True),
        ],
        empty=_("还没有人查看过贵单位有关人员的个人信息。"),
    )
    return table.export() or render(request, "accounts/looks.html", {"table": table})


def forgotten(request: HttpRequest) -> HttpResponse:
    """There is no reset by mail."""
    return render(request, "accounts/forgotten.html")


def absent(request: HttpRequest, **_kwargs: str) -> HttpResponse:
    """Pages of allauth that make no sense without mail addresses."""
    raise Http404


def demo(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the simulated people; there is no such page without the demo flag."""
    if not settings.DEMO:
        raise Http404
    people = queries.demo_people()
    if request.method == "POST":
        given = request.POST.get("user", "")
        person = get_object_or_404(
            people, pk=int(given) if given.isascii() and given.isdigit() and len(given) < 18 else 0
        )
        login(request, person, backend="django.contrib.auth.backends.ModelBackend")
        request.session[DEMO_SESSION] = True
        target = request.POST.get("next", "")
        if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
            target = resolve_url(settings.LOGIN_REDIRECT_URL)
        return redirect(target)
    return render(request, "accounts/demo.html", {"people": people, "next": request.GET.get("next", "")})
