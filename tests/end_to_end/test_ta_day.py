"""A week of a course as its people live it, with the real commands, from the build to the feedback in students' hands.

Each test asks what one of them found. The whole day is lived twice: with SQLite, and with PostgreSQL.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import browsers
import nbformat
import pytest
from nbgrader.api import Gradebook
from postgres import Server

from autograder.config import REPOSITORY, Course, load_course
from autograder.demo import homework, read_class

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing: run 'make setup-test'")
pytestmark = pytest.mark.skipif(browsers.CHROMIUM is None, reason=browsers.NO_BROWSER)

WEEK = "week1_bayes"
COURSE_ID = "generative-models"
BIN = Path(sys.executable).parent
CHECKOUT = ("assignments", "autograder", "notebook_runner", "reference", "release")
ROSTER = "id,first_name,last_name,email\nada,Ada,Lovelace,ada@example.org\nchen,Chen,,\ngita,Gita,,\n"
STUDENTS = ("ada", "chen", "gita")
BY_HAND = {"sequential_learning": 8.0, "posterior_sharpening": 5.0, "reading_the_posteriors": 5.0}
COMMENT = "Say *where* you used independence."
ON_TIME = datetime.now(UTC) + timedelta(days=7)
LIVED = 900


@dataclass
class Person:
    """Somebody with a home, a folder to work in, and a terminal."""

    folder: Path
    environment: dict[str, str]
    configuration: str = ""
    printed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True)
        self.desk.mkdir(exist_ok=True)
        if self.configuration:
            (self.desk / "nbgrader_config.py").write_text(self.configuration)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def desk(self) -> Path:
        return self.folder / "work"

    def run(self, *words: str, code: int = 0) -> str:
        """Type a command; it must end as expected, and without a traceback."""
        program = [sys.executable, "-m", "autograder.cli"] if words[0] == "course" else [str(BIN / words[0])]
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("COURSE_", "JUPYTER"))
        }
        kept |= {"HOME": str(self.home), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
        kept |= {f"JUPYTER_{name}_DIR": str(self.home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
        done = subprocess.run(
            [*program, *words[1:]],
            cwd=self.desk,
            env=kept | self.environment,
            capture_output=True,
            text=True,
            timeout=LIVED,
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        assert "Traceback" not in said
        assert "Outdated" not in said
        self.printed.append(said)
        return said


class Student(Person):
    def __init__(self, name: str, folder: Path, exchange: Path) -> None:
        self.name = name
        configuration = (
            f"c = get_config()\nc.Exchange.root = {str(exchange)!r}\n"
            f"c.CourseDirectory.course_id = {COURSE_ID!r}\nc.CourseDirectory.student_id = {name!r}\n"
        )
        super().__init__(folder, {"PYTHONPATH": ""}, configuration)

    @property
    def notebook(self) -> Path:
        return self.desk / WEEK / f"{WEEK}.ipynb"

    def answer(self) -> None:
        """Fill in the notebook that was fetched, as this student of the example class does."""
        pupils = {pupil.name: pupil for pupil in read_class(REPOSITORY / "tests" / "classroom" / WEEK)}
        filled = homework(pupils[self.name], nbformat.read(self.notebook, as_version=4))
        nbformat.write(filled, self.notebook)

    def rewrite(self, name: str, text: str) -> None:
        notebook = nbformat.read(self.notebook, as_version=4)
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") == name:
                cell.source = text
        nbformat.write(notebook, self.notebook)

    def submit(self) -> None:
        assert "Submitted as" in self.run("nbgrader", "submit", WEEK)

    def feedback(self) -> list[str]:
        """The feedback pages in this student's hands, oldest submission first."""
        self.run("nbgrader", "fetch_feedback", WEEK)
        pages = sorted((self.desk / WEEK / "feedback").glob(f"*/{WEEK}.html"))
        return [page.read_text() for page in pages]


