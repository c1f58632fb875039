"""What a validation measures, as one digest: it tells whether the figures are those of the present graders."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

import autograder
import notebook_runner
from autograder.config import Course
from autograder.grading.session import NOT_GRADED


def digest(course: Course, week: str) -> str:
    """Digest of what a validation measures: the week's graders, bank and reference, and the comparing code.

    Comments, docstrings and layout do not count, nor do the reference's checks that are marked as not graded; neither
    do the release and the notebook's prose.
    """
    engine = Path(autograder.__file__).parent
    paths = [
        engine / "graders" / f"{week}.py",
        engine / "bank" / f"{week}.py",
        course.root / "reference" / f"{course.week(week).reference}.py",
        engine / "grading" / "compare.py",
        Path(notebook_runner.__file__).parent / "probes.py",
    ]
    whole = hashlib.sha256()
    for path in paths:
        source = path.read_text(encoding="utf-8")
        lines = [number for number, line in enumerate(source.splitlines(), 1) if NOT_GRADED in line]
        code = "".join(_code(ast.parse(source), lines))
        whole.update(f"{path.name}\0{code}\0".encode())
    return whole.hexdigest()


def _code(node: ast.AST, ungraded: list[int]) -> Iterator[str]:
    """What a module says; unlike `ast.dump` the same in every version of Python."""
    yield f"({type(node).__name__}"
    for name, value in ast.iter_fields(node):
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, ast.AST):
                if not _is_text(item) and not _is_ungraded(item, ungraded):
                    yield f" {name}="
                    yield from _code(item, ungraded)
            elif item is not None:
                yield f" {name}={item!r}"
    yield ")"


def _is_text(node: ast.AST) -> bool:
    """Whether it is a docstring, or another string that stands alone."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _is_ungraded(node: ast.AST, ungraded: list[int]) -> bool:
    return isinstance(node, ast.If) and any(
        node.lineno <= line <= (node.end_lineno or node.lineno) for line in ungraded
    )
