"""The verifiable draw: repeated by an independent script, fair, and every way to cheat is noticed."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from math import sqrt
from pathlib import Path
from typing import Any

import msgspec
import pytest
from scipy.stats import chi2
from typer.testing import CliRunner

from tests.knowledge.methods import repeat_draw
from zhiheng.cli import app
from zhiheng.knowledge.methods import draw as house
from zhiheng.knowledge.methods import draw_list
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
        assert repeat_draw.differences(house.dump(file)) == []
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
        ("value.known_at", "2026-03-06T21:20:00+08:60", "bad_time"),
        ("commitment.at", "2026-03-02T10:00:00+08:99", "bad_time"),
        ("commitment.at", "2026-03-02T10:00:00+24:00", "bad_time"),
        ("commitment.at", "2026-03-02T10:00:60+08:00", "bad_time"),
        ("commitment.at", "2026-03-02t10:00:00z", "bad_time"),
    ],
)  # fmt: skip
def test_whatever_is_changed_afterwards_is_noticed(path: str, value: Any, code: str) -> None:
    found = house.verify(changed(path, value))
    assert repeat_draw.differences(json.dumps(changed(path, value)).encode())
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


def mutants(found: Any) -> Iterator[Any]:
    """The document damaged at one place: something of another type, left out, or added."""
    yield from (None, 7, -1, 2.0, "7", "a\n", True, [], {})
    if isinstance(found, dict):
        yield found | {"note": None}
        for name, inside in found.items():
            yield {key: one for key, one in found.items() if key != name}
            yield from (found | {name: one} for one in mutants(inside))
    elif isinstance(found, list):
        yield [*found, *found[:1]]
        for row, inside in enumerate(found[:2]):
            yield from ([*found[:row], one, *found[row + 1 :]] for one in mutants(inside))


def test_both_programs_take_and_refuse_the_same_files() -> None:
    taken = 0
    for document in mutants(json.loads(house.dump(drawn()))):
        data = json.dumps(document).encode()
        refused = bool(house.verify(data))
        assert refused == bool(repeat_draw.differences(data)), document
        taken += not refused
    assert taken == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("excluded", []), ("inspectors", {"per_subject": 0, "pool": [], "absent": [], "conflicts": []})],
)
def test_what_a_list_leaves_out_is_as_if_it_were_empty(name: str, value: Any) -> None:
    document = json.loads(house.dump(drawn()))
    document["list"][name] = value
    document["commitment"]["hash"] = repeat_draw.list_hash(document["list"])
    document["result"] = repeat_draw.repeat(document)
    for _ in range(2):
        assert house.verify(json.dumps(document)) == []
        assert repeat_draw.differences(json.dumps(document).encode()) == []
        document["list"].pop(name, None)


def test_enough_inspectors_are_asked_of_strata_too_from_which_nobody_is_drawn() -> None:
    document = changed("list.strata", [{"id": "4401", "n": 0}, {"id": "4403", "n": 0}])
    document["list"]["inspectors"]["per_subject"] = 4
    document["commitment"]["hash"] = repeat_draw.list_hash(document["list"])
    document["result"] = []
    assert [fault.code for fault in house.verify(document)] == ["too_few_inspectors"]
    assert repeat_draw.differences(json.dumps(document).encode()) == ["too few inspectors"]


def resident(first: str) -> str:
    """A number of 17 digits with the check character that GB 11643 gives it (by its table of weights)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True))
    return first + "10X98765432"[total % 11]


IN_USE = [number for one in range(100, 111) if (number := resident(f"44010619850215{one}"))]


