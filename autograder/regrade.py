"""Grade again after a grader was changed, and see whose score would change before anything is written.

The new reports lie apart, in ``regrade/<week>/`` of the data folder, until they are taken over; a killed
preview is resumed like any other run, and taking over grades nothing again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from autograder import batch, store
from autograder.config import Course
from autograder.results import Report
from autograder.store import Recorded


@dataclass(frozen=True, kw_only=True)
class Change:
    """One score that would change; None where there is none: never graded before, could not be graded this time."""

    student: str
    question: str
    before: float | None
    after: float | None

    @property
    def difference(self) -> float:
        """Points won or lost; none where this time there is no grade, since the score is kept then."""
        return 0.0 if self.after is None else self.after - (self.before or 0.0)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a regrade would do: the changes by student and question, and the run that found them."""

    changes: list[Change]
    summary: batch.Summary


class _NothingIsWritten:
    """A gradebook that is only read."""

    def __init__(self, recorder: batch.GradeRecorder) -> None:
        self.recorder = recorder
        self.students = recorder.students
        self.recorded = recorder.recorded
        self.close = recorder.close

    def record(self, report: Report) -> Recorded:
        """Leave the gradebook as it is."""
        del report
        return Recorded()


def aside(course: Course) -> Course:
    """The same course with its reports in the folder of the preview."""
    return replace(course, reports_folder=course.data / "regrade")


def preview(
    course: Course,
    week: str,
    *,
    workers: int | None = None,
    progress: batch.Progress | None = None,
    parts: batch.Parts | None = None,
) -> Preview:
    """Grade whatever would get a new report, aside, and compare.

    Raises CourseError as `autograder.batch.grade_assignment` does.
    """
    parts = parts or batch.Parts()
    recorder = _only_reading(parts.recorder)
    # What is up to date already needs no second opinion.
    (aside(course).reports / week).mkdir(parents=True, exist_ok=True)
    for path in (course.reports / week).glob("*.json"):
        target = store.report_path(aside(course), week, path.stem)
        if not target.exists():
            shutil.copyfile(path, target)
    summary = batch.grade_assignment(
        aside(course), week, workers=workers, progress=progress, parts=replace(parts, recorder=recorder)
    )
    before, after = store.read_reports(course, week), store.read_reports(aside(course), week)
    changes = [
        change for student in sorted(after) for change in _changes(before.get(student), after[student])
    ]
    return Preview(changes=changes, summary=summary)


def _only_reading(
    recorder: Callable[[Course, str], batch.GradeRecorder],
) -> Callable[[Course, str], batch.GradeRecorder]:
    return lambda course, week: _NothingIsWritten(recorder(course, week))


def _changes(before: Report | None, after: Report) -> Iterator[Change]:
    old = {question.name: question.points for question in before.questions} if before else {}
    new = {question.name: question.points for question in after.questions}
    for question in dict.fromkeys([*new, *old]):
        if old.get(question) != new.get(question) or (question in old) != (question in new):
            yield Change(
                student=after.student, question=question, before=old.get(question), after=new.get(question)
            )


def take_over(
    course: Course,
    week: str,
    *,
    workers: int | None = None,
    progress: batch.Progress | None = None,
    parts: batch.Parts | None = None,
) -> batch.Summary:
    """Put the reports of the preview into force: gradebook, notebooks and all."""
    for path in sorted((aside(course).reports / week).glob("*.json")):
        store.write_durably(store.report_path(course, week, path.stem), path.read_bytes())
    summary = batch.grade_assignment(course, week, workers=workers, progress=progress, parts=parts)
    shutil.rmtree(aside(course).reports / week)
    return summary
