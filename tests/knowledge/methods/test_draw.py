"""The verifiable draw: repeated by an independent script, fair, and every way to cheat is noticed."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import chi2
from typer.testing import CliRunner

from tests.knowledge.methods import repeat_draw
from zhiheng.cli import app
from zhiheng.knowledge.methods import draw as house
from zhiheng.knowledge.methods.draw import (
    Absent,
    Candidate,
    Conflict,
    DrawFile,
    DrawList,
    Excluded,
    Inspectors,
    MethodError,
    Stratum,
)

COMMITTED = datetime.fromisoformat("2026-03-02T10:00:00+08:00")
DUE = datetime.fromisoformat("2026-03-05T21:15:00+08:00")
KNOWN = DUE + timedelta(minutes=5)
EXAMPLE = DrawList(
    title="2026年第一季度儿童玩具监督抽查",
    source="中国福利彩票双色球第2026025期：红球六个号码由小到大，各两位数字，再写蓝球，以一个空格分隔",
    due=DUE.isoformat(),
    strata=(Stratum("4401", 2), Stratum("4403", 1)),
    candidates=(
        Candidate("toy-001", "4401", 40),
        Candidate("toy-002", "4401", 3),
        Candidate("toy-003", "4401", 5),
        Candidate("toy-004", "4401", 2),
        Candidate("toy-005", "4403", 7),
        Candidate("toy-006", "4403", 4),
        Candidate("toy-007", "4403", 4),
    ),
    excluded=(Excluded("toy-008", "4403", "checked_within_six_months"),),
    inspectors=Inspectors(
        2,
        ("11", "12", "13", "14", "15"),
        (Absent("14", "leave"),),
        (Conflict("12", "toy-001", "relative"),),
    ),
)
DOCS = Path(__file__).resolve().parents[3] / "docs/draw.md"


def drawn(draw_list: DrawList = EXAMPLE, value: str = "03 08 15 22 27 31 06") -> DrawFile:
    return house.draw(house.commit(draw_list, COMMITTED), value, KNOWN)


def random_list(seed: int) -> DrawList:
    dice = random.Random(seed)
    strata, candidates, excluded = [], [], []
    for number in range(dice.randint(1, 4)):
        size = dice.randint(0, 25)
        strata.append(Stratum(f"S{number}", dice.randint(0, size)))
        for _ in range(size):
            weight = dice.choice([1, 1, dice.randint(1, 9), dice.randint(1, 1000)])
            candidates.append(Candidate(f"C{dice.randrange(10**9)}", f"S{number}", weight))
        if dice.random() < 0.3:
            excluded.append(Excluded(f"X{number}", f"S{number}", "closed"))
    pool = tuple(str(number) for number in dice.sample(range(1, 1000), 12))
    away = tuple(Absent(number, "leave") for number in dice.sample(pool, 2))
    conflicts = tuple(
        Conflict(number, one.id, "relative")
        for one in candidates
        if dice.random() < 0.2
        for number in dice.sample(pool, dice.randint(1, 8))
    )
    dice.shuffle(candidates)
    return DrawList(
        f"抽查 {seed}", "一个公开的随机数", DUE.isoformat(), tuple(strata), tuple(candidates), tuple(excluded),
        Inspectors(dice.randint(0, 2), pool, away, conflicts),
    )  # fmt: skip


# -- the example of the documentation -----------------------------------------------------------------------------


def test_the_worked_example_of_the_documentation_is_true() -> None:
    text = DOCS.read_text(encoding="utf-8")
    file = drawn()
    assert file.commitment is not None and file.value is not None
    assert house.canonical(EXAMPLE).decode() in text
    seed = house.seed_of(file.commitment.hash, file.value.text)
    assert f"`{file.commitment.hash}`" in text and f"`{seed}`" in text
    for stratum in EXAMPLE.strata:
        sizes = {c.id: c.size for c in EXAMPLE.candidates if c.stratum == stratum.id}
        assert f"`{house.digest(seed, 'start', stratum.id, '0')}`" in text
        for one in house.placed(stratum.id, stratum.n, sizes, seed):
            assert one.begin is None or f"`{one.key[:8]}…`" in text
    for one in file.result or ():
        row = f"| {one.stratum} | {one.id} | {one.probability} | {', '.join(one.inspectors)} |"
        assert row in text
        assert f"`{house.digest(seed, 'subject', one.id)[:8]}…`" in text


# -- repeated by others -------------------------------------------------------------------------------------------


def test_a_script_written_from_the_documentation_alone_comes_to_the_same() -> None:
    for seed in range(300):
        file = drawn(random_list(seed), f"value {seed}")
        document = json.loads(house.dump(file))
        assert list(repeat_draw.differences(document)) == []
        assert document["result"] == repeat_draw.repeat(document)
        assert house.verify(house.dump(file)) == []


def test_the_independent_script_imports_nothing_of_ours() -> None:
    assert "zhiheng" not in Path(repeat_draw.__file__).read_text().replace('"zhiheng-draw-1"', "")


def test_the_order_of_the_lists_rows_changes_nothing() -> None:
    other = DrawList(
        EXAMPLE.title, EXAMPLE.source, EXAMPLE.due, EXAMPLE.strata[::-1], EXAMPLE.candidates[::-1],
        EXAMPLE.excluded, Inspectors(2, EXAMPLE.inspectors.pool[::-1], *_rest()),
    )  # fmt: skip
    assert drawn(other).result == drawn().result
    assert house.list_hash(other) == house.list_hash(EXAMPLE)


def _rest() -> tuple[tuple[Absent, ...], tuple[Conflict, ...]]:
    return EXAMPLE.inspectors.absent, EXAMPLE.inspectors.conflicts


def test_a_draw_of_many_thousand_is_quick_and_each_stratum_gets_its_number() -> None:
    candidates = tuple(Candidate(f"c{row}", f"s{row % 21}", row % 97 + 1) for row in range(20_000))
    strata = tuple(Stratum(f"s{number}", 40) for number in range(21))
    file = drawn(DrawList("大", "值", DUE.isoformat(), strata, candidates))
    assert Counter(one.stratum for one in file.result or ()) == {s.id: 40 for s in strata}


# -- fair ---------------------------------------------------------------------------------------------------------


def test_over_ten_thousand_draws_everybody_is_drawn_as_often_as_stated() -> None:
    """χ² over the candidates of a stratum, with the right scale for a fixed number drawn, and z of each one."""
    turns = 10_000
    draw_list = DrawList(
        "公平", "值", DUE.isoformat(),
        (Stratum("a", 3), Stratum("b", 4), Stratum("c", 2)),
        (
            *(Candidate(f"a{row}", "a", size) for row, size in enumerate([1, 2, 3, 4, 5, 6, 7, 8, 40])),
            *(Candidate(f"b{row}", "b", 1) for row in range(11)),
            *(Candidate(f"c{row}", "c", size) for row, size in enumerate([10, 9, 1, 1, 1, 5, 5])),
        ),
        (), Inspectors(2, tuple(str(number) for number in range(1, 8)), (Absent("3", "leave"),)),
    )  # fmt: skip
    stated = house.probabilities(draw_list)
    often: Counter[str] = Counter()
    sent: Counter[str] = Counter()
    for turn in range(turns):
        loads: Counter[str] = Counter()
        for one in house.select(draw_list, house.seed_of("fairness", str(turn))):
            often[one.id] += 1
            assert Fraction(one.probability) == stated[one.id] and len(set(one.inspectors)) == 2
            loads.update(one.inspectors)
        assert "3" not in loads and max(loads.values()) - min(loads.values()) <= 1 and len(loads) == 6
        sent.update(loads)
    uncertain = {one: float(p) for one, p in stated.items() if p < 1}
    assert all(often[one] == turns for one in stated if one not in uncertain)
    z = {one: (often[one] - turns * p) / sqrt(turns * p * (1 - p)) for one, p in uncertain.items()}
    assert max(map(abs, z.values())) < 4, z
    for stratum in "abc":
        # Sampson's form: for n of N equal chances the sum of z² has mean N, and N - 1 degrees of freedom when scaled.
        values = [one**2 for key, one in z.items() if key[0] == stratum]
        assert sum(values) * (len(values) - 1) / len(values) < chi2.ppf(0.9999, len(values) - 1)
    mean = sum(sent.values()) / len(sent)
    assert all(abs(times - mean) < 4 * sqrt(turns) for times in sent.values()), sent


def test_with_conflicts_nobody_is_sent_where_they_must_not_go() -> None:
    for seed in range(100):
        draw_list = random_list(seed)
        barred = {(c.inspector, c.candidate) for c in draw_list.inspectors.conflicts}
        away = {a.id for a in draw_list.inspectors.absent}
        for one in drawn(draw_list, "v").result or ():
            assert len(one.inspectors) == draw_list.inspectors.per_subject
            assert not away & set(one.inspectors)
            assert not {(number, one.id) for number in one.inspectors} & barred


# -- what is refused and what is noticed --------------------------------------------------------------------------


def changed(path: str, value: Any) -> dict[str, Any]:
    document = json.loads(house.dump(drawn()))
    *way, last = path.split(".")
    place = document
    for name in way:
        place = place[int(name) if name.isdigit() else name]
    place[int(last) if last.isdigit() else last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("format", "zhiheng-draw-2", "wrong_format"),
        ("list.candidates.1.size", 4, "hash_differs"),
        ("list.title", "另一次抽查", "hash_differs"),
        ("list.source", "另一个随机数", "hash_differs"),
        ("list.strata.0.n", 1, "hash_differs"),
        ("list.excluded", [], "hash_differs"),
        ("list.inspectors.conflicts", [], "hash_differs"),
        ("value.text", "03 08 15 22 27 31 07", "not_drawn"),
        ("value.text", "03 08  15", "bad_text"),
        ("value.text", "", "bad_length"),
        ("value.text", "9" * 501, "bad_length"),
        ("value.known_at", "2026-03-05T21:00:00+08:00", "value_early"),
        ("value.known_at", "yesterday", "bad_time"),
        ("commitment.at", "2026-03-05T21:15:00+08:00", "committed_late"),
        ("commitment.at", "2026-03-05T13:15:00Z", "committed_late"),
        ("commitment.at", "2026-02-30T10:00:00+08:00", "bad_time"),
        ("commitment", None, "no_commitment"),
        ("value", None, "no_value"),
        ("result", None, "no_result"),
        ("result", [], "not_listed"),
        ("result.0.probability", "1/2", "probability_differs"),
        ("result.0.inspectors", ["11", "13"], "inspectors_differ"),
        ("result.0.stratum", "4403", "stratum_differs"),
        ("result.0.id", "toy-004", "not_drawn"),
        ("list.candidates.0.id", "toy-002", "duplicate_id"),
        ("list.candidates.0.id", "张三", "bad_id"),
        ("list.candidates.0.id", "11010519491231002X", "personal_id"),
        ("list.candidates.0.id", "13812345678", "personal_id"),
        ("list.candidates.0.stratum", "9", "unknown_stratum"),
        ("list.candidates.0.size", 0, "bad_size"),
        ("list.candidates.0.size", 1.5, "malformed"),
        ("list.candidates.0.name", "某厂", "malformed"),
        ("list.strata.0.n", 5, "bad_n"),
        ("list.strata.0.n", -1, "bad_n"),
        ("list.excluded.0.reason", "Out of season", "bad_id"),
        ("list.inspectors.pool.0", "0011", "bad_id"),
        ("list.inspectors.absent.0.id", "99", "unknown_id"),
        ("list.inspectors.conflicts.0.candidate", "toy-999", "unknown_id"),
        ("list.inspectors.per_subject", 5, "too_few_inspectors"),
        ("list.inspectors.per_subject", 4, "too_few_inspectors"),
        ("list.inspectors.per_subject", -1, "bad_n"),
    ],
)  # fmt: skip
def test_whatever_is_changed_afterwards_is_noticed(path: str, value: Any, code: str) -> None:
    found = house.verify(changed(path, value))
    code = code.replace("inspectors_differ", "inspectors_differs")
    assert code in [fault.code for fault in found], found
    for fault in found:
        assert fault.message and fault.remedy and "{" not in fault.message + fault.remedy


def test_a_result_in_another_order_is_noticed() -> None:
    document = json.loads(house.dump(drawn()))
    document["result"].reverse()
    assert [fault.code for fault in house.verify(document)] == ["order_differs"]
    document["result"].append(document["result"][0])
    assert "not_drawn" in [fault.code for fault in house.verify(document)]


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b'{"format": 1}', b"\xff\xfe", b'{"list": {"due": "\\ud800"}}']
)
def test_what_is_no_draw_file_is_one_fault(text: bytes) -> None:
    assert [fault.code for fault in house.verify(text)] == ["malformed"]


def test_a_list_with_faults_is_not_committed_and_a_late_one_neither() -> None:
    with pytest.raises(MethodError) as caught:
        house.commit(DrawList("a", "b", "c", (Stratum("s", 2),), (Candidate("x", "t", 0),)), COMMITTED)
    assert {fault.code for fault in caught.value.faults} == {
        "bad_time", "bad_n", "unknown_stratum", "bad_size",
    }  # fmt: skip
    with pytest.raises(MethodError, match="published"):
        house.commit(EXAMPLE, DUE)
    with pytest.raises(MethodError, match="before it was due"):
        house.draw(house.commit(EXAMPLE, COMMITTED), "1", DUE - timedelta(seconds=1))


def test_texts_are_brought_into_canonical_form_when_the_list_is_committed() -> None:
    file = house.commit(DrawList(" Cafe\u0301 \n 1 ", "b", DUE.isoformat(), (), ()), COMMITTED)
    assert file.list.title == "Café 1"
    assert house.draw(file, " 1  2 ", KNOWN).result == ()


# -- the command line ---------------------------------------------------------------------------------------------


def call(*arguments: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200", "TERM": "dumb"})
    return found.exit_code, found.output


def test_the_command_line_verifies_repeats_and_hashes(tmp_path: Path) -> None:
    path = tmp_path / "draw.json"
    path.write_bytes(house.dump(drawn()))
    status, output = call("draw", "verify", str(path))
    assert status == 0 and output.count("✓") == 5
    status, output = call("draw", "verify", str(path), "--json")
    assert status == 0 and json.loads(output)["ok"] is True
    path.write_text(json.dumps(changed("result", None)), encoding="utf-8")
    status, output = call("draw", "run", str(path))
    assert status == 0 and house.load(output) == drawn()
    status, output = call("draw", "hash", str(path))
    assert output.strip() == house.list_hash(EXAMPLE)


def test_the_command_line_ends_with_1_and_says_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "draw.json"
    path.write_text(json.dumps(changed("list.candidates.1.size", 300)), encoding="utf-8")
    status, output = call("draw", "verify", str(path))
    assert status == 1 and "✗ The published hash" in output and "commitment.hash" in output
    path.write_text(json.dumps(changed("list.strata.0.n", 300)), encoding="utf-8")
    status, output = call("draw", "verify", str(path))
    assert status == 1 and "– Who was drawn" in output
    assert call("draw", "run", str(path))[0] == 1
    path.write_text("[]", encoding="utf-8")
    for command in ("verify", "run", "hash"):
        status, output = call("draw", command, str(path))
        assert status == 1 and "docs/draw.md" in output
    assert json.loads(call("draw", "verify", str(path), "--json")[1])["faults"][0]["code"] == "malformed"
    assert call("draw", "verify", str(tmp_path / "none.json"))[0] == 2
