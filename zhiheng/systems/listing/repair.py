"""Credit repair: where an application comes from, its conditions, and what a grant, a refusal or a fraud brings about.

An application is opened by a step of what it is about: a listing, a penalty's publication. Whoever asked sees its case
at once; when the repair is carried out, the publication or the listing ends in the same transaction.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from zhiheng.core.cases import actions as engine
from zhiheng.core.cases import effects, offices, running, words
from zhiheng.core.cases.actions import Actor, Opening
from zhiheng.core.cases.effects import before
from zhiheng.core.cases.models import Case, Step
from zhiheng.core.crypto import mask_name
from zhiheng.core.disclosure import actions as disclosing
from zhiheng.core.facts import actions as facts
from zhiheng.core.facts.models import Fact
from zhiheng.core.problems import refused
from zhiheng.core.registry.models import Organisation
from zhiheng.core.ui import dates
from zhiheng.knowledge.law.clocks import end_of
from zhiheng.knowledge.law.load import law
from zhiheng.knowledge.law.model import Term
from zhiheng.knowledge.law.terms import early_from, last_day
from zhiheng.systems.listing import queries, rules
from zhiheng.systems.listing.checks import early

ENDS = {
    "serious_list": ("list", "remove_early", "published"),
    "abnormal_list": ("abnormal", "remove", "listed"),
    "publicity": ("penalty", "stop_early", "published"),
}
"""What a repair is about by the procedure that opened it: its kind, the step that ends it there, from which state."""
ACCEPT = {
    "list": "accept_list", "abnormal": "accept_abnormal", "bankruptcy": "bankruptcy", "other_body": "other_body",
}  # fmt: skip
"""The step that accepts an application, where it is not ``accept``."""


# -- opening -------------------------------------------------------------------------------------------------------


@effects.opening("serious_list", "ask_early")
@effects.opening("abnormal_list", "ask_removal")
@effects.opening("publicity", "ask_early")
def begins(case: Case, step: Step, opening: Opening) -> Opening:
    """The application says what it is about; nobody has it yet."""
    kind = ENDS[case.procedure][0]
    number = case.values.get("penalty_no") or case.values.get("decision_no") or case.number
    given = {"kind": kind, "decision_no": number}
    if step.values.get("reason"):
        given["improvement"] = step.values["reason"]
    return replace(opening, values=given, handler=None)


@effects.on("credit_repair", "_opened")
def told(case: Case, step: Step) -> None:
    """Whoever applies sees his case from the first day."""
    for party in case.parties.filter(key="applicant"):
        engine.tell(case, step, party, step.at)


# -- conditions ----------------------------------------------------------------------------------------------------


@before("serious_list", "ask_early")
@before("abnormal_list", "ask_removal")
@before("publicity", "ask_early")
def not_barred(case: Case, values: dict[str, Any], ground: str) -> None:
    """After a fraudulent application nobody applies again for three years; and one application at a time is enough."""
    if any(one.closed_at is None for one in queries.repairs_of(case)):
        raise refused("asked_already", _("已有修复申请在办理。"), _("请在该案中补充。"))
    if case.subject is not None:
        bar(case.subject)


def bar(organisation: Organisation) -> None:
    """Refuse who may not apply again yet."""
    value = law().course("credit_repair", on=dates.today()).value("fraud")
    days = [dates.local(one.at).date() for one in queries.frauds(organisation)]
    until = rules.barred_until(days, dates.today(), int(value.value))
    if until is not None:
        raise refused(
            "barred",
            _("曾弄虚作假申请信用修复，%(day)s以前不得再次申请（%(article)s）。")
            % {"day": dates.words(until), "article": words.article(value.cite)},
            _("届满后再申请。"),
        )


def _own_door(step: str) -> None:
    """Each way to accept has its own clock: an application goes through the one of its kind."""

    @before("credit_repair", step)
    def check(case: Case, values: dict[str, Any], ground: str) -> None:
        course = running.course_of(case)
        wanted = ACCEPT.get(case.values.get("kind") or values.get("kind", ""), "accept")
        wanted = wanted if wanted in course.steps else "accept"
        if step != wanted:
            raise refused(
                "other_door", _("此类申请另有受理步骤。"),
                _("请办理“%(step)s”。") % {"step": words.step(course, wanted)},
            )  # fmt: skip


for _step in ("accept", *ACCEPT.values()):
    _own_door(_step)


@before("credit_repair", "grant")
def verified(case: Case, values: dict[str, Any], ground: str) -> None:
    """Each condition was verified, and the least term is over."""
    course = running.course_of(case)
    kind = case.values.get("kind", "")
    missing = rules.missing_conditions(kind, values.get("conditions") or ())
    if missing:
        choices = course.procedure.fields["conditions"].choices
        fact = course.edition.facts.get("conditions")
        raise refused(
            "conditions_missing",
            _("没有核实的条件：%(what)s。")
            % {"what": "、".join(words.of(choices[k]) for k in sorted(missing))},
            f"{words.of(fact)}（{words.article(fact.cite)}）" if fact else _("请核实后再决定。"),
            "conditions",
        )
    about = queries.repaired(case)
    if about is not None and (tier := tier_of(about)) is not None:
        early(tier.early_on, words.article(tier.term.cite))


# -- tiers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tier:
    """How long something is public at least and at most, by which term, and from when an end may be asked for."""

    term: Term
    since: date
    early_on: date | None
    until: date | None


def tier_of(case: Case) -> Tier | None:
    """The tier of a listing or of a penalty's publication; none when it is not public, or its term is not on record."""
    if case.procedure == "serious_list":
        entry = getattr(case, "listing_entry", None)
        if entry is None:
            return None
        term = running.course_of(case).publication("list").terms["listed"]
        return Tier(term, entry.listed_on, entry.early_on, entry.removal_on)
    if case.procedure != "publicity":
        return None
    number = str(case.values.get("decision_no", ""))
    fact = Fact.objects.filter(
        kind=Fact.Kind.PENALTY, reference=f"case:{number}", public_from__isnull=False
    ).first()
    terms = running.course_of(case).publication("penalty").terms
    if fact is None or fact.public_from is None or fact.details.get("tier") not in terms:
        return None
    term, ends = terms[fact.details["tier"]], case.values.get("restriction_ends")
    restriction = date.fromisoformat(ends) if ends else None
    return Tier(
        term, fact.public_from, early_from(term, fact.public_from, restriction),
        last_day(term, fact.public_from, restriction),
    )  # fmt: skip


