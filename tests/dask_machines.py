"""A Dask scheduler and workers for tests: real processes on loopback."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import autograder

START = "from distributed.cli.dask_{0} import main; main()"


class Machines:
    """A scheduler and its workers: processes of their own, with the tests' own Python."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        self._start("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")

    def _start(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        path = os.pathsep.join([str(Path(__file__).parent), str(Path(autograder.__file__).parent.parent)])
        process = subprocess.Popen(
            [sys.executable, "-c", START.format(kind), *options],
            env={**os.environ, "PYTHONPATH": path, "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "critical"},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self.processes.append(process)
        return process

    def worker(self, *options: str, threads: int = 1) -> subprocess.Popen[bytes]:
        """One more worker, without a nanny: dead is dead."""
        common = ["--nthreads", str(threads), "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"]
        return self._start("worker", self.address, *common, *options)

    def wait_for(self, count: int) -> None:
        """Until so many workers have come."""
        from distributed import Client

        with Client(self.address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=60)

    def close(self) -> None:
        for process in reversed(self.processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
