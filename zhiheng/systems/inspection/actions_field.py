"""What happens in the field: a sample is taken, refused, or not to be had; each is kept once whoever sends it again."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from zhiheng.core import files
from zhiheng.core.accounts import auth
from zhiheng.core.accounts.models import User
from zhiheng.core.cases.models import Case, Counter
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem, values_wrong
from zhiheng.core.ui import dates
from zhiheng.systems.inspection import aftercare, rules_field
from zhiheng.systems.inspection import queries_field as queries
from zhiheng.systems.inspection import queries_recheck as rechecks
from zhiheng.systems.inspection.models import Alert, Inspector, NoSample, Photo, Refusal, Sample, Task
from zhiheng.systems.inspection.models.plan import Stage
from zhiheng.systems.inspection.rules_field import Picture, Read, Visit

Made = TypeVar("Made", Sample, Refusal, NoSample)


def take_sample(
    actor: User,
    task_key: UUID,
    key: UUID,
    values: Mapping[str, Any],
    inspectors: Sequence[str],
    pictures: Sequence[Picture],
) -> tuple[Sample, bool]:
    """Keep the sheet of a sample, and open what follows. Gives the sample, and whether it is new.

    The same ``key`` with the same sheet gives the same sample. Raises Problem ``key_used`` (409, ``differs``) for the
    same key with another sheet, ``task_done`` (409) when the task has its result, ``values_wrong`` by field.
    """

    def make(task: Task, now: datetime) -> Sample:
        return _make_sample(actor, task, key, values, inspectors, pictures, now)

    def differs(kept: Sample) -> list[str]:
        sent = rules_field.read(rules_field.SAMPLE, values)
        private = {"signer": kept.signer, **(json.loads(kept.purchase) if kept.purchase else {})}
        return rules_field.differs(
            {**kept.form, **private}, {**_sheet(sent, inspectors, pictures), **sent.private}
        )

    return _once(actor, task_key, key, Sample, make, differs)


def _once(
    actor: User,
    task_key: UUID,
    key: UUID,
    model: type[Made],
    make: Callable[[Task, datetime], Made],
    differs: Callable[[Made], list[str]],
) -> tuple[Made, bool]:
    """Make the result of a task, once: who sends it again gets what is kept."""
    auth.require(actor, "inspection.sample")
    try:
        with transaction.atomic():
            task = queries.own_tasks(actor).filter(key=task_key).first()
            if task is None:
                raise Problem(
                    "no_such_task",
                    _("没有这个任务，或者不是您的任务。"),
                    status=404,
                    remedy=_("请刷新任务列表。"),
                )
            if task.rectification_id is not None:  # the case before the task, as its steps lock them
                Case.objects.select_for_update().get(pk=task.rectification_id)
            Task.objects.select_for_update().get(pk=task.pk)
            task.refresh_from_db(fields=["state"])
            kept = model.objects.filter(key=key).first()
            if kept is not None:
                return _same(kept, task, differs), False
            if task.state != Task.State.OPEN:
                raise _done(task)
            return make(task, timezone.now()), True
    except IntegrityError:  # the key was used for another task at the same moment
        kept = model.objects.filter(key=key).first()
        if kept is None:
            raise
        return _same(kept, Task.objects.get(key=task_key), differs), False


def _same(kept: Made, task: Task, differs: Callable[[Made], list[str]]) -> Made:
    names = ["task"] if kept.task_id != task.pk else differs(kept)
    if not names:
        return kept
    raise Problem(
        "key_used",
        _("这份记录已经收到，内容与这次发来的不同：%(names)s。") % {"names": "、".join(names)},
        status=409,
        remedy=_("已收到的不会被改写；需要更正的，请联系组织机关。"),
        differs=names,
        number=getattr(kept, "number", ""),
    )


def _done(task: Task) -> Problem:
    sample = Sample.objects.filter(task=task).first()
    number = sample.number if sample else ""
    return Problem(
        "task_done",
        _("这个任务已经有结果（%(state)s）：%(number)s")
        % {"state": task.get_state_display(), "number": number or "—"},
        status=409,
        remedy=_("多半是另一台手机已经报送。请核对后删除本机的这一份。"),
        number=number,
    )


def _sheet(got: Read, inspectors: Sequence[str], pictures: Sequence[Picture]) -> dict[str, Any]:
    """What is kept of a sheet in clear, and compared when it is sent again."""
    return {
        **got.kept,
        "inspectors": sorted(set(inspectors)),
        "photos": sorted(f"{one.key} {one.kind} {one.sha256}" for one in pictures),
    }


def _make_sample(
    actor: User,
    task: Task,
    key: UUID,
    values: Mapping[str, Any],
    inspectors: Sequence[str],
    pictures: Sequence[Picture],
    now: datetime,
) -> Sample:
    plan = task.item.plan
    visit = Visit(
        task.organisation.uscc,
        plan.domain,
        frozenset(task.inspectors.values_list("number", flat=True)),
        queries.given_at(task),
        now,
        recheck=task.rectification_id is not None,
    )
    people, numbers, faults = _people(task, inspectors, rules_field.clean(values.get("another") or ""))
    got = rules_field.sample(values, numbers, pictures, visit)
    got.faults = {**faults, **got.faults}
    organisation = queries.organisation_of(got.kept["uscc"].upper())
    if organisation is None and "uscc" not in got.faults:
        got.faults["uscc"] = _("没有登记这个主体。请核对统一社会信用代码，或者请主管部门先登记。")
    producer = queries.organisation_of(got.kept["producer_uscc"].upper())
    if got.kept["producer_uscc"] and producer is None:
        got.faults.setdefault("producer_uscc", _("没有登记这个主体；不确定的，请只写名称。"))
    if got.faults or organisation is None:
        raise values_wrong(got.faults)
    if not got.kept["producer_uscc"] and not got.kept["producer_name"]:
        # Filled in a cellar: nobody looked the code up then, so it is done now.
        producer = queries.maker_of(got.kept["code"])
        if producer is None and got.kept["stage"] == Stage.PRODUCTION:  # sampled where it is made
            producer = organisation
    signature = next((one.sha256 for one in pictures if one.kind == "signature"), "")
    purchase = {name: text for name, text in got.private.items() if name != "signer" and text}
    sample = Sample.objects.create(
        key=key, number=_number(task.office, dates.local(got.typed["taken_at"]).year), task=task, item=task.item,
        organisation=organisation, producer=producer, region=organisation.region,
        laboratory=task.laboratory or task.item.laboratory,
        producer_name=got.kept["producer_name"] or (producer.name if producer else ""),
        seals=[seal for seal in (got.kept["seal_sample"], got.kept["seal_spare"]) if seal],
        price=got.typed.get("price"), best_before=got.typed.get("best_before"), taken_at=got.typed["taken_at"],
        signer=got.private["signer"], purchase=json.dumps(purchase, ensure_ascii=False) if purchase else "",
        signature=signature, signature_refused=got.kept["signature_refused"], recorded_by=actor,
        form=_sheet(got, inspectors, pictures),
        **{
            name: got.kept[name]
            for name in (
                "stage", "product", "brand", "spec", "standard", "code", "batch", "base_quantity", "quantity",
                "spare_quantity", "platform", "producer_address",
            )
        },
    )  # fmt: skip
    sample.inspectors.set(people)
    _expect(pictures, sample=sample)
    Task.objects.filter(pk=task.pk).update(state=Task.State.SAMPLED)
    aftercare.begin(actor, sample)
    record(
        actor, "inspection.sample_taken", f"sample:{sample.number}",
        {"task": str(task.key), "key": str(key), "inspectors": [one.number for one in people], "photos": len(pictures)},
    )  # fmt: skip
    return sample


def _people(
    task: Task, inspectors: Sequence[str], another: str
) -> tuple[list[Inspector], list[str], dict[str, str]]:
    """The inspectors who were there: those of the task, and whoever stood in for one of them."""
    known = {one.number: one for one in task.inspectors.all()}
    faults = {}
    people = [known[number] for number in dict.fromkeys(inspectors) if number in known]
    if stranger := next((number for number in inspectors if number not in known), ""):
        shown = rules_field.clean(stranger)[:20]
        faults["inspectors"] = _("%(number)s 不是这个任务的抽样人员。") % {"number": shown}
    if another:
        stand_in = queries.may_stand_in(task).filter(number=another).first()
        if stand_in is None:
            faults["another"] = _("没有这个编号的抽样人员，或者不属于同一机构。")
        elif stand_in not in people:
            people.append(stand_in)
    return people, [one.number for one in people], faults


def _number(region: str, year: int) -> str:
    """The next number of an office's sheets in a year. Our own: the official rule of numbers is not known."""
    counter, _made = Counter.objects.get_or_create(region=region, procedure="sample", year=year)
    counter = Counter.objects.select_for_update().get(pk=counter.pk)
    counter.last += 1
    counter.save(update_fields=["last"])
    return f"CY{region}{year}{counter.last:06d}"


