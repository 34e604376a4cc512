"""Forms of the account pages; what they allow is decided in the actions."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from zhiheng.core.accounts import rules
from zhiheng.core.accounts.models import User
from zhiheng.core.registry.models import Organisation

SCOPE_LABELS = {
    "epcis:capture": _("报送追溯事件（epcis:capture）"),
    "epcis:query": _("查询追溯事件（epcis:query）"),
    "exchange:submit": _("报送数据（exchange:submit）"),
    "registry:read": _("查询主体和产品（registry:read）"),
    "trace:read": _("查询追溯链（trace:read）"),
}


class KeyForm(forms.Form):
    """A new API key."""

    name = forms.CharField(label=_("名称"), max_length=100, help_text=_("用在哪个系统，例如：进货系统"))
    scopes = forms.MultipleChoiceField(label=_("授权范围"), widget=forms.CheckboxSelectMultiple)
    until = forms.DateField(
        label=_("有效期至（可不填）"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (scope, label)
            for scope, label in SCOPE_LABELS.items()
            if rules.scope_fault(user.role, [scope]) is None
        ]

    def expires_at(self) -> datetime | None:
        """The end of the day given."""
        day = self.cleaned_data["until"]
        return timezone.make_aware(datetime.combine(day + timedelta(days=1), time())) if day else None


class PersonForm(forms.Form):
    """A new account."""

    username = forms.CharField(
        label=_("用户名"), max_length=150, help_text=_("登录用，字母、数字和 @ . + - _")
    )
    display_name = forms.CharField(label=_("姓名"), max_length=60, required=False, help_text=_("加密保存"))
    role = forms.ChoiceField(label=_("角色"))
    region = forms.CharField(
        label=_("行政区划代码"), max_length=6, required=False, help_text=_("监管人员必填，6 位，例如 440100")
    )
    uscc = forms.CharField(
        label=_("统一社会信用代码"), max_length=18, required=False, help_text=_("企业和检验检测机构必填")
    )

    def __init__(self, *args: Any, actor: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = rules.APPOINTS.get(actor.role, frozenset())
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            choice for choice in User.Role.choices if choice[0] in allowed
        ]

    def clean_uscc(self) -> Organisation | None:
        """The organisation of the code."""
        uscc = self.cleaned_data["uscc"].strip().upper()
        if not uscc:
            return None
        organisation = Organisation.objects.filter(uscc=uscc).first()
        if organisation is None:
            raise forms.ValidationError(_("没有登记此代码的主体，请先在“主体”中登记。"))
        return organisation
