"""Forms for importing a notice and deciding on its rows."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.core.registry.models import Organisation
from zhiheng.systems.inspection import queries_notices as queries
from zhiheng.systems.inspection.actions_notices import NAMES, About, day_of
from zhiheng.systems.inspection.models import PublishedRow


class ImportForm(forms.Form):
    """A notice: where it stands, and its text or table."""

    agency = forms.CharField(label=gettext_lazy("发布机关"), max_length=200)
    title = forms.CharField(label=gettext_lazy("标题"), max_length=300)
    published = forms.CharField(
        label=gettext_lazy("发布日期"),
        max_length=30,
        required=False,
        help_text=gettext_lazy("例如 2026-01-20；只知道年份的写年份"),
    )
    url = forms.CharField(label=gettext_lazy("来源地址"), max_length=500, required=False)
    batches = forms.IntegerField(label=gettext_lazy("抽检批次"), required=False, min_value=0, max_value=10**7)
    nonconforming = forms.IntegerField(
        label=gettext_lazy("不合格批次"), required=False, min_value=0, max_value=10**7
    )
    text = forms.CharField(
        label=gettext_lazy("公告正文或者表格"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 10}),
        help_text=gettext_lazy("从网页或者表格软件复制后粘贴"),
    )  # fmt: skip
    file = forms.FileField(
        label=gettext_lazy("或者选择文件"), required=False, help_text=gettext_lazy("CSV、XLSX 或者文本文件")
    )

    def clean_published(self) -> str:
        """A day, a month or a year."""
        text = str(self.cleaned_data["published"]).strip()
        if (
            text
            and not re.fullmatch(r"(?:19|20)\d\d(?:年|-(?:0[1-9]|1[0-2]))?", text)
            and day_of(text) is None
        ):
            raise forms.ValidationError(_("日期要写成 2026-11-26。"))
        return text

    def about(self) -> About:
        """Where the notice stands."""
        given = self.cleaned_data
        return About(
            given["agency"], given["title"], given["published"], given["url"], given["batches"], given["nonconforming"]
        )  # fmt: skip


class RowForm(forms.Form):
    """A row as a person makes it: fields, items one a line, and the organisations."""

    def __init__(self, *args: Any, row: PublishedRow, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NAMES:
            field: Any = PublishedRow._meta.get_field(name)
            self.fields[name] = forms.CharField(
                label=field.verbose_name, required=False, max_length=field.max_length, initial=getattr(row, name)
            )  # fmt: skip
        self.fields["items"] = forms.CharField(
            label=_("不合格项目"), required=False, widget=forms.Textarea(attrs={"rows": 3}),
            initial="\n".join(
                "║".join([one["item"], one.get("measured", ""), one.get("limit", "")]) for one in row.items
            ),
            help_text=_("每行一项：项目║检验结果║标准值"),
        )  # fmt: skip
        for role, label, known in (
            ("sampled", _("被抽样单位是登记的"), row.sampled),
            ("producer", _("标称生产者是登记的"), row.producer),
        ):
            found = queries.proposals(getattr(row, f"{role}_name"))
            if known is not None and known not in found:
                found.insert(0, known)
            named = [(o.uscc, f"{o.name}　{o.uscc}　{o.address}") for o in found]
            self.fields[role] = forms.ChoiceField(
                label=label, required=False, initial=known.uscc if known else "",
                choices=[("", _("不能确定或者没有登记")), *named],
            )  # fmt: skip
            self.fields[f"{role}_uscc"] = forms.CharField(
                label=_("或者写统一社会信用代码"), required=False, max_length=18
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for role in ("sampled", "producer"):
            code = (given.get(f"{role}_uscc") or given.get(role) or "").strip().upper()
            known = Organisation.objects.filter(merged_into=None)
            given[f"{role}_found"] = known.filter(uscc=code).first() if code else None
            if code and given[f"{role}_found"] is None:
                self.add_error(f"{role}_uscc", _("没有登记这个主体。"))
        return given

    def parsed(self) -> list[dict[str, str]]:
        """The items, one a line."""
        rows = []
        for line in self.cleaned_data["items"].splitlines():
            parts = [*line.replace("||", "║").split("║"), "", ""]
            rows.append({"item": parts[0].strip(), "measured": parts[1].strip(), "limit": parts[2].strip()})
        return rows
