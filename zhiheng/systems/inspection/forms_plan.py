"""Forms of planning, drawing, tasks and inspectors."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import formset_factory
from django.utils.translation import gettext_lazy as _

from zhiheng.core.accounts.models import User
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates, regions
from zhiheng.knowledge.codes import regions as divisions
from zhiheng.knowledge.codes.errors import CodeError
from zhiheng.systems.inspection import rules_plan as rules
from zhiheng.systems.inspection import words_plan
from zhiheng.systems.inspection.models import Exclusion, Inspector, Plan, PlanItem
from zhiheng.systems.inspection.models.plan import Domain, Stage

LONG = forms.Textarea(attrs={"rows": 3})
NUMBER = forms.TextInput(attrs={"inputmode": "decimal"})
DRAWABLE = [
    (key, label)
    for key, label in Organisation.Kind.choices
    if key not in {"laboratory", "certifier", "association", "authority"}
]


def kind_labels(kinds: str) -> list[str]:
    """Kinds of organisation in words."""
    return [str(label) for key, label in DRAWABLE if key in kinds.split()]


class Day(forms.DateInput):
    """A day, as browsers ask for it."""

    def __init__(self) -> None:
        super().__init__(attrs={"type": "date"}, format="%Y-%m-%d")


class DayField(forms.DateField):
    """A day that a plan can be about: what lies centuries off is a slip of the pen, and no calendar counts from it."""

    widget = Day

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and not 2000 <= day.year < 2200:
            raise forms.ValidationError(_("请核对年份。"))
        return day


class Moment(forms.DateTimeInput):
    """A moment in Beijing time, as browsers ask for it."""

    def __init__(self) -> None:
        super().__init__(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


def areas(region: str) -> list[tuple[str, str]]:
    """The cities of a province, the counties of a city; nothing to choose below."""
    try:
        if region.endswith("0000"):
            return [(city.code, regions.name(city.code)) for city in divisions.GUANGDONG_CITIES]
        if region.endswith("00"):
            return [(one.code, regions.name(one.code)) for one in divisions.counties_of(region)]
    except CodeError:
        pass
    return []


class PlanForm(forms.Form):
    """The head of a plan."""

    title = forms.CharField(label=_("名称"), max_length=200)
    domain = forms.ChoiceField(label=_("领域"), choices=Domain.choices)
    kind = forms.ChoiceField(label=_("类型"), choices=Plan.Kind.choices)
    starts_on = DayField(label=_("开始日期"))
    ends_on = DayField(label=_("结束日期"))
    budget = forms.DecimalField(
        label=_("预算（元）"), max_digits=14, decimal_places=2, min_value=0, widget=NUMBER
    )
    regions = forms.MultipleChoiceField(
        label=_("抽查地区"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("不选即为全部辖区。"),
    )  # fmt: skip

    def __init__(self, *args: Any, region: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if choices := areas(region):
            self.fields["regions"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["regions"]
        for key in rules.WEIGHTS:
            self.fields[f"weight_{key}"] = forms.DecimalField(
                label=words_plan.weight(key), max_digits=6, decimal_places=2, widget=NUMBER,
                initial=rules.DEFAULT_WEIGHTS[key],
                help_text=_("抽取机会的倍数。由本机关自定，法律没有规定数值；1 为不加权。") if key == "A" else "",
            )  # fmt: skip

    def values(self) -> dict[str, Any]:
        """The fields of a plan."""
        given = dict(self.cleaned_data)
        weights = {key: str(given.pop(f"weight_{key}")) for key in rules.WEIGHTS}
        return {**given, "weights": weights, "regions": given.get("regions", [])}


def plan_initial(plan: Plan) -> dict[str, Any]:
    """What the form begins with."""
    fields = ("title", "domain", "kind", "starts_on", "ends_on", "budget", "regions")
    weights = {f"weight_{key}": value for key, value in plan.weights.items()}
    return {key: getattr(plan, key) for key in fields} | weights


class OrganisationField(forms.CharField):
    """An organisation by its credit code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=18, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = Organisation.objects.filter(uscc=text.strip().upper(), merged_into=None).first()
        if found is None:
            raise forms.ValidationError(_("没有登记这个统一社会信用代码。"))
        return found


