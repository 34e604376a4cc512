"""Selection with stated probabilities, against published vectors and against counting."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest

from tests.shared import shared
from zhiheng.knowledge.methods import selection
from zhiheng.knowledge.methods.allocation import StratumPlan, allocate, expected, weight_effect

FOLDER = "data/methods/i_random_selection"


@pytest.mark.oracle
def test_the_example_of_rfc_3797() -> None:
    vector = json.loads(shared(f"{FOLDER}/rfc3797_example.json").read_text())
    found = selection.rfc3797(vector["key"], vector["pool"], vector["n"])
    assert found == [one["selected"] for one in vector["expected"]]


@pytest.mark.oracle
def test_inclusion_probabilities_of_the_vector() -> None:
    vector = json.loads(shared(f"{FOLDER}/inclusion_probabilities.json").read_text())["inclusionprob_n5"]
    found = selection.inclusion_probabilities(vector["size"], 5)
    assert [float(one) for one in found] == pytest.approx(vector["pik"], abs=5e-14)


@pytest.mark.oracle
def test_joint_probabilities_of_the_vector() -> None:
    vector = json.loads(shared(f"{FOLDER}/inclusion_probabilities.json").read_text())["systematic_pi2"]
    found = selection.systematic_joint(vector["sizes"], vector["n"])
    for row, wanted in zip(found, vector["pi_ij"], strict=True):
        assert [float(one) for one in row] == pytest.approx(wanted, abs=5e-14)


def test_probabilities_sum_to_n_and_every_start_counted_gives_them_exactly() -> None:
    dice = random.Random(4)
    for _ in range(200):
        sizes = [dice.randint(1, 30) for _ in range(dice.randint(1, 9))]
        n = dice.randint(0, len(sizes))
        chances = selection.inclusion_probabilities(sizes, n)
        assert sum(chances) == n and all(0 <= one <= 1 for one in chances)
        sure, remaining = selection.certain(sizes, n)
        assert all((chances[place] == 1) == (place in sure) for place in range(len(sizes)))
        others = [size for place, size in enumerate(sizes) if place not in sure]
        total = sum(others)
        times = [0] * len(others)
        for start in range(total):
            drawn = selection.systematic(others, remaining, start)
            assert len(drawn) == remaining
            for place in drawn:
                times[place] += 1
        assert times == [remaining * size for size in others]
        if remaining:
            joint = selection.systematic_joint(others, remaining)
            assert [joint[place][place] for place in range(len(others))] == [
                Fraction(remaining * size, total) for size in others
            ]


@pytest.mark.parametrize("call", [
    lambda: selection.rfc3797("1./", 5, 6),
    lambda: selection.certain([1, 2], 3),
    lambda: selection.certain([1, 0], 1),
    lambda: selection.systematic([5, 1], 2, 0),
    lambda: selection.systematic([1, 1], 1, 2),
    lambda: selection.risk_size(10, "0"),
    lambda: selection.risk_size(-1),
    lambda: allocate([StratumPlan("a", 10, minimum=5)], 4),
    lambda: allocate([StratumPlan("a", 10, rate=1.5)], 4),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError):
        call()


def test_sizes_from_risk_are_exact_and_rounded_half_up() -> None:
    assert selection.risk_size(10, "1.5", Decimal("1.1"), Fraction(1, 3)) == 6  # 5.5
    assert selection.risk_size(0, 2) == 1
    assert selection.risk_size(7, 3) == 21
    with pytest.raises(TypeError):
        selection.risk_size(10, 1.5)  # type: ignore[arg-type]


# -- allocation ---------------------------------------------------------------------------------------------------


def test_whole_numbers_are_the_best_there_are() -> None:
    """Against trying every allocation."""
    strata = [StratumPlan("a", 40, 0.02), StratumPlan("b", 25, 0.3), StratumPlan("c", 8, 0.5, minimum=3)]

    def variance(n: tuple[int, ...]) -> float:
        return sum(s.count**2 * s.rate * (1 - s.rate) / k for s, k in zip(strata, n, strict=True))

    best = min((n for n in product(range(1, 41), range(1, 26), range(3, 9)) if sum(n) == 20), key=variance)
    found = allocate(strata, 20)
    assert tuple(found.n.values()) == best and found.cost == 20


def test_proportional_power_minimum_and_cost() -> None:
    strata = [StratumPlan("a", 1000), StratumPlan("b", 100), StratumPlan("c", 4)]
    assert allocate(strata, 111, "proportional").n == {"a": 100, "b": 10, "c": 1}
    even = allocate(strata, 44, "power", power=0).n
    assert even == {"a": 20, "b": 20, "c": 4}
    dear = [StratumPlan("a", 1000, cost=4), StratumPlan("b", 1000, cost=1)]
    found = allocate(dear, 600)
    assert found.n["b"] == pytest.approx(2 * found.n["a"], abs=3) and found.cost <= 600
    assert allocate([StratumPlan("a", 3, minimum=9)], 100).n == {"a": 3}
    assert allocate([], 5).n == {}


def test_the_expected_interval_narrows_with_n_and_is_open_where_nothing_is_drawn() -> None:
    strata = [StratumPlan("a", 500, 0.1), StratumPlan("b", 300, 0.05)]
    few, overall_few = expected(strata, {"a": 10, "b": 10})
    many, overall_many = expected(strata, {"a": 200, "b": 100})
    assert many["a"].half_width < few["a"].half_width and overall_many.half_width < overall_few.half_width
    assert overall_many.rate == pytest.approx((500 * 0.1 + 300 * 0.05) / 800)
    assert overall_many.half_width < min(many["a"].half_width, many["b"].half_width) * 1.5
    nothing, overall = expected(strata, {"a": 10, "b": 0})
    assert nothing["b"].interval == (0, 1) and overall.interval == (0, 1)
    everything, overall = expected(strata, {"a": 500, "b": 300})
    assert everything["a"].half_width == 0 and overall.half_width == 0
    unequal, _ = expected(strata, {"a": 10, "b": 10}, {"a": 2.0})
    assert unequal["a"].half_width > few["a"].half_width


def test_unequal_chances_cost_precision() -> None:
    assert weight_effect([Fraction(1, 4)] * 8) == 1
    assert weight_effect(selection.inclusion_probabilities([1, 1, 1, 1, 10, 10, 10, 10], 2)) > 1.5
    assert weight_effect([]) == 1
