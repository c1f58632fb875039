"""The gradebook on a PostgreSQL server: several graders at once, its address, and the way there and back."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbgrader_course as small
import pytest
import sqlalchemy
from fakes import WEEK
from nbgrader.api import Gradebook
from postgres import Server
from typer.testing import CliRunner

from autograder import cli
from autograder.config import Course, CourseError
from autograder.nbgrader import gradebook
from autograder.nbgrader.move import move_gradebook

pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted:sqlalchemy.exc.SAWarning")

GRADERS = 4
STUDENTS = ("ada", "bo")
ROUNDS = 5
# One grader, on a machine of its own: its own data folder, the same gradebook.
GRADER = """
import sys
from dataclasses import replace
from pathlib import Path
import nbgrader_course as small
from fakes import WEEK
from autograder.nbgrader.gradebook import Recorder

folder, data = map(Path, sys.argv[1:])
course = replace(small.small_course(folder), data=data)
recorder = Recorder(
    course, WEEK, config=small.nbgrader_config(course), executed=small.executed_submissions(course, WEEK)
)
for points in range(1, {rounds} + 1):
    for student in {students}:
        recorder.record(small.report(student, float(points)))
recorder.close()
"""


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A small course with its gradebook in SQLite."""
    return small.make(tmp_path)


def record(course: Course, *students: str, points: float = 7.0) -> None:
    recorder = gradebook.Recorder(
        course,
        WEEK,
        config=small.nbgrader_config(course),
        executed=small.executed_submissions(course, WEEK),
    )
    with contextlib.closing(recorder):
        for student in students:
            recorder.record(small.report(student, points))


def count(url: str) -> dict[str, int]:
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        found = {
            table: connection.scalar(sqlalchemy.text(f"SELECT count(*) FROM {table}"))
            for table in sqlalchemy.inspect(engine).get_table_names()
        }
    engine.dispose()
    return found


def test_several_graders_write_at_once_and_nothing_is_lost_or_doubled(
    tmp_path: Path, postgresql: Server
) -> None:
    """Programs record the same students again and again while people score and comment in their formgraders."""
    course = small.make(tmp_path, postgresql)
    for student in STUDENTS:
        small.hand_in(course, student)
    record(course, "ada")  # bo's first submission is everybody's at once
    script = GRADER.format(rounds=ROUNDS, students=STUDENTS)
    started = []
    for number in range(GRADERS):
        data = tmp_path / f"grader{number}"
        for step in ("source", "submitted"):
            shutil.copytree(course.step(step), data / step)
        words = [sys.executable, "-c", script, str(tmp_path), str(data)]
        started.append(subprocess.Popen(words, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parent))
    with ThreadPoolExecutor(3) as people:
        scored = [people.submit(by_hand, course, name) for name in ("why", "plot", "add")]
        said = [process.communicate(timeout=300)[1] for process in started]
        for person in scored:
            person.result()
    assert [process.returncode for process in started] == [0] * GRADERS, "\n".join(said)
    counted = count(course.gradebook_url)
    assert counted["submitted_assignment"] == counted["submitted_notebook"] == len(STUDENTS)
    assert counted["grade"] == 3 * len(STUDENTS)
    with Gradebook(course.gradebook_url, course.id) as book:
        for student in STUDENTS:
            assert book.find_grade("add", WEEK, WEEK, student).auto_score == ROUNDS
        for name in ("why", "plot", "add"):
            assert book.find_grade(name, WEEK, WEEK, "ada").manual_score == 25
        for name in ("why", "plot"):
            assert book.find_comment(name, WEEK, WEEK, "ada").manual_comment == "comment 25"


def by_hand(course: Course, name: str) -> None:
    """Score and comment as formgrader does: load, change, commit."""
    with Gradebook(course.gradebook_url, course.id) as book:
        for number in range(26):
            grade = book.find_grade(name, WEEK, WEEK, "ada")
            grade.manual_score, grade.needs_manual_grade = float(number), False
            if name != "add":
                book.find_comment(name, WEEK, WEEK, "ada").manual_comment = f"comment {number}"
            book.db.commit()


