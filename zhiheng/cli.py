"""``zhiheng``: the command line. Every command that answers something has ``--json``.

Exit status: 0 done, 1 something was rejected or is wrong, 2 the call itself was wrong.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from zhiheng import credit_cli, draw_cli, law_cli, package_cli

app = typer.Typer(
    name="zhiheng",
    help="Zhiheng 质衡: records in, linked to who is responsible, watched, acted on, disclosed, counted.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
)
app.add_typer(credit_cli.app)
app.add_typer(draw_cli.app)
app.add_typer(package_cli.app)
err = Console(stderr=True, highlight=False)
Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]
At = Annotated[
    str | None, typer.Option("--at", help="As of this time (ISO 8601; without a zone: Asia/Shanghai).")
]
SHANGHAI = ZoneInfo("Asia/Shanghai")


def _django(ready: bool = True) -> None:
    """Set Django up; with ``ready``, make the database's tables when there are none yet."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng.settings")
    import django

    django.setup()
    if ready:
        from django.core.management import call_command
        from django.db import connection

        if "trace_event" not in connection.introspection.table_names():
            err.print("[dim]First use: making the database …[/dim]")
            call_command("migrate", interactive=False, verbosity=0)


def _say(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=None) + "\n")


def _usage(message: str) -> typer.Exit:
    err.print(f"[red]{message}[/red]")
    return typer.Exit(2)


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _usage(
            f"--at {text!r} is no time. Write it like 2026-06-10 or 2026-06-10T15:00:00+08:00."
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=SHANGHAI)


def _problem(error: Any, as_json: bool) -> typer.Exit:
    if as_json:
        _say(error.document())
    else:
        err.print(f"[red]{error.message}[/red]" + (f"\n{error.remedy}" if error.remedy else ""))
    return typer.Exit(1)


def _file_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


# -- the law and its clocks: no database -----------------------------------------------------------------------
app.add_typer(law_cli.app, name="law")
app.command("clock")(law_cli.clock)


# -- identifiers and hashes: no database ----------------------------------------------------------------------


@app.command("id")
def identify_codes(
    codes: Annotated[list[str], typer.Argument(metavar="CODE…", help="Codes; '-' reads one code a line.")],
    as_json: Json = False,
) -> None:
    """Every form of a code, and what is wrong with a bad one.

    Takes GS1 element strings, Digital Links, EPC URNs, bare GTINs, credit codes (USCC), drug codes, Ecode …
    """
    from zhiheng.knowledge.codes.identify import identify

    def inputs() -> Iterator[str]:
        for code in codes:
            if code == "-":
                for line in sys.stdin:
                    yield line.rstrip("\n").rstrip("\r")
            else:
                yield code

    bad = False
    many = "-" in codes
    answers = []
    for code in inputs():
        found = identify(code).to_dict()
        bad = bad or not found["valid"]
        if as_json and many:
            _say(found)
        elif as_json:
            answers.append(found)
        else:
            _print_identity(found)
    if as_json and not many:
        _say(answers[0] if len(answers) == 1 else answers)
    raise typer.Exit(1 if bad else 0)


def _print_identity(found: dict[str, Any]) -> None:
    out = Console(highlight=False)
    mark = "[green]✓[/green]" if found["valid"] else "[red]✗[/red]"
    out.print(f"{mark} [bold]{found['kind']}[/bold]  {found['canonical'] or found['input']}", soft_wrap=True)
    for name, value in found["forms"].items():
        if value:
            out.print(f"    {name:<16} {value}", soft_wrap=True, markup=False)
    for fault in found["errors"]:
        out.print(
            f"    {fault['code']}: {fault['message']}  → {fault['remedy']}", soft_wrap=True, markup=False
        )
    for fault in found["warnings"]:
        out.print(f"    ({fault['code']}: {fault['message']})", soft_wrap=True, markup=False)


