"""The engine inside stock nbgrader: autograde, feedback and export on a small course."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import nbgrader_course as small
import pytest
from fakes import WEEK, environment
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from postgres import Server

from autograder import batch
from autograder.config import Course
from autograder.nbgrader import gradebook
from autograder.nbgrader import plugin as nbgrader_plugin

pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted:sqlalchemy.exc.SAWarning")


@pytest.fixture(scope="session")
def master(tmp_path_factory: pytest.TempPathFactory, server: Server | None) -> Course:
    return small.make(tmp_path_factory.mktemp("master"), server)


@pytest.fixture
def course(master: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server | None) -> Course:
    monkeypatch.setattr(nbgrader_plugin, "ENGINE", small.Engine)
    monkeypatch.setattr(nbgrader_plugin, "ENVIRONMENT", environment)
    monkeypatch.setattr(nbgrader_plugin, "EXECUTED", small.executed_submissions)
    nbgrader_plugin._close_engines()
    (tmp_path / "plugin").mkdir()
    return small.copied(master, tmp_path / "plugin", server)


def api(course: Course, **execute: Any) -> NbGraderAPI:
    config = small.nbgrader_config(course)
    config.Execute.update(execute)
    return NbGraderAPI(config=config)


def autograde(course: Course, student: str, **execute: Any) -> dict[str, Any]:
    result: dict[str, Any] = api(course, **execute).autograde(WEEK, student, force=True)
    return result


def test_autograde_leaves_what_course_grade_leaves(
    course: Course, master: Course, tmp_path: Path, server: Server | None
) -> None:
    (tmp_path / "batch").mkdir()
    other = small.copied(master, tmp_path / "batch", server)
    for each in (course, other):
        small.hand_in(each, "ada", why=None)
        small.hand_in(each, "bo", code="broken grader", at="2027-03-03 18:00:00 UTC")
    for student in ("ada", "bo"):
        result = autograde(course, student)
        assert result["success"], result["log"]
    parts = batch.Parts(engine=small.Engine, environment=environment, recorder=recorder, nursery=False)
    summary = batch.grade_assignment(other, WEEK, workers=1, parts=parts)
    assert summary.counts == {"graded": 1, "could_not_grade": 1}
    assert small.rows(course) == small.rows(other)
    assert small.files(course) == small.files(other)
    assert gradebook.held(course, WEEK) == gradebook.held(other, WEEK)


def recorder(course: Course, week: str) -> gradebook.Recorder:
    return gradebook.Recorder(
        course,
        week,
        config=small.nbgrader_config(course),
        executed=small.executed_submissions(course, week),
    )


def test_one_engine_serves_all_submissions_of_a_process(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small.Engine, "started", 0)
    for student in ("ada", "bo"):
        small.hand_in(course, student)
        assert autograde(course, student)["success"]
    assert small.Engine.started == 1


def test_course_grade_has_nothing_to_grade_after_autograde(course: Course) -> None:
    small.hand_in(course, "ada")
    assert autograde(course, "ada")["success"]
    parts = batch.Parts(engine=small.Engine, environment=environment, recorder=recorder, nursery=False)
    summary = batch.grade_assignment(course, WEEK, workers=1, parts=parts)
    assert summary.counts == {"graded": 1}
    assert summary.fresh == 0


def test_no_execute_gives_an_error_and_no_points(course: Course) -> None:
    small.hand_in(course, "ada", code="x = 1")
    result = autograde(course, "ada", enabled=False)
    assert not result["success"]
    assert "leave out --no-execute" in result["log"]
    assert [row["auto_score"] for row in small.rows(course) if row.get("name") == "add"] == [None]


def test_an_unreadable_submission_gets_no_grade(course: Course) -> None:
    small.hand_in(course, "ada", code="unreadable")
    result = autograde(course, "ada")
    assert not result["success"]
    assert "ada: the notebook is no JSON" in result["log"]
    assert gradebook.held(course, WEEK) == {"ada": "the notebook is no JSON"}
    assert [row["auto_score"] for row in small.rows(course) if row.get("name") == "add"] == [None]


def test_a_regrade_by_nbgrader_keeps_manual_scores_out_of_the_queue(course: Course) -> None:
    small.hand_in(course, "ada")
    assert autograde(course, "ada")["success"]
    with Gradebook(course.gradebook_url, course.id) as book:
        for name in ("why", "plot"):
            found = book.find_grade(name, WEEK, WEEK, "ada")
            found.manual_score, found.needs_manual_grade = 3.0, False
        book.db.commit()
    small.hand_in(course, "ada", why="On second thoughts.")
    assert autograde(course, "ada")["success"]
    with Gradebook(course.gradebook_url, course.id) as book:
        assert book.find_grade("why", WEEK, WEEK, "ada").needs_manual_grade
        assert not book.find_grade("plot", WEEK, WEEK, "ada").needs_manual_grade


def test_feedback_is_written_for_those_with_a_grade_only(course: Course) -> None:
    small.hand_in(course, "ada")
    small.hand_in(course, "bo", code="broken grader")
    for student in ("ada", "bo"):
        assert autograde(course, student)["success"]
    result = api(course).generate_feedback(WEEK, force=True)
    assert not result["success"]
    assert "bo: no feedback before there is a grade" in result["log"]
    assert [page.parts[-3] for page in course.step("feedback").rglob("*.html")] == ["ada"]


@pytest.mark.parametrize(
    ("seconds", "lost"),
    [(0, None), (1, 2.0), (86400, 2.0), (86401, 4.0), (5 * 86400, 10.0), (5 * 86400 + 1, 20.0)],
)
def test_the_late_policy_takes_a_share_for_each_day_begun(
    course: Course, seconds: float, lost: float | None
) -> None:
    penalty = nbgrader_plugin.LatePenalty(config=small.nbgrader_config(course))
    assert penalty.late_submission_penalty("ada", 20.0, seconds) == lost


def test_another_course_than_the_configured_one_is_not_taken(course: Course) -> None:
    aware = nbgrader_plugin.CourseAware(config=small.nbgrader_config(course))
    assert dataclasses.replace(aware.course, root=course.root) == course
