"""The page an instructor reads after a grading run: one HTML file, readable without a network."""

from __future__ import annotations

import base64
import hashlib
import os
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from autograder.config import Course, CourseError
from autograder.results import Report
from autograder.store import read_report
from autograder.views import plots

TEMPLATES = Path(__file__).parent / "templates"
MOST_FAILED = 10


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

    @property
    def share(self) -> float | None:
        """Mean share of the points; None where nothing could be graded."""
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


def write_report(
    course: Course, week: str, path: Path | None = None, *, figures: dict[str, Any] | None = None
) -> Path:
    """Write the page of a week's grading run and return where it lies.

    Args:
        course: whose reports are read (``course.reports/<week>/*.json``).
        week: the assignment's name.
        path: where to write; ``course.reports/<week>.html`` by default.
        figures: what only the run itself knows: ``seconds`` (wall-clock time) and ``workers``.

    Raises:
        CourseError: the week is unknown, or nothing has been graded yet.
    """
    title = course.week(week).title
    reports, problems = _read(course, week)
    if not reports and not problems:
        raise CourseError(f"there are no grade reports of {week} yet: run 'course grade {week}' first")
    page = render(week, title, reports, problems, course_title=course.title, figures=figures)
    path = path or course.reports / f"{week}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(page, encoding="utf-8")
    os.replace(partial, path)
    return path


def _read(course: Course, week: str) -> tuple[list[Report], list[Problem]]:
    """The durable reports of a week by student, and a problem for each file that is none."""
    reports, problems = [], []
    for file in sorted((course.reports / week).glob("*.json")):
        report = read_report(course, week, file.stem)
        if report is not None:
            reports.append(report)
        else:
            problems.append(
                Problem(file.stem, "report", f"{file.name} is no grade report: delete it and grade again")
            )
    return sorted(reports, key=lambda report: report.student), problems


def render(
    week: str,
    title: str,
    reports: Sequence[Report],
    problems: Sequence[Problem] = (),
    *,
    course_title: str = "",
    figures: dict[str, Any] | None = None,
) -> str:
    """The page's HTML. Nothing in it comes from ``TestResult.detail``, and everything is escaped."""
    questions = summarise(reports)
    graded = [report for report in reports if report.status == "graded"]
    complete = [report for report in graded if not report.could_not_grade]
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(number=_number, percent=_percent, seconds=_seconds)
    tests = [test for question in questions for test in question.tests.values()]
    failing = [test for test in tests if test.rate is not None and test.passed < test.graded]
    overheads = sorted(report.timing.overhead for report in graded)
    return environment.get_template("report.html.j2").render(
        course_title=course_title,
        week=week,
        title=title,
        reports=reports,
        questions=questions,
        problems=[*problems, *_problems(reports)],
        most_failed=sorted(failing, key=lambda test: test.rate or 0.0)[:MOST_FAILED],
        submissions=len(reports) + len(problems),
        graded=len(complete),
        could_not_grade=sum(r.status == "could_not_grade" or bool(r.could_not_grade) for r in reports),
        unreadable=sum(report.status == "unreadable" for report in reports),
        max_points=max((report.max_points for report in complete), default=0.0),
        median_score=statistics.median(r.points for r in complete) if complete else None,
        overhead=statistics.median(overheads) if overheads else None,
        overhead_p99=overheads[min(len(overheads) - 1, int(0.99 * len(overheads)))] if overheads else None,
        recording=statistics.median(r.timing.recording for r in graded) if graded else None,
        figures=figures or {},
        layers=sorted({layer for report in graded for layer in report.layers}),
        made_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        scores_plot=Markup(plots.scores(complete)) if complete else "",
        questions_plot=Markup(plots.questions([(q.name, q.share) for q in questions])) if questions else "",
        time_plot=Markup(plots.times(graded)) if graded else "",
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


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
    return list(found.values())


def _problems(reports: Sequence[Report]) -> list[Problem]:
    found = []
    for report in reports:
        if report.status != "graded":
            what = "could not be graded" if report.status == "could_not_grade" else "could not be read"
            found.append(Problem(report.student, "submission", report.problem or what))
        else:
            found += [
                Problem(report.student, name, "the grader itself failed: no grade was recorded")
                for name in report.could_not_grade
            ]
    return found


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.1f} s"
