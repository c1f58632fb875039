"""A JupyterHub as `make hub` starts it, once for all tests of this folder."""

from __future__ import annotations

import importlib.util
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

MISSING = [
    name for name in ("jupyterhub", "jupyterhub_idle_culler") if importlib.util.find_spec(name) is None
]
WEEKS = ("week4_gmm",)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without the Hub's parts the tests say so and are skipped."""
    here = Path(__file__).parent
    from_hub = [item for item in items if here in item.path.parents]
    if MISSING:
        reason = f"{', '.join(MISSING)} not installed: run 'make setup-hub'"
    elif not _proxy():
        reason = "JupyterHub's proxy is not installed: run 'make setup-hub' (it needs Node.js)"
    else:
        return
    for item in from_hub:
        item.add_marker(pytest.mark.skip(reason=reason))


def _proxy() -> bool:
    from autograder.hub.demo import PROXY

    return bool(
        os.environ.get("CONFIGURABLE_HTTP_PROXY") or shutil.which("configurable-http-proxy") or PROXY.exists()
    )


class RunningHub:
    """The demonstration, and people who log in without a browser."""

    def __init__(self, demo: Any) -> None:
        self.demo = demo
        self.url = demo.url

    def login(self, name: str) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.get(f"{self.url}/hub/login", timeout=30)
        answer = session.post(
            f"{self.url}/hub/login",
            data={
                "username": name,
                "password": self.demo.passwords[name],
                "_xsrf": session.cookies.get("_xsrf", path="/hub/"),
            },
            timeout=30,
        )
        assert answer.status_code == 200, answer.text
        return session

    def call(self, session: requests.Session, method: str, path: str, **options: Any) -> requests.Response:
        """A request to the Hub as its own pages make it."""
        headers = {
            "X-XSRFToken": session.cookies.get("_xsrf", path="/hub/") or "",
            "Referer": f"{self.url}/hub/home",
        }
        return session.request(method, f"{self.url}/hub/api/{path}", headers=headers, timeout=60, **options)

    def server_token(self, name: str) -> str:
        """The token in somebody's own server, which is started for it."""
        with self.login(name) as session:
            answer = self.call(session, "POST", f"users/{name}/server")
            assert answer.status_code in (201, 202, 400), answer.text
            return self.environment(JUPYTERHUB_USER=name)["JUPYTERHUB_API_TOKEN"]

    def service_token(self, name: str) -> str:
        return self.environment(JUPYTERHUB_SERVICE_NAME=name)["JUPYTERHUB_API_TOKEN"]

    def environment(self, **wanted: str) -> dict[str, str]:
        """The environment of a process of the demonstration: everybody is the same uid here."""
        from autograder.hub.demo import MARK

        wanted = {**wanted, MARK: self.demo.mark}
        until = time.monotonic() + 60
        pause = threading.Event()
        while time.monotonic() < until:
            for path in Path("/proc").glob("[0-9]*/environ"):
                try:
                    lines = path.read_bytes().decode(errors="replace").split("\0")
                except OSError:
                    continue
                found = dict(line.split("=", 1) for line in lines if "=" in line)
                if wanted.items() <= found.items() and "JUPYTERHUB_API_TOKEN" in found:
                    return found
            pause.wait(0.2)
        raise AssertionError(f"no process has {wanted}")

    def with_token(self, token: str, method: str, url: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"token {token}"}
        return requests.request(method, url, headers=headers, timeout=60, allow_redirects=False, **options)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    from autograder.hub.demo import prepare, running

    demo = prepare(tmp_path_factory.mktemp("hub") / "demo", WEEKS)
    with running(demo, WEEKS):
        yield RunningHub(demo)
