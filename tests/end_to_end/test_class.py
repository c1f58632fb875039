"""The whole way of a class: built, released, collected, graded, recorded, fed back and reported."""

import dataclasses
import math
import re
import select
import subprocess
import sys
import time

import nbformat
import pytest
from nbgrader.api import Gradebook

from autograder.batch import grade_assignment
from autograder.config import load_course
from autograder.demo import run_demo
from autograder.store import read_reports

WEEKS = ("week1_bayes", "week4_gmm")
"""The other weeks' classes are graded by ``make demo``, which fails where a score is not the expected one."""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = load_course().at(tmp_path_factory.mktemp("class") / "data")
    return dataclasses.replace(course, weeks=tuple(course.week(week) for week in WEEKS))


@pytest.fixture(scope="module")
def demo(course):
    timed = [course.weeks[0].name]
    return run_demo(course, course.data.parent, timed=timed, say=lambda _: None)


@pytest.fixture(scope="module")
def reports(course, demo):
    del demo
    return {week.name: read_reports(course, week.name) for week in course.weeks}


def test_every_student_gets_exactly_the_expected_score_twice(demo):
    assert demo.surprises == []
    assert demo.figures["expected_scores_met"] == demo.figures["submissions"] >= 48


def test_each_week_has_at_least_24_students_of_every_kind(reports):
    for by_student in reports.values():
        assert len(by_student) >= 24
        assert {report.status for report in by_student.values()} == {"graded", "unreadable"}


def test_the_gradebook_holds_the_reported_points(course, reports):
    with Gradebook(course.gradebook_url, course.id) as gradebook:
        for week, by_student in reports.items():
            for student, report in by_student.items():
                if report.status != "graded":
                    continue
                submission = gradebook.find_submission(week, student)
                cells = {grade.name: grade for notebook in submission.notebooks for grade in notebook.grades}
                for question in report.questions:
                    assert cells[question.name].auto_score == pytest.approx(question.points)


def test_autograded_notebooks_hold_outputs_plots_and_feedback(course, reports):
    for week, by_student in reports.items():
        best = max(by_student.values(), key=lambda report: report.points)
        path = course.step("autograded") / best.student / week / f"{week}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
        assert any("image/png" in output.get("data", {}) for output in outputs)
        assert any("✓" in output.get("data", {}).get("text/plain", "") for output in outputs)


def test_feedback_pages_exist_and_hold_nothing_hidden(course, demo, reports):
    del demo
    secret = course.secret.read_bytes().hex()
    for week, by_student in reports.items():
        graders = (course.root / "autograder" / "graders" / f"{week}.py").read_text()
        hidden_lines = [line.strip() for line in graders.splitlines() if "assert_close(" in line]
        for student, report in by_student.items():
            page = course.step("feedback") / student / week / f"{week}.html"
            if report.status != "graded":
                assert not page.exists()
                continue
            text = page.read_text()
            assert secret not in text
            assert not [line for line in hidden_lines if line in text]
            assert not re.search(r"\bexpected \[", text)
            for question in report.questions:
                for test in question.tests:
                    assert not test.detail or test.detail not in text


# The promises, 0.2 s and 0.6, are about a machine with two cores to itself. What a neighbour takes away is
# measured beside them, and a run that he disturbed is repeated before the test speaks of a failure.
BUSY = "import time; t = time.perf_counter(); sum(i * i for i in range(6_000_000)); print(time.perf_counter() - t)"


def neighbours() -> float:
    """How many times longer two processes take side by side than one alone; 1 where two cores are free."""

    def seconds(processes: int) -> float:
        started = [
            subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE) for _ in range(processes)
        ]
        return max(float(process.communicate()[0]) for process in started)

    return max(1.0, min(seconds(2) for _ in range(3)) / min(seconds(1) for _ in range(3)))


@pytest.fixture(scope="module")
def speed(course, demo):
    """Overhead in seconds and the time of two workers over that of one: first as the class was graded.

    Grading again removes the feedback pages: the tests of those stand above.
    """

    def measured():
        share = neighbours()
        yield demo.figures["overhead_seconds"]["median"] / share, demo.figures["workers_ratio"] / share
        for _ in range(2):
            share = neighbours()
            week = course.weeks[0].name
            two, one = (grade_assignment(course, week, workers=n, force=True) for n in (2, 1))
            yield two.overhead[0] / share, two.seconds / one.seconds / share

    best = (math.inf, math.inf)
    for figures in measured():
        best = min(best[0], figures[0]), min(best[1], figures[1])
        if best[0] <= 0.2 and best[1] <= 0.6:
            break
    return best


def test_the_cost_beside_the_students_own_computation_is_at_most_200_ms(speed):
    assert speed[0] <= 0.2


def test_two_workers_take_at_most_six_tenths_of_the_time_of_one(speed):
    assert speed[1] <= 0.6


def test_a_killed_run_resumes_without_loss_or_repetition(course, reports):
    """SIGKILL to the whole `course grade` in mid-class; the next run does only what is left."""
    week = course.weeks[0].name
    before = {student: report.points for student, report in reports[week].items()}
    for path in (course.reports / week).iterdir():
        path.unlink()
    command = [sys.executable, "-m", "autograder.cli", "grade", week, "--data", str(course.data)]
    stored = lambda: {p.stem: p.stat().st_mtime_ns for p in (course.reports / week).glob("*.json")}  # noqa: E731
    for wanted in (3, 9):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            deadline = time.monotonic() + 120
            while len(stored()) < wanted and run.poll() is None and time.monotonic() < deadline:
                select.select([], [], [], 0.02)
            run.kill()
        finished = stored()
        assert wanted <= len(finished) < len(before)
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1, done.stderr
    assert "unreadable" in done.stdout
    after = stored()
    assert {student: after[student] for student in finished} == finished
    assert {s: r.points for s, r in read_reports(course, week).items()} == before
