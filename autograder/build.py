"""From one notebook source and the reference: instructor notebook, release, public tests.

The instructor notebook goes to nbgrader's ``source/`` among the course's data; nbgrader's own
``generate_assignment`` makes the release from it. Building twice gives the same bytes.
"""

from __future__ import annotations

import ast
import filecmp
import importlib
import inspect
import shutil
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

from autograder.config import Course, CourseError, Week
from autograder.nbgrader.config import configure
from autograder.nbgrader.gradebook import open_gradebook
from autograder.nbgrader.migrate import Plan, apply, differences
from autograder.source import BEGIN, END, Cell, Source, read_source

CHECK = '''

import functools

import otter

grader = otter.Notebook("{week}.ipynb")
# A zip file to hand in; grader.export(pdf=True) adds a PDF where LaTeX is installed.
grader.export = functools.partial(grader.export, pdf=False)


def check(question):
    """Run a question's public checks; passing them is a good sign, the hidden tests decide."""
    result = grader.check(question, global_env=globals())
    display(result)
    waiting = "NotImplementedError" in repr(result)
    assert result.passed_all, f"{{question}} " + ("is not answered yet" if waiting else "does not pass yet: see above")
'''
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


@dataclass(frozen=True)
class Built:
    """Where a week's notebooks were built."""

    instructor: Path
    release: Path


def build(course: Course, week: str) -> Built:
    """Build a week: the instructor notebook, and the release that students get.

    Raises CourseError for any mistake in the source, and with nbgrader's own words where it refuses.
    """
    declared = course.week(week)
    source, instructor = _sources(course, declared)
    plan = differences(course, week, instructor)
    if plan:
        raise CourseError(
            f"{week}: there are submissions in the gradebook, and {plan}: 'course build {week} --migrate' shows what "
            "that would change, and lets the gradebook follow"
        )
    folder = course.step("source") / week
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(
        source.path.parent, folder, ignore=shutil.ignore_patterns(source.path.name, "__pycache__", ".*")
    )
    (folder / "tests").mkdir(parents=True)
    for question in source.questions:
        (folder / "tests" / f"{question.name}.py").write_text(public_tests(question.name, question.checks))
    notebook = folder / f"{week}.ipynb"
    notebook.write_text(nbformat.writes(instructor) + "\n")
    _generate_assignment(course, declared)
    return Built(notebook, course.release / week / f"{week}.ipynb")


def _sources(course: Course, week: Week) -> tuple[Source, NotebookNode]:
    """What a week is built from: its source, and the instructor's notebook made of it."""
    reference = _reference(course, week)
    source = read_source(course.assignments / week.name / f"{week.name}.py", reference)
    return source, instructor_notebook(source, week, reference)


def planned(course: Course, week: str) -> Plan | None:
    """What a migration would change in the gradebook; None where nothing has been handed in.

    Raises CourseError for any mistake in the source.
    """
    return differences(course, week, _sources(course, course.week(week))[1])


def migrate(course: Course, week: str) -> Path:
    """Let the gradebook follow the week's source, submissions and all; returns where the backup of it lies.

    The week is built aside first, so that a mistake in the source is found before anything is changed. `build` is to
    come after it. Raises CourseError for such a mistake, and where a run is grading.
    """
    with tempfile.TemporaryDirectory() as temporary:
        build(_aside(course, Path(temporary)), week)
    return apply(course, week, _sources(course, course.week(week))[1])


def _reference(course: Course, week: Week) -> ModuleType:
    name = f"reference.{week.reference}"
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise CourseError(f"{week.name}: {name} imports {error.name}, which is not installed") from None
        raise CourseError(
            f"{week.name}: there is no reference/{week.reference}.py in {course.root}: write it, or correct "
            "the week's reference in course_config.py"
        ) from None
    except Exception as error:
        raise CourseError(
            f"{week.name}: {name} cannot be imported: {type(error).__name__}: {error}"
        ) from None


def instructor_notebook(source: Source, week: Week, reference: ModuleType) -> NotebookNode:
    """The notebook with solutions, model answers and nbgrader's metadata."""
    notebook = new_notebook(metadata={"kernelspec": KERNEL})
    names = _Names()
    for cell in source.cells:
        notebook.cells += _notebook_cells(cell, names, week, reference, source)
    return notebook


class _Names:
    """Grade ids that do not change when another part of the notebook does."""

    def __init__(self) -> None:
        self.part = "setup"
        self.used: dict[str, int] = {}

    def next(self, kind: str) -> str:
        name = f"{self.part}-{kind}"
        self.used[name] = self.used.get(name, 0) + 1
        return f"{name}-{self.used[name]}"


def _notebook_cells(
    cell: Cell, names: _Names, week: Week, reference: ModuleType, source: Source
) -> Iterator[NotebookNode]:
    match cell.kind:
        case "prose":
            yield new_markdown_cell(cell.text, id=names.next("text"))
        case "playground":
            yield new_code_cell(cell.text, id=names.next("play"))
        case "given":
            name = names.next("given")
            text = cell.text + CHECK.format(week=week.name) if name == "setup-given-1" else cell.text
            yield new_code_cell(text, id=name, metadata=_nbgrader(name, locked=True))
        case "reference":
            name = names.next("given")
            text = inspect.getsource(getattr(reference, cell.name)).rstrip()
            text += f"\n\n\n{cell.text}" if cell.text.strip() else ""
            yield new_code_cell(text, id=name, metadata=_nbgrader(name, locked=True))
        case "question":
            names.part = cell.name
            yield _effort(cell, names)
            name = f"{cell.name}-solution"
            text = with_solution_marks(inspect.getsource(getattr(reference, cell.name)))
            yield new_code_cell(text, id=name, metadata=_nbgrader(name, solution=True))
        case "check":
            points = next(question.points for question in source.questions if question.name == cell.name)
            yield new_code_cell(
                f'check("{cell.name}")',
                id=cell.name,
                metadata=_nbgrader(cell.name, grade=True, locked=True, points=points),
            )
        case "answer":
            names.part = cell.name
            yield _effort(cell, names)
            metadata = _nbgrader(cell.name, grade=True, solution=True, points=cell.points)
            yield new_markdown_cell(cell.text, id=cell.name, metadata=metadata)
        case "plot":
            names.part = cell.name
            yield _effort(cell, names)
            metadata = _nbgrader(cell.name, grade=True, solution=True, points=cell.points)
            yield new_code_cell(cell.text, id=cell.name, metadata=metadata)


