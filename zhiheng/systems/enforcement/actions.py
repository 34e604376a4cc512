"""What can happen in enforcement besides the law's steps: each checks who may, changes, and writes the ledger.

As in the engine, the case's row is locked first, so numbers are given one after another.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core import files as filing
from zhiheng.core.accounts.models import User
from zhiheng.core.accounts.rules import covers
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import handling
from zhiheng.core.cases.actions import Actor, NewParty, Opening, Sent
from zhiheng.core.cases.models import Case, Clock, Step
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.core.ui import dates
from zhiheng.systems.enforcement import queries, rules
from zhiheng.systems.enforcement.models import (
    Campaign,
    CampaignCase,
    Custody,
    Discussion,
    Evidence,
    EvidenceFile,
    Factor,
    Instalment,
    Limitation,
    SealedItem,
    Struck,
)

MEASURING = ("proposed", "preserved", "sealed")


def must_work(actor: User, case: Case, *, open_only: bool = True) -> None:
    """Whoever handles the case, beside whom he handles it, or the head of its office; and it must be open."""
    me = engine.who_is(Actor(actor), case)
    if "officer" not in me.roles or me.blocked is not None or not actor.may("cases.work"):
        raise Problem(
            "not_handler",
            _("只有本案承办人、协办人或负责人可以办理。"),
            status=403,
            remedy=_("请联系承办人。"),
        )
    if open_only and (case.closed_at is not None or case.merged_into_id is not None):
        raise Problem("closed", _("案件已办结。"), status=409, remedy=_("需要时请负责人重新办理。"))


def _must_be_penalty(case: Case) -> None:
    if case.procedure != "penalty":
        raise Problem("no_penalty_case", _("只适用于行政处罚普通程序案件。"), status=409)


def _written(text: str, what: str, most: int = 2000) -> str:
    text = text.replace("\x00", "").strip()
    if not text:
        raise Problem(
            "missing", _("须填写%(what)s。") % {"what": what}, status=422, remedy=_("请补正后再提交。")
        )
    if len(text) > most:
        raise Problem(
            "too_long",
            _("%(what)s太长。") % {"what": what},
            status=422,
            remedy=_("最多 %(n)d 字。") % {"n": most},
        )
    return text


# -- evidence ------------------------------------------------------------------------------------------------


def register(step: Step, given: dict[str, Any]) -> Evidence:
    """Put into the register what a ``collect`` step took; the chain of custody begins with it.

    Called from the step's own transaction, in which the engine has checked the two officers and locked the case.
    """
    case = step.case
    taken_at = given.get("evidence_taken_at")
    one = Evidence.objects.create(
        case=case, number=case.evidence.count() + 1, kind=given["evidence_kind"], description=given["evidence"],
        source=given.get("evidence_from", ""), place=given.get("evidence_place", ""),
        seal=given.get("seal_number", "")[:60],
        taken_at=dates.local(datetime.fromisoformat(taken_at)) if taken_at else step.at, step=step,
    )  # fmt: skip
    assert step.actor is not None
    names = "、".join(p.get_full_name() for p in (step.actor, step.second) if p is not None)
    _link(
        step.actor,
        one,
        Custody.Event.TAKEN,
        one.taken_at,
        giver=one.source,
        taker=names,
        place=one.place[:200],
        note="",
    )
    if one.seal:
        _link(
            step.actor, one, Custody.Event.SEALED, one.taken_at, giver="", taker=names, place=one.place[:200],
            note=one.seal,
        )  # fmt: skip
    for file in step.files.all():
        EvidenceFile.objects.create(evidence=one, file=file)
    return one


def _link(actor: User, one: Evidence, event: str, at: datetime, **who: str) -> Custody:
    return Custody.objects.create(
        evidence=one, seq=one.chain.count() + 1, event=event, at=at, by=actor, **who
    )


def hand_on(
    actor: User,
    one: Evidence,
    event: str,
    at: datetime,
    *,
    giver: str,
    taker: str,
    place: str,
    note: str = "",
    now: datetime | None = None,
) -> Custody:
    """Add a link to the chain of custody. Evidence of an ended case is still kept, returned or destroyed."""
    now = now or timezone.now()
    if event not in Custody.Event.values or event == Custody.Event.TAKEN:
        raise Problem("unknown_event", _("没有这个环节。"), status=422, remedy=_("请从名单中选择。"))
    with transaction.atomic():
        case = engine.lock(one.case)
        must_work(actor, case, open_only=False)
        _not_struck(one)
        last = one.chain.last()
        fault = rules.custody_fault(last.event if last else None, last.at if last else None, at, now)
        if fault:
            raise Problem(
                f"custody_{fault}",
                {
                    "future": _("时间不能晚于现在。"),
                    "before_last": _("时间不能早于上一环节。"),
                    "destroyed": _("此证据已销毁。"),
                }[fault],
                status=422,
                remedy=_("请核对时间和环节。"),
                errors={"at": _("请核对时间和环节。")},
            )
        made = _link(
            actor, one, event, at,
            giver=_written(giver, _("交出人"), 200) if event in _HANDED else giver.strip()[:200],
            taker=_written(taker, _("接收人"), 200) if event in _HANDED else taker.strip()[:200],
            place=_written(place, _("地点"), 200), note=note.strip()[:2000],
        )  # fmt: skip
        record(
            actor, "enforcement.custody", case.key, {"evidence": one.number, "seq": made.seq, "event": event}
        )
    return made


_HANDED = frozenset({Custody.Event.MOVED, Custody.Event.SENT, Custody.Event.RETURNED})


def _not_struck(one: Struck) -> None:
    if one.struck_at is not None:
        raise Problem("struck", _("已划去。"), status=409, remedy=_("划去的记录只供查阅。"))


def add_files(actor: User, one: Evidence, files: Sequence[filing.Checked]) -> list[EvidenceFile]:
    """Add files to an item, byte for byte as they came."""
    if not files:
        raise Problem("no_file", _("没有选择文件。"), status=422, remedy=_("请选择照片或 PDF。"))
    with transaction.atomic():
        case = engine.lock(one.case)
        must_work(actor, case)
        _not_struck(one)
        now, added = timezone.now(), []
        for checked in files:
            kept = engine.keep_file(case, None, Actor(actor), Sent(checked), now)
            added.append(EvidenceFile.objects.create(evidence=one, file=kept))
        record(
            actor, "enforcement.evidence_files", case.key,
            {"evidence": one.number, "sha256": [one.file.sha256 for one in added]},
        )  # fmt: skip
    return added


def strike(actor: User, one: Evidence | SealedItem | Factor, why: str) -> None:
    """Strike what was entered wrongly; it stays readable, with who did it and why."""
    why = _written(why, _("理由"), 300)
    with transaction.atomic():
        case = engine.lock(one.case)
        must_work(actor, case)
        one.refresh_from_db()
        _not_struck(one)
        one.struck_at, one.struck_by, one.struck_why = timezone.now(), actor, why
        one.save(update_fields=["struck_at", "struck_by", "struck_why"])
        record(
            actor, "enforcement.struck", case.key,
            {"what": one._meta.model_name, "number": getattr(one, "number", one.pk)},
        )  # fmt: skip


def verify_files(actor: User, case: Case) -> list[tuple[Any, str]]:
    """Read every file of the register and compare it with its hash: (file, what is wrong or nothing)."""
    if not queries.whole(actor).filter(pk=case.pk).exists():
        raise Problem("forbidden", _("您无权查看此案证据。"), status=403)
    told = []
    for file in queries.files_of(case):
        try:
            filing.load(file.sha256)
        except Problem as problem:
            told.append((file, problem.message))
        else:
            told.append((file, ""))
    wrong = [file.sha256 for file, fault in told if fault]
    record(actor, "enforcement.files_verified", case.key, {"files": len(told), "wrong": wrong})
    return told


# -- measures ------------------------------------------------------------------------------------------------


def add_item(
    actor: User, case: Case, *, name: str, quantity: str, seal: str, place: str, note: str = ""
) -> SealedItem:
    """Enter goods into the list of a measure."""
    with transaction.atomic():
        case = engine.lock(case)
        must_work(actor, case)
        if case.procedure != "measure" or case.state not in MEASURING:
            raise Problem(
                "no_measure", _("现在不能登记物品。"), status=409, remedy=_("措施已结束或者未批准。")
            )
        one = SealedItem.objects.create(
            case=case, number=case.sealed_items.count() + 1, name=_written(name, _("名称"), 200),
            quantity=_written(quantity, _("数量"), 60), seal=seal.strip()[:60],
            place=_written(place, _("存放地点"), 200), note=note.strip()[:300], by=actor,
        )  # fmt: skip
        record(actor, "enforcement.sealed_item", case.key, {"number": one.number, "seal": one.seal})
    return one


# -- what has to be on record before a penalty ---------------------------------------------------------------


def answer_limitation(actor: User, case: Case, answer: str, day: date | None, reason: str) -> Limitation:
    """Answer the warning that the time to penalise may be over."""
    reason = _written(reason, _("理由和证据"))
    if answer not in Limitation.Answer.values:
        raise Problem("unknown_answer", _("没有这个答复。"), status=422, remedy=_("请从名单中选择。"))
    if answer == Limitation.Answer.FOUND_EARLIER and day is None:
        raise Problem(
            "day_missing", _("须写明发现的日期。"), status=422, errors={"day": _("须写明发现的日期。")}
        )
    if day is not None and day > dates.today():
        raise Problem("in_future", _("不能晚于今天。"), status=422, errors={"day": _("不能晚于今天。")})
    return _noted(
        actor, case, "enforcement.limitation_answered", {"answer": answer},
        lambda locked: Limitation.objects.create(case=locked, answer=answer, day=day, reason=reason, by=actor),
    )  # fmt: skip


def add_factor(actor: User, case: Case, kind: str, what: str, basis: str, reason: str) -> Factor:
    """Put a factor of discretion on record, with its basis and the officer's reason."""
    if kind not in Factor.Kind.values:
        raise Problem("unknown_kind", _("没有这个类别。"), status=422, remedy=_("请从名单中选择。"))
    what, basis, reason = (
        _written(what, _("因素"), 200),
        _written(basis, _("依据"), 200),
        _written(reason, _("理由")),
    )
    return _noted(
        actor, case, "enforcement.factor", {"kind": kind},
        lambda locked: Factor.objects.create(case=locked, kind=kind, what=what, basis=basis, reason=reason, by=actor),
    )  # fmt: skip


