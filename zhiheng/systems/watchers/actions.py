"""What can happen: somebody applies or is proposed, is appointed or not, leaves; tasks; clues."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases.actions import Actor, NewParty, Opening, Sent
from zhiheng.core.cases.models import Case
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem, values_wrong
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.knowledge.codes import regions
from zhiheng.systems.watchers import queries, rules
from zhiheng.systems.watchers.models import Given, Sighting, Task, Watcher


def apply(name: str, phone: str, region: str, field: str, area: str, why: str) -> Watcher:
    """Somebody asks an office to be appointed."""
    if not regions.is_known(region):
        raise Problem(
            "no_such_office", _("没有这个机关：%(code)s。") % {"code": region}, remedy=_("请从名单中选择。")
        )
    return _enter(
        None, Watcher.How.APPLICATION, name=name, phone=phone, region=region, field=field, area=area, why=why
    )


def propose(actor: User, name: str, phone: str, field: str, area: str, why: str, proposed_by: str) -> Watcher:
    """An officer enters somebody who was proposed to his office."""
    _must_work(actor, actor.region)
    return _enter(
        actor, Watcher.How.PROPOSAL, name=name, phone=phone, region=actor.region, field=field, area=area, why=why,
        proposed_by=proposed_by,
    )  # fmt: skip


def _enter(actor: User | None, how: str, **about: str) -> Watcher:
    about = {key: text.replace("\x00", "").strip() for key, text in about.items()}
    missing = {key: _("必填") for key in ("name", "phone", "field", "area") if not about[key]}
    if missing:
        raise values_wrong(missing)
    with transaction.atomic():
        watcher = Watcher.objects.create(how=how, **about)
        record(actor, "watchers.entered", watcher.key, {"region": watcher.region, "how": how})
    return watcher


def appoint(
    actor: User, watcher: Watcher, since: date, until: date, username: str = "", why: str = ""
) -> Watcher:
    """Appoint somebody for a term; decided by the office's head. ``username``: the account he signs in with."""
    with transaction.atomic():
        watcher = _lock(actor, watcher, head=True)
        if watcher.state not in (Watcher.State.APPLIED, Watcher.State.APPOINTED, Watcher.State.ENDED):
            raise Problem("decided", _("已决定不聘任。"), status=409, remedy=_("请重新登记申请。"))
        fault = rules.term_fault(since, until, dates.today())
        if fault is not None:
            text = {"reversed": _("聘期止早于起。"), "over": _("聘期已经结束。")}[fault]
            raise Problem("term_wrong", text, status=422, remedy=_("请更正聘期。"), errors={"until": text})
        if username.strip():
            watcher.user = _account(username.strip(), watcher)
        _decide(actor, watcher, Watcher.State.APPOINTED, why)
        watcher.since, watcher.until = since, until
        watcher.save()
        record(
            actor, "watchers.appointed", watcher.key,
            {"since": str(since), "until": str(until), "user": watcher.user.username if watcher.user else ""},
        )  # fmt: skip
    return watcher


def _account(username: str, watcher: Watcher) -> User:
    user = User.objects.filter(
        username=username, role=User.Role.WATCHER, region=watcher.region, is_active=True
    ).first()
    text = ""
    if user is None:
        text = _("没有这个监督员账号，或者不属于本地区。")
    elif Watcher.objects.filter(user=user).exclude(pk=watcher.pk).exists():
        text = _("这个账号属于另一名监督员。")
    if text or user is None:
        raise Problem(
            "no_account",
            text,
            status=422,
            remedy=_("请省级管理员先开立“社会质量监督员”账号。"),
            errors={"username": text},
        )
    return user


def refuse(actor: User, watcher: Watcher, why: str) -> Watcher:
    """Decide not to appoint somebody, with the reason."""
    with transaction.atomic():
        watcher = _lock(actor, watcher, head=True)
        if watcher.state != Watcher.State.APPLIED:
            raise Problem("decided", _("已经决定过了。"), status=409)
        _reasoned(why)
        _decide(actor, watcher, Watcher.State.REFUSED, why)
        watcher.save()
        record(actor, "watchers.refused", watcher.key)
    return watcher


def end(actor: User, watcher: Watcher, why: str) -> Watcher:
    """End an appointment before its term."""
    with transaction.atomic():
        watcher = _lock(actor, watcher, head=True)
        if watcher.state != Watcher.State.APPOINTED:
            raise Problem("not_appointed", _("现在没有聘任。"), status=409)
        _reasoned(why)
        _decide(actor, watcher, Watcher.State.ENDED, why)
        watcher.save()
        record(actor, "watchers.ended", watcher.key)
    return watcher


def look(actor: User, watcher: Watcher) -> Watcher:
    """Read a watcher's name and telephone; that one looked is written down."""
    if not actor.may("personal_data.read") or actor.region != watcher.region:
        raise Problem("forbidden", _("您无权查看此人信息。"), status=403)
    record(actor, "watchers.look", watcher.key, look=True)
    return watcher


