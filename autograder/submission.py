"""Reading one submission, and mending it: the student's cells in the released notebook's frame."""

from __future__ import annotations

import errno
import io
import json
import lzma
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.config import Course, CourseError, Limits
from autograder.store import Changes

MAX_FILES = 200
MAX_CELLS = 2000
MAX_DEPTH = 8
"""Folders within folders that are looked into."""
RESTORED = "# The answer cell was missing here. An answer that stands in another cell counts."
PICTURES = {"image/png", "image/jpeg", "image/gif"}
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")
OWN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
ZIP = ".zip"
ENTRY = b"PK\x01\x02"
"""What each entry in a zip file's table of contents begins with."""
OTTERS_NOTE = "__zip_filename__"
"""A file that otter's export puts into its zip file, for itself."""
MAC_FOLDER = "__MACOSX"
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

    Where there is no notebook but one zip file, as otter's ``grader.export()`` makes it, that is the submission:
    `read_notebook` and `submitted_files` look into it. Raises Unreadable where there is none, or several and none
    has the expected name.
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
    packed = _packed(folder)
    if packed is not None:
        return packed
    raise Unreadable(f"there is no notebook in {folder}: ask the student for {expected}")


def _packed(folder: Path) -> Path | None:
    """The only zip file of a folder that holds no notebook."""
    names = [name for name in os.listdir(folder) if not name.startswith(".") and _is_file(folder / name)]
    zips = [name for name in names if name.lower().endswith(ZIP)]
    return folder / zips[0] if len(zips) == 1 and not any(name.endswith(".ipynb") for name in names) else None


def _is_file(path: Path) -> bool:
    return stat.S_ISREG(os.lstat(path).st_mode)


def _read_bytes(path: Path, limit: int, *, too_large: str) -> bytes:
    """The bytes of a regular file; a link, a pipe or a device in its place is refused, not opened for reading."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Unreadable(f"{_shown(path)} is not a regular file: ask the student for the file itself")
            data = file.read(limit + 1)
    except OSError as error:
        reason = "a link" if error.errno == errno.ELOOP else error.strerror
        raise Unreadable(f"{_shown(path)} cannot be read ({reason}): collect the submission again") from None
    if len(data) > limit:
        raise Unreadable(too_large)
    return data


def _shown(path: Path) -> str:
    """A file's name as it can be printed: students' names may hold line ends and bytes that are no text."""
    return "".join(letter if letter.isprintable() else "?" for letter in path.name)[:80]


def read_notebook(path: Path, limits: Limits) -> NotebookNode:
    """A submitted notebook as nbformat 4, checked for no more than grading needs.

    Raises Unreadable: too large, no JSON (truncated), no notebook, or of another language.
    """
    name = _shown(path)
    advice = "open it in JupyterLab, or ask the student to submit again"
    limit = int(limits.notebook_mb * 2**20)
    too_large = f"{name} is larger than {limits.notebook_mb:g} MB: ask the student to clear its outputs"
    if name.lower().endswith(ZIP):
        data = _packed_notebook(path, limits, limit, too_large)
    else:
        data = _read_bytes(path, limit, too_large=too_large)
    try:
        raw = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise Unreadable(f"{name} is no valid JSON ({where}), perhaps truncated: {advice}") from None
    if not isinstance(raw, dict):
        raise Unreadable(f"{name} is no notebook: {advice}")
    if raw.get("nbformat") == 3:
        raw = _upgraded(raw)
    if raw.get("nbformat") != 4 or not isinstance(raw.get("cells"), list):
        raise Unreadable(f"{name} is no notebook of format 4: {advice}")
    _check_language(raw, name)
    if len(raw["cells"]) > MAX_CELLS:
        raise Unreadable(f"{name} has {len(raw['cells']):,} cells; {MAX_CELLS:,} are read at most: {advice}")
    cells = [cell for cell in map(_cell, raw["cells"]) if cell is not None]
    unread = len(raw["cells"]) - len(cells)
    metadata = {"unread_cells": unread} if unread else {}
    return copied({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": cells})


def _upgraded(raw: dict[str, Any]) -> dict[str, Any]:
    """A notebook of format 3 as one of format 4, as far as cells are used; without cells where it has none."""
    sheets = raw.get("worksheets")
    if not isinstance(sheets, list) or not all(isinstance(sheet, dict) for sheet in sheets):
        return raw
    lists = [sheet.get("cells") for sheet in sheets]
    cells = [cell for cells in lists if isinstance(cells, list) for cell in cells if isinstance(cell, dict)]
    return {
        "nbformat": 4,
        "metadata": raw.get("metadata"),
        "cells": [{**cell, "source": cell.get("input", cell.get("source", ""))} for cell in cells],
    }


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
    """A cell reduced to what is used: its type, text, pasted pictures, id, nbgrader's grade id and lock."""
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
        "source": source if source.isascii() and "\r" not in source else _mended(source),
        "id": raw.get("id"),
        "metadata": {"nbgrader": {"grade_id": grade_id}} if isinstance(grade_id, str) else {},
    }
    if cell["metadata"] and isinstance(facts, dict) and facts.get("locked") is False:
        cell["metadata"]["nbgrader"]["locked"] = False
    if cell["cell_type"] == "code":
        cell |= {"outputs": [], "execution_count": None}
    elif cell["cell_type"] == "markdown" and (pictures := _pictures(raw.get("attachments"))):
        cell["attachments"] = pictures
    return cell


