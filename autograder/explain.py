"""One question of one student, run again as grading runs it, with all that its tests asked and decided: for staff.

The notebook's state is rebuilt in the sandbox, and the questions before are graded again, because errors are carried
forward from them. The hidden inputs come from the course secret, so they are those of the grade. The graders' own
functions are listened to from outside while they run, so grading itself knows nothing of this.
"""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import functools
import hashlib
import inspect
import math
import re
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import numpy as np

from autograder.config import Course, CourseError
from autograder.grade import Engine, environment_digest
from autograder.grading import compare
from autograder.grading.apart import Asked
from autograder.grading.session import GraderError, GraderSession, Question
from autograder.grading.student import Call, Caller, Expression, Remote, StudentError, held_bytes
from autograder.keys import course_secret, submission_key
from autograder.results import QuestionResult, Submission, TestResult
from autograder.sandbox import SandboxError
from autograder.store import read_report, report_key
from autograder.submission import question_cells, read_release
from notebook_runner.calls import snapshot
from notebook_runner.wire import Handle

DECISIONS = (
    "assert_close",
    "assert_expression",
    "assert_finite",
    "assert_p_value",
    "assert_probabilities",
    "assert_shape",
    "check",
)
CONVERSIONS = ("as_array", "unpack")
"""These decide something only where they find the answer wrong."""
MAX_EVENTS, MAX_BYTES = 2000, 256 * 2**20
"""Calls and comparisons of one test that are kept, and how large they may be together."""
SHOWN = 12
"""Of them, as many are printed from the beginning, and as many from the end."""
MAX_STATEMENT = 15
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass
class Event:
    """A call of the student's function, or a comparison."""

    kind: str
    """`call` or `comparison`."""
    name: str
    given: dict[str, Any] = field(default_factory=dict)
    """What the function was called with; or what was compared, and within which tolerance."""
    came: Any = None
    """What a call returned."""
    problem: str = ""
    """What went wrong: the exception of a call, or what a comparison found."""
    seconds: float = 0.0
    statement: str = ""
    """The line of the grader."""
    line: int = 0


@dataclass
class Explained:
    """One test: its result, and how it came about."""

    result: TestResult
    events: list[Event]
    left_out: int = 0


@dataclass
class Explanation:
    """One question of one student."""

    student: str
    week: str
    question: str
    key: str
    """A fingerprint of the key that the inputs are drawn from."""
    result: QuestionResult
    tests: list[Explained]
    stored: QuestionResult | None
    differences: list[str]
    """In what this differs from the stored grade."""
    reasons: list[str]
    """Why it may differ: what is no longer as it was."""


def explain(course: Course, student: str, question: str, week: str | None = None) -> Explanation:
    """Run a question again. Raises CourseError where it cannot be found, or the submission cannot be run."""
    week = _week_of(course, student, question, week)
    folder = course.step("submitted") / student / week
    if not folder.is_dir():
        raise CourseError(
            f"{student} has no submission of {week} at {folder}: check the id, or collect it first"
        )
    if not course.secret.is_file():
        raise CourseError(f"there is no {course.secret}: without it the hidden inputs are others, see --data")
    key = submission_key(course_secret(course.secret), student, week)
    try:
        with contextlib.closing(_Explainer(course, week)) as engine:
            engine.wanted = question
            report = engine.grade(Submission(student=student, assignment=week, folder=str(folder), key=key))
            raise CourseError(
                report.problem or f"the notebook of {student} does not come as far as {question}"
            )
    except _Done as done:
        result, tests, graders = done.result, done.tests, engine.graders.get(question, "")
    except (GraderError, SandboxError) as problem:
        raise CourseError(str(problem)) from None
    report_now = report_key(environment_digest(course, week), folder, key)
    stored = read_report(course, week, student)
    before = (
        next((old for old in stored.questions if old.name == question), None) if stored is not None else None
    )
    reasons: list[str] = []
    if stored is not None and stored.key != report_now:
        ground = report_key(engine.environment, folder, key)
        same_graders = before is not None and before.graders == graders
        reasons = list(_reasons(course, folder, stored.graded_at, stored.ground == ground, same_graders))
    return Explanation(
        student=student,
        week=week,
        question=question,
        key=hashlib.sha256(key).hexdigest()[:12],
        result=result,
        tests=tests,
        stored=before,
        differences=list(_differences(before, result)),
        reasons=reasons,
    )


