"""What the grader believes of a student's process over many calls: how much it keeps, and who is asked what."""

import numpy as np
import pytest

from autograder.grading.apart import Apart, Asked, OtherAnswers, Switch
from autograder.grading.student import BadAnswer, Call, Metered, Remote, Student, TimeLimit, held_bytes
from notebook_runner.wire import Handle, Probe, Record


class Answers:
    """Stands for a student's process: answers each request with what it is told to."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = 0

    def request(self, op, arguments, *, seconds):
        self.asked += 1
        return self.answer(*arguments["args"]) if "args" in arguments else self.answer()


def call(x, value, function="f"):
    return Call(function, (x,), {}, value=value)


def test_many_large_answers_are_refused_before_they_fill_the_graders_memory():
    process = Answers(lambda: np.zeros(1_000_000))
    student = Student(Metered(process, 100 * 2**20))
    kept = []
    with pytest.raises(BadAnswer, match="too large together"):
        for _ in range(1000):
            kept.append(student.f())
    assert process.asked == 14
    assert sum(array.nbytes for array in kept) <= 100 * 2**20
    with pytest.raises(BadAnswer):
        student.f()
    assert process.asked == 14
    assert Student(Metered(process, 100 * 2**20)).f().size == 1_000_000


@pytest.mark.parametrize(
    ("value", "least"),
    [
        (np.zeros(1000), 8000),
        ("x" * 1000, 1000),
        (b"x" * 1000, 1000),
        ([[]] * 1000, 56_000),
        ({n: 0.5 for n in range(1000)}, 50_000),
        (Record("P", ("a",), (np.zeros(1000),)), 8000),
        (Handle(1, "k" * 1000, ("n" * 1000,)), 2000),
        (Probe("p", {"a": np.zeros(1000)}), 8000),
        (10**2000, 800),
        (None, 1),
    ],
)
def test_what_a_value_takes_in_memory_is_not_underestimated(value, least):
    assert held_bytes(value) >= least


def test_tensors_count_as_their_numbers():
    torch = pytest.importorskip("torch")
    assert held_bytes(torch.zeros(1000)) >= 4000


def test_only_calls_that_can_be_repeated_are_remembered():
    asked = Asked()
    inside = Remote(Handle(1, "Model"), Answers(None), 1.0)
    asked.keep("f", [call(1, 2), call(inside, 2), call(1, inside), call(1, 2, "helper")])
    asked.keep("f", [call(np.zeros(10**7), 2)])
    asked.keep("f", [Call("f", (1,), {}, error=TimeLimit(2.0))])
    asked.keep("f", [call(n, n) for n in range(500)])
    assert len(asked.calls("f")) == 60
    assert asked.calls("f")[0].value == 2
    assert asked.calls("g") == []


def apart(answer, calls, same=lambda call: True, seed=0):
    return Apart(Answers(answer), calls, np.random.default_rng(seed), same)


def test_earlier_calls_are_repeated_among_the_new_ones_and_after_them():
    repeated = []
    calls = [call(n, n) for n in range(30)]
    way = apart(lambda x: x, calls, lambda call: repeated.append(call) or True)
    student = Student(way)
    for n in range(20):
        student.f(n)
    assert 3 <= len(repeated) <= 17
    way.finish()
    assert len(repeated) >= 8
    assert len({id(call) for call in repeated}) == len(repeated)
    assert [call.args[0] for call in repeated] != sorted(call.args[0] for call in repeated)


def test_another_answer_than_before_ends_it():
    way = apart(lambda x: x, [call(n, n) for n in range(30)], lambda call: False)
    with pytest.raises(OtherAnswers, match="other answers"):
        for n in range(30):
            Student(way).f(n)
    with pytest.raises(OtherAnswers):
        apart(lambda x: x, [call(1, 1)], lambda call: False).finish()


@pytest.mark.parametrize("value", [np.zeros(3), np.full(4, np.nan), [np.ones(2), 1], {"a": np.ones(2)}])
def test_one_and_the_same_number_whatever_is_asked_is_nothing_to_carry_forward(value):
    way = apart(lambda x: value, [])
    for n in range(3):
        Student(way).f(n)
    with pytest.raises(OtherAnswers, match="says the same"):
        way.finish()


def test_numbers_that_differ_are_carried_forward():
    way = apart(lambda x: x * np.ones(2), [])
    for n in range(3):
        Student(way).f(n)
    way.finish()
    few = apart(lambda x: 7.0, [])
    for n in range(3):
        Student(few).f(n)
    few.finish()


def test_one_number_for_new_questions_is_carried_forward_where_earlier_ones_were_answered_otherwise():
    """Equal rows, normalised over the documents by mistake, are all one over their number."""
    process = Answers(lambda x: np.full(6, -0.69) if x == "new" else np.arange(6.0))
    calls = [call("old", np.arange(6.0))]
    again = Student(process)
    apart = Apart(
        process, calls, np.random.default_rng(0), lambda old: (again.f(*old.args) == old.value).all()
    )
    Student(apart).f("new")
    apart.finish()


def test_calls_of_earlier_functions_go_the_other_way_only_while_they_are_told_to():
    one, other = Answers(lambda: 1), Answers(lambda: 2)
    switch = Switch(one)
    student = Student(switch)
    assert student.f() == 1
    switch.functions, switch.other = frozenset({"f"}), other
    assert (student.f(), student.g()) == (2, 1)
    assert student.each("f", [(), ()]) == [2, 2]
    switch.other = None
    assert student.f() == 1
