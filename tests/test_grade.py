from types import SimpleNamespace

import pytest

from autograder.config import Limits
from autograder.grade import NotebookRun
from autograder.grading.student import TimeLimit


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
