"""What a case may become: pure decisions on plain values.

``Facts`` is a case as far as decisions go. ``reason`` says why somebody may not take a step now; ``change`` what it
does, ``apply`` what the case is afterwards. The engine does just that, and the ledger's entries replay through it.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from zhiheng.knowledge.codes import regions
from zhiheng.knowledge.law.clocks import local
from zhiheng.knowledge.law.load import Course
from zhiheng.knowledge.law.model import Clock, Field

REGULATORS = frozenset({"province", "city", "county"})
JUSTICE = frozenset({"police", "procurator"})
MAX_TEXT = 10_000
RUNNING, PAUSED, STOPPED = "running", "paused", "stopped"


@dataclass(frozen=True, slots=True)
class ClockFact:
    """The last run of a clock: how it stands and when it is over."""

    state: str
    due_at: datetime | None = None
    extensions: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What decisions look at: the state, the steps taken, the documents in the file, the clocks."""

    state: str
    taken: frozenset[str] = frozenset()
    documents: frozenset[str] = frozenset()
    clocks: Mapping[str, ClockFact] = field(default_factory=dict)
    merged: bool = False


@dataclass(frozen=True, slots=True)
class Why:
    """Why a step is not available: a code, and what it is about."""

    code: str
    about: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody at a case: ``roles`` as the law names them (officer, head, legal, police, a party); ``blocked`` why an
    officer of the office may not act in it (another one handles it, or he is recused)."""

    roles: frozenset[str]
    blocked: Why | None = None


def who(
    role: str,
    *,
    active: bool,
    region: str,
    duties: Collection[str],
    user: int | None,
    case_region: str,
    handler: int | None,
    second: int | None,
    recused: Collection[int],
    parties: Iterable[str] = (),
) -> Who:
    """What a signed-in person is at a case. ``parties`` are the keys of the parties he stands for."""
    roles = set(parties)
    if not active:
        return Who(frozenset())
    blocked = None
    if role in REGULATORS and region == case_region:
        roles.add("officer")
        roles |= {duty for duty in ("head", "legal") if duty in duties}
        if user in recused:
            return Who(frozenset(parties), Why("recused"))
        if handler is not None and user not in (handler, second) and "head" not in roles:
            blocked = Why("other_handler")
    return Who(frozenset(roles), blocked)


def stands_for_office(role: str, region: str, key: str, party_region: str) -> bool:
    """Whether an officer stands for an authority that is a party: one of his kind and region."""
    if not party_region or region != party_region:
        return False
    return key == role if role in JUSTICE else role in REGULATORS and key not in JUSTICE


def reason(course: Course, facts: Facts, key: str, me: Who, now: datetime, **extra: Any) -> Why | None:
    """Why a step cannot be taken now by this person; None when it can."""
    step = course.steps.get(key)
    if step is None:
        return Why("unknown_step", key)
    if facts.merged:
        return Why("merged")
    if key not in course.at(facts.state):
        return Why("state", facts.state)
    allowed = me.roles & set(step.by)
    if not allowed:
        if me.blocked is not None and "officer" in step.by:
            return me.blocked
        return Why("not_you", ",".join(step.by))
    # The head decides and the reviewer reviews whoever handles the case; only the handler's own work is the handler's.
    if allowed == {"officer"} and me.blocked is not None:
        return me.blocked
    for before in step.after:
        if before not in facts.taken:
            return Why("before", before)
    for document in step.needs:
        if document not in facts.documents:
            return Why("document", document)
    if step.waits:
        clock = facts.clocks.get(step.waits)
        if clock is None:
            return Why("clock_not_started", step.waits)
        if clock.state != STOPPED and (clock.due_at is None or clock.due_at > now):
            return Why("clock", step.waits, clock.due_at)
    if step.within:
        clock = facts.clocks.get(step.within)
        if clock is None:
            return Why("clock_not_started", step.within)
        if clock.state == STOPPED or (clock.due_at is not None and clock.due_at <= now):
            return Why("clock_over", step.within, clock.due_at)
    for clock_key in step.pauses:
        clock = facts.clocks.get(clock_key)
        if clock is None or clock.state != RUNNING:
            return Why("not_running", clock_key)
    for clock_key in step.resumes:
        clock = facts.clocks.get(clock_key)
        if clock is None or clock.state != PAUSED:
            return Why("not_paused", clock_key)
    return None


@dataclass(frozen=True, slots=True)
class Change:
    """What a step does: the state it leads to and what happens to clocks, in this order."""

    state: str
    stop: tuple[str, ...] = ()
    pause: tuple[tuple[str, str], ...] = ()
    resume: tuple[str, ...] = ()
    start: tuple[str, ...] = ()


def change(course: Course, facts: Facts, key: str) -> Change:
    """What a step does to a case. A case that ends stops whatever still runs."""
    step = course.steps[key]
    to = step.to or facts.state
    going = {name for name, clock in facts.clocks.items() if clock.state != STOPPED}
    stop = going if course.procedure.states[to].final else going & set(step.stops)
    # A clock that starts again begins a new run; the old one is over.
    stop |= going & set(step.starts)
    return Change(to, tuple(sorted(stop)), tuple(step.pauses.items()), step.resumes, step.starts)


def apply(facts: Facts, key: str, done: Change, made: Iterable[str] = ()) -> Facts:
    """The case after a change. Ends of periods are not part of it: they follow from the law's clocks."""
    clocks = dict(facts.clocks)
    for name in done.stop:
        clocks[name] = replace(clocks[name], state=STOPPED)
    for name, _ground in done.pause:
        clocks[name] = replace(clocks[name], state=PAUSED, due_at=None)
    for name in done.resume:
        clocks[name] = replace(clocks[name], state=RUNNING)
    for name in done.start:
        clocks[name] = ClockFact(RUNNING)
    return replace(
        facts,
        state=done.state,
        taken=facts.taken | {key},
        documents=facts.documents | set(made),
        clocks=clocks,
    )