def add_discussion(
    actor: User, case: Case, held_on: date, people: str, matter: str, conclusion: str
) -> Discussion:
    """Put a collective discussion of the heads on record."""
    if held_on > dates.today():
        raise Problem("in_future", _("不能晚于今天。"), status=422, errors={"held_on": _("不能晚于今天。")})
    values = {
        "people": _written(people, _("参加人"), 500), "matter": _written(matter, _("讨论事项"), 200),
        "conclusion": _written(conclusion, _("讨论结论")),
    }  # fmt: skip
    return _noted(
        actor, case, "enforcement.discussion", {"held_on": held_on.isoformat()},
        lambda locked: Discussion.objects.create(case=locked, held_on=held_on, by=actor, **values),
    )  # fmt: skip


Row = TypeVar("Row", bound=models.Model)


def _noted(actor: User, case: Case, action: str, detail: dict[str, Any], make: Callable[[Case], Row]) -> Row:
    with transaction.atomic():
        locked = engine.lock(case)
        must_work(actor, locked)
        _must_be_penalty(locked)
        made = make(locked)
        record(actor, action, locked.key, detail)
    return made


# -- performance ---------------------------------------------------------------------------------------------


def agree_instalments(
    actor: User, case: Case, plan: Sequence[tuple[date, Decimal]], reason: str, version: int | None = None
) -> Step:
    """Let the party pay in parts: the head's step, the plan, and the clock of payment moved to the last part's day."""
    with transaction.atomic():
        case = engine.lock(case, version)
        account = queries.account(case)
        if account is None:
            raise Problem("not_decided", _("还没有处罚决定。"), status=409)
        if fault := rules.plan_fault(plan, account.remainder, dates.today()):
            raise Problem(
                f"plan_{fault}",
                {
                    "empty": _("至少填写一期。"),
                    "past": _("第一期不能早于今天。"),
                    "order": _("各期日期须依次递增。"),
                    "amount": _("各期金额须大于零。"),
                    "sum": _("各期金额之和须等于尚欠的 %(amount)s 元。") % {"amount": account.remainder},
                }[fault],
                status=422,
                remedy=_("请更正分期安排。"),
            )
        said = "；".join(f"{day.isoformat()} {amount} 元" for day, amount in plan)
        last = plan[-1][0]
        made = engine.take(
            Actor(actor),
            case,
            "defer",
            values={"reason": reason, "pay_by": last.isoformat(), "instalments": said},
        )
        for number, (day, amount) in enumerate(plan, 1):
            Instalment.objects.create(step=made, number=number, due_on=day, amount=amount)
        clock = case.clocks.filter(key="pay", state=Clock.State.RUNNING).last()
        if clock is not None and clock.due_at is not None and not clock.extensions:
            due = dates.until(clock.due_at)
            days = (last - (due.date() if isinstance(due, datetime) else due)).days
            if days > 0 and clock.due_at > timezone.now():
                handling.extend(actor, case, "pay", reason, days)
        record(actor, "enforcement.instalments", case.key, {"parts": len(plan), "until": last.isoformat()})
    return made