@app.command("hash")
def hash_events(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", exists=True, dir_okay=False)],
    prehash: Annotated[bool, typer.Option("--prehash", help="The text before hashing.")] = False,
    as_json: Json = False,
) -> None:
    """The CBV 2.0 hash of each event, one a line in document order; the same for XML and JSON."""
    from zhiheng.trace.epcis.documents import read
    from zhiheng.trace.epcis.errors import DocumentError
    from zhiheng.trace.epcis.hash import event_hash
    from zhiheng.trace.epcis.hash import prehash as pre

    lines: list[str] = []
    bad = False
    for path in files:
        try:
            document = read(path)
            for incoming in document.events():
                source = incoming.event if incoming.event is not None else incoming.raw
                try:
                    line = pre(source, document.context) if prehash else event_hash(source, document.context)
                except ValueError as error:
                    err.print(f"{path}: event {incoming.index}: {error}", markup=False)
                    bad = True
                    continue
                if as_json:
                    lines.append(line)
                else:
                    sys.stdout.write(line + "\n")
        except DocumentError as error:
            _django(ready=False)
            from zhiheng.trace import said

            err.print(f"{path}: {said.of_faults(error.faults, said.of_terminal(os.environ))}", markup=False)
            bad = True
    if as_json:
        _say({"prehashes" if prehash else "hashes": lines})
    raise typer.Exit(1 if bad else 0)


# -- trace ----------------------------------------------------------------------------------------------------


@app.command()
def capture(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", exists=True, dir_okay=False)],
    behaviour: Annotated[
        str,
        typer.Option(
            help="What to do when an event is wrong: 'proceed' with the others, or 'rollback' the file."
        ),
    ] = "proceed",
    as_json: Json = False,
) -> None:
    """Take EPCIS documents in: 2.0 JSON(-LD), 2.0 XML, 1.2 XML."""
    if behaviour not in {"proceed", "rollback"}:
        raise _usage("--behaviour is 'proceed' or 'rollback'.")
    _django()
    from django.utils import translation

    from zhiheng.core.jobs.runner import run_now
    from zhiheng.core.problems import Problem
    from zhiheng.trace import said
    from zhiheng.trace.capture import submit

    translation.activate(said.of_terminal(os.environ))
    total = {"captured": 0, "duplicates": 0, "rejected": 0}
    rejected: list[dict[str, Any]] = []
    warnings: list[dict[str, Any]] = []
    for path in files:
        try:
            job = submit(None, _file_chunks(path), filename=path.name, behaviour=behaviour)
        except Problem as error:
            rejected.append({"file": str(path), "event": None, "place": None, **_short(error.document())})
            total["rejected"] += 1
            continue
        if not as_json:
            err.print(f"{path.name}: {job.size:,} bytes kept", markup=False)
        job = run_now(job)
        total["captured"] += job.accepted
        total["duplicates"] += job.duplicates
        total["rejected"] += job.rejected
        listed = _rejections(job, path, "event")
        warnings += _listed(job.outcomes.exclude(kind="rejected").exclude(message=""), path, "event")
        rejected += listed
        if job.error:
            refused = said.of_error(job.error)
            # Of a document that was rolled back its events say why; one that cannot be read says so itself.
            for fault in refused.get("faults") or ([] if listed else [refused]):
                rejected.append(
                    {"file": str(path), "event": None, "place": fault.get("place"), **_short(fault)}
                )
            total["rejected"] += not job.rejected
    answer = {**total, "rejections": rejected, "warnings": warnings}
    if as_json:
        _say(answer)
    else:
        out = Console(highlight=False)
        out.print(
            f"{total['captured']} captured, {total['duplicates']} duplicates, {total['rejected']} rejected"
        )
        for one in rejected + warnings:
            where = f"event {one['event']}" if one["event"] is not None else "document"
            out.print(
                f"  {one['file']}: {where}: {one['place'] or ''} {one['code']}: {one['message']}",
                markup=False,
                soft_wrap=True,
            )
            out.print(f"      → {one['remedy']}", markup=False, soft_wrap=True)
    raise typer.Exit(1 if rejected or total["rejected"] else 0)


def _rejections(job: Any, path: Path, counted: str) -> list[dict[str, Any]]:
    return _listed(job.outcomes.filter(kind="rejected"), path, counted)


def _listed(outcomes: Any, path: Path, counted: str) -> list[dict[str, Any]]:
    from zhiheng.trace.said import of_outcome

    found = []
    for one in outcomes:
        message, remedy = of_outcome(one)
        where = {"file": str(path), counted: one.index, "code": one.code, "place": one.place}
        found.append({**where, "message": message, "remedy": remedy})
    return found


def _short(document: dict[str, Any]) -> dict[str, Any]:
    return {
        "code": document.get("code"),
        "message": document.get("message") or document.get("title"),
        "remedy": document.get("remedy"),
    }


