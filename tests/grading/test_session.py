import sys
import types
from pathlib import Path

import pytest

from autograder import bank
from autograder.grading.local import grade_locally
from autograder.grading.session import GraderError, GraderSession, Question, _Brief, known_mistake
from autograder.grading.student import Call, JobDied, LocalCaller, Student

SOURCE = """
import numpy as np

def double(x):
    return 2 * np.asarray(x)

def total(x):
    if isinstance(x, str):
        raise TypeError("numbers, please")
    return double(x).sum()

def roll(rng, n):
    return rng.integers(1, 7, n)

def broken():
    return None

def pair():
    return 1, 1
"""
BANK = """
from autograder.bank import right, wrong
import numpy as np

@wrong("double", hint="Twice, not squared.")
def squares(x):
    from colorsys import hls_to_rgb
    return np.asarray(x) ** 2

@right("double")
def adds(x):
    return np.add(x, x)
"""


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small-week")
    names = {"reference.small": SOURCE, "autograder.bank.small": BANK}
    for name, source in names.items():
        module = types.ModuleType(name)
        module.__file__ = str(folder / f"{name}.py")
        Path(module.__file__).write_text(source)
        exec(compile(source, module.__file__, "exec"), vars(module))
        sys.modules[name] = module
    with GraderSession("small", "small", Path(__file__).with_name("graders_of_a_small_week.py")) as session:
        yield session
    for name in names:
        del sys.modules[name]


def outcomes(result):
    return [test.outcome for test in result.tests]


def test_the_reference_passes_and_a_broken_grader_is_nobodys_zero(session):
    results = grade_locally(session, points=4)
    assert results["double"].points == 4
    assert results["total"].points == results["roll"].points == results["pair"].points == 4
    assert results["broken"].points is None
    assert outcomes(results["broken"]) == ["could_not_grade"]


def test_points_follow_the_weights_of_explicit_passes(session):
    results = grade_locally(session, {"double": "def double(x):\n    return 3 * np.asarray(x)"}, points=4)
    assert outcomes(results["double"]) == ["failed", "passed"]
    assert results["double"].points == 1


def test_an_error_made_earlier_is_paid_for_once(session):
    results = grade_locally(session, {"double": "def double(x):\n    return 3 * np.asarray(x)"}, points=4)
    assert results["total"].points == 4
    assert "lost there" in results["total"].tests[0].message


def test_nothing_is_carried_forward_from_a_question_that_earned_nothing(session):
    source = "def double(x):\n    return np.ones(7)"
    assert grade_locally(session, {"double": source}, points=4)["total"].points == 2


def test_a_known_mistake_is_explained(session):
    results = grade_locally(session, {"double": "def double(x):\n    return np.asarray(x) ** 2"})
    assert results["double"].tests[0].hint == "Twice, not squared."
    assert grade_locally(session, {"double": "def double(x):\n    return x"})["double"].tests[0].hint == ""


def test_before_the_first_submission_every_test_is_run_on_the_reference(session, monkeypatch):
    run = []
    attempt = session._plugin._attempt

    def watched(question, item):
        student, ran = attempt(question, item)
        run.append((item.name, type(ran.error).__name__, len(student.calls)))
        return student, ran

    monkeypatch.setattr(session._plugin, "_attempt", watched)
    sys.modules.pop("colorsys", None)
    session.warm_up(["json", "no_such_module"])
    assert "colorsys" in sys.modules  # which the bank's function imports
    assert [name for name, _, _ in run] == [
        test for question in session.questions for test in session.tests(question)
    ]
    assert {name: error for name, error, _ in run if error != "NoneType"} == {
        "test_divides_by_zero": "ZeroDivisionError"
    }
    assert all(calls for name, _, calls in run if name != "test_divides_by_zero")
    assert grade_locally(session)["double"].points == 1


def test_a_rehearsal_asks_nothing_that_may_take_longer_than_usual():
    brief = Student(_Brief(LocalCaller({"f": lambda: 1})))
    assert brief.f() == 1 and brief.each("f", [(), ()]) == [1, 1]
    with pytest.raises(JobDied):
        brief.within(20).f()


def asked_of_the_bank(monkeypatch, question, function, calls):
    """What is asked of a wrong solution, in order, where a student's calls have these arguments, values and seconds."""
    asked = []

    def watched(*args):
        asked.append(args)
        return function(*args)

    wrong = bank.Solution(question, "wrong", watched, correct=False, hint="That one.")
    monkeypatch.setattr(bank, "solutions", lambda assignment, of: [wrong])
    made = [Call(question, args, {}, value=value, seconds=seconds) for args, value, seconds in calls]
    return known_mistake("small", question, made), asked


def test_of_several_calls_the_quickest_tells_first_whether_it_is_that_mistake(session, monkeypatch):
    calls = [((1,), 5, 0.9), ((2,), 5, 0.1), ((3,), 9, 0.5)]
    hint, asked = asked_of_the_bank(monkeypatch, "double", lambda x: x**2, calls)
    assert hint == "" and asked == [(2,)]
    calls = [((1,), 1, 0.9), ((2,), 4, 0.1), ((3,), 9, 0.5)]
    hint, asked = asked_of_the_bank(monkeypatch, "double", lambda x: x**2, calls)
    assert hint == "That one." and asked == [(2,), (3,), (1,)]


