"""What of an earlier report still holds when a hidden test was changed.

A report remembers what it was made from: everything that all its results depend on, and for each question the digest
of its own tests. Where only the tests of some questions changed, the notebook is run again up to the last of them,
and those questions alone are asked. Two things reach from one question to another: the points earned, by which an
error is carried forward, and the calls by which an imperfect function was judged. So a question whose points changed
has all later ones asked again, and an imperfect question is asked again before a changed one that comes later.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from autograder.results import QuestionResult, Report


def graders_digests(path: Path) -> tuple[str, dict[str, str]]:
    """Digest of what all tests of a grader file share, and of each question's own tests, by the question's name.

    A test function belongs to the question that its one mark names; what cannot be told apart is shared.
    """
    source = path.read_text(encoding="utf-8")
    shared, own = hashlib.sha256(), dict[str, list[str]]()
    for node in ast.parse(source).body:
        text = ast.dump(node)
        question = _question(node)
        if question is None:
            shared.update(text.encode())
        else:
            own.setdefault(question, []).append(text)
    digests = {name: hashlib.sha256("\0".join(texts).encode()).hexdigest() for name, texts in own.items()}
    return shared.hexdigest(), digests


def _question(node: ast.stmt) -> str | None:
    """The question that a test function's decorators name, where they name exactly one."""
    if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test"):
        return None
    marks = [
        inner
        for decorator in node.decorator_list
        for inner in ast.walk(decorator)
        if isinstance(inner, ast.Call) and ast.unparse(inner.func) == "pytest.mark.question"
    ]
    if len(marks) != 1 or marks[0] not in node.decorator_list or not marks[0].args:
        return None
    name = marks[0].args[0]
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else None


class Kept:
    """The results of an earlier report that still hold, while the others are asked for again.

    `questions` are the names and points in the notebook's order; `digests` says by which tests each is judged now.
    """

    def __init__(
        self, before: Report | None, questions: Sequence[tuple[str, float]], digests: Mapping[str, str]
    ) -> None:
        self.before = before
        self._old = {result.name: result for result in before.questions} if before is not None else {}
        self._order = [name for name, _ in questions]
        self._kept = {
            name: old
            for name, points in questions
            if (old := self._old.get(name)) is not None
            and (old.graders, old.max_points) == (digests.get(name, ""), points)
            and old.points is not None
        }
        changed = [number for number, name in enumerate(self._order) if name not in self._kept]
        for name in self._order[: max(changed, default=0)]:
            if name in self._kept and 0 < (self._kept[name].points or 0) < self._kept[name].max_points:
                del self._kept[name]

    def result(self, name: str) -> QuestionResult | None:
        """The earlier result of a question, where it still holds."""
        return self._kept.get(name)

    def settle(self, result: QuestionResult) -> None:
        """Take note of a new result: other points than before leave nothing that comes later as it was."""
        old = self._old.get(result.name)
        if old is None or old.points != result.points:
            for name in self._order[self._order.index(result.name) :]:
                self._kept.pop(name, None)

    def rest(self, name: str) -> list[QuestionResult] | None:
        """The results of all questions after this one, where all of them still hold; otherwise None."""
        later = self._order[self._order.index(name) + 1 :]
        if self.before is None or not all(other in self._kept for other in later):
            return None
        return [self._kept[other] for other in later]
