"""`course new`: names that it takes, the edit of course_config.py, and a skeleton that builds and passes."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from test_cli import run

from autograder import cli
from autograder.config import REPOSITORY, Course, CourseError, load_course
from autograder.new import declare
from autograder.new.skeleton import TEMPLATES, plan, write
from autograder.new.week import declaration, new_week

WEEK = "week9_gan"
NEW = 'Week(name="week9_gan")'
CONFIG = '''"""A course: größer."""
from autograder.config import Course, Week

course = Course(
    id="small",
    weeks=(
        Week(name="week0_first"),
        Week(name="week1_small"){comma}
    ),
    late=None,
)
'''


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """The course with a root of its own, where its files may be written."""
    root = tmp_path / "project"
    for name in ("reference", "autograder/graders", "autograder/bank", "assignments", "tests", "docs"):
        (root / name).mkdir(parents=True)
    shutil.copy(REPOSITORY / "course_config.py", root)
    shutil.copy(REPOSITORY / "docs" / "coverage.md", root / "docs")
    return replace(load_course(), root=root)


def everything(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gan", "cannot be a week's name"),
        ("week9_GAN", "cannot be a week's name"),
        ("week9-gan", "cannot be a week's name"),
        ("week09_gan", "cannot be a week's name"),
        ("week9_../x", "cannot be a week's name"),
        ("week9_class", "week9_class_models"),
        ("week4_gmm", "week4_gmm is there already"),
        ("week4_other", "week4_gmm is there already: choose another number, such as week9_other"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(course: Course, name: str, said: str) -> None:
    before = everything(course.root)
    with pytest.raises(CourseError, match=re.escape(said)):
        plan(course, name)
    assert everything(course.root) == before


@pytest.mark.parametrize(("title", "deadline"), [('a "b"', None), ("two\nlines", None), ("x", "tomorrow")])
def test_a_title_or_deadline_that_cannot_be_used_is_refused(
    course: Course, title: str, deadline: str | None
) -> None:
    with pytest.raises(CourseError):
        plan(course, WEEK, title, deadline)


def test_nothing_is_overwritten(course: Course) -> None:
    (course.root / "reference" / "gan.py").write_text("mine = 1\n")
    with pytest.raises(CourseError, match=r"reference/gan\.py is there already"):
        plan(course, WEEK)


def test_a_deadline_follows_the_last_weeks(course: Course) -> None:
    week = new_week(course, WEEK)
    assert (week.due - course.weeks[-1].due).days == 7
    assert week.title == "Gan"


def test_what_cannot_be_written_leaves_nothing_behind(course: Course) -> None:
    before = everything(course.root)
    planned = plan(course, WEEK)
    shutil.rmtree(course.root / "tests")
    (course.root / "tests").write_text("in the way")
    with pytest.raises(CourseError, match="nothing was kept"):
        write(planned)
    assert everything(course.root) == before | {"tests": b"in the way"}
    assert not (course.root / "assignments" / WEEK).exists()


@pytest.mark.parametrize("comma", [",", "", ",  # the only one", ",\n        # more to come"])
def test_a_week_is_added_and_nothing_else_changes(comma: str) -> None:
    text = CONFIG.replace("{comma}", comma)
    edited = declare.with_week(text, NEW)
    compile(edited, "course_config.py", "exec")
    assert 'Week(name="week1_small")' in edited and NEW in edited
    assert edited.index("week1_small") < edited.index("week9_gan") < edited.index("late=None")
    assert ("# the only one" in edited) is ("# the only one" in text)
    if "only one" in comma:
        assert 'Week(name="week1_small"),  # the only one\n' in edited


@pytest.mark.parametrize(
    "weeks",
    ['(Week(name="a"), Week(name="ü"))', '[Week(name="a"),]', '(Week(name="a"), Week(name="b"),)'],
)
def test_weeks_on_one_line_are_no_obstacle(weeks: str) -> None:
    edited = declare.with_week(f"course = Course(weeks={weeks}, id='x')\n", NEW)
    assert edited.count("Week(") == weeks.count("Week(") + 1


@pytest.mark.parametrize(
    "text",
    [
        "course = Course(weeks=WEEKS)",
        "course = Course(weeks=())",
        "course = Course(weeks=tuple(Week(name=n) for n in 'ab'))",
        "course = Course(weeks=(Week(name='a'),)",
        "one, two = Course(weeks=(Week(name='a'),)), Course(weeks=(Week(name='b'),))",
        "course = make()",
    ],
)
def test_a_configuration_that_cannot_be_edited_safely_is_left_alone(text: str) -> None:
    with pytest.raises(declare.CannotEdit):
        declare.with_week(text, NEW)


def test_the_command_prints_the_lines_where_it_does_not_edit(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = course.root / "course_config.py"
    config.write_text("course = make()\n")
    monkeypatch.setattr(cli.common, "load_course", lambda: course)
    code, out, err = run(capsys, "new", WEEK, "--title", "Networks", "--json", "-")
    assert code == 1
    assert "course_config.py is not edited" in err
    facts = json.loads(out)
    assert facts["add_to_course_config"] == declaration(new_week(course, WEEK, "Networks"))
    assert config.read_text() == "course = make()\n"
    assert (course.root / "reference" / "gan.py").is_file()


def test_a_dry_run_lists_the_files_and_writes_none(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = everything(course.root)
    monkeypatch.setattr(cli.common, "load_course", lambda: course)
    code, out, err = run(capsys, "new", WEEK, "--dry-run")
    assert (code, err) == (0, "")
    assert everything(course.root) == before
    planned = plan(course, WEEK)
    for path in (*planned.paths, *planned.edited):
        assert str(path.relative_to(course.root)) in out
    assert "nothing was written" in out
    assert len(planned.paths) == 4 + len(list((TEMPLATES / "classroom").iterdir()))


def test_what_is_written_holds_no_marks_of_the_templates(course: Course) -> None:
    planned = plan(course, WEEK, "Networks")
    for text in (*planned.new.values(), *planned.changed.values()):
        assert not re.search(r"__[A-Z]+__|TODO", text)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of its own: the code, and a course without weeks but one."""
    project = tmp_path / "project"
    for name in ("autograder", "course_exchange", "notebook_runner", "reference", "docs"):
        shutil.copytree(REPOSITORY / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("course_config.py", "pyproject.toml"):
        shutil.copy(REPOSITORY / name, project)
    return project


ALL_PASS = f"""
from autograder.grading.local import grade_locally
from autograder.grading.session import GraderSession
with GraderSession({WEEK!r}, "gan") as session:
    print({{name: result.points for name, result in grade_locally(session).items()}})
"""


def test_the_skeleton_builds_passes_and_is_in_the_projects_style(project: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(project), "COURSE_DATA": str(tmp_path / "data")}
    environment.pop("COURSE_GRADEBOOK", None)

    def python(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    started = time.monotonic()
    python("-m", "autograder.cli", "new", WEEK, "--title", "Generative adversarial networks")
    assert time.monotonic() - started < 60
    assert f"{WEEK}.ipynb" in python("-m", "autograder.cli", "build", WEEK)
    earned = ast.literal_eval(python("-c", ALL_PASS))
    assert earned == dict.fromkeys(("geometric_log_pmf", "geometric_mle", "derive_geometric_mle"), 1.0)
    python("-m", "ruff", "check", ".")
    python("-m", "ruff", "format", "--check", ".")
