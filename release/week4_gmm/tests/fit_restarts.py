OK_FORMAT = False

from otter.test_files import test_case

name = "fit_restarts"
points = None


@test_case(name='Two far blobs are found, and the log-likelihood is one number.')
def test_two_blobs(fit_restarts):
    """Two far blobs are found, and the log-likelihood is one number."""
    import numpy as np

    X = np.array([[0.0], [0.3], [0.1], [9.0], [9.2], [9.4]])
    result = fit_restarts(np.random.default_rng(0), X, 2, 3)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, the parameters and the log-likelihood"
    assert np.ndim(result[1]) == 0, "the log-likelihood is one number"
    means = np.sort(np.ravel(result[0][1]))
    assert means.shape == (2,), "two components in one dimension have two means"
    assert np.allclose(means, [0.1333, 9.2], atol=0.02), "the means should be those of the two blobs"
