"""Grades on their way out, as nbgrader's export plugins: a plain table, course totals, Canvas and Moodle.

Where a grade is held back, because something could not be graded, its place stays empty: no zero that nobody
has given leaves the house. Whoever has not submitted has zero points, and an exempted week is marked as such.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry, Student
from nbgrader.plugins import ExportPlugin
from traitlets import Unicode

from autograder.config import Course, CourseError, Week
from autograder.nbgrader import gradebook
from autograder.nbgrader.plugin import CourseAware

EXCUSED = "EX"
"""What Canvas writes where an assignment does not count for a student."""


@dataclass(frozen=True)
class Score:
    """What a student has in a week."""

    max_score: float
    raw: float = 0.0
    penalty: float = 0.0
    timestamp: datetime | None = None
    held: str = ""
    """Why there is no score to be given out; empty where there is one."""
    exempt: bool = False

    @property
    def points(self) -> float | None:
        """Points after the penalty; None where they are held back."""
        return None if self.held else max(0.0, round(self.raw - self.penalty, 4))


def scores(book: Gradebook, course: Course, week: str) -> dict[str, Score]:
    """Every student's score of a week, by student id. Raises CourseError for a week that is not in the gradebook."""
    try:
        most = book.find_assignment(week).max_score
    except MissingEntry:
        raise CourseError(f"{week} is not in the gradebook: run 'course build {week}' first") from None
    held = gradebook.held(course, week)
    found = {submission.student_id: submission for submission in book.assignment_submissions(week)}
    table = {}
    for student in book.students:
        submission = found.get(student.id)
        table[student.id] = Score(
            max_score=most,
            raw=submission.score if submission else 0.0,
            penalty=submission.late_submission_penalty if submission else 0.0,
            timestamp=submission.timestamp if submission else None,
            held=held.get(student.id, ""),
            exempt=course.exempt(student.id, week),
        )
    return table


def total(course: Course, by_week: Mapping[str, Score]) -> float | None:
    """A student's total in percent: the weighted mean of the weeks' shares, exempted and dropped weeks left out.

    None where a score is held back or nothing counts.
    """
    counted: list[tuple[float, float]] = []
    for week, score in by_week.items():
        if score.exempt:
            continue
        if score.points is None:
            return None
        counted.append((score.points / score.max_score if score.max_score else 0.0, course.week(week).weight))
    counted = sorted(counted)[min(course.drop_lowest, max(len(counted) - 1, 0)) :]
    weights = sum(weight for _, weight in counted)
    return round(100 * sum(share * weight for share, weight in counted) / weights, 2) if weights else None


class Exporter(CourseAware, ExportPlugin):
    """What the exporters have in common: which weeks and students, and one file that appears whole."""

    default = "grades.csv"
    held_back: list[str]
    """A line for each score of the last export that is held back."""

    def export(self, gradebook_: Gradebook) -> None:
        """Write the table to ``--to``, or to the exporter's own file name here."""
        self.held_back = []
        write_csv(Path(self.to or self.default), self.rows(gradebook_))
        for line in self.held_back:
            self.log.warning(line)

    def rows(self, book: Gradebook) -> Iterator[Iterable[Any]]:
        """The table's rows, headings first."""
        raise NotImplementedError

    def table(self, book: Gradebook) -> dict[str, dict[str, Score]]:
        """Scores by week and student, late penalties up to date; notes which of them are held back."""
        for week in self.weeks(book):
            gradebook.renew_penalties(self.config, book, week.name)
        table = {week.name: scores(book, self.course, week.name) for week in self.weeks(book)}
        self.held_back = [
            f"{week}, {student}: no score exported: {score.held}"
            for week, by_student in table.items()
            for student, score in by_student.items()
            if score.held and self.wanted(student)
        ]
        return table

    def weeks(self, book: Gradebook) -> list[Week]:
        """The weeks that were asked for, or those in the gradebook, in the course's order."""
        known = {assignment.name for assignment in book.assignments}
        for name in self.assignment:
            self.course.week(name)
        return [week for week in self.course.weeks if week.name in (self.assignment or known)]

    def wanted(self, student: str) -> bool:
        """Whether this student's row was asked for."""
        return not self.student or student in map(str, self.student)

    def students(self, book: Gradebook) -> list[Student]:
        """The students that were asked for, by id."""
        return sorted(
            (student for student in book.students if self.wanted(student.id)), key=lambda student: student.id
        )


class Table(Exporter):
    """``course export csv``: a row for each student and week."""

    columns = (
        "assignment",
        "duedate",
        "timestamp",
        "student_id",
        "last_name",
        "first_name",
        "email",
        "raw_score",
        "late_submission_penalty",
        "score",
        "max_score",
        "exempt",
    )

    def rows(self, book: Gradebook) -> Iterator[Iterable[Any]]:
        """The table's rows, headings first."""
        yield self.columns
        table = self.table(book)
        for week in self.weeks(book):
            by_student = table[week.name]
            for student in self.students(book):
                score = by_student[student.id]
                numbers = ("", "", "") if score.held else (score.raw, score.penalty, score.points)
                yield (
                    week.name,
                    week.due_utc,
                    score.timestamp or "",
                    as_text(student.id),
                    as_text(student.last_name),
                    as_text(student.first_name),
                    as_text(student.email),
                    *numbers,
                    score.max_score,
                    "yes" if score.exempt else "",
                )


