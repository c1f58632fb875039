"""A regrade shows whose score would change, writes nothing before it is told to, and grades nothing twice."""

import dataclasses
import json
from collections import Counter

import pytest
from fakes import PARTS, WEEK, FakeEngine, small_course, submit
from test_cli import run

from autograder import batch, cli, regrade, store
from autograder.batch import grade_assignment
from autograder.results import QuestionResult, Report, Submission, TestResult


class StricterEngine(FakeEngine):
    """A grader that was changed after release: whoever wrote 'nearly' loses half the points."""

    def grade(self, submission: Submission, before: Report | None = None) -> Report:
        report = super().grade(submission, before)
        text = (self.log.parent / "submitted" / submission.student / WEEK / f"{WEEK}.ipynb").read_text()
        failed = TestResult(
            name="u", weight=1, outcome="failed" if text == "nearly" else "passed", line="more"
        )
        report.questions = [
            QuestionResult(name="add", max_points=10, tests=[*question.tests, failed])
            for question in report.questions
        ]
        return report


class FaultyEngine(FakeEngine):
    """A grader that was changed after release, and fails on whoever wrote 'fine'."""

    def grade(self, submission: Submission, before: Report | None = None) -> Report:
        report = super().grade(submission, before)
        for question in report.questions:
            if submission.student == "ada":
                question.tests[0].outcome = "could_not_grade"
                report.status, report.problem = "could_not_grade", "the graders of add failed"
        return report


def stricter(course, week):
    return "environment 2"


FAULTY = dataclasses.replace(PARTS, engine=FaultyEngine, environment=stricter)
CHANGED = dataclasses.replace(PARTS, engine=StricterEngine, environment=stricter)


@pytest.fixture
def course(tmp_path):
    course = small_course(tmp_path)
    for student, text in {"ada": "fine", "bo": "nearly", "cy": "broken grader"}.items():
        submit(course, student, text)
    grade_assignment(course, WEEK, workers=1, parts=PARTS)
    return course


def log(course, name):
    return Counter((course.data / f"{name}.log").read_text().split())


def test_a_preview_shows_the_changes_and_writes_nothing(course):
    before = {path: path.read_bytes() for path in (course.reports / WEEK).iterdir()}
    recorded = log(course, "recorded")
    (change,) = regrade.preview(course, WEEK, workers=1, parts=CHANGED).changes
    assert (change.student, change.question, change.before, change.after) == ("bo", "add", 10.0, 5.0)
    assert change.difference == -5.0
    assert {path: path.read_bytes() for path in (course.reports / WEEK).iterdir()} == before
    assert log(course, "recorded") == recorded


def test_taking_over_records_the_preview_without_grading_again(course):
    regrade.preview(course, WEEK, workers=1, parts=CHANGED)
    asked = log(course, "asked")
    summary = regrade.take_over(course, WEEK, workers=1, parts=CHANGED)
    assert {row.student: row.points for row in summary.rows} == {"ada": 10.0, "bo": 5.0, "cy": 0.0}
    assert log(course, "asked")["ada"] == asked["ada"]
    assert log(course, "asked")["bo"] == asked["bo"]
    assert store.read_reports(course, WEEK)["bo"].points == 5.0
    assert not (course.data / "regrade" / WEEK).exists()


def test_nothing_changes_where_no_grader_was_changed(course):
    asked = log(course, "asked")
    assert regrade.preview(course, WEEK, workers=1, parts=PARTS).changes == []
    assert log(course, "asked")["ada"] == asked["ada"]


def test_a_question_that_cannot_be_graded_this_time_keeps_its_score_and_is_told(course, capsys, monkeypatch):
    monkeypatch.setattr(cli.common, "load_course", lambda: course)
    monkeypatch.setattr(batch, "Parts", lambda: FAULTY)
    (change,) = regrade.preview(course, WEEK, workers=1, parts=FAULTY).changes
    assert (change.student, change.before, change.after, change.difference) == ("ada", 10.0, None, 0.0)
    code, out, err = run(capsys, "grade", WEEK, "--workers", "1", "--regrade")
    assert code == 1
    assert "keeps its score" in out and "0 scores of 0 students would change" in out
    assert "ada: could not grade; the graders of add failed" in err


def test_the_command_asks_before_it_writes(course, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(cli.common, "load_course", lambda: course)
    monkeypatch.setattr(batch, "Parts", lambda: CHANGED)
    table = tmp_path / "changes.json"
    submit(course, "dan", "fine")
    code, out, err = run(capsys, "grade", WEEK, "--workers", "1", "--regrade", "--json", str(table))
    assert code == 1  # cy could not be graded
    assert "cy: could not grade" in err
    assert "bo" in out
    assert "dan" in out  # not graded before
    assert "nothing was written" in out
    assert store.read_reports(course, WEEK)["bo"].points == 10.0
    assert json.loads(table.read_text()) == [
        {"student": "bo", "question": "add", "before": 10.0, "after": 5.0},
        {"student": "dan", "question": "add", "before": None, "after": 10.0},
    ]
    code, out, _ = run(capsys, "grade", WEEK, "--workers", "1", "--regrade", "--yes")
    assert store.read_reports(course, WEEK)["bo"].points == 5.0
    assert code == 1  # cy could not be graded
