OK_FORMAT = False

from otter.test_files import test_case

name = "bernoulli_mle"
points = None


@test_case(name='Three successes of five.')
def test_worked_example(bernoulli_mle):
    """Three successes of five."""
    value = bernoulli_mle([1, 0, 1, 1, 0])
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 0.6) < 1e-9, "the estimate should be 0.6, as in the text"


@test_case(name='The docstring promises ValueError for other values.')
def test_only_zeros_and_ones(bernoulli_mle):
    """The docstring promises ValueError for other values."""
    try:
        bernoulli_mle([1, 0, 7])
    except ValueError:
        return
    raise AssertionError("a value other than 0 and 1 should raise ValueError")