@pytest.mark.parametrize(
    ("number", "personal"),
    [
        *((number, True) for number in IN_USE),
        *((number.lower(), True) for number in IN_USE if number[-1] == "X"),
        *((number[:-1] + ("1" if number[-1] == "0" else "0"), False) for number in IN_USE),
        (
            resident("44010619700215123"),
            True,
        ),  # the district had another code then, and people have their number
        (resident("44190019950215123"), True),
        (resident("15010619850215123"), True),  # python-stdnum knows the province and not the county
        (resident("34010619850215123"), True),
        (resident("35010619850215123"), True),
        (resident("44999919850215123"), True),
        (resident("99010619850215123"), True),
        (resident("44010619000101123"), True),
        (resident("44010620991231123"), True),
        (resident("44010618991231123"), False),
        (resident("44010621000101123"), False),
        (resident("44010620230229123"), False),
        ("a" + IN_USE[0], False),
        (IN_USE[0] + "-1", False),
        ("13912345678", True),
        ("12912345678", False),
        ("86-13912345678", False),
    ],
)
def test_an_id_is_personal_by_what_anybody_can_compute(number: str, personal: bool) -> None:
    document = changed("list.candidates.1.id", number)
    document["commitment"]["hash"] = repeat_draw.list_hash(document["list"])
    document["result"] = repeat_draw.repeat(document)
    assert [fault.code for fault in house.verify(document)] == ["personal_id"] * personal
    assert bool(repeat_draw.differences(json.dumps(document).encode())) is personal


def test_the_example_of_an_identity_number_with_x_is_among_them() -> None:
    assert any(number[-1] == "X" for number in IN_USE)


def test_what_no_text_holds_is_written_in_the_documentation_and_does_not_grow_with_unicode() -> None:
    assert draw_list.UNSEEN.split() == re.findall(
        r"(?:[0-9A-F]{4,5}-?)+", DOCS.read_text(encoding="utf-8").split("no text holds")[1].split("```")[1]
    )
    later = set(range(0x13430, 0x13440))  # Unicode 15 gave some of these their meaning
    for code in range(0x110000):
        text = f"a{chr(code)}b"
        unseen = code in later or unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs")
        wanted = (unseen and code != 0x20) or unicodedata.normalize("NFC", text) != text
        assert any(True for _fault in draw_list.check_text("title", text)) == wanted, hex(code)


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"title"', '"title": "13912345678", "title"', "list.title"),
        ('"size": 3', '"size": 30, "size": 3', "list.candidates[1].size"),
        ('"size": 3', '"size": 3, "si\\u007ae": 3', "list.candidates[1].size"),
        ('"result"', '"result": null, "result"', "result"),
        ('"format"', '"format": "13912345678", "format"', "format"),
        ('"hash"', '"hash": "", "hash"', "commitment.hash"),
    ],
)
def test_a_member_that_stands_twice_is_refused_and_named(old: str, new: str, place: str) -> None:
    text = json.dumps(json.loads(house.dump(drawn())))
    assert house.verify(text) == []
    text = text.replace(old, new, 1)
    (fault,) = house.verify(text)
    assert (fault.code, fault.place) == ("duplicate_member", place)
    assert place.split(".")[-1] in fault.message
    assert repeat_draw.differences(text.encode()) == ["twice: a member"]


FORGED = "a\n✓ Everything holds\r\x1b[2J\x9b31m\u202e\u2028”\\" + "x" * 10_000


@pytest.mark.parametrize(
    "path",
    [
        "format", "list.due", "list.strata.0.id", "list.candidates.1.id", "list.candidates.1.stratum",
        "list.excluded.0.reason", "list.inspectors.pool.0", "list.inspectors.absent.0.id", "commitment.hash",
        "list.inspectors.conflicts.0.candidate", "commitment.at", "value.known_at", "result.0.id",
        "result.0.stratum", "result.0.probability", "result.0.inspectors.0", FORGED, f"list.{FORGED}",
    ],
)  # fmt: skip
def test_what_a_message_quotes_of_a_file_cannot_pass_for_a_line_of_ours(path: str) -> None:
    found = house.verify(json.dumps(changed(path, FORGED)))
    assert found
    for fault in found:
        told = f"{fault.place}: {fault.message} → {fault.remedy}"
        assert told.isprintable() and len(told) < 600


