"""The engine inside stock nbgrader: ``nbgrader autograde``, formgrader, feedback and export.

`plug_in` puts the classes of this module in the places of nbgrader's own. ``nbgrader autograde`` then grades
in the sandbox and leaves the rows that ``course grade`` would.
"""

from __future__ import annotations

import atexit
import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbconvert.preprocessors import ClearMetadataPreprocessor, CSSHTMLHeaderPreprocessor
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearHiddenTests,
    Execute,
    GetGrades,
    IgnorePattern,
    LimitOutput,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from traitlets import Unicode
from traitlets.config import Config, Configurable

from autograder import store
from autograder.config import Course, CourseError, load_course
from autograder.keys import course_secret, submission_key
from autograder.nbgrader import gradebook
from autograder.nbgrader.feedback import arrange
from autograder.results import Report, Submission, to_json

if TYPE_CHECKING:
    from autograder.grade import Engine


def _engine(course: Course, week: str) -> Engine:
    from autograder.grade import Engine

    return Engine(course, week)


def _environment(course: Course, week: str) -> str:
    from autograder.grade import environment_digest

    return environment_digest(course, week)


# What grades, and what its grades depend on: replaced in tests.
ENGINE: Callable[[Course, str], Engine] = _engine
ENVIRONMENT: Callable[[Course, str], str] = _environment
EXECUTED: Callable[[Course, str], gradebook.Executed] = gradebook.executed_submissions

TEMPLATES = Path(__file__).parent / "templates"


class CourseAware(Configurable):
    """A part of nbgrader that knows the course."""

    declared_in = Unicode("", help="The course's course_config.py; empty for this repository's.").tag(
        config=True
    )
    data = Unicode("", help="The folder with the course's data; empty for the course's own.").tag(config=True)

    @property
    def course(self) -> Course:
        """The course declared in `declared_in`, with its data in `data`."""
        course = load_course(Path(self.declared_in) if self.declared_in else None)
        return dataclasses.replace(course, data=Path(self.data).resolve()) if self.data else course


class SandboxedExecute(CourseAware, Execute):
    """Grades the submission in the sandbox, in the place of nbgrader's own execution.

    The notebook that goes on is the mended submission with its outputs, and with feedback and points in its
    check cells. Raises CourseError for an unreadable submission.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any], km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Grade, store the report, and return the executed notebook."""
        course, week = self.course, resources["nbgrader"]["assignment"]
        course.week(week)
        student = resources["nbgrader"]["student"]
        folder = course.step("submitted") / student / week
        key = submission_key(course_secret(course.secret), student, week)
        with store.only_run(course):
            engine = _warm_engine(course, week)
            try:
                report = engine.grade(
                    Submission(student=student, assignment=week, folder=str(folder), key=key)
                )
            except Exception:
                _close_engines()
                raise
            report.key = store.report_key(ENVIRONMENT(course, week), folder, key)
            store.write_durably(store.report_path(course, week, student), to_json(report))
        if report.status == "unreadable":
            raise CourseError(f"{student}: {report.problem}")
        resources["report"] = report
        return EXECUTED(course, week)(report), resources


class SaveGrades(CourseAware, SaveAutoGrades):
    """nbgrader's SaveAutoGrades with the three differences that `autograder.nbgrader.gradebook` names."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Save the scores; raises CourseError where the notebook was not executed (``--no-execute``)."""
        report: Report | None = resources.get("report")
        if report is None:
            raise CourseError(
                "the submission was not executed, so nbgrader would give every question full points: "
                "leave out --no-execute"
            )
        course, week, student = self.course, report.assignment, report.student
        self.report = report
        self.answers = gradebook.answer_checksums(nb)
        self.answers_before = store.read_marker(course, week, student).answers
        nb, resources = super().preprocess(nb, resources)
        with Gradebook(self.db_url) as book:
            gradebook.extend(book.find_submission(week, student), course)
            book.db.commit()
        store.mark_recorded(course, week, student, store.Recorded(answers=self.answers))
        return nb, resources

    def _add_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        name = cell.metadata.nbgrader.grade_id
        grade = self.gradebook.find_grade(name, self.notebook_id, self.assignment_id, self.student_id)
        score = gradebook.kept_score(
            name, gradebook.auto_score(cell, self.report), grade.auto_score, self.report
        )
        grade.needs_manual_grade = gradebook.needs_manual_grade(
            score,
            grade.manual_score,
            queued=grade.needs_manual_grade,
            same_answer=self.answers.get(name) == self.answers_before.get(name),
            same_auto=score == grade.auto_score,
        )
        grade.auto_score = score
        self.gradebook.db.commit()


class HoldBack(CourseAware, NbGraderPreprocessor):
    """Refuses feedback for a submission that has no grade."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook as it is; raises CourseError where the submission is held back."""
        facts = resources["nbgrader"]
        report = store.read_report(self.course, facts["assignment"], facts["student"])
        reason = gradebook.why_held(report)
        if reason is not None:
            raise CourseError(f"{facts['student']}: no feedback before there is a grade: {reason}")
        return nb, resources


