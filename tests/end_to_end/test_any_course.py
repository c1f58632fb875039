"""The engine in a course that is not ours, beside stock nbgrader in the same run: equal scores, comments, penalties.

What differs is listed here with its reason, and in docs/nbgrader.md.
"""

import json
import os

import foreign_course as foreign
import nbformat
import pytest

# (assignment, student, notebook, cell) → the score of stock nbgrader, the engine's, and why they differ.
STDERR = "text on stderr is no error"
DIFFERENCES = {
    **{
        ("own", student, "first", "warns"): (0, 4, STDERR)
        for student in ("good", "half", "loud", "late", "tagged")
    },
    **{
        ("own", "loud", "first", name): (0, points, STDERR)
        for name, points in (("asserts", 2), ("hidden", 3))
    },
    ("own", "loud", "first", "partial"): (0, 3.75, STDERR),
    ("own", "loud", "first", "printed"): (0, 1, STDERR),
    ("own", "tagged", "first", "skipped"): (
        3,
        0,
        "a student's tag does not keep a grade cell from being run",
    ),
}
ASSIGNMENTS = ("fixtures", "ps1", "own")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The same course graded by stock nbgrader, by nbgrader with the two lines, and by `course grade`."""
    stock = foreign.make(tmp_path_factory.mktemp("any") / "stock")
    engine = stock.copied("engine", foreign.TWO_LINES)
    batch = stock.copied("batch", foreign.TWO_LINES)
    for name in ASSIGNMENTS:
        stock.command("nbgrader", "autograde", name)
        said = engine.command("nbgrader", "autograde", name)
        assert "Running the notebook in the sandbox" in said
        batch.command("course", "grade", name, "--workers", "2")
    return stock, engine, batch


def scores(course, assignment):
    return course.rows(assignment)


def expected(stock, assignment):
    """Stock's rows, with the known differences."""
    rows = scores(stock, assignment)
    for (name, student, notebook, cell), (theirs, ours, _) in DIFFERENCES.items():
        if name == assignment:
            row = rows[student, notebook, cell]
            assert row[0] == theirs, (student, cell, "a difference that is none any more: remove it")
            rows[student, notebook, cell] = (ours, *row[1:])
    return rows


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_scores_comments_and_penalties_are_those_of_stock_nbgrader(graded, assignment):
    stock, engine, batch = graded
    rows = expected(stock, assignment)
    assert rows
    assert scores(engine, assignment) == rows
    assert scores(batch, assignment) == rows


def test_each_rule_of_nbgraders_is_among_what_was_compared(graded):
    stock, _, _ = graded
    good = {
        cell: row
        for (student, notebook, cell), row in scores(stock, "own").items()
        if student == "good" and notebook == "first"
    }
    values = {cell: row[0] for cell, row in good.items() if isinstance(row, tuple)}
    assert values["partial"] == 3.75 and values["negative"] == 1 and values["text"] == 1
    assert values["array"] == 1 and values["nothing"] == 0 and values["empty"] == 1
    assert values["plot"] is None and values["why"] is None and values["task"] is None
    half = {
        cell: row[0]
        for (student, notebook, cell), row in scores(stock, "own").items()
        if student == "half" and notebook == "first" and cell != "penalty"
    }
    assert half["partial"] == 2.5 and half["hidden"] == 0
    assert scores(stock, "own")["blank", "first", "double (comment)"] == ("No response.", None)
    assert scores(stock, "own")["late", "first", "penalty"] == 3.5
    assert scores(stock, "own")["half", "second", "asserts"][0] == 0


def metadata(cell):
    """A cell's metadata, without when it was run."""
    return {key: value for key, value in cell.metadata.items() if key != "execution"}


def test_the_notebooks_have_the_cells_and_the_folders_the_files_that_stock_nbgrader_leaves(graded):
    stock, engine, batch = graded
    for path in sorted((stock.root / "autograded").rglob("*.ipynb")):
        name = path.relative_to(stock.root)
        theirs = nbformat.read(path, as_version=4)
        for course in (engine, batch):
            ours = nbformat.read(course.root / name, as_version=4)
            assert [cell.source for cell in ours.cells] == [cell.source for cell in theirs.cells]
            assert [metadata(cell) for cell in ours.cells] == [metadata(cell) for cell in theirs.cells]
            assert ours.metadata == theirs.metadata
    files = {path.relative_to(stock.root / "autograded") for path in (stock.root / "autograded").rglob("*")}
    for course in (engine, batch):
        root = course.root / "autograded"
        there = {path.relative_to(root) for path in root.rglob("*")}
        # What a notebook or its imports wrote stays in the sandbox.
        assert there <= files
        assert all("__pycache__" in path.parts or path.name == "side-effect.txt" for path in files - there)


def test_course_grade_grades_only_what_is_new(graded):
    _, _, batch = graded
    assert "0 graded now" in batch.command("course", "grade", "own")
    folder = batch.root / "autograded" / "good" / "own"
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert "1 graded now" in batch.command("course", "grade", "own")


