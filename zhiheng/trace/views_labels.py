"""The desk's page of labels: choose, preview, download."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from zhiheng.core.accounts.auth import me
from zhiheng.core.accounts.models import User
from zhiheng.core.problems import Problem
from zhiheng.core.registry.queries import products_visible_to, sites_visible_to
from zhiheng.knowledge.codes import keys
from zhiheng.knowledge.codes.errors import CodeError
from zhiheng.trace import labels, resolver

SHOWN = 6  # labels in the preview
CHOICES = 200  # products offered as one types
KINDS = [("product", gettext_lazy("商品（批次、单件）")), ("sscc", gettext_lazy("物流单元（SSCC）"))]


class LabelForm(forms.Form):
    """What is to be printed."""

    kind = forms.ChoiceField(label=gettext_lazy("印什么"), choices=KINDS, initial="product")
    gtin = forms.CharField(
        label=gettext_lazy("商品条码"),
        required=False,
        max_length=14,
        help_text=gettext_lazy("只能选自己可见的产品。"),
        widget=forms.TextInput(attrs={"list": "products", "autocomplete": "off", "inputmode": "numeric"}),
    )
    lot = forms.CharField(label=gettext_lazy("批号"), required=False, max_length=20, strip=True)
    serials = forms.CharField(
        label=gettext_lazy("序列号"),
        required=False,
        max_length=60_000,
        help_text=gettext_lazy("一行一个，或用逗号隔开；A0001-A0120 表示一段。留空则每张只印商品和批号。"),
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
    )
    sscc = forms.CharField(
        label=gettext_lazy("首个 SSCC"),
        required=False,
        max_length=30,
        help_text=gettext_lazy("17 位（校验码自动补上）或 18 位。"),
    )
    count = forms.IntegerField(
        label=gettext_lazy("张数"),
        min_value=1,
        initial=1,
        required=False,
        help_text=gettext_lazy("填了序列号时不看这一项：每个序列号一张。"),
    )
    symbology = forms.ChoiceField(
        label=gettext_lazy("码制"), choices=list(labels.SYMBOLOGIES.items()), initial="qr"
    )
    layout = forms.ChoiceField(
        label=gettext_lazy("版式"),
        choices=[(name, layout.name) for name, layout in labels.LAYOUTS.items()],
        initial="24",
    )

    def __init__(self, *args: Any, user: User, **more: Any) -> None:
        super().__init__(*args, **more)
        self.user = user
        self.labels: list[labels.Label] = []

    def clean(self) -> dict[str, Any]:
        """Make the labels, and hang what is wrong on the field that can mend it."""
        data = super().clean() or {}
        if self.errors:
            return data
        field = "sscc" if data["kind"] == "sscc" else "gtin"
        try:
            if field == "sscc":
                self._units(data)
            else:
                self._pieces(data)
            if data["symbology"] == "gs1-128" and field != "sscc":
                self.add_error(
                    "symbology", _("GS1-128 条码在这里用于物流单元；商品请用二维码或 DataMatrix。")
                )
        except CodeError as error:
            self.add_error(_field_of(error) or field, resolver.fault(error))
        except Problem as problem:
            many = "serials" if data["kind"] == "product" and data["serials"] else "count"
            self.add_error(many, f"{problem.message}{problem.remedy}")
        return data

    def _pieces(self, data: dict[str, Any]) -> None:
        if not data["gtin"]:
            self.add_error("gtin", _("请填写商品条码。"))
            return
        gtin = keys.primary_value("01", data["gtin"].strip())
        product = products_visible_to(self.user).filter(gtin=gtin).first()
        if product is None:
            self.add_error("gtin", _("这不是您登记的产品。请先在“产品”里登记，或核对条码。"))
            return
        pieces = labels.serials(data["serials"])
        name = f"{product.name} {product.spec}".strip()
        self.labels = labels.of_product(gtin, data["lot"], pieces, name, data["count"] or 1)

    def _units(self, data: dict[str, Any]) -> None:
        if not data["sscc"]:
            self.add_error("sscc", _("请填写首个 SSCC。"))
            return
        name = self.user.organisation.name if self.user.organisation else ""
        made = labels.of_units(data["sscc"], data["count"] or 1, name)
        if not self.user.is_officer and made[0].code.key[1:8] not in self._prefixes():
            self.add_error("sscc", _("SSCC 的厂商识别代码和您登记的商品条码、场所代码都不同。"))
            return
        self.labels = made

    def _prefixes(self) -> set[str]:
        """The beginnings of the company prefixes in the organisation's own numbers (at least seven digits)."""
        gtins = products_visible_to(self.user).values_list("gtin", flat=True)
        glns = sites_visible_to(self.user).values_list("gln", flat=True)
        return {gtin[1:8] for gtin in gtins} | {gln[:7] for gln in glns}


def _field_of(error: CodeError) -> str | None:
    if "(21)" in error.message:
        return "serials"
    return "lot" if "(10)" in error.message else None


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponseBase:
    """Choose what to print; see the first labels; download the sheets."""
    user = me(request)
    if not (user.may("trace.explore") or user.may("exchange.submit")):
        raise Problem(
            "forbidden", _("您的角色不能印标签。"), status=403, remedy=_("请用企业或监管人员的账号。")
        )
    form = LabelForm(request.POST or None, user=user, initial={"gtin": request.GET.get("gtin", "")})
    context: dict[str, Any] = {"form": form, "products": products_visible_to(user)[:CHOICES], "shown": []}
    if request.method != "POST" or not form.is_valid():
        return render(request, "trace/labels/index.html", context, status=400 if form.errors else 200)
    symbology, layout = form.cleaned_data["symbology"], form.cleaned_data["layout"]
    try:
        if file := _file(request.POST.get("do", ""), form.labels, symbology, layout):
            return file
        context["shown"] = [
            {"picture": SafeString(labels.svg(one.symbol(symbology), one.code.hri)), "label": one}
            for one in form.labels[:SHOWN]
        ]
    except Problem as problem:
        form.add_error(
            "layout" if problem.code == "layout_too_small" else "symbology",
            f"{problem.message}{problem.remedy}",
        )
        return render(request, "trace/labels/index.html", context, status=400)
    grid = labels.LAYOUTS[layout]
    context["count"], context["pages"] = len(form.labels), -(-len(form.labels) // grid.on_page)
    return render(request, "trace/labels/index.html", context)


def _file(what: str, made: list[labels.Label], symbology: str, layout: str) -> HttpResponse | None:
    """The download that was asked for, if one was."""
    if what == "pdf":
        body: bytes | str = labels.sheet(made, symbology, layout)
        kind, name = "application/pdf", "labels.pdf"
    elif what == "svg":
        body = labels.svg(made[0].symbol(symbology), made[0].code.hri)
        kind, name = "image/svg+xml", "label.svg"
    elif what == "png":
        body = labels.png(made[0].symbol(symbology))
        kind, name = "image/png", "label.png"
    else:
        return None
    return HttpResponse(
        body, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
