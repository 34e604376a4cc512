"""What follows from steps of the law: registered with the case engine, where the systems meet."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from zhiheng.core.cases import calendars, documents, effects, offices, running
from zhiheng.core.cases.models import Case, Clock, Link, Notice, Party, Step
from zhiheng.core.cases.queries import colleagues
from zhiheng.core.disclosure import actions as disclosure
from zhiheng.core.facts.actions import record_facts, withdraw
from zhiheng.core.facts.gathering import source
from zhiheng.core.facts.models import Fact
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.knowledge.law.load import law


@effects.on("complaint", "ask_reopening")
@effects.on("report", "ask_reopening")
def tell_heads(case: Case, step: Step) -> None:
    """Whether a case is taken up again the head decides: the heads of the office are told of the request."""
    heads = [one for one in colleagues(case.region) if one.has_duty("head") and one.pk != case.handler_id]
    Notice.objects.bulk_create(Notice(case=case, step=step, user=one, at=step.at) for one in heads)


@effects.before("complaint", "publish")
def only_with_consent(case: Case, values: dict[str, Any], ground: str) -> None:
    """A complaint is published when whoever complained agreed to it on filing."""
    if not case.values.get("publish_consent"):
        raise Problem("no_consent", _("投诉人没有同意公示，不能公示这件投诉。"), status=409)


@effects.on("complaint", "publish")
def publish_complaint(case: Case, step: Step) -> None:
    """Tell the public what the law's publication shows: product, kind of claim, outcome; nothing of any person."""
    assert step.actor is not None
    course = running.course_of(case)
    publication = course.publication("digest")
    fields = course.procedure.fields
    body = {
        fields[key].zh: documents.in_words(fields[key], case.values[key])
        for key in publication.shows if case.values.get(key)
    }  # fmt: skip
    about = case.subject.uscc if case.subject else ""
    disclosure.publish_by_law(
        step.actor, "notice", f"notice:complaint-{case.pk}", case.region, case.title,
        body | {_("被投诉人"): case.subject.name if case.subject else case.subject_name},
        law().title(publication.cite.split(";")[0]), step.at, None, about=f"organisation:{about}" if about else "",
    )  # fmt: skip


@effects.on("report", "merge")
def count_from_last_report(case: Case, step: Step) -> None:
    """The time to verify runs anew from the day the last report came, not from when it was merged (第三十五条)."""
    later = Case.objects.filter(number=step.values.get("earlier", "")).first()
    clock = case.clocks.filter(key="verify", state=Clock.State.RUNNING).order_by("-id").first()
    if later is None or clock is None or later.received_at <= case.received_at:
        return
    clock.started_at = later.received_at
    running.work_out(clock, running.course_of(case), calendars.current())
    running.settle(case)
    case.save(update_fields=["due_at"])


@effects.before("report", "merge")
@effects.before("report", "not_again")
def must_name_a_report(case: Case, values: dict[str, Any], ground: str) -> None:
    """What is named must be another report of this office about the same party."""
    number = str(values.get("earlier", "")).strip()
    other = (
        Case.objects.filter(number=number, procedure="report", region=case.region).exclude(pk=case.pk).first()
    )
    same = other is not None and (
        other.subject_id == case.subject_id if case.subject_id else other.subject_name == case.subject_name
    )
    if not same:
        wrong = _("本机关没有这个编号的、举报同一被举报人的举报。")
        raise Problem("no_such_report", wrong, status=422, errors={"earlier": wrong})


@effects.on("penalty", "decide")
def report_found_true(case: Case, step: Step) -> None:
    """A report is found true when the penalty case it led to ends in a penalty; a mediation says nothing of truth."""
    record_facts(
        step.actor, [fact for fact in [upheld(case, dates.local(step.at).date())] if fact is not None]
    )


def upheld(penalty: Case, day: date) -> Fact | None:
    """The fact that a report was found true, known by the penalty's number: the report itself is confidential."""
    link = penalty.linked.filter(kind=Link.Kind.OPENED, first__procedure="report").first()
    if link is None or penalty.subject is None:
        return None
    return Fact(
        organisation=penalty.subject, kind=Fact.Kind.COMPLAINT_UPHELD, on=day, title=penalty.title[:300],
        reference=f"case:{penalty.number}", source=offices.name(penalty.region), 
        basis=law().title(running.course_of(penalty).article("decide")), region=penalty.region,
    )  # fmt: skip


@effects.on("penalty", "overturned")
def report_not_true(case: Case, step: Step) -> None:
    """What a penalty showed of a report falls with the penalty."""
    for fact in Fact.objects.filter(kind=Fact.Kind.COMPLAINT_UPHELD, reference=f"case:{case.number}"):
        withdraw(step.actor, fact, step.values["reason"])


@source("reports found true")
def every_report_found_true() -> Iterator[Fact]:
    """Those of before facts were recorded."""
    taken = Step.objects.filter(
        key="decide", case__procedure="penalty", case__linked__kind=Link.Kind.OPENED,
        case__linked__first__procedure="report",
    ).exclude(case__steps__key="overturned").select_related("case__subject").order_by("pk")  # fmt: skip
    for step in taken.iterator(chunk_size=1000):
        if (fact := upheld(step.case, dates.local(step.at).date())) is not None:
            yield fact


@effects.on("reward", "_opened")
def carry_the_reporter(case: Case, step: Step) -> None:
    """A reward is for whoever reported: the reporter and the receipt come along, and stay as secret as they were."""
    link = Link.objects.filter(then=case, kind=Link.Kind.OPENED).select_related("first").first()
    reporter = link.first.parties.filter(key="reporter").first() if link else None
    if reporter is None or case.parties.filter(key="reporter").exists():
        return
    Party.objects.create(
        case=case,
        key="reporter",
        name=reporter.name,
        phone=reporter.phone,
        address=reporter.address,
        identity=reporter.identity,
        anonymous=reporter.anonymous,
        language=reporter.language,
        receipt=reporter.receipt,
    )


@effects.before("reward", "assess")
@effects.before("reward", "decide")
def within_the_measures(case: Case, values: dict[str, Any], ground: str) -> None:
    """At least the floor of the grade and at most the cap (RWD-001 to 004); from the threshold on with the finance
    department. For an insider the cap may be exceeded with its consent."""
    limits = running.course_of(case).edition.values
    known = {**case.values, **values}
    amount = Decimal(str(known.get("amount") or 0))
    grade, insider = str(known.get("grade") or ""), bool(known.get("insider"))
    agreed = case.steps.filter(key="agree_finance").exists()
    low = Decimal(str(limits[f"floor_{grade}"].value)) if f"floor_{grade}" in limits else Decimal(0)
    if amount < low:
        raise _amount_wrong(_("低于该等级的最低奖励 %(n)s 元。") % {"n": f"{low:,.0f}"})
    cap = Decimal(str(limits["cap"].value))
    if amount > cap and not (insider and agreed):
        raise _amount_wrong(_("超过每案上限 %(n)s 元。") % {"n": f"{cap:,.0f}"})
    threshold = Decimal(str(limits["with_finance"].value))
    deciding = case.state == "assessed"
    if deciding and amount >= threshold and not agreed:
        raise _amount_wrong(_("%(n)s 元以上须先会同财政部门确定。") % {"n": f"{threshold:,.0f}"})


def _amount_wrong(text: str) -> Problem:
    return Problem(
        "amount_wrong", text, status=422, remedy=_("请按举报奖励办法更正。"), errors={"amount": text}
    )
