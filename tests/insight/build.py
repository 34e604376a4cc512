"""A population and its checks for the tests of figures."""

import random

from tests.cases.people import officer
from zhiheng.core.registry.models import Organisation
from zhiheng.knowledge.codes import uscc
from zhiheng.knowledge.codes.regions import GUANGDONG_CITIES
from zhiheng.simulate.insight import People, population

CITIES = [city.code for city in GUANGDONG_CITIES]


def organisations(count: int, cities=CITIES, start: int = 1) -> list[Organisation]:
    """``count`` firms spread over the cities, each next one in the next city."""
    return Organisation.objects.bulk_create(
        Organisation(
            uscc=uscc.make(f"91{cities[n % len(cities)]}MA5{n + start:06d}"), name=f"模拟企业{n + start}",
            region=cities[n % len(cities)], industry="C1819", kinds=" producer ",
        )
        for n in range(count)
    )  # fmt: skip


def people() -> People:
    [laboratory] = organisations(1, start=900_000)
    return People(officer("province", "440000", "province"), laboratory)


def units(count: int, failing=lambda city: 0.06, seed: int = 1, cities=CITIES):
    return population(random.Random(seed), organisations(count, cities), failing)
