import numpy as np
import pytest
import sympy

from autograder.grading.compare import Wrong, as_array, assert_close, assert_expression, watching

ODD = [0.0, -0.0, 1.0, 1 + 1e-12, 1 + 1e-7, 1e308, -1e308, 1e-320, np.inf, -np.inf, np.nan]


def accepted(actual, target, **tolerance):
    try:
        assert_close(actual, target, **tolerance)
    except Wrong:
        return False
    return True


@pytest.mark.parametrize(("rtol", "atol"), [(1e-8, 0.0), (0.0, 1e-9), (1e-6, 1e-6), (0.0, 0.0), (2.0, 1e308)])
def test_what_is_close_is_what_numpy_calls_close_and_no_nan_is(rtol, atol):
    for a in ODD:
        for b in ODD:
            with np.errstate(all="ignore"):
                close = bool(np.isclose(a, b, rtol=rtol, atol=atol)) and not np.isnan(a)
            for shape in ((), (1,), (2, 3)):
                actual, target = np.full(shape, 1.0), np.full(shape, 1.0)
                actual[(-1,) * len(shape)], target[(-1,) * len(shape)] = a, b
                assert accepted(actual, target, rtol=rtol, atol=atol) == close, (a, b, shape)
            assert accepted(a, b, rtol=rtol, atol=atol) == close, (a, b)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("the responsibilities", "the responsibilities are not right (1 of 2 values)"),
        ("the posterior", "the posterior is not right (1 of 2 values)"),
        ("the log densities for lists", "the log densities for lists are not right (1 of 2 values)"),
        ("the number of parameters", "the number of parameters is not right (1 of 2 values)"),
        ("the loss", "the loss is not right (1 of 2 values)"),
    ],
)
def test_the_verb_agrees_with_what_is_compared(what, message):
    with pytest.raises(Wrong) as wrong:
        assert_close([1.0, 2.0], [1.0, 3.0], what)
    assert wrong.value.message == message
    with pytest.raises(Wrong, match="there is NaN in the means"):
        assert_close([np.nan], [1.0], "the means")
    with pytest.raises(Wrong, match="the means are None"):
        assert_close(None, [1.0], "the means")


def test_an_array_of_the_wanted_kind_is_not_copied_and_never_changed():
    values, target = np.array([1.0, 2.0]), np.array([1.0, 2.0])
    values.flags.writeable = target.flags.writeable = False
    assert as_array(values) is values
    assert_close(values, target)


class Answer:
    """A symbolic answer with given values."""

    symbols = ("x",)

    def __init__(self, *values):
        self.values = np.array(values, dtype=complex)

    def at(self, points):
        return self.values[: len(points)]


def test_an_expression_is_right_where_all_its_values_are():
    x = sympy.Symbol("x")
    points = [{"x": 0.5}, {"x": 2.0}]
    with watching() as watch:
        assert_expression(Answer(0.25, 4.0 + 1e-13j), x**2, points)
    assert len(watch.errors) == 1 and watch.errors[0] < 1
    for values in (
        (0.25, 4.001),
        (0.25, 4.0 + 1e-3j),
        (0.25, np.inf),
        (0.25, 1e308 + 1e308j),
        (0.25, np.nan),
    ):
        with pytest.raises(Wrong):
            assert_expression(Answer(*values), x**2, points)
    assert_expression(7, sympy.Integer(7), points)
    strange = Answer(0.25, 4.0)
    strange.symbols = ("x", "y")
    with pytest.raises(Wrong, match="uses y"):
        assert_expression(strange, x**2, points)
