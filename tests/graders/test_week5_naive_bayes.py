"""Week 5's hidden graders judged by known solutions: the reference, stubs, and the bank."""

from __future__ import annotations

import inspect
import re
import time
from collections.abc import Iterator

import pytest

from autograder import bank
from autograder.bank import Solution
from autograder.grading.local import grade_locally
from autograder.grading.session import GraderSession
from reference import naive_bayes

WEEK = "week5_naive_bayes"
QUESTIONS = [
    name
    for name, value in vars(naive_bayes).items()
    if inspect.isfunction(value) and value.__module__ == naive_bayes.__name__
]
WRONG = [entry for entry in bank.solutions(WEEK) if not entry.correct]
RIGHT = [entry for entry in bank.solutions(WEEK) if entry.correct]


@pytest.fixture(scope="module")
def session() -> Iterator[GraderSession]:
    with GraderSession(WEEK, "naive_bayes") as opened:
        yield opened


def _name(entry: Solution) -> str:
    return f"{entry.question}-{entry.name}"


def test_every_question_of_the_reference_is_graded(session: GraderSession) -> None:
    assert sorted(session.questions) == sorted(QUESTIONS)


def test_the_bank_has_a_wrong_and_a_right_solution_of_every_question() -> None:
    assert {entry.question for entry in WRONG} == set(QUESTIONS)
    assert {entry.question for entry in RIGHT} == set(QUESTIONS)


def test_the_reference_earns_everything_under_twenty_keys(session: GraderSession) -> None:
    for number in range(20):
        results = grade_locally(session, key=f"key {number}".encode())
        assert {name: result.points for name, result in results.items()} == dict.fromkeys(QUESTIONS, 1.0)


def test_the_reference_is_graded_within_half_a_second(session: GraderSession) -> None:
    grade_locally(session)
    started = time.process_time()
    grade_locally(session)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("body", ["raise NotImplementedError()", "return None", "return 0", "return args[0]"])
def test_a_stub_earns_nothing_and_is_the_students_fault(session: GraderSession, body: str) -> None:
    stubs = {name: f"def {name}(*args, **options):\n    {body}\n" for name in QUESTIONS}
    results = grade_locally(session, stubs)
    assert {name: result.points for name, result in results.items()} == dict.fromkeys(QUESTIONS, 0.0)
    for result in results.values():
        assert {test.outcome for test in result.tests} == {"failed"}
        if "NotImplementedError" in body:
            assert {test.message for test in result.tests} == {"Not implemented yet."}


@pytest.mark.parametrize("entry", WRONG, ids=_name)
def test_a_wrong_solution_loses_points_and_is_told_why(session: GraderSession, entry: Solution) -> None:
    results = grade_locally(session, {entry.question: entry.source})
    lost = {name for name, result in results.items() if result.points != 1.0}
    assert entry.question in lost
    assert lost <= {entry.question, *entry.also}
    failed = [test for test in results[entry.question].tests if test.outcome == "failed"]
    assert entry.hint in {test.hint for test in failed}
    for test in failed:
        shown = re.sub(r"shape \([^)]*\)", "", test.message) + test.line
        assert not re.search(r"\d\.\d{3,}|\d{4,}", shown), "a message shows an input or an expected value"


@pytest.mark.parametrize("entry", RIGHT, ids=_name)
def test_a_right_solution_earns_everything(session: GraderSession, entry: Solution) -> None:
    for number in range(3):
        results = grade_locally(session, {entry.question: entry.source}, key=f"key {number}".encode())
        troubles = [
            (name, test.name, test.message, test.detail)
            for name, result in results.items()
            for test in result.tests
            if test.outcome != "passed"
        ]
        assert troubles == []
