"""The choice of what a figure is about, and the decision to publish one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from zhiheng.insight.indicators import pass_rates
from zhiheng.insight.scope import DIMENSIONS, Scope, label
from zhiheng.knowledge.codes.regions import GUANGDONG_CITIES
from zhiheng.systems.inspection.models.plan import Domain, Stage


class ScopeForm(forms.Form):
    """Which checks, and by what they are told apart."""

    by = forms.ChoiceField(label=_("分组"), choices=list(DIMENSIONS.items()), required=False)
    city = forms.ChoiceField(label=_("地市"), required=False)
    year = forms.ChoiceField(label=_("年度"), required=False)
    domain = forms.ChoiceField(label=_("领域"), required=False)
    stage = forms.ChoiceField(label=_("抽样环节"), required=False)
    section = forms.ChoiceField(label=_("行业门类"), required=False)
    division = forms.ChoiceField(label=_("行业大类"), required=False)
    product = forms.CharField(
        label=_("产品"), required=False, max_length=200, widget=forms.TextInput(attrs={"list": "products"})
    )

    def __init__(self, prefix: str | None, scope: Scope, by: str) -> None:
        super().__init__(initial={"by": by} | dict(scope.chosen))
        cities = [
            city.code for city in GUANGDONG_CITIES if not prefix or city.code[: len(prefix)] == prefix[:4]
        ]
        known: dict[str, list[Any]] = {
            "city": cities,
            "domain": list(Domain.values),
            "stage": list(Stage.values),
        }
        for name in ("year", "section", "division"):
            known[name] = pass_rates.values(name, Scope())
        for name, values in known.items():
            chosen = getattr(scope, name)
            values += [chosen] if chosen and chosen not in values else []
            self.fields[name].choices = [("", _("全部")), *((value, label(name, value)) for value in values)]  # type: ignore[attr-defined]


class PublishForm(forms.Form):
    """The decision: under what title, and on what basis."""

    title = forms.CharField(label=_("标题"), max_length=200)
    basis = forms.CharField(
        label=_("公开依据"),
        max_length=1000,
        help_text=_("法律、规章或文件的名称和条款，例如：政府信息公开条例 第二十条"),
    )
    sure = forms.BooleanField(label=_("我决定公开这一数据，连同区间、方法和数据截止时间"))
