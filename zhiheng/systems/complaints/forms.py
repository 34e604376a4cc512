"""The pages of a filing as forms, and those of the desk. Each field of a filing says who will see it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhiheng.core.cases.forms import FilesField
from zhiheng.core.ui import dates, regions
from zhiheng.knowledge.codes import regions as codes
from zhiheng.knowledge.law.load import law
from zhiheng.systems.complaints import rules, words

ELSEWHERE, UNKNOWN = "elsewhere", "unknown"
FILES = ".jpg,.jpeg,.png,.webp,.pdf,image/*"


def who_sees(audience: str) -> str:
    """Who will see an answer, in words."""
    return {
        "office": _("办理机关看得到，商家看不到"),
        "named": _("办理机关看得到；调解文书会写明，商家从文书上看得到"),
        "both": _("办理机关和商家都看得到，请不要写姓名、电话"),
        "open": _("办理机关和商家都看得到"),
        "open_split": _("投诉部分商家看得到；举报部分保密"),
        "secret": _("只有办理机关看得到，依法对被举报人保密"),
        "split": _("投诉部分商家看得到，请不要写姓名、电话；举报部分保密"),
        "chosen": _("办理机关看得到；商家看不看得到由您选"),
    }[audience]  # fmt: skip


def shared(want: str) -> str:
    """Who sees what a dispute is about."""
    return {rules.COMPLAINT: "both", rules.REPORT: "secret", rules.BOTH: "split"}.get(want, "both")


class Page(forms.Form):
    """One page of a filing. ``sees`` names the audience of its fields; ``kept`` are the answers so far."""

    sees: Mapping[str, str] = {}

    def __init__(self, *args: Any, kept: Mapping[str, Any], **kwargs: Any) -> None:
        self.kept = kept
        kwargs.setdefault("initial", dict(kept))
        super().__init__(*args, **kwargs)
        self.build()
        for name, audience in self.audiences().items():
            if name in self.fields:
                self.fields[name].sees = who_sees(audience)  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.error_messages["required"] = _("必填")

    def build(self) -> None:
        """Add the fields."""

    def audiences(self) -> Mapping[str, str]:
        """Who sees which field."""
        return self.sees

    @property
    def want(self) -> str:
        """Complaint, report or both."""
        return str(self.kept.get("want", rules.COMPLAINT))

    def answers(self) -> dict[str, Any]:
        """The cleaned answers as they are kept: text, numbers, lists."""
        return {
            k: v.isoformat() if isinstance(v, date) else str(v) if k == "amount" and v is not None else v
            for k, v in self.cleaned_data.items()
        }


def _radio(label: str, choices: Iterable[tuple[str, Any]], **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=list(choices), widget=forms.RadioSelect, **more)


def _day(label: str, help_text: str = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


def region_choices(first: Iterable[tuple[str, str]] = ()) -> list[Any]:
    """The cities of the province with their counties, as one list that works without JavaScript."""
    found: list[Any] = [("", _("请选择")), *first]
    for city in codes.GUANGDONG_CITIES:
        counties = codes.counties_of(city.code, dates.today())
        name = regions.name(city.code)
        own = [(city.code, _("%(city)s（不清楚区县）") % {"city": name} if counties else name)]
        found.append((name, [*[(c.code, c.name) for c in counties], *own]))
    return found


class Want(Page):
    """Complaint, report, or both."""

    def build(self) -> None:
        self.fields["want"] = _radio(
            _("您要做什么"),
            (
                (rules.COMPLAINT, _("投诉：我买了商品或服务，和商家有争议，想让商家退款、更换、赔偿等")),
                (rules.REPORT, _("举报：我发现商家涉嫌违法，想让监管部门查处")),
                (rules.BOTH, _("两样都要：会分成两件，分别办理")),
            ),
        )


class Find(forms.Form):
    """A code or a name, typed or photographed."""

    q = forms.CharField(required=False, max_length=300)
    photo = forms.FileField(required=False)


class Write(Page):
    """The respondent in one's own words."""

    def build(self) -> None:
        self.fields["respondent"] = forms.CharField(
            label=_("商家名称"), max_length=200, help_text=_("营业执照、招牌、小票或网店页面上的名称。")
        )
        self.fields["respondent_address"] = forms.CharField(
            label=_("商家地址"), max_length=300, required=False, help_text=_("街道和门牌，或网店的链接。")
        )

    def audiences(self) -> Mapping[str, str]:
        return dict.fromkeys(
            ("respondent", "respondent_address"), "secret" if self.want == rules.REPORT else "open"
        )


