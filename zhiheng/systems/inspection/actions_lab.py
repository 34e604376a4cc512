"""What happens at the laboratory: a sample is received, its results are entered, a report is issued or taken back."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core import files
from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem, values_wrong
from zhiheng.core.ui import dates
from zhiheng.systems.inspection import aftercare, report_pdf, rules_lab
from zhiheng.systems.inspection.actions_field import tell
from zhiheng.systems.inspection.models import Alert, ItemResult, Report, Retest, Sample
from zhiheng.systems.inspection.models.plan import Domain


def must_test(actor: User, sample: Sample) -> None:
    """Only the sample's laboratory (the first one, or that of a re-test), and nobody who sampled it.

    SAMR-18 Art. 9 and 16: who samples does not test it, except for testing on the spot.
    """
    auth.require(actor, "inspection.test")
    if actor.organisation is None or actor.organisation_id not in {sample.laboratory_id, _again(sample)}:
        raise Problem(
            "not_this_laboratory",
            _("这份样品由另一家检验机构检验。"),
            status=403,
            remedy=_("请由抽样单上的检验机构办理。"),
        )
    if sample.inspectors.filter(user=actor).exists():
        raise Problem(
            "sampler_tests",
            _("抽样人员不得承担该样品的检验。"),
            status=403,
            remedy=_("请由没有参加抽样的人员办理（《产品质量监督抽查管理暂行办法》第九条、第十六条）。"),
        )


def _again(sample: Sample) -> int | None:
    """The laboratory of a re-test that is going on."""
    running = Retest.objects.filter(sample=sample, case__state="retesting").order_by("-drawn_at").first()
    return running.laboratory_id if running else None


def is_retest(actor: User, sample: Sample) -> bool:
    """Whether somebody works on the sample as the laboratory of a re-test."""
    return actor.organisation_id is not None and actor.organisation_id == _again(sample)


def receive(actor: User, sample: Sample, *, intact: bool, condition: str, at: datetime | None = None) -> None:
    """Take a sample in. One whose seal is broken cannot be tested: it is recorded, and the organiser is told."""
    must_test(actor, sample)
    now = timezone.now()
    at = at or now
    if not condition.strip() and not intact:
        raise values_wrong({"condition": _("封样破损的，请写明状况。")})
    if at > now or at < sample.taken_at:
        raise values_wrong({"at": _("收样时间须在抽样之后，不晚于现在。")})
    with transaction.atomic():
        kept = Sample.objects.select_for_update().get(pk=sample.pk)
        if kept.state != Sample.State.TAKEN:
            raise _state(kept)
        kept.received_at, kept.seals_intact, kept.condition = at, intact, condition.strip()[:300]
        kept.state = Sample.State.RECEIVED if intact else Sample.State.VOID
        kept.save(update_fields=["received_at", "seals_intact", "condition", "state"])
        if intact and kept.case_id:
            aftercare.received(actor, kept)
        if not intact:
            tell(Alert.Kind.SEAL, kept.office, sample=kept)
        record(
            actor,
            "inspection.sample_received" if intact else "inspection.sample_broken",
            f"sample:{kept.number}",
            {"at": at.isoformat()},
        )


def _state(sample: Sample) -> Problem:
    return Problem(
        "wrong_state",
        _("样品的状态是“%(state)s”，现在不能这样办理。") % {"state": sample.get_state_display()},
        status=409,
        remedy=_("请刷新页面。"),
    )


def enter(actor: User, sample: Sample, entered: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """Keep results as far as they are known, by item; the verdicts are stated by the rule. Gives the worksheet.

    A verdict other than the rule's needs a reason; Problem ``values_wrong`` by item.
    """
    must_test(actor, sample)
    faults = {}
    with transaction.atomic():
        kept = Sample.objects.select_for_update().get(pk=sample.pk)
        _testable(actor, kept)
        before = {row["item"]: row for row in kept.draft}
        rows = []
        for test in kept.item.tests:
            item = str(test["item"])
            given = {**before.get(item, {}), **entered.get(item, {})}
            if "verdict" not in entered.get(item, {}):
                given.pop("verdict", None)
            row = rules_lab.judged(test, given)
            if row["verdict"] != row["computed"] and not row["override_why"].strip():
                faults[item] = _("“%(item)s”改判须写明理由。") % {"item": item}
            if row["coverage"] and not _coverage(row["coverage"]):
                faults[item] = _("“%(item)s”的包含因子须是 1 到 10 之间的数。") % {"item": item}
            width = rules_lab.number(row["uncertainty"])
            if row["uncertainty"] and (width is None or width < 0):
                faults[item] = _("“%(item)s”的扩展不确定度须是不小于零的数。") % {"item": item}
            rows.append(row)
        if faults:
            raise values_wrong(faults)
        kept.draft = rows
        kept.save(update_fields=["draft"])
        record(
            actor,
            "inspection.results_entered",
            f"sample:{kept.number}",
            {"items": len([r for r in rows if r["value"]])},
        )
    sample.draft = rows
    return rows


def _coverage(text: str) -> float | None:
    value = rules_lab.number(text)
    return float(value) if value is not None and 1 <= value <= 10 else None


def _testable(actor: User, sample: Sample) -> None:
    if not is_retest(actor, sample) and sample.state != Sample.State.RECEIVED:
        raise _state(sample)


def issue(
    actor: User, sample: Sample, *, number: str, signatory: str, high_risk: bool, units: int | None = None
) -> Report:
    """Issue the report of a sample: its conclusion by the plan's rule, the PDF kept with its hash, the case moved on.

    A result that may do grave harm is told to the organiser and the county at once (SAMR-15 Art. 28: 立即).
    """
    must_test(actor, sample)
    faults = {
        name: _("必填")
        for name, text in (("number", number), ("signatory", signatory))
        if not text.replace("\x00", "").strip()
    }
    if faults:
        raise values_wrong(faults)
    number = number.replace("\x00", "").strip()[:60]
    now = timezone.now()
    try:
        with transaction.atomic():
            kept = Sample.objects.select_for_update().get(pk=sample.pk)
            _testable(actor, kept)
            retest = is_retest(actor, kept)
            concluded = _conclusion(kept, units)
            laboratory = actor.organisation
            assert laboratory is not None  # must_test asked
            report = Report.objects.create(
                sample=kept, retest=retest, laboratory=laboratory, number=number, conclusion=concluded,
                high_risk=high_risk and concluded == Report.Conclusion.FAIL, issued_at=now, signed_by=actor,
                signatory=signatory.replace("\x00", "").strip()[:60],
                failing_units=units if kept.item.max_failing else None, code=secrets.token_hex(16), sha256="",
            )  # fmt: skip
            results = ItemResult.objects.bulk_create(_results(report, kept.draft))
            earlier = Report.objects.filter(
                sample=kept, retest=retest, withdrawn_at__isnull=False
            ).first()  # the newest one comes first
            data = report_pdf.render(report, results, earlier.number if earlier else "")
            report.sha256 = hashlib.sha256(data).hexdigest()
            report.save(update_fields=["sha256"])
            files.keep(data)
            kept.draft = []
            if not retest:
                kept.state = Sample.State.REPORTED
            if kept.item.plan.domain == Domain.FOOD and not retest:
                kept.spare_until = rules_lab.spare_until(concluded, dates.local(now).date(), kept.best_before)
            kept.save(update_fields=["draft", "state", "spare_until"])
            # A corrected report moves a case that went back to testing; another one the office decides about. That of
            # a re-check moves none, so it is always told.
            moves = kept.case is not None and (retest or earlier is None or kept.case.state == "testing")
            if moves or kept.rectification is not None:
                aftercare.reported(actor, report)
            if report.high_risk:
                tell(
                    Alert.Kind.HIGH_RISK,
                    kept.office,
                    kept.region,
                    kept.organisation.region,
                    sample=kept,
                )
            record(
                actor, "inspection.report_issued", f"sample:{kept.number}",
                {"report": number, "conclusion": concluded, "retest": retest, "high_risk": report.high_risk,
                 "sha256": report.sha256},
            )  # fmt: skip
            return report
    except IntegrityError:
        raise Problem(
            "report_known",
            _("这个报告编号已经用过，或者这份样品已有有效的报告。"),
            status=409,
            remedy=_("请核对报告编号。"),
        ) from None


def _conclusion(sample: Sample, units: int | None) -> str:
    """The conclusion of the worksheet; Problem naming the items that are still open, or the number that is missing."""
    tests = {str(test["item"]) for test in sample.item.tests}
    rows = [row for row in sample.draft if row["item"] in tests]
    verdicts = [row["verdict"] for row in rows]
    found = rules_lab.conclusion(verdicts, sample.item.max_failing, units)
    if found is None and rules_lab.conclusion(verdicts) is not None:
        raise values_wrong({"units": _("有不合格项目时填 1 以上，没有时填 0：所检各件中有几件不合格。")})
    if found is None or (not rows):
        undecided = [r["item"] for r in rows if r["verdict"] in ("inconclusive", "not_tested")] or sorted(
            tests
        )
        raise Problem(
            "undecided",
            _("还不能下结论：%(items)s 没有结果或者不能判定。") % {"items": "、".join(undecided[:20])},
            status=422,
            remedy=_("请录入结果；落在保护带内的，由您判定并写明理由。"),
        )
    return found


def _results(report: Report, rows: Sequence[Mapping[str, Any]]) -> list[ItemResult]:
    return [
        ItemResult(
            report=report, item=row["item"][:200], method=row["method"][:200], value=row["value"][:100],
            unit=row["unit"][:40], uncertainty=row["uncertainty"][:60], coverage=_coverage(row["coverage"]),
            limit=row["limit"][:100], decision_rule=row["rule"][:20], verdict=row["verdict"], computed=row["computed"],
            override_why=row["override_why"][:300],
            high_risk=row["high_risk"] and row["verdict"] == ItemResult.Verdict.FAIL,
        )
        for row in rows
    ]  # fmt: skip


def withdraw(actor: User, report: Report, why: str) -> None:
    """Take a report back: its page says so, the organiser is told, the results may be entered anew, and the case goes
    back to testing unless it is under objection or final."""
    auth.require(actor, "inspection.test")
    if actor.organisation_id != report.laboratory_id:
        raise Problem("not_this_laboratory", _("报告由出具的机构撤回。"), status=403)
    if not why.strip():
        raise values_wrong({"why": _("请写明撤回的理由。")})
    with transaction.atomic():
        kept = Report.objects.select_for_update().get(pk=report.pk)
        if kept.withdrawn_at is not None:
            raise Problem("withdrawn", _("报告已经撤回。"), status=409)
        kept.withdrawn_at, kept.withdrawn_why = timezone.now(), why.replace("\x00", "").strip()[:300]
        kept.save(update_fields=["withdrawn_at", "withdrawn_why"])
        sample = kept.sample
        if not kept.retest:
            rows = [_line(one) for one in kept.results.all()]
            Sample.objects.filter(pk=sample.pk).update(state=Sample.State.RECEIVED, draft=rows)
        tell(Alert.Kind.WITHDRAWN, sample.office, sample=sample)
        aftercare.withdrawn(actor, kept)
        record(
            actor,
            "inspection.report_withdrawn",
            f"sample:{sample.number}",
            {"report": kept.number, "why": kept.withdrawn_why},
        )


def _line(one: ItemResult) -> dict[str, Any]:
    return {
        "item": one.item, "method": one.method, "unit": one.unit, "limit": one.limit, "rule": one.decision_rule,
        "value": one.value, "uncertainty": one.uncertainty, "coverage": f"{one.coverage:g}" if one.coverage else "",
        "computed": one.computed, "why": "", "verdict": one.verdict, "override_why": one.override_why,
        "high_risk": one.high_risk,
    }  # fmt: skip


def dispose(actor: User, sample: Sample, how: str) -> None:
    """A spare food sample that need not be kept any more is disposed of, or given back.

    Samples of other domains are given back by the step of their case (SAMR-18 Art. 34).
    """
    must_test(actor, sample)
    if not how.strip():
        raise values_wrong({"how": _("请写明怎样处置。")})
    with transaction.atomic():
        kept = Sample.objects.select_for_update().get(pk=sample.pk)
        if kept.state != Sample.State.REPORTED or kept.spare_until is None:
            raise _state(kept)
        if dates.today() <= kept.spare_until:
            raise Problem(
                "still_kept",
                _("备用样品须保存至 %(day)s。") % {"day": dates.words(kept.spare_until)},
                status=409,
                remedy=_("《食品安全抽样检验管理办法》第二十五条。"),
            )
        kept.state, kept.disposed_at = Sample.State.RETURNED, timezone.now()
        kept.disposed_how = how.replace("\x00", "").strip()[:300]
        kept.save(update_fields=["state", "disposed_at", "disposed_how"])
        record(actor, "inspection.sample_disposed", f"sample:{kept.number}", {"how": kept.disposed_how})
