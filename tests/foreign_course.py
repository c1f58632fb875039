"""A course that knows nothing of the engine: nbgrader's own fixture notebooks and demos, and cells made by hand."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any

import nbformat
import nbgrader
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

NBGRADER = Path(nbgrader.__file__).parent
FILES = NBGRADER / "tests" / "apps" / "files"
PREPROCESSED = NBGRADER / "tests" / "preprocessors" / "files"
DEMO = NBGRADER / "docs" / "source" / "user_guide"
KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "any"
c.Execute.timeout = 10
c.AssignLatePenalties.plugin_class = "late.APointAnHour"
"""
TOKEN = "only-for-this-test"
TWO_LINES = """
from autograder.nbgrader import drop_in
drop_in.use(get_config())
"""
LATE = """
from nbgrader.plugins import LateSubmissionPlugin


class APointAnHour(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 3600
"""

GENERATE = """
import sys
from nbgrader.apps import NbGraderAPI
from nbgrader.apps.baseapp import NbGrader
app = NbGrader()
app.initialize([])
for name in sys.argv[1:]:
    done = NbGraderAPI(app.coursedir, parent=app).generate_assignment(name)
    assert done["success"], done
"""

# Source notebook → what students handed in for it, all from nbgrader's package.
FIXTURES: dict[Path, list[Path]] = {
    FILES / "submitted-unchanged.ipynb": [
        *(FILES / f"submitted-{name}.ipynb" for name in ("unchanged", "changed", "locked-cell-changed")),
        *(FILES / f"submitted-{name}.ipynb" for name in ("grade-cell-changed", "cheat-attempt")),
        FILES / "submitted-cheat-attempt-alternative.ipynb",
        *(PREPROCESSED / f"submitted-{name}-type-changed.ipynb" for name in ("answer-cell", "grade-cell")),
    ],
    FILES / "test.ipynb": [FILES / "test.ipynb", FILES / "test-with-output.ipynb"],
    FILES / "test-hidden-tests.ipynb": [FILES / "test-hidden-tests.ipynb"],
    FILES / "open_relative_file.ipynb": [FILES / "open_relative_file.ipynb"],
    FILES / "validating-environment-variable.ipynb": [FILES / "validating-environment-variable.ipynb"],
    FILES / "validation-zero-points.ipynb": [FILES / "validation-zero-points.ipynb"],
    FILES / "side-effects.ipynb": [FILES / "side-effects.ipynb"],
    FILES / "autotest-hidden.ipynb": [
        FILES / f"autotest-hidden-{name}.ipynb" for name in ("unchanged", "changed-wrong", "changed-right")
    ],
    **{
        FILES / f"autotest-{kind}.ipynb": [
            FILES / f"autotest-{kind}-{state}.ipynb" for state in ("unchanged", "changed")
        ]
        for kind in ("simple", "hashed", "multi")
    },
    PREPROCESSED / "test_taskcell.ipynb": [PREPROCESSED / "test_taskcell.ipynb"],
    PREPROCESSED / "manually-graded-code-cell.ipynb": [PREPROCESSED / "manually-graded-code-cell.ipynb"],
    PREPROCESSED / "long-output.ipynb": [PREPROCESSED / "long-output.ipynb"],
    PREPROCESSED / "infinite-recursion.ipynb": [PREPROCESSED / "infinite-recursion.ipynb"],
    PREPROCESSED / "warning-pattern.ipynb": [PREPROCESSED / "warning-pattern.ipynb"],
}


def facts(name: str, *, points: float | None = None, **what: bool) -> dict[str, Any]:
    """nbgrader's metadata of a cell."""
    found: dict[str, Any] = {
        "grade_id": name,
        "schema_version": 3,
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
        **what,
    }
    if points is not None:
        found["points"] = points
    return {"nbgrader": found}


def tests(name: str, points: float, source: str) -> nbformat.NotebookNode:
    """A cell whose outputs are the points."""
    return new_code_cell(source, metadata=facts(name, points=points, grade=True, locked=True))


