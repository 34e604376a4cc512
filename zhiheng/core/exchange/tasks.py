"""Working through a batch: read, judge and apply its rows, chunk by chunk."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from zhiheng.core.crypto import encrypt
from zhiheng.core.exchange import contracts, reading, rules, writing
from zhiheng.core.exchange.contracts import Contract, Field, FieldProblem, Result
from zhiheng.core.jobs.models import Job, Outcome
from zhiheng.core.jobs.runner import handles
from zhiheng.core.jobs.submissions import locate
from zhiheng.core.problems import Problem

KIND = "exchange.batch"
CHUNK = 500
#: Marks a personal value that the quarantine holds encrypted.
SEALED = "\u0001sealed:"


@dataclass
class _Judged:
    """A row that was read and judged, and not applied yet."""

    index: int
    number: int
    raw: Any
    fields: list[Field | None]
    values: dict[str, Any] = field(default_factory=dict)
    problems: list[FieldProblem] = field(default_factory=list)


class _RolledBack(Exception):
    """All or nothing, and one row was rejected: take back the rest."""


class _Batch:
    """One job's document under its contract."""

    def __init__(self, job: Job, contract: Contract, today: date) -> None:
        self.job, self.contract, self.today = job, contract, today
        self.document = reading.open_document(locate(job.path), job.filename)
        self.unknown: list[str] = []
        self.warned: set[str] = set()
        self.names = self.document.names
        self.columns: list[Field | None] = []
        if self.names is not None:
            self.columns, self.unknown = rules.columns(contract, self.names)
        self.known = rules.headings(contract)

    def judged(self, skip: int = 0) -> Iterator[_Judged]:
        """Every row of data from ``skip`` on. The template's example is a row that is not counted."""
        index = 0
        for row in self.document.rows():
            fields, values, problems = self._cells(row)
            if not problems and row.number <= 3 and writing.is_example(
                self.contract, [(f, v) for f, v in zip(fields, values, strict=False) if f is not None]
            ):  # fmt: skip
                continue
            index += 1
            if index <= skip:
                continue
            judged = _Judged(index - 1, row.number, row.cells, fields, problems=problems)
            if not problems:
                judged.values, judged.problems = rules.parse_row(
                    self.contract,
                    [(f, v) for f, v in zip(fields, values, strict=False) if f is not None],
                    self.today,
                )
            yield judged

    def _cells(self, row: reading.Row) -> tuple[list[Field | None], list[Any], list[FieldProblem]]:
        if row.problem is not None:
            return [], [], [FieldProblem(row.problem)]
        if isinstance(row.cells, dict):
            fields = [self.known.get(rules.heading(name)) for name in row.cells]
            for name, known in zip(row.cells, fields, strict=True):
                mend = rules.heading(name) in {"", rules.heading(rules.MEND)}
                if known is None and not mend and name not in self.unknown and len(self.unknown) < 50:
                    self.unknown.append(name)
            twice = [f for i, f in enumerate(fields) if f is not None and f in fields[:i]]
            if twice:
                problem = Problem(
                    "duplicate_column",
                    _("“%(label)s”出现两次。") % {"label": twice[0].label},
                    remedy=_("只留一个。"),
                )
                return fields, list(row.cells.values()), [FieldProblem(problem, twice[0].name)]
            return fields, list(row.cells.values()), []
        extra = [cell for cell in row.cells[len(self.columns) :] if not rules.blank(cell)]
        if extra:
            problem = Problem(
                "too_many_cells",
                _("这一行比列名多 %(count)s 格。") % {"count": len(extra)},
                remedy=_("检查值里有没有没加引号的分隔符。"),
            )
            return self.columns, row.cells, [FieldProblem(problem)]
        return self.columns, row.cells, []

    # outcomes

    def outcomes(
        self, judged: _Judged, kind: str, problems: Iterable[FieldProblem], reference: str
    ) -> list[Outcome]:
        """One outcome a problem; the row as it came is with the first."""
        made: list[Outcome] = []
        for problem in problems or [FieldProblem(Problem("", ""))]:
            made.append(
                Outcome(
                    job=self.job,
                    index=judged.index,
                    kind=kind,
                    code=problem.problem.code,
                    place=self.place(judged.number, problem.field),
                    message=clean(problem.problem.message),
                    remedy=clean(problem.problem.remedy),
                    reference=clean(reference)[:300],
                    raw=self.raw(judged) if kind == Outcome.Kind.REJECTED and not made else None,
                )
            )
        return made

    def place(self, number: int, name: str) -> str:
        """Where a person looks: the row as numbered on the screen, and the column."""
        found = self.contract.by_name.get(name)
        if found is None:
            return _("第 %(number)s 行") % {"number": number}
        return _("第 %(number)s 行“%(label)s”") % {"number": number, "label": found.label}

    def raw(self, judged: _Judged) -> Any:
        """The row as it came, personal values sealed."""
        if isinstance(judged.raw, dict):
            return {
                clean(str(name)): _kept(value, self.known.get(rules.heading(name)))
                for name, value in judged.raw.items()
            }
        columns = [*self.columns, *[None] * len(judged.raw)]
        return [_kept(value, column) for value, column in zip(judged.raw, columns, strict=False)]

    def unknown_warnings(self) -> list[Outcome]:
        """One warning for each column nobody asked for, once."""
        new = [name for name in self.unknown if clean(name)[:300] not in self.warned]
        self.warned.update(clean(name)[:300] for name in new)
        return [
            Outcome(
                job=self.job,
                index=-1,
                kind=Outcome.Kind.WARNING,
                code="unknown_column",
                reference=clean(name)[:300],
                message=_("契约里没有“%(name)s”这一列,没有读。") % {"name": clean(name)[:100]},
                remedy=_("若是写错的列名,改正后重新提交。"),
            )
            for name in new
        ]


