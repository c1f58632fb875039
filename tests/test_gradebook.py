"""The gradebook's one writer against stock nbgrader, and where it differs on purpose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbgrader_course as small
import pytest
from clock import quickest
from fakes import WEEK
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    Execute,
    LimitOutput,
    SaveAutoGrades,
)
from postgres import Server
from sqlalchemy import create_engine, text

from autograder import store
from autograder.config import Course, CourseError
from autograder.nbgrader import gradebook
from autograder.results import Report, to_json

NBGRADERS_OWN = "ignore:Object of type <Submitted:sqlalchemy.exc.SAWarning"
REFUSE = {
    "sqlite": ["CREATE TRIGGER no BEFORE INSERT ON submitted_assignment BEGIN SELECT no_such(); END"],
    "postgresql": [
        "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$",
        "CREATE TRIGGER no BEFORE INSERT ON submitted_assignment FOR EACH ROW EXECUTE FUNCTION no()",
    ],
}
POINTS = {"ada": 7.0, "bo": 0.0}


class FakeExecute(Execute):
    """What a kernel would leave in the notebook."""

    def preprocess(self, nb: Any, resources: dict[str, Any], km: Any = None) -> tuple[Any, dict[str, Any]]:
        student = resources["nbgrader"]["student"]
        course = small.small_course(Path(self.config.CourseAware.data).parent)
        return small.executed_submissions(course, WEEK)(small.report(student, POINTS[student])), resources


@pytest.fixture(scope="session")
def master(tmp_path_factory: pytest.TempPathFactory, server: Server | None) -> Course:
    return small.make(tmp_path_factory.mktemp("master"), server)


@pytest.fixture
def course(master: Course, tmp_path: Path, server: Server | None) -> Course:
    (tmp_path / "ours").mkdir()
    return small.copied(master, tmp_path / "ours", server)


def record(course: Course, *reports: Report) -> None:
    """Record reports as a run does."""
    recorder = gradebook.Recorder(
        course,
        WEEK,
        config=small.nbgrader_config(course),
        executed=small.executed_submissions(course, WEEK),
    )
    try:
        for report in reports:
            store.write_durably(store.report_path(course, WEEK, report.student), to_json(report))
            store.mark_recorded(course, WEEK, report.student, recorder.record(report))
    finally:
        recorder.close()


def grade(course: Course, name: str, student: str = "ada") -> Any:
    with Gradebook(course.gradebook_url, course.id) as book:
        found = book.find_grade(name, WEEK, WEEK, student)
        return found.auto_score, found.manual_score, found.needs_manual_grade


def score_by_hand(course: Course, name: str, score: float, student: str = "ada") -> None:
    with Gradebook(course.gradebook_url, course.id) as book:
        found = book.find_grade(name, WEEK, WEEK, student)
        found.manual_score, found.needs_manual_grade = score, False
        book.db.commit()


@pytest.mark.filterwarnings(NBGRADERS_OWN)
def test_rows_and_files_are_those_of_stock_nbgrader(
    master: Course, course: Course, tmp_path: Path, server: Server | None
) -> None:
    (tmp_path / "stock").mkdir()
    stock = small.copied(master, tmp_path / "stock", server)
    for each in (stock, course):
        small.hand_in(each, "ada", why=None)
        small.hand_in(each, "bo", plot=None, code="x = 1", at="2027-03-03 18:00:00 UTC")
    config = small.nbgrader_config(stock)
    config.Autograde.autograde_preprocessors = [
        FakeExecute,
        LimitOutput,
        SaveAutoGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    for student in POINTS:
        result = NbGraderAPI(config=config).autograde(WEEK, student)
        assert result["success"], result["log"]
    record(course, *(small.report(student, points) for student, points in POINTS.items()))
    assert small.rows(course) == small.rows(stock)
    assert small.files(course) == small.files(stock)
    assert "the course's own" in small.files(course)[f"ada/{WEEK}/data.csv"][0]
    assert grade(course, "why") == (0.0, None, False)
    assert grade(course, "plot") == (None, None, True)


def test_recording_takes_at_most_40_ms_of_computation(course: Course) -> None:
    small.hand_in(course, "ada")
    recorder = gradebook.Recorder(
        course,
        WEEK,
        config=small.nbgrader_config(course),
        executed=small.executed_submissions(course, WEEK),
    )
    best = quickest(lambda: recorder.record(small.report("ada")), 0.04, tries=9)
    recorder.close()
    assert best < 0.04


def test_a_late_submission_loses_what_the_policy_says(course: Course) -> None:
    small.hand_in(course, "ada", at="2027-03-03 18:00:00 UTC")
    record(course, small.report("ada"))
    with Gradebook(course.gradebook_url, course.id) as book:
        assert book.find_submission(WEEK, "ada").late_submission_penalty == pytest.approx(3.0)
    small.hand_in(course, "ada", at="2027-03-01 11:00:00 UTC")
    record(course, small.report("ada"))
    with Gradebook(course.gradebook_url, course.id) as book:
        assert book.find_submission(WEEK, "ada").late_submission_penalty == 0


def test_a_question_that_could_not_be_graded_has_no_score_and_is_held(course: Course) -> None:
    small.hand_in(course, "ada")
    record(course, small.report("ada", None, problem="the graders of add failed"))
    assert grade(course, "add") == (None, None, True)
    assert gradebook.held(course, WEEK) == {"ada": "the graders of add failed"}
    record(course, small.report("ada"))
    assert grade(course, "add") == (10.0, None, False)
    assert gradebook.held(course, WEEK) == {}


def test_a_question_that_could_not_be_graded_again_keeps_its_score(course: Course) -> None:
    small.hand_in(course, "ada")
    record(course, small.report("ada"))
    record(course, small.report("ada", None, problem="the graders of add failed"))
    assert grade(course, "add") == (10.0, None, False)
    assert gradebook.held(course, WEEK) == {"ada": "the graders of add failed"}


def test_an_unreadable_submission_gets_no_grade_and_is_held(course: Course) -> None:
    small.hand_in(course, "ada")
    unreadable = Report(
        assignment=WEEK, student="ada", status="unreadable", problem="the notebook is no JSON"
    )
    record(course, unreadable)
    with Gradebook(course.gradebook_url, course.id) as book, pytest.raises(MissingEntry):
        book.find_submission(WEEK, "ada")
    assert not course.step("autograded").exists()
    assert gradebook.held(course, WEEK) == {"ada": "the notebook is no JSON"}


def test_a_regrade_of_unchanged_answers_keeps_manual_scores_out_of_the_queue(course: Course) -> None:
    small.hand_in(course, "ada")
    record(course, small.report("ada", 7.0))
    assert grade(course, "why") == (None, None, True)
    score_by_hand(course, "why", 4.0)
    score_by_hand(course, "add", 8.0)
    record(course, small.report("ada", 7.0))
    assert grade(course, "why") == (None, 4.0, False)
    assert grade(course, "add") == (7.0, 8.0, False)


def test_a_manual_score_on_a_changed_answer_goes_back_to_the_queue_and_stays_there(course: Course) -> None:
    small.hand_in(course, "ada")
    record(course, small.report("ada", 7.0))
    for name in ("why", "plot", "add"):
        score_by_hand(course, name, 3.0)
    small.hand_in(course, "ada", why="On second thoughts.", code="add = sum")
    for _ in range(2):
        record(course, small.report("ada", 7.0))
        assert grade(course, "why") == (None, 3.0, True)
        assert grade(course, "plot") == (None, 3.0, False)
        assert grade(course, "add") == (7.0, 3.0, True)


def test_a_manual_score_is_seen_again_when_the_automatic_one_changes(course: Course) -> None:
    small.hand_in(course, "ada")
    record(course, small.report("ada", 7.0))
    score_by_hand(course, "add", 8.0)
    record(course, small.report("ada", 9.0))
    assert grade(course, "add") == (9.0, 8.0, True)


def test_a_kill_between_gradebook_and_marker_is_mended_by_recording_again(course: Course) -> None:
    small.hand_in(course, "ada")
    record(course, small.report("ada", 7.0))
    score_by_hand(course, "why", 4.0)
    small.hand_in(course, "ada", why="On second thoughts.")
    before = store.read_marker(course, WEEK, "ada")
    record(course, small.report("ada", 7.0))
    store.mark_recorded(course, WEEK, "ada", before)
    record(course, small.report("ada", 7.0))
    assert grade(course, "why") == (None, 4.0, True)


def test_a_students_link_brings_no_foreign_file_into_the_autograded_folder(course: Course) -> None:
    small.hand_in(course, "ada")
    folder = course.step("submitted") / "ada" / WEEK
    (folder / "link.txt").symlink_to(course.data / "gradebook.db")
    record(course, small.report("ada"))
    assert sorted(small.files(course)) == [
        f"ada/{WEEK}/{name}" for name in ("data.csv", "notes.txt", "timestamp.txt", f"{WEEK}.ipynb")
    ]


def test_feedback_on_an_earlier_grade_is_removed(course: Course) -> None:
    small.hand_in(course, "ada")
    page = course.step("feedback") / "ada" / WEEK / f"{WEEK}.html"
    page.parent.mkdir(parents=True)
    page.write_text("7 points")
    record(course, small.report("ada", 8.0))
    assert not page.exists()


def test_a_gradebook_that_cannot_be_written_says_what_to_do(course: Course) -> None:
    small.hand_in(course, "ada")
    engine = create_engine(course.gradebook_url)
    with engine.begin() as connection:
        for statement in REFUSE[engine.dialect.name]:
            connection.execute(text(statement))
    engine.dispose()
    with pytest.raises(CourseError, match="run the same command again"):
        record(course, small.report("ada"))


def test_a_week_that_is_not_in_the_gradebook_says_what_to_do(tmp_path: Path) -> None:
    course = small.small_course(tmp_path)
    with pytest.raises(CourseError, match=f"course build {WEEK}"):
        record(course)


def test_a_gradebook_that_cannot_be_opened_says_what_to_do(tmp_path: Path) -> None:
    course = small.small_course(tmp_path)
    (course.data / "gradebook.db").mkdir(parents=True)
    with pytest.raises(CourseError, match="cannot be opened"):
        gradebook.open_gradebook(course)


def test_students_with_impossible_ids_are_refused_before_any_is_added(course: Course) -> None:
    with pytest.raises(CourseError, match=r"'\.\./x' cannot be used"):
        gradebook.add_students(course, [{"id": "cy"}, {"id": "../x"}])
    gradebook.add_students(course, [{"id": "cy", "first_name": "Cy", "email": None}])
    with Gradebook(course.gradebook_url, course.id) as book:
        assert book.find_student("cy").first_name == "Cy"
        assert len(book.students) == 3