class Where(Page):
    """Through which channel it was bought: competence turns on it."""

    def build(self) -> None:
        self.fields["channel"] = _radio(_("在哪里买的"), rules.CHANNELS.items())


class Place(Page):
    """Where the business is."""

    def build(self) -> None:
        own = self.kept.get("channel") == "own"
        label = _("商家登记的住所在哪里") if own else _("商家实际经营的地方在哪里")
        self.fields["where"] = forms.ChoiceField(
            label=label, choices=region_choices([(ELSEWHERE, _("不在广东省"))]),
            help_text=_("由这里的市场监督管理部门办理。"),
        )  # fmt: skip
        if not self.kept.get("where"):
            self.initial["where"] = self.kept.get("domicile", "")

    def clean_where(self) -> str:
        where = str(self.cleaned_data["where"])
        if where == ELSEWHERE:
            raise forms.ValidationError(
                _("本省的市场监督管理部门无权处理。请在全国 12315 平台（www.12315.cn）或拨打 12315 提出。")
            )
        return where


class Platform(Page):
    """Which platform, and what address the shop shows there."""

    def build(self) -> None:
        self.fields["platform_name"] = forms.CharField(label=_("平台名称"), max_length=200)
        self.fields["shown"] = forms.ChoiceField(
            label=_("店铺在平台上公示的地址在哪里"), required=False,
            choices=region_choices([(UNKNOWN, _("没有公示，或找不到")), (ELSEWHERE, _("不在广东省"))]),
            help_text=_("在店铺页面的“营业执照”或“经营者信息”里。"),
        )  # fmt: skip
        self.fields["platform_region"] = forms.ChoiceField(
            label=_("平台公司的住所在哪里"), required=False,
            choices=region_choices([(UNKNOWN, _("不知道")), (ELSEWHERE, _("不在广东省"))]),
            help_text=_("店铺没有公示地址时，由平台住所地的机关办理。"),
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        there = any(given.get(k) not in ("", None, UNKNOWN, ELSEWHERE) for k in ("shown", "platform_region"))
        if not there and self.want != rules.REPORT:
            self.add_error(
                "shown",
                _(
                    "两个地址都不在本省或不清楚，本省无法办理。请在全国 12315 平台（www.12315.cn）或拨打 12315 提出。"
                ),
            )
        elif not there and not self.kept.get("domicile"):
            self.add_error("shown", _("请至少说明一处地址，才知道由哪里办理。"))
        return given

    def answers(self) -> dict[str, Any]:
        """Regions that are no region of ours are kept as unknown."""
        given = super().answers()
        for key in ("shown", "platform_region"):
            given[key] = "" if given.get(key) in (UNKNOWN, ELSEWHERE) else given.get(key, "")
        return given


class Purchase(Page):
    """What was bought, when, for how much."""

    def build(self) -> None:
        self.fields["product"] = forms.CharField(label=_("什么商品或服务"), max_length=200)
        self.fields["category"] = forms.ChoiceField(
            label=_("属于哪一类"), choices=list(rules.CATEGORIES.items())
        )
        self.fields["amount"] = forms.DecimalField(
            label=_("金额（元）"), required=False, min_value=0, max_digits=12, decimal_places=2,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        )  # fmt: skip
        self.fields["quantity"] = forms.IntegerField(
            label=_("数量"),
            required=False,
            min_value=1,
            max_value=999_999,
            widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        )
        self.fields["purchased_on"] = _day(_("什么时候买的"))

    def audiences(self) -> Mapping[str, str]:
        return dict.fromkeys(
            ("product", "amount", "quantity", "purchased_on"),
            {"both": "open", "split": "open_split"}.get(shared(self.want), "secret"),
        )

    def clean_purchased_on(self) -> date | None:
        return _not_later(self.cleaned_data.get("purchased_on"))


def _not_later(day: date | None) -> date | None:
    if day is not None and (day > dates.today() or day.year < 1990):
        raise forms.ValidationError(_("日期不能晚于今天，也不能早于 1990 年。"))
    return day


class What(Page):
    """What happened, and what is asked."""

    def build(self) -> None:
        self.fields["problem"] = forms.ChoiceField(
            label=_("哪一类问题"), choices=[("", _("请选择")), *rules.PROBLEMS.items()]
        )
        self.fields["facts"] = forms.CharField(
            label=_("发生了什么"), max_length=rules.MOST_TEXT, widget=forms.Textarea(attrs={"rows": 6}),
            help_text=_("时间、经过、有什么问题、和商家怎么说的。"),
        )  # fmt: skip
        self.fields["known_on"] = _day(_("哪一天发现问题的"), _("自发现之日起超过三年的投诉不予受理。"))
        if self.want != rules.REPORT:
            kinds = law().procedures["complaint"].fields["claim_kind"].choices
            language = get_language() or "zh"
            self.fields["claim_kinds"] = forms.MultipleChoiceField(
                label=_("您要求"), widget=forms.CheckboxSelectMultiple,
                choices=[(key, kinds[key].of(language)) for key in rules.CLAIMS],
            )  # fmt: skip
            self.fields["claim"] = forms.CharField(
                label=_("具体要求"), max_length=rules.MOST_TEXT, widget=forms.Textarea(attrs={"rows": 3}),
                help_text=_("例如：退货并退还货款 56.80 元。"),
            )  # fmt: skip

    def audiences(self) -> Mapping[str, str]:
        return {"facts": shared(self.want), "claim": "both", "claim_kinds": "open"}

    def clean_known_on(self) -> date | None:
        return _not_later(self.cleaned_data.get("known_on"))


class Evidence(Page):
    """Photographs and PDF files; whether the other side may see them."""

    def build(self) -> None:
        self.fields["files"] = FilesField(
            label=_("照片或 PDF"),
            required=False,
            help_text=_(
                "小票、商品、聊天截图等；最多 %(most)d 个，每个不超过 20 MB。照片里的拍摄地点和设备信息会被去掉。"
            )
            % {"most": rules.MOST_FILES},
        )
        self.fields["files"].widget.attrs["accept"] = FILES
        if self.want != rules.REPORT:
            self.fields["share"] = forms.BooleanField(label=_("可以给商家看，便于商家核实"), required=False)

    def audiences(self) -> Mapping[str, str]:
        return {"files": "secret" if self.want == rules.REPORT else "chosen"}


class You(Page):
    """Who files. A complaint needs name, telephone and address (第十条); a report may be anonymous."""

    def build(self) -> None:
        needed = self.want != rules.REPORT
        if self.want == rules.REPORT:
            self.fields["anonymous"] = _radio(
                _("您想怎样举报"),
                (
                    ("", _("实名举报：机关可以联系您核实，符合规定的可以奖励")),
                    ("1", _("匿名举报：不留任何个人信息")),
                ),
                required=False,
            )
        if self.want == rules.BOTH:
            self.fields["anonymous"] = forms.BooleanField(
                label=_("举报的那一件不留我的姓名和电话"), required=False
            )
        self.fields["name"] = forms.CharField(
            label=_("姓名"),
            max_length=60,
            required=needed,
            widget=forms.TextInput(attrs={"autocomplete": "name"}),
        )
        self.fields["phone"] = forms.CharField(
            label=_("电话"), max_length=24, required=needed,
            widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        )  # fmt: skip
        self.fields["address"] = forms.CharField(
            label=_("通讯地址"), max_length=300, required=needed,
            widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
            help_text=_("文书寄到这里。"),
        )  # fmt: skip
        if needed:
            self.fields["delegate_consent"] = forms.BooleanField(
                label=_("同意委托消费者协会或调解组织调解"), required=False
            )
            self.fields["publish_consent"] = forms.BooleanField(
                label=_("同意公示投诉的商品、问题和结果（不含个人信息）"), required=False
            )
        if self.want == rules.BOTH:
            self.order_fields(["name", "phone", "address", "anonymous"])

    def audiences(self) -> Mapping[str, str]:
        if self.want == rules.REPORT:
            return dict.fromkeys(("name", "phone", "address"), "secret")
        return {"name": "named", "phone": "office", "address": "office"}

    def clean_phone(self) -> str:
        phone = str(self.cleaned_data["phone"]).strip()
        if phone and not rules.phone_ok(phone):
            raise forms.ValidationError(words.fault("not_a_phone"))
        return phone

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.want == rules.REPORT:
            given["anonymous"] = bool(given.get("anonymous"))
            if given["anonymous"]:
                given |= {"name": "", "phone": "", "address": ""}
            else:
                for key in ("name", "phone"):
                    if not given.get(key) and key not in self.errors:
                        self.add_error(key, _("实名举报须填写；不想填写请选匿名。"))
        return given


FORMS: dict[str, type[Page]] = {
    "want": Want, "write": Write, "where": Where, "place": Place, "platform": Platform, "purchase": Purchase,
    "what": What, "evidence": Evidence, "you": You,
}  # fmt: skip


# -- the status page ------------------------------------------------------------------------------------------------


class Receipt(forms.Form):
    """The number and the secret of a receipt."""

    number = forms.CharField(max_length=80)
    secret = forms.CharField(max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].label, self.fields["secret"].label = _("编号"), _("密码")
        self.fields["number"].help_text = _("回执上的编号，例如 广州海珠市监投〔2026〕1号；括号可以不打。")
        self.fields["secret"].help_text = _("回执上的 12 位字母和数字，不分大小写。")
        for field in self.fields.values():
            field.widget.attrs |= {
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }


# -- the desk -------------------------------------------------------------------------------------------------------


class Why(forms.Form):
    """A reason."""

    why = forms.CharField(max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].label = _("理由")


class Respond(forms.Form):
    """A firm's answer and offer."""

    answer = forms.CharField(required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 4}))
    offer = forms.CharField(required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 4}))
    share = forms.BooleanField(required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].label, self.fields["answer"].help_text = _("答复"), _("给办理机关，说明情况。")
        self.fields["offer"].label = _("解决方案")
        self.fields["offer"].help_text = _(
            "给投诉人；投诉人接受，投诉就此和解。受理之前也可以提出（先行和解）。"
        )
        self.fields["share"].label = _("附件可以给投诉人看")
        self.fields["files"] = FilesField(
            label=_("附件"), required=False, help_text=_("照片（JPEG、PNG、WebP）或 PDF，每个不超过 20 MB。")
        )
        self.fields["files"].widget.attrs["accept"] = FILES
        self.order_fields(["answer", "offer", "files", "share"])


