"""The web server and the job workers beside it, as one command."""

import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

SERVER = "ZHIHENG_SERVER"  # the process that processes started here leave with


def run(host: str, port: int, workers: int) -> None:
    """Serve until told to stop. A worker that dies is started again."""
    from granian import Granian
    from granian.constants import Interfaces

    os.environ[SERVER] = str(os.getpid())
    stop = threading.Event()
    watchers = [threading.Thread(target=_keep_worker, args=(stop,), daemon=True) for _ in range(workers)]
    for watcher in watchers:
        watcher.start()
    server: Any = Granian(
        "zhiheng.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=4,
        backpressure=64,
        log_access=False,
        respawn_failed_workers=True,
    )
    try:
        server.serve()
    finally:
        stop.set()
        for watcher in watchers:
            watcher.join(timeout=30)


def _keep_worker(stop: threading.Event) -> None:
    command = [sys.executable, "-m", "zhiheng.cli", "worker"]
    while not stop.is_set():
        process = subprocess.Popen(command)  # noqa: S603
        while process.poll() is None and not stop.wait(0.2):
            pass
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(timeout=25)
            except subprocess.TimeoutExpired:
                process.kill()
        elif not stop.is_set():
            print("zhiheng: a worker died; starting another", file=sys.stderr)
            stop.wait(1)


def leave_with_server() -> None:
    """When the server that started this process is gone, killed, go too: else the port stays taken.

    Does nothing in a process that no server of ours started.
    """
    if SERVER not in os.environ:
        return
    server = int(os.environ[SERVER])  # it may be gone already, so it is not asked whether it is our parent

    def watch() -> None:
        while os.getppid() == server:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(20)  # a job may end its transaction
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
