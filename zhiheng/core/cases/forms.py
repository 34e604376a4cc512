"""Forms made from what the law's steps ask for, and those of the engine's own actions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import offices, queries, rules, words
from zhiheng.core.cases.models import Case
from zhiheng.core.ui import dates
from zhiheng.knowledge.codes import regions
from zhiheng.knowledge.law.load import Course, law
from zhiheng.knowledge.law.model import Field


class ManyFiles(forms.ClearableFileInput):
    """A file field that takes several."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; the value is a list."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(FilesField, self).clean(one, initial) for one in given]


def law_field(field: Field, required: bool) -> forms.Field:
    """The form field for something a step asks for. Everything is text here: ``rules.read_values`` judges it."""
    label = words.of(field)
    help_text = words.of(field.help) if field.help else ""
    if field.many:
        return forms.MultipleChoiceField(
            label=label, required=required, help_text=help_text, widget=forms.CheckboxSelectMultiple,
            choices=[(key, words.of(one)) for key, one in field.choices.items()],
        )  # fmt: skip
    if field.type == "choice":
        choices = [("", "—"), *((key, words.of(one)) for key, one in field.choices.items())]
        return forms.ChoiceField(label=label, choices=choices, required=required, help_text=help_text)
    if field.type == "office":
        choices = [("", "—"), *((code, offices.name(code, field.body)) for code in office_codes())]
        return forms.ChoiceField(label=label, choices=choices, required=required, help_text=help_text)
    if field.type == "bool":
        return forms.BooleanField(label=label, required=False, help_text=help_text)
    widget: forms.Widget = {
        "long": forms.Textarea(attrs={"rows": 4}),
        "date": forms.DateInput(attrs={"type": "date"}),
        "time": forms.DateTimeInput(attrs={"type": "datetime-local"}),
        "int": forms.TextInput(attrs={"inputmode": "numeric"}),
        "money": forms.TextInput(attrs={"inputmode": "decimal"}),
    }.get(field.type) or forms.TextInput()
    return forms.CharField(
        label=label, required=required, widget=widget, help_text=help_text, max_length=rules.MAX_TEXT
    )


class StepForm(forms.Form):
    """What a step asks for, its ground, the second officer, and files."""

    def __init__(
        self, *args: Any, course: Course, key: str, case: Case, user: User | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        step = course.steps[key]
        # What the office wrote before is not a party's to read: its form begins empty.
        own = user is not None and queries.reads_whole(user, case)
        if step.grounds:
            grounds = course.grounds(step.grounds)
            choices = [(k, f"{g.item}{words.of(g)}") for k, g in grounds.of.items()]
            self.fields["ground"] = forms.ChoiceField(
                label=_("法定情形"),
                choices=choices,
                widget=forms.RadioSelect,
                help_text=law().title(grounds.cite, get_language() or "zh"),
            )
        for name, field, required in rules.asked(course, key):
            self.fields[name] = law_field(field, required)
            if name in case.values and own:
                self.fields[name].initial = case.values[name]
        if step.officers > 1 and user is not None:
            others = queries.colleagues(case.region).exclude(pk=user.pk).exclude(pk__in=case.recused)
            self.fields["second"] = _People(
                label=_("另一名执法人员"), queryset=others, initial=case.second_id
            )
        self.fields["files"] = FilesField(
            label=_("附件"), required=False, help_text=_("照片（JPEG、PNG、WebP）或 PDF，每个不超过 20 MB。")
        )
        received = [k for k, d in course.documents.items() if d.received]
        if received:
            self.fields["file_kind"] = forms.ChoiceField(
                label=_("附件是"), required=False,
                choices=[("evidence", _("证据或其他材料")), *((k, words.of(course.documents[k])) for k in received)],
            )  # fmt: skip


class _People(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        duties = {"head": _("负责人"), "legal": _("审核")}
        marks = "、".join(str(duties[d]) for d in obj.duties.split() if d in duties)
        return f"{obj.get_full_name()}{f'（{marks}）' if marks else ''}"


class AssignForm(forms.Form):
    """Who handles a case, and who beside him."""

    def __init__(self, *args: Any, region: str, recused: Iterable[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = queries.colleagues(region).exclude(pk__in=list(recused))
        self.fields["handler"] = _People(label=_("承办人"), queryset=people)
        self.fields["second"] = _People(label=_("协办人"), queryset=people, required=False)


class WhyForm(forms.Form):
    """A reason, for what needs one."""

    why = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=300)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].label = _("理由")


class TransferForm(WhyForm):
    """Where a case goes, and why."""

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"] = forms.ChoiceField(
            label=_("移送至"),
            choices=[
                ("", "—"),
                *((code, offices.name(code)) for code in office_codes() if code != case.region),
            ],
        )
        self.order_fields(["region", "why"])


def office_codes() -> list[str]:
    """The offices of the province, its cities and their counties."""
    found = [regions.GUANGDONG]
    for city in regions.GUANGDONG_CITIES:
        found.append(city.code)
        found += [county.code for county in regions.counties_of(city.code, dates.today())]
    return found


class MergeForm(WhyForm):
    """The number of the case that this one repeats."""

    number = forms.CharField(max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].label = _("并入的案号")
        self.order_fields(["number", "why"])


class SplitForm(WhyForm):
    """What the new case is about."""

    title = forms.CharField(max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].label = _("新案件的事由")
        self.order_fields(["title", "why"])


class RecuseForm(WhyForm):
    """Who has to keep out, and why."""

    def __init__(self, *args: Any, region: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["officer"] = _People(label=_("回避人员"), queryset=queries.colleagues(region))
        self.order_fields(["officer", "why"])


class ExtendForm(WhyForm):
    """How much longer, where the law leaves that open or sets only a most."""

    value = forms.IntegerField(required=False, min_value=1, max_value=3650)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].label = _("延长多少（留空为法定上限）")
        self.order_fields(["value", "why"])


class PauseForm(WhyForm):
    """On which of the law's grounds a clock is paused."""

    def __init__(self, *args: Any, course: Course, clock: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(k, words.of(course.procedure.pauses[k])) for k in course.clocks[clock].pauses]
        self.fields["ground"] = forms.ChoiceField(label=_("事由"), choices=choices)
        self.order_fields(["ground", "why"])


class NoteForm(forms.Form):
    """An internal note with files."""

    text = forms.CharField(
        required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=rules.MAX_TEXT
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = _("内部记录")
        self.fields["files"] = FilesField(label=_("附件"), required=False)


class ServeForm(forms.Form):
    """When and how a document was served."""

    how = forms.CharField(max_length=60)
    at = forms.DateTimeField(widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["how"].label, self.fields["at"].label = _("送达方式"), _("送达时间")

    def clean_at(self) -> datetime:
        return dates.local(self.cleaned_data["at"])
