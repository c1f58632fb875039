"""What the two lines put into nbgrader's configuration, and the rules that are not nbgrader's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_code_cell, new_output
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties, Execute, LimitOutput, SaveAutoGrades
from nbgrader.utils import determine_grade
from traitlets.config import Config

from autograder.config import CourseError
from autograder.nbgrader import any_course, drop_in
from autograder.results import CellResult


def test_the_two_lines_replace_two_of_nbgraders_classes_and_nothing_else() -> None:
    config = Config()
    drop_in.use(config)
    stock = Autograde().autograde_preprocessors
    ours = Autograde(config=config).autograde_preprocessors
    swapped = {Execute: drop_in.ExecuteInSandbox, SaveAutoGrades: drop_in.SaveScores}
    assert ours == [swapped.get(each, each) for each in stock]
    assert set(config) == {"Autograde", "ExecuteInSandbox"}


def test_a_courses_own_list_is_kept_with_the_sandbox_in_it() -> None:
    config = Config()
    config.Autograde.autograde_preprocessors = ["nbgrader.preprocessors.Execute", LimitOutput]
    drop_in.use(config)
    assert config.Autograde.autograde_preprocessors == [drop_in.ExecuteInSandbox, LimitOutput]
    drop_in.use(config)
    assert config.Autograde.autograde_preprocessors == [drop_in.ExecuteInSandbox, LimitOutput]


def test_what_a_course_adds_to_nbgraders_list_is_kept() -> None:
    config = Config()
    config.Autograde.autograde_preprocessors.append(AssignLatePenalties)
    drop_in.use(config)
    assert config.Autograde.autograde_preprocessors[0] is drop_in.ExecuteInSandbox
    assert config.Autograde.autograde_preprocessors.count(AssignLatePenalties) == 2


def test_a_list_in_which_nothing_runs_notebooks_is_refused() -> None:
    config = Config()
    config.Autograde.autograde_preprocessors = [LimitOutput]
    with pytest.raises(CourseError, match="leave Execute in the list"):
        drop_in.use(config)


@pytest.mark.parametrize("wrong", [{"memory_mb": 0}, {"sandbox_minimum": "none"}])
def test_a_setting_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(CourseError):
        drop_in.use(Config(), **wrong)


@pytest.mark.parametrize(
    ("kernelspec", "language_info", "other"),
    [
        ({"name": "python3", "language": "python"}, {}, ""),
        ({"name": "conda-env-x", "language": "python"}, {}, ""),
        ({"name": "python"}, {}, ""),
        ({}, {}, ""),
        ({"name": "ir", "language": "R"}, {}, "ir"),
        ({"name": "mystery"}, {}, "mystery"),
        ({}, {"name": "julia"}, "julia"),
        ({"name": "python3", "language": "python"}, {"name": "R"}, ""),
    ],
)
def test_a_kernel_that_is_no_python_is_known_by_its_language_or_name(
    kernelspec: dict[str, str], language_info: dict[str, str], other: str
) -> None:
    notebook = from_dict({"metadata": {"kernelspec": kernelspec, "language_info": language_info}})
    assert drop_in.other_kernel(notebook) == other


def cell(*outputs: Any, solution: bool = False) -> NotebookNode:
    facts = {"grade": True, "solution": solution, "grade_id": "t", "points": 4}
    return new_code_cell("t", metadata={"nbgrader": facts}, outputs=list(outputs))


WARNING = new_output("stream", name="stderr", text="careful\n")
HALF = new_output("execute_result", data={"text/plain": "2.0"}, execution_count=1)
ERROR = new_output("error", ename="E", evalue="", traceback=["E"])


@pytest.mark.parametrize(
    ("outputs", "points"),
    [([WARNING], 4), ([WARNING, HALF], 2), ([HALF, WARNING], 2), ([WARNING, ERROR], 0), ([], 4)],
)
def test_a_warning_costs_nothing_and_hides_nothing(outputs: list[Any], points: float) -> None:
    written = cell(*outputs)
    assert determine_grade(drop_in.without_warnings(written))[0] == points
    assert written.outputs == outputs


def run(status: str, *outputs: dict[str, Any]) -> CellResult:
    return CellResult(cell_id="0", status=status, outputs=list(outputs))  # type: ignore[arg-type]


def grade(result: CellResult) -> float:
    graded = cell()
    graded.outputs = drop_in._outputs(graded, result)
    score: float = determine_grade(drop_in.without_warnings(graded))[0]
    return score


def test_an_error_that_the_code_did_not_show_costs_the_points_all_the_same() -> None:
    assert grade(run("ok")) == 4
    assert grade(run("error")) == 0
    assert grade(run("error", dict(HALF))) == 2  # as in nbgrader: what came first counts


@pytest.mark.parametrize(
    "note",
    [
        "\n[the outputs of this notebook are too large; the rest is not kept]\n",
        "x\n[the outputs of this cell are too large; the rest is not kept]\n",
    ],
)
def test_points_that_may_have_been_cut_off_are_not_given(note: str) -> None:
    cut = {"output_type": "stream", "name": "stderr", "text": note}
    assert grade(run("ok", cut)) == 0
    for_people = cell(solution=True)
    assert drop_in._outputs(for_people, run("ok", cut)) == [cut]


def test_the_notes_are_those_that_the_sandbox_writes() -> None:
    from autograder.sandbox.outputs import NOTE
    from notebook_runner.cells import Outputs

    outputs = Outputs()
    outputs.write("stdout", "x")
    for note in (NOTE["text"], outputs.items[0]["text"]):
        assert note.rstrip().endswith(drop_in.TOO_LARGE)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("from autograder.nbgrader import drop_in\ndrop_in.use(get_config())\n", True),
        ("c = get_config()\nimport autograder.nbgrader.drop_in as d\n", True),
        ("from autograder.nbgrader.drop_in import use\n", True),
        ("from autograder.nbgrader.config import configure\n", False),
        ("# from autograder.nbgrader import drop_in\n", False),
    ],
)
def test_a_course_with_the_two_lines_is_recognised(text: str, is_one: bool, tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text(text)
    assert any_course.is_one(tmp_path) is is_one


def test_a_folder_without_a_configuration_is_none(tmp_path: Path) -> None:
    assert not any_course.is_one(tmp_path)


@pytest.mark.parametrize(("score", "most"), [(0.0, 4.0), (4.0, 4.0), (2.5, 4.0), (0.0, 0.0)])
def test_a_score_has_a_reports_form(score: float, most: float) -> None:
    question = any_course.question("t", score, most)
    assert (question.points, question.max_points) == (score, most)


def test_nbgraders_log_gives_its_reason_in_one_line() -> None:
    log = "[ERROR] x\n    Traceback (most recent call last):\n      File\n    ValueError: no such thing\n\n[ERROR] See"
    assert any_course.last_words(log) == "ValueError: no such thing"
    assert any_course.last_words("a.b.CourseError: do this") == "do this"
    assert any_course.last_words("[ERROR] nothing matched") == "[ERROR] nothing matched"
