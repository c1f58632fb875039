"""Every week's hidden graders judged by known solutions: the reference, stubs, and the bank.

A new week in `course_config.py` is judged without a line here. `conftest.py` keeps the tests of a week together,
so that its session is opened once.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import math
import re
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from clock import quickest

from autograder import bank
from autograder.bank import Solution
from autograder.config import REPOSITORY, Week
from autograder.grading import Probe
from autograder.grading.compare import watching
from autograder.grading.local import grade_locally, pasted
from autograder.grading.session import GraderSession, Question
from autograder.grading.student import LocalCaller
from autograder.source import Source, read_source
from course_config import course


def _path(week: Week) -> Any:
    return REPOSITORY / "assignments" / week.name / f"{week.name}.py"


def _questions(week: Week) -> list[str]:
    """Names of the week's questions, read without importing anything: a broken week fails in its own tests."""
    text = _path(week).read_text(encoding="utf-8") if _path(week).is_file() else ""
    return re.findall(r'^# %% question="(\w+)"', text, re.MULTILINE)


def _wrong(week: Week) -> list[Solution]:
    return [entry for entry in bank.solutions(week.name) if not entry.correct]


def _right(week: Week) -> list[Solution]:
    return [entry for entry in bank.solutions(week.name) if entry.correct]


