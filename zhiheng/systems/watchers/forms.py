"""Forms of watchers: to apply, to be appointed, tasks, clues."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import offices
from zhiheng.core.cases.forms import FilesField, office_codes
from zhiheng.core.ui import dates
from zhiheng.systems.watchers import queries
from zhiheng.systems.watchers.models import Watcher

DATE = {"type": "date"}


class WatcherForm(forms.Form):
    """Who it is, and what he would watch."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=60)
    phone = forms.CharField(
        label=gettext_lazy("联系电话"), max_length=20, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    field = forms.CharField(
        label=gettext_lazy("监督领域"),
        max_length=100,
        help_text=gettext_lazy("例如：食品、儿童用品、电动自行车"),
    )
    area = forms.CharField(
        label=gettext_lazy("监督区域"), max_length=100, help_text=gettext_lazy("街道、镇、市场或者商圈")
    )
    why = forms.CharField(
        label=gettext_lazy("理由"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class ApplyForm(WatcherForm):
    """An application, to the office it goes to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"] = forms.ChoiceField(
            label=_("向哪个机关申请"),
            choices=[("", "—"), *((code, offices.name(code)) for code in office_codes())],
        )
        self.fields["name"].help_text = _("加密保存，只有聘任机关能看，查看留痕；不会告诉商家和公众。")
        self.order_fields(["region", "name", "phone", "field", "area", "why"])


class ProposeForm(WatcherForm):
    """A proposal, and who proposes."""

    proposed_by = forms.CharField(label=gettext_lazy("推荐单位"), max_length=100)


class AppointForm(forms.Form):
    """The term, and the account he signs in with."""

    since = forms.DateField(label=gettext_lazy("聘期起"), widget=forms.DateInput(attrs=DATE))
    until = forms.DateField(label=gettext_lazy("聘期止"), widget=forms.DateInput(attrs=DATE))
    username = forms.CharField(
        label=gettext_lazy("账号（用户名）"), max_length=150, required=False,
        help_text=gettext_lazy("由省级管理员开立；没有账号的，可以先聘任，以后再填。"),
    )  # fmt: skip
    why = forms.CharField(label=gettext_lazy("说明"), max_length=300, required=False)


class DecideForm(forms.Form):
    """A reason."""

    why = forms.CharField(
        label=gettext_lazy("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class _Watchers(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.masked}　{obj.field}　{obj.area}"


class TaskForm(forms.Form):
    """What to look at, by when, and who is asked."""

    title = forms.CharField(label=gettext_lazy("任务"), max_length=100)
    what = forms.CharField(
        label=gettext_lazy("看什么"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("哪一类商品或者商店，注意什么"),
    )  # fmt: skip
    place = forms.CharField(label=gettext_lazy("在哪里"), max_length=200, required=False)
    due_on = forms.DateField(label=gettext_lazy("截止日期"), widget=forms.DateInput(attrs=DATE))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["watchers"] = _Watchers(
            label=_("交给"), widget=forms.CheckboxSelectMultiple,
            queryset=queries.serving(user.region, dates.today()).order_by("id"),
        )  # fmt: skip


class ClueForm(forms.Form):
    """What was seen and where, in the order in which one tells it on a telephone."""

    facts = forms.CharField(
        label=gettext_lazy("看到了什么"), max_length=5000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("写商品、标签、价格、数量等，不必写自己的姓名。"),
    )  # fmt: skip
    business = forms.CharField(
        label=gettext_lazy("商家或者企业"), max_length=200, required=False,
        help_text=gettext_lazy("招牌或者营业执照上的名称，或者统一社会信用代码"),
    )  # fmt: skip
    place_name = forms.CharField(
        label=gettext_lazy("地点"), max_length=100, help_text=gettext_lazy("市场、商场、街道或者店名")
    )
    address = forms.CharField(label=gettext_lazy("地址"), max_length=200, required=False)
    seen_at = forms.DateTimeField(
        label=gettext_lazy("什么时候看到的"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    latitude = forms.CharField(
        label=gettext_lazy("纬度"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    longitude = forms.CharField(
        label=gettext_lazy("经度"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )

    def __init__(self, *args: Any, watcher: Watcher, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["files"] = FilesField(
            label=_("照片"),
            required=False,
            help_text=_("照片里的位置、时间和设备信息会去掉；地点以您填写的为准。"),
        )
        self.fields["files"].widget.attrs |= {"accept": "image/*,.pdf"}
        open_tasks = watcher.given.filter(done_at=None).select_related("task")
        if open_tasks:
            self.fields["task"] = forms.ChoiceField(
                label=_("属于哪项任务"), required=False,
                choices=[("", "—"), *((one.task_id, one.task.title) for one in open_tasks)],
            )  # fmt: skip
        self.fields["seen_at"].initial = dates.local(timezone.now()).strftime("%Y-%m-%dT%H:%M")
        self.order_fields(
            [
                "facts",
                "files",
                "business",
                "place_name",
                "address",
                "seen_at",
                "task",
                "latitude",
                "longitude",
            ]
        )

    def clean_seen_at(self) -> datetime:
        return dates.local(self.cleaned_data["seen_at"])
