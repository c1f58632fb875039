"""The ``course`` command."""

from __future__ import annotations

import csv
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.config import Course, CourseError, load_course
from course_exchange.cli import receipt_app

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from autograder.batch import Progress, Summary
    from autograder.validate.measure import Measures

# Everything that takes time to import is imported by the command that needs it.

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Build, grade and report the course.",
)
students_app = typer.Typer(no_args_is_help=True, help="Who takes the course.")
app.add_typer(students_app, name="students")
gradebook_app = typer.Typer(no_args_is_help=True, help="The gradebook's database.")
app.add_typer(gradebook_app, name="gradebook")
app.add_typer(receipt_app, name="receipt")

Data = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of gradebook, submissions and reports (or COURSE_DATA)."),
]


def _course(data: Path | None) -> Course:
    from autograder.nbgrader.any_course import is_one

    if data is None and is_one(Path.cwd()):
        raise CourseError(
            "this folder is an nbgrader course of its own, where 'course grade' works; for all else there are "
            "nbgrader's commands"
        )
    course = load_course()
    # A gradebook that is declared stays the course's, wherever its other data lies.
    return course if data is None else replace(course, data=data.resolve())


@app.command(
    "build",
    epilog="Exit code: 0 all is built (or, with --dry-run, shown); 1 a migration was not confirmed; "
    "2 a mistake in the sources, or questions that have changed where there are submissions: use --migrate.",
)
def build_command(
    weeks: Annotated[list[str] | None, typer.Argument(metavar="[WEEK]...")] = None,
    migrate: Annotated[
        bool,
        typer.Option(
            "--migrate",
            help="Let the gradebook follow where questions were added, removed or re-weighted after submissions "
            "came in. Shows what changes, asks, and backs the gradebook up.",
        ),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --migrate: only show.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --migrate: do not ask.")] = False,
    data: Data = None,
) -> None:
    """Make the instructor notebooks, the students' release and the public tests."""
    course = _course(data)
    chosen = [course.week(week).name for week in weeks] if weeks else [week.name for week in course.weeks]
    if (dry_run or yes) and not migrate:
        raise CourseError("--dry-run and --yes belong to --migrate: building changes no grades")
    if dry_run and yes:
        raise CourseError("--dry-run writes nothing and --yes says to write: leave one of them out")
    from autograder.build import build

    for week in chosen:
        if migrate and not _migrated(course, week, dry_run, yes):
            raise typer.Exit(0 if dry_run else 1)
        build(course, week)


def _migrated(course: Course, week: str, dry_run: bool, yes: bool) -> bool:
    """Show what would change in the gradebook; change it where that is wanted. Returns whether to go on."""
    from rich.console import Console
    from rich.table import Table

    from autograder.build import migrate, planned

    plan = planned(course, week)
    if plan is None or not plan:
        print(f"{week}: the gradebook has these very questions and points; there is nothing to migrate")
        return not dry_run
    table = Table("question", "change", "points", "scores by hand", "comments", title=week)
    for change in plan.changes:
        table.add_row(change.question, change.what, change.points, str(change.manual), str(change.comments))
    if plan.changes:
        Console().print(table)
    for line in plan.consequences:
        print(line)
    if dry_run:
        print("nothing was written")
        return False
    if not yes and not (sys.stdin.isatty() and typer.confirm("Change the gradebook?")):
        print(f"nothing was written; 'course build {week} --migrate --yes' writes")
        return False
    print(f"the gradebook as it was: {migrate(course, week)}")
    print(f"'course grade {week}' grades the submissions again")
    return True


@app.command(
    "grade",
    epilog="Exit code: 0 every submission has a grade; 1 some have none, and are named; "
    "2 nothing could be done: a wrong argument or configuration; 130 stopped by Ctrl-C.",
)
def grade_command(
    week: str,
    student: Annotated[
        list[str] | None, typer.Option("--student", help="Only this student (may be repeated).")
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes at once; all cores by default.")
    ] = None,
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
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the summary for machines.")
    ] = None,
    data: Data = None,
) -> None:
    """Grade the new and changed submissions of a week. Stopped or killed, run it again: it resumes."""
    from autograder.nbgrader import any_course

    in_any = data is None and any_course.is_one(Path.cwd())
    course = any_course.open_course(Path.cwd()) if in_any else _course(data)
    course.week(week)
    if regrade and in_any:
        raise CourseError(
            "--regrade is for courses with hidden graders; 'course grade' grades again whatever has changed"
        )
    if address and in_any:
        raise CourseError("--cluster is for courses with hidden graders: leave it out here")
    if yes and not regrade:
        raise CourseError("--yes belongs to --regrade: grading new submissions asks nothing")
    if regrade:
        if student or force or address:
            raise CourseError(
                "--regrade looks at the whole week, on this machine: leave out --student, --force and --cluster"
            )
        raise typer.Exit(_regrade(course, week, workers, yes, json_file))
    if address and workers:
        raise CourseError("--workers counts processes of this machine: leave it out with --cluster")
    from autograder.batch import grade_assignment

    with _resumable(), _executor(address, course, week) as executor, _progress_bar(week) as progress:
        summary = grade_assignment(
            course,
            week,
            students=student or None,
            workers=workers,
            force=force,
            executor=executor,
            progress=progress,
            parts=any_course.parts() if in_any else None,
        )
    if json_file is not None:
        json_file.write_text(json.dumps(summary.as_dict(), indent=1) + "\n")
    _show(summary)
    raise typer.Exit(summary.exit_code)