class ItemForm(forms.Form):
    """A product of a plan."""

    product = forms.CharField(label=_("产品"), max_length=200)
    stage = forms.ChoiceField(label=_("环节"), choices=Stage.choices)
    kinds = forms.MultipleChoiceField(
        label=_("可抽取的主体"), choices=DRAWABLE, widget=forms.CheckboxSelectMultiple
    )
    industry = forms.RegexField(
        r"^[A-T]?\d{0,4}$", label=_("行业代码"), required=False, max_length=5,
        help_text=_("GB/T 4754，可只写前几位；不填为各行业。"),
    )  # fmt: skip
    standards = forms.CharField(label=_("依据标准"), max_length=400, help_text=_("多个标准用分号隔开。"))
    rules = forms.CharField(label=_("实施细则编号"), max_length=200, required=False)
    rules_public_on = DayField(label=_("实施细则公开日期"), required=False)
    max_failing = forms.IntegerField(
        label=_("不合格品限定数 L"), min_value=0, max_value=1000, initial=0,
        help_text=_("不合格样品多于 L 时判为不合格；以实施细则为准。"),
    )  # fmt: skip
    size = forms.IntegerField(label=_("样品数"), min_value=1, max_value=1_000_000)
    unit_cost = forms.DecimalField(
        label=_("每批费用（元）"), min_value=0, max_digits=12, decimal_places=2, widget=NUMBER
    )
    rate = forms.DecimalField(
        label=_("预计不合格率（%）"), min_value=Decimal("0.01"), max_value=Decimal("99.99"), max_digits=4,
        decimal_places=2, initial=Decimal(10), widget=NUMBER, help_text=_("只用于估算精度，不影响判定。"),
    )  # fmt: skip
    laboratory = OrganisationField(label=_("检验机构（统一社会信用代码）"), required=False)

    def values(self) -> dict[str, Any]:
        """The fields of an item."""
        given = dict(self.cleaned_data)
        given["assumed_rate"] = given.pop("rate") / 100
        given["kinds"] = " ".join(given["kinds"])
        return given


def item_initial(item: PlanItem) -> dict[str, Any]:
    """What the form begins with."""
    same = (
        "product",
        "stage",
        "industry",
        "standards",
        "rules",
        "rules_public_on",
        "max_failing",
        "size",
        "unit_cost",
    )
    return {key: getattr(item, key) for key in same} | {
        "kinds": item.kinds.split(), "rate": item.assumed_rate * 100,
        "laboratory": item.laboratory.uscc if item.laboratory else "",
    }  # fmt: skip