def _mended(source: str) -> str:
    """Text with plain line ends; half of a surrogate pair can stand in JSON, but can neither be sent on nor written."""
    return re.sub("\r\n?", "\n", source).encode("utf-8", "replace").decode()


def _pictures(raw: Any) -> dict[str, dict[str, str]]:
    """The pictures that were pasted into a cell, a derivation on paper say: name → kind → base64."""
    pictures: dict[str, dict[str, str]] = {}
    for name, kinds in raw.items() if isinstance(raw, dict) else ():
        for kind, data in kinds.items() if isinstance(kinds, dict) else ():
            text = "".join(data) if isinstance(data, list) and all(isinstance(d, str) for d in data) else data
            if kind in PICTURES and isinstance(text, str) and BASE64.fullmatch(text):
                pictures.setdefault(name.encode("utf-8", "replace").decode(), {})[kind] = text
    return pictures


def submitted_files(folder: Path, limits: Limits) -> dict[str, bytes]:
    """The regular files that a student submitted beside the notebook, by relative path.

    Hidden files, links, pipes, devices and names that are no text are left out. Raises Unreadable where there
    are too many or too large ones.
    """
    files: dict[str, bytes] = {}
    allowed = limits.scratch_mb / 2
    room = int(allowed * 2**20)
    too_large = f"more than {allowed:g} MB of files were submitted: remove what the notebook does not need"
    packed = _packed(folder)
    if packed is not None:
        with _opened(packed, limits) as archive:
            for name, member in _members(archive, packed).items():
                if not name.endswith(".ipynb") and PurePosixPath(name).name not in NOT_FOR_STUDENTS_CODE:
                    files[name] = _member_bytes(archive, member, packed, room, too_large)
                    room -= len(files[name])
        return files
    for path in _own_files(folder):
        data = _read_bytes(path, room, too_large=too_large)
        room -= len(data)
        files[path.relative_to(folder).as_posix()] = data
        if len(files) > MAX_FILES:
            raise Unreadable(
                f"more than {MAX_FILES} files were submitted: remove what the notebook does not need"
            )
    return files


def _own_files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder, followlinks=False):
        deep = len(Path(parent).relative_to(folder).parts) >= MAX_DEPTH
        folders[:] = [] if deep else sorted(filter(_is_plain, folders))
        for name in sorted(filter(_is_plain, names)):
            path = Path(parent) / name
            if not name.endswith(".ipynb") and name not in NOT_FOR_STUDENTS_CODE and _is_file(path):
                yield path


def _opened(path: Path, limits: Limits) -> zipfile.ZipFile:
    """A submitted zip file, read whole first: what lies at its path cannot change meanwhile."""
    name = _shown(path)
    limit = limits.notebook_mb + limits.scratch_mb / 2
    data = _read_bytes(
        path,
        int(limit * 2**20),
        too_large=f"{name} is larger than {limit:g} MB: ask the student to leave out what is not needed",
    )
    if data.count(ENTRY) > 10 * MAX_FILES:  # each entry costs memory before it can be looked at
        raise Unreadable(f"{name} holds far too many files: ask the student for the notebook itself")
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error):
        raise Unreadable(f"{name} is no zip file that can be read: ask the student to submit again") from None


