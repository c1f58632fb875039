"""The small week that the attacks of `tests/attacks/` are made on, and the referee that says what each one achieved."""

from __future__ import annotations

import json
import os
import sys
import tomllib
import types
import warnings
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.config import Course, Limits, Week
from autograder.grade import Engine, executed_notebook
from autograder.grading import session
from autograder.results import Report, Submission, to_json
from autograder.sandbox import Sandbox
from autograder.sandbox.parent import Nursery, lent
from autograder.submission import Unreadable, find_notebook, mend, read_notebook
from autograder.views.pages import safe_highlight, safe_markdown

ATTACKS = Path(__file__).with_name("attacks")
WEEK = "week1_attacked"
CANARY = "CANARY-" + "7f3a9c"
TRIUMPH = "ATTACK " + "SUCCEEDED"
LIMITS = Limits(
    cell_seconds=1.0,
    submission_seconds=12.0,
    memory_mb=300,
    processes=16,
    scratch_mb=8,
    output_kb=64,
    notebook_mb=2,
)
REFERENCE = f'''
"""Hidden: {CANARY}."""
import numpy as np

CANARY_OF_THE_REFERENCE = "{CANARY}"

def double(x):
    return 2 * np.asarray(x)

def total(x):
    return float(np.sum(double(x))) / 2 + 1
'''
BANK = f'''
"""Hidden: {CANARY}."""
from autograder.bank import wrong
import numpy as np

@wrong("double", hint="Twice, not squared.")
def squares(x):
    return np.asarray(x) ** 2
'''
GRADERS = f'''
"""Hidden: {CANARY}."""
import numpy as np
import pytest

from autograder.grading import assert_close

CANARY_OF_THE_GRADER = "{CANARY}"

@pytest.mark.question("double", weight=3)
def test_double(student, rng):
    """Doubles every number."""
    x = rng.normal(size=4)
    assert_close(student.within(0.5).double(x), 2 * x, "the double")

@pytest.mark.question("double", weight=1)
def test_empty(student):
    """An empty array stays empty."""
    assert_close(student.within(0.5).double(np.zeros(0)), np.zeros(0), "the double of nothing")

@pytest.mark.question("total")
def test_total(student, rng, carried):
    """Sums, and adds one."""
    for _ in range(3):
        x = rng.normal(size=4)
        answer = student.within(0.5).total(x)
        carried(lambda total: assert_close(answer, total(x), "the total"), "total", uses=("double",))
'''
HONEST = {
    "double": "import numpy as np\n\ndef double(x):\n    return 2 * np.asarray(x)",
    "total": "import numpy as np\n\ndef total(x):\n    return float(np.sum(x)) + 1",
}
FILTERS = {"markdown2html": safe_markdown, "highlight_code": safe_highlight}
POINTS = {"double": 4.0, "total": 4.0}


@dataclass
class Attack:
    """One hostile submission: what it holds, and the outcome that it must get."""

    name: str
    attacks: str
    points: dict[str, float] | None
    cells: list[str] | None
    status: str
    source: str
    shows: list[str] = field(default_factory=list)
    hides: list[str] = field(default_factory=list)


def read_attack(path: Path) -> Attack:
    """An attack from its file: a header of TOML in comments, then the cells or (for a recipe) a function."""
    header, source = [], []
    for line in path.read_text().splitlines():
        (source if source or not line.startswith("#") or line.startswith("# %%") else header).append(line)
    facts = tomllib.loads("\n".join(line[2:] for line in header))
    name = path.relative_to(ATTACKS).with_suffix("").as_posix()
    status = facts.get("status", "graded")
    points = None if status == "unreadable" else {**POINTS, **facts.get("points", {})}
    return Attack(
        name,
        facts["attacks"],
        points,
        facts.get("cells"),
        status,
        "\n".join(source),
        facts.get("shows", []),
        facts.get("hides", []),
    )


def all_attacks() -> list[Path]:
    """The files of the suite."""
    return sorted(ATTACKS.glob("*/*.py"))


def release() -> nbformat.NotebookNode:
    """The small week's released notebook."""
    cells = []
    for name in HONEST:
        marks = {
            "nbgrader": {"grade_id": f"{name}-solution", "solution": True, "grade": False, "locked": False}
        }
        cells.append(new_code_cell("raise NotImplementedError()", id=f"{name}-solution", metadata=marks))
        marks = {
            "nbgrader": {
                "grade_id": name,
                "solution": False,
                "grade": True,
                "locked": True,
                "points": POINTS[name],
            }
        }
        cells.append(new_code_cell(f'check("{name}")', id=name, metadata=marks))
    marks = {"nbgrader": {"grade_id": "why", "solution": True, "grade": True, "locked": False, "points": 2}}
    cells.append(new_markdown_cell("YOUR ANSWER HERE", id="why", metadata=marks))
    return new_notebook(cells=cells)


