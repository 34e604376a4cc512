"""``zhiheng draw``: draws repeated and verified by anybody. No database."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from zhiheng.knowledge.methods.draw import DrawFile

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


@app.command()
def verify(file: File, as_json: Json = False) -> None:
    """Check a draw file: its list, the published hash, the times, and that result follows from list and value.

    Exit status 0: everything holds; 1: something does not.
    """
    from zhiheng.knowledge.methods.draw import checks

    found = checks(_load(file, as_json))
    ok = all(check.ok for check in found)
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
        out = Console(highlight=False)
        for check in found:
            mark = "[green]✓[/green]" if check.ok else "[red]✗[/red]" if check.ran else "[yellow]–[/yellow]"
            out.print(
                f"{mark} {check.title}" + ("" if check.ran else " (could not be checked)"), soft_wrap=True
            )
            for fault in check.faults:
                out.print(
                    f"    {fault.place}: {fault.message} → {fault.remedy}", soft_wrap=True, markup=False
                )
        out.print(
            "No file can show that the hash was published when it says, and that the value is the public one: "
            "compare both with where they were published.",
            soft_wrap=True,
        )
    raise typer.Exit(0 if ok else 1)


@app.command()
def run(file: File) -> None:
    """Repeat the draw from the list and the random value in the file; print the file with the result."""
    from zhiheng.knowledge.methods.draw import MethodError, dump, repeat

    try:
        sys.stdout.write(dump(repeat(_load(file, False))).decode())
    except MethodError as error:
        raise _refused(error, False) from None


@app.command("hash")
def hash_(file: File) -> None:
    """Print the hash of the list in the file, as it is published before the draw."""
    from zhiheng.knowledge.methods.draw import list_hash

    print(list_hash(_load(file, False).list))


def _load(file: Path, as_json: bool) -> "DrawFile":
    from zhiheng.knowledge.methods.draw import MethodError, load

    try:
        return load(file.read_bytes())
    except MethodError as error:
        raise _refused(error, as_json) from None


def _refused(error: Exception, as_json: bool) -> typer.Exit:
    faults = getattr(error, "faults", ())
    if as_json:
        _say({"ok": False, "checks": [], "faults": [fault.document() for fault in faults]})
    else:
        err = Console(stderr=True, highlight=False)
        for fault in faults:
            err.print(f"✗ {fault.place}: {fault.message} → {fault.remedy}", soft_wrap=True, markup=False)
    return typer.Exit(1)


def _say(answer: object) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