def _week_of(course: Course, student: str, question: str, week: str | None) -> str:
    """The week that a question belongs to."""
    if week is not None:
        names = [name for name, _ in question_cells(read_release(course, course.week(week).name)).values()]
        if question not in names:
            raise CourseError(f"{week} has no question {question!r}; it has: {', '.join(names)}")
        return week
    found = []
    for declared in course.weeks:
        try:
            release = read_release(course, declared.name)
        except CourseError:
            continue
        if question in [name for name, _ in question_cells(release).values()]:
            found.append(declared.name)
    if not found:
        raise CourseError(f"no week has a question {question!r}: name the function, such as e_step")
    handed_in = [name for name in found if (course.step("submitted") / student / name).is_dir()]
    if len(found) > 1 and len(handed_in) != 1:
        raise CourseError(f"{' and '.join(found)} have a question {question!r}: add --week {found[0]}")
    return (handed_in or found)[0]


def _differences(stored: QuestionResult | None, now: QuestionResult) -> Iterator[str]:
    if stored is None:
        yield "there is no stored grade of this question"
        return
    if stored.points != now.points:
        yield f"points: stored {_points(stored)}, now {_points(now)}"
    old = {test.name: test.outcome for test in stored.tests}
    new = {test.name: test.outcome for test in now.tests}
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield f"{name}: stored {old.get(name, 'not there')}, now {new.get(name, 'not there')}"


def _points(result: QuestionResult) -> str:
    return f"{'no grade' if result.points is None else format(result.points, 'g')} of {result.max_points:g}"


def _reasons(
    course: Course, folder: Path, graded_at: str, same_ground: bool, same_graders: bool
) -> Iterator[str]:
    """What is no longer as it was when the report was made, as far as it can be told."""
    if not same_graders:
        yield "this question's hidden tests are others than those of the stored grade"
    if same_ground:
        if same_graders:
            yield "only hidden tests of other questions have changed since"
        return
    try:
        moment = datetime.fromisoformat(graded_at).timestamp()
    except ValueError:
        moment = math.inf
    newest = max((path.lstat().st_mtime for path in folder.rglob("*")), default=0.0)
    if newest > moment:
        yield "a submitted file is newer than the grade"
    if course.secret.stat().st_mtime > moment:
        yield "the course secret is newer than the grade: the hidden inputs are others"
    yield (
        "the submission, the key, or something all questions depend on (the graders' common code, the reference, "
        "the release, the limits, the engine, a package's version) has changed since: the stored grade keeps one "
        "digest of them all. 'course grade WEEK --regrade' shows whose scores that changes"
    )


class _Done(Exception):
    """What was wanted is known: the rest of the notebook is not run."""

    def __init__(self, result: QuestionResult, tests: list[Explained]) -> None:
        super().__init__()
        self.result = result
        self.tests = tests


class _Explainer(Engine):
    """Grades a submission up to one question, and listens there."""

    wanted = ""

    def _collect(self, course: Course, week: str) -> None:
        super()._collect(course, week)
        self.session.close()
        self.session = _Session(week, course.week(week).reference, self)


class _Session(GraderSession):
    def __init__(self, assignment: str, reference: str, engine: _Explainer) -> None:
        super().__init__(assignment, reference)
        self._engine = engine

    def grade(self, question: Question) -> QuestionResult:
        """Grade it; where it is the one that is wanted, listen, and stop the run with what was heard."""
        if question.name != self._engine.wanted:
            return super().grade(question)
        listener = _Listener()
        question = dataclasses.replace(
            question,
            caller=_Heard(question.caller, listener, ""),
            asked=_Signal(question.asked, listener),
            apart=_heard_apart(question.apart, listener),
        )
        tests = []
        with _listening(self.path, listener):
            for name in self.tests(question.name):
                listener.begin()
                test = self.run_test(question, name)
                tests.append(Explained(test, listener.events, listener.left_out))
        result = QuestionResult(
            name=question.name, max_points=question.max_points, tests=[test.result for test in tests]
        )
        raise _Done(result, tests)


