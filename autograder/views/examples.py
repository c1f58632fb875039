"""What students wrote in one question, by the mistake that was found, without telling who they are."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.config import Course, CourseError
from autograder.keys import derive
from autograder.results import QuestionResult
from autograder.submission import read_release
from autograder.views.anonymous import Scrubber, alias
from autograder.views.course import Person, WeekFigures

MOST = 3
"""Examples of one mistake."""


@dataclass(frozen=True)
class Example:
    """One student's answer: an alias, the code, and what the tests said."""

    alias: str
    code: str
    messages: tuple[str, ...] = ()


class Examples:
    """The examples of one week. Code is read as it was graded, from the autograded notebooks."""

    def __init__(self, course: Course, week: WeekFigures, people: Sequence[Person], secret: bytes) -> None:
        self.course = course
        self.week = week
        self.secret = secret
        release = _release(course, week.name)
        self._blank = answer_codes(release)
        self._scrubber = Scrubber(
            (word for person in people for word in (*person.words, person.name)),
            (cell["source"] for cell in release["cells"]),
        )
        self._cells: dict[str, dict[str, str]] = {}
        self._by_hint: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._unknown: dict[str, dict[str, QuestionResult]] = defaultdict(dict)
        # The same students' notebooks are read for many questions; who they are depends on the secret alone.
        order = sorted(week.reports, key=lambda report: derive(secret, "chosen", week.name, report.student))
        for report in order:
            for question in report.questions if report.status == "graded" else ():
                for hint in dict.fromkeys(test.hint for test in question.tests if test.hint):
                    self._by_hint[question.name, hint].append(report.student)
                failed = any(test.outcome == "failed" for test in question.tests)
                if failed and not any(test.hint for test in question.tests):
                    self._unknown[question.name][report.student] = question

    def of_mistake(self, question: str, hint: str) -> list[Example]:
        """Some of the answers in which a known mistake was found."""
        return self._chosen(question, self._by_hint[question, hint])

    def of_unknown(self, question: str) -> list[Example]:
        """Some of the answers that failed for no known reason, with what their authors read."""
        results = self._unknown[question]
        messages = {
            student: tuple(
                f"{test.line}: {self._scrubber.text((test.message.splitlines() or [''])[0])}"
                for test in result.tests
                if test.outcome == "failed"
            )
            for student, result in results.items()
        }
        return self._chosen(question, list(results), messages)

    def _chosen(
        self, question: str, students: Sequence[str], messages: dict[str, tuple[str, ...]] | None = None
    ) -> list[Example]:
        found: dict[str, Example] = {}
        for student in students:
            if len(found) == MOST:
                break
            answer = self._answers(student).get(question, "")
            if answer.strip() in ("", self._blank.get(question, "").strip()):
                continue
            code = self._scrubber.code(answer)
            if code and code not in found:
                name = alias(self.secret, self.week.name, question, student)
                found[code] = Example(name, code, (messages or {}).get(student, ()))
        return sorted(found.values(), key=lambda example: example.alias)

    def _answers(self, student: str) -> dict[str, str]:
        if student not in self._cells:
            name = self.week.name
            path = self.course.step("autograded") / student / name / f"{name}.ipynb"
            try:
                self._cells[student] = answer_codes(json.loads(path.read_bytes()))
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                self._cells[student] = {}
        return self._cells[student]


def answer_codes(notebook: Mapping[str, Any]) -> dict[str, str]:
    """The answer cells' code by question."""
    found = {}
    for cell in notebook["cells"]:
        name = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", "")
        if cell["cell_type"] == "code" and name.endswith("-solution"):
            found[name.removesuffix("-solution")] = "".join(cell["source"])
    return found


def _release(course: Course, week: str) -> dict[str, Any]:
    """The released notebook; an empty one where there is none."""
    try:
        return read_release(course, week)
    except CourseError:
        return {"cells": []}
