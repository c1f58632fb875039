"""The student's functions, called across the wall."""

from __future__ import annotations

import dataclasses
import functools
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from autograder.grading.compare import Wrong
from notebook_runner.calls import Calls, value_at
from notebook_runner.wire import Handle, Probe, Record, Seed, WireError, decode, encode

DEFAULT_SECONDS = 2.0
EACH_SECONDS = 20.0
"""For all calls of `Student.each` together, at most, where one call is allowed less."""
MAX_TEST_BYTES = 512 * 2**20
"""Memory for all answers that one hidden test is given: a test may keep each of them until it ends."""
ITEM_BYTES = 100
"""About what Python needs for one small value in a list."""
SMALL = frozenset((bool, float, type(None)))
"""Types whose values are small."""
PLAIN = frozenset((bool, float, int, str, type(None)))
"""Types whose values are sent as they are."""


class StudentFault(Exception):
    """Something the student's code did: the test that met it has failed."""


class StudentError(StudentFault):
    """The student's function raised: its type, message and the student's own lines."""

    def __init__(self, type_name: str, message: str, lines: list[dict[str, Any]] | None = None) -> None:
        super().__init__(f"{type_name}: {message}" if message else type_name)
        self.type_name = type_name
        self.message = message
        self.lines = lines or []


class TimeLimit(StudentFault):
    """The student's function did not answer within its time limit."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer within {seconds:g} s")
        self.seconds = seconds


class BadAnswer(StudentFault):
    """The answer is nothing that may cross the wall: wrong type, too large, malformed."""


class OutOfStep(BadAnswer):
    """The answer is not the answer to this request: nothing that follows on the channel can be trusted."""


class JobDied(StudentFault):
    """The student's process ended: out of memory, a crash, or its own ``exit``."""


class Caller(Protocol):
    """The way to one student's process."""

    def request(self, op: str, arguments: dict[str, Any], *, seconds: float) -> Any:
        """Send one request (see `notebook_runner.calls`) and return its value.

        Raises StudentError, TimeLimit, BadAnswer or JobDied; anything else is the grader's fault.
        """


class LocalCaller:
    """Answers requests in this process: for trusted code only (the reference, the bank).

    Values take the same way through bytes as they do across the wall.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._calls = _LocalCalls(namespace)

    def request(self, op: str, arguments: dict[str, Any], *, seconds: float) -> Any:
        """Answer one request; the time limit is not enforced."""
        del seconds
        answer = self._calls.answer(encode({"id": 0, "op": op, "arguments": arguments}))
        return open_answer(answer, 0)


class _LocalCalls(Calls):
    def _evaluate(self, expression: Any, points: list[dict[str, float]]) -> list[complex]:
        return [
            _value_at(expression, tuple((name, float(value)) for name, value in point.items()))
            for point in points
        ]


@functools.lru_cache(maxsize=8192)
def _value_at(expression: Any, point: tuple[tuple[str, float], ...]) -> complex:
    """The same of all students: the bank's derivations are compared with theirs at the same points."""
    return value_at(expression, dict(point))


class Metered:
    """A way to a student's process that gives up once the answers of one test are too large together."""

    def __init__(self, caller: Caller, room: int = MAX_TEST_BYTES) -> None:
        self._caller = caller
        self._room = room

    def request(self, op: str, arguments: dict[str, Any], *, seconds: float) -> Any:
        """Send one request; raises BadAnswer where there is no room for the answer, or none is left."""
        if self._room >= 0:
            value = self._caller.request(op, arguments, seconds=seconds)
            self._room -= held_bytes(value)
        if self._room < 0:
            raise BadAnswer("the answers to this test's calls are too large together")
        return value


