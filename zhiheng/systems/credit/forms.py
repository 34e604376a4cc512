"""The room's forms."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhiheng.core.accounts.models import User
from zhiheng.core.facts.models import Fact
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Designation
from zhiheng.core.registry.rules import require_region
from zhiheng.core.ui import dates
from zhiheng.systems.credit.models import Partner
from zhiheng.systems.credit.packages import SENDS, TAKES
from zhiheng.systems.credit.words import GROUPS

DAY = {"type": "date"}


def _long(most: int = 2000) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": 4, "maxlength": most})


class ObjectionForm(forms.Form):
    """What is wrong with an item."""

    why = forms.CharField(label=_("异议内容和理由"), widget=_long(), max_length=2000)


class CorrectForm(forms.Form):
    """What becomes of an item that was found wrong."""

    how = forms.ChoiceField(
        label=_("怎样更正"),
        choices=[("withdraw", _("撤回这一项")), ("amend", _("更正内容"))],
        widget=forms.RadioSelect,
    )
    title = forms.CharField(label=_("事由"), max_length=300, required=False)
    on = forms.DateField(label=_("日期"), required=False, widget=forms.DateInput(attrs=DAY))
    counts_until = forms.DateField(label=_("计入至"), required=False, widget=forms.DateInput(attrs=DAY))
    public_until = forms.DateField(label=_("公示至"), required=False, widget=forms.DateInput(attrs=DAY))
    why = forms.CharField(label=_("理由"), widget=_long(300), max_length=300)

    def clean(self) -> dict[str, Any]:
        """What is amended keeps its title and its day, which is none to come; nothing ends before it was."""
        given = super().clean() or {}
        if given.get("how") == "amend":
            for name in ("title", "on"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, _("必填"))
            on = given.get("on")
            if on and on > dates.today():
                self.add_error("on", _("日期晚于今天。"))
            for name in ("counts_until", "public_until"):
                if on and given.get(name) and given[name] < on:
                    self.add_error(name, _("截止日期早于开始日期。"))
        return given


class DecideForm(forms.Form):
    """Who a record is about."""

    who = forms.ChoiceField(label=_("这条记录属于"), widget=forms.RadioSelect)
    uscc = forms.CharField(label=_("另一主体的统一社会信用代码"), max_length=40, required=False)
    why = forms.CharField(label=_("根据什么认定"), widget=_long(300), max_length=300)


class ReasonForm(forms.Form):
    """A reason."""

    why = forms.CharField(label=_("理由"), widget=_long(300), max_length=300)


class PartnerForm(forms.ModelForm):
    """A platform that is exchanged with."""

    kinds = forms.MultipleChoiceField(
        label=_("发送的类别"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(kind, label) for kind, label in [*Fact.Kind.choices, *Designation.Kind.choices] if kind in SENDS],
    )  # fmt: skip
    takes = forms.MultipleChoiceField(
        label=_("接收的契约"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(k, k) for k in TAKES],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["account"]
        field.queryset = User.objects.filter(role="province", is_active=True)  # type: ignore[attr-defined]

    def clean_region(self) -> str:
        """A region that there is."""
        try:
            return require_region(self.cleaned_data["region"])
        except Problem as problem:
            raise forms.ValidationError(problem.message) from None

    class Meta:
        model = Partner
        fields = ("key", "name", "public_key", "kinds", "takes", "region", "since", "account", "active")
        widgets = {
            "since": forms.DateInput(attrs=DAY),
            "public_key": forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        }


class PackageForm(forms.Form):
    """A package (ZIP) or a receipt (JSON)."""

    file = forms.FileField(label=_("数据包（ZIP）或者回执（JSON）"))


class ConsentForm(forms.Form):
    """A consent: for whom, what for, which part of the file, until when."""

    recipient = forms.CharField(label=_("提供给（单位名称）"), max_length=200)
    purpose = forms.CharField(label=_("用途"), max_length=200)
    groups = forms.MultipleChoiceField(
        label=_("范围"), widget=forms.CheckboxSelectMultiple,
        choices=[(key, text) for key, text in GROUPS.items() if key != "complaint"],
    )  # fmt: skip
    until = forms.DateField(label=_("有效至"), widget=forms.DateInput(attrs=DAY))


class CertificateForm(forms.Form):
    """What a certificate is for, and since when it looks."""

    purpose = forms.CharField(label=_("用途"), max_length=200)
    since = forms.DateField(label=_("查询起"), widget=forms.DateInput(attrs=DAY))


class VerifyForm(forms.Form):
    """A consent's code, and who is looking."""

    code = forms.CharField(label=_("授权码"), max_length=40)
    who = forms.CharField(
        label=_("查询单位和经办人"), max_length=200, help_text=_("会记录下来，并让被查询的企业看到。")
    )


class CompareForm(forms.Form):
    """A certificate in hand."""

    file = forms.FileField(label=_("手中的证明（PDF）"))
