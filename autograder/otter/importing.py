"""``course import otter FILE``: an otter master notebook, once, as the sources of a new week.

otter's questions are cells; ours are functions. A question whose solution defines a function becomes that function;
one that assigns variables becomes a function of the question's name that returns them. Every test, public or hidden,
becomes a hidden grader with its points; the public ones are the question's check, too. What cannot be carried over is
left in the sources as a comment that begins with ``NOT CONVERTED``, and named in a remark.
"""

from __future__ import annotations

import importlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.config import Course, Week
from autograder.new.week import files, refuse_taken
from autograder.otter.converting import Converter
from autograder.otter.master import read_master


@dataclass
class Imported:
    """What an import wrote, and what a person has to look at."""

    written: list[Path]
    remarks: list[str]
    declaration: str
    """The line for course_config.py."""


def import_master(
    course: Course, path: Path, week: str, minutes: int = 15, *, dry_run: bool = False
) -> Imported:
    """Write a new week's sources from a master notebook; raises CourseError where it is none, or the week is there.

    With `dry_run` nothing is written, and so the sources are not tried.
    """
    declared = Week(
        name=week,
        title=path.stem.replace("_", " "),
        reference=week.partition("_")[2],
        deadline="2030-01-01T23:59:00+00:00",
    )
    targets = files(course, declared)
    refuse_taken(course, declared, targets.values())
    items, config = read_master(path)
    converter = Converter(declared, minutes)
    texts = converter.convert(items)
    written = []
    remarks = converter.remarks
    for kind, target in targets.items():
        if not dry_run:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(texts[kind], encoding="utf-8")
        written.append(target)
    written += _copied_files(path, config, targets["source"].parent, remarks, dry_run)
    if not dry_run:
        remarks += _tried(declared, converter)
    facts = {key: getattr(declared, key) for key in ("name", "title", "reference", "deadline")}
    declaration = f"Week({', '.join(f'{key}={value!r}' for key, value in facts.items())})"
    return Imported(written, remarks, declaration)


def _copied_files(
    path: Path, config: dict[str, Any], folder: Path, remarks: list[str], dry_run: bool
) -> list[Path]:
    """Copy the files that the master names for its students."""
    copied = []
    for key in ("files", "autograder_files"):
        for name in config.get(key) or []:
            source = path.parent / str(name)
            inside = source.resolve().is_relative_to(path.parent.resolve())
            if key == "autograder_files" or not source.is_file() or not inside:
                remarks.append(
                    f"the file {name} was not copied: put it where the graders or the students need it"
                )
                continue
            target = folder / source.relative_to(path.parent)
            if not dry_run:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
            copied.append(target)
    known = {
        "name",
        "files",
        "autograder_files",
        "tests",
        "generate",
        "export_cell",
        "init_cell",
        "check_all_cell",
    }
    ignored = sorted(set(map(str, config)) - known)
    if ignored:
        remarks.append(f"the assignment's configuration of {', '.join(ignored)} has no counterpart here")
    return copied


def _tried(week: Week, converter: Converter) -> list[str]:
    """Questions whose own reference does not pass: a person has to look at them."""
    from autograder.build import public_tests
    from autograder.grading.local import grade_locally
    from autograder.grading.session import GraderSession

    importlib.invalidate_caches()
    try:
        reference: ModuleType = importlib.import_module(f"reference.{week.reference}")
        with GraderSession(week.name, week.reference) as session:
            results = grade_locally(session)
    except Exception as problem:
        return [
            f"the imported week does not run yet: {type(problem).__name__}: {(str(problem).splitlines() or [''])[0]}"
        ]
    remarks = []
    for name, result in results.items():
        for test in result.tests:
            if test.outcome != "passed":
                told = test.detail.strip() if test.outcome == "could_not_grade" else test.message
                why = (told or test.detail.strip() or "no reason given").splitlines()[-1]
                remarks.append(f"{name}: the reference itself does not pass {test.name}: {why}")
    namespace: dict[str, Any] = dict(vars(reference))
    for name, converted in converter.functions.items():
        remarks += _checked(name, public_tests(name, converter.checks[name]), namespace)
        if converted.returns:
            call = f"{', '.join(converted.returns)} = {name}({', '.join(converted.parameters)})"
            try:
                exec(call, namespace)
            except Exception as problem:
                remarks.append(f"{name}: the reference itself fails: {type(problem).__name__}: {problem}")
    return remarks


def _checked(name: str, text: str, namespace: dict[str, Any]) -> list[str]:
    from otter.test_files.exception_test import ExceptionTestFile

    file = ExceptionTestFile.from_string(text, path=f"{name}.py")
    file.run(namespace)
    return [
        f"{name}: the reference itself does not pass its check: {result.message.strip().splitlines()[-1]}"
        for result in file.test_case_results
        if not result.passed
    ]
