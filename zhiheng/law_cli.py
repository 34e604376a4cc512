"""``zhiheng law`` and ``zhiheng clock``: the law that is loaded, and its time limits worked out. No database."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

if TYPE_CHECKING:
    from zhiheng.knowledge.law.calendar import Calendar
    from zhiheng.knowledge.law.clocks import Pause
    from zhiheng.knowledge.law.load import Course, Law

app = typer.Typer(
    no_args_is_help=True, help="Statutes, procedures and their editions: list, show, compare, draw."
)
Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]
EditionName = Annotated[str | None, typer.Option("--edition", help="The edition; otherwise the newest.")]
Years = Annotated[
    list[Path] | None,
    typer.Option(
        "--calendar", exists=True, dir_okay=False, help="A year's holidays (YAML), besides those known."
    ),
]


def _say(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")


def _out() -> Console:
    return Console(highlight=False, width=None if sys.stdout.isatty() else 160)


def _law() -> "Law":
    from zhiheng.knowledge.law.load import law

    return law()


def _course(procedure: str, edition: str | None) -> "Course":
    """The procedure under an edition, the newest unless it is named."""
    law = _law()
    try:
        if edition is None and procedure in law.procedures:
            edition = max(law.procedures[procedure].editions, key=lambda one: one.from_).key
        return law.course(procedure, edition or "")
    except KeyError as error:
        raise typer.BadParameter(str(error.args[0])) from None


def _calendar(files: list[Path] | None) -> "Calendar":
    from zhiheng.knowledge.law.calendar import Calendar, CalendarError
    from zhiheng.knowledge.law.load import read_year

    years = []
    for file in files or []:
        try:
            years.append(read_year(file.read_text(encoding="utf-8")))
        except (CalendarError, UnicodeDecodeError) as error:
            raise typer.BadParameter(f"{file}: {error}", param_hint="--calendar") from None
    return Calendar.published().with_years(years)


@app.command("list")
def list_procedures(as_json: Json = False) -> None:
    """The procedures, their editions and how many clocks, steps and documents each has."""
    courses = _law().courses()
    rows: list[dict[str, Any]] = [
        {
            "procedure": c.key, "zh": c.procedure.zh, "en": c.procedure.en, "edition": c.edition.key,
            "from": c.edition.from_.isoformat(), "to": c.edition.to.isoformat() if c.edition.to else None,
            "clocks": list(c.clocks), "steps": len(c.steps), "documents": len(c.documents),
        }
        for c in courses
    ]  # fmt: skip
    if as_json:
        _say(rows)
        return
    table = Table("procedure", "名称", "name", "edition", "in force", "clocks")
    for row in rows:
        span = f"{row['from']} – {row['to'] or '…'}"
        table.add_row(
            row["procedure"], row["zh"], row["en"], row["edition"], span, ", ".join(row["clocks"]) or "—"
        )
    _out().print(table)


@app.command("show")
def show(procedure: str, edition: EditionName = None, as_json: Json = False) -> None:
    """Everything a procedure's edition says: steps with their articles, clocks, grounds, publications, numbers."""
    import msgspec

    from zhiheng.knowledge.law.compare import PARTS, lines

    course = _course(procedure, edition)
    if as_json:
        document = msgspec.to_builtins(course.procedure)
        document["editions"] = [e for e in document["editions"] if e["key"] == course.edition.key]
        document["steps"] = msgspec.to_builtins(dict(course.steps))
        document["documents"] = msgspec.to_builtins(dict(course.documents))
        _say(document)
        return
    out = _out()
    out.print(
        f"[bold]{course.procedure.zh}  {course.procedure.en}[/bold]  {course.edition.key}: {_span(course)}"
    )
    if course.edition.note:
        out.print(f"{course.edition.note}\n{course.edition.note_en}", markup=False)
    part = None
    for here, key, name, text in lines(_law(), course):
        if here != part:
            part = here
            out.print(f"\n[bold]{PARTS[here].zh}  {PARTS[here].en}[/bold]")
        out.print(f"  {key:<22} {text.zh if name.zh in text.zh else f'{name.zh}：{text.zh}'}", markup=False)
        out.print(f"  {'':<22} {text.en if name.en in text.en else f'{name.en}: {text.en}'}", markup=False)


def _span(course: "Course") -> str:
    return f"{course.edition.from_} – {course.edition.to or '…'}"


