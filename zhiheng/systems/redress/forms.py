"""Forms of the calculator, the demand, the receipt, policies and claims."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.core.cases import words
from zhiheng.core.cases.forms import FilesField
from zhiheng.core.registry.models import Organisation
from zhiheng.core.registry.search import matching
from zhiheng.knowledge.law.load import law
from zhiheng.systems.redress.rules import Purchase

DATE = {"type": "date"}
MONEY = {"inputmode": "decimal", "autocomplete": "off"}
FOUND = 10


class CalculatorForm(forms.Form):
    """What happened, in the order one is asked: the purchase, what was wrong with it, returning it."""

    price = forms.DecimalField(
        label=gettext_lazy("价款（元）"), required=False, widget=forms.TextInput(attrs=MONEY), max_digits=15,
        help_text=gettext_lazy("商品的价款或者服务的费用"),
    )  # fmt: skip
    loss = forms.DecimalField(
        label=gettext_lazy("损失（元）"), required=False, widget=forms.TextInput(attrs=MONEY), max_digits=15,
        help_text=gettext_lazy("因为商品或者服务实际受到的损失，没有就不填"),
    )  # fmt: skip
    received_on = forms.DateField(
        label=gettext_lazy("收到商品的日期"), required=False, widget=forms.DateInput(attrs=DATE)
    )
    fraud = forms.BooleanField(label=gettext_lazy("经营者有欺诈行为"), required=False)
    serious_harm = forms.BooleanField(
        label=gettext_lazy("经营者明知有缺陷仍然提供，造成死亡或者健康严重损害"), required=False
    )
    food = forms.BooleanField(label=gettext_lazy("是不符合食品安全标准的食品"), required=False)
    against = forms.ChoiceField(
        label=gettext_lazy("向谁主张"), required=False, widget=forms.RadioSelect, initial="producer",
        choices=[("producer", gettext_lazy("生产者")), ("seller", gettext_lazy("经营者（销售者）"))],
    )  # fmt: skip
    knew = forms.BooleanField(label=gettext_lazy("经营者明知不符合仍然经营"), required=False)
    label_only = forms.BooleanField(
        label=gettext_lazy("只是标签、说明书的瑕疵，不影响食品安全，也不会误导"), required=False
    )
    unfit = forms.BooleanField(label=gettext_lazy("质量不符合要求"), required=False)
    otherwise_agreed = forms.BooleanField(label=gettext_lazy("退货另有国家规定或者约定"), required=False)
    found_substandard = forms.BooleanField(
        label=gettext_lazy("行政部门已依法认定为不合格商品"), required=False
    )
    distance = forms.BooleanField(label=gettext_lazy("通过网络、电视、电话、邮购等方式购买"), required=False)
    excepted = forms.BooleanField(
        label=gettext_lazy("属于法律列举的四类不适用无理由退货的商品"), required=False
    )

    @property
    def groups(self) -> list[tuple[str, list[Any]]]:
        """The fields as they stand together."""
        groups = (
            (_("买了什么"), ("price", "loss", "received_on")),
            (_("出了什么问题"), ("fraud", "serious_harm")),
            (_("食品"), ("food", "against", "knew", "label_only")),
            (_("退货"), ("unfit", "otherwise_agreed", "found_substandard", "distance", "excepted")),
        )
        return [(name, [self[field] for field in fields]) for name, fields in groups]

    def purchase(self) -> Purchase:
        """What was stated."""
        given = dict(self.cleaned_data)
        given["against"] = given["against"] or "producer"
        return Purchase(**given)


class DemandForm(forms.Form):
    """What a consumer demands of whom. The seller is found by its name or code; several are shown to choose from."""

    seller = forms.CharField(
        label=gettext_lazy("商家名称或者统一社会信用代码"), max_length=100,
        help_text=gettext_lazy("写发票、收据或者网店页面上的名称"),
    )  # fmt: skip
    product = forms.CharField(label=gettext_lazy("商品或者服务"), max_length=200)
    price = forms.DecimalField(
        label=gettext_lazy("价款（元）"), required=False, min_value=0, max_digits=15, decimal_places=2,
        widget=forms.TextInput(attrs=MONEY),
    )  # fmt: skip
    received_on = forms.DateField(
        label=gettext_lazy("收到商品的日期"), required=False, widget=forms.DateInput(attrs=DATE)
    )
    loss = forms.DecimalField(
        label=gettext_lazy("损失（元）"), required=False, min_value=0, max_digits=15, decimal_places=2,
        widget=forms.TextInput(attrs=MONEY),
    )  # fmt: skip
    what = forms.CharField(
        label=gettext_lazy("出了什么问题"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("商家会看到这一段。"),
    )  # fmt: skip
    name = forms.CharField(
        label=gettext_lazy("您的姓名"),
        max_length=60,
        help_text=gettext_lazy("商家看不到全名；办理机关查看会留痕。"),
    )
    phone = forms.CharField(
        label=gettext_lazy("联系电话"), max_length=20, widget=forms.TextInput(attrs={"inputmode": "tel"}),
        help_text=gettext_lazy("只有办理机关能看到。"),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        demand = law().procedures["redress"].fields["demand"]
        self.fields["demand"] = forms.MultipleChoiceField(
            label=words.of(demand), widget=forms.CheckboxSelectMultiple,
            choices=[(key, words.of(one)) for key, one in demand.choices.items()],
        )  # fmt: skip
        self.fields["files"] = FilesField(
            label=_("照片或者凭证"), required=False,
            help_text=_("照片（JPEG、PNG、WebP）或 PDF，每个不超过 20 MB；照片中的位置信息会去掉。"),
        )  # fmt: skip
        self.order_fields(
            [
                "seller",
                "which",
                "product",
                "demand",
                "what",
                "price",
                "received_on",
                "loss",
                "files",
                "name",
                "phone",
            ]
        )
        self.found: Organisation | None = None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        text = given.get("seller", "").replace("\x00", "").strip()
        if not text:
            return given
        rows = Organisation.objects.filter(merged_into=None)
        which = self.data.get("which", "")
        exact = rows.filter(uscc=(which or text).upper()).first() or rows.filter(name=text).first()
        found = [exact] if exact else list(matching(rows, text)[: FOUND + 1])
        if len(found) == 1:
            self.found = found[0]
        elif not found:
            self.add_error(
                "seller",
                _("没有找到这个商家。请核对名称；没有登记的商家，请拨打 12315 或者到当地市场监管部门投诉。"),
            )
        elif len(found) > FOUND:
            self.add_error("seller", _("有很多商家的名称里有这几个字，请写全名称。"))
        else:
            self.fields["which"] = forms.ChoiceField(
                label=_("是哪一家"), widget=forms.RadioSelect,
                choices=[(o.uscc, f"{o.name}　{o.address}") for o in found if o is not None],
            )  # fmt: skip
            self.order_fields(["seller", "which"])
            self.add_error("which", _("请选择是哪一家。"))
        return given


class ReceiptForm(forms.Form):
    """What stands on a receipt."""

    number = forms.CharField(label=gettext_lazy("编号"), max_length=60)
    secret = forms.CharField(
        label=gettext_lazy("查询码"), max_length=20, help_text=gettext_lazy("登记时给您的 12 位字母和数字"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )  # fmt: skip


class PolicyForm(forms.Form):
    """A policy."""

    number = forms.CharField(label=gettext_lazy("保单号"), max_length=60)
    insurer = forms.CharField(label=gettext_lazy("保险机构统一社会信用代码"), max_length=18)
    insured = forms.CharField(label=gettext_lazy("被保险人统一社会信用代码"), max_length=18)
    product = forms.CharField(label=gettext_lazy("承保产品"), max_length=200)
    valid_from = forms.DateField(label=gettext_lazy("保险期间起"), widget=forms.DateInput(attrs=DATE))
    valid_until = forms.DateField(label=gettext_lazy("保险期间止"), widget=forms.DateInput(attrs=DATE))
    limit_each = forms.DecimalField(
        label=gettext_lazy("每次事故限额（元）"),
        max_digits=15,
        decimal_places=2,
        widget=forms.TextInput(attrs=MONEY),
    )
    limit_total = forms.DecimalField(
        label=gettext_lazy("累计限额（元）"),
        max_digits=15,
        decimal_places=2,
        widget=forms.TextInput(attrs=MONEY),
    )

    def _organisation(self, field: str) -> Organisation:
        found = Organisation.objects.filter(
            uscc=self.cleaned_data[field].strip().upper(), merged_into=None
        ).first()
        if found is None:
            raise forms.ValidationError(_("没有登记这个主体。请先在“主体”中登记。"))
        return found

    def clean_insurer(self) -> Organisation:
        return self._organisation("insurer")

    def clean_insured(self) -> Organisation:
        return self._organisation("insured")


class ClaimForm(forms.Form):
    """An event under a policy."""

    event = forms.CharField(
        label=gettext_lazy("事故经过"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4})
    )
    loss = forms.DecimalField(
        label=gettext_lazy("损失（元）"), required=False, min_value=0, max_digits=15, decimal_places=2,
        widget=forms.TextInput(attrs=MONEY),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["files"] = FilesField(label=_("附件"), required=False)
