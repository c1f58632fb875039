"""The released notebook as a student uses it, in a real kernel: otter's instant checks, and the zip file to hand in."""

from __future__ import annotations

import ast
import os
import re
import shutil
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.config import load_course
from autograder.demo import homework, read_class
from autograder.grade import Engine
from autograder.results import Submission
from autograder.submission import question_cells, read_release

COURSE = load_course()
WEEK = "week4_gmm"
ONE_CORE = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
COST = """
import time as _time
_costs = {}
for _question in [path.stem for path in __import__("pathlib").Path("tests").glob("*.py")]:
    _times = []
    for _ in range(5):
        _started = _time.process_time()
        grader.check(_question)
        _times.append(_time.process_time() - _started)
    _costs[_question] = sorted(_times)[2]
print(_costs)
"""


def asked(notebook: NotebookNode, folder: Path, cells: list[str]) -> list[NotebookNode]:
    """Run the notebook in its folder and then these cells; returns the cells with their outputs."""
    path = folder / f"{WEEK}.ipynb"
    nbformat.write(notebook, path)
    run = nbformat.read(path, as_version=4)
    run.cells += [new_code_cell(text) for text in cells]
    client = NotebookClient(
        run, timeout=300, allow_errors=True, resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env={**os.environ, **ONE_CORE})
    return list(run.cells[-len(cells) :])


def shown(cell: NotebookNode) -> str:
    assert not [output for output in cell.outputs if output.output_type == "error"], cell.outputs
    return "".join(
        output.get("text", "") + output.get("data", {}).get("text/plain", "") for output in cell.outputs
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("student") / WEEK
    shutil.copytree(COURSE.release / WEEK, folder)
    return folder


@pytest.fixture(scope="module")
def answered(folder: Path) -> list[NotebookNode]:
    """What a student with right answers, one of them spoilt, sees."""
    (ada,) = (
        pupil for pupil in read_class(COURSE.root / "tests" / "classroom" / WEEK) if pupil.name == "ada"
    )
    spoilt = "def bic(*args):\n    return 'low'"
    cells = [
        'grader.check("e_step")',
        spoilt,
        'grader.check("bic")',
        "grader.check_all()",
        COST,
        "grader.export()",
    ]
    return asked(homework(ada, read_release(COURSE, WEEK)), folder, cells)


def test_a_check_answers_at_once(answered: list[NotebookNode]) -> None:
    assert "passed" in shown(answered[0])


def test_a_wrong_answer_is_told_what_is_wrong_in_words(answered: list[NotebookNode]) -> None:
    text = shown(answered[2])
    assert "bic results" in text
    assert "failed" in text
    assert "Traceback" not in text


def test_check_all_names_every_question(answered: list[NotebookNode]) -> None:
    text = shown(answered[3])
    for question, _ in question_cells(read_release(COURSE, WEEK)).values():
        assert question in text


def test_no_check_takes_more_than_50_ms(answered: list[NotebookNode]) -> None:
    costs = ast.literal_eval(shown(answered[4]).strip().splitlines()[-1])
    assert len(costs) == 12
    assert max(costs.values()) < 0.05, costs


def test_the_exported_zip_file_is_a_submission_that_earns_what_the_notebook_does(
    answered: list[NotebookNode], folder: Path, tmp_path: Path
) -> None:
    shown(answered[5])
    (exported,) = folder.glob("*.zip")
    with zipfile.ZipFile(exported) as packed:
        assert f"{WEEK}.ipynb" in packed.namelist()
    shutil.copy(exported, tmp_path)
    with Engine(COURSE, WEEK) as engine:
        report = engine.grade(Submission("ada", WEEK, str(tmp_path), b"key"))
    assert report.status == "graded", report.problem
    assert report.points == report.max_points > 0


def test_a_blank_question_is_called_not_answered(folder: Path) -> None:
    cells = asked(read_release(COURSE, WEEK), folder, ['grader.check("e_step")', 'check("e_step")'])
    assert "NotImplementedError" in shown(cells[0])
    (error,) = (output for output in cells[1].outputs if output.output_type == "error")
    assert error.evalue == "e_step is not answered yet"


@pytest.mark.parametrize("week", [week.name for week in COURSE.weeks])
def test_no_file_of_a_release_holds_anything_hidden(week: str) -> None:
    """No line of a hidden test that calls the student, and no hint of the bank."""
    graders = (COURSE.root / "autograder" / "graders" / f"{week}.py").read_text()
    bank = (COURSE.root / "autograder" / "bank" / f"{week}.py").read_text()
    hidden = {line.strip() for line in graders.splitlines() if "student." in line}
    hidden |= set(re.findall(r'hint="([^"]+)"', bank))
    reference = (COURSE.root / "reference" / f"{COURSE.week(week).reference}.py").read_text()
    told = "\n".join(
        ast.get_docstring(node) or ""
        for node in ast.walk(ast.parse(reference))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    )
    hidden = {text for text in hidden if len(text) > 25 and text not in told}
    assert len(hidden) > 20
    for path in sorted((COURSE.release / week).rglob("*")):
        if path.suffix == ".ipynb":
            text = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells)
        elif path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
        else:
            continue
        assert "autograder" not in text and "hidden=True" not in text, path
        assert not [words for words in hidden if words in text], path
