"""The whole way of a class: built, released, collected, graded, recorded, fed back and reported."""

import dataclasses
import math
import re
import select
import shutil
import subprocess
import sys
import time

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI

from autograder import demo as demonstration
from autograder.batch import Workers, grade_assignment
from autograder.config import load_course
from autograder.demo import differences, nbgrader_config, read_class, run_demo
from autograder.store import read_reports

WEEKS = ("week1_bayes",)
"""The other weeks' classes are graded by ``make demo``, which fails where a score is not the expected one."""
ANOTHER = "another"
"""A key other than that of ``make demo``: no score may depend on which numbers are drawn."""
SHOWN = ("ada", "chen", "esra", "lucia", "rosa", "sven")
"""Whose feedback pages are written and looked at: right, wrong and endless. nbgrader takes a second for each."""
QUICK = ("ada", "aki", "bela", "bo", "chen", "cleo", "hana", "mei")
"""Those who are graded again and again: they wait for no time limit."""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = load_course().at(tmp_path_factory.mktemp("class") / "data")
    return dataclasses.replace(course, weeks=tuple(course.week(week) for week in WEEKS))


@pytest.fixture(scope="module")
def demo(course):
    def feedback(course, week):
        api = NbGraderAPI(config=nbgrader_config(course))
        for student in SHOWN:
            assert api.generate_feedback(week, student)["success"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demonstration, "write_feedback", feedback)
        return run_demo(course, course.data.parent, timed=[], key=ANOTHER, say=lambda _: None)


@pytest.fixture(scope="module")
def reports(course, demo):
    del demo
    return {week.name: read_reports(course, week.name) for week in course.weeks}


def test_every_student_gets_exactly_the_expected_score(demo):
    assert demo.surprises == []
    assert demo.figures["expected_scores_met"] == demo.figures["submissions"] >= 24


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
        assert {path.name for path in course.step("feedback").iterdir()} == set(SHOWN)
        for student in SHOWN:
            report = by_student[student]
            page = course.step("feedback") / student / week / f"{week}.html"
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
    """Overhead in seconds and the time of two workers over that of one, at the best of up to three times.

    The workers are warm: to start them takes as long as three students do, and of a whole class, start included,
    `make demo` says the same. Grading again removes feedback pages: the tests of those stand above.
    """
    week = course.weeks[0].name
    best = demo.figures["overhead_seconds"]["median"], math.inf
    with Workers(2) as pair, Workers(1) as single:
        for workers in (pair, single):
            warm = QUICK[: 2 * workers.count]
            grade_assignment(course, week, workers=workers.count, pool=workers, students=warm, force=True)
        for _ in range(3):
            share = neighbours()
            two, one = (
                grade_assignment(course, week, workers=it.count, pool=it, students=QUICK, force=True)
                for it in (pair, single)
            )
            best = min(best[0], two.overhead[0] / share), min(best[1], two.seconds / one.seconds / share)
            if best[0] <= 0.2 and best[1] <= 0.6:
                break
    return best


def test_grading_again_repeats_the_scores(course, speed):
    del speed
    (week,) = WEEKS
    pupils = {pupil.name: pupil for pupil in read_class(course.root / "tests" / "classroom" / week)}
    reports = read_reports(course, week)
    for student in QUICK:
        assert differences(pupils[student], reports[student]) == []


def test_the_cost_beside_the_students_own_computation_is_at_most_200_ms(speed):
    assert speed[0] <= 0.2


def test_two_workers_take_at_most_six_tenths_of_the_time_of_one(speed):
    assert speed[1] <= 0.6


def test_a_killed_run_resumes_without_loss_or_repetition(course, reports, tmp_path):
    """SIGKILL to the whole `course grade` in mid-class; the next run does only what is left."""
    week = course.weeks[0].name
    shutil.copytree(course.data, tmp_path / "data")
    course = course.at(tmp_path / "data")
    before = {student: reports[week][student].points for student in (*QUICK, "dmitri")}
    for path in course.step("submitted").iterdir():
        if path.name not in before:
            shutil.rmtree(path)
    for path in (course.reports / week).iterdir():
        path.unlink()
    command = [sys.executable, "-m", "autograder.cli", "grade", week, "--data", str(course.data)]
    stored = lambda: {p.stem: p.stat().st_mtime_ns for p in (course.reports / week).glob("*.json")}  # noqa: E731
    for wanted in (2, 6):
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
