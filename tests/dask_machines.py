"""A Dask scheduler and workers for tests: real processes, on loopback or each in a network of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
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
        host, port, where = self._place()
        self.address = f"tcp://{host}:{port}"
        self._start(where, "scheduler", "--host", host, "--port", str(port), "--no-dashboard")

    def _place(self) -> tuple[str, int, list[str]]:
        """Address and port for one more process, and the words before its command that put it there."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return "127.0.0.1", probe.getsockname()[1], []

    def _start(self, where: list[str], kind: str, *options: str) -> subprocess.Popen[bytes]:
        path = os.pathsep.join([str(Path(__file__).parent), str(Path(autograder.__file__).parent.parent)])
        process = subprocess.Popen(
            [*where, sys.executable, "-c", START.format(kind), *options],
            env={
                **os.environ,
                "PYTHONPATH": path,
                "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "critical",
                "DASK_TEMPORARY_DIRECTORY": str(self.folder),
            },
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
        host, _, where = self._place()
        common = ["--nthreads", str(threads), "--no-nanny", "--no-dashboard", "--host", host]
        return self._start(where, "worker", self.address, *common, *options)

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


SUBNET = "198.18.77"  # of the range that is set apart for measurements between networks
PORT = 8786


class MachinesApart(Machines):
    """The same, each process in a network namespace of its own, joined by a bridge in the scheduler's."""

    def __init__(self, folder: Path) -> None:
        self.names: list[str] = []
        self.link = f"dm{os.getpid()}"
        try:
            super().__init__(folder)
        except BaseException:
            self.close()
            raise

    def _place(self) -> tuple[str, int, list[str]]:
        number = len(self.names) + 1
        name = f"{self.link}-{number}"
        _ip("netns", "add", name)
        self.names.append(name)
        hub = self.names[0]
        _ip("-n", name, "link", "set", "lo", "up")
        if number == 1:
            _ip("-n", hub, "link", "add", "hub", "type", "bridge")
            _ip("-n", hub, "addr", "add", f"{SUBNET}.1/24", "dev", "hub")
            _ip("-n", hub, "link", "set", "hub", "up")
            # This process is on that network, too.
            _ip("link", "add", self.link, "type", "veth", "peer", "name", "host", "netns", hub)
            _ip("addr", "add", f"{SUBNET}.254/24", "dev", self.link)
            _ip("link", "set", self.link, "up")
            self._join("host")
        else:
            _ip("-n", name, "link", "add", "out", "type", "veth", "peer", "name", f"w{number}", "netns", hub)
            _ip("-n", name, "addr", "add", f"{SUBNET}.{number}/24", "dev", "out")
            _ip("-n", name, "link", "set", "out", "up")
            self._join(f"w{number}")
        return f"{SUBNET}.{number}", PORT, ["ip", "netns", "exec", name]

    def _join(self, end: str) -> None:
        _ip("-n", self.names[0], "link", "set", end, "master", "hub", "up")

    def close(self) -> None:
        """End the processes and take the networks down."""
        super().close()
        for name in self.names:
            _ip("netns", "delete", name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def no_networks() -> str:
    """Why no network namespaces can be made here, or ''."""
    if os.getuid() or not shutil.which("ip"):
        return "network namespaces need root and the program 'ip' (Debian's package iproute2)"
    name = f"try{os.getpid()}"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if tried.returncode:
        return f"no network namespace can be made here: {tried.stderr.strip()}"
    _ip("netns", "delete", name)
    return ""
