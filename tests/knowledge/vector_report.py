"""The table of docs/identifiers.md: ``python -m tests.knowledge.vector_report``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.knowledge.vectors import FOLDER, RUNNERS, WITHOUT_INPUT, rows


def report(folder: Path) -> tuple[str, list[str]]:
    """The Markdown table, and one line for every row that fails."""
    lines = ["| file | rows | passed | not run | failed |", "|---|---:|---:|---:|---:|"]
    total = [0, 0, 0, 0]
    failures: list[str] = []
    for name, runner in RUNNERS.items():
        counts = [0, 0, 0, 0]
        for number, row in rows(folder, name):
            counts[0] += 1
            if (name, number) in WITHOUT_INPUT:
                counts[2] += 1
                continue
            reason = runner(row)
            counts[1 if reason is None else 3] += 1
            if reason is not None:
                failures.append(f"- {name}, row {number}: {reason}")
        total = [a + b for a, b in zip(total, counts, strict=True)]
        lines.append(f"| {name} | {' | '.join(map(str, counts))} |")
    lines.append(f"| **all** | {' | '.join(map(str, total))} |")
    return "\n".join(lines), failures


def main() -> int:
    root = Path(os.environ.get("ZHIHENG_SHARED") or Path(__file__).resolve().parents[3] / "shared")
    folder = root / FOLDER
    if not folder.exists():
        print(f"{FOLDER} of the shared artefacts is not there: set ZHIHENG_SHARED", file=sys.stderr)
        return 2
    table, failures = report(folder)
    print(table)
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
