"""``course export``: grades for other systems, and a week as an autograder for Gradescope."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli import common
from autograder.cli.common import Data, DryRun, Json, WeekNames, app, verb
from autograder.config import Course, CourseError, did_you_mean

FORMATS = ("canvas", "moodle", "csv", "totals", "otter")


@verb(
    app,
    "export",
    examples=[
        "course export csv week4_gmm",
        "course export canvas --roster Grades.csv --to upload.csv",
        "course export otter week4_gmm",
    ],
    codes={0: "the file is written; scores that are held back are named on stderr"},
)
def export_command(
    to: Annotated[
        str,
        typer.Argument(
            metavar="|".join(FORMATS),
            help="For whom the table is.",
            autocompletion=lambda incomplete: [name for name in FORMATS if name.startswith(incomplete)],
        ),
    ],
    weeks: WeekNames = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FILE",
            help="The table; canvas.csv, week4_gmm-autograder.zip and so on by default.",
        ),
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option(
            "--roster", metavar="FILE", help="canvas: a gradebook that Canvas exported, to fill in."
        ),
    ] = None,
    visibility: Annotated[
        str | None,
        typer.Option(
            "--visibility",
            metavar="WHEN",
            help="otter: when students read the results in Gradescope: after_published (by default), "
            "after_due_date, visible or hidden.",
        ),
    ] = None,
    dry_run: DryRun = False,
    json_file: Json = None,
    data: Data = None,
) -> None:
    """Write the grades as a table for Canvas, Moodle or a spreadsheet; or a week as an autograder for Gradescope."""
    course = common.open_course(data)
    for week in weeks or []:
        course.week(week)
    if to not in FORMATS:
        raise CourseError(
            f"there is no export for {to!r}{did_you_mean(to, FORMATS)}; there is {', '.join(FORMATS)}"
        )
    if visibility is not None and to != "otter":
        raise CourseError("--visibility is for otter")
    if roster is not None and to != "canvas":
        raise CourseError("--roster is for canvas")
    if to == "otter":
        return _archive(course, weeks or [], file, visibility, dry_run, json_file)
    from traitlets.config import Config

    from autograder.nbgrader import export
    from autograder.nbgrader.config import configure
    from autograder.nbgrader.gradebook import held, open_gradebook

    exporters = {
        "canvas": export.Canvas,
        "moodle": export.Moodle,
        "csv": export.Table,
        "totals": export.Totals,
    }
    out = common.words(json_file)
    config = Config()
    configure(config, course)
    exporter = exporters[to](config=config)
    exporter.assignment = list(weeks or [])
    exporter.to = str(file or exporter.default)
    if roster is not None:
        exporter.roster = str(roster)
    with open_gradebook(course) as book:
        names = [week.name for week in exporter.weeks(book)]
        students = len(book.students)
        if dry_run:
            # Not by the exporter: it brings late penalties up to date in the gradebook.
            held_back = [
                f"{week}, {student}: no score exported: {why}"
                for week in names
                for student, why in held(course, week).items()
            ]
        else:
            exporter.export(book)
            held_back = exporter.held_back
    for line in held_back:
        common.note(line)
    common.write_json(
        json_file,
        {
            "file": exporter.to,
            "dry_run": dry_run,
            "weeks": names,
            "students": students,
            "held_back": held_back,
        },
    )
    if dry_run:
        print(f"would write {exporter.to}: {', '.join(names)}; {students} students", file=out)
        print("nothing was written", file=out)
    else:
        print(exporter.to, file=out)


def _archive(
    course: Course,
    weeks: list[str],
    file: Path | None,
    visibility: str | None,
    dry_run: bool,
    json_file: Path | None,
) -> None:
    """Write the archive of one week, and say who is known to it."""
    if len(weeks) != 1:
        raise CourseError("an archive holds one week: course export otter week4_gmm")
    out = common.words(json_file)
    path = file or Path(f"{weeks[0]}-autograder.zip")
    if dry_run:
        print(f"would write {path}; nothing was written", file=out)
        common.write_json(json_file, {"file": str(path), "dry_run": True})
        return
    from autograder.otter.archive import export_archive

    done = export_archive(course, weeks[0], path, visibility or "after_published")
    known = f"{done.students} students are known to the archive, {done.without_address} of them without an address"
    if not done.students:
        known = (
            "no student is in the gradebook, so the hidden inputs will not be those of 'course grade': run "
            "'course students import' first, where that matters"
        )
    common.note(known)
    common.write_json(
        json_file,
        {
            "file": str(done.path),
            "dry_run": False,
            "students": done.students,
            "without_address": done.without_address,
        },
    )
    print(done.path, file=out)
