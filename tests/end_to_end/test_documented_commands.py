"""The commands of the README and the guides, typed in a copy of the course: none is shown that does not work."""

from __future__ import annotations

import csv
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import documented
import nbformat
import pytest
from documented import ROOT, WEEK, Step
from test_otter_import import master

from autograder.config import load_course
from autograder.demo import homework, read_class

BIN = Path(sys.executable).parent
COPIED = ("assignments", "autograder", "course_exchange", "docs", "notebook_runner", "reference", "release")
FILES = ("Makefile", "course_config.py", "nbgrader_config.py", "pyproject.toml", "requirements.lock")
SECONDS = 600


class Copy:
    """A copy of the course, with people who type in it."""

    def __init__(self, folder: Path) -> None:
        self.root, self.data, self.exchange = folder / "course", folder / "data", folder / "exchange"
        for name in COPIED:
            shutil.copytree(ROOT / name, self.root / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in FILES:
            shutil.copy(ROOT / name, self.root)
        (self.root / "nbgrader_config.py").write_text(
            (ROOT / "nbgrader_config.py").read_text()
            + f"\nget_config().Exchange.root = {str(self.exchange)!r}\n"
        )
        self.exchange.mkdir(mode=0o777)
        self.exchange.chmod(0o777)
        self.bin = folder / "bin"
        self.bin.mkdir()
        course = self.bin / "course"
        course.write_text(
            f"#!{sys.executable}\nfrom autograder.cli import main\n\nif __name__ == '__main__':\n    main()\n"
        )
        course.chmod(0o755)
        self.desks = {"staff": self.root, "ada": folder / "ada"}
        self.desks["ada"].mkdir()
        (self.desks["ada"] / "nbgrader_config.py").write_text(
            f"c = get_config()\nc.Exchange.root = {str(self.exchange)!r}\n"
            f"c.CourseDirectory.course_id = {load_course().id!r}\nc.CourseDirectory.student_id = 'ada'\n"
        )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.background: list[subprocess.Popen[bytes]] = []

    def environment(self, who: str) -> dict[str, str]:
        home = self.desks[who].parent / f"home-of-{who}"
        temporary = home / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        own = {
            name: value for name, value in os.environ.items() if not name.startswith(("COURSE_", "JUPYTER"))
        }
        own |= {"HOME": str(home), "PATH": os.pathsep.join([str(self.bin), str(BIN), os.environ["PATH"]])}
        own |= {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
        own |= {
            "PYTHONWARNINGS": "ignore",
            "COLUMNS": "200",
            "TMPDIR": str(temporary),
            "PORT": str(self.port),
            "PYTHONPATH": "",
        }
        if who == "staff":
            own |= {"PYTHONPATH": str(self.root), "COURSE_DATA": str(self.data)}
        return own

    def type(self, step: Step) -> str:
        """Type a command as it stands on the page; it must end as expected."""
        options = {
            "cwd": self.desks[step.who],
            "env": self.environment(step.who),
            "stdin": subprocess.DEVNULL,
        }
        if step.background:
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
            self.background.append(subprocess.Popen(["sh", "-c", f"exec {step.typed}"], **options, **quiet))
            return ""
        done = subprocess.run(
            ["sh", "-c", step.typed], **options, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        said = done.stdout + done.stderr
        assert done.returncode == step.code, f"{step.command}: exit code {done.returncode}\n{said}"
        assert step.says in said, f"{step.command} does not say {step.says!r}:\n{said}"
        assert "Traceback" not in said, said
        return said

    def close(self) -> None:
        for process in reversed(self.background):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(timeout=60)


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Copy]:
    copy = Copy(tmp_path)
    (copy.root / "roster.csv").write_text("id,first_name,last_name,email\nada,Ada,Lovelace,\nbo,Bo,,\n")
    with open(copy.root / "Grades.csv", "w", newline="") as file:
        first = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Gaussian mixtures and EM (7)"]
        csv.writer(file).writerows(
            [first, ["    Points Possible", *[""] * 4, "80"], ["Ada", "1", "ada", "ada", "A", ""]]
        )
    nbformat.write(master(), copy.root / "hw3.ipynb")
    (copy.root / "data").mkdir()
    (copy.root / "data" / "numbers.csv").write_text("1,2,3\n")
    yield copy
    copy.close()


def answer(course: Copy, said: str) -> None:
    """Ada fills in the notebook that she fetched."""
    path = course.desks["ada"] / WEEK / f"{WEEK}.ipynb"
    ada = next(pupil for pupil in read_class(ROOT / "tests" / "classroom" / WEEK) if not pupil.operations)
    nbformat.write(homework(ada, nbformat.read(path, as_version=4)), path)


def hand_in(course: Copy, said: str) -> None:
    """A notebook is put where collected ones lie."""
    course.type(Step("course build week4_gmm"))
    course.type(Step("course students add ada"))
    folder = course.data / "submitted" / "ada" / WEEK
    shutil.copytree(course.root / "release" / WEEK, folder)


def declare(course: Copy, said: str) -> None:
    """The line that the import ended with is put into course_config.py."""
    found = re.search(r"^Week\(.*\)$", said, re.MULTILINE)
    assert found is not None, said
    config = course.root / "course_config.py"
    config.write_text(config.read_text().replace("weeks=(\n", f"weeks=(\n{found[0]},\n", 1))


BY_HAND: dict[str, Callable[[Copy, str], None]] = {
    "answer the questions": answer,
    "hand in without an exchange": hand_in,
    "declare the week": declare,
}


@pytest.mark.parametrize("scenario", documented.SCENARIOS)
def test_what_the_pages_show_works(course: Copy, scenario: str) -> None:
    if scenario == "a cluster":
        pytest.importorskip("distributed", reason="Dask is missing: run 'make setup-test'")
    said = ""
    for step in documented.SCENARIOS[scenario]:
        if step.command in BY_HAND:
            BY_HAND[step.command](course, said)
        else:
            said = course.type(step)
