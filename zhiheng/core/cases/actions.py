"""Opening a case and taking its steps: who may, what the law says, the change, who is told, the ledger.

What offices do with cases besides (assign, transfer, merge, extend …) is in ``handling.py``, clocks in ``running.py``.
Each action locks the case's row first, then a counter, then the ledger's head: always in this order, so nobody waits in
a circle. ``version`` is what the caller last saw; when somebody was faster, he is told who and what.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core import files as filing
from zhiheng.core import search
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import calendars, documents, effects, offices, rules, running, words
from zhiheng.core.cases.models import (
    Case,
    Counter,
    Document,
    File,
    Link,
    Notice,
    Party,
    Step,
)
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.knowledge.law.load import Course, law

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
OFFICES = frozenset({"officer", "head", "legal", "system"})
ENGINE = frozenset({"_opened", "_assigned", "_transferred", "_merged", "_split", "_reopened", "_paused", "_resumed",
                    "_extended", "_recused", "_noted", "_joined"})  # fmt: skip


@dataclass(frozen=True)
class Actor:
    """Who acts: a signed-in person, a party with its receipt, or (neither) the platform itself."""

    user: User | None = None
    party: Party | None = None


@dataclass(frozen=True)
class NewParty:
    """Somebody a new case is from or about."""

    key: str
    organisation: Organisation | None = None
    user: User | None = None
    region: str = ""
    name: str = ""
    phone: str = ""
    address: str = ""
    identity: str = ""
    anonymous: bool = False
    language: str = "zh-hans"
    receipt: str = ""


@dataclass(frozen=True)
class Sent:
    """A file to go with a step: checked already. ``sees`` are the parties that may have it."""

    file: filing.Checked
    kind: str = "evidence"
    sees: tuple[str, ...] = ()


@dataclass
class Opening:
    """What a new case begins with."""

    procedure: str
    region: str
    title: str
    received_at: datetime
    source: str
    subject: Organisation | None = None
    subject_name: str = ""
    parties: Sequence[NewParty] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[Sent] = ()
    handler: User | None = None
    reference: str = ""
    origin: Case | None = None
    edition: str = ""


def new_secret() -> str:
    """The secret of a receipt: twelve letters that cannot be mistaken for one another (60 bits)."""
    return "".join(secrets.choice(_LETTERS) for _n in range(12))


def receipt_digest(secret: str) -> str:
    """What is kept of a receipt's secret. 60 random bits cannot be guessed, so one SHA-256 is enough."""
    plain = "".join(secret.upper().replace("-", " ").split())
    return hashlib.sha256(plain.encode()).hexdigest()


# -- opening ---------------------------------------------------------------------------------------------------


def open_case(actor: Actor, opening: Opening, *, now: datetime | None = None) -> Case:
    """Open a case under the edition of the day it was received. Its first clocks start at that moment.

    Raises Problem ``received_in_future``, ``no_edition``, ``reference_taken`` (409, with the number of the case).
    """
    now = now or timezone.now()
    if opening.received_at > now:
        raise Problem("received_in_future", _("收到时间晚于现在。"), remedy=_("请更正收到时间。"))
    day = dates.local(opening.received_at).date()
    try:
        course = law().course(opening.procedure, opening.edition or None, on=day)
    except KeyError:
        name = words.of(law().procedures[opening.procedure])
        message = _("%(day)s 没有“%(procedure)s”可以适用的规定。") % {
            "day": day.isoformat(),
            "procedure": name,
        }
        raise Problem("no_edition", message, remedy=_("请核对收到日期。")) from None
    calendar = calendars.current()
    subject = opening.subject
    with transaction.atomic():
        if opening.reference:
            clash = Case.objects.filter(source=opening.source, reference=opening.reference).first()
            if clash is not None:
                raise Problem(
                    "reference_taken",
                    _("来源编号 %(reference)s 已登记为 %(number)s。")
                    % {"reference": opening.reference, "number": clash.number},
                    status=409,
                    number=clash.number,
                )
        number = _number(opening.region, course, dates.local(now).year)
        name = subject.name if subject else opening.subject_name
        case = Case(
            number=number, procedure=course.key, edition=course.edition.key, state=course.procedure.first,
            title=opening.title[:200], region=opening.region, subject=subject, subject_name=name[:200],
            secret=course.procedure.secret, source=opening.source, reference=opening.reference,
            values=dict(opening.values), received_at=opening.received_at, handler=opening.handler,
            search=search.document(number, opening.title, name, subject.uscc if subject else "", opening.reference),
        )  # fmt: skip
        try:
            with transaction.atomic():
                case.save(force_insert=True)
        except IntegrityError:
            raise Problem(
                "reference_taken",
                _("来源编号 %(reference)s 已登记。") % {"reference": opening.reference},
                status=409,
            ) from None
        for new in opening.parties:
            _add_party(case, new)
        made = write(
            case, course, actor, "_opened", case.state, now,
            values=dict(opening.values), personal=dict(opening.personal), files=opening.files,
        )  # fmt: skip
        for key in course.procedure.starts:
            running.start(case, course, key, opening.received_at, calendar)
        running.settle(case)
        for party in case.parties.all():
            if party.key in course.procedure.tells:
                tell(case, made, party, now)
        if opening.origin is not None:
            Link.objects.create(
                first=opening.origin, then=case, kind=Link.Kind.OPENED, step=made, by=actor.user
            )
        case.save()
        effects.run(case, made)
        note_down(actor, case, made, {"procedure": case.procedure, "edition": case.edition})
    return case


