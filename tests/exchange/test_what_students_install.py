"""The package for students' environments holds and needs nothing of the engine."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def test_it_never_imports_the_engine(tmp_path):
    code = (
        "import sys, course_exchange.plugin, course_exchange.cli, course_exchange.client, course_exchange.receipts\n"
        "hidden = {'autograder', 'reference', 'notebook_runner', 'course_config'}\n"
        "assert not hidden & {name.split('.')[0] for name in sys.modules}"
    )
    shutil.copytree(ROOT / "course_exchange", tmp_path / "course_exchange")
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], check=True, cwd=tmp_path, env={"PYTHONPATH": "."}
    )


def test_its_wheel_holds_itself_alone_and_brings_the_command(tmp_path):
    pytest.importorskip("setuptools", reason="setuptools is missing")
    shutil.copytree(
        ROOT / "course_exchange", tmp_path / "source", ignore=shutil.ignore_patterns("__pycache__")
    )
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
    ]
    subprocess.run([*command, "-w", tmp_path, tmp_path / "source"], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        modules = {name for name in packed.namelist() if ".dist-info/" not in name}
        entry_points = next(name for name in packed.namelist() if name.endswith("entry_points.txt"))
        assert "course = course_exchange.cli:main" in packed.read(entry_points).decode()
    assert modules == {f"course_exchange/{path.name}" for path in (ROOT / "course_exchange").glob("*.py")}


def test_what_it_needs_is_pinned_as_the_engine_pins_it():
    own, whole = (
        tomllib.loads((ROOT / path).read_text())["project"]["dependencies"]
        for path in ("course_exchange/pyproject.toml", "pyproject.toml")
    )
    assert set(own) <= set(whole)
