"""``make bench``: how fast, as ratios to a reference measured in the same run (docs/performance.md).

    python -m bench [--events 1000000] [--cases 100000] [--organisations 1000000] [--database sqlite|postgres|both]
                    [--only trace|cases|credit]

Everything runs on this machine: a real server on loopback, a database made for the run, one client.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from bench import documents
from tests.run import server as postgres_server

DOCUMENT = 10_000  # events, with ten EPCs each
PORT = int(os.environ.get("BENCH_PORT", 8765))
POSTGRES = "-c shared_buffers=1GB"  # as docs/operations.md advises; commits are durable, as by default
BASE = f"http://127.0.0.1:{PORT}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument(
        "--events", type=int, default=1_000_000, help="events in the database for the second half"
    )
    parser.add_argument("--cases", type=int, default=100_000, help="open cases on the workbench")
    parser.add_argument(
        "--organisations", type=int, default=1_000_000, help="organisations with credit files"
    )
    parser.add_argument("--only", choices=("trace", "cases", "credit"), help="a part of it")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    options = parser.parse_args()
    results: dict[str, Any] = {}
    if options.database in ("sqlite", "both"):
        results["sqlite"] = both(None, options)
    if options.database in ("postgres", "both"):
        with postgres_server(os.environ.get("ZHIHENG_TEST_POSTGRES_URL"), POSTGRES) as address:
            if address:
                results["postgres"] = both(address, options)
            else:
                print("PostgreSQL is not installed here: its half was not measured")
    print(json.dumps(results, indent=2))
    return 0


def both(address: str | None, options: argparse.Namespace) -> dict[str, Any]:
    """The chain, the workbench and the credit files on one database."""
    figures: dict[str, Any] = {}
    if options.only in (None, "trace"):
        figures |= one_database(address, options.events)
    if options.only in (None, "cases"):
        figures |= workbench(address, options.cases)
    if options.only in (None, "credit"):
        figures |= credit(address, options.organisations)
    return figures


def credit(address: str | None, organisations: int) -> dict[str, Any]:
    """Risk classes of all organisations in one run, one file, the public list; with a tenth and with all of them."""
    home = Path(tempfile.mkdtemp(prefix="zhiheng-bench-"))
    env = os.environ | {"ZHIHENG_HOME": str(home), "ZHIHENG_RATE": "0", "ZHIHENG_DEMO": "1"}
    env.pop("ZHIHENG_DATABASE_URL", None)
    if address:
        env["ZHIHENG_DATABASE_URL"] = fresh(address)
    timed: dict[str, dict[str, Any]] = {}
    try:
        session = call("setup", env, module="bench.credit")["session"]
        for size in (organisations // 10, organisations):
            filled = call("fill", env, str(size), module="bench.credit")
            first = call("classes", env, "0", module="bench.credit")
            # The next run is the nightly one: hardly anything has changed.
            figures = {
                "classes, first run, s": first["seconds"],
                "MiB": first["MiB"],
                "classes": first["classes"],
            }
            days = "1" if size == organisations else "0"
            if days == "1":
                figures["classes, next night, s"] = call("classes", env, days, module="bench.credit")[
                    "seconds"
                ]
            with serving(env):
                with httpx.Client(base_url=BASE, cookies={"sessionid": session}, timeout=120) as client:
                    figures["one file ms (p95)"] = pages(
                        client, [f"/desk/credit/{c}/" for c in filled["codes"]]
                    )
                    figures["why a class ms (p95)"] = pages(
                        client, [f"/desk/credit/{c}/class/" for c in filled["codes"]]
                    )
                    figures["all organisations ms (p95)"] = page(client, "/desk/credit/")
                    figures["class D ms (p95)"] = page(client, "/desk/credit/?files-class=D")
                with httpx.Client(base_url=BASE, timeout=120) as client:
                    figures["public file ms (p95)"] = pages(
                        client, [f"/credit/{c}/" for c in filled["codes"]]
                    )
                    figures["public list ms (p95)"] = page(client, "/credit/")
                    reply = client.get("/credit/")
                    again = client.get("/credit/", headers={"If-None-Match": reply.headers["ETag"]})
                    assert again.status_code == 304, again.status_code
                    assert "public" in reply.headers["Cache-Control"]
            timed[f"{size:,}"] = figures
            print(f"{'PostgreSQL' if address else 'SQLite'} {size:,} organisations: {figures}", flush=True)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    before, after = timed.values()
    grown = {
        k: round(after[k] / before[k], 2) for k in before if isinstance(before[k], int | float) and before[k]
    }
    return {"credit": timed, "ten times the organisations cost": grown}


def pages(client: httpx.Client, paths: list[str]) -> float:
    """p95 over several pages of a kind, each once warm, in milliseconds."""
    times = []
    for path in [*paths[:2], *paths]:
        started = time.perf_counter()
        reply = client.get(path)
        times.append(time.perf_counter() - started)
        assert reply.status_code == 200, reply.text[:500]
    return round(p95(times[2:]) * 1000, 1)


def workbench(address: str | None, cases: int) -> dict[str, Any]:
    """p95 of the pages an officer has open all day, with a tenth and with all of the cases."""
    home = Path(tempfile.mkdtemp(prefix="zhiheng-bench-"))
    env = os.environ | {"ZHIHENG_HOME": str(home), "ZHIHENG_RATE": "0", "ZHIHENG_DEMO": "1"}
    env.pop("ZHIHENG_DATABASE_URL", None)
    if address:
        env["ZHIHENG_DATABASE_URL"] = fresh(address)
    timed: dict[str, dict[str, float]] = {}
    try:
        session = call("setup", env, module="bench.cases")["session"]
        for size in (cases // 10, cases):
            call("fill", env, str(size), module="bench.cases")
            with (
                serving(env),
                httpx.Client(base_url=BASE, cookies={"sessionid": session}, timeout=120) as client,
            ):
                timed[f"{size:,}"] = {name: page(client, path) for name, path in PAGES.items()}
            print(
                f"{'PostgreSQL' if address else 'SQLite'} {size:,} open cases: {timed[f'{size:,}']}",
                flush=True,
            )
    finally:
        shutil.rmtree(home, ignore_errors=True)
    before, after = timed.values()
    return {
        "workbench ms (p95)": timed,
        "ten times the cases cost": {k: round(after[k] / before[k], 2) for k in after},
    }


PAGES = {
    "my day": "/desk/cases/",
    "all cases": "/desk/cases/all/",
    "late in this office": "/desk/cases/all/?cases-mine=office&cases-due=late",
    "search of a frequent word": "/desk/cases/all/?cases-q=饼干",
    "search of a shop": "/desk/cases/all/?cases-q=模拟商店4321",
    "search of a number": "/desk/cases/all/?cases-q=广州天河市监投〔2026〕21号",
    "how offices stand": "/desk/cases/figures/",
}


def page(client: httpx.Client, path: str) -> float:
    """p95 of a page over HTTP in milliseconds."""
    times = []
    for _ in range(40):
        started = time.perf_counter()
        reply = client.get(path)
        times.append(time.perf_counter() - started)
        assert reply.status_code == 200, reply.text[:500]
    return round(p95(times[2:]) * 1000, 1)


def fresh(address: str) -> str:
    """An empty database on the server: the workbench's figures have nothing to do with the chain's rows."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS workbench")
        connection.execute("CREATE DATABASE workbench")
    return address.rsplit("/", 1)[0] + "/workbench"


