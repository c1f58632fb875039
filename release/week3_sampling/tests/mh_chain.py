OK_FORMAT = False

from otter.test_files import test_case

name = "mh_chain"
points = None


@test_case(name='From 0 the chain climbs to 2 and stays: the rejected steps count.')
def test_a_climb_to_the_wall(mh_chain):
    """From 0 the chain climbs to 2 and stays: the rejected steps count."""
    import numpy as np

    def log_p(x):
        return np.where(np.asarray(x) < 3, np.asarray(x, dtype=float), -np.inf)

    result = mh_chain(
        np.random.default_rng(0), np.zeros(1), log_p, lambda rng, x: x + 1, lambda a, b: np.zeros(len(a)), 4
    )
    assert result is not None, "your function returned None: is there a return statement?"
    draws, rate = result
    assert np.shape(draws) == (4, 1), f"n rows and one column a chain: (4, 1), not {np.shape(draws)}"
    assert np.ravel(draws).tolist() == [1, 2, 2, 2], "the states after each step should be 1, 2, 2, 2"
    assert np.allclose(rate, [0.5]), "two of four proposals were accepted"
