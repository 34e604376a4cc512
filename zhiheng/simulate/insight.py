"""Several years of checks with a known truth: what the figures are judged by in tests, and show in the demonstration.

The draws are the house's own, with files that can be verified; their random values are simulated and said to be.
"""

import csv
import io
import random
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction

from zhiheng.core.ui import dates
from zhiheng.knowledge.codes import regions
from zhiheng.knowledge.codes.regions import GUANGDONG_CITIES
from zhiheng.knowledge.methods import draw, draw_list
from zhiheng.knowledge.methods.draw_list import DrawList

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


def population(
    rng: random.Random, organisations: Sequence[Any], failing: Callable[[str], float]
) -> list[Unit]:
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
    from zhiheng.systems.inspection.models import (
        Candidate,
        Draw,
        Plan,
        PlanItem,
        Report,
        Sample,
        Stratum,
        Task,
    )

    starts = date(year, 3, 1)
    moment = datetime(year, 5, 10, 2, tzinfo=UTC)
    plan = Plan.objects.create(
        title=f"{year}年{product}监督抽查（历年模拟）", region=region, domain=domain, kind=kind, starts_on=starts,
        ends_on=date(year, 11, 30), budget=0, state=Plan.State.CLOSED, made_by=people.user,
    )  # fmt: skip
    item = PlanItem.objects.create(
        plan=plan, product=product, industry=industry, stage=stage, standards="模拟标准", rules="模拟细则", size=0,
        unit_cost=0, assumed_rate="0.05", laboratory=people.laboratory,
    )  # fmt: skip
    by_city: dict[str, list[Unit]] = {}
    for unit in units:
        by_city.setdefault(f"{unit.region[:4]}00", []).append(unit)
    asked = {
        city: min(len(some), sizes if isinstance(sizes, int) else sizes[city])
        for city, some in by_city.items()
    }
    Stratum.objects.bulk_create(
        Stratum(item=item, region=city, population=len(some), size=asked[city])
        for city, some in by_city.items()
    )
    number = {unit.organisation.pk: f"{index:06d}" for index, unit in enumerate(units, 1)}
    known_at = moment - timedelta(days=3)
    file = draw.draw(
        draw.commit(
            DrawList(
                plan.title, "模拟的随机值，没有公开来源", known_at.isoformat(),
                tuple(draw_list.Stratum(city, n) for city, n in asked.items()),
                tuple(
                    draw_list.Candidate(number[unit.organisation.pk], city, unit.size)
                    for city, some in by_city.items()
                    for unit in some
                ),
            ),
            known_at - timedelta(days=1),
        ),
        f"{rng.getrandbits(64):016x}", known_at,
    )  # fmt: skip
    assert file.value is not None
    assert file.result is not None
    drawn = Draw.objects.create(
        item=item, state=Draw.State.DRAWN, list_hash=draw_list.list_hash(file.list), random_source=file.list.source,
        random_after=known_at, random_value=file.value.text, known_at=known_at,
        committed_at=known_at - timedelta(days=1), committed_by=people.user, drawn_at=known_at, drawn_by=people.user,
        record=msgspec.to_builtins(file),
    )  # fmt: skip
    chances, result = draw.probabilities(file.list), {one.id for one in file.result}
    candidates = Candidate.objects.bulk_create(
        Candidate(
            draw=drawn, organisation=unit.organisation, number=number[unit.organisation.pk], region=city,
            size=unit.size, drawn=number[unit.organisation.pk] in result,
            probability=float(chances[number[unit.organisation.pk]]),
        )
        for city, some in sorted(by_city.items())
        for unit in some
    )  # fmt: skip
    passes = {unit.organisation.uscc: unit.passes for unit in units}
    candidates = [one for one in candidates if one.drawn]
    states = [
        rng.choices(("refused", "nothing", "sampled"), (refusing, nothing, 1 - refusing - nothing))[0]
        for _one in candidates
    ]
    tasks = Task.objects.bulk_create(
        Task(
            key=uuid.UUID(int=rng.getrandbits(128)), item=item, candidate=candidate,
            organisation=candidate.organisation, region=candidate.region, due_on=date(year, 6, 30), state=state,
        )
        for candidate, state in zip(candidates, states, strict=True)
    )  # fmt: skip
    sampled = [task for task in tasks if task.state == "sampled"]
    samples = Sample.objects.bulk_create(
        Sample(
            key=uuid.UUID(int=rng.getrandbits(128)), number=f"SIM{item.pk}-{task.pk}", task=task, item=item,
            organisation=task.organisation, producer=task.organisation, region=task.region, stage=stage,
            product=product, base_quantity="100", quantity="2", taken_at=moment + timedelta(days=index % 90),
            sent_at=moment, recorded_by=people.user, state=Sample.State.REPORTED, laboratory=people.laboratory,
        )
        for index, task in enumerate(sampled)
    )  # fmt: skip
    reports = []
    for sample in samples:
        good = passes[sample.organisation.uscc]
        wrong = good and rng.random() < overturned
        first = "pass" if good and not wrong else "fail"
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


