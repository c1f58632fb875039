"""How difficult the questions are, and how well they tell students apart: classical item statistics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from autograder.results import Report

FEWEST = 10
"""Of fewer submissions a correlation says nothing."""


@dataclass(frozen=True)
class Item:
    """One question of one week, over the submissions that are graded in full."""

    submissions: int
    discrimination: float | None
    """Corrected item-total correlation: of the question's points with the points of all other questions."""
    tests: dict[str, float | None] = field(default_factory=dict)
    """Point-biserial correlation of each test (passed or not) with the points of all other questions."""


def items(reports: Sequence[Report]) -> dict[str, Item]:
    """The statistics by question. None stands where there are too few submissions, or where all did alike."""
    full = [report for report in reports if report.status == "graded" and not report.could_not_grade]
    names = list(dict.fromkeys(question.name for report in full for question in report.questions))
    # A submission from before a question was added cannot be compared in it.
    full = [report for report in full if {question.name for question in report.questions} == set(names)]
    total = np.array([report.points for report in full])
    found = {}
    for name in names:
        questions = [next(q for q in report.questions if q.name == name) for report in full]
        own = np.array([question.points or 0.0 for question in questions])
        passed: dict[str, list[bool]] = {}
        for question in questions:
            for test in question.tests:
                passed.setdefault(test.name, []).append(test.outcome == "passed")
        found[name] = Item(
            len(full),
            _correlation(own, total - own),
            {
                test: _correlation(np.array(outcomes, dtype=float), total - own)
                for test, outcomes in passed.items()
                if len(outcomes) == len(full)
            },
        )
    return found


def _correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    """Pearson's correlation; None where it is not defined, or of too little."""
    if len(one) < FEWEST or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])
