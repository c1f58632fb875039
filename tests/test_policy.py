"""The course's rules: late days, extensions, exemptions."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import nbgrader_course as small
import pytest
from fakes import WEEK
from nbgrader.apps import NbGraderAPI
from postgres import Server

from autograder.config import Course, CourseError, Exemption, Extension, LatePolicy, Week
from autograder.nbgrader import gradebook
from autograder.nbgrader import plugin as nbgrader_plugin

LATER = "week5_later"
HOUR, DAY = 3600, 86400

pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted:sqlalchemy.exc.SAWarning")


@pytest.mark.parametrize(
    ("policy", "seconds", "days", "share"),
    [
        (LatePolicy(), 0, 0, 0.0),
        (LatePolicy(), 1, 1, 0.1),
        (LatePolicy(), DAY + 1, 2, 0.2),
        (LatePolicy(), 5 * DAY, 5, 0.5),
        (LatePolicy(), 5 * DAY + 1, 6, 1.0),
        (LatePolicy(grace_minutes=60), HOUR, 0, 0.0),
        (LatePolicy(grace_minutes=60), HOUR + 1, 1, 0.1),
        (LatePolicy(per_day=0.2, most=0.5), 4 * DAY, 4, 0.5),
        (LatePolicy(per_day=0.2, most=0.5), 6 * DAY, 6, 1.0),
    ],
)
def test_a_late_day_costs_what_the_policy_says(
    policy: LatePolicy, seconds: float, days: int, share: float
) -> None:
    assert policy.days(seconds) == days
    assert policy.share(days) == pytest.approx(share)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"per_day": 1.5}, "late.per_day must lie between 0 and 1"),
        ({"most": -1}, "late.most"),
        ({"free_days": -2}, "late.free_days must not be negative"),
        ({"grace_minutes": "ten"}, "late.grace_minutes"),
    ],
)
def test_a_wrong_late_policy_is_named(wrong: dict, named: str) -> None:
    with pytest.raises(CourseError, match=named):
        LatePolicy(**wrong)


@pytest.fixture(scope="session")
def master(tmp_path_factory: pytest.TempPathFactory, server: Server | None) -> Course:
    return small.make(tmp_path_factory.mktemp("master"), server)


@pytest.fixture
def course(master: Course, tmp_path: Path, server: Server | None) -> Course:
    """Two weeks; the second is due a week after the first."""
    (tmp_path / "policy").mkdir()
    course = small.copied(master, tmp_path / "policy", server)
    due = course.weeks[0].due + timedelta(days=7)
    later = Week(name=LATER, title="Later", reference="gmm", deadline=due.isoformat())
    course = dataclasses.replace(course, weeks=(*course.weeks, later))
    with gradebook.open_gradebook(course) as book:
        book.update_or_create_assignment(LATER, duedate=later.due_utc)
        book.add_notebook(LATER, LATER)
        book.add_grade_cell("add", LATER, LATER, max_score=10, cell_type="code")
    return course


def late(course: Course, days: float, week: str = WEEK) -> str:
    return f"{course.week(week).due + timedelta(days=days):%Y-%m-%d %H:%M:%S} UTC"


def record(course: Course, monkeypatch: pytest.MonkeyPatch, student: str, days: float) -> None:
    """Hand in and record the first week, so many days late, under the course's rules."""
    monkeypatch.setattr(nbgrader_plugin.CourseAware, "course", course)
    small.hand_in(course, student, at=late(course, days))
    recorder = gradebook.Recorder(
        course,
        WEEK,
        config=small.nbgrader_config(course),
        executed=small.executed_submissions(course, WEEK),
    )
    recorder.record(small.report(student))
    recorder.close()


def penalties(course: Course, student: str) -> list[float | None]:
    with gradebook.open_gradebook(course) as book:
        found = []
        for week in course.weeks:
            submissions = {s.student_id: s for s in book.assignment_submissions(week.name)}
            found.append(submissions[student].late_submission_penalty if student in submissions else None)
        return found


def hand_in_later(course: Course, student: str, days: float) -> None:
    with gradebook.open_gradebook(course) as book:
        due = course.week(LATER).due_utc
        book.add_submission(LATER, student, timestamp=due + timedelta(days=days))
        book.find_grade("add", LATER, LATER, student).manual_score = 10
        book.db.commit()