def _members(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    """What a zip file holds, by relative path: regular files with plain names, without a folder around them all."""
    members: dict[PurePosixPath, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        name = PurePosixPath(member.filename)
        kind = stat.S_IFMT(member.external_attr >> 16)
        plain = all(_is_plain(part) and part not in ("", "..", MAC_FOLDER) for part in name.parts)
        shallow = 0 < len(name.parts) <= MAX_DEPTH + 1 and not name.is_absolute()
        if plain and shallow and not member.is_dir() and kind in (0, stat.S_IFREG):
            members[name] = member
    if len(members) > MAX_FILES:
        raise Unreadable(
            f"{_shown(path)} holds more than {MAX_FILES} files: remove what the notebook does not need"
        )
    tops = {name.parts[0] for name in members}
    if len(tops) == 1 and all(len(name.parts) > 1 for name in members):
        members = {PurePosixPath(*name.parts[1:]): member for name, member in members.items()}
    return {name.as_posix(): member for name, member in members.items() if name.name != OTTERS_NOTE}


def _member_bytes(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, limit: int, too_large: str
) -> bytes:
    """One file of a zip file; what it claims of its size is not believed."""
    try:
        with archive.open(member) as file:
            data = file.read(limit + 1)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, RuntimeError, ValueError):
        raise Unreadable(f"{_shown(path)} is damaged or encrypted: ask the student to submit again") from None
    if len(data) > limit:
        raise Unreadable(too_large)
    return data


def _packed_notebook(path: Path, limits: Limits, limit: int, too_large: str) -> bytes:
    """The notebook in a zip file: the only one in its uppermost folder, or the one that the zip file is named after."""
    name = _shown(path)
    with _opened(path, limits) as archive:
        members = _members(archive, path)
        found = [inside for inside in members if "/" not in inside and inside.endswith(".ipynb")]
        if len(found) > 1:
            found = [inside for inside in found if path.name.startswith(inside.removesuffix(".ipynb"))]
        if len(found) != 1:
            raise Unreadable(
                f"{name} does not hold exactly one notebook: ask the student for the notebook itself"
            )
        return _member_bytes(archive, members[found[0]], path, limit, too_large)


def _is_plain(name: str) -> bool:
    """Whether a file's name is text and not hidden."""
    return name.isprintable() and not name.startswith(".")


def mend(
    submitted: NotebookNode, release: NotebookNode, changes: Changes | None = None
) -> tuple[NotebookNode, list[str]]:
    """The student's cells in the frame of the release, and what had to be mended, in words for people.

    The result has every cell that the release marks for nbgrader, once and in order: locked and check cells as
    released, answer cells with the student's text. Where an answer cell stands more than once the last one with
    an answer counts (nbgrader's own ``DeduplicateIds`` takes the last, blank or not); earlier answers stay as
    cells of the student's own, blank copies go. Cells of the student's own keep their place after the cell that
    they followed; where a question's answer cell is missing, they may hold the answer: nothing is defined over it.

    `changes` tells which questions came and went after release: a notebook from before has none of the new ones, which
    stand in it as released, and the cells of those that went are cells of the student's own.
    """
    changes = changes or Changes()
    frame = {_grade_id(cell): cell for cell in release.cells if _grade_id(cell)}
    counting = _counting(submitted, frame)
    repairs = _of_another_version(submitted, frame, changes)
    unread = submitted.metadata.get("unread_cells", 0)
    if unread:
        cells_are = "1 cell is" if unread == 1 else f"{unread} cells are"
        repairs.append(f"{cells_are} damaged and could not be read; all others were")
    new = _newer(submitted, changes)
    answers: dict[str, NotebookNode] = {}
    own: dict[str, list[NotebookNode]] = {"": []}
    anchor = ""
    for index, cell in enumerate(submitted.cells):
        name = _grade_id(cell)
        if counting.get(name) == index:
            anchor = name
            answers[name] = cell
            own[name] = []
        elif name not in frame:
            own[anchor].append(_of_the_student(cell))
        else:
            counts = "the last one with an answer counts" if _is_answer(frame[name]) else "one is enough"
            repairs.append(f"{_called(frame[name])} stood there more than once; {counts}")
            if _is_answer(frame[name]) and _is_answered(cell, frame[name]):
                own[anchor].append(_of_the_student(cell))
    if list(answers) != [name for name in frame if name in answers]:
        repairs.append("cells were moved and have been put back in order")

    place = {cell.id: index for index, cell in enumerate(release.cells)}
    cells: list[NotebookNode] = []
    waiting = own[""]
    for name, released in frame.items():
        cell = copied(released)
        given = answers.get(name)
        if given is None and _question(name) not in new:
            repairs.append(f"{_called(released)} was missing and has been restored")
            if _is_answer(released) and not released.metadata.nbgrader.get("grade"):
                # The stub would replace a function that the student defines in a cell of their own.
                cell.source = RESTORED
        if given is None:
            # What the release has further down does not belong before the restored cell.
            while waiting and place.get(waiting[0].id, -1) < place[released.id]:
                cells.append(waiting.pop(0))
            cells.append(cell)
            continue
        if _is_answer(released):
            if given.cell_type != released.cell_type:
                repairs.append(f"{_called(released)} was turned into a {given.cell_type} cell and back")
            cell.source = given.source
            if released.cell_type == "markdown" and "attachments" in given:
                cell.attachments = given.attachments
        elif given.source.strip() != released.source.strip():
            repairs.append(f"{_called(released)} was edited and has been restored")
        elif given.metadata.nbgrader.get("locked") is False and released.metadata.nbgrader.get("locked"):
            repairs.append(f"{_called(released)} was unlocked and has been locked again")
        cells += [*waiting, cell]
        waiting = own[name]
    notebook = copied({**release, "cells": []})
    notebook.cells = _with_unique_ids([*cells, *waiting])
    return notebook, list(dict.fromkeys(repairs))


def _question(name: str) -> str:
    """The question that a cell belongs to: its name up to the hyphen."""
    return name.partition("-")[0]


def _newer(submitted: NotebookNode, changes: Changes) -> set[str]:
    """Questions that were added after release, of which the notebook has nothing: it was made before."""
    return set(changes.added) - {_question(_grade_id(cell)) for cell in submitted.cells}


def _of_another_version(
    submitted: NotebookNode, frame: dict[str, NotebookNode], changes: Changes
) -> list[str]:
    """What staff should know of a notebook from before the assignment was changed."""
    there = {_question(_grade_id(cell)) for cell in submitted.cells} - {""}
    asked = {_question(name) for name in frame}
    lines = [
        f"{name} is newer than this notebook and stands there blank"
        for name in sorted(_newer(submitted, changes) & asked)
    ]
    lines += [
        f"{name} is no longer a question of this assignment: it stands there and does not count"
        for name in sorted(set(changes.removed) & there - asked)
    ]
    return lines


def _counting(submitted: NotebookNode, frame: dict[str, NotebookNode]) -> dict[str, int]:
    """Which of the submitted cells counts for each cell of the frame: grade id → index."""
    counting: dict[str, int] = {}
    answered: set[str] = set()
    for index, cell in enumerate(submitted.cells):
        name = _grade_id(cell)
        if name in frame:
            is_answered = _is_answered(cell, frame[name])
            if is_answered or name not in answered:
                counting[name] = index
            if is_answered:
                answered.add(name)
    return counting


def _of_the_student(cell: NotebookNode) -> NotebookNode:
    """A cell of the student's own: without metadata, and without an id that is none."""
    cell = copied(cell)
    wanted = cell.get("id")
    cell.id = wanted if isinstance(wanted, str) and OWN_ID.fullmatch(wanted) else ""
    cell.metadata = NotebookNode()
    return cell


def _with_unique_ids(cells: list[NotebookNode]) -> list[NotebookNode]:
    """The cells; those of the student's own whose id is missing or taken get another, the same every time."""
    used = {cell.id for cell in cells if _grade_id(cell)}
    for number, cell in enumerate(cells):
        if not _grade_id(cell):
            if cell.id in used or not cell.id:
                cell.id = f"own-{number}"
                while cell.id in used:
                    cell.id += "x"
            used.add(cell.id)
    return cells


def copied(value: Any) -> Any:
    """A deep copy of a notebook or a part of it, in a third of `copy.deepcopy`'s time."""
    if isinstance(value, dict):
        node = NotebookNode()
        for key, item in value.items():
            dict.__setitem__(node, key, item if type(item) is str else copied(item))
        return node
    return [copied(item) for item in value] if isinstance(value, list) else value


def _grade_id(cell: NotebookNode) -> str:
    facts = cell["metadata"].get("nbgrader")
    return str(facts.get("grade_id", "")) if facts else ""


def _is_answer(cell: NotebookNode) -> bool:
    return bool(cell.metadata.nbgrader.get("solution"))


def _is_answered(cell: NotebookNode, released: NotebookNode) -> bool:
    """Whether something stands in the cell that is not what the release has there."""
    return cell.source.strip() not in ("", released.source.strip())


def _called(released: NotebookNode) -> str:
    """A cell of the release, in words."""
    facts, name = released.metadata.nbgrader, _grade_id(released)
    if facts.get("solution"):
        return f"the answer cell of {name.removesuffix('-solution')}"
    return f"the check cell of {name}" if facts.get("grade") else f"the given cell {name}"
