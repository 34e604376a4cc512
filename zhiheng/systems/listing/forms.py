"""Forms of the room; the actions judge what is given."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from zhiheng.core.cases.forms import FilesField
from zhiheng.core.facts.models import Fact
from zhiheng.core.registry import queries as registry
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.systems.listing.models import ExitCheck, Hint, Measure, Scheme

DAY = forms.DateInput(attrs={"type": "date"})
LONG = forms.Textarea(attrs={"rows": 4})


class ProposeForm(forms.Form):
    """Propose somebody for a list by hand."""

    scheme = forms.ChoiceField(label=_("名单"), choices=Scheme.choices)
    uscc = forms.CharField(label=_("统一社会信用代码"), max_length=18)
    reason = forms.CharField(label=_("建议理由"), widget=LONG, max_length=150)

    def clean_uscc(self) -> Organisation:
        """The organisation of the code."""
        code = self.cleaned_data["uscc"].strip().upper()
        found = registry.by_uscc([code]).get(code)
        if found is None:
            raise forms.ValidationError(_("没有登记这个统一社会信用代码。"))
        return found


class FactsForm(forms.Form):
    """Which facts speak for it."""

    def __init__(self, *args: Any, facts: "QuerySet[Fact]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["facts"] = _Facts(
            label=_("所依据的记录"), queryset=facts, required=False, widget=forms.CheckboxSelectMultiple,
            help_text="" if facts.exists() else _("档案里没有对它不利的记录；只凭上面的理由建议。"),
        )  # fmt: skip


class _Facts(forms.ModelMultipleChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.on} · {obj.get_kind_display()} · {obj.title} · {obj.source}"


class MeasureForm(forms.Form):
    """An office applies a measure."""

    kind = forms.ChoiceField(label=_("措施"), choices=[("", "—"), *Measure.Kind.choices])
    office = forms.CharField(
        label=_("实施机关"), max_length=120, required=False, help_text=_("不填就是本机关。")
    )
    on = forms.DateField(label=_("实施日期"), widget=DAY, initial=dates.today)
    note = forms.CharField(label=_("说明"), max_length=300, required=False)


class LiftForm(forms.Form):
    """An office lifts a measure."""

    on = forms.DateField(label=_("解除日期"), widget=DAY, initial=dates.today)
    reason = forms.CharField(label=_("理由"), widget=LONG, max_length=300)


class CheckForm(forms.Form):
    """One item of following a firm that left."""

    item = forms.ChoiceField(label=_("核查事项"), choices=ExitCheck.Item.choices)
    done = forms.BooleanField(label=_("已落实"), required=False)
    note = forms.CharField(label=_("核查情况"), widget=LONG, max_length=500)


class _ApplyForm(forms.Form):
    """An application with its paper; an office that has it on paper says when it came."""

    paper: Any

    def __init__(self, *args: Any, office: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["files"] = FilesField(label=self.paper)
        if not office:
            del self.fields["received_on"]


class BankruptcyForm(_ApplyForm):
    """Temporary repair in a reorganisation or settlement."""

    paper = _("法院裁定书")
    ruling = forms.CharField(label=_("法院裁定文号"), max_length=200)
    improvement = forms.CharField(label=_("说明"), widget=LONG, max_length=1000, required=False)
    received_on = forms.DateField(label=_("收到申请之日"), widget=DAY, initial=dates.today)


class OtherBodyForm(_ApplyForm):
    """Another authority repaired what it had recorded."""

    paper = _("修复决定书")
    repaired_by = forms.CharField(label=_("作出修复决定的部门"), max_length=200)
    decision_no = forms.CharField(label=_("修复决定文号"), max_length=100)
    improvement = forms.CharField(label=_("说明"), widget=LONG, max_length=1000, required=False)
    received_on = forms.DateField(label=_("收到修复决定信息之日"), widget=DAY, initial=dates.today)

    def __init__(self, *args: Any, facts: "QuerySet[Fact]", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["facts"] = _Facts(
            label=_("已修复的信息"), queryset=facts, widget=forms.CheckboxSelectMultiple,
            help_text="" if facts else _("其他部门没有在这里公示这个主体的信息，无须申请。"),
        )  # fmt: skip
        self.order_fields(["facts"])


class EndForm(forms.Form):
    """Stop following."""

    reason = forms.CharField(label=_("理由"), widget=LONG, max_length=300)


class HintForm(forms.Form):
    """What a hint is."""

    outcome = forms.ChoiceField(
        label=_("结论"),
        choices=[(k, v) for k, v in Hint.Outcome.choices if k != "open"],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("理由"), widget=LONG, max_length=500)