def _expect(
    pictures: Sequence[Picture], sample: Sample | None = None, refusal: Refusal | None = None
) -> None:
    if Photo.objects.filter(key__in=[one.key for one in pictures]).exists():
        raise Problem("photo_used", _("照片的编号已经用过。"), status=409, remedy=_("请重新选择照片。"))
    Photo.objects.bulk_create(
        Photo(
            sample=sample, refusal=refusal, key=one.key, kind=one.kind, sha256=one.sha256, name=one.name[:160],
            taken_at=one.taken_at,
        )
        for one in pictures
    )  # fmt: skip


def receive_photo(actor: User, key: UUID, name: str, data: bytes) -> Photo:
    """Keep a picture that a sheet announced, byte for byte. Sent twice, it is kept once.

    Raises Problem ``no_such_photo`` (404), ``photo_differs`` (422) when it is not the one that was announced.
    """
    auth.require(actor, "inspection.sample")
    own = queries.own_tasks(actor).values("pk")
    photo = Photo.objects.filter(Q(sample__task__in=own) | Q(refusal__task__in=own), key=key).first()
    if photo is None:
        raise Problem(
            "no_such_photo", _("没有等待这张照片的记录。"), status=404, remedy=_("请先发送抽样单。")
        )
    checked = files.accept(name or photo.name, data, strip=False)
    if checked.sha256 != photo.sha256:
        raise Problem(
            "photo_differs",
            _("收到的照片与抽样单登记的不是同一张。"),
            status=422,
            remedy=_("请重新发送；仍然不行，请联系组织机关。"),
        )
    if photo.received_at is None:
        with transaction.atomic():
            files.keep(checked.data)
            if Photo.objects.filter(pk=photo.pk, received_at=None).update(received_at=timezone.now()):
                of = photo.sample.number if photo.sample else str(photo.refusal.key)  # type: ignore[union-attr]
                record(
                    actor,
                    "inspection.photo_received",
                    f"sample:{of}" if photo.sample else f"refusal:{of}",
                    {"kind": photo.kind, "sha256": photo.sha256},
                )
        photo.refresh_from_db()
    return photo


