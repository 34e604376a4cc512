"""Looking after an installation: what is wrong and how to mend it, new data keys, backup and restore."""

import io
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import Cast
from django.utils import timezone

from zhiheng import __version__
from zhiheng.core import crypto, files
from zhiheng.core.exchange import queries as sealed
from zhiheng.core.jobs.models import Outcome
from zhiheng.core.ledger.actions import record
from zhiheng.core.problems import Problem
from zhiheng.core.ui import maps

KEYS = ("secret_key", "data_key", "signing_key")


class Finding(NamedTuple):
    """``state``: ok, warn or bad."""

    what: str
    state: str
    message: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Every check; each says what is wrong and how to mend it, and none changes anything."""
    yield Finding("version", "ok", f"Zhiheng {__version__}, data in {settings.HOME}")
    try:
        connection.ensure_connection()
    except Exception as error:
        yield Finding(
            "database",
            "bad",
            f"cannot be reached: {error}".strip(),
            "Check ZHIHENG_DATABASE_URL and that the server runs.",
        )
        return
    yield Finding("database", "ok", f"{connection.vendor} answers")
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        yield Finding("tables", "bad", f"{len(waiting)} migrations are not applied", "Run: zhiheng migrate")
        return
    yield Finding("tables", "ok", "are up to date")
    yield from _keys()
    yield from _disk()
    yield from _jobs()
    yield from _ledger()
    yield from _doors()
    yield from _map()


def _keys() -> Iterator[Finding]:
    for name in KEYS:
        if os.environ.get(f"ZHIHENG_{name.upper()}"):
            yield Finding(name, "ok", "comes from the environment")
            continue
        path = settings.HOME / name
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            yield Finding(
                name, "bad", f"{path} can be read by others (mode {mode:o})", f"Run: chmod 600 {path}"
            )
        else:
            yield Finding(name, "ok", "is kept where only the owner can read it")


def _disk() -> Iterator[Finding]:
    usage = shutil.disk_usage(settings.HOME)
    free = usage.free / usage.total
    text = f"{usage.free / 1e9:.1f} GB free ({free:.0%})"
    if usage.free < 1e9:
        yield Finding("disk", "bad", text, "Make room: submissions cannot be kept on a full disk.")
    else:
        yield Finding("disk", "warn" if free < 0.1 else "ok", text, "Make room soon." if free < 0.1 else "")
    try:
        settings.SUBMISSIONS.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.SUBMISSIONS):
            pass
    except OSError as error:
        yield Finding(
            "submissions",
            "bad",
            f"cannot be written: {error}",
            f"Give the server's user {settings.SUBMISSIONS}.",
        )


def _jobs() -> Iterator[Finding]:
    from zhiheng.core.jobs import submissions
    from zhiheng.core.jobs.models import Job

    late = Job.objects.filter(
        state=Job.State.QUEUED, created_at__lt=timezone.now() - timedelta(minutes=5)
    ).count()
    if late:
        yield Finding(
            "jobs", "bad", f"{late} have waited for more than five minutes", "Start a worker: zhiheng worker"
        )
    else:
        yield Finding("jobs", "ok", "none is waiting long")
    failed = Job.objects.filter(state=Job.State.FAILED, error__code="internal_error").count()
    if failed:
        yield Finding(
            "failed jobs", "warn", f"{failed} stopped on an error of ours", "Read the log; run them again."
        )
    paths = Job.objects.exclude(path="").order_by("-created_at").values_list("path", flat=True)
    missing = [path for path in paths[:10_000] if not submissions.locate(path).exists()]
    if missing:
        yield Finding(
            "submissions",
            "bad",
            f"{len(missing)} kept documents are gone, first {missing[0]}",
            "Restore them from a backup.",
        )


def _ledger() -> Iterator[Finding]:
    from zhiheng.core.ledger import queries

    started = time.monotonic()
    broken = queries.verify()
    if broken is not None:
        yield Finding(
            "ledger",
            "bad",
            f"the chain breaks at entry {broken.seq}: {broken.why}",
            "Somebody changed the database behind the platform. Compare that entry with a backup, and find out who.",
        )
        return
    head = queries.head()
    note = f"the chain is whole ({time.monotonic() - started:.1f} s)"
    yield Finding("ledger", "ok", f"{note}; keep elsewhere: {head.seq} {head.hash}" if head.seq else note)


def _doors() -> Iterator[Finding]:
    local = all(host in {"127.0.0.1", "localhost", "[::1]"} for host in settings.ALLOWED_HOSTS)
    if settings.DEBUG and not local:
        yield Finding("debug", "bad", "ZHIHENG_DEBUG shows stack traces to everybody", "Unset ZHIHENG_DEBUG.")
    if settings.DEMO and not local:
        yield Finding(
            "demo", "bad", "the demo sign-in lets everybody in, on a public address", "Unset ZHIHENG_DEMO."
        )
    if not local and not settings.TLS:
        yield Finding(
            "tls",
            "bad",
            "passwords travel in the clear",
            "Put a TLS front end before us and set ZHIHENG_TLS=1.",
        )


def _map() -> Iterator[Finding]:
    if not settings.MAP:
        return
    try:
        found = maps.read(settings.MAP, settings.MAP_REVIEW)
    except Problem as problem:
        yield Finding("map", "bad", f"the tile map is shown instead: {problem.message}", problem.remedy)
    else:
        yield Finding("map", "ok", f"{len(found.cities)} cities, 审图号 {found.review}")


# -- new data keys ----------------------------------------------------------------------------------------------


class Rotation(NamedTuple):
    """How far the rotation has come with one kind of rows: looked at, of how many, and written anew."""

    what: str
    done: int
    of: int
    written: int


def rotate_keys() -> Iterator[Rotation]:
    """Write anew what is encrypted under an older data key: fields, second factors, rejected rows, kept files.

    Each batch is a transaction, and what is under the newest key already is passed over: it may be stopped at
    any moment and begun again. Raises Problem at the first value that no configured key can read.
    """
    total = 0
    for what, rows, renew in _encrypted():
        keys = list(rows.values_list("pk", flat=True))
        written = 0
        yield Rotation(what, 0, len(keys), 0)
        for start in range(0, len(keys), 500):
            # Rows are locked while they are read and written, so that nobody's change in between is lost.
            with transaction.atomic():
                for pk, values in renew(rows.select_for_update().filter(pk__in=keys[start : start + 500])):
                    if values:
                        rows.filter(pk=pk).update(**values)
                        written += 1
            yield Rotation(what, min(start + 500, len(keys)), len(keys), written)
        total += written
    kept = files.digests()
    written = 0
    for done, digest in enumerate(kept, 1):
        written += _named(f"file {digest}", partial(files.renew, digest))
        yield Rotation("files", done, len(kept), written)
    total += written
    if total:
        record(None, "keys.rotated", "data_key", {"written": total})


Renewed = Iterator[tuple[Any, dict[str, Any]]]  # key of a row, and what to write into it


def _encrypted() -> Iterator[tuple[str, QuerySet[Any], Callable[[QuerySet[Any]], Renewed]]]:
    """Every kind of rows that may hold ciphertext, and how a batch of it is renewed."""
    from allauth.mfa.models import Authenticator

    for model in apps.get_models():
        names = [f.name for f in model._meta.concrete_fields if isinstance(f, crypto.EncryptedTextField)]
        if names:
            yield model._meta.label, model._base_manager.order_by("pk"), partial(_fields, names=names)
    yield Authenticator._meta.label, Authenticator.objects.order_by("pk"), _second_factors
    quarantine = Outcome.objects.filter(kind=Outcome.Kind.REJECTED, raw__isnull=False).order_by("pk")
    yield Outcome._meta.label, quarantine, _quarantine


def _fields(rows: QuerySet[Any], names: list[str]) -> Renewed:
    # As plain text: the fields themselves would decrypt on the way out and encrypt on the way in.
    stored = {f"stored_{name}": Cast(name, TextField()) for name in names}
    for row in rows.values("pk", **stored):
        tokens = {name: row[f"stored_{name}"] for name in names if row[f"stored_{name}"]}
        yield (
            row["pk"],
            {
                name: Value(new, output_field=TextField())
                for name, token in tokens.items()
                if (new := _renew(token, rows, row["pk"])) != token
            },
        )


def _second_factors(rows: QuerySet[Any]) -> Renewed:
    for one in rows:
        data = one.data | {
            name: _renew(one.data[name], rows, one.pk) for name in ("secret", "seed") if one.data.get(name)
        }
        yield one.pk, {"data": data} if data != one.data else {}


def _quarantine(rows: QuerySet[Any]) -> Renewed:
    for one in rows:
        raw = sealed.renewed(one.raw, partial(_renew, rows=rows, pk=one.pk))
        yield one.pk, {"raw": raw} if raw != one.raw else {}


def _renew(token: str, rows: QuerySet[Any], pk: Any) -> str:
    return _named(f"{rows.model._meta.label} {pk}", partial(crypto.renew, token))


def _named(what: str, renew: Callable[[], Any]) -> Any:
    """Renew one thing; a Problem with it says which it is."""
    try:
        return renew()
    except Problem as error:
        message = f"{what}: {error.message}"
        raise Problem(error.code, message, status=error.status, remedy=error.remedy) from None


# -- backup and restore -----------------------------------------------------------------------------------------


def back_up(target: Path) -> int:
    """Write database, submissions, kept files and keys into one tar archive; returns its size in bytes.

    The database is copied first and files after it, so every one that the copy knows is in the archive.
    """
    part = target.with_name(target.name + ".part")
    with tempfile.TemporaryDirectory(prefix="zhiheng-backup-") as folder:
        if connection.vendor == "sqlite":
            name = "zhiheng.sqlite3"
            with (
                closing(sqlite3.connect(settings.DATABASES["default"]["NAME"])) as source,
                closing(sqlite3.connect(f"{folder}/{name}")) as copy,
            ):
                source.backup(copy)
        else:
            name = "zhiheng.pgdump"
            _postgres(["pg_dump", "-Fc", "-f", f"{folder}/{name}"])
        with tarfile.open(part, "w") as archive:
            os.chmod(part, 0o600)
            text = f"zhiheng {__version__}\n{connection.vendor}\n{timezone.now().isoformat()}\n".encode()
            entry = tarfile.TarInfo("BACKUP")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text))
            archive.add(f"{folder}/{name}", name)
            for key in KEYS:
                if (settings.HOME / key).exists():
                    archive.add(settings.HOME / key, key)
            for kept, name in ((settings.SUBMISSIONS, "submissions"), (settings.FILES, "files")):
                if kept.exists():
                    archive.add(kept, name, filter=lambda e: None if e.name.endswith(".part") else e)
    part.rename(target)
    return target.stat().st_size


def put_back(source: Path) -> str:
    """Restore an archive of ``back_up``; what was there is moved aside. Raises Problem for a wrong archive."""
    home = settings.HOME
    aside = home / f"before-restore-{timezone.localtime():%Y%m%d-%H%M%S}"
    with tempfile.TemporaryDirectory(prefix="restore-", dir=home) as folder:
        try:
            with tarfile.open(source) as archive:
                archive.extractall(folder, filter="data")
            vendor = Path(folder, "BACKUP").read_text().splitlines()[1]
        except (tarfile.TarError, OSError, IndexError) as error:
            raise Problem(
                "bad_archive",
                f"{source} is no backup of ours: {error}",
                remedy="Give a file that `zhiheng backup` wrote.",
            ) from None
        if vendor != connection.vendor:
            raise Problem(
                "other_database",
                f"The backup is of {vendor}, and this installation uses {connection.vendor}.",
                remedy="Set or unset ZHIHENG_DATABASE_URL accordingly.",
            )
        connection.close()
        aside.mkdir()
        if vendor == "sqlite":
            path = Path(settings.DATABASES["default"]["NAME"])
            for suffix in ("", "-wal", "-shm"):
                if (old := path.with_name(path.name + suffix)).exists():
                    old.rename(aside / old.name)
            Path(folder, "zhiheng.sqlite3").rename(path)
        else:
            _postgres(["pg_dump", "-Fc", "-f", str(aside / "zhiheng.pgdump")])
            _postgres(
                ["pg_restore", "--clean", "--if-exists", "--no-owner", "-1"], f"{folder}/zhiheng.pgdump"
            )
        for name in (*KEYS, "submissions", "files"):
            if (new := Path(folder, name)).exists():
                if (home / name).exists():
                    (home / name).rename(aside / name)
                new.rename(home / name)
    return f"Restored. What was there before is in {aside}."


def _postgres(command: list[str], *files: str) -> None:
    """Run one of PostgreSQL's own programs on our database. Raises Problem when it is missing or fails."""
    database: dict[str, Any] = dict(settings.DATABASES["default"])
    env = os.environ | {"PGPASSWORD": database["PASSWORD"]}
    where = ["-d", database["NAME"]]
    for flag, name in (("-h", "HOST"), ("-p", "PORT"), ("-U", "USER")):
        if database[name]:
            where += [flag, str(database[name])]
    try:
        subprocess.run([*command, *where, *files], check=True, env=env, capture_output=True, text=True)  # noqa: S603
    except FileNotFoundError:
        raise Problem(
            "no_tool", f"{command[0]} is not installed.", remedy="Install PostgreSQL's client programs."
        ) from None
    except subprocess.CalledProcessError as error:
        raise Problem(
            "tool_failed", f"{command[0]}: {error.stderr.strip()}", remedy="See what PostgreSQL says."
        ) from None