class Counter(forms.Form):
    """An officer writes down what somebody brings to the counter, says on the telephone or sends by post."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = get_language() or "zh"
        kinds = law().procedures["complaint"].fields["claim_kind"].choices
        made: dict[str, forms.Field] = {
            "kind": _radio(_("类别"), rules.KINDS.items(), initial=rules.COMPLAINT),
            "source": forms.ChoiceField(label=_("收到方式"), choices=sources()),
            "received_at": forms.DateTimeField(
                label=_("收到时间"),
                initial=lambda: dates.local(timezone.now()).strftime("%Y-%m-%dT%H:%M"),
                widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
            ),
            "uscc": forms.CharField(
                label=_("被投诉（举报）人统一社会信用代码"),
                required=False,
                max_length=18,
                help_text=_("填了就不必填名称。"),
            ),
            "respondent": forms.CharField(label=_("被投诉（举报）人名称"), required=False, max_length=200),
            "respondent_address": forms.CharField(label=_("地址"), required=False, max_length=300),
            "channel": forms.ChoiceField(label=_("在哪里买的"), choices=list(rules.CHANNELS.items())),
            "name": forms.CharField(label=_("姓名"), required=False, max_length=60),
            "phone": forms.CharField(label=_("电话"), required=False, max_length=24),
            "address": forms.CharField(label=_("通讯地址"), required=False, max_length=300),
            "identity": forms.CharField(label=_("证件号码"), required=False, max_length=30),
            "anonymous": forms.BooleanField(label=_("匿名举报"), required=False),
            "product": forms.CharField(label=_("商品或者服务"), required=False, max_length=200),
            "category": forms.ChoiceField(
                label=_("商品服务类别"), choices=list(rules.CATEGORIES.items()), initial="other"
            ),
            "problem": forms.ChoiceField(
                label=_("问题类别"), choices=list(rules.PROBLEMS.items()), initial="quality"
            ),
            "quantity": forms.IntegerField(label=_("数量"), required=False, min_value=1, max_value=999_999),
            "amount": forms.DecimalField(
                label=_("金额（元）"), required=False, min_value=0, max_digits=12, decimal_places=2
            ),
            "purchased_on": _day(_("购买日期")),
            "known_on": _day(_("发现问题的日期")),
            "facts": forms.CharField(
                label=_("事实和理由"), max_length=rules.MOST_TEXT, widget=forms.Textarea(attrs={"rows": 5})
            ),
            "claim_kinds": forms.MultipleChoiceField(
                label=_("请求类别"),
                required=False,
                widget=forms.CheckboxSelectMultiple,
                choices=[(key, kinds[key].of(language)) for key in rules.CLAIMS],
            ),
            "claim": forms.CharField(
                label=_("投诉请求"),
                required=False,
                max_length=rules.MOST_TEXT,
                widget=forms.Textarea(attrs={"rows": 2}),
            ),
            "files": FilesField(
                label=_("附件"),
                required=False,
                help_text=_("照片（JPEG、PNG、WebP）或 PDF，每个不超过 20 MB。"),
            ),
        }
        self.fields |= made

    def clean_received_at(self) -> datetime:
        return dates.local(self.cleaned_data["received_at"])


def sources() -> list[tuple[str, str]]:
    """How something reaches a counter."""
    return [("counter", _("来访")), ("phone", _("来电")), ("letter", _("来信"))]


class Classify(forms.Form):
    """The kind of problem and of goods."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["problem"] = forms.ChoiceField(label=_("问题类别"), choices=list(rules.PROBLEMS.items()))
        self.fields["category"] = forms.ChoiceField(
            label=_("商品服务类别"), choices=list(rules.CATEGORIES.items())
        )


class Period(forms.Form):
    """From one day to another."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (("since", _("自")), ("until", _("至"))):
            self.fields[name] = forms.DateField(
                label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            )


class Publish(Period):
    """What is published with the figures of a period."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"] = forms.CharField(label=_("标题"), max_length=200)
        self.fields["text"] = forms.CharField(
            label=_("分析和提示"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 4})
        )
        self.fields["basis"] = forms.CharField(label=_("公开依据"), max_length=300)


class Warn(forms.Form):
    """A consumer warning."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"] = forms.CharField(label=_("标题"), max_length=200)
        self.fields["text"] = forms.CharField(
            label=_("内容"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 5})
        )
        self.fields["basis"] = forms.CharField(label=_("公开依据"), max_length=300)


class RewardSum(forms.Form):
    """What a reward is worked out from."""

    grade = forms.ChoiceField()
    confiscated = forms.DecimalField(min_value=0, max_digits=15, decimal_places=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grades = law().procedures["reward"].fields["grade"].choices
        language = get_language() or "zh"
        self.fields["grade"].label, self.fields["confiscated"].label = _("奖励等级"), _("罚没款金额（元）")
        self.fields["grade"].choices = [(k, w.of(language)) for k, w in grades.items()]  # type: ignore[attr-defined]
