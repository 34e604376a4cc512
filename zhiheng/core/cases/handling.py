"""What an office does with a case besides the law's steps: each a permission of its own, each a step in the story."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core import files as filing
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import calendars, effects, offices, readings, rules, running, words
from zhiheng.core.cases.actions import (
    Actor,
    NewParty,
    Opening,
    Sent,
    keep_file,
    lock,
    note_down,
    open_case,
    tell,
    who_is,
    write,
)
from zhiheng.core.cases.models import Case, Clock, Document, Link, Notice, Step
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.knowledge.codes import regions


def assign(
    actor: User, case: Case, handler: User, *, second: User | None = None, version: int | None = None
) -> Case:
    """Give a case to an officer of its office. The office's head, or whoever has it, or anybody while nobody has."""
    with transaction.atomic():
        case = lock(case, version)
        _must_be_of_office(actor, case)
        if case.handler_id not in (None, actor.pk) and not actor.has_duty("head"):
            raise Problem(
                "forbidden", _("只有负责人或现在的承办人可以改派。"), status=403, remedy=_("请由负责人指派。")
            )
        for one in (handler, second):
            if one is not None and (
                one.role not in rules.REGULATORS
                or one.region != case.region
                or not one.is_active
                or one.pk in case.recused
            ):
                raise Problem(
                    "not_of_office",
                    _("%(who)s不是本机关在岗人员，或须回避。") % {"who": one.get_full_name()},
                    remedy=_("请选择本机关没有回避情形的人员。"),
                )
        case.handler, case.second = handler, second if second is not None else case.second
        given = {"handler": handler.username} | ({"second": second.username} if second else {})
        made = write(
            case, running.course_of(case), Actor(actor), "_assigned", case.state, timezone.now(), values=given
        )
        if handler.pk != actor.pk:
            Notice.objects.create(case=case, step=made, user=handler, at=made.at)
        case.save()
        note_down(Actor(actor), case, made, {"handler": handler.username})
    return case


def assign_many(
    actor: User, cases: Iterable[Case], handler: User
) -> tuple[list[Case], list[tuple[Case, Problem]]]:
    """Give several cases to an officer; those that cannot be given are told one by one."""
    done: list[Case] = []
    refused: list[tuple[Case, Problem]] = []
    for case in cases:
        try:
            done.append(assign(actor, case, handler))
        except Problem as problem:
            refused.append((case, problem))
    return done, refused


def recuse(actor: User, case: Case, officer: User, why: str) -> Case:
    """Say that an officer may have no hand in a case (回避). He decides himself, or the head does."""
    with transaction.atomic():
        case = lock(case)
        _must_be_of_office(actor, case)
        if actor.pk != officer.pk and not actor.has_duty("head"):
            raise Problem("forbidden", _("回避由本人提出或由负责人决定。"), status=403)
        if not why.strip():
            raise Problem("reason_missing", _("须写明理由。"), status=422)
        case.recused = sorted({*case.recused, officer.pk})
        if case.handler_id == officer.pk:
            case.handler = None
        if case.second_id == officer.pk:
            case.second = None
        made = write(case, running.course_of(case), Actor(actor), "_recused", case.state, timezone.now(),
                      values={"officer": officer.username, "reason": why.strip()[:300]})  # fmt: skip
        case.save()
        note_down(Actor(actor), case, made, {"officer": officer.username})
    return case


def transfer(actor: User, case: Case, region: str, why: str, *, version: int | None = None) -> Case:
    """Hand a case to the office that is competent. It keeps its number, edition and clocks; nobody has it there yet."""
    with transaction.atomic():
        case = lock(case, version)
        _must_be_of_office(actor, case)
        _must_handle(actor, case)
        if case.closed_at is not None:
            raise Problem("closed", _("案件已办结。"), status=409)
        if region == case.region or not _is_office(region):
            raise Problem(
                "no_such_office",
                _("没有这个机关：%(code)s。") % {"code": region},
                remedy=_("请从名单中选择。"),
            )
        if not why.strip():
            raise Problem("reason_missing", _("须写明移送理由。"), status=422)
        before = case.region
        case.region, case.handler, case.second, case.recused = region, None, None, []
        made = write(
            case, running.course_of(case), Actor(actor), "_transferred", case.state, timezone.now(),
            values={"from": before, "to": region, "reason": why.strip()[:300]}, told=_visible_parties(case),
        )  # fmt: skip
        for party in case.parties.exclude(told_at=None):
            tell(case, made, party, made.at)
        case.save()
        note_down(Actor(actor), case, made, {"from_office": before, "to_office": region})
    return case