class Totals(Exporter):
    """``course export totals``: a row a student, with each week's points and the total in percent."""

    default = "totals.csv"

    def rows(self, book: Gradebook) -> Iterator[Iterable[Any]]:
        """The table's rows, headings first."""
        weeks = self.weeks(book)
        table = self.table(book)
        yield ("student_id", "last_name", "first_name", *(week.name for week in weeks), "total_percent")
        for student in self.students(book):
            own = {week.name: table[week.name][student.id] for week in weeks}
            yield (
                as_text(student.id),
                as_text(student.last_name),
                as_text(student.first_name),
                *(_mark(score) for score in own.values()),
                _or_empty(total(self.course, own)),
            )


class Canvas(Exporter):
    """``course export canvas``: what Canvas's *Import grades* reads.

    With `roster`, a gradebook that Canvas exported, its students' names, numbers and sections are taken over, and
    the assignments' numbers too; a student is found by SIS Login ID or SIS User ID.
    """

    default = "canvas.csv"
    columns = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
    roster = Unicode("", help="a gradebook exported by Canvas").tag(config=True)

    def rows(self, book: Gradebook) -> Iterator[Iterable[Any]]:
        """The table's rows, headings and possible points first."""
        roster = read_roster(Path(self.roster)) if self.roster else Roster((), {})
        weeks = self.weeks(book)
        table = self.table(book)
        yield (*self.columns, *(roster.title(week) for week in weeks))
        most = [book.find_assignment(week.name).max_score for week in weeks]
        yield ("Points Possible", "", "", "", "", *most)
        for student in self.students(book):
            own = roster.students.get(student.id)
            if self.roster and own is None:
                self.log.warning(
                    "%s is not in %s: this row goes by the login alone", student.id, Path(self.roster).name
                )
            name = ", ".join(part for part in (student.last_name, student.first_name) if part) or student.id
            yield (
                *(own or (as_text(name), "", "", as_text(student.id), "")),
                *(_mark(table[week.name][student.id]) for week in weeks),
            )


class Moodle(Exporter):
    """``course export moodle``: what Moodle's *Import CSV* reads.

    There, map ``username`` to the user's name and each title to its grade item.
    """

    default = "moodle.csv"

    def rows(self, book: Gradebook) -> Iterator[Iterable[Any]]:
        """The table's rows, headings first."""
        weeks = self.weeks(book)
        table = self.table(book)
        yield ("username", "email", *(week.title for week in weeks))
        for student in self.students(book):
            own = [table[week.name][student.id] for week in weeks]
            yield (
                as_text(student.id),
                as_text(student.email),
                # Moodle knows no word for an exemption: an empty place leaves the grade as it is.
                *("" if score.exempt else _or_empty(score.points) for score in own),
            )


@dataclass(frozen=True)
class Roster:
    """What a gradebook of Canvas's own says of its students and assignments."""

    titles: tuple[str, ...]
    students: Mapping[str, tuple[str, ...]]
    """The five first columns, by SIS Login ID and by SIS User ID."""

    def title(self, week: Week) -> str:
        """The heading of a week's column: Canvas's own, or the title with the number in course_config.py."""
        for title in self.titles:
            if title.rpartition(" (")[0] == week.title:
                return title
        return f"{week.title} ({week.canvas_id})" if week.canvas_id is not None else week.title


def read_roster(path: Path) -> Roster:
    """Read a gradebook that Canvas exported; raises CourseError where it is none."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise CourseError(f"{path} is no CSV file in UTF-8: {error}") from None
    heading = rows[0] if rows else []
    missing = [name for name in Canvas.columns if name not in heading]
    if missing:
        raise CourseError(
            f"{path} is no gradebook of Canvas: its first row lacks {', '.join(missing)}; "
            "export one from Canvas with Grades → Export"
        )
    at = [heading.index(name) for name in Canvas.columns]
    students: dict[str, tuple[str, ...]] = {}
    for row in rows[1:]:
        if len(row) >= len(heading) and not row[at[0]].strip().startswith("Points Possible"):
            own = tuple(row[index] for index in at)
            for key in (own[2], own[3]):
                if key:
                    students[key] = own
    return Roster(tuple(name for name in heading if name not in Canvas.columns), students)


def as_text(name: str | None) -> str:
    """A name that a spreadsheet takes for text, and not for a formula to be computed."""
    return f"'{name}" if name and name[0] in "=+-@\t\r" else name or ""


def _mark(score: Score) -> str:
    return EXCUSED if score.exempt else _or_empty(score.points)


def _or_empty(number: float | None) -> str:
    return "" if number is None else f"{number:g}"


def write_csv(path: Path, rows: Iterable[Iterable[Any]]) -> None:
    """Write a table so that it is there whole or not at all; raises CourseError where it cannot be written."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    try:
        descriptor, new = tempfile.mkstemp(dir=path.parent or Path(), prefix=f".{path.name}.")
        with os.fdopen(descriptor, "w", newline="", encoding="utf-8") as file:
            file.write(text.getvalue())
        os.chmod(new, 0o600)
        os.replace(new, path)
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror}") from None