def one_database(address: str | None, events: int) -> dict[str, Any]:
    """All figures of one database."""
    name = "PostgreSQL" if address else "SQLite"
    home = Path(tempfile.mkdtemp(prefix="zhiheng-bench-"))
    env = os.environ | {"ZHIHENG_HOME": str(home), "ZHIHENG_RATE": "0"}
    env.pop("ZHIHENG_DATABASE_URL", None)
    if address:
        env["ZHIHENG_DATABASE_URL"] = address
    figures: dict[str, Any] = {}
    try:
        key = call("setup", env)["key"]
        call("fill", env, "0")  # nothing is left to look for breaks in
        with serving(env):
            client = httpx.Client(base_url=BASE, headers={"Authorization": f"Bearer {key}"}, timeout=300)
            reference = [call("reference", env, str(n))["rate"] for n in range(3)]
            empty = [capture(client, documents.shipping(DOCUMENT, 10, start=n)) for n in range(3)]
            figures["reference events/s"] = round(max(reference))
            figures["capture events/s, empty"] = round(max(empty))
            figures["capture ratio to reference"] = round(max(empty) / max(reference), 2)
            say(name, figures)
            latencies = {"start": ask(client)}
            tenth = events // 10
            for size in (tenth, events):
                call("fill", env, str(size))
                latencies[f"{size:,}"] = ask(client)
                print(f"{name} {size:,} events: {latencies[f'{size:,}']}", flush=True)
            full = [capture(client, documents.shipping(DOCUMENT, 10, start=1000 + n)) for n in range(3)]
            figures["capture events/s, full"] = round(max(full))
            figures["full ratio to empty"] = round(max(full) / max(empty), 2)
            figures["latency ms (p95)"] = latencies
            before, after = latencies[f"{tenth:,}"], latencies[f"{events:,}"]
            figures["ten times the data costs"] = {k: round(after[k] / before[k], 2) for k in after}
            say(name, figures)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return figures


