"""The engine in a course that is not ours, beside stock nbgrader in the same run: equal scores, comments, penalties.

What differs is listed here with its reason, and in docs/nbgrader.md.
"""

import os
import re

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


def test_the_notebooks_have_the_outputs_and_cells_that_stock_nbgrader_leaves(graded):
    stock, engine, batch = graded
    for path in sorted((stock.root / "autograded").rglob("*.ipynb")):
        name = path.relative_to(stock.root)
        theirs = nbformat.read(path, as_version=4)
        for course in (engine, batch):
            ours = nbformat.read(course.root / name, as_version=4)
            assert [cell.source for cell in ours.cells] == [cell.source for cell in theirs.cells]
            assert [cell.metadata for cell in ours.cells] == [cell.metadata for cell in theirs.cells]
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
    # Stock nbgrader graded the one who handed in late at the first time, and has no reason to do it again.
    for student in ("wrong",):
        rows[student, "first", "warns"] = (4, *rows[student, "first", "warns"][1:])
        rows[student, "second", "warns"] = (4, *rows[student, "second", "warns"][1:])
    rows["good", "second", "warns"] = (4, *rows["good", "second", "warns"][1:])
    assert scores(engine, "own") == rows
    assert scores(batch, "own") == rows
    assert rows["good", "first", "why"][1:3] == (4.0, 1.5)
    assert rows["good", "first", "why (comment)"] == (None, "Well put.")


def special(course, name, cells, *, student="ada", kernel=None, files=None):
    """One more assignment with one notebook, handed in as it was released."""
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel or foreign.KERNEL})
    folder = course.root / "source" / name
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / "one.ipynb")
    with course.book() as book:
        book.add_assignment(name)
    course.command("nbgrader", "generate_assignment", name)
    where = course.hand_in(student, name, {"one": course.release(name, "one")}, "2027-01-01 10:00:00 UTC")
    for link, target in (files or {}).items():
        os.symlink(target, where / link)
    return course


@pytest.fixture(scope="module")
def engine(graded):
    return graded[1]


def test_a_crash_costs_the_cell_and_not_the_submission(engine):
    cells = [
        nbformat.v4.new_code_cell("x = 1"),
        foreign.tests("crash", 1, "import os\nos._exit(1)"),
        foreign.tests("loop", 1, "while True:\n    pass"),
        foreign.tests("still", 1, "assert x == 1"),
    ]
    special(engine, "crash", cells)
    engine.command("nbgrader", "autograde", "crash", "--Execute.timeout=2")
    found = {
        cell: row[0]
        for (_, _, cell), row in engine.rows("crash").items()
        if cell in ("crash", "loop", "still")
    }
    assert found == {"crash": 0, "loop": 0, "still": 1}


def test_more_points_than_there_are_is_a_fault_that_is_named_and_no_score(engine):
    special(engine, "toomuch", [foreign.tests("t", 1, "2.0")])
    said = engine.command("course", "grade", "toomuch", fails=True)
    assert "could not grade" in said and "partial credit cannot" in re.sub(r"\s+", " ", said)


def test_a_notebook_for_another_kernel_is_refused_by_name(engine):
    kernel = {"name": "ir", "display_name": "R", "language": "R"}
    special(engine, "statistics", [foreign.tests("t", 1, "1")], kernel=kernel)
    said = engine.command("nbgrader", "autograde", "statistics", fails=True)
    assert "written for the kernel 'ir'" in said and "unprotected_kernels" in said


def test_a_notebook_cannot_read_solutions_gradebook_or_what_a_submitted_link_leads_to(engine):
    secret = engine.root / "source" / "own" / "first.ipynb"
    source = f"""
import os
found = [path for path in ({str(secret)!r}, {str(engine.root / "gradebook.db")!r}) if os.path.exists(path)]
found += [name for name in os.listdir() if name.endswith((".ipynb", "stolen.txt"))]
assert not found, found
"""
    special(engine, "reads", [foreign.tests("t", 1, source)], files={"stolen.txt": secret})
    engine.command("nbgrader", "autograde", "reads")
    assert engine.rows("reads")["ada", "one", "t"][0] == 1


def test_output_that_does_not_fit_does_not_turn_partial_credit_into_full(engine):
    cells = [
        nbformat.v4.new_code_cell("print('x' * 20_000_000)"),
        foreign.tests("t", 4, "1.0"),
    ]
    special(engine, "noisy", cells)
    engine.command("nbgrader", "autograde", "noisy")
    assert engine.rows("noisy")["ada", "one", "t"][0] == 0


def test_an_unreadable_notebook_is_named_and_leaves_the_others_alone(engine):
    special(engine, "damaged", [foreign.tests("t", 1, "assert True")])
    folder = engine.hand_in("bo", "damaged", {}, "2027-01-01 10:00:00 UTC")
    (folder / "one.ipynb").write_text('{"cells": [')
    said = re.sub(r"\s+", " ", engine.command("course", "grade", "damaged", fails=True))
    assert "1 graded" in said and "1 unreadable" in said and "one.ipynb is no readable" in said


def test_what_needs_our_own_course_says_so(engine):
    assert "there is no assignment 'ps9'" in engine.command("course", "grade", "ps9", fails=True)
    assert "nbgrader course of its own" in engine.command("course", "students", "add", "ada", fails=True)
    assert "--regrade is for courses with hidden graders" in engine.command(
        "course", "grade", "own", "--regrade", fails=True
    )
