"""The guide's commands, in their order and in a copy of the project: the week that they make passes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from autograder.config import REPOSITORY

WEEK = "week9_gan"
GUIDE = REPOSITORY / "docs" / "add-a-week.md"


def commands() -> list[list[str]]:
    """The words of each command in the guide's blocks."""
    blocks = re.findall(r"^```sh\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line]
    return [[word.strip("'") for word in re.findall(r"'[^']*'|\S+", line)] for line in lines]


def test_every_command_of_the_guide_does_what_it_says(tmp_path: Path) -> None:
    project = tmp_path / "project"
    left_out = shutil.ignore_patterns(
        ".git", ".venv", "build", "__pycache__", ".*_cache", ".hypothesis", "shared"
    )
    shutil.copytree(REPOSITORY, project, ignore=left_out)
    environment = {**os.environ, "PYTHONPATH": str(project), "COURSE_DATA": str(tmp_path / "data")}
    environment.pop("COURSE_GRADEBOOK", None)
    said = {}
    for program, *words in commands():
        arguments = ["-m", "autograder.cli", *words] if program == "course" else words
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        line = " ".join([program, *words])
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        said[line] = done.stdout
    assert (project / "release" / WEEK / f"{WEEK}.ipynb").is_file()
    assert "would change" not in said[f"course build {WEEK} --dry-run"]
    assert "broken" not in said[f"course validate {WEEK} --record"]
    assert f"## {WEEK}" in (project / "docs" / "validation.md").read_text(encoding="utf-8")
