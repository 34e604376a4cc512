"""Prints our verdict over the corpus as one Markdown table: ``python -m tests.epcis.corpus_report``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.epcis.corpus import INVALID, REASONS, VALID, Verdict, files, verdict


def rows(root: Path) -> list[str]:
    lines = ["| file | what it is | events | master data | our verdict | why |", "|---|---|---|---|---|---|"]
    for name, path in files(root, VALID):
        lines.append(_row(verdict(path, name), True))
    for name, path in files(root, INVALID):
        lines.append(_row(verdict(path, name), False))
    return lines


def _row(found: Verdict, wanted: bool) -> str:
    why = REASONS.get(found.file, "") if wanted else ""
    if found.faults and not why:
        fault = found.faults[0]
        why = f"{fault.code} at {fault.place or 'the document'}: {fault.message}"
    said = (
        "accepted"
        if found.accepted
        else f"refused ({found.rejected} of {found.events})"
        if found.events
        else "refused"
    )
    why = why.replace("|", "\\|")
    return f"| {found.file} | {found.kind} | {found.events} | {found.master_data} | {said} | {why} |"


if __name__ == "__main__":
    here = Path(__file__).resolve().parents[3] / "shared"
    root = Path(os.environ.get("ZHIHENG_SHARED") or here) / "data/epcis"
    if not root.exists():
        sys.exit(f"{root} is not there: put the shared artefacts beside the checkout or set ZHIHENG_SHARED")
    print("\n".join(rows(root)))