@dataclass
class Day:
    """What happened, in the order it happened."""

    course: Course
    staff: Person
    students: dict[str, Student]
    release: dict[str, bytes]
    seen: dict[str, Any] = field(default_factory=dict)

    def grades(self) -> dict[tuple[str, str], dict[str, Any]]:
        with Gradebook(self.course.gradebook_url, COURSE_ID) as book:
            return {
                (submission.student_id, grade.name): grade.to_dict()
                for submission in book.assignment_submissions(WEEK)
                for notebook in submission.notebooks
                for grade in notebook.grades
            }

    def comments(self) -> dict[tuple[str, str], str]:
        with Gradebook(self.course.gradebook_url, COURSE_ID) as book:
            return {
                (submission.student_id, comment.name): comment.manual_comment
                for submission in book.assignment_submissions(WEEK)
                for notebook in submission.notebooks
                for comment in notebook.comments
                if comment.manual_comment
            }

    def submission(self, student: str) -> str:
        with Gradebook(self.course.gradebook_url, COURSE_ID) as book:
            return str(book.find_submission_notebook(WEEK, WEEK, student).id)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def due(checkout: Path, when: datetime) -> None:
    """Let the instructor write another deadline into course_config.py."""
    config = checkout / "course_config.py"
    first = re.compile(rf'(name="{WEEK}",.*?deadline=")[^"]*', re.DOTALL)
    text = when.isoformat(timespec="seconds")
    config.write_text(first.sub(lambda found: found[1] + text, config.read_text(), count=1))


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory, server: Server | None) -> Day:
    """The day until everything is graded by the machine once."""
    folder = tmp_path_factory.mktemp("day")
    checkout, data, exchange = folder / "staff" / "work", folder / "data", folder / "exchange"
    checkout.mkdir(parents=True)
    for name in CHECKOUT:
        shutil.copytree(REPOSITORY / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "course_config.py", checkout)
    (checkout / "nbgrader_config.py").write_text(
        (REPOSITORY / "nbgrader_config.py").read_text()
        + f"\nget_config().Exchange.root = {str(exchange)!r}\n"
    )
    environment = {"COURSE_DATA": str(data), "PYTHONPATH": str(checkout)}
    course = load_course(checkout / "course_config.py").at(data)
    if server is not None:
        environment["COURSE_GRADEBOOK"] = server.new()
        course = replace(course, gradebook=environment["COURSE_GRADEBOOK"])
    exchange.mkdir()
    exchange.chmod(0o777)
    staff = Person(folder / "staff", environment)
    students = {name: Student(name, folder / name, exchange) for name in STUDENTS}
    due(checkout, ON_TIME)

    (staff.home / "roster.csv").write_text(ROSTER)
    staff.run("course", "students", "import", str(staff.home / "roster.csv"))
    staff.run("course", "build", WEEK)
    built = files(checkout / "release")
    staff.run("nbgrader", "generate_assignment", WEEK, "--force")
    day = Day(course, staff, students, built)
    day.seen["generated"] = files(checkout / "release")
    staff.run("nbgrader", "release_assignment", WEEK)
    for student in students.values():
        student.run("nbgrader", "fetch_assignment", WEEK)
    students["ada"].submit()  # as it was released, and then again
    for name in ("ada", "chen"):
        students[name].answer()
        students[name].submit()
    due(checkout, datetime.now(UTC) + timedelta(seconds=1))
    staff.run("course", "build", WEEK)
    students["gita"].answer()
    students["gita"].submit()
    staff.run("nbgrader", "collect", WEEK)
    day.seen["first grading"] = staff.run("course", "grade", WEEK)
    day.seen["first grades"] = day.grades()
    return day


@pytest.fixture(scope="module")
def graded_by_hand(day: Day) -> Day:
    """The TA goes through every submission in formgrader, with comments and extra credit for ada."""
    home = day.staff.folder / "jupyter"
    with (
        browsers.formgrader(day.staff.desk, day.course.data, home, day.staff.environment) as address,
        browsers.chromium() as browser,
    ):
        page = browsers.formgrader_page(browser, address)
        for student in STUDENTS:
            page.goto(f"{address}/formgrader/submissions/{day.submission(student)}")
            # The page asks for the scores after it has loaded.
            page.locator("input.score").first.wait_for()
            playwright.expect(page.locator("input.score#bayes_posterior")).to_have_attribute(
                "placeholder", re.compile(r"\d"), timeout=30_000
            )
            day.seen["rubrics", student] = page.locator("details.model-answer").all_text_contents()
            for name, points in BY_HAND.items():
                enter(page, f"input.score#{name}", f"{points - 1:g}", "grade")
        page.goto(f"{address}/formgrader/submissions/{day.submission('ada')}")
        playwright.expect(page.locator("input.score#sequential_learning")).to_have_value("7", timeout=30_000)
        enter(page, "input.extra-credit#posterior_sharpening_extra_credit", "2", "grade")
        enter(page, "textarea#sequential_learning-comment", COMMENT, "comment")
        page.goto(f"{address}/formgrader/gradebook/{WEEK}/{WEEK}")
        page.locator("tbody tr").nth(2).wait_for()
        day.seen["listed"] = page.locator("tbody").inner_text()
    return day


def enter(page: Any, box: str, value: str, kind: str) -> None:
    """Type into a box of formgrader's, and wait until it is stored."""
    found = page.locator(box)
    with page.expect_response(
        lambda response: f"/api/{kind}/" in response.url and response.request.method == "PUT"
    ) as stored:
        found.fill(value)
        found.press("Tab")
    assert stored.value.status == 200