def held_bytes(value: Any) -> int:
    """About how much memory a decoded value takes."""
    if type(value) is np.ndarray:
        return ITEM_BYTES + value.nbytes
    if isinstance(value, str | bytes):
        return ITEM_BYTES + 4 * len(value)
    if isinstance(value, dict):
        return ITEM_BYTES + sum(held_bytes(key) + held_bytes(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        held = ITEM_BYTES
        for item in value:
            if type(item) in SMALL:
                held += ITEM_BYTES
            elif type(item) is str:
                held += ITEM_BYTES + 4 * len(item)
            else:
                held += held_bytes(item)
        return held
    if isinstance(value, Handle):
        return ITEM_BYTES + held_bytes([value.kind, *value.names])
    if isinstance(value, Probe):
        return ITEM_BYTES + held_bytes([value.name, value.parameters])
    return max(ITEM_BYTES, sys.getsizeof(value), int(getattr(value, "nbytes", 0)))


def open_answer(answer: bytes, number: int) -> Any:
    """The value in an answer; raises StudentError or BadAnswer. `number` is the request's own."""
    try:
        fields = decode(answer)
    except WireError as problem:
        raise BadAnswer(str(problem)) from None
    if not isinstance(fields, dict) or type(fields.get("id")) is not int or fields["id"] != number:
        raise OutOfStep("the answer does not belong to the question that was asked")
    if "error" not in fields:
        if "value" not in fields:
            raise BadAnswer("the answer holds no value")
        return fields["value"]
    error = fields["error"]
    if not isinstance(error, dict):
        raise BadAnswer("the answer is malformed")
    name, message, lines = (error.get(part) for part in ("type", "message", "lines"))
    if not (isinstance(name, str) and isinstance(message, str) and isinstance(lines, list)):
        raise BadAnswer("the answer is malformed")
    if name == "ReturnValue":
        raise BadAnswer(message[:500])
    lines = [
        {"function": line["function"][:100], "line": line["line"], "text": line["text"][:200]}
        for line in lines[:6]
        if isinstance(line, dict)
        and type(line.get("line")) is int
        and isinstance(line.get("function"), str)
        and isinstance(line.get("text"), str)
    ]
    raise StudentError(name[:100], message[:2000], lines)


@dataclass
class Call:
    """One recorded call: what was asked and what came back."""

    function: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    writeable: bool = True
    op: str = "call"
    value: Any = None
    error: StudentFault | None = None
    seconds: float = 0.0
    """Wall-clock, until the answer came."""


@dataclass
class Expression:
    """A symbolic answer that stays inside; its value can be asked for at chosen points."""

    handle: Handle
    caller: Caller

    @property
    def symbols(self) -> tuple[str, ...]:
        """Names of the free symbols, as the student's process reports them."""
        return self.handle.names

    def at(self, points: list[dict[str, float]]) -> np.ndarray:
        """Complex values at the points (each maps symbol names to numbers); NaN where it is not a number."""
        values = self.caller.request("evaluate", {"expression": self.handle, "points": points}, seconds=10.0)
        if not isinstance(values, list) or len(values) != len(points):
            raise BadAnswer("the expression could not be evaluated")
        try:
            return np.array([complex(value) for value in values])
        except (TypeError, ValueError, OverflowError):
            raise BadAnswer("the expression is not a number at some point") from None


@dataclass
class Remote:
    """An object of the student's that stays inside, a model say: ``model.ask("encode", x)`` calls its method.

    It may be handed to the student's functions. Only what a method returns crosses, as plain data.
    """

    handle: Handle
    caller: Caller
    seconds: float

    @property
    def kind(self) -> str:
        """The name of its class, as the student's process reports it."""
        return self.handle.kind

    def ask(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """The value of one of its methods."""
        arguments = {
            "target": self.handle,
            "name": method,
            "args": _sent(list(args), True),
            "kwargs": _sent(kwargs, True),
        }
        return _opened(
            self.caller.request("method", arguments, seconds=self.seconds), self.caller, self.seconds
        )


@dataclass
class Student:
    """The student's functions: ``student.e_step(X, params)`` runs theirs and returns plain data.

    Arrays arrive writable, unless called through `read_only`. A named tuple comes back as a `Record`,
    a SymPy expression as an `Expression`, another object as a `Remote`.
    """

    _caller: Caller
    _seconds: float = DEFAULT_SECONDS
    _writeable: bool = True
    calls: list[Call] = field(default_factory=list)
    _op: str = "call"

    def within(self, seconds: float) -> Student:
        """The same student under another time limit (CPU seconds a call)."""
        return dataclasses.replace(self, _seconds=seconds)

    @property
    def read_only(self) -> Student:
        """The same student, sent read-only arrays: an edit in place raises ValueError inside."""
        return dataclasses.replace(self, _writeable=False)

    @property
    def gradients(self) -> Student:
        """The same student, asked for gradients: of the result's sum with respect to each positional argument.

        A call gives a list with a tensor (for a model, a dictionary of tensors) or None an argument. An
        argument that is edited in place raises RuntimeError inside.
        """
        return dataclasses.replace(self, _op="gradient")

    def each(self, function: str, calls: Iterable[tuple[Any, ...]]) -> list[Any]:
        """What the function answers to each of these arguments, asked for at once: one by one costs several times more.

        All together may take what each alone may, summed up, but no longer than `EACH_SECONDS`. Where one raises they
        are asked one by one, so that a fault is met, and recorded, where it is.
        """
        records = [Call(function, args, {}, self._writeable) for args in calls]
        sent = [_sent(list(record.args), self._writeable) for record in records]
        seconds = max(self._seconds, min(self._seconds * len(records), EACH_SECONDS))
        started = time.perf_counter()
        try:
            values = self._caller.request("each", {"function": function, "calls": sent}, seconds=seconds)
        except StudentError:
            return [getattr(self, function)(*record.args) for record in records]
        except StudentFault as fault:
            self.calls.append(dataclasses.replace(records[0], error=fault))
            raise
        if not isinstance(values, list) or len(values) != len(records):
            raise BadAnswer("the answer does not fit the calls")
        for record, value in zip(records, values, strict=True):
            record.value = _opened(value, self._caller, self._seconds)
            record.seconds = (time.perf_counter() - started) / len(records)
        self.calls += records
        return [record.value for record in records]

    @contextmanager
    def expects(self, error: str, message: str) -> Iterator[None]:
        """The calls in the block must raise the named error; otherwise `Wrong(message)`."""
        try:
            yield
        except StudentError as raised:
            if raised.type_name != error:
                raise Wrong(message, detail=f"raised {raised}") from None
        else:
            raise Wrong(message, detail="nothing was raised")

    def __getattr__(self, function: str) -> Callable[..., Any]:
        if function.startswith("_"):
            raise AttributeError(function)

        def call(*args: Any, **kwargs: Any) -> Any:
            record = Call(function, args, kwargs, self._writeable, self._op)
            self.calls.append(record)
            arguments = {
                "function": function,
                "args": _sent(list(args), self._writeable),
                "kwargs": _sent(kwargs, self._writeable),
            }
            started = time.perf_counter()
            try:
                value = self._caller.request(self._op, arguments, seconds=self._seconds)
            except StudentFault as fault:
                record.error = fault
                raise
            finally:
                record.seconds = time.perf_counter() - started
            record.value = _opened(value, self._caller, self._seconds)
            return record.value

        call.__name__ = function
        return call


def _opened(value: Any, caller: Caller, seconds: float) -> Any:
    """What came back, with handles made into what can be asked of them."""
    if isinstance(value, Handle) and value.kind == "sympy":
        return Expression(value, caller)
    if isinstance(value, Handle):
        return Remote(value, caller, seconds)
    if isinstance(value, dict):
        return {key: _opened(item, caller, seconds) for key, item in value.items()}
    return value


def _sent(value: Any, writeable: bool) -> Any:
    """The value as it is sent: arrays marked writable or read-only (views; the data is not copied), handles."""
    if type(value) in PLAIN:
        return value
    if isinstance(value, Remote):
        return value.handle
    if isinstance(value, np.ndarray):
        if value.flags.writeable == writeable:
            return value
        flagged = value.copy(order="K") if writeable else value.view()
        flagged.flags.writeable = writeable
        return flagged
    if isinstance(value, Record):
        return Record(value.name, value.fields, tuple(_sent(item, writeable) for item in value))
    if isinstance(value, tuple):
        items = [_sent(item, writeable) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if isinstance(value, list):
        return [item if type(item) in PLAIN else _sent(item, writeable) for item in value]
    if isinstance(value, dict):
        return {key: _sent(item, writeable) for key, item in value.items()}
    return value


def fresh_seed(rng: np.random.Generator) -> Seed:
    """A seed for the student's own generator, drawn from the test's."""
    return Seed(int.from_bytes(rng.bytes(16), "little"))