# -- joint action --------------------------------------------------------------------------------------------


def list_case(actor: User, case: Case) -> Case:
    """Begin a supervised listing from above: the office that lists a case of an office in its jurisdiction."""
    if (
        not actor.may("cases.work")
        or actor.region == case.region
        or not covers(actor, case.region)
        or case.procedure != "penalty"
        or case.closed_at is not None
    ):
        raise Problem(
            "cannot_list",
            _("只有上级机关可以对下级机关在办的处罚案件挂牌督办。"),
            status=403,
            remedy=_("承办机关请用“报请挂牌督办”。"),
        )
    with transaction.atomic():
        engine.lock(case)  # two who list it at once: the second is told
        if any(one.closed_at is None for one in queries.opened(case, "supervision")):
            raise Problem("listed_already", _("此案已在督办程序中。"), status=409)
        return _open_listing(actor, case)


def _open_listing(actor: User, case: Case) -> Case:
    return engine.open_case(
        Actor(actor),
        Opening(
            "supervision", actor.region, case.title, timezone.now(), "case", subject=case.subject,
            subject_name=case.subject_name, parties=[NewParty("undertaker", region=case.region)],
            values={"matter": f"{case.number} {case.title}"}, handler=actor, origin=case,
        ),
    )  # fmt: skip