def _add_party(case: Case, new: NewParty) -> Party:
    return Party.objects.create(
        case=case, key=new.key, organisation=new.organisation, user=new.user, region=new.region, name=new.name,
        phone=new.phone, address=new.address, identity=new.identity, anonymous=new.anonymous,
        language=new.language, receipt=receipt_digest(new.receipt) if new.receipt else "",
    )  # fmt: skip


def _number(region: str, course: Course, year: int) -> str:
    # The row is made first where there is none, so that two who open the first case of a year wait for each other.
    counter, _made = Counter.objects.get_or_create(region=region, procedure=course.key, year=year)
    counter = Counter.objects.select_for_update().get(pk=counter.pk)
    counter.last += 1
    counter.save(update_fields=["last"])
    return offices.number(region, course.procedure.mark, year, counter.last)


# -- steps ------------------------------------------------------------------------------------------------------


def take(
    actor: Actor,
    case: Case,
    key: str,
    *,
    values: Mapping[str, Any] | None = None,
    ground: str = "",
    second: User | None = None,
    files: Sequence[Sent] = (),
    version: int | None = None,
    now: datetime | None = None,
) -> Step:
    """Take a step of the case's procedure.

    Raises Problem ``case_changed`` (409), ``step_unavailable`` (403 or 409, with the reason), ``values_wrong``
    (422, ``errors`` by field), ``ground_missing``, ``second_officer``, and whatever a room's check says.
    """
    now = now or timezone.now()
    with transaction.atomic():
        case = lock(case, version)
        course = running.course_of(case)
        me = who_is(actor, case)
        facts = facts_of(case)
        why = rules.reason(course, facts, key, me, now)
        if why is not None:
            raise unavailable(course, key, why)
        step = course.steps[key]
        actor = _as_party(actor, case, me, step.by)
        read, wrong = rules.read_values(rules.asked(course, key), values or {})
        wrong |= dict.fromkeys(rules.in_future(course, key, read, now), "in_future")
        if wrong:
            raise Problem(
                "values_wrong",
                "；".join(f"{course.procedure.fields[k].zh}：{words.fault(v)}" for k, v in wrong.items()),
                status=422,
                remedy=_("请补正后再提交。"),
                errors={k: str(words.fault(v)) for k, v in wrong.items()},
            )
        if step.grounds and ground not in course.grounds(step.grounds).of:
            raise Problem(
                "ground_missing",
                _("须选择法定情形。"),
                status=422,
                remedy="、".join(course.grounds(step.grounds).of),
                errors={"ground": _("须选择法定情形。")},
            )
        second = _second(case, step.officers, actor.user, second)
        effects.check(case, key, read, ground)
        fields = course.procedure.fields
        personal = {k: v for k, v in read.items() if fields[k].personal}
        open_values = {k: v for k, v in read.items() if not fields[k].personal}
        done = rules.change(course, facts, key)
        before = case.state
        if (
            actor.user is not None
            and "officer"
            in me.roles & set(step.by)  # who only decides or reviews does not become the handler
            and case.handler_id is None
            and actor.party is None
        ):
            case.handler = actor.user
        if second is not None and case.second_id is None and case.handler_id != second.pk:
            case.second = second
        case.values = {**case.values, **open_values}
        case.state = done.state
        if not course.procedure.states[done.state].final:
            case.closed_at = None  # a step may lead out of an end: a repair that was got by fraud is revoked
        elif case.closed_at is None:
            case.closed_at = now  # what is still done with an ended case (a rating) does not end it once more
        made = write(
            case, course, actor, key, before, now,
            values=open_values, personal=personal, ground=ground, second=second, files=files,
        )  # fmt: skip
        running.move(case, course, done, now)
        # What was asked now and not answered is blank, whatever an earlier step of the same field said.
        said = dict.fromkeys((name for name, _field, _must in rules.asked(course, key)), "") | read
        made_documents = [
            _make(
                case, course, made, kind, {**said, "ground": ground_words(course, step.grounds, ground)}, now
            )
            for kind in step.makes
        ]
        for party in case.parties.all():
            if party.key in step.tells:
                tell(case, made, party, now, [d for d in made_documents if party.key in d.sees])
        if "officer" in step.tells and case.handler is not None and case.handler != actor.user:
            Notice.objects.create(case=case, step=made, user=case.handler, at=now)
        if step.opens:
            _open_from(actor, case, course, made, step.opens, now)
        case.save()
        effects.run(case, made)
        note_down(
            actor, case, made,
            {"stop": list(done.stop), "pause": [list(one) for one in done.pause], "resume": list(done.resume),
             "start": list(done.start)},
        )  # fmt: skip
    return made


