"""Grade one submission: run its notebook in the sandbox, grade each question in step, report."""

from __future__ import annotations

import functools
import hashlib
import html
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

import autograder
import notebook_runner
from autograder.config import Course, Limits
from autograder.grading.apart import Asked
from autograder.grading.kept import Kept, graders_digests
from autograder.grading.session import GraderSession, Question
from autograder.grading.student import JobDied, TimeLimit
from autograder.results import CellResult, QuestionResult, Report, Submission, TestResult
from autograder.sandbox import Job, Sandbox
from autograder.sandbox.outputs import weight
from autograder.store import read_changes, report_key
from autograder.submission import (
    Unreadable,
    find_notebook,
    mend,
    question_cells,
    read_notebook,
    read_release,
    submitted_files,
)

MAX_DEATHS = 2
"""Processes that one question's calls may end; its remaining tests are then failed without being run."""

HURRIED = 0.25
"""Share of its time that a call is given where a cell or call of the same question has met a time limit before."""

MAX_LOST = 50
"""Processes that one notebook may end in all: each costs a fork, which is not the student's time."""
OUTPUT_COPIES = 2
"""The runner keeps a whole notebook's outputs small; whoever has got round it meets this many times that limit."""

PACKAGES = ("ipython", "matplotlib", "msgpack", "numpy", "pytest", "scikit-learn", "scipy", "sympy", "torch")


