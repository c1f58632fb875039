"""One warm pytest session: a week's hidden graders, collected once and run for many submissions.

pytest runs in a thread of its own, waiting inside its test loop; `GraderSession.grade` hands it one
question of one submission and gets the results back. Only public hooks are used. A test that asks for
nothing but the session's own fixtures and its parameters is called without them: they would cost more than it.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import io
import os
import queue
import re
import threading
import time
import traceback
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, cast

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from autograder import bank, keys
from autograder.grading.apart import EARLIER, Apart, Asked, Switch
from autograder.grading.compare import Wrong
from autograder.grading.student import (
    DEFAULT_SECONDS,
    Call,
    Caller,
    Expression,
    JobDied,
    LocalCaller,
    Metered,
    Remote,
    Student,
    StudentError,
    StudentFault,
    TimeLimit,
)
from autograder.results import QuestionResult, TestResult

NOT_GRADED = "# not graded"
"""Marks an ``if`` of a reference function that refuses an argument where no hidden test asks for that."""

DERIVATION = "derive_"
"""How the name of a question begins whose answer is a derivation: a function without arguments."""

SECONDS_AGAIN = 20.0
"""For one call that is repeated while an error is carried forward."""

GRADERS = Path(__file__).resolve().parent.parent / "graders"

UNUSED_PLUGINS = [
    "cacheprovider",
    "capture",
    "debugging",
    "doctest",
    "faulthandler",
    "junitxml",
    "logging",
    "pastebin",
    "setuponly",
    "skipping",
    "stepwise",
    "terminal",
    "threadexception",
    "tmpdir",
    "unittest",
    "unraisableexception",
    "warnings",
]
"""pytest's own plugins that a grader does not need: they cost more than the tests do."""


class GraderError(Exception):
    """The hidden graders of a week cannot be collected."""


@dataclass
class Question:
    """One question of one submission, while it is graded."""

    name: str
    max_points: float
    caller: Caller
    key: bytes
    earned: dict[str, float]
    """Share of the points earned by the questions graded before."""
    asked: Asked = field(default_factory=Asked)
    """The calls that the questions before were graded by: one for all questions of a submission."""
    apart: Callable[[], Caller] | None = None
    """The notebook as it stood before this question's cell, in a process that nobody has asked anything yet."""
    until_failure: bool = False
    """Stop at the first test that fails: enough where only the verdict matters."""
    derivations_hint: str | None = None
    """Found at the first test that fails, and good for all: a derivation takes no arguments."""
    recognised: list[bank.Solution] = field(default_factory=list)
    """The bank's wrong solutions that gave the student's own answers in a test before."""


@dataclass
class _Current:
    question: Question
    student: Student
    switch: Switch
    test: str
    carried: bool = False


@dataclass
class _Ran:
    seconds: float
    error: BaseException | None = None

    @property
    def traceback(self) -> str:
        """Where it happened, for staff."""
        return "".join(traceback.format_exception(self.error, limit=-4)) if self.error else ""


