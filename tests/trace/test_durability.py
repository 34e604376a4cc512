"""Acknowledged means durable: the server is killed with SIGKILL while it captures, again and again.

KILL_ROUNDS sets how often (50 for the figure in docs/performance.md).
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.trace.build import document, seen, serial
from zhiheng.trace.store.base import decode_parts

ROUNDS = int(os.environ.get("KILL_ROUNDS", "5"))
EVENTS, EPCS = 300, 4
PORT = 8790 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
BASE = f"http://127.0.0.1:{PORT}"


@contextmanager
def server(env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A real server with its worker, in a process group of its own, killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "zhiheng.cli", "serve", "--port", str(PORT)],
        env=env, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(300):
            try:
                if httpx.get(f"{BASE}/healthz", timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        else:
            pytest.fail("the server did not start")
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def setup(env: dict[str, str]) -> str:
    """Tables and an API key, made in a process of its own."""
    script = (
        "from zhiheng.cli import _django; _django()\n"
        "from zhiheng.core.accounts.actions import create_key, create_user\n"
        "user = create_user(None, 'sender', 'system')\n"
        "print(create_key(None, 'k', ['epcis:capture', 'epcis:query'], user=user)[1])\n"
    )
    return subprocess.run(
        [sys.executable, "-c", script], env=env, check=True, capture_output=True, text=True
    ).stdout.split()[-1]


def test_everything_acknowledged_is_there_once_after_every_kill(tmp_path: Path) -> None:
    env = os.environ | {"ZHIHENG_HOME": str(tmp_path), "ZHIHENG_RATE": "0"}
    env.pop("ZHIHENG_DATABASE_URL", None)
    dice = random.Random(7)
    headers = {"Authorization": f"Bearer {setup(env)}", "Content-Type": "application/ld+json"}
    acknowledged: dict[str, int] = {}  # where the job is -> which document
    sent = 0
    for _ in range(ROUNDS):
        with server(env):
            until = time.monotonic() + dice.uniform(0.05, 1.5)
            with httpx.Client(base_url=BASE, headers=headers, timeout=30) as client:
                while time.monotonic() < until:
                    behaviour = dice.choice(["proceed", "rollback"])
                    body = _body(sent)
                    try:
                        reply = client.post(
                            "/epcis/capture", content=body, headers={"GS1-Capture-Error-Behaviour": behaviour}
                        )
                    except httpx.TransportError:
                        break
                    assert reply.status_code == 202
                    acknowledged[reply.headers["Location"]] = sent
                    sent += 1
    with server(env), httpx.Client(base_url=BASE, headers=headers, timeout=30) as client:
        for location, number in acknowledged.items():
            job = _finished(client, location)
            assert job["success"], job
            assert (job["captured"], job["duplicates"], job["rejected"]) == (EVENTS, 0, 0), (number, job)
    assert len(acknowledged) > ROUNDS
    _whole(tmp_path / "zhiheng.sqlite3", len(acknowledged) * EVENTS)


def _body(number: int) -> bytes:
    first = number * EVENTS
    return document(
        [seen(n % 600, 1, *[serial(1, f"{first + n}-{e}") for e in range(EPCS)]) for n in range(EVENTS)]
    )


def _finished(client: httpx.Client, location: str) -> dict[str, Any]:
    for _ in range(1500):  # a job whose worker was killed waits for its lease to run out
        job: dict[str, Any] = client.get(location).json()
        if not job["running"]:
            return job
        time.sleep(0.1)
    pytest.fail(f"{location} did not end")


def _whole(path: Path, events: int) -> None:
    """As many events as were acknowledged, each with all its rows in the index, and no row without its event."""
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT id, event_id, parts FROM trace_event").fetchall()
        links = set(database.execute("SELECT event, item FROM trace_link WHERE role = 'e'"))
        orphans = database.execute(
            "SELECT count(*) FROM trace_link WHERE event NOT IN (SELECT id FROM trace_event)"
        ).fetchone()[0]
    assert len(rows) == len({row[1] for row in rows}) == events
    assert orphans == 0
    assert links == {(id, epc) for id, _, parts in rows for epc in decode_parts(parts).epcs}


def test_what_the_server_started_leaves_with_it(tmp_path: Path) -> None:
    """Killed alone, not with its group: the port is free again, and no worker goes on unseen."""
    env = os.environ | {"ZHIHENG_HOME": str(tmp_path)}
    env.pop("ZHIHENG_DATABASE_URL", None)
    with server(env) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        for _ in range(150):
            try:
                httpx.get(f"{BASE}/healthz", timeout=5)
            except httpx.TransportError:
                break
            time.sleep(0.1)
        else:
            pytest.fail("the web worker still answers")
        for _ in range(150):
            if not _alive(process.pid):
                return
            time.sleep(0.1)
        pytest.fail(f"still there: {_alive(process.pid)}")


def _alive(group: int) -> list[str]:
    """The processes of a group, but for those that ended and wait to be buried."""
    listed = subprocess.run(
        ["ps", "-eo", "pgid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    return [row[2] for row in rows if row[0] == str(group) and not row[1].startswith("Z")]