class TestForm(forms.Form):
    """One test item; an empty row is none."""

    item = forms.CharField(label=_("检验项目"), required=False, max_length=200)
    method = forms.CharField(label=_("检验方法"), required=False, max_length=200)
    unit = forms.CharField(label=_("单位"), required=False, max_length=40)
    limit_low = forms.CharField(label=_("下限"), required=False, max_length=30, widget=NUMBER)
    limit_high = forms.CharField(
        label=_("上限"),
        required=False,
        max_length=30,
        help_text=_("数字，或者“不得检出”；没有限值的由检验人员判定"),
    )
    decision_rule = forms.ChoiceField(
        label=_("判定规则"), choices=[("simple", _("简单判定")), ("guard_band", _("保护带"))]
    )
    high_risk = forms.BooleanField(label=_("可能严重危害"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not any(
            given.get(key) for key in ("item", "method", "unit", "limit_low", "limit_high", "high_risk")
        ):
            return {}
        test, faults = rules.sheet_item({**given, "high_risk": "1" if given.get("high_risk") else ""})
        for key, code in faults.items():
            self.add_error(key, words_plan.fault(code))
        return test


Tests = formset_factory(TestForm, extra=4, max_num=500)


class SheetForm(forms.Form):
    """A sheet of test items."""

    sheet = forms.FileField(label=_("检验项目表（CSV 或 XLSX）"))

    def clean_sheet(self) -> Any:
        sheet = self.cleaned_data["sheet"]
        if sheet.size > 2 * 1024 * 1024:
            raise forms.ValidationError(_("文件超过 2 MB。"))
        return sheet


class AllotForm(forms.Form):
    """How samples are spread."""

    size = forms.IntegerField(label=_("样品数"), min_value=1, max_value=1_000_000)
    rule = forms.ChoiceField(
        label=_("分配方法"), choices=PlanItem.Allocation.choices, widget=forms.RadioSelect
    )
    minimum = forms.IntegerField(label=_("每地最少"), min_value=0, max_value=1000)


class ExcludeForm(forms.Form):
    """Who is left out of an item's draws."""

    uscc = OrganisationField(label=_("统一社会信用代码"))
    code = forms.ChoiceField(label=_("类别"), choices=Exclusion.Code.choices, widget=forms.RadioSelect)
    why = forms.CharField(
        label=_("理由"), max_length=300, widget=LONG, help_text=_("理由和您的账号记入抽取记录。")
    )


class ApproveForm(forms.Form):
    """The head's approval."""

    despite = forms.CharField(
        label=_("不属于重复抽查的理由"), required=False, max_length=500, widget=LONG,
        help_text=_("列有“须说明”的各项时必填。"),
    )  # fmt: skip
    sure = forms.BooleanField(label=_("我确认批准，批准后不能再改"))


class WhyForm(forms.Form):
    """Something that wants a reason and a confirmation."""

    why = forms.CharField(label=_("理由"), max_length=300, widget=LONG)
    sure = forms.BooleanField(label=_("我确认"))


class SureForm(forms.Form):
    """Something that wants a confirmation."""

    sure = forms.BooleanField(label=_("我确认"))


class DayForm(forms.Form):
    """The day a plan was filed."""

    day = DayField(label=_("备案日期"))


class CommitForm(forms.Form):
    """The list is fixed: by which public value, known when."""

    source = forms.CharField(
        label=_("随机值来源"), max_length=300, widget=LONG,
        help_text=_("写明用哪个公开的值，以及怎样书写，例如：中国福利彩票双色球第2026142期，红球六个号码由小到大各两位，再写蓝球，以一个空格分隔。"),
    )  # fmt: skip
    random_after = forms.DateTimeField(
        label=_("最早可知时间"), widget=Moment(), help_text=_("在此之前没有人能知道该值，例如开奖时间。")
    )
    sure = forms.BooleanField(label=_("我确认：名单固定后立即公布其 SHA-256，不能再改"))

    def clean_random_after(self) -> datetime:
        return dates.local(self.cleaned_data["random_after"])


class ValueForm(forms.Form):
    """The public value."""

    value = forms.CharField(
        label=_("随机值"), max_length=300, help_text=_("逐字照公布的原文，按名单公布时写明的格式。")
    )
    known_at = forms.DateTimeField(label=_("公布时间"), widget=Moment())

    def clean_known_at(self) -> datetime:
        return dates.local(self.cleaned_data["known_at"])


class ConfirmForm(forms.Form):
    """The public value again, from its source, by somebody else."""

    value = forms.CharField(
        label=_("随机值"), max_length=300, help_text=_("请自行查看公布的原文后填写，不要照抄第一次填写的值。")
    )
    sure = forms.BooleanField(label=_("我已核对原文，确认抽取"))


def _people(able: dict[str, int]) -> list[tuple[str, str]]:
    """Inspectors with how much they have to do; names are not needed to choose, the roll has them."""
    found = {one.number: one.masked for one in Inspector.objects.filter(number__in=able)}
    return [
        (number, f"{number} {found.get(number, '')} ({load})")
        for number, load in sorted(able.items(), key=lambda pair: (pair[1], int(pair[0])))
    ]


class PeopleForm(forms.Form):
    """Two inspectors, and why these."""

    inspectors = forms.MultipleChoiceField(
        label=_("抽样人员（两名；括号内为在办任务数）"), widget=forms.CheckboxSelectMultiple
    )
    why = forms.CharField(label=_("理由"), max_length=300, widget=LONG)

    def __init__(self, *args: Any, able: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["inspectors"].choices = _people(able)  # type: ignore[attr-defined]


class GiveForm(PeopleForm):
    """A task without a draw."""

    uscc = OrganisationField(label=_("统一社会信用代码"))
    due_on = DayField(label=_("完成期限"))
    field_order = ("uscc", "due_on", "inspectors", "why")


class RecheckForm(PeopleForm):
    """A re-check of an order: who goes, until when, who tests."""

    laboratory = OrganisationField(
        label=_("检验机构（统一社会信用代码）"), help_text=_("原检验机构已填写，可以更换。")
    )
    due_on = DayField(label=_("完成期限"))
    field_order = ("inspectors", "due_on", "laboratory", "why")


class InspectorForm(forms.Form):
    """Somebody on the roll."""

    name = forms.CharField(
        label=_("姓名"), max_length=60, required=False, help_text=_("加密保存；修改时不填即不变。")
    )
    user = forms.ModelChoiceField(
        label=_("账号"),
        queryset=User.objects.none(),
        required=False,
        help_text=_("有账号的人员可在手机上接任务。"),
    )
    body = OrganisationField(label=_("抽样机构（统一社会信用代码）"), required=False)
    domains = forms.MultipleChoiceField(
        label=_("领域"), required=False, choices=Domain.choices, widget=forms.CheckboxSelectMultiple,
        help_text=_("不选即为全部领域。"),
    )  # fmt: skip
    active = forms.BooleanField(label=_("在册"), required=False, initial=True)

    def __init__(self, *args: Any, region: str, inspector: Inspector | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taken = Inspector.objects.exclude(user=None)
        if inspector is not None:
            taken = taken.exclude(pk=inspector.pk)
        else:
            self.fields["name"].required = True
        users = User.objects.filter(region=region, role__in=["province", "city", "county"], is_active=True)
        self.fields["user"].queryset = users.exclude(pk__in=taken.values("user"))  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """The fields of an inspector."""
        return {**self.cleaned_data, "domains": " ".join(self.cleaned_data["domains"])}


class AbsenceForm(forms.Form):
    """Days on which somebody cannot go."""

    since = DayField(label=_("自"))
    until = DayField(label=_("至"))
    why = forms.CharField(label=_("理由"), max_length=200)


class ConflictForm(forms.Form):
    """An organisation that somebody must not be sent to."""

    uscc = OrganisationField(label=_("统一社会信用代码"))
    why = forms.CharField(label=_("回避理由"), max_length=200)
