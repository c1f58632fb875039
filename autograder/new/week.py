"""What every new week needs, however its sources come about: a free name, and places for its files."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from autograder.config import Course, CourseError, Week

NAME = re.compile(r"week([1-9]\d*)_([a-z][a-z0-9_]*)")


def new_week(course: Course, name: str, title: str | None = None, deadline: str | None = None) -> Week:
    """A week that may be added to the course; a title and a deadline that are not given are made up.

    Raises CourseError for a name, number or deadline that cannot be used.
    """
    found = NAME.fullmatch(name)
    if found is None:
        raise CourseError(
            f"{name!r} cannot be a week's name: write 'week', its number, '_' and its subject in small letters, "
            "digits and '_', such as week9_gan"
        )
    number, subject = int(found[1]), found[2]
    if keyword.iskeyword(subject):
        raise CourseError(
            f"{subject!r} is a word of Python's, and cannot be the name of reference/{subject}.py: choose another "
            f"subject, such as week{number}_{subject}_models"
        )
    for week in course.weeks:
        if week.name == name or _number(week) == number:
            free = max(map(_number, course.weeks)) + 1
            raise CourseError(
                f"{week.name} is there already: choose another number, such as week{free}_{subject}"
            )
    if deadline is None:
        last = max((week.due for week in course.weeks), default=None)
        if last is None:
            raise CourseError("there is no week before it to reckon from: name its --deadline")
        deadline = (last + timedelta(days=7)).isoformat()
    title = title or subject.replace("_", " ").capitalize()
    return Week(name=name, title=title, reference=subject, deadline=deadline)


def _number(week: Week) -> int:
    found = re.search(r"\d+", week.name)
    return int(found[0]) if found else 0


def files(course: Course, week: Week) -> dict[str, Path]:
    """Where the four sources of a week lie."""
    return {
        "source": course.assignments / week.name / f"{week.name}.py",
        "reference": course.root / "reference" / f"{week.reference}.py",
        "graders": course.root / "autograder" / "graders" / f"{week.name}.py",
        "bank": course.root / "autograder" / "bank" / f"{week.name}.py",
    }


def refuse_taken(course: Course, week: Week, targets: Iterable[Path]) -> None:
    """Raise CourseError where one of a new week's files is there, or the course has a week of that name."""
    taken = [target for target in targets if target.exists()]
    if taken or week.name in {known.name for known in course.weeks}:
        there = taken[0].relative_to(course.root) if taken else f"{week.name} in course_config.py"
        raise CourseError(f"{there} is there already, and nothing is overwritten: choose another name")


def declaration(week: Week, indent: str = "") -> str:
    """The week as ``course_config.py`` declares it."""
    facts = {key: getattr(week, key) for key in ("name", "title", "reference", "deadline")}
    lines = ["Week(", *(f"    {key}={_quoted(value)}," for key, value in facts.items()), ")"]
    return "\n".join(indent + line for line in lines)


def _quoted(text: str) -> str:
    # As the formatter of this project writes it.
    quoted = repr(text)
    return f'"{quoted[1:-1]}"' if quoted[0] == "'" and '"' not in text else quoted
