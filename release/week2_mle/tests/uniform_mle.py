OK_FORMAT = False

from otter.test_files import test_case

name = "uniform_mle"
points = None


@test_case(name='Of all theta, none gives the observations 3, 8, 5 a higher likelihood than your estimate.')
def test_no_other_value_is_more_likely(uniform_mle):
    """Of all theta, none gives the observations 3, 8, 5 a higher likelihood than your estimate."""
    import numpy as np

    x = np.array([3.0, 8.0, 5.0])
    value = uniform_mle(x)
    assert value is not None, "your function returned None: is there a return statement?"

    def likelihood(theta):
        return theta ** -len(x) if (x <= theta).all() else 0.0

    assert likelihood(float(value)) > 0, "under your theta the observations are impossible"
    grid = np.linspace(1, 20, 1901)
    assert likelihood(float(value)) >= max(map(likelihood, grid)) * (1 - 1e-9), (
        "another theta is more likely: sketch the likelihood"
    )
