"""What follows from a step on a list: the entry, the standing and the fact, the publication, its end."""

import logging
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from zhiheng.core.accounts.models import User
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import documents, effects, offices, running
from zhiheng.core.cases.models import Case, Party, Step
from zhiheng.core.crypto import mask_name
from zhiheng.core.disclosure import actions as disclosing
from zhiheng.core.disclosure.effects import on_ended
from zhiheng.core.disclosure.models import Disclosure
from zhiheng.core.facts import actions as facts
from zhiheng.core.facts.models import Fact
from zhiheng.core.ui import dates
from zhiheng.knowledge.law.clocks import end_of
from zhiheng.knowledge.law.load import law
from zhiheng.knowledge.law.terms import early_from, last_day
from zhiheng.systems.listing import rules
from zhiheng.systems.listing.models import Entry, Scheme

log = logging.getLogger(__name__)
STANDING = {Scheme.SERIOUS: "serious", Scheme.KEY: "key_supervision", Scheme.ABNORMAL: "abnormal"}
"""The scheme of standings, and the kind of fact, of each list."""
LABELS = {"subject": ("当事人", "Party"), "office": ("列入机关", "Listed by")}


# -- onto the list -------------------------------------------------------------------------------------------------


@effects.on("serious_list", "ask_consent")
def above(case: Case, step: Step) -> None:
    """The office of the level above is a party of the case from now on."""
    party, made = Party.objects.get_or_create(case=case, key="superior", region=rules.superior(case.region))
    if made:
        engine.tell(case, step, party, step.at)


@effects.on("serious_list", "assess")
def judged(case: Case, step: Step) -> None:
    """What was judged stands in the case, also what was judged not to be there."""
    course = running.course_of(case)
    case.values = {
        **case.values, "conduct": course.grounds("conduct").of[step.ground].zh,
        "heavier": step.values.get("heavier") or [], "penalty_no": step.values.get("penalty_no", ""),
    }  # fmt: skip
    case.save(update_fields=["values"])


@effects.on("serious_list", "decide")
@effects.on("serious_list", "relist")
@effects.on("key_supervision", "list")
@effects.on("abnormal_list", "list")
def listed(case: Case, step: Step) -> None:
    """The decision puts the party on the list: its entry, the organisation's standing, the fact."""
    scheme, course = Scheme(case.procedure), running.course_of(case)
    day = date.fromisoformat(step.values["listed_on"])
    ends = case.values.get("restriction_ends")
    restriction = date.fromisoformat(ends) if ends else None
    term = course.publication("list").terms["listed"]
    removal = last_day(term, day, restriction) if term.months else None
    review = case.values.get("review_on")
    before = Entry.objects.filter(case=case).first()
    ground = step.ground or (before.conduct if before else "")
    entry, _new = Entry.objects.update_or_create(
        case=case,
        defaults={
            "scheme": scheme, "organisation": case.subject, "region": case.region, "conduct": ground, "listed_on": day,
            "restriction_until": restriction, "removal_on": removal, "early_on": early_from(term, day, restriction),
            "review_on": date.fromisoformat(review) if review else None, "removed_on": None, "removed_how": "",
            "disclosure": None,
        },
    )  # fmt: skip
    words = (
        course.grounds(course.steps[step.key].grounds).of[ground].zh
        if step.ground
        else case.values["conduct"]
    )
    case.values = {
        **case.values, "conduct": words, "uscc": case.subject.uscc if case.subject else "",
        "removal_on": removal.isoformat() if removal else "",
    }  # fmt: skip
    case.save(update_fields=["values"])
    if case.subject is None:
        return
    kind = STANDING[scheme]
    facts.stand(step.actor, case.subject, kind, "listed", day, until=removal, reference=case.key)
    cite = course.article(step.key)
    fact = _record(case, kind, day, words, cite, reference(entry, step))
    fact.counts_until = removal
    facts.record_facts(step.actor, [fact])
    if scheme == Scheme.ABNORMAL:
        published(case, step)


def reference(entry: Entry, step: Step) -> str:
    """By what the fact of an entry is known; one that came again after a revoked repair is another fact."""
    return entry.case.key if step.key != "relist" else f"{entry.case.key}:{step.seq}"


def _record(case: Case, kind: str, day: date, title: str, cite: str, ref: str) -> Fact:
    return Fact(
        organisation=case.subject, kind=kind, on=day, title=title[:300], reference=ref, region=case.region,
        source=offices.name(case.region), basis=law().title(cite)[:300], details={"case": case.number},
    )  # fmt: skip


# -- publication ---------------------------------------------------------------------------------------------------


@effects.on("serious_list", "publish")
@effects.on("serious_list", "publish_there")
@effects.on("key_supervision", "publish")
def published(case: Case, step: Step) -> None:
    """The entry becomes public with the listed fields, until its term is over or it is removed."""
    entry, course = case.listing_entry, running.course_of(case)
    shape = course.publication("list")
    last = entry.removal_on
    basis = (
        step.values.get("publish_basis")
        or f"{law().title(shape.cite)}；{law().title(shape.terms['listed'].cite)}"
    )
    assert step.actor is not None
    if (
        entry.disclosure is not None and entry.disclosure.withdrawn_at is None
    ):  # once more: what was said first ends
        disclosing.end_by_law(step.actor, entry.disclosure, "重新公示")
    entry.disclosure = disclosing.publish_by_law(
        step.actor, "list", f"list:{case.number}", case.region, f"{_shown(case)} {shape.zh}",
        {"fields": public_fields(case)}, basis, step.at, end_of(last) if last else None,
        about=f"organisation:{case.subject.uscc}" if case.subject else "",
    )  # fmt: skip
    entry.save(update_fields=["disclosure", "changed_at"])
    for fact in _rows(entry):
        facts.publish(step.actor, fact, entry.disclosure)