def test_two_who_open_a_new_database_at_once_both_get_it(tmp_path: Path, postgresql: Server) -> None:
    course = dataclasses.replace(small.small_course(tmp_path), gradebook=postgresql.new())
    with ThreadPoolExecutor(6) as people:
        for book in people.map(gradebook.open_gradebook, [course] * 6):
            book.close()
    counted = count(course.gradebook_url)
    assert counted["course"] == counted["alembic_version"] == 1


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "postgres"])
def test_an_address_needs_no_driver_in_it(
    tmp_path: Path, postgresql: Server, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgresql.new().replace("postgresql", scheme, 1)
    monkeypatch.setenv("COURSE_GRADEBOOK", url)
    course = small.small_course(tmp_path)
    assert course.gradebook_url.startswith("postgresql+psycopg://")
    gradebook.add_students(course, [{"id": "cy"}])
    # What only tries something out elsewhere has a gradebook of its own.
    assert course.at(tmp_path / "elsewhere").gradebook_url.startswith("sqlite:///")


def test_a_server_that_cannot_be_reached_is_one_line_without_the_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    course = dataclasses.replace(
        small.small_course(tmp_path), gradebook="postgresql://course:secret@127.0.0.1:1/course"
    )
    with pytest.raises(CourseError, match=r"course:\*\*\*@127\.0\.0\.1") as problem:
        gradebook.open_gradebook(course)
    assert "secret" not in str(problem.value)
    assert "\n" not in str(problem.value)


def test_an_address_that_is_none_and_a_missing_driver_say_what_to_do(tmp_path: Path) -> None:
    course = small.small_course(tmp_path)
    with pytest.raises(CourseError, match="check COURSE_GRADEBOOK"):
        gradebook.open_gradebook(dataclasses.replace(course, gradebook="no address"))
    with pytest.raises(CourseError, match="cannot be opened"):
        gradebook.open_gradebook(dataclasses.replace(course, gradebook="mysql+nothing://somewhere/x"))


def test_a_gradebook_moves_to_postgresql_and_back_with_every_row(course: Course, postgresql: Server) -> None:
    for student in STUDENTS:
        small.hand_in(course, student, at="2027-03-03 18:00:00 UTC")
    record(course, *STUDENTS)
    with Gradebook(course.gradebook_url, course.id) as book:
        book.grant_extension(WEEK, "bo", days=3)
        grade = book.find_grade("why", WEEK, WEEK, "ada")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 4.0, 1.0, False
        book.find_comment("why", WEEK, WEEK, "ada").manual_comment = "Très bien: ½ ≤ θ"
        book.db.commit()
    before, size = small.rows(course), count(course.gradebook_url)
    there = postgresql.new()
    counts = move_gradebook(course, there)
    moved = dataclasses.replace(course, gradebook=there)
    assert small.rows(moved) == before
    assert count(moved.gradebook_url) == size
    assert counts["grade"] == 6
    # Grading goes on there, and the old gradebook stays as it was.
    record(moved, "ada", points=9.0)
    assert small.rows(course) == before
    back = dataclasses.replace(course, gradebook=f"sqlite:///{course.data / 'back.db'}")
    move_gradebook(moved, back.gradebook)
    assert small.rows(back) == small.rows(moved) != before


def test_nothing_is_moved_over_another_course(course: Course, postgresql: Server, tmp_path: Path) -> None:
    there = postgresql.new()
    other = dataclasses.replace(course, gradebook=there)
    gradebook.add_students(other, [{"id": "zoe"}])
    with pytest.raises(CourseError, match="holds a gradebook already: name an empty database"):
        move_gradebook(course, there)
    with pytest.raises(CourseError, match="already"):
        move_gradebook(course, course.gradebook_url)
    with Gradebook(other.gradebook_url, course.id) as book:
        assert [student.id for student in book.students] == ["zoe"]


def test_a_move_that_fails_leaves_nothing_behind(course: Course, postgresql: Server) -> None:
    engine = sqlalchemy.create_engine(course.gradebook_url)
    with engine.begin() as connection:
        # SQLite lets a row point to nothing; PostgreSQL does not.
        connection.execute(sqlalchemy.text("INSERT INTO comment (id, cell_id) VALUES ('x', 'no such cell')"))
    engine.dispose()
    there = dataclasses.replace(course, gradebook=postgresql.new())
    with pytest.raises(CourseError, match="nothing was written there"):
        move_gradebook(course, there.gradebook)
    counted = count(there.gradebook_url)
    assert counted["student"] == counted["assignment"] == counted["base_cell"] == 0


def test_the_command_says_what_was_moved_and_what_to_set(
    course: Course, postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli.common, "open_course", lambda data: course)
    done = CliRunner().invoke(cli.app, ["gradebook", "move", postgresql.new()])
    assert done.exit_code == 0, done.output
    assert "student: 2" in done.output
    assert "COURSE_GRADEBOOK" in done.output
