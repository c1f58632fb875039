"""The one writer of grades: nbgrader's database and the autograded notebooks.

The rows and files are those of stock ``nbgrader autograde``, without the second it takes, and with three
differences. A question that could not be graded gets no score and a place in the manual queue, instead of
full points. A manual score that stands on an unchanged answer does not go back to the queue when the
submission is graded again. And whatever has no grade is held back from feedback and export (`held`).
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader import utils
from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    InvalidEntry,
    MissingEntry,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, IgnorePattern, LimitOutput
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError
from traitlets.config import Config

from autograder.config import Course, CourseError
from autograder.results import Report
from autograder.store import Recorded, read_changes, read_marker, read_reports

ATTEMPTS = 3
"""How often a write is tried that another grader's got in the way of."""

Executed = Callable[[Report], NotebookNode]
"""Gives a report's notebook: mended, with outputs, feedback and points in it."""


def open_gradebook(course: Course) -> Gradebook:
    """nbgrader's gradebook of the course, made where there is none; raises CourseError where it cannot be had."""
    if shutil.which("alembic") is None:
        # nbgrader runs alembic by name when it makes a database.
        os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    if course.gradebook_url.startswith("sqlite:///"):
        Path(course.gradebook_url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    # nbgrader logs tracebacks here of what it then raises.
    logging.getLogger("tornado.application").disabled = True
    problem: Exception | None = None
    for _ in range(ATTEMPTS):
        book = Gradebook.__new__(Gradebook)
        try:
            Gradebook.__init__(book, course.gradebook_url, course.id)
            return book
        except (SQLAlchemyError, InvalidEntry, ImportError) as error:
            problem = error
            if hasattr(book, "db"):
                book.close()
        # Where two make the tables of a new database at once, the second finds them when it looks again.
        if not isinstance(problem, IntegrityError | ProgrammingError | InvalidEntry):
            break
    assert problem is not None
    advice = "check COURSE_GRADEBOOK; after an upgrade of nbgrader run 'nbgrader db upgrade'"
    if isinstance(problem, ImportError):
        advice = "install its driver: python -m pip install 'psycopg[binary]'"
    raise CourseError(
        f"the gradebook {without_password(course.gradebook_url)} cannot be opened ({reason(problem)}): {advice}"
    ) from None


def without_password(url: str) -> str:
    """A database's URL as it may be shown."""
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "in COURSE_GRADEBOOK or course_config.py"


def reason(error: Exception) -> str:
    """The first line of what a database said."""
    said = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    return said.splitlines()[0] if said else type(error).__name__


def known_students(course: Course) -> set[str]:
    """Ids of the students in the gradebook; none where there is no gradebook yet, which is left at that."""
    url = make_url(course.gradebook_url)
    if url.get_backend_name() == "sqlite" and not os.path.exists(url.database or ""):
        return set()
    with open_gradebook(course) as gradebook:
        return {student.id for student in gradebook.students}


def add_students(
    course: Course, students: Iterable[Mapping[str, str | None]], *, dry_run: bool = False
) -> None:
    """Add or change students in the gradebook; or only see whether that could be done.

    Each is a mapping with ``id`` and perhaps ``first_name``, ``last_name`` and ``email``. Raises CourseError
    for an id that cannot be a folder's name, before anything is written.
    """
    wanted: list[tuple[str, dict[str, str]]] = []
    for student in students:
        identity = (student.get("id") or "").strip()
        if not re.fullmatch(r"[\w.@-]+", identity) or identity.startswith("."):
            raise CourseError(
                f"the student id {identity!r} cannot be used: ids hold letters, digits, _, -, @ and dots, "
                "and do not begin with a dot"
            )
        columns = ("first_name", "last_name", "email")
        wanted.append((identity, {name: value for name in columns if (value := student.get(name))}))
    if dry_run:
        return
    with open_gradebook(course) as gradebook:
        for identity, details in wanted:
            gradebook.update_or_create_student(identity, **details)


def why_held(report: Report | None) -> str | None:
    """Why a submission with this latest report is kept from export and feedback; None where it is not."""
    if report is None or report.status == "graded":
        return None
    return report.problem or report.status


def held(course: Course, week: str) -> dict[str, str]:
    """Students whose latest submission has no grade, with the reason: not to be exported or fed back."""
    reasons = {student: why_held(report) for student, report in read_reports(course, week).items()}
    return {student: reason for student, reason in reasons.items() if reason is not None}


def auto_score(cell: NotebookNode, report: Report) -> float | None:
    """The automatic score of a grade cell: the report's points for a question, otherwise nbgrader's rule."""
    name = cell.metadata.nbgrader.grade_id
    for question in report.questions:
        if question.name == name:
            points = question.points
            return None if points is None else min(max(points, 0.0), float(cell.metadata.nbgrader.points))
    score: float | None = None
    if cell.cell_type == "markdown" or utils.is_solution(cell):
        score = utils.determine_grade(cell)[0]
    return score


def kept_score(name: str, score: float | None, before: float | None, report: Report) -> float | None:
    """The new automatic score, or the one before it where a question could not be graded this time."""
    return before if score is None and name in report.could_not_grade else score


def needs_manual_grade(
    auto: float | None, manual: float | None, *, queued: bool, same_answer: bool, same_auto: bool
) -> bool:
    """Whether a grade belongs in the manual queue.

    Without a manual score: where there is no automatic one. With one: it stays `queued` or not while the
    answer and its automatic score are the same, and goes to the queue where they have changed.
    """
    if manual is None:
        return auto is None
    return queued if same_answer and same_auto else True


@dataclass(frozen=True)
class Lateness:
    """What being late costs one submission."""

    days: int
    free: int
    """Of these days, those that cost nothing."""
    share: float
    """Share of the points that is lost."""


def lateness(book: Gradebook, course: Course, week: str, student: str, seconds: float) -> Lateness:
    """What a submission loses that came so many seconds after the student's own deadline.

    Free late days are spent in the order of the deadlines: those that earlier weeks took are gone.
    """
    policy = course.late
    days, left = policy.days(seconds), policy.free_days
    for other in sorted(course.weeks, key=lambda other: other.due):
        if other.name == week or not left:
            break
        if course.exempt(student, other.name):
            continue
        try:
            taken = policy.days(book.find_submission(other.name, student).total_seconds_late)
        except MissingEntry:
            continue
        if taken <= policy.last_day:
            left -= min(left, taken)
    free = min(left, days) if days <= policy.last_day else 0
    return Lateness(days, free, policy.share(days, free))


def extend(submission: SubmittedAssignment, course: Course) -> None:
    """Give the submission the extension that course_config.py grants; one that nbgrader granted stays otherwise."""
    extension = course.extension(submission.student_id, submission.name)
    if extension is not None:
        submission.extension = extension


def late_penalties(config: Config) -> AssignLatePenalties:
    """What asks the configured late-submission plugin."""
    late = AssignLatePenalties(config=config)
    late.init_plugin()
    return late


def set_penalty(
    late: AssignLatePenalties,
    book: Gradebook,
    week: str,
    submission: SubmittedAssignment,
    submitted: SubmittedNotebook,
) -> None:
    """Set what a notebook loses for being late, from its points as they stand; the caller commits."""
    lost = None
    if submission.total_seconds_late > 0:
        score = book.db.scalar(select(SubmittedNotebook.score).where(SubmittedNotebook.id == submitted.id))
        late.assignment_id, late.gradebook = week, book
        penalty = late.plugin_inst.late_submission_penalty(
            submission.student_id, score, submission.total_seconds_late
        )
        lost = None if penalty is None else min(max(penalty, 0.0), score)
    submitted.late_submission_penalty = lost


def renew_penalties(config: Config, book: Gradebook, week: str, student: str | None = None) -> None:
    """Count the late penalties of a week again, or of one student in it.

    A penalty is a share of the points, and a submission is graded by hand after the penalty was first set.
    """
    late = late_penalties(config)
    for submission in book.assignment_submissions(week):
        if submission.total_seconds_late > 0 and student in (None, submission.student_id):
            for submitted in submission.notebooks:
                set_penalty(late, book, week, submission, submitted)
    book.db.commit()


def rules_in_words(book: Gradebook, course: Course, week: str, student: str) -> list[str]:
    """What the course's rules did to a submission, in sentences for the student."""
    submission = book.find_submission(week, student)
    sentences = []
    if course.exempt(student, week):
        sentences.append("This week does not count for you: your total is made of the others.")
    if submission.extension:
        until = submission.duedate.strftime("%d %B %Y, %H:%M UTC")
        sentences.append(f"Your deadline was extended to {until}.")
    if submission.total_seconds_late > 0:
        late = lateness(book, course, week, student, submission.total_seconds_late)
        if not late.days:
            sentences.append("It came after the deadline, but within the time that costs nothing.")
        elif late.days > course.late.last_day:
            sentences.append(
                f"It came {_days(late.days)} after the deadline: from day {course.late.last_day + 1} on nothing counts."
            )
        else:
            free = f", {_days(late.free)} of them at no cost" if late.free else ""
            sentences.append(
                f"It came {_days(late.days)} after the deadline (each day begun counts){free}: "
                f"{late.share:.0%} of the points are taken off."
            )
    return sentences


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def answer_checksums(notebook: NotebookNode) -> dict[str, str]:
    """Checksum of what the student wrote, for each grade cell: its own cell, or its question's solution."""
    cells = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if utils.is_grade(cell) or utils.is_solution(cell)
    }
    checksums = {}
    for name, cell in cells.items():
        if utils.is_grade(cell):
            answer = cell if utils.is_solution(cell) else cells.get(f"{name}-solution", cell)
            checksums[name] = utils.compute_checksum(answer)
    return checksums


