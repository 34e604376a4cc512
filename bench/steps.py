"""Steps of the benchmark that run in a process of their own. Each prints one JSON object."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import django
import msgspec

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhiheng.settings")
django.setup()

from bench import documents  # noqa: E402


class Plain(msgspec.Struct):
    """A document of which only the events are looked at, each as its bytes."""

    epcisBody: dict[str, list[msgspec.Raw]]  # noqa: N815


def setup() -> dict[str, Any]:
    """Tables, an operator with an API key, and the things that are asked for."""
    from django.core.management import call_command

    from zhiheng.core.accounts import actions
    from zhiheng.core.jobs.runner import run_now
    from zhiheng.trace.capture import submit

    call_command("migrate", interactive=False, verbosity=0)
    user = actions.create_user(None, "bench", "system")
    _, secret = actions.create_key(None, "bench", ["epcis:capture", "epcis:query", "trace:read"], user=user)
    from tests.trace.build import document

    for events in (documents.lives(), documents.recall(6_000), documents.recall(100_000)):
        job = run_now(submit(None, [document(events)], behaviour="proceed"))
        assert job.accepted == len(events), job.error
    return {"key": secret}


def fill(size: str) -> dict[str, Any]:
    """Capture documents until the database holds this many events."""
    from django.db import connection

    from zhiheng.core.jobs.runner import run_now
    from zhiheng.trace.capture import submit
    from zhiheng.trace.models import Unswept

    # The search for breaks is a worker's work when nothing waits; here it would only compete for the cores.
    Unswept.objects.all().delete()
    Unswept.objects.create = lambda **_: None  # type: ignore[method-assign]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM trace_event")
        have = cursor.fetchone()[0]
    number = 2000 + have // 10_000
    while have < int(size):
        job = run_now(submit(None, [documents.shipping(10_000, 10, start=number)], behaviour="proceed"))
        have += job.accepted
        number += 1
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return {"events": have}


def reference(number: str) -> dict[str, Any]:
    """What a person would write by hand: plain decode, the same rows, bulk write; no check of anything."""
    from django.db import connection

    body = documents.shipping(10_000, 10, start=5000 + int(number))
    started = time.perf_counter()
    events, links = [], []
    recorded = time.time_ns() // 1000
    for i, raw in enumerate(msgspec.json.decode(body, type=Plain).epcisBody["eventList"]):
        event = msgspec.json.decode(raw)
        at = recorded + i
        place = event["readPoint"]["id"][19:]
        events.append(
            (
                i, b"%016d" % i, at, recorded, "O", "O", event["bizStep"], event["disposition"], place, "",
                f"urn:uuid:{i}", 0, b"", i, 0, bytes(raw)[:400], bytes(raw),
            )
        )  # fmt: skip
        links += [(epc[19:], at, i, "e") for epc in event["epcList"]]
        links.append((f"gln:{place[4:17]}", at, i, "g"))
        links.append((f"gln:{event['destinationList'][0]['destination'][23:]}", at, i, "g"))
        links.append((event["bizTransactionList"][0]["bizTransaction"], at, i, "t"))
    write = _postgres if connection.vendor == "postgresql" else _sqlite
    taken = write(events, links, started)
    return {"rate": len(events) / taken}


def _sqlite(events: list[Any], links: list[Any], started: float) -> float:
    """executemany into the same tables, in a file of its own, with the same pragmas and one durable commit."""
    import sqlite3

    from django.conf import settings

    from zhiheng.trace.store.sides import WIDTH, Sqlite

    path = Path(settings.HOME, "reference.sqlite3")
    path.unlink(missing_ok=True)
    setting_up = time.perf_counter()
    database = sqlite3.connect(path, isolation_level=None)
    for pragma in settings.DATABASES["default"]["OPTIONS"]["init_command"].split(";"):
        database.execute(pragma)
    for statement in Sqlite().create():
        database.execute(statement)
    started += time.perf_counter() - setting_up
    database.execute("BEGIN IMMEDIATE")
    database.executemany(f"INSERT INTO trace_event VALUES ({','.join('?' * WIDTH)})", events)
    database.executemany("INSERT OR IGNORE INTO trace_link VALUES (?,?,?,?)", links)
    database.execute("COMMIT")
    taken = time.perf_counter() - started
    database.close()
    path.unlink()
    return taken


def _postgres(events: list[Any], links: list[Any], started: float) -> float:
    """COPY into the same tables in a schema of its own."""
    from django.db import connection, transaction

    from zhiheng.trace.store.base import EVENT_COLUMNS
    from zhiheng.trace.store.sides import Postgres

    setting_up = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS reference CASCADE")
        cursor.execute("CREATE SCHEMA reference")
        cursor.execute("SET search_path TO reference")
        for statement in Postgres().create():
            cursor.execute(statement)
        started += time.perf_counter() - setting_up
        with transaction.atomic():
            with cursor.copy(f"COPY trace_event ({EVENT_COLUMNS}) FROM STDIN") as copy:
                for event in events:
                    copy.write_row(event)
            with cursor.copy("COPY trace_link (item, time, event, role) FROM STDIN") as copy:
                for link in links:
                    copy.write_row(link)
        taken = time.perf_counter() - started
        cursor.execute("DROP SCHEMA reference CASCADE")
    return taken


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
