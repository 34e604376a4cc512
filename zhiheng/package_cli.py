"""``zhiheng package``: sealed packages, checked without a database and without the platform that made them."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

app = typer.Typer(name="package", help="Sealed packages of what was handed to justice.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Sealed packages of what was handed to justice."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The package, a ZIP.")],
    key: Annotated[
        Path | None, typer.Option(help="The signer's public key (PEM), from a source you trust.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")] = False,
) -> None:
    """Check a sealed package: its signature, every file in it, nothing missing, nothing added.

    Exit status 0: everything holds; 1: something differs (the first file that does is named); 2: wrong call.
    Without --key the signature is checked with the key in the package, which says nothing about whose it is.
    """
    from zhiheng.core import package

    err = Console(stderr=True, highlight=False)
    try:
        data = file.read_bytes()
        trusted = package.read_key(key.read_bytes()) if key is not None else None
    except (OSError, ValueError) as error:
        err.print(f"[red]{error}[/red]", soft_wrap=True)
        raise typer.Exit(2) from None
    found = package.verify(data, trusted)
    if as_json:
        sys.stdout.write(json.dumps(_answer(file, found), ensure_ascii=False) + "\n")
    else:
        _print(file, found)
    raise typer.Exit(0 if found.ok else 1)


def _answer(file: Path, found: Any) -> dict[str, Any]:
    first = found.faults[0] if found.faults else None
    return {
        "file": str(file),
        "ok": found.ok,
        "key": found.fingerprint,
        "trusted": found.trusted,
        "case": found.manifest.get("case"),
        "for": found.manifest.get("for"),
        "files": len(found.manifest.get("files", [])),
        "first": first.path if first else None,
        "faults": [{"code": one.code, "path": one.path, "message": one.message} for one in found.faults],
    }


def _print(file: Path, found: Any) -> None:
    out = Console(highlight=False)
    for one in found.faults:
        out.print(f"[red]✗[/red] {one.code}: {one.message}", soft_wrap=True)
    if not found.ok:
        return
    out.print(
        f"[green]✓[/green] {file}: {len(found.manifest['files'])} files are what was sealed", soft_wrap=True
    )
    if (case := found.manifest.get("case")) is not None:
        what = f"  {case['number']}  {case['office']}  as of {found.manifest['as_of']}"
    else:  # credit data
        told = found.manifest
        what = f"  {told['from']} to {told['for']}, {told['day']}, part {told['part']} of {told['of']}"
    out.print(what, soft_wrap=True, markup=False)
    out.print(f"  signed with the key {found.fingerprint}", soft_wrap=True)
    if not found.trusted:
        out.print(
            "[yellow]![/yellow] whose key that is was not checked: compare it with the published one, or give --key",
            soft_wrap=True,
        )
