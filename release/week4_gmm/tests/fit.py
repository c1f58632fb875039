OK_FORMAT = False

from otter.test_files import test_case

name = "fit"
points = None


@test_case(name='One component is fitted by one update; the loop notices at the third log-likelihood.')
def test_one_component(fit, GMMParams):
    """One component is fitted by one update; the loop notices at the third log-likelihood."""
    import numpy as np

    X = np.array([[0.0], [1.0], [5.0]])
    result = fit(X, GMMParams(np.ones(1), np.array([[9.0]]), np.ones((1, 1, 1))))
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, the parameters and the history"
    history = np.asarray(result[1])
    assert history.shape == (3,), (
        f"the history should have three entries, as in the text, not {history.shape}"
    )
    assert np.allclose(result[0][1], 2.0), "the mean should be that of the three points"


@test_case(name='The log-likelihood never falls.')
def test_history_rises(fit, GMMParams):
    """The log-likelihood never falls."""
    import numpy as np

    X = np.array([[0.0], [0.5], [1.0], [5.0], [5.5], [7.0]])
    start = GMMParams(np.array([0.5, 0.5]), np.array([[1.0], [2.0]]), np.ones((2, 1, 1)))
    history = np.asarray(fit(X, start, max_iter=10)[1])
    assert np.all(np.diff(history) >= -1e-6), (
        "EM never lowers the log-likelihood: look at the order of your steps"
    )