def by_hand() -> nbformat.NotebookNode:
    """One cell of every kind, and every way in which a cell may earn points."""
    solution = "### BEGIN SOLUTION\n{}\n### END SOLUTION".format
    cells = [
        new_code_cell(
            "import warnings\nimport helper\ncourse = open('data.csv').read()",
            metadata=facts("setup", locked=True),
        ),
        new_code_cell(solution("def double(x):\n    return 2 * x"), metadata=facts("double", solution=True)),
        tests("asserts", 2, "assert double(1) == 2"),
        tests(
            "hidden",
            3,
            "assert double(0) == 0\n### BEGIN HIDDEN TESTS\nassert double(-3) == -6\n### END HIDDEN TESTS",
        ),
        tests("partial", 5, "2.5 * ((double(1) == 2) + (double(2) == 4) * 0.5)"),
        tests("text", 1, "'not a number'"),
        tests("negative", 1, "-0.5"),
        tests("array", 1, "import numpy as np\nnp.float64(0.5)"),
        tests("nothing", 0, "assert double(1) == 2"),
        tests("empty", 1, ""),
        tests("files", 2, "assert helper.TWO == 2 and course == 'given\\n'"),
        tests("own", 1, "assert open('own.txt').read() == 'mine'"),
        tests("warns", 4, "warnings.warn('careful')\nassert double(1) == 2"),
        tests("printed", 1, "print('1 point')\ndouble(1) / 2"),
        new_code_cell(solution("plot = 1"), metadata=facts("plot", points=4, grade=True, solution=True)),
        new_markdown_cell("Because.", metadata=facts("why", points=6, grade=True, solution=True)),
        new_markdown_cell("Draw it.", metadata=facts("task", points=2, task=True, locked=True)),
        tests("skipped", 3, "assert False"),
    ]
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL})


def answered(release: nbformat.NotebookNode, answers: dict[str, str]) -> nbformat.NotebookNode:
    """The release with these cells' sources; others stay as they are."""
    for cell in release.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        cell.source = answers.get(name, cell.source)
    return release


GOOD = {"double": "def double(x):\n    return x + x", "why": "It is so.", "plot": "plot = 2"}
STUDENTS: dict[str, dict[str, str]] = {
    "good": GOOD,
    "half": {"double": "def double(x):\n    return 2 if x == 1 else 0", "why": "Hm."},
    # Has overwritten a locked test and a locked given cell, too: both come back before anything is run.
    "wrong": {"double": "def double(x):\n    return x", "asserts": "pass", "setup": "course = 1"},
    "loud": {
        **GOOD,
        "double": "import sys\ndef double(x):\n    print('x', file=sys.stderr)\n    return 2 * x",
    },
    "blank": {},
    "late": GOOD,
    "tagged": GOOD,
}