class _Listener:
    """What was heard in one test. It ends when the student has been asked everything.

    What the session does after that, such as running the test on the reference, belongs to no student.
    """

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.events: list[Event] = []
        self.left_out = 0
        self.room = MAX_BYTES
        self.on = True

    def end(self) -> None:
        self.on = False

    def hear(self, event: Event) -> None:
        if not self.on:
            return
        self.room -= held_bytes([event.given, event.came])
        if len(self.events) < MAX_EVENTS and self.room > 0:
            self.events.append(event)
        else:
            self.left_out += 1


class _Signal(Asked):
    """Tells the listener that the student's part of a test is over: then its calls are kept."""

    def __init__(self, asked: Asked, listener: _Listener) -> None:
        self._asked = asked
        self._listener = listener

    def keep(self, question: str, calls: list[Call]) -> None:
        self._listener.end()
        self._asked.keep(question, calls)

    def calls(self, question: str) -> list[Call]:
        return self._asked.calls(question)


class _Heard:
    """A way to the student's process that is listened to."""

    def __init__(self, caller: Caller, listener: _Listener, where: str) -> None:
        self._caller = caller
        self._listener = listener
        self._where = where

    def request(self, op: str, arguments: dict[str, Any], *, seconds: float) -> Any:
        """Pass a request on, and note it."""
        given = dict(arguments)
        name = str(given.pop("function", given.pop("name", op)))
        event = Event(
            "call", f"{name}{' (gradient)' if op == 'gradient' else ''}{self._where}", given=snapshot(given)
        )
        started = time.perf_counter()
        try:
            value = self._caller.request(op, arguments, seconds=seconds)
        except Exception as problem:
            event.problem = f"{type(problem).__name__}: {problem}"
            raise
        else:
            event.came = snapshot(value)
            return value
        finally:
            event.seconds = time.perf_counter() - started
            for one in _one_by_one(event) if op == "each" else [event]:
                self._listener.hear(one)


def _one_by_one(event: Event) -> list[Event]:
    """Several calls in one request as so many events; those of which one raised are heard when each is asked alone."""
    calls, answers = event.given["calls"], event.came
    if event.problem:
        return [] if event.problem.startswith(StudentError.__name__) else [event]
    if not isinstance(answers, list) or len(answers) != len(calls):
        return [event]
    return [
        dataclasses.replace(
            event, given={"args": args, "kwargs": {}}, came=came, seconds=event.seconds / len(calls)
        )
        for args, came in zip(calls, answers, strict=True)
    ]


def _heard_apart(apart: Callable[[], Caller] | None, listener: _Listener) -> Callable[[], Caller] | None:
    if apart is None:
        return None
    return lambda: _Heard(apart(), listener, " (earlier function, asked apart for an error carried forward)")


@contextmanager
def _listening(path: Path, listener: _Listener) -> Iterator[None]:
    """Within the block, the comparing functions that a grader file has imported tell the listener what they see."""
    modules = [module for module in list(sys.modules.values()) if _lies_at(module, path)]
    statements = _Statements(path)
    own = []
    for module in modules:
        for name in (*DECISIONS, *CONVERSIONS):
            function = getattr(compare, name)
            for given in [given for given, value in vars(module).items() if value is function]:
                own.append((module, given, function))
                setattr(module, given, _told(function, listener, statements))
    try:
        yield
    finally:
        for module, given, function in own:
            setattr(module, given, function)


def _lies_at(module: ModuleType | None, path: Path) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and Path(file) == path