# -- no sample ------------------------------------------------------------------------------------------------


def record_refusal(
    actor: User, task_key: UUID, key: UUID, values: Mapping[str, Any], pictures: Sequence[Picture]
) -> tuple[Refusal, bool]:
    """Record that sampling was refused or hindered; the organiser and the county know at once (SAMR-18 Art. 21).

    Once, like ``take_sample``.
    """

    def make(task: Task, now: datetime) -> Refusal:
        got = rules_field.refusal(values, queries.given_at(task), now)
        if got.faults:
            raise values_wrong(got.faults)
        refusal = Refusal.objects.create(
            key=key, task=task, organisation=task.organisation, kind=got.kept["kind"], how=got.kept["how"],
            happened_at=got.typed["happened_at"], witness=got.private["witness"], recorded_by=actor,
            form=_sheet(got, [], pictures),
        )  # fmt: skip
        _expect(pictures, refusal=refusal)
        Task.objects.filter(pk=task.pk).update(state=Task.State.REFUSED)
        tell(Alert.Kind.REFUSAL, task.office, task.organisation.region, refusal=refusal)
        record(
            actor, "inspection.refusal_recorded", f"task:{task.key}",
            {"kind": refusal.kind, "organisation": task.organisation.uscc, "photos": len(pictures)},
        )  # fmt: skip
        return refusal

    def differs(kept: Refusal) -> list[str]:
        sent = rules_field.read(rules_field.REFUSAL, values)
        return rules_field.differs(
            {**kept.form, "witness": kept.witness}, {**_sheet(sent, [], pictures), **sent.private}
        )

    return _once(actor, task_key, key, Refusal, make, differs)


def record_no_sample(
    actor: User, task_key: UUID, key: UUID, values: Mapping[str, Any]
) -> tuple[NoSample, bool]:
    """Record that there was nothing that could or may be sampled. Once, like ``take_sample``."""

    def make(task: Task, now: datetime) -> NoSample:
        got = rules_field.no_sample(values, queries.given_at(task), now)
        if got.faults:
            raise values_wrong(got.faults)
        row = NoSample.objects.create(
            key=key, task=task, ground=got.kept["ground"], form=got.kept, happened_at=got.typed["happened_at"],
            recorded_by=actor,
        )  # fmt: skip
        why = f"{row.get_ground_display()}：{got.kept['what']}"
        Task.objects.filter(pk=task.pk).update(state=Task.State.NOTHING, why=why[:300])
        record(actor, "inspection.no_sample", f"task:{task.key}", {"ground": row.ground})
        return row

    def differs(kept: NoSample) -> list[str]:
        return rules_field.differs(kept.form, rules_field.read(rules_field.NO_SAMPLE, values).kept)

    return _once(actor, task_key, key, NoSample, make, differs)