# -- the demonstration ---------------------------------------------------------------------------------------

FAILING = {"440100": 0.05, "440300": 0.03, "445100": 0.16, "445200": 0.14, "440500": 0.12}
"""The share of failing products by city; 8 % where it is not said."""
MARK = "（模拟）"


def _failing(city: str) -> float:
    return FAILING.get(city, 0.08)


def prepare(say: Say) -> None:
    """Checks of four years with a known truth, monitoring, acceptances, the list of makers; made once."""
    from zhiheng.core.accounts.models import User
    from zhiheng.core.registry.models import Organisation
    from zhiheng.systems.inspection.models import Plan

    before = time.monotonic()
    if Plan.objects.filter(title__endswith="监督抽查（历年模拟）").exists():
        return
    firms = list(
        Organisation.objects.filter(merged_into=None, kinds__contains=" producer ").order_by("pk")[:4000]
    )
    laboratory = Organisation.objects.filter(kinds__contains=" laboratory ").order_by("pk").first()
    user = User.objects.filter(username="demo-province").first()
    if not firms or laboratory is None or user is None:
        return
    rng, today = random.Random(7), dates.today()  # noqa: S311 (a simulation)
    people = People(user, laboratory)
    with transaction.atomic():
        for product, industry, stage, domain, times in PRODUCTS:
            units = population(rng, firms, lambda city, times=times: _failing(city) * times)  # type: ignore[misc]
            for year in range(today.year - 3, today.year + 1):
                spot_check(
                    rng, people, units, year, product=product, industry=industry, stage=stage, domain=domain, sizes=8,
                    refusing=0.03, nothing=0.05, overturned=0.02,
                )  # fmt: skip
        units = population(rng, firms, lambda _city: 0.3)
        for kind in ("follow_up", "special"):
            spot_check(rng, people, units, today.year, kind=kind, sizes=1)
    say(f"simulated spot checks of four years with a known truth ({time.monotonic() - before:.1f} s)")
    before = time.monotonic()
    _submit(user, "farm_monitoring", monitoring(rng, today))
    _submit(user, "work_acceptances", acceptances(rng, today))
    rows = _makers(rng, today.year)
    if rows:
        _submit(user, "essential_drug_makers", rows)
        _drug_checks(rng, people, today.year)
    say(
        f"simulated farm monitoring, acceptances of works, makers of drugs ({time.monotonic() - before:.1f} s)"
    )


def _submit(user: Any, contract: str, rows: list[dict[str, Any]]) -> None:
    """The way a batch of an office comes."""
    from zhiheng.core.exchange.actions import submit
    from zhiheng.core.jobs.runner import run_now

    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    content = text.getvalue().encode()
    run_now(submit(user, contract, iter([content]), f"{contract}.csv", "text/csv", False, dates.today()))


