OK_FORMAT = False

from otter.test_files import test_case

name = "fit"
points = None


@test_case(name='A few iterations on a small sequence: the log-likelihood never falls.')
def test_history_rises(fit, HMMParams):
    """A few iterations on a small sequence: the log-likelihood never falls."""
    import numpy as np

    start = HMMParams(np.log([0.5, 0.5]), np.log([[0.6, 0.4], [0.3, 0.7]]), np.log([[0.8, 0.2], [0.3, 0.7]]))
    result = fit([np.array([0, 0, 1, 1, 1, 0, 0, 0, 1, 1])], start, max_iter=5, tol=0.0)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, the parameters and the history"
    history = np.asarray(result[1])
    assert history.shape == (5,), (
        f"one log-likelihood an iteration: the shape should be (5,), not {history.shape}"
    )
    assert (np.diff(history) >= -1e-9).all(), "EM never lowers the log-likelihood"
