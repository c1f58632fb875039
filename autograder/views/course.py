"""What there is to know of a whole class, as plain data: reports, gradebook, submissions and exchange put together."""

from __future__ import annotations

import os
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy
from nbgrader.api import Assignment, Student, SubmittedAssignment

from autograder import bank
from autograder.config import Course, CourseError
from autograder.exchange.store import Package
from autograder.nbgrader.gradebook import open_gradebook
from autograder.results import Report
from autograder.store import read_report
from autograder.views.items import Item, items


@dataclass(frozen=True, kw_only=True)
class Person:
    """A student: the id, and what the gradebook knows beside it."""

    id: str
    name: str = ""
    words: tuple[str, ...] = ()
    """All that tells who it is."""


@dataclass
class TestSummary:
    """How a class did in one hidden test: of `graded` answers, `passed` passed."""

    __test__ = False

    question: str
    line: str
    passed: int = 0
    graded: int = 0

    @property
    def rate(self) -> float | None:
        """Share of the graded answers that passed; None where nothing could be graded."""
        return self.passed / self.graded if self.graded else None


@dataclass
class QuestionSummary:
    """How a class did in one question."""

    name: str
    max_points: float
    points: list[float] = field(default_factory=list)
    could_not_grade: int = 0
    tests: dict[str, TestSummary] = field(default_factory=dict)
    hints: Counter[str] = field(default_factory=Counter)
    """Known mistakes by the number of students who made them."""
    item: Item = field(default_factory=lambda: Item(0, None))

    @property
    def share(self) -> float | None:
        """Mean share of the points: the higher, the easier. None where nothing could be graded."""
        if not self.points or not self.max_points:
            return None
        return statistics.fmean(self.points) / self.max_points

    @property
    def full(self) -> float | None:
        """Share of the graded submissions with full points."""
        return sum(p >= self.max_points for p in self.points) / len(self.points) if self.points else None


@dataclass(frozen=True)
class Problem:
    """Something that waits for staff."""

    student: str
    where: str
    text: str


@dataclass(kw_only=True)
class WeekFigures:
    """One week of a class. None stands for what is not known."""

    name: str
    title: str
    due: datetime
    reports: list[Report] = field(default_factory=list)
    damaged: list[Problem] = field(default_factory=list)
    """Files among the reports that are none."""
    questions: list[QuestionSummary] = field(default_factory=list)
    ungraded: list[str] = field(default_factory=list)
    """Who has submitted, but has no report yet."""
    missing: list[str] | None = None
    """Who has not submitted, the exempted left out."""
    late: dict[str, float] | None = None
    """Seconds after the student's own deadline, of those who were late."""
    attempts: dict[str, int] | None = None
    """Versions handed in through the exchange service."""

    @property
    def problems(self) -> list[Problem]:
        """All that waits for staff."""
        return [*self.damaged, *problems_of(self.reports)]

    @property
    def graded(self) -> list[Report]:
        """The reports that are graded in full."""
        return [report for report in self.reports if report.status == "graded" and not report.could_not_grade]

    @property
    def shares(self) -> list[float]:
        """Shares of the autograded points, of the reports that are graded in full."""
        return [report.points / report.max_points for report in self.graded if report.max_points]

    @property
    def max_points(self) -> float:
        """The most that can be had."""
        return max((report.max_points for report in self.graded), default=0.0)


@dataclass(kw_only=True)
class ClassFigures:
    """A class over the weeks that something has been submitted in."""

    people: dict[str, Person]
    known: str
    """Empty; or why the gradebook could not say who takes the course."""
    weeks: list[WeekFigures]

    def as_dict(self) -> dict[str, Any]:
        """The figures for machines, without code and messages."""
        return {
            "students": sorted(self.people),
            "gradebook": self.known or "read",
            "weeks": [
                {
                    "week": week.name,
                    "submissions": len(week.reports),
                    "shares": [round(share, 4) for share in week.shares],
                    "not_submitted": week.missing,
                    "not_graded_yet": week.ungraded,
                    "late_seconds": week.late,
                    "attempts": week.attempts,
                    "problems": [vars(problem) for problem in week.problems],
                    "student_seconds": {r.student: round(r.timing.student, 3) for r in week.reports},
                    "questions": [
                        {
                            "question": question.name,
                            "points": question.max_points,
                            "difficulty": question.share,
                            "full_points": question.full,
                            "discrimination": question.item.discrimination,
                            "point_biserial": question.item.tests,
                            "submissions": question.item.submissions,
                            "mistakes": dict(question.hints.most_common()),
                        }
                        for question in week.questions
                    ],
                }
                for week in self.weeks
            ],
        }


def gather(course: Course, weeks: Sequence[str] = ()) -> ClassFigures:
    """The figures of these weeks, or of all in which something was submitted."""
    people, handed_in, known = _gradebook(course)
    attempts = _attempts(course)
    found = []
    for declared in course.weeks:
        if weeks and declared.name not in weeks:
            continue
        reports, problems = read_week(course, declared.name)
        week = WeekFigures(
            name=declared.name, title=declared.title, due=declared.due, reports=reports,
            damaged=problems, questions=summarise(reports),
        )  # fmt: skip
        files = {path.parent.name for path in course.step("submitted").glob(f"*/{declared.name}")}
        rows = handed_in.get(declared.name, {})
        graded = {report.student for report in reports}
        damaged = {problem.student for problem in problems}
        submitted = graded | damaged | files | rows.keys()
        if not submitted:
            continue
        week.ungraded = sorted(submitted - graded - damaged)
        if not known:
            expected = {name for name in people if not course.exempt(name, declared.name)}
            week.missing = sorted(expected - submitted)
            week.late = {name: seconds for name, seconds in sorted(rows.items()) if seconds > 0}
        if attempts is not None:
            week.attempts = attempts.get(declared.name, {})
        for name in submitted:
            people.setdefault(name, Person(id=name, words=(name,)))
        found.append(week)
    return ClassFigures(people=people, known=known, weeks=found)