def test_an_extension_moves_a_students_own_deadline(course: Course, monkeypatch) -> None:
    until = (course.week(WEEK).due + timedelta(days=3)).isoformat()
    course = dataclasses.replace(course, extensions=(Extension("ada", WEEK, until, "ill"),))
    for student in ("ada", "bo"):
        record(course, monkeypatch, student, 2.5)
    ada, bo = penalties(course, "ada")[0], penalties(course, "bo")[0]
    assert ada == 0
    assert bo > 0
    with gradebook.open_gradebook(course) as book:
        words = gradebook.rules_in_words(book, course, WEEK, "ada")
    assert words == ["Your deadline was extended to 04 March 2027, 12:00 UTC."]


def test_an_extension_that_nbgrader_granted_stays(course: Course, monkeypatch) -> None:
    record(course, monkeypatch, "ada", 2.5)
    with gradebook.open_gradebook(course) as book:
        book.grant_extension(WEEK, "ada", days=3)
    record(course, monkeypatch, "ada", 2.5)
    assert penalties(course, "ada")[0] == 0


def test_free_late_days_are_spent_in_the_order_of_the_deadlines(course: Course, monkeypatch) -> None:
    course = dataclasses.replace(course, late=LatePolicy(free_days=3))
    hand_in_later(course, "ada", 2)
    record(course, monkeypatch, "ada", 0)
    assert penalties(course, "ada") == [0, 0]
    # two of the three are gone now: of the later week's two days one is free
    record(course, monkeypatch, "ada", 2)
    assert penalties(course, "ada") == [0, 1.0]
    with gradebook.open_gradebook(course) as book:
        assert gradebook.rules_in_words(book, course, LATER, "ada") == [
            "It came 2 days after the deadline (each day begun counts), 1 day of them at no cost: "
            "10% of the points are taken off."
        ]
    # what came too late to count spends none
    record(course, monkeypatch, "ada", 9)
    assert penalties(course, "ada")[1] == 0


def test_an_exempted_week_spends_no_late_days(course: Course, monkeypatch) -> None:
    course = dataclasses.replace(course, late=LatePolicy(free_days=2), exemptions=(Exemption("ada", WEEK),))
    hand_in_later(course, "ada", 2)
    record(course, monkeypatch, "ada", 2)
    assert penalties(course, "ada")[1] == 0


def test_feedback_says_what_the_rules_did(course: Course, monkeypatch) -> None:
    course = dataclasses.replace(course, exemptions=(Exemption("ada", WEEK),))
    record(course, monkeypatch, "ada", 1.5)
    result = NbGraderAPI(config=small.nbgrader_config(course)).generate_feedback(WEEK, "ada")
    assert result["success"], result["log"]
    page = (course.step("feedback") / "ada" / WEEK / f"{WEEK}.html").read_text()
    assert "It came 2 days after the deadline" in page
    assert "20% of the points are taken off" in page
    assert "This week does not count for you" in page


@pytest.mark.parametrize(
    ("rules", "named"),
    [
        ({"extensions": (Extension("ada", "week7_none", "2027-03-01T12:00:00+00:00"),)}, "week7_none"),
        ({"extensions": (Extension("ada", WEEK, "2026-03-01T12:00:00+00:00"),)}, "before the deadline"),
        ({"exemptions": (Exemption("ada", "week7_none"),)}, "week7_none"),
        ({"drop_lowest": 2}, "one must be left"),
    ],
)
def test_a_wrong_rule_is_named(course: Course, rules: dict, named: str) -> None:
    with pytest.raises(CourseError, match=named):
        dataclasses.replace(course, **rules)


def test_an_extension_needs_a_time_with_a_zone() -> None:
    with pytest.raises(CourseError, match=r"the extension of ada in week1_bayes: .* needs a time zone"):
        Extension("ada", "week1_bayes", "2027-03-01T12:00:00")
    with pytest.raises(CourseError, match="no ISO 8601 time"):
        Extension("ada", "week1_bayes", "next Monday")