class Grades(CourseAware, GetGrades):
    """What the feedback page says: scores, what waits for a human, what was checked, what the course's rules did."""

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        """Put the scores and results into the cells, and the rest into the resources, with one look at the gradebook.

        A late penalty is brought up to date first: it may be older than the points given by hand.
        """
        facts = resources["nbgrader"]
        self.notebook_id, self.assignment_id, self.student_id = (
            facts[name] for name in ("notebook", "assignment", "student")
        )
        course, week, student = self.course, self.assignment_id, self.student_id
        with Gradebook(facts["db_url"]) as self.gradebook:
            gradebook.renew_penalties(self.config, self.gradebook, week, student)
            nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
            submission = self.gradebook.find_submission(week, student)
            submitted = self.gradebook.find_submission_notebook(self.notebook_id, week, student)
            penalty = submitted.late_submission_penalty or 0
            facts.update(
                score=submitted.score - penalty,
                max_score=submitted.max_score,
                late_penalty=penalty,
                rules=gradebook.rules_in_words(self.gradebook, course, week, student),
                submitted=submission.timestamp and submission.timestamp.strftime("%d %B %Y, %H:%M UTC"),
            )
        rows = arrange(nb, store.read_report(course, week, student))
        facts.update(
            course=course.title,
            title=next((known.title for known in course.weeks if known.name == week), week),
            questions=rows,
            waiting_points=sum(row["points"] for row in rows if row["waiting"]),
        )
        return nb, resources

    def _get_score(self, cell: NotebookNode, resources: dict[str, Any]) -> None:
        grade = self.gradebook.find_grade(
            cell.metadata.nbgrader["grade_id"], self.notebook_id, self.assignment_id, self.student_id
        )
        cell.metadata.nbgrader.update(
            score=grade.score,
            points=grade.max_score,
            extra_credit=grade.extra_credit,
            waiting=bool(grade.needs_manual_grade and grade.manual_score is None),
            by_hand=grade.manual_score is not None and grade.auto_score is not None,
        )


class ModelAnswer(CourseAware):
    """A filter for formgrader's page: what the instructor's version of the notebook has in an answer's place."""

    def __call__(self, cell: NotebookNode, assignment: str, notebook: str) -> str:
        """The model answer and rubric for a cell that is graded by hand; empty for all others."""
        facts = cell.metadata.get("nbgrader", {})
        if not ((facts.get("grade") and facts.get("solution")) or facts.get("task")):
            return ""
        path = self.course.step("source") / assignment / f"{notebook}.ipynb"
        try:
            answers = _model_answers(path, path.stat().st_mtime_ns)
        except (OSError, ValueError):
            return ""
        return answers.get(facts["grade_id"], "")


@functools.lru_cache(maxsize=16)
def _model_answers(path: Path, changed: int) -> dict[str, str]:
    del changed  # a notebook that was built again is read again
    notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    return {
        cell.metadata.nbgrader.grade_id: cell.source for cell in notebook.cells if "nbgrader" in cell.metadata
    }


class LatePenalty(CourseAware, LateSubmissionPlugin):
    """The course's late policy."""

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        """Points taken off `score`; None for a submission in time.

        `total_seconds_late` counts from the student's own deadline. Free late days are left out where nbgrader's
        preprocessor, which knows the week and the gradebook, is not this plugin's parent.
        """
        if total_seconds_late <= 0:
            return None
        course, asking = self.course, self.parent
        if isinstance(asking, AssignLatePenalties):
            week, book = asking.assignment_id, asking.gradebook
            share = gradebook.lateness(book, course, week, student_id, total_seconds_late).share
        else:
            share = course.late.share(course.late.days(total_seconds_late))
        return round(score * share, 2)


def plug_in(config: Config, course: Course) -> None:
    """Put this module's classes into nbgrader's configuration."""
    config.CourseAware.declared_in = str(course.root / "course_config.py")
    config.CourseAware.data = str(course.data)
    config.Autograde.autograde_preprocessors = [
        SandboxedExecute,
        IgnorePattern,
        ClearMetadataPreprocessor,
        LimitOutput,
        SaveGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    config.AssignLatePenalties.plugin_class = LatePenalty
    config.GenerateFeedback.preprocessors = [
        HoldBack,
        ClearHiddenTests,
        Grades,
        CSSHTMLHeaderPreprocessor,
    ]
    config.GenerateFeedback.exporter_class = "autograder.nbgrader.feedback.FeedbackExporter"
    # For formgrader's pages and the feedback pages alike; formgrader sets templates of its own.
    config.HTMLExporter.filters = {
        "markdown2html": "autograder.views.pages.safe_markdown",
        "highlight_code": "autograder.views.pages.safe_highlight",
        "model_answer": "autograder.nbgrader.plugin.ModelAnswer",
    }
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES)]
    config.HTMLExporter.template_file = str(TEMPLATES / "formgrader" / "with_model_answers.html.j2")
    config.FeedbackExporter.template_file = "index.html.j2"
    config.ExportApp.plugin_class = "autograder.nbgrader.export.Table"


_engines: dict[tuple[Path, str], Engine] = {}


def _warm_engine(course: Course, week: str) -> Engine:
    key = (course.data, week)
    if key not in _engines:
        _engines[key] = ENGINE(course, week)
    return _engines[key]


@atexit.register
def _close_engines() -> None:
    while _engines:
        _engines.popitem()[1].close()