@app.command()
def trace(code: str, at: At = None, as_json: Json = False) -> None:
    """Where a thing came from and went, who has it, who answers for each step, and where the chain breaks."""
    _answer("trace", code, at, as_json)


@app.command()
def scope(code: str, at: At = None, as_json: Json = False) -> None:
    """Everything a recall of the code has to reach at a time: goods, containers, holders."""
    _answer("scope", code, at, as_json)


def _answer(question: str, code: str, at: str | None, as_json: bool) -> None:
    moment = _time(at)
    _django()
    from zhiheng.core.problems import Problem
    from zhiheng.trace import answers

    try:
        found = getattr(answers, question)(code, at=moment)
    except Problem as error:
        raise _problem(error, as_json) from None
    if as_json:
        _say(found)
        return
    from zhiheng.trace import terminal

    getattr(terminal, question)(found, Console(highlight=False))


@app.command()
def load(
    contract: str,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", exists=True, dir_okay=False)],
    all_or_nothing: Annotated[bool, typer.Option(help="Store nothing when a row is wrong.")] = False,
    as_json: Json = False,
) -> None:
    """Take a batch of records in by a data contract (CSV, XLSX, JSON, JSON Lines): organisations, sites, products …"""
    _django()
    from django.utils import timezone

    from zhiheng.core.exchange.actions import submit
    from zhiheng.core.jobs.runner import run_now
    from zhiheng.core.problems import Problem

    answer: dict[str, Any] = {"accepted": 0, "duplicates": 0, "rejected": 0, "rejections": []}
    for path in files:
        try:
            job = submit(
                None, contract, _file_chunks(path), filename=path.name, content_type="",
                all_or_nothing=all_or_nothing, today=timezone.localdate(),
            )  # fmt: skip
        except Problem as error:
            raise _problem(error, as_json) from None
        job = run_now(job)
        for name in ("accepted", "duplicates", "rejected"):
            answer[name] += getattr(job, name)
        answer["rejections"] += _rejections(job, path, "row")
        if job.error:
            answer["rejections"].append({"file": str(path), "row": None, "place": None, **_short(job.error)})
    if as_json:
        _say(answer)
    else:
        print(
            f"{answer['accepted']} accepted, {answer['duplicates']} duplicates, {answer['rejected']} rejected"
        )
        for one in answer["rejections"]:
            print(f"  {one['file']} {one['place'] or ''}: {one['code']}: {one['message']} → {one['remedy']}")
    raise typer.Exit(1 if answer["rejections"] else 0)


@app.command()
def simulate(
    seed: Annotated[int, typer.Option(help="The same seed writes the same records.")] = 7,
    scale: Annotated[
        float, typer.Option(help="1 is a province; 0.01 a demonstration.", min=0.0001, max=100)
    ] = 0.01,
    out: Annotated[Path, typer.Option(help="The folder to write into.")] = Path("simulated"),
    as_json: Json = False,
) -> None:
    """Write a plausible province: organisations, products, EPCIS documents, and the truth about planted faults."""
    from zhiheng.simulate.province import write

    summary = write(
        out, seed=seed, scale=scale, progress=None if as_json else lambda text: err.print(text, markup=False)
    )
    if as_json:
        _say(summary)
    else:
        for name, value in summary.items():
            print(f"{name}: {value}")


# -- running it -------------------------------------------------------------------------------------------------


@app.command()
def serve(
    port: Annotated[int, typer.Option(envvar="PORT", min=1, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="Listen here; loopback unless you say otherwise.")] = "127.0.0.1",
    workers: Annotated[
        int, typer.Option(help="Job workers beside the web server; 0 runs them elsewhere.", min=0)
    ] = 1,
) -> None:
    """Run the web server and the job workers together. In production: `serve --workers 0`, and `worker` apart."""
    os.environ.setdefault("PORT", str(port))
    _django()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    from zhiheng.serving import run

    run(host, port, workers)


@app.command()
def worker(
    until_idle: Annotated[bool, typer.Option(help="Stop when no job is left.")] = False,
) -> None:
    """Work through jobs: captures, batches, checks."""
    _django()
    import signal
    import threading

    from zhiheng.core.jobs.runner import work
    from zhiheng.serving import leave_with_server

    leave_with_server()
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    work(until_idle=until_idle, stop=stop)


