"""Trace and scope for people at a terminal."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

SHOWN = 40


def trace(found: dict[str, Any], out: Console) -> None:
    """The story of a thing."""
    out.print(f"[bold]{found['item']}[/bold]  ({found['kind']})", soft_wrap=True)
    out.print(Text(f"holder: {_who(found['holder'])} ({found['holder']['state']})"))
    _list("origin", found["origin"], out)
    _list("destination", found["destination"], out)
    _list("contents", found["contents"], out)
    table = Table("time", "step", "where", "who", "via", box=None, header_style="bold")
    for step in found["steps"][:SHOWN]:
        cells = (step["time"], step["step"] or step["type"], step["place"], _who(step), step["via"])
        table.add_row(*(_cell(cell) for cell in cells))
    out.print(table)
    if len(found["steps"]) > SHOWN:
        out.print(f"… {len(found['steps']) - SHOWN} more steps: use --json")
    if not found["breaks"]:
        out.print("[green]✓ no breaks[/green]")
    for one in found["breaks"][:SHOWN]:
        out.print(
            Text(f"✗ {one['kind'].replace('_', ' ')}: {one['item']} at {one['time']} ({one['event']})", "red")
        )


def scope(found: dict[str, Any], out: Console) -> None:
    """What a recall has to reach."""
    out.print(
        f"[bold]{found['item']}[/bold]: {len(found['items'])} goods in {len(found['containers'])} containers"
    )
    table = Table("state", "who", "where", "things", "quantities", box=None, header_style="bold")
    for held in found["holders"]:
        amounts = ", ".join(f"{q['quantity']:g} {q['uom'] or ''} {q['class']}" for q in held["quantities"])
        cells = (held["state"], _who(held), held["place"], held["count"], amounts)
        table.add_row(*(_cell(cell) for cell in cells))
    out.print(table)
    _list("items", found["items"], out)


def _cell(value: Any) -> Text:
    return Text(str(value or "").removeprefix("https://id.gs1.org/"))


def _who(step: dict[str, Any]) -> str:
    organisation = step.get("organisation") or {}
    return organisation.get("name") or step.get("party") or "?"


def _list(name: str, items: list[str], out: Console) -> None:
    if items:
        out.print(Text(f"{name} ({len(items)}):"))
        for item in items[:SHOWN]:
            out.print(Text(f"    {item}"))
        if len(items) > SHOWN:
            out.print(f"    … {len(items) - SHOWN} more: use --json")
