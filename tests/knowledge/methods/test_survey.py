"""Surveys against R's survey and sae packages, and what their properties demand."""

from __future__ import annotations

import csv
import json
from typing import Any

import numpy as np
import pytest

from tests.shared import shared
from zhiheng.knowledge.methods.intervals import beta_interval, wilson, wilson_corrected
from zhiheng.knowledge.methods.rates import pass_rate, rate_interval
from zhiheng.knowledge.methods.small_area import fay_herriot
from zhiheng.knowledge.methods.survey import Design, by, design, mean, ratio, total

FOLDER = "data/methods/d_sampling"
#: The vectors hold 12 decimal places, as printed by R.
CLOSE = {"rel": 1e-11, "abs": 1e-11}


def rows(name: str) -> list[dict[str, str]]:
    with shared(f"{FOLDER}/{name}").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def column(table: list[dict[str, str]], name: str) -> Any:
    return np.array([float(row[name]) for row in table])


def reference() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(shared(f"{FOLDER}/survey_reference.json").read_text())
    return found


def schools(kind: str) -> tuple[Design, list[dict[str, str]]]:
    table = rows(f"api{kind}.csv")
    strata = [row["stype"] for row in table] if kind == "strat" else None
    return design(column(table, "pw"), strata=strata, population=column(table, "fpc")), table


@pytest.mark.oracle
@pytest.mark.parametrize("kind", ["srs", "strat"])
def test_estimates_agree_with_r(kind: str) -> None:
    wanted = reference()[kind]
    sample, table = schools(kind)
    found = mean(sample, column(table, "api00"))
    assert (found.value, found.se, found.deff) == pytest.approx(
        (wanted["mean_api00"], wanted["se"], wanted["deff"]), **CLOSE
    )
    found = total(sample, column(table, "enroll"))
    assert (found.value, found.se, found.deff) == pytest.approx(
        (wanted["total_enroll"], wanted["total_se"], wanted["total_deff"]), **CLOSE
    )
    found = ratio(sample, column(table, "api.stu"), column(table, "enroll"))
    assert (found.value, found.se) == pytest.approx(
        (wanted["ratio_apistu_enroll"], wanted["ratio_se"]), **CLOSE
    )
    groups = by(sample, [row["stype"] for row in table], column(table, "api00"))
    assert [(name, one.value, one.se) for name, one in groups.items()] == [
        (one["stype"], pytest.approx(one["mean"], **CLOSE), pytest.approx(one["se"], **CLOSE))
        for one in wanted["by_stype"]
    ]


@pytest.mark.oracle
@pytest.mark.parametrize("kind", ["srs", "strat"])
def test_shares_and_their_intervals_agree_with_r(kind: str) -> None:
    wanted = reference()[kind]
    sample, table = schools(kind)
    found = mean(sample, [row["sch.wide"] == "Yes" for row in table])
    assert (found.value, found.se, found.deff) == pytest.approx(
        (wanted["prop_schwide"], wanted["prop_se"], wanted["prop_deff"]), **CLOSE
    )
    low, high = wanted["svyciprop"]
    for method in ("beta", "mean"):
        assert rate_interval(found, method) == pytest.approx((low[method], high[method]), **CLOSE)
    assert rate_interval(found, "logit") == pytest.approx((low["xlogit"], high["xlogit"]), abs=1e-9)
    # R profiles the likelihood at a few points and puts a spline through them.
    assert rate_interval(found, "likelihood") == pytest.approx(
        (low["likelihood"], high["likelihood"]), abs=5e-6
    )


@pytest.mark.oracle
def test_brewers_variance_agrees_with_r() -> None:
    table, wanted = rows("election_pps.csv"), reference()["election_pps_brewer"]
    sample = design(column(table, "wt"), probabilities=column(table, "p"))
    for place, name in enumerate(("Bush", "Kerry", "Nader")):
        found = total(sample, column(table, name))
        assert found.value == pytest.approx(wanted["est"][name], rel=1e-11)
        assert found.se == pytest.approx(wanted["se"][place], rel=1e-11)


@pytest.mark.oracle
def test_intervals_of_counts_agree_with_r() -> None:
    for one in reference()["binom"]:
        x, n = one["x"], one["n"]
        assert wilson(x, n) == pytest.approx(one["wilson"], **CLOSE)
        assert wilson(x, n) == pytest.approx(one["wilson_closed"], **CLOSE)
        assert wilson_corrected(x, n) == pytest.approx(one["wilson_cc"], **CLOSE)
        assert beta_interval(x, n) == pytest.approx(one["clopper"], **CLOSE)


@pytest.mark.oracle
def test_fay_herriot_agrees_with_r() -> None:
    table, wanted = rows("sae_milk.csv"), reference()["sae_milk_FH_REML"]
    area = column(table, "MajorArea")
    x = np.column_stack([np.ones(len(area)), *(area == level for level in (2, 3, 4))])
    found = fay_herriot(column(table, "yi"), column(table, "v"), x)
    # R stops when the variance moves by less than 0.0001 of itself; ours goes on, so the difference is its own.
    assert found.refvar == pytest.approx(wanted["refvar"], rel=1e-4)
    assert found.beta == pytest.approx(wanted["beta"], abs=1e-6)
    assert found.eblup == pytest.approx(wanted["eblup"], abs=2e-6)
    assert found.mse == pytest.approx(wanted["mse"], rel=2e-5)


# -- what must hold -----------------------------------------------------------------------------------------------


