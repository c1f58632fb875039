"""What a student's image holds, and what it lacks: looked at in its file system, not in the Dockerfile."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HIDDEN = ("reference", "autograder", "assignments", "tests", "course_config.py", "nbgrader_config.py")
NAMES = ("autograder", "assignments", "course.key", "receipts.key")
"""Of no file or folder; nbgrader's package has an empty gradebook of its own."""
SHARED = 64
"""Files of fewer bytes are not telling: empty __init__.py and the like."""


def hidden_files() -> dict[str, str]:
    """Digests of everything that students must not get, with the paths: what git tracks there."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--", *HIDDEN], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split("\0")
    found = {}
    for name in filter(None, tracked):
        content = (ROOT / name).read_bytes()
        if len(content) >= SHARED:
            found[hashlib.sha256(content).hexdigest()] = name
    return found


@pytest.fixture(scope="module", params=["student", "student-gpu"])
def image(request: pytest.FixtureRequest, engine) -> str:
    return engine.image(request.param)


def test_nothing_hidden_is_in_its_file_system_and_students_can_change_nothing(engine, image: str):
    digests = hidden_files()
    solutions = {Path(name).stem for name in digests.values() if name.startswith("reference/")}
    assert len(digests) > 100 and "gmm" in solutions
    # What a student reads of a week is made from these: the bodies must not have come along.
    lines = _telling_lines()
    found, names, writable, seen = [], [], [], 0
    for entry, content in engine.files(image):
        path = entry.name.removeprefix("./")
        seen += 1
        if any(part in NAMES for part in Path(path).parts):
            names.append(path)
        if path.startswith(("opt/course", "etc/")) and (
            entry.uid or (entry.mode & 0o022 and not entry.issym())
        ):
            writable.append(path)
        digest = hashlib.sha256(content).hexdigest()
        if digest in digests:
            found.append(f"{path} is {digests[digest]}")
        if path.endswith((".py", ".ipynb")) and not path.startswith("usr/lib/"):
            found += [
                f"{path} holds a line of {lines[line]}: {line}" for line in _lines(content) if line in lines
            ]
    assert seen > 10_000
    assert not found
    assert not names
    assert not writable


def _lines(content: bytes) -> set[str]:
    return {line.strip() for line in content.decode(errors="replace").splitlines() if len(line.strip()) > 60}


def _telling_lines() -> dict[str, str]:
    """Long lines of solutions and graders that nothing which students get holds."""
    released: set[str] = set()
    for path in [*(ROOT / "release").rglob("*.*"), *(ROOT / "course_exchange").glob("*.py")]:
        released |= _lines(path.read_bytes())
    telling = {}
    for folder in ("reference", "autograder/graders", "autograder/bank"):
        for path in (ROOT / folder).glob("*.py"):
            telling |= dict.fromkeys(_lines(path.read_bytes()) - released, f"{folder}/{path.name}")
    assert len(telling) > 1000
    return telling


def test_its_history_tells_nothing_either(engine, image: str):
    told = engine.out("history", "--no-trunc", "--format", "{{.CreatedBy}}", image)
    assert "/run/secrets/" not in told.replace("/run/secrets/ca", "")
    assert not [word for word in ("PIP_CERT=", "BEGIN CERTIFICATE", "token") if word in told]


def test_who_it_runs_as_and_what_it_says_of_itself(engine, image: str):
    (facts,) = json.loads(engine.out("image", "inspect", image))
    config = facts["Config"]
    assert config["User"] == "1000:100"
    assert config["Healthcheck"]["Test"] == ["CMD", "healthy"]
    assert config["Labels"]["org.opencontainers.image.title"]
    assert config["Labels"]["org.opencontainers.image.licenses"] == "Apache-2.0"
    environment = dict(line.split("=", 1) for line in config["Env"])
    asked = {name: environment[name] for name in environment if name.startswith("NVIDIA_")}
    gpu = {"NVIDIA_VISIBLE_DEVICES": "all", "NVIDIA_DRIVER_CAPABILITIES": "compute,utility"}
    assert asked == (gpu if image.endswith("gpu") else {})


def test_a_notebook_of_every_week_finds_what_it_imports(engine, image: str):
    imports = set()
    for path in (ROOT / "release").glob("*/*.ipynb"):
        for cell in json.loads(path.read_text())["cells"]:
            if cell["cell_type"] == "code":
                text = "".join(cell["source"])
                imports |= {line for line in text.splitlines() if line.startswith(("import ", "from "))}
    assert "import torch" in imports
    code = "\n".join(sorted(imports))
    engine.run("run", "--rm", "--network=none", image, "python", "-W", "ignore", "-c", code)


def test_the_user_can_neither_change_the_environment_nor_become_root(engine, image: str):
    code = """
import os, pathlib, sys
assert os.getuid() == 1000 and os.getgid() == 100
folders = [sys.prefix, os.path.join(sys.prefix, "bin"), os.path.dirname(os.__file__)]
for path in [*folders, "/etc/course/jupyter", "/usr", "/etc"]:
    assert not os.access(path, os.W_OK), path
(pathlib.Path.home() / "mine").write_text("yes")
"""
    walls = ("--network=none", "--cap-drop=ALL", "--security-opt=no-new-privileges")
    engine.run("run", "--rm", *walls, image, "python", "-c", code)


def test_its_commands_are_the_students_own(engine, image: str):
    said = engine.out("run", "--rm", "--network=none", image, "course", "--help")
    assert "receipt" in said
    assert "grade" not in said
