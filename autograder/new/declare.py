"""A week's lines added to ``course_config.py``: where that can be done safely, and not at all elsewhere."""

from __future__ import annotations

import ast
import io
import tokenize


class CannotEdit(Exception):
    """Why the file is left alone."""


def with_week(text: str, declared: str) -> str:
    """The text of a ``course_config.py`` with one more week at the end of its weeks; raises CannotEdit.

    `declared` is the week's call, without indentation. Nothing else changes: the result is parsed again and compared.
    """
    weeks = _weeks(text)
    lines = text.splitlines(keepends=True)
    if not weeks.elts:
        raise CannotEdit("its weeks are empty")
    last = weeks.elts[-1]
    assert last.end_lineno is not None and last.end_col_offset is not None
    first = lines[last.lineno - 1]
    before = first.encode()[: last.col_offset].decode()
    indent = before if not before.strip() else " " * 8
    end = (last.end_lineno, len(lines[last.end_lineno - 1].encode()[: last.end_col_offset].decode()))
    comma = _comma(text, end)
    row, column = comma or end
    line = lines[row - 1]
    rest = line[column:]
    new = "\n".join(indent + part for part in declared.splitlines()) + ","
    if comma is None:
        new = f",\n{new}\n" if rest.strip() else f",\n{new}"
        lines[row - 1] = line[:column] + new + (indent[:-4] if rest.strip() else "") + rest
    elif rest.strip() and not rest.strip().startswith("#"):
        lines[row - 1] = f"{line[:column]}\n{new}\n{indent[:-4]}{rest.lstrip()}"
    else:
        # What stands behind the comma is a remark on the week before.
        lines[row - 1] = f"{line.rstrip()}\n{new}\n"
    edited = "".join(lines)
    _compare(text, edited, declared)
    return edited


def _weeks(text: str) -> ast.Tuple | ast.List:
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise CannotEdit(f"it does not compile (line {error.lineno})") from None
    found = [
        keyword.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Course"
        for keyword in node.keywords
        if keyword.arg == "weeks"
    ]
    if len(found) != 1 or not isinstance(found[0], ast.Tuple | ast.List):
        raise CannotEdit("its weeks are not written out as weeks=(Week(…), …) in one Course(…)")
    return found[0]


def _comma(text: str, after: tuple[int, int]) -> tuple[int, int] | None:
    """Where the comma behind the last week ends; None where there is none."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.start >= after and token.type == tokenize.OP:
            return token.end if token.string == "," else None
    return None


def _compare(before: str, after: str, declared: str) -> None:
    """See that the edit has added the week and changed nothing else."""
    try:
        weeks = _weeks(after)
    except CannotEdit:
        raise CannotEdit("the place for a new week was not found") from None
    added = weeks.elts.pop()
    wanted = ast.parse(declared, mode="eval").body
    if ast.dump(added) != ast.dump(wanted) or [ast.dump(week) for week in weeks.elts] != [
        ast.dump(week) for week in _weeks(before).elts
    ]:
        raise CannotEdit("the place for a new week was not found")
    if _without_weeks(before) != _without_weeks(after):
        raise CannotEdit("the edit would change more than its weeks")


def _without_weeks(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != "weeks"]
    return ast.dump(tree)