def give_task(
    actor: User, watchers: Iterable[Watcher], title: str, what: str, due_on: date, place: str = ""
) -> Task:
    """Ask watchers of one's office to look at something by a day."""
    _must_work(actor, actor.region)
    today = dates.today()
    asked = {one.pk for one in watchers}
    chosen = list(queries.serving(actor.region, today).filter(pk__in=asked))
    if due_on < today:
        text = _("截止日期不能早于今天。")
        raise Problem("due_wrong", text, status=422, remedy=_("请更正日期。"), errors={"due_on": text})
    if not asked or len(chosen) != len(asked):
        text = _("请选择本机关在聘期内的监督员。")
        raise Problem("not_serving", text, status=422, errors={"watchers": text})
    with transaction.atomic():
        task = Task.objects.create(
            region=actor.region,
            title=title.strip(),
            what=what.strip(),
            place=place.strip(),
            due_on=due_on,
            by=actor,
        )
        Given.objects.bulk_create([Given(task=task, watcher=one) for one in chosen])
        record(
            actor, "watchers.task_given", f"task:{task.pk}", {"watchers": sorted(one.pk for one in chosen)}
        )
    return task


def finish(user: User, given: Given, note: str) -> Given:
    """A watcher says that his task is done, and what he found."""
    if given.watcher.user_id != user.pk:
        raise Problem("forbidden", _("这不是您的任务。"), status=403)
    with transaction.atomic():
        changed = Given.objects.filter(pk=given.pk, done_at=None).update(
            done_at=timezone.now(), note=note.replace("\x00", "").strip()[:300]
        )
        if not changed:
            raise Problem("done_already", _("已经完成过了。"), status=409)
        record(user, "watchers.task_done", f"task:{given.task_id}", {"watcher": given.watcher_id})
    given.refresh_from_db()
    return given


def give_clue(
    user: User,
    *,
    facts: str,
    place_name: str,
    address: str,
    seen_at: datetime,
    business: str = "",
    task: Task | None = None,
    latitude: str = "",
    longitude: str = "",
    files: Sequence[Sent] = (),
) -> Case:
    """A watcher gives his office a clue. The place is what he states; nothing is read from his telephone.

    Raises Problem ``not_serving``, ``values_wrong`` by field.
    """
    watcher = queries.own(user)
    if watcher is None or not rules.serves(watcher.state, watcher.since, watcher.until, dates.today()):
        raise Problem(
            "not_serving",
            _("您不在聘期内，不能提交线索。"),
            status=403,
            remedy=_("可以作为公众投诉举报，或者联系聘任机关。"),
        )
    spot = rules.coordinates(latitude, longitude)
    wrong = {
        key: _("必填") for key, text in (("facts", facts), ("place_name", place_name)) if not text.strip()
    }
    if spot is None:
        wrong["latitude"] = _("经纬度须同时填写，如 23.10647 和 113.32446。")
    if seen_at > timezone.now():
        wrong["seen_at"] = _("不能晚于现在")
    if task is not None and not task.given.filter(watcher=watcher).exists():
        wrong["task"] = _("这不是您的任务。")
    if wrong:
        raise values_wrong(wrong)
    subject = _business(business)
    name = business.strip()[:200]
    where = rules.place(place_name, address)
    parties = [NewParty("watcher", user=user, name=watcher.name, phone=watcher.phone)]
    if subject is not None or name:
        parties.append(NewParty("subject_party", organisation=subject, name="" if subject else name))
    values = {
        "place": where,
        "seen_at": dates.local(seen_at).replace(tzinfo=None).isoformat(timespec="minutes"),
    }
    title = _("%(place)s的质量线索") % {"place": subject.name if subject else name or where}
    with transaction.atomic():
        case = engine.open_case(
            Actor(),
            Opening(
                "clue", watcher.region, title, timezone.now(), "watcher", subject=subject,
                subject_name="" if subject else name, parties=parties,
                values=values | ({"task": task.title} if task else {}), personal={"facts": facts.strip()}, files=files,
            ),
        )  # fmt: skip
        Sighting.objects.create(case=case, watcher=watcher, task=task, coordinates=spot or "")
    return case


def _business(text: str) -> Organisation | None:
    """The organisation meant, when the code or the whole name is that of one that is registered."""
    asked = text.replace("\x00", "").strip()
    if not asked:
        return None
    rows = Organisation.objects.filter(merged_into=None)
    return rows.filter(uscc=asked.upper()).first() or rows.filter(name=asked).first()


def _must_work(actor: User, region: str) -> None:
    if not actor.may("cases.work") or actor.region != region:
        raise Problem("forbidden", _("须由聘任机关的人员办理。"), status=403)


def _lock(actor: User, watcher: Watcher, *, head: bool) -> Watcher:
    _must_work(actor, watcher.region)
    if head and not actor.has_duty("head"):
        raise Problem("forbidden", _("须由负责人决定。"), status=403)
    return Watcher.objects.select_for_update().get(pk=watcher.pk)


def _reasoned(why: str) -> None:
    if not why.strip():
        raise Problem("reason_missing", _("须写明理由。"), status=422, errors={"why": _("必填")})


def _decide(actor: User, watcher: Watcher, state: str, why: str) -> None:
    watcher.state, watcher.decided_by, watcher.decided_at = state, actor, timezone.now()
    watcher.decision = why.strip()[:300]
