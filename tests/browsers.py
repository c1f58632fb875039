"""Headless Chromium, formgrader to look at with it, and axe-core to look for barriers."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_BROWSER = "no browser was found: install one with 'sudo apt install chromium'"
TOKEN = "only-for-this-test"


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser; the test is skipped where there is none."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is missing: run 'make setup-test'"
    )
    if CHROMIUM is None:
        pytest.skip(NO_BROWSER)
    with playwright.sync_playwright() as session:
        browser = session.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def formgrader(course_folder: Path, data: Path, home: Path, more: Mapping[str, str]) -> Iterator[str]:
    """A Jupyter server of the test's own on this machine's loopback, with the formgrader; its address."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("COURSE_", "JUPYTER"))
    }
    environment |= {"COURSE_DATA": str(data), "HOME": str(home), "JUPYTER_TOKEN": TOKEN, **more}
    environment |= {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    options = ["--no-browser", "--ip=127.0.0.1", "--port=0", "--allow-root"]
    options.append(f"--ServerApp.root_dir={data}")
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter_server", *options],
        cwd=course_folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    errors = process.stderr
    lines = []
    address = None
    for line in errors:
        lines.append(line)
        found = re.search(r"(http://127\.0\.0\.1:\d+)/", line)
        if found is not None:
            address = found[1]
            break
    reader = threading.Thread(target=lambda: lines.extend(errors))
    reader.start()
    try:
        assert address is not None, "".join(lines)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)
        reader.join()
        errors.close()


def formgrader_page(browser: Any, address: str) -> Any:
    """A page in formgrader, logged in. Formgrader loads MathJax from elsewhere; a test asks nobody else."""
    page = browser.new_page(viewport={"width": 1200, "height": 1400})
    # Far from the second that it takes, for a machine may be busy.
    page.set_default_timeout(120_000)
    page.route(lambda url: not url.startswith(address), lambda route: route.abort())
    page.goto(f"{address}/formgrader/manage_assignments?token={TOKEN}")
    return page


def barriers(page: Any) -> list[str]:
    """What axe-core finds wrong with a page, a line each."""
    axe = pytest.importorskip(
        "axe_core_python.sync_playwright", reason="axe-core-python is missing: run 'make setup-test'"
    )
    found = axe.Axe().run(page)
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:200]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