# -- what follows --------------------------------------------------------------------------------------------------


@effects.on("credit_repair", "process")
def carried_out(case: Case, step: Step) -> None:
    """The publication or the listing ends, with the conditions that were verified; the repair goes on record."""
    about = queries.repaired(case)
    if about is None:
        return
    _kind, ending, state = ENDS[about.procedure]
    if about.state != state:
        return
    values: dict[str, Any] = {"reason": f"准予信用修复（{case.number}）"}
    if about.procedure == "publicity":
        values["conditions"] = case.values.get("conditions") or []
    engine.take(Actor(step.actor), about, ending, values=values, now=step.at)
    if about.procedure == "publicity" and case.subject is not None:  # lists put it on record themselves
        repaired = Fact(
            organisation=case.subject, kind=Fact.Kind.REPAIRED, on=dates.local(step.at).date(),
            title="提前停止公示行政处罚信息", reference=case.key, source=offices.name(case.region), region=case.region,
            details={"case": case.number},
            basis=law().title(running.course_of(case).article(step.key))[:300],
        )  # fmt: skip
        facts.record_facts(step.actor, [repaired])


@effects.on("credit_repair", "refuse_fraud")
@effects.on("credit_repair", "revoke")
def fraud(case: Case, step: Step) -> None:
    """A decision on a fraudulent application is public for its term."""
    course = running.course_of(case)
    shape = course.publication("fraud")
    term = shape.terms["fraud"]
    last = last_day(term, dates.local(step.at).date(), None)
    party = case.subject.name if case.subject else mask_name(case.subject_name)
    fields = [
        {"zh": "当事人", "en": "Party", "value": party},
        {"zh": "决定书文号", "en": "Number of the decision", "value": step.values["decision_no"]},
        {"zh": "作出决定的机关", "en": "Office", "value": offices.name(case.region)},
    ]
    assert step.actor is not None
    disclosing.publish_by_law(
        step.actor, "list", f"repair:{case.number}", case.region, f"{party} {shape.zh}", {"fields": fields},
        law().title(term.cite), step.at, end_of(last),
        about=f"organisation:{case.subject.uscc}" if case.subject else "",
    )  # fmt: skip
