OK_FORMAT = False

from otter.test_files import test_case

name = "gibbs_bivariate_normal"
points = None


@test_case(name='Sweeps, chains, two coordinates; the first x is drawn given the y of the start.')
def test_shape_and_first_sweep(gibbs_bivariate_normal):
    """Sweeps, chains, two coordinates; the first x is drawn given the y of the start."""
    import numpy as np

    start = np.tile([0.0, 100.0], (50, 1))
    draws = gibbs_bivariate_normal(np.random.default_rng(0), 0.5, 3, start)
    assert draws is not None, "your function returned None: is there a return statement?"
    assert np.shape(draws) == (3, 50, 2), f"the shape should be (3, 50, 2), not {np.shape(draws)}"
    x = np.asarray(draws)[0, :, 0]
    assert abs(x.mean() - 50) < 2, "given y = 100 and rho = 0.5 the first x lies around 50"
