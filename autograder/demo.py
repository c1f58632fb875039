"""The example class: students with known notebooks and known scores, graded end to end.

``tests/classroom/<week>/`` holds a pair of files for each student: their answers (``<student>.py``, a
percent script) and what they must get (``<student>.toml``). Those with ``extra = true`` take part only where
everyone does. The demonstration builds and releases the week, lets each student fill in the released notebook
and submit it, collects, grades with two workers and with one, records the gradebook, writes feedback and the
report, and compares every score with what was expected.
"""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import math
import secrets
import shutil
import statistics
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import jupytext
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

from autograder import batch
from autograder.build import build
from autograder.config import Course, CourseError
from autograder.nbgrader.config import configure
from autograder.results import Report
from autograder.store import read_reports
from autograder.submission import read_release
from autograder.views.report import write_report

Say = Callable[[str], None]

CELL_SECONDS = 5.0
"""Time limit of a cell here: long for this class's honest students, short for its infinite loops."""

KEY = "the example class"
"""The words that the example class's key is made from, unless others are given."""


@dataclass(frozen=True)
class Pupil:
    """One student of the example class."""

    name: str
    about: str
    cells: tuple[NotebookNode, ...]
    operations: tuple[tuple[Any, ...], ...]
    status: str
    expected: dict[str, float]
    """Points by autograded question; a question that is not named earns full points."""
    extra: bool = False
    """Takes part only where everyone does: what this student shows, others show in other weeks."""


def read_class(folder: Path) -> list[Pupil]:
    """The students of one week, by name; raises CourseError for an incomplete pair of files."""
    facts = {path.stem: tomllib.loads(path.read_text()) for path in sorted(folder.glob("*.toml"))}
    if not facts:
        raise CourseError(f"there is no example class in {folder}")
    pupils: dict[str, Pupil] = {}

    def pupil(name: str) -> Pupil:
        if name not in facts:
            raise CourseError(f"{folder.name}: based_on names {name!r}, but there is no {name}.toml")
        if name not in pupils:
            pupils[name] = read(name)
        return pupils[name]

    def read(name: str) -> Pupil:
        fact = facts[name]
        script = folder / f"{name}.py"
        own = tuple(jupytext.read(script, fmt="py:percent").cells) if script.is_file() else ()
        own = tuple(cell for cell in own if _target(cell) is not None)
        base = pupil(fact["based_on"]) if "based_on" in fact else None
        inherited = (
            () if base is None else tuple(c for c in base.cells if _target(c) not in map(_target, own))
        )
        return Pupil(
            name=name,
            about=fact["about"],
            cells=inherited + own,
            operations=tuple(tuple(operation) for operation in fact.get("operations", [])),
            status=fact.get("status", "graded"),
            expected={**({} if base is None else base.expected), **fact.get("expected", {})},
            extra=fact.get("extra", False),
        )

    return [pupil(name) for name in facts]


def _target(cell: NotebookNode) -> tuple[str, str] | None:
    """What a cell of a student's script fills in: its kind and name."""
    for kind in ("question", "answer", "plot", "after"):
        if kind in cell.metadata:
            return kind, cell.metadata[kind]
    return None


def homework(pupil: Pupil, release: NotebookNode) -> NotebookNode:
    """The released notebook as this student hands it in."""
    notebook = copy.deepcopy(release)
    for number, cell in enumerate(pupil.cells):
        kind, name = _target(cell) or ("", "")
        if kind == "after":
            extra = new_code_cell(cell.source, id=f"own-{number}")
            notebook.cells.insert(_position(notebook, name) + 1, extra)
        else:
            grade_id = f"{name}-solution" if kind == "question" else name
            notebook.cells[_position(notebook, grade_id)].source = cell.source
    for operation in pupil.operations:
        _operate(notebook, operation)
    return notebook


def _position(notebook: NotebookNode, grade_id: str) -> int:
    for index, cell in enumerate(notebook.cells):
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id:
            return index
    raise CourseError(f"the release has no cell {grade_id!r} that the example class could fill in")