@contextmanager
def _executor(address: str | None, course: Course, week: str) -> Iterator[Executor | None]:
    """A cluster's workers, or None: processes of this machine."""
    if address is None:
        yield None
        return
    from autograder.cluster import cluster

    with cluster(address, course, week) as executor:
        yield executor


def _regrade(course: Course, week: str, workers: int | None, yes: bool, json_file: Path | None) -> int:
    """Show the changes; write them where `yes` or the reader says so. Returns the exit code."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from autograder.regrade import preview, take_over

    with _resumable(), _progress_bar(week) as progress:
        found = preview(course, week, workers=workers, progress=progress)
    changes = found.changes
    if json_file is not None:
        json_file.write_text(json.dumps([vars(change) for change in changes], indent=1) + "\n")
    table = Table("student", "question", "before", "after", "difference", title=f"{week}: what would change")
    for change in changes:
        before = "–" if change.before is None else f"{change.before:g}"
        after = "could not grade: keeps its score" if change.after is None else f"{change.after:g}"
        table.add_row(escape(change.student), change.question, before, after, f"{change.difference:+g}")
    if changes:
        Console().print(table)
    students = {change.student for change in changes if change.after is not None}
    scores = sum(change.after is not None for change in changes)
    print(f"{scores} scores of {len(students)} students would change")
    ungraded = [row for row in found.summary.rows if row.status != "graded"]
    for row in ungraded:
        print(f"{row.student}: {row.status.replace('_', ' ')}; {row.problem}", file=sys.stderr)
    if not yes and not (sys.stdin.isatty() and typer.confirm("Write the new scores?")):
        print(f"nothing was written; 'course grade {week} --regrade --yes' writes them")
        return found.summary.exit_code
    with _resumable(), _progress_bar(week) as progress:
        summary = take_over(course, week, workers=workers, progress=progress)
    _show(summary)
    return summary.exit_code


@contextmanager
def _resumable() -> Iterator[None]:
    """Say how to go on after Ctrl-C."""
    try:
        yield
    except KeyboardInterrupt:
        print("course: stopped; run the same command to resume", file=sys.stderr)
        raise typer.Exit(130) from None


@contextmanager
def _progress_bar(week: str) -> Iterator[Progress | None]:
    """A bar of submissions on a terminal; nothing elsewhere."""
    with _bar(week) as update:
        yield None if update is None else lambda done, total, row: update(done, total, row.student)


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int, str], None] | None]:
    """A bar on a terminal, updated with what is done, what is to do, and a description; nothing elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total, what: bar.update(task, completed=done, total=total, description=what)


def _show(summary: Summary) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("student", "points", "status", "remark", title=summary.week)
    table.columns[1].justify = "right"
    for row in summary.rows:
        points = f"{row.points:g} / {row.max_points:g}" if row.status == "graded" else "–"
        table.add_row(escape(row.student), points, row.status.replace("_", " "), escape(row.problem))
    console = Console()
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


