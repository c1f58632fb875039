"""Week 8's hidden graders judged by known solutions: the reference, stubs, and the bank."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from autograder import bank
from autograder.bank import Solution
from autograder.config import REPOSITORY
from autograder.grading.local import grade_locally, pasted
from autograder.grading.session import GraderSession
from autograder.source import Source, read_source
from reference import metrics

WEEK = "week8_metrics"
# The other functions of the reference are given in the notebook.
QUESTIONS = [
    "entropy",
    "mutual_information",
    "kl",
    "js",
    "total_variation",
    "hellinger",
    "inception_score",
    "fid",
    "mmd2",
    "precision_recall_density_coverage",
    "derive_fid_commuting",
]
WRONG = [entry for entry in bank.solutions(WEEK) if not entry.correct]
RIGHT = [entry for entry in bank.solutions(WEEK) if entry.correct]


@pytest.fixture(scope="module")
def session() -> Iterator[GraderSession]:
    with GraderSession(WEEK, "metrics") as opened:
        yield opened


def _name(entry: Solution) -> str:
    return f"{entry.question}-{entry.name}"


def test_every_question_is_graded_and_asked(session: GraderSession, source: Source) -> None:
    assert sorted(session.questions) == sorted(QUESTIONS)
    assert sorted(question.name for question in source.questions) == sorted(QUESTIONS)


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
    stubs = {name: f"def {name}(*args):\n    {body}\n" for name in QUESTIONS}
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


@pytest.fixture(scope="module")
def source() -> Source:
    return read_source(REPOSITORY / "assignments" / WEEK / f"{WEEK}.py", metrics)


def test_the_points_sum_to_one_hundred_of_which_eighty_two_are_autograded(source: Source) -> None:
    assert source.points == 100
    assert sum(question.points for question in source.questions) == 82


def _failed_checks(session: GraderSession, source: Source, question: str, code: dict[str, str]) -> list[str]:
    """Names of the public checks of the question that the code does not pass."""
    checks: dict[str, Any] = {}
    exec(next(entry.checks for entry in source.questions if entry.name == question), checks)
    namespace = pasted(session, code)
    failed = []
    for name in [name for name in checks if name.startswith("test_")]:
        try:
            checks[name](namespace[question])
        except Exception:
            failed.append(name)
    return failed


def test_public_checks_accept_every_right_solution(session: GraderSession, source: Source) -> None:
    for entry in RIGHT:
        assert _failed_checks(session, source, entry.question, {entry.question: entry.source}) == []


@pytest.mark.parametrize("question", QUESTIONS)
def test_public_checks_accept_the_reference_and_refuse_a_stub(
    session: GraderSession, source: Source, question: str
) -> None:
    assert _failed_checks(session, source, question, {}) == []
    assert _failed_checks(session, source, question, {question: f"def {question}(*args): return None"})