def clean(text: str) -> str:
    """A text every database stores: no NUL and no half of a surrogate pair."""
    return str(text).replace("\x00", "").encode("utf-8", "replace").decode()


def _kept(value: Any, column: Field | None) -> Any:
    if isinstance(value, datetime | date):
        value = value.isoformat()
    elif isinstance(value, str):
        value = clean(value).replace("\u0001", "")
    elif not isinstance(value, bool | int | float | None):
        # A structure where a value belongs: kept as its text, so that no depth of nesting reaches the database.
        value = clean(str(value))[:10_000]
    if column is not None and column.personal and not rules.blank(value):
        return SEALED + encrypt(str(value))
    return value


@handles(KIND)
def work_through(job: Job) -> None:
    """Work through one batch: in parts that stay, or all of it or nothing, as its sender chose."""
    language = job.options.get("language") or settings.LANGUAGE_CODE
    with translation.override(language):
        contract = contracts.get(job.options["contract"])
        batch = _Batch(job, contract, timezone.localdate(job.created_at))
        if job.done == 0:
            _begin(job, batch)
        else:
            batch.warned = set(job.outcomes.filter(code="unknown_column").values_list("reference", flat=True))
        if job.options.get("all_or_nothing"):
            _all_or_nothing(job, batch)
        else:
            _in_parts(job, batch)
        Outcome.objects.bulk_create(batch.unknown_warnings())
        if not job.total:
            raise Problem(
                "no_rows",
                _("只有列名,没有一行数据。"),
                remedy=_("在列名下面填数据再提交;模板里的示例行不算数据。"),
            )


def _begin(job: Job, batch: _Batch) -> None:
    """Nothing of this job is committed yet: whatever an earlier attempt left behind goes."""
    with transaction.atomic():
        job.outcomes.all().delete()
        job.accepted = job.duplicates = job.rejected = 0
        job.options = {
            **job.options,
            "format": batch.document.format,
            "names": batch.names,
            **batch.document.detail,
        }
        job.save(update_fields=["accepted", "duplicates", "rejected", "options"])


def _in_parts(job: Job, batch: _Batch) -> None:
    rows = batch.judged(skip=job.done)
    while chunk := list(islice(rows, CHUNK)):
        _retried(lambda chunk=chunk: _commit(job, batch, chunk))
    job.total = job.done


def _commit(job: Job, batch: _Batch, chunk: list[_Judged]) -> None:
    """Apply a chunk and count it, in one transaction: after a crash it is either wholly done or not begun."""
    with transaction.atomic():
        tally, outcomes = _apply(job, batch, chunk)
        Outcome.objects.bulk_create(outcomes)
        mine = Job.objects.filter(pk=job.pk, done=job.done, attempts=job.attempts)
        counts = {name: getattr(job, name) + tally[name] for name in ("accepted", "duplicates", "rejected")}
        if not mine.update(done=job.done + len(chunk), **counts):
            raise Problem("taken_over", "Another worker has taken this job over.", status=409)
    job.done += len(chunk)
    for name, value in counts.items():
        setattr(job, name, value)


