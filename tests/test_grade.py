import dataclasses
import sys
from types import SimpleNamespace

import pytest

from autograder.config import Limits, load_course
from autograder.grade import Engine, NotebookRun
from autograder.grading.student import TimeLimit
from autograder.results import CellResult


class Slow:
    """A student's process that takes for ever; it notes the time each call was given."""

    alive = True
    student_seconds = 0.0

    def __init__(self):
        self.given = []

    def request(self, op, arguments, *, seconds):
        self.given.append(seconds)
        raise TimeLimit(seconds)

    def dismiss(self):
        pass


def test_a_question_that_met_its_time_limit_is_given_less():
    job = Slow()
    run = NotebookRun(SimpleNamespace(open=lambda files: job), {}, Limits())
    for _ in range(2):
        run.begin_question()
        for _ in range(4):
            with pytest.raises(TimeLimit):
                run.request("call", {}, seconds=2.0)
        run.end_question()
    run.close()
    assert job.given == 2 * [2.0, 0.5, 0.5, 0.5]


class Ready:
    """A student's process that does whatever is asked; it notes which cells it ran, and whether they were shown."""

    alive = True
    student_seconds = 0.0

    def __init__(self):
        self.ran = []

    def run_cell(self, cell_id, source, seconds, room=None, *, shown=True):
        self.ran.append((cell_id, shown))
        return CellResult(cell_id=cell_id, status="ok")

    def dismiss(self):
        pass


def test_cells_that_are_run_again_are_not_drawn_again():
    jobs = []
    run = NotebookRun(SimpleNamespace(open=lambda files: jobs.append(Ready()) or jobs[-1]), {}, Limits())
    run.run_cell("one", "1")
    run.run_cell("two", "2")
    beside = run.apart(run.cells_so_far())
    beside.run_cell("three", "3")
    run.close()
    assert [job.ran for job in jobs] == [
        [("one", True), ("two", True)],
        [("one", False), ("two", False), ("three", True)],
    ]


def test_no_submission_waits_for_imports_and_derivations(monkeypatch):
    course, name = load_course(), "week1_bayes"
    weeks = [
        dataclasses.replace(week, preload=("sched",)) if week.name == name else week for week in course.weeks
    ]
    monkeypatch.delitem(sys.modules, "sched", raising=False)
    with Engine(dataclasses.replace(course, weeks=type(course.weeks)(weeks)), name) as engine:
        assert "sched" in sys.modules
        assert engine.session.reference.derive_beta_bernoulli.cache_info().currsize == 1
