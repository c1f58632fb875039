"""``course new``: a week that builds, grades and passes from the first minute, to be turned into another.

The skeleton is a small lesson of its own, and each of its parts shows one thing: a question in numbers, a derivation,
an answer in words and a plot; a known mistake with its hint, and a solution that is right in another way.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from autograder.config import Course, CourseError
from autograder.new.declare import CannotEdit, with_week
from autograder.new.week import declaration, files, new_week, refuse_taken

TEMPLATES = Path(__file__).parent / "templates"
LEFT_OUT = "## Left out"


@dataclass
class Planned:
    """What a new week writes: the text of each new file, and of each file that gets more lines."""

    root: Path
    new: dict[Path, str] = field(default_factory=dict)
    changed: dict[Path, str] = field(default_factory=dict)
    by_hand: str = ""
    """Lines for course_config.py that a person has to add, and `why`; empty where the file is edited."""
    why: str = ""

    @property
    def paths(self) -> list[Path]:
        """The new files."""
        return sorted(self.new)

    @property
    def edited(self) -> list[Path]:
        """The files that get more lines."""
        return sorted(self.changed)


def plan(course: Course, name: str, title: str | None = None, deadline: str | None = None) -> Planned:
    """What `write` would write; raises CourseError for a name, title or deadline that cannot be used."""
    week = new_week(course, name, title, deadline)
    if not week.title.isprintable() or '"' in week.title or "\\" in week.title:
        raise CourseError("the title is one line without quotation marks and backslashes")
    planned = Planned(course.root)
    facts = {
        "__WEEK__": week.name,
        "__TITLE__": week.title,
        "__NUMBER__": "".join(filter(str.isdigit, week.name.partition("_")[0])),
        "__REFERENCE__": week.reference,
    }
    targets = files(course, week)
    for kind, target in targets.items():
        planned.new[target] = _filled(TEMPLATES / f"{kind}.py.txt", facts)
    classroom = course.root / "tests" / "classroom" / week.name
    for template in sorted((TEMPLATES / "classroom").iterdir()):
        planned.new[classroom / template.name.removesuffix(".txt")] = _filled(template, facts)
    refuse_taken(course, week, [*planned.new, targets["source"].parent, classroom])
    _declare(planned, course, declaration(week))
    coverage = course.root / "docs" / "coverage.md"
    if coverage.is_file():
        head, left_out, rest = coverage.read_text(encoding="utf-8").partition(LEFT_OUT)
        section = _filled(TEMPLATES / "coverage.md.txt", facts)
        planned.changed[coverage] = f"{head.rstrip()}\n\n{section}" + (
            f"\n{left_out}{rest}" if left_out else ""
        )
    return planned


def write(planned: Planned) -> None:
    """Write all of it, the course's declaration last, so that a week is never declared before it is there.

    Raises CourseError where something cannot be written; then what was written before is taken back.
    """
    written: list[Path] = []
    try:
        for path, text in planned.new.items():
            written += _made_folders(path.parent)
            written.append(path)
            path.write_text(text, encoding="utf-8")
        for path, text in sorted(planned.changed.items(), key=lambda item: item[0].suffix == ".py"):
            _replace(path, text)
    except OSError as error:
        for path in reversed(written):
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)
        raise CourseError(
            f"{error.filename} cannot be written ({error.strerror}): nothing was kept"
        ) from None


def _filled(template: Path, facts: dict[str, str]) -> str:
    text = template.read_text(encoding="utf-8")
    for mark, value in facts.items():
        text = text.replace(mark, value)
    return text


def _declare(planned: Planned, course: Course, declared: str) -> None:
    config = course.root / "course_config.py"
    try:
        planned.changed[config] = with_week(config.read_text(encoding="utf-8"), declared)
        if not os.access(config, os.W_OK):
            raise CannotEdit("it may not be written")
    except (CannotEdit, OSError, UnicodeDecodeError) as problem:
        planned.changed.pop(config, None)
        planned.by_hand, planned.why = declared, str(problem)


def _made_folders(folder: Path) -> Iterator[Path]:
    """Make a folder and those above it; yields the new ones, the upper first."""
    for path in reversed([folder, *folder.parents]):
        if not path.exists():
            path.mkdir()
            yield path


def _replace(path: Path, text: str) -> None:
    """Put a new text in a file's place at once, so that nobody finds half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.chmod(path.stat().st_mode & 0o777)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