@app.command("compare")
def compare_editions(
    procedure: str,
    left: Annotated[str, typer.Argument(metavar="EDITION")],
    right: Annotated[str, typer.Argument(metavar="EDITION")],
    everything: Annotated[bool, typer.Option("--all", help="What is the same too.")] = False,
    as_json: Json = False,
) -> None:
    """Two editions of a procedure side by side."""
    from zhiheng.knowledge.law.compare import PARTS, compare

    ours, theirs = _course(procedure, left), _course(procedure, right)
    rows = [row for row in compare(_law(), ours, theirs) if everything or not row.same]
    if as_json:
        _say(
            [
                {
                    "part": row.part, "key": row.key, "zh": row.name.zh, "en": row.name.en, "same": row.same,
                    "left": row.left.zh if row.left else None, "right": row.right.zh if row.right else None,
                    "left_en": row.left.en if row.left else None, "right_en": row.right.en if row.right else None,
                }
                for row in rows
            ]
        )  # fmt: skip
        return
    heads = ("", "", f"{left}\n{_span(ours)}", f"{right}\n{_span(theirs)}")
    table = Table(*(Column(head, overflow="fold") for head in heads), show_lines=True)
    for row in rows:
        sides = [escape(f"{side.zh}\n{side.en}") if side else "—" for side in (row.left, row.right)]
        table.add_row(PARTS[row.part].en, f"{row.key}\n{row.name.zh if row.part != 'fact' else ''}", *sides)
    _out().print(table)


@app.command("diagram")
def diagram(
    procedure: str,
    edition: EditionName = None,
    out: Annotated[
        Path | None, typer.Option("--out", dir_okay=False, help="The file; otherwise standard output.")
    ] = None,
    language: Annotated[str, typer.Option("--language", help="zh or en.")] = "zh",
) -> None:
    """A procedure's states and steps as SVG."""
    from zhiheng.knowledge.law.diagram import svg

    picture = svg(_course(procedure, edition), language, alone=True) + "\n"
    if out is None:
        sys.stdout.write(picture)
        return
    try:
        out.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{out}: {error.strerror}", param_hint="--out") from None
    Console(stderr=True, highlight=False).print(f"{out}", markup=False)


@app.command("statutes")
def statutes(as_json: Json = False) -> None:
    """The instruments with the times of their texts, and in how many sources each was seen."""
    import msgspec

    law = _law()
    if as_json:
        _say([{"key": key, **msgspec.to_builtins(one)} for key, one in law.statutes.items()])
        return
    table = Table("key", "title", "number", "texts in force", "status", "seen")
    for key, one in law.statutes.items():
        spans = "\n".join(f"{e.from_ or '?'} – {e.to or '…'} {e.by}" for e in one.editions)
        table.add_row(key, f"{one.zh}\n{one.en}", one.number, spans, one.status, str(one.verified))
    _out().print(table)


@app.command("calendar")
def calendar(
    year: Annotated[int | None, typer.Option("--year", help="The days of this year.")] = None,
    files: Years = None,
    as_json: Json = False,
) -> None:
    """The years whose holidays are known; with --year its days off and the weekends worked in their place."""
    years = _calendar(files).years
    if year is None:
        known = [
            {"year": y.number, "off": len(y.off), "worked": len(y.worked), "source": y.source}
            for y in years.values()
        ]
        if as_json:
            _say(known)
            return
        table = Table("year", "days off", "weekends worked", "from")
        for row in known:
            table.add_row(*(str(value) for value in row.values()))
        _out().print(table)
        return
    if year not in years:
        raise typer.BadParameter(
            f"{year} is not known; known are {min(years)} to {max(years)}", param_hint="--year"
        )
    if as_json:
        _say(
            {
                part: {d.isoformat(): n for d, n in sorted(getattr(years[year], part).items())}
                for part in ("off", "worked")
            }
        )
        return
    table = Table("day", "", "for")
    days = [(d, "off", n) for d, n in years[year].off.items()] + [
        (d, "worked", n) for d, n in years[year].worked.items()
    ]
    for day, kind, name in sorted(days):
        table.add_row(f"{day:%Y-%m-%d %a}", kind, name)
    _out().print(table)


