"""Changing an assignment after release: what that does to the gradebook, first as a plan, then in one transaction.

nbgrader refuses to add or remove cells once there are submissions. Here their rows are added and removed too, and
all others are left alone: manual scores, comments and extra credit stay with their cells.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import (
    Base,
    BaseCell,
    Comment,
    Grade,
    GradeCell,
    MissingEntry,
    Notebook,
    SolutionCell,
    SourceCell,
    TaskCell,
)
from sqlalchemy import create_engine, delete, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from autograder.config import Course, CourseError
from autograder.nbgrader.gradebook import open_gradebook
from autograder.store import note_changes, only_run

GRADED = {"GradeCell": GradeCell, "TaskCell": TaskCell}
TYPES: dict[str, Any] = {**GRADED, "SolutionCell": SolutionCell}


@dataclass
class Structure:
    """What the gradebook knows of a notebook: its cells for grades and comments, and all that are restored."""

    cells: set[tuple[str, str]] = field(default_factory=set)
    """Name and kind: a cell may be for grading and for an answer at once."""
    points: dict[str, float] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    sources: set[str] = field(default_factory=set)

    @property
    def questions(self) -> dict[str, tuple[float, str, bool]]:
        """Points, cell type and whether the cell is its own answer, by question."""
        return {
            name: (self.points[name], self.types[name], (name, "SolutionCell") in self.cells)
            for name in self.points
        }


def structure_of(notebook: NotebookNode) -> Structure:
    """What nbgrader would record of an instructor's notebook."""
    found = Structure()
    for cell in notebook.cells:
        kinds = {
            "GradeCell": utils.is_grade(cell),
            "SolutionCell": utils.is_solution(cell),
            "TaskCell": utils.is_task(cell),
        }
        if not (any(kinds.values()) or utils.is_locked(cell)):
            continue
        name = cell.metadata.nbgrader.grade_id
        found.sources.add(name)
        found.cells |= {(name, kind) for kind, there in kinds.items() if there}
        if kinds["GradeCell"] or kinds["TaskCell"]:
            found.points[name] = float(cell.metadata.nbgrader.points)
            found.types[name] = cell.cell_type
    return found


def recorded_structure(notebook: Notebook) -> Structure:
    """What the gradebook has of a notebook."""
    found = Structure(sources={cell.name for cell in notebook.source_cells})
    for cell in notebook._base_cells:
        found.cells.add((cell.name, type(cell).__name__))
        if type(cell).__name__ in GRADED:
            found.points[cell.name], found.types[cell.name] = float(cell.max_score), cell.cell_type
    return found