class Engine:
    """One warm sandbox and the warm hidden graders of a week: grades any number of submissions in turn.

    Raises GraderError where the graders cannot be collected, SandboxError where the sandbox cannot be had.
    """

    def __init__(self, course: Course, week: str) -> None:
        self._collect(course, week)
        self.sandbox = Sandbox(*self._settings)

    def turn_to(self, course: Course, week: str) -> None:
        """Grade another week from now on; the sandbox stays warm where the week wants the same.

        Raises what the constructor raises; the engine is closed then.
        """
        before = self._settings
        self.session.close()
        try:
            self._collect(course, week)
            if self._settings != before:
                self.sandbox.close()
                self.sandbox = Sandbox(*self._settings)
        except BaseException:
            self.sandbox.close()
            raise

    def _collect(self, course: Course, week: str) -> None:
        declared = course.week(week)
        self.course = course
        self.week = week
        self.release = read_release(course, week)
        self.changes = read_changes(course, week)
        self.files = release_files(course.release / week, week)
        self.environment, self.graders = _environment(course, week)
        self.session = GraderSession(week, declared.reference)
        self.session.warm_up(declared.preload)
        self._settings = course.limits, declared.preload, course.sandbox_minimum

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox and the pytest session."""
        self.sandbox.close()
        self.session.close()

    def grade(self, submission: Submission, before: Report | None = None) -> Report:
        """The report of one submission, whatever it does.

        From an earlier report of it the results are kept that still hold: see `autograder.grading.kept`.
        Raises SandboxError for a fault of the infrastructure: such a run is to be repeated, never recorded.
        """
        started = time.perf_counter()
        report = Report(
            assignment=submission.assignment,
            student=submission.student,
            status="graded",
            layers=list(self.sandbox.layers),
        )
        folder = Path(submission.folder)
        report.ground = report_key(self.environment, folder, submission.key)
        if before is not None and (before.ground != report.ground or before.status != "graded"):
            before = None
        try:
            path = find_notebook(folder, self.week)
            submitted = read_notebook(path, self.course.limits)
            files = {**submitted_files(folder, self.course.limits), **self.files}
        except Unreadable as problem:
            report.status, report.problem = "unreadable", str(problem)
        else:
            if path.name != f"{self.week}.ipynb":
                report.repairs.append(f"the notebook was named {path.name!r}")
            notebook, repairs = mend(submitted, self.release, self.changes)
            report.repairs += repairs
            self._run(notebook, files, submission, report, before)
        report.timing.overhead = time.perf_counter() - started - report.timing.student
        report.graded_at = datetime.now(UTC).isoformat(timespec="seconds")
        return report

    def _run(
        self,
        notebook: NotebookNode,
        files: Mapping[str, bytes],
        submission: Submission,
        report: Report,
        before: Report | None,
    ) -> None:
        run = NotebookRun(self.sandbox, files, self.course.limits)
        checks = question_cells(notebook)
        earned: dict[str, float] = {}
        asked = Asked()
        kept = Kept(before, list(checks.values()), self.graders)
        stood: list[tuple[str, str]] = []
        try:
            for index, cell in enumerate(notebook.cells):
                if index in checks:
                    name, points = checks[index]
                    result = kept.result(name)
                    if result is None:
                        run.begin_question()
                        question = Question(
                            name=name,
                            max_points=points,
                            caller=run,
                            key=submission.key,
                            earned=earned,
                            asked=asked,
                            apart=functools.partial(run.apart, stood),
                        )
                        result = self.session.grade(question)
                        result.graders = self.graders.get(name, "")
                        kept.settle(result)
                    run.end_question()
                    stood = run.cells_so_far()
                    earned[name] = (result.points or 0.0) / points if points else 0.0
                    report.questions.append(result)
                    rest = kept.rest(name)
                    if before is not None and rest is not None:
                        report.questions += rest
                        report.cells = before.cells
                        break
                elif cell.cell_type == "code":
                    report.cells.append(run.run_cell(cell.id, cell.source))
        finally:
            report.timing.student = run.close()
        missing = report.could_not_grade
        if missing:
            report.status = "could_not_grade"
            report.problem = (
                f"the graders of {', '.join(missing)} failed: see the staff details in the report"
            )


@dataclass
class NotebookRun:
    """One notebook's way through the sandbox: cells in order, calls in between.

    When the student's process dies, the cell or call that killed it is an outcome; at the next need a new
    process is forked and the cells so far are run again, without the ones that were stopped.
    """

    sandbox: Sandbox
    files: Mapping[str, bytes]
    limits: Limits
    _job: Job | None = None
    _rerun: list[tuple[str, str]] = field(default_factory=list)
    _deaths: int = 0
    _time_limits: int = 0
    _lost_in_all: int = 0
    _spent: float = 0.0
    _room: int = 0
    _apart: NotebookRun | None = None
    _spent_apart: float = 0.0

    def __post_init__(self) -> None:
        self._room = OUTPUT_COPIES * self.limits.output_kb * 1024

    def begin_question(self) -> None:
        """Forget the processes that were lost before: each question is given its own chances."""
        self._deaths = 0

    def end_question(self) -> None:
        """Forget the time that was lost: what comes belongs to the next question."""
        self._time_limits = 0
        self._end_apart()

    def cells_so_far(self) -> list[tuple[str, str]]:
        """The cells that a new process would run: identifier and source."""
        return list(self._rerun)

    def apart(self, cells: list[tuple[str, str]]) -> NotebookRun:
        """A process beside this one that has run these cells and answered no call; the same until the next question.

        It has a time of its own, as long as the notebook's: what is done again there takes nothing from the notebook.
        """
        if self._apart is None:
            self._apart = NotebookRun(
                self.sandbox, self.files, self.limits, _rerun=list(cells), _spent=self._spent_apart
            )
        return self._apart

    def _end_apart(self) -> None:
        if self._apart is not None:
            self._spent_apart = self._apart.close()
            self._apart = None

    def run_cell(self, cell_id: str, source: str) -> CellResult:
        """Run one code cell; an error or a limit is its result."""
        if not source.strip():
            return CellResult(cell_id=cell_id, status="ok")
        self._deaths = 0
        try:
            job = self._ready()
        except JobDied as problem:
            return CellResult(cell_id=cell_id, status="skipped", outputs=[_error("Skipped", str(problem))])
        try:
            result = job.run_cell(
                cell_id, source, min(self.limits.cell_seconds, self._left()), max(self._room, 0)
            )
        except JobDied as problem:
            self._lost()
            return CellResult(cell_id=cell_id, status="crashed", outputs=[_error("Stopped", str(problem))])
        self._room -= sum(map(weight, result.outputs))
        if result.status == "time_limit":
            self._time_limits += 1
        else:
            self._rerun.append((cell_id, source))
        if not job.alive:
            self._lost()
        return result

    def request(self, op: str, arguments: dict[str, Any], *, seconds: float) -> Any:
        """Call into the notebook as it stands (`autograder.grading.student.Caller`)."""
        job = self._ready()
        if self._time_limits:
            seconds *= HURRIED
        try:
            return job.request(op, arguments, seconds=min(seconds, max(self._left(), 0.1)))
        except TimeLimit:
            self._time_limits += 1
            raise
        finally:
            if not job.alive:
                self._lost()

    def close(self) -> float:
        """End the student's processes; returns the wall-clock seconds spent in cells and calls."""
        if self._job is not None:
            self._retire(self._job)
        self._end_apart()
        return self._spent + self._spent_apart

    def _left(self) -> float:
        running = self._job.student_seconds if self._job is not None else 0.0
        return self.limits.submission_seconds - self._spent - running

    def _ready(self) -> Job:
        if self._left() <= 0:
            raise JobDied(f"the notebook used up its time of {self.limits.submission_seconds:g} s")
        while self._job is None:
            if self._deaths >= MAX_DEATHS:
                raise JobDied(
                    f"the process ended {self._deaths} times here; the notebook is not run again for this"
                )
            if self._lost_in_all >= MAX_LOST:
                raise JobDied(f"the process ended {self._lost_in_all} times; the notebook is not run again")
            self._job = self._reopened()
        return self._job

    def _reopened(self) -> Job | None:
        job = self.sandbox.open(self.files)
        for cell_id, source in list(self._rerun):
            try:
                # Its outputs are known from the first time.
                seconds = min(self.limits.cell_seconds, self._left())
                result = job.run_cell(cell_id, source, seconds, shown=False)
                stopped = result.status == "time_limit"
            except JobDied:
                stopped = True
            if stopped:
                self._rerun.remove((cell_id, source))
            if not job.alive or self._left() <= 0:
                self._deaths += 1
                self._lost_in_all += 1
                self._retire(job)
                return None
        return job

    def _lost(self) -> None:
        self._deaths += 1
        self._lost_in_all += 1
        if self._job is not None:
            self._retire(self._job)

    def _retire(self, job: Job) -> None:
        self._spent += job.student_seconds
        self._job = None
        job.dismiss()


