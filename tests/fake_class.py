"""A made-up class of grade reports, realistic enough to look at."""

from __future__ import annotations

import random
from pathlib import Path

from autograder.config import Course, Week
from autograder.results import QuestionResult, Report, TestResult, Timing, to_json

WEEK = "week4_gmm"
STUDENTS = [
    "ada",
    "alan",
    "barbara",
    "blaise",
    "carl",
    "claude",
    "david",
    "dorothy",
    "edsger",
    "emmy",
    "ernst",
    "florence",
    "frank",
    "grace",
    "harold",
    "hedy",
    "henri",
    "ingrid",
    "isaac",
    "john",
    "karen",
    "katherine",
    "leonhard",
    "lise",
    "maria",
    "mary",
    "niels",
    "pierre",
    "sofia",
    "thomas",
]
QUESTIONS = {
    "log_gaussians": (6, 0.9, "agrees with the density on fresh points", "Use the log of the determinant."),
    "e_step": (8, 0.7, "responsibilities of far points stay finite", "Subtract the maximum first."),
    "m_step": (8, 0.65, "covariances divide by the responsibilities' sum", "Divide by N_k, not by N."),
    "fit": (10, 0.5, "the log-likelihood never falls", "Update the weights too."),
    "bic": (4, 0.95, "lower is better", "The penalty grows with log N."),
    "kmeans_plus_plus": (6, 0.45, "far points are chosen more often", "Square the distances."),
    "anomaly_scores": (4, 0.8, "a far point has the highest score", "Mind the sign."),
}


def course(folder: Path) -> Course:
    """A course whose data lies in `folder`."""
    week = Week(
        name=WEEK, title="Gaussian mixtures and EM", reference="gmm", deadline="2027-02-22T23:59:00+00:00"
    )
    return Course(id="fake", title="Generative Models", weeks=(week,), data=folder)


def reports(n: int = 30, seed: int = 0) -> list[Report]:
    """`n` reports: mostly graded, some with crashes, one unreadable, one the grader failed on."""
    chance = random.Random(seed)
    found = [_graded(_name(i), chance) for i in range(n)]
    found[3].status, found[3].questions = "unreadable", []
    found[3].problem = "week4_gmm.ipynb is not valid JSON (line 1): ask the student to submit it again"
    found[9].questions[3].tests[0].outcome = "could_not_grade"
    found[9].questions[3].tests[0].detail = "STAFF-ONLY expected 0.123456"
    found[12].questions[3].problem = "fit ran out of time (limit 2 s of CPU)"
    found[12].timing.student = 21.3
    found[20].questions[1].problem = "the process ran out of memory (limit 2048 MB)"
    found[6].repairs = ["e_step: check cell restored", "fit: duplicated cell left out"]
    found[17].repairs = ["the notebook was named week4.ipynb"]
    return found


def _name(i: int) -> str:
    return STUDENTS[i] if i < len(STUDENTS) else f"{STUDENTS[i % len(STUDENTS)]}{i}"


def _graded(student: str, chance: random.Random) -> Report:
    skill = chance.betavariate(5, 2)
    questions = []
    for name, (points, ease, line, hint) in QUESTIONS.items():
        tests = []
        for i, text in enumerate((line, "N = 1, K = 1 and D = 1 work", "inputs come back unchanged")):
            passed = chance.random() < min(1.0, skill * (0.55 + 0.5 * ease) + 0.12 * i)
            tests.append(
                TestResult(
                    name=f"test_{name}_{i}",
                    weight=2.0 - 0.5 * i,
                    outcome="passed" if passed else "failed",
                    line=text,
                    hint="" if passed or i or chance.random() < 0.4 else hint,
                    detail="STAFF-ONLY",
                )
            )
        questions.append(QuestionResult(name=name, max_points=points, tests=tests))
    return Report(
        assignment=WEEK,
        student=student,
        status="graded",
        questions=questions,
        layers=["fork", "landlock", "seccomp"],
        timing=Timing(
            student=chance.lognormvariate(-0.3, 0.5),
            overhead=chance.lognormvariate(-2.9, 0.25),
            recording=0.03,
        ),
    )


def write(folder: Path, found: list[Report]) -> Course:
    """Store the reports as a grading run does, and return their course."""
    made = course(folder)
    target = made.reports / WEEK
    target.mkdir(parents=True)
    for i, report in enumerate(found):
        (target / f"student{i}.json").write_bytes(to_json(report))
    return made
