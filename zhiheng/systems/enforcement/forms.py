"""Forms of the room's own pages. The steps of the law have theirs in the engine."""

from datetime import datetime
from typing import Any

from django import forms
from django.forms import formset_factory
from django.utils.translation import gettext_lazy as _

from zhiheng.core.cases.forms import FilesField
from zhiheng.core.ui import dates
from zhiheng.systems.enforcement.models import Campaign, Custody, Factor, Limitation

LONG = forms.Textarea(attrs={"rows": 3})


class Day(forms.DateInput):
    """A day, as browsers ask for it."""

    def __init__(self) -> None:
        super().__init__(attrs={"type": "date"}, format="%Y-%m-%d")


class CustodyForm(forms.Form):
    """A link of the chain of custody."""

    event = forms.ChoiceField(
        label=_("保管环节"), choices=[(k, v) for k, v in Custody.Event.choices if k != Custody.Event.TAKEN]
    )
    at = forms.DateTimeField(label=_("时间"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))
    giver = forms.CharField(label=_("交出人"), required=False, max_length=200)
    taker = forms.CharField(label=_("接收人"), required=False, max_length=200)
    place = forms.CharField(label=_("地点"), max_length=200)
    note = forms.CharField(label=_("说明"), required=False, widget=LONG, max_length=2000)

    def clean_at(self) -> datetime:
        return dates.local(self.cleaned_data["at"])


class MoreFilesForm(forms.Form):
    """More files for an item of evidence."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["files"] = FilesField(
            label=_("文件"), help_text=_("照片或 PDF，按原样保存，并记录 SHA-256。")
        )


class StrikeForm(forms.Form):
    """Why something is struck."""

    why = forms.CharField(label=_("划去的理由"), widget=LONG, max_length=300)


class ItemForm(forms.Form):
    """Goods of a measure."""

    name = forms.CharField(label=_("名称、规格、型号"), max_length=200)
    quantity = forms.CharField(label=_("数量"), max_length=60)
    seal = forms.CharField(label=_("封条编号"), required=False, max_length=60)
    place = forms.CharField(label=_("存放地点"), max_length=200)
    note = forms.CharField(label=_("特征或者状态"), required=False, max_length=300)


class LimitationForm(forms.Form):
    """The answer to the warning about the limitation of penalties."""

    answer = forms.ChoiceField(label=_("答复"), choices=Limitation.Answer.choices, widget=forms.RadioSelect)
    day = forms.DateField(
        label=_("日期"), required=False, widget=Day(),
        help_text=_("持续的违法行为填终了之日（仍在持续的不填）；此前已被发现的填发现之日。"),
    )  # fmt: skip
    reason = forms.CharField(label=_("理由和证据"), widget=LONG, max_length=2000)


class FactorForm(forms.Form):
    """A factor of discretion."""

    kind = forms.ChoiceField(label=_("作用"), choices=Factor.Kind.choices, widget=forms.RadioSelect)
    what = forms.CharField(label=_("因素"), max_length=200)
    basis = forms.CharField(
        label=_("依据"), max_length=200, help_text=_("法律、规章或者裁量基准的名称和条款。")
    )
    reason = forms.CharField(label=_("理由"), widget=LONG, max_length=2000)


class DiscussionForm(forms.Form):
    """A collective discussion."""

    held_on = forms.DateField(label=_("讨论日期"), widget=Day())
    people = forms.CharField(label=_("参加人"), max_length=500)
    matter = forms.CharField(label=_("讨论事项"), max_length=200)
    conclusion = forms.CharField(label=_("讨论结论"), widget=LONG, max_length=2000)


class PlanForm(forms.Form):
    """Why the party may pay in parts; the parts are a formset beside it."""

    reason = forms.CharField(label=_("理由"), widget=LONG, max_length=300)


class PartForm(forms.Form):
    """One instalment; both or neither."""

    due_on = forms.DateField(label=_("缴纳日期"), required=False, widget=Day())
    amount = forms.DecimalField(
        label=_("金额（元）"), required=False, max_digits=15, decimal_places=2, min_value=0,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if (given.get("due_on") is None) != (given.get("amount") is None) and not self.errors:
            raise forms.ValidationError(_("日期和金额须同时填写。"))
        return given


Parts = formset_factory(PartForm, extra=6, max_num=24)


class CampaignForm(forms.Form):
    """A campaign."""

    name = forms.CharField(label=_("名称"), max_length=120)
    basis = forms.CharField(label=_("依据文件"), max_length=300)
    scope = forms.CharField(label=_("范围和重点"), widget=LONG, max_length=2000)
    starts_on = forms.DateField(label=_("开始"), widget=Day())
    ends_on = forms.DateField(label=_("结束"), widget=Day())


class AttachForm(forms.Form):
    """To which campaign a case is counted."""

    campaign = forms.ModelChoiceField(label=_("专项行动"), queryset=Campaign.objects.none())

    def __init__(self, *args: Any, campaigns: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["campaign"].queryset = campaigns  # type: ignore[attr-defined]