def merge(actor: User, case: Case, into: Case, why: str) -> Case:
    """Join a repeated case to the one it repeats: it ends, what it holds stays readable there."""
    first, then = sorted((case, into), key=lambda one: one.pk)
    with transaction.atomic():
        locked = {one.pk: lock(one) for one in (first, then)}
        case, into = locked[case.pk], locked[into.pk]
        for one in (case, into):
            _must_be_of_office(actor, one)
        _must_handle(actor, case)
        if (
            case.pk == into.pk
            or case.procedure != into.procedure
            or case.merged_into_id
            or into.merged_into_id
        ):
            raise Problem(
                "cannot_merge",
                _("只能把一件并入同一程序、未并案的另一件。"),
                status=409,
                remedy=_("请核对案号。"),
            )
        if case.closed_at is not None or into.closed_at is not None:
            raise Problem("closed", _("已办结的案件不能并案。"), status=409)
        now = timezone.now()
        open_clocks = list(case.clocks.exclude(state=Clock.State.STOPPED))
        for clock in open_clocks:
            running.stop(clock, now)
        case.merged_into, case.closed_at, case.due_at = into, now, None
        made = write(
            case, running.course_of(case), Actor(actor), "_merged", case.state, now,
            values={"into": into.number, "reason": why.strip()[:300]}, told=_visible_parties(case),
        )  # fmt: skip
        for party in case.parties.exclude(told_at=None):
            tell(case, made, party, now)
        Link.objects.create(first=case, then=into, kind=Link.Kind.MERGED, step=made, by=actor, why=why[:300])
        case.save()
        joined = write(
            into,
            running.course_of(into),
            Actor(actor),
            "_joined",
            into.state,
            now,
            values={"from": case.number},
            told=(),
        )
        effects.run(into, joined)
        into.save()
        note_down(
            Actor(actor), case, made, {"into": into.number, "stop": sorted({c.key for c in open_clocks})}
        )
        note_down(Actor(actor), into, joined, {"joined": case.number})
    return into


def split(actor: User, case: Case, title: str, why: str) -> Case:
    """Open a second case of the same kind for a part of this one, with the same parties, times and edition."""
    with transaction.atomic():
        case = lock(case)
        _must_be_of_office(actor, case)
        _must_handle(actor, case)
        if case.closed_at is not None:
            raise Problem("closed", _("案件已办结。"), status=409)
        if not title.strip() or not why.strip():
            raise Problem("reason_missing", _("须写明新案件的事由和拆分理由。"), status=422)
        parties = [
            NewParty(
                p.key,
                p.organisation,
                p.user,
                p.region,
                p.name,
                p.phone,
                p.address,
                p.identity,
                p.anonymous,
                p.language,
            )
            for p in case.parties.all()
        ]
        other = open_case(
            Actor(actor),
            Opening(
                case.procedure, case.region, title.strip(), case.received_at, "split", subject=case.subject,
                subject_name=case.subject_name, parties=parties, values=case.values, handler=case.handler,
                edition=case.edition,
            ),
        )  # fmt: skip
        made = write(case, running.course_of(case), Actor(actor), "_split", case.state, timezone.now(),
                      values={"new": other.number, "reason": why.strip()[:300]}, told=())  # fmt: skip
        Link.objects.create(first=case, then=other, kind=Link.Kind.SPLIT, step=made, by=actor, why=why[:300])
        case.save()
        note_down(Actor(actor), case, made, {"new": other.number})
    return other


