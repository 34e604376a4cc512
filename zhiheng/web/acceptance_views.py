"""The page of sampling plans, for enterprises and officers, without signing in. Nothing that is typed is kept."""

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhiheng.core.ui.charts import number
from zhiheng.core.ui.plots import Line, Mark, line_chart
from zhiheng.core.ui.tables import Column, Table
from zhiheng.web.acceptance import Answer
from zhiheng.web.acceptance_forms import FORMS
from zhiheng.web.methods_api import points


@require_safe
def acceptance(request: HttpRequest) -> HttpResponseBase:
    """Choose a kind of plan, fill in its numbers, see the plan, its curves, and download them."""
    kind = request.GET.get("plan", "lots")
    if kind not in FORMS:
        raise Http404(_("没有这种抽样方案"))
    shape = FORMS[kind]
    asked = any(name in request.GET for name in shape.base_fields)
    form = shape(request.GET if asked else dict(shape.start))
    kinds = [{"key": key, "title": one.title, "here": key == kind} for key, one in FORMS.items()]
    context: dict[str, Any] = {"form": form, "kind": kind, "kinds": kinds, "about": shape.about}
    if not form.is_valid():
        return render(request, "web/acceptance.html", context, status=422)
    answer = form.compute()
    table = curve_table(request, answer)
    return table.export() or render(
        request, "web/acceptance.html", context | {"answer": answer, "table": table, **shown(answer)}
    )


def curve_table(request: HttpRequest, answer: Answer) -> Table:
    """The curve as rows, for reading, sorting and download."""
    columns = [
        Column("quality", answer.axis, lambda row: _rounded(row["quality"], 6), sort="quality", numeric=True),
        Column("accept", answer.accepts, lambda row: _rounded(row["accept"], 6), sort="accept", numeric=True),
        Column("asn", _("平均样本量（ASN）"), lambda row: _rounded(row["asn"], 2), sort="asn", numeric=True),
        Column(
            "aoq", _("平均检出质量（AOQ）"), lambda row: _rounded(row["aoq"], 6), sort="aoq", numeric=True
        ),
    ]
    if answer.lot is not None:
        columns.append(
            Column(
                "ati", _("平均检验总数（ATI）"), lambda row: _rounded(row["ati"], 1), sort="ati", numeric=True
            )
        )
    return Table(request, "curve", points(answer), columns, page_size=25)


def _rounded(value: float | None, places: int) -> float | None:
    """Whole numbers without a tail."""
    if value is None:
        return None
    short = round(value, places)
    return int(short) if short.is_integer() else short


def shown(answer: Answer) -> dict[str, Any]:
    """What the template writes of an answer."""
    curve = answer.curve
    across = curve.quality * answer.share
    name = _stages_in_words(answer)
    lines = [Line(name, list(zip(across, curve.accept, strict=True)), answer.kind == "hypergeometric")]
    if answer.other:
        label, other, _plan = answer.other
        lines.append(Line(label, list(zip(across, other.accept, strict=True))))
    marks = [Mark(x, label) for label, x in answer.marks]
    plots = [
        line_chart(
            lines,
            title=_("抽检特性曲线（OC）"),
            x_label=answer.axis,
            y_label=answer.accepts,
            marks=marks,
            y_high=1,
        )
    ]
    if len(answer.plan.stages) > 1:
        asn = Line(_("平均样本量（ASN）"), list(zip(across, curve.asn, strict=True)))
        plots.append(
            line_chart([asn], title=_("平均样本量（ASN）"), x_label=answer.axis, y_label=_("件"), marks=marks)
        )
    named = [
        (label, x) for label, x in answer.marks if answer.kind != "hypergeometric" or x <= (answer.lot or 0)
    ]
    named += [(f"{level:.0%}", quality) for level, quality in answer.qualities()]
    there = answer.at([x / answer.share for _label, x in named])
    at = [
        {
            "label": label, "quality": number(round(x, 3)), "accept": f"{accept * 100:.2f}%",
            "asn": number(round(float(asn), 1)),
        }
        for (label, x), accept, asn in zip(named, there.accept, there.asn, strict=True)
    ]  # fmt: skip
    seen, stages = 0, []
    for stage in answer.plan.stages:
        seen += stage.n
        stages.append(
            {
                "n": stage.n, "seen": seen, "accept": stage.accept if stage.accept >= 0 else None,
                "reject": stage.reject if stage.reject <= seen or answer.kind == "poisson" else None,
            }
        )  # fmt: skip
    return {
        "plots": plots, "at": at, "stages": stages if not answer.lines else _changes(stages),
        "aoql": answer.aoql and dict(zip(("value", "at"), (_percent(one) for one in answer.aoql), strict=True)),
    }  # fmt: skip


def _stages_in_words(answer: Answer) -> str:
    if answer.lines:
        return _("序贯")
    return "; ".join(f"n={s.n}, Ac={s.accept}, Re={s.reject}" for s in answer.plan.stages)


def _percent(share: float) -> str:
    return f"{share * 100:.3g}"


def _changes(stages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of a sequential plan only the counts after which a number changes."""
    found: list[dict[str, Any]] = []
    for stage in stages:
        if not found or (stage["accept"], stage["reject"]) != (found[-1]["accept"], found[-1]["reject"]):
            found.append(stage)
    return found
