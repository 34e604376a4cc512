"""The kinds of sampling plans with the forms that ask for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhiheng.core.problems import values_wrong
from zhiheng.knowledge.methods.acceptance import audits, lots, plans
from zhiheng.knowledge.methods.acceptance.search import TwoPoints, find_single
from zhiheng.knowledge.methods.acceptance.sequential import Sequential, sequential
from zhiheng.web.acceptance import MOST_STAGES, Answer, answer_of

MOST_LOT = 1_000_000_000
MOST_SAMPLE = 100_000
MOST_NUMBER, MOST_SEQUENCE, MOST_RESULTS = 500, 3000, 500


_NUMBER = {"inputmode": "numeric", "autocomplete": "off"}
_DECIMAL = {"inputmode": "decimal", "autocomplete": "off"}
COUNTS = [
    ("binomial", gettext_lazy("不合格品（每件合格或不合格）")),
    ("poisson", gettext_lazy("不合格（一件可有多处）")),
]


def _whole(
    label: Any, low: int, high: int, *, required: bool = True, help_text: Any = ""
) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=low, max_value=high, required=required, help_text=help_text,
        widget=forms.TextInput(attrs=_NUMBER),
    )  # fmt: skip


def _percent(
    label: Any, *, high: str = "99.99", help_text: Any = "", initial: Any = None
) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, min_value=Decimal("0.001"), max_value=Decimal(high), decimal_places=4, max_digits=8,
        help_text=help_text, initial=initial, widget=forms.TextInput(attrs=_DECIMAL),
    )  # fmt: skip


class PlanForm(forms.Form):
    """What one kind of plan asks for; ``compute`` may add errors of its own by raising ValidationError."""

    title: Any = ""
    about: Any = ""
    start: Mapping[str, Any] = {}

    def compute(self) -> Answer:
        raise NotImplementedError


class LotsForm(PlanForm):
    """GB/T 2828.1, single sampling."""

    title = gettext_lazy("逐批检验（GB/T 2828.1 一次）")
    about = gettext_lazy("企业验收连续批用。政府监督抽查的判定不用它。")
    start: Mapping[str, Any] = {
        "lot": 1000,
        "level": "II",
        "aql": "1.0",
        "severity": "normal",
        "count": "binomial",
    }

    lot = _whole(gettext_lazy("批量"), 2, MOST_LOT)
    level = forms.ChoiceField(label=gettext_lazy("检验水平"), choices=[(one, one) for one in lots.LEVELS])
    aql = forms.ChoiceField(
        label=gettext_lazy("接收质量限（AQL）"), choices=[(one, one) for one in lots.AQLS],
        help_text=gettext_lazy("不合格品百分数，或者每百单位产品不合格数；大于 10 只用于后者。"),
    )  # fmt: skip
    count = forms.ChoiceField(label=gettext_lazy("数什么"), choices=COUNTS)
    severity = forms.ChoiceField(
        label=gettext_lazy("严格程度"),
        choices=[
            ("normal", gettext_lazy("正常检验")),
            ("tightened", gettext_lazy("加严检验")),
            ("reduced", gettext_lazy("放宽检验")),
        ],
    )
    results = forms.CharField(
        label=gettext_lazy("各批结果"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("用来看转移：依次写每批样本中的不合格数，以空格或逗号分开；只知道接收与否的写 + 或 -。"),
    )  # fmt: skip
    approved = forms.BooleanField(label=gettext_lazy("生产稳定，负责部门同意放宽检验"), required=False)

    def clean_results(self) -> list[int | bool]:
        """Numbers found, or whether accepted."""
        found: list[int | bool] = []
        for word in re.split(r"[\s,，;；、]+", self.cleaned_data["results"].strip()):
            if word in ("+", "-"):
                found.append(word == "+")
            elif re.fullmatch(r"\d{1,6}", word, re.ASCII):
                found.append(int(word))
            elif word:
                raise forms.ValidationError(_("“%(text)s”不是数，也不是 + 或 -。") % {"text": word[:20]})
        if len(found) > MOST_RESULTS:
            raise forms.ValidationError(_("最多写 %(most)d 批。") % {"most": MOST_RESULTS})
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if float(data.get("aql") or 0) > 10 and data.get("count") == "binomial":
            self.add_error("count", _("AQL 大于 10 只用于不合格数。"))
        return data

    def compute(self) -> Answer:
        given = self.cleaned_data
        found = lots.lot_plan(given["lot"], given["aql"], given["level"], given["severity"])
        lot, kind = given["lot"], given["count"]
        if found.full and kind == "binomial":
            kind = "hypergeometric"
        answer = answer_of(found.plan, kind, lot)
        answer.verified = found.verified
        answer.facts = [(_("批量字码"), found.letter)]
        if found.used != found.letter:
            answer.facts.append((_("按箭头改用字码"), found.used))
        if found.full:
            answer.notes.append(_("样本量不小于批量，整批检验。"))
        if not found.verified:
            answer.notes.append(_("这一格各处写法不同：有的是字码 A、样本量 2、接收数 0。"))
        answer.notes.append(
            _(
                "字码和一次方案与一份公开的转录（GB/T 2828.1—2012 表1、表2-A至表2-C）逐格相符，标准文本本身没有见到。"
                "二次、多次抽样的主表手头没有。"
            )
        )
        aql = float(given["aql"])
        if kind != "hypergeometric":
            answer.marks = [("AQL", aql)]
        answer.detail = {"letter": found.letter, "used": found.used, "full": found.full}
        if given["results"]:
            answer.switching = list(self._switch(given))
        return answer

    def _switch(self, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """The lots one after the other; each is judged by the plan of the severity that then holds."""
        now = lots.Switching(given["severity"])
        letter = lots.letter_of(given["lot"], given["level"])
        tighter = lots.tighter_number(letter, given["aql"])
        for number, result in enumerate(given["results"], 1):
            state = now.state
            if state == "stopped":
                yield {
                    "number": number,
                    "found": None,
                    "accepted": None,
                    "state": state,
                    "next": state,
                    "score": 0,
                }
                continue
            plan = lots.lot_plan(given["lot"], given["aql"], given["level"], state).plan
            if isinstance(result, bool):
                accepted, found = result, plan.stages[0].accept
            else:
                accepted, found = result <= plan.stages[0].accept, result
            now = lots.step(now, lots.Lot(accepted, found, True, given["approved"]), plan, tighter)
            yield {
                "number": number, "found": None if isinstance(result, bool) else result, "accepted": accepted,
                "state": state, "next": now.state, "score": now.score,
            }  # fmt: skip


def _numbers(text: str) -> list[int]:
    tokens = [token for token in re.split(r"[\s,，;；、/]+", text.strip()) if token]
    if not tokens or not all(re.fullmatch(r"-1|\d{1,6}", token, re.ASCII) for token in tokens):
        raise forms.ValidationError(_("请写整数，以空格或逗号分开。"))
    if len(tokens) > MOST_STAGES:
        raise forms.ValidationError(_("最多 %(most)d 个样本。") % {"most": MOST_STAGES})
    return [int(token) for token in tokens]


class StagesForm(PlanForm):
    """Single, double and multiple plans by their numbers."""

    title = gettext_lazy("一次、二次、多次抽样（自己写数）")
    about = gettext_lazy(
        "有几个样本就写几个数；接收数、拒收数从第一个样本起累计。某个样本之后不能接收的，接收数写 -1。"
    )
    start: Mapping[str, Any] = {
        "n": "50 50", "accept": "1 4", "reject": "4 5", "model": "binomial",
    }  # fmt: skip

    n = forms.CharField(label=gettext_lazy("各样本量"), max_length=100)
    accept = forms.CharField(label=gettext_lazy("接收数（Ac）"), max_length=100)
    reject = forms.CharField(
        label=gettext_lazy("拒收数（Re）"), max_length=100, required=False,
        help_text=gettext_lazy("一次抽样可不写；最后一个拒收数等于接收数加 1。"),
    )  # fmt: skip
    model = forms.ChoiceField(
        label=gettext_lazy("数什么"),
        choices=[*COUNTS, ("hypergeometric", gettext_lazy("一个批中的不合格品（要写批量）"))],
    )
    lot = _whole(
        gettext_lazy("批量"),
        1,
        1_000_000,
        required=False,
        help_text=gettext_lazy("选填；写了才有平均检验总数。"),
    )

    def clean_n(self) -> list[int]:
        return _numbers(self.cleaned_data["n"])

    def clean_accept(self) -> list[int]:
        return _numbers(self.cleaned_data["accept"])

    def clean_reject(self) -> list[int]:
        text = self.cleaned_data["reject"]
        return _numbers(text) if text.strip() else []

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        n, accept, reject, lot = data["n"], data["accept"], data["reject"], data["lot"]
        reject = reject or [number + 1 for number in accept[-1:]]
        data["reject"] = reject
        if not len(n) == len(accept) == len(reject):
            self.add_error("accept", _("样本量、接收数、拒收数应当一样多。"))
        elif sum(n) > MOST_SAMPLE or max(reject) > MOST_NUMBER:
            self.add_error(
                "n",
                _("样本量合计不超过 %(n)d，拒收数不超过 %(number)d。")
                % {"n": MOST_SAMPLE, "number": MOST_NUMBER},
            )
        elif data["model"] == "hypergeometric" and lot is None:
            self.add_error("lot", _("请写批量。"))
        elif lot is not None and lot < sum(n):
            self.add_error("lot", _("批量小于各样本量之和。"))
        else:
            try:
                data["plan"] = plans.multiple(n, accept, reject)
            except ValueError:
                self.add_error(
                    "reject",
                    _("接收数应小于拒收数，都不能变小；样本量至少 1；最后一个拒收数等于接收数加 1。"),
                )
        return data

    def compute(self) -> Answer:
        return answer_of(self.cleaned_data["plan"], self.cleaned_data["model"], self.cleaned_data["lot"])


class PointsForm(PlanForm):
    """The smallest single plan for two points."""

    title = gettext_lazy("按两点求一次抽样方案")
    about = gettext_lazy("好的质量大多接收，坏的质量大多不接收：求样本量最小的方案。")
    start: Mapping[str, Any] = {"good": "1", "bad": "6", "alpha": "5", "beta": "10", "count": "binomial"}

    good = _percent(gettext_lazy("好的质量（%，或每百单位不合格数）"))
    bad = _percent(gettext_lazy("坏的质量（%，或每百单位不合格数）"))
    alpha = _percent(gettext_lazy("好的质量不被接收的风险（%）"), high="50", initial=5)
    beta = _percent(gettext_lazy("坏的质量被接收的风险（%）"), high="50", initial=10)
    count = forms.ChoiceField(label=gettext_lazy("数什么"), choices=COUNTS)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        if data["good"] >= data["bad"]:
            self.add_error("bad", _("坏的质量应当大于好的质量。"))
        elif data["alpha"] + data["beta"] >= 100:
            self.add_error("beta", _("两个风险之和应小于 100%。"))
        else:
            data["points"] = TwoPoints(
                *(float(data[name]) / 100 for name in ("good", "bad", "alpha", "beta"))
            )
            try:
                data["plan"] = find_single(data["points"], data["count"])
            except ValueError:
                self.add_error("bad", _("两点太近，要检验的数量超过 %(most)d。") % {"most": MOST_SAMPLE})
            else:
                if data["plan"].stages[0].accept > MOST_NUMBER:
                    self.add_error(
                        "bad", _("两点太近，要检验的数量超过 %(most)d。") % {"most": data["plan"].n}
                    )
        return data

    def marks(self) -> list[tuple[str, float]]:
        return [(_("好"), float(self.cleaned_data["good"])), (_("坏"), float(self.cleaned_data["bad"]))]

    def compute(self) -> Answer:
        answer = answer_of(self.cleaned_data["plan"], self.cleaned_data["count"], None)
        answer.marks = self.marks()
        return answer


class SequentialForm(PointsForm):
    """Wald's plan."""

    title = gettext_lazy("序贯抽样")
    about = gettext_lazy("一件一件地检验，越过接收线或拒收线就停。用 Wald 的两条线，到一定数量截止。")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors:
            data["lines"] = sequential(data["points"], data["count"])
            if data["lines"].last > MOST_SEQUENCE:
                self.add_error("bad", _("两点太近，要检验的数量超过 %(most)d。") % {"most": MOST_SEQUENCE})
        return data

    def compute(self) -> Answer:
        lines: Sequential = self.cleaned_data["lines"]
        answer = answer_of(lines.plan(), self.cleaned_data["count"], None)
        answer.lines, answer.marks = lines, self.marks()
        answer.facts = [
            (_("接收线"), f"{lines.slope:.5f} n − {lines.h_accept:.4f}"),
            (_("拒收线"), f"{lines.slope:.5f} n + {lines.h_reject:.4f}"),
            (_("截止点"), _("检验到 %(n)d 件，接收数 %(ac)d") % {"n": lines.last, "ac": lines.last_accept}),
        ]
        answer.notes.append(
            _(
                "GB/T 8051（ISO 8422）列表的参数手头没有；这里的风险是截止之后方案实有的风险，与所求的略有出入。"
            )
        )
        return answer


