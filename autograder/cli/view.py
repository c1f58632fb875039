"""Verbs that show results to staff: ``course report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli import common
from autograder.cli.common import Data, DryRun, Json, WeekName, app, verb


@verb(app, "report", examples=["course report week4_gmm", "course report week4_gmm --output /tmp/class.html"])
def report_command(
    week: WeekName,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Where to write the page.")
    ] = None,
    dry_run: DryRun = False,
    json_file: Json = None,
    data: Data = None,
) -> None:
    """Write the HTML page of a week's results."""
    course = common.open_course(data)
    course.week(week)
    out = common.words(json_file)
    from autograder.store import read_reports
    from autograder.views.report import write_report

    if dry_run:
        number = len(read_reports(course, week))
        print(f"{week}: {number} reports; nothing was written", file=out)
        common.write_json(json_file, {"week": week, "reports": number})
        return
    page = write_report(course, week) if output is None else write_report(course, week, output)
    print(page, file=out)
    common.write_json(json_file, {"week": week, "page": str(page)})
