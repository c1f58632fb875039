"""What the shell is offered after the Tab key: names, read without importing anything that takes time."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterable

import typer

from autograder.config import Course, CourseError, load_course


def weeks(incomplete: str) -> list[str]:
    """Names of the course's weeks."""
    course = _course()
    return _matching((week.name for week in course.weeks) if course else (), incomplete)


def students(incomplete: str) -> list[str]:
    """Ids of the students in a gradebook that is a file, and of those who have handed in."""
    course = _course()
    if course is None:
        return []
    found: set[str] = set()
    with contextlib.suppress(OSError):
        found.update(path.name for path in course.step("submitted").iterdir() if path.is_dir())
    file = course.gradebook_url.removeprefix("sqlite:///")
    if file != course.gradebook_url:
        with (
            contextlib.suppress(sqlite3.Error),
            contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as book,
        ):
            found.update(row[0] for row in book.execute("SELECT id FROM student"))
    return _matching(sorted(found), incomplete)


def questions(context: typer.Context, incomplete: str) -> list[str]:
    """Names of the questions of the week that stands before, or of every week."""
    course = _course()
    if course is None:
        return []
    found: list[str] = []
    for week in course.weeks:
        if context.params.get("week") in (None, week.name):
            with contextlib.suppress(OSError):
                text = (course.assignments / week.name / f"{week.name}.py").read_text(encoding="utf-8")
                found += re.findall(r'^# %% question="(\w+)"', text, re.MULTILINE)
    return _matching(found, incomplete)


def _course() -> Course | None:
    # A course that cannot be read has nothing to offer; the command itself will say why.
    try:
        return load_course()
    except CourseError:
        return None


def _matching(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]
