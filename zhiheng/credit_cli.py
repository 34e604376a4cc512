"""``zhiheng credit``: gather facts, compute risk classes, exchange packages."""

import json
import sys
from datetime import date
from typing import Annotated, Any

import typer
from rich.console import Console

app = typer.Typer(name="credit", help="Quality credit: files, risk classes, packages.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]


@app.callback()
def _group() -> None:
    """Quality credit: files, risk classes, packages."""


def _say(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(answer, ensure_ascii=False, default=str) + "\n")
        return
    out = Console(highlight=False)
    for name, value in answer.items():
        out.print(f"{name}: {value}", soft_wrap=True, markup=False)


@app.command()
def gather(as_json: Json = False) -> None:
    """Record facts for what was there before facts were recorded, and match waiting records by their codes.

    Each once; may be stopped and run again.
    """
    from zhiheng.cli import _django

    _django()
    from zhiheng.core.facts.gathering import gather as all_of
    from zhiheng.core.facts.matching import retry

    _say({**all_of(), "matched by code": retry()}, as_json)


@app.command()
def classes(
    day: Annotated[str, typer.Option(help="As of this day (YYYY-MM-DD); default: today.")] = "",
    as_json: Json = False,
) -> None:
    """Compute the risk classes of all organisations (internal to supervision); a run that was stopped goes on."""
    from zhiheng.cli import _django, _usage

    try:
        on = date.fromisoformat(day) if day else None
    except ValueError:
        raise _usage(f"--day {day!r} is no day. Write it like 2026-06-10.") from None
    _django()
    from zhiheng.core.ui import dates
    from zhiheng.systems.credit.classes import run_all

    run = run_all(None, on or dates.today())
    _say(
        {
            "day": run.day, "edition": run.edition, "organisations": run.organisations, "changed": run.changed,
            "classes": run.counts, "stability index": run.psi,
        },
        as_json,
    )  # fmt: skip
