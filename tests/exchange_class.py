"""An exchange service for tests, with a Hub that knows a few people."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
from jupyterhub.services.auth import HubAuth

from autograder.config import Course, ExchangeLimits, Extension, Week
from autograder.exchange.service import Service, scope
from autograder.exchange.store import Store
from course_exchange.client import ExchangeClient
from course_exchange.manifest import of_folder

ROOT = Path(__file__).parent.parent
PREFIX = "/services/exchange/"
ACCESS = "access:services!service=exchange"
WEEK, LATER = "week1_small", "week2_later"
DUE = datetime(2027, 3, 1, 12, tzinfo=UTC)
STUDENT, STAFF, OVERSEER = ("submit",), ("release", "collect"), ("oversee",)

COURSE_CONFIG = """
from pathlib import Path
from exchange_class import course_at
course = course_at(Path({folder!r}))
"""


def course_at(folder: Path, limits: ExchangeLimits | None = None) -> Course:
    weeks = tuple(
        Week(name=name, title="Small", reference="small", deadline=(DUE + timedelta(days=days)).isoformat())
        for name, days in ((WEEK, 0), (LATER, 7))
    )
    return Course(
        id="small",
        title="Small",
        weeks=weeks,
        # The disks that tests run on may be nearly full.
        exchange=limits or ExchangeLimits(reserve_mb=1, requests_per_minute=100_000, uploads_per_hour=10_000),
        extensions=(Extension("zoe", WEEK, (DUE + timedelta(days=3)).isoformat(), "ill"),),
        root=folder / "root",
        data=folder / "data",
    )


class StubHub:
    """Answers as the Hub does when it is asked whose a token is."""

    def __init__(self) -> None:
        self.tokens: dict[str, dict[str, Any]] = {}
        self.asked = 0
        self.down = False
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                stub.asked += 1
                known = stub.tokens.get(self.headers.get("Authorization", "").removeprefix("token "))
                status = 503 if stub.down else 403 if known is None or self.path != "/hub/api/user" else 200
                body = json.dumps(known if status == 200 else {"status": status}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 1024

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hub/api"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def admit(self, name: str, *rights: str, kind: str = "user", scopes: tuple[str, ...] = (ACCESS,)) -> str:
        """Let somebody in and return their token."""
        token = f"token-of-{name if name.isalnum() else 'somebody'}-{len(self.tokens)}"
        given = [*scopes, *(scope("small", right) for right in rights)]
        self.tokens[token] = {"kind": kind, "name": name, "scopes": given}
        return token

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Exchange:
    """A running service, the Hub it asks, and its clock."""

    def __init__(
        self, folder: Path, limits: ExchangeLimits | None = None, database: str | None = None
    ) -> None:
        self.hub = StubHub()
        self.moment = DUE - timedelta(days=2)
        self.course = course_at(folder, limits)
        self.store = Store(self.course, folder / "exchange", database, now=lambda: self.moment)
        self.auth = HubAuth(
            api_url=self.hub.url, api_token="service", access_scopes={ACCESS}, cache_max_age=10
        )
        self.service = Service(self.store, self.auth, PREFIX)
        started = threading.Event()
        self.loop = asyncio.new_event_loop()

        async def start() -> None:
            self.server = self.service.listen(0, "127.0.0.1")
            self.port = next(iter(self.server._sockets.values())).getsockname()[1]
            started.set()

        def run() -> None:
            self.loop.run_until_complete(start())
            self.loop.run_forever()
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()
        assert started.wait(10)
        self.url = f"http://127.0.0.1:{self.port}{PREFIX}"
        self.clients: list[ExchangeClient] = []

    def client(self, token: str) -> ExchangeClient:
        client = ExchangeClient(self.url, token, patience=5)
        self.clients.append(client)
        return client

    def person(self, name: str, *rights: str) -> ExchangeClient:
        return self.client(self.hub.admit(name, *rights))

    def raw(self, token: str, method: str, path: str, **options: Any) -> requests.Response:
        """A request as an attacker would write it."""
        headers = {"Authorization": f"token {token}", **options.pop("headers", {})}
        return requests.request(method, self.url + path, headers=headers, timeout=20, **options)

    def close(self) -> None:
        for client in self.clients:
            client.close()

        async def stop() -> None:
            self.server.stop()
            await self.server.close_all_connections()

        asyncio.run_coroutine_threadsafe(stop(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.service.pool.shutdown()
        self.store.close()
        self.hub.close()


def work(folder: Path, **files: str | bytes) -> Path:
    """A folder with files; double underscores in a name stand for the dot."""
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def release(staff: ExchangeClient, folder: Path, week: str = WEEK, text: str = "{}") -> dict[str, Any]:
    made = work(folder / "release" / week, **{f"{week}__ipynb": text})
    return staff.upload("assignment", week, made, of_folder(made))


def hand_in(student: ExchangeClient, folder: Path, text: str | bytes, week: str = WEEK) -> dict[str, Any]:
    made = work(folder, **{f"{week}__ipynb": text})
    return student.upload("submission", week, made, of_folder(made))


def announced(week: str, folder: Path, kind: str = "submission", **more: Any) -> dict[str, Any]:
    """The body of a request that begins an upload."""
    files = [vars(entry) for entry in of_folder(folder)]
    return {"kind": kind, "assignment": week, "about": "", "nonce": "n1", "files": files, **more}


@contextlib.contextmanager
def process(folder: Path, hub: StubHub, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The service as JupyterHub starts it; it answers when the block begins."""
    config = folder / "course_config.py"
    config.write_text(COURSE_CONFIG.format(folder=str(folder)))
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}",
        "JUPYTERHUB_SERVICE_URL": url,
        "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
        "JUPYTERHUB_SERVICE_NAME": "exchange",
        "JUPYTERHUB_API_TOKEN": "service",
        "JUPYTERHUB_API_URL": hub.url,
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps([ACCESS]),
    }
    command = [sys.executable, "-m", "autograder.exchange", "--config", str(config)]
    with open(folder / "service.log", "ab") as log:
        running = subprocess.Popen(
            [*command, "--folder", str(folder / "exchange")],
            env=environment,
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    try:
        with ExchangeClient(url + PREFIX, "nobody", patience=60) as client:
            client.public_key()
        yield running
    finally:
        running.kill()
        running.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition: Any, seconds: float = 30.0) -> None:
    """Wait until something is so; fail after a time in which it should long have been."""
    until = time.monotonic() + seconds
    event = threading.Event()
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        event.wait(0.01)
