OK_FORMAT = False

from otter.test_files import test_case

name = "gibbs_bivariate_normal"
points = None


@test_case(name='Sweeps, chains, two coordinates; the first x is drawn given the y of the start.')
def test_shape_and_first_sweep(gibbs_bivariate_normal):
    """Sweeps, chains, two coordinates; the first x is drawn given the y of the start."""
    import numpy as np

    start = np.tile([0.0, 100.0], (2000, 1))
    draws = gibbs_bivariate_normal(np.random.default_rng(0), 0.5, 3, start)
    assert draws is not None, "your function returned None: is there a return statement?"
    assert np.shape(draws) == (3, 2000, 2), f"the shape should be (3, 2000, 2), not {np.shape(draws)}"
    x = np.asarray(draws)[0, :, 0]
    assert abs(x.mean() - 50) < 0.5, "given y = 100 and rho = 0.5 the first x lies around 50"
    assert abs(x.var() - 0.75) < 0.12, (
        f"over the chains the first x should have variance 1 - rho^2 = 0.75, not {x.var():.2f}"
    )