def clock(
    procedure: Annotated[str, typer.Argument(help="For example complaint, report, penalty.")],
    step: Annotated[
        str, typer.Argument(metavar="STEP", help="The clock, for example accept, mediate, verify, decide.")
    ],
    start: Annotated[
        str, typer.Option("--from", help="When it begins (ISO 8601; without a zone: Asia/Shanghai).")
    ],
    suspend: Annotated[
        list[str] | None,
        typer.Option("--suspend", help="A/B: it does not run from A until B ('A/' while it lasts)."),
    ] = None,
    extend: Annotated[
        int, typer.Option("--extend", min=0, help="What was granted on top, in the clock's unit.")
    ] = 0,
    edition: Annotated[
        str | None, typer.Option("--edition", help="Otherwise the one in force when it begins.")
    ] = None,
    last_day: Annotated[
        str | None,
        typer.Option(
            "--last-day", help="Another reading of the last day: statutory_holiday, rest_day or as_is."
        ),
    ] = None,
    files: Years = None,
    as_json: Json = False,
) -> None:
    """When a time limit ends, and why: the days counted, those passed over, and the article."""
    from zhiheng.knowledge.law.answers import LAST_DAYS, REASONS, work_out

    if last_day is not None and last_day not in LAST_DAYS:
        raise typer.BadParameter(f"{last_day!r}; there are {', '.join(LAST_DAYS)}", param_hint="--last-day")
    pauses = [_pause(text) for text in suspend or []]
    try:
        found = work_out(
            _law(), procedure, step, _moment(start, "--from"), _calendar(files),
            edition=edition, pauses=pauses, extended=extend, last_day=last_day,
        )  # fmt: skip
    except KeyError as error:
        raise typer.BadParameter(str(error.args[0])) from None
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"no date comes of it: {error}") from None
    if as_json:
        _say(found.document())
        return
    out = _out()
    out.print(
        f"[bold]{found.clock.zh}  {found.clock.en}[/bold]  {found.course.procedure.zh} · {found.course.edition.key}"
    )
    out.print(found.sentence("zh"), found.sentence("en"), sep="\n", markup=False)
    for language in ("zh", "en"):
        out.print(_law().title(found.clock.cite, language), markup=False)
        for remark in found.remarks(language):
            out.print(f"· {remark}", markup=False)
    for other in found.readings("en"):
        out.print(f"· {other['citation']}: {other['value']} {other['unit']}, {other['due']}", markup=False)
    table = Table("day", "n", "", "")
    for day in found.period.days:
        reason = REASONS[found.reason(day)]
        name = found.name(day, "zh")
        table.add_row(
            f"{day.date:%Y-%m-%d %a}",
            str(day.number or ""),
            reason.zh + (f"（{name}）" if name else ""),
            reason.en,
        )
    if found.period.days:
        out.print(table)


def _moment(text: str, option: str) -> datetime:
    from zhiheng.knowledge.law.clocks import local

    try:
        return local(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            f"{text!r} is no time; write it like 2026-09-28 or 2026-09-28T15:00", param_hint=option
        ) from None


def _pause(text: str) -> "Pause":
    from zhiheng.knowledge.law.clocks import Pause

    begin, slash, end = text.partition("/")
    if not slash:
        raise typer.BadParameter(
            f"{text!r} has no end; write A/B, or A/ while it lasts", param_hint="--suspend"
        )
    pause = Pause(_moment(begin, "--suspend"), _moment(end, "--suspend") if end.strip() else None)
    if pause.end is not None and pause.end < pause.start:
        raise typer.BadParameter(f"{text!r} ends before it begins", param_hint="--suspend")
    return pause


@app.command("load-calendar")
def load_calendar(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A published year (YAML).")],
    as_json: Json = False,
) -> None:
    """Load a year's holidays for good; every provisional clock of a case is worked out anew.

    The file says year, source (the State Council's notice), off (name: days or first/last) and worked (make-up days).
    """
    from zhiheng.cli import _django, _problem
    from zhiheng.core.problems import Problem

    _django()
    from zhiheng.core.cases.running import load_calendar as load

    try:
        told = load(None, file.read_text(encoding="utf-8"))
    except Problem as problem:
        raise _problem(problem, as_json) from None
    if as_json:
        _say(told)
    else:
        _out().print(
            f"{told['year']} loaded: {told['changed']} clocks moved, {told['still_provisional']} still provisional"
        )