@app.command(
    "validate",
    epilog="Exit code: 0 every promise holds; 1 some do not, and are named; 2 a wrong argument or configuration.",
)
def validate_command(
    weeks: Annotated[list[str] | None, typer.Argument(metavar="[WEEK]...")] = None,
    replicas: Annotated[
        int, typer.Option("--replicas", min=1, help="Keys each statistical test is tried with.")
    ] = 10_000,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes at once; all cores by default.")
    ] = None,
    record: Annotated[
        bool,
        typer.Option(
            "--record",
            help="Keep the figures in docs/validation.json and make docs/validation.md; other weeks keep theirs.",
        ),
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the figures for machines.")
    ] = None,
) -> None:
    """Measure the hidden graders: known mistakes, alternatives, mutants, false failures, tolerances."""
    course = load_course()
    chosen = [course.week(week).name for week in weeks or [week.name for week in course.weeks]]
    from autograder.validate.measure import validate
    from autograder.validate.record import formatted, page_path, stamped
    from autograder.validate.record import record as keep

    with _bar("validate") as update:
        measured = validate(
            course,
            list(dict.fromkeys(chosen)),
            replicas=replicas,
            workers=workers or os.cpu_count() or 1,
            progress=update or (lambda *_: None),
        )
    if json_file is not None:
        json_file.write_bytes(formatted(stamped(course, measured)))
    _show_validation(measured)
    if record:
        keep(course, measured)
        print(page_path(course))
    raise typer.Exit(int(any(week.broken for week in measured)))


def _show_validation(measured: list[Measures]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for week in measured:
        table = Table(
            "question", "reference", "stub", "mistakes", "alternatives", "mutants", title=week.assignment
        )
        for question in week.questions:
            mutants = question.mutants
            table.add_row(
                question.question,
                f"{question.reference:.0%}",
                f"{question.stub:.0%}",
                f"{sum(wrong.lost > 0 for wrong in question.wrong)} of {len(question.wrong)}",
                f"{sum(share == 1 for share in question.right.values())} of {len(question.right)}",
                f"{mutants.caught} of {mutants.total - len(mutants.equivalent)}",
            )
        console.print(table)
        console.print(f"mutants caught {week.mutant_share:.1%}; {week.seconds:.0f} s", highlight=False)
        for line in week.broken:
            console.print(f"broken: {line}", highlight=False, markup=False, style="red")


@app.command(
    "report",
    epilog="Examples: course report; course report week4_gmm; course report week4_gmm --output page.html\n\n"
    "Exit code: 0 the pages are written; 2 nothing is graded yet, or a wrong argument.",
)
def report_command(
    week: Annotated[str | None, typer.Argument(metavar="[WEEK]", help="Only this week's pages.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write a week's page alone, to here.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the figures for machines, too.")
    ] = None,
    data: Data = None,
) -> None:
    """Write the pages an instructor reads: the class, its weeks, questions and students; or one week's."""
    course = _course(data)
    if week is not None:
        course.week(week)
    elif output is not None:
        raise CourseError("--output is for one week's page: course report week4_gmm --output page.html")
    from autograder.views import report
    from autograder.views.course import gather

    path = report.write_site(course)[0] if week is None else report.write_report(course, week, output)
    if json_file is not None:
        report.write_json(json_file, gather(course, [week] if week else ()))
    print(path)


@app.command(
    "similarity",
    epilog="Example: course similarity week4_gmm\n\n"
    "Exit code: 0 the page is written, whatever it shows; 2 nobody has submitted, or copydetect is not installed.",
)
def similarity_command(
    week: str,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write what was found for machines, too.")
    ] = None,
    data: Data = None,
) -> None:
    """Compare students' answers of a week, side by side on a page for staff. A share is no verdict."""
    course = _course(data)
    course.week(week)
    from autograder.views import similarity

    with _bar(week) as update:
        path, found = similarity.write_similarity(course, week, update)
    if json_file is not None:
        similarity.write_json(json_file, found)
    pairs = len(found.pairs) + found.more
    number = "1 pair" if pairs == 1 else f"{pairs} pairs"
    print(f"{number} of {found.compared} students {'is' if pairs == 1 else 'are'} to be looked at")
    print(path)


