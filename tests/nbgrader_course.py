"""A minimal week in a real nbgrader course, and a fake engine for it."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import nbformat
from fakes import WEEK, small_course
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from postgres import Server
from traitlets.config import Config

from autograder.config import Course
from autograder.nbgrader.gradebook import open_gradebook
from autograder.nbgrader.plugin import plug_in
from autograder.results import QuestionResult, Report, Submission, TestResult

COURSE_CONFIG = f"""
from pathlib import Path
from fakes import small_course
course = small_course(Path({{folder!r}}))
assert course.weeks[0].name == {WEEK!r}
"""


def metadata(name: str, *, points: float = 0, solution: bool = False) -> dict[str, Any]:
    facts = {
        "grade_id": name,
        "grade": points > 0,
        "solution": solution,
        "locked": not solution,
        "task": False,
        "schema_version": 3,
    }
    if points:
        facts["points"] = points
    return {"nbgrader": facts}


def source() -> nbformat.NotebookNode:
    """One autograded question, a written answer and a plot."""
    cells = [
        new_markdown_cell("# Small", id="intro", metadata=metadata("intro")),
        new_code_cell(
            "def add(x, y):\n    ### BEGIN SOLUTION\n    return x + y\n    ### END SOLUTION",
            id="add-solution",
            metadata=metadata("add-solution", solution=True),
        ),
        new_code_cell('check("add")', id="add", metadata=metadata("add", points=10)),
        new_markdown_cell("Because.", id="why", metadata=metadata("why", points=5, solution=True)),
        new_code_cell(
            "### BEGIN SOLUTION\nplot()\n### END SOLUTION",
            id="plot",
            metadata=metadata("plot", points=4, solution=True),
        ),
    ]
    kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernelspec})


def nbgrader_config(course: Course) -> Config:
    config = Config()
    config.CourseDirectory.root = str(course.data)
    config.CourseDirectory.course_id = course.id
    config.CourseDirectory.db_url = course.gradebook_url
    config.Application.log_level = "ERROR"
    plug_in(config, course)
    return config


def make(folder: Path, server: Server | None = None) -> Course:
    """The course with its release made and two students known; its gradebook lies on the server, if one is given."""
    if server is not None:
        (folder / "gradebook.url").write_text(server.new())
    course = small_course(folder)
    course.root.mkdir(parents=True)
    (course.root / "course_config.py").write_text(COURSE_CONFIG.format(folder=str(folder)))
    master = course.step("source") / WEEK
    master.mkdir(parents=True)
    nbformat.write(source(), master / f"{WEEK}.ipynb")
    (master / "data.csv").write_text("the course's own\n")
    with open_gradebook(course) as gradebook:
        gradebook.update_or_create_assignment(WEEK, duedate=course.weeks[0].due.replace(tzinfo=None))
        for student in ("ada", "bo"):
            gradebook.update_or_create_student(student)
    result = NbGraderAPI(config=nbgrader_config(course)).generate_assignment(WEEK)
    assert result["success"], result["log"]
    return course


def copied(course: Course, folder: Path, server: Server | None = None) -> Course:
    """The same course in another folder, with a gradebook of its own."""
    shutil.copytree(course.data, folder / "data")
    if server is not None:
        (folder / "gradebook.url").write_text(server.copy(course.gradebook))
    (folder / "root").mkdir()
    (folder / "root" / "course_config.py").write_text(COURSE_CONFIG.format(folder=str(folder)))
    return small_course(folder)


def hand_in(
    course: Course,
    student: str,
    *,
    code: str = "def add(x, y):\n    return x + y",
    why: str | None = "It is so.",
    plot: str | None = "plot(1)",
    at: str = "2027-02-20 10:00:00 UTC",
) -> None:
    notebook = nbformat.read(course.step("release") / WEEK / f"{WEEK}.ipynb", as_version=4)
    answers = {"add-solution": code, "why": why, "plot": plot}
    for cell in notebook.cells:
        answer = answers.get(cell.metadata.nbgrader.grade_id)
        if answer is not None:
            cell.source = answer
    folder = course.step("submitted") / student / WEEK
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{WEEK}.ipynb")
    (folder / "timestamp.txt").write_text(at)
    (folder / "data.csv").write_text("changed by the student\n")
    (folder / "notes.txt").write_text("mine\n")


def report(student: str, points: float | None = 10.0, **facts: Any) -> Report:
    """A report with the points for the one autograded question; None where its grader was at fault."""
    outcomes = (
        ["could_not_grade"] if points is None else ["passed"] * int(points) + ["failed"] * (10 - int(points))
    )
    tests = [TestResult(name="t", weight=1, outcome=outcome, line="adds") for outcome in outcomes]
    facts = {"status": "could_not_grade" if points is None else "graded"} | facts
    question = QuestionResult(name="add", max_points=10, tests=tests)
    return Report(assignment=WEEK, student=student, questions=[question], **facts)


def executed_submissions(course: Course, week: str) -> Any:
    """Stands in for the notebook that the engine executes."""

    def executed(report: Report) -> nbformat.NotebookNode:
        path = course.step("submitted") / report.student / week / f"{week}.ipynb"
        notebook = copy.deepcopy(nbformat.read(path, as_version=4))
        points = {question.name: question.points for question in report.questions}
        for cell in notebook.cells:
            name = cell.metadata.nbgrader.grade_id
            if cell.cell_type == "code":
                cell.outputs = [new_output("stream", name="stdout", text="line\n" * 2000)]
                if points.get(name) is not None:
                    value = {"text/plain": repr(points[name])}
                    cell.outputs.append(new_output("execute_result", data=value, execution_count=1))
        return notebook

    return executed


class Engine:
    """Gives 7 points to everyone, and no grade to whose code says broken grader."""

    started = 0

    def __init__(self, course: Course, week: str) -> None:
        type(self).started += 1

    def grade(self, submission: Submission, before: Report | None = None) -> Report:
        text = (Path(submission.folder) / f"{WEEK}.ipynb").read_text()
        if "unreadable" in text:
            return Report(
                assignment=WEEK,
                student=submission.student,
                status="unreadable",
                problem="the notebook is no JSON",
            )
        return report(submission.student, None if "broken grader" in text else 7.0)

    def close(self) -> None:
        pass


def rows(course: Course) -> list[dict[str, Any]]:
    """Every grade and comment of the gradebook, without ids that nbgrader draws."""
    with Gradebook(course.gradebook_url, course.id) as gradebook:
        found: list[dict[str, Any]] = []
        for submission in gradebook.assignment_submissions(WEEK):
            found.append(
                {
                    "student": submission.student_id,
                    "timestamp": submission.timestamp,
                    "score": submission.score,
                    "penalty": submission.late_submission_penalty,
                    "manual": submission.needs_manual_grade,
                }
            )
            for notebook in submission.notebooks:
                entries = [*notebook.grades, *notebook.comments]
                found += [{k: v for k, v in entry.to_dict().items() if k != "id"} for entry in entries]
                found.append({"notebook": notebook.name, "penalty": notebook.late_submission_penalty})
        return sorted(found, key=repr)


def files(course: Course) -> dict[str, tuple[str, int]]:
    """Content and mode of every autograded file."""
    root = course.step("autograded")
    return {
        path.relative_to(root).as_posix(): (path.read_text(), path.stat().st_mode & 0o777)
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
