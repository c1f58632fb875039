"""What every verb of `course` has: examples, exit codes, JSON, dry runs, completion, silence without a terminal."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import os
import pty
import select
import shlex
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fakes
import pytest
from fakes import WEEK, small_course, submit
from test_cli import run
from typer.main import get_command

from autograder import batch, cli, demo
from autograder.cli import common, complete
from autograder.cli.reference import examples, markdown, verbs
from autograder.config import REPOSITORY, Course, CourseError, did_you_mean, load_course
from autograder.nbgrader import export

VERBS = dict(verbs())
ONLY_READ = {"course explain", "course validate", "course doctor", "course receipt verify"}
"""Verbs that write nothing, `validate` without --record."""
PROMISED_SECONDS = 0.3


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    course = small_course(tmp_path)
    monkeypatch.setattr(common, "load_course", lambda: course)
    monkeypatch.setattr(complete, "load_course", lambda: course)
    monkeypatch.setattr(batch, "Parts", lambda: fakes.PARTS)
    return course


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_examples_that_parse_and_says_what_its_exit_codes_mean(name: str) -> None:
    found = examples(VERBS[name])
    assert found
    for line in found:
        words = shlex.split(line.partition(" | ")[0])
        assert " ".join(words).startswith(name)
        command = get_command(cli.app)
        words = words[1:]
        while hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        command.make_context(name, words)
    assert "Exit codes: 0 " in VERBS[name].epilog
    assert "; 2 " in VERBS[name].epilog


@pytest.mark.parametrize("name", VERBS)
def test_every_argument_and_option_is_explained(name: str) -> None:
    for param in VERBS[name].params:
        assert param.help, param.name
        assert param.metavar or (param.param_type_name == "option" and param.is_flag), param.name


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_json_and_every_one_that_writes_a_dry_run(name: str) -> None:
    options = {option for param in VERBS[name].params for option in param.opts}
    assert "--json" in options
    assert ("--dry-run" in options) is (name not in ONLY_READ)


def test_the_page_about_the_command_line_is_current() -> None:
    page = REPOSITORY / "docs" / "command-line.md"
    assert page.read_text(encoding="utf-8") == markdown(), (
        "run 'python -m autograder.cli.reference > docs/command-line.md'"
    )


def test_the_help_of_the_whole_names_the_exit_codes() -> None:
    help_of_all = get_command(cli.app).epilog
    for code, meaning in common.EXIT_CODES.items():
        assert f"{code} {meaning}" in help_of_all


def test_help_is_there_at_once() -> None:
    """On an idle machine; how busy this one is, the time of a Python that does nothing tells."""

    def seconds(*words: str) -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL, cwd=REPOSITORY)
        return time.perf_counter() - started

    pairs = [(seconds("-m", "autograder.cli", "--help"), seconds("-c", "pass")) for _ in range(7)]
    busy = max(1.0, statistics.median(nothing for _, nothing in pairs) / 0.05)
    assert statistics.median(help_ for help_, _ in pairs) < PROMISED_SECONDS * busy


def test_json_on_stdout_stands_alone(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    submit(course, "ada", "fine")
    code, out, err = run(capsys, "grade", WEEK, "--workers", "1", "--json", "-")
    assert code == 0
    assert json.loads(out)["counts"] == {"graded": 1}
    assert "1 graded" in err


def test_json_that_cannot_be_written_is_one_line(course: Course, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "students", "add", "ada", "--dry-run", "--json", "/nowhere/at/all.json")
    assert code == 2
    assert "/nowhere/at/all.json cannot be written" in err


def test_a_dry_run_of_grade_names_who_is_waiting_and_grades_nobody(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    for student in ("ada", "bo"):
        submit(course, student, "fine")
    said = run(capsys, "grade", WEEK, "--dry-run")[1]
    assert "2 of 2 would be graded; nothing was written" in said
    assert not course.secret.exists() and not course.reports.exists()
    assert run(capsys, "grade", WEEK, "--workers", "1", "--student", "ada")[0] == 0
    before = sorted(course.data.rglob("*"))
    code, out, _ = run(
        capsys, "grade", WEEK, "--dry-run", "--json", "-", "--student", "ada", "--student", "bo"
    )
    assert code == 0
    assert json.loads(out) == {
        "week": WEEK,
        "would_grade": 1,
        "students": {"ada": "nothing: up to date", "bo": "grade: it has no report"},
    }
    submit(course, "ada", "partial")
    assert "have changed" in run(capsys, "grade", WEEK, "--dry-run", "--json", "-")[1]
    assert sorted(course.data.rglob("*")) == before


def test_a_dry_run_of_students_adds_nobody(
    course: Course, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("id,email\nada,a@example.org\nbo,\n")
    code, out, _ = run(capsys, "students", "import", str(roster), "--dry-run")
    assert (code, "2 would be new: ada, bo; nothing was written" in out) == (0, True)
    assert not course.data.exists()
    assert run(capsys, "students", "add", "ada")[0] == 0
    out = run(capsys, "students", "import", str(roster), "--dry-run", "--json", "-")[1]
    assert json.loads(out) == {"dry_run": True, "new": ["bo"], "there_already": ["ada"]}
    assert complete.students("") == ["ada"]
    assert run(capsys, "students", "add", "no/good", "--dry-run")[0] == 2


def test_a_dry_run_of_a_move_counts_and_connects_nowhere(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    code, _, err = run(capsys, "gradebook", "move", nowhere, "--dry-run")
    assert code == 2 and "there is nothing to move" in err
    assert not course.data.exists()
    run(capsys, "students", "add", "ada")
    code, out, _ = run(capsys, "gradebook", "move", nowhere, "--dry-run")
    assert code == 0
    assert "student: 1\n" in out and "nothing was written" in out


def test_a_dry_run_of_report_and_export_writes_nothing(
    course: Course, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export.Exporter, "course", course)
    run(capsys, "students", "add", "ada")
    for words in (("report", WEEK), ("export", "csv"), ("export", "otter", WEEK)):
        to = tmp_path / "written"
        option = "--output" if words[0] == "report" else "--to"
        code, out, err = run(capsys, *words, option, str(to), "--dry-run")
        assert (code, "nothing was written" in out, to.exists()) == (0, True, False), err


def test_a_demonstration_empties_no_folder_that_is_not_its_own(
    course: Course, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    mine = tmp_path / "thesis"
    mine.mkdir()
    (mine / "chapter1.tex").write_text("years of work")
    code, _, err = run(capsys, "demo", "--folder", str(mine))
    assert code == 2 and "'chapter1.tex', which no demonstration has made" in err
    assert (mine / "chapter1.tex").exists()
    code, out, _ = run(capsys, "demo", "--folder", str(tmp_path / "new"), "--dry-run")
    assert (code, "nothing was written" in out, (tmp_path / "new").exists()) == (0, True, False)


def test_a_demonstration_draws_its_inputs_from_the_key_that_is_named(
    course: Course, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_class(folder: Path) -> None:
        raise CourseError(f"no {folder.name} today")

    monkeypatch.setattr(demo, "read_class", no_class)
    secrets = []
    for words in ((), ("--key", "another"), ()):
        code, _, err = run(capsys, "demo", WEEK, "--folder", str(tmp_path / "demo"), *words)
        assert code == 2 and f"no {WEEK} today" in err
        secrets.append(course.at(tmp_path / "demo" / "data").secret.read_bytes())
    assert secrets[0] == secrets[2] != secrets[1]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("week4_gm", "week4_gmm"), ("week4", "week4_gmm"), ("hmm", "week6_hmm"), ("wek1_bayes", "week1_bayes")],
)
def test_a_misspelt_week_is_answered_with_the_one_that_is_meant(typed: str, meant: str) -> None:
    assert did_you_mean(typed, [week.name for week in load_course().weeks]) == f"; did you mean {meant!r}?"


def test_what_resembles_nothing_is_not_guessed_at() -> None:
    assert did_you_mean("xyz", ["week4_gmm"]) == did_you_mean("", ["week4_gmm"]) == ""
    assert did_you_mean("week", ["week4_gmm", "week6_hmm"]) == ""


def test_misspelt_students_verbs_options_and_formats_are_answered_with_the_nearest(
    course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    submit(course, "ada", "fine")
    assert "did you mean 'ada'?" in run(capsys, "grade", WEEK, "--dry-run", "--student", "adda")[2]
    assert "did you mean 'canvas'?" in run(capsys, "export", "canvass")[2]
    for words, meant in {("gradee",): "grade", ("grade", WEEK, "--wokers", "2"): "--workers"}.items():
        code, _, err = run(capsys, *words)
        assert (code, meant in err.partition("Did you mean")[2] or meant in err) == (2, True)


def completed(*words: str) -> list[str]:
    """What bash is offered after these words, the last of them unfinished."""
    environment = {
        **os.environ,
        "_COURSE_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(("course", *words)),
        "COMP_CWORD": str(len(words)),
    }
    program = "import sys; sys.argv = ['course']; from autograder.cli import app; app(prog_name='course')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.split()


def test_the_shell_is_offered_verbs_and_weeks() -> None:
    assert {"grade", "gradebook"} <= set(completed("gra"))
    assert completed("grade", "week4") == ["week4_gmm"]
    assert completed("export", "ca") == ["canvas"]
    assert "--dry-run" in completed("build", "--")


def test_the_shell_is_offered_students_and_questions(course: Course, tmp_path: Path) -> None:
    submit(course, "bo", "fine")
    assert complete.students("") == ["bo"]
    assert not (course.data / "gradebook.db").exists()
    with contextlib.closing(sqlite3.connect(course.data / "gradebook.db")) as book:
        book.execute("CREATE TABLE student (id TEXT)")
        book.execute("INSERT INTO student VALUES ('ada'), ('bea')")
        book.commit()
    assert complete.students("") == ["ada", "bea", "bo"]
    assert complete.students("b") == ["bea", "bo"]
    source = course.assignments / WEEK / f"{WEEK}.py"
    source.parent.mkdir(parents=True)
    source.write_text('# %% question="first" points=1\n# %% [markdown]\n# %% question="second" points=2\n')
    context: Any = SimpleNamespace(params={"week": WEEK})
    assert complete.questions(context, "s") == ["second"]
    other: Any = SimpleNamespace(params={"week": "week7_vae"})
    assert complete.questions(other, "") == []


def test_a_course_that_cannot_be_read_offers_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(complete, "load_course", lambda: load_course(tmp_path / "none.py"))
    assert complete.weeks("") == complete.students("") == []


@contextlib.contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Stderr is a terminal of 100 columns; what is written there is kept."""
    master, slave = pty.openpty()
    kept = io.StringIO()
    with os.fdopen(slave, "w") as screen:
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "100")
        monkeypatch.setattr(sys, "stderr", screen)
        yield kept
        screen.flush()
        while select.select([master], [], [], 0.5)[0]:
            kept.write(os.read(master, 1 << 16).decode())
    os.close(master)


def test_progress_is_shown_with_the_time_left_on_a_terminal_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with common.bar("week") as update:
        assert update is None
    assert capsys.readouterr() == ("", "")
    with terminal(monkeypatch) as shown, common.bar("week") as update:
        assert update is not None
        update(1, 4, "ada")
    assert "ada" in shown.getvalue() and "1/4" in shown.getvalue() and "left" in shown.getvalue()


def test_ctrl_c_in_any_verb_is_130_and_one_line(
    course: Course, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(common, "open_course", interrupted)
    for words in (("build",), ("report", WEEK), ("doctor",), ("students", "add", "ada")):
        assert run(capsys, *words) == (130, "", "course: stopped\n")


def test_a_week_that_is_named_twice_is_done_once(course: Course) -> None:
    assert common.chosen(course, [WEEK, WEEK]) == [WEEK] == common.chosen(course, None)
    assert common.chosen(dataclasses.replace(course, weeks=()), None) == []
