"""``zhiheng law`` and ``zhiheng clock`` answer without a database, and say what is wrong with a call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from zhiheng.cli import app
from zhiheng.knowledge.law.load import law


def run(*arguments: str, status: int = 0) -> str:
    found = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200", "TERM": "dumb"})
    assert found.exit_code == status, found.output
    return found.output


def ask(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json"))


def test_the_answer_of_a_clock_is_one_object() -> None:
    found = ask("clock", "complaint", "accept", "--from", "2026-09-28T15:00")
    assert found["due"] == "2026-10-13" and found["due_at"] == "2026-10-14T00:00:00+08:00"
    assert (found["kind"], found["value"], found["unit"]) == ("working_days", 7, "wd")
    assert (found["procedure"], found["clock"], found["edition"]) == ("complaint", "accept", "SAMR-121")
    assert (
        found["from"] == "2026-09-28T15:00:00+08:00"
        and found["provisional"] is False
        and found["verified"] == 1
    )
    assert [day["n"] for day in found["counted"]] == [1, 2, 3, 4, 5, 6, 7]
    assert {day["date"]: day["reason"] for day in found["skipped"]}["2026-10-11"] == "weekend"
    assert {day["date"]: day["name"] for day in found["skipped"]}["2026-10-01"] == "国庆节"
    assert "《市场监督管理投诉举报处理办法》第十五条" in found["citation"]


@pytest.mark.parametrize(
    ("procedure", "clock", "start", "due"),
    [
        ("complaint", "mediate", "2026-08-05", "2026-10-08"),
        ("report", "verify", "2026-09-21", "2026-10-19"),
        ("penalty", "decide", "2026-07-06", "2026-10-08"),
        ("transfer", "hand_over", "2026-09-30T17:30", "2026-10-01T17:30:00+08:00"),
        ("penalty", "court", "2026-07-03", "2026-10-08"),
    ],
)
def test_days_for_days_and_moments_for_hours(procedure: str, clock: str, start: str, due: str) -> None:
    assert ask("clock", procedure, clock, "--from", start)["due"] == due


def test_the_day_a_last_day_moved_to_is_not_said_to_be_skipped() -> None:
    found = ask("clock", "complaint", "mediate", "--from", "2026-08-05")
    assert [day["date"] for day in found["skipped"] if day["reason"] == "moved"] == [
        f"2026-10-0{n}" for n in (5, 6, 7)
    ]


def test_pauses_extensions_editions_and_readings() -> None:
    mediate = ("clock", "complaint", "mediate", "--from", "2026-09-28")
    assert ask(*mediate, "--suspend", "2026-09-29/2026-10-09")["due"] == "2026-12-07"
    assert ask(*mediate, "--suspend", "2026-09-29/")["due"] is None
    assert ask(*mediate, "--edition", "SAMR-20")["kind"] == "working_days"
    assert ask("clock", "report", "verify", "--from", "2026-09-21", "--extend", "15")["due"] == "2026-11-09"
    weekend = ("clock", "transfer", "review", "--from", "2026-10-14")
    assert ask(*weekend)["due"] == "2026-10-17" and "普通周末" in ask(*weekend)["note"]
    assert ask(*weekend, "--last-day", "rest_day")["due"] == "2026-10-19"


def test_a_year_given_in_a_file_counts(tmp_path: Path) -> None:
    year = tmp_path / "2027.yaml"
    year.write_text(
        "{year: 2027, source: 试, off: {元旦: 2027-01-01/2027-01-03}, worked: {}}", encoding="utf-8"
    )
    verify = ("clock", "report", "verify", "--from", "2026-12-20")
    assert ask(*verify)["provisional"] is True
    loaded = ask(*verify, "--calendar", str(year))
    assert (loaded["provisional"], loaded["due"]) == (False, "2027-01-11")
    year.write_text("{year: 2027}", encoding="utf-8")
    assert "source: is missing" in run(*verify, "--calendar", str(year), status=2)


def test_the_text_explains_itself() -> None:
    text = run("clock", "complaint", "accept", "--from", "2026-09-28")
    assert "7 working days from 2026-09-28 (not counted) end on 2026-10-13" in text
    assert "调休上班（国庆节）" in text and "Art. 15" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["clock", "nothing", "accept", "--from", "2026-09-28"], "there are: abnormal_list"),
        (["clock", "complaint", "nothing", "--from", "2026-09-28"], "there are: accept"),
        (["clock", "complaint", "accept", "--from", "2019-09-28"], "no edition on 2019-09-28"),
        (["clock", "complaint", "accept", "--from", "2026-09-28", "--edition", "X"], "no edition 'X'"),
        (["clock", "complaint", "accept", "--from", "soon"], "is no time"),
        (["clock", "complaint", "accept", "--from", "2026-09-28", "--suspend", "2026-09-29"], "has no end"),
        (
            ["clock", "complaint", "accept", "--from", "2026-09-28", "--suspend", "2026-09-29/2026-09-01"],
            "ends before",
        ),
        (
            ["clock", "complaint", "accept", "--from", "2026-09-28", "--last-day", "never"],
            "statutory_holiday",
        ),
        (
            ["clock", "complaint", "accept", "--from", "9999-12-31", "--edition", "SAMR-121"],
            "no date comes of it",
        ),
        (["clock", "complaint", "accept"], "--from"),
        (["law", "show", "nothing"], "there are: abnormal_list"),
        (["law", "show", "complaint", "--edition", "X"], "no edition 'X'"),
        (["law", "compare", "complaint", "SAMR-20", "X"], "no edition 'X'"),
        (["law", "diagram", "complaint", "--out", "/nowhere/x.svg"], "No such file"),
        (["law", "calendar", "--year", "2099"], "known are 2004"),
    ],
)
def test_a_wrong_call_ends_with_two_and_says_what_there_is(arguments: list[str], message: str) -> None:
    found = " ".join(run(*arguments, status=2).replace("│", " ").split())
    assert message in found


def test_lists_of_procedures_and_instruments() -> None:
    assert {row["procedure"] for row in ask("law", "list")} == set(law().procedures)
    assert {row["key"] for row in ask("law", "statutes")} == set(law().statutes)
    assert "complaint" in run("law", "list") and "SAMR-121" in run("law", "statutes")


@pytest.mark.parametrize(("key", "edition"), [(c.key, c.edition.key) for c in law().courses()])
def test_every_edition_can_be_shown_and_drawn(key: str, edition: str) -> None:
    text = run("law", "show", key, "--edition", edition)
    assert all(one.zh in text for one in law().course(key, edition).steps.values())
    assert ask("law", "show", key, "--edition", edition)["editions"][0]["key"] == edition
    assert run("law", "diagram", key, "--edition", edition).startswith("<svg")


def test_the_newest_edition_is_shown_unless_another_is_named() -> None:
    assert ask("law", "show", "food_recall")["editions"][0]["key"] == "SAMR-122"


def test_two_editions_are_compared() -> None:
    rows = ask("law", "compare", "complaint", "SAMR-20", "SAMR-121")
    assert not [row for row in rows if row["same"]]
    mediate = next(row for row in rows if row["part"] == "clock" and row["key"] == "mediate")
    assert "45个工作日" in mediate["left"] and "60 days" in mediate["right_en"]
    assert len(ask("law", "compare", "complaint", "SAMR-121", "SAMR-121")) == 0
    assert "60日" in run("law", "compare", "complaint", "SAMR-20", "SAMR-121")


def test_a_diagram_is_written_to_a_file(tmp_path: Path) -> None:
    out = tmp_path / "transfer.svg"
    run("law", "diagram", "transfer", "--out", str(out), "--language", "en")
    assert "Handed over" in out.read_text(encoding="utf-8") and "<style>" in out.read_text(encoding="utf-8")


def test_the_years_that_are_known() -> None:
    assert {2025, 2026} <= {row["year"] for row in ask("law", "calendar")}
    days = ask("law", "calendar", "--year", "2026")
    assert days["off"]["2026-10-01"] == "国庆节" and days["worked"]["2026-10-10"] == "国庆节"
    assert "2026-02-14 Sat" in run("law", "calendar", "--year", "2026")