@pytest.fixture(scope="module")
def graded_again(graded_by_hand: Day) -> Day:
    """gita hands in once more, with another derivation; then the whole week is graded again."""
    day = graded_by_hand
    gita = day.students["gita"]
    gita.rewrite("sequential_learning", "On second thoughts: the product is symmetric.")
    gita.submit()
    day.staff.run("nbgrader", "collect", WEEK, "--update")
    day.staff.run("course", "grade", WEEK, "--json", str(day.staff.home / "again.json"))
    day.seen["again"] = json.loads((day.staff.home / "again.json").read_text())
    day.seen["queue"] = {key for key, grade in day.grades().items() if grade["needs_manual_grade"]}
    day.staff.run("course", "grade", WEEK, "--force")
    return day


@pytest.fixture(scope="module")
def fed_back(graded_again: Day) -> Day:
    """Feedback is made, released and fetched, and the grades go out as a table."""
    day = graded_again
    day.staff.run("nbgrader", "generate_feedback", WEEK)
    day.staff.run("nbgrader", "release_feedback", WEEK)
    for name, student in day.students.items():
        day.seen["feedback", name] = student.feedback()
    table = day.staff.home / "grades.csv"
    day.staff.run("course", "export", "csv", WEEK, "--to", str(table))
    with open(table, newline="") as file:
        day.seen["table"] = {row["student_id"]: row for row in csv.DictReader(file)}
    return day


def test_generate_assignment_makes_the_release_that_course_build_made(day: Day) -> None:
    assert day.seen["generated"] == day.release


def test_the_later_of_two_submissions_is_graded(day: Day) -> None:
    inbound = day.course.data.with_name("exchange") / COURSE_ID / "inbound"
    assert len(list(inbound.glob(f"ada+{WEEK}+*"))) == 2
    scores = {
        name: grade["auto_score"] for (who, name), grade in day.seen["first grades"].items() if who == "ada"
    }
    assert all(score is None if name in BY_HAND else score > 0 for name, score in scores.items())


def test_derivations_and_plots_wait_for_the_ta_and_nothing_else(day: Day) -> None:
    waiting = {key for key, grade in day.seen["first grades"].items() if grade["needs_manual_grade"]}
    assert waiting == {(student, name) for student in STUDENTS for name in BY_HAND}


def test_the_ta_reads_model_answer_and_rubric_beside_every_answer(graded_by_hand: Day) -> None:
    for student in STUDENTS:
        texts = graded_by_hand.seen["rubrics", student]
        assert len(texts) == len(BY_HAND)
        assert sum("Rubric" in text for text in texts) == 2
    # Formgrader lists them without names.
    assert graded_by_hand.seen["listed"].count("Submission #") == len(STUDENTS)


def test_only_the_new_submission_is_graded_and_its_changed_answer_comes_back(graded_again: Day) -> None:
    assert graded_again.seen["again"]["fresh"] == 1
    assert graded_again.seen["queue"] == {("gita", "sequential_learning")}


def test_scores_comments_and_extra_credit_given_by_hand_survive_a_regrade(graded_again: Day) -> None:
    grades = graded_again.grades()
    for student in STUDENTS:
        for name, points in BY_HAND.items():
            assert grades[student, name]["manual_score"] == points - 1
    assert grades["ada", "posterior_sharpening"]["extra_credit"] == 2
    assert graded_again.comments() == {("ada", "sequential_learning"): COMMENT}
    first = graded_again.seen["first grades"]
    assert {key: grade["auto_score"] for key, grade in grades.items()} == {
        key: grade["auto_score"] for key, grade in first.items()
    }


def test_each_student_reads_their_own_feedback(fed_back: Day) -> None:
    for name in STUDENTS:
        (page,) = fed_back.seen["feedback", name]
        assert [student for student in STUDENTS if f"· {student}</p>" in page] == [name]
        assert "waiting for staff" not in page
    (page,) = fed_back.seen["feedback", "ada"]
    assert "Say <em>where</em> you used independence." in page
    assert "2 points of it as extra credit" in page
    assert "taken off" not in page


def test_whoever_was_late_reads_what_it_cost(fed_back: Day) -> None:
    (page,) = fed_back.seen["feedback", "gita"]
    assert "10% of the points are taken off" in page
    assert f"{float(fed_back.seen['table']['gita']['late_submission_penalty']):g} points taken off" in page


def test_the_table_holds_what_machine_and_ta_gave_less_a_tenth_of_all_for_being_late(fed_back: Day) -> None:
    grades = fed_back.grades()
    for name, row in fed_back.seen["table"].items():
        own = [grade for (student, _), grade in grades.items() if student == name]
        by_machine = sum(grade["auto_score"] or 0 for grade in own)
        raw = by_machine + sum(BY_HAND.values()) - len(BY_HAND) + (2 if name == "ada" else 0)
        penalty = round(raw / 10, 2) if name == "gita" else 0
        assert float(row["raw_score"]) == pytest.approx(raw)
        assert float(row["late_submission_penalty"]) == pytest.approx(penalty)
        assert float(row["score"]) == pytest.approx(raw - penalty)
