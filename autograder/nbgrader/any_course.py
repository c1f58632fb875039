"""Any nbgrader course as a `Course`, so that ``course grade`` grades it in parallel and goes on after a kill.

Each worker runs nbgrader's own ``Autograde`` on one submission at a time, with the notebooks in the sandbox
(`autograder.nbgrader.drop_in`). Only one worker at a time is outside the sandbox's part: SQLite takes one writer.
"""

from __future__ import annotations

import contextlib
import fcntl
import glob
import hashlib
import json
import logging
import re
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SAWarning

from autograder.config import REPOSITORY, Course, CourseError, Limits, Week
from autograder.results import QuestionResult, Report, Submission, TestResult
from autograder.store import Recorded, marker_path, read_reports, report_path, submission_digest

if TYPE_CHECKING:
    from nbgrader.apps.baseapp import NbGrader

    from autograder.batch import Parts

STRUCTURE = "{nbgrader_step}/{student_id}/{assignment_id}"
OURS = re.compile(
    r"^\s*(from\s+autograder\.nbgrader\s+import\s.*\bdrop_in\b|(from|import)\s+autograder\.nbgrader\.drop_in\b)",
    re.M,
)
NEVER = "9999-12-31T00:00:00+00:00"


def is_one(folder: Path) -> bool:
    """Whether a folder's ``nbgrader_config.py`` uses the engine as a part of nbgrader."""
    try:
        return OURS.search((folder / "nbgrader_config.py").read_text(encoding="utf-8")) is not None
    except (OSError, UnicodeDecodeError):
        return False


@dataclass(frozen=True, kw_only=True)
class Assignment(Week):
    """An assignment of an nbgrader course, by whatever name; its deadline is the gradebook's matter."""

    def __post_init__(self) -> None:
        """Take any name."""


@dataclass(frozen=True, kw_only=True)
class AnyCourse(Course):
    """An nbgrader course: its folders and gradebook are those that nbgrader's configuration names."""

    folders: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        """Take any id."""

    def week(self, name: str) -> Week:
        """The assignment of that name; raises CourseError naming those in the gradebook."""
        for week in self.weeks:
            if week.name == name:
                return week
        known = ", ".join(week.name for week in self.weeks) or "none"
        raise CourseError(
            f"there is no assignment {name!r} in the gradebook {self.gradebook}; there is: {known}. "
            f"Make it with 'nbgrader generate_assignment {name}'"
        )

    def step(self, name: str) -> Path:
        """The folder of one of nbgrader's steps."""
        return Path(dict(self.folders)[name])


def application(folder: Path) -> NbGrader:
    """An nbgrader application with the configuration of the course in a folder.

    Raises CourseError where the configuration cannot be read.
    """
    from nbgrader.apps.baseapp import NbGrader

    app = NbGrader()
    app.raise_config_file_errors = True
    try:
        app.initialize([], root=str(folder))
    except Exception as error:
        raise CourseError(
            f"{folder / 'nbgrader_config.py'} cannot be read: {type(error).__name__}: {error}"
        ) from None
    # What nbgrader has to say of a submission is read from its log; on the screen it would be in the way.
    for handler in list(app.log.handlers):
        if not isinstance(handler, logging.FileHandler):
            app.log.removeHandler(handler)
    return app


def open_course(folder: Path) -> AnyCourse:
    """The nbgrader course in a folder, with the assignments that its gradebook has.

    Raises CourseError where the configuration cannot be read or leads elsewhere than a grading run can go.
    """
    from nbgrader.api import Gradebook

    app = application(folder)
    directory, own = app.coursedir, app.config.ExecuteInSandbox
    if "limits" not in own:
        raise CourseError(
            f"{folder / 'nbgrader_config.py'} imports the engine and does not use it: add drop_in.use(get_config())"
        )
    if directory.directory_structure != STRUCTURE:
        raise CourseError(
            f"CourseDirectory.directory_structure is {directory.directory_structure!r}: 'course grade' knows "
            f"{STRUCTURE!r} only; 'nbgrader autograde' works here"
        )
    steps = {
        step: str(Path(directory.root) / getattr(directory, f"{step}_directory"))
        for step in ("source", "release", "submitted", "autograded", "feedback")
    }
    with Gradebook(directory.db_url, directory.course_id) as book:
        notebooks = {assignment.name: len(assignment.notebooks) for assignment in book.assignments}
    limits = Limits(**own.limits)
    # A submission may take as long as all its notebooks together.
    seconds = limits.submission_seconds * max(1, *notebooks.values(), 1)
    root = Path(directory.root)
    return AnyCourse(
        id=directory.course_id,
        title=directory.course_id,
        weeks=tuple(
            Assignment(name=name, title=name, reference="", deadline=NEVER) for name in sorted(notebooks)
        ),
        limits=Limits(submission_seconds=seconds),
        root=root,
        data=root / ".course-grade",
        folders=tuple(steps.items()),
        gradebook=directory.db_url,
    )


