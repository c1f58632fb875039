OK_FORMAT = False

from otter.test_files import test_case

name = "coin_em"
points = None


@test_case(name='The five sets of the text, from (0.6, 0.5), one iteration.')
def test_worked_example(coin_em):
    """The five sets of the text, from (0.6, 0.5), one iteration."""
    import numpy as np

    result = coin_em(np.array([5, 9, 8, 4, 7]), 10, np.array([0.6, 0.5]), 1)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, theta and the history"
    theta, history = np.asarray(result[0]), np.asarray(result[1])
    assert theta.shape == (2,), f"one probability per coin: theta should have shape (2,), not {theta.shape}"
    assert history.shape == (1,), (
        f"one log-likelihood per iteration: expected shape (1,), not {history.shape}"
    )
    assert abs(history[0] + 33.0939) < 1e-3, (
        "the log-likelihood before the first update should be -33.0939, as in the text"
    )
    assert np.allclose(theta, [0.7130, 0.5813], atol=1e-4), (
        "after one iteration theta should be (0.7130, 0.5813), as in the text"
    )


@test_case(name='The log-likelihood never falls.')
def test_history_rises(coin_em):
    """The log-likelihood never falls."""
    import numpy as np

    _, history = coin_em(np.array([5, 9, 8, 4, 7]), 10, np.array([0.6, 0.5]), 10)
    assert np.all(np.diff(history) >= -1e-9), (
        "EM never lowers the log-likelihood: look at the order of your steps"
    )
