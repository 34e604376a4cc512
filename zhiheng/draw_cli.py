"""``zhiheng draw``: draws repeated and verified by anybody. No database."""

import errno
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from zhiheng.knowledge.methods.draw import Check, DrawFile

app = typer.Typer(
    name="draw", help="Draws of a double-random check: repeat and verify.", no_args_is_help=True
)
File = Annotated[
    Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A draw file (JSON).")
]
Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]


@app.callback()
def _group() -> None:
    """Draws of a double-random check: repeat and verify (docs/draw.md)."""
    if sys.stdout is None:  # the caller closed it
        _err().print("✗ The answer could not be written: there is no standard output.", soft_wrap=True)
        raise typer.Exit(1)
    # A draw file is UTF-8 whatever the terminal is: what `run` prints is one.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


@contextmanager
def _output() -> Iterator[None]:
    """What is printed inside has arrived at the end, or the command says that it could not be written, with 1."""
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        if error.errno == errno.EPIPE:  # the reader has enough: typer ends quietly
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left is not tried again
        _err().print(f"✗ The answer could not be written: {error.strerror}", soft_wrap=True, markup=False)
        raise typer.Exit(1) from None


def _err() -> Console:
    return Console(stderr=True, highlight=False, emoji=False)


@app.command()
def verify(file: File, as_json: Json = False) -> None:
    """Check a draw file: its list, the published hash, the times, and that result follows from list and value.

    Exit status 0: everything holds; 1: something does not.
    """
    from zhiheng.knowledge.methods.draw import checks

    found = checks(_load(file, as_json))
    ok = all(check.ok for check in found)
    with _output():
        if as_json:
            _say(
                {
                    "file": str(file),
                    "ok": ok,
                    "checks": [{"key": c.key, "title": c.title, "ran": c.ran, "ok": c.ok} for c in found],
                    "faults": [fault.document() for c in found for fault in c.faults],
                }
            )
        else:
            _print(found)
    raise typer.Exit(0 if ok else 1)


def _print(found: "list[Check]") -> None:
    out = Console(highlight=False, emoji=False)
    for check in found:
        mark = "[green]✓[/green]" if check.ok else "[red]✗[/red]" if check.ran else "[yellow]–[/yellow]"
        out.print(f"{mark} {check.title}" + ("" if check.ran else " (could not be checked)"), soft_wrap=True)
        for fault in check.faults:
            out.print(f"    {fault.place}: {fault.message} → {fault.remedy}", soft_wrap=True, markup=False)
    out.print(
        "No file can show that the hash was published when it says, and that the value is the public one: "
        "compare both with where they were published.",
        soft_wrap=True,
    )


@app.command()
def run(file: File) -> None:
    """Check all that stands before the result, repeat the draw, and print the file with the result.

    Exit status 0: drawn; 1: the file may not be drawn from, and nothing is printed but why.
    """
    from zhiheng.knowledge.methods.draw import MethodError, dump, repeat

    try:
        found = dump(repeat(_load(file, False))).decode()
    except MethodError as error:
        raise _refused(error, False) from None
    with _output():
        sys.stdout.write(found)


@app.command("hash")
def hash_(file: File) -> None:
    """Check the list in the file and print its hash, as it is published before the draw.

    Exit status 0: the list can be drawn from; 1: it cannot, and nothing is printed but why.
    """
    from zhiheng.knowledge.methods.draw import MethodError, hash_of

    try:
        found = hash_of(_load(file, False))
    except MethodError as error:
        raise _refused(error, False) from None
    with _output():
        sys.stdout.write(f"{found}\n")


def _load(file: Path, as_json: bool) -> "DrawFile":
    from zhiheng.knowledge.methods.draw import MethodError, load

    try:
        return load(file.read_bytes())
    except MethodError as error:
        raise _refused(error, as_json) from None


def _refused(error: Exception, as_json: bool) -> typer.Exit:
    faults = getattr(error, "faults", ())
    if as_json:
        with _output():
            _say({"ok": False, "checks": [], "faults": [fault.document() for fault in faults]})
    else:
        err = _err()
        for fault in faults:
            err.print(f"✗ {fault.place}: {fault.message} → {fault.remedy}", soft_wrap=True, markup=False)
    return typer.Exit(1)


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
