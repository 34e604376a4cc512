"""What follows from a step in this room: the register, the record of the penalty, its publication, cases elsewhere."""

import json
import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from zhiheng.core import files as filing
from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import documents, effects, offices, running
from zhiheng.core.cases.actions import Actor, NewParty, Opening, Sent
from zhiheng.core.cases.models import Case, Document, Party, Step
from zhiheng.core.crypto import mask_name
from zhiheng.core.disclosure import actions as disclosing
from zhiheng.core.facts.actions import publish, record_facts, withdraw
from zhiheng.core.facts.models import Fact
from zhiheng.core.problems import Problem
from zhiheng.core.registry.models import Person
from zhiheng.core.ui import dates
from zhiheng.knowledge.law import terms
from zhiheng.knowledge.law.clocks import end_of
from zhiheng.knowledge.law.load import law
from zhiheng.systems.enforcement import actions, queries, rules
from zhiheng.systems.enforcement.facts import facts_of, reference
from zhiheng.systems.enforcement.models import PenaltyRecord

log = logging.getLogger(__name__)

# -- investigation and review --------------------------------------------------------------------------------


@effects.on("penalty", "collect")
def into_register(case: Case, step: Step) -> None:
    """What was taken stands in the register."""
    given = dict(step.values) | (json.loads(step.personal) if step.personal else {})
    actions.register(step, given)


@effects.on("penalty", "pass_review")
@effects.on("penalty", "return_review")
def reviewer_is_another(case: Case, step: Step) -> None:
    """Who reviews a case did not investigate it."""
    if step.actor_id in queries.investigators(case):
        raise Problem(
            "reviewer_investigated",
            _("审核人员不能是本案承办人员。"),
            status=403,
            remedy=_("请由另一名审核人员审核。"),
        )


@effects.opening("penalty", "take_measure")
def measure_names_party(case: Case, step: Step, opening: Opening) -> Opening:
    """A measure is taken against the party of the penalty case, a person too; its goods and places are its own."""
    return _with_party(case, replace(opening, values={}))


def _with_party(case: Case, opening: Opening) -> Opening:
    party = queries.party(case)
    if opening.parties or party is None:
        return opening
    same = NewParty(
        "party", organisation=party.organisation, name=party.name, phone=party.phone, address=party.address,
        identity=party.identity, language=party.language,
    )  # fmt: skip
    return replace(opening, parties=[same])


# -- other offices -------------------------------------------------------------------------------------------


@effects.opening("penalty", "ask_assistance")
def assistance_elsewhere(case: Case, step: Step, opening: Opening) -> Opening:
    """The request lies with the office that is asked, with its letter; the one that asks is a party."""
    to = step.values["assist_office"]
    letter = Document(
        case=case, step=step, kind="letter", number=f"{case.number}-{step.seq}", title="协助调查函", at=step.at,
        text=json.dumps(
            [
                f"{offices.name(to)}：",
                f"本局正在办理“{case.title}”一案（{case.number}），现请你局协助调查下列事项：{step.values['request']}",
                "请自收到本函之日起十五个工作日内完成并函复；需要延期的，请在期满前告知。",
            ],
            ensure_ascii=False,
        ),
    )  # fmt: skip
    pdf = filing.Checked("协助调查函.pdf", "application/pdf", documents.pdf(letter, case))
    return replace(
        opening, region=to, handler=None, parties=[NewParty("requester", region=case.region)],
        values={"request": step.values["request"], "received_on": dates.local(step.at).date().isoformat()},
        files=[Sent(pdf, "letter", ("requester",))],
    )  # fmt: skip


@effects.opening("penalty", "dispute_competence")
def dispute(case: Case, step: Step, opening: Opening) -> Opening:
    """The other office and the one above both are parties to a dispute over jurisdiction."""
    other = step.values["counterpart"]
    parties = [
        NewParty("counterpart", region=other),
        NewParty("superior", region=rules.common_superior(case.region, other)),
    ]
    matter = f"{case.number} {case.title}：{step.values['reason']}"
    return replace(opening, parties=parties, values={"matter": matter})


