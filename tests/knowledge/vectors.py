"""The public vectors of ``../shared/data/epcis/identifiers``, one runner a file: a row passes or says why not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from zhiheng.knowledge.codes import digital_link as dl
from zhiheng.knowledge.codes import element_string as es
from zhiheng.knowledge.codes import epc
from zhiheng.knowledge.codes.errors import CodeError
from zhiheng.knowledge.codes.linters import lint

Row = dict[str, Any]
FOLDER = "data/epcis/identifiers"

#: Rows without an input: the unit test they come from builds it in a variable, and the export holds null.
WITHOUT_INPUT = {("ai_fnc1_validate", 40), ("ai_bracketed_to_fnc1", 15)}

COMBINATION_RULES = {
    "validateAIrepeats": es.check_repeats,
    "validateAImutex": es.check_exclusions,
    "validateAIrequisites": es.check_requirements,
    "validateDigSigRequiresSerialisedKey": es.check_signature,
}


def rows(folder: Path, name: str) -> Iterator[tuple[int, Row]]:
    """Rows with their line number, beginning with 1."""
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            yield number, json.loads(line)


def options(row: Row) -> dl.Options:
    """The switches of the engine that the rows name, as ours."""
    given = row.get("options", {})
    return dl.Options(
        alphas=given.get("permitConvenienceAlphas", False),
        zero_suppressed=given.get("PermitZeroSuppressedGTINinDLuris", False),
        unknown_ais=given.get("PermitUnknownAIs", False),
        unknown_attributes=not given.get("vUNKNOWN_AI_NOT_DL_ATTR", True),
    )


def _or_none(answer: Callable[[], Any]) -> Any:
    try:
        return answer()
    except CodeError:
        return None


def _expect(got: Any, wanted: Any) -> str | None:
    return None if got == wanted else f"expected {wanted!r}, got {got!r}"


def dl_uri_to_ai(row: Row) -> str | None:
    got = _or_none(lambda: es.to_fnc1(dl.parse(row["uri"], options(row)).elements))
    return _expect(got, row["ai_fnc1"] if row["valid"] else None)


def ai_to_dl_uri(row: Row) -> str | None:
    chosen = options(row)
    got = _or_none(
        lambda: dl.from_ais(
            es.parse_hri(row["ai_bracketed"], chosen.unknown_ais),
            row["stem"] or dl.HOST,
            chosen.unknown_attributes,
        )
    )
    return _expect(got, row["uri"] if row["valid"] else None)


def ai_bracketed_to_fnc1(row: Row) -> str | None:
    got = _or_none(lambda: es.to_fnc1(es.parse_hri(row["ai_bracketed"])))
    return _expect(got, row["ai_fnc1"] if row["valid"] else None)


def ai_fnc1_validate(row: Row) -> str | None:
    got = _or_none(lambda: es.parse_fnc1(row["ai_fnc1"]))
    if got is not None and es.parse_fnc1(es.to_fnc1(got)) != got:
        return f"does not come back: {es.to_fnc1(got)}"
    return _expect(got is not None, row["valid"])


def ai_combination_rules(row: Row) -> str | None:
    elements = es.parse_hri(row["ai_bracketed"], unknown_ais=True)
    got = _or_none(lambda: COMBINATION_RULES[row["rule"]](elements) or True)
    return _expect(bool(got), row["valid"])


def scan_data(row: Row) -> str | None:
    got = _or_none(lambda: es.parse_scan(row["scan_data"])[:2])
    return _expect(got, (row["symbology"], row["data"]) if row["valid"] else None)


def linters(row: Row) -> str | None:
    """INVALID_GCP_PREFIX rows are of runs with a register of company prefixes that knows none."""
    register = (lambda value: False) if row["error"] == "INVALID_GCP_PREFIX" else None
    got = None
    try:
        lint(row["linter"], row["value"], register)
    except CodeError as error:
        got = error.code.upper()
    wanted = row["error"].replace("EXIPIRATION", "EXPIRATION") if row["error"] else None
    return _expect(got, wanted)


def uri_to_canonical_dl_for_hash(row: Row) -> str | None:
    """null: not convertible, which is the URI itself, or an error where the address is GS1's own."""
    got = _or_none(lambda: epc.canonical(row["uri"]))
    again = _or_none(lambda: epc.canonical(row["uri"]))
    if got != again:
        return f"first {got!r}, then {again!r}"
    if row["canonical"] is None:
        return _expect(got, None if "//id.gs1.org/" in row["uri"] else row["uri"])
    return _expect(got, row["canonical"])


RUNNERS: dict[str, Callable[[Row], str | None]] = {
    runner.__name__: runner
    for runner in (
        uri_to_canonical_dl_for_hash,
        dl_uri_to_ai,
        ai_to_dl_uri,
        ai_bracketed_to_fnc1,
        ai_fnc1_validate,
        ai_combination_rules,
        scan_data,
        linters,
    )
}