def _operate(notebook: NotebookNode, operation: tuple[Any, ...]) -> None:
    """Do one thing to the notebook that students do; renaming and truncating happen to the file."""
    verb, *rest = operation
    if verb in ("rename", "truncate"):
        return
    if verb == "kernel":
        notebook.metadata.kernelspec = {"name": rest[0], "language": rest[0], "display_name": rest[0]}
        notebook.metadata.language_info = {"name": rest[0]}
        return
    index = _position(notebook, rest[0])
    cell = notebook.cells[index]
    if verb == "delete":
        del notebook.cells[index]
    elif verb == "duplicate":
        notebook.cells.insert(index + 1, copy.deepcopy(cell))
    elif verb == "move_to_end":
        notebook.cells.append(notebook.cells.pop(index))
    elif verb == "edit":
        cell.source = rest[1]
    elif verb == "set_points":
        cell.metadata.nbgrader.points = rest[1]
    elif verb == "unlock":
        cell.metadata.nbgrader.update(locked=False, grade=False)
    else:
        raise CourseError(f"the example class has no operation {verb!r}")


def hand_in(pupil: Pupil, release: NotebookNode, week: str, inbound: Path, submitted_at: str) -> None:
    """Leave a submission in the exchange's inbound folder, as ``nbgrader submit`` does."""
    folder = inbound / f"{pupil.name}+{week}+{submitted_at}+{secrets.token_hex(8)}"
    folder.mkdir(parents=True)
    # Not through nbformat, which would mend what this student has done to the notebook.
    text = json.dumps(homework(pupil, release), indent=1)
    name = f"{week}.ipynb"
    for verb, *rest in pupil.operations:
        if verb == "rename":
            name = rest[0]
        elif verb == "truncate":
            text = text[: int(len(text) * rest[0])]
    (folder / name).write_text(text, encoding="utf-8")
    (folder / "timestamp.txt").write_text(submitted_at)


@dataclass
class Demo:
    """What the demonstration found; `figures` is what ``--json`` writes."""

    surprises: list[str] = field(default_factory=list)
    summaries: dict[str, batch.Summary] = field(default_factory=dict)
    reports: dict[str, Path] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)


def run_demo(
    course: Course,
    folder: Path,
    *,
    weeks: Sequence[str] = (),
    workers: int = 2,
    timed: Sequence[str] | None = None,
    everyone: bool = False,
    key: str = KEY,
    say: Say = print,
) -> Demo:
    """Run the whole way of a class in `folder` (emptied first) and compare with what was expected.

    The weeks in `timed` (the first, by default) are graded twice, with `workers` workers and then again with one:
    the times are compared, and so are the scores, because a regrade must repeat them. `everyone` lets the extra
    students of each class take part too. Another `key` draws other hidden inputs; the expected scores hold for any.
    """
    shutil.rmtree(folder, ignore_errors=True)
    limits = dataclasses.replace(course.limits, cell_seconds=min(CELL_SECONDS, course.limits.cell_seconds))
    course = dataclasses.replace(course.at(folder / "data"), limits=limits)
    # A key that everybody may know, so that every run draws the same hidden inputs.
    course.secret.parent.mkdir(parents=True)
    course.secret.write_bytes(hashlib.sha256(key.encode()).digest())
    course.secret.chmod(0o600)
    demo = Demo()
    seconds = {workers: 0.0, 1: 0.0}
    graded: list[Report] = []
    submissions = met = 0
    weeks = weeks or [week.name for week in course.weeks]
    timed = weeks[:1] if timed is None else timed
    with batch.Workers(workers) as pool:
        for week in weeks:
            pupils = read_class(course.root / "tests" / "classroom" / week)
            pupils = [pupil for pupil in pupils if everyone or not pupil.extra]
            say(f"{week}: build, release; {len(pupils)} students submit; collect")
            release_and_collect(course, week, pupils, folder / "exchange")
            twice = week in timed
            for count in (workers, 1) if twice else (workers,):
                say(f"{week}: grade with {count} worker{'s'[: count > 1]}")
                # What is timed starts processes of its own, as `course grade` does.
                own = None if twice else pool
                summary = batch.grade_assignment(course, week, workers=count, force=True, pool=own)
                seconds[count] += summary.seconds if twice else 0.0
                reports = read_reports(course, week)
                surprises = [line for pupil in pupils for line in differences(pupil, reports.get(pupil.name))]
                if count == workers:
                    demo.summaries[week] = summary
                    graded += [report for report in reports.values() if report.status == "graded"]
                    submissions += len(pupils)
                    met += len(pupils) - len({line.split(":")[0] for line in surprises})
                demo.surprises += [f"{week}, {count} worker(s): {line}" for line in surprises]
            say(f"{week}: feedback and report")
            write_feedback(course, week)
            demo.reports[week] = write_report(course, week)
    demo.figures = {
        "submissions": submissions,
        "expected_scores_met": met,
        "surprises": demo.surprises,
        "overhead_seconds": spread([report.timing.overhead for report in graded]),
        "student_seconds": spread([report.timing.student for report in graded]),
        "wall_seconds": {str(count): round(value, 2) for count, value in seconds.items()},
        "workers_ratio": round(seconds[workers] / seconds[1], 3) if seconds[1] else None,
    }
    return demo


