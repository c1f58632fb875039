"""The course command: exit codes, one-line errors, and a quick --help."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import fakes
import pytest
from fakes import WEEK, small_course, submit

from autograder import batch, cli
from autograder.config import Course


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    course = small_course(tmp_path)
    monkeypatch.setattr(cli.common, "load_course", lambda: course)
    monkeypatch.setattr(batch, "Parts", lambda: fakes.PARTS)
    return course


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run the command here; returns exit code, stdout and stderr."""
    before = sys.argv
    sys.argv = ["course", *arguments]
    try:
        cli.main()
        code = 0
    except SystemExit as stop:
        code = int(stop.code or 0)
    finally:
        sys.argv = before
    out, err = capsys.readouterr()
    return code, out, err


def test_grade_shows_a_table_and_exits_0(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    submit(course, "ada", "fine")
    code, out, err = run(capsys, "grade", WEEK, "--workers", "1")
    assert (code, err) == (0, "")
    assert "ada" in out
    assert "10 / 10" in out
    assert "1 graded" in out


def test_grade_exits_1_and_names_who_has_no_grade(
    course: Course, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for student, text in {"ada": "fine", "bo": "unreadable", "stranger": "fine"}.items():
        submit(course, student, text)
    table = tmp_path / "summary.json"
    code, out, err = run(capsys, "grade", WEEK, "--workers", "1", "--json", str(table))
    assert (code, err) == (1, "")
    assert "unknown student" in out
    summary = json.loads(table.read_text())
    assert summary["counts"] == {"graded": 1, "unreadable": 1, "unknown": 1}
    assert summary["rows"][0] == {
        "student": "ada",
        "status": "graded",
        "points": 10.0,
        "max_points": 10.0,
        "problem": "",
    }


@pytest.mark.parametrize(
    "arguments",
    [("build", "week9_none"), ("grade", "week9_none"), ("report", "week9_none"), ("demo", "week9_none")],
)
def test_an_unknown_week_is_one_line_and_exit_code_2(
    course: Course, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err == f"course: there is no assignment 'week9_none'; course_config.py has: {WEEK}\n"


def test_ctrl_c_says_how_to_resume(
    course: Course, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(batch, "grade_assignment", interrupted)
    assert run(capsys, "grade", WEEK) == (130, "", "course: stopped; run the same command to resume\n")


def test_an_unexpected_error_is_one_line_that_names_a_log(
    course: Course, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("no\nway")

    monkeypatch.setattr(batch, "grade_assignment", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, _, err = run(capsys, "grade", WEEK)
    assert code == 3
    assert err.startswith("course: unexpected ZeroDivisionError: no (details")
    assert len(err.splitlines()) == 1
    (log,) = tmp_path.glob("course-*.log")
    assert str(log) in err
    assert "Traceback" in log.read_text()


def test_students_are_added_and_imported(
    course: Course, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from autograder.nbgrader.gradebook import open_gradebook

    roster = tmp_path / "roster.csv"
    roster.write_text("id,first_name,email\nada,Ada,ada@example.org\nbo,,\n")
    assert run(capsys, "students", "import", str(roster)) == (0, "2 students\n", "")
    assert run(capsys, "students", "add", "cy", "--last-name", "Young")[0] == 0
    with open_gradebook(course) as book:
        assert {student.id for student in book.students} == {"ada", "bo", "cy"}
        assert book.find_student("ada").email == "ada@example.org"
        assert book.find_student("cy").last_name == "Young"


@pytest.mark.parametrize("content", [None, b"", b"name\nada\n", b"\xff\xfe\x00"])
def test_a_roster_that_cannot_be_used_says_what_is_wrong(
    course: Course, capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes | None
) -> None:
    roster = tmp_path / "roster.csv"
    if content is not None:
        roster.write_bytes(content)
    code, _, err = run(capsys, "students", "import", str(roster))
    assert code == 2
    assert len(err.splitlines()) == 1
    assert "roster.csv" in err


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; sys.argv = ['course', '--help']\n"
        "from autograder.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('heavy:', sorted({'numpy', 'nbgrader', 'nbformat', 'torch', 'IPython', 'pytest'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"
