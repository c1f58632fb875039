"""Tables for spreadsheets, Canvas and Moodle, read back as those programs read them."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import nbgrader_course as small
import pytest
from fakes import WEEK
from postgres import Server
from typer.testing import CliRunner

from autograder import cli
from autograder.config import Course, CourseError, Exemption, Week
from autograder.nbgrader import export, gradebook
from autograder.results import Report, to_json
from autograder.store import report_path, write_durably

LATER = "week5_later"

pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted:sqlalchemy.exc.SAWarning")


@pytest.fixture(scope="session")
def master(tmp_path_factory: pytest.TempPathFactory, server: Server | None) -> Course:
    return small.make(tmp_path_factory.mktemp("master"), server)


@pytest.fixture
def course(master: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server | None) -> Course:
    """Two weeks of 20 points: ada has handed in both, bo the first, and cy nothing; ada's second is held back."""
    (tmp_path / "export").mkdir()
    course = small.copied(master, tmp_path / "export", server)
    later = Week(name=LATER, title="Later", reference="gmm", deadline="2027-03-08T12:00:00+00:00", weight=3)
    course = dataclasses.replace(course, weeks=(*course.weeks, later))
    monkeypatch.setattr(cli.common, "open_course", lambda data: course)
    monkeypatch.setattr(export.Exporter, "course", course)
    with gradebook.open_gradebook(course) as book:
        book.update_or_create_assignment(LATER, duedate=later.due_utc)
        book.add_notebook(LATER, LATER)
        book.add_grade_cell("add", LATER, LATER, max_score=19, cell_type="code")
        book.update_or_create_student("ada", first_name="Ada", last_name="Byron, née King", email="ada@x.org")
        book.update_or_create_student("cy", first_name="Cy", last_name='O"Hara')
        for week, student, score in ((WEEK, "ada", 9.5), (WEEK, "bo", 4), (LATER, "ada", 19)):
            book.add_submission(week, student)
            book.find_grade("add", week, week, student).manual_score = score
        book.db.commit()
    return course


def table(course: Course, kind: str, to: Path, **options: str) -> list[list[str]]:
    exporter = getattr(export, kind)(config=small.nbgrader_config(course), **options)
    exporter.to = str(to)
    with gradebook.open_gradebook(course) as book:
        exporter.export(book)
    with open(to, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def hold_back(course: Course, student: str) -> None:
    report = Report(assignment=WEEK, student=student, status="could_not_grade", problem="the grader failed")
    write_durably(report_path(course, WEEK, student), to_json(report))


def test_canvas_reads_its_columns_and_the_possible_points(course: Course, tmp_path: Path) -> None:
    rows = table(course, "Canvas", tmp_path / "canvas.csv")
    titles = [week.title for week in course.weeks]
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *titles]
    assert rows[1] == ["Points Possible", "", "", "", "", "19.0", "19.0"]
    assert rows[2] == ["Byron, née King, Ada", "", "", "ada", "", "9.5", "19"]
    assert rows[4] == ['O"Hara, Cy', "", "", "cy", "", "0", "0"]


def test_a_column_that_canvas_has_keeps_its_number(course: Course, tmp_path: Path, monkeypatch) -> None:
    first, later = course.weeks
    numbered = dataclasses.replace(course, weeks=(dataclasses.replace(first, canvas_id=88), later))
    monkeypatch.setattr(export.Exporter, "course", numbered)
    assert table(numbered, "Canvas", tmp_path / "canvas.csv")[0][5:] == [f"{first.title} (88)", "Later"]


