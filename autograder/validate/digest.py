"""What a validation measures, as one digest: it tells whether the figures are those of the present graders."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

import autograder
import notebook_runner
from autograder.config import Course


def digest(course: Course, week: str) -> str:
    """Digest of what a validation measures: the week's graders, bank and reference, and the comparing code.

    Comments, docstrings and layout do not count; neither do the release and the notebook's prose.
    """
    engine = Path(autograder.__file__).parent
    paths = [
        engine / "graders" / f"{week}.py",
        engine / "bank" / f"{week}.py",
        course.root / "reference" / f"{course.week(week).reference}.py",
        engine / "grading" / "compare.py",
        engine / "grading" / "session.py",
        Path(notebook_runner.__file__).parent / "probes.py",
    ]
    whole = hashlib.sha256()
    for path in paths:
        code = "".join(_code(ast.parse(path.read_text(encoding="utf-8"))))
        whole.update(f"{path.name}\0{code}\0".encode())
    return whole.hexdigest()


def _code(node: ast.AST) -> Iterator[str]:
    """What a module says, without docstrings; unlike `ast.dump` the same in every version of Python."""
    yield f"({type(node).__name__}"
    for name, value in ast.iter_fields(node):
        if name == "body" and isinstance(
            node, ast.Module | ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef
        ):
            value = [statement for statement in value if not _is_text(statement)]
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, ast.AST):
                yield f" {name}="
                yield from _code(item)
            elif item is not None:
                yield f" {name}={item!r}"
    yield ")"


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
