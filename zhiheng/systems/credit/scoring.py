"""The risk class of one organisation from its facts: points by transparent rules, each line traceable. Pure, no clock.

The numbers stand in ``points.yaml``. Internal (国市监信发〔2022〕6号): a guide for where to supervise, no rating.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from math import log
from pathlib import Path
from typing import Any

import yaml

POINTS = Path(__file__).with_name("points.yaml")
BINS = (10.0, 15.0, 20.0, 20.001, 30.0, 40.0, 55.0, 70.0)
"""Upper edges of the bins in which points are counted for drift; 20 exactly (nothing on record) has its own."""
STEP, HORIZON = 30, 1110  # days: how finely and how far ahead it is looked when a class improves by itself
FLOOR = 1e-4  # of a share, so that an empty bin has a logarithm


@dataclass(frozen=True, slots=True)
class Said:
    """A fact as the rules see it."""

    kind: str
    on: date
    details: Mapping[str, Any] = field(default_factory=dict)
    counts_until: date | None = None
    pk: int = 0
    title: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: facts of a kind (under a condition) give points that fade over ``days``, at most ``most`` in all."""

    id: str
    kind: str
    points: float
    zh: str
    en: str
    when: Mapping[str, Any] = field(default_factory=dict)
    days: int | None = None
    most: float | None = None

    def holds(self, details: Mapping[str, Any]) -> bool:
        """Whether a fact's details meet the condition: equal, or one of a list in common."""
        for name, wanted in self.when.items():
            given = details.get(name)
            if isinstance(wanted, list):
                if not set(wanted) & set(given if isinstance(given, list) else [given]):
                    return False
            elif given != wanted:
                return False
        return True

    def share(self, on: date, today: date) -> float:
        """How much of the points is left on a day: from 1 to 0."""
        if self.days is None:
            return 1.0
        return max(0.0, 1 - (today - on).days / self.days)


@dataclass(frozen=True)
class Table:
    """An edition of the rules."""

    edition: str
    base: float
    classes: tuple[tuple[str, float], ...]
    rules: tuple[Rule, ...]
    by_kind: Mapping[str, tuple[Rule, ...]]


@dataclass(frozen=True, slots=True)
class Line:
    """What one fact gives: its rule, its points today, and the day from which they are gone (None: never)."""

    rule: Rule
    fact: Said
    points: float
    until: date | None


@lru_cache(maxsize=1)
def table() -> Table:
    """The edition in force."""
    raw = yaml.safe_load(POINTS.read_text(encoding="utf-8"))
    rules = tuple(Rule(**one) for one in raw["rules"])
    kinds: dict[str, list[Rule]] = {}
    for one in rules:
        kinds.setdefault(one.kind, []).append(one)
    return Table(
        raw["edition"], float(raw["base"]), tuple(raw["classes"].items()), rules,
        {kind: tuple(some) for kind, some in kinds.items()},
    )  # fmt: skip


def class_of(points: float, known: Table) -> str:
    """The class of so many points: the last whose number is reached."""
    found = known.classes[0][0]
    for name, least in known.classes:
        if points >= least:
            found = name
    return found


def score(facts: Iterable[Said], today: date, known: Table | None = None) -> tuple[float, str, list[Line]]:
    """Points, class, and the line of every fact that gives any, the heaviest first.

    Facts of the future or past the last day they count give nothing. Where a rule is bounded (``most``), its newest
    facts count first. Withdrawn facts must not be handed in.
    """
    known = known or table()
    lines: list[Line] = []
    spent: dict[str, float] = {}
    for one in sorted(facts, key=lambda fact: fact.on, reverse=True):
        if one.on > today or (one.counts_until is not None and one.counts_until < today):
            continue
        rule = next((r for r in known.by_kind.get(one.kind, ()) if r.holds(one.details)), None)
        if rule is None:
            continue
        points = rule.points * rule.share(one.on, today)
        if rule.most is not None:
            left = rule.most - spent.get(rule.id, 0.0)
            points = max(-left, min(left, points))
            spent[rule.id] = spent.get(rule.id, 0.0) + abs(points)
        if points:
            until = one.on + timedelta(days=rule.days) if rule.days is not None else None
            if one.counts_until is not None:
                until = min(until or one.counts_until, one.counts_until)
            lines.append(Line(rule, one, points, until))
    total = max(0.0, known.base + sum(line.points for line in lines))
    lines.sort(key=lambda line: -abs(line.points))
    return round(total, 2), class_of(total, known), lines


@dataclass(frozen=True)
class Outlook:
    """What would change a class: by itself with time, without one fact, or with one more."""

    by_itself: tuple[date, str] | None
    without: tuple[tuple[Line, str], ...]
    one_more: tuple[tuple[Rule, str], ...]


def outlook(facts: Sequence[Said], today: date, known: Table | None = None) -> Outlook:
    """When the class changes if nothing new happens (to within a month, three years ahead), which single fact
    withdrawn would change it, and which single event would."""
    known = known or table()
    _points, now, lines = score(facts, today, known)
    later = None
    for days in range(STEP, HORIZON, STEP):
        day = today + timedelta(days=days)
        then = score(facts, day, known)[1]
        if then != now:
            later = (day, then)
            break
    without = []
    for line in lines:
        then = score([one for one in facts if one is not line.fact], today, known)[1]
        if then != now:
            without.append((line, then))
    more = []
    for rule in known.rules:
        details = {k: v[:1] if isinstance(v, list) else v for k, v in rule.when.items()}
        then = score([*facts, Said(rule.kind, today, details)], today, known)[1]
        if then != now:
            more.append((rule, then))
    return Outlook(later, tuple(without), tuple(more))


# -- drift ------------------------------------------------------------------------------------------------------


def bin_of(points: float) -> int:
    """Which bin so many points fall into."""
    return next((n for n, edge in enumerate(BINS) if points < edge), len(BINS))


def stability(before: Mapping[str, int], after: Mapping[str, int]) -> float | None:
    """The population stability index of two distributions over the same bins: the sum of (p - q) ln(p / q).

    0 is no difference. By custom below 0.1 is read as stable and above 0.25 as another population. None when one side
    is empty. A share below ``FLOOR`` is taken as that.
    """
    first, second = sum(before.values()), sum(after.values())
    if not first or not second:
        return None
    total = 0.0
    for key in {*before, *after}:
        p = max(after.get(key, 0) / second, FLOOR)
        q = max(before.get(key, 0) / first, FLOOR)
        total += (p - q) * log(p / q)
    return round(total, 4)