def test_a_roster_of_canvas_is_filled_in(course: Course, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    with open(roster, "w", newline="", encoding="utf-8-sig") as file:
        csv.writer(file).writerows(
            [
                [
                    "Student",
                    "ID",
                    "SIS User ID",
                    "SIS Login ID",
                    "Section",
                    f"{course.weeks[0].title} (4711)",
                ],
                ["    Points Possible", "", "", "", "", "19"],
                ["Byron, Ada", "17", "S1", "ada", "Tuesday", ""],
                ["Bo", "18", "bo", "b.o", "Friday", ""],
            ]
        )
    rows = table(course, "Canvas", tmp_path / "canvas.csv", roster=str(roster))
    assert rows[0][5:] == [f"{course.weeks[0].title} (4711)", "Later"]
    assert rows[2][:5] == ["Byron, Ada", "17", "S1", "ada", "Tuesday"]
    assert rows[3] == ["Bo", "18", "bo", "b.o", "Friday", "4", "0"]


def test_a_file_that_is_no_gradebook_of_canvas_is_named(course: Course, tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("name,points\nada,1\n")
    with pytest.raises(CourseError, match=r"no gradebook of Canvas.*SIS Login ID"):
        export.read_roster(tmp_path / "roster.csv")
    with pytest.raises(CourseError, match="cannot be read"):
        export.read_roster(tmp_path / "none.csv")


def test_moodle_reads_a_row_a_user(course: Course, tmp_path: Path) -> None:
    rows = table(course, "Moodle", tmp_path / "moodle.csv")
    assert rows[0] == ["username", "email", course.weeks[0].title, "Later"]
    assert rows[1:] == [["ada", "ada@x.org", "9.5", "19"], ["bo", "", "4", "0"], ["cy", "", "0", "0"]]


def test_a_score_that_is_held_back_leaves_its_place_empty(course: Course, tmp_path: Path) -> None:
    hold_back(course, "bo")
    assert table(course, "Moodle", tmp_path / "moodle.csv")[2] == ["bo", "", "", "0"]
    assert table(course, "Totals", tmp_path / "totals.csv")[2][3:] == ["", "0", ""]
    by_student = {(row[0], row[3]): row[7:10] for row in table(course, "Table", tmp_path / "grades.csv")}
    assert by_student[WEEK, "bo"] == ["", "", ""]
    assert by_student[WEEK, "cy"] == ["0.0", "0.0", "0.0"]


def test_totals_weigh_the_weeks_and_leave_out_what_does_not_count(
    course: Course, tmp_path: Path, monkeypatch
) -> None:
    def totals(**rules) -> list[str]:
        changed = dataclasses.replace(course, **rules)
        monkeypatch.setattr(export.Exporter, "course", changed)
        return [row[-1] for row in table(changed, "Totals", tmp_path / "totals.csv")[1:]]

    assert totals() == ["87.5", "5.26", "0"]
    assert totals(drop_lowest=1) == ["100", "21.05", "0"]
    assert totals(exemptions=(Exemption("bo", LATER),)) == ["87.5", "21.05", "0"]
    # one week is left where all others are exempted or dropped
    assert totals(exemptions=(Exemption("bo", LATER),), drop_lowest=1) == ["100", "21.05", "0"]


def test_an_exempted_week_is_excused_in_canvas(course: Course, tmp_path: Path, monkeypatch) -> None:
    exempted = dataclasses.replace(course, exemptions=(Exemption("bo", LATER),))
    monkeypatch.setattr(export.Exporter, "course", exempted)
    assert table(exempted, "Canvas", tmp_path / "canvas.csv")[3][5:] == ["4", "EX"]
    assert table(exempted, "Moodle", tmp_path / "moodle.csv")[2][2:] == ["4", ""]


def test_a_late_penalty_is_taken_off(course: Course, tmp_path: Path) -> None:
    with gradebook.open_gradebook(course) as book:
        book.find_submission_notebook(WEEK, WEEK, "ada").late_submission_penalty = 1.5
        book.db.commit()
    assert table(course, "Moodle", tmp_path / "moodle.csv")[1][2] == "8"


@pytest.mark.parametrize("kind", ["Table", "Totals", "Canvas", "Moodle"])
def test_names_are_no_formulas_and_come_back_as_they_went(course: Course, tmp_path: Path, kind: str) -> None:
    names = ["=cmd()", "+1", "-2", "@sum", "\tx", 'Ada, "the" first']
    gradebook.add_students(
        course,
        [
            {"id": f"s{number}", "last_name": name, "email": f"{name}@x.org"}
            for number, name in enumerate(names)
        ],
    )
    cells = [cell for row in table(course, kind, tmp_path / "table.csv") for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t")]
    if kind != "Moodle":
        assert [cell for cell in cells if cell.endswith('Ada, "the" first')]


def test_the_command_writes_whom_it_names_and_says_what_is_held_back(course: Course, tmp_path: Path) -> None:
    hold_back(course, "bo")
    to = tmp_path / "out.csv"
    done = CliRunner().invoke(cli.app, ["export", "csv", WEEK, "--to", str(to)])
    assert done.exit_code == 0, done.output
    assert "bo: no score exported: the grader failed" in done.output
    assert {line.split(",")[0] for line in to.read_text().splitlines()[1:]} == {WEEK}
    assert to.stat().st_mode & 0o077 == 0


def test_a_table_that_cannot_be_written_leaves_nothing_behind(course: Course, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="cannot be written"):
        table(course, "Moodle", tmp_path / "nowhere" / "moodle.csv")


def test_an_unknown_export_names_those_there_are(course: Course) -> None:
    done = CliRunner().invoke(cli.app, ["export", "excel"])
    assert isinstance(done.exception, CourseError)
    assert "canvas, moodle, csv, totals" in str(done.exception)
