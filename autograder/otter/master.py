"""An otter master notebook, read: its questions, their solutions and tests, and the cells between them."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.config import CourseError

TEST_CONFIG = re.compile(
    r'\A\s*(?:\w\s*=\s*)?"""[ \t]*#[ \t]*BEGIN[ \t]*TEST[ \t]*CONFIG[^\n]*\n'
    r'(.*?)\n?\s*"""[ \t]*;?[ \t]*#[ \t]*END[ \t]*TEST[ \t]*CONFIG[^\n]*\n?',
    re.IGNORECASE | re.DOTALL,
)
HIDDEN = re.compile(r"\A\s*#[^\n]*\bhidden\b[^\n]*\n?", re.IGNORECASE)


@dataclass
class Test:
    """One of otter's test cells."""

    code: str
    hidden: bool
    points: float | None
    message: str
    """What the student reads where it fails; may be empty."""
    output: str
    weight: float = 1.0


@dataclass
class Asked:
    """One question of the master notebook."""

    name: str
    manual: bool
    points: Any
    before: list[NotebookNode] = field(default_factory=list)
    """Its text, and code that is given with it."""
    solutions: list[NotebookNode] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)
    worth: float = 1.0
    ignored: list[str] = field(default_factory=list)
    """Settings that have no counterpart."""


Item = NotebookNode | Asked


def read_master(path: Path) -> tuple[list[Item], dict[str, Any]]:
    """The cells and questions of a master notebook, and its assignment configuration.

    Raises CourseError where it is no such notebook, naming the cell (counted from 1) where that helps.
    """
    from otter.assign.blocks import (
        BlockType,
        extract_all_fenced_otter_cells,
        get_cell_config,
        is_assignment_config_cell,
        is_block_boundary_cell,
    )
    from otter.assign.utils import AssignNotebookFormatException, is_ignore_cell

    notebook = _notebook(path)
    try:
        # otter reads a cell's first line, which an empty cell does not have.
        cells = extract_all_fenced_otter_cells([cell for cell in notebook.cells if cell.source.strip()])
    except AssignNotebookFormatException as problem:
        raise CourseError(f"{path.name}: {problem}") from None
    items: list[Item] = []
    config: dict[str, Any] = {}
    question: Asked | None = None
    block: Any = None
    for number, cell in enumerate(cells, start=1):
        where = f"{path.name}, cell {number} (without empty cells)"
        if is_ignore_cell(cell):
            continue
        if is_assignment_config_cell(cell):
            config |= _mapping(where, get_cell_config, cell)
            continue
        begins = next((kind for kind in BlockType if is_block_boundary_cell(cell, kind)), None)
        ends = next((kind for kind in BlockType if is_block_boundary_cell(cell, kind, end=True)), None)
        if begins is BlockType.QUESTION:
            if question is not None:
                raise CourseError(
                    f"{where}: a question begins inside question {question.name!r}: end that first"
                )
            question = _asked(where, _mapping(where, get_cell_config, cell))
            items.append(question)
        elif begins is not None:
            if question is None or block is not None:
                inside = f"inside a {block.value} block" if block else "outside a question"
                raise CourseError(f"{where}: a {begins.value} block begins {inside}")
            block = begins
        elif ends is BlockType.QUESTION:
            if question is None or block is not None:
                what = f"its {block.value} block" if block else "which has not begun"
                raise CourseError(f"{where}: the question ends, {what}" + (" does not" if block else ""))
            question = None
        elif ends is not None:
            if block is not ends:
                raise CourseError(f"{where}: a {ends.value} block ends that has not begun")
            block = None
        elif question is None:
            items.append(cell)
        elif block is None:
            question.before.append(cell)
        elif block is BlockType.SOLUTION:
            question.solutions.append(cell)
        elif block is BlockType.TESTS:
            question.tests.append(_test(where, cell))
    if question is not None:
        raise CourseError(f"{path.name}: question {question.name!r} has no '# END QUESTION' cell")
    if not any(isinstance(item, Asked) for item in items):
        raise CourseError(
            f"{path.name} is no otter master notebook: it has no raw cell '# BEGIN QUESTION'. The master is the "
            "notebook that 'otter assign' reads, with solutions and tests; not what it makes of it"
        )
    return items, config