@effects.opening("penalty", "list_supervised")
def listing_above(case: Case, step: Step, opening: Opening) -> Opening:
    """A listing is the listing office's case; the office that handles the penalty is its party."""
    return replace(
        opening, region=step.values["listing_office"], handler=None,
        parties=[NewParty("undertaker", region=case.region)],
        values={"matter": f"{case.number} {case.title}：{step.values['reason']}"},
    )  # fmt: skip


@effects.on("assistance", "_opened")
@effects.on("competence", "_opened")
@effects.on("supervision", "_opened")
def tell_office(case: Case, step: Step) -> None:
    """The other office sees the case from its first day; the one above both when it is asked."""
    for party in case.parties.filter(key__in=["requester", "counterpart", "undertaker"]):
        engine.tell(case, step, party, step.at)


@effects.on("penalty", "act_jointly")
def joint(case: Case, step: Step) -> None:
    """An office that acts jointly is a party of the case from now on."""
    region = step.values["joint_office"]
    party, made = Party.objects.get_or_create(case=case, key="joint", region=region)
    if made:
        engine.tell(case, step, party, step.at)


# -- the decision and its publication ------------------------------------------------------------------------


@effects.opening("penalty", "decide")
@effects.opening("simple_penalty", "decide")
def publicity(case: Case, step: Step, opening: Opening) -> Opening:
    """Publication begins with the decision's number and day."""
    told = {
        k: v for k, v in step.values.items() if k in ("violation", "basis", "content", "restriction_ends")
    }
    known = {"decision_no": case.number, "decided_on": dates.local(step.at).date().isoformat()}
    return _with_party(case, replace(opening, values=told | known))


@effects.on("penalty", "decide")
@effects.on("simple_penalty", "decide")
def keep_record(case: Case, step: Step) -> None:
    """The decision stands among the penalties, as 双公示 asks for it."""
    one, party, firm = rules.penalty(step.values), queries.party(case), case.subject
    kinds = running.course_of(case).procedure.fields["kinds"]
    person = queries.is_person(case)
    individual = firm is not None and "个体" in firm.org_type
    row = PenaltyRecord.objects.create(
        case=case, decision_no=case.number, authority=offices.name(case.region), region=case.region,
        organisation=firm, code=firm.uscc if firm else "",
        category="自然人" if person else "个体工商户" if individual else "法人及非法人组织",
        party_name=firm.name if firm else case.subject_name or (party.name if party else ""),
        identity=party.identity if party and person else "",
        violation_type=case.title, violation=step.values["violation"], basis=step.values["basis"],
        kinds=documents.in_words(kinds, step.values["kinds"]), content=step.values["content"], fine=one.fine,
        confiscated=one.confiscated, decided_on=dates.local(step.at).date(),
        valid_until=queries.restriction_ends(step.values),
    )  # fmt: skip
    record_facts(step.actor, facts_of([row]))


@effects.on("publicity", "publish")
@effects.on("publicity", "publish_there")
def disclose(case: Case, step: Step) -> None:
    """The decision becomes public, with the fields the law lists and for the term of the decision's day."""
    found = queries.published_term(case, running.course_of(case))
    penalised = queries.penalty_of(case)
    assert found is not None  # the check before the step has seen to it
    assert penalised is not None
    assert step.actor is not None
    held, first = found[1], penalised[0]
    day = terms.last_day(held.term, dates.local(step.at).date(), queries.restriction_ends(case.values))
    fields = public_fields(case, first, held.publication.shows)
    row = first.penalty_record
    row.disclosure = disclosing.publish_by_law(
        step.actor, "penalty", f"penalty:{case.values['decision_no']}", case.region,
        f"{_shown_party(first)} {case.values['decision_no']}", {"fields": fields},
        f"{law().title(held.publication.cite)}；{law().title(held.term.cite)}", step.at, end_of(day),
        about=f"organisation:{first.subject.uscc}" if first.subject else "",
    )  # fmt: skip
    row.published_until = day
    row.save(update_fields=["disclosure", "published_until"])
    if (fact := _fact(row)) is not None:
        publish(step.actor, fact, row.disclosure, details={"tier": held.key})