@dataclass(frozen=True, kw_only=True)
class Change:
    """What becomes of one question, and how much of what people entered it touches."""

    question: str
    what: str
    points: str
    manual: int = 0
    comments: int = 0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What following the source would change in the gradebook; nothing where it is false."""

    submissions: int
    changes: tuple[Change, ...] = ()
    others: tuple[str, ...] = ()
    """Cells that are no questions: given code, and the like."""

    def __bool__(self) -> bool:
        return bool(self.changes or self.others)

    def __str__(self) -> str:
        """The changes in a few words."""
        words = [
            f"{what}: {', '.join(names)}"
            for what in dict.fromkeys(change.what for change in self.changes)
            if (names := [change.question for change in self.changes if change.what == what])
        ]
        if self.others:
            words.append(f"other cells: {', '.join(self.others)}")
        return "; ".join(words)

    @property
    def consequences(self) -> list[str]:
        """What the changes mean for submissions and for what people have entered, in sentences."""
        handed_in = "1 submission" if self.submissions == 1 else f"{self.submissions} submissions"
        lines = [f"{handed_in} in the gradebook; each is graded again by the next 'course grade'"]
        names = {
            what: [c for c in self.changes if c.what == what] for what in ("added", "removed", "other points")
        }
        if names["added"]:
            lines.append(
                "added questions are blank for whoever has the notebook from before: "
                + ", ".join(change.question for change in names["added"])
            )
        gone = sum(change.manual for change in names["removed"])
        told = sum(change.comments for change in names["removed"])
        if gone or told:
            lines.append(
                f"{gone} scores by hand and {told} comments go with removed questions (the backup has them)"
            )
        asked = sum(change.manual for change in self.changes if change.what not in ("added", "removed"))
        if asked:
            lines.append(
                f"{asked} scores by hand were given for other points or in another form: they stay as they are, and "
                "go back to the manual queue"
            )
        if self.others:
            lines.append(f"cells that are no questions change too: {', '.join(self.others)}")
        return lines


def differences(course: Course, week: str, instructor: NotebookNode) -> Plan | None:
    """What differs between an instructor's notebook and the gradebook; None where nothing has been handed in."""
    with open_gradebook(course) as book:
        try:
            notebook = book.find_notebook(week, week)
        except MissingEntry:
            return None
        submissions = len(notebook.submissions)
        if not submissions:
            return None
        old, new = recorded_structure(notebook), structure_of(instructor)
        manual, comments = _entered(book.db, notebook)
    changes = tuple(_changes(old, new, manual, comments))
    changed = {change.question for change in changes}
    cells = {name for name, _ in old.cells ^ new.cells} | (old.sources ^ new.sources)
    others = tuple(sorted(name for name in cells if _question(name) not in changed))
    return Plan(submissions=submissions, changes=changes, others=others)


def _question(name: str) -> str:
    """The question that a cell belongs to: its name up to the hyphen."""
    return name.partition("-")[0]


def _entered(db: Any, notebook: Notebook) -> tuple[Counter[str], Counter[str]]:
    """How many scores and comments people entered, by question."""
    scores = db.scalars(
        select(BaseCell.name)
        .join(Grade, Grade.cell_id == BaseCell.id)
        .where(BaseCell.notebook_id == notebook.id)
        .where(Grade.manual_score.is_not(None) | Grade.extra_credit.is_not(None))
    )
    comments = db.scalars(
        select(BaseCell.name)
        .join(Comment, Comment.cell_id == BaseCell.id)
        .where(BaseCell.notebook_id == notebook.id, Comment.manual_comment.is_not(None))
    )
    return Counter(map(_question, scores)), Counter(map(_question, comments))


def _changes(
    old: Structure, new: Structure, manual: Counter[str], comments: Counter[str]
) -> Iterator[Change]:
    before, after = old.questions, new.questions
    for name in dict.fromkeys([*after, *before]):
        entered = {"manual": manual[_question(name)], "comments": comments[_question(name)]}
        if name not in before:
            yield Change(question=name, what="added", points=f"{after[name][0]:g}")
        elif name not in after:
            yield Change(question=name, what="removed", points=f"{before[name][0]:g}", **entered)
        elif before[name][1:] != after[name][1:]:
            points = f"{before[name][0]:g} → {after[name][0]:g}"
            yield Change(question=name, what="another kind", points=points, **entered)
        elif before[name] != after[name]:
            points = f"{before[name][0]:g} → {after[name][0]:g}"
            yield Change(question=name, what="other points", points=points, **entered)


def apply(course: Course, week: str, instructor: NotebookNode) -> Path:
    """Make the gradebook follow an instructor's notebook; returns where the backup of it lies.

    All in one transaction: a kill leaves the gradebook as it was, or as it should be. Raises CourseError where a run
    is grading, where nothing has been handed in, or where the gradebook cannot be written.
    """
    with only_run(course), open_gradebook(course) as book:
        try:
            notebook = book.find_notebook(week, week)
        except MissingEntry:
            raise CourseError(f"{week} is not in the gradebook: run 'course build {week}'") from None
        backup = back_up(course)
        old, new = recorded_structure(notebook), structure_of(instructor)
        # Before the gradebook: noted twice, after a kill, it says the same.
        note_changes(
            course, week, set(new.questions) - set(old.questions), set(old.questions) - set(new.questions)
        )
        try:
            _follow(book.db, notebook, old, new)
            book.db.commit()
        except OperationalError as error:
            book.db.rollback()
            reason = str(error.orig).splitlines()[0]
            raise CourseError(
                f"the gradebook {course.gradebook_url} cannot be written ({reason}) and is as it was: try again"
            ) from None
    return backup


