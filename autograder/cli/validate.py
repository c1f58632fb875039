"""Verbs that judge the graders: ``course validate`` and ``course demo``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli import common
from autograder.cli.common import DryRun, Json, WeekNames, Workers, app, verb
from autograder.cli.grade import show_summary
from autograder.config import CourseError

if TYPE_CHECKING:
    from autograder.validate.measure import Measures


@verb(
    app,
    "validate",
    examples=["course validate week4_gmm --replicas 200", "course validate week4_gmm --record"],
    codes={0: "every promise holds", 1: "some do not, and are named"},
)
def validate_command(
    weeks: WeekNames = None,
    replicas: Annotated[
        int, typer.Option("--replicas", metavar="N", min=1, help="Keys each statistical test is tried with.")
    ] = 10_000,
    workers: Workers = None,
    record: Annotated[
        bool,
        typer.Option(
            "--record",
            help="Keep the figures in docs/validation.json and make docs/validation.md; other weeks keep theirs. "
            "Without it nothing is written.",
        ),
    ] = False,
    json_file: Json = None,
) -> None:
    """Measure the hidden graders: known mistakes, alternatives, mutants, false failures, tolerances."""
    course = common.load_course()
    names = common.chosen(course, weeks)
    from autograder.validate.measure import validate
    from autograder.validate.record import formatted, page_path, stamped
    from autograder.validate.record import record as keep

    with common.bar("validate") as update:
        measured = validate(
            course,
            names,
            replicas=replicas,
            workers=workers or os.cpu_count() or 1,
            progress=update or (lambda *_: None),
        )
    if json_file is not None:
        common.write_json(json_file, formatted(stamped(course, measured)))
    _show(measured, json_file)
    if record:
        keep(course, measured)
        print(page_path(course), file=common.words(json_file))
    raise typer.Exit(int(any(week.broken for week in measured)))


def _show(measured: list[Measures], json_file: Path | None) -> None:
    from rich.table import Table

    console = common.console(json_file)
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


@verb(
    app,
    "demo",
    examples=[
        "course demo week1_bayes",
        "course demo week4_gmm --key another",
        "course demo --everyone --json figures.json",
    ],
    codes={0: "every score is the expected one", 1: "some are not, and are named"},
)
def demo_command(
    weeks: WeekNames = None,
    workers: Annotated[
        int, typer.Option("--workers", metavar="N", min=2, help="Processes of the parallel run.")
    ] = 2,
    folder: Annotated[
        Path,
        typer.Option("--folder", metavar="FOLDER", help="Where the demonstration lives; emptied first."),
    ] = Path("build/demo"),
    everyone: Annotated[
        bool, typer.Option("--everyone", help="Let the extra students of each class take part too.")
    ] = False,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="WORD", help="Draw other hidden inputs; the scores must stay."),
    ] = None,
    dry_run: DryRun = False,
    json_file: Json = None,
) -> None:
    """Grade the example class end to end, and compare every score with the expected one."""
    course = common.load_course()
    names = common.chosen(course, weeks)
    folder = folder.resolve()
    strange = sorted({path.name for path in folder.glob("*")} - {"data", "exchange"})
    if strange:
        raise CourseError(
            f"{folder} would be emptied, and holds {strange[0]!r}, which no demonstration has made: name another "
            "--folder"
        )
    out = common.words(json_file)
    if dry_run:
        print(f"would empty {folder}, and grade the example class of {', '.join(names)} there", file=out)
        print("nothing was written", file=out)
        common.write_json(json_file, {"folder": str(folder), "weeks": names})
        return
    from autograder.demo import KEY, run_demo

    # Each week is announced three times, and the first once more, when it is graded by one worker.
    steps, said = 3 * len(names) + 1, 0
    with common.bar("demo") as update:

        def say(line: str) -> None:
            nonlocal said
            if update is not None:
                update(said, steps, line)
            said += 1

        demo = run_demo(
            course, folder, weeks=names, workers=workers, everyone=everyone, key=key or KEY, say=say
        )
    for summary in demo.summaries.values():
        show_summary(summary, json_file)
    for week, page in demo.reports.items():
        print(f"{week}: {page}", file=out)
    common.write_json(json_file, demo.figures)
    print(json.dumps({name: value for name, value in demo.figures.items() if name != "surprises"}), file=out)
    for surprise in demo.surprises:
        common.note(surprise)
    raise typer.Exit(1 if demo.surprises else 0)
