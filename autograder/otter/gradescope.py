"""Inside Gradescope's container: grade the one submission there, and always leave a valid ``results.json``.

``course export otter`` puts this module into the archive, with the engine and one week. The submission's code runs in
the sandbox; this process never loads any of it. Nothing but the standard library is imported before the first
``results.json`` can be written.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.results import Report

VISIBILITIES = ("visible", "after_due_date", "after_published", "hidden")
SETTINGS = "gradescope.json"
"""What the archive says about itself, beside its packages: the week, the visibility and the keys."""

ATTEMPTS = 3
"""How often a submission is tried when the infrastructure fails."""
MAX_TEXT = 50_000
STOPPED = 10
"""Cells that stopped with an error and are named, at most."""
NO_GRADE = "STAFF: there is no grade"
NOT_YET = (
    "This submission has no grade yet. That is no fault of yours, and the 0 shown here is no grade: "
    "the staff have been told and will have it graded again."
)


class NotGraded(Exception):
    """Why there is no grade, in words for the staff."""


@dataclass(frozen=True)
class Settings:
    """What an archive was made with."""

    week: str
    visibility: str
    other: bytes
    """The key from which the keys of those follow who were not in the gradebook."""
    students: Mapping[str, str]
    """A student's key for this week, as hexadecimal digits, by the digest of each name they go by."""

    @classmethod
    def read(cls, path: Path) -> Settings:
        """The settings in a file; raises NotGraded where it is missing or damaged."""
        try:
            facts = json.loads(path.read_text(encoding="utf-8"))
            return cls(facts["week"], facts["visibility"], bytes.fromhex(facts["other"]), facts["students"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotGraded(
                f"{path.name} in the archive cannot be read ({type(error).__name__}: {error}): export the archive again"
            ) from None

    def key(self, names: Iterable[str]) -> tuple[bytes, bool]:
        """The key of somebody who goes by these names, and whether it is the one that ``course grade`` uses."""
        from autograder.keys import derive

        names = list(names)
        for name in names:
            found = self.students.get(alias(self.other, name))
            if found is not None:
                return bytes.fromhex(found), True
        return derive(self.other, "submission", *names[:1]), False


def alias(key: bytes, name: str) -> str:
    """The digest that stands in the archive for a student's id or address."""
    from autograder.keys import derive

    return derive(key, "alias", name.strip().lower()).hex()


def main(root: Path, course_folder: Path) -> None:
    """Grade what lies in `root`/submission and write `root`/results/results.json, whatever happens."""
    started = time.monotonic()
    try:
        results = _graded(root, course_folder)
    except NotGraded as problem:
        results = not_graded(str(problem))
    except Exception as problem:
        results = not_graded(f"{type(problem).__name__}: {problem}", traceback.format_exc())
    results["execution_time"] = round(time.monotonic() - started, 1)
    _write(root / "results" / "results.json", json.dumps(_plain(results), indent=1).encode())
    _for_otter(root / "results" / "results.pkl", results)
    print(f"{results['extra_data']['status']}: {results['score']} points in {results['execution_time']} s")
    for test in results["tests"]:
        if test["name"] == NO_GRADE:
            print(test["output"])


def _graded(root: Path, course_folder: Path) -> dict[str, Any]:
    from autograder.config import load_course
    from autograder.grade import Engine, environment_digest
    from autograder.results import Submission
    from autograder.sandbox import SandboxError

    settings = Settings.read(course_folder / SETTINGS)
    folder = root / "submission"
    if not folder.is_dir():
        raise NotGraded(
            f"there is no folder {folder}: Gradescope has not delivered the submission; run it again"
        )
    student, key, known, remarks = _student(root / "submission_metadata.json", settings)
    course = load_course(course_folder / "course_config.py")
    submission = Submission(student=student, assignment=settings.week, folder=str(folder), key=key)
    problem: Exception | None = None
    for _ in range(ATTEMPTS):
        try:
            with Engine(course, settings.week) as engine:
                report = engine.grade(submission)
            break
        except (SandboxError, OSError) as error:
            problem = error
    else:
        raise NotGraded(f"the grading failed {ATTEMPTS} times: {problem}") from problem
    if not known:
        remarks.append(
            f"{student or 'nobody'} is not among the students this archive was made for, so the hidden inputs are "
            "not those that 'course grade' would draw: add the student's address to the gradebook and export again"
        )
    environment = environment_digest(course, settings.week)
    return results_of(report, settings.visibility, remarks, environment)


def _student(path: Path, settings: Settings) -> tuple[str, bytes, bool, list[str]]:
    """Who handed in, as far as Gradescope says: the name, the key, whether it is known, and remarks for the staff."""
    try:
        users = json.loads(path.read_text(encoding="utf-8"))["users"]
        addresses = [user["email"] for user in users if isinstance(user["email"], str) and user["email"]]
    except (OSError, ValueError, KeyError, TypeError):
        addresses = []
    if not addresses:
        key, _ = settings.key([""])
        return "", key, False, [f"{path.name} does not say who handed this in"]
    remarks = []
    if len(addresses) > 1:
        remarks.append(f"handed in by {len(addresses)} people: the hidden inputs are those of {addresses[0]}")
    address = addresses[0]
    key, known = settings.key([address, address.split("@")[0]])
    return address, key, known, remarks


def results_of(
    report: Report, visibility: str, remarks: Iterable[str] = (), environment: str = ""
) -> dict[str, Any]:
    """A report in Gradescope's form.

    A question that could not be graded has no score, and the submission's score counts the others. What only the
    staff may read stands in hidden tests.
    """
    from autograder.grade import feedback

    if report.status == "unreadable":
        results = not_graded(report.problem)
        results["tests"][0] = {
            "name": "Not graded: the submission cannot be read",
            "output": f"{report.problem}\nHand in a readable notebook; the 0 shown here is no grade.",
            "visibility": "visible",
        }
        results["extra_data"]["status"] = "unreadable"
        return results
    tests: list[dict[str, Any]] = []
    for question in report.questions:
        test: dict[str, Any] = {
            "name": question.name,
            "output": feedback(question)[0]["data"]["text/plain"],
            "output_format": "text",
            "visibility": visibility,
        }
        if question.points is not None:
            test |= {
                "score": question.points,
                "max_score": question.max_points,
                "status": "passed" if question.outcome == "passed" else "failed",
            }
        else:
            test["visibility"] = "visible"
        tests.append(test)
    stopped = list(_stopped(report))
    if stopped:
        tests.append(
            {
                "name": "Cells of the notebook that stopped with an error",
                "output": "\n".join(stopped),
                "output_format": "text",
                "visibility": visibility,
            }
        )
    if report.could_not_grade:
        tests.append(
            {
                "name": f"STAFF: could not grade {', '.join(report.could_not_grade)}",
                "output": f"{report.problem}\nThe score counts the other questions only. Mend the graders, upload the "
                "archive again, and regrade.",
                "visibility": "hidden",
            }
        )
    tests.append(
        {
            "name": "STAFF: details",
            "output": "\n".join(_details(report, remarks, environment)),
            "output_format": "text",
            "visibility": "hidden",
        }
    )
    return {
        "score": report.points,
        "output": "Written answers and plots are graded by people and are not counted here.",
        "stdout_visibility": "hidden",
        "extra_data": {
            "week": report.assignment,
            "status": report.status,
            "graded_at": report.graded_at,
            "environment": environment,
        },
        "tests": tests,
    }


def _stopped(report: Report) -> Iterator[str]:
    ended = [cell for cell in report.cells if cell.status != "ok"]
    for cell in ended[:STOPPED]:
        errors = [output for output in cell.outputs if output.get("output_type") == "error"]
        words = f": {errors[-1].get('ename')}: {errors[-1].get('evalue')}" if errors else ""
        yield f"{cell.cell_id} ({cell.status.replace('_', ' ')}){words}"[:500]
    if len(ended) > STOPPED:
        yield f"and {len(ended) - STOPPED} more"


def _details(report: Report, remarks: Iterable[str], environment: str) -> Iterator[str]:
    """What only the staff may read; it may hold inputs and expected values."""
    yield from remarks
    yield from (f"mended: {repair}" for repair in report.repairs)
    yield f"sandbox: {', '.join(report.layers)}"
    yield f"environment: {environment or 'unknown'}"
    yield f"student's own time {report.timing.student:.1f} s, overhead {report.timing.overhead:.2f} s"
    for question in report.questions:
        for test in question.tests:
            if test.outcome != "passed":
                outcome = test.outcome.replace("_", " ")
                yield f"\n{question.name}, {test.name}: {outcome}\n{test.message}\n{test.detail}".rstrip()


def not_graded(problem: str, detail: str = "") -> dict[str, Any]:
    """Results that say to the student that there is no grade yet, and to the staff why."""
    return {
        "score": 0,
        "stdout_visibility": "hidden",
        "extra_data": {"status": "could_not_grade", "problem": problem[:1000]},
        "tests": [
            {"name": "Not graded yet", "output": NOT_YET, "visibility": "visible"},
            {
                "name": NO_GRADE,
                "output": f"{problem}\n{detail}".strip(),
                "output_format": "text",
                "visibility": "hidden",
            },
        ],
    }


def _plain(value: Any) -> Any:
    """The value with texts of bounded length that every reader of JSON takes."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        if len(value) > MAX_TEXT:
            value = f"{value[:MAX_TEXT]}\n[{len(value):,} characters; the rest is not kept]"
        return value.encode("utf-8", "replace").decode()
    return value


def _write(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or as it was before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(data)
    os.replace(temporary, path)


def _for_otter(path: Path, results: Mapping[str, Any]) -> None:
    """``otter grade`` lays an empty file there and reads its own form of the results from it."""
    if not path.is_file():
        return
    try:
        from autograder.otter.plugin import pickled

        _write(path, pickled(results))
    except Exception:
        print(f"otter's own results could not be written:\n{traceback.format_exc()}", file=sys.stderr)
