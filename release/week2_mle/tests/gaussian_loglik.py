OK_FORMAT = False

from otter.test_files import test_case

name = "gaussian_loglik"
points = None


@test_case(name='The observations 0 and 2 under N(0, 4).')
def test_worked_example(gaussian_loglik):
    """The observations 0 and 2 under N(0, 4)."""
    value = gaussian_loglik([0.0, 2.0], 0.0, 4.0)
    assert value is not None, "your function returned None: is there a return statement?"
    assert abs(float(value) + 3.724171) < 1e-5, (
        f"the log likelihood should be -3.724171, as in the text, not {float(value):.6f}: is 4 used as a variance, "
        "is every constant there, and once for each observation?"
    )


@test_case(name='The docstring promises ValueError for a variance that is not positive.')
def test_a_variance_must_be_positive(gaussian_loglik):
    """The docstring promises ValueError for a variance that is not positive."""
    try:
        gaussian_loglik([0.0, 2.0], 0.0, -1.0)
    except ValueError:
        return
    raise AssertionError("a negative variance should raise ValueError")