def _shown_party(case: Case) -> str:
    """The party as the public reads it: a registered organisation in full, anybody else by the first character.

    A party that is not registered may be a person under a shop's name, so it is masked like one.
    """
    if case.subject is not None:
        return case.subject.name
    party = queries.party(case)
    return mask_name(case.subject_name or (party.name if party else ""))


COMMON = {"subject": ("当事人", "Party"), "office": ("处罚机关", "Office")}


def public_fields(case: Case, first: Case, shows: Iterable[str]) -> list[dict[str, str]]:
    """The fields that the law lists for the public, people's names in them masked."""
    course, names = running.course_of(case), list(people(first))
    shown = []
    for key in shows:
        if key in COMMON:
            zh, en = COMMON[key]
            value = _shown_party(first) if key == "subject" else offices.name(case.region)
        else:
            field = course.procedure.fields[key]
            zh, en = field.zh, field.en
            value = rules.masked(documents.in_words(field, case.values.get(key)), names)
        shown.append({"zh": zh, "en": en, "value": value})
    return shown


def people(case: Case) -> Iterable[str]:
    """The names of people that a case knows: parties, those questioned, those in charge of the firm."""
    for party in case.parties.all():
        if party.is_person:
            yield party.name
    for personal in case.steps.filter(key="question").values_list("personal", flat=True):
        if personal:
            yield json.loads(personal).get("interviewee", "")
    if case.subject is not None:
        for person in Person.objects.filter(organisation=case.subject):
            yield person.name


@effects.on("publicity", "withdraw")
@effects.on("publicity", "stop_early")
def take_back(case: Case, step: Step) -> None:
    """What was overturned, or granted an early end, is no longer public."""
    penalised = queries.penalty_of(case)
    row = getattr(penalised[0], "penalty_record", None) if penalised else None
    if row is None or row.disclosure is None or row.disclosure.withdrawn_at is not None:
        return
    disclosing.end_by_law(step.actor, row.disclosure, case.values.get("reason") or _("依法停止公示"))
    row.published_until = min(row.published_until, dates.local(step.at).date())
    row.save(update_fields=["published_until"])


def _fact(row: PenaltyRecord) -> Fact | None:
    return Fact.objects.filter(kind=Fact.Kind.PENALTY, reference=reference(row)).first()


@effects.on("penalty", "overturned")
def overturned(case: Case, step: Step) -> None:
    """A decision that fell counts no more, and starts the three working days in which its publication is taken back."""
    row = getattr(case, "penalty_record", None)
    if row is not None and (fact := _fact(row)) is not None:
        withdraw(step.actor, fact, step.values["reason"])
    for one in queries.opened(case, "publicity"):
        if one.state in {"to_publish", "pushed", "published"}:
            given: dict[str, Any] = {
                "overturned_on": date.isoformat(dates.local(step.at).date()), "reason": step.values["reason"]
            }  # fmt: skip
            engine.take(Actor(step.actor), one, "overturned", values=given, now=step.at)


def stop_publications(now: Any, some: int = 100) -> int:
    """Take the last step of publications whose term is over; the public stopped seeing them at that moment."""
    done = 0
    over = PenaltyRecord.objects.filter(
        disclosure__published_until__lte=now, disclosure__withdrawn_at=None, case__links__then__state="published",
        case__links__then__procedure="publicity",
    ).select_related("case")[:some]  # fmt: skip
    for row in over:
        assert row.case is not None
        for one in queries.opened(row.case, "publicity"):
            if one.state != "published":
                continue
            try:
                engine.take(Actor(), one, "expire", now=now)
                done += 1
            except Problem as problem:  # an officer was faster; the next look sees what is left
                log.info("%s not ended: %s", one, problem.message)
    return done