@app.command()
def adduser(
    username: str,
    role: Annotated[str, typer.Option(help="province, city, county, leading, auditor or system.")] = "system",
    region: Annotated[str, typer.Option(help="GB/T 2260 code of an officer's region.")] = "",
) -> None:
    """Make an account for an officer or the operator; asks for the password. Others are made on the pages."""
    _django()
    from zhiheng.core.accounts.actions import create_user
    from zhiheng.core.problems import Problem

    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        create_user(None, username, role, password=password, region=region)
    except Problem as error:
        raise _problem(error, False) from None
    print(f"{username} can sign in now; officers set up their second factor then.")


@app.command()
def migrate() -> None:
    """Make or update the database's tables."""
    _django(ready=False)
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=1)


@app.command()
def demo(
    scale: Annotated[float, typer.Option(min=0.0001, max=10)] = 0.01,
    port: Annotated[int, typer.Option(envvar="PORT", min=1, max=65535)] = 8000,
    prepare_only: Annotated[bool, typer.Option(help="Fill the database and stop.")] = False,
) -> None:
    """A province in a box: data, people to sign in as, and a running server. Goes on with what is there."""
    os.environ["ZHIHENG_DEMO"] = "1"
    os.environ.setdefault("PORT", str(port))
    _django()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    from zhiheng.simulate.demo import doors, prepare

    prepare(scale=scale, say=lambda text: err.print(text, markup=False))
    if prepare_only:
        return
    doors(f"http://127.0.0.1:{port}", Console(highlight=False))
    from zhiheng.serving import run

    run("127.0.0.1", port, 1)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Say what is wrong with this installation and how to mend it. Verifies the whole ledger."""
    _django(ready=False)
    from zhiheng.care import examine

    findings = [finding._asdict() for finding in examine()]
    bad = any(f["state"] == "bad" for f in findings)
    if as_json:
        _say({"ok": not bad, "findings": findings})
    else:
        out = Console(highlight=False)
        marks = {"ok": "[green]✓[/green]", "warn": "[yellow]![/yellow]", "bad": "[red]✗[/red]"}
        for f in findings:
            out.print(
                f"{marks[f['state']]} {f['what']}: {f['message']}"
                + (f"\n    → {f['remedy']}" if f["remedy"] else ""),
                soft_wrap=True,
            )
    raise typer.Exit(1 if bad else 0)


@app.command("rotate-keys")
def rotate_keys(as_json: Json = False) -> None:
    """Encrypt personal data anew under the first key of ZHIHENG_DATA_KEY. May be stopped and run again.

    Put the new key in front of the old ones and restart server and workers first. Keep the old keys.
    """
    _django()
    from rich.progress import Progress

    from zhiheng.care import rotate_keys as rotate
    from zhiheng.core.problems import Problem

    looked: dict[str, int] = {}
    written: dict[str, int] = {}
    try:
        with Progress(console=err, disable=as_json) as bars:
            tasks: dict[str, Any] = {}
            for step in rotate():
                if step.what not in tasks:
                    tasks[step.what] = bars.add_task(step.what, total=step.of or 1)
                bars.update(tasks[step.what], completed=step.done if step.of else 1)
                looked[step.what], written[step.what] = step.done, step.written
    except Problem as error:
        raise _problem(error, as_json) from None
    if as_json:
        _say({"looked_at": looked, "written": written})
    else:
        print(
            f"{sum(looked.values()):,} rows looked at, {sum(written.values()):,} written under the newest key"
        )


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(help="The archive to write, for example zhiheng.tar.")],
) -> None:
    """Write database, submissions and keys into one archive, while the server runs. Guard it: it holds the keys."""
    _django()
    from zhiheng.care import back_up

    started = time.monotonic()
    size = back_up(target)
    print(f"{target}: {size:,} bytes in {time.monotonic() - started:.1f} s")


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put an archive back. What is there now is moved aside, not deleted. Stop the server first."""
    _django(ready=False)
    from zhiheng.care import put_back
    from zhiheng.core.problems import Problem

    if not yes and not typer.confirm("This replaces the database, submissions and keys in use. Go on?"):
        raise typer.Exit(1)
    try:
        print(put_back(source))
    except Problem as error:
        raise _problem(error, False) from None


if __name__ == "__main__":
    app()
