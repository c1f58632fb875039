"""Reports on disk: one durable file a submission, and beside it what the gradebook has of it.

``reports/<week>/<student>.json`` is written whole or not at all, even across a crash;
``<student>.recorded`` says that the gradebook has that very report.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from operator import itemgetter
from pathlib import Path

import msgspec

from autograder.config import Course, CourseError
from autograder.results import Report, from_json


class Changes(msgspec.Struct, kw_only=True):
    """What became of a week's questions after submissions had come in: the content of ``changes/<week>.json``."""

    added: list[str] = []
    removed: list[str] = []


class Recorded(msgspec.Struct, kw_only=True):
    """What is known of a report that the gradebook has: the content of ``<student>.recorded``."""

    report: str = ""
    """SHA-256 of the report's file."""
    answers: dict[str, str] = {}
    """Checksum of each answer as it was when recorded, by grade id."""
    recording: float = 0.0
    """Seconds spent on gradebook and notebook."""
    storing: float = 0.0
    """Seconds spent on storing the report durably: a part of the overhead."""


@contextlib.contextmanager
def only_run(course: Course) -> Iterator[None]:
    """Hold the lock on a course's data; raises CourseError where another run has it."""
    course.data.mkdir(parents=True, exist_ok=True)
    with open(course.data / "grading.lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise CourseError(
                f"another run is grading in {course.data} (process {lock.read().strip() or 'unknown'}): "
                "wait until it has finished, or stop it"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def report_path(course: Course, week: str, student: str) -> Path:
    """Where a student's durable report lies."""
    return course.reports / week / f"{student}.json"


def marker_path(course: Course, week: str, student: str) -> Path:
    """Where it says that the gradebook has the student's report."""
    return course.reports / week / f"{student}.recorded"


def write_durably(path: Path, data: bytes, *, named: bool = True) -> None:
    """Write a file so that it is there whole, even after a power cut, or not at all.

    That it is there at all after a power cut is waited for only where it is `named`: what can be made again need
    not cost that.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise OSError(error.errno, error.strerror, str(path)) from None
    if named:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def read_report(course: Course, week: str, student: str) -> Report | None:
    """A student's stored report, with the times known since; None where there is none or it is damaged."""
    stored = read_stored(report_path(course, week, student))
    if stored is None:
        return None
    report, digest = stored
    marker = read_marker(course, week, student)
    if marker.report == digest:
        report.timing.recording = marker.recording
        report.timing.overhead += marker.storing
    return report


def read_reports(course: Course, week: str) -> dict[str, Report]:
    """All stored reports of a week by student."""
    reports = {}
    for path in sorted((course.reports / week).glob("*.json")):
        report = read_report(course, week, path.stem)
        if report is not None:
            reports[path.stem] = report
    return reports


def read_marker(course: Course, week: str, student: str) -> Recorded:
    """What the gradebook has of a student's report; empty where nothing is known."""
    try:
        return msgspec.json.decode(marker_path(course, week, student).read_bytes(), type=Recorded)
    except (OSError, msgspec.DecodeError):
        return Recorded()


def mark_recorded(course: Course, week: str, student: str, recorded: Recorded) -> None:
    """Note that the gradebook has a report; its file's digest is `recorded.report`."""
    write_durably(marker_path(course, week, student), msgspec.json.encode(recorded), named=False)


def read_stored(path: Path) -> tuple[Report, str] | None:
    """A report file's content and its digest; None where there is none or it is damaged."""
    try:
        data = path.read_bytes()
        return from_json(data), hashlib.sha256(data).hexdigest()
    except (OSError, msgspec.DecodeError):
        return None


def _changes_path(course: Course, week: str) -> Path:
    return course.data / "changes" / f"{week}.json"


def read_changes(course: Course, week: str) -> Changes:
    """The questions that were added and removed after release; none where nothing is known."""
    try:
        return msgspec.json.decode(_changes_path(course, week).read_bytes(), type=Changes)
    except (OSError, msgspec.DecodeError):
        return Changes()


def note_changes(course: Course, week: str, added: Iterable[str], removed: Iterable[str]) -> None:
    """Note that questions are being added and removed after release; a question that comes back is added anew."""
    before, added, removed = read_changes(course, week), set(added), set(removed)
    changes = Changes(
        added=sorted((set(before.added) - removed) | added),
        removed=sorted((set(before.removed) - added) | removed),
    )
    write_durably(_changes_path(course, week), msgspec.json.encode(changes))


def submission_digest(folder: Path) -> str:
    """Digest of the names and bytes of all submitted files; links and devices are named, never opened."""
    digest = hashlib.sha256()
    for parts, entry in sorted(_entries(folder), key=itemgetter(0)):
        content = b"not a file"
        if entry.is_file(follow_symlinks=False):
            with open(entry.path, "rb", buffering=0) as file:
                content = hashlib.file_digest(file, "sha256").digest()
        name = os.fsencode("/".join(parts))
        digest.update(len(name).to_bytes(4, "big") + name + content)
    return digest.hexdigest()


def _entries(folder: Path) -> Iterator[tuple[tuple[str, ...], os.DirEntry[str]]]:
    """All that lies below a folder but folders, with the parts of its relative path: `Path.rglob` takes far longer."""
    folders: list[tuple[str, ...]] = [()]
    while folders:
        above = folders.pop()
        try:
            with os.scandir(os.path.join(folder, *above)) as entries:
                found = list(entries)
        except (PermissionError, FileNotFoundError):  # as `Path.rglob` does
            continue
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                folders.append((*above, entry.name))
            else:
                yield (*above, entry.name), entry


def report_key(environment: str, folder: Path, key: bytes) -> str:
    """The key of a submission's report: changes with anything its grade depends on."""
    return hashlib.sha256(
        b"\0".join([environment.encode(), submission_digest(folder).encode(), key])
    ).hexdigest()
