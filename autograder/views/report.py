"""The pages an instructor reads: the class, a week, a question, a student. HTML that needs no network.

They lie beside the reports, readable by their owner only: ``reports/index.html``, ``reports/<week>.html``, and
below ``reports/pages/`` a page a question and a page a student. Only the pages of questions hold no names.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import os
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from autograder.config import Course, CourseError
from autograder.keys import course_secret
from autograder.results import Report
from autograder.views import plots
from autograder.views.course import (
    ClassFigures,
    Problem,
    QuestionSummary,
    WeekFigures,
    gather,
    mistake_names,
    now,
    problems_of,
    summarise,
)
from autograder.views.examples import Examples
from autograder.views.files import write_private

TEMPLATES = Path(__file__).parent / "templates"
MOST_FAILED = 10
MOST_MISTAKES = 25
PAGES = "pages"
STUDENTS = "students"


def write_report(
    course: Course, week: str, path: Path | None = None, *, figures: dict[str, Any] | None = None
) -> Path:
    """Write the page of a week's grading run and return where it lies.

    Args:
        course: whose reports are read (``course.reports/<week>/*.json``).
        week: the assignment's name.
        path: where to write that page alone; by default it is ``course.reports/<week>.html``, and the pages of the
            week's questions are written too.
        figures: what only the run itself knows: ``seconds`` (wall-clock time) and ``workers``.

    Raises:
        CourseError: the week is unknown, or nothing has been graded yet.
    """
    course.week(week)
    found = gather(course, [week])
    if not found.weeks or not (found.weeks[0].reports or found.weeks[0].problems):
        raise CourseError(f"there are no grade reports of {week} yet: run 'course grade {week}' first")
    if path is not None:
        write_private(path, _week_page(course, found.weeks[0], figures=figures))
        return path
    return _write_week(course, found, found.weeks[0], figures=figures)


def write_site(course: Course) -> tuple[Path, ClassFigures]:
    """Write all pages; returns where the class's page lies, and the figures. Raises CourseError before any grading."""
    found = gather(course)
    if not any(week.reports or week.problems for week in found.weeks):
        raise CourseError("nothing has been graded yet: run 'course grade WEEK' first")
    folder = course.reports / PAGES / STUDENTS
    index = course.reports / "index.html"
    wanted = {f"{name}.html" for name in found.people}
    for old in folder.glob("*.html"):
        if old.name not in wanted:
            old.unlink()
    medians = {week.name: statistics.median(week.shares) for week in found.weeks if week.shares}
    by_week = {week.name: {report.student: report for report in week.reports} for week in found.weeks}
    for name in found.people:
        write_private(folder / f"{name}.html", _student_page(course, found, name, by_week, medians))
    write_private(index, class_page(course, found, linked=True))
    for week in found.weeks:
        if week.reports or week.problems:
            _write_week(course, found, week)
    return index, found


def _write_week(
    course: Course, found: ClassFigures, week: WeekFigures, *, figures: dict[str, Any] | None = None
) -> Path:
    folder = course.reports / PAGES / week.name
    wanted = {f"{question.name}.html" for question in week.questions}
    for old in folder.glob("*.html"):
        if old.name not in wanted:
            old.unlink()
    # Without a secret nothing was ever graded here; then an alias holds for one making of the pages.
    secret = course_secret(course.secret) if course.secret.is_file() else os.urandom(32)
    examples = Examples(course, week, list(found.people.values()), secret)
    for question in week.questions:
        write_private(folder / f"{question.name}.html", _question_page(course, week, question, examples))
    path = course.reports / f"{week.name}.html"
    write_private(path, _week_page(course, week, figures=figures, linked=True))
    return path


def page(template: str, **values: Any) -> str:
    """One of the templates as a page, with its script, its style and the time."""
    script, script_hash = _script()
    values = {"links": (), "made_at": now(), **values}
    return _environment().get_template(template).render(script=script, script_hash=script_hash, **values)


@functools.cache
def _script() -> tuple[Markup, str]:
    script = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    return Markup(script), base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters.update(number=_number, percent=_percent, seconds=_seconds, lateness=_lateness)
    return environment


def _week_page(
    course: Course, week: WeekFigures, *, figures: dict[str, Any] | None = None, linked: bool = False
) -> str:
    links: list[tuple[str, str]] = []
    students: dict[str, str] = {}
    if linked:
        if (course.reports / "index.html").is_file():
            links.append(("The class", "index.html"))
        alike = f"{week.name}-similarity.html"
        if (course.reports / alike).is_file():
            links.append(("Answers that are alike", alike))
        there = {path.stem for path in (course.reports / PAGES / STUDENTS).glob("*.html")}
        students = student_links(there, f"{PAGES}/{STUDENTS}")
    return render(
        week.name, week.title, week.reports, week.damaged,
        course_title=course.title, figures=figures, week_figures=week, links=links,
        question_links=f"{PAGES}/{week.name}" if linked else "", student_links=students,
    )  # fmt: skip


def student_links(names: set[str], folder: str) -> dict[str, str]:
    """Where the students' pages lie, by student."""
    return {name: f"{folder}/{quote(name, safe='')}.html" for name in names}


def render(
    week: str,
    title: str,
    reports: Sequence[Report],
    problems: Sequence[Problem] = (),
    *,
    course_title: str = "",
    figures: dict[str, Any] | None = None,
    week_figures: WeekFigures | None = None,
    links: Sequence[tuple[str, str]] = (),
    question_links: str = "",
    student_links: Mapping[str, str] | None = None,
) -> str:
    """The HTML of a week's page. Nothing in it comes from ``TestResult.detail``, and everything is escaped."""
    questions = week_figures.questions if week_figures is not None else summarise(reports)
    graded = [report for report in reports if report.status == "graded"]
    complete = [report for report in graded if not report.could_not_grade]
    tests = [test for question in questions for test in question.tests.values()]
    failing = [test for test in tests if test.rate is not None and test.passed < test.graded]
    overheads = sorted(report.timing.overhead for report in graded)
    return page(
        "report.html.j2",
        course_title=course_title,
        week=week,
        title=title,
        reports=reports,
        questions=questions,
        problems=[*problems, *problems_of(reports)],
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
        scores_plot=Markup(plots.scores(complete)) if complete else "",
        questions_plot=Markup(plots.questions([(q.name, q.share) for q in questions])) if questions else "",
        time_plot=Markup(plots.times(graded)) if graded else "",
        known=week_figures,
        links=links,
        question_links=question_links,
        student_links=student_links or {},
    )


def class_page(course: Course, found: ClassFigures, *, linked: bool) -> str:
    """The HTML of the class's page; with links where the other pages lie beside it."""
    weeks = [week for week in found.weeks if week.reports or week.problems]
    known = {week.name: mistake_names(week.name) for week in weeks}
    mistakes: list[dict[str, Any]] = [
        {
            "week": week.name,
            "question": question.name,
            "hint": hint,
            "name": known[week.name].get((question.name, hint), ""),
            "students": number,
            "of": len(question.points),
        }
        for week in weeks
        for question in week.questions
        for hint, number in question.hints.items()
    ]
    mistakes.sort(key=lambda mistake: (-mistake["students"], mistake["week"], mistake["question"]))
    rows = [(week, question) for week in weeks for question in week.questions]
    scored = [week for week in weeks if week.shares]
    measured = [(f"{w.name}: {q.name}", q.share, q.item.discrimination) for w, q in rows]
    by_week = {week.name: {report.student: report for report in week.reports} for week in weeks}
    students = []
    for name in sorted(found.people):
        shares = [_share(by_week[week.name].get(name)) for week in weeks]
        had = [share for share in shares if share is not None]
        students.append((name, found.people[name].name, shares, statistics.fmean(had) if had else None))
    return page(
        "class.html.j2",
        title=course.title,
        people=found.people,
        known=found.known,
        weeks=weeks,
        spreads={week.name: _quartiles(week.shares) for week in scored},
        seconds={week.name: _times(week) for week in weeks},
        waiting=sum(len(week.problems) for week in weeks),
        submissions=sum(len(week.reports) for week in weeks),
        rows=rows,
        mistakes=mistakes[:MOST_MISTAKES],
        all_mistakes=len(mistakes),
        students=students,
        weeks_plot=Markup(plots.weeks([(week.name, week.shares) for week in scored])) if scored else "",
        items_plot=Markup(
            plots.items([(name, s, d) for name, s, d in measured if s is not None and d is not None])
        ),
        pages=PAGES if linked else "",
        student_links=student_links(set(found.people), f"{PAGES}/{STUDENTS}") if linked else {},
    )


def _share(report: Report | None) -> float | None:
    """The share of the autograded points, where a submission is graded in full."""
    if report is None or report.status != "graded" or report.could_not_grade or not report.max_points:
        return None
    return report.points / report.max_points


def _quartiles(shares: Sequence[float]) -> tuple[float, float, float]:
    low, middle, high = np.quantile(shares, [0.25, 0.5, 0.75])
    return float(low), float(middle), float(high)


def _times(week: WeekFigures) -> tuple[float | None, float | None]:
    """Seconds that the students' own code took: median, and what 99 % do not exceed."""
    seconds = sorted(report.timing.student for report in week.reports if report.status == "graded")
    if not seconds:
        return None, None
    return statistics.median(seconds), seconds[min(len(seconds) - 1, int(0.99 * len(seconds)))]


def _question_page(course: Course, week: WeekFigures, question: QuestionSummary, examples: Examples) -> str:
    names = mistake_names(week.name)
    points: dict[float, int] = {}
    for value in sorted(question.points):
        points[value] = points.get(value, 0) + 1
    return page(
        "question.html.j2",
        title=course.title,
        week=week,
        question=question,
        points=points,
        mistakes=[
            (hint, names.get((question.name, hint), ""), number, examples.of_mistake(question.name, hint))
            for hint, number in question.hints.most_common()
        ],
        others=examples.of_unknown(question.name),
        links=[(week.title, f"../../{week.name}.html")],
    )


def _student_page(
    course: Course,
    found: ClassFigures,
    name: str,
    by_week: Mapping[str, Mapping[str, Report]],
    medians: Mapping[str, float],
) -> str:
    here = course.reports / PAGES / STUDENTS
    rows: list[dict[str, Any]] = []
    for week in found.weeks:
        report = by_week[week.name].get(name)
        feedback = course.step("feedback") / name / week.name / f"{week.name}.html"
        rows.append(
            {
                "week": week,
                "report": report,
                "share": _share(report),
                "median": medians.get(week.name),
                "late": None if week.late is None else week.late.get(name, 0.0),
                "attempts": None if week.attempts is None else week.attempts.get(name, 0),
                "state": _state(course, week, name, report),
                "feedback": quote(os.path.relpath(feedback, here)) if feedback.is_file() else "",
            }
        )
    return page(
        "student.html.j2",
        title=course.title,
        student=found.people[name],
        rows=rows,
        trend=Markup(plots.trend([(row["week"].name, row["share"], row["median"]) for row in rows])),
        links=[("The class", "../../index.html")],
    )


def _state(course: Course, week: WeekFigures, name: str, report: Report | None) -> str:
    if report is not None:
        return report.problem or report.status.replace("_", " ")
    if name in week.ungraded:
        return "submitted, not graded yet"
    if any(problem.student == name for problem in week.problems):
        return "the report is damaged"
    return "exempt" if course.exempt(name, week.name) else "not submitted"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.1f} s"


def _lateness(seconds: float) -> str:
    """A time after the deadline in words."""
    minutes = round(seconds / 60)
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