class Stage:
    """The small week on disk with one warm engine; staff's files with a canary lie beside it."""

    def __init__(self, folder: Path, *, weakest: bool = False) -> None:
        self.folder = folder
        self.staff = folder / "staff"
        for name in (
            "gradebook.db",
            "reference.py",
            "graders.py",
            "keys/course.secret",
            "submitted/eve/answers.txt",
        ):
            path = self.staff / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(CANARY)
        week = Week(name=WEEK, title="Attacked", reference="attacked", deadline="2027-03-01T12:00:00+00:00")
        self.course = Course(
            id="attacked", title="Attacked", weeks=(week,), limits=LIMITS, root=folder, data=folder / "data"
        )
        (self.course.release / WEEK).mkdir(parents=True)
        nbformat.write(release(), self.course.release / WEEK / f"{WEEK}.ipynb")
        (folder / f"{WEEK}.py").write_text(GRADERS)
        for name, text in {"reference.attacked": REFERENCE, f"autograder.bank.{WEEK}": BANK}.items():
            module = types.ModuleType(name)
            # In a file, since what is carried forward is read from the reference's source.
            module.__file__ = str(self.staff / f"{name}.py")
            Path(module.__file__).write_text(text)
            exec(compile(text, module.__file__, "exec"), vars(module))
            sys.modules[name] = module
        os.environ["COURSE_CANARY"] = CANARY
        graders, session.GRADERS = session.GRADERS, folder
        self.nursery = Nursery()
        try:
            with lent(self.nursery.requests):
                self.engine = Engine(self.course, WEEK)
                if weakest:
                    self.engine.sandbox.close()
                    self.engine.sandbox = Sandbox(LIMITS, weakest=True)
        finally:
            session.GRADERS = graders
        self.engine.sandbox.scratch_files = 2000
        self.count = 0

    def close(self) -> None:
        """End the engine."""
        self.engine.close()
        self.nursery.close()
        os.environ.pop("COURSE_CANARY", None)

    def submit(self, source: str) -> Path:
        """Write a submission: honest answers, but for the cells that `source` gives."""
        self.count += 1
        folder = self.folder / "submitted" / f"student{self.count}"
        folder.mkdir(parents=True)
        values = {"STAFF": str(self.staff), "FOLDER": str(self.folder), "ENGINE": str(os.getpid())}
        values |= {"ZYGOTE": str(self._zygote), "REPOSITORY": str(Path(__file__).parent.parent)}
        for name, value in values.items():
            source = source.replace(f"<<{name}>>", value)
        if "def submission(" in source:
            namespace: dict[str, Any] = {}
            exec(source, namespace)
            namespace["submission"](folder, written(""), f"{WEEK}.ipynb")
        else:
            (folder / f"{WEEK}.ipynb").write_text(json.dumps(written(source)))
        return folder

    @property
    def _zygote(self) -> int:
        parent = self.engine.sandbox._parent
        return 0 if parent is None else parent.pid

    def grade(self, folder: Path) -> Report:
        """Grade a submission through the engine."""
        return self.engine.grade(Submission(folder.name, WEEK, str(folder), b"k" * 32))

    def play(self, attack: Attack) -> list[str]:
        """Make one attack; returns what went wrong for the defence, in words."""
        before = self.surroundings()
        folder = self.submit(attack.source)
        handed_in = _tree(folder)
        report = self.grade(folder)
        problems = judged(attack, report)
        if _tree(folder) != handed_in:
            problems.append("the submission itself was changed")
        problems += self.shown(attack, folder, report)
        honest = self.grade(self.submit(""))
        if {question.name: question.points for question in honest.questions} != POINTS:
            problems.append(f"an honest submission afterwards got {honest.questions}")
        after = self.surroundings()
        problems += [
            f"{name}: {before[name]} became {after[name]}" for name in before if before[name] != after[name]
        ]
        return problems

    def shown(self, attack: Attack, folder: Path, report: Report) -> list[str]:
        """What staff would see of the submission, searched for what must or must not be there."""
        if report.status == "unreadable":
            return []
        try:
            notebook, _ = mend(read_notebook(find_notebook(folder, WEEK), LIMITS), self.engine.release)
        except Unreadable as problem:
            return [f"read twice, it is unreadable: {problem}"]
        executed = executed_notebook(notebook, report)
        nbformat.validate(executed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an output of which nothing could be kept
            page = HTMLExporter(filters=FILTERS).from_notebook_node(executed)[0]
        outputs = json.dumps([cell.get("outputs", []) for cell in executed.cells], ensure_ascii=False)
        for cell in executed.cells:
            # Beside an HTML form the plain text is not what a browser is given.
            for data in (output.get("data", {}) for output in cell.get("outputs", [])):
                if "text/html" in data:
                    data.pop("text/plain", None)
        rendered = json.dumps([cell.get("outputs", []) for cell in executed.cells]).lower()
        problems = running(page.partition("</head>")[2])
        problems += [
            f"{text!r} is shown" for text in attack.hides if json.dumps(text)[1:-1].lower() in rendered
        ]
        problems += [f"{text!r} is not shown" for text in attack.shows if text not in outputs]
        if len(outputs) > 4 * LIMITS.output_kb * 1024:
            problems.append(f"{len(outputs):,} characters of outputs are kept")
        return problems

    def surroundings(self) -> dict[str, Any]:
        """All that an attack must leave as it is."""
        self.engine.sandbox.settle()
        own, cgroups = self.engine.sandbox._folder, Path("/sys/fs/cgroup")
        return {
            "processes": _children(self._zygote) + _processes_of(self.engine.sandbox.uids),
            # Of this sandbox only: another may be at work on the same machine.
            "scratch folders": sorted(path.name for path in own.glob("job-*")),
            "control groups": sorted(str(path) for path in cgroups.glob(f"**/{own.name}*")),
            "staff's files": _tree(self.staff),
            "escaped files": [
                str(path) for path in (Path("/tmp/escaped"), Path("/var/tmp/escaped")) if path.exists()
            ],
            "mounts": Path("/proc/self/mountinfo").read_text(),
            "the engine's descriptors": len(os.listdir("/proc/self/fd")),
            "the warm parent": self._zygote,
        }


class Running(HTMLParser):
    """Finds what a browser would run, or fetch for somebody, in a page's body."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that runs, and attributes that do."""
        runs = tag in ("script", "iframe", "svg", "object", "embed", "form", "style", "link", "base", "meta")
        for name, value in attrs:
            fetches = name in ("src", "href") and not (value or "").startswith(("data:image/", "#", "http"))
            runs = runs or name.startswith("on") or fetches
        if runs:
            self.found.append(f"the page holds <{tag} {attrs}>")


def running(page: str) -> list[str]:
    """What would run in a page's body: nothing of nbconvert's own template does."""
    parser = Running()
    parser.feed(page)
    return parser.found


def judged(attack: Attack, report: Report) -> list[str]:
    """Where the report differs from what the attack must get."""
    problems = []
    text = to_json(report).decode()
    student_view = json.dumps([cell.outputs for cell in report.cells]) + json.dumps(
        [[test.message, test.hint] for question in report.questions for test in question.tests]
    )
    if TRIUMPH in student_view:
        start = student_view.index(TRIUMPH)
        problems.append("the attack says that it succeeded: " + student_view[start : start + 300])
    if CANARY in text:
        problems.append("hidden text is in the report: " + text[max(0, text.index(CANARY) - 200) :][:300])
    if report.status != attack.status:
        problems.append(f"the status is {report.status} ({report.problem}), not {attack.status}")
    points = {question.name: question.points for question in report.questions} or None
    if points != attack.points:
        tests = [(test.name, test.message) for question in report.questions for test in question.tests]
        problems.append(f"the points are {points}, not {attack.points}: {tests}")
    own = [cell.status for cell in report.cells if cell.cell_id.startswith("own")]
    if attack.cells is not None and own != attack.cells:
        errors = [output.get("evalue") for cell in report.cells for output in cell.outputs]
        problems.append(f"its cells ended {own}, not {attack.cells}: {errors}")
    return problems


def written(source: str) -> nbformat.NotebookNode:
    """The honest notebook with the cells that a percent script gives: `own` cells come first."""
    notebook = release()
    cells = {cell.id: cell for cell in notebook.cells}
    for name, text in HONEST.items():
        cells[f"{name}-solution"].source = text
    own = 0
    for part in source.split("# %% ")[1:]:
        where, _, text = part.partition("\n")
        if where.startswith("own"):
            own += 1
            after = where.partition("after ")[2]
            position = notebook.cells.index(cells[after]) + 1 if after else own - 1
            notebook.cells.insert(position, new_code_cell(text, id=f"own{own}"))
        elif where == "why":
            cells["why"].source = text
        else:
            cells[f"{where}-solution"].source = text
    return notebook


def _tree(folder: Path) -> list[tuple[str, int, int]]:
    facts = [(path, path.lstat()) for path in sorted(folder.rglob("*"))]
    return [(str(path), fact.st_size, fact.st_mtime_ns) for path, fact in facts]


def _children(parent: int) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(path.parent.name)
    return found


def _processes_of(uids: range) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if path.stat().st_uid in uids:
                found.append(path.name)
        except OSError:
            continue
    return found
