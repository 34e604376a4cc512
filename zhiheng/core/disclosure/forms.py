"""Forms of the disclosure pages."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.disclosure.rules import KINDS

_MOMENT = {"type": "datetime-local"}


class PublishForm(forms.Form):
    """A new disclosure."""

    kind = forms.ChoiceField(label=_("类别"), choices=[(key, Disclosure.Kind(key).label) for key in KINDS])
    subject = forms.CharField(
        label=_("对象"),
        max_length=200,
        help_text=_("organisation:统一社会信用代码、product:商品条码、trace:商品条码 或 notice:名称"),
    )
    title = forms.CharField(label=_("标题"), max_length=200)
    text = forms.CharField(
        label=_("内容（可不填）"), required=False, widget=forms.Textarea, max_length=20_000
    )
    basis = forms.CharField(
        label=_("公开依据"),
        max_length=1000,
        help_text=_("法律、规章或文件的名称和条款，例如：政府信息公开条例 第二十条"),
    )
    published_from = forms.DateTimeField(
        label=_("公开起始"),
        widget=forms.DateTimeInput(attrs=_MOMENT, format="%Y-%m-%dT%H:%M"),
        initial=timezone.now,
    )
    published_until = forms.DateTimeField(
        label=_("公开截止（不填为长期）"),
        required=False,
        widget=forms.DateTimeInput(attrs=_MOMENT, format="%Y-%m-%dT%H:%M"),
    )


class WithdrawForm(forms.Form):
    """The reason, and the confirmation."""

    why = forms.CharField(label=_("撤回原因"), max_length=1000, widget=forms.Textarea)
    sure = forms.BooleanField(label=_("我确认撤回"))