def test_numbers_are_cut_too() -> None:
    for path in ("list.strata.0.n", "list.candidates.0.size", "list.inspectors.per_subject"):
        found = house.verify(json.dumps(changed(path, 10**4000)))
        assert found and all(len(fault.message) < 300 for fault in found)


@pytest.mark.parametrize("text", [b"[]", b"{}", b"nonsense", b'{"format": "zhiheng-draw-1", "x": 1}'])
def test_a_fault_of_the_whole_file_has_a_place(text: bytes) -> None:
    assert [fault.place for fault in house.verify(text)] == ["file"]


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"{}", b'{"format": 1}', b"\xff\xfe", b'{"list": {"due": "\\ud800"}}', b"\xef\xbb\xbf{}"],
)
def test_what_is_no_draw_file_is_one_fault(text: bytes) -> None:
    assert [fault.code for fault in house.verify(text)] == ["malformed"]


def test_a_surrogate_in_a_parsed_file_is_a_fault() -> None:
    assert [fault.code for fault in house.verify(changed("list.due", "\ud800"))] == ["malformed"]


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


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("commitment.hash", "0" * 64, "commitment.hash"),
        ("commitment", None, "commitment"),
        ("commitment.at", "2026-03-06T00:00:00+08:00", "commitment.at"),
        ("value", None, "value"),
        ("value.text", " 1  2", "value.text"),
        ("value.known_at", "yesterday", "value.known_at"),
        ("value.known_at", "2026-03-05T21:14:59+08:00", "value.known_at"),
        ("format", "zhiheng-draw-2", "format"),
        ("list.candidates.1.size", 0, "list.candidates[1].size"),
    ],
)
def test_what_verify_would_refuse_is_not_drawn(tmp_path: Path, path: str, value: Any, place: str) -> None:
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(changed(path, value) | {"result": None}), encoding="utf-8")
    status, output = call("draw", "run", str(file))
    assert status == 1 and f"✗ {place}: " in output and "result" not in output


def test_no_hash_is_printed_of_a_list_that_cannot_be_drawn_from(tmp_path: Path) -> None:
    file = tmp_path / "draw.json"
    for path, value in (("list.strata.0.n", 5), ("list.title", ""), ("format", "zhiheng-draw-2")):
        file.write_text(json.dumps(changed(path, value)), encoding="utf-8")
        status, output = call("draw", "hash", str(file))
        assert status == 1 and re.search(r"[0-9a-f]{64}", output) is None and path.split(".")[-1] in output


def started(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "zhiheng.cli", "draw", *arguments]
    return subprocess.run(command, **{"capture_output": True, "check": False, "timeout": 60} | options)


@pytest.mark.parametrize("encoding", ["gbk", "latin-1", "ascii"])
def test_what_is_printed_is_utf_8_on_every_terminal(tmp_path: Path, encoding: str) -> None:
    title = "Ω≈ç 𠮷野 " + EXAMPLE.title
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    file = drawn(msgspec.structs.replace(EXAMPLE, title=title))
    good.write_bytes(house.dump(file))
    bad.write_text(json.dumps(changed("list.candidates.1.id", "𠮷野 Ω")), encoding="utf-8")
    there = {"env": {**os.environ, "PYTHONIOENCODING": encoding, "LC_ALL": "C"}}
    done = started("run", str(good), **there)
    assert (done.returncode, done.stdout, done.stderr) == (0, house.dump(file), b"")
    done = started("verify", str(bad), **there)
    assert done.returncode == 1 and "“𠮷野 Ω” cannot stand here" in done.stdout.decode() and not done.stderr
    done = started("run", str(bad), **there)
    assert done.returncode == 1 and "“𠮷野 Ω” cannot stand here" in done.stderr.decode() and not done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("command", [("verify",), ("verify", "--json"), ("run",), ("hash",)])
def test_an_answer_that_cannot_be_written_is_said_and_no_success(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    path = tmp_path / "draw.json"
    path.write_bytes(house.dump(drawn()))
    with Path("/dev/full").open("wb") as full:
        done = started(*command, str(path), capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.decode() == "✗ The answer could not be written: No space left on device\n"
