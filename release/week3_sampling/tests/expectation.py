OK_FORMAT = False

from otter.test_files import test_case

name = "expectation"
points = None


@test_case(name='1 or 3 with probabilities 0.75 and 0.25: the mean square is 3.')
def test_worked_example(expectation):
    """1 or 3 with probabilities 0.75 and 0.25: the mean square is 3."""
    import numpy as np

    value = expectation(np.square, np.array([1.0, 3.0]), np.array([0.75, 0.25]))
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) - 3) < 1e-9, "the expectation should be 3, as in the text: f first, then weigh"


@test_case(name='The docstring promises ValueError for probabilities that do not sum to 1.')
def test_what_is_no_pmf_is_an_error(expectation):
    """The docstring promises ValueError for probabilities that do not sum to 1."""
    import numpy as np

    try:
        expectation(np.square, np.array([1.0, 3.0]), np.array([0.75, 0.75]))
    except ValueError:
        return
    raise AssertionError("probabilities that sum to 1.5 should raise ValueError")
