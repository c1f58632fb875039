"""A student's earlier functions, called on the reference's behalf: in a process that knows nothing of the question.

Where an error is carried forward, the reference is run with the student's own earlier function in it, and a later
answer counts as right where it agrees with that. A function that behaved differently by then could make the
reference agree with anything. So it is asked in a process in which the later question's cell never ran and no call
was ever made, mixed with the calls it was graded by: it must give the answers that it gave then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.grading.student import Call, Caller, Remote, StudentError, StudentFault, held_bytes

MAX_CALLS = 60
MAX_BYTES = 16 * 2**20
FEWEST = 8
"""So many calls are repeated in the end, however few were mixed in before."""
FEWEST_NUMBERS = 4
"""Of so many numbers at least some must differ."""
EARLIER = ("call", "gradient")


class OtherAnswers(StudentFault):
    """An earlier function does not give the answers any more that it was graded by."""


class Asked:
    """The calls that each question of one submission was graded by, as far as they can be repeated."""

    def __init__(self) -> None:
        self._calls: dict[str, list[Call]] = {}
        self._room: dict[str, int] = {}

    def keep(self, question: str, calls: list[Call]) -> None:
        """Remember the question's own calls, but for those that met a limit or hold objects that stay inside."""
        kept = self._calls.setdefault(question, [])
        for call in calls:
            if len(kept) >= MAX_CALLS:
                return
            if call.function != question or (call.error and not isinstance(call.error, StudentError)):
                continue
            if Remote in map(type, (*call.args, *call.kwargs.values(), call.value)):
                continue
            size = held_bytes(call.value)  # what was asked is the grader's own, and small
            if size <= self._room.setdefault(question, MAX_BYTES):
                self._room[question] -= size
                kept.append(call)

    def calls(self, question: str) -> list[Call]:
        """The calls that are remembered."""
        return self._calls.get(question, [])


class Apart:
    """The way to such a process: repeats earlier calls among the new ones and compares the answers.

    `same(call)` says whether a call, made again there, gives the answer that it gave before.
    """

    def __init__(
        self, caller: Caller, calls: list[Call], rng: np.random.Generator, same: Callable[[Call], bool]
    ) -> None:
        self._caller = caller
        self._calls = [calls[i] for i in rng.permutation(len(calls))]
        self._rng = rng
        self._same = same
        self._repeated = 0
        self._numbers = 0
        self._values: list[float] = []

    def request(self, op: str, arguments: dict[str, Any], *, seconds: float) -> Any:
        """Send one request, after an earlier call or not; raises OtherAnswers where that is answered differently."""
        if self._rng.random() < 0.5:
            self._repeat()
        value = self._caller.request(op, arguments, seconds=seconds)
        if op in EARLIER:
            self._note(value)
        return value

    def finish(self) -> None:
        """Repeat some more; raises OtherAnswers there, and where all calls, old and new, gave one number."""
        while self._repeated < min(FEWEST, len(self._calls)):
            self._repeat()
        for call in self._calls:
            if call.error is None:
                self._note(call.value)
        values = np.array(self._values)
        if self._numbers >= FEWEST_NUMBERS and (np.isnan(values).all() or (values == values[0]).all()):
            raise OtherAnswers("the earlier function says the same whatever it is asked")

    def _repeat(self) -> None:
        if self._repeated < len(self._calls):
            call = self._calls[self._repeated]
            self._repeated += 1
            if not self._same(call):
                raise OtherAnswers("the earlier function gives other answers than when it was graded")

    def _note(self, value: Any) -> None:
        """Keep the least and the largest number of an answer."""
        if isinstance(value, dict):
            value = list(value.values())
        for part in value if isinstance(value, list | tuple) else [value]:
            try:
                array = np.asarray(part, dtype=float)
            except (TypeError, ValueError, OverflowError):
                continue
            if array.size:
                self._numbers += array.size
                self._values += [float(array.min()), float(array.max())]


class Switch:
    """A way to a student's process that sends calls of some functions another way while it is told so."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.functions: frozenset[str] = frozenset()
        self.other: Caller | None = None

    def request(self, op: str, arguments: dict[str, Any], *, seconds: float) -> Any:
        """Send one request the way it goes now."""
        if self.other is not None and arguments.get("function") in self.functions:
            if op in EARLIER:
                return self.other.request(op, arguments, seconds=seconds)
            if op == "each":
                function = arguments["function"]
                return [
                    self.other.request(
                        "call", {"function": function, "args": args, "kwargs": {}}, seconds=seconds
                    )
                    for args in arguments["calls"]
                ]
        return self._caller.request(op, arguments, seconds=seconds)
