"""Two rules in force that disagree on a limit: both are loaded, and each office chooses once which makes it late.

Until it has chosen, it is late only when the longest is over, and the shorter reminds. A clock keeps the text it began
under (``Clock.reading``), as a case keeps its edition: a choice makes nobody late for what was begun before it.
"""

from dataclasses import dataclass

import msgspec
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from zhiheng.core.accounts.auth import require
from zhiheng.core.accounts.models import User
from zhiheng.core.cases import rules
from zhiheng.core.cases.models import Clock, ReadingChoice
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.knowledge.law.load import Course, law
from zhiheng.knowledge.law.model import Clock as Rule


def texts(rule: Rule) -> dict[str, Rule]:
    """The limit as each text has it, by citation; the clock's own first. Only the clock's own may be extended."""
    others = {
        one.cite: msgspec.structs.replace(
            rule, value=one.value, unit=one.unit, cite=one.cite, verified=one.verified, extensions=()
        )
        for one in rule.readings
    }
    return {rule.cite: rule} | others


def of(clock: Clock, course: Course) -> Rule:
    """The rule that a clock runs by."""
    rule = course.clocks[clock.key]
    return texts(rule).get(clock.reading, rule) if clock.reading else rule


def applicable(region: str, course: Course, key: str) -> str:
    """The text that a clock of an office starts under now: the chosen one, else the longest; empty is its own."""
    rule = course.clocks[key]
    if not rule.chosen:
        return ""
    chosen = ReadingChoice.objects.filter(
        region=region, procedure=course.key, edition=course.edition.key, clock=key
    ).first()
    known = texts(rule)
    cite = chosen.cite if chosen is not None else max(known, key=lambda one: known[one].value)
    return "" if cite == rule.cite else cite


@dataclass(frozen=True)
class Open:
    """A limit on which two rules disagree, and what an office chose."""

    course: Course
    key: str
    rule: Rule
    texts: dict[str, Rule]
    choice: ReadingChoice | None


def disputed(region: str) -> list[Open]:
    """Every such limit of the editions in force, with the choice of an office."""
    made = {
        (one.procedure, one.edition, one.clock): one
        for one in ReadingChoice.objects.filter(region=region).select_related("by")
    }
    return [
        Open(course, key, rule, texts(rule), made.get((course.key, course.edition.key, key)))
        for course in law().courses()
        for key, rule in course.clocks.items()
        if rule.chosen
    ]


def choose(actor: User, procedure: str, edition: str, key: str, cite: str, reason: str) -> ReadingChoice:
    """The legal staff of an office choose the text that makes it late. Once: it is not changed afterwards."""
    require(actor, "cases.work")
    if actor.role not in rules.REGULATORS or not actor.has_duty("legal"):
        raise Problem(
            "forbidden",
            _("期限口径由本机关法规人员选定。"),
            status=403,
            remedy=_("请由有审核职责的人员办理。"),
        )
    try:
        course = law().course(procedure, edition)
        rule = course.clocks[key]
    except KeyError:
        raise Problem("no_such_clock", _("没有这项期限。"), status=404) from None
    if not rule.chosen or cite not in texts(rule):
        raise Problem("no_such_reading", _("这项期限没有这个口径。"), status=422)
    if not reason.strip():
        raise Problem("reason_missing", _("须写明理由。"), status=422, errors={"reason": _("须写明理由。")})
    try:
        with transaction.atomic():
            made = ReadingChoice.objects.create(
                region=actor.region, procedure=procedure, edition=edition, clock=key, cite=cite,
                reason=reason.strip()[: rules.MAX_TEXT], by=actor,
            )  # fmt: skip
            record(
                actor, "case.reading_chosen", f"reading:{actor.region}:{procedure}:{edition}:{key}",
                {"cite": cite, "reason": made.reason},
            )  # fmt: skip
    except IntegrityError:
        raise Problem("chosen_already", _("本机关已选定过这项期限的口径。"), status=409) from None
    return made