def _error(name: str, message: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": [f"{name}: {message}"]}


def release_files(folder: Path, week: str) -> dict[str, bytes]:
    """The files a student gets beside the notebook, by their path relative to it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != f"{week}.ipynb"
    }


def environment_digest(course: Course, week: str) -> str:
    """Digest of everything but the submission that a grade depends on.

    The hidden graders, the bank, the engine's grading code, the reference, the runner, the release, the limits
    and the versions of Python and of the packages that students' code computes with.
    """
    shared, questions = _environment(course, week)
    return hashlib.sha256(repr((shared, sorted(questions.items()))).encode()).hexdigest()


def _environment(course: Course, week: str) -> tuple[str, dict[str, str]]:
    """Digest of what all questions depend on, and of the hidden tests that belong to one question."""
    engine = Path(autograder.__file__).parent
    declared = course.week(week)
    shared, questions = "", dict[str, str]()
    graders = engine / "graders" / f"{week}.py"
    if graders.is_file():
        shared, questions = graders_digests(graders)
    parts = [
        engine / "bank" / f"{week}.py",
        engine / "grading",
        engine / "sandbox",
        engine / "grade.py",
        engine / "submission.py",
        Path(notebook_runner.__file__).parent,
        course.root / "reference" / f"{declared.reference}.py",
        course.release / week,
    ]
    digest = hashlib.sha256(shared.encode())
    for part in parts:
        for path in _files(part):
            digest.update(f"{part.name}/{path.name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    # Deadlines, weights and titles are no part of it: they change no report.
    settings = course.limits, course.sandbox_minimum, declared.reference, declared.preload, sys.version
    digest.update(repr(settings).encode())
    digest.update(repr([(name, package_version(name)) for name in PACKAGES]).encode())
    return digest.hexdigest(), questions


def _files(part: Path) -> Iterator[Path]:
    if part.is_file():
        yield part
    elif part.is_dir():
        yield from (
            path for path in sorted(part.rglob("*")) if path.is_file() and "__pycache__" not in path.parts
        )


def package_version(package: str) -> str:
    """The installed version of a package, or '' where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def executed_notebook(notebook: NotebookNode, report: Report) -> NotebookNode:
    """The mended notebook with its outputs, and in each check cell the feedback and the points.

    The points are one finite number as an ``execute_result``: what nbgrader's own ``SaveAutoGrades`` reads. A
    question that could not be graded gets none.
    """
    ran = {cell.cell_id: cell for cell in report.cells}
    graded = {question.name: question for question in report.questions}
    checks = question_cells(notebook)
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        if index in checks:
            question = graded.get(checks[index][0])
            cell.outputs = [] if question is None else [_node(output) for output in feedback(question)]
            cell.execution_count = None
        elif cell.id in ran:
            cell.outputs = [_node(output) for output in ran[cell.id].outputs]
            cell.execution_count = ran[cell.id].execution_count
    return notebook


def _node(output: dict[str, Any]) -> NotebookNode:
    from nbformat import from_dict

    return from_dict(output)


def feedback(question: QuestionResult) -> list[dict[str, Any]]:
    """What the student reads under a check cell, and the points, as notebook outputs."""
    text = "\n".join(_feedback_lines(question))
    outputs: list[dict[str, Any]] = [
        {
            "output_type": "display_data",
            "data": {"text/plain": text, "text/html": _feedback_html(question)},
            "metadata": {},
        }
    ]
    if question.points is not None:
        points = min(max(question.points, 0.0), question.max_points)
        outputs.append(
            {
                "output_type": "execute_result",
                "data": {"text/plain": repr(points)},
                "metadata": {},
                "execution_count": None,
            }
        )
    return outputs


MARKS = {"passed": "✓", "failed": "✗", "could_not_grade": "?"}


def _headline(question: QuestionResult) -> str:
    if question.points is None:
        return f"{question.name}: not graded yet – the grader itself failed, and the staff have been told"
    return f"{question.name}: {question.points:g} of {question.max_points:g} points"


def _hints(question: QuestionResult) -> list[str]:
    return list(dict.fromkeys(test.hint for test in question.tests if test.hint))


def _notes(test: TestResult) -> list[str]:
    return test.message.splitlines()


def _feedback_lines(question: QuestionResult) -> Iterator[str]:
    yield _headline(question)
    if question.problem:
        yield f"  {question.problem}"
    for test in question.tests:
        yield f"  {MARKS[test.outcome]} {test.line}"
        for note in _notes(test):
            yield f"      {note}"
    for hint in _hints(question):
        yield f"  Hint: {hint}"


def _feedback_html(question: QuestionResult) -> str:
    parts = [f"<p><strong>{html.escape(_headline(question))}</strong></p>"]
    if question.problem:
        parts.append(f"<p>{html.escape(question.problem)}</p>")
    items = []
    for test in question.tests:
        notes = "".join(f"<br><code>{html.escape(note)}</code>" for note in _notes(test))
        items.append(f"<li>{MARKS[test.outcome]} {html.escape(test.line)}{notes}</li>")
    parts.append(f'<ul style="list-style: none">{"".join(items)}</ul>')
    parts += [f"<p><strong>Hint.</strong> {html.escape(hint)}</p>" for hint in _hints(question)]
    return "".join(parts)
