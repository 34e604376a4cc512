"""``zhiheng credit``: gather facts, compute risk classes, exchange packages."""

import json
import sys
from datetime import date
from pathlib import Path
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


@app.command()
def package(
    day: Annotated[
        str, typer.Argument(metavar="DAY", help="The day of the data, YYYY-MM-DD; it must be over.")
    ],
    partner: Annotated[str, typer.Option(help="Only for this partner.")] = "",
    out: Annotated[
        Path | None, typer.Option(help="Write the packages into this folder, as handed over.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make the sealed packages of a day for every partner. What is there already is not made again."""
    from zhiheng.cli import _django, _problem, _usage

    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise _usage(f"{day!r} is no day. Write it like 2026-06-10.") from None
    _django()
    from zhiheng.core.problems import Problem
    from zhiheng.systems.credit import packages
    from zhiheng.systems.credit.models import Partner

    partners = Partner.objects.filter(active=True)
    partners = partners.filter(key=partner) if partner else partners
    made: dict[str, Any] = {}
    try:
        for one in partners:
            for sealed in packages.make(None, one, on):
                made[sealed.name] = {"rows": sealed.rows, "sha256": sealed.sha256}
                if out is not None:
                    out.mkdir(parents=True, exist_ok=True)
                    (out / sealed.name).write_bytes(packages.fetched(None, sealed))
    except Problem as error:
        raise _problem(error, as_json) from None
    _say(made, as_json)


@app.command()
def receive(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A partner's package, or its receipt (JSON).")
    ],
    receipt: Annotated[Path | None, typer.Option(help="Write our signed receipt to this file.")] = None,
    as_json: Json = False,
) -> None:
    """Take in a partner's package and work through it, or its receipt for a package of ours. Twice is once."""
    from zhiheng.cli import _django, _problem

    _django()
    from zhiheng.core.jobs.models import Job
    from zhiheng.core.jobs.runner import run_now
    from zhiheng.core.problems import Problem
    from zhiheng.systems.credit import packages

    data = file.read_bytes()
    try:
        if data.lstrip().startswith(b"{"):
            one = packages.acknowledge(None, packages.read_receipt(data))
            _say({"package": one.sha256, "state": one.state}, as_json)
            return
        one = packages.receive(None, data)
        for job in Job.objects.filter(pk__in=one.jobs.values(), state=Job.State.QUEUED):
            run_now(job)
        one = packages.settle(one)
    except Problem as error:
        raise _problem(error, as_json) from None
    if receipt is not None and one.receipt:
        receipt.write_text(json.dumps(one.receipt, ensure_ascii=False), encoding="utf-8")
    _say({"package": one.sha256, "state": one.state, **one.receipt.get("files", {})}, as_json)
