"""The notebook source of a week: a percent script, read into typed cells.

``docs/design.md`` describes the format. Every mistake in a source is a CourseError that names the file, the
cell and what to do.
"""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import jupytext

from autograder.config import CourseError

Kind = Literal["prose", "given", "playground", "reference", "question", "check", "answer", "plot"]

KEYS: dict[Kind, set[str]] = {
    "reference": {"given"},
    "question": {"question", "points", "minutes"},
    "check": {"check"},
    "answer": {"answer", "points", "minutes"},
    "plot": {"plot", "points", "minutes"},
}
OTHER_KEYS = {"tags", "title", "cell_type", "lines_to_next_cell", "lines_to_end_of_cell_marker"}
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


@dataclass(frozen=True)
class Cell:
    """One cell of the source. `name` is the question, answer, plot or reference object it is about."""

    kind: Kind
    text: str
    name: str = ""
    points: float = 0.0
    minutes: int = 0


@dataclass(frozen=True)
class Question:
    """One autograded question: its points, and the public checks as the source of test functions."""

    name: str
    points: float
    minutes: int
    checks: str


@dataclass
class Source:
    """A week's notebook source."""

    path: Path
    cells: list[Cell] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    @property
    def by_hand(self) -> list[Cell]:
        """Answers and plots that a person grades."""
        return [cell for cell in self.cells if cell.kind in ("answer", "plot")]

    @property
    def points(self) -> float:
        """Points of the whole week."""
        return sum(cell.points for cell in self.cells)


def read_source(path: Path, reference: ModuleType) -> Source:
    """Read a percent script and check it against the reference module.

    Raises CourseError for whatever does not fit together: an unknown key, a question that the reference
    does not have or that lacks its check, a name used twice, missing points, a check without tests.
    """
    if not path.is_file():
        raise CourseError(
            f"there is no notebook source {path}: write it, or remove the week from course_config.py"
        )
    try:
        notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"{path.name} cannot be read: {error}") from None
    cells = [
        _cell(f"{path.name}, cell {number}", cell, reference)
        for number, cell in enumerate(notebook.cells, start=1)
        if cell.source.strip() or len(cell.metadata) > 0
    ]
    source = Source(path, cells)
    # The definition of check() is appended to this cell.
    if next((cell.kind for cell in cells if cell.kind != "prose"), None) != "given":
        raise CourseError(
            f"{path.name}: the first code cell, with the imports, is missing: put it before every other cell "
            "that is not prose"
        )
    _check_names(source)
    source.questions = list(_questions(source))
    return source


def _cell(where: str, cell: Any, reference: ModuleType) -> Cell:
    metadata = {key: value for key, value in cell.metadata.items() if key not in OTHER_KEYS}
    kind = _kind(where, cell, set(metadata))
    unknown = set(metadata) - KEYS.get(kind, set())
    if unknown:
        raise CourseError(
            f"{where}: unknown key {sorted(unknown)[0]!r}; the {kind} cell may have {_listed(kind)}"
        )
    name = str(metadata.get({"reference": "given"}.get(kind, kind), ""))
    if kind in KEYS and not name.isidentifier():
        raise CourseError(
            f"{where}: the {kind} cell is named {name!r}: a name holds letters, digits and _, as in Python"
        )
    if kind in ("question", "reference") and not hasattr(reference, name):
        raise CourseError(f"{where}: {reference.__name__} has no {name!r}")
    if kind in ("question", "answer", "plot"):
        for key in ("points", "minutes"):
            value = metadata.get(key)
            if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < math.inf:
                raise CourseError(f"{where}: {kind} {name!r} needs {key}=, a number above 0")
    if kind == "question" and cell.source.strip():
        raise CourseError(f"{where}: the cell of question {name!r} must be empty; the reference fills it")
    if kind == "plot" and not -1 < cell.source.find(BEGIN) < cell.source.find(END):
        raise CourseError(f"{where}: plot {name!r} needs its solution between '{BEGIN}' and '{END}'")
    if kind == "check":
        _check_tests(where, name, cell.source)
    return Cell(kind, cell.source, name, float(metadata.get("points", 0.0)), int(metadata.get("minutes", 0)))


def _kind(where: str, cell: Any, keys: set[str]) -> Kind:
    marks: dict[str, Kind] = {
        "given": "reference",
        "question": "question",
        "check": "check",
        "answer": "answer",
        "plot": "plot",
    }
    found = [marks[key] for key in marks if key in keys]
    if len(found) > 1:
        raise CourseError(f"{where}: a cell cannot be {found[0]} and {found[1]} at once")
    markdown = cell.cell_type == "markdown"
    if found:
        if markdown != (found[0] == "answer"):
            raise CourseError(f"{where}: the {found[0]} cell must be {'code' if markdown else 'Markdown'}")
        return found[0]
    if markdown:
        return "prose"
    return "playground" if "playground" in cell.metadata.get("tags", []) else "given"


def _listed(kind: Kind) -> str:
    return ", ".join(sorted(KEYS.get(kind, set()))) or "no keys"


def _check_tests(where: str, name: str, text: str) -> None:
    try:
        functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    except SyntaxError as error:
        raise CourseError(
            f"{where}: the checks of {name!r} do not compile: {error.msg}, line {error.lineno}"
        ) from None
    if not functions:
        raise CourseError(f"{where}: the check of {name!r} holds no test functions")
    for function in functions:
        if not function.name.startswith("test_"):
            raise CourseError(f"{where}: {function.name} in the check of {name!r} should be named test_…")
        if not ast.get_docstring(function):
            raise CourseError(f"{where}: {function.name} has no docstring, the line that the student reads")


def _check_names(source: Source) -> None:
    seen: set[tuple[str, str]] = set()
    for cell in source.cells:
        kind = "task" if cell.kind in ("question", "answer", "plot") else cell.kind
        if cell.name and (kind, cell.name) in seen:
            raise CourseError(f"{source.path.name}: {cell.kind} {cell.name!r} stands there twice")
        seen.add((kind, cell.name))


def _questions(source: Source) -> list[Question]:
    checks = {cell.name: cell.text for cell in source.cells if cell.kind == "check"}
    asked = [cell for cell in source.cells if cell.kind == "question"]
    for name in checks:
        if name not in {cell.name for cell in asked}:
            raise CourseError(f"{source.path.name}: there is a check of {name!r} but no such question")
    order = [(cell.kind, cell.name) for cell in source.cells]
    for cell in asked:
        if cell.name not in checks:
            raise CourseError(f"{source.path.name}: question {cell.name!r} has no check cell")
        if order.index(("check", cell.name)) < order.index(("question", cell.name)):
            raise CourseError(f"{source.path.name}: the check of {cell.name!r} stands before its question")
    return [Question(cell.name, cell.points, cell.minutes, checks[cell.name]) for cell in asked]