def _all_or_nothing(job: Job, batch: _Batch) -> None:
    """First judge every row; only when none is wrong apply them, in one transaction."""
    rejected = 0
    outcomes: list[Outcome] = []
    total = 0
    for judged in batch.judged():
        total += 1
        if judged.problems:
            rejected += 1
            outcomes += batch.outcomes(judged, Outcome.Kind.REJECTED, judged.problems, "")
            if len(outcomes) >= CHUNK:
                Outcome.objects.bulk_create(outcomes)
                outcomes = []
    if not rejected:

        def apply_all() -> None:
            nonlocal rejected, outcomes
            rejected, outcomes = 0, []
            sums = {"accepted": 0, "duplicates": 0, "rejected": 0}
            with transaction.atomic():
                rows = batch.judged()
                while chunk := list(islice(rows, CHUNK)):
                    tally, made = _apply(job, batch, chunk)
                    outcomes += made
                    for name in sums:
                        sums[name] += tally[name]
                rejected = sums["rejected"]
                if rejected:
                    raise _RolledBack
                Outcome.objects.bulk_create(outcomes, batch_size=CHUNK)
                if not Job.objects.filter(pk=job.pk, done=0, attempts=job.attempts).update(
                    done=total, **sums
                ):
                    raise Problem("taken_over", "Another worker has taken this job over.", status=409)
            job.done = total
            for name, value in sums.items():
                setattr(job, name, value)

        try:
            _retried(apply_all)
        except _RolledBack:
            outcomes = [o for o in outcomes if o.kind == Outcome.Kind.REJECTED or o.index < 0]
    if rejected:
        Outcome.objects.bulk_create(outcomes, batch_size=CHUNK)
        job.rejected, job.total = rejected, total
        raise Problem(
            "nothing_stored",
            _("%(count)s 行有错;按“要么全部、要么全不”的选择,没有存入任何一行。") % {"count": rejected},
            remedy=_("下载被拒的行看要改什么,在原文件里改好后整份重新提交。"),
        )
    job.total = total


def _retried(function: Any) -> None:
    """Run a transaction again when another one stored the same key in between: now that row is seen."""
    for attempt in range(3):
        try:
            return function()
        except IntegrityError:
            if attempt == 2:
                raise


def _apply(job: Job, batch: _Batch, chunk: list[_Judged]) -> tuple[dict[str, int], list[Outcome]]:
    """Apply what can be applied of a chunk; count, and say what became of every row that was not accepted."""
    contract = batch.contract
    tally = {"accepted": 0, "duplicates": 0, "rejected": 0}
    outcomes: list[Outcome] = []
    results: dict[int, Result] = {}
    for part in _without_repeated_keys(contract, [j for j in chunk if not j.problems]):
        answers = contract.apply([j.values for j in part], job.owner, job)
        for judged, answer in zip(part, answers, strict=True):
            results[judged.index] = answer
    for judged in chunk:
        result = results.get(judged.index) or Result("rejected", problems=tuple(judged.problems))
        if result.status == "rejected":
            tally["rejected"] += 1
            outcomes += batch.outcomes(judged, Outcome.Kind.REJECTED, result.problems, result.reference)
        elif result.status == "duplicate":
            tally["duplicates"] += 1
            outcomes += batch.outcomes(judged, Outcome.Kind.DUPLICATE, (), result.reference)
        else:
            tally["accepted"] += 1
        if result.warnings:
            outcomes += batch.outcomes(judged, Outcome.Kind.WARNING, result.warnings, result.reference)
    outcomes += batch.unknown_warnings()
    return tally, outcomes


def _without_repeated_keys(contract: Contract, rows: list[_Judged]) -> Iterator[list[_Judged]]:
    """Parts in which no key comes twice, so that the later row finds the earlier one stored."""
    part: list[_Judged] = []
    seen: set[tuple[Any, ...]] = set()
    for judged in rows:
        key = tuple(judged.values.get(name) for name in contract.key_fields)
        if key in seen:
            yield part
            part, seen = [], set()
        seen.add(key)
        part.append(judged)
    if part:
        yield part