def _rows(entry: Entry) -> Any:
    """The fact of an entry as it stands now: the last of its case."""
    kind = STANDING[Scheme(entry.scheme)]
    found = Fact.objects.filter(
        kind=kind, reference__startswith=entry.case.key, organisation=entry.organisation
    )
    last = found.filter(withdrawn_at=None).order_by("-pk").first()
    return found.filter(pk=last.pk) if last is not None else found.none()


def _shown(case: Case) -> str:
    """The party as the public reads it: a registered organisation in full, anybody else by the first character."""
    return case.subject.name if case.subject else mask_name(case.subject_name)


def public_fields(case: Case) -> list[dict[str, str]]:
    """The fields that the list shows, in both languages."""
    course, shown = running.course_of(case), []
    for key in course.publication("list").shows:
        if key in LABELS:
            (zh, en), value = LABELS[key], _shown(case) if key == "subject" else offices.name(case.region)
        else:
            field = course.procedure.fields[key]
            zh, en, value = field.zh, field.en, documents.in_words(field, case.values.get(key))
        if value:
            shown.append({"zh": zh, "en": en, "value": value})
    return shown


# -- off the list --------------------------------------------------------------------------------------------------


@effects.on("serious_list", "remove_early")
@effects.on("abnormal_list", "remove")
def repaired(case: Case, step: Step) -> None:
    """Removed by repair: the publication and the measures end, and that it was repaired is on record."""
    removed(case.listing_entry, step, Entry.Removed.EARLY, case.values.get("reason") or "信用修复")
    if case.subject is not None:
        cite = running.course_of(case).article(step.key)
        day = dates.local(step.at).date()
        facts.record_facts(
            step.actor, [_record(case, Fact.Kind.REPAIRED, day, "移出名单", cite, f"{case.key}:{step.seq}")]
        )


@effects.on("serious_list", "expire")
def expired(case: Case, step: Step) -> None:
    """The term is over."""
    removed(case.listing_entry, step, Entry.Removed.EXPIRED, "列入期满")


@effects.on("serious_list", "withdraw")
@effects.on("abnormal_list", "correct")
def withdrawn(case: Case, step: Step) -> None:
    """The listing fell: it is public no more, and the fact counts no more."""
    why = case.values.get("reason") or "列入依据不成立"
    removed(case.listing_entry, step, Entry.Removed.WITHDRAWN, why)
    for fact in _rows(case.listing_entry):
        facts.withdraw(step.actor, fact, why)


@effects.on("key_supervision", "remove")
def taken_off(case: Case, step: Step) -> None:
    """The office decided that key supervision ends."""
    removed(case.listing_entry, step, Entry.Removed.DECIDED, step.values["reason"])


@effects.on("key_supervision", "review")
def reviewed(case: Case, step: Step) -> None:
    """The office's next day of review."""
    day = step.values.get("review_on")
    entry = case.listing_entry
    entry.review_on = date.fromisoformat(day) if day else None
    entry.save(update_fields=["review_on", "changed_at"])


def removed(entry: Entry, step: Step, how: str, why: str) -> None:
    """Off the list: public no more, measures lifted, standing left; the fact counts no more."""
    day = dates.local(step.at).date()
    entry.removed_on, entry.removed_how = day, how
    entry.save(update_fields=["removed_on", "removed_how", "changed_at"])
    entry.measures.filter(lifted_on=None).update(lifted_on=day, lifted_by=step.actor)
    shown = entry.disclosure
    if shown is not None and shown.withdrawn_at is None and _still(shown.published_until, step.at):
        disclosing.end_by_law(step.actor, shown, why)
    if entry.organisation is None:
        return
    last = day - timedelta(days=1)
    for fact in _rows(entry):
        facts.amend(step.actor, fact, why, counts_until=min(fact.counts_until or last, last))
    scheme = STANDING[Scheme(entry.scheme)]
    others = Entry.objects.filter(organisation=entry.organisation, scheme=entry.scheme, removed_on=None)
    other = others.order_by(F("removal_on").desc(nulls_first=True)).first()
    if other is None:
        facts.leave(step.actor, entry.organisation, scheme, why)
    else:  # another decision still holds it there
        facts.stand(
            step.actor, entry.organisation, scheme, "listed", other.listed_on, until=other.removal_on,
            reference=other.case.key,
        )  # fmt: skip


@on_ended
def changed(actor: User | None, disclosure: Disclosure, why: str) -> None:
    """The public lists are as old as their entries: one whose publication ended by whatever way has changed."""
    Entry.objects.filter(disclosure=disclosure).update(changed_at=timezone.now())


def _still(until: datetime | None, now: datetime) -> bool:
    return until is None or until > now
