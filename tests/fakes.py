"""A small course with engines and recorders that need neither sandbox nor nbgrader."""

from __future__ import annotations

import importlib
import os
import signal
import time
from pathlib import Path

from autograder.batch import Parts
from autograder.config import Course, Limits, Week
from autograder.results import QuestionResult, Report, Submission, TestResult
from autograder.sandbox import Sandbox
from autograder.store import Recorded

WEEK = "week1_small"


def small_course(folder: Path, submission_seconds: float = 60.0) -> Course:
    week = Week(
        name=WEEK,
        title="Small",
        reference="small",
        deadline="2027-03-01T12:00:00+00:00",
    )
    limits = Limits(submission_seconds=submission_seconds)
    elsewhere = folder / "gradebook.url"
    return Course(
        id="small",
        title="Small",
        weeks=(week,),
        limits=limits,
        root=folder / "root",
        data=folder / "data",
        gradebook=elsewhere.read_text() if elsewhere.exists() else "",
    )


def submit(course: Course, student: str, text: str) -> Path:
    folder = course.step("submitted") / student / WEEK
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{WEEK}.ipynb"
    path.write_text(text)
    return path


class FakeEngine:
    """Does what the submitted text says, and logs each submission that it was asked to grade."""

    def __init__(self, course: Course, week: str) -> None:
        self.log = course.data / "asked.log"
        with open(self.log.with_name("opened.log"), "a") as log:
            log.write("opened\n")

    def grade(self, submission: Submission, before: Report | None = None) -> Report:
        with open(self.log, "a") as log:
            log.write(f"{submission.student}\n")
        text = (Path(submission.folder) / f"{WEEK}.ipynb").read_text()
        once = self.log.with_name(f"{submission.student}.once")
        if text == "kills":
            os.kill(os.getpid(), signal.SIGKILL)
        elif text == "kills once" and not once.exists():
            once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        elif text == "fails" or (text == "fails once" and not once.exists()):
            once.touch()
            raise RuntimeError("the sandbox could not be opened")
        elif text == "hangs":
            signal.pause()
        elif text == "takes its time":
            deadline = time.monotonic() + 0.02
            while time.monotonic() < deadline:
                pass
        report = Report(assignment=submission.assignment, student=submission.student, status="graded")
        if text == "unreadable":
            report.status, report.problem = "unreadable", "the notebook is no JSON"
            return report
        outcome = "could_not_grade" if text == "broken grader" else "passed"
        test = TestResult(name="t", weight=1, outcome=outcome, line="adds")
        report.questions.append(QuestionResult(name="add", max_points=10, tests=[test]))
        if text == "broken grader":
            report.status, report.problem = "could_not_grade", "the graders of add failed"
        return report

    def turn_to(self, course: Course, week: str) -> None:
        with open(self.log.with_name("opened.log"), "a") as log:
            log.write("turned\n")

    def close(self) -> None:
        with open(self.log.with_name("closed.log"), "a") as log:
            log.write("closed\n")


class FakeRecorder:
    """A gradebook in a text file: everyone is known but those named stranger…"""

    def __init__(self, course: Course, week: str) -> None:
        self.log = course.data / "recorded.log"
        self.submitted = course.step("submitted")

    def students(self) -> set[str]:
        return {path.name for path in self.submitted.iterdir() if not path.name.startswith("stranger")}

    def recorded(self) -> set[str]:
        return set(self.log.read_text().split()) if self.log.exists() else set()

    def record(self, report: Report) -> Recorded:
        with open(self.log, "a") as log:
            log.write(f"{report.student}\n")
        return Recorded(recording=0.001)

    def close(self) -> None:
        pass


class BrokenEngine:
    def __init__(self, course: Course, week: str) -> None:
        raise RuntimeError("graders cannot be collected: line 3\nmore")


def environment(course: Course, week: str) -> str:
    return "environment 1"


PARTS = Parts(engine=FakeEngine, recorder=FakeRecorder, environment=environment, nursery=False)


def nursery_of_a_sandbox() -> int:
    """In a worker process: the process that has forked the warm parent of a sandbox that is made here."""
    with Sandbox(Limits(memory_mb=400), weakest=True) as sandbox:
        assert sandbox._parent is not None
        stat = Path(f"/proc/{sandbox._parent.pid}/stat").read_text()
        return int(stat.rpartition(")")[2].split()[1])


def who_after(seconds: float) -> int:
    """The process that does this, which takes so long."""
    time.sleep(seconds)
    return os.getpid()


def module_and_its_process(name: str, seconds: float) -> tuple[str, int, int]:
    """Which of two modules of this name a worker has, the process that imported it, and the worker."""
    module = importlib.import_module(name)
    time.sleep(seconds)
    return module.where, module.process, os.getpid()
