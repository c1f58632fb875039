"""The whole gradebook from one database into another: SQLite to PostgreSQL when a course grows, or back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nbgrader.api import Base
from sqlalchemy import Connection, create_engine, func, insert, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from autograder.config import Course, CourseError
from autograder.nbgrader.gradebook import open_gradebook, reason, without_password
from autograder.store import only_run

ROWS = 1000
"""Rows written at once."""


def move_gradebook(course: Course, url: str) -> dict[str, int]:
    """Copy every row of the course's gradebook into the database at `url`; returns the number of rows by table.

    All is written in one transaction, and counted, or nothing is. Raises CourseError where the new database holds
    a course already, or where one of the two cannot be used.
    """
    new = replace(course, gradebook=url)
    if make_url(new.gradebook_url) == make_url(course.gradebook_url):
        raise CourseError(f"the gradebook is at {without_password(course.gradebook_url)} already")
    with only_run(course):
        # Opening makes the tables of a new database.
        for each in (course, new):
            open_gradebook(each).close()
        source, target = create_engine(course.gradebook_url), create_engine(new.gradebook_url)
        try:
            with source.connect() as reading, target.begin() as writing:
                _same_form(reading, writing, new)
                return {table: number for table, number in _copy(reading, writing, new).items() if number}
        except DBAPIError as error:
            raise CourseError(
                f"the gradebook could not be moved to {without_password(new.gradebook_url)} ({reason(error)}): "
                "nothing was written there"
            ) from None
        finally:
            source.dispose()
            target.dispose()


def count_rows(course: Course) -> dict[str, int]:
    """How many rows a move would copy, by table; nothing is written. Raises CourseError where there is no gradebook."""
    url = make_url(course.gradebook_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise CourseError(f"there is no gradebook yet at {url.database}: there is nothing to move")
    source = create_engine(course.gradebook_url)
    try:
        with source.connect() as reading:
            there = inspect(reading)
            counts = {
                table.name: reading.scalar(select(func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
                if there.has_table(table.name)
            }
            return {table: number for table, number in counts.items() if number}
    except SQLAlchemyError as error:
        raise CourseError(
            f"the gradebook {without_password(course.gradebook_url)} cannot be read ({reason(error)})"
        ) from None
    finally:
        source.dispose()


def _same_form(reading: Connection, writing: Connection, new: Course) -> None:
    version = text("SELECT version_num FROM alembic_version")
    old = reading.scalar(version) if inspect(reading).has_table("alembic_version") else None
    if old != writing.scalar(version):
        raise CourseError("the gradebook is an older nbgrader's: run 'nbgrader db upgrade' first")
    for name in ("assignment", "student"):
        if writing.scalar(select(func.count()).select_from(Base.metadata.tables[name])):
            raise CourseError(
                f"{without_password(new.gradebook_url)} holds a gradebook already: name an empty database"
            )


def _copy(reading: Connection, writing: Connection, new: Course) -> dict[str, int]:
    counts = {}
    for table in Base.metadata.sorted_tables:
        # What opening the new database has left there: the course's own row.
        writing.execute(table.delete())
        rows = reading.execution_options(yield_per=ROWS).execute(select(table)).mappings()
        for part in rows.partitions(ROWS):
            writing.execute(insert(table), [dict(row) for row in part])
        counts[table.name] = reading.scalar(select(func.count()).select_from(table)) or 0
        if counts[table.name] != writing.scalar(select(func.count()).select_from(table)):
            raise CourseError(
                f"the gradebook changed while it was moved ({table.name}): close formgrader, then move it again; "
                f"nothing was written to {without_password(new.gradebook_url)}"
            )
    return counts
