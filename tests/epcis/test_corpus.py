"""The corpus: what its authors call valid is accepted or listed with a reason; what they call invalid is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.epcis.corpus import INVALID, REASONS, VALID, files, verdict
from tests.epcis.corpus_report import rows
from tests.shared import shared

pytestmark = pytest.mark.oracle
DOCS = Path(__file__).resolve().parents[2] / "docs/epcis-corpus.md"


def test_what_its_authors_call_valid_is_accepted_or_listed_with_a_reason() -> None:
    root = shared("data/epcis")
    refused = {
        name: found for name, path in files(root, VALID) if not (found := verdict(path, name)).accepted
    }
    unlisted = [f"{n}: {f.faults[0]}" for n, f in refused.items() if n not in REASONS]
    assert not unlisted, "\n".join(unlisted)
    assert set(REASONS) <= set(refused), f"listed but accepted: {set(REASONS) - set(refused)}"


def test_what_its_authors_call_invalid_is_refused_with_place_and_remedy() -> None:
    for name, path in files(shared("data/epcis"), INVALID):
        found = verdict(path, name)
        assert not found.accepted, name
        for fault in found.faults:
            assert fault.code, name
            assert fault.message, name
            assert fault.remedy, name
            assert fault.place, (name, fault)


@pytest.mark.parametrize(
    ("file", "code", "place"),
    [
        ("oe-ObjectEvent_with_near_miss_action.xml", "action", "epcisBody.eventList[0].action (line 6)"),
        (
            "oe-ObjectEvent_with_quantity_as_text.json",
            "wrong-type",
            "epcisBody.eventList[0].quantityList[0].quantity",
        ),
        ("oe-EPCISDocument_without_context.json", "missing-field", "@context"),
        (
            "oe-ObjectEvent_with_non_standard_bizStep_in_second_event.json",
            "unknown-word",
            "epcisBody.eventList[1].bizStep",
        ),
        (
            "oe-ObjectEvent_with_unknown_field_in_quantityList.json",
            "unknown-field",
            "epcisBody.eventList[0].quantityList[0].weight",
        ),
    ],
)
def test_a_fault_names_the_place_a_person_can_find(file: str, code: str, place: str) -> None:
    found = verdict(shared(f"data/epcis/invalid/{file}"), file)
    assert (code, place) in [(f.code, f.place) for f in found.faults]


def test_five_wrong_events_give_five_faults() -> None:
    found = verdict(shared("data/epcis/invalid/oe-Combination_of_multiple_invalid_fields.json"), "")
    assert found.rejected == 5


def test_the_table_in_the_documentation_is_the_one_the_command_prints() -> None:
    text = DOCS.read_text("utf-8")
    missing = [row for row in rows(shared("data/epcis")) if row not in text]
    assert not missing, "run python -m tests.epcis.corpus_report again:\n" + "\n".join(missing)