def _effort(cell: Cell, names: _Names) -> NotebookNode:
    graded = {"question": "graded by hidden tests"}.get(cell.kind, "graded by a person")
    text = f"**{cell.points:g} points** · about {cell.minutes} minutes · {graded}"
    return new_markdown_cell(text, id=names.next("effort"))


def _nbgrader(
    name: str,
    *,
    grade: bool = False,
    solution: bool = False,
    locked: bool = False,
    points: float | None = None,
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "grade": grade,
        "grade_id": name,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        facts["points"] = points
    return {"nbgrader": facts}


def with_solution_marks(source: str) -> str:
    """The source of a function (or of a class's methods) with each body between nbgrader's solution marks.

    Signature and docstring stay outside, so that clearing the solution leaves the stub. Raises CourseError
    where there would be nothing to clear, or where the signature would be cleared too.
    """
    source = textwrap.dedent(source).strip()
    lines = source.splitlines()
    for first, last in sorted(_bodies(ast.parse(source).body[0], lines), reverse=True):
        indent = " " * (len(lines[first - 1]) - len(lines[first - 1].lstrip()))
        lines.insert(last, indent + END)
        lines.insert(first - 1, indent + BEGIN)
    return "\n".join(lines)


def _bodies(node: ast.stmt, lines: list[str]) -> Iterator[tuple[int, int]]:
    """First and last line of each function body, without its docstring and with its comments."""
    if isinstance(node, ast.ClassDef):
        for member in node.body:
            yield from _bodies(member, lines)
    elif isinstance(node, ast.FunctionDef):
        statements = node.body[1:] if ast.get_docstring(node) is not None else node.body
        if not statements:
            raise CourseError(f"the reference's {node.name} has no body after its docstring to be cleared")
        first, last = statements[0], statements[-1]
        if lines[first.lineno - 1][: first.col_offset].strip():
            raise CourseError(f"the reference's {node.name} must begin its body on a line of its own")
        indent = first.col_offset
        start, end = first.lineno, last.end_lineno or last.lineno
        # A comment belongs to no statement, and must not be left in the stub.
        if first is not node.body[0]:
            start = (node.body[0].end_lineno or 0) + 1
            while not lines[start - 1].strip():
                start += 1
        else:
            while _comment(lines[start - 2]) >= 0:
                start -= 1
        while end < len(lines) and _comment(lines[end]) >= indent:
            end += 1
        yield start, end


def _comment(line: str) -> int:
    """The indentation of a line that is a comment; -1 for other lines."""
    text = line.lstrip()
    return len(line) - len(text) if text.startswith("#") else -1


def public_tests(question: str, checks: str) -> str:
    """The public checks of a question as one of otter's test files."""
    lines = checks.strip().splitlines()
    for function in reversed(ast.parse(checks.strip()).body):
        if isinstance(function, ast.FunctionDef):
            line = (ast.get_docstring(function) or "").splitlines()[0]
            lines.insert(function.lineno - 1, f"@test_case(name={line!r})")
    head = ["OK_FORMAT = False", "", "from otter.test_files import test_case", "", f'name = "{question}"']
    return "\n".join([*head, "points = None", "", "", *lines, ""])


def _generate_assignment(course: Course, week: Week) -> None:
    config = Config()
    configure(config, course)
    config.Application.log_level = "ERROR"
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_assignment(week.name, duedate=week.due_utc)
    result = NbGraderAPI(config=config).generate_assignment(week.name, force=True, create=True)
    if not result["success"]:
        log = (result.get("log") or result.get("error") or "").strip().splitlines()
        raise CourseError(
            f"{week.name}: nbgrader generate_assignment failed: {log[-1] if log else 'no reason given'}"
        )


def _aside(course: Course, folder: Path) -> Course:
    """The same course with data, release and gradebook of its own in a folder."""
    return replace(
        course.at(folder / "data"),
        release_folder=folder / "release",
        gradebook=f"sqlite:///{folder / 'gradebook.db'}",
    )


def stale_release(course: Course, weeks: Sequence[str] | None = None) -> list[str]:
    """Files of ``release/``, or of some weeks there, that differ from a fresh build, are missing, or too many."""
    names = [week.name for week in course.weeks] if weeks is None else weeks
    with tempfile.TemporaryDirectory() as temporary:
        fresh = _aside(course, Path(temporary))
        for name in names:
            build(fresh, name)
        built = {path.relative_to(fresh.release) for path in fresh.release.rglob("*") if path.is_file()}
        there = {path.relative_to(course.release) for path in course.release.rglob("*") if path.is_file()}
        there.discard(Path("README.md"))
        if weeks is not None:
            there = {path for path in there if path.parts[0] in names}
        same = {
            path
            for path in built & there
            if filecmp.cmp(fresh.release / path, course.release / path, shallow=False)
        }
        return sorted(str(path) for path in (built | there) - same)
