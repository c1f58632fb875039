"""A changed hidden test: what is asked again, and what is kept."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path

import pytest

from autograder.config import load_course
from autograder.demo import homework, read_class
from autograder.grade import Engine
from autograder.grading.kept import Kept, graders_digests
from autograder.results import QuestionResult, Report, Submission, TestResult
from autograder.submission import read_release

GRADERS = '''
import pytest
LIMIT = 3

def helper():
    return LIMIT

@pytest.mark.question("a")
def test_a(student):
    """A."""
    helper()

@pytest.mark.question("b", weight=2)
def test_b(student):
    """B."""

@pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.question("c")), 2])
def test_c(student, n):
    """C."""
'''


def digests(folder: Path, text: str) -> tuple[str, dict[str, str]]:
    path = folder / "graders.py"
    path.write_text(text)
    return graders_digests(path)


def test_a_test_belongs_to_the_question_that_it_names_and_all_else_is_shared(tmp_path: Path) -> None:
    shared, own = digests(tmp_path, GRADERS)
    assert set(own) == {"a", "b"}
    for old, new, changed in (
        ("weight=2", "weight=3", {"b"}),
        ('"""A."""', '"""A, more."""', {"a"}),
        ("LIMIT = 3", "LIMIT = 4", None),
        ("[pytest.param(1", "[pytest.param(7", None),
        ("    helper()", "    helper()  # as before", set()),
    ):
        now, other = digests(tmp_path, GRADERS.replace(old, new))
        assert (now != shared) == (changed is None), old
        assert {name for name in own if own[name] != other[name]} == (changed or set())


def result(name: str, passed: int, of: int = 2, graders: str = "1") -> QuestionResult:
    tests = [
        TestResult(name=f"t{i}", weight=1, outcome="passed" if i < passed else "failed", line="")
        for i in range(of)
    ]
    return QuestionResult(name=name, max_points=10, tests=tests, graders=graders)


def kept(*results: QuestionResult, changed: str) -> tuple[Kept, str]:
    """What is kept of a report when the tests of some questions have changed; its letters, in order."""
    before = Report(assignment="w", student="s", status="graded", questions=list(results))
    now = {r.name: "2" if r.name in changed else "1" for r in results}
    found = Kept(before, [(r.name, 10.0) for r in results], now)
    return found, letters(found, results)


def letters(found: Kept, results: tuple[QuestionResult, ...]) -> str:
    return "".join(r.name for r in results if found.result(r.name) is not None)


def test_only_the_changed_question_is_asked_again() -> None:
    results = (result("a", 2), result("b", 1), result("c", 0), result("d", 1))
    found, names = kept(*results, changed="b")
    assert names == "acd"
    found.settle(result("b", 1, graders="2"))
    assert letters(found, results) == "acd"
    assert found.rest("a") is None
    assert [r.name for r in found.rest("b") or []] == ["c", "d"]


def test_other_points_leave_nothing_that_comes_later_as_it_was() -> None:
    results = (result("a", 2), result("b", 1), result("c", 0), result("d", 1))
    found, _ = kept(*results, changed="b")
    found.settle(result("b", 2, graders="2"))
    assert letters(found, results) == "a"
    assert found.rest("b") is None


def test_an_imperfect_question_before_the_changed_one_is_asked_for_its_calls() -> None:
    _, names = kept(result("a", 1), result("b", 2), result("c", 2), result("d", 1), changed="c")
    assert names == "bd"


def test_nothing_is_kept_without_an_earlier_report_of_graded_questions() -> None:
    none = Kept(None, [("a", 10.0)], {"a": "1"})
    assert none.result("a") is None
    assert none.rest("a") is None
    broken = result("a", 0, of=0)
    assert broken.points is None
    assert kept(broken, result("b", 2), changed="")[1] == "b"


def test_a_regrade_asks_one_question_and_gives_the_same_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import nbformat

    course, week = load_course(), "week1_bayes"
    pupil = next(p for p in read_class(course.root / "tests/classroom" / week) if p.name == "ada")
    nbformat.write(homework(pupil, read_release(course, week)), tmp_path / f"{week}.ipynb")
    submission = Submission(student="ada", assignment=week, folder=str(tmp_path), key=b"k" * 32)
    with Engine(course, week) as engine:
        before = engine.grade(submission)
        changed = copy.deepcopy(before)
        changed.questions[3].graders = "other tests"
        asked = []
        grade = engine.session.grade
        monkeypatch.setattr(
            engine.session, "grade", lambda question: asked.append(question.name) or grade(question)
        )
        after = engine.grade(submission, changed)
        assert asked == [before.questions[3].name]
        assert [(q.name, q.points, q.graders) for q in after.questions] == [
            (q.name, q.points, q.graders) for q in before.questions
        ]
        assert [cell.cell_id for cell in after.cells] == [cell.cell_id for cell in before.cells]
        assert after.timing.student < before.timing.student
        asked.clear()
        engine.grade(dataclasses.replace(submission, key=b"other" * 8), changed)
        assert len(asked) == len(before.questions), "another key draws other inputs: nothing is kept"