def _notebook(path: Path) -> NotebookNode:
    if path.suffix != ".ipynb":
        raise CourseError(
            f"{path.name} is no notebook (.ipynb): R Markdown and Quarto masters cannot be imported"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about cells without ids, which old notebooks have
            notebook = nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise CourseError(f"there is no file {path}") from None
    except (OSError, ValueError, KeyError, AttributeError, nbformat.ValidationError) as error:
        raise CourseError(
            f"{path.name} cannot be read as a notebook: {(str(error).splitlines() or [''])[0][:200]}"
        ) from None
    language = str(notebook.metadata.get("kernelspec", {}).get("language", "python")).lower()
    if language != "python":
        raise CourseError(f"{path.name} is written in {language}: only Python masters can be imported")
    return notebook


def _mapping(where: str, parse: Any, cell: NotebookNode) -> dict[str, Any]:
    import yaml

    try:
        config = parse(cell)
    except yaml.YAMLError as error:
        raise CourseError(f"{where}: the configuration is no YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(config, dict):
        raise CourseError(f"{where}: the configuration is no mapping of keys to values, such as 'name: q1'")
    return config


def _asked(where: str, config: dict[str, Any]) -> Asked:
    if not config.get("name"):
        raise CourseError(f"{where}: the question has no name: write 'name: q1' below '# BEGIN QUESTION'")
    ignored = sorted(key for key in ("all_or_nothing", "export") if config.get(key))
    return Asked(
        str(config["name"]), bool(config.get("manual", False)), config.get("points"), ignored=ignored
    )


def _test(where: str, cell: NotebookNode) -> Test:
    import yaml

    if cell.cell_type != "code":
        raise CourseError(f"{where}: a cell of tests must be a code cell")
    code, hidden = cell.source, False
    config: dict[str, Any] = {}
    found = TEST_CONFIG.match(code)
    if found:
        try:
            config = yaml.safe_load(found[1]) or {}
        except yaml.YAMLError as error:
            raise CourseError(
                f"{where}: the test's configuration is no YAML: {str(error).splitlines()[0]}"
            ) from None
        if not isinstance(config, dict):
            raise CourseError(f"{where}: the test's configuration is no mapping, such as 'hidden: true'")
        code = code[found.end() :]
    elif mark := HIDDEN.match(code):
        hidden, code = True, code[mark.end() :]
    points = config.get("points")
    if points is not None and not isinstance(points, int | float):
        raise CourseError(f"{where}: the test's points are {points!r}: write a number")
    try:
        ast.parse(code)
    except SyntaxError as error:
        raise CourseError(f"{where}: the test does not compile: {error.msg}, line {error.lineno}") from None
    return Test(
        code=code.strip("\n"),
        hidden=bool(config.get("hidden", hidden)),
        points=points,
        message=str(config.get("failure_message") or ""),
        output=_shown(cell),
    )


def _shown(cell: NotebookNode) -> str:
    """What the cell printed and showed when the master was saved: otter's expected output."""
    parts = []
    for output in cell.get("outputs", []):
        parts += [output.get("text", ""), output.get("data", {}).get("text/plain", "")]
    return "".join("".join(part) for part in parts).rstrip("\n")


def weigh(question: Asked, remark: Any) -> None:
    """Points of a question and of each of its tests, by otter's own rules."""
    from otter.test_files import TestCase, TestFile

    points = question.points
    if isinstance(points, dict):
        points = points.get("each", 1) * len(question.tests)
    if question.manual or not question.tests:
        question.worth = float(points) if isinstance(points, int | float) else 1.0
    else:
        cases = [TestCase("", "", test.hidden, test.points, None, None) for test in question.tests]
        try:
            resolved = TestFile.resolve_test_file_points(points, cases)
        except (ValueError, TypeError, AssertionError) as problem:
            raise CourseError(
                f"question {question.name!r}: its points do not fit its tests: {problem}"
            ) from None
        for test, case in zip(question.tests, resolved, strict=True):
            test.weight = round(float(case.points or 0.0), 5)
        question.worth = round(sum(test.weight for test in question.tests), 5)
    if question.worth <= 0:
        remark(f"{question.name} was worth no points; it has 1 now")
        question.worth = 1.0
        for test in question.tests:
            test.weight = 1.0