def reopen(actor: User, case: Case, why: str, *, version: int | None = None) -> Case:
    """Take an ended case up again, from its beginning and with its first clocks anew. Only the head decides that."""
    with transaction.atomic():
        case = lock(case, version)
        _must_be_of_office(actor, case)
        _must_be_head(actor)
        if case.closed_at is None or case.merged_into_id is not None:
            raise Problem("not_closed", _("只有已办结、未并案的案件可以重新办理。"), status=409)
        if not why.strip():
            raise Problem("reason_missing", _("须写明重新办理的理由。"), status=422)
        course, before, now = running.course_of(case), case.state, timezone.now()
        case.state, case.closed_at = course.procedure.first, None
        made = write(case, course, Actor(actor), "_reopened", before, now,
                      values={"reason": why.strip()[:300]}, told=_visible_parties(case))  # fmt: skip
        calendar = calendars.current()
        for key in course.procedure.starts:
            running.start(case, course, key, now, calendar)
        running.settle(case)
        for party in case.parties.exclude(told_at=None):
            tell(case, made, party, now)
        case.save()
        note_down(Actor(actor), case, made, {"start": list(course.procedure.starts)})
    return case


def extend(actor: User, case: Case, clock_key: str, why: str, value: int | None = None) -> Clock:
    """Grant more time where the law allows it and to whom it gives that power."""
    with transaction.atomic():
        case = lock(case)
        course = running.course_of(case)
        clock = _open_clock(case, clock_key)
        law_clock = readings.of(clock, course)
        granted = rules.extension(
            law_clock,
            rules.ClockFact(clock.state, clock.due_at, clock.extensions),
            who_is(Actor(actor), case),
            value,
        )
        if isinstance(granted, rules.Why):
            raise Problem(
                "no_extension",
                _("“%(clock)s”不能延长：%(why)s")
                % {"clock": law_clock.zh, "why": words.why(course, granted)},
                status=403 if granted.code == "not_you" else 409,
            )
        if not why.strip():
            raise Problem("reason_missing", _("须写明延长的理由。"), status=422)
        if clock.due_at is not None and clock.due_at < timezone.now():
            raise Problem("too_late", _("期限已过，不能再延长。"), status=409)
        clock.extended += granted
        clock.extensions += 1
        running.work_out(clock, course, calendars.current())
        _after_clock(
            actor, case, "_extended", {"clock": clock_key, "value": granted, "reason": why.strip()[:300]}
        )
    return clock


def pause(actor: User, case: Case, clock_key: str, ground: str, why: str) -> Clock:
    """Stop a clock for a time, on a ground that the law has for it."""
    with transaction.atomic():
        case = lock(case)
        _must_be_of_office(actor, case)
        _must_handle(actor, case)
        course = running.course_of(case)
        clock = _open_clock(case, clock_key)
        if clock.state != Clock.State.RUNNING or ground not in course.clocks[clock_key].pauses:
            raise Problem(
                "no_pause",
                _("“%(clock)s”不能以此理由中止。") % {"clock": course.clocks[clock_key].zh},
                status=409,
                remedy="、".join(course.procedure.pauses[g].zh for g in course.clocks[clock_key].pauses),
            )
        if not why.strip():
            raise Problem("reason_missing", _("须写明中止的理由。"), status=422)
        running.pause(clock, ground, timezone.now())
        _after_clock(
            actor, case, "_paused", {"clock": clock_key, "ground": ground, "reason": why.strip()[:300]}
        )
    return clock


def resume(actor: User, case: Case, clock_key: str) -> Clock:
    """Let a paused clock run again."""
    with transaction.atomic():
        case = lock(case)
        _must_be_of_office(actor, case)
        _must_handle(actor, case)
        clock = _open_clock(case, clock_key)
        if clock.state != Clock.State.PAUSED:
            raise Problem("not_paused", _("期限没有中止。"), status=409)
        running.resume(case, running.course_of(case), clock, timezone.now(), calendars.current())
        _after_clock(actor, case, "_resumed", {"clock": clock_key}, resume=[clock_key])
    return clock


