"""Reading one submission, and mending it: the student's cells in the released notebook's frame."""

from __future__ import annotations

import copy
import json
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.config import Course, CourseError, Limits

MAX_FILES = 200
MAX_CELLS = 2000
OWN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
NOT_FOR_STUDENTS_CODE = {"timestamp.txt", "submission_secret.txt"}


class Unreadable(Exception):
    """A submission that cannot be read: one line that says what is wrong and what to do."""


def read_release(course: Course, week: str) -> NotebookNode:
    """The released notebook of a week; raises CourseError where it is not built."""
    path = course.release / week / f"{week}.ipynb"
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError):
        raise CourseError(
            f"{week} has no readable release in {course.release}: run 'course build {week}'"
        ) from None


def question_cells(notebook: NotebookNode) -> dict[int, tuple[str, float]]:
    """The autograded check cells: index → question and points."""
    checks = {}
    for index, cell in enumerate(notebook.cells):
        facts = cell.metadata.get("nbgrader", {})
        if facts.get("grade") and not facts.get("solution") and cell.cell_type == "code":
            checks[index] = (facts["grade_id"], float(facts["points"]))
    return checks


def find_notebook(folder: Path, week: str) -> Path:
    """The submitted notebook: the expected name, or the only notebook there is. Links are never followed.

    Raises Unreadable where there is none, or several and none has the expected name.
    """
    try:
        names = sorted(
            name for name in os.listdir(folder) if name.endswith(".ipynb") and not name.startswith(".")
        )
    except OSError:
        raise Unreadable(f"there is no folder {folder.name}: collect the submission again") from None
    notebooks = [name for name in names if _is_file(folder / name)]
    expected = f"{week}.ipynb"
    if expected in notebooks:
        return folder / expected
    if len(notebooks) == 1:
        return folder / notebooks[0]
    if notebooks:
        raise Unreadable(
            f"there are {len(notebooks)} notebooks and none is {expected}: rename the right one in {folder}"
        )
    raise Unreadable(f"there is no notebook in {folder}: ask the student for {expected}")


def _is_file(path: Path) -> bool:
    return stat.S_ISREG(os.lstat(path).st_mode)


def _read_bytes(path: Path, limit: int) -> bytes:
    """The bytes of a regular file; a link, a pipe or a device in its place is refused, not opened for reading."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise Unreadable(f"{path.name} is not a regular file")
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Unreadable(f"{path.name} is larger than {limit / 2**20:g} MB")
    return data


def read_notebook(path: Path, limits: Limits) -> NotebookNode:
    """A submitted notebook as nbformat 4, checked for no more than grading needs.

    Raises Unreadable: too large, no JSON (truncated), no notebook, or of another language.
    """
    advice = "open it in JupyterLab, or ask the student to submit again"
    try:
        data = _read_bytes(path, int(limits.notebook_mb * 2**20))
        raw = json.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise Unreadable(
            f"{path.name} cannot be read ({error.strerror}): collect the submission again"
        ) from None
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise Unreadable(f"{path.name} is no valid JSON ({where}), perhaps truncated: {advice}") from None
    if not isinstance(raw, dict):
        raise Unreadable(f"{path.name} is no notebook: {advice}")
    if raw.get("nbformat") == 3:
        raw = _upgraded(raw, path.name, advice)
    if raw.get("nbformat") != 4 or not isinstance(raw.get("cells"), list):
        raise Unreadable(f"{path.name} is no notebook of format 4: {advice}")
    _check_language(raw, path.name)
    if len(raw["cells"]) > MAX_CELLS:
        raise Unreadable(
            f"{path.name} has {len(raw['cells']):,} cells; {MAX_CELLS:,} are read at most: {advice}"
        )
    cells = [cell for cell in map(_cell, raw["cells"]) if cell is not None]
    return nbformat.from_dict({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


def _upgraded(raw: dict[str, Any], name: str, advice: str) -> dict[str, Any]:
    try:
        return dict(nbformat.convert(nbformat.from_dict(raw), 4))
    except Exception:
        raise Unreadable(f"{name} is of an old format that cannot be converted: {advice}") from None


def _check_language(raw: dict[str, Any], name: str) -> None:
    metadata = raw.get("metadata")
    facts = metadata if isinstance(metadata, dict) else {}
    for part, key in (("kernelspec", "language"), ("language_info", "name")):
        section = facts.get(part)
        language = section.get(key) if isinstance(section, dict) else None
        if (
            isinstance(language, str)
            and language
            and language.lower() not in ("python", "ipython", "python3")
        ):
            raise Unreadable(f"{name} is written for a kernel of {language[:40]!r}: it has to be Python 3")


def _cell(raw: Any) -> dict[str, Any] | None:
    """A cell reduced to what is used: its type, text, id and nbgrader's grade id."""
    if not isinstance(raw, dict):
        return None
    source = raw.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    metadata = raw.get("metadata")
    facts = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = facts.get("grade_id") if isinstance(facts, dict) else None
    kind = raw.get("cell_type")
    cell: dict[str, Any] = {
        "cell_type": kind if kind in ("code", "markdown", "raw") else "raw",
        "source": source.replace("\r\n", "\n"),
        "id": raw.get("id"),
        "metadata": {"nbgrader": {"grade_id": grade_id}} if isinstance(grade_id, str) else {},
    }
    if cell["cell_type"] == "code":
        cell |= {"outputs": [], "execution_count": None}
    return cell


