"""Verbs about who takes the course: ``course students``; and where that is kept: ``course gradebook``."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated, Any

import typer

from autograder.cli import common, complete
from autograder.cli.common import Data, DryRun, Json, app, verb
from autograder.config import Course, CourseError

students_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Who takes the course.")
gradebook_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The gradebook's database.")
app.add_typer(students_app, name="students")
app.add_typer(gradebook_app, name="gradebook")


@verb(
    students_app,
    "add",
    examples=["course students add ada --first-name Ada --last-name Lovelace --email ada@example.edu"],
)
def add_command(
    student: Annotated[
        str, typer.Argument(metavar="ID", help="The student's id.", autocompletion=complete.students)
    ],
    first_name: Annotated[str, typer.Option("--first-name", metavar="NAME", help="Shown to staff.")] = "",
    last_name: Annotated[str, typer.Option("--last-name", metavar="NAME", help="Shown to staff.")] = "",
    email: Annotated[str, typer.Option("--email", metavar="ADDRESS", help="For exports.")] = "",
    dry_run: DryRun = False,
    json_file: Json = None,
    data: Data = None,
) -> None:
    """Add a student to the gradebook, or change one."""
    given = {"id": student, "first_name": first_name, "last_name": last_name, "email": email}
    _add(common.open_course(data), [given], dry_run, json_file)


@verb(
    students_app,
    "import",
    examples=["course students import roster.csv", "course students import roster.csv --dry-run"],
)
def import_command(
    roster: Annotated[Path, typer.Argument(metavar="CSV", help="The table, with a line of headings.")],
    dry_run: DryRun = False,
    json_file: Json = None,
    data: Data = None,
) -> None:
    """Add the students of a table with the columns id, first_name, last_name, email (all but id optional)."""
    course = common.open_course(data)
    try:
        with open(roster, newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"{roster} cannot be read as a CSV table: {error}") from None
    if not rows or "id" not in rows[0]:
        raise CourseError(f"{roster} needs a first line with the columns: id,first_name,last_name,email")
    _add(course, rows, dry_run, json_file)
    print(f"{len(rows)} students", file=common.words(json_file))


def _add(course: Course, rows: list[dict[str, Any]], dry_run: bool, json_file: Path | None) -> None:
    """Put students into the gradebook; or say who is new in it."""
    from autograder.nbgrader.gradebook import add_students, known_students

    before = known_students(course)
    names = [str(row["id"] or "").strip() for row in rows]
    new = [name for name in names if name not in before]
    add_students(course, rows, dry_run=dry_run)
    common.write_json(
        json_file,
        {"dry_run": dry_run, "new": new, "there_already": [name for name in names if name in before]},
    )
    if dry_run:
        listed = f": {', '.join(new)}" if new else ""
        print(f"{len(new)} would be new{listed}; nothing was written", file=common.words(json_file))


@verb(
    gradebook_app,
    "move",
    examples=["course gradebook move postgresql://course@db.example.edu/course"],
)
def move_command(
    url: Annotated[
        str,
        typer.Argument(
            metavar="URL", help="The new database, such as postgresql://course@db.example.edu/course."
        ),
    ],
    dry_run: DryRun = False,
    json_file: Json = None,
    data: Data = None,
) -> None:
    """Copy the whole gradebook into an empty database; the old one is left as it is."""
    course = common.open_course(data)
    from autograder.nbgrader.move import count_rows, move_gradebook

    out = common.words(json_file)
    counts = count_rows(course) if dry_run else move_gradebook(course, url)
    for table, number in counts.items():
        print(f"{table}: {number}", file=out)
    common.write_json(json_file, {"dry_run": dry_run, "rows": counts})
    if dry_run:
        print("nothing was written; the new database was not looked at", file=out)
        return
    print(
        "every row is there; from now on set COURSE_GRADEBOOK, or gradebook= in course_config.py, to the new database",
        file=out,
    )
