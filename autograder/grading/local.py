"""Grade trusted code in this process: the reference, the bank, and variations of them.

The same hidden tests, the same bytes on the wire, no sandbox. Never for a student's code.
"""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Sequence
from typing import Any

from autograder.grading.session import GraderSession, Question
from autograder.grading.student import LocalCaller
from autograder.results import QuestionResult


def pasted(session: GraderSession, replace: dict[str, str]) -> dict[str, Any]:
    """The reference's source as one notebook namespace, with some questions' code replaced.

    As in a notebook, later functions see the replaced ones.
    """
    namespace: dict[str, Any] = {"__name__": "notebook"}
    _execute(inspect.getsource(session.reference), "<reference>", namespace)
    for question, source in replace.items():
        _execute(source, f"<{question}>", namespace)
    return namespace


def _execute(source: str, name: str, namespace: dict[str, Any]) -> None:
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), namespace)


def grade_locally(
    session: GraderSession,
    replace: dict[str, str] | None = None,
    *,
    key: bytes = b"local",
    points: float = 1.0,
    questions: Sequence[str] = (),
) -> dict[str, QuestionResult]:
    """Results of every question, or of some, for the reference with some functions' code replaced (name → source)."""
    caller = LocalCaller(pasted(session, replace or {}))
    earned: dict[str, float] = {}
    results = {}
    for name in questions or session.questions:
        result = session.grade(Question(name=name, max_points=points, caller=caller, key=key, earned=earned))
        earned[name] = (result.points or 0.0) / points
        results[name] = result
    return results