def _after_clock(actor: User, case: Case, key: str, values: dict[str, Any], **detail: Any) -> None:
    running.settle(case)
    made = write(
        case,
        running.course_of(case),
        Actor(actor),
        key,
        case.state,
        timezone.now(),
        values=values,
        told=_visible_parties(case),
    )
    for party in case.parties.exclude(told_at=None):
        tell(case, made, party, made.at)
    case.save()
    note_down(Actor(actor), case, made, {k: v for k, v in values.items() if k != "reason"} | detail)


def note(actor: User, case: Case, text: str, files: Sequence[Sent] = ()) -> Step:
    """An internal note of the office, with files; no party sees it."""
    with transaction.atomic():
        case = lock(case)
        _must_be_of_office(actor, case)
        if not text.strip() and not files:
            raise Problem("empty", _("没有内容。"), status=422)
        made = write(case, running.course_of(case), Actor(actor), "_noted", case.state, timezone.now(),
                      personal={"note": text.strip()[: rules.MAX_TEXT]}, files=files, told=())  # fmt: skip
        case.save()
        note_down(Actor(actor), case, made, {"files": len(files)})
    return made


def sign(actor: User, document: Document, file: filing.Checked) -> Document:
    """Put the signed scan in the place of a document; the text it was made from stays."""
    with transaction.atomic():
        case = lock(document.case)
        _must_be_of_office(actor, case)
        scan = keep_file(
            case, None, Actor(actor), Sent(file, document.kind, tuple(document.sees)), timezone.now()
        )
        document.signed = scan
        document.save(update_fields=["signed"])
        record(actor, "case.document_signed", case.key, {"document": document.number, "sha256": scan.sha256})
    return document


def serve(actor: User, notice: Notice, how: str, at: datetime) -> Notice:
    """Note when and how a notice was served on paper."""
    with transaction.atomic():
        case = lock(notice.case)
        _must_be_of_office(actor, case)
        if not how.strip() or at > timezone.now() or at < notice.at:
            raise Problem(
                "service_wrong", _("须写明送达方式；送达时间不能早于文书，也不能晚于现在。"), status=422
            )
        notice.served_at, notice.served_how = at, how.strip()[:60]
        notice.save(update_fields=["served_at", "served_how"])
        record(actor, "case.served", case.key, {"notice": notice.pk, "how": notice.served_how})
    return notice


def relate(actor: User, case: Case, other: Case, kind: str, why: str) -> Link:
    """Remember what two cases have to do with each other, or that they are not the same."""
    with transaction.atomic():
        _must_be_of_office(actor, lock(case))
        link, _made = Link.objects.get_or_create(
            first=min(case, other, key=lambda c: c.pk), then=max(case, other, key=lambda c: c.pk), kind=kind,
            defaults={"by": actor, "why": why[:300]},
        )  # fmt: skip
        record(actor, "case.related", case.key, {"other": other.number, "kind": kind})
    return link


def _open_clock(case: Case, key: str) -> Clock:
    clock = case.clocks.filter(key=key).exclude(state=Clock.State.STOPPED).order_by("-id").first()
    if clock is None:
        raise Problem("no_clock", _("没有进行中的这项期限。"), status=409)
    return clock


def _visible_parties(case: Case) -> list[str]:
    return list(case.parties.exclude(told_at=None).values_list("key", flat=True))


def _must_be_of_office(actor: User, case: Case) -> None:
    if not actor.may("cases.work") or actor.region != case.region or actor.pk in case.recused:
        raise Problem(
            "not_of_office",
            _("只有办理机关（%(office)s）的人员可以办理，须回避的除外。")
            % {"office": offices.name(case.region)},
            status=403,
        )


def _must_handle(actor: User, case: Case) -> None:
    if case.handler_id not in (None, actor.pk) and case.second_id != actor.pk and not actor.has_duty("head"):
        raise Problem("other_handler", _("案件由他人承办。"), status=403, remedy=_("请承办人或负责人办理。"))


def _must_be_head(actor: User) -> None:
    if not actor.has_duty("head"):
        raise Problem("forbidden", _("须由负责人决定。"), status=403)


def _is_office(region: str) -> bool:
    return regions.is_known(region)
