"""Forms of the laboratory desk and of the public check of a report."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ReceiveForm(forms.Form):
    """How a sample arrived."""

    at = forms.CharField(
        label=_("收样时间"), max_length=40, widget=forms.DateTimeInput(attrs={"type": "datetime-local"})
    )
    intact = forms.ChoiceField(
        label=_("封样"),
        widget=forms.RadioSelect,
        choices=[("yes", _("完好，封条号与抽样单一致")), ("no", _("破损或者不一致，不能检验"))],
    )
    condition = forms.CharField(label=_("收样状况"), max_length=300, required=False)


class IssueForm(forms.Form):
    """What a report needs besides its results."""

    number = forms.CharField(label=_("报告编号"), max_length=60)
    signatory = forms.CharField(
        label=_("授权签字人"), max_length=60, help_text=_("在其授权的能力范围内签发；姓名会印在报告上")
    )
    units = forms.IntegerField(
        label=_("不合格品数 d"), min_value=0, required=False,
        help_text=_("所检各件中有几件不合格；多于限定数 L 时判不合格（核查抽样）。"),
    )  # fmt: skip
    high_risk = forms.BooleanField(
        label=_("可能严重危害身体健康和生命安全，立即报告"),
        required=False,
        help_text=_("勾选后组织机关和所在地机关立即看到（《食品安全抽样检验管理办法》第二十八条）。"),
    )


class ImportForm(forms.Form):
    """A file of results."""

    file = forms.FileField(
        label=_("检验结果文件"),
        help_text=_("CSV 或者 XLSX；列名：检验项目、检验结果、扩展不确定度、包含因子、结果单位"),
    )


class WithdrawForm(forms.Form):
    """Why a report is taken back."""

    why = forms.CharField(label=_("撤回的理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class DisposeForm(forms.Form):
    """What became of a spare sample."""

    how = forms.CharField(label=_("怎样处置"), max_length=300)


class CompareForm(forms.Form):
    """A report that somebody has in hand."""

    file = forms.FileField(
        label=_("手里的报告（PDF）"),
        help_text=_("只计算哈希值来比对，不保存。"),
        widget=forms.ClearableFileInput(attrs={"accept": "application/pdf"}),
    )