class AuditForm(PlanForm):
    """GB/T 2828.4."""

    title = gettext_lazy("核查声称质量（GB/T 2828.4）")
    about = gettext_lazy(
        "样本中的不合格品多于限定数，否定声称质量；否则是不否定，不等于证明合格。不能用来验收批。"
    )
    start: Mapping[str, Any] = {"declared": "4", "level": "I"}

    declared = _percent(gettext_lazy("声称质量水平（不合格品 %）"), high="50")
    level = forms.ChoiceField(
        label=gettext_lazy("判别水平"), choices=[(one, one) for one in audits.LEVELS],
        help_text=gettext_lazy("0、I、II、III 的限定数依次为 0、1、2、3。"),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            try:
                data["found"] = audits.audit(float(data["declared"]), data["level"])
            except ValueError:
                self.add_error("declared", _("这样的声称质量没有错判风险不大于 5% 的方案。"))
            else:
                if data["found"].computed.n > MOST_SAMPLE:
                    self.add_error("declared", _("要检验的数量超过 %(most)d。") % {"most": MOST_SAMPLE})
        return data

    def compute(self) -> Answer:
        found: audits.Audits = self.cleaned_data["found"]
        answer = answer_of(
            plans.single(found.computed.n, found.computed.limit), "binomial", None, _("不否定的概率")
        )
        answer.facts = list(_audit_facts(_("计算值"), found.computed, 100))
        answer.marks = [(_("声称质量"), float(self.cleaned_data["declared"]))]
        answer.detail = {"computed": _audit(found.computed), "table": found.table and _audit(found.table)}
        answer.verified = audits.TABLE_VERIFIED
        if found.table is not None:
            answer.facts += _audit_facts(_("表值"), found.table, 100)
            if found.table.n != found.computed.n:
                table = plans.single(found.table.n, found.table.limit)
                answer.other = (
                    _("表值 n=%(n)d") % {"n": table.n}, plans.curve(table, answer.curve.quality), table,
                )  # fmt: skip
        else:
            answer.notes.append(_("凭记忆写的表中没有这个声称质量，只有计算值。"))
        return answer


class SmallForm(PlanForm):
    """GB/T 2828.11."""

    title = gettext_lazy("核查小总体（GB/T 2828.11）")
    about = gettext_lazy(
        "总体不大（一般不超过 250）时用，声称质量以总体中的不合格品数表示。不否定不等于证明合格。"
    )
    start: Mapping[str, Any] = {"population": 100, "declared": 2, "level": "0"}

    population = _whole(gettext_lazy("总体量"), 2, 10_000)
    declared = _whole(gettext_lazy("声称的不合格品数"), 0, 10_000)
    level = forms.ChoiceField(
        label=gettext_lazy("检验水平"), choices=[(one, one) for one in audits.SMALL_LEVELS],
        help_text=gettext_lazy("0、I 的限定数依次为 0、1。"),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            if data["declared"] >= data["population"]:
                self.add_error("declared", _("声称的不合格品数应小于总体量。"))
                return data
            try:
                data["found"] = audits.small_audit(data["population"], data["declared"], data["level"])
            except ValueError:
                self.add_error("declared", _("这样的声称质量没有错判风险不大于 5% 的方案。"))
        return data

    def compute(self) -> Answer:
        found: audits.Audit = self.cleaned_data["found"]
        population = self.cleaned_data["population"]
        answer = answer_of(
            plans.single(found.n, found.limit), "hypergeometric", population, _("不否定的概率")
        )  # fmt: skip
        answer.facts = list(_audit_facts(_("计算值"), found, 1))
        answer.marks = [(_("声称质量"), float(self.cleaned_data["declared"]))]
        answer.verified = found.verified
        answer.detail = {"computed": _audit(found), "table": None}
        if population > audits.SMALL_USUAL:
            answer.notes.append(_("总体大于 250，一般改用 GB/T 2828.4。"))
        return answer


FORMS: dict[str, type[PlanForm]] = {
    "lots": LotsForm, "stages": StagesForm, "points": PointsForm, "sequential": SequentialForm,
    "audit": AuditForm, "small": SmallForm,
}  # fmt: skip


def _audit(one: audits.Audit) -> dict[str, Any]:
    return {
        "n": one.n, "limit": one.limit, "alpha": one.alpha, "worst": one.worst, "ratio": one.ratio,
        "verified": one.verified,
    }  # fmt: skip


def _audit_facts(name: str, one: audits.Audit, scale: int) -> Iterator[tuple[str, str]]:
    yield name, _("样本量 %(n)d，限定数 %(limit)d") % {"n": one.n, "limit": one.limit}
    yield (
        _("%(name)s：声称质量恰好达到时错误否定的风险") % {"name": name},
        f"{one.alpha * 100:.2f}%",
    )
    if one.worst is not None:
        worst = f"{one.worst:g}" if scale == 1 else f"{one.worst * scale:.2f}%"
        ratio = f" ({one.ratio:.2f}×)" if one.ratio is not None else ""
        yield _("%(name)s：不否定的概率不大于 10%% 的质量") % {"name": name}, worst + ratio


def work_out(plan: str, given: Mapping[str, Any]) -> Answer:
    """The answer for one kind of plan. Problem ``values_wrong`` with what is wrong by field."""
    form = FORMS[plan](given)
    if not form.is_valid():
        raise values_wrong({name: "；".join(map(str, texts)) for name, texts in form.errors.items()})
    return form.compute()
