"""Objects stay inside the student's process; their parameters and gradients cross as plain data."""

import collections

import numpy as np
import pytest
import torch

from autograder.grading.student import BadAnswer, LocalCaller, Remote, Student, StudentError
from notebook_runner import wire
from notebook_runner.wire import Probe, WireError


class Scale(torch.nn.Module):
    """A module with one parameter, as a student would write it."""

    def __init__(self, factor):
        super().__init__()
        self.factor = torch.nn.Parameter(torch.tensor(factor, dtype=torch.float64))

    def apply_to(self, x):
        return self.factor * x


def apply(model, x):
    return model.apply_to(x)


def cut(model, x):
    return model.apply_to(x).detach()


def in_place(model, x):
    x *= 2
    return model.apply_to(x)


@pytest.fixture
def student():
    return Student(LocalCaller({"Scale": Scale, "apply": apply, "cut": cut, "in_place": in_place}))


def test_an_object_is_asked_by_handle_and_may_be_handed_back(student):
    model = student.Scale(3.0)
    assert isinstance(model, Remote)
    assert model.kind == "Scale"
    x = torch.tensor([1.0, 2.0], dtype=torch.float64)
    np.testing.assert_array_equal(model.ask("apply_to", x), [3, 6])
    np.testing.assert_array_equal(student.apply(model, x), [3, 6])
    assert float(model.ask("state_dict")["factor"]) == 3


def test_two_objects_are_two(student):
    one, two = student.Scale(1.0), student.Scale(2.0)
    one.ask("load_state_dict", two.ask("state_dict"))
    two.ask("load_state_dict", {"factor": torch.tensor(7.0)})
    assert [float(m.ask("state_dict")["factor"]) for m in (one, two)] == [2, 7]


def test_gradients_of_tensors_and_parameters_come_back_as_tensors(student):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64)
    gradients = student.gradients.apply(student.Scale(3.0), x)
    assert float(gradients[0]["factor"]) == 3
    np.testing.assert_array_equal(gradients[1], [3, 3])
    with torch.no_grad():
        assert student.gradients.apply(student.Scale(3.0), x)[0]["factor"] is not None


def test_what_is_cut_off_or_edited_in_place_is_the_students_error(student):
    x = torch.tensor([1.0], dtype=torch.float64)
    with pytest.raises(StudentError, match="does not require grad"):
        student.gradients.cut(student.Scale(3.0), x)
    with pytest.raises(StudentError, match="in-place"):
        student.gradients.in_place(student.Scale(3.0), x)


def test_an_unknown_method_or_a_method_of_nothing_is_the_students_error(student):
    model = student.Scale(3.0)
    with pytest.raises(StudentError, match="AttributeError"):
        model.ask("nothing")
    model.handle = wire.Handle(99, "Scale")
    with pytest.raises(StudentError, match="NoneType"):
        model.ask("apply_to", 1.0)


def test_an_object_among_others_cannot_cross_by_value():
    student = Student(LocalCaller({"made": lambda: {1, 2}}))
    with pytest.raises(BadAnswer, match="set"):
        student.made()


def test_a_tensor_of_text_is_refused():
    text = wire.encode(np.array(["a"]))
    tensor = wire.msgpack.packb(wire.msgpack.ExtType(2, text))
    with pytest.raises(WireError, match="not allowed"):
        wire.decode(tensor)


def test_the_linear_model_of_the_probes_is_the_references(student):
    from reference import vae

    X = torch.randn(30, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    names = ("W", "mean", "sigma_sq", "V", "logvar")
    parts = dict(zip(names, vae.vae_from_pca(X, 2), strict=True))
    asked = Student(LocalCaller({"elbo": vae.elbo}))
    eps = torch.ones(30, 2, dtype=torch.float64)
    expected = vae.elbo(vae.LinearVAE(**parts), X, eps).detach()
    np.testing.assert_allclose(asked.elbo(Probe("linear_vae", parts), X, eps), expected, rtol=1e-12)


def test_several_calls_are_one_request_and_recorded_one_by_one():
    requests = []

    class Counting(LocalCaller):
        def request(self, op, arguments, *, seconds):
            requests.append((op, seconds))
            return super().request(op, arguments, seconds=seconds)

    asked = Student(Counting({"half": lambda x, n: np.asarray(x) / n}))
    cases = [(np.arange(3.0), 2), (np.arange(2.0), 4)]
    results = asked.within(3.0).each("half", iter(cases))
    assert [result.tolist() for result in results] == [[0, 0.5, 1], [0, 0.25]]
    assert requests == [("each", 6.0)]
    assert [(call.function, call.op, call.args[1], call.value.tolist()) for call in asked.calls] == [
        ("half", "call", 2, [0, 0.5, 1]),
        ("half", "call", 4, [0, 0.25]),
    ]
    asked.each("half", cases * 8)
    asked.within(30.0).each("half", cases)
    assert requests[1:] == [("each", 20.0), ("each", 30.0)]


def test_where_one_of_several_calls_raises_it_is_met_where_it_is():
    asked = Student(LocalCaller({"half": lambda n: 1 / n}))
    with pytest.raises(StudentError, match="ZeroDivisionError"):
        asked.each("half", [(2,), (0,), (4,)])
    assert [(call.args, call.value) for call in asked.calls] == [((2,), 0.5), ((0,), None)]
    assert asked.calls[1].error.type_name == "ZeroDivisionError"


def test_several_calls_may_be_read_only():
    def doubled(x):
        x *= 2
        return x

    asked = Student(LocalCaller({"doubled": doubled}))
    assert asked.each("doubled", [(np.ones(1),)])[0].tolist() == [2]
    with pytest.raises(StudentError, match="read-only"):
        asked.read_only.each("doubled", [(np.ones(1),)])
    assert asked.each("doubled", []) == []


def test_an_answer_to_several_calls_must_have_as_many_parts():
    class Short:
        def request(self, op, arguments, *, seconds):
            return [1.0]

    with pytest.raises(BadAnswer):
        Student(Short()).each("f", [(1,), (2,)])


def test_an_array_that_is_filled_anew_in_each_call_holds_the_answers_of_all():
    buffer, tensor = np.zeros(2), torch.zeros(2)
    Pair = collections.namedtuple("Pair", "array tensor")

    def filled(n):
        buffer[:], tensor[:] = n, n
        return {"pair": Pair(buffer, tensor), "list": [buffer, (buffer, n)]}

    asked = Student(LocalCaller({"filled": filled}))
    for n, result in enumerate(asked.each("filled", [(0,), (1,), (2,)])):
        assert result["pair"].array.tolist() == result["pair"].tensor.tolist() == [n, n]
        assert result["list"][0].tolist() == result["list"][1][0].tolist() == [n, n]
