"""What the verbs share: the options, the exit codes, progress, and where words and figures go.

Everything that takes time to import is imported by the verb that needs it: `course --help` answers at once.
"""

from __future__ import annotations

import functools
import json
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO, TypeVar

import typer

from autograder.cli import complete
from autograder.config import Course, CourseError, load_course
from autograder.startup import leave_out_unused

if TYPE_CHECKING:
    from rich.console import Console

EXIT_CODES = {
    0: "done",
    1: "done, but something wants a look: the output names it",
    2: "nothing was done: an argument, a file or the configuration is wrong; the message says which, and what to do",
    3: "a mistake in the command itself: the message names a log for a bug report",
    130: "stopped by Ctrl-C",
}
"""What the exit code of every verb means; a verb's own help says what 0 and 1 are there."""

app = typer.Typer(
    name="course",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Build, grade and report the course.",
    epilog="Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items()) + ".",
)

WeekName = Annotated[
    str, typer.Argument(metavar="WEEK", help="The week, such as week4_gmm.", autocompletion=complete.weeks)
]
WeekNames = Annotated[
    list[str] | None,
    typer.Argument(metavar="[WEEK]...", help="The weeks; all by default.", autocompletion=complete.weeks),
]
Workers = Annotated[
    int | None, typer.Option("--workers", metavar="N", min=1, help="Processes at once; all cores by default.")
]
Json = Annotated[
    Path | None,
    typer.Option(
        "--json",
        metavar="FILE",
        help="Write the outcome for scripts; - is stdout, which then has nothing else.",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be done; write nothing.")]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="FOLDER", help="Folder of gradebook, submissions and reports (or COURSE_DATA)."
    ),
]

F = TypeVar("F", bound=Callable[..., Any])


def verb(
    group: typer.Typer,
    name: str,
    *,
    examples: Sequence[str],
    codes: Mapping[int, str] | None = None,
    resumes: bool = False,
) -> Callable[[F], F]:
    """Make a function a verb, with what every verb has: examples, exit codes, and an answer to Ctrl-C.

    `codes` says what 0 and 1 mean for this verb, and a verb that has 1 must say so. `resumes` tells that the same
    command goes on where it was stopped.
    """
    meanings = {
        **({0: EXIT_CODES[0]} if codes is None else codes),
        2: "nothing was done: the message says why",
    }
    epilog = [
        "Examples:" if len(examples) > 1 else "Example:",
        *examples,
        f"Exit codes: {'; '.join(f'{code} {meaning}' for code, meaning in sorted(meanings.items()))}.",
    ]
    stopped = "stopped; run the same command to resume" if resumes else "stopped"

    def mark(function: F) -> F:
        @functools.wraps(function)
        def run(*arguments: Any, **options: Any) -> Any:
            try:
                return function(*arguments, **options)
            except KeyboardInterrupt:
                print(f"course: {stopped}", file=sys.stderr)
                raise typer.Exit(130) from None

        return group.command(name, epilog="\n\n".join(epilog))(run)  # type: ignore[return-value]

    return mark


def open_course(data: Path | None) -> Course:
    """The course, with its data where the option says; raises CourseError in an nbgrader course of another kind."""
    from autograder.nbgrader.any_course import is_one

    if data is None and is_one(Path.cwd()):
        raise CourseError(
            "this folder is an nbgrader course of its own, where 'course grade' works; for all else there are "
            "nbgrader's commands"
        )
    course = load_course()
    # A gradebook that is declared stays the course's, wherever its other data lies.
    return course if data is None else replace(course, data=data.resolve())


def chosen(course: Course, weeks: Sequence[str] | None) -> list[str]:
    """Names of the weeks that were asked for, each once, or of all; raises CourseError for one that is not there."""
    return [course.week(name).name for name in dict.fromkeys(weeks or [week.name for week in course.weeks])]


STDOUT = Path("-")


def write_json(file: Path | None, value: Any, *, private: bool = False) -> None:
    """Write the outcome where ``--json`` says; bytes are JSON already. Raises CourseError where that fails.

    What is `private` is for staff: its file is readable by its owner only.
    """
    if file is None:
        return
    text = value.decode() if isinstance(value, bytes) else json.dumps(value, indent=1) + "\n"
    if file == STDOUT:
        sys.stdout.write(text)
        return
    try:
        if private:
            from autograder.views.files import write_private

            write_private(file, text)
        else:
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CourseError(
            f"--json {file} cannot be written ({error.strerror}): name a file in a folder of yours"
        ) from None


def words(json_file: Path | None) -> TextIO:
    """Where words for people go: stdout, unless the JSON is written there."""
    return sys.stderr if json_file == STDOUT else sys.stdout


def console(json_file: Path | None) -> Console:
    """The same for tables and colours."""
    from rich.console import Console

    return Console(file=words(json_file))


def note(line: str) -> None:
    """A remark beside the outcome."""
    print(f"course: {line}", file=sys.stderr)


def asked(question: str) -> bool:
    """Whether somebody at a terminal says yes; where nobody is there, nobody does."""
    return sys.stdin.isatty() and typer.confirm(question)


@contextmanager
def bar(title: str) -> Iterator[Callable[[int, int, str], None] | None]:
    """A bar with the time left on a terminal, updated with what is done, what is to do, and a description.

    Elsewhere there is nothing.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar

    screen = Console(stderr=True)
    if not screen.is_terminal:
        yield None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    # The speed of the last ten minutes: a week's first submissions say little of the others.
    with Bar(*columns, console=screen, transient=True, speed_estimate_period=600) as shown:
        task = shown.add_task(title, total=None)
        yield lambda done, total, what: shown.update(task, completed=done, total=total, description=what)


def main() -> None:
    """Run the command; any failure is one line on stderr and an exit code of the table."""
    leave_out_unused()
    try:
        app()
    except CourseError as problem:
        note(str(problem))
        raise SystemExit(2) from None
    except Exception as problem:
        raise SystemExit(_unexpected(problem)) from None


def _unexpected(problem: Exception) -> int:
    with tempfile.NamedTemporaryFile("w", prefix="course-", suffix=".log", delete=False) as log:
        traceback.print_exception(problem, file=log)
    reason = (str(problem).splitlines() or [""])[0]
    note(f"unexpected {type(problem).__name__}: {reason} (details for a bug report: {log.name})")
    return 3