def test_a_second_attempt_and_what_people_entered_are_treated_as_stock_nbgrader_does(graded):
    for course in graded:
        answers = {**foreign.GOOD, "why": "On second thoughts."}
        for name in ("good", "wrong"):
            notebooks = {
                notebook: foreign.answered(course.release("own", notebook), answers)
                for notebook in ("first", "second")
            }
            course.hand_in(name, "own", notebooks, "2027-02-01 13:00:00 UTC")
        with course.book() as book:
            for student in ("good", "late"):
                grade = book.find_grade("why", "first", "own", student)
                grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 4.0, 1.5, False
                book.find_comment("why", "first", "own", student).manual_comment = "Well put."
            book.db.commit()
    stock, engine, batch = graded
    stock.command("nbgrader", "autograde", "own")
    engine.command("nbgrader", "autograde", "own")
    batch.command("course", "grade", "own", "--workers", "2")
    rows = expected(stock, "own")
    # The second attempts answer what the first did not.
    for key in (("wrong", "first"), ("wrong", "second"), ("good", "second")):
        rows[*key, "warns"] = (4, *rows[*key, "warns"][1:])
    assert scores(engine, "own") == rows
    assert scores(batch, "own") == rows
    assert rows["good", "first", "why"][1:3] == (4.0, 1.5)
    assert rows["good", "first", "why (comment)"] == (None, "Well put.")


def notebook(*cells, kernel=foreign.KERNEL):
    return nbformat.v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernel})


READING = """
import os
found = [path for path in {paths!r} if os.path.exists(path)]
found += [name for name in os.listdir() if name.endswith((".ipynb", "stolen.txt"))]
assert not found, found
"""


@pytest.fixture(scope="module")
def engine(graded):
    """The course with the two lines, and assignments of which stock nbgrader would make something else."""
    engine = graded[1]
    secret = engine.root / "source" / "own" / "first.ipynb"
    paths = [str(secret), str(engine.root / "gradebook.db")]
    assignments = {
        "attacks": {
            "crash": notebook(
                nbformat.v4.new_code_cell("x = 1"),
                foreign.tests("crash", 1, "import os\nos._exit(1)"),
                foreign.tests("loop", 1, "while True:\n    pass"),
                foreign.tests("still", 1, "assert x == 1"),
            ),
            "noisy": notebook(
                nbformat.v4.new_code_cell("print('x' * 20_000_000)"), foreign.tests("cut", 4, "1.0")
            ),
            "reads": notebook(foreign.tests("reads", 1, READING.format(paths=paths))),
        },
        "faults": {"one": notebook(nbformat.v4.new_code_cell("x = 0.5"), foreign.tests("t", 1, "x"))},
        "statistics": {
            "one": notebook(
                foreign.tests("t", 1, "1"), kernel={"name": "ir", "display_name": "R", "language": "R"}
            )
        },
    }
    with engine.book() as book:
        for name, notebooks in assignments.items():
            book.add_assignment(name)
            (engine.root / "source" / name).mkdir()
            for stem, source in notebooks.items():
                nbformat.write(source, engine.root / "source" / name / f"{stem}.ipynb")
    engine.generate(*assignments)
    for name, notebooks in assignments.items():
        handed_in = {stem: engine.release(name, stem) for stem in notebooks}
        folder = engine.hand_in("ada", name, handed_in, "2027-01-01 10:00:00 UTC")
        os.symlink(secret, folder / "stolen.txt")
    return engine


def test_crashes_floods_and_curiosity_cost_their_own_cells(engine):
    engine.command("nbgrader", "autograde", "attacks", "--Execute.timeout=5")
    rows = engine.rows("attacks")
    found = {
        name: rows["ada", notebook, name][0]
        for notebook, name in (
            ("crash", "crash"),
            ("crash", "loop"),
            ("crash", "still"),
            ("noisy", "cut"),
            ("reads", "reads"),
        )
    }
    assert found == {"crash": 0, "loop": 0, "still": 1, "cut": 0, "reads": 1}


def test_course_grade_names_whoever_has_no_score_and_why(engine):
    handed_in = engine.release("faults", "one")
    handed_in.cells[0].source = "x = 2.0"
    engine.hand_in("bo", "faults", {"one": handed_in}, "2027-01-01 10:00:00 UTC")
    folder = engine.hand_in("cy", "faults", {}, "2027-01-01 10:00:00 UTC")
    (folder / "one.ipynb").write_text('{"cells": [')
    summary = engine.root / "summary.json"
    engine.command("course", "grade", "faults", "--json", str(summary), fails=True)
    rows = {row["student"]: row for row in json.loads(summary.read_text())["rows"]}
    assert (rows["ada"]["status"], rows["ada"]["points"], rows["ada"]["max_points"]) == ("graded", 0.5, 1)
    assert rows["bo"]["status"] == "could_not_grade"
    assert rows["bo"]["problem"] == (
        "ValueError: partial credit cannot be greater than maximum points for cell"
    )
    assert rows["cy"]["status"] == "unreadable" and "one.ipynb is no readable" in rows["cy"]["problem"]


def test_formgraders_autograde_runs_in_the_sandbox(engine):
    before = engine.rows("own")
    answer = engine.autograde_in_formgrader("own", "half")
    assert answer["success"] and "Running the notebook in the sandbox" in answer["log"]
    assert engine.rows("own") == before


def test_a_notebook_for_another_kernel_is_refused_by_name(engine):
    said = engine.command("nbgrader", "autograde", "statistics", fails=True)
    assert "written for the kernel 'ir'" in said and "unprotected_kernels" in said


def test_what_needs_our_own_course_says_so(engine):
    assert "there is no assignment 'ps9'" in engine.command("course", "grade", "ps9", fails=True)
    assert "nbgrader course of its own" in engine.command("course", "students", "add", "ada", fails=True)
    assert "--regrade is for courses with hidden graders" in engine.command(
        "course", "grade", "own", "--regrade", fails=True
    )
