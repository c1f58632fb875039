"""Changing an assignment after release: what people entered stays, and a kill loses nothing."""

from __future__ import annotations

import copy
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import nbgrader_course as small
import pytest
from fakes import WEEK
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI

from autograder import store
from autograder.config import Course, CourseError
from autograder.nbgrader import gradebook, migrate
from autograder.results import to_json

pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted:sqlalchemy.exc.SAWarning")


@pytest.fixture(scope="session")
def master(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Two students are graded, and one of them by hand too."""
    course = small.make(tmp_path_factory.mktemp("master"))
    for student in ("ada", "bo"):
        small.hand_in(course, student)
    grade(course)
    with Gradebook(course.gradebook_url, course.id) as book:
        for name, score, extra in (("why", 4.0, 1.0), ("plot", 2.0, None), ("add", 8.0, None)):
            found = book.find_grade(name, WEEK, WEEK, "ada")
            found.manual_score, found.extra_credit, found.needs_manual_grade = score, extra, False
        for name in ("why", "add-solution"):
            book.find_comment(name, WEEK, WEEK, "ada").manual_comment = f"on {name}"
        book.db.commit()
    return course


@pytest.fixture
def course(master: Course, tmp_path: Path) -> Course:
    return small.copied(master, tmp_path)


def grade(course: Course) -> None:
    recorder = gradebook.Recorder(
        course,
        WEEK,
        config=small.nbgrader_config(course),
        executed=small.executed_submissions(course, WEEK),
    )
    for student in ("ada", "bo"):
        report = small.report(student)
        store.write_durably(store.report_path(course, WEEK, student), to_json(report))
        store.mark_recorded(course, WEEK, student, recorder.record(report))
    recorder.close()


def changed() -> nbformat.NotebookNode:
    """The instructor's notebook: `sub` is new, `plot` is gone, `why` has other points."""
    notebook = copy.deepcopy(small.source())
    notebook.cells = [cell for cell in notebook.cells if cell.id != "plot"]
    for cell in notebook.cells:
        if cell.id == "why":
            cell.metadata.nbgrader.points = 8
    notebook.cells += [
        new_code_cell(
            "def sub(x, y):\n    ### BEGIN SOLUTION\n    return x - y\n    ### END SOLUTION",
            id="sub-solution",
            metadata=small.metadata("sub-solution", solution=True),
        ),
        new_code_cell('check("sub")', id="sub", metadata=small.metadata("sub", points=6)),
        new_markdown_cell("Read this.", id="sub-note", metadata=small.metadata("sub-note")),
    ]
    return notebook


def entries(course: Course) -> dict[tuple[str, str], Any]:
    """What people see of every cell: scores, extra credit, the queue, and comments."""
    rows: dict[tuple[str, str], Any] = {}
    for row in small.rows(course):
        if "manual_score" in row:
            rows[row["student"], row["name"]] = (
                row["auto_score"],
                row["manual_score"],
                row["extra_credit"],
                row["max_score"],
                row["needs_manual_grade"],
            )
        elif "manual_comment" in row:
            rows[row["student"], f"{row['name']} (comment)"] = (row["auto_comment"], row["manual_comment"])
    return rows


def test_the_plan_says_what_changes_and_whom_it_touches(course: Course) -> None:
    plan = migrate.differences(course, WEEK, changed())
    assert plan is not None and plan
    facts = {change.question: vars(change) for change in plan.changes}
    assert {name: (f["what"], f["points"], f["manual"]) for name, f in facts.items()} == {
        "sub": ("added", "6", 0),
        "why": ("other points", "5 → 8", 1),
        "plot": ("removed", "4", 1),
    }
    assert facts["why"]["comments"] == 1
    assert str(plan) == "other points: why; added: sub; removed: plot"
    text = "\n".join(plan.consequences)
    assert "2 submissions" in text
    assert "blank for whoever has the notebook from before: sub" in text
    assert "1 scores by hand and 0 comments go with removed questions" in text
    assert "go back to the manual queue" in text


def test_there_is_no_plan_where_nothing_changes_or_nobody_has_submitted(
    course: Course, tmp_path: Path
) -> None:
    plan = migrate.differences(course, WEEK, small.source())
    assert plan is not None and not plan
    (tmp_path / "fresh").mkdir()
    assert migrate.differences(small.make(tmp_path / "fresh"), WEEK, changed()) is None


def test_another_text_in_the_same_cells_is_no_change(course: Course) -> None:
    notebook = small.source()
    notebook.cells[
        1
    ].source = "def add(x, y):\n    ### BEGIN SOLUTION\n    return y + x\n    ### END SOLUTION"
    assert not migrate.differences(course, WEEK, notebook)


def test_scores_and_comments_of_the_other_questions_stay(course: Course) -> None:
    before = entries(course)
    migrate.apply(course, WEEK, changed())
    after = entries(course)
    assert after == {
        **{key: value for key, value in before.items() if not key[1].startswith("plot")},
        # The number stays; a person should look at it, since it was given for other points.
        ("ada", "why"): (None, 4.0, 1.0, 8.0, True),
        ("bo", "why"): (None, None, None, 8.0, True),
        **{(student, "sub"): (None, None, None, 6.0, True) for student in ("ada", "bo")},
        **{(student, "sub-solution (comment)"): (None, None) for student in ("ada", "bo")},
    }
    assert not migrate.differences(course, WEEK, changed())


def test_nbgrader_takes_the_changed_assignment_afterwards(course: Course) -> None:
    migrate.apply(course, WEEK, changed())
    nbformat.write(changed(), course.step("source") / WEEK / f"{WEEK}.ipynb")
    result = NbGraderAPI(config=small.nbgrader_config(course)).generate_assignment(WEEK, force=True)
    assert result["success"], result["log"]
    with Gradebook(course.gradebook_url, course.id) as book:
        source = book.find_source_cell("sub-note", WEEK, WEEK)
        assert (source.cell_type, source.source, source.locked) == ("markdown", "Read this.", True)
        assert book.find_notebook(WEEK, WEEK).max_score == 24


def test_a_question_that_becomes_one_for_people_keeps_its_scores(course: Course) -> None:
    notebook = small.source()
    notebook.cells = [cell for cell in notebook.cells if cell.id != "add-solution"]
    notebook.cells[1] = new_markdown_cell(
        "In words.", id="add", metadata=small.metadata("add", points=10, solution=True)
    )
    plan = migrate.differences(course, WEEK, notebook)
    assert plan is not None
    assert [(change.question, change.what) for change in plan.changes] == [("add", "another kind")]
    migrate.apply(course, WEEK, notebook)
    after = entries(course)
    assert after["ada", "add"] == (10.0, 8.0, None, 10.0, True)
    assert after["ada", "add (comment)"] == (None, None)
    assert ("ada", "add-solution (comment)") not in after


def test_the_backup_is_a_gradebook_as_it_was(course: Course) -> None:
    before = small.rows(course)
    backup = migrate.apply(course, WEEK, changed())
    assert backup.parent == course.data / "backups"
    assert [path.name for path in backup.parent.iterdir()] == [backup.name]
    with Gradebook(f"sqlite:///{backup}", course.id) as book:
        assert book.find_grade("plot", WEEK, WEEK, "ada").manual_score == 2.0
    (course.data / "gradebook.db").write_bytes(backup.read_bytes())
    assert small.rows(course) == before


def test_another_databases_backup_has_all_of_its_tables(course: Course, tmp_path: Path) -> None:
    copy_of_it = tmp_path / "copy.db"
    migrate._copy_tables(course.gradebook_url, copy_of_it)
    before = small.rows(course)
    (course.data / "gradebook.db").write_bytes(copy_of_it.read_bytes())
    assert small.rows(course) == before


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import test_migrate as case
from autograder.nbgrader import migrate
def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)
migrate.{where} = die
migrate.apply(case.small.small_course(Path({folder!r})), case.WEEK, case.changed())
"""


@pytest.mark.parametrize("where", ["back_up", "note_changes", "_follow", "_follow_sources"])
def test_a_kill_leaves_the_gradebook_as_it_was_and_the_next_try_succeeds(
    course: Course, where: str, tmp_path: Path
) -> None:
    before = small.rows(course)
    script = KILLED.format(tests=str(Path(__file__).parent), where=where, folder=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert small.rows(course) == before
    migrate.apply(course, WEEK, changed())
    assert not migrate.differences(course, WEEK, changed())


def test_grading_between_the_two_halves_says_what_to_do(course: Course) -> None:
    migrate.apply(course, WEEK, changed())
    with pytest.raises(CourseError, match=f"asks for 'plot', .* run 'course build {WEEK}'"):
        grade(course)


def test_no_migration_while_a_run_is_grading(course: Course) -> None:
    before = small.rows(course)
    with store.only_run(course), pytest.raises(CourseError, match="another run is grading"):
        migrate.apply(course, WEEK, changed())
    assert small.rows(course) == before


def test_what_came_and_went_is_remembered(course: Course) -> None:
    migrate.apply(course, WEEK, changed())
    assert store.read_changes(course, WEEK) == store.Changes(added=["sub"], removed=["plot"])
    migrate.apply(course, WEEK, small.source())
    assert store.read_changes(course, WEEK) == store.Changes(added=["plot"], removed=["sub"])