def _as_party(actor: Actor, case: Case, me: rules.Who, by: Sequence[str]) -> Actor:
    """Somebody who stands for a party acts as that party."""
    if actor.user is None or actor.party is not None or me.roles & set(by) & OFFICES:
        return actor
    return Actor(actor.user, next((p for p in case.parties.all() if p.key in me.roles & set(by)), None))


def lock(case: Case, version: int | None = None) -> Case:
    """The case's row, locked until the transaction ends. Raises ``case_changed`` when it is not what was seen."""
    locked = (
        Case.objects.select_for_update(of=("self",))
        .select_related("handler", "second", "subject")
        .get(pk=case.pk)
    )
    if version is not None and locked.version != version:
        last = locked.steps.select_related("actor").order_by("-seq").first()
        course = running.course_of(locked)
        raise Problem(
            "case_changed",
            _("%(who)s刚刚办理了“%(step)s”，您看到的已不是最新情况，未作任何更改。")
            % {
                "who": last.actor.get_full_name() if last and last.actor else _("另一方"),
                "step": words.step(course, last.key) if last else "",
            },
            status=409,
            remedy=_("请查看最新情况后再办理。"),
        )
    return locked


def facts_of(case: Case) -> rules.Facts:
    """What decisions look at, read from the case's rows."""
    clocks = {
        clock.key: rules.ClockFact(clock.state, clock.due_at, clock.extensions)
        for clock in case.clocks.order_by("id")
    }
    made = case.documents.values_list("kind", flat=True)
    received = case.files.values_list("kind", flat=True)
    return rules.Facts(
        case.state,
        frozenset(case.steps.values_list("key", flat=True)),
        frozenset((*made, *received)),
        clocks,
        case.merged_into_id is not None,
    )


def who_is(actor: Actor, case: Case) -> rules.Who:
    """What somebody is at a case."""
    if actor.party is not None:
        return rules.Who(frozenset({actor.party.key}) if actor.party.case_id == case.pk else frozenset())
    user = actor.user
    if user is None:
        return rules.Who(frozenset({"system"}))
    parties: set[str] = set()
    if user.role in rules.JUSTICE or user.role in rules.REGULATORS:
        parties = {
            p.key
            for p in case.parties.all()
            if rules.stands_for_office(user.role, user.region, p.key, p.region)
        }
    else:
        parties = {
            p.key for p in case.parties.all()
            if p.told_at is not None
            and (p.user_id == user.pk or (p.organisation_id is not None and p.organisation_id == user.organisation_id))
        }  # fmt: skip
    return rules.who(
        user.role, active=user.is_active, region=user.region, duties=user.duties.split(), user=user.pk,
        case_region=case.region, handler=case.handler_id, second=case.second_id, recused=case.recused, parties=parties,
    )  # fmt: skip


def unavailable(course: Course, key: str, why: rules.Why) -> Problem:
    """The Problem that says why a step is not available."""
    status = 403 if why.code in {"not_you", "other_handler", "recused"} else 409
    return Problem(
        "step_unavailable",
        _("不能办理“%(step)s”：%(why)s") % {"step": words.step(course, key), "why": words.why(course, why)},
        status=status,
        remedy=_("请查看案件页上各步骤旁的说明。"),
        why=why.code,
    )


def ground_words(course: Course, grounds: str, key: str) -> str:
    """A ground as documents write it, with its place in the article."""
    if not grounds or key not in course.grounds(grounds).of:
        return ""
    one = course.grounds(grounds).of[key]
    return f"{one.zh}{f'（{law().title(course.grounds(grounds).cite)}第{one.item}项）' if one.item else ''}"