class GraderSession:
    """The hidden graders of one assignment, ready to run.

    Use as a context manager, or call `close`. Raises GraderError where the file cannot be collected.
    """

    def __init__(self, assignment: str, reference: str, path: Path | None = None) -> None:
        self.assignment = assignment
        self.reference: ModuleType = importlib.import_module(f"reference.{reference}")
        _derive_once(self.reference)
        self.path = path or GRADERS / f"{assignment}.py"
        if not self.path.is_file():
            raise GraderError(
                f"{assignment} has no hidden graders: write {self.path.name} in autograder/graders"
            )
        self._requests: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        self._plugin = _Plugin(self)
        self._output = io.StringIO()
        self._thread = threading.Thread(target=self._pytest, name=f"graders-{assignment}", daemon=True)
        self._thread.start()
        self._wait()
        # The graders' arrays are small: more threads would only take the cores from other workers.
        self._one_thread = threadpool_limits(1)

    def __enter__(self) -> GraderSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the session."""
        self._requests.put(None)
        self._thread.join()
        self._one_thread.restore_original_limits()

    def warm_up(self, modules: Iterable[str]) -> None:
        """Import modules, derive what the bank derives, and run every test on the reference: else the first
        submissions would wait for what is only done once.
        """
        for module in [*modules, *_imported_late(f"autograder.bank.{self.assignment}")]:
            with suppress(ImportError):  # what only students' code wants need not be here
                importlib.import_module(module)
        self._requests.put(self._plugin.rehearse)
        self._wait()
        for name in list(vars(self.reference)):
            if name.startswith(DERIVATION):
                student = Student(LocalCaller(vars(self.reference)))
                getattr(student, name)()
                known_mistake(self.assignment, name, student.calls)

    @property
    def questions(self) -> list[str]:
        """Names of the questions that have hidden tests, in the file's order."""
        return list(self._plugin.items)

    def tests(self, question: str) -> list[str]:
        """Names of the question's hidden tests."""
        return [item.name for item in self._plugin.items.get(question, [])]

    def grade(self, question: Question) -> QuestionResult:
        """Run the question's hidden tests against a submission."""
        self._requests.put(lambda: self._plugin.grade(question))
        return self._wait()

    def run_test(self, question: Question, test: str) -> TestResult:
        """Run one hidden test of the question."""
        self._requests.put(lambda: self._plugin.run_test(question, test))
        return self._wait()

    def _pytest(self) -> None:
        arguments = [
            str(self.path),
            "--import-mode=importlib",
            "-c",
            os.devnull,
            f"--rootdir={self.path.parent}",
        ]
        arguments += ["--disable-plugin-autoload", *(f"-pno:{plugin}" for plugin in UNUSED_PLUGINS)]
        try:
            code = pytest.main(arguments, plugins=[self._plugin])
        except BaseException as error:
            self._answers.put((None, GraderError(f"{self.path.name}: {error}")))
            return
        if not self._plugin.served:
            problems = "; ".join(self._plugin.problems) or f"pytest ended with code {int(code)}"
            self._answers.put((None, GraderError(f"{self.path.name} cannot be collected: {problems}")))

    def serve(self) -> None:
        """Answer requests until the session is closed; called inside pytest's test loop."""
        self._answers.put((None, None))
        while (request := self._requests.get()) is not None:
            sink = io.StringIO()
            try:
                with redirect_stdout(sink), redirect_stderr(sink):
                    value = request()
                self._answers.put((value, None))
            except BaseException as error:
                self._answers.put((None, error))

    def _wait(self) -> Any:
        value, error = self._answers.get()
        if error is not None:
            raise error
        return value


@dataclass(frozen=True)
class _Mark:
    """What a hidden test's mark says of it."""

    question: str
    weight: float
    line: str
    """The sentence the student reads: the mark's ``line`` (for a parametrised test), else the docstring's first."""


def _read_mark(item: pytest.Item) -> _Mark:
    mark = item.get_closest_marker("question")
    if mark is None or len(mark.args) != 1:
        raise GraderError(
            f"{item.name} names no question: mark it with @pytest.mark.question(name, weight=…)"
        )
    line = str(mark.kwargs.get("line") or "")
    if not line:
        doc = getattr(getattr(item, "function", None), "__doc__", None) or ""
        if not doc.strip():
            raise GraderError(f"{item.name} has no docstring: its first line is what the student reads")
        line = doc.strip().splitlines()[0]
    return _Mark(mark.args[0], float(mark.kwargs.get("weight", 1)), line)


OWN_FIXTURES = ("student", "rng", "carried")


def _parameters(item: pytest.Function) -> dict[str, Any]:
    return item.callspec.params if hasattr(item, "callspec") else {}


