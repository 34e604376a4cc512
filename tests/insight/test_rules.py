"""From counts to figures: weights, nonresponse, when there is a number."""

import csv
import random

import numpy as np
import pytest

from tests.shared import shared
from zhiheng.insight import rules
from zhiheng.insight.rules import Cell, figure
from zhiheng.knowledge.methods.differences import difference
from zhiheng.knowledge.methods.intervals import beta_interval
from zhiheng.knowledge.methods.rates import Rate

A, B = (1, "440100"), (1, "440300")


def rate(p: float, low: float, high: float, effective: float = 50.0) -> Rate:
    return Rate(p, low, high, 50, 1, 50, effective, 1.0, 0.95)


def test_equal_chances_without_strata_give_the_plain_share():
    one = figure([Cell(A, 0.1, "passed", 90), Cell(A, 0.1, "failed", 10)])
    assert one.rate and one.rate.rate == pytest.approx(0.9)
    assert one.rate.low < 0.9 < one.rate.high
    assert (one.checked, one.failed, one.drawn, one.strata, one.why) == (100, 10, 100, 1, "")


def test_a_failure_that_was_likely_to_be_drawn_weighs_less():
    one = figure([Cell(A, 0.1, "passed", 50), Cell(A, 0.5, "failed", 50)])
    assert one.rate and one.rate.rate == pytest.approx(500 / 600)


def test_who_was_not_checked_is_counted_apart_and_stood_for_by_those_of_the_stratum():
    cells = [
        Cell(A, 0.1, "passed", 30), Cell(A, 0.1, "failed", 10), Cell(A, 0.1, "refused", 30), Cell(A, 0.1, "nothing", 10),
        Cell(B, 0.1, "passed", 40), Cell(B, 0.1, "pending", 40),
    ]  # fmt: skip
    one = figure(cells)
    # Each stratum stands for 800: 75 % of one and 100 % of the other pass, whoever answered.
    assert one.rate and one.rate.rate == pytest.approx((0.75 + 1.0) / 2)
    assert one.nonresponse == pytest.approx(80 / 160)
    assert one.worst and one.worst.rate == pytest.approx((30 / 70 + 1.0) / 2)
    assert one.worst.rate < one.rate.low


def test_a_stratum_where_nobody_was_checked_is_said_to_be_missing():
    one = figure([Cell(A, 0.1, "passed", 60), Cell(B, 0.2, "refused", 40)])
    assert one.strata == 1
    assert one.unheard == pytest.approx(200 / 800)


@pytest.mark.parametrize(("passed", "failed"), [(40, 0), (0, 40)])
def test_no_failure_and_nothing_but_failures_have_an_interval_too(passed, failed):
    one = figure([Cell(A, 0.1, "passed", passed), Cell(A, 0.1, "failed", failed)])
    assert one.rate is not None
    ends = beta_interval(passed, 40)
    assert one.rate.low <= ends.low + 1e-9 and one.rate.high >= ends.high - 1e-9
    assert one.rate.high - one.rate.low > 0.05


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ([], "nothing"),
        ([Cell(A, 0.1, "refused", 5)], "nothing"),
        ([Cell(A, 0.1, "passed", 60), Cell(A, None, "passed", 1)], "no_probabilities"),
        ([Cell(A, 0.1, "passed", 9)], "too_few"),
    ],
)
def test_where_the_design_supports_no_number_it_says_so(cells, why):
    one = figure(cells)
    assert (one.rate, one.why) == (None, why)


def test_everybody_drawn_and_checked_leaves_nothing_to_chance():
    one = figure([Cell(A, 1.0, "passed", 5), Cell(A, 1.0, "failed", 1)])
    assert one.census and one.rate and one.rate.low == one.rate.high == pytest.approx(5 / 6)
    partly = figure([Cell(A, 1.0, "passed", 50), Cell(A, 1.0, "failed", 1), Cell(A, 1.0, "refused", 9)])
    assert not partly.census and partly.rate and partly.rate.low < partly.rate.high


def test_weights_of_the_rows_add_up_to_the_population():
    cells = [Cell(A, 0.25, "passed", 30), Cell(A, 0.25, "nothing", 10), Cell(B, 0.5, "refused", 4)]
    assert rules.raised(cells) == {A: pytest.approx(4 / 3), B: 0.0}


def test_the_interval_of_a_difference_is_that_of_newcombe():
    # Newcombe (1998), table II, case (a): 56/70 and 48/80, method 10 with Wilson's intervals.
    from zhiheng.knowledge.methods.intervals import wilson

    a, b = (rate(x / n, *wilson(x, n)) for x, n in ((56, 70), (48, 80)))
    found = difference(a, b)
    assert (found.low, found.high) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))
    again = difference(b, a)
    assert (again.low, again.high) == (pytest.approx(-found.high), pytest.approx(-found.low))


def test_the_interval_of_a_difference_covers_the_difference():
    rng, covered = np.random.default_rng(3), 0
    for _time in range(1000):
        x, y = rng.binomial(60, 0.95), rng.binomial(90, 0.88)
        a, b = rate(x / 60, *beta_interval(x, 60)), rate(y / 90, *beta_interval(y, 90))
        found = difference(a, b)
        covered += found.low <= 0.07 <= found.high
    assert covered >= 940


def test_small_areas_are_drawn_to_the_mean_the_more_the_less_they_know():
    rng = random.Random(1)
    direct = {}
    for n in range(20):
        size = 8 if n % 2 else 200
        p = sum(rng.random() < 0.9 + 0.06 * (n % 3 - 1) for _ in range(size)) / size
        direct[str(n)] = rate(p, 0, 1, size)
    direct["none"] = None
    found = rules.small_areas(direct)
    assert "none" not in found
    assert all(found[str(n)].share > found[str(n + 1)].share for n in range(0, 20, 2))
    assert all(0 <= one.low <= one.rate <= one.high <= 1 for one in found.values())
    assert rules.small_areas(dict(list(direct.items())[:7])) == {}


@pytest.mark.parametrize(
    ("low", "high", "says"), [(0.94, 0.99, "met"), (0.8, 0.92, "missed"), (0.9, 0.95, "open")]
)
def test_a_target_is_met_or_missed_only_by_the_whole_interval(low, high, says):
    assert rules.against(low, high, 0.93) == says


@pytest.mark.oracle
def test_published_results_give_the_published_share():
    """Arithmetic only: the notices say how many batches there were and how many failed, not how they were drawn."""
    with shared("data/real/spotcheck/product_group_results.csv").open(encoding="utf-8-sig") as file:
        rows = [r for r in csv.DictReader(file) if r["batches"].isdigit() and r["nonconforming"].isdigit()]
    assert len(rows) > 20
    for row in rows:
        n, x = int(row["batches"]), int(row["nonconforming"])
        if n >= 20 and 0 < x < n:
            one = figure([Cell(A, 0.01, "passed", n - x), Cell(A, 0.01, "failed", x)])
            assert one.rate is None or one.rate.rate == pytest.approx(1 - x / n)