def _gradebook(course: Course) -> tuple[dict[str, Person], dict[str, dict[str, float]], str]:
    """Who takes the course, seconds after the deadline by week and student, and what stood in the way."""
    url = course.gradebook_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file():
        return {}, {}, "there is no gradebook yet"
    try:
        with open_gradebook(course) as book:
            students = book.db.execute(
                sqlalchemy.select(Student.id, Student.first_name, Student.last_name, Student.email)
            ).all()
            rows = book.db.execute(
                sqlalchemy.select(
                    Assignment.name, Assignment.duedate, SubmittedAssignment.student_id,
                    SubmittedAssignment.timestamp, SubmittedAssignment.extension,
                ).join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            ).all()  # fmt: skip
    except CourseError as problem:
        return {}, {}, str(problem)
    people = {}
    for identity, first, last, email in students:
        words = tuple(text for text in (identity, first, last, email) if text)
        people[identity] = Person(id=identity, name=" ".join(filter(None, (first, last))), words=words)
    handed_in: dict[str, dict[str, float]] = {}
    for week, due, student, moment, extension in rows:
        late = (moment - due - (extension or timedelta(0))).total_seconds() if moment and due else 0.0
        handed_in.setdefault(week, {})[student] = late
    return people, handed_in, ""


def _attempts(course: Course) -> dict[str, dict[str, int]] | None:
    """Versions handed in by week and student; None where the course has no exchange service."""
    url = os.environ.get("COURSE_EXCHANGE_DB")
    if not url:
        path = course.data / "exchange" / "exchange.db"
        if not path.is_file():
            return None
        url = f"sqlite:///file:{quote(str(path))}?mode=ro&uri=true"
    engine = sqlalchemy.create_engine(url)
    count = (
        sqlalchemy.select(Package.assignment, Package.student, sqlalchemy.func.count())
        .where(Package.kind == "submission", Package.completed.is_not(None), Package.withdrawn.is_(None))
        .group_by(Package.assignment, Package.student)
    )
    found: dict[str, dict[str, int]] = {}
    try:
        with engine.connect() as connection:
            for week, student, number in connection.execute(count):
                found.setdefault(week, {})[student] = number
    except sqlalchemy.exc.SQLAlchemyError:
        return None
    finally:
        engine.dispose()
    return found


def read_week(course: Course, week: str) -> tuple[list[Report], list[Problem]]:
    """The durable reports of a week by student, and a problem for each file that is none.

    Without what the cells have printed: no page shows it, and it is most of a report.
    """
    reports, problems = [], []
    for file in sorted((course.reports / week).glob("*.json")):
        report = read_report(course, week, file.stem)
        if report is not None:
            report.cells = []
            reports.append(report)
        else:
            problems.append(
                Problem(file.stem, "report", f"{file.name} is no grade report: delete it and grade again")
            )
    return sorted(reports, key=lambda report: report.student), problems


def summarise(reports: Sequence[Report]) -> list[QuestionSummary]:
    """The class's results by question, in the order of the notebook."""
    found: dict[str, QuestionSummary] = {}
    for report in reports:
        if report.status != "graded":
            continue
        for question in report.questions:
            summary = found.setdefault(question.name, QuestionSummary(question.name, question.max_points))
            if question.points is None:
                summary.could_not_grade += 1
            else:
                summary.points.append(question.points)
            for test in question.tests:
                entry = summary.tests.setdefault(test.name, TestSummary(question.name, test.line))
                entry.graded += test.outcome != "could_not_grade"
                entry.passed += test.outcome == "passed"
            # A student who makes one mistake that three tests notice has made it once.
            summary.hints.update({test.hint for test in question.tests if test.hint})
    for name, item in items(reports).items():
        if name in found:
            found[name].item = item
    return list(found.values())


def problems_of(reports: Sequence[Report]) -> Iterator[Problem]:
    """What waits for staff in the reports."""
    for report in reports:
        if report.status != "graded":
            what = "could not be graded" if report.status == "could_not_grade" else "could not be read"
            yield Problem(report.student, "submission", report.problem or what)
        else:
            for name in report.could_not_grade:
                yield Problem(report.student, name, "the grader itself failed: no grade was recorded")


def mistake_names(week: str) -> dict[tuple[str, str], str]:
    """What the bank calls a known mistake, by question and hint; several have the same hint now and then."""
    names: dict[tuple[str, str], list[str]] = {}
    for solution in bank.solutions(week):
        if not solution.correct:
            names.setdefault((solution.question, solution.hint), []).append(solution.name.replace("_", " "))
    return {key: ", ".join(found) for key, found in names.items()}


def now() -> str:
    """The present moment as pages show it."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
