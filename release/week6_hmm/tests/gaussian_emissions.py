OK_FORMAT = False

from otter.test_files import test_case

name = "gaussian_emissions"
points = None


@test_case(name='One number, two states: N(0, 4) and N(2, 1).')
def test_worked_example(gaussian_emissions):
    """One number, two states: N(0, 4) and N(2, 1)."""
    import numpy as np

    result = gaussian_emissions(np.array([2.0]), np.array([0.0, 2.0]), np.array([4.0, 1.0]))
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (1, 2), f"a row a number, a column a state: (1, 2), not {result.shape}"
    assert abs(result[0, 0] + 2.112086) < 1e-5, "the first log density should be -2.112086, as in the text"
    assert abs(result[0, 1] + 0.918939) < 1e-5, "at its mean a standard normal has the log density -0.918939"