@app.command(
    "explain",
    epilog="Examples: course explain ada e_step; course explain ada fit --week week4_gmm --json ada.json\n\n"
    "Exit code: 0 explained, and the grade is the stored one; 1 it differs, and why is said; 2 it cannot be explained.",
)
def explain_command(
    student: Annotated[str, typer.Argument(metavar="STUDENT", help="The student's id.")],
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="The question's name.")],
    week: Annotated[
        str | None, typer.Option("--week", help="The week, where several have a question of that name.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write it all, with every value in full.")
    ] = None,
    data: Data = None,
) -> None:
    """Run one question of one student again, and show staff what each test asked, expected and decided.

    Nothing is written to the gradebook. What is shown holds hidden inputs and expected values: it is not for students.
    """
    course = _course(data)
    from autograder import explain

    found = explain.explain(course, student, question, week)
    if json_file is not None:
        explain.write_json(json_file, found)
    print("\n".join(explain.lines(found)))
    raise typer.Exit(int(bool(found.differences)))


@app.command("demo")
def demo_command(
    weeks: Annotated[list[str] | None, typer.Argument(metavar="[WEEK]...")] = None,
    workers: Annotated[int, typer.Option("--workers", min=2, help="Processes of the parallel run.")] = 2,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the figures for machines.")
    ] = None,
    folder: Annotated[
        Path, typer.Option("--folder", help="Where the demonstration lives; emptied first.")
    ] = Path("build/demo"),
    everyone: Annotated[
        bool, typer.Option("--everyone", help="Let the extra students of each class take part too.")
    ] = False,
) -> None:
    """Grade the example class end to end, and compare every score with the expected one."""
    course = load_course()
    for week in weeks or []:
        course.week(week)
    from autograder.demo import run_demo

    with _resumable():
        demo = run_demo(course, folder.resolve(), weeks=weeks or (), workers=workers, everyone=everyone)
    for summary in demo.summaries.values():
        _show(summary)
    for week, page in demo.reports.items():
        print(f"{week}: {page}")
    if json_file is not None:
        json_file.write_text(json.dumps(demo.figures, indent=1) + "\n")
    print(json.dumps({name: value for name, value in demo.figures.items() if name != "surprises"}))
    for surprise in demo.surprises:
        print(surprise, file=sys.stderr)
    raise typer.Exit(1 if demo.surprises else 0)


@app.command("export")
def export_command(
    to: Annotated[
        str, typer.Argument(metavar="canvas|moodle|csv|totals|otter", help="For whom the table is.")
    ],
    weeks: Annotated[list[str] | None, typer.Argument(metavar="[WEEK]...")] = None,
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
            help="otter: when students read the results in Gradescope: after_published (by default), "
            "after_due_date, visible or hidden.",
        ),
    ] = None,
    data: Data = None,
) -> None:
    """Write the grades as a table for Canvas, Moodle or a spreadsheet; or a week as an autograder for Gradescope.

    Examples: course export canvas --roster Grades.csv --to upload.csv; course export otter week4_gmm
    """
    course = _course(data)
    for week in weeks or []:
        course.week(week)
    if visibility is not None and to != "otter":
        raise CourseError("--visibility is for otter")
    if to == "otter":
        if roster is not None:
            raise CourseError("--roster is for canvas")
        return _export_archive(course, weeks or [], file, visibility)
    from traitlets.config import Config

    from autograder.nbgrader import export
    from autograder.nbgrader.config import configure
    from autograder.nbgrader.gradebook import open_gradebook

    exporters = {
        "canvas": export.Canvas,
        "moodle": export.Moodle,
        "csv": export.Table,
        "totals": export.Totals,
    }
    if to not in exporters:
        raise CourseError(f"there is no export for {to!r}; there is {', '.join([*exporters, 'otter'])}")
    if roster is not None and to != "canvas":
        raise CourseError("--roster is for canvas")
    config = Config()
    configure(config, course)
    exporter = exporters[to](config=config)
    exporter.assignment = list(weeks or [])
    exporter.to = str(file or exporter.default)
    if roster is not None:
        exporter.roster = str(roster)
    with open_gradebook(course) as book:
        exporter.export(book)
    for line in exporter.held_back:
        print(f"course: {line}", file=sys.stderr)
    print(exporter.to)


def _export_archive(course: Course, weeks: list[str], file: Path | None, visibility: str | None) -> None:
    """Write the archive of one week, and say who is known to it."""
    if len(weeks) != 1:
        raise CourseError("an archive holds one week: course export otter week4_gmm")
    from autograder.otter.archive import export_archive

    path = file or Path(f"{weeks[0]}-autograder.zip")
    done = export_archive(course, weeks[0], path, visibility or "after_published")
    known = f"{done.students} students are known to the archive, {done.without_address} of them without an address"
    if not done.students:
        known = (
            "no student is in the gradebook, so the hidden inputs will not be those of 'course grade': run "
            "'course students import' first, where that matters"
        )
    print(f"course: {known}", file=sys.stderr)
    print(done.path)


