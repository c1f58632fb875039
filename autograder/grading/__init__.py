"""What a hidden grader imports: the student's functions by proxy, comparisons, and the verdicts.

A hidden grader is a plain pytest file, ``autograder/graders/<assignment>.py``::

    @pytest.mark.question("e_step", weight=2)
    def test_far_point(student, rng):
        '''A point 200 standard deviations away gets finite responsibilities.'''
        responsibilities, _ = unpack(student.e_step(X, params), 2)
        assert_close(responsibilities, expected, "the responsibilities")

The docstring's first line is what the student reads. Fixtures: ``student`` (calls cross the wall),
``rng`` (a NumPy generator drawn for this student, question and test), ``carried`` (errors carried
forward). Every check below raises `Wrong` with a message that never shows inputs or expected values.
"""

from autograder.grading.compare import (
    Wrong,
    as_array,
    assert_close,
    assert_expression,
    assert_finite,
    assert_p_value,
    assert_probabilities,
    assert_shape,
    check,
    unpack,
)
from autograder.grading.student import (
    BadAnswer,
    JobDied,
    Remote,
    Student,
    StudentError,
    TimeLimit,
    fresh_seed,
)
from notebook_runner.wire import Probe, Seed

__all__ = [
    "BadAnswer",
    "JobDied",
    "Probe",
    "Remote",
    "Seed",
    "Student",
    "StudentError",
    "TimeLimit",
    "Wrong",
    "as_array",
    "assert_close",
    "assert_expression",
    "assert_finite",
    "assert_p_value",
    "assert_probabilities",
    "assert_shape",
    "check",
    "fresh_seed",
    "unpack",
]