class _Plugin:
    """The pytest plugin behind a `GraderSession`."""

    def __init__(self, session: GraderSession) -> None:
        self.session = session
        self.items: dict[str, list[pytest.Item]] = {}
        self.marks: dict[pytest.Item, _Mark] = {}
        self.neighbours: dict[pytest.Item, pytest.Item] = {}
        self.plain: set[pytest.Item] = set()
        self.problems: list[str] = []
        self.served = False
        self.current: _Current | None = None
        self.drawn: dict[str, np.random.Generator] = {}
        self.ran = _Ran(0.0)

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line(
            "markers", "question(name, weight=1, line=None): the question a hidden test grades"
        )

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problems.append(str(report.longrepr).strip().splitlines()[-1])

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            try:
                mark = self.marks[item] = _read_mark(item)
            except GraderError as error:
                self.problems.append(str(error))
                continue
            self.items.setdefault(mark.question, []).append(item)
        self.plain = {item for item in items if self._is_plain(item)}
        pairs = zip(items, items[1:] + items[:1], strict=True)
        self.neighbours = {one: other for one, other in pairs if one is not other}

    def _is_plain(self, item: pytest.Item) -> bool:
        """Whether the test is a function of the session's own fixtures and of its parameters, and of nothing else."""
        if not isinstance(item, pytest.Function) or item.cls is not None:
            return False
        if any(mark.kwargs.get("indirect") for mark in item.iter_markers("parametrize")):
            return False
        own = {name for name in OWN_FIXTURES if not hasattr(item.module, name)}
        return set(item.fixturenames) <= own | _parameters(item).keys()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed or self.problems:
            return True
        if not self.items:
            self.problems.append("it holds no tests")
            return True
        self.served = True
        self.session.serve()
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Keep the exception itself; pytest's own report would spend milliseconds on drawing it."""
        if call.excinfo is not None and self.ran.error is None:
            self.ran.error = call.excinfo.value
        outcome: Literal["passed", "failed"] = "passed" if call.excinfo is None else "failed"
        when = cast(Literal["setup", "call", "teardown"], call.when)
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, when)

    @pytest.fixture
    def student(self) -> Student:
        """The student's functions, across the wall."""
        return self._current.student

    @pytest.fixture
    def rng(self) -> np.random.Generator:
        """A generator drawn for this student, question and test."""
        return self._generator()

    def _generator(self) -> np.random.Generator:
        current = self._current
        ahead = self.drawn.pop(current.test, None)
        return ahead or keys.generator(current.question.key, current.question.name, current.test)

    @pytest.fixture
    def carried(self) -> Callable[..., None]:
        """``carried(compare, name, uses=(…))``: an error made in an earlier question is paid for once.

        Runs ``compare(reference_function)``. Where that finds the answer wrong and an earlier question in
        `uses` earned some but not all of its points, runs it again with a reference function that itself
        uses the student's own earlier functions.
        """
        return self._carried

    @property
    def _current(self) -> _Current:
        assert self.current is not None
        return self.current

    def _carried(
        self, compare: Callable[[Callable[..., Any]], None], name: str, *, uses: tuple[str, ...]
    ) -> None:
        reference = self.session.reference
        current = self._current
        try:
            compare(getattr(reference, name))
        except Wrong:
            earned = current.question.earned
            imperfect = [used for used in uses if 0 < earned.get(used, 0.0) < 1]
            if not imperfect:
                raise
            with self._apart(imperfect) as (helpers, finish):
                students = {used: getattr(helpers, used) for used in imperfect}
                with _replaced(reference, {**_without_ungraded_checks(reference), **students}):
                    try:
                        compare(getattr(reference, name))
                        finish()
                    except (Wrong, StudentFault):
                        carried_too = False
                    else:
                        carried_too = True
            if not carried_too:
                raise
            current.carried = True

    @contextmanager
    def _apart(self, functions: list[str]) -> Iterator[tuple[Student, Callable[[], None]]]:
        """The student's earlier functions, for use by the reference, and what to call in the end.

        See `autograder.grading.apart`.
        """
        current = self._current
        question = current.question
        if question.apart is None:  # trusted code, graded in this process
            yield Student(question.caller), lambda: None
            return
        caller = Metered(question.apart())
        calls = [call for function in functions for call in question.asked.calls(function)]
        rng = keys.generator(question.key, question.name, f"{current.test}, again")
        again = Student(caller).within(SECONDS_AGAIN)  # however long the test had allowed
        apart = Apart(caller, calls, rng, lambda call: _same(call, again))
        # The grader may itself call an earlier function of the student's while it compares.
        current.switch.functions, current.switch.other = frozenset(question.earned), apart
        try:
            yield Student(apart), apart.finish
        finally:
            current.switch.other = None

    def grade(self, question: Question) -> QuestionResult:
        items = self.items.get(question.name, [])
        # One after the other they cost a fifth of what each does between two calls across the wall.
        self.drawn = {item.name: keys.generator(question.key, question.name, item.name) for item in items}
        results = []
        for item in items:
            results.append(self._run(question, item))
            if question.until_failure and results[-1].outcome != "passed":
                break
        problem = "" if items else "this question has no hidden tests"
        return QuestionResult(
            name=question.name, max_points=question.max_points, tests=results, problem=problem
        )

    def rehearse(self) -> None:
        """Run every test on the reference, up to its first call that may take long."""
        caller = _Brief(LocalCaller(dict(vars(self.session.reference))))
        for name, items in self.items.items():
            for item in items:
                self._attempt(Question(name=name, max_points=1, caller=caller, key=b"", earned={}), item)

    def run_test(self, question: Question, test: str) -> TestResult:
        self.drawn = {}
        return self._run(question, next(item for item in self.items[question.name] if item.name == test))

    def _run(self, question: Question, item: pytest.Item) -> TestResult:
        result = self._settled(question, item)
        result.message, result.detail = _readable(result.message), _readable(result.detail)
        return result

    def _settled(self, question: Question, item: pytest.Item) -> TestResult:
        student, ran = self._attempt(question, item)
        question.asked.keep(question.name, student.calls)
        error, mark = ran.error, self.marks[item]
        result = TestResult(
            name=item.name, weight=mark.weight, outcome="passed", line=mark.line, seconds=ran.seconds
        )
        if error is None:
            if self._current.carried:
                result.message = "Right, given your earlier function; the points were lost there."
            return result
        if isinstance(error, StudentFault | Wrong):
            return self._failed(result, question, student, ran)
        # Either the grader is at fault, or an answer of unexpected form broke it. The reference decides.
        _, check = self._attempt(
            Question(
                name=question.name,
                max_points=question.max_points,
                caller=LocalCaller(dict(vars(self.session.reference))),
                key=question.key,
                earned={},
            ),
            item,
        )
        if check.error is None:
            result.outcome = "failed"
            if not isinstance(error, AssertionError):
                result.message = "The result does not have the form that the docstring promises."
        else:
            result.outcome = "could_not_grade"
            result.message = "This test could not be graded; the staff have been told."
        result.detail = ran.traceback
        return result

    def _attempt(self, question: Question, item: pytest.Item) -> tuple[Student, _Ran]:
        switch = Switch(Metered(question.caller))
        student = Student(switch)
        self.current = _Current(question, student, switch, item.name)
        self.ran = _Ran(0.0)
        started = time.perf_counter()
        if item in self.plain:
            self._call(cast(pytest.Function, item))
        else:
            # Told that another test follows, pytest does not take the module down after each one and up again.
            follows = self.neighbours.get(item)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=follows)
        self.ran.seconds = time.perf_counter() - started
        return student, self.ran

    def _call(self, item: pytest.Function) -> None:
        current, parameters = self._current, _parameters(item)
        values = {
            "student": lambda: current.student,
            "rng": self._generator,
            "carried": lambda: self._carried,
        }
        arguments = {
            name: parameters[name] if name in parameters else values[name]() for name in item.fixturenames
        }
        try:
            item.obj(**arguments)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # pytest.fail and pytest.skip raise no Exception
            self.ran.error = error

    def _failed(self, result: TestResult, question: Question, student: Student, ran: _Ran) -> TestResult:
        error = ran.error
        result.outcome = "failed"
        if isinstance(error, Wrong):
            result.message, result.hint, result.detail = error.message, error.hint, error.detail
        elif isinstance(error, StudentError):
            where = "".join(
                f"\n  line {line['line']} of {line['function']}: {line['text']}" for line in error.lines
            )
            result.message = f"Your function raised {error}{where}"
            if error.type_name == "NotImplementedError":
                result.message = "Not implemented yet."
        elif isinstance(error, TimeLimit):
            result.message = f"Your function took longer than its limit of {error.seconds:g} s."
        elif isinstance(error, StudentFault):
            result.message = f"Your function gave no usable answer: {error}"
        if not result.detail:
            result.detail = ran.traceback
        unanswered = isinstance(error, StudentError) and error.type_name == "NotImplementedError"
        if not result.hint and not unanswered:
            result.hint = self._known_mistake(question, student.calls)
        return result

    def _known_mistake(self, question: Question, calls: list[Call]) -> str:
        if question.derivations_hint is not None:
            return question.derivations_hint
        hint = known_mistake(self.session.assignment, question.name, calls, question.recognised)
        if calls and question.name.startswith(DERIVATION):
            question.derivations_hint = hint
        return hint