def _told(function: Callable[..., Any], listener: _Listener, statements: _Statements) -> Callable[..., Any]:
    """A comparing function that notes what it is given and what it finds."""
    name = function.__name__

    @functools.wraps(function)
    def compared(*args: Any, **kwargs: Any) -> Any:
        frame = sys._getframe(1)
        statement, names = statements.at(frame.f_lineno)
        event = Event("comparison", name, line=frame.f_lineno, statement=statement)
        event.given = _named(function, args, kwargs)
        if name == "assert_p_value":
            args, kwargs = _with_p_values(args, kwargs, event)
        if name == "check":
            event.given["values"] = _locals(frame, names)
        event.given = snapshot(event.given)
        try:
            value = function(*args, **kwargs)
        except Exception as problem:
            event.problem = str(problem) or type(problem).__name__
            listener.hear(event)
            raise
        if name in DECISIONS:
            listener.hear(event)
        return value

    return compared


def _named(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments by name, those not given by their default: a tolerance is one of them."""
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except TypeError:
        return dict(kwargs)
    bound.apply_defaults()
    left_out = ("rng", "p_value", "hint", "detail")
    return {name: value for name, value in bound.arguments.items() if name not in left_out}


def _with_p_values(
    args: tuple[Any, ...], kwargs: dict[str, Any], event: Event
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a two-stage test, so that the event gets the p-values."""
    drawn: list[float] = []
    event.given["p_values"] = drawn
    p_value = args[0] if args else kwargs["p_value"]

    def noted(rng: np.random.Generator) -> float:
        value = p_value(rng)
        drawn.append(value)
        event.given["p_values"] = list(drawn)
        return value

    return ((noted, *args[1:]), kwargs) if args else (args, {**kwargs, "p_value": noted})


def _locals(frame: FrameType, names: set[str]) -> dict[str, Any]:
    """The values that a condition is made of."""
    found = {name: frame.f_locals[name] for name in sorted(names) if name in frame.f_locals}
    return {name: value for name, value in found.items() if not callable(value)}


class _Statements:
    """The statements of a grader file by line."""

    def __init__(self, path: Path) -> None:
        source = path.read_text(encoding="utf-8")
        self._lines = source.splitlines()
        self._found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)]

    def at(self, line: int) -> tuple[str, set[str]]:
        """The innermost statement at a line, and the names in it."""
        around = [node for node in self._found if node.lineno <= line <= (node.end_lineno or node.lineno)]
        if not around:
            return "", set()
        node = min(around, key=lambda node: (node.end_lineno or node.lineno) - node.lineno)
        text = "\n".join(self._lines[node.lineno - 1 : node.end_lineno][:MAX_STATEMENT])
        names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
        return textwrap.dedent(text), names


# What is shown


def lines(explanation: Explanation) -> Iterator[str]:
    """The explanation in words: arrays abbreviated as NumPy does it, nothing in it that a terminal obeys."""
    yield from (CONTROL.sub("", line) for line in _lines(explanation))


def _lines(e: Explanation) -> Iterator[str]:
    yield f"{e.student}, {e.week}, {e.question}: {_points(e.result)}"
    yield f"inputs: drawn from the course secret for this student and week (key {e.key}), by question and test"
    if e.differences:
        yield "differs from the stored grade:"
        yield from (f"  {line}" for line in e.differences)
        reasons = e.reasons or [
            "nothing that the grade depends on has changed: the student's code is random, or near a limit of time or "
            "memory"
        ]
        yield from (f"  because, perhaps: {reason}" for reason in reasons)
    elif e.reasons:
        yield "the same grade as the stored one, although:"
        yield from (f"  {reason}" for reason in e.reasons)
    else:
        yield "the same grade as the stored one, from the same submission, graders and key"
    for test in e.tests:
        yield ""
        yield f"{test.result.outcome.replace('_', ' ').upper()}  {test.result.name}, weight {test.result.weight:g}"
        yield f"  the student reads: {test.result.line}"
        for note in test.result.message.splitlines():
            yield f"    {note}"
        if test.result.hint:
            yield f"    Hint: {test.result.hint}"
        shown = test.events
        if len(shown) > 2 * SHOWN:
            shown = [*shown[:SHOWN], *shown[-SHOWN:]]
        for number, event in enumerate(shown):
            if number == SHOWN and len(test.events) > len(shown):
                yield f"  … {len(test.events) - len(shown)} more calls and comparisons, all with --json …"
            yield from _event_lines(event)
        if test.left_out:
            yield f"  … and {test.left_out} more, which are not kept"
        # Where the student's own function raised, the call above says so; where it happened in the engine is no matter.
        raised = bool(test.events) and test.events[-1].kind == "call" and test.events[-1].problem
        if test.result.outcome != "passed" and test.result.detail and not raised:
            yield "  for staff:"
            yield from (f"    {line}" for line in test.result.detail.splitlines())


