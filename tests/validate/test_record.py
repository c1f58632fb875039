"""The committed validation is of the present graders, and the page is made of the committed figures."""

import shutil
from dataclasses import replace

import pytest

from autograder.config import CourseError
from autograder.validate.digest import digest
from autograder.validate.measure import Measures, QuestionMeasure, WrongMeasure
from autograder.validate.page import markdown
from autograder.validate.record import json_path, page_path, record, recorded, stale
from course_config import course as real_course


def test_every_weeks_figures_are_of_its_present_graders():
    assert stale(real_course) == []


def test_every_promise_held_when_it_was_measured_last():
    for entry in recorded(real_course):
        assert entry.measures.broken == [], entry.measures.assignment
        for question in entry.measures.questions:
            for test in question.statistical:
                assert test.failures == 0
                assert test.computed < 1.0001e-6


def test_the_page_is_made_of_the_committed_figures():
    assert page_path(real_course).read_text(encoding="utf-8") == markdown(recorded(real_course))


@pytest.fixture
def course(tmp_path):
    """The course with its sources elsewhere, where they may be changed."""
    shutil.copytree(real_course.root / "reference", tmp_path / "reference")
    (tmp_path / "docs").mkdir()
    return replace(real_course, root=tmp_path)


def measured(course, week, lost=1.0):
    wrong = WrongMeasure(name="off_by_one", keys=50, lost=lost, lost_most=lost, hints=50, hurts=[])
    return Measures(
        assignment=week,
        digest=digest(course, week),
        questions=[QuestionMeasure(question="bic", wrong=[wrong])],
    )


def test_recording_one_week_keeps_the_others(course):
    record(course, [measured(course, "week4_gmm"), measured(course, "week2_mle")])
    assert [entry.measures.assignment for entry in recorded(course)] == ["week2_mle", "week4_gmm"]
    record(course, [measured(course, "week4_gmm", lost=0.25)])
    second, fourth = recorded(course)
    assert second.measures.questions[0].wrong[0].lost == 1.0
    assert fourth.measures.questions[0].wrong[0].lost == 0.25
    page = page_path(course).read_text(encoding="utf-8")
    assert "## week2_mle" in page and "## week4_gmm" in page
    assert fourth.date in page


@pytest.mark.parametrize("text", ["[{", '[{"date": "2026-11-21", "versions": {}}]'])
def test_figures_that_cannot_be_read_are_named_with_the_next_step(course, text):
    json_path(course).write_text(text)
    with pytest.raises(
        CourseError, match=r"validation\.json cannot be read .* run 'course validate --record'"
    ):
        recorded(course)


def test_what_was_never_measured_or_has_changed_is_named_with_the_command(course):
    record(course, [measured(course, "week4_gmm")])
    reference = course.root / "reference" / "gmm.py"
    reference.write_text(reference.read_text().replace("np.linalg.solve(", "np.linalg.solve(1 * ", 1))
    problems = stale(course)
    assert "week1_bayes was never validated: run 'course validate week1_bayes --record'" in problems
    assert (
        "week4_gmm has changed since it was validated: run 'course validate week4_gmm --record'" in problems
    )


def test_comments_layout_docstrings_and_ungraded_checks_do_not_count(course):
    before = digest(course, "week4_gmm")
    reference = course.root / "reference" / "gmm.py"
    lines = reference.read_text().splitlines()
    reference.write_text("# a remark\n\n" + "\n".join([*lines, "", "# and another"]))
    assert digest(course, "week4_gmm") == before
    reference.write_text('"""Another docstring."""\n' + "\n".join(lines[1:]))
    assert digest(course, "week4_gmm") == before
    check = ["def checked(x):", "    if x < 0:", '        raise ValueError("x")']
    reference.write_text("\n".join([*lines, *check, "    return x"]))
    graded = digest(course, "week4_gmm")
    check[1] += "  # not graded"
    reference.write_text("\n".join([*lines, *check, "    return x"]))
    ungraded = digest(course, "week4_gmm")
    reference.write_text("\n".join([*lines, check[0], "    return x"]))
    assert graded != ungraded == digest(course, "week4_gmm")
    reference.write_text("\n".join([*lines, "ONE_MORE = 1"]))
    assert digest(course, "week4_gmm") != before


def test_the_figures_are_read_back_as_they_were(course):
    week = measured(course, "week4_gmm")
    record(course, [week])
    assert recorded(course)[0].measures == week
    assert json_path(course).read_text(encoding="utf-8").endswith("]\n")
