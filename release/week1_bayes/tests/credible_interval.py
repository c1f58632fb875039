OK_FORMAT = False

from otter.test_files import test_case

name = "credible_interval"
points = None


@test_case(name='The 90 % interval of the uniform distribution is (0.05, 0.95).')
def test_uniform(credible_interval):
    """The 90 % interval of the uniform distribution is (0.05, 0.95)."""
    import numpy as np

    result = credible_interval(1, 1, 0.9)
    assert result is not None, "your function returned None: is there a return statement?"
    lo, hi = result
    assert lo < hi, "return the lower end first"
    assert np.allclose((lo, hi), (0.05, 0.95)), (
        "Beta(1, 1) at level 0.9 should give (0.05, 0.95), as in the text"
    )