def merged(facts: Facts) -> Facts:
    """The case after it was joined to another: nothing is taken in it any more."""
    return replace(facts, merged=True)


def extension(clock: Clock, fact: ClockFact | None, me: Who, value: int | None) -> Why | int:
    """How much an extension adds (in the clock's unit), or why there is none."""
    if fact is None or fact.state == STOPPED:
        return Why("not_running")
    if fact.extensions >= sum(one.times for one in clock.extensions):
        return Why("no_more_extensions")
    number = fact.extensions
    for one in clock.extensions:
        if number < one.times:
            if one.by not in me.roles:
                return Why("not_you", one.by)
            if one.value is None:
                return value if value is not None and 0 < value <= 3650 else Why("value")
            if value is not None and not 0 < value <= one.value:
                return Why("value", str(one.value))
            return value or one.value
        number -= one.times
    return Why("no_more_extensions")


# -- what steps ask for ------------------------------------------------------------------------------------------


def asked(course: Course, key: str) -> list[tuple[str, Field, bool]]:
    """The fields of a step: name, field, whether it must be given."""
    fields = course.procedure.fields
    return [
        (one.rstrip("?"), fields[one.rstrip("?")], not one.endswith("?")) for one in course.steps[key].asks
    ]


def read_values(
    asked_for: Iterable[tuple[str, Field, bool]], given: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """What was given in its normal form, and the fields that are wrong with a code each.

    Codes: missing, too_long, not_a_number, negative, not_a_date, not_a_time, not_a_choice, not_an_office.
    """
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, one, required in asked_for:
        raw = given.get(name)
        if one.many:
            chosen = [str(v) for v in (raw if isinstance(raw, list | tuple) else [raw] if raw else [])]
            if not set(chosen) <= set(one.choices):
                wrong[name] = "not_a_choice"
            elif chosen:
                values[name] = chosen
            elif required:
                wrong[name] = "missing"
            continue
        text = "" if raw is None else str(raw).replace("\x00", "").strip()
        if not text:
            if one.type == "bool":
                values[name] = False
            elif required:
                wrong[name] = "missing"
            continue
        value, fault = _read(one, text)
        if fault:
            wrong[name] = fault
        else:
            values[name] = value
    return values, wrong


def _read(one: Field, text: str) -> tuple[Any, str]:
    if one.type in ("text", "long", "organisation"):
        most = 300 if one.type != "long" else MAX_TEXT
        return text, "too_long" if len(text) > most else ""
    if one.type == "office":
        return text, "" if regions.is_known(text) else "not_an_office"
    if one.type == "bool":
        return text.lower() not in {"false", "0", "no", "off"}, ""
    if one.type == "choice":
        return text, "" if text in one.choices else "not_a_choice"
    if one.type == "int":
        if not re.fullmatch(r"\d{1,12}", text, re.ASCII):
            return None, "not_a_number"
        return int(text), ""
    if one.type == "money":
        return _money(text)
    if one.type == "date":
        try:
            return date.fromisoformat(text).isoformat(), ""
        except ValueError:
            return None, "not_a_date"
    try:
        return datetime.fromisoformat(text).isoformat(timespec="minutes"), ""
    except ValueError:
        return None, "not_a_time"


def _money(text: str) -> tuple[str | None, str]:
    try:
        amount = Decimal(text.replace(",", "").replace("，", ""))
    except InvalidOperation:
        return None, "not_a_number"
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 13:
        return None, "not_a_number"
    if amount < 0:
        return None, "negative"
    return str(amount.quantize(Decimal("0.01"))), ""


def since(clock: Clock, values: Mapping[str, Any], received_at: datetime, at: datetime) -> datetime:
    """From when a clock counts: the step that starts it, the opening of the case, or a day that was stated."""
    if clock.since == "opening":
        return received_at
    stated = values.get(clock.since) if clock.since else None
    if not stated:
        return at
    return local(datetime.fromisoformat(stated))


def in_future(course: Course, key: str, values: Mapping[str, Any], now: datetime) -> list[str]:
    """The fields from which a clock that this step starts would count, and that lie in the future."""
    names = {course.clocks[clock].since for clock in course.steps[key].starts}
    return [n for n in names if n in values and local(datetime.fromisoformat(values[n])) > now]


def similarity(first: frozenset[str], second: frozenset[str]) -> float:
    """How alike two texts are by their pairs of characters: Dice's coefficient, 0 to 1."""
    if not first or not second:
        return 0.0
    return 2 * len(first & second) / (len(first) + len(second))