def _name(value: Any) -> str:
    return (
        f"{value.question}-{value.name}"
        if isinstance(value, Solution)
        else getattr(value, "name", str(value))
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test once a week; those that ask for it once a question, wrong solution or right solution."""
    each = {"question": _questions, "wrong": _wrong, "right": _right}
    asked = next((name for name in each if name in metafunc.fixturenames), None)
    if asked:
        cases = [(week, value) for week in course.weeks for value in each[asked](week)]
        metafunc.parametrize(("week", asked), cases, indirect=["week"], ids=_name, scope="module")
    elif "week" in metafunc.fixturenames:
        metafunc.parametrize("week", course.weeks, indirect=True, ids=_name, scope="module")


@pytest.fixture(scope="module")
def week(request: pytest.FixtureRequest) -> Week:
    declared: Week = request.param
    return declared


@pytest.fixture(scope="module")
def reference(week: Week) -> ModuleType:
    return importlib.import_module(f"reference.{week.reference}")


@pytest.fixture(scope="module")
def session(week: Week) -> Iterator[GraderSession]:
    with GraderSession(week.name, week.reference) as opened:
        yield opened


@pytest.fixture(scope="module")
def source(week: Week, reference: ModuleType) -> Source:
    return read_source(_path(week), reference)


@pytest.fixture(scope="module")
def questions(week: Week) -> list[str]:
    return _questions(week)


def test_every_question_of_the_notebook_is_graded(
    session: GraderSession, source: Source, questions: list[str]
) -> None:
    assert [question.name for question in source.questions] == questions
    assert sorted(session.questions) == sorted(questions)


def test_every_function_of_the_reference_is_a_question_or_given(
    source: Source, reference: ModuleType
) -> None:
    functions = {
        name
        for name, value in vars(reference).items()
        if inspect.isfunction(value) and value.__module__ == reference.__name__
    }
    assert functions <= {cell.name for cell in source.cells if cell.kind in ("question", "reference")}


def test_the_bank_has_a_wrong_and_a_right_solution_of_every_question(
    week: Week, questions: list[str]
) -> None:
    assert {entry.question for entry in _wrong(week)} == set(questions)
    assert {entry.question for entry in _right(week)} == set(questions)


def test_the_reference_earns_everything_under_ten_keys(session: GraderSession, questions: list[str]) -> None:
    for number in range(10):
        results = grade_locally(session, key=f"key {number}".encode())
        assert {name: result.points for name, result in results.items()} == dict.fromkeys(questions, 1.0)


def test_the_reference_is_graded_in_no_time(session: GraderSession) -> None:
    seconds = 5.0 if hasattr(session.reference, "torch") else 0.5
    assert quickest(lambda: grade_locally(session), seconds) < seconds


@pytest.mark.parametrize("body", ["raise NotImplementedError()", "return None", "return 0", "return args[0]"])
def test_a_stub_earns_nothing_and_is_the_students_fault(
    session: GraderSession, questions: list[str], body: str
) -> None:
    stubs = {name: f"def {name}(*args, **options):\n    {body}\n" for name in questions}
    results = grade_locally(session, stubs)
    assert {name: result.points for name, result in results.items()} == dict.fromkeys(questions, 0.0)
    for result in results.values():
        assert {test.outcome for test in result.tests} == {"failed"}
        if "NotImplementedError" in body:
            assert {test.message for test in result.tests} == {"Not implemented yet."}


class Overheard:
    """Answers from this process, and every number that was sent to the student's functions."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.caller = LocalCaller(namespace)
        self.sent: list[float] = []

    def request(self, op: str, arguments: dict[str, Any], *, seconds: float) -> Any:
        self.sent += _numbers(arguments)
        return self.caller.request(op, arguments, seconds=seconds)


def _numbers(value: Any) -> Iterator[float]:
    """All numbers within arguments of any form."""
    if isinstance(value, dict):
        value = list(value.values())
    elif isinstance(value, Probe):
        value = list(value.parameters.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _numbers(item)
    elif not isinstance(value, str | bytes | bool | None):
        array = np.asarray(value)
        if array.dtype.kind in "iuf":
            yield from array.ravel().tolist()


def _gives_away(text: str, hidden: set[str]) -> list[str]:
    """Numbers in the text, of three digits and more, that are hidden numbers rounded as they stand there."""
    found = re.findall(r"\d+(?:\.\d+)?", text)
    return [number for number in found if len(number.replace(".", "").strip("0")) >= 3 and number in hidden]


def _as_it_could_stand(numbers: Iterable[float]) -> set[str]:
    finite = {abs(number) for number in numbers if math.isfinite(number)}
    return {f"{number:.{digits}f}" for number in finite if number < 1e12 for digits in range(9)}


def _solution_code(reference: ModuleType) -> list[str]:
    """What the reference computes: the expressions of its statements, those that are long enough to be telling."""
    source = inspect.getsource(reference)
    expressions = (
        ast.get_source_segment(source, node.value)
        for function in ast.parse(source).body
        if isinstance(function, ast.FunctionDef | ast.ClassDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Return | ast.Assign | ast.AugAssign) and node.value is not None
    )
    return [text for text in expressions if text and len(text) >= 12]


def test_a_wrong_solution_loses_points_and_is_told_why_but_nothing_hidden(
    session: GraderSession, wrong: Solution
) -> None:
    # What it costs elsewhere is measured by `course validate`, for which every question has to be graded.
    caller = Overheard(pasted(session, {wrong.question: wrong.source}))
    with watching() as watch:
        result = session.grade(
            Question(name=wrong.question, max_points=1.0, caller=caller, key=b"local", earned={})
        )
    assert result.points is not None and result.points < 1.0
    failed = [test for test in result.tests if test.outcome == "failed"]
    assert wrong.hint in {test.hint for test in failed}
    hidden = _as_it_could_stand([*caller.sent, *_numbers(watch.expected)])
    code = _solution_code(session.reference)
    for test in result.tests:
        own_lines = re.sub(r"\n  line \d+ of .*", "", test.message)
        shown = re.sub(r"shape \([^)]*\)|\(\d+ of \d+ values\)", "", own_lines) + test.line + test.hint
        assert not re.search(r"\d\.\d{3,}|\d{4,}", shown), "a message shows an input or an expected value"
        assert _gives_away(shown, hidden) == []
        assert [expression for expression in code if expression in shown] == []


def test_a_number_or_a_line_that_is_hidden_would_be_found(session: GraderSession) -> None:
    hidden = _as_it_could_stand([*_numbers({"args": [np.array([[0.12345, -37.26]])]}), 0.5])
    assert _gives_away("the mean is 0.123, not 37.3", hidden) == ["0.123", "37.3"]
    assert _gives_away("divide by 2, not by 100; 0.5 is right", hidden) == []
    assert len(_solution_code(session.reference)) > 10


def test_a_right_solution_earns_everything(session: GraderSession, right: Solution) -> None:
    for number in range(3):
        results = grade_locally(
            session,
            {right.question: right.source},
            key=f"key {number}".encode(),
            questions=[right.question],
        )
        troubles = [
            (name, test.name, test.message, test.detail)
            for name, result in results.items()
            for test in result.tests
            if test.outcome != "passed"
        ]
        assert troubles == []


def test_the_points_are_those_that_the_introduction_promises(source: Source) -> None:
    assert source.points == 100
    prose = " ".join(cell.text for cell in source.cells if cell.kind == "prose")
    promised = re.search(
        r"100\s+points:\s+(\d+)\s+for\s+code,\s+\d+\s+for\s+derivations\s+\((\d+)\s+symbolic,\s+(\d+)\s+written\),"
        r"\s+(\d+)\s+for\s+one\s+plot",
        prose,
    )
    assert promised, "the introduction says what the points are for"
    symbolic = sum(q.points for q in source.questions if q.name.startswith("derive_"))
    code = sum(q.points for q in source.questions) - symbolic
    by_hand = sum(cell.points for cell in source.by_hand)
    assert (code, symbolic) == (int(promised[1]), int(promised[2]))
    assert by_hand == int(promised[3]) + int(promised[4])


def _failed_checks(session: GraderSession, source: Source, question: str, code: dict[str, str]) -> list[str]:
    """Names of the public checks of the question that the code does not pass."""
    checks: dict[str, Any] = {}
    exec(next(entry.checks for entry in source.questions if entry.name == question), checks)
    namespace = pasted(session, code)
    failed = []
    for name in [name for name in checks if name.startswith("test_")]:
        arguments = [namespace[argument] for argument in inspect.signature(checks[name]).parameters]
        try:
            checks[name](*arguments)
        except Exception:
            failed.append(name)
    return failed


def test_public_checks_accept_a_right_solution(
    session: GraderSession, source: Source, right: Solution
) -> None:
    assert _failed_checks(session, source, right.question, {right.question: right.source}) == []


def test_public_checks_accept_the_reference_and_refuse_a_stub(
    session: GraderSession, source: Source, question: str
) -> None:
    assert _failed_checks(session, source, question, {}) == []
    assert _failed_checks(session, source, question, {question: f"def {question}(*args): return None"})