@app.command("import")
def import_assignment_command(
    what: Annotated[str, typer.Argument(metavar="otter", help="The format.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A master notebook in otter's own format.")],
    week: Annotated[str, typer.Option("--week", help="The new week's name, such as week9_flows.")],
    minutes: Annotated[
        int, typer.Option("--minutes", min=1, help="Minutes that a question is said to take.")
    ] = 15,
) -> None:
    """Turn an otter assignment into the sources of a new week, once; what needs a person's eye is listed."""
    if what != "otter":
        raise CourseError(f"there is no import of {what!r}; there is otter")
    from autograder.otter.importing import import_master

    done = import_master(load_course(), file, week, minutes)
    for path in done.written:
        print(path)
    for remark in done.remarks:
        print(f"course: {remark}", file=sys.stderr)
    print(
        f"Now add to course_config.py, with your title and deadline:\n\n{done.declaration}\n\nthen: course build {week}"
    )


@app.command("doctor", epilog="Exit code: 0 nothing has failed (there may be warnings); 1 something has.")
def doctor_command(
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the findings for machines.")
    ] = None,
    data: Data = None,
) -> None:
    """Look at this host: which layers of the sandbox are active, what is missing, and what to do about it."""
    course = _course(data)
    from autograder.doctor import examine, healthy

    findings = examine(course)
    if json_file is not None:
        json_file.write_text(json.dumps([vars(finding) for finding in findings], indent=1) + "\n")
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("", "what", "found", "what to do")
    marks = {"ok": "✓", "warning": "!", "failed": "✗"}
    for finding in findings:
        table.add_row(marks[finding.state], finding.what, escape(finding.found), escape(finding.advice))
    Console().print(table)
    raise typer.Exit(0 if healthy(findings) else 1)


@students_app.command("add")
def add_command(
    student: str, first_name: str = "", last_name: str = "", email: str = "", data: Data = None
) -> None:
    """Add a student to the gradebook, or change one."""
    from autograder.nbgrader.gradebook import add_students

    given = {"id": student, "first_name": first_name, "last_name": last_name, "email": email}
    add_students(_course(data), [given])


@students_app.command("import")
def import_command(roster: Annotated[Path, typer.Argument(metavar="CSV")], data: Data = None) -> None:
    """Add the students of a table with the columns id, first_name, last_name, email (all but id optional)."""
    from autograder.nbgrader.gradebook import add_students

    course = _course(data)
    try:
        with open(roster, newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"{roster} cannot be read as a CSV table: {error}") from None
    if not rows or "id" not in rows[0]:
        raise CourseError(f"{roster} needs a first line with the columns: id,first_name,last_name,email")
    add_students(course, rows)
    print(f"{len(rows)} students")


@gradebook_app.command("move")
def move_command(
    url: Annotated[
        str, typer.Argument(metavar="URL", help="Such as postgresql://course@db.example.edu/course")
    ],
    data: Data = None,
) -> None:
    """Copy the whole gradebook into an empty database; the old one is left as it is."""
    course = _course(data)
    from autograder.nbgrader.move import move_gradebook

    counts = move_gradebook(course, url)
    for table, number in counts.items():
        print(f"{table}: {number}")
    print(
        "every row is there; from now on set COURSE_GRADEBOOK, or gradebook= in course_config.py, to the new database"
    )


def main() -> None:
    """Run the command; any failure is one line on stderr."""
    try:
        app()
    except CourseError as problem:
        print(f"course: {problem}", file=sys.stderr)
        raise SystemExit(2) from None
    except Exception as problem:
        raise SystemExit(_unexpected(problem)) from None


def _unexpected(problem: Exception) -> int:
    with tempfile.NamedTemporaryFile("w", prefix="course-", suffix=".log", delete=False) as log:
        traceback.print_exception(problem, file=log)
    reason = (str(problem).splitlines() or [""])[0]
    print(
        f"course: unexpected {type(problem).__name__}: {reason} (details for a bug report: {log.name})",
        file=sys.stderr,
    )
    return 2


if __name__ == "__main__":
    main()