def spread(values: list[float]) -> dict[str, float]:
    """Median and 99th percentile (the smallest value that 99 % do not exceed)."""
    ordered = sorted(values)
    last = max(0, math.ceil(0.99 * len(ordered)) - 1)
    return {"median": round(statistics.median(ordered), 4), "p99": round(ordered[last], 4)}


def release_and_collect(course: Course, week: str, pupils: list[Pupil], exchange: Path) -> None:
    """Build and release the week, let everyone submit, and collect: through nbgrader's own exchange."""
    build(course, week)
    config = nbgrader_config(course)
    config.Exchange.root = str(exchange)
    config.ExchangeCollect.check_owner = False
    api = NbGraderAPI(config=config)
    with Gradebook(course.gradebook_url, course.id) as gradebook:
        for pupil in pupils:
            gradebook.update_or_create_student(pupil.name)
    _succeed(api.release_assignment(week), "nbgrader release_assignment")
    submitted_at = (course.week(week).due.astimezone(UTC) - timedelta(days=1)).strftime(
        "%Y-%m-%d %H:%M:%S UTC"
    )
    release = read_release(course, week)
    for pupil in pupils:
        hand_in(pupil, release, week, exchange / course.id / "inbound", submitted_at)
    _succeed(api.collect(week), "nbgrader collect")


def write_feedback(course: Course, week: str) -> None:
    """Write every student's feedback page with nbgrader's own ``generate_feedback``."""
    _succeed(
        NbGraderAPI(config=nbgrader_config(course)).generate_feedback(week), "nbgrader generate_feedback"
    )


def nbgrader_config(course: Course) -> Config:
    """nbgrader's configuration for this course, quiet."""
    config = Config()
    configure(config, course)
    config.Application.log_level = "ERROR"
    return config


def _succeed(result: dict[str, Any], what: str) -> None:
    if not result["success"]:
        reason = (result.get("log") or result.get("error") or "no reason given").strip().splitlines()[-1]
        raise CourseError(f"{what} failed: {reason}")


def differences(pupil: Pupil, report: Report | None) -> list[str]:
    """What a report has otherwise than expected, a line each."""
    if report is None:
        return [f"{pupil.name}: there is no report"]
    if report.status != pupil.status:
        return [f"{pupil.name}: {report.status} instead of {pupil.status} ({report.problem})"]
    lines = []
    for question in report.questions:
        expected = pupil.expected.get(question.name, question.max_points)
        if question.points is None or abs(question.points - expected) > 0.005:
            lines.append(f"{pupil.name}: {question.name} got {question.points}, expected {expected:g}")
    return lines
