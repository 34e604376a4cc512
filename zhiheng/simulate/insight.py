"""Several years of checks with a known truth: what the figures are judged by in tests, and show in the demonstration.

The draws here are drawn by the program itself, in bulk; they have no public record and are said to be simulated.
"""

import random
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction

Say = Callable[[str], None]
SIZES = (1, 1, 1, 2, 4)
"""How often the sizes of the risk classes occur among organisations: A and B 1, C 2, D 4."""
PRODUCTS = (  # product, industry, stage, domain, how much likelier it fails than the city's firms do on average
    ("儿童服装", "C1819", "production", "product", 1.2),
    ("电热水器", "C3852", "production", "product", 1.6),
    ("陶瓷砖", "C3071", "production", "product", 0.5),
    ("饼干", "C1411", "sale", "food", 0.4),
)
COMMODITIES = (("菜心", 0.03), ("豇豆", 0.09), ("草鱼", 0.04), ("鸡蛋", 0.02), ("荔枝", 0.02))


@dataclass(frozen=True)
class Unit:
    """One organisation of the simulated population: its size in the draw, and whether its product passes."""

    organisation: Any
    region: str
    size: int
    passes: bool


def population(rng: random.Random, organisations: Sequence[Any], failing: Callable[[str], float]) -> list[Unit]:
    """Every organisation with its truth; ``failing`` gives a city's share of failing products. Those of larger size
    (worse class of risk) fail more often, so that weights matter."""
    units = []
    for one in organisations:
        size = rng.choice(SIZES)
        chance = min(0.9, failing(f"{one.region[:4]}00") * {1: 0.7, 2: 1.5, 4: 2.5}[size] / 1.22)
        units.append(Unit(one, one.region, size, rng.random() >= chance))
    return units


def truth(units: Sequence[Unit]) -> float:
    """The share of the population that passes."""
    return sum(unit.passes for unit in units) / len(units)


def draw(rng: random.Random, units: Sequence[Unit], size: int) -> list[tuple[Unit, float]]:
    """Systematically, with chances proportional to size, those above one set to one; each with its chance."""
    chances = [0.0] * len(units)
    certain: set[int] = set()
    while True:
        rest = sum(unit.size for index, unit in enumerate(units) if index not in certain)
        left = max(0, size - len(certain))
        for index, unit in enumerate(units):
            chances[index] = 1.0 if index in certain else min(1.0, left * unit.size / rest) if rest else 0.0
        more = {index for index, chance in enumerate(chances) if chance >= 1.0} - certain
        if not more:
            break
        certain |= more
    order = list(range(len(units)))
    rng.shuffle(order)
    at, passed, taken = rng.random(), 0.0, []
    for index in order:
        passed += chances[index]
        while passed > at:
            taken.append((units[index], chances[index]))
            at += 1
    return taken


@dataclass
class People:
    """Who the rows say did it."""

    user: Any
    laboratory: Any


def spot_check(
    rng: random.Random,
    people: People,
    units: Sequence[Unit],
    year: int,
    *,
    product: str = "儿童服装",
    industry: str = "C1819",
    stage: str = "production",
    domain: str = "product",
    kind: str = "routine",
    region: str = "440000",
    sizes: Mapping[str, int] | int = 10,
    refusing: float = 0.0,
    nothing: float = 0.0,
    overturned: float = 0.0,
) -> Any:
    """A plan of one item with its draw, tasks, samples and reports, in bulk. Gives the item.

    ``sizes``: how many to draw in each city. ``refusing``, ``nothing``: the shares of those drawn who refuse or have
    nothing. ``overturned``: of passing samples, the share that a first report called failing and a re-test right.
    """
    from zhiheng.systems.inspection.models import Candidate, Draw, Plan, PlanItem, Report, Sample, Stratum, Task

    starts = date(year, 3, 1)
    moment = datetime(year, 5, 10, 2, tzinfo=UTC)
    plan = Plan.objects.create(
        title=f"{year}年{product}监督抽查（模拟）", region=region, domain=domain, kind=kind, starts_on=starts,
        ends_on=date(year, 11, 30), budget=0, state=Plan.State.CLOSED, made_by=people.user,
    )  # fmt: skip
    item = PlanItem.objects.create(
        plan=plan, product=product, industry=industry, stage=stage, standards="模拟标准", rules="模拟细则", size=0,
        unit_cost=0, assumed_rate="0.05", laboratory=people.laboratory,
    )  # fmt: skip
    drawn = Draw.objects.create(
        item=item, state=Draw.State.DRAWN, list_hash="0" * 64, random_source="模拟，没有公开随机值",
        random_after=moment, random_value="simulated", committed_at=moment, committed_by=people.user, drawn_at=moment,
        drawn_by=people.user, record={"simulated": True},
    )  # fmt: skip
    by_city: dict[str, list[Unit]] = {}
    for unit in units:
        by_city.setdefault(f"{unit.region[:4]}00", []).append(unit)
    taken: list[tuple[Unit, float]] = []
    for city, some in sorted(by_city.items()):
        size = min(len(some), sizes if isinstance(sizes, int) else sizes.get(city, 0))
        Stratum.objects.create(item=item, region=city, population=len(some), size=size)
        if size:
            taken += draw(rng, some, size)
    candidates = Candidate.objects.bulk_create(
        Candidate(
            draw=drawn, organisation=unit.organisation, region=f"{unit.region[:4]}00", size=unit.size, drawn=True,
            probability=chance,
        )
        for unit, chance in taken
    )  # fmt: skip
    states = [
        rng.choices(("refused", "nothing", "sampled"), (refusing, nothing, 1 - refusing - nothing))[0] for _ in taken
    ]
    tasks = Task.objects.bulk_create(
        Task(
            key=uuid.UUID(int=rng.getrandbits(128)), item=item, candidate=candidate,
            organisation=candidate.organisation, region=candidate.region, due_on=date(year, 6, 30), state=state,
        )
        for candidate, state in zip(candidates, states, strict=True)
    )  # fmt: skip
    sampled = [(task, unit) for task, (unit, _c), s in zip(tasks, taken, states, strict=True) if s == "sampled"]
    samples = Sample.objects.bulk_create(
        Sample(
            key=uuid.UUID(int=rng.getrandbits(128)), number=f"SIM{item.pk}-{task.pk}", task=task, item=item,
            organisation=task.organisation, producer=task.organisation, region=task.region, stage=stage,
            product=product, base_quantity="100", quantity="2", taken_at=moment + timedelta(days=index % 90),
            sent_at=moment, recorded_by=people.user, state=Sample.State.REPORTED, laboratory=people.laboratory,
        )
        for index, (task, _unit) in enumerate(sampled)
    )  # fmt: skip
    reports = []
    for sample, (_task, unit) in zip(samples, sampled, strict=True):
        wrong = unit.passes and rng.random() < overturned
        first = "pass" if unit.passes and not wrong else "fail"
        for again, conclusion in ((False, first), *(((True, "pass"),) if wrong else ())):
            reports.append(
                Report(
                    sample=sample, retest=again, laboratory=people.laboratory, conclusion=conclusion,
                    number=f"{sample.number}{'R' if again else ''}", code=f"{rng.getrandbits(124):031x}",
                    issued_at=sample.taken_at + timedelta(days=40 if again else 15), signed_by=people.user,
                    signatory="", sha256="0" * 64,
                )
            )  # fmt: skip
    Report.objects.bulk_create(reports)
    return item