def _event_lines(event: Event) -> Iterator[str]:
    if event.kind == "call":
        yield f"  asked {event.name} ({1000 * event.seconds:.0f} ms)"
        args = event.given.get("args", [])
        for number, value in enumerate(args if isinstance(args, list) else [args], start=1):
            yield from _labelled(f"argument {number}", value)
        for name, value in event.given.get("kwargs", {}).items():
            yield from _labelled(name, value)
        for name, value in event.given.items():
            if name not in ("args", "kwargs"):
                yield from _labelled(name, value)
        if event.problem:
            yield from _labelled("raised", event.problem, words=True)
        else:
            yield from _labelled("came", event.came)
        return
    yield f"  {event.name}: {'WRONG: ' + event.problem if event.problem else 'fine'} (line {event.line} of the grader)"
    yield from (f"      | {line}" for line in event.statement.splitlines())
    for name, value in event.given.items():
        if name == "values":
            for inner, part in value.items():
                yield from _labelled(inner, part)
        else:
            yield from _labelled({"actual": "came"}.get(name, name), value, words=isinstance(value, str))


def _labelled(label: str, value: Any, *, words: bool = False) -> Iterator[str]:
    first, *rest = (value if words else brief(value)).splitlines() or [""]
    yield f"    {label}: {first}"
    yield from (f"      {line}" for line in rest[:20])


def brief(value: Any) -> str:
    """A value in a few lines: an array's shape, dtype and corners."""
    if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return repr(value.item())
    if isinstance(value, Expression | Handle | Remote):
        handle = value if isinstance(value, Handle) else value.handle
        names = f" in {', '.join(handle.names)}" if handle.names else ""
        return f"<{handle.kind}{names}, which stays in the student's process as number {handle.number}>"
    if isinstance(value, np.ndarray):
        text = np.array2string(value, precision=8, threshold=24, edgeitems=3)
        return f"{value.dtype} {value.shape}" + ("\n" if "\n" in text else " ") + text
    if isinstance(value, dict | list | tuple) and len(short := repr(value)) <= 80 and "array(" not in short:
        return short
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {brief(item)}" for name, item in list(value.items())[:12]) + "}"
    if isinstance(value, list | tuple):
        parts = [brief(item) for item in value[:12]]
        more = [f"… {len(value) - 12} more"] if len(value) > 12 else []
        return type(value).__name__ + "(" + ", ".join([*parts, *more]) + ")"
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}…"


def as_dict(explanation: Explanation) -> dict[str, Any]:
    """All of it, with every value in full, for machines."""
    e = explanation
    return {
        "student": e.student,
        "week": e.week,
        "question": e.question,
        "key": e.key,
        "points": e.result.points,
        "max_points": e.result.max_points,
        "stored_points": None if e.stored is None else e.stored.points,
        "differences": e.differences,
        "reasons": e.reasons,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "tests": [
            {
                "name": test.result.name,
                "weight": test.result.weight,
                "outcome": test.result.outcome,
                "line": test.result.line,
                "message": test.result.message,
                "hint": test.result.hint,
                "detail": test.result.detail,
                "left_out": test.left_out,
                "events": [
                    {name: full(getattr(event, name)) for name in Event.__dataclass_fields__}
                    for event in test.events
                ],
            }
            for test in e.tests
        ],
    }


def full(value: Any) -> Any:
    """A value as JSON has it: arrays as lists with shape and dtype, what is not finite as text."""
    if isinstance(value, np.ndarray):
        return {"dtype": str(value.dtype), "shape": list(value.shape), "values": full(value.tolist())}
    if isinstance(value, np.generic):
        return full(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return repr(value)
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, dict):
        return {str(name): full(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [full(item) for item in value]
    return repr(value)
