OK_FORMAT = False

from otter.test_files import test_case

name = "inverse_cdf_exponential"
points = None


@test_case(name='A thousand draws at rate 2: half of them lie below log(2) / 2.')
def test_shape_and_median(inverse_cdf_exponential):
    """A thousand draws at rate 2: half of them lie below log(2) / 2."""
    import numpy as np

    x = inverse_cdf_exponential(np.random.default_rng(0), 2.0, 1000)
    assert x is not None, "your function returned None: is there a return statement?"
    x = np.asarray(x)
    assert x.shape == (1000,), f"n draws: the shape should be (1000,), not {x.shape}"
    assert (x >= 0).all(), "exponential draws are never negative"
    assert np.isfinite(x).all(), "the draws should be finite: is there a logarithm of 0?"
    assert 0.4 < (x < 0.347).mean() < 0.6, "about half of the draws should lie below the median, 0.347"
