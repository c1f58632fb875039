"""Verbs that show results to staff: ``course report``, ``course explain``, ``course similarity``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli import common, complete
from autograder.cli.common import Data, DryRun, Json, WeekName, app, verb
from autograder.config import CourseError


@verb(
    app,
    "report",
    examples=[
        "course report",
        "course report week4_gmm",
        "course report week4_gmm --output /tmp/class.html",
    ],
)
def report_command(
    week: Annotated[
        str | None,
        typer.Argument(metavar="[WEEK]", help="Only this week's pages.", autocompletion=complete.weeks),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write a week's page alone, to here.")
    ] = None,
    dry_run: DryRun = False,
    json_file: Json = None,
    data: Data = None,
) -> None:
    """Write the pages that staff read: the class, its weeks, questions and students; or one week's."""
    course = common.open_course(data)
    if week is not None:
        course.week(week)
    elif output is not None:
        raise CourseError("--output is for one week's page: course report week4_gmm --output page.html")
    out = common.words(json_file)
    from autograder.store import read_reports
    from autograder.views import report
    from autograder.views.course import gather

    if dry_run:
        numbers = {name: len(read_reports(course, name)) for name in common.chosen(course, week and [week])}
        for name, number in numbers.items():
            print(f"{name}: {number} reports; nothing was written", file=out)
        common.write_json(json_file, {"reports": numbers, "page": None})
        return
    page = report.write_site(course)[0] if week is None else report.write_report(course, week, output)
    if json_file is not None:
        figures = gather(course, [week] if week else ()).as_dict()
        common.write_json(json_file, {"page": str(page), **figures}, private=True)
    print(page, file=out)


@verb(
    app,
    "explain",
    examples=["course explain ada e_step", "course explain ada fit --week week4_gmm --json ada.json"],
    codes={0: "explained, and the grade is the stored one", 1: "it differs; why is said"},
)
def explain_command(
    student: Annotated[
        str,
        typer.Argument(metavar="STUDENT", help="The student's id.", autocompletion=complete.students),
    ],
    question: Annotated[
        str,
        typer.Argument(metavar="QUESTION", help="The question's name.", autocompletion=complete.questions),
    ],
    week: Annotated[
        str | None,
        typer.Option(
            "--week",
            metavar="WEEK",
            help="The week, where several have a question of that name.",
            autocompletion=complete.weeks,
        ),
    ] = None,
    json_file: Json = None,
    data: Data = None,
) -> None:
    """Run one question of one student again, and show staff what each test asked, expected and decided.

    Nothing is written to the gradebook. What is shown holds hidden inputs and expected values: it is not for students.
    """
    course = common.open_course(data)
    from autograder import explain

    found = explain.explain(course, student, question, week)
    if json_file is not None:
        common.write_json(json_file, explain.as_dict(found), private=True)
    print("\n".join(explain.lines(found)), file=common.words(json_file))
    raise typer.Exit(int(bool(found.differences)))


@verb(
    app,
    "similarity",
    examples=["course similarity week4_gmm"],
    codes={0: "the page is written, whatever it shows"},
)
def similarity_command(
    week: WeekName,
    dry_run: DryRun = False,
    json_file: Json = None,
    data: Data = None,
) -> None:
    """Compare students' answers of a week, side by side on a page for staff. A share is no verdict."""
    course = common.open_course(data)
    course.week(week)
    from autograder.batch import submitted_students
    from autograder.views import similarity

    out = common.words(json_file)
    if dry_run:
        number = len(submitted_students(course, week))
        print(f"{week}: {number} submissions would be compared; nothing was written", file=out)
        common.write_json(json_file, {"week": week, "submissions": number})
        return
    with common.bar(week) as update:
        path, found = similarity.write_similarity(course, week, update)
    if json_file is not None:
        common.write_json(json_file, found.as_dict(), private=True)
    pairs = len(found.pairs) + found.more
    number_of_pairs = "1 pair" if pairs == 1 else f"{pairs} pairs"
    verb_form = "is" if pairs == 1 else "are"
    print(f"{number_of_pairs} of {found.compared} students {verb_form} to be looked at", file=out)
    print(path, file=out)