def test_clusters_drawn_whole_count_as_their_totals() -> None:
    rng = np.random.default_rng(3)
    y = rng.normal(size=(12, 4))
    flat = design(np.full(48, 5.0), clusters=np.repeat(np.arange(12), 4))
    summed = design(np.full(12, 5.0))
    assert total(flat, y.ravel()).se == pytest.approx(total(summed, y.sum(axis=1)).se)
    assert flat.df == 11


def test_clusters_of_the_same_name_in_two_strata_are_two() -> None:
    sample = design(np.ones(4), strata=[0, 0, 1, 1], clusters=["a", "b", "a", "b"])
    assert len(np.unique(sample.clusters)) == 4 and sample.df == 2


def test_certainty_units_have_no_variance_and_everybody_checked_has_none_at_all() -> None:
    y = np.array([1.0, 5.0, 2.0, 3.0])
    chances = np.array([1.0, 1.0, 0.5, 0.5])
    both = design(1 / chances, probabilities=chances)
    only = design([2.0, 2.0], probabilities=[0.5, 0.5])
    assert total(both, y).se == pytest.approx(total(only, y[2:]).se)
    everybody = design(np.ones(4), population=4)
    assert mean(everybody, y).se == 0
    found = pass_rate(everybody, [1, 0, 1, 1])
    assert (found.rate, found.low, found.high) == (0.75, 0.75, 0.75)


def test_a_stratum_with_one_cluster_does_not_vanish() -> None:
    sample = design(np.ones(3), strata=[0, 0, 1])
    assert total(sample, [1.0, 2.0, 9.0]).se > total(design([1.0, 1.0]), [1.0, 2.0]).se


def test_domains_keep_the_design() -> None:
    """The size of a domain is itself a matter of chance: its mean varies more than among those it happened to have."""
    sample = design(np.full(6, 10.0))
    part = total(sample, np.ones(6), [1, 1, 1, 0, 0, 0])
    assert part.value == 30 and part.se > 0 and part.n == 3
    with pytest.raises(ValueError, match="divide"):
        mean(sample, np.ones(6), np.zeros(6))


@pytest.mark.parametrize("call", [
    lambda: design([1.0, 0.0]),
    lambda: design([1.0, 2.0], strata=[1]),
    lambda: design([1.0, 2.0], population=1),
    lambda: design([1.0], probabilities=[1.5]),
    lambda: design([1.0], probabilities=[0.5], population=3),
    lambda: mean(design([1.0, 1.0]), [1.0]),
    lambda: mean(design([1.0, 1.0]), [1.0, float("nan")]),
    lambda: mean(design([1.0, 1.0]), [1.0, 1.0], [True]),
    lambda: by(design([1.0]), [1, 2], [1.0]),
    lambda: pass_rate(design([1.0, 1.0]), [0.5, 1.0]),
    lambda: pass_rate(design([1.0, 1.0]), [0.0, 1.0], level=1.0),
    lambda: wilson(3, 2),
    lambda: rate_interval(mean(design([1.0, 1.0]), [1.0, 1.0])),
    lambda: fay_herriot([1.0, 2.0], [1.0, 0.0], [[1.0], [1.0]]),
    lambda: fay_herriot([1.0, 2.0, 3.0], [1.0] * 3, [[1.0, 2.0]] * 3),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError):
        call()


def test_without_variance_between_areas_the_model_speaks_alone() -> None:
    found = fay_herriot([1.0, 1.01, 0.99, 1.0], [1.0] * 4, np.ones((4, 1)))
    assert found.refvar == 0 and found.eblup == pytest.approx(np.full(4, 1.0))


# -- the pass rate ------------------------------------------------------------------------------------------------


def test_a_simple_sample_gets_clopper_and_pearson() -> None:
    for failed in (0, 3, 50):
        passed = np.arange(50) >= failed
        found = pass_rate(design(np.full(50, 200.0)), passed)
        assert (found.low, found.high) == pytest.approx(tuple(beta_interval(50 - failed, 50)), abs=2e-3)
        assert (found.n, found.failed, found.clusters) == (50, failed, 50)


def test_where_nothing_failed_a_firm_counts_once() -> None:
    firms = np.repeat(np.arange(20), 5)
    found = pass_rate(design(np.full(100, 10.0), clusters=firms), np.ones(100))
    assert found.effective == pytest.approx(20) and found.high == 1 and 0.8 < found.low < 0.84


def test_nothing_checked_says_nothing_and_one_says_little() -> None:
    nothing = pass_rate(design(np.ones(3)), np.ones(3), np.zeros(3))
    assert (nothing.rate, nothing.low, nothing.high, nothing.n) == (None, 0, 1, 0)
    one = pass_rate(design([7.0]), [1])
    assert one.rate == 1 and one.low == pytest.approx(0.025) and one.high == 1
    alone = pass_rate(design([1.0] * 4, clusters=[0] * 4), [1, 0, 1, 0])
    assert alone.low < 0.05 and alone.high > 0.95


def test_the_interval_always_holds_the_rate_and_stays_within_0_and_1() -> None:
    rng = np.random.default_rng(8)
    for _ in range(300):
        n = int(rng.integers(1, 40))
        sample = design(
            rng.lognormal(size=n) + 1, strata=rng.integers(0, 3, n), clusters=rng.integers(0, 9, n)
        )
        found = pass_rate(sample, rng.random(n) < rng.random(), rng.random(n) < 0.8)
        if found.rate is not None:
            assert 0 <= found.low <= found.rate + 1e-12 and found.rate <= found.high + 1e-12 <= 1 + 1e-11
            assert 0 < found.effective <= n + 1e-9
