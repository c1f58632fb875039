import dataclasses
import json
import stat
import sys

import nbformat
import numpy as np
import pytest
from typer.testing import CliRunner

from autograder import cli
from autograder.cli.common import write_json
from autograder.config import CourseError, load_course
from autograder.demo import homework, read_class
from autograder.explain import Event, Explained, _Heard, _Listener, as_dict, brief, explain, full, lines
from autograder.grade import Engine, environment_digest
from autograder.grading import compare
from autograder.grading.student import BadAnswer, LocalCaller, Student, StudentError
from autograder.keys import course_secret, submission_key
from autograder.results import Submission, to_json
from autograder.store import report_key, report_path, write_durably
from autograder.submission import read_release

WEEK = "week1_bayes"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course in which gita, whose log posterior is wrong, is graded."""
    course = load_course().at(tmp_path_factory.mktemp("course"))
    gita = next(p for p in read_class(course.root / "tests" / "classroom" / WEEK) if p.name == "gita")
    folder = course.step("submitted") / "gita" / WEEK
    folder.mkdir(parents=True)
    nbformat.write(homework(gita, read_release(course, WEEK)), folder / f"{WEEK}.ipynb")
    key = submission_key(course_secret(course.secret), "gita", WEEK)
    with Engine(course, WEEK) as engine:
        report = engine.grade(Submission(student="gita", assignment=WEEK, folder=str(folder), key=key))
    report.key = report_key(environment_digest(course, WEEK), folder, key)
    write_durably(report_path(course, WEEK, "gita"), to_json(report))
    return course


@pytest.fixture(scope="module")
def wrong(course):
    return explain(course, "gita", "log_posterior")


def test_the_grade_is_the_stored_one_and_nothing_has_changed(wrong):
    assert (wrong.week, wrong.differences, wrong.reasons) == (WEEK, [], [])
    assert wrong.result.points == wrong.stored.points == 1
    assert "the same grade as the stored one, from the same submission, graders and key" in list(lines(wrong))


def test_each_test_says_what_was_asked_what_came_what_was_expected_and_within_what(wrong):
    first = wrong.tests[0]
    call, *_, decision = first.events
    assert (call.kind, call.name) == ("call", "log_posterior")
    log_prior, log_likelihood = call.given["args"]
    assert decision.name == "assert_close" and decision.problem == first.result.message
    assert np.array_equal(decision.given["actual"], call.came)
    truth = log_prior + log_likelihood.sum(axis=0)
    truth = truth - np.logaddexp.reduce(truth)
    assert np.allclose(decision.given["expected"], truth)
    assert (decision.given["rtol"], decision.given["atol"]) == (1e-8, 1e-10)
    assert decision.statement.startswith("assert_close(result, bayes.log_posterior(")


def test_what_is_printed_holds_all_of_that_in_short(wrong):
    text = "\n".join(lines(wrong))
    for words in (
        "asked log_posterior",
        "argument 2: float64 (10000, ",
        "...",
        "expected: float64",
        "rtol: 1e-08",
    ):
        assert words in text
    assert "assert_close: WRONG: the log posterior is not right" in text


def test_another_run_draws_the_same_inputs(course, wrong):
    again = explain(course, "gita", "log_posterior", WEEK)
    one, other = (e.tests[0].events[0].given["args"][1] for e in (wrong, again))
    assert again.key == wrong.key and np.array_equal(one, other)


def test_the_json_holds_every_value_and_its_owner_alone_reads_it(wrong, tmp_path):
    write_json(tmp_path / "gita.json", as_dict(wrong), private=True)
    assert stat.S_IMODE((tmp_path / "gita.json").stat().st_mode) == 0o600
    facts = json.loads((tmp_path / "gita.json").read_text())
    many = facts["tests"][1]["events"][0]["given"]["args"][1]
    assert many["shape"][0] == len(many["values"]) == 10000


def test_grading_is_left_as_it_was(course, wrong):
    with Engine(course, WEEK) as engine:
        own = str(engine.session.path)
        graders = [module for module in sys.modules.values() if getattr(module, "__file__", None) == own]
    assert graders and all(module.assert_close is compare.assert_close for module in graders)


def test_another_key_is_said_to_be_the_reason(course, tmp_path):
    other = dataclasses.replace(course, data=tmp_path, reports_folder=course.reports)
    (tmp_path / "submitted").symlink_to(course.step("submitted"))
    course_secret(other.secret)
    found = explain(other, "gita", "bayes_posterior")
    assert found.differences == []
    assert any("course secret is newer" in reason for reason in found.reasons)
    assert any("although" in line for line in lines(found))


def test_a_stored_grade_of_other_graders_is_named(course, wrong, monkeypatch):
    path = report_path(course, WEEK, "gita")
    before = path.read_bytes()
    stored = json.loads(before)
    question = next(q for q in stored["questions"] if q["name"] == "log_posterior")
    question["graders"] = "other"
    question["tests"][0]["outcome"] = "passed"
    stored["key"] = "other"
    path.write_text(json.dumps(stored))
    try:
        found = explain(course, "gita", "log_posterior")
    finally:
        path.write_bytes(before)
    assert found.differences == [
        "points: stored 4 of 10, now 1 of 10",
        "test_log_posterior_on_fresh_numbers: stored passed, now failed",
    ]
    assert found.reasons == ["this question's hidden tests are others than those of the stored grade"]


@pytest.mark.parametrize(
    ("student", "question", "week", "message"),
    [
        ("nobody", "log_posterior", None, "nobody has no submission of week1_bayes"),
        ("gita", "nothing", None, "no week has a question 'nothing'"),
        ("gita", "nothing", WEEK, "it has: bayes_posterior"),
        ("gita", "log_posterior", "week9", "no assignment 'week9'"),
    ],
)
def test_what_cannot_be_found_is_said(course, student, question, week, message):
    with pytest.raises(CourseError, match=message):
        explain(course, student, question, week)


def test_nothing_a_student_says_is_obeyed_by_the_terminal(wrong):
    event = Event("call", "f", problem="StudentError: \x1b[2J\r gone")
    told = dataclasses.replace(wrong, tests=[Explained(wrong.tests[0].result, [event])])
    assert "    raised: StudentError: [2J" in list(lines(told))


def test_the_command_exits_0_where_the_grade_is_the_stored_one(course, monkeypatch):
    monkeypatch.setattr(cli.common, "load_course", lambda: course)
    done = CliRunner().invoke(cli.app, ["explain", "gita", "bayes_posterior"])
    assert done.exit_code == 0
    assert done.stdout.startswith("gita, week1_bayes, bayes_posterior: 6 of 6")


def test_values_in_short_and_in_full():
    assert brief((3,)) == "(3,)"
    assert brief([np.zeros(2)]) == "list(float64 (2,) [0. 0.])"
    assert full({"a": np.array([1.0, np.nan]), "b": (np.float64(2), np.inf)}) == {
        "a": {"dtype": "float64", "shape": [2], "values": [1.0, "nan"]},
        "b": [2.0, "inf"],
    }


def test_several_calls_in_one_request_are_told_one_by_one():
    class Short(LocalCaller):
        def request(self, op, arguments, *, seconds):
            return super().request(op, arguments, seconds=seconds)[:-1]

    listener = _Listener()
    student = Student(_Heard(LocalCaller({"half": lambda n: 1 / n}), listener, ""))
    assert student.each("half", [(2,), (4,)]) == [0.5, 0.25]
    told = [(event.name, event.given, event.came) for event in listener.events]
    assert told == [
        ("half", {"args": [2], "kwargs": {}}, 0.5),
        ("half", {"args": [4], "kwargs": {}}, 0.25),
    ]
    listener.begin()
    with pytest.raises(StudentError):
        student.each("half", [(2,), (0,)])
    assert [(event.given["args"], bool(event.problem)) for event in listener.events] == [
        ([2], False),
        ([0], True),
    ]
    listener.begin()
    with pytest.raises(BadAnswer):
        Student(_Heard(Short({"half": lambda n: 1 / n}), listener, "")).each("half", [(2,), (4,)])
    assert len(listener.events) == 1
