"""Forms of the registry's pages; what they allow is decided in the actions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhiheng.core.registry.models import Name, Organisation, Person, Product

DATE = {"type": "date"}


class OrganisationForm(forms.Form):
    """An organisation, new or changed; ``own`` leaves what a party may change of itself."""

    uscc = forms.CharField(label=_("统一社会信用代码"), max_length=40)
    name = forms.CharField(label=_("名称"), max_length=200)
    region = forms.CharField(label=_("行政区划"), max_length=6, help_text=_("GB/T 2260 六位代码,例如 440105"))
    org_type = forms.CharField(label=_("主体类型"), max_length=60, required=False)
    industry = forms.CharField(
        label=_("行业代码"), max_length=5, required=False, help_text=_("GB/T 4754,例如 C1495")
    )
    address = forms.CharField(label=_("地址"), max_length=300, required=False)
    phone = forms.CharField(
        label=_("联系电话"), max_length=40, required=False, help_text=_("加密保存;留空不改")
    )
    kinds = forms.MultipleChoiceField(
        label=_("经营环节"),
        choices=Organisation.Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    status = forms.ChoiceField(label=_("状态"), choices=Organisation.Status.choices, required=False)

    def __init__(self, *args: Any, new: bool = False, own: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not new:
            del self.fields["uscc"]
        if own:
            for name in ("name", "region", "org_type", "status"):
                del self.fields[name]


class NameForm(forms.Form):
    """Another name."""

    name = forms.CharField(label=_("名称"), max_length=200)
    kind = forms.ChoiceField(label=_("类别"), choices=Name.Kind.choices)
    since = forms.DateField(label=_("自"), required=False, widget=forms.DateInput(attrs=DATE))
    until = forms.DateField(label=_("至"), required=False, widget=forms.DateInput(attrs=DATE))


class SiteForm(forms.Form):
    """A site."""

    gln = forms.CharField(label="GLN", max_length=20, help_text=_("13 位全球位置码"))
    name = forms.CharField(label=_("场所名称"), max_length=200)
    region = forms.CharField(label=_("行政区划"), max_length=6, help_text=_("GB/T 2260 六位代码,例如 440105"))
    address = forms.CharField(label=_("地址"), max_length=300, required=False)


class ProductForm(forms.Form):
    """A product."""

    gtin = forms.CharField(label="GTIN", max_length=20, help_text=_("包装上的商品条码,8、12、13 或 14 位"))
    name = forms.CharField(label=_("产品名称"), max_length=200)
    brand = forms.CharField(label=_("商标"), max_length=100, required=False)
    spec = forms.CharField(label=_("规格型号"), max_length=100, required=False)
    category = forms.ChoiceField(label=_("重要产品类别"), choices=Product.Category.choices)
    standard = forms.CharField(label=_("执行标准"), max_length=200, required=False)
    unit = forms.CharField(label=_("计量单位"), max_length=20, required=False)


class PersonForm(forms.Form):
    """Somebody in charge."""

    duty = forms.ChoiceField(label=_("职务"), choices=Person.Duty.choices)
    name = forms.CharField(label=_("姓名"), max_length=100, help_text=_("加密保存;查看留痕"))
    phone = forms.CharField(label=_("联系电话"), max_length=40, required=False)
    since = forms.DateField(label=_("任职自"), required=False, widget=forms.DateInput(attrs=DATE))
    until = forms.DateField(label=_("任职至"), required=False, widget=forms.DateInput(attrs=DATE))
    appointed_by = forms.CharField(label=_("任命文件"), max_length=200, required=False)


class MergeForm(forms.Form):
    """Which of two to keep, and why they are one."""

    kept = forms.ChoiceField(label=_("保留"), widget=forms.RadioSelect)
    reason = forms.CharField(label=_("理由"), max_length=300, help_text=_("根据什么认定是同一主体"))
