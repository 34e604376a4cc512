"""The registry's pages."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.http import HttpRequest as AnyRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from zhiheng.core.accounts.models import User
from zhiheng.core.problems import Problem
from zhiheng.core.registry import actions, forms, queries, rules
from zhiheng.core.registry.models import Merge, Organisation, Person, Product
from zhiheng.core.registry.search import matching
from zhiheng.core.ui.series import listed
from zhiheng.core.ui.tables import Column, Filter, Table
from zhiheng.knowledge.codes import regions


class HttpRequest(AnyRequest):
    """A request of somebody who is signed in: every view here asks for that."""

    user: User


REASONS = {
    "same_name": gettext_lazy("名称相同(不计全半角、空格和括号)"),
    "former_name": gettext_lazy("一方的曾用名是另一方的名称"),
    "same_head": gettext_lazy("法定代表人同名且地址相同"),
}


def _permitted(permission: str) -> Callable[..., Any]:
    """A page for those with a permission; others are told so."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @login_required
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.may(permission):
                return render(request, "403.html", status=403)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def region_name(code: str) -> str:
    """A region in words; a code nobody knows stays as it is."""
    return regions.full_name(code) if regions.is_known(code) else code


def _region_choices(user: Any) -> list[tuple[str, str]]:
    prefix = user.prefix if user.prefix is not None else ""
    return [
        (city.code[:4], city.name) for city in regions.GUANGDONG_CITIES if city.code.startswith(prefix[:4])
    ]


@login_required
def organisations(request: HttpRequest) -> HttpResponseBase:
    """All organisations a person sees."""
    table = Table(
        request,
        "organisations",
        queries.organisations_visible_to(request.user),
        [
            Column(
                "name", _("名称"), sort="name", link=lambda o: reverse("registry:organisation", args=[o.uscc])
            ),
            Column("uscc", _("统一社会信用代码"), sort="uscc"),
            Column("kinds", _("经营环节"), lambda o: listed(o.kind_labels)),
            Column("region", _("所在地"), lambda o: region_name(o.region), sort="region"),
            Column("status", _("状态"), lambda o: o.get_status_display(), sort="status"),
            Column("industry", _("行业代码"), sort="industry", hidden=True),
            Column("org_type", _("主体类型"), hidden=True),
            Column("address", _("地址"), hidden=True),
            Column("updated_at", _("更新时间"), sort="updated_at", hidden=True),
        ],
        search=matching,
        filters=[
            Filter(
                "region",
                _("地市"),
                _region_choices(request.user),
                lambda s, v: s.filter(queries.within(v)),
            ),
            Filter(
                "kind",
                _("经营环节"),
                Organisation.Kind.choices,
                lambda s, v: s.filter(kinds__contains=f" {v} "),
            ),
            Filter("status", _("状态"), Organisation.Status.choices, lambda s, v: s.filter(status=v)),
        ],
        empty=_("没有符合条件的主体。"),
    )
    return table.export() or render(
        request, "registry/organisations.html",
        {
            "table": table,
            "may_edit": request.user.may("registry.edit"),
            "may_merge": request.user.may("registry.merge"),
        },
    )  # fmt: skip


@login_required
def products(request: HttpRequest) -> HttpResponseBase:
    """All products a person sees."""

    def found(source: QuerySet[Product], q: str) -> QuerySet[Product]:
        return source.filter(
            Q(name__icontains=q)
            | Q(brand__icontains=q)
            | Q(gtin__contains=q)
            | Q(organisation__name__icontains=q)
        )

    table = Table(
        request,
        "products",
        queries.products_visible_to(request.user),
        [
            Column("name", _("产品名称"), sort="name"),
            Column("gtin", "GTIN", sort="gtin", link=lambda p: f"/01/{p.gtin}"),
            Column("brand", _("商标"), sort="brand"),
            Column("spec", _("规格型号")),
            Column("category", _("类别"), lambda p: p.get_category_display(), sort="category"),
            Column("organisation", _("主体"), lambda p: p.organisation.name, sort="organisation__name",
                   link=lambda p: reverse("registry:organisation", args=[p.organisation.uscc])),
            Column("standard", _("执行标准"), hidden=True),
            Column("unit", _("计量单位"), hidden=True),
        ],
        search=found,
        filters=[Filter("category", _("类别"), Product.Category.choices, lambda s, v: s.filter(category=v))],
        empty=_("还没有登记产品。"),
    )  # fmt: skip
    return table.export() or render(request, "registry/products.html", {"table": table})


def _visible(request: HttpRequest, uscc: str) -> Organisation:
    """The organisation, or the one it was merged into; 404 for what is not the person's to see."""
    found = queries.by_uscc([uscc]).get(uscc)
    if found is None or not rules.reaches(request.user, found.region, found.pk):
        raise Http404
    return found