def say(name: str, figures: dict[str, Any]) -> None:
    print(f"{name}: " + json.dumps(figures), flush=True)


def call(command: str, env: dict[str, str], *args: str, module: str = "bench.steps") -> Any:
    """Run a step in a process of its own, so that no state is shared with the server or the client."""
    process = subprocess.run(
        [sys.executable, "-m", module, command, *args],
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(process.stdout.splitlines()[-1])


@contextmanager
def serving(env: dict[str, str]) -> Iterator[None]:
    """A real server with its worker, as `zhiheng serve` starts it."""
    process = subprocess.Popen([sys.executable, "-m", "zhiheng.cli", "serve", "--port", str(PORT)], env=env)
    try:
        for _ in range(200):
            try:
                if httpx.get(f"{BASE}/healthz").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(timeout=40)


def capture(client: httpx.Client, body: bytes) -> float:
    """Events a second from the first byte sent to the job done."""
    started = time.perf_counter()
    reply = client.post(
        "/epcis/capture",
        content=body,
        headers={"Content-Type": "application/ld+json", "GS1-Capture-Error-Behaviour": "proceed"},
    )
    assert reply.status_code == 202, reply.text
    while True:
        job = client.get(reply.headers["Location"]).json()
        if not job["running"]:
            break
        time.sleep(0.05)  # asking costs a core some work too
    assert job["captured"] == DOCUMENT, job
    return DOCUMENT / (time.perf_counter() - started)


def ask(client: httpx.Client) -> dict[str, float]:
    """p95 latencies over HTTP in milliseconds."""
    timed: dict[str, list[float]] = {"history of one EPC": [], "trace of one EPC": []}
    for n in range(200):
        epc = documents.traced(n)
        for question, url, params in (
            ("history of one EPC", "/epcis/events", {"MATCH_anyEPC": epc}),
            ("trace of one EPC", "/api/v1/trace/trace", {"code": epc}),
        ):
            started = time.perf_counter()
            reply = client.get(url, params=params)
            timed[question].append(time.perf_counter() - started)
            assert reply.status_code == 200, reply.text
    for size, rounds in ((6_000, 20), (100_000, 5)):
        question = f"scope of {size:,}"
        timed[question] = []
        for _ in range(rounds):
            started = time.perf_counter()
            reply = client.get("/api/v1/trace/scope", params={"code": documents.recalled(size)})
            timed[question].append(time.perf_counter() - started)
            assert len(reply.json()["items"]) == size + 1, reply.text[:500]
    return {question: round(p95(times) * 1000, 1) for question, times in timed.items()}


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1] if len(times) > 5 else max(times)


if __name__ == "__main__":
    sys.exit(main())