def _follow(db: Any, notebook: Notebook, old: Structure, new: Structure) -> None:
    submissions = list(notebook.submissions)
    changed = {name for name, facts in new.questions.items() if old.questions.get(name, facts) != facts}
    for cell in list(notebook._base_cells):
        name, kind = cell.name, type(cell).__name__
        if (name, kind) not in new.cells:
            db.execute(delete(Grade).where(Grade.cell_id == cell.id))
            db.execute(delete(Comment).where(Comment.cell_id == cell.id))
            db.expire(cell)
            db.delete(cell)
        elif kind in GRADED and name in changed:
            cell.max_score, cell.cell_type = new.points[name], new.types[name]
            for grade in db.scalars(select(Grade).where(Grade.cell_id == cell.id)):
                if grade.manual_score is not None:
                    grade.needs_manual_grade = True
    for name, kind in sorted(new.cells - old.cells):
        facts = {"max_score": new.points[name], "cell_type": new.types[name]} if kind in GRADED else {}
        cell = TYPES[kind](name=name, notebook_id=notebook.id, **facts)
        db.add(cell)
        db.flush()
        for submitted in submissions:
            if kind in GRADED:
                db.add(Grade(cell_id=cell.id, notebook_id=submitted.id))
            if kind != "GradeCell":
                db.add(Comment(cell_id=cell.id, notebook_id=submitted.id))
    _follow_sources(db, notebook, new.sources)
    db.flush()


def _follow_sources(db: Any, notebook: Notebook, names: Iterable[str]) -> None:
    """Have a source cell of each name; their text is written by the build that follows."""
    there = {cell.name: cell for cell in notebook.source_cells}
    for name in sorted(there.keys() - set(names)):
        db.delete(there[name])
    for name in sorted(set(names) - there.keys()):
        db.add(SourceCell(name=name, notebook_id=notebook.id, cell_type="code", locked=False, source=""))


def back_up(course: Course) -> Path:
    """Copy the gradebook to ``backups/`` among the course's data, as a SQLite file that nbgrader opens."""
    folder = course.data / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"gradebook-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}.db"
    unfinished = path.with_suffix(".part")
    url = make_url(course.gradebook_url)
    if url.get_backend_name() == "sqlite" and url.database:
        with (
            contextlib.closing(sqlite3.connect(url.database)) as book,
            contextlib.closing(sqlite3.connect(unfinished)) as copy,
        ):
            book.backup(copy)
    else:
        _copy_tables(course.gradebook_url, unfinished)
    with open(unfinished, "rb") as file:
        os.fsync(file.fileno())
    unfinished.rename(path)
    return path


def _copy_tables(url: str, path: Path) -> None:
    """Copy another database's tables, as they are at one moment, into a new SQLite file."""
    book, copy = create_engine(url), create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(copy)
    version = text("SELECT version_num FROM alembic_version")
    try:
        with (
            book.connect().execution_options(isolation_level="SERIALIZABLE") as source,
            copy.begin() as target,
        ):
            for table in Base.metadata.sorted_tables:
                rows = [dict(row) for row in source.execute(select(table)).mappings()]
                if rows:
                    target.execute(table.insert(), rows)
            target.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            for number in source.scalars(version):
                target.execute(text("INSERT INTO alembic_version VALUES (:number)"), {"number": number})
    finally:
        book.dispose()
        copy.dispose()
