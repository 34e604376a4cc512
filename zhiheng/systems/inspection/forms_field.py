"""The forms of the field as pages, for browsers without script: everything is text here, the rules judge it."""

import uuid
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.core import files as filing
from zhiheng.core.cases.forms import FilesField
from zhiheng.core.ui import dates
from zhiheng.systems.inspection import queries_after, rules_field
from zhiheng.systems.inspection.models import Task
from zhiheng.systems.inspection.models.plan import Domain, Stage
from zhiheng.systems.inspection.rules_field import Ask, Picture

WIDGETS: dict[str, Any] = {
    "long": lambda: forms.Textarea(attrs={"rows": 3}),
    "date": lambda: forms.DateInput(attrs={"type": "date"}),
    "time": lambda: forms.DateTimeInput(attrs={"type": "datetime-local"}),
    "money": lambda: forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
}
GROUPS = (
    ("who", gettext_lazy("被抽样单位")),
    ("what", gettext_lazy("样品")),
    ("maker", gettext_lazy("标称生产者")),
    ("how", gettext_lazy("抽样和封样")),
    ("online", gettext_lazy("网络抽样")),
    ("sign", gettext_lazy("人员和签字")),
    ("photos", gettext_lazy("照片")),
)
HELP = {
    "may_sample": gettext_lazy(
        "待销产品数量不符合实施细则要求；有充分证据表明不用于销售，或者只用于出口并且合同另有约定；标注“试制”“处理”“样品”。有其一的，不得抽样，请改用“没有抽到样品”。"
    ),
    "code": gettext_lazy("扫描、拍照或者输入商品条码、追溯码；联网时带出登记的产品和标称生产者"),
    "price": gettext_lazy("按标价；没有标价的，按同类产品市场价"),
    "batch": gettext_lazy("码里有批号的会自动填写，请与标签核对"),
    "another": gettext_lazy("只在任务上的人员不能到场时填写"),
}
PHOTO_FIELDS = ("place", "goods", "seal", "page", "unpacking", "other")


def _field(ask: Ask) -> forms.Field:
    label, help_text = cast(Any, ask.label), cast(Any, HELP.get(ask.name, ask.help))
    if ask.kind == "bool":
        return forms.BooleanField(label=label, required=False, help_text=help_text)
    if ask.kind == "choice":
        choices = [("", "—"), *rules_field.CHOICES[ask.name]]
        return forms.ChoiceField(label=label, choices=choices, required=False, help_text=help_text)
    widget = WIDGETS.get(ask.kind, lambda: forms.TextInput(attrs={"maxlength": ask.most}))()
    return forms.CharField(label=label, required=False, widget=widget, help_text=help_text)


class _Sheet(forms.Form):
    """A form made of what the rules ask for, with its key."""

    asks: tuple[Ask, ...] = ()
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, task: Task, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.task = task
        self.fields["key"].initial = uuid.uuid4
        for ask in self.asks:
            self.fields[ask.name] = _field(ask)
            if ask.kind == "time":
                self.fields[ask.name].initial = dates.local(timezone.now()).strftime("%Y-%m-%dT%H:%M")

    def photo_field(self, kind: str, label: Any) -> None:
        """Pictures of a kind, taken or chosen."""
        self.fields[f"photo_{kind}"] = FilesField(label=label, required=False)
        widget = self.fields[f"photo_{kind}"].widget
        widget.attrs.update({"accept": "image/jpeg,image/png,image/webp", "data-kind": kind})

    def values(self) -> dict[str, Any]:
        """What was entered, as the action takes it."""
        return {ask.name: self.cleaned_data.get(ask.name) for ask in self.asks}

    def pictures(self) -> list[tuple[Picture, bytes]]:
        """The pictures that came with the form; each gets a key. Raises Problem for what is no picture."""
        found = []
        for name in (*(f"photo_{kind}" for kind in PHOTO_FIELDS), "signature"):
            given = self.cleaned_data.get(name) or []
            for one in given if isinstance(given, list) else [given]:
                checked = filing.accept(one.name, one.read(), strip=False)
                kind = name.removeprefix("photo_")
                # The same picture of the same form has the same key, so a form that is sent twice is kept once.
                key = uuid.uuid5(self.cleaned_data["key"], f"{kind} {checked.sha256}")
                found.append((Picture(key, kind, checked.sha256, checked.name), checked.data))
        return found


def _failed(task: Task) -> dict[str, Any]:
    """What a re-check's sheet begins with: what is known of the product that failed."""
    failed = queries_after.sample_of(task.rectification) if task.rectification is not None else None
    if failed is None:
        return {}
    found = {
        name: getattr(failed, name)
        for name in ("product", "brand", "spec", "producer_name", "producer_address")
    }
    if failed.producer is not None:
        found |= {"producer_uscc": failed.producer.uscc}
        if failed.producer == task.organisation and failed.organisation != task.organisation:
            found |= {"stage": Stage.PRODUCTION}  # the order went to who made it
    return found | ({"standard": failed.standard} if failed.standard else {})


class SampleForm(_Sheet):
    """The sheet of a sample."""

    asks = rules_field.SAMPLE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        item, organisation = self.task.item, self.task.organisation
        people = list(self.task.inspectors.all())
        initial = {
            "uscc": organisation.uscc, "product": item.product, "stage": item.stage, "standard": item.standards[:200],
        }  # fmt: skip
        if self.task.rectification is not None:  # the same product, of another batch
            initial |= _failed(self.task)
            del self.fields["price"], self.fields["free_why"]
        for name, value in initial.items():
            self.fields[name].initial = value
        if item.plan.domain != Domain.PRODUCT:
            del self.fields["may_sample"]
        self.fields["inspectors"] = forms.MultipleChoiceField(
            label=_("到场的抽样人员"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=[(one.number, f"{one.number} {one.name}") for one in people],
            initial=[one.number for one in people],
            help_text=_("不少于两人；出示监督抽查通知书（告知书）和身份证明，告知产品范围和抽样方法。"),
        )
        self.fields["signature"] = forms.FileField(label=_("签字"), required=False)
        self.fields["signature"].widget.attrs["accept"] = "image/jpeg,image/png,image/webp"
        for kind in PHOTO_FIELDS:
            self.photo_field(kind, rules_field.PHOTO_KINDS[kind])

    @property
    def groups(self) -> list[tuple[str, Any, list[Any]]]:
        """The fields as they stand together."""
        of = {ask.name: ask.group for ask in self.asks}
        of |= {"inspectors": "sign", "signature": "sign"}
        of |= {
            f"photo_{kind}": "online" if kind in {"page", "unpacking"} else "photos" for kind in PHOTO_FIELDS
        }
        names = [name for name in self.fields if name != "key"]
        names.sort(key=lambda name: name == "remark")
        return [(key, label, [self[n] for n in names if of[n] == key]) for key, label in GROUPS]

    @property
    def online(self) -> bool:
        """Whether the task is to buy online: the part for it is open then."""
        return self.task.item.stage == Stage.ONLINE or (self.data.get("stage") == Stage.ONLINE)


class RefusalForm(_Sheet):
    """The record of a refusal."""

    asks = rules_field.REFUSAL

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in ("place", "other"):
            self.photo_field(kind, rules_field.PHOTO_KINDS[kind])


class NoSampleForm(_Sheet):
    """Why there is no sample."""

    asks = rules_field.NO_SAMPLE


class DismissForm(forms.Form):
    """Why a refusal is not upheld."""

    why = forms.CharField(
        label=gettext_lazy("不予认定的理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
