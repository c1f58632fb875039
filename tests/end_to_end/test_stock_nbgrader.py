"""The stock nbgrader commands on the real course: the same scores as `course grade`, feedback and export."""

import csv
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from autograder.config import load_course
from autograder.demo import read_class, release_and_collect

WEEK = "week1_bayes"
STUDENTS = ("ada", "gita")
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """Two students of the example class, released to and collected from."""
    folder = tmp_path_factory.mktemp("stock")
    course = replace(load_course().at(folder / "data"), release_folder=folder / "release")
    pupils = [
        pupil for pupil in read_class(course.root / "tests" / "classroom" / WEEK) if pupil.name in STUDENTS
    ]
    release_and_collect(course, WEEK, pupils, folder / "exchange")
    return course, pupils


def command(course, *words):
    """Run a command in the repository with the course's data elsewhere; what it printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COURSE_")}
    environment |= {"COURSE_DATA": str(course.data), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [str(BIN / words[0]) if words[0] == "nbgrader" else sys.executable, *words[1:]],
        cwd=course.root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def stock(collected):
    course, pupils = collected
    other = replace(course, data=course.data.with_name("other"))
    shutil.copytree(course.data, other.data)
    before = repository(course)
    for words in (["autograde", WEEK], ["generate_feedback", WEEK]):
        command(course, "nbgrader", *words)
    command(course, "nbgrader", "export", "--to", str(course.data / "grades.csv"))
    command(other, "python", "-m", "autograder.cli", "grade", WEEK)
    assert repository(course) == before
    return course, other, pupils


def repository(course):
    """What lies in the repository's own folder: nothing may be left there."""
    return sorted(path.name for path in course.root.iterdir() if path.name != "__pycache__")


def scores(course):
    rows = {}
    with Gradebook(course.gradebook_url, course.id) as gradebook:
        for submission in gradebook.assignment_submissions(WEEK):
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    rows[submission.student.id, grade.name] = (
                        grade.auto_score,
                        grade.manual_score,
                        grade.max_score,
                        grade.needs_manual_grade,
                    )
    return rows


def test_nbgrader_autograde_leaves_the_scores_that_course_grade_leaves(stock):
    course, other, pupils = stock
    found = scores(course)
    assert found == scores(other)
    assert {student for student, _ in found} == set(STUDENTS)
    for pupil in pupils:
        for (student, question), (auto, _, most, manual) in found.items():
            if student == pupil.name and not manual:
                assert auto == pytest.approx(pupil.expected.get(question, most))
    assert any(manual for *_, manual in found.values())


def test_generate_feedback_writes_a_page_with_the_outcome_of_each_hidden_test(stock):
    course, _, _ = stock
    for student in STUDENTS:
        page = (course.step("feedback") / student / WEEK / f"{WEEK}.html").read_text()
        assert "✓" in page and "data:image/png" in page and "of 9 points" in page


def test_export_writes_a_row_for_each_student(stock):
    course, _, _ = stock
    with open(course.data / "grades.csv", newline="") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(STUDENTS)
    totals = {name: 0.0 for name in STUDENTS}
    for (student, _), (auto, *_) in scores(course).items():
        totals[student] += auto or 0.0
    for student, row in rows.items():
        assert float(row["raw_score"]) == pytest.approx(totals[student])
        assert float(row["max_score"]) == 100
