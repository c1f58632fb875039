"""Verbs that make weeks: ``course new``, ``course import``, ``course build``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from autograder.cli import common
from autograder.cli.common import Data, DryRun, Json, WeekNames, app, verb
from autograder.config import Course, CourseError

if TYPE_CHECKING:
    from autograder.build import Built


@verb(
    app,
    "new",
    examples=[
        "course new week9_gan --title 'Generative adversarial networks'",
        "course new week9_gan --dry-run",
    ],
    codes={0: "the week is there", 1: "it is there, but its lines must be added to course_config.py by hand"},
)
def new_command(
    week: Annotated[str, typer.Argument(metavar="WEEK", help="The new week's name, such as week9_gan.")],
    title: Annotated[
        str | None,
        typer.Option("--title", metavar="TITLE", help="What students read; made of the name by default."),
    ] = None,
    deadline: Annotated[
        str | None,
        typer.Option(
            "--deadline",
            metavar="TIME",
            help="ISO 8601 with a zone; a week after the last week's by default.",
        ),
    ] = None,
    dry_run: DryRun = False,
    json_file: Json = None,
) -> None:
    """Make a new week that builds, grades and passes: a small lesson to be turned into yours, part by part."""
    from autograder.new.skeleton import plan, write

    planned = plan(common.load_course(), week, title, deadline)
    if not dry_run:
        write(planned)
    out = common.words(json_file)
    for path in planned.paths:
        print(path.relative_to(planned.root), file=out)
    for path in planned.edited:
        print(f"{path.relative_to(planned.root)} (edited)", file=out)
    facts = {
        "week": week,
        "written": [] if dry_run else [str(path) for path in (*planned.paths, *planned.edited)],
        "would_write": [str(path) for path in (*planned.paths, *planned.edited)] if dry_run else [],
        "add_to_course_config": planned.by_hand,
    }
    common.write_json(json_file, facts)
    if planned.by_hand:
        common.note(
            f"course_config.py is not edited: {planned.why}. Add this to its weeks:\n\n{planned.by_hand}\n"
        )
    if dry_run:
        print("nothing was written", file=out)
    else:
        print(
            f"Next: course build {week}; course validate {week} --record; course demo {week}. Then make it yours: "
            "docs/add-a-week.md",
            file=out,
        )
    raise typer.Exit(int(bool(planned.by_hand)))


@verb(
    app,
    "import",
    examples=["course import otter hw3.ipynb --week week9_flows"],
    codes={0: "the sources are written; what needs a person's eye is on stderr"},
)
def import_command(
    what: Annotated[str, typer.Argument(metavar="otter", help="The format.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A master notebook in otter's own format.")],
    week: Annotated[
        str, typer.Option("--week", metavar="WEEK", help="The new week's name, such as week9_flows.")
    ],
    minutes: Annotated[
        int, typer.Option("--minutes", metavar="N", min=1, help="Minutes that a question is said to take.")
    ] = 15,
    dry_run: DryRun = False,
    json_file: Json = None,
) -> None:
    """Turn an otter assignment into the sources of a new week, once; what needs a person's eye is listed."""
    if what != "otter":
        raise CourseError(f"there is no import of {what!r}; there is otter")
    from autograder.otter.importing import import_master

    done = import_master(common.load_course(), file, week, minutes, dry_run=dry_run)
    out = common.words(json_file)
    for path in done.written:
        print(path, file=out)
    for remark in done.remarks:
        common.note(remark)
    common.write_json(
        json_file,
        {
            "week": week,
            "dry_run": dry_run,
            "files": [str(path) for path in done.written],
            "remarks": done.remarks,
            "add_to_course_config": done.declaration,
        },
    )
    if dry_run:
        print("nothing was written", file=out)
        return
    print(
        f"Now add to course_config.py, with your title and deadline:\n\n{done.declaration}\n\n"
        f"then: course build {week}",
        file=out,
    )


@verb(
    app,
    "build",
    examples=["course build", "course build week4_gmm --dry-run", "course build week4_gmm --migrate"],
    codes={0: "all is built (or, with --dry-run, shown)", 1: "a migration was not confirmed"},
)
def build_command(
    weeks: WeekNames = None,
    migrate: Annotated[
        bool,
        typer.Option(
            "--migrate",
            help="Let the gradebook follow where questions were added, removed or re-weighted after submissions "
            "came in. Shows what changes, asks, and backs the gradebook up.",
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Only show which files of the release would change; with --migrate, what in the gradebook.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --migrate: do not ask.")] = False,
    json_file: Json = None,
    data: Data = None,
) -> None:
    """Make the instructor notebooks, the students' release and the public tests."""
    course = common.open_course(data)
    names = common.chosen(course, weeks)
    if yes and not migrate:
        raise CourseError("--yes belongs to --migrate: building changes no grades")
    if dry_run and yes:
        raise CourseError("--dry-run writes nothing and --yes says to write: leave one of them out")
    if dry_run:
        return _show_changes(course, names, migrate, json_file)
    from autograder.build import build

    if migrate:
        for week in names:
            if not _migrated(course, week, yes, json_file):
                raise typer.Exit(1)
    built: dict[str, Built] = {}
    with common.bar("build") as update:
        for done, week in enumerate(names):
            if update is not None:
                update(done, len(names), week)
            built[week] = build(course, week)
    for paths in built.values():
        print(paths.release, file=common.words(json_file))
    common.write_json(
        json_file,
        {
            w: {"release": str(paths.release), "instructor": str(paths.instructor)}
            for w, paths in built.items()
        },
    )


def _show_changes(course: Course, weeks: Sequence[str], migrate: bool, json_file: Path | None) -> None:
    """What a build would change: files, or the gradebook."""
    out = common.words(json_file)
    if migrate:
        common.write_json(json_file, {week: _show_plan(course, week, json_file) for week in weeks})
    else:
        from autograder.build import stale_release

        stale = stale_release(course, weeks)
        for file in stale:
            print(f"would change: {course.release / file}", file=out)
        common.write_json(json_file, {"would_change": stale})
    print("nothing was written", file=out)


def _show_plan(course: Course, week: str, json_file: Path | None) -> dict[str, Any]:
    """Show what would change in the gradebook; returns the same for scripts, nothing where nothing would."""
    from rich.table import Table

    from autograder.build import planned

    out = common.words(json_file)
    plan = planned(course, week)
    if plan is None or not plan:
        print(
            f"{week}: the gradebook has these very questions and points; there is nothing to migrate",
            file=out,
        )
        return {}
    table = Table("question", "change", "points", "scores by hand", "comments", title=week)
    for change in plan.changes:
        table.add_row(change.question, change.what, change.points, str(change.manual), str(change.comments))
    if plan.changes:
        common.console(json_file).print(table)
    for line in plan.consequences:
        print(line, file=out)
    return {"changes": [vars(change) for change in plan.changes], "consequences": plan.consequences}


def _migrated(course: Course, week: str, yes: bool, json_file: Path | None) -> bool:
    """Show what would change in the gradebook; change it where that is wanted. Returns whether to go on."""
    from autograder.build import migrate

    out = common.words(json_file)
    if not _show_plan(course, week, json_file):
        return True
    if not yes and not common.asked("Change the gradebook?"):
        print(f"nothing was written; 'course build {week} --migrate --yes' writes", file=out)
        return False
    print(f"the gradebook as it was: {migrate(course, week)}", file=out)
    print(f"'course grade {week}' grades the submissions again", file=out)
    return True
