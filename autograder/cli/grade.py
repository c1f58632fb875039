"""``course grade``: new and changed submissions, and with ``--regrade`` a changed grader's effect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli import common, complete
from autograder.cli.common import Data, DryRun, Json, WeekName, Workers, app, verb
from autograder.config import Course, CourseError, did_you_mean

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from autograder.batch import Parts, Progress, Summary


@verb(
    app,
    "grade",
    examples=[
        "course grade week4_gmm",
        "course grade week4_gmm --student ada --force",
        "course grade week4_gmm --regrade",
    ],
    codes={0: "every submission has a grade", 1: "some have none, and are named"},
    resumes=True,
)
def grade_command(
    week: WeekName,
    student: Annotated[
        list[str] | None,
        typer.Option(
            "--student",
            metavar="ID",
            help="Only this student (may be repeated).",
            autocompletion=complete.students,
        ),
    ] = None,
    workers: Workers = None,
    address: Annotated[
        str | None,
        typer.Option(
            "--cluster",
            metavar="ADDRESS",
            help="Grade on the workers of this Dask scheduler, tcp://host:8786.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Grade again what has not changed.")] = False,
    regrade: Annotated[
        bool,
        typer.Option(
            "--regrade", help="Show first whose score a changed grader would change, and by how much."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --regrade: write the new scores.")] = False,
    dry_run: DryRun = False,
    json_file: Json = None,
    data: Data = None,
) -> None:
    """Grade the new and changed submissions of a week. Stopped or killed, run it again: it resumes."""
    from autograder.nbgrader import any_course

    in_any = data is None and any_course.is_one(Path.cwd())
    course = any_course.open_course(Path.cwd()) if in_any else common.open_course(data)
    course.week(week)
    if regrade and in_any:
        raise CourseError(
            "--regrade is for courses with hidden graders; 'course grade' grades again whatever has changed"
        )
    if address and in_any:
        raise CourseError("--cluster is for courses with hidden graders: leave it out here")
    if yes and not regrade:
        raise CourseError("--yes belongs to --regrade: grading new submissions asks nothing")
    if yes and dry_run:
        raise CourseError("--dry-run writes nothing and --yes says to write: leave one of them out")
    if regrade:
        if student or force or address:
            raise CourseError(
                "--regrade looks at the whole week, on this machine: leave out --student, --force and --cluster"
            )
        raise typer.Exit(_regrade(course, week, workers, yes, dry_run, json_file))
    if address and workers:
        raise CourseError("--workers counts processes of this machine: leave it out with --cluster")
    parts = any_course.parts() if in_any else None
    _look_up(course, week, student)
    if dry_run:
        return _show_waiting(course, week, student, force, parts, json_file)
    from autograder.batch import grade_assignment

    with _executor(address, course, week) as executor, progress_bar(week) as progress:
        summary = grade_assignment(
            course,
            week,
            students=student or None,
            workers=workers,
            force=force,
            executor=executor,
            progress=progress,
            parts=parts,
        )
    common.write_json(json_file, summary.as_dict())
    show_summary(summary, json_file)
    raise typer.Exit(summary.exit_code)


def _look_up(course: Course, week: str, students: list[str] | None) -> None:
    """Say whom a misspelt id may mean; that nobody has handed in under it is in the table."""
    from autograder.batch import submitted_students

    known = submitted_students(course, week)
    for name in students or ():
        if name not in known and (meant := did_you_mean(name, known)):
            common.note(f"nobody has handed in {week} as {name!r}{meant}")


def _show_waiting(
    course: Course,
    week: str,
    students: list[str] | None,
    force: bool,
    parts: Parts | None,
    json_file: Path | None,
) -> None:
    """Who would be graded, and why."""
    from rich.markup import escape
    from rich.table import Table

    from autograder.waiting import waiting

    found = waiting(course, week, students or None, force=force, parts=parts)
    table = Table("student", "what 'course grade' would do", title=week)
    for name, what in found.items():
        table.add_row(escape(name), what)
    if found:
        common.console(json_file).print(table)
    number = sum(what.startswith("grade") for what in found.values())
    print(f"{number} of {len(found)} would be graded; nothing was written", file=common.words(json_file))
    common.write_json(json_file, {"week": week, "would_grade": number, "students": found})


@contextmanager
def _executor(address: str | None, course: Course, week: str) -> Iterator[Executor | None]:
    """A cluster's workers, or None: processes of this machine."""
    if address is None:
        yield None
        return
    from autograder.cluster import cluster

    with cluster(address, course, week) as executor:
        yield executor


def _regrade(
    course: Course, week: str, workers: int | None, yes: bool, dry_run: bool, json_file: Path | None
) -> int:
    """Show the changes; write them where `yes` or the reader says so. Returns the exit code."""
    from rich.markup import escape
    from rich.table import Table

    from autograder.regrade import preview, take_over

    out = common.words(json_file)
    with progress_bar(week) as progress:
        found = preview(course, week, workers=workers, progress=progress)
    changes = found.changes
    common.write_json(json_file, [vars(change) for change in changes])
    table = Table("student", "question", "before", "after", "difference", title=f"{week}: what would change")
    for change in changes:
        before = "–" if change.before is None else f"{change.before:g}"
        after = "could not grade: keeps its score" if change.after is None else f"{change.after:g}"
        table.add_row(escape(change.student), change.question, before, after, f"{change.difference:+g}")
    if changes:
        common.console(json_file).print(table)
    students = {change.student for change in changes if change.after is not None}
    scores = sum(change.after is not None for change in changes)
    print(f"{scores} scores of {len(students)} students would change", file=out)
    ungraded = [row for row in found.summary.rows if row.status != "graded"]
    for row in ungraded:
        common.note(f"{row.student}: {row.status.replace('_', ' ')}; {row.problem}")
    if dry_run or (not yes and not common.asked("Write the new scores?")):
        print(f"nothing was written; 'course grade {week} --regrade --yes' writes them", file=out)
        return found.summary.exit_code
    with progress_bar(week) as progress:
        summary = take_over(course, week, workers=workers, progress=progress)
    show_summary(summary, json_file)
    return summary.exit_code


@contextmanager
def progress_bar(week: str) -> Iterator[Progress | None]:
    """A bar of submissions on a terminal; nothing elsewhere."""
    with common.bar(week) as update:
        yield None if update is None else lambda done, total, row: update(done, total, row.student)


def show_summary(summary: Summary, json_file: Path | None = None) -> None:
    """A run's table and figures, for people."""
    from rich.markup import escape
    from rich.table import Table

    table = Table("student", "points", "status", "remark", title=summary.week)
    table.columns[1].justify = "right"
    for row in summary.rows:
        points = f"{row.points:g} / {row.max_points:g}" if row.status == "graded" else "–"
        table.add_row(escape(row.student), points, row.status.replace("_", " "), escape(row.problem))
    console = common.console(json_file)
    console.print(table)
    counts = ", ".join(
        f"{number} {status.replace('_', ' ')}" for status, number in sorted(summary.counts.items())
    )
    console.print(
        f"{counts or 'no submissions'}; {summary.fresh} graded now in {summary.seconds:.1f} s",
        highlight=False,
    )
    if summary.fresh:
        median, p99 = summary.overhead
        console.print(
            f"overhead a submission: median {1000 * median:.0f} ms, 99 % within {1000 * p99:.0f} ms; "
            f"recording: median {1000 * summary.recording:.0f} ms",
            highlight=False,
        )