class _Brief:
    """A way to functions that are not asked what is allowed to take longer than usual."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def request(self, op: str, arguments: dict[str, Any], *, seconds: float) -> Any:
        """Pass a request on, or raise JobDied."""
        if op in EARLIER and seconds > DEFAULT_SECONDS:
            raise JobDied("this is a rehearsal")
        return self._caller.request(op, arguments, seconds=seconds)


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


MAX_WORDS = 20_000


def _readable(text: str) -> str:
    """Text in which a student's words may stand, without what a terminal obeys or a file cannot hold."""
    if not text:
        return text
    if len(text) > MAX_WORDS:
        text = f"{text[:MAX_WORDS]}\n[{len(text):,} characters; the rest is not kept]"
    return _CONTROL.sub("", text).encode("utf-8", "replace").decode()


@contextmanager
def _replaced(module: ModuleType, functions: dict[str, Any]) -> Iterator[None]:
    own = {name: getattr(module, name) for name in functions}
    for name, function in functions.items():
        setattr(module, name, function)
    try:
        yield
    finally:
        for name, function in own.items():
            setattr(module, name, function)


def _derive_once(reference: ModuleType) -> None:
    """Have the reference's derivations gone through only once."""
    for name, function in list(vars(reference).items()):
        if inspect.isfunction(function):
            setattr(reference, name, _once(name, function))