def executed_submissions(course: Course, week: str) -> Executed:
    """The notebooks of a week's submissions as graded."""
    from autograder.grade import executed_notebook
    from autograder.submission import find_notebook, mend, read_notebook, read_release

    release, changes = read_release(course, week), read_changes(course, week)

    def executed(report: Report) -> NotebookNode:
        folder = course.step("submitted") / report.student / week
        notebook, _ = mend(read_notebook(find_notebook(folder, week), course.limits), release, changes)
        return executed_notebook(notebook, report)

    return executed


class Recorder:
    """Records the reports of one week, with one open gradebook.

    Raises CourseError where the week is not in the gradebook.
    """

    def __init__(
        self, course: Course, week: str, config: Config, *, executed: Executed | None = None
    ) -> None:
        self.course = course
        self.week = week
        self.executed = executed or executed_submissions(course, week)
        self.ignored = list(CourseDirectory(config=config).ignore)
        self.shorten = [IgnorePattern(config=config), LimitOutput(config=config)]
        self.late = late_penalties(config)
        self.gradebook = open_gradebook(course)
        try:
            notebook = self.gradebook.find_notebook(week, week)
        except MissingEntry:
            self.gradebook.close()
            raise CourseError(
                f"{week} is not in the gradebook {without_password(course.gradebook_url)}: "
                f"run 'course build {week}' first"
            ) from None
        self.notebook_id: str = notebook.id
        self.cells: dict[str, str] = {
            identity: name
            for identity, name in self.gradebook.db.execute(
                select(BaseCell.id, BaseCell.name).where(BaseCell.notebook_id == notebook.id)
            )
        }

    def close(self) -> None:
        """Close the gradebook."""
        self.gradebook.close()

    def students(self) -> set[str]:
        """Ids of the students in the gradebook."""
        return set(self.gradebook.db.scalars(select(Student.id)))

    def recorded(self) -> set[str]:
        """Ids of the students with a submission of this week in the gradebook."""
        return set(
            self.gradebook.db.scalars(
                select(SubmittedAssignment.student_id)
                .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
                .where(SubmittedNotebook.notebook_id == self.notebook_id)
            )
        )

    def record(self, report: Report) -> Recorded:
        """Write one report's scores and notebook, and remove the feedback on an earlier one.

        An unreadable submission leaves the gradebook as it is. Raises CourseError where the gradebook cannot
        be written.
        """
        started = time.perf_counter()
        before = read_marker(self.course, self.week, report.student)
        answers = before.answers
        if report.status != "unreadable":
            notebook = self.executed(report)
            for preprocessor in self.shorten:
                preprocessor.preprocess(notebook, {})
            answers = answer_checksums(notebook)
            self._write(notebook, report, answers, before.answers)
            self._files(notebook, report)
        # A page written for an earlier grade would contradict this one.
        shutil.rmtree(self.course.step("feedback") / report.student / self.week, ignore_errors=True)
        return Recorded(answers=answers, recording=time.perf_counter() - started)

    def _write(
        self,
        notebook: NotebookNode,
        report: Report,
        answers: Mapping[str, str],
        answers_before: Mapping[str, str],
    ) -> None:
        """Write the scores; what fails because others write, too, is done again."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._scores(notebook, report, answers, answers_before)
                return
            except (DBAPIError, InvalidEntry) as error:
                self.gradebook.db.rollback()
                if attempt == ATTEMPTS:
                    raise CourseError(
                        f"the gradebook {without_password(self.course.gradebook_url)} cannot be written "
                        f"({reason(error)}): run the same command again to go on"
                    ) from None

    def _scores(
        self,
        notebook: NotebookNode,
        report: Report,
        answers: Mapping[str, str],
        answers_before: Mapping[str, str],
    ) -> None:
        db = self.gradebook.db
        # Scores that a grader entered meanwhile must be seen.
        db.expire_all()
        # SQLAlchemy warns of nbgrader's half-made submission when it is flushed too early.
        with db.no_autoflush:
            submission = self.gradebook.update_or_create_submission(
                self.week, report.student, **self._timestamp(report.student)
            )
        extend(submission, self.course)
        # Locked in this order by everyone who grades: nobody's score is overwritten unseen, and nobody waits in a
        # circle. SQLite, which has one writer at a time, leaves the words out.
        submitted = db.scalars(
            select(SubmittedNotebook)
            .where(
                SubmittedNotebook.assignment_id == submission.id,
                SubmittedNotebook.notebook_id == self.notebook_id,
            )
            .with_for_update(of=SubmittedNotebook)
        ).one()
        grades = {
            self.cells[grade.cell_id]: grade
            for grade in db.scalars(
                select(Grade)
                .where(Grade.notebook_id == submitted.id)
                .order_by(Grade.id)
                .with_for_update(of=Grade)
                .execution_options(populate_existing=True)
            )
        }
        comments = {
            self.cells[comment.cell_id]: comment
            for comment in db.scalars(select(Comment).where(Comment.notebook_id == submitted.id))
        }
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            wanted = (grades,) * utils.is_grade(cell) + (comments,) * utils.is_solution(cell)
            if any(name not in rows for rows in wanted):
                raise CourseError(
                    f"{self.week}: the release asks for {name!r}, of which the gradebook knows nothing: run "
                    f"'course build {self.week}'"
                )
            if utils.is_grade(cell):
                grade = grades[name]
                score = kept_score(name, auto_score(cell, report), grade.auto_score, report)
                grade.needs_manual_grade = needs_manual_grade(
                    score,
                    grade.manual_score,
                    queued=grade.needs_manual_grade,
                    same_answer=answers.get(name) == answers_before.get(name),
                    same_auto=score == grade.auto_score,
                )
                grade.auto_score = score
            if utils.is_solution(cell) or utils.is_task(cell):
                comments[name].auto_comment = _auto_comment(cell)
        db.flush()
        set_penalty(self.late, self.gradebook, self.week, submission, submitted)
        if self.course.late.free_days:
            self._later_penalties(report.student)
        db.commit()

    def _later_penalties(self, student: str) -> None:
        """Count anew what later weeks lose: this one may have taken free late days, or given some back."""
        due = self.course.week(self.week).due
        for week in self.course.weeks:
            if week.due > due:
                with contextlib.suppress(MissingEntry):
                    submission = self.gradebook.find_submission(week.name, student)
                    for notebook in submission.notebooks:
                        set_penalty(self.late, self.gradebook, week.name, submission, notebook)

    def _timestamp(self, student: str) -> dict[str, Any]:
        path = self.course.step("submitted") / student / self.week / "timestamp.txt"
        try:
            return {"timestamp": utils.parse_utc(path.read_text().strip())}
        except (OSError, ValueError):
            return {}

    def _files(self, notebook: NotebookNode, report: Report) -> None:
        """Replace the student's autograded folder: the notebook, the submitted files, the course's own files."""
        folder = self.course.step("autograded") / report.student / self.week
        new = folder.with_name(f".{self.week}.new")
        old = folder.with_name(f".{self.week}.old")
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)
        new.mkdir(parents=True)
        self._copy(self.course.step("submitted") / report.student / self.week, new)
        self._copy(self.course.step("source") / self.week, new)
        (new / f"{self.week}.ipynb").write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
        for path in new.rglob("*"):
            if path.is_file():
                path.chmod(0o444)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
        shutil.rmtree(old, ignore_errors=True)

    def _copy(self, source: Path, destination: Path) -> None:
        """Copy a folder's own files, without notebooks; a student's link must not bring a foreign file in."""
        for name in utils.find_all_files(str(source), [*self.ignored, "*.ipynb"]):
            if stat.S_ISREG(os.lstat(name).st_mode):
                target = destination / os.path.relpath(name, source)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.unlink(missing_ok=True)
                shutil.copy(name, target)


def _auto_comment(cell: NotebookNode) -> str | None:
    blank = cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
    return "No response." if blank and not utils.is_task(cell) else None