class Folder:
    """One course directory, and the commands in it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def command(self, *words: str, fails: bool = False) -> str:
        """Run a command in the course's directory; what it printed."""
        module = {"nbgrader": "nbgrader", "course": "autograder.cli"}[words[0]]
        done = self._python("-m", module, *words[1:])
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def autograde_in_formgrader(self, assignment: str, student: str) -> dict[str, Any]:
        """What formgrader's button does, on a Jupyter server of its own; its answer."""
        home = self.root.parent / "jupyter"
        options = [
            "--no-browser",
            "--ip=127.0.0.1",
            "--port=0",
            "--allow-root",
            f"--ServerApp.root_dir={self.root}",
        ]
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *options],
            cwd=self.root,
            env=self._environment() | {"HOME": str(home), "JUPYTER_TOKEN": TOKEN},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        lines: list[str] = []
        for line in process.stderr:
            lines.append(line)
            found = re.search(r"(http://127\.0\.0\.1:\d+)/", line)
            if found is not None:
                break
        reader = threading.Thread(target=lambda: lines.extend(process.stderr or ()))
        reader.start()
        try:
            assert found is not None, "".join(lines)
            # The address is printed before anybody listens there.
            while not _listens(found[1]) and reader.is_alive():
                reader.join(0.1)
            address = f"{found[1]}/formgrader/api/submission/{assignment}/{student}/autograde"
            asked = urllib.request.Request(
                address, method="POST", headers={"Authorization": f"token {TOKEN}"}
            )
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                asked, timeout=300
            ) as answer:
                found_there: dict[str, Any] = json.load(answer)
                return found_there
        finally:
            process.terminate()
            process.wait(timeout=30)
            reader.join()
            process.stderr.close()

    def _environment(self) -> dict[str, str]:
        home = self.root.parent / "jupyter"
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("COURSE_", "JUPYTER"))
        }
        environment |= {
            f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")
        }
        ipython = home / "ipython"
        # Where there is none, IPython leaves a temporary one behind.
        ipython.mkdir(parents=True, exist_ok=True)
        environment |= {"IPYTHONDIR": str(ipython), "PYTHONPATH": str(Path(__file__).parent.parent)}
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return environment

    def _python(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = self._environment()
        return subprocess.run(
            [sys.executable, *words],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=560,
        )

    def generate(self, *assignments: str) -> None:
        """``nbgrader generate_assignment`` for each, in one process."""
        done = self._python("-c", GENERATE, *assignments)
        assert done.returncode == 0, done.stdout + done.stderr

    def copied(self, name: str, config: str = "") -> Folder:
        """The same course beside this one, with lines added to its configuration."""
        there = Folder(self.root.with_name(name))
        shutil.copytree(self.root, there.root)
        with open(there.root / "nbgrader_config.py", "a") as file:
            file.write(config)
        return there

    def book(self) -> Gradebook:
        """The course's gradebook."""
        return Gradebook(f"sqlite:///{self.root / 'gradebook.db'}", "any")

    def rows(self, assignment: str) -> dict[tuple[str, ...], Any]:
        """Every score, comment and penalty of an assignment, by student, notebook and cell."""
        rows: dict[tuple[str, ...], Any] = {}
        with self.book() as book:
            for submission in book.assignment_submissions(assignment):
                student = submission.student_id
                rows[student, "", "handed in"] = (str(submission.timestamp), submission.total_seconds_late)
                for notebook in submission.notebooks:
                    rows[student, notebook.name, "penalty"] = notebook.late_submission_penalty
                    for grade in notebook.grades:
                        rows[student, notebook.name, grade.name] = (
                            grade.auto_score,
                            grade.manual_score,
                            grade.extra_credit,
                            grade.max_score,
                            grade.needs_manual_grade,
                        )
                    for comment in notebook.comments:
                        key = (student, notebook.name, f"{comment.name} (comment)")
                        rows[key] = (comment.auto_comment, comment.manual_comment)
        return rows

    def hand_in(
        self, student: str, assignment: str, notebooks: dict[str, nbformat.NotebookNode], at: str
    ) -> Path:
        """Put a submission where ``nbgrader collect`` would."""
        folder = self.root / "submitted" / student / assignment
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, notebook in notebooks.items():
            nbformat.write(notebook, folder / f"{name}.ipynb")
        (folder / "timestamp.txt").write_text(at)
        (folder / "own.txt").write_text("mine")
        (folder / "data.csv").write_text("changed\n")
        return folder

    def release(self, assignment: str, notebook: str) -> nbformat.NotebookNode:
        """A released notebook."""
        return nbformat.read(self.root / "release" / assignment / f"{notebook}.ipynb", as_version=4)


def _listens(address: str) -> bool:
    host, port = address.removeprefix("http://").split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def python(path: Path) -> nbformat.NotebookNode:
    """A notebook of nbgrader's, for the kernel that is there: as its own tests do it."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.kernelspec = KERNEL
    if "type-changed" in path.name:  # nbgrader itself cannot change back the type of a cell without an id
        notebook = nbformat.v4.upgrade(notebook)
    return notebook


def make(root: Path) -> Folder:
    """The course, with its assignments generated and everything handed in; nothing is graded."""
    root.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(CONFIG)
    (root / "late.py").write_text(LATE)
    shutil.copy(FILES / "autotests.yml", root / "autotests.yml")
    course = Folder(root)
    fixtures = root / "source" / "fixtures"
    fixtures.mkdir(parents=True)
    shutil.copy(FILES / "jupyter.png", fixtures)
    for number, source in enumerate(FIXTURES):
        nbformat.write(python(source), fixtures / f"n{number:02d}.ipynb")
    shutil.copytree(DEMO / "source" / "ps1", root / "source" / "ps1")
    for path in (root / "source" / "ps1").glob("*.ipynb"):
        nbformat.write(python(path), path)
    own = root / "source" / "own"
    own.mkdir()
    (own / "helper.py").write_text("TWO = 2\n")
    (own / "data.csv").write_text("given\n")
    for name in ("first", "second"):
        nbformat.write(by_hand(), own / f"{name}.ipynb")
    with course.book() as book:
        for name in ("fixtures", "own"):
            book.add_assignment(name, duedate="2027-02-01 12:00:00 UTC")
        book.add_assignment("ps1", duedate="2015-02-02 15:00:00 UTC")
    course.generate("fixtures", "ps1", "own")
    handed_in: dict[str, dict[str, nbformat.NotebookNode]] = {}
    for number, submissions in enumerate(FIXTURES.values()):
        for student, path in enumerate(submissions):
            handed_in.setdefault(f"s{student}", {})[f"n{number:02d}"] = python(path)
    for name, notebooks in handed_in.items():
        course.hand_in(name, "fixtures", notebooks, "2027-01-31 12:00:00 UTC")
    shutil.copytree(DEMO / "submitted", root / "submitted", dirs_exist_ok=True)
    for name, answers in STUDENTS.items():
        notebook = answered(course.release("own", "first"), answers)
        notebooks = {"first": notebook}
        if name != "half":  # who has left out the second notebook
            notebooks["second"] = answered(course.release("own", "second"), {**GOOD, "double": "1 / 0"})
        if name == "tagged":
            notebook.cells[-1].metadata["tags"] = ["skip-execution"]
        late = name == "late"
        course.hand_in(name, "own", notebooks, f"2027-02-01 {15 if late else 11}:30:00 UTC")
    return course