def test_a_mistake_that_was_recognised_is_asked_nothing_again_that_takes_long(monkeypatch):
    asked = []

    def solution(name, function):
        def watched(x):
            asked.append((name, x))
            return function(x)

        return bank.Solution("double", name, watched, correct=False, hint=f"You {name}.")

    known = [solution("add", lambda x: x + 2), solution("square", lambda x: x**2)]
    monkeypatch.setattr(bank, "solutions", lambda assignment, of: known)
    recognised = []

    def hint(*calls):
        asked.clear()
        made = [Call("double", (x,), {}, value=value, seconds=seconds) for x, value, seconds in calls]
        return known_mistake("small", "double", made, recognised)

    assert hint((3, 9, 0.0), (5, 25, 1.0)) == "You square."
    assert asked == [("add", 3), ("square", 3), ("square", 5)] and recognised == [known[1]]
    assert hint((4, 16, 0.0), (6, 36, 1.0)) == "You square." and asked == [("square", 4)]
    assert hint((7, 49, 1.0)) == "You square." and asked == []
    # Another mistake beside it shows in a call that is quick.
    assert hint((8, 10, 0.0), (9, 11, 1.0)) == "You add." and asked == [("square", 8), ("add", 8), ("add", 9)]
    assert hint((8, 11, 0.0)) == ""


def test_a_wrong_derivation_is_gone_through_once_for_the_whole_class(session, monkeypatch):
    done = []

    def derived():
        done.append(1)
        return 7

    hints = []
    solution = bank.Solution("derive_it", "wrong", derived, correct=False, hint="That one.")
    monkeypatch.setattr(bank, "solutions", lambda assignment, of: [solution])
    for value in (7, 8, 7):
        hints.append(known_mistake("small", "derive_it", [Call("derive_it", (), {}, value=value)]))
    assert hints == ["That one.", "", "That one."] and done == [1]


def test_a_derivation_is_compared_with_known_mistakes_once_a_submission(session, monkeypatch):
    compared = []

    def known(assignment, question, calls, recognised):
        compared.append(question)
        return f"hint {len(compared)}"

    monkeypatch.setattr("autograder.grading.session.known_mistake", known)
    hints = []
    for name in ("derive_it", "double"):
        question = Question(name=name, max_points=1, caller=None, key=b"", earned={})
        for calls in ([], [Call(name, (), {})], [Call(name, (), {})]):
            hints.append(session._plugin._known_mistake(question, calls))
    assert compared == ["derive_it", "derive_it", "double", "double", "double"]
    assert hints == ["hint 1", "hint 2", "hint 2", "hint 3", "hint 4", "hint 5"]


def test_messages_for_students_show_their_error_and_no_expected_value(session):
    source = "def double(x):\n    return 1 / 0"
    test = grade_locally(session, {"double": source})["double"].tests[0]
    assert "ZeroDivisionError" in test.message
    assert "return 1 / 0" in test.message
    wrong = grade_locally(session, {"double": "def double(x):\n    return x"})["double"].tests[0]
    assert wrong.message == "the double is not right"
    assert "expected" in wrong.detail


def test_an_answer_of_unexpected_form_fails_instead_of_blaming_the_grader(session):
    results = grade_locally(session, {"pair": "def pair():\n    return 5"})
    assert outcomes(results["pair"]) == ["failed", "failed"]
    assert "form" in results["pair"].tests[0].message


def test_a_plain_assertion_fails_without_showing_values(session):
    results = grade_locally(session, {"pair": "def pair():\n    return 1, 2"})
    assert outcomes(results["pair"]) == ["failed", "passed"]
    assert results["pair"].tests[0].message == ""


def test_a_stub_earns_nothing_anywhere(session):
    stubs = {
        name: f"def {name}(*_):\n    raise NotImplementedError"
        for name in ("double", "total", "pair", "roll")
    }
    results = grade_locally(session, stubs)
    assert {name: results[name].points for name in stubs} == dict.fromkeys(stubs, 0)
    assert results["double"].tests[0].message == "Not implemented yet."


def test_inputs_repeat_for_a_key_and_differ_between_keys(session):
    wrong = {"double": "def double(x):\n    return x"}
    details = [grade_locally(session, wrong, key=key)["double"].tests[0].detail for key in (b"a", b"a", b"b")]
    assert details[0] == details[1] != details[2]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("def test_a(student):\n    '''Line.'''", "names no question"),
        ("import pytest\n@pytest.mark.question('q')\ndef test_a(student):\n    pass", "no docstring"),
        ("import nothing_of_that_name", "nothing_of_that_name"),
        ("x = 1", "no tests"),
    ],
)
def test_a_grader_file_that_cannot_be_used_says_why(session, tmp_path, text, why):
    path = tmp_path / f"bad_{tmp_path.name[-1]}_{why[-3:]}.py"
    path.write_text(text)
    with pytest.raises(GraderError, match=why):
        GraderSession("small", "small", path)
    with pytest.raises(GraderError, match="no hidden graders"):
        GraderSession("small", "small", tmp_path / "missing.py")


FIXTURES = """
import pytest
from autograder.grading import check

@pytest.fixture
def three():
    return 3

@pytest.fixture
def rng():
    return "mine"

@pytest.mark.question("double")
def test_own_fixture(student, three):
    \"\"\"Uses a fixture of its own.\"\"\"
    check(float(student.double(three)) == 6, "six")

@pytest.mark.question("double")
def test_replaced_fixture(student, rng):
    \"\"\"Has replaced a fixture of the session.\"\"\"
    check(rng == "mine", "its own")

@pytest.mark.question("double")
@pytest.mark.parametrize("n", [1, 2])
def test_parameter(student, n):
    \"\"\"Has a parameter.\"\"\"
    check(float(student.double(n)) == 2 * n, "twice")
"""


def test_a_test_with_fixtures_of_its_own_gets_them(session, tmp_path):
    graders = tmp_path / "small.py"
    graders.write_text(FIXTURES)
    with GraderSession("small", "small", graders) as other:
        plain = {item.name for item in other._plugin.plain}
        assert plain == {"test_parameter[1]", "test_parameter[2]"}
        assert grade_locally(other, points=4)["double"].points == 4
