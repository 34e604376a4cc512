"""Every row of the public vectors, file by file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.knowledge.vector_report import report
from tests.knowledge.vectors import FOLDER, RUNNERS, WITHOUT_INPUT, rows
from tests.shared import shared


@pytest.mark.oracle
@pytest.mark.parametrize("name", RUNNERS)
def test_every_row_of_the_file_passes(name: str) -> None:
    folder = shared(FOLDER)
    failed = [
        f"row {number}: {reason}"
        for number, row in rows(folder, name)
        if (name, number) not in WITHOUT_INPUT and (reason := RUNNERS[name](row)) is not None
    ]
    assert failed == []


@pytest.mark.oracle
def test_rows_left_out_have_no_input_to_run() -> None:
    folder = shared(FOLDER)
    for name, left_out in WITHOUT_INPUT:
        row = dict(rows(folder, name))[left_out]
        assert row[{"ai_fnc1_validate": "ai_fnc1"}.get(name, "ai_bracketed")] is None


@pytest.mark.oracle
def test_the_table_in_the_documentation_is_the_one_the_command_prints() -> None:
    table, failures = report(shared(FOLDER))
    page = Path(__file__).resolve().parents[2] / "docs" / "identifiers.md"
    assert failures == []
    assert table in page.read_text(encoding="utf-8")
