"""What the steps of an order have to do with its re-check: a pass never rests on a report that does not carry it."""

from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from zhiheng.core.cases import effects, running, words
from zhiheng.core.cases.models import Case, Step
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem, refused
from zhiheng.systems.inspection import queries_recheck as queries
from zhiheng.systems.inspection import rules_after, rules_recheck
from zhiheng.systems.inspection.models import Report, Task

PROCEDURE = "rectification"
_wrong = partial(refused, field="recheck_no")


def _report(case: Case, given: dict[str, Any]) -> Report | None:
    """The report of this re-check that is named; nothing where none is, or one from outside the platform with who
    issued it. Problem where the number is of a report that cannot carry a decision in this case."""
    number, outside = (str(given.get(key) or "").strip() for key in ("recheck_no", "recheck_lab"))
    if not number:
        return None
    found = (
        Report.objects.select_for_update(of=("self",))
        .filter(number=number)
        .select_related("sample__task", "laboratory")
        .first()
    )
    if found is None:
        if not outside:
            raise _wrong(
                "unknown_report", _("平台上没有这个编号的报告。"),
                _("平台外的报告，请写明出具机构。"), field="recheck_lab",
            )  # fmt: skip
        return None
    task = found.sample.task
    if task is None or task.rectification_id != case.pk:
        if outside and outside != found.laboratory.name:
            return None
        raise _wrong(
            "other_sample", _("这份报告是另一案的样品的，不是此案复查的样品的。"),
            _("请填写此案复查样品的报告；平台外另有同号报告的，请写明出具机构。"),
        )  # fmt: skip
    if found.withdrawn_at is not None:
        raise _wrong("report_withdrawn", _("这份报告已经撤回。"), _("请等更正后的报告。"))
    if found.decided_in_id is not None or found.sample.taken_at < queries.since(case):
        raise _wrong(
            "not_this_recheck", _("这份报告的样品不是这一次复查抽取的。"), _("请填写这一次复查的报告。")
        )  # fmt: skip
    return found


def _before_pass(case: Case, given: dict[str, Any], _ground: str) -> None:
    """Passed only by a report that stands and passes, and never past a sample or a report that says otherwise."""
    report = _report(case, given)
    if report is not None and report.conclusion not in rules_after.PASSED:
        raise _wrong("report_fails", _("这份报告的结论是不合格。"), _("请办理复查不合格。"))
    waiting = queries.untested(case)
    if waiting is not None:
        raise _wrong(
            "recheck_running", _("复查样品 %(number)s 还没有检验报告。") % {"number": waiting.number},
            _("请等报告出具；不能检验的，请先作废样品。"),
        )  # fmt: skip
    undecided = queries.undecided(case)
    if undecided is None or undecided == report:
        return
    if undecided.conclusion not in rules_after.PASSED:
        raise _wrong(
            "report_fails", _("复查报告 %(number)s 不合格。") % {"number": undecided.number},
            _("请办理复查不合格。"),
        )  # fmt: skip
    raise _named(undecided)


def _named(report: Report) -> Problem:
    said = _("此案有复查报告 %(number)s。") % {"number": report.number}
    return _wrong("report_missing", said, _("请填写它的编号。"))


def _before_fail(case: Case, given: dict[str, Any], _ground: str) -> None:
    """A failure by a report is one that the report says; without a number, what was found on the spot says it. A report
    that says so already is named, so that the firm gets it."""
    report = _report(case, given)
    if report is not None and report.conclusion in rules_after.PASSED:
        raise _wrong(
            "report_passes", _("这份报告的结论是合格。"), _("因其他情况不合格的，请不填报告编号并写明情况。")
        )  # fmt: skip
    undecided = queries.undecided(case)
    if report is None and undecided is not None and undecided.conclusion not in rules_after.PASSED:
        raise _named(undecided)


effects.before(PROCEDURE, *rules_recheck.PASS)(_before_pass)
effects.before(PROCEDURE, *rules_recheck.FAIL)(_before_fail)


def _decided(case: Case, step: Step) -> None:
    """The report remembers that it was decided by, so no later re-check rests on it."""
    number = str(step.values.get("recheck_no") or "").strip()
    if number:
        Report.objects.filter(
            number=number, sample__task__rectification=case, withdrawn_at=None, decided_in=None
        ).update(decided_in=step)


def _over(case: Case, step: Step) -> None:
    """A visit that was not made yet is not made any more."""
    why = words.step(running.course_of(case), step.key)
    for task in queries.tasks_of(case).select_for_update().filter(state=Task.State.OPEN):
        task.state, task.why = Task.State.CANCELLED, why[:300]
        task.save(update_fields=["state", "why"])
        record(step.actor, "inspection.task_cancelled", f"task:{task.key}", {"why": why})


for _key in (*rules_recheck.PASS, *rules_recheck.FAIL):
    effects.on(PROCEDURE, _key)(_decided)
for _key in rules_recheck.ENDS:
    effects.on(PROCEDURE, _key)(_over)