def submitted_files(folder: Path, limits: Limits) -> dict[str, bytes]:
    """The regular files that a student submitted beside the notebook, by relative path.

    Links, pipes and devices are left out. Raises Unreadable where there are too many or too large ones.
    """
    files: dict[str, bytes] = {}
    room = int(limits.scratch_mb * 2**20 / 2)
    for path in _own_files(folder):
        data = _read_bytes(path, room)
        room -= len(data)
        files[path.relative_to(folder).as_posix()] = data
        if len(files) > MAX_FILES:
            raise Unreadable(
                f"more than {MAX_FILES} files were submitted: remove what the notebook does not need"
            )
    return files


def _own_files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent) / name
            if not name.endswith(".ipynb") and name not in NOT_FOR_STUDENTS_CODE and _is_file(path):
                yield path


def mend(submitted: NotebookNode, release: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """The student's cells in the frame of the release, and what had to be mended, in words for people.

    The result has every cell that the release marks for nbgrader, once and in order: locked and check cells as
    released, answer cells with the student's text. Where an answer cell stands twice the last one counts, as
    for nbgrader's own ``DeduplicateIds``; the others stay as cells of the student's own. Cells of their own
    keep their place after the cell that they followed.
    """
    frame = [cell for cell in release.cells if _grade_id(cell)]
    known = {_grade_id(cell): cell for cell in frame}
    repairs: list[str] = []
    last = {_grade_id(cell): index for index, cell in enumerate(submitted.cells) if _grade_id(cell) in known}
    answers: dict[str, NotebookNode] = {}
    own: dict[str, list[NotebookNode]] = {"": []}
    anchor = ""
    order = []
    for index, cell in enumerate(submitted.cells):
        name = _grade_id(cell)
        if name in known and last[name] == index:
            anchor = name
            order.append(name)
            answers[name] = cell
            own.setdefault(anchor, [])
            continue
        if name in known:
            repairs.append(f"{name} stood there more than once; the last one counts")
            if not _is_answer(known[name]):
                continue
        own.setdefault(anchor, []).append(cell)
    position = {_grade_id(cell): index for index, cell in enumerate(frame)}
    if order != sorted(order, key=position.__getitem__):
        repairs.append("cells were moved and have been put back in order")
    notebook = copy.deepcopy(release)
    notebook.cells = []
    used: set[str] = set()
    released_ids = {cell.id for cell in frame}

    def add_own(name: str) -> None:
        for cell in own.get(name, []):
            cell = copy.deepcopy(cell)
            cell.metadata = NotebookNode()
            wanted = cell.get("id")
            fresh = isinstance(wanted, str) and OWN_ID.fullmatch(wanted) and wanted not in released_ids | used
            cell.id = wanted if fresh else f"own-{len(used)}"
            while cell.id in used or cell.id in released_ids:
                cell.id += "x"
            used.add(cell.id)
            notebook.cells.append(cell)

    add_own("")
    for released in frame:
        name = _grade_id(released)
        cell = copy.deepcopy(released)
        given = answers.get(name)
        if given is None:
            repairs.append(f"{name} was missing and has been restored")
        elif _is_answer(released):
            if given.cell_type != released.cell_type:
                repairs.append(f"{name} was turned into a {given.cell_type} cell and back")
            cell.source = given.source
        elif given.source.strip() != released.source.strip():
            repairs.append(f"{name} was edited and has been restored")
        notebook.cells.append(cell)
        add_own(name)
    return notebook, list(dict.fromkeys(repairs))


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _is_answer(cell: NotebookNode) -> bool:
    return bool(cell.metadata.nbgrader.get("solution"))
