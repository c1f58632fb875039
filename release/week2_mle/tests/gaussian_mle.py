OK_FORMAT = False

from otter.test_files import test_case

name = "gaussian_mle"
points = None


@test_case(name='The observations 1, 2, 3, 4, 5.')
def test_worked_example(gaussian_mle):
    """The observations 1, 2, 3, 4, 5."""
    result = gaussian_mle([1, 2, 3, 4, 5])
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two numbers, mu and sigma_sq"
    assert abs(float(result[0]) - 3) < 1e-9, "the mean should be 3, as in the text"
    assert abs(float(result[1]) - 2) < 1e-9, (
        "the variance should be 2, as in the text: what do you divide by?"
    )


@test_case(name='The docstring promises ValueError when there is nothing to estimate from.')
def test_no_data_are_an_error(gaussian_mle):
    """The docstring promises ValueError when there is nothing to estimate from."""
    try:
        gaussian_mle([])
    except ValueError:
        return
    raise AssertionError("an empty x should raise ValueError")