@functools.cache
def _once(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A derivation takes no data: SymPy needs to go through it only once. Any other function as it is."""
    return functools.cache(function) if name.startswith(DERIVATION) else function


def _imported_late(module: str) -> list[str]:
    """What a module's functions import when they are called."""
    try:
        tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    except (ImportError, OSError):
        return []
    inner = [
        node for function in tree.body if isinstance(function, ast.FunctionDef) for node in ast.walk(function)
    ]
    found = [alias.name for node in inner if isinstance(node, ast.Import) for alias in node.names]
    for node in inner:
        if isinstance(node, ast.ImportFrom):
            found += [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
    return list(dict.fromkeys(found))


@functools.cache
def _without_ungraded_checks(reference: ModuleType) -> dict[str, Any]:
    """The reference's functions as they would go on with a student's imperfect intermediate results.

    They look names up in the module, so they too call the functions that `_replaced` puts there.
    """
    source = inspect.getsource(reference)
    lines = source.splitlines()
    tree = ast.parse(source)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    for function in functions:
        function.body = [
            statement
            for statement in function.body
            if not isinstance(statement, ast.If)
            or not any(NOT_GRADED in line for line in lines[statement.lineno - 1 : statement.end_lineno])
        ]
    found: dict[str, Any] = {}
    exec(
        compile(ast.Module(cast(list[ast.stmt], functions), []), reference.__name__, "exec"),
        vars(reference),
        found,
    )
    return found


LONG = 0.005
"""Seconds from which on a call is long."""


def known_mistake(
    assignment: str, question: str, calls: list[Call], recognised: list[bank.Solution] | None = None
) -> str:
    """The hint of the bank's wrong solution that gives the same answers to the same calls, or ''.

    Calls with a random generator are not compared: two correct samplers differ too. `recognised` are the solutions
    that were found before for the same function; the one that is found joins them. Nothing that takes long is asked
    of them again: the student has their hint already.
    """
    # Most differ from a solution in every call: the one that takes longest is asked last, and hardly ever.
    asked = sorted((call for call in calls if call.function == question), key=lambda call: call.seconds)
    if not asked:
        return ""
    quick = [call for call in asked if call.seconds < LONG]
    known = recognised if recognised is not None else []
    others = [one for one in bank.solutions(assignment, question) if not one.correct and one not in known]
    for solution in [*known, *others]:
        names = vars(importlib.import_module(f"autograder.bank.{assignment}"))
        names = {**names, question: _once(question, solution.function)}
        local = Student(LocalCaller(names))
        if all(_same(call, local) for call in (quick if solution in known else asked)):
            if solution not in known:
                known.append(solution)
            return solution.hint
    return ""


def _same(call: Call, local: Student) -> bool:
    if any(isinstance(value, Remote) for value in call.args):
        return False  # an object of the student's process means nothing in this one
    asked = local if call.writeable else local.read_only
    function = getattr(asked.gradients if call.op == "gradient" else asked, call.function)
    try:
        with np.errstate(all="ignore"):
            value = function(*call.args, **call.kwargs)
    except StudentError as error:
        return isinstance(call.error, StudentError) and call.error.type_name == error.type_name
    except StudentFault:
        return False
    try:
        return call.error is None and _alike(call.value, value)
    except (
        Exception
    ):  # an answer can be so strange that it cannot even be compared, and is nobody's known mistake
        return False


def _points(expression: Expression) -> list[dict[str, float]]:
    """Three points at which derivations are compared: what a symbol stands for depends on its name alone.

    So a derivation of the bank's has the same values whomever it is compared with, and they are reckoned once.
    """
    places = {name: zlib.crc32(name.encode()) / 2**32 for name in expression.symbols}
    return [{name: 0.3 + 1.7 * place + 0.13 * j for name, place in places.items()} for j in range(3)]


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[key], other[key]) for key in one)
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(_alike(a, b) for a, b in zip(one, other, strict=True))
    if hasattr(one, "at") and hasattr(other, "at"):
        try:
            return bool(np.allclose(one.at(_points(one)), other.at(_points(other)), rtol=1e-6))
        except StudentFault:
            return False
    try:
        a, b = np.asarray(one), np.asarray(other)
        if "U" in (a.dtype.kind, b.dtype.kind):
            return a.dtype.kind == b.dtype.kind and np.array_equal(a, b)
        a, b = a.astype(float), b.astype(float)
    except (TypeError, ValueError):
        return False
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-6, atol=1e-9, equal_nan=True))