class Turn:
    """The right to use the gradebook and the course's folders, which one process has at a time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "a")  # noqa: SIM115 - held as long as the engine lives

    def close(self) -> None:
        """Give up the file."""
        self._file.close()

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Have the turn."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    @contextlib.contextmanager
    def given_up(self) -> Iterator[None]:
        """Let others have the turn meanwhile."""
        fcntl.flock(self._file, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_EX)


class Engine:
    """Grades one submission after another with nbgrader's ``Autograde`` and one warm sandbox."""

    def __init__(self, course: Course, week: str) -> None:
        from autograder.nbgrader import drop_in

        self.process = drop_in.HERE
        self._collect(course, week)

    def turn_to(self, course: Course, week: str) -> None:
        """Grade another assignment from now on; the engine is closed where that raises."""
        self.turn.close()
        try:
            self._collect(course, week)
        except BaseException:
            self.close()
            raise

    def _collect(self, course: Course, week: str) -> None:
        from nbgrader.api import Gradebook

        self.course = course
        self.week = week
        self.app = application(course.root)
        with Gradebook(course.gradebook_url, course.id) as book:
            self.notebooks = [notebook.name for notebook in book.find_assignment(week).notebooks]
        self.turn = Turn(course.data / "turn.lock")
        self.process.pause = self.turn.given_up
        own = self.app.config.ExecuteInSandbox
        # Warm before the first submission, whose time this is not.
        self.process.sandbox(Limits(**own.limits), own.preload, own.sandbox_minimum)

    def close(self) -> None:
        """End the sandbox."""
        self.process.pause = contextlib.nullcontext
        self.process.close()
        self.turn.close()

    def grade(self, submission: Submission, before: Report | None = None) -> Report:
        """The report of one submission, whose scores are in the gradebook by then; nothing is kept of an earlier one.

        Raises SandboxError for a fault of the infrastructure: such a run is to be repeated, never recorded.
        """
        del before
        started = time.perf_counter()
        report = Report(assignment=self.week, student=submission.student, status="graded")
        self.process.student_seconds, self.process.fault = 0.0, None
        problem = unreadable(Path(submission.folder), self.notebooks)
        if problem:
            report.status, report.problem = "unreadable", problem
        else:
            with self.turn.taken(), warnings.catch_warnings():
                # SQLAlchemy warns of nbgrader's half-made submissions.
                warnings.simplefilter("ignore", SAWarning)
                started = time.perf_counter()  # waiting for others is nobody's overhead
                self._autograde(submission.student, report)
        report.layers = list(self.process.layers)
        report.timing.student = self.process.student_seconds
        report.timing.overhead = time.perf_counter() - started - report.timing.student
        report.graded_at = datetime.now(UTC).isoformat(timespec="seconds")
        return report

    def _autograde(self, student: str, report: Report) -> None:
        from nbgrader.converters import Autograde
        from nbgrader.utils import capture_log

        directory = self.app.coursedir
        # nbgrader takes the student's id for a pattern.
        directory.assignment_id, directory.student_id = self.week, glob.escape(student)
        converter = Autograde(coursedir=directory, parent=self.app)
        converter.force = True
        done = capture_log(converter)
        if self.process.fault is not None:
            raise self.process.fault
        if not done["success"]:
            report.status = "could_not_grade"
            report.problem = last_words(done.get("log") or done.get("error") or "")
            return
        report.questions = list(self._scores(student))

    def _scores(self, student: str) -> Iterator[QuestionResult]:
        from nbgrader.api import Gradebook

        with Gradebook(self.course.gradebook_url, self.course.id) as book:
            for notebook in book.find_submission(self.week, student).notebooks:
                for grade in sorted(notebook.grades, key=lambda grade: str(grade.name)):
                    if grade.auto_score is not None:
                        name = f"{notebook.name}/{grade.name}" if len(self.notebooks) > 1 else grade.name
                        yield question(name, grade.auto_score, grade.max_score)


