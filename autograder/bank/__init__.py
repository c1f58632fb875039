"""The bank: every known wrong solution with its hint, and correct alternatives that must get full marks.

One module a week, named as the assignment. A solution is a function that would paste into the notebook
under its question's name::

    @wrong("e_step", hint="Divide by the sum over the components, not over the points.")
    def normalised_over_points(X, params):
        ...

    @right("e_step")
    def with_scipy(X, params):
        ...
"""

from __future__ import annotations

import importlib
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Solution:
    """One known solution of a question: right, or wrong with the hint its author should read.

    `also` names the other questions that lose points too, because they use this one and their error
    cannot be carried forward.
    """

    question: str
    name: str
    function: Callable[..., Any]
    correct: bool
    hint: str = ""
    also: tuple[str, ...] = ()

    @property
    def source(self) -> str:
        """The code as a student would have written it: under the question's name, without the mark."""
        lines = textwrap.dedent(inspect.getsource(self.function)).splitlines(keepends=True)
        start = next(i for i, line in enumerate(lines) if line.startswith(("def ", "class ")))
        text = "".join(lines[start:])
        return text.replace(f" {self.name}(", f" {self.question}(", 1)


def wrong(question: str, *, hint: str, also: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Mark a function as a known wrong solution of the question; the hint teaches and gives nothing away."""

    def mark(function: F) -> F:
        function.solution = Solution(question, function.__name__, function, False, hint, also)  # type: ignore[attr-defined]
        return function

    return mark


def right(question: str) -> Callable[[F], F]:
    """Mark a function as a correct-but-different solution of the question."""

    def mark(function: F) -> F:
        function.solution = Solution(question, function.__name__, function, True)  # type: ignore[attr-defined]
        return function

    return mark


def solutions(assignment: str, question: str | None = None) -> list[Solution]:
    """All solutions of the assignment's bank, in the order of the file; or those of one question."""
    try:
        module = importlib.import_module(f"autograder.bank.{assignment}")
    except ModuleNotFoundError as error:
        if error.name != f"autograder.bank.{assignment}":
            raise
        return []
    found = [value.solution for value in vars(module).values() if hasattr(value, "solution")]
    return [entry for entry in found if question in (None, entry.question)]