def _second(case: Case, officers: int, user: User | None, second: User | None) -> User | None:
    """The second officer where the law wants two: another one of the same office, with no conflict of interest."""
    if officers < 2:
        return None
    second = second or (case.second if case.second_id and case.second != user else None)
    if (
        second is None
        or user is None
        or second.pk == user.pk
        or not second.is_active
        or second.role not in rules.REGULATORS
        or second.region != case.region
        or second.pk in case.recused
    ):
        raise Problem(
            "second_officer",
            _("此步骤须由两名以上执法人员办理。"),
            status=422,
            remedy=_("请选择本机关另一名没有回避情形的执法人员。"),
            errors={"second": _("须选择另一名执法人员。")},
        )
    return second


def write(
    case: Case,
    course: Course,
    actor: Actor,
    key: str,
    before: str,
    now: datetime,
    *,
    values: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
    ground: str = "",
    second: User | None = None,
    files: Sequence[Sent] = (),
    told: Sequence[str] | None = None,
) -> Step:
    """Add a step, with its files; the case counts one version more."""
    case.version += 1
    step = course.steps.get(key)
    made = Step(
        case=case, seq=case.version, key=key, from_state=before, to_state=case.state, at=now, actor=actor.user,
        second=second, party=actor.party, ground=ground, values=dict(values or {}),
        personal=json.dumps(personal, ensure_ascii=False) if personal else "",
        told=list(told if told is not None else (step.tells if step else ())),
    )  # fmt: skip
    made.save()
    for sent in files:
        keep_file(case, made, actor, sent, now)
    return made


def keep_file(case: Case, step: Step | None, actor: Actor, sent: Sent, now: datetime) -> File:
    """Keep a file of a case: its content encrypted on disk, its row beside the step it came with."""
    return File.objects.create(
        case=case, step=step, kind=sent.kind, name=sent.file.name, content_type=sent.file.content_type,
        size=len(sent.file.data), sha256=filing.keep(sent.file.data), party=actor.party, user=actor.user,
        sees=list(sent.sees), at=now,
    )  # fmt: skip


def _make(
    case: Case, course: Course, step: Step, kind: str, values: Mapping[str, Any], now: datetime
) -> Document:
    shape = course.documents[kind]
    names = {p.key: party_name(p) for p in case.parties.select_related("organisation")}
    text = documents.compose(course, case, kind, values, names, now)
    count = case.documents.count() + 1
    return Document.objects.create(
        case=case, step=step, kind=kind, number=f"{case.number}-{count}", title=shape.zh,
        text=json.dumps(text, ensure_ascii=False), sees=list(shape.sees), at=now,
    )  # fmt: skip


def party_name(party: Party) -> str:
    """The name of a party in full."""
    if party.organisation is not None:
        return party.organisation.name
    if party.region:
        return offices.name(party.region, party.key if party.key in offices.BODIES else "regulator")
    return party.name


def tell(case: Case, step: Step, party: Party, now: datetime, made: Iterable[Document] = ()) -> None:
    """Tell a party of a step, once for each document; from then on it sees the case."""
    if party.told_at is None:
        party.told_at = now
        party.save(update_fields=["told_at"])
    documents_made: list[Document | None] = list(made)
    for document in documents_made or [None]:
        Notice.objects.create(case=case, step=step, party=party, document=document, at=now)


def _open_from(actor: Actor, case: Case, course: Course, step: Step, procedure: str, now: datetime) -> Case:
    """Open the case that a step leads to: the same office, the same subject, nobody's secrets."""
    to = law().course(procedure, on=dates.local(now).date()).procedure
    about = next(
        (k for k, p in to.parties.items() if p.kind in ("organisation", "either") and not p.secret), None
    )
    parties = []
    if about and (case.subject or case.subject_name):
        name = "" if case.subject else case.subject_name
        parties.append(NewParty(about, organisation=case.subject, name=name))
    shared = {k: v for k, v in case.values.items() if k in to.fields and not to.fields[k].personal}
    opening = Opening(
        procedure, case.region, case.title, now, "case", subject=case.subject, subject_name=case.subject_name,
        parties=parties, values=shared, handler=case.handler, origin=case,
    )  # fmt: skip
    return open_case(Actor(user=actor.user), effects.begin(case, step, opening), now=now)


def note_down(actor: Actor, case: Case, step: Step, detail: dict[str, Any]) -> None:
    """Write a step into the ledger, with all that ``queries.replay`` needs to tell the same story."""
    kinds = {*step.documents.values_list("kind", flat=True), *step.files.values_list("kind", flat=True)}
    record(
        actor.user,
        f"case.{step.key.lstrip('_')}" if step.key in ENGINE else "case.step",
        case.key,
        {"seq": step.seq, "step": step.key, "from": step.from_state, "to": step.to_state,
         "by": actor.party.key if actor.party else "", "ground": step.ground, "documents": sorted(kinds)} | detail,
    )  # fmt: skip