def question(name: str, score: float, most: float) -> QuestionResult:
    """A grade cell's automatic score, in a report's form: a test that was passed, and one that was not."""
    line = "nbgrader's own rules"
    earned = TestResult(name=name, weight=score if most else 1.0, outcome="passed", line=line)
    lost = TestResult(name=name, weight=most - score, outcome="failed", line=line)
    return QuestionResult(name=name, max_points=most, tests=[earned, lost])


def unreadable(folder: Path, notebooks: Sequence[str]) -> str:
    """Why a submission cannot be read; empty where all that the assignment asks for is there and is a notebook."""
    import nbformat

    for name in notebooks:
        path = folder / f"{name}.ipynb"
        if not path.exists():
            continue  # nbgrader gives no points for it, and grades the others
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of notebooks that are old: nbgrader takes them
                nbformat.read(path, as_version=4)
        except Exception as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            return f"{path.name} is no readable notebook ({reason[:120]}): ask the student to submit again"
    if not any((folder / f"{name}.ipynb").exists() for name in notebooks):
        wanted = ", ".join(f"{name}.ipynb" for name in notebooks)
        return f"there is none of the assignment's notebooks in {folder} ({wanted}): ask the student for them"
    return ""


def last_words(log: str) -> str:
    """The reason in nbgrader's log: the last exception, or the last thing that it said."""
    found = re.findall(r"^\s*(?:[\w.]+\.)?(\w*(?:Error|Exception|Entry)): (.+)$", log, re.M)
    if found:
        name, text = found[-1]
        return text if name == "CourseError" else f"{name}: {text}"
    lines = log.strip().splitlines()
    return lines[-1] if lines else "nbgrader gave no reason"


class Recorder:
    """What the gradebook has already: the workers write it themselves, through nbgrader."""

    def __init__(self, course: Course, week: str) -> None:
        from nbgrader.api import Gradebook
        from nbgrader.converters import Autograde

        self.course = course
        self.week = week
        self.book = Gradebook(course.gradebook_url, course.id)
        app = application(course.root)
        self.takes_anybody = bool(Autograde(coursedir=app.coursedir, parent=app).create_student)
        self._forget_what_is_gone()

    def _forget_what_is_gone(self) -> None:
        """Have those graded again whose scores or notebooks were removed since."""
        recorded = self.recorded()
        for student, report in read_reports(self.course, self.week).items():
            folder = self.course.step("autograded") / student / self.week
            if report.status == "graded" and not (student in recorded and folder.is_dir()):
                report_path(self.course, self.week, student).unlink()
                marker_path(self.course, self.week, student).unlink(missing_ok=True)

    def students(self) -> set[str]:
        """Ids of the students who can be graded: nbgrader adds whoever has submitted, unless it was told not to."""
        known = {student.id for student in self.book.students}
        if self.takes_anybody:
            known |= {path.parent.name for path in self.course.step("submitted").glob(f"*/{self.week}")}
        return known

    def recorded(self) -> set[str]:
        """Ids of the students with a submission of this assignment in the gradebook."""
        return {submission.student_id for submission in self.book.assignment_submissions(self.week)}

    def record(self, report: Report) -> Recorded:
        """Note that all is recorded."""
        del report
        return Recorded()

    def close(self) -> None:
        """Close the gradebook."""
        self.book.close()


def environment(course: Course, week: str) -> str:
    """Digest of everything but the submission that a grade depends on: tests, points, files, settings, versions."""
    from nbgrader.api import Gradebook

    engine = REPOSITORY / "autograder"
    parts: list[Any] = [sys.version, version("nbgrader"), version("ipython")]
    for path in sorted(
        [engine / "nbgrader" / "drop_in.py", engine / "grade.py", *(engine / "sandbox").glob("*.py")]
    ):
        parts.append(hashlib.sha256(path.read_bytes()).hexdigest())
    parts.append(hashlib.sha256((course.root / "nbgrader_config.py").read_bytes()).hexdigest())
    parts.append(submission_digest(course.step("source") / week))
    with Gradebook(course.gradebook_url, course.id) as book:
        assignment = book.find_assignment(week)
        parts.append(str(assignment.duedate))
        for notebook in sorted(assignment.notebooks, key=lambda notebook: notebook.name):
            parts += [notebook.name, notebook.kernelspec]
            cells = [*notebook.grade_cells, *notebook.task_cells]
            parts += sorted([cell.name, cell.max_score] for cell in cells)
            parts += sorted(
                [cell.name, cell.cell_type, cell.locked, cell.source or ""] for cell in notebook.source_cells
            )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def parts() -> Parts:
    """What a grading run of such a course is made of."""
    from autograder.batch import Parts

    return Parts(engine=Engine, recorder=Recorder, environment=environment, nursery=False)
