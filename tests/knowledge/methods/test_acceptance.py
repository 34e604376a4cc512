"""Acceptance sampling against R's AcceptanceSampling, a list of 780 plans, and counting."""

from __future__ import annotations

import csv
import json
from itertools import combinations
from math import comb
from pathlib import Path

import numpy as np
import pytest

from tests.shared import shared
from zhiheng.knowledge.methods.acceptance import audits, lots, plans, variables
from zhiheng.knowledge.methods.acceptance.lots import Lot, Switching, step
from zhiheng.knowledge.methods.acceptance.plans import Plan, Stage, double, multiple, single
from zhiheng.knowledge.methods.acceptance.search import TwoPoints, find_single
from zhiheng.knowledge.methods.acceptance.sequential import Sequential, sequential

FOLDER = "data/methods/d_sampling"


# -- against others -----------------------------------------------------------------------------------------------


@pytest.mark.oracle
def test_operating_characteristics_agree_with_r() -> None:
    vectors = json.loads(shared(f"{FOLDER}/acceptance_oc.json").read_text())
    found = {}
    for name, one in vectors.items():
        if name == "find_plan":
            continue
        if name.startswith("var_"):
            found[name] = variables.accept(20, 1.5, one["pd"])
        elif isinstance(one["n"], list):
            found[name] = plans.accept(double(one["n"], one["c"], one["r"]), one["pd"])
        elif one["type"] == "hypergeom":
            found[name] = plans.accept(single(one["n"], one["c"]), one["D"], "hypergeometric", one["N"])
        else:
            found[name] = plans.accept(single(one["n"], one["c"]), one["pd"], one["type"])
    assert len(found) == 12
    for name, got in found.items():
        assert got == pytest.approx(np.array(vectors[name]["paccept"]), rel=1e-10, abs=0), name


@pytest.mark.oracle
def test_plans_for_two_points_agree_with_r() -> None:
    for one in json.loads(shared(f"{FOLDER}/acceptance_oc.json").read_text())["find_plan"]:
        points = TwoPoints(one["PRP"][0], one["CRP"][0], 1 - one["PRP"][1], one["CRP"][1])
        assert find_single(points) == single(one["n"], one["c"])