def decide_refusal(actor: User, refusal: Refusal, *, confirmed: bool, why: str = "") -> Refusal:
    """An officer of the organising office confirms a refusal, or dismisses it with a reason; the task is open again.

    Raises Problem ``forbidden``, ``decided`` (409), ``reason_missing``.
    """
    must_decide(actor, refusal)
    if not confirmed and not why.strip():
        raise Problem("reason_missing", _("请写明不予认定的理由。"), status=422)
    with transaction.atomic():
        kept = Refusal.objects.select_for_update().get(pk=refusal.pk)
        if kept.confirmed_at is not None:
            raise Problem("decided", _("这份记录已经认定过。"), status=409)
        kept.confirmed_by, kept.confirmed_at = actor, timezone.now()
        kept.dismissed_why = "" if confirmed else why.strip()[:300]
        kept.save(update_fields=["confirmed_by", "confirmed_at", "dismissed_why"])
        if confirmed:
            aftercare.refused(actor, kept)
        else:
            _reopen(kept)
        record(
            actor,
            "inspection.refusal_confirmed" if confirmed else "inspection.refusal_dismissed",
            f"task:{kept.task.key}",
            {} if confirmed else {"why": kept.dismissed_why},
        )
        return kept


def _reopen(refusal: Refusal) -> None:
    """A dismissed refusal leaves the organisation to be sampled: a new task, since the old one has its result. A
    re-check for which somebody was sent since, or that the case waits for no more, needs none."""
    old = refusal.task
    if old.rectification_id is not None:
        case = Case.objects.select_for_update().get(pk=old.rectification_id)
        if not rechecks.may_be_given(case):
            return
    new = Task.objects.create(
        item=old.item,
        organisation=old.organisation,
        region=old.region,
        due_on=old.due_on,
        why=_("拒绝抽样不予认定，重新抽样"),
        rectification_id=old.rectification_id,
        laboratory_id=old.laboratory_id,
    )
    new.inspectors.set(old.inspectors.all())


def must_decide(actor: User, refusal: Refusal) -> None:
    """Only the organising office decides, and not who recorded it."""
    auth.require(actor, "inspection.plan")
    if actor.region != refusal.task.office or actor == refusal.recorded_by:
        raise Problem(
            "forbidden",
            _("由组织机关的人员认定；记录人不能认定自己的记录。"),
            status=403,
            remedy=_("请由组织机关的另一名人员认定。"),
        )


# -- people -------------------------------------------------------------------------------------------------------


def may_look(actor: User) -> bool:
    """Whether somebody may read the names and accounts of a sheet; each look is in the ledger."""
    return actor.is_officer and actor.may("personal_data.read")


def people_of(actor: User, sample: Sample) -> dict[str, str]:
    """Who signed a sheet, and who bought online with which account, by the sheet's names; the look is in the ledger."""
    _look(actor, f"sample:{sample.number}")
    bought = json.loads(sample.purchase) if sample.purchase else {}
    return {name: text for name, text in {"signer": sample.signer, **bought}.items() if text}


def witness_of(actor: User, refusal: Refusal) -> str:
    """Who was there when sampling was refused; the look is in the ledger."""
    _look(actor, f"task:{refusal.task.key}")
    return refusal.witness


def _look(actor: User, subject: str) -> None:
    if not may_look(actor):
        raise Problem("forbidden", _("您的角色不能查看姓名。"), status=403)
    record(actor, "inspection.sheet_look", subject, look=True)


# -- telling offices ------------------------------------------------------------------------------------------


def tell(kind: str, *regions: str, sample: Sample | None = None, refusal: Refusal | None = None) -> None:
    """Put something on the desks of offices, in the transaction of what happened."""
    Alert.objects.bulk_create(
        Alert(kind=kind, region=region, sample=sample, refusal=refusal) for region in dict.fromkeys(regions)
    )


def see_alert(actor: User, alert: Alert) -> None:
    """Somebody of the office says that it was seen; the first one counts."""
    auth.require(actor, "inspection.plan")
    if actor.region != alert.region:
        raise Problem("forbidden", _("由收到通知的机关确认。"), status=403)
    with transaction.atomic():
        if Alert.objects.filter(pk=alert.pk, seen_at=None).update(seen_by=actor, seen_at=timezone.now()):
            record(actor, "inspection.alert_seen", f"alert:{alert.pk}", {"kind": alert.kind})
