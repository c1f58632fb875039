"""The last validation of each week as it is committed: ``docs/validation.json``, and the page made from it."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import msgspec

from autograder.config import Course, CourseError
from autograder.grade import PACKAGES, package_version
from autograder.validate.digest import digest
from autograder.validate.measure import Measures, Validation
from autograder.validate.page import markdown


def json_path(course: Course) -> Path:
    """Where all figures are kept."""
    return course.root / "docs" / "validation.json"


def page_path(course: Course) -> Path:
    """Where people read them."""
    return course.root / "docs" / "validation.md"


def recorded(course: Course) -> list[Validation]:
    """The last validation of each week that has one, in the course's order.

    Raises CourseError for a file that holds something else, such as the figures of an older version.
    """
    path = json_path(course)
    if not path.is_file():
        return []
    try:
        found = msgspec.json.decode(path.read_bytes(), type=list[Validation])
    except msgspec.DecodeError as error:
        raise CourseError(
            f"{path} cannot be read ({error}): remove it and run 'course validate --record'"
        ) from error
    order = [week.name for week in course.weeks]
    known = [entry for entry in found if entry.measures.assignment in order]
    return sorted(known, key=lambda entry: order.index(entry.measures.assignment))


def stamped(course: Course, measured: Sequence[Measures]) -> list[Validation]:
    """The measures with today's date and the versions."""
    versions = {"Python": platform.python_version()}
    versions |= {name: package_version(name) for name in PACKAGES if package_version(name)}
    today = date.today().isoformat()
    return [Validation(date=today, versions=versions, measures=week) for week in measured]


def record(course: Course, measured: Sequence[Measures]) -> None:
    """Put the measures in the place of the same weeks' last ones, and make the page afresh."""
    weeks = {entry.measures.assignment: entry for entry in recorded(course)}
    weeks |= {entry.measures.assignment: entry for entry in stamped(course, measured)}
    ordered = [weeks[week.name] for week in course.weeks if week.name in weeks]
    json_path(course).write_bytes(formatted(ordered))
    page_path(course).write_text(markdown(ordered), encoding="utf-8")


def formatted(weeks: list[Validation]) -> bytes:
    """The figures for machines, one a line."""
    return msgspec.json.format(msgspec.json.encode(weeks), indent=1) + b"\n"


def stale(course: Course) -> list[str]:
    """For each week without a validation of its present graders one line that says what to do."""
    digests = {entry.measures.assignment: entry.measures.digest for entry in recorded(course)}
    problems = []
    for week in course.weeks:
        advice = f"run 'course validate {week.name} --record'"
        if week.name not in digests:
            problems.append(f"{week.name} was never validated: {advice}")
        elif digests[week.name] != digest(course, week.name):
            problems.append(f"{week.name} has changed since it was validated: {advice}")
    return problems