@pytest.mark.oracle
def test_all_780_plans_of_the_list() -> None:
    with shared(f"{FOLDER}/single_plans_normal_tightened_levelII.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 780
    wrong = []
    for row in rows:
        low, _, high = row["lot"].rstrip("+").partition("-")
        for lot in {int(low), int(high or low)}:
            _used, plan = lots.plan_by_letter(lots.letter_of(lot, row["level"]), row["aql"], row["plan"])  # type: ignore[arg-type]
            if plan.stages != (Stage(int(row["n"]), int(row["Ac"]), int(row["Re"])),):
                wrong.append((row, plan))
    assert wrong == []


@pytest.mark.oracle
def test_what_the_handbook_says_is_what_stands_here() -> None:
    import yaml

    book = yaml.safe_load(shared("handbook/acceptance-sampling.yaml").read_text(encoding="utf-8"))
    first = book["gbt2828_1"]
    assert "unverified" in first["status"]  # so they are checked against the transcription, below
    assert list(lots.LETTERS) == first["letters"]
    uppers = [upper for upper in first["code_letters"] if upper != "inf"]
    for upper, letters in first["code_letters"].items():
        lot = uppers[-1] + 1 if upper == "inf" else upper
        assert [lots.letter_of(lot, level) for level in lots.LEVELS] == letters
    assert [float(aql) for aql in lots.AQLS[:16]] == first["aql"]
    audit = book["gbt2828_4"]
    assert not audits.TABLE_VERIFIED and not audits.SMALL_VERIFIED
    told = audit["table_from_memory"].values()
    assert [{float(k): v for k, v in one.items()} for one in told] == list(audits.TABLE.values())


# -- against counting ---------------------------------------------------------------------------------------------


def test_a_lot_is_accepted_as_often_as_its_samples_are() -> None:
    """Every way to draw 3 and then 2 of a lot of 8, with 3 nonconforming ones among them."""
    plan = double((3, 2), (0, 1), (2, 2))
    good = total = seen = 0
    for first in combinations(range(8), 3):
        rest = [item for item in range(8) if item not in first]
        for second in combinations(rest, 2):
            total += 1
            one = sum(item < 3 for item in first)
            both = one + sum(item < 3 for item in second)
            good += one == 0 or (one == 1 and both <= 1)
            seen += 3 if one != 1 else 5
    found = plans.curve(plan, [3], "hypergeometric", 8)
    assert found.accept[0] == pytest.approx(good / total)
    assert found.asn[0] == pytest.approx(seen / total)


def test_a_double_plan_by_its_formula() -> None:
    plan, p = double((50, 100), (1, 4), (4, 5)), 0.03

    def exactly(n: int, x: int) -> float:
        return comb(n, x) * p**x * (1 - p) ** (n - x)

    first = exactly(50, 0) + exactly(50, 1)
    second = sum(exactly(50, d) * sum(exactly(100, x) for x in range(5 - d)) for d in (2, 3))
    found = plans.curve(plan, [p], lot=2000)
    assert found.accept[0] == pytest.approx(first + second, rel=1e-12)
    assert found.asn[0] == pytest.approx(50 + 100 * (exactly(50, 2) + exactly(50, 3)))
    passing = (first * 1950 + second * 1850) / 2000
    assert found.aoq[0] == pytest.approx(p * passing)
    assert found.ati[0] == pytest.approx(2000 - passing * 2000)


@pytest.mark.parametrize("kind", ["binomial", "poisson"])
def test_multiple_and_sequential_plans_against_drawing(kind: str) -> None:
    rng = np.random.default_rng(12)
    seven = multiple((20,) * 7, (-1, 0, 1, 2, 4, 6, 9), (3, 4, 5, 6, 8, 9, 10))
    step_by_step = sequential(TwoPoints(0.01, 0.06), kind).plan()  # type: ignore[arg-type]
    for plan in (seven, step_by_step):
        for p in (0.01, 0.04):
            found = plans.curve(plan, [p], kind)  # type: ignore[arg-type]
            turns = 20_000
            count = np.zeros(turns)
            open_ = np.ones(turns, dtype=bool)
            accepted = inspected = 0
            for stage in plan.stages:
                inspected += stage.n * int(open_.sum())
                more = (
                    rng.binomial(stage.n, p, turns) if kind == "binomial" else rng.poisson(stage.n * p, turns)
                )
                count += more
                accepted += int((open_ & (count <= stage.accept)).sum())
                open_ &= (count > stage.accept) & (count < stage.reject)
            assert not open_.any()
            assert found.accept[0] == pytest.approx(accepted / turns, abs=4 * 0.5 / turns**0.5)
            assert found.asn[0] == pytest.approx(inspected / turns, rel=0.03)


def test_a_large_lot_behaves_like_a_series_and_everything_is_a_probability() -> None:
    plan = double((80, 80), (2, 6), (5, 7))
    series = plans.curve(plan, [0.03]).accept[0]
    assert plans.accept(plan, [3000], "hypergeometric", 100_000)[0] == pytest.approx(series, abs=5e-4)
    found = plans.curve(plan, np.linspace(0, 1, 101), lot=5000)
    assert found.accept[0] == 1 and found.accept[-1] == 0
    assert np.all(np.diff(found.accept) <= 1e-12) and np.all(
        (found.accept >= 0) & (found.accept <= 1 + 1e-12)
    )
    assert np.all((found.asn >= 80 - 1e-9) & (found.asn <= 160))
    every = plans.accept(double((5, 5), (0, 2), (2, 3)), np.arange(21), "hypergeometric", 20)
    assert np.all(np.diff(every) <= 1e-12) and every[0] == pytest.approx(1) and every[-1] == 0


def test_the_limit_of_outgoing_quality() -> None:
    """Dodge and Romig's single plan n = 80, c = 2: the AOQL is y / n for a large lot, y = 1.371 (Schilling, table)."""
    limit, where = plans.aoql(single(80, 2), kind="poisson")
    assert limit * 80 == pytest.approx(1.371, abs=5e-4) and where * 80 == pytest.approx(2.27, abs=5e-3)
    assert plans.aoql(single(80, 2), 400)[0] < limit


def test_wald_lines_and_their_risks() -> None:
    points = TwoPoints(0.01, 0.06, 0.05, 0.10)
    found = sequential(points)
    # Wald's own example of the formulas: h = ln((1-α)/β) / ln(p2(1-p1)/(p1(1-p2))).
    assert (found.h_accept, found.h_reject, found.slope) == pytest.approx((1.2211, 1.5678, 0.02811), abs=1e-4)
    assert found.last == 165 and found.acceptance(43) == -1 and found.acceptance(44) == 0
    assert [found.rejection(n) for n in (1, 15, 16, 50, 51, 164)] == [2, 2, 3, 3, 4, 5]
    curve = plans.curve(found.plan(), [0.0, points.good, points.bad])
    assert curve.accept[1] > 1 - points.alpha and curve.accept[2] < points.beta * 1.05
    assert curve.asn[1] < find_single(points).n
    assert curve.accept[0] == 1 and curve.asn[0] == 44


def test_the_lines_agree_with_the_plan_made_of_them() -> None:
    for found in (sequential(TwoPoints(0.02, 0.1)), Sequential(0.5, 0.5, 0.1, 10, 1)):
        n = 0
        for stage in found.plan().stages:
            n += stage.n
            assert (stage.accept, stage.reject) == (found.acceptance(n), found.rejection(n))
        assert n == found.last


def test_a_plan_for_two_points_within_a_lot() -> None:
    found = find_single(TwoPoints(2, 20), "hypergeometric", 200)
    more = plans.accept(found, [2, 20], "hypergeometric", 200)
    assert more[0] >= 0.95 and more[1] <= 0.10
    smaller = single(found.n - 1, found.stages[0].accept)
    assert plans.accept(smaller, [20], "hypergeometric", 200)[0] > 0.10
    assert find_single(TwoPoints(1, 2), "hypergeometric", 10).n == 10


# -- GB/T 2828.1 --------------------------------------------------------------------------------------------------


def test_every_cell_of_the_transcribed_tables_but_the_doubtful_one() -> None:
    lines = Path(__file__).with_name("gbt2828_1_tables.txt").read_text(encoding="ascii").splitlines()
    differ, seen = [], 0
    for line in lines:
        if line.startswith("#"):
            continue
        severity, letter, *cells = line.split()
        for aql, cell in zip(lots.AQLS, cells, strict=True):
            seen += 1
            used, plan = lots.plan_by_letter(letter, aql, severity)  # type: ignore[arg-type]
            number = int(cell[1:])
            if (used, plan.stages[0].accept, plan.stages[0].reject) != (cell[0], number, number + 1):
                differ.append((letter, aql, severity))
    assert seen == 3 * 16 * 26 and differ == [lots.DOUBTFUL]


def test_reduced_inspection_takes_fewer_and_is_not_harder_on_bad_quality() -> None:
    for lot in (100, 1000, 20_000):
        for aql in lots.AQLS[6:15]:
            p = [2.5 * float(aql) / 100]
            normal, reduced = (lots.lot_plan(lot, aql, severity=s).plan for s in ("normal", "reduced"))
            assert reduced.n < normal.n
            assert plans.accept(reduced, p)[0] >= plans.accept(normal, p)[0]


def test_every_letter_and_aql_leads_to_a_plan() -> None:
    for severity in ("normal", "tightened", "reduced"):
        for letter in lots.LETTERS:
            for aql in lots.AQLS:
                used, plan = lots.plan_by_letter(letter, aql, severity)  # type: ignore[arg-type]
                assert used in lots._LETTERS and plan.n >= 2


def test_tightened_is_never_easier_on_bad_quality() -> None:
    for lot in (100, 1000, 20_000):
        for aql in lots.AQLS[6:15]:
            p = [2.5 * float(aql) / 100]
            easy, hard = (lots.lot_plan(lot, aql, severity=s).plan for s in ("normal", "tightened"))
            assert plans.accept(hard, p)[0] <= plans.accept(easy, p)[0] + 1e-12


def test_a_sample_as_large_as_the_lot_is_the_whole_lot() -> None:
    found = lots.lot_plan(40, "0.25")
    assert found.full and found.plan == single(40, 0) and found.verified
    assert not lots.lot_plan(8, "10", severity="tightened").verified
    assert not lots.lot_plan(51, "0.25").full and lots.lot_plan(50, "0.25").full
    found = lots.lot_plan(1000, "1.0")
    assert (found.letter, found.used, found.plan, found.full) == ("J", "J", single(80, 2), False)


@pytest.mark.parametrize("call", [
    lambda: lots.letter_of(1),
    lambda: lots.letter_of(10, "IV"),
    lambda: lots.plan_by_letter("I", "1.0"),
    lambda: lots.plan_by_letter("A", "1.1"),
    lambda: Plan(()),
    lambda: Plan((Stage(5, 1, 3),)),
    lambda: Plan((Stage(0, 1, 2),)),
    lambda: double((5, 5), (2, 1), (3, 2)),
    lambda: multiple((5, 5), (0,), (2, 1)),
    lambda: plans.curve(single(5, 0), [1.5]),
    lambda: plans.curve(single(5, 0), [float("nan")]),
    lambda: plans.curve(single(5, 0), [1], "hypergeometric"),
    lambda: plans.curve(single(5, 0), [1.5], "hypergeometric", 10),
    lambda: plans.curve(single(5, 0), [0.1], lot=4),
    lambda: TwoPoints(0.1, 0.05),
    lambda: TwoPoints(0.1, 0.2, 0.6, 0.6),
    lambda: find_single(TwoPoints(0.5, 1.0)),
    lambda: find_single(TwoPoints(0.00001, 0.0000101)),
    lambda: find_single(TwoPoints(0.05, 0.0501)),
    lambda: variables.accept(1, 1.5, [0.1]),
    lambda: variables.accept(5, 1.5, [0.0]),
    lambda: audits.audit(1.0, "IV"),
    lambda: audits.audit(0, "0"),
    lambda: audits.audit(50, "0"),
    lambda: audits.small_audit(10, 10),
    lambda: audits.small_audit(10, 5),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError):
        call()


def walk(*results: str, start: Switching | None = None, plan: Plan | None = None) -> list[str]:
    """States after each lot: ``+`` accepted, ``-`` not, ``!`` accepted with approval, ``?`` accepted, unsteady."""
    now, states = start or Switching(), []
    for result in "".join(results):
        now = step(
            now, Lot(result != "-", approved=result == "!", steady=result != "?"), plan or single(20, 1)
        )
        states.append(now.state)
    return states


def test_normal_becomes_tightened_at_two_of_five() -> None:
    assert walk("-+++-") == ["normal"] * 4 + ["tightened"]
    assert walk("-++++-") == ["normal"] * 6
    assert walk("--") == ["normal", "tightened"]
    assert walk("+++-++-")[-1] == "tightened"


def test_tightened_becomes_normal_at_five_and_stops_at_five() -> None:
    tight = Switching("tightened")
    assert walk("+++++", start=tight) == ["tightened"] * 4 + ["normal"]
    assert walk("++++-+++++", start=tight) == ["tightened"] * 9 + ["normal"]
    assert walk("-+-+-+-+-", start=tight)[-1] == "stopped"
    assert walk("-----", start=tight) == ["tightened"] * 4 + ["stopped"]
    assert walk("+++++", start=Switching("stopped")) == ["stopped"] * 5
    assert lots.resume(Switching("stopped")) == tight and lots.resume(tight) is tight
    # What was not accepted before tightened inspection began does not count.
    assert walk("--", "----")[-1] == "tightened"


def test_reduced_needs_score_steadiness_and_approval() -> None:
    assert walk("+" * 14 + "!") == ["normal"] * 14 + ["reduced"]
    assert walk("!" * 14)[-1] == "normal"
    assert walk("+" * 20)[-1] == "normal"
    assert walk("+" * 7 + "-" + "+" * 14 + "!")[-2:] == ["normal", "reduced"]
    assert walk("+-", start=Switching("reduced")) == ["reduced", "normal"]
    assert walk("?", start=Switching("reduced")) == ["normal"]


def test_the_score_of_larger_acceptance_numbers_asks_for_the_tighter_one() -> None:
    assert lots.tighter_number("J", "1.0") == 1 and lots.tighter_number("J", "0.65") is None
    plan = single(80, 2)
    assert lots.score_after(10, plan, 1, Lot(True, found=1)) == 13
    assert lots.score_after(10, plan, 1, Lot(True, found=2)) == 0
    assert lots.score_after(10, plan, 1, Lot(False, found=3)) == 0
    assert lots.score_after(10, single(13, 0), None, Lot(True)) == 12


# -- audits -------------------------------------------------------------------------------------------------------


def test_an_audit_keeps_its_risk_and_one_item_more_would_not() -> None:
    for level, row in audits.TABLE.items():
        for declared, n in row.items():
            found = audits.audit(declared, level)
            assert found.table is not None and found.table.n == n and not found.table.verified
            assert found.table.alpha <= found.computed.alpha <= 0.05 and n <= found.computed.n
            limit = found.computed.limit
            more = plans.accept(single(found.computed.n + 1, limit), [declared / 100])[0]
            assert 1 - more > 0.05
            assert plans.accept(single(n, limit), [found.table.worst])[0] == pytest.approx(0.10)
            assert found.table.ratio == pytest.approx(found.table.worst / declared * 100)
    assert audits.audit(3.3, "I").table is None


def test_a_small_population_is_audited_by_counting() -> None:
    found = audits.small_audit(100, 1)
    assert (found.n, found.limit, found.alpha) == (5, 0, pytest.approx(0.05))
    assert found.worst is not None and not found.verified
    assert plans.accept(single(5, 0), [found.worst], "hypergeometric", 100)[0] <= 0.10
    assert plans.accept(single(5, 0), [found.worst - 1], "hypergeometric", 100)[0] > 0.10
    assert audits.small_audit(20, 0).n == 20
    assert audits.rejected(1, 0) and not audits.rejected(0, 0)
