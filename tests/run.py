"""``make test``: the whole suite on SQLite, then all that touches a database again on PostgreSQL.

PostgreSQL is started here, private and on loopback, when the machine has its programs; with CI=true its absence
(like that of a browser) is a failure, not a skip.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CI = os.environ.get("CI") == "true"
PURE = ("knowledge", "epcis")  # these never touch a database
STORIES = {"test_case_story.py", "test_check_story.py"}  # those in a browser that are told on both databases
WORKERS = os.environ.get("TEST_WORKERS", str(min(os.cpu_count() or 1, 4)))


def main() -> int:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="zhiheng-test-") as home:
        env = os.environ | {"ZHIHENG_HOME": home, "PYTHONDONTWRITEBYTECODE": "1"}
        env.pop("ZHIHENG_DATABASE_URL", None)
        say("SQLite: the whole suite")
        failed = pytest(env, ["tests", *sys.argv[1:]])
        url = os.environ.get("ZHIHENG_TEST_POSTGRES_URL")
        with server(url) as address:
            if address:
                say("PostgreSQL: everything that touches a database")
                browsing = [p for p in (ROOT / "tests/browser").glob("test_*.py") if p.name not in STORIES]
                ignored = [f"--ignore=tests/{name}" for name in PURE]
                ignored += [f"--ignore={path.relative_to(ROOT)}" for path in browsing]
                failed |= pytest(env | {"ZHIHENG_DATABASE_URL": address}, ["tests", *ignored, *sys.argv[1:]])
            elif CI:
                say("PostgreSQL is missing, and CI must run on both databases")
                failed = 1
            else:
                say("PostgreSQL is not installed here, so its half was not run (apt-get install postgresql)")
    say(f"{'FAILED' if failed else 'passed'} in {time.monotonic() - started:.0f} s")
    if not failed:
        say("next: make demo")
    return failed


def pytest(env: dict[str, str], args: list[str]) -> int:
    """Run pytest; no test at all is a failure."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", WORKERS, "--dist", "loadgroup", *args]
    return int(subprocess.run(command, cwd=ROOT, env=env, check=False).returncode != 0)


def say(text: str) -> None:
    print(f"· {text}", flush=True)


@contextmanager
def server(url: str | None, settings: str = "-c fsync=off") -> Iterator[str | None]:
    """The address of a PostgreSQL server to test on: the one given, or a private one, or None."""
    if url:
        yield url
        return
    programs = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True
    )
    folder = next(iter(programs), None)
    if folder is None:
        found = shutil.which("initdb")
        folder = Path(found).parent if found else None
    if folder is None:
        yield None
        return
    # The server refuses to run as root: it gets the package's own user.
    other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with socket.socket() as free:  # another run on this machine may have a server of its own
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="zhiheng-pg-", dir="/tmp") as home:
        if other:
            shutil.chown(home, "postgres")
        data = f"{home}/data"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
        options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c max_connections=300 {settings}"
        start = [
            *other,
            str(folder / "pg_ctl"),
            "-D",
            data,
            "-w",
            "-l",
            f"{home}/log",
            "-o",
            options,
            "start",
        ]
        initdb = [
            str(folder / "initdb"),
            "-D",
            data,
            "-U",
            "zhiheng",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ]
        subprocess.run([*other, *initdb], check=True, cwd="/", **quiet)
        subprocess.run(start, check=True, cwd="/", **quiet)
        try:
            yield f"postgres://zhiheng@127.0.0.1:{port}/postgres"
        finally:
            stop = [*other, str(folder / "pg_ctl"), "-D", data, "-m", "immediate", "stop"]
            subprocess.run(stop, check=False, cwd="/", **quiet)


if __name__ == "__main__":
    sys.exit(main())