def _page(request: HttpRequest, found: Organisation, **extra: Any) -> HttpResponse:
    own = request.user.role in rules.PARTIES
    return render(
        request, "registry/organisation.html",
        {
            "organisation": found,
            "region": region_name(found.region),
            "names": found.names.all(),
            "sites": [(site, region_name(site.region)) for site in found.sites.all()[:200]],
            "products": found.products.all()[:200],
            "people": found.people.all(),
            "designations": found.designations.all()[:200],
            "merges": queries.merges_visible_to(request.user).filter(kept=found, undone_at=None),
            "may_edit": own or request.user.may("registry.edit"),
            "may_merge": request.user.may("registry.merge"),
            "may_look": request.user.may("personal_data.read"),
            "today": timezone.localdate(),
            **extra,
        },
    )  # fmt: skip


@login_required
def organisation(request: HttpRequest, uscc: str) -> HttpResponseBase:
    """Everything registered about an organisation; names of people masked."""
    found = _visible(request, uscc)
    if found.uscc != uscc:
        return redirect("registry:organisation", found.uscc)
    return _page(request, found)


@login_required
@require_POST
def reveal_person(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A person's name and telephone, after the look is in the ledger."""
    person = get_object_or_404(queries.people_visible_to(request.user), pk=pk)
    try:
        actions.reveal_person(request.user, person)
    except Problem as problem:
        messages.error(request, f"{problem.message}{problem.remedy}")
        return redirect("registry:organisation", person.organisation.uscc)
    response = _page(request, person.organisation, revealed=person.pk)
    response["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def reveal_phone(request: HttpRequest, uscc: str) -> HttpResponseBase:
    """An organisation's telephone, after the look is in the ledger."""
    found = _visible(request, uscc)
    try:
        phone = actions.reveal_phone(request.user, found)
    except Problem as problem:
        messages.error(request, f"{problem.message}{problem.remedy}")
        return redirect("registry:organisation", found.uscc)
    response = _page(request, found, phone=phone or _("没有登记电话"))
    response["Cache-Control"] = "no-store"
    return response


def _form(
    request: HttpRequest, form: Any, title: str, back: str, act: Callable[[dict[str, Any]], Organisation]
) -> HttpResponseBase:
    """Show a form; when it is sent and right, act and go back to the organisation."""
    if request.method == "POST" and form.is_valid():
        try:
            found = act(form.cleaned_data)
        except Problem as problem:
            form.add_error(None, f"{problem.message}{problem.remedy}")
        else:
            messages.success(request, _("已保存。"))
            return redirect("registry:organisation", found.uscc)
    status = 422 if request.method == "POST" else 200
    return render(request, "registry/form.html", {"form": form, "title": title, "back": back}, status=status)


@_permitted("registry.edit")
def new_organisation(request: HttpRequest) -> HttpResponseBase:
    """Register one organisation by hand."""
    form = forms.OrganisationForm(request.POST or None, new=True, initial={"status": "active"})

    def act(data: dict[str, Any]) -> Organisation:
        data["status"] = data["status"] or "active"
        return actions.create_organisation(request.user, **data)

    return _form(request, form, _("登记主体"), reverse("registry:organisations"), act)


@login_required
def edit_organisation(request: HttpRequest, uscc: str) -> HttpResponseBase:
    """Change an organisation; a party changes what is its own to say."""
    found = _visible(request, uscc)
    initial = {
        name: getattr(found, name) for name in ("name", "region", "org_type", "industry", "address", "status")
    }
    form = forms.OrganisationForm(
        request.POST or None,
        own=request.user.role in rules.PARTIES,
        initial={**initial, "kinds": found.kind_list},
    )

    def act(data: dict[str, Any]) -> Organisation:
        # The telephone is not shown in the form: nobody looks at it unrecorded. Empty leaves it as it is.
        if not data["phone"]:
            del data["phone"]
        if "status" in data:
            data["status"] = data["status"] or found.status
        return actions.update_organisation(request.user, found, **data)

    return _form(request, form, _("修改主体"), reverse("registry:organisation", args=[found.uscc]), act)


ADDITIONS: dict[str, tuple[Any, Any, Callable[..., Any]]] = {
    "name": (gettext_lazy("添加名称"), forms.NameForm, actions.add_name),
    "site": (gettext_lazy("登记场所"), forms.SiteForm, actions.save_site),
    "product": (gettext_lazy("登记产品"), forms.ProductForm, actions.save_product),
    "person": (gettext_lazy("登记负责人"), forms.PersonForm, actions.add_person),
}


@login_required
def add(request: HttpRequest, uscc: str, what: str) -> HttpResponseBase:
    """Add a name, a site, a product or a person to an organisation."""
    found = _visible(request, uscc)
    if what not in ADDITIONS or (what == "name" and request.user.role in rules.PARTIES):
        raise Http404
    title, form_class, action = ADDITIONS[what]

    def act(data: dict[str, Any]) -> Organisation:
        action(request.user, found, **data)
        return found

    return _form(
        request, form_class(request.POST or None), f"{title}:{found.name}",
        reverse("registry:organisation", args=[found.uscc]), act,
    )  # fmt: skip


@login_required
@require_POST
def end_duty(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Somebody holds a duty no longer, from today."""
    person: Person = get_object_or_404(queries.people_visible_to(request.user), pk=pk)
    try:
        actions.end_duty(request.user, person, until=timezone.localdate())
        messages.success(request, _("已记为卸任。"))
    except Problem as problem:
        messages.error(request, f"{problem.message}{problem.remedy}")
    return redirect("registry:organisation", person.organisation.uscc)


@_permitted("registry.merge")
def duplicates(request: HttpRequest) -> HttpResponseBase:
    """Pairs that may be one organisation, and the merges that were made."""
    pairs = queries.duplicates(request.user)
    merges = Table(
        request,
        "merges",
        queries.merges_visible_to(request.user),
        [
            Column("done_at", _("时间"), sort="done_at"),
            Column("kept", _("保留"), lambda m: m.kept.name,
                   link=lambda m: reverse("registry:organisation", args=[m.kept.uscc])),
            Column("duplicate", _("并入"), lambda m: f"{m.duplicate.name} {m.duplicate.uscc}"),
            Column("reason", _("理由")),
            Column("done_by", _("办理人"), lambda m: m.done_by.username if m.done_by else ""),
            Column("undone_at", _("撤销时间"), sort="undone_at"),
            Column("undo", "", lambda m: "" if m.undone_at else _("撤销"),
                   link=lambda m: None if m.undone_at else reverse("registry:undo_merge", args=[m.pk])),
        ],
        empty=_("还没有合并过。"),
    )  # fmt: skip
    return merges.export() or render(
        request, "registry/duplicates.html",
        {"pairs": [(pair, [REASONS[reason] for reason in pair.reasons]) for pair in pairs], "merges": merges},
    )  # fmt: skip


@_permitted("registry.merge")
def compare(request: HttpRequest, first: int, second: int) -> HttpResponseBase:
    """Two organisations side by side; one is kept."""
    both = queries.organisations_visible_to(request.user).in_bulk([first, second])
    if first == second or len(both) != 2:
        raise Http404
    a, b = both[first], both[second]
    form = forms.MergeForm(request.POST or None, initial={"kept": str(a.pk)})
    form.fields["kept"].choices = [(str(o.pk), str(o)) for o in (a, b)]  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        kept, given_up = (a, b) if form.cleaned_data["kept"] == str(a.pk) else (b, a)
        try:
            actions.merge(request.user, kept, given_up, reason=form.cleaned_data["reason"])
        except Problem as problem:
            form.add_error(None, f"{problem.message}{problem.remedy}")
        else:
            messages.success(request, _("已合并;随时可以撤销。"))
            return redirect("registry:organisation", kept.uscc)
    fields = [
        (_("名称"), a.name, b.name),
        (_("统一社会信用代码"), a.uscc, b.uscc),
        (_("其他名称"), *(listed(n.name for n in o.names.all()) for o in (a, b))),
        (_("所在地"), region_name(a.region), region_name(b.region)),
        (_("地址"), a.address, b.address),
        (_("主体类型"), a.org_type, b.org_type),
        (_("经营环节"), *(listed(o.kind_labels) for o in (a, b))),
        (_("状态"), a.get_status_display(), b.get_status_display()),
        (
            _("负责人"),
            *(listed(f"{p.get_duty_display()} {p.masked}" for p in o.people.all()[:10]) for o in (a, b)),
        ),
        (_("场所"), a.sites.count(), b.sites.count()),
        (_("产品"), a.products.count(), b.products.count()),
        (_("证照"), a.designations.count(), b.designations.count()),
    ]
    status = 422 if form.errors else 200
    return render(
        request, "registry/compare.html", {"a": a, "b": b, "fields": fields, "form": form}, status=status
    )


@_permitted("registry.merge")
def undo_merge(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Take a merge back."""
    row: Merge = get_object_or_404(queries.merges_visible_to(request.user), pk=pk)
    if request.method == "POST":
        try:
            actions.undo_merge(request.user, row)
            messages.success(request, _("已撤销合并,移过来的都还了回去。"))
        except Problem as problem:
            messages.error(request, f"{problem.message}{problem.remedy}")
        return redirect("registry:duplicates")
    moved = [(place.split(".")[1], len(keys)) for place, keys in row.moved.items()]
    return render(request, "registry/undo.html", {"merge": row, "moved": moved})
