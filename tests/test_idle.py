"""A student's server and the idle culler: what works in silence is not idle."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking import BlockingKernelClient

CONFIG = Path(__file__).parent.parent / "docker" / "student"
STOCK = "jupyter_server.services.kernels.kernelmanager.AsyncMappingKernelManager"


class Server:
    """A JupyterLab server's API, with the configuration of students' images."""

    def __init__(self, folder: Path, *options: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        self.runtime = folder / "runtime"
        own = {name: str(folder / name) for name in ("home", "config", "data")}
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")},
            "HOME": own["home"],
            # Packages of the server make folders here when they are loaded, and leave them.
            "TMPDIR": str(folder),
            "JUPYTER_CONFIG_DIR": own["config"],
            "JUPYTER_DATA_DIR": own["data"],
            "JUPYTER_RUNTIME_DIR": str(self.runtime),
            "JUPYTER_CONFIG_PATH": str(CONFIG),
            "JUPYTER_TOKEN": "token",
            "COURSE_ACTIVITY_SECONDS": "0.1",
        }
        root = ["--allow-root"] if os.geteuid() == 0 else []
        command = [
            sys.executable,
            "-m",
            "jupyter_server",
            f"--port={self.url.rsplit(':')[-1]}",
            "--ip=127.0.0.1",
        ]
        command += [f"--ServerApp.root_dir={folder}", *root, *options]
        with open(folder / "log", "wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)

    def ask(self, method: str, path: str, **body: Any) -> Any:
        headers = {"Authorization": "token token", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if method == "POST" else None
        request = urllib.request.Request(f"{self.url}/api/{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def last_activity(self) -> str:
        """What the server reports to the Hub."""
        return str(self.ask("GET", "status")["last_activity"])

    def up(self) -> bool:
        assert self.process.poll() is None
        try:
            return bool(self.last_activity())
        except OSError:
            return False


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    until, pause = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        pause.wait(0.1)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    servers = []

    def started(*options: str) -> Server:
        servers.append(Server(tmp_path, *options))
        wait_for(servers[-1].up)
        return servers[-1]

    yield started
    for server in servers:
        server.process.terminate()
        server.process.wait(60)


def working(server: Server, code: str) -> BlockingKernelClient:
    """A client whose kernel has begun to run code, as the server knows."""
    kernel = server.ask("POST", "kernels", name="python3")["id"]
    client = BlockingKernelClient(connection_file=str(server.runtime / f"kernel-{kernel}.json"))
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    client.execute(code)
    wait_for(lambda: server.ask("GET", f"kernels/{kernel}")["execution_state"] == "busy")
    return client


SILENT = "import time\nwhile True:\n    time.sleep(0.01)"


def test_a_kernel_that_works_in_silence_counts_as_activity(start):
    server = start()
    client = working(server, SILENT)
    for _ in range(2):
        before = server.last_activity()
        wait_for(lambda before=before: server.last_activity() > before, 20)
    client.stop_channels()


def test_jupyters_own_manager_would_let_it_be_culled(start):
    server = start(f"--ServerApp.kernel_manager_class={STOCK}")
    client = working(server, SILENT)
    before = server.last_activity()
    assert {server.last_activity() for _ in range(100)} == {before}
    client.stop_channels()


def test_what_is_silent_for_half_a_day_no_longer_counts():
    from datetime import UTC, datetime, timedelta
    from types import SimpleNamespace

    space: dict[str, Any] = {
        "get_config": lambda: SimpleNamespace(
            ServerApp=SimpleNamespace(), MappingKernelManager=SimpleNamespace()
        )
    }
    exec(compile((CONFIG / "jupyter_server_config.py").read_text(), "config", "exec"), space)
    look = space["PatientKernelManager"].count_busy_kernels
    long_ago = datetime.now(UTC) - timedelta(days=1)
    for hours, state, counts in ((13, "busy", False), (11, "busy", True), (1, "idle", False)):
        kernel = SimpleNamespace(
            execution_state=state, last_activity=datetime.now(UTC) - timedelta(hours=hours)
        )
        manager = SimpleNamespace(
            list_kernel_ids=lambda: ["one"],
            get_kernel=lambda _, kernel=kernel: kernel,
            last_kernel_activity=long_ago,
        )
        look(manager)
        assert (manager.last_kernel_activity > long_ago) == counts
