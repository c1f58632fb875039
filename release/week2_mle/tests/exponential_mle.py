OK_FORMAT = False

from otter.test_files import test_case

name = "exponential_mle"
points = None


@test_case(name='The waits 1, 2, 3.')
def test_worked_example(exponential_mle):
    """The waits 1, 2, 3."""
    value = exponential_mle([1, 2, 3])
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 0.5) < 1e-9, "the rate should be 0.5, as in the text: rate, not scale"


@test_case(name='The docstring promises ValueError for a negative waiting time.')
def test_negative_waits_are_an_error(exponential_mle):
    """The docstring promises ValueError for a negative waiting time."""
    try:
        exponential_mle([1.0, -2.0])
    except ValueError:
        return
    raise AssertionError("a negative waiting time should raise ValueError")