def monitoring(rng: random.Random, today: date, count: int = 900) -> list[dict[str, Any]]:
    """Rows of the contract ``farm_monitoring``: sites with a failing rate of their own, several samples each."""
    rows: list[dict[str, Any]] = []
    cities = [city.code for city in GUANGDONG_CITIES]
    while len(rows) < count:
        city, (commodity, failing) = rng.choice(cities), rng.choice(COMMODITIES)
        site = f"{regions.region(city).name.removesuffix('市')}第{rng.randrange(1, 60)}基地{MARK}"
        of_site = min(0.9, rng.gammavariate(0.7, failing / 0.7))
        day = today - timedelta(days=rng.randrange(1, 340))
        for _again in range(rng.choice((1, 2, 2, 3))):
            fails = rng.random() < of_site
            rows.append(
                {
                    "scheme": f"{day.year}年例行监测{MARK}", "number": f"NJ{day.year}-{len(rows) + 1:05d}",
                    "commodity": commodity, "region": city, "stage": rng.choice(("base", "wholesale", "retail")),
                    "site": site, "taken_on": day.isoformat(), "laboratory": f"省农产品质检中心{MARK}",
                    "tested": "毒死蜱、氟虫腈、克百威、氯霉素", "failing": "毒死蜱" if fails else "",
                    "conclusion": "fail" if fails else "pass", "uscc": "", "stall": f"农户{rng.randrange(100, 999)}",
                    "code": "",
                }
            )  # fmt: skip
    return rows


def acceptances(rng: random.Random, today: date, count: int = 240) -> list[dict[str, Any]]:
    """Rows of the contract ``work_acceptances``: nearly all pass at the first attempt, the others at the second."""
    rows: list[dict[str, Any]] = []
    for n in range(1, count + 1):
        city = rng.choice(GUANGDONG_CITIES).code
        size = rng.choice(("large_medium", "other", "other"))
        first = rng.random() < (0.995 if size == "large_medium" else 0.97)
        day = today - timedelta(days=rng.randrange(70, 1200))
        row = {
            "project_code": f"SIM-{city}-{n:05d}", "section": "一标段",
            "project": f"{regions.region(city).name}第{n}号工程{MARK}",
            "kind": rng.choice(("housing", "municipal", "highway", "water")), "size": size, "region": city,
            "accepted_on": day.isoformat(), "attempt": 1, "conclusion": "pass" if first else "fail",
            "source": f"{regions.region(city).name}住房和城乡建设局{MARK}",
        }  # fmt: skip
        rows.append(row)
        if not first:
            later = {
                "accepted_on": (day + timedelta(days=45)).isoformat(),
                "attempt": 2,
                "conclusion": "pass",
            }
            rows.append(row | later)
    return rows


def _makers(rng: random.Random, year: int) -> list[dict[str, Any]]:
    """Rows of the contract ``essential_drug_makers``: those with a drug production licence, some not in production."""
    from zhiheng.core.registry.models import Designation

    codes = (
        Designation.objects.filter(title__contains="药品生产许可证", organisation__isnull=False)
        .order_by("organisation_id")
        .values_list("organisation__uscc", flat=True)
        .distinct()
    )
    return [
        {
            "year": year,
            "uscc": code,
            "in_production": "否" if rng.random() < 0.1 else "是",
            "source": f"名录{MARK}",
        }
        for code in codes
    ]


def _drug_checks(rng: random.Random, people: People, year: int) -> None:
    """Most makers are sampled this year, all of them last year."""
    from zhiheng.insight.models import DrugMaker

    firms = [one.organisation for one in DrugMaker.objects.filter(year=year).select_related("organisation")]
    units = population(rng, firms, lambda _city: 0.02)
    for when, some in ((year - 1, units), (year, [unit for unit in units if rng.random() < 0.85])):
        if some:
            spot_check(
                rng, people, some, when, product="国家基本药物", industry="C2720", domain="drug", sizes=10_000
            )
