"""One submission, and what grading it produced: the durable report, as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

Outcome = Literal["passed", "failed", "could_not_grade"]


@dataclass(frozen=True)
class Submission:
    """One student's submitted folder, and the key their hidden inputs are drawn from."""

    student: str
    assignment: str
    folder: str
    key: bytes


class TestResult(msgspec.Struct, kw_only=True):
    """One hidden test of one question.

    `line`, `message` and `hint` are written for the student. `detail` is for staff only: it may hold
    inputs and expected values, and is never put into a notebook, a feedback page or an export.
    """

    __test__ = False

    name: str
    weight: float
    outcome: Outcome
    line: str
    message: str = ""
    hint: str = ""
    detail: str = ""
    seconds: float = 0.0


class QuestionResult(msgspec.Struct, kw_only=True):
    """One autograded question: its tests, and the points counted from explicit passes."""

    name: str
    max_points: float
    tests: list[TestResult]
    problem: str = ""
    """Why the tests could not run as usual (a crash, a limit), in words for the student."""
    graders: str = ""
    """Digest of the question's own tests."""

    @property
    def outcome(self) -> Outcome:
        """Could-not-grade where any test could not be graded; passed only where all passed."""
        outcomes = {test.outcome for test in self.tests}
        if "could_not_grade" in outcomes or not self.tests:
            return "could_not_grade"
        return "passed" if outcomes == {"passed"} else "failed"

    @property
    def points(self) -> float | None:
        """Points earned, to two decimals; None where the grader itself was at fault."""
        if self.outcome == "could_not_grade":
            return None
        total = sum(test.weight for test in self.tests)
        earned = sum(test.weight for test in self.tests if test.outcome == "passed")
        return round(self.max_points * earned / total, 2)


class CellResult(msgspec.Struct, kw_only=True):
    """One executed code cell: outputs in nbformat's form, and how it ended."""

    cell_id: str
    status: Literal["ok", "error", "time_limit", "crashed", "skipped"]
    outputs: list[dict[str, Any]] = []
    seconds: float = 0.0
    execution_count: int | None = None


class Timing(msgspec.Struct, kw_only=True):
    """Wall-clock seconds of one submission.

    `student` is the time in the student's cells and calls; `overhead` is everything else from the
    fork to the durable report; `recording` is the writing of gradebook and notebook afterwards.
    """

    student: float = 0.0
    overhead: float = 0.0
    recording: float = 0.0


class Report(msgspec.Struct, kw_only=True):
    """The result of one submission, as stored: one JSON file, written once, replaced whole."""

    schema: int = 1
    key: str = ""
    """Digest of everything the grade depends on: submission, graders, reference, environment."""
    ground: str = ""
    """Digest of the same without the tests that belong to one question."""
    assignment: str
    student: str
    status: Literal["graded", "unreadable", "could_not_grade"]
    problem: str = ""
    """One line for staff: what was wrong with the submission or the grading, and the next step."""
    questions: list[QuestionResult] = []
    cells: list[CellResult] = []
    repairs: list[str] = []
    """What was mended in the notebook before it ran: restored, moved or deduplicated cells."""
    layers: list[str] = []
    """The sandbox layers that were in force."""
    timing: Timing = msgspec.field(default_factory=Timing)
    graded_at: str = ""

    @property
    def points(self) -> float:
        """Sum of the points of all questions that could be graded."""
        return round(sum(question.points or 0.0 for question in self.questions), 2)

    @property
    def max_points(self) -> float:
        """Sum of the autograded points of the assignment."""
        return sum(question.max_points for question in self.questions)

    @property
    def could_not_grade(self) -> list[str]:
        """Names of the questions without a grade because the grader was at fault."""
        return [question.name for question in self.questions if question.points is None]


def to_json(report: Report) -> bytes:
    """The report as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(report), indent=1)


def from_json(data: bytes) -> Report:
    """A report from its JSON; raises ``msgspec.ValidationError`` where it does not fit."""
    return msgspec.json.decode(data, type=Report)
