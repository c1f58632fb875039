OK_FORMAT = False

from otter.test_files import test_case

name = "autocorrelation"
points = None


@test_case(name='The chain 1, 2, 3 has the autocorrelations 1, 0 and -0.5.')
def test_three_states(autocorrelation):
    """The chain 1, 2, 3 has the autocorrelations 1, 0 and -0.5."""
    import numpy as np

    rho = autocorrelation(np.array([1.0, 2.0, 3.0]), 2)
    assert rho is not None, "your function returned None: is there a return statement?"
    assert np.shape(rho) == (3,), f"lags 0, 1 and 2: the shape should be (3,), not {np.shape(rho)}"
    assert np.allclose(rho, [1, 0, -0.5]), "the autocorrelations should be 1, 0, -0.5, as in the text"