def begin_campaign(
    actor: User, name: str, basis: str, scope: str, starts_on: date, ends_on: date
) -> Campaign:
    """Begin a campaign of one's own office; its head decides that."""
    if not actor.may("cases.work") or not actor.has_duty("head"):
        raise Problem("forbidden", _("专项行动由机关负责人部署。"), status=403, remedy=_("请由负责人登记。"))
    if ends_on < starts_on:
        raise Problem(
            "days_wrong", _("结束不能早于开始。"), status=422, errors={"ends_on": _("结束不能早于开始。")}
        )
    values = {
        "name": _written(name, _("名称"), 120),
        "basis": _written(basis, _("依据文件"), 300),
        "scope": _written(scope, _("范围和重点")),
    }
    try:
        with transaction.atomic():
            made = Campaign.objects.create(
                region=actor.region, starts_on=starts_on, ends_on=ends_on, by=actor, **values
            )
            record(actor, "enforcement.campaign", made.key, {"name": made.name, "region": made.region})
    except IntegrityError:
        raise Problem("campaign_exists", _("本机关已有同名的专项行动。"), status=409) from None
    return made


def attach(actor: User, case: Case, campaign: Campaign) -> CampaignCase:
    """Count a case to a campaign: by its office, within the campaign's region and time."""
    with transaction.atomic():
        case = engine.lock(case)
        must_work(actor, case)
        _must_be_penalty(case)
        if not queries.campaigns_visible_to(actor).filter(pk=campaign.pk).exists() or not (
            case.region == campaign.region or campaign.region in rules.superiors(case.region)
        ):
            raise Problem("other_region", _("专项行动不包括本机关。"), status=409)
        received = dates.local(case.received_at).date()
        if not campaign.starts_on <= received <= campaign.ends_on:
            raise Problem(
                "other_time", _("案件不在专项行动期间内受理。"), status=409, remedy=_("请核对期间。")
            )
        if CampaignCase.objects.filter(case=case).exists():
            raise Problem("attached", _("案件已计入一个专项行动。"), status=409)
        made = CampaignCase.objects.create(campaign=campaign, case=case, by=actor)
        record(actor, "enforcement.attached", case.key, {"campaign": campaign.pk})
    return made
